"""A log-linear model with the dependence of one pair of lists held at a given odds ratio, and how far that moves N."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.estimator import Capabilities, check_names, check_not_built, fit_pooled, position
from uncounted.estimation.kernels.fixed_odds import FixedOddsFit, fit_with_fixed_odds
from uncounted.estimation.kernels.hierarchy import model_name, parse_model
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import Criterion, ModelSearch
from uncounted.estimation.result import Assumption, Estimate, Fit

RATIOS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
SEARCHED_LISTS = 6
NAMED_LISTS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedOdds:
    """A log-linear model in which the dependence of lists `first` and `second` is not estimated but given.

    Without a name it is the best model by BIC (or AIC) of each stratum and linkage draw, chosen before anything is
    fixed. If that model has no interaction of the pair, one of the given size is put in; if it has, its estimate is
    replaced, and the goodness of fit says what the data think of the value. With two lists alone N = n + odds ratio
    times n0.

    References
    ----------
    Gerritse, van der Heijden, Bakker (2015), J. Off. Statist. 31:357.
    """

    first: str
    second: str
    odds_ratio: float
    model: str = ""
    criterion: Criterion = "bic"

    def __post_init__(self) -> None:
        if not (self.odds_ratio > 0 and math.isfinite(self.odds_ratio)) or self.first == self.second:
            raise ProjectError(
                "a fixed dependence is an odds ratio above 0 of two different lists; found "
                f"{_plain(self.odds_ratio)} for '{self.first}' and '{self.second}'.",
                do="Write e.g. odds:A,B=2 for lists that overlap twice as much as if independent, or odds:A,B=0.5.",
                code="E60",
            )

    @property
    def id(self) -> str:
        """Stable id, e.g. "odds:A,B=2" or "odds:A,B=0.5@[12,3]"."""
        return f"odds:{self.first},{self.second}={_plain(self.odds_ratio)}" + (f"@{self.model}" if self.model else "")

    @property
    def label(self) -> str:
        """Short name for tables."""
        model = f"Model {self.model}" if self.model else f"Best model by {self.criterion.upper()}"
        return f"{model} with the odds ratio of {self.first} and {self.second} held at {_plain(self.odds_ratio)}"

    @property
    def capabilities(self) -> Capabilities:
        """Two to six lists, nine with a named model."""
        return Capabilities(model_based=True, max_lists=NAMED_LISTS if self.model else SEARCHED_LISTS)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return the dependence fixed, and what the model takes for granted besides."""
        name = f"model {self.model}" if self.model else "the model that describes the recorded people best"
        others = "among people on none of the lists that interact with both of them, " if len(lists) > 2 else ""
        rest = f" Otherwise the lists depend on each other as {name} says." if len(lists) > 2 else ""
        return Assumption(
            id=self.id,
            words=f"For somebody on {self.first}, {others}the odds of being on {self.second} are "
            f"{_plain(self.odds_ratio)} times those of somebody who is not.{rest}",
            lists=lists,
            odds_ratio=self.odds_ratio,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:
        """Estimate the total with the dependence given.

        Raises
        ------
        NotEstimable
            If the estimate does not exist or is not unique, no model has one, or one list was made from the other.
        ProjectError
            If a list or the model's name is unknown.
        """
        check_names(table.lists, (self.first, self.second), self.id)
        check_not_built(table, self.first, self.second)
        if self.model:
            _parse(self.model, table.n_lists)
        elif table.n_lists > SEARCHED_LISTS:
            raise NotEstimable(
                f"{table.n_lists} lists have too many models to try; {SEARCHED_LISTS} is the most.",
                do="Name a model, e.g. odds:A,B=2@[12,3], or merge lists of the same kind.",
                code="E06",
            )
        models = search if search is not None else ModelSearch(criterion=self.criterion)

        def solve(counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
            return self._solve(counts, lists, models, n_lists=table.n_lists)

        return fit_pooled(self, table, solve, level=level, seed=seed)

    def _solve(self, counts: NDArray[np.int64], lists: tuple[str, ...], search: ModelSearch, *, n_lists: int) -> Law:
        pair = _pair_code(lists, position(lists, self.first), position(lists, self.second))
        model = self._model(counts, lists, search, n_lists=n_lists)
        found = fit_with_fixed_odds(counts, model, pair, self.odds_ratio)
        name = model_name(model, len(lists))
        if not found.converged:
            why = {1: "does not exist", 2: "is not unique", 3: "neither exists nor is unique"}
            raise NotEstimable(
                f"the estimate of model {name} with the odds ratio of {self.first} and {self.second} given "
                f"{why.get(found.code, 'was not reached')}: cells that it needs are empty.",
                do="Choose a smaller model, or merge lists of the same kind.",
                code="E08",
            )
        return lognormal_law(
            n_listed=int(counts.sum()),
            n_unlisted=found.n_unlisted,
            standard_error=found.standard_error,
            fit=_fit(found, f"{name}, {self.first} and {self.second} at {_plain(self.odds_ratio)}", counts),
        )

    def _model(
        self, counts: NDArray[np.int64], lists: tuple[str, ...], search: ModelSearch, *, n_lists: int
    ) -> NDArray[np.bool_]:
        if not self.model:
            table = search.table(counts, lists)
            if not table.admissible.any():
                raise NotEstimable(
                    f"none of {len(table.models):,} models has a finite estimate: cells that they need are empty.",
                    do="Name a model, look for missed links, or merge lists of the same kind.",
                    code="E07",
                )
            return np.asarray(table.models[int(np.argmin(table.criterion(self.criterion)))])
        if len(lists) != n_lists:
            raise NotEstimable(
                f"model {self.model} is about {n_lists} lists, and only {len(lists)} of them cover and hold anybody "
                "here.",
                do="Name a model of the lists that are there.",
                code="E14",
            )
        return _parse(self.model, n_lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRow:
    """One row of `odds_table`.

    Attributes
    ----------
    first, second : str
    odds_ratio : float
        At which the dependence of the pair was held.
    n_total, low, high : float or None
        The total and its interval; None where there is no estimate (`reason` says why).
    estimated : float
        The odds ratio that the model estimates for this pair when nothing is fixed; NaN if the model holds the pair
        for independent (given the other lists), or the table has several strata or linkage draws.
    deviance, p_value : float
        How the model with this value fits; NaN over several strata or linkage draws (the p-value is then the median).
    reason : str
    """

    first: str
    second: str
    odds_ratio: float
    n_total: float | None = None
    low: float | None = None
    high: float | None = None
    estimated: float = math.nan
    deviance: float = math.nan
    p_value: float = math.nan
    reason: str = ""


def odds_table(
    table: CaptureTable,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    ratios: Sequence[float] = RATIOS,
    model: str = "",
    level: float = 0.95,
    seed: int = 1,
    search: ModelSearch | None = None,
) -> tuple[OddsRow, ...]:
    """Say how the total moves when the dependence of each pair of lists is given instead of estimated.

    Parameters
    ----------
    table : CaptureTable
        What is estimated from.
    pairs : sequence of (str, str) or None
        Pairs of lists; None takes all.
    ratios : sequence of float
        Odds ratios, each above 0.
    model : str
        A log-linear model such as "[12,3]"; empty for the best by BIC.
    level, seed
        As for `estimate`.
    search : ModelSearch or None
        Models fitted before.

    Returns
    -------
    tuple of OddsRow
        Pair by pair, ratios in the order given.
    """
    models = search if search is not None else ModelSearch()
    rows = []
    for first, second in pairs if pairs is not None else combinations(table.lists, 2):
        estimated = _estimated_ratio(table, first, second, model, models)
        for ratio in ratios:
            estimator = FixedOdds(first=first, second=second, odds_ratio=float(ratio), model=model)
            try:
                found = estimator.fit(table, level=level, seed=seed, search=models)
            except NotEstimable as error:
                rows.append(
                    OddsRow(first=first, second=second, odds_ratio=float(ratio), estimated=estimated, reason=error.what)
                )
                continue
            interval = found.n_total_interval
            rows.append(
                OddsRow(
                    first=first,
                    second=second,
                    odds_ratio=float(ratio),
                    n_total=found.n_total,
                    low=interval.low if interval else None,
                    high=interval.high if interval else None,
                    estimated=estimated,
                    deviance=found.fit.deviance if found.fit else math.nan,
                    p_value=found.fit.p_value if found.fit else math.nan,
                )
            )
    return tuple(rows)


def odds_argument(text: str) -> tuple[str, float, str]:
    """Split what follows "odds:" into the pair's text, the odds ratio and a model's name (or nothing).

    The ratio follows the last "=", so names of lists may hold any sign; it may be written as a fraction.

    Raises
    ------
    ProjectError
        If it is not of the form A,B=2, A,B=1/2 or A,B=2@[12,3].
    """
    pair, equals, rest = text.rpartition("=")
    number, _, model = rest.partition("@")
    top, slash, bottom = number.partition("/")
    try:
        ratio = float(top) / (float(bottom) if slash else 1.0)
    except (ValueError, ZeroDivisionError):
        ratio = math.nan
    if not equals or not (ratio > 0 and math.isfinite(ratio)):
        raise ProjectError(
            f"'odds:{text}' does not end in an odds ratio above 0.",
            do="Write two lists, an equals sign and a number, e.g. odds:A,B=2 or odds:A,B=1/2@[12,3].",
            code="E60",
        )
    return pair.strip(), ratio, model.strip()


def _plain(value: float) -> str:
    """Write a number so that reading it gives the same number back, without a needless ".0"."""
    return repr(float(value)).removesuffix(".0")


def _pair_code(lists: tuple[str, ...], i: int, j: int) -> int:
    n_lists = len(lists)
    return 1 << (n_lists - 1 - i) | 1 << (n_lists - 1 - j)


def _parse(text: str, n_lists: int) -> NDArray[np.bool_]:
    try:
        return parse_model(text, n_lists)
    except ValueError as error:
        raise ProjectError(
            f"'{text}' is not a model of {n_lists} lists: {error}.",
            do="Number the lists from 1 and write each highest interaction once, e.g. odds:A,B=2@[12,3].",
            code="E23",
        ) from error


def _fit(found: FixedOddsFit, name: str, counts: NDArray[np.int64]) -> Fit:
    from scipy.special import chdtrc

    p_value = float(chdtrc(found.df, found.deviance)) if found.df > 0 else math.nan
    return Fit(
        model=name,
        deviance=found.deviance,
        df=found.df,
        pearson=found.pearson,
        p_value=p_value,
        aic=2.0 * found.n_params - 2.0 * found.loglik,
        bic=found.n_params * math.log(int(counts.sum())) - 2.0 * found.loglik,
        standard_error=found.standard_error,
    )


def _estimated_ratio(table: CaptureTable, first: str, second: str, model: str, search: ModelSearch) -> float:
    """Return the odds ratio of a pair in the model with nothing fixed; NaN where there is none or no single table."""
    check_names(table.lists, (first, second), "odds_table")
    if table.n_draws > 1 or table.n_strata > 1 or not table.coverage.all() or not table.list_totals.all():
        return math.nan
    counts = table.counts[0, 0]
    if model:
        chosen = _parse(model, table.n_lists)
    else:
        if table.n_lists > SEARCHED_LISTS:
            return math.nan
        found = search.table(counts, table.lists)
        if not found.admissible.any():
            return math.nan
        chosen = found.models[int(np.argmin(found.criterion("bic")))]
    pair = _pair_code(table.lists, table.lists.index(first), table.lists.index(second))
    if not chosen[pair]:
        return math.nan
    return float(np.exp(fit_models(counts, chosen[None]).coefficients[0, pair]))
