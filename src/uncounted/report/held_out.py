"""Lists held out: each list as a population of known size, and what the estimators made of it from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from uncounted.estimation.held import HeldOut, HeldSummary, HoldOut
from uncounted.report import numbers
from uncounted.report.content import ReportContent
from uncounted.report.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTable:
    """What one estimator made of each list: its sentence, and the table."""

    sentence: str
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSection:
    """The section: one table an estimator; lists that could not be held or estimated, and why."""

    missing: str
    tables: tuple[HeldTable, ...]
    notes: tuple[str, ...]


def held_section(content: ReportContent) -> HeldSection:
    """Return what is said of the lists held out; where none could be, a sentence that says why there is nothing."""
    held = content.answer.hold_out
    if held is None:
        return HeldSection(
            missing="No list was held out: that needs lists of at least 30 people of whom two other lists hold some.",
            tables=(),
            notes=(),
        )
    title = content.list_title
    return HeldSection(
        missing="",
        tables=tuple(_table(s, held, content) for s in held.summaries if _rows_of(s, held)),
        notes=(
            *_refusals(held.rows, title),
            *(f"{title(name)} was not held out: {why}." for name, why in held.left_out),
            *held.notes,
        ),
    )


def _rows_of(summary: HeldSummary, held: HoldOut) -> list[HeldOut]:
    """Return an estimator's rows; Chapman's stand-ins where only two lists are left go with the first estimate."""
    first = next((s.estimator for s in held.summaries if not s.is_lower_bound), "")
    return [
        row
        for row in held.rows
        if (summary.estimator == first if row.two_lists else row.estimator == summary.estimator)
    ]


def _table(summary: HeldSummary, held: HoldOut, content: ReportContent) -> HeldTable:
    labels = {e.estimator: e.label for e in content.answer.estimates}
    label = labels.get(summary.estimator, summary.estimator)
    rows = _rows_of(summary, held)
    known = "Known size", "On other lists"
    return HeldTable(
        sentence=summary.sentence,
        table=Table(
            caption=f"{label}. Intervals: {numbers.percent(held.level)}.",
            head=("List", *known, "Estimate", "Interval", "Not above it" if summary.is_lower_bound else "Holds it"),
            rows=tuple(_row(row, content.list_title(row.list_name)) for row in rows),
            numeric=(False, True, True, True, True, False),
        ),
    )


def _row(row: HeldOut, title: str) -> tuple[str, ...]:
    name = f"{title} (by Chapman, two lists left)" if row.two_lists else title
    start = (name, numbers.whole(row.n_known), numbers.whole(row.n_seen))
    if row.n_total is None or row.low is None or row.high is None:
        return (*start, "refused", numbers.MISSING, numbers.MISSING)
    return (*start, numbers.whole(row.n_total), numbers.interval(row.low, row.high), _holds(row))


def _holds(row: HeldOut) -> str:
    if row.covered or row.is_lower_bound or not row.in_band:
        return "yes" if row.covered else "no"
    return "no; over the sensitivity band yes"


def _refusals(rows: Sequence[HeldOut], title: Callable[[str], str]) -> list[str]:
    """Return why lists have no estimate, each reason once."""
    found: dict[tuple[str, str], None] = {(row.list_name, row.reason): None for row in rows if row.n_total is None}
    return [f"{title(name)} could not be estimated: {reason}" for name, reason in found]
