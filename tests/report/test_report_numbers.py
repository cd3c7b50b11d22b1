"""Numbers in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.report import numbers


def test_whole_numbers() -> None:
    assert numbers.whole(10356.5) == "10,356"
    assert numbers.whole(math.inf) == "no upper limit"
    assert numbers.whole(math.nan) == "–"
    assert numbers.whole(None) == "–"
    assert numbers.whole(-1200) == "−1,200"


def test_intervals() -> None:
    assert numbers.interval(9012.3, 12140.8) == "9,012–12,141"
    assert numbers.interval(9012.3, 12140.8, step=100) == "9,000–12,200"
    assert numbers.interval(4449, 8000.1, step=1000, floor=4449) == "4,449–9,000"
    assert numbers.interval(1500, math.inf) == "1,500 or more (no upper limit)"
    assert numbers.interval(12.2, 12.4) == "12"


@given(st.floats(1, 1e8), st.floats(1, 1e8), st.sampled_from([1, 10, 100, 1000]))
def test_rounding_never_narrows(a: float, b: float, step: int) -> None:
    low, high = min(a, b), max(a, b)
    printed = [int(x.replace(",", "")) for x in numbers.interval(low, high, step=step).split("–")]
    assert printed[0] <= low + 0.5
    assert printed[-1] >= high - 0.5


def test_spans_factors_and_units() -> None:
    assert numbers.span(5, 5) == "5"
    assert numbers.span(4371, 4452) == "4,371–4,452"
    assert numbers.times(1.43) == "1.43×"
    assert numbers.times(2.0) == "2×"
    assert numbers.times(0.012345) == "0.012×"
    assert numbers.times(math.inf) == "∞×"
    assert numbers.counted(1, "person") == "1 person"
    assert numbers.counted(4400, "person") == "4,400 people"
    assert numbers.counted(0, "body") == "0 bodies"
    assert numbers.percent(0.95) == "95%"
    assert numbers.percent(0.975) == "97.5%"


@pytest.mark.parametrize(("p", "text"), [(0.0001, "<0.001"), (0.297, "0.297"), (math.nan, "–"), (1.0, "1.000")])
def test_p_values(p: float, text: str) -> None:
    assert numbers.probability(p) == text


def test_measures() -> None:
    assert numbers.measure(203.03) == "203"
    assert numbers.measure(math.nan) == "–"
    assert numbers.measure(12345.67) == "12,345.7"
    assert numbers.measure(-3.25) == "−3.25"
