"""The probability of a capture table under the hyper-Dirichlet law, subset by subset of the lists.

Letters as in `decomposable`: n people on at least one list, n0 on none, N = n + n0; D_A the table of the lists in A
alone, D_A(0) the people on none of them; δ the imagined people per cell of the full table, δ_A = δ 2**(J−|A|) per cell
of D_A, 2**J δ in all. With n0 up to 1e300, differences of log gammas must not be taken as they stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubsetTerms:
    """log m(D_A) of every subset A as a function of n0: a constant, and a difference of two log gammas.

    Attributes
    ----------
    n_listed, n_lists : int
        n and J.
    delta : float
        δ.
    nobody : ndarray of float64, shape (2**J,)
        D_A(0) − n0: documented people on none of the lists of A.
    prior_nobody : ndarray of float64, shape (2**J,)
        δ_A.
    constant : ndarray of float64, shape (2**J,)
        Σ over the cells of D_A but the first of log Γ(D_A + δ_A), less 2**|A| log Γ(δ_A), plus log Γ(2**J δ).
    multinomial : float
        log n! less Σ log n_ω!.
    """

    n_listed: int
    n_lists: int
    delta: float
    nobody: FloatArray
    prior_nobody: FloatArray
    constant: FloatArray
    multinomial: float

    @classmethod
    def of(cls, counts: IntArray, delta: float | None) -> SubsetTerms:
        """Sum a table over all subsets of its lists."""
        from scipy.special import gammaln

        n_lists = (len(counts) + 1).bit_length() - 1
        if counts.ndim != 1 or len(counts) != 2**n_lists - 1 or n_lists < 2:
            raise ValueError(f"counts must have the shape (2**J − 1,), J at least 2; found {counts.shape}")
        if (counts < 0).any() or not counts.any():
            raise ValueError("counts must not be negative, and somebody must be on a list")
        each = 2.0**-n_lists if delta is None else float(delta)
        if not (math.isfinite(each) and each > 0):
            raise ValueError(f"delta must be above 0; found {delta}")
        n_subsets = 2**n_lists
        patterns = np.arange(1, n_subsets)
        nobody, prior, constant = (np.zeros(n_subsets) for _ in range(3))
        for subset in range(n_subsets):
            marginal = np.bincount(patterns & subset, weights=counts, minlength=n_subsets)
            others = [c for c in range(1, n_subsets) if c & subset == c]
            share = each * 2.0 ** (n_lists - subset.bit_count())
            nobody[subset], prior[subset] = marginal[0], share
            constant[subset] = (
                gammaln(marginal[others] + share).sum()
                - 2.0 ** subset.bit_count() * gammaln(share)
                + gammaln(n_subsets * each)
            )
        n_listed = int(counts.sum())
        return cls(
            n_listed=n_listed,
            n_lists=n_lists,
            delta=each,
            nobody=nobody,
            prior_nobody=prior,
            constant=constant,
            multinomial=float(gammaln(n_listed + 1.0) - gammaln(counts + 1.0).sum()),
        )

    def at(self, n0: FloatArray) -> FloatArray:
        """Return log m(D_A), shape (2**J, K), for each of K values of n0; 0 for the empty set."""
        x = n0 + self.nobody[:, None] + self.prior_nobody[:, None]
        distance = (self.n_listed - self.nobody) + (2.0**self.n_lists * self.delta - self.prior_nobody)
        values = log_gamma_drop(x, distance[:, None]) + self.constant[:, None]
        values[0] = 0.0
        return values

    def common(self, n0: FloatArray) -> FloatArray:
        """Return what all graphs share: the number of orders of the table, and the prior 1/N; shape (K,)."""
        from scipy.special import gammaln

        orders = -log_gamma_drop(n0 + 1.0, np.asarray(float(self.n_listed))) - gammaln(self.n_listed + 1.0)
        return np.asarray(orders + self.multinomial - np.log(n0 + self.n_listed), dtype=np.float64)


def log_gamma_drop(x: FloatArray, distance: FloatArray) -> FloatArray:
    """Return log Γ(x) − log Γ(x + distance) without the loss of digits of a difference of two large numbers.

    Parameters
    ----------
    x : ndarray of float64
        Above 0.
    distance : ndarray of float64
        At least 0; broadcast against `x`.

    Returns
    -------
    ndarray of float64
        By Stirling's series (six terms) where x is at least 20, with log1p; else by log gamma itself.
    """
    from scipy.special import gammaln

    x, distance = np.broadcast_arrays(x, distance)
    out = np.empty(x.shape)
    large = x >= 20.0
    a, d = x[large], distance[large]
    out[large] = (
        d - (a - 0.5) * np.log1p(d / a) - d * np.log(a + d) + _stirling_rest(1.0 / a) - _stirling_rest(1.0 / (a + d))
    )
    a, d = x[~large], distance[~large]
    out[~large] = gammaln(a) - gammaln(a + d)
    return out


def _stirling_rest(inverse: FloatArray) -> FloatArray:
    """Return 1/(12x) − 1/(360x³) + 1/(1260x⁵) − …, from 1/x."""
    square = inverse * inverse
    total = np.zeros_like(inverse)
    for coefficient in (-691.0 / 360360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0):
        total = total * square + coefficient
    return np.asarray(total * inverse, dtype=np.float64)
