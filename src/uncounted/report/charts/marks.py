"""The few marks the pictures are put together from, as Vega-Lite layers; placed in px unless a channel is given.

Plain specifications, not Altair objects: they have no names from a running counter, so the same content gives the same
bytes, and a page of five pictures is drawn in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uncounted.report.charts import theme

Row = dict[str, Any]
Spec = dict[str, Any]


def channel(field: str, scale: Spec | None, axis: Spec | None, kind: str = "quantitative") -> Spec:
    """Return a position channel with a scale and an axis."""
    return {"field": field, "type": kind, "scale": scale, "axis": axis}


def in_px(field: str) -> Spec:
    """Return a position channel whose values are px already."""
    return channel(field, None, None)


def axis(values: Sequence[Any], title: str | None = None, **options: Any) -> Spec:
    """Return an axis with explicit ticks."""
    return {"values": list(values), "title": title, **options}


def layer(rows: list[Row], mark: Spec, **channels: Spec) -> Spec:
    """Return one layer: rows of plain values, a mark, and its channels."""
    return {"data": {"values": rows}, "mark": mark, "encoding": channels}


def rects(rows: list[Row], color: str, x: Spec | None = None, y: Spec | None = None, **options: Any) -> Spec:
    """Return rectangles from (x, y) to (x2, y2)."""
    mark = {"type": "rect", "color": color, **options}
    return layer(rows, mark, x=x or in_px("x"), x2=_end("x2"), y=y or in_px("y"), y2=_end("y2"))


def h_rules(rows: list[Row], color: str, x: Spec | None = None, y: Spec | None = None, **options: Any) -> Spec:
    """Return horizontal lines from x to x2 at y."""
    return layer(rows, {"type": "rule", "color": color, **options}, x=x or in_px("x"), x2=_end("x2"), y=y or in_px("y"))


def v_rules(rows: list[Row], color: str, x: Spec | None = None, y: Spec | None = None, **options: Any) -> Spec:
    """Return vertical lines from y to y2 at x."""
    return layer(rows, {"type": "rule", "color": color, **options}, x=x or in_px("x"), y=y or in_px("y"), y2=_end("y2"))


def points(
    rows: list[Row], color: str, shape: str, size: float, *, x: Spec | None = None, y: Spec | None = None
) -> Spec:
    """Return filled points of one shape."""
    mark = {"type": "point", "color": color, "fill": color, "shape": shape, "size": size, "opacity": 1}
    return layer(rows, mark, x=x or in_px("x"), y=y or in_px("y"))


def texts(
    rows: list[Row], align: str, x: Spec | None = None, y: Spec | None = None, color: str = theme.INK, **options: Any
) -> Spec:
    """Return text `t` at (x, y)."""
    mark = {"type": "text", "align": align, "color": color, **options}
    return layer(rows, mark, x=x or in_px("x"), y=y or in_px("y"), text={"field": "t", "type": "nominal"})


def clear_texts(
    rows: list[Row], align: str, x: Spec | None = None, y: Spec | None = None, **options: Any
) -> list[Spec]:
    """Return text with a white edge, readable where it crosses a line."""
    edge = {**options, "color": "white", "stroke": "white", "strokeWidth": 4, "strokeJoin": "round"}
    return [texts(rows, align, x=x, y=y, **edge), texts(rows, align, x=x, y=y, **options)]


def _end(field: str) -> Spec:
    return {"field": field}
