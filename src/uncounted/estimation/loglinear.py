"""Log-linear models: a named one, the best by BIC or AIC, and the average over all that fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.cells import cells_by_stratum, median_draw
from uncounted.estimation.estimator import Capabilities, fit_pooled
from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.face import fit_on_face
from uncounted.estimation.kernels.hierarchy import model_name, parse_model, subset_sizes
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.profile import profile_interval
from uncounted.estimation.law import Law, lognormal_law, mixture_law
from uncounted.estimation.model_search import KEEP_WITHIN, Criterion, ModelSearch, ModelTable, weights_from
from uncounted.estimation.result import Assumption, Estimate, Fit, Interval

REJECTED_BELOW = 0.01  # a model whose goodness of fit has a smaller p does not describe the counts
NAMED_LISTS = 9  # names have one digit per list
NO_TOP_INTERACTION = "no interaction of all lists at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedModel:
    """One log-linear model, by its generators such as "[12,3]"; without a name, independence of all lists."""

    model: str = ""

    @property
    def id(self) -> str:
        """Stable id: "loglinear:[12,3]" or "loglinear-independence"."""
        return f"loglinear:{self.model}" if self.model else "loglinear-independence"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return f"Log-linear model {self.model}" if self.model else "All lists independent"

    @property
    def capabilities(self) -> Capabilities:
        """Two lists or more; a name reaches up to nine."""
        return Capabilities(model_based=True, max_lists=NAMED_LISTS if self.model else 16)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what the model says about the people on no list."""
        words = (
            f"The lists depend on each other as model {self.model} says, for the people on no list as for the others "
            f"({NO_TOP_INTERACTION})."
            if self.model
            else "Being on one list makes nobody likelier or less likely to be on any other."
        )
        return Assumption(id=self.id, words=words, lists=lists)

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total from this model.

        Raises
        ------
        NotEstimable
            If its estimate does not exist or is not unique on a stratum or linkage draw.
        ProjectError
            If the name cannot be read for these lists.
        """
        if self.model:
            _parse(self.model, table.n_lists)
        alone = table.n_draws == 1 and table.n_strata == 1

        def solve(counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
            return self._solve(counts, lists, n_lists=table.n_lists, profile_level=level if alone else None)

        return fit_pooled(self, table, solve, level=level, seed=seed)

    def _solve(
        self, counts: NDArray[np.int64], lists: tuple[str, ...], *, n_lists: int, profile_level: float | None
    ) -> Law:
        if len(lists) < 2:
            raise NotEstimable("a model needs two lists with people on them.", code="E05")
        if self.model and len(lists) != n_lists:
            raise NotEstimable(
                f"model {self.model} is about {n_lists} lists, and only {len(lists)} of them cover and hold anybody "
                "here.",
                do="Name a model of the lists that are there, or average over models.",
                code="E14",
            )
        model = _parse(self.model, n_lists) if self.model else subset_sizes(len(lists)) <= 1
        existence = check_existence(counts > 0, model[None])
        fits = fit_models(counts, model[None], existence=existence)
        name = self.model or "independence"
        if fits.code[0] == 1 and existence.n0_estimable[0]:
            return _law_on_face(counts, model, name)
        if fits.code[0] != 0 or not fits.converged[0]:
            why = {1: "does not exist", 2: "is not unique", 3: "neither exists nor is unique"}
            raise NotEstimable(
                f"the estimate of model {name} {why.get(int(fits.code[0]), 'was not reached')}: cells that it needs "
                "are empty.",
                do="Choose a smaller model, or merge lists of the same kind.",
                code="E08",
            )
        fit = Fit(
            model=name,
            deviance=float(fits.deviance[0]),
            df=int(fits.df[0]),
            pearson=float(fits.pearson[0]),
            p_value=_p_value(float(fits.deviance[0]), int(fits.df[0])),
            aic=float(fits.aic[0]),
            bic=float(fits.bic[0]),
            standard_error=float(fits.standard_error[0]),
        )
        return lognormal_law(
            n_listed=int(counts.sum()),
            n_unlisted=float(fits.n_unlisted[0]),
            standard_error=float(fits.standard_error[0]),
            fit=fit,
            other_intervals=_profile(counts, model, profile_level),
        )


def _law_on_face(counts: NDArray[np.int64], model: NDArray[np.bool_], name: str) -> Law:
    """Return the law of a model without an estimate whose number on no list has a limit all the same.

    Some fitted cells run to zero and some parameters to infinity, but not the one that projects to the unlisted: the
    limit is the fit to the cells that stay.
    """
    face = fit_on_face(counts, model)
    if face.status != "ok":
        raise NotEstimable(
            f"the estimate of model {name} does not exist: cells that it needs are empty.",
            do="Choose a smaller model, or merge lists of the same kind.",
            code="E08",
        )
    return lognormal_law(
        n_listed=int(counts.sum()),
        n_unlisted=face.n_unlisted,
        standard_error=face.standard_error,
        fit=Fit(
            model=name,
            deviance=face.deviance,
            df=face.df,
            p_value=_p_value(face.deviance, face.df),
            standard_error=face.standard_error,
            status=f"limit, {face.n_emptied} more cells at zero",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BestModel:
    """The model with the smallest BIC (or AIC) among those whose estimate exists.

    Its interval takes the model as given, so it is too narrow when several models fit about equally well: on data like
    the United Kingdom's, nominal 95 % intervals of a chosen model held 61 % (Silverman, Chan, Vincent 2024). It is
    shown because it is what most publications print; the average is the default.
    """

    criterion: Criterion = "bic"

    @property
    def id(self) -> str:
        """Stable id."""
        return "loglinear-best"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return f"Best log-linear model by {self.criterion.upper()}"

    @property
    def capabilities(self) -> Capabilities:
        """Two to six lists."""
        return Capabilities(model_based=True, max_lists=6)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what choosing a model by its fit to the recorded people takes for granted."""
        return Assumption(
            id=self.id,
            words="The one model that describes the recorded people best also holds for the people on no list "
            f"({NO_TOP_INTERACTION}), and it was known before looking.",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:
        """Estimate the total from the best model of each stratum and linkage draw.

        Raises
        ------
        NotEstimable
            If no model has an estimate, or there are too many lists.
        """
        models = _ready(table, search, self.criterion)
        alone = table.n_draws == 1 and table.n_strata == 1

        def solve(counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
            found = _some_admissible(models, counts, lists)
            best = int(np.argmin(found.criterion(self.criterion)))
            return lognormal_law(
                n_listed=found.n_listed,
                n_unlisted=float(found.n_unlisted[best]),
                standard_error=float(found.standard_error[best]),
                fit=fit_of(found, best),
                other_intervals=_profile(counts, found.models[best], level if alone else None),
            )

        return fit_pooled(self, table, solve, level=level, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAverage:
    """All models that exist and fit, weighted by exp(-BIC/2): a mixture of their log-normals.

    So the interval holds the choice of model as well as the sampling error. The weights approximate posterior
    probabilities under a unit-information prior, equal for all models; the point is the median of the mixture, which
    one far-off model of small weight cannot carry away as it would a mean.

    References
    ----------
    Buckland, Burnham, Augustin (1997), Biometrics 53:603; Hook, Regal (1997), Am. J. Epidemiol. 145:1138.
    """

    criterion: Criterion = "bic"

    @property
    def id(self) -> str:
        """Stable id."""
        return "loglinear-average"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "Average of the log-linear models that fit"

    @property
    def capabilities(self) -> Capabilities:
        """Two to six lists."""
        return Capabilities(model_based=True, max_lists=6)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what all hierarchical models have in common."""
        return Assumption(
            id=self.id,
            words="What ties the lists together among the people recorded, as the models that fit describe it, also "
            f"holds for the people on no list ({NO_TOP_INTERACTION}).",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:
        """Estimate the total from all models that fit, in each stratum and linkage draw.

        Raises
        ------
        NotEstimable
            If no model has an estimate, none fits (p above .01), or there are too many lists.
        """
        models = _ready(table, search, self.criterion)

        def solve(counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
            found = _some_admissible(models, counts, lists)
            fitting = found.fitting(REJECTED_BELOW)
            if not fitting.any():
                raise NotEstimable(
                    f"none of {int(found.admissible.sum()):,} models describes the counts (goodness of fit p above "
                    f"{REJECTED_BELOW:g}).",
                    do="Split the table by what makes people differ (year, place), or use a lower bound.",
                    code="E09",
                )
            values = np.where(fitting, found.criterion(self.criterion), np.inf)
            kept = np.flatnonzero(values <= values.min() + KEEP_WITHIN)
            best = int(np.argmin(values))
            return mixture_law(
                n_listed=found.n_listed,
                weights=weights_from(values[kept]),
                n_unlisted=found.n_unlisted[kept],
                standard_errors=found.standard_error[kept],
                fit=_average_fit(found, best, len(kept)),
            )

        return fit_pooled(self, table, solve, level=level, seed=seed)


def _ready(table: CaptureTable, search: ModelSearch | None, criterion: Criterion) -> ModelSearch:
    """Return the search with all linkage draws fitted in batches."""
    models = search if search is not None else ModelSearch(criterion=criterion)
    if table.n_draws > 1:
        middle = median_draw(table)
        for cells in cells_by_stratum(table):
            models.prefit(cells, middle)
    return models


def _some_admissible(search: ModelSearch, counts: NDArray[np.int64], lists: tuple[str, ...]) -> ModelTable:
    found = search.table(counts, lists)
    if not found.admissible.any():
        raise NotEstimable(
            f"none of {len(found.models):,} models has a finite estimate: cells that they need are empty.",
            do="Look for missed links, or merge lists of the same kind.",
            code="E07",
        )
    return found


def fit_of(found: ModelTable, best: int) -> Fit:
    """Return how one model of a table fitted."""
    return Fit(
        model=model_name(found.models[best], len(found.lists)),
        n_models=len(found.models),
        n_admissible=int(found.admissible.sum()),
        deviance=float(found.deviance[best]),
        df=int(found.df[best]),
        pearson=float(found.pearson[best]),
        p_value=float(found.p_value[best]),
        aic=float(found.aic[best]),
        bic=float(found.bic[best]),
        standard_error=float(found.standard_error[best]),
    )


def _average_fit(found: ModelTable, best: int, n_kept: int) -> Fit:
    """Return the fit of an average: the best member's goodness of fit under the average's name."""
    return Fit(
        model=f"average of {n_kept:,} models",
        n_models=len(found.models),
        n_admissible=int(found.admissible.sum()),
        p_value=float(found.p_value[best]),
    )


def _profile(counts: NDArray[np.int64], model: NDArray[np.bool_], level: float | None) -> tuple[Interval, ...]:
    if level is None:
        return ()
    profile = profile_interval(counts, model, level=level)
    if not np.isfinite(profile.low):
        return ()
    return (Interval(low=float(profile.low), high=float(profile.high), level=level, method="profile likelihood"),)


def _p_value(deviance: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, max(deviance, 0.0))) if df > 0 else float("nan")


def _parse(text: str, n_lists: int) -> NDArray[np.bool_]:
    try:
        return parse_model(text, n_lists)
    except ValueError as error:
        raise ProjectError(
            f"'loglinear:{text}' is not a model of {n_lists} lists: {error}.",
            do="Number the lists from 1 and write each highest interaction once, e.g. loglinear:[12,3].",
            code="E23",
        ) from error
