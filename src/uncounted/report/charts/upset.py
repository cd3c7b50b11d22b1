"""The overlap picture (UpSet): which lists found the same people, one bar for each combination of lists."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.report import numbers
from uncounted.report.charts import marks, theme
from uncounted.report.charts.marks import Row
from uncounted.report.content import ReportContent

MOST_WIDE = 24
MOST_NARROW = 16
_ROW = 26.0


def upset_picture(content: ReportContent) -> theme.Picture:
    """Return the overlap picture: patterns by size (median over draws), whiskers from the smallest to the largest."""
    table = content.table
    titles = [content.list_title(name) for name in table.lists]
    rows = pattern_rows(table)
    return theme.Picture(
        id="overlap",
        title="How the lists overlap",
        alt=_alt(content, titles, rows),
        caption=_caption(table, rows),
        wide=_wide(table, titles, rows[:MOST_WIDE]),
        narrow=_narrow(table, titles, rows[:MOST_NARROW]),
        head=("On these lists", "Pattern", "People", *(("Range over linkage draws",) if table.n_draws > 1 else ())),
        rows=tuple(
            (
                " + ".join(t for t, on in zip(titles, r["member"], strict=True) if on),
                r["label"],
                numbers.whole(r["n"]),
                *((numbers.span(r["low"], r["high"]),) if table.n_draws > 1 else ()),
            )
            for r in rows
        ),
    )


def pattern_rows(table: CaptureTable) -> list[Row]:
    """Return the patterns that hold anybody in any draw, largest first, then in table order."""
    per_draw = table.counts.sum(axis=1)
    middle, low, high = np.median(per_draw, axis=0), per_draw.min(axis=0), per_draw.max(axis=0)
    order = sorted(np.flatnonzero(high > 0), key=lambda k: (-middle[k], k))
    return [
        {
            "label": table.pattern_labels[k],
            "member": tuple(bool(x) for x in table.patterns[k]),
            "n": float(middle[k]),
            "low": int(low[k]),
            "high": int(high[k]),
        }
        for k in order
    ]


def _alt(content: ReportContent, titles: list[str], rows: list[Row]) -> str:
    table = content.table
    totals = np.median(table.list_totals, axis=0)
    per_list = ", ".join(f"{title} {numbers.whole(n)}" for title, n in zip(titles, totals, strict=True))
    listed = float(np.median(table.n_listed))
    single = sum(r["n"] for r in rows if sum(r["member"]) == 1)
    parts = [
        f"Overlap of {len(titles)} list{'' if len(titles) == 1 else 's'} with "
        f"{numbers.counted(listed, content.unit)} on them: {per_list}"
    ]
    if len(titles) > 1:
        parts.append(f"{numbers.whole(single)} are on one list only")
    if rows:
        first = rows[0]
        names = " and ".join(t for t, on in zip(titles, first["member"], strict=True) if on)
        parts.append(f"the largest combination is {names} with {numbers.whole(first['n'])}")
    return "; ".join(parts) + "."


def _caption(table: CaptureTable, rows: list[Row]) -> str:
    words = "Each bar counts the people who are on exactly the marked lists and on no other."
    if table.n_draws > 1:
        words += (
            f" Bars are medians over {table.n_draws} draws of the linkage; "
            "thin lines run from the smallest to the largest draw."
        )
    empty = 2**table.n_lists - 1 - len(rows)
    if empty:
        words += f" {empty} combination{' is' if empty == 1 else 's are'} empty and not drawn."
    if len(rows) > MOST_NARROW:
        words += (
            f" Only the largest are drawn, on a phone {MOST_NARROW}, elsewhere up to {MOST_WIDE}; the table has all."
        )
    return words


def _wide(table: CaptureTable, titles: list[str], rows: list[Row]) -> str:
    left, bars = 236, 170.0
    step = min(46.0, (theme.WIDE_PX - left - 12) / max(len(rows), 1))
    totals = np.median(table.list_totals, axis=0)
    most = max((r["high"] for r in rows), default=1) or 1
    xs = [left + step * (i + 0.5) for i in range(len(rows))]
    names = [_lines(title, numbers.whole(n)) for title, n in zip(titles, totals, strict=True)]
    row = 15.0 * max(len(n) for n in names) + 10
    ys = [bars + 18 + row * (j + 0.5) for j in range(len(titles))]
    bar_data, dots, links, labels = [], [], [], []
    for x, r in zip(xs, rows, strict=True):
        top = bars - (bars - 24) * r["n"] / most
        high, low = (bars - (bars - 24) * r[k] / most for k in ("high", "low"))
        bar_data.append({"x": x - step * 0.32, "x2": x + step * 0.32, "y": bars, "y2": top})
        bar_data[-1]["range"] = {"x": x, "y": low, "y2": high}
        labels.append({"x": x, "y": min(top, high) - 9, "t": numbers.whole(r["n"])})
        on = [y for y, m in zip(ys, r["member"], strict=True) if m]
        links.append({"x": x, "y": min(on), "y2": max(on)})
        dots += [{"x": x, "y": y, "on": m} for y, m in zip(ys, r["member"], strict=True)]
    small = _collide(labels)
    stripes = [{"x": 0.0, "x2": float(theme.WIDE_PX), "y": y - row / 2, "y2": y + row / 2} for y in ys[::2]]
    layers = _shapes(bar_data, links, dots, stripes, whiskers=table.n_draws > 1, vertical=True)
    layers.append(marks.texts(labels, "left" if small else "center", angle=300 if small else 0))
    name_rows = [
        {"x": left - 14, "y": y + 15.0 * (k - (len(lines) - 1) / 2), "t": line}
        for y, lines in zip(ys, names, strict=True)
        for k, line in enumerate(lines)
    ]
    layers.append(marks.texts(name_rows, "right", limit=left - 16))
    layers.append(marks.texts([{"x": left - 14, "y": bars - 6, "t": "people on exactly\nthese lists"}], "right", dy=-8))
    height = ys[-1] + row / 2 + 4
    return theme.draw(
        layers,
        theme.Frame(width=theme.WIDE_PX, height=height, left=0, right=0, top=34 if small else 4, bottom=0),
        "overlap-wide",
    )


def _narrow(table: CaptureTable, titles: list[str], rows: list[Row]) -> str:
    """Draw the same turned by a quarter: one row a pattern, lists as lettered columns explained above."""
    letters = [chr(ord("A") + j) for j in range(len(titles))]
    totals = np.median(table.list_totals, axis=0)
    legend: list[Row] = []
    for a, title, n in zip(letters, titles, totals, strict=True):
        for k, line in enumerate(_lines(title, numbers.whole(n), 42, 2)):
            y = legend[-1]["y"] + (20.0 if k == 0 else 16.0) if legend else 10.0
            legend += [{"x": 2.0, "y": y, "t": a}] * (k == 0) + [{"x": 20.0, "y": y, "t": line}]
    head = legend[-1]["y"] + 36
    column = min(24.0, 150.0 / len(titles))
    left = column * len(titles) + 10
    reach = theme.NARROW_PX - left - 60
    most = max((r["high"] for r in rows), default=1) or 1
    xs = [column * (j + 0.5) for j in range(len(titles))]
    ys = [head + 20 + _ROW * i for i in range(len(rows))]
    bar_data, dots, links, labels = [], [], [], []
    for y, r in zip(ys, rows, strict=True):
        end, low, high = (left + reach * r[k] / most for k in ("n", "low", "high"))
        bar_data.append({"x": left, "x2": end, "y": y - 8, "y2": y + 8})
        bar_data[-1]["range"] = {"x": low, "x2": high, "y": y}
        labels.append({"x": max(end, high) + 6, "y": y, "t": numbers.whole(r["n"])})
        on = [x for x, m in zip(xs, r["member"], strict=True) if m]
        links.append({"x": min(on), "x2": max(on), "y": y})
        dots += [{"x": x, "y": y, "on": m} for x, m in zip(xs, r["member"], strict=True)]
    stripes = [{"x": 0.0, "x2": float(theme.NARROW_PX), "y": y - 13, "y2": y + 13} for y in ys[::2]]
    layers = _shapes(bar_data, links, dots, stripes, whiskers=table.n_draws > 1, vertical=False)
    layers.append(marks.texts(labels, "left"))
    layers.append(marks.texts(legend, "left", limit=theme.NARROW_PX - 22))
    layers.append(marks.texts([{"x": x, "y": head, "t": a} for x, a in zip(xs, letters, strict=True)], "center"))
    height = (ys[-1] if ys else head) + 16
    frame = theme.Frame(width=theme.NARROW_PX, height=height, left=0, right=0, top=2, bottom=0)
    return theme.draw(layers, frame, "overlap-narrow")


def _lines(title: str, n: str, characters: int = 31, lines: int = 3) -> list[str]:
    """Return a list's title on a few lines, its number of people at the end even where the title had to be cut."""
    whole = theme.wrapped(f"{title} {n}", characters, lines)
    if "…" not in whole or "…" in title:
        return whole.split("\n")
    return f"{theme.wrapped(title, characters - len(n) - 1, lines)} {n}".split("\n")


def _collide(labels: list[Row]) -> bool:
    """Return whether two neighbouring numbers over bars would touch if set level."""
    return any(
        abs(a["y"] - b["y"]) < 15 and b["x"] - a["x"] < 3.7 * (len(a["t"]) + len(b["t"])) + 4
        for a, b in itertools.pairwise(labels)
    )


def _shapes(
    bars: list[Row], links: list[Row], dots: list[Row], stripes: list[Row], *, whiskers: bool, vertical: bool
) -> list[Any]:
    lines = marks.v_rules if vertical else marks.h_rules
    layers = [
        marks.rects(stripes, "#f3f4f6"),
        marks.rects(bars, theme.BLUE),
        marks.points([d for d in dots if not d["on"]], "#cbd2d9", "circle", 60),
        lines(links, theme.INK, strokeWidth=3),
        marks.points([d for d in dots if d["on"]], theme.INK, "circle", 100),
    ]
    if whiskers:
        layers.insert(2, lines([b["range"] for b in bars], theme.AMBER, strokeWidth=3))
    return layers
