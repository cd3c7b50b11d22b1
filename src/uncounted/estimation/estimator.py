"""What every estimator has in common: its capabilities, and the way from a pooled fit to an `Estimate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.errors import NotEstimable, ProjectError, did_you_mean
from uncounted.estimation.cells import cells_by_stratum, middle_listed
from uncounted.estimation.kernels.pooling_rules import ENOUGH_REPLICATES
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.pooling import Pooled, Solve, pool
from uncounted.estimation.result import Assumption, Check, Estimate, Verdict, VerdictLevel

LOG_NORMAL = "log-normal on the people unlisted"
POSTERIOR = "quantiles of the posterior draws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an estimator can take and what its number is.

    Attributes
    ----------
    min_lists, max_lists : int
        Lists that must cover (and hold anybody in) every stratum.
    is_lower_bound : bool
        The number is a bound under its caveat, not an estimate.
    model_based : bool
        It rests on log-linear models, so goodness of fit (rule R13) speaks about it.
    has_odds_ratio : bool
        Its assumption is "no interaction", so that N(omega) = n + omega n0 holds.
    """

    min_lists: int = 2
    max_lists: int = 16
    is_lower_bound: bool = False
    model_based: bool = False
    has_odds_ratio: bool = True


class Estimator(Protocol):
    """A frozen dataclass of options with an id, a label, an assumption and a `fit` that leaves it untouched."""

    @property
    def id(self) -> str:
        """Stable id, which `expand` of the registry understands."""
        ...

    @property
    def label(self) -> str:
        """Short name for tables and pictures."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can take and what its number is."""
        ...

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what no data can test, in words."""
        ...

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:
        """Estimate from a table of any number of strata and draws, or raise NotEstimable."""
        ...


def fit_pooled(
    estimator: Estimator,
    table: CaptureTable,
    solve: Solve,
    *,
    level: float,
    seed: int,
    lists: tuple[str, ...] = (),
    method: str = LOG_NORMAL,
) -> Estimate:
    """Fit by `solve` in every stratum and linkage draw, pool, and say what came out.

    Parameters
    ----------
    estimator : Estimator
        Whose id, label, assumption and capabilities go into the result.
    table : CaptureTable
        What is estimated from.
    solve : callable
        One stratum and draw; see `pool`.
    level, seed
        Interval level, and seed of the pooled draws.
    lists : tuple of str
        Lists that the number rests on; empty for all.
    method : str
        What the interval of a single stratum and draw is called.

    Returns
    -------
    Estimate
        With status "estimated".

    Raises
    ------
    NotEstimable
        See `pool`; also with too few or too many lists.
    """
    can = estimator.capabilities
    _check_lists(table, can)
    pooled = pool(table, solve, level=level, seed=seed, method=method, lower_bound=can.is_lower_bound)
    checks = _partial_check(pooled) + _few_draws_check(table)
    bounded = pooled.n_total_interval.high < float("inf")
    kind: VerdictLevel = "estimate" if bounded and not can.is_lower_bound else "lower bound only"
    return Estimate(
        estimator=estimator.id,
        label=estimator.label,
        lists=lists or table.lists,
        n_listed=pooled.n_listed,
        n_listed_range=pooled.n_listed_range,
        assumption=estimator.assumption(table.lists),
        n_unlisted=pooled.n_unlisted,
        n_unlisted_interval=pooled.n_unlisted_interval,
        n_total=pooled.n_total,
        n_total_interval=pooled.n_total_interval,
        is_lower_bound=can.is_lower_bound,
        draws=pooled.draws,
        fit=pooled.fit,
        checks=checks,
        verdict=Verdict(level=kind, sentences=() if bounded else ("There is no finite upper limit.",)),
        sensitivity=pooled.sensitivity if can.has_odds_ratio else (),
        other_intervals=pooled.other_intervals,
        by_linkage=pooled.by_linkage,
        curve=pooled.curve if can.has_odds_ratio else None,
    )


def refused_estimate(estimator: Estimator, table: CaptureTable, error: NotEstimable) -> Estimate:
    """Return the row of an estimator that has no number, with the reason in its place."""
    listed = table.n_listed
    where = f"{error.where}: " if error.where else ""
    reason = f"{where}{error.what}" + (f" {error.do}" if error.do else "")
    return Estimate(
        estimator=estimator.id,
        label=estimator.label,
        lists=table.lists,
        n_listed=middle_listed(listed),
        n_listed_range=(int(listed.min()), int(listed.max())),
        assumption=estimator.assumption(table.lists),
        is_lower_bound=estimator.capabilities.is_lower_bound,
        verdict=Verdict(level="refused", sentences=(reason,)),
        status="refused",
        reason=reason,
        code=error.code,
    )


def _check_lists(table: CaptureTable, can: Capabilities) -> None:
    """Refuse tables with nobody on them, and strata that too few lists (holding anybody) could see."""
    if not table.counts.any():
        raise NotEstimable(
            "nobody is on any list.",
            do="Check that the files were read (`uncounted check`).",
            code="E12",
        )
    totals = table.list_totals.max(axis=0)
    held = [name for name, t in zip(table.lists, totals, strict=True) if t > 0]
    if len(held) < can.min_lists:
        raise NotEstimable(
            f"{can.min_lists} lists with people on them are needed; there {'is' if len(held) == 1 else 'are'} "
            f"{len(held)}.",
            why="Only people on more than one list tell how many are on none.",
            do="Add a list that was made independently of the others.",
            code="E05",
        )
    if can.is_lower_bound:
        return  # a stratum that only one list covers adds the people listed there, which is still a bound
    for cells in cells_by_stratum(table):
        if len(cells.lists) < can.min_lists:
            raise NotEstimable(
                f"{len(cells.lists)} of {table.n_lists} lists could have recorded its people; "
                f"{can.min_lists} are needed.",
                where=f"stratum '{cells.stratum}'",
                why="A sum that leaves a stratum out would not be the total.",
                do="Add a list that covers it, take the stratum out of the population, or choose loglinear-coverage, "
                "which carries over what other strata show.",
                code="E11",
            )


def _partial_check(pooled: Pooled) -> tuple[Check, ...]:
    if not pooled.as_listed:
        return ()
    names = ", ".join(f"'{s}'" for s in pooled.as_listed)
    return (
        Check(
            code="R4",
            name="strata without a bound",
            status="info",
            sentence=f"No bound could be computed (in all linkage draws) for {names}; there only the people listed "
            "are counted, which keeps the sum a lower bound.",
        ),
    )


def _few_draws_check(table: CaptureTable) -> tuple[Check, ...]:
    if not 1 < table.n_draws < ENOUGH_REPLICATES:
        return ()
    return (
        Check(
            code="R10",
            name="number of linkage draws",
            status="info",
            sentence=f"{table.n_draws} linkage draws show too little of what lies between them: the interval was made "
            f"wider (Rubin's rule). Use {ENOUGH_REPLICATES} or more for a number that is published.",
            evidence=(("linkage draws", str(table.n_draws)),),
        ),
    )


def without_overlap(counts: NDArray[np.int64], n_lists: int) -> NotEstimable | None:
    """Return why a model with a prior has no answer where nobody is on two lists, or None where somebody is."""
    if counts[pattern_matrix(n_lists).sum(axis=1) > 1].any():
        return None
    return NotEstimable(
        "nobody is on two lists, so how many are on none would be said by the prior alone.",
        do="Look for missed links between the lists.",
        code="E25",
    )


def position(lists: tuple[str, ...], name: str) -> int:
    """Return the position of a list that an assumption names, or refuse: here it covers or holds nobody."""
    if name not in lists:
        raise NotEstimable(
            f"list '{name}', which the assumption names, holds nobody here.",
            do="Choose an assumption over lists that cover every stratum.",
            code="E14",
        )
    return lists.index(name)


def check_names(lists: tuple[str, ...], names: tuple[str, ...], estimator: str) -> None:
    """Raise ProjectError if an estimator names a list that the table does not have."""
    for name in names:
        if name not in lists:
            raise ProjectError(
                f"'{estimator}' names a list '{name}' that is not there.{did_you_mean(name, lists)} "
                f"Lists: {', '.join(lists)}.",
                code="E20",
            )


def check_not_built(table: CaptureTable, first: str, second: str) -> None:
    """Refuse a pair of lists of which one was made from the other (rule R2)."""
    for made, source in table.built_from:
        if {made, source} == {first, second}:
            raise NotEstimable(
                f"list '{made}' was made from list '{source}': their overlap says how it was copied, not how many "
                "people there are.",
                do=f"Merge them: table.merge_lists({{'{source}': ['{source}', '{made}']}}).",
                code="E13",
            )
