"""The forest picture: every estimate under its own assumption, the chosen one marked, refusals as rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from uncounted.estimation.result import Answer, Estimate
from uncounted.report import numbers, words
from uncounted.report.charts import marks, theme
from uncounted.report.charts.marks import Row
from uncounted.report.charts.scale import Span, people_span
from uncounted.report.content import ReportContent

_LABEL_PX = 262
_MOST_ROWS = 30  # beyond this, the members of a family of estimates share one row
_FAMILIES = {
    "chapman": "Chapman, two lists at a time",
    "independent": "Two lists independent, unseen by the others",
    "marginal": "Two lists independent, in the whole population",
    "no-highest-order": "No joint interaction of some lists",
    "loglinear": "Log-linear models by name",
    "odds": "An odds ratio of two lists given",
    "dependence": "Dependence drawn from a prior",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row of the picture: one estimate, or the totals of a family of estimates."""

    label: str
    estimates: tuple[Estimate, ...]
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """One layout: the frame, each row's label cut into lines, and where each row's point stands."""

    frame: theme.Frame
    labels: tuple[tuple[str, ...], ...]
    ys: tuple[float, ...]
    label_above: bool


def forest_picture(content: ReportContent) -> theme.Picture:
    """Return one row an estimate: point and interval, arrows for lower bounds, the reason for refusals."""
    lines = _lines(content.answer)
    return theme.Picture(
        id="estimates",
        title="The total under each assumption",
        alt=_alt(content),
        caption=_caption(content, lines),
        wide=_draw(content, lines, _wide(lines), "estimates-wide"),
        narrow=_draw(content, lines, _narrow(lines), "estimates-narrow"),
        head=(),
        rows=(),  # the full table stands beside the picture
    )


def _lines(answer: Answer) -> list[_Line]:
    """Return the rows: every estimate its own, or, where they are very many, one row a family."""
    families: dict[str, list[Estimate]] = {}
    if len(answer.estimates) > _MOST_ROWS:
        for e in answer.estimates:
            if ":" in e.estimator and e.estimator != answer.choice:
                families.setdefault(e.estimator.split(":")[0], []).append(e)
    families = {name: members for name, members in families.items() if len(members) > 2}
    lines: list[_Line] = []
    for e in words.chosen_first(answer):
        name = e.estimator.split(":")[0]
        members = families.get(name, [])
        if e not in members:
            chosen = e.estimator == answer.choice
            lines.append(_Line(label=e.label + (" (chosen)" if chosen else ""), estimates=(e,), chosen=chosen))
        elif e is members[0]:
            refused = sum(1 for m in members if not _given(m))
            count = f"{len(members)}" + (f", of them {refused} refused" if refused else "")
            lines.append(_Line(label=f"{_FAMILIES.get(name, name)} ({count})", estimates=tuple(members)))
    return lines


def _given(estimate: Estimate) -> bool:
    return estimate.status == "estimated" and estimate.n_total is not None


def _wide(lines: Sequence[_Line]) -> _Layout:
    labels = tuple(tuple(theme.wrapped(line.label, 39, 2).split("\n")) for line in lines)
    tops = list(accumulate((15.0 * len(rows) + 10 for rows in labels), initial=44.0))
    ys = tuple((top + bottom) / 2 for top, bottom in pairwise(tops))
    frame = theme.Frame(width=theme.WIDE_PX, left=_LABEL_PX + 12, right=24, top=6, height=tops[-1] + 6, bottom=46)
    return _Layout(frame=frame, labels=labels, ys=ys, label_above=False)


def _narrow(lines: Sequence[_Line]) -> _Layout:
    labels = tuple(tuple(theme.wrapped(line.label, 46, 2).split("\n")) for line in lines)
    tops = list(accumulate((16.0 * len(rows) + 30 for rows in labels), initial=46.0))
    ys = tuple(bottom - 16 for bottom in tops[1:])
    frame = theme.Frame(width=theme.NARROW_PX, left=20, right=22, top=4, height=tops[-1] + 2, bottom=46)
    return _Layout(frame=frame, labels=labels, ys=ys, label_above=True)


def _alt(content: ReportContent) -> str:
    answer = content.answer
    chosen = answer.chosen
    given = [e for e in answer.estimates if e.n_total is not None and e.status == "estimated"]
    refused = len(answer.estimates) - len(given)
    parts = []
    if given:
        totals = [e.n_total for e in given if e.n_total is not None]
        parts.append(
            f"{len(given)} estimate{'' if len(given) == 1 else 's'} of the total from {numbers.whole(min(totals))} to "
            f"{numbers.whole(max(totals))}, with {numbers.whole(chosen.n_listed)} documented"
        )
    if chosen.n_total is not None and chosen.status == "estimated":
        interval = words.interval_text(chosen)
        parts.append(f"the chosen one, {chosen.label}, gives {words.total_words(chosen)} (interval {interval})")
    else:
        parts.append(f"the chosen one, {chosen.label}, is refused")
    if refused:
        parts.append(f"{refused} refused")
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]


def _caption(content: ReportContent, lines: Sequence[_Line]) -> str:
    text = (
        "Amber diamond: the analyst's choice. Blue circle: the total under another assumption. Lines are intervals; an "
        "arrowhead says that they go on beyond the picture."
    )
    if any(e.is_lower_bound and _given(e) for e in content.answer.estimates):
        text += " Green triangle with dots to the edge: a lower bound, at least this many if lists tend to overlap."
    if any(len(line.estimates) > 1 for line in lines):
        text += " Rows with many circles hold estimates of one kind, without their intervals; the table has each."
    text += " Grey dashes: the documented number."
    return text + (" Plum line: the known truth of the invented data." if content.truth else "")


def _draw(content: ReportContent, lines: Sequence[_Line], layout: _Layout, name: str) -> str:
    frame = layout.frame
    given = [e for e in content.answer.estimates if _given(e)]
    visible = [float(content.answer.chosen.n_listed), *[e.n_total for e in given if e.n_total is not None]]
    visible += [float(content.truth[1])] if content.truth else []
    alone = [line.estimates[0] for line in lines if len(line.estimates) == 1 and _given(line.estimates[0])]
    found = [e.n_total_interval for e in alone if e.n_total_interval is not None]
    span = people_span(visible, [end for i in found for end in (i.low, i.high)])
    title = f"total number of {numbers.plural(content.unit)}" + (", logarithmic scale" if span.log else "")
    axis = marks.axis(span.ticks(6 if frame.width > 400 else 4), title, format=",.0f")
    x = marks.channel("x", span.scale(), axis)
    layers = _references(content, layout, span, x)
    layers += _families(lines, layout, x)
    layers += _singles(lines, layout, span, x)
    layers += _labels(lines, layout)
    layers += _refusals(lines, layout)
    return theme.draw(layers, frame, name)


def _references(content: ReportContent, layout: _Layout, span: Span, x: Any) -> list[Any]:
    frame = layout.frame
    lines: list[tuple[float, str, str, float, list[int]]] = [
        (float(content.answer.chosen.n_listed), "documented", theme.GREY, 30.0, [5, 4])
    ]
    if content.truth:
        lines.append((float(content.truth[1]), "known truth", theme.PLUM, 12.0, [1, 0]))
    layers: list[Any] = []
    for value, word, color, y, dash in lines:
        at = span.clip(value)
        layers.append(
            marks.v_rules([{"x": at, "y": y + 8, "y2": frame.height}], color, x=x, strokeWidth=1.8, strokeDash=dash)
        )
        align = "left" if _place(at, span) < 0.5 else "right"
        text = [{"x": at, "y": y, "t": f"{word} {numbers.whole(value)}"}]
        layers += marks.clear_texts(text, align, x=x, color="#4b5563" if color == theme.GREY else color)
    return layers


def _place(value: float, span: Span) -> float:
    """Return where a value falls on the axis, 0 left, 1 right."""
    if span.log:
        return math.log(value / span.low) / math.log(span.high / span.low)
    return (value - span.low) / (span.high - span.low)


def _families(lines: Sequence[_Line], layout: _Layout, x: Any) -> list[Any]:
    rules: list[Row] = []
    at: list[Row] = []
    for row, line in enumerate(lines):
        totals = [e.n_total for e in line.estimates if e.n_total is not None and _given(e)]
        if len(line.estimates) > 1 and totals:
            rules.append({"x": min(totals), "x2": max(totals), "y": layout.ys[row]})
            at += [{"x": total, "y": layout.ys[row]} for total in totals]
    if not at:
        return []
    circles = {"type": "point", "shape": "circle", "size": 50, "opacity": 1, "filled": False, "color": theme.BLUE}
    return [
        marks.h_rules(rules, theme.BLUE, x=x, strokeWidth=1),
        marks.layer(at, {**circles, "strokeWidth": 1.5}, x=x, y=marks.in_px("y")),
    ]


def _singles(lines: Sequence[_Line], layout: _Layout, span: Span, x: Any) -> list[Any]:
    """Draw lines below, points above, for the three kinds: chosen, other, lower bound."""
    rows = [
        (layout.ys[row], line.chosen, line.estimates[0])
        for row, line in enumerate(lines)
        if len(line.estimates) == 1 and _given(line.estimates[0])
    ]
    bands: list[Any] = []
    shapes: list[Any] = []
    kinds = (
        (theme.BLUE, "circle", 90, [(y, e) for y, chosen, e in rows if not chosen and not e.is_lower_bound]),
        (theme.GREEN, "triangle-right", 110, [(y, e) for y, chosen, e in rows if not chosen and e.is_lower_bound]),
        (theme.AMBER, "diamond", 230, [(y, e) for y, chosen, e in rows if chosen]),
    )
    for color, shape, size, group in kinds:
        spans = [(y, e.n_total_interval) for y, e in group if e.n_total_interval is not None]
        rules = [{"x": span.clip(i.low), "x2": span.clip(i.high), "y": y} for y, i in spans]
        bands.append(marks.h_rules(rules, color, x=x, strokeWidth=3.2 if shape == "diamond" else 2.2))
        beyond: list[Row] = [{"x": span.high, "y": y} for y, i in spans if i.high > span.high]
        bands.append(marks.points(beyond, color, "triangle-right", 80, x=x))
        at: list[Row] = [{"x": span.clip(e.n_total or 0.0), "y": y} for y, e in group]
        shapes.append(marks.points(at, color, shape, size, x=x))
        bounds = [row for (_, e), row in zip(group, at, strict=True) if e.is_lower_bound]
        bands += _bound_arrows(bounds, color, span, x)
    return [layer for layer in (*bands, *shapes) if layer["data"]["values"]]


def _bound_arrows(rows: list[Row], color: str, span: Span, x: Any) -> list[Any]:
    """Draw a lower bound on to the edge of the picture: it says nothing of how much more."""
    onward = [{**row, "x2": span.high} for row in rows]
    ends = [{**row, "x": span.high} for row in rows]
    line = marks.h_rules(onward, color, x=x, strokeWidth=1.5, strokeDash=[2, 4])
    return [line, marks.points(ends, color, "triangle-right", 70, x=x)]


def _labels(lines: Sequence[_Line], layout: _Layout) -> list[Any]:
    layers: list[Any] = []
    for weight, chosen in (("bold", True), ("normal", False)):
        rows: list[Row] = []
        for row, line in enumerate(lines):
            texts = layout.labels[row] if line.chosen is chosen else ()
            for k, text in enumerate(texts):
                if layout.label_above:
                    rows.append({"x": -16.0, "y": layout.ys[row] - 19 - 16.0 * (len(texts) - 1 - k), "t": text})
                else:
                    rows.append({"x": -12.0, "y": layout.ys[row] + 15.0 * (k - (len(texts) - 1) / 2), "t": text})
        if rows and layout.label_above:
            layers += marks.clear_texts(rows, "left", fontWeight=weight, limit=layout.frame.width - 8)
        elif rows:
            layers.append(marks.texts(rows, "right", fontWeight=weight, limit=_LABEL_PX))
    return layers


def _refusals(lines: Sequence[_Line], layout: _Layout) -> list[Any]:
    rows: list[Row] = []
    for row, line in enumerate(lines):
        if not any(_given(e) for e in line.estimates):
            rows.append({"x": 2.0, "y": layout.ys[row], "t": "refused, see below"})
    if not rows:
        return []
    return marks.clear_texts(rows, "left", color="#4b5563", fontStyle="italic", limit=layout.frame.plot_width)
