"""What is true of the demo: how many people there are, and whose each record is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.simulate.capture import IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTruth:
    """The known truth of a demo project.

    Attributes
    ----------
    seed : int
        What the demo was made with.
    n_people : int
        Size of the population, those on no list included.
    lists : tuple of str, length J
        Names of the lists, in the order of the patterns.
    n_by_year : mapping of int to int
        People per year of their event, those on no list included.
    counts_by_year : mapping of int to tuple of int
        People per capture pattern in `CaptureTable` order, by year.
    covered_by_year : mapping of int to tuple of bool
        Whether each list could have recorded anybody in the year.
    persons : mapping of str to mapping of int to int
        For each list: line in the file (or row in the sheet) where a record starts → person.
    rejected : mapping of str to tuple of int
        For each list: lines of rows that cannot be read, having too many or too few cells.
    """

    seed: int
    n_people: int
    lists: tuple[str, ...]
    n_by_year: Mapping[int, int]
    counts_by_year: Mapping[int, tuple[int, ...]]
    covered_by_year: Mapping[int, tuple[bool, ...]]
    persons: Mapping[str, Mapping[int, int]]
    rejected: Mapping[str, tuple[int, ...]]

    @property
    def n_records(self) -> int:
        """Number of records that can be read, on all lists."""
        return sum(len(lines) for lines in self.persons.values())

    @property
    def n_listed(self) -> int:
        """People on at least one list."""
        return sum(sum(counts) for counts in self.counts_by_year.values())

    def capture_table(self) -> CaptureTable:
        """Return the true table of capture patterns, one stratum a year."""
        years = sorted(self.counts_by_year)
        return CaptureTable(
            lists=self.lists,
            counts=np.array([self.counts_by_year[year] for year in years], dtype=np.int64),
            strata=tuple(str(year) for year in years),
            coverage=np.array([self.covered_by_year[year] for year in years], dtype=bool),
            name="true table of the demo",
        )

    def person_of(self, lists: Sequence[str], lines: Sequence[int]) -> IntArray:
        """Return the true person of each record, named by its list and line.

        Parameters
        ----------
        lists, lines : sequences of one length
            List and line of each record.

        Returns
        -------
        ndarray of int64, shape (n_records,)

        Raises
        ------
        KeyError
            If there is no record on such a line.
        """
        pairs = zip(lists, lines, strict=True)
        return np.array([self.persons[name][int(line)] for name, line in pairs], dtype=np.int64)

    def to_json(self) -> str:
        """Return all of it as JSON; equal truths give equal text."""
        content = {
            "note": "All people are invented. This file is the truth behind the demo; no stage reads it.",
            "seed": self.seed,
            "n_people": self.n_people,
            "n_listed": self.n_listed,
            "lists": list(self.lists),
            "n_by_year": _with_text_keys(self.n_by_year),
            "counts_by_year": {str(k): list(v) for k, v in self.counts_by_year.items()},
            "covered_by_year": {str(k): list(v) for k, v in self.covered_by_year.items()},
            "rejected": {k: list(v) for k, v in self.rejected.items()},
            "persons": {name: _with_text_keys(lines) for name, lines in self.persons.items()},
        }
        return json.dumps(content, indent=1) + "\n"

    def save(self, path: Path) -> None:
        """Write the truth as JSON."""
        path.write_text(self.to_json(), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: Path) -> DemoTruth:
        """Read what `save` wrote."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            seed=content["seed"],
            n_people=content["n_people"],
            lists=tuple(content["lists"]),
            n_by_year=_with_int_keys(content["n_by_year"]),
            counts_by_year={int(k): tuple(v) for k, v in content["counts_by_year"].items()},
            covered_by_year={int(k): tuple(v) for k, v in content["covered_by_year"].items()},
            persons={name: _with_int_keys(lines) for name, lines in content["persons"].items()},
            rejected={name: tuple(lines) for name, lines in content["rejected"].items()},
        )


def listed_in_table(persons: Mapping[str, Mapping[int, int]], lists: Sequence[str]) -> IntArray:
    """Return counts per pattern, shape (2**J − 1,), made from the records alone: a check on the drawn membership."""
    n_people = 1 + max((p for lines in persons.values() for p in lines.values()), default=-1)
    on = np.zeros((n_people, len(lists)), dtype=bool)
    for j, name in enumerate(lists):
        on[list(persons[name].values()), j] = True
    patterns = pattern_matrix(len(lists))
    return np.array([(on == pattern).all(axis=1).sum() for pattern in patterns], dtype=np.int64)


def _with_text_keys(values: Mapping[int, int]) -> dict[str, int]:
    return {str(k): int(v) for k, v in values.items()}


def _with_int_keys(values: Mapping[str, int]) -> dict[int, int]:
    return {int(k): int(v) for k, v in values.items()}
