"""The chosen estimate made again on tables of the same lists linked otherwise: how much of the number is linkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.model_search import Criterion, ModelSearch
from uncounted.estimation.registry import parse
from uncounted.estimation.result import Answer
from uncounted.estimation.second_looks import STAND_IN

# Half the width of a 95 % interval in standard deviations.
_TWO_SIDED = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLinkage:
    """The chosen estimate on one other table; None where it was refused, with the reason."""

    linkage: str
    n_listed: int
    n_total: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawTotals:
    """The estimate from each linkage draw by itself: totals, and their sampling variances, shape (D,)."""

    totals: NDArray[np.float64]
    variances: NDArray[np.float64]


def other_linkages(
    answer: Answer,
    tables: Mapping[str, CaptureTable],
    *,
    criterion: Criterion = "bic",
    max_order: int | None = None,
) -> tuple[OtherLinkage, ...]:
    """Make the chosen estimate again on other tables of the same lists.

    Parameters
    ----------
    answer : Answer
        Whose choice, level and seed are used.
    tables : mapping of str to CaptureTable
        What each linkage is called, and its table.
    criterion, max_order
        As given to `estimate`.

    Returns
    -------
    tuple of OtherLinkage
        In the order of `tables`.
    """
    search = ModelSearch(criterion=criterion, max_order=max_order)
    return tuple(_again(answer, name, table, search) for name, table in tables.items())


def _again(answer: Answer, name: str, table: CaptureTable, search: ModelSearch) -> OtherLinkage:
    listed = int(table.n_listed[0])
    estimator = parse(answer.choice, table.lists, criterion=search.criterion)
    try:
        found = estimator.fit(table, level=answer.level, seed=answer.seed, search=search)
    except NotEstimable as error:
        return OtherLinkage(linkage=name, n_listed=listed, reason=error.what)
    interval = found.n_total_interval
    return OtherLinkage(
        linkage=name,
        n_listed=listed,
        n_total=found.n_total,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        reason=found.reason,
    )


def by_draw(answer: Answer, table: CaptureTable, *, criterion: Criterion = "bic") -> DrawTotals | None:
    """Make the chosen estimate from each linkage draw by itself; a log-linear average stands in for samplers.

    Parameters
    ----------
    answer : Answer
        Whose choice and seed are used.
    table : CaptureTable
        With D draws.
    criterion : {"bic", "aic"}
        As given to `estimate`.

    Returns
    -------
    DrawTotals or None
        None if any draw has no estimate with a bounded interval.
    """
    sampled = answer.chosen.fit is not None and answer.chosen.fit.sampling is not None
    estimator = parse(STAND_IN if sampled else answer.choice, table.lists, criterion=criterion)
    search = ModelSearch(criterion=criterion)
    found = []
    for d in range(table.n_draws):
        try:
            one = estimator.fit(table.draw(d), level=0.95, seed=answer.seed, search=search)
        except NotEstimable:
            return None
        interval = one.n_total_interval
        if one.n_total is None or interval is None or not np.isfinite(interval.high):
            return None
        found.append((one.n_total, ((interval.high - interval.low) / (2.0 * _TWO_SIDED)) ** 2))
    totals, variances = np.array(found, dtype=np.float64).T
    return DrawTotals(totals=totals, variances=variances)
