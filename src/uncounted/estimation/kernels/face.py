"""The extended estimate of a log-linear model whose ordinary estimate does not exist: a fit on the facial set.

Letters: n_ω counts, θ parameters, A the 0/1 design of the cells on the parameters that are not at −∞. A direction c
that leaves the observed cells alone ((A c)_ω = 0 where n_ω > 0) and moves empty ones only one way ((A c)_ω ≥ 0) makes
the likelihood grow for ever along −c, while the cells it moves go to zero. The facial set is what no such direction
moves. On it the likelihood has a maximum; fitted cells, deviance and every sum of parameters that the face determines
are limits of fits to tables whose empty cells hold ever smaller counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.exact import exact_ranks, null_space, one_sided_combination
from uncounted.estimation.kernels.hierarchy import add_over_subsets, add_over_supersets
from uncounted.estimation.kernels.newton import newton

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_ITER = 200
TOL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """What is left of a model on a table once everything that runs away has gone.

    Attributes
    ----------
    cells : ndarray of bool, shape (2**J,), read-only
        Patterns of the facial set; the first, "on no list", is False.
    free : ndarray of bool, shape (2**J,), read-only
        Parameters with independent columns on those cells, the intercept first; the others may be set to 0 without
        changing any fitted cell.
    n0_estimable : bool
        Whether the cells of the face determine the intercept, so that the number on no list has one limit.
    """

    cells: BoolArray
    free: BoolArray
    n0_estimable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceFit:
    """The extended estimate; NaN where there is none.

    Attributes
    ----------
    status : str
        "ok"; "n0 open" if the likelihood has a maximum on the face but the number on no list has no single limit (then
        only the deviance is given); "not converged"; "empty" if nobody is on any list.
    n_unlisted, standard_error : float
        Limit of the people on no list, and the standard error of the total √(n̂_0 + n̂_0² Var α̂_∅) on the face.
    log_n_unlisted_se : float
        √Var α̂_∅ on the face.
    deviance : float
        Over the cells of the face; those off it are fitted exactly by zero.
    df : int
        Cells of the face less independent parameters.
    n_emptied : int
        Cells that go to zero although no parameter at −∞ takes them there.
    """

    status: str
    n_unlisted: float = math.nan
    standard_error: float = math.nan
    log_n_unlisted_se: float = math.nan
    deviance: float = math.nan
    df: int = 0
    n_emptied: int = 0


def fit_on_face(counts: IntArray, model: BoolArray) -> FaceFit:
    """Fit a hierarchical log-linear model on its facial set.

    Where the ordinary estimate exists, the facial set is the whole table and the result is the ordinary one.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    model : ndarray of bool, shape (2**J,)
        Parameters.

    Returns
    -------
    FaceFit
        See there.

    References
    ----------
    Fienberg and Rinaldo (2012), Annals of Statistics 40:996, section 4 (facial sets, extended estimate). Geyer (2009),
    Electronic Journal of Statistics 3:259 (limits of exponential families, directions of recession).
    """
    counts, model = np.asarray(counts), np.asarray(model, dtype=bool)
    if not counts.any():
        return FaceFit(status="empty")
    face = facial_set(counts > 0, model)
    table = np.concatenate([[0.0], counts.astype(np.float64)])
    found = newton(table[None], face.free[None], face.cells[None], max_iter=MAX_ITER, tol=TOL)
    if not found.converged[0]:
        return FaceFit(status="not converged")
    alpha = found.coefficients
    deviance = float(deviances(table[None], alpha, face.cells[None])[0])
    df = int(face.cells.sum()) - int(face.free.sum())
    n_emptied = int(_remaining(counts > 0, model)[1].sum() - face.cells.sum())
    if not face.n0_estimable:
        return FaceFit(status="n0 open", deviance=deviance, df=df, n_emptied=n_emptied)
    n0, variance = math.exp(float(alpha[0, 0])), float(found.intercept_variance[0])
    return FaceFit(
        status="ok",
        n_unlisted=n0,
        standard_error=math.sqrt(n0 + n0**2 * variance),
        log_n_unlisted_se=math.sqrt(variance),
        deviance=deviance,
        df=df,
        n_emptied=n_emptied,
    )


def deviances(table: FloatArray, coefficients: FloatArray, cells: BoolArray) -> FloatArray:
    """Return the deviance of fits over their cells, shape (D,).

    Parameters
    ----------
    table, coefficients : ndarray of float64, shape (D, 2**J)
        Counts with the unlisted first, and coefficients as `newton` gives them.
    cells : ndarray of bool, shape (D, 2**J)
        Patterns fitted; the others count for nothing.
    """
    from scipy.special import xlogy

    eta = np.ascontiguousarray(coefficients).copy()
    add_over_subsets(eta)
    y = np.where(cells, table, 0.0)
    mu = np.where(cells, np.exp(np.where(cells, eta, 0.0)), 0.0)
    each = xlogy(y, y) - y * np.where(cells, eta, 0.0) - (y - mu)
    return np.asarray(np.maximum(2.0 * each.sum(axis=-1), 0.0), dtype=np.float64)


def facial_set(present: BoolArray, model: BoolArray) -> Face:
    """Find the facial set of a model, exactly; only which cells are empty matters.

    Parameters
    ----------
    present : ndarray of bool, shape (2**J − 1,)
        Which patterns were seen; at least one.
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.
    """
    params, cells = _remaining(present, model)
    seen = np.concatenate([[False], present])
    codes = np.arange(len(model))
    design = ((codes[:, None] & params) == params).astype(np.int64)
    basis = null_space(design[seen]) if seen.any() else []
    kept = np.flatnonzero(cells & ~seen)
    while basis and len(kept):
        moved = (np.array(basis, dtype=object) @ design[kept].T.astype(object)).tolist()
        weights = one_sided_combination(moved)
        if weights is None:
            break
        total = [sum(w * row[i] for w, row in zip(weights, moved, strict=True)) for i in range(len(kept))]
        kept = kept[[t == 0 for t in total]]
    on_face = seen.copy()
    on_face[kept] = True
    independent, estimable = _independent(design[on_face])
    free = np.zeros(len(model), dtype=bool)
    free[params[independent]] = True
    for array in (on_face, free):
        array.setflags(write=False)
    return Face(cells=on_face, free=free, n0_estimable=estimable)


def _remaining(present: BoolArray, model: BoolArray) -> tuple[IntArray, BoolArray]:
    """Return the parameters not at −∞, and the cells that those at −∞ leave."""
    reached = np.concatenate([[False], present])
    add_over_supersets(reached)
    gone = model & ~reached
    add_over_subsets(gone)
    cells = ~gone
    cells[0] = False
    return np.flatnonzero(model & reached), cells


def _independent(design: IntArray) -> tuple[IntArray, bool]:
    """Return columns that span the design, the first among them, and whether the others do not span the first."""
    rest = null_space(design)
    if not rest:
        return np.arange(design.shape[1]), True
    # A vector of the null space that touches the first column says that the others span it.
    estimable = all(vector[0] == 0 for vector in rest)
    chosen: list[int] = []
    rank = 0
    for column in range(design.shape[1]):
        trial = [*chosen, column]
        new_rank = int(exact_ranks(design[None][:, :, trial])[0][0])
        if new_rank > rank:
            chosen, rank = trial, new_rank
    return np.asarray(chosen, dtype=np.int64), estimable
