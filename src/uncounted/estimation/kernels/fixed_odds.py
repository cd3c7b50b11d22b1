"""One log-linear model with the dependence of one pair of lists held at a given odds ratio.

Letters as in `loglinear`: log μ_ω = Σ_{θ ⊆ ω} α_θ. Here α_{ij} is not estimated but set to log(odds ratio), which adds
an offset to every cell with both lists; the other parameters of the model stay as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.existence import check_existence, remaining_cells
from uncounted.estimation.kernels.hierarchy import add_over_supersets, n_lists_of

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_STEPS = 200
MAX_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FixedOddsFit:
    """A fit with one dependence fixed; NaN where `code` is not 0.

    Attributes
    ----------
    code : int
        0 the estimate exists and is unique; otherwise as in `Existence`: 1 does not exist, 2 not unique, 3 both.
    converged : bool
    n_unlisted, standard_error : float
        People on no list, and the standard error of the total, √(n̂_0 + n̂_0² Var α̂_∅).
    deviance, pearson : float
    df : int
        Cells left less parameters estimated.
    loglik : float
        Poisson log-likelihood with log n_ω!.
    n_params : int
        Parameters estimated, with those at −∞; the fixed one does not count.
    replaces : bool
        Whether the model held that dependence as a parameter, so that the data speak about the value fixed.
    """

    code: int
    converged: bool = False
    n_unlisted: float = math.nan
    standard_error: float = math.nan
    deviance: float = math.nan
    pearson: float = math.nan
    df: int = 0
    loglik: float = math.nan
    n_params: int = 0
    replaces: bool = False


def fit_with_fixed_odds(counts: IntArray, model: BoolArray, pair: int, odds_ratio: float) -> FixedOddsFit:
    """Fit a log-linear model with the interaction of one pair fixed, and project the unlisted.

    If the pair is not in the model, this is the model at another dependence than none; if it is, its estimate is
    replaced. Where larger interactions hold the pair, the odds ratio is that among people on none of the lists in them
    besides the pair, and those interactions keep being estimated.

    An offset does not change whether the estimate exists: Σ n_ω η_ω − Σ exp(o_ω) exp(η_ω) runs to its supremum at
    infinity along a direction exactly if that direction is 0 on the cells with people and at most 0 on the others,
    whatever the positive factors exp(o_ω). So existence is that of the model without the fixed term. Where larger
    interactions hold the pair, what is left is not hierarchical, and the model with the term is asked instead: as
    fewer directions are open once a term is fixed, its yes holds (a no is taken for a no, on the safe side).

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.
    pair : int
        Code of the pair: the two bits of its lists.
    odds_ratio : float
        Above 0.

    Returns
    -------
    FixedOddsFit
        See there.

    Raises
    ------
    ValueError
        If `pair` is not two lists, the odds ratio is not positive and finite, or shapes disagree.

    References
    ----------
    Gerritse, van der Heijden, Bakker (2015), J. Off. Statist. 31:357, section 3 (offset in the Poisson regression).
    """
    n_lists = n_lists_of(len(model))
    if counts.shape != (2**n_lists - 1,) or pair.bit_count() != 2 or not 0 < pair < 2**n_lists:
        raise ValueError("counts must have 2**J − 1 cells and the pair two of the J lists")
    if not (odds_ratio > 0 and math.isfinite(odds_ratio)):
        raise ValueError(f"the odds ratio must be positive and finite; found {odds_ratio}")
    codes = np.arange(2**n_lists)
    free = np.asarray(model, dtype=bool).copy()
    replaces = bool(free[pair])
    holds_pair = (codes & pair) == pair
    larger = bool((free & holds_pair & (codes != pair)).any())
    free[pair] = False
    code = int(check_existence(counts > 0, (model if larger else free)[None]).code[0])
    if code != 0:
        return FixedOddsFit(code=code, replaces=replaces)
    table = np.concatenate([[0.0], counts.astype(np.float64)])
    reached = table.copy()
    add_over_supersets(reached)
    removed = free & (reached == 0)
    cells = np.flatnonzero(remaining_cells(removed[None])[0])
    params = np.flatnonzero(free & ~removed)
    design = ((cells[:, None] & params) == params).astype(np.float64)
    offset = np.where(holds_pair[cells], math.log(odds_ratio), 0.0)
    return _assemble(table[cells], design, offset, n_params=int(free.sum()), replaces=replaces)


def _assemble(y: FloatArray, design: FloatArray, offset: FloatArray, *, n_params: int, replaces: bool) -> FixedOddsFit:
    from scipy.special import gammaln, xlogy

    alpha, variance, converged = _newton(y, design, offset)
    if not converged:
        return FixedOddsFit(code=0, replaces=replaces)
    eta = design @ alpha + offset
    mu = np.exp(eta)
    n_unlisted = math.exp(alpha[0])  # parameters stand in the order of their codes, the intercept first
    return FixedOddsFit(
        code=0,
        converged=True,
        n_unlisted=n_unlisted,
        standard_error=math.sqrt(n_unlisted + n_unlisted**2 * variance),
        deviance=max(2.0 * float((xlogy(y, y) - y * eta - (y - mu)).sum()), 0.0),
        pearson=float(((y - mu) ** 2 / mu).sum()),
        df=len(y) - len(alpha),
        loglik=float((y * eta - mu - gammaln(y + 1.0)).sum()),
        n_params=n_params,
        replaces=replaces,
    )


def _newton(y: FloatArray, design: FloatArray, offset: FloatArray) -> tuple[FloatArray, float, bool]:
    """Maximise Σ (y η − exp η), η = design @ α + offset; return α̂, the variance of its first entry, convergence."""
    weights = y + 0.5
    alpha, _ = _weighted(design, weights, weights * (np.log(weights) - offset))
    value = _value(y, design @ alpha + offset)
    last = math.inf
    for _ in range(MAX_STEPS):
        mu = np.exp(design @ alpha + offset)
        step, variance = _weighted(design, mu, y - mu)
        length = math.sqrt(max(float((y - mu) @ design @ step), 0.0))
        # In standard errors; with counts near 1e9 rounding keeps steps from shrinking all the way.
        if length <= 1e-9 or (length <= 1e-4 and length > last / 2):
            return alpha + step, variance, True
        last = length
        for _ in range(MAX_HALVINGS):
            reached = _value(y, design @ (alpha + step) + offset)
            if reached >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            break
        alpha, value = alpha + step, reached
    return alpha, math.nan, False


def _value(y: FloatArray, eta: FloatArray) -> float:
    with np.errstate(over="ignore"):
        return float((y * eta - np.exp(eta)).sum())


def _weighted(design: FloatArray, weights: FloatArray, right: FloatArray) -> tuple[FloatArray, float]:
    """Solve (XᵀWX) a = Xᵀ r; also return the first diagonal entry of the inverse."""
    information = design.T @ (weights[:, None] * design)
    scale = 1.0 / np.sqrt(np.diag(information))
    sides = np.zeros((len(scale), 2))
    sides[:, 0] = (design.T @ right) * scale
    sides[0, 1] = scale[0]
    solved = np.linalg.solve(information * scale[:, None] * scale, sides) * scale[:, None]
    return solved[:, 0], float(solved[0, 1])
