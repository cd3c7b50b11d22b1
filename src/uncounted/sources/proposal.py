"""`uncounted init --from FILE…`: a project file proposed from the headers of lists, to be confirmed by a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from anyascii import anyascii

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.project.template import ListDraft, template
from uncounted.sources.date_formats import FormatsFound, find_date_formats
from uncounted.sources.encoding import Candidate, candidates, refuse_no_text
from uncounted.sources.header_words import is_known_header, propose_mapping
from uncounted.sources.read import TEXT_SUFFIXES, read_bytes, read_source
from uncounted.sources.source import Source

_DATE_FIELDS = ("birth", "event", "known")
_SHOWN_DECODINGS = 3
_RECORD_LIKE = re.compile(r"\d{4,}|\d{1,2}[./-]\d{1,2}")


def propose(files: Sequence[Path], folder: Path, *, name: str = "my-count") -> str:
    """Return a project file proposed from the headers of lists.

    What a person must confirm stands in comments: the encoding of a text that is not UTF-8, with what each candidate
    makes of the header; dates that fit two formats; columns that were not mapped.

    Parameters
    ----------
    files : sequence of Path
        The lists.
    folder : Path
        Where the project file will lie; paths are written relative to it where possible.
    name : str
        Name of the project.

    Returns
    -------
    str
        The text of ``uncounted.toml``; it holds headers and no cell of a record.

    Raises
    ------
    SourceError
        If a file cannot be read in any encoding.
    """
    drafts: list[ListDraft] = []
    for file in files:
        draft = _draft(Path(file), folder, taken={d.name.casefold() for d in drafts})
        drafts.append(draft)
    return template(name=name, lists=drafts)


def list_name_from(file: Path, taken: set[str]) -> str:
    """Return a list name made from a file name: Latin letters, digits and _, not among `taken` (lower case)."""
    slug = re.sub(r"[^a-z0-9]+", "_", anyascii(file.stem).casefold()).strip("_")[:30].strip("_")
    if not slug or not slug[0].isalpha():
        slug = f"list_{slug}".strip("_")
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}_{number}", number + 1
    return name


def _draft(file: Path, folder: Path, *, taken: set[str]) -> ListDraft:
    name = list_name_from(file, taken)
    spec = ListSpec(name=name, title=file.stem, file=file.resolve(), columns=())
    encodings = _encodings(spec)
    if encodings:
        spec = replace(spec, encoding=encodings[0].encoding)
    source = read_source(spec)
    is_header = _is_header(source.columns)
    mapping = propose_mapping(source.columns) if is_header else {}
    dates = find_date_formats(_date_cells(source, mapping))
    settings: list[tuple[str, str | int | tuple[str, ...]]] = []
    if encodings:
        settings.append(("encoding", encodings[0].encoding))
    if source.sheet:
        settings.append(("sheet", source.sheet))
    if dates.formats:
        settings.append(("date_formats", dates.formats))
    in_columns = [*_date_words(dates), *_mapping_words(source.columns, mapping, is_header=is_header)]
    return ListDraft(
        name=name,
        title=file.stem,
        file=_relative(file, folder),
        columns=tuple(mapping.items()),
        settings=tuple(settings),
        comments=(
            *(("", line) for line in _source_words(source)),
            *(("encoding", line) for line in _encoding_words(spec, encodings, is_header=is_header)),
            *(("columns", line) for line in in_columns),
        ),
    )


def _encodings(spec: ListSpec) -> tuple[Candidate, ...]:
    """Return the candidate encodings of a text that is not UTF-8; none if it is, or is no text."""
    if spec.file.suffix.casefold() not in TEXT_SUFFIXES:
        return ()
    data = read_bytes(spec)
    refuse_no_text(data, spec)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        found = candidates(data)
        if found:
            return found
        raise SourceError(
            "the text is not UTF-8, and in no encoding we know does it look like words.",
            where=spec.file.name,
            do="ask who made the file for its encoding, or have it exported again as UTF-8.",
            code="S03",
        ) from None
    return ()


def _encoding_words(spec: ListSpec, found: Sequence[Candidate], *, is_header: bool) -> list[str]:
    """Return the comment that has the encoding confirmed: what the candidates make of the header."""
    if not found:
        return []
    lines = ["CONFIRM: this file is not UTF-8, and its encoding can only be guessed. The first ones that fit:"]
    for candidate in found[:_SHOWN_DECODINGS]:
        header = _header_in(candidate.encoding, spec) if is_header else ""
        lines.append(f"  {candidate}" + (f"; the header reads: {header}" if header else ""))
    return lines


def _header_in(encoding: str, spec: ListSpec) -> str:
    """Return the header in an encoding; empty if it is the same in all of them, or cannot be read in this one."""
    try:
        header = " | ".join(read_source(replace(spec, encoding=encoding)).columns)
    except SourceError:
        return ""
    return "" if header.isascii() else header


def _source_words(source: Source) -> list[str]:
    rejected = f"{len(source.rejects):,} of {source.n_rows:,} rows are rejected: `uncounted check` says which and why"
    return [*source.notes, *([rejected] if source.rejects else [])]


def _date_words(found: FormatsFound) -> list[str]:
    lines = [
        f'CONFIRM: the dates fit "{first}" and "{second}" equally; add the right one to date_formats.'
        for first, second in found.rivals
    ]
    lines += [
        f'CONFIRM: some dates fit only "{first}", others only "{second}"; where both fit, the first one counts.'
        for first, second in found.mixed
    ]
    if found.n_unread:
        lines.append(f"{found.n_unread:,} of {found.n_values:,} different dates fit no known format.")
    return lines


def _is_header(columns: Sequence[str]) -> bool:
    """Tell whether the row taken for the header is one: a known word in it, or at least no date and no long number."""
    return any(is_known_header(c) for c in columns) or not any(_RECORD_LIKE.search(c) for c in columns)


def _date_cells(source: Source, mapping: dict[str, str]) -> list[str]:
    return [
        cell
        for field in _DATE_FIELDS
        if field in mapping
        for cell in source.table.column(mapping[field]).unique().to_pylist()
    ]


def _mapping_words(columns: Sequence[str], mapping: dict[str, str], *, is_header: bool) -> list[str]:
    if not is_header:
        return ["No header row was recognised: the first row looks like a record. Write the headers into the file."]
    lines = ["Proposed by the words in the headers: check each."]
    unmapped = [c for c in columns if c not in mapping.values()]
    if unmapped:
        lines.append("Not mapped: " + " | ".join(unmapped))
    if not {"name", "surname"} & set(mapping):
        lines.append('CONFIRM: no column was recognised as a name; add name = "…" or surname = "…".')
    return lines


def _relative(file: Path, folder: Path) -> str:
    """Return the path as it should stand in the project file: relative where the file lies below the folder."""
    full, home = file.resolve(), folder.resolve()
    return full.relative_to(home).as_posix() if full.is_relative_to(home) else full.as_posix()
