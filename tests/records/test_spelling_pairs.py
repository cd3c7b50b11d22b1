"""How far spellings of one name meet, and how far distinct surnames stay apart."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from uncounted.records import NameKeys, name_keys
from uncounted.records.fold import fold_word
from uncounted.records.words import read_word

HERE = Path(__file__).parent
# The pairs were written in two lots, each after the tables. First runs, before anything was changed because of them:
# 155 pairs .871 exact and .935 within one edit of surname and of given name; 45 pairs .844 and .911; together .865 and
# .930. A change of the tables must not lose that.
EXACT_AT_LEAST = 0.865
NEAR_AT_LEAST = 0.93


def pairs() -> list[tuple[str, str, str]]:
    lines = (HERE / "spelling_pairs.txt").read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split("|")) for line in lines if line and not line.startswith("#")]
    return [(family, one, other) for family, one, other in rows]


def within_one_edit(one: str, other: str) -> bool:
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    same_start = len([1 for a, b in itertools.takewhile(lambda ab: ab[0] == ab[1], zip(one, other, strict=False))])
    a, b = one[same_start:], other[same_start:]
    return a[1:] == b[1:] or a == b[1:] or a[1:] == b


def meets(one: NameKeys, other: NameKeys) -> tuple[bool, bool]:
    """Return whether surname and given name meet (exactly, exactly or within one edit)."""
    if None in {one.surname_key, one.given_key, other.surname_key, other.given_key}:
        return False, False
    both = [(one.surname_key, other.surname_key), (one.given_key, other.given_key)]
    return all(a == b for a, b in both), all(within_one_edit(a or "", b or "") for a, b in both)


def shares(family: str | None = None) -> tuple[float, float]:
    chosen = [meets(name_keys(a), name_keys(b)) for f, a, b in pairs() if family in {None, f}]
    return sum(e for e, _ in chosen) / len(chosen), sum(n for _, n in chosen) / len(chosen)


def test_there_are_enough_pairs():
    assert len(pairs()) >= 200
    assert len({frozenset((a, b)) for _, a, b in pairs()}) == len(pairs())


@pytest.mark.parametrize("one", ["Щербань", "Shcherban", "Ščerban’", "Schtscherban", "Shcherban'"])
def test_the_three_forms_of_one_surname_are_equal(one):
    assert name_keys(one).surname_key == name_keys("Щербань").surname_key == "sherban"
    assert name_keys(f"{one} Mykola").name_keys == name_keys("Николай Щербань").name_keys


def test_unseen_pairs_meet():
    exact, near = shares()
    assert exact >= EXACT_AT_LEAST
    assert near >= NEAR_AT_LEAST


@pytest.mark.parametrize(
    ("family", "at_least"), [("cyr_latin", 0.9), ("ukr_rus", 0.9), ("arabic", 0.8), ("spanish", 0.85)]
)
def test_each_family_meets(family, at_least):
    assert shares(family)[1] >= at_least


def test_distinct_surnames_stay_apart():
    words = [w for line in (HERE / "surnames.txt").read_text(encoding="utf-8").splitlines()[1:] for w in line.split()]
    words = [w for w in words if w != "Максимова"]  # the feminine of one that is there: meant to meet it
    assert len(words) >= 500
    keys = {}
    for word in words:
        keys.setdefault(read_word(word).surname_key, set()).add(word)
    together = [group for group in keys.values() if len(group) > 1]
    assert len(together) <= 2, together  # Sharif = Sherif, as it should be; Gil = Hill, since g and h are one sound
    bare = {w.lower().replace("ё", "е") for w in words}
    assert len(bare) == len(words)


def test_feminine_and_masculine_share_one_key():
    assert read_word("Максимова").surname_key == read_word("Максимов").surname_key
    for feminine, masculine in [
        ("Галицкая", "Галицкий"),
        ("Белая", "Белый"),
        ("Донская", "Донской"),
        ("Савіцька", "Савіцький"),
    ]:
        assert read_word(feminine).surname_key == read_word(masculine).surname_key


def test_keys_are_plain_and_short():
    for _, one, other in pairs():
        for word in (one + " " + other).replace(",", " ").split():
            key = fold_word(word)
            assert key.isascii()
            assert key.isalpha()
            assert key == key.lower()
            assert len(key) <= len(word) + 4
