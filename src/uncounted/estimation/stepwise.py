"""Log-linear model chosen step by step, for tables with too many lists to try all models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.cells import canonical_order, reordered
from uncounted.estimation.estimator import Capabilities, fit_pooled
from uncounted.estimation.goodness import goodness_of_fit
from uncounted.estimation.kernels.hierarchy import MAX_NAMED_LISTS, model_name, model_words
from uncounted.estimation.kernels.list_order import model_in_table_order
from uncounted.estimation.kernels.profile import profile_interval
from uncounted.estimation.kernels.stepwise import THRESHOLD, Stepwise, stepwise_search
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import Assumption, Estimate, Fit, Interval

IntArray = NDArray[np.int64]

MOST_LISTS = 16
TESTED_LISTS = 10  # goodness of fit and profile up to here: 500 tables of 2**10 patterns take 4 MB each pass
N_REPLICATES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StepwiseModel:
    """The model that a forward search over pairs of lists ends with, for any number of lists from 2 to 16.

    It looks at one path only, and its interval takes the model at the end as given. Other searches end elsewhere: on
    the five-list table of the United Kingdom this one gives 11,313 people and the smallest BIC over pairs 22,991.

    Attributes
    ----------
    threshold : float
        Pairs whose overlap has a one-sided Poisson tail below this are added.

    References
    ----------
    Chan, Silverman, Vincent (2021), JASA 116:1297.
    """

    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise ProjectError(
                f"threshold is a tail probability and must lie in [0, 1); found {self.threshold}.",
                do="Leave it out for .02.",
                code="E22",
            )

    @property
    def id(self) -> str:
        """Stable id."""
        return "loglinear-stepwise"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "Log-linear model chosen step by step"

    @property
    def capabilities(self) -> Capabilities:
        """Two to sixteen lists."""
        return Capabilities(model_based=True, max_lists=MOST_LISTS)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what a model chosen by its overlaps takes for granted."""
        return Assumption(
            id=self.id,
            words="Only the pairs of lists whose overlap stands out among the people recorded depend on each other, "
            "and they do so alike for the people on no list (no interaction of three lists or more); and the pairs "
            "were known before looking.",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total from the model chosen in each stratum and linkage draw.

        Raises
        ------
        NotEstimable
            If already the model of independent lists has no estimate, or a fit was not reached.
        """
        alone = table.n_draws == 1 and table.n_strata == 1

        def solve(counts: IntArray, lists: tuple[str, ...]) -> Law:
            return self._solve(counts, lists, level=level if alone else None)

        return fit_pooled(self, table, solve, level=level, seed=seed)

    def _solve(self, counts: IntArray, lists: tuple[str, ...], *, level: float | None) -> Law:
        if len(lists) < 2:
            raise NotEstimable("a model needs two lists with people on them.", code="E05")
        order = canonical_order(counts, len(lists))
        found = stepwise_search(reordered(counts, order), threshold=self.threshold)
        if found.status == "no estimate":
            raise NotEstimable(
                "already the model of independent lists has no estimate: no two lists share enough people to tie them "
                "together.",
                do="Look for missed links, or merge lists of the same kind.",
                code="E08",
            )
        if found.status != "ok":
            raise NotEstimable(
                "a fit on the way of the stepwise search was not reached numerically.",
                do="Name a model (loglinear:[12,3]), or merge lists of the same kind.",
                code="E33",
            )
        fits = found.fits
        tested = level is not None and len(lists) <= TESTED_LISTS
        model = model_in_table_order(found.model, order)
        fit = Fit(
            model=model_name(model, len(lists)) if len(lists) <= MAX_NAMED_LISTS else model_words(model, lists),
            n_models=1 + len(found.steps),
            n_admissible=1 + sum(step.outcome == "added" for step in found.steps),
            deviance=float(fits.deviance[0]),
            df=int(fits.df[0]),
            pearson=float(fits.pearson[0]),
            p_value=goodness_of_fit(reordered(counts, order), found.model, n_replicates=N_REPLICATES)
            if tested
            else float("nan"),
            aic=float(fits.aic[0]),
            bic=float(fits.bic[0]),
            standard_error=float(fits.standard_error[0]),
        )
        return lognormal_law(
            n_listed=int(counts.sum()),
            n_unlisted=float(fits.n_unlisted[0]),
            standard_error=float(fits.standard_error[0]),
            fit=fit,
            other_intervals=_profile(reordered(counts, order), found, level) if tested and level is not None else (),
        )


def _p_value(counts: IntArray, model: NDArray[np.bool_]) -> float:
    return goodness_of_fit(counts, model, n_replicates=N_REPLICATES)


def _profile(counts: IntArray, found: Stepwise, level: float) -> tuple[Interval, ...]:
    profile = profile_interval(counts, found.model, level=level)
    if not np.isfinite(profile.low):
        return ()
    return (Interval(low=float(profile.low), high=float(profile.high), level=level, method="profile likelihood"),)
