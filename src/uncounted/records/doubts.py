"""What makes a list doubtful as a whole: a column mapped to the wrong field, one name on every other row, no names.

Nothing of it is an error, all of it can move the number. Shares and counts are said, never a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from uncounted.project.model import ListSpec
from uncounted.records.column_work import UNREADABLE_DATES, Distinct, Tally
from uncounted.records.records import Doubt

Content = Literal["empty", "date", "number", "code", "words"]

LEAST_CELLS = 10  # filled cells below which shares say nothing
LOOKED_AT = 1000  # distinct values of a column that are classed
WRONG_SHARE = 0.2  # of filled cells that are something else than the field
MOSTLY = 0.5
ONE_NAME_SHARE, ONE_NAME_ROWS = 0.1, 20
FEW_NAMES_ROWS = 40  # rows with a name, from which on a tenth of them must be different
ONE_BIRTH_SHARE, ONE_BIRTH_ROWS = 0.02, 10
ONE_EVENT_SHARE, ONE_EVENT_ROWS = 0.3, 20
IDS_SHARE = 0.9  # of cells that differ, from which on codes in a column of places look like ids

_NAME_FIELDS = ("name", "surname", "given", "patronymic")
_DATE = re.compile(r"\D?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[ t]\d{1,2}:\d{2}.*)?\D{0,6}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_FOLLOWS = {"no-names": "wrong-content", "dates-unreadable": "wrong-content", "sex-unreadable": "wrong-content"}
_CONTENT_WORDS = {"date": "dates", "number": "numbers", "code": "codes of letters and digits", "words": "words"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One list as it was cleaned.

    `columns` are the distinct values of the mapped columns, `tally` what was changed, `n_keyed` how many rows have a
    name that can be compared, `names` the distinct whole names; `births_in_period` how many of `n_births` lie in it.
    """

    spec: ListSpec
    n_rows: int
    columns: dict[str, Distinct]
    tally: Tally
    n_keyed: int
    most_frequent_name: int
    n_names: int
    births: tuple[int, int]
    days: dict[str, tuple[NDArray[Any], NDArray[Any]]]
    has_gazetteer: bool


def doubts_of(found: Evidence) -> tuple[Doubt, ...]:
    """Return what is doubtful about a list, in order of what it is about: headers, names, dates, places, the rest."""
    made: list[Doubt] = []
    for checks in (_headers, _contents, _names, _dates, _places, _rest):
        made += [
            Doubt(list=found.spec.name, column=column, name=name, words=_sentence(found.spec.name, column, words))
            for column, name, words in checks(found)
            # What follows from a wrong column is not said beside it.
            if name not in _FOLLOWS or (column, _FOLLOWS[name]) not in {(d.column, d.name) for d in made}
        ]
    return tuple(made)


_Found = Iterator[tuple[str, str, str]]  # column, name of the doubt, words


def _sentence(list_name: str, column: str, words: str) -> str:
    return f"List '{list_name}'" + (f", column '{column}'" if column else "") + f": {words}"


def _of(n: int, total: int) -> str:
    return f"{n:,} of {total:,}"


# -- what columns hold ----------------------------------------------------------------------------------------------
def content_of(text: str) -> Content:
    """Return what a cell looks like, at a glance."""
    text = text.strip()
    if not text:
        return "empty"
    if not _DIGIT.search(text):
        return "words"
    if _DATE.fullmatch(text):
        return "date"
    if not _LETTER.search(text):
        return "number"
    signs = [c for c in text if c.isalnum()]
    return "code" if 4 * sum(c.isdigit() for c in signs) >= len(signs) and " " not in text else "words"


def _shares(column: Distinct) -> tuple[Counter[str], int]:
    """Return rows by content, of the looked-at values, and how many of these are filled."""
    step = max(1, -(-len(column.values) // LOOKED_AT))
    counts: Counter[str] = Counter()
    for value, n in zip(column.values[::step], column.n_each[::step].tolist(), strict=True):
        counts[content_of(value)] += n
    return counts, sum(counts.values()) - counts["empty"]


def _contents(found: Evidence) -> _Found:
    for field, header in found.spec.columns:
        counts, filled = _shares(found.columns[field])
        if filled < LEAST_CELLS:
            continue
        wrong: tuple[str, ...]
        if field in _NAME_FIELDS:
            wrong, meant = ("date", "number", "code"), "a name"
        elif field == "place":
            wrong, meant = ("date",), "a place"
        elif field in {"sex", "kind"}:
            wrong, meant = ("date",), f"a {field}"
        elif field in {"birth", "event", "known"}:
            wrong, meant = ("words", "code"), "a date"
        else:
            continue
        n, most = sum(counts[kind] for kind in wrong), max(wrong, key=lambda kind: counts[kind])
        if field in {"birth", "event", "known"}:
            n = min(n, found.tally.count(header, *UNREADABLE_DATES))
        if n > WRONG_SHARE * filled:
            yield (
                header,
                "wrong-content",
                f"about {n / filled:.0%} of its cells hold {_CONTENT_WORDS[most]}, and it is mapped to {field}. Is "
                f"another column meant? Nothing there can be read as {meant}.",
            )


def _headers(found: Evidence) -> _Found:
    by_header: dict[str, list[str]] = {}
    for field, header in found.spec.columns:
        by_header.setdefault(header, []).append(field)
    for header, fields in by_header.items():
        if len(fields) > 1:
            yield (
                header,
                "mapped-twice",
                f"it is mapped to {' and to '.join(fields)}. One of them is likely meant to be another column; what "
                "one cell says would count twice when records are compared.",
            )


# -- names ------------------------------------------------------------------------------------------------------------
def _names(found: Evidence) -> _Found:
    headers = dict(found.spec.columns)
    mapped = [headers[field] for field in _NAME_FIELDS if field in headers]
    if not mapped:
        yield (
            "",
            "no-names",
            "no column holds names. Its records can be found on other lists by two dates and a place only; those that "
            "are not found look like people on no other list, which raises the estimate.",
        )
        return
    header = " + ".join(dict.fromkeys(mapped))
    nameless = found.n_rows - found.n_keyed
    if found.n_rows >= LEAST_CELLS and nameless > WRONG_SHARE * found.n_rows:
        yield (
            header,
            "no-names",
            f"{_of(nameless, found.n_rows)} rows hold no name that can be compared (empty, codes, 'unknown'). Those "
            "who are on other lists too are hardly found there, which raises the estimate; look at the mapping.",
        )
    n = found.most_frequent_name
    if n >= ONE_NAME_ROWS and n > ONE_NAME_SHARE * found.n_keyed:
        yield (
            header,
            "one-name",
            f"one and the same name stands on {_of(n, found.n_rows)} rows. If it stands for a name that is not known, "
            "empty these cells; such rows are linked by nothing else than their dates and places.",
        )
    distinct = found.n_names
    if found.n_keyed >= FEW_NAMES_ROWS and 1 < distinct < found.n_keyed / 10:
        yield (
            header,
            "few-names",
            f"only {distinct:,} different names stand on {found.n_keyed:,} rows. Names of people do not repeat like "
            "that; is a column of places or offices meant?",
        )
    swapped = found.tally.count(header, "swapped")
    if swapped >= LEAST_CELLS and swapped > MOSTLY * found.n_rows:
        yield (
            header,
            "names-exchanged",
            f"in {_of(swapped, found.n_rows)} rows given name and surname stand in each other's column: exchange the "
            "two in the mapping.",
        )


# -- dates ------------------------------------------------------------------------------------------------------------
def _dates(found: Evidence) -> _Found:
    headers = dict(found.spec.columns)
    for field in ("birth", "event", "known"):
        if field in headers:
            yield from _one_date_column(found, field, headers[field])
    if "birth" in headers:
        yield from _births(found, headers["birth"])
    if "event" in headers:
        dated = int((~np.isnat(found.days["event"][0])).sum())
        outside = found.tally.count(headers["event"], "event-outside-period")
        if dated >= LEAST_CELLS and outside > MOSTLY * dated:
            yield (
                headers["event"],
                "events-outside-period",
                f"{_of(outside, dated)} dates lie outside the project's period. Is it another date (of birth, of "
                "entry), or is the period wrong? People outside it are not counted.",
            )
    if {"event", "known"} <= headers.keys():
        both = int((~np.isnat(found.days["event"][0]) & ~np.isnat(found.days["known"][0])).sum())
        early = found.tally.count(headers["known"], "event-after-known")
        if early >= LEAST_CELLS and early > WRONG_SHARE * (both + early):
            yield (
                headers["known"],
                "known-before-event",
                f"in {_of(early, both + early)} rows the list learned of it before it happened: are the columns of "
                "event and known exchanged?",
            )


def _one_date_column(found: Evidence, field: str, header: str) -> _Found:
    filled = int(found.columns[field].n_filled)
    unread = found.tally.count(header, *UNREADABLE_DATES)
    if filled >= LEAST_CELLS and unread > WRONG_SHARE * filled:
        yield (
            header,
            "dates-unreadable",
            f"{_of(unread, filled)} cells could not be read as dates and count as missing; look at the mapping and at "
            "date_formats.",
        )
    unclear = found.tally.count(header, "date-day-or-month")
    if filled >= LEAST_CELLS and unclear > WRONG_SHARE * filled:
        yield (
            header,
            "day-or-month",
            f"{_of(unclear, filled)} dates fit two of the declared formats, with day and month exchanged, and are kept "
            "as a range; declare only the one that is meant.",
        )
    fillers = found.tally.count(header, "date-filler")
    if fillers:
        yield (
            header,
            "filler-dates",
            f"{_of(fillers, filled)} dates are what programs write for 'none', such as 1900-01-01, and are missing.",
        )
    yield from _one_day(found, field, header)


def _one_day(found: Evidence, field: str, header: str) -> _Found:
    """Find a single day on more rows than can be; 1 January of a birth is read as its year and does not count."""
    if field == "known":
        return
    start, end = found.days[field]
    exact = start[~np.isnat(start) & (start == end)]
    if exact.size == 0:
        return
    most = int(np.unique(exact, return_counts=True)[1].max())
    share, rows = (ONE_BIRTH_SHARE, ONE_BIRTH_ROWS) if field == "birth" else (ONE_EVENT_SHARE, ONE_EVENT_ROWS)
    if most >= rows and most > share * exact.size:
        yield (
            header,
            "one-date",
            f"one and the same day stands on {_of(most, int(exact.size))} rows. If it stands for a day not known "
            "(a date of entry, a default), empty these cells: people who share it look alike without being so.",
        )


def _births(found: Evidence, header: str) -> _Found:
    inside, n = found.births
    future = found.tally.count(header, "birth-in-future")
    if n >= LEAST_CELLS and future > WRONG_SHARE * n:
        yield (
            header,
            "births-in-future",
            f"{_of(future, n)} births lie after the event, or after the period, and count as missing: is it the column "
            "of another date?",
        )
    elif n >= LEAST_CELLS and inside > MOSTLY * n:
        yield (
            header,
            "births-in-period",
            f"{_of(inside, n)} births lie within the project's period: is it the column of the event, or of another "
            "date?",
        )


# -- places and the rest ----------------------------------------------------------------------------------------------
def _places(found: Evidence) -> _Found:
    headers = dict(found.spec.columns)
    if "place" not in headers:
        return
    header, column = headers["place"], found.columns["place"]
    filled = column.n_filled
    if filled < LEAST_CELLS:
        return
    counts, looked = _shares(column)
    coded = counts["number"] + counts["code"]
    if coded > MOSTLY * looked and len(column.values) >= IDS_SHARE * filled:
        yield (
            header,
            "ids-as-places",
            f"about {coded / looked:.0%} of its cells are numbers or codes, and nearly every row has its own: they "
            "look like ids, not places.",
        )
    elif found.tally.count(header, "place-no-key") > MOSTLY * filled:
        n = found.tally.count(header, "place-no-key")
        yield header, "places-without-names", f"{_of(n, filled)} cells hold no name of a place; look at the mapping."
    unknown = 0 if coded > MOSTLY * looked else found.tally.count(header, "place-unknown")
    if found.has_gazetteer and unknown > WRONG_SHARE * filled:
        yield (
            header,
            "places-unknown",
            f"{_of(unknown, filled)} places are not in the gazetteer and are compared by their spelling; add the "
            "commonest spellings to it.",
        )
    unclear = found.tally.count(header, "place-ambiguous")
    if found.has_gazetteer and unclear > WRONG_SHARE * filled:
        yield (
            header,
            "places-ambiguous",
            f"{_of(unclear, filled)} places are names of several places of the gazetteer, and the cell does not say in "
            "which larger place they lie.",
        )


def _rest(found: Evidence) -> _Found:
    headers = dict(found.spec.columns)
    if "id" in headers:
        repeated = found.tally.count(headers["id"], "id-repeated")
        if found.n_rows >= LEAST_CELLS and repeated > WRONG_SHARE * found.n_rows:
            yield (
                headers["id"],
                "ids-repeat",
                f"{_of(repeated, found.n_rows)} rows share their id with another row, so it is no id of the record; "
                "line numbers are used for them, and decisions about them do not survive a new delivery.",
            )
    if "sex" in headers:
        filled, n = found.columns["sex"].n_filled, found.tally.count(headers["sex"], "sex-unreadable")
        if filled >= LEAST_CELLS and n > WRONG_SHARE * filled:
            yield (
                headers["sex"],
                "sex-unreadable",
                f"{_of(n, filled)} cells are not known as a sex; look at the mapping.",
            )
    if "kind" in headers:
        column = found.columns["kind"]
        if column.n_filled >= 5 * LEAST_CELLS and len(column.values) > MOSTLY * column.n_filled:
            yield (
                headers["kind"],
                "kinds-differ",
                "nearly every row has a kind of its own, so it is a text and not a kind; nothing can be split by it.",
            )
