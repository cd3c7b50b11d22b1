"""Arabic names from the letters of scholars into Arabic script, and into Latin letters as many countries write them.

The tables are written from the standards and from what newspapers and registries of the countries do. They share
nothing with the matching of names (`records`), so that a matcher that does well here has not been told the answers.

References
----------
DIN 31635 (1982); ALA-LC romanization table for Arabic (2012); BGN/PCGN 1956; the habits of French, Maghrebi, Egyptian,
Levantine, Gulf, German and Spanish writers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from uncounted.simulate.arabic_names import POPULAR

_SCRIPT = dict(zip("btṯǧḥḫdḏrzsšṣḍṭẓʿġfqklmnhwyāīūáẗ", "بتثجحخدذرزسشصضطظعغفقكلمنهويايوىة", strict=True))
_SHORT = "aiu"
_VOWELS = "aiuāīūá"
_SUN = "tṯdḏrzsšṣḍṭẓln"
# Spelt otherwise than they sound.
_SCRIPT_AS = {"Allāh": "الله", "Raḥmān": "رحمن", "ʿAmr": "عمرو", "Munā": "منى", "Bū": "بو"}


# -- Arabic script ----------------------------------------------------------------------------------------------
@lru_cache(maxsize=20_000)
def in_script(name: str) -> str:
    """Write a name in Arabic script, with all its hamzas and dots and without vowel signs.

    Parameters
    ----------
    name : str
        In the letters of `arabic_names`, e.g. "ʿAbd al-Raḥmān".

    Returns
    -------
    str
    """
    return " ".join(_word_in_script(word) for word in name.split(" "))


def _word_in_script(word: str) -> str:
    if word.startswith("al-"):
        return "ال" + _word_in_script(word[3:])
    if word in _SCRIPT_AS:
        return _SCRIPT_AS[word]
    small, out = word.lower(), ""
    for at, letter in enumerate(small):
        before, after = small[at - 1] if at else "", small[at + 1 : at + 2]
        if not before and letter in "aiuāīū":
            out += {"a": "أ", "u": "أ", "i": "إ", "ā": "آ", "ī": "إي", "ū": "أو"}[letter]
        elif letter == "ʾ":
            out += _hamza(before, after)
        elif letter == before or letter in _SHORT:
            continue
        else:
            out += _SCRIPT.get(letter, letter)
    # A hamza and a long a after it are one letter.
    return out.replace("أا", "آ")


def _hamza(before: str, after: str) -> str:
    if not after:
        return "ء"
    if after in "iī" or before in "iī":
        return "ئ"
    return "ؤ" if after in "uū" or before in "uū" else "أ"


def write_loosely(script: str, rng: np.random.Generator) -> str:
    """Write an Arabic name as people type it: no hamzas, ه for ة, ى for ي, words joined; each sometimes."""
    if rng.random() < 0.6:
        script = script.translate(str.maketrans("أإآ", "ااا"))
    if rng.random() < 0.35:
        script = " ".join(f"{w[:-1]}ه" if w.endswith("ة") else w for w in script.split(" "))
    if rng.random() < 0.35:
        script = " ".join(f"{w[:-1]}ى" if w.endswith("ي") else w for w in script.split(" "))
    elif rng.random() < 0.3:
        script = " ".join(f"{w[:-1]}ي" if w.endswith("ى") else w for w in script.split(" "))
    if rng.random() < 0.5:
        script = script.replace("عبد ال", "عبدال").replace("أبو ", "ابو ")
    if rng.random() < 0.15:
        script = script.replace("ئ", "ي").replace("ؤ", "و")
    return script.removeprefix("ال") if rng.random() < 0.05 else script


# -- Latin letters ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Romanisation:
    """One country's way of writing Arabic in Latin letters; of several ways "a/b" one is picked each time.

    Attributes
    ----------
    letters : mapping of str to tuple of str
        Ways of writing each letter of the scholars, and the groups "ay", "aw", "iyy".
    articles : tuple of str
        Ways of writing "al-": with its own hyphen or space, or "" for none.
    servants : tuple of str
        Ways of writing "ʿAbd al-": what is put before the rest.
    final_i, final_t : tuple of str
        A long i, and the tāʾ marbūṭa with its vowel, at the end of a word.
    syncope, single : float
        Probability that a short vowel is lost, and that a double letter is written once.
    popular : float
        Probability that a spelling that everybody knows is used instead.
    """

    letters: Mapping[str, tuple[str, ...]]
    articles: tuple[str, ...]
    servants: tuple[str, ...]
    final_i: tuple[str, ...] = ("i",)
    final_t: tuple[str, ...] = ("a",)
    syncope: float = 0.0
    single: float = 0.0
    popular: float = 0.0
    sharp_s: bool = False


_PLAIN = (
    "b=b t=t ṯ=th ǧ=j ḥ=h ḫ=kh d=d ḏ=dh r=r z=z s=s š=sh ṣ=s ḍ=d ṭ=t ẓ=z ʿ= ġ=gh f=f q=q k=k l=l m=m n=n h=h w=w y=y "
    "a=a i=i u=u ā=a ī=i ū=u á=a ʾ= ay=ay aw=aw iyy=iyy ẗ=t"
)


def _letters(changes: str) -> Mapping[str, tuple[str, ...]]:
    items = (item.partition("=") for item in f"{_PLAIN} {changes}".split())
    return {letter: tuple(latin.split("/")) for letter, _, latin in items}


ROMANISATIONS: Mapping[str, Romanisation] = {
    "ala-lc": Romanisation(
        letters=_letters("ḥ=ḥ ṣ=ṣ ḍ=ḍ ṭ=ṭ ẓ=ẓ ʿ=ʻ ʾ=ʼ ā=ā ī=ī ū=ū á=á iyy=īy"),
        articles=("al-",),
        servants=("ʻAbd al-",),
        final_i=("ī",),
        final_t=("ah",),
    ),
    "plain": Romanisation(
        letters=_letters("ʿ=/'"), articles=("al-", "Al-"), servants=("Abd al-",), final_t=("ah",), popular=0.1
    ),
    "press": Romanisation(
        letters=_letters("ī=i/ee ū=ou/oo/u q=q/k ay=ai/ay/ei ḏ=dh/th/d ẓ=z/dh u=u/o iyy=iy/iyy"),
        articles=("al-", "Al-", "al-", "Al ", "el-"),
        servants=("Abdul ", "Abdul-", "Abdel ", "Abd al-", "Abdul"),
        final_i=("i", "i", "y", "ee"),
        final_t=("a", "a", "ah"),
        single=0.2,
        popular=0.7,
    ),
    "levant": Romanisation(
        letters=_letters("i=e/i/e ī=i/ee ū=ou/u ay=ei/ai/ay aw=aw/ao/au u=u/o/ou q=k/q ḏ=z/d ẓ=z ṯ=th/t ā=a/a/aa"),
        articles=("Al ", "al-", "Al-", "El ", "Al", ""),
        servants=("Abdul", "Abdel ", "Abdul ", "Abd Al", "Abdal"),
        final_i=("i", "y", "ei"),
        final_t=("a", "eh", "ah", "e"),
        single=0.35,
        popular=0.6,
    ),
    "egyptian": Romanisation(
        letters=_letters("ǧ=g q=k/q i=e/i ī=i/ee/e ū=ou/o/oo ay=ei/ay/e u=o/u ḏ=z ẓ=z ṯ=th/s ā=a"),
        articles=("El-", "El ", "El", "al-", ""),
        servants=("Abdel ", "Abdel", "Abd El-", "Abd El "),
        final_i=("y", "i"),
        final_t=("a", "a", "ah"),
        single=0.3,
        popular=0.6,
    ),
    "french": Romanisation(
        letters=_letters(
            "š=ch ǧ=j/dj ū=ou u=ou/o w=ou/w ay=aï/ei/ay aw=aou/aw q=k/q ʿ= ī=i ḏ=d/dh ẓ=dh/z ṯ=th/t i=i/e"
        ),
        articles=("el-", "El ", "al-", "Al "),
        servants=("Abdel ", "Abdel", "Abd el-"),
        final_t=("a", "a"),
        single=0.1,
        popular=0.3,
        sharp_s=True,
    ),
    "maghreb": Romanisation(
        letters=_letters("š=ch ǧ=dj ū=ou u=o/ou w=ou ay=ai/aï/ei aw=aou q=k ī=i ḏ=d ẓ=d ṯ=t i=i/e ḫ=kh ġ=gh/r a=a/a/e"),
        articles=("", "El ", "el ", "Al"),
        servants=("Abdel", "Abdel", "Abd El "),
        syncope=0.3,
        single=0.3,
        popular=0.4,
        sharp_s=True,
    ),
    "gulf": Romanisation(
        letters=_letters("ī=ee/i ū=oo/u ā=a/aa q=q/g ay=ai/ay ḏ=th/dh ẓ=dh/z u=u i=i/e"),
        articles=("Al ", "Al-", "Al", "al "),
        servants=("Abdul ", "Abdul", "Abdu"),
        final_i=("i", "y", "i"),
        final_t=("a", "ah"),
        single=0.15,
        popular=0.6,
    ),
    "german": Romanisation(
        letters=_letters("š=sch ǧ=dsch ḫ=ch y=j ay=ai/ei aw=au q=q/k ḏ=d ẓ=z ṯ=th w=w ū=u z=z"),
        articles=("al-", "Al-"),
        servants=("Abd al-", "Abdul "),
        single=0.1,
        popular=0.2,
    ),
    "spanish": Romanisation(
        letters=_letters("š=ch/sh ǧ=y/j ḫ=j ġ=g w=u/w ay=ai aw=au q=q/k ḏ=d ẓ=z ṯ=z/t h=h y=y"),
        articles=("al-", "Al ", "el "),
        servants=("Abdel ", "Abd al-"),
        single=0.4,
        popular=0.3,
    ),
    # As typed on a telephone by people who never learned a rule.
    "phone": Romanisation(
        letters=_letters(
            "ḫ=kh/k/5 ḥ=h/h/7 ʿ=//a/3 ī=i/ee/y ū=o/oo/ou ay=e/ai/ay aw=aw/o u=o/u i=e/i q=k/q/2 ḏ=z/d ẓ=z ṯ=s/th "
            "a=a/a/e ġ=gh/8 š=sh/ch ǧ=j/g"
        ),
        articles=("al", "el ", "Al ", "", "al-"),
        servants=("Abdl", "Abd el ", "Abdo", "Abd al"),
        final_i=("y", "i", "e"),
        final_t=("a", "eh", "h", "e"),
        syncope=0.2,
        single=0.6,
        popular=0.5,
    ),
}


def romanise_arabic(name: str, standard: str, rng: np.random.Generator) -> str:
    """Write a name in Latin letters.

    Parameters
    ----------
    name : str
        In the letters of `arabic_names`; several words are written one after the other.
    standard : str
        A name out of `ROMANISATIONS`.
    rng : numpy.random.Generator
        Picks where there are several ways.

    Returns
    -------
    str
    """
    rules = ROMANISATIONS[standard]
    words = name.split(" ")
    out: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word == "ʿAbd" and following.startswith("al-"):
            out.append(_servant(following[3:], rules, rng))
            at += 2
        elif word == "ʿAbd" and following == "Allāh":
            out.append(_pick(("Abd Allah", *POPULAR["ʿAbd Allāh"]) if rules.popular else ("ʻAbd Allāh",), rng))
            at += 2
        else:
            out.append(_with_article(word, rules, rng))
            at += 1
    return " ".join(out)


def _servant(rest: str, rules: Romanisation, rng: np.random.Generator) -> str:
    before, after = _pick(rules.servants, rng), _word(rest, rules, rng)
    first = after[:1]
    # Before a "sun letter" speech turns the l into that letter (Abderrahmane), and about half of the hands follow.
    if rest[:1].lower() in _SUN and before.endswith("l") and rules.popular and rng.random() < 0.5:
        before = f"{before[:-1]}{first.lower()}"
    return before + (after.lower() if before[-1:].isalpha() else after)


def _with_article(word: str, rules: Romanisation, rng: np.random.Generator) -> str:
    if not word.startswith("al-"):
        return _word(word, rules, rng)
    article, rest = _pick(rules.articles, rng), _word(word[3:], rules, rng)
    if word[3:4].lower() in _SUN and article[-2:] == "l-" and rules.popular and rng.random() < 0.15:
        article = f"{article[:-2]}{rest[:1].lower()}-"
    return article + (rest.lower() if article[-1:].isalpha() else rest)


def _word(word: str, rules: Romanisation, rng: np.random.Generator) -> str:
    """Write one word without an article, letter by letter."""
    if word in POPULAR and rules.popular and rng.random() < rules.popular:
        return _pick(POPULAR[word], rng)
    small, out, at = word.lower(), "", 0
    lost = _lost_vowel(small) if rules.syncope and rng.random() < rules.syncope else -1
    once = rules.single > 0.0 and rng.random() < rules.single
    while at < len(small):
        letter, rest = small[at], small[at:]
        if at == lost:
            at += 1
        elif rest == "aẗ":
            out, at = out + _pick(rules.final_t, rng), len(small)
        elif rest == "ī":
            out, at = out + _pick(rules.final_i, rng), len(small)
        elif rest.startswith("iyy"):
            out, at = out + _pick(rules.letters["iyy"], rng), at + 3
        elif rest[:2] in ("ay", "aw") and rest[2:3] not in tuple(_VOWELS) and rest[2:3] != rest[1]:
            out, at = out + _pick(rules.letters[rest[:2]], rng), at + 2
        else:
            latin = _pick(rules.letters[letter], rng)
            if rules.sharp_s and latin == "s" and 0 < at < len(small) - 1:
                latin = "ss" if small[at - 1] in _VOWELS and small[at + 1] in _VOWELS else latin
            twice = at + 1 < len(small) and small[at + 1] == letter
            out += latin * 2 if twice and len(latin) == 1 and not once else latin
            at += 2 if twice else 1
    # A sign such as ʿ has no capital; the letter after it has.
    head = next((i for i, c in enumerate(out) if c.isalpha() and c not in "ʻʼ"), 0)
    return out[:head] + out[head : head + 1].upper() + out[head + 1 :]


def _lost_vowel(small: str) -> int:
    """Return where the first short vowel of an open syllable stands, as in Sulaymān → Sliman; -1 if there is none."""
    for at in range(1, len(small) - 2):
        open_syllable = small[at - 1] not in _VOWELS and small[at + 1] not in _VOWELS and small[at + 2] in _VOWELS
        if small[at] in _SHORT and open_syllable and small[at - 1] != small[at + 1]:
            return at
    return -1


def _pick(ways: tuple[str, ...], rng: np.random.Generator) -> str:
    return ways[0] if len(ways) == 1 else ways[int(rng.random() * len(ways))]
