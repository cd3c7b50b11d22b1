"""Whether stated match probabilities are true: reviewed pairs against what was said of them, in bins.

References
----------
Naeini, Cooper, Hauskrecht (2015), AAAI 29:2901: expected calibration error. Bröcker, Smith (2007), Weather and
Forecasting 22:651: reliability diagrams.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.review_order import BAND_EDGES, score_band

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

RELIABILITY_EDGES: tuple[float, ...] = (0.0, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Reviewed pairs whose calibrated probability, fitted without them, lies in [low, high).

    `mean_prob` is what was said and `share_same` what the reviewers found, both weighted to all scored pairs of the
    bin; `same_low` to `same_high` is a 95 % interval of the latter.
    """

    low: float
    high: float
    n_reviewed: int
    mean_prob: float
    share_same: float
    same_low: float
    same_high: float


def expected_error(prob: Floats, label: Floats, share: Floats) -> float:
    """Return the expected calibration error over the bins of `RELIABILITY_EDGES`, each pair counting `share`."""
    if not len(prob):
        return float("nan")
    which = np.clip(np.searchsorted(np.array(RELIABILITY_EDGES), prob, side="right") - 1, 0, len(RELIABILITY_EDGES) - 2)
    off = np.bincount(which, weights=share * (prob - label), minlength=len(RELIABILITY_EDGES) - 1)
    return float(np.abs(off).sum() / share.sum())


def band_weights(weight: Floats, rows: Ints) -> Floats:
    """Return how many scored pairs each reviewed pair stands for: those of its band, shared among the reviewed."""
    n_bands = len(BAND_EDGES) + 1
    reviewed = score_band(weight[rows])
    of_band = np.bincount(score_band(weight), minlength=n_bands)
    return np.asarray((of_band / np.maximum(np.bincount(reviewed, minlength=n_bands), 1))[reviewed], dtype=np.float64)


def reliability_bins(prob: Floats, label: Floats, share: Floats) -> tuple[ReliabilityBin, ...]:
    """Return the bins that hold reviewed pairs, each pair counting `share`."""
    found = []
    for low, high in itertools.pairwise(RELIABILITY_EDGES):
        inside = (prob >= low) & ((prob < high) | (high == 1.0))
        if not inside.any():
            continue
        weight = share[inside] / share[inside].sum()
        same = float(weight @ label[inside])
        below, above = wilson(same, 1.0 / float(np.sum(weight**2)))
        found.append(ReliabilityBin(low=low, high=high, n_reviewed=int(inside.sum()), same_low=below, same_high=above,
                                    mean_prob=float(weight @ prob[inside]), share_same=same))  # fmt: skip
    return tuple(found)


def wilson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share seen in n trials (Wilson 1927, JASA 22:209), n not necessarily whole."""
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)
