"""Person ids that stay: who was P-000123 when the lists were linked before is P-000123 now, or it is said.

The rule. Of all pairs of an earlier person and a new cluster, the one that shares most records is settled first (ties:
the lowest id, then the cluster with the first record id); a settled person or cluster takes no further part. A cluster
left over gets the next number; numbers are never given to anybody else. Only one thing brings a lost id back: exactly
the records that had it are one person again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_ROW_BITS = 40  # a key is the list's position times 2**40, plus the number the row keeps


def _empty() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identities:
    """Which person every row ever linked belonged to when it was last there.

    Attributes
    ----------
    lists : tuple of str
        In order of first appearance; their position is part of the keys and never changes.
    keys, person, former : ndarray of int64, shape (R,)
        Rows (sorted keys), the number of their person, and of the last person of theirs whose id was lost (0: none).
    last : int
        The highest number given so far.
    lost, lost_size : ndarray of int64, shape (L,)
        Numbers that no row has any more (sorted), and how many rows each had when it was lost.
    """

    lists: tuple[str, ...] = ()
    keys: Ints = field(default_factory=_empty)
    person: Ints = field(default_factory=_empty)
    former: Ints = field(default_factory=_empty)
    last: int = 0
    lost: Ints = field(default_factory=_empty)
    lost_size: Ints = field(default_factory=_empty)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IdentityStep:
    """What one linking changed: rows (sorted keys) and the person each has from now on; `lists` as in `Identities`."""

    lists: tuple[str, ...]
    keys: Ints
    person: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRecord:
    """A record that went from one person to another; both go on."""

    record_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanges:
    """What became of the people of an earlier run, by id.

    Attributes
    ----------
    n_before, n_after : int
        People then and now.
    new : tuple of str
        People none of whose records was there before.
    gone : tuple of str
        People none of whose records is there now.
    merged : tuple of (str, str)
        An id that is no more, and the person all its records went to.
    split : tuple of (str, tuple of str)
        A person, and all whose records it became; its own id stands among them if it goes on.
    moved : tuple of MovedRecord
        Records that went from one person to another, both of which were there before and go on.
    returned : tuple of str
        People who are back under the id they had in a run before the earlier one.
    """

    n_before: int
    n_after: int
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    merged: tuple[tuple[str, str], ...] = ()
    split: tuple[tuple[str, tuple[str, ...]], ...] = ()
    moved: tuple[MovedRecord, ...] = ()
    returned: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.gone or self.merged or self.split or self.moved or self.returned)


def person_id(number: int) -> str:
    """Return the id of a person: P-000123."""
    return f"P-{number:06d}"


def with_lists(before: Identities, names: Sequence[str]) -> tuple[str, ...]:
    """Return the lists of the identities with those that are new at the end."""
    return (*before.lists, *(name for name in names if name not in before.lists))


def row_keys(lists: Sequence[str], names: Sequence[str], list_of: Ints, rows: Ints) -> Ints:
    """Return the key of each record.

    Parameters
    ----------
    lists : sequence of str
        Of the identities (see `with_lists`).
    names : sequence of str
        Lists of the records.
    list_of, rows : ndarray of int64, shape (n,)
        Position of each record's list in `names`, and the number its row keeps (see `records.row_history`).
    """
    position = np.array([list(lists).index(name) for name in names], dtype=np.int64)
    return np.asarray((position[list_of] << _ROW_BITS) + rows, dtype=np.int64) if len(rows) else _empty()


def assign_person_ids(
    before: Identities, lists: tuple[str, ...], keys: Ints, labels: Ints, record_ids: Sequence[str]
) -> tuple[Ints, IdentityStep]:
    """Give every new cluster the number of the person it continues, or a new one.

    Parameters
    ----------
    before : Identities
        As the last linking left them; empty at the first.
    lists : tuple of str
        See `with_lists`.
    keys : ndarray of int64, shape (n,)
        See `row_keys`; all different.
    labels : ndarray of int64, shape (n,)
        The cluster of each record; any numbers.
    record_ids : sequence of str, length n
        Settle ties and the order of new numbers, so that the order of records plays no part.

    Returns
    -------
    numbers : ndarray of int64, shape (n,)
        The person of each record.
    step : IdentityStep
        What changed; nothing if the same clusters come again.

    Raises
    ------
    ValueError
        If the arrays differ in length or a key comes twice.
    """
    n = len(keys)
    if not n == len(labels) == len(record_ids):
        raise ValueError("keys, labels and record ids must have one entry a record")
    if len(np.unique(keys)) != n:
        raise ValueError("a row stands in the records twice")
    held, former = _look_up(before, keys)
    cluster, first = _clusters(labels, record_ids)
    number = _continued(cluster, held, len(first))
    _bring_back(number, before, cluster, former)
    fresh = np.flatnonzero(number == 0)
    number[fresh] = before.last + 1 + np.arange(len(fresh))  # clusters are in order of their first record id
    numbers = number[cluster] if n else _empty()
    changed = np.flatnonzero(numbers != held)
    order = changed[np.argsort(keys[changed], kind="stable")]
    return numbers, IdentityStep(lists=lists, keys=keys[order], person=numbers[order])


def apply_step(before: Identities, step: IdentityStep) -> Identities:
    """Return the identities after a step. Applying all steps in order gives today's."""
    keys = np.union1d(before.keys, step.keys).astype(np.int64)
    person, former = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    at = np.searchsorted(keys, before.keys)
    person[at], former[at] = before.person, before.former
    held = person.copy()
    person[np.searchsorted(keys, step.keys)] = step.person
    ids, sizes = np.unique(before.person, return_counts=True)
    now = np.unique(person)
    out = ~np.isin(ids, now)
    left = np.isin(held, ids[out]) & (held > 0)
    former[left] = held[left]
    still = ~np.isin(before.lost, now)
    lost, lost_size = np.r_[before.lost[still], ids[out]], np.r_[before.lost_size[still], sizes[out]]
    order = np.argsort(lost, kind="stable")
    return Identities(
        lists=step.lists,
        keys=keys,
        person=person,
        former=former,
        last=max(before.last, int(person.max(initial=0))),
        lost=lost[order].astype(np.int64),
        lost_size=lost_size[order].astype(np.int64),
    )


def replay(steps: Sequence[IdentityStep]) -> Identities:
    """Return the identities after all steps."""
    found = Identities()
    for step in steps:
        found = apply_step(found, step)
    return found


def persons_of(identities: Identities, keys: Ints) -> Ints:
    """Return the person of each row; 0 for a row never linked."""
    return _look_up(identities, keys)[0]


def compare_people(
    before: tuple[Ints, Ints],
    after: tuple[Ints, Ints],
    *,
    last_before: int,
    record_ids: Sequence[str],
) -> PersonChanges:
    """Say what became of the people of an earlier run.

    Parameters
    ----------
    before, after : tuple of (keys, numbers)
        The rows that were there in either run, and their persons.
    last_before : int
        The highest number given up to the earlier run: a lower one that was not there has come back.
    record_ids : sequence of str
        Of the later run's rows.

    Returns
    -------
    PersonChanges
        Everything in order of number.
    """
    people_before, people_after = np.unique(before[1]), np.unique(after[1])
    _, i, j = np.intersect1d(before[0], after[0], assume_unique=True, return_indices=True)
    went, came = before[1][i], after[1][j]
    gone = np.setdiff1d(np.setdiff1d(people_before, people_after), went)
    not_before = np.setdiff1d(people_after, people_before)
    new = not_before[not_before > last_before]
    new = np.setdiff1d(new, came)
    flows: dict[int, set[int]] = {}
    moved: list[MovedRecord] = []
    ends, starts = set(np.setdiff1d(people_before, people_after).tolist()), set(not_before.tolist())
    for k in np.flatnonzero(went != came):
        p, q = int(went[k]), int(came[k])
        if p in ends or q in starts:
            flows.setdefault(p, set()).add(q)
        else:
            moved.append(MovedRecord(record_id=record_ids[int(j[k])], before=person_id(p), after=person_id(q)))
    merged = [(p, min(to)) for p, to in flows.items() if p in ends and len(to) == 1]
    split = [(p, to if p in ends else {p, *to}) for p, to in flows.items() if p not in ends or len(to) > 1]
    return PersonChanges(
        n_before=len(people_before),
        n_after=len(people_after),
        new=_ids(new),
        gone=_ids(gone),
        merged=tuple((person_id(p), person_id(q)) for p, q in sorted(merged)),
        split=tuple((person_id(p), _ids(sorted(to))) for p, to in sorted(split, key=lambda found: found[0])),
        moved=tuple(sorted(moved, key=lambda found: (found.before, found.after, found.record_id))),
        returned=_ids(not_before[not_before <= last_before]),
    )


def _ids(numbers: Sequence[int] | Ints) -> tuple[str, ...]:
    return tuple(person_id(int(number)) for number in numbers)


def _look_up(identities: Identities, keys: Ints) -> tuple[Ints, Ints]:
    """Return person and lost person of each row, 0 where there is none."""
    if not len(identities.keys):
        return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    at = np.minimum(np.searchsorted(identities.keys, keys), len(identities.keys) - 1)
    known = identities.keys[at] == keys
    return np.where(known, identities.person[at], 0), np.where(known, identities.former[at], 0)


def _clusters(labels: Ints, record_ids: Sequence[str]) -> tuple[Ints, Ints]:
    """Return clusters numbered in order of their first record id: each record's and where each one's first is."""
    order = np.array(sorted(range(len(record_ids)), key=record_ids.__getitem__), dtype=np.int64)
    _, first, inverse = np.unique(np.asarray(labels)[order], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    cluster = np.empty(len(order), dtype=np.int64)
    cluster[order] = rank[inverse]
    return cluster, np.sort(first)


def _continued(cluster: Ints, held: Ints, n_clusters: int) -> Ints:
    """Return for each cluster the person it continues, or 0: most records first, then lowest id, then first cluster."""
    number = np.zeros(n_clusters, dtype=np.int64)
    known = np.flatnonzero(held > 0)
    width = int(held.max(initial=0)) + 1
    pairs, shared = np.unique(cluster[known] * width + held[known], return_counts=True)
    of_cluster, of_person = pairs // width, pairs % width
    settled: set[int] = set()
    for k in np.lexsort((of_cluster, of_person, -shared)):
        c, p = int(of_cluster[k]), int(of_person[k])
        if number[c] == 0 and p not in settled:
            number[c] = p
            settled.add(p)
    return number


def _bring_back(number: Ints, before: Identities, cluster: Ints, former: Ints) -> None:
    """Give a cluster without number the lost one that exactly its records had."""
    if not len(before.lost) or not len(cluster):
        return
    sizes = np.bincount(cluster, minlength=len(number))
    low = np.full(len(number), np.iinfo(np.int64).max)
    high = np.zeros(len(number), dtype=np.int64)
    np.minimum.at(low, cluster, former)
    np.maximum.at(high, cluster, former)
    for c in np.flatnonzero((number == 0) & (low == high) & (high > 0)):
        k = int(np.searchsorted(before.lost, high[c]))
        found = k < len(before.lost) and before.lost[k] == high[c]
        if found and before.lost_size[k] == sizes[c]:
            number[c] = high[c]
