"""What is compared between two records: fields, levels, and what is assumed of each level before training.

A level's `m_default` is the share of true pairs (with the field known on both sides) expected at that level, from
general knowledge of lists made by hand: it is the starting point of training, and what remains where training cannot
say anything. Fellegi and Sunter (1969), JASA 64:1183; m and u as in section 2 there.

Every condition gives the same answer whichever record is the left one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# m and u stay inside these bounds: a level never seen in training is unlikely, not impossible.
FLOOR = 1e-4
CEILING = 1.0 - 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of a comparison. `condition` is DuckDB SQL over `<column>_l` and `<column>_r`."""

    name: str
    condition: str
    m_default: float
    frequency_of: str = ""  # the column whose value frequencies sharpen the weight of this level


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A field compared in levels, best first; the last one is everything else. `missing` compares as no evidence.

    `needs` is the column without which nothing can be compared, `columns` are all that the conditions read.
    """

    name: str
    words: str
    needs: str
    columns: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]

    def level_value(self, position: int) -> int:
        """Return the number of a level: 0 for everything else, highest for the best level (-1 is missing)."""
        return len(self.levels) - 1 - position

    @property
    def frequency_of(self) -> str:
        """The column whose value frequencies sharpen the best level; "" if none does."""
        return self.levels[0].frequency_of


_NOT_ELSE = "ELSE"
_DAMERAU = re.compile(r"damerau_levenshtein\(([^()]*)\) <= 1")


def _alike(column: str, least: float) -> str:
    """Jaro-Winkler similarity, on the two values in a fixed order, since it is not symmetric in every case.

    A missing value is like none: `least` and `greatest` pass over nulls and would compare the other value with itself.
    """
    alike = f"jaro_winkler_similarity(least({column}_l, {column}_r), greatest({column}_l, {column}_r)) >= {least}"
    return f"({column}_l IS NOT NULL AND {column}_r IS NOT NULL AND {alike})"


def _skeletons(column: str, shortest: int) -> str:
    return f"(length({column}_l) >= {shortest} AND {column}_l = {column}_r)"


def _among(skeleton: str, shortest: int) -> str:
    """Return SQL that holds if a name of one record is, by its consonants, among all names of the other."""
    sides = (
        f"(length({skeleton}_{one}) >= {shortest} AND list_contains(skeletons_{two}, {skeleton}_{one}))"
        for one, two in (("l", "r"), ("r", "l"))
    )
    return " OR ".join(sides)


_SWAPPED = "(other_surname_l = other_given_r OR other_surname_r = other_given_l) AND NOT " + _alike(
    "other_surname", 0.88
)


def _apart(date: str, days: int) -> str:
    """Return SQL that holds if the two ranges of a date come within `days` of each other."""
    gaps = (f"datediff('day', {date}_to_{one}, {date}_from_{two}) <= {days}" for one, two in (("l", "r"), ("r", "l")))
    return " AND ".join(gaps)


def _missing(*columns: str) -> str:
    return " OR ".join(f"{column}_{side} IS NULL" for column in columns for side in ("l", "r"))


def _name_part(name: str, words: str, shares: tuple[float, ...], *, swapped: bool = False) -> Comparison:
    """Levels of a given name or patronymic, where one side may hold only an initial."""
    key, initial, skeleton = f"{name}_key", f"{name}_initial", f"{name}_skeleton"
    exact, near, alike, begins, among, other = shares
    missing = _missing(initial)
    if swapped:
        missing = f"({missing}) OR ({_SWAPPED})"
    return Comparison(
        name=name,
        words=words,
        needs=initial,
        columns=(key, initial, skeleton, "skeletons", *(("other_surname", "other_given") if swapped else ())),
        missing=missing,
        levels=(
            Level(name="same", condition=f"{key}_l = {key}_r", m_default=exact, frequency_of=key),
            Level(
                name="nearly the same or the same consonants",
                condition=f"{_alike(key, 0.9)} OR {_skeletons(skeleton, 3)}",
                m_default=near,
            ),
            Level(name="alike", condition=_alike(key, 0.78), m_default=alike),
            Level(
                name="an initial that agrees",
                condition=f"({key}_l IS NULL OR {key}_r IS NULL) AND {initial}_l = {initial}_r",
                m_default=begins,
            ),
            Level(name="among the other names of the record", condition=_among(skeleton, 3), m_default=among),
            Level(name="different", condition=_NOT_ELSE, m_default=other),
        ),
    )


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        name="surname",
        words="surname",
        needs="surname_key",
        columns=("surname_key", "surname_skeleton", "skeletons", "other_surname", "other_given"),
        missing=_missing("surname_key"),
        levels=(
            Level(name="same", condition="surname_key_l = surname_key_r", m_default=0.78, frequency_of="surname_key"),
            Level(
                name="one letter apart or the same consonants",
                condition="(length(surname_key_l) >= 4 AND length(surname_key_r) >= 4 "
                "AND damerau_levenshtein(surname_key_l, surname_key_r) <= 1) "
                f"OR {_skeletons('surname_skeleton', 3)}",
                m_default=0.12,
            ),
            Level(
                name="nearly the same, or the same consonants but for one",
                condition=f"{_alike('surname_key', 0.88)} OR (length(surname_skeleton_l) >= 4 "
                "AND length(surname_skeleton_r) >= 4 "
                "AND damerau_levenshtein(surname_skeleton_l, surname_skeleton_r) <= 1)",
                m_default=0.03,
            ),
            Level(name="swapped with the given name", condition=_SWAPPED, m_default=0.01),
            Level(
                name="among the other names of the record",
                condition=_among("surname_skeleton", 2),
                m_default=0.01,
            ),
            Level(name="alike", condition=_alike("surname_key", 0.78), m_default=0.02),
            Level(name="different", condition=_NOT_ELSE, m_default=0.03),
        ),
    ),
    Comparison(
        name="second_surname",
        words="second surname",
        needs="second_surname_key",
        columns=("second_surname_key",),
        missing=_missing("second_surname_key"),
        levels=(
            Level(
                name="same",
                condition="second_surname_key_l = second_surname_key_r",
                m_default=0.8,
                frequency_of="second_surname_key",
            ),
            Level(name="alike", condition=_alike("second_surname_key", 0.85), m_default=0.13),
            Level(name="different", condition=_NOT_ELSE, m_default=0.07),
        ),
    ),
    _name_part("given", "given name or its initial", (0.71, 0.06, 0.03, 0.15, 0.01, 0.04), swapped=True),
    _name_part("patronymic", "patronymic or its initial", (0.71, 0.06, 0.03, 0.15, 0.01, 0.04)),
    Comparison(
        name="birth",
        words="date of birth",
        needs="birth_from",
        columns=("birth_from", "birth_to", "birth_exact", "birth_text", "birth_year"),
        missing=_missing("birth_from", "birth_to"),
        levels=(
            Level(name="same day", condition="birth_exact_l = birth_exact_r", m_default=0.55),
            Level(
                name="day and month swapped, or one digit apart",
                condition="damerau_levenshtein(birth_text_l, birth_text_r) <= 1 "
                "OR (year(birth_exact_l) = year(birth_exact_r) AND month(birth_exact_l) = day(birth_exact_r) "
                "AND day(birth_exact_l) = month(birth_exact_r))",
                m_default=0.06,
            ),
            Level(
                name="same year as far as known",
                condition="birth_year_l = birth_year_r AND birth_from_l <= birth_to_r AND birth_from_r <= birth_to_l",
                m_default=0.28,
            ),
            Level(
                name="possible as far as known",
                condition="birth_from_l <= birth_to_r AND birth_from_r <= birth_to_l",
                m_default=0.04,
            ),
            Level(name="same year", condition="birth_year_l = birth_year_r", m_default=0.02),
            Level(name="within a year", condition=_apart("birth", 366), m_default=0.03),
            Level(name="different", condition=_NOT_ELSE, m_default=0.02),
        ),
    ),
    Comparison(
        name="event",
        words="date of the event",
        needs="event_from",
        columns=("event_from", "event_to", "event_exact", "event_month"),
        missing=_missing("event_from", "event_to"),
        levels=(
            Level(name="same day", condition="event_exact_l = event_exact_r", m_default=0.4),
            Level(
                name="within a week",
                condition="abs(datediff('day', event_exact_l, event_exact_r)) <= 7",
                m_default=0.12,
            ),
            Level(
                name="same month as far as known",
                condition="event_month_l = event_month_r AND event_from_l <= event_to_r AND event_from_r <= event_to_l",
                m_default=0.15,
            ),
            Level(
                name="possible as far as known",
                condition="event_from_l <= event_to_r AND event_from_r <= event_to_l",
                m_default=0.12,
            ),
            Level(name="within a month", condition=_apart("event", 31), m_default=0.06),
            Level(name="within three months", condition=_apart("event", 92), m_default=0.04),
            Level(name="within a year", condition=_apart("event", 366), m_default=0.06),
            Level(name="different", condition=_NOT_ELSE, m_default=0.05),
        ),
    ),
    Comparison(
        name="place",
        words="place",
        needs="place_key",
        columns=("place_key",),
        missing=_missing("place_key"),
        levels=(
            Level(name="same", condition="place_key_l = place_key_r", m_default=0.75, frequency_of="place_key"),
            Level(name="nearly the same", condition=_alike("place_key", 0.9), m_default=0.05),
            Level(name="alike", condition=_alike("place_key", 0.78), m_default=0.03),
            Level(name="different", condition=_NOT_ELSE, m_default=0.17),
        ),
    ),
    Comparison(
        name="sex",
        words="sex",
        needs="sex",
        columns=("sex",),
        missing=_missing("sex"),
        levels=(
            Level(name="same", condition="sex_l = sex_r", m_default=0.985),
            Level(name="different", condition=_NOT_ELSE, m_default=0.015),
        ),
    ),
)
COMPARISON_NAMES: tuple[str, ...] = tuple(comparison.name for comparison in COMPARISONS)


def clamp(probability: float) -> float:
    """Keep an m or u probability inside (1e-4, 1 - 1e-4)."""
    return min(max(probability, FLOOR), CEILING)


def level_sql(comparison: Comparison) -> str:
    """Return the level of a pair as SQL over the columns of both sides: -1 if missing, highest for the best.

    DuckDB's Damerau-Levenshtein distance takes seven times as long as its Levenshtein distance, which is at most twice
    as large (swapping two letters is two steps): it is looked at first.
    """
    whens = [f"WHEN {comparison.missing} THEN -1"]
    for position, level in enumerate(comparison.levels[:-1]):
        condition = _DAMERAU.sub(r"(levenshtein(\1) <= 2 AND damerau_levenshtein(\1) <= 1)", level.condition)
        whens.append(f"WHEN {condition} THEN {comparison.level_value(position)}")
    return f"CASE {' '.join(whens)} ELSE 0 END"


def as_splink(comparison: Comparison, *, m: tuple[float, ...], u: tuple[float, ...] | None) -> dict[str, Any]:
    """Return the comparison as the settings Splink reads; `u` None leaves u to be trained."""
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}
    ]
    for position, level in enumerate(comparison.levels):
        settings: dict[str, Any] = {
            "sql_condition": level.condition,
            "label_for_charts": level.name,
            "m_probability": m[position],
        }
        if u is not None:
            settings["u_probability"] = u[position]
        levels.append(settings)
    return {"output_column_name": comparison.name, "comparison_levels": levels}
