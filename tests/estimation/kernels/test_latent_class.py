"""The marginal posterior of latent classes, its gradient, the dark figure, and the sampler on top of them."""

import itertools
import math

import numpy as np
import pytest

from uncounted.estimation.kernels.class_moves import ClassMoves, log_shares_of, sticks_of
from uncounted.estimation.kernels.class_sampler import ClassEffort, fit_tables
from uncounted.estimation.kernels.convergence import diagnose
from uncounted.estimation.kernels.hamiltonian import sample_hamiltonian
from uncounted.estimation.kernels.latent_class import (
    Classes,
    ClassPrior,
    LogForm,
    ProductForm,
    draw_prior,
    draw_unlisted,
    log_posterior,
    n_coordinates,
)

PRIOR = ClassPrior(a=0.7, b=1.9, alpha_shape=0.4, alpha_rate=0.6)
KOREA = np.array([41, 5, 0, 5, 6, 54, 12])  # Silverman, Chan and Vincent (2024), Statistics and Computing 34:44
QUICK = ClassEffort(n_chains=4, n_warmup=8, n_draws=8, n_steps=4, n_stages=2, most=1)


def some_counts(n_lists, rng, size=30):
    return rng.poisson(size * rng.random(2**n_lists - 1) ** 3) + (np.arange(2**n_lists - 1) == 0)


def pattern_probabilities(position, n_lists, n_classes):
    """Return pi of all patterns by the definition, sticks broken one after the other."""
    logits = position[: n_lists * n_classes].reshape(n_lists, n_classes)
    listed = 1 / (1 + np.exp(-logits))
    left, shares = 1.0, []
    for y in position[n_lists * n_classes :]:
        broken = 1 - math.exp(-math.exp(y))
        shares.append(left * broken)
        left *= 1 - broken
    shares.append(left)
    return np.array(
        [
            sum(s * math.prod(l if on else 1 - l for on, l in zip(w, listed[:, k])) for k, s in enumerate(shares))  # noqa: B905, E741
            for w in itertools.product((0, 1), repeat=n_lists)
        ]
    )


@pytest.mark.parametrize("n_lists", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("n_classes", [1, 2, 7])
def test_products_and_logarithms_agree_and_are_what_the_definition_says(n_lists, n_classes):
    rng = np.random.default_rng(n_lists)
    counts = np.stack([some_counts(n_lists, rng) for _ in range(2)])
    at = rng.normal(0, 1.5, (2, 3, n_coordinates(n_lists, n_classes)))
    products, logs = (form(counts, n_lists, n_classes, PRIOR) for form in (ProductForm, LogForm))
    value, slope = products(at)
    other_value, other_slope = logs(at)
    assert value == pytest.approx(other_value, rel=1e-11)
    assert slope == pytest.approx(other_slope, rel=1e-9, abs=1e-9)
    assert (products.gradient(at) == slope).all()
    assert (logs.gradient(at) == other_slope).all()
    flat = ClassPrior(a=1e-300, b=1e-300, alpha_shape=PRIOR.alpha_shape, alpha_rate=PRIOR.alpha_rate)
    for g, c in itertools.product(range(2), range(3)):
        pi = pattern_probabilities(at[g, c], n_lists, n_classes)
        expected = float(counts[g] @ np.log(pi[1:] / (1 - pi[0])))
        sticks = np.exp(at[g, c, n_lists * n_classes :])
        expected += float(np.log(sticks).sum()) - (0.4 + n_classes - 1) * math.log(0.6 + sticks.sum()) * (n_classes > 1)
        assert ProductForm(counts, n_lists, n_classes, flat)(at)[0][g, c] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_lists", [3, 5, 7, 8])
def test_gradient_against_finite_differences(n_lists):
    rng = np.random.default_rng(5)
    density = log_posterior(some_counts(n_lists, rng, 5)[None], n_lists, 4, PRIOR, 0.7)
    assert isinstance(density, ProductForm if n_lists <= 6 else LogForm)
    at = rng.normal(0, 1, (1, 2, n_coordinates(n_lists, 4)))
    slope = density(at)[1]
    shifts = np.eye(at.shape[2]) * 1e-5
    for c in range(2):
        rise = density((at[:, c] + shifts)[None])[0] - density((at[:, c] - shifts)[None])[0]
        assert slope[0, c] == pytest.approx(rise[0] / 2e-5, rel=1e-6, abs=1e-6)


def test_prior_of_the_coordinates_is_that_of_the_model():
    # -d/dx of the log density must be the score: E[slope] = 0 and E[x * slope] = -1 under draws of the prior itself.
    rng = np.random.default_rng(2)
    at = draw_prior(3, 4, PRIOR, n_draws=60_000, rng=rng)
    nobody = ProductForm(np.zeros((1, 7), dtype=np.int64), 3, 4, PRIOR)
    slope = nobody(at[None])[1][0]
    assert np.abs(slope.mean(axis=0)).max() < 5 * slope.std(axis=0).max() / math.sqrt(60_000)
    product = at * slope
    assert np.abs(product.mean(axis=0) + 1) == pytest.approx(0, abs=5 * product.std(axis=0).max() / math.sqrt(60_000))
    # And alpha is not lost: the first stick is Beta(1, alpha) mixed over Gamma(.4, .6), P(V > v) = E (1 - v)^alpha.
    broken = -np.expm1(-np.exp(at[:, 12]))
    for v in (0.1, 0.5, 0.9):
        assert (broken > v).mean() == pytest.approx((1 - math.log1p(-v) / 0.6) ** -0.4, abs=0.01)


def test_total_summed_out_is_the_sum_over_every_total():
    # p(counts, N) = N! / (prod n_m! n0!) prod pi^n with p(N) = 1 / N: the sum over N, up to a constant of the counts.
    counts = np.array([[3, 1, 0, 2, 1, 0, 1]])
    n = int(counts.sum())
    rng = np.random.default_rng(8)
    flat = ClassPrior(a=1e-300, b=1e-300, alpha_shape=1.0, alpha_rate=1.0)
    at = rng.normal(0.5, 1, (1, 6, n_coordinates(3, 2)))
    value = ProductForm(counts, 3, 2, flat)(at)[0][0]
    sums = []
    for position in at[0]:
        pi = pattern_probabilities(position, 3, 2)
        n0 = np.arange(20_000)
        log_terms = np.array([math.lgamma(n + k) - math.lgamma(k + 1) for k in n0]) + n0 * math.log(pi[0])
        e = math.exp(position[6])
        prior = position[6] - 2 * math.log(1 + e)
        sums.append(float(counts[0] @ np.log(pi[1:])) + np.logaddexp.reduce(log_terms) - math.lgamma(n) + prior)
    assert value == pytest.approx(np.array(sums), rel=1e-8)


def test_one_class_has_the_closed_form_of_independent_lists():
    density = ProductForm(KOREA[None], 3, 1, ClassPrior(a=1e-300, b=1e-300))
    listed = np.array([0.3, 0.55, 0.8])
    at = np.log(listed / (1 - listed))[None, None]
    on = KOREA @ ((np.arange(1, 8)[:, None] >> [2, 1, 0]) & 1)
    expected = on @ np.log(listed) + (123 - on) @ np.log(1 - listed) - 123 * math.log(1 - (1 - listed).prod())
    assert density(at)[0][0, 0] == pytest.approx(expected, rel=1e-12)


def test_far_away_positions_stay_exact():
    # Nearly everybody missed: 1 - pi_0 is about 3e-40, which 1 - pi_0 computed from pi_0 would make zero.
    counts = np.array([[2, 2, 0, 2, 0, 0, 0]])
    at = np.full((1, 1, 3), math.log(1e-40))
    for form in (ProductForm, LogForm):
        value, slope = form(counts, 3, 1, ClassPrior(a=1e-300, b=1e-300))(at)
        assert value[0, 0] == pytest.approx(-6 * math.log(3), rel=1e-12)
        assert np.abs(slope).max() < 1e-12
    classes = Classes(np.array([[[math.log(1e-40)] * 3]]), 3, 1)
    assert classes.seen_prob[0, 0] == pytest.approx(3e-40)
    wide = np.full((1, 1, n_coordinates(3, 3)), 900.0)
    for sign in (-1, 1):
        value, slope = ProductForm(counts, 3, 3, PRIOR)(sign * wide)
        assert np.isfinite(value).all()
        assert np.isfinite(slope).all()


def test_likelihood_switched_off_leaves_the_prior():
    at = np.random.default_rng(1).normal(0, 1, (1, 4, n_coordinates(3, 3)))
    off = log_posterior(KOREA[None], 3, 3, PRIOR, 0.0)(at)
    nobody = log_posterior(np.zeros((1, 7), dtype=np.int64), 3, 3, PRIOR)(at)
    assert (off[0] == nobody[0]).all()
    assert (off[1] == nobody[1]).all()


def test_unlisted_draws_have_the_law_of_misses_before_n_successes():
    rng = np.random.default_rng(3)
    n, seen = 7, 0.3
    drawn = draw_unlisted(n, np.full(200_000, (1 - seen) / seen), rng=rng)
    for k in (0, 5, 15, 30):
        mass = math.comb(n + k - 1, k) * seen**n * (1 - seen) ** k
        assert (drawn == k).mean() == pytest.approx(mass, abs=5 * math.sqrt(mass / 200_000) + 1e-6)


def test_unlisted_draws_know_no_upper_limit():
    odds = np.array([1e3, 1e9, 1e15, 1e200])
    drawn = np.stack([draw_unlisted(100, odds, rng=np.random.default_rng(i)) for i in range(50)])
    assert np.isfinite(drawn).all()
    assert np.median(drawn, axis=0) == pytest.approx(100 * odds, rel=0.1)


def test_wrong_shapes_are_told():
    with pytest.raises(ValueError, match="shape"):
        log_posterior(np.zeros((1, 6), dtype=np.int64), 3, 2, PRIOR)
    with pytest.raises(ValueError, match="one generator"):
        fit_tables(KOREA[None], n_lists=3, n_classes=2, prior=PRIOR, rngs=[])
    with pytest.raises(ValueError, match="without people"):
        fit_tables(0 * KOREA[None], n_lists=3, n_classes=2, prior=PRIOR, rngs=[np.random.default_rng(1)])
    with pytest.raises(ValueError, match="2 chains"):
        ClassEffort(n_chains=1)


def test_sticks_and_shares_are_each_others_inverse():
    y = np.random.default_rng(0).normal(0, 3, (500, 5)).clip(-60, 5)
    assert sticks_of(log_shares_of(y)) == pytest.approx(y, rel=1e-9, abs=1e-9)
    shares = np.exp(log_shares_of(y))
    assert shares.sum(axis=1) == pytest.approx(np.ones(500), rel=1e-12)


def test_jumps_leave_the_prior_as_it_is():
    # 4,000 chains from the prior, only jumps: the law of the largest and of the first share must not move.
    rngs = [np.random.default_rng(4)]
    density = log_posterior(np.zeros((1, 7), dtype=np.int64), 3, 4, PRIOR)
    start = draw_prior(3, 4, PRIOR, n_draws=4000, rng=np.random.default_rng(5))[None]
    at = start
    move = ClassMoves(density, 3, 4, PRIOR)
    for _ in range(15):
        at = move(at, density(at)[0], rngs)
    assert (at[0, :, 12:] != start[0, :, 12:]).any(axis=1).mean() > 0.5
    for which in (12, 14):  # the first and the last stick
        before, after = np.sort(start[0, :, which]), np.sort(at[0, :, which])
        places = np.concatenate([before, after])
        gap = np.abs(np.searchsorted(before, places) - np.searchsorted(after, places)).max() / 4000
        assert gap < 1.95 * math.sqrt(2 / 4000)  # Kolmogorov-Smirnov, p = .001


def test_jumps_leave_the_posterior_as_it_is_and_do_not_touch_the_likelihood_when_labels_change():
    density = log_posterior(KOREA[None], 3, 4, PRIOR)
    at = np.random.default_rng(6).normal(0, 1, (1, 200, n_coordinates(3, 4)))
    exchanged = ClassMoves(density, 3, 4, PRIOR, n_restarts=0)(at, density(at)[0], [np.random.default_rng(7)])
    moved = (exchanged != at).any(axis=2)[0]
    assert 0.2 < moved.mean() < 1
    for before, after in zip(at[0][moved][:5], exchanged[0][moved][:5], strict=True):
        assert pattern_probabilities(after, 3, 4) == pytest.approx(pattern_probabilities(before, 3, 4), rel=1e-9)


def test_a_table_alone_gets_the_same_as_in_a_batch():
    rng = np.random.default_rng(9)
    counts = np.stack([some_counts(4, rng) for _ in range(3)])
    how = {"n_lists": 4, "n_classes": 5, "prior": PRIOR, "effort": QUICK}
    together = fit_tables(counts, rngs=[np.random.default_rng(g) for g in range(3)], **how)
    for g in (0, 2):
        alone = fit_tables(counts[g : g + 1], rngs=[np.random.default_rng(g)], **how)[0]
        assert alone.unlisted.tobytes() == together[g].unlisted.tobytes()
        assert alone.last.positions.tobytes() == together[g].last.positions.tobytes()


def test_with_many_lists_too_a_table_alone_gets_the_same():
    rng = np.random.default_rng(10)
    counts = np.zeros((2, 2**9 - 1), dtype=np.int64)
    for row in counts:
        row[rng.choice(511, 25, replace=False)] = rng.integers(1, 20, 25)
    how = {"n_lists": 9, "n_classes": 3, "prior": PRIOR, "effort": QUICK}
    told = []
    together = fit_tables(
        counts, rngs=[np.random.default_rng(g) for g in range(2)], progress=lambda a, b: told.append((a, b)), **how
    )
    alone = fit_tables(counts[1:], rngs=[np.random.default_rng(1)], **how)[0]
    assert alone.unlisted.tobytes() == together[1].unlisted.tobytes()
    assert told == [(1, 2), (2, 2)]


def test_effort_doubles_and_then_says_so():
    # Two trajectories of one step cannot converge: rounds of 1, 2 and 4 times the draws, seven in all.
    hopeless = ClassEffort(n_chains=4, n_warmup=2, n_draws=8, n_steps=1, n_stages=1, most=4)
    found = fit_tables(
        KOREA[None], n_lists=3, n_classes=3, prior=PRIOR, rngs=[np.random.default_rng(1)], effort=hopeless
    )
    assert not found[0].converged
    assert found[0].effort == 7
    assert found[0].unlisted.shape == (4, 32)


def planted(density):
    """Drop the normaliser 1 - pi_0: as if the people on no list had been counted as none."""
    density.n = np.zeros_like(density.n)
    return density


@pytest.mark.parametrize("fault", [False, True])
def test_one_class_posterior_is_that_of_a_grid_and_a_lost_normaliser_shows(fault):
    # Two lists, one class: p(pi_0) can be integrated on a grid of the two capture probabilities.
    counts = np.array([[20, 12, 9]])
    prior = ClassPrior(a=1.0, b=1.0)
    lam = (np.arange(800) + 0.5) / 800
    a, b = lam[:, None], lam[None, :]
    log_p = 20 * np.log((1 - a) * b) + 12 * np.log(a * (1 - b)) + 9 * np.log(a * b)
    log_p = log_p - 41 * np.log(1 - (1 - a) * (1 - b))
    weight = np.exp(log_p - log_p.max())
    exact = float((weight * (1 - (1 - a) * (1 - b))).sum() / weight.sum())  # mean of the share seen
    density = ProductForm(counts, 2, 1, prior)
    if fault:
        density = planted(density)

    def keep(at):
        classes = Classes(at, 2, 1)
        return classes.seen_prob.reshape(*at.shape[:2], 1)

    rng = np.random.default_rng(1)
    draws = sample_hamiltonian(
        density, rng.normal(0, 1, (1, 16, 2)), rngs=[rng], n_warmup=100, n_draws=300, n_steps=8, keep=keep
    )
    seen = draws.kept[0, :, :, 0]
    error = abs(seen.mean() - exact) / (seen.std() / math.sqrt(diagnose(seen).ess_bulk))
    assert (error > 10) if fault else (error < 4)
