"""Families of names: what a maker of invented lists asks of the names of a language.

A new family is one module `<name>.py` with a class `<Name>Family` that satisfies `NameFamily`, and its name in
`FamilyName`. What makes the spellings shares nothing with what matches them (`records`): neither tables nor code.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

FamilyName = Literal["cyrillic", "arabic", "spanish", "english", "turkish", "persian"]
FAMILY_NAMES: tuple[FamilyName, ...] = get_args(FamilyName)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A person's name as positions in the tables of a family; `parent` gives the patronymic or second surname.

    `extra` holds what a family has beside: a grandfather, a second given name, a married surname.
    """

    surname: int
    given: int
    parent: int
    female: bool
    extra: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A name as one hand writes it; `middle` is a patronymic, a father's name or a second surname ("" if none).

    `further` is a grandfather's name or another given name ("" if none).
    """

    surname: str
    given: str
    middle: str
    further: str = ""


class NameFamily(Protocol):
    """Names and places of one language area, and the ways they are written."""

    @property
    def name(self) -> str:
        """Name of the family."""
        ...

    @property
    def styles(self) -> tuple[str, ...]:
        """Ways of writing that `spell` knows."""
        ...

    @property
    def n_places(self) -> int:
        """Number of regions."""
        ...

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw one name a person."""
        ...

    def spell(self, person: PersonName, style: str, *, nickname: bool, rng: np.random.Generator) -> Spelling:
        """Write a name in one style, with a nickname for the given name if asked."""
        ...

    def spell_place(self, place: int, style: str) -> str:
        """Write a region in one style."""
        ...


def name_family(name: FamilyName) -> NameFamily:
    """Return a family of names by its name.

    Parameters
    ----------
    name : {"cyrillic", "arabic", "spanish", "english", "turkish", "persian"}
        The family.

    Returns
    -------
    NameFamily

    Raises
    ------
    ValueError
        If there is no such family.
    """
    if name not in FAMILY_NAMES:
        raise ValueError(f"there is no family of names '{name}'; there are: {', '.join(FAMILY_NAMES)}.")
    module = import_module(f"uncounted.simulate.{name}")
    family: NameFamily = getattr(module, f"{name.capitalize()}Family")()
    return family


def rank_ladder(n: int, offset: float, power: float) -> list[float]:
    """Return cumulated shares of n names whose weight falls with their rank, all but the last, for `bisect_right`.

    Parameters
    ----------
    n : int
        Number of names, the common ones first.
    offset, power : float
        The weight of the name of rank k (from 0) is (offset + k) ** -power.

    Returns
    -------
    list of float, length n − 1
    """
    weights = (offset + np.arange(n)) ** -power
    return [float(x) for x in np.cumsum(weights / weights.sum())[:-1]]
