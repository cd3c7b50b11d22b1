"""Rules R9, R10, R11 and R16, each on both sides of its thresholds."""

import math

import pytest

from uncounted.captures import CaptureTable, published
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation import parse
from uncounted.estimation.coherence import (
    DELETION_WARN,
    DOMINANT_SHARE_WARN,
    DUPLICATES_WARN,
    LINKAGE_RANGE,
    LINKAGE_WARN,
    REVIEWED_LINKAGE_RANGE,
    TOTAL_OVER_STRATA_HIGH,
    TOTAL_OVER_STRATA_LOW,
    WINDOW_OVER_STAY_WARN,
    Deletion,
    Dominance,
    coherence_facts,
    dominance_facts,
    rule_closure,
    rule_coherence,
    rule_dominance,
    rule_linkage,
)

TABLE = CaptureTable(lists=("A", "B"), counts=[[30, 40, 10], [20, 10, 10]], strata=("north", "south"))
EDGE = 1e-6


def coherence(total, documented=None, north=200.0, south=100.0, **options):
    return rule_coherence(coherence_facts(TABLE, total, {"north": north, "south": south}, documented), **options)


# -- R9 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (TOTAL_OVER_STRATA_LOW - EDGE, "warn"),
        (TOTAL_OVER_STRATA_LOW + EDGE, "ok"),
        (1.0, "ok"),
        (TOTAL_OVER_STRATA_HIGH - EDGE, "ok"),
        (TOTAL_OVER_STRATA_HIGH + EDGE, "warn"),
    ],
)
def test_a_total_far_from_the_sum_of_its_strata_warns(ratio, status):
    check = coherence(300 * ratio)
    assert (check.code, check.status) == ("R9", status)
    assert ("total over sum of strata", f"{ratio:.2f}") in check.evidence


def test_the_warning_says_which_way_and_by_how_much():
    assert "below the sum of the strata by a factor of 1.50" in coherence(200.0).sentence
    assert "above the sum of the strata by a factor of 1.50" in coherence(450.0).sentence


@pytest.mark.parametrize(("documented", "status"), [(100, "ok"), (101, "refused")])
def test_a_stratum_below_its_documented_people_is_refused(documented, status):
    check = coherence(300.0, {"south": documented})
    assert check.status == status
    if status == "refused":
        assert "'south'" in check.sentence
        assert "101 people documented" in check.sentence


@pytest.mark.parametrize(("total", "status"), [(300.0, "ok"), (299.9, "refused")])
def test_a_total_below_all_documented_people_is_refused(total, status):
    check = coherence(total, {"north": 200, "south": 100})
    assert check.status == status
    assert ("of the total" in check.sentence) == (status == "refused")


def test_people_in_the_table_are_documented_whatever_is_said():
    assert coherence(300.0, {"north": 0}, north=79.0).status == "refused"  # 80 are listed there
    assert coherence_facts(TABLE, 300.0, {}, {"north": 0}).strata[0].documented == 80
    assert coherence_facts(TABLE, 300.0, {}, {"north": 500}).total.documented == 540


def test_several_contradictions_name_the_worst():
    check = coherence(300.0, {"north": 210, "south": 500})
    assert "'south'" in check.sentence
    assert "2 more" in check.sentence  # the north, and the total


def test_a_difference_of_two_estimates_is_noted():
    assert coherence(300.0, subtractive=True).status == "warn"
    assert "difference of two estimates" in coherence(300.0, subtractive=True).sentence
    assert coherence(300.0, {"south": 500}, subtractive=True).status == "refused"


def test_a_stratum_without_an_estimate_leaves_nothing_to_compare():
    check = coherence(300.0, south=None)
    assert check.status == "info"
    assert ("stratum 'south'", "no estimate, 40 documented") in check.evidence
    assert coherence(None).status == "info"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((300.0, {"east": 5.0}, {}), "no stratum 'east'"),
        ((300.0, {}, {"nort": 5}), "Did you mean 'north'"),
        ((math.nan, {}, {}), "finite"),
        ((300.0, {"north": -1.0}, {}), "finite"),
    ],
)
def test_facts_that_do_not_belong_to_the_table_are_refused(arguments, words):
    with pytest.raises(ProjectError, match=words) as refused:
        coherence_facts(TABLE, *arguments)
    assert refused.value.code == "E56"


# -- R10 --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (0.0, "ok"),
        (LINKAGE_WARN - EDGE, "ok"),
        (LINKAGE_WARN + EDGE, "warn"),
        (LINKAGE_RANGE - EDGE, "warn"),
        (LINKAGE_RANGE + EDGE, "range only"),
    ],
)
def test_a_total_that_hangs_on_the_linkage(change, status):
    for strict, loose in ((1_000 * (1 + change), 1_000), (1_000, 1_000 * (1 + change))):
        check = rule_linkage(strict=strict, loose=loose)
        assert (check.code, check.status) == ("R10", status)


@pytest.mark.parametrize("which", ["precision", "recall"])
def test_a_review_that_finds_poor_links(which):
    below, at = REVIEWED_LINKAGE_RANGE - EDGE, REVIEWED_LINKAGE_RANGE
    assert rule_linkage(strict=1_000, loose=1_000, **{which: below}).status == "range only"
    assert rule_linkage(strict=1_000, loose=1_000, **{which: at}).status == "ok"
    assert rule_linkage(**{which: below}).status == "range only"
    assert rule_linkage(**{which: at}).status == "ok"


def test_a_linkage_nobody_looked_at_is_said_to_be_that():
    assert rule_linkage().status == "info"
    assert rule_linkage(strict=900.0).status == "info"
    said = rule_linkage(strict=1_200, loose=1_000, precision=0.9, recall=0.7)
    assert "70% of the true pairs" in said.sentence
    assert ("change", "20%") in said.evidence


# -- R11 --------------------------------------------------------------------------------------------------------------
def dominance(share=0.4, without=1_000.0, **options):
    lists = (
        Deletion(name="A", share=share, total_without=without),
        Deletion(name="B", share=0.3, total_without=1_000.0),
        Deletion(name="C", share=0.3, total_without=1_000.0),
    )
    return rule_dominance(Dominance(total=1_000.0, lists=lists), **options)


@pytest.mark.parametrize(("share", "status"), [(DOMINANT_SHARE_WARN - EDGE, "ok"), (DOMINANT_SHARE_WARN, "warn")])
def test_a_list_that_holds_nearly_everybody(share, status):
    check = dominance(share=share)
    assert (check.code, check.status) == ("R11", status)


@pytest.mark.parametrize(
    ("without", "status"),
    [
        (1_000 * (1 + DELETION_WARN) - EDGE, "ok"),
        (1_000 * (1 + DELETION_WARN) + EDGE, "warn"),
        (1_000 * (1 - DELETION_WARN) + EDGE, "ok"),
        (1_000 * (1 - DELETION_WARN) - EDGE, "warn"),
        (None, "warn"),
    ],
)
def test_a_list_whose_deletion_moves_the_total(without, status):
    assert dominance(without=without).status == status


def test_with_models_that_disagree_only_a_range_is_left():
    assert dominance(without=5_000.0, models_disagree=True).status == "range only"
    assert dominance(share=0.9, models_disagree=True).status == "range only"
    assert dominance(models_disagree=True).status == "ok"


def test_deletions_are_estimated_again_without_the_list():
    table = published("kosovo")
    estimator = parse("loglinear-independence", table.lists)
    chosen = estimator.fit(table, level=0.95, seed=1)

    def refit(part):
        return estimator.fit(part, level=0.95, seed=1)

    facts = dominance_facts(table, chosen, refit)
    assert [d.name for d in facts.lists] == list(table.lists)
    for d in facts.lists:
        kept = [x for x in table.lists if x != d.name]
        again = estimator.fit(table.keep_lists(kept), level=0.95, seed=1)
        assert d.total_without == again.n_total
        assert d.share == pytest.approx(table.list_totals[0][table.lists.index(d.name)] / 4_400)
    assert rule_dominance(facts).status == "ok"


def test_a_list_without_which_nothing_can_be_estimated_is_said_to_carry_all():
    # B and C share nobody: without A nothing ties them together.
    patterns = {"100": 70, "010": 60, "001": 50, "110": 20, "101": 20}
    table = CaptureTable.from_patterns(patterns, lists=("A", "B", "C"))
    estimator = parse("loglinear-independence", table.lists)

    def refit(part):
        try:
            return estimator.fit(part, level=0.95, seed=1)
        except NotEstimable:
            return None

    facts = dominance_facts(table, estimator.fit(table, level=0.95, seed=1), refit)
    assert [d.total_without is None for d in facts.lists] == [True, False, False]
    check = rule_dominance(facts)
    assert check.status == "warn"
    assert "Without list 'A' there is no estimate" in check.sentence


def test_two_lists_cannot_be_left_out():
    table = TABLE.total()
    estimator = parse("chapman:A,B", table.lists)
    facts = dominance_facts(table, estimator.fit(table, level=0.95, seed=1), lambda part: pytest.fail("not asked"))
    assert all(math.isnan(d.total_without) for d in facts.lists)
    assert rule_dominance(facts).status == "info"


# -- R16 --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "status"), [(WINDOW_OVER_STAY_WARN * 30, "ok"), (WINDOW_OVER_STAY_WARN * 30 + 1, "warn")]
)
def test_a_window_much_longer_than_people_stay(days, status):
    check = rule_closure(window_days=days, stay_days=30.0)
    assert (check.code, check.status) == ("R16", status)


@pytest.mark.parametrize(("share", "status"), [(DUPLICATES_WARN, "ok"), (DUPLICATES_WARN + EDGE, "warn")])
def test_duplicates_left_in_a_list(share, status):
    assert rule_closure(duplicates_share=share).status == status


@pytest.mark.parametrize(("leave", "status"), [(True, "warn"), (False, "ok"), (None, "info")])
def test_people_who_leave_between_lists(leave, status):
    assert rule_closure(deaths_between=leave).status == status


def test_deaths_can_be_recorded_for_ever_and_all_reasons_are_given():
    assert rule_closure(window_days=5_000, stay_days=math.inf).status == "ok"
    said = rule_closure(window_days=400, stay_days=30, deaths_between=True, duplicates_share=0.05)
    assert all(word in said.sentence for word in ("400 days", "could leave", "5.0% of the records"))
    assert len(said.evidence) == 4
