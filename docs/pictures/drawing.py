"""Marks of the pictures in these pages: plain SVG, no library, the same bytes for the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

INK, QUIET, GRID = "#1f2937", "#6b7280", "#d1d5db"
BLUE, PALE, ORANGE, SAND = "#0b5394", "#cfe2f3", "#b45309", "#fde7c7"
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Numbers from `low` to `high` laid on pixels from `start` to `stop`, evenly or by their logarithms."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a number."""
        low, high, x = (math.log(v) for v in (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        return self.start + (self.stop - self.start) * (x - low) / (high - low)


@dataclass
class Picture:
    """A canvas with a white ground, a heading, and a sentence for those who cannot see it."""

    width: int
    height: int
    heading: str
    says: str
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = 13,
        anchor: str = "start",
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """Write words with their base line at y."""
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
            f"{escape(words)}</text>"
        )

    def line(self, a: Point, b: Point, *, colour: str = GRID, width: float = 1, dash: bool = False) -> None:
        """Draw a straight line."""
        dashes = ' stroke-dasharray="5 4"' if dash else ""
        self.parts.append(
            f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashes}/>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = PALE,
        edge: str = "none",
        dash: bool = False,
    ) -> None:
        """Draw a box by its upper left corner."""
        dashes = ' stroke-dasharray="5 4"' if dash else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" '
            f'stroke="{edge}"{dashes}/>'
        )

    def dot(self, x: float, y: float, *, radius: float = 4, fill: str = BLUE, edge: str = "none") -> None:
        """Draw a disc."""
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{edge}"/>')

    def curve(self, points: Sequence[Point], *, colour: str = BLUE, width: float = 2, fill: str = "none") -> None:
        """Draw a line through points."""
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{where}" fill="{fill}" stroke="{colour}" stroke-width="{width:g}"/>')

    def arrow(self, a: Point, b: Point, *, colour: str = QUIET) -> None:
        """Draw a line that ends in two short wings."""
        self.line(a, b, colour=colour, width=1.5)
        angle = math.atan2(b[1] - a[1], b[0] - a[0])
        wings = [(b[0] - 8 * math.cos(angle + t), b[1] - 8 * math.sin(angle + t)) for t in (0.45, -0.45)]
        self.curve([wings[0], b, wings[1]], colour=colour, width=1.5)

    def interval(
        self, at: float, low: float, point: float, high: float, *, colour: str = BLUE, upright: bool = False
    ) -> None:
        """Draw limits and a point at given pixels, lying or upright."""
        a, b = ((at, low), (at, high)) if upright else ((low, at), (high, at))
        self.line(a, b, colour=colour, width=2.5)
        self.dot(*((at, point) if upright else (point, at)), fill=colour, radius=4.5)

    def axis(self, scale: Scale, y: float, ticks: Sequence[float], *, top: float, words: str = "") -> None:
        """Draw a lying axis with its grid."""
        for tick in ticks:
            self.line((scale(tick), top), (scale(tick), y))
            self.text(scale(tick), y + 17, f"{tick:,g}", size=12, anchor="middle", colour=QUIET)
        if words:
            self.text((scale.start + scale.stop) / 2, y + 36, words, size=12, anchor="middle", colour=QUIET)

    def svg(self) -> str:
        """Return the picture."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" role="img" aria-label="{escape(self.says)}" '
                'font-family="sans-serif">',
                f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>',
                f'<text x="16" y="26" font-size="15" font-weight="bold" fill="{INK}">{escape(self.heading)}</text>',
                *self.parts,
                "</svg>\n",
            ]
        )
