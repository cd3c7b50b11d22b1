"""Excel workbooks: one sheet, its header found, its cells as strings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from uncounted.errors import SourceError, did_you_mean
from uncounted.project.model import ListSpec
from uncounted.sources.delimited import any_filled, blank_note
from uncounted.sources.encoding import in_project_file, place
from uncounted.sources.header import (
    HEADER_SEARCH_ROWS,
    LINE_COLUMN,
    MOST_COLUMNS,
    column_names,
    find_header,
    rows_in_words,
)
from uncounted.sources.strings import cell_as_string, cells_as_strings
from uncounted.sources.workbook_guard import refuse_unsafe_workbook


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """The rows of one sheet, and what was noticed about the workbook."""

    name: str
    table: pa.Table
    columns: tuple[str, ...]
    notes: tuple[str, ...]


def parse_sheet(data: bytes, spec: ListSpec) -> Sheet:
    """Read one sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The whole file, ``.xlsx``, ``.xlsm`` or ``.xls``.
    spec : ListSpec
        Says the sheet and the header row, or leaves them to be found: the first visible sheet, and the row that holds
        the mapped headers.

    Returns
    -------
    Sheet
        Whole numbers without ".0", dates in ISO form. Cells with an Excel error such as #N/A are empty.

    Raises
    ------
    SourceError
        S08 for too many columns, S10 if there is no header, S14 if the file cannot be opened, S15 if there is no such
        sheet, S16 if it is made to fill the memory.
    """
    refuse_unsafe_workbook(data, spec)
    name, rows, first_row, notes = _read_rows(data, spec)
    numbers = np.arange(first_row, first_row + len(rows), dtype=np.int64)
    at = _header_position(rows, first_row, name, spec)
    columns, header_notes = column_names([cell_as_string(v) for v in rows[at]])
    if len(columns) > MOST_COLUMNS:
        raise SourceError(
            f"sheet '{name}' has {len(columns):,} columns; at most {MOST_COLUMNS:,} are read.",
            where=place(spec),
            do="keep only the columns that are needed.",
            code="S08",
        )
    skipped = [first_row + i for i in range(at) if _is_filled(rows[i])]
    title = [f"passed over above the header: {rows_in_words(skipped, word='row')}"] if skipped else []
    table, blank = _table(rows[at + 1 :], numbers[at + 1 :], columns)
    blanks = [blank_note(blank, word="row")] if blank else []
    return Sheet(name=name, table=table, columns=columns, notes=(*notes, *title, *header_notes, *blanks))


def _read_rows(data: bytes, spec: ListSpec) -> tuple[str, list[list[Any]], int, list[str]]:
    """Return the sheet's name, its rows, the number of the first of them, and notes on the other sheets."""
    import python_calamine as calamine

    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            name, notes = _choose_sheet(book.sheets_metadata, spec)
            sheet = book.get_sheet_by_name(name)
            start = sheet.start
            return name, sheet.to_python(skip_empty_area=True), (start[0] if start else 0) + 1, notes
    except calamine.PasswordError:
        what = "the workbook is locked with a password."
        do = "save it without a password, inside the project's folder."
    except calamine.CalamineError:  # its message may quote the file, so it is not repeated
        what = "the workbook cannot be opened: it is damaged."
        do = "open it in a spreadsheet program and save it again, or as CSV (UTF-8)."
    raise SourceError(what, where=place(spec), do=do, code="S14")


def _choose_sheet(metadata: Sequence[Any], spec: ListSpec) -> tuple[str, list[str]]:
    """Return the declared sheet or the first visible one, and notes on hidden and further sheets."""
    import python_calamine as calamine

    sheets = [m for m in metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [m.name for m in sheets]
    visible = [m.name for m in sheets if m.visible == calamine.SheetVisibleEnum.Visible]
    if spec.sheet is not None and spec.sheet not in names:
        raise SourceError(
            f"there is no sheet '{spec.sheet}'.{did_you_mean(spec.sheet, names)} Sheets: {', '.join(names)}.",
            where=place(spec),
            do=f"correct `sheet` {in_project_file(spec)}.",
            code="S15",
        )
    if spec.sheet is None and not visible:
        raise SourceError(
            f"no sheet is visible. Sheets: {', '.join(names) or 'none'}.",
            where=place(spec),
            do=f'say which to read with sheet = "…" {in_project_file(spec)}.',
            code="S15",
        )
    chosen = spec.sheet if spec.sheet is not None else visible[0]
    notes = []
    others = [n for n in visible if n != chosen]
    if others:
        why = "declared" if spec.sheet is not None else "the first visible one"
        notes.append(f"read sheet '{chosen}' ({why}); not read: {', '.join(others)}")
    hidden = [n for n in names if n not in visible and n != chosen]
    if hidden:
        notes.append(f"hidden sheets, not read: {', '.join(hidden)}")
    if chosen not in visible:
        notes.append(f"the sheet read, '{chosen}', is hidden")
    return chosen, notes


def _header_position(rows: Sequence[Sequence[Any]], first_row: int, name: str, spec: ListSpec) -> int:
    if not rows:
        raise SourceError(
            f"sheet '{name}' is empty.",
            where=place(spec),
            do=f'if the records are on another sheet, say which with sheet = "…" {in_project_file(spec)}.',
            code="S12",
        )
    if spec.header_row is not None:
        at = spec.header_row - first_row
        if 0 <= at < len(rows) and _is_filled(rows[at]):
            return at
        raise SourceError(
            f"row {spec.header_row} of sheet '{name}' is declared as the header and is empty.",
            where=place(spec),
            do=f"correct header_row {in_project_file(spec)}.",
            code="S10",
        )
    head = [[cell_as_string(v) for v in row] for row in rows[: 4 * HEADER_SEARCH_ROWS]]
    found = find_header(head, {header for _, header in spec.columns})
    if found is None:
        raise SourceError(
            f"no header was found in the first rows of sheet '{name}'.",
            where=place(spec),
            do=f"say where it stands with header_row = … {in_project_file(spec)}.",
            code="S10",
        )
    return found


def _table(rows: Sequence[Sequence[Any]], numbers: Any, columns: tuple[str, ...]) -> tuple[pa.Table, list[int]]:
    """Return the rows with a filled cell as a table, and the numbers of the blank ones."""
    schema = pa.schema([(n, pa.string()) for n in columns] + [(LINE_COLUMN, pa.int64())])
    if not rows:
        return schema.empty_table(), []
    arrays = [cells_as_strings(list(cells)) for cells in zip(*rows, strict=True)]
    filled = any_filled(arrays)
    table = pa.Table.from_arrays([*arrays, pa.array(numbers)], schema=schema)
    return (table if filled.all() else table.filter(pa.array(filled))), numbers[~filled].tolist()


def _is_filled(row: Sequence[Any]) -> bool:
    return any(cell_as_string(v) for v in row)
