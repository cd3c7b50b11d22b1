"""Lists that were made from one another: rows that agree as only copies do.

Two hands that record the same person in the same script may well write the same name and the same dates, so equal rows
alone prove nothing. Copies are told by what independent hands do not share:

- order: equal rows stand next to each other in both lists, more than if both had left people out of one order, and one
  of the lists at least is sorted by nothing;
- known: the lists learned of the events on the same days, and not on the days of the events;
- words: long texts of a kind or a note, each once on either list, are equal to the letter;
- slips: what was typed oddly (double spaces, digits in a name, two alphabets in a word) is equally odd in both;
- gaps: where one list leaves a date or a place empty or gives a part of a date only, so does the other.

A copy of clean rows in another order, without any such column, cannot be told from good work and is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.project.model import ListSpec
from uncounted.records.records import Doubt
from uncounted.records.repair import repair_lookalikes
from uncounted.sources.source import Source

LEAST_ROWS = 30  # equal rows, or rows of the same name, below which nothing is said
LEAST_SHARE = 0.3  # of the shorter list's rows that are equal to rows of the other
ORDER_ROWS = 50
ORDER_EXCESS = 0.5  # how far from chance to certainty equal rows are followed by equal rows
SORTED_SHARE = 0.8  # of neighbouring rows in the order of a column, from which on a list counts as sorted by it
KNOWN_SHARE = 0.5  # of the equal rows learned of on another day than that of the event
KNOWN_ROWS = 20
WORDS_SHARE = 0.3  # of rows of the same name that have a long text in both lists
WORDS_ROWS = 10
LONG_TEXT = 30  # characters
SLIPS_SHARE = 0.8  # of rows of the same name of which one is odd
SLIPS_ROWS = 5
GAPS_SHARE = 0.8  # of rows of the same name of which one at least has a gap
GAPS_ROWS = 15
_NAMES = ("name", "surname", "given", "patronymic")
_DATES = ("birth", "event")
_ODD = re.compile(r"\S\s{2,}\S|\d|[^\W\d_][.,;:]{2,}|\s[.,;]|[?!*#_]")
_SEPARATOR = "\x1f"

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Texts:
    """A list's columns as delivered, trimmed, in order of lines: mapped ones by field, the others (notes) by header."""

    name: str
    n_rows: int
    fields: dict[str, Any]
    notes: dict[str, Any]
    built_from: tuple[str, ...]
    single: dict[tuple[str, ...], tuple[Any, Places]] = field(default_factory=dict)


def copied_lists(sources: Sequence[Source], specs: Sequence[ListSpec]) -> tuple[Doubt, ...]:
    """Say which lists look as if one was built from the other, or both from a third.

    Parameters
    ----------
    sources : sequence of Source
        The lists as delivered.
    specs : sequence of ListSpec
        Their declarations, in the same order. Pairs declared by `built_from` are passed over.

    Returns
    -------
    tuple of Doubt
        One for each pair of lists of which at least `LEAST_SHARE` of the shorter one's rows (and `LEAST_ROWS`) are
        equal to the letter in name, dates and every other column both map, and which share one of the marks above.
    """
    texts = [_texts(source, spec) for source, spec in zip(sources, specs, strict=True)]
    found = []
    for one, other in combinations(texts, 2):
        if one.name in other.built_from or other.name in one.built_from:
            continue
        short, long = sorted((one, other), key=lambda t: t.n_rows)
        if (doubt := _compare(short, long)) is not None:
            found.append(doubt)
    return tuple(found)


def _texts(source: Source, spec: ListSpec) -> _Texts:
    table = source.table.sort_by("__line") if source.table.num_rows else source.table
    mapped = {header for _, header in spec.columns}

    def column(header: str) -> Any:
        return pc.utf8_trim_whitespace(pc.fill_null(table.column(header).cast(pa.string()), "")).combine_chunks()

    return _Texts(
        name=spec.name,
        n_rows=table.num_rows,
        fields={field: column(header) for field, header in spec.columns},
        notes={header: column(header) for header in source.columns if header not in mapped},
        built_from=spec.built_from,
    )


def _compare(short: _Texts, long: _Texts) -> Doubt | None:
    shared = [f for f in (*_NAMES, *_DATES, "place") if f in short.fields and f in long.fields]
    names = [f for f in shared if f in _NAMES]
    if not names or not any(f in _DATES for f in shared) or short.n_rows < LEAST_ROWS:
        return None
    rows = _same_rows(short, long, shared)
    n_equal = rows.shape[1]
    marks = []
    if n_equal >= max(LEAST_ROWS, LEAST_SHARE * short.n_rows):
        marks += _marks_of_equal_rows(short, long, shared, rows)
        of_one_name = _same_rows(short, long, names)
        marks += _long_texts(short, long, of_one_name)
        marks += _slips(short, long, names, shared)
        marks += _gaps(short, long, [f for f in shared if f not in names], of_one_name)
    if not marks:
        return None
    share = n_equal / short.n_rows
    return Doubt(
        list=short.name,
        column="",
        name="copied",
        words=f"List '{short.name}': {n_equal:,} of its {short.n_rows:,} rows ({share:.0%}) equal rows of list "
        f"'{long.name}' to the letter in {', '.join(shared)}; {'; '.join(marks)}. Independent hands do not agree "
        f"like that: one list may be built from the other, or both from a third. If so, say it: built_from = "
        f"[\"{long.name}\"] under [[list]] '{short.name}' (or the other way round); lists that depend on each other "
        "pull the estimate down.",
    )


def _marks_of_equal_rows(short: _Texts, long: _Texts, shared: list[str], rows: NDArray[np.int64]) -> list[str]:
    """Return the marks that show among rows equal in all shared columns, `rows` of shape (2, n)."""
    marks = []
    n = rows.shape[1]
    follows = [_followed(rows, n_rows, swap=swap) for swap, n_rows in ((False, short.n_rows), (True, long.n_rows))]
    if n >= ORDER_ROWS and any(follows) and not (_is_sorted(short, shared) and _is_sorted(long, shared)):
        marks.append("they stand in the same order, next to each other")
    if {"known", "event"} <= short.fields.keys() & long.fields.keys():
        later = _known_alike(short, long, rows)
        if later >= max(KNOWN_ROWS, KNOWN_SHARE * n):
            marks.append(f"both learned of {later:,} of them on the same days, other than those of the events")
    return marks


def _followed(rows: NDArray[np.int64], n_rows: int, *, swap: bool) -> bool:
    """Whether an equal row of one list is followed by the next equal row more often than its share of the list says.

    Two lists that leave people out of one order by chance have a share of n / n_rows of such neighbours.
    """
    own, other = (rows[1], rows[0]) if swap else (rows[0], rows[1])
    n = len(own)
    chance = n / n_rows
    in_order = own[np.argsort(other, kind="stable")]
    neighbours = float(np.mean(np.diff(in_order) == 1)) if n > 1 else 0.0
    return chance <= 1 - 1 / ORDER_ROWS and neighbours >= chance + ORDER_EXCESS * (1 - chance)


def _known_alike(short: _Texts, long: _Texts, rows: NDArray[np.int64]) -> int:
    """Return how many equal rows have the same day of learning, which is not that of the event."""
    one, event = (pc.take(short.fields[f], pa.array(rows[0])).to_pylist() for f in ("known", "event"))
    other = pc.take(long.fields["known"], pa.array(rows[1])).to_pylist()
    return sum(
        k == o and bool(_date_order(k)) and _date_order(k) != _date_order(e)
        for k, o, e in zip(one, other, event, strict=True)
    )


def _gaps(short: _Texts, long: _Texts, fields: list[str], rows: NDArray[np.int64]) -> list[str]:
    """Compare where dates and places are empty or partial, between rows of one name."""
    both = either = 0
    for column in fields:
        one, other = (
            np.array([_is_gap(value, column) for value in pc.take(texts.fields[column], pa.array(r)).to_pylist()], bool)
            for texts, r in ((short, rows[0]), (long, rows[1]))
        )
        if one.size and min(one.mean(), other.mean()) <= 0.5:  # a column that mostly lacks its values shows nothing
            both += int((one & other).sum())
            either += int((one | other).sum())
    if either >= GAPS_ROWS and both >= GAPS_SHARE * either:
        return [f"{both:,} of {either:,} gaps in dates and places are the same"]
    return []


def _is_gap(text: str, field: str) -> bool:
    """Whether a cell is empty, or a date without a day."""
    return not text or (field in _DATES and len(re.findall(r"\d+|[^\W\d_]{3,}", text)) < 3)


def _same_rows(short: _Texts, long: _Texts, fields: list[str]) -> NDArray[np.int64]:
    """Return the rows that agree in all `fields`, each of them the only one of its list: shape (2, n)."""
    (left, left_row), (right, right_row) = _single(short, tuple(fields)), _single(long, tuple(fields))
    found = pc.index_in(left, value_set=right)
    at = np.asarray(pc.fill_null(found, -1), dtype=np.int64)
    return np.stack([left_row[at >= 0], right_row[at[at >= 0]]])


def _joined(texts: _Texts, fields: list[str]) -> Any:
    """Return the fields of each row as one text; rows without a name hold their position and so equal none."""
    columns = [texts.fields[f] for f in fields]
    joined = pc.binary_join_element_wise(*columns, _SEPARATOR)
    named = pc.not_equal(pc.binary_join_element_wise(*(texts.fields[f] for f in fields if f in _NAMES), ""), "")
    return pc.if_else(named, joined, "")


def _single(texts: _Texts, fields: tuple[str, ...]) -> tuple[Any, Places]:
    """Return the texts that stand once, and their rows; kept, since a list is compared with several others."""
    if fields in texts.single:
        return texts.single[fields]
    joined = _joined(texts, list(fields))
    encoded = pc.dictionary_encode(joined)
    index = np.asarray(encoded.indices, dtype=np.int64)
    counts = np.bincount(index, minlength=len(encoded.dictionary))
    empty = np.asarray(pc.equal(encoded.dictionary, "").to_numpy(zero_copy_only=False), dtype=bool)
    counts[empty] = 0
    rows = np.flatnonzero(counts[index] == 1).astype(np.int64)
    texts.single[fields] = joined.take(pa.array(rows)), rows
    return texts.single[fields]


def _is_sorted(texts: _Texts, shared: list[str]) -> bool:
    """Whether the list is mostly in the order of a column, as written or by year, month and day."""
    return any(_in_order(texts.fields[f].to_pylist(), dates=f in {*_DATES, "known"}) for f in shared)


def _in_order(values: list[str], *, dates: bool) -> bool:
    keys = [_date_order(v) for v in values] if dates else [v.casefold() for v in values]
    if len(set(keys)) < 0.1 * len(keys):
        return False
    pairs = [(a, b) for a, b in pairwise(keys) if a and b]
    rising = sum(a <= b for a, b in pairs)
    falling = sum(a >= b for a, b in pairs)
    return max(rising, falling) >= SORTED_SHARE * max(len(pairs), 1)


def _date_order(text: str) -> str:
    """Return a date text with its longest number first: good enough to see whether a list is sorted by it."""
    numbers = re.findall(r"\d+", text)
    if not numbers:
        return ""
    return "".join(n.zfill(4) for n in (numbers if len(numbers[0]) == 4 else numbers[::-1]))


def _long_texts(short: _Texts, long: _Texts, rows: NDArray[np.int64]) -> list[str]:
    """Compare kinds, and columns of one header that no field is mapped to, between rows of one name."""
    left = {f: c for f, c in short.fields.items() if f == "kind"} | short.notes
    right = {f: c for f, c in long.fields.items() if f == "kind"} | long.notes
    for header in left:
        if header not in right:
            continue
        one, other = (
            pc.take(c, pa.array(r)).to_pylist() for c, r in ((left[header], rows[0]), (right[header], rows[1]))
        )
        own = [set(_only_once(values)) for values in (one, other)]
        both = [(a, b) for a, b in zip(one, other, strict=True) if a in own[0] and b in own[1]]
        equal = sum(a == b for a, b in both)
        if equal >= max(WORDS_ROWS, WORDS_SHARE * len(both)):
            return [f"{equal:,} long texts under '{header}' are equal"]
    return []


def _only_once(values: list[str]) -> list[str]:
    counts: dict[str, int] = {}
    for value in values:
        if len(value) >= LONG_TEXT:
            counts[value] = counts.get(value, 0) + 1
    return [value for value, n in counts.items() if n == 1]


def _slips(short: _Texts, long: _Texts, names: list[str], shared: list[str]) -> list[str]:
    """Compare oddities of typing in names, between rows with the same dates and the same letters in the name."""
    dates = [f for f in shared if f in _DATES]
    letters = [_by_letters(texts, names, dates) for texts in (short, long)]
    common = letters[0].keys() & letters[1].keys()
    odd = equal = 0
    for key in common:
        one, other = letters[0][key], letters[1][key]
        if one is None or other is None:
            continue
        if _is_odd(one) or _is_odd(other):
            odd += 1
            equal += one == other
    if equal >= max(SLIPS_ROWS, SLIPS_SHARE * odd):
        return [f"{equal:,} of {odd:,} names that are typed oddly are typed equally oddly"]
    return []


def _by_letters(texts: _Texts, names: list[str], dates: list[str]) -> dict[tuple[str, str], str | None]:
    """Return name as typed by (its letters, dates); None where several rows have the same."""
    name = pc.binary_join_element_wise(*(texts.fields[f] for f in names), _SEPARATOR).to_pylist()
    when = pc.binary_join_element_wise(*(texts.fields[f] for f in dates), _SEPARATOR).to_pylist()
    found: dict[tuple[str, str], str | None] = {}
    for text, day in zip(name, when, strict=True):
        key = ("".join(c for c in text if c.isalpha()).casefold(), day)
        if key[0]:
            found[key] = None if key in found else text
    return found


def _is_odd(name: str) -> bool:
    return bool(_ODD.search(name.replace(_SEPARATOR, " "))) or any(
        repair_lookalikes(word)[1] for word in name.replace(_SEPARATOR, " ").split() if not word.isascii()
    )
