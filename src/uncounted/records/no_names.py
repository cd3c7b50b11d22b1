"""Which cells say that a name is not known, was withheld or was changed, instead of holding one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from uncounted.records.fold import fold_word
from uncounted.records.name_tokens import folded
from uncounted.records.tables import read_table

_NO_LETTER = re.compile(r"[\W\d_]+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ‘`´][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Sayings:
    """What is said in place of a name (`name_words.toml`)."""

    unknown: frozenset[str]  # whole texts, letters only
    longest_unknown: int  # characters, with signs around and between the words
    unknown_words: frozenset[str]  # all words of these
    pseudonym: re.Pattern[str]  # anywhere in a text
    pseudonym_beginnings: tuple[str, ...]  # first words of these
    # Folded words of `[no_name]`: see there how they go together.
    says: frozenset[str]
    denies: frozenset[str]
    about: frozenset[str]
    phrase_words: frozenset[str]  # all of them

    def leave_room_for_name(self, word: str) -> bool:
        """Whether a text that holds this word cannot consist of a saying that the name is not known."""
        words = _NO_LETTER.sub(" ", word.casefold()).split()
        keys = [folded(found) for found in _WORD.findall(word)]
        return not self.unknown_words.issuperset(words) and not self.phrase_words.issuperset(keys)


@lru_cache(maxsize=1)
def sayings() -> Sayings:
    """Return what is said in place of a name."""
    table = read_table("name_words")
    unknown = frozenset(_NO_LETTER.sub(" ", words.casefold()).strip() for words in table["unknown"])
    pseudonyms = [words.casefold() for words in table["pseudonym"]]
    phrases = table["no_name"]
    says, denies, about, beside = (frozenset(map(fold_word, phrases[k])) for k in ("says", "not", "about", "beside"))
    return Sayings(
        unknown=unknown,
        longest_unknown=2 * max(map(len, unknown)),
        unknown_words=frozenset(word for phrase in unknown for word in phrase.split()),
        pseudonym=re.compile("|".join(map(re.escape, pseudonyms))),
        pseudonym_beginnings=tuple(sorted({words.split()[0] for words in pseudonyms})),
        says=says,
        denies=denies,
        about=about,
        phrase_words=frozenset(chain(says, denies, about, beside)),
    )


def no_name(text: str) -> str:
    """Return the rule by which a text is no name ("no-name", "pseudonym"), or "" if it may be one."""
    if not _LETTER.search(text):
        return "no-name"
    low = text.casefold()
    said = sayings()
    if len(low) <= said.longest_unknown and _NO_LETTER.sub(" ", low).strip() in said.unknown:
        return "no-name"
    if said.pseudonym.search(low):
        return "pseudonym"
    return "no-name" if _says_no_name(text, said) else ""


def _says_no_name(text: str, said: Sayings) -> bool:
    """Whether all words are those of a phrase such as "did not give a name"; most names end at their first word."""
    keys = set()
    for found in _WORD.finditer(text):
        key = folded(found.group())
        if key not in said.phrase_words:
            return False
        keys.add(key)
    return not keys.isdisjoint(said.says) or not (keys.isdisjoint(said.denies) or keys.isdisjoint(said.about))
