"""Capture tables from what people really have: a CSV of counts, one row a person, or a data frame.

Only the standard library and numpy: somebody with a table of counts needs nothing else.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.errors import CaptureError, did_you_mean, nearest

# Headers that say "this column counts people with this pattern"; anything else 0/1 is a list.
COUNT_HEADERS = ("count", "counts", "n", "n_people", "freq", "frequency", "people", "number")
PATTERN_HEADERS = ("pattern", "history", "profile", "capture_history", "capture_pattern")
STRATUM_HEADERS = ("stratum", "strata")


def read_counts(path: str | Path, *, unit: str = "person") -> CaptureTable:
    """Read a table of counts from a CSV file.

    Three shapes are read, told apart by the header:

    - one 0/1 column a list and a column ``count``;
    - a column ``pattern`` ("101") and a column ``count``; lists are called A, B, C, … ;
    - one 0/1 column a list and no count: one row a person.

    A column ``stratum`` splits the table. Other columns are refused by name, not ignored.

    Raises
    ------
    CaptureError
        If the file is missing, empty, not UTF-8, ragged, or holds other values; lines are named, values are not.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        near = nearest(file.name, [p.name for p in file.parent.iterdir()]) if file.parent.is_dir() else None
        raise CaptureError(
            f"there is no file '{file.name}'." + (f" Did you mean '{near}'?" if near else ""),
            do="Check the folder and the spelling; `uncounted published` lists tables that come with the program.",
            code="C21",
        ) from None
    except OSError as error:
        raise CaptureError(f"'{file.name}' cannot be read: {error.strerror}.", code="C21") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CaptureError(
            "the file is not UTF-8.", where=f"{file.name}, line {line}", do="Save it as CSV UTF-8.", code="C22"
        ) from None
    try:
        dialect = csv.Sniffer().sniff(text.split("\n", 1)[0], delimiters=",;\t|")
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, [cell.strip() for cell in row]))
    except csv.Error as error:
        raise CaptureError(
            f"not a readable CSV: {error}.", where=f"{file.name}, line {reader.line_num}", code="C22"
        ) from None
    if not rows:
        raise CaptureError(
            "the file is empty.", where=file.name, do="Give a header line and one line a pattern.", code="C23"
        )
    header = rows[0][1]
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise CaptureError(
                f"{len(header)} columns expected, as in the header; found {len(row)}.",
                where=f"{file.name}, line {line}",
                code="C23",
            )
    columns = {name: [row[i] for _, row in rows[1:]] for i, name in enumerate(header)}
    if len(columns) != len(header):
        raise CaptureError("two columns have the same name.", where=f"{file.name}, line 1", code="C23")
    lines = [line for line, _ in rows[1:]]
    places = [f"line {n}" for n in lines]
    return _from_columns(_Columns(values=columns, places=places, where=file.name, is_file=True), unit=unit)


def capture_table(
    data: Any,
    *,
    lists: Sequence[str] | None = None,
    count: str | None = None,
    stratum: str | None = None,
    unit: str = "person",
) -> CaptureTable:
    """Make a `CaptureTable` from a data frame, a mapping of columns, a mapping of patterns, or a file of counts.

    Parameters
    ----------
    data : CaptureTable, mapping, path, or data frame
        A mapping of pattern → count is ``{"10": 3, …}``; its lists are called A, B, C, … unless `lists` names them.
        A frame is anything narwhals reads (pandas, polars, Arrow, …) or a mapping of column name → values.
    lists : sequence of str, optional
        Columns that are lists; by default every column that is not the count or stratum.
    count, stratum : str, optional
        Names of those columns; by default found by their usual names. Without a count each row is one person.

    Raises
    ------
    CaptureError
        If columns are missing or hold other values than 0 and 1 (lists) or whole numbers (count).
    """
    if isinstance(data, CaptureTable):
        return data
    if isinstance(data, str | Path):
        return read_counts(data, unit=unit)
    if isinstance(data, Mapping) and data and all(set(str(k)) <= {"0", "1"} for k in data):
        if lists is None:
            lists = _letters(len(str(next(iter(data)))))
        return CaptureTable.from_patterns(data, lists=lists, unit=unit)
    columns = _columns_of(data)
    n_rows = len(next(iter(columns.values()), []))
    places = [f"row {i + 1}" for i in range(n_rows)]
    found = _Columns(values=columns, places=places, where="data frame", is_file=False)
    return _from_columns(found, lists=lists, count=count, stratum=stratum, unit=unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    values: Mapping[str, Sequence[Any]]
    places: Sequence[str]
    where: str
    is_file: bool


def _columns_of(data: Any) -> dict[str, list[Any]]:
    if isinstance(data, Mapping):
        single = [str(k) for k, v in data.items() if isinstance(v, str) or not isinstance(v, Iterable)]
        if single:
            raise CaptureError(
                f"'{single[0]}' holds a single value, so it is no column.",
                do="A mapping of counts has patterns of 0 and 1 alone as keys; a mapping of columns has sequences.",
                code="C24",
            )
        columns = {str(k): list(v) for k, v in data.items()}
    else:
        import narwhals as nw  # knows pandas, polars, Arrow and others, and imports none of them

        try:
            frame = nw.from_native(data, eager_only=True)
        except TypeError:
            raise CaptureError(
                "a data frame, a mapping of columns, a mapping of patterns or a file name is needed; "
                f"found {type(data).__name__}.",
                code="C24",
            ) from None
        columns = {str(k): list(v) for k, v in frame.to_dict(as_series=False).items()}
    if len({len(v) for v in columns.values()}) > 1:
        raise CaptureError("the columns differ in length.", code="C24")
    return columns


def _from_columns(
    found: _Columns,
    *,
    lists: Sequence[str] | None = None,
    count: str | None = None,
    stratum: str | None = None,
    unit: str,
) -> CaptureTable:
    columns = found.values
    count = _named(found, count, COUNT_HEADERS)
    stratum = _named(found, stratum, STRATUM_HEADERS)
    pattern = None if lists is not None else _named(found, None, PATTERN_HEADERS)
    if pattern is not None:
        others = [c for c in columns if c not in (pattern, count, stratum)]
        if others:
            raise CaptureError(
                f"beside pattern and count there is no room for: {', '.join(others)}.", where=found.where, code="C25"
            )
        texts = [str(v).strip() for v in columns[pattern]]
        is_digits = [bool(t) and set(t) <= {"0", "1"} for t in texts]
        width = max((len(t) for t, good in zip(texts, is_digits, strict=True) if good), default=0)
        _refuse(
            found,
            [not good or len(t) != width for t, good in zip(texts, is_digits, strict=True)],
            f"the pattern must be {width} digits of 0 and 1, as many as the longest has; leading zeros count"
            if width
            else "the pattern must be one digit a list, 0 or 1",
            "Spreadsheets drop leading zeros: make the column of patterns one of text, and write each pattern in full.",
        )
        if count is not None:  # without a count each row is a person, and patterns stand many times
            labels = [str(v) for v in columns[stratum]] if stratum is not None else [""] * len(texts)
            keys = list(zip(texts, labels, strict=True))
            times = Counter(keys)
            _refuse(
                found,
                [times[key] > 1 for key in keys],
                "each pattern has one count" + (" in a stratum" if stratum is not None else ""),
                "These rows give a pattern twice: remove one, or add their counts up yourself.",
            )
        names = _letters(width)
        member = np.array([[c == "1" for c in t] for t in texts], dtype=np.int64).reshape(len(texts), width)
    else:
        names = tuple(lists) if lists is not None else tuple(c for c in columns if c not in (count, stratum))
        for name in names:
            if name not in columns:
                raise CaptureError(
                    f"no column '{name}'.{did_you_mean(name, columns)} Columns: {', '.join(columns)}.",
                    where=found.where,
                    code="C25",
                )
        member = (
            np.stack([_zero_one(found, name) for name in names], axis=1) if names else np.zeros((0, 0), dtype=np.int64)
        )
    if not names or not len(member):
        raise CaptureError(
            "no list columns or no rows found." if not names else "there is a header and no row under it.",
            where=found.where,
            do="Give one 0/1 column a list (and a column 'count'), or the columns 'pattern' and 'count'.",
            code="C23",
        )
    n = _counts(found, count) if count is not None else np.ones(len(member), dtype=np.int64)
    _refuse(
        found,
        ((member.sum(axis=1) == 0) & (n > 0)).tolist(),
        "people on no list are what is to be estimated; a row must have a 1 in at least one list",
    )
    labels = [str(v) for v in columns[stratum]] if stratum is not None else ["all"] * len(member)
    strata = tuple(dict.fromkeys(labels))
    code = member @ (1 << np.arange(len(names) - 1, -1, -1, dtype=np.int64))
    cells = np.zeros((len(strata), 2 ** len(names)), dtype=np.int64)
    np.add.at(cells, (np.array([strata.index(x) for x in labels]), code), n)
    return CaptureTable(lists=names, strata=strata, counts=cells[None, :, 1:], unit=unit)


def _named(found: _Columns, name: str | None, usual: Sequence[str]) -> str | None:
    if name is None:
        return next((c for c in found.values if c.strip().casefold() in usual), None)
    if name not in found.values:
        raise CaptureError(
            f"no column '{name}'.{did_you_mean(name, found.values)} Columns: {', '.join(found.values)}.",
            where=found.where,
            code="C25",
        )
    return name


def _zero_one(found: _Columns, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    meaning = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1, "no": 0, "yes": 1}
    read = [meaning.get(str(v).strip().casefold()) for v in found.values[name]]
    _refuse(
        found,
        [r is None for r in read],
        f"column '{name}' must hold 0 or 1 (on the list or not)",
        "If it is no list, remove the column from the file; if it counts people, call the column of counts 'count'."
        if found.is_file
        else "If it is no list, name the lists: `lists=[...]`; if it counts people, name it: `count=...`.",
    )
    return np.array(read, dtype=np.int64)


def _counts(found: _Columns, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    read: list[int | None] = []
    for value in found.values[name]:
        try:
            number = float(str(value).strip())
        except ValueError:
            read.append(None)
            continue
        whole = number.is_integer() and 0 <= number <= 2**53
        read.append(int(number) if whole else None)
    _refuse(
        found,
        [r is None for r in read],
        f"column '{name}' must hold whole numbers of people, 0 or more",
        "Write plain digits without thousands separators.",
    )
    return np.array(read, dtype=np.int64)


def _refuse(found: _Columns, bad: Sequence[bool], what: str, do: str = "") -> None:
    at = [place for place, is_bad in zip(found.places, bad, strict=True) if is_bad]
    if at:
        more = f" and {len(at) - 5} more" if len(at) > 5 else ""
        raise CaptureError(f"{what}; not so in {', '.join(at[:5])}{more}.", where=found.where, do=do, code="C26")


def _letters(n_lists: int) -> tuple[str, ...]:
    return tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i] if i < 26 else f"L{i + 1}" for i in range(n_lists))
