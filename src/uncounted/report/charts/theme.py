"""Colours, type and the way from a picture's specification to a small, safe, repeatable SVG."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from uncounted.errors import ReportError

# Each keeps a contrast of at least 3:1 with white (the text colours at least 4.5:1); shapes carry the meaning too.
BLUE = "#0b5394"
AMBER = "#b45309"
GREEN = "#00695c"
PLUM = "#8e2a6b"
GREY = "#6b7280"
INK = "#1f2937"
GRID = "#e5e7eb"  # grid lines carry no meaning
PALE = "#dbe7f3"  # fills that always have an outline in one of the colours above

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"  # one metric, so that text keeps the width it was laid out for
TEXT_PX = 13
WIDE_PX = 680
NARROW_PX = 328  # a phone of 360 px less the page's margins

_VEGA_LITE = "6.4"
_ALLOWED_TAGS = {"svg", "g", "path", "rect", "line", "text", "tspan", "defs", "clipPath", "title", "desc"}
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_LONG_FRACTION = re.compile(r"(\.\d{2})\d+")
_COORDINATES = re.compile(r'\b(d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture in both layouts, with the sentence that says its numbers and the table behind it.

    `alt` holds the numbers in one sentence; `caption` says how to read the picture; `head` and `rows` are the table.
    """

    id: str
    title: str
    alt: str
    caption: str
    wide: str
    narrow: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Size of a picture in px: the whole width, the height of the plot and the margins around the plot."""

    width: int
    height: float
    left: int = 8
    right: int = 12
    top: int = 8
    bottom: int = 44

    @property
    def plot_width(self) -> int:
        """Width of the plot without margins."""
        return self.width - self.left - self.right


def draw(layers: list[dict[str, Any]], frame: Frame, name: str) -> str:
    """Draw Vega-Lite layers in a frame and return SVG text.

    Parameters
    ----------
    layers : list of dict
        Vega-Lite layers (see `marks`), the first at the bottom.
    frame : Frame
        Fixed size: text never changes the layout, so the same content gives the same bytes.
    name : str
        Unique in the page; prefixed to every id inside the SVG.

    Raises
    ------
    ReportError
        R03 if the drawing fails or holds anything but plain shapes and text.
    """
    import vl_convert

    spec = {
        "width": frame.plot_width,
        "height": frame.height,
        "padding": {"left": frame.left, "right": frame.right, "top": frame.top, "bottom": frame.bottom},
        "autosize": {"type": "none"},
        "config": _CONFIG,
        "layer": layers,
    }
    try:
        svg = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    except (ValueError, RuntimeError) as error:
        raise ReportError(
            f"the picture '{name}' could not be drawn.",
            why="A report without its pictures could be taken for the whole one.",
            do="Report this as a fault of the program, with the name of the picture.",
            code="R03",
        ) from error
    return clean_svg(svg, name)


_CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": TEXT_PX,
        "titleFontSize": TEXT_PX,
        "labelColor": INK,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": GREY,
        "tickColor": GREY,
        "labelOverlap": "greedy",
        "labelSeparation": 10,
        "labelBound": 22,
    },
    "text": {"fontSize": TEXT_PX, "color": INK, "lineBreak": "\n", "baseline": "middle"},
}


def clean_svg(svg: str, name: str) -> str:
    """Make ids unique to the picture, shorten coordinates, hide the SVG from readers (the figure has the sentence)."""
    ids: dict[str, str] = {}
    for found in re.findall(r'\bid="([^"]*)"', svg):
        ids.setdefault(found, f"{name}-{len(ids)}")
    svg = re.sub(r'\bid="([^"]*)"', lambda m: f'id="{ids[m.group(1)]}"', svg)
    svg = re.sub(r"url\(#([^)]*)\)", lambda m: f"url(#{ids.get(m.group(1), '')})", svg)
    svg = re.sub(r' (class|role|aria-[a-z]+|pointer-events)="[^"]*"', "", svg)
    svg = _COORDINATES.sub(lambda m: _LONG_FRACTION.sub(r"\1", m.group(0)), svg)
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace(' version="1.1"', "", 1)
    svg = re.sub(r'<path( aria-hidden="true")? d="M0,0h0v0h0Z"/>', "", svg)
    svg = svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    _check_safe(svg, name)
    return svg


def _check_safe(svg: str, name: str) -> None:
    try:
        tags = {element.tag.removeprefix(_NAMESPACE) for element in ElementTree.fromstring(svg).iter()}
    except ElementTree.ParseError as error:
        raise ReportError(f"the picture '{name}' is not well-formed.", code="R03") from error
    if foreign := sorted(tags - _ALLOWED_TAGS):
        raise ReportError(f"the picture '{name}' holds parts a safe page may not: {', '.join(foreign)}.", code="R03")


def wrapped(text: str, characters: int, lines: int = 2) -> str:
    """Return `text` on at most `lines` lines of about `characters`, an ellipsis where it had to be cut."""
    clean = " ".join(text.split())
    rows = textwrap.wrap(clean, characters, break_long_words=True)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][: characters - 1].rstrip() + "…"]
    return "\n".join(rows)
