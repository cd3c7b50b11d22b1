import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.counts.count import Count, Series, Window
from uncounted.errors import StoreError
from uncounted.estimation.result import Check, Interval, Verdict
from uncounted.linkage.pairs import Clusterings
from uncounted.project.model import Covers, ListSpec, Project
from uncounted.store import (
    array_to_bytes,
    bytes_to_array,
    bytes_to_table,
    fingerprint,
    from_json,
    from_parts,
    run_id,
    table_to_bytes,
    to_json,
    to_parts,
)

PROJECT = Project(
    name="p",
    population="everybody",
    unit="person",
    lists=(
        ListSpec(
            name="a",
            title="A",
            file=Path("/x/a.csv"),
            columns=(("name", "Имя"),),
            covers=Covers(start=date(2022, 1, 1), places=("Київ",)),
        ),
    ),
    path=Path("/x/uncounted.toml"),
    folder=Path("/x"),
)
VALUES = [
    (PROJECT, Project),
    (Interval(low=1.5, high=math.inf, level=0.95, method="profile"), Interval),
    (Verdict(level="refused", sentences=("No.",)), Verdict),
    (Check(code="R1", name="n", status="warn", sentence="s", evidence=(("a", "b"),)), Check),
    (
        Count(
            definition="d",
            unit="person",
            windows=(Window(label="2022-01", start=date(2022, 1, 1), end=date(2022, 2, 1)),),
            series=(Series(name="any list", n=(3,)),),
            complete=(True,),
        ),
        Count,
    ),
    (CaptureTable.from_patterns({"10": 3, "01": 4, "11": 1}, lists=("a", "b")), CaptureTable),
    ((), tuple[int, ...]),
    (None, int | None),
    ({"a": 1.5, "b": -math.inf}, Mapping[str, float]),
    (b"\x00\xff", bytes),
    (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime),
    ([("x", 1), ("y", 2)], list[tuple[str, int]]),
]


@pytest.mark.parametrize(("value", "kind"), VALUES, ids=lambda x: getattr(x, "__name__", None))
def test_our_values_come_back_equal(value, kind):
    assert from_json(to_json(value), kind) == value
    assert from_parts(to_parts(value), kind) == value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixed:
    numbers: NDArray[np.float64]
    labels: NDArray[np.str_]
    table: pa.Table
    inner: "Mixed | None" = None
    share: float = math.nan
    choice: Literal["a", "b"] = "a"
    hidden: tuple[float | None, ...] = field(default=(None, 1.0))


def test_arrays_and_tables_inside_a_value():
    table = pa.table({"day": pa.array([date(2022, 1, 1), None], pa.date32()), "name": ["Ж", None], "keys": [["a"], []]})
    inner = Mixed(numbers=np.array([1.0, math.inf]), labels=np.array(["x"]), table=table.slice(0, 1))
    value = Mixed(numbers=np.arange(6.0).reshape(2, 3), labels=np.array(["é", ""]), table=table, inner=inner)
    for found in (from_json(to_json(value), Mixed), from_parts(to_parts(value), Mixed)):
        assert found.table.equals(table)
        assert found.table.schema == table.schema
        np.testing.assert_array_equal(found.numbers, value.numbers)
        np.testing.assert_array_equal(found.labels, value.labels)
        np.testing.assert_array_equal(found.inner.numbers, inner.numbers)
        assert math.isnan(found.share)
        assert not found.numbers.flags.writeable
    assert len(to_parts(value)) == 1 + 6


def test_clusterings_come_back():
    value = Clusterings(point=np.array([0, 0, 2]), draws=np.array([[0, 1, 2], [0, 0, 2]]), warnings=("w",))
    found = from_parts(to_parts(value), Clusterings)
    np.testing.assert_array_equal(found.draws, value.draws)
    assert found.draws.dtype == np.int64
    assert found.warnings == ("w",)


@given(st.lists(st.floats(allow_nan=False) | st.none()), st.text(), st.integers())
def test_simple_values_round_trip(numbers, text, whole):
    assert from_json(to_json(tuple(numbers)), tuple[float | None, ...]) == tuple(numbers)
    assert from_json(to_json(text), str) == text
    assert from_json(to_json(whole), int) == whole


def test_numpy_scalars_become_plain_numbers():
    value = Interval(low=np.float64(1.5), high=np.float64("inf"), level=0.9, method="m")
    found = from_json(to_json(value), Interval)
    assert found == value
    assert type(found.low) is float
    assert from_json(to_json((np.int64(3), np.bool_(True))), tuple[int, bool]) == (3, True)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"low":"1","high":2.0,"level":0.9,"method":"m"}', Interval),
        (b'{"low":1.0,"high":2.0,"level":0.9}', Interval),
        (b'{"low":1.0,"high":2.0,"level":0.9,"method":"m","more":1}', Interval),
        (b'{"level":"maybe","sentences":[]}', Verdict),
        (b"1.0", int),
        (b"true", int),
        (b"1", bool),
        (b"null", int),
        (b'{"float":"1e5"}', float),
        (b'"2022-01-01"', date),
        (b'{"date":"2022-13-01"}', date),
        (b"[1,2,3]", tuple[int, int]),
        (b"{}", tuple[int, ...]),
        (b'{"array":"!!"}', NDArray[np.int64]),
        (b"not json", int),
        (b"1", Any),
        (b"1", complex),
        (to_json(np.array([1.5])), NDArray[np.int64]),
    ],
)
def test_what_does_not_fit_is_refused(data, kind):
    with pytest.raises(StoreError) as caught:
        from_json(data, kind)
    assert caught.value.code == "T11"
    assert "2022" not in str(caught.value)  # the place, never the value


def test_the_field_that_does_not_fit_is_named():
    data = to_json(PROJECT).replace(b'"places":["\xd0\x9a', b'"places":[5,"\xd0\x9a')
    with pytest.raises(StoreError, match=r"value\.lists\[0\]\.covers\.places\[0\]"):
        from_json(data, Project)


def test_unknown_types_are_not_written():
    for value in ({1, 2}, object(), {1: "a"}, 1j, np.datetime64("2022-01-01")):
        with pytest.raises(StoreError) as caught:
            to_json(value)
        assert caught.value.code == "T12"


def test_nothing_is_unpickled():
    import io
    import pickle

    with pytest.raises(StoreError):
        array_to_bytes(np.array([object()], dtype=object))
    sink = io.BytesIO()
    np.save(sink, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    for data in (sink.getvalue(), pickle.dumps(np.arange(3)), b"", b"PK\x03\x04"):
        with pytest.raises(StoreError) as caught:
            bytes_to_array(data)
        assert caught.value.code == "T11"


@pytest.mark.parametrize(
    "array", [np.zeros((0, 3)), np.array(5), np.asfortranarray(np.arange(6).reshape(2, 3)), np.array([True])]
)
def test_arrays_round_trip(array):
    found = bytes_to_array(array_to_bytes(array))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.shape == array.shape


def test_tables_round_trip_or_are_refused():
    table = pa.table({"a": pa.array([], pa.int64())})
    assert bytes_to_table(table_to_bytes(table)).equals(table)
    whole = table_to_bytes(pa.table({"a": list(range(1000))}))
    for data in (b"", b"abc", whole[: len(whole) // 2]):
        with pytest.raises(StoreError) as caught:
            bytes_to_table(data)
        assert caught.value.code == "T11"


def test_fingerprint_sees_every_difference_and_nothing_else():
    base = fingerprint(PROJECT, {"a": 1, "b": 2}, np.arange(3), b"x")
    assert base == fingerprint(PROJECT, {"b": 2, "a": 1}, np.arange(3), b"x")
    assert len(base) == 64
    others = [
        (dataclasses.replace(PROJECT, seed=2), {"a": 1, "b": 2}, np.arange(3), b"x"),
        (PROJECT, {"a": 1, "b": 3}, np.arange(3), b"x"),
        (PROJECT, {"a": 1, "b": 2}, np.arange(3.0), b"x"),
        (PROJECT, {"a": 1, "b": 2}, np.arange(3), "x"),
        (PROJECT, {"a": 1, "b": 2}, np.arange(3)),
        (PROJECT, {"a": "1", "b": 2}, np.arange(3), b"x"),
        (PROJECT, {"a": True, "b": 2}, np.arange(3), b"x"),
    ]
    assert len({base, *(fingerprint(*parts) for parts in others)}) == len(others) + 1
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    # A value that never changes: stored fingerprints must stay valid from one version to the next.
    assert fingerprint("a", 1, None, 0.5) == "85ea07df567cd2d9ab8efff7c1933144d55392c1c472ac165ea7f37ae7fc5666"


def test_run_id_is_of_inputs_settings_versions_and_seed():
    base = {"inputs": [("a.csv", "00")], "settings": PROJECT, "versions": {"uncounted": "0.1.0"}, "seed": 1}
    others = [{"inputs": []}, {"settings": None}, {"versions": {"uncounted": "0.2.0"}}, {"seed": 2}]
    ids = [run_id(**{**base, **other}) for other in ({}, {}, *others)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5
    assert len(ids[0]) == 16


def test_a_whole_answer_comes_back_equal():
    """Every part of an answer: samplers, families, lists held out, refusals, infinite limits, linkage draws."""
    from uncounted.captures import published
    from uncounted.estimation import estimate
    from uncounted.estimation.result import Answer

    table = published("kosovo")
    counts = np.random.default_rng(5).poisson(np.repeat(table.counts, 3, axis=0))
    several = dataclasses.replace(table, counts=counts)
    for given_table, more in ((table, "shrinkage"), (several, "chapman")):
        families = ("loglinear", "assumptions", "decomposable", "sample-coverage", "hierarchical", more)
        answer = estimate(given_table, estimators=families, claims=(1000.0,))
        parts = to_parts(answer)
        back = from_parts(parts, Answer)
        assert to_parts(back) == parts
        assert back.to_json() == answer.to_json()
        assert back.hold_out.rows == answer.hold_out.rows
        assert str(back) == str(answer)
        kept = {e.estimator: e.fit.sampling for e in back.estimates if e.fit and e.fit.sampling}
        assert set(kept) == {"decomposable", more} - {"chapman"}
        assert all(sampling.converged for sampling in kept.values())
        assert any(e.status == "refused" for e in back.estimates)
