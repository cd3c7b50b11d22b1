"""Which word is what where an initial, a "-ovich" or a name unknown to the tables makes it hard to tell."""

from __future__ import annotations

import pytest

from uncounted.records import name_keys
from uncounted.records.fold import fold_word
from uncounted.records.words import read_word, surname_likeness


def parts(text: str) -> tuple[str | None, str | None, str | None]:
    keys = name_keys(text)
    return keys.surname_key, keys.given_key, keys.patronymic_key


@pytest.mark.parametrize(
    "text",
    [
        "T. Holubets Yaroslavovych",
        "T. Yaroslavovich Holubets",
        "Holubets T. Yaroslavovych",
        "Yaroslavovitch T. Holubets",
        "Holubets, T. Jaroslawowitsch",
        "Голубец Т. Ярославович",
        "Т. Ярославович Голубець",
    ],
)
def test_an_initial_beside_a_patronymic_is_the_given_names(text):
    keys = name_keys(text)
    assert parts(text) == ("holubets", None, "iaroslavovich")
    assert (keys.given_initial, keys.patronymic_initial, keys.sex) == ("t", "i", "m")


@pytest.mark.parametrize("daughter", ["Romanivna", "Romanovna", "Romanowna", "Романівна", "Романовна"])
def test_so_it_is_beside_a_daughters_patronymic(daughter):
    for text in (f"L. Chaikina {daughter}", f"Chaikina L. {daughter}", f"L. {daughter} Chaikina"):
        keys = name_keys(text)
        assert parts(text) == ("chaikin", None, "romanovich")
        assert (keys.given_initial, keys.patronymic_initial, keys.sex) == ("l", "r", "f")


def test_of_two_such_words_the_one_with_a_known_father_is_the_patronymic():
    expected = ("hutsevich", None, "tarasovich")
    surname = "Hutsevich"
    assert read_word(surname).surname_key == expected[0]
    assert parts(f"V. Tarasovich {surname}") == parts(f"{surname} V. Tarasovich") == expected
    assert parts(f"{surname}, V. Tarasovich") == expected
    assert parts("V. Tarasovich Antonovich")[2] == parts("Antonovich V. Tarasovich")[2] == "tarasovich"


def test_a_given_name_beside_an_initial_stays_the_given_name():
    keys = name_keys("Oleh T. Romanovych")
    assert (keys.surname_key, keys.given_key, keys.patronymic_key) == ("romanovich", "oleh", None)
    assert (keys.given_initial, keys.patronymic_initial) == ("o", "t")
    assert parts("Oleh Romanovych T.") == (None, "oleh", "romanovich")
    assert parts("T. Oleh Romanivna")[1] == "oleh"
    assert parts("T. Romanovych Martin")[0] == read_word("Martin").surname_key
    assert parts("Martin T. Romanivna") == (read_word("Martin").surname_key, None, "romanovich")


def test_an_initial_and_a_patronymic_in_the_column_of_given_names():
    keys = name_keys(surname="Чайкина", given="Л. Романовна")
    assert (keys.surname_key, keys.given_key, keys.patronymic_key) == ("chaikin", None, "romanovich")
    assert (keys.given_initial, keys.patronymic_initial) == ("l", "r")
    assert name_keys(surname="Чайкина", given="Романовна").given_key is None
    assert name_keys(surname="Чайкин", given="Романович").given_key == "romanovich"


@pytest.mark.parametrize(
    ("text", "surname"), [("Denys Hutsevych", "hutsevich"), ("Тарас Дашкевич", "dashkevich"), ("Pavlo Zubovich", None)]
)
def test_beside_a_given_name_alone_no_known_father_means_surname(text, surname):
    keys = name_keys(text)
    assert keys.surname_key == (surname or read_word("Zubovich").surname_key)
    assert keys.patronymic_key is None
    assert keys.given_key is not None


@pytest.mark.parametrize("text", ["Тарас Романович", "Denys Yevhenovych", "Клим Никифорович", "Пилип Ілліч"])
def test_beside_a_given_name_alone_a_known_father_means_patronymic(text):
    keys = name_keys(text)
    assert keys.surname_key is None
    assert keys.patronymic_key is not None


def test_a_daughters_patronymic_needs_no_known_father():
    assert parts("Oksana Hutsevna") == (None, "ksenia", read_word("Hutsevna").patronymic.key)


def test_beside_a_womans_name_ovich_is_a_surname():
    keys = name_keys("Галина Романович")
    assert (keys.surname_key, keys.patronymic_key, keys.sex) == ("romanovich", None, "f")
    assert name_keys("Саша Романович").patronymic_key == "romanovich"


@pytest.mark.parametrize(
    "text", ["Дашкевич Тарас Романович", "Тарас Романович Дашкевич", "Taras Dashkevych Romanovych"]
)
def test_a_surname_in_ovich_beside_a_patronymic(text):
    assert parts(text) == ("dashkevich", "taras", "romanovich")


def test_two_known_fathers_the_patronymic_follows_the_given_name():
    expected = ("antonovich", "taras", "romanovich")
    assert parts("Тарас Романович Антонович") == parts("Антонович Тарас Романович") == expected


@pytest.mark.parametrize(
    ("father", "son"),
    [
        ("Лев", "Львович"),
        ("Яков", "Яковлевич"),
        ("Иосиф", "Iosifovich"),
        ("Родион", "Rodionovich"),
        ("Гнат", "Игнатьевич"),
    ],
)
def test_fathers_whose_name_changes_are_known(father, son):
    patronymic = read_word(son).patronymic
    assert patronymic is not None
    assert patronymic.known_father
    assert patronymic.key == name_keys(father).given_key + "ovich"


SURNAMES_AND_NICKNAMES = [
    ("Kolisnychenko", "Bubon"),
    ("Lomovoi", "Zhuzha"),
    ("Dubovaya", "Lusha"),
    ("Вишневый", "Жужа"),
    ("Halushkina", "Tiunia"),
    ("Бондарець", "Чапа"),
    ("Smolyak", "Zhuzha"),
    ("Рябошапчук", "Тюня"),
    ("Zhurba", "Tiunia"),
]


@pytest.mark.parametrize(("surname", "nickname"), SURNAMES_AND_NICKNAMES)
def test_of_unknown_words_the_one_that_ends_like_a_surname_is_it(surname, nickname):
    expected = (read_word(surname).surname_key, fold_word(nickname))
    assert not read_word(surname).given
    assert not read_word(nickname).given
    for text in (f"{surname} {nickname}", f"{nickname} {surname}"):
        assert parts(text) == (*expected, None)
        assert parts(f"{text} Романович") == parts(f"{text} Romanowitsch") == (*expected, "romanovich")


def test_alike_words_are_told_apart_by_their_place():
    assert parts("Zhuzha Bubon") == ("bubon", "zhuzha", None)
    assert parts("Жужа Бубон") == ("zhuzha", "bubon", None)


def test_a_surname_beside_a_patronymic_alone():
    assert parts("Lomovoi Romanovych") == ("lomovi", None, "romanovich")


def test_likeness_grows_with_the_ending():
    words = ["Lusha", "Bubon", "Smolyak", "Bondarets", "Halushkov"]
    assert [surname_likeness(read_word(word)) for word in words] == [-1, 0, 1, 2, 3]


@pytest.mark.parametrize(("letter", "key"), [("Z.", "z"), ("S.", "s"), ("З.", "z"), ("С.", "s")])
def test_a_lone_initial_stays_as_it_is_written(letter, key):
    for text in (f"{letter} Holubets", f"Holubets {letter}", f"Holubets {letter} Romanivna"):
        assert name_keys(text).given_initial == key
    assert fold_word(letter[0]) == key
