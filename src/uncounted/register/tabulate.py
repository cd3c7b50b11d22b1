"""From the register's clusterings to the table of capture patterns, one draw for each clustering."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.project.model import Project
from uncounted.records.gazetteer import places_of
from uncounted.records.records import Records
from uncounted.register.arrays import DayRange, IntArray, RecordArrays, record_arrays
from uncounted.register.consensus import People, agree_ranges, agree_words, capture_patterns, group_people
from uncounted.register.coverage import list_specs, refuse_uncovered
from uncounted.register.register import Register
from uncounted.register.strata import (
    Dimension,
    Levels,
    coverage_notes,
    coverage_table,
    make_dimensions,
    period_days,
    stratum_labels,
    time_levels,
    word_levels,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How people of one clustering came into the table, or did not.

    Attributes
    ----------
    people : int
        People of the clustering.
    outside_period : int
        Left out: the whole range of their event date lies outside the project's period.
    across_period : int
        Kept, though part of their date range lies outside the period.
    undated : int
        Kept without an event date (they cannot be shown to be outside the period).
    disputed_dates : int
        People whose records name event dates with no day in common.
    filled : int
        Their stratum was not known, or several were possible: drawn.
    moved : int
        The date or place the records agree on is one that a list of theirs does not cover; put where another of their
        records allows it.
    cut : int
        No stratum is covered by all their lists: counted without the lists that could not have recorded them there.
    nowhere : int
        Left out: no stratum is covered by any of their lists.
    """

    people: int
    outside_period: int = 0
    across_period: int = 0
    undated: int = 0
    disputed_dates: int = 0
    filled: int = 0
    moved: int = 0
    cut: int = 0
    nowhere: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tabulation:
    """The table of captures over the draws, the one of the best clustering, and what happened on the way.

    `tally` belongs to the best clustering, `draw_tallies` to the draws; `notes` are sentences for the report. `strict`
    and `loose` are the tables of the clusterings of surer, and of doubtful pairs as well, where they were made.
    """

    table: CaptureTable
    point: CaptureTable
    tally: Tally
    draw_tallies: tuple[Tally, ...]
    notes: tuple[str, ...] = ()
    strict: CaptureTable | None = None
    loose: CaptureTable | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    """What is the same for every clustering."""

    arrays: RecordArrays
    dimensions: tuple[Dimension, ...]
    coverage: NDArray[np.bool_]
    covered_bits: IntArray  # per stratum, the lists that cover it, as bits of a pattern
    period: tuple[int, int]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of labels per dimension."""
        return tuple(len(d.labels) for d in self.dimensions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clustered:
    """The people of one clustering: their records, capture patterns, and possible labels per dimension."""

    people: People
    pattern: IntArray
    levels: tuple[Levels, ...]


def tabulate(register: Register, records: Records, project: Project, *, seed: int) -> Tabulation:
    """Count people per capture pattern and stratum, once for each draw of the clustering.

    A person's stratum comes from what the records agree on (`consensus`). Where it is not known, or a date range
    touches several strata, it is drawn at random, separately in each draw, in proportion to the people with the same
    capture pattern whose stratum is known, among the strata that all their lists cover; if there are none such, in
    proportion to all people whose stratum is known; else evenly.

    Where the agreed stratum is one that a list of the person's does not cover, the stratum is taken that most of the
    person's own records allow and all the lists cover. If there is none, the person is counted where most of the
    lists cover, without the others (a sign of a wrong link or date); each case is counted in the tally.

    Parameters
    ----------
    register : Register
        For its clusterings.
    records : Records
        The records behind it.
    project : Project
        Period, strata, and whom each list covers.
    seed : int
        Of the draws of strata. The same input and seed give the same tables.

    Returns
    -------
    Tabulation
        The table has one draw for each clustering; strata without anybody in any of them are left out.

    Raises
    ------
    CaptureError
        C10–C13: no such stratum on record, records outside their list's coverage, an undeclared list, too many strata.

    References
    ----------
    Zwane, van der Pal-de Bruin, van der Heijden (2004), Statistics in Medicine 23, 2267–2281: lists that cover
    different populations, and why a pattern of a list that could not record anybody must be empty.
    """
    specs = list_specs(records, project)
    refuse_uncovered(records, project)
    arrays = record_arrays(records)
    dimensions = make_dimensions(arrays, project)
    coverage = coverage_table(dimensions, specs, places_of(project))
    n_lists = len(arrays.lists)
    frame = _Frame(
        arrays=arrays,
        dimensions=dimensions,
        coverage=coverage,
        covered_bits=coverage.astype(np.int64) @ (1 << np.arange(n_lists - 1, -1, -1, dtype=np.int64)),
        period=period_days(project),
    )
    clusterings = register.clusterings
    point, tally = _count(clusterings.point, frame, _generator(seed, "point"))
    drawn = [_count(labels, frame, _generator(seed, f"draw {d}")) for d, labels in enumerate(clusterings.draws)]
    counts = np.stack([cells for cells, _ in drawn] or [point])
    tallies = tuple(t for _, t in drawn)
    others = [
        _count(labels, frame, _generator(seed, name))[0]
        for name, labels in (("strict", clusterings.strict), ("loose", clusterings.loose))
        if labels.size == clusterings.point.size
    ]
    kept = _kept_strata(np.concatenate([counts, point[None], *(cells[None] for cells in others)]))
    labels = stratum_labels(dimensions)

    def table(cells: IntArray) -> CaptureTable:
        return CaptureTable(
            lists=arrays.lists,
            counts=cells[:, kept, 1:],
            strata=tuple(labels[s] for s in kept),
            coverage=coverage[kept],
            unit=project.unit,
            name=project.name,
            built_from=tuple((s.name, other) for s in specs for other in s.built_from if other in arrays.lists),
        )

    strict, loose = (table(cells[None]) for cells in others) if len(others) == 2 else (None, None)
    return Tabulation(
        table=table(counts),
        point=table(point[None]),
        strict=strict,
        loose=loose,
        tally=tally,
        draw_tallies=tallies,
        notes=(*coverage_notes(dimensions, specs, project), *_tally_notes(tally, tallies, project)),
    )


# -- one clustering ---------------------------------------------------------------------------------------------------
def _count(labels: IntArray, frame: _Frame, rng: np.random.Generator) -> tuple[IntArray, Tally]:
    """Return counts of shape (strata, 2**J), pattern 0 for those left out as `nowhere`, and the tally."""
    arrays = frame.arrays
    n_lists, n_strata = len(arrays.lists), len(frame.covered_bits)
    people = group_people(labels)
    pattern = capture_patterns(people, arrays.list_code, n_lists)
    event, disputed = agree_ranges(people, arrays.event)
    first, last = frame.period
    outside = event.known & ((event.end < first) | (event.start > last))
    across = event.known & ~outside & ((event.start < first) | (event.end > last))
    levels = tuple(_person_levels(d, people, event, arrays) for d in frame.dimensions)
    known = np.ones(people.n, dtype=bool)
    for level in levels:
        known &= level.known & (level.low == level.high)
    stratum = _ravel([level.low for level in levels], frame.shape, people.n)
    safe = np.where(known, stratum, 0)
    covered = (pattern & ~frame.covered_bits[safe]) == 0
    settled = ~outside & known & covered
    cell = stratum[settled] * 2**n_lists + pattern[settled]
    cells = np.bincount(cell, minlength=n_strata * 2**n_lists).reshape(n_strata, 2**n_lists)
    rest = np.flatnonzero(~outside & ~settled)
    filled, moved, cut = _place_rest(rest, cells, _Clustered(people=people, pattern=pattern, levels=levels), frame, rng)
    tally = Tally(
        people=people.n,
        outside_period=int(outside.sum()),
        across_period=int(across.sum()),
        undated=int((~event.known).sum()),
        disputed_dates=int(disputed.sum()),
        filled=filled,
        moved=moved,
        cut=cut,
        nowhere=int(cells[:, 0].sum()),
    )
    return cells, tally


def _person_levels(dimension: Dimension, people: People, event: DayRange, arrays: RecordArrays) -> Levels:
    if dimension.is_time:
        return _inside(time_levels(dimension, event), dimension)
    return word_levels(dimension, agree_words(people, arrays.words(dimension.by)))


def _inside(levels: Levels, dimension: Dimension) -> Levels:
    """Cut stretches off at the first and last label."""
    top = len(dimension.labels) - 1
    return Levels(low=np.clip(levels.low, 0, top), high=np.clip(levels.high, 0, top), known=levels.known)


def _place_rest(
    rest: IntArray, cells: IntArray, clustered: _Clustered, frame: _Frame, rng: np.random.Generator
) -> tuple[int, int, int]:
    """Add the people whose stratum is not settled to `cells`, in place; return how many were filled, moved, cut."""
    if rest.size == 0:
        return 0, 0, 0
    settled = cells.copy()
    columns = [clustered.pattern[rest], *(x[rest] for level in clustered.levels for x in (level.low, level.high))]
    combos, which, sizes = _distinct_rows(columns)
    filled = moved = cut = 0
    for u, (combo, size) in enumerate(zip(combos, sizes, strict=True)):
        own_lists = int(combo[0])
        possible = _stretch_mask(combo[1::2], combo[2::2], frame.shape) & _covers(frame, own_lists)
        if possible.any():
            cells[:, own_lists] += rng.multinomial(int(size), _shares(settled, own_lists, possible))
            filled += int(size)
            continue
        for person in rest[which == u]:
            stratum, lists = _stratum_from_records(int(person), own_lists, combo, clustered.people, frame)
            cells[stratum, lists] += 1
            moved += lists == own_lists
            cut += 0 < lists < own_lists
    return filled, moved, cut


def _distinct_rows(columns: Sequence[IntArray]) -> tuple[IntArray, IntArray, IntArray]:
    """Return the distinct rows of columns of small numbers, which one each row is, and how often each occurs.

    As numpy.unique over rows, by way of one number a row, which sorts ten times faster; `MAX_CELLS` keeps it in range.
    """
    sizes = [int(column.max()) + 1 for column in columns]
    _, first, which, counts = np.unique(
        _ravel(columns, sizes, len(columns[0])), return_index=True, return_inverse=True, return_counts=True
    )
    return np.stack([column[first] for column in columns], axis=1), which, counts


def _shares(settled: IntArray, pattern: int, possible: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the probability of each stratum for people with this pattern."""
    for weight in (settled[:, pattern], settled.sum(axis=1), np.ones(len(settled))):
        allowed: NDArray[np.float64] = np.where(possible, weight, 0).astype(np.float64)
        total = float(allowed.sum())
        if total > 0:
            return np.divide(allowed, total)
    raise AssertionError("at least one stratum is possible")


def _stratum_from_records(
    person: int, own_lists: int, combo: IntArray, people: People, frame: _Frame
) -> tuple[int, int]:
    """Return stratum and lists for a person whom no agreed stratum fits: what their own records allow decides.

    Every record votes for the strata it allows; what it does not say is taken from the person. First come strata that
    cover all the lists; else those that cover most of them, and the others are dropped; then votes; then order.
    """
    start = people.starts[person]
    own = people.order[start : start + people.sizes[person]]
    votes = np.zeros(len(frame.covered_bits), dtype=np.int64)
    for record in own:
        votes += _record_mask(int(record), combo, frame)
    if not votes.any():
        votes += _stretch_mask(combo[1::2], combo[2::2], frame.shape)
    n_covered = np.bitwise_count(frame.covered_bits & own_lists).astype(np.int64)
    n_covered[votes == 0] = -1
    best = int(np.lexsort((np.arange(len(votes)), -votes, -n_covered))[0])
    return best, int(frame.covered_bits[best]) & own_lists


def _record_mask(record: int, combo: IntArray, frame: _Frame) -> NDArray[np.bool_]:
    low, high = combo[1::2].copy(), combo[2::2].copy()
    one = slice(record, record + 1)
    for i, dimension in enumerate(frame.dimensions):
        arrays = frame.arrays
        if dimension.is_time:
            event = DayRange(start=arrays.event.start[one], end=arrays.event.end[one])
            level = time_levels(dimension, event)
        else:
            words = arrays.words(dimension.by)
            level = word_levels(dimension, replace(words, code=words.code[one]))
        if level.known[0]:
            low[i], high[i] = level.low[0], level.high[0]
    return _stretch_mask(low, high, frame.shape)


def _stretch_mask(low: IntArray, high: IntArray, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which strata lie within the stretches, shape (strata,); none if a stretch is empty."""
    mask = np.ones(1, dtype=bool)
    for lo, hi, n in zip(low, high, shape, strict=True):
        position = np.arange(n)
        inside = (position >= lo) & (position <= hi)
        mask = (mask[:, None] & inside[None, :]).ravel()
    return mask


def _covers(frame: _Frame, lists: int) -> NDArray[np.bool_]:
    return np.equal(np.bitwise_and(lists, ~frame.covered_bits), 0)


def _ravel(codes: Sequence[IntArray], shape: Sequence[int], n: int) -> IntArray:
    stratum = np.zeros(n, dtype=np.int64)
    for code, size in zip(codes, shape, strict=True):
        stratum = stratum * size + code
    return stratum


def _kept_strata(cells: IntArray) -> list[int]:
    """Return the strata in which anybody is, in any draw; the first one if there is nobody at all."""
    kept = [int(s) for s in np.flatnonzero(cells[..., 1:].sum(axis=(0, 2)))]
    return kept or [0]


def _generator(seed: int, task: str) -> np.random.Generator:
    label = int.from_bytes(hashlib.sha256(f"tabulate {task}".encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence([seed, label]))


# -- words ------------------------------------------------------------------------------------------------------------
def _tally_notes(point: Tally, draws: tuple[Tally, ...], project: Project) -> tuple[str, ...]:
    sentences = {
        "outside_period": "{n} lie outside the period of the project and are left out.",
        "across_period": "{n} have a date range that lies partly outside the period; they are kept.",
        "undated": "{n} have no event date; they are kept, since nothing shows that they lie outside the period.",
        "filled": "{n} have no {by} on record, or one that allows several strata; their stratum was drawn at random in "
        "proportion to people on the same lists.",
        "moved": "{n} have records that together point to a stratum which one of their lists does not cover; they are "
        "counted where another of their records puts them.",
        "cut": "{n} are on lists that no stratum has in common; they are counted without the list that could not have "
        "recorded them there. Look at their links: two people may have been taken for one.",
        "nowhere": "{n} are on lists that cover no stratum of the table and are left out.",
        "disputed_dates": "{n} have records whose event dates have no day in common; the date most records allow is "
        "used.",
    }
    if project.start is None and project.end is None:
        del sentences["undated"]
    by = " or ".join(project.estimate.strata)
    notes = []
    for field in fields(Tally):
        values = [getattr(t, field.name) for t in (point, *draws)]
        if field.name in sentences and max(values) > 0:
            spread = "" if min(values) == max(values) else f" ({min(values):,}–{max(values):,} over the draws)"
            who = f"{values[0]:,} of {point.people:,} people{spread}"
            notes.append(sentences[field.name].format(n=who, by=by))
    return tuple(notes)
