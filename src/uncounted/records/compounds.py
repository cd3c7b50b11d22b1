"""Arabic compounds: "servant of" with a name of God, and names in "... of the religion", as one word or two."""

from __future__ import annotations

import re
from functools import lru_cache

from uncounted.records.arabic import MOST_COST, closest_god, plain_arabic, to_latin
from uncounted.records.fold import fold_word
from uncounted.records.given_names import GivenName
from uncounted.records.repair import script_of
from uncounted.records.tables import read_table


@lru_cache(maxsize=1)
def _compounds() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return (name of God by folded key, by Arabic writing, first half of a "…-din" name by folded key or writing)."""
    table = read_table("compounds")
    god: dict[str, str] = {}
    god_arabic: dict[str, str] = {}
    religion: dict[str, str] = {}
    for label, forms in table["servant"].items():
        for form in forms.split():
            if script_of(form) == "arabic":
                god_arabic[plain_arabic(form)] = label
            else:
                god[fold_word(form)] = label
    for label, forms in table["religion"].items():
        for form in forms.split():
            religion[plain_arabic(form) if script_of(form) == "arabic" else fold_word(form)] = label
    return god, god_arabic, religion


_SERVANT_KEY = re.compile("^abd([aeiou]{0,2})(l|sh|[rsntdz])?(.+)$")
_DIN_KEY = re.compile("^(.{2,9})d[ie]ne?$")


def servant_of(word: str) -> str:
    """Return the key of "abd" + a name of God written as one word (`word` in any script), "" if it is none."""
    god, god_arabic, _ = _compounds()
    plain = plain_arabic(word)
    if plain.startswith("عبد"):
        rest = god_arabic.get(plain[3:])
        return f"abd{rest}" if rest else ""
    key = fold_word(word)
    found = _SERVANT_KEY.match(key)
    if not found:
        return ""
    vowels, article, rest_key = found.groups()
    for candidate in ((article or "") + rest_key, rest_key, vowels + (article or "") + rest_key):
        if candidate in god:
            return f"abd{god[candidate]}"
    return _servant_by_letters(to_latin(word))


_SERVANT_LATIN = re.compile("^abd(?:[aeiou]|ou)?(?:l|ll|(?=(rr|ss|sh|nn|tt|dd|zz)).)?(?P<rest>.{3,})$")


def _servant_by_letters(latin: str) -> str:
    found = _SERVANT_LATIN.match(latin)
    if not found:
        return ""
    label, cost = closest_god(found["rest"])
    return f"abd{label}" if label and cost <= MOST_COST else ""


def of_religion(word: str) -> str:
    """Return the key of a "… al-Din" name written as one word, "" if it is none."""
    _, _, religion = _compounds()
    plain = plain_arabic(word)
    for ending in ("الدين", "لدين"):
        if plain.endswith(ending) and plain[: -len(ending)] in religion:
            return religion[plain[: -len(ending)]] + "din"
    found = _DIN_KEY.match(fold_word(word))
    if not found:
        return ""
    first = found.group(1)
    while first:
        if first in religion:
            return religion[first] + "din"
        if first[-1] not in "aeiouldh":  # the linking vowel, the article, a silent h
            return ""
        first = first[:-1]
    return ""


def join_servant(second: str) -> str:
    """Return the key of "abd" followed by `second` as a word of its own."""
    god, god_arabic, _ = _compounds()
    plain = plain_arabic(second)
    label = god_arabic.get(plain) or god.get(fold_word(second))
    if not label and script_of(second) != "arabic":
        label = closest_god(to_latin(second))[0]
    return f"abd{label}" if label else f"abd{fold_word(plain[2:] if plain.startswith('ال') else second)}"


def join_religion(first: str) -> str:
    """Return the key of `first` followed by "din" as a word of its own, "" if the two do not belong together."""
    _, _, religion = _compounds()
    label = religion.get(plain_arabic(first)) or religion.get(fold_word(first))
    return f"{label}din" if label else ""


_SERVANT_BEGINS = ("abd", "عبد", "абд")
_RELIGION_ENDS = ("din", "dine", "deen", "dene", "den", "дин", "دين")


def compound(plain: str) -> tuple[str, tuple[GivenName, ...]]:
    """Return the key of a compound written as one word and the given name it is, ("", ()) if it is none."""
    if len(plain) > 4 and (plain.startswith(_SERVANT_BEGINS) or plain.endswith(_RELIGION_ENDS)):
        key = servant_of(plain) or of_religion(plain)
        if key:
            return key, (GivenName(key, "m", "arabic", short=False),)
    return "", ()
