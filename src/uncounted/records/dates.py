"""Dates as lists hold them: exact, partial, approximate, two at once, in three calendars; as ranges or not at all."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import cast

from uncounted.records.calendars import CALENDARS, FIRST_YEAR, LAST_YEAR, Calendar, days_of
from uncounted.records.date_periods import EARLIEST_YEAR, LATEST_YEAR, DateRange, read_period, widened
from uncounted.records.date_words import (
    alternatives,
    calendar_sign,
    is_unknown,
    months,
    plain,
    take_approximate,
    without_noise,
    words,
)

__all__ = ["EARLIEST_YEAR", "LATEST_YEAR", "DateRange", "NoDate", "parse_date"]

_TIME = re.compile(r"[t ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m)?( ?z|[+-]\d{2}:?\d{2})?$")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_YEARS = re.compile(r"(\d{4}) ?[-/] ?(\d{2})")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_WORDS_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th|-?го|er|º)?[ ./-]*([^\W\d_]+)[ ./,-]*(\d{4})")
_WORDS_MONTH_DAY_YEAR = re.compile(r"([^\W\d_]+)[ .]*(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
_WORDS_MONTH_YEAR = re.compile(r"([^\W\d_]+)[ ./,-]*(\d{4})")
_WITH_WORDS = ((_WORDS_DAY_MONTH_YEAR, "dBY"), (_WORDS_MONTH_DAY_YEAR, "BdY"), (_WORDS_MONTH_YEAR, "BY"))
_YEAR_MONTH_DAY = re.compile(r"(\d{4})[./ -]+(\d{1,2})(?:[./ -]+(\d{1,2}))?")
_DAY_MONTH_YEAR = re.compile(r"(?:(\d{1,2})[./ -]+)?(\d{1,2})[./ -]+(\d{4})")
_NO_DIGIT_PART = r"(?:\d{1,2}|xx|\?\?|__|--|хх)"
_SEPARATORS = re.compile(r" ?(?:\.\.+| - |-|/| to ) ?")
_FIRST_NUMBER = re.compile(r"\d{1,2}")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
# What programs write for "no date", beyond any doubt: the first or last day they can store, and typed nonsense.
_FILLERS = frozenset({(1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (2999, 12, 31), (9999, 1, 1),
                      (9999, 12, 31), (1111, 11, 11)})  # fmt: skip
_NO_PERIOD = (date(1, 1, 1), date(9999, 12, 31))


@dataclass(frozen=True, slots=True)
class NoDate:
    """Why there is no date: "" for an empty cell, else the rule (`rules.RULES`) that says so."""

    rule: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a column of dates is read: see `parse_date`."""

    formats: tuple[str, ...]
    latest_year: int | None = LATEST_YEAR
    period: tuple[date, date] = _NO_PERIOD
    off: frozenset[str] = frozenset()


def parse_date(text: str, formats: Sequence[str] | Settings, *, latest_year: int | None = LATEST_YEAR) -> (
    DateRange | NoDate
):  # fmt: skip
    """Read one cell as a range of days.

    Declared formats are tried first, in their order; then what can be read in one way only: ISO dates (also with a
    time), a year, words for months, seasons and parts of a year. A day or month written 00, xx or ?? counts as not
    given. Where two declared formats differ in the order of day and month only, both readings are kept, as a range.

    A year of the Persian or the Islamic calendar is read if the cell says so (a sign, the name of a month), if the
    format does ("persian:%Y/%m/%d", "hijri:%d.%m.%Y"), or if only one of the two lies in the period; it is never read
    as a Gregorian year.

    Parameters
    ----------
    text : str
        The cell.
    formats : sequence of str or Settings
        strptime directives %d %m %Y %y %b %B (%j, %H, %M, %S, %f, %I, %p, %a, %A are understood), and whatever stands
        between them; partial formats are welcome ("%m.%Y"). `Settings` also holds the period in which a date of
        another calendar must lie, and the rules that are switched off: a date that needs one of them is unreadable.
    latest_year : int or None
        A two-digit year (%y) is the last year ending so that is not after this one; None: none can be read.

    Returns
    -------
    DateRange or NoDate
        An approximate year is widened by one year on either side; an approximate month or day by one month.
    """
    how = formats if isinstance(formats, Settings) else Settings(tuple(formats), latest_year)
    cell = plain(text)
    if is_unknown(cell):
        return NoDate("date-unknown" if cell else "")
    found = _read_cell(cell, _Reader(how))
    if isinstance(found, NoDate):
        return found
    return NoDate("date-unreadable") if how.off.intersection(found.rules) else found


def _read_cell(cell: str, reader: _Reader) -> DateRange | NoDate:
    whole = reader.read(cell)
    if isinstance(whole, DateRange):
        return whole
    reason = whole
    approximate, cell = take_approximate(cell)
    sign, unsigned = calendar_sign(cell)
    if sign:
        found = _other_calendar(without_noise(unsigned), cast("Calendar", sign))
    else:
        cell = without_noise(cell)
        again = reader.read(cell)
        reason = reason or (again if isinstance(again, NoDate) else None)
        found = again if isinstance(again, DateRange) else read_period(cell, reader.range)
        found = found or _month_of_other_calendar(cell) or _two_ends(cell, reader)
    if found is None or is_unknown(cell):
        return reason or NoDate("date-unreadable")
    return widened(found) if approximate else found


# -- two dates in one cell ----------------------------------------------------------------------------------------
@cache
def _range_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds the words before the first and between the two dates."""
    begins, between = alternatives(words("range_from")), alternatives(words("range_to"))
    return re.compile(rf"^(?:{begins})\s+"), re.compile(rf"\s+(?:{between})\s+")


def _two_ends(cell: str, reader: _Reader) -> DateRange | None:
    """Read "1984-1986", "1984-86", "03-05.2022", "from March to May 2022": the end lends what the beginning lacks."""
    years = _YEARS.fullmatch(cell)
    if years:
        first, second = int(years.group(1)), int(years.group(1)[:2] + years.group(2))
        if first < second and EARLIEST_YEAR <= first <= LATEST_YEAR:
            return DateRange(date(first, 1, 1), date(second, 12, 31), ("date-range",))
    begins, to = _range_words()
    bare = begins.sub("", cell)
    for cut in [*to.finditer(bare), *_SEPARATORS.finditer(bare)]:
        left, right = bare[: cut.start()].strip(), bare[cut.end() :].strip()
        last = reader.range(right) or read_period(right, reader.range) if left else None
        if last is None:
            continue
        first_end = reader.range(left) or read_period(left, reader.range) or reader.range(_completed(left, right))
        if first_end is not None and first_end.start <= last.start and first_end.end <= last.end:
            rules = {*first_end.rules, *last.rules} - {"date-partial"}
            return DateRange(first_end.start, last.end, ("date-range", *sorted(rules)))
    return None


def _completed(left: str, right: str) -> str:
    """Give the left end what follows the first number or word of the right one."""
    head = _FIRST_NUMBER if _FIRST_NUMBER.fullmatch(left) else _FIRST_WORD if _FIRST_WORD.fullmatch(left) else None
    found = head.match(right) if head else None
    return left + right[found.end() :] if found else ""


# -- other calendars ----------------------------------------------------------------------------------------------
def _month_of_other_calendar(cell: str) -> DateRange | None:
    """Read a date whose month is named in the Persian or the Islamic way."""
    if not _HAS_LETTER.search(cell):
        return None
    for name in CALENDARS:
        found = _other_calendar(cell, name, only_words=True)
        if found is not None:
            return found
    return None


def _other_calendar(cell: str, name: Calendar, *, only_words: bool = False) -> DateRange | None:
    known = months(f"{name}_months")
    for pattern, order in _WITH_WORDS:
        found = pattern.fullmatch(cell)
        if found and (month := known.get(found.group(order.index("B") + 1))):
            day = int(found.group(order.index("d") + 1)) if "d" in order else 0
            return _of_calendar(name, int(found.group(len(order))), month, day)
    if only_words:
        return None
    if _YEAR.fullmatch(cell):
        return _of_calendar(name, int(cell), 0, 0)
    found = _YEAR_MONTH_DAY.fullmatch(cell)
    if found:
        return _of_calendar(name, int(found[1]), int(found[2]), int(found[3] or 0))
    found = _DAY_MONTH_YEAR.fullmatch(cell)
    return _of_calendar(name, int(found[3]), int(found[2]), int(found[1] or 0)) if found else None


def _of_calendar(name: Calendar, year: int, month: int, day: int) -> DateRange | None:
    days = days_of(name, year, month, day)
    if days is None:
        return None
    return DateRange(*days, (f"date-{name}",) if day else (f"date-{name}", "date-partial"))


# -- one date -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one point or period in the declared formats and the unambiguous others."""

    how: Settings

    def range(self, cell: str) -> DateRange | None:
        """Return the date, None if there is none or a reason why not."""
        found = self.read(cell)
        return found if isinstance(found, DateRange) else None

    def read(self, cell: str) -> DateRange | NoDate | None:
        """Return the date, or why there can be none, or None where nothing fits."""
        if not cell:
            return None
        reason: NoDate | None = None
        formats = _compiled(self.how.formats)
        for declared in formats:
            made = self._in_format(cell, declared)
            if isinstance(made, DateRange):
                if declared.rivals and "date-day-or-month" not in self.how.off:
                    return self._with_rivals(cell, made, [formats[i] for i in declared.rivals])
                return made
            reason = reason or made
        return self._undeclared(cell) or reason

    def _in_format(self, cell: str, declared: _Format) -> DateRange | NoDate | None:
        found = declared.pattern.fullmatch(cell)
        if not found:
            return None
        return self._made(dict(zip(declared.names, found.groups(), strict=True)), calendar_name=declared.calendar)

    def _with_rivals(self, cell: str, made: DateRange, rivals: list[_Format]) -> DateRange:
        """Keep every reading of formats that differ in the order of their parts only."""
        others = [other for rival in rivals if isinstance(other := self._in_format(cell, rival), DateRange)]
        start = min((made.start, *(other.start for other in others)))
        end = max((made.end, *(other.end for other in others)))
        if (start, end) == (made.start, made.end):
            return made
        return DateRange(start, end, (*made.rules, "date-day-or-month"))

    def _undeclared(self, cell: str) -> DateRange | NoDate | None:
        if _YEAR.fullmatch(cell):
            return self._made({"Y": cell})
        bare = _TIME.sub("", cell)
        iso = _ISO.fullmatch(bare)
        if iso:
            return self._made({"Y": iso[1], "m": iso[2], "d": iso[3]}, declared=False)
        if _HAS_LETTER.search(cell):
            for pattern, order in _WITH_WORDS:
                found = pattern.fullmatch(cell)
                if found and found.group(order.index("B") + 1) in months():
                    return self._made(dict(zip(order, found.groups(), strict=True)), declared=False)
        return self.read(bare) if bare != cell else None

    def _made(
        self, parts: dict[str, str], *, declared: bool = True, calendar_name: Calendar | None = None
    ) -> DateRange | NoDate | None:
        """Make a range of the parts, None if it is no date."""
        rules = () if declared else ("date-undeclared",)
        if "y" in parts:
            if self.how.latest_year is None:
                return NoDate("date-no-century")
            two = int(parts["y"])
            year = self.how.latest_year - (self.how.latest_year - two) % 100
            rules = (*rules, "date-two-digit-year")
        elif "Y" in parts:
            year = int(parts["Y"])
        else:
            return None
        if "j" in parts:
            return _day_of_year(year, int(parts["j"]), rules)
        month = months().get(parts["B"].rstrip(".")) if "B" in parts else _number(parts.get("m"))
        day = _number(parts.get("d"))
        if month is None:
            return None
        if (year, month, day) in _FILLERS and "date-filler" not in self.how.off:
            return NoDate("date-filler")
        if calendar_name is not None:
            return _of_calendar(calendar_name, year, month, day)
        if FIRST_YEAR <= year <= LAST_YEAR and "Y" in parts:
            return self._of_some_calendar(year, month, day)
        return _gregorian(year, month, day, rules)

    def _of_some_calendar(self, year: int, month: int, day: int) -> DateRange | NoDate | None:
        """Read a year such as 1401 or 1443 that does not say of which calendar it is, if only one can be meant."""
        start, end = self.how.period
        readings = [made for name in CALENDARS if (made := _of_calendar(name, year, month, day)) is not None]
        if not readings:
            return None
        meant = [made for made in readings if made.start <= end and made.end >= start]
        return meant[0] if len(meant) == 1 else NoDate("date-other-calendar")


def _gregorian(year: int, month: int, day: int, rules: tuple[str, ...]) -> DateRange | None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR or not 0 <= month <= 12:
        return None
    if month == 0:
        return DateRange(date(year, 1, 1), date(year, 12, 31), (*rules, "date-partial"))
    last = calendar.monthrange(year, month)[1]
    if day > last:
        return None
    if day == 0:
        return DateRange(date(year, month, 1), date(year, month, last), (*rules, "date-partial"))
    return DateRange(date(year, month, day), date(year, month, day), rules)


def _day_of_year(year: int, number: int, rules: tuple[str, ...]) -> DateRange | None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR or not 1 <= number <= 365 + calendar.isleap(year):
        return None
    day = date(year, 1, 1) + timedelta(days=number - 1)
    return DateRange(day, day, rules)


def _number(text: str | None) -> int:
    """Return the number; 0 if the part is not given (missing, 00, xx, ??)."""
    if text is None or not text.isdigit():
        return 0
    return int(text)


# -- declared formats ---------------------------------------------------------------------------------------------
_DIRECTIVES = {
    "d": _NO_DIGIT_PART,
    "m": _NO_DIGIT_PART,
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "B": r"[^\W\d_]+\.?",
    "j": r"\d{1,3}",
}
_TIME_DIRECTIVES = {
    "H": r"\d{1,2}",
    "I": r"\d{1,2}",
    "M": r"\d{1,2}",
    "S": r"\d{1,2}",
    "f": r"\d{1,9}",
    "p": r"[ap]\.?m\.?",
    "T": r"\d{1,2}:\d{2}:\d{2}",
    "z": r"(?:z|[+-]\d{2}:?\d{2})",
    "a": r"[^\W\d_]+\.?",
    "A": r"[^\W\d_]+",
}


@dataclass(frozen=True, slots=True)
class _Format:
    """A declared format: its pattern, the directives of its groups, its calendar, and formats it can be confused with.

    `rivals` are positions among the declared formats.
    """

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    calendar: Calendar | None
    rivals: tuple[int, ...] = ()


@lru_cache(maxsize=256)
def _compiled(formats: tuple[str, ...]) -> tuple[_Format, ...]:
    alone = [_compile(declared) for declared in formats]
    return tuple(
        _Format(one.pattern, one.names, one.calendar, tuple(k for k, other in enumerate(alone) if _rivals(one, other)))
        for one in alone
    )


def _rivals(one: _Format, other: _Format) -> bool:
    return (
        one.calendar == other.calendar
        and {"d", "m"} <= set(one.names)
        and one.names != other.names
        and sorted(one.names) == sorted(other.names)
    )


def _compile(declared: str) -> _Format:
    """Turn a strptime format into a pattern; a directive that is not understood matches nothing."""
    name = next((c for c in CALENDARS if declared.casefold().startswith(f"{c}:")), None)
    text = declared[len(name) + 1 :].strip() if name else declared
    pattern, names = "", []
    i = 0
    while i < len(text):
        c = text[i]
        if c == "%" and i + 1 < len(text):
            letter = "B" if text[i + 1] == "b" else text[i + 1]
            if letter in _DIRECTIVES:
                names.append(letter)
                # Digits with nothing between them: both must stand.
                crowded = letter in "dm" and (text[i + 2 : i + 3] == "%" or (i > 1 and text[i - 2] == "%"))
                pattern += r"(\d{2})" if crowded else f"({_DIRECTIVES[letter]})"
            elif letter in _TIME_DIRECTIVES:
                pattern += _TIME_DIRECTIVES[letter]
            else:
                pattern += "%" if letter == "%" else r"(?!)"
            i += 2
            continue
        pattern += r"\s+" if c == " " else re.escape(c.casefold())
        i += 1
    return _Format(re.compile(pattern), tuple(names), name)
