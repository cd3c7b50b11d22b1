"""What a single word of a name can be: given name, patronymic, surname, title, particle."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from uncounted.records.arabic import (
    MOST_COST,
    SURE_COST,
    ArabicName,
    arabic_key,
    bones,
    closest,
    family_name,
    known_bones,
)
from uncounted.records.compounds import compound
from uncounted.records.endings import Patronymic, ends_in, ends_like_surname, read_patronymic, surname_form
from uncounted.records.fold import KNOWN_WORDS, fold_word, skeleton
from uncounted.records.given_names import GivenName, given_names, spanish_given
from uncounted.records.origins import shows_turkish, spanish_key, spanish_surname, turkish_key
from uncounted.records.repair import repair_lookalikes, script_of
from uncounted.records.tables import read_table

_APOSTROPHES = re.compile(r"['’ʼ‘`´ʹʺʻʿʾ′]")


@dataclass(slots=True, eq=False)  # by identity: words are kept, and looked up at every name
class Word:
    """One word of a name, read out of context. Never changed once made; not frozen, which makes it six times faster."""

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
    key, given = compound(plain)
    if not key:
        bare = _article_off(word.casefold(), plain)
        key = fold_word(bare)
        given = given_names(bare, key)
    patronymic = None if given else read_patronymic(key)
    surname_key, surname_sex = surname_form(key)
    if given and given[0].family == "arabic":
        surname_key = given[0].key  # father's names serve as surnames: their spellings must meet there too
    looks = surname_sex is not None or ends_like_surname(key)
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
    return _again(word, word.key if own else key, key, given, patronymic=word.patronymic, bones=skeleton(key))


def _again(
    word: Word, key: str, surname_key: str, given: tuple[GivenName, ...], *, patronymic: Patronymic | None, bones: str
) -> Word:
    """Return a word read another way, which says nothing of Slavic endings or Arabic names any more."""
    return Word(
        key,
        surname_key,
        None,
        word.script,
        given,
        patronymic,
        word.looks_surname and not given,
        word.repaired,
        word.plain,
        bones,
        False,
        word.family,
        word.article,
        word.made,
        word.kunya,
        word.origin,
    )


@lru_cache(maxsize=KNOWN_WORDS)
def turkish_word(word: Word) -> Word:
    """Read a word again, knowing that the name it stands in is Turkish; an Arabic given name keeps its key."""
    if word.made or word.script != "latin" or (word.patronymic is not None and not word.origin):
        return word
    key = turkish_key(word.plain)
    own = tuple(option for option in word.given if option.family == "arabic")
    if own:
        key = own[0].key
    bones_of_key = known_bones(key) if own else skeleton(key)
    return _again(word, key, key, own, patronymic=None, bones=bones_of_key)


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
    return Word(
        key,
        key,
        None,
        word.script,
        given,
        word.patronymic,
        False,
        word.repaired,
        word.plain,
        known_bones(key) if known else bones(text),
        word.arabic or known,
        known and not given,
        article,
        word.made,
        word.kunya,
        word.origin,
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


@lru_cache(maxsize=KNOWN_WORDS)
def surname_likeness(word: Word) -> int:
    """Return how much a word that is in no table is like a Slavic surname: 3 shows it, 2, 1, 0, -1 like a short form.

    By the endings of `[likeness]` and `[surname]`; for choosing between the words of one name only.
    """
    if word.surname_sex is not None:
        return 3
    likeness = _likeness()
    if ends_in(word.key, *likeness["diminutive"]):
        return -1
    if ends_in(word.key, *likeness["strong"]) or ends_in(word.plain, *likeness["written_strong"]):
        return 2
    weak = ends_in(word.key, *likeness["weak"]) or ends_in(word.plain, *likeness["written_weak"])
    return 1 if weak or word.looks_surname else 0


@lru_cache(maxsize=1)
def _likeness() -> dict[str, tuple[tuple[str, ...], int]]:
    """Return endings, and how many letters must stand before them."""
    table = read_table("endings")["likeness"]
    written = table["written"]
    return {
        "diminutive": (tuple(table["diminutive"]), table["diminutive_least"]),
        "strong": (tuple(table["strong"]), table["least"]),
        "weak": (tuple(table["weak"]), table["least"]),
        "written_strong": (tuple(written["strong"]), written["least"]),
        "written_weak": (tuple(written["weak"]), written["least"]),
    }


def _article_off(word: str, plain: str) -> str:
    """Take off the Arabic article where it is written together with the name."""
    if plain[:2] == "ال" and len(plain) > 4 and not given_names(plain, ""):
        return plain[2:]
    if plain[:2] in {"al", "el", "ul"} and len(plain) > 5 and not given_names(plain, fold_word(plain)):
        rest = given_names("", fold_word(plain[2:]))
        if any(o.family == "arabic" and not o.short for o in rest):
            return plain[2:]
    return word


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
