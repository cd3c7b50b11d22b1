"""Parquet files."""

from __future__ import annotations

import pyarrow as pa

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources.encoding import place
from uncounted.sources.frame import string_table
from uncounted.sources.header import MOST_COLUMNS

MOST_UNPACKED = 4 * 1024**3
MOST_CELLS = 500_000_000  # a column of one repeated value takes no room in the file and much in memory


def parse_parquet(data: bytes, spec: ListSpec) -> tuple[pa.Table, tuple[str, ...]]:
    """Read a Parquet file as strings.

    Raises
    ------
    SourceError
        S14 if it cannot be opened, S16 if it is far larger inside than a list of people, S17 if no column holds plain
        values.
    """
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _refuse_sizes(file.metadata, spec)
        table = file.read()
    except (pa.ArrowException, OSError):  # their messages may quote the file
        table = None
    if table is None:
        raise SourceError(
            "the Parquet file cannot be opened: it is damaged, encrypted or no Parquet file.",
            where=place(spec),
            do="have it exported again.",
            code="S14",
        )
    return string_table(table, where=place(spec))


def _refuse_sizes(metadata: object, spec: ListSpec) -> None:
    n_groups, n_columns, n_rows = (getattr(metadata, k) for k in ("num_row_groups", "num_columns", "num_rows"))
    unpacked = sum(metadata.row_group(g).total_byte_size for g in range(n_groups))  # type: ignore[attr-defined]
    if unpacked > MOST_UNPACKED or n_rows * n_columns > MOST_CELLS or n_columns > MOST_COLUMNS:
        raise SourceError(
            f"the file holds {n_rows:,} rows and {n_columns:,} columns, {unpacked / 1024**2:,.0f} MB unpacked.",
            where=place(spec),
            do="keep only the columns that are needed, or split the list.",
            code="S16",
        )
