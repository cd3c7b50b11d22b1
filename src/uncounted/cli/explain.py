"""`uncounted explain CODE`: what an error or check code means and what to do about it."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json

ROOMS = (
    "project", "store", "sources", "records", "linkage", "register", "review", "captures", "counts", "estimation",
    "simulate", "report",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def explain(
        code: Annotated[
            str | None, typer.Argument(help="A code such as S03 or R6; without it, all are listed.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Explain an error code or a verdict rule."""
        codes = all_codes()
        if code is None:
            if as_json:
                result_json(codes)
            else:
                for key, words in codes.items():
                    result(f"{key:<5} {words.split('. ')[0].rstrip('.')}.")
            return
        key = code.strip().upper().strip("[]")
        if key not in codes:
            from uncounted.errors import ProjectError, did_you_mean

            raise ProjectError(
                f"there is no code '{code}'.{did_you_mean(key, codes)}",
                do="`uncounted explain` without a code lists all.",
                code="P90",
            )
        if as_json:
            result_json({key: codes[key]})
        else:
            result(f"{key}: {codes[key]}")


def all_codes() -> dict[str, str]:
    """Return every code of every room with its explanation, in order of code."""
    codes = {
        "P90": "A command was given a name or path it does not know. The message names the nearest one.",
        "P91": "The passphrase could not be asked for, since there is no terminal. Give `--passphrase-file FILE`; the "
        "first line of the file is the passphrase. A passphrase is never an argument or an environment variable, where "
        "other programs could read it.",
        "P93": "A decision names two records and says whether they are the same person, different people, or unsure.",
        "P94": "An option of `uncounted estimate` was given for a project. A project's choices stand in its file, "
        "where the report finds them; options are for tables of counts.",
        "D90": "A decision names a record that is in none of the lists. `uncounted link --unsure 20` shows ids.",
        "T90": "The disk is full, or a file may not be written. Everything finished before is kept; when there is "
        "space, the same command goes on from there.",
        "U70": "A fault of the program. Its message is not shown, since messages of libraries quote the data they "
        "stumbled over.",
    }
    for room in ROOMS:
        codes.update(import_module(f"uncounted.{room}.codes").CODES)
    return dict(sorted(codes.items(), key=lambda item: (item[0][0], int(item[0][1:]))))
