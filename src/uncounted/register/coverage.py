"""Whom each list could have recorded, and records that contradict it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import CaptureError, did_you_mean
from uncounted.project.model import Covers, ListSpec, Project
from uncounted.records.gazetteer import Places, places_of
from uncounted.records.records import Records
from uncounted.register.arrays import OPEN_END, OPEN_START, day_range

_EPOCH = date(1970, 1, 1)
_SHOWN = 20  # line numbers given with an error


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageError:
    """Records of one list that its `covers` rules out.

    `by` is "dates" or "places"; `n` how many records; `lines` the first 20 of their lines in the file.
    """

    list: str
    by: str
    n: int
    lines: tuple[int, ...]

    def __str__(self) -> str:
        more = f" and {self.n - len(self.lines):,} more" if self.n > len(self.lines) else ""
        return f"list '{self.list}', {self.by}, {self.n:,} records: lines {', '.join(map(str, self.lines))}{more}"


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return (day - _EPOCH).days


def covered_days(covers: Covers) -> tuple[int, int]:
    """Return the first and last day a list covers, open where the project says nothing."""
    start = OPEN_START if covers.start is None else day_number(covers.start)
    end = OPEN_END if covers.end is None else day_number(covers.end)
    return start, end


def list_specs(records: Records, project: Project) -> tuple[ListSpec, ...]:
    """Return the declarations of the records' lists, in the records' order."""
    check_lists(records, project)
    by_name = {spec.name: spec for spec in project.lists}
    return tuple(by_name[name] for name in records.lists)


def check_lists(records: Records, project: Project) -> None:
    """Refuse records of a list that the project does not declare.

    Raises
    ------
    CaptureError
        C12.
    """
    declared = [spec.name for spec in project.lists]
    for name in records.lists:
        if name not in declared:
            raise CaptureError(
                f"the records hold a list '{name}' that the project does not declare.{did_you_mean(name, declared)}",
                do="Declare it as a [[list]] in the project file, or read the records again.",
                code="C12",
            )


def check_coverage(records: Records, project: Project) -> tuple[CoverageError, ...]:
    """Return the records that, by its `covers`, their list could not have recorded.

    A record counts only if it lies outside for certain: its whole date range outside, or its place known and another.

    Parameters
    ----------
    records : Records
        All records.
    project : Project
        Its `covers` per list.

    Returns
    -------
    tuple of CoverageError
        By list, dates before places; empty if all is well.
    """
    table = records.table
    event = day_range(table, "event")
    on_list = np.asarray(table["list"].to_numpy(zero_copy_only=False), dtype=object)
    line = np.asarray(table["line"].to_numpy(), dtype=np.int64)
    found = []
    places = places_of(project)
    for spec in list_specs(records, project):
        own = on_list == spec.name
        start, end = covered_days(spec.covers)
        by_dates = own & ((event.end < start) | (event.start > end))
        outside = {"dates": by_dates}
        if spec.covers.places:
            key = np.asarray(table["place_key"].to_numpy(zero_copy_only=False), dtype=object)
            covered = _keys_of(spec.covers, places)
            outside["places"] = own & np.array(
                [k is not None and not places.may_lie_in(k, covered) for k in key], dtype=bool
            )
        for by, rows in outside.items():
            if rows.any():
                lines = tuple(int(x) for x in np.sort(line[rows])[:_SHOWN])
                found.append(CoverageError(list=spec.name, by=by, n=int(rows.sum()), lines=lines))
    return tuple(found)


def refuse_uncovered(records: Records, project: Project) -> None:
    """Raise if any record contradicts its list's coverage.

    Raises
    ------
    CaptureError
        C11, with lists and line numbers, never with the dates or places themselves.
    """
    found = check_coverage(records, project)
    if found:
        raise CaptureError(
            "some records lie outside what their list could have recorded:\n  " + "\n  ".join(map(str, found)),
            why="Either these records or the list's `covers` are wrong, and both change the estimate.",
            do="Correct the dates or places in the file, or `covers` of the list in the project file.",
            code="C11",
        )


def covered_places(covers: Covers, keys: tuple[str, ...], places: Places) -> NDArray[np.bool_]:
    """Return, per place key, whether a list could have recorded people there.

    Places in the project file get their keys as places on record do, so either may be in another script or language.
    With a gazetteer a place covers all that lie in it, and a place that is not in the gazetteer may be covered.
    """
    if not covers.places:
        return np.ones(len(keys), dtype=bool)
    named = _keys_of(covers, places)
    return np.array([places.may_lie_in(key, named) for key in keys], dtype=bool)


def _keys_of(covers: Covers, places: Places) -> frozenset[str]:
    keys, nameless = places.covered(covers.places)
    if nameless:
        raise CaptureError(
            f"place {nameless[0] + 1} of {len(covers.places)} has no name to compare: it holds no letters, or only a "
            'word such as "city".',
            where="covers, places",
            why="The list would seem to cover nothing there.",
            do="Write the place's name, as in the list.",
            code="C15",
        )
    return keys
