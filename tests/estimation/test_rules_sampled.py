"""Rules R5, R7 and R17 on both sides of their thresholds, from estimates made by hand."""

from dataclasses import replace

import pytest

from uncounted.estimation.held import HeldSummary, HoldOut
from uncounted.estimation.result import (
    UNDETERMINED,
    Assumption,
    Estimate,
    Fit,
    Interval,
    Mode,
    Sampling,
)
from uncounted.estimation.rules import THRESHOLDS
from uncounted.estimation.rules_families import rule_families, rule_held_out
from uncounted.estimation.rules_sampled import rule_prior, rule_sampler
from uncounted.estimation.sampled import worst_sampling

TWO_MODES = (Mode(low=1, median=2, high=3, share=0.5), Mode(low=7, median=8, high=9, share=0.5))
APART = {"converged": False, "r_hat": 1.02, "modes": TWO_MODES}
GOOD = Sampling(converged=True, r_hat=1.002, ess=900.0, n_chains=16, n_draws=200)


def row(name, total=1000.0, low=800.0, high=1300.0, sampling=None, status="converged", p_value=float("nan")):
    return Estimate(
        estimator=name,
        label=name.replace("-", " "),
        lists=("A", "B", "C"),
        n_listed=500,
        n_listed_range=(500, 500),
        assumption=Assumption(id=name, words="As is."),
        n_unlisted=total - 500,
        n_total=total,
        n_total_interval=Interval(low=low, high=high, level=0.95, method="draws"),
        fit=Fit(model="m", sampling=sampling, status=status, p_value=p_value),
    )


# -- R5 -------------------------------------------------------------------------------------------------------------
def test_r5_has_nothing_to_say_without_a_sampler():
    assert rule_sampler([row("loglinear-average")], "loglinear-average").status == "info"


def test_r5_passes_chains_that_agree():
    assert rule_sampler([row("latent-class", sampling=GOOD)], "latent-class").status == "ok"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"r_hat": THRESHOLDS.r_hat_warn}, "ok"),
        ({"r_hat": THRESHOLDS.r_hat_warn + 1e-6}, "warn"),
        ({"ess": THRESHOLDS.ess_warn}, "ok"),
        ({"ess": THRESHOLDS.ess_warn - 1}, "warn"),
        ({"converged": False, "r_hat": THRESHOLDS.r_hat_range}, "warn"),
        ({"converged": False, "r_hat": THRESHOLDS.r_hat_range + 1e-6}, "range only"),
        ({**APART, "chain_ratio": THRESHOLDS.chain_ratio_range}, "warn"),
        ({**APART, "chain_ratio": THRESHOLDS.chain_ratio_range + 1e-6}, "range only"),
        ({**APART, "chain_ratio": 3.0, "modes": ()}, "warn"),  # one region: the medians differ by chance
    ],
)
def test_r5_on_both_sides_of_each_threshold(change, status):
    sampling = replace(GOOD, **change)
    assert rule_sampler([row("latent-class", sampling=sampling)], "latent-class").status == status


def test_r5_only_warns_of_an_estimate_that_was_not_chosen():
    bad = replace(GOOD, converged=False, r_hat=3.0, chain_ratio=4.0)
    rows = [row("loglinear-average"), row("latent-class", sampling=bad)]
    assert rule_sampler(rows, "loglinear-average").status == "warn"


def test_r5_names_the_regions_where_chains_stayed():
    modes = (Mode(low=1, median=2, high=3, share=0.25), Mode(low=7000, median=8000, high=9000, share=0.75))
    bad = replace(GOOD, converged=False, r_hat=3.0, effort=8, modes=modes)
    check = rule_sampler([row("latent-class", sampling=bad)], "latent-class")
    assert "7,000 to 9,000 (75% of the chains)" in check.sentence
    assert "8 times the planned effort" in check.sentence


# -- R7 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "ok"),
        ({"prior_width": THRESHOLDS.prior_width}, "ok"),
        ({"prior_width": THRESHOLDS.prior_width + 0.01}, "warn"),
        ({"prior_shift": THRESHOLDS.prior_shift}, "ok"),
        ({"prior_shift": THRESHOLDS.prior_shift + 0.01}, "warn"),
        ({"reachable_share": THRESHOLDS.reachable_share}, "ok"),
        ({"reachable_share": THRESHOLDS.reachable_share - 0.01}, "warn"),
        ({"prior_width": 0.9, "prior_shift": 0.3}, "range only"),
        ({"prior_width": 0.9, "reachable_share": 0.5}, "range only"),
        ({"prior_shift": 0.9, "reachable_share": 0.5}, "range only"),
    ],
)
def test_r7_warns_of_one_sign_and_gives_a_range_for_two(change, status):
    assert rule_prior(row("latent-class", sampling=replace(GOOD, **change))).status == status


def test_r7_has_nothing_to_say_of_an_estimate_without_a_prior():
    assert rule_prior(row("loglinear-average")).status == "info"


# -- R17 ------------------------------------------------------------------------------------------------------------
def families(total, low, high, **options):
    rows = [row("loglinear-average", 1000, 900, 1200), row("latent-class", total, low, high, **options)]
    return rule_families(rows, "loglinear-average")


@pytest.mark.parametrize(
    ("total", "low", "high", "status"),
    [
        (1100, 950, 1300, "ok"),
        (1250, 1000, 1700, "ok"),
        (1260, 1000, 1700, "warn"),
        (2000, 1100, 3000, "warn"),
        (2010, 1100, 3000, "range only"),
        (1210, 1201, 1300, "range only"),  # intervals apart, however near
        (800, 700, 899, "range only"),
    ],
)
def test_r17_on_both_sides(total, low, high, status):
    assert families(total, low, high).status == status


def test_r17_hears_no_witness_that_did_not_converge_or_does_not_fit():
    assert families(5000, 4000, 6000, status=UNDETERMINED).status == "info"
    assert families(5000, 4000, 6000, p_value=0.001).status == "info"
    assert families(5000, 4000, 6000, p_value=0.5).status == "range only"


def test_r17_does_not_count_two_estimates_of_other_kinds_as_families():
    rows = [row("loglinear-average"), row("chapman:A,B", 9000, 8000, 9999)]
    assert rule_families(rows, "loglinear-average").status == "info"


# -- pooling --------------------------------------------------------------------------------------------------------
def test_over_strata_the_worst_of_each_is_kept():
    parts = [
        replace(GOOD, prior_width=0.2, reachable_share=0.9),
        replace(GOOD, converged=False, r_hat=1.3, ess=20.0, prior_width=0.9, prior_shift=0.1),
    ]
    worst = worst_sampling(parts)
    assert (worst.converged, worst.r_hat, worst.ess) == (False, 1.3, 20.0)
    assert (worst.prior_width, worst.prior_shift, worst.reachable_share) == (0.9, 0.1, 0.9)
    assert worst_sampling([]) is None
    assert worst_sampling([GOOD]) == GOOD


def test_r17_gives_a_range_only_when_most_families_stand_apart():
    near, far = row("latent-class", 1050, 900, 1300), row("shrinkage", 5000, 4000, 6000)
    also_far = row("decomposable", 6000, 4500, 8000)
    chosen = row("loglinear-average", 1000, 900, 1200)
    assert rule_families([chosen, near, far], "loglinear-average").status == "warn"
    assert rule_families([chosen, near, far, also_far], "loglinear-average").status == "range only"


# -- R14 ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("n_covered", "n_estimated", "median", "stands_in", "status"),
    [
        (2, 4, -0.4, False, "ok"),
        (1, 4, -0.4, False, "range only"),
        (1, 4, -0.4, True, "warn"),
        (1, 3, -0.4, False, "info"),
        (4, 4, -0.5, False, "ok"),
        (4, 4, -0.51, False, "warn"),
    ],
)
def test_r14_on_both_sides(n_covered, n_estimated, median, stands_in, status):
    summary = HeldSummary(
        estimator="loglinear-average",
        n_estimated=n_estimated,
        n_refused=0,
        n_covered=n_covered,
        n_banded=0,
        n_in_band=0,
        median_log_ratio=median,
        mean_log_ratio=median,
        median_width=2.0,
        is_lower_bound=False,
    )
    held = HoldOut(rows=(), summaries=(summary,), left_out=(), notes=(), level=0.95)
    assert rule_held_out(held, "loglinear-average", stands_in=stands_in).status == status


def test_r14_says_when_no_list_could_be_held_out():
    assert rule_held_out(None, "loglinear-average").status == "info"


def test_r17_asks_for_a_witness_where_nothing_else_was_compared():
    alone = [row("latent-class")]
    assert rule_families(alone, "latent-class", compared=True).status == "info"
    assert rule_families(alone, "latent-class", compared=False).status == "range only"
    assert rule_families([*alone, row("loglinear-stepwise")], "latent-class", compared=False).status == "ok"


def test_r17_does_not_give_the_withheld_total_away():
    rows = [row("loglinear-average", 1000, 900, 1200), row("latent-class", 5000, 4000, 6000)]
    check = rule_families(rows, "loglinear-average")
    said = check.sentence + "".join(value for _, value in check.evidence)
    assert "1,000" not in said
    assert "5,000" not in said
