"""The door of this room: a file as declared → `Source`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from uncounted.errors import SourceError, nearest
from uncounted.project.model import ListSpec
from uncounted.sources.encoding import decode, in_project_file, place
from uncounted.sources.header import rows_in_words
from uncounted.sources.source import Source

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
SHEET_SUFFIXES = (".xlsx", ".xlsm", ".xls")
PARQUET_SUFFIXES = (".parquet",)
SUFFIXES = (*TEXT_SUFFIXES, *SHEET_SUFFIXES, *PARQUET_SUFFIXES)
MOST_BYTES = 4 * 1024**3


def read_source(spec: ListSpec) -> Source:
    """Read one list as delivered: every row accepted or rejected, nothing cleaned, nothing guessed.

    The bytes are read once and hashed; what is parsed are the same bytes. The mapping of columns is not checked here:
    see `check_columns`.

    Parameters
    ----------
    spec : ListSpec
        The list as declared.

    Returns
    -------
    Source

    Raises
    ------
    SourceError
        If the file is missing, of an unknown kind, damaged, not in the declared encoding, or holds no rows.
    """
    suffix = spec.file.suffix.casefold()
    _refuse_suffix(suffix, spec)
    data = read_bytes(spec)
    sha256 = hashlib.sha256(data).hexdigest()
    if suffix in TEXT_SUFFIXES:
        source = _from_text(data, sha256, spec)
    elif suffix in SHEET_SUFFIXES:
        source = _from_sheet(data, sha256, spec)
    else:
        source = _from_parquet(data, sha256, spec)
    _refuse_empty(source, spec)
    return source


def read_bytes(spec: ListSpec) -> bytes:
    """Return the bytes of a list's file.

    Raises
    ------
    SourceError
        S01 if there is no such file or it may not be read, S08 if it is too large to be a list.
    """
    file = spec.file
    if not file.exists():
        near = nearest(file.name, _file_names(file.parent))
        raise SourceError(
            "there is no such file." + (f" Did you mean '{near}'?" if near else ""),
            where=place(spec),
            do=f"correct `file` {in_project_file(spec)}; it is looked for from the project file's folder.",
            code="S01",
        )
    if not file.is_file():
        raise SourceError("this is a folder or device, not a file.", where=place(spec), do="give a file.", code="S01")
    if file.stat().st_size > MOST_BYTES:
        raise SourceError(
            f"the file has more than {MOST_BYTES / 1024**3:.0f} GB.",
            where=place(spec),
            do="keep only the columns that are needed, or split the list.",
            code="S08",
        )
    try:
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or "unknown reason"
    raise SourceError(
        f"the file cannot be read: {reason.lower()}.",
        where=place(spec),
        do="ask whoever owns the file for permission, or copy it into the project's folder.",
        code="S01",
    )


def _from_text(data: bytes, sha256: str, spec: ListSpec) -> Source:
    from uncounted.sources.delimited import parse_delimited

    decoded = decode(data, spec)
    parsed = parse_delimited(decoded.text, spec)
    return Source(
        name=spec.name,
        file=spec.file.name,
        sha256=sha256,
        table=parsed.table,
        n_rows=parsed.table.num_rows + len(parsed.rejects),
        rejects=parsed.rejects,
        columns=parsed.columns,
        notes=(*decoded.notes, *parsed.notes),
        encoding=decoded.encoding,
    )


def _from_sheet(data: bytes, sha256: str, spec: ListSpec) -> Source:
    from uncounted.sources.excel import parse_sheet

    sheet = parse_sheet(data, spec)
    return Source(
        name=spec.name,
        file=spec.file.name,
        sha256=sha256,
        table=sheet.table,
        n_rows=sheet.table.num_rows,
        columns=sheet.columns,
        notes=sheet.notes,
        encoding=spec.file.suffix.casefold().removeprefix("."),
        sheet=sheet.name,
    )


def _from_parquet(data: bytes, sha256: str, spec: ListSpec) -> Source:
    from uncounted.sources.parquet import parse_parquet

    table, notes = parse_parquet(data, spec)
    return Source(
        name=spec.name,
        file=spec.file.name,
        sha256=sha256,
        table=table,
        n_rows=table.num_rows,
        columns=tuple(table.column_names[:-1]),
        notes=notes,
        encoding="parquet",
    )


def _refuse_suffix(suffix: str, spec: ListSpec) -> None:
    if suffix in SUFFIXES:
        return
    raise SourceError(
        f"files ending in '{suffix}' are not read." if suffix else "the file's name has no ending that says its kind.",
        where=place(spec),
        do=f"save the list as one of {', '.join(SUFFIXES)}.",
        code="S02",
    )


def _refuse_empty(source: Source, spec: ListSpec) -> None:
    if source.table.num_rows:
        return
    if source.rejects:
        raise SourceError(
            f"all {len(source.rejects):,} rows were rejected ({rows_in_words([r.line for r in source.rejects])}); the "
            f"first has {source.rejects[0].reason}.",
            where=place(spec),
            do=f"check delimiter and header_row {in_project_file(spec)}.",
            code="S13",
        )
    where = f"sheet '{source.sheet}' has" if source.sheet else "the file has"
    raise SourceError(
        f"{where} no records: nothing stands below the header.",
        where=place(spec),
        why="an empty list says nothing about how many there were.",
        do="check which file or sheet was delivered.",
        code="S12",
    )


def _file_names(folder: Path) -> list[str]:
    """Return the names of the files in a folder; none if it cannot be listed."""
    try:
        return sorted(p.name for p in folder.iterdir() if p.is_file())
    except OSError:
        return []
