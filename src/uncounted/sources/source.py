"""A delivered file as it came: every row, its line, its hash; nothing cleaned, nothing guessed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that could not be read: its line in the file and why, never its content."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """One list as delivered.

    Attributes
    ----------
    name : str
        List name.
    file : str
        File name without folders (a folder may name a person).
    sha256 : str
        Hash of the file's bytes at first contact.
    table : pyarrow.Table
        All columns as strings ("" for an empty cell), header names as in the file, plus "__line" (int64): the line in
        a text file where the row starts, or the row in a sheet.
    n_rows : int
        Data rows in the file; always accepted (table.num_rows) + rejected.
    rejects : tuple of RejectedRow
    columns : tuple of str
        Header names, without "__line".
    notes : tuple of str
        What was noticed: title lines skipped, hidden sheets, a byte-order mark.
    encoding, sheet : str
        What it was read as: the encoding of a text, else the kind of file; and the sheet of a workbook.
    """

    name: str
    file: str
    sha256: str
    table: pa.Table = field(repr=False)  # rows of people: never in a repr
    n_rows: int
    rejects: tuple[RejectedRow, ...] = ()
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"
    sheet: str = ""
