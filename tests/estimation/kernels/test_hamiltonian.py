"""Hamiltonian trajectories in lockstep, on laws that are known."""

import math

import numpy as np
import pytest

from uncounted.estimation.kernels.convergence import diagnose
from uncounted.estimation.kernels.hamiltonian import sample_hamiltonian

SPREAD = np.array([0.1, 1.0, 30.0])


def normal(q):
    """Independent normals around 2 with very different spreads."""
    z = (q - 2.0) / SPREAD
    return -0.5 * (z * z).sum(axis=2), -z / SPREAD


def run(density=normal, *, groups=1, chains=8, seed=1, **how):
    rngs = [np.random.default_rng([seed, g]) for g in range(groups)]
    start = np.stack([rng.normal(2, 1, (chains, 3)) for rng in rngs])
    plan = {"n_warmup": 150, "n_draws": 300, "n_steps": 8, "keep": lambda q: q.copy()} | how
    return sample_hamiltonian(density, start, rngs=rngs, **plan)


def test_means_and_spreads_of_a_normal_are_found():
    draws = run()
    for d in range(3):
        x = draws.kept[0, :, :, d]
        verdict = diagnose(x)
        assert verdict.r_hat < 1.01
        assert x.mean() == pytest.approx(2.0, abs=4 * SPREAD[d] / math.sqrt(verdict.ess_bulk))
        assert x.std() == pytest.approx(SPREAD[d], rel=4 / math.sqrt(2 * diagnose((x - 2) ** 2).ess_bulk))
    assert draws.accept_prob[0] == pytest.approx(0.8, abs=0.12)
    assert draws.scale[0] == pytest.approx(SPREAD, rel=0.3)
    assert draws.n_divergent[0] == 0


def test_wrong_gradient_costs_acceptance_but_not_the_law():
    # Whatever the force is, the end point is accepted by the true density: the law stays.
    draws = run(gradient=lambda q: 0.9 * normal(q)[1], n_draws=600)
    x = draws.kept[0, :, :, 1]
    assert x.std() == pytest.approx(1.0, rel=4 / math.sqrt(2 * diagnose((x - 2) ** 2).ess_bulk))


def test_the_same_gradient_given_apart_gives_the_same_draws():
    assert run().kept.tobytes() == run(gradient=lambda q: normal(q)[1]).kept.tobytes()


def test_a_group_does_not_depend_on_the_others():
    together = run(groups=3)
    alone = run(groups=1)
    assert alone.kept[0].tobytes() == together.kept[0].tobytes()
    assert alone.step_size[0] == together.step_size[0]


def test_moves_that_keep_the_law_join_what_trajectories_cannot():
    # Two narrow peaks at -10 and 10: mirrored after each trajectory with probability one half.
    def peaks(q):
        side = np.where(q > 0, 10.0, -10.0)
        return -0.5 * ((q - side) ** 2).sum(axis=2) / 0.01, -(q - side) / 0.01

    def mirror(q, value, rngs):
        assert value.shape == q.shape[:2]
        flip = np.stack([rng.random(q.shape[1]) < 0.5 for rng in rngs])
        return np.where(flip[:, :, None], -q, q)

    rng = np.random.default_rng(1)
    start = np.full((1, 4, 1), 10.0)
    how = {"n_warmup": 50, "n_draws": 200, "n_steps": 5, "keep": lambda q: q > 0}
    stuck = sample_hamiltonian(peaks, start, rngs=[rng], **how)
    assert stuck.kept.all()
    joined = sample_hamiltonian(peaks, start, rngs=[rng], move=mirror, **how)
    assert joined.kept.mean() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(800))


def test_impossible_places_are_never_taken():
    def half_line(q):
        with np.errstate(invalid="ignore"):
            return np.where((q > 0).all(axis=2), -q.sum(axis=2), -np.inf), -np.ones_like(q)

    rng = np.random.default_rng(1)
    draws = sample_hamiltonian(
        half_line, np.ones((1, 8, 1)), rngs=[rng], n_warmup=100, n_draws=1500, n_steps=6, keep=lambda q: q.copy()
    )
    x = draws.kept[0, :, :, 0]
    assert (x > 0).all()
    assert x.mean() == pytest.approx(1.0, abs=4 / math.sqrt(diagnose(x).ess_bulk))


def test_without_warm_up_step_and_scale_are_taken_as_given():
    draws = run(n_warmup=0, n_draws=5, step_size=np.array([0.2]), scale=SPREAD[None])
    assert draws.step_size[0] == 0.2
    assert (draws.scale[0] == SPREAD).all()


def test_what_makes_no_sense_is_told():
    with pytest.raises(ValueError, match="one generator"):
        sample_hamiltonian(
            normal, np.zeros((2, 4, 3)), rngs=[np.random.default_rng(1)], n_warmup=1, n_draws=1, n_steps=1, keep=abs
        )
    with pytest.raises(ValueError, match="n_steps"):
        run(n_steps=0)
