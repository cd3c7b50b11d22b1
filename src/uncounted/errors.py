"""Every way `uncounted` says no, with a code, a place and a next step.

An error never carries the value of a cell: names, dates and places of people stay in the data. It carries
what was expected, where (file, line, column, list, stratum), why it matters and what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class UncountedError(Exception):
    """Base of all errors a user can cause and a user can mend.

    Parameters
    ----------
    what : str
        What was expected and what was found, in the user's words, without any cell value.
    where : str
        File, line, column, list or stratum. Empty if the message already says it.
    why : str
        Why it matters for the number or the people. May be empty.
    do : str
        One concrete next step.
    code : str
        A code such as ``"S03"``, explained by ``uncounted explain``. Defaults to the class's first code.

    Attributes
    ----------
    exit_code : int
        What the command line returns: 2 project file or usage, 3 source data, 4 estimate refused, 5 needs review.
    """

    exit_code: ClassVar[int] = 70
    default_code: ClassVar[str] = "U00"

    def __init__(self, what: str, *, where: str = "", why: str = "", do: str = "", code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.do = do
        self.code = code or self.default_code

    def __str__(self) -> str:
        lines = [f"[{self.code}] " + (f"{self.where}: " if self.where else "") + self.what]
        if self.why:
            lines.append(f"Why it matters: {self.why}")
        if self.do:
            lines.append(f"Do: {self.do}")
        return "\n".join(lines)


class ProjectError(UncountedError):
    """The project file or the call is wrong: unknown key, bad value, missing file name."""

    exit_code: ClassVar[int] = 2
    default_code: ClassVar[str] = "P00"


class SourceError(UncountedError):
    """A delivered file cannot be read as declared."""

    exit_code: ClassVar[int] = 3
    default_code: ClassVar[str] = "S00"


class CaptureError(UncountedError):
    """A table of counts contradicts itself or its coverage."""

    exit_code: ClassVar[int] = 3
    default_code: ClassVar[str] = "C00"


class LinkageError(UncountedError):
    """Records could not be linked: too many pairs, a model that broke down, nothing to compare."""

    exit_code: ClassVar[int] = 3
    default_code: ClassVar[str] = "L00"


class DecisionError(UncountedError):
    """A review decision is malformed, contradicts another, or its chain does not verify."""

    exit_code: ClassVar[int] = 5
    default_code: ClassVar[str] = "D00"


class StoreError(UncountedError):
    """The project's store cannot be opened, is in use, is damaged, or the disk is full."""

    exit_code: ClassVar[int] = 2
    default_code: ClassVar[str] = "T00"


class NotEstimable(UncountedError):
    """No number can be given under this assumption; the reason is the result."""

    exit_code: ClassVar[int] = 4
    default_code: ClassVar[str] = "E00"


class ReportError(UncountedError):
    """The page could not be written."""

    exit_code: ClassVar[int] = 2
    default_code: ClassVar[str] = "R00"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `name` (case-folded), or None if none is close."""
    by_fold = {c.casefold(): c for c in candidates}
    found = difflib.get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest candidate, or an empty string."""
    near = nearest(name, candidates)
    return f" Did you mean '{near}'?" if near else ""
