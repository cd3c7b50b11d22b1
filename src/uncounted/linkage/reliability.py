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

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_DRAWS = 2_000
_EDGE = 1e-9
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


def expected_error(
    prob: Floats,
    label: Floats,
    share: Floats,
    *,
    every: Floats,
    seed: int,
    within: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float, float]:
    """Estimate the expected calibration error over all scored pairs, with a 95 % interval.

    The bins are those of `RELIABILITY_EDGES`; how many pairs each holds is known, and the reviewed pairs say how far
    what was stated of them is off. A sum of absolute values grows with the noise of its terms. So each term is drawn
    towards nothing, as far as its labels leave room (`beta_of`), and for the lower end of the interval the variances
    are taken off the squares.

    Parameters
    ----------
    prob, label, share : ndarray of float64, shape (labels,)
        What was stated of each reviewed pair, what was decided (1.0 same), and how many pairs it stands for.
    every : ndarray of float64, shape (pairs,)
        What is stated of all scored pairs.
    seed : int
        Of the draws behind the interval.
    within : (float, float)
        Only bins between these probabilities.

    Returns
    -------
    low, estimate, high : float
        NaN if there are no pairs there.
    """
    edges = np.array(RELIABILITY_EDGES)
    n_bins = len(edges) - 1
    of_label, of_pair = (np.clip(np.searchsorted(edges, x, side="right") - 1, 0, n_bins - 1) for x in (prob, every))
    size = np.bincount(of_pair, minlength=n_bins).astype(np.float64)
    size[(edges[:-1] < within[0]) | (edges[1:] > within[1])] = 0.0
    if not size.any():
        return (float("nan"),) * 3
    stated = np.bincount(of_pair, weights=every, minlength=n_bins) / np.maximum(size, 1.0)
    hits, misses, said = stratum_counts(of_label, label, prob, share, n_bins)
    stated = np.where(hits + misses > 0.0, said, np.clip(stated, 0.0, 1.0))
    a, b = beta_of(stated, hits, misses)
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1.0))
    rng = np.random.default_rng(np.random.SeedSequence([seed, 15]))
    weight = size / size.sum()
    drawn = rng.beta(a, b, (_DRAWS, n_bins)) - stated
    # The mean leans to what was stated, which takes most of the noise off already.
    found = np.abs(mean - stated) @ weight
    low = np.quantile(np.sqrt(np.maximum(drawn**2 - 2.0 * variance, 0.0)) @ weight, 0.025)
    high = np.quantile(np.abs(drawn) @ weight, 0.975)
    return min(float(low), float(found)), float(found), max(float(high), float(found))


def stratum_counts(
    stratum: Ints, label: Floats, prob: Floats, share: Floats, n_strata: int
) -> tuple[Floats, Floats, Floats]:
    """Return hits and misses of each stratum at their effective number (Kish), and the mean of what was stated there.

    Parameters
    ----------
    stratum : ndarray of int64, shape (labels,)
        Stratum of each reviewed pair.
    label, prob, share : ndarray of float64, shape (labels,)
        1.0 same or 0.0 different, what was stated, and how many pairs of the stratum it stands for.
    n_strata : int
        Number of strata.

    Returns
    -------
    hits, misses, stated : ndarray of float64, shape (n_strata,)

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7: the effective size of a weighted sample, (sum w)^2 / sum w^2.
    """
    total, squares, same, said = (
        np.bincount(stratum, weights=x, minlength=n_strata) for x in (share, share**2, share * label, share * prob)
    )
    n = total**2 / np.maximum(squares, 1e-300)
    rate, stated = same / np.maximum(total, 1e-300), said / np.maximum(total, 1e-300)
    return n * rate, n * (1.0 - rate), stated


def beta_of(stated: Floats, hits: Floats, misses: Floats, *, most: float = np.inf) -> tuple[Floats, Floats]:
    """Return both parameters of the beta distribution of a share.

    Beforehand the rarer outcome was seen once, but no more than `most` pairs altogether.
    """
    p = np.clip(stated, _EDGE, 1.0 - _EDGE)
    strength = np.minimum(1.0 / np.minimum(p, 1.0 - p), most)
    return strength * p + hits, strength * (1.0 - p) + misses


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
