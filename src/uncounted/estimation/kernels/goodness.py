"""Goodness of fit of log-linear models to tables with small cells, by parametric bootstrap of the deviance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.exact import exact_ranks
from uncounted.estimation.kernels.existence import distinct_rows, remaining_cells
from uncounted.estimation.kernels.face import MAX_ITER, TOL, deviances, facial_set
from uncounted.estimation.kernels.hierarchy import add_over_supersets
from uncounted.estimation.kernels.loglinear import LogLinearFits
from uncounted.estimation.kernels.newton import newton

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FITTED_PEOPLE = 5.0  # Cochran's rule: the chi-squared reference needs cells of this size ...
SHARE_OF_CELLS = 0.8  # ... in this share of the table
ROUNDING = 1e-7  # fitted cells and deviances closer than this (relative; deviances below 1, in all) are equal
FITS_AT_ONCE = 4_096
CHUNK_NUMBERS = 262_144  # numbers in one stack of designs: 2 MB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoodnessOfFit:
    """How often a table drawn from a model fits it worse than the data do.

    Attributes
    ----------
    p_value : ndarray of float64, shape (B,), read-only
        (1 + replicates whose deviance is at least that of the data) / (1 + replicates); NaN for models without an
        estimate, and where nothing is left to test (df = 0).
    n_replicates : ndarray of int64, shape (B,), read-only
        Replicates whose fit converged; 0 where `p_value` is NaN.
    """

    p_value: FloatArray
    n_replicates: IntArray


def cells_are_large(fits: LogLinearFits) -> BoolArray:
    """Return, per model, whether the chi-squared reference may be used: 80 % of the fitted cells hold 5 people or more.

    Cells that a parameter at −∞ empties are not counted. False for models without an estimate.

    References
    ----------
    Cochran (1954), Biometrics 10:417, section 4.
    """
    with np.errstate(invalid="ignore"):
        counted = fits.fitted > 0
        large = (fits.fitted >= FITTED_PEOPLE * (1 - ROUNDING)).sum(axis=1)
    n_cells = counted.sum(axis=1)
    return np.asarray((n_cells > 0) & (large >= SHARE_OF_CELLS * n_cells), dtype=bool)


def bootstrap_p_value(
    counts: IntArray, models: BoolArray, fits: LogLinearFits, *, n_replicates: int, rng: np.random.Generator
) -> GoodnessOfFit:
    """Test the fit of log-linear models by their deviance on tables drawn from them, given the number of people listed.

    Each replicate is multinomial with the model's fitted shares and is fitted by the same model. Where its estimate
    does not exist, because other cells are empty than in the data, the likelihood still has a largest value, reached on
    the facial set, and that is what its deviance is measured from.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    models : ndarray of bool, shape (B, 2**J)
        Parameters.
    fits : LogLinearFits
        What `fit_models` found for these models on these counts.
    n_replicates : int
        Tables drawn per model.
    rng : numpy.random.Generator
        Each model draws from a stream of its own, spawned in the order of `models`.

    Returns
    -------
    GoodnessOfFit
        One entry a model.

    Raises
    ------
    ValueError
        If shapes do not agree or `n_replicates` is below 1.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2.3. Langeheine, Pannekoek and van de
    Pol (1996), Sociological Methods & Research 24:492 (sparse tables).
    """
    counts, models = np.asarray(counts), np.asarray(models, dtype=bool)
    if models.ndim != 2 or counts.shape != (models.shape[1] - 1,) or fits.fitted.shape != (len(models), len(counts)):
        raise ValueError(f"counts {counts.shape}, models {models.shape} and fits {fits.fitted.shape} do not agree")
    if n_replicates < 1:
        raise ValueError(f"n_replicates must be at least 1; found {n_replicates}")
    p_value = np.full(len(models), np.nan)
    converged = np.zeros(len(models), dtype=np.int64)
    for b, stream in enumerate(rng.spawn(len(models))):
        if fits.code[b] != 0 or not fits.converged[b] or fits.df[b] == 0:
            continue
        shares = fits.fitted[b] / fits.fitted[b].sum()
        drawn = stream.multinomial(int(counts.sum()), shares, size=n_replicates)
        reached = replicate_deviances(drawn, models[b])
        reached = reached[np.isfinite(reached)]
        margin = ROUNDING * max(1.0, float(fits.deviance[b]))
        converged[b] = len(reached)
        if len(reached):
            p_value[b] = (1 + int((reached >= fits.deviance[b] - margin).sum())) / (1 + len(reached))
    p_value.setflags(write=False)
    converged.setflags(write=False)
    return GoodnessOfFit(p_value=p_value, n_replicates=converged)


def replicate_deviances(tables: IntArray, model: BoolArray) -> FloatArray:
    """Return the deviance of one model on many tables; NaN where a fit did not converge.

    Parameters
    ----------
    tables : ndarray of int64, shape (R, 2**J − 1)
        With somebody on each; equal tables are fitted once, and equal sets of empty cells are examined once.
    model : ndarray of bool, shape (2**J,)
        Parameters.

    Returns
    -------
    ndarray of float64, shape (R,)
    """
    distinct, back = np.unique(tables, axis=0, return_inverse=True)
    free, cells = _what_to_fit(distinct > 0, model)
    padded = np.zeros((len(distinct), len(model)))
    padded[:, 1:] = distinct
    found = np.full(len(distinct), np.nan)
    for start in range(0, len(distinct), FITS_AT_ONCE):
        rows = slice(start, start + FITS_AT_ONCE)
        fits = newton(padded[rows], free[rows], cells[rows], max_iter=MAX_ITER, tol=TOL)
        values = deviances(padded[rows], fits.coefficients, cells[rows])
        found[rows] = np.where(fits.converged, values, np.nan)
    return np.asarray(found[back.ravel()], dtype=np.float64)


def _what_to_fit(present: BoolArray, model: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Return the parameters and cells of the (extended) fit of a model for each row of seen patterns."""
    first, back = distinct_rows(present)
    seen = np.zeros((len(first), len(model)), dtype=bool)
    seen[:, 1:] = present[first]
    reached = seen.copy()
    add_over_supersets(reached)
    free = model & reached
    cells = remaining_cells(model & ~reached)
    for i in np.flatnonzero(~_seen_cells_suffice(seen, free)):
        face = facial_set(seen[i, 1:], model)
        free[i], cells[i] = face.free, face.cells
    return free[back], cells[back]


def _seen_cells_suffice(seen: BoolArray, free: BoolArray) -> BoolArray:
    """Return whether the seen cells alone fix every parameter; then the facial set is all that −∞ leaves.

    The ranks are exact; rows of the design that were not seen, and parameters at −∞, are blanked.
    """
    codes = np.arange(seen.shape[1])
    params = np.flatnonzero(free.any(axis=0))
    design = ((codes[:, None] & params) == params).astype(np.int64)
    suffices = np.zeros(len(seen), dtype=bool)
    size = max(1, CHUNK_NUMBERS // design.size)
    for start in range(0, len(seen), size):
        rows = slice(start, start + size)
        blanked = design * seen[rows, :, None] * free[rows][:, None, params]
        suffices[rows] = exact_ranks(blanked)[0] == free[rows].sum(axis=1)
    return suffices
