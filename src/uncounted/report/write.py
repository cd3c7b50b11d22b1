"""Writing the page, or a picture: whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from uncounted.errors import ReportError
from uncounted.estimation.picture import forest_svg
from uncounted.estimation.result import Answer
from uncounted.project.writing import replace_file
from uncounted.report.content import ReportContent
from uncounted.report.html import render_html

_FULL = {errno.ENOSPC, errno.EDQUOT}


def write_report(content: ReportContent, path: Path) -> Path:
    """Render the report and put it at `path` in one step, readable by its owner only.

    The page is written to a temporary file in the same folder, flushed to disk, and then renamed, so that at every
    moment the path holds the earlier page, or the new one, whole.

    Parameters
    ----------
    content : ReportContent
    path : Path
        Where the page goes; the folder must exist.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ReportError
        R01 if the place cannot be written to, R02 if the disk is full, R03 if a picture cannot be drawn.
        Nothing half-written is left.
    """
    return _write(path, render_html(content), "report")


def write_picture(answer: Answer, path: Path) -> Path:
    """Draw all estimates of an answer and put the SVG at `path`, whole or not at all, readable by its owner only.

    Parameters
    ----------
    answer : Answer
    path : Path
        Where the picture goes; the folder must exist.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ReportError
        R01 if the place cannot be written to, R02 if the disk is full. Nothing half-written is left.
    """
    return _write(path, forest_svg(answer) + "\n", "picture")


def _write(path: Path, text: str, what: str) -> Path:
    try:
        replace_file(path, text.encode("utf-8"))
    except OSError as error:
        raise _refusal(path, error, what) from error
    return path


def _refusal(path: Path, error: OSError, what: str) -> ReportError:
    if error.errno in _FULL:
        return ReportError(
            f"the disk is full, so the {what} could not be written; nothing half-written is left.",
            where=path.name,
            do="Free some space and run the same command again.",
            code="R02",
        )
    reason = os.strerror(error.errno).lower() if error.errno else "the system refused"
    return ReportError(
        f"the {what} could not be written: {reason}; nothing half-written is left.",
        where=path.name,
        do="Make the folder, or give another place that you may write to.",
        code="R01",
    )
