"""Draws with as many links as there should be: clusters joined, or records taken out, right in number by list pair.

Which records miss their group cannot be known. Joins are therefore made at random among those that look like it, so
that counts of people by list pattern are right on average; nothing about a single person may be read from a draw.

Pairs that were scored are joined by their odds. Pairs that never were are imitated: a record in a cluster is chosen (a
donor) that could as well have been lost, and what its loss would have left behind is looked for among the clusters,
a record alone of the same list and a cluster with the lists of the others, and joined.

References
----------
Efraimidis, Spirakis (2006), Information Processing Letters 97:181: weighted sampling by an exponential race.
Andridge, Little (2010), Int. Stat. Review 78:40: hot-deck imputation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.claims import claims
from uncounted.linkage.missed import LARGEST, together_by_lists

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]

_ROUNDS = 6
# A record is lost from a group of k with a chance of about this power of k - 1 less than from a pair: it must miss all.
_LOSS_POWER = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """What is the same for all draws.

    Attributes
    ----------
    left, right : ndarray of int64, shape (pairs,)
        Scored pairs.
    lists : ndarray of int64, shape (n_records,)
        List of each record.
    n_lists : int
    compared : ndarray of bool, shape (n_records,)
        False for identical records of which another was compared in their place.
    bound : ndarray of bool, shape (n_records,)
        Records that a decision, or being identical, ties to another: they are not taken out of their cluster.
    apart : ndarray of int64, shape (F, 2)
        Records that a reviewer decided to be different people.
    """

    left: Ints
    right: Ints
    lists: Ints
    n_lists: int
    compared: NDArray[np.bool_]
    bound: NDArray[np.bool_]
    apart: Ints


def capped(prob: Floats, mode: Floats, frame: Frame) -> Floats:
    """Lower match probabilities so that no record claims more matches on a list than it can have.

    A record is one person, and most people are on a list once; a draw of the odds that believes in thousands of weak
    pairs gives a record several matches on one list, all wrong but one. Its claims (the sum of the probabilities of
    its pairs with the list) are lowered to one, or to what the mode claims if that is more (repeats).

    Parameters
    ----------
    prob, mode : ndarray of float64, shape (pairs,)
        Match probability of each scored pair, in a draw and at the posterior mode.
    frame : Frame
        Pairs and records.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        At most `prob`.
    """
    where = (frame.left, frame.right, frame.lists, frame.n_lists)
    most = np.maximum(claims(mode, *where).total, 1.0)
    now = claims(prob, *where)
    cut = np.minimum(1.0, most / np.maximum(now.total, 1e-300))
    return np.asarray(prob * np.minimum(cut[now.one], cut[now.other]), dtype=np.float64)


def join_scored(labels: Ints, frame: Frame, *, prob: Floats, n_pairs: float, rng: np.random.Generator) -> Ints:
    """Join clusters between which pairs were scored, chosen by their odds, until `n_pairs` scored pairs are gained.

    Parameters
    ----------
    labels : ndarray of int64, shape (n_records,)
        Cluster of each record, the smallest record in it.
    frame : Frame
        Pairs and records.
    prob : ndarray of float64, shape (pairs,)
        Match probability of each scored pair, in (0, 1).
    n_pairs : float
        Scored pairs to gain; nothing is done if not positive.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of int64, shape (n_records,)
        New labels, a copy.
    """
    new, n, missing = labels.copy(), len(labels), n_pairs
    log_odds = np.log(prob) - np.log1p(-prob)
    for _ in range(_ROUNDS):
        a, b = new[frame.left], new[frame.right]
        rows = np.flatnonzero(a != b)
        if missing < 0.5 or not len(rows):
            break
        code = np.minimum(a[rows], b[rows]) * n + np.maximum(a[rows], b[rows])
        pair, back, gain = np.unique(code, return_inverse=True, return_counts=True)
        # The mean log odds over all pairs scored between two clusters: one pair that agrees by accident counts little.
        mean = np.bincount(back, weights=log_odds[rows], minlength=len(pair)) / gain
        order = np.argsort(np.log(rng.exponential(size=len(pair))) - mean, kind="stable")
        order = order[~np.isin(pair[order], _barred(new, frame.apart))]
        a, b = pair[order] // n, pair[order] % n
        free = _first_come(a, b, n)
        a, b, gain = a[free], b[free], gain[order][free]
        taken = np.cumsum(gain) - gain / 2.0 <= missing
        if not taken.any():
            break
        new = _joined(new, a[taken], b[taken])
        missing -= float(gain[taken].sum())
    return new


def take_out(labels: Ints, frame: Frame, *, prob: Floats, n_pairs: float, rng: np.random.Generator) -> Ints:
    """Take single records out of their clusters, those least tied to it first, until `n_pairs` scored pairs are lost.

    Parameters are those of `join_scored`.

    Returns
    -------
    ndarray of int64, shape (n_records,)
        New labels, a copy; a record taken out has its own number as label, or its cluster is renamed.
    """
    new, n, surplus = labels.copy(), len(labels), n_pairs
    log_odds = np.log(prob) - np.log1p(-prob)
    for _ in range(_ROUNDS):
        rows = np.flatnonzero(new[frame.left] == new[frame.right])
        if surplus < 0.5 or not len(rows):
            break
        support, degree = (
            np.bincount(frame.left[rows], weights=w, minlength=n)
            + np.bincount(frame.right[rows], weights=w, minlength=n)
            for w in (log_odds[rows], np.ones(len(rows)))
        )
        ordinary = np.bincount(new, minlength=n)[new] <= LARGEST
        free = np.flatnonzero((degree > 0) & ordinary & ~frame.bound)
        pace = np.log(rng.exponential(size=len(free))) + support[free]
        order = free[np.argsort(pace, kind="stable")]
        _, first = np.unique(new[order], return_index=True)
        order = order[np.sort(first)]
        taken = np.cumsum(degree[order]) - degree[order] / 2.0 <= surplus
        if not taken.any():
            break
        out = order[taken]
        surplus -= float(degree[out].sum())
        new[out] = n + out  # beyond every label for now: the smallest record may be the one that leaves
        new = smallest(new)
    return new


def bring_home(labels: Ints, frame: Frame, *, wanted: Floats, rng: np.random.Generator) -> Ints:
    """Join clusters that were never compared so that about `wanted` pairs are gained, by list pair.

    Parameters
    ----------
    labels : ndarray of int64, shape (n_records,)
        Cluster of each record, the smallest record in it.
    frame : Frame
        Pairs and records.
    wanted : ndarray of float64, shape (lists, lists)
        Pairs to gain by list pair, upper triangle; what is negative counts as nothing.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of int64, shape (n_records,)
        New labels, a copy.
    """
    new = labels.copy()
    target = np.maximum(np.triu(wanted), 0.0)
    before = together_by_lists(labels, frame.lists, frame.compared, frame.n_lists)
    token = np.random.default_rng(20_250_101).integers(1, 2**63, frame.n_lists).astype(np.uint64)
    for _ in range(_ROUNDS):
        now = together_by_lists(new, frame.lists, frame.compared, frame.n_lists)
        missing = target - (now - before)
        if missing.sum() < 0.5:
            break
        loss = loss_by_list(missing, now)
        pairs = _imitated(new, frame, token=token, loss=loss, n_pairs=float(missing.sum()), rng=rng)
        if pairs is None:
            break
        new = _joined(new, *pairs)
    return new


def loss_by_list(missing: Floats, together: Floats) -> Floats:
    """Spread missing pairs over the lists: the chance that a record of each list misses its group, up to a factor.

    A pair of lists j, k with C pairs together should lack about C times the sum of the two chances; the chances are
    found by weighted non-negative least squares (Lawson, Hanson 1974, chapter 23).

    Parameters
    ----------
    missing, together : ndarray of float64, shape (lists, lists)
        Upper triangles.

    Returns
    -------
    ndarray of float64, shape (lists,)
        Not negative; all equal if nothing is together.
    """
    from scipy.optimize import nnls

    n = len(together)
    j, k = np.triu_indices(n)
    seen = together[j, k] > 0.0
    if not seen.any():
        return np.ones(n)
    root = np.sqrt(together[j, k][seen])
    matrix = np.zeros((int(seen.sum()), n))
    each = np.arange(len(matrix))
    np.add.at(matrix, (each, j[seen]), root)
    np.add.at(matrix, (each, k[seen]), root)
    found, _ = nnls(matrix, np.maximum(missing[j, k][seen], 0.0) / root)
    # No list is without any loss: what is not seen in a few pairs may still be there.
    floor = 0.2 * max(float(found.mean()), 1e-12)
    return np.asarray(np.maximum(found, floor), dtype=np.float64)


def _imitated(
    labels: Ints, frame: Frame, *, token: Bits, loss: Floats, n_pairs: float, rng: np.random.Generator
) -> tuple[Ints, Ints] | None:
    """Return clusters to join, imitating donors; None if none can be found."""
    n = len(labels)
    sizes = np.bincount(labels[frame.compared], minlength=n)
    # The sum of the tokens of its records names what lists a cluster is made of, repeats included.
    made_of = np.zeros(n, dtype=np.uint64)
    np.add.at(made_of, labels[frame.compared], token[frame.lists[frame.compared]])
    size = sizes[labels]
    donors = np.flatnonzero(frame.compared & (size > 1) & (size <= LARGEST))
    if not len(donors):
        return None
    weight = loss[frame.lists[donors]] / (size[donors] - 1.0) ** _LOSS_POWER
    order = donors[np.argsort(rng.exponential(size=len(donors)) / weight, kind="stable")]
    gain = size[order] - 1.0
    order = order[np.cumsum(gain) - gain / 2.0 <= n_pairs]
    if not len(order):
        return None
    alone = token[frame.lists[order]]
    others = made_of[labels[order]] - alone
    clusters = np.flatnonzero(sizes > 0)
    clusters = clusters[sizes[clusters] < LARGEST]
    chosen = _dealt(np.stack([alone, others], axis=1).ravel(), made_of[clusters], rng)
    found = (chosen.reshape(-1, 2) >= 0).all(axis=1)
    both = clusters[chosen.reshape(-1, 2)[found]]
    a, b = both.min(axis=1), both.max(axis=1)
    keep = ~np.isin(a * n + b, _barred(labels, frame.apart))
    return (a[keep], b[keep]) if keep.any() else None


def _dealt(asked: Bits, held: Bits, rng: np.random.Generator) -> Ints:
    """Deal to each request one holder of the same code at random, none twice; -1 where there are not enough."""
    shuffled = rng.permutation(len(held))
    shuffled = shuffled[np.argsort(held[shuffled], kind="stable")]
    codes = held[shuffled]
    order = np.argsort(asked, kind="stable")
    start = np.searchsorted(codes, asked[order], side="left")
    end = np.searchsorted(codes, asked[order], side="right")
    rank = np.arange(len(asked)) - np.searchsorted(asked[order], asked[order], side="left")
    found = np.full(len(asked), -1, dtype=np.int64)
    enough = start + rank < end
    found[order[enough]] = shuffled[(start + rank)[enough]]
    return found


def _first_come(a: Ints, b: Ints, n: int) -> NDArray[np.bool_]:
    """Mark the pairs of which neither side stands in an earlier pair."""
    first = np.full(n, len(a), dtype=np.int64)
    position = np.arange(len(a))
    np.minimum.at(first, a, position)
    np.minimum.at(first, b, position)
    return np.asarray((first[a] == position) & (first[b] == position), dtype=bool)


def _joined(labels: Ints, a: Ints, b: Ints) -> Ints:
    """Give cluster b the label of cluster a; no cluster is in two pairs."""
    to = np.arange(len(labels))
    to[np.maximum(a, b)] = np.minimum(a, b)
    return np.asarray(to[labels], dtype=np.int64)


def _barred(labels: Ints, apart: Ints) -> Ints:
    """Codes of the pairs of clusters that decisions keep apart."""
    a, b = labels[apart[:, 0]], labels[apart[:, 1]]
    return np.asarray(np.minimum(a, b) * len(labels) + np.maximum(a, b), dtype=np.int64)


def smallest(labels: Ints) -> Ints:
    """Rename labels by the smallest record of each cluster."""
    _, first, back = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(first[back], dtype=np.int64)
