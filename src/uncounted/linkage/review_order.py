"""In which order pairs should be reviewed: mostly where the score is unsure, partly everywhere, by a known chance.

Whoever reviews the first n pairs of the order has drawn a sample whose inclusion probabilities are known, whatever n
is. So the labels can correct the scores (`calibration.py`) and say how often the links are right, without assuming
that the scores are good. Pair i has a rate r_i, set by its score alone, and a permanent random number U_i in (0, 1),
made from the ids of its two records and the seed. Pairs are ordered by U_i / r_i. A pair keeps its random number when
the lists are linked anew, so what was reviewed stays a sample of nearly the same design.

References
----------
Ohlsson (1998), Journal of Official Statistics 14:149: sequential Poisson sampling with permanent random numbers.
Rosén (1997), Journal of Statistical Planning and Inference 62:159: order sampling.
Duffield, Lund, Thorup (2007), Journal of the ACM 54(6), article 32: with T the (n+1)-th smallest U_i / r_i, weights of
1 / min(1, r_i T) make sums over the first n exactly unbiased ("priority sampling", theorem 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage.pairs import ScoredPairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Bands of the match weight (log2 odds), and the share of the review that each is given as long as it has pairs.
# Neyman's rule alone (rate ~ root of p (1 - p)) would spend most of the review on the thousands of unlikely pairs.
BAND_EDGES: tuple[float, ...] = (-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0)
BAND_SHARES: tuple[float, ...] = (0.08, 0.18, 0.17, 0.15, 0.14, 0.12, 0.09, 0.07)
# Beyond these log2 odds the rate within a band no longer falls: a score this sure may still be wrong.
_SUREST = 12.0


def score_band(weight: Floats) -> Ints:
    """Return the band of each match weight: 0 for the least likely pairs, `len(BAND_EDGES)` for the likeliest."""
    return np.searchsorted(np.array(BAND_EDGES), weight, side="right").astype(np.int64)


def review_rates(pairs: ScoredPairs) -> Floats:
    """Return the rate at which each pair comes up for review, relative to the others.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        Positive. The rates of a band add up to its share (`BAND_SHARES`); within a band they are proportional to the
        root of p (1 - p).
    """
    weight = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    band = score_band(weight)
    half = np.clip(np.abs(weight), 0.0, _SUREST) / 2.0
    spread = 1.0 / (np.exp2(half) + np.exp2(-half))
    total = np.bincount(band, weights=spread, minlength=len(BAND_SHARES))
    share = np.array(BAND_SHARES) / np.where(total > 0.0, total, 1.0)
    return np.asarray(spread * share[band], dtype=np.float64)


def review_order(pairs: ScoredPairs, *, ids: Sequence[str], seed: int, n: int | None = None) -> Ints:
    """Return the order in which pairs should be reviewed.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    ids : sequence of str, length n_records
        `record_id` of each record: the permanent random numbers are made from these and the seed, so the order does
        not depend on the order of rows or the numbers of records.
    seed : int
        Of the random numbers. Another seed gives another sample of the same design.
    n : int, optional
        How many to return; all if not given or more than there are.

    Returns
    -------
    ndarray of int64, shape (min(n, pairs),)
        Positions in `pairs.table`, first to be reviewed first.

    Raises
    ------
    LinkageError
        L20 if `ids` has the wrong length or `n` is negative.
    """
    priority, number = _priorities(pairs, ids, seed)
    order = np.lexsort((number, priority))
    wanted = len(order) if n is None else _checked_size(n, len(order))
    return np.asarray(order[:wanted], dtype=np.int64)


def inclusion_probs(pairs: ScoredPairs, *, ids: Sequence[str], seed: int, n: int) -> Floats:
    """Return the chance with which each pair is among the first `n` of the review order, given where the order ends.

    With these, sums over the first n pairs of y_i / prob_i are unbiased for sums over all pairs. They hold for a whole
    beginning of the order: pairs that a reviewer skipped, or picked for another reason, are no part of the sample.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs, as they were when the review order was made.
    ids : sequence of str, length n_records
        As in `review_order`.
    seed : int
        As in `review_order`.
    n : int
        Pairs reviewed from the beginning of the order.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        In (0, 1], or 0 everywhere if `n` is 0; 1 everywhere if all pairs are taken.

    Raises
    ------
    LinkageError
        L20 if `ids` has the wrong length or `n` is negative.
    """
    priority, _ = _priorities(pairs, ids, seed)
    size = _checked_size(n, len(priority))
    if size == len(priority):
        return np.ones(len(priority))
    if size == 0:
        return np.zeros(len(priority))
    last = float(np.partition(priority, size)[size])
    return np.asarray(np.minimum(1.0, review_rates(pairs) * last), dtype=np.float64)


def likely_inclusion(pairs: ScoredPairs, n: int) -> Floats:
    """Return the chance of each pair to be among n reviewed ones, whatever the ids and the seed.

    The T of the review order (see above) is not random here but solves sum min(1, r_i T) = n. It serves where it is
    not known where the order ended: pairs left open, several rounds of review.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    n : int
        Reviewed pairs.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        In [0, 1], adding up to n; 1 everywhere if all pairs were reviewed.

    Raises
    ------
    LinkageError
        L20 if `n` is negative.
    """
    size = _checked_size(n, pairs.n_pairs)
    if size == pairs.n_pairs:
        return np.ones(pairs.n_pairs)
    rate = review_rates(pairs)
    falling = np.sort(rate)[::-1]
    # With the k highest rates at 1, the others share n - k.
    rest = np.cumsum(falling[::-1])[::-1]
    factor = (size - np.arange(size)) / rest[:size] if size else np.zeros(1)
    enough = np.flatnonzero(falling[:size] * factor <= 1.0)
    return np.asarray(np.minimum(1.0, rate * factor[enough[0] if len(enough) else -1]), dtype=np.float64)


def _checked_size(n: int, most: int) -> int:
    if n < 0:
        raise LinkageError(f"the number of pairs to review must not be negative; found {n}.", code="L20")
    return min(n, most)


def _priorities(pairs: ScoredPairs, ids: Sequence[str], seed: int) -> tuple[Floats, NDArray[np.uint64]]:
    """Return U_i / r_i and the 64 random bits of each pair."""
    if len(ids) != pairs.n_records:
        raise LinkageError(f"{pairs.n_records} records need as many ids; found {len(ids)}.", code="L20")
    number = pair_numbers(pairs, ids, seed)
    uniform = ((number >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return np.asarray(uniform / review_rates(pairs), dtype=np.float64), number


def pair_numbers(pairs: ScoredPairs, ids: Sequence[str], seed: int) -> NDArray[np.uint64]:
    """Return 64 random bits for each pair, made from its two ids (in either order) and the seed alone.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    ids : sequence of str, length n_records
        `record_id` of each record.
    seed : int
        Key of the hash.

    Returns
    -------
    ndarray of uint64, shape (pairs,)
    """
    key = f"review order {seed}".encode()
    of_record = np.frombuffer(
        b"".join(hashlib.blake2b(i.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest() for i in ids),
        dtype="<u8",
    ).astype(np.uint64)
    left = of_record[np.asarray(pairs.table["left"].to_numpy(), dtype=np.int64)]
    right = of_record[np.asarray(pairs.table["right"].to_numpy(), dtype=np.int64)]
    return _mixed(np.minimum(left, right) * np.uint64(0x9E3779B97F4A7C15) + _mixed(np.maximum(left, right)))


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the finaliser of SplitMix64 (Steele, Lea, Flood 2014, OOPSLA): every bit depends on every bit."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)
