"""From a name as somebody typed it to keys that meet other spellings of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from uncounted.records.name_cutting import cut_with_care
from uncounted.records.name_origin import columns_in_origin, in_origin
from uncounted.records.name_parts import Parts, parts_of_columns, parts_of_name
from uncounted.records.name_readings import as_given, as_patronymic, as_surname, bones_of_other
from uncounted.records.name_tokens import Tokens
from uncounted.records.no_names import no_name
from uncounted.records.plain_names import cut_plain
from uncounted.records.repair import repair_text, script_of
from uncounted.records.switched_off import without_rules

_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile(r"[\u0400-\u052f .,'-]*[\u0400-\u052f]")
_ARABIC = re.compile(r"[\u0620-\u064a\u0671-\u06d3 .,'-]*[\u0620-\u064a\u0671-\u06d3]")
_LETTER_RUN = re.compile(r"[^\W\d_]+")


class NameKeys(NamedTuple):
    """The keys of one name; every field is None (or empty) where the name does not say it.

    A named tuple because a long list makes a million of them, and a dataclass takes six times as long to make.

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
        return _keys_of_columns((surname, given, patronymic), sex, off, usual)
    plain = cut_plain(text)
    rules: tuple[str, ...] = ()
    script: str | None
    if plain is not None:
        tokens = plain[0]
        script = plain[1] or dominant_script(text)
    else:
        whole, rules = repair_text(text)
        script = dominant_script(whole)
        why_not = no_name(whole)
        if why_not and why_not not in off:
            return NameKeys(script=script, rules=_distinct((*rules, why_not) if whole else rules))
        tokens = cut_with_care(whole)
    return _keys_of(parts_of_name(in_origin(tokens, usual)), script, sex, rules, off)


def _keys_of_columns(texts: tuple[str, str, str], sex: str | None, off: frozenset[str], usual: str) -> NameKeys:
    repaired = [repair_text(text) for text in texts]
    rules = tuple([rule for _, found in repaired for rule in found])
    columns = [column for column, _ in repaired]
    whole = " ".join(filter(None, columns))
    script = dominant_script(whole)
    why_not = no_name(whole) if cut_plain(whole) is None else ""
    if why_not and why_not not in off:
        return NameKeys(script=script, rules=_distinct((*rules, why_not) if whole else rules))
    cells = columns_in_origin([_column_tokens(column, off) for column in columns], usual)
    return _keys_of(parts_of_columns(*cells), script, sex, rules, off)


def _column_tokens(column: str, off: frozenset[str]) -> Tokens:
    """Cut a repaired column; one that says that the name is not known holds none."""
    plain = cut_plain(column)
    if plain is not None:
        return plain[0]
    return cut_with_care(column if no_name(column) in {"", *off} else "")


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


def _distinct(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rules))


def _keys_of(
    parts: Parts, script: str | None, sex: str | None, rules: tuple[str, ...], off: frozenset[str]
) -> NameKeys:
    if not parts.has_name():
        return NameKeys(script=script, rules=_distinct((*rules, *parts.rules, "no-name")))
    if off:
        parts = without_rules(parts, off)
    surname = None if parts.surname is None else as_surname(parts.surname)
    patronymic = None if parts.patronymic is None else as_patronymic(parts.patronymic)
    # The sex shown by the patronymic, else by a given name that has one, else by a Slavic surname ending.
    name_sex = None if patronymic is None else patronymic.sex
    if name_sex is None and parts.given is not None:
        name_sex = as_given(parts.given, None).sure_sex
    if name_sex is None and surname is not None:
        name_sex = surname.sex
    given = None if parts.given is None else as_given(parts.given, sex or name_sex)
    if given is not None:
        name_sex = name_sex or given.sex

    rules = (*rules, *parts.rules)
    bones: dict[str, str] = {}  # consonants by key, of every full word
    surname_key = second_key = given_key = patronymic_key = given_initial = patronymic_initial = None
    if surname is not None:
        surname_key, second_key = surname.key or None, surname.second
        bones.update(surname.bones)
        if surname.feminine:
            rules = (*rules, "feminine")
        if len(surname.bones) == 1 and parts.second_surname is not None:
            second_key = parts.second_surname.words[0].surname_key or None
    if given is not None:
        given_key, given_initial = given.key or None, given.initial
        bones.update(given.bones)
        if given.short:
            rules = (*rules, "nickname")
    if patronymic is not None:
        patronymic_key, patronymic_initial = patronymic.key or None, patronymic.initial
        bones.update(patronymic.bones)
    for token in parts.rest:
        bones.update(bones_of_other(token, sex or name_sex))
    bones.pop("", None)

    if parts.initials:
        given_initial, patronymic_initial = _with_initials(given_initial, patronymic_initial, parts.initials)
    if parts.arabic:
        given_initial, patronymic_initial = _arabic_initial(given_initial), _arabic_initial(patronymic_initial)
    consonants = {*bones.values()}
    consonants.discard("")
    return NameKeys(  # in the order of its fields: by name takes twice as long
        surname_key,
        bones.get(surname_key or "") or None,
        second_key,
        given_key,
        bones.get(given_key or "") or None,
        patronymic_key,
        bones.get(patronymic_key or "") or None,
        given_initial or None,
        patronymic_initial or None,
        tuple(sorted(bones)),
        " ".join(sorted(consonants)) or None,
        script,
        name_sex,
        parts.origin,
        _distinct(rules) if rules else (),
    )


def _with_initials(
    given: str | None, patronymic: str | None, initials: tuple[str, ...]
) -> tuple[str | None, str | None]:
    """Return the initials of given name and patronymic: those written alone stand for the parts that are not."""
    left = iter(initials)
    if given is None:
        given = next(left, None)
    if patronymic is None:
        patronymic = next(left, None)
    return given, patronymic


def _arabic_initial(letter: str | None) -> str | None:
    """Return one initial for all that Arabic writes with alef, ayn, waw and ya: O., U., W., Y. and A. are alike."""
    return "a" if letter and letter in "aeiouv" else letter
