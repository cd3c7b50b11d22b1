"""What the records hold, list by list, for `uncounted check`: counts and ranges, never a value of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow.compute as pc

from uncounted.project.cleaning import FIXED
from uncounted.project.model import Project
from uncounted.records.records import Change, Doubt, Records
from uncounted.records.rules import RULES
from uncounted.records.standardise import outside_period

# Field shown to the user, and the column that is null where it is missing.
_FIELDS = (
    ("name", "name_raw"),
    ("surname", "surname_key"),
    ("given name", "given_key"),
    ("birth", "birth_from"),
    ("event", "event_from"),
    ("known", "known_from"),
    ("place", "place_key"),
    ("sex", "sex"),
    ("kind", "kind"),
)
_NO_NAME = frozenset({"no-name", "pseudonym"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSummary:
    """One list. `missing` is (field, rows without it); ranges are (earliest, latest) day, None if there are none.

    `exact` is (field, rows with an exact day). `n_no_name` are names that are no names; `unreadable` is (column, rows).
    """

    list: str
    n_rows: int
    missing: tuple[tuple[str, int], ...]
    exact: tuple[tuple[str, int], ...]
    birth_range: tuple[date, date] | None
    event_range: tuple[date, date] | None
    known_range: tuple[date, date] | None
    scripts: tuple[tuple[str, int], ...]
    n_outside_period: int
    n_no_name: int
    unreadable: tuple[tuple[str, int], ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsSummary:
    """All lists, in the order of the records, and what is doubtful about them (`Doubt.words`)."""

    lists: tuple[ListSummary, ...]
    n_rows: int
    doubts: tuple[Doubt, ...] = ()
    off: tuple[str, ...] = ()  # cleaning rules that were switched off

    def __str__(self) -> str:
        lines = [line for entry in self.lists for line in _lines(entry)]
        if self.off:
            lines.append(f"cleaning rules switched off: {', '.join(self.off)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """One cleaning rule: its name and words, whether it acts, and why it cannot be switched off ("" if it can)."""

    rule: str
    words: str
    is_on: bool
    fixed: str

    def __str__(self) -> str:
        state = "always" if self.fixed else "on" if self.is_on else "off"
        return f"{self.rule} ({state}): {self.words}" + (f"; not switchable: {self.fixed}" if self.fixed else "")


def cleaning_rules(project: Project | None = None) -> tuple[RuleState, ...]:
    """Return all cleaning rules in the order in which they act; without a project all are on."""
    off = project.records.off if project is not None else ()
    return tuple(
        RuleState(rule=rule, words=words, is_on=rule not in off, fixed=FIXED.get(rule, ""))
        for rule, words in RULES.items()
    )


def describe_records(records: Records, project: Project) -> RecordsSummary:
    """Describe the records for a person who is to judge whether they were read rightly.

    Parameters
    ----------
    records : Records
        As `standardise` returns them.
    project : Project
        For the period.

    Returns
    -------
    RecordsSummary
        Counts and ranges of dates only.
    """
    entries = tuple(_describe_list(records, name, project) for name in records.lists)
    return RecordsSummary(
        lists=entries, n_rows=int(records.table.num_rows), doubts=records.doubts, off=tuple(sorted(project.records.off))
    )


def _describe_list(records: Records, name: str, project: Project) -> ListSummary:
    table = records.table.filter(pc.equal(records.table["list"], name))
    changes = tuple(change for change in records.changes if change.list == name)
    counts: dict[str, int] = {}
    for entry in records.unreadable:
        if entry[0] == name:
            counts[entry[2]] = counts.get(entry[2], 0) + 1
    scripts = pc.value_counts(table["script"].drop_null()).to_pylist()
    outside = outside_period(_days(table["event_from"]), _days(table["event_to"]), project.start, project.end)
    return ListSummary(
        list=name,
        n_rows=int(table.num_rows),
        missing=tuple((field, int(table[column].null_count)) for field, column in _FIELDS),
        exact=tuple((field, _n_exact(table, field)) for field in ("birth", "event", "known")),
        birth_range=_range(table, "birth"),
        event_range=_range(table, "event"),
        known_range=_range(table, "known"),
        scripts=tuple(sorted((entry["values"], int(entry["counts"])) for entry in scripts)),
        n_outside_period=int(outside.sum()),
        n_no_name=sum(change.n for change in changes if change.rule in _NO_NAME),
        unreadable=tuple(sorted(counts.items())),
        changes=changes,
    )


def _days(column: Any) -> Any:
    days: Any = column.combine_chunks()
    return np.asarray(days.to_numpy(zero_copy_only=False), dtype="datetime64[D]")


def _n_exact(table: Any, field: str) -> int:
    return int(pc.sum(pc.equal(table[f"{field}_from"], table[f"{field}_to"])).as_py() or 0)


def _range(table: Any, field: str) -> tuple[date, date] | None:
    first, last = pc.min(table[f"{field}_from"]).as_py(), pc.max(table[f"{field}_to"]).as_py()
    return None if first is None else (first, last)


def _lines(entry: ListSummary) -> list[str]:
    lines = [f"{entry.list}: {entry.n_rows:,} rows"]
    missing = [f"{field} {n:,}" for field, n in entry.missing if n]
    if missing:
        lines.append(f"  missing: {', '.join(missing)}")
    ranges = (("births", entry.birth_range), ("events", entry.event_range), ("known", entry.known_range))
    lines += [f"  {words}: {found[0].isoformat()} to {found[1].isoformat()}" for words, found in ranges if found]
    if entry.scripts:
        lines.append("  scripts: " + ", ".join(f"{script} {n:,}" for script, n in entry.scripts))
    if entry.n_outside_period:
        lines.append(f"  events outside the period: {entry.n_outside_period:,} (kept)")
    if entry.n_no_name:
        lines.append(f"  names that are no names: {entry.n_no_name:,}")
    lines += [f"  {change.column}: {change.n:,} × {change.words}" for change in entry.changes]
    return lines
