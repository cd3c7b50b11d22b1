"""Which word of a name is the surname, which the given name, which the patronymic, whatever their order.

It is decided from a few signs of each word, not from the words themselves: each arrangement of signs is decided once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.name_tokens import NameToken
from uncounted.records.words import surname_likeness


@dataclass(frozen=True, slots=True, eq=False)  # by identity: each is made once (`_signs`)
class Signs:
    """What the order of a name is read from, of one token; see `words.Word`."""

    script: str
    is_given: bool
    sexes: frozenset[str]  # of the given names it can stand for
    family: str  # of names, "" if it is no given name
    looks_surname: bool
    shows_surname: bool
    likeness: int  # `surname_likeness`
    patronymic: str | None  # sex of a word that ends like a patronymic, None for any other
    known_father: bool
    holds_patronymic: bool  # its first word ends like a patronymic, and others may be joined to it
    forced_patronymic: str
    article: bool
    kunya: bool


_signs = lru_cache(maxsize=None)(Signs)


@lru_cache(maxsize=KNOWN_WORDS)
def signs_of(token: NameToken) -> Signs:
    """Return the signs of a token."""
    word = token.words[0]
    patronymic = word.patronymic
    return _signs(
        word.script,
        token.is_given,
        frozenset([option.sex for option in word.given]),
        word.given[0].family if word.given else "",
        token.looks_surname,
        token.shows_surname,
        surname_likeness(word),
        patronymic.sex if patronymic is not None and len(token.words) == 1 else None,
        patronymic is not None and patronymic.known_father,
        patronymic is not None,
        token.forced_patronymic,
        token.article,
        word.kunya,
    )


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The signs of a name's full words, and what else its order is read from."""

    full: tuple[Signs, ...]
    n_initials: int
    initials_at: int  # words before the first initial (-1: no initial)
    comma: int  # words before the first comma (-1: none)
    arabic: bool

    @property
    def initials_first(self) -> bool:
        """Whether an initial stands before every word."""
        return self.initials_at == 0


@dataclass(frozen=True, slots=True)
class Places:
    """The places of the parts among the full words; None: the name has no such part."""

    surname: int | None
    given: int | None
    patronymic: int | None
    second_surname: int | None
    rest: tuple[int, ...]
    initials: bool  # whether the initials are those of the given name and the patronymic


@lru_cache(maxsize=KNOWN_WORDS)
def places_of(
    full: tuple[Signs, ...],
    n_initials: int,
    initials_at: int,
    comma: int,
    arabic: bool,  # noqa: FBT001
) -> Places:
    """Find the parts of a name of one word or more; the functions below say in which order signs are trusted."""
    name = Arrangement(full, n_initials, initials_at, comma, arabic)
    surname, given, patronymic = _parts(name)
    return Places(
        surname,
        given,
        patronymic,
        _second_surname(full, surname, given, comma),
        tuple([i for i in range(len(full)) if i not in {surname, given, patronymic}]),
        # "Ivan P.": the initial is the surname's
        initials=not (len(full) == 1 and given is not None and n_initials == 1 and not name.initials_first),
    )


_Places = tuple[int | None, int | None, int | None]  # places of surname, given name, patronymic


def _parts(name: Arrangement) -> _Places:
    full = name.full
    fathers = any(signs.forced_patronymic or signs.holds_patronymic for signs in full)
    if len(full) == 1:
        return _one_word(full[0], name)
    if fathers:
        if (places := _beside_initial(full, name)) is not None:
            return places
        patronymic = _find_patronymic(full, name.comma)
        if patronymic is not None:
            return (*_around_patronymic(full, patronymic), patronymic)
    if 0 < name.comma < len(full):
        return _around_comma(full, name.comma)
    if name.comma == len(full) and name.n_initials:
        return 0, None, None
    return _chain(full) if name.arabic else _by_tables(full)


def _second_surname(full: tuple[Signs, ...], surname: int | None, given: int | None, comma: int) -> int | None:
    """Return the place of the second surname after the first: before a comma, or beside a Spanish given name."""
    if surname is None or surname + 1 >= len(full) or surname + 1 == given:
        return None
    if surname < comma:
        return surname + 1 if surname + 1 < comma else None
    return surname + 1 if given is not None and full[given].family == "spanish" else None


def _one_word(token: Signs, name: Arrangement) -> _Places:
    """Read a name of one full word: a given name if it is one and no initials say otherwise, else the surname."""
    n = name.n_initials
    if token.forced_patronymic:
        return None, None, 0
    if (
        token.is_given
        and not token.shows_surname
        and not token.article
        and (n == 0 or (n == 1 and not name.initials_first))
    ):
        return None, 0, None
    return 0, None, None


def _beside_initial(full: tuple[Signs, ...], name: Arrangement) -> _Places | None:
    """Read one initial, a patronymic and one more word: the initial is the given name's, the word is the surname.

    None if the name is not of that form. A given name beside them is the given name, and then a "-ovich" after the
    initial ("Ivan S. Petrovich") is the surname, since the initial stands for the patronymic.
    """
    if len(full) != 2 or name.n_initials != 1:
        return None
    found = [i for i in (0, 1) if full[i].patronymic and not (_is_son(full[i]) and i < name.comma)]
    if not found:
        return None
    patronymic = max(found, key=lambda i: (*_weight(full[i]), name.initials_at == i, i))
    other = 1 - patronymic
    if not full[other].is_given or (name.initials_first and patronymic == 0):
        return other, None, patronymic
    if name.initials_at == patronymic == 1:
        if _is_son(full[patronymic]):
            return patronymic, other, None
        if _differ(full[other], full[patronymic]):
            return other, None, patronymic
    return None


def _is_son(token: Signs) -> bool:
    return token.patronymic == "m"


def _weight(token: Signs) -> tuple[bool, bool]:
    """Return what makes one of two such words the patronymic: no surname ends in -ovna; a father's name is known."""
    return token.patronymic == "f", token.known_father


def _differ(given: Signs, patronymic: Signs) -> bool:
    """Whether a given name is of one sex and the patronymic of the other."""
    return bool(given.sexes) and patronymic.patronymic not in given.sexes


def _find_patronymic(full: tuple[Signs, ...], comma: int) -> int | None:
    """Return the place of the patronymic.

    A word such as "ogly" after it, or a feminine ending, is enough. "-ovich" is also a surname: it must follow a given
    name, or stand last of three and more; in front of everything or before a comma it is the surname.
    """
    forced = [i for i, t in enumerate(full) if t.forced_patronymic]
    if forced:
        return forced[-1]
    found = [i for i, t in enumerate(full) if t.patronymic and _may_be_patronymic(full, i, comma)]
    if not found:
        return None
    return max(found, key=lambda i: (*_weight(full[i]), i > 0 and full[i - 1].is_given, -i))


def _may_be_patronymic(full: tuple[Signs, ...], i: int, comma: int) -> bool:
    if not _is_son(full[i]):
        return len(full) > 1
    if i == 0 or i < comma:
        return False
    if full[i - 1].is_given:
        # Beside a given name alone, a "-ovich" of no known father is a surname, and so is it beside a woman's.
        return (len(full) > 2 or full[i].known_father) and not _differ(full[i - 1], full[i])
    if len(full) == 2:
        return full[0].likeness > 0 and not full[0].is_given
    return i == len(full) - 1 or (len(full) == 3 and full[i].known_father)


def _around_patronymic(full: tuple[Signs, ...], patronymic: int) -> tuple[int | None, int | None]:
    """Return (surname, given): the given name stands before the patronymic in every usual order."""
    others = [i for i in range(len(full)) if i != patronymic]
    if len(others) == 1:
        only = full[others[0]]
        if only.is_given or (others[0] < patronymic and only.likeness <= 0):
            return None, others[0]
        return others[0], None
    before = patronymic - 1
    given = before if before in others else others[-1]
    if not full[given].is_given:
        named = [i for i in others if full[i].is_given]
        likest = None if named else _likest(full, others)
        if likest is not None:
            return likest, next(i for i in reversed(others) if i != likest)
        given = named[0] if named else given
    remaining = [i for i in others if i != given]
    shown = [i for i in remaining if full[i].shows_surname]
    return (shown or remaining)[0], given


def _likest(full: tuple[Signs, ...], places: list[int]) -> int | None:
    """Return the place of the word most like a surname, None if several are alike."""
    likeness = {i: full[i].likeness for i in places}
    most = max(likeness.values())
    likest = [i for i in places if likeness[i] == most]
    return likest[0] if len(likest) == 1 else None


def _around_comma(full: tuple[Signs, ...], comma: int) -> _Places:
    """Read "Surname, Given Second"; exchanged if only the word before the comma is a given name."""
    before, after = list(range(comma)), list(range(comma, len(full)))
    first_given, last_given = full[before[0]], full[after[0]]
    if first_given.is_given and not last_given.is_given and last_given.looks_surname:
        before, after = after, before
    second = after[1] if len(after) > 1 and full[after[1]].is_given else None
    return before[0], after[0], second


def _chain(full: tuple[Signs, ...]) -> _Places:
    """Read an Arabic chain: own name, father's name, (grandfather's,) family's name.

    The family's name stands first where it alone has the article, or where it alone is no given name. A kunya in front
    of other names is none of them.
    """
    places = [i for i, token in enumerate(full) if not token.kunya]
    if not places:
        return len(full) - 1, None, None
    if places[0] == 0 and full[-1].kunya and (len(places) > 1 or full[0].is_given):
        places.append(len(full) - 1)  # "Nidal Abu Odeh": the last kunya is the family's
    if len(places) == 1:
        only = places[0]
        return (None, only, None) if full[only].is_given and not full[only].article else (only, None, None)
    first, last = full[places[0]], full[places[-1]]
    if (first.article and not last.article) or (not first.is_given and last.is_given and not last.article):
        places = [*places[1:], places[0]]
    return places[-1], places[0], (places[1] if len(places) > 2 else None)


def _by_tables(full: tuple[Signs, ...]) -> _Places:
    """Find the given name in the tables and the surname by its ending; then by the usual order of the script."""
    givens = [i for i, t in enumerate(full) if t.is_given]
    last = len(full) - 1
    if not givens:
        return _by_endings(full)
    if len(givens) == len(full):
        if full[0].family == "arabic":
            return _chain(full)
        second = 1 if last >= 2 else None
        return last, 0, second
    if 0 in givens:
        run = 0
        while run + 1 in givens:
            run += 1
        second = 1 if run >= 1 else None
        family = full[0].family
        if family == "arabic" and last >= 2:
            return _chain(full)
        if family == "spanish" or full[last].is_given:
            return run + 1, 0, second
        shown = [i for i in range(run + 1, last + 1) if full[i].shows_surname]
        return (shown[0] if shown else last), 0, second
    return _surname_first(full, givens[0])


def _surname_first(full: tuple[Signs, ...], given: int) -> _Places:
    second = given + 1 if given + 1 < len(full) and full[given + 1].is_given else None
    shown = [i for i, t in enumerate(full) if i not in {given, second} and t.shows_surname]
    return (shown[0] if shown else 0), given, second


def _by_endings(full: tuple[Signs, ...]) -> _Places:
    last = len(full) - 1
    surname = _likest(full, list(range(len(full))))
    if surname is not None:
        return surname, (surname + 1 if surname == 0 else 0), None
    if full[0].script == "cyrillic":
        return 0, 1, None
    return last, 0, None
