"""Cases of the linkage benchmark: invented lists brought into the standard shape, and who each record really is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from uncounted.project.model import ListSpec, Project
from uncounted.records import Records, standardise
from uncounted.simulate.capture import count_patterns
from uncounted.simulate.damage import Damage
from uncounted.simulate.family import FamilyName
from uncounted.simulate.hands import Hands, HandsName, Level, hands_for
from uncounted.simulate.lists import SimulatedList, simulate_lists
from uncounted.sources import Source

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One case and its truth.

    Attributes
    ----------
    label : str
        Family, damage, hands and seed in words.
    records : Records
        As `standardise` made them; record k is row k.
    person, lists : ndarray of int64, shape (n_records,)
        Who each record is about, 0 … n_people − 1, and its list, 0 … n_lists − 1.
    n_people : int
        The true N, those on no list included.
    true_counts : ndarray of int64, shape (2**J − 1,)
        People per capture pattern, in `CaptureTable` order, from the true clusters.
    names : tuple of str, length J
        List names.
    project : Project
        The declaration that `records` were made with.
    raw_names : pyarrow.Table, n_records rows
        What somebody sees who knows no more than the order of the words in each list: "given" and "surname", cut from
        the raw name, "" where there is none.
    """

    label: str
    records: Records = field(repr=False)
    person: IntArray
    lists: IntArray
    n_people: int
    true_counts: IntArray
    names: tuple[str, ...]
    project: Project = field(repr=False)
    raw_names: pa.Table = field(repr=False)


def make_case(
    family: FamilyName,
    damage: Level | Damage,
    seed: int,
    *,
    n_people: int = 8000,
    hands: HandsName | Hands = "first",
    n_lists: int = 4,
) -> Case:
    """Make invented lists and bring them into the standard shape.

    Parameters
    ----------
    family : {"cyrillic", "arabic", "spanish", "english", "turkish", "persian"}
        Family of names.
    damage : {"easy", "medium", "hard"} or Damage
        A level of the hands, or faults of the caller's own.
    seed : int
        Not negative. The same arguments give the same case.
    n_people : int
        The true N, those on no list included.
    hands : {"first", "other"} or Hands
        Who keeps the lists; a caller's own `Hands` sets every parameter.
    n_lists : int
        Lists; more than the hands have begin again at the first.

    Returns
    -------
    Case
    """
    kept_by = hands if isinstance(hands, Hands) else hands_for(family, hands)
    names = tuple(f"list-{j + 1}" for j in range(n_lists))
    made = simulate_lists(
        n_people=n_people,
        seed=seed,
        capture=kept_by.capture(names),
        habits=kept_by.habits_of(names),
        start=kept_by.start,
        end=kept_by.end,
        family=family,
        damage=damage if isinstance(damage, Damage) else kept_by.damage[damage],
        female_share=kept_by.female_share,
        growth=kept_by.growth,
        born=kept_by.born,
        birth_skew=kept_by.birth_skew,
    )
    project = _project(kept_by, names)
    records = standardise([_source(one) for one in made.lists], project)
    person, lists = _truth(records, made.lists)
    habits = kept_by.habits_of(names)
    return Case(
        label=f"{family} {damage if isinstance(damage, str) else 'own damage'} {kept_by.name} seed {seed}",
        records=records,
        person=person,
        lists=lists,
        n_people=n_people,
        true_counts=count_patterns(made.membership, np.zeros(n_people, dtype=np.int64), 1)[0],
        names=names,
        project=project,
        raw_names=split_names(records, [habits[name].order[0][0] for name in names], lists),
    )


def split_names(records: Records, orders: list[str], lists: IntArray) -> pa.Table:
    """Cut raw names into a given name and a surname by the usual order of each list.

    Parameters
    ----------
    records : Records
    orders : list of str
        For each list, an order as in `ListHabits.order`; lists with a column for the surname give that first.
    lists : ndarray of int64, shape (n_records,)

    Returns
    -------
    pyarrow.Table
        Columns "given" and "surname".
    """
    given, surname = [], []
    for name, at in zip(records.table["name_raw"].to_pylist(), lists.tolist(), strict=True):
        words = (name or "").replace(",", " ").split()
        letters = orders[at].replace(",", "")
        surname_first = letters[0] == "s"
        # Where a surname comes first, the given name follows it, or the second surname and then the given name.
        follows = -1 if letters.startswith("sp") and len(words) > 1 else 1
        given.append(
            "" if len(words) < 2 and surname_first else (words[follows] if surname_first else words[0]) if words else ""
        )
        surname.append("" if not words else words[0] if surname_first else words[-1] if len(words) > 1 else "")
    return pa.table({"given": given, "surname": surname})


def pattern_counts(person: IntArray, lists: IntArray, n_lists: int) -> IntArray:
    """Count people per capture pattern of a clustering.

    Parameters
    ----------
    person, lists : ndarray of int64, shape (n_records,)
        Any label of the cluster of each record, and its list.
    n_lists : int

    Returns
    -------
    ndarray of int64, shape (2**n_lists − 1,)
        In `CaptureTable` order.
    """
    _, label = np.unique(person, return_inverse=True)
    on = np.zeros((int(label.max()) + 1 if len(label) else 0, n_lists), dtype=bool)
    on[label, lists] = True
    return count_patterns(on, np.zeros(len(on), dtype=np.int64), 1)[0]


# -- the lists as delivered -------------------------------------------------------------------------------------
def _source(one: SimulatedList) -> Source:
    """Return a list as if it had been read from a file with a header in line 1."""
    columns = {name: pa.array([row[at] for row in one.rows], type=pa.string()) for at, name in enumerate(one.columns)}
    columns["__line"] = pa.array(np.arange(2, len(one.rows) + 2, dtype=np.int64))
    content = "\x1e".join("\x1f".join(row) for row in one.rows).encode("utf-8")
    return Source(
        name=one.name,
        file=f"{one.name}.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        table=pa.table(columns),
        n_rows=len(one.rows),
        columns=one.columns,
    )


def _project(hands: Hands, names: tuple[str, ...]) -> Project:
    habits = hands.habits_of(names)
    return Project(
        name="linkage benchmark",
        population="invented people",
        unit="people",
        lists=tuple(
            ListSpec(
                name=name,
                title=name,
                file=Path(f"{name}.csv"),
                columns=tuple((column, column) for column in habits[name].columns if column != "note"),
                date_formats=habits[name].date_formats,
            )
            for name in names
        ),
        path=Path("uncounted.toml"),
        folder=Path(),
        start=hands.start,
        end=hands.end,
    )


def _truth(records: Records, lists: tuple[SimulatedList, ...]) -> tuple[IntArray, IntArray]:
    """Return person and list of each record, found by list name and line."""
    position = {one.name: j for j, one in enumerate(lists)}
    lines = records.table["line"].to_pylist()
    where = np.array([position[name] for name in records.table["list"].to_pylist()], dtype=np.int64)
    person = np.array([lists[j].person[line - 2] for j, line in zip(where, lines, strict=True)], dtype=np.int64)
    return person, where
