"""Diagnostics of chains: what they must see and what they must not cry about."""

import numpy as np
import pytest

from uncounted.estimation.kernels.convergence import diagnose, modes, rank_normalised


def autoregressive(n_chains, n_draws, phi, seed):
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n_chains, n_draws))
    out = np.zeros((n_chains, n_draws))
    out[:, 0] = noise[:, 0] / np.sqrt(1 - phi**2)
    for t in range(1, n_draws):
        out[:, t] = phi * out[:, t - 1] + noise[:, t]
    return out


def test_independent_draws_have_full_size_and_no_warning():
    found = diagnose(np.random.default_rng(1).standard_normal((8, 1000)))
    assert found.r_hat < 1.005
    assert found.ess_bulk == pytest.approx(8000, rel=0.1)
    assert found.ess_tail == pytest.approx(8000, rel=0.1)


@pytest.mark.parametrize("phi", [0.5, 0.9])
def test_an_autoregressive_chain_has_the_known_effective_size(phi):
    # The variance of its mean is that of n (1 - phi) / (1 + phi) independent draws.
    found = diagnose(autoregressive(8, 8000, phi, seed=3))
    assert found.ess_bulk == pytest.approx(64000 * (1 - phi) / (1 + phi), rel=0.1)


def test_a_chain_elsewhere_is_seen_as_is_one_of_another_width():
    chains = np.random.default_rng(2).standard_normal((8, 1000))
    away, wide = chains.copy(), chains.copy()
    away[0] += 3
    wide[0] *= 5
    assert diagnose(away).r_hat > 1.05
    assert diagnose(wide).r_hat > 1.01  # only the folded ranks see this one
    assert diagnose(away).ess_bulk < 100


def test_a_trend_within_chains_is_seen():
    chains = np.random.default_rng(4).standard_normal((4, 1000)) + np.linspace(0, 2, 1000)
    assert diagnose(chains).r_hat > 1.05


def test_ranks_make_it_indifferent_to_a_monotone_change_of_scale():
    chains = autoregressive(4, 500, 0.3, seed=5)
    assert diagnose(np.exp(chains)).ess_bulk == pytest.approx(diagnose(chains).ess_bulk)
    assert np.isfinite(diagnose(np.exp(20 * chains)).r_hat)


def test_ties_share_their_rank():
    scores = rank_normalised(np.asarray([[1.0, 2.0, 2.0, 3.0]]))
    assert scores[0, 1] == scores[0, 2] == pytest.approx(0.0)


def test_chains_that_agree_are_one_mode_and_others_are_told_apart():
    rng = np.random.default_rng(6)
    chains = rng.standard_normal((12, 400))
    assert len(modes(chains, level=0.95)) == 1
    chains[8:] += 9
    low, high = modes(chains, level=0.95)
    assert (low.members.sum(), high.members.sum()) == (8, 4)
    assert low.high < high.low
    assert low.median == pytest.approx(0, abs=0.1)
    assert high.median == pytest.approx(9, abs=0.1)


def test_constant_chains_do_not_divide_by_zero():
    assert diagnose(np.ones((4, 100))).r_hat == 1.0
    stuck = np.repeat(np.asarray([[1.0], [2.0]]), 100, axis=1)
    assert diagnose(stuck).r_hat > 1.5


def test_draws_that_are_not_finite_and_short_chains_are_refused():
    with pytest.raises(ValueError, match="finite"):
        diagnose(np.asarray([[1.0, np.nan, 2.0, 3.0]]))
    with pytest.raises(ValueError, match="at least 4"):
        diagnose(np.ones((2, 3)))
