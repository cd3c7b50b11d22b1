"""One record after the other, as the keeper of a list would write it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from uncounted.simulate.damage import (
    Damage,
    misread,
    mix_scripts,
    shift_spaces,
    shift_within_year,
    swap_day_and_month,
    typo,
)
from uncounted.simulate.family import NameFamily, Spelling
from uncounted.simulate.habits import Choice, ListHabits

if TYPE_CHECKING:
    from uncounted.simulate.lists import People


class RecordWriter:
    """Writes the records of one list; all randomness comes from `rng`.

    A fault or habit of probability 0 draws nothing, so that adding a new kind of fault leaves all lists without it as
    they were.
    """

    def __init__(
        self, habits: ListHabits, damage: Damage, people: People, family: NameFamily, rng: np.random.Generator
    ) -> None:
        self._habits, self._people, self._family, self._rng = habits, people, family, rng
        self._usual, self._hasty = damage, damage.times(habits.careless_factor)
        self._damage = damage

    def write(self, person: int, style: str) -> tuple[date, dict[str, str]]:
        """Return the day the list learned of the event, and the fields of the record.

        Parameters
        ----------
        person : int
            Position in the people.
        style : str
            A style of the family of names.

        Returns
        -------
        (date, dict of str to str)
        """
        habits, rng = self._habits, self._rng
        self._damage = self._hasty if self._happens(habits.careless) else self._usual
        event = self._people.event[person]
        known = event + timedelta(days=1 + int(-np.log1p(-rng.random()) * habits.delay_days))
        fields = self._name(person, style)
        fields["birth"] = self._birth(person, known)
        fields["event"] = self._event(event, known)
        fields["known"] = known.strftime(habits.day_format)
        fields["place"] = self._place(person, style)
        fields["sex"] = habits.sexes[1 if self._people.female[person] else 0]
        fields["kind"] = pick(habits.kinds, rng)
        fields["note"] = pick(habits.notes, rng)
        return known, fields

    # -- names ------------------------------------------------------------------------------------------------
    def _name(self, person: int, style: str) -> dict[str, str]:
        habits, damage, rng = self._habits, self._damage, self._rng
        if rng.random() < habits.nameless:
            word = habits.nameless_words[int(rng.random() * len(habits.nameless_words))]
            return {"name": word, "surname": word, "given": "", "patronymic": ""}
        given_form, middle_form = pick(habits.given, rng), pick(habits.patronymic, rng)
        further_form, surname_form = pick(habits.further, rng), pick(habits.surname, rng)
        if given_form == "full":
            given_form = self._worse_given()
        name = self._people.names[person]
        if name.female and self._happens(damage.wrong_sex_form):
            name = replace(name, female=False)
        spelling = self._family.spell(name, style, nickname=given_form == "nickname", rng=rng)
        words = self._slips(spelling)
        surname = words.surname.upper() if rng.random() < habits.upper_surname else words.surname
        if surname_form == "none":
            surname = ""
        given = {"initial": _initial(words.given), "none": ""}.get(given_form, words.given)
        middle = {"full": words.middle, "initial": _initial(words.middle), "none": ""}[middle_form]
        further = {"full": words.further, "initial": _initial(words.further), "none": ""}[further_form]
        if middle and self._gap():
            middle = ""
        if rng.random() < damage.swapped_names:
            surname, given = given, surname
        whole = _in_order({"s": surname, "g": given, "p": middle, "f": further}, pick(habits.order, rng))
        title = pick(habits.titles, rng)
        if further:
            middle = f"{middle} {further}".strip()
        if "patronymic" not in habits.columns and middle:
            given = f"{given} {middle}".strip()
        return {
            "name": f"{title} {whole}" if title else whole,
            "surname": surname,
            "given": given,
            "patronymic": middle,
        }

    def _worse_given(self) -> str:
        """Return what is left of a given name that the list would have written in full."""
        damage = self._damage
        for form, share in (("none", damage.lost_given), ("nickname", damage.nickname), ("initial", damage.initial)):
            if self._happens(share):
                return form
        return "full"

    def _slips(self, spelling: Spelling) -> Spelling:
        rng, damage = self._rng, self._damage
        mixed = rng.random() < self._habits.mixed_script or self._happens(damage.mixed_script)
        words = [spelling.surname, spelling.given, spelling.middle, spelling.further]
        for at, word in enumerate(words):
            # Most families have no fourth part; it must not use up luck where there is none.
            if not word and at == 3:
                continue
            if rng.random() < damage.typo:
                words[at] = typo(word, rng)
            if self._happens(damage.ocr):
                words[at] = misread(words[at], rng)
            if self._happens(damage.spacing):
                words[at] = shift_spaces(words[at], rng)
            if mixed:
                words[at] = mix_scripts(words[at], rng)
        return Spelling(surname=words[0], given=words[1], middle=words[2], further=words[3])

    # -- dates and places -------------------------------------------------------------------------------------
    def _birth(self, person: int, known: date) -> str:
        habits, damage, rng = self._habits, self._damage, self._rng
        form = pick(habits.birth, rng)
        day = self._people.birth[person]
        if form == "none" or self._gap():
            return ""
        if form == "age":
            age = known.year - day.year - ((known.month, known.day) < (day.month, day.day))
            off = (1 if rng.random() < 0.5 else -1) if rng.random() < 0.15 else 0
            return f"{known.year - age + off:04d}"
        if rng.random() < damage.swapped_date:
            day = swap_day_and_month(day)
        elif rng.random() < damage.shifted_date:
            by_year = rng.random() < 0.5
            sign = 1 if rng.random() < 0.5 else -1
            day = day + timedelta(days=sign * (365 if by_year else 1))
        return self._exact(day) if form == "day" else day.strftime(habits.year_format)

    def _event(self, day: date, known: date) -> str:
        habits, damage, rng = self._habits, self._damage, self._rng
        form = pick(habits.event, rng)
        if form == "none":
            return ""
        if form == "near":
            day = min(known, shift_within_year(day, int(rng.random() * 13) - 6))
        elif form == "day" and rng.random() < damage.swapped_date:
            day = swap_day_and_month(day)
        elif form == "day" and rng.random() < damage.shifted_date:
            days = (1 + int(rng.random() * 5)) * (1 if rng.random() < 0.5 else -1)
            day = min(known, shift_within_year(day, days))
        written = {"month": habits.month_format, "year": habits.year_format}
        return day.strftime(written[form]) if form in written else self._exact(day)

    def _exact(self, day: date) -> str:
        """Write an exact date, or what is left of it."""
        habits = self._habits
        if not self._happens(self._damage.partial_date):
            return day.strftime(habits.day_format)
        as_day = self._rng.random() < 0.5
        return day.replace(month=1, day=1).strftime(habits.day_format if as_day else habits.year_format)

    def _place(self, person: int, style: str) -> str:
        habits, damage, rng = self._habits, self._damage, self._rng
        if rng.random() < habits.place_missing or self._gap():
            return ""
        place = int(self._people.region[person])
        if rng.random() < damage.wrong_place:
            place = int(rng.random() * self._family.n_places)
        word = self._family.spell_place(place, pick(habits.place_styles, rng) if habits.place_styles else style)
        word = typo(word, rng) if rng.random() < damage.typo / 2.0 else word
        return misread(word, rng) if self._happens(damage.ocr / 2.0) else word

    # -- luck -------------------------------------------------------------------------------------------------
    def _gap(self) -> bool:
        return bool(self._rng.random() < self._damage.missing)

    def _happens(self, share: float) -> bool:
        return bool(share > 0.0 and self._rng.random() < share)


def pick(choice: Choice, rng: np.random.Generator) -> str:
    """Return one of the words of a choice, by weight; one word alone draws nothing."""
    if len(choice) == 1:
        return choice[0][0]
    ladder = list(accumulate(weight for _, weight in choice))
    return choice[min(bisect_right(ladder, rng.random() * ladder[-1]), len(choice) - 1)][0]


def _initial(word: str) -> str:
    return f"{word[:1]}." if word else ""


def _in_order(parts: dict[str, str], order: str) -> str:
    """Return the parts of a name in an order such as "sgp" or "s,gp"; a comma clings to the part before it."""
    whole = ""
    for letter in order:
        if letter == ",":
            whole += "," if whole else ""
        elif parts[letter]:
            whole += f" {parts[letter]}" if whole else parts[letter]
    return whole
