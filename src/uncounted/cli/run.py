"""`uncounted run`: the whole way, from the lists to the report."""

from __future__ import annotations

from pathlib import Path

import typer

from uncounted.cli.estimate import exit_code
from uncounted.cli.options import Json, PassphraseFile, ProjectPath
from uncounted.cli.talk import progress_bar, result, result_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def run(project: ProjectPath = Path(), passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
        """Read, clean, link, count, estimate, and write the report."""
        from uncounted import pipeline
        from uncounted.cli.passphrase import passphrase_for
        from uncounted.project import load_project

        loaded = load_project(project)
        passphrase = passphrase_for(loaded, passphrase_file)
        with progress_bar() as progress:
            done = pipeline.run(loaded, passphrase=passphrase, progress=progress)
        assert done.answer is not None
        for stage in done.reused:
            say(f"Reused: {stage} (same input, settings and version as before).")
        if as_json:
            result_json(done.to_json())
        else:
            result(str(done))
        raise typer.Exit(exit_code(done.answer.verdict.level))
