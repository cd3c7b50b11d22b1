"""The chosen estimate made again on tables of the same lists linked otherwise: how much of the number is linkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.model_search import Criterion, ModelSearch
from uncounted.estimation.registry import parse
from uncounted.estimation.result import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLinkage:
    """The chosen estimate on one other table; None where it was refused, with the reason."""

    linkage: str
    n_listed: int
    n_total: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


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
