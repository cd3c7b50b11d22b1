"""Pairs of an earlier linkage that still stand: against plain loops, and what must not be carried."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.linkage.carry_over import carry_identical, carry_pairs, join_scored, new_records, unchanged_records
from uncounted.records.records import RECORD_SCHEMA


def records(names: list[str | None], *, shift: int = 0) -> pa.Table:
    n = len(names)
    columns = {field.name: pa.nulls(n, field.type) for field in RECORD_SCHEMA}
    columns["record"] = pa.array(range(n), pa.int64())
    columns["list"] = pa.array(["a"] * n, pa.string())
    columns["record_id"] = pa.array([f"a:{k + shift}" for k in range(n)], pa.string())
    columns["line"] = pa.array([k + shift for k in range(n)], pa.int64())
    columns["name_raw"] = pa.array(names, pa.string())
    columns["name_keys"] = pa.array([name.split() if name else None for name in names], pa.list_(pa.string()))
    return pa.table(columns, schema=RECORD_SCHEMA)


def pair_table(pairs: dict[tuple[int, int], float]) -> pa.Table:
    ordered = sorted(pairs)
    return pa.table(
        {
            "left": pa.array([a for a, _ in ordered], pa.int64()),
            "right": pa.array([b for _, b in ordered], pa.int64()),
            "match_weight": pa.array([pairs[p] for p in ordered], pa.float64()),
        }
    )


def as_dict(table: pa.Table) -> dict[tuple[int, int], float]:
    return {(r["left"], r["right"]): r["match_weight"] for r in table.to_pylist()}


def test_a_record_is_unchanged_if_everything_but_its_place_is() -> None:
    before, after = records(["A b", "C", None, "D", "E f"]), records(["C", None, "D x", "A b", "E"], shift=7)
    new_of = np.array([3, 0, 1, 2, 4])
    assert unchanged_records(before, after, new_of).tolist() == [True, True, True, False, False]
    assert unchanged_records(before, after, np.array([3, -1, 1, 2, -1])).tolist() == [True, False, True, False, False]
    emptied = after.set_column(after.column_names.index("name_raw"), "name_raw", pa.nulls(5, pa.string()))
    assert unchanged_records(before, emptied, new_of).tolist() == [False, False, True, False, False]
    with pytest.raises(ValueError, match="different later record"):
        unchanged_records(before, after, np.array([0, 0, 1, 2, 3]))
    with pytest.raises(ValueError, match="one shape"):
        unchanged_records(before, after.drop_columns(["kind"]), new_of)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_pairs_that_stand_agree_with_plain_loops(data: st.DataObject) -> None:
    n, n_after = data.draw(st.integers(1, 7)), data.draw(st.integers(0, 7))
    places = data.draw(st.permutations(range(n_after)))
    new_of = np.array([places[k] if k < len(places) and data.draw(st.booleans()) else -1 for k in range(n)])
    unchanged = np.array([new >= 0 and data.draw(st.booleans()) for new in new_of])
    every = [(a, b) for a in range(n) for b in range(a + 1, n)]
    pairs = {p: float(k) for k, p in enumerate(every) if data.draw(st.booleans())}
    found = carry_pairs(pair_table(pairs), new_of, unchanged)
    expected = {}
    for (a, b), weight in pairs.items():
        if unchanged[a] and unchanged[b]:
            x, y = int(new_of[a]), int(new_of[b])
            expected[min(x, y), max(x, y)] = weight
    assert as_dict(found) == expected
    assert list(as_dict(found)) == sorted(expected)
    new = new_records(new_of, unchanged, n_after)
    scored = {(a, b): 99.0 for a in range(n_after) for b in range(a + 1, n_after) if new[a] or new[b]}
    whole = join_scored(found, pair_table(scored), new)
    assert as_dict(whole) == expected | scored
    assert list(as_dict(whole)) == sorted(expected | scored)


def test_no_pair_is_taken_twice_or_left_out_of_date() -> None:
    new = np.array([False, False, True])
    with pytest.raises(ValueError, match="carried over or scored"):
        join_scored(pair_table({(0, 1): 1.0}), pair_table({(0, 1): 2.0}), new)
    with pytest.raises(ValueError, match="carried over or scored"):
        join_scored(pair_table({(0, 2): 1.0}), pair_table({}), new)


def test_groups_of_identical_records_are_renumbered_by_their_smallest() -> None:
    new_of, unchanged = np.array([5, 1, 2, -1, 3, 4]), np.array([True, True, True, False, True, True])
    assert carry_identical(((1, 0), (2, 0), (3, 0), (5, 4)), new_of, unchanged) == ((2, 1), (4, 3), (5, 1))
    assert carry_identical(((4, 3),), new_of, unchanged) == ()
