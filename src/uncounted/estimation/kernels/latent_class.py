"""Latent classes with the total and everybody's class summed out: log posterior, its gradient, and the dark figure.

Everybody belongs to one of K hidden classes; within a class the lists are independent. With p(N) proportional to 1/N
the sum over N of the multinomial likelihood is the conditional one, so that what is left to sample is the shares of the
classes and the chances to be listed (Manrique-Vallier 2016, eq. 3-6, with N and the classes of people summed out):

    p(counts | nu, lambda) = prod over observed patterns m of (pi_m / (1 - pi_0)) ** n_m
    pi_m = sum_k nu_k prod_j lambda_jk ** w_mj (1 - lambda_jk) ** (1 - w_mj)
    n0 | nu, lambda  ~  negative binomial: misses before n successes of probability 1 - pi_0; there is no upper limit

Priors: lambda_jk ~ Beta(a, b); nu by breaking a stick, V_k ~ Beta(1, alpha), k < K; alpha ~ Gamma(shape, rate).

Coordinates, all on the whole line: the logit of lambda, list by list; and y_k = log(-log(1 - V_k)). Given alpha the
E_k = exp(y_k) are exponential with rate alpha, so alpha can be integrated out as well:

    p(y) is proportional to exp(sum y_k) / (rate + sum exp(y_k)) ** (shape + K - 1)

which leaves no funnel between a small alpha and the sticks.

Letters: G groups (tables), C chains, B = G * C, J lists, K classes, D = J K + K - 1 coordinates, M patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_LISTS_IN_PRODUCTS = 6  # up to 2 ** 6 patterns are all evaluated; beyond it the observed ones alone
TINY = 1e-300
MOST_POISSON = 1e12
FARTHEST = 690.0  # largest exponent: exp(690) is still finite


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPrior:
    """Priors of the classes.

    Attributes
    ----------
    a, b : float
        lambda_jk ~ Beta(a, b): a counts for "listed", b for "missed".
    alpha_shape, alpha_rate : float
        alpha ~ Gamma(shape, rate).
    """

    a: float = 1.0
    b: float = 1.0
    alpha_shape: float = 0.25
    alpha_rate: float = 0.25


class ClassDensity(Protocol):
    """Log posterior of the coordinates of many chains of many tables."""

    n: FloatArray

    def __call__(self, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log posterior (G, C), up to a constant, and its gradient (G, C, D) at positions (G, C, D)."""
        ...

    def gradient(self, positions: FloatArray) -> FloatArray:
        """Return the gradient alone, (G, C, D)."""
        ...


def n_coordinates(n_lists: int, n_classes: int) -> int:
    """Return the number of coordinates of a position."""
    return n_lists * n_classes + n_classes - 1


def log_posterior(
    counts: IntArray, n_lists: int, n_classes: int, prior: ClassPrior, heat: float | FloatArray = 1.0
) -> ClassDensity:
    """Return the log posterior of tables with the same lists.

    Parameters
    ----------
    counts : ndarray of int64, shape (G, 2**J - 1)
        People per table and pattern, in `CaptureTable` order.
    n_lists, n_classes : int
        J and K.
    prior : ClassPrior
    heat : float or ndarray of float64, shape (G,)
        Power of the likelihood, in [0, 1]: 0 is the prior.

    Returns
    -------
    ClassDensity
        Products over all patterns up to `MOST_LISTS_IN_PRODUCTS` lists; beyond it logarithms over those that any table
        has observed.

    Raises
    ------
    ValueError
        For counts of the wrong shape, fewer than 2 lists or no class.
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] != 2**n_lists - 1 or n_lists < 2 or n_classes < 1:
        raise ValueError(
            f"counts must have the shape (G, 2**J - 1) with J >= 2, K >= 1; found {counts.shape}, J = {n_lists}, "
            f"K = {n_classes}"
        )
    form = ProductForm if n_lists <= MOST_LISTS_IN_PRODUCTS else LogForm
    return form(counts, n_lists, n_classes, prior, heat)


class _Posterior:
    """What both forms share: coordinates, priors, and the way back from classes to coordinates."""

    def __init__(
        self, counts: IntArray, n_lists: int, n_classes: int, prior: ClassPrior, heat: float | FloatArray
    ) -> None:
        self.n_lists, self.n_classes, self.prior = n_lists, n_classes, prior
        self.counts = np.asarray(counts, dtype=np.float64) * np.reshape(heat, (-1, 1))
        self.n = self.counts.sum(axis=1)

    def __call__(self, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log posterior (G, C) and its gradient (G, C, D)."""
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            parts = Classes(positions, self.n_lists, self.n_classes)
            value, mass, held = self._likelihood(parts, with_value=True)
            return value + self._log_prior(parts), self._slope(parts, mass, held).reshape(positions.shape)

    def gradient(self, positions: FloatArray) -> FloatArray:
        """Return the gradient alone, (G, C, D): no logarithm is taken."""
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            parts = Classes(positions, self.n_lists, self.n_classes)
            _, mass, held = self._likelihood(parts, with_value=False)
            return self._slope(parts, mass, held).reshape(positions.shape)

    def _likelihood(self, parts: Classes, *, with_value: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the log likelihood (G, C) (zeros if not asked for) and what its slope is made of.

        `mass` (B, K) is its slope in log nu_k. The slope in the logit of lambda_jk is held - lambda * mass, `held`
        (J, B, K) being that part of the mass which lies on patterns with list j.
        """
        raise NotImplementedError

    def _slope(self, parts: Classes, mass: FloatArray, held: FloatArray) -> FloatArray:
        prior, n_classes = self.prior, self.n_classes
        n_logits = self.n_lists * n_classes
        slope = np.empty((len(mass), n_logits + n_classes - 1))
        # a (1 - lambda) - b lambda is the slope of the Beta prior on the scale of the logit.
        held += prior.a
        held -= parts.listed * (mass + (prior.a + prior.b))
        slope[:, :n_logits].reshape(-1, self.n_lists, n_classes)[:] = held.transpose(1, 0, 2)
        if n_classes > 1:
            rates, kept = parts.rates, 1.0 - parts.broken
            later = np.cumsum(mass[:, :0:-1], axis=1)[:, ::-1]  # mass of the classes after k, k < K
            total = rates.sum(axis=1, keepdims=True) + prior.alpha_rate
            # d log nu_k / dy_k = E / (exp(E) - 1) = E (1 - V) / V, and -E_k for all later classes.
            sticks = mass[:, :-1] * kept / parts.broken - later - (prior.alpha_shape + n_classes - 1) / total
            np.multiply(rates, sticks, out=slope[:, n_logits:])
            slope[:, n_logits:] += 1.0
        return slope

    def _log_prior(self, parts: Classes) -> FloatArray:
        """Return the log density of the prior of the coordinates, (G, C), without its constant."""
        prior, n_classes = self.prior, self.n_classes
        value = ((prior.a + prior.b) * parts.log_listed - prior.b * parts.logits).sum(axis=(0, 2))
        if n_classes > 1:
            log_total = np.logaddexp(np.log(prior.alpha_rate), np.logaddexp.reduce(parts.sticks, axis=1))
            value += parts.sticks.sum(axis=1) - (prior.alpha_shape + n_classes - 1) * log_total
        return np.asarray(value.reshape(parts.shape), dtype=np.float64)


class Classes:
    """The classes at positions (G, C, D).

    Attributes
    ----------
    shape : (int, int)
        G and C.
    shares : ndarray of float64, shape (B, K)
        nu.
    listed, missed, logits : ndarray of float64, shape (J, B, K)
        lambda, 1 - lambda (each exact where it is tiny), and the logit of lambda.
    sticks, rates, broken : ndarray of float64, shape (B, K - 1)
        y, E = exp(y) and V = 1 - exp(-E).
    """

    def __init__(self, positions: FloatArray, n_lists: int, n_classes: int) -> None:
        n_logits = n_lists * n_classes
        self.shape = positions.shape[:2]
        at = positions.reshape(-1, positions.shape[2])
        lists_first = at[:, :n_logits].reshape(-1, n_lists, n_classes).transpose(1, 0, 2)
        self.logits = np.ascontiguousarray(lists_first)
        odds = np.negative(self.logits)
        np.exp(np.minimum(odds, FARTHEST, out=odds), out=odds)  # of being missed
        self.listed = 1.0 / (1.0 + odds)
        self.missed = np.multiply(odds, self.listed, out=odds)
        self.sticks = at[:, n_logits:]
        self.rates = np.exp(np.clip(self.sticks, -FARTHEST, FARTHEST))
        self.broken = -np.expm1(-self.rates)
        self.shares = np.empty((len(at), n_classes))
        self.shares[:, 0] = 1.0
        np.exp(-np.cumsum(self.rates, axis=1), out=self.shares[:, 1:])
        self.shares[:, :-1] *= self.broken

    @property
    def log_listed(self) -> FloatArray:
        """Log lambda, (J, B, K)."""
        return np.asarray(-np.logaddexp(0.0, -self.logits), dtype=np.float64)

    @property
    def log_missed(self) -> FloatArray:
        """Log (1 - lambda), (J, B, K)."""
        return np.asarray(-np.logaddexp(0.0, self.logits), dtype=np.float64)

    @property
    def seen_prob(self) -> FloatArray:
        """Chance of each class to be on any list, (B, K): 1 - prod_j (1 - lambda_jk), exact also where it is tiny."""
        return np.asarray(-np.expm1(self.log_missed.sum(axis=0)), dtype=np.float64)


def draw_prior(
    n_lists: int, n_classes: int, prior: ClassPrior, *, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Draw positions from the prior, shape (n_draws, D)."""
    out = np.empty((n_draws, n_coordinates(n_lists, n_classes)))
    n_logits = n_lists * n_classes
    out[:, :n_logits] = draw_logits(prior, (n_draws, n_logits), rng)
    log_alpha = _log_gamma(prior.alpha_shape, (n_draws, 1), rng) - np.log(prior.alpha_rate)
    out[:, n_logits:] = np.log(rng.standard_exponential((n_draws, n_classes - 1))) - log_alpha
    return out


def draw_logits(prior: ClassPrior, size: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Draw logits of capture probabilities from their prior."""
    return _log_gamma(prior.a, size, rng) - _log_gamma(prior.b, size, rng)


def _log_gamma(shape: float, size: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Draw logarithms of gamma variates: for small shapes the variates themselves are too small to hold."""
    boost = np.log(rng.random(size)) / shape if shape < 1 else 0.0
    return np.asarray(np.log(rng.standard_gamma(shape + 1 if shape < 1 else shape, size)) + boost, dtype=np.float64)


def draw_unlisted(n_listed: int, missed_odds: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Draw the people on no list, shape as `missed_odds`: negative binomial with n successes, without an upper limit.

    Parameters
    ----------
    n_listed : int
        n.
    missed_odds : ndarray of float64
        pi_0 / (1 - pi_0).
    rng : numpy.random.Generator

    Notes
    -----
    A Poisson variate whose mean is gamma(n) times the odds; beyond `MOST_POISSON` its own spread is below one part in
    a million and the mean is taken.
    """
    mean = rng.standard_gamma(n_listed, missed_odds.shape) * missed_odds
    drawn = rng.poisson(np.minimum(mean, MOST_POISSON)).astype(np.float64)
    return np.asarray(np.where(mean > MOST_POISSON, np.rint(mean), drawn), dtype=np.float64)


class ProductForm(_Posterior):
    """All 2**J patterns as products.

    The lists are split into two halves. A pattern is a pattern of each half, so that pi is a matrix product over the
    classes of two small tables of products, and so are both of its derivatives.
    """

    def __init__(
        self, counts: IntArray, n_lists: int, n_classes: int, prior: ClassPrior, heat: float | FloatArray = 1.0
    ) -> None:
        super().__init__(counts, n_lists, n_classes, prior, heat)
        self.n_first = n_lists // 2
        cells = np.zeros((len(counts), 1, 2**n_lists))
        cells[:, 0, 1:] = self.counts
        self.cells = cells

    def _likelihood(self, parts: Classes, *, with_value: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
        half, (n_groups, n_chains) = self.n_first, parts.shape
        first = _products(parts.listed[:half], parts.missed[:half], start=parts.shares)
        second = _products(parts.listed[half:], parts.missed[half:])
        by_chain = first.transpose(1, 0, 2), second.transpose(1, 0, 2)
        pi = by_chain[0] @ by_chain[1].transpose(0, 2, 1)
        cells = pi.reshape(n_groups, n_chains, -1)
        np.maximum(cells, TINY, out=cells)
        cells[:, :, 0] = 0.0
        seen = cells.sum(axis=2)
        cells[:, :, 0] = 1.0  # of those on no list nobody is counted: no term
        value = np.zeros(parts.shape)
        if with_value:
            value = (self.cells * np.log(cells)).sum(axis=2) - self.n[:, None] * np.log(seen)
        weight = np.divide(self.cells, cells, out=cells)
        weight -= (self.n[:, None] / seen)[:, :, None]
        weight[:, :, 0] = 0.0
        by_first, by_second = np.empty_like(first), np.empty_like(second)
        np.matmul(pi, by_chain[1], out=by_first.transpose(1, 0, 2))
        np.matmul(pi.transpose(0, 2, 1), by_chain[0], out=by_second.transpose(1, 0, 2))
        held = np.empty(parts.listed.shape)
        mass = _fold(np.multiply(by_first, first, out=by_first), held[:half])
        _fold(np.multiply(by_second, second, out=by_second), held[half:])
        return value, mass, held


def _products(listed: FloatArray, missed: FloatArray, start: FloatArray | None = None) -> FloatArray:
    """Return the products over lists for all their patterns, (2**J, B, K), by doubling; first list, first digit."""
    n_lists, n_chains, n_classes = listed.shape
    out = np.empty((2**n_lists, n_chains, n_classes))
    out[0] = 1.0 if start is None else start
    size = 1
    for j in range(n_lists - 1, -1, -1):
        np.multiply(out[:size], listed[j], out=out[size : 2 * size])
        out[:size] *= missed[j]
        size *= 2
    return out


def _fold(by_pattern: FloatArray, held: FloatArray) -> FloatArray:
    """Fill `held` (J, B, K) with sums over the patterns (2**J, B, K) of each list; return the sum over all, (B, K)."""
    for j in range(len(held)):
        half = len(by_pattern) // 2
        by_pattern[half:].sum(axis=0, out=held[j])
        by_pattern = by_pattern[:half] + by_pattern[half:]
    return np.asarray(by_pattern[0], dtype=np.float64)


class LogForm(_Posterior):
    """The patterns that were observed alone, in logarithms: for many lists, and to test the products against.

    The people who were seen at all are 1 - pi_0 = sum_k nu_k (1 - prod_j (1 - lambda_jk)), without cancellation.
    """

    def __init__(
        self, counts: IntArray, n_lists: int, n_classes: int, prior: ClassPrior, heat: float | FloatArray = 1.0
    ) -> None:
        super().__init__(counts, n_lists, n_classes, prior, heat)
        observed = np.flatnonzero(np.asarray(counts).any(axis=0))
        digits = np.arange(n_lists - 1, -1, -1)
        self.patterns = (((observed[:, None] + 1) >> digits) & 1).astype(np.float64)
        self.observed = self.counts[:, None, observed]

    def _likelihood(self, parts: Classes, *, with_value: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
        log_missed = parts.log_missed.sum(axis=0)
        joint = np.matmul(self.patterns, parts.logits.transpose(1, 0, 2))
        joint += (np.log(parts.shares) + log_missed)[:, None, :]
        top = joint.max(axis=2, keepdims=True)
        np.exp(joint - top, out=joint)
        total = joint.sum(axis=2, keepdims=True)
        seen = -np.expm1(log_missed)
        all_seen = (parts.shares * seen).sum(axis=1).reshape(parts.shape)
        value = np.zeros(parts.shape)
        if with_value:
            log_pi = (top + np.log(total)).reshape(*parts.shape, -1)
            value = (self.observed * log_pi).sum(axis=2) - self.n[:, None] * np.log(all_seen)
        weight = self.observed / total.reshape(*parts.shape, -1)
        joint *= weight.reshape(*total.shape)
        # Of -n log(1 - pi_0): d(1 - pi_0) has nu_k seen_k for log nu_k, and nu_k lambda_jk of it lies on list j.
        pull = parts.shares * (self.n[:, None] / all_seen).reshape(-1, 1)
        mass = joint.sum(axis=1) - pull * seen
        held = np.matmul(self.patterns.T, joint).transpose(1, 0, 2) - pull * parts.listed
        return value, mass, held
