# ruff: noqa: DTZ001 - dates of lists have no time zone
"""Workbooks: values as strings, sheets and titles noticed, hostile files refused before they are laid out."""

from __future__ import annotations

import io
import re
import struct
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources import read_source
from uncounted.sources.header import LINE_COLUMN
from uncounted.sources.workbook_guard import cell_positions

Declare = Callable[..., ListSpec]
DATA = Path(__file__).parent.parent / "data"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: list[list[Any]], *, sheets: dict[str, str] | None = None, at: tuple[int, int] = (0, 0)) -> bytes:
    """Return a workbook: `rows` from cell `at` of its first sheet; `sheets` gives each sheet's visibility."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for i, (name, visibility) in enumerate((sheets or {"List": "visible"}).items()):
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None and (i == 0 or sheets):
                    sheet.write(at[0] + r, at[1] + c, f"{value} {name}" if i and isinstance(value, str) else value)
        if visibility == "hidden":
            sheet.hide()
        if i and visibility == "visible" and next(iter((sheets or {}).values())) == "hidden":
            sheet.activate()
            sheet.set_first_sheet()
    book.close()
    return out.getvalue()


def rewritten(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content.decode()).encode() if info.filename == name else content)
    return out.getvalue()


def refusal(spec: ListSpec) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_source(spec)
    return caught.value


ROWS: list[list[Any]] = [["id", "name", "born", "when"], [7, "Ann", 1980, datetime(2022, 2, 24)]]


def test_values_are_written_as_people_write_them(declare: Declare) -> None:
    rows = [
        ["id", "name", "value"],
        [7, "Ann", 7.5],
        [1_234_567_890_123, "007", True],
        [-3, " Bob ", datetime(2022, 2, 24, 10, 30)],
        [0, "x", date(2022, 2, 24)],
        [None, "y", 1e20],
    ]
    source = read_source(declare(workbook(rows), "list.xlsx"))
    assert source.table.column("id").to_pylist() == ["7", "1234567890123", "-3", "0", ""]
    assert source.table.column("name").to_pylist() == ["Ann", "007", " Bob ", "x", "y"]
    assert source.table.column("value").to_pylist() == ["7.5", "true", "2022-02-24T10:30:00", "2022-02-24", "1e+20"]
    assert (source.sheet, source.n_rows, source.encoding) == ("List", 5, "xlsx")


def test_rows_are_numbered_as_in_the_sheet(declare: Declare) -> None:
    rows = [["Title of the list"], [], ["id", "name", "born"], [1, "Ann", 1980], [], [2, "Bob", 1981]]
    source = read_source(declare(workbook(rows, at=(2, 3)), "list.xlsx"))
    assert source.columns == ("id", "name", "born")
    assert source.table.column(LINE_COLUMN).to_pylist() == [6, 8]
    assert "passed over above the header: row 3" in source.notes
    assert any("1 blank rows" in n and "row 7" in n for n in source.notes)


def test_declared_header_row(declare: Declare) -> None:
    data = workbook([["id", "name"], ["Nr", "Name"], [1, "Ann"]], at=(1, 0))
    assert read_source(declare(data, "list.xlsx", header_row=3)).columns == ("Nr", "Name")
    assert refusal(declare(data, "list.xlsx", header_row=1)).code == "S10"
    assert refusal(declare(data, "list.xlsx", header_row=99)).code == "S10"


def test_sheets_are_chosen_and_the_others_noticed(declare: Declare) -> None:
    data = workbook(ROWS, sheets={"Secret": "hidden", "First": "visible", "Second": "visible"})
    source = read_source(declare(data, "list.xlsx"))
    assert source.sheet == "First"
    assert "hidden sheets, not read: Secret" in source.notes
    assert any("not read: Second" in n for n in source.notes)
    assert read_source(declare(data, "list.xlsx", sheet="Second")).sheet == "Second"
    hidden = read_source(declare(data, "list.xlsx", sheet="Secret"))
    assert "the sheet read, 'Secret', is hidden" in hidden.notes
    error = refusal(declare(data, "list.xlsx", sheet="Frist"))
    assert (error.code, "Did you mean 'First'?" in str(error)) == ("S15", True)


def test_sample() -> None:
    spec = ListSpec(name="press", title="p", file=DATA / "press.xlsx", columns=(("surname", "Surname"),))
    source = read_source(spec)
    assert source.table.column("Event").to_pylist() == [
        "2022-05-01",
        "2022-06-01",
        "",
        "2022-03-02T10:30:00",
        "2022-07-15",
    ]
    assert source.table.column("Born").to_pylist() == ["1985", "1986", "1990", "", "1979"]
    assert len(source.notes) == 2


@pytest.mark.parametrize("rows", [[], [["id", "name"]], [["id", "name"], ["", ""]]])
def test_empty_sheets(declare: Declare, rows: list[list[Any]]) -> None:
    assert refusal(declare(workbook(rows), "list.xlsx")).code == "S12"


def test_damaged_and_foreign_files(declare: Declare) -> None:
    good = workbook(ROWS)
    assert refusal(declare(good[: len(good) // 2], "list.xlsx")).code == "S14"
    assert refusal(declare("id,name\n1,Ann\n", "list.xlsx")).code == "S14"
    assert refusal(declare(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "list.xls")).code == "S14"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    assert refusal(declare(other.getvalue(), "list.xlsx")).code == "S14"
    assert refusal(declare(rewritten(good, SHEET, lambda x: x[: len(x) // 2]), "list.xlsx")).code == "S14"


def test_every_damaged_byte_is_refused_or_harmless(declare: Declare) -> None:
    good = workbook(ROWS)
    for at in np.random.default_rng(1).integers(0, len(good), 150):
        bad = bytearray(good)
        bad[at] ^= 0x55
        try:
            source = read_source(declare(bytes(bad), "list.xlsx"))
        except SourceError as error:
            assert error.code in {"S10", "S12", "S14", "S15", "S16"}, at  # noqa: PT017 - either outcome is right
        else:
            assert source.n_rows >= 1


# -- files made to fill the memory ------------------------------------------------------------------------------
def test_zip_bomb_is_refused_in_under_a_second(declare: Declare) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open(SHEET, "w", force_zip64=True) as entry:
            for _ in range(300):
                entry.write(b" " * 2**20)
    spec = declare(out.getvalue(), "list.xlsx")
    start = time.process_time()
    error = refusal(spec)
    assert time.process_time() - start < 1
    assert error.code == "S16"


def test_a_size_that_lies_is_refused(declare: Declare) -> None:
    big = rewritten(
        workbook(ROWS), SHEET, lambda x: x.replace("</sheetData>", "<!--" + "x" * 5_000_000 + "--></sheetData>")
    )
    with zipfile.ZipFile(io.BytesIO(big)) as archive:
        size = archive.getinfo(SHEET).file_size
    lying = big.replace(struct.pack("<I", size), struct.pack("<I", 900))
    assert lying != big
    assert refusal(declare(lying, "list.xlsx")).code == "S14"


FAR = [
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    '<row r="1048576"><c s="1" r="XFD1048576" ><v>1</v></c></row>',
    "<row r='1048576'><c r='xfd1048576'><v>1</v></c></row>",
    '<row r="1048576"><c\n r = "XFD1048576"\n t="n"><v>1</v></c></row>',
    '<row r="1048576"><c r="A1048576"><v>1</v></c></row><row r="9"><c r="XFD9"><v>1</v></c></row>',
    '<row r="1048576"><c r="BZZ1048576" t="inlineStr"><is><t>x</t></is></c></row>',
    '<row r="1048576"><c><v>1</v></c></row><row r="9"><c r="XFD9"><v>1</v></c></row>',
    "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>" + "<row></row>" * 9_000,
]


@pytest.mark.parametrize("far", FAR)
def test_cells_in_far_corners_are_refused(declare: Declare, far: str) -> None:
    """A reader that lays such a sheet out is ended by the system: 17 thousand million cells."""
    data = rewritten(workbook(ROWS), SHEET, lambda x: x.replace("</sheetData>", far + "</sheetData>"))
    assert refusal(declare(data, "list.xlsx")).code == "S16"


def test_a_count_that_lies_is_refused(declare: Declare) -> None:
    def lie(xml: str) -> str:
        return re.sub(r'niqueCount="\d+"', 'niqueCount="99999999999"', xml)

    data = rewritten(workbook(ROWS), "xl/sharedStrings.xml", lie)
    assert refusal(declare(data, "list.xlsx")).code == "S16"


def test_formatting_without_content_far_out_is_harmless(declare: Declare) -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    data = rewritten(workbook(ROWS), SHEET, lambda x: x.replace("</sheetData>", far + "</sheetData>"))
    assert read_source(declare(data, "list.xlsx")).n_rows == 1


def test_cells_without_references_are_read(declare: Declare) -> None:
    data = rewritten(workbook(ROWS), SHEET, lambda x: re.sub(r'(<c) r="[A-Z]+\d+"', r"\1", x))
    assert read_source(declare(data, "list.xlsx")).columns == ("id", "name", "born", "when")


def test_xml_entities_are_not_followed(declare: Declare, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    entities = f'<!ENTITY a "lol"><!ENTITY b "{"&a;" * 50}"><!ENTITY f SYSTEM "{secret.as_uri()}">'
    head = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>'

    def change(xml: str) -> str:
        body = re.sub(r"<\?xml[^>]*\?>", head, xml)
        cell = '<row r="3"><c r="B3" t="inlineStr"><is><t>&b;&f;</t></is></c></row></sheetData>'
        return body.replace("</sheetData>", cell)

    try:
        source = read_source(declare(rewritten(workbook(ROWS), SHEET, change), "list.xlsx"))
    except SourceError as error:
        told = str(error)
    else:
        told = str(source.table.to_pydict())
    assert "hidden words" not in told
    assert "lollol" not in told


def test_cell_positions() -> None:
    rows, columns = cell_positions(np.array([b"A1", b"z10", b"AA3", b"XFD1048576"], dtype="S10"))
    assert rows.tolist() == [1, 10, 3, 1_048_576]
    assert columns.tolist() == [1, 26, 27, 16_384]
