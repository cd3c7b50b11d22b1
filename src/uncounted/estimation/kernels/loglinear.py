"""Poisson log-linear models of capture counts, all models of a table at once.

log μ_ω = Σ_{θ ⊆ ω, θ in the model} α_θ, so the fitted number on no list is exp(α_∅).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.existence import Existence, check_existence, distinct_rows, remaining_cells
from uncounted.estimation.kernels.hierarchy import add_over_subsets, n_lists_of
from uncounted.estimation.kernels.newton import newton

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogLinearFits:
    """Fits of B models to one table; read-only arrays, NaN where a model was not fitted (`code` other than 0).

    Attributes
    ----------
    code : ndarray of int8, shape (B,)
        0 estimate exists and is unique; 1 it does not exist; 2 not identifiable; 3 both. Only code 0 is fitted.
    converged : ndarray of bool, shape (B,)
        Whether Newton's step fell below `tol` standard errors. False where not fitted.
    n_iter : ndarray of int64, shape (B,)
        Newton steps; 0 where not fitted.
    n_unlisted : ndarray of float64, shape (B,)
        People on no list, exp(α̂_∅).
    log_n_unlisted_se : ndarray of float64, shape (B,)
        Standard error of log n_unlisted, √Var α̂_∅ (inverse information).
    standard_error : ndarray of float64, shape (B,)
        Standard error of the total: √(n̂_0 + n̂_0² Var α̂_∅), Rivest and Lévesque (2001).
    n_params : ndarray of int64, shape (B,)
        Parameters of the model, with those at −∞.
    deviance, pearson : ndarray of float64, shape (B,)
        Over the remaining cells (those not emptied by a parameter at −∞).
    df : ndarray of int64, shape (B,)
        Remaining cells less parameters that are not at −∞.
    loglik : ndarray of float64, shape (B,)
        Poisson log-likelihood with log n_ω!.
    aic, bic : ndarray of float64, shape (B,)
        2p − 2ℓ and p log n − 2ℓ; p is `n_params`, n the people on at least one list.
    coefficients : ndarray of float64, shape (B, 2**J)
        α̂ per subset of lists; 0 for parameters not in the model, −inf for those at −∞.
    fitted : ndarray of float64, shape (B, 2**J − 1)
        μ̂ per pattern, in CaptureTable order; 0 in cells emptied by a parameter at −∞.
    """

    code: NDArray[np.int8]
    converged: BoolArray
    n_iter: IntArray
    n_unlisted: FloatArray
    log_n_unlisted_se: FloatArray
    standard_error: FloatArray
    n_params: IntArray
    deviance: FloatArray
    pearson: FloatArray
    df: IntArray
    loglik: FloatArray
    aic: FloatArray
    bic: FloatArray
    coefficients: FloatArray
    fitted: FloatArray


def fit_models(
    counts: IntArray,
    models: BoolArray,
    *,
    existence: Existence | None = None,
    max_iter: int = 100,
    tol: float = 1e-8,
) -> LogLinearFits:
    """Fit log-linear models to capture counts by maximum likelihood and project the cell of the unlisted.

    Models whose estimate does not exist or is not identified get a code and NaN, never a number.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,) or (B, 2**J − 1)
        People per pattern, in CaptureTable order; one table for all models, or one for each (then `existence` must
        be given, and be right for each row).
    models : ndarray of bool, shape (B, 2**J)
        Parameters of hierarchical models, see `hierarchical_models`.
    existence : Existence or None
        What `check_existence` said of these models; None asks it.
    max_iter : int
        Most Newton steps, halved ones included.
    tol : float
        A fit has converged when Newton's next step is shorter than this many standard errors (√ of the Newton
        decrement). With counts near 1e9 rounding may not allow that; then a step below 1e-4 standard errors that no
        longer shrinks will do.

    Returns
    -------
    LogLinearFits
        One entry a model, in the order of `models`.

    Raises
    ------
    ValueError
        If shapes do not agree, counts are negative, or tables per model come without `existence`.

    References
    ----------
    Fienberg (1972), Biometrika 59:591 (incomplete 2**J table). Rivest and Lévesque (2001), Canadian Journal of
    Statistics 29:555 (standard error). Chan, Silverman and Vincent (2021), JASA 116:1297 (parameters at −∞).
    """
    counts, models = np.asarray(counts), np.asarray(models, dtype=bool)
    _check_shapes(counts, models)
    if existence is None:
        if counts.ndim == 2:
            raise ValueError("one table per model needs `existence` for each")
        existence = check_existence(counts > 0, models)
    if existence.removed.shape != models.shape:
        raise ValueError(f"existence is for models of shape {existence.removed.shape}; found {models.shape}")
    rows = np.flatnonzero(existence.code == 0)
    removed = existence.removed[rows]
    free, cells = models[rows] & ~removed, remaining_cells(removed)
    table = np.zeros((*counts.shape[:-1], models.shape[1]))
    table[..., 1:] = counts
    if table.ndim == 2:
        table, first = table[rows], np.arange(len(rows))
        back = first
    else:
        # Models that differ only in what was removed have the same estimate.
        table = table[None]
        first, back = distinct_rows(free, cells)
    found = newton(table, free[first], cells[first], max_iter=max_iter, tol=tol)
    fits = _Fitted(
        rows=rows,
        free=free,
        cells=cells,
        coefficients=found.coefficients[back],
        converged=found.converged[back],
        n_iter=found.n_iter[back],
        intercept_variance=found.intercept_variance[back],
    )
    return _assemble(table, models, existence, fits)


def _check_shapes(counts: IntArray, models: BoolArray) -> None:
    if models.ndim != 2:
        raise ValueError(f"models must have the shape (B, 2**J); found {models.shape}")
    n_lists = n_lists_of(models.shape[1])
    allowed = ((2**n_lists - 1,), (len(models), 2**n_lists - 1))
    if counts.shape not in allowed:
        raise ValueError(f"counts must have the shape {allowed[0]} or {allowed[1]}; found {counts.shape}")
    if (counts < 0).any():
        raise ValueError("counts must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fitted:
    """The models that were fitted: their places among all, Θ†, remaining cells and what Newton found."""

    rows: IntArray
    free: BoolArray
    cells: BoolArray
    coefficients: FloatArray
    converged: BoolArray
    n_iter: IntArray
    intercept_variance: FloatArray


def _assemble(table: FloatArray, models: BoolArray, existence: Existence, fits: _Fitted) -> LogLinearFits:
    """Turn coefficients into fit statistics and put them in the places of their models."""
    from scipy.special import gammaln, xlogy

    alpha, cells = fits.coefficients, fits.cells
    eta = alpha.copy()
    add_over_subsets(eta)
    with np.errstate(over="ignore", invalid="ignore"):
        mu = np.where(cells, np.exp(eta), 0.0)
        unlisted = np.exp(alpha[:, 0])
        variance_total = unlisted + unlisted**2 * fits.intercept_variance
    y = np.where(cells, table, 0.0)
    log_terms = y * np.where(cells, eta, 0.0)
    loglik = (log_terms - mu - gammaln(y + 1.0)).sum(axis=1)
    deviance = 2.0 * (xlogy(y, y) - log_terms - (y - mu)).sum(axis=1)
    pearson = (np.square(y - mu) / np.where(cells, mu, 1.0)).sum(axis=1)
    n_params = models.sum(axis=1, dtype=np.int64)
    n_params.setflags(write=False)
    p = n_params[fits.rows]

    def spread(values: NDArray[Number], fill: float) -> NDArray[Number]:
        whole = np.full((len(models), *values.shape[1:]), fill, dtype=values.dtype)
        whole[fits.rows] = values
        whole.setflags(write=False)
        return whole

    return LogLinearFits(
        code=existence.code,
        converged=spread(fits.converged, False),
        n_iter=spread(fits.n_iter, 0),
        n_unlisted=spread(unlisted, np.nan),
        log_n_unlisted_se=spread(np.sqrt(fits.intercept_variance), np.nan),
        standard_error=spread(np.sqrt(variance_total), np.nan),
        n_params=n_params,
        deviance=spread(np.maximum(deviance, 0.0), np.nan),
        pearson=spread(pearson, np.nan),
        df=spread(cells.sum(axis=1, dtype=np.int64) - fits.free.sum(axis=1, dtype=np.int64), 0),
        loglik=spread(loglik, np.nan),
        aic=spread(2.0 * p - 2.0 * loglik, np.nan),
        bic=spread(p * np.log(table.sum(axis=-1)) - 2.0 * loglik, np.nan),
        coefficients=spread(np.where(existence.removed[fits.rows], -np.inf, alpha), np.nan),
        fitted=spread(mu[:, 1:], np.nan),
    )
