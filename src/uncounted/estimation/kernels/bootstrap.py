"""Bootstrap of a chosen log-linear model in which every replicate chooses anew, with limits corrected by BCa.

Letters: n_ω counts per pattern, n their sum, θ̂ the total N of the model with the smallest BIC, θ* the same of a
replicate, z₀ the bias correction, a the acceleration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uncounted.estimation.kernels.existence import Existence, check_existence
from uncounted.estimation.kernels.loglinear import LogLinearFits, fit_models

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Resampling = Literal["multinomial", "population", "parametric"]

#: Models fitted to a replicate before the rest is looked at: the first few win most often, and bound the others.
MODELS_AT_ONCE = 8
#: Fits handed over at once: about 30 MB with five lists.
FITS_AT_ONCE = 20_000
#: A model is left out only if its BIC is provably larger than the smallest one by more than rounding.
ROUNDING = 1e-6
#: Replicates equal to the estimate but for rounding are not below it.
SAME = 1e-9
#: Stands for the infinite normal quantile of probabilities 0 and 1.
ENDLESS = 1e300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """The best of some models on each of R tables; read-only arrays.

    Attributes
    ----------
    winner : ndarray of int64, shape (R,)
        Row of `models` with the smallest BIC among those whose estimate exists on that table; −1 if none has one.
    n_unlisted : ndarray of float64, shape (R,)
        Its people on no list; inf if there is no winner.
    n_fits : int
        Models actually fitted, over all tables; the others could not win.
    n_failed : int
        Fits that exist but were not reached numerically; they cannot win.
    """

    winner: IntArray
    n_unlisted: FloatArray
    n_fits: int
    n_failed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bootstrap:
    """Replicates of the total, and what corrects their quantiles.

    Attributes
    ----------
    total : float
        θ̂, people on lists and on none, of the first of the models.
    replicates : ndarray of float64, shape (B,), read-only, ascending
        θ*; inf where no model had an estimate.
    n_without_model : int
        Replicates at inf.
    bias_correction : float
        z₀.
    at_end : bool
        All replicates, or none, are below θ̂; z₀ is then that of half a replicate, and the limits are a guess.
    acceleration : float
        a; 0 where `n_no_jackknife` is not.
    n_no_jackknife : int
        People without whom no model has an estimate: then a cannot be had.
    times_chosen : ndarray of int64, shape (K,), read-only
        Replicates in which each model was the best.
    n_fits, n_failed : int
        As in `Selection`, without the jackknife.
    """

    total: float
    replicates: FloatArray
    n_without_model: int
    bias_correction: float
    at_end: bool
    acceleration: float
    n_no_jackknife: int
    times_chosen: IntArray
    n_fits: int
    n_failed: int

    def limits(self, probabilities: ArrayLike) -> FloatArray:
        """Return the totals that BCa puts at these probabilities, ascending with them; may be inf.

        The limits of an interval of level L are those at (1 − L)/2 and (1 + L)/2.
        """
        levels = bca_levels(probabilities, bias_correction=self.bias_correction, acceleration=self.acceleration)
        return quantiles_type8(self.replicates, levels)


def best_first(fits: LogLinearFits) -> IntArray:
    """Return the models that have an estimate, the smallest BIC first; among equals, the first one.

    Parameters
    ----------
    fits : LogLinearFits
        Of B models to one table.

    Returns
    -------
    ndarray of int64
        Rows, as many as there are models with an estimate.
    """
    bic = np.where(_reached(fits), fits.bic, np.inf)
    order = np.argsort(bic, kind="stable")
    return np.asarray(order[: int(np.isfinite(bic).sum())], dtype=np.int64)


def select_models(tables: IntArray, models: BoolArray, *, prune: bool = True) -> Selection:
    """Choose, for each table, the model with the smallest BIC among those whose estimate exists on it.

    Existence is decided anew for each table (once for each set of empty cells). With `prune`, models that cannot win
    are not fitted: with G² the deviance, BIC = p log n + G² + constant; G² is at least 0, and at least that of any
    larger model that holds this one.

    Parameters
    ----------
    tables : ndarray of int64, shape (R, 2**J − 1)
        People per pattern, in CaptureTable order.
    models : ndarray of bool, shape (K, 2**J)
        The candidates; the likeliest first make it fast.
    prune : bool
        False fits all of them.

    Returns
    -------
    Selection
        One entry a table.

    Raises
    ------
    ValueError
        If the shapes do not agree.

    References
    ----------
    Silverman, Chan and Vincent (2024), Statistics and Computing 34:44, section 3 (selection in each replicate).
    """
    tables, models = np.asarray(tables, dtype=np.int64), np.asarray(models, dtype=bool)
    if tables.ndim != 2 or models.ndim != 2 or tables.shape[1] != models.shape[1] - 1 or not len(models):
        raise ValueError(f"tables (R, 2**J - 1) and models (K, 2**J) are needed; found {tables.shape}, {models.shape}")
    winner = np.full(len(tables), -1, dtype=np.int64)
    n_unlisted = np.full(len(tables), np.inf)
    patterns, pattern_of = np.unique(tables > 0, axis=0, return_inverse=True)
    existing = [check_existence(present, models) for present in patterns]
    size = max(1, FITS_AT_ONCE // (MODELS_AT_ONCE if prune else len(models)))
    n_fits = n_failed = 0
    for start in range(0, len(tables), size):
        rows = slice(start, start + size)
        race = _Race(tables[rows], models, existing, pattern_of.ravel()[rows])
        race.run(MODELS_AT_ONCE if prune else len(models))
        winner[rows], n_unlisted[rows] = race.winner, race.n_unlisted
        n_fits, n_failed = n_fits + race.n_fits, n_failed + race.n_failed
    for array in (winner, n_unlisted):
        array.setflags(write=False)
    return Selection(winner=winner, n_unlisted=n_unlisted, n_fits=n_fits, n_failed=n_failed)


class _Race:
    """The models of a batch of tables, fitted a few at a time until no other one can have a smaller BIC."""

    def __init__(
        self, tables: IntArray, models: BoolArray, existing: Sequence[Existence], pattern_of: NDArray[np.intp]
    ) -> None:
        self.tables, self.models = tables, models
        self.code = np.stack([e.code for e in existing])[pattern_of]
        self.removed = np.stack([e.removed for e in existing])
        self.pattern_of = pattern_of
        n_tables = len(tables)
        self.winner = np.full(n_tables, -1, dtype=np.int64)
        self.n_unlisted = np.full(n_tables, np.inf)
        self.best = np.full(n_tables, np.inf)  # p log n + G² of the winner
        # p log n, and below what G² is not known yet
        n_people = np.maximum(tables.sum(axis=1), 1)
        self.penalty = models.sum(axis=1) * np.log(n_people)[:, None]
        self.deviance_floor = np.zeros((n_tables, len(models)))
        self.holds = _holds(models)
        self.n_fits = self.n_failed = 0

    def run(self, at_once: int) -> None:
        for start in range(0, len(self.models), at_once):
            part = np.arange(start, min(start + at_once, len(self.models)))
            floor = self.penalty[:, part] + self.deviance_floor[:, part]
            table, column = np.nonzero((self.code[:, part] == 0) & (floor <= self.best[:, None] + ROUNDING))
            if len(table):
                self._fit(table, part[column])

    def _fit(self, table: NDArray[np.intp], model: NDArray[np.intp]) -> None:
        existence = Existence(
            code=np.zeros(len(table), dtype=np.int8),
            removed=self.removed[self.pattern_of[table], model],
            n0_estimable=np.ones(len(table), dtype=bool),
        )
        fits = fit_models(self.tables[table], self.models[model], existence=existence)
        reached = _reached(fits)
        self.n_fits += len(table)
        self.n_failed += int((~reached).sum())
        value = np.where(reached, self.penalty[table, model] + fits.deviance, np.inf)
        # The smallest value of each table; among equals the first model, whatever the batches were.
        order = np.lexsort((model, value, table))
        first = order[np.r_[True, table[order][1:] != table[order][:-1]]]
        first = first[value[first] < self.best[table[first]]]
        self.best[table[first]] = value[first]
        self.winner[table[first]] = model[first]
        self.n_unlisted[table[first]] = fits.n_unlisted[first]
        deviance = np.zeros_like(self.deviance_floor)
        deviance[table[reached], model[reached]] = fits.deviance[reached]
        for m in np.unique(model[reached]):
            inside = self.holds[m]
            np.maximum(
                self.deviance_floor, deviance[:, m, None] * inside, out=self.deviance_floor, where=inside[None, :]
            )


def _holds(models: BoolArray) -> BoolArray:
    """Return, at (m, k), whether model m holds all parameters of model k."""
    lacking = (~models).astype(np.int64) @ models.T.astype(np.int64)
    return np.asarray(lacking == 0)


def _reached(fits: LogLinearFits) -> BoolArray:
    return np.asarray((fits.code == 0) & fits.converged & np.isfinite(fits.n_unlisted) & np.isfinite(fits.bic))


def acceleration(counts: IntArray, models: BoolArray) -> tuple[float, int]:
    """Return a from the jackknife in which each leave-one-out table chooses its model anew.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern. People of one pattern are alike, so there is one table for each pattern seen.
    models : ndarray of bool, shape (K, 2**J)
        The candidates.

    Returns
    -------
    (float, int)
        a = Σ n_ω r_ω³ / {6 (Σ n_ω r_ω²)^1.5}, r_ω the mean of all leave-one-out totals less that of pattern ω; and the
        number of people without whom no model has an estimate. If there are any, a is 0.

    References
    ----------
    Efron (1987), JASA 82:171, eq. (6.6); Silverman, Chan and Vincent (2024), section 3.
    """
    seen = np.flatnonzero(counts > 0)
    left = np.repeat(np.asarray(counts, dtype=np.int64)[None], len(seen), axis=0)
    left[np.arange(len(seen)), seen] -= 1
    totals = select_models(left, models).n_unlisted
    weight = counts[seen].astype(np.float64)
    lost = ~np.isfinite(totals)
    if lost.any():
        return 0.0, int(weight[lost].sum())
    r = weight @ totals / weight.sum() - totals
    scale = float(weight @ r**2)
    return (float(weight @ r**3) / (6 * scale**1.5) if scale > 0 else 0.0), 0


def bca_levels(probabilities: ArrayLike, *, bias_correction: float, acceleration: float) -> FloatArray:
    """Return the probabilities at which BCa reads the replicates: Φ(z₀ + (z₀ + z) / (1 − a (z₀ + z))).

    Beyond the pole of the fraction the level is 1 (or, on the other side, 0), its limit there; so the result never
    falls with the probability.

    References
    ----------
    Efron (1987), JASA 82:171, eq. (2.3).
    """
    from scipy.special import ndtr, ndtri

    z = np.clip(ndtri(np.asarray(probabilities, dtype=np.float64)), -ENDLESS, ENDLESS)
    shifted = bias_correction + z
    room = 1.0 - acceleration * shifted
    moved = np.where(room > 0, shifted / np.where(room > 0, room, 1.0), np.copysign(ENDLESS, shifted))
    return np.asarray(ndtr(bias_correction + moved), dtype=np.float64)


def quantiles_type8(values: FloatArray, probabilities: ArrayLike) -> FloatArray:
    """Return quantiles of ascending values that may end in inf: between a finite value and inf is inf.

    References
    ----------
    Hyndman and Fan (1996), American Statistician 50:361, definition 8: position p (B + 1/3) + 1/3, counted from 1.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    place = np.clip(p * (len(values) + 1 / 3) + 1 / 3, 1.0, float(len(values))) - 1.0
    below = np.floor(place + 1e-12).astype(np.int64)
    share = np.clip(place - below, 0.0, 1.0)
    lower, upper = values[below], values[np.minimum(below + 1, len(values) - 1)]
    step = np.zeros_like(lower)
    between = (share > 0) & np.isfinite(lower)
    step[between] = share[between] * (upper[between] - lower[between])
    return np.asarray(lower + step, dtype=np.float64)


def resample(
    counts: IntArray,
    fitted: FloatArray,
    n_unlisted: float,
    n_replicates: int,
    *,
    method: Resampling,
    rng: np.random.Generator,
) -> IntArray:
    """Draw replicate tables, shape (n_replicates, 2**J − 1).

    "multinomial" draws the n people anew from the counts, as published. "population" draws N̂ people from the counts
    and the n̂_0 on no list, so that the number of people listed varies as well. "parametric" does the same with the
    fitted cells for the counts: as if the chosen model were true, so that others win less often than they may deserve.
    A fraction of a person in N̂ becomes one more person in that share of the replicates.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern.
    fitted : ndarray of float64, shape (2**J − 1,)
        μ̂ of the chosen model.
    n_unlisted : float
        Its people on no list.
    n_replicates : int
        B.
    method : {"multinomial", "population", "parametric"}
        See above.
    rng : numpy.random.Generator
        Where the draws come from.
    """
    if method == "multinomial":
        return np.asarray(rng.multinomial(int(counts.sum()), counts / counts.sum(), size=n_replicates), dtype=np.int64)
    listed = counts.astype(np.float64) if method == "population" else fitted
    total = float(listed.sum()) + n_unlisted
    whole = int(np.floor(total))
    people = whole + (rng.random(n_replicates) < total - whole).astype(np.int64)
    cells = np.concatenate([[n_unlisted], listed])
    return np.asarray(rng.multinomial(people, cells / cells.sum())[:, 1:], dtype=np.int64)


def bootstrap_selection(
    counts: IntArray,
    models: BoolArray,
    *,
    n_replicates: int,
    method: Resampling,
    rng: np.random.Generator,
) -> Bootstrap:
    """Bootstrap the total of the best model, choosing among the candidates again in every replicate.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    models : ndarray of bool, shape (K, 2**J)
        The candidates, best first (see `best_first`); the first has the smallest BIC on `counts`.
    n_replicates : int
        B.
    method : {"multinomial", "population", "parametric"}
        See `resample`.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    Bootstrap
        Replicates and corrections; `limits` gives interval limits.

    Raises
    ------
    ValueError
        If the first model has no estimate on these counts.

    References
    ----------
    Silverman, Chan and Vincent (2024), Statistics and Computing 34:44, section 3.
    """
    from scipy.special import ndtri

    fits = fit_models(counts, models[:1])
    if not _reached(fits)[0]:
        raise ValueError("the first model has no estimate on these counts")
    n_unlisted = float(fits.n_unlisted[0])
    tables = resample(counts, fits.fitted[0], n_unlisted, n_replicates, method=method, rng=rng)
    chosen = select_models(tables, models)
    total = float(counts.sum()) + n_unlisted
    replicates = np.sort(tables.sum(axis=1) + chosen.n_unlisted)
    n_below = int((replicates < total * (1 - SAME)).sum())
    share = min(max(n_below / n_replicates, 0.5 / n_replicates), 1 - 0.5 / n_replicates)
    a, n_no_jackknife = acceleration(counts, models)
    times_chosen = np.bincount(chosen.winner[chosen.winner >= 0], minlength=len(models)).astype(np.int64)
    for array in (replicates, times_chosen):
        array.setflags(write=False)
    return Bootstrap(
        total=total,
        replicates=replicates,
        n_without_model=int((chosen.winner < 0).sum()),
        bias_correction=float(ndtri(share)),
        at_end=n_below in (0, n_replicates),
        acceleration=a,
        n_no_jackknife=n_no_jackknife,
        times_chosen=times_chosen,
        n_fits=chosen.n_fits,
        n_failed=chosen.n_failed,
    )
