"""`uncounted passphrase`, and how every command gets at the passphrase of a project."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json, say
from uncounted.errors import ProjectError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def passphrase(as_json: Json = False) -> None:
        """Print a new six-word passphrase (for `--passphrase-file`)."""
        from uncounted.store import generate_passphrase

        words = generate_passphrase()
        if as_json:
            result_json({"passphrase": words})
        else:
            result(words)


def passphrase_for(project: object, file: Path | None) -> str | None:
    """Return the passphrase of a project, or None for a plain store.

    Asked for at the terminal, or read from the first line of `file`. A new project gets a generated one, shown once.

    Raises
    ------
    ProjectError
        If there is neither a terminal nor a file, or the file cannot be read or is empty.
    """
    from uncounted.pipeline import open_store, store_path
    from uncounted.project.model import Project
    from uncounted.store import generate_passphrase

    assert isinstance(project, Project)
    if project.store == "plain":
        say("Store: plain (not encrypted). Only for invented or public data.")
        return None
    if file is not None:
        return _from_file(file)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ProjectError(
            "this project's store is encrypted and there is no terminal to ask for the passphrase.",
            do="Give `--passphrase-file FILE`; `uncounted passphrase > FILE` makes a new one.",
            code="P91",
        )
    if store_path(project).exists():
        return str(typer.prompt("Passphrase", hide_input=True, err=True))
    words = generate_passphrase()
    say("A new encrypted store is made. Write this passphrase down; without it nothing can be read again:\n")
    say(f"    {words}\n")
    while typer.prompt("Type it once more to go on", hide_input=True, err=True).strip() != words:
        say("That is not the same; try again, or Ctrl-C to stop.")
    # At once, so that the passphrase written down is the store's even if a list then cannot be read.
    open_store(project, words).close()
    return words


def _from_file(file: Path) -> str:
    try:
        text = sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ProjectError(f"the passphrase file '{file.name}' cannot be read.", code="P91") from None
    words = text.split("\n", 1)[0].strip()
    if not words:
        raise ProjectError(f"the first line of the passphrase file '{file.name}' is empty.", code="P91")
    return words
