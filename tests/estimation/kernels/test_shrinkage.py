"""Shrunken log-linear models: density against naive loops, draws against quadrature and importance sampling."""

import math
from itertools import combinations

import numpy as np
import pytest

from uncounted.estimation.kernels.convergence import diagnose
from uncounted.estimation.kernels.shrinkage import (
    ShrinkagePosterior,
    ShrinkagePrior,
    draw_prior_log_odds,
    draw_unlisted,
    sample_shrinkage,
    terms,
)
from uncounted.estimation.kernels.whitening import Effort, Frame, sample_until_converged, whiten

SHAPES = ("normal", "horseshoe")


def naive_log_density(counts, n_lists, highest, prior, main, scaled, log_tau, log_lambda):
    """Log density of (main effects, α of interactions, log τ, log λ) up to a constant, by loops over sets of lists."""
    sets = [frozenset(s) for k in range(1, highest + 1) for s in combinations(range(n_lists), k)]
    alpha = dict(zip(sets, [*main, *scaled], strict=True))
    log_weight = {}
    for k in range(1, 2**n_lists):
        on = {j for j in range(n_lists) if k >> (n_lists - 1 - j) & 1}
        log_weight[k] = sum(a for s, a in alpha.items() if s <= on)
    z = math.fsum(math.exp(v) for v in log_weight.values())
    value = math.fsum(int(counts[k - 1]) * (v - math.log(z)) for k, v in log_weight.items())
    # main effects ~ N(m − log J, s_l² I + s_L² 11ᵀ)
    cov = prior.list_sd**2 * np.eye(n_lists) + prior.level_sd**2
    gap = np.asarray(main) - (prior.level_mean - math.log(n_lists))
    value -= 0.5 * gap @ np.linalg.solve(cov, gap)
    interactions = [s for s in sets if len(s) > 1]
    for i, s in enumerate(interactions):
        k = len(s) - 2
        sd = math.exp(log_tau[k]) * prior.scale / 2**k
        if prior.shape == "horseshoe":
            sd *= math.exp(log_lambda[i])
            sd = 1 / math.sqrt(sd**-2 + (prior.slab / 2**k) ** -2)
            value += log_lambda[i] - math.log1p(math.exp(2 * log_lambda[i]))
        value -= 0.5 * (scaled[i] / sd) ** 2 + math.log(sd)
    for one in log_tau:
        value += one - 0.5 * math.exp(2 * one)
    return value


def random_positions(posterior, rng, n=4):
    return rng.normal(0.0, 0.7, (len(posterior.counts), n, posterior.n_dims))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_lists", [2, 3, 4])
def test_the_gradient_is_that_of_the_density(shape, n_lists):
    rng = np.random.default_rng(5)
    model = terms(n_lists, n_lists - 1)
    counts = rng.poisson(20.0, (2, 2**n_lists - 1))
    centring = rng.random((2, len(model.order_at)))
    posterior = ShrinkagePosterior(counts, model, ShrinkagePrior(shape=shape, scale=0.7), centring)
    at = random_positions(posterior, rng)
    gradient = posterior(at)[1]
    for d in range(posterior.n_dims):
        step = np.zeros(posterior.n_dims)
        step[d] = 1e-5
        slope = (posterior(at + step)[0] - posterior(at - step)[0]) / 2e-5
        np.testing.assert_allclose(gradient[..., d], slope, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n_lists", "highest"), [(2, 1), (3, 2), (4, 3), (4, 2)])
def test_the_density_is_that_of_the_paper_by_naive_loops(shape, n_lists, highest):
    rng = np.random.default_rng(8)
    model, prior = terms(n_lists, highest), ShrinkagePrior(shape=shape, scale=1.3, slab=1.7)
    counts = rng.poisson(9.0, (1, 2**n_lists - 1))
    posterior = ShrinkagePosterior(counts, model, prior)
    at = random_positions(posterior, rng, n=6)
    values = posterior(at)[0][0]
    alpha = posterior.coefficients(at)[0]
    q, r = len(model.order_at), len(model.orders)
    naive = []
    for c in range(6):
        log_tau = at[0, c, n_lists + q : n_lists + q + r]
        log_lambda = at[0, c, n_lists + q + r :]
        # order the interactions as the loops do: by order, then lexicographically, as `terms` promises
        main, scaled = alpha[c, :n_lists], alpha[c, n_lists:]
        value = naive_log_density(counts[0], n_lists, highest, prior, main, scaled, log_tau, log_lambda)
        # the coordinates are z, not α: the Jacobian is the product of the standard deviations
        value += sum(math.log(abs(s / z)) for s, z in zip(scaled, at[0, c, n_lists : n_lists + q], strict=True))
        naive.append(value)
    np.testing.assert_allclose(values - values[0], np.asarray(naive) - naive[0], rtol=0, atol=1e-8)


def test_terms_are_all_sets_of_lists_up_to_the_order():
    model = terms(4, 3)
    expected = [sum(1 << (3 - j) for j in s) for k in (1, 2, 3) for s in combinations(range(4), k)]
    assert model.codes.tolist() == expected
    assert model.order_at.tolist() == [0] * 6 + [1] * 4
    # the pattern 1011 holds lists 1, 3, 4: three main effects, three pairs, one triple
    assert model.design[0b1011 - 1].sum() == 7
    with pytest.raises(ValueError, match="highest order"):
        terms(3, 3)


@pytest.mark.parametrize("shape", SHAPES)
def test_centring_changes_the_coordinates_and_not_the_posterior(shape):
    rng = np.random.default_rng(2)
    model = terms(3, 2)
    plain = ShrinkagePosterior(rng.poisson(30.0, (2, 7)), model, ShrinkagePrior(shape=shape))
    mode = whiten(plain, np.zeros((2, plain.n_dims)))
    other = plain.with_centring(mode.curvature)
    assert ((other.centring > 0) & (other.centring < 1)).all()
    at = rng.normal(0, 0.5, (2, plain.n_dims))
    moved, jacobian = other.from_non_centred(at)
    np.testing.assert_allclose(other.coefficients(moved[:, None]), plain.coefficients(at[:, None]), rtol=1e-12)
    volume = np.linalg.slogdet(jacobian)[1]
    np.testing.assert_allclose(other(moved[:, None])[0][:, 0] + volume, plain(at[:, None])[0][:, 0], atol=1e-9)
    for d in range(plain.n_dims):
        step = np.zeros(plain.n_dims)
        step[d] = 1e-6
        slope = (other.from_non_centred(at + step)[0] - other.from_non_centred(at - step)[0]) / 2e-6
        np.testing.assert_allclose(jacobian[:, :, d], slope, rtol=1e-6, atol=1e-8)


# -- draws against other ways to integrate ------------------------------------------------------------------------
def two_list_quadrature(counts, prior):
    """Mean of log N/n with two independent lists, by the trapezium rule over both main effects."""
    grid = np.linspace(-9, 9, 1201)
    a, b = np.meshgrid(grid, grid, indexing="ij")
    second, first, both = counts
    log_z = np.logaddexp(np.logaddexp(a, b), a + b)
    cov = prior.list_sd**2 * np.eye(2) + prior.level_sd**2
    gap = np.stack([a, b], axis=-1) - (prior.level_mean - math.log(2))
    log_density = first * a + second * b + both * (a + b) - sum(counts) * log_z
    log_density -= 0.5 * np.einsum("...i,ij,...j->...", gap, np.linalg.inv(cov), gap)
    weight = np.exp(log_density - log_density.max())
    return float((weight * np.logaddexp(0, -log_z)).sum() / weight.sum())


def mean_and_error(sampled):
    values = sampled.kept[:, :, 0]
    effective = diagnose(values).ess_bulk
    return float(values.mean()), float(values.std() / math.sqrt(effective))


class WrongNormaliser(ShrinkagePosterior):
    """Counts the people on no list among the listed: the planted fault."""

    def __call__(self, positions):
        value, gradient = super().__call__(positions)
        log_odds = self.log_odds_unlisted(positions)
        n = self.counts.sum(axis=1)[:, None]
        value = value - n * np.logaddexp(0.0, log_odds)
        share = 1 / (1 + np.exp(-log_odds))
        weights = np.exp(self.coefficients(positions) @ self.model.design.T + log_odds[..., None])
        slope = (n * share)[..., None] * (weights @ self.model.design)
        main = slope[..., : self.model.n_lists]
        gradient[..., : self.model.n_lists] += self.prior.list_sd * main + self._common * main.sum(-1, keepdims=True)
        return value, gradient

    def take(self, groups):
        return WrongNormaliser(self.counts[groups], self.model, self.prior)


def sample_plain(posterior, seed):
    mode = whiten(posterior, np.zeros((1, posterior.n_dims)))
    frame = Frame(centre=mode.centre, root=mode.root)
    return sample_until_converged(posterior, frame, rngs=[np.random.default_rng(seed)], effort=Effort())[0]


@pytest.mark.parametrize("counts", [(30, 20, 10), (400, 150, 90), (3, 2, 1)])
def test_two_lists_agree_with_quadrature_and_a_wrong_normaliser_does_not(counts):
    model, prior = terms(2, 1), ShrinkagePrior()
    exact = two_list_quadrature(counts, prior)
    mean, error = mean_and_error(sample_plain(ShrinkagePosterior(np.asarray([counts]), model, prior), 1))
    assert abs(mean - exact) < 3.5 * error
    if sum(counts) > 500:  # the planted fault must show where the counts weigh more than the prior
        wrong, error = mean_and_error(sample_plain(WrongNormaliser(np.asarray([counts]), model, prior), 1))
        assert abs(wrong - exact) > 10 * error


def test_two_large_lists_give_lincoln_and_petersen():
    counts = np.asarray([[40_000, 20_000, 10_000]])
    (found,) = sample_shrinkage(counts, terms(2, 1), ShrinkagePrior(), rngs=[np.random.default_rng(4)], effort=Effort())
    total = counts.sum() * np.exp(np.median(found.kept[:, :, 0]))
    assert total == pytest.approx(50_000 * 30_000 / 10_000, rel=0.005)


@pytest.mark.parametrize(("name", "shape"), [("korea", "normal"), ("my3", "normal"), ("my3", "horseshoe")])
def test_three_lists_agree_with_importance_sampling(published, name, shape):
    """The same posterior, integrated from many draws of a wide Student proposal: no chain, no gradient."""
    rng = np.random.default_rng(12)
    model, prior = terms(3, 2), ShrinkagePrior(shape=shape)
    counts = published(name)[None]
    (found,) = sample_shrinkage(counts, model, prior, rngs=[rng], effort=Effort(n_draws=500))
    assert found.converged
    mean, error = mean_and_error(found)
    # the proposal: the coordinates in which the chains ran, which are nearly round
    plain = ShrinkagePosterior(counts, model, prior)
    mode = whiten(plain, np.zeros((1, plain.n_dims)))
    posterior = plain.with_centring(mode.curvature)
    centre, jacobian = posterior.from_non_centred(mode.centre)
    frame = Frame(centre=centre, root=1.15 * jacobian @ mode.root)
    n, d, df = 400_000 if shape == "horseshoe" else 150_000, posterior.n_dims, 6
    normal = rng.standard_normal((1, n, d))
    white = normal * np.sqrt(df / rng.chisquare(df, (1, n, 1)))
    log_proposal = -0.5 * (df + d) * np.log1p((white**2).sum(axis=-1) / df)
    at = frame.positions(white)
    log_weight = (posterior(at)[0] - log_proposal)[0]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    assert 1 / (weight**2).sum() > 400  # otherwise the check is worth nothing
    values = posterior.keep(at)[0, :, 0]
    other = float(weight @ values)
    other_error = math.sqrt(float((weight**2) @ (values - other) ** 2))
    assert abs(mean - other) < 3 * math.hypot(error, other_error)


def test_the_chains_start_apart_and_a_table_does_not_depend_on_its_neighbours(published):
    counts = np.stack([published("hiv"), published("kosovo")])
    effort = Effort(n_chains=4, n_warmup=40, n_draws=30, most=2)
    model = terms(4, 3)
    both = sample_shrinkage(
        counts, model, ShrinkagePrior(), rngs=[np.random.default_rng(s) for s in (1, 2)], effort=effort
    )
    (alone,) = sample_shrinkage(counts[1:], model, ShrinkagePrior(), rngs=[np.random.default_rng(2)], effort=effort)
    assert alone.kept.tobytes() == both[1].kept.tobytes()
    assert len(np.unique(alone.kept[:, 0, 0])) == 4


# -- prior and dark figure ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("n_lists", range(2, 9))
def test_the_prior_of_the_expansion_factor_is_about_the_same_for_any_number_of_lists(n_lists):
    model = terms(n_lists, n_lists - 1 if n_lists <= 5 else 2)
    log_odds = draw_prior_log_odds(model, ShrinkagePrior(), n_draws=20_000, rng=np.random.default_rng(3))
    low, middle, high = np.quantile(1 + np.exp(log_odds), [0.25, 0.5, 0.75])
    assert 1.1 < low < 1.6
    assert 2.2 < middle < 4.0
    assert 7 < high < 16


def test_the_dark_figure_is_negative_binomial():
    log_odds = np.full(200_000, math.log(1.5))
    drawn = draw_unlisted(log_odds, 80, rng=np.random.default_rng(6))
    mean, variance = 80 * 1.5, 80 * 1.5 * 2.5  # n o and n o (1 + o)
    assert drawn.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / 200_000))
    assert drawn.var() == pytest.approx(variance, rel=0.02)


# -- the frame and the rounds -------------------------------------------------------------------------------------
class Peaks:
    """Normals of unit variance at given places of one coordinate, in D coordinates; equal weights."""

    def __init__(self, places, n_dims=3):
        self.places, self.n_dims = places, n_dims

    def __call__(self, at):
        gap = at[..., :1] - self.places
        log_part = -0.5 * gap**2
        value = np.logaddexp.reduce(log_part, axis=-1) - 0.5 * (at[..., 1:] ** 2).sum(axis=-1)
        share = np.exp(log_part - np.logaddexp.reduce(log_part, axis=-1, keepdims=True))
        return value, np.concatenate([-(share * gap).sum(-1, keepdims=True), -at[..., 1:]], axis=-1)

    def keep(self, at):
        return at[..., :1]

    def take(self, groups):
        return self


def test_whitening_finds_mode_and_covariance_of_a_normal():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(2, 4, 4))
    precision = root @ root.transpose(0, 2, 1) + np.eye(4)  # no direction flatter than the bound
    centre = rng.normal(size=(2, 4))

    def density(at):
        gap = at - centre[:, None]
        slope = -np.einsum("gij,gcj->gci", precision, gap)
        return 0.5 * (gap * slope).sum(-1), slope

    mode = whiten(density, np.zeros((2, 4)))
    np.testing.assert_allclose(mode.centre, centre, atol=1e-4)
    np.testing.assert_allclose(mode.root @ mode.root.transpose(0, 2, 1), np.linalg.inv(precision), rtol=1e-4)
    np.testing.assert_allclose(mode.curvature, precision, rtol=1e-4, atol=1e-4)
    assert (mode.gradient_size < 1e-3).all()


def frame_of(n_dims, spread=1.0):
    return Frame(centre=np.zeros((1, n_dims)), root=spread * np.eye(n_dims)[None])


def test_one_peak_converges_at_once_and_two_far_apart_never_do():
    effort = Effort(n_chains=8, n_warmup=60, n_draws=400, most=4)
    rngs = [np.random.default_rng(9)]
    (one,) = sample_until_converged(Peaks(np.zeros(1)), frame_of(3), rngs=rngs, effort=effort)
    assert one.converged
    assert one.effort == 1
    (two,) = sample_until_converged(Peaks(np.asarray([-30.0, 30.0])), frame_of(3, 10.0), rngs=rngs, effort=effort)
    assert not two.converged
    assert two.effort == 4
    assert two.kept.shape == (8, 1600, 1)
    assert two.convergence.r_hat > 1.5


@pytest.mark.validation
@pytest.mark.parametrize("shape", SHAPES)
def test_ranks_of_the_truth_are_even_over_the_prior(shape):
    """Simulation-based calibration (Talts 2018) given n = 300; a prior half or twice as wide must show."""
    rng = np.random.default_rng(77)
    model, prior, n = terms(3, 2), ShrinkagePrior(shape=shape), 300
    nobody = ShrinkagePosterior(np.zeros((1, 7), dtype=np.int64), model, prior)
    at = rng.standard_normal((1, n, nobody.n_dims))
    at[..., 6] = np.log(np.abs(at[..., 6]))
    if shape == "horseshoe":
        at[..., 7:] = np.log(np.abs(rng.standard_cauchy((1, n, 3))))
    truth = nobody.log_odds_unlisted(at)[0]
    eta = nobody.coefficients(at)[0] @ model.design.T
    share = np.exp(eta - np.logaddexp.reduce(eta, axis=1, keepdims=True))
    counts = np.stack([rng.multinomial(300, p / p.sum()) for p in share])

    def p_value(assumed):
        found = sample_shrinkage(
            counts, model, assumed, rngs=[np.random.default_rng([5, i]) for i in range(n)], effort=Effort()
        )
        ranks = np.asarray([(f.kept[:, :, 1] < t).mean() for f, t in zip(found, truth, strict=True)])
        observed = np.histogram(ranks, bins=10, range=(0, 1))[0]
        from scipy.special import chdtrc

        return float(chdtrc(9, ((observed - n / 10) ** 2 / (n / 10)).sum()))

    assert p_value(prior) > 0.01
    if shape == "normal":
        assert p_value(ShrinkagePrior(scale=0.25)) < 0.01
        assert p_value(ShrinkagePrior(level_mean=0.5)) < 0.01
