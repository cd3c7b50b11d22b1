"""From bytes to text: strict UTF-8 or the declared encoding, and words to choose one by. Never a guess."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec

CANDIDATES = (
    "cp1251",
    "koi8-u",
    "cp866",
    "iso8859-5",
    "mac-cyrillic",
    "cp1252",
    "cp1250",
    "cp1254",
    "cp1256",
    "iso8859-6",
    "cp1253",
    "cp1255",
    "utf-16",
)
EAST_ASIAN = ("gb18030", "shift_jis", "euc-kr", "big5")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE_BYTES = 400_000
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_WORDS = 5_000
_FEWEST_LIKE_WORDS = 0.4  # an encoding that makes fewer words of a text is none to offer
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\v\f\r\x1a")  # old programs end a text with 1A
_MOST_CONTROLS = 0.01
# How files begin that are no text, what they are, and what to do.
_KINDS = (
    (b"PK\x03\x04", "a zip archive", "unpack it, and give the file in it that holds the list."),
    (b"%PDF", "a PDF document", "ask who made it for the table that it was made from, as .xlsx or CSV (UTF-8)."),
    (
        bytes.fromhex("d0cf11e0a1b11ae1"),
        "an old Excel workbook (or another Office file)",
        "rename it to .xls, or open it in a spreadsheet program and export it as CSV (UTF-8).",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text, what it was read as, and what was noticed."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a file would look like in one encoding, without any of its text.

    Attributes
    ----------
    encoding : str
    script : str
        Script of most letters beyond ASCII, such as "Cyrillic".
    script_share : float
        Share of the letters beyond ASCII in that script, in [0, 1].
    word_share : float
        Share of the words with letters beyond ASCII that look like words: one script, capitals only where
        capitals stand, and in Latin not most letters with accents. In [0, 1].
    """

    encoding: str
    script: str
    script_share: float
    word_share: float

    def __str__(self) -> str:
        return (
            f"{self.encoding}: {self.script_share:.0%} {self.script} letters beyond ASCII, "
            f"{self.word_share:.0%} of their words look like words"
        )


def decode(data: bytes, spec: ListSpec) -> Decoded:
    """Return the text of a file, read strictly.

    Parameters
    ----------
    data : bytes
        The whole file.
    spec : ListSpec
        Says the encoding; None means UTF-8.

    Raises
    ------
    SourceError
        S03 if a byte does not fit, S04 if the declared encoding is contradicted, S05 if the text holds NUL, S18 if
        this is a workbook, an archive or a PDF.
    """
    refuse_no_text(data, spec)
    declared = spec.encoding or "utf-8"
    if declared == "utf-8":
        decoded = _decode_utf8(data, spec)
    else:
        _refuse_contradiction(data, declared, spec)
        decoded = _decode_declared(data, declared, spec)
    _refuse_nul(decoded.text, spec)
    n_lost = decoded.text.count("\ufffd")
    if n_lost:
        lost = f"{n_lost} replacement characters (U+FFFD): letters were lost before this file was delivered"
        return Decoded(text=decoded.text, encoding=decoded.encoding, notes=(*decoded.notes, lost))
    return decoded


def refuse_no_text(data: bytes, spec: ListSpec) -> None:
    """Refuse what is no text at all, so that nobody looks for its encoding.

    Raises
    ------
    SourceError
        S18 if the file begins as a workbook, an archive or a PDF does, S05 if it is neither UTF-8 nor likely UTF-16
        and holds NUL or many control bytes.
    """
    for mark, what, do in _KINDS:
        if data.startswith(mark):
            is_workbook = mark == b"PK\x03\x04" and b"xl/" in data
            raise SourceError(
                f"this is {'an Excel workbook' if is_workbook else what}, not text, whatever its name says.",
                where=place(spec),
                do="rename it to .xlsx, or export it as CSV (UTF-8)." if is_workbook else do,
                code="S18",
            )
    if spec.encoding is not None or _is_utf8(data):
        return
    sample = data[:_SAMPLE_BYTES]
    n_controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if (b"\0" in sample or n_controls > _MOST_CONTROLS * len(sample)) and not any(
        c.encoding == "utf-16" for c in candidates(data)
    ):
        raise SourceError(
            f"this is no text in order: its first {len(sample):,} bytes hold {n_controls:,} NUL or control characters.",
            where=place(spec),
            do='have the file exported again as CSV (UTF-8); if it is UTF-16, declare encoding = "utf-16".',
            code="S05",
        )


def candidates(data: bytes) -> tuple[Candidate, ...]:
    """Return the encodings that make words of `data`, the most word-like first, described without quoting it.

    Parameters
    ----------
    data : bytes
        A file that is not valid UTF-8.
    """
    if data.startswith(_UTF16_MARKS):
        names: tuple[str, ...] = ("utf-16",)
    else:
        # Without its mark UTF-16 shows by its zero bytes; any other text would "decode" too, as nonsense.
        names = tuple(c for c in CANDIDATES if c != "utf-16" or b"\0" in data[:_SAMPLE_BYTES])
    found = [c for c in (_describe(data, name) for name in names) if c]
    if not any(c.word_share >= 0.8 for c in found):
        found += [c for c in (_describe(data, name) for name in EAST_ASIAN) if c]
    fitting = [c for c in found if c.word_share >= _FEWEST_LIKE_WORDS]
    return tuple(sorted(fitting, key=lambda c: -round(c.word_share, 2)))


def place(spec: ListSpec, line: int | None = None) -> str:
    """Return where something is, in the form of all messages of this room: file, line, list."""
    at = f", line {line}" if line else ""
    return f"{spec.file.name}{at} (list '{spec.name}')"


def in_project_file(spec: ListSpec) -> str:
    """Return where the list is declared, for the end of a sentence."""
    return f"under its [[list]] (line {spec.line} of the project file)" if spec.line else "for this list"


# -- strict decoding --------------------------------------------------------------------------------------------
def _decode_utf8(data: bytes, spec: ListSpec) -> Decoded:
    has_mark = data.startswith(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    else:
        notes = ("begins with a byte-order mark, which was left out",) if has_mark else ()
        return Decoded(text=text, encoding="utf-8", notes=notes)
    shown = "\n".join(f"  {c}" for c in candidates(data)[:4])
    raise SourceError(
        "the text is not UTF-8 from this line on."
        + (
            f" Encodings that would read the whole file:\n{shown}"
            if shown
            else " In no encoding we know does it look like words."
        ),
        where=place(spec, line),
        why="a wrong encoding turns names into other names, and nobody would notice.",
        do=f'write the right one as encoding = "…" {in_project_file(spec)}; if unsure, ask who made the file.',
        code="S03",
    )


def _decode_declared(data: bytes, declared: str, spec: ListSpec) -> Decoded:
    try:
        text = data.decode(declared)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    else:
        mark = ("begins with a byte-order mark, which was left out",) if text.startswith("\ufeff") else ()
        notes = (*mark, *_doubts(data, declared))
        return Decoded(text=text.removeprefix("\ufeff"), encoding=declared, notes=notes)
    is_utf8 = _is_utf8(data)
    shown = "" if is_utf8 else "\n".join(f"  {c}" for c in candidates(data)[:4])
    raise SourceError(
        f"the text is not {declared}, as declared, from this line on."
        + (" The whole file is valid UTF-8." if is_utf8 else "")
        + (f" Encodings that would read the whole file:\n{shown}" if shown else ""),
        where=place(spec, line),
        do=(
            f"remove `encoding` {in_project_file(spec)}." if is_utf8 else f"correct `encoding` {in_project_file(spec)}."
        ),
        code="S03",
    )


def _doubts(data: bytes, declared: str) -> tuple[str, ...]:
    """Return a note if another encoding would give words where the declared one gives few."""
    own = None if data.isascii() else _describe(data, declared)
    if own is None or own.word_share >= 0.5:
        return ()
    best = next(iter(candidates(data)), None)
    if best is None or best.word_share < 0.9:
        return ()
    return (f"the declared encoding is doubtful. {own}; {best}",)


def _refuse_contradiction(data: bytes, declared: str, spec: ListSpec) -> None:
    """Refuse a declared one-byte encoding for a file that is UTF-8 with letters beyond ASCII."""
    one_byte = _is_one_byte(declared)
    if not one_byte or data.isascii() or not _is_utf8(data):
        return
    raise SourceError(
        f"declared as {declared}, but the file is valid UTF-8 with letters beyond ASCII.",
        where=place(spec),
        why="read as declared, its names would be garbled.",
        do=f"remove `encoding` {in_project_file(spec)}.",
        code="S04",
    )


def _refuse_nul(text: str, spec: ListSpec) -> None:
    at = text.find("\0")
    if at < 0:
        return
    raise SourceError(
        f"the text holds {text.count(chr(0)):,} NUL characters, the first on this line.",
        where=place(spec, text.count("\n", 0, at) + 1),
        do='have the file exported again; if it is UTF-16, declare encoding = "utf-16".',
        code="S05",
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_one_byte(encoding: str) -> bool:
    """Tell whether each byte is a character: then the 256 bytes decode one by one, but for a few unassigned ones."""
    return len(bytes(range(256)).decode(encoding, errors="replace")) == 256


# -- words to choose by -----------------------------------------------------------------------------------------
def _describe(data: bytes, encoding: str) -> Candidate | None:
    """Return how `data` would look in `encoding`; None if it cannot be read as that."""
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, UnicodeError):
        return None
    sample = text[:_SAMPLE_BYTES]
    if sample.isascii() and not text.isascii():
        first = next(i for i, c in enumerate(text) if not c.isascii())
        sample = text[first : first + _SAMPLE_BYTES]
    letters = Counter(_script(c) for c in sample if not c.isascii() and c.isalpha())
    n_signs = sum(1 for c in sample if not c.isascii() and not c.isalpha() and not c.isspace())
    if not letters:
        return None
    script, n = letters.most_common(1)[0]
    return Candidate(
        encoding=encoding,
        script=script,
        script_share=n / sum(letters.values()),
        word_share=_word_share(sample) * sum(letters.values()) / (sum(letters.values()) + n_signs),
    )


def _script(letter: str) -> str:
    """Return the script of a letter: the first word of its Unicode name."""
    name = unicodedata.name(letter, "unknown")
    return "Chinese" if name.startswith("CJK") else name.split()[0].capitalize()


def _word_share(text: str) -> float:
    words: list[str] = []
    for found in _WORD.finditer(text):
        if not found.group().isascii():
            words.append(found.group())
            if len(words) == _MOST_WORDS:
                break
    return sum(_looks_like_word(w) for w in words) / len(words) if words else 0.0


def _looks_like_word(word: str) -> bool:
    if len({_script(c) for c in word}) != 1:
        return False
    if _script(word[0]) == "Latin" and 2 * sum(c.isascii() for c in word) < len(word):
        return False
    return word in {word.lower(), word.upper(), word.capitalize()}
