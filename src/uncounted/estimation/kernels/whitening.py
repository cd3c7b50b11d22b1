"""Posteriors made nearly standard normal by a linear change of coordinates, and sampled until the chains agree.

Hamiltonian trajectories with a diagonal metric take long where coordinates are correlated. Moved to the mode, turned
and stretched by the square root of the inverse curvature there, most posteriors are round enough for a handful of
steps. The change of coordinates is linear, so it changes nothing of what is sampled.

Letters: G groups (tables), C chains, T draws, D coordinates, Q quantities kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.convergence import Convergence, diagnose
from uncounted.estimation.kernels.hamiltonian import HamiltonianDraws, sample_hamiltonian

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Density = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
Progress = Callable[[int, int], None]

STEP = 1e-5  # of the finite differences of the gradient
AT_ONCE = 64  # directions
LEAST_CURVATURE = 0.05  # a flatter direction is taken to have a standard deviation of 1 / √.05 = 4.5
LENGTHS = 2.0 ** -np.arange(12.0)  # of Newton's step, all tried at once

LARGEST_R_HAT = 1.01  # Vehtari and others (2021), section 4.1
LEAST_EFFECTIVE = 400.0


class Target(Protocol):
    """A log density of several groups, of which groups can be taken out."""

    def __call__(self, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log density (G, C) and gradient (G, C, D)."""
        ...

    def keep(self, positions: FloatArray) -> FloatArray:
        """Return the quantities kept, shape (G, C, Q); the first is the one that has to converge."""
        ...

    def take(self, groups: IntArray) -> Target:
        """Return the density of some groups."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """New coordinates w: position = centre + root · w; centre has the shape (G, D), root (G, D, D)."""

    centre: FloatArray
    root: FloatArray

    def take(self, groups: IntArray) -> Frame:
        """Return the frames of some groups."""
        return Frame(centre=self.centre[groups], root=self.root[groups])

    def positions(self, white: FloatArray) -> FloatArray:
        """Return the positions, shape (G, C, D), of whitened coordinates of the same shape."""
        return np.asarray(self.centre[:, None, :] + white @ self.root.transpose(0, 2, 1), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mode:
    """Where Newton's method ended.

    Attributes
    ----------
    centre : ndarray of float64, shape (G, D)
        The mode, as near as Newton's method came.
    root : ndarray of float64, shape (G, D, D)
        A square root of the inverse of the (bounded) curvature at the mode.
    curvature : ndarray of float64, shape (G, D, D)
        The inverse of root · rootᵀ.
    log_density : ndarray of float64, shape (G,)
        At the centre.
    gradient_size : ndarray of float64, shape (G,)
        Length of the gradient at the centre in standard deviations; 0 at a mode.
    """

    centre: FloatArray
    root: FloatArray
    curvature: FloatArray
    log_density: FloatArray
    gradient_size: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Chains of each group, iterations of the first round, and how many times that may be spent at most."""

    n_chains: int = 16
    n_warmup: int = 200
    n_draws: int = 250
    n_steps: int = 6
    most: int = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """The draws of one group.

    Attributes
    ----------
    kept : ndarray of float64, shape (C, T, Q)
        Draws of the last round alone; earlier rounds were its warm-up.
    convergence : Convergence
        Of the first quantity.
    converged : bool
        R-hat at most 1.01 and at least 400 effective draws.
    effort : int
        Length of the last round, in first rounds.
    divergent_share : float
        Share of trajectories of the last round that lost the energy.
    """

    kept: FloatArray
    convergence: Convergence
    converged: bool
    effort: int
    divergent_share: float


class Scaled(Target, Protocol):
    """A target some of whose coordinates are log τ_k, the rest being standard normal before the data are seen."""

    @property
    def scale_of(self) -> IntArray:
        """Which scale k each coordinate has, shape (D,): −1 for none, −2 − k for log τ_k itself."""
        ...


def settle(target: Scaled, start: FloatArray, *, n_rounds: int = 12) -> Mode:
    """Find the scales of highest marginal posterior density, with the mode of the rest given those scales.

    The joint mode over x and τ is no place to sample from: with many x = α/τ it takes a τ far too large, as that
    makes all of them small. Here the x are integrated out by Laplace's method inside an EM algorithm: with S the sum
    of E x² τ² over Q coordinates, the next u = τ² solves u² + (Q − 1) u = S, the mode under the half-normal(1) prior of
    τ in the coordinate log τ.

    Parameters
    ----------
    target : Scaled
        In its non-centred form.
    start : ndarray of float64, shape (G, D)
        Where to begin.
    n_rounds : int
        Rounds of EM; the draws do not depend on how near it comes, only their effectiveness does.

    Returns
    -------
    Mode
        With a root over all coordinates, scales included; the curvature is that of the rest given the scales.

    References
    ----------
    Dempster, Laird, Rubin (1977), J. R. Statist. Soc. B 39:1, section 4.5 (variance components).
    """
    kind = target.scale_of
    n_scales = int((kind < -1).sum())
    free = kind >= -1
    found = whiten(target, start, free=free)
    for _ in range(n_rounds if n_scales else 0):
        at = found.centre.copy()
        second = at**2 + (found.root**2).sum(axis=2)
        for k in range(n_scales):
            mine, where = kind == k, np.flatnonzero(kind == -2 - k)
            spare = float(mine.sum()) - 1.0
            total = second[:, mine].sum(axis=1) * np.exp(2 * at[:, where[0]])
            at[:, where[0]] = 0.5 * np.log((np.sqrt(spare**2 + 4 * total) - spare) / 2)
        found = whiten(target, at, free=free)
    return replace(found, root=_with_scales(target, found, kind)) if n_scales else found


def _with_scales(target: Scaled, found: Mode, kind: IntArray) -> FloatArray:
    """Return the root over all coordinates: the scales by themselves, the rest following them to first order.

    With v the variance of a coordinate that the data leave, log τ has the information 2 Σ (1 − v)² from the data and
    2 τ² from its prior; the mode of the rest moves with it by −H⁻¹ ∂²/∂x ∂log τ.
    """
    root = found.root.copy()
    covariance = found.root @ found.root.transpose(0, 2, 1)
    left = np.clip(np.diagonal(covariance, axis1=1, axis2=2), 0.0, 1.0)
    for k in range(int((kind < -1).sum())):
        where = int(np.flatnonzero(kind == -2 - k)[0])
        step = np.zeros(len(kind))
        step[where] = STEP
        slope = target(found.centre[:, None, :] + np.stack([step, -step]))[1]
        moves = np.einsum("gij,gj->gi", covariance, (slope[:, 0] - slope[:, 1]) / (2 * STEP))
        known = 2 * ((1 - left[:, kind == k]) ** 2).sum(axis=1) + 2 * np.exp(2 * found.centre[:, where])
        sd = 1 / np.sqrt(np.maximum(known, 1.0))
        root[:, :, where] = moves * sd[:, None]
        root[:, where, where] = sd
    return root


def whiten(
    density: Density, start: FloatArray, *, free: BoolArray | None = None, max_iter: int = 40, tol: float = 1e-3
) -> Mode:
    """Climb to the mode of each group by Newton's method, and take the curvature there.

    Directions in which the log density bends upwards count as bent down as much, and none less than
    `LEAST_CURVATURE`; steps are shortened until the density rises. A group that stops short of its mode is still
    whitened well enough to be sampled: convergence is judged on the draws, not here.

    Parameters
    ----------
    density : callable
        Positions (G, C, D) -> log density (G, C), gradient (G, C, D).
    start : ndarray of float64, shape (G, D)
        Where to begin.
    free : ndarray of bool, shape (D,), or None
        Coordinates to move; the others stay, with a variance of 0. None for all.
    max_iter : int
        Most steps.
    tol : float
        Length of the gradient, in standard deviations, at which a group is at its mode.

    Returns
    -------
    Mode
    """
    at = np.array(start, dtype=np.float64)
    moved = np.ones(at.shape[1], dtype=bool) if free is None else free
    every = np.arange(len(at))
    best, gradient, root, curvature = _bend(density, at, moved)
    for _ in range(max_iter):
        slope = np.einsum("gdk,gd->gk", root, gradient)
        open_ = np.sqrt((slope * slope).sum(axis=1)) >= tol
        if not open_.any():
            break
        step = np.einsum("gdk,gk->gd", root, slope)
        trial = at[:, None, :] + LENGTHS[None, :, None] * step[:, None, :]
        with np.errstate(over="ignore", invalid="ignore"):
            values = density(trial)[0]
        values = np.where(np.isfinite(values), values, -np.inf)
        pick = values.argmax(axis=1)
        rises = (values[every, pick] > best) & open_
        if not rises.any():
            break
        at = np.where(rises[:, None], trial[every, pick], at)
        best, gradient, root, curvature = _bend(density, at, moved)
    return _mode(at, best, gradient, root, curvature)


def _mode(at: FloatArray, best: FloatArray, gradient: FloatArray, root: FloatArray, curvature: FloatArray) -> Mode:
    slope = np.einsum("gdk,gd->gk", root, gradient)
    size = np.sqrt((slope * slope).sum(axis=1))
    return Mode(centre=at, root=root, curvature=curvature, log_density=best, gradient_size=size)


def _bend(
    density: Density, at: FloatArray, free: BoolArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return value (G,), gradient (G, D), a root of the inverse of the bounded curvature, and that (G, D, D).

    Rows and columns of coordinates that are not free are 0.
    """
    n_dims = at.shape[1]
    where = np.arange(n_dims) if free is None else np.flatnonzero(free)
    bend = np.empty((len(at), len(where), len(where)))
    for first in range(0, len(where), AT_ONCE):  # in parts: over hundreds of coordinates all would fill the memory
        shifts = STEP * np.eye(n_dims)[where[first : first + AT_ONCE]]
        slope = density(at[:, None, :] + np.concatenate([shifts, -shifts]))[1][..., where]
        bend[:, first : first + AT_ONCE] = -(slope[:, : len(shifts)] - slope[:, len(shifts) :]) / (2 * STEP)
    value, gradient = density(at[:, None, :])
    size, axes = np.linalg.eigh((bend + bend.transpose(0, 2, 1)) / 2)
    bounded = np.maximum(np.abs(size), LEAST_CURVATURE)
    root, curvature = np.zeros((len(at), n_dims, n_dims)), np.zeros((len(at), n_dims, n_dims))
    inside = np.ix_(np.arange(len(at)), where, where)
    root[inside] = axes / np.sqrt(bounded)[:, None, :]
    curvature[inside] = (axes * bounded[:, None, :]) @ axes.transpose(0, 2, 1)
    return value[:, 0], gradient[:, 0], root, curvature


def sample_until_converged(
    target: Target, frame: Frame, *, rngs: Sequence[np.random.Generator], effort: Effort
) -> list[Sampled]:
    """Sample all groups; go on, with twice the iterations each time, where chains do not agree yet.

    A round that did not converge is warm-up of the next, which aims at half the share of rejected trajectories (smaller
    steps, half as many again) so that a chain that is stuck in a narrow place comes loose.

    Parameters
    ----------
    target : Target
        Log density of the groups.
    frame : Frame
        Coordinates in which it is nearly a standard normal; chains start from one around its centre.
    rngs : sequence of G numpy.random.Generator
        One for each group.
    effort : Effort
        Chains and iterations.

    Returns
    -------
    list of Sampled
        One a group. `converged` is False where the effort ran out.
    """
    found: list[Sampled | None] = [None] * len(rngs)
    left = np.arange(len(rngs))
    before: HamiltonianDraws | None = None
    start = _starts(_moved(target, frame), rngs, (effort.n_chains, frame.centre.shape[1]))
    times, again = 1, 0
    while len(left):
        here, coordinates = target.take(left), frame.take(left)
        draws = sample_hamiltonian(
            _moved(here, coordinates),
            start,
            rngs=[rngs[int(g)] for g in left],
            n_warmup=effort.n_warmup,
            n_draws=effort.n_draws * times,
            n_steps=round(effort.n_steps * 1.5**again),
            keep=_kept(here, coordinates),
            target_accept=1.0 - 0.1 * 0.5**again,
            step_size=None if before is None else before.step_size,
            scale=None if before is None else before.scale,
        )
        open_ = []
        for at, g in enumerate(left):
            one = _sampled(draws, at, times)
            found[g] = one
            if not one.converged and 2 * times <= effort.most:
                open_.append(at)
        before = _rows(draws, np.asarray(open_, dtype=np.int64))
        start, left = before.positions, left[open_]
        times, again = 2 * times, again + 1
    return [one for one in found if one is not None]


def _starts(density: Density, rngs: Sequence[np.random.Generator], shape: tuple[int, int]) -> FloatArray:
    """Draw standard normal starts, those in places far too unlikely moved halfway to the centre until they are not.

    A chain that starts where the density falls off a cliff would need steps so small that it never leaves.
    """
    start = np.stack([rng.standard_normal(shape) for rng in rngs])
    least = density(np.zeros((len(rngs), 1, shape[1])))[0] - 2.0 * shape[1] - 20.0
    for _ in range(10):
        with np.errstate(over="ignore", invalid="ignore"):
            value = density(start)[0]
        far = ~(value >= least)
        if not far.any():
            break
        start = np.where(far[:, :, None], start / 2, start)
    return start


def _moved(target: Target, frame: Frame) -> Density:
    def density(white: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, gradient = target(frame.positions(white))
        return value, gradient @ frame.root

    return density


def _kept(target: Target, frame: Frame) -> Callable[[FloatArray], FloatArray]:
    return lambda white: target.keep(frame.positions(white))


def _sampled(draws: HamiltonianDraws, at: int, times: int) -> Sampled:
    kept = draws.kept[at]
    verdict = diagnose(kept[:, :, 0])
    return Sampled(
        kept=kept,
        convergence=verdict,
        converged=verdict.r_hat <= LARGEST_R_HAT and verdict.ess >= LEAST_EFFECTIVE,
        effort=times,
        divergent_share=float(draws.n_divergent[at]) / (kept.shape[0] * kept.shape[1]),
    )


def _rows(draws: HamiltonianDraws, rows: IntArray) -> HamiltonianDraws:
    return HamiltonianDraws(
        kept=draws.kept[rows, :, :0],
        positions=draws.positions[rows],
        step_size=draws.step_size[rows],
        scale=draws.scale[rows],
        accept_prob=draws.accept_prob[rows],
        n_divergent=draws.n_divergent[rows],
    )
