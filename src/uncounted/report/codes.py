"""Error codes of the report and what they mean."""

from __future__ import annotations

CODES: dict[str, str] = {
    "R01": (
        "The page (or picture) could not be written: the folder does not exist, may not be written to, or the path is "
        "a folder. Nothing was changed; an earlier page at the same place is still there, whole. "
        "Make the folder, or give another place."
    ),
    "R02": (
        "The disk, or the space allotted to you on it, is full, so the page (or picture) could not be written. Nothing "
        "half-written is left and an earlier page at the same place is still there, whole. Free some space and run the "
        "same command again; the results it is made from are kept."
    ),
    "R03": (
        "A picture could not be drawn, or came out with parts a safe page may not hold. No page is written without its "
        "pictures, so that nobody takes half a report for a whole one. This is a fault of the program, not of your "
        "data: please report it with the name of the picture."
    ),
}
