"""Which token is the surname, which the given name, which the patronymic, whatever their order."""

from __future__ import annotations

from dataclasses import dataclass

from uncounted.records.name_tokens import NameToken, Tokens
from uncounted.records.words import surname_likeness


@dataclass(slots=True, kw_only=True)
class Parts:
    """A name taken apart. `rest` are full words with no part of their own; they still go into the keys."""

    surname: NameToken | None = None
    given: NameToken | None = None
    patronymic: NameToken | None = None
    initials: tuple[str, ...] = ()
    rest: tuple[NameToken, ...] = ()
    second_surname: NameToken | None = None  # also among `rest`
    rules: tuple[str, ...] = ()
    arabic: bool = False
    origin: str = ""

    def has_name(self) -> bool:
        """Whether there is any full word: initials alone are no name."""
        return bool(self.surname or self.given or self.patronymic or self.rest)


def parts_of_name(tokens: Tokens) -> Parts:
    """Take a whole name apart; see the functions below for the order in which signs are trusted."""
    full = list(tokens.full)
    fathers = False  # a word ends like a patronymic
    for token in full:
        if token.forced_patronymic or token.words[0].patronymic is not None:
            fathers = True
    if not full:
        return Parts(
            initials=tokens.initials, rest=tokens.rest, rules=tokens.rules, arabic=tokens.arabic, origin=tokens.origin
        )
    if len(full) == 1:
        surname, given, patronymic = _one_word(full[0], tokens)
    elif fathers and (places := _beside_initial(full, tokens)) is not None:
        surname, given, patronymic = places
    else:
        patronymic = _find_patronymic(full, tokens.comma) if fathers else None
        if patronymic is not None:
            surname, given = _around_patronymic(full, patronymic)
        elif 0 < tokens.comma < len(full):
            surname, given, patronymic = _around_comma(full, tokens.comma)
        elif tokens.comma == len(full) and tokens.initials:
            surname, given, patronymic = 0, None, None
        elif tokens.arabic:
            surname, given, patronymic = _chain(full)
        else:
            surname, given, patronymic = _by_tables(full)
    taken = (surname, given, patronymic)
    initials = tokens.initials
    if len(full) == 1 and given is not None and len(initials) == 1 and not tokens.initials_first:
        initials = ()  # "Ivan P.": the initial is the surname's
    return Parts(
        surname=None if surname is None else full[surname],
        given=None if given is None else full[given],
        patronymic=None if patronymic is None else full[patronymic],
        initials=initials,
        rest=(*[t for i, t in enumerate(full) if i not in taken], *tokens.rest),
        second_surname=_second_surname(full, surname, given, tokens.comma),
        rules=tokens.rules,
        arabic=tokens.arabic,
        origin=tokens.origin,
    )


def _second_surname(full: list[NameToken], surname: int | None, given: int | None, comma: int) -> NameToken | None:
    """Return the word after the surname where it is a second one: before a comma, or beside a Spanish given name."""
    if surname is None or surname + 1 >= len(full) or surname + 1 == given:
        return None
    second = full[surname + 1]
    if surname < comma:
        return second if surname + 1 < comma else None
    if given is None:
        return None
    options = full[given].words[0].given
    return second if options and options[0].family == "spanish" else None


_Places = tuple[int | None, int | None, int | None]  # places of surname, given name, patronymic


def _one_word(token: NameToken, tokens: Tokens) -> _Places:
    """Read a name of one full word: a given name if it is one and no initials say otherwise, else the surname."""
    n = len(tokens.initials)
    if token.forced_patronymic:
        return None, None, 0
    if (
        token.is_given
        and not token.shows_surname
        and not token.article
        and (n == 0 or (n == 1 and not tokens.initials_first))
    ):
        return None, 0, None
    return 0, None, None


def _beside_initial(full: list[NameToken], tokens: Tokens) -> _Places | None:
    """Read one initial, a patronymic and one more word: the initial is the given name's, the word is the surname.

    None if the name is not of that form. A given name beside them is the given name, and then a "-ovich" after the
    initial ("Ivan S. Petrovich") is the surname, since the initial stands for the patronymic.
    """
    if len(full) != 2 or len(tokens.initials) != 1:
        return None
    found = [i for i in (0, 1) if _sex_of_patronymic(full[i]) and not (_is_son(full[i]) and i < tokens.comma)]
    if not found:
        return None
    patronymic = max(found, key=lambda i: (*_weight(full[i]), tokens.initials_at == i, i))
    other = 1 - patronymic
    if not full[other].is_given or (tokens.initials_first and patronymic == 0):
        return other, None, patronymic
    if tokens.initials_at == patronymic == 1:
        if _is_son(full[patronymic]):
            return patronymic, other, None
        if _differ(full[other], full[patronymic]):
            return other, None, patronymic
    return None


def _sex_of_patronymic(token: NameToken) -> str | None:
    """Return the sex of a word that ends like a patronymic, None for any other."""
    patronymic = token.words[0].patronymic if len(token.words) == 1 else None
    return patronymic.sex if patronymic is not None else None


def _is_son(token: NameToken) -> bool:
    return _sex_of_patronymic(token) == "m"


def _known_father(token: NameToken) -> bool:
    patronymic = token.words[0].patronymic
    return patronymic is not None and patronymic.known_father


def _weight(token: NameToken) -> tuple[bool, bool]:
    """Return what makes one of two such words the patronymic: no surname ends in -ovna; a father's name is known."""
    return _sex_of_patronymic(token) == "f", _known_father(token)


def _differ(given: NameToken, patronymic: NameToken) -> bool:
    """Whether a given name is of one sex and the patronymic of the other."""
    sexes = {option.sex for option in given.words[0].given}
    return bool(sexes) and _sex_of_patronymic(patronymic) not in sexes


def _find_patronymic(full: list[NameToken], comma: int) -> int | None:
    """Return the place of the patronymic.

    A word such as "ogly" after it, or a feminine ending, is enough. "-ovich" is also a surname: it must follow a given
    name, or stand last of three and more; in front of everything or before a comma it is the surname.
    """
    forced = [i for i, t in enumerate(full) if t.forced_patronymic]
    if forced:
        return forced[-1]
    found = [i for i, t in enumerate(full) if _sex_of_patronymic(t) and _may_be_patronymic(full, i, comma)]
    if not found:
        return None
    return max(found, key=lambda i: (*_weight(full[i]), i > 0 and full[i - 1].is_given, -i))


def _may_be_patronymic(full: list[NameToken], i: int, comma: int) -> bool:
    if not _is_son(full[i]):
        return len(full) > 1
    if i == 0 or i < comma:
        return False
    if full[i - 1].is_given:
        # Beside a given name alone, a "-ovich" of no known father is a surname, and so is it beside a woman's.
        return (len(full) > 2 or _known_father(full[i])) and not _differ(full[i - 1], full[i])
    if len(full) == 2:
        return surname_likeness(full[0].words[0]) > 0 and not full[0].is_given
    return i == len(full) - 1 or (len(full) == 3 and _known_father(full[i]))


def _around_patronymic(full: list[NameToken], patronymic: int) -> tuple[int | None, int | None]:
    """Return (surname, given): the given name stands before the patronymic in every usual order."""
    others = [i for i in range(len(full)) if i != patronymic]
    if len(others) == 1:
        only = full[others[0]]
        if only.is_given or (others[0] < patronymic and surname_likeness(only.words[0]) <= 0):
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


def _likest(full: list[NameToken], places: list[int]) -> int | None:
    """Return the place of the word most like a surname, None if several are alike."""
    likeness = {i: surname_likeness(full[i].words[0]) for i in places}
    most = max(likeness.values())
    likest = [i for i in places if likeness[i] == most]
    return likest[0] if len(likest) == 1 else None


def _around_comma(full: list[NameToken], comma: int) -> _Places:
    """Read "Surname, Given Second"; exchanged if only the word before the comma is a given name."""
    before, after = list(range(comma)), list(range(comma, len(full)))
    first_given, last_given = full[before[0]], full[after[0]]
    if first_given.is_given and not last_given.is_given and last_given.looks_surname:
        before, after = after, before
    second = after[1] if len(after) > 1 and full[after[1]].is_given else None
    return before[0], after[0], second


def _chain(full: list[NameToken]) -> _Places:
    """Read an Arabic chain: own name, father's name, (grandfather's,) family's name.

    The family's name stands first where it alone has the article, or where it alone is no given name. A kunya in front
    of other names is none of them.
    """
    places = [i for i, token in enumerate(full) if not token.words[0].kunya]
    if not places:
        return len(full) - 1, None, None
    if places[0] == 0 and full[-1].words[0].kunya and (len(places) > 1 or full[0].is_given):
        places.append(len(full) - 1)  # "Nidal Abu Odeh": the last kunya is the family's
    if len(places) == 1:
        only = places[0]
        return (None, only, None) if full[only].is_given and not full[only].article else (only, None, None)
    first, last = full[places[0]], full[places[-1]]
    if (first.article and not last.article) or (not first.is_given and last.is_given and not last.article):
        places = [*places[1:], places[0]]
    return places[-1], places[0], (places[1] if len(places) > 2 else None)


def _by_tables(full: list[NameToken]) -> _Places:
    """Find the given name in the tables and the surname by its ending; then by the usual order of the script."""
    givens = [i for i, t in enumerate(full) if t.is_given]
    last = len(full) - 1
    if not givens:
        return _by_endings(full)
    if len(givens) == len(full):
        if full[0].words[0].given[0].family == "arabic":
            return _chain(full)
        second = 1 if last >= 2 else None
        return last, 0, second
    if 0 in givens:
        run = 0
        while run + 1 in givens:
            run += 1
        second = 1 if run >= 1 else None
        family = full[0].words[0].given[0].family
        if family == "arabic" and last >= 2:
            return _chain(full)
        if family == "spanish" or full[last].is_given:
            return run + 1, 0, second
        shown = [i for i in range(run + 1, last + 1) if full[i].shows_surname]
        return (shown[0] if shown else last), 0, second
    return _surname_first(full, givens[0])


def _surname_first(full: list[NameToken], given: int) -> _Places:
    second = given + 1 if given + 1 < len(full) and full[given + 1].is_given else None
    shown = [i for i, t in enumerate(full) if i not in {given, second} and t.shows_surname]
    return (shown[0] if shown else 0), given, second


def _by_endings(full: list[NameToken]) -> _Places:
    last = len(full) - 1
    surname = _likest(full, list(range(len(full))))
    if surname is not None:
        return surname, (surname + 1 if surname == 0 else 0), None
    if full[0].words[0].script == "cyrillic":
        return 0, 1, None
    return last, 0, None


def parts_of_columns(surname: Tokens, given: Tokens, patronymic: Tokens) -> Parts:
    """Put a name together from columns, and exchange what stands in the wrong one."""
    rules = (*surname.rules, *given.rules, *patronymic.rules)
    if len(surname.full) > 1 and not given.full and not given.initials and not patronymic.full:
        return parts_of_name(surname)
    if len(given.full) > 1 and not surname.full and not patronymic.full:
        return parts_of_name(given)
    family, own, father = list(surname.full), list(given.full), list(patronymic.full)
    if family and own and family[0].is_given and not own[0].is_given and not family[0].shows_surname:
        family, own = own, family
        rules = (*rules, "swapped")
    elif own and father and own[0].words[0].patronymic is not None and father[0].is_given:
        own, father = father, own
        rules = (*rules, "swapped")
    if own and not father and _sex_of_patronymic(own[0]) and (given.initials or not _is_son(own[0])):
        own, father = own[1:], own[:1]  # "A. Olegovna" in the column of given names
    if len(own) > 1 and not father:
        second = next((i for i, t in enumerate(own[1:], 1) if t.words[0].patronymic or t.forced_patronymic), None)
        second = 1 if second is None and own[1].is_given else second
        if second is not None:
            father = [own.pop(second)]
    return Parts(
        surname=family[0] if family else None,
        given=own[0] if own else None,
        patronymic=father[0] if father else None,
        initials=(*given.initials, *patronymic.initials, *(surname.initials if not own else ())),
        rest=(*family[1:], *own[1:], *father[1:], *surname.rest, *given.rest, *patronymic.rest),
        second_surname=family[1] if len(family) > 1 else None,
        arabic=surname.arabic or given.arabic,
        origin=surname.origin or given.origin,
        rules=rules,
    )
