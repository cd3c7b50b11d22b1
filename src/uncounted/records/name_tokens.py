"""The tokens of a name: each word, or several joined by hyphens, is made into a token once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.words import Word, read_word


@dataclass(slots=True, eq=False)  # by identity, as words: see `token_of`
class NameToken:
    """One part of a name: a word, or several joined by hyphens."""

    words: tuple[Word, ...]
    forced_patronymic: str = ""  # sex, if a word such as "ogly" or "kyzy" followed
    article: bool = False  # the Arabic article stood before it, or is written together with it

    @property
    def is_given(self) -> bool:
        """Whether the (first) word can be a given name."""
        return bool(self.words[0].given)

    @property
    def looks_surname(self) -> bool:
        """Whether the word ends like a surname and is not a given name."""
        return self.words[0].looks_surname and not self.is_given

    @property
    def shows_surname(self) -> bool:
        """Whether the word has an ending that only surnames have."""
        return self.looks_surname and self.words[0].surname_sex is not None


@lru_cache(maxsize=KNOWN_WORDS)
def token_of(words: tuple[Word, ...], forced_patronymic: str = "", article: bool = False) -> NameToken:  # noqa: FBT001, FBT002
    """Return the token of these words: always the same object, so that what is known of it can be kept."""
    return NameToken(words, forced_patronymic, article)


@dataclass(slots=True)
class Tokens:
    """The tokens of a name in order; `comma` is the number of tokens before the first comma (-1: none)."""

    full: tuple[NameToken, ...] = ()  # words
    initials: tuple[str, ...] = ()
    initials_at: int = -1  # words before the first initial (-1: no initial)
    comma: int = -1
    rest: tuple[NameToken, ...] = ()  # of a second name
    arabic: bool = False
    origin: str = ""
    rules: tuple[str, ...] = ()

    @property
    def initials_first(self) -> bool:
        """Whether an initial stands before every word."""
        return self.initials_at == 0


@lru_cache(maxsize=KNOWN_WORDS)
def read_once(raw: str) -> Word:
    """Read a word; one that was read before is the same object."""
    return read_word(raw)


def folded(word: str) -> str:
    """Return the key of one word; a word is read once for this and for the tokens."""
    return read_once(word).key
