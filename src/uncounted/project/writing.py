"""Writing a new project file, whole or not at all, and never over another."""

from __future__ import annotations

import os
from pathlib import Path

from uncounted.errors import ProjectError


def write_new(path: Path, text: str) -> None:
    """Write a project file where there is none yet; its folder is made if need be.

    Parameters
    ----------
    path : Path
        The file to write.
    text : str
        What goes into it.

    Raises
    ------
    ProjectError
        P04 if there is a file already, P05 if it cannot be written; then nothing half-written is left.
    """
    problem: OSError | None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Headers of lists stand in it: for nobody but the one who writes it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        # Making the folder fails the same way where a part of its path is a file.
        problem = error if not path.exists() else None
    except OSError as error:
        problem = error
    else:
        problem = _fill(handle, path, text)
        if problem is None:
            return
    if problem is None:
        raise ProjectError(
            f"there is a file '{path.name}' already; it was not touched.",
            do="move it away, or give another folder.",
            code="P04",
        )
    raise ProjectError(
        f"'{path.name}' cannot be written: {(problem.strerror or 'unknown reason').lower()}.",
        do="choose a folder you may write to, with free space.",
        code="P05",
    )


def _fill(handle: int, path: Path, text: str) -> OSError | None:
    """Write the text and force it to disk; if that fails, remove the file and return the error."""
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        return error
    return None
