"""Where a name comes from, and reading its words again as that asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

from uncounted.records.arabic import SURE_COST, closest
from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.name_tokens import NameToken, Tokens, token_of
from uncounted.records.words import Word, arabic_word, known_arabic_word, spanish_word, turkish_word

_READERS: dict[str, Callable[[Word], Word]] = {
    "arabic": arabic_word,
    "spanish": spanish_word,
    "turkish": turkish_word,
    "weak": known_arabic_word,
}


def in_origin(tokens: Tokens, usual: str) -> Tokens:
    """Return the tokens of a name, read as where the name comes from asks.

    `usual` is where the names of its list mostly come from, for a name that does not show it ("mixed": nowhere).
    """
    return _read_as(tokens, *_origin_of(tokens.full, usual, structure=tokens.arabic))


def columns_in_origin(cells: list[Tokens], usual: str) -> list[Tokens]:
    """Do what `in_origin` does for a name in columns: what one of them shows of its origin holds for all."""
    full = tuple([token for tokens in cells for token in tokens.full])
    origin, by_list = _origin_of(full, usual, structure=any(tokens.arabic for tokens in cells))
    return [_read_as(tokens, origin, by_list) for tokens in cells]


def _read_as(tokens: Tokens, origin: str, by_list: bool) -> Tokens:  # noqa: FBT001
    """Read the tokens again, in place."""
    tokens.origin = origin
    if by_list:
        tokens.rules = (*tokens.rules, "list-origin")
    if origin in _READERS:
        tokens.full = tuple(map(_read_again, tokens.full, repeat(origin)))
        tokens.rest = tuple(map(_read_again, tokens.rest, repeat(origin)))
        tokens.arabic = origin == "arabic"
    return tokens


@lru_cache(maxsize=KNOWN_WORDS)
def _read_again(token: NameToken, origin: str) -> NameToken:
    if token.forced_patronymic:
        return token
    words = tuple(map(_READERS[origin], token.words))
    return token_of(words, "", token.article or words[0].article)


@dataclass(frozen=True, slots=True, eq=False)  # by identity: each is made once
class _Shown:
    """What a word shows of its origin; the more, the surer."""

    arabic: int
    spanish: int
    turkish: bool
    other: bool
    latin: bool


_shown = lru_cache(maxsize=None)(_Shown)


@lru_cache(maxsize=KNOWN_WORDS)
def _shown_by(token: NameToken) -> _Shown:
    word = token.words[0]
    arabic = (2 if word.script == "arabic" else 1) if word.arabic else 0
    spanish = (1 if word.given else 2) if word.origin == "spanish" else 0
    return _shown(arabic, spanish, word.origin == "turkish", word.origin == "other", word.script == "latin")


def _origin_of(full: tuple[NameToken, ...], usual: str, *, structure: bool) -> tuple[str, bool]:
    """Return arabic, weak (one Arabic given name), spanish, turkish, other or "", and whether that is `usual`'s."""
    if structure:
        return "arabic", False
    origin = _origin_shown(tuple(map(_shown_by, full)), usual)
    if origin is not None:
        return origin, False
    if usual in {"", "mixed"}:
        return ("arabic" if sum(_romanises_arabic(token.words[0]) for token in full) > 1 else ""), False
    return usual, True


@lru_cache(maxsize=KNOWN_WORDS)
def _origin_shown(full: tuple[_Shown, ...], usual: str) -> str | None:
    """Return the origin that the words of a name show, None if they are Latin and show none."""
    arabic = sum(shown.arabic for shown in full)
    spanish = sum(shown.spanish for shown in full)
    other = any(shown.other for shown in full)
    if any(shown.turkish for shown in full) and not other:
        return "turkish"
    if spanish and not arabic and (spanish > 1 or usual not in {"mixed", "arabic", "turkish"}):
        return "spanish"
    if arabic:
        return "arabic" if arabic > 1 or usual in {"", "arabic"} else "weak"
    if other or not full or not full[0].latin:
        return "other" if other else ""
    return None


@lru_cache(maxsize=KNOWN_WORDS)
def _romanises_arabic(word: Word) -> bool:
    if word.script != "latin" or len(word.plain) < 4 or word.patronymic is not None or word.given:
        return False
    found, cost = closest(word.plain)
    return found is not None and cost <= SURE_COST
