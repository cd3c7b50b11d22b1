"""`uncounted schema`: the JSON Schema of the project file, for editors that complete and check."""

from __future__ import annotations

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result_json


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def schema(as_json: Json = True) -> None:  # noqa: ARG001 - it is JSON either way
        """Print the JSON Schema of uncounted.toml."""
        from uncounted.project import json_schema

        result_json(json_schema())
