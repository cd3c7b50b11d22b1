"""Which cells say that a name is not known, was withheld or was changed, instead of holding one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from uncounted.records.fold import KNOWN_WORDS, fold_word
from uncounted.records.name_tokens import folded
from uncounted.records.tables import read_table

_NO_LETTER = re.compile(r"[\W\d_]+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ‘`´][^\W\d_]+)*")


def no_name(text: str) -> str:
    """Return the rule by which a text is no name ("no-name", "pseudonym"), or "" if it may be one."""
    words = text.split()
    if words and all(map(str.isalpha, words)) and not any(map(_may_say_so, words)):
        return ""  # the usual case, told apart for speed: the way below finds the same
    return no_name_with_care(text)


@lru_cache(maxsize=KNOWN_WORDS)
def _may_say_so(word: str) -> bool:
    """Whether a word may be part of what says that a text is no name."""
    low = word.casefold()
    said = _said()
    return (
        low in said
        or low.endswith(_pseudonym_beginnings())
        or folded(word) in _phrases().all
        or bool(_no_names()[2].search(low))
    )


def no_name_with_care(text: str) -> str:
    """Return what `no_name` does, for any text."""
    if not _LETTER.search(text):
        return "no-name"
    low = text.casefold()
    unknown, longest, pseudonym = _no_names()
    if len(low) <= longest and _NO_LETTER.sub(" ", low).strip() in unknown:
        return "no-name"
    if pseudonym.search(low):
        return "pseudonym"
    return "no-name" if _says_no_name(text) else ""


@lru_cache(maxsize=1)
def _no_names() -> tuple[frozenset[str], int, re.Pattern[str]]:
    table = read_table("name_words")
    unknown = frozenset(_NO_LETTER.sub(" ", words.casefold()).strip() for words in table["unknown"])
    longest = 2 * max(map(len, unknown))  # with signs around and between the words
    return unknown, longest, re.compile("|".join(re.escape(words.casefold()) for words in table["pseudonym"]))


@lru_cache(maxsize=1)
def _said() -> frozenset[str]:
    return frozenset(word for phrase in _no_names()[0] for word in phrase.split())


@lru_cache(maxsize=1)
def _pseudonym_beginnings() -> tuple[str, ...]:
    return tuple(sorted({phrase.casefold().split()[0] for phrase in read_table("name_words")["pseudonym"]}))


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Folded words of `[no_name]`: see there how they go together."""

    says: frozenset[str]
    denies: frozenset[str]
    about: frozenset[str]
    all: frozenset[str]


@lru_cache(maxsize=1)
def _phrases() -> _Phrases:
    table = read_table("name_words")["no_name"]
    says, denies, about, beside = (frozenset(map(fold_word, table[k])) for k in ("says", "not", "about", "beside"))
    return _Phrases(says, denies, about, frozenset(chain(says, denies, about, beside)))


def _says_no_name(text: str) -> bool:
    """Whether all words are those of a phrase such as "did not give a name"; most names end at their first word."""
    phrases = _phrases()
    keys = set()
    for found in _WORD.finditer(text):
        key = folded(found.group())
        if key not in phrases.all:
            return False
        keys.add(key)
    return not keys.isdisjoint(phrases.says) or not (keys.isdisjoint(phrases.denies) or keys.isdisjoint(phrases.about))
