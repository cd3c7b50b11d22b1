"""Tables that are already in memory: any data frame through Arrow or narwhals."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from uncounted.errors import SourceError, did_you_mean
from uncounted.sources.header import LINE_COLUMN, column_names
from uncounted.sources.source import Source
from uncounted.sources.strings import column_as_strings

_INDEX_COLUMN = re.compile(r"__index_level_\d+__")


def source_from_frame(name: str, frame: Any, *, columns: Sequence[str] | None = None) -> Source:
    """Take a table in memory as a list.

    Parameters
    ----------
    name : str
        List name.
    frame : data frame
        A pandas, polars or pyarrow table, or anything that gives Arrow data or that narwhals knows.
    columns : sequence of str, optional
        The columns to keep; all by default.

    Returns
    -------
    Source
        Every column as strings, as if the table had been read from a file. `sha256` is a hash of these strings and
        headers, so the same rows give the same hash whatever kind of frame held them; "__line" counts rows from 1.

    Raises
    ------
    SourceError
        S11 if a column to keep is missing, S12 if there are no rows, S17 if this is no table.
    """
    arrow = _as_arrow(name, frame)
    if columns is not None:
        missing = [c for c in columns if c not in arrow.column_names]
        if missing:
            raise SourceError(
                f"there is no column '{missing[0]}'.{did_you_mean(missing[0], arrow.column_names)}",
                where=f"data frame (list '{name}')",
                do=f"columns are: {', '.join(arrow.column_names)}.",
                code="S11",
            )
        arrow = arrow.select(list(columns))
    table, notes = string_table(arrow, where=f"data frame (list '{name}')")
    if not table.num_rows:
        raise SourceError(
            "the table has no rows.",
            where=f"data frame (list '{name}')",
            why="an empty list says nothing about how many there were.",
            code="S12",
        )
    return Source(
        name=name,
        file="",  # there is none
        sha256=table_sha256(table),
        table=table,
        n_rows=table.num_rows,
        columns=tuple(table.column_names[:-1]),
        notes=notes,
        encoding="data frame",
    )


def string_table(arrow: pa.Table, *, where: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Return an Arrow table with all columns as strings and "__line", and notes on columns left out.

    Raises
    ------
    SourceError
        S17 if no column holds plain values.
    """
    headers: list[str] = []
    strings: list[pa.ChunkedArray] = []
    left_out: list[str] = []
    for header, column in zip(arrow.column_names, arrow.columns, strict=True):
        if _INDEX_COLUMN.fullmatch(header):
            continue
        converted = column_as_strings(column)
        if converted is None:
            left_out.append(header)
        else:
            headers.append(header)
            strings.append(converted)
    if not strings:
        raise SourceError("no column holds plain values.", where=where, do="give a table of text.", code="S17")
    names, notes = column_names(headers)
    lines = pa.array(np.arange(1, arrow.num_rows + 1, dtype=np.int64))
    table = pa.Table.from_arrays([*strings, lines], names=[*names, LINE_COLUMN])
    nested = (f"columns of lists, structures or bytes, left out: {', '.join(left_out)}",) if left_out else ()
    return table, (*notes, *nested)


def table_sha256(table: pa.Table) -> str:
    """Return a hash of a table of strings that depends on headers and cells alone, not on how they are chunked."""
    digest = hashlib.sha256()
    for header, column in zip(table.column_names, table.columns, strict=True):
        if header == LINE_COLUMN:
            continue
        _update(digest, header.encode())
        cells = pa.concat_arrays([c.cast(pa.large_binary()) for c in column.chunks]) if column.num_chunks else None
        if cells is None:
            continue
        offsets = np.frombuffer(cells.buffers()[1], dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
        values = cells.buffers()[2]
        _update(digest, np.diff(offsets).astype("<i8").tobytes())
        _update(digest, values.to_pybytes()[offsets[0] : offsets[-1]] if values is not None else b"")
    return digest.hexdigest()


def _update(digest: Any, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)


def _as_arrow(name: str, frame: Any) -> pa.Table:
    import narwhals as nw

    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    known = nw.from_native(frame, pass_through=True)
    try:
        if isinstance(known, nw.LazyFrame):
            return known.collect().to_arrow()
        if isinstance(known, nw.DataFrame):
            return known.to_arrow()
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
        problem = f"a {type(frame).__name__} is no data frame that can be read."
    except (pa.ArrowException, UnicodeError, TypeError):  # their messages quote cells
        problem = "a column holds values of several kinds, or text that is no valid Unicode."
    raise SourceError(
        problem,
        where=f"data frame (list '{name}')",
        do="give a pandas, polars or pyarrow table; turn mixed columns into text first.",
        code="S17",
    )
