"""Standardising one column of one list: every distinct value is read once, then laid out over the rows."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.project.model import Project
from uncounted.records.dates import DateRange, NoDate, Settings, parse_date
from uncounted.records.name_keys import NameKeys, name_keys, usual_origin
from uncounted.records.records import Change
from uncounted.records.rules import RULES
from uncounted.records.values import Value

IntArray = NDArray[np.int64]
Report = Callable[[float], None]  # called with the share done, 0 to 1
_SEPARATORS = ("\x1f", "\x1e", "\x1d", *map(chr, range(0xF0000, 0xF0100)))
_REPORT_EVERY = 20_000
_AT_ONCE = 5_000  # names whose keys are turned into columns together
OLDEST_AGE = 120
UNREADABLE_DATES = frozenset({"date-unreadable", "date-no-century", "date-other-calendar"})
# 1 January of these years is where spreadsheets, databases and operating systems begin to count.
FIRST_YEARS = frozenset({1900, 1901, 1904, 1970, 1980})
FILLER_ROWS, FILLER_TIMES = 10, 5
_NO_DAY = np.datetime64("NaT", "D")


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

    def count(self, column: str, *rules: str) -> int:
        """Return how many cells of a column any of the rules changed or could not read."""
        return sum(self.counts[column, rule] for rule in rules)

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

    @property
    def n_filled(self) -> int:
        """Rows that hold more than white space."""
        filled = np.array([bool(value.strip()) for value in self.values], dtype=bool)
        return int(self.n_each[filled].sum())

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
    "surname_skeleton",
    "second_surname_key",
    "given_key",
    "given_skeleton",
    "patronymic_key",
    "patronymic_skeleton",
    "given_initial",
    "patronymic_initial",
    "name_keys",
    "name_skeleton",
    "script",
)


def names_of(
    parts: dict[str, Any],
    sexes: Any | None,
    header: str,
    tally: Tally,
    report: Report | None = None,
    *,
    off: frozenset[str] = frozenset(),
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
    off : frozenset of str
        Rules that shall not act.

    Returns
    -------
    tuple of (dict of str to Arrow array, Arrow array or None)
        The name fields of `RECORD_SCHEMA` and the sex read from names (None if the list has a sex column).
    """
    order: list[str] = [field for field in ("surname", "given", "patronymic", "name") if field in parts]
    columns = [pc.fill_null(parts[field], "") for field in order]
    context = pc.fill_null(sexes, "") if sexes is not None else None
    separator = _separator_of(columns)
    joined = pc.binary_join_element_wise(*columns, *([context] if context is not None else []), separator)
    found = distinct(pa.chunked_array([joined]) if isinstance(joined, pa.Array) else joined)
    made = _NameColumns()
    read = _NameReader(order, separator, with_sex=context is not None, off=off)
    usual = usual_origin(read(value) for value in _sample(found.values))
    with _collector_resting():
        for i, value in enumerate(found.values):
            raw = " ".join(filter(None, value.split(separator)[: len(order)])) if separator in value else value
            made.add(i, read(value, usual), raw)
            if report is not None and i % _REPORT_EVERY == 0:
                report(i / len(found.values))
        made.finish()
    for rule, places in made.by_rule.items():
        tally.add(header, rule, int(found.n_each[places].sum()))
    fields = {name: found.lay_out(values, _kind_of(name)) for name, values in made.columns.items()}
    fields["name_raw"] = found.lay_out(made.raw, pa.string())
    if sexes is not None or "sex-from-name" in off:
        return fields, None
    tally.add(header, "sex-from-name", int(found.n_each[[sex is not None for sex in made.sex]].sum()))
    return fields, found.lay_out(made.sex, pa.string())


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Let the garbage collector rest: reading names makes no cycles, and many words that it would look at again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _separator_of(columns: Sequence[Any]) -> str:
    """Return a sign that no cell holds."""
    free = (s for s in _SEPARATORS if not any(pc.any(pc.match_substring(c, s)).as_py() for c in columns))
    return next(free)


class _NameColumns:
    """Keys of distinct names as columns: a list of a million small objects would keep the collector busy."""

    __slots__ = ("_waiting", "by_rule", "columns", "raw", "sex")

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in NAME_FIELDS}
        self.raw: list[str | None] = []
        self.sex: list[str | None] = []
        self.by_rule: dict[str, list[int]] = {}
        self._waiting: list[NameKeys] = []

    def add(self, place: int, keys: NameKeys, raw: str) -> None:
        """Add the keys of the distinct name at `place`; `finish` when all are added."""
        self._waiting.append(keys)
        self.raw.append(raw or None)
        for rule in keys.rules:
            self.by_rule.setdefault(rule, []).append(place)
        if len(self._waiting) == _AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Put the names added last into the columns."""
        if not self._waiting:
            return
        by_field = dict(zip(NameKeys._fields, zip(*self._waiting, strict=True), strict=True))
        self._waiting.clear()
        for name, column in self.columns.items():
            column.extend(by_field[name])
        words = self.columns["name_keys"]
        words[len(words) - len(by_field["name_keys"]) :] = [keys or None for keys in by_field["name_keys"]]
        self.sex += by_field["sex"]


def _kind_of(name: str) -> Any:
    return pa.list_(pa.string()) if name == "name_keys" else pa.string()


@dataclass(frozen=True, slots=True)
class _NameReader:
    """Reads one distinct value of the joined name columns."""

    order: list[str]
    separator: str
    with_sex: bool
    off: frozenset[str]

    def __call__(self, value: str, usual: str = "mixed") -> NameKeys:
        """Return the keys of the name that the joined cells hold."""
        if self.order == ["name"] and not self.with_sex:
            return name_keys(value, off=self.off, usual=usual)
        cells = value.split(self.separator)
        sex = (cells.pop() or None) if self.with_sex else None
        named = dict(zip(self.order, cells, strict=True))
        return name_keys(
            named.get("name", ""),
            surname=named.get("surname", ""),
            given=named.get("given", ""),
            patronymic=named.get("patronymic", ""),
            sex=sex,
            off=self.off,
            usual=usual,
        )


_SAMPLE = 2_000


def _sample(values: list[str]) -> list[str]:
    """Return about `_SAMPLE` of the distinct values, chosen by their own letters: the order of rows does not matter."""
    every = max(1, len(values) // _SAMPLE)
    return [value for value in values if crc32(value.encode("utf-8", "surrogatepass")) % every == 0]


def dates_of(
    found: Distinct, how: Settings, header: str, tally: Tally, *, birth: bool, project: Project
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Standardise a date column: (from, to) as datetime64[D] per row, NaT where there is none.

    A birth on 1 January is read as its year alone: it is what offices write when they know no more.
    """
    starts = np.full(len(found.values), _NO_DAY, dtype="datetime64[D]")
    ends = starts.copy()
    by_rule: dict[str, list[int]] = {}
    new_year: dict[date, list[int]] = {}  # exact dates on 1 January
    for i, value in enumerate(found.values):
        read = parse_date(value, how)
        if isinstance(read, NoDate):
            if read.rule:
                by_rule.setdefault(read.rule, []).append(i)
            continue
        if read.start == read.end and (read.start.month, read.start.day) == (1, 1):
            new_year.setdefault(read.start, []).append(i)
            if birth and "birth-1-january" not in how.off:
                read = first_of_january(read)
        starts[i], ends[i] = read.start, read.end
        for rule in read.rules:
            by_rule.setdefault(rule, []).append(i)
    if "date-filler" not in how.off:
        fillers = _fillers(new_year, found.n_each, birth=birth, period_start=project.start)
        if fillers:
            starts[fillers] = ends[fillers] = _NO_DAY
            by_rule = {rule: [i for i in places if i not in fillers] for rule, places in by_rule.items()}
            by_rule["date-filler"] = by_rule.get("date-filler", []) + fillers
    for rule in sorted(by_rule):
        if rule in UNREADABLE_DATES:
            tally.add_unreadable(header, rule, found.rows_of(by_rule[rule]))
        else:
            tally.add(header, rule, int(found.n_each[by_rule[rule]].sum()))
    return starts[found.index], ends[found.index]


def _fillers(new_year: dict[date, list[int]], n_each: IntArray, *, birth: bool, period_start: date | None) -> list[int]:
    """Return the places of 1 January dates that stand for "no date" for certain.

    Programs fall back on the first day they can store. Of an event, such a day is a filler if the period begins after
    that year. Somebody may be born in that year: then it is a filler if it stands far more often than any other
    1 January.
    """
    found = []
    others = [int(n_each[places].sum()) for day, places in new_year.items() if day.year not in FIRST_YEARS]
    for day, places in new_year.items():
        if day.year not in FIRST_YEARS:
            continue
        if birth:
            n = int(n_each[places].sum())
            certain = n >= FILLER_ROWS and n >= FILLER_TIMES * max(others, default=1)
        else:
            certain = period_start is not None and day.year < period_start.year
        if certain:
            found += places
    return sorted(found)


def first_of_january(read: DateRange) -> DateRange:
    """Read an exact birth on 1 January as "some day of that year"."""
    if read.start == read.end and (read.start.month, read.start.day) == (1, 1):
        return DateRange(read.start, date(read.start.year, 12, 31), (*read.rules, "birth-1-january"))
    return read


def drop_impossible_births(
    birth: tuple[NDArray[Any], NDArray[Any]],
    known_by: tuple[NDArray[Any], NDArray[Any]],
    header: str,
    tally: Tally,
    off: frozenset[str] = frozenset(),
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
    # A rule that is off leaves these births as they are.
    future &= "birth-in-future" not in off
    old &= "birth-too-old" not in off
    tally.add_unreadable(header, "birth-in-future", np.flatnonzero(future).astype(np.int64))
    tally.add_unreadable(header, "birth-too-old", np.flatnonzero(old).astype(np.int64))
    wrong = future | old
    start[wrong] = end[wrong] = _NO_DAY


def drop_known_before_event(
    event: tuple[NDArray[Any], NDArray[Any]], known: tuple[NDArray[Any], NDArray[Any]], header: str, tally: Tally
) -> None:
    """Make the days at which a list learned of an event missing where it learned before it happened, in place.

    One of the two dates is wrong, and nobody can say which: the event is what is counted, so it stays.
    """
    early = known[1] < event[0]  # comparisons with NaT are False
    tally.add_unreadable(header, "event-after-known", np.flatnonzero(early).astype(np.int64))
    for end in known:
        end[early] = _NO_DAY


def values_of(
    found: Distinct, normalise: Callable[[str], Value], header: str, tally: Tally, *, unreadable: str = ""
) -> Any:
    """Standardise a column of few distinct values; `unreadable` names the rule whose lines are kept."""
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
