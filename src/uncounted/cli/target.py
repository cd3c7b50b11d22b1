"""What a command works on: a published table, a CSV of counts, or a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from uncounted.cli.passphrase import passphrase_for
from uncounted.cli.talk import Progress

if TYPE_CHECKING:
    from uncounted.captures import CaptureTable
    from uncounted.pipeline import Run

PUBLISHED = "published:"


def is_project(target: str) -> bool:
    """Tell whether a target is a project: a folder, or a project file."""
    return Path(target).is_dir() or Path(target).suffix == ".toml"


def counts_of(target: str) -> CaptureTable:
    """Return the table of a published name or of a CSV of counts.

    Raises
    ------
    CaptureError
        If there is no such table, or the file cannot be read as counts.
    """
    from uncounted.captures import published, read_counts

    return published(target.removeprefix(PUBLISHED)) if target.startswith(PUBLISHED) else read_counts(Path(target))


def run_project(target: str, passphrase_file: Path | None, progress: Progress) -> Run:
    """Run a project up to its estimate; stages that nothing has changed are taken from its store.

    Raises
    ------
    UncountedError
        As `pipeline.run`.
    """
    from uncounted import pipeline
    from uncounted.project import load_project

    project = load_project(Path(target))
    passphrase = passphrase_for(project, passphrase_file)
    return pipeline.run(project, passphrase=passphrase, until="estimate", progress=progress)
