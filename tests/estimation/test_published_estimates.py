"""Numbers that papers and R packages print, through the estimators that users call."""

import pytest

import uncounted.estimation as estimation
from uncounted.captures import published


def fit(name, table):
    return estimation.parse(name, table.lists).fit(table, level=0.95, seed=1)


def test_kosovo_best_model_is_the_published_one():
    best = fit("loglinear-best", published("kosovo"))
    assert best.n_total == pytest.approx(10_356.5, rel=1e-4)
    assert best.fit.standard_error == pytest.approx(785.9, abs=0.05)
    assert best.fit.model == "[123,14,34]"
    assert best.fit.bic == pytest.approx(203.03, abs=0.005)
    assert (best.fit.n_models, best.fit.n_admissible) == (113, 113)


def test_kosovo_other_rows():
    table = published("kosovo")
    saturated = fit("no-highest-order", table)
    assert saturated.n_total == pytest.approx(16_941.9, abs=0.05)
    assert saturated.fit.standard_error == pytest.approx(5_937.6, abs=0.05)
    pairs = fit("loglinear:[12,13,14,23,24,34]", table)
    assert pairs.n_total == pytest.approx(14_402.5, abs=0.05)
    assert pairs.fit.deviance == pytest.approx(39.8, abs=0.05)
    assert pairs.fit.df == 4
    # methods: profile 12,523.3 to 16,667.9
    assert pairs.other_intervals[0].low == pytest.approx(12_523.3, rel=1e-3)
    assert pairs.other_intervals[0].high == pytest.approx(16_667.9, rel=1e-3)
    chapman = [e.fit(table, level=0.95, seed=1).n_total for e in estimation.expand(["chapman"], table.lists)]
    assert [round(min(chapman)), round(max(chapman))] == [5447, 9622]


def test_people_on_other_lists_are_documented():
    # OSCE and HRW hold 2,231 people; the other 2,169 of 4,400 are on EXH or ABA and must not count as on no list.
    table = published("kosovo")
    estimate = fit("chapman:OSCE,HRW", table)
    alone = fit("chapman:OSCE,HRW", table.keep_lists(["OSCE", "HRW"]))
    assert estimate.n_listed == 4400
    assert estimate.n_unlisted == pytest.approx(1047.4, abs=0.05)
    assert estimate.n_total == pytest.approx(alone.n_total)
    assert estimate.n_total_interval.low == pytest.approx(alone.n_total_interval.low)
    assert estimate.n_total_interval.high == pytest.approx(alone.n_total_interval.high)
    assert fit("chapman:OSCE,HRW", table).n_unlisted_interval.low == pytest.approx(alone.n_total_interval.low - 4400)


@pytest.mark.parametrize(
    ("name", "total", "bic"), [("korea", 157.17, 57.14081), ("lesbian", 6349.0, 181.22), ("western", 2483.4, 118.74)]
)
def test_best_models_elsewhere(name, total, bic):
    best = fit("loglinear-best", published(name))
    assert best.n_total == pytest.approx(total, abs=0.06)
    assert best.fit.bic == pytest.approx(bic, abs=0.005)


def test_hiv_rome_independence_of_all_but_one_pair():
    estimate = fit("loglinear:[12,3,4]", published("hiv-rome"))
    assert estimate.n_total == pytest.approx(12_318.5, rel=1e-4)
    assert estimate.fit.standard_error == pytest.approx(1_188.7, rel=1e-3)
    (profile,) = estimate.other_intervals
    assert profile.low == pytest.approx(10_266, rel=1e-3)
    assert profile.high == pytest.approx(14_992.3, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "ratio", "level"),
    [
        ("new-orleans5", 1.70, "estimate"),
        ("korea", 1.71, "estimate"),
        ("kosovo", 1.78, "estimate"),
        ("western", 1.85, "estimate"),
        ("uk5", 3.19, "range only"),
        ("netherlands5", 6.59, "range only"),
    ],
)
def test_swing_refuses_exactly_the_disputed_national_estimates(name, ratio, level):
    answer = estimation.estimate(published(name), estimators=("chao",))
    (swing,) = [c for c in answer.checks if c.code == "R6"]
    assert dict(swing.evidence)["largest over smallest"] == f"{ratio:.2f}"
    assert swing.status == ("range only" if level == "range only" else "warn")
    if name != "new-orleans5":  # its lists also overlap in only a handful of people
        assert answer.verdict.level == level
    if level == "range only":
        assert answer.range.low < answer.chosen.n_total_interval.low + 1e-9
        assert answer.range.high > answer.chosen.n_total_interval.high - 1e-9


def test_six_lists_are_held_against_models_with_triples():
    # Pairs alone say 42,000 to 75,000; triples, which fit far better, 130,000 to 163,000.
    answer = estimation.estimate(published("netherlands"), estimators=("chao",))
    assert answer.verdict.level == "range only"
    assert answer.range.high > 130_000


def test_the_lower_bound_always_carries_its_caveat():
    answer = estimation.estimate(published("kosovo"), estimators=("chao",))
    for estimate in answer.estimates:
        if estimate.is_lower_bound:
            assert "if lists tend to overlap" in estimate.label
            assert estimate.sensitivity == ()
            assert estimate.verdict.level == "lower bound only"
