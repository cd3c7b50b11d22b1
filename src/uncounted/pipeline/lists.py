"""Before anything slow: the project, its lists, its store, and what makes a list doubtful."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from uncounted.errors import CaptureError, ProjectError
from uncounted.estimation import expand, parse
from uncounted.pipeline.result import Checked
from uncounted.project import Project, load_project
from uncounted.records import Records, RecordsSummary, describe_records, standardise
from uncounted.register import refuse_uncovered
from uncounted.sources import Source, check_columns, inspect_source, read_source
from uncounted.store import Store

STORE_NAME = "uncounted.store"
_MANY_REJECTED = 0.05


def store_path(project: Project) -> Path:
    """Return where a project's store lies: one file beside the project file."""
    return project.folder / STORE_NAME


def open_store(project: Project, passphrase: str | None) -> Store:
    """Open the project's store, or make it if there is none yet.

    Raises
    ------
    StoreError
        If it is in use, damaged, not a store, or the passphrase is wrong.
    """
    path = store_path(project)
    if path.exists():
        return Store.open(path, passphrase=passphrase)
    return Store.create(path, kind=project.store, passphrase=passphrase)


def check(project: Project | Path | str) -> Checked:
    """Read the project file and all lists, bring the records into shape, and say what was found. Writes nothing.

    Raises
    ------
    ProjectError
        With all mistakes of the project file.
    SourceError
        If a list cannot be read as declared.
    """
    loaded = loaded_project(project)
    sources = read_lists(loaded)
    records = standardise(sources, loaded)
    summary = describe_records(records, loaded)
    return Checked(
        project=loaded,
        sources=tuple(inspect_source(s, spec) for s, spec in zip(sources, loaded.lists, strict=True)),
        records=summary,
        warnings=doubts_of(loaded, sources, summary),
        refusal=_refusal(records, loaded),
    )


def _refusal(records: Records, project: Project) -> CaptureError | None:
    """Return why the records could not be counted; all else that was found is to be seen first."""
    try:
        refuse_uncovered(records, project)
    except CaptureError as error:
        return error
    return None


def read_records(project: Project) -> Records:
    """Return the records of all lists in the standard shape, without linking them."""
    return standardise(read_lists(project), project)


def loaded_project(project: Project | Path | str) -> Project:
    """Return the project, read from its file if need be; an unknown estimator is refused here, before anything slow."""
    loaded = project if isinstance(project, Project) else load_project(Path(project))
    _check_choice(loaded)
    return loaded


def _check_choice(project: Project) -> None:
    """Refuse an unknown estimator before anything slow, with the place in the project file."""
    lists = tuple(spec.name for spec in project.lists)
    spec, assumed = project.estimate, project.assumption
    for key, wanted in (("[estimate] estimators", spec.estimators), ("[assumption] choice", (assumed.choice,))):
        try:
            if key.startswith("[estimate]"):
                expand(wanted, lists, criterion=spec.criterion)
            else:
                parse(wanted[0], lists, criterion=spec.criterion)
        except ProjectError as error:
            raise ProjectError(
                error.what, where=f"{project.path.name}, {key}", why=error.why, do=error.do, code=error.code
            ) from None


def read_lists(project: Project) -> tuple[Source, ...]:
    """Read all lists as delivered, each with the columns that the project file names."""
    sources = tuple(read_source(spec) for spec in project.lists)
    for spec, source in zip(project.lists, sources, strict=True):
        check_columns(spec, source)
    return sources


def reading_of(spec: Any) -> Any:
    """Return what of a list's declaration bears on its records (not the title, nor where the file lies)."""
    return (spec.name, spec.columns, spec.date_formats, spec.encoding, spec.delimiter, spec.sheet, spec.header_row)


def doubts_of(project: Project, sources: tuple[Source, ...], records: RecordsSummary) -> tuple[str, ...]:
    """Say what makes a list doubtful as a whole; nothing of it is an error, all of it can move the number."""
    found = []
    if "…" in project.population:
        found.append("[project] population still holds the template's “…”: say in one sentence who is counted.")
    for source in sources:
        if len(source.rejects) > _MANY_REJECTED * source.n_rows:
            lines = ", ".join(str(r.line) for r in source.rejects[:5])
            found.append(
                f"List '{source.name}': {len(source.rejects):,} of {source.n_rows:,} rows could not be read "
                f"(lines {lines}, …); the people in them are missing from every number."
            )
    found += [doubt.words for doubt in records.doubts]
    return tuple(found)
