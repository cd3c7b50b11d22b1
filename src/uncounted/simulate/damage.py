"""How records go wrong on their way into a list: slips of the hand, swapped fields, wrong days, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

DamageLevel = Literal["none", "easy", "medium", "hard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Probabilities of single faults, per record; of `typo`, `ocr`, `spacing` and `missing`, per field.

    Attributes
    ----------
    typo : float
        A slip in a name part or place: a letter replaced by its neighbour on the keyboard, dropped, doubled, or two
        letters exchanged.
    swapped_names : float
        Surname and given name exchange their places.
    swapped_date : float
        Day and month of an exact date are exchanged (where both are at most 12).
    shifted_date : float
        An exact date of the event is off by up to five days, an exact birth date by a day or a year.
    missing : float
        A field that would be there is empty.
    wrong_place : float
        Another region is given.
    ocr : float
        A letter of a name part or place is taken for one that looks like it, as by a reader of scans.
    spacing : float
        A name part of two words loses the space between them, or a long one is broken in two.
    partial_date : float
        Of an exact date the year alone is left, half of the time written as 1 January.
    nickname, initial : float
        The given name is a nickname, or its first letter, beyond what the list's habits are.
    lost_given : float
        The given name is left out.
    wrong_sex_form : float
        A woman's surname (and patronymic) is written in the form for men.
    mixed_script : float
        Letters of the name are replaced by those of another script that look the same.
    """

    typo: float = 0.0
    swapped_names: float = 0.0
    swapped_date: float = 0.0
    shifted_date: float = 0.0
    missing: float = 0.0
    wrong_place: float = 0.0
    ocr: float = 0.0
    spacing: float = 0.0
    partial_date: float = 0.0
    nickname: float = 0.0
    initial: float = 0.0
    lost_given: float = 0.0
    wrong_sex_form: float = 0.0
    mixed_script: float = 0.0

    def times(self, factor: float) -> Damage:
        """Return all probabilities times a factor, at most 1."""
        return replace(self, **{name: min(1.0, getattr(self, name) * factor) for name in self.__dataclass_fields__})


LEVELS: Mapping[DamageLevel, Damage] = {
    "none": Damage(),
    "easy": Damage(
        typo=0.02, swapped_names=0.01, swapped_date=0.008, shifted_date=0.02, missing=0.01, wrong_place=0.008
    ),
    "medium": Damage(
        typo=0.06, swapped_names=0.03, swapped_date=0.02, shifted_date=0.06, missing=0.05, wrong_place=0.03
    ),
    "hard": Damage(typo=0.14, swapped_names=0.06, swapped_date=0.04, shifted_date=0.15, missing=0.12, wrong_place=0.08),
}

_KEYBOARDS = (
    *("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    *("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظ"),
)
_BESIDE: dict[str, str] = {
    key: row[max(at - 1, 0) : at] + row[at + 1 : at + 2] for row in _KEYBOARDS for at, key in enumerate(row)
}
# Letters of the two scripts that look alike on paper and on screen, Cyrillic → Latin.
_ALIKE = dict(zip("аеорсухіАВЕКМНОРСТХІ", "aeopcyxiABEKMHOPCTXI", strict=True))


def typo(word: str, rng: np.random.Generator) -> str:
    """Return a word with one slip of the hand; words of fewer than four letters stay as they are.

    Parameters
    ----------
    word : str
        Any script; letters of a keyboard not known here are dropped, doubled or exchanged, not replaced.
    rng : numpy.random.Generator
        Picks the kind of slip and the place; the first letter is never hit, as people look at it most.

    Returns
    -------
    str
    """
    if len(word) < 4:
        return word
    kind, at = int(rng.random() * 4), 1 + int(rng.random() * (len(word) - 2))
    if kind == 0 and word[at] in _BESIDE:
        beside = _BESIDE[word[at]]
        return word[:at] + beside[int(rng.random() * len(beside))] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


# What readers of scans and of handwriting take for each other.
_LOOK_ALIKES = (
    *("rn m", "cl d", "li h", "ii u", "vv w", "l i", "e c", "u v", "a o", "h b", "n r", "t f", "g q"),
    *("и н", "ш щ", "п л", "е с", "ь ъ", "о а", "в б", "т г", "ц ч", "м н", "і ї", "з э"),
    *("ب ت", "ت ث", "ن ب", "ج ح", "ح خ", "د ذ", "ر ز", "س ش", "ص ض", "ط ظ", "ع غ", "ف ق", "د ر", "ي ى"),
)
_READ_AS: tuple[tuple[str, str], ...] = tuple(
    pair for a, _, b in (row.partition(" ") for row in _LOOK_ALIKES) for pair in ((a, b), (b, a))
)


def misread(word: str, rng: np.random.Generator) -> str:
    """Return a word with one letter (or pair of letters) taken for one that looks like it.

    Parameters
    ----------
    word : str
        Latin, Cyrillic or Arabic; a word that holds no such letter after its first stays as it is.
    rng : numpy.random.Generator
        Picks which.

    Returns
    -------
    str
    """
    places = [
        (at, old, new) for old, new in _READ_AS for at in range(1, len(word) - len(old) + 1) if word.startswith(old, at)
    ]
    if not places:
        return word
    at, old, new = places[int(rng.random() * len(places))]
    return word[:at] + new + word[at + len(old) :]


def shift_spaces(word: str, rng: np.random.Generator) -> str:
    """Return a name part whose words run together, or a part of one long word broken in two."""
    if " " in word or "-" in word[1:]:
        return "".join(word.replace("-", " ").split())
    if len(word) < 7:
        return word
    at = 3 + int(rng.random() * (len(word) - 5))
    return f"{word[:at]} {word[at:]}"


def mix_scripts(word: str, rng: np.random.Generator) -> str:
    """Return a Cyrillic word with some letters replaced by Latin ones that look the same."""
    return "".join(_ALIKE[c] if c in _ALIKE and rng.random() < 0.5 else c for c in word)


def swap_day_and_month(day: date) -> date:
    """Return the date with day and month exchanged, or the same date where the calendar does not allow it."""
    return day.replace(day=day.month, month=day.day) if day.day <= 12 else day


def shift_within_year(day: date, days: int) -> date:
    """Return the date moved by some days, but not out of its year.

    A date that left its year would move a person into a year that a list does not cover; such contradictions are a
    case for the checks of a project, not for the demo.
    """
    moved = day + timedelta(days=days)
    return min(max(moved, date(day.year, 1, 1)), date(day.year, 12, 31))
