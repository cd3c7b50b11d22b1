"""Reading a Latin word the Spanish or the Turkish way, where the name shows that it is Spanish or Turkish.

Spanish lists write one surname with b and v, s and z and c, ll and y, h or none; Turkish ones lose the marks of their
letters in every second office. A key that makes these one is right only for such names, so the name must show it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from uncounted.records.arabic import SURE_COST, closest
from uncounted.records.fold import KNOWN_WORDS, LONGEST_KEY
from uncounted.records.tables import read_table

_NOT_LETTER = re.compile("[^a-z]")
_DOUBLE = re.compile(r"(.)\1+")
# In this order; capitals are sounds that later steps leave alone.
_SPANISH = (
    ("ch", "C"), ("ll", "y"), ("que", "ke"), ("qui", "ki"), ("qu", "k"), ("ph", "f"), ("th", "t"), ("tz", "s"),
    ("sce", "se"), ("sci", "si"), ("scy", "si"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("gue", "Ge"), ("gui", "Gi"),
    ("hua", "ua"), ("hue", "ue"), ("hui", "ui"), ("nb", "mb"), ("nv", "mb"), ("np", "mp"),
)  # fmt: skip
_SPANISH_LETTERS = str.maketrans(
    {
        "C": "ch",
        "G": "h",
        "c": "k",
        "g": "h",
        "h": "",
        "j": "h",
        "q": "k",
        "v": "b",
        "w": "u",
        "x": "h",
        "y": "i",
        "z": "s",
    }
)
_TURKISH_SOUNDS = str.maketrans({"c": "j", "g": "h", "w": "v", "y": "i", "q": "k", "x": "ks"})
_JOINED = re.compile("^(?:delas|delos|dela|del|de)(?=.{3})")


def plain_latin(word: str) -> str:
    """Return a word in a-z, without the marks on its letters."""
    if not word.isascii():
        word = word.replace("ı", "i")
        word = anyascii("".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)))
    return _NOT_LETTER.sub("", word.lower())


@lru_cache(maxsize=KNOWN_WORDS)
def spanish_key(word: str) -> str:
    """Return the key of a word read the Spanish way."""
    latin = plain_latin(word)
    if latin[:2] == "gu" and latin[2:3] in {"a", "o"}:
        latin = latin[1:]
    latin = _DOUBLE.sub(_single, latin)
    for letters, sound in _SPANISH:
        latin = latin.replace(letters, sound)
    return _DOUBLE.sub(r"\1", latin.translate(_SPANISH_LETTERS))[:LONGEST_KEY]


def _single(found: re.Match[str]) -> str:
    return "ll" if found.group()[:2] == "ll" else found.group(1)


def turkish_key(word: str) -> str:
    """Return the key of a word read the Turkish way, whether its letters kept their marks or not."""
    latin = plain_latin(word).replace("sh", "s").replace("ch", "c").translate(_TURKISH_SOUNDS).replace("j", "dj")
    return _DOUBLE.sub(r"\1", latin)[:LONGEST_KEY]


@lru_cache(maxsize=1)
def _spanish_surnames() -> frozenset[str]:
    return frozenset(map(spanish_key, read_table("origins")["spanish"]["surnames"].split()))


@lru_cache(maxsize=1)
def _turkish_words() -> frozenset[str]:
    """Return the keys of Turkish words, but for those that any Arabic list may hold in the same letters."""
    table = read_table("origins")["turkish"]
    words = [
        plain_latin(word.replace("İ", "i").replace("I", "ı").lower())
        for key in ("given", "surnames")
        for word in table[key].split()
    ]
    return frozenset(turkish_key(word) for word in words if closest(word)[1] > SURE_COST)


def spanish_surname(word: str) -> str:
    """Return the Spanish key of a surname of the table, or of one with its particles written together; else ""."""
    key = spanish_key(word)
    if "ñ" in word or key in _spanish_surnames():
        return key
    joined = _JOINED.match(plain_latin(word))
    if joined:
        rest = spanish_key(plain_latin(word)[joined.end() :])
        return rest if rest in _spanish_surnames() else ""
    return ""


def shows_turkish(word: str) -> bool:
    """Whether a word in lower case has a letter, an ending or a place in the tables that shows Turkish."""
    letters, endings = _turkish_signs()
    if not word.isascii() and letters.search(word):
        return True
    latin = plain_latin(word)
    return (latin.endswith(endings) and len(latin) > 6) or turkish_key(word) in _turkish_words()


@lru_cache(maxsize=1)
def _turkish_signs() -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return the letters and the endings that show Turkish."""
    table = read_table("origins")["turkish"]
    return re.compile("|".join(map(re.escape, table["letters"]))), tuple(table["endings"])
