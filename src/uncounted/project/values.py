"""What a single value of the project file may be: dates, encodings, delimiters, date formats, list names."""

from __future__ import annotations

import calendar
import codecs
import re
import unicodedata
from datetime import date, datetime
from typing import Literal

from uncounted.errors import nearest

DATE_WORDS = 'a date such as 2022-02-24, or a text such as "2022-02" or "2022"'
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_LIST_NAME = re.compile(r"[^\W\d_][\w-]{0,39}")
# As `estimation.GROUPS`, which this room may not import; a test compares the two.
ESTIMATOR_FAMILIES = (
    "chapman",
    "chao",
    "loglinear",
    "selected",
    "decomposable",
    "coverage",
    "assumptions",
    "sample-coverage",
    "shrinkage",
    "latent-class",
    "hierarchical",
)
_ESTIMATOR_ID = re.compile(r"[a-z]+(-[a-z]+)+(:.+)?|[a-z]+:.+")
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = frozenset("YymdbBjHIMSpfTzaA%")
# Codecs Python has that are no encodings of a delivered list, or that stand for "whatever this machine uses".
_NO_ENCODINGS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf-7"}
)
COMMON_ENCODINGS = (
    "utf-8",
    "cp1251",
    "koi8-r",
    "koi8-u",
    "cp866",
    "cp1252",
    "cp1250",
    "cp1254",
    "cp1256",
    "iso8859-1",
    "iso8859-5",
    "iso8859-6",
    "utf-16",
    "latin-1",
    "gb18030",
    "shift_jis",
)


def date_bound(value: object, *, end: Literal["first", "last"]) -> date:
    """Return a date from a TOML date or a text with year, year-month or a full date.

    Parameters
    ----------
    value : object
        What stands in the file.
    end : {"first", "last"}
        Which day of a year or month is meant: the first for `from`, the last for `to`.

    Raises
    ------
    ValueError
        With the words of what is allowed.
    """
    if isinstance(value, datetime):
        raise ValueError(f"{DATE_WORDS}, without a time of day")
    if isinstance(value, date):
        return value
    found = _PARTIAL_DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(DATE_WORDS)
    year, month, day = (int(x) if x else None for x in found.groups())
    assert year is not None, "the pattern holds a year"
    first = end == "first"
    month = month or (1 if first else 12)
    if not (1 <= year <= 9999 and 1 <= month <= 12):
        raise ValueError(DATE_WORDS)
    length = calendar.monthrange(year, month)[1]
    day = day or (1 if first else length)
    if not 1 <= day <= length:
        raise ValueError(f"{DATE_WORDS}; this month has {length} days")
    return date(year, month, day)


def encoding_name(value: str) -> str:
    """Return the usual name of an encoding.

    Raises
    ------
    ValueError
        If Python knows no such encoding; its arguments are what is allowed and the nearest name.
    """
    wanted = value.strip()
    if wanted.casefold() == "ansi":
        raise ValueError("the encoding itself: 'ANSI' is cp1251 on a Russian machine and cp1252 on a western one")
    try:
        info = codecs.lookup(wanted)
    except (LookupError, ValueError):
        info = None
    if info is None or not info._is_text_encoding or info.name in _NO_ENCODINGS:
        raise ValueError(f"an encoding such as {', '.join(COMMON_ENCODINGS[:7])}", nearest(wanted, COMMON_ENCODINGS))
    return "utf-8" if info.name == "utf-8-sig" else info.name


def one_delimiter(value: str) -> str:
    """Return the one character between two cells.

    Raises
    ------
    ValueError
        If it is none, or one that cannot stand between cells.
    """
    if value.casefold() in {"tab", "\\t"}:
        return "\t"
    if len(value) != 1 or value in "\"'\r\n\0 " or value.isalnum() or not value.isascii():
        raise ValueError('one character such as "," ";" "|" or "\\t" (tab)')
    return value


def date_format(value: str) -> str:
    """Return `value` if it is a date format with a year in it.

    Raises
    ------
    ValueError
        If a directive is unknown or there is no year.
    """
    used = _DIRECTIVE.findall(value)
    unknown = sorted({f"%{d}" for d in used if d not in _DIRECTIVES})
    if unknown:
        raise ValueError(f"the directives %Y %y %m %d %b %B %j %H %M %S; {', '.join(unknown)} is unknown")
    if not {"Y", "y"} & set(used):
        raise ValueError('a format with a year, such as "%d.%m.%Y"; without a year no date can be read')
    return value


def estimator_name(value: str) -> str:
    """Return `value` if it is a family of estimators, or has the form of one estimator's id.

    Whether there is such an id depends on the lists and is checked before estimating.

    Raises
    ------
    ValueError
        If it is neither; its arguments are what is allowed and the nearest family.
    """
    if value not in ESTIMATOR_FAMILIES and not _ESTIMATOR_ID.fullmatch(value):
        raise ValueError(
            f"{', '.join(ESTIMATOR_FAMILIES)}, or an id such as loglinear-average or loglinear:[12,3]",
            nearest(value, ESTIMATOR_FAMILIES),
        )
    return value


def list_name(value: str) -> str:
    """Return `value` if it can name a list: it becomes part of record ids and column names.

    Raises
    ------
    ValueError
        If it does not start with a letter or holds other signs than letters, digits, _ and -.
    """
    if not _LIST_NAME.fullmatch(value):
        raise ValueError("a letter, then letters, digits, _ or -, at most 40 in all, such as court or hotline_2")
    return unicodedata.normalize("NFC", value)


def header_text(value: str) -> str:
    """Return a header as headers are compared: white space around it removed, composed Unicode (NFC)."""
    return unicodedata.normalize("NFC", value).strip().strip("\ufeff").strip()
