"""Decisions of reviewers on pairs of records: an append-only log in which every entry vouches for all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from uncounted.errors import DecisionError
from uncounted.records.records import Records
from uncounted.store import DecisionRow, Store

Judgement = Literal["same", "different", "unsure"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
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
    judgement : "same", "different" or "unsure"
        Whether they are one person.
    by : str
        Who decided.
    at : str
        When, in ISO form.
    why : str
        The reason, in the reviewer's words; may be empty.
    supersedes : int or None
        Number of the earlier decision on this pair that this one replaces.
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
    supersedes: int | None = None
    chain_hash: str = ""


def append_decision(
    store: Store,
    left: str,
    right: str,
    judgement: Judgement,
    *,
    by: str,
    at: str,
    why: str = "",
) -> Decision:
    """Add a decision to the store's log; it replaces the pair's decision in force, if there is one.

    Parameters
    ----------
    store : Store
        Where the log is. When this returns, the decision is on the disk.
    left, right : str
        The two `record_id`, in any order.
    judgement : "same", "different" or "unsure"
        Whether they are one person.
    by, at, why : str
        Who, when (ISO), and why.

    Returns
    -------
    Decision
        As written, with number and hash.

    Raises
    ------
    DecisionError
        D01 if something is missing or malformed, D02 if the log so far does not verify.
    """
    log = read_log(store)
    first, second = sorted((left, right))
    pair = (first, second)
    in_force = {(d.left, d.right): d for d in current_decisions(log)}
    previous = in_force.get(pair)
    entry = link(
        Decision(
            number=len(log) + 1,
            left=first,
            right=second,
            judgement=judgement,
            by=by,
            at=at,
            why=why,
            supersedes=previous.number if previous else None,
        ),
        log[-1].chain_hash if log else CHAIN_START,
    )
    check_entry(entry)
    store.append_decision_rows([to_row(entry)])
    return entry


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
        _check_supersedes(entry, log, superseded)
        before = entry.chain_hash


def current_decisions(log: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the decisions in force: those that no later one supersedes, in order of the log."""
    superseded = {d.supersedes for d in log if d.supersedes is not None}
    return tuple(d for d in log if d.number not in superseded)


def as_record_pairs(
    decisions: Iterable[Decision], records: Records
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...], tuple[Decision, ...]]:
    """Return what linkage needs: pairs of record numbers decided the same and different, and what no record has.

    Parameters
    ----------
    decisions : iterable of Decision
        In force (see `current_decisions`); "unsure" ones say nothing to linkage and are passed over.
    records : Records
        The records of this run.

    Returns
    -------
    same, different : tuple of (int, int)
        Pairs of `record` numbers, smaller first, sorted.
    missing : tuple of Decision
        Decisions on records that are no longer there (a list was delivered anew). They stay in the log.

    Raises
    ------
    DecisionError
        D07 if one pair is both same and different.
    """
    ids = records.table["record_id"].to_pylist()
    number_of = dict(zip(ids, records.table["record"].to_pylist(), strict=True))
    pairs: dict[Judgement, dict[tuple[int, int], int]] = {"same": {}, "different": {}, "unsure": {}}
    missing = []
    for decision in decisions:
        left, right = number_of.get(decision.left), number_of.get(decision.right)
        if left is None or right is None:
            missing.append(decision)
            continue
        pairs[decision.judgement][min(left, right), max(left, right)] = decision.number
    both = sorted(pairs["same"].keys() & pairs["different"].keys())
    if both:
        numbers = sorted((pairs["same"][both[0]], pairs["different"][both[0]]))
        raise DecisionError(
            f"decisions {numbers[0]} and {numbers[1]} contradict each other on the same two records.",
            do="Decide the pair again; the new decision supersedes the old one.",
            code="D07",
        )
    return tuple(sorted(pairs["same"])), tuple(sorted(pairs["different"])), tuple(missing)


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
    elif not entry.by.strip():
        fault = "it must say who decided (by)"
    elif not _is_iso_time(entry.at):
        fault = "it must say when (at), in ISO form"
    if fault:
        raise DecisionError(
            f"{fault}.", where=f"decision {entry.number}", do="Correct it and append it again.", code="D01"
        )


def _is_iso_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def to_row(entry: Decision) -> DecisionRow:
    """Return the entry as the store keeps it."""
    return DecisionRow(
        number=entry.number,
        left_id=entry.left,
        right_id=entry.right,
        judgement=entry.judgement,
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
        D01 if the judgement is none.
    """
    for judgement in JUDGEMENTS:
        if row.judgement == judgement:
            return Decision(
                number=row.number,
                left=row.left_id,
                right=row.right_id,
                judgement=judgement,
                by=row.decided_by,
                at=row.at,
                why=row.why,
                supersedes=row.supersedes,
                chain_hash=row.chain_hash,
            )
    raise DecisionError(
        f"the judgement must be one of {', '.join(JUDGEMENTS)}.", where=f"decision {row.number}", code="D01"
    )


def _hash(entry: Decision, before: str) -> str:
    """Return SHA-256 over the hash before and the entry, in a form that cannot be read two ways."""
    fields = (
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
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _check_supersedes(entry: Decision, log: Sequence[Decision], superseded: set[int]) -> None:
    if entry.supersedes is None:
        return
    known = 1 <= entry.supersedes < entry.number
    old = log[entry.supersedes - 1] if known else None
    if old is None or (old.left, old.right) != (entry.left, entry.right) or entry.supersedes in superseded:
        raise DecisionError(
            "it supersedes a decision that is not an earlier one, in force, on the same two records.",
            where=f"decision {entry.number}",
            do="Let the program append decisions; it names what each one supersedes.",
            code="D04",
        )
    superseded.add(entry.supersedes)
