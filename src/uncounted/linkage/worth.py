"""What more review is worth: how many decisions until the interval is narrower, and which pairs move the number most.

The variance of an estimate is the sum of four parts: sampling (which people happened to be listed), calibration (how
the scores should be read: it falls as one over the number of labels, the prior counting as some), partition (which of
the unsure links are real, given the scores: it falls as unsure pairs are settled), and what no rule brought up (no
decision on a scored pair tells).

References
----------
Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 3: within and between variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uncounted.linkage.calibration import Calibration, calibrated_weights
from uncounted.linkage.pairs import Clusterings, ScoredPairs, probability

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The prior of the calibration is worth about as many labels.
PRIOR_LABELS = 30
# Nobody reviews more pairs than this for one number.
MOST_DECISIONS = 5_000
# Pairs between these probabilities are unsure.
UNSURE = (0.05, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtParts:
    """Variance of an estimate by where it comes from, in people squared (or any one unit squared).

    `n_labels` pairs were reviewed; `n_unsure` unreviewed ones have a probability within `UNSURE`.
    """

    sampling: float
    calibration: float
    partition: float
    missed: float
    n_labels: int
    n_unsure: int

    @property
    def total(self) -> float:
        """Sum of the four parts."""
        return self.sampling + self.calibration + self.partition + self.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsNeeded:
    """How many more decisions until the interval is narrower by `narrower` (a share of its width).

    `n` is None if no number of decisions does it; `next_50` is the share by which 50 more would narrow it; `words`
    says both in a sentence.
    """

    n: int | None
    narrower: float
    next_50: float
    words: str


def doubt_parts(
    estimates: ArrayLike, sampling: ArrayLike, clusterings: Clusterings, *, n_labels: int, n_unsure: int
) -> DoubtParts:
    """Split the variance of an estimate over the draws by regression on what each draw took for true.

    Parameters
    ----------
    estimates : array_like of float, shape (D,)
        The estimate from each draw of the clustering.
    sampling : array_like of float, shape (D,) or ()
        Its sampling variance within each draw.
    clusterings : Clusterings
        The draws, with their `doubt`.
    n_labels, n_unsure : int
        Reviewed pairs, and unreviewed pairs that are unsure.

    Returns
    -------
    DoubtParts

    Raises
    ------
    ValueError
        If there is not one estimate for each draw.
    """
    y = np.asarray(estimates, dtype=np.float64)
    if y.shape != (clusterings.n_draws,):
        raise ValueError(f"{clusterings.n_draws} draws need as many estimates; found shape {y.shape}")
    within = float(np.mean(np.asarray(sampling, dtype=np.float64)))
    found = np.array([[one.n_scored, one.n_apart] for one in clusterings.doubt])
    # What no rule brought up is reckoned from the scored matches: what moves with them is doubt of the calibration.
    variance = float(found[:, 0].var(ddof=1)) if len(found) > 1 else 0.0
    if variance > 0.0:
        slope = float(np.cov(found.T)[0, 1]) / variance
        found[:, 1] -= slope * (found[:, 0] - found[:, 0].mean())
    spread = found.std(axis=0)
    used = np.flatnonzero(spread > 0.0)
    if len(y) < 5 or not len(used):
        return DoubtParts(sampling=within, calibration=0.0, missed=0.0, n_labels=n_labels, n_unsure=n_unsure,
                          partition=float(y.var(ddof=1)) if len(y) > 1 else 0.0)  # fmt: skip
    x = (found[:, used] - found[:, used].mean(axis=0)) / spread[used]
    beta = np.linalg.lstsq(x, y - y.mean(), rcond=None)[0]
    rest = float(np.sum((y - y.mean() - x @ beta) ** 2) / max(len(y) - 1 - len(used), 1))
    between = float(y.var(ddof=1))
    explained = np.zeros(2)
    # Each gets its own square and half of what the two share.
    covariance = np.atleast_2d(np.cov(x, rowvar=False)) * np.outer(beta, beta)
    explained[used] = np.maximum(covariance.sum(axis=1), 0.0)
    if explained.sum() > 0.0:
        explained *= max(between - rest, 0.0) / explained.sum()
    return DoubtParts(
        sampling=within,
        calibration=float(explained[0]),
        partition=min(rest, between),
        missed=float(explained[1]),
        n_labels=n_labels,
        n_unsure=n_unsure,
    )


def width_after(parts: DoubtParts, n_more: int) -> float:
    """Return the width of the interval after `n_more` decisions, as a share of today's.

    Parameters
    ----------
    parts : DoubtParts
        The variance today.
    n_more : int
        Decisions to come, at the beginning of the review order.

    Returns
    -------
    float
        In (0, 1]; 1 if there is no variance at all.
    """
    if parts.total <= 0.0:
        return 1.0
    known = PRIOR_LABELS + parts.n_labels
    settled = min(n_more / parts.n_unsure, 1.0) if parts.n_unsure else 0.0
    after = (
        parts.sampling + parts.missed + parts.calibration * known / (known + n_more) + parts.partition * (1.0 - settled)
    )
    return float(np.sqrt(after / parts.total))


def decisions_needed(parts: DoubtParts, *, narrower: float = 0.1) -> DecisionsNeeded:
    """Say how many more decisions make the interval narrower, or that none will.

    Parameters
    ----------
    parts : DoubtParts
        The variance today.
    narrower : float
        Share of the width to lose, in (0, 1).

    Returns
    -------
    DecisionsNeeded

    Raises
    ------
    ValueError
        If `narrower` is not in (0, 1).
    """
    if not 0.0 < narrower < 1.0:
        raise ValueError(f"narrower must lie between 0 and 1; found {narrower}")
    target = 1.0 - narrower
    next_50 = 1.0 - width_after(parts, 50)
    soon = f"The next 50 decisions would narrow the interval by about {100 * next_50:.0f} %."
    if width_after(parts, MOST_DECISIONS) > target:
        rest = "sampling" if parts.sampling >= parts.missed else "the pairs that no rule brought up"
        words = (
            f"No number of decisions makes the interval {100 * narrower:.0f} % narrower: most of it is {rest}. {soon}"
        )
        return DecisionsNeeded(n=None, narrower=narrower, next_50=next_50, words=words)
    low, high = 0, MOST_DECISIONS  # the width never grows with n, so halving finds the smallest that is enough
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if width_after(parts, middle) <= target else (middle + 1, high)
    words = f"About {low:,} more decisions make the interval {100 * narrower:.0f} % narrower. {soon}"
    return DecisionsNeeded(n=low, narrower=narrower, next_50=next_50, words=words)


def open_weights(pairs: ScoredPairs, calibration: Calibration, *, reviewed: Sequence[int] = ()) -> Floats:
    """Return the calibrated log2 odds of all pairs, shape (pairs,); infinite for the rows `reviewed`."""
    weight = calibrated_weights(pairs, calibration)
    weight[np.asarray(reviewed, dtype=np.int64)] = np.inf
    return weight


def unsure_pairs(weight: Floats) -> int:
    """Count the pairs with a probability within `UNSURE`; `weight` as `open_weights` gives it."""
    edges = [np.log2(p / (1.0 - p)) for p in UNSURE]
    return int(((weight > edges[0]) & (weight < edges[1])).sum())


def pairs_that_matter(
    pairs: ScoredPairs,
    clusterings: Clusterings,
    *,
    lists: Ints,
    weight: Floats | None = None,
    n: int = 10,
) -> Ints:
    """Find the pairs whose being one person or two moves the table of list patterns most.

    The weight of a pair is p (1 - p) times the people who change their cell: joining two people whose lists differ
    takes each from its cell and puts one into a third (3), joining one to a person on all its lists and more only
    takes it away (1). Of several pairs between the same two clusters one is named, the least sure.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    clusterings : Clusterings
        For the best clustering.
    lists : ndarray of int64, shape (n_records,)
        List of each record.
    weight : ndarray of float64, shape (pairs,), optional
        log2 odds, as `open_weights` gives them; None: the match weights.
    n : int
        Most pairs to return.

    Returns
    -------
    ndarray of int64, shape (at most n,)
        Positions in `pairs.table`, the weightiest first.
    """
    if not pairs.n_pairs or n < 1:
        return np.zeros(0, dtype=np.int64)
    left, right = (np.asarray(pairs.table[side].to_numpy(), dtype=np.int64) for side in ("left", "right"))
    if weight is None:
        weight = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    prob = probability(weight)
    doubt = prob * (1.0 - prob)
    point = clusterings.point
    held = point[left] == point[right]
    first, second = _patterns(point, np.asarray(lists, dtype=np.int64), left, right, held)
    both = (first | second).astype(np.int8)
    cells = 1 + 2 * ((both != first).any(axis=1) & (both != second).any(axis=1))
    worth = doubt * cells
    order = np.lexsort((np.arange(len(worth)), -worth))
    a, b = np.minimum(point[left], point[right]), np.maximum(point[left], point[right])
    # A pair within a cluster is about one of its records: the cluster is named once all the same.
    _, first_seen = np.unique((a * len(point) + b)[order], return_index=True)
    return np.asarray(order[np.sort(first_seen)][:n], dtype=np.int64)


def _patterns(
    point: Ints, lists: Ints, left: Ints, right: Ints, held: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the lists of both sides of each pair: their clusters, or the right record and the rest of its cluster."""
    n_lists = int(lists.max(initial=0)) + 1
    counts = np.zeros((len(point), n_lists), dtype=np.int64)
    np.add.at(counts, (point, lists), 1)
    one, other = counts[point[left]].copy(), counts[point[right]].copy()
    at = np.flatnonzero(held)
    alone = np.zeros((len(at), n_lists), dtype=np.int64)
    alone[np.arange(len(at)), lists[right[at]]] = 1
    one[at] -= alone
    other[at] = alone
    return one > 0, other > 0
