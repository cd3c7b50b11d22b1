"""The table of capture patterns: what the lists, laid over each other, have counted.

Pattern order. With J lists, pattern number k = 1 … 2**J − 1 is k written in binary with J digits, the first digit
for the first list: with lists (A, B, C), k = 5 = "101" is "on A and C, not on B". Column k − 1 of `counts` holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uncounted.errors import CaptureError, did_you_mean

MAX_LISTS = 16

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def pattern_matrix(n_lists: int) -> BoolArray:
    """Return membership per pattern, shape (2**J − 1, J), in `CaptureTable` order."""
    k = np.arange(1, 2**n_lists, dtype=np.int64)[:, None]
    return ((k >> np.arange(n_lists - 1, -1, -1)) & 1).astype(bool)


def pattern_labels(n_lists: int) -> tuple[str, ...]:
    """Return the patterns as strings of 0 and 1 in `CaptureTable` order, e.g. ("01", "10", "11")."""
    return tuple(format(k, f"0{n_lists}b") for k in range(1, 2**n_lists))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaptureTable:
    """Counts per capture pattern, stratum and linkage draw, with the coverage table.

    Attributes
    ----------
    lists : tuple of str, length J
        List names, in the order of the digits of a pattern.
    counts : ndarray of int64, shape (D, S, 2**J − 1), read-only
        People per draw, stratum and pattern. Zeros are counts, not missing. D = 1 for a table without linkage doubt.
    strata : tuple of str, length S
        Stratum labels; ("all",) without strata.
    coverage : ndarray of bool, shape (S, J), read-only
        Whether list j could have recorded anybody in stratum s. A pattern that uses an uncovered list must be empty.
    unit : str
        What is counted, e.g. "person".
    name, citation : str
        Where the table comes from, for the report; may be empty.
    built_from : tuple of (str, str)
        Pairs (list, other list) where the first was made, wholly or partly, from the second (dependence by design).
    """

    lists: tuple[str, ...]
    counts: IntArray
    strata: tuple[str, ...] = ("all",)
    coverage: BoolArray = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))
    unit: str = "person"
    name: str = ""
    citation: str = ""
    built_from: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        lists = tuple(str(name) for name in self.lists)
        n_lists = len(lists)
        _check_labels(lists, "list")
        _check_labels(self.strata, "stratum")
        if n_lists > MAX_LISTS:
            raise CaptureError(
                f"a capture table holds at most {MAX_LISTS} lists; found {n_lists}.",
                do="Merge lists of the same kind, e.g. `table.merge_lists({...})`.",
                code="C01",
            )
        counts = _whole_counts(self.counts)
        if counts.ndim == 1:
            counts = counts[None, None, :]
        elif counts.ndim == 2:
            counts = counts[None, :, :]
        expected = (len(self.strata), 2**n_lists - 1)
        if counts.ndim != 3 or counts.shape[1:] != expected or counts.shape[0] == 0:
            raise CaptureError(
                f"counts must have the shape (draws, {expected[0]} strata, {expected[1]} patterns) "
                f"for {n_lists} lists; found {counts.shape}.",
                do="Give one count per pattern 1 … 2**J − 1, or use CaptureTable.from_patterns.",
                code="C02",
            )
        coverage = np.asarray(self.coverage, dtype=bool)
        if coverage.size == 0:
            coverage = np.ones((len(self.strata), n_lists), dtype=bool)
        if coverage.shape != (len(self.strata), n_lists):
            raise CaptureError(
                f"coverage must have the shape (strata, lists) = {(len(self.strata), n_lists)}; "
                f"found {coverage.shape}.",
                code="C02",
            )
        counts = counts.copy()
        counts.setflags(write=False)
        coverage = coverage.copy()
        coverage.setflags(write=False)
        object.__setattr__(self, "lists", lists)
        object.__setattr__(self, "strata", tuple(self.strata))
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "coverage", coverage)
        _check_coverage(self)

    # -- what it holds ------------------------------------------------------------------------------------------
    @property
    def n_lists(self) -> int:
        """Number of lists, J."""
        return len(self.lists)

    @property
    def n_draws(self) -> int:
        """Number of linkage draws, D."""
        return int(self.counts.shape[0])

    @property
    def n_strata(self) -> int:
        """Number of strata, S."""
        return len(self.strata)

    @property
    def n_listed(self) -> IntArray:
        """People on at least one list, per draw, shape (D,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)), dtype=np.int64)

    @property
    def patterns(self) -> BoolArray:
        """Membership per pattern, shape (2**J − 1, J)."""
        return pattern_matrix(self.n_lists)

    @property
    def pattern_labels(self) -> tuple[str, ...]:
        """Patterns as strings of 0 and 1, in the order of `counts`."""
        return pattern_labels(self.n_lists)

    @property
    def list_totals(self) -> IntArray:
        """People on each list, shape (D, J), over all strata."""
        return np.asarray(self.counts.sum(axis=1) @ self.patterns.astype(np.int64), dtype=np.int64)

    def overlap(self, first: str, second: str) -> IntArray:
        """People on both of two lists, per draw, shape (D,), over all strata."""
        i, j = self._position(first), self._position(second)
        both = self.patterns[:, i] & self.patterns[:, j]
        return np.asarray(self.counts[:, :, both].sum(axis=(1, 2)), dtype=np.int64)

    # -- other tables -------------------------------------------------------------------------------------------
    def stratum(self, label: str) -> CaptureTable:
        """Return one stratum, restricted to the lists that could have recorded people in it."""
        if label not in self.strata:
            raise CaptureError(
                f"no stratum '{label}'.{did_you_mean(label, self.strata)} Strata: {', '.join(self.strata)}.",
                code="C03",
            )
        s = self.strata.index(label)
        keep = self.coverage[s]
        counts = _collapse(self.counts[:, s, :], keep)
        kept = tuple(n for n, k in zip(self.lists, keep, strict=True) if k)
        return replace(
            self,
            lists=kept,
            counts=counts[:, None, :],
            strata=(label,),
            coverage=np.ones((1, len(kept)), dtype=bool),
            built_from=tuple(p for p in self.built_from if set(p) <= set(kept)),
        )

    def total(self) -> CaptureTable:
        """Return the table with all strata added up (coverage: lists that covered every stratum)."""
        return replace(
            self,
            counts=self.counts.sum(axis=1, keepdims=True),
            strata=("all",),
            coverage=np.ones((1, self.n_lists), dtype=bool),
        )

    def draw(self, d: int) -> CaptureTable:
        """Return one linkage draw as a table with D = 1."""
        return replace(self, counts=self.counts[d : d + 1])

    def keep_lists(self, names: Sequence[str]) -> CaptureTable:
        """Return the table over the named lists alone; people on none of them drop out."""
        positions = [self._position(n) for n in names]
        keep = np.zeros(self.n_lists, dtype=bool)
        keep[positions] = True
        kept = tuple(n for n, k in zip(self.lists, keep, strict=True) if k)
        return replace(
            self,
            lists=kept,
            counts=_collapse(self.counts, keep),
            coverage=self.coverage[:, keep],
            built_from=tuple(p for p in self.built_from if set(p) <= set(kept)),
        )

    def merge_lists(self, groups: Mapping[str, Sequence[str]]) -> CaptureTable:
        """Return the table with each group of lists made into one list; ungrouped lists stay.

        Parameters
        ----------
        groups : mapping of str to sequence of str
            New name → names of the lists it replaces. A merged list covers a stratum if any part did.
        """
        target = {old: new for new, olds in groups.items() for old in olds}
        for old in target:
            self._position(old)
        names = tuple(dict.fromkeys(target.get(n, n) for n in self.lists))
        member = np.zeros((2**self.n_lists - 1, len(names)), dtype=bool)
        coverage = np.zeros((self.n_strata, len(names)), dtype=bool)
        for j, old in enumerate(self.lists):
            k = names.index(target.get(old, old))
            member[:, k] |= self.patterns[:, j]
            coverage[:, k] |= self.coverage[:, j]
        code = member.astype(np.int64) @ (1 << np.arange(len(names) - 1, -1, -1, dtype=np.int64))
        counts = np.zeros((*self.counts.shape[:2], 2 ** len(names) - 1), dtype=np.int64)
        _add_columns(counts, code - 1, self.counts)
        renamed = {(target.get(a, a), target.get(b, b)) for a, b in self.built_from}
        return replace(
            self,
            lists=names,
            counts=counts,
            coverage=coverage,
            built_from=tuple(sorted((a, b) for a, b in renamed if a != b)),
        )

    # -- making one ---------------------------------------------------------------------------------------------
    @classmethod
    def from_patterns(
        cls,
        counts: Mapping[str, int],
        *,
        lists: Sequence[str],
        unit: str = "person",
        name: str = "",
        citation: str = "",
    ) -> CaptureTable:
        """Make a table from pattern strings, e.g. ``{"10": 30, "01": 20, "11": 5}``; patterns left out are zero.

        Raises
        ------
        CaptureError
            If a pattern has the wrong length, other digits than 0 and 1, is all zeros, or stands twice.
        """
        n_lists = len(lists)
        cells = np.zeros(max(2**n_lists - 1, 0), dtype=np.int64)
        for position, (pattern, count) in enumerate(counts.items(), start=1):
            text = str(pattern).strip()
            if len(text) != n_lists or set(text) - {"0", "1"} or "1" not in text:
                raise CaptureError(
                    f"pattern {position} must be {n_lists} digits of 0 and 1 with at least one 1, "
                    f"one digit for each of {', '.join(lists)}.",
                    do="People on no list are what is to be estimated; they have no row.",
                    code="C04",
                )
            cells[int(text, 2) - 1] += int(_whole_counts(np.asarray([count]))[0])
        return cls(lists=tuple(lists), counts=cells, unit=unit, name=name, citation=citation)

    @classmethod
    def from_people(cls, membership: ArrayLike, *, lists: Sequence[str], unit: str = "person") -> CaptureTable:
        """Make a table from one row a person and one 0/1 column a list, shape (people, J).

        Raises
        ------
        CaptureError
            If a value is neither 0 nor 1, or a person is on no list (rows are named, values are not).
        """
        rows = np.asarray(membership)
        if rows.ndim != 2 or rows.shape[1] != len(lists):
            raise CaptureError(
                f"one row a person and one column for each of the {len(lists)} lists is needed; found the shape "
                f"{rows.shape}.",
                code="C05",
            )
        bad = np.flatnonzero(~np.isin(rows, (0, 1)).all(axis=1))
        if bad.size:
            raise CaptureError(f"list columns must hold 0 or 1; not so in {_rows(bad)}.", code="C05")
        member = rows.astype(np.int64)
        nobody = np.flatnonzero(member.sum(axis=1) == 0)
        if nobody.size:
            raise CaptureError(
                f"{len(nobody)} people are on no list: {_rows(nobody)}.",
                why="People on no list are what is to be estimated; recorded ones must be on at least one.",
                do="Remove these rows, or add the list that recorded them.",
                code="C06",
            )
        code = member @ (1 << np.arange(len(lists) - 1, -1, -1, dtype=np.int64))
        return cls(lists=tuple(lists), counts=np.bincount(code, minlength=2 ** len(lists))[1:], unit=unit)

    # -- small things -------------------------------------------------------------------------------------------
    def _position(self, name: str) -> int:
        if name not in self.lists:
            raise CaptureError(
                f"no list '{name}'.{did_you_mean(name, self.lists)} Lists: {', '.join(self.lists)}.",
                code="C03",
            )
        return self.lists.index(name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CaptureTable):
            return NotImplemented
        return (
            self.lists == other.lists
            and self.strata == other.strata
            and np.array_equal(self.counts, other.counts)
            and np.array_equal(self.coverage, other.coverage)
            and self.unit == other.unit
            and self.built_from == other.built_from
        )

    __hash__ = None  # type: ignore[assignment]  # arrays inside: equal by value, not hashable

    def __str__(self) -> str:
        n = self.n_listed
        people = f"{n[0]:,}" if n.min() == n.max() else f"{int(np.median(n)):,} ({n.min():,}–{n.max():,} over draws)"
        title = f"{self.name}: " if self.name else ""
        totals = np.median(self.list_totals, axis=0)
        per_list = ", ".join(f"{name} {int(t):,}" for name, t in zip(self.lists, totals, strict=True))
        where = f", {self.n_strata} strata" if self.n_strata > 1 else ""
        doubt = f", {self.n_draws} linkage draws" if self.n_draws > 1 else ""
        return f"{title}{people} on {self.n_lists} lists{where}{doubt}\n{per_list}"


def _check_labels(labels: Sequence[str], kind: str) -> None:
    if not labels or any(not str(x).strip() for x in labels):
        raise CaptureError(f"every {kind} needs a name.", code="C07")
    twice = sorted({x for x in labels if list(labels).count(x) > 1})
    if twice:
        raise CaptureError(f"{kind} names must differ; found twice: {', '.join(twice)}.", code="C07")


def _whole_counts(values: ArrayLike) -> IntArray:
    """Return counts as int64; refuse negative, fractional and missing ones."""
    raw = np.asarray(values)
    if raw.dtype.kind in "iu":
        counts = raw.astype(np.int64)
    elif raw.dtype.kind == "f":
        if not np.isfinite(raw).all() or (raw != np.floor(raw)).any() or (np.abs(raw) > 2**53).any():
            raise CaptureError(
                "counts must be whole numbers; found fractions, missing or infinite values.",
                do="Give people, not shares or weights; write 0 where nobody was counted.",
                code="C08",
            )
        counts = raw.astype(np.int64)
    else:
        raise CaptureError("counts must be whole numbers.", code="C08")
    if (counts < 0).any():
        raise CaptureError("counts must not be negative.", code="C08")
    return counts


def _check_coverage(table: CaptureTable) -> None:
    uncovered = ~table.coverage
    for s, j in zip(*np.nonzero(uncovered), strict=True):
        n = int(table.counts[:, s, table.patterns[:, j]].sum(axis=1).max())
        if n:
            raise CaptureError(
                f"{n:,} people of stratum '{table.strata[s]}' are on list '{table.lists[j]}', "
                "which by its coverage could not have recorded them.",
                where=f"list '{table.lists[j]}', stratum '{table.strata[s]}'",
                do="Correct the dates or places of these records, or the list's `covers` in the project file.",
                code="C09",
            )


def _collapse(counts: IntArray, keep: BoolArray) -> IntArray:
    """Add up counts (…, 2**J − 1) over the lists not kept; people on none of the kept lists drop out."""
    member = pattern_matrix(len(keep))[:, keep].astype(np.int64)
    code = member @ (1 << np.arange(int(keep.sum()) - 1, -1, -1, dtype=np.int64))
    out = np.zeros((*counts.shape[:-1], 2 ** int(keep.sum())), dtype=np.int64)
    _add_columns(out, code, counts)
    return out[..., 1:]


def _add_columns(out: IntArray, target: IntArray, counts: IntArray) -> None:
    """Add column m of `counts` (last axis) to column target[m] of `out`, in place."""
    for m, t in enumerate(target):
        out[..., int(t)] += counts[..., m]


def _rows(index: NDArray[np.intp], most: int = 5) -> str:
    shown = ", ".join(str(int(i) + 1) for i in index[:most])
    more = f" and {len(index) - most} more" if len(index) > most else ""
    return f"row{'s' if len(index) > 1 else ''} {shown}{more}"
