"""One log: every estimator against published numbers, its own likelihood, and people who are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln

from uncounted.estimation.kernels.repeats import (
    chao,
    chao_without_ones,
    one_inflated,
    truncated_geometric,
    truncated_negative_binomial,
    truncated_poisson,
    zelterman,
)
from uncounted.estimation.kernels.twolist import lognormal_interval

# Undocumented immigrants in four Dutch cities, 1995 (van der Heijden et al. 2003): people apprehended x times.
DUTCH = dict(enumerate((1645, 183, 37, 13, 1, 1), start=1))


def inflated(law, inflation):
    return lambda f: one_inflated(f, law=law, inflation=inflation)


@pytest.mark.parametrize(
    ("fit", "total", "error"),
    [
        (truncated_poisson, 7079.9, 365.8),
        (chao, 9273.5, 662.6),
        (zelterman, 9424.6, 684.0),
        (truncated_geometric, 13468, 771),
        (chao_without_ones, 2875, 396),
        (inflated("poisson", "any"), 3454, 262),
        (inflated("poisson", "listed"), 2456, 156),
        (inflated("geometric", "any"), 8191, 875),
        (inflated("geometric", "listed"), 5317, 857),
    ],
)
def test_dutch_immigrants_as_singlercapture_has_them(fit, total, error):
    # singleRcapture 1.1.0: ztpoisson, chao, zelterman, ztgeom, oichao, oizt*/ztoi*; intercept only.
    found = fit(DUTCH)
    assert found.status == "ok"
    assert 1880 + found.n_unlisted == pytest.approx(total, rel=1e-3)
    assert found.standard_error == pytest.approx(error, rel=1e-2)


@pytest.mark.parametrize(("fit", "limits"), [(truncated_poisson, (6411, 7848)), (chao, (8085, 10690))])
def test_dutch_intervals(fit, limits):
    found = fit(DUTCH)
    low, high = lognormal_interval(found.n_unlisted, found.standard_error, level=0.95)
    assert (1880 + low, 1880 + high) == pytest.approx(limits, abs=1)


def test_farms_that_submit_samples():
    # singleRcapture farmsubmission: 12,036 farms, 28,165 entries (both laws use nothing else).
    farms = {1: 8003, 2: 1, 5: 4032}  # any frequencies with these sums
    assert sum(farms.values()) == 12036
    assert sum(x * k for x, k in farms.items()) == 28165
    poisson, geometric = truncated_poisson(farms), truncated_geometric(farms)
    assert 12036 + geometric.n_unlisted == pytest.approx(21018, rel=1e-3)
    assert geometric.standard_error == pytest.approx(165, rel=1e-2)
    assert 12036 + poisson.n_unlisted == pytest.approx(13847.5, rel=1e-3)
    assert poisson.standard_error == pytest.approx(54.8, rel=1e-2)


def test_negative_binomial_law_has_no_estimate_for_the_dutch():
    # D10: a program that goes on returns 5.35e14 with a standard error of 1.2e13.
    found = truncated_negative_binomial(DUTCH)
    assert (found.status, found.edge) == ("boundary", "log-series")
    assert math.isnan(found.n_unlisted)


def test_negative_binomial_law_of_equal_people_is_poisson():
    found = truncated_negative_binomial({1: 400, 2: 250, 3: 80, 4: 10})
    assert (found.status, found.edge) == ("boundary", "Poisson")


def log_pmf(law, x, parameters):
    if law == "poisson":
        return x * np.log(parameters[0]) - parameters[0] - gammaln(x + 1)
    if law == "geometric":
        return x * np.log(parameters[0]) + np.log1p(-parameters[0])
    size, q = parameters
    return gammaln(x + size) - gammaln(size) - gammaln(x + 1) + x * np.log(q) + size * np.log1p(-q)


def best_log_likelihood(law, f, *, with_inflation):
    """Maximise the truncated, perhaps inflated, likelihood as it is written, by a general optimiser."""
    x, k = np.array(list(f)), np.array(list(f.values()))

    def natural(t):
        if law == "poisson":
            return [np.exp(t[0])]
        if law == "geometric":
            return [1 / (1 + np.exp(-t[0]))]
        return [np.exp(t[0]), 1 / (1 + np.exp(-t[1]))]

    def loss(t):
        theta = natural(t)
        log_p = log_pmf(law, x, theta) - np.log(-np.expm1(log_pmf(law, 0, theta)))
        if with_inflation:
            share = 1 / (1 + np.exp(-t[-1]))
            log_p = np.log(share * (x == 1) + (1 - share) * np.exp(log_p))
        return -(k * log_p).sum()

    n_free = (2 if law == "negative binomial" else 1) + with_inflation
    starts = [np.full(n_free, s) for s in (-1.0, 0.3)]
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000}
    runs = [minimize(loss, s, method="Nelder-Mead", options=options) for s in starts]
    best = min(runs, key=lambda r: r.fun)
    return -best.fun, natural(best.x), log_pmf(law, 0, natural(best.x))


GAMMA_MIXED = {1: 400, 2: 250, 3: 150, 4: 90, 5: 50, 6: 30, 7: 12, 8: 9, 9: 4}


@pytest.mark.parametrize("f", [DUTCH, GAMMA_MIXED])
@pytest.mark.parametrize(("law", "fit"), [("poisson", truncated_poisson), ("geometric", truncated_geometric)])
def test_laws_maximise_their_likelihood(f, law, fit):
    value, parameters, log_p_0 = best_log_likelihood(law, f, with_inflation=False)
    found = fit(f)
    assert found.log_likelihood == pytest.approx(value, abs=1e-7)
    assert found.parameter == pytest.approx(parameters[0], rel=1e-5)
    assert found.n_unlisted == pytest.approx(sum(f.values()) / np.expm1(-log_p_0), rel=1e-5)


def test_negative_binomial_law_maximises_its_likelihood():
    value, parameters, log_p_0 = best_log_likelihood("negative binomial", GAMMA_MIXED, with_inflation=False)
    found = truncated_negative_binomial(GAMMA_MIXED)
    assert found.log_likelihood == pytest.approx(value, abs=1e-7)
    assert found.parameter == pytest.approx(parameters[0] * parameters[1] / (1 - parameters[1]), rel=1e-3)
    assert found.n_unlisted == pytest.approx(sum(GAMMA_MIXED.values()) / np.expm1(-log_p_0), rel=1e-3)


@pytest.mark.parametrize("law", ["poisson", "geometric"])
def test_inflated_laws_maximise_one_likelihood_and_differ_in_the_total(law):
    value, parameters, _ = best_log_likelihood(law, DUTCH, with_inflation=True)
    any_, listed = (one_inflated(DUTCH, law=law, inflation=i) for i in ("any", "listed"))
    assert any_.log_likelihood == listed.log_likelihood == pytest.approx(value, abs=1e-7)
    assert any_.parameter == listed.parameter == pytest.approx(parameters[0], rel=1e-4)
    assert any_.n_unlisted > listed.n_unlisted


def test_no_inflation_is_said():
    assert one_inflated({1: 100, 2: 200, 3: 150, 4: 80}, law="poisson", inflation="any").status == "no inflation"


@pytest.mark.parametrize(
    ("fit", "f", "status"),
    [
        (chao, {1: 5}, "nobody twice"),
        (chao, {2: 5}, "no spread"),
        (chao_without_ones, {1: 5, 3: 2}, "nobody twice"),
        (chao_without_ones, {1: 5, 2: 2}, "nobody thrice"),
        (zelterman, {1: 5, 3: 2}, "nobody twice"),
        (truncated_poisson, {1: 5}, "nobody twice"),
        (truncated_geometric, {1: 5}, "nobody twice"),
        (truncated_negative_binomial, {1: 5}, "nobody twice"),
        (inflated("poisson", "any"), {1: 5}, "nobody twice"),
        (inflated("poisson", "any"), {1: 5, 2: 3}, "nobody thrice"),
        (inflated("geometric", "listed"), {1: 5, 2: 3}, "nobody thrice"),
    ],
)
def test_missing_frequencies_have_a_status_and_no_number(fit, f, status):
    found = fit(f)
    assert found.status == status
    assert math.isnan(found.n_unlisted)


def frequencies(x):
    counts = np.bincount(x[x > 0])
    return {i: int(k) for i, k in enumerate(counts) if k}


def coverage(fit, draw, truth, n_logs, seed):
    held = []
    for child in np.random.SeedSequence(seed).spawn(n_logs):
        f = frequencies(draw(np.random.default_rng(child)))
        found = fit(f)
        low, high = lognormal_interval(found.n_unlisted, found.standard_error, level=0.95)
        n = sum(f.values())
        held.append((n + low <= truth, truth <= n + high))
    return np.mean(np.all(held, axis=1)), np.mean(held, axis=0)


NOISE = 4 * math.sqrt(0.95 * 0.05 / 600)  # four standard errors of a coverage of 95 % over 600 logs


@pytest.mark.parametrize(
    ("fit", "draw"),
    [
        (truncated_poisson, lambda rng: rng.poisson(0.6, 1500)),
        (truncated_geometric, lambda rng: rng.geometric(0.6, 1500) - 1),
        (zelterman, lambda rng: rng.poisson(0.6, 1500)),
        (chao, lambda rng: rng.poisson(0.6, 1500)),
        (chao_without_ones, lambda rng: rng.poisson(1.2, 1500)),
    ],
)
def test_intervals_hold_the_truth_where_the_law_is_true(fit, draw):
    held, _ = coverage(fit, draw, 1500, 600, seed=11)
    assert held == pytest.approx(0.95, abs=NOISE + 0.005)


@pytest.mark.parametrize("law", ["poisson", "geometric"])
def test_inflated_intervals_hold_the_truth_where_some_stop_once_found(law):
    def draw(rng):
        x = rng.poisson(1.0, 2000) if law == "poisson" else rng.geometric(0.5, 2000) - 1
        stops = rng.random(2000) < 0.4
        return np.where(stops, np.minimum(x, 1), x)

    held, _ = coverage(one_inflated_any(law), draw, 2000, 600, seed=12)
    assert held == pytest.approx(0.95, abs=NOISE + 0.01)
    if law == "poisson":  # and the bound that uses the people seen once is too high there
        _, (low_side, _) = coverage(chao, draw, 2000, 200, seed=13)
        assert low_side < 0.2


def one_inflated_any(law):
    return inflated(law, "any")


def test_inflated_intervals_hold_the_truth_where_others_are_sure_to_appear_once():
    def draw(rng):
        return np.concatenate([rng.poisson(1.0, 1500), np.ones(500, dtype=int)])

    held, _ = coverage(inflated("poisson", "listed"), draw, 2000, 600, seed=14)
    assert held == pytest.approx(0.95, abs=NOISE + 0.01)


@pytest.mark.parametrize("fit", [chao, chao_without_ones])
def test_lower_bounds_stay_below_where_people_differ(fit):
    def draw(rng):
        return rng.poisson(rng.gamma(0.7, 1.2, 3000))

    _, (low_side, high_side) = coverage(fit, draw, 3000, 300, seed=15)
    assert low_side > 0.99  # the lower limit of a bound is not above the truth
    assert high_side < 0.5  # and a bound is not an estimate
