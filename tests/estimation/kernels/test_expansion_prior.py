"""The prior of capture probabilities that says what an analyst expects of N/n."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy.special import betainc, gammainc

from uncounted.estimation.kernels import expansion_prior
from uncounted.estimation.kernels.expansion_prior import (
    calibrated_beta,
    one_class_beta,
    prior_quantiles,
    uniform_prior_quantiles,
)
from uncounted.estimation.kernels.missed_law import law_of_missed

ALPHA = {"alpha_shape": 0.25, "alpha_rate": 0.25}


def draw_expansion(a, b, n_lists, n_classes, n_draws, rng, shape=0.25, rate=0.25):
    """Draw N/n as the model is written: sticks first, then a probability for each class and list."""
    alpha = rng.gamma(shape, 1 / rate, n_draws)
    left = np.ones(n_draws)
    missed = np.zeros(n_draws)
    for k in range(n_classes):
        v = rng.beta(1, np.maximum(alpha, 1e-12)) if k < n_classes - 1 else np.ones(n_draws)
        missed += left * v * np.prod(1 - rng.beta(a, b, (n_lists, n_draws)), axis=0)
        left *= 1 - v
    return 1 / (1 - missed)


@pytest.mark.parametrize(
    ("expansion", "beta"), [((1.1, 3), (1.068, 4.444)), ((1.1, 5), (0.634, 3.286)), ((1.1, 20), (0.286, 2.197))]
)
def test_one_class_of_five_lists_as_stanlcmcr_has_it(expansion, beta):
    # StanLCMCR beta_priors.R; these are the parameters of lambda, the probability of being recorded.
    assert one_class_beta(n_lists=5, expansion=expansion) == pytest.approx(beta, abs=6e-4)
    # Matching moments of -log p_0 is not matching quantiles, but nearly so.
    found = calibrated_beta(n_lists=5, expansion=expansion, n_classes=1, **ALPHA)
    assert (found.a, found.b) == pytest.approx(beta, rel=0.02)


@pytest.mark.parametrize("n_lists", [3, 8, 30])
def test_one_class_reaches_its_range(n_lists):
    a, b = one_class_beta(n_lists=n_lists, expansion=(1.1, 10))
    reached = prior_quantiles(a=a, b=b, n_lists=n_lists, n_classes=1, **ALPHA)
    assert (reached.low, reached.high) == pytest.approx((1.1, 10), rel=0.02)


def test_the_one_class_prior_is_far_too_narrow_for_the_mixture():
    # D16: (1.1, 3) asked for becomes (1.18, 2.34), with alpha ~ logN(0, .25); with Gamma(.25, .25) it shrinks less.
    a, b = one_class_beta(n_lists=5, expansion=(1.1, 20))
    reached = prior_quantiles(a=a, b=b, n_lists=5, n_classes=10, alpha_shape=16.0, alpha_rate=16.0)
    assert reached.low == pytest.approx(1.25, abs=0.05)
    assert reached.high == pytest.approx(7.3, abs=0.5)
    assert prior_quantiles(a=a, b=b, n_lists=5, n_classes=10, **ALPHA).high < 18


@pytest.mark.parametrize("n_lists", range(3, 17))
def test_the_mixture_reaches_the_default_range(n_lists):
    found = calibrated_beta(n_lists=n_lists, expansion=(1.1, 10), n_classes=min(2**n_lists - 1, 10), **ALPHA)
    assert found.error < 0.002
    assert (found.low, found.high) == pytest.approx((1.1, 10), rel=0.002)


@pytest.mark.parametrize(
    ("n_lists", "n_classes", "expansion"),
    [(3, 7, (1.1, 3)), (5, 10, (1.1, 20)), (10, 10, (2, 5)), (4, 15, (1.1, 1.3)), (3, 4, (1.001, 100))],
)
def test_draws_of_the_prior_as_it_is_written_agree(n_lists, n_classes, expansion):
    found = calibrated_beta(n_lists=n_lists, expansion=expansion, n_classes=n_classes, **ALPHA)
    n_draws = 40_000
    drawn = draw_expansion(found.a, found.b, n_lists, n_classes, n_draws, np.random.default_rng(3))
    for share, edge in ((0.025, expansion[0]), (0.5, found.median), (0.975, expansion[1])):
        noise = math.sqrt(share * (1 - share) / n_draws)
        # 4.5 standard errors, and what 1 % of N/n - 1 is worth in probability at most: share * .01 * slope.
        assert np.mean(drawn <= edge) == pytest.approx(share, abs=4.5 * noise + 0.01 * min(share, 1 - share))


@pytest.mark.parametrize(("n_lists", "high"), [(3, 1.91), (5, 1.20), (8, 1.03), (10, 1.007)])
def test_uniform_probabilities_say_that_hardly_anybody_is_missing(n_lists, high):
    # D3 of the peers: 1.88, 1.20, 1.03, 1.007 by simulation; a million draws here give 1.916 for three lists.
    found = uniform_prior_quantiles(n_lists, 10, 0.25, 0.25)
    assert found.high - 1 == pytest.approx(high - 1, rel=0.08)
    assert found.high == pytest.approx(high, abs=0.006)


@pytest.mark.parametrize(
    ("a", "b"), [(0.286, 2.197), (3.9, 2), (4.1, 2), (4.1, 200), (200, 900), (2e4, 1e3), (3, 500), (0.05, 0.3)]
)
def test_the_law_of_one_list_is_a_beta_law(a, b):
    table = law_of_missed(a, b, 1)
    truth = betainc(a, b, -np.expm1(-np.exp(table.log_s)))
    assert np.max(np.abs(table.below - truth)) < 1e-7


@pytest.mark.parametrize(("b", "n_lists"), [(2.5, 1), (2.5, 3), (2.5, 4), (2.5, 5), (0.1, 16), (40, 9), (1e3, 30)])
def test_the_law_of_exponential_terms_is_a_gamma_law(b, n_lists):
    table = law_of_missed(1.0, b, n_lists)  # -log(1 - Beta(1, b)) is exponential with rate b
    assert np.max(np.abs(table.below - gammainc(n_lists, b * np.exp(table.log_s)))) < 1e-7


def test_wider_ranges_ask_for_less_certain_probabilities():
    found = [calibrated_beta(n_lists=5, expansion=(1.1, h), n_classes=10, **ALPHA) for h in (3, 10, 30)]
    sizes = [p.a + p.b for p in found]
    assert sizes == sorted(sizes, reverse=True)
    assert [p.median for p in found] == sorted(p.median for p in found)


def test_the_level_is_what_lies_inside():
    found = calibrated_beta(n_lists=4, expansion=(1.2, 4), n_classes=8, level=0.8, **ALPHA)
    drawn = draw_expansion(found.a, found.b, 4, 8, 100_000, np.random.default_rng(5))
    assert np.mean((drawn > 1.2) & (drawn < 4)) == pytest.approx(0.8, abs=0.006)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expansion": (1.0, 3)}, "range of N/n"),
        ({"expansion": (0.5, 3)}, "range of N/n"),
        ({"expansion": (3, 3)}, "range of N/n"),
        ({"expansion": (3, 2)}, "range of N/n"),
        ({"expansion": (1.1, math.inf)}, "range of N/n"),
        ({"expansion": (1.1, math.nan)}, "range of N/n"),
        ({"expansion": (1.1, 3), "level": 1.0}, "level"),
        ({"expansion": (1.1, 3), "n_lists": 0}, "n_lists"),
        ({"expansion": (1.1, 3), "n_classes": 0}, "n_classes"),
        ({"expansion": (1.1, 3), "alpha_rate": 0.0}, "alpha_rate"),
        # Some three classes of comparable size always: their average cannot be near both ends.
        ({"expansion": (1.001, 1e5), "alpha_shape": 300.0, "alpha_rate": 100.0}, "no Beta prior"),
    ],
)
def test_impossible_requests_are_refused(options, words):
    request = {"n_lists": 5, "n_classes": 10, **ALPHA, **options}
    with pytest.raises(ValueError, match=words):
        calibrated_beta(**request)


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0)])
def test_priors_that_are_none_are_refused(a, b):
    with pytest.raises(ValueError, match="positive"):
        prior_quantiles(a=a, b=b, n_lists=3, n_classes=2, **ALPHA)


def test_a_request_is_answered_quickly():
    expansion_prior._calibrate.cache_clear()
    expansion_prior._points.cache_clear()
    start = time.process_time()
    calibrated_beta(n_lists=6, expansion=(1.15, 7), n_classes=10, **ALPHA)
    assert time.process_time() - start < 1.0  # 0.2 s measured; twice the bar, for busy machines


def test_another_process_gives_the_same_bytes():
    code = (
        "from uncounted.estimation.kernels.expansion_prior import calibrated_beta as c;"
        "print(repr(c(n_lists=5, expansion=(1.1, 10), n_classes=10, alpha_shape=.25, alpha_rate=.25)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    here = calibrated_beta(n_lists=5, expansion=(1.1, 10), n_classes=10, **ALPHA)
    assert run.stdout.strip() == repr(here)
