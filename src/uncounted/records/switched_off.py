"""Names read without rules that the project switched off: "nickname" and "feminine"."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from uncounted.records.fold import KNOWN_WORDS, skeleton
from uncounted.records.name_parts import Parts
from uncounted.records.name_tokens import NameToken, token_of
from uncounted.records.words import Word


def without_rules(parts: Parts, off: frozenset[str]) -> Parts:
    """Return the parts of a name as if short forms, or feminine endings, were names of their own.

    Which word is the surname and which the given name is still told by what is known of both.
    """
    return replace(
        parts,
        surname=_without(parts.surname, off),
        given=_without(parts.given, off),
        patronymic=_without(parts.patronymic, off),
        second_surname=_without(parts.second_surname, off),
        rest=tuple(token for part in parts.rest if (token := _without(part, off)) is not None),
    )


@lru_cache(maxsize=KNOWN_WORDS)
def _without(token: NameToken | None, off: frozenset[str]) -> NameToken | None:
    if token is None:
        return None
    words = tuple(_word(word, off) for word in token.words)
    return token if words == token.words else token_of(words, token.forced_patronymic, token.article)


def _word(word: Word, off: frozenset[str]) -> Word:
    if "nickname" in off and any(option.short for option in word.given):
        word = replace(word, given=())
    if "feminine" in off and word.surname_sex == "f" and word.surname_key != word.key:
        word = replace(word, surname_key=word.key, bones=skeleton(word.key))
    return word
