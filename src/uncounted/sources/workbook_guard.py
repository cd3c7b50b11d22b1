"""Refusing workbooks that would fill the memory, before anything is unpacked or laid out.

Three kinds are made for that: a small zip that unpacks to gigabytes; a sheet with two cells in opposite corners, for
which a reader lays out 17 thousand million cells; and a count of texts far beyond those there are. A reader that tries
is ended by the system, without a word to the user.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources.encoding import place

MOST_UNPACKED = 1024**3
MOST_CELLS = 60_000_000
_SUSPECT_SIZE = 50 * 1024**2
_MOST_RATIO = 500  # sheets pack 10- to 50-fold; nothing but filler packs 500-fold
_PIECE = 4 * 1024**2
_OVERLAP = 512  # longest tag that may be cut by the border of two pieces
_OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP_MARK = b"PK\x03\x04"
# A cell tag with its reference; a tag that closes itself is formatting without content.
_REFERENCE = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,3}\d{1,7})[\"'](?![^>]*/>)")
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[\s>/]")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br\s*=\s*[\"']\+?(\d{1,18})")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c(?:\s[^>]*)?>")
# Readers make room for as many strings as the file says it has, before they see one.
_COUNT = re.compile(rb"[cC]ount\s*=\s*[\"']\s*\+?0*(\d{8,})")
_ANY_REFERENCE = re.compile(rb"\br\s*=")


def refuse_unsafe_workbook(data: bytes, spec: ListSpec) -> None:
    """Refuse a file that is no workbook, or one that is far larger inside than it looks.

    Raises
    ------
    SourceError
        S14 if it is no Excel file, S16 if it would fill the memory.
    """
    if data.startswith(_OLE_MARK):
        return  # .xls: at most 65,536 × 256 cells, not compressed
    if not data.startswith(_ZIP_MARK):
        _refuse_kind("this is no Excel file, whatever its name says.", spec)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_sizes(entries, spec)
            names = {e.filename.casefold() for e in entries}
            if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml"}:
                _refuse_kind("this is a zip file and no .xlsx workbook.", spec)
            for entry in entries:
                if not entry.is_dir():
                    _refuse_extent(archive, entry, spec)
        return
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        pass  # damaged, or packed in a way that workbooks never are; said below, without quoting the file
    _refuse_kind("the workbook cannot be opened: it is damaged or encrypted.", spec)


def _refuse_sizes(entries: list[zipfile.ZipInfo], spec: ListSpec) -> None:
    unpacked = sum(e.file_size for e in entries)
    packed = max(sum(e.compress_size for e in entries), 1)
    if unpacked > MOST_UNPACKED or (unpacked > _SUSPECT_SIZE and unpacked / packed > _MOST_RATIO):
        raise SourceError(
            f"the workbook unpacks from {packed / 1024**2:,.1f} MB to {unpacked / 1024**2:,.0f} MB.",
            where=place(spec),
            why="such a file fills the memory of whoever opens it; no list of people needs it.",
            do="if it is honest, save the sheet that is needed as CSV (UTF-8).",
            code="S16",
        )


def _refuse_extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, spec: ListSpec) -> None:
    """Refuse a sheet whose used corner lies so far out that laying it out would fill the memory."""
    row = column = 0
    all_have_references = True
    for piece in _pieces(archive, entry):
        if _COUNT.search(piece):
            _refuse_count(spec)
        found = _REFERENCE.findall(piece)
        if found:
            rows, columns = cell_positions(np.array(found, dtype="S10"))
            row, column = max(row, int(rows.max())), max(column, int(columns.max()))
        if len(found) < len(_CELL_TAG.findall(piece)):
            all_have_references &= all(_ANY_REFERENCE.search(tag) for tag in _CELL_TAG.findall(piece))
    if not all_have_references:
        # Cells may leave out where they stand, and then follow on the one before, in the row that is open.
        content = archive.read(entry)
        numbers = [int(n) for n in _ROW_NUMBER.findall(content)]
        row = max([row, *numbers]) + len(_ROW_TAG.findall(content)) - len(numbers)
        column += max(len(_CELL_TAG.findall(part)) for part in _ROW_TAG.split(content))
    if row * column > MOST_CELLS:
        raise SourceError(
            f"a sheet reaches to row {row:,} and column {column:,}: {row * column:,} cells.",
            where=place(spec),
            why="laid out, it would fill the memory; mostly a stray cell far from the list is to blame.",
            do="delete what stands outside the list, or save the sheet as CSV (UTF-8).",
            code="S16",
        )


def cell_positions(references: NDArray[np.bytes_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns, from 1, of cell references such as ``b"AB12"``."""
    signs = references.view(np.uint8).reshape(len(references), -1).astype(np.int64)
    rows = np.zeros(len(references), dtype=np.int64)
    columns = np.zeros(len(references), dtype=np.int64)
    for position in range(signs.shape[1]):
        sign = signs[:, position]
        is_letter, is_digit = sign >= ord("A"), (sign >= ord("0")) & (sign <= ord("9"))
        columns = np.where(is_letter, columns * 26 + (sign & ~np.int64(32)) - ord("A") + 1, columns)
        rows = np.where(is_digit, rows * 10 + sign - ord("0"), rows)
    return rows, columns


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the entry piece by piece, each with the end of the one before, so that no tag is cut."""
    rest = b""
    with archive.open(entry) as stream:
        while block := stream.read(_PIECE):
            piece = rest + block
            yield piece
            last_tag = piece.rfind(b"<")
            rest = piece[max(last_tag, len(piece) - _OVERLAP) :] if last_tag >= 0 else b""


def _refuse_count(spec: ListSpec) -> NoReturn:
    raise SourceError(
        "the workbook says that it holds ten million texts or more; no list of people does.",
        where=place(spec),
        why="a reader makes room for them all before it sees one.",
        do="if it is honest, save the sheet that is needed as CSV (UTF-8).",
        code="S16",
    )


def _refuse_kind(what: str, spec: ListSpec) -> NoReturn:
    raise SourceError(
        what,
        where=place(spec),
        do="open it in a spreadsheet program and save it as .xlsx, or as CSV (UTF-8).",
        code="S14",
    )
