"""Spellings: standards by their published examples, forms of names, slips of the hand."""

import numpy as np
import pytest

from uncounted.simulate.cyrillic import PLACES, CyrillicFamily
from uncounted.simulate.cyrillic_given import MEN, WOMEN
from uncounted.simulate.cyrillic_surnames import build_surnames, russian_to_ukrainian, ukrainian_to_russian
from uncounted.simulate.damage import mix_scripts, shift_within_year, swap_day_and_month, typo
from uncounted.simulate.family import PersonName, name_family
from uncounted.simulate.romanise import STANDARDS, romanise


@pytest.mark.parametrize(
    ("word", "standard", "latin"),
    [
        ("Щербаков", "iso9", "Ŝerbakov"),
        ("Щербаков", "scholarly", "Ščerbakov"),
        ("Щербаков", "bgn", "Shcherbakov"),
        ("Щербаков", "icao", "Shcherbakov"),
        ("Щербаков", "german", "Schtscherbakow"),
        ("Щербаков", "french", "Chtcherbakov"),
        ("Юрий", "icao", "Iurii"),
        ("Юрий", "passport-2000", "Yuriy"),
        ("Евгений", "bgn", "Yevgeniy"),
        ("Згурський", "national-2010", "Zghurskyi"),
        ("Юрій", "national-2010", "Yurii"),
        ("Єнакієве", "national-2010", "Yenakiieve"),
        ("Сергей", "german", "Sergei"),
        ("Зайцев", "german", "Saizew"),
        ("Никитин", "french", "Nikitine"),
        ("Цыганов", "gost-b", "Cy`ganov"),
    ],
)
def test_standards(word, standard, latin):
    assert romanise(word, standard) == latin


@pytest.mark.parametrize("standard", sorted(STANDARDS))
def test_every_name_becomes_latin(standard):
    words = [*(g.ru for g in MEN), *(g.uk for g in MEN), *(s.ru[0] for s in build_surnames())]
    for word in words:
        latin = romanise(word, standard)
        assert latin
        assert not any("Ѐ" <= letter <= "ӿ" for letter in latin)


def test_tables_are_large_and_whole():
    surnames = build_surnames()
    assert len({s.ru[0] for s in surnames}) == len(surnames) >= 300
    assert len(MEN) + len(WOMEN) >= 60
    assert all(g.nicknames for g in (*MEN, *WOMEN))
    assert all(all(g.patronymic_ru) and all(g.patronymic_uk) for g in MEN)
    endings = {s.ru[0][-2:] for s in surnames}
    assert {"ов", "ев", "ин", "ко", "ук", "юк", "ий"} <= endings


@pytest.mark.parametrize(
    ("ru", "uk"),
    [("Ковалёв", "Ковальов"), ("Соловьёв", "Соловйов"), ("Андреев", "Андреєв"), ("Успенский", "Успенський")],
)
def test_russian_to_ukrainian(ru, uk):
    assert russian_to_ukrainian(ru) == uk


@pytest.mark.parametrize(
    ("uk", "ru"), [("Кравець", "Кравец"), ("Білик", "Билик"), ("Лук’яненко", "Лукьяненко"), ("Чорний", "Чорный")]
)
def test_ukrainian_to_russian(uk, ru):
    assert ukrainian_to_russian(uk) == ru


def test_forms_of_one_person():
    family, rng = CyrillicFamily(), np.random.default_rng(1)
    given = [g.ru for g in (*MEN, *WOMEN)]
    surname = [s.ru[0] for s in build_surnames()].index("Волков")
    woman = PersonName(surname=surname, given=given.index("Елена"), parent=given.index("Сергей"), female=True)
    ru, uk = (family.spell(woman, style, nickname=False, rng=rng) for style in ("ru", "uk"))
    assert (ru.surname, ru.given, ru.middle) == ("Волкова", "Елена", "Сергеевна")
    assert (uk.surname, uk.given, uk.middle) == ("Волкова", "Олена", "Сергіївна")
    nick = family.spell(woman, "ru", nickname=True, rng=rng)
    assert nick.given in {"Лена", "Лёля", "Леля", "Оленка"}
    assert all(family.spell_place(p, "ru>icao").isascii() for p in range(len(PLACES)))


def test_no_such_family():
    with pytest.raises(ValueError, match="cyrillic"):
        name_family("klingon")  # type: ignore[arg-type]


def test_typo_changes_little_and_keeps_the_first_letter():
    rng = np.random.default_rng(2)
    kinds = set()
    for _ in range(300):
        slip = typo("Мельниченко", rng)
        assert slip[0] == "М"
        assert abs(len(slip) - 11) <= 1
        kinds.add(len(slip))
    assert kinds == {10, 11, 12}
    assert typo("Лев", rng) == "Лев"


def test_mixed_scripts_look_the_same_but_are_not():
    rng = np.random.default_rng(2)
    mixed = mix_scripts("Морозова", rng)
    assert mixed != "Морозова"
    assert len(mixed) == 8
    assert any(letter.isascii() for letter in mixed)


def test_dates():
    from datetime import date

    assert swap_day_and_month(date(2022, 3, 7)) == date(2022, 7, 3)
    assert swap_day_and_month(date(2022, 3, 17)) == date(2022, 3, 17)
    assert shift_within_year(date(2022, 12, 30), 5) == date(2022, 12, 31)
    assert shift_within_year(date(2023, 1, 2), -5) == date(2023, 1, 1)
