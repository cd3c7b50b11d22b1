"""Folding: one short a-z key for a word, whatever script and standard of romanisation it is written in.

A word becomes sounds in an inner alphabet (a-z, and C ch, S sh, Z zh, X ts, J dzh), read by tables for Cyrillic,
Latin and Arabic letters (`data/`); for Latin, the way of writing (háčeks, Polish, German, French, Turkish, Slavic
endings) is recognised in the word itself, because "ch" and "j" mean different sounds in each. The sounds are written
out plainly and read once more until nothing changes, so that a key folds to itself. g, h and kh are one sound, since
lists that mix Russian and Ukrainian write one name with all three.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from uncounted.records.repair import script_of
from uncounted.records.tables import read_table

LONGEST_KEY = 40
KNOWN_WORDS = 400_000  # distinct words whose reading is kept; beyond it the least recent are read again

_WRITTEN = str.maketrans({"C": "ch", "S": "sh", "Z": "zh", "X": "ts", "J": "dj"})
_NOT_LETTER = re.compile(r"[^a-zCSZXJç]")
_NOT_KEY = re.compile(r"[^a-z]")
_MOST_PASSES = 12


@dataclass(frozen=True, slots=True)
class _System:
    """One way of writing in Latin letters: when it applies and what its letters sound like."""

    when: re.Pattern[str] | None
    # By first letter: one pattern with a group per grapheme, and what the groups sound like.
    by_letter: dict[str, tuple[re.Pattern[str], tuple[str, ...]]]

    def sounds(self, word: str) -> str:
        """Read a word from left to right, the longest grapheme first."""
        out = []
        i, end = 0, len(word)
        while i < end:
            entry = self.by_letter.get(word[i])
            found = entry[0].match(word, i) if entry else None
            if entry is None or found is None:
                out.append(word[i])
                i += 1
            else:
                out.append(entry[1][(found.lastindex or 1) - 1])
                i = found.end()
        return "".join(out)


@dataclass(frozen=True, slots=True)
class _Tables:
    cyrillic_pairs: tuple[tuple[str, str], ...]
    cyrillic: dict[int, str]
    belarusian: re.Pattern[str]
    belarusian_rules: tuple[tuple[re.Pattern[str], str], ...]
    arabic: dict[int, str]
    latin: dict[int, str]
    systems: tuple[_System, ...]
    sounds: tuple[tuple[re.Pattern[str], str], ...]


@lru_cache(maxsize=KNOWN_WORDS)
def fold_word(word: str) -> str:
    """Return the folded key of one word: a-z only, at most `LONGEST_KEY` letters, "" if the word has no letters.

    Parameters
    ----------
    word : str
        One word in any script, repaired (`repair.repair_text`). Apostrophes and other signs are passed over.

    Returns
    -------
    str
        The key; `fold_word(key) == key`.
    """
    tables = _tables()
    word = word[: 2 * LONGEST_KEY].lower()
    script = script_of(word)
    if script == "cyrillic":
        sounds = _cyrillic_sounds(word, tables)
    elif script == "arabic":
        sounds = _arabic_sounds(word, tables)
    elif script == "latin":
        sounds = _latin_sounds(word, tables)
    else:
        sounds = _latin_sounds(anyascii(word).lower(), tables)
    return _settled(_write(sounds, tables))


@lru_cache(maxsize=KNOWN_WORDS)
def _settled(key: str) -> str:
    """Fold a key until nothing changes."""
    tables = _tables()
    for _ in range(_MOST_PASSES):
        again = _write(_latin_sounds(key, tables), tables)
        if again == key:
            break
        key = again
    return key


@lru_cache(maxsize=KNOWN_WORDS)
def skeleton(key: str) -> str:
    """Return the consonants of a folded key; a first vowel becomes "a"; z and s are one.

    For writings without short vowels (Arabic) and for badly romanised names: "sharif" and "shrif" both give "xrf".
    """
    if not key:
        return ""
    bones = _BONES.sub(lambda m: _BONE[m.group()], key)
    first = "a" if bones[0] in "aeiou" else ""
    return first + _VOWELS.sub("", bones)


_BONE = {"sh": "x", "ch": "q", "zh": "j", "dj": "j", "ts": "c", "z": "s"}
_BONES = re.compile("sh|ch|zh|dj|ts|z")
_VOWELS = re.compile("[aeiou]")


def _write(sounds: str, tables: _Tables) -> str:
    for find, put in tables.sounds:
        sounds = find.sub(put, sounds)
    return _NOT_KEY.sub("", sounds.translate(_WRITTEN))[:LONGEST_KEY]


def _cyrillic_sounds(word: str, tables: _Tables) -> str:
    if tables.belarusian.search(word):
        for pattern, put in tables.belarusian_rules:
            word = pattern.sub(put, word)
    for find, put in tables.cyrillic_pairs:
        word = word.replace(find, put)
    # A Latin letter left among Cyrillic ones keeps its lower-case self; anything else is passed over.
    return _NOT_LETTER.sub("", word.translate(tables.cyrillic))


def _latin_sounds(word: str, tables: _Tables) -> str:
    if not word.isascii():
        word = unicodedata.normalize("NFD", word.translate(tables.latin))
        if not word.isascii():
            word = "".join(c if c == "ç" else anyascii(c) for c in unicodedata.normalize("NFC", _strip_marks(word)))
    word = _NOT_LETTER.sub("", word)
    for system in tables.systems:
        if system.when is None or system.when.search(word):
            return system.sounds(word)
    return word


def _strip_marks(word: str) -> str:
    kept: list[str] = []
    for c in word:
        if c == "\u0327" and kept and kept[-1] == "c":
            kept[-1] = "ç"  # its sound depends on the language: left to the systems
        elif unicodedata.category(c)[0] != "M":
            kept.append(c)
    return "".join(kept)


_CONSONANT = "[bdfhklmnprstvzCSZXJ]"
_NOT_SOUND = re.compile("[^a-zCSZXJ]")
_SOUNDED_W = re.compile("w(?=[ai])")
_FIRST_W = re.compile(f"^w(?={_CONSONANT})")
_FIRST_CONSONANT = re.compile(f"^(?={_CONSONANT})")
_FIRST_I = re.compile(f"^i(?={_CONSONANT})")
_LONG_A_PATTERN = re.compile(f"^({_CONSONANT})a({_CONSONANT})({_CONSONANT})$")
_FIRST_TWO = re.compile(f"^({_CONSONANT})(?={_CONSONANT})")
_LAST_TWO = re.compile(f"({_CONSONANT})({_CONSONANT})$")
_THREE = re.compile(f"({_CONSONANT}{_CONSONANT})(?={_CONSONANT})")


def _arabic_sounds(word: str, tables: _Tables) -> str:
    """Read Arabic letters, and put the likeliest short vowel where the writing leaves it out.

    CaCC is read as the active participle (salm: salim); otherwise an "a" parts two consonants at the start, two at
    the end, and three in a row. It is a guess, and only the skeleton is free of it.
    """
    sounds = word.translate(tables.arabic)
    sounds = _NOT_SOUND.sub("", sounds)
    if "w" in sounds:
        sounds = _SOUNDED_W.sub("v", sounds)
        sounds = _FIRST_W.sub("va", sounds)
        sounds = sounds.replace("w", "u")
    if word[:1] == "ع":
        sounds = _FIRST_CONSONANT.sub("a", sounds)  # the throat sound is not written in Latin, its vowel is
    if word[:1] in "يی":
        sounds = _FIRST_I.sub("ia", sounds)
    sounds = _LONG_A_PATTERN.sub(r"\1a\2i\3", sounds)
    sounds = _FIRST_TWO.sub(r"\1a", sounds)
    sounds = _LAST_TWO.sub(r"\1a\2", sounds)
    return _THREE.sub(r"\1a", sounds)


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    cyrillic, latin, arabic = read_table("cyrillic"), read_table("latin"), read_table("arabic")
    base: dict[str, str] = latin["graphemes"]
    systems = [_system(s["when"], base | s["graphemes"]) for s in latin["systems"]]
    return _Tables(
        cyrillic_pairs=tuple(cyrillic["pairs"].items()),
        cyrillic=str.maketrans(cyrillic["letters"]),
        belarusian=re.compile(cyrillic["belarusian"]["when"]),
        belarusian_rules=tuple((re.compile(rule["find"]), rule["put"]) for rule in cyrillic["belarusian"]["rules"]),
        arabic=str.maketrans(arabic["letters"]),
        latin=str.maketrans({k: v for k, v in latin["letters"].items() if k != "ç"}),
        systems=(*systems, _system(None, base)),
        sounds=tuple((re.compile(rule["find"]), rule["put"]) for rule in latin["sounds"]),
    )


def _letters(pattern: str) -> str:
    """Return the letters a grapheme pattern eats, without its context."""
    return re.sub(r"\(\?[^)]*\)|[\^$]", "", pattern)


def _system(when: str | None, graphemes: dict[str, str]) -> _System:
    """Group the graphemes by first letter: longer ones first, and among equals those with a context first."""
    ordered = sorted(graphemes, key=lambda p: (-len(_letters(p)), p == _letters(p), p))
    by_letter: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {}
    for first in sorted({_letters(p)[0] for p in ordered}):
        own = [p for p in ordered if _letters(p)[0] == first]
        by_letter[first] = (re.compile("|".join(f"({p})" for p in own)), tuple(graphemes[p] for p in own))
    return _System(re.compile(when) if when else None, by_letter)
