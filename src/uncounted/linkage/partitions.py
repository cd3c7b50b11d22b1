"""Draws of partitions of a few records from the odds of their pairs: exact where possible, a Markov chain above.

The probability of a partition is proportional to the product of the pair odds of all records placed together, so that
its log is a sum of log odds. Letters: W is the symmetric matrix of natural log odds (zero diagonal), n the number of
records, B the number of problems solved side by side.

References
----------
Enumeration runs over restricted growth strings (Knuth, The Art of Computer Programming 4A, 7.2.1.5).
Gibbs moves of one record: Neal (2000), JCGS 9:249, algorithm 3, with pair odds for the likelihood ratio.
Merge and split with sequential allocation: Dahl (2005), technical report, University of Wisconsin; Jain, Neal (2004).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Bell(8) = 4,140 partitions are still enumerated; the chain takes over at nine records.
EXACT_UP_TO = 8
# Sweeps of the chain for one draw; every draw is its own chain, started from nobody linked.
SWEEPS = 40
_CHUNK_CELLS = 4_000_000


@lru_cache(maxsize=16)
def all_partitions(n: int) -> Ints:
    """Every partition of n records as labels, shape (Bell(n), n); the label is the first record of the group."""
    growth = np.zeros((1, 1), dtype=np.int64)
    for _ in range(1, n):
        highest = growth.max(axis=1)
        repeats = highest + 2
        wider = np.repeat(growth, repeats, axis=0)
        last = np.concatenate([np.arange(k) for k in repeats])
        growth = np.column_stack([wider, last])
    first = np.zeros_like(growth)
    for row, groups in enumerate(growth):
        _, where = np.unique(groups, return_index=True)
        first[row] = where[groups]
    first.setflags(write=False)
    return first


def partition_log_odds(weights: Floats) -> Floats:
    """Unnormalised log probability of every partition, shape (B, Bell(n)), for weights of shape (B, n, n)."""
    n = weights.shape[1]
    partitions = all_partitions(n)
    i, j = np.triu_indices(n, 1)
    together = (partitions[:, i] == partitions[:, j]).astype(np.float64)
    return np.asarray(weights[:, i, j] @ together.T, dtype=np.float64)


def draw_exact(weights: Floats, uniforms: Floats) -> Ints:
    """Draw one partition a problem from its exact probabilities.

    Parameters
    ----------
    weights : ndarray of float64, shape (B, n, n)
        Natural log odds of pairs, n at most `EXACT_UP_TO`.
    uniforms : ndarray of float64, shape (B,)
        One uniform number in [0, 1) a problem.

    Returns
    -------
    ndarray of int64, shape (B, n)
        Labels: the first record of the group.

    Raises
    ------
    ValueError
        If there are more records than can be enumerated.
    """
    n = weights.shape[1]
    if n > EXACT_UP_TO:
        raise ValueError(f"{n} records are too many to enumerate")
    partitions = all_partitions(n)
    chunk = max(1, _CHUNK_CELLS // len(partitions))
    chosen = np.empty(len(weights), dtype=np.int64)
    for at in range(0, len(weights), chunk):
        log_odds = partition_log_odds(weights[at : at + chunk])
        log_odds -= log_odds.max(axis=1, keepdims=True)
        cumulative = np.cumsum(np.exp(log_odds), axis=1)
        target = uniforms[at : at + chunk, None] * cumulative[:, -1:]
        chosen[at : at + chunk] = (cumulative <= target).sum(axis=1)
    return np.asarray(partitions[np.minimum(chosen, len(partitions) - 1)], dtype=np.int64)


def draw_chain(weights: Floats, sizes: Ints, *, rng: np.random.Generator, sweeps: int = SWEEPS) -> Ints:
    """Draw one partition a problem by a Markov chain: each sweep moves every record, then tries one merge or split.

    Problems of different sizes run side by side; problem b uses its first `sizes[b]` records.

    Parameters
    ----------
    weights : ndarray of float64, shape (B, n, n)
        Natural log odds of pairs.
    sizes : ndarray of int64, shape (B,)
        Records of each problem.
    rng : numpy.random.Generator
        Source of chance.
    sweeps : int
        Sweeps before the state is taken as the draw.

    Returns
    -------
    ndarray of int64, shape (B, n)
        Labels: the first record of the group. Records beyond a problem's size stand alone.
    """
    b, n, _ = weights.shape
    # member[x, c, r]: record r of problem x is in slot c. At the start everybody has a slot to himself.
    labels = np.tile(np.arange(n), (b, 1))
    real = np.arange(n)[None, :] < sizes[:, None]
    for _ in range(sweeps):
        for record in range(n):
            _move_one(labels, weights, real, record, rng)
        _merge_or_split(labels, weights, sizes, rng)
    return _canonical(labels)


def _move_one(labels: Ints, weights: Floats, real: NDArray[np.bool_], record: int, rng: np.random.Generator) -> None:
    """Gibbs step: put one record with a group, or alone, with probability proportional to its summed odds there."""
    b, n = labels.shape
    labels[:, record] = n  # a slot of its own beyond the others, left out of what follows
    flat = (labels + (n + 1) * np.arange(b)[:, None]).ravel()
    support = np.bincount(flat, weights=weights[:, record, :].ravel(), minlength=b * (n + 1)).reshape(b, n + 1)[:, :n]
    occupied = np.bincount(flat, weights=real.ravel(), minlength=b * (n + 1)).reshape(b, n + 1)[:, :n] > 0
    score = np.where(occupied, support, -np.inf)
    # Exactly one empty slot stands for "alone"; there is one, since n - 1 others sit in n slots.
    alone = _first_empty(labels)
    score[np.arange(b), alone] = 0.0
    choice = np.argmax(score + rng.gumbel(size=score.shape), axis=1)
    labels[:, record] = np.where(real[:, record], choice, alone)


def _merge_or_split(
    labels: Ints,
    weights: Floats,
    sizes: Ints,
    rng: np.random.Generator,
) -> None:
    """Metropolis-Hastings step: two records chosen at random; split their common group, or merge their two groups."""
    b, n = labels.shape
    problems = np.arange(b)
    real = np.arange(n)[None, :] < sizes[:, None]
    first = np.floor(rng.random(b) * sizes).astype(np.int64)
    other = np.floor(rng.random(b) * (sizes - 1)).astype(np.int64)
    other += other >= first
    label_first = labels[problems, first]
    label_other = labels[problems, other]
    splitting = label_first == label_other
    concerned = real & ((labels == label_first[:, None]) | (labels == label_other[:, None]))
    with_first = np.zeros((b, n))
    with_other = np.zeros((b, n))
    with_first[problems, first] = 1.0
    with_other[problems, other] = 1.0
    log_q = np.zeros(b)
    # The order in which the rest is allocated is chosen beforehand and shared, so it cancels in the ratio.
    for record in rng.permutation(n):
        active = concerned[:, record] & (record != first) & (record != other)
        odds = np.einsum("br,br->b", weights[:, record, :], with_first - with_other)
        log_first = -np.logaddexp(0.0, -odds)
        log_other = -np.logaddexp(0.0, odds)
        drawn = np.log(rng.random(b)) < log_first
        to_first = np.where(splitting, drawn, labels[:, record] == label_first)
        log_q += np.where(active, np.where(to_first, log_first, log_other), 0.0)
        with_first[:, record] += active & to_first
        with_other[:, record] += active & ~to_first
    cross = np.einsum("br,brs,bs->b", with_first, weights, with_other)
    log_ratio = np.where(splitting, -cross - log_q, cross + log_q)
    accept = np.log(rng.random(b)) < log_ratio
    empty = _first_empty(labels)
    split_now = accept & splitting
    merge_now = accept & ~splitting
    labels[:] = np.where(split_now[:, None] & (with_other > 0), empty[:, None], labels)
    labels[:] = np.where(merge_now[:, None] & (with_other > 0), label_first[:, None], labels)


def _first_empty(labels: Ints) -> Ints:
    """First slot that nobody sits in; label n stands for a record that has left its slot."""
    b, n = labels.shape
    occupied = np.zeros((b, n + 1), dtype=bool)
    occupied[np.arange(b)[:, None], labels] = True
    return np.asarray(np.argmin(occupied, axis=1), dtype=np.int64)


def _canonical(labels: Ints) -> Ints:
    """Rename groups by their first record."""
    same = labels[:, :, None] == labels[:, None, :]
    return np.asarray(np.argmax(same, axis=2), dtype=np.int64)


def average_linkage(totals: Floats, members: Ints, thresholds: Floats) -> Ints:
    """Merge the two groups with the highest mean log odds until no mean reaches the threshold, problem by problem.

    Average linkage never joins at a higher mean later than at a lower one, so one pass serves several thresholds.

    Parameters
    ----------
    totals : ndarray of float64, shape (B, n, n)
        Log odds summed over the pairs of records between two items, in any unit.
    members : ndarray of int64, shape (B, n)
        Records in each item (more than one where a reviewer has already joined them).
    thresholds : ndarray of float64, shape (T,)
        Smallest mean log odds, in the same unit, at which two groups are merged.

    Returns
    -------
    ndarray of int64, shape (T, B, n)
        Labels: the first item of the group. Ties go to the earlier items.

    References
    ----------
    Sokal, Michener (1958), University of Kansas Science Bulletin 38:1409: average linkage (UPGMA).
    """
    b, n, _ = totals.shape
    labels = np.tile(np.arange(n), (b, 1))
    found = np.tile(labels, (len(thresholds), 1, 1))
    sums = totals.astype(np.float64)
    size = members.astype(np.float64)
    gone = np.tile(np.eye(n, dtype=bool), (b, 1, 1))
    busy = np.arange(b)  # problems in which something may still be merged
    for _ in range(n - 1):
        mean = np.where(gone, -np.inf, sums / (size[:, :, None] * size[:, None, :])).reshape(len(busy), n * n)
        best = np.argmax(mean, axis=1)
        height = mean[np.arange(len(busy)), best]
        go = height >= thresholds.min(initial=np.inf)
        busy, sums, size, gone, labels = busy[go], sums[go], size[go], gone[go], labels[go]
        if not len(busy):
            break
        i, j = np.minimum(best // n, best % n)[go], np.maximum(best // n, best % n)[go]
        each = np.arange(len(busy))
        sums[each, i] += sums[each, j]
        sums[each, :, i] = sums[each, i]
        size[each, i] += size[each, j]
        gone[each, j] = gone[each, :, j] = True
        labels[labels == j[:, None]] = np.repeat(i, (labels == j[:, None]).sum(axis=1))
        for t in np.flatnonzero(thresholds <= height[go].max()):
            reached = height[go] >= thresholds[t]
            found[t, busy[reached]] = labels[reached]
    return found.astype(np.int64)
