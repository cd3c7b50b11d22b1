"""What a header probably means, by the words headers use in seven languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from uncounted.project.model import FIELDS

_NO_WORD = re.compile(r"[^\w№°]+|_+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """Words that mean `then` if the field `beside` has a column of its own, or in any case if `beside` is empty."""

    words: frozenset[str]
    beside: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderWords:
    """The table of words: field of each folded phrase (several fields if languages differ), and ambiguous words."""

    fields: dict[str, tuple[str, ...]]
    either: tuple[Either, ...]


def propose_mapping(headers: Sequence[str]) -> dict[str, str]:
    """Return field → header for the headers whose words are known; each header and each field at most once.

    A header that is a known phrase comes before one that only contains it, a longer phrase before a shorter one, and
    an earlier column before a later one.

    Parameters
    ----------
    headers : sequence of str
        The headers of a file.
    """
    table = _header_words()
    offers = [
        (strength, -position, field, header)
        for position, header in enumerate(headers)
        for strength, field in _offers(fold_header(header), table)
    ]
    taken: dict[str, str] = {}
    for _, _, field, header in sorted(offers, key=lambda o: (o[0], o[1], -FIELDS.index(o[2])), reverse=True):
        if field not in taken and header not in taken.values():
            taken[field] = header
    for either in table.either:
        _settle(either, headers, taken)
    return {field: taken[field] for field in FIELDS if field in taken}


def is_known_header(header: str) -> bool:
    """Tell whether a header is a known phrase; then the row it stands in is a header, and no record."""
    table = _header_words()
    folded = fold_header(header)
    return folded in table.fields or any(folded in e.words for e in table.either)


def fold_header(header: str) -> str:
    """Return a header in lower case, without accents and punctuation, words parted by one space."""
    plain = unicodedata.normalize("NFKD", header.casefold().replace("№", " № "))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("'", "").replace("’", "").replace("ʼ", "")
    return _NO_WORD.sub(" ", plain).strip()


def _settle(either: Either, headers: Sequence[str], taken: dict[str, str]) -> None:
    if either.beside and either.beside not in taken:
        return
    for header in headers:
        if either.then not in taken and header not in taken.values() and fold_header(header) in either.words:
            taken[either.then] = header


def _offers(folded: str, table: HeaderWords) -> list[tuple[tuple[int, int], str]]:
    """Return (strength, field) for every known phrase a folded header is (1) or contains as whole words (0)."""
    found: list[tuple[tuple[int, int], str]] = []
    padded = f" {folded} "
    for phrase, fields in table.fields.items():
        if phrase == folded:
            found += [((1, len(phrase)), f) for f in fields]
        elif len(phrase) >= 4 and f" {phrase} " in padded:
            found += [((0, len(phrase)), f) for f in fields]
    return found


@lru_cache(maxsize=1)
def _header_words() -> HeaderWords:
    text = resources.files("uncounted.sources").joinpath("header_words.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    fields: dict[str, tuple[str, ...]] = {}
    for field, languages in data["words"].items():
        for phrase in (fold_header(p) for phrases in languages.values() for p in phrases):
            fields[phrase] = tuple(dict.fromkeys((*fields.get(phrase, ()), field)))
    either = tuple(
        Either(
            words=frozenset(fold_header(w) for w in item["words"]),
            beside=item["beside"],
            then=item["then"],
        )
        for item in data["either"]
    )
    return HeaderWords(fields=fields, either=either)
