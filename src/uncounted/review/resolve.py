"""The judgement in force on each pair when several people decided, and which judgements cannot all be true."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from uncounted.errors import DecisionError
from uncounted.records.records import Records
from uncounted.review.decisions import Decision, Judgement, current_decisions

Firm = Literal["same", "different", "unsure"]
Status = Literal["single", "agreed", "adjudicated", "half-sure", "disagreed"]
OPEN: tuple[Status, ...] = ("disagreed", "half-sure")
_SHOWN = 5  # contradictions named in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What holds for one pair of records.

    Attributes
    ----------
    left, right : str
        The two `record_id`, in alphabetical order.
    judgement : "same", "different" or "unsure"
        What linkage obeys; "unsure" leaves the pair to its score.
    status : "single", "agreed", "adjudicated", "half-sure" or "disagreed"
        One reviewer; several who agree; settled by an adjudicator; one sure and one not; or contradicting each other.
        The last two wait for an adjudicator (`OPEN`).
    decisions : tuple of Decision
        In force on this pair, in order of the log.
    """

    left: str
    right: str
    judgement: Firm
    status: Status
    decisions: tuple[Decision, ...]

    @property
    def pair(self) -> tuple[str, str]:
        """The two record ids."""
        return (self.left, self.right)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the decisions that make the judgement: the adjudicator's, if there is one."""
        ruling = [d.number for d in self.decisions if d.origin == "adjudication"]
        return tuple(ruling or [d.number for d in self.decisions])


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two records decided to be different people, which a chain of other decisions makes one person.

    Attributes
    ----------
    different : Resolved
        The pair decided to be two people.
    chain : tuple of Resolved
        The fewest "same" judgements that lead from one of its records to the other.
    """

    different: Resolved
    chain: tuple[Resolved, ...]

    @property
    def pairs(self) -> tuple[Resolved, ...]:
        """All judgements that cannot be true together."""
        return (self.different, *self.chain)

    def __str__(self) -> str:
        d = self.different
        path = [d.left]
        for step in self.chain:
            path.append(step.right if step.left == path[-1] else step.left)
        numbers = sorted(n for step in self.chain for n in step.numbers)
        return f"{' = '.join(path)} by {_numbered(numbers)}, but {d.left} ≠ {d.right} by {_numbered(sorted(d.numbers))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedPairs:
    """What linkage needs of the log.

    `same` and `different` are pairs of `record` numbers, smaller first, sorted; `drawn_same` and `drawn_different`
    are those of them that came up in the review order, so that they may speak for others. `n_unsure` counts the pairs
    left open. `missing` are judgements on records that are no longer in the lists (they stay in the log).
    `to_adjudicate` are those that reviewers do not agree on.
    """

    same: tuple[tuple[int, int], ...]
    different: tuple[tuple[int, int], ...]
    drawn_same: tuple[tuple[int, int], ...]
    drawn_different: tuple[tuple[int, int], ...]
    n_unsure: int
    missing: tuple[Resolved, ...]
    to_adjudicate: tuple[Resolved, ...]


def resolve(log: Iterable[Decision]) -> tuple[Resolved, ...]:
    """Return the judgement in force on each pair, in order of the pair's first decision in force.

    An adjudicator's decision settles a pair. Without one, reviewers who agree settle it; if one says same and another
    different, it is undecided. If one is sure and another is not, it is undecided as well: a decision holds in every
    draw of the clusterings, as if there were no doubt, and of two people who saw the same records one did doubt. The
    score goes on to say how likely the link is, and an adjudicator may settle it.

    Parameters
    ----------
    log : iterable of Decision
        The whole log, or the decisions in force.
    """
    held: dict[tuple[str, str], list[Decision]] = {}
    for decision in current_decisions(tuple(log)):
        held.setdefault(decision.pair, []).append(decision)
    return tuple(resolve_pair(decisions) for decisions in held.values())


def resolve_pair(decisions: Sequence[Decision]) -> Resolved:
    """Return what holds for one pair, given its decisions in force (at least one, in order of the log)."""
    ruling = [d for d in decisions if d.origin == "adjudication"]
    said = {_firm(d.judgement) for d in ruling or decisions}
    status: Status = "adjudicated" if ruling else "single" if len(decisions) == 1 else "agreed"
    judgement: Firm = "unsure"
    if len(said) == 1:
        (judgement,) = said
    else:
        status = "disagreed" if {"same", "different"} <= said else "half-sure"
    left, right = decisions[0].pair
    return Resolved(left=left, right=right, judgement=judgement, status=status, decisions=tuple(decisions))


def find_contradictions(resolved: Sequence[Resolved]) -> tuple[Contradiction, ...]:
    """Return every pair decided to be two people that other judgements make one, each with the shortest such chain."""
    steps: dict[str, list[tuple[str, Resolved]]] = {}
    for one in resolved:
        if one.judgement == "same":
            steps.setdefault(one.left, []).append((one.right, one))
            steps.setdefault(one.right, []).append((one.left, one))
    group = _groups(steps)
    found = []
    for one in resolved:
        if one.judgement == "different" and one.left in group and group[one.left] == group.get(one.right):
            found.append(Contradiction(different=one, chain=_shortest(steps, one.left, one.right)))
    return tuple(found)


def refuse_contradictions(resolved: Sequence[Resolved]) -> None:
    """Refuse judgements that cannot all be true, before linkage does.

    Raises
    ------
    DecisionError
        D09, with the record ids and decision numbers of the first contradictions.
    """
    found = find_contradictions(resolved)
    if found:
        more = f" And {len(found) - _SHOWN} more." if len(found) > _SHOWN else ""
        raise DecisionError(
            "decisions contradict each other: " + "; ".join(str(c) for c in found[:_SHOWN]) + "." + more,
            why="No clustering can respect both.",
            do="`uncounted review --adjudicate --by NAME` shows these pairs first; or withdraw one with "
            "`uncounted decide LEFT RIGHT withdrawn --by WHO-DECIDED`.",
            code="D09",
        )


def decided_pairs(log: Iterable[Decision], records: Records) -> DecidedPairs:
    """Return what linkage needs: pairs of record numbers in force as same and different, and what waits.

    Parameters
    ----------
    log : iterable of Decision
        The whole log, or the decisions in force. "unsure" judgements say nothing to linkage.
    records : Records
        The records of this run.

    Raises
    ------
    DecisionError
        D09 if judgements on records of this run contradict each other.
    """
    ids = records.table["record_id"].to_pylist()
    number_of = dict(zip(ids, records.table["record"].to_pylist(), strict=True))
    resolved = resolve(log)
    here = [r for r in resolved if r.left in number_of and r.right in number_of]
    refuse_contradictions(here)

    drawn = [r for r in here if any(d.origin in ("queue", "second") for d in r.decisions)]

    def numbers(judged: Iterable[Resolved], judgement: Firm) -> tuple[tuple[int, int], ...]:
        found = ((number_of[r.left], number_of[r.right]) for r in judged if r.judgement == judgement)
        return tuple(sorted((min(a, b), max(a, b)) for a, b in found))

    return DecidedPairs(
        same=numbers(here, "same"),
        different=numbers(here, "different"),
        drawn_same=numbers(drawn, "same"),
        drawn_different=numbers(drawn, "different"),
        n_unsure=sum(r.judgement == "unsure" for r in here),
        missing=tuple(r for r in resolved if r.left not in number_of or r.right not in number_of),
        to_adjudicate=tuple(r for r in here if r.status in OPEN),
    )


def _firm(judgement: Judgement) -> Firm:
    assert judgement != "withdrawn"  # never in force
    return judgement


def _groups(steps: dict[str, list[tuple[str, Resolved]]]) -> dict[str, int]:
    """Return the number of the connected component of each record."""
    group: dict[str, int] = {}
    for start in steps:
        if start in group:
            continue
        number, waiting = len(group), [start]
        group[start] = number
        while waiting:
            for neighbour, _ in steps[waiting.pop()]:
                if neighbour not in group:
                    group[neighbour] = number
                    waiting.append(neighbour)
    return group


def _shortest(steps: dict[str, list[tuple[str, Resolved]]], start: str, end: str) -> tuple[Resolved, ...]:
    """Return the fewest judgements that lead from `start` to `end` (breadth first, in order of the log)."""
    came: dict[str, tuple[str, Resolved] | None] = {start: None}
    waiting = deque([start])
    while end not in came:
        here = waiting.popleft()
        for neighbour, judged in steps[here]:
            if neighbour not in came:
                came[neighbour] = (here, judged)
                waiting.append(neighbour)
    chain = []
    step = came[end]
    while step is not None:
        chain.append(step[1])
        step = came[step[0]]
    return tuple(reversed(chain))


def _numbered(numbers: Sequence[int]) -> str:
    words = ", ".join(map(str, numbers))
    return f"decision {words}" if len(numbers) == 1 else f"decisions {words}"
