"""How a list is kept: which columns it has, in which letters, and how complete its keepers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Choice = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHabits:
    """The habits of one list. Each `Choice` is a tuple of (what, weight).

    Attributes
    ----------
    columns : tuple of str
        Fields of the project file, in the order of the columns: "name" for a whole name in one column, or "surname",
        "given", "patronymic"; "id", "birth", "event", "known", "place", "sex", "kind", "note".
    styles : Choice
        Ways of writing names, of the family of names.
    place_styles : Choice
        Ways of writing places; empty: as the name of the record.
    order : Choice
        Order of a whole name: letters s (surname), g (given name), p (patronymic or second surname), f (further name),
        and a comma after the one before it, e.g. "sgp" or "s,g".
    surname : Choice
        "full" or "none".
    given : Choice
        "full", "nickname" or "initial".
    patronymic, further : Choice
        "full", "initial" or "none".
    titles : Choice
        Words put before a whole name, or "".
    birth : Choice
        "day", "year", "age" (a year worked out from an age, so it may be one off) or "none".
    event : Choice
        "day", "near" (a day up to six days off), "month", "year" or "none".
    place_missing : float
        Probability that the region is not given.
    day_format, month_format, year_format : str
        How dates are written, as for `datetime.strftime`.
    sexes : (str, str)
        How men and women are marked.
    kinds : Choice
        Words of a column "kind".
    notes : Choice
        Remarks for a column "note"; a remark may hold a line break.
    repeats : float
        Probability that a person is recorded again; after each further record, again with a fifth of it.
    same_style_again : float
        Probability that a repeated record is written in the style of the first.
    upper_surname : float
        Probability that the surname is in capitals.
    mixed_script : float
        Probability that a Cyrillic name holds look-alike Latin letters.
    nameless : float
        Probability that a word such as "unknown" stands for the name.
    nameless_words : tuple of str
        Those words.
    delay_days : float
        Mean number of days from the event to the record (exponential).
    damage_factor : float
        Times the damage of the simulation.
    careless, careless_factor : float
        Share of the records written in haste, and what their damage is multiplied by besides: faults come together.
    """

    columns: tuple[str, ...]
    styles: Choice
    place_styles: Choice = ()
    order: Choice = (("sgp", 1.0),)
    surname: Choice = (("full", 1.0),)
    given: Choice = (("full", 1.0),)
    patronymic: Choice = (("full", 1.0),)
    further: Choice = (("none", 1.0),)
    titles: Choice = (("", 1.0),)
    birth: Choice = (("day", 1.0),)
    event: Choice = (("day", 1.0),)
    place_missing: float = 0.0
    day_format: str = "%d.%m.%Y"
    month_format: str = "%m.%Y"
    year_format: str = "%Y"
    sexes: tuple[str, str] = ("m", "f")
    kinds: Choice = (("", 1.0),)
    notes: Choice = (("", 1.0),)
    repeats: float = 0.0
    same_style_again: float = 0.6
    upper_surname: float = 0.0
    mixed_script: float = 0.0
    nameless: float = 0.0
    nameless_words: tuple[str, ...] = ("unknown",)
    delay_days: float = 60.0
    damage_factor: float = 1.0
    careless: float = 0.0
    careless_factor: float = 3.0

    @property
    def date_formats(self) -> tuple[str, ...]:
        """Formats of dates a reader of this list must know, the most exact first."""
        return (self.day_format, self.month_format, self.year_format)


COURTS = ListHabits(
    columns=("id", "name", "birth", "sex", "event", "known", "place", "kind"),
    styles=(("ru", 1.0),),
    order=(("sgp", 0.985), ("gps", 0.015)),
    patronymic=(("full", 0.96), ("none", 0.04)),
    birth=(("day", 0.93), ("year", 0.03), ("none", 0.04)),
    event=(("day", 0.97), ("month", 0.03)),
    sexes=("м", "ж"),
    kinds=(("самовольное оставление части", 0.72), ("неисполнение приказа", 0.17), ("дезертирство", 0.11)),
    repeats=0.02,
    same_style_again=1.0,
    upper_surname=0.1,
    delay_days=110.0,
    damage_factor=0.8,
)

HOTLINE = ListHabits(
    columns=("id", "known", "name", "birth", "sex", "place", "event", "note"),
    styles=(
        ("ru>informal-y", 0.20),
        ("ru>informal-j", 0.07),
        ("ru>informal-ia", 0.07),
        ("ru>icao", 0.12),
        ("ru>passport-2000", 0.10),
        ("uk>national-2010", 0.10),
        ("uk>ukrainian-loose", 0.05),
        ("ru>german", 0.04),
        ("ru>french", 0.02),
        ("ru", 0.19),
        ("uk", 0.04),
    ),
    order=(("gsp", 0.5), ("sgp", 0.35), ("gps", 0.15)),
    given=(("full", 0.77), ("nickname", 0.19), ("initial", 0.04)),
    patronymic=(("none", 0.66), ("full", 0.25), ("initial", 0.09)),
    birth=(("year", 0.64), ("age", 0.21), ("none", 0.08), ("day", 0.07)),
    event=(("day", 0.50), ("near", 0.21), ("month", 0.26), ("year", 0.02), ("none", 0.01)),
    place_missing=0.05,
    notes=(
        ("", 0.70),
        ("asks for a lawyer", 0.12),
        ("second call, see earlier request", 0.06),
        ("called by a relative;\nwill call back", 0.06),
        ('said "by post only", no phone', 0.06),
    ),
    repeats=0.25,
    mixed_script=0.03,
    nameless=0.002,
    nameless_words=("unknown", "n/a", "не назвался"),
    delay_days=45.0,
    damage_factor=1.4,
)

PRESS = ListHabits(
    columns=("id", "known", "surname", "given", "birth", "event", "place"),
    styles=(
        ("ru>bgn", 0.34),
        ("ru>icao", 0.22),
        ("ru>scholarly", 0.06),
        ("ru>iso9", 0.05),
        ("ru>gost-b", 0.04),
        ("ru>german", 0.09),
        ("ru>french", 0.06),
        ("uk>national-2010", 0.14),
    ),
    given=(("full", 0.91), ("initial", 0.09)),
    patronymic=(("none", 0.62), ("initial", 0.23), ("full", 0.15)),
    birth=(("none", 0.32), ("year", 0.53), ("day", 0.15)),
    event=(("day", 0.66), ("month", 0.33), ("year", 0.01)),
    place_missing=0.03,
    day_format="%Y-%m-%d",
    month_format="%Y-%m",
    repeats=0.05,
    nameless=0.002,
    nameless_words=("unknown", "not named"),
    delay_days=20.0,
)

LAWYERS = ListHabits(
    columns=("id", "surname", "given", "patronymic", "birth", "event", "place"),
    styles=(("uk", 0.45), ("ru", 0.55)),
    place_styles=(("ru", 1.0),),
    patronymic=(("full", 0.90), ("initial", 0.04), ("none", 0.06)),
    birth=(("day", 0.84), ("year", 0.10), ("none", 0.06)),
    event=(("day", 0.76), ("month", 0.23), ("year", 0.01)),
    place_missing=0.02,
    repeats=0.01,
    upper_surname=0.03,
    damage_factor=1.0,
)

DEMO_HABITS: Mapping[str, ListHabits] = {
    "courts": COURTS,
    "hotline": HOTLINE,
    "press": PRESS,
    "lawyers": LAWYERS,
}
