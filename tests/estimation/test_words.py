import dataclasses
import json

import pytest
from quick import estimate

from uncounted.captures import CaptureTable, published
from uncounted.estimation import Interval, quotable_sentence, rounding_step
from uncounted.estimation.render import units
from uncounted.estimation.tables import COLUMNS


@pytest.fixture(scope="module")
def kosovo():
    return estimate(published("kosovo"), choice="loglinear-best", claims=[9000], reason="The lists were\nmade apart.")


def test_an_estimate_never_travels_alone(kosovo):
    sentence = quotable_sentence(kosovo)
    assert sentence.startswith("4,400 people are documented on at least one of 4 lists; an estimated 10,400 in all")
    assert "95 % interval 9,000–12,200" in sentence
    assert " if " in sentence


def test_print_has_the_sentence_first_and_the_verdict_last(kosovo):
    lines = str(kosovo).splitlines()
    assert lines[0] == quotable_sentence(kosovo)
    assert lines[-1] == "Verdict: estimate."
    assert len(lines) <= 12
    assert "Reason given: The lists were made apart." in lines
    assert any("9,000" in line for line in lines[1:])
    for row in kosovo.estimates:
        assert len(str(row).splitlines()) <= 12


def test_a_range_has_no_middle():
    answer = estimate(published("uk5"), estimators=("chao",))
    text = str(answer)
    assert "between 9,000 and 49,000" in quotable_sentence(answer)
    assert f"{answer.chosen.n_total:,.0f}" not in text


def test_a_bound_and_a_refusal_in_words():
    islands = CaptureTable.from_patterns({"100": 40, "010": 30, "001": 20, "110": 6}, lists=["A", "B", "C"])
    bound = quotable_sentence(estimate(islands))
    assert "there were at least 150, if lists tend to overlap" in bound
    assert "96 people are documented" in bound
    one = CaptureTable.from_patterns({"1": 1}, lists=["A"], unit="case")
    refused = quotable_sentence(estimate(one))
    assert refused.startswith("1 case is documented on the one list there is; how many")


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(9004, 12106, 100), (100, 145, 1), (10, 10, 1), (1000, float("inf"), 100), (8000, 100_000, 1000)],
)
def test_rounding_keeps_two_digits_of_the_width(low, high, step):
    assert rounding_step(Interval(low=low, high=high, level=0.95, method="")) == step


def test_rounded_limits_are_never_narrower(kosovo):
    interval = kosovo.chosen.n_total_interval
    assert interval.low >= 9000
    assert interval.high <= 12_200


def test_plurals():
    assert [units(u) for u in ("person", "case", "family", "day", "cases")] == [
        "people",
        "cases",
        "families",
        "days",
        "cases",
    ]


def test_tidy_rows(kosovo):
    rows = kosovo.tidy()
    assert len(rows) == 3 * len(kosovo.estimates)
    assert all(tuple(row) == COLUMNS for row in rows)
    total = next(r for r in rows if r["estimator"] == "loglinear-best" and r["quantity"] == "n_total")
    assert total["estimate"] == kosovo.chosen.n_total
    assert total["low"] == kosovo.chosen.n_total_interval.low


def test_json_holds_everything_but_the_patterns(kosovo):
    plain = json.loads(kosovo.to_json())
    assert plain["choice"] == "loglinear-best"
    assert plain["verdict"]["level"] == "estimate"
    assert len(plain["estimates"]) == len(kosovo.estimates)
    assert plain["table"]["list_totals"] == [1910.0, 1528.0, 1786.0, 685.0]
    assert "counts" not in plain["table"]


def test_infinite_is_null_with_a_flag():
    answer = estimate(published("korea"), estimators=("chao",))
    wide = dataclasses.replace(
        answer, range=Interval(low=1.0, high=float("inf"), level=0.95, method="m"), verdict=answer.verdict
    )
    plain = json.loads(wide.to_json())
    assert plain["range"]["high"] is None
    assert plain["range"]["high_is_infinite"] is True


def test_html_is_escaped_and_holds_every_row():
    names = ["<b>A</b>", "B", "C"]
    table = CaptureTable.from_patterns(
        {"100": 90, "010": 80, "001": 70, "110": 20, "101": 25, "011": 22, "111": 9}, lists=names
    )
    answer = estimate(table)
    html = answer._repr_html_()
    assert "<b>A</b>" not in html
    assert html.count("<tr>") == len(answer.estimates) + 1
    assert "<strong>" in html
