"""Rules that pool replicates, against computations written out by hand."""

import numpy as np
import pytest
from scipy.stats import t as student

from uncounted.estimation.kernels.pooling_rules import (
    ENOUGH_REPLICATES,
    few_replicates_factor,
    mixture,
    pool_replicates,
    rubin,
    verdata,
)


def test_a_mixture_gives_each_replicate_the_same_weight():
    # 1 … 100 once, and 1,000 draws far above: half of the mass, not ten elevenths.
    pooled = mixture([np.arange(1.0, 101.0), np.linspace(1_000, 2_000, 1_000)], level=0.95)
    assert pooled.median == pytest.approx((100 + 1_000) / 2)
    assert pooled.low == pytest.approx(5.0, abs=0.6)  # the 5 % quantile of the first
    assert pooled.high == pytest.approx(1_950, abs=1.5)
    assert pooled.rule == "mixture"


def test_a_mixture_is_invariant_to_repeated_draws_and_order():
    rng = np.random.default_rng(1)
    parts = [rng.lognormal(7, 0.2, 301), rng.lognormal(7.1, 0.1, 501)]
    once = mixture(parts, level=0.9)
    again = mixture([np.tile(parts[1][::-1], 3), parts[0]], level=0.9)
    for name in ("low", "median", "high"):
        assert getattr(again, name) == pytest.approx(getattr(once, name), rel=1e-12)


def test_rubin_by_hand():
    # Three replicates: mean 7, B = .01, W = (.02 + .03 + .04)/3 = .03, T = .03 + 4/3 × .01 = .0433…
    pooled = rubin([6.9, 7.0, 7.1], [0.02, 0.03, 0.04], level=0.95)
    total = 0.03 + 4 / 3 * 0.01
    df = 2 * (1 + 0.03 / (4 / 3 * 0.01)) ** 2
    assert pooled.within == pytest.approx(0.03)
    assert pooled.between == pytest.approx(0.01)
    assert pooled.df == pytest.approx(df)
    half = student.ppf(0.975, df) * np.sqrt(total)
    assert (pooled.low, pooled.median, pooled.high) == pytest.approx((np.exp(7 - half), np.exp(7), np.exp(7 + half)))


def test_barnard_and_rubin_limit_the_degrees_of_freedom_by_those_of_the_complete_data():
    logs, inside = [6.9, 7.0, 7.1], [0.02, 0.03, 0.04]
    old = rubin(logs, inside, level=0.95).df
    missing = (4 / 3 * 0.01) / (0.03 + 4 / 3 * 0.01)
    observed = 11 / 13 * 10 * (1 - missing)
    assert rubin(logs, inside, level=0.95, complete_df=10).df == pytest.approx(1 / (1 / old + 1 / observed))
    assert rubin(logs, inside, level=0.95, complete_df=10).df < 10
    assert rubin(logs, inside, level=0.95, complete_df=1e9).df == pytest.approx(old, rel=1e-6)


def test_rubin_on_replicates_that_agree_is_the_normal_interval():
    pooled = rubin([7.0] * 4, [0.04] * 4, level=0.95)
    assert pooled.df == np.inf
    assert pooled.high == pytest.approx(np.exp(7 + 1.959963984540054 * 0.2))


def test_few_replicates_widen_as_rubin_does_and_agreeing_ones_not_at_all():
    # Normal posteriors of log N: the widened mixture must be Rubin's interval.
    z = _normal_scores(4_000)
    centres = [6.98, 7.0, 7.02]
    draws = [np.exp(c + 0.2 * z) for c in centres]
    pooled = pool_replicates(draws, level=0.95)
    ruled = rubin(centres, [0.04] * 3, level=0.95)
    assert pooled.rule == "widened mixture"
    assert pooled.low == pytest.approx(ruled.low, rel=0.003)
    assert pooled.high == pytest.approx(ruled.high, rel=0.003)
    same = pool_replicates([draws[1]] * 3, level=0.95)
    assert same.high == pytest.approx(mixture([draws[1]] * 3, level=0.95).high, rel=1e-12)


def _normal_scores(n):
    from scipy.special import ndtri

    return ndtri((np.arange(n) + 0.5) / n)


def test_the_factor_by_hand():
    factor = few_replicates_factor([6.9, 7.0, 7.1], [0.02, 0.03, 0.04], level=0.95)
    df = 2 * (1 + 0.03 / (4 / 3 * 0.01)) ** 2
    expected = student.ppf(0.975, df) / 1.959963984540054 * np.sqrt((0.03 + 4 / 3 * 0.01) / (0.03 + 2 / 3 * 0.01))
    assert factor == pytest.approx(expected)
    assert few_replicates_factor([7.0], [0.1], level=0.95) == 1.0
    assert few_replicates_factor([7.0, 7.0], [0.0, 0.0], level=0.95) == 1.0


def test_twenty_replicates_are_left_as_their_mixture():
    rng = np.random.default_rng(2)
    centres = rng.normal(7, 0.3, ENOUGH_REPLICATES)
    draws = [np.exp(c + 0.1 * _normal_scores(200)) for c in centres]
    assert pool_replicates(draws, level=0.95) == mixture(draws, level=0.95)
    fewer = pool_replicates(draws[:-1], level=0.95)
    assert fewer.rule == "widened mixture"
    assert fewer.high > mixture(draws[:-1], level=0.95).high
    assert pool_replicates(draws[:1], level=0.95) == mixture(draws[:1], level=0.95)


def test_few_replicates_cover_where_their_mixture_does_not():
    rng = np.random.default_rng(3)
    z, n_hit = _normal_scores(200), np.zeros(2)
    for _ in range(400):
        middle = rng.normal(np.log(600), np.hypot(0.2, 0.3))
        draws = [1_000 + np.exp(c + 0.2 * z) for c in middle + rng.normal(0, 0.3, 3)]
        for k, rule in enumerate((mixture, pool_replicates)):
            pooled = rule(draws, level=0.95)
            n_hit[k] += pooled.low <= 1_600 <= pooled.high
    plain, widened = n_hit / 400
    assert plain < 0.88  # three Monte Carlo errors below .95 is .917
    assert widened > 0.88


def test_verdata_by_hand():
    # n0: (10, 20) and (40, 80), listed 100 and 121.
    pooled = verdata([[110, 120], [161, 201]], [100, 121])
    logs = np.log([[10, 20], [40, 80]])
    means = logs.mean(axis=1)
    within = float(np.mean([np.log(2) ** 2 / 2] * 2))
    between = float((means[1] - means[0]) ** 2 / 2)
    df = 1 * (1 + within / (3 * between)) ** 2
    half = student.ppf(0.975, df) * np.sqrt(within + 1.5 * between)
    assert pooled.df == pytest.approx(df)
    assert pooled.median == 110 + round((15 + 60) / 2)  # 110.5 and 37.5 are rounded half to even, as R does
    assert pooled.low == 110 + round(np.exp(means.mean() - half))
    assert pooled.high == 110 + round(np.exp(means.mean() + half))


def test_verdata_sets_nobody_unlisted_to_a_tenth():
    pooled = verdata([[100, 101], [102, 104]], [100, 100])
    within = float(np.mean([np.log(10) ** 2 / 2, np.log(2) ** 2 / 2]))
    assert pooled.within == pytest.approx(within)


def test_verdata_leaves_out_how_the_people_listed_differ():
    # The same dark figure, people listed 100 apart: its interval misses whole replicates, the mixture does not.
    rng = np.random.default_rng(5)
    dark = [np.rint(rng.lognormal(4, 0.1, 400)) for _ in range(20)]
    listed = np.linspace(900, 1_100, 20)
    draws = [n + d for n, d in zip(np.rint(listed), dark, strict=True)]
    theirs, ours = verdata(draws, np.rint(listed)), pool_replicates(draws, level=0.95)
    assert theirs.high - theirs.low < 50
    assert ours.high - ours.low > 180


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mixture([], level=0.95), "needs draws"),
        (lambda: mixture([[1.0], []], level=0.95), "needs draws"),
        (lambda: mixture([[1.0, np.nan]], level=0.95), "finite"),
        (lambda: rubin([1.0], [0.1], level=0.95), "two or more"),
        (lambda: rubin([1.0, 2.0], [0.1], level=0.95), "two or more"),
        (lambda: rubin([1.0, 2.0], [0.1, -0.1], level=0.95), "at least 0"),
        (lambda: pool_replicates([[0.0, 1.0]], level=0.95), "above 0"),
        (lambda: verdata([[110, 120]], [100]), "two or more"),
        (lambda: verdata([[90, 120], [110, 120]], [100, 100]), "below the people listed"),
        (lambda: verdata([[110], [120]], [100, 100]), "two draws"),
        (lambda: verdata([[110, 120], [110, 120]], [100, 100]), "do not differ"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
