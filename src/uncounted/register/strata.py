"""The strata a table is split by: windows of time, places, sexes, kinds, crossed with each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import CaptureError
from uncounted.project.model import Covers, EstimateSpec, ListSpec, Project, StratumBy
from uncounted.records.gazetteer import Places
from uncounted.register.arrays import OPEN_END, OPEN_START, Codes, DayRange, IntArray, RecordArrays
from uncounted.register.coverage import covered_days, covered_places, day_number

MAX_CELLS = 2**20  # strata times capture patterns
_MONTHS = {"year": 12, "half": 6, "quarter": 3}  # from coarse to fine


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One thing the table is split by, and its labels in order.

    `keys` are what the records hold for each label (a place is printed as it is most often written); `starts`, `ends`
    are the days of windows of time.
    """

    by: StratumBy
    labels: tuple[str, ...]
    keys: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    @property
    def is_time(self) -> bool:
        """Whether the labels are windows of time."""
        return self.by in _MONTHS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """Which labels of one dimension are possible, as a stretch `low` … `high` of positions; whether it is known.

    `low` > `high` means none is possible (a date outside every window).
    """

    low: IntArray
    high: IntArray
    known: NDArray[np.bool_]


def period_days(project: Project) -> tuple[int, int]:
    """Return the first and last day of the project's period, both counted in, open where not declared."""
    start = OPEN_START if project.start is None else day_number(project.start)
    end = OPEN_END if project.end is None else day_number(project.end)
    return start, end


def make_dimensions(arrays: RecordArrays, project: Project) -> tuple[Dimension, ...]:
    """Return what the table is split by, in the order of the project file; of several times only the finest.

    Windows of time are cut off at the project's period; where that is open, they run from the first to the last event
    on record. Places, sexes and kinds are those on record.

    Raises
    ------
    CaptureError
        C10 if nothing on record has what the table shall be split by; C13 if there are too many strata.
    """
    chosen = _finest_time(project.estimate)
    made = tuple(_dimension(by, arrays, project) for by in chosen)
    n_strata = int(np.prod([len(d.labels) for d in made])) if made else 1
    most = MAX_CELLS >> len(arrays.lists)
    if n_strata > max(most, 1):
        raise CaptureError(
            f"{' × '.join(chosen)} makes {n_strata:,} strata; with {len(arrays.lists)} lists at most {most:,} are "
            "possible.",
            where="[estimate] strata",
            do="Split by fewer things, or by a coarser time.",
            code="C13",
        )
    return made


def stratum_labels(dimensions: tuple[Dimension, ...]) -> tuple[str, ...]:
    """Return the label of every stratum, the last dimension running fastest; ("all",) without dimensions."""
    if not dimensions:
        return ("all",)
    return tuple(", ".join(labels) for labels in product(*(d.labels for d in dimensions)))


def time_levels(dimension: Dimension, ranges: DayRange) -> Levels:
    """Return the windows that each range of days touches."""
    starts, ends = np.array(dimension.starts), np.array(dimension.ends)
    return Levels(
        low=np.searchsorted(ends, ranges.start, side="left").astype(np.int64),
        high=np.searchsorted(starts, ranges.end, side="right").astype(np.int64) - 1,
        known=ranges.known,
    )


def word_levels(dimension: Dimension, words: Codes) -> Levels:
    """Return the label of each word; all labels where it is missing."""
    known = words.code >= 0
    return Levels(
        low=np.where(known, words.code, 0),
        high=np.where(known, words.code, len(dimension.labels) - 1),
        known=known,
    )


def coverage_table(dimensions: tuple[Dimension, ...], specs: tuple[ListSpec, ...], places: Places) -> NDArray[np.bool_]:
    """Return whether list j could have recorded anybody in stratum s, shape (S, J).

    A list covers a window of time if it covers any day of it: see `coverage_notes` for windows covered in part.
    """
    tables = []
    for dimension in dimensions:
        columns = [_covered_labels(dimension, spec.covers, places) for spec in specs]
        tables.append(np.stack(columns, axis=1))
    out = np.ones((1, len(specs)), dtype=bool)
    for table in tables:
        out = (out[:, None, :] & table[None, :, :]).reshape(-1, len(specs))
    return out


def coverage_notes(dimensions: tuple[Dimension, ...], specs: tuple[ListSpec, ...], project: Project) -> tuple[str, ...]:
    """Return a warning for every list whose limits the strata cannot express.

    Within such a stratum people the list could not have recorded look like people it missed, which makes the lists
    seem to overlap less than they do.
    """
    time = next((d for d in dimensions if d.is_time), None)
    has_places = any(d.by == "place" for d in dimensions)
    notes = []
    for spec in specs:
        if time is not None:
            partly = [label for label, part in _parts_covered(time, spec.covers).items() if part]
            if partly:
                notes.append(
                    f"List '{spec.name}' covers {', '.join(partly)} only in part, and is taken to cover all of it: "
                    "those it could not have recorded look like people it missed, which raises the estimate. "
                    + _finer(time)
                )
        elif _limited_in_time(spec.covers, project):
            notes.append(
                f"List '{spec.name}' could not have recorded everybody: it covers a part of the time only, and the "
                'table is not split by time, so the estimate is likely too high. Split it: strata = ["year"] (or '
                '"half", "quarter").'
            )
        if spec.covers.places and not has_places:
            notes.append(
                f"List '{spec.name}' could not have recorded everybody: it covers some places only, and the table is "
                'not split by place, so the estimate is likely too high. Split it: strata = ["place"].'
            )
    return tuple(notes)


# -- windows of time --------------------------------------------------------------------------------------------------
def time_windows(by: StratumBy, first: date, last: date) -> tuple[tuple[str, date, date], ...]:
    """Return the years, halves or quarters that hold `first` … `last`: label, first day, last day, cut off at both."""
    months = _MONTHS[by]
    year, month = first.year, (first.month - 1) // months * months + 1
    windows = []
    while (year, month) <= (last.year, last.month):
        start = date(year, month, 1)
        label = {"year": f"{year}", "half": f"{year}-H{month // 6 + 1}", "quarter": f"{year}-Q{month // 3 + 1}"}[by]
        year, month = (year, month + months) if month + months <= 12 else (year + 1, 1)
        if (year, month) > (9999, 12):
            windows.append((label, max(start, first), last))
            break
        end = date(year, month, 1) - timedelta(days=1)
        windows.append((label, max(start, first), min(end, last)))
    return tuple(windows)


# -- small things -----------------------------------------------------------------------------------------------------
def _finest_time(spec: EstimateSpec) -> tuple[StratumBy, ...]:
    times = [by for by in _MONTHS if by in spec.strata]
    return tuple(by for by in spec.strata if by not in times[:-1])


def _dimension(by: StratumBy, arrays: RecordArrays, project: Project) -> Dimension:
    if by in _MONTHS:
        return _time_dimension(by, arrays, project)
    words = arrays.words(by)
    if not words.labels:
        raise _nothing(by)
    return Dimension(by=by, labels=words.shown, keys=words.labels)


def _time_dimension(by: StratumBy, arrays: RecordArrays, project: Project) -> Dimension:
    first, last = period_days(project)
    event = arrays.event
    starts, ends = event.start[event.start > OPEN_START], event.end[event.end < OPEN_END]
    days = np.concatenate([starts, ends])
    inside = days[(days >= first) & (days <= last)]
    if first == OPEN_START or last == OPEN_END:
        if inside.size == 0:
            raise _nothing(by)
        first = int(inside.min()) if first == OPEN_START else first
        last = int(inside.max()) if last == OPEN_END else last
    elif days.size == 0:
        raise _nothing(by)
    epoch = date(1970, 1, 1)
    windows = time_windows(by, epoch + timedelta(days=first), epoch + timedelta(days=last))
    return Dimension(
        by=by,
        labels=tuple(label for label, _, _ in windows),
        starts=tuple(day_number(start) for _, start, _ in windows),
        ends=tuple(day_number(end) for _, _, end in windows),
    )


def _nothing(by: StratumBy) -> CaptureError:
    column = "event" if by in _MONTHS else by
    return CaptureError(
        f"the table shall be split by {by}, and no record has one.",
        where="[estimate] strata",
        do=f"Map the column '{column}' of at least one list, or take '{by}' out of strata.",
        code="C10",
    )


def _covered_labels(dimension: Dimension, covers: Covers, places: Places) -> NDArray[np.bool_]:
    if dimension.is_time:
        start, end = covered_days(covers)
        return (np.array(dimension.ends) >= start) & (np.array(dimension.starts) <= end)
    if dimension.by == "place":
        return covered_places(covers, dimension.keys, places)
    return np.ones(len(dimension.labels), dtype=bool)


def _parts_covered(time: Dimension, covers: Covers) -> dict[str, bool]:
    """Return, per window, whether some of its days are covered and some not."""
    start, end = covered_days(covers)
    return {
        label: first <= end and last >= start and (first < start or last > end)
        for label, first, last in zip(time.labels, time.starts, time.ends, strict=True)
    }


def _finer(time: Dimension) -> str:
    finer = list(_MONTHS)[list(_MONTHS).index(time.by) + 1 :]
    if not finer:
        return "Choose its `covers` to begin or end with a quarter, or take the list as covering less."
    return f'A finer split helps: strata = ["{finer[0]}"]' + (f' or ["{finer[1]}"].' if len(finer) > 1 else ".")


def _limited_in_time(covers: Covers, project: Project) -> bool:
    start, end = covered_days(covers)
    first, last = period_days(project)
    return start > first or end < last
