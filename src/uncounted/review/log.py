"""The open log of one store: verified once, then grown entry by entry, each on the disk before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from uncounted.errors import DecisionError
from uncounted.review.decisions import (
    CHAIN_START,
    Decision,
    Judgement,
    Origin,
    check_entry,
    check_supersedes,
    check_words,
    link,
    read_log,
    to_row,
)
from uncounted.review.visible import plain_text
from uncounted.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """What a reviewer says; the log adds number, what it supersedes, and the hash."""

    left: str
    right: str
    judgement: Judgement
    by: str
    at: str
    why: str = ""
    origin: Origin = "chosen"


class DecisionLog:
    """The log of an open store.

    The whole log is read and verified when it is opened. An append then costs no more for a long log than for a short
    one here (the store still seals the table, a hash of 32 bytes a row). Before each append the file is compared with
    what it was after the last one: another file in its place is refused, a changed one is read and verified anew.

    Parameters
    ----------
    store : Store
        Open, and kept open as long as this is used.

    Raises
    ------
    DecisionError
        D02 or D04 if the log does not verify.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: list[Decision] = []
        self._in_force: dict[tuple[str, str, str, bool], Decision] = {}
        self._take(read_log(store))
        self._seen = _state(store)

    @property
    def entries(self) -> tuple[Decision, ...]:
        """The whole log, oldest first."""
        return tuple(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def append(
        self,
        left: str,
        right: str,
        judgement: Judgement,
        *,
        by: str,
        at: str,
        why: str = "",
        origin: Origin = "chosen",
    ) -> Decision:
        """Add a decision; it supersedes the same reviewer's decision in force on this pair, if there is one.

        Returns
        -------
        Decision
            As written, with number and hash. It is on the disk.

        Raises
        ------
        DecisionError
            D01 if something is missing or malformed or holds control characters, D04 if there is nothing to withdraw,
            D08 if another file stands where the store was.
        """
        new = NewDecision(left=left, right=right, judgement=judgement, by=by, at=at, why=why, origin=origin)
        return self.append_all([new])[0]

    def append_all(self, new: Sequence[NewDecision]) -> tuple[Decision, ...]:
        """Add several decisions, all or none (see `append`)."""
        self._check_file()
        made: list[Decision] = []
        in_force = dict(self._in_force) if len(new) > 1 else self._in_force
        before = self._entries[-1].chain_hash if self._entries else CHAIN_START
        for number, one in enumerate(new, start=len(self._entries) + 1):
            entry = _entry(one, number, before, in_force)
            made.append(entry)
            before = entry.chain_hash
            if len(new) > 1:
                _keep(in_force, entry)
        self._store.append_decision_rows([to_row(entry) for entry in made])
        for entry in made:
            self._entries.append(entry)
            _keep(self._in_force, entry)
        self._seen = _state(self._store)
        return tuple(made)

    def withdraw(self, old: Decision, *, by: str, at: str, why: str = "") -> Decision:
        """Take a decision of the same reviewer back: an entry that supersedes it and says nothing in its place.

        Raises
        ------
        DecisionError
            D04 if it is not in force any more, or is another reviewer's.
        """
        held = self._in_force.get(old.lane)
        if held is None or held.number != old.number:
            raise DecisionError(
                f"decision {old.number} is not in force any more.",
                do="Load the page again; or decide the pair anew (unsure leaves it to the program).",
                code="D04",
            )
        return self.append(old.left, old.right, "withdrawn", by=by, at=at, why=why, origin=old.origin or "chosen")

    def _take(self, log: Sequence[Decision]) -> None:
        self._entries = list(log)
        self._in_force = {}
        superseded = {d.supersedes for d in log if d.supersedes is not None}
        for entry in log:
            # An old log may hold decisions that another reviewer superseded: those are in force for nobody.
            if entry.number not in superseded:
                _keep(self._in_force, entry)

    def _check_file(self) -> None:
        try:
            state = _state(self._store)
        except OSError:
            state = (-1, -1, -1, -1)
        if state == self._seen:
            return
        if state[:2] != self._seen[:2]:
            raise DecisionError(
                "another file stands where the store was, or none.",
                where=self._store.path.name,
                why="Decisions made now would be lost.",
                do="Stop, bring the store back to its place, and start again; earlier decisions are in it.",
                code="D08",
            )
        log = read_log(self._store)
        if list(log[: len(self._entries)]) != self._entries:
            raise DecisionError(
                "the log is not what it was when the review began.",
                where=self._store.path.name,
                do="Bring back the store from your backup.",
                code="D02",
            )
        self._take(log)
        self._seen = state


def _entry(
    new: NewDecision, number: int, before: str, in_force: dict[tuple[str, str, str, bool], Decision]
) -> Decision:
    check_words(new.by, new.why)
    left, right = sorted((new.left, new.right))
    draft = Decision(
        number=number,
        left=left,
        right=right,
        judgement=new.judgement,
        by=new.by.strip(),
        at=new.at,
        why=new.why,
        origin=new.origin,
    )
    check_entry(draft)
    previous = in_force.get(draft.lane)
    if draft.judgement == "withdrawn" and previous is None:
        raise nothing_to_withdraw(draft.by, [d for d in in_force.values() if d.pair == draft.pair])
    entry = link(replace(draft, supersedes=previous.number if previous else None), before)
    check_supersedes(entry, previous, in_force=True)
    return entry


def nothing_to_withdraw(by: str, held: Sequence[Decision]) -> DecisionError:
    """Return the error for a withdrawal by somebody who decided nothing about a pair; `held` are the others' on it."""
    others = list(dict.fromkeys(d.by.strip() for d in held))
    who = f"it was decided by {', '.join(plain_text(one, longest=80) for one in others)}" if others else "nobody has"
    return DecisionError(
        f"{plain_text(by.strip(), longest=80)} has decided nothing about this pair; {who}.",
        why="Everybody takes back their own decisions alone.",
        do="Give the name of who decided with --by; or decide the pair yourself." if others else "Look at the two ids.",
        code="D04",
    )


def _keep(in_force: dict[tuple[str, str, str, bool], Decision], entry: Decision) -> None:
    if entry.judgement == "withdrawn":
        in_force.pop(entry.lane, None)
    else:
        in_force[entry.lane] = entry


def _state(store: Store) -> tuple[int, int, int, int]:
    """Return what shows that the store's file was exchanged (device, inode) or written to (size, time)."""
    found = store.path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def append_decision(
    store: Store,
    left: str,
    right: str,
    judgement: Judgement,
    *,
    by: str,
    at: str,
    why: str = "",
    origin: Origin = "chosen",
) -> Decision:
    """Add one decision to a store's log, verifying all of it first (see `DecisionLog.append`)."""
    return DecisionLog(store).append(left, right, judgement, by=by, at=at, why=why, origin=origin)
