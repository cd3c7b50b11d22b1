"""Every threshold of every rule, from both sides."""

import dataclasses

import numpy as np
import pytest
from quick import estimate

from uncounted.captures import CaptureTable, published
from uncounted.estimation import THRESHOLDS, Interval, Verdict, parse
from uncounted.estimation.rules import (
    rule_built_from,
    rule_coverage,
    rule_lists,
    rule_overlap,
    rule_swing,
)
from uncounted.estimation.rules_chosen import rule_existence, rule_fit, rule_width
from uncounted.estimation.swing import ModelFacts, Overlap, Swing
from uncounted.estimation.verdict import verdict_of


def overlap(**changes):
    base = Overlap(
        stratum="all",
        lists=("A", "B", "C"),
        empty=(),
        on_two_or_more=100.0,
        list_totals=(200.0, 200.0, 200.0),
        list_overlaps=(50.0, 50.0, 50.0),
        islands=(("A", "B", "C"),),
    )
    return dataclasses.replace(base, **changes)


def facts(**changes):
    base = ModelFacts(stratum="all", n_models=8, n_admissible=8, best_p_value=0.5, largest_p_value=0.9, swing=None)
    return dataclasses.replace(base, **changes)


def swing(ratio, **changes):
    base = Swing(n_models=3, low=1000.0, high=1000.0 * ratio, low_limit=800.0, high_limit=1500.0 * ratio)
    return dataclasses.replace(base, **changes)


def interval(low, high):
    return Interval(low=low, high=high, level=0.95, method="test")


@pytest.fixture(scope="module")
def chosen():
    table = published("korea")
    return parse("loglinear-average", table.lists).fit(table, level=0.95, seed=1)


@pytest.mark.parametrize(
    ("lists", "defended", "status"),
    [
        ((), False, "refused"),
        (("A",), True, "refused"),
        (("A", "B"), False, "range only"),
        (("A", "B"), True, "warn"),
        (("A", "B", "C"), False, "ok"),
    ],
)
def test_r1_number_of_lists(lists, defended, status):
    assert rule_lists([overlap(lists=lists)], defended=defended).status == status


def test_r1_looks_at_the_stratum_with_fewest_lists():
    check = rule_lists([overlap(), overlap(stratum="2021", lists=("A", "B"))], defended=False)
    assert check.status == "range only"
    assert "2021" in check.sentence


def test_r2_lists_made_from_one_another(chosen):
    three, two = [overlap()], [overlap(lists=("A", "B"))]
    assert rule_built_from((), three, chosen).status == "ok"
    assert rule_built_from((("A", "B"),), three, chosen).status == "warn"
    assert rule_built_from((("A", "B"),), two, chosen).status == "refused"
    pairwise = dataclasses.replace(chosen, assumption=parse("chapman:A,B", ("A", "B", "C")).assumption(()))
    assert rule_built_from((("B", "A"),), three, pairwise).status == "refused"
    assert rule_built_from((("B", "C"),), three, pairwise).status == "warn"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"on_two_or_more": 25.0}, "ok"),
        ({"on_two_or_more": 24.0}, "warn"),
        ({"on_two_or_more": 7.0}, "warn"),
        ({"on_two_or_more": 6.0}, "lower bound only"),
        ({"list_overlaps": (7.0, 50.0, 50.0)}, "ok"),
        ({"list_overlaps": (6.0, 50.0, 50.0)}, "warn"),
        ({"list_totals": (10.0, 200.0, 200.0)}, "ok"),
        ({"list_totals": (9.0, 200.0, 200.0)}, "warn"),
        ({"empty": ("D",)}, "warn"),
        ({"islands": (("A", "B"), ("C",))}, "lower bound only"),
    ],
)
def test_r3_overlap(changes, status):
    assert rule_overlap([overlap(**changes)]).status == status
    assert rule_overlap([overlap(), overlap(stratum="2021", **changes)]).status == status


def test_r4_existence(chosen):
    assert rule_existence([facts()], chosen).status == "ok"
    assert rule_existence([facts(n_admissible=7)], chosen).status == "warn"
    assert rule_existence([], chosen).status == "info"
    refused = dataclasses.replace(chosen, status="refused", reason="no cells", verdict=Verdict(level="refused"))
    assert rule_existence([facts()], refused).status == "refused"


@pytest.mark.parametrize(
    ("ratio", "status"), [(1.0, "ok"), (1.5, "ok"), (1.51, "warn"), (2.0, "warn"), (2.01, "range only")]
)
def test_r6_swing(ratio, status):
    assert rule_swing(swing(ratio)).status == status


def test_r6_without_models():
    assert rule_swing(None).status == "info"


def test_r8_coverage():
    covered = overlap()
    assert rule_coverage((), [covered]).status == "ok"
    assert rule_coverage(("people abroad",), [covered]).status == "refused"
    blind = overlap(stratum="2020", lists=(), empty=())
    single = overlap(stratum="2021", lists=("A",), empty=())
    assert rule_coverage((), [covered, blind]).status == "refused"
    assert rule_coverage((), [covered, single]).status == "refused"
    assert rule_coverage((), [covered, overlap(stratum="2021", lists=("A",), empty=("B",))]).status == "ok"


@pytest.mark.parametrize(
    ("ends", "status"),
    [((100, 500), "ok"), ((100, 501), "warn"), ((100, float("inf")), "lower bound only")],
)
def test_r12_width(ends, status):
    assert rule_width(interval(*ends)).status == status


def test_r12_without_an_interval():
    assert rule_width(None).status == "info"


@pytest.mark.parametrize(
    ("best", "largest", "model_based", "status"),
    [
        (0.01, 0.5, True, "ok"),
        (0.009, 0.5, True, "warn"),
        (0.0005, 0.001, True, "warn"),
        (0.0005, 0.0009, True, "lower bound only"),
        (0.0005, 0.0009, False, "warn"),
        (float("nan"), 1.0, True, "info"),
    ],
)
def test_r13_goodness_of_fit(best, largest, model_based, status):
    check = rule_fit([facts(best_p_value=best, largest_p_value=largest)], model_based=model_based)
    assert check.status == status


def test_r13_without_models():
    assert rule_fit([], model_based=True).status == "info"
    assert rule_fit([facts(n_admissible=0)], model_based=True).status == "info"


def test_the_hardest_level_wins_and_comes_first(chosen):
    checks = (
        rule_swing(swing(1.7)),
        rule_width(interval(100, float("inf"))),
        rule_lists([overlap(lists=("A", "B"))], defended=False),
    )
    verdict = verdict_of(checks, chosen)
    assert verdict.level == "lower bound only"
    assert verdict.sentences[0] == checks[1].sentence
    assert verdict_of((rule_swing(swing(1.0)),), chosen) == Verdict(level="estimate")


def test_choosing_a_bound_is_a_lower_bound():
    answer = estimate(published("kosovo"), estimators=("chao",), choice="chao")
    assert answer.verdict.level == "lower bound only"
    assert answer.range is None


def test_two_lists_give_the_band_unless_defended():
    table = CaptureTable.from_patterns({"10": 170, "01": 120, "11": 30}, lists=["A", "B"])
    answer = estimate(table)
    points = {p.odds_ratio: p for p in answer.chosen.sensitivity}
    assert answer.choice == "chapman:A,B"
    assert answer.verdict.level == "range only"
    assert (answer.range.low, answer.range.high) == (points[0.5].low, points[2.0].high)
    defended = estimate(table, independence_defended=True)
    assert defended.verdict.level == "estimate"
    assert defended.range is None


def test_islands_and_thin_overlap_leave_a_bound():
    table = CaptureTable.from_patterns({"100": 40, "010": 30, "001": 20, "110": 6}, lists=["A", "B", "C"])
    assert estimate(table).verdict.level == "lower bound only"


def test_groups_nobody_could_see_refuse_the_headline():
    answer = estimate(published("kosovo"), estimators=("chao",), not_covered=("people who left in 1998",))
    assert answer.verdict.level == "refused"
    assert "people who left in 1998" in str(answer)


def test_with_draws_overlaps_are_medians():
    counts = np.repeat(published("kosovo").counts, 3, axis=0)
    counts[0, 0, :] = 0
    counts[0, 0, [0, 1, 3]] = 1  # one draw in which nobody overlaps
    table = CaptureTable(lists=published("kosovo").lists, counts=counts)
    answer = estimate(table, estimators=("chao",))
    (check,) = [c for c in answer.checks if c.code == "R3"]
    assert check.status == "ok"
    assert answer.chosen.status == "refused"  # the draw is not dropped in silence either


def test_thresholds_are_in_increasing_order():
    assert THRESHOLDS.overlap_bound < THRESHOLDS.overlap_warn
    assert THRESHOLDS.swing_warn < THRESHOLDS.swing_range
    assert THRESHOLDS.all_rejected < THRESHOLDS.best_fit_warn


def test_r3_names_the_stratum_in_good_order_too():
    assert rule_overlap([overlap()]).sentence == "100 people are on two or more lists."
    found = rule_overlap([overlap(stratum="2021"), overlap(stratum="2022", on_two_or_more=60.0)])
    assert found.status == "ok"
    assert found.sentence.startswith("In the stratum 2022, ")
    assert "60 people" in found.sentence
