"""Which scored pairs of an earlier linkage still stand when lists were delivered anew, and joining them with new ones.

A pair stands if both its records are there and hold what they held. It keeps its score: model, prior odds and name
frequencies are those of the earlier linkage, so what comes out is a function of that linkage, the rows matched, and the
new records, and of nothing else.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.linkage.pairs import ScoredPairs

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Where a record stands in its file and what it is called says nothing about who it is.
_NOT_CONTENT = ("record", "record_id", "line")
_BETWEEN = "\x1f"


def unchanged_records(before: pa.Table, after: pa.Table, new_of: Ints) -> Mask:
    """Say which earlier records are there and hold exactly what they held, in the standard shape.

    Parameters
    ----------
    before, after : pyarrow.Table
        Records of the earlier and the later linkage, of one schema.
    new_of : ndarray of int64, shape (n_before,)
        The `record` each earlier one has now, -1 if its row is gone; no number twice.

    Returns
    -------
    ndarray of bool, shape (n_before,)

    Raises
    ------
    ValueError
        If the tables have other columns, or `new_of` does not fit them.
    """
    if before.schema.names != after.schema.names:
        raise ValueError("the records are not of one shape")
    kept = new_of[new_of >= 0]
    if len(new_of) != before.num_rows or len(np.unique(kept)) != len(kept) or (kept >= after.num_rows).any():
        raise ValueError("`new_of` must name a different later record for every earlier one that is there")
    there = np.flatnonzero(new_of >= 0)
    same = np.ones(len(there), dtype=bool)
    for name in before.schema.names:
        if name not in _NOT_CONTENT:
            same &= _equal(before[name].take(pa.array(there)), after[name].take(pa.array(kept)))
    out = np.zeros(len(new_of), dtype=bool)
    out[there] = same
    return out


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    """Compare value by value; missing equals missing."""
    if pa.types.is_list(one.type):
        one, other = pc.binary_join(one, _BETWEEN), pc.binary_join(other, _BETWEEN)
    equal = pc.fill_null(pc.equal(one, other), pc.and_(pc.is_null(one), pc.is_null(other)))
    return np.asarray(equal.to_numpy(), dtype=bool)


def new_records(new_of: Ints, unchanged: Mask, n_after: int) -> Mask:
    """Say which later records are new or changed, shape (n_after,): every pair that is to be scored has one of them."""
    new = np.ones(n_after, dtype=bool)
    new[new_of[unchanged]] = False
    return new


def carry_pairs(pairs: pa.Table, new_of: Ints, unchanged: Mask) -> pa.Table:
    """Return the scored pairs that stand, under the record numbers of today, sorted by left, right.

    Parameters
    ----------
    pairs : pyarrow.Table
        As in `ScoredPairs`: left, right, and any other columns, which are kept as they are.
    new_of, unchanged : ndarray, shape (n_before,)
        See `unchanged_records`.
    """
    left, right = (np.asarray(pairs[side].to_numpy(), dtype=np.int64) for side in ("left", "right"))
    stands = np.flatnonzero(unchanged[left] & unchanged[right])
    a, b = new_of[left[stands]], new_of[right[stands]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((high, low))
    table = pairs.take(pa.array(stands[order]))
    for name, numbers in (("left", low), ("right", high)):
        table = table.set_column(table.column_names.index(name), name, pa.array(numbers[order], pa.int64()))
    return table


def carry_identical(
    identical: tuple[tuple[int, int], ...], new_of: Ints, unchanged: Mask
) -> tuple[tuple[int, int], ...]:
    """Return the (record, representative) that stand, under the record numbers of today.

    Of a group whose representative is gone or changed, nothing stands: its records are compared again. The
    representative is the smallest record of the group, so it may be another one after renumbering.
    """
    groups: dict[int, list[int]] = {}
    for record, representative in identical:
        if unchanged[representative] and unchanged[record]:
            groups.setdefault(representative, [int(new_of[representative])]).append(int(new_of[record]))
    return tuple(sorted((record, min(group)) for group in groups.values() for record in group if record != min(group)))


def join_scored(carried: pa.Table, scored: pa.Table, new: Mask) -> pa.Table:
    """Return carried and newly scored pairs as one table, sorted by left, right.

    Parameters
    ----------
    carried, scored : pyarrow.Table
        Of one schema.
    new : ndarray of bool, shape (n_after,)
        See `new_records`.

    Raises
    ------
    ValueError
        If a newly scored pair has no new record, or a carried one has: it would stand twice or be out of date.
    """
    for table, expected in ((carried, False), (scored, True)):
        touches = new[table["left"].to_numpy()] | new[table["right"].to_numpy()]
        if (touches != expected).any():
            raise ValueError("a pair must be either carried over or scored anew")
    whole = pa.concat_tables([carried, scored.select(carried.column_names).cast(carried.schema)])
    return whole.sort_by([("left", "ascending"), ("right", "ascending")]).combine_chunks()


def lost_share(base: ScoredPairs, unchanged: Mask) -> float:
    """Return the share of earlier records that are gone or changed: with much of it, training anew is the wiser way."""
    return float(1.0 - unchanged.sum() / max(base.n_records, 1))
