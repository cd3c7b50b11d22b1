"""`uncounted.toml` → `Project`: read strictly, all mistakes at once."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uncounted.errors import ProjectError, nearest
from uncounted.project.mistakes import Mistake, ProjectFileErrors
from uncounted.project.model import (
    FIELDS,
    AssumptionSpec,
    BackgroundSpec,
    Covers,
    EstimateSpec,
    GazetteerSpec,
    LinkageSpec,
    ListSpec,
    Project,
    PublishSpec,
    RecordsSpec,
)
from uncounted.project.toml_lines import TomlLines

if TYPE_CHECKING:
    from uncounted.project.schema import ListPart, ProjectFile

FILE_NAME = "uncounted.toml"
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_project(path: Path | str, *, files_must_exist: bool = True) -> Project:
    """Read and check a project file.

    Parameters
    ----------
    path : Path or str
        The file, or the folder that holds ``uncounted.toml``.
    files_must_exist : bool
        Whether a list whose file is not there is a mistake. False serves commands that work from what is remembered.

    Returns
    -------
    Project
        Every path absolute, every default filled in.

    Raises
    ------
    ProjectFileErrors
        If the file is no TOML (P02) or holds mistakes (P03): all of them, each with its line.
    ProjectError
        If there is no such file (P01).
    """
    file = _project_file(Path(path))
    text = _read_text(file)
    data = _parse(text, file.name)
    lines = TomlLines(text)
    folder = file.resolve().parent
    shape = _validate(data, lines, file.name, folder, files_must_exist=files_must_exist)
    return _project(shape, lines, file.resolve(), folder)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the project file, for editors and `uncounted schema`."""
    from uncounted.project.schema import ProjectFile

    schema = ProjectFile.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": FILE_NAME,
        "description": "What is counted, which lists, who could be on which list, what is published.",
    }


# -- reading ----------------------------------------------------------------------------------------------------
def _project_file(path: Path) -> Path:
    file = path / FILE_NAME if path.is_dir() else path
    if file.is_file():
        return file
    folder = file.parent
    names = sorted(p.name for p in folder.iterdir() if p.suffix == ".toml") if folder.is_dir() else []
    near = nearest(file.name, names)
    raise ProjectError(
        f"there is no project file '{file.name}' here." + (f" Did you mean '{near}'?" if near else ""),
        do="Go to the project's folder, or write a new project file with `uncounted init`.",
        code="P01",
    )


def _read_text(file: Path) -> str:
    """Return the text without a byte-order mark, which some editors add and TOML forbids."""
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    what = "the project file must be UTF-8 text, and a byte on this line is not."
    raise ProjectFileErrors(
        [Mistake(line=line, path="", what=what, allowed="save the file as UTF-8 in your editor")],
        file=file.name,
        code="P02",
    )


def _parse(text: str, file_name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    place = _PLACE.search(message)
    line = int(place.group(1)) if place and place.group(1) else text.count("\n") + 1
    what = _plain(_PLACE.sub("", message)) + "."
    bad_line = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    hint = "write / instead of \\ in paths, or put the text in single quotes" if "\\" in bad_line else ""
    raise ProjectFileErrors([Mistake(line=line, path="", what=what, allowed=hint)], file=file_name, code="P02")


def _plain(message: str) -> str:
    """Say in plain words what the TOML reader says of the two commonest slips."""
    if message == "Cannot overwrite a value":
        return "a key stands twice"
    if message in {"Illegal character '\\n'", "Illegal character '\\r'", "Unterminated string"}:
        return "a quotation mark is not closed"
    return message


def _validate(
    data: dict[str, Any], lines: TomlLines, file_name: str, folder: Path, *, files_must_exist: bool
) -> ProjectFile:
    """Return the strictly read file, or raise all its mistakes at once."""
    from pydantic import ValidationError

    from uncounted.project.consistency import consistency_mistakes
    from uncounted.project.schema import ProjectFile
    from uncounted.project.strict import structural_mistakes

    mistakes = consistency_mistakes(data, lines, folder=folder, files_must_exist=files_must_exist)
    shape: ProjectFile | None = None
    try:
        shape = ProjectFile.model_validate(data)
    except ValidationError as error:
        mistakes += structural_mistakes(error, lines)
    if mistakes or shape is None:
        raise ProjectFileErrors(mistakes, file=file_name)
    return shape


# -- filling the dataclasses ------------------------------------------------------------------------------------
def _project(shape: ProjectFile, lines: TomlLines, path: Path, folder: Path) -> Project:
    head = shape.project
    return Project(
        name=head.name,
        population=head.population,
        unit=head.unit,
        start=head.start,
        end=head.end,
        store=head.store,
        seed=head.seed,
        nobody_covers=tuple(head.nobody_covers),
        lists=tuple(_list(part, folder, lines.line(("list", i))) for i, part in enumerate(shape.lists)),
        records=RecordsSpec(**_with_tuples(shape.records.model_dump())),
        gazetteer=GazetteerSpec(file=(folder / shape.gazetteer.file).resolve() if shape.gazetteer.file else None),
        linkage=LinkageSpec(**_with_pairs(_with_tuples(shape.linkage.model_dump()))),
        estimate=EstimateSpec(**_with_tuples(shape.estimate.model_dump())),
        assumption=AssumptionSpec(**shape.assumption.model_dump()),
        background=BackgroundSpec(**_with_pairs(shape.background.model_dump())),
        publish=PublishSpec(**shape.publish.model_dump()),
        path=path,
        folder=folder,
    )


def _list(part: ListPart, folder: Path, line: int) -> ListSpec:
    headers = part.columns.model_dump()
    return ListSpec(
        name=part.name,
        title=part.title or part.name,
        file=(folder / part.file).resolve(),
        columns=tuple((field, headers[field]) for field in FIELDS if headers[field] is not None),
        encoding=part.encoding,
        delimiter=part.delimiter,
        sheet=part.sheet,
        header_row=part.header_row,
        date_formats=tuple(part.date_formats),
        covers=Covers(start=part.covers.start, end=part.covers.end, places=tuple(part.covers.places)),
        built_from=tuple(part.built_from),
        line=line,
    )


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _with_pairs(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value.items()) if isinstance(value, dict) else value for key, value in values.items()}
