"""Log-linear models of several strata at once, in which some lists could not record anybody in some strata.

Membership of a list in a stratum that it does not cover is missing, not "no". With the lists O_s that cover stratum s,

    log μ_{s,ω} = u_s + Σ_{j ∈ ω} (β_j + b_{sj}) + Σ_{θ ⊆ ω, |θ| ≥ 2} γ_θ,      E n_{s,ψ} = Σ_{ω: ω ∩ O_s = ψ} μ_{s,ω},

for every non-empty ψ ⊆ O_s; ω runs over patterns of all lists, and those with ω ∩ O_s = ∅ are the people unlisted in s.
The interactions γ are common to all strata. The reach of the lists is common (b = 0) or free to vary: then b_{sj} adds
up to zero over the strata in which list j works beside another. Elsewhere it cannot be seen: there it is zero, so that
the list reaches people as it does on average where it can be seen, give or take the spread found there, which is added
to the variance of the unlisted.

The sums over completions make it a composite-link model; Fisher's scoring is run on the likelihood of what was
observed, which is what the EM algorithm of the paper climbs by smaller steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.coverage_design import (
    REACH,
    STRATUM,
    SUBSET,
    CoverageDesign,
    coverage_design,
    list_bits,
)
from uncounted.estimation.kernels.hierarchy import n_lists_of

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Numbers in one stack of Jacobians: 8 MB of float64.
CHUNK_NUMBERS = 1_000_000
MAX_HALVINGS = 30
#: Where rounding keeps the likelihood from rising, this many standard errors are near enough.
STALLED_BELOW = 1e-5
#: A parameter with a larger standard error (of a logarithm) is not fixed by the counts. One single person on a cell
#: leaves about 1; an estimate that runs off to infinity passes 1,000 before rounding stops it.
LARGEST_STANDARD_ERROR = 50.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoverageFits:
    """Fits of B models to the strata of one table; read-only arrays, NaN where `admissible` is False.

    Attributes
    ----------
    admissible : ndarray of bool, shape (B,)
        A unique finite maximum was reached: scoring converged, the observed information is positive definite and no
        parameter has a standard error above `LARGEST_STANDARD_ERROR`.
    n_unlisted, standard_error : ndarray of float64, shape (B,)
        People on no list over all strata, and the standard error of the total, √(n̂_0 + gᵀVg), with g the gradient of
        n̂_0 and V the inverse of the observed information; with a varying reach also the spread of what is borrowed.
    stratum_unlisted, stratum_error : ndarray of float64, shape (B, S)
        The same per stratum.
    n_params : ndarray of int64, shape (B,)
        Parameters of the model, with those at −∞.
    df : ndarray of int64, shape (B,)
        Remaining observable cells less parameters that are not at −∞.
    deviance, pearson, loglik, aic, bic : ndarray of float64, shape (B,)
        As for models of one stratum; ℓ includes log n!, BIC takes n = people on at least one list.
    coefficients : ndarray of float64, shape (B, P)
        u_s, β_j and γ_θ, b_{sj}; see `CoverageDesign`. 0 for parameters not in the model.
    """

    admissible: BoolArray
    n_unlisted: FloatArray
    standard_error: FloatArray
    stratum_unlisted: FloatArray
    stratum_error: FloatArray
    n_params: IntArray
    df: IntArray
    deviance: FloatArray
    pearson: FloatArray
    loglik: FloatArray
    aic: FloatArray
    bic: FloatArray
    coefficients: FloatArray


def fit_coverage(
    counts: IntArray,
    coverage: BoolArray,
    models: BoolArray,
    varying: BoolArray,
    *,
    max_iter: int = 500,
    tol: float = 1e-9,
) -> CoverageFits:
    """Fit log-linear models with common interactions to strata that not all lists cover.

    Parameters
    ----------
    counts : ndarray of int64, shape (S, 2**J − 1)
        People per stratum and pattern, in CaptureTable order; 0 in patterns that use a list not covering the stratum.
    coverage : ndarray of bool, shape (S, J)
        Whether list j could have recorded anybody in stratum s; at least one list in each.
    models : ndarray of bool, shape (B, 2**J)
        Interactions of each model, see `hierarchical_models`.
    varying : ndarray of bool, shape (B,)
        Whether the reach of the lists varies between strata.
    max_iter : int
        Most scoring steps, halved ones included.
    tol : float
        A fit has converged when the next step is shorter than this many standard errors.

    Returns
    -------
    CoverageFits
        One entry a model.

    Raises
    ------
    ValueError
        If shapes do not agree, counts are negative, a stratum holds nobody or is covered by no list, or a pattern uses
        a list that does not cover its stratum.

    References
    ----------
    Zwane, van der Pal-de Bruin, van der Heijden (2004), Statistics in Medicine 23:2267. Thompson, Baker (1981), Applied
    Statistics 30:125 (composite link, scoring). Louis (1982), JRSS B 44:226 (observed information). Rivest, Lévesque
    (2001), Canadian Journal of Statistics 29:555 (standard error of the total).
    """
    counts, coverage = np.asarray(counts), np.asarray(coverage, dtype=bool)
    models, varying = np.asarray(models, dtype=bool), np.asarray(varying, dtype=bool)
    _check(counts, coverage, models, varying)
    layout = coverage_design(counts, coverage)
    out = _empty(len(models), len(counts), layout.design.shape[1])
    size = max(1, CHUNK_NUMBERS // layout.design.size)
    for wide in (False, True):  # the columns of varying reach are many, and half the models do without
        rows = np.flatnonzero(varying == wide)
        for start in range(0, len(rows), size):
            _fit_rows(layout, models, rows[start : start + size], out, wide=wide, limits=(max_iter, tol))
    for name in CoverageFits.__dataclass_fields__:
        getattr(out, name).setflags(write=False)
    return out


def _check(counts: IntArray, coverage: BoolArray, models: BoolArray, varying: BoolArray) -> None:
    if counts.ndim != 2 or models.ndim != 2:
        raise ValueError(f"counts and models must have two axes; found {counts.shape} and {models.shape}")
    n_lists = n_lists_of(models.shape[1])
    if counts.shape[1] != 2**n_lists - 1 or coverage.shape != (len(counts), n_lists):
        raise ValueError(f"counts {counts.shape} and coverage {coverage.shape} do not belong to {n_lists} lists")
    if varying.shape != (len(models),):
        raise ValueError(f"varying must have the shape {(len(models),)}; found {varying.shape}")
    if (counts < 0).any():
        raise ValueError("counts must not be negative")
    if not coverage.any(axis=1).all() or not counts.any(axis=1).all():
        raise ValueError("every stratum needs a list that covers it, and somebody on it")
    covering = coverage @ list_bits(n_lists)
    patterns = np.arange(1, 2**n_lists)
    if counts[(patterns[None, :] & ~covering[:, None]) != 0].any():
        raise ValueError("somebody is on a list that does not cover the stratum")


def _empty(n_models: int, n_strata: int, n_columns: int) -> CoverageFits:
    def missing(*shape: int) -> FloatArray:
        return np.full((n_models, *shape), np.nan)

    return CoverageFits(
        admissible=np.zeros(n_models, dtype=bool),
        n_unlisted=missing(),
        standard_error=missing(),
        stratum_unlisted=missing(n_strata),
        stratum_error=missing(n_strata),
        n_params=np.zeros(n_models, dtype=np.int64),
        df=np.zeros(n_models, dtype=np.int64),
        deviance=missing(),
        pearson=missing(),
        loglik=missing(),
        aic=missing(),
        bic=missing(),
        coefficients=missing(n_columns),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stack:
    """Models that are fitted together: the columns they use, which of them are free, which cells are left."""

    layout: CoverageDesign
    columns: IntArray  # (P',): positions among the columns of the layout
    design: FloatArray  # (C + U, P')
    free: BoolArray  # (B, P')
    inside: FloatArray  # (B, C + U): 0 in cells emptied by a parameter at −∞, otherwise 1

    @property
    def observable(self) -> FloatArray:
        """Design of the cells that can be observed, (C, P')."""
        return self.design[: self.layout.unlisted_from]

    def rows(self, which: BoolArray | IntArray) -> _Stack:
        """Return some of the models."""
        return replace(self, free=self.free[which], inside=self.inside[which])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    """One stack at its coefficients (B, P'): cells μ (B, C + U), fitted m (B, I) and the log-likelihood (B,)."""

    coefficients: FloatArray
    mu: FloatArray
    m: FloatArray
    value: FloatArray

    def rows(self, which: BoolArray) -> _State:
        """Return some of the models."""
        return _State(
            coefficients=self.coefficients[which], mu=self.mu[which], m=self.m[which], value=self.value[which]
        )


def _fit_rows(
    layout: CoverageDesign,
    models: BoolArray,
    rows: IntArray,
    out: CoverageFits,
    *,
    wide: bool,
    limits: tuple[int, float],
) -> None:
    """Fit the models of `rows`, all with a varying reach (`wide`) or all without, and fill their places in `out`."""
    chosen = models[rows]
    used = (layout.kind == STRATUM) | ((layout.kind == REACH) & wide)
    columns = np.flatnonzero(used | ((layout.kind == SUBSET) & chosen[:, layout.subset].any(axis=0)))
    kind, theta = layout.kind[columns], layout.subset[columns]
    in_model = np.where(kind == SUBSET, chosen[:, theta], True)
    # An interaction of lists that share nobody, though they could, goes to −∞ and empties the cells above it.
    at_minus_infinity = in_model & (kind == SUBSET) & (layout.shared[theta] == 0)
    stack = _Stack(
        layout=layout,
        columns=columns,
        design=layout.design[:, columns],
        free=in_model & ~at_minus_infinity,
        inside=_cells_left(layout, theta, at_minus_infinity, wide=wide),
    )
    never_together = (in_model & (kind == SUBSET) & ~layout.joint[theta]).any(axis=1)
    state, converged = _scoring(stack, limits)
    variance, regular = _inverse_information(stack, state)
    good = converged & regular & ~never_together
    out.admissible[rows] = good
    out.n_params[rows] = in_model.sum(axis=1) - (kind == REACH).sum() + (layout.n_reach if wide else 0)
    state, stack, places = state.rows(good), stack.rows(good), rows[good]
    _fill_fit(stack, state, out, places)
    spread = _spread(layout, state.coefficients[:, kind == REACH], wide=wide)
    _fill_unlisted(stack, state, out, places, given=(variance[good], spread))


def _cells_left(layout: CoverageDesign, theta: IntArray, at_minus_infinity: BoolArray, *, wide: bool) -> FloatArray:
    """Return 0 for the cells that parameters at −∞ empty, otherwise 1; shape (B, C + U)."""
    inside = np.ones((len(at_minus_infinity), len(layout.cell_code)))
    for column in np.flatnonzero(at_minus_infinity.any(axis=0)):
        above = (layout.cell_code & theta[column]) == theta[column]
        inside[np.ix_(at_minus_infinity[:, column], above)] = 0.0
    if wide:
        bits = list_bits(layout.nobody_in.shape[1])
        for s, j in zip(*np.nonzero(layout.nobody_in), strict=True):
            inside[:, (layout.cell_stratum == s) & ((layout.cell_code & bits[j]) > 0)] = 0.0
    return inside


def _evaluate(stack: _Stack, coefficients: FloatArray) -> _State:
    """Return fitted cells, fitted observed counts and the log-likelihood (without log n!)."""
    from scipy.special import xlogy

    layout = stack.layout
    with np.errstate(over="ignore", invalid="ignore"):
        mu = np.exp(coefficients @ stack.design.T) * stack.inside
        m = np.add.reduceat(mu[:, : layout.unlisted_from], layout.starts, axis=1)
        # Only a removed cell has m = 0 exactly (n = 0 there); underflow of a cell with people gives −∞, a bad step.
        value = (xlogy(layout.observed, m) - m).sum(axis=1)
    return _State(coefficients=coefficients, mu=mu, m=m, value=np.where(np.isfinite(value), value, -np.inf))


def _jacobian(layout: CoverageDesign, design: FloatArray, mu: FloatArray) -> FloatArray:
    """Return the derivatives of m with respect to the columns of a design, shape (B, I, columns)."""
    cells = slice(0, layout.unlisted_from)
    return np.add.reduceat(mu[:, cells, None] * design[cells], layout.starts, axis=1)


def _scoring(stack: _Stack, limits: tuple[int, float]) -> tuple[_State, BoolArray]:
    """Return where Fisher's scoring led, and whether it converged (B,)."""
    max_iter, tol = limits
    found = _start(stack)
    converged = np.zeros(len(found), dtype=bool)
    going, part = np.arange(len(found)), stack
    state = _evaluate(stack, found)
    for _ in range(max_iter):
        step, length = _step(part, state)
        with np.errstate(invalid="ignore"):
            done = length <= tol
        moved, stuck = _halved(part, state, step)
        # Where rounding keeps the likelihood from rising any more, the length of the step decides.
        converged[going[done | (stuck & (length <= STALLED_BELOW))]] = True
        found[going[~done]] = moved.coefficients[~done]
        keep = ~done & ~stuck & np.isfinite(step).all(axis=1)
        going, part, state = going[keep], part.rows(keep), moved.rows(keep)
        if not len(going):
            break
    return _evaluate(stack, found), converged


def _step(stack: _Stack, state: _State) -> tuple[FloatArray, FloatArray]:
    """Return the scoring step (B, P') and its length in standard errors (B,)."""
    jacobian = _jacobian(stack.layout, stack.design, state.mu)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(state.m > 0, stack.layout.observed / state.m, 0.0)
        scaled = np.where(state.m[:, :, None] > 0, jacobian / np.sqrt(state.m)[:, :, None], 0.0)
    score = np.einsum("bip,bi->bp", jacobian, ratio - 1.0) * stack.free
    step = _solve(np.swapaxes(scaled, 1, 2) @ scaled, stack.free, score)
    return step, np.sqrt(np.maximum((score * step).sum(axis=1), 0.0))


def _halved(stack: _Stack, before: _State, step: FloatArray) -> tuple[_State, BoolArray]:
    """Take the step, halved until the likelihood does not fall; also say which found no such step and stayed."""
    start, scale = before.coefficients, np.ones(len(step))
    slack = 1e-12 * (1.0 + np.abs(before.value))
    for _ in range(MAX_HALVINGS):
        state = _evaluate(stack, start + scale[:, None] * step)
        worse = ~(state.value >= before.value - slack)
        if not worse.any():
            return state, worse
        scale = np.where(worse, scale / 2, scale)
    return _evaluate(stack, np.where(worse[:, None], start, start + scale[:, None] * step)), worse


def _start(stack: _Stack) -> FloatArray:
    """Return the weighted least-squares fit of log(n + ½), each count split evenly over its completions."""
    layout, known = stack.layout, stack.observable
    even = np.repeat((layout.observed + 0.5) / layout.sizes, layout.sizes)
    weights = stack.inside[:, : layout.unlisted_from] * even
    information = np.swapaxes(known[None] * weights[:, :, None], 1, 2) @ known
    step = _solve(information, stack.free, (weights * np.log(even)) @ known)
    return np.where(np.isfinite(step), step, 0.0)


def _solve(information: FloatArray, free: BoolArray, right: FloatArray) -> FloatArray:
    """Solve for the free parameters, scaled to a unit diagonal; NaN rows where the system is singular."""
    matrix, scale = _scaled(information, free)
    side = (right * scale * free)[:, :, None]
    try:
        solved = np.linalg.solve(matrix, side)[:, :, 0]
    except np.linalg.LinAlgError:
        solved = np.full_like(right, np.nan)
        for i in range(len(matrix)):
            # A matrix of full rank is solved; one that is not belongs to a model that is given up.
            if np.linalg.matrix_rank(matrix[i]) == len(matrix[i]):
                solved[i] = np.linalg.solve(matrix[i], side[i])[:, 0]
    return np.asarray(solved * scale, dtype=np.float64)


def _scaled(information: FloatArray, free: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the information of free parameters with a unit diagonal (ones for the others), and the scale."""
    diagonal = np.einsum("bpp->bp", information)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(free & (diagonal > 0), 1.0 / np.sqrt(diagonal), 0.0)
    matrix = information * scale[:, :, None] * scale[:, None, :]
    matrix = np.where(np.isfinite(matrix), matrix, 0.0)
    index = np.arange(matrix.shape[1])
    matrix[:, index, index] = np.where(free & (diagonal <= 0), 0.0, 1.0)
    return matrix, np.where(free, scale, 0.0)


def _information(layout: CoverageDesign, left: FloatArray, right: FloatArray, state: _State) -> FloatArray:
    """Return the observed information between two sets of columns: Σ n/m² JJᵀ + Σ_ω (1 − n/m) μ_ω a aᵀ (Louis)."""
    cells = slice(0, layout.unlisted_from)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(state.m > 0, layout.observed / state.m, 1.0)
        weight = np.where(state.m > 0, ratio / state.m, 0.0)
        curved = state.mu[:, cells] * (1.0 - np.repeat(ratio, layout.sizes, axis=1))
        first = np.swapaxes(_jacobian(layout, left, state.mu) * weight[:, :, None], 1, 2)
        second = np.swapaxes(left[cells][None] * curved[:, :, None], 1, 2)
        return np.asarray(first @ _jacobian(layout, right, state.mu) + second @ right[cells], dtype=np.float64)


def _inverse_information(stack: _Stack, state: _State) -> tuple[FloatArray, BoolArray]:
    """Return the inverse of the observed information (B, P', P'), and whether it is that of a unique finite maximum."""
    matrix, scale = _scaled(_information(stack.layout, stack.design, stack.design, state), stack.free)
    values, vectors = np.linalg.eigh(matrix)
    positive = values[:, 0] > 1e-12
    safe = np.where(positive[:, None], values, 1.0)
    inverse = (vectors / safe[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    variance = inverse * scale[:, :, None] * scale[:, None, :]
    largest = np.einsum("bpp->bp", variance).max(axis=1)
    return variance, positive & (largest < LARGEST_STANDARD_ERROR**2)


def _spread(layout: CoverageDesign, reach: FloatArray, *, wide: bool) -> FloatArray:
    """Return, per borrowed b_{sj}, the variance with which another stratum's is known from those seen, (B, K).

    With F strata seen, (1 + 1/F) times their sample variance; this holds their sampling error too, on the safe side.
    """
    spread = np.zeros((len(reach), len(layout.borrowed_list)))
    for k, j in enumerate(layout.borrowed_list):
        own = reach[:, layout.reach_list == j] if wide else reach
        n_seen = own.shape[1] + 1
        if n_seen > 1:
            squares = np.square(own).sum(axis=1) + np.square(own.sum(axis=1))  # the last one makes the sum zero
            spread[:, k] = (1.0 + 1.0 / n_seen) * squares / (n_seen - 1)
    return spread


def _fill_fit(stack: _Stack, state: _State, out: CoverageFits, rows: IntArray) -> None:
    """Put coefficients and statistics of fit into the places of their models."""
    from scipy.special import gammaln, xlogy

    n, m = stack.layout.observed, state.m
    loglik = state.value - gammaln(n + 1.0).sum()
    p = out.n_params[rows]
    whole = np.zeros((len(rows), len(stack.layout.kind)))
    whole[:, stack.columns] = state.coefficients
    out.coefficients[rows] = whole
    out.df[rows] = (m > 0).sum(axis=1) - stack.free.sum(axis=1)
    out.loglik[rows] = loglik
    out.deviance[rows] = np.maximum(2.0 * ((xlogy(n, n) - n).sum() - state.value), 0.0)
    out.pearson[rows] = (np.square(n - m) / np.where(m > 0, m, 1.0)).sum(axis=1)
    out.aic[rows] = 2.0 * p - 2.0 * loglik
    out.bic[rows] = p * np.log(n.sum()) - 2.0 * loglik


def _fill_unlisted(
    stack: _Stack, state: _State, out: CoverageFits, rows: IntArray, *, given: tuple[FloatArray, FloatArray]
) -> None:
    """Put the people unlisted, in all and per stratum, into their places; `given` are the variance and the spread."""
    variance, spread = given
    layout = stack.layout
    hidden = slice(layout.unlisted_from, None)
    belongs = (layout.cell_stratum[hidden, None] == np.arange(out.stratum_error.shape[1])).astype(np.float64)
    mu = state.mu[:, hidden]
    unlisted = mu @ belongs
    gradient = np.einsum("bc,cs,cp->bsp", mu, belongs, stack.design[hidden], optimize=True)
    covariance = gradient @ variance @ np.swapaxes(gradient, 1, 2)
    # A reach that was set, not estimated, moves the unlisted directly and through the estimates that adapt to it.
    direct = np.einsum("bc,cs,ck->bsk", mu, belongs, layout.borrowed[hidden], optimize=True)
    moved = direct - gradient @ variance @ _information(layout, stack.design, layout.borrowed, state)
    covariance = covariance + (moved * spread[:, None, :]) @ np.swapaxes(moved, 1, 2)
    out.stratum_unlisted[rows] = unlisted
    out.stratum_error[rows] = np.sqrt(unlisted + np.einsum("bss->bs", covariance))
    out.n_unlisted[rows] = unlisted.sum(axis=1)
    out.standard_error[rows] = np.sqrt(unlisted.sum(axis=1) + covariance.sum(axis=(1, 2)))
