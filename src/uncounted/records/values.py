"""Sex, kind and place: values of few kinds, brought to one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.fold import fold_word
from uncounted.records.repair import repair_lookalikes, repair_text
from uncounted.records.tables import read_table

_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Value:
    """A normalised value (None: none) and the rules (`rules.RULES`) that changed it."""

    value: str | None
    rules: tuple[str, ...] = ()


def normalise_sex(text: str) -> Value:
    """Return "f", "m" or None."""
    plain = repair_text(text)[0].casefold().strip(" .")
    words = _sex_words()
    if plain in words:
        return Value(words[plain], () if text == words[plain] else ("sex-normalised",))
    if plain in _sex_missing():
        return Value(None)
    return Value(None, ("sex-unreadable",))


@lru_cache(maxsize=1)
def _sex_words() -> dict[str, str]:
    table = read_table("values")["sex"]
    return {word.casefold(): sex for sex in ("f", "m") for word in table[sex]}


@lru_cache(maxsize=1)
def _sex_missing() -> frozenset[str]:
    return frozenset(read_table("values")["sex"]["missing"])


def normalise_kind(text: str) -> Value:
    """Return the kind in lower case with single spaces, None if empty."""
    plain, rules = repair_text(text)
    return Value(plain.casefold() or None, rules)


def place_key(text: str) -> Value:
    """Return the key of a place: folded words without words such as "oblast" and "city of"; None if none is left.

    A name that comes with "oblast", "raion" and the like is an adjective: its ending comes off (Харьковская область,
    Kharkiv oblast). Cities whose names differ between languages get one key from a table.
    """
    plain, rules = repair_text(text)
    if not any(c.isalpha() for c in plain):
        return Value(None, (*rules, "place-no-key") if plain else rules)
    generic, adjective_with, endings, same = _place_tables()
    words = _WORD.findall(plain)
    adjective = any(word.casefold() in adjective_with for word in words)
    kept = []
    for raw in words:
        if raw.casefold() in generic or raw.isdigit():
            continue
        word, repaired = repair_lookalikes(raw)
        if repaired:
            rules = (*rules, "lookalikes")
        if word.startswith("ال") and len(word) > 4 and fold_word(word) not in same:
            word = word[2:]
        key = fold_word(word)
        key = _without_adjective(key, endings, same, adjective=adjective)
        if key:
            kept.append(same.get(key, key))
    joined = same.get("".join(kept), " ".join(kept))
    return Value(joined or None, tuple(dict.fromkeys(rules if joined else (*rules, "place-no-key"))))


def _without_adjective(key: str, endings: tuple[str, ...], same: dict[str, str], *, adjective: bool) -> str:
    """Take off what makes an adjective of a place, and "sk" from every place, so that Omsk and Омская meet."""
    if key in same:
        return key
    if adjective:
        ending = next((e for e in endings if key.endswith("sk" + e)), "")
        key = key[: len(key) - len(ending)]
    return key[:-2] if key not in same and key.endswith("sk") and len(key) >= 4 else key


@lru_cache(maxsize=1)
def _place_tables() -> tuple[frozenset[str], frozenset[str], tuple[str, ...], dict[str, str]]:
    table = read_table("places")
    same = {fold_word(form): label for label, forms in table["same"].items() for form in forms.split()}
    same |= {label: label for label in table["same"]}
    endings = tuple(sorted(table["adjective_endings"], key=len, reverse=True))
    return frozenset(table["generic"]), frozenset(table["adjective_with"]), endings, same
