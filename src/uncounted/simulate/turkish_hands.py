"""Keepers of invented lists of Turkish names, first and other (see `hands`)."""

from __future__ import annotations

from uncounted.simulate.habits import ListHabits

FIRST: tuple[ListHabits, ...] = (
    ListHabits(
        columns=("id", "name", "birth", "sex", "event", "place"),
        styles=(("tr", 1.0),),
        order=(("gfs", 1.0),),
        patronymic=(("full", 0.6), ("none", 0.4)),
        further=(("full", 0.8), ("none", 0.2)),
        birth=(("day", 0.90), ("year", 0.06), ("none", 0.04)),
        event=(("day", 0.93), ("month", 0.07)),
        repeats=0.05,
        damage_factor=0.8,
    ),
    ListHabits(
        columns=("id", "name", "birth", "event", "place"),
        styles=(("ascii", 0.5), ("english", 0.3), ("tr", 0.2)),
        order=(("gfs", 0.9), ("s,g", 0.1)),
        given=(("full", 0.93), ("nickname", 0.05), ("initial", 0.02)),
        patronymic=(("none", 1.0),),
        further=(("none", 0.6), ("full", 0.4)),
        birth=(("year", 0.35), ("day", 0.40), ("age", 0.15), ("none", 0.10)),
        event=(("day", 0.65), ("near", 0.15), ("month", 0.20)),
        place_missing=0.04,
        repeats=0.08,
    ),
    ListHabits(
        columns=("id", "surname", "given", "birth", "event", "place"),
        styles=(("german", 0.4), ("english", 0.3), ("ascii", 0.3)),
        given=(("full", 0.96), ("initial", 0.04)),
        patronymic=(("none", 1.0),),
        further=(("none", 0.5), ("full", 0.4), ("initial", 0.1)),
        birth=(("year", 0.4), ("day", 0.45), ("none", 0.15)),
        event=(("day", 0.8), ("month", 0.2)),
        day_format="%Y-%m-%d",
        month_format="%Y-%m",
        repeats=0.06,
    ),
    ListHabits(
        columns=("id", "surname", "given", "patronymic", "birth", "event", "place"),
        styles=(("tr", 0.7), ("ascii", 0.3)),
        patronymic=(("full", 0.7), ("none", 0.3)),
        birth=(("day", 0.7), ("year", 0.25), ("none", 0.05)),
        event=(("day", 0.75), ("month", 0.25)),
        repeats=0.05,
    ),
)

OTHER: tuple[ListHabits, ...] = (
    ListHabits(
        columns=("id", "name", "birth", "event", "place"),
        styles=(("ascii", 0.8), ("french", 0.2)),
        order=(("sg", 0.6), ("s,g", 0.4)),
        patronymic=(("none", 1.0),),
        birth=(("day", 0.8), ("year", 0.15), ("none", 0.05)),
        event=(("day", 0.85), ("month", 0.15)),
        upper_surname=0.4,
        repeats=0.06,
        careless=0.1,
    ),
    ListHabits(
        columns=("id", "name", "birth", "event", "place", "sex"),
        styles=(("tr", 1.0),),
        order=(("gps", 1.0),),
        patronymic=(("full", 0.5), ("none", 0.5)),
        birth=(("year", 0.35), ("day", 0.55), ("none", 0.10)),
        event=(("day", 0.75), ("month", 0.25)),
        repeats=0.06,
        careless=0.15,
    ),
    ListHabits(
        columns=("id", "name", "birth", "event", "place"),
        styles=(("german", 0.5), ("french", 0.3), ("russian", 0.2)),
        order=(("gfs", 0.85), ("sg", 0.15)),
        given=(("full", 0.9), ("nickname", 0.1)),
        further=(("full", 0.6), ("none", 0.4)),
        birth=(("age", 0.3), ("day", 0.5), ("year", 0.1), ("none", 0.1)),
        event=(("day", 0.6), ("near", 0.2), ("month", 0.2)),
        day_format="%Y-%m-%d",
        month_format="%Y-%m",
        place_missing=0.06,
        repeats=0.08,
        careless=0.1,
    ),
    ListHabits(
        columns=("id", "surname", "given", "patronymic", "birth", "event", "place"),
        styles=(("ascii", 0.5), ("russian", 0.5)),
        patronymic=(("full", 0.85), ("none", 0.15)),
        birth=(("day", 0.85), ("none", 0.15)),
        event=(("day", 0.9), ("month", 0.1)),
        repeats=0.05,
    ),
)
