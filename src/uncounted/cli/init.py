"""`uncounted init`: a project file to start from, with mappings proposed from the headers of given files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json
from uncounted.errors import ProjectError, did_you_mean


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def init(
        folder: Annotated[Path, typer.Argument(help="Folder of the project; made if it is not there.")] = Path(),
        source: Annotated[
            list[Path] | None,
            typer.Option("--from", help="A list (CSV, TSV, XLSX, …); repeat for each. Mappings are proposed."),
        ] = None,
        rest: Annotated[list[Path] | None, typer.Argument(help="More files after --from.", hidden=True)] = None,
        as_json: Json = False,
    ) -> None:
        """Write a commented uncounted.toml; with --from FILE…, propose the column mappings."""
        from uncounted.project import template, write_new
        from uncounted.sources import propose
        from uncounted.sources.read import SUFFIXES

        files = [*(source or []), *(rest or [])]
        # `init --from a.csv b.csv`: the first bare argument after --from is a file, not the folder.
        if source and folder != Path() and (folder.is_file() or folder.suffix.casefold() in SUFFIXES):
            files.insert(len(source), folder)
            folder = Path()
        if folder.is_file():
            raise ProjectError(
                f"'{folder.name}' is a file; the folder of the project is wanted here.",
                do=f"To start from this file: uncounted init --from {folder.name}",
                code="P90",
            )
        for file in files:
            if not file.is_file():
                there = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
                raise ProjectError(
                    f"no such file: {file.name}.{did_you_mean(file.name, there)}",
                    do="Check the names after --from.",
                    code="P90",
                )
        text = propose(files, folder) if files else template()
        path = folder / "uncounted.toml"
        write_new(path, text)
        if as_json:
            result_json({"written": str(path), "lists": len(files)})
            return
        result(f"Wrote {path}")
        result("Next: read it and fill in what is marked, then run `uncounted check" + _at(folder) + "`.")


def _at(folder: Path) -> str:
    return "" if folder == Path() else f" {folder}"
