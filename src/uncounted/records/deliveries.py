"""What is remembered of a delivered list: for each row its id and keyed digests, never a value.

A digest is the first 64 bits of HMAC-SHA-256 over raw cells, keyed with a random salt that lies in the store. Digests
are compared with each other and nothing else, so no result depends on the salt.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from uncounted.project.model import ListSpec
from uncounted.sources.source import Source

Digests = NDArray[np.uint64]
SALT_BYTES = 32
NAME_FIELDS = ("surname", "given", "patronymic", "name")
# "own": the id is the list's own, given to one row only. A digest of 0 stands for cells that are all empty.
DELIVERY_SCHEMA = pa.schema(
    [
        ("record_id", pa.string()),
        ("line", pa.int64()),
        ("own", pa.bool_()),
        ("name", pa.uint64()),  # the mapped cells of the name
        ("rest", pa.uint64()),  # the other mapped cells, without the id
        ("whole", pa.uint64()),  # every cell of the row, mapped or not
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delivery:
    """One delivery of one list, without any of its values.

    Attributes
    ----------
    list : str
        The list.
    sha256, sheet : str
        Hash of the file's bytes, and the sheet that was read ("" for a text).
    columns : tuple of (str, str)
        Which header was mapped to which field.
    table : pyarrow.Table
        One row a row of the list in order of lines (`DELIVERY_SCHEMA`).
    """

    list: str
    sha256: str
    sheet: str
    columns: tuple[tuple[str, str], ...]
    table: pa.Table = field(repr=False)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @property
    def mark(self) -> str:
        """What tells this delivery from others of the list: file, sheet and mapping."""
        return _mark(self.sha256, self.sheet, self.columns)

    def digests(self, part: str) -> Digests:
        """Return the digests of a part ("name", "rest" or "whole"), one a row."""
        return np.asarray(self.table[part].to_numpy(), dtype=np.uint64)

    def fields(self, *, of_name: bool) -> tuple[str, ...]:
        """Return the mapped fields that are part of the name, or the others; without the id."""
        return tuple(sorted(f for f, _ in self.columns if f != "id" and (f in NAME_FIELDS) == of_name))


def mark_of(source: Source, spec: ListSpec) -> str:
    """Return the `mark` that the delivery of this source has, without reading its rows."""
    return _mark(source.sha256, source.sheet, spec.columns)


def _mark(sha256: str, sheet: str, columns: tuple[tuple[str, str], ...]) -> str:
    return json.dumps([sha256, sheet, sorted(columns)], ensure_ascii=True)


def take_delivery(source: Source, spec: ListSpec, record_ids: Sequence[str], *, salt: bytes) -> Delivery:
    """Return what is remembered of a list as delivered.

    Parameters
    ----------
    source : Source
        The list.
    spec : ListSpec
        Its declaration.
    record_ids : sequence of str
        The `record_id` of each row in order of lines, as in the standardised records.
    salt : bytes
        Key of the digests; the same for all deliveries that are to be compared.

    Returns
    -------
    Delivery

    Raises
    ------
    ValueError
        If there is not one id a row, or the salt is too short.
    """
    if len(record_ids) != source.table.num_rows:
        raise ValueError("there must be one record id a row")
    if len(salt) < SALT_BYTES:
        raise ValueError(f"the salt must have {SALT_BYTES} bytes")
    table = source.table.sort_by("__line") if source.table.num_rows else source.table
    mapped = dict(spec.columns)
    name = [(f, mapped[f]) for f in sorted(mapped) if f in NAME_FIELDS]
    rest = [(f, mapped[f]) for f in sorted(mapped) if f not in (*NAME_FIELDS, "id")]
    every = [(header, header) for header in sorted(source.columns)]
    columns = {
        "record_id": pa.array(record_ids, pa.string()),
        "line": table["__line"],
        "own": pa.array(_own_ids(table, mapped.get("id")), pa.bool_()),
        "name": pa.array(_digest_rows(table, name, salt), pa.uint64()),
        "rest": pa.array(_digest_rows(table, rest, salt), pa.uint64()),
        "whole": pa.array(_digest_rows(table, every, salt), pa.uint64()),
    }
    return Delivery(
        list=spec.name,
        sha256=source.sha256,
        sheet=source.sheet,
        columns=spec.columns,
        table=pa.table([columns[c] for c in DELIVERY_SCHEMA.names], schema=DELIVERY_SCHEMA).combine_chunks(),
    )


def _own_ids(table: Any, header: str | None) -> list[bool]:
    """Say which rows have an id of the list's own that no other row has."""
    if header is None:
        return [False] * table.num_rows
    ids = [(value or "").strip() for value in table[header].to_pylist()]
    counts = Counter(ids)
    return [bool(value) and counts[value] == 1 for value in ids]


def _digest_rows(table: Any, columns: Sequence[tuple[str, str]], salt: bytes) -> Digests:
    """Digest the cells of each row under the names they go by; each cell with its length, so none runs into the next.

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    columns : sequence of (str, str)
        Under which name, which header.
    salt : bytes
        The key.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        0 where every cell is empty.
    """
    n = int(table.num_rows)
    if not columns:
        return np.zeros(n, dtype=np.uint64)
    under = "".join(f"{len(name)}:{name}" for name, _ in columns) + "|"
    cells = [table[header].to_pylist() for _, header in columns]
    found = bytearray(8 * n)
    for k, row in enumerate(zip(*cells, strict=True)):
        if not any(row):
            continue
        message = under + "".join([f"{len(cell or '')}:{cell or ''}" for cell in row])
        found[8 * k : 8 * k + 8] = hmac.digest(salt, message.encode("utf-8", "surrogatepass"), "sha256")[:8]
    return np.frombuffer(bytes(found), dtype="<u8").astype(np.uint64)
