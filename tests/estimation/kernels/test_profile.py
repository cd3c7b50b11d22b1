"""Profile intervals against Rcapture 1.4-4, and against what a profile likelihood is."""

import math

import numpy as np
import pytest
from scipy.special import gammaln, xlogy

from uncounted.estimation.kernels.hierarchy import parse_model
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.profile import Profile, profile_interval


@pytest.mark.parametrize(
    ("name", "n_lists", "model", "point", "low", "high", "tolerance"),
    [
        ("hiv", 4, "[12,3,4]", 12308.0336075491, 10265.9935107967, 14992.3329401849, 1e-6),
        ("hiv", 4, "[1,2,3,4]", 11117.018923935, 9531.7355176434, 13114.1226415648, 1e-6),
        ("kosovo", 4, "[123,14,34]", 10334.4959754667, 8994.25670710859, 12110.4081124685, 1e-6),
        ("kosovo", 4, "[123,134]", 12687.9988881895, 10184.3084803286, 16703.4052289602, 1e-6),
        ("lesbian", 4, "[12,14,23,24,34]", 6337.26273169241, 5421.70967162572, 7536.28048242102, 1e-6),
        ("uk5", 5, "[123,25,34]", 25279.499345791, 19389.3013794514, 34111.0170868372, 1e-6),
        ("ned5", 5, "[135,12,24,34]", 148715.022837277, 116617.888129858, 194421.472565056, 1e-6),
        ("western", 5, "[15,2,3,4]", 2474.08921943323, 1680.61301268667, 3928.08097884434, 1e-6),
        ("spina", 3, "[23,1]", 722.950362870222, 693.35672761174, 759.259812532944, 1e-5),
        # Printed with one decimal.
        ("kosovo", 4, "[12,13,14,23,24,34]", None, 12523.3, 16667.9, 5e-6),
        ("kosovo", 4, "[123,124,134,234]", None, 9114.5, 35335.7, 5e-6),
        ("hiv", 4, "[12,13,14,23,24,34]", None, 10027.6, 50046.3, 5e-6),
        # n_0 is small here, and Rcapture takes Stirling's formula for the factorials.
        ("korea", 3, "[12,23]", 151.676011924372, 128.953119033233, 226.400466066535, 5e-4),
    ],
)
def test_limits_are_those_of_rcapture(published, name, n_lists, model, point, low, high, tolerance):
    found = profile_interval(published(name), parse_model(model, n_lists), level=0.95)
    assert found.status == "ok"
    assert (found.low, found.high) == pytest.approx((low, high), rel=tolerance)
    if point is not None:
        assert found.n_total == pytest.approx(point, rel=tolerance)


def test_below_a_hundred_people_rcapture_uses_the_exact_factorials_as_we_do():
    counts = np.array([8, 3, 1, 13, 3, 8, 0])  # Afro-American stratum of Hook, Albright and Cross (1980)
    found = profile_interval(counts, parse_model("[13,23]", 3), level=0.95)
    assert found.low == 36.0
    assert (found.n_total, found.high) == pytest.approx((39.2954703878705, 52.5664423425519), rel=1e-6)


def independence_log_likelihood(counts, n_total):
    """Multinomial log-likelihood of N under independence of two lists, maximised over both capture chances."""
    only_second, only_first, both = counts
    first, second = only_first + both, only_second + both
    n_listed = only_first + only_second + both
    chances = xlogy(first, first / n_total) + xlogy(n_total - first, 1 - first / n_total)
    chances += xlogy(second, second / n_total) + xlogy(n_total - second, 1 - second / n_total)
    return gammaln(n_total + 1) - gammaln(n_total - n_listed + 1) + chances


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_two_lists_agree_with_the_closed_form_of_the_profile(level):
    counts = np.array([120, 170, 30])
    found = profile_interval(counts, parse_model("[1,2]", 2), level=level)
    grid = np.linspace(found.n_total - 20, found.n_total + 20, 4001)
    assert grid[independence_log_likelihood(counts, grid).argmax()] == pytest.approx(found.n_total, abs=0.011)
    top = independence_log_likelihood(counts, found.n_total)
    drop = {0.5: 0.454936, 0.8: 1.642374, 0.95: 3.841459}[level] / 2  # quantiles of chi-squared, one degree of freedom
    for limit in (found.low, found.high):
        assert top - independence_log_likelihood(counts, limit) == pytest.approx(drop, abs=1e-5)
    assert found.low < found.n_total < found.high


def test_a_wider_level_gives_a_wider_interval(published):
    model = parse_model("[123,14,34]", 4)
    narrow = profile_interval(published("kosovo"), model, level=0.8)
    wide = profile_interval(published("kosovo"), model, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.n_total == pytest.approx(narrow.n_total, rel=1e-9)


def test_the_lower_limit_is_never_below_those_listed():
    # Nearly everybody is on both lists: nobody need be missing.
    found = profile_interval(np.array([1, 1, 500]), parse_model("[1,2]", 2), level=0.95)
    assert found.low == 502.0
    assert 502.0 <= found.n_total < found.high < 510.0


def test_a_flat_profile_has_no_upper_limit():
    # One person on both lists: at a hundred times the estimate the profile has not dropped to half the quantile of
    # the level asked for.
    counts = np.array([50, 60, 1])
    found = profile_interval(counts, parse_model("[1,2]", 2), level=0.999)
    assert found.status == "unbounded"
    assert found.high == math.inf
    assert found.low > 111
    top = independence_log_likelihood(counts, found.n_total)
    assert top - independence_log_likelihood(counts, 100 * found.n_total) < 10.8276 / 2
    # At an ordinary level the same table has a limit, many times the estimate, and it is given.
    ordinary = profile_interval(counts, parse_model("[1,2]", 2), level=0.95)
    assert ordinary.status == "ok"
    assert 5 * ordinary.n_total < ordinary.high < math.inf


def test_a_model_without_an_estimate_gets_no_interval(published):
    for model in ("[12,3]", "[12,13,23]"):
        found = profile_interval(published("artificial"), parse_model(model, 3), level=0.95)
        assert found.status == "no-estimate"
        assert math.isnan(found.n_total)
        assert math.isnan(found.low)
        assert math.isnan(found.high)


def test_a_fit_that_does_not_converge_is_reported(published, monkeypatch):
    from uncounted.estimation.kernels import profile

    monkeypatch.setattr(profile, "MAX_ITER", 1)
    found = profile_interval(published("kosovo"), parse_model("[123,14,34]", 4), level=0.95)
    assert found.status == "not-converged"
    assert math.isnan(found.high)


def test_the_profile_point_is_near_the_poisson_estimate(published):
    counts, model = published("kosovo"), parse_model("[123,14,34]", 4)
    found = profile_interval(counts, model, level=0.95)
    fit = fit_models(counts, model[None])
    assert abs(found.n_total - 4400 - fit.n_unlisted[0]) < 0.1 * fit.standard_error[0]
    assert isinstance(found, Profile)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_outside_zero_and_one_is_refused(published, level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        profile_interval(published("korea"), parse_model("[12,23]", 3), level=level)
