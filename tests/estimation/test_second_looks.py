"""Documented people are held against the chosen estimate itself, whoever stands in for the other second looks."""

from dataclasses import replace

from quick import estimate

from uncounted.captures import published
from uncounted.estimation.background import Background


def check(answer, code):
    return next(c for c in answer.checks if c.code == code)


def test_r9_refuses_a_chosen_total_below_what_is_documented():
    options = {"estimators": ("loglinear", "decomposable"), "choice": "decomposable", "hold_out": False}
    # On Korea's counts the graphs say 159, the average of the log-linear models 170.
    answer = estimate(published("korea"), background=Background(documented={"all": 165}), **options)
    assert check(answer, "R9").status == "refused"
    assert answer.verdict.level == "refused"
    fine = estimate(published("korea"), background=Background(documented={"all": 150}), **options)
    assert check(fine, "R9").status != "refused"


def test_r10_puts_both_linkages_into_the_range():
    korea = published("korea")
    counts = korea.counts.copy()
    counts[..., [2, 4, 5, 6]] //= 4  # a strict linkage loses three of four overlaps

    strict = replace(korea, counts=counts)
    background = Background(strict=strict, loose=korea)
    answer = estimate(korea, estimators=("loglinear",), choice="loglinear-best", background=background, hold_out=False)
    assert check(answer, "R10").status == "range only"
    assert answer.range is not None
    alone = estimate(strict, estimators=("loglinear",), choice="loglinear-best", hold_out=False).chosen
    assert answer.range.high >= alone.n_total_interval.high
    assert "strict and a loose linkage" in answer.range.method
