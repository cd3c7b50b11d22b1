"""Text of strangers made harmless to look at: characters that hide, reorder or command are shown by their code."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

LONGEST = 300  # characters shown of one value
_MARKS = 4  # combining marks on one letter; more is a tower over the neighbouring lines
_JOINERS = "\u200c\u200d"  # needed inside Persian and Indic words, a disguise elsewhere
# Blanks that look like letters or like nothing, and are not in the categories for control and format.
_DISGUISED = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text to show as it is, or (`code`) one character shown as "U+202E" with its name."""

    text: str
    code: bool = False
    name: str = ""


def pieces(text: str, *, longest: int = LONGEST) -> tuple[Piece, ...]:
    """Return a text as pieces to show: hidden, reordering and command characters by code, cut at `longest`."""
    out: list[Piece] = []
    plain: list[str] = []
    marks = 0
    for place, character in enumerate(text[:longest]):
        marks = marks + 1 if unicodedata.combining(character) or unicodedata.category(character) == "Me" else 0
        if marks > _MARKS or _is_hidden(text, place):
            if plain:
                out.append(Piece("".join(plain)))
                plain = []
            out.append(_coded(character))
        else:
            plain.append(character)
    if plain:
        out.append(Piece("".join(plain)))
    if len(text) > longest:
        rest = f"{len(text) - longest:,}"
        out.append(Piece(f"… {rest} more", code=True, name=f"{rest} more characters are not shown"))
    return tuple(out)


def plain_text(text: str, *, longest: int = LONGEST) -> str:
    """Return a text for a terminal: as `pieces`, each code in angle brackets."""
    return "".join(f"⟨{p.text}⟩" if p.code else p.text for p in pieces(text, longest=longest))


def _is_hidden(text: str, place: int) -> bool:
    character = text[place]
    if character in _JOINERS:
        around = text[place - 1 : place] + text[place + 1 : place + 2]
        return not (len(around) == 2 and all(c.isalpha() and _joins(c) for c in around))
    return unicodedata.category(character) in _UNSEEN or character in _DISGUISED or _is_selector(character)


def _joins(character: str) -> bool:
    """Return whether a letter belongs to a script in which joiners are part of the spelling (Arabic to Sinhala)."""
    return 0x0600 <= ord(character) <= 0x0DFF


def _is_selector(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


def _coded(character: str) -> Piece:
    name = unicodedata.name(character, "control character" if ord(character) < 0xA0 else "unnamed character")
    return Piece(f"U+{ord(character):04X}", code=True, name=name.lower())
