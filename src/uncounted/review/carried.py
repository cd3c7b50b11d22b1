"""The log of decisions as it reads today: every record under the id it has now, nothing carried to another record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from uncounted.records.row_history import CarriedId, CarriedPair, NumberedDelivery, carry_pairs
from uncounted.review.decisions import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedLog:
    """The log under the ids of today.

    Attributes
    ----------
    log : tuple of Decision
        For `resolve` and all that follows, in order. A record that is gone has an id no record has. The hashes are
        those of the original entries, so this log is not to be verified, exported or appended to.
    to_look_at : tuple of CarriedPair
        Decisions in force on records that are gone, unknown, not found when they were imported, or in other words than
        those decided on.
    """

    log: tuple[Decision, ...]
    to_look_at: tuple[CarriedPair, ...]


def carry_log(log: Sequence[Decision], histories: Mapping[str, Sequence[NumberedDelivery]]) -> CarriedLog:
    """Read a log with the record ids of today.

    A decision supersedes another only if both are about the same two rows: after a new delivery the same id may stand
    for another row, and the same row for another id. A withdrawal is about what it withdraws, whatever its ids mean
    by then.

    Parameters
    ----------
    log : sequence of Decision
        The whole log of the store, verified.
    histories : mapping of str to sequence of NumberedDelivery
        For each list its deliveries in order (see `register.keeping.load_histories`).
    """
    carried = {pair.number: pair for pair in carry_pairs([(d.number, d.left, d.right) for d in log], histories)}
    made: list[Decision] = []
    by_number: dict[int, Decision] = {}
    in_force: dict[tuple[str, str, str, bool], Decision] = {}
    for entry in log:
        taken_back = by_number.get(entry.supersedes or 0) if entry.judgement == "withdrawn" else None
        if taken_back is not None:
            now = replace(entry, left=taken_back.left, right=taken_back.right, supersedes=taken_back.number)
        else:
            pair = carried[entry.number]
            left, right = sorted((_name(pair.left), _name(pair.right)))
            now = replace(entry, left=left, right=right, supersedes=None)
            named = by_number.get(entry.supersedes or 0)
            # Logs of before let one reviewer supersede another: that holds as well, if the rows are the same.
            old = named if named is not None and named.pair == now.pair else in_force.get(now.lane)
            if old is not None:
                now = replace(now, supersedes=old.number)
                in_force.pop(old.lane, None)
        if taken_back is not None:
            if in_force.get(taken_back.lane) is taken_back:
                del in_force[taken_back.lane]
        elif now.judgement != "withdrawn":
            in_force[now.lane] = now
        made.append(now)
        by_number[now.number] = now
    held_numbers = {d.number for d in in_force.values()}
    look = tuple(carried[d.number] for d in made if d.number in held_numbers and carried[d.number].needs_a_look)
    return CarriedLog(log=tuple(made), to_look_at=look)


def _name(one: CarriedId) -> str:
    """Return today's id; for a row that is gone or not found, one that no record has and that is its own for ever."""
    if one.now is not None:
        return one.now
    if one.state == "gone":
        return f"{one.then} (gone, row {one.row})"
    return f"{one.then} ({' '.join((one.state, one.mark)).rstrip()})"
