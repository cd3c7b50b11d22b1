"""Words in dates: months, seasons, "early", "circa"; and the one way in which cells and these words are read."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from uncounted.records.tables import read_table

Part = Literal["early", "mid", "late", "half_1", "half_2", "quarter_1", "quarter_2", "quarter_3", "quarter_4"]

LONGEST_DATE = 200  # characters of a cell that are read
_DASHES = re.compile("[‐‑‒–—−]")
_SPACES = re.compile(r"\s+")
_NO_NOISE = re.compile(r"[\d./: -]+")
# Alef, yeh, kaf and teh marbuta are typed in several ways; vowel signs and the stretching sign come and go.
_ARABIC = str.maketrans(dict(zip("أإآٱىیئکةۀ", "اااايييكهه", strict=True)) | dict.fromkeys("ـًٌٍَُِّْٰ"))


def plain(text: str) -> str:
    """Bring digits to 0-9, dashes to one, letters to lower case; drop what cannot be seen."""
    text = text[:LONGEST_DATE]
    if text.isascii():
        return _SPACES.sub(" ", text).strip().lower()
    text = unicodedata.normalize("NFKC", text)
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text if unicodedata.category(c) != "Cf")
    text = _DASHES.sub("-", text).translate(_ARABIC)
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip().casefold())
    return _joined_months().sub(lambda found: found.group().replace(" ", ""), text)


@cache
def _joined_months() -> re.Pattern[str]:
    """Return what finds months of two words in Arabic letters, which are then read as one."""
    tables = read_table("dates")
    words = [
        w.translate(_ARABIC)
        for name in ("months", "hijri_months")
        for group in tables[name].values()
        for w in group
        if " " in w and not w.isascii()
    ]
    return re.compile(rf"(?<!\w)(?:{alternatives(words)})(?!\w)")


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of `[words]` as cells are read."""
    return frozenset(plain(word) for word in read_table("dates")["words"][name])


@cache
def months(table: str = "months") -> dict[str, int]:
    """Return word → number of the month."""
    return {plain(word): int(number) for number, group in read_table("dates")[table].items() for word in group}


@cache
def groups(table: str) -> dict[str, str]:
    """Return word → group of `[seasons]`, `[parts]` or `[calendar_signs]`."""
    return {plain(word): group for group, listed in read_table("dates")[table].items() for word in listed}


def alternatives(listed: object) -> str:
    """Return a pattern for any of the words, the longest first."""
    assert isinstance(listed, list | frozenset | dict)
    return "|".join(re.escape(w) for w in sorted(listed, key=lambda w: (-len(w), w)))


def is_unknown(cell: str) -> bool:
    """Whether a plain cell says that the date is not known."""
    return cell.strip(" .") in words("unknown")


@cache
def _approximate() -> re.Pattern[str]:
    return re.compile(rf"^(?:[~≈]|(?:{alternatives(words('approximate'))})\b\.?)\s*(?=\S)")


@cache
def _approximate_after() -> re.Pattern[str]:
    return re.compile(rf"(?<=\S)[ ,]+\(?(?:{alternatives(words('approximate'))})\.?\)?$")


@cache
def _noise() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives(words('noise'))})(?![^\W\d_])\.?")


def take_approximate(cell: str) -> tuple[bool, str]:
    """Take off "circa", "~", "?", "(?)"; return whether any was there, and the rest."""
    bare = cell.rstrip("?) (") if cell.endswith(("?", "?)")) else cell
    trimmed = _approximate().sub("", bare)
    trimmed = _approximate_after().sub("", trimmed)
    return trimmed != cell, trimmed.strip()


def without_noise(cell: str) -> str:
    """Take out words that say nothing of the date ("года", "of", "г.р.")."""
    if _NO_NOISE.fullmatch(cell):
        return cell.strip(" ,")
    return _SPACES.sub(" ", _noise().sub(" ", cell)).strip(" ,")


@cache
def _signs() -> re.Pattern[str]:
    listed = {sign.rstrip(".") for sign in groups("calendar_signs")}
    return re.compile(rf"(?:(?<=\d)|(?<![^\W_])|^)({alternatives(frozenset(listed))})(?![^\W\d_])\.?")


def calendar_sign(cell: str) -> tuple[str, str]:
    """Return the calendar that a plain cell names, "" for none, and the cell without the sign."""
    if _NO_NOISE.fullmatch(cell):
        return "", cell
    found = _signs().search(cell)
    if found is None:
        return "", cell
    return groups("calendar_signs")[found.group(1)], (cell[: found.start()] + " " + cell[found.end() :]).strip(" .,")


@cache
def _part() -> re.Pattern[str]:
    listed = alternatives(groups("parts"))
    return re.compile(rf"({listed})(?![^\W\d_])[. ,-]*(\S.*)|(\d{{4}})[ ,-]+({listed})\.?")


def take_part(cell: str) -> tuple[str, str]:
    """Return "early", "mid", …, "quarter_4" ("" for none) and the rest of the cell."""
    found = _part().fullmatch(cell)
    if found is None:
        return "", cell
    return groups("parts")[found.group(1) or found.group(4)], found.group(2) or found.group(3)
