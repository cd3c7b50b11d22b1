"""Log-linear models for lists that do not cover every stratum: a late list, a regional list.

All other estimators treat each stratum by itself and see there only the lists that cover it; a stratum that one list
alone covers is then refused. This one fits all strata together. What the lists of one stratum say about their
dependence, and about how often a list reaches people, holds for the strata where a list is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.cells import canonical_order, drop_empty_lists, median_draw, reordered
from uncounted.estimation.estimator import Capabilities, fit_pooled
from uncounted.estimation.kernels.hierarchy import hierarchical_models
from uncounted.estimation.kernels.partial_coverage import CoverageFits, fit_coverage
from uncounted.estimation.law import Law, LogNormals, mixture_law
from uncounted.estimation.model_search import KEEP_MODELS, KEEP_WITHIN, Criterion, ModelSearch, weights_from
from uncounted.estimation.result import Assumption, Estimate, Fit, Interval

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MOST_LISTS = 5  # pairs of five lists, with and without varying reach: 2,048 models
REJECTED_BELOW = 0.01  # a model whose goodness of fit has a smaller p does not describe the counts


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumTotal:
    """What the joint models say about one stratum (in the middle linkage draw)."""

    stratum: str
    lists: tuple[str, ...]
    n_listed: int
    n_total: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCoverage:
    """Average of log-linear models over strata with common dependence of the lists.

    The models are all sets of interactions of two lists, each with a reach of the lists that is the same in every
    stratum or free to vary. They are averaged with weights exp(-BIC/2), not searched for the best: whether the reach
    varies, and which lists depend on each other, decides how a stratum with a missing list is filled in, and the
    interval of a single chosen model would hide that doubt.

    References
    ----------
    Zwane, van der Pal-de Bruin, van der Heijden (2004), Statistics in Medicine 23:2267.
    """

    criterion: Criterion = "bic"

    @property
    def id(self) -> str:
        """Stable id."""
        return "loglinear-coverage"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "All strata together, lists with gaps"

    @property
    def capabilities(self) -> Capabilities:
        """Two to five lists; N(omega) does not hold, because a missing list has no cell of its own."""
        return Capabilities(model_based=True, max_lists=MOST_LISTS, has_odds_ratio=False)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what the strata with all lists lend to those without."""
        return Assumption(
            id=self.id,
            words="The lists depend on each other in the same way in every stratum, and where a list was not at work "
            "it would have reached people as it does in the strata where it was; so a stratum that one list alone "
            "covers is estimated from what the others show. No three lists act together beyond their pairs, and lists "
            "that were nowhere at work together are taken as independent.",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total over all strata from one set of models.

        Raises
        ------
        NotEstimable
            If every list covers every stratum (E50), a stratum is covered by no list (E51) or holds nobody (E12), there
            are more than five lists (E06), no model has an estimate (E07) or describes the counts (E09).
        """
        laws: dict[tuple[bytes, tuple[str, ...]], Law] = {}

        def solve(counts: IntArray, lists: tuple[str, ...]) -> Law:
            if not laws:  # all draws at once, after the general checks
                laws.update(self._laws(table))
            return laws[counts.tobytes(), lists]

        # The strata share their parameters, so that their sum has one law; to the pooling the table is one stratum.
        return fit_pooled(self, table.total(), solve, level=level, seed=seed)

    def totals_by_stratum(self, table: CaptureTable, *, level: float) -> tuple[StratumTotal, ...]:
        """Return the total of each stratum in the middle linkage draw, in the order of the table.

        The strata are not independent of each other: intervals do not add up.

        Raises
        ------
        NotEstimable
            See `fit`.
        """
        checked = _checked(table)
        found = self._search(checked, median_draw(table))
        tail = (1 - level) / 2
        rows = []
        for s, label in enumerate(checked.strata):
            n = int(checked.counts[found.draw, s].sum())
            law = found.law(found.fits.stratum_unlisted[:, s], found.fits.stratum_error[:, s], n, Fit(model=""))
            limits = Interval(
                low=n + law.quantile(tail), high=n + law.quantile(1 - tail), level=level, method="log-normal mixture"
            )
            lists = tuple(x for x, c in zip(checked.lists, checked.coverage[s], strict=True) if c)
            rows.append(StratumTotal(stratum=label, lists=lists, n_listed=n, n_total=n + law.median, interval=limits))
        return tuple(sorted(rows, key=lambda row: table.strata.index(row.stratum)))

    def _laws(self, table: CaptureTable) -> dict[tuple[bytes, tuple[str, ...]], Law]:
        """Return the law of the total per added-up count vector.

        Draws that differ by stratum and agree in the sum share an equal mixture of their laws: drawn from it, they
        give together what they give one by one.
        """
        checked = _checked(table)
        middle = median_draw(table)
        kept = self._search(checked, middle).worth_refitting()
        known: dict[bytes, LogNormals] = {}
        shared: dict[tuple[bytes, tuple[str, ...]], list[LogNormals]] = {}
        for d in range(table.n_draws):
            key = checked.counts[d].tobytes()
            if key not in known:
                found = self._search(checked, d, None if d == middle else kept)
                n = int(checked.counts[d].sum())
                known[key] = found.law(found.fits.n_unlisted, found.fits.standard_error, n, found.fit)
            counts, lists = drop_empty_lists(table.counts[d].sum(axis=0), table.lists)
            shared.setdefault((counts.tobytes(), lists), []).append(known[key])
        return {key: _equal_mixture(laws) for key, laws in shared.items()}

    def _search(self, table: CaptureTable, draw: int, kept: _Models | None = None) -> _Found:
        """Fit the models to one draw, its strata in an order that depends on nothing but the counts."""
        models = kept if kept is not None else _all_models(table)
        counts = table.counts[draw]
        order = sorted(range(table.n_strata), key=lambda s: (table.coverage[s].tobytes(), counts[s].tobytes()))
        fits = fit_coverage(counts[order], table.coverage[order], models.interactions, models.varying)
        back = np.argsort(order)
        fits = replace(fits, stratum_unlisted=fits.stratum_unlisted[:, back], stratum_error=fits.stratum_error[:, back])
        return _found(fits, models, draw, self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Models:
    """Interactions of each model, (B, 2**J), and whether its reach varies, (B,)."""

    interactions: NDArray[np.bool_]
    varying: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Fits to one draw, the models that fit and stay in the average, and their weights."""

    draw: int
    models: _Models
    fits: CoverageFits
    values: FloatArray  # (B,): BIC or AIC, inf where the model has no estimate
    kept: NDArray[np.intp]
    weights: FloatArray
    fit: Fit

    def law(self, n_unlisted: FloatArray, standard_errors: FloatArray, n_listed: int, fit: Fit) -> LogNormals:
        """Return the mixture of the models in the average for one of their numbers."""
        return mixture_law(
            n_listed=n_listed,
            weights=self.weights,
            n_unlisted=n_unlisted[self.kept],
            standard_errors=standard_errors[self.kept],
            fit=fit,
        )

    def worth_refitting(self) -> _Models:
        """Return the models that could matter in other linkage draws (as for single strata)."""
        if len(self.values) <= KEEP_MODELS:
            return self.models
        order = np.argsort(self.values, kind="stable")[:KEEP_MODELS]
        rows = np.sort(order[self.values[order] <= self.values[order[0]] + KEEP_WITHIN])
        return _Models(interactions=self.models.interactions[rows], varying=self.models.varying[rows])


def _checked(table: CaptureTable) -> CaptureTable:
    """Return the table without lists that hold nobody, its lists in canonical order; refuse what cannot be fitted."""
    for s, label in enumerate(table.strata):
        if not table.coverage[s].any():
            raise NotEstimable(
                "no list could have recorded its people, so that nothing is known of them.",
                where=f"stratum '{label}'",
                do="Take the stratum out of the population, or add a list that covers it.",
                code="E51",
            )
        if not table.counts[:, s].any(axis=1).all():
            raise NotEstimable(
                "nobody is listed there (in some linkage draw).",
                where=f"stratum '{label}'",
                do="Take the stratum out, or join it to a neighbour.",
                code="E12",
            )
    held = tuple(x for x, n in zip(table.lists, table.list_totals.max(axis=0), strict=True) if n > 0)
    part = table.keep_lists(held)
    if part.coverage.all():
        raise NotEstimable(
            "every list with people on it covers every stratum: there is no gap for this model to fill.",
            do="Use loglinear-average, which lets every stratum speak for itself.",
            code="E50",
        )
    if len(held) > MOST_LISTS:
        raise NotEstimable(
            f"{len(held)} lists have too many models to fit to all strata together; at most {MOST_LISTS} can be.",
            do="Merge lists of the same kind, e.g. `table.merge_lists({...})`.",
            code="E06",
        )
    for s, label in enumerate(part.strata):
        if not part.coverage[s].any():
            raise NotEstimable(
                "only lists that hold nobody cover it.",
                where=f"stratum '{label}'",
                do="Take the stratum out of the population, or add a list that covers it.",
                code="E51",
            )
    return _in_order(part, canonical_order(part.counts.sum(axis=(0, 1)), part.n_lists))


def _in_order(table: CaptureTable, order: tuple[int, ...]) -> CaptureTable:
    return replace(
        table,
        lists=tuple(table.lists[j] for j in order),
        counts=reordered(table.counts, order),
        coverage=table.coverage[:, list(order)],
    )


def _all_models(table: CaptureTable) -> _Models:
    """Return all sets of pairs, with the same reach in every stratum and, if that adds anything, a varying one."""
    pairs = hierarchical_models(table.n_lists, max_order=2)
    beside = table.coverage & (table.coverage.sum(axis=1) > 1)[:, None]
    ways = 2 if (beside.sum(axis=0) > 1).any() else 1
    return _Models(
        interactions=np.tile(pairs, (ways, 1)), varying=np.repeat([False, True], len(pairs))[: ways * len(pairs)]
    )


def _found(fits: CoverageFits, models: _Models, draw: int, criterion: Criterion) -> _Found:
    """Choose the models of the average: those with an estimate that describe the counts, near the best."""
    from scipy.special import chdtrc

    if not fits.admissible.any():
        raise NotEstimable(
            f"none of {len(fits.admissible):,} models of all strata together has a unique finite estimate: cells that "
            "they need are empty, or no two lists were at work together.",
            do="Join small strata, merge lists of the same kind, or use a lower bound.",
            code="E07",
        )
    p_values = np.where(fits.df > 0, chdtrc(np.maximum(fits.df, 1), np.nan_to_num(fits.deviance)), np.nan)
    fitting = fits.admissible & (np.isnan(p_values) | (p_values > REJECTED_BELOW))
    if not fitting.any():
        raise NotEstimable(
            f"none of {int(fits.admissible.sum()):,} models of all strata together describes the counts (goodness of "
            f"fit p above {REJECTED_BELOW:g}): the lists depend on each other in different ways in different strata.",
            do="Estimate the strata that enough lists cover by themselves, or use a lower bound.",
            code="E09",
        )
    values = np.where(fits.admissible, fits.bic if criterion == "bic" else fits.aic, np.inf)
    ranked = np.where(fitting, values, np.inf)
    kept = np.flatnonzero(ranked <= ranked.min() + KEEP_WITHIN)
    best = int(np.argmin(ranked))
    return _Found(
        draw=draw,
        models=models,
        fits=fits,
        values=values,
        kept=kept,
        weights=weights_from(values[kept]),
        fit=Fit(
            model=f"average of {len(kept):,} models of all strata together",
            n_models=len(fits.admissible),
            n_admissible=int(fits.admissible.sum()),
            p_value=float(p_values[best]),
        ),
    )


def _equal_mixture(laws: list[LogNormals]) -> LogNormals:
    """Return the mixture of laws of the same number of people, each with the same weight."""
    if all(law is laws[0] for law in laws):
        return laws[0]
    ordered = sorted(laws, key=lambda law: (law.centres.tobytes(), law.weights.tobytes()))
    spread = [np.sqrt(np.expm1(law.log_sds**2)) * law.centres for law in ordered]
    return mixture_law(
        n_listed=ordered[0].n_listed,
        weights=np.concatenate([law.weights for law in ordered]) / len(ordered),
        n_unlisted=np.concatenate([law.centres for law in ordered]),
        standard_errors=np.concatenate(spread),
        fit=ordered[0].fit,
    )
