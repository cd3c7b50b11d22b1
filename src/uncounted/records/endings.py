"""Slavic endings: the masculine form of a surname, the sex it shows, and patronymics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from uncounted.records.given_names import choose_given, given_names
from uncounted.records.tables import read_table


@dataclass(frozen=True, slots=True)
class Patronymic:
    """A patronymic: its key ("ivanovich" for both sexes), its sex, and whether the tables know the father."""

    key: str
    sex: str
    known_father: bool


def surname_form(key: str) -> tuple[str, str | None]:
    """Return the masculine form of a surname's key and the sex that a Slavic ending shows (None: none shown).

    Lists mix Маркова and Марков for one person or one family, so both get one key. Only Slavic endings count, and
    enough letters must stand before them; a surname that merely ends alike loses a letter in every list alike.
    """
    table = _endings()
    if key.endswith(table.every_feminine):
        for ending, masculine, least in table.feminine:
            if ends_in(key, ending, least):
                sure = ending not in {"ina", "ava", "aia", "ska", "tska"}
                return key[: -len(ending)] + masculine, "f" if sure else None
    for ending, put, least in table.masculine:
        if ends_in(key, ending, least):
            key = key[: -len(ending)] + put
            break
    return key, "m" if ends_in(key, table.surname_m, table.surname_least) else None


@dataclass(frozen=True, slots=True)
class _Endings:
    """The tables of `endings.toml` for surnames: (ending, what is put there, letters that must stand before it)."""

    feminine: tuple[tuple[str, str, int], ...]
    every_feminine: tuple[str, ...]
    masculine: tuple[tuple[str, str, int], ...]
    surname_m: tuple[str, ...]
    surname: tuple[str, ...]
    surname_least: int


@lru_cache(maxsize=1)
def _endings() -> _Endings:
    table = read_table("endings")
    surname = table["surname"]
    return _Endings(
        feminine=tuple((rule["f"], rule["m"], rule["least"]) for rule in table["feminine"]),
        every_feminine=tuple(rule["f"] for rule in table["feminine"]),
        masculine=tuple((rule["find"], rule["put"], rule["least"]) for rule in table["masculine"]),
        surname_m=tuple(surname["m"]),
        surname=(*surname["m"], *surname["f"], *surname["any"]),
        surname_least=int(surname["least"]),
    )


def ends_like_surname(key: str) -> bool:
    """Whether a folded key has an ending of surnames."""
    table = _endings()
    return ends_in(key, table.surname, table.surname_least)


def ends_in(text: str, endings: str | tuple[str, ...], least: int) -> bool:
    """Whether a text has one of the endings with at least so many letters before it."""
    return text[least:].endswith(endings)


def read_patronymic(key: str) -> Patronymic | None:
    """Read a folded key as a Slavic patronymic; None if its ending is no such ending."""
    table: dict[str, Any] = read_table("endings")["patronymic"]
    short = table["short"].get(key)
    if short is not None:
        stem = re.sub("(ovl)?(inichna|ichna|ich|ivna)$", "", key)
        return _patronymic_of(stem, short)
    for sex in ("m", "f"):
        for ending in table[sex]:
            if key.endswith(ending) and len(key) - len(ending) >= 2:
                return _patronymic_of(key[: -len(ending)], sex)
    return None


def _patronymic_of(stem: str, sex: str) -> Patronymic:
    """Find the father among the given names: Nikola-evich, Ig-orevich, Nikit-ich, Il-ich."""
    stem = read_table("endings")["patronymic"]["fathers"].get(stem, stem)
    for father in (stem, stem + "i", stem + "a", stem + "ii", stem + "ia", stem + "e", stem + "ei", stem + "o"):
        options = tuple(o for o in given_names("", father) if not o.short and o.sex == "m")
        if options:
            return Patronymic(choose_given(options, father, "m")[0] + "ovich", sex, known_father=True)
    return Patronymic(stem + "ovich", sex, known_father=False)
