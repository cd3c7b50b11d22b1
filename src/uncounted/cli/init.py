"""`uncounted init`: a project file to start from, with mappings proposed from the headers of given files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json
from uncounted.errors import ProjectError


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

        files = [*(source or []), *(rest or [])]
        # `init --from a.csv b.csv`: the first bare argument after --from is a file, not the folder.
        if source and folder != Path() and folder.is_file():
            files.insert(len(source), folder)
            folder = Path()
        missing = [f.name for f in files if not f.is_file()]
        if missing:
            raise ProjectError(f"no such file: {', '.join(missing)}.", do="Check the names after --from.", code="P90")
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
