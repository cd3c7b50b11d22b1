"""Dates of the Persian (solar) and the Islamic (lunar) calendar as ranges of Gregorian days.

The Persian calendar is computed exactly by the rule of 33 years, which agrees with the official calendar for the years
1178 to 1501 (Gregorian 1799 to 2123). Months of the Islamic calendar begin with the moon as it was seen, and differ
between countries: the tabular calendar is within two days of them, so every date is kept as a range.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

Calendar = Literal["persian", "hijri"]
CALENDARS: tuple[Calendar, ...] = ("persian", "hijri")
FIRST_YEAR, LAST_YEAR = 1200, 1501  # years of either calendar that are read: Gregorian 1785 to 2123
MOON_DAYS = 2  # how far the tabular calendar may be from the moon as seen

_PERSIAN_EPOCH = 226_895  # day number (proleptic Gregorian, 1 January 1 is day 1) of 1 Farvardin 1 by that rule
_HIJRI_EPOCH = 227_015  # of 1 Muharram 1, civil
_HIJRI_LEAP_YEARS = frozenset({2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29})  # of 30


def days_of(calendar: Calendar, year: int, month: int = 0, day: int = 0) -> tuple[date, date] | None:
    """Return the first and last Gregorian day of a date, month (`day` 0) or year (`month` 0); None if it is none.

    Parameters
    ----------
    calendar : "persian" or "hijri"
    year, month, day : int
        In that calendar.

    References
    ----------
    Reingold and Dershowitz (2018), Calendrical Calculations, chapters 7 (Islamic, eq. 7.3) and 15 (Persian); the rule
    of 33 years: a year y is leap if (25 y + 11) mod 33 < 8.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR or not 0 <= month <= 12:
        return None
    length = _month_length(calendar, year, month) if month else 0
    if not 0 <= day <= length:
        return None
    if month == 0:
        first, last = _number(calendar, year, 1, 1), _number(calendar, year + 1, 1, 1) - 1
    else:
        first = _number(calendar, year, month, day or 1)
        last = first if day else first + length - 1
    spare = MOON_DAYS if calendar == "hijri" else 0
    return date.fromordinal(first) - timedelta(days=spare), date.fromordinal(last) + timedelta(days=spare)


def is_leap(calendar: Calendar, year: int) -> bool:
    """Return whether a year has one day more."""
    if calendar == "persian":
        return (25 * year + 11) % 33 < 8
    return year % 30 in _HIJRI_LEAP_YEARS


def _month_length(calendar: Calendar, year: int, month: int) -> int:
    if month == 12:
        return 29 + is_leap(calendar, year)
    if calendar == "persian":
        return 31 if month <= 6 else 30
    return 29 + month % 2


def _number(calendar: Calendar, year: int, month: int, day: int) -> int:
    """Return the day number of a date."""
    if calendar == "persian":
        before = 31 * (month - 1) - max(month - 7, 0)
        return _PERSIAN_EPOCH - 1 + 365 * (year - 1) + (8 * year + 21) // 33 + before + day
    before = 29 * (month - 1) + month // 2
    return _HIJRI_EPOCH - 1 + 354 * (year - 1) + (3 + 11 * year) // 30 + before + day
