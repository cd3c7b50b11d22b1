"""Dates as lists hold them: exact, partial, approximate, two at once; read as ranges or not at all."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from functools import lru_cache

from uncounted.records.tables import read_table

EARLIEST_YEAR = 1800
LATEST_YEAR = 2100

_DASHES = re.compile("[‐‑‒–—−]")
_SPACES = re.compile(r"\s+")
_TIME = re.compile(r"[t ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m)?( ?z|[+-]\d{2}:?\d{2})?$")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_YEARS = re.compile(r"(\d{4}) ?[-/] ?(\d{2})")
_WORDS_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th|-?го|er|º)?[ ./-]*([^\W\d_]+)[ ./,-]*(\d{4})")
_WORDS_MONTH_DAY_YEAR = re.compile(r"([^\W\d_]+)[ .]*(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
_WORDS_MONTH_YEAR = re.compile(r"([^\W\d_]+)[ ./,-]*(\d{4})")
_NO_DIGIT_PART = r"(?:\d{1,2}|xx|\?\?|__|--|хх)"
_SEPARATORS = re.compile(r" ?(?:\.\.+| - |-|/| to ) ?")
_FIRST_NUMBER = re.compile(r"\d{1,2}")
_FIRST_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class DateRange:
    """A date as a range of days, both ends included, and the rules (`rules.RULES`) that were needed to read it."""

    start: date
    end: date
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoDate:
    """Why there is no date: "" for an empty cell, "date-unknown", or "date-unreadable"."""

    rule: str = ""


def parse_date(text: str, formats: Sequence[str], *, latest_year: int = LATEST_YEAR) -> DateRange | NoDate:
    """Read one cell as a range of days.

    Declared formats are tried first, in their order; then what can be read in one way only: ISO dates (also with a
    time), a year, words for months in nine languages. A day or month written 00, xx or ?? counts as not given.

    Parameters
    ----------
    text : str
        The cell.
    formats : sequence of str
        strptime directives %d %m %Y %y %b %B, and whatever stands between them; partial formats are welcome ("%m.%Y").
    latest_year : int
        A two-digit year (%y) is the last year ending so that is not after this one.

    Returns
    -------
    DateRange or NoDate
        An approximate year is widened by one year on either side; an approximate month or day by one month.
    """
    cell = _plain(text)
    if _unknown(cell):
        return NoDate("date-unknown" if cell else "")
    reader = _Reader(tuple(formats), latest_year)
    whole = reader.read(cell)
    if whole is not None:
        return whole
    approximate, cell = _take_approximate(cell)
    cell = _without_noise(cell)
    found = reader.read(cell) or _decade(cell) or _two_ends(cell, reader)
    if found is None or _unknown(cell):
        return NoDate("date-unreadable")
    if approximate:
        return _widened(found)
    return found


def _plain(text: str) -> str:
    """Bring digits to 0-9, dashes to one, letters to lower case; drop what cannot be seen."""
    text = unicodedata.normalize("NFKC", text[:200])
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text if unicodedata.category(c) != "Cf"
        )
        text = _DASHES.sub("-", text)
    return _SPACES.sub(" ", text).strip().casefold()


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    return {key: frozenset(words) for key, words in read_table("dates")["words"].items()}


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    # NFKC splits "й" typed as two signs no more: the table is normalised as cells are.
    return {
        unicodedata.normalize("NFKC", word).casefold(): int(number)
        for number, words in read_table("dates")["months"].items()
        for word in words
    }


def _unknown(cell: str) -> bool:
    return cell.strip(" .") in _words()["unknown"]


def _alternatives(words: frozenset[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return (approximate, noise, from, to, decade)."""
    words = _words()
    return (
        re.compile(rf"^(?:[~≈]|(?:{_alternatives(words['approximate'])})\b\.?)\s*(?=\S)"),
        re.compile(rf"(?<![^\W\d_])(?:{_alternatives(words['noise'])})(?![^\W\d_])\.?"),
        re.compile(rf"^(?:{_alternatives(words['range_from'])})\s+"),
        re.compile(rf"\s+(?:{_alternatives(words['range_to'])})\s+"),
        re.compile(rf"(\d{{3}})0 ?(?:{_alternatives(words['decade'])})\.?"),
    )


def _take_approximate(cell: str) -> tuple[bool, str]:
    """Take off "circa", "~", "?", "(?)"; return whether any was there."""
    bare = re.sub(r"\s*\(?\?+\)?$", "", cell)
    trimmed = _patterns()[0].sub("", bare)
    return trimmed != cell, trimmed.strip()


def _without_noise(cell: str) -> str:
    return _SPACES.sub(" ", _patterns()[1].sub(" ", cell)).strip(" ,")


def _widened(found: DateRange) -> DateRange:
    rules = tuple(dict.fromkeys((*(r for r in found.rules if r != "date-partial"), "date-approximate")))
    if (found.end - found.start).days >= 360:
        start = date(max(found.start.year - 1, 1), 1, 1)
        return DateRange(start, date(min(found.end.year + 1, MAXYEAR), 12, 31), rules)
    month_before = (found.start.replace(day=1) - timedelta(days=1)).replace(
        day=min(found.start.day, calendar.monthrange(*_before(found.start))[1])
    )
    year, month = (found.end.year + 1, 1) if found.end.month == 12 else (found.end.year, found.end.month + 1)
    last = calendar.monthrange(year, month)[1]
    whole_month = found.end.day == calendar.monthrange(found.end.year, found.end.month)[1]
    month_after = date(year, month, last if whole_month else min(found.end.day, last))
    return DateRange(month_before, month_after, rules)


def _before(day: date) -> tuple[int, int]:
    return (day.year - 1, 12) if day.month == 1 else (day.year, day.month - 1)


def _decade(cell: str) -> DateRange | None:
    found = _patterns()[4].fullmatch(cell)
    if not found:
        return None
    year = int(found.group(1)) * 10
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    return DateRange(date(year, 1, 1), date(year + 9, 12, 31), ("date-partial",))


def _two_ends(cell: str, reader: _Reader) -> DateRange | None:
    """Read "1984-1986", "1984-86", "03-05.2022", "from March to May 2022": the end lends what the beginning lacks."""
    years = _YEARS.fullmatch(cell)
    if years:
        first, second = int(years.group(1)), int(years.group(1)[:2] + years.group(2))
        if first < second and EARLIEST_YEAR <= first <= LATEST_YEAR:
            return DateRange(date(first, 1, 1), date(second, 12, 31), ("date-range",))
    _, _, begins, to, _ = _patterns()
    bare = begins.sub("", cell)
    for cut in [*to.finditer(bare), *_SEPARATORS.finditer(bare)]:
        left, right = bare[: cut.start()].strip(), bare[cut.end() :].strip()
        last = reader.read(right)
        if last is None or not left:
            continue
        first_end = reader.read(left) or reader.read(_completed(left, right))
        if first_end is not None and first_end.start <= last.start and first_end.end <= last.end:
            rules = {*first_end.rules, *last.rules} - {"date-partial"}
            return DateRange(first_end.start, last.end, ("date-range", *sorted(rules)))
    return None


def _completed(left: str, right: str) -> str:
    """Give the left end what follows the first number or word of the right one."""
    head = _FIRST_NUMBER if _FIRST_NUMBER.fullmatch(left) else _FIRST_WORD if _FIRST_WORD.fullmatch(left) else None
    found = head.match(right) if head else None
    return left + right[found.end() :] if found else ""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one point or period in the declared formats and the unambiguous others."""

    formats: tuple[str, ...]
    latest_year: int

    def read(self, cell: str) -> DateRange | None:
        if not cell:
            return None
        for pattern, names in _compiled(self.formats):
            found = pattern.fullmatch(cell)
            if found:
                made = self._made(dict(zip(names, found.groups(), strict=True)))
                if made is not None:
                    return made
        return self._undeclared(cell)

    def _undeclared(self, cell: str) -> DateRange | None:
        bare = _TIME.sub("", cell)
        iso = _ISO.fullmatch(bare)
        if iso:
            return self._made({"Y": iso[1], "m": iso[2], "d": iso[3]}, declared=False)
        if _YEAR.fullmatch(cell):
            return self._made({"Y": cell})
        for pattern, order in (
            (_WORDS_DAY_MONTH_YEAR, "dBY"),
            (_WORDS_MONTH_DAY_YEAR, "BdY"),
            (_WORDS_MONTH_YEAR, "BY"),
        ):
            found = pattern.fullmatch(cell)
            if found and found.group(order.index("B") + 1) in _months():
                return self._made(dict(zip(order, found.groups(), strict=True)), declared=False)
        if bare != cell:
            return self.read(bare)
        return None

    def _made(self, parts: dict[str, str], *, declared: bool = True) -> DateRange | None:
        """Make a range of the parts, None if it is no date."""
        year = self._year(parts)
        if year is None or not EARLIEST_YEAR <= year <= LATEST_YEAR:
            return None
        month = _months().get(parts["B"].rstrip(".")) if "B" in parts else _number(parts.get("m"))
        if month is None or not 0 <= month <= 12:
            return None
        day = _number(parts.get("d"))
        rules = () if declared else ("date-undeclared",)
        if month == 0:
            return DateRange(date(year, 1, 1), date(year, 12, 31), (*rules, "date-partial"))
        last = calendar.monthrange(year, month)[1]
        if day is None or day > last:
            return None
        if day == 0:
            return DateRange(date(year, month, 1), date(year, month, last), (*rules, "date-partial"))
        return DateRange(date(year, month, day), date(year, month, day), rules)

    def _year(self, parts: dict[str, str]) -> int | None:
        if "Y" in parts:
            return int(parts["Y"])
        if "y" not in parts:
            return None
        two = int(parts["y"])
        return self.latest_year - (self.latest_year - two) % 100


def _number(text: str | None) -> int | None:
    """Return the number; 0 if the part is not given (missing, 00, xx, ??)."""
    if text is None or not text.isdigit():
        return 0
    return int(text)


_DIRECTIVES = {"d": _NO_DIGIT_PART, "m": _NO_DIGIT_PART, "Y": r"\d{4}", "y": r"\d{2}", "B": r"[^\W\d_]+\.?"}


@lru_cache(maxsize=256)
def _compiled(formats: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(_compile(declared) for declared in formats)


def _compile(declared: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Turn a strptime format into a pattern; a directive other than those of `parse_date` matches nothing."""
    pattern, names = "", []
    i = 0
    while i < len(declared):
        c = declared[i]
        if c == "%" and i + 1 < len(declared):
            letter = "B" if declared[i + 1] == "b" else declared[i + 1]
            if letter in _DIRECTIVES:
                names.append(letter)
                pattern += f"({_DIRECTIVES[letter]})"
            else:
                pattern += "%" if letter == "%" else r"(?!)"
            i += 2
            continue
        pattern += r"\s+" if c == " " else re.escape(c.casefold())
        i += 1
    return re.compile(pattern), tuple(names)
