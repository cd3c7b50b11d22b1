"""Rows as delivered into records of one standard shape, every change counted, every raw value kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
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
    OLDEST_AGE,
    Distinct,
    Report,
    Tally,
    dates_of,
    distinct,
    drop_impossible_births,
    drop_known_before_event,
    names_of,
    values_of,
)
from uncounted.records.copies import copied_lists
from uncounted.records.dates import LATEST_YEAR, Settings
from uncounted.records.doubts import Evidence, doubts_of
from uncounted.records.gazetteer import Places, places_of
from uncounted.records.records import RECORD_SCHEMA, Change, Doubt, Records
from uncounted.records.values import normalise_kind, normalise_sex
from uncounted.sources.source import Source

Progress = Callable[[str, float], None]
_NAME_COLUMNS = ("surname", "given", "patronymic", "name")
# Ids are printed in reports and logs: what could be somebody's name is no id.
_CODE = re.compile(r"(?=.*\d)\S+")
_NO_DAY = np.datetime64("NaT", "D")


def standardise(sources: Sequence[Source], project: Project, *, progress: Progress | None = None) -> Records:
    """Bring every row of every list into the one standard shape.

    Parameters
    ----------
    sources : sequence of Source
        The lists as delivered, one source per declared list.
    project : Project
        Declares the lists' columns and date formats, the period, the gazetteer and the rules that are switched off.
    progress : callable, optional
        Called with a list's name and the share of it done, 0 to 1.

    Returns
    -------
    Records
        In the order of the project's lists, then of lines. The sources are not changed.

    Raises
    ------
    SourceError
        K01 if sources and declared lists do not go together; K02 if a mapped column is missing; K03–K05 if the
        gazetteer cannot be used.
    """
    specs = {spec.name: spec for spec in project.lists}
    _check_sources(sources, specs)
    by_name = {source.name: source for source in sources}
    places = places_of(project)
    doubts: list[Doubt] = []
    tables: list[Any] = []
    changes: list[Change] = []
    unreadable: list[tuple[str, int, str]] = []
    first = 0
    for name in (spec.name for spec in project.lists if spec.name in by_name):
        report = partial(progress, name) if progress is not None else None
        table, tally, doubtful = _standardise_list(
            by_name[name], specs[name], project, places=places, first=first, report=report
        )
        first += table.num_rows
        tables.append(table)
        changes += tally.changes()
        doubts += doubtful
        unreadable += sorted(tally.unreadable, key=lambda entry: (entry[1], entry[2]))
        if progress is not None:
            progress(name, 1.0)
    whole = pa.concat_tables(tables).combine_chunks() if tables else RECORD_SCHEMA.empty_table()
    lists = tuple(spec.name for spec in project.lists if spec.name in by_name)
    doubts += copied_lists([by_name[name] for name in lists], [specs[name] for name in lists])
    return Records(table=whole, lists=lists, changes=tuple(changes), unreadable=tuple(unreadable), doubts=tuple(doubts))


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
    places: Places
    off: frozenset[str]
    seen: dict[str, Distinct] = field_of(default_factory=dict)

    def distinct(self, field: str) -> Distinct:
        """Return the distinct values of a mapped column, found once."""
        if field not in self.seen:
            self.seen[field] = distinct(self.column(field))
        return self.seen[field]

    def column(self, field: str) -> Any:
        """Return the mapped column as a chunked Arrow array of strings."""
        return self.table.column(self.headers[field]).cast(pa.string())


def _standardise_list(
    source: Source, spec: ListSpec, project: Project, *, places: Places, first: int, report: Report | None
) -> tuple[Any, Tally, tuple[Doubt, ...]]:
    table = source.table.sort_by("__line") if source.table.num_rows else source.table
    lines = np.asarray(table.column("__line").combine_chunks().to_numpy(zero_copy_only=False), dtype=np.int64)
    tally = Tally(source.name, lines)
    work = _List(table, spec, dict(spec.columns), tally, places, frozenset(project.records.off))
    n = table.num_rows
    columns: dict[str, Any] = {
        "record": pa.array(np.arange(first, first + n, dtype=np.int64)),
        "list": pa.array([source.name] * n, type=pa.string()),
        "record_id": _record_ids(work),
        "line": pa.array(lines),
    }
    columns |= _other_columns(work)
    columns |= _name_columns(work, columns.get("sex"), report)
    days, births = _dates(work, project)
    for date_field, (start, end) in days.items():
        columns[f"{date_field}_from"] = pa.array(start, type=pa.date32())
        columns[f"{date_field}_to"] = pa.array(end, type=pa.date32())
    arrays = [columns.get(field.name, pa.nulls(n, field.type)) for field in RECORD_SCHEMA]
    made = pa.table(arrays, schema=RECORD_SCHEMA)
    return made, tally, doubts_of(_evidence(work, made, days, births))


def _evidence(
    work: _List, made: Any, days: dict[str, tuple[NDArray[Any], NDArray[Any]]], births: tuple[int, int]
) -> Evidence:
    named = made.filter(pc.is_valid(made["name_keys"]))["name_raw"]
    counts = pc.value_counts(named.combine_chunks()).field("counts")
    return Evidence(
        spec=work.spec,
        n_rows=made.num_rows,
        columns={date_field: work.distinct(date_field) for date_field in work.headers},
        tally=work.tally,
        n_keyed=len(named),
        most_frequent_name=int(pc.max(counts).as_py() or 0),
        n_names=len(counts),
        births=births,
        days=days,
        has_gazetteer=work.places.gazetteer is not None,
    )


def _record_ids(work: _List) -> Any:
    """Return "<list>:<id>" where an id is given once only and cannot be a name, else "<list>:<line>"."""
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
    codes = {value for value in single if _CODE.fullmatch(value)}
    work.tally.add(header, "id-no-code", len(single) - len(codes))
    single = codes
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
            work.distinct("sex"),
            partial(normalise_sex, off=work.off),
            work.headers["sex"],
            work.tally,
            unreadable="sex-unreadable",
        )
    if "kind" in work.headers:
        made["kind"] = values_of(
            work.distinct("kind"), partial(normalise_kind, off=work.off), work.headers["kind"], work.tally
        )
    if "place" in work.headers:
        raw = work.column("place")
        made["place_raw"] = pc.if_else(pc.equal(raw, ""), None, raw).combine_chunks()
        made["place_key"] = values_of(work.distinct("place"), work.places.key, work.headers["place"], work.tally)
    return {key: _one_array(value) for key, value in made.items()}


def _name_columns(work: _List, sexes: Any | None, report: Report | None) -> dict[str, Any]:
    mapped = [field for field in _NAME_COLUMNS if field in work.headers]
    if not mapped:
        return {}
    header = " + ".join(dict.fromkeys(work.headers[field] for field in mapped))
    parts = {field: work.column(field).combine_chunks() for field in mapped}
    parts = {field: _one_array(column) for field, column in parts.items()}
    fields, sex = names_of(parts, sexes, header, work.tally, report, off=work.off)
    return fields | ({"sex": sex} if sex is not None else {})


def _one_array(column: Any) -> Any:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], type=column.type)


def _dates(work: _List, project: Project) -> tuple[dict[str, tuple[NDArray[Any], NDArray[Any]]], tuple[int, int]]:
    """Return (from, to) per row for each date field, and how many of all births lie in the period."""
    days: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}
    for name in ("event", "known", "birth"):
        if name in work.headers:
            how = _date_settings(name, work, project)
            days[name] = dates_of(
                work.distinct(name), how, work.headers[name], work.tally, birth=name == "birth", project=project
            )
    if "event" in days:
        outside = outside_period(*days["event"], project.start, project.end)
        work.tally.add(work.headers["event"], "event-outside-period", int(outside.sum()))
    births = 0, 0
    if "birth" in days:
        start, end = days["birth"]
        known = ~np.isnat(start)
        inside = known & ~outside_period(start, end, project.start, project.end) if project.start else known & False
        births = int(inside.sum()), int(known.sum())
        seen = _seen(days, len(work.tally.lines), project)
        drop_impossible_births(days["birth"], seen, work.headers["birth"], work.tally, work.off)
    if {"event", "known"} <= days.keys() and "event-after-known" not in work.off:
        drop_known_before_event(days["event"], days["known"], work.headers["known"], work.tally)
    return days, births


def _date_settings(name: str, work: _List, project: Project) -> Settings:
    """Return how the dates of a field are read: which century two digits mean, and which calendar a year 1401."""
    latest, earliest = project.end, project.start
    if latest is not None and name != "birth":
        # A list may hold events after the period, and have learned of others after it.
        latest = date(min(latest.year + 50, LATEST_YEAR), 12, 31)
    if earliest is not None and name == "birth":
        earliest = date(max(earliest.year - OLDEST_AGE, 1), 1, 1)
    period_end = project.end if name != "known" else latest
    return Settings(
        formats=work.spec.date_formats,
        latest_year=None if latest is None else latest.year,
        period=(earliest or date.min, period_end or date.max),
        off=work.off,
    )


def _seen(
    days: dict[str, tuple[NDArray[Any], NDArray[Any]]], n: int, project: Project
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return between which days the person was alive: of the event, else until the list knew, else of the period."""
    seen_from = np.full(n, _NO_DAY if project.start is None else np.datetime64(project.start, "D"))
    seen_to = np.full(n, _NO_DAY if project.end is None else np.datetime64(project.end, "D"))
    if "known" in days:
        learned = days["known"][1]
        seen_to = np.where(np.isnat(learned), seen_to, learned)
    if "event" in days:
        start, end = days["event"]
        happened = ~np.isnat(start)
        seen_from, seen_to = np.where(happened, start, seen_from), np.where(happened, end, seen_to)
    return seen_from, seen_to


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
