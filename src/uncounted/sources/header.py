"""Finding the header row among title lines, and giving each column one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from uncounted.project.values import header_text

LINE_COLUMN = "__line"
HEADER_SEARCH_ROWS = 50
MOST_COLUMNS = 10_000


def find_header(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int | None:
    """Return the position of the header among the first rows of a file.

    It is the row that holds most of the mapped headers. If none holds any, it is the first row with more than half as
    many filled cells as rows mostly have: a title line fills one cell or two.

    Parameters
    ----------
    rows : sequence of sequences of str
        The first rows, blank ones included.
    wanted : collection of str
        Mapped headers; may be empty.

    Returns
    -------
    int or None
        None if no row has a filled cell.
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    if not any(filled):
        return None
    near = list(range(min(len(rows), HEADER_SEARCH_ROWS)))
    hits = {i: len(set(wanted) & {header_text(c) for c in rows[i]}) for i in near}
    best = max(near, key=lambda i: (hits[i], -i))
    if hits[best]:
        return best
    usual = usual_value([n for n in filled if n])
    least = usual // 2 + 1
    return next((i for i in near if filled[i] >= least), next(i for i, n in enumerate(filled) if n))


def usual_value(values: Sequence[int]) -> int:
    """Return the most frequent value, the largest of several equally frequent ones."""
    return max(Counter(values).items(), key=lambda item: (item[1], item[0]))[0]


def column_names(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return one name a column, and notes on what had to be changed.

    White space around a header is removed. A header that stands several times is numbered at every place, so that a
    mapping to it finds none and must choose; an empty one becomes ``(column 3)``.

    Returns
    -------
    tuple of str
        The names, all different, none empty.
    tuple of str
        Notes.
    """
    trimmed = [header_text(c) for c in cells]
    times = Counter(trimmed)
    taken = {name for name, n in times.items() if n == 1 and name and name != LINE_COLUMN}
    names: list[str] = []
    seen: Counter[str] = Counter()
    for position, name in enumerate(trimmed, start=1):
        if name in taken:
            names.append(name)
            continue
        seen[name] += 1
        if not name:
            wish = f"(column {position})"
        elif times[name] > 1:
            wish = f"{name} ({seen[name]})"
        else:
            wish = f"{name} (column {position})"
        while wish in taken:
            wish += "'"
        taken.add(wish)
        names.append(wish)
    return tuple(names), tuple(_header_notes(cells, trimmed, times))


def _header_notes(cells: Sequence[str], trimmed: Sequence[str], times: Counter[str]) -> list[str]:
    notes = []
    n_spaces = sum(1 for raw, name in zip(cells, trimmed, strict=True) if raw != name)
    if n_spaces:
        notes.append(f"{n_spaces} headers had white space or composed letters that were made uniform")
    empty = [i for i, name in enumerate(trimmed, start=1) if not name]
    if empty:
        notes.append(f"columns without a header, named by their position: {', '.join(map(str, empty))}")
    repeated = [i for i, name in enumerate(trimmed, start=1) if name and times[name] > 1]
    if repeated:
        notes.append(f"headers that stand more than once, numbered: columns {', '.join(map(str, repeated))}")
    return notes


def rows_in_words(rows: Sequence[int], *, word: str = "line", most: int = 5) -> str:
    """Return line numbers for a sentence: "line 3", "lines 3, 7 and 12 more"."""
    shown = ", ".join(str(r) for r in rows[:most])
    rest = f" and {len(rows) - most:,} more" if len(rows) > most else ""
    return f"{word}{'s' if len(rows) > 1 else ''} {shown}{rest}"
