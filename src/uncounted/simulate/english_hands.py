"""Keepers of invented lists of English names, first and other (see `hands`)."""

from __future__ import annotations

from uncounted.simulate.habits import ListHabits

FIRST: tuple[ListHabits, ...] = (
    ListHabits(
        columns=("id", "name", "birth", "sex", "event", "place"),
        styles=(("own", 0.9), ("married", 0.1)),
        order=(("s,gp", 0.6), ("gps", 0.4)),
        patronymic=(("full", 0.6), ("initial", 0.3), ("none", 0.1)),
        birth=(("day", 0.90), ("year", 0.06), ("none", 0.04)),
        event=(("day", 0.93), ("month", 0.07)),
        day_format="%d/%m/%Y",
        month_format="%m/%Y",
        sexes=("M", "F"),
        repeats=0.05,
        upper_surname=0.2,
        damage_factor=0.8,
    ),
    ListHabits(
        columns=("id", "name", "birth", "event", "place"),
        styles=(("heard", 0.5), ("married", 0.4), ("own", 0.1)),
        order=(("gps", 0.95), ("sg", 0.05)),
        given=(("full", 0.72), ("nickname", 0.25), ("initial", 0.03)),
        patronymic=(("none", 0.8), ("initial", 0.15), ("full", 0.05)),
        birth=(("year", 0.35), ("day", 0.40), ("age", 0.15), ("none", 0.10)),
        event=(("day", 0.65), ("near", 0.15), ("month", 0.20)),
        place_missing=0.04,
        repeats=0.08,
    ),
    ListHabits(
        columns=("id", "surname", "given", "birth", "event", "place"),
        styles=(("own", 0.6), ("hyphen", 0.2), ("married", 0.2)),
        given=(("full", 0.9), ("initial", 0.06), ("nickname", 0.04)),
        patronymic=(("none", 0.6), ("initial", 0.4)),
        birth=(("year", 0.4), ("day", 0.5), ("none", 0.10)),
        event=(("day", 0.8), ("month", 0.2)),
        day_format="%Y-%m-%d",
        month_format="%Y-%m",
        repeats=0.06,
    ),
    ListHabits(
        columns=("id", "surname", "given", "patronymic", "birth", "event", "place"),
        styles=(("own", 0.5), ("married", 0.3), ("heard", 0.2)),
        patronymic=(("full", 0.4), ("initial", 0.3), ("none", 0.3)),
        birth=(("day", 0.75), ("year", 0.2), ("none", 0.05)),
        event=(("day", 0.75), ("month", 0.25)),
        repeats=0.05,
    ),
)

OTHER: tuple[ListHabits, ...] = (
    ListHabits(
        columns=("id", "name", "birth", "event", "place"),
        styles=(("married", 0.7), ("own", 0.3)),
        order=(("gps", 1.0),),
        titles=(("", 0.8), ("Mr", 0.1), ("Rev.", 0.05), ("Dr", 0.05)),
        patronymic=(("initial", 0.7), ("none", 0.3)),
        birth=(("day", 0.8), ("year", 0.15), ("none", 0.05)),
        event=(("day", 0.85), ("month", 0.15)),
        repeats=0.06,
        careless=0.1,
    ),
    ListHabits(
        columns=("id", "name", "birth", "event", "place", "sex"),
        styles=(("own", 0.5), ("heard", 0.5)),
        order=(("s,gp", 1.0),),
        given=(("full", 0.75), ("initial", 0.25)),
        patronymic=(("initial", 0.8), ("none", 0.2)),
        birth=(("age", 0.3), ("day", 0.6), ("none", 0.10)),
        event=(("day", 0.75), ("month", 0.25)),
        sexes=("male", "female"),
        repeats=0.06,
        upper_surname=0.3,
        careless=0.15,
    ),
    ListHabits(
        columns=("id", "name", "birth", "event", "place"),
        styles=(("heard", 0.7), ("hyphen", 0.3)),
        order=(("gs", 1.0),),
        given=(("full", 0.65), ("nickname", 0.35)),
        birth=(("day", 0.6), ("year", 0.3), ("none", 0.1)),
        event=(("day", 0.6), ("near", 0.2), ("month", 0.2)),
        day_format="%Y-%m-%d",
        month_format="%Y-%m",
        place_missing=0.06,
        repeats=0.08,
        careless=0.1,
    ),
    ListHabits(
        columns=("id", "surname", "given", "patronymic", "birth", "event", "place"),
        styles=(("own", 1.0),),
        birth=(("day", 0.85), ("none", 0.15)),
        event=(("day", 0.9), ("month", 0.1)),
        repeats=0.05,
    ),
)
