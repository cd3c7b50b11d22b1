"""Columns of any type → columns of strings, written as a person would write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Above 2**53 a float no longer holds every whole number, so it is written as the float it is.
_MOST_WHOLE = 2.0**53


def column_as_strings(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return an Arrow column as strings: dates ISO, whole floats without ".0", missing as "".

    A time stamp at midnight is a date; another one is ``2022-02-24T10:30:00``. Booleans are "true" and "false".

    Returns
    -------
    ChunkedArray of string, or None if the column holds lists, structures or bytes.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    convert = _converter(kind)
    if convert is None:
        return None
    strings = pc.fill_null(convert(column).cast(pa.string()), "")
    return strings if isinstance(strings, pa.ChunkedArray) else pa.chunked_array([strings])


def cell_as_string(value: Any) -> str:
    """Return one cell of a workbook as a string, by the same rules as `column_as_strings`."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= _MOST_WHOLE else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def cells_as_strings(values: list[Any]) -> pa.Array:
    """Return a column of a workbook as strings; a column of texts alone is taken as it is."""
    if all(type(v) is str for v in values):
        return pa.array(values, type=pa.string())
    return pa.array([cell_as_string(v) for v in values], type=pa.string())


def _converter(kind: pa.DataType) -> Callable[[pa.ChunkedArray], Any] | None:
    types = pa.types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return lambda column: column
    if types.is_integer(kind) or types.is_boolean(kind) or types.is_null(kind) or types.is_date32(kind):
        return lambda column: column.cast(pa.string())
    if types.is_floating(kind):
        return _floats
    if types.is_date64(kind):
        return lambda column: column.cast(pa.date32()).cast(pa.string())
    if types.is_timestamp(kind):
        return _timestamps
    if types.is_decimal(kind):
        return lambda column: pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    if types.is_time(kind):
        return lambda column: pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    if types.is_duration(kind):
        return lambda column: pa.array([None if v is None else _duration(v) for v in column.to_pylist()], pa.string())
    return None


def _floats(column: pa.ChunkedArray) -> pa.Array:
    values = column.cast(pa.float64())
    values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less_equal(pc.abs(values), _MOST_WHOLE))
    # Where a value is not whole, 0 stands in so that the cast to int64 is exact; that branch is not chosen there.
    as_int = pc.if_else(whole, values, 0.0).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, as_int, _shortest(values, column.type))


def _shortest(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return the shortest text that reads back as the same number, also for narrower floats."""
    narrow = values.cast(kind) if not pa.types.is_float16(kind) else values.cast(pa.float32())
    return narrow.cast(pa.string())


def _timestamps(column: pa.ChunkedArray) -> pa.Array:
    local = pc.local_timestamp(column) if column.type.tz else column
    days = local.cast(pa.date32(), safe=False)
    at_midnight = pc.equal(days.cast(local.type), local)
    stamp = pc.replace_substring_regex(pc.strftime(local, format="%Y-%m-%dT%H:%M:%S"), r"\.0+$", "")
    return pc.if_else(at_midnight, days.cast(pa.string()), stamp)


def _duration(value: timedelta | np.timedelta64) -> str:
    return str(value)
