"""The capture table keeps its order, its labels and its coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.captures import CaptureTable, pattern_labels, pattern_matrix
from uncounted.errors import CaptureError


def tables(max_lists: int = 4) -> st.SearchStrategy[CaptureTable]:
    @st.composite
    def build(draw: st.DrawFn) -> CaptureTable:
        n_lists = draw(st.integers(1, max_lists))
        n_strata = draw(st.integers(1, 3))
        n_draws = draw(st.integers(1, 3))
        size = n_draws * n_strata * (2**n_lists - 1)
        cells = draw(st.lists(st.integers(0, 10**6), min_size=size, max_size=size))
        return CaptureTable(
            lists=tuple("ABCDE"[:n_lists]),
            strata=tuple(f"s{i}" for i in range(n_strata)),
            counts=np.array(cells).reshape(n_draws, n_strata, -1),
        )

    return build()


def test_pattern_order_is_the_binary_number() -> None:
    assert pattern_labels(3) == ("001", "010", "011", "100", "101", "110", "111")
    matrix = pattern_matrix(3)
    for label, row in zip(pattern_labels(3), matrix, strict=True):
        assert "".join("1" if x else "0" for x in row) == label


def test_numbers_by_hand() -> None:
    table = CaptureTable.from_patterns({"100": 40, "010": 30, "001": 20, "110": 6}, lists=["A", "B", "C"])
    assert table.n_listed.tolist() == [96]
    assert table.list_totals.tolist() == [[46, 36, 20]]
    assert table.overlap("A", "B").tolist() == [6]
    assert table.overlap("A", "C").tolist() == [0]
    assert table.keep_lists(["A", "B"]).counts.tolist() == [[[30, 40, 6]]]
    merged = table.merge_lists({"AB": ["A", "B"]})
    assert merged.lists == ("AB", "C")
    assert merged.counts.tolist() == [[[20, 76, 0]]]


@given(tables())
def test_merging_all_lists_keeps_everybody(table: CaptureTable) -> None:
    merged = table.merge_lists({"all": table.lists})
    assert np.array_equal(merged.n_listed, table.n_listed)
    assert np.array_equal(table.total().n_listed, table.n_listed)


@given(tables())
def test_keeping_lists_agrees_with_counting_people(table: CaptureTable) -> None:
    kept = table.lists[:1]
    on_kept = table.patterns[:, 0]
    expected = table.counts[:, :, on_kept].sum(axis=(1, 2))
    assert np.array_equal(table.keep_lists(kept).n_listed, expected)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()).filter(any), min_size=1, max_size=60))
def test_people_and_patterns_agree(people: list[tuple[bool, bool, bool]]) -> None:
    table = CaptureTable.from_people(np.array(people), lists=["A", "B", "C"])
    patterns: dict[str, int] = {}
    for person in people:
        key = "".join("1" if x else "0" for x in person)
        patterns[key] = patterns.get(key, 0) + 1
    assert table == CaptureTable.from_patterns(patterns, lists=["A", "B", "C"])


def test_arrays_are_read_only_and_the_input_is_not_touched() -> None:
    cells = np.array([1, 2, 3])
    table = CaptureTable(lists=("A", "B"), counts=cells)
    with pytest.raises(ValueError, match="read-only"):
        table.counts[0, 0, 0] = 9
    cells[0] = 9
    assert table.counts[0, 0, 0] == 1


def test_coverage_restricts_a_stratum_and_refuses_the_impossible() -> None:
    counts = np.zeros((1, 2, 3), dtype=np.int64)
    counts[0, 0] = [0, 5, 0]
    counts[0, 1] = [3, 4, 2]
    coverage = np.array([[True, False], [True, True]])
    table = CaptureTable(lists=("A", "B"), strata=("2022", "2023"), counts=counts, coverage=coverage)
    assert table.stratum("2022").lists == ("A",)
    assert table.stratum("2022").counts.tolist() == [[[5]]]
    counts[0, 0, 0] = 1
    with pytest.raises(CaptureError, match="1 people of stratum '2022' are on list 'B'") as caught:
        CaptureTable(lists=("A", "B"), strata=("2022", "2023"), counts=counts, coverage=coverage)
    assert caught.value.code == "C09"


@pytest.mark.parametrize(
    ("counts", "code"),
    [([1.5, 2, 3], "C08"), ([-1, 2, 3], "C08"), ([np.nan, 2, 3], "C08"), (["a", "b", "c"], "C08"), ([1, 2], "C02")],
)
def test_bad_counts(counts: list[object], code: str) -> None:
    with pytest.raises(CaptureError) as caught:
        CaptureTable(lists=("A", "B"), counts=np.array(counts))
    assert caught.value.code == code


def test_bad_labels_and_patterns() -> None:
    with pytest.raises(CaptureError, match="found twice: A"):
        CaptureTable(lists=("A", "A"), counts=np.array([1, 2, 3]))
    with pytest.raises(CaptureError, match="at most 16"):
        CaptureTable(lists=tuple(f"L{i}" for i in range(17)), counts=np.array([1]))
    for pattern in ("000", "12", "1", "2"):
        with pytest.raises(CaptureError) as caught:
            CaptureTable.from_patterns({pattern: 1}, lists=["A", "B", "C"])
        assert caught.value.code == "C04"
    with pytest.raises(CaptureError, match="1 people are on no list: row 2"):
        CaptureTable.from_people([[1, 0], [0, 0]], lists=["A", "B"])
    with pytest.raises(CaptureError, match="Did you mean 'courts'"):
        CaptureTable(lists=("courts", "press"), counts=np.array([1, 2, 3])).overlap("court", "press")
