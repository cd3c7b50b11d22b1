"""How Arabic letters are written in Latin ones, letter by letter, and what each way of writing costs."""

from __future__ import annotations

from functools import lru_cache

_Options = tuple[tuple[str, float], ...]
_SHORT: _Options = (
    ("a", 0.0), ("e", 0.0), ("i", 0.05), ("o", 0.05), ("u", 0.1), ("y", 0.3), ("ou", 0.2), ("oo", 0.4),
    ("aa", 0.5), ("ee", 0.7), ("ei", 0.7), ("ai", 0.7), ("ay", 0.7), ("ie", 0.7), ("eu", 0.5),
)  # fmt: skip


def _consonant(*plain: str, rare: tuple[str, ...] = ()) -> _Options:
    usual = [(p, 0.0) for p in plain] + [(p[0] + p, 0.0) for p in plain] + [(p * 2, 0.0) for p in plain if len(p) > 1]
    return (*usual, *((r, 0.5) for r in rare), *((r[0] + r, 0.5) for r in rare))


_ALIF: _Options = (("a", 0.0), ("aa", 0.0), ("e", 0.4), ("ae", 0.5), ("ai", 0.9))
_YA: _Options = (
    ("i", 0.0), ("y", 0.0), ("ee", 0.0), ("e", 0.5), ("ei", 0.2), ("ie", 0.2), ("iy", 0.0), ("iyy", 0.0), ("yy", 0.0),
    ("ii", 0.0), ("j", 0.6), ("ia", 0.9),
)  # fmt: skip
_WAW: _Options = (
    ("u", 0.0), ("ou", 0.0), ("oo", 0.0), ("o", 0.1), ("w", 0.0), ("v", 0.1), ("ww", 0.0), ("uw", 0.0), ("ouw", 0.1),
    ("uu", 0.0), ("ew", 0.3),
)  # fmt: skip
_HAMZA: _Options = (("", 0.0), ("y", 0.2), ("w", 0.3))
_LETTERS: dict[str, _Options] = {
    "ا": (*_ALIF, ("", 0.9)),
    "أ": (("a", 0.0), ("e", 0.3), ("o", 0.2), ("u", 0.2), ("i", 0.5), ("", 0.8)),
    "إ": (("i", 0.0), ("e", 0.1), ("", 0.5), ("a", 0.8)),
    "آ": (("a", 0.0), ("aa", 0.0), ("e", 0.6)),
    "ى": (("a", 0.0), ("ah", 0.2), ("i", 0.5), ("y", 0.5), ("e", 0.3), ("aa", 0.1)),
    "ي": _YA,
    "ی": _YA,
    "و": _WAW,
    "ء": _HAMZA,
    "ئ": (*_HAMZA, ("i", 0.1), ("e", 0.1)),
    "ؤ": (*_HAMZA, ("u", 0.1), ("o", 0.1)),
    "ع": (("", 0.0), ("a", 0.1)),
    "ة": (("a", 0.0), ("e", 0.0), ("ah", 0.0), ("eh", 0.0), ("eh", 0.0), ("at", 0.5), ("et", 0.5), ("", 0.9)),
    "ب": _consonant("b", rare=("p",)),
    "پ": _consonant("p", rare=("b",)),
    "ت": _consonant("t"),
    "ث": _consonant("th", "s", "t"),
    "ج": _consonant("j", "dj", "g", "dg", rare=("c", "zh", "y")),
    "چ": _consonant("ch", rare=("sh", "c")),
    "ح": _consonant("h", "x", rare=("kh", "g")),
    "خ": _consonant("kh", "x", rare=("h", "k", "ch")),
    "د": _consonant("d", rare=("t",)),
    "ذ": _consonant("dh", "z", "d", "th"),
    "ر": _consonant("r"),
    "ز": _consonant("z", rare=("s",)),
    "ژ": _consonant("zh", "j"),
    "س": _consonant("s", rare=("c",)),
    "ش": _consonant("sh", "ch", rare=("s", "sch")),
    "ص": _consonant("s"),
    "ض": _consonant("d", "dh", "z"),
    "ط": _consonant("t", rare=("th",)),
    "ظ": _consonant("z", "dh", "th", rare=("d",)),
    "غ": _consonant("gh", "g", rare=("r", "q")),
    "ف": _consonant("f", "ph", rare=("v",)),
    "ق": (*_consonant("q", "k", rare=("g", "c")), ("gh", 0.7)),
    "ك": _consonant("k", rare=("c", "q", "ck")),
    "ک": _consonant("k", rare=("c",)),
    "گ": _consonant("g", rare=("gh",)),
    "ل": _consonant("l"),
    "م": _consonant("m"),
    "ن": _consonant("n", rare=("m",)),
    "ه": _consonant("h", "x", rare=("g",)),
}
_FINAL_H: _Options = (("h", 0.0), ("x", 0.0), ("", 0.3), ("a", 0.2), ("e", 0.2), ("ah", 0.1), ("eh", 0.1))
_FIRST_ALIF: _Options = (("a", 0.0), ("e", 0.2), ("i", 0.2), ("o", 0.3), ("u", 0.3), ("", 0.8))
_FIRST_WAW: _Options = (("w", 0.0), ("v", 0.0), ("ou", 0.0), ("u", 0.1), ("o", 0.4))
_FIRST_YA: _Options = (("y", 0.0), ("i", 0.0), ("j", 0.2), ("ie", 0.2))
_FIRST_AYN: _Options = tuple((vowel, 0.0) for vowel in ("a", "e", "i", "o", "u", "aa", "ou", "ei", "ai", "oo"))
_FIRST = {"ا": _FIRST_ALIF, "و": _FIRST_WAW, "ي": _FIRST_YA, "ی": _FIRST_YA, "ع": _FIRST_AYN}
_CONSONANT = frozenset(_LETTERS) - frozenset("اأإآىيیوءئؤعة")


def reading_cost(written: str, latin: str, below: float) -> float:
    """Return what it costs to read `latin` as a romanisation of `written`; inf if it cannot be for less than `below`.

    Letters are taken in order; after each letter one short vowel may follow, which is free because it is not written
    in Arabic. States are the places reached in `latin` with their least cost.
    """
    states = {0: 0.0}
    for by_first, short in _steps(written):
        reached: dict[int, float] = {}
        _take(states, by_first, latin, below, reached)
        states = reached
        if short is not None:
            reached = dict(states)
            _take(states, short, latin, below, reached)
            states = reached
        if not states:
            return float("inf")
    return states.get(len(latin), float("inf"))


def _take(states: dict[int, float], by_first: _ByFirst, latin: str, below: float, reached: dict[int, float]) -> None:
    """Add to `reached` where the options lead from the states."""
    for at, cost in states.items():
        for text, price in by_first.get(latin[at : at + 1], by_first[""]):
            paid = cost + price
            if paid < below and latin.startswith(text, at):
                end = at + len(text)
                if paid < reached.get(end, below):
                    reached[end] = paid


_ByFirst = dict[str, _Options]


@lru_cache(maxsize=20_000)
def _steps(written: str) -> tuple[tuple[_ByFirst, _ByFirst | None], ...]:
    """Return for each letter how it may be written, and the short vowels that may follow it (None: none may)."""
    last = len(written) - 1
    steps = []
    for i, letter in enumerate(written):
        # A vowel that is written leaves no room for an unwritten one beside it, except around glides and ayn.
        following = written[i + 1] if i < last else ""
        vowel = letter in "اآىة" or (following in set("اآىة") and letter not in _CONSONANT)
        short = None if vowel else _short_at_end() if i == last else _short()
        steps.append((_by_first(_options(letter, i, last, following)), short))
    return tuple(steps)


def _options(letter: str, i: int, last: int, following: str) -> _Options:
    if i == 0 and letter == "ع" and following in set("اويیى"):
        return (*_FIRST["ع"], ("", 0.0))
    if i == 0 and letter in _FIRST:
        return _FIRST[letter]
    if i == last and letter == "ه":
        return _FINAL_H
    return _LETTERS.get(letter, ())


@lru_cache(maxsize=2_000)
def _by_first(options: _Options) -> _ByFirst:
    """Group options by their first letter, each group with the empty ones; "" has those alone."""
    empty = tuple(option for option in options if not option[0])
    made: _ByFirst = {"": empty}
    for first in sorted({text[0] for text, _ in options if text}):
        made[first] = (*empty, *(option for option in options if option[0][:1] == first))
    return made


_AT_END = {"e": 0.2}  # a French mute e


@lru_cache(maxsize=1)
def _short() -> _ByFirst:
    return _by_first(_SHORT)


@lru_cache(maxsize=1)
def _short_at_end() -> _ByFirst:
    return _by_first(tuple((text, price + _AT_END.get(text, 0.7)) for text, price in _SHORT))
