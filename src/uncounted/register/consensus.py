"""What the records of one person say together: dates, words, lists. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.register.arrays import OPEN_END, OPEN_START, Codes, DayRange, IntArray

_SPAN = 2**33  # wider than any range of days, so ranges of different people never touch on one long axis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Records sorted by person.

    Attributes
    ----------
    order : ndarray of int64, shape (n_records,)
        Record numbers, person by person, ascending within each.
    starts : ndarray of int64, shape (n_people,)
        Where each person begins in `order`. People are in order of their smallest record number.
    of_record : ndarray of int64, shape (n_records,)
        Person (0 … n_people − 1) of each record.
    """

    order: IntArray
    starts: IntArray
    of_record: IntArray

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.starts)

    @property
    def sizes(self) -> IntArray:
        """Records per person."""
        return np.diff(np.append(self.starts, len(self.order)))

    @property
    def first(self) -> IntArray:
        """Smallest record number of each person."""
        return self.order[self.starts]


def group_people(labels: IntArray) -> People:
    """Return the people of one clustering.

    Parameters
    ----------
    labels : ndarray of int64, shape (n_records,)
        Cluster label per record: the smallest record number in the cluster.
    """
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    is_start = np.ones(len(labels), dtype=bool)
    is_start[1:] = ordered[1:] != ordered[:-1]
    of_record = np.empty(len(labels), dtype=np.int64)
    of_record[order] = np.cumsum(is_start) - 1
    return People(order=order, starts=np.flatnonzero(is_start), of_record=of_record)


def capture_patterns(people: People, list_code: IntArray, n_lists: int) -> IntArray:
    """Return each person's capture pattern as a number: bit J − 1 − j is list j (as in `CaptureTable`)."""
    bits = np.left_shift(np.int64(1), n_lists - 1 - list_code)
    return _reduce(np.bitwise_or, bits, people)


def agree_ranges(people: People, ranges: DayRange) -> tuple[DayRange, NDArray[np.bool_]]:
    """Return one range a person, and whether the person's records contradict each other.

    Where the ranges have days in common, those: the narrowest range all records agree on. Where they have none, the
    range that overlaps with most of the person's others; among equals the shortest, then the earliest, then the one of
    the smallest record number. Records without a date have no say.

    Parameters
    ----------
    people : People
        Who the records belong to.
    ranges : DayRange
        One range a record.

    Returns
    -------
    tuple of DayRange and ndarray of bool, shape (n_people,)
        The agreed range, and where there was none and the majority decided.
    """
    start = _reduce(np.maximum, ranges.start, people)
    end = _reduce(np.minimum, ranges.end, people)
    contradictory = start > end
    if contradictory.any():
        chosen = _majority(people, ranges, contradictory)
        who = people.of_record[chosen]
        start[who], end[who] = ranges.start[chosen], ranges.end[chosen]
    return DayRange(start=start, end=end), contradictory


def agree_words(people: People, words: Codes) -> Codes:
    """Return one word a person: the most frequent; among equals the one in the smallest record; −1 if none."""
    agreed = np.full(people.n, -1, dtype=np.int64)
    held = np.flatnonzero(words.code >= 0)
    if held.size:
        n_labels = len(words.labels)
        key = people.of_record[held] * n_labels + words.code[held]
        distinct, first, count = np.unique(key, return_index=True, return_counts=True)
        who = distinct // n_labels
        best = np.lexsort((first, -count, who))
        is_first = np.ones(len(best), dtype=bool)
        is_first[1:] = who[best][1:] != who[best][:-1]
        winners = best[is_first]
        agreed[who[winners]] = distinct[winners] % n_labels
    return replace(words, code=agreed)


def _majority(people: People, ranges: DayRange, wanted: NDArray[np.bool_]) -> IntArray:
    """Return, for each wanted person, the record whose range decides."""
    known = ranges.known
    held = people.order[(wanted[people.of_record] & known)[people.order]]
    who = people.of_record[held]
    start, end = ranges.start[held], ranges.end[held]
    # Ranges that overlap range i are those that start by its end, less those that end before its start. Putting every
    # person on a stretch of its own of one long axis makes both counts a binary search.
    offset = who * _SPAN - OPEN_START
    n_started = np.searchsorted(np.sort(offset + start), offset + end, side="right")
    n_ended = np.searchsorted(np.sort(offset + end), offset + start, side="left")
    support = n_started - n_ended
    best = np.lexsort((held, start, np.minimum(end, OPEN_END) - start, -support, who))
    is_first = np.ones(len(best), dtype=bool)
    is_first[1:] = who[best][1:] != who[best][:-1]
    return held[best[is_first]]


def _reduce(operation: np.ufunc, values: IntArray, people: People) -> IntArray:
    if people.n == 0:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(operation.reduceat(values[people.order], people.starts), dtype=np.int64)
