"""Names in which nothing needs care: no signs to repair, no brackets, nothing that says that the name is not known.

Most names are of this kind. What each of their words is was found when it was first read, so that cutting such a name
is looking up its words. A test holds that the careful way (`repair`, `no_names`, `name_cutting`) finds the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.name_cutting import TOKEN, Piece, piece_of, put_together
from uncounted.records.name_tokens import NameToken, Tokens, token_of
from uncounted.records.no_names import Sayings, sayings
from uncounted.records.repair import LONGEST_TEXT, PLAIN_TEXT, script_of
from uncounted.records.small_words import DIN, also_known, not_plain, small_words

MOST_CHUNKS = 12
_LETTER_RUN = re.compile(r"[^\W\d_]+")


@dataclass(slots=True, eq=False)
class Chunk:
    """What stands between two spaces: one word, initial or small word, perhaps with a comma after it."""

    pieces: tuple[Piece | None, ...]  # for `put_together`: None is the comma
    token: NameToken | None  # if it does nothing but be a word of a name, whatever stands beside it
    script: str
    is_name: bool  # a text that holds it does not consist of words that say that a name is not known
    begins_aside: bool  # it may begin "alias" or the like


def cut_plain(text: str) -> tuple[Tokens, str] | None:
    """Cut a name that needs no care: return its tokens and its script ("" if it has several); None for other texts."""
    if len(text) > LONGEST_TEXT:
        return None
    chunks = tuple(map(_chunk, text.split(" ")))
    if None in chunks or len(chunks) > MOST_CHUNKS:
        return None
    return _cut(text, chunks)  # type: ignore[arg-type]


def _cut(text: str, chunks: tuple[Chunk, ...]) -> tuple[Tokens, str] | None:
    script = chunks[0].script
    is_plain, is_name = True, False
    full = []
    for chunk in chunks:
        if chunk.begins_aside and also_known()[0].search(text):
            return None
        if chunk.is_name:
            is_name = True
        if chunk.script != script:
            script = ""
        if chunk.token is None:
            is_plain = False
        else:
            full.append(chunk.token)
    if not is_name:
        return None
    if is_plain:
        return Tokens(tuple(full)), script
    return put_together([piece for chunk in chunks for piece in chunk.pieces], text), script


@lru_cache(maxsize=KNOWN_WORDS)
def _chunk(raw: str) -> Chunk | None:
    bare = raw.removesuffix(",")
    found = TOKEN.match(bare)
    if found is None or found.end() != len(bare) or bare == "," or not PLAIN_TEXT.fullmatch(raw):
        return None
    scripts = set(map(script_of, _LETTER_RUN.findall(bare)))
    if len(scripts) != 1:
        return None
    says = sayings()
    if _says_pseudonym(raw.casefold(), says) or _says_pseudonym(bare.casefold(), says):
        return None
    piece = piece_of(bare)
    pieces = (piece,) if bare == raw else (piece, None)
    token = _token(piece) if bare == raw and bare.isalpha() else None
    return Chunk(pieces, token, scripts.pop(), says.leave_room_for_name(bare), _may_begin_aside(raw))


def _may_begin_aside(raw: str) -> bool:
    """Whether a chunk may begin "alias" or the like."""
    _, firsts = also_known()
    return not firsts.isdisjoint(raw.casefold().replace(".", " ").replace(":", " ").split())


def _says_pseudonym(low: str, says: Sayings) -> bool:
    """Whether a chunk holds a saying such as "name changed" or may be the beginning of one."""
    return low.endswith(says.pseudonym_beginnings) or says.pseudonym.search(low) is not None


def _token(piece: Piece) -> NameToken | None:
    """Return the token of a word that does nothing but be a name, None if it might do something else."""
    read = piece.read
    if read is None or len(piece.word) < 3 or not read.key or read.repaired or read.plain in DIN:
        return None
    if read.plain in small_words() or read.plain in not_plain():
        return None
    return token_of((read,), "", False)
