"""Given names: which word is one, whose it is, and which names a short form can stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from uncounted.records.arabic import plain_arabic
from uncounted.records.fold import fold_word
from uncounted.records.origins import spanish_key
from uncounted.records.tables import read_table

Family = Literal["slavic", "arabic", "spanish", "western"]


@dataclass(frozen=True, slots=True)
class GivenName:
    """A name a word can stand for: its key, sex, family of names, and whether the word is a short form."""

    key: str
    sex: str
    family: Family
    short: bool


@lru_cache(maxsize=1)
def _given_names() -> tuple[dict[str, tuple[GivenName, ...]], dict[str, tuple[GivenName, ...]]]:
    """Return (by folded key, by plain Arabic writing)."""
    by_key: dict[str, list[GivenName]] = {}
    by_arabic: dict[str, list[GivenName]] = {}
    families: tuple[tuple[str, Family], ...] = (
        ("names_slavic", "slavic"),
        ("names_arabic", "arabic"),
        ("names_western", "western"),
        ("lexicon_arabic", "arabic"),
    )
    for table, family in families:
        for section, rows in read_table(table).items():
            if section == "family":
                continue
            kind: Family = "spanish" if section.startswith("es_") else family
            for label, forms in rows.items():
                for word, name in _row(label, forms, section[-1], kind):
                    arabic = "\u0600" <= word[0] <= "\u06ff"
                    key = plain_arabic(word) if arabic else fold_word(word)
                    options = (by_arabic if arabic else by_key).setdefault(key, [])
                    if all((o.key, o.sex) != (name.key, name.sex) for o in options):
                        options.append(name)
    return (
        {key: tuple(options) for key, options in by_key.items()},
        {word: tuple(options) for word, options in by_arabic.items()},
    )


def _row(label: str, forms: str, sex: str, family: Family) -> Iterator[tuple[str, GivenName]]:
    """Return (word, name it stands for) for each form of one row; a number after a label only keeps rows apart."""
    canonical = fold_word(label.rstrip("0123456789"))
    full, _, short = forms.partition("|")
    for words, is_short in ((full, False), (short, True)):
        for word in words.split():
            yield word, GivenName(canonical, sex, family, is_short)


def given_names(word: str, key: str) -> tuple[GivenName, ...]:
    """Return what a word (folded: `key`) can stand for as a given name; full names before short ones; () if none."""
    by_key, by_arabic = _given_names()
    if word and "\u0600" <= word[0] <= "\u06ff":
        return by_arabic.get(plain_arabic(word), ())
    options = by_key.get(key, ())
    full = tuple(o for o in options if not o.short)
    return full or options


@lru_cache(maxsize=1)
def _spanish_names() -> dict[str, tuple[GivenName, ...]]:
    found: dict[str, tuple[GivenName, ...]] = {}
    for section, rows in read_table("names_western").items():
        if section.startswith("es_"):
            for label, forms in rows.items():
                for word, name in _row(label, forms, section[-1], "spanish"):
                    if not name.short:
                        found.setdefault(spanish_key(word.lower()), (name,))
    return found


def spanish_given(key: str) -> tuple[GivenName, ...]:
    """Return the given name whose Spanish key this is; () if none."""
    return _spanish_names().get(key, ())


def choose_given(options: tuple[GivenName, ...], key: str, sex: str | None) -> tuple[str, str | None]:
    """Choose the given name's key and its sex.

    One option: that one. Several: those of the known sex; a full name that is several is the first in the tables;
    a short form that is still several is what all of them begin with (Sasha: aleksandr), if that is four letters or
    more, else the short form itself (Slava: slava).
    """
    if len(options) == 1:
        return options[0].key, options[0].sex
    fitting = tuple(o for o in options if sex is None or o.sex == sex) or options
    sexes = {o.sex for o in fitting}
    known_sex = sexes.pop() if len(sexes) == 1 else None
    keys = sorted({o.key for o in fitting})
    if len(keys) == 1 or not fitting[0].short:
        return fitting[0].key, known_sex
    shared = _common_beginning(keys[0], keys[-1])
    return (shared if len(shared) >= 4 else key), known_sex


def _common_beginning(first: str, last: str) -> str:
    """Return what both begin with; for the first and last of sorted words that is what all of them begin with."""
    n = 0
    while n < min(len(first), len(last)) and first[n] == last[n]:
        n += 1
    return first[:n]
