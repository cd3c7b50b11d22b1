"""Hamiltonian Monte Carlo for many tables and many chains in lockstep.

All chains of all tables ("groups") take the same number of leapfrog steps, so that one call of the density moves them
all. Step size and diagonal metric belong to the group and are learnt from all its chains; randomness belongs to the
group as well, so that what a table gets does not depend on what else is sampled beside it.

Letters: G groups, C chains, D coordinates, Q quantities kept, T draws kept of each chain. q is the position, u the
momentum divided by its standard deviation, so that u ~ N(0, 1) and dq/dt = scale * u, du/dt = scale * gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Positions (G, C, D) -> log density (G, C) and its gradient (G, C, D).
Density = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
#: Positions (G, C, D) -> the gradient alone (G, C, D).
Gradient = Callable[[FloatArray], FloatArray]
#: Positions (G, C, D), their log density (G, C), generators -> positions after moves that leave the law as it is.
Move = Callable[[FloatArray, FloatArray, Sequence[np.random.Generator]], FloatArray]
#: Positions (G, C, D) -> quantities to keep (G, C, Q).
Keep = Callable[[FloatArray], FloatArray]

FIRST_STEP = 0.1
DIVERGENT_AT = 1000.0  # an error of the energy above this is a divergence (Betancourt 2016)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HamiltonianDraws:
    """What was drawn, and what is needed to go on.

    Attributes
    ----------
    kept : ndarray of float64, shape (G, C, T, Q)
        Quantities of every draw after warm-up.
    positions : ndarray of float64, shape (G, C, D)
        Where the chains ended.
    step_size : ndarray of float64, shape (G,)
    scale : ndarray of float64, shape (G, D)
        Standard deviations of the coordinates, the metric.
    accept_prob : ndarray of float64, shape (G,)
        Mean probability of acceptance after warm-up; NaN without draws.
    n_divergent : ndarray of int64, shape (G,)
        Trajectories after warm-up that lost the energy.
    """

    kept: FloatArray
    positions: FloatArray
    step_size: FloatArray
    scale: FloatArray
    accept_prob: FloatArray
    n_divergent: IntArray


def sample_hamiltonian(
    density: Density,
    start: FloatArray,
    *,
    rngs: Sequence[np.random.Generator],
    n_warmup: int,
    n_draws: int,
    n_steps: int,
    keep: Keep,
    target_accept: float = 0.8,
    step_size: FloatArray | None = None,
    scale: FloatArray | None = None,
    gradient: Gradient | None = None,
    move: Move | None = None,
) -> HamiltonianDraws:
    """Sample many chains of many tables in lockstep.

    Parameters
    ----------
    density : callable
        Log density (up to a constant) and gradient; a position that is impossible has -inf, and is never accepted.
    start : ndarray of float64, shape (G, C, D)
        First positions.
    rngs : sequence of G numpy.random.Generator
        One for each group.
    n_warmup, n_draws : int
        Iterations that adapt and are thrown away (0: `step_size` and `scale` are taken as given), and draws kept.
    n_steps : int
        Mean number of leapfrog steps; the number runs over 1 … 2 n_steps in an order that visits all evenly.
    keep : callable
        What to keep of a position.
    target_accept : float
        Mean probability of acceptance that the step size is adapted to.
    step_size, scale : ndarray or None
        Where adaptation starts; shapes (G,) and (G, D).
    gradient : callable or None
        The gradient of `density` alone, for the steps inside a trajectory, if that costs less than both.
    move : callable or None
        Moves of another kind, made after each trajectory, under which the law does not change: jumps that trajectories
        cannot make.

    Returns
    -------
    HamiltonianDraws

    Raises
    ------
    ValueError
        If there is not one generator for each group, or nothing to do.

    References
    ----------
    Neal (2011), Handbook of MCMC, ch. 5. Hoffman, Gelman (2014), JMLR 15:1593, section 3.2 (dual averaging). Hoffman,
    Radul, Sountsov (2021), AISTATS (many chains in lockstep, jitter by a low-discrepancy sequence).
    """
    if len(rngs) != len(start):
        raise ValueError(f"one generator is needed for each of {len(start)} groups; found {len(rngs)}")
    if n_warmup < 0 or n_draws < 0 or n_warmup + n_draws == 0 or n_steps < 1:
        raise ValueError("n_warmup and n_draws must not be negative and not both 0, and n_steps at least 1")
    n_groups, _, n_dims = start.shape
    state = _State(
        position=np.array(start, dtype=np.float64),
        step=np.full(n_groups, FIRST_STEP) if step_size is None else np.array(step_size, dtype=np.float64),
        scale=np.ones((n_groups, n_dims)) if scale is None else np.array(scale, dtype=np.float64),
    )
    state.value, state.slope = density(state.position)
    inner = gradient if gradient is not None else lambda q: density(q)[1]
    state.move = move
    _warm_up(density, inner, state, rngs, n_warmup=n_warmup, n_steps=n_steps, target=target_accept)
    kept: list[FloatArray] = []
    accept, divergent = np.zeros(n_groups), np.zeros(n_groups, dtype=np.int64)
    for t in range(n_draws):
        chance, lost = _trajectory(density, inner, state, rngs, _jittered(n_warmup + t, n_steps))
        accept += chance.mean(axis=1)
        divergent += lost
        kept.append(keep(state.position))
    stacked = np.stack(kept, axis=2) if kept else np.empty((*start.shape[:2], 0, keep(state.position).shape[-1]))
    return HamiltonianDraws(
        kept=stacked,
        positions=state.position,
        step_size=state.step,
        scale=state.scale,
        accept_prob=accept / n_draws if n_draws else np.full(n_groups, np.nan),
        n_divergent=divergent,
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _State:
    """Where all chains are; changed in place."""

    position: FloatArray
    step: FloatArray
    scale: FloatArray
    value: FloatArray = field(default_factory=lambda: np.empty(0))
    slope: FloatArray = field(default_factory=lambda: np.empty(0))
    move: Move | None = None


def _jittered(t: int, n_steps: int) -> int:
    """Return the number of leapfrog steps of iteration t: 2 n_steps times the van der Corput sequence."""
    fraction, base, k = 0.0, 0.5, t + 1
    while k:
        fraction += base * (k & 1)
        base, k = base / 2, k >> 1
    return max(1, round(2 * n_steps * fraction))


def _trajectory(
    density: Density, gradient: Gradient, state: _State, rngs: Sequence[np.random.Generator], n_steps: int
) -> tuple[FloatArray, IntArray]:
    """Move all chains along one trajectory; return acceptance probabilities (G, C) and divergences per group."""
    shape = state.position.shape
    u = np.stack([rng.standard_normal(shape[1:]) for rng in rngs])
    luck = np.stack([rng.random(shape[1]) for rng in rngs])
    start_energy = 0.5 * (u * u).sum(axis=2) - state.value
    drift = state.step[:, None, None] * state.scale[:, None, :]  # of q; the kick of u is as large
    q = state.position.copy()
    moved = np.empty_like(q)
    with np.errstate(over="ignore", invalid="ignore"):
        u += 0.5 * drift * state.slope
        for _ in range(n_steps - 1):
            q += np.multiply(drift, u, out=moved)
            u += np.multiply(drift, gradient(q), out=moved)
        q += drift * u
        value, slope = density(q)
        u += 0.5 * drift * slope
        error = 0.5 * (u * u).sum(axis=2) - value - start_energy
    error = np.where(np.isfinite(error), error, np.inf)
    chance = np.exp(-np.maximum(error, 0.0))
    taken = luck < chance
    state.position = np.where(taken[:, :, None], q, state.position)
    state.value = np.where(taken, value, state.value)
    state.slope = np.where(taken[:, :, None], slope, state.slope)
    if state.move is not None:
        state.position = state.move(state.position, state.value, rngs)
        state.value, state.slope = density(state.position)
    return chance, (error > DIVERGENT_AT).sum(axis=1)


def _warm_up(
    density: Density,
    gradient: Gradient,
    state: _State,
    rngs: Sequence[np.random.Generator],
    *,
    n_warmup: int,
    n_steps: int,
    target: float,
) -> None:
    """Adapt step size (dual averaging) and metric (variances over chains and iterations, in doubling windows)."""
    if n_warmup == 0:
        return
    ends = _window_ends(n_warmup)
    rule = _DualAveraging(state.step, target)
    total, squares, n_seen = np.zeros_like(state.scale), np.zeros_like(state.scale), 0
    for t in range(n_warmup):
        chance, _ = _trajectory(density, gradient, state, rngs, _jittered(t, n_steps))
        state.step = rule.update(chance.mean(axis=1))
        if t >= ends[0]:
            total += state.position.sum(axis=1)
            squares += (state.position**2).sum(axis=1)
            n_seen += state.position.shape[1]
        if t in ends[1:]:
            variance = np.maximum(squares / n_seen - (total / n_seen) ** 2, 0.0)
            # Shrunk towards a small number, as Stan does: a window is short.
            state.scale = np.sqrt(variance * n_seen / (n_seen + 5.0) + 1e-3 * 5.0 / (n_seen + 5.0))
            total, squares, n_seen = np.zeros_like(total), np.zeros_like(squares), 0
            rule = _DualAveraging(state.step, target)
    state.step = rule.averaged


def _window_ends(n_warmup: int) -> list[int]:
    """Return the iteration at which variances begin to be gathered, then the last of each window."""
    first, last = int(0.15 * n_warmup), int(0.9 * n_warmup) - 1
    ends, size, at = [first], max(10, n_warmup // 20), first
    while at + 3 * size < last:
        at += size
        ends.append(at)
        size *= 2
    return [*ends, last] if last > first else ends


class _DualAveraging:
    """Step sizes, one a group, that bring the mean acceptance to its target (Hoffman, Gelman 2014, eq. 6)."""

    def __init__(self, step: FloatArray, target: float) -> None:
        self.target = target
        self.anchor = np.log(10.0 * step)
        self.gap = np.zeros_like(step)
        self.log_average = np.zeros_like(step)
        self.n = 0

    def update(self, accept_prob: FloatArray) -> FloatArray:
        """Return the step sizes for the next iteration."""
        self.n += 1
        weight = 1.0 / (self.n + 10.0)
        self.gap = (1 - weight) * self.gap + weight * (self.target - accept_prob)
        log_step = self.anchor - np.sqrt(self.n) / 0.05 * self.gap
        share = self.n**-0.75
        self.log_average = share * log_step + (1 - share) * self.log_average
        return np.asarray(np.exp(log_step), dtype=np.float64)

    @property
    def averaged(self) -> FloatArray:
        """Step sizes to keep."""
        return np.asarray(np.exp(self.log_average), dtype=np.float64)
