"""The log of decisions as a CSV that fits in version control, is safe to open in a spreadsheet, and is read back.

Beside each decision stand the fingerprints of its two rows (`records.row_prints`): ids alone may be those of other rows
in the store that reads the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uncounted.errors import DecisionError
from uncounted.project.writing import replace_file
from uncounted.records.row_prints import is_print
from uncounted.review.decisions import Decision, from_row, read_log, to_row, verify_chain
from uncounted.store import DecisionRow, Store

HEADER = ("number", "left", "right", "judgement", "by", "at", "why", "origin", "supersedes", "chain_hash",
          "left_row", "right_row", "rows_key")  # fmt: skip
# Files of before the rows were fingerprinted, and of before `origin` was recorded; those entries have the origin "".
HEADER_WITHOUT_ROWS = HEADER[:10]
OLD_HEADER = tuple(name for name in HEADER_WITHOUT_ROWS if name != "origin")
_KEY = re.compile(r"k(?:[0-9a-f]{2}){32,64}")
# What makes a spreadsheet take a cell for a formula, in ASCII and in full width. The apostrophe itself is doubled, so
# that a text which begins with one comes back as it was.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The fingerprint of a record of a decision, and the key it was made with in hexadecimal; both "" if unknown."""

    mark: str = ""
    key: str = ""


RowOf = Callable[[int, str], Row]  # of a decision's number and one of its record ids


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsFile:
    """What an export holds: the log, and for (number, record id) the row, where the file says it."""

    log: tuple[Decision, ...]
    rows: Mapping[tuple[int, str], Row]


def _no_row(_number: int, _record_id: str) -> Row:
    return Row()


def export_decisions(log: tuple[Decision, ...], path: Path, row_of: RowOf = _no_row) -> None:
    """Write the log as CSV: one line an entry, oldest first, so that a new decision is one new line at the end.

    Written under another name and renamed, so that a full disk leaves the old file as it was.

    Parameters
    ----------
    log : tuple of Decision
        The whole log.
    path : Path
        The file.
    row_of : callable
        The rows decided on. Without them, whoever imports the file knows the records by their ids alone, which is
        believed for lists with ids of their own; other decisions wait there.

    Raises
    ------
    DecisionError
        D02 if the log does not verify, D06 if the file cannot be written.
    """
    verify_chain(log)
    write_whole(path, decisions_to_csv(log, row_of))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one step, readable for its owner alone.

    Raises
    ------
    DecisionError
        D06 if it cannot be written; what was there is as it was.
    """
    try:
        replace_file(path, data)
    except OSError as error:
        raise DecisionError(
            f"the decisions cannot be written ({error.strerror}).",
            where=path.name,
            do="Check the folder and the disk; the old file is as it was.",
            code="D06",
        ) from error


def import_decisions(store: Store, path: Path, *, bind: Callable[[DecisionsFile, int], None] | None) -> int:
    """Add the decisions of a CSV to the store: those that follow what the store has already.

    Parameters
    ----------
    store : Store
        Its log must be the beginning of the file's.
    path : Path
        A file made by `export_decisions`.
    bind : callable or None
        Called with what the file holds and how many of its decisions the store has, before any is added: notes which
        rows of today's lists they are about (`pipeline.import_log`). None: the ids are taken at their word, which is
        right only where the lists are those the decisions were made on.

    Returns
    -------
    int
        How many were new.

    Raises
    ------
    DecisionError
        D02 with the row of the file that was changed, D03 if it is no such file, D05 if the two logs went apart, D06 if
        it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DecisionError(
            f"the decisions cannot be read ({error.strerror}).", where=path.name, do="Check the path.", code="D06"
        ) from error
    found = csv_to_decisions(data, path.name)
    log, held = found.log, read_log(store)
    for mine, theirs in zip(held, log, strict=False):
        if mine != theirs:
            raise _apart(path.name, mine.number)
    if len(log) < len(held):
        raise _apart(path.name, len(log) + 1)
    if bind is not None:
        bind(found, len(held))
    new = log[len(held) :]
    if new:
        store.append_decision_rows([to_row(entry) for entry in new])
    return len(new)


def decisions_to_csv(log: tuple[Decision, ...], row_of: RowOf = _no_row) -> bytes:
    """Return the log as CSV in UTF-8 with a header; cells that a spreadsheet could run get a leading apostrophe."""
    sink = io.StringIO(newline="")
    # Every text is quoted: a lone carriage return inside one would end the row otherwise.
    writer = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(HEADER)
    for d in log:
        supersedes = "" if d.supersedes is None else str(d.supersedes)
        texts = (d.left, d.right, d.judgement, d.by, d.at, d.why, d.origin)
        rows = [row_of(d.number, one) for one in d.pair]
        # A line has one key. Rows of two keys cannot come about; if they did, the second would be unknown.
        key = next((row.key for row in rows if row.mark), "")
        marks = [row.mark if row.key == key else "" for row in rows]
        cells = [*(neutralise(text) for text in texts), supersedes, d.chain_hash, *marks, key and f"k{key}"]
        writer.writerow([d.number, *cells])
    return sink.getvalue().encode("utf-8")


def csv_to_decisions(data: bytes, name: str) -> DecisionsFile:
    """Return the log in a CSV, verified, and what it says of the rows.

    Raises
    ------
    DecisionError
        D02, D03 or D04 with the row of the file.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _not_ours(name, "it is not CSV in UTF-8") from error
    if not rows or tuple(rows[0]) not in (HEADER, HEADER_WITHOUT_ROWS, OLD_HEADER):
        raise _not_ours(name, f"its columns must be {', '.join(HEADER)}")
    header = tuple(rows[0])
    read = [_entry(cells, header, line, name) for line, cells in enumerate(rows[1:], start=2)]
    log = tuple(entry for entry, _ in read)
    try:
        verify_chain(log)
    except DecisionError as error:
        number = int(error.where.rpartition(" ")[2])
        raise DecisionError(
            error.what, where=f"{name}, row {number + 1}", why=error.why, do=error.do, code=error.code
        ) from error
    marked = ((entry.number, one, row) for entry, pair in read for one, row in zip(entry.pair, pair, strict=True))
    return DecisionsFile(log=log, rows={(number, one): row for number, one, row in marked if row.mark})


def neutralise(text: str) -> str:
    """Return the text so that no spreadsheet runs it: with a leading apostrophe if it could."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def restore(text: str) -> str:
    """Return the text as it was before `neutralise`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_DANGEROUS) else text


def _entry(cells: list[str], header: tuple[str, ...], line: int, name: str) -> tuple[Decision, tuple[Row, Row]]:
    where = f"{name}, row {line}"
    if len(cells) != len(header):
        raise _not_ours(where, f"a row has {len(header)} cells; found {len(cells)}")
    cell = dict(zip(header, cells, strict=True))
    number, supersedes = cell["number"], cell["supersedes"]
    if not (_is_number(number) and (supersedes == "" or _is_number(supersedes))):
        raise _not_ours(where, "number and supersedes are whole numbers")
    judgement, origin = restore(cell["judgement"]), restore(cell.get("origin", ""))
    if " " in judgement:
        raise _not_ours(where, "a judgement is one word")
    marks, key = (cell.get("left_row", ""), cell.get("right_row", "")), cell.get("rows_key", "")
    if not all(mark == "" or is_print(mark) for mark in marks) or not (_KEY.fullmatch(key) or not any(marks)):
        raise _not_ours(where, "left_row, right_row and rows_key are as this program wrote them, or empty")
    rows = (Row(mark=marks[0], key=key[1:]), Row(mark=marks[1], key=key[1:]))
    row = DecisionRow(
        number=int(number),
        left_id=restore(cell["left"]),
        right_id=restore(cell["right"]),
        judgement=f"{judgement} {origin}" if origin else judgement,
        decided_by=restore(cell["by"]),
        at=restore(cell["at"]),
        why=restore(cell["why"]),
        supersedes=int(supersedes) if supersedes else None,
        chain_hash=cell["chain_hash"],
    )
    try:
        return from_row(row), rows
    except DecisionError as error:
        raise DecisionError(error.what, where=where, do=error.do, code=error.code) from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def _not_ours(where: str, what: str) -> DecisionError:
    return DecisionError(
        f"this is not a file of decisions made by this program: {what}.",
        where=where,
        do="Import a file written by the export of decisions.",
        code="D03",
    )


def _apart(name: str, number: int) -> DecisionError:
    return DecisionError(
        f"the file and the store's log differ from decision {number} on.",
        where=name,
        why="Decisions in the store would be lost or change their place.",
        do="Export the store's log and add the other decisions at its end.",
        code="D05",
    )
