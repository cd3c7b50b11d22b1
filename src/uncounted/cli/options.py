"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File whose first line is the passphrase ('-': standard input)."),
]
ProjectPath = Annotated[Path, typer.Argument(help="Project folder or its uncounted.toml.", metavar="[PROJECT]")]
