"""How often the links of the best clustering are right, and how many of the true ones it holds, with intervals.

Scored pairs are cut into strata by score band and by whether the best clustering links them. In each, the share of
true matches has a beta distribution: its mean beforehand is what the calibrated odds say, worth about one match seen,
and reviewed pairs of the stratum update it. Where many pairs were reviewed this is the design-based, post-stratified
estimate; where none were, the model speaks with a wide margin.

References
----------
Holt, Smith (1979), JRSS A 142:33: post-stratification. Little (1993), JASA 88:1001: its Bayesian form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.calibration import Calibration, calibrated_weights, labelled_rows
from uncounted.linkage.pairs import Clusterings, ScoredPairs, probability
from uncounted.linkage.review_order import BAND_EDGES, score_band

Floats = NDArray[np.float64]

_DRAWS = 4_000
_EDGE = 1e-9


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
) -> LinkQuality:
    """Estimate precision and recall of the best clustering's links between scored pairs.

    The labels should come from the beginning of the review order, and the clustering be made without the decisions of
    a reviewer who looked at links alone; a clustering that obeys the labels is judged on them a little too well, which
    the weight of each stratum (all its pairs, not the reviewed ones) keeps small.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    clusterings : Clusterings
        For its best clustering, and for the doubt about pairs that were never compared.
    calibration : Calibration
        Of these pairs.
    same, different : iterable of (int, int)
        Reviewed pairs.
    seed : int
        Of the draws behind the intervals.

    Returns
    -------
    LinkQuality
        NaN where there is nothing linked, or nothing true.
    """
    left, right = (np.asarray(pairs.table[side].to_numpy(), dtype=np.int64) for side in ("left", "right"))
    weight = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    linked = clusterings.point[left] == clusterings.point[right]
    n_bands = len(BAND_EDGES) + 1
    stratum = score_band(weight) + n_bands * linked
    rows, label = labelled_rows(pairs, same, different)
    n_strata = 2 * n_bands
    size = np.bincount(stratum, minlength=n_strata).astype(np.float64)
    prob = probability(calibrated_weights(pairs, calibration))
    mean = np.bincount(stratum, weights=prob, minlength=n_strata) / np.maximum(size, 1.0)
    seen = np.bincount(stratum[rows], minlength=n_strata).astype(np.float64)
    hits = np.bincount(stratum[rows], weights=label, minlength=n_strata).astype(np.float64)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 14]))
    share = _shares(mean, hits, seen - hits, rng)
    # What was reviewed is known; the rest of the stratum follows its share.
    true = hits + (size - seen) * share
    of_linked, of_apart = true[:, n_bands:].sum(axis=1), true[:, :n_bands].sum(axis=1)
    never = np.array([one.n_not_compared for one in clusterings.doubt] or [0.0])
    missed = of_apart + never[rng.integers(0, len(never), len(of_apart))]
    n_linked = float(size[n_bands:].sum())
    precision = _summary(of_linked / n_linked) if n_linked > 0.0 else (np.nan,) * 3
    recall = _summary(of_linked / np.maximum(of_linked + missed, _EDGE)) if true.any() else (np.nan,) * 3
    return LinkQuality(
        precision=precision[1],
        precision_low=precision[0],
        precision_high=precision[2],
        recall=recall[1],
        recall_low=recall[0],
        recall_high=recall[2],
        recall_compared=float(np.median(of_linked / np.maximum(of_linked + of_apart, _EDGE))) if true.any() else np.nan,
        n_linked_reviewed=int(seen[n_bands:].sum()),
        n_unlinked_reviewed=int(seen[:n_bands].sum()),
    )


def _shares(mean: Floats, hits: Floats, misses: Floats, rng: np.random.Generator) -> Floats:
    """Draw the share of matches in each stratum, shape (draws, strata); beforehand the rarer outcome is worth one."""
    p = np.clip(mean, _EDGE, 1.0 - _EDGE)
    strength = 1.0 / np.minimum(p, 1.0 - p)
    return rng.beta(strength * p + hits, strength * (1.0 - p) + misses, (_DRAWS, len(mean)))


def _summary(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975))
    return float(low), float(middle), float(high)
