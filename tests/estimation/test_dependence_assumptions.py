"""Dependence given or drawn: estimators, the table over pairs, and how their ids are read."""

import math

import numpy as np
import pytest

from uncounted.captures import CaptureTable, published
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation import parse
from uncounted.estimation.chao import Chao
from uncounted.estimation.dependence import (
    DEFAULT_PRIOR,
    DependencePrior,
    UncertainDependence,
    dependence_argument,
)
from uncounted.estimation.fixed_odds import FixedOdds, odds_argument, odds_table

KOSOVO = published("kosovo")


def fit(estimator, table=KOSOVO, **options):
    return estimator.fit(table, **{"level": 0.95, "seed": 1, **options})


def permuted(table, order):
    people = np.repeat(table.patterns, table.counts[0, 0], axis=0)[:, list(order)]
    return CaptureTable.from_people(people.astype(int), lists=[table.lists[j] for j in order])


# -- fixed odds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.25, 1.0, 4.0])
def test_two_lists_move_exactly_with_the_ratio(ratio):
    table = CaptureTable(lists=("A", "B"), counts=[170, 120, 30])
    estimate = fit(FixedOdds(first="A", second="B", odds_ratio=ratio), table)
    assert estimate.n_total == pytest.approx(320 + ratio * 170 * 120 / 30, rel=1e-12)
    assert estimate.assumption.odds_ratio == ratio


def test_the_best_model_with_a_pair_that_is_not_in_it():
    # [123,14,34] holds the second and fourth list for independent given the others: at 1 it is the published estimate.
    best = fit(FixedOdds(first="ABA", second="HRW", odds_ratio=1.0))
    assert best.n_total == pytest.approx(10_356.5, rel=1e-4)
    assert best.fit.standard_error == pytest.approx(785.9, abs=0.05)
    more = fit(FixedOdds(first="ABA", second="HRW", odds_ratio=2.0))
    assert more.n_total > best.n_total
    assert more.fit.p_value < 1e-9  # and the data say that two is too much


def test_kosovo_table_over_all_pairs():
    rows = odds_table(KOSOVO)
    assert len(rows) == 6 * 5
    assert [r.odds_ratio for r in rows[:5]] == [0.25, 0.5, 1.0, 2.0, 4.0]
    for start in range(0, 30, 5):
        totals = [r.n_total for r in rows[start : start + 5]]
        assert totals == sorted(totals)
        assert all(r.low < r.n_total < r.high for r in rows[start : start + 5])
    named = {(r.first, r.second): r.estimated for r in rows}
    assert math.isnan(named["ABA", "HRW"])
    at = fit(FixedOdds(first="OSCE", second="HRW", odds_ratio=named["OSCE", "HRW"]))
    assert at.n_total == pytest.approx(10_356.5, rel=1e-4)
    one = next(r for r in rows if (r.first, r.second, r.odds_ratio) == ("OSCE", "HRW", 1.0))
    assert one.p_value < 1e-11  # the data reject their independence
    assert one.deviance == pytest.approx(fit(FixedOdds(first="OSCE", second="HRW", odds_ratio=1.0)).fit.deviance)


def test_refusals_stand_in_the_table_of_pairs():
    table = published("artificial3")
    rows = odds_table(table, ratios=(1.0,), model="[12,13,23]")
    assert {r.n_total is None for r in rows} == {True, False}
    assert all("exist" in r.reason or "unique" in r.reason for r in rows if r.n_total is None)
    first, second = next((r.first, r.second) for r in rows if r.n_total is None)
    with pytest.raises(NotEstimable) as refused:
        fit(FixedOdds(first=first, second=second, odds_ratio=1.0, model="[12,13,23]"), table)
    assert refused.value.code == "E08"


@pytest.mark.parametrize("order", [(1, 0, 3, 2), (3, 2, 1, 0)])
def test_fixed_odds_do_not_depend_on_the_order_of_lists(order):
    estimator = FixedOdds(first="EXH", second="OSCE", odds_ratio=2.0)
    assert fit(estimator, permuted(KOSOVO, order)).n_total == pytest.approx(fit(estimator).n_total, rel=1e-9)


def test_strata_and_draws_are_pooled_like_any_other():
    counts = np.stack([KOSOVO.counts[0, 0], KOSOVO.counts[0, 0] // 2 + 1])
    table = CaptureTable(lists=KOSOVO.lists, counts=np.stack([counts, counts]), strata=("a", "b"))
    estimate = fit(FixedOdds(first="EXH", second="ABA", odds_ratio=2.0), table)
    parts = [
        fit(FixedOdds(first="EXH", second="ABA", odds_ratio=2.0), CaptureTable(lists=KOSOVO.lists, counts=c)).n_total
        for c in counts
    ]
    assert estimate.n_total == pytest.approx(sum(parts), rel=0.01)
    assert math.isnan(odds_table(table, pairs=[("EXH", "ABA")], ratios=(2.0,))[0].estimated)


def test_wrong_fixed_odds():
    for first, second, ratio in (("A", "A", 2.0), ("A", "B", 0.0), ("A", "B", math.inf), ("A", "B", math.nan)):
        with pytest.raises(ProjectError, match="E60"):
            FixedOdds(first=first, second=second, odds_ratio=ratio)
    with pytest.raises(ProjectError, match="E20"):
        fit(FixedOdds(first="EXH", second="AB", odds_ratio=2.0))
    with pytest.raises(ProjectError, match="E23"):
        fit(FixedOdds(first="EXH", second="ABA", odds_ratio=2.0, model="[12]"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A,B=2", ("A,B", 2.0, "")),
        ("a=b, c,d=1/4@[12,3]", ("a=b, c,d", 0.25, "[12,3]")),
        ("A,B=1e-1", ("A,B", 0.1, "")),
    ],
)
def test_the_text_of_a_fixed_ratio(text, expected):
    assert odds_argument(text) == expected
    estimator = FixedOdds(first="A", second="B", odds_ratio=expected[1], model=expected[2])
    assert odds_argument(estimator.id.removeprefix("odds:"))[1:] == expected[1:]


@pytest.mark.parametrize("text", ["A,B", "A,B=", "A,B=x", "A,B=0", "A,B=1/0", "A,B=-2", "A,B=inf"])
def test_texts_that_are_no_ratio(text):
    with pytest.raises(ProjectError, match="E60"):
        odds_argument(text)


# -- a prior for the dependence -----------------------------------------------------------------------------------


def test_the_default_prior_lies_between_the_limits_of_the_default_band():
    assert DEFAULT_PRIOR.range() == pytest.approx((0.8, 2.5))
    draws = DEFAULT_PRIOR.draws(20_000, np.random.default_rng(1))
    assert np.quantile(draws, [0.025, 0.5, 0.975]) == pytest.approx([0.8, math.sqrt(2), 2.5], rel=2e-3)


@pytest.mark.parametrize("name", ["no-highest-order", "loglinear-best", "independent:EXH,ABA"])
def test_a_log_normal_times_a_log_normal(name):
    # With one law the answer is known: the medians multiply, the variances of the logarithms add.
    inner = parse(name, KOSOVO.lists)
    alone = fit(inner)
    prior = DependencePrior(median=1.5, spread=0.3)
    estimate = fit(UncertainDependence(inner=inner, prior=prior))
    log_sd = math.log(alone.n_unlisted_interval.high / alone.n_unlisted) / 1.959964
    both = math.hypot(log_sd, 0.3)
    assert estimate.n_unlisted == pytest.approx(1.5 * alone.n_unlisted, rel=0.005)
    for limit, z in (("low", -1.959964), ("high", 1.959964)):
        expected = 4400 + 1.5 * alone.n_unlisted * math.exp(z * both)
        assert getattr(estimate.n_total_interval, limit) == pytest.approx(expected, rel=0.01)
    assert estimate.draws.min() > 4400


def test_without_spread_it_is_a_point_of_the_curve():
    for name in ("marginal:OSCE,HRW", "chapman:EXH,ABA"):
        inner = parse(name, KOSOVO.lists)
        points = {p.odds_ratio: p for p in fit(inner).sensitivity}
        fixed = fit(UncertainDependence(inner=inner, prior=DependencePrior(median=2.0, spread=0.0)))
        assert fixed.n_total == pytest.approx(points[2.0].n_total, rel=2e-3)
        assert fixed.n_total_interval.high == pytest.approx(points[2.0].high, rel=5e-3)


def test_one_dependence_for_all_strata():
    # Twenty equal strata: with one omega for all, the relative width from the prior does not shrink by the root of 20.
    counts = np.tile(KOSOVO.counts[0, 0] * 50, (20, 1))
    table = CaptureTable(lists=KOSOVO.lists, counts=counts, strata=tuple(f"s{i}" for i in range(20)))
    estimate = fit(UncertainDependence(inner=parse("independent:EXH,ABA", table.lists)), table)
    n0 = estimate.draws - estimate.n_listed
    assert np.std(np.log(n0)) == pytest.approx(DEFAULT_PRIOR.spread, rel=0.03)


def test_its_curve_and_sensitivity_go_on_from_the_prior():
    estimate = fit(UncertainDependence(inner=parse("no-highest-order", KOSOVO.lists)))
    points = {p.odds_ratio: p.n_total for p in estimate.sensitivity}
    assert points[1.0] == pytest.approx(estimate.n_total)
    assert points[2.0] - 4400 == pytest.approx(2 * (estimate.n_total - 4400))
    assert estimate.curve.tipping_point(estimate.n_total) == pytest.approx(1.0, rel=1e-6)
    assert "between 0.8 and 2.5" in estimate.assumption.words


@pytest.mark.parametrize("name", ["chapman:EXH,ABA", "loglinear-best", "loglinear:[123,14,34]"])
@pytest.mark.parametrize("order", [(1, 0, 3, 2), (2, 3, 0, 1)])
def test_dependence_does_not_depend_on_the_order_of_lists(name, order):
    table = permuted(KOSOVO, order)
    turned = name
    if ":[" in name:
        turned = "loglinear:" + "".join(
            str(order.index(int(c) - 1) + 1) if c.isdigit() else c for c in name.removeprefix("loglinear:")
        )
    one = fit(UncertainDependence(inner=parse(name, KOSOVO.lists)))
    two = fit(UncertainDependence(inner=parse(turned, table.lists)), table)
    assert two.n_total == pytest.approx(one.n_total, rel=1e-9)
    assert two.n_total_interval.high == pytest.approx(one.n_total_interval.high, rel=1e-7)
    assert fit(UncertainDependence(inner=parse(name, KOSOVO.lists))).to_json() == one.to_json()
    if name == "loglinear-best":
        assert one.fit.model == "[123,14,34]"


def test_names_of_lists_do_not_matter():
    renamed = CaptureTable(lists=("courts", "press, 2", "a=b~1", "Ω"), counts=KOSOVO.counts[0, 0])
    odds = fit(FixedOdds(first="press, 2", second="a=b~1", odds_ratio=2.0), renamed)
    assert odds.n_total == fit(FixedOdds(first="ABA", second="OSCE", odds_ratio=2.0)).n_total
    inner = parse("chapman:press, 2,a=b~1", renamed.lists)
    drawn = fit(UncertainDependence(inner=inner), renamed)
    assert drawn.n_total == fit(UncertainDependence(inner=parse("chapman:ABA,OSCE", KOSOVO.lists))).n_total


@pytest.mark.parametrize("name", ["chapman:EXH,ABA", "loglinear-best", "no-highest-order"])
def test_an_empty_list_changes_nothing(name):
    counts = np.zeros(31, dtype=np.int64)
    counts[1::2] = KOSOVO.counts[0, 0]
    wider = CaptureTable(lists=(*KOSOVO.lists, "E"), counts=counts)
    estimator = UncertainDependence(inner=parse(name, KOSOVO.lists))
    assert fit(estimator, wider).n_total == pytest.approx(fit(estimator).n_total, rel=1e-12)
    odds = FixedOdds(first="EXH", second="ABA", odds_ratio=2.0)
    assert fit(odds, wider).n_total == pytest.approx(fit(odds).n_total, rel=1e-12)
    with pytest.raises(NotEstimable) as refused:
        fit(UncertainDependence(inner=parse("chapman:EXH,E", wider.lists)), wider)
    assert refused.value.code == "E14"


def test_bounds_have_no_dependence_to_be_uncertain_about():
    with pytest.raises(ProjectError, match="E62"):
        UncertainDependence(inner=Chao())


@pytest.mark.parametrize(("median", "spread"), [(0, 0.3), (-1, 0.3), (1.5, -0.1), (math.inf, 0.3), (1.5, math.nan)])
def test_wrong_priors(median, spread):
    with pytest.raises(ProjectError, match="E61"):
        DependencePrior(median=median, spread=spread)
    with pytest.raises(ProjectError, match="E61"):
        DependencePrior.from_range(2.5, 0.8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chapman:A,B~1.5,0.3", ("chapman:A,B", DependencePrior(median=1.5, spread=0.3))),
        ("chapman:A,B", ("chapman:A,B", DEFAULT_PRIOR)),
        ("chapman:~x,B", ("chapman:~x,B", DEFAULT_PRIOR)),
    ],
)
def test_the_text_of_a_prior(text, expected):
    assert dependence_argument(text) == expected


def test_ids_give_back_the_prior():
    estimator = UncertainDependence(inner=parse("chapman:EXH,ABA", KOSOVO.lists))
    assert dependence_argument(estimator.id.removeprefix("dependence:")) == ("chapman:EXH,ABA", DEFAULT_PRIOR)
