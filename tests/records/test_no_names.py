"""Cells that say there is no name, and names that only look a little like them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from uncounted.records import name_keys
from uncounted.records.column_work import Tally, names_of
from uncounted.records.fold import fold_word
from uncounted.records.given_names import given_names
from uncounted.records.no_names import no_name
from uncounted.records.tables import read_table


@pytest.mark.parametrize(
    "text",
    [
        "не назвался",
        "Не назвалась.",
        "ИМЯ НЕ УКАЗАНО",
        "имя неизвестно",
        "отказался назваться",
        "отказалась назвать своё имя",
        "без имени",
        "ФИО не установлено",
        "имя и фамилия не известны / неизвестны",
        "неизвестный мужчина №3",
        "ne nazvalsya",
        "ім'я невідоме",
        "ім’я не вказано",
        "не вказано",
        "не назвався",
        "відмовилася назватися",
        "прізвище невідоме",
        "невідома жінка",
        "name withheld",
        "Name withheld by request",
        "name unknown (male)",
        "no name given",
        "did not give name",
        "withheld",
        "anonymous caller",
        "unidentified body",
        "name: not provided",
        "nombre no consta",
        "hombre no identificado",
        "nom inconnu",
        "Name unbekannt",
    ],
)
def test_phrases_that_say_there_is_no_name(text):
    keys = name_keys(text)
    assert keys.rules[-1:] == ("no-name",)
    assert (keys.surname_key, keys.given_key, keys.patronymic_key, keys.given_initial) == (None, None, None, None)
    assert (keys.name_keys, keys.name_skeleton, keys.sex) == ((), None, None)


@pytest.mark.parametrize(
    "text",
    [
        "Anna No",
        "No Sin",
        "Kim Sin",
        "Frau Mann",
        "Data",
        "Не Мария",
        "Unknown Petrenko",
        "Мария, фамилия неизвестна",
        "Nemov Ivan",
        "Безимений Петро",
    ],
)
def test_a_word_that_is_none_of_these_keeps_the_name(text):
    assert no_name(text) == ""


def test_no_word_of_the_phrases_is_a_given_name():
    words = [word for group in read_table("name_words")["no_name"].values() for word in group]
    assert len(words) > 300
    assert [word for word in words if given_names(word, fold_word(word))] == []


def test_they_are_counted():
    cells = pa.chunked_array([["не назвался", "Голубец Тарас", "не назвался", "name withheld"]])
    tally = Tally("list", pa.array([2, 3, 4, 5]).to_numpy())
    fields, _ = names_of({"name": cells}, None, "name", tally)
    assert tally.counts["name", "no-name"] == 3
    assert fields["surname_key"].to_pylist() == [None, "holubets", None, None]
    assert fields["name_raw"].to_pylist() == cells.to_pylist()
