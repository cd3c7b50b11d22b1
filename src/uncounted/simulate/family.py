"""Families of names: what a maker of invented lists asks of the names of a language.

A new family (Arabic, Spanish, English …) is one module with a class that satisfies `NameFamily`, and one line in
`name_family`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

FamilyName = Literal["cyrillic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A person's name as positions in the tables of a family; `parent` gives the patronymic or second surname."""

    surname: int
    given: int
    parent: int
    female: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A name as one hand writes it; `middle` is a patronymic, a father's name or a second surname ("" if none)."""

    surname: str
    given: str
    middle: str


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
    name : {"cyrillic"}
        The family.

    Returns
    -------
    NameFamily

    Raises
    ------
    ValueError
        If there is no such family.
    """
    if name == "cyrillic":
        from uncounted.simulate.cyrillic import CyrillicFamily

        return CyrillicFamily()
    raise ValueError(f"there is no family of names '{name}'; there is: cyrillic.")
