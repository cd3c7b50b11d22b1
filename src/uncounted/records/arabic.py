"""Arabic names across scripts: which name of the tables a romanisation can stand for, and consonants where none fits.

Arabic leaves short vowels unwritten and every office romanises by its own ear, so spelling rules alone cannot bring
"Munther", "Mondher" and منذر together. Two things can: a comparison letter by letter with names written in Arabic
(`closest`), and a frame of consonants in which letters that romanisations exchange are one (`bones`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from uncounted.records.arabic_spelling import reading_cost
from uncounted.records.fold import KNOWN_WORDS, LONGEST_KEY, fold_word
from uncounted.records.tables import read_table

# What a reading may cost, by `reading_cost`: 0 is a usual romanisation letter by letter, 1 one unusual letter.
MOST_COST = 0.7
SURE_COST = 0.35
_TINY = 1e-9

_ALEF = str.maketrans("أإآٱىیکةۀؤ", "ااااييكههو")


def plain_arabic(word: str) -> str:
    """Return the word with the variants of alef, ya, kaf and ta marbuta written in one way."""
    return word.translate(_ALEF)


@dataclass(frozen=True, slots=True)
class ArabicName:
    """A name of the tables: label of its row, section (sex or "family") and how it is written in Arabic."""

    label: str
    kind: str
    written: str


@lru_cache(maxsize=1)
def _names() -> tuple[ArabicName, ...]:
    """Return the names of both tables, in their order: of two that fit alike the first is taken."""
    found: dict[str, ArabicName] = {}
    for table in ("names_arabic", "lexicon_arabic"):
        for kind, rows in read_table(table).items():
            for label, forms in rows.items():
                for form in forms.split():
                    if "\u0600" <= form[0] <= "\u06ff" and form not in found:
                        found[form] = ArabicName(label.rstrip("0123456789"), kind, form)
    given = [name for name in found.values() if name.kind == "m"]
    for label, forms in read_table("origins")["persian"]["suffixes"].items():
        for name in given:
            for form in forms.split():
                written = name.written + form
                if name.written[:2] != "ال" and written not in found:
                    found[written] = ArabicName(name.label + label, "family", written)
    return tuple(found.values())


@lru_cache(maxsize=1)
def _by_frame() -> dict[str, tuple[ArabicName, ...]]:
    framed: dict[str, list[ArabicName]] = {}
    for name in _names():
        names = [name]
        if name.written[:2] == "ال" and len(name.written) > 4:
            names.append(ArabicName(name.label, name.kind, name.written[2:]))
        for each in names:
            for frame in _frames(each.written):
                framed.setdefault(frame, []).append(each)
    return {frame: tuple(names) for frame, names in framed.items()}


@lru_cache(maxsize=1)
def _listed() -> dict[str, ArabicName]:
    """Return the names by the Latin and Cyrillic spellings that names_arabic.toml lists."""
    found: dict[str, ArabicName] = {}
    for kind, rows in read_table("names_arabic").items():
        for label, forms in rows.items():
            written = next((form for form in forms.split() if "\u0600" <= form[0] <= "\u06ff"), "")
            for form in forms.split():
                found.setdefault(form.lower().replace("'", ""), ArabicName(label.rstrip("0123456789"), kind, written))
    return found


@lru_cache(maxsize=KNOWN_WORDS)
def closest(word: str) -> tuple[ArabicName | None, float]:
    """Return the name that a Latin or Cyrillic word romanises at least cost, and the cost; (None, inf) if none fits.

    Parameters
    ----------
    word : str
        One word in lower case, without apostrophes.
    """
    listed = _listed().get(word)
    return (listed, 0.0) if listed is not None else _closest(to_latin(word), _by_frame())


def closest_god(latin: str) -> tuple[str, float]:
    """Return the label of the name of God that plain Latin letters romanise at least cost ("" if none) and the cost."""
    found, cost = _closest(latin, _gods_by_frame())
    return (found.label if found else ""), cost


@lru_cache(maxsize=1)
def _gods_by_frame() -> dict[str, tuple[ArabicName, ...]]:
    framed: dict[str, tuple[ArabicName, ...]] = {}
    for label, forms in read_table("compounds")["servant"].items():
        for form in forms.split():
            if "\u0600" <= form[0] <= "\u06ff" and (form[:2] != "ال" or len(form) < 5):
                for frame in _frames(form):
                    framed[frame] = (*framed.get(frame, ()), ArabicName(label, "m", form))
    return framed


def _closest(latin: str, frames: dict[str, tuple[ArabicName, ...]]) -> tuple[ArabicName | None, float]:
    """Return the name of least cost; digraphs read as two letters ("Ishaq") and j as y (German) only if none fits."""
    readings = [latin]
    if _SPLIT.search(latin):
        readings.append(_SPLIT.sub(r"\1.h", latin))
    if latin[:1] == "j":
        readings.append(latin[1:])
    best: ArabicName | None = None
    least = float("inf")
    for reading in readings:
        for name in frames.get(_frame(reading), ()):
            cost = reading_cost(name.written, latin, min(least, MOST_COST + _TINY))
            if cost < least:
                best, least = name, cost
        if best is not None:
            break
    return best, least


@lru_cache(maxsize=1)
def _bones_by_key() -> dict[str, str]:
    made: dict[str, str] = {}
    for name in _names():
        made.setdefault(fold_word(name.label), bones(name.written))
    return made


@lru_cache(maxsize=KNOWN_WORDS)
def known_bones(key: str) -> str:
    """Return the consonants of a key of the Arabic tables, from its writing in Arabic; of any other key, its own."""
    return _bones_by_key().get(key) or bones(key)


@lru_cache(maxsize=1)
def _families() -> dict[str, str]:
    return {plain_arabic(name.written): name.label for name in _names() if name.kind == "family"}


def family_name(word: str) -> str:
    """Return the label of a family's name written in Arabic, "" if the tables do not have it."""
    return _families().get(plain_arabic(word), "")


_KEY_PARTS = re.compile(
    "sch|tch|sh|ch|kh|gh|dh|th|ph|dj|dg|zh|ck|cq|c(?=[eiy])|ts|qu|ou|oo|ee|ie(?!$)|aa|ae|(?<=[^aeiou])[ae]h$|[a-zV]"
)
_KEY_SOUNDS = {
    "sch": "sh", "tch": "sh", "sh": "sh", "ch": "sh", "kh": "h", "gh": "h", "dh": "d", "th": "t", "ph": "f",
    "dj": "dj", "dg": "dj", "j": "dj", "zh": "dj", "ck": "k", "cq": "k", "q": "k", "qu": "k", "c": "k", "ts": "s",
    "g": "dj", "ou": "u", "oo": "u", "o": "u", "w": "u", "v": "u", "V": "v", "ee": "i", "ie": "i", "e": "i", "y": "i",
    "aa": "a", "ae": "a", "ah": "a", "eh": "a", "x": "h", "p": "b",
}  # fmt: skip
_SOUNDED_W = re.compile("(?:(?<=[aeiou])|^)ou(?=[aei])|[wv](?=[aeiouy])")
_VOWEL_RUN = re.compile(r"([aiu])\1+")


def arabic_key(word: str) -> str:
    """Return the key of an Arabic word that no table knows: three vowels, Arabic sounds; fewer romanisations differ."""
    if any("\u0600" <= c <= "\u06ff" for c in word):
        return fold_word(word)
    latin = _DOUBLE_PAIR.sub("", _DOUBLE.sub(_single, to_latin(word)))
    latin = _SOUNDED_W.sub("V", latin)
    sounds = [_KEY_SOUNDS.get(part, part) for part in _KEY_PARTS.findall(latin)]
    return _VOWEL_RUN.sub(r"\1", "".join(sounds))[:LONGEST_KEY]


def _single(found: re.Match[str]) -> str:
    """Return a doubled letter once; "ee" and "oo" are vowels of their own."""
    return found.group() if found.group() in {"ee", "oo"} else found.group(1)


# ---------------------------------------------------------------- consonants

_CYRILLIC = {
    "а": "a", "б": "b", "в": "w", "г": "g", "ґ": "g", "ғ": "gh", "д": "d", "е": "e", "ё": "o", "є": "e", "ж": "j",
    "з": "z", "и": "i", "і": "i", "ї": "i", "й": "y", "к": "k", "қ": "q", "л": "l", "м": "m", "н": "n", "ң": "n",
    "о": "o", "ө": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ү": "u", "ў": "w", "ф": "f", "х": "x",
    "ҳ": "h", "һ": "h", "ц": "ts", "ч": "ch", "ҷ": "j", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e",
    "ю": "yu", "я": "ya", "ә": "a",
}  # fmt: skip
_MARKED = {"š": "sh", "ş": "sh", "ș": "sh", "č": "ch", "ç": "ch", "ž": "j", "ğ": "gh", "ġ": "gh", "ı": "i", "ḵ": "kh"}
_TO_LATIN = str.maketrans(_CYRILLIC | _MARKED | {"ẖ": "kh", "ḏ": "dh", "ṯ": "th", "ǧ": "j", "ß": "ss"})
_NOT_LETTER = re.compile("[^a-z]")


def to_latin(word: str) -> str:
    """Return a Latin or Cyrillic word in plain a-z, as an office would write it for an Arabic name."""
    word = word.replace("дж", "j")
    word = word.translate(_TO_LATIN)
    if not word.isascii():
        word = anyascii("".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))).lower()
    return _NOT_LETTER.sub("", word)


# b; d for every voiced dental and sibilant; f; h for h and kh; j for j, g and gh; k for k and q; l m n r; s; t; x sh;
# v for a first w. Vowels, glides, hamza and ayn go; a first vowel is "a".
_LETTER_BONES = str.maketrans(
    dict.fromkeys("اأإآٱءئؤعىيیےةۀۃو", "")
    | dict.fromkeys("دضذظزڈ", "d")
    | dict.fromkeys("تطٹث", "t")
    | dict.fromkeys("جغگژ", "j")
    | dict.fromkeys("حخهھہ", "h")
    | dict.fromkeys("قكک", "k")
    | dict.fromkeys("سص", "s")
    | dict.fromkeys("شچ", "x")
    | dict.fromkeys("بپ", "b")
    | dict.fromkeys("رڑ", "r")
    | dict.fromkeys("نں", "n")
    | {"ف": "f", "ڤ": "", "ل": "l", "م": "m"}
)
_LATIN_PARTS = re.compile("sch|tch|sh|ch|kh|gh|dh|th|ph|dj|dg|zh|ck|cq|c(?=[eiy])|ts|qu|[a-z]")
_LATIN_BONES = {
    "sch": "x", "tch": "x", "sh": "x", "ch": "x", "kh": "H", "gh": "j", "dh": "d", "th": "t", "ph": "f", "dj": "j",
    "dg": "j", "zh": "j", "ck": "k", "cq": "k", "ts": "s", "qu": "k", "a": "", "b": "b", "c": "k", "d": "d", "e": "",
    "f": "f", "g": "j", "h": "h", "i": "", "j": "j", "k": "k", "l": "l", "m": "m", "n": "n", "o": "", "p": "b",
    "q": "k", "r": "r", "s": "s", "t": "t", "u": "", "v": "", "w": "", "x": "h", "y": "", "z": "d",
}  # fmt: skip
_SPLIT = re.compile("([sdtkz])h")
_DOUBLE = re.compile(r"(.)\1+")
_DOUBLE_PAIR = re.compile("(sh|ch|kh|gh|dh|th)(?=\\1)")
_VOWELS = frozenset("aeiouy")


def bones(word: str) -> str:
    """Return the consonants of an Arabic name in any script, as romanisations exchange them; "" without letters.

    "شيماء", "Shaima" and "Chaymaa" give "xm"; a final h and ta marbuta go, since "-a", "-ah" and "-eh" are one.
    """
    if any("\u0600" <= c <= "\u06ff" for c in word):
        return _arabic_bones(word)
    return _latin_bones(to_latin(word))


def _arabic_bones(word: str) -> str:
    word = "".join(c for c in word if "\u0620" <= c <= "\u06ff")
    if not word:
        return ""
    first = "v" if word[0] == "و" else "a" if word[0] in "اأإآٱعىيیئء" else ""
    rest = word.translate(_LETTER_BONES)
    rest = _NOT_LETTER.sub("", rest)
    if len(rest) > 1 and word[-1] in "هحھہۀ":
        rest = rest.removesuffix("h")
    return (first + rest).replace("nb", "mb")


def _latin_bones(word: str) -> str:
    if not word:
        return ""
    single = _DOUBLE_PAIR.sub("", _DOUBLE.sub(r"\1", word))
    if word[0] in "wv" or (word[0] == "o" and word[1:2] == "u" and word[2:3] in _VOWELS and len(word) > 2):
        first = "v"
    else:
        first = "a" if word[0] in _VOWELS else ""
    if word[0] == "u" and word[1:2] in {"a", "e", "i"}:
        first = "v"
    rest = "".join(_LATIN_BONES.get(part, "s") for part in _LATIN_PARTS.findall(single))
    if len(rest) > 1:
        rest = rest.removesuffix("h")
    return (first + rest.replace("H", "h")).replace("nb", "mb")


_FIRST_BONE = str.maketrans("", "", "av")
# Letters that a romanisation may write as another consonant than `bones` has for them.
_OTHER_BONES = {"ث": "ts", "ذ": "dt", "ظ": "dt", "ش": "xs", "ق": "kj", "خ": "hk", "چ": "xk"}
_MOST_FRAMES = 32


def _frame(latin: str) -> str:
    """Return the consonants by which the index is asked for a Latin word."""
    return _latin_bones(latin).translate(_FIRST_BONE)


def _frames(written: str) -> list[str]:
    """Return the consonants of every romanisation that `reading_cost` may allow."""
    made = [""]
    for i, letter in enumerate(written):
        bone = letter.translate(_LETTER_BONES)
        if not bone.isascii() or (i == len(written) - 1 and i > 0 and letter in "هحھہ" and made != [""]):
            continue
        made = [start + option for start in made for option in _OTHER_BONES.get(letter, bone)] if bone else made
        made = made[:_MOST_FRAMES]
    return sorted({frame.replace("nb", "mb") for frame in made})
