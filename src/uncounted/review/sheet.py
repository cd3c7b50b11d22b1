"""A review in a spreadsheet: pairs side by side with two empty columns, and the way back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from uncounted.errors import DecisionError
from uncounted.records.row_prints import RowPrints
from uncounted.review.card import MARK_WORDS, Cards
from uncounted.review.decisions import Decision
from uncounted.review.exchange import neutralise, restore, write_whole
from uncounted.review.log import NewDecision
from uncounted.review.queue import ORIGIN_OF, ReviewQueue, Task
from uncounted.review.resolve import Firm, find_contradictions, resolve
from uncounted.review.visible import plain_text

# A row of the sheet is recognised by its two ids, so that rows may be sorted and removed.
_NEEDED = ("left", "right", "judgement", "note")
_FIELDS = ("Name", "Surname", "Given name", "Patronymic", "Born", "Event", "List learned", "Place", "Sex", "Kind")
_WORDS: dict[str, Firm] = {
    "same": "same",
    "s": "same",
    "different": "different",
    "d": "different",
    "unsure": "unsure",
    "u": "unsure",
}
_SHOWN = 10  # faults named in an error
_NOTE_LIMIT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetResult:
    """What came back.

    Decisions written; rows left empty; rows that say what the reviewer had said already; and the numbers of the rows of
    the sheet that were not taken, for a list was delivered anew and their records are not there as they were shown.
    """

    made: tuple[Decision, ...]
    n_empty: int
    n_known: int
    anew: tuple[int, ...] = ()


def sheet_header() -> tuple[str, ...]:
    """Return the columns of a sheet."""
    fields = tuple(f"{field} {side}" for field in _FIELDS for side in ("left", "right", "compared"))
    places = ("list left", "line left", "list right", "line right")
    return ("left", "right", "judgement", "note", "row left", "row right", *places, *fields)


def write_sheet(queue: ReviewQueue, cards: Cards, path: Path, rows: RowPrints | None = None) -> int:
    """Write the pairs that wait for a reviewer as CSV, for a spreadsheet; return how many.

    No cell can run as a formula, and hidden characters are shown by code. The model's opinion is not in it. `rows`
    gives the fingerprints by which the pairs are known again if a list is delivered anew meanwhile.

    Raises
    ------
    DecisionError
        D06 if the file cannot be written.
    """
    tasks = queue.open_tasks()
    write_whole(path, sheet_bytes(tasks, cards, rows))
    return len(tasks)


def sheet_bytes(tasks: Iterable[Task], cards: Cards, prints: RowPrints | None = None) -> bytes:
    """Return the sheet: UTF-8 with a byte-order mark, by which spreadsheets know it."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(sheet_header())
    for task in tasks:
        card = cards.card(task.left, task.right)
        rows = {row.label: row for row in card.rows}
        cells: list[str] = []
        for field in _FIELDS:
            row = rows.get(field)
            if row is None:
                cells += ["", "", ""]
                continue
            for cell in (row.left, row.right):
                both = cell.raw and cell.key and cell.raw != cell.key
                cells.append(f"{cell.raw} [{cell.key}]" if both else cell.raw or cell.key)
            cells.append(MARK_WORDS[row.mark])
        places = [card.left.title, str(card.left.line), card.right.title, str(card.right.line)]
        # Ids stay exact, for they are read back; what is only to be read is made visible.
        ids = [neutralise(task.left), neutralise(task.right)]
        marks = [prints.of(one) if prints else "" for one in task.pair]
        writer.writerow([*ids, "", "", *marks, *(neutralise(plain_text(c)) for c in (*places, *cells))])
    return sink.getvalue().encode("utf-8-sig")


def read_sheet(queue: ReviewQueue, path: Path, *, at: str, rows: RowPrints | None = None) -> SheetResult:
    """Write what a filled sheet says into the log: all of it, or nothing if anything in it is wrong.

    If a list was delivered anew since, a pair is taken for the records that read as those that were shown, whatever
    their ids are today; where there are none the row is left out, and said.

    Parameters
    ----------
    queue : ReviewQueue
        Of the reviewer who filled it, in the mode it was written in.
    path : Path
        CSV with at least the columns left, right, judgement and note; commas, semicolons or tabs.
    at : str
        When, in ISO form.
    rows : RowPrints, optional
        Today's rows. Without them ids are taken at their word.

    Raises
    ------
    DecisionError
        D01 if a note holds control characters, D06 if it cannot be read, D12 with all rows that are wrong, D09 if its
        decisions contradict each other or those in the log.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DecisionError(
            f"the sheet cannot be read ({error.strerror}).", where=path.name, do="Check the path.", code="D06"
        ) from error
    found = _as_today(_rows(data, path.name), rows)
    new, n_empty, n_known = _decisions(found.rows, queue, path.name, at, shown_before=found.shown_before)
    _refuse_new_contradictions(queue, new, path.name)
    made = queue.log.append_all(new) if new else ()
    for entry in made:
        queue.take(entry)
    return SheetResult(made=made, n_empty=n_empty, n_known=n_known, anew=found.anew)


def _rows(data: bytes, name: str) -> list[tuple[int, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(name, ["it is not in UTF-8; save it as “CSV UTF-8”"]) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _wrong(name, ["it is not a CSV"]) from error
    header = [cell.strip() for cell in table[0]] if table else []
    missing = [column for column in _NEEDED if header.count(column) != 1]
    if missing:
        raise _wrong(name, [f"each of these columns is needed once: {', '.join(missing)}"])
    out = []
    for number, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            out.append((number, dict(zip(header, padded, strict=False))))
    return out


@dataclass(frozen=True, slots=True)
class _Today:
    """The rows of a sheet under the ids of today; numbers of those left out, and of those shown before a delivery."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    anew: tuple[int, ...] = ()
    shown_before: frozenset[int] = frozenset()


def _as_today(table: Sequence[tuple[int, dict[str, str]]], rows: RowPrints | None) -> _Today:
    """Read a sheet with the ids of today; a decided row whose records are not as they were shown is left out."""
    if rows is None:
        return _Today(tuple(table))
    kept: list[tuple[int, dict[str, str]]] = []
    anew: list[int] = []
    moved: set[int] = set()
    for number, cell in table:
        then = [(restore(cell[side]), restore(cell.get(f"row {side}", "")).strip()) for side in ("left", "right")]
        now = [rows.today(one, mark) for one, mark in then]
        if not cell["judgement"].strip() or not all(mark or rows.of(one) for one, mark in then):
            kept.append((number, cell))  # not decided, or ids that no list has: that is a fault of another kind
        elif now[0] is None or now[1] is None or now[0] == now[1]:
            anew.append(number)
        else:
            kept.append((number, {**cell, "left": neutralise(now[0]), "right": neutralise(now[1])}))
            if rows.delivered_anew and all(mark for _, mark in then):
                moved.add(number)
    return _Today(tuple(kept), tuple(anew), frozenset(moved))


def _decisions(
    rows: Sequence[tuple[int, dict[str, str]]],
    queue: ReviewQueue,
    name: str,
    at: str,
    *,
    shown_before: frozenset[int] = frozenset(),
) -> tuple[list[NewDecision], int, int]:
    waiting = {task.pair for task in queue.open_tasks()}
    faults: list[str] = []
    new: dict[tuple[str, str], tuple[int, NewDecision]] = {}
    n_empty = n_known = 0
    for number, cell in rows:
        word = restore(cell["judgement"]).strip().casefold()
        left, right = sorted((restore(cell["left"]), restore(cell["right"])))
        if not word:
            n_empty += 1
        elif word not in _WORDS:
            faults.append(f"row {number}: the judgement must be same, different or unsure")
        elif (left, right) in new:
            faults.append(f"row {number}: the same two records as row {new[left, right][0]}")
        elif (left, right) not in waiting and not (number in shown_before and _is_open(queue, (left, right))):
            if queue.said((left, right)) == _WORDS[word]:
                n_known += 1
            else:
                faults.append(f"row {number}: its two records are no pair that waits for this reviewer")
        else:
            note = restore(cell["note"]).strip()[:_NOTE_LIMIT]
            entry = NewDecision(left=left, right=right, judgement=_WORDS[word], by=queue.by, at=at, why=note,
                                origin=ORIGIN_OF[queue.mode])  # fmt: skip
            new[left, right] = (number, entry)
    if faults:
        raise _wrong(name, faults)
    return [entry for _, entry in new.values()], n_empty, n_known


def _is_open(queue: ReviewQueue, pair: tuple[str, str]) -> bool:
    """Return whether nobody decided a pair; in the first review, where a new delivery changes which pairs come up."""
    return queue.mode == "first" and queue.judgements.of(pair) is None and queue.judgements.implied(pair) is None


def _refuse_new_contradictions(queue: ReviewQueue, new: Sequence[NewDecision], name: str) -> None:
    """Refuse a sheet whose answers cannot all be true; an adjudicator's may resolve some and leave others."""
    if not new or queue.mode == "adjudicate":
        return
    held = queue.here(queue.judgements.all())
    drafted = [
        Decision(
            number=len(queue.log) + k,
            left=n.left,
            right=n.right,
            judgement=n.judgement,
            by=n.by,
            at=n.at,
            origin=n.origin,
        )
        for k, n in enumerate(new, start=1)
    ]
    known = {str(c) for c in find_contradictions(held)}
    together = resolve([*(d for one in held for d in one.decisions), *drafted])
    found = [c for c in find_contradictions(together) if str(c) not in known]
    if found:
        raise DecisionError(
            "its decisions contradict each other or those in the log; nothing was recorded: "
            + "; ".join(f"{' = '.join(sorted({i for r in c.chain for i in r.pair}))}, but {c.different.left} ≠ "
                        f"{c.different.right}" for c in found[:5]),
            where=name,
            why="No clustering can respect both.",
            do="Look at these records again and mend the sheet.",
            code="D09",
        )  # fmt: skip


def _wrong(name: str, faults: Sequence[str]) -> DecisionError:
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return DecisionError(
        "the sheet does not fit: " + "; ".join(faults[:_SHOWN]) + more + ".",
        where=name,
        why="Nothing of it was recorded.",
        do="Mend these rows and read it in again, with the same --by and mode it was written with.",
        code="D12",
    )
