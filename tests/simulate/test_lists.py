"""`simulate_lists`: the general maker of lists behind the demo."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from uncounted.simulate import DEMO_CAPTURE, DEMO_HABITS, LEVELS, simulate_lists

PERIOD = {"start": date(2022, 1, 1), "end": date(2023, 12, 31)}


def _lists(**changes):
    request = {"n_people": 1500, "seed": 4, "capture": DEMO_CAPTURE, "habits": DEMO_HABITS, **PERIOD, **changes}
    return simulate_lists(**request)


def _rows(lists, name):
    one = next(one for one in lists.lists if one.name == name)
    return [dict(zip(one.columns, row, strict=True)) for row in one.rows], one.person


def test_records_and_membership_agree():
    made = _lists()
    for j, one in enumerate(made.lists):
        assert set(one.person.tolist()) == set(np.flatnonzero(made.membership[:, j]).tolist())
        assert len(one.rows) == len(one.person)
        ids = [row[one.columns.index("id")] for row in one.rows]
        assert len(set(ids)) == len(ids)
    counts = made.counts_by_year((2022, 2023))
    assert counts.sum() == made.membership.any(axis=1).sum()


def test_no_damage_means_what_the_habits_say():
    clean = replace(DEMO_HABITS["lawyers"], styles=(("ru", 1.0),), repeats=0.0, upper_surname=0.0)
    made = _lists(damage="none", habits={**DEMO_HABITS, "lawyers": clean})
    rows, person = _rows(made, "lawyers")
    for row, who in zip(rows, person.tolist(), strict=True):
        if len(row["event"]) == 10:
            assert row["event"] == made.people.event[who].strftime("%d.%m.%Y")
        if len(row["birth"]) == 10:
            assert row["birth"] == made.people.birth[who].strftime("%d.%m.%Y")


def test_damage_levels_are_in_order():
    """The share of court records whose full birth date is wrong grows with the level."""
    wrong = []
    for level in ("none", "easy", "medium", "hard"):
        made = _lists(damage=level)
        rows, person = _rows(made, "courts")
        true = [made.people.birth[p].strftime("%d.%m.%Y") for p in person.tolist()]
        wrong.append(np.mean([row["birth"] != day for row, day in zip(rows, true, strict=True)]))
    assert wrong == sorted(wrong)
    assert wrong[-1] > wrong[0] + 0.1
    assert LEVELS["hard"].times(100.0).typo == 1.0


def test_one_list_does_not_change_another():
    first = _lists()
    other = _lists(habits={**DEMO_HABITS, "press": replace(DEMO_HABITS["press"], repeats=0.5)})
    assert first.lists[0].rows == other.lists[0].rows
    assert first.lists[2].rows != other.lists[2].rows
    np.testing.assert_array_equal(first.membership, other.membership)


def test_events_grow_and_stay_in_the_period():
    made = _lists(n_people=20_000)
    days = made.people.event_day
    assert days.min() >= 0
    assert days.max() <= 729
    # Density 1 + 3x on [0, 1): the first half holds 0.35 of all; Monte-Carlo error 0.0034.
    assert (days < 365).mean() == pytest.approx(0.35, abs=0.014)


def test_names_collide_as_they_do_in_life():
    made = _lists(n_people=6500)
    pairs = [(p.surname, p.given, p.parent) for p in made.people.names]
    surnames = [p.surname for p in made.people.names]
    assert len(set(surnames)) < 1200
    assert len(set(pairs)) > 6_000
    two = [(p.surname, p.given) for p in made.people.names]
    assert len(set(two)) < 6_400


@pytest.mark.parametrize(
    "changes",
    [
        {"n_people": 0},
        {"growth": 0.0},
        {"end": date(2021, 1, 1)},
        {"habits": {"courts": DEMO_HABITS["courts"]}},
        {"capture": replace(DEMO_CAPTURE, region_logits=((0.0, 0.0, 0.0, 0.0),))},
        {"habits": {**DEMO_HABITS, "press": replace(DEMO_HABITS["press"], styles=(("ru>morse", 1.0),))}},
        {"family": "klingon"},
    ],
)
def test_bad_requests_are_refused(changes):
    with pytest.raises(ValueError, match=r"\w"):
        _lists(**changes)
