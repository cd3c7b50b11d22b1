"""Parts of years: "early 2022", "spring 2022", "Q1 2022", "the 1980s"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from functools import cache

from uncounted.records.date_words import alternatives, groups, take_part, words

EARLIEST_YEAR = 1800
LATEST_YEAR = 2100
_SEASON_MONTHS = {"spring": 3, "summer": 6, "autumn": 9}


@dataclass(frozen=True, slots=True)
class DateRange:
    """A date as a range of days, both ends included, and the rules (`rules.RULES`) that were needed to read it."""

    start: date
    end: date
    rules: tuple[str, ...] = ()


Read = Callable[[str], DateRange | None]


def read_period(cell: str, read: Read) -> DateRange | None:
    """Read a decade, a season, or a third, half or quarter of a year; `read` reads the date it is a part of."""
    whole = _decade(cell) or _season(cell)
    if whole is not None:
        return whole
    part, rest = take_part(cell)
    if not part:
        return None
    found = _decade(rest) or _season(rest) or read(rest)
    return None if found is None else _part_of(found, part)


@cache
def _decade_pattern() -> re.Pattern[str]:
    return re.compile(rf"(\d{{3}})0 ?(?:{alternatives(words('decade'))})\.?")


def _decade(cell: str) -> DateRange | None:
    found = _decade_pattern().fullmatch(cell)
    if not found:
        return None
    year = int(found.group(1)) * 10
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    return DateRange(date(year, 1, 1), date(year + 9, 12, 31), ("date-partial",))


@cache
def _season_pattern() -> re.Pattern[str]:
    listed, year = alternatives(groups("seasons")), r"(\d{4})(?: ?[/-] ?(\d{2}|\d{4}))?"
    return re.compile(rf"({listed})[ ,.-]*{year}|{year}[ ,.-]+({listed})")


def _season(cell: str) -> DateRange | None:
    found = _season_pattern().fullmatch(cell)
    if not found:
        return None
    season = groups("seasons")[found.group(1) or found.group(6)]
    year, second = int(found.group(2) or found.group(4)), found.group(3) or found.group(5)
    if not EARLIEST_YEAR < year < LATEST_YEAR:
        return None
    rules = ("date-season",)
    if season == "winter":
        # "Winter 2022" may be the one that begins in 2021 or the one that begins in 2022.
        next_year = (second is not None) and int(second) % 100 == (year + 1) % 100
        if second is not None and not next_year:
            return None
        first = year if next_year else year - 1
        return DateRange(date(first, 12, 1), date(year + 1, 3, 1) - timedelta(days=1), rules)
    if second is not None:
        return None
    month = _SEASON_MONTHS[season]
    return DateRange(date(year, month, 1), date(year, month + 3, 1) - timedelta(days=1), rules)


def _part_of(whole: DateRange, part: str) -> DateRange | None:
    """Return a third, half or quarter of a month, season, year or decade; None if it has no such part."""
    kind, _, number = part.partition("_")
    rules = tuple(dict.fromkeys((*whole.rules, "date-partial")))
    start, end = whole.start, whole.end
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    whole_months = start.day == 1 and (end + timedelta(days=1)).day == 1
    if not whole_months:
        return None
    if number:
        length = {"half": 6, "quarter": 3}[kind]
        if months != 12:
            return None
        return _months_of(start, (int(number) - 1) * length, length, rules)
    third = {"early": 0, "mid": 1, "late": 2}[kind]
    if months == 1:
        days = ((1, 10), (11, 20), (21, end.day))[third]
        return DateRange(start.replace(day=days[0]), start.replace(day=days[1]), rules)
    if months == 120:
        # Nobody means a third of a decade to the month: the ends overlap.
        years = ((0, 3), (3, 6), (6, 9))[third]
        return DateRange(date(start.year + years[0], 1, 1), date(start.year + years[1], 12, 31), rules)
    if months in {3, 12}:
        return _months_of(start, third * months // 3, months // 3, rules)
    return None


def _months_of(start: date, skip: int, length: int, rules: tuple[str, ...]) -> DateRange:
    first = _months_on(start, skip)
    return DateRange(first, _months_on(first, length) - timedelta(days=1), rules)


def _months_on(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, 1)


def widened(found: DateRange) -> DateRange:
    """Return an approximate date: a year or more by one year on either side, what is finer by one month."""
    rules = tuple(dict.fromkeys((*(r for r in found.rules if r != "date-partial"), "date-approximate")))
    if (found.end - found.start).days >= 350:  # a year of the moon too
        start = date(max(found.start.year - 1, 1), 1, 1)
        return DateRange(start, date(min(found.end.year + 1, MAXYEAR), 12, 31), rules)
    before = _months_on(found.start, -1)
    before = before.replace(day=min(found.start.day, calendar.monthrange(before.year, before.month)[1]))
    after = _months_on(found.end, 1)
    last = calendar.monthrange(after.year, after.month)[1]
    whole_month = found.end.day == calendar.monthrange(found.end.year, found.end.month)[1]
    return DateRange(before, after.replace(day=last if whole_month else min(found.end.day, last)), rules)
