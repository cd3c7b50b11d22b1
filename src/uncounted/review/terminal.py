"""The same queue without a browser: one pair at a time, one key a decision."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from uncounted.review.card import MARK_SIGNS, MARK_WORDS, Card, Cards, Cell, Opinion, Side
from uncounted.review.decisions import Decision, Judgement
from uncounted.review.queue import ReviewQueue
from uncounted.review.visible import plain_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_KEYS: dict[str, Judgement] = {"s": "same", "d": "different", "u": "unsure"}
_STYLES = {"agree": "green", "partly": "yellow", "differ": "magenta", "missing": "dim", "aside": "dim"}
# What the keys S D U Z N J K Q give on keyboards set to Russian or Ukrainian.
_CYRILLIC = {"ы": "s", "і": "s", "в": "d", "г": "u", "я": "z", "т": "n", "о": "j", "л": "k", "й": "q"}
_ALL_KEYS = "sduznjkq"
_HELP = "S same · D different · U unsure · Z undo · N note · J later · K back · Q stop"


def review_in_terminal(
    queue: ReviewQueue,
    cards: Cards,
    opinion: Callable[[int], Opinion],
    *,
    console: Console,
    read_key: Callable[[], str],
    read_line: Callable[[str], str],
    now: Callable[[], str],
) -> tuple[Decision, ...]:
    """Show the pairs that wait, one at a time, until they end or Q is pressed; return the entries written.

    Parameters
    ----------
    queue : ReviewQueue
        What is shown next.
    cards : Cards
        What is shown of two records.
    opinion : callable
        What the model thinks of the pair in a row of the pairs; shown after the decision.
    console : rich.console.Console
        Where it is shown. Values go there as plain text: no markup, no control characters.
    read_key : callable
        Returns one key, or "" at the end of input.
    read_line : callable
        Asks for a note and returns it.
    now : callable
        The time, in ISO form.
    """
    made: list[Decision] = []
    look, note, shown = 0, "", None
    while True:
        waiting = queue.open_tasks()
        task = waiting[look % len(waiting)] if waiting else None
        if task is None:
            console.print("All done: no pair waits for you. Z undo · any other key ends.", markup=False)
        elif shown != task.pair:
            _show(console, queue, cards.card(task.left, task.right))
            shown = task.pair
        key = read_key().casefold()
        key = _CYRILLIC.get(key, key)
        if key in ("", "q", "\x03", "\x04") or (task is None and key != "z"):
            return tuple(made)
        if task is not None and key in _KEYS:
            entry = queue.decide(task, _KEYS[key], at=now(), why=note)
            made.append(entry)
            _after(console, queue, entry, opinion)
            note, shown = "", None
        elif key == "z":
            taken = queue.undo(at=now())
            if taken is None:
                console.print("There is no decision of yours to take back.", markup=False)
            else:
                made.append(taken)
                console.print(f"Decision {taken.supersedes} is taken back; here is the pair again.", markup=False)
                look, shown = 0, None
        elif key == "n":
            note = read_line("Note: ").strip()[:2_000]
        elif key in ("j", "k"):
            look = (look + (1 if key == "j" else -1)) % len(waiting)
        else:
            console.print(_HELP, markup=False)


def _show(console: Console, queue: ReviewQueue, card: Card) -> None:
    from rich.table import Table
    from rich.text import Text

    progress = queue.progress()
    console.rule(Text(f"{progress.n_done:,} of {progress.n_all:,}"))
    table = Table(expand=True)
    table.add_column("")
    for side in (card.left, card.right):
        table.add_column(Text(_where(side)), ratio=1, overflow="fold")
    table.add_column("")
    for row in card.rows:
        mark = Text(f"{MARK_SIGNS[row.mark]} {MARK_WORDS[row.mark]}", style=_STYLES[row.mark])
        table.add_row(Text(row.label), _cell(row.left), _cell(row.right), mark)
    console.print(table)
    if queue.mode == "adjudicate":
        held = queue.judgements.of((card.left.record_id, card.right.record_id))
        said = [] if held is None else [d for d in held.decisions if d.origin != "adjudication"]
        for d in sorted(said, key=lambda d: (d.judgement, d.why)):
            console.print(Text(f"A reviewer said {d.judgement}" + (f": {plain_text(d.why)}" if d.why else "")))
    for other in card.others:
        words = (other.name, other.birth, other.event, other.place, f"{other.list}, line {other.line}")
        console.print(Text("Also: " + ", ".join(plain_text(w, longest=80) for w in words if w), style="dim"))
    console.print(_HELP, markup=False, style="dim")


def _where(side: Side) -> str:
    words = f"{plain_text(side.record_id)}\n{plain_text(side.title)}, line {side.line}"
    return f"{words}, {side.script} script" if side.script else words


def _cell(cell: Cell) -> Text:
    from rich.text import Text

    shown = Text(plain_text(cell.raw))
    if cell.key:
        shown.append(("\n" if cell.raw else "") + plain_text(cell.key), style="dim")
    return shown


def _after(console: Console, queue: ReviewQueue, entry: Decision, opinion: Callable[[int], Opinion]) -> None:
    position = queue.position(entry.pair)
    words = f"You said {entry.judgement}."
    if position is not None:
        thought = opinion(position)
        words += f" The model: {100 * thought.match_prob:.0f} % one person."
    console.print(words, markup=False)


class LineKeys:
    """Keys from lines, where single keys cannot be read: each line is one key or several, in order.

    A line that holds anything else is not taken at all, and that is said: half a word would decide about people. After
    N the next line is the note.
    """

    def __init__(self, read: Callable[[], str], tell: Callable[[str], None]) -> None:
        self._read, self._tell = read, tell
        self._waiting: deque[str] = deque()

    def __call__(self) -> str:
        """Return the next key, or "" at the end of input."""
        while not self._waiting:
            line = self._read()
            if not line:
                return ""
            keys = "".join(line.split()).casefold()
            if not keys:
                return "\n"
            note = any(_CYRILLIC.get(key, key) == "n" for key in keys[:-1])
            if note or (len(keys) > 1 and not all(_CYRILLIC.get(key, key) in _ALL_KEYS for key in keys)):
                self._tell(
                    "Nothing of this line was taken: it must hold keys alone "
                    f"({' '.join(_ALL_KEYS).upper()}), N at its end and the note on the next line."
                )
                continue
            self._waiting.extend(keys)
        return self._waiting.popleft()


@contextlib.contextmanager
def single_keys(tell: Callable[[str], None]) -> Iterator[Callable[[], str]]:
    """Yield a function that returns one key at a time, without waiting for Enter where the terminal allows it.

    `tell` gets what is to be said about lines that are no keys.
    """
    if os.name == "nt" or not sys.stdin.isatty():
        yield LineKeys(sys.stdin.readline, tell)
        return
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def read() -> str:
        tty.setcbreak(descriptor)
        try:
            return sys.stdin.read(1)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    yield read
