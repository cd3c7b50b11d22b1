"""What a run leaves in the store for the next: deliveries without values, who was who, and a summary."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.project.model import ListSpec
from uncounted.records.deliveries import SALT_BYTES, mark_of, take_delivery
from uncounted.records.records import Records
from uncounted.records.row_history import Binding, NumberedDelivery, number_rows
from uncounted.register.identity import (
    Identities,
    IdentityStep,
    apply_step,
    assign_person_ids,
    person_id,
    replay,
    row_keys,
    with_lists,
)
from uncounted.sources.source import Source
from uncounted.store import Store, from_json, to_json

Histories = Mapping[str, Sequence[NumberedDelivery]]
Ints = NDArray[np.int64]
_SALT, _DELIVERY, _PEOPLE, _SUMMARY, _BOUND = "salt", "delivery:", "people", "summary", "bound:"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What one run found, small enough to be kept for ever; numbers and ids alone.

    Attributes
    ----------
    link_key, run_id : str
        Of the linkage, and of the whole run ("" if it stopped after linking).
    deliveries : tuple of (str, int)
        For each list, which of its deliveries was used, from 0.
    n_steps, last_person : int
        Identity steps up to and with this run, and the highest person number given.
    n_people : int
        In the best single clustering.
    lists, strata, cells
        The table of that clustering: people per stratum and capture pattern; empty if it was not counted.
    n_total, low, high, level, verdict, choice
        The answer; n_total is None if the verdict withholds it or nothing was estimated.
    outlook : str
        What more decisions about pairs would bring, in a sentence for reviewers.
    """

    link_key: str
    run_id: str = ""
    deliveries: tuple[tuple[str, int], ...] = ()
    n_steps: int = 0
    last_person: int = 0
    n_people: int = 0
    lists: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    cells: tuple[tuple[int, ...], ...] = ()
    n_total: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    verdict: str = ""
    choice: str = ""
    outlook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedPeople:
    """The people of a linking under their lasting numbers: one number a record, shape (n_records,)."""

    numbers: Ints
    n_steps: int
    last: int

    @property
    def ids(self) -> tuple[str, ...]:
        """The person id of each record, in order of `record`."""
        return tuple(person_id(int(number)) for number in self.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """What an import found out about one list, while the delivery at this place was its latest (-1: there was none).

    It is noted before the decisions are, so that they are never there without it; it counts once the log holds the
    decision `last` with this hash.
    """

    delivery: int
    last: int
    last_hash: str
    bindings: tuple[Binding, ...]


def load_histories(store: Store, lists: Sequence[str]) -> dict[str, list[NumberedDelivery]]:
    """Return the deliveries noted for each list, in order, with what imports found out about their rows."""
    found: dict[str, list[NumberedDelivery]] = {}
    hash_of: dict[int, str] | None = None
    for name in lists:
        rows = store.history(_DELIVERY + name)
        kept = [replace(from_json(row.payload, NumberedDelivery), n_decisions=row.n_decisions) for row in rows]
        bound: dict[tuple[int, str], tuple[int, Binding]] = {}
        for row in store.history(_BOUND + name):
            if hash_of is None:
                hash_of = {entry.number: entry.chain_hash for entry in store.decision_rows()}
            one = from_json(row.payload, _Bound)
            if hash_of.get(one.last) == one.last_hash:  # else the import was cut off after this note
                bound |= {(b.number, b.record_id): (max(one.delivery, 0), b) for b in one.bindings}
        found[name] = [
            replace(entry, bound=tuple(b for place, b in bound.values() if place == index))
            for index, entry in enumerate(kept)
        ]
    return found


def note_bindings(
    store: Store,
    name: str,
    history: Sequence[NumberedDelivery],
    bindings: Sequence[Binding],
    *,
    last_hash: str,
    at: str,
) -> None:
    """Note which rows of a list decisions are about that are to be imported; `last_hash` is that of the last of them.

    Must be called before those decisions are appended, and with bindings in order of their numbers.
    """
    payload = _Bound(delivery=len(history) - 1, last=bindings[-1].number, last_hash=last_hash, bindings=tuple(bindings))
    store.add_history(_BOUND + name, "", at, to_json(payload))


def note_deliveries(
    store: Store, sources: Sequence[Source], records: Records, specs: Sequence[ListSpec], *, at: str
) -> dict[str, list[NumberedDelivery]]:
    """Note every list that was delivered anew since it was last seen, and return the deliveries of all lists.

    Must be called before a decision on these records is appended: a decision is read as made on the latest delivery
    noted before it.

    Parameters
    ----------
    store : Store
        Open.
    sources, records, specs
        The lists as delivered, standardised and declared; of the same lists.
    at : str
        When, in ISO form; for the reader of the store alone.
    """
    histories = load_histories(store, records.lists)
    n_before = {name: len(kept) for name, kept in histories.items()}
    fresh = with_today(histories, sources, records, specs, salt=_salt(store, at))
    new = [(name, one) for name, kept in fresh.items() for one in kept[n_before[name] :]]
    for name, one in new:
        store.add_history(_DELIVERY + name, one.delivery.mark, at, to_json(one))
    return load_histories(store, records.lists) if new else histories


def with_today(
    histories: Histories,
    sources: Sequence[Source],
    records: Records,
    specs: Sequence[ListSpec],
    *,
    salt: bytes,
    n_decisions: int = 0,
) -> dict[str, list[NumberedDelivery]]:
    """Return the histories with a further delivery for each list that is not as it was; nothing is written.

    `n_decisions` is how many decisions the log holds, all of them made before these deliveries.
    """
    declared = {spec.name: spec for spec in specs}
    found: dict[str, list[NumberedDelivery]] = {}
    list_of = records.table["list"].to_numpy(zero_copy_only=False)
    for source in sources:
        kept = list(histories.get(source.name, ()))
        spec = declared[source.name]
        if not kept or kept[-1].delivery.mark != mark_of(source, spec):
            mine = np.flatnonzero(list_of == source.name)
            ids = records.table["record_id"].take(mine).to_pylist()
            delivery = take_delivery(source, spec, ids, salt=salt)
            rows, match = number_rows(kept, delivery)
            notes = match.notes if match else ()
            kept.append(NumberedDelivery(delivery=delivery, rows=rows, n_decisions=n_decisions, notes=notes))
        found[source.name] = kept
    return found


def salt_of(store: Store) -> bytes:
    """Return the store's salt, or a new one that is not kept if it has none: then nothing is there to compare with."""
    kept = store.history(_SALT)
    return kept[0].payload if kept else secrets.token_bytes(SALT_BYTES)


def _salt(store: Store, at: str) -> bytes:
    if not store.history(_SALT):
        store.add_history(_SALT, "", at, secrets.token_bytes(SALT_BYTES))
    return store.history(_SALT)[0].payload


def load_steps(store: Store) -> list[IdentityStep]:
    """Return what each linking changed about who is who, in order."""
    return [from_json(row.payload, IdentityStep) for row in store.history(_PEOPLE)]


def note_people(
    store: Store, histories: Histories, records: Records, labels: Ints, *, key: str, at: str
) -> NamedPeople:
    """Give the people of a linking their lasting ids, and keep what changed.

    Parameters
    ----------
    store : Store
        Open.
    histories : mapping
        Of all lists of the records; the last delivery of each is that of the records.
    records : Records
        What was linked.
    labels : ndarray of int64, shape (n_records,)
        The best single clustering.
    key, at : str
        Of the linkage, and when (ISO).
    """
    steps = load_steps(store)
    before = replay(steps)
    lists, keys = keys_of(before, records.lists, histories)
    numbers, step = assign_person_ids(before, lists, keys, labels, records.table["record_id"].to_pylist())
    if len(step.keys):
        store.add_history(_PEOPLE, key, at, to_json(step))
        steps.append(step)
        before = apply_step(before, step)
    numbers.setflags(write=False)
    return NamedPeople(numbers=numbers, n_steps=len(steps), last=before.last)


def keys_of(
    before: Identities, names: Sequence[str], histories: Histories, at: Mapping[str, int] | None = None
) -> tuple[tuple[str, ...], Ints]:
    """Return the lists of the identities and the key of every row, list by list in order of lines.

    `at` says which delivery of each list (default: the last). Records are in order of list, then line, so the keys
    are in order of `record`.
    """
    lists = with_lists(before, names)
    rows = [histories[name][at[name] if at else -1].rows for name in names]
    list_of = np.repeat(np.arange(len(names)), [len(r) for r in rows])
    return lists, row_keys(lists, names, list_of, np.concatenate(rows) if rows else np.zeros(0, np.int64))


def note_summary(store: Store, summary: RunSummary, *, at: str) -> None:
    """Keep the summary of a run, unless the last one kept says as much."""
    kept = load_summaries(store)
    known = bool(kept) and (kept[-1] == summary or (not summary.run_id and kept[-1].link_key == summary.link_key))
    if not known:
        store.add_history(_SUMMARY, summary.run_id or summary.link_key, at, to_json(summary))


def load_summaries(store: Store) -> list[RunSummary]:
    """Return the summaries of all runs, in order."""
    return [from_json(row.payload, RunSummary) for row in store.history(_SUMMARY)]
