"""What follows from the judgements in force: same by way of others, or different because one of them is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from uncounted.review.decisions import Decision
from uncounted.review.resolve import Firm, Resolved, resolve, resolve_pair


class Judgements:
    """The judgements in force on all pairs, kept up to date as entries are added.

    A new "same" or "different" is joined in at once; an entry that takes one away builds the groups anew.

    Parameters
    ----------
    log : iterable of Decision
        The whole log so far.
    known : collection of str
        The `record_id` of this run. Judgements on other records imply nothing here, as they do nothing in linkage.
    """

    def __init__(self, log: Iterable[Decision], known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._by_pair: dict[tuple[str, str], Resolved] = {r.pair: r for r in resolve(log)}
        self._build()

    def of(self, pair: tuple[str, str]) -> Resolved | None:
        """Return the judgement in force on a pair, or None if nobody decided it."""
        return self._by_pair.get(pair)

    def all(self) -> tuple[Resolved, ...]:
        """Return all judgements in force."""
        return tuple(self._by_pair.values())

    def implied(self, pair: tuple[str, str]) -> Literal["same", "different"] | None:
        """Return what the judgements in force, taken together, say of a pair; None if they leave it open."""
        left, right = self._root(pair[0]), self._root(pair[1])
        if left == right:
            return "same"
        return "different" if right in self._apart.get(left, ()) else None

    def add(self, entry: Decision) -> None:
        """Take in a new entry of the log."""
        before = self._by_pair.get(entry.pair)
        held = [d for d in before.decisions if d.number != entry.supersedes] if before else []
        if entry.judgement != "withdrawn":
            held.append(entry)
        if held:
            self._by_pair[entry.pair] = resolve_pair(held)
        else:
            self._by_pair.pop(entry.pair, None)
        was: Firm = before.judgement if before else "unsure"
        after = self._by_pair.get(entry.pair)
        now: Firm = after.judgement if after else "unsure"
        if was not in (now, "unsure"):
            self._build()
        elif was != now and after is not None:
            self._join(after)

    @property
    def contradictory(self) -> bool:
        """Whether some judgements cannot all be true (`find_contradictions` says which)."""
        return self._contradictory

    def _build(self) -> None:
        self._contradictory = False
        self._parent: dict[str, str] = {}
        self._apart: dict[str, set[str]] = {}
        judged = sorted(self._by_pair.values(), key=lambda r: r.judgement != "same")  # joins first: fewer moves
        for one in judged:
            self._join(one)

    def _join(self, one: Resolved) -> None:
        if one.left not in self._known or one.right not in self._known or one.judgement == "unsure":
            return
        left, right = self._root(one.left), self._root(one.right)
        if one.judgement == "different":
            if left == right:
                self._contradictory = True
                return
            self._apart.setdefault(left, set()).add(right)
            self._apart.setdefault(right, set()).add(left)
            return
        if left == right:
            return
        if len(self._apart.get(left, ())) < len(self._apart.get(right, ())):
            left, right = right, left
        self._contradictory |= right in self._apart.get(left, ())
        self._parent[right] = left
        for other in self._apart.pop(right, set()):
            self._apart[other].discard(right)
            if other != left:
                self._apart[other].add(left)
                self._apart.setdefault(left, set()).add(other)

    def _root(self, record: str) -> str:
        root = record
        while root in self._parent:
            root = self._parent[root]
        while record != root:
            self._parent[record], record = root, self._parent[record]
        return root
