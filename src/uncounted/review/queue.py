"""What a reviewer is shown next: the review order in groups, second looks, and pairs that wait for an adjudicator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import DecisionError
from uncounted.linkage.pairs import ScoredPairs
from uncounted.review.decisions import Decision, Judgement, Origin, check_words, reviewer_key
from uncounted.review.implied import Judgements
from uncounted.review.log import DecisionLog
from uncounted.review.resolve import OPEN, Resolved, find_contradictions

Mode = Literal["first", "second", "adjudicate"]
ORIGIN_OF: dict[Mode, Origin] = {"first": "queue", "second": "second", "adjudicate": "adjudication"}
SECOND_SHARE = 0.15
BATCH = 50  # pairs of the review order that are shown grouped by component


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A pair to decide: its record ids in alphabetical order, and its row in `pairs.table` (None: not scored)."""

    left: str
    right: str
    position: int | None

    @property
    def pair(self) -> tuple[str, str]:
        """The two record ids."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueProgress:
    """How far the review is.

    Attributes
    ----------
    n_done : int
        Pairs of this queue that are decided, settled ones included.
    n_settled : int
        Of these, the ones that nobody was shown, because other decisions settle them.
    n_all : int
        Pairs of this queue.
    n_second : int
        Pairs decided once that wait for a second look.
    n_adjudicate : int
        Pairs that wait for an adjudicator.
    """

    n_done: int
    n_settled: int
    n_all: int
    n_second: int
    n_adjudicate: int


def plan_review(pairs: ScoredPairs, order: NDArray[np.int64], *, batch: int = BATCH) -> NDArray[np.int64]:
    """Return the review order regrouped: within each batch, pairs of a connected component follow one another.

    After a whole batch exactly a beginning of `order` has been decided, so the sampling design of the review holds.
    Within a component the likeliest pairs come first: where "same" carries over to third records, asking in falling
    order of probability needs the fewest questions on average.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    order : ndarray of int64
        Positions in `pairs.table`, from `review_order`.
    batch : int
        Pairs to a batch.

    References
    ----------
    Wang, Li, Kraska, Franklin, Feng (2013), SIGMOD: leveraging transitive relations for crowdsourced joins.
    """
    left, right = pairs.table["left"].to_numpy(), pairs.table["right"].to_numpy()
    weight = pairs.table["match_weight"].to_numpy()
    planned: list[int] = []
    for start in range(0, len(order), batch):
        part = [int(k) for k in order[start : start + batch]]
        component = _components([(int(left[k]), int(right[k])) for k in part])
        first: dict[int, int] = {}
        for place, number in enumerate(component):
            first.setdefault(number, place)
        places = sorted(range(len(part)), key=lambda i: (first[component[i]], -weight[part[i]], i))
        planned += [part[i] for i in places]
    return np.array(planned, dtype=np.int64)


@cache
def wants_second_look(left: str, right: str, *, share: float = SECOND_SHARE) -> bool:
    """Return whether a pair goes to a second reviewer: a stable hash of its two ids, the same in every run."""
    first, second = sorted((left, right))
    text = f"second look\x1f{len(first)}\x1f{first}\x1f{second}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2.0**64


class ReviewQueue:
    """The pairs of one reviewer in one mode, over an open log.

    Every decision is in the log, on the disk, before the next pair comes; nothing of the state lives only here, so a
    new queue over the same log goes on where the last one stopped.

    Parameters
    ----------
    log : DecisionLog
        The open log.
    ids : sequence of str, length n_records
        `record_id` of each record.
    pairs : ScoredPairs or None
        The scored pairs; None if the lists could not be linked because decisions contradict each other: then there is
        only an adjudicator's queue.
    order : ndarray of int64
        Positions in `pairs.table` to review, in the order to show them (`plan_review`).
    by : str
        Who reviews.
    mode : "first", "second" or "adjudicate"
        The review order; a blind second look at a share of what others decided; or what reviewers disagree about.
    share : float
        Of the pairs decided first that go to a second reviewer.
    read_as : callable, optional
        Gives the log under the record ids of today, where a list was delivered anew (see `carry_log`).

    Raises
    ------
    DecisionError
        D10 without a reviewer's name, D01 if it holds control characters.
    """

    def __init__(
        self,
        log: DecisionLog,
        *,
        ids: Sequence[str],
        pairs: ScoredPairs | None,
        order: NDArray[np.int64] | Sequence[int] = (),
        by: str,
        mode: Mode = "first",
        share: float = SECOND_SHARE,
        read_as: Callable[[tuple[Decision, ...]], tuple[Decision, ...]] | None = None,
    ) -> None:
        if not reviewer_key(by):
            raise DecisionError("the reviewer's name is missing.", do="Give --by NAME.", code="D10")
        check_words(by)
        self.by, self.mode, self.share = by.strip(), mode, share
        self._key = reviewer_key(by)
        self._log = log
        self._known = frozenset(ids)
        today = read_as(log.entries) if read_as else log.entries
        # Only where an id means another row now, the log must be read anew after each entry.
        self._read_as = read_as if [d.pair for d in today] != [d.pair for d in log.entries] else None
        self._judgements = Judgements(today, self._known)
        self._pairs = pairs
        self._ids = ids
        self._plan = [] if pairs is None else [self._task_at(int(k)) for k in order]
        self._position_of = {t.pair: t.position for t in self._plan}
        self._number_of = {one: number for number, one in enumerate(ids)}
        self._columns = () if pairs is None else tuple(pairs.table[side].to_numpy() for side in ("left", "right"))
        self._again: list[tuple[str, str]] = []  # taken back: to be shown next
        self._memory: dict[str, list[Task]] = {}  # what waits, until the next entry

    @property
    def log(self) -> DecisionLog:
        """The open log."""
        return self._log

    @property
    def judgements(self) -> Judgements:
        """All judgements in force."""
        return self._judgements

    def open_tasks(self) -> list[Task]:
        """Return the pairs this reviewer has yet to decide, next first."""
        waiting = self._waiting()
        again = [t for pair in reversed(self._again) for t in waiting if t.pair == pair]
        return again + [t for t in waiting if t.pair not in self._again] if again else waiting

    def next(self) -> Task | None:
        """Return the pair to show, or None if all is done."""
        return next(iter(self.open_tasks()), None)

    def decide(self, task: Task, judgement: Judgement, *, at: str, why: str = "") -> Decision:
        """Write a decision into the log. When this returns it is on the disk.

        Raises
        ------
        DecisionError
            D11 if the pair does not wait for this reviewer (any more); nothing is written then.
        """
        if task.pair not in {t.pair for t in self._waiting()}:
            raise DecisionError(
                "this pair does not wait for you any more; nothing was written.",
                do="Go on with the next one, or take back the last decision.",
                code="D11",
            )
        entry = self._log.append(
            task.left, task.right, judgement, by=self.by, at=at, why=why, origin=ORIGIN_OF[self.mode]
        )
        self.take(entry)
        self._again = [pair for pair in self._again if pair != task.pair]
        return entry

    def undo(self, *, at: str) -> Decision | None:
        """Take back this reviewer's last decision of this mode (also of an earlier session); None if there is none."""
        last = self.last()
        if last is None:
            return None
        # In the log it stands under the ids of the day it was made.
        entry = self._log.withdraw(self._log.entries[last.number - 1], by=self.by, at=at)
        self.take(entry)
        self._again.append(last.pair)
        return entry

    def said(self, pair: tuple[str, str]) -> Judgement | None:
        """Return what this reviewer has in force on a pair, in this mode; None if nothing."""
        held = self._judgements.of(pair)
        mine = [d for d in held.decisions if self._by_me(d)] if held else []
        return mine[-1].judgement if mine else None

    def here(self, resolved: Iterable[Resolved]) -> list[Resolved]:
        """Return the judgements whose two records are in this run."""
        return [one for one in resolved if self._here(one.pair)]

    def take(self, entry: Decision) -> None:
        """Take in an entry that was written to the log by other ways than `decide`."""
        if self._read_as:
            self._judgements = Judgements(self._read_as(self._log.entries), self._known)
        else:
            self._judgements.add(entry)
        self._memory.clear()

    def last(self) -> Decision | None:
        """Return this reviewer's last decision in force of this mode on records of this run, under the ids of today."""
        mine = ORIGIN_OF[self.mode]
        here = (one for one in self._judgements.all() if self._here(one.pair))
        found = (d for one in here for d in one.decisions if self._mine(d, mine))
        return max(found, key=lambda d: d.number, default=None)

    def position(self, pair: tuple[str, str]) -> int | None:
        """Return the row of a pair in `pairs.table`, or None if it was not scored in this run."""
        if pair not in self._position_of:
            self._position_of[pair] = self._search(pair)
        return self._position_of[pair]

    def progress(self) -> QueueProgress:
        """Return how far this queue is."""
        waiting = len(self._waiting())
        second = self._waiting_second() if self.mode != "second" else []
        settled = 0
        if self.mode == "first":
            n_all = len(self._plan)
            settled = sum(1 for t in self._plan if self._judgements.of(t.pair) is None and self._settled(t.pair))
        else:
            mine = ORIGIN_OF[self.mode]
            n_all = waiting + sum(
                1
                for r in self._judgements.all()
                if self._here(r.pair) and any(self._mine(d, mine) for d in r.decisions)
            )
        return QueueProgress(
            n_done=n_all - waiting,
            n_settled=settled,
            n_all=n_all,
            n_second=waiting if self.mode == "second" else len(second),
            n_adjudicate=len(self._waiting_adjudication()),
        )

    # -- who waits --------------------------------------------------------------------------------------------------
    def _waiting(self) -> list[Task]:
        if self.mode == "second":
            return self._remember("second", lambda: self._waiting_second(self._key))
        if self.mode == "adjudicate":
            return self._waiting_adjudication()
        return self._remember("first", self._waiting_first)

    def _remember(self, name: str, find: Callable[[], list[Task]]) -> list[Task]:
        if name not in self._memory:
            self._memory[name] = find()
        return self._memory[name]

    def _waiting_first(self) -> list[Task]:
        return [t for t in self._plan if self._judgements.of(t.pair) is None and not self._settled(t.pair)]

    def _waiting_adjudication(self) -> list[Task]:
        return self._remember("adjudicate", self._find_adjudication)

    def _waiting_second(self, key: str | None = None) -> list[Task]:
        """Return pairs decided by one person in the review order, and drawn for a second look; by others than `key`."""
        out = []
        for one in self._judgements.all():
            if not wants_second_look(*one.pair, share=self.share) or not self._here(one.pair):
                continue
            blind = {reviewer_key(d.by) for d in one.decisions if d.origin in ("queue", "second")}
            queued = any(d.origin == "queue" for d in one.decisions)
            mine = key is not None and any(reviewer_key(d.by) == key for d in one.decisions)
            if queued and len(blind) == 1 and not mine:
                out.append(self._task(one.pair))
        return out

    def _find_adjudication(self) -> list[Task]:
        """Return disagreements, then judgements that contradict each other, then pairs of which one is not sure."""
        here = self.here(r for r in self._judgements.all() if r.judgement != "unsure" or r.status in OPEN)
        pairs = [r.pair for r in here if r.status == "disagreed"]
        # Of a contradiction the judgement looked at longest ago comes first, so that all of it comes up in turn.
        for contradiction in find_contradictions(here) if self._judgements.contradictory else ():
            pairs += [r.pair for r in sorted(contradiction.pairs, key=lambda r: max(d.number for d in r.decisions))]
        pairs += [r.pair for r in here if r.status == "half-sure"]
        return [self._task(pair) for pair in dict.fromkeys(pairs)]

    def _settled(self, pair: tuple[str, str]) -> bool:
        return self._judgements.implied(pair) is not None

    def _here(self, pair: tuple[str, str]) -> bool:
        return pair[0] in self._known and pair[1] in self._known

    def _by_me(self, decision: Decision) -> bool:
        """Return whether this reviewer decided so, in the same role: as adjudicator or not."""
        same_role = (decision.origin == "adjudication") == (self.mode == "adjudicate")
        return same_role and reviewer_key(decision.by) == self._key

    def _mine(self, decision: Decision, origin: Origin) -> bool:
        return decision.origin == origin and reviewer_key(decision.by) == self._key

    # -- pairs ------------------------------------------------------------------------------------------------------
    def _task(self, pair: tuple[str, str]) -> Task:
        return Task(left=pair[0], right=pair[1], position=self.position(pair))

    def _task_at(self, position: int) -> Task:
        assert self._pairs is not None
        table = self._pairs.table
        left, right = sorted(self._ids[table[side][position].as_py()] for side in ("left", "right"))
        return Task(left=left, right=right, position=position)

    def _search(self, pair: tuple[str, str]) -> int | None:
        if self._pairs is None or not self._here(pair):
            return None
        low, high = sorted(self._number_of[one] for one in pair)
        left, right = self._columns
        start, stop = np.searchsorted(left, low, "left"), np.searchsorted(left, low, "right")
        found = start + np.searchsorted(right[start:stop], high)
        return int(found) if found < stop and right[found] == high else None


def _components(edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the number of the connected component of each edge."""
    parent: dict[int, int] = {}

    def root(x: int) -> int:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in edges:
        parent[root(a)] = root(b)
    return [root(a) for a, _ in edges]
