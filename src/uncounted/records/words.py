"""What a single word of a name can be: given name, patronymic, surname, title, particle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from uncounted.records.arabic import (
    MOST_COST,
    SURE_COST,
    ArabicName,
    arabic_key,
    bones,
    closest,
    closest_god,
    family_name,
    known_bones,
    plain_arabic,
    to_latin,
)
from uncounted.records.fold import KNOWN_WORDS, fold_word, skeleton
from uncounted.records.given_names import GivenName, choose_given, given_names, spanish_given
from uncounted.records.origins import shows_turkish, spanish_key, spanish_surname, turkish_key
from uncounted.records.repair import repair_lookalikes, script_of
from uncounted.records.tables import read_table

_APOSTROPHES = re.compile(r"['’ʼ‘`´ʹʺʻʿʾ′]")


@dataclass(frozen=True, slots=True)
class Patronymic:
    """A patronymic: its key ("ivanovich" for both sexes), its sex, and whether the tables know the father."""

    key: str
    sex: str
    known_father: bool


@dataclass(frozen=True, slots=True, eq=False)  # by identity: words are kept, and looked up at every name
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
    bones: str  # consonants of `surname_key`
    arabic: bool = False  # shows by itself that the name is Arabic
    family: bool = False  # a family's name in the Arabic tables
    article: bool = False  # written together with the Arabic article
    made: bool = False  # a compound whose key is settled
    kunya: bool = False  # "father of ...", "mother of ..."
    origin: str = ""  # "spanish" or "turkish" if the word shows it by itself; "other" if it shows another than Arabic


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
    script = script_of(word)
    shows = script == "arabic" or (
        any(option.family == "arabic" and not option.short for option in given) and key not in _shared()
    )
    return Word(
        key,
        surname_key,
        surname_sex,
        script,
        given,
        patronymic,
        looks,
        repaired,
        plain,
        known_bones(surname_key) if shows else skeleton(surname_key),
        shows,
        origin=_origin(plain, script, given, surname_sex),
    )


def _origin(plain: str, script: str, given: tuple[GivenName, ...], surname_sex: str | None) -> str:
    if script == "latin":
        if shows_turkish(plain):
            return "turkish"
        if (
            given
            and given[0].family == "spanish"
            and not given[0].short
            and fold_word(plain) not in _not_only_spanish()
        ) or (len(plain) > 2 and not given and spanish_surname(plain)):
            return "spanish"
    return "other" if surname_sex or (given and given[0].family != "arabic" and not given[0].short) else ""


@lru_cache(maxsize=1)
def _not_only_spanish() -> frozenset[str]:
    return frozenset(map(fold_word, read_table("origins")["spanish"]["not_only"].split()))


@lru_cache(maxsize=KNOWN_WORDS)
def spanish_word(word: Word) -> Word:
    """Read a word again, knowing that the name it stands in is Spanish; a given name of the tables keeps its key."""
    if word.made or word.script != "latin" or word.patronymic is not None:
        return word
    surname = spanish_surname(word.plain)
    key = surname or spanish_key(word.plain)
    own = tuple(option for option in word.given if not (surname and option.family != "spanish"))
    own = tuple(replace(option, family="spanish") for option in own if option.family != "slavic" or not option.short)
    given = own or spanish_given(key)
    return replace(
        word,
        key=word.key if own else key,
        surname_key=key,
        surname_sex=None,
        given=given,
        looks_surname=word.looks_surname and not given,
        bones=skeleton(key),
        arabic=False,
    )


@lru_cache(maxsize=KNOWN_WORDS)
def turkish_word(word: Word) -> Word:
    """Read a word again, knowing that the name it stands in is Turkish; an Arabic given name keeps its key."""
    if word.made or word.script != "latin" or (word.patronymic is not None and not word.origin):
        return word
    key = turkish_key(word.plain)
    own = tuple(option for option in word.given if option.family == "arabic")
    return replace(
        word,
        key=own[0].key if own else key,
        surname_key=own[0].key if own else key,
        surname_sex=None,
        given=own,
        patronymic=None,
        looks_surname=word.looks_surname and not own,
        bones=known_bones(own[0].key) if own else skeleton(key),
        arabic=False,
    )


@lru_cache(maxsize=1)
def _shared() -> frozenset[str]:
    """Return the keys of names in the Arabic tables that are as common elsewhere."""
    return frozenset(map(fold_word, read_table("name_words")["not_only_arabic"]))


@lru_cache(maxsize=KNOWN_WORDS)
def arabic_word(word: Word) -> Word:
    """Read a word again, knowing that the name it stands in is Arabic.

    The article comes off, a name of the tables is found whatever its romanisation, and any other word gets the key
    and the consonants by Arabic rules. A word with a Slavic ending, and a compound, stays as it is.
    """
    if word.made or word.script == "other" or word.patronymic is not None or (word.surname_sex and word.looks_surname):
        return word
    whole, rest = word.plain, _without_article(word.plain)
    own = tuple(option for option in word.given if option.family == "arabic")
    if word.script != "arabic":
        found, cost = closest(whole)
        if found is not None and cost <= _EXACT and found.kind != "family":
            return _known(word, found)
    if own and not any(option.short for option in own):
        return _named(word, own[0].key, own, whole)
    given = given_names(whole, "") if word.script == "arabic" else ()
    if given:
        return _named(word, given[0].key, given, whole)
    if word.script == "arabic":
        for text in filter(None, (whole, rest)):
            if given := given_names(text, ""):
                return _named(word, given[0].key, given, text, article=text == rest)
            if label := family_name(text):
                return _named(word, fold_word(label), (), text, article=text == rest)
    else:
        for text, most in ((whole, SURE_COST), (rest, MOST_COST), (whole, MOST_COST)):
            found, cost = closest(text) if text else (None, MOST_COST)
            if found is not None and cost <= most:
                return _known(word, found, article=text == rest)
    if word.given:
        return word
    text = rest or whole
    key = arabic_key(text) or word.key
    return _named(word, key, (), text, article=bool(rest), known=False)


_EXACT = 0.1  # a romanisation letter by letter


def _known(word: Word, found: ArabicName, *, article: bool = False) -> Word:
    key = fold_word(found.label)
    given = () if found.kind == "family" else (GivenName(key, found.kind, "arabic", short=False),)
    return _named(word, key, given, found.written, article=article)


def _named(
    word: Word, key: str, given: tuple[GivenName, ...], text: str, *, article: bool = False, known: bool = True
) -> Word:
    return replace(
        word,
        key=key,
        surname_key=key,
        surname_sex=None,
        given=given,
        looks_surname=False,
        bones=known_bones(key) if known else bones(text),
        arabic=word.arabic or known,
        family=known and not given,
        article=article,
    )


def known_arabic_word(word: Word) -> Word:
    """Read a word as Arabic if the tables know it, else leave it: for names with one Arabic word among others."""
    read = arabic_word(word)
    return read if read.arabic else word


def _without_article(plain: str) -> str:
    """Return a word without the Arabic article written together with it, "" if it has none."""
    if plain[:2] == "ال":
        return plain[2:] if len(plain) > 4 else ""
    if plain[:3] in {"аль", "эль"}:
        return plain[3:].lstrip("-") if len(plain) > 5 else ""
    if plain[:2] in {"al", "el", "ul"} and len(plain) > (6 if plain[2:3] in "aeiouy" else 4):
        return plain[2:]
    return ""


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
    return _servant_by_letters(to_latin(word))


_SERVANT_LATIN = re.compile("^abd(?:[aeiou]|ou)?(?:l|ll|(?=(rr|ss|sh|nn|tt|dd|zz)).)?(?P<rest>.{3,})$")


def _servant_by_letters(latin: str) -> str:
    found = _SERVANT_LATIN.match(latin)
    if not found:
        return ""
    label, cost = closest_god(found["rest"])
    return f"abd{label}" if label and cost <= MOST_COST else ""


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
    if not label and script_of(second) != "arabic":
        label = closest_god(to_latin(second))[0]
    return f"abd{label}" if label else f"abd{fold_word(plain[2:] if plain.startswith('ال') else second)}"


def join_religion(first: str) -> str:
    """Return the key of `first` followed by "din" as a word of its own, "" if the two do not belong together."""
    _, _, religion = _compounds()
    label = religion.get(plain_arabic(first)) or religion.get(fold_word(first))
    return f"{label}din" if label else ""


def made_word(key: str, script: str, plain: str, *, kunya: bool = False) -> Word:
    """Return a word whose key is already known: an Arabic compound, or a kunya ("father of …"), no name itself."""
    given = () if kunya else (GivenName(key, "m", "arabic", short=False),)
    return Word(
        key,
        key,
        None,
        script,
        given,
        None,
        looks_surname=False,
        repaired=False,
        plain=plain,
        bones=known_bones(key),
        arabic=True,
        made=True,
        kunya=kunya,
    )


_SERVANT_BEGINS = ("abd", "عبد", "абд")
_RELIGION_ENDS = ("din", "dine", "deen", "dene", "den", "дин", "دين")


def _compound(plain: str) -> tuple[str, tuple[GivenName, ...]]:
    if len(plain) > 4 and (plain.startswith(_SERVANT_BEGINS) or plain.endswith(_RELIGION_ENDS)):
        key = servant_of(plain) or of_religion(plain)
        if key:
            return key, (GivenName(key, "m", "arabic", short=False),)
    return "", ()
