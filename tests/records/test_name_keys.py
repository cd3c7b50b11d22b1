"""Names taken apart: any order, short forms, patronymics, initials, names that are none."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.records import NameKeys, name_keys
from uncounted.records.name_cutting import cut_with_care
from uncounted.records.name_keys import dominant_script
from uncounted.records.no_names import no_name
from uncounted.records.plain_names import cut_plain
from uncounted.records.repair import PLAIN_TEXT
from uncounted.records.rules import RULES


def parts(text: str, **more: str) -> tuple[str | None, str | None, str | None]:
    keys = name_keys(text, **more)
    return keys.surname_key, keys.given_key, keys.patronymic_key


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=80), st.sampled_from([None, "f", "m"]))
def test_any_text_gives_keys_or_none(text, sex):
    keys = name_keys(text, sex=sex)
    assert set(keys.rules) <= set(RULES)
    assert tuple(sorted(set(keys.name_keys))) == keys.name_keys
    for key in (keys.surname_key, keys.given_key, keys.patronymic_key, *keys.name_keys):
        assert key is None or (key.isascii() and key.isalpha() and key.islower())
    for letter in (keys.given_initial, keys.patronymic_initial):
        assert letter is None or len(letter) == 1
    assert name_keys(text, sex=sex) == keys


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_columns_give_keys_or_none(surname, given, patronymic):
    keys = name_keys(surname=surname, given=given, patronymic=patronymic)
    assert set(keys.rules) <= set(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "Щербань Николай Иванович",
        "Николай Иванович Щербань",
        "ЩЕРБАНЬ НИКОЛАЙ ИВАНОВИЧ",
        "Shcherban, Mykola Ivanovych",
        "Mykola Ivanovych Shcherban",
        "Ščerban' Mikalaj Ivanovič",
        "гр. Щербань Коля Иванович",
    ],
)
def test_order_and_script_do_not_matter(text):
    assert parts(text) == ("sherban", "nikolai", "ivanovich")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Петров И.С.", "is"),
        ("И. С. Петров", "is"),
        ("I.S. Petrov", "is"),
        ("Петров ИС", "is"),
        ("Ю.В. Петров", "iv"),
        ("Yu. V. Petrov", "iv"),
        ("Petrov, I. S.", "is"),
    ],
)
def test_initials(text, letters):
    keys = name_keys(text)
    assert keys.surname_key == "petrov"
    assert keys.given_key is None
    assert (keys.given_initial or "") + (keys.patronymic_initial or "") == letters
    assert keys.name_keys == ("petrov",)


def test_an_initial_beside_a_given_name_is_the_patronymics():
    keys = name_keys("Ivan S. Petrov")
    assert (keys.given_key, keys.given_initial, keys.patronymic_initial) == ("ivan", "i", "s")


def test_short_forms_ask_the_sex():
    assert name_keys("Саша Маркова").given_key == "aleksandra"
    assert name_keys("Саша Марков").given_key == "aleksandr"
    assert name_keys("Щербань Саша").given_key == "aleksandr"
    assert name_keys("Щербань Саша", sex="f").given_key == "aleksandra"
    assert name_keys("Женя Сергеевна").given_key == name_keys("Евгения Сергеевна").given_key
    assert "nickname" in name_keys("Саша Марков").rules


def test_the_initial_is_the_one_the_list_writes():
    assert name_keys("Микола Гнатенко").given_initial == "m"
    assert name_keys("Николай Гнатенко").given_initial == "n"
    assert name_keys("Саша Гнатенко").given_initial == "a"


def test_patronymics_of_both_sexes_and_languages_meet():
    forms = ["Сергеевич", "Сергеевна", "Сергійович", "Сергіївна", "Serhiiovych", "Sergeevich", "Sergejewna"]
    assert {name_keys(f"Гнатенко Женя {form}").patronymic_key for form in forms} == {"serheiovich"}
    assert name_keys("Мамедов Али Вели оглы").patronymic_key == name_keys("Мамедова Лейла Вели кызы").patronymic_key


def test_a_surname_like_a_patronymic_stays_a_surname():
    assert parts("Абрамович Роман Аркадьевич")[:2] == ("abramovich", "roman")
    assert parts("Петрович Иван") == ("petrovich", "ivan", None)


def test_father_and_son_exchanged_are_two_people():
    assert set(name_keys("Иван Петрович").name_keys) != set(name_keys("Пётр Иванович").name_keys)


def test_double_surnames():
    assert parts("José Luis García Fernández")[0] == parts("García Fernández, José Luis")[0]
    keys = name_keys("Салтыкова-Щедрина Анна")
    assert keys.surname_key == "saltikov"
    assert {"saltikov", "shedrin"} <= set(keys.name_keys)


@pytest.mark.parametrize(
    "text",
    [
        "محمد عبد الرحمن الشريف",
        "Mohamed Abdel-Rahman al-Sharif",
        "Muhammad Abd al Rahman Elsharif",
        "Mahomed Abdurrahman Sharif",
    ],
)
def test_arabic_compounds_and_articles(text):
    assert parts(text) == ("sharif", "muhamad", "abdrahman")


def test_arabic_particles():
    assert parts("Ahmad bin Hassan")[:2] == parts("أحمد بن حسن")[:2] == ("hasan", "ahmad")
    assert parts("Salah al-Din Khalil") == parts("Salaheddine Khalil") == parts("صلاح الدين خليل")


def test_swapped_columns_are_exchanged_and_said_so():
    keys = name_keys(surname="Иван", given="Петров", patronymic="Сергеевич")
    assert (keys.surname_key, keys.given_key, keys.patronymic_key) == ("petrov", "ivan", "serheiovich")
    assert "swapped" in keys.rules
    assert "swapped" not in name_keys(surname="Петров", given="Иван").rules


def test_a_whole_name_in_one_column():
    assert parts("", surname="Петров Иван Сергеевич") == ("petrov", "ivan", "serheiovich")
    assert name_keys(surname="Петров", given="И.С.").patronymic_initial == "s"


@pytest.mark.parametrize(
    "text",
    [
        "неизвестно",
        "Невідомо",
        "unknown",
        "N.N.",
        "н/д",
        "مجهول",
        "12345",
        "???",
        "рядовой",
        "😀",
        "",
        " ",
        "X.",
        "И.С.",
    ],
)
def test_no_name_gives_no_key(text):
    keys = name_keys(text)
    assert (keys.surname_key, keys.given_key, keys.name_keys, keys.name_skeleton) == (None, None, (), None)
    assert (keys.rules == ()) == (not text.strip())


def test_a_changed_name_is_not_linked():
    assert name_keys("Мария (имя изменено)") == NameKeys(script="cyrillic", rules=("pseudonym",))


def test_a_second_name_goes_into_the_keys():
    keys = name_keys("Сидорова (Петренко) Анна")
    assert keys.surname_key == "sidorov"
    assert "petrenko" in keys.name_keys
    assert "second-name" in keys.rules


def test_scripts_and_sex():
    assert [name_keys(t).script for t in ("Ivan", "Иван", "محمد", "გიორგი", "1")] == [
        "latin",
        "cyrillic",
        "arabic",
        "other",
        None,
    ]
    assert [name_keys(t).sex for t in ("Гнатенко Анна", "Гнатенко А.", "Иванова А.", "Гнатенко Х Ильич")] == [
        "f",
        None,
        "f",
        "m",
    ]


def test_titles_go_and_surnames_stay():
    assert parts("Sgt. John Major") == parts("John Major")
    assert parts("John Major")[0] is not None
    assert parts("Major John Smith")[0] == parts("John Smith Jr.")[0] == "smit"
    assert parts("рядовой Петров Иван") == parts("Петров Иван, рядовой") == ("petrov", "ivan", None)


def test_long_names_are_cut():
    keys = name_keys("Петров " + "ы" * 10_000)
    assert "cut" in keys.rules
    assert len(name_keys("Петров " * 2_000).name_keys) == 1


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Иван",
                "Петров",
                "Щербань",
                "Kaya,",
                "J.",
                "A",
                "al-Masri",
                "O'Brien",
                "n",
                "имя",
                "изменено",
                "Сергеевна",
                "Mykola",
                "Shcherban",
                "محمد",
                "الشريف",
                "عبد",
                "الرحمن",
                "von",
                "Dr",
                *[
                    "alias",
                    "bin",
                    "Ли",
                    "Al",
                    "Salah",
                    "din",
                    "Петр0в",
                    "оглы",
                    "x",
                    "ad",
                    "Abu",
                    "ibn",
                    "la",
                    "он",
                    "же",
                ],
            ]
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_quick_way_cuts_as_the_careful_way(words):
    text = " ".join(words)
    plain = cut_plain(text)
    if plain is not None:
        assert repr(plain[0]) == repr(cut_with_care(text))
        assert no_name(text) == ""
        assert plain[1] in {"", dominant_script(text)}


def test_the_quick_way_is_the_usual_one():
    for text in ("Иван Петров", "Kaya, T.", "José García de la Vega", "أحمد أبو شنب", "Musāxāni Fāteme", "A. al-Masri"):
        assert cut_plain(text) is not None
    for text in (
        "",
        "Петров (Иванов)",
        "Ivan  Petrov",
        "Ali alias Omar",
        "unknown",
        "имя изменено",
        "Ива\u0301н",
        "x" * 400,
    ):
        assert cut_plain(text) is None


def test_plain_characters_are_left_alone_by_every_repair():
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        if PLAIN_TEXT.fullmatch(letter):
            assert unicodedata.normalize("NFKC", letter) == letter
            assert unicodedata.combining(letter) == 0
            assert unicodedata.category(letter)[0] in "LPSNZ"


def test_a_name_read_as_its_list_is_says_so():
    read = name_keys("Korkut Aksoydan", usual="turkish")
    assert ("list-origin" in read.rules) == (read.origin == "turkish" and not name_keys("Korkut Aksoydan").origin)
    assert "list-origin" in name_keys("Delmar Quintz", usual="spanish").rules
    assert "list-origin" not in name_keys("Delmar Quintz", usual="mixed").rules
    assert "list-origin" not in name_keys("Иван Петров", usual="spanish").rules
