"""Standardising one column of one list: every distinct value is read once, then laid out over the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.records.dates import LATEST_YEAR, DateRange, NoDate, parse_date
from uncounted.records.name_keys import NameKeys, name_keys
from uncounted.records.records import Change
from uncounted.records.rules import RULES
from uncounted.records.values import Value

IntArray = NDArray[np.int64]
Report = Callable[[float], None]  # called with the share done, 0 to 1
_SEPARATOR = "\x1f"
_REPORT_EVERY = 20_000
OLDEST_AGE = 120


@dataclass(slots=True)
class Tally:
    """What happened to one list: changes by (column, rule), and lines of values that could not be read."""

    list_name: str
    lines: IntArray
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, column: str, rule: str, n: int) -> None:
        """Count a rule that changed `n` cells."""
        if n:
            self.counts[column, rule] += int(n)

    def add_unreadable(self, column: str, rule: str, rows: IntArray) -> None:
        """Count a rule that could not read cells, and keep their lines."""
        self.add(column, rule, len(rows))
        self.unreadable += [(self.list_name, int(self.lines[row]), column) for row in rows]

    def changes(self) -> list[Change]:
        """Return the counts as changes, in order of column and rule."""
        return [
            Change(list=self.list_name, column=column, rule=rule, n=n, words=RULES[rule])
            for (column, rule), n in sorted(self.counts.items())
        ]


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct values of a column, in order of first appearance, and which one each row holds."""

    values: list[str]
    index: IntArray
    n_each: IntArray

    def rows_of(self, places: Iterable[int]) -> IntArray:
        """Return the rows that hold one of the distinct values at `places`."""
        wanted = np.zeros(len(self.values), dtype=bool)
        wanted[list(places)] = True
        return np.flatnonzero(wanted[self.index]).astype(np.int64)

    def lay_out(self, values: Sequence[Any], kind: Any) -> Any:
        """Return the Arrow array of one value per row from one value per distinct value."""
        return pa.array(values, type=kind).take(pa.array(self.index))


def distinct(column: Any) -> Distinct:
    """Find the distinct values of an Arrow column of strings (null counts as "")."""
    encoded = pc.dictionary_encode(pc.fill_null(column, "").combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values: list[str] = encoded.dictionary.to_pylist()
    index = np.asarray(encoded.indices, dtype=np.int64)
    return Distinct(values, index, np.bincount(index, minlength=len(values)).astype(np.int64))


NAME_FIELDS = (
    "surname_key",
    "given_key",
    "patronymic_key",
    "given_initial",
    "patronymic_initial",
    "name_keys",
    "name_skeleton",
    "script",
)


def names_of(
    parts: dict[str, Any], sexes: Any | None, header: str, tally: Tally, report: Report | None = None
) -> tuple[dict[str, Any], Any]:
    """Standardise the name columns of one list.

    Parameters
    ----------
    parts : dict of str to Arrow string column
        The mapped ones of name, surname, given, patronymic.
    sexes : Arrow string column or None
        Normalised sex per row, or None if the list has no such column: then sex is read from the name.
    header : str
        The columns' headers, for the tally.

    Returns
    -------
    tuple of (dict of str to Arrow array, Arrow array or None)
        The name fields of `RECORD_SCHEMA` and the sex read from names (None if the list has a sex column).
    """
    order: list[str] = [field for field in ("surname", "given", "patronymic", "name") if field in parts]
    columns = [pc.fill_null(parts[field], "") for field in order]
    context = pc.fill_null(sexes, "") if sexes is not None else None
    joined = pc.binary_join_element_wise(*columns, *([context] if context is not None else []), _SEPARATOR)
    found = distinct(pa.chunked_array([joined]) if isinstance(joined, pa.Array) else joined)
    made = _NameColumns()
    for i, value in enumerate(found.values):
        cells = dict(zip(order, value.split(_SEPARATOR), strict=False))
        sex = value.rsplit(_SEPARATOR, 1)[1] if context is not None else ""
        made.add(i, _read_name(cells, sex or None), " ".join(c for f in order if (c := cells.get(f, ""))))
        if report is not None and i % _REPORT_EVERY == 0:
            report(i / len(found.values))
    for rule, places in made.by_rule.items():
        tally.add(header, rule, int(found.n_each[places].sum()))
    fields = {name: found.lay_out(values, _kind_of(name)) for name, values in made.columns.items()}
    fields["name_raw"] = found.lay_out(made.raw, pa.string())
    if sexes is not None:
        return fields, None
    tally.add(header, "sex-from-name", int(found.n_each[[sex is not None for sex in made.sex]].sum()))
    return fields, found.lay_out(made.sex, pa.string())


class _NameColumns:
    """Keys of distinct names as columns: a list of a million small objects would keep the collector busy."""

    __slots__ = ("by_rule", "columns", "raw", "sex")

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in NAME_FIELDS}
        self.raw: list[str | None] = []
        self.sex: list[str | None] = []
        self.by_rule: dict[str, list[int]] = {}

    def add(self, place: int, keys: NameKeys, raw: str) -> None:
        """Add the keys of the distinct name at `place`."""
        for name, values in self.columns.items():
            values.append(getattr(keys, name) or None)
        self.raw.append(raw or None)
        self.sex.append(keys.sex)
        for rule in keys.rules:
            self.by_rule.setdefault(rule, []).append(place)


def _kind_of(name: str) -> Any:
    return pa.list_(pa.string()) if name == "name_keys" else pa.string()


def _read_name(cells: dict[str, str], sex: str | None) -> NameKeys:
    return name_keys(
        cells.get("name", ""),
        surname=cells.get("surname", ""),
        given=cells.get("given", ""),
        patronymic=cells.get("patronymic", ""),
        sex=sex,
    )


def dates_of(
    column: Any, formats: Sequence[str], header: str, tally: Tally, *, latest_year: int = LATEST_YEAR, birth: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Standardise a date column: (from, to) as datetime64[D] per row, NaT where there is none.

    A birth on 1 January is read as its year alone: it is what offices write when they know no more.
    """
    found = distinct(column)
    starts = np.full(len(found.values), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    ends = starts.copy()
    by_rule: dict[str, list[int]] = {}
    for i, value in enumerate(found.values):
        read = parse_date(value, formats, latest_year=latest_year)
        if isinstance(read, NoDate):
            if read.rule:
                by_rule.setdefault(read.rule, []).append(i)
            continue
        if birth:
            read = first_of_january(read)
        starts[i], ends[i] = read.start, read.end
        for rule in read.rules:
            by_rule.setdefault(rule, []).append(i)
    for rule in sorted(by_rule):
        if rule == "date-unreadable":
            tally.add_unreadable(header, rule, found.rows_of(by_rule[rule]))
        else:
            tally.add(header, rule, int(found.n_each[by_rule[rule]].sum()))
    return starts[found.index], ends[found.index]


def first_of_january(read: DateRange) -> DateRange:
    """Read an exact birth on 1 January as "some day of that year"."""
    if read.start == read.end and (read.start.month, read.start.day) == (1, 1):
        return DateRange(read.start, date(read.start.year, 12, 31), (*read.rules, "birth-1-january"))
    return read


def drop_impossible_births(
    birth: tuple[NDArray[Any], NDArray[Any]], known_by: tuple[NDArray[Any], NDArray[Any]], header: str, tally: Tally
) -> None:
    """Make births missing that lie after, or more than `OLDEST_AGE` years before, the time the person was seen.

    `known_by` is (earliest, latest) day per row at which the person was alive; NaT: nothing can be said. Works in
    place on the arrays of `birth`.
    """
    start, end = birth
    seen_from, seen_to = known_by
    future = start > seen_to  # comparisons with NaT are False
    ages = seen_from.astype("datetime64[Y]").astype(np.int64) - end.astype("datetime64[Y]").astype(np.int64)
    old = ~np.isnat(seen_from) & ~np.isnat(end) & ~future & (ages > OLDEST_AGE)
    tally.add_unreadable(header, "birth-in-future", np.flatnonzero(future).astype(np.int64))
    tally.add_unreadable(header, "birth-too-old", np.flatnonzero(old).astype(np.int64))
    wrong = future | old
    start[wrong] = np.datetime64("NaT", "D")
    end[wrong] = np.datetime64("NaT", "D")


def values_of(
    column: Any, normalise: Callable[[str], Value], header: str, tally: Tally, *, unreadable: str = ""
) -> Any:
    """Standardise a column of few distinct values; `unreadable` names the rule whose lines are kept."""
    found = distinct(column)
    read = [normalise(value) for value in found.values]
    by_rule: dict[str, list[int]] = {}
    for i, value in enumerate(read):
        for rule in value.rules:
            by_rule.setdefault(rule, []).append(i)
    for rule in sorted(by_rule):
        if rule == unreadable:
            tally.add_unreadable(header, rule, found.rows_of(by_rule[rule]))
        else:
            tally.add(header, rule, int(found.n_each[by_rule[rule]].sum()))
    return found.lay_out([value.value for value in read], pa.string())
