"""The deliveries of a list in order, each row under a number it keeps: how a record id of then becomes one of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.records.deliveries import Delivery
from uncounted.records.row_matching import DeliveryMatch, match_deliveries, rows_differ

Ints = NDArray[np.int64]
State = Literal["same", "reworded", "gone", "unknown", "unfound", "unproven"]
# A row that was gone is looked for in this many earlier deliveries.
_LOOK_BACK = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Which row a record of an imported decision was found to be, when it was imported.

    Attributes
    ----------
    number : int
        Of the decision.
    record_id : str
        As the decision has it.
    row : int
        The number the row keeps; -1 if none was found, so that the decision waits.
    mark, key : str
        The fingerprint of the row that came with the decision, and its key; "" if none came.
    """

    number: int
    record_id: str
    row: int = -1
    mark: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumberedDelivery:
    """A delivery and the numbers of its rows, shape (n_rows,), which a row keeps from delivery to delivery.

    `n_decisions` is how many decisions were in the log when it was first seen: those up to that number were made on an
    earlier delivery. `notes` say how far the rows could be matched with those of the delivery before. `bound` are the
    records of decisions that were imported while this delivery was the latest: for them the ids of the log say nothing.
    """

    delivery: Delivery
    rows: Ints
    n_decisions: int = 0
    notes: tuple[str, ...] = ()
    bound: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedId:
    """A record id of an earlier delivery today.

    Attributes
    ----------
    then : str
        The id as it was written.
    now : str or None
        The id of the same row today; None if it is gone or was never known.
    state : "same", "reworded", "gone", "unknown", "unfound" or "unproven"
        Reworded: the row is there, and its mapped cells differ. Unknown: no delivery of then had this id. Unfound: the
        decision was imported, and no row reads as the one decided on. Unproven: it was imported without fingerprints,
        and the list has no ids of its own.
    row : int
        The number the row keeps, -1 if unknown.
    perhaps : str or None
        For a row that is gone: the id of the row that stands in its place and agrees with it in nothing.
    mark : str
        For a record that is unfound: its fingerprint, which tells it from others of that id.
    """

    then: str
    now: str | None
    state: State
    row: int = -1
    perhaps: str | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedPair:
    """The two records of a decision, by its number in the log, today."""

    number: int
    left: CarriedId
    right: CarriedId

    @property
    def holds(self) -> bool:
        """Whether both records are still there, so that the decision is obeyed."""
        return self.left.now is not None and self.right.now is not None

    @property
    def needs_a_look(self) -> bool:
        """Whether a record is gone, unknown, or there in other words than those decided on."""
        return not self.left.state == self.right.state == "same"


def number_rows(earlier: Sequence[NumberedDelivery], new: Delivery) -> tuple[Ints, DeliveryMatch | None]:
    """Give each row of a new delivery the number it had, or the next free one.

    A file that comes back as it was has the numbers it had. A row that was gone and comes back in the same words has
    its number again.

    Parameters
    ----------
    earlier : sequence of NumberedDelivery
        All deliveries of the list so far, in order.
    new : Delivery
        The one after.

    Returns
    -------
    rows : ndarray of int64, shape (n_rows,)
        All different.
    match : DeliveryMatch or None
        Against the latest of the earlier ones; None for the first delivery.
    """
    if not earlier:
        return np.arange(new.n_rows, dtype=np.int64), None
    match = match_deliveries(earlier[-1].delivery, new)
    for kept in reversed(earlier):
        if kept.delivery.mark == new.mark and kept.delivery.n_rows == new.n_rows:
            return kept.rows, match
    rows = np.full(new.n_rows, -1, dtype=np.int64)
    _hand_on(earlier[-1].rows, match, rows, changed=True)
    for kept in reversed(earlier[-1 - _LOOK_BACK : -1]):
        if (rows < 0).any():
            _hand_on(kept.rows, match_deliveries(kept.delivery, new), rows, changed=False)
    free = np.flatnonzero(rows < 0)
    top = max((int(kept.rows.max()) for kept in earlier if len(kept.rows)), default=-1)
    rows[free] = np.arange(top + 1, top + 1 + len(free))
    rows.setflags(write=False)
    return rows, match


def _hand_on(numbers: Ints, match: DeliveryMatch, rows: Ints, *, changed: bool) -> None:
    """Write the numbers of matched rows into `rows` where there is none yet and the number is not in use."""
    at = np.flatnonzero((match.new_of >= 0) & (changed | ~match.changed))
    to = match.new_of[at]
    fits = (rows[to] < 0) & ~np.isin(numbers[at], rows[rows >= 0])
    rows[to[fits]] = numbers[at[fits]]


def delivery_at(history: Sequence[NumberedDelivery], number: int) -> int:
    """Return the index of the delivery on which the decision with this number (from 1) was made.

    A decision older than the first delivery that was noted is taken as made on that one.
    """
    found = [k for k, kept in enumerate(history) if kept.n_decisions < number]
    return found[-1] if found else 0


def carry_ids(
    asked: Sequence[tuple[int, str]], histories: Mapping[str, Sequence[NumberedDelivery]]
) -> tuple[CarriedId, ...]:
    """Say what record ids in decisions are called today.

    Parameters
    ----------
    asked : sequence of (int, str)
        Number of the decision, and a record id in it.
    histories : mapping of str to sequence of NumberedDelivery
        For each list of the project, its deliveries in order; the last is today's.

    Returns
    -------
    tuple of CarriedId
        One for each asked, in order.
    """
    bound = bindings_of(histories)
    found: dict[int, CarriedId] = {}
    groups: dict[tuple[str, int], list[tuple[int, int]]] = {}
    by_id: dict[tuple[str, int], list[int]] = {}
    for position, (number, record_id) in enumerate(asked):
        name = record_id.partition(":")[0]
        history = histories.get(name)
        held = bound.get((number, record_id))
        if not history:
            found[position] = CarriedId(then=record_id, now=None, state="unknown")
        elif held is None:
            by_id.setdefault((name, delivery_at(history, number)), []).append(position)
        elif held[1].row < 0:
            state: State = "unfound" if held[1].mark else "unproven"
            found[position] = CarriedId(then=record_id, now=None, state=state, mark=held[1].mark)
        else:
            groups.setdefault((name, held[0]), []).append((position, held[1].row))
    for (name, index), positions in by_id.items():
        then = histories[name][index]
        at = _positions([asked[p][1] for p in positions], then.delivery.table["record_id"])
        for position, place in zip(positions, at.tolist(), strict=True):
            if place < 0:
                found[position] = CarriedId(then=asked[position][1], now=None, state="unknown")
            else:
                groups.setdefault((name, index), []).append((position, int(then.rows[place])))
    for (name, index), members in groups.items():
        ids, rows = [asked[p][1] for p, _ in members], np.array([row for _, row in members], dtype=np.int64)
        found |= dict(zip((p for p, _ in members), _carry(ids, rows, histories[name], index), strict=True))
    return tuple(found[position] for position in range(len(asked)))


def bindings_of(
    histories: Mapping[str, Sequence[NumberedDelivery]],
) -> dict[tuple[int, str], tuple[int, Binding]]:
    """Return for the records of imported decisions, by number and id, the place of the delivery and what was found."""
    return {
        (one.number, one.record_id): (index, one)
        for history in histories.values()
        for index, kept in enumerate(history)
        for one in kept.bound
    }


def carry_pairs(
    pairs: Sequence[tuple[int, str, str]], histories: Mapping[str, Sequence[NumberedDelivery]]
) -> tuple[CarriedPair, ...]:
    """Return the two records of each decision (number, left, right) today, in order (see `carry_ids`)."""
    asked = [(number, one) for number, left, right in pairs for one in (left, right)]
    found = carry_ids(asked, histories)
    return tuple(
        CarriedPair(number=number, left=found[2 * k], right=found[2 * k + 1]) for k, (number, _, _) in enumerate(pairs)
    )


def _carry(ids: Sequence[str], rows: Ints, history: Sequence[NumberedDelivery], index: int) -> list[CarriedId]:
    """Carry rows of one delivery, by the numbers they keep, to the last; `ids` are what the decisions call them."""
    then, now = history[index], history[-1]
    at = _positions_of_numbers(rows, then.rows)
    to = _positions_of_numbers(rows, now.rows)
    there = np.flatnonzero(to >= 0)
    reworded = np.zeros(len(ids), dtype=bool)
    if index < len(history) - 1:
        reworded[there] = rows_differ(then.delivery, at[there], now.delivery, to[there])
    names = now.delivery.table["record_id"].take(pa.array(np.maximum(to, 0))).to_pylist() if len(there) else []
    perhaps = _perhaps(then.delivery, now.delivery, at[to < 0])
    out = []
    for k, record_id in enumerate(ids):
        row = int(rows[k])
        if to[k] < 0:
            other = perhaps.get(int(at[k]))
            out.append(CarriedId(then=record_id, now=None, state="gone", row=row, perhaps=other))
        else:
            state: State = "reworded" if reworded[k] else "same"
            out.append(CarriedId(then=record_id, now=names[k], state=state, row=row))
    return out


def _perhaps(then: Delivery, now: Delivery, gone: Ints) -> dict[int, str]:
    """Return for rows that are gone the id of what stands in their place, if that is plain."""
    if not len(gone):
        return {}
    wanted = set(gone.tolist())
    ids = now.table["record_id"]
    return {i: ids[j].as_py() for i, j in match_deliveries(then, now).proposed if i in wanted}


def _positions(ids: Sequence[str], column: pa.ChunkedArray) -> Ints:
    found = pc.index_in(pa.array(ids, pa.string()), value_set=column.combine_chunks())
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _positions_of_numbers(wanted: Ints, rows: Ints) -> Ints:
    """Return where each number stands among `rows` (all different), or -1."""
    if not len(rows):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(rows, kind="stable")
    at = np.minimum(np.searchsorted(rows[order], wanted), len(rows) - 1)
    return np.where(rows[order][at] == wanted, order[at], -1).astype(np.int64)
