"""What `uncounted explain` says about the codes of this room."""

from __future__ import annotations

CODES: dict[str, str] = {
    "P95": (
        "The demo writes a whole project folder and would have to write over files that it did not make. It writes "
        "into a new or empty folder, or over an earlier demo (a folder with a truth.json). Name another folder."
    ),
    "P96": (
        "The files of the demo could not be written: the disk may be full, or the folder may not be yours to write in. "
        "Nothing was left half-written; files written before the failure are whole. Name another folder, or make room."
    ),
}
