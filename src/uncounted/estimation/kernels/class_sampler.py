"""Sampling latent classes for many tables at once: from the prior, through a cooling likelihood, until chains agree.

Chains start from draws of the prior and are led to the posterior while the likelihood is switched on by degrees
(annealing): so they start far apart, and yet do not get caught where no posterior mass is. Started from anywhere, the
share of effective draws on Kosovo is .04; after annealing it is .67.

Letters: G groups (tables), C chains, T draws, J lists, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.class_moves import ClassMoves
from uncounted.estimation.kernels.convergence import Convergence, diagnose
from uncounted.estimation.kernels.hamiltonian import HamiltonianDraws, Keep, sample_hamiltonian
from uncounted.estimation.kernels.latent_class import (
    MOST_LISTS_IN_PRODUCTS,
    Classes,
    ClassPrior,
    draw_prior,
    draw_unlisted,
    log_posterior,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[int, int], None]

LARGEST_R_HAT = 1.01  # Vehtari and others (2021), section 4.1
LEAST_EFFECTIVE = 400.0
FIRST_PEOPLE = 8.0  # the annealing goes from a likelihood of that many people to the whole one, evenly in logs
ANNEAL_DRAWS, ANNEAL_STEPS = 20, 32  # trajectories a stage, and their mean number of steps
CHAINS_AT_ONCE = 512
REACHED = 0.05  # chance of being on any list from which people count as reached (Johndrow and others 2019)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassEffort:
    """How much to sample.

    Attributes
    ----------
    n_chains, n_warmup, n_draws : int
        Chains, and trajectories of each: thrown away, and kept.
    n_steps : int
        Mean number of leapfrog steps of a trajectory.
    n_stages : int
        Stages of the annealing.
    most : int
        Largest number of times `n_draws` is drawn in a round; rounds are 1, 2, 4 … times, each a warm-up of the next.
    """

    n_chains: int = 16
    n_warmup: int = 120
    n_draws: int = 200
    n_steps: int = 100
    n_stages: int = 10
    most: int = 4

    def __post_init__(self) -> None:
        if (
            self.n_chains < 2
            or self.n_draws < 4
            or self.n_warmup < 1
            or min(self.n_steps, self.n_stages, self.most) < 1
        ):
            raise ValueError(f"there must be 2 chains, 4 draws, and 1 of everything else at the least; found {self}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassDraws:
    """Draws of one table.

    Attributes
    ----------
    unlisted : ndarray of float64, shape (C, T)
        People on no list.
    reachable : ndarray of float64, shape (C, T)
        Share of the people who belong to classes with a chance of at least `REACHED` of being on any list.
    convergence : Convergence
        Of log(n + unlisted).
    converged : bool
        R-hat and effective draws are as they should be.
    effort : int
        Times the planned draws in all rounds together.
    divergent_share : float
        Share of the trajectories of the last round that lost the energy.
    last : Last
        Where to go on from.
    """

    unlisted: FloatArray
    reachable: FloatArray
    convergence: Convergence
    converged: bool
    effort: int
    divergent_share: float
    last: Last


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Last:
    """Where chains of one table ended: positions (C, D), step size, and scale (D,)."""

    positions: FloatArray
    step_size: float
    scale: FloatArray


def fit_tables(
    counts: IntArray,
    *,
    n_lists: int,
    n_classes: int,
    prior: ClassPrior,
    rngs: Sequence[np.random.Generator],
    effort: ClassEffort | None = None,
    start: Sequence[Last] | None = None,
    progress: Progress | None = None,
) -> list[ClassDraws]:
    """Sample the posterior of every table until its chains agree, or the effort is spent.

    Parameters
    ----------
    counts : ndarray of int64, shape (G, 2**J - 1)
        People per table and pattern, somebody in each table.
    n_lists, n_classes : int
        J and K.
    prior : ClassPrior
    rngs : sequence of G numpy.random.Generator
        One for each table: what a table gets does not depend on the others.
    effort : ClassEffort or None
        None for the default.
    start : sequence of G Last, or None
        Where chains start, from an earlier fit of nearly the same posterior, with as many chains; None: the prior.
    progress : callable or None
        Told (tables done, tables in all).

    Returns
    -------
    list of ClassDraws
        One a table.

    Raises
    ------
    ValueError
        For counts of the wrong shape, an empty table, or other numbers of generators or starts than tables.
    """
    plan = effort if effort is not None else ClassEffort()
    counts = np.asarray(counts, dtype=np.int64)
    if len(rngs) != len(counts) or (start is not None and len(start) != len(counts)):
        raise ValueError(f"one generator (and start) is needed for each of {len(counts)} tables")
    if not counts.any(axis=1).all():
        raise ValueError("a table without people has no posterior")
    _keep_memory()
    # In logarithms only the patterns observed by any table of a batch are looked at, so a batch is one table.
    at_once = max(1, CHAINS_AT_ONCE // plan.n_chains) if n_lists <= MOST_LISTS_IN_PRODUCTS else 1
    found: list[ClassDraws] = []
    for first in range(0, len(counts), at_once):
        part = slice(first, first + at_once)
        batch = _Batch(counts=counts[part], n_lists=n_lists, n_classes=n_classes, prior=prior, rngs=rngs[part])
        found += _until_converged(batch, plan, None if start is None else start[part])
        if progress is not None:
            progress(len(found), len(counts))
    return found


def _keep_memory() -> None:
    """Let glibc keep freed memory: it returns large blocks at every free until it has seen a larger one freed.

    Without this every evaluation of a gradient fetches its temporaries anew from the system, which doubles its time.
    """
    del_me = np.empty(1 << 21)
    del del_me


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Batch:
    """Tables that are sampled in lockstep."""

    counts: IntArray
    n_lists: int
    n_classes: int
    prior: ClassPrior
    rngs: Sequence[np.random.Generator]

    def take(self, rows: list[int]) -> _Batch:
        return _Batch(
            counts=self.counts[rows],
            n_lists=self.n_lists,
            n_classes=self.n_classes,
            prior=self.prior,
            rngs=[self.rngs[g] for g in rows],
        )

    def keep(self) -> Keep:
        """Return what is kept of positions: people on no list, and the share of people who are reached."""
        listed = [int(n) for n in self.counts.sum(axis=1)]

        def keep(positions: FloatArray) -> FloatArray:
            classes = Classes(positions, self.n_lists, self.n_classes)
            seen = np.maximum((classes.shares * classes.seen_prob).sum(axis=1), 1e-280).reshape(classes.shape)
            missed = (classes.shares * classes.missed.prod(axis=0)).sum(axis=1).reshape(classes.shape)
            unlisted = [
                draw_unlisted(n, odds, rng=rng) for n, odds, rng in zip(listed, missed / seen, self.rngs, strict=True)
            ]
            reached = (classes.shares * (classes.seen_prob >= REACHED)).sum(axis=1).reshape(classes.shape)
            return np.stack([np.stack(unlisted), reached], axis=2)

        return keep

    def sample(self, start: FloatArray, heat: FloatArray | float = 1.0, **how: object) -> HamiltonianDraws:
        density = log_posterior(self.counts, self.n_lists, self.n_classes, self.prior, heat)
        return sample_hamiltonian(
            density,
            start,
            rngs=self.rngs,
            keep=self.keep(),
            gradient=density.gradient,
            move=ClassMoves(density, self.n_lists, self.n_classes, self.prior),
            **how,  # type: ignore[arg-type]
        )


def _until_converged(batch: _Batch, plan: ClassEffort, start: Sequence[Last] | None) -> list[ClassDraws]:
    """Sample in rounds of 1, 2, 4 … times the draws; only tables that have not converged go on."""
    found: dict[int, ClassDraws] = {}
    left = list(range(len(batch.counts)))
    here = _annealed(batch, plan) if start is None else list(start)
    times, spent = 1, 0
    while left:
        now = batch.take(left)
        draws = now.sample(
            np.stack([one.positions for one in here]),
            n_warmup=plan.n_warmup,
            n_draws=plan.n_draws * times,
            n_steps=plan.n_steps,
            step_size=np.asarray([one.step_size for one in here]),
            scale=np.stack([one.scale for one in here]),
        )
        spent += times
        for at, g in enumerate(left):
            found[g] = _class_draws(draws, at, int(batch.counts[g].sum()), spent)
        times *= 2
        left = [g for g in left if not found[g].converged] if times <= plan.most else []
        here = [found[g].last for g in left]
    return [found[g] for g in range(len(found))]


def _annealed(batch: _Batch, plan: ClassEffort) -> list[Last]:
    """Draw starts from the prior and lead them to the posterior by degrees."""
    at = np.stack(
        [draw_prior(batch.n_lists, batch.n_classes, batch.prior, n_draws=plan.n_chains, rng=rng) for rng in batch.rngs]
    )
    first = np.minimum(FIRST_PEOPLE / batch.counts.sum(axis=1), 0.5)
    step = None
    for stage in range(plan.n_stages):
        draws = batch.sample(
            at,
            first ** (1 - stage / plan.n_stages),
            n_warmup=ANNEAL_DRAWS,
            n_draws=0,
            n_steps=ANNEAL_STEPS,
            step_size=step,
        )
        at, step = draws.positions, draws.step_size
    flat = np.ones(at.shape[2])
    return [Last(positions=at[g], step_size=float(draws.step_size[g]), scale=flat) for g in range(len(at))]


def _class_draws(draws: HamiltonianDraws, at: int, n_listed: int, spent: int) -> ClassDraws:
    unlisted, reachable = draws.kept[at, :, :, 0], draws.kept[at, :, :, 1]
    verdict = diagnose(np.log(n_listed + unlisted))
    return ClassDraws(
        unlisted=unlisted.copy(),
        reachable=reachable.copy(),
        convergence=verdict,
        converged=verdict.r_hat <= LARGEST_R_HAT and verdict.ess >= LEAST_EFFECTIVE,
        effort=spent,
        divergent_share=float(draws.n_divergent[at]) / unlisted.size,
        last=Last(
            positions=draws.positions[at].copy(), step_size=float(draws.step_size[at]), scale=draws.scale[at].copy()
        ),
    )
