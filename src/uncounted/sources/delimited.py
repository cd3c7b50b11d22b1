"""CSV and TSV: every row read or rejected, nothing swallowed in silence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources.encoding import in_project_file, place
from uncounted.sources.header import (
    LINE_COLUMN,
    MOST_COLUMNS,
    column_names,
    find_header,
    rows_in_words,
    usual_value,
)
from uncounted.sources.source import RejectedRow

DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 8_192  # rows at a time: few enough to stay in the processor's cache
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_HEAD_LINES = 200
_HEAD_CHARACTERS = 1_000_000
_DELIMITER_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parsed:
    """The rows of a file: accepted ones as a table, rejected ones by line, and what was noticed."""

    table: pa.Table
    columns: tuple[str, ...]
    rejects: tuple[RejectedRow, ...]
    notes: tuple[str, ...]


def parse_delimited(text: str, spec: ListSpec) -> Parsed:
    """Read delimited text.

    Parameters
    ----------
    text : str
        The decoded file.
    spec : ListSpec
        Says delimiter and header row, or leaves them to be found; its mapped headers help to find them.

    Returns
    -------
    Parsed
        Cells exactly as in the text. Rows in which no cell holds anything are passed over and noted; rows of another
        width than the header are rejected, unless only empty cells follow after the last column.

    Raises
    ------
    SourceError
        S06 for a misplaced quote, S07 for a huge cell, S08 for too many columns, S09 if two delimiters fit, S10 if
        there is no header.
    """
    wanted = {header for _, header in spec.columns}
    delimiter = spec.delimiter or find_delimiter(text, spec, wanted)
    chunks = _records(text, delimiter, spec)
    first = next(chunks, None)
    if first is None:
        raise SourceError("the file is empty.", where=place(spec), do="check which file was delivered.", code="S10")
    at = _header_position(first, spec, wanted)
    columns, header_notes = column_names(first.rows[at])
    builder = _Builder(columns)
    builder.add(first.after(at))
    for chunk in chunks:
        builder.add(chunk)
    skipped = [int(first.starts[i]) for i in range(at) if first.rows[i]]
    title = (f"passed over above the header: {rows_in_words(skipped)}",) if skipped else ()
    return Parsed(
        table=builder.table(),
        columns=columns,
        rejects=tuple(builder.rejects),
        notes=(*title, *header_notes, *builder.notes()),
    )


# -- delimiter and header ---------------------------------------------------------------------------------------
def find_delimiter(text: str, spec: ListSpec, wanted: Collection[str]) -> str:
    """Return the delimiter under which the header has the mapped headers, or as many cells as the rows below it.

    Raises
    ------
    SourceError
        S09 if two delimiters fit equally well.
    """
    heads = {d: _head(text, d) for d in DELIMITERS}
    for rows in heads.values():
        if usual_value([len(row) for row in rows] or [0]) > MOST_COLUMNS:
            _refuse_columns(max(len(row) for row in rows), spec)
    if wanted:
        complete = [d for d, rows in heads.items() if _holds(rows, wanted)]
        if complete:
            return max(complete, key=lambda d: max((len(r) for r in heads[d]), default=0))
    scores = {d: _consistency(rows, wanted) for d, rows in heads.items()}
    fitting = [d for d in DELIMITERS if scores[d][0] > 0]
    if not fitting:
        return ","
    best = max(fitting, key=lambda d: scores[d])
    equal = [d for d in fitting if scores[d] == scores[best]]
    if len(equal) > 1:
        words = " and ".join(f"{_DELIMITER_WORDS[d]} ({usual_value([len(r) for r in heads[d] if r])})" for d in equal)
        raise SourceError(
            f"several delimiters give rows of equal width (columns in brackets): {words}.",
            where=place(spec),
            do=f'declare the right one as delimiter = "…" {in_project_file(spec)}.',
            code="S09",
        )
    return best


def _refuse_columns(n_columns: int, spec: ListSpec) -> NoReturn:
    raise SourceError(
        f"rows have {n_columns:,} columns; at most {MOST_COLUMNS:,} are read.",
        where=place(spec),
        do=f"check the delimiter {in_project_file(spec)}, or keep only the columns that are needed.",
        code="S08",
    )


def _head(text: str, delimiter: str) -> list[list[str]]:
    """Return the first rows under a delimiter; quotes out of place do not matter yet."""
    lines = islice(io.StringIO(text[:_HEAD_CHARACTERS], newline=""), _HEAD_LINES)
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(lines, delimiter=delimiter))
    except csv.Error:  # a huge cell: what was read so far is enough here, and the real reading reports it
        return rows
    return rows


def _holds(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> bool:
    at = find_header(rows, wanted)
    return at is not None and set(wanted) <= set(column_names(rows[at])[0])


def _consistency(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> tuple[float, int]:
    """Return how well a delimiter fits: share of rows as wide as the header, then fewest lines above the header.

    The share is 0 if the header is no row of several cells, or most rows are of another width.
    """
    at = find_header(rows, wanted)
    if at is None or len(rows[at]) < 2:
        return 0.0, 0
    widths = [len(row) for row in rows[at:] if row]
    share = sum(w == len(rows[at]) for w in widths) / len(widths)
    return (share, -at) if share >= 0.5 else (0.0, 0)


def _header_position(first: _Chunk, spec: ListSpec, wanted: Collection[str]) -> int:
    widest = max(len(row) for row in first.rows[:_HEAD_LINES])
    if widest > MOST_COLUMNS:
        _refuse_columns(widest, spec)
    if spec.header_row is None:
        at = find_header(first.rows[:_HEAD_LINES], wanted)
        if at is None:
            raise SourceError(
                "no header was found: the first rows hold nothing.",
                where=place(spec),
                do=f"say where it stands with header_row = … {in_project_file(spec)}.",
                code="S10",
            )
        return at
    found = np.flatnonzero(first.starts == spec.header_row)
    if not found.size or not any(first.rows[found[0]]):
        raise SourceError(
            "declared as the header row, but no row with a filled cell begins on this line.",
            where=place(spec, spec.header_row),
            do=f"correct header_row {in_project_file(spec)}.",
            code="S10",
        )
    return int(found[0])


# -- records ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Chunk:
    """Some rows, the lines they begin on and end on."""

    rows: list[list[str]]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def after(self, position: int) -> _Chunk:
        cut = position + 1
        return _Chunk(rows=self.rows[cut:], starts=self.starts[cut:], ends=self.ends[cut:])


def _records(text: str, delimiter: str, spec: ListSpec) -> Iterator[_Chunk]:
    """Read the text strictly, in chunks of rows; a blank line is a row without cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    last_end = 0
    while True:
        try:
            rows = list(islice(reader, _CHUNK))
        except csv.Error as error:
            problem = str(error)
            _refuse_record(problem, text, delimiter, spec, start=_faulty_row(text, delimiter))
        if not rows:
            return
        ends = last_end + np.cumsum(_lines_spanned(rows, reader.line_num - last_end))
        starts = np.concatenate(([last_end], ends[:-1])) + 1
        last_end = reader.line_num
        yield _Chunk(rows=rows, starts=starts, ends=ends)


def _lines_spanned(rows: Sequence[Sequence[str]], n_lines: int) -> NDArray[np.int64]:
    """Return how many lines of the file each row takes: one, and one more for each line break inside its cells."""
    if len(rows) == n_lines:
        return np.ones(len(rows), dtype=np.int64)
    return np.asarray([1 + len(_LINE_BREAK.findall(",".join(row))) for row in rows], dtype=np.int64)


def _faulty_row(text: str, delimiter: str) -> int:
    """Return the line on which the first row that cannot be read begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    last_end = 0
    try:
        for _ in reader:
            last_end = reader.line_num
    except csv.Error:
        return last_end + 1
    raise AssertionError("the text was refused a moment ago")


def _refuse_record(problem: str, text: str, delimiter: str, spec: ListSpec, *, start: int) -> NoReturn:
    """Turn an error of the csv module into one that names the line, without quoting it."""
    opened, is_open = _last_quote(text, delimiter, start)
    swallow = "read on, it would swallow the rows that follow."
    if "field larger" in problem:
        raise SourceError(
            f"a cell of more than {csv.field_size_limit():,} characters"
            + (" begins with the double quote opened on this line." if is_open else " stands in the row of this line."),
            where=place(spec, opened if is_open else start),
            why="mostly a quote was never closed; " + swallow,
            do="close the quote on that line, or leave the column with the long text out.",
            code="S07",
        )
    what = (
        "a double quote opened on this line is never closed."
        if is_open
        else "a double quote that closes a cell on or after this line is followed by something other than a delimiter."
    )
    raise SourceError(
        what,
        where=place(spec, opened),
        why=swallow,
        do="mend the quotes of that row (inside quotes, a quote is written twice), or have the list exported again.",
        code="S06",
    )


def _last_quote(text: str, delimiter: str, start: int) -> tuple[int, bool]:
    """Return the line where the last quoted cell of the faulty row was opened, and whether it is still open.

    Walks over the row as the csv module does, from its first line until the fault or the end of the text.
    """
    lines = islice(io.StringIO(text, newline=""), start - 1, None)
    state, opened = "cell start", start
    for number, line in enumerate(lines, start=start):
        for sign in line:
            if state == "quoted":
                state = "quote in quoted" if sign == '"' else "quoted"
            elif state == "quote in quoted" and sign == '"':
                state = "quoted"
            elif sign == delimiter:
                state = "cell start"
            elif sign in "\r\n":
                state = "row end"
            elif state == "quote in quoted":
                return opened, False
            elif state == "cell start" and sign == '"':
                state, opened = "quoted", number
            else:
                state = "plain"
        if state == "row end":
            break
        if number - start > 200_000:
            break
    return opened, state == "quoted"


# -- building the table -----------------------------------------------------------------------------------------
@dataclass(slots=True, eq=False)
class _Builder:
    """Collects accepted rows column by column, and counts what was passed over."""

    columns: tuple[str, ...]
    rejects: list[RejectedRow] = field(default_factory=list)
    _pieces: list[list[pa.Array]] = field(default_factory=list)
    _lines: list[NDArray[np.int64]] = field(default_factory=list)
    _blank: list[int] = field(default_factory=list)
    _n_trimmed: int = 0
    _n_spanning: int = 0
    _longest: tuple[int, int] = (0, 0)  # lines spanned, first line

    def add(self, chunk: _Chunk) -> None:
        """Take in a chunk of rows below the header."""
        self._note_spanning(chunk)
        rows, starts = chunk.rows, chunk.starts
        width = len(self.columns)
        if set(map(len, rows)) != {width}:
            rows, starts = self._fitting(rows, starts, width)
        if not rows:
            return
        arrays = [pa.array(cells, type=pa.string()) for cells in zip(*rows, strict=True)]
        filled = any_filled(arrays)
        if not filled.all():
            self._blank.extend(starts[~filled].tolist())
            arrays = [a.filter(pa.array(filled)) for a in arrays]
            starts = starts[filled]
        self._pieces.append(arrays)
        self._lines.append(starts)

    def _fitting(
        self, rows: list[list[str]], starts: NDArray[np.int64], width: int
    ) -> tuple[list[list[str]], NDArray[np.int64]]:
        """Return the rows as wide as the header; blank ones are noted, others rejected."""
        kept: list[list[str]] = []
        kept_starts: list[int] = []
        for row, start in zip(rows, starts.tolist(), strict=True):
            cells = row
            if not any(row):
                self._blank.append(start)
                continue
            if len(row) > width and not any(row[width:]):
                cells = row[:width]
                self._n_trimmed += 1
            if len(cells) == width:
                kept.append(cells)
                kept_starts.append(start)
            else:
                self.rejects.append(RejectedRow(line=start, reason=_width_reason(len(row), width)))
        return kept, np.asarray(kept_starts, dtype=np.int64)

    def _note_spanning(self, chunk: _Chunk) -> None:
        spans = chunk.ends - chunk.starts + 1
        if not spans.size:
            return
        self._n_spanning += int((spans > 1).sum())
        at = int(spans.argmax())
        if spans[at] > self._longest[0]:
            self._longest = int(spans[at]), int(chunk.starts[at])

    def table(self) -> pa.Table:
        """Return the accepted rows with their lines."""
        names = [*self.columns, LINE_COLUMN]
        schema = pa.schema([(n, pa.string()) for n in self.columns] + [(LINE_COLUMN, pa.int64())])
        batches = [
            pa.RecordBatch.from_arrays([*arrays, pa.array(lines)], names=names)
            for arrays, lines in zip(self._pieces, self._lines, strict=True)
        ]
        return pa.Table.from_batches(batches, schema=schema)

    def notes(self) -> list[str]:
        """Return what was passed over or looks odd, in words."""
        notes = []
        if self._blank:
            notes.append(blank_note(sorted(self._blank)))
        if self._n_trimmed:
            notes.append(f"empty cells after the last column were left out in {self._n_trimmed:,} rows")
        if self._n_spanning:
            n_lines, line = self._longest
            notes.append(
                f"line breaks inside quotes in {self._n_spanning:,} rows; the longest has {n_lines:,} lines, from line "
                f"{line}"
            )
        return notes


def any_filled(arrays: Sequence[pa.Array]) -> NDArray[np.bool_]:
    """Return for each row whether any cell holds something."""
    filled: NDArray[np.bool_] = np.zeros(len(arrays[0]), dtype=np.bool_)
    for array in arrays:
        filled |= pc.not_equal(array, "").to_numpy(zero_copy_only=False)
        if filled.all():
            break
    return filled


def blank_note(rows: Sequence[int], *, word: str = "line") -> str:
    """Return the note on rows in which no cell holds anything."""
    return f"{len(rows):,} blank rows were passed over ({rows_in_words(rows, word=word)})"


def _width_reason(found: int, expected: int) -> str:
    return f"{found} cell{'s' if found != 1 else ''} where the header has {expected}"
