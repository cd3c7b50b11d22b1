"""Reading a CSV of one log with repeats: how many people appear once, how many twice, and so on."""

from __future__ import annotations

import csv
from pathlib import Path

from uncounted.errors import CaptureError

TIMES, PEOPLE = "times", "people"
_SHAPE = "Two columns, times and people: one line for those who appear once, one for those who appear twice, …"


def read_frequencies(file: Path) -> dict[int, int]:
    """Return people per number of entries.

    Raises
    ------
    CaptureError
        C21 for no such file, C22 for no UTF-8 or no CSV, C23 for no rows, C25 for other columns, C26 for a cell that
        is no whole number or a number of times given twice. No message holds a cell.
    """
    rows = _rows(file)
    header = [cell.strip().casefold() for cell in rows[0][1]]
    if sorted(header) != sorted((TIMES, PEOPLE)):
        raise CaptureError(
            f"two columns, '{TIMES}' and '{PEOPLE}', are expected; found {', '.join(header)}.",
            where=f"{file.name}, line {rows[0][0]}",
            do=_SHAPE,
            code="C25",
        )
    found: dict[int, int] = {}
    for line, row in rows[1:]:
        cells = dict(zip(header, row, strict=False))
        times, people = _whole(cells.get(TIMES, "")), _whole(cells.get(PEOPLE, ""))
        if len(row) != len(header) or times is None or people is None or times < 1:
            raise CaptureError(
                "a whole number of times from 1 and a whole number of people from 0 are expected.",
                where=f"{file.name}, line {line}",
                why="Those who appear 0 times are what is to be estimated; they cannot be given.",
                do=_SHAPE,
                code="C26",
            )
        if times in found:
            raise CaptureError(
                f"there is an earlier line for those who appear {times} times.",
                where=f"{file.name}, line {line}",
                do="Add the two lines up, if both are right.",
                code="C26",
            )
        found[times] = people
    return found


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that hold anything, with their numbers; the first is the header."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CaptureError("the file is not UTF-8.", where=file.name, do="Save it as CSV UTF-8.", code="C22") from None
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "it cannot be read"
        raise CaptureError(f"no counts from '{file.name}': {reason}.", do=_SHAPE, code="C21") from None
    lines = text.splitlines()
    delimiter = ";" if lines and ";" in lines[0] else "\t" if lines and "\t" in lines[0] else ","
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise CaptureError(f"not a readable CSV: {error}.", where=file.name, do=_SHAPE, code="C22") from None
    if len(rows) < 2:
        raise CaptureError("there is no line under the header.", where=file.name, do=_SHAPE, code="C23")
    return rows


def _whole(cell: str) -> int | None:
    text = cell.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
