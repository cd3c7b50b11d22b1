"""Decisions of reviewers on pairs of records: an append-only log in which every entry vouches for all before it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from uncounted.errors import DecisionError
from uncounted.store import DecisionRow, Store

Judgement = Literal["same", "different", "unsure", "withdrawn"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
# How the pair came to be decided. Entries of logs that did not record it have "".
Origin = Literal["", "queue", "second", "adjudication", "chosen"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
# Characters that a name must not hold: commands to a screen, line ends, halves of characters, and marks that turn the
# direction of what follows.
_COMMANDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What the first entry has for the hash of the one before it.
CHAIN_START = hashlib.sha256(b"uncounted decisions 1").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One judgement of one reviewer on one pair of records.

    Attributes
    ----------
    number : int
        Place in the log, from 1.
    left, right : str
        The two `record_id`, in alphabetical order.
    judgement : "same", "different", "unsure" or "withdrawn"
        Whether they are one person; "withdrawn" takes back the decision it supersedes.
    by : str
        Who decided.
    at : str
        When, in ISO form.
    why : str
        The reason, in the reviewer's words; may be empty.
    origin : "queue", "second", "adjudication", "chosen" or ""
        How the pair came up: in the review order, for a blind second look, to settle a disagreement, or picked by the
        reviewer. "" in entries older than this field.
    supersedes : int or None
        Number of the same reviewer's earlier decision on this pair that this one replaces.
    chain_hash : str
        SHA-256 over the entry and the `chain_hash` of the entry before it.
    """

    number: int
    left: str
    right: str
    judgement: Judgement
    by: str
    at: str
    why: str = ""
    origin: Origin = ""
    supersedes: int | None = None
    chain_hash: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """The two record ids."""
        return (self.left, self.right)

    @property
    def lane(self) -> tuple[str, str, str, bool]:
        """What a later decision must share to supersede this one: pair, reviewer, and adjudicating or not.

        Whoever reviewed a pair and later adjudicates it has two decisions in force: agreement between reviewers is
        computed from the first, the links are made from the second.
        """
        return (self.left, self.right, reviewer_key(self.by), self.origin == "adjudication")


def reviewer_key(by: str) -> str:
    """Return the name by which a reviewer is recognised: "AK", "ak" and "A K " with other blanks are not two people."""
    return "".join(unicodedata.normalize("NFKC", by).casefold().split())


def read_log(store: Store) -> tuple[Decision, ...]:
    """Return the store's log, verified.

    Raises
    ------
    DecisionError
        D02 if it does not verify.
    """
    log = tuple(from_row(row) for row in store.decision_rows())
    verify_chain(log)
    return log


def verify_chain(log: Sequence[Decision]) -> None:
    """Check that a log is complete, in order and unchanged.

    Raises
    ------
    DecisionError
        D01, D02 or D04, with the number of the first entry that does not hold.
    """
    before = CHAIN_START
    superseded: set[int] = set()
    for position, entry in enumerate(log, start=1):
        where = f"decision {position}"
        if entry.number != position:
            raise DecisionError(
                f"it has the number {entry.number}: an entry is missing, doubled or out of order.",
                where=where,
                do="Bring back the log from your backup or version control.",
                code="D02",
            )
        if entry.chain_hash != _hash(entry, before):
            raise DecisionError(
                "the entry, or one before it, is not what was written.",
                where=where,
                why="A changed decision joins or separates people in silence.",
                do="Bring back the log from your backup or version control.",
                code="D02",
            )
        check_entry(entry)
        if entry.supersedes is None:
            check_supersedes(entry, None, in_force=False)
        else:
            known = 1 <= entry.supersedes < entry.number
            old = log[entry.supersedes - 1] if known else None
            check_supersedes(entry, old, in_force=entry.supersedes not in superseded)
            superseded.add(entry.supersedes)
        before = entry.chain_hash


def current_decisions(log: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the decisions in force: neither superseded by a later one nor withdrawn, in order of the log."""
    superseded = {d.supersedes for d in log if d.supersedes is not None}
    return tuple(d for d in log if d.number not in superseded and d.judgement != "withdrawn")


# -- entries ----------------------------------------------------------------------------------------------------------
def link(entry: Decision, before: str) -> Decision:
    """Return the entry with its hash, following an entry whose hash is `before`."""
    return replace(entry, chain_hash=_hash(entry, before))


def check_entry(entry: Decision) -> None:
    """Refuse an entry that is malformed.

    Raises
    ------
    DecisionError
        D01, naming the field, never its value.
    """
    fault = ""
    if not entry.left or not entry.right:
        fault = "it must name two records"
    elif entry.left == entry.right:
        fault = "it must name two different records"
    elif entry.left > entry.right:
        fault = "its two records must be in alphabetical order"
    elif entry.judgement not in JUDGEMENTS:
        fault = f"the judgement must be one of {', '.join(JUDGEMENTS)}"
    elif entry.origin not in ORIGINS:
        fault = f"the origin must be one of {', '.join(ORIGINS[1:])}"
    elif not entry.by.strip():
        fault = "it must say who decided (by)"
    elif not _is_iso_time(entry.at):
        fault = "it must say when (at), in ISO form"
    if fault:
        raise DecisionError(
            f"{fault}.", where=f"decision {entry.number}", do="Correct it and append it again.", code="D01"
        )


def check_words(by: str, why: str = "") -> None:
    """Refuse a name or a reason that could rewrite the screen it is shown on; logs of before may hold some.

    Raises
    ------
    DecisionError
        D01, naming the field and the characters by their code points.
    """
    in_name = [c for c in by if unicodedata.category(c) in _COMMANDS or c in _TURNING]
    # Pages and spreadsheets end lines with both characters.
    in_reason = [c for c in why.replace("\r\n", "\n") if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    for field, found, what in (
        ("the reviewer's name (by)", in_name, "control characters, line breaks or marks that turn the direction"),
        ("the reason (why)", in_reason, "control characters other than line breaks and tabs"),
    ):
        if found:
            codes = ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(found[:5]))
            raise DecisionError(
                f"{field} holds {what}: {codes}.",
                why="They could change what others see of the log; nothing was recorded.",
                do="Type it anew without them.",
                code="D01",
            )


def _is_iso_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def to_row(entry: Decision) -> DecisionRow:
    """Return the entry as the store keeps it: judgement and origin share a column, "same queue"."""
    return DecisionRow(
        number=entry.number,
        left_id=entry.left,
        right_id=entry.right,
        judgement=f"{entry.judgement} {entry.origin}".rstrip(),
        decided_by=entry.by,
        at=entry.at,
        why=entry.why,
        supersedes=entry.supersedes,
        chain_hash=entry.chain_hash,
    )


def from_row(row: DecisionRow) -> Decision:
    """Return the entry in a row of the store.

    Raises
    ------
    DecisionError
        D01 if the judgement or the origin is none.
    """
    word, _, source = row.judgement.partition(" ")
    found = [j for j in JUDGEMENTS if j == word]
    came = [o for o in ORIGINS if o == source]
    if not found or not came or row.judgement != f"{word} {source}".rstrip():
        allowed = f"the judgement must be one of {', '.join(JUDGEMENTS)}"
        if found:
            allowed = f"the origin must be one of {', '.join(ORIGINS[1:])}"
        raise DecisionError(f"{allowed}.", where=f"decision {row.number}", code="D01")
    return Decision(
        number=row.number,
        left=row.left_id,
        right=row.right_id,
        judgement=found[0],
        by=row.decided_by,
        at=row.at,
        why=row.why,
        origin=came[0],
        supersedes=row.supersedes,
        chain_hash=row.chain_hash,
    )


def _hash(entry: Decision, before: str) -> str:
    """Return SHA-256 over the hash before and the entry, in a form that cannot be read two ways."""
    fields: tuple[str | int | None, ...] = (
        before,
        entry.number,
        entry.left,
        entry.right,
        entry.judgement,
        entry.by,
        entry.at,
        entry.why,
        entry.supersedes,
    )
    if entry.origin:  # entries older than the field keep their hash
        fields = (*fields, entry.origin)
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def check_supersedes(entry: Decision, old: Decision | None, *, in_force: bool) -> None:
    """Refuse an entry that supersedes what it must not, or withdraws nothing.

    Parameters
    ----------
    entry : Decision
        The entry.
    old : Decision or None
        The earlier entry it names, if there is one of that number.
    in_force : bool
        Whether nothing has superseded `old` yet.

    Raises
    ------
    DecisionError
        D04, naming the entry.
    """
    if entry.supersedes is None:
        if entry.judgement == "withdrawn":
            raise _no_such_decision(entry, "it withdraws, and does not say which decision")
        return
    if old is None or old.pair != entry.pair or not in_force or old.judgement == "withdrawn":
        raise _no_such_decision(
            entry, "it supersedes a decision that is not an earlier one, in force, on the same two records"
        )
    if entry.origin and old.lane != entry.lane:
        raise _no_such_decision(entry, "it supersedes the decision of another reviewer, or one made as adjudicator")


def _no_such_decision(entry: Decision, what: str) -> DecisionError:
    return DecisionError(
        f"{what}.",
        where=f"decision {entry.number}",
        do="Let the program append decisions; it names what each one supersedes.",
        code="D04",
    )
