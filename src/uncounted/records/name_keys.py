"""From a name as somebody typed it to keys that meet other spellings of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from uncounted.records.fold import skeleton
from uncounted.records.given_names import choose_given
from uncounted.records.name_parts import Parts, parts_of_columns, parts_of_name
from uncounted.records.name_tokens import NameToken, tokenise, tokenise_columns
from uncounted.records.no_names import no_name
from uncounted.records.repair import repair_text, script_of
from uncounted.records.switched_off import without_rules
from uncounted.records.words import Word

_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile(r"[\u0400-\u052f .,'-]*[\u0400-\u052f]")
_ARABIC = re.compile(r"[\u0620-\u064a\u0671-\u06d3 .,'-]*[\u0620-\u064a\u0671-\u06d3]")
_LETTER_RUN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameKeys:
    """The keys of one name; every field is None (or empty) where the name does not say it.

    Attributes
    ----------
    surname_key, given_key, patronymic_key : str or None
        Folded; the surname masculine, the given name with its short form resolved, the patronymic as
        "<father's name>ovich" for both sexes. Where names have none, `patronymic_key` holds the second given name,
        or in an Arabic chain the father's name.
    surname_skeleton, given_skeleton, patronymic_skeleton : str or None
        Consonants of these keys (`fold.skeleton`).
    second_surname_key : str or None
        The second of two surnames: Spanish and Portuguese names, hyphenated ones.
    given_initial, patronymic_initial : str or None
        One folded letter as the list writes the name (of the full name for a short form).
    name_keys : tuple of str
        All full words, sorted, distinct.
    name_skeleton : str or None
        Their consonants, sorted, joined by a space.
    script : str or None
        latin, cyrillic, arabic or other: the script of most letters.
    sex : str or None
        "f" or "m" if the name shows it and does not contradict itself.
    origin : str
        "arabic", "weak" (one Arabic word), "spanish", "turkish" or "other" if the name shows it, else "".
    rules : tuple of str
        Rules of `rules.RULES` that changed something.
    """

    surname_key: str | None = None
    surname_skeleton: str | None = None
    second_surname_key: str | None = None
    given_key: str | None = None
    given_skeleton: str | None = None
    patronymic_key: str | None = None
    patronymic_skeleton: str | None = None
    given_initial: str | None = None
    patronymic_initial: str | None = None
    name_keys: tuple[str, ...] = ()
    name_skeleton: str | None = None
    script: str | None = None
    sex: str | None = None
    origin: str = ""
    rules: tuple[str, ...] = ()


def name_keys(
    text: str = "",
    *,
    surname: str = "",
    given: str = "",
    patronymic: str = "",
    sex: str | None = None,
    off: frozenset[str] = frozenset(),
    usual: str = "",
) -> NameKeys:
    """Return the keys of a name, given whole or in columns.

    Parameters
    ----------
    text : str
        A whole name in any order. Used if `surname` and `given` are empty.
    surname, given, patronymic : str
        The parts, where a list has columns for them. A given name and a surname in each other's column are exchanged.
    sex : str, optional
        "f" or "m" if known: decides whose short form "Sasha" is.
    off : frozenset of str
        Rules that shall not act: of those for names "pseudonym", "nickname" and "feminine" can be switched off here.
    usual : str
        Where the names of the list mostly come from (`usual_origin`), for a name that does not show it itself.

    Returns
    -------
    NameKeys
        All None if the text holds no name.
    """
    if surname.strip() or given.strip():
        columns = tuple(repair_text(part) for part in (surname, given, patronymic))
        whole = " ".join(part for part, _ in columns if part)
        rules = [rule for _, found in columns for rule in found]
    else:
        whole, found = repair_text(text)
        columns = ()
        rules = list(found)
    script = dominant_script(whole)
    why_not = no_name(whole)
    if why_not and why_not not in off:
        return NameKeys(script=script, rules=_distinct([*rules, why_not] if whole else rules))
    if columns:
        cells = tokenise_columns(["" if no_name(part) not in {"", *off} else part for part, _ in columns], usual)
        parts = parts_of_columns(*cells)
    else:
        parts = parts_of_name(tokenise(whole, usual))
    if not parts.has_name():
        return NameKeys(script=script, rules=_distinct([*rules, *parts.rules, "no-name"]))
    if off:
        parts = without_rules(parts, off)
    return _keys_of(parts, script, sex, rules)


_LEAST_SHOWN = 10
_MOST = 0.6


def usual_origin(names: Iterable[NameKeys]) -> str:
    """Return where the names of a list in Latin letters mostly come from: arabic, spanish, turkish, or "mixed".

    Of those that show it, `_MOST` must agree, `_LEAST_SHOWN` at the least. It decides how the others are read.
    """
    shown = Counter(
        "arabic" if keys.origin == "weak" else keys.origin for keys in names if keys.origin and keys.script == "latin"
    )
    if not shown:
        return "mixed"
    most = min(shown, key=lambda origin: (-shown[origin], origin))
    if most == "other" or shown[most] < max(_LEAST_SHOWN, _MOST * shown.total()):
        return "mixed"
    return most


def dominant_script(text: str) -> str | None:
    """Return the script of most letters (the alphabetically first of equals), None without letters."""
    if text.isascii():
        return "latin" if text.isalpha() or _LETTER.search(text) else None
    if _CYRILLIC.fullmatch(text):
        return "cyrillic"
    if _ARABIC.fullmatch(text):
        return "arabic"
    counts: Counter[str] = Counter()
    for run in _LETTER_RUN.findall(text):
        counts[script_of(run)] += len(run)
    counts.pop("", None)
    if not counts:
        return None
    return min(counts, key=lambda script: (-counts[script], script))


def _distinct(rules: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rules))


def _keys_of(parts: Parts, script: str | None, sex: str | None, rules: list[str]) -> NameKeys:
    rules = [*rules, *parts.rules]
    name_sex = _sex_of(parts)
    bones: dict[str, str] = {}  # consonants by key, of every full word
    surname_key = given_key = patronymic_key = given_initial = patronymic_initial = None
    if parts.surname is not None:
        words = parts.surname.words
        surname_key = words[0].surname_key or None
        if any(word.surname_sex == "f" and word.surname_key != word.key for word in words):
            rules.append("feminine")
        for word in words:
            bones[word.surname_key] = word.bones
    if parts.given is not None:
        word = parts.given.words[0]
        given_key, given_sex = _given(parts.given, sex or name_sex)
        if word.given and word.given[0].short:
            given_initial = given_key[:1]
            rules.append("nickname")
        else:
            given_initial = word.key[:1]
        name_sex = name_sex or given_sex
        bones[given_key] = _bones(word, given_key)
        for word in parts.given.words[1:]:
            bones[word.key] = _bones(word, word.key)
    if parts.patronymic is not None:
        word = parts.patronymic.words[0]
        patronymic_key, patronymic_initial = _patronymic(parts.patronymic), word.key[:1]
        bones[patronymic_key] = _bones(word, patronymic_key)
    for token in parts.rest:
        if token.is_given:
            key = _given(token, sex or name_sex)[0]
            bones[key] = _bones(token.words[0], key)
        else:
            for word in token.words:
                bones[word.surname_key] = word.bones
    initials = list(parts.initials)
    if given_initial is None and initials:
        given_initial = initials.pop(0)
    if patronymic_initial is None and initials:
        patronymic_initial = initials.pop(0)
    if parts.arabic:
        given_initial, patronymic_initial = _arabic_initial(given_initial), _arabic_initial(patronymic_initial)
    bones.pop("", None)
    return NameKeys(
        surname_key=surname_key,
        surname_skeleton=bones.get(surname_key or "") or None,
        second_surname_key=_second_surname(parts),
        given_key=given_key or None,
        given_skeleton=bones.get(given_key or "") or None,
        patronymic_key=patronymic_key or None,
        patronymic_skeleton=bones.get(patronymic_key or "") or None,
        given_initial=given_initial or None,
        patronymic_initial=patronymic_initial or None,
        name_keys=tuple(sorted(bones)),
        name_skeleton=" ".join(sorted(set(filter(None, bones.values())))) or None,
        script=script,
        sex=name_sex,
        origin=parts.origin,
        rules=_distinct(rules),
    )


def _bones(word: Word, key: str) -> str:
    """Return the consonants of a key: those of the word, unless the key is another name (of a short form)."""
    return word.bones if key == word.surname_key else skeleton(key)


def _arabic_initial(letter: str | None) -> str | None:
    """Return one initial for all that Arabic writes with alef, ayn, waw and ya: O., U., W., Y. and A. are alike."""
    return "a" if letter and letter in "aeiouv" else letter


def _patronymic(token: NameToken) -> str:
    if token.forced_patronymic:
        return _given(token, "m")[0] + "ovich"
    patronymic = token.words[0].patronymic
    return patronymic.key if patronymic is not None else _given(token, None)[0]


def _second_surname(parts: Parts) -> str | None:
    """Return the key of the surname's second word, or of the second surname."""
    if parts.surname is None:
        return None
    if len(parts.surname.words) > 1:
        return parts.surname.words[1].surname_key or None
    return (parts.second_surname.words[0].surname_key or None) if parts.second_surname else None


def _given(token: NameToken, sex: str | None) -> tuple[str, str | None]:
    word = token.words[0]
    return choose_given(word.given, word.key, sex) if word.given else (word.key, None)


def _sex_of(parts: Parts) -> str | None:
    """Return the sex shown by the patronymic, else by a given name that has one, else by a Slavic surname ending."""
    if parts.patronymic is not None:
        if parts.patronymic.forced_patronymic:
            return parts.patronymic.forced_patronymic
        patronymic = parts.patronymic.words[0].patronymic
        if patronymic is not None:
            return patronymic.sex
    if parts.given is not None:
        sexes = {option.sex for option in parts.given.words[0].given}
        if len(sexes) == 1:
            return sexes.pop()
    if parts.surname is not None:
        return parts.surname.words[0].surname_sex
    return None
