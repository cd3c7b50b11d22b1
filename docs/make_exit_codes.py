"""Write docs/exit-codes.md from the codes that `uncounted explain` knows: `python docs/make_exit_codes.py`."""

from __future__ import annotations

from pathlib import Path

from uncounted.cli.explain import all_codes
from uncounted.errors import UncountedError

PAGE = Path(__file__).with_name("exit-codes.md")

INTRO = """\
# Exit codes and error codes

<!-- Written by docs/make_exit_codes.py from the program; a test compares the two. Do not edit by hand. -->

A command ends with one of these codes, so that a script can tell an answer from a refusal.

| exit code | meaning |
|---|---|
| 0 | done; for an estimate: the verdict is "estimate" |
| 1 | done, and something did not hold: the verdict is "range only" or "lower bound only", or `doctor` found a fault |
"""

MEANINGS = {
    2: "the project file, the command as typed, the store or the place to write to is at fault",
    3: "the data are at fault: a list, a table of counts, or records that cannot be linked",
    4: 'no number can be given: the verdict is "refused"',
    5: "a review decision is at fault",
}

AFTER = """\
| 70 | a fault of the program; please report the place it names |
| 130 | stopped by Ctrl-C; finished stages are kept |

Results go to standard output, everything else to standard error. An error has a code, a place, a reason and a next
step, and never the value of a cell. The letter of a code says which part speaks:
"""

LETTERS = {
    "C": "tables of counts",
    "D": "decisions",
    "E": "estimation",
    "K": "cleaning of records",
    "L": "linkage",
    "P": "project file and commands",
    "R": "verdict rules (one or two digits without a zero in front) and the report (R01 …)",
    "S": "files of lists",
    "T": "store",
    "U": "the program itself",
}

CODES = """\

Only the first sentence stands here; `uncounted explain S03` prints all of one. The verdict rules are in
[verdicts.md](verdicts.md).

| code | meaning |
|---|---|"""


def page() -> str:
    """Return the whole page."""
    letters = "\n".join(f"- {letter}: {words}" for letter, words in LETTERS.items())
    rows = [f"| {code} | {first_sentence(words)} |" for code, words in all_codes().items()]
    return INTRO + "".join(_exit_rows()) + AFTER + letters + "\n" + CODES + "\n" + "\n".join(rows) + "\n"


def first_sentence(words: str) -> str:
    """Return the first sentence, or for a verdict rule the first two: the first is only its name."""
    sentences = words.split(". ")
    shown = sentences[: 2 if words.startswith("Rule R") else 1]
    return ". ".join(shown).rstrip(".").replace("|", "\\|") + "."


def _exit_rows() -> list[str]:
    """Return one row for each exit code of the error classes, with the classes that end so."""
    kinds: dict[int, list[str]] = {}
    for kind in UncountedError.__subclasses__():
        kinds.setdefault(kind.exit_code, []).append(f"`{kind.__name__}`")
    return [f"| {code} | {MEANINGS[code]} ({', '.join(names)}) |\n" for code, names in sorted(kinds.items())]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
