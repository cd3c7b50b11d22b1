"""Strata estimated together: effects of lists and of pairs that are alike in all strata, but not equal."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.cells import median_draw, middle_listed
from uncounted.estimation.estimator import Capabilities
from uncounted.estimation.kernels.whitening import Effort
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import (
    Assumption,
    Check,
    Estimate,
    Fit,
    Interval,
    SensitivityPoint,
    Verdict,
)
from uncounted.estimation.sensitivity import ODDS_RATIOS, Curve
from uncounted.estimation.strata_sampling import (
    FEWEST_LISTED,
    FEWEST_LISTS,
    MOST_LISTS,
    LinkageDraw,
    describe_sampling,
    least_converged,
    sample_each,
    strata_alone,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_LINKAGE_DRAWS = 20
MOST_DRAWS = 40_000
CEILING = 1_000.0  # an estimate above this many times the people listed is the algebra of an empty cell


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumRow:
    """One stratum's total, pooled with the others and by itself.

    Attributes
    ----------
    stratum : str
        Its label.
    n_listed : int
        People listed (middle linkage draw).
    median, low, high : float
        Of the total, strata together.
    alone_median, alone_low, alone_high : float
        Of the total by the same model on this stratum alone (middle linkage draw); NaN where nobody is on two lists.
    own_effects : bool
        Whether its counts were used; if not it follows the other strata.
    """

    stratum: str
    n_listed: int
    median: float
    low: float
    high: float
    alone_median: float
    alone_low: float
    alone_high: float
    own_effects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchical:
    """Partial pooling: each stratum borrows from the others what its own counts do not say.

    The log-linear effects of lists and of pairs of lists vary between strata around common values, with standard
    deviations that the strata themselves tell (half-normal(.5) beforehand). A stratum with many people keeps its own
    numbers; a small one leans on the others. Strata with fewer than 30 people listed, or nobody on two lists, do not
    take part: their dark figure is drawn from what the others say about a stratum like them.

    Only lists that cover a stratum have effects there. At most 20 linkage draws are sampled, evenly spaced by the
    number of people they list. Show the result beside the unpooled one (`by_stratum`): in simulations of mixed against
    fixed effects the gain in mean squared error was small (Hammond, Smith, van der Heijden 2025).

    Attributes
    ----------
    effort : Effort
        Chains and iterations for each linkage draw.

    References
    ----------
    Hammond, Smith, van der Heijden (2025), arXiv 2505.01359.
    """

    effort: Effort = field(default_factory=lambda: Effort(n_steps=8, most=8))

    @property
    def id(self) -> str:
        """Stable id."""
        return "hierarchical"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "Strata pooled in part"

    @property
    def capabilities(self) -> Capabilities:
        """Three to six lists."""
        return Capabilities(min_lists=FEWEST_LISTS, max_lists=MOST_LISTS)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what pooling and the missing higher interactions take for granted."""
        return Assumption(
            id=self.id,
            words="Lists are tied together in pairs alone, for the people on no list as for the others, and much alike "
            "in all strata.",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total over all strata.

        Parameters
        ----------
        table : CaptureTable
            At least three strata with 30 people and an overlap, and three lists.
        level, seed
            Interval level; seed of the draws.
        search : ModelSearch or None
            Not used.

        Returns
        -------
        Estimate
            The median and quantiles of draws pooled over linkage draws.

        Raises
        ------
        NotEstimable
            E26 with fewer than three strata that can be pooled, E05 or E06 with too few or too many lists, E27 where
            no list covers a stratum with people, E10 for an estimate of more than a thousand times the people listed.
        """
        chosen = _linkage_draws(table)
        found = sample_each(table, chosen, self.effort, seed=seed)
        n_each = min(*(one.unlisted.shape[1] for one in found), MOST_DRAWS // len(found))
        projected = np.stack([_evenly(one.unlisted.sum(axis=0), n_each) for one in found])
        listed = table.n_listed
        curve = Curve(
            listed=listed[chosen].astype(np.float64),
            projected=projected[None],
            shift=np.zeros((1, len(chosen))),
        )
        return self._estimate(table, curve, found, listed, level=level, seed=seed)

    def by_stratum(self, table: CaptureTable, *, level: float, seed: int) -> tuple[StratumRow, ...]:
        """Return each stratum's total, pooled and by itself, in the order of the table.

        Parameters
        ----------
        table : CaptureTable
            As for `fit`.
        level, seed
            Interval level; seed of the draws.

        Returns
        -------
        tuple of StratumRow
            Pooled numbers over all linkage draws sampled, the others of the middle one.

        Raises
        ------
        NotEstimable
            As `fit`.
        """
        chosen = _linkage_draws(table)
        found = sample_each(table, chosen, self.effort, seed=seed)
        middle = median_draw(table)
        tail = (1 - level) / 2
        alone = strata_alone(table, middle, self.effort, level=level, seed=seed)
        rows = []
        for s, label in enumerate(table.strata):
            totals = [float(table.counts[d, s].sum()) + one.unlisted[s] for d, one in zip(chosen, found, strict=True)]
            n_each = min(len(x) for x in totals)
            low, half, high = np.quantile(np.concatenate([_evenly(x, n_each) for x in totals]), [tail, 0.5, 1 - tail])
            rows.append(
                StratumRow(
                    stratum=label,
                    n_listed=int(table.counts[middle, s].sum()),
                    median=float(half),
                    low=float(low),
                    high=float(high),
                    alone_low=float(alone[s, 0]),
                    alone_median=float(alone[s, 1]),
                    alone_high=float(alone[s, 2]),
                    own_effects=bool(all(one.own[s] for one in found)),
                )
            )
        return tuple(rows)

    def _estimate(
        self, table: CaptureTable, curve: Curve, found: list[LinkageDraw], listed: IntArray, *, level: float, seed: int
    ) -> Estimate:
        tail = (1 - level) / 2
        n, most = middle_listed(listed), CEILING * max(middle_listed(listed), 1)
        unlisted, draws = curve.unlisted(1.0).ravel(), curve.totals(1.0)
        n0_low, n0, n0_high = (float(x) for x in np.quantile(unlisted, [tail, 0.5, 1 - tail]))
        low, total, high = (float(x) for x in np.quantile(draws, [tail, 0.5, 1 - tail]))
        if total > most:
            raise NotEstimable(
                f"the estimate is more than {CEILING:,.0f} times the {n:,} people documented: not estimable.",
                do="Look for missed links between the lists, or use a lower bound.",
                code="E10",
            )
        points = []
        for omega in ODDS_RATIOS:
            at = np.quantile(curve.totals(omega), [tail, 0.5, 1 - tail])
            points.append(
                SensitivityPoint(
                    odds_ratio=omega, n_total=float(at[1]), low=float(at[0]), high=_bounded(float(at[2]), most)
                )
            )
        draws.setflags(write=False)
        method = "quantiles of draws of all strata together"
        sampling = describe_sampling(least_converged(found), self.effort, level=level, seed=seed)
        bounded = high <= most
        return Estimate(
            estimator=self.id,
            label=self.label,
            lists=table.lists,
            n_listed=n,
            n_listed_range=(int(listed.min()), int(listed.max())),
            assumption=self.assumption(table.lists),
            n_unlisted=n0,
            n_unlisted_interval=Interval(low=n0_low, high=_bounded(n0_high, most), level=level, method=method),
            n_total=total,
            n_total_interval=Interval(low=low, high=_bounded(high, most), level=level, method=method),
            draws=draws,
            fit=Fit(
                model="pairs of lists, pooled over strata",
                standard_error=float(draws.std()),
                status="converged" if sampling.converged else "not converged",
                sampling=sampling,
            ),
            checks=_followers(table, found),
            verdict=Verdict(
                level="estimate" if bounded else "lower bound only",
                sentences=() if bounded else ("There is no finite upper limit.",),
            ),
            sensitivity=tuple(points),
            curve=curve,
        )


def _bounded(value: float, most: float) -> float:
    return value if value <= most else float("inf")


def _evenly(draws: FloatArray, n: int) -> FloatArray:
    """Return n quantiles of draws, evenly spaced: the same distribution in as many numbers for each linkage draw."""
    return np.asarray(np.quantile(draws, (np.arange(n) + 0.5) / n), dtype=np.float64)


def _linkage_draws(table: CaptureTable) -> IntArray:
    """Return the linkage draws to sample: all up to 20, then evenly spaced by the number of people listed."""
    totals = table.n_listed
    order = sorted(range(table.n_draws), key=lambda d: (int(totals[d]), sorted(r.tobytes() for r in table.counts[d])))
    if len(order) > MOST_LINKAGE_DRAWS:
        order = [order[round(i)] for i in np.linspace(0, len(order) - 1, MOST_LINKAGE_DRAWS)]
    return np.asarray(order, dtype=np.int64)


def _followers(table: CaptureTable, found: list[LinkageDraw]) -> tuple[Check, ...]:
    """Say which strata follow the others."""
    follows = [label for s, label in enumerate(table.strata) if not all(one.own[s] for one in found)]
    if not follows:
        return ()
    names = ", ".join(f"'{label}'" for label in sorted(follows))
    return (
        Check(
            code="R3",
            name="strata that follow the others",
            status="info",
            sentence=f"Fewer than {FEWEST_LISTED} people are listed, or nobody is on two lists, in {names}; their dark "
            "figure is what the other strata say about a stratum like them.",
        ),
    )
