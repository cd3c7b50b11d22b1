"""A name taken apart: from one text, or from columns."""

from __future__ import annotations

from dataclasses import dataclass

from uncounted.records.name_order import places_of, signs_of
from uncounted.records.name_tokens import NameToken, Tokens


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
    """Take a whole name apart (`name_order`)."""
    full, initials = tokens.full, tokens.initials
    if not full:
        return Parts(
            initials=initials, rest=tokens.rest, rules=tokens.rules, arabic=tokens.arabic, origin=tokens.origin
        )
    at = places_of(tuple(map(signs_of, full)), len(initials), tokens.initials_at, tokens.comma, tokens.arabic)
    return Parts(
        surname=None if at.surname is None else full[at.surname],
        given=None if at.given is None else full[at.given],
        patronymic=None if at.patronymic is None else full[at.patronymic],
        initials=initials if at.initials else (),
        rest=(*[full[i] for i in at.rest], *tokens.rest) if at.rest else tokens.rest,
        second_surname=None if at.second_surname is None else full[at.second_surname],
        rules=tokens.rules,
        arabic=tokens.arabic,
        origin=tokens.origin,
    )


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
    if own and not father and (sex := signs_of(own[0]).patronymic) and (given.initials or sex != "m"):
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
