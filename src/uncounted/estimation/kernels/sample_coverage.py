"""Sample coverage: how much of the population, weighted by its visibility, the lists have already seen.

Letters of the papers: t lists, u_j people on list j alone, u_ij people on i and j alone, n_j people on list j, n_ij
people on both i and j, M people listed, C the sample coverage, D the mean over j of the people that the other lists
hold, γ_ij the coefficient of covariation of a pair (0 if independent, above if they tend to overlap).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoverageFit:
    """Totals by sample coverage, one for each table; NaN where a list holds nobody.

    Attributes
    ----------
    coverage : ndarray of float64, shape (B,)
        Ĉ = 1 − mean over lists of u_j / n_j.
    independent : ndarray of float64, shape (B,)
        N̂_0 = D / Ĉ, if lists are independent.
    full : ndarray of float64, shape (B,)
        N̂, which solves the equation with the covariation of pairs at N̂ itself; inf where it has no positive solution.
        Unstable when the coverage is low.
    one_step : ndarray of float64, shape (B,)
        N̂_1, the covariation put in at a first guess instead of solved for; meant for low coverage, where it tends to
        stay between N̂_0 and N̂.
    """

    coverage: FloatArray
    independent: FloatArray
    full: FloatArray
    one_step: FloatArray


def sample_coverage(counts: IntArray, n_lists: int) -> CoverageFit:
    """Estimate totals by sample coverage for many tables at once.

    With R(N) = Σ_{i<j} (u_i + u_j + 2 u_ij) (N n_ij / (n_i n_j) − 1) / (t Ĉ): N̂_0 = D/Ĉ; N̂ solves N = N̂_0 + R(N);
    N̂_1 = N̂_0 + R(N̂_0 + R(N̂_0)).

    Parameters
    ----------
    counts : ndarray of int64, shape (B, 2**t − 1)
        People per pattern, in CaptureTable order.
    n_lists : int
        t, at least 3: with two lists the coverage says nothing that the overlap does not.

    Returns
    -------
    CoverageFit
        See there.

    Raises
    ------
    ValueError
        If there are fewer than three lists or the shapes disagree.

    References
    ----------
    Chao, Tsay (1998), JASA 93:283, eq. (14) for the coverage; Chao, Tsay, Lin, Shau, Chao (2001), Statist. Med.
    20:3123, section 5 for three lists; Tsay, Chao (2001), J. Appl. Statist. 28:25 for more.
    """
    counts = np.asarray(counts)
    if n_lists < 3 or counts.ndim != 2 or counts.shape[1] != 2**n_lists - 1:
        raise ValueError("sample coverage needs tables of three or more lists, shape (B, 2**t − 1)")
    cells = counts.astype(np.float64)
    bits = [1 << (n_lists - 1 - j) for j in range(n_lists)]
    k = np.arange(1, 2**n_lists)
    on = np.asarray([(k & b) > 0 for b in bits])
    totals = [cells[:, on[j]].sum(axis=1) for j in range(n_lists)]
    alone = [cells[:, b - 1] for b in bits]
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = 1 - sum(u / n for u, n in zip(alone, totals, strict=True)) / n_lists
        first = (cells.sum(axis=1) - sum(alone) / n_lists) / coverage
        weight = np.zeros(len(cells))
        slope = np.zeros(len(cells))
        for i in range(n_lists):
            for j in range(i):
                pair = alone[i] + alone[j] + 2 * cells[:, (bits[i] | bits[j]) - 1]
                weight += pair
                slope += pair * cells[:, on[i] & on[j]].sum(axis=1) / (totals[i] * totals[j])
        weight /= n_lists * coverage
        slope /= n_lists * coverage
        guess = first + slope * first - weight
        one_step = first + slope * guess - weight
        full = np.where(slope < 1, (first - weight) / (1 - slope), np.inf)
    return CoverageFit(coverage=coverage, independent=first, full=full, one_step=one_step)
