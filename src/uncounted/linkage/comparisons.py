"""What is compared between two records: fields, levels, and what is assumed of each level before training.

A level's `m_default` is the share of true pairs (with the field known on both sides) expected at that level, from
general knowledge of lists made by hand: it is the starting point of training, and what remains where training cannot
say anything. Fellegi and Sunter (1969), JASA 64:1183; m and u as in section 2 there.
"""

from __future__ import annotations

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
    """A field compared in levels, best first; the last one is everything else. `missing` compares as no evidence."""

    name: str
    missing: str
    levels: tuple[Level, ...]

    def level_value(self, position: int) -> int:
        """Return Splink's number of a level: 0 for everything else, highest for the best level (-1 is missing)."""
        return len(self.levels) - 1 - position


_SWAPPED = (
    "(other_surname_l = other_given_r OR other_surname_r = other_given_l) "
    "AND jaro_winkler_similarity(other_surname_l, other_surname_r) < 0.88"
)
_NOT_ELSE = "ELSE"


def _apart(date: str, days: int) -> str:
    """Return SQL that holds if the two ranges of a date come within `days` of each other."""
    gaps = (f"datediff('day', {date}_to_{one}, {date}_from_{two}) <= {days}" for one, two in (("l", "r"), ("r", "l")))
    return " AND ".join(gaps)


def _name_part(name: str, shares: tuple[float, float, float, float, float], *, extra_missing: str = "") -> Comparison:
    """Levels of a given name or patronymic, where one side may hold only an initial."""
    key, initial = f"{name}_key", f"{name}_initial"
    exact, near, alike, begins, other = shares
    half_known = f"({key}_l IS NULL OR {key}_r IS NULL)"
    missing = f"{initial}_l IS NULL OR {initial}_r IS NULL"
    if extra_missing:
        missing = f"({missing}) OR ({extra_missing})"
    return Comparison(
        name=name,
        missing=missing,
        levels=(
            Level(name="same", condition=f"{key}_l = {key}_r", m_default=exact, frequency_of=key),
            Level(
                name="nearly the same", condition=f"jaro_winkler_similarity({key}_l, {key}_r) >= 0.9", m_default=near
            ),
            Level(name="alike", condition=f"jaro_winkler_similarity({key}_l, {key}_r) >= 0.78", m_default=alike),
            Level(
                name="an initial that agrees", condition=f"{half_known} AND {initial}_l = {initial}_r", m_default=begins
            ),
            Level(name="different", condition=_NOT_ELSE, m_default=other),
        ),
    )


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        name="surname",
        missing="surname_key_l IS NULL OR surname_key_r IS NULL",
        levels=(
            Level(name="same", condition="surname_key_l = surname_key_r", m_default=0.8, frequency_of="surname_key"),
            Level(
                name="one letter apart or the same consonants",
                condition="(length(surname_key_l) >= 4 AND length(surname_key_r) >= 4 "
                "AND damerau_levenshtein(surname_key_l, surname_key_r) <= 1) "
                "OR (length(surname_skeleton_l) >= 3 AND surname_skeleton_l = surname_skeleton_r)",
                m_default=0.12,
            ),
            Level(
                name="nearly the same",
                condition="jaro_winkler_similarity(surname_key_l, surname_key_r) >= 0.88",
                m_default=0.03,
            ),
            Level(name="swapped with the given name", condition=_SWAPPED, m_default=0.01),
            Level(name="different", condition=_NOT_ELSE, m_default=0.04),
        ),
    ),
    _name_part("given", (0.72, 0.05, 0.03, 0.16, 0.04), extra_missing=_SWAPPED),
    _name_part("patronymic", (0.72, 0.06, 0.03, 0.15, 0.04)),
    Comparison(
        name="birth",
        missing="birth_from_l IS NULL OR birth_from_r IS NULL OR birth_to_l IS NULL OR birth_to_r IS NULL",
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
        missing="event_from_l IS NULL OR event_from_r IS NULL OR event_to_l IS NULL OR event_to_r IS NULL",
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
        missing="place_key_l IS NULL OR place_key_r IS NULL",
        levels=(
            Level(name="same", condition="place_key_l = place_key_r", m_default=0.75, frequency_of="place_key"),
            Level(
                name="nearly the same",
                condition="jaro_winkler_similarity(place_key_l, place_key_r) >= 0.9",
                m_default=0.06,
            ),
            Level(name="different", condition=_NOT_ELSE, m_default=0.19),
        ),
    ),
    Comparison(
        name="sex",
        missing="sex_l IS NULL OR sex_r IS NULL",
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
        if level.frequency_of:
            settings["tf_adjustment_column"] = level.frequency_of
        levels.append(settings)
    return {"output_column_name": comparison.name, "comparison_levels": levels}
