"""A prior said in words a reader can judge: for every person listed, how many there are.

The latent-class model needs a prior for the chance that a list records somebody of a class. The uniform one looks
harmless and is not: with many lists it says that hardly anybody can be missing. Here the prior is found the other way
round, from a range of N/n (the expansion factor) in which the analyst expects the truth.

Letters: J lists; lambda ~ Beta(a, b), the chance that a list records somebody of a class; p, the product of the J
chances 1 - lambda that no list does; S = -log p; K classes with weights nu_k from stick-breaking, nu_k = V_k times the
product of 1 - V_h over h < k, V_k ~ Beta(1, alpha), V_K = 1, alpha ~ Gamma(shape, rate); pi_0 = sum of nu_k p_k, the
share of people on no list; N/n = 1 / (1 - pi_0).

No random numbers: the law of S comes from its Laplace transform, that of pi_0 from a fixed set of points that fill the
unit cube evenly, so the same request gives the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.missed_law import S_GRID, MissedLaw, law_of_missed

FloatArray = NDArray[np.float64]

ACCURACY = 0.01  # largest relative error of N/n - 1 at both ends that is still called a solution
N_POINTS = 8192
_SOLVED = 1e-3  # largest distance of a probability from its target, on the normal scale
_CHECK_POINTS = 3 * N_POINTS  # other points than those solved with, for an honest statement of the error
_CHECK_OFFSET = 1_000_003


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpansionPrior:
    """A prior of capture probabilities, and what it says about N/n.

    Attributes
    ----------
    a, b : float
        The probability that a list records somebody of a class is Beta(a, b), for each list and class on its own.
    low, median, high : float
        Quantiles of N/n under the mixture; `low` and `high` at the level asked for.
    error : float
        Largest relative difference of low - 1 and high - 1 (the dark figure per person listed) from what was asked
        for, found with other points than those solved with; NaN if nothing was asked for.
    """

    a: float
    b: float
    low: float
    median: float
    high: float
    error: float = math.nan


def calibrated_beta(
    *,
    n_lists: int,
    expansion: tuple[float, float],
    n_classes: int,
    alpha_shape: float,
    alpha_rate: float,
    level: float = 0.95,
) -> ExpansionPrior:
    """Find the prior of capture probabilities under which N/n lies in a given range with probability `level`.

    Matching one class alone (`one_class_beta`) is not enough: a mixture averages over classes, which narrows the
    range; (1.1, 20) asked for becomes about (1.25, 7). Here the quantiles of the mixture itself are met.

    Parameters
    ----------
    n_lists : int
        Number of lists J, at least 1.
    expansion : tuple of (float, float)
        Range of N/n; half of what `level` leaves lies below it and half above.
    n_classes : int
        Number of classes K, at least 1.
    alpha_shape, alpha_rate : float
        Of the gamma prior of the concentration alpha; ignored for one class.
    level : float
        In (0, 1).

    Returns
    -------
    ExpansionPrior
        `error` is at most `ACCURACY`.

    Raises
    ------
    ValueError
        If an argument is out of its range, or no Beta prior makes the mixture reach both ends.

    References
    ----------
    Manrique-Vallier (2016), Biometrics 72:1246, section 2, for the mixture; the range of N/n as the thing to elicit is
    the Human Rights Data Analysis Group's (StanLCMCR, beta_priors.R), there for one class.
    """
    _check_mixture(n_lists, n_classes, alpha_shape, alpha_rate)
    low, high = _check_range(expansion, level)
    return _calibrate(
        n_lists=int(n_lists),
        low=low,
        high=high,
        n_classes=int(n_classes),
        alpha_shape=float(alpha_shape),
        alpha_rate=float(alpha_rate),
        level=float(level),
    )


@lru_cache(maxsize=256)
def _calibrate(
    *, n_lists: int, low: float, high: float, n_classes: int, alpha_shape: float, alpha_rate: float, level: float
) -> ExpansionPrior:
    from scipy.optimize import root
    from scipy.special import ndtri

    points = _points(n_classes, alpha_shape, alpha_rate, N_POINTS, 1)
    score = float(ndtri(0.5 + level / 2))

    def residual(log_ab: FloatArray) -> FloatArray:
        # A step of the solver that leaves the range of floating point is held at its edge; it is refused below.
        a, b = np.exp(np.clip(log_ab, -50.0, 50.0))
        table = law_of_missed(float(a), float(b), n_lists)
        others = _others(table, points)
        below = np.array([_share_below(q, table, points, others) for q in (low, high)])
        return np.asarray(ndtri(np.clip(below, 1e-12, 1 - 1e-12)) - np.array([-score, score]), dtype=np.float64)

    refusal = (
        f"no Beta prior of the capture probabilities makes N/n of {n_lists} lists and {n_classes} classes lie in "
        f"({low:g}, {high:g}) with probability {level:g}"
    )
    start = np.log(one_class_beta(n_lists=n_lists, expansion=(low, high), level=level))
    found = root(residual, start, method="hybr", options={"xtol": 1e-9, "eps": 1e-5})
    # Six digits are more than the prior needs, and the same on every machine.
    a, b = (float(f"{x:.6g}") for x in np.exp(np.clip(found.x, -50.0, 50.0)))
    if not np.all(np.abs(residual(np.log([a, b]))) < _SOLVED):
        raise ValueError(refusal)
    other = _points(n_classes, alpha_shape, alpha_rate, _CHECK_POINTS, _CHECK_OFFSET)
    reached = _quantiles(a, b, n_lists, other, level)
    error = max(abs((reached[0] - 1) / (low - 1) - 1), abs((reached[2] - 1) / (high - 1) - 1))
    if not error <= ACCURACY:
        raise ValueError(refusal + f" to within {ACCURACY:.0%}")
    return ExpansionPrior(a=a, b=b, low=reached[0], median=reached[1], high=reached[2], error=error)


def prior_quantiles(
    *,
    a: float,
    b: float,
    n_lists: int,
    n_classes: int,
    alpha_shape: float,
    alpha_rate: float,
    level: float = 0.95,
) -> ExpansionPrior:
    """Return what a given Beta(a, b) prior of the capture probabilities says about N/n, under the mixture.

    Parameters
    ----------
    a, b : float
        Of the prior; positive.
    n_lists, n_classes, alpha_shape, alpha_rate, level
        As in `calibrated_beta`.

    Returns
    -------
    ExpansionPrior
        With `error` NaN.

    Raises
    ------
    ValueError
        If an argument is out of its range, or so much is certain to be missed, or found, that N/n has no quantiles.
    """
    _check_mixture(n_lists, n_classes, alpha_shape, alpha_rate)
    _check_level(level)
    if not (0 < a < math.inf and 0 < b < math.inf):
        msg = f"a and b must be positive numbers; found {a!r} and {b!r}"
        raise ValueError(msg)
    return _stated(
        a=float(a),
        b=float(b),
        n_lists=int(n_lists),
        n_classes=int(n_classes),
        alpha_shape=float(alpha_shape),
        alpha_rate=float(alpha_rate),
        level=float(level),
    )


@lru_cache(maxsize=256)
def _stated(
    *, a: float, b: float, n_lists: int, n_classes: int, alpha_shape: float, alpha_rate: float, level: float
) -> ExpansionPrior:
    points = _points(n_classes, alpha_shape, alpha_rate, _CHECK_POINTS, _CHECK_OFFSET)
    low, median, high = _quantiles(a, b, n_lists, points, level)
    return ExpansionPrior(a=a, b=b, low=low, median=median, high=high)


def uniform_prior_quantiles(
    n_lists: int, n_classes: int, alpha_shape: float, alpha_rate: float, *, level: float = 0.95
) -> ExpansionPrior:
    """Return what uniform capture probabilities say about N/n: less and less can be missing with every list."""
    return prior_quantiles(
        a=1.0,
        b=1.0,
        n_lists=n_lists,
        n_classes=n_classes,
        alpha_shape=alpha_shape,
        alpha_rate=alpha_rate,
        level=level,
    )


def one_class_beta(*, n_lists: int, expansion: tuple[float, float], level: float = 0.95) -> tuple[float, float]:
    """Match the prior of one class: where `calibrated_beta` starts, and what StanLCMCR uses for any number of classes.

    A gamma law Gamma(A, B) takes the quantiles of S = -log(1 - n/N); then J independent terms -log(1 - lambda) get its
    mean A/B and variance A/B^2: psi(a+b) - psi(b) = A/(J B) and psi'(b) - psi'(a+b) = A/(J B^2).

    Returns
    -------
    tuple of (float, float)
        a, b of lambda ~ Beta(a, b).

    Raises
    ------
    ValueError
        If an argument is out of its range, or the two equations have no solution.
    """
    from scipy.optimize import root
    from scipy.special import polygamma, psi

    _check_mixture(n_lists, 1, 1.0, 1.0)
    low, high = _check_range(expansion, level)
    shape, rate = _gamma_from_quantiles(-math.log1p(-1 / high), -math.log1p(-1 / low), level)
    mean, variance = shape / (n_lists * rate), shape / (n_lists * rate**2)

    def residual(log_ab: FloatArray) -> FloatArray:
        a, b = np.exp(log_ab)
        return np.log([(psi(a + b) - psi(b)) / mean, (polygamma(1, b) - polygamma(1, a + b)) / variance])

    # If a = 1 each term is exponential with rate b; this start is then the solution.
    found = root(residual, np.log([shape / n_lists, rate]), method="hybr", options={"xtol": 1e-12})
    if not np.all(np.abs(residual(found.x)) < 1e-8):
        msg = f"no Beta prior matches N/n in ({low:g}, {high:g}) for {n_lists} lists of one class"
        raise ValueError(msg)
    a, b = np.exp(found.x)
    return float(a), float(b)


def _gamma_from_quantiles(low: float, high: float, level: float) -> tuple[float, float]:
    """Return shape and rate of the gamma law with the given quantiles."""
    from scipy.optimize import brentq
    from scipy.special import gammaincinv

    tail = (1 - level) / 2

    def gap(log_shape: float) -> float:
        shape = math.exp(log_shape)
        below = max(float(gammaincinv(shape, tail)), 1e-300)
        return math.log(float(gammaincinv(shape, 1 - tail)) / below) - math.log(high / low)

    if gap(math.log(1e-2)) < 0:
        msg = "the range of N/n is too wide for one class of people"
        raise ValueError(msg)
    shape = math.exp(brentq(gap, math.log(1e-2), math.log(1e9), xtol=1e-13))
    return shape, float(gammaincinv(shape, 1 - tail)) / high


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Points:
    """Weights of classes, largest first, shape (P, K), and uniform numbers for all but the largest, shape (P, K-1)."""

    weights: FloatArray
    uniforms: FloatArray


@lru_cache(maxsize=16)
def _points(n_classes: int, alpha_shape: float, alpha_rate: float, n_points: int, offset: int) -> _Points:
    """Spread points evenly over alpha, the sticks V and the classes' p (Richtmyer: multiples of roots of primes).

    The p of classes are alike and independent of the weights, so classes may be sorted by weight. Then the p of the
    largest, which matters most, is integrated exactly, and only the others need points.
    """
    from scipy.special import gammaincinv

    k = n_classes
    roots = np.sqrt(np.array(_primes(2 * k - 1), dtype=np.float64))
    index = np.arange(offset, offset + n_points, dtype=np.float64)[:, None]
    u = np.clip(np.mod(index * roots, 1.0), 1e-12, 1 - 1e-12)
    alpha = gammaincinv(alpha_shape, u[:, :1]) / alpha_rate
    with np.errstate(over="ignore"):  # alpha next to 0: the first stick takes everything
        log_left = np.log(u[:, 1:k]) / np.maximum(alpha, 1e-300)
    before = np.concatenate([np.zeros((n_points, 1)), np.cumsum(log_left, axis=1)], axis=1)
    broken = np.concatenate([-np.expm1(log_left), np.ones((n_points, 1))], axis=1)
    weights = -np.sort(-np.exp(before) * broken, axis=1)
    uniforms = np.ascontiguousarray(u[:, k:])
    weights.setflags(write=False)
    uniforms.setflags(write=False)
    return _Points(weights=weights, uniforms=uniforms)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % p for p in found):
            found.append(candidate)
        candidate += 1
    return found


def _others(table: MissedLaw, points: _Points) -> FloatArray:
    """Return the share of people on no list who belong to other classes than the largest, shape (P,)."""
    p = np.exp(-np.exp(table.log_s_at(points.uniforms)))
    return np.asarray((points.weights[:, 1:] * p).sum(axis=1), dtype=np.float64)


def _share_below(expansion: float, table: MissedLaw, points: _Points, others: FloatArray) -> float:
    """Return P(N/n <= expansion) = P(pi_0 <= 1 - 1/expansion), the largest class integrated over its p."""
    room = (1 - 1 / expansion - others) / points.weights[:, 0]
    reachable = room > 0
    s = np.maximum(-np.log(np.minimum(room[reachable], 1.0)), S_GRID[0] / 2)
    return float((1 - table.below_at(s)).sum() / others.size)


def _quantiles(a: float, b: float, n_lists: int, points: _Points, level: float) -> tuple[float, float, float]:
    """Return low, median and high of N/n."""
    from scipy.optimize import brentq

    table = law_of_missed(a, b, n_lists)
    others = _others(table, points)

    def at(share: float) -> float:
        def gap(logit: float) -> float:
            return _share_below(1 + math.exp(logit), table, points, others) - share

        if gap(-25.0) >= 0 or gap(20.0) <= 0:
            msg = "this prior puts nearly everybody, or nearly nobody, on no list: N/n has no usable quantiles"
            raise ValueError(msg)
        return 1 + math.exp(brentq(gap, -25.0, 20.0, xtol=1e-8))

    tail = (1 - level) / 2
    return at(tail), at(0.5), at(1 - tail)


def _check_mixture(n_lists: int, n_classes: int, alpha_shape: float, alpha_rate: float) -> None:
    for name, value in (("n_lists", n_lists), ("n_classes", n_classes)):
        if int(value) != value or value < 1:
            msg = f"{name} must be a whole number from 1; found {value!r}"
            raise ValueError(msg)
    for name, number in (("alpha_shape", alpha_shape), ("alpha_rate", alpha_rate)):
        if not 0 < number < math.inf:
            msg = f"{name} must be a positive number; found {number!r}"
            raise ValueError(msg)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        msg = f"level must lie strictly between 0 and 1; found {level!r}"
        raise ValueError(msg)


def _check_range(expansion: tuple[float, float], level: float) -> tuple[float, float]:
    _check_level(level)
    low, high = (float(x) for x in expansion)
    if not 1 + 1e-6 <= low < high <= 1e6:
        msg = f"the range of N/n must be two numbers, 1.000001 <= low < high <= 1,000,000; found ({low:g}, {high:g})"
        raise ValueError(msg)
    return low, high
