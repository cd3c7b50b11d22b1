"""Partial pooling over strata: the density by naive loops, invariances, recovery of shared effects."""

import math
from itertools import combinations

import numpy as np
import pytest

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.hierarchical import Hierarchical
from uncounted.estimation.kernels.hierarchical import HierarchicalPosterior, draw_new_stratum, draw_prior
from uncounted.estimation.kernels.shrinkage import ShrinkagePrior, terms
from uncounted.estimation.kernels.whitening import Effort
from uncounted.simulate import LogLinearTruth, capture_counts

SHORT = Effort(n_chains=8, n_warmup=100, n_draws=100, n_steps=6, most=1)
LISTS = ("a", "b", "c", "d")


def simulated(seed, n_strata=8, most=700):
    """Counts of strata whose effects vary by .2 (lists) and .1 (pairs) around common ones, and their true totals."""
    rng = np.random.default_rng(seed)
    common = {(0,): -1.5, (1,): -1.2, (2,): -1.8, (3,): -1.0, (0, 1): 0.8, (2, 3): -0.6}
    totals = rng.integers(most // 4, most, n_strata)
    rows = []
    for total in totals:
        own = {k: v + rng.normal(0, 0.2 if len(k) == 1 else 0.1) for k, v in common.items()}
        rows.append(capture_counts(int(total), LogLinearTruth(n_lists=4, terms=own), rng=rng))
    return np.stack(rows), totals


def table_of(counts, coverage=None, strata=None):
    counts = np.asarray(counts)
    counts = counts[None] if counts.ndim == 2 else counts
    n_strata = counts.shape[1]
    return CaptureTable(
        lists=LISTS,
        counts=counts,
        strata=strata or tuple(f"s{i}" for i in range(n_strata)),
        coverage=np.ones((n_strata, 4), dtype=bool) if coverage is None else coverage,
    )


def partly_covered():
    coverage = np.ones((3, 3), dtype=bool)
    coverage[1, 2] = False
    counts = np.random.default_rng(4).poisson(12.0, (3, 7))
    counts[1, [0, 2, 4, 6]] = 0  # patterns with the third list
    return counts, coverage


def naive_log_density(counts, coverage, alpha_main, alpha_pair, deviations, log_sd):
    """Log density of pooled effects, deviations {(s, set): value} and log scales, up to a constant, by loops."""
    n_lists = coverage.shape[1]
    prior = ShrinkagePrior()
    sets = [frozenset([j]) for j in range(n_lists)] + [frozenset(p) for p in combinations(range(n_lists), 2)]
    pooled = dict(zip(sets, [*alpha_main, *alpha_pair], strict=True))
    cov = prior.list_sd**2 * np.eye(n_lists) + prior.level_sd**2
    gap = np.asarray(alpha_main) - (prior.level_mean - math.log(n_lists))
    value = -0.5 * gap @ np.linalg.solve(cov, gap) - 0.5 * float(np.sum(np.square(alpha_pair)))
    for s in range(len(counts)):
        on_here = {j for j in range(n_lists) if coverage[s, j]}
        log_weight = {}
        for k in range(1, 2**n_lists):
            on = {j for j in range(n_lists) if k >> (n_lists - 1 - j) & 1}
            if on <= on_here:
                log_weight[k] = sum(pooled[t] + deviations[s, t] for t in sets if t <= on)
        z = math.fsum(math.exp(v) for v in log_weight.values())
        value += math.fsum(int(counts[s, k - 1]) * (v - math.log(z)) for k, v in log_weight.items())
    for (_, t), deviation in deviations.items():
        sd = math.exp(log_sd[min(t) if len(t) == 1 else n_lists])
        value -= 0.5 * (deviation / sd) ** 2 + math.log(sd)
    for one in log_sd:
        value += one - 0.5 * (math.exp(one) / 0.5) ** 2
    return value


def test_the_density_is_that_of_naive_loops_with_a_list_that_does_not_cover_a_stratum():
    counts, coverage = partly_covered()
    model = terms(3, 2)
    posterior = HierarchicalPosterior(counts, coverage, model)
    # strata 0 and 2 have six effects, stratum 1 has two lists and a pair
    assert posterior.n_effects == 6 + 3 + 6
    rng = np.random.default_rng(7)
    at = rng.normal(0, 0.6, (1, 5, posterior.n_dims))
    values = posterior(at)[0][0]
    sets = [frozenset([j]) for j in range(3)] + [frozenset(p) for p in combinations(range(3), 2)]
    naive = []
    for c in range(5):
        pooled = posterior.pooled(at)[0, c]
        log_sd = np.log(0.5) + at[0, c, -4:]
        x = iter(at[0, c, 6:-4])
        deviations, volume = {}, 0.0
        for s in range(3):
            for t in sets:
                if all(coverage[s, j] for j in t):
                    sd = math.exp(log_sd[min(t) if len(t) == 1 else 3])
                    deviations[s, t] = sd * next(x)
                    volume += math.log(sd)
        naive.append(naive_log_density(counts, coverage, pooled[:3], pooled[3:], deviations, log_sd) + volume)
    np.testing.assert_allclose(values - values[0], np.asarray(naive) - naive[0], atol=1e-8)


def test_the_gradient_is_that_of_the_density_and_centring_moves_nothing():
    counts, coverage = partly_covered()
    rng = np.random.default_rng(9)
    plain = HierarchicalPosterior(counts, coverage, terms(3, 2))
    other = HierarchicalPosterior(counts, coverage, terms(3, 2), centring=rng.random(plain.n_effects))
    at = rng.normal(0, 0.5, (1, 3, plain.n_dims))
    gradient = other(at)[1]
    for d in range(plain.n_dims):
        step = np.zeros(plain.n_dims)
        step[d] = 1e-5
        slope = (other(at + step)[0] - other(at - step)[0]) / 2e-5
        np.testing.assert_allclose(gradient[..., d], slope, rtol=1e-6, atol=1e-5)
    moved, jacobian = other.from_non_centred(at[:, 0])
    volume = np.linalg.slogdet(jacobian)[1]
    assert other(moved[:, None])[0][0, 0] + volume[0] == pytest.approx(plain(at[:, :1])[0][0, 0], abs=1e-9)
    np.testing.assert_allclose(other.log_odds_unlisted(moved[:, None]), plain.log_odds_unlisted(at[:, :1]), rtol=1e-10)


def test_without_deviations_strata_are_one_table():
    counts, _ = simulated(1, n_strata=3)
    model = terms(4, 2)
    parts = HierarchicalPosterior(counts, np.ones((3, 4), dtype=bool), model)
    whole = HierarchicalPosterior(counts.sum(axis=0)[None], np.ones((1, 4), dtype=bool), model)
    pooled = np.random.default_rng(2).normal(0, 1, (2, 10))
    values = []
    for posterior in (parts, whole):
        at = np.zeros((1, 2, posterior.n_dims))
        at[0, :, :10] = pooled
        values.append(posterior(at)[0][0])
    assert values[0][0] - values[0][1] == pytest.approx(values[1][0] - values[1][1], abs=1e-8)


def test_a_new_stratum_has_the_pooled_effects_and_a_deviation():
    model = terms(3, 2)
    kept = draw_prior(model, n_draws=50_000, rng=np.random.default_rng(1))
    kept[:, 1:7], kept[:, 7:] = np.asarray([-1.0, -1.2, -0.8, 0, 0, 0]), math.log(1e-6)
    covered = np.asarray([True, False, True])
    drawn = draw_new_stratum(kept, covered, model, 0, rng=np.random.default_rng(2))
    expected = -math.log(math.exp(-1.0) + math.exp(-0.8) + math.exp(-1.8))
    np.testing.assert_allclose(drawn, expected, atol=1e-4)
    kept[:, 7:] = math.log(0.4)
    wide = draw_new_stratum(kept, covered, model, 0, rng=np.random.default_rng(2))
    assert wide.std() > 0.2


def test_order_of_lists_strata_and_draws_and_names_change_nothing():
    counts, _ = simulated(2, n_strata=4)
    other = counts.copy()
    other[0, 3] += 5
    table = table_of(np.stack([counts, other]))
    one = Hierarchical(effort=SHORT).fit(table, level=0.9, seed=5)
    # pattern k with the lists in the order 4, 2, 1, 3
    source = [int("".join(format(k, "04b")[i] for i in (2, 1, 3, 0)), 2) - 1 for k in range(1, 16)]
    turned = table_of(np.stack([other, counts])[:, [2, 0, 3, 1]][:, :, source], strata=("x", "y", "z", "w"))
    assert turned.list_totals[1].tolist() == table.list_totals[0, [3, 1, 0, 2]].tolist()
    two = Hierarchical(effort=SHORT).fit(turned, level=0.9, seed=5)
    assert two.n_total == pytest.approx(one.n_total, rel=1e-9)
    assert two.n_total_interval.low == pytest.approx(one.n_total_interval.low, rel=1e-9)
    assert two.n_total_interval.high == pytest.approx(one.n_total_interval.high, rel=1e-9)
    again = Hierarchical(effort=SHORT).fit(table, level=0.9, seed=5)
    assert again.draws.tobytes() == one.draws.tobytes()


def test_a_small_stratum_follows_the_others_and_the_result_says_so():
    counts, _ = simulated(3, n_strata=5)
    counts[4] = 0
    counts[4, 0], counts[4, 7] = 12, 9  # 21 people, nobody on two lists
    table = table_of(counts)
    found = Hierarchical(effort=SHORT).fit(table, level=0.95, seed=1)
    (check,) = found.checks
    assert "'s4'" in check.sentence
    rows = Hierarchical(effort=SHORT).by_stratum(table, level=0.95, seed=1)
    assert [r.own_effects for r in rows] == [True] * 4 + [False]
    assert math.isnan(rows[4].alone_median)
    assert rows[4].median > 21
    # the sum of medians of right-skewed parts lies a little below the median of the sum
    assert sum(r.median for r in rows) == pytest.approx(found.n_total, rel=0.05)


def test_an_empty_stratum_adds_nobody_and_more_than_twenty_draws_are_thinned():
    counts, _ = simulated(4, n_strata=4)
    tiny = Effort(n_chains=4, n_warmup=30, n_draws=20, most=1)
    counts[3] = 0
    draws = np.stack([counts + np.eye(15, dtype=np.int64)[0] * d for d in range(22)])
    draws[:, 3] = 0
    found = Hierarchical(effort=tiny).fit(table_of(draws), level=0.9, seed=1)
    assert found.curve.listed.tolist() == sorted(found.curve.listed.tolist())
    assert len(found.curve.listed) == 20
    assert found.n_listed_range == (int(draws[0].sum()), int(draws[21].sum()))
    rows = Hierarchical(effort=tiny).by_stratum(table_of(draws[:1]), level=0.9, seed=1)
    assert (rows[3].low, rows[3].high) == (0, 0)


def test_too_few_strata_or_lists_are_refused():
    counts, _ = simulated(5, n_strata=3)
    counts[2] = np.eye(15, dtype=np.int64)[0] * 500
    with pytest.raises(NotEstimable) as caught:
        Hierarchical(effort=SHORT).fit(table_of(counts), level=0.95, seed=1)
    assert caught.value.code == "E26"
    two = table_of(simulated(5, n_strata=3)[0]).keep_lists(["a", "b"])
    with pytest.raises(NotEstimable) as caught:
        Hierarchical(effort=SHORT).fit(two, level=0.95, seed=1)
    assert caught.value.code == "E05"


def test_pooled_strata_are_nearer_to_the_truth_than_single_ones():
    errors, alone, inside = [], [], []
    for seed in range(11, 14):
        counts, totals = simulated(seed, most=500)
        rows = Hierarchical(effort=SHORT).by_stratum(table_of(counts), level=0.95, seed=1)
        for row, total in zip(rows, totals, strict=True):
            errors.append(math.log(row.median / total))
            alone.append(math.log(row.alone_median / total))
            inside.append(row.low <= total <= row.high)
    pooled_rmse, alone_rmse = np.sqrt(np.mean(np.square(errors))), np.sqrt(np.mean(np.square(alone)))
    assert pooled_rmse < 0.85 * alone_rmse
    # 24 intervals of 95 %: 19 or fewer hold the truth with probability .003 if they are right
    assert sum(inside) >= 20
