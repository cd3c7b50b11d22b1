"""All hierarchical log-linear models of a table: which exist, how they fit, how many people each one adds.

One `ModelSearch` is made per call of `estimate` and handed to everybody who needs the models (the best one, the
average, the swing rule), so that each count vector is fitted once. It holds nothing but results of pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import NotEstimable
from uncounted.estimation.cells import Cells, drop_empty_lists
from uncounted.estimation.kernels.existence import Existence, check_existence
from uncounted.estimation.kernels.hierarchy import hierarchical_models
from uncounted.estimation.kernels.loglinear import fit_models

Criterion = Literal["bic", "aic"]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SEARCHED_LISTS = 6  # beyond it the models are too many to list
ALL_ORDERS_UP_TO = 5  # six lists are searched up to pairs
# With several linkage draws and very many models, the draws refit only what could matter: models whose criterion on
# the middle draw lies within KEEP_WITHIN of the best (a weight of e^-10 or more), at most KEEP_MODELS of them.
KEEP_WITHIN = 20.0
KEEP_MODELS = 300
BATCH = 30_000  # fits handed to the kernel at once
# A search limited to pairs can miss what triples say: on the Dutch six-list table pairs give 45,000 and triples, which
# fit far better, 130,000. So the swing rule (R6) also looks at models grown from the best ones by triples.
GROW_WITHIN = 10.0
GROW_ROUNDS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelTable:
    """Fits of B models to one count vector; arrays of length B.

    Attributes
    ----------
    lists : tuple of str
        The lists, none of them empty.
    n_listed : int
    models : ndarray of bool, shape (B, 2**J)
    code : ndarray of int8
        0 the estimate exists and is unique, 1 it does not exist, 2 it is not unique, 3 neither.
    admissible : ndarray of bool
        The estimate exists, is unique, and was reached.
    n_unlisted, standard_error, deviance, pearson, bic, aic : ndarray of float64
        NaN where not admissible.
    df : ndarray of int64
    p_value : ndarray of float64
        Of the deviance, chi-squared on `df`; NaN where df = 0 (nothing left to test) or not admissible.
    """

    lists: tuple[str, ...]
    n_listed: int
    models: BoolArray
    code: NDArray[np.int8]
    admissible: BoolArray
    n_unlisted: FloatArray
    standard_error: FloatArray
    deviance: FloatArray
    pearson: FloatArray
    df: IntArray
    p_value: FloatArray
    bic: FloatArray
    aic: FloatArray

    def criterion(self, name: Criterion) -> FloatArray:
        """Return BIC or AIC per model; inf where not admissible."""
        values = self.bic if name == "bic" else self.aic
        return np.where(self.admissible, values, np.inf)

    def fitting(self, p_above: float) -> BoolArray:
        """Return which admissible models are not rejected; a model with nothing left to test is not."""
        return self.admissible & (np.isnan(self.p_value) | (self.p_value > p_above))


class ModelSearch:
    """Fits of all models, each count vector once.

    Parameters
    ----------
    criterion : {"bic", "aic"}
        What ranks models when many linkage draws make it necessary to keep the likely ones only.
    max_order : int or None
        Most lists in one interaction; None means all for up to five lists and two for six.
    """

    def __init__(self, *, criterion: Criterion = "bic", max_order: int | None = None) -> None:
        self.criterion: Criterion = criterion
        self.max_order = max_order
        self._known: dict[tuple[tuple[str, ...], bytes], ModelTable] = {}

    def models_of(self, n_lists: int) -> BoolArray:
        """Return the hierarchical models that are searched, or refuse.

        Raises
        ------
        NotEstimable
            With fewer than two lists, more than six, or six and orders above two.
        """
        if n_lists < 2:
            raise NotEstimable("a model needs two lists with people on them.", code="E05")
        if n_lists > SEARCHED_LISTS:
            raise NotEstimable(
                f"{n_lists} lists have too many models to try them all (at most {SEARCHED_LISTS} lists are searched).",
                why="Choosing a model without trying the others would hide how far they disagree.",
                do="Merge lists of the same kind: table.merge_lists({...}).",
                code="E06",
            )
        order = self.max_order
        if n_lists > ALL_ORDERS_UP_TO:
            if order is not None and order > 2:
                raise NotEstimable(
                    f"{n_lists} lists are searched up to pairs (max_order 2); found max_order {order}.",
                    why="There are 3.7 million models with triples.",
                    do="Leave max_order out, or merge lists of the same kind.",
                    code="E06",
                )
            order = 2 if order is None else order
        return hierarchical_models(n_lists, max_order=order)

    def table(self, counts: IntArray, lists: tuple[str, ...]) -> ModelTable:
        """Return the fits for one count vector whose lists all hold somebody.

        Raises
        ------
        NotEstimable
            See `models_of`.
        """
        key = (lists, counts.tobytes())
        if key not in self._known:
            models = self.models_of(len(lists))
            self._known[key] = _fit(counts[None], lists, models, check_existence(counts > 0, models))[0]
        return self._known[key]

    def wider(self, counts: IntArray, lists: tuple[str, ...]) -> ModelTable | None:
        """Return fits beyond a limited search, or None if the search holds all models already.

        Up to five lists: all orders. Six: models grown from those within `GROW_WITHIN` of the best, one triple of
        lists at a time (with its pairs), until no grown model comes that near.

        Raises
        ------
        NotEstimable
            See `models_of`.
        """
        found = self.table(counts, lists)
        n_lists = len(lists)
        if n_lists <= ALL_ORDERS_UP_TO:
            if self.max_order is None or self.max_order >= n_lists - 1:
                return None
            models = hierarchical_models(n_lists)
            return _fit(counts[None], lists, models, check_existence(counts > 0, models))[0]
        return _grow(found, counts)

    def prefit(self, cells: Cells, middle: int) -> None:
        """Fit all linkage draws of a stratum in few large batches.

        Parameters
        ----------
        cells : Cells
            One stratum.
        middle : int
            The draw on which all models are tried; see `KEEP_WITHIN`.
        """
        reference, lists = drop_empty_lists(cells.counts[middle], cells.lists)
        if not 2 <= len(lists) <= SEARCHED_LISTS:
            return  # the estimators refuse in their own words
        full = self.table(reference, lists)
        models = full.models[self._worth_refitting(full)]
        groups: dict[tuple[tuple[str, ...], bytes], list[IntArray]] = {}
        for row in np.unique(cells.counts, axis=0):
            counts, held = drop_empty_lists(row, cells.lists)
            if held == lists and (held, counts.tobytes()) not in self._known:
                groups.setdefault((held, (counts > 0).tobytes()), []).append(counts)
        for (held, _), rows in groups.items():
            existence = check_existence(rows[0] > 0, models)
            size = max(1, BATCH // len(models))
            for start in range(0, len(rows), size):
                part = np.stack(rows[start : start + size])
                for counts, fitted in zip(part, _fit(part, held, models, existence), strict=True):
                    self._known[(held, counts.tobytes())] = fitted

    def _worth_refitting(self, full: ModelTable) -> NDArray[np.intp]:
        values = full.criterion(self.criterion)
        if len(values) <= KEEP_MODELS or not np.isfinite(values).any():
            return np.arange(len(values))
        order = np.argsort(values, kind="stable")[:KEEP_MODELS]
        return np.sort(order[values[order] <= values[order[0]] + KEEP_WITHIN])


def _fit(tables: IntArray, lists: tuple[str, ...], models: BoolArray, existence: Existence) -> list[ModelTable]:
    """Fit every model to every row of `tables` (rows share their empty cells)."""
    from scipy.special import chdtrc

    n_tables, n_models = len(tables), len(models)
    if n_tables == 1:
        fits = fit_models(tables[0], models, existence=existence)
    else:
        stacked = Existence(
            code=np.tile(existence.code, n_tables),
            removed=np.tile(existence.removed, (n_tables, 1)),
            n0_estimable=np.tile(existence.n0_estimable, n_tables),
        )
        fits = fit_models(np.repeat(tables, n_models, axis=0), np.tile(models, (n_tables, 1)), existence=stacked)
    found = []
    for t, counts in enumerate(tables):
        rows = slice(t * n_models, (t + 1) * n_models)
        n_unlisted = fits.n_unlisted[rows]
        admissible = (fits.code[rows] == 0) & fits.converged[rows] & np.isfinite(n_unlisted) & (n_unlisted > 0)
        df = fits.df[rows]
        p_value = np.full(n_models, np.nan)
        tested = admissible & (df > 0)
        p_value[tested] = chdtrc(df[tested], np.maximum(fits.deviance[rows][tested], 0.0))
        found.append(
            ModelTable(
                lists=lists,
                n_listed=int(counts.sum()),
                models=models,
                code=fits.code[rows],
                admissible=admissible,
                n_unlisted=n_unlisted,
                standard_error=fits.standard_error[rows],
                deviance=fits.deviance[rows],
                pearson=fits.pearson[rows],
                df=df,
                p_value=p_value,
                bic=fits.bic[rows],
                aic=fits.aic[rows],
            )
        )
    return found


def _grow(found: ModelTable, counts: IntArray) -> ModelTable:
    """Return the models within `GROW_WITHIN` of the best after adding triples again and again."""
    seen = {model.tobytes() for model in found.models}
    near = _near(found)
    for _ in range(GROW_ROUNDS):
        grown = np.asarray([m for m in _with_one_triple(near.models) if m.tobytes() not in seen], dtype=bool)
        if not len(grown):
            break
        seen |= {model.tobytes() for model in grown}
        added = _fit(counts[None], found.lists, grown, check_existence(counts > 0, grown))[0]
        near = _near(_joined(near, added))
    return near


def _with_one_triple(models: BoolArray) -> BoolArray:
    """Return each model with each triple of lists (and the pairs inside it) added, distinct."""
    n_subsets = models.shape[1]
    codes = np.arange(n_subsets)
    triples = [t for t in range(n_subsets) if t.bit_count() == 3]
    grown = [models | ((codes & ~t) == 0) for t in triples]
    return np.unique(np.concatenate(grown), axis=0) if len(models) else models


def _near(found: ModelTable) -> ModelTable:
    """Return the admissible models whose BIC is within `GROW_WITHIN` of the smallest."""
    bic = found.criterion("bic")
    if not np.isfinite(bic).any():
        return _rows(found, np.zeros(len(bic), dtype=bool))
    return _rows(found, bic <= bic.min() + GROW_WITHIN)


def _rows(found: ModelTable, keep: BoolArray) -> ModelTable:
    return replace(
        found,
        models=found.models[keep],
        code=found.code[keep],
        admissible=found.admissible[keep],
        n_unlisted=found.n_unlisted[keep],
        standard_error=found.standard_error[keep],
        deviance=found.deviance[keep],
        pearson=found.pearson[keep],
        df=found.df[keep],
        p_value=found.p_value[keep],
        bic=found.bic[keep],
        aic=found.aic[keep],
    )


def _joined(first: ModelTable, second: ModelTable) -> ModelTable:
    return replace(
        first,
        models=np.concatenate([first.models, second.models]),
        code=np.concatenate([first.code, second.code]),
        admissible=np.concatenate([first.admissible, second.admissible]),
        n_unlisted=np.concatenate([first.n_unlisted, second.n_unlisted]),
        standard_error=np.concatenate([first.standard_error, second.standard_error]),
        deviance=np.concatenate([first.deviance, second.deviance]),
        pearson=np.concatenate([first.pearson, second.pearson]),
        df=np.concatenate([first.df, second.df]),
        p_value=np.concatenate([first.p_value, second.p_value]),
        bic=np.concatenate([first.bic, second.bic]),
        aic=np.concatenate([first.aic, second.aic]),
    )


def weights_from(values: Sequence[float] | FloatArray) -> FloatArray:
    """Return weights proportional to exp(-difference / 2) of an information criterion, adding up to one.

    References
    ----------
    Buckland, Burnham, Augustin (1997), Biometrics 53:603, eq. (4).
    """
    criterion = np.asarray(values, dtype=np.float64)
    weights = np.exp(-(criterion - criterion.min()) / 2)
    return np.asarray(weights / weights.sum(), dtype=np.float64)
