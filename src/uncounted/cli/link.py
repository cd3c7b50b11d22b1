"""`uncounted link`: which records are one person, and how sure that is."""

from __future__ import annotations

from pathlib import Path

import typer

from uncounted.cli.options import Json, PassphraseFile, ProjectPath
from uncounted.cli.talk import progress_bar, result, result_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def link(project: ProjectPath = Path(), passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
        """Link the records of all lists and show pairs, clusters and overlaps."""
        from uncounted import pipeline
        from uncounted.cli.passphrase import passphrase_for
        from uncounted.project import load_project

        loaded = load_project(project)
        passphrase = passphrase_for(loaded, passphrase_file)
        with progress_bar() as progress:
            done = pipeline.run(loaded, passphrase=passphrase, until="link", progress=progress)
        for stage in done.reused:
            say(f"Reused: {stage} (same input, settings and version as before).")
        summary = done.linkage
        assert summary is not None
        if as_json:
            result_json(summary.to_json())
        else:
            result(str(summary))
