"""Invented lists as files: CSV in some encoding, or a workbook; with the line of every record."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

# Written into workbooks instead of the clock, so that the same seed gives the same bytes.
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001  workbooks know no time zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """A list as bytes: `lines` is where each given row starts, `rejected` where rows of a wrong width do."""

    content: bytes
    lines: tuple[int, ...]
    rejected: tuple[int, ...] = ()


def write_csv(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    newline: str = "\n",
    broken: Mapping[int, Sequence[str]] | None = None,
) -> ListFile:
    """Write rows as CSV and note the line on which each starts.

    Parameters
    ----------
    header : sequence of str
        Names of the columns, on line 1.
    rows : sequence of sequences of str
        Cells; a cell with a line break is quoted and makes the rows after it start later.
    encoding, delimiter, newline : str
        How the file is written; "utf-8-sig" puts a byte-order mark in front.
    broken : mapping of int to sequence of str, optional
        Rows of a wrong width, each put in before the row of that position.

    Returns
    -------
    ListFile
    """
    extra = broken or {}
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerow(header)
    line, lines, rejected = 2, [], []
    for position, row in enumerate(rows):
        if position in extra:
            rejected.append(line)
            writer.writerow(extra[position])
            line += _height(extra[position])
        lines.append(line)
        writer.writerow(row)
        line += _height(row)
    return ListFile(content=out.getvalue().encode(encoding), lines=tuple(lines), rejected=tuple(rejected))


def write_workbook(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    sheet: str,
    title: str,
    hidden_sheet: str,
    number_columns: Sequence[int] = (),
) -> ListFile:
    """Write rows as a workbook: a title, an empty row, the header on row 3; and a hidden sheet behind it.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : sequence of sequences of str
        Cells.
    sheet, title, hidden_sheet : str
        Name of the sheet, its title line, and the name of the hidden sheet.
    number_columns : sequence of int
        Columns (from 0) in which cells of digits alone are written as numbers, as a person typing them would have it.

    Returns
    -------
    ListFile
        `lines` are rows of the sheet, counted from 1.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": title, "created": _CREATED})
    front = book.add_worksheet(sheet)
    front.write_string(0, 0, title)
    for column, name in enumerate(header):
        front.write_string(2, column, name)
    as_number = set(number_columns)
    for place, row in enumerate(rows, start=3):
        for column, cell in enumerate(row):
            if column in as_number and cell.isdigit():
                front.write_number(place, column, int(cell))
            elif cell:
                front.write_string(place, column, cell)
    behind = book.add_worksheet(hidden_sheet)
    behind.write_string(0, 0, "Editors' notes, not part of the list.")
    behind.hide()
    book.close()
    return ListFile(content=buffer.getvalue(), lines=tuple(range(4, 4 + len(rows))))


def _height(row: Sequence[str]) -> int:
    """Return how many lines of text a row takes."""
    return 1 + sum(cell.count("\n") for cell in row)
