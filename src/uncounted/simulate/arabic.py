"""Arabic names: given name, father, grandfather, family, in Arabic script or in Latin letters of many countries."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from uncounted.simulate.arabic_names import MEN, PLACES, SURNAMES, WOMEN
from uncounted.simulate.arabic_spelling import ROMANISATIONS, in_script, romanise_arabic, write_loosely
from uncounted.simulate.family import PersonName, Spelling, rank_ladder

# How much more common a name is than those further down; Muhammad alone is about every twelfth man.
_GIVEN_OFFSET, _SURNAME_OFFSET = 3.0, 30.0


class ArabicFamily:
    """Arabic names. A style is "ar" (script with all its signs), "ar-loose" (as typed), or a romanisation.

    `PersonName.parent` is the father, `extra` the grandfather and the eldest son, by whom people are called (Abu …).
    """

    name = "arabic"

    def __init__(self) -> None:
        self._given = (*MEN, *WOMEN)
        self._men = rank_ladder(len(MEN), _GIVEN_OFFSET, 0.9)
        self._women = rank_ladder(len(WOMEN), _GIVEN_OFFSET, 0.9)
        self._surnames = rank_ladder(len(SURNAMES), _SURNAME_OFFSET, 0.7)

    @property
    def styles(self) -> tuple[str, ...]:
        """Arabic script, clean and loose, and each romanisation."""
        return ("ar", "ar-loose", *ROMANISATIONS)

    @property
    def n_places(self) -> int:
        """Number of regions."""
        return len(PLACES)

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw the names of each person, each by how common it is."""
        luck = rng.random((len(female), 5)).tolist()
        people = []
        for is_woman, (u_surname, u_given, u_father, u_grandfather, u_son) in zip(female.tolist(), luck, strict=True):
            own = len(MEN) + bisect_right(self._women, u_given) if is_woman else bisect_right(self._men, u_given)
            people.append(
                PersonName(
                    surname=bisect_right(self._surnames, u_surname),
                    given=own,
                    parent=bisect_right(self._men, u_father),
                    female=is_woman,
                    extra=(bisect_right(self._men, u_grandfather), bisect_right(self._men, u_son)),
                )
            )
        return people

    def spell(self, person: PersonName, style: str, *, nickname: bool, rng: np.random.Generator) -> Spelling:
        """Write a name in one style; a nickname is the kunya, "father (mother) of" the eldest son.

        Parameters
        ----------
        person : PersonName
            Whose name.
        style : str
            One of `styles`.
        nickname : bool
            Whether the kunya stands for the given name.
        rng : numpy.random.Generator
            Picks where a style has several ways.

        Returns
        -------
        Spelling
            `middle` is the father's name, `further` the grandfather's.
        """
        grandfather, son = person.extra
        given = f"{'Umm' if person.female else 'Abū'} {MEN[son]}" if nickname else self._given[person.given]
        return Spelling(
            surname=_written(SURNAMES[person.surname], style, rng),
            given=_written(given, style, rng),
            middle=_written(MEN[person.parent], style, rng),
            further=_written(MEN[grandfather], style, rng),
        )

    def spell_place(self, place: int, style: str) -> str:
        """Write a region in one style, always in the same way."""
        # A gazetteer has one spelling a style; of several ways of a style the place's own number picks one.
        return _written(PLACES[place], "ar" if style.startswith("ar") else style, np.random.default_rng([place, 7]))


def _written(name: str, style: str, rng: np.random.Generator) -> str:
    if style == "ar":
        return in_script(name)
    if style == "ar-loose":
        return write_loosely(in_script(name), rng)
    return romanise_arabic(name, style, rng)
