"""Cutting a name into tokens: words, initials, titles, Arabic compounds, bracketed second names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.name_builder import Builder
from uncounted.records.name_tokens import Tokens, read_once
from uncounted.records.repair import script_of
from uncounted.records.small_words import BEFORE_NAMES, also_known, small_words
from uncounted.records.tables import read_table
from uncounted.records.words import Word

_MOST_RAW_TOKENS = 36
_SIGNS = "'’ʼ‘`´ʹʺʻʿʾ′"
TOKEN = re.compile(rf"[^\W\d_](?:[^\W_]|[{_SIGNS}\u0900-\u0eff])*(?:[-‐‑‒–][^\W\d_](?:[^\W_]|[{_SIGNS}])*)*\.?|,")
_ASIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|[«„“\"]([^«»„“”\"]*)[»“”\"]")
_OPENING = re.compile('[(\\[«„“"]')
_SLASHES = re.compile(r"[/\\|;]")
_HYPHENS = re.compile("[-‐‑‒–]")
# "И.О." and "Yu.V.": initials written together with full stops.
_DOTTED = re.compile(r"\b([^\W\d_]{1,2})\.[ -]?(?=[^\W\d_]{1,2}\.)")


def cut_with_care(text: str) -> Tokens:
    """Cut a name that may hold initials, titles, particles, brackets or anything else."""
    text, asides = _split_asides(text)
    tokens = _tokens_of(text)
    if not asides:
        return tokens
    second = [_tokens_of(aside) for aside in asides]
    rest = tuple([token for aside in second for token in aside.full])
    rules = tuple([rule for cut in (tokens, *second) for rule in cut.rules])
    if not tokens.full and rest:
        return Tokens(full=rest, initials=tokens.initials, rules=rules)
    tokens.rest = rest
    tokens.rules = (*rules, "second-name") if rest else rules
    return tokens


def _split_asides(text: str) -> tuple[str, list[str]]:
    """Take out what stands in brackets or quotes, and what follows "alias" or a slash."""
    asides: list[str] = []
    if _OPENING.search(text):
        asides += [next((g for g in m.groups() if g is not None), "") for m in _ASIDE.finditer(text)]
        text = _ASIDE.sub(" ", text)
    pattern, firsts = also_known()
    words = text.casefold().replace(".", " ").replace(":", " ").split()
    if firsts.isdisjoint(words) and not _SLASHES.search(text):
        return text, asides
    found = pattern.search(text)
    if found and found.start() > 0:
        asides.append(text[found.end() :])
        text = text[: found.start()]
    return text, asides


@dataclass(slots=True, eq=False)
class Piece:
    """What one token of the text is, whatever stands beside it."""

    word: str  # without a full stop at its end
    dotted: bool
    role: str  # among the small words, "" for none
    hyphened: tuple[Word, ...]  # its words if it is hyphened
    read: Word | None  # otherwise
    initials: tuple[str, ...]  # folded letters, if it may be an initial
    shouted_initials: tuple[str, ...]  # the same in a name all in capitals

    @property
    def shows_words(self) -> bool:
        """Whether it is long enough to show that the name is not of initials alone."""
        return len(self.word) > 2


@lru_cache(maxsize=KNOWN_WORDS)
def piece_of(token: str) -> Piece:
    """Return what one match of `TOKEN` (no comma) is."""
    dotted = token.endswith(".")
    word = token[:-1] if dotted else token
    if _HYPHENS.search(word):
        hyphened = tuple([read_once(part) for part in _HYPHENS.split(word) if part])
        return Piece(word, dotted, "", hyphened, None, (), ())
    if dotted:
        abbreviated = read_table("name_words")["abbreviations"].get(word.casefold())
        if abbreviated is not None:
            return Piece(word, False, "", (), read_once(abbreviated), (), ())
    read = read_once(word)
    role = small_words().get(read.plain, "")
    initials: tuple[str, ...] = ()
    shouted: tuple[str, ...] = ()
    if len(word) <= 2 and (dotted or role not in BEFORE_NAMES):
        initials = tuple(_initials(word, dotted=dotted, shouted=False, role=role))
        shouted = tuple(_initials(word, dotted=dotted, shouted=True, role=role))
    return Piece(word, dotted, role, (), read, initials, shouted)


def _tokens_of(text: str) -> Tokens:
    """Cut a text without asides."""
    if "." in text:
        text = _DOTTED.sub(r"\1. ", text)
    raw = TOKEN.findall(text)[:_MOST_RAW_TOKENS]
    return put_together([None if token == "," else piece_of(token) for token in raw], text)


def put_together(pieces: Sequence[Piece | None], text: str) -> Tokens:
    """Build the tokens of a text from its pieces in order; None is a comma."""
    shouted = text.upper() == text
    build = Builder()
    initials: list[str] = []
    comma = -1
    initials_at = -1
    has_words = any(piece is not None and piece.shows_words for piece in pieces)
    for piece in pieces:
        if piece is None:
            comma = len(build.full) if comma < 0 and build.full else comma
        elif piece.read is None:
            build.add_hyphened(piece.hyphened)
        else:
            letters = piece.shouted_initials if shouted else piece.initials
            if letters and (has_words or len(piece.word) == 1) and not build.pending:
                initials_at = len(build.full) if initials_at < 0 else initials_at
                initials += letters
            else:
                build.add_word(piece.read, piece.role, dotted=piece.dotted)
    return Tokens(
        full=build.finished(),
        initials=tuple(initials[:3]),
        initials_at=initials_at,
        comma=comma,
        arabic=build.arabic,
        rules=tuple(build.rules),
    )


def _initials(word: str, *, dotted: bool, shouted: bool, role: str) -> list[str]:
    """Return the folded letters if a token of one or two letters is an initial, or two together; [] if a word."""
    if len(word) == 1:
        return [_first_letter(word)] if role != "particle" or dotted or word.isupper() else []
    if dotted and role != "title" and word[0].isupper() and script_of(word) != "arabic":
        return [_first_letter(c) for c in word] if word.isupper() and not shouted else [_first_letter(word)]
    if word.isupper() and not shouted and not role:
        return [_first_letter(c) for c in word]
    return []


def _first_letter(text: str) -> str:
    return read_once(text).key[:1] or ("a" if script_of(text) == "arabic" else "")
