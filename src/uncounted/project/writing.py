"""Writing files whole or not at all: a new project file, never over another; any other file in one step."""

from __future__ import annotations

import os
import tempfile
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


def replace_file(path: Path, data: bytes) -> None:
    """Put a file at `path` in one step, readable by its owner only, in the place of what may be there.

    It is written to a temporary file in the same folder, flushed to disk, and then renamed, so that at every moment
    the path holds the earlier file, or the new one, whole.

    Raises
    ------
    OSError
        If it cannot be written; what was there is as it was, and nothing half-written is left.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; systems that cannot open a folder for this do without."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
