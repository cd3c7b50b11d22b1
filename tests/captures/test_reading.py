"""Counts come in as files, frames and mappings; what is wrong is named by line, never by value."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from uncounted.captures import CaptureTable, capture_table, published, read_counts
from uncounted.errors import CaptureError, ProjectError

TABLE = CaptureTable.from_patterns({"10": 5, "01": 7, "11": 3}, lists=["courts", "press"])


def write(folder: Path, text: str) -> Path:
    file = folder / "counts.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "courts,press,count\n1,0,5\n0,1,7\n1,1,3\n",
        "courts;press;n\n1;0;5\n0;1;7\n1;1;2\n1;1;1\n",
        "\ufeffcourts\tpress\n" + "1\t0\n" * 5 + "0\t1\n" * 7 + "yes\ttrue\n" * 3,
    ],
)
def test_three_shapes_of_files(tmp_path: Path, text: str) -> None:
    assert read_counts(write(tmp_path, text)) == TABLE


def test_pattern_column_and_strata(tmp_path: Path) -> None:
    table = read_counts(write(tmp_path, "pattern,count,stratum\n10,5,north\n01,7,north\n11,3,south\n"))
    assert table.lists == ("A", "B")
    assert table.strata == ("north", "south")
    assert table.counts.tolist() == [[[7, 5, 0], [0, 0, 3]]]


def test_frames_of_any_make_agree() -> None:
    columns = {"courts": [1, 0, 1], "press": [0, 1, 1], "count": [5, 7, 3]}
    for frame in (columns, pl.DataFrame(columns), pa.table(columns)):
        assert capture_table(frame) == TABLE
    assert capture_table({"10": 5, "01": 7, "11": 3}, lists=["courts", "press"]) == TABLE
    with pytest.raises(CaptureError, match="found int"):
        capture_table(3)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("courts,press,count\n1,0,five\n", "C26", "line 2"),
        ("courts,press,count\n1,0,5\n1,2,7\n", "C26", "line 3"),
        ("courts,press,count\n1,0,5\n0,0,7\n", "C26", "line 3"),
        ("courts,press,count\n1,0\n", "C23", "line 2"),
        ("courts,courts,count\n1,0,5\n", "C23", "line 1"),
        ("courts,press,count\n", "C23", ""),
        ("", "C23", ""),
        ("pattern,count\n10,5\n1,7\n", "C26", "line 3"),
        ('courts,press,count\n1,"0,5\n', "C22", "line"),
    ],
)
def test_bad_files_are_named_by_line(tmp_path: Path, text: str, code: str, where: str) -> None:
    with pytest.raises(CaptureError) as caught:
        read_counts(write(tmp_path, text))
    assert caught.value.code == code
    assert where in str(caught.value)
    assert "five" not in str(caught.value)


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "a")
    with pytest.raises(CaptureError, match=r"Did you mean 'counts\.csv'"):
        read_counts(tmp_path / "count.csv")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("año,press,count\n".encode("latin-1"))
    with pytest.raises(CaptureError, match="not UTF-8"):
        read_counts(latin)


def test_published_tables_hold_their_totals() -> None:
    expected = {
        "kosovo": 4400, "uk": 2744, "uk5": 2744, "netherlands": 8234, "netherlands5": 8234, "new-orleans": 186,
        "new-orleans5": 186, "western": 345, "korea": 123, "hiv-rome": 1896, "lesbian": 2185, "spina-bifida": 621,
        "madigan-york": 537, "artificial3": 96,
    }  # fmt: skip
    from uncounted.captures import published_tables

    assert {t.name: t.n_listed for t in published_tables()} == expected
    assert all(t.citation for t in published_tables())
    merged = published("uk").merge_lists({"PFNCA": ["PF", "NCA"]})
    assert merged.keep_lists(["LA", "NG", "PFNCA", "GO", "GP"]) == published("UK_5")
    assert published("Kosovo").overlap("EXH", "ABA").tolist() == [177 + 181 + 18 + 27]
    with pytest.raises(ProjectError, match="Did you mean 'kosovo'"):
        published("kosova")


def test_lost_leading_zeros_are_told_by_the_longest_pattern(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        read_counts(write(tmp_path, "pattern,count\n1,5\n10,7\n111,2\n"))
    assert "3 digits" in caught.value.what
    assert "line 2, line 3" in str(caught.value)
    assert "leading zeros" in caught.value.do


def test_a_pattern_given_twice_is_refused_in_its_stratum(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="line 2, line 4") as caught:
        read_counts(write(tmp_path, "pattern,count\n10,5\n01,7\n10,2\n11,1\n"))
    assert caught.value.code == "C26"
    apart = read_counts(write(tmp_path, "pattern,count,stratum\n10,5,n\n10,7,s\n11,2,n\n11,3,s\n"))
    assert apart.n_listed.tolist() == [17]
    people = read_counts(write(tmp_path, "pattern\n10\n10\n01\n11\n"))
    assert people.n_listed.tolist() == [4]


@pytest.mark.parametrize("data", [{"1": 3, "x": 4}, {"courts": "10", "press": "01"}])
def test_a_mapping_of_neither_patterns_nor_columns(data: dict[str, object]) -> None:
    with pytest.raises(CaptureError) as caught:
        capture_table(data)
    assert caught.value.code == "C24"


def test_advice_on_a_file_speaks_of_the_file(tmp_path: Path) -> None:
    columns = {"courts": [1, 0], "press": [0, 1], "how_many": [5, 7]}
    with pytest.raises(CaptureError) as of_frame:
        capture_table(columns)
    assert "lists=[...]" in of_frame.value.do
    with pytest.raises(CaptureError) as of_file:
        read_counts(write(tmp_path, "courts,press,how_many\n1,0,5\n0,1,7\n"))
    assert "call the column of counts 'count'" in of_file.value.do
    assert "=" not in of_file.value.do
