"""Simulation-based calibration: does a sampler draw from the posterior that its model implies?

Draw parameters from the prior, data from the parameters, and ask where the true value falls among draws of the
posterior. If everything is right its rank is uniform (Talts et al. 2018, arXiv 1804.06788, theorem 1), whatever the
prior: a wrong normaliser, a forgotten Jacobian or a mean in place of a draw bends the ranks.

The prior p(N) proportional to 1/N is improper, so nothing can be drawn from it. Given the number listed n it is not
needed. With pattern probabilities pi(theta), pi_0 that of no list,

    p(n_1 … n_M, n_0 | theta)  is proportional to  (1/N) N! / (n_0! n_1! … n_M!) pi_0^n_0 prod pi_m^n_m
      =  1/n  x  Multinomial(n_1 … n_M | n, pi_m / (1 - pi_0))  x  NegBin(n_0 | n, 1 - pi_0)

because N! / N = (N - 1)!. The factor of n, 1/n, does not depend on theta: the number listed says nothing about theta.
Hence, given n, theta has its own proper prior, patterns are multinomial, and n_0 is negative binomial; drawing in
that order draws from the joint law whose conditional every engine with p(N) = 1/N claims to sample. Calibration at
each fixed n is exact; no other prior of N has to be put in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from scipy.special import bdtr, bdtrc, chdtrc

# The last is log(N (1 - pi_0) / n): what the draw of n_0 adds to pi_0, next to whose own spread it would not be seen.
QUANTITIES = ("log N", "pi_0", "log-likelihood", "N given pi_0")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """Data sets, first axis S, and the true values of Q quantities, shape (S, Q)."""

    data: np.ndarray
    truths: np.ndarray


class Engine(Protocol):
    """What calibration asks of an estimator, through a small adapter."""

    name: str
    quantities: tuple[str, ...]

    def simulate(self, n_sims: int, rng: np.random.Generator) -> Simulated:
        """Draw parameters from the prior and data from them."""
        ...

    def posterior(self, data: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return nearly independent draws of the quantities for each data set, shape (S, n_draws, Q)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Ranks of one quantity held against uniform ones.

    `envelope_p` is of the simultaneous envelope of the distribution function, `bins_p` of the chi-square test over 20
    bins; both after Holm's correction over the quantities of the engine. `shape` says how the ranks are bent.
    """

    engine: str
    quantity: str
    n_sims: int
    n_draws: int
    envelope_p: float
    bins_p: float
    shape: str

    @property
    def passed(self) -> bool:
        """Whether the ranks stay in the 95 % envelope and the bins do not contradict uniformity at 1 %."""
        return self.envelope_p > 0.05 and self.bins_p > 0.01


def calibrate(engine: Engine, *, n_sims: int, n_draws: int, seed: int) -> tuple[Calibration, ...]:
    """Simulate, draw and rank; `n_draws` + 1 must be a multiple of 20."""
    rng = np.random.default_rng(seed)
    simulated = engine.simulate(n_sims, rng)
    draws = engine.posterior(simulated.data, n_draws, rng)
    assert draws.shape == (n_sims, n_draws, len(engine.quantities))
    return judge_ranks(engine, ranks(simulated.truths, draws, rng), n_draws)


def judge_ranks(engine: Engine, found: np.ndarray, n_draws: int) -> tuple[Calibration, ...]:
    """Test the ranks (S, Q) of every quantity."""
    envelope = holm([envelope_p(r, n_draws) for r in found.T])
    bins = holm([bins_p(r, n_draws) for r in found.T])
    return tuple(
        Calibration(
            engine=engine.name,
            quantity=quantity,
            n_sims=len(found),
            n_draws=n_draws,
            envelope_p=envelope[q],
            bins_p=bins[q],
            shape=bend(found[:, q], n_draws),
        )
        for q, quantity in enumerate(engine.quantities)
    )


def ranks(truths: np.ndarray, draws: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how many draws lie below the truth, ties broken at random (counts of people are whole numbers)."""
    below = (draws < truths[:, None, :]).sum(axis=1)
    ties = (draws == truths[:, None, :]).sum(axis=1)
    return below + rng.integers(0, ties + 1)


def envelope_p(found: np.ndarray, n_draws: int) -> float:
    """Return the p-value of the simultaneous envelope of the ranks' distribution function.

    Säilynoja, Bürkner and Vehtari (2022), Statistics and Computing 32:32: the smallest pointwise binomial tail over
    all ranks, held against its own law under uniform ranks, which is simulated.
    """
    reference = _envelope_reference(len(found), n_draws)
    counts = np.bincount(found, minlength=n_draws + 1)
    smallest = _smallest_tail(np.cumsum(counts)[None, :-1], len(found), n_draws)[0]
    return float((np.searchsorted(reference, smallest * (1 + 1e-9), side="right") + 1) / (len(reference) + 1))


@lru_cache(maxsize=16)
def _envelope_reference(n_sims: int, n_draws: int) -> np.ndarray:
    rng = np.random.default_rng([n_sims, n_draws])
    counts = rng.multinomial(n_sims, np.full(n_draws + 1, 1 / (n_draws + 1)), size=4000)
    return np.sort(_smallest_tail(np.cumsum(counts, axis=1)[:, :-1], n_sims, n_draws))


def _smallest_tail(below: np.ndarray, n_sims: int, n_draws: int) -> np.ndarray:
    share = np.arange(1, n_draws + 1) / (n_draws + 1)
    lower = bdtr(below.astype(float), n_sims, share)
    upper = np.where(below > 0, bdtrc(np.maximum(below - 1, 0).astype(float), n_sims, share), 1.0)
    return np.minimum(lower, upper).min(axis=1)


def bins_p(found: np.ndarray, n_draws: int, n_bins: int = 20) -> float:
    """Return the chi-square p-value of ranks in equal bins."""
    assert (n_draws + 1) % n_bins == 0
    counts = np.bincount(found // ((n_draws + 1) // n_bins), minlength=n_bins)
    expected = len(found) / n_bins
    return float(chdtrc(n_bins - 1, ((counts - expected) ** 2 / expected).sum()))


def holm(p: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    running = 0.0
    for place, i in enumerate(order):
        running = max(running, min(1.0, (len(p) - place) * p[i]))
        adjusted[i] = running
    return [float(x) for x in adjusted]


def bend(found: np.ndarray, n_draws: int) -> str:
    """Return in words how ranks depart from uniform: mean and spread in standard errors."""
    u = (found + 0.5) / (n_draws + 1)
    shift = (u.mean() - 0.5) * np.sqrt(12 * len(u))
    spread = (((u - 0.5) ** 2).mean() - 1 / 12) * np.sqrt(180 * len(u))
    words = []
    if abs(shift) > 3:
        words.append("truth lies high" if shift > 0 else "truth lies low")
    if abs(spread) > 3:
        words.append("draws too narrow" if spread > 0 else "draws too wide")
    return f"{', '.join(words) or 'flat'} (shift {shift:+.1f}, spread {spread:+.1f})"
