"""Faults come as often as declared, and one of probability 0 changes nothing."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from uncounted.simulate.capture import PersonCapture
from uncounted.simulate.damage import Damage, misread, mix_scripts, shift_spaces, typo
from uncounted.simulate.family import name_family
from uncounted.simulate.habits import ListHabits
from uncounted.simulate.hands import BENCHMARK_LEVELS, FAMILY_NAMES, HANDS_NAMES, hands_for
from uncounted.simulate.lists import simulate_lists

PLAIN = ListHabits(
    columns=("id", "surname", "given", "patronymic", "birth", "event", "place"), styles=(("ru", 1.0),), delay_days=900.0
)
RATE, N = 0.25, 1600


def _one_list(damage, habits=PLAIN, family="cyrillic", n=N):
    n_places = name_family(family).n_places
    capture = PersonCapture(lists=("a",), base_logits=(50.0,), region_logits=((0.0,),) * n_places, first_day=(0,))
    made = simulate_lists(
        n_people=n,
        seed=7,
        capture=capture,
        habits={"a": habits},
        start=date(2020, 1, 1),
        end=date(2021, 12, 31),
        family=family,
        damage=damage,
        female_share=0.5,
    )
    one = made.lists[0]
    return made.people, [dict(zip(one.columns, row, strict=True)) for row in one.rows], one.person.tolist()


def _close(share, expected, n):
    """Within four standard errors of a share of n; a rate that is half of what was declared is not."""
    error = (expected * (1 - expected) / n) ** 0.5
    assert abs(share - expected) < 4 * error, (share, expected)
    assert 4 * error < expected / 2


def test_gaps():
    _, rows, _ = _one_list(Damage(missing=RATE))
    for field in ("birth", "place", "patronymic"):
        _close(np.mean([row[field] == "" for row in rows]), RATE, N)
    assert all(row["surname"] and row["given"] for row in rows)


def test_wrong_places():
    people, rows, person = _one_list(Damage(wrong_place=RATE))
    family = name_family("cyrillic")
    wrong = [
        row["place"] != family.spell_place(int(people.region[p]), "ru") for row, p in zip(rows, person, strict=True)
    ]
    # The other region is drawn from all, so one in twelve is right by chance.
    _close(np.mean(wrong), RATE * (1 - 1 / family.n_places), N)


def test_swapped_dates():
    people, rows, person = _one_list(Damage(swapped_date=RATE))
    can = [people.birth[p].day <= 12 and people.birth[p].day != people.birth[p].month for p in person]
    wrong = [row["birth"] != people.birth[p].strftime("%d.%m.%Y") for row, p in zip(rows, person, strict=True)]
    _close(np.mean(wrong), RATE * np.mean(can), N)


def test_shifted_dates():
    people, rows, person = _one_list(Damage(shifted_date=RATE))
    wrong = [row["birth"] != people.birth[p].strftime("%d.%m.%Y") for row, p in zip(rows, person, strict=True)]
    _close(np.mean(wrong), RATE, N)


def test_partial_dates():
    people, rows, person = _one_list(Damage(partial_date=RATE))
    years = [row["birth"] == str(people.birth[p].year) for row, p in zip(rows, person, strict=True)]
    first = [row["birth"] == f"01.01.{people.birth[p].year}" for row, p in zip(rows, person, strict=True)]
    _close(np.mean(years), RATE / 2, N)
    _close(np.mean(first), RATE / 2, N)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("initial", lambda row, given: row["given"] == f"{given[0]}."),
        ("nickname", lambda row, given: row["given"] != given),
        ("lost_given", lambda row, given: row["given"] == ""),
        ("swapped_names", lambda row, given: row["surname"] == given),
    ],
)
def test_given_names(fault, seen):
    people, rows, person = _one_list(Damage(**{fault: RATE}), replace(PLAIN, styles=(("own", 1.0),)), "english")
    family = name_family("english")
    given = [family._given[people.names[p].given][0] for p in person]
    _close(np.mean([seen(row, name) for row, name in zip(rows, given, strict=True)]), RATE, N)


def test_forms_for_men():
    people, rows, person = _one_list(Damage(wrong_sex_form=RATE))
    family, rng = name_family("cyrillic"), np.random.default_rng(1)
    masculine = []
    for row, p in zip(rows, person, strict=True):
        name = people.names[p]
        man = family.spell(replace(name, female=False), "ru", nickname=False, rng=rng).middle.replace("ё", "е")
        if name.female:
            masculine.append(row["patronymic"].replace("ё", "е") == man)
        else:
            assert row["patronymic"].replace("ё", "е") == man
    _close(np.mean(masculine), RATE, len(masculine))


@pytest.mark.parametrize(("fault", "slip"), [("typo", typo), ("ocr", misread), ("mixed_script", mix_scripts)])
def test_slips(fault, slip):
    """A slip may leave a word as it was (two equal letters exchanged); how often, the slip itself says."""
    people, rows, person = _one_list(Damage(**{fault: RATE}))
    rng, family = np.random.default_rng(3), name_family("cyrillic")
    whole = [family._surnames[people.names[p].surname].ru[int(people.names[p].female)] for p in person]
    words = [word.replace("ё", "е") for word in whole]
    changes = np.mean([slip(word, rng) != word for word in words])
    differ = [row["surname"].replace("ё", "е") != word for row, word in zip(rows, words, strict=True)]
    _close(np.mean(differ), RATE * changes, N)


def test_spaces():
    rng = np.random.default_rng(1)
    assert shift_spaces("de la Cruz", rng) == "delaCruz"
    assert shift_spaces("Müller-Lüdenscheidt", rng) == "MüllerLüdenscheidt"
    assert shift_spaces("Kranz", rng) == "Kranz"
    broken = {shift_spaces("Wolstenholme", rng) for _ in range(50)}
    assert all(word.replace(" ", "") == "Wolstenholme" and word.count(" ") == 1 for word in broken)
    assert len(broken) > 4
    _, rows, _ = _one_list(Damage(spacing=RATE), replace(PLAIN, styles=(("own", 1.0),)), "english")
    long = [row["surname"] for row in rows if len(row["surname"].replace(" ", "")) >= 7]
    long = [name for name in long if "-" not in name]
    _close(np.mean([" " in name for name in long]), RATE, len(long))


def test_misread_words():
    rng = np.random.default_rng(1)
    assert "Wamer" in {misread("Warner", rng) for _ in range(100)}
    assert misread("", rng) == ""
    assert {misread("محمود", rng) for _ in range(80)} > {"مخمود"}


def test_hasty_records_hold_faults_together():
    """With the same share of faults, records written in haste have more of them at once."""
    _, even, _ = _one_list(Damage(missing=0.2))
    _, hasty, _ = _one_list(Damage(missing=0.1), replace(PLAIN, careless=0.2, careless_factor=6.0))
    both = [np.mean([row["birth"] == "" and row["place"] == "" for row in rows]) for rows in (even, hasty)]
    _close(np.mean([row["birth"] == "" for row in hasty]), 0.8 * 0.1 + 0.2 * 0.6, N)
    _close(both[0], 0.04, N)
    _close(both[1], 0.8 * 0.01 + 0.2 * 0.36, N)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_hands_are_worse_from_level_to_level_and_differ(family):
    first, other = (hands_for(family, name) for name in HANDS_NAMES)
    for hands in (first, other):
        for fault in (one.name for one in fields(Damage)):
            rates = [getattr(hands.damage[level], fault) for level in BENCHMARK_LEVELS]
            assert rates == sorted(rates), fault
        styles = {style for habits in hands.habits for style, _ in (*habits.styles, *habits.place_styles)}
        assert styles <= set(name_family(family).styles)
    assert first.habits != other.habits
    assert first.shares != other.shares
    assert first.start != other.start
    assert first.damage["hard"] != other.damage["hard"]


def test_hands_are_checked():
    hands = hands_for("english")
    with pytest.raises(ValueError, match="share"):
        replace(hands, shares=(0.5, 0.5, 0.5, 1.0))
    with pytest.raises(ValueError, match="habits"):
        replace(hands, shares=(0.5,))
    with pytest.raises(ValueError, match="klingon"):
        hands_for("klingon")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="left"):
        hands_for("english", "left")  # type: ignore[arg-type]
