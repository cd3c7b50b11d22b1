"""All estimates of an answer as one picture: a point and an interval each, on one logarithmic axis.

Plain SVG written by hand, so that somebody with numpy and scipy alone sees it in a notebook or a browser; the report
draws its own with more in it.
"""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise

from uncounted.estimation.result import Answer, Estimate

ROW, TOP, BOTTOM, RIGHT, AXIS = 22, 34, 40, 24, 460
CHOSEN, OTHER, BOUND, GRID = "#0b5394", "#6b7280", "#b45309", "#d1d5db"
MOST_LETTERS = 72


def forest_svg(answer: Answer, *, everything: bool = False) -> str:
    """Return a picture of the estimates: who says what, and how sure.

    Parameters
    ----------
    answer : Answer
        As `estimate` gives it.
    everything : bool
        Also the estimates of pairs and subsets of lists; otherwise those of all lists, and the chosen one.

    Returns
    -------
    str
        An SVG element with a sentence for those who cannot see it. Refused estimates stand in it with a dash.
    """
    rows = [e for e in answer.estimates if everything or ":" not in e.estimator or e.estimator == answer.choice]
    scale = _Scale(rows, answer.n_listed)
    left = 6 * min(max((len(e.label) for e in rows), default=0), MOST_LETTERS) + 16
    width, height = left + AXIS + RIGHT, TOP + ROW * len(rows) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(_sentence(answer, rows))}" font-family="sans-serif" font-size="12">'
    ]
    bottom = TOP + ROW * len(rows)
    for tick in scale.ticks:
        x = left + scale.at(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" stroke="{GRID}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick:,.0f}</text>')
    x = left + scale.at(answer.n_listed)
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" stroke="#000" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{x:.1f}" y="{TOP - 8}">{answer.n_listed:,} documented</text>')
    parts.append(f'<text x="{left + AXIS / 2:.0f}" y="{height - 6}" text-anchor="middle">in all (log scale)</text>')
    for i, e in enumerate(rows):
        chosen = e.estimator == answer.choice
        parts += _row(
            e,
            y=TOP + ROW * i + ROW / 2,
            left=left,
            scale=scale,
            chosen=chosen,
            middle=not chosen or answer.verdict.level == "estimate",
        )
    return "".join([*parts, "</svg>"])


class _Scale:
    """A logarithmic axis from the people documented to the largest limit (at most 30 times the largest estimate)."""

    def __init__(self, rows: list[Estimate], n_listed: int) -> None:
        totals = [e.n_total for e in rows if e.n_total is not None]
        limits = [e.n_total_interval.high for e in rows if e.n_total_interval is not None]
        top = max(totals, default=float(n_listed))
        high = max([x for x in limits if math.isfinite(x)] + [top])
        self.low = math.log(max(min([float(n_listed), *totals]), 1.0)) - 0.03
        self.high = max(math.log(max(min(high, 30 * top), 2.0)), self.low + 0.2) + 0.03
        self.ticks = _ticks(math.exp(self.low), math.exp(self.high))

    def at(self, people: float) -> float:
        """Return the distance from the left end, at most the length of the axis."""
        share = (math.log(max(people, 1.0)) - self.low) / (self.high - self.low)
        return AXIS * min(max(share, 0.0), 1.0)


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers inside the axis that do not crowd it."""
    fine = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8] if high / low < 4 else [1, 2, 5]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [m * 10.0**k for k in powers for m in fine if low <= m * 10.0**k <= high]
    while len(found) > 2 and min(b / a for a, b in pairwise(found)) < (high / low) ** 0.11:
        found = found[::2]
    return found


def _row(e: Estimate, *, y: float, left: float, scale: _Scale, chosen: bool, middle: bool) -> list[str]:
    """Return label, interval and point of one estimate; no point where the verdict withholds its middle."""
    colour = CHOSEN if chosen else BOUND if e.is_lower_bound else OTHER
    label = e.label if len(e.label) <= MOST_LETTERS else e.label[: MOST_LETTERS - 1] + "…"
    weight = ' font-weight="bold"' if chosen else ""
    parts = [f'<text x="{left - 10}" y="{y + 4:.1f}" text-anchor="end"{weight}>{escape(label)}</text>']
    if e.n_total is None or e.n_total_interval is None:
        return [*parts, f'<text x="{left + 4}" y="{y + 4:.1f}" fill="{OTHER}">– no estimate</text>']
    interval = e.n_total_interval
    low, high = left + scale.at(interval.low), left + scale.at(interval.high)
    parts.append(f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>')
    if math.isinf(interval.high):  # an arrow: no upper limit
        parts.append(f'<path d="M{high - 6:.1f} {y - 4} L{high:.1f} {y} L{high - 6:.1f} {y + 4}" stroke="{colour}" '
                     'fill="none" stroke-width="2"/>')  # fmt: skip
    if not middle:
        return parts
    x = left + scale.at(e.n_total)
    mark = (
        f'<path d="M{x - 5:.1f} {y - 5} L{x + 5:.1f} {y} L{x - 5:.1f} {y + 5} Z" fill="{colour}"/>'
        if e.is_lower_bound
        else f'<circle cx="{x:.1f}" cy="{y}" r="{5 if chosen else 4}" fill="{colour}"/>'
    )
    return [*parts, mark]


def _sentence(answer: Answer, rows: list[Estimate]) -> str:
    """Say what the picture shows, with the numbers."""
    totals = [e.n_total for e in rows if e.n_total is not None and not e.is_lower_bound]
    refused = sum(e.n_total is None for e in rows)
    span = f"{min(totals):,.0f} to {max(totals):,.0f} in all" if totals else "no total"
    return (
        f"{answer.n_listed:,} documented; {len(rows)} estimates under different assumptions say {span}"
        + (f", {refused} have no answer" if refused else "")
        + f". Verdict: {answer.verdict.level}."
    )
