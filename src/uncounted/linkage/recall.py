"""How often the links of the best clustering are right, and how many of the true ones it holds, with intervals.

At the same score a pair that the clustering links is likelier true than one it keeps apart: the records around it have
a say. A regression of the labels on the calibrated odds and on being linked says by how much. Scored pairs are then cut
into strata by score band and by being linked; in each, the share of true matches has a beta distribution whose mean
beforehand is the regression's, and which the reviewed pairs of the stratum update, each weighted by one over the chance
it had of being reviewed. Where many pairs were reviewed this comes near the design-based, post-stratified estimate;
where few were, the regression speaks with a margin.

References
----------
Holt, Smith (1979), JRSS A 142:33: post-stratification. Little (1993), JASA 88:1001: its Bayesian form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.calibration import (
    MOST_OF_ONE_KIND,
    Calibration,
    calibrated_weights,
    even_normals,
    labelled_rows,
)
from uncounted.linkage.pairs import Clusterings, DrawDoubt, ScoredPairs, probability
from uncounted.linkage.regression import fit
from uncounted.linkage.reliability import beta_of, stratum_counts
from uncounted.linkage.review_order import BAND_EDGES, likely_inclusion, score_band

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

N_BANDS = len(BAND_EDGES) + 1
# Draws of the regression, and of the shares of the strata for each.
_DRAWS, _EACH = 80, 50
# Prior standard deviations: log odds of linked and of unlinked pairs beyond what their scores say, and the slope.
_SDS = (1.5, 1.5, 0.25)
# What the regression says of a stratum is worth at most so many pairs seen: strata err together.
_MOST_BEFOREHAND = 20.0
_EDGE = 1e-9
_LN2 = float(np.log(2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkQuality:
    """Of the best clustering: share of linked pairs that are right, and of true pairs that are linked; 95 % intervals.

    `n_linked_reviewed` and `n_unlinked_reviewed` are the reviewed pairs behind them. `recall` counts the pairs that no
    rule brought up as missed; `recall_compared` leaves them out.
    """

    precision: float
    precision_low: float
    precision_high: float
    recall: float
    recall_low: float
    recall_high: float
    recall_compared: float
    n_linked_reviewed: int
    n_unlinked_reviewed: int


def link_quality(
    pairs: ScoredPairs,
    clusterings: Clusterings,
    calibration: Calibration,
    *,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
    seed: int,
    doubt: Sequence[DrawDoubt] | None = None,
) -> LinkQuality:
    """Estimate precision and recall of the best clustering's links between scored pairs.

    The labels should come from the beginning of the review order. The clustering must be made without the decisions:
    where they are forced every reviewed link is right, whatever the others are. What is judged is what the scores link.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    clusterings : Clusterings
        For its best clustering, made without decisions: `cluster(…, n_draws=1, calibration=calibration)`.
    calibration : Calibration
        Of these pairs.
    same, different : iterable of (int, int)
        Reviewed pairs.
    seed : int
        Of the draws behind the intervals.
    doubt : sequence of DrawDoubt, optional
        What draws took the pairs that no rule brought up to be; those of `clusterings` if not given.

    Returns
    -------
    LinkQuality
        NaN where there is nothing linked, or nothing true, or where `MOST_OF_ONE_KIND` labels are all of one kind.
    """
    left, right = (np.asarray(pairs.table[side].to_numpy(), dtype=np.int64) for side in ("left", "right"))
    linked = clusterings.point[left] == clusterings.point[right]
    rows, label = labelled_rows(pairs, same, different)
    true = _true_pairs(pairs, calibration, linked, rows=rows, label=label, seed=seed)
    of_linked, of_apart = true[:, N_BANDS:].sum(axis=1), true[:, :N_BANDS].sum(axis=1)
    never = np.array([one.n_not_compared for one in (clusterings.doubt if doubt is None else doubt)] or [0.0])
    rng = np.random.default_rng(np.random.SeedSequence([seed, 16]))
    missed = of_apart + never[rng.integers(0, len(never), len(of_apart))]
    n_linked = float(linked.sum())
    told = len(label) < MOST_OF_ONE_KIND or bool(np.ptp(label) > 0.0)
    nothing = (np.nan,) * 3
    precision = _summary(of_linked / n_linked) if n_linked > 0.0 and told else nothing
    recall = _summary(of_linked / np.maximum(of_linked + missed, _EDGE)) if true.any() and told else nothing
    compared = _summary(of_linked / np.maximum(of_linked + of_apart, _EDGE)) if true.any() and told else nothing
    return LinkQuality(
        precision=precision[1],
        precision_low=precision[0],
        precision_high=precision[2],
        recall=recall[1],
        recall_low=recall[0],
        recall_high=recall[2],
        recall_compared=compared[1],
        n_linked_reviewed=int(linked[rows].sum()),
        n_unlinked_reviewed=int((~linked[rows]).sum()),
    )


def _true_pairs(
    pairs: ScoredPairs,
    calibration: Calibration,
    linked: NDArray[np.bool_],
    *,
    rows: Ints,
    label: Floats,
    seed: int,
) -> Floats:
    """Draw the number of true pairs in each stratum, shape (draws, strata): the unlinked by score band, the linked."""
    stratum, n = _strata(pairs, linked), 2 * N_BANDS
    log_odds = _LN2 * calibrated_weights(pairs, calibration)
    design = np.column_stack([linked, ~linked, log_odds]).astype(np.float64)
    made = fit(design[rows], label, np.array([0.0, 0.0, 1.0]), np.diag(_SDS) ** 2, slip=calibration.slip)
    likely = _true_given_label(probability(design[rows] @ made.point / _LN2), label, calibration.slip)
    size = np.bincount(stratum, minlength=n).astype(np.float64)
    seen, same = np.bincount(stratum[rows], minlength=n), np.bincount(stratum[rows], likely, n)
    share = 1.0 / likely_inclusion(pairs, len(rows))[rows]
    hits, misses, _ = stratum_counts(stratum[rows], likely, likely, share, n)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 14]))
    found = []
    for beta in made.point + even_normals(_DRAWS, 3, seed=seed, label=14) @ made.spread.T:
        prob = probability(design @ beta / _LN2)
        mean = np.bincount(stratum, weights=prob, minlength=n) / np.maximum(size, 1.0)
        # The labels have spoken once, in the regression: here they count half.
        a, b = beta_of(mean, hits / 2.0, misses / 2.0, most=_MOST_BEFOREHAND)
        # What was reviewed is known; the rest of the stratum follows its share.
        found.append(same + (size - seen) * rng.beta(a, b, (_EACH, n)))
    return np.concatenate(found)


def _true_given_label(prob: Floats, label: Floats, slip: float) -> Floats:
    """Return the chance that a reviewed pair is one person, given its label and the rate of slips."""
    said_same = prob * (1.0 - slip) / np.maximum(prob * (1.0 - slip) + (1.0 - prob) * slip, _EDGE)
    said_different = prob * slip / np.maximum(prob * slip + (1.0 - prob) * (1.0 - slip), _EDGE)
    return np.where(label > 0.5, said_same, said_different)


def _strata(pairs: ScoredPairs, linked: NDArray[np.bool_]) -> Ints:
    weight = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    return np.asarray(score_band(weight) + N_BANDS * linked, dtype=np.int64)


def _summary(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975))
    return float(low), float(middle), float(high)
