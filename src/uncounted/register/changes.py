"""What changed between two runs of a project: rows, people, cells of the capture table, the number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from uncounted.records.row_history import CarriedPair, NumberedDelivery
from uncounted.records.row_matching import rows_differ
from uncounted.register.identity import IdentityStep, PersonChanges, compare_people, persons_of, replay
from uncounted.register.keeping import Histories, RunSummary, keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanges:
    """Rows of one list then and now. `n_moved` rows are the same under another record id."""

    list: str
    n_before: int
    n_after: int
    n_added: int
    n_gone: int
    n_changed: int
    n_moved: int
    notes: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.n_added or self.n_gone or self.n_changed or self.n_moved or self.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """People with one capture pattern in one stratum, then and now; `lists` are those of the pattern."""

    stratum: str
    lists: tuple[str, ...]
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberThen:
    """The answer of a run: total and interval (None if withheld), and the verdict in a word."""

    n_total: float | None
    low: float | None
    high: float | None
    level: float | None
    verdict: str
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since the run before.

    Attributes
    ----------
    waiting : bool
        The lists were delivered anew and not linked yet: rows are compared with the last run; people, cells and number
        are not known.
    first : bool
        There is no earlier run to compare with.
    lists : tuple of ListChanges
    people : PersonChanges or None
    decisions : tuple of CarriedPair
        Decisions that need a new look: a record is gone, unknown, or in other words than those decided on.
    cells : tuple of CellChange
        Cells of the best single clustering that moved; `cells_comparable` is False if lists or strata are others.
    before, after : NumberThen or None
        None for a run that stopped after linking.
    """

    waiting: bool
    first: bool
    lists: tuple[ListChanges, ...] = ()
    people: PersonChanges | None = None
    decisions: tuple[CarriedPair, ...] = ()
    cells: tuple[CellChange, ...] = ()
    cells_comparable: bool = True
    before: NumberThen | None = None
    after: NumberThen | None = None

    @property
    def any(self) -> bool:
        """Whether anything changed at all."""
        people = self.people is not None and self.people.any
        rows = any(entry.any for entry in self.lists)
        return rows or people or bool(self.cells) or not self.cells_comparable or self.before != self.after


def run_before(summaries: Sequence[RunSummary]) -> RunSummary | None:
    """Return the run that the last one is compared with, or None.

    A run with an answer is compared with the latest run that gave another one; if there is none, or the last run
    stopped after linking, with the latest one that linked otherwise.
    """
    if not summaries:
        return None
    last = summaries[-1]
    answered = [s for s in summaries[:-1] if last.run_id and s.run_id and s.run_id != last.run_id]
    linked = [s for s in summaries[:-1] if s.link_key != last.link_key]
    found = answered or linked
    return found[-1] if found else None


def compare_runs(before: RunSummary, after: RunSummary, histories: Histories, steps: Sequence[IdentityStep]) -> Changes:
    """Say what changed from one run to another.

    Parameters
    ----------
    before, after : RunSummary
        Two runs of the project.
    histories : mapping
        Deliveries of every list either of them used.
    steps : sequence of IdentityStep
        All of them, in order.

    Returns
    -------
    Changes
        Without `decisions`.
    """
    comparable = before.lists == after.lists and before.strata == after.strata
    counted = bool(before.cells and after.cells)
    return Changes(
        waiting=False,
        first=False,
        lists=compare_lists(dict(before.deliveries), dict(after.deliveries), histories),
        people=_people(before, after, histories, steps),
        cells=_cells(before, after) if counted and comparable else (),
        cells_comparable=comparable or not counted,
        before=_number(before),
        after=_number(after),
    )


def compare_lists(before: Mapping[str, int], after: Mapping[str, int], histories: Histories) -> tuple[ListChanges, ...]:
    """Say what became of the rows of each list, between the deliveries named by their places in the histories."""
    found = []
    for name in dict.fromkeys((*after, *before)):
        if name not in before or name not in after:
            found.append(_one_sided(name, len(histories[name][{**before, **after}[name]].rows), new=name in after))
            continue
        kept = histories[name]
        i, j = before[name], after[name]
        notes = tuple(dict.fromkeys(note for one in kept[i + 1 : j + 1] for note in one.notes))
        found.append(_rows(name, kept[i], kept[j], notes if i != j else ()))
    return tuple(found)


def _one_sided(name: str, n: int, *, new: bool) -> ListChanges:
    return ListChanges(
        list=name,
        n_before=0 if new else n,
        n_after=n if new else 0,
        n_added=n if new else 0,
        n_gone=0 if new else n,
        n_changed=0,
        n_moved=0,
        notes=("The list is new." if new else "The list is no longer in the project.",),
    )


def _rows(name: str, then: NumberedDelivery, now: NumberedDelivery, notes: tuple[str, ...]) -> ListChanges:
    _, i, j = np.intersect1d(then.rows, now.rows, assume_unique=True, return_indices=True)
    ids_then, ids_now = then.delivery.table["record_id"].take(i), now.delivery.table["record_id"].take(j)
    moved = sum(a != b for a, b in zip(ids_then.to_pylist(), ids_now.to_pylist(), strict=True))
    return ListChanges(
        list=name,
        n_before=len(then.rows),
        n_after=len(now.rows),
        n_added=len(now.rows) - len(i),
        n_gone=len(then.rows) - len(i),
        n_changed=int(rows_differ(then.delivery, i, now.delivery, j).sum()),
        n_moved=moved,
        notes=notes,
    )


def _people(
    before: RunSummary, after: RunSummary, histories: Histories, steps: Sequence[IdentityStep]
) -> PersonChanges:
    sides = []
    record_ids: list[str] = []
    for summary in (before, after):
        state = replay(steps[: summary.n_steps])
        names, at = [name for name, _ in summary.deliveries], dict(summary.deliveries)
        _, keys = keys_of(state, names, histories, at)
        sides.append((keys, persons_of(state, keys)))
        record_ids = [
            one for name in names for one in histories[name][at[name]].delivery.table["record_id"].to_pylist()
        ]
    return compare_people(sides[0], sides[1], last_before=before.last_person, record_ids=record_ids)


def _cells(before: RunSummary, after: RunSummary) -> tuple[CellChange, ...]:
    n_lists = len(after.lists)
    found = []
    for s, stratum in enumerate(after.strata):
        for k, (then, now) in enumerate(zip(before.cells[s], after.cells[s], strict=True)):
            if then != now:
                on = tuple(name for j, name in enumerate(after.lists) if (k + 1) >> (n_lists - 1 - j) & 1)
                found.append(CellChange(stratum=stratum, lists=on, before=then, after=now))
    return tuple(found)


def _number(summary: RunSummary) -> NumberThen | None:
    if not summary.run_id:
        return None
    return NumberThen(
        n_total=summary.n_total, low=summary.low, high=summary.high, level=summary.level, verdict=summary.verdict,
        choice=summary.choice,
    )  # fmt: skip
