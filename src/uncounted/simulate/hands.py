"""Hands: everything that decides how hard a set of invented lists is to link, under one name.

Two hands are given for each family of names. A matcher is built while looking at the "first"; the "other" differ in
the standards of writing, in which field each list holds, in the mix of faults, in the shares of the lists, in the
period and in the ages. A matcher that does well by the first and badly by the other was fitted to a generator, not to
names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Literal, get_args

from uncounted.simulate.capture import PersonCapture
from uncounted.simulate.damage import Damage
from uncounted.simulate.family import FAMILY_NAMES, FamilyName, name_family
from uncounted.simulate.habits import ListHabits

HandsName = Literal["first", "other"]
HANDS_NAMES: tuple[HandsName, ...] = get_args(HandsName)
Level = Literal["easy", "medium", "hard"]
BENCHMARK_LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who keeps the lists, what goes wrong, and whom the lists are about.

    Attributes
    ----------
    name, family : str
    habits : tuple of ListHabits
        One for each list; more lists than that begin again at the first.
    shares : tuple of float
        Share of the people that each list holds, independently of the others.
    damage : mapping of str to Damage
        Faults of the levels "easy", "medium" and "hard".
    start, end : date
        Period of the events.
    born : (date, date)
        First and last day of birth.
    birth_skew, female_share, growth : float
        See `simulate_lists`.
    """

    name: str
    family: FamilyName
    habits: tuple[ListHabits, ...]
    shares: tuple[float, ...]
    damage: Mapping[Level, Damage]
    start: date
    end: date
    born: tuple[date, date]
    birth_skew: float = 1.5
    female_share: float = 0.2
    growth: float = 2.0

    def __post_init__(self) -> None:
        if len(self.habits) != len(self.shares) or not self.habits:
            raise ValueError("hands need habits for at least one list, and a share for each.")
        if any(not 0.0 < share < 1.0 for share in self.shares):
            raise ValueError("the share of each list must lie between 0 and 1.")

    def habits_of(self, lists: tuple[str, ...]) -> dict[str, ListHabits]:
        """Return the habits of lists of these names."""
        return {name: self.habits[j % len(self.habits)] for j, name in enumerate(lists)}

    def capture(self, lists: tuple[str, ...]) -> PersonCapture:
        """Return the truth of who is on which list: independent lists, the same in all regions at all times."""
        import numpy as np

        shares = np.array([self.shares[j % len(self.shares)] for j in range(len(lists))])
        logits = tuple(float(x) for x in np.log(shares / (1.0 - shares)))
        none = (0.0,) * len(lists)
        return PersonCapture(
            lists=lists,
            base_logits=logits,
            region_logits=(none,) * name_family(self.family).n_places,
            first_day=(0,) * len(lists),
        )


# What goes wrong by the first hands: mostly slips of the hand, each record for itself.
FIRST_DAMAGE: Mapping[Level, Damage] = {
    "easy": Damage(
        typo=0.02,
        swapped_names=0.01,
        swapped_date=0.008,
        shifted_date=0.02,
        missing=0.01,
        wrong_place=0.01,
        ocr=0.005,
        partial_date=0.02,
        nickname=0.02,
        initial=0.01,
        wrong_sex_form=0.01,
    ),
    "medium": Damage(
        typo=0.06,
        swapped_names=0.04,
        swapped_date=0.02,
        shifted_date=0.06,
        missing=0.05,
        wrong_place=0.04,
        ocr=0.02,
        spacing=0.01,
        partial_date=0.08,
        nickname=0.07,
        initial=0.04,
        lost_given=0.005,
        wrong_sex_form=0.03,
        mixed_script=0.02,
    ),
    "hard": Damage(
        typo=0.13,
        swapped_names=0.08,
        swapped_date=0.04,
        shifted_date=0.12,
        missing=0.11,
        wrong_place=0.09,
        ocr=0.05,
        spacing=0.02,
        partial_date=0.18,
        nickname=0.14,
        initial=0.09,
        lost_given=0.02,
        wrong_sex_form=0.06,
        mixed_script=0.04,
    ),
}

# By the other hands: scans rather than typing, half-known dates, gaps; and hasty records in which faults come together.
OTHER_DAMAGE: Mapping[Level, Damage] = {
    "easy": Damage(
        typo=0.008,
        swapped_names=0.02,
        swapped_date=0.002,
        shifted_date=0.03,
        missing=0.02,
        wrong_place=0.02,
        ocr=0.02,
        spacing=0.005,
        partial_date=0.05,
        nickname=0.01,
        initial=0.02,
    ),
    "medium": Damage(
        typo=0.03,
        swapped_names=0.05,
        swapped_date=0.005,
        shifted_date=0.08,
        missing=0.06,
        wrong_place=0.06,
        ocr=0.05,
        spacing=0.02,
        partial_date=0.12,
        nickname=0.04,
        initial=0.05,
        lost_given=0.01,
        wrong_sex_form=0.02,
    ),
    "hard": Damage(
        typo=0.06,
        swapped_names=0.10,
        swapped_date=0.01,
        shifted_date=0.14,
        missing=0.13,
        wrong_place=0.12,
        ocr=0.10,
        spacing=0.04,
        partial_date=0.22,
        nickname=0.08,
        initial=0.10,
        lost_given=0.03,
        wrong_sex_form=0.05,
        mixed_script=0.01,
    ),
}


def hands_for(family: FamilyName, name: HandsName = "first") -> Hands:
    """Return the hands of one name that keep lists in one family of names.

    Parameters
    ----------
    family : {"cyrillic", "arabic", "spanish", "english", "turkish", "persian"}
    name : {"first", "other"}

    Returns
    -------
    Hands

    Raises
    ------
    ValueError
        If there is no such family or hands.
    """
    if family not in FAMILY_NAMES:
        raise ValueError(f"there is no family of names '{family}'; there are: {', '.join(FAMILY_NAMES)}.")
    if name not in HANDS_NAMES:
        raise ValueError(f"there are no hands '{name}'; there are: {', '.join(HANDS_NAMES)}.")
    found: tuple[ListHabits, ...] = getattr(import_module(f"uncounted.simulate.{family}_hands"), name.upper())
    if name == "first":
        return Hands(
            name=name,
            family=family,
            habits=found,
            shares=(0.38, 0.32, 0.24, 0.28),
            damage=FIRST_DAMAGE,
            start=date(2022, 1, 1),
            end=date(2023, 12, 31),
            born=(date(1972, 1, 1), date(2003, 12, 31)),
        )
    return Hands(
        name=name,
        family=family,
        habits=found,
        shares=(0.22, 0.42, 0.30, 0.20),
        damage=OTHER_DAMAGE,
        start=date(1997, 6, 1),
        end=date(2001, 5, 31),
        born=(date(1925, 1, 1), date(1999, 12, 31)),
        birth_skew=1.0,
        female_share=0.4,
        growth=0.4,
    )
