"""What a token gives to the keys of a name as its surname, given name, patronymic or any other word: found once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.fold import KNOWN_WORDS, skeleton
from uncounted.records.given_names import choose_given
from uncounted.records.name_tokens import NameToken
from uncounted.records.words import Word

Bones = tuple[tuple[str, str], ...]  # keys, each with its consonants


@dataclass(slots=True)
class AsSurname:
    """A token as the surname; `second` is the key of the second of two words, `sex` what the ending shows."""

    key: str
    second: str | None
    sex: str | None
    feminine: bool  # a feminine ending was brought to the masculine one
    bones: Bones


@dataclass(slots=True)
class AsGiven:
    """A token as the given name; `sex` is that of the name chosen, `sure_sex` of all names it can stand for."""

    key: str
    sex: str | None
    sure_sex: str | None
    initial: str
    short: bool
    bones: Bones


@dataclass(slots=True)
class AsPatronymic:
    """A token as the patronymic, or as the second given name; `sex` is None unless it is a Slavic or Turkic one."""

    key: str
    sex: str | None
    initial: str
    bones: Bones


@lru_cache(maxsize=KNOWN_WORDS)
def as_surname(token: NameToken) -> AsSurname:
    """Return what the token gives as the surname."""
    words = token.words
    return AsSurname(
        key=words[0].surname_key,
        second=(words[1].surname_key or None) if len(words) > 1 else None,
        sex=words[0].surname_sex,
        feminine=any(word.surname_sex == "f" and word.surname_key != word.key for word in words),
        bones=tuple([(word.surname_key, word.bones) for word in words]),
    )


@lru_cache(maxsize=KNOWN_WORDS)
def as_given(token: NameToken, sex: str | None) -> AsGiven:
    """Return what the token gives as the given name of somebody of this sex (None: not known)."""
    word = token.words[0]
    key, chosen_sex = _given(word, sex)
    short = bool(word.given) and word.given[0].short
    sexes = {option.sex for option in word.given}
    others = [(other.key, _bones(other, other.key)) for other in token.words[1:]]
    return AsGiven(
        key=key,
        sex=chosen_sex,
        sure_sex=sexes.pop() if len(sexes) == 1 else None,
        initial=key[:1] if short else word.key[:1],
        short=short,
        bones=((key, _bones(word, key)), *others),
    )


@lru_cache(maxsize=KNOWN_WORDS)
def as_patronymic(token: NameToken) -> AsPatronymic:
    """Return what the token gives as the patronymic."""
    word = token.words[0]
    sex: str | None
    if token.forced_patronymic:
        key, sex = _given(word, "m")[0] + "ovich", token.forced_patronymic
    elif word.patronymic is not None:
        key, sex = word.patronymic.key, word.patronymic.sex
    else:
        key, sex = _given(word, None)[0], None
    return AsPatronymic(key=key, sex=sex, initial=word.key[:1], bones=((key, _bones(word, key)),))


@lru_cache(maxsize=KNOWN_WORDS)
def bones_of_other(token: NameToken, sex: str | None) -> Bones:
    """Return the keys of a token that has no part of its own in the name, each with its consonants."""
    if not token.is_given:
        return tuple([(word.surname_key, word.bones) for word in token.words])
    word = token.words[0]
    key = _given(word, sex)[0]
    return ((key, _bones(word, key)),)


def _given(word: Word, sex: str | None) -> tuple[str, str | None]:
    return choose_given(word.given, word.key, sex) if word.given else (word.key, None)


def _bones(word: Word, key: str) -> str:
    """Return the consonants of a key: those of the word, unless the key is another name (of a short form)."""
    return word.bones if key == word.surname_key else skeleton(key)
