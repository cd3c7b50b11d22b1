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


def normalise_sex(text: str, *, off: frozenset[str] = frozenset()) -> Value:
    """Return "f", "m" or None; with the rule "sex-normalised" switched off only these two letters are read."""
    plain = repair_text(text)[0].casefold().strip(" .")
    words = {"f": "f", "m": "m"} if "sex-normalised" in off else _sex_words()
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


def normalise_kind(text: str, *, off: frozenset[str] = frozenset()) -> Value:
    """Return the kind in lower case with single spaces, None if empty."""
    plain, rules = repair_text(text)
    low = plain if "kind-case" in off else plain.casefold()
    return Value(low or None, rules if low == plain else (*rules, "kind-case"))


def place_key(text: str, *, off: frozenset[str] = frozenset()) -> Value:
    """Return the key of a place: folded words without words such as "oblast" and "city of"; None if none is left.

    A name that comes with "oblast", "raion" and the like is an adjective: its ending comes off (Харьковская область,
    Kharkiv oblast). Cities whose names differ between languages get one key from a table.
    """
    plain, rules = repair_text(text)
    if not any(c.isalpha() for c in plain):
        return Value(None, (*rules, "place-no-key") if plain else rules)
    generic, adjective_with, endings, same = _place_tables()
    same = {} if "place-same" in off else same
    words = _WORD.findall(plain)
    folded = [word.casefold() for word in words]
    adjective = any(word in adjective_with for word in folded)
    kept = []
    for raw, low in zip(words, folded, strict=True):
        if low.isdigit():
            continue
        if low in generic and "place-word" not in off:
            rules = (*rules, "place-word")
            continue
        word, repaired = repair_lookalikes(raw)
        if repaired:
            rules = (*rules, "lookalikes")
        if word.startswith("ال") and len(word) > 4 and fold_word(word) not in same:
            word = word[2:]
        key = fold_word(word)
        if "place-adjective" not in off:
            bare = _without_adjective(key, endings, same, adjective=adjective)
            rules = rules if bare == key else (*rules, "place-adjective")
            key = bare
        if key:
            rules = rules if same.get(key, key) == key else (*rules, "place-same")
            kept.append(same.get(key, key))
    joined = "".join(kept)
    if len(kept) > 1 and joined in same:
        rules = (*rules, "place-same")
    key = same.get(joined, " ".join(kept))
    return Value(key or None, tuple(dict.fromkeys(rules if key else (*rules, "place-no-key"))))


def is_finer(text: str) -> bool:
    """Whether a part of a place is finer than a place: a street, a quarter, a flat."""
    return any(word.casefold() in _finer() for word in _WORD.findall(text))


@lru_cache(maxsize=1)
def _finer() -> frozenset[str]:
    return frozenset(read_table("places")["finer"])


def is_area(text: str) -> bool:
    """Whether a place is named with a word for an area ("oblast", "district"): not the city of that name."""
    _, adjective_with, _, _ = _place_tables()
    return any(word.casefold() in adjective_with for word in _WORD.findall(text))


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
