"""Rows as delivered into records of one standard shape, every change counted, every raw value kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.errors import SourceError, did_you_mean
from uncounted.project.model import ListSpec, Project
from uncounted.records.column_work import (
    Report,
    Tally,
    dates_of,
    drop_impossible_births,
    names_of,
    values_of,
)
from uncounted.records.dates import LATEST_YEAR
from uncounted.records.records import RECORD_SCHEMA, Change, Records
from uncounted.records.values import normalise_kind, normalise_sex, place_key
from uncounted.sources.source import Source

Progress = Callable[[str, float], None]
_NAME_COLUMNS = ("surname", "given", "patronymic", "name")
_NO_DAY = np.datetime64("NaT", "D")


def standardise(sources: Sequence[Source], project: Project, *, progress: Progress | None = None) -> Records:
    """Bring every row of every list into the one standard shape.

    Parameters
    ----------
    sources : sequence of Source
        The lists as delivered, one source per declared list.
    project : Project
        Declares the lists' columns and date formats, and the period.
    progress : callable, optional
        Called with a list's name and the share of it done, 0 to 1.

    Returns
    -------
    Records
        In the order of the project's lists, then of lines. The sources are not changed.

    Raises
    ------
    SourceError
        K01 if sources and declared lists do not go together; K02 if a mapped column is missing.
    """
    specs = {spec.name: spec for spec in project.lists}
    _check_sources(sources, specs)
    by_name = {source.name: source for source in sources}
    tables: list[Any] = []
    changes: list[Change] = []
    unreadable: list[tuple[str, int, str]] = []
    first = 0
    for name in (spec.name for spec in project.lists if spec.name in by_name):
        report = partial(progress, name) if progress is not None else None
        table, tally = _standardise_list(by_name[name], specs[name], project, first, report)
        first += table.num_rows
        tables.append(table)
        changes += tally.changes()
        unreadable += sorted(tally.unreadable, key=lambda entry: (entry[1], entry[2]))
        if progress is not None:
            progress(name, 1.0)
    whole = pa.concat_tables(tables).combine_chunks() if tables else RECORD_SCHEMA.empty_table()
    lists = tuple(spec.name for spec in project.lists if spec.name in by_name)
    return Records(table=whole, lists=lists, changes=tuple(changes), unreadable=tuple(unreadable))


def _check_sources(sources: Sequence[Source], specs: dict[str, ListSpec]) -> None:
    seen: set[str] = set()
    for source in sources:
        if source.name not in specs or source.name in seen:
            what = "was read twice" if source.name in seen else "is not declared in the project"
            raise SourceError(
                f"the list '{source.name}' {what}.{did_you_mean(source.name, set(specs) - {source.name})}",
                where=source.file,
                why="People are counted by the declared lists they are on.",
                do="Declare each list once under [[list]] in the project file.",
                code="K01",
            )
        seen.add(source.name)
        for field, header in specs[source.name].columns:
            if header not in source.table.column_names:
                raise SourceError(
                    f"the column '{header}', mapped to {field}, is not in the file; it has "
                    f"{', '.join(repr(c) for c in source.columns)}.{did_you_mean(header, source.columns)}",
                    where=f"list '{source.name}', {source.file}",
                    why=f"Without it every record of the list would have no {field}.",
                    do="Correct the header under the list's columns in the project file.",
                    code="K02",
                )


@dataclass(frozen=True, slots=True)
class _List:
    """One list at work: its table, its declaration and where its changes are counted."""

    table: Any
    spec: ListSpec
    headers: dict[str, str]
    tally: Tally

    def column(self, field: str) -> Any:
        """Return the mapped column as a chunked Arrow array of strings."""
        return self.table.column(self.headers[field]).cast(pa.string())


def _standardise_list(
    source: Source, spec: ListSpec, project: Project, first: int, report: Report | None
) -> tuple[Any, Tally]:
    table = source.table.sort_by("__line") if source.table.num_rows else source.table
    lines = np.asarray(table.column("__line").combine_chunks().to_numpy(zero_copy_only=False), dtype=np.int64)
    tally = Tally(source.name, lines)
    work = _List(table, spec, dict(spec.columns), tally)
    n = table.num_rows
    columns: dict[str, Any] = {
        "record": pa.array(np.arange(first, first + n, dtype=np.int64)),
        "list": pa.array([source.name] * n, type=pa.string()),
        "record_id": _record_ids(work),
        "line": pa.array(lines),
    }
    columns |= _other_columns(work)
    columns |= _name_columns(work, columns.get("sex"), report)
    columns |= _date_columns(work, project)
    arrays = [columns.get(field.name, pa.nulls(n, field.type)) for field in RECORD_SCHEMA]
    return pa.table(arrays, schema=RECORD_SCHEMA), tally


def _record_ids(work: _List) -> Any:
    """Return "<list>:<id>" where an id is given once only, else "<list>:<line>"."""
    name = work.spec.name
    lines = [str(line) for line in work.tally.lines]
    if "id" not in work.headers:
        return pa.array([f"{name}:{line}" for line in lines], type=pa.string())
    ids = [(value or "").strip() for value in work.column("id").to_pylist()]
    counts = Counter(ids)
    header = work.headers["id"]
    work.tally.add(header, "id-missing", counts[""])
    work.tally.add(header, "id-repeated", sum(n for value, n in counts.items() if value and n > 1))
    single = {value for value, n in counts.items() if value and n == 1}
    made = []
    for value, line in zip(ids, lines, strict=True):
        if value in single:
            made.append(f"{name}:{value}")
        else:
            # An id of another row may happen to be this line's number: then say that this one is a line.
            made.append(f"{name}:line {line}" if line in single else f"{name}:{line}")
    return pa.array(made, type=pa.string())


def _other_columns(work: _List) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "sex" in work.headers:
        made["sex"] = values_of(
            work.column("sex"), normalise_sex, work.headers["sex"], work.tally, unreadable="sex-unreadable"
        )
    if "kind" in work.headers:
        made["kind"] = values_of(work.column("kind"), normalise_kind, work.headers["kind"], work.tally)
    if "place" in work.headers:
        raw = work.column("place")
        made["place_raw"] = pc.if_else(pc.equal(raw, ""), None, raw).combine_chunks()
        made["place_key"] = values_of(raw, place_key, work.headers["place"], work.tally)
    return {key: _one_array(value) for key, value in made.items()}


def _name_columns(work: _List, sexes: Any | None, report: Report | None) -> dict[str, Any]:
    mapped = [field for field in _NAME_COLUMNS if field in work.headers]
    if not mapped:
        return {}
    header = " + ".join(dict.fromkeys(work.headers[field] for field in mapped))
    parts = {field: work.column(field).combine_chunks() for field in mapped}
    parts = {field: _one_array(column) for field, column in parts.items()}
    fields, sex = names_of(parts, sexes, header, work.tally, report)
    return fields | ({"sex": sex} if sex is not None else {})


def _one_array(column: Any) -> Any:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], type=column.type)


def _date_columns(work: _List, project: Project) -> dict[str, Any]:
    latest = project.end.year if project.end is not None else LATEST_YEAR
    formats = work.spec.date_formats
    days: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}
    for field in ("event", "known", "birth"):
        if field in work.headers:
            days[field] = dates_of(
                work.column(field),
                formats,
                work.headers[field],
                work.tally,
                # A list may have learned of an event after the period ended.
                latest_year=min(latest + 50, LATEST_YEAR) if field == "known" else latest,
                birth=field == "birth",
            )
    if "event" in days:
        outside = outside_period(*days["event"], project.start, project.end)
        work.tally.add(work.headers["event"], "event-outside-period", int(outside.sum()))
    if "birth" in days:
        seen = _seen(days, len(work.tally.lines), project)
        drop_impossible_births(days["birth"], seen, work.headers["birth"], work.tally)
    made: dict[str, Any] = {}
    for field, (start, end) in days.items():
        made[f"{field}_from"] = pa.array(start, type=pa.date32())
        made[f"{field}_to"] = pa.array(end, type=pa.date32())
    return made


def _seen(
    days: dict[str, tuple[NDArray[Any], NDArray[Any]]], n: int, project: Project
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return between which days the person was alive: of the event, where it is not known of the period."""
    seen_from = np.full(n, _NO_DAY if project.start is None else np.datetime64(project.start, "D"))
    seen_to = np.full(n, _NO_DAY if project.end is None else np.datetime64(project.end, "D"))
    if "event" not in days:
        return seen_from, seen_to
    start, end = days["event"]
    known = ~np.isnat(start)
    return np.where(known, start, seen_from), np.where(known, end, seen_to)


def outside_period(
    start: NDArray[Any], end: NDArray[Any], period_start: date | None, period_end: date | None
) -> NDArray[np.bool_]:
    """Return which ranges of days lie wholly outside the period (None: open at that end); NaT never does."""
    outside = np.zeros(len(start), dtype=bool)
    if period_start is not None:
        outside |= end < np.datetime64(period_start, "D")
    if period_end is not None:
        outside |= start > np.datetime64(period_end, "D")
    return outside
