"""Bayesian logistic regression on labels that may be slips: posterior mode, normal approximation, and rate of slips.

References
----------
Copas (1988), JRSS B 50:225: binary regression with mislabelled outcomes, eq. (2).
Tierney, Kadane (1986), JASA 81:82: the normal approximation at the mode, and the evidence it gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Rates at which labels may be the opposite of the truth; the evidence chooses. Beforehand slips are thought rare: the
# chance of a rate falls off exponentially with mean SLIP_MEAN.
SLIPS: tuple[float, ...] = (0.002, 0.004, 0.01, 0.02, 0.03, 0.045, 0.07, 0.1)
USUAL_SLIP = 0.004
SLIP_MEAN = 0.02
# Fewer labels cannot tell slips from hard pairs.
FEWEST_FOR_SLIPS = 100
_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """Posterior mode, shape (K,), and a root S of its covariance (S S'), shape (K, K); the slips; the log evidence."""

    point: Floats
    spread: Floats
    slip: float
    evidence: float


def fit_with_slips(design: Floats, label: Floats, mean: Floats, covariance: Floats) -> Fit:
    """Fit the regression with the rate of slips, of those in `SLIPS`, that has the highest posterior chance.

    Parameters
    ----------
    design : ndarray of float64, shape (labels, K)
        One column a coefficient.
    label : ndarray of float64, shape (labels,)
        1.0 for same, 0.0 for different.
    mean, covariance : ndarray of float64, shape (K,) and (K, K)
        Normal prior of the coefficients.

    Returns
    -------
    Fit
        With `USUAL_SLIP` if there are fewer than `FEWEST_FOR_SLIPS` labels.
    """
    if len(label) < FEWEST_FOR_SLIPS:
        return fit(design, label, mean, covariance, slip=USUAL_SLIP)
    found = [fit(design, label, mean, covariance, slip=slip) for slip in SLIPS]
    return max(found, key=lambda one: one.evidence - one.slip / SLIP_MEAN)


def fit(design: Floats, label: Floats, mean: Floats, covariance: Floats, *, slip: float) -> Fit:
    """Fit the regression at one rate of slips, by Fisher scoring with step halving; parameters as above."""
    precision: Floats = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    beta = mean.copy()
    value = _log_likelihood(beta, design, label, slip) - _distance(beta, mean, precision)
    for _ in range(_STEPS):
        prob, slope = _chances(design @ beta, slip)
        score = slope * (label - prob) / (prob * (1.0 - prob))
        gradient = design.T @ score - precision @ (beta - mean)
        step = np.linalg.solve(_information(design, prob, slope) + precision, gradient)
        for _ in range(30):
            new = _log_likelihood(beta + step, design, label, slip) - _distance(beta + step, mean, precision)
            if new >= value:
                break
            step = step / 2.0
        else:
            break
        beta, gained, value = beta + step, new - value, new
        if gained < 1e-10 and np.abs(step).max() < 1e-8:
            break
    prob, slope = _chances(design @ beta, slip)
    root = np.linalg.cholesky(_information(design, prob, slope) + precision)
    spread = np.asarray(np.linalg.solve(root.T, np.eye(len(beta))), dtype=np.float64)
    return Fit(point=beta, spread=spread, slip=slip, evidence=value - float(np.log(np.diag(root)).sum()))


def _chances(log_odds: Floats, slip: float) -> tuple[Floats, Floats]:
    """Chance of the label "same" (slips included), and its derivative by the log odds."""
    match = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -700.0, 700.0)))
    return slip + (1.0 - 2.0 * slip) * match, (1.0 - 2.0 * slip) * match * (1.0 - match)


def _information(design: Floats, prob: Floats, slope: Floats) -> Floats:
    return np.asarray((design * (slope**2 / (prob * (1.0 - prob)))[:, None]).T @ design, dtype=np.float64)


def _log_likelihood(beta: Floats, design: Floats, label: Floats, slip: float) -> float:
    prob, _ = _chances(design @ beta, slip)
    return float(np.sum(np.log(np.where(label > 0.5, prob, 1.0 - prob))))


def _distance(beta: Floats, mean: Floats, precision: Floats) -> float:
    """Minus the log of the prior, up to a constant."""
    away = beta - mean
    return float(0.5 * away @ precision @ away)
