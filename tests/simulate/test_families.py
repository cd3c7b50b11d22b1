"""Families of names: whole tables, spellings that differ, known spellings, and nothing shared with the matcher."""

import ast
from pathlib import Path

import numpy as np
import pytest

import uncounted.simulate
from uncounted.simulate.arabic_names import MEN, PLACES, SURNAMES, WOMEN
from uncounted.simulate.arabic_spelling import ROMANISATIONS, in_script, romanise_arabic, write_loosely
from uncounted.simulate.cyrillic_belarusian import belarusian_given, russian_to_belarusian
from uncounted.simulate.family import FAMILY_NAMES, PersonName, name_family, rank_ladder
from uncounted.simulate.romanise import romanise

ROOM = Path(uncounted.simulate.__file__).parent


def _people(family, n=200, seed=5):
    rng = np.random.default_rng(seed)
    return family.draw(rng.random(n) < 0.4, rng)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_every_style_spells_every_name(name):
    family, rng = name_family(name), np.random.default_rng(1)
    assert family.name == name
    for style in family.styles:
        for person in _people(family, 60):
            for nickname in (False, True):
                spelling = family.spell(person, style, nickname=nickname, rng=rng)
                assert spelling.surname.strip()
                assert spelling.given.strip()
        places = {family.spell_place(place, style) for place in range(family.n_places)}
        assert len(places) == family.n_places


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_a_place_is_spelt_alike_by_one_style(name):
    family = name_family(name)
    for style in family.styles:
        assert family.spell_place(2, style) == family.spell_place(2, style)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_people_have_several_spellings_and_differ_from_each_other(name):
    """Were all styles alike, linking would be trivial; were all people alike, it would be impossible."""
    family, rng = name_family(name), np.random.default_rng(1)
    people = _people(family)
    ways = [
        len(
            {(s.surname, s.given) for s in (family.spell(p, style, nickname=False, rng=rng) for style in family.styles)}
        )
        for p in people
    ]
    # English names differ for married women and by ear only.
    assert np.mean(ways) > (1.3 if name == "english" else 2.0)
    assert len({(p.surname, p.given, p.parent, p.extra) for p in people}) > 190
    assert len({p.given for p in people}) > 20


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_women_have_womens_names(name):
    family, rng = name_family(name), np.random.default_rng(2)
    style = family.styles[0]
    people = _people(family, 400)
    men = {family.spell(p, style, nickname=False, rng=rng).given for p in people if not p.female}
    women = {family.spell(p, style, nickname=False, rng=rng).given for p in people if p.female}
    assert len(men & women) <= 0.05 * len(men | women)


def test_makers_share_nothing_with_matchers():
    """The rooms that match may not be imported where spellings are made, nor the other way round."""
    matching = ("uncounted.records", "uncounted.linkage", "uncounted.register")
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.startswith(matching)], path.name
    for room in ("records", "linkage"):
        for path in sorted((ROOM.parent / room).rglob("*.py")):
            assert "uncounted.simulate" not in path.read_text(encoding="utf-8"), path.name


def test_families_read_no_data_files():
    """Tables stand in the modules themselves: no path leads to the tables of `records`."""
    for path in sorted(ROOM.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "importlib.resources" not in text
        assert "tomllib" not in text


def test_rank_ladder():
    ladder = rank_ladder(4, 1.0, 1.0)
    total = 1 + 1 / 2 + 1 / 3 + 1 / 4
    np.testing.assert_allclose(ladder, [1 / total, 1.5 / total, (1.5 + 1 / 3) / total])


# -- Arabic -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("Muḥammad", "محمد"),
        ("ʿAbd al-Raḥmān", "عبد الرحمن"),
        ("ʿAbd Allāh", "عبد الله"),
        ("Fāṭimaẗ", "فاطمة"),
        ("Muṣṭafá", "مصطفى"),
        ("Wāʾil", "وائل"),
        ("Luʾayy", "لؤي"),
        ("Raʾūf", "رؤوف"),
        ("ʿAlāʾ", "علاء"),
        ("Ibrāhīm", "إبراهيم"),
        ("al-Šarīf", "الشريف"),
        ("al-Muʾaḏḏin", "المؤذن"),
        ("ʿAmr", "عمرو"),
    ],
)
def test_arabic_script(name, script):
    assert in_script(name) == script


def test_all_arabic_names_have_a_script():
    for name in (*MEN, *WOMEN, *SURNAMES, *PLACES):
        assert all("\u0600" <= letter <= "\u06ff" or letter == " " for letter in in_script(name)), name
    assert len(set(SURNAMES)) == len(SURNAMES) >= 200
    assert len(set(MEN)) == len(MEN) >= 80


@pytest.mark.parametrize(
    ("name", "standard", "expected"),
    [
        ("al-Šarīf", "ala-lc", {"al-Sharīf"}),
        ("al-Qāḍī", "german", {"al-Qadi", "Al-Qadi", "al-Kadi", "Al-Kadi"}),
        ("Šuʿayb", "french", {"Chouaïb", "Choueib", "Chouayb", "Choaïb", "Choeib", "Choayb"}),
        ("Ǧamāl", "egyptian", {"Gamal"}),
        ("Ǧamāl", "german", {"Dschamal"}),
        ("Ḫalīl", "spanish", {"Jalil"}),
        ("ʿAbd al-Raḥmān", "ala-lc", {"ʻAbd al-Raḥmān"}),
        ("Fāṭimaẗ", "ala-lc", {"Fāṭimah"}),
        ("Laylá", "ala-lc", {"Laylá"}),
        ("Ṣabrī", "ala-lc", {"Ṣabrī"}),
    ],
)
def test_arabic_in_latin(name, standard, expected):
    rng = np.random.default_rng(1)
    made = {romanise_arabic(name, standard, rng) for _ in range(60)}
    assert made == expected


def test_arabic_ways_to_write_the_servant_of_god():
    rng = np.random.default_rng(3)
    made = {romanise_arabic("ʿAbd al-Raḥmān", s, rng) for s in ROMANISATIONS for _ in range(40)}
    assert {"Abdul Rahman", "Abd al-Rahman", "Abderrahman"} <= made
    assert all(name[0] in "ʻA" for name in made)
    assert len({romanise_arabic("Muḥammad", s, rng) for s in ROMANISATIONS for _ in range(40)}) >= 8


def test_arabic_as_typed():
    rng = np.random.default_rng(3)
    made = {write_loosely("أسامة علي", rng) for _ in range(200)}
    assert {"أسامة علي", "اسامة علي", "اسامه علي", "اسامه على"} <= made
    assert "عبدالرحمن" in {write_loosely("عبد الرحمن", rng) for _ in range(50)}


def test_arabic_parts_and_kunya():
    family, rng = name_family("arabic"), np.random.default_rng(1)
    man = PersonName(
        surname=SURNAMES.index("al-Ḥalabī"),
        given=MEN.index("Ḫālid"),
        parent=MEN.index("ʿUmar"),
        female=False,
        extra=(MEN.index("Ḥasan"), MEN.index("Sāmī")),
    )
    spelling = family.spell(man, "ar", nickname=False, rng=rng)
    assert (spelling.given, spelling.middle, spelling.further, spelling.surname) == ("خالد", "عمر", "حسن", "الحلبي")
    assert family.spell(man, "ar", nickname=True, rng=rng).given == "أبو سامي"


# -- East Slavic ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("russian", "belarusian"),
    [("Тимофеев", "Цімафееў"), ("Иванов", "Іваноў"), ("Крижановский", "Крыжаноўскі"), ("Бондаренко", "Бондарэнка")],
)
def test_belarusian_surnames(russian, belarusian):
    # The stress is not known, so o and a may be exchanged; the rest must agree.
    plain = str.maketrans("ао", "оо")
    made = russian_to_belarusian(russian)
    assert made.lower().translate(plain)[:4] == belarusian.lower().translate(plain)[:4]
    assert made[-1] == belarusian[-1]


def test_one_person_in_three_countries():
    assert belarusian_given("Сергей") == "Сяргей"
    assert belarusian_given("Николай") == "Мікалай"
    assert romanise("Сяргей", "belarusian-2007") == "Siarhiej"
    assert romanise("Щербаков", "polish") == "Szczerbakow"


# -- Spanish, English, Turkish, Persian -------------------------------------------------------------------------
def test_spanish_styles():
    family, rng = name_family("spanish"), np.random.default_rng(1)
    surnames = list(family._surnames)
    given = [name for name, _ in family._given]
    woman = PersonName(
        surname=surnames.index("de la Cruz"),
        given=given.index("María"),
        parent=surnames.index("Núñez"),
        female=True,
        extra=(given.index("Teresa"),),
    )
    full = family.spell(woman, "full", nickname=False, rng=rng)
    assert (full.given, full.further, full.surname, full.middle) == ("María", "Teresa", "de la Cruz", "Núñez")
    made = {s: {_flat(family.spell(woman, s, nickname=False, rng=rng)) for _ in range(100)} for s in family.styles}
    assert {"Maria Teresa de la Cruz Nunez", "Maria Teresa Cruz Nunez", "Maria Teresa Delacruz Nunez"} <= made["plain"]
    assert any(name.startswith("Ma. ") for name in made["registry"])
    assert "Maria Teresa de la Cruz-Nunez" in made["hyphen"]
    assert len(made["heard"]) > 20


def _flat(spelling):
    parts = (spelling.given, spelling.further, spelling.surname, spelling.middle)
    return " ".join(part for part in parts if part)


def test_english_women_marry():
    family, rng = name_family("english"), np.random.default_rng(1)
    people = [p for p in _people(family, 400) if p.female]
    married = [p for p in people if p.extra[0] >= 0]
    assert 0.4 < len(married) / len(people) < 0.8
    woman = married[0]
    own, hers, both = (family.spell(woman, s, nickname=False, rng=rng).surname for s in ("own", "married", "hyphen"))
    assert both == f"{own}-{hers}"


def test_turkish_letters():
    family, rng = name_family("turkish"), np.random.default_rng(1)
    surname = list(family._surnames).index("Çelik")
    given = [name for name, _ in family._given].index("İbrahim")
    man = PersonName(surname=surname, given=given, parent=0, female=False, extra=(-1,))
    made = {style: family.spell(man, style, nickname=False, rng=rng) for style in family.styles}
    assert {style: (s.given, s.surname) for style, s in made.items()} == {
        "tr": ("İbrahim", "Çelik"),
        "ascii": ("Ibrahim", "Celik"),
        "german": ("Ibrahim", "Tschelik"),
        "english": ("Ibrahim", "Chelik"),
        "french": ("Ibrahim", "Tchelik"),
        "russian": ("Ибрахим", "Челик"),
    }


def test_persian_script_and_latin():
    family, rng = name_family("persian"), np.random.default_rng(1)
    given = [script for script, _ in family._given].index("خسرو")
    surname = [script for script, _ in family._surnames].index("رضازاده")
    man = PersonName(surname=surname, given=given, parent=0, female=False)
    assert family.spell(man, "fa", nickname=False, rng=rng).surname == "رضازاده"
    scholarly = family.spell(man, "scholarly", nickname=False, rng=rng)
    assert (scholarly.given, scholarly.surname) == ("Xosrow", "Rezāzāde")
    made = {family.spell(man, "iranian", nickname=False, rng=rng).surname for _ in range(40)}
    assert made == {"Rezazadeh", "Rezazade"}
