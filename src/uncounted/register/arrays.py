"""Records as plain arrays: what the register's arithmetic works on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.records.records import Records

IntArray = NDArray[np.int64]

# Days since 1970 that stand for "open". A missing range is open on both sides, so it agrees with every other.
OPEN_START = -(2**31)
OPEN_END = 2**31


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayRange:
    """Ranges of days since 1970-01-01, both ends included; `OPEN_START` and `OPEN_END` where not known."""

    start: IntArray
    end: IntArray

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where at least one end is known."""
        return (self.start > OPEN_START) | (self.end < OPEN_END)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Codes:
    """A column of words as numbers: positions in `labels` (sorted), −1 where missing; `shown` is how to print each."""

    code: IntArray
    labels: tuple[str, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordArrays:
    """The columns of `Records` that the register needs, one value a record, in order of record number."""

    lists: tuple[str, ...]
    list_code: IntArray
    event: DayRange
    birth: DayRange
    place: Codes
    sex: Codes
    kind: Codes

    def words(self, by: str) -> Codes:
        """Return the column "place", "sex" or "kind"."""
        return {"place": self.place, "sex": self.sex, "kind": self.kind}[by]


def record_arrays(records: Records) -> RecordArrays:
    """Return the columns of `records` as arrays."""
    table = records.table
    position = {name: i for i, name in enumerate(records.lists)}
    return RecordArrays(
        lists=records.lists,
        list_code=np.array([position[name] for name in table["list"].to_pylist()], dtype=np.int64),
        event=day_range(table, "event"),
        birth=day_range(table, "birth"),
        place=_with_spellings(word_codes(table["place_key"]), table),
        sex=word_codes(table["sex"]),
        kind=word_codes(table["kind"]),
    )


def day_range(table: pa.Table, name: str) -> DayRange:
    """Return the columns <name>_from and <name>_to as days."""
    return DayRange(start=_days(table[f"{name}_from"], OPEN_START), end=_days(table[f"{name}_to"], OPEN_END))


def word_codes(column: pa.ChunkedArray) -> Codes:
    """Return a column of words as codes in the order of the sorted words."""
    labels = sorted(word for word in pc.unique(column).to_pylist() if word is not None)
    found = pc.index_in(column, value_set=pa.array(labels, pa.string()))
    return Codes(code=_integers(pc.fill_null(found, -1)), labels=tuple(labels), shown=tuple(labels))


def days_to_dates(days: IntArray) -> pa.Array:
    """Return days as date32; null where open."""
    open_ended = (days <= OPEN_START) | (days >= OPEN_END)
    return pa.array(np.where(open_ended, 0, days).astype(np.int32), pa.int32(), mask=open_ended).cast(pa.date32())


def codes_to_words(codes: Codes) -> pa.Array:
    """Return codes as words; null where missing."""
    index = pa.array(np.maximum(codes.code, 0), pa.int64(), mask=codes.code < 0)
    return pa.array(codes.labels, pa.string()).take(index)


def _with_spellings(places: Codes, table: pa.Table) -> Codes:
    """Print each place as it is most often written; among equals, the first in alphabetical order."""
    counted = (
        table.select(["place_key", "place_raw"]).group_by(["place_key", "place_raw"]).aggregate([([], "count_all")])
    )
    best: dict[str, tuple[int, str]] = {}
    for row in counted.to_pylist():
        key, raw = row["place_key"], row["place_raw"]
        if key is not None and raw is not None:
            best[key] = min(best.get(key, (0, "")), (-row["count_all"], " ".join(raw.split())))
    shown = [best[key][1] if key in best else key for key in places.labels]
    distinct = len(set(shown)) == len(shown)
    return replace(places, shown=tuple(shown) if distinct else places.labels)


def _days(column: pa.ChunkedArray, missing: int) -> IntArray:
    return _integers(pc.fill_null(column.cast(pa.int32()).cast(pa.int64()), missing))


def _integers(column: pa.ChunkedArray) -> IntArray:
    return np.asarray(column.to_numpy(), dtype=np.int64)
