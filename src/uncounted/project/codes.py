"""What `uncounted explain` says about the codes of this room."""

from __future__ import annotations

CODES: dict[str, str] = {
    "P01": (
        "The project file was not found, or is not a file. A project is a folder with a file uncounted.toml in it. "
        "`uncounted init` writes a commented one; `uncounted init --from FILE…` proposes one from your lists."
    ),
    "P02": (
        "The project file is not valid TOML, so nothing in it could be read. The line is where reading stopped; the "
        "slip is on that line or the one before it: a quote or bracket left open, a text without quotes, a key written "
        "twice. In a path write / instead of a backslash, or put the path in single quotes."
    ),
    "P03": (
        "The project file can be read, and something in it is not allowed. All mistakes are listed at once, each with "
        "its line, what was found and what is allowed. Unknown keys are refused because a misspelt key would otherwise "
        "be ignored in silence and a default used instead. `uncounted schema` prints every key with its meaning."
    ),
    "P04": (
        "There is a project file already, and `init` never writes over one: what you decided and why stands in it. "
        "Move it away, or give another folder."
    ),
    "P05": (
        "The project file could not be written: the folder may not be written to, a part of the path is a file, or the "
        "disk is full. Nothing half-written is left."
    ),
}
