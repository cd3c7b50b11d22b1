"""The one picture of the answer: the people on record, the people on no list, and how far the number can be trusted."""

from __future__ import annotations

import math
from typing import Any

from uncounted.estimation.render import quotable_sentence
from uncounted.report import numbers, words
from uncounted.report.charts import marks, theme
from uncounted.report.charts.scale import Span, people_span
from uncounted.report.content import ReportContent

_Y, _HALF = 44.0, 17.0


def answer_picture(content: ReportContent) -> theme.Picture:
    """Return a bar from 0 to the documented number, and beyond it the estimate, the range or the bound."""
    head = words.headline(content.answer)
    low, high = head.interval
    rows: list[tuple[str, str]] = [("Documented", numbers.whole(content.answer.chosen.n_listed))]
    if head.total is not None:
        rows.append((head.total_words, numbers.whole(head.total)))
    if low is not None and high is not None:
        rows.append((head.interval_words, numbers.interval(low, high)))
    if content.truth:
        rows.append((f"Known truth ({content.truth[0]})", numbers.whole(content.truth[1])))
    return theme.Picture(
        id="answer",
        title="Documented and estimated",
        alt=quotable_sentence(content.answer) + (" " + words.truth_sentence(content) if content.truth else ""),
        caption=_caption(content, head),
        wide=_draw(content, head, theme.WIDE_PX, "answer-wide"),
        narrow=_draw(content, head, theme.NARROW_PX, "answer-narrow"),
        head=("What", content.unit and numbers.plural(content.unit)),
        rows=tuple(rows),
    )


def _caption(content: ReportContent, head: words.Headline) -> str:
    text = "Solid: people on at least one list."
    if head.level == "estimate":
        text += " Outlined: the estimate of those on no list; the line is its interval."
    elif head.level == "range only":
        text += " The line is the range of defensible totals; no value inside it is more likely than another."
    elif head.level == "lower bound only":
        text += (
            " The arrow says that the total is at least this, if the lists tend to overlap; how much more is unknown."
        )
    else:
        text += " How many are on no list cannot be said from these lists."
    return text + (" The diamond is the known truth of the invented data." if content.truth else "")


def _draw(content: ReportContent, head: words.Headline, width: int, name: str) -> str:
    listed = float(content.answer.chosen.n_listed)
    low, high = head.interval
    visible = [
        listed,
        *([head.total] if head.total is not None else []),
        *([content.truth[1]] if content.truth else []),
    ]
    visible += [low] if low is not None else []
    span = people_span(visible, [high] if high is not None else [])
    span = Span(low=0.0, high=span.high, log=False)  # a bar has to start at zero
    frame = theme.Frame(width=width, height=84, left=8, right=26, top=4, bottom=46)
    axis = marks.axis(span.ticks(6 if width > 400 else 4), numbers.plural(content.unit), format=",.0f")
    x = marks.channel("x", span.scale(), axis)
    box = {"y": _Y - _HALF, "y2": _Y + _HALF}
    layers: list[Any] = [marks.rects([{"x": 0.0, "x2": listed, **box}], theme.BLUE, x=x)]
    if head.level == "estimate" and head.total is not None:
        rest = [{"x": listed, "x2": head.total, **box}]
        layers.append(marks.rects(rest, theme.PALE, x=x, stroke=theme.BLUE, strokeWidth=1.5, strokeDash=[4, 3]))
    if low is not None and high is not None and head.level != "lower bound only":
        layers += _whisker(low, high, span, x)
    if head.level == "estimate" and head.total is not None:
        layers.append(marks.points([{"x": head.total, "y": _Y}], theme.AMBER, "circle", 120, x=x))
    if head.level == "lower bound only" and head.total is not None:
        layers.append(marks.v_rules([{"x": head.total, **box}], theme.GREEN, x=x, strokeWidth=4))
        layers += _arrow(head.total, span, x, theme.GREEN)
    if content.truth:
        layers.append(marks.points([{"x": float(content.truth[1]), "y": _Y}], theme.PLUM, "diamond", 240, x=x))
    layers += _labels(content, head, span, frame, x)
    return theme.draw(layers, frame, name)


def _whisker(low: float, high: float, span: Span, x: Any) -> list[Any]:
    end = span.clip(high)
    layers = [
        marks.h_rules([{"x": low, "x2": end, "y": _Y}], theme.AMBER, x=x, strokeWidth=3),
        marks.v_rules([{"x": low, "y": _Y - 8, "y2": _Y + 8}], theme.AMBER, x=x, strokeWidth=3),
    ]
    if high > span.high:
        return [*layers, marks.points([{"x": end, "y": _Y}], theme.AMBER, "triangle-right", 130, x=x)]
    return [*layers, marks.v_rules([{"x": end, "y": _Y - 8, "y2": _Y + 8}], theme.AMBER, x=x, strokeWidth=3)]


def _arrow(start: float, span: Span, x: Any, color: str) -> list[Any]:
    return [
        marks.h_rules([{"x": start, "x2": span.high, "y": _Y}], color, x=x, strokeWidth=3),
        marks.points([{"x": span.high, "y": _Y}], color, "triangle-right", 130, x=x),
    ]


def _labels(content: ReportContent, head: words.Headline, span: Span, frame: theme.Frame, x: Any) -> list[Any]:
    """Put the documented number under the left edge of the bar and the answer over its own place."""
    listed = content.answer.chosen.n_listed
    layers = [
        marks.texts([{"x": 0.0, "y": _Y + _HALF + 12, "t": f"documented {numbers.whole(listed)}"}], "left", x=x),
    ]
    if head.short:
        low, high = head.interval
        at = head.total if head.total is not None else ((low or 0.0) + span.clip(high or 0.0)) / 2
        if math.isfinite(at):
            share = span.clip(at) / span.high
            align = "left" if share < 0.35 else "right" if share > 0.65 else "center"
            text = {"x": span.clip(at), "y": 14.0, "t": head.short}
            layers.append(marks.texts([text], align, x=x, fontWeight="bold", limit=frame.plot_width))
    return layers
