"""The answer from one log: a range, its reasons, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from uncounted.errors import CaptureError, ProjectError
from uncounted.estimation.repeats import DEFAULT_REPEATS, REPEATS_ESTIMATORS, estimate_repeats

DUTCH = [1645, 183, 37, 13, 1, 1]


def by_id(answer):
    return {e.estimator: e for e in answer.estimates}


def test_the_dutch_answer_is_a_range():
    answer = estimate_repeats(DUTCH)
    assert answer.verdict.level == "range only"
    assert (answer.n_listed, answer.n_entries) == (1880, 2185)
    # From the lower limit of Chao without those seen once to the upper limit of the geometric law.
    assert answer.range.low == pytest.approx(2349.3, abs=0.1)
    assert answer.range.high == pytest.approx(15080.8, abs=0.1)
    assert answer.lower_bound.estimator == "repeats:chao-without-ones"
    assert [e.estimator for e in answer.estimates] == list(DEFAULT_REPEATS)
    assert all(e.n_total >= 1880 and e.n_total_interval.low >= 1880 for e in answer.estimates)
    assert all(e.assumption.words for e in answer.estimates)
    factor = next(c for c in answer.checks if c.name == "models of one log")
    assert factor.status == "range only"
    assert "factor of 5.5" in factor.sentence


def test_negative_binomial_law_comes_on_request_and_is_refused_by_name():
    # D10 of the peers: N = 5e14, reported like any other.
    assert "repeats:negative-binomial" not in by_id(estimate_repeats(DUTCH))
    answer = estimate_repeats(DUTCH, estimators=REPEATS_ESTIMATORS)
    refused = by_id(answer)["repeats:negative-binomial"]
    assert (refused.status, refused.code, refused.n_total) == ("refused", "E45", None)
    assert "log-series" in refused.reason
    assert any(c.name == "boundary" and c.code == "R15" for c in answer.checks)
    assert answer.range == estimate_repeats(DUTCH).range


def test_where_people_stop_after_the_first_entry_those_seen_once_are_not_used():
    answer = estimate_repeats(DUTCH, stops_after_first=True)
    assert answer.range.low == pytest.approx(2349.3, abs=0.1)
    assert answer.range.high == pytest.approx(by_id(answer)["repeats:geometric-once-found"].n_total_interval.high)
    assert answer.range.high < estimate_repeats(DUTCH).range.high
    # Without a surplus of people seen once the geometric law itself is the upper end.
    level = estimate_repeats([500, 300, 180, 110, 60, 30, 20, 10, 5], stops_after_first=True)
    assert by_id(level)["repeats:geometric-once-found"].code == "E46"
    assert level.range.high == pytest.approx(by_id(level)["repeats:geometric"].n_total_interval.high)


def test_ratio_plot():
    ratios = estimate_repeats(DUTCH).ratios
    assert [r.x for r in ratios] == [1, 2, 3, 4, 5]
    assert ratios[0].ratio == pytest.approx(2 * 183 / 1645)
    assert ratios[1].ratio == pytest.approx(3 * 37 / 183)
    assert all(r.low < r.ratio < r.high for r in ratios)
    trend = next(c for c in estimate_repeats(DUTCH).checks if c.name == "ratio plot")
    assert trend.status == "warn"
    assert "people differ" in trend.sentence
    flat = np.bincount(np.random.default_rng(1).poisson(1.0, 5000))[1:]
    trend = next(c for c in estimate_repeats(list(flat)).checks if c.name == "ratio plot")
    assert trend.status == "ok"


def test_the_number_seen_once_for_each_seen_twice():
    def check(f):
        return next(c for c in estimate_repeats(f).checks if c.name == "once for each twice")

    assert check(DUTCH).status == "warn"
    assert "9.0 people" in check(DUTCH).sentence
    assert check([100, 90, 60, 25, 10]).status == "ok"


@pytest.mark.parametrize(
    ("f", "verdict"),
    [
        (DUTCH, "range only"),
        ([40, 3, 1], "lower bound only"),  # four people seen again
        ([40], "refused"),
        ({3: 50}, "refused"),
        ([0, 30, 10], "range only"),
    ],
)
def test_verdicts(f, verdict):
    answer = estimate_repeats(f)
    assert answer.verdict.level == verdict
    assert answer.verdict.sentences
    assert (answer.range is not None) == (verdict == "range only")


def test_next_to_no_repeats_is_algebra():
    answer = estimate_repeats([100_000, 30, 8])
    assert by_id(answer)["repeats:chao"].code == "E47"
    assert by_id(answer)["repeats:geometric"].code == "E47"
    assert answer.verdict.level == "lower bound only"


@pytest.mark.parametrize("f", [DUTCH, [40, 3, 1], [40], {3: 50}, [100, 90, 60, 25, 10, 2]])
@pytest.mark.parametrize("stops", [False, True])
def test_text_is_short_and_says_the_sentence_first(f, stops):
    answer = estimate_repeats(f, stops_after_first=stops, estimators=REPEATS_ESTIMATORS, name="log of calls")
    lines = str(answer).splitlines()
    assert len(lines) <= 12
    assert "in the log of calls; " in lines[0]
    assert lines[1] == f"Verdict: {answer.verdict.level}."
    assert any(line.startswith("R16") for line in lines)


def test_rows_and_json():
    answer = estimate_repeats(DUTCH, estimators=REPEATS_ESTIMATORS)
    rows = answer.tidy()
    assert len(rows) == 3 * len(REPEATS_ESTIMATORS)
    assert set(rows[0]) == {"stratum", "quantity", "estimate", "low", "high", "level", "estimator", "status"}
    plain = json.loads(answer.to_json())
    assert plain["range"]["low"] == answer.range.low
    assert plain["verdict"]["level"] == "range only"
    assert len(plain["estimates"]) == len(REPEATS_ESTIMATORS)
    assert answer.to_json() == estimate_repeats(DUTCH, estimators=REPEATS_ESTIMATORS).to_json()


def test_all_ways_of_giving_frequencies_agree():
    text = estimate_repeats(DUTCH).to_json()
    assert estimate_repeats(dict(enumerate(DUTCH, start=1))).to_json() == text
    assert estimate_repeats({6: 1, 5: 1, 4: 13, 3: 37, 2: 183, 1: 1645, 9: 0}).to_json() == text
    assert estimate_repeats(np.array(DUTCH)).to_json() == text
    assert estimate_repeats(tuple(float(k) for k in DUTCH)).to_json() == text


def test_levels_nest():
    narrow, wide = (estimate_repeats(DUTCH, level=level) for level in (0.8, 0.95))
    assert wide.range.low < narrow.range.low < narrow.range.high < wide.range.high


@pytest.mark.parametrize(
    ("f", "code"),
    [
        ([], "E41"),
        ({}, "E41"),
        ([0, 0], "E41"),
        ([10, -1], "E40"),
        ([10, 2.5], "E40"),
        ([10, float("nan")], "E40"),
        ([10, True], "E40"),
        ([10, "3"], "E40"),
        ({0: 5, 1: 10}, "E40"),
        ({1.5: 5}, "E40"),
        ({"1": 5}, "E40"),
        ([10, None], "E40"),
    ],
)
def test_bad_frequencies(f, code):
    with pytest.raises(CaptureError) as caught:
        estimate_repeats(f)
    assert caught.value.code == code
    assert caught.value.do


def test_bad_options():
    with pytest.raises(ProjectError) as caught:
        estimate_repeats(DUTCH, level=1.0)
    assert caught.value.code == "E42"
    with pytest.raises(ProjectError, match="repeats:poisson") as caught:
        estimate_repeats(DUTCH, estimators=("repeats:poison",))
    assert caught.value.code == "E43"


@pytest.mark.parametrize(
    "f",
    [
        {2: 10**6, 1: 1, 40: 3},  # next to nobody seen once
        {30: 500, 31: 480, 29: 510},  # everybody seen often
        {1000: 5, 1001: 7},
        {1: 10**7, 2: 10**6, 3: 10**5},
        {1: 2, 2: 3, 5000: 1},
    ],
)
@pytest.mark.parametrize("stops", [False, True])
def test_strange_logs_give_finite_numbers_or_refusals(f, stops):
    answer = estimate_repeats(f, estimators=REPEATS_ESTIMATORS, stops_after_first=stops)
    assert len(str(answer).splitlines()) <= 12
    for e in answer.estimates:
        if e.status == "refused":
            assert e.code
            assert e.reason
        else:
            limits = e.n_total_interval
            assert answer.n_listed <= limits.low <= e.n_total <= limits.high < float("inf")
    if answer.verdict.level == "lower bound only":
        assert answer.lower_bound is not None


def test_where_everybody_is_seen_often_nobody_is_missing():
    row = by_id(estimate_repeats({30: 500, 31: 480, 29: 510}))["repeats:poisson"]
    assert row.n_total == pytest.approx(1490, abs=1e-6)
    assert row.n_total_interval.method == "nobody or one"
