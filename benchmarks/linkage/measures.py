"""How well a case was linked: pairs, clusters, the table of patterns, the number, and the probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from cases import Case, pattern_counts
from methods import Linked
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.registry import parse
from uncounted.simulate.score import overlap_error, score_clustering

# The estimate that is right for these lists, which are independent: log-linear, main effects alone.
_ESTIMATOR = "loglinear-independence"
_UNSURE = (0.001, 0.999)
_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """An estimate of N and its 95 % interval; NaN where none could be made."""

    n: float
    low: float
    high: float


_NONE = Total(n=float("nan"), low=float("nan"), high=float("nan"))


def measure(case: Case, linked: Linked, *, seed: int) -> dict[str, float]:
    """Measure a linked case.

    Parameters
    ----------
    case : Case
    linked : Linked
    seed : int
        Of the interval that pools the draws.

    Returns
    -------
    dict of str to float
        `n_point` is the estimate from the best clustering, `n_draws` that from all draws together, with its interval;
        NaN stands for what a method does not give.
    """
    n_lists = len(case.names)
    score = score_clustering(case.person, linked.point)
    counts = pattern_counts(linked.point, case.lists, n_lists)
    truth = total(case.true_counts[None, :], case.names, seed=seed)
    point = total(counts[None, :], case.names, seed=seed)
    drawn = _NONE
    if len(linked.draws):
        drawn = total(np.stack([pattern_counts(d, case.lists, n_lists) for d in linked.draws]), case.names, seed=seed)
    known = np.isfinite(drawn.low)
    return {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "b3_precision": score.b3_precision,
        "b3_recall": score.b3_recall,
        "b3_f1": score.b3_f1,
        "table_error": overlap_error(case.true_counts, counts),
        "ceiling": ceiling(case, linked),
        "n_from_truth": truth.n,
        "n_point": point.n,
        "n_draws": drawn.n,
        "n_low": drawn.low,
        "n_high": drawn.high,
        "error_point": point.n / case.n_people - 1.0,
        "error_draws": drawn.n / case.n_people - 1.0,
        "error_point_to_truth": point.n / truth.n - 1.0,
        "error_draws_to_truth": drawn.n / truth.n - 1.0,
        "covered": float(drawn.low <= case.n_people <= drawn.high) if known else float("nan"),
        **calibration_errors(case, linked),
        "n_pairs": float(len(linked.left)),
    }


def total(counts: NDArray[np.int64], names: tuple[str, ...], *, seed: int) -> Total:
    """Estimate N from pattern counts of one or more draws, shape (D, 2**J − 1)."""
    if len(names) < 2:
        return _NONE
    table = CaptureTable(lists=names, counts=counts[:, None, :])
    try:
        found = parse(_ESTIMATOR, names).fit(table, level=0.95, seed=seed)
    except NotEstimable:
        return _NONE
    if found.n_total is None:
        return _NONE
    interval = found.n_total_interval
    return Total(
        n=found.n_total,
        low=interval.low if interval is not None else float("nan"),
        high=interval.high if interval is not None else float("nan"),
    )


def ceiling(case: Case, linked: Linked) -> float:
    """Return the share of all pairs of records of one person, across and within lists, that were compared."""
    if not len(linked.left):
        return float("nan")
    n = len(case.person)
    stands_for = np.arange(n)
    for record, representative in linked.identical:
        stands_for[record] = representative
    left, right = true_pairs(case.person)
    a, b = stands_for[left], stands_for[right]
    wanted = np.minimum(a, b) * n + np.maximum(a, b)
    compared = np.sort(linked.left * n + linked.right)
    at = np.minimum(np.searchsorted(compared, wanted), len(compared) - 1)
    found = (compared[at] == wanted) | (a == b)
    return float(found.mean()) if len(found) else 1.0


def true_pairs(person: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs of records (left < right) of one person."""
    order = np.argsort(person, kind="stable")
    ordered = person[order]
    left: list[NDArray[np.int64]] = []
    right: list[NDArray[np.int64]] = []
    distance = 1
    while distance < len(person):
        same = ordered[distance:] == ordered[:-distance]
        if not same.any():
            break
        left.append(order[:-distance][same])
        right.append(order[distance:][same])
        distance += 1
    none = np.zeros(0, dtype=np.int64)
    a, b = np.concatenate([none, *left]), np.concatenate([none, *right])
    return np.minimum(a, b), np.maximum(a, b)


def calibration_errors(case: Case, linked: Linked) -> dict[str, float]:
    """Return the expected calibration error of the pairs' probabilities, reviewed pairs left out.

    Over all pairs, and over those with a probability in (.001, .999); each in ten bins of equally many pairs, the
    absolute difference of mean probability and share of true pairs, averaged.
    """
    fresh = ~linked.reviewed
    prob = linked.prob[fresh]
    is_same = (case.person[linked.left] == case.person[linked.right])[fresh]
    unsure = (prob > _UNSURE[0]) & (prob < _UNSURE[1])
    return {
        "ece": expected_calibration_error(prob, is_same),
        "ece_unsure": expected_calibration_error(prob[unsure], is_same[unsure]),
        "n_unsure": float(unsure.sum()),
    }


def expected_calibration_error(prob: NDArray[np.float64], is_same: NDArray[np.bool_]) -> float:
    """Return the expected calibration error in ten bins of equal mass; NaN without a pair."""
    if not len(prob):
        return float("nan")
    order = np.argsort(prob, kind="stable")
    bins = [part for part in np.array_split(order, _BINS) if len(part)]
    return float(sum(len(part) * abs(prob[part].mean() - is_same[part].mean()) for part in bins) / len(prob))
