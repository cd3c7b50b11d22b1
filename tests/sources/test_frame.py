# ruff: noqa: DTZ001 - dates of lists have no time zone
"""Tables in memory and Parquet: the same strings, and the same hash, whatever held them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources import read_source, source_from_frame
from uncounted.sources.header import LINE_COLUMN
from uncounted.sources.strings import cell_as_string, column_as_strings

Declare = Callable[..., ListSpec]
DATA = Path(__file__).parent.parent / "data"
ROWS = {
    "id": [7, 8, None],
    "born": [1980.0, None, float("nan")],
    "when": [datetime(2022, 2, 24), datetime(2022, 2, 24, 10, 30), None],
    "day": [date(2022, 2, 24), None, date(1950, 1, 1)],
    "name": ["Ann", "", None],
    "ok": [True, False, None],
}
AS_STRINGS = {
    "id": ["7", "8", ""],
    "born": ["1980", "", ""],
    "when": ["2022-02-24", "2022-02-24T10:30:00", ""],
    "day": ["2022-02-24", "", "1950-01-01"],
    "name": ["Ann", "", ""],
    "ok": ["true", "false", ""],
    LINE_COLUMN: [1, 2, 3],
}


class OnlyArrow:
    """A table that offers nothing but the Arrow interface."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


FRAMES: dict[str, Callable[[], Any]] = {
    "polars": lambda: pl.DataFrame(ROWS),
    "polars lazy": lambda: pl.LazyFrame(ROWS),
    "pyarrow": lambda: pa.table(ROWS),
    "record batch": lambda: pa.RecordBatch.from_pydict(ROWS),
    "chunked": lambda: pa.concat_tables([pa.table(ROWS).slice(0, 1), pa.table(ROWS).slice(1)]),
    "arrow interface": lambda: OnlyArrow(pa.table(ROWS)),
    "text columns": lambda: pl.DataFrame({k: v for k, v in AS_STRINGS.items() if k != LINE_COLUMN}),
    "categories": lambda: pl.DataFrame(ROWS).with_columns(pl.col("name").cast(pl.Categorical)),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_frame_gives_the_same_list(kind: str) -> None:
    source = source_from_frame("court", FRAMES[kind]())
    assert source.table.to_pydict() == AS_STRINGS
    assert source.sha256 == source_from_frame("other", pa.table(ROWS)).sha256
    assert (source.name, source.n_rows, source.rejects) == ("court", 3, ())


def test_the_hash_depends_on_cells_headers_and_their_borders() -> None:
    base = source_from_frame("a", pa.table({"x": ["ab", "c"], "y": ["1", "2"]})).sha256
    others = [
        {"x": ["a", "bc"], "y": ["1", "2"]},
        {"x": ["ab", "c"], "z": ["1", "2"]},
        {"y": ["1", "2"], "x": ["ab", "c"]},
        {"x": ["c", "ab"], "y": ["1", "2"]},
    ]
    assert base not in {source_from_frame("a", pa.table(o)).sha256 for o in others}


def test_columns_can_be_chosen() -> None:
    assert source_from_frame("a", pa.table(ROWS), columns=["name", "id"]).columns == ("name", "id")
    with pytest.raises(SourceError, match=r"Did you mean 'name'\?"):
        source_from_frame("a", pa.table(ROWS), columns=["nam"])


def test_columns_without_plain_values_are_left_out_and_noted() -> None:
    source = source_from_frame("a", pa.table({"name": ["x"], "many": [["y"]], "raw": [b"z"]}))
    assert source.columns == ("name",)
    assert "columns of lists, structures or bytes, left out: many, raw" in source.notes


def test_index_columns_of_pandas_are_passed_over() -> None:
    assert source_from_frame("a", pa.table({"name": ["x"], "__index_level_0__": [4]})).columns == ("name",)


@pytest.mark.parametrize("frame", [3, "list.csv", None, [1, 2], {"name": ["x"]}])
def test_what_is_no_table_is_refused(frame: object) -> None:
    with pytest.raises(SourceError) as caught:
        source_from_frame("a", frame)
    assert caught.value.code == "S17"


def test_mixed_columns_are_refused_without_quoting_a_cell() -> None:
    frame = pl.DataFrame({"name": pl.Series([object(), object()], dtype=pl.Object)})
    with pytest.raises(SourceError) as caught:
        source_from_frame("a", frame)
    assert caught.value.code == "S17"


def test_a_table_without_rows_is_an_empty_list() -> None:
    with pytest.raises(SourceError) as caught:
        source_from_frame("a", pa.table({"name": pa.array([], pa.string())}))
    assert caught.value.code == "S12"


@given(st.lists(st.one_of(st.none(), st.floats(allow_infinity=False)), min_size=1, max_size=20))
def test_floats_read_back_as_the_same_number(values: list[float | None]) -> None:
    strings = column_as_strings(pa.chunked_array([pa.array(values, pa.float64(), from_pandas=False)]))
    assert strings is not None
    for value, text in zip(values, strings.to_pylist(), strict=True):
        if value is None or value != value:
            assert text == ""
        else:
            assert float(text) == value
            assert not text.endswith(".0")
            if abs(value) <= 2**53:
                assert text == (str(int(value)) if value.is_integer() else text)


@given(st.lists(st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1)), min_size=1, max_size=10))
def test_time_stamps_are_written_as_in_workbooks(values: list[datetime]) -> None:
    whole = [v.replace(microsecond=0) for v in values] + [datetime(2022, 2, 24)]
    strings = column_as_strings(pa.chunked_array([pa.array(whole, pa.timestamp("us"))]))
    assert strings is not None
    assert strings.to_pylist() == [cell_as_string(v) for v in whole]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([Decimal("7.00"), Decimal("7.50")], pa.decimal128(10, 2), ["7", "7.50"]),
        ([time(10, 30)], pa.time32("s"), ["10:30:00"]),
        ([timedelta(days=1)], pa.duration("s"), ["1 day, 0:00:00"]),
        ([0.1, 7.0], pa.float32(), ["0.1", "7"]),
        ([datetime(2022, 2, 24)], pa.timestamp("ns"), ["2022-02-24"]),
        ([None, None], pa.null(), ["", ""]),
        (["x"], pa.large_string(), ["x"]),
        ([date(2022, 2, 24)], pa.date64(), ["2022-02-24"]),
        ([2**62], pa.uint64(), [str(2**62)]),
    ],
)
def test_other_types(values: list[Any], kind: pa.DataType, expected: list[str]) -> None:
    strings = column_as_strings(pa.chunked_array([pa.array(values, kind)]))
    assert strings is not None
    assert strings.to_pylist() == expected


# -- Parquet ----------------------------------------------------------------------------------------------------
def test_parquet_is_read_as_the_frame_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "list.parquet"
    pq.write_table(pa.table(ROWS), file)
    source = read_source(ListSpec(name="a", title="a", file=file, columns=()))
    assert source.table.to_pydict() == AS_STRINGS
    assert len(source.sha256) == 64


def test_parquet_sample() -> None:
    source = read_source(ListSpec(name="a", title="a", file=DATA / "lawyers.parquet", columns=(("name", "name"),)))
    assert source.table.column("birth").to_pylist() == ["1985-03-12", "", "1990-01-01", "", "1979-11-30"]


def test_damaged_parquet(declare: Declare) -> None:
    for content in (b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"id,name\n1,x\n"):
        with pytest.raises(SourceError) as caught:
            read_source(declare(content, "list.parquet"))
        assert caught.value.code == "S14"


def test_parquet_of_one_value_a_thousand_million_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "list.parquet"
    pq.write_table(pa.table({"name": pa.array(["x"] * 50_000)}), file)
    monkeypatch.setattr("uncounted.sources.parquet.MOST_CELLS", 49_999)
    with pytest.raises(SourceError) as caught:
        read_source(ListSpec(name="a", title="a", file=file, columns=()))
    assert caught.value.code == "S16"
