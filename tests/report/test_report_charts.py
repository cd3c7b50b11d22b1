"""The pictures: where axes end, what is drawn, colours that can be told apart."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from importlib.resources import files

import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from uncounted.errors import ReportError
from uncounted.report import render_html
from uncounted.report.charts import theme
from uncounted.report.charts.answer import answer_picture
from uncounted.report.charts.forest import forest_picture
from uncounted.report.charts.months import months_picture
from uncounted.report.charts.scale import Span, people_span
from uncounted.report.charts.sensitivity import sensitivity_picture
from uncounted.report.charts.upset import pattern_rows, upset_picture


def contrast(color: str, ground: str = "#ffffff") -> float:
    """Contrast ratio of WCAG 2.2."""

    def luminance(c: str) -> float:
        parts = [int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(color), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula() -> None:
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", [theme.BLUE, theme.AMBER, theme.GREEN, theme.PLUM, theme.GREY])
def test_shapes_keep_three_to_one(color: str) -> None:
    assert contrast(color) >= 3


def test_text_keeps_four_and_a_half_to_one() -> None:
    css = (files("uncounted.report") / "templates" / "report.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css))
    used = {named[name] for name in re.findall(r"(?<![-\w])color: var\(--(\w+)\)", css)}
    assert used
    for color in used:
        assert contrast(color) >= 4.5, color
        assert contrast(color, "#fdf3e7") >= 4.5, color  # the ground of the banner and of the chosen row
    pictures = [samples.full(), samples.unbounded(), samples.menu()]
    svg = "".join(p.wide + p.narrow for c in pictures for p in (upset_picture(c), forest_picture(c), answer_picture(c)))
    fills = set(re.findall(r'<text[^>]*fill="(#[0-9a-f]{6})"', svg))
    assert fills
    for fill in fills:
        assert contrast(fill) >= 4.5, fill


def test_text_in_pictures_is_at_least_twelve_px() -> None:
    content = samples.full()
    assert content.counts is not None
    curve = sensitivity_picture(content)
    assert curve is not None
    for picture in (answer_picture(content), months_picture(content, content.counts), upset_picture(content), curve):
        for svg in (picture.wide, picture.narrow):
            sizes = {float(x) for x in re.findall(r'font-size="([\d.]+)px"', svg)}
            assert sizes
            assert min(sizes) >= 12
        assert re.search(r'width="(\d+)"', picture.narrow).group(1) == "328"  # type: ignore[union-attr]


def test_pattern_rows_are_medians_in_order() -> None:
    rows = pattern_rows(samples.kosovo())
    assert [r["n"] for r in rows] == sorted(samples.KOSOVO.values(), reverse=True)
    assert {r["label"]: r["n"] for r in rows} == samples.KOSOVO
    drawn = samples.with_draws(samples.kosovo(), 5)
    row = next(r for r in pattern_rows(drawn) if r["label"] == "1111")
    values = sorted(int(x) for x in drawn.counts[:, 0, 14])
    assert (row["low"], row["n"], row["high"]) == (values[0], values[2], values[4])


def test_whiskers_only_with_draws() -> None:
    assert theme.AMBER not in upset_picture(samples.simple()).wide
    assert theme.AMBER in upset_picture(samples.full()).wide


def test_bars_are_in_proportion() -> None:
    """The path of each bar is as high as its count says: 1,131 against 936 people."""
    svg = upset_picture(samples.simple()).wide
    heights = [float(h) for h in re.findall(rf'd="M[^"]*?v(-?[\d.]+)[^"]*" fill="{theme.BLUE}"', svg)]
    tall = sorted({abs(h) for h in heights}, reverse=True)
    assert tall[1] / tall[0] == pytest.approx(936 / 1131, rel=0.01)


def test_forest_marks_choice_bounds_and_refusals() -> None:
    svg = forest_picture(samples.simple()).wide
    assert "(chosen)" in svg
    assert theme.AMBER in svg
    assert theme.GREEN in svg
    assert ">refused, see below<" in svg
    page = render_html(samples.simple())
    assert "Refused: The data contradict it" in page.split('class="refusals"', 1)[1].split("</details>", 1)[0]
    none = samples.refused()
    assert theme.AMBER not in forest_picture(none).wide


def test_many_estimates_share_rows() -> None:
    few, many = forest_picture(samples.simple()).wide, forest_picture(samples.menu()).wide
    assert "Chapman, two lists at a time (16)" in many.replace("\n", " ") or "Chapman, two lists at a time" in many
    assert "Chapman, two lists at a time" not in few
    assert float(re.search(r'height="([\d.]+)"', many).group(1)) < 700  # type: ignore[union-attr]


def test_answer_shows_no_point_where_none_may_be_quoted() -> None:
    """A range has no outlined bar up to a point; a refusal has neither range nor point."""
    outlined = f'stroke="{theme.BLUE}"'
    assert outlined in answer_picture(samples.simple("estimate")).wide
    assert outlined not in answer_picture(samples.simple("range only")).wide
    refused = answer_picture(samples.simple("refused"))
    assert theme.AMBER not in refused.wide
    assert [row[0] for row in refused.rows] == ["Documented"]


def test_no_curve_without_points() -> None:
    content = samples.simple()
    plain = tuple(replace(e, sensitivity=()) for e in content.answer.estimates)
    assert sensitivity_picture(replace(content, answer=replace(content.answer, estimates=plain))) is None


@given(st.lists(st.floats(1, 1e7), min_size=1, max_size=8), st.lists(st.floats(1, 1e12), max_size=8))
def test_axis_holds_every_point(points: list[float], ends: list[float]) -> None:
    span = people_span(points, [*ends, math.inf])
    assert all(span.low <= p <= span.high for p in points)
    ticks = span.ticks(5)
    assert all(span.low * 0.99 <= t <= span.high * 1.01 for t in ticks)
    assert ticks == sorted(set(ticks))


def test_ticks_are_round() -> None:
    assert Span(low=0, high=1300, log=False).ticks(4) == [0, 500, 1000]
    assert Span(low=4000, high=40000, log=True).ticks(4) == [5000, 10000, 20000]


def test_svg_with_foreign_parts_is_refused() -> None:
    bad = '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    with pytest.raises(ReportError, match="script") as caught:
        theme.clean_svg(bad, "x")
    assert caught.value.code == "R03"
    with pytest.raises(ReportError):
        theme.clean_svg("<svg", "x")


def test_svg_ids_are_the_pictures_own() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg"><defs><clipPath id="clip7"/></defs><g clip-path="url(#clip7)"/></svg>'
    )
    clean = theme.clean_svg(svg, "forest")
    assert 'id="forest-0"' in clean
    assert 'clip-path="url(#forest-0)"' in clean


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert theme.wrapped("one two three", 40) == "one two three"
    cut = theme.wrapped("word " * 30, 20, 2)
    assert cut.count("\n") == 1
    assert cut.endswith("…")
    assert max(map(len, cut.split("\n"))) <= 20
