"""Invented records in the standard shape, with a known truth, for the tests of linkage. No real person is in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from uncounted.records.fold import skeleton
from uncounted.records.records import RECORD_SCHEMA, Records

_ONSETS = ["b", "v", "g", "d", "zh", "k", "l", "m", "n", "p", "r", "s", "t", "sh", "kr", "st", "br", "tr", "dr", "ch"]
_VOWELS = ["a", "e", "i", "o", "u"]
_ENDS = ["enko", "chuk", "ov", "ski", "yuk", "in", "ak", "ets", "man", "ar"]
_LETTERS = "abcdefghiklmnoprstuvz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """Records and who each of them is."""

    records: Records
    person: NDArray[np.int64]
    list_index: NDArray[np.int64]


def table_of(rows: list[dict[str, object]]) -> pa.Table:
    """A table of the standard shape from rows that may leave columns out."""
    columns = {}
    for field in RECORD_SCHEMA:
        columns[field.name] = pa.array([row.get(field.name) for row in rows], type=field.type)
    return pa.table(columns, schema=RECORD_SCHEMA)


def records_of(rows: list[dict[str, object]], lists: tuple[str, ...] = ("a", "b")) -> Records:
    """Records numbered in the order of `rows`; `list` defaults to the first list."""
    full = []
    for number, row in enumerate(rows):
        filled = {"record": number, "list": lists[0], "record_id": f"r{number}", "line": number + 2, **row}
        keys = sorted({str(filled[k]) for k in ("surname_key", "given_key", "patronymic_key") if filled.get(k)})
        filled.setdefault("name_keys", keys or None)
        for part in ("surname", "given", "patronymic"):
            if filled.get(f"{part}_key"):
                filled.setdefault(f"{part}_skeleton", skeleton(str(filled[f"{part}_key"])))
        filled.setdefault("name_skeleton", " ".join(sorted(skeleton(key) for key in keys)) or None)
        for part in ("given", "patronymic"):
            key = filled.get(f"{part}_key")
            if key:
                filled.setdefault(f"{part}_initial", str(key)[0])
        for date in ("birth", "event"):
            if date in filled:
                filled[f"{date}_from"] = filled[f"{date}_to"] = filled.pop(date)
        full.append(filled)
    return Records(table=table_of(full), lists=lists, changes=())


def invent(
    n_people: int,
    *,
    seed: int,
    shares: tuple[float, ...] = (0.45, 0.4, 0.35, 0.3),
    repeats: float = 0.08,
    damage: float = 1.0,
) -> Invented:
    """Draw people, put them on lists with the given probabilities, and damage what the lists wrote down."""
    rng = np.random.default_rng(seed)
    surnames = _names(rng, 900, 2)
    givens = _names(rng, 40, 1)
    fathers = _names(rng, 40, 1)
    places = _names(rng, 15, 2)
    people = [
        {
            "surname": surnames[_zipf(rng, len(surnames), 0.6)],
            "given": givens[_zipf(rng, len(givens), 0.7)],
            "patronymic": fathers[_zipf(rng, len(fathers), 0.7)] + "ovich",
            "birth": dt.date(1960, 1, 1) + dt.timedelta(days=int(rng.integers(0, 16_000))),
            "event": dt.date(2022, 3, 1) + dt.timedelta(days=int(rng.integers(0, 900))),
            "place": places[_zipf(rng, len(places), 0.8)],
            "sex": "m" if rng.random() < 0.9 else "f",
        }
        for _ in range(n_people)
    ]
    lists = tuple(f"list{j}" for j in range(len(shares)))
    rows: list[dict[str, object]] = []
    person: list[int] = []
    list_index: list[int] = []
    for j, share in enumerate(shares):
        for p in np.flatnonzero(rng.random(n_people) < share):
            for _ in range(1 + int(rng.random() < repeats)):
                rows.append({"list": lists[j], **_written(people[p], rng, damage)})
                person.append(int(p))
                list_index.append(j)
    return Invented(
        records=records_of(rows, lists), person=np.array(person, np.int64), list_index=np.array(list_index, np.int64)
    )


def pairwise(labels: NDArray[np.int64], person: NDArray[np.int64]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records."""

    def within(*columns: NDArray[np.int64]) -> float:
        _, counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)
        return float((counts * (counts - 1) // 2).sum())

    both, found, true = within(labels, person), within(labels), within(person)
    precision, recall = both / max(found, 1.0), both / max(true, 1.0)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def _names(rng: np.random.Generator, n: int, syllables: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < n:
        body = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(syllables))
        found[body + str(rng.choice(_ENDS))] = None
    return list(found)


def _zipf(rng: np.random.Generator, n: int, power: float) -> int:
    weights = 1.0 / np.arange(1, n + 1) ** power
    return int(rng.choice(n, p=weights / weights.sum()))


def _typo(word: str, rng: np.random.Generator, rate: float) -> str:
    if rng.random() >= rate or len(word) < 3:
        return word
    at = int(rng.integers(0, len(word)))
    kind = int(rng.integers(0, 3))
    letter = str(rng.choice(list(_LETTERS)))
    if kind == 0:
        return word[:at] + letter + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + letter + word[at:]


def _written(truth: dict[str, object], rng: np.random.Generator, damage: float) -> dict[str, object]:
    row: dict[str, object] = {"surname_key": _typo(str(truth["surname"]), rng, 0.1 * damage), "sex": truth["sex"]}
    for part, missing, initial in (("given", 0.02, 0.15), ("patronymic", 0.35, 0.15)):
        draw = rng.random()
        word = _typo(str(truth[part]), rng, 0.06 * damage)
        if draw >= (missing + initial) * damage:
            row[f"{part}_key"] = word
            row[f"{part}_initial"] = word[0]
        elif draw >= missing * damage:
            row[f"{part}_initial"] = word[0]
    row.update(
        _date("birth", truth["birth"], rng, missing=0.2 * damage, coarse=0.2 * damage, wrong=0.05 * damage, days=300)
    )
    row.update(
        _date("event", truth["event"], rng, missing=0.1 * damage, coarse=0.25 * damage, wrong=0.25 * damage, days=20)
    )
    if rng.random() >= 0.15 * damage:
        row["place_key"] = truth["place"]
    if rng.random() < 0.02 * damage and row.get("given_key"):
        row["surname_key"], row["given_key"] = row["given_key"], row["surname_key"]
        row["given_initial"] = str(row["given_key"])[0]
    return row


def _date(
    name: str, truth: object, rng: np.random.Generator, *, missing: float, coarse: float, wrong: float, days: int
) -> dict[str, object]:
    if not isinstance(truth, dt.date):
        raise TypeError("a date is needed")
    if rng.random() < wrong:
        truth = truth + dt.timedelta(days=int(rng.integers(-days, days + 1)))
    draw = rng.random()
    if draw < missing:
        return {}
    if draw < missing + coarse:
        if name == "birth":
            return {"birth_from": dt.date(truth.year, 1, 1), "birth_to": dt.date(truth.year, 12, 31)}
        first = truth.replace(day=1)
        after = (first + dt.timedelta(days=32)).replace(day=1)
        return {"event_from": first, "event_to": after - dt.timedelta(days=1)}
    return {f"{name}_from": truth, f"{name}_to": truth}
