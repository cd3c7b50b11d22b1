"""The gazetteer's CSV, read strictly: every wrong row is named by its line."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uncounted.errors import SourceError, did_you_mean

COLUMNS = ("name", "place", "within", "lat", "lon")
LONGEST_NAME = 300
MOST_BYTES = 200_000_000
MOST_KM = 100  # between two rows of one place
_NEEDED = ("name", "place")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class GazetteerRow:
    """One name of one place. `within` is "" where nothing is said; `position` is (latitude, longitude) in degrees."""

    name: str
    place: str
    within: str
    position: tuple[float, float] | None


def read_gazetteer_rows(file: Path) -> tuple[GazetteerRow, ...]:
    """Read the gazetteer.

    Parameters
    ----------
    file : Path
        A CSV in UTF-8 (a byte-order mark is welcome) with , ; or tab between the cells, and a header with name and
        place, and if wanted within, lat and lon, in any order; other columns are passed over.

    Returns
    -------
    tuple of GazetteerRow
        In the file's order. A row without `within` belongs to the place of its label, if there is only one.

    Raises
    ------
    SourceError
        K03 if the file cannot be read or has no such columns; K04 with the lines of rows that are wrong.
    """
    text = _text(file)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    where = f"[gazetteer] file, {file.name}"
    try:
        header = next(lines, [])
        columns = _columns(header, where)
        rows, wrong = _rows(lines, columns)
    except csv.Error:
        raise _unreadable(f"line {lines.line_num} is no CSV: a quotation mark is out of place.", where) from None
    rows, unclear = _joined(rows)
    wrong += [(line, "several places have this label; say `within`") for line in unclear]
    wrong += [(line, f"more than {MOST_KM} km from another row of its place") for line in _far_apart(rows)]
    if wrong:
        shown = "\n".join(f"  line {line}: {why}." for line, why in sorted(wrong)[:_SHOWN])
        more = f"\n  and {len(wrong) - _SHOWN:,} more" if len(wrong) > _SHOWN else ""
        raise SourceError(
            f"{len(wrong):,} rows are wrong:\n{shown}{more}",
            where=where,
            why="A place with a wrong row would get another key than its other spellings.",
            do="Correct these rows, or take them out.",
            code="K04",
        )
    if not rows:
        raise _unreadable("it has a header and no place under it.", where)
    return tuple(row for _, row in rows)


def _text(file: Path) -> str:
    where = f"[gazetteer] file, {file.name}"
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _unreadable(f"it is larger than {MOST_BYTES // 1_000_000} MB.", where)
        raw = file.read_bytes()
    except OSError:
        raise _unreadable("it is not there, is a folder, or may not be read.", where) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(f"it must be UTF-8 text, and a byte on line {line} is not.", where) from None


def _unreadable(what: str, where: str) -> SourceError:
    return SourceError(
        f"the gazetteer cannot be read: {what}",
        where=where,
        do="Save it as CSV (UTF-8) with the columns name and place, and if wanted within, lat and lon.",
        code="K03",
    )


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _columns(header: list[str], where: str) -> dict[str, int]:
    """Return the position of each known column."""
    names = [cell.strip().casefold() for cell in header]
    repeated = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if repeated:
        raise _unreadable(f"the column '{repeated[0]}' stands twice.", where)
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        hints = "".join(did_you_mean(name, [n for n in names if n]) for name in missing)
        raise _unreadable(f"it has no column {' and none '.join(repr(name) for name in missing)}.{hints}", where)
    return {name: names.index(name) for name in COLUMNS if name in names}


_Numbered = list[tuple[int, GazetteerRow]]


def _rows(lines: Any, columns: dict[str, int]) -> tuple[_Numbered, list[tuple[int, str]]]:
    rows: _Numbered = []
    wrong: list[tuple[int, str]] = []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        line: int = lines.line_num
        values = {name: cells[k].strip() if k < len(cells) else "" for name, k in columns.items()}
        why = _mistake(values)
        if why:
            wrong.append((line, why))
        else:
            rows.append(
                (line, GazetteerRow(values["name"], values["place"], values.get("within", ""), _position(values)))
            )
    return rows, wrong


def _mistake(values: dict[str, str]) -> str:
    for name in _NEEDED:
        if not values[name]:
            return f"no {name}"
        if len(values[name]) > LONGEST_NAME:
            return f"{name} is longer than {LONGEST_NAME} characters"
        if not any(c.isalnum() for c in values[name]):
            return f"{name} holds neither letters nor digits"
    if bool(values.get("lat")) != bool(values.get("lon")):
        return "only one of lat and lon"
    if values.get("lat"):
        if (position := _position(values)) is None:
            return "lat or lon is no number (a point, not a comma, before the decimals)"
        if not (abs(position[0]) <= 90 and abs(position[1]) <= 180):
            return "lat must be -90 to 90 and lon -180 to 180; were they exchanged?"
    return ""


def _position(values: dict[str, str]) -> tuple[float, float] | None:
    if not (values.get("lat") and values.get("lon")):
        return None
    try:
        return float(values["lat"]), float(values["lon"])
    except ValueError:
        return None


def _far_apart(rows: _Numbered) -> list[int]:
    """Return the lines of rows that lie far from the first of the same place: mostly two places under one label."""
    first: dict[tuple[str, str], tuple[float, float]] = {}
    far = []
    for line, row in rows:
        if row.position is not None:
            start = first.setdefault((row.place.casefold(), row.within.casefold()), row.position)
            if _km(start, row.position) > MOST_KM:
                far.append(line)
    return far


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance on a sphere (haversine)."""
    lat_1, lon_1, lat_2, lon_2 = map(math.radians, (*one, *other))
    half = math.sin((lat_2 - lat_1) / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))


def _joined(rows: _Numbered) -> tuple[_Numbered, list[int]]:
    """Give rows without `within` that of their label; return the lines where several are possible too."""
    known: dict[str, dict[str, str]] = {}
    for _, row in rows:
        if row.within:
            known.setdefault(row.place.casefold(), {}).setdefault(row.within.casefold(), row.within)
    joined: _Numbered = []
    unclear: list[int] = []
    for line, row in rows:
        options = known.get(row.place.casefold(), {})
        if row.within or not options:
            joined.append((line, row))
        elif len(options) == 1:
            joined.append((line, GazetteerRow(row.name, row.place, next(iter(options.values())), row.position)))
        else:
            unclear.append(line)
    return joined, unclear
