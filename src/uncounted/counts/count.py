"""A recorded count: what is counted, in which windows, on which list; never mixed with an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open period [start, end) with the label it is printed under."""

    label: str
    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Counts per window of one list, or of "any list" (people once each)."""

    name: str
    n: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Recorded counts over time.

    `definition` is one sentence saying what was counted. `n_undated` had no usable date, `n_spread` a date range that
    crosses windows, `n_outside` a date outside all of them; none of these is in a window, and they are printed beside
    them. `complete` tells, per window, whether the whole window lies in the project's period.
    """

    definition: str
    unit: str
    windows: tuple[Window, ...]
    series: tuple[Series, ...]
    complete: tuple[bool, ...]
    n_undated: int = 0
    n_spread: int = 0
    n_outside: int = 0
