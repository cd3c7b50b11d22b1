"""Plain Gibbs sampling, and that the fast sampler says the same."""

import math

import numpy as np
import pytest

from uncounted.captures.published import published
from uncounted.estimation.kernels.class_sampler import ClassEffort, fit_tables
from uncounted.estimation.kernels.convergence import diagnose
from uncounted.estimation.kernels.gibbs import gibbs_classes
from uncounted.estimation.kernels.latent_class import ClassPrior

UNIFORM = ClassPrior()
OTHER = ClassPrior(a=0.5, b=1.5, alpha_shape=1.0, alpha_rate=1.0)


def both(counts, n_lists, n_classes, prior, sweeps, effort=None):
    """Return log(n0 + 1) by both samplers, each (C, T)."""
    slow = gibbs_classes(
        counts,
        n_lists=n_lists,
        n_classes=n_classes,
        prior=prior,
        n_chains=24,
        n_burnin=sweeps // 4,
        n_sweeps=sweeps,
        rng=np.random.default_rng(1),
    ).unlisted
    rngs = [np.random.default_rng(2)]
    how = {"n_lists": n_lists, "n_classes": n_classes, "prior": prior, "effort": effort}
    fast = fit_tables(counts[None], rngs=rngs, **how)[0]
    assert fast.converged
    return np.log1p(slow[:, ::3]), np.log1p(fast.unlisted)


def agree(slow, fast):
    """Compare medians and 90 % limits by their Monte Carlo errors (of the share of draws below)."""
    for p in (0.05, 0.5, 0.95):
        at = np.quantile(fast, p)
        below, fast_below = slow <= at, fast <= at  # shares, as few people make few different numbers
        error = math.sqrt(p * (1 - p) * (1 / diagnose(fast_below * 1.0).ess_bulk + 1 / diagnose(below * 1.0).ess_bulk))
        assert abs(below.mean() - fast_below.mean()) < 3 * error


@pytest.mark.parametrize("prior", [UNIFORM, OTHER])
def test_both_samplers_agree_on_few_people(prior):
    counts = np.array([6, 4, 1, 5, 2, 1, 3])
    agree(*both(counts, 3, 3, prior, 900, ClassEffort(n_draws=300, n_warmup=80, n_steps=12, n_stages=2)))


@pytest.mark.validation
@pytest.mark.parametrize(("name", "sweeps"), [("korea", 12_000), ("western", 12_000), ("new-orleans5", 12_000)])
def test_both_samplers_agree_on_published_tables(name, sweeps):
    table = published(name)
    agree(*both(table.counts[0, 0], table.n_lists, min(2**table.n_lists - 1, 10), OTHER, sweeps))


def test_one_list_that_holds_everybody_leaves_nobody_unlisted():
    counts = np.zeros(7, dtype=np.int64)
    counts[[3, 4, 5, 6]] = 40, 20, 20, 10  # everybody is on the first list
    drawn = gibbs_classes(
        counts,
        n_lists=3,
        n_classes=2,
        prior=UNIFORM,
        n_chains=8,
        n_burnin=200,
        n_sweeps=200,
        rng=np.random.default_rng(1),
    )
    assert np.median(drawn.unlisted) <= 2
    assert (drawn.alpha > 0).all()
