"""Keepers of invented lists of Turkish names, first and other (see `hands`): the Persian ones, writing Turkish."""

from __future__ import annotations

from dataclasses import replace

from uncounted.simulate import persian_hands
from uncounted.simulate.habits import Choice, ListHabits

_FIRST_STYLES: tuple[Choice, ...] = (
    (("tr", 1.0),),
    (("ascii", 0.5), ("english", 0.3), ("tr", 0.2)),
    (("german", 0.4), ("english", 0.3), ("ascii", 0.3)),
    (("tr", 0.7), ("ascii", 0.3)),
)
_OTHER_STYLES: tuple[Choice, ...] = (
    (("ascii", 0.8), ("french", 0.2)),
    (("tr", 1.0),),
    (("german", 0.5), ("french", 0.3), ("russian", 0.2)),
    (("ascii", 0.5), ("russian", 0.5)),
)


def _writing(habits: tuple[ListHabits, ...], styles: tuple[Choice, ...]) -> tuple[ListHabits, ...]:
    return tuple(replace(one, styles=own) for one, own in zip(habits, styles, strict=True))


_first = _writing(persian_hands.FIRST, _FIRST_STYLES)
FIRST: tuple[ListHabits, ...] = (replace(_first[0], order=(("gfs", 1.0),)), *_first[1:])
OTHER: tuple[ListHabits, ...] = _writing(persian_hands.OTHER, _OTHER_STYLES)
