"""Simulation-based calibration of the engines that draw, and the faults planted in each that it must find."""

from __future__ import annotations

import numpy as np
import pytest
from sbc import bins_p, calibrate, envelope_p, holm, ranks
from sbc_engines import BetaBinomial, Classes, Graphs, SampledClasses, ShrunkenInteractions, draw_hyper_dirichlet

ENGINES = [Graphs, ShrunkenInteractions, SampledClasses, Classes]
QUICK = ENGINES[:3]
FAULTS = [
    *((BetaBinomial, fault) for fault in ("other prior", "too narrow", "mean for draw")),
    *((Graphs, fault) for fault in ("flat prior of N", "median for draw")),
    *((ShrunkenInteractions, fault) for fault in ("no normaliser", "no Jacobian", "other prior", "mean for draw")),
    *((Classes, fault) for fault in ("no normaliser", "other prior", "mean for draw")),
    (SampledClasses, "other prior"),
]


def test_the_harness_passes_what_is_right():
    assert all(c.passed for c in calibrate(BetaBinomial(), n_sims=1000, n_draws=99, seed=3))


def test_false_alarms_are_as_rare_as_they_should_be():
    rng = np.random.default_rng(4)
    uniform = rng.integers(0, 100, (400, 500))
    assert np.mean([envelope_p(r, 99) < 0.05 for r in uniform]) == pytest.approx(0.05, abs=4 * np.sqrt(0.0475 / 400))
    assert np.mean([bins_p(r, 99) < 0.05 for r in uniform]) == pytest.approx(0.05, abs=4 * np.sqrt(0.0475 / 400))


def test_the_envelope_sees_bends_of_every_kind():
    rng = np.random.default_rng(5)
    for a, b in ((1.3, 1.0), (1.0, 1.3), (1.4, 1.4), (0.7, 0.7)):
        bent = np.floor(100 * rng.beta(a, b, 1000)).astype(int)
        assert envelope_p(bent, 99) < 0.01


def test_ties_are_broken_at_random():
    rng = np.random.default_rng(6)
    found = ranks(np.zeros((4000, 1)), np.zeros((4000, 19, 1)), rng)
    assert bins_p(found[:, 0], 19) > 0.001
    assert set(found[:, 0]) == set(range(20))


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])


def test_hyper_dirichlet_draws_of_the_complete_graph_are_dirichlet():
    rng = np.random.default_rng(7)
    cells = np.tile([3.0, 1.0, 0.0, 2.0], (40_000, 1))
    complete = ((0, ()), (1, (0,)))
    pi = draw_hyper_dirichlet(complete, cells, 0.5, rng)
    assert pi.sum(axis=1) == pytest.approx(np.ones(len(pi)))
    weight = cells[0] + 0.5
    total = weight.sum()
    assert pi.mean(axis=0) == pytest.approx(weight / total, abs=0.005)
    variance = weight * (total - weight) / (total**2 * (total + 1))
    assert pi.var(axis=0) == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize("engine", QUICK)
def test_engines_draw_from_their_posterior(engine):
    found = calibrate(engine(), n_sims=40, n_draws=19, seed=1)
    assert [c for c in found if not c.passed] == []


@pytest.mark.parametrize(("engine", "fault"), [(Graphs, "flat prior of N"), (ShrunkenInteractions, "mean for draw")])
def test_planted_faults_are_found_even_by_a_short_run(engine, fault):
    assert any(not c.passed for c in calibrate(engine(fault=fault), n_sims=60, n_draws=19, seed=1))


@pytest.mark.validation
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_draw_from_their_posterior_at_length(engine):
    found = calibrate(engine(), n_sims=1000, n_draws=99, seed=1)
    assert [c for c in found if not c.passed] == []


@pytest.mark.validation
@pytest.mark.parametrize(("engine", "fault"), FAULTS)
def test_planted_faults_are_found(engine, fault):
    assert any(not c.passed for c in calibrate(engine(fault=fault), n_sims=300, n_draws=99, seed=1))
