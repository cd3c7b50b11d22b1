"""Fingerprints of rows: by them a decision that left the store finds its row again, or none.

A fingerprint is 40 bits of the keyed digest of all mapped raw cells but the id, and which of the rows that read alike
it is ("r00ff00ff00-1of2"). It lies beside its key wherever it goes, so it can confirm a row to somebody who already
has it; it is cut so short that whoever goes through all possible rows finds many that fit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from uncounted.records.deliveries import Delivery
from uncounted.records.row_history import Binding, NumberedDelivery, bindings_of, delivery_at
from uncounted.records.row_matching import content_digests

_BITS = 40
_FORM = re.compile(r"r[0-9a-f]{10}-[1-9][0-9]{0,8}of[1-9][0-9]{0,8}")


def is_print(text: str) -> bool:
    """Return whether a text has the form of a fingerprint."""
    return _FORM.fullmatch(text) is not None


def row_prints(delivery: Delivery) -> list[str]:
    """Return the fingerprint of each row of a delivery, all different, in order of lines."""
    bodies = [f"r{int(digest) >> (64 - _BITS):010x}" for digest in content_digests(delivery)]
    n_of, seen = Counter(bodies), Counter[str]()
    found = []
    for body in bodies:
        seen[body] += 1
        found.append(f"{body}-{seen[body]}of{n_of[body]}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    ids: list[str]
    own: list[bool]
    prints: list[str]
    at_id: dict[str, int]
    at_print: dict[str, int]


class RowPrints:
    """The rows of one delivery of each list, to be found by fingerprint.

    Parameters
    ----------
    deliveries : iterable of Delivery
        One of each list, all digested with one key.
    only_ones : iterable of str
        Lists that were never delivered otherwise: there an id alone tells the row.
    """

    def __init__(self, deliveries: Iterable[Delivery], only_ones: Iterable[str] = ()) -> None:
        self._rows = {one.list: _rows_of(one) for one in deliveries}
        self._only_ones = frozenset(only_ones)

    def of(self, record_id: str) -> str:
        """Return the fingerprint of a record, "" if there is none of that id."""
        rows = self._rows.get(list_of(record_id))
        at = rows.at_id.get(record_id) if rows else None
        return rows.prints[at] if rows and at is not None else ""

    def place(self, record_id: str, mark: str) -> int:
        """Return the place in its list of the row that had this id and this fingerprint, or -1.

        A row of the same own id that reads the same is that row, whatever became of rows like it. Otherwise it is the
        row of that fingerprint; if there are more or fewer rows that read so than then, none is.
        """
        rows = self._rows.get(list_of(record_id))
        if rows is None:
            return -1
        at = rows.at_id.get(record_id, -1)
        if at >= 0 and rows.own[at] and rows.prints[at].partition("-")[0] == mark.partition("-")[0]:
            return at
        return rows.at_print.get(mark, -1)

    def place_by_own_id(self, record_id: str) -> int:
        """Return the place in its list of the record that has this id as its own, or -1."""
        rows = self._rows.get(list_of(record_id))
        at = rows.at_id.get(record_id, -1) if rows else -1
        return at if rows and at >= 0 and rows.own[at] else -1

    @property
    def delivered_anew(self) -> bool:
        """Whether any list was: then other pairs may come up than before."""
        return not self._only_ones.issuperset(self._rows)

    def only_delivery(self, record_id: str) -> bool:
        """Return whether the list of a record was never delivered otherwise."""
        return list_of(record_id) in self._only_ones

    def today(self, record_id: str, mark: str) -> str | None:
        """Return the id which the row with this id and fingerprint has here; None if it is not to be found.

        Without a fingerprint the id is taken if it is the list's own, or the list was never delivered otherwise.
        """
        rows = self._rows.get(list_of(record_id))
        if rows is None:
            return None
        if not mark:
            sure = self.only_delivery(record_id) or self.place_by_own_id(record_id) >= 0
            return record_id if sure else None
        at = self.place(record_id, mark)
        return rows.ids[at] if at >= 0 else None


def prints_today(histories: Mapping[str, Sequence[NumberedDelivery]]) -> RowPrints:
    """Return the rows of the latest delivery of each list."""
    kept = {name: history for name, history in histories.items() if history}
    once = [name for name, history in kept.items() if len(history) == 1]
    return RowPrints((history[-1].delivery for history in kept.values()), once)


class PrintsThen:
    """The fingerprints of records as they were when they were decided on."""

    def __init__(self, histories: Mapping[str, Sequence[NumberedDelivery]]) -> None:
        self._histories = histories
        self._bound = bindings_of(histories)
        self._read: dict[tuple[str, int], dict[str, str]] = {}

    def imported(self, number: int, record_id: str) -> Binding | None:
        """Return how an imported decision was bound; None for one that was made in this store."""
        held = self._bound.get((number, record_id))
        return held[1] if held else None

    def of(self, number: int, record_id: str) -> str:
        """Return the fingerprint of a record, under this store's key, as it was when it was decided on or bound.

        "" if no delivery of then had it, or the decision was imported and its row not found by its id.
        """
        name = list_of(record_id)
        history = self._histories.get(name)
        held = self._bound.get((number, record_id))
        if not history or (held and (held[1].row < 0 or held[1].mark)):
            return ""
        index = held[0] if held else delivery_at(history, number)
        if (name, index) not in self._read:
            rows = _rows_of(history[index].delivery)
            self._read[name, index] = dict(zip(rows.ids, rows.prints, strict=True))
        return self._read[name, index].get(record_id, "")


def list_of(record_id: str) -> str:
    """Return the list that a record id names."""
    return record_id.partition(":")[0]


def _rows_of(delivery: Delivery) -> _Rows:
    ids, prints = delivery.table["record_id"].to_pylist(), row_prints(delivery)
    return _Rows(
        ids=ids,
        own=delivery.table["own"].to_pylist(),
        prints=prints,
        at_id={one: k for k, one in enumerate(ids)},
        at_print={one: k for k, one in enumerate(prints)},
    )
