"""Two records side by side: what was delivered, the keys made of it, and where they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any, Literal

import numpy as np

from uncounted.linkage.pairs import Clusterings, ScoredPairs
from uncounted.project.model import ListSpec
from uncounted.records.records import Records
from uncounted.sources.source import Source

Mark = Literal["agree", "partly", "differ", "missing", "aside"]
MARK_WORDS: Mapping[Mark, str] = {
    "agree": "agree",
    "partly": "partly",
    "differ": "differ",
    "missing": "one is missing",
    "aside": "not compared",
}
MARK_SIGNS: Mapping[Mark, str] = {"agree": "=", "partly": "≈", "differ": "≠", "missing": "·", "aside": ""}
_OTHERS = 8  # other records of the same people that are shown
_ALIKE = 0.75  # share of letters in common, in order, from which two words are marked as partly agreeing
_LONG = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A field of one record: as delivered, and as it is compared."""

    raw: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field of both records and how they compare."""

    label: str
    left: Cell
    right: Cell
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Where a record comes from: id, list (name and title), line in the file, script of the name, the row delivered."""

    record_id: str
    list: str
    title: str
    file: str
    line: int
    script: str
    delivered: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another record that may be the same person, in one line."""

    record_id: str
    list: str
    line: int
    name: str
    birth: str
    event: str
    place: str
    same_list: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A pair as a reviewer sees it; nothing of what the model thinks."""

    left: Side
    right: Side
    rows: tuple[FieldRow, ...]
    others: tuple[Other, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the model thinks of a pair: probability, log2 odds, and (field, level in words, match weight) of each."""

    match_prob: float
    match_weight: float
    levels: tuple[tuple[str, str, float | None], ...]


class Cards:
    """Makes the cards of a run's records.

    Parameters
    ----------
    records : Records
        In the standard shape.
    lists : sequence of ListSpec
        As declared in the project file: what lists are called, and which column of a file holds what.
    sources : sequence of Source
        The lists as delivered; may be empty, then only what the records keep is shown.
    clusterings : Clusterings or None
        The best clustering names the other records shown beside a pair.
    """

    def __init__(
        self,
        records: Records,
        lists: Sequence[ListSpec],
        sources: Sequence[Source] = (),
        clusterings: Clusterings | None = None,
    ) -> None:
        self._table = records.table
        self._number_of = {one: n for n, one in enumerate(records.table["record_id"].to_pylist())}
        self._specs = {spec.name: spec for spec in lists}
        self._sources = {source.name: source for source in sources}
        self._lines: dict[str, Any] = {s.name: s.table["__line"].to_numpy() for s in sources}
        self._labels = None if clusterings is None else clusterings.point

    def card(self, left: str, right: str) -> Card:
        """Return the card of two records, by id."""
        one, two = self._record(self._number_of[left]), self._record(self._number_of[right])
        sides = self._side(one), self._side(two)
        rows = tuple(self._rows((one, sides[0]), (two, sides[1])))
        return Card(left=sides[0], right=sides[1], rows=rows, others=self._others(one, two))

    def _record(self, number: int) -> dict[str, Any]:
        return dict(self._table.slice(number, 1).to_pylist()[0])

    def _side(self, record: dict[str, Any]) -> Side:
        name = record["list"]
        spec, source = self._specs.get(name), self._sources.get(name)
        return Side(
            record_id=record["record_id"],
            list=name,
            title=spec.title if spec else name,
            file=source.file if source else spec.file.name if spec else "",
            line=record["line"],
            script=record["script"] or "",
            delivered=self._delivered(name, record["line"]),
        )

    def _delivered(self, name: str, line: int) -> tuple[tuple[str, str], ...]:
        source = self._sources.get(name)
        if source is None:
            return ()
        at = np.flatnonzero(self._lines[name] == line)
        if len(at) != 1:
            return ()
        row = source.table.slice(int(at[0]), 1).to_pylist()[0]
        return tuple((column, str(row[column] or "")) for column in source.columns)

    def _mapped(self, side: Side, *fields: str) -> str:
        """Return what the columns mapped to these fields held, joined by a blank."""
        spec = self._specs.get(side.list)
        if spec is None:
            return ""
        header = dict(spec.columns)
        held = dict(side.delivered)
        return " ".join(v for f in fields if f in header and (v := held.get(header[f], "")))

    def _rows(self, one: tuple[dict[str, Any], Side], two: tuple[dict[str, Any], Side]) -> list[FieldRow]:
        (a, left), (b, right) = one, two
        rows = [
            FieldRow(
                label="Name",
                left=Cell(raw=a["name_raw"] or "", key=" ".join(a["name_keys"] or ())),
                right=Cell(raw=b["name_raw"] or "", key=" ".join(b["name_keys"] or ())),
                mark=_compare_sets(a["name_keys"], b["name_keys"]),
            )
        ]
        for label, key, field in (
            ("Surname", "surname_key", "surname"),
            ("Given name", "given_key", "given"),
            ("Patronymic", "patronymic_key", "patronymic"),
        ):
            initial = "" if key == "surname_key" else f"{field}_initial"
            cells = [
                Cell(raw=self._mapped(side, field), key=_key_or_initial(r, key, initial))
                for r, side in ((a, left), (b, right))
            ]
            rows.append(FieldRow(label=label, left=cells[0], right=cells[1], mark=_compare_part(a, b, key, initial)))
        for label, field in (("Born", "birth"), ("Event", "event"), ("List learned", "known")):
            cells = [
                Cell(raw=self._mapped(side, field), key=_date_words(r[f"{field}_from"], r[f"{field}_to"]))
                for r, side in ((a, left), (b, right))
            ]
            mark = _compare_dates(*(r[f"{field}_{end}"] for r in (a, b) for end in ("from", "to")))
            if field == "known":  # lists learn of the same event on different days
                mark = "aside"
            rows.append(FieldRow(label=label, left=cells[0], right=cells[1], mark=mark))
        rows.append(
            FieldRow(
                label="Place",
                left=Cell(raw=a["place_raw"] or "", key=a["place_key"] or ""),
                right=Cell(raw=b["place_raw"] or "", key=b["place_key"] or ""),
                mark=_compare_words(a["place_key"], b["place_key"]),
            )
        )
        for label, field in (("Sex", "sex"), ("Kind", "kind")):
            cells = [Cell(raw=self._mapped(side, field), key=r[field] or "") for r, side in ((a, left), (b, right))]
            rows.append(FieldRow(label=label, left=cells[0], right=cells[1], mark=_compare_codes(a[field], b[field])))
        return [r for r in rows if r.left.raw or r.left.key or r.right.raw or r.right.key]

    def _others(self, one: dict[str, Any], two: dict[str, Any]) -> tuple[Other, ...]:
        """Return the other records of both records' clusters, together, so that it does not show if that is one."""
        if self._labels is None:
            return ()
        shown = {one["record"], two["record"]}
        labels = [self._labels[number] for number in sorted(shown)]
        members = [int(n) for n in np.flatnonzero(np.isin(self._labels, labels)) if int(n) not in shown]
        lists = {one["list"], two["list"]}
        out = [_other(self._record(n), lists) for n in members]
        return tuple(sorted(out, key=lambda o: not o.same_list)[:_OTHERS])


def opinion_of(pairs: ScoredPairs, position: int) -> Opinion:
    """Return what the model thinks of the pair in a row of `pairs.table`."""
    row = pairs.table.slice(position, 1).to_pylist()[0]
    levels: dict[str, list[tuple[str, float]]] = {}
    for weight in pairs.weights:
        levels.setdefault(weight.comparison, []).append((weight.level, weight.match_weight))
    said: list[tuple[str, str, float | None]] = []
    for comparison, held in levels.items():
        value = row.get(f"level_{comparison}")
        if value is None:
            continue
        # Levels are numbered from the last ("everything else") up; -1 says that a value is missing.
        inside = 0 <= value < len(held)
        words, match_weight = held[len(held) - 1 - value] if inside else ("missing", None)
        said.append((comparison, words, match_weight))
    return Opinion(match_prob=row["match_prob"], match_weight=row["match_weight"], levels=tuple(said))


def _other(record: dict[str, Any], lists: set[str]) -> Other:
    return Other(
        record_id=record["record_id"],
        list=record["list"],
        line=record["line"],
        name=record["name_raw"] or "",
        birth=_date_words(record["birth_from"], record["birth_to"]),
        event=_date_words(record["event_from"], record["event_to"]),
        place=record["place_raw"] or "",
        same_list=record["list"] in lists,
    )


def _key_or_initial(record: dict[str, Any], key: str, initial: str) -> str:
    if record[key]:
        return str(record[key])
    return f"{record[initial]}." if initial and record[initial] else ""


def _compare_part(a: dict[str, Any], b: dict[str, Any], key: str, initial: str) -> Mark:
    if a[key] and b[key]:
        return _compare_words(a[key], b[key])
    if initial and a[initial] and b[initial]:
        return "partly" if a[initial] == b[initial] else "differ"
    return "missing"


def _compare_words(a: str | None, b: str | None) -> Mark:
    if not a or not b:
        return "missing"
    if a == b:
        return "agree"
    return "partly" if SequenceMatcher(None, a[:_LONG], b[:_LONG], autojunk=False).ratio() >= _ALIKE else "differ"


def _compare_codes(a: str | None, b: str | None) -> Mark:
    if not a or not b:
        return "missing"
    return "agree" if a == b else "differ"


def _compare_sets(a: Sequence[str] | None, b: Sequence[str] | None) -> Mark:
    if not a or not b:
        return "missing"
    if set(a) == set(b):
        return "agree"
    return "partly" if set(a) & set(b) else "differ"


def _compare_dates(a_from: date | None, a_to: date | None, b_from: date | None, b_to: date | None) -> Mark:
    if a_from is None or a_to is None or b_from is None or b_to is None:
        return "missing"
    if (a_from, a_to) == (b_from, b_to):
        return "agree" if a_from == a_to else "partly"
    return "partly" if a_from <= b_to and b_from <= a_to else "differ"


def _date_words(start: date | None, end: date | None) -> str:
    """Return a range of days as briefly as it can be said: a day, a month, a year, or both ends."""
    if start is None or end is None:
        return ""
    if start == end:
        return start.isoformat()
    if start.day == 1 and (end == date.max or (end + timedelta(days=1)).day == 1):
        if (start.year, start.month) == (end.year, end.month):
            return start.isoformat()[:7]
        if start.month == 1 and end.month == 12:
            return f"{start.year:04d}" if start.year == end.year else f"{start.year:04d}–{end.year:04d}"
    return f"{start.isoformat()} to {end.isoformat()}"
