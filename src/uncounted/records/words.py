"""What a single word of a name can be: given name, patronymic, surname, title, particle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from uncounted.records.fold import KNOWN_WORDS, fold_word
from uncounted.records.given_names import GivenName, choose_given, given_names, plain_arabic
from uncounted.records.repair import repair_lookalikes, script_of
from uncounted.records.tables import read_table

_APOSTROPHES = re.compile(r"['’ʼ‘`´ʹʺʻʿʾ′]")


@dataclass(frozen=True, slots=True)
class Patronymic:
    """A patronymic: its key ("ivanovich" for both sexes), its sex, and whether the tables know the father."""

    key: str
    sex: str
    known_father: bool


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name, read out of context."""

    key: str
    surname_key: str  # masculine form of a Slavic surname
    surname_sex: str | None  # sex shown by a Slavic surname ending
    script: str
    given: tuple[GivenName, ...]
    patronymic: Patronymic | None
    looks_surname: bool
    repaired: bool  # look-alikes were repaired
    plain: str  # lower case without apostrophes, for the tables of small words


def read_word(raw: str) -> Word:
    """Read one word (no spaces, no hyphen, no full stop at its end)."""
    word, repaired = repair_lookalikes(raw)
    plain = _APOSTROPHES.sub("", word).casefold()
    key, given = _compound(plain)
    if not key:
        bare = _article_off(word.casefold(), plain)
        key = fold_word(bare)
        given = given_names(bare, key)
    patronymic = None if given else read_patronymic(key)
    surname_key, surname_sex = surname_form(key)
    if given and given[0].family == "arabic":
        surname_key = given[0].key  # father's names serve as surnames: their spellings must meet there too
    looks = surname_sex is not None or _ends_like_surname(key)
    return Word(key, surname_key, surname_sex, script_of(word), given, patronymic, looks, repaired, plain)


def surname_form(key: str) -> tuple[str, str | None]:
    """Return the masculine form of a surname's key and the sex that a Slavic ending shows (None: none shown).

    Lists mix Маркова and Марков for one person or one family, so both get one key. Only Slavic endings count, and
    enough letters must stand before them; a surname that merely ends alike loses a letter in every list alike.
    """
    table = read_table("endings")
    for rule in table["feminine"]:
        if key.endswith(rule["f"]) and len(key) - len(rule["f"]) >= rule["least"]:
            sure = rule["f"] not in {"ina", "ava", "aia", "ska", "tska"}
            return key[: -len(rule["f"])] + rule["m"], "f" if sure else None
    for rule in table["masculine"]:
        if key.endswith(rule["find"]) and len(key) - len(rule["find"]) >= rule["least"]:
            key = key[: -len(rule["find"])] + rule["put"]
            break
    least = table["surname"]["least"]
    return key, "m" if _ends(key, table["surname"]["m"], least) else None


@lru_cache(maxsize=1)
def _surname_endings() -> tuple[tuple[str, ...], int]:
    table = read_table("endings")["surname"]
    return (*table["m"], *table["f"], *table["any"]), int(table["least"])


def _ends_like_surname(key: str) -> bool:
    endings, least = _surname_endings()
    return _ends(key, endings, least)


@lru_cache(maxsize=KNOWN_WORDS)
def surname_likeness(word: Word) -> int:
    """Return how much a word that is in no table is like a Slavic surname: 3 shows it, 2, 1, 0, -1 like a short form.

    By the endings of `[likeness]` and `[surname]`; for choosing between the words of one name only.
    """
    if word.surname_sex is not None:
        return 3
    table = read_table("endings")["likeness"]
    written = table["written"]
    if _ends(word.key, table["diminutive"], table["diminutive_least"]):
        return -1
    if _ends(word.key, table["strong"], table["least"]) or _ends(word.plain, written["strong"], written["least"]):
        return 2
    weak = _ends(word.key, table["weak"], table["least"]) or _ends(word.plain, written["weak"], written["least"])
    return 1 if weak or word.looks_surname else 0


def _ends(text: str, endings: Sequence[str], least: int) -> bool:
    return any(text.endswith(e) and len(text) - len(e) >= least for e in endings)


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


def _article_off(word: str, plain: str) -> str:
    """Take off the Arabic article where it is written together with the name."""
    if plain[:2] == "ال" and len(plain) > 4 and not given_names(plain, ""):
        return plain[2:]
    if plain[:2] in {"al", "el", "ul"} and len(plain) > 5 and not given_names(plain, fold_word(plain)):
        rest = given_names("", fold_word(plain[2:]))
        if any(o.family == "arabic" and not o.short for o in rest):
            return plain[2:]
    return word


@lru_cache(maxsize=1)
def _compounds() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return (name of God by folded key, by Arabic writing, first half of a "…-din" name by folded key or writing)."""
    table = read_table("compounds")
    god: dict[str, str] = {}
    god_arabic: dict[str, str] = {}
    religion: dict[str, str] = {}
    for label, forms in table["servant"].items():
        for form in forms.split():
            if script_of(form) == "arabic":
                god_arabic[plain_arabic(form)] = label
            else:
                god[fold_word(form)] = label
    for label, forms in table["religion"].items():
        for form in forms.split():
            religion[plain_arabic(form) if script_of(form) == "arabic" else fold_word(form)] = label
    return god, god_arabic, religion


_SERVANT_KEY = re.compile("^abd([aeiou]{0,2})(l|sh|[rsntdz])?(.+)$")
_DIN_KEY = re.compile("^(.{2,9})d[ie]ne?$")


def servant_of(word: str) -> str:
    """Return the key of "abd" + a name of God written as one word (`word` in any script), "" if it is none."""
    god, god_arabic, _ = _compounds()
    plain = plain_arabic(word)
    if plain.startswith("عبد"):
        rest = god_arabic.get(plain[3:])
        return f"abd{rest}" if rest else ""
    key = fold_word(word)
    found = _SERVANT_KEY.match(key)
    if not found:
        return ""
    vowels, article, rest_key = found.groups()
    for candidate in ((article or "") + rest_key, rest_key, vowels + (article or "") + rest_key):
        if candidate in god:
            return f"abd{god[candidate]}"
    return ""


def of_religion(word: str) -> str:
    """Return the key of a "… al-Din" name written as one word, "" if it is none."""
    _, _, religion = _compounds()
    plain = plain_arabic(word)
    for ending in ("الدين", "لدين"):
        if plain.endswith(ending) and plain[: -len(ending)] in religion:
            return religion[plain[: -len(ending)]] + "din"
    found = _DIN_KEY.match(fold_word(word))
    if not found:
        return ""
    first = found.group(1)
    while first:
        if first in religion:
            return religion[first] + "din"
        if first[-1] not in "aeiouldh":  # the linking vowel, the article, a silent h
            return ""
        first = first[:-1]
    return ""


def join_servant(second: str) -> str:
    """Return the key of "abd" followed by `second` as a word of its own."""
    god, god_arabic, _ = _compounds()
    plain = plain_arabic(second)
    label = god_arabic.get(plain) or god.get(fold_word(second))
    return f"abd{label}" if label else f"abd{fold_word(plain[2:] if plain.startswith('ال') else second)}"


def join_religion(first: str) -> str:
    """Return the key of `first` followed by "din" as a word of its own, "" if the two do not belong together."""
    _, _, religion = _compounds()
    label = religion.get(plain_arabic(first)) or religion.get(fold_word(first))
    return f"{label}din" if label else ""


def made_word(key: str, script: str, plain: str) -> Word:
    """Return a word whose key is already known (an Arabic compound)."""
    given = (GivenName(key, "m", "arabic", short=False),)
    return Word(key, key, None, script, given, None, looks_surname=False, repaired=False, plain=plain)


_SERVANT_BEGINS = ("abd", "عبد", "абд")
_RELIGION_ENDS = ("din", "dine", "deen", "dene", "den", "дин", "دين")


def _compound(plain: str) -> tuple[str, tuple[GivenName, ...]]:
    if len(plain) > 4 and (plain.startswith(_SERVANT_BEGINS) or plain.endswith(_RELIGION_ENDS)):
        key = servant_of(plain) or of_religion(plain)
        if key:
            return key, (GivenName(key, "m", "arabic", short=False),)
    return "", ()
