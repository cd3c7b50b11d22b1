"""Adapters through which `sbc` calibrates the engines, and the faults that it must find in each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Literal
from unittest import mock

import numpy as np
from sbc import QUANTITIES, Simulated
from scipy.special import logsumexp

from uncounted.estimation.kernels import shrinkage
from uncounted.estimation.kernels.chordal import clique_coefficients, graph_as_model
from uncounted.estimation.kernels.class_sampler import ClassEffort, fit_tables
from uncounted.estimation.kernels.decomposable import average_over_graphs, log_evidence
from uncounted.estimation.kernels.expansion_prior import calibrated_beta
from uncounted.estimation.kernels.hamiltonian import sample_hamiltonian
from uncounted.estimation.kernels.latent_class import ClassPrior, log_posterior, n_coordinates
from uncounted.estimation.kernels.shrinkage import ShrinkagePosterior, ShrinkagePrior
from uncounted.estimation.kernels.whitening import Effort

EFFORT = Effort(n_chains=8, n_warmup=150, n_draws=120, most=1)
CLASS_PRIOR = ClassPrior(a=0.6, b=1.8)
CLASS_EFFORT = ClassEffort(n_chains=8, n_warmup=100, n_draws=60, n_steps=30, most=1)
_DEFAULT = calibrated_beta(n_lists=3, expansion=(1.1, 10), n_classes=3, alpha_shape=0.25, alpha_rate=0.25)
DEFAULT_CLASS_PRIOR = ClassPrior(a=_DEFAULT.a, b=_DEFAULT.b)
_STEP = 1e-5


@dataclass(frozen=True, kw_only=True)
class BetaBinomial:
    """A conjugate toy whose posterior is known, to test the harness itself."""

    fault: Literal["", "other prior", "too narrow", "mean for draw"] = ""
    name: str = "beta-binomial"
    quantities: tuple[str, ...] = ("p", "log-likelihood")
    n: int = 25

    def simulate(self, n_sims, rng):
        p = rng.beta(2, 3, n_sims)
        y = rng.binomial(self.n, p)
        return Simulated(data=y, truths=np.stack([p, self._log_likelihood(y, p)], axis=1))

    def posterior(self, data, n_draws, rng):
        a, b = 2.0 + data[:, None], 3.0 + self.n - data[:, None]
        if self.fault == "other prior":
            a = a - 1
        if self.fault == "too narrow":
            a, b = 1.5 * a, 1.5 * b
        p = rng.beta(a, b, (len(data), n_draws))
        if self.fault == "mean for draw":
            p = np.broadcast_to(a / (a + b), p.shape)
        return np.stack([p, self._log_likelihood(data[:, None], p)], axis=2)

    def _log_likelihood(self, y, p):
        return y * np.log(p) + (self.n - y) * np.log1p(-p)


def listed_patterns(pi: np.ndarray, n_listed: int, rng: np.random.Generator) -> np.ndarray:
    """Draw people per pattern given the number listed; pi of all 2**J patterns, no list first, shape (S, 2**J)."""
    seen = pi[:, 1:] / pi[:, 1:].sum(axis=1, keepdims=True)
    return rng.multinomial(n_listed, seen)


def unlisted(pi_0: np.ndarray, n_listed: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the people on no list."""
    return rng.negative_binomial(n_listed, np.maximum(1 - pi_0, 1e-12))


def conditional_log_likelihood(counts: np.ndarray, pi: np.ndarray) -> np.ndarray:
    """Return sum n_m log(pi_m / (1 - pi_0)); empty patterns add nothing."""
    seen = np.maximum(pi[..., 1:], 1e-300)
    return (counts * np.log(seen)).sum(axis=-1) - counts.sum(axis=-1) * np.log(seen.sum(axis=-1))


@dataclass(frozen=True, kw_only=True)
class Graphs:
    """Decomposable graphs under the hyper-Dirichlet prior.

    n_0 comes from the kernel's exact posterior; given n_0 a graph is drawn by the kernel's evidence, and given both the
    probabilities from their conjugate law, list by list in an order in which earlier neighbours are all joined.
    """

    fault: Literal["", "flat prior of N", "short grid", "median for draw", "other delta"] = ""
    n_lists: int = 3
    n_listed: int = 200
    delta: float = 0.125
    name: str = "decomposable graphs"
    quantities: tuple[str, ...] = QUANTITIES

    def simulate(self, n_sims, rng):
        orders = _orders(self.n_lists)
        nothing = np.zeros((1, 2**self.n_lists))
        graph = rng.integers(len(orders), size=n_sims)
        pi = np.concatenate([draw_hyper_dirichlet(orders[g], nothing, self.delta, rng) for g in graph])
        counts = listed_patterns(pi, self.n_listed, rng)
        n_0 = unlisted(pi[:, 0], self.n_listed, rng)
        value = conditional_log_likelihood(counts, pi)
        return Simulated(data=counts, truths=quantities(n_0, pi[:, 0], value, self.n_listed))

    def posterior(self, data, n_draws, rng):
        return np.stack([self._one(counts, n_draws, rng) for counts in data])

    def _one(self, counts, n_draws, rng):
        delta = 2 * self.delta if self.fault == "other delta" else self.delta
        n_0 = np.floor(self._unlisted(counts, delta, n_draws, rng))
        graph = _pick(log_evidence(counts, n_0, delta=delta), rng)
        cells = np.concatenate([n_0[:, None], np.broadcast_to(counts, (n_draws, len(counts)))], axis=1)
        pi = np.empty_like(cells)
        for g, order in enumerate(_orders(self.n_lists)):
            if (graph == g).any():
                pi[graph == g] = draw_hyper_dirichlet(order, cells[graph == g], delta, rng)
        return quantities(n_0, pi[:, 0], conditional_log_likelihood(counts, pi), self.n_listed)

    def _unlisted(self, counts, delta, n_draws, rng):
        found = average_over_graphs(counts, delta=delta, probabilities=False)
        if self.fault == "median for draw":
            return np.full(n_draws, found.quantile(np.array([0.5]))[0])
        if not self.fault or self.fault == "other delta":
            return found.quantile(rng.random(n_draws) * (1 - found.tail))
        # Faults in the law of n_0: N uniform instead of 1/N, or a grid that ends (as one given by hand may).
        n_total = self.n_listed + (found.low + found.high) / 2
        weight = n_total if self.fault == "flat prior of N" else n_total <= 3 * self.n_listed
        mass = found.mass * weight
        return found.low[rng.choice(len(mass), size=n_draws, p=mass / mass.sum())]


def _pick(log_weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a row for each column of log weights."""
    weight = np.exp(log_weight - logsumexp(log_weight, axis=0))
    return (np.cumsum(weight, axis=0) < rng.random(weight.shape[1])).sum(axis=0).clip(max=len(weight) - 1)


def _orders(n_lists: int) -> tuple[tuple[tuple[int, tuple[int, ...]], ...], ...]:
    """Return, for each graph of `clique_coefficients`, lists in a perfect order, each with its earlier neighbours."""
    return tuple(_perfect_order(graph_as_model(row), n_lists) for row in clique_coefficients(n_lists))


def _perfect_order(complete: np.ndarray, n_lists: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Search all orders for one in which the earlier neighbours of every list are joined to one another."""

    def code(lists):
        return sum(1 << (n_lists - 1 - j) for j in lists)

    for order in itertools.permutations(range(n_lists)):
        steps = tuple((j, tuple(sorted(i for i in order[:at] if complete[code((i, j))]))) for at, j in enumerate(order))
        if all(complete[code((j, *earlier))] for j, earlier in steps):
            return steps
    msg = "the graph is not decomposable"
    raise AssertionError(msg)


def draw_hyper_dirichlet(order, cells: np.ndarray, delta: float, rng: np.random.Generator) -> np.ndarray:
    """Draw probabilities of all 2**J patterns given people per pattern (D, 2**J), by the law of each list in turn."""
    n_lists = len(order)
    pattern = (np.arange(2**n_lists)[:, None] >> np.arange(n_lists - 1, -1, -1)) & 1
    pi = np.ones(cells.shape)
    for j, earlier in order:
        for state in itertools.product((0, 1), repeat=len(earlier)):
            here = (pattern[:, list(earlier)] == state).all(axis=1) if earlier else np.ones(2**n_lists, dtype=bool)
            on, off = here & (pattern[:, j] == 1), here & (pattern[:, j] == 0)
            # Two gammas, in logarithms by way of Gamma(a) = Gamma(a + 1) U^(1/a): nearly empty cells keep their odds.
            logs = [
                np.log(rng.standard_gamma(cells[:, side].sum(axis=1) + delta * side.sum() + 1))
                + np.log(rng.random(len(cells))) / (cells[:, side].sum(axis=1) + delta * side.sum())
                for side in (on, off)
            ]
            total = np.logaddexp(*logs)
            for side, log_weight in zip((on, off), logs, strict=True):
                pi[:, side] *= np.exp(log_weight - total)[:, None]
    return pi


def spread_out(kept: np.ndarray, n_draws: int) -> np.ndarray:
    """Take draws far apart out of chains of each table, (S, C, T, Q) to (S, n_draws, Q)."""
    mixed = kept.transpose(0, 2, 1, 3).reshape(len(kept), -1, kept.shape[-1])
    return mixed[:, np.linspace(0, mixed.shape[1] - 1, n_draws).round().astype(int)]


def with_unlisted(
    pi_0: np.ndarray, log_likelihood: np.ndarray, n_listed: int, rng: np.random.Generator, *, mean: bool
) -> np.ndarray:
    """Add a draw of n_0 to draws of pi_0 and the log likelihood; last axis Q."""
    n_0 = n_listed * pi_0 / (1 - pi_0) if mean else unlisted(pi_0, n_listed, rng)
    return quantities(n_0, pi_0, log_likelihood, n_listed)


def quantities(n_0: np.ndarray, pi_0: np.ndarray, log_likelihood: np.ndarray, n_listed: int) -> np.ndarray:
    """Return `QUANTITIES` along a new last axis."""
    log_n = np.log(n_listed + n_0)
    given = log_n + np.log1p(-np.minimum(pi_0, 1 - 1e-12)) - np.log(n_listed)
    # Rounded, so that a mean in place of a draw is the same number every time.
    return np.stack([log_n, pi_0, log_likelihood, np.round(given, 9)], axis=-1)


class RecordingPosterior(ShrinkagePosterior):
    """The engine's density, which also keeps the log likelihood of its draws."""

    def keep(self, positions):
        eta = self.coefficients(positions) @ self.model.design.T
        value = (eta * self.counts[:, None, :]).sum(axis=-1) - self._totals[:, None] * logsumexp(eta, axis=-1)
        return np.concatenate([super().keep(positions), value[..., None]], axis=-1)


class WithoutNormaliser(RecordingPosterior):
    """A fault: pi_m in place of pi_m / (1 - pi_0), as if being listed were no condition."""

    def __call__(self, positions):
        value, gradient = super().__call__(positions)
        moved = positions[..., None, :] + _STEP * np.concatenate([np.eye(self.n_dims), -np.eye(self.n_dims)])
        log_seen = -np.logaddexp(0.0, self.log_odds_unlisted(moved.reshape(len(moved), -1, self.n_dims)))
        ahead, behind = np.split(log_seen.reshape(moved.shape[:-1]), 2, axis=-1)
        n = self._totals[:, None]
        value = value - n * np.logaddexp(0.0, self.log_odds_unlisted(positions))
        return value, gradient + n[..., None] * (ahead - behind) / (2 * _STEP)


class WithoutJacobian(RecordingPosterior):
    """A fault: the density of tau taken for that of log tau."""

    def __call__(self, positions):
        value, gradient = super().__call__(positions)
        gradient[..., self._tau] -= 1.0
        # The prior of log tau would not be proper; it ends at -4, softly enough for a gradient.
        log_tau = positions[..., self._tau]
        beyond = np.minimum(log_tau + 4.0, 0.0)
        gradient[..., self._tau] -= 4.0 * beyond
        return value - (log_tau + 2.0 * beyond**2).sum(axis=-1), gradient


@dataclass(frozen=True, kw_only=True)
class ShrunkenInteractions:
    """Log-linear models whose interactions are shrunk, through the kernel's own sampling."""

    fault: Literal["", "no normaliser", "no Jacobian", "other prior", "mean for draw"] = ""
    n_lists: int = 3
    n_listed: int = 150
    shape: Literal["normal", "horseshoe"] = "normal"
    effort: Effort = EFFORT
    name: str = "shrunken interactions"
    quantities: tuple[str, ...] = QUANTITIES

    def simulate(self, n_sims, rng):
        """Draw as the docstring of the kernel has it, not by its functions."""
        j, prior = self.n_lists, ShrinkagePrior(shape=self.shape)
        pattern = (np.arange(2**j)[:, None] >> np.arange(j - 1, -1, -1)) & 1
        level = prior.level_mean - np.log(j) + prior.level_sd * rng.standard_normal((n_sims, 1))
        main = level + prior.list_sd * rng.standard_normal((n_sims, j))
        eta = main @ pattern.T
        tau = np.abs(rng.standard_normal((n_sims, j)))
        for size in range(2, j):
            for lists in itertools.combinations(range(j), size):
                sd = tau[:, size] * prior.scale / 2 ** (size - 2)
                if self.shape == "horseshoe":
                    free = sd * np.abs(rng.standard_cauchy(n_sims))
                    sd = 1 / np.sqrt((prior.slab / 2 ** (size - 2)) ** -2.0 + free**-2.0)
                eta += np.outer(sd * rng.standard_normal(n_sims), pattern[:, list(lists)].all(axis=1))
        pi = np.exp(eta - logsumexp(eta, axis=1, keepdims=True))
        counts = listed_patterns(pi, self.n_listed, rng)
        value = conditional_log_likelihood(counts, pi)
        return Simulated(data=counts, truths=with_unlisted(pi[:, 0], value, self.n_listed, rng, mean=False))

    def posterior(self, data, n_draws, rng):
        density = {"no normaliser": WithoutNormaliser, "no Jacobian": WithoutJacobian}.get(
            self.fault, RecordingPosterior
        )
        with mock.patch.object(shrinkage, "ShrinkagePosterior", density):
            sampled = shrinkage.sample_shrinkage(
                data,
                shrinkage.terms(self.n_lists, self.n_lists - 1),
                ShrinkagePrior(shape=self.shape, scale=2.5 if self.fault == "other prior" else 1.0),
                rngs=rng.spawn(len(data)),
                effort=self.effort,
            )
        kept = spread_out(np.stack([one.kept for one in sampled]), n_draws)
        pi_0 = 1 / (1 + np.exp(-kept[..., 1]))
        return with_unlisted(pi_0, kept[..., -1], self.n_listed, rng, mean=self.fault == "mean for draw")


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Latent classes: the kernel's density, sampled by the Hamiltonian kernel."""

    fault: Literal["", "no normaliser", "other prior", "mean for draw"] = ""
    n_lists: int = 3
    n_classes: int = 3
    n_listed: int = 150
    prior: ClassPrior = CLASS_PRIOR
    n_warmup: int = 400
    n_kept: int = 250
    n_chains: int = 8
    name: str = "latent classes"
    quantities: tuple[str, ...] = QUANTITIES

    def simulate(self, n_sims, rng):
        """Break sticks as the model is written."""
        p, k = self.prior, self.n_classes
        alpha = np.maximum(rng.gamma(p.alpha_shape, 1 / p.alpha_rate, n_sims), 1e-250)
        rates = rng.standard_exponential((n_sims, k - 1)) / alpha[:, None]  # -log(1 - V), V ~ Beta(1, alpha)
        listed = rng.beta(p.a, p.b, (n_sims, self.n_lists, k))
        pi = self._patterns(rates, listed, 1 - listed)
        counts = listed_patterns(pi, self.n_listed, rng)
        value = conditional_log_likelihood(counts, pi)
        return Simulated(data=counts, truths=with_unlisted(pi[:, 0], value, self.n_listed, rng, mean=False))

    def posterior(self, data, n_draws, rng):
        prior = replace(self.prior, b=self.prior.b + 1) if self.fault == "other prior" else self.prior
        density = log_posterior(data, self.n_lists, self.n_classes, prior)
        if self.fault == "no normaliser":
            density.n = np.zeros_like(density.n)
        n_logits = self.n_lists * self.n_classes

        def keep(positions):
            at = positions.reshape(-1, positions.shape[-1])
            logits = at[:, :n_logits].reshape(-1, self.n_lists, self.n_classes)
            rates = np.exp(np.clip(at[:, n_logits:], -600, 600))
            pi = self._patterns(rates, 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(logits)))
            pi = pi.reshape(*positions.shape[:2], -1)
            return np.stack([pi[..., 0], conditional_log_likelihood(data[:, None, :], pi)], axis=-1)

        start = rng.normal(0.0, 1.0, (len(data), self.n_chains, n_coordinates(self.n_lists, self.n_classes)))
        draws = sample_hamiltonian(
            density,
            start,
            rngs=rng.spawn(len(data)),
            n_warmup=self.n_warmup,
            n_draws=self.n_kept,
            n_steps=8,
            keep=keep,
        )
        kept = spread_out(draws.kept, n_draws)
        return with_unlisted(kept[..., 0], kept[..., 1], self.n_listed, rng, mean=self.fault == "mean for draw")

    def _patterns(self, rates, listed, missed):
        """Return pi of all patterns, (S, 2**J), by the definition."""
        left = np.exp(-np.concatenate([np.zeros((len(rates), 1)), np.cumsum(rates, axis=1)], axis=1))
        shares = left * np.concatenate([-np.expm1(-rates), np.ones((len(rates), 1))], axis=1)
        columns = [
            (shares * np.prod([listed[:, j] if on else missed[:, j] for j, on in enumerate(w)], axis=0)).sum(axis=1)
            for w in itertools.product((0, 1), repeat=self.n_lists)
        ]
        return np.stack(columns, axis=1)


@dataclass(frozen=True, kw_only=True)
class SampledClasses(Classes):
    """Latent classes through the sampler that the estimator uses, under its default prior for three lists.

    The sampler hands out people on no list alone, so there is one quantity.
    """

    fault: Literal["", "other prior"] = ""
    prior: ClassPrior = DEFAULT_CLASS_PRIOR
    effort: ClassEffort = CLASS_EFFORT
    name: str = "latent classes, the estimator's sampler"
    quantities: tuple[str, ...] = ("log N",)

    def simulate(self, n_sims, rng):
        made = super().simulate(n_sims, rng)
        return Simulated(data=made.data, truths=made.truths[:, :1])

    def posterior(self, data, n_draws, rng):
        prior = ClassPrior(a=1.0, b=1.0) if self.fault == "other prior" else self.prior
        found = fit_tables(
            data,
            n_lists=self.n_lists,
            n_classes=self.n_classes,
            prior=prior,
            rngs=rng.spawn(len(data)),
            effort=self.effort,
        )
        unlisted_draws = np.stack([one.unlisted for one in found])[..., None]
        return np.log(self.n_listed + spread_out(unlisted_draws, n_draws))
