"""From a name as somebody typed it to keys that meet other spellings of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from uncounted.records.fold import skeleton
from uncounted.records.given_names import choose_given
from uncounted.records.name_parts import Parts, parts_of_columns, parts_of_name
from uncounted.records.name_tokens import NameToken, tokenise
from uncounted.records.no_names import no_name
from uncounted.records.repair import repair_text, script_of

_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile(r"[\u0400-\u052f .,'-]*[\u0400-\u052f]")
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
    rules : tuple of str
        Rules of `rules.RULES` that changed something.
    """

    surname_key: str | None = None
    given_key: str | None = None
    patronymic_key: str | None = None
    given_initial: str | None = None
    patronymic_initial: str | None = None
    name_keys: tuple[str, ...] = ()
    name_skeleton: str | None = None
    script: str | None = None
    sex: str | None = None
    rules: tuple[str, ...] = ()


def name_keys(
    text: str = "", *, surname: str = "", given: str = "", patronymic: str = "", sex: str | None = None
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
    if why_not:
        return NameKeys(script=script, rules=_distinct([*rules, why_not] if whole else rules))
    if columns:
        cells = [tokenise("" if no_name(part) else part) for part, _ in columns]
        parts = parts_of_columns(*cells)
    else:
        parts = parts_of_name(tokenise(whole))
    if not parts.has_name():
        return NameKeys(script=script, rules=_distinct([*rules, *parts.rules, "no-name"]))
    return _keys_of(parts, script, sex, rules)


def dominant_script(text: str) -> str | None:
    """Return the script of most letters (the alphabetically first of equals), None without letters."""
    if text.isascii():
        return "latin" if _LETTER.search(text) else None
    if _CYRILLIC.fullmatch(text):
        return "cyrillic"
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
    all_keys: list[str] = []
    surname_key = given_key = patronymic_key = given_initial = patronymic_initial = None
    if parts.surname is not None:
        surname_key = parts.surname.words[0].surname_key or None
        if any(word.surname_key != word.key and word.surname_sex == "f" for word in parts.surname.words):
            rules.append("feminine")
        all_keys += [word.surname_key for word in parts.surname.words]
    if parts.given is not None:
        word = parts.given.words[0]
        given_key, given_sex = _given(parts.given, sex or name_sex)
        given_initial = given_key[:1] if word.given and word.given[0].short else word.key[:1]
        if word.given and word.given[0].short:
            rules.append("nickname")
        name_sex = name_sex or given_sex
        all_keys += [given_key, *(other.key for other in parts.given.words[1:])]
    if parts.patronymic is not None:
        word = parts.patronymic.words[0]
        patronymic_initial = word.key[:1]
        if parts.patronymic.forced_patronymic:
            patronymic_key = _given(parts.patronymic, "m")[0] + "ovich"
        elif word.patronymic is not None:
            patronymic_key = word.patronymic.key
        else:
            patronymic_key = _given(parts.patronymic, None)[0]
        all_keys.append(patronymic_key)
    for token in parts.rest:
        all_keys += [_given(token, sex or name_sex)[0] if token.is_given else w.surname_key for w in token.words]
    initials = list(parts.initials)
    if given_initial is None and initials:
        given_initial = initials.pop(0)
    if patronymic_initial is None and initials:
        patronymic_initial = initials.pop(0)
    distinct = tuple(sorted(set(filter(None, all_keys))))
    bones = " ".join(sorted(set(filter(None, map(skeleton, distinct)))))
    return NameKeys(
        surname_key=surname_key,
        given_key=given_key or None,
        patronymic_key=patronymic_key or None,
        given_initial=given_initial or None,
        patronymic_initial=patronymic_initial or None,
        name_keys=distinct,
        name_skeleton=bones or None,
        script=script,
        sex=name_sex,
        rules=_distinct(rules),
    )


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
