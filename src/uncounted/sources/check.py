"""Whether a file holds what the project file maps, and how much of it is missing."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from uncounted.errors import SourceError, nearest
from uncounted.project.model import ListSpec
from uncounted.sources.encoding import in_project_file, place
from uncounted.sources.source import RejectedRow, Source

_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSummary:
    """How much of a mapped column is filled: `n_missing` cells are empty or hold white space alone."""

    field: str
    header: str
    n_missing: int
    missing_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """What `uncounted check` says of one file. Holds counts, lines and headers, never a cell.

    Attributes
    ----------
    name, file, sha256, encoding, sheet : str
        As in `Source`.
    n_rows, n_accepted, n_rejected : int
        ``n_accepted + n_rejected == n_rows``.
    rejects : tuple of RejectedRow
    columns : tuple of ColumnSummary
        Mapped columns, in the order of the fields.
    unmapped : tuple of str
        Headers of the file that the project file does not map.
    notes : tuple of str
    """

    name: str
    file: str
    sha256: str
    encoding: str
    sheet: str
    n_rows: int
    n_accepted: int
    n_rejected: int
    rejects: tuple[RejectedRow, ...]
    columns: tuple[ColumnSummary, ...]
    unmapped: tuple[str, ...]
    notes: tuple[str, ...]


def check_columns(spec: ListSpec, source: Source) -> None:
    """Check that every mapped header is in the file.

    Raises
    ------
    SourceError
        S11 with all missing headers, the nearest name of each, and the headers there are. These are not listed if
        not one mapped header is among them: the row may then be no header but somebody's record.
    """
    missing = [(field, header) for field, header in spec.columns if header not in source.columns]
    if not missing:
        return
    recognised = len(missing) < len(spec.columns)
    lines = [_missing_in_words(field, header, source, recognised=recognised) for field, header in missing]
    raise SourceError(
        "mapped columns that are not in the file:\n"
        + "\n".join(lines)
        + "\n"
        + _present(source, recognised=recognised),
        where=place(spec),
        do=f"correct [list.columns] {in_project_file(spec)}, or say where the header stands with header_row = … .",
        code="S11",
    )


def inspect_source(source: Source, spec: ListSpec) -> SourceSummary:
    """Summarise a source by its mapping, for `uncounted check`.

    Parameters
    ----------
    source : Source
    spec : ListSpec
        Its declaration; every mapped header must be in the source (`check_columns`).

    Returns
    -------
    SourceSummary
    """
    check_columns(spec, source)
    mapped = {header for _, header in spec.columns}
    return SourceSummary(
        name=source.name,
        file=source.file,
        sha256=source.sha256,
        encoding=source.encoding,
        sheet=source.sheet,
        n_rows=source.n_rows,
        n_accepted=source.table.num_rows,
        n_rejected=len(source.rejects),
        rejects=source.rejects,
        columns=tuple(_column(source.table, field, header) for field, header in spec.columns),
        unmapped=tuple(c for c in source.columns if c not in mapped),
        notes=source.notes,
    )


def _column(table: pa.Table, field: str, header: str) -> ColumnSummary:
    n_missing = int(pc.sum(pc.equal(pc.utf8_trim_whitespace(table.column(header)), "")).as_py() or 0)
    share = n_missing / table.num_rows if table.num_rows else 0.0
    return ColumnSummary(field=field, header=header, n_missing=n_missing, missing_share=share)


def _missing_in_words(field: str, header: str, source: Source, *, recognised: bool) -> str:
    numbered = [c for c in source.columns if c.startswith(f"{header} (") and c[len(header) + 2 : -1].isdigit()]
    if numbered:
        choices = " or ".join(f"'{c}'" for c in numbered)
        return f"  {field} = '{header}': this header stands several times; choose {choices}."
    near = nearest(header, source.columns)
    # A near name is a header even where no other is recognised: somebody wrote nearly the same.
    hint = f" Did you mean '{near}'?" if near and (recognised or _is_close(header, near)) else ""
    return f"  {field} = '{header}'.{hint}"


def _is_close(header: str, near: str) -> bool:
    return header.casefold() in near.casefold() or near.casefold() in header.casefold()


def _present(source: Source, *, recognised: bool) -> str:
    if not recognised:
        return (
            f"None of the {len(source.columns)} cells of the row taken for the header is a mapped header, so the row "
            "may be a record and is not shown."
        )
    rest = len(source.columns) - _MOST_SHOWN
    return (
        "The file has: "
        + ", ".join(f"'{c}'" for c in source.columns[:_MOST_SHOWN])
        + (f" and {rest} more." if rest > 0 else ".")
    )
