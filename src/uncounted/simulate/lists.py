"""Invented people and the lists they are on, with the truth of who is who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from uncounted.simulate.capture import BoolArray, IntArray, PersonCapture, count_patterns, draw_membership
from uncounted.simulate.damage import LEVELS, Damage, DamageLevel
from uncounted.simulate.family import FamilyName, NameFamily, PersonName, name_family
from uncounted.simulate.habits import ListHabits
from uncounted.simulate.record_writer import RecordWriter, pick
from uncounted.simulate.seeds import stream

OLDEST, YOUNGEST = date(1972, 1, 1), date(2003, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """A closed population of invented people, one entry a person.

    Attributes
    ----------
    names : tuple of PersonName
        Positions in the tables of the family of names.
    female : ndarray of bool, shape (N,)
    birth, event : tuple of date
        Days of birth and of the event that is counted.
    event_day : ndarray of int64, shape (N,)
        Day of the event counted from the first day of the period.
    region : ndarray of int64, shape (N,)
    """

    names: tuple[PersonName, ...]
    female: BoolArray
    birth: tuple[date, ...]
    event: tuple[date, ...]
    event_day: IntArray
    region: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedList:
    """The records of one list: `rows` of text under `columns` (fields of the project file), and whose each row is."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    person: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedLists:
    """People, who of them is on which list (shape (N, J), records or not), and the records."""

    people: People
    membership: BoolArray
    lists: tuple[SimulatedList, ...]

    def counts_by_year(self, years: tuple[int, ...]) -> IntArray:
        """Return true counts per year of the event and capture pattern, shape (years, 2**J − 1)."""
        position = {year: at for at, year in enumerate(years)}
        stratum = np.array([position[day.year] for day in self.people.event], dtype=np.int64)
        return count_patterns(self.membership, stratum, len(years))


def simulate_lists(
    *,
    n_people: int,
    seed: int,
    capture: PersonCapture,
    habits: Mapping[str, ListHabits],
    start: date,
    end: date,
    family: FamilyName = "cyrillic",
    damage: DamageLevel | Damage = "easy",
    female_share: float = 0.04,
    growth: float = 4.0,
    born: tuple[date, date] = (OLDEST, YOUNGEST),
    birth_skew: float = 1.5,
) -> SimulatedLists:
    """Make invented people and their records on several lists.

    Parameters
    ----------
    n_people : int
        Size of the population, those on no list included.
    seed : int
        The same seed gives the same lists; each list depends on the seed and its own name alone.
    capture : PersonCapture
        How people come onto lists.
    habits : mapping of str to ListHabits
        How each list of `capture.lists` is kept.
    start, end : date
        First and last day of the period in which events fall.
    family : {"cyrillic", "arabic", "spanish", "english", "turkish", "persian"}
        Names and places.
    damage : {"none", "easy", "medium", "hard"} or Damage
        Faults in the records, before the factor of each list.
    female_share : float
        Share of women.
    growth : float
        Events per day at the end of the period over those at its start; the rate grows in a straight line.
    born : (date, date)
        First and last day of birth.
    birth_skew : float
        Above 0; 1 spreads births evenly over those days, larger values make younger people more common.

    Returns
    -------
    SimulatedLists

    Raises
    ------
    ValueError
        If a list has no habits, the regions do not fit the family, or a number is out of range.
    """
    names = name_family(family)
    if born[1] < born[0] or birth_skew <= 0.0:
        raise ValueError("born must be two days in order, and birth_skew above 0.")
    _check_request(n_people=n_people, capture=capture, habits=habits, family=names, start=start, end=end, growth=growth)
    people = draw_people(
        n_people,
        names,
        start=start,
        end=end,
        female_share=female_share,
        growth=growth,
        born=born,
        birth_skew=birth_skew,
        rng=stream(seed, "people"),
    )
    membership = draw_membership(
        capture, region=people.region, event_day=people.event_day, rng=stream(seed, "membership")
    )
    level = damage if isinstance(damage, Damage) else LEVELS[damage]
    lists = tuple(
        _write_list(
            name,
            habits[name],
            on_list=membership[:, j],
            people=people,
            family=names,
            damage=level,
            rng=stream(seed, f"list:{name}"),
        )
        for j, name in enumerate(capture.lists)
    )
    return SimulatedLists(people=people, membership=membership, lists=lists)


def draw_people(
    n_people: int,
    family: NameFamily,
    *,
    start: date,
    end: date,
    female_share: float,
    growth: float,
    rng: np.random.Generator,
    born: tuple[date, date] = (OLDEST, YOUNGEST),
    birth_skew: float = 1.5,
) -> People:
    """Draw a closed population; regions differ in size, younger people are more common.

    Parameters
    ----------
    n_people : int
        Size of the population.
    family : NameFamily
        Names and places.
    start, end : date
        First and last day of the period.
    female_share, growth : float
        See `simulate_lists`.
    rng : numpy.random.Generator
        Source of randomness.
    born, birth_skew
        See `simulate_lists`.

    Returns
    -------
    People
    """
    n_days = (end - start).days + 1
    # Inverse of the distribution function with density proportional to 1 + (growth − 1) x on [0, 1).
    u, slope = rng.random(n_people), growth - 1.0
    x = u if slope == 0.0 else (np.sqrt(1.0 + u * (growth * growth - 1.0)) - 1.0) / slope
    event_day = np.minimum((x * n_days).astype(np.int64), n_days - 1)
    oldest, youngest = born
    span = (youngest - oldest).days
    birth_day = ((1.0 - rng.random(n_people) ** birth_skew) * span).astype(np.int64)
    size = 1.0 / (2.0 + np.arange(family.n_places))
    region = np.searchsorted(np.cumsum(size / size.sum())[:-1], rng.random(n_people), side="right").astype(np.int64)
    female = rng.random(n_people) < female_share
    return People(
        names=tuple(family.draw(female, rng)),
        female=female,
        birth=tuple(oldest + timedelta(days=d) for d in birth_day.tolist()),
        event=tuple(start + timedelta(days=d) for d in event_day.tolist()),
        event_day=event_day,
        region=region,
    )


# -- one list ---------------------------------------------------------------------------------------------------
def _write_list(
    name: str,
    habits: ListHabits,
    *,
    on_list: BoolArray,
    people: People,
    family: NameFamily,
    damage: Damage,
    rng: np.random.Generator,
) -> SimulatedList:
    """Write the records of everybody on one list, in the order in which the list learned of them."""
    writer = RecordWriter(habits, damage.times(habits.damage_factor), people, family, rng)
    entries: list[tuple[date, dict[str, str], int, int]] = []
    for person in np.flatnonzero(on_list).tolist():
        style = pick(habits.styles, rng)
        again = habits.repeats
        entries.append((*writer.write(person, style), person, len(entries)))
        while rng.random() < again:
            other = style if rng.random() < habits.same_style_again else pick(habits.styles, rng)
            entries.append((*writer.write(person, other), person, len(entries)))
            again = habits.repeats / 5.0
    entries.sort(key=lambda entry: (entry[0], entry[3]))
    rows = []
    for number, (_, fields, _, _) in enumerate(entries, start=1):
        fields["id"] = f"{name[:1].upper()}-{number:05d}"
        rows.append(tuple(fields[column] for column in habits.columns))
    owners = np.array([entry[2] for entry in entries], dtype=np.int64)
    return SimulatedList(name=name, columns=habits.columns, rows=tuple(rows), person=owners)


def _check_request(
    *,
    n_people: int,
    capture: PersonCapture,
    habits: Mapping[str, ListHabits],
    family: NameFamily,
    start: date,
    end: date,
    growth: float,
) -> None:
    if n_people < 1:
        raise ValueError(f"n_people must be at least 1; found {n_people}.")
    if end < start or growth <= 0.0:
        raise ValueError("the period must not end before it starts, and growth must be above 0.")
    lost = [name for name in capture.lists if name not in habits]
    if lost:
        raise ValueError(f"no habits for the lists {', '.join(lost)}.")
    if len(capture.region_logits) != family.n_places:
        raise ValueError(f"capture.region_logits must have {family.n_places} rows, one for each region.")
    known = set(family.styles)
    odd = sorted({s for h in habits.values() for s, _ in (*h.styles, *h.place_styles) if s not in known})
    if odd:
        raise ValueError(f"the family of names has no style {', '.join(odd)}.")
