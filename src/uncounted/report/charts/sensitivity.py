"""The sensitivity picture: the total over departures from the chosen assumption, with the claims' tipping points."""

from __future__ import annotations

import math
from typing import Any

from uncounted.report import numbers
from uncounted.report.charts import marks, theme
from uncounted.report.charts.scale import CLIP_AT, Span
from uncounted.report.content import ReportContent


def sensitivity_picture(content: ReportContent) -> theme.Picture | None:
    """Return the curve N(ω) with its band, or None where the chosen estimate has no such curve."""
    curve = content.answer.chosen.sensitivity
    if len(curve) < 2:
        return None
    first, last = curve[0], curve[-1]
    many = numbers.plural(content.unit)
    alt = (
        f"The total rises from {numbers.whole(first.n_total)} {many} at {numbers.times(first.odds_ratio)} the assumed "
        f"dependence to {numbers.whole(last.n_total)} at {numbers.times(last.odds_ratio)}"
    )
    base = next((p for p in curve if abs(p.odds_ratio - 1) < 1e-9), None)
    if base:
        alt += f"; as assumed it is {numbers.whole(base.n_total)}"
    return theme.Picture(
        id="sensitivity",
        title="If the assumption is wrong",
        alt=alt + ".",
        caption=(
            "Line: the total if the dependence between lists is so many times the assumed one. Band: its interval. "
            "Diamond: as assumed." + (" Plum squares: totals that somebody claimed." if _claims(content) else "")
        ),
        wide=_draw(
            content, theme.Frame(width=theme.WIDE_PX, height=250, left=76, right=22, top=14), "sensitivity-wide"
        ),
        narrow=_draw(
            content, theme.Frame(width=theme.NARROW_PX, height=230, left=66, right=16, top=14), "sensitivity-narrow"
        ),
        head=("Dependence, times the assumed", "Total", "Interval"),
        rows=tuple(
            (numbers.times(p.odds_ratio), numbers.whole(p.n_total), numbers.interval(p.low, p.high)) for p in curve
        ),
    )


def _claims(content: ReportContent) -> list[tuple[float, float]]:
    """Return the claims whose tipping point lies on the curve."""
    curve = content.answer.chosen.sensitivity
    return [(c, w) for c, w in content.answer.tipping if curve[0].odds_ratio <= w <= curve[-1].odds_ratio]


def _draw(content: ReportContent, frame: theme.Frame, name: str) -> str:
    curve = content.answer.chosen.sensitivity
    claims = _claims(content)
    listed = float(content.answer.chosen.n_listed)
    top = max(p.n_total for p in curve)
    ends = [min(p.high, CLIP_AT * top) for p in curve if not math.isnan(p.high)]
    span = Span(low=0.0, high=max([top, listed, *ends]) * 1.06, log=False)
    omegas = Span(low=curve[0].odds_ratio, high=curve[-1].odds_ratio, log=True)
    ticks = [w for w in (0.1, 0.25, 0.5, 1, 2, 4, 10) if omegas.low * 0.999 <= w <= omegas.high * 1.001]
    words = "datum.value < 1 ? '1/' + format(1 / datum.value, '.3~g') : format(datum.value, '.3~g')"
    axis = marks.axis(ticks, "dependence, times the assumed one", labelExpr=words, grid=False)
    x = marks.channel("x", omegas.scale(), axis)
    y = marks.channel("y", span.scale(), marks.axis(span.ticks(5), format=",.0f"))
    band = [
        {"x": p.odds_ratio, "y": span.clip(p.low), "y2": span.clip(p.high)}
        for p in curve
        if not (math.isnan(p.low) or math.isnan(p.high))
    ]
    line = [{"x": p.odds_ratio, "y": p.n_total} for p in curve]
    base = [{"x": p.odds_ratio, "y": p.n_total} for p in curve if abs(p.odds_ratio - 1) < 1e-9]
    layers: list[Any] = [
        marks.layer(band, {"type": "area", "color": theme.PALE, "opacity": 1}, x=x, y=y, y2={"field": "y2"}),
        marks.layer(line, {"type": "line", "color": theme.BLUE, "strokeWidth": 2.6}, x=x, y=y),
        _documented(listed, omegas, x, y),
        marks.points(base, theme.AMBER, "diamond", 220, x=x, y=y),
    ]
    note = [{"x": omegas.high, "y": listed, "t": f"documented {numbers.whole(listed)}"}]
    layers += marks.clear_texts(note, "right", x=x, y=y, dy=-10, color="#4b5563")
    if claims:
        layers.append(marks.points([{"x": w, "y": c} for c, w in claims], theme.PLUM, "square", 120, x=x, y=y))
        layers += _claim_labels(claims, omegas, frame, x, y)
    return theme.draw(layers, frame, name)


def _documented(listed: float, omegas: Span, x: Any, y: Any) -> Any:
    row = [{"x": omegas.low, "x2": omegas.high, "y": listed}]
    return marks.h_rules(row, theme.GREY, x=x, y=y, strokeWidth=1.6, strokeDash=[5, 4])


def _claim_labels(claims: list[tuple[float, float]], omegas: Span, frame: theme.Frame, x: Any, y: Any) -> list[Any]:
    """Label claims left above and right below in turn; one that would cover another goes without (the text has it)."""
    sides: dict[str, list[marks.Row]] = {"right": [], "left": []}
    last = {"right": -math.inf, "left": -math.inf}
    for k, (claim, omega) in enumerate(sorted(claims, key=lambda c: c[1])):
        place = math.log(omega / omegas.low) / math.log(omegas.high / omegas.low) * frame.plot_width
        side = "left" if place < 100 or (k % 2 and place < frame.plot_width - 100) else "right"
        if place - last[side] < 110:
            continue
        last[side] = place
        sides[side].append({"x": omega, "y": claim, "t": f"claim {numbers.whole(claim)}"})
    layers: list[Any] = []
    for side, rows in sides.items():
        shift = {"dx": 10, "dy": 14} if side == "left" else {"dx": -10, "dy": -12}
        if rows:
            layers += marks.clear_texts(rows, side, x=x, y=y, color=theme.PLUM, **shift)
    return layers
