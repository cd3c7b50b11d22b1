"""Average over all decomposable graphs of the lists, exact, with the prior's weight always in sight."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.cells import canonical_order, cells_by_stratum, drop_empty_lists, reordered
from uncounted.estimation.estimator import Capabilities, fit_pooled, without_overlap
from uncounted.estimation.kernels.chordal import MOST_LISTS, clique_coefficients, graph_as_model
from uncounted.estimation.kernels.decomposable import GraphAverage, average_over_graphs
from uncounted.estimation.kernels.hierarchy import model_words
from uncounted.estimation.kernels.list_order import model_in_table_order
from uncounted.estimation.law import Law, drawn_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import Assumption, Check, Estimate, Fit, Interval, Sampling

N_POINTS = 4_001  # quantiles that stand for the posterior, at equal steps of probability
NEIGHBOURS = (0.25, 4.0)  # times the prior's imagined people
HEAVY_PRIOR = 4.0  # imagined people in all beyond which the prior is warned of
SHOWN_GRAPHS = 5
COMPLETE_SHARE = 0.1  # probability of the complete graph from which on it is warned of


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposable:
    """Average over all decomposable graphs of two to seven lists, each as probable as any other beforehand.

    The prior imagines `delta` people in every cell of the table, the cell of the unlisted among them, and that is all
    that is known beforehand about the total: so the same average with a quarter and four times as many is always
    computed, and stands in `other_intervals`; the larger move of the median is `fit.sampling.prior_shift`.

    Attributes
    ----------
    delta : float or None
        Imagined people per cell; None is one person spread over all cells, 2**-J each.

    References
    ----------
    Madigan, York (1997), Biometrika 84:19.
    """

    delta: float | None = None

    def __post_init__(self) -> None:
        if self.delta is not None and not (math.isfinite(self.delta) and self.delta > 0):
            raise ProjectError(
                f"delta is the number of imagined people per cell and must be above 0; found {self.delta}.",
                do="Leave it out to spread one person over all cells.",
                code="E22",
            )

    @property
    def id(self) -> str:
        """Stable id."""
        return "decomposable"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "Average of the decomposable graphs"

    @property
    def capabilities(self) -> Capabilities:
        """Two to seven lists."""
        return Capabilities(max_lists=MOST_LISTS)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what all decomposable graphs have in common, and what the complete one rests on."""
        return Assumption(
            id=self.id,
            words="Once it is known who is on some of the lists, being on the others is unrelated, for the people on "
            "no list as for the rest; and before looking, the people on no list were expected to be as many as those "
            "of any other capture pattern.",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total, and again under the two neighbouring priors.

        Raises
        ------
        NotEstimable
            With more than seven lists (in a stratum), or fewer than two that hold anybody.
        """
        averages: list[_Average] = []
        found = self._pooled(table, 1.0, level=level, seed=seed, kept=averages)
        others = [self._neighbour(table, factor, found, level=level, seed=seed) for factor in NEIGHBOURS]
        moves = [abs(median - _total(found)) / _total(found) for _, median in others]
        sampling = Sampling(
            converged=True, r_hat=1.0, ess=float(N_POINTS), n_chains=1, n_draws=N_POINTS, prior_shift=max(moves)
        )
        fit = None if found.fit is None else replace(found.fit, sampling=sampling)
        checks = (*found.checks, *self._weight_check(table), *_graphs_check(averages))
        intervals = tuple(interval for interval, _ in others)
        return replace(found, fit=fit, other_intervals=(*found.other_intervals, *intervals), checks=checks)

    def _pooled(
        self, table: CaptureTable, factor: float, *, level: float, seed: int, kept: list[_Average] | None = None
    ) -> Estimate:
        """Return the estimate with `factor` times the imagined people; keep the average of a single table."""
        alone = kept is not None and table.n_draws == 1 and table.n_strata == 1

        def solve(counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
            found = self._average(counts, lists, factor, graphs=alone)
            average = found.posterior
            if kept is not None and alone:
                kept.append(found)
            # Points 0 and 1 of the scale are moved inwards by a quarter of a step; all others are quantiles as named.
            p = np.arange(N_POINTS) / (N_POINTS - 1)
            p[0], p[-1] = 0.25 / (N_POINTS - 1), 1 - 0.25 / (N_POINTS - 1)
            return drawn_law(
                n_listed=average.n_listed,
                draws=average.quantile(p),
                fit=Fit(
                    model=f"average of {average.n_graphs:,} decomposable graphs",
                    n_models=average.n_graphs,
                    n_admissible=average.n_graphs,
                ),
            )

        found = fit_pooled(self, table, solve, level=level, seed=seed)
        return found if table.n_draws > 1 or table.n_strata > 1 else _named_exact(found)

    def _average(self, counts: NDArray[np.int64], lists: tuple[str, ...], factor: float, *, graphs: bool) -> _Average:
        """Return the posterior, computed on the table with its lists in an order that depends on the counts alone."""
        if len(lists) < 2:
            raise NotEstimable("a graph needs two lists with people on them.", code="E05")
        if len(lists) > MOST_LISTS:
            raise NotEstimable(
                f"{len(lists)} lists have too many decomposable graphs to compute them all (eight lists: 30,888,596); "
                f"up to {MOST_LISTS} are done.",
                do="Merge lists of the same kind, or use loglinear-stepwise.",
                code="E31",
            )
        refusal = without_overlap(counts, len(lists))
        if refusal is not None:
            raise refusal
        order = canonical_order(counts, len(lists))
        each = factor * _delta(self.delta, len(lists))
        posterior = average_over_graphs(reordered(counts, order), delta=each, probabilities=graphs)
        return _Average(posterior=posterior, lists=lists, order=order)

    def _neighbour(
        self, table: CaptureTable, factor: float, found: Estimate, *, level: float, seed: int
    ) -> tuple[Interval, float]:
        """Return interval and median under another prior; without limit where that prior leaves the total open."""
        method = f"decomposable graphs, δ = {self._delta_words(table, factor)}"
        try:
            other = self._pooled(table, factor, level=level, seed=seed)
        except NotEstimable as error:
            if error.code != "E10":
                raise
            return Interval(low=float(found.n_listed), high=math.inf, level=level, method=method), math.inf
        if other.n_total_interval is None:
            raise AssertionError("an estimate without an interval")
        return replace(other.n_total_interval, method=method), _total(other)

    def _delta_words(self, table: CaptureTable, factor: float) -> str:
        """Return the imagined people per cell as a fraction; for strata of different lists, in their powers of 2."""
        sizes = {len(lists) for _, lists in _stratum_cells(table)}
        if self.delta is None and len(sizes) > 1:
            return f"{Fraction(factor)} · 2^−J in a stratum of J lists"
        value = factor * _delta(self.delta, max(sizes))
        as_fraction = Fraction(value).limit_denominator(4096)
        return str(as_fraction) if math.isclose(float(as_fraction), value, rel_tol=1e-12) else f"{value:g}"

    def _weight_check(self, table: CaptureTable) -> tuple[Check, ...]:
        """Warn where the prior imagines so many people that it, and not the data, makes the total."""
        if self.delta is None:
            return ()
        most = max(self.delta * 2 ** len(lists) for _, lists in _stratum_cells(table))
        if most <= HEAVY_PRIOR:
            return ()
        return (
            Check(
                code="E30",
                name="weight of the prior",
                status="warn",
                sentence=f"With {self.delta:g} imagined people in each cell, {most:,.0f} in all, the prior says that "
                "the people on no list are as few as those in any other cell; it can make the total several times "
                "too small.",
                evidence=(("imagined people in all", f"{most:,.6g}"),),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Average:
    """A posterior, the lists of its table, and the positions in which they stood when it was computed."""

    posterior: GraphAverage
    lists: tuple[str, ...]
    order: tuple[int, ...]

    def graph_words(self, graph: int) -> str:
        """Return a graph by its cliques, with the lists in the order of the table."""
        computed = graph_as_model(clique_coefficients(len(self.lists))[graph])
        return model_words(model_in_table_order(computed, self.order), self.lists)


def _graphs_check(averages: list[_Average]) -> tuple[Check, ...]:
    """Say which graphs carry the average of a single table."""
    if not averages or averages[0].posterior.graph_probability is None:
        return ()
    average = averages[0]
    shares = averages[0].posterior.graph_probability
    top = np.argsort(-shares, kind="stable")[:SHOWN_GRAPHS]
    evidence = tuple((average.graph_words(int(g)), f"{shares[g]:.3f}") for g in top)
    complete = float(shares[clique_coefficients(len(average.lists))[:, -1] == 1].sum())
    return (
        *_complete_check(complete),
        Check(
            code="E32",
            name="most probable graphs",
            status="info",
            sentence=f"Of {average.posterior.n_graphs:,} graphs, the most probable one ({evidence[0][0]}) has "
            f"probability {evidence[0][1]}.",
            evidence=evidence,
        ),
    )


def _complete_check(share: float) -> tuple[Check, ...]:
    """Warn where the graph that assumes nothing carries much of the average: it learns nothing about the unlisted."""
    if share <= COMPLETE_SHARE:
        return ()
    return (
        Check(
            code="E34",
            name="weight of the complete graph",
            status="warn",
            sentence=f"The graph in which all lists depend on each other has probability {share:.2f}. It assumes "
            "nothing, so under it the number of people on no list is what the prior says, whatever the counts.",
            evidence=(("probability of the complete graph", f"{share:.3f}"),),
        ),
    )


def _named_exact(found: Estimate) -> Estimate:
    """Return an estimate whose intervals say what they are quantiles of."""
    method = "quantiles of the exact posterior"
    unlisted, total = found.n_unlisted_interval, found.n_total_interval
    if unlisted is None or total is None:
        raise AssertionError("an estimate without an interval")
    return replace(
        found,
        n_unlisted_interval=replace(unlisted, method=method),
        n_total_interval=replace(total, method=method),
    )


def _delta(delta: float | None, n_lists: int) -> float:
    return 2.0**-n_lists if delta is None else delta


def _stratum_cells(table: CaptureTable) -> list[tuple[NDArray[np.int64], tuple[str, ...]]]:
    """Return counts of the first draw and lists that hold anybody, per stratum."""
    return [drop_empty_lists(cells.counts[0], cells.lists) for cells in cells_by_stratum(table)]


def _total(estimate: Estimate) -> float:
    if estimate.n_total is None:
        raise AssertionError("an estimate without a total")
    return estimate.n_total
