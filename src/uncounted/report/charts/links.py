"""Pictures of the links: the total with and without their doubt, stated against seen, and what agreement weighs."""

from __future__ import annotations

import math
from typing import Any

from uncounted.report import numbers
from uncounted.report.charts import marks, theme
from uncounted.report.charts.scale import Span, people_span
from uncounted.report.content import FieldWeight, LinkedTotal, Reliability, ReportContent

_LABEL_PX = 250
_ROW_PX = 38.0
_LEVEL_PX = 20.0
_GROUP_PX = 12.0


def totals_picture(content: ReportContent) -> theme.Picture | None:
    """Return the chosen estimate by how the links are taken, one interval a row; None with fewer than two."""
    link = content.linkage
    shown = [t for t in link.trust.totals if t.n_total is not None] if link else []
    if len(shown) < 2:
        return None
    alt = "; ".join(f"{t.words}: {numbers.whole(t.n_total)}{_ends(t)}" for t in shown)
    return theme.Picture(
        id="links",
        title="The total, by how the links are taken",
        alt=f"{alt[0].upper()}{alt[1:]}.",
        caption="Amber diamond: what this report gives, with the doubt of the links. Blue circles: the same estimate "
        "with the links taken as certain, or made by another rule. Lines are intervals.",
        wide=_draw_totals(content, shown, "links-wide", wide=True),
        narrow=_draw_totals(content, shown, "links-narrow", wide=False),
        head=(),
        rows=(),  # the table stands beside the picture
    )


def _ends(total: LinkedTotal) -> str:
    if total.low is None or total.high is None:
        return ""
    return f" ({numbers.interval(total.low, total.high)})"


def _draw_totals(content: ReportContent, shown: list[LinkedTotal], name: str, *, wide: bool) -> str:
    ends = [end for t in shown for end in (t.low, t.high) if end is not None]
    points = [float(t.n_total) for t in shown if t.n_total is not None]
    points += [float(content.truth[1])] if content.truth else []
    span = people_span(points, ends)
    pitch = _ROW_PX if wide else _ROW_PX + 14
    top = 24.0 if content.truth else 4.0
    frame = theme.Frame(
        width=theme.WIDE_PX if wide else theme.NARROW_PX,
        height=top + pitch * len(shown),
        left=_LABEL_PX if wide else 20,
        right=24,
        bottom=46,
    )
    title = f"total number of {numbers.plural(content.unit)}" + (", logarithmic scale" if span.log else "")
    x = marks.channel("x", span.scale(), marks.axis(span.ticks(6 if wide else 4), title, format=",.0f"))
    ys = [top + pitch * (k + (0.5 if wide else 0.72)) for k in range(len(shown))]
    rules = [
        {"x": span.clip(t.low), "x2": span.clip(t.high), "y": y, "best": t.role == "with doubt"}
        for t, y in zip(shown, ys, strict=True)
        if t.low is not None and t.high is not None
    ]
    layers: list[Any] = []
    if content.truth:
        line = [{"x": float(content.truth[1]), "y": 16.0, "y2": frame.height}]
        layers.append(marks.v_rules(line, theme.PLUM, x=x, strokeWidth=1.8))
        said = [{"x": float(content.truth[1]), "y": 8.0, "t": f"known truth {numbers.whole(content.truth[1])}"}]
        layers += marks.clear_texts(said, "center", x=x, color=theme.PLUM)
    for best, color, width in ((False, theme.BLUE, 2), (True, theme.AMBER, 3.2)):
        chosen = [r for r in rules if r["best"] is best]
        if chosen:
            layers.append(marks.h_rules(chosen, color, x=x, strokeWidth=width))
    for best, color, shape in ((False, theme.BLUE, "circle"), (True, theme.AMBER, "diamond")):
        at: list[marks.Row] = [
            {"x": t.n_total, "y": y} for t, y in zip(shown, ys, strict=True) if (t.role == "with doubt") is best
        ]
        if at:
            layers.append(marks.points(at, color, shape, 190 if best else 90, x=x))
    labels = [
        {"x": -_LABEL_PX + 12 if wide else 0, "y": y if wide else y - 20, "t": theme.wrapped(t.words, 36, 2)}
        for t, y in zip(shown, ys, strict=True)
    ]
    layers += marks.clear_texts(labels, "left") if not wide else [marks.texts(labels, "left")]
    return theme.draw(layers, frame, name)


def reliability_picture(content: ReportContent) -> theme.Picture | None:
    """Return the share of reviewed pairs found to be one person against the stated probability; None without any."""
    link = content.linkage
    bins = link.trust.reliability if link else ()
    if not bins:
        return None
    worst = max(bins, key=lambda b: abs(b.stated - b.seen))
    return theme.Picture(
        id="reliability",
        title="What was stated, and what reviewers saw",
        alt=(
            f"{numbers.counted(sum(b.n for b in bins), 'reviewed pair')} in {len(bins)} groups by stated probability; "
            f"the largest difference is {100 * abs(worst.stated - worst.seen):.0f} points in a hundred, where "
            f"{100 * worst.stated:.0f} % was stated and {100 * worst.seen:.0f} % seen."
        ),
        caption="Each circle is a group of reviewed pairs that the model was not told of: on the dashed line, stated "
        "and seen agree. Lines are 95% intervals of what was seen.",
        wide=_draw_reliability(bins, theme.Frame(width=theme.WIDE_PX, height=280, left=70, right=250, top=12), "wide"),
        narrow=_draw_reliability(
            bins, theme.Frame(width=theme.NARROW_PX, height=250, left=66, right=16, top=12), "narrow"
        ),
        head=("Stated probability", "Pairs reviewed", "Stated, on average", "Seen", "Interval"),
        rows=tuple(
            (
                f"{b.low:.2f} to {b.high:.2f}",
                numbers.whole(b.n),
                f"{b.stated:.2f}",
                f"{b.seen:.2f}",
                f"{b.seen_low:.2f}–{b.seen_high:.2f}",
            )
            for b in bins
        ),
    )


def _draw_reliability(bins: tuple[Reliability, ...], frame: theme.Frame, layout: str) -> str:
    unit = {"type": "linear", "domain": [0, 1], "nice": False}
    ticks = [0, 0.25, 0.5, 0.75, 1]
    x = marks.channel("x", unit, marks.axis(ticks, "stated probability", format=".0%", grid=False))
    y = marks.channel("y", unit, marks.axis(ticks, "seen as one person", format=".0%"))
    even = [{"x": 0, "y": 0}, {"x": 1, "y": 1}]
    layers: list[Any] = [
        marks.layer(even, {"type": "line", "color": theme.GREY, "strokeDash": [5, 4], "strokeWidth": 1.6}, x=x, y=y),
        marks.v_rules(
            [{"x": b.stated, "y": b.seen_low, "y2": b.seen_high} for b in bins], theme.BLUE, x=x, y=y, strokeWidth=2
        ),
        marks.points([{"x": b.stated, "y": b.seen} for b in bins], theme.BLUE, "circle", 90, x=x, y=y),
    ]
    return theme.draw(layers, frame, f"reliability-{layout}")


def weights_picture(content: ReportContent) -> theme.Picture | None:
    """Return what agreement and disagreement on each field weigh, as bars to the right and left of nothing."""
    link = content.linkage
    weights = link.trust.weights if link else ()
    if not weights:
        return None
    most = max(weights, key=lambda w: w.weight)
    least = min(weights, key=lambda w: w.weight)
    return theme.Picture(
        id="weights",
        title="What agreement and disagreement weigh",
        alt=(
            f"{len({w.field for w in weights})} fields in {len(weights)} levels. The most in favour: {most.field}, "
            f"{most.level} ({most.weight:+.1f}); the most against: {least.field}, {least.level} ({least.weight:+.1f})."
        ),
        caption="Bars to the right speak for one person, to the left for two. One unit doubles or halves the odds; "
        "rare names weigh more than shown.",
        wide=_draw_weights(weights, "weights-wide", wide=True),
        narrow=_draw_weights(weights, "weights-narrow", wide=False),
        head=("Field and level", "m, among pairs of one person", "u, among others", "Weight"),
        rows=tuple(
            (f"{w.field}: {w.level}", numbers.measure(w.m, 3), numbers.measure(w.u, 3), f"{w.weight:+.1f}")
            for w in weights
        ),
    )


def _draw_weights(weights: tuple[FieldWeight, ...], name: str, *, wide: bool) -> str:
    pitch = _LEVEL_PX if wide else _LEVEL_PX + 16
    ys, heads, top = [], [], 4.0
    for k, w in enumerate(weights):
        if k == 0 or w.field != weights[k - 1].field:
            top += _GROUP_PX if k else 0.0
            heads.append({"x": -_LABEL_PX + 12 if wide else 0, "y": top + 10, "t": theme.wrapped(w.field, 36, 1)})
            top += _LEVEL_PX
        ys.append(top + pitch * (0.5 if wide else 0.72))
        top += pitch
    left = _LABEL_PX if wide else 20
    frame = theme.Frame(
        width=theme.WIDE_PX if wide else theme.NARROW_PX, height=top + 4, left=left, right=24, bottom=46
    )
    reach = math.ceil(max(abs(w.weight) for w in weights) + 0.5)
    span = Span(low=-reach, high=reach, log=False)
    ticks = sorted({-reach, -reach / 2, 0, reach / 2, reach})
    x = marks.channel(
        "x",
        span.scale(),
        marks.axis(
            ticks, "match weight (log2 of m/u)", labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.3~g')"
        ),
    )
    bars = [
        (w.weight > 0, {"x": 0.0, "x2": w.weight, "y": y - 6, "y2": y + 6}) for w, y in zip(weights, ys, strict=True)
    ]
    layers: list[Any] = []
    for positive, color in ((True, theme.BLUE), (False, theme.AMBER)):
        chosen = [bar for sign, bar in bars if sign is positive]
        if chosen:
            layers.append(marks.rects(chosen, color, x=x))
    layers.append(marks.v_rules([{"x": 0, "y": 0, "y2": frame.height}], theme.INK, x=x, strokeWidth=1))
    labels = [
        {"x": -_LABEL_PX + 24 if wide else 8, "y": y if wide else y - 17, "t": theme.wrapped(w.level, 36, 1)}
        for w, y in zip(weights, ys, strict=True)
    ]
    text = marks.clear_texts if not wide else _plain
    layers += text(labels, "left")
    layers += text(heads, "left", fontWeight="bold")
    return theme.draw(layers, frame, name)


def _plain(rows: list[marks.Row], align: str, **options: Any) -> list[marks.Spec]:
    return [marks.texts(rows, align, **options)]
