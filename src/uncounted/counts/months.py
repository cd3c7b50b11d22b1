"""People per month, as recorded."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from uncounted.counts.count import Count, Series, Window
from uncounted.errors import CaptureError
from uncounted.project.model import Project
from uncounted.records.records import Records
from uncounted.register.arrays import OPEN_END, OPEN_START, DayRange, day_range
from uncounted.register.coverage import day_number
from uncounted.register.register import Register

IntArray = NDArray[np.int64]
ANY_LIST = "any list"
MAX_MONTHS = 1_200
_EPOCH = date(1970, 1, 1)


def count_by_month(register: Register, records: Records, project: Project) -> Count:
    """Count the people of the best clustering by month of their event: on any list, and on each.

    Each person counts once, in the month on which the records agree, however often and on however many lists they are
    recorded; a list's series counts the people on it, in that same month. Months run over the project's period; where
    that is open, over the dates on record.

    Parameters
    ----------
    register : Register
        One row a person.
    records : Records
        For the number of records in the definition.
    project : Project
        Period and unit.

    Returns
    -------
    Count
        The windows are cut off at the period; `complete` is False for a month that was cut. Every person is either in
        one window or in one of `n_undated`, `n_spread`, `n_outside`.

    Raises
    ------
    CaptureError
        C14 if the months would run over more than a hundred years.
    """
    event = day_range(register.people, "event")
    windows, complete = month_windows(event, project.start, project.end)
    if windows:
        window = window_of(event, day_number(windows[0].start), day_number(windows[-1].end) - 1)
    else:  # neither a date on record nor a period
        window = np.full(register.n_people, UNDATED)
    series = [Series(name=ANY_LIST, n=count_windows(window, len(windows)))]
    for name in register.lists:
        on_list = np.asarray(register.people[f"on_{name}"].to_numpy(), dtype=bool)
        series.append(Series(name=name, n=count_windows(window[on_list], len(windows))))
    return Count(
        definition=(
            f"Each {project.unit} on at least one list, counted once, in the month of the event on which the records "
            f"agree ({register.n_people:,} from {records.table.num_rows:,} records)."
        ),
        unit=project.unit,
        windows=windows,
        series=tuple(series),
        complete=complete,
        n_undated=int((window == UNDATED).sum()),
        n_spread=int((window == SPREAD).sum()),
        n_outside=int((window == OUTSIDE).sum()),
    )


UNDATED, SPREAD, OUTSIDE = -1, -2, -3


def window_of(event: DayRange, first: int, last: int) -> IntArray:
    """Return the month each range of days belongs to, counted from the month of `first`, or why to none.

    Parameters
    ----------
    event : DayRange
        One range a person.
    first, last : int
        First and last day of the windows.

    Returns
    -------
    ndarray of int64
        0 for the month of `first`, and so on; `UNDATED` without a date, `OUTSIDE` if the whole range lies before
        `first` or after `last`, else `SPREAD` if the range touches several months.
    """
    month = _month_number(event.start)
    window = np.where(month == _month_number(event.end), month - _month_number(np.array(first)), SPREAD)
    window[(event.end < first) | (event.start > last)] = OUTSIDE
    window[~event.known] = UNDATED
    return window


def count_windows(window: IntArray, n_windows: int) -> tuple[int, ...]:
    """Return how many belong to each window; those that belong to none are passed over."""
    return tuple(int(n) for n in np.bincount(window[window >= 0], minlength=n_windows))


def month_windows(event: DayRange, start: date | None, end: date | None) -> tuple[tuple[Window, ...], tuple[bool, ...]]:
    """Return the months from `start` to `end` (both days included), cut off at both, and which of them are whole.

    An end that is None is taken from the dates: whole months then, for nothing cuts them off.

    Raises
    ------
    CaptureError
        C14 if there would be more than `MAX_MONTHS`.
    """
    days = np.concatenate([event.start[event.start > OPEN_START], event.end[event.end < OPEN_END]])
    if start is not None:
        days = days[days >= day_number(start)]
    if end is not None:
        days = days[days <= day_number(end)]
    first = start or (_day(days.min()) if days.size else end)
    last = end or (_day(days.max()) if days.size else start)
    if first is None or last is None:
        return (), ()
    n_months = (last.year - first.year) * 12 + last.month - first.month + 1
    if n_months > MAX_MONTHS:
        raise CaptureError(
            f"the dates on record run over {n_months // 12:,} years.",
            where="counts by month",
            why="A single misread year makes a picture of empty months.",
            do="Declare the period in [project] (from, to), or correct the dates.",
            code="C14",
        )
    months = [_month(first.year * 12 + first.month - 1 + k) for k in range(n_months + 1)]
    windows, complete = [], []
    for month, following in pairwise(months):
        opens = max(month, start) if start else month
        closes = min(following, end + timedelta(days=1)) if end else following
        windows.append(Window(label=f"{month.year}-{month.month:02d}", start=opens, end=closes))
        complete.append((opens, closes) == (month, following))
    return tuple(windows), tuple(complete)


def _month_number(days: IntArray) -> IntArray:
    """Return months since January 1970."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _day(days: int | np.int64) -> date:
    return _EPOCH + timedelta(days=int(days))
