"""A small project of invented people, written into a folder: quick to link, with a truth to check against."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

_FIRST = (
    "Bal",
    "Dor",
    "Fen",
    "Gar",
    "Kel",
    "Lom",
    "Mir",
    "Nev",
    "Pol",
    "Rud",
    "Sab",
    "Tor",
    "Vel",
    "Zan",
    "Hol",
    "Jas",
)
_MIDDLE = ("a", "e", "i", "o", "u", "an", "er", "il", "on", "ur")
_LAST = ("din", "kov", "mets", "nik", "rand", "sen", "tich", "vac", "zel", "bor", "gan", "las")
GIVEN = ("Anton", "Boris", "Viktor", "Maria", "Olga", "Daria", "Pavel", "Roman", "Irina", "Stepan")
PLACES = ("Northport", "Eastfield", "Westbrook", "Southgate")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallProject:
    """Where it is, and how many people there are."""

    folder: Path
    n_people: int
    n_listed: int


def write_small_project(
    folder: Path,
    *,
    n_people: int = 400,
    chances: tuple[float, ...] = (0.5, 0.45, 0.4),
    seed: int = 1,
    store: str = "plain",
) -> SmallProject:
    """Write lists (independent of each other) and a project file."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    surnames = [a + b + c for a in _FIRST for b in _MIDDLE for c in _LAST]
    picked = rng.choice(len(surnames), size=n_people, replace=False)
    people = [
        (
            f"{surnames[k]} {GIVEN[int(rng.integers(len(GIVEN)))]}",
            date(1960, 1, 2) + timedelta(days=int(rng.integers(15_000))),
            date(2023, 1, 1) + timedelta(days=int(rng.integers(365))),
            PLACES[int(rng.integers(len(PLACES)))],
        )
        for k in picked
    ]
    on = rng.random((n_people, len(chances))) < np.array(chances)
    names = [f"list{chr(97 + j)}" for j in range(len(chances))]
    for j, name in enumerate(names):
        rows = [people[i] for i in np.flatnonzero(on[:, j])]
        write_list(folder / f"{name}.csv", rows)
    write_project_file(folder, names, store=store)
    return SmallProject(folder=folder, n_people=n_people, n_listed=int(on.any(axis=1).sum()))


def write_list(path: Path, rows: list[tuple[str, date, date, str]]) -> None:
    """Write one list as CSV."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Name", "Born", "Left", "Town"])
        writer.writerows((name, born.isoformat(), left.isoformat(), town) for name, born, left, town in rows)


def write_project_file(folder: Path, names: list[str], *, store: str = "plain", more: str = "") -> None:
    """Write the project file over lists called `names`."""
    lists = "\n".join(
        f'[[list]]\nname = "{name}"\ntitle = "List {name}"\nfile = "{name}.csv"\n'
        '[list.columns]\nname = "Name"\nbirth = "Born"\nevent = "Left"\nplace = "Town"\n'
        for name in names
    )
    (folder / "uncounted.toml").write_text(
        f'[project]\nname = "Small"\npopulation = "People invented for a test"\nunit = "person"\n'
        f'from = 2023-01-01\nto = 2023-12-31\nstore = "{store}"\nseed = 7\n\n{lists}\n[linkage]\ndraws = 4\n{more}',
        encoding="utf-8",
    )


def rows_of(folder: Path, name: str) -> list[list[str]]:
    """Return a list as it was last delivered, header first."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def deliver(folder: Path, name: str, rows: list[list[str]]) -> None:
    """Deliver a list anew."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
