"""Jumps between positions of latent classes that trajectories rarely make: labels change places, idle classes restart.

The likelihood does not know the labels of the classes, but breaking a stick does, so chains that hold the same classes
in another order explore them at other speeds. Exchanging two classes costs no likelihood. And a class that nearly
nobody belongs to wanders through a wide prior; drawn afresh from it, it comes by every place where it could grow.

Both are Metropolis steps for the density of `latent_class.log_posterior`.
Letters: G groups, C chains, B = G * C, J lists, K classes; nu shares, E_k = exp(y_k), r_k what is left of the stick
before class k.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.latent_class import ClassDensity, ClassPrior, draw_logits

FloatArray = NDArray[np.float64]
N_RESTARTS = 4  # a trajectory; each costs one evaluation of the density
LEAST = -1e5  # logarithm of a share below this is a stick of no length


class ClassMoves:
    """Exchanges of labels, and restarts from the prior, for `sample_hamiltonian`."""

    def __init__(
        self, density: ClassDensity, n_lists: int, n_classes: int, prior: ClassPrior, n_restarts: int = N_RESTARTS
    ) -> None:
        self.density, self.n_lists, self.n_classes, self.prior = density, n_lists, n_classes, prior
        self.n_restarts, self.n_exchanges = n_restarts, n_classes

    def __call__(self, positions: FloatArray, value: FloatArray, rngs: Sequence[np.random.Generator]) -> FloatArray:
        """Return the positions (G, C, D) after restarts and exchanges; `value` is their log density (G, C)."""
        if self.n_classes < 2:
            return positions
        for _ in range(self.n_restarts):
            positions, value = self._restarted(positions, value, rngs)
        return self._exchanged(positions, rngs)

    def _restarted(
        self, positions: FloatArray, value: FloatArray, rngs: Sequence[np.random.Generator]
    ) -> tuple[FloatArray, FloatArray]:
        """Propose all capture probabilities of one class, picked at random, afresh from the prior.

        With a proposal from the prior, the ratio of Metropolis and Hastings is that of the likelihoods.
        """
        n_groups, n_chains, _ = positions.shape
        n_lists, n_classes = self.n_lists, self.n_classes
        proposed = positions.copy()
        logits = proposed[:, :, : n_lists * n_classes].reshape(n_groups, n_chains, n_lists, n_classes)
        new = np.empty((n_groups, n_chains, n_lists))
        old = np.empty_like(new)
        luck = np.empty((n_groups, n_chains))
        every = np.arange(n_chains)
        for g, rng in enumerate(rngs):
            which = rng.integers(n_classes, size=n_chains)
            old[g] = logits[g, every, :, which]
            new[g] = draw_logits(self.prior, (n_chains, n_lists), rng)
            logits[g, every, :, which] = new[g]
            luck[g] = rng.random(n_chains)
        proposed[:, :, : n_lists * n_classes] = logits.reshape(n_groups, n_chains, -1)
        after = self.density(proposed)[0]
        gain = (after - self._log_prior(new)) - (value - self._log_prior(old))
        taken = np.log(luck) < gain
        return np.where(taken[:, :, None], proposed, positions), np.where(taken, after, value)

    def _log_prior(self, logits: FloatArray) -> FloatArray:
        a, b = self.prior.a, self.prior.b
        return np.asarray((-(a + b) * np.logaddexp(0.0, -logits) - b * logits).sum(axis=2), dtype=np.float64)

    def _exchanged(self, positions: FloatArray, rngs: Sequence[np.random.Generator]) -> FloatArray:
        """Propose exchanges of two classes, picked at random, with all they have."""
        _, n_chains, n_dims = positions.shape
        n_lists, n_classes = self.n_lists, self.n_classes
        n_logits = n_lists * n_classes
        firsts, seconds, luck = (
            np.concatenate(parts)
            for parts in zip(*(_picks(rng, n_chains, n_classes, self.n_exchanges) for rng in rngs), strict=True)
        )
        at = positions.reshape(-1, n_dims)
        every = np.arange(len(at))
        log_shares = log_shares_of(at[:, n_logits:])
        order = np.tile(np.arange(n_classes), (len(at), 1))
        density = self._log_density(log_shares)
        for i in range(self.n_exchanges):
            first, second = firsts[:, i], seconds[:, i]
            trial = log_shares.copy()
            trial[every, first], trial[every, second] = log_shares[every, second], log_shares[every, first]
            trial_density = self._log_density(trial)
            taken = np.log(luck[:, i]) < trial_density - density
            log_shares = np.where(taken[:, None], trial, log_shares)
            density = np.where(taken, trial_density, density)
            swapped = order.copy()
            swapped[every, first], swapped[every, second] = order[every, second], order[every, first]
            order = np.where(taken[:, None], swapped, order)
        moved = (order != np.arange(n_classes)).any(axis=1)
        out = at.copy()
        logits = at[:, :n_logits].reshape(-1, n_lists, n_classes)
        turned = np.take_along_axis(logits, order[:, None, :], axis=2).reshape(len(at), -1)
        out[moved, :n_logits] = turned[moved]
        out[moved, n_logits:] = sticks_of(log_shares[moved])
        return out.reshape(positions.shape)

    def _log_density(self, log_shares: FloatArray) -> FloatArray:
        """Return the log density of the shares nu_1 … nu_{K-1} with alpha integrated out, (B,).

        p(nu | alpha) = alpha**(K-1) nu_K**(alpha-1) / prod_{k<K} r_k; integrated over alpha ~ Gamma(A, rate) with
        T = -log nu_K that is exp(T) / (rate + T)**(A + K - 1) / prod r_k.
        """
        left = _left(log_shares)
        total = -log_shares[:, -1]
        power = self.prior.alpha_shape + self.n_classes - 1
        return np.asarray(
            total - power * np.log(self.prior.alpha_rate + total) - left[:, :-1].sum(axis=1), dtype=np.float64
        )


def _picks(
    rng: np.random.Generator, n_chains: int, n_classes: int, n_times: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Return pairs of different classes and uniform numbers, each (C, times)."""
    first = rng.integers(n_classes, size=(n_chains, n_times))
    second = (first + rng.integers(1, n_classes, size=(n_chains, n_times))) % n_classes
    return first, second, rng.random((n_chains, n_times))


def log_shares_of(sticks: FloatArray) -> FloatArray:
    """Return log nu (B, K) of y (B, K - 1), not below `LEAST` a class."""
    rates = np.exp(np.minimum(sticks, 300.0))
    left = np.zeros((len(sticks), sticks.shape[1] + 1))
    left[:, 1:] = -np.cumsum(rates, axis=1)
    with np.errstate(divide="ignore"):
        left[:, :-1] += np.where(sticks < -36.0, sticks, np.log(-np.expm1(-rates)))
    return np.asarray(left, dtype=np.float64)


def sticks_of(log_shares: FloatArray) -> FloatArray:
    """Return y (B, K - 1) of log nu (B, K): the inverse of `log_shares_of`."""
    left = _left(log_shares)
    log_broken = log_shares[:, :-1] - left[:, :-1]  # log V
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        # -log(1 - V): from V where it is small, from what is left of the stick where V is nearly all of it.
        small = -np.log1p(-np.exp(np.minimum(log_broken, -0.5)))
        rates = np.where(log_broken < -0.5, small, left[:, :-1] - left[:, 1:])
        return np.asarray(np.where(log_broken < -36.0, log_broken, np.log(rates)), dtype=np.float64)


def _left(log_shares: FloatArray) -> FloatArray:
    """Return log r (B, K): sums of the shares from each class on."""
    return np.asarray(np.logaddexp.accumulate(log_shares[:, ::-1], axis=1)[:, ::-1], dtype=np.float64)
