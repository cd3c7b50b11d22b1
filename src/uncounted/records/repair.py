"""Repair of text: what no reader sees and every comparison trips over. The raw value is kept elsewhere."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from uncounted.records.tables import read_table

LONGEST_TEXT = 300  # characters of a cell that are read for keys; the raw value is kept whole

# Characters that every step of `repair_text` leaves alone, whatever stands beside them.
PLAIN_TEXT = re.compile(
    r"[ -~\u00c0-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e\u0218-\u021b\u1e00-\u1e99\u1ea0-\u1ef9"
    r"\u02b9-\u02bc\u02be\u02bf\u2013\u2018\u2019\u0410-\u044f\u0401\u0451\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491"
    r"\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc]*"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TATWEEL_AND_VOWELS = re.compile(r"[\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
# Letters of these alphabets are written with marks that belong to them (Devanagari, Thai ...): leave those alone.
_MARKED_ALPHABETS = re.compile(r"[\u0900-\u0fff\u1000-\u109f\u1780-\u17ff]")


def repair_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Repair a cell's text for reading.

    Parts of letters are joined (NFC, then the compatible forms such as full-width letters), invisible and direction
    marks are taken out, stray accents (a stress mark on a Cyrillic vowel, Arabic vowel signs) likewise, and runs of
    space become one space. Text longer than `LONGEST_TEXT` is cut.

    Parameters
    ----------
    text : str
        The cell as delivered.

    Returns
    -------
    tuple of (str, tuple of str)
        The repaired text and the names of the rules (`rules.RULES`) that changed it.
    """
    if len(text) <= LONGEST_TEXT and PLAIN_TEXT.fullmatch(text):
        return " ".join(text.split()), ()
    rules: list[str] = []
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
        rules.append("cut")
    if PLAIN_TEXT.fullmatch(text):
        return _one_space(text), tuple(rules)
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        rules.append("composed")
    visible = _without_invisible(composed)
    if visible != composed:
        rules.append("invisible")
    unmarked = _without_stray_marks(visible)
    if unmarked != visible:
        rules.append("marks")
    compatible = unicodedata.normalize("NFKC", unmarked)
    if compatible != unmarked:
        rules.append("compatible")
        # Opening a ligature or a full-width form can bring up new marks and invisible signs.
        compatible = unicodedata.normalize("NFC", _without_stray_marks(_without_invisible(compatible)))
    return _one_space(compatible), tuple(rules)


def _one_space(text: str) -> str:
    return " ".join(text.split())


def _without_invisible(text: str) -> str:
    text = _CONTROL.sub(" ", text)
    if text.isascii():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Co", "Cn", "Cs"})


def _without_stray_marks(text: str) -> str:
    text = _TATWEEL_AND_VOWELS.sub("", text)
    if text.isascii() or _MARKED_ALPHABETS.search(text):
        return text
    return "".join(c for c in text if unicodedata.category(c)[0] != "M")


def script_of(word: str) -> str:
    """Return the script of the first letter that shows one: latin, cyrillic, arabic, other; "" without letters."""
    for c in word:
        if not c.isalpha():
            continue
        point = ord(c)
        if point < 0x250 or 0x1E00 <= point < 0x1F00:
            return "latin"
        if 0x400 <= point < 0x530:
            return "cyrillic"
        if 0x600 <= point < 0x780 or 0x8A0 <= point < 0x900:
            return "arabic"
        if point not in _SCRIPTLESS:
            return "other"
    return ""


_SCRIPTLESS = frozenset(range(0x2B0, 0x300))  # modifier letters, such as the turned apostrophe


@lru_cache(maxsize=1)
def _lookalikes() -> tuple[dict[str, str], dict[str, str]]:
    """Return (to Cyrillic, to Latin) letter maps."""
    table = read_table("repair")
    pairs = list(zip(table["cyrillic"], table["latin"], strict=True))
    to_cyrillic = {lat: cyr for cyr, lat in reversed(pairs)} | table["extra_to_cyrillic"]
    to_latin = dict(reversed(pairs)) | table["extra_to_latin"]
    return to_cyrillic, to_latin


_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z]")


def repair_lookalikes(word: str) -> tuple[str, bool]:
    """Bring a word that mixes Cyrillic and Latin look-alikes, or letters and 0, 1, 3, to one script.

    The script of the letters that have no twin in the other decides; without such letters the script of the larger
    part, Cyrillic if both are equal. A word with a letter that has no twin in the chosen script stays as it is.

    Returns
    -------
    tuple of (str, bool)
        The word and whether it was changed.
    """
    if word.isalpha() and (word.isascii() or not _LATIN.search(word)):
        return word, False
    cyrillic = _CYRILLIC.findall(word)
    latin = _LATIN.findall(word)
    digits = any(c in "013" for c in word)
    if not (cyrillic and latin) and not (digits and (cyrillic or latin)):
        return word, False
    to_cyrillic, to_latin = _lookalikes()
    only_cyrillic = sum(c not in to_latin for c in cyrillic)
    only_latin = sum(c not in to_cyrillic for c in latin)
    wants_cyrillic = (only_cyrillic, len(cyrillic)) >= (only_latin, len(latin))
    table = to_cyrillic if wants_cyrillic else to_latin
    foreign = _LATIN if wants_cyrillic else _CYRILLIC
    if any(foreign.match(c) and c not in table for c in word):
        return word, False
    keep = _CYRILLIC if wants_cyrillic else _LATIN
    repaired = "".join(c if keep.match(c) else table.get(c, c) for c in word)
    return repaired, repaired != word
