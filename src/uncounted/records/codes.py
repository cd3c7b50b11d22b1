"""Explanations of the error codes of this room, for `uncounted explain`."""

from __future__ import annotations

CODES: dict[str, str] = {
    "K01": (
        "The files read and the lists declared in the project do not go together: a file was read for a list that the "
        "project does not declare, or two files were read under one list's name. Every record must belong to exactly "
        "one declared list, since the estimate counts people by the lists they are on. Declare each list once in "
        "uncounted.toml and run again."
    ),
    "K02": (
        "A column named in the project file is not in the delivered file, so a field of every record of that list "
        "would be missing without a word. Compare the mapping under [list.columns] with the header of the file; the "
        "message names the header that comes nearest."
    ),
}
