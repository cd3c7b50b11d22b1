"""All mistakes of a project file, raised once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uncounted.errors import ProjectError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake in the project file.

    Attributes
    ----------
    line : int
        Line in the file, 1-based; 0 if it has none.
    path : str
        Dotted path; lists of tables are numbered from 1: ``list[2].covers.from``.
    what : str
        What was found.
    allowed : str
        What is allowed instead; may be empty.
    near : str or None
        The nearest allowed name, if one is close.
    """

    line: int
    path: str
    what: str
    allowed: str = ""
    near: str | None = None

    def __str__(self) -> str:
        place = ", ".join(x for x in (f"line {self.line}" if self.line else "", self.path) if x)
        parts = [f"{place}: {self.what}" if place else self.what]
        if self.near:
            parts.append(f"Did you mean '{self.near}'?")
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}.")
        return " ".join(parts)


class ProjectFileErrors(ProjectError):
    """The project file has one or more mistakes; `mistakes` holds them in the order of their lines."""

    default_code = "P03"

    def __init__(self, mistakes: Sequence[Mistake], *, file: str, code: str = "") -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.line, m.path, m.what)))
        n = len(self.mistakes)
        head = f"{n} mistake{'s' if n > 1 else ''} in the project file."
        super().__init__(
            "\n".join([head, *(f"  {m}" for m in self.mistakes)]),
            where=file,
            do="Correct these lines, then run `uncounted check`. `uncounted schema` lists every key.",
            code=code,
        )
