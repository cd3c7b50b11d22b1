"""Newton's method for many Poisson log-linear models at once.

The design is the inclusion of subsets; therefore, with S_θ = Σ_{ω ⊇ θ} μ_ω, the information matrix is
XᵀWX[θ, φ] = S_{θ ∪ φ}: a look-up, no matrix product, and the linear predictor is a sum over subsets. Models with the
same number of parameters are stacked, as many as fit the processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.hierarchy import add_over_subsets, add_over_supersets

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Numbers in one stack of information matrices: 1 MB of float64.
CHUNK_NUMBERS = 131_072
MAX_HALVINGS = 30
#: Where rounding keeps steps from shrinking further, this many standard errors are near enough.
STALLED_BELOW = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewtonFits:
    """What Newton's method found, per problem: coefficients, whether it converged, steps, Var α̂_∅."""

    coefficients: FloatArray
    converged: BoolArray
    n_iter: IntArray
    intercept_variance: FloatArray


def newton(table: FloatArray, free: BoolArray, cells: BoolArray, *, max_iter: int, tol: float) -> NewtonFits:
    """Maximise Σ_ω (n_ω η_ω − exp η_ω) over the remaining cells, η = sums of α over subsets, for many models.

    Parameters
    ----------
    table : ndarray of float64, shape (1, 2**J) or (D, 2**J)
        Counts per pattern, the unlisted first; that cell is used only where `cells` marks it.
    free : ndarray of bool, shape (D, 2**J)
        Parameters to fit. The estimate must exist and be unique.
    cells : ndarray of bool, shape (D, 2**J)
        Patterns to fit.
    max_iter : int
        Most steps.
    tol : float
        Step, in standard errors, below which a fit has converged.

    Returns
    -------
    NewtonFits
        Coefficients (0 for parameters not fitted), flags, steps, Var α̂_∅.
    """
    n_problems, n_subsets = free.shape
    out = NewtonFits(
        coefficients=np.zeros((n_problems, n_subsets)),
        converged=np.zeros(n_problems, dtype=bool),
        n_iter=np.zeros(n_problems, dtype=np.int64),
        intercept_variance=np.full(n_problems, np.nan),
    )
    n_params = free.sum(axis=1)
    for p in np.unique(n_params[n_params > 0]):
        group = np.flatnonzero(n_params == p)
        size = max(1, CHUNK_NUMBERS // int(p) ** 2)
        for start in range(0, len(group), size):
            rows = group[start : start + size]
            part = table if len(table) == 1 else table[rows]
            y = np.where(cells[rows], part, 0.0)
            _newton_stack(y, cells[rows], free[rows], rows, out, limits=(max_iter, tol))
    return out


def _newton_stack(
    y: FloatArray, cells: BoolArray, free: BoolArray, rows: IntArray, out: NewtonFits, *, limits: tuple[int, float]
) -> None:
    """Run Newton's method on one stack of models with the same number of parameters; `rows` of `out` are filled."""
    max_iter, tol = limits
    n_rows, n_subsets = y.shape
    params = np.nonzero(free)[1].reshape(n_rows, -1)
    unions = params[:, :, None] | params[:, None, :]
    inside = cells.astype(np.float64)
    target = y.copy()
    add_over_supersets(target)
    target = np.take_along_axis(target, params, axis=1)
    alpha = _start(y, inside, params, unions)
    step = np.zeros_like(alpha)
    reached = np.full(n_rows, -np.inf)
    halvings = np.zeros(n_rows, dtype=np.int64)
    last_length = np.full(n_rows, np.inf)
    for iteration in range(1, max_iter + 1):
        eta = _predictor(alpha, params, n_subsets)
        with np.errstate(over="ignore", invalid="ignore"):
            mu = np.exp(eta) * inside
            value = (y * eta - mu).sum(axis=1)
            worse = ~np.isfinite(value) | (value < reached - 1e-10 * np.abs(reached) - 1e-10)
        mu[worse] = inside[worse]  # any finite weights: the step of these rows is halved instead
        sums = mu
        add_over_supersets(sums)
        slope = target - np.take_along_axis(sums, params, axis=1)
        newton_step, variance = _solve(sums, unions, slope)
        length = np.sqrt(np.maximum((slope * newton_step).sum(axis=1), 0.0))
        halvings = np.where(worse, halvings + 1, 0)
        new_step = np.where(worse[:, None], step / 2, newton_step)
        alpha = np.where(worse[:, None], alpha - new_step, alpha + new_step)
        step = new_step
        reached = np.where(worse, reached, value)
        stalled = (length <= STALLED_BELOW) & (length > last_length / 2)
        done = ~worse & ((length <= tol) | stalled)
        last_length = np.where(worse, np.inf, length)
        finished = done | (halvings > MAX_HALVINGS) | ~np.isfinite(alpha).all(axis=1) | (iteration == max_iter)
        if not finished.any():
            continue
        here = rows[finished]
        out.coefficients[here[:, None], params[finished]] = alpha[finished]
        out.converged[here] = done[finished]
        out.n_iter[here] = iteration
        out.intercept_variance[here] = variance[finished]
        going = ~finished
        if not going.any():
            return
        rows, y, inside, params, unions, target = (a[going] for a in (rows, y, inside, params, unions, target))
        alpha, step, reached = (a[going] for a in (alpha, step, reached))
        halvings, last_length = halvings[going], last_length[going]


def _predictor(alpha: FloatArray, params: IntArray, n_subsets: int) -> FloatArray:
    eta = np.zeros((len(alpha), n_subsets))
    np.put_along_axis(eta, params, alpha, axis=1)
    add_over_subsets(eta)
    return eta


def _start(y: FloatArray, inside: FloatArray, params: IntArray, unions: IntArray) -> FloatArray:
    """Return the weighted least-squares fit of log(n + ½): one step from the saturated model."""
    weights = (y + 0.5) * inside
    pull = weights * np.log(y + 0.5)
    add_over_supersets(weights)
    add_over_supersets(pull)
    return _solve(weights, unions, np.take_along_axis(pull, params, axis=1))[0]


def _solve(sums: FloatArray, unions: IntArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Solve (XᵀWX) x = right and return x with the first diagonal entry of the inverse, Var α_∅.

    The matrix is scaled to a unit diagonal first, as counts may run from 1 to 1e9.
    """
    n_rows, n_subsets = sums.shape
    information = sums.ravel()[unions + (np.arange(n_rows) * n_subsets)[:, None, None]]
    with np.errstate(divide="ignore", invalid="ignore"):
        # A fitted value that has run down to zero makes the system singular: NaN, and that fit is given up.
        scale = 1.0 / np.sqrt(np.einsum("bii->bi", information))
        information *= scale[:, :, None]
        information *= scale[:, None, :]
    sides = np.zeros((*right.shape, 2))
    sides[:, :, 0] = right * scale
    sides[:, 0, 1] = scale[:, 0]
    try:
        solved = np.linalg.solve(information, sides)
    except np.linalg.LinAlgError:
        solved = _solve_each(information, sides)
    solved *= scale[:, :, None]
    return solved[:, :, 0], solved[:, 0, 1]


def _solve_each(information: FloatArray, sides: FloatArray) -> FloatArray:
    """Solve one system after the other; NaN for a singular one, so that only that fit is given up."""
    solved = np.full_like(sides, np.nan)
    for i, (matrix, side) in enumerate(zip(information, sides, strict=True)):
        try:
            solved[i] = np.linalg.solve(matrix, side)
        except np.linalg.LinAlgError:
            continue
    return solved
