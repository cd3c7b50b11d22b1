"""Cyrillic names in Latin letters, as different standards and people without a standard write them.

These tables make the spellings of invented lists. They are written from the standards themselves and share nothing
with the matching of names, so that a matcher that does well here has not been told the answers.

References
----------
ISO 9:1995 and GOST 7.79-2000 (systems A and B); BGN/PCGN 1947 (Russian); ICAO Doc 9303 part 3
(passports); the Ukrainian national system of 2010; the Belarusian one of 2007; the rules of Duden (German), of French
newspapers and of Polish encyclopedias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VOWELS = "аеёиоуыэюяіїє"
_SIGNS = "ьъ’'"


def _table(base: str, changes: str) -> Mapping[str, str]:
    """Read "а=a б=b …"; a letter without a right side is left out of the Latin word."""
    items = (item.partition("=") for item in f"{base} {changes}".split())
    return {letter: latin for letter, _, latin in items}


_COMMON = (
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh "
    "щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=u ’= '="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One way of writing Cyrillic in Latin letters.

    Attributes
    ----------
    letters : mapping of str to str
        Latin for each small Cyrillic letter.
    at_start : mapping of str to str
        Used instead at the start of a word, after a vowel and after a soft or hard sign.
    first : mapping of str to str
        Used instead for the first letter of a word alone; stronger than `at_start`.
    endings : tuple of (str, str)
        Cyrillic endings with their Latin, tried in this order before the letters.
    groups : tuple of (str, str)
        Groups of Cyrillic letters with their Latin, anywhere in the word.
    after : tuple of (str, str)
        Replacements in the finished small-letter Latin word.
    """

    letters: Mapping[str, str]
    at_start: Mapping[str, str]
    first: Mapping[str, str]
    endings: tuple[tuple[str, str], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()


def _standard(
    changes: str,
    *,
    at_start: str = "",
    first: str = "",
    endings: tuple[tuple[str, str], ...] = (),
    groups: tuple[tuple[str, str], ...] = (),
    after: tuple[tuple[str, str], ...] = (),
) -> Standard:
    return Standard(
        letters=_table(_COMMON, changes),
        at_start=_table("", at_start),
        first=_table("", first),
        endings=endings,
        groups=groups,
        after=after,
    )


# German and French write ss for the sharp sound between vowels; "ß" marks it until the word is finished.
_SHARP_S = (*((f"{a}ß{b}", f"{a}ss{b}") for a in "aeiouy" for b in "aeiouy"), ("ß", "s"))

STANDARDS: Mapping[str, Standard] = {
    # ISO 9:1995 = GOST 7.79 system A: one letter for one letter, with diacritics.
    "iso9": _standard("ё=ë ж=ž й=j х=h ц=c ч=č ш=š щ=ŝ ъ=ʺ ь=ʹ э=è ю=û я=â ї=ï є=ê ґ=g̀ ’=ʼ"),
    # The older scholarly writing, which libraries and philologists still use.
    "scholarly": _standard("ё=ë ж=ž й=j х=x ц=c ч=č ш=š щ=šč ь=’ э=è ю=ju я=ja ї=ji є=je"),
    # GOST 7.79 system B: ASCII only.
    "gost-b": _standard(
        "ё=yo й=j х=x ц=cz щ=shh ъ=`` ы=y` ь=` э=e` ї=yi є=ye", groups=(("ци", "ci"), ("це", "ce"), ("цы", "cy`"))
    ),
    # BGN/PCGN 1947.
    "bgn": _standard("ё=ë ъ=” ь=’", at_start="е=ye ё=yë"),
    # ICAO Doc 9303: Russian passports since 2014.
    "icao": _standard("й=i ъ=ie ю=iu я=ia ї=i є=ie"),
    # Russian passports of 2000–2009.
    "passport-2000": _standard("ё=e", endings=(("ий", "iy"), ("ый", "yy"))),
    # The Ukrainian national system of 2010, for words in their Ukrainian form.
    "national-2010": _standard(
        "г=h и=y й=i ї=i є=ie ю=iu я=ia", first="й=y ї=yi є=ye ю=yu я=ya", groups=(("зг", "zgh"),)
    ),
    # Ukrainian words with the letters of Russian habit, as much older practice has them.
    "ukrainian-loose": _standard("г=g и=y ї=yi є=ye", endings=(("ій", "iy"), ("ий", "y"))),
    "german": _standard(
        "ж=sch й=j з=s с=ß в=w х=ch ц=z ч=tsch ш=sch щ=schtsch ю=ju я=ja ё=jo ї=ji є=je",
        at_start="е=je й=i",
        endings=(("ский", "ski"), ("ський", "skyj"), ("ий", "i"), ("ый", "y"), ("ій", "ij")),
        groups=(("кс", "x"),),
        after=_SHARP_S,
    ),
    "french": _standard(
        "ж=j й=ï с=ß у=ou ц=ts ч=tch ш=ch щ=chtch ю=iou я=ia ё=io ї=ï є=ie",
        endings=(("ин", "ine"), ("ий", "i"), ("ый", "y"), ("ій", "i")),
        groups=(("ги", "gui"), ("ге", "gue"), ("кс", "x")),
        after=_SHARP_S,
    ),
    # The Belarusian system of 2007, for words in their Belarusian form.
    "belarusian-2007": _standard(
        "г=h е=ie ё=io ж=ž й=j ў=ŭ х=ch ц=c ч=č ш=š щ=šč ю=iu я=ia ь=´", at_start="е=je ё=jo ю=ju я=ja"
    ),
    "polish": _standard(
        "в=w ё=io е=ie ж=ż й=j ў=ł х=ch ц=c ч=cz ш=sz щ=szcz ю=iu я=ia ї=ji є=je",
        at_start="е=je ё=jo ю=ju я=ja",
        endings=(("ский", "ski"), ("ський", "ski"), ("цкий", "cki"), ("ий", "ij"), ("ый", "yj")),
        after=(("szie", "sze"), ("żie", "że"), ("czie", "cze"), ("cie", "ce"), ("lie", "le"), ("rie", "re")),
    ),
    # What people type when nobody told them how: several habits, one of which is picked each time.
    "informal-y": _standard("ё=e х=h щ=sch", endings=(("ий", "y"), ("ый", "y"), ("ій", "y")), groups=(("кс", "x"),)),
    "informal-j": _standard(
        "ё=jo ж=zh й=j х=h ц=c щ=sch ю=ju я=ja ї=ji є=je", endings=(("ий", "ij"), ("ый", "yj"), ("ій", "ij"))
    ),
    "informal-ia": _standard("ё=io х=kh щ=sh ю=iu я=ia", endings=(("ий", "ii"), ("ый", "y"), ("ій", "ii"))),
}


def romanise(word: str, standard: str) -> str:
    """Write one Cyrillic word in Latin letters.

    Parameters
    ----------
    word : str
        One word; hyphens and letters without a rule are kept as they are.
    standard : str
        A name out of `STANDARDS`.

    Returns
    -------
    str
        The word with a capital first letter if it had one.
    """
    rules = STANDARDS[standard]
    small = word.lower()
    head, tail = small, ""
    for cyrillic, latin in rules.endings:
        if small.endswith(cyrillic) and len(small) > len(cyrillic) + 1:
            head, tail = small[: -len(cyrillic)], latin
            break
    text = _letters(head, rules) + tail
    for old, new in rules.after:
        text = text.replace(old, new)
    if word[:1].isupper() and text:
        text = text[0].upper() + text[1:]
    return text


def _letters(word: str, rules: Standard) -> str:
    out: list[str] = []
    at = 0
    while at < len(word):
        group = next(((c, latin) for c, latin in rules.groups if word.startswith(c, at)), None)
        if group is not None:
            out.append(group[1])
            at += len(group[0])
            continue
        letter = word[at]
        before = word[at - 1] if at else ""
        if not before and letter in rules.first:
            out.append(rules.first[letter])
        elif letter in rules.at_start and (not before or before in VOWELS or before in _SIGNS or before == "-"):
            out.append(rules.at_start[letter])
        else:
            out.append(rules.letters.get(letter, letter))
        at += 1
    return "".join(out)
