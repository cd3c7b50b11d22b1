"""The rules look at the chosen estimate, not at the table alone; each from both sides."""

import dataclasses

import numpy as np
import pytest
from quick import estimate

from uncounted.captures import CaptureTable, published
from uncounted.estimation import CODES, Interval, Verdict, parse, quotable_sentence
from uncounted.estimation.rules import rule_built_from, rule_lists, rule_overlap, rule_swing
from uncounted.estimation.rules_chosen import rule_bound, rule_existence, rule_fit
from uncounted.estimation.swing import Footing, ModelFacts, Overlap, Swing, footings, independent_pair

ABC = ["A", "B", "C"]
ONE_SHARED = {"100": 300, "010": 280, "001": 400, "101": 120, "011": 130, "110": 1}
PLAIN = {"100": 300, "010": 280, "001": 400, "101": 120, "011": 130, "110": 90, "111": 40}


def table(patterns, **changes):
    return dataclasses.replace(CaptureTable.from_patterns(patterns, lists=list(ABC)), **changes)


def fitted(source, name):
    return parse(name, source.lists).fit(source, level=0.95, seed=1)


def check(answer, code):
    return next(c for c in answer.checks if c.code == code)


def overlap(*lists, stratum="all"):
    n = len(lists)
    return Overlap(
        stratum=stratum,
        lists=lists,
        empty=(),
        on_two_or_more=100.0,
        list_totals=(200.0,) * n,
        list_overlaps=(50.0,) * n,
        islands=(lists,),
    )


def facts(best, largest):
    return ModelFacts(stratum="all", n_models=8, n_admissible=8, best_p_value=best, largest_p_value=largest, swing=None)


@pytest.fixture(scope="module")
def kosovo():
    return published("kosovo")


# -- R1 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("choice", ["chapman:A,B", "marginal:A,B"])
def test_r1_a_pair_of_many_lists_is_judged_as_two_lists(choice):
    answer = estimate(table(PLAIN), choice=choice)
    points = {p.odds_ratio: p for p in answer.chosen.sensitivity}
    assert answer.verdict.level == "range only"
    assert check(answer, "R1").status == "range only"
    assert ("the chosen estimate rests on", "A, B") in check(answer, "R1").evidence
    assert answer.range.low == max(points[0.5].low, answer.n_listed)
    assert answer.range.high == points[2.0].high
    defended = estimate(table(PLAIN), choice=choice, independence_defended=True)
    assert check(defended, "R1").status == "warn"
    assert defended.verdict.level == "estimate"


@pytest.mark.parametrize("choice", ["loglinear-average", "no-highest-order", "independent:A,B"])
def test_r1_other_choices_on_three_lists_do_not_rest_on_a_pair(choice):
    source = table(PLAIN)
    assert independent_pair(fitted(source, choice)) == ()
    assert check(estimate(source, choice=choice), "R1").status == "ok"


def test_r1_a_range_never_starts_below_the_documented():
    many = table({"100": 60, "010": 60, "110": 40, "001": 50, "101": 10, "011": 10, "111": 8})
    answer = estimate(many, choice="chapman:A,B")
    assert check(answer, "R1").status == "range only"
    assert answer.range is None or answer.range.low >= answer.n_listed


def test_r1_words_for_one_stratum_and_several():
    assert rule_lists([overlap(*ABC)], defended=False).sentence == "3 lists hold people."
    several = rule_lists([overlap(*ABC), overlap(*ABC, "D", stratum="2021")], defended=False)
    assert several.sentence == "In every stratum at least 3 lists hold people."


def test_the_range_of_r1_does_not_assume_independence():
    two = CaptureTable.from_patterns({"10": 170, "01": 120, "11": 30}, lists=["A", "B"])
    sentence = quotable_sentence(estimate(two))
    assert "if people on A are between half and twice as likely, as odds, to be on B as people not on A" in sentence
    assert "makes nobody likelier" not in sentence
    assert "makes nobody likelier" in quotable_sentence(estimate(two, independence_defended=True))


# -- R2 -------------------------------------------------------------------------------------------------------------
def test_r2_lists_made_from_a_common_third_are_one(kosovo):
    built = (("A", "X"), ("B", "X"))
    chosen = fitted(table(PLAIN), "chapman:A,B")
    assert rule_built_from(built, [overlap("A", "B")], chosen).status == "refused"
    assert rule_built_from(built, [overlap(*ABC)], chosen).status == "refused"
    assert rule_built_from((("A", "X"), ("B", "Y")), [overlap(*ABC)], chosen).status == "ok"
    other = fitted(table(PLAIN), "chapman:A,C")
    assert rule_built_from(built, [overlap(*ABC)], other).status == "warn"
    assert rule_built_from((("A", "B"), ("B", "C")), [overlap(*ABC)], other).status == "refused"


def test_r2_a_chain_refuses_the_pair_at_its_ends():
    answer = estimate(table(PLAIN, built_from=(("A", "C"), ("B", "C"))), choice="chapman:A,B")
    assert answer.chosen.status == "estimated"  # the pair is not declared itself
    assert check(answer, "R2").status == "refused"
    assert answer.verdict.level == "refused"


def test_r2_is_asked_in_each_stratum():
    built = (("A", "B"),)
    chosen = fitted(table(PLAIN), "loglinear-average")
    alone = rule_built_from(built, [overlap(*ABC), overlap("A", "B", stratum="2021")], chosen)
    assert alone.status == "refused"
    assert "2021" in alone.sentence
    assert rule_built_from(built, [overlap(*ABC), overlap("A", "C", stratum="2021")], chosen).status == "warn"
    assert rule_built_from(built, [overlap("A", "C"), overlap("B", "C", stratum="2021")], chosen).status == "ok"


def test_r2_the_model_of_independent_lists_is_left_with_a_bound():
    built = (("A", "B"),)
    independent = fitted(table(PLAIN), "loglinear-independence")
    assert rule_built_from(built, [overlap(*ABC)], independent).status == "lower bound only"
    assert rule_built_from((), [overlap(*ABC)], independent).status == "ok"


# -- R3 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("count", "status"), [(25.0, "ok"), (24.0, "warn"), (7.0, "warn"), (6.0, "lower bound only")])
def test_r3_the_cell_that_the_choice_stands_on(count, status):
    footing = Footing(stratum="all", cell="on both A and B", count=count)
    found = rule_overlap([overlap(*ABC)], [footing])
    assert found.status == status
    assert ("people on both A and B", f"{count:.0f}") in found.evidence


def test_r3_one_shared_person_is_no_estimate():
    for defended in (True, False):
        answer = estimate(table(ONE_SHARED), choice="chapman:A,B", independence_defended=defended)
        assert check(answer, "R3").status == "lower bound only"
        assert answer.verdict.level == "lower bound only"
    assert check(estimate(table(ONE_SHARED), choice="chapman:A,C"), "R3").status == "ok"


@pytest.mark.parametrize(
    ("choice", "cell", "count"),
    [
        ("chapman:A,B", "on both A and B", 130.0),
        ("marginal:A,C", "on both A and C", 160.0),
        ("independent:A,B", "on A and B and no other list", 90.0),
        ("no-highest-order", "on A and B and no other list", 90.0),
    ],
)
def test_r3_footings(choice, cell, count):
    source = table(PLAIN)
    (found,) = footings(source, fitted(source, choice))
    assert (found.cell, found.count) == (cell, count)


def test_r3_footings_of_models_and_of_two_lists_are_the_whole_overlap():
    source = table(PLAIN)
    assert footings(source, fitted(source, "loglinear-average")) == ()
    two = CaptureTable.from_patterns({"10": 170, "01": 120, "11": 30}, lists=["A", "B"])
    assert footings(two, fitted(two, "chapman:A,B")) == ()


# -- R4 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["E06", "E09"])
def test_r4_models_at_a_loss_leave_the_bound(kosovo, code):
    refused = dataclasses.replace(
        fitted(kosovo, "loglinear-average"), status="refused", code=code, reason="no", verdict=Verdict(level="refused")
    )
    assert code in CODES
    assert rule_existence([], refused, bounded=True).status == "lower bound only"
    assert rule_existence([], refused, bounded=False).status == "refused"
    assert rule_existence([], dataclasses.replace(refused, code="E03"), bounded=True).status == "refused"


def test_r4_when_no_model_fits_the_bound_is_quoted(kosovo):
    answer = estimate(kosovo, max_order=2)
    assert answer.chosen.code == "E09"
    assert answer.verdict.level == "lower bound only"
    assert "at least" in quotable_sentence(answer)
    assert estimate(kosovo).verdict.level == "estimate"


def test_r4_seven_lists_have_a_bound_unless_nobody_overlaps():
    member = np.random.default_rng(1).random((2000, 7)) < 0.15
    seven = CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=list("ABCDEFG"))
    answer = estimate(seven, estimators=("chao",))
    assert answer.chosen.code == "E06"
    assert answer.verdict.level == "lower bound only"
    assert "limit of the program" in str(answer)
    apart = CaptureTable.from_people(np.repeat(np.eye(7, dtype=int), 20, axis=0), lists=list("ABCDEFG"))
    assert estimate(apart, estimators=("chao",)).verdict.level == "refused"


# -- R6 -------------------------------------------------------------------------------------------------------------
def swing(**changes):
    base = Swing(n_models=1, low=1000.0, high=1000.0, low_limit=800.0, high_limit=1500.0)
    return dataclasses.replace(base, **changes)


def test_r6_words():
    assert rule_swing(swing()).sentence == "No other model that fits comes within 6 BIC of the best."
    assert "in any stratum" in rule_swing(swing(n_strata=3)).sentence
    assert "No other" not in rule_swing(swing(widened=True)).sentence
    one = rule_swing(swing(n_models=4, high=1700.0)).sentence
    several = rule_swing(swing(n_models=4, high=1700.0, n_strata=3)).sentence
    assert one.startswith("4 models fit about equally well and say 1,000 to 1,700")
    assert several.startswith("In each stratum up to 4 models fit about equally well; added smallest with smallest")


def test_r6_counts_the_strata():
    counts = np.repeat(published("kosovo").counts, 2, axis=1)
    lists = published("kosovo").lists
    sentence = check(estimate(CaptureTable(lists=lists, counts=counts, strata=("n", "s"))), "R6").sentence
    assert "In each stratum up to" in sentence
    assert "largest with largest" in sentence


# -- R13 ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("p", "model_based", "status"),
    [
        (0.01, True, "ok"),
        (0.0099, True, "warn"),
        (0.001, True, "warn"),
        (0.00099, True, "lower bound only"),
        (0.00099, False, "ok"),
        (0.0, True, "lower bound only"),
    ],
)
def test_r13_the_chosen_model_must_fit(p, model_based, status):
    found = rule_fit([facts(0.5, 0.9)], model_based=model_based, chosen_p=p)
    assert found.status == status
    assert rule_fit([], model_based=model_based, chosen_p=p).status == (status if model_based else "info")


@pytest.mark.parametrize("choice", ["loglinear-independence", "loglinear:[12,34]"])
def test_r13_a_rejected_model_is_no_estimate(kosovo, choice):
    answer = estimate(kosovo, estimators=("chao",), choice=choice)
    assert check(answer, "R13").status == "lower bound only"
    assert answer.verdict.level == "lower bound only"
    assert answer.n_total is None
    best = estimate(kosovo, estimators=("chao",), choice="loglinear-best")
    assert check(best, "R13").status == "ok"
    assert best.verdict.level == "estimate"


def test_r13_a_full_model_leaves_nothing_to_test():
    two = CaptureTable.from_patterns({"10": 170, "01": 120, "11": 30}, lists=["A", "B"])
    found = check(estimate(two), "R13")
    assert found.status == "info"
    assert "leaves nothing to test" in found.sentence
    assert "leaves nothing" not in check(estimate(table(PLAIN)), "R13").sentence


@pytest.mark.parametrize(
    ("total", "high", "status"),
    [
        (980.0, 1100.0, "ok"),
        (979.0, 1100.0, "warn"),
        (850.0, 900.0, "warn"),
        (850.0, 899.0, "lower bound only"),
    ],
)
def test_r13_an_estimate_below_the_bound(kosovo, total, high, status):
    def with_numbers(name, n_total, low, high):
        interval = Interval(low=low, high=high, level=0.95, method="test")
        return dataclasses.replace(fitted(kosovo, name), n_total=n_total, n_total_interval=interval)

    bound = with_numbers("chao-unequal", 1000.0, 900.0, 1200.0)
    chosen = with_numbers("loglinear-average", total, 700.0, high)
    assert rule_bound(chosen, bound).status == status
    assert rule_bound(chosen, None).status == "info"
    assert rule_bound(bound, bound).status == "info"


def test_r13_kosovo_by_two_lists_lies_below_the_bound(kosovo):
    below = [c for c in estimate(kosovo, choice="chapman:OSCE,HRW").checks if c.code == "R13"]
    assert [c.status for c in below] == ["ok", "lower bound only"]
    above = [c for c in estimate(kosovo).checks if c.code == "R13"]
    assert [c.status for c in above] == ["ok", "ok"]


# -- the sentence of the bound --------------------------------------------------------------------------------------
def test_the_bound_is_quoted_by_its_lower_limit(kosovo):
    answer = estimate(kosovo, choice="chao-unequal")
    sentence = quotable_sentence(answer)
    bound = answer.lower_bound
    assert "there were at least 8,180, if lists tend to overlap" in sentence
    assert bound.n_total_interval.low >= 8180
    assert "the bound's point is 8,590" in sentence
    assert "independent" not in sentence


def test_with_two_lists_the_bound_is_the_estimate_under_independence():
    two = CaptureTable.from_patterns({"10": 170, "01": 120, "11": 6}, lists=["A", "B"])
    answer = estimate(two)
    assert answer.verdict.level == "lower bound only"
    assert "is the estimate if the two lists are independent" in quotable_sentence(answer)


def test_every_answer_fits_a_screen(kosovo):
    for choice in (e.estimator for e in estimate(kosovo).estimates):
        assert len(str(estimate(kosovo, choice=choice, claims=[9000, 20_000], reason="why")).splitlines()) <= 12
