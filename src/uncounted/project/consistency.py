"""What no single value of a project file can be blamed for: names used twice, a period that ends before it begins.

These checks look at the raw tables, so that they also run when other values are wrong: all mistakes come out at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path as FilePath
from typing import Any, Literal

from uncounted.errors import nearest
from uncounted.project.mistakes import Mistake
from uncounted.project.strict import dotted
from uncounted.project.toml_lines import Path, TomlLines
from uncounted.project.values import date_bound

_Finding = tuple[Path, str, str, str | None]  # where, what was found, what is allowed, nearest name
_SHEET_FORMATS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_STRATUM_COLUMNS = {
    "year": "event",
    "half": "event",
    "quarter": "event",
    "place": "place",
    "sex": "sex",
    "kind": "kind",
}


def consistency_mistakes(
    data: Mapping[str, Any], lines: TomlLines, *, folder: FilePath, files_must_exist: bool
) -> list[Mistake]:
    """Return the mistakes that show only between values, or between the file and the disk.

    Parameters
    ----------
    data : mapping
        The project file as `tomllib` read it; any value may have a wrong type.
    lines : TomlLines
        Where the keys stand.
    folder : Path
        Folder of the project file; relative paths start there.
    files_must_exist : bool
        Whether a list's file that is not there is a mistake.
    """
    checks: list[Callable[[Mapping[str, Any]], Iterator[_Finding]]] = [
        _period,
        _same_names,
        _built_from,
        _nothing_to_link_by,
        _list_periods,
        _keys_of_other_formats,
        _strata,
        _max_order,
        _documented,
    ]
    found = [finding for check in checks for finding in check(data)]
    if files_must_exist:
        found += list(_missing_files(data, folder))
    return [
        Mistake(line=lines.line(path), path=dotted(path), what=what, allowed=allowed, near=near)
        for path, what, allowed, near in found
    ]


# -- reaching into raw tables -----------------------------------------------------------------------------------
def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _strings(data: Mapping[str, Any], key: str) -> list[tuple[int, str]]:
    value = data.get(key)
    return [(i, x) for i, x in enumerate(value) if isinstance(x, str)] if isinstance(value, list) else []


def _lists(data: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    value = data.get("list")
    return [(i, x) for i, x in enumerate(value) if isinstance(x, Mapping)] if isinstance(value, list) else []


def _names(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the lists as written, by their compared form."""
    return {_folded(x["name"]): x["name"] for _, x in _lists(data) if isinstance(x.get("name"), str)}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    # Names become names of columns, and databases do not tell upper from lower case there.
    return _composed(name).casefold()


def _bound(table: Mapping[str, Any], key: str, end: Literal["first", "last"]) -> date | None:
    """Return a bound if it can be read; if not, the strict reading has already said so."""
    if key not in table:
        return None
    try:
        return date_bound(table[key], end=end)
    except ValueError:
        return None


# -- checks -----------------------------------------------------------------------------------------------------
def _period(data: Mapping[str, Any]) -> Iterator[_Finding]:
    project = _table(data, "project")
    start, end = _bound(project, "from", "first"), _bound(project, "to", "last")
    if start and end and start > end:
        yield ("project", "from"), f"the period begins on {start} and ends before, on {end}.", "from before to", None


def _same_names(data: Mapping[str, Any]) -> Iterator[_Finding]:
    seen: dict[str, int] = {}
    for i, item in _lists(data):
        name = item.get("name")
        if not isinstance(name, str):
            continue
        first = seen.setdefault(_folded(name), i)
        if first != i:
            what = f"the name '{name}' is also that of [[list]] {first + 1} (upper and lower case count as the same)."
            yield ("list", i, "name"), what, "a name no other list has", None


def _built_from(data: Mapping[str, Any]) -> Iterator[_Finding]:
    names = _names(data)
    for i, item in _lists(data):
        own = item.get("name")
        for k, parent in _strings(item, "built_from"):
            path: Path = ("list", i, "built_from", k)
            others = [n for n in names.values() if n != own]
            if isinstance(own, str) and _composed(parent) == _composed(own):
                yield path, "a list cannot be built from itself.", ", ".join(others), None
            elif _composed(parent) not in {_composed(n) for n in names.values()}:
                yield path, f"there is no list '{parent}'.", ", ".join(others), nearest(parent, others)


def _nothing_to_link_by(data: Mapping[str, Any]) -> Iterator[_Finding]:
    """Refuse a list without names, unless two dates and a place stand for them (then `uncounted check` warns)."""
    for i, item in _lists(data):
        columns = item.get("columns")
        if not isinstance(columns, Mapping) or {"name", "surname"} & set(columns):
            continue
        if not ({"birth", "event", "place"} <= set(columns)):
            what = "no column holds a name, so its people cannot be found on other lists."
            allowed = 'name = "…" (whole name) or surname = "…"; without names, birth, event and place together'
            yield ("list", i, "columns"), what, allowed, None


def _list_periods(data: Mapping[str, Any]) -> Iterator[_Finding]:
    project = _table(data, "project")
    period = _bound(project, "from", "first"), _bound(project, "to", "last")
    for i, item in _lists(data):
        covers = _table(item, "covers")
        start, end = _bound(covers, "from", "first"), _bound(covers, "to", "last")
        if start and end and start > end:
            what = f"the list's coverage begins on {start} and ends before, on {end}."
            yield ("list", i, "covers", "from"), what, "from before to", None
        elif start and period[1] and start > period[1]:
            what = f"the list begins on {start}, after the project's period ends on {period[1]}: it can hold nobody."
            yield ("list", i, "covers", "from"), what, "dates that overlap the period of [project]", None
        elif end and period[0] and end < period[0]:
            what = f"the list ends on {end}, before the project's period begins on {period[0]}: it can hold nobody."
            yield ("list", i, "covers", "to"), what, "dates that overlap the period of [project]", None


def _keys_of_other_formats(data: Mapping[str, Any]) -> Iterator[_Finding]:
    for i, item in _lists(data):
        file = item.get("file")
        if not isinstance(file, str):
            continue
        suffix = FilePath(file).suffix.casefold()
        is_text = suffix in {".csv", ".tsv", ".txt"}
        for key in ("encoding", "delimiter"):
            if key in item and suffix in {*_SHEET_FORMATS, ".parquet"}:
                yield ("list", i, key), f"a {suffix} file has no {key}.", f"leave out '{key}'", None
        if "sheet" in item and (is_text or suffix == ".parquet"):
            yield ("list", i, "sheet"), f"a {suffix} file has no sheets.", "leave out 'sheet'", None


def _strata(data: Mapping[str, Any]) -> Iterator[_Finding]:
    mapped = {field for _, item in _lists(data) for field in _table(item, "columns")}
    seen: set[str] = set()
    for k, stratum in _strings(_table(data, "estimate"), "strata"):
        path: Path = ("estimate", "strata", k)
        needed = _STRATUM_COLUMNS.get(stratum)
        if stratum in seen:
            yield path, f"'{stratum}' stands twice.", "each stratum once", None
        elif needed and needed not in mapped:
            what = f"'{stratum}' needs a column '{needed}', and no list maps one."
            yield path, what, f'{needed} = "…" under [list.columns] of some list', None
        seen.add(stratum)


def _max_order(data: Mapping[str, Any]) -> Iterator[_Finding]:
    order = _table(data, "estimate").get("max_order")
    n_lists = len(_lists(data))
    if isinstance(order, int) and not isinstance(order, bool) and n_lists and order >= max(n_lists, 2):
        what = f"found {order}, with {n_lists} lists."
        allowed = (
            "a number below the number of lists: the highest interaction cannot be told from the people on no list"
        )
        yield ("estimate", "max_order"), what, allowed, None


def _documented(data: Mapping[str, Any]) -> Iterator[_Finding]:
    """Without strata there is one number to give; labels of strata are known only once people are counted."""
    if _strings(_table(data, "estimate"), "strata"):
        return
    for key in _table(_table(data, "background"), "documented"):
        if key != "all":
            what = f"there is no stratum '{key}', because [estimate] strata is empty."
            yield ("background", "documented", key), what, "all = number of people, or strata to split by", None


def _missing_files(data: Mapping[str, Any], folder: FilePath) -> Iterator[_Finding]:
    wanted: list[tuple[Path, object]] = [(("list", i, "file"), item.get("file")) for i, item in _lists(data)]
    wanted.append((("gazetteer", "file"), _table(data, "gazetteer").get("file")))
    for where, file in wanted:
        if not isinstance(file, str) or not file.strip():
            continue
        path = folder / file.strip()
        if path.is_file():
            continue
        if path.exists():
            yield where, f"'{file}' is a folder or device, not a file.", "a file", None
            continue
        near = nearest(path.name, _file_names(path.parent))
        near_path = str(FilePath(file.strip()).parent / near) if near else None
        yield where, f"there is no file '{file}' (looked for from the project file's folder).", "", near_path


def _file_names(folder: FilePath) -> list[str]:
    """Return the names of the files in a folder that can be read; none if it cannot."""
    try:
        return sorted(p.name for p in folder.iterdir() if p.is_file())
    except OSError:
        return []
