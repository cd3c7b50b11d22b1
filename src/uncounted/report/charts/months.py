"""Recorded counts over time: one strip a list, and one for people on any list, each on its own scale of people."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from uncounted.counts.count import Count, Series
from uncounted.report import numbers
from uncounted.report.charts import marks, theme
from uncounted.report.content import ReportContent

_STRIP = 66.0
_GAP = 40.0


def months_picture(content: ReportContent, count: Count) -> theme.Picture:
    """Return small multiples of counts per window; incomplete windows are outlined, the start of each list marked."""
    return theme.Picture(
        id="months",
        title="Recorded over time",
        alt=_alt(content, count),
        caption=_caption(content, count),
        wide=_draw(content, count, theme.WIDE_PX, "months-wide"),
        narrow=_draw(content, count, theme.NARROW_PX, "months-narrow"),
        head=("Window", *(content.list_title(s.name) for s in count.series), "Whole window in the period"),
        rows=tuple(
            (w.label, *(numbers.whole(s.n[i]) for s in count.series), "yes" if count.complete[i] else "no")
            for i, w in enumerate(count.windows)
        ),
    )


def _alt(content: ReportContent, count: Count) -> str:
    parts = []
    for series in count.series:
        most = max(range(len(series.n)), key=lambda i: (series.n[i], -i))
        parts.append(
            f"{content.list_title(series.name)}: {numbers.whole(sum(series.n))} in all, most in "
            f"{count.windows[most].label} ({numbers.whole(series.n[most])})"
        )
    first, last = count.windows[0].label, count.windows[-1].label
    return f"Recorded {numbers.plural(count.unit)} from {first} to {last}; " + "; ".join(parts) + "."


def _caption(content: ReportContent, count: Count) -> str:
    text = "Each strip has its own scale; the number at its left is its highest window."
    if not all(count.complete):
        text += " Outlined bars: windows that are only partly in the period, so their counts are incomplete."
    if any(_covers(content, s.name) != (None, None) for s in count.series):
        text += " Grey ground and dashed lines: time the list could not have recorded."
    return text


def _covers(content: ReportContent, name: str) -> tuple[date | None, date | None]:
    if content.project:
        for spec in content.project.lists:
            if spec.name == name:
                return spec.covers.start, spec.covers.end
    return None, None


def _draw(content: ReportContent, count: Count, width: int, name: str) -> str:
    start, end = count.windows[0].start, count.windows[-1].end
    height = (_STRIP + _GAP) * len(count.series) - 8
    frame = theme.Frame(width=width, height=height, left=58, right=18, top=2, bottom=44)
    axis = marks.axis(_ticks(count, frame.plot_width), format="%b %Y", grid=False)
    scale = {"type": "utc", "domain": [_moment(start), _moment(end)], "nice": False}
    x = marks.channel("x", scale, axis, kind="temporal")
    layers: list[Any] = []
    for k, series in enumerate(count.series):
        layers += _strip(content, count, series, (_STRIP + _GAP) * k + 26, frame=frame, x=x)
    return theme.draw(layers, frame, name)


def _ticks(count: Count, width: int) -> list[marks.Spec]:
    """Return the starts of every so many windows, so that labels keep their distance."""
    most = max(2, width // 84)
    step = next(k for k in (1, 2, 3, 6, 12, 24, 60, 120, 10_000) if math.ceil(len(count.windows) / k) <= most)
    starts = [w.start for w in count.windows[::step]]
    return [_moment(d) for d in starts]


def _moment(day: date) -> marks.Spec:
    """Return a day as Vega-Lite wants it: midnight UTC, whatever the time zone of the machine."""
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}


def _strip(
    content: ReportContent, count: Count, series: Series, top: float, *, frame: theme.Frame, x: Any
) -> list[Any]:
    bottom, most = top + _STRIP, max(*series.n, 1)
    bars = [
        {"x": w.start.isoformat(), "x2": w.end.isoformat(), "y": bottom, "y2": bottom - _STRIP * n / most, "ok": ok}
        for w, n, ok in zip(count.windows, series.n, count.complete, strict=True)
        if n
    ]
    thin = frame.plot_width / len(count.windows) < 5
    layers = _uncovered(content, count, series.name, top, x=x)
    whole = [b for b in bars if b["ok"]]
    part = [b for b in bars if not b["ok"]]
    if whole:
        edge: marks.Spec = {} if thin else {"stroke": "white", "strokeWidth": 1}
        layers.append(marks.rects(whole, theme.BLUE, x=x, **edge))
    if part:
        layers.append(marks.rects(part, "white", x=x, stroke=theme.AMBER, strokeWidth=1.5, strokeDash=[3, 2]))
    layers.append(marks.h_rules([{"x": 0.0, "x2": float(frame.plot_width), "y": bottom}], theme.GREY))
    total = sum(series.n)
    title = theme.wrapped(content.list_title(series.name), 64 if frame.width > 400 else 26, 1)
    layers.append(
        marks.texts([{"x": 0.0, "y": top - 13, "t": f"{title}: {numbers.whole(total)}"}], "left", fontWeight="bold")
    )
    scale_words = [{"x": -8.0, "y": top + 5, "t": numbers.whole(most)}, {"x": -8.0, "y": bottom - 5, "t": "0"}]
    layers.append(marks.texts(scale_words, "right", color="#4b5563"))
    return layers


def _uncovered(content: ReportContent, count: Count, name: str, top: float, *, x: Any) -> list[Any]:
    """Shade the time before a list began and after it ended, with a line at the start and the end."""
    bottom = top + _STRIP
    begin, finish = count.windows[0].start, count.windows[-1].end
    start, last = _covers(content, name)
    end = last + timedelta(days=1) if last else None  # `covers` names its last day, windows end before their end
    ground, lines = [], []
    if start and begin < start < finish:
        ground.append({"x": begin.isoformat(), "x2": start.isoformat(), "y": top, "y2": bottom})
        lines.append({"x": start.isoformat(), "y": top, "y2": bottom})
    if end and begin < end < finish:
        ground.append({"x": end.isoformat(), "x2": finish.isoformat(), "y": top, "y2": bottom})
        lines.append({"x": end.isoformat(), "y": top, "y2": bottom})
    if not ground:
        return []
    return [
        marks.rects(ground, "#eceef1", x=x),
        marks.v_rules(lines, theme.GREY, x=x, strokeWidth=1.8, strokeDash=[4, 3]),
    ]
