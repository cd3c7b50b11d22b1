"""Deliveries of a list made by hand: rows of (id, name, born, place), with or without an id column."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from uncounted.project.model import ListSpec
from uncounted.records.deliveries import Delivery, take_delivery
from uncounted.sources.source import Source

SALT = bytes(range(32))
Row = tuple[str, str, str, str]
HEADERS = ("No", "Name", "Born", "Town")
FIELDS = ("id", "name", "birth", "place")


def deliver(
    rows: list[Row],
    *,
    ids: bool = False,
    columns: tuple[tuple[str, str], ...] = (),
    headers: tuple[str, ...] = HEADERS,
    salt: bytes = SALT,
    first_line: int = 2,
    name: str = "press",
) -> Delivery:
    """A list of these rows; `columns` maps field to header (default: all, the id only with `ids`)."""
    columns = columns or tuple(zip(FIELDS, headers, strict=True))[0 if ids else 1 :]
    text = "\n".join(",".join(row) for row in [headers, *rows])
    lines = list(range(first_line, first_line + len(rows)))
    table = pa.table({h: pa.array([r[k] for r in rows], pa.string()) for k, h in enumerate(headers)})
    table = table.append_column("__line", pa.array(lines, pa.int64()))
    source = Source(
        name=name,
        file=f"{name}.csv",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        table=table,
        n_rows=len(rows),
        columns=headers,
    )
    spec = ListSpec(name=name, title=name, file=Path(f"{name}.csv"), columns=columns)
    given = [r[0] for r in rows]
    record_ids = [
        f"{name}:{r[0]}" if ids and r[0] and given.count(r[0]) == 1 else f"{name}:{line}"
        for r, line in zip(rows, lines, strict=True)
    ]
    return take_delivery(source, spec, record_ids, salt=salt)


def people(n: int, *, start: int = 0) -> list[Row]:
    """Rows that differ in everything but the town."""
    return [
        (f"n{k}", f"Surname{k} Given{k % 7}", f"19{40 + k % 60}-0{1 + k % 9}-1{k % 10}", f"Town{k % 3}")
        for k in range(start, start + n)
    ]
