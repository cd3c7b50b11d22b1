"""Published capture tables, each with its citation: to learn on, to test against, to compare with.

The counts are facts taken from the publications named in `citation`; `data/published.json` holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.errors import ProjectError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """What is known of a published table besides its counts.

    `list_names` says in words what each list is, where the publication does; `known_truth` is a later, near-complete
    count with its source, or None.
    """

    name: str
    title: str
    lists: tuple[str, ...]
    list_names: tuple[str, ...]
    n_listed: int
    citation: str
    known_truth: tuple[int, str] | None


def published(name: str) -> CaptureTable:
    """Return a published capture table by name, e.g. ``published("kosovo")``.

    Parameters
    ----------
    name : str
        One of `published_tables()`; upper and lower case, spaces, hyphens and underscores do not matter.

    Returns
    -------
    CaptureTable
        With its title in `name` and its source in `citation`.

    Raises
    ------
    ProjectError
        If there is no such table; the nearest name is given.
    """
    tables = _load()
    wanted = _plain(name)
    for key, entry in tables.items():
        if _plain(key) == wanted:
            return _table(entry)
    raise ProjectError(
        f"no published table '{name}'.{did_you_mean(name, tables)}",
        do=f"Choose one of: {', '.join(tables)}.",
        code="C20",
    )


def published_tables() -> tuple[PublishedTable, ...]:
    """List the published tables that come with the package."""
    return tuple(_describe(entry) for entry in _load().values())


@cache
def _load() -> dict[str, dict[str, object]]:
    import json
    from importlib.resources import files

    text = files("uncounted.captures").joinpath("data/published.json").read_text(encoding="utf-8")
    return {str(entry["name"]): entry for entry in json.loads(text)}


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _table(entry: dict[str, object]) -> CaptureTable:
    lists, strata = entry["lists"], entry["strata"]
    assert isinstance(lists, list)
    assert isinstance(strata, dict)
    rows = [CaptureTable.from_patterns(counts, lists=lists).counts[0, 0] for counts in strata.values()]
    return CaptureTable(
        lists=tuple(lists),
        strata=tuple(strata),
        counts=np.stack(rows)[None],
        name=str(entry["title"]),
        citation=str(entry["citation"]),
    )


def _describe(entry: dict[str, object]) -> PublishedTable:
    table = _table(entry)
    names = entry.get("list_names", [])
    truth = entry.get("known_truth")
    assert isinstance(names, list)
    return PublishedTable(
        name=str(entry["name"]),
        title=str(entry["title"]),
        lists=table.lists,
        list_names=tuple(str(n) for n in names),
        n_listed=int(table.n_listed[0]),
        citation=str(entry["citation"]),
        known_truth=(int(truth["n"]), str(truth["citation"])) if isinstance(truth, dict) else None,
    )
