"""Plain Gibbs sampling of latent classes on pattern counts: slow, simple, and what the fast sampler is tested against.

One sweep costs as much for a thousand people as for a million, because people of one pattern are allotted to classes by
one multinomial draw. Consecutive sweeps are much alike (some 600 sweeps make one effective draw on Kosovo).

Letters: C chains, T sweeps kept, J lists, K classes, M observed patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.latent_class import ClassPrior

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST, MOST = 1e-300, 1 - 1e-16  # of capture probabilities, so that they have a logarithm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GibbsDraws:
    """Draws after burn-in: people on no list (C, T), and the concentration alpha (C, T)."""

    unlisted: FloatArray
    alpha: FloatArray


def gibbs_classes(
    counts: IntArray,
    *,
    n_lists: int,
    n_classes: int,
    prior: ClassPrior,
    n_chains: int,
    n_burnin: int,
    n_sweeps: int,
    rng: np.random.Generator,
) -> GibbsDraws:
    """Sample one table by full conditionals, all chains in step.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J - 1,)
        People per pattern.
    n_lists, n_classes : int
        J and K, K at least 2.
    prior : ClassPrior
    n_chains, n_burnin, n_sweeps : int
        Chains, sweeps thrown away, sweeps kept.
    rng : numpy.random.Generator

    Returns
    -------
    GibbsDraws

    References
    ----------
    Manrique-Vallier (2016), Biometrics 72:1246, section 3 and web appendix, on counts of patterns and without an upper
    limit of the people on no list.
    """
    observed = np.flatnonzero(counts)
    member = (((observed[:, None] + 1) >> np.arange(n_lists - 1, -1, -1)) & 1).astype(np.float64)
    people = counts[observed].astype(np.int64)
    n = int(people.sum())
    shape = (n_chains, n_lists, n_classes)
    listed = rng.beta(0.5, 3.0, shape)
    alpha = 0.05 + rng.standard_gamma(1.0, n_chains)
    log_broken, log_left = _break(np.zeros((n_chains, n_classes)), np.zeros((n_chains, n_classes)), alpha, rng)
    kept: list[tuple[FloatArray, FloatArray]] = []
    for sweep in range(n_burnin + n_sweeps):
        listed = np.clip(listed, LEAST, MOST)
        log_shares = _log_shares(log_broken, log_left)
        missed = np.log1p(-listed)
        joint = log_shares[:, None, :] + member @ np.log(listed) + (1 - member) @ missed
        share = np.exp(joint - joint.max(axis=2, keepdims=True))
        allotted = rng.multinomial(people, share / share.sum(axis=2, keepdims=True))  # (C, M, K)
        unseen = np.exp(log_shares + missed.sum(axis=1))
        seen = (np.exp(log_shares) * -np.expm1(missed.sum(axis=1))).sum(axis=1)
        unlisted = rng.poisson(rng.standard_gamma(n, n_chains) * unseen.sum(axis=1) / seen)
        others = rng.multinomial(unlisted, unseen / unseen.sum(axis=1, keepdims=True))
        size = (allotted.sum(axis=1) + others).astype(np.float64)
        on = np.matmul(member.T, allotted.astype(np.float64))  # (C, J, K)
        listed = rng.beta(prior.a + on, prior.b + size[:, None, :] - on)
        later = size[:, ::-1].cumsum(axis=1)[:, ::-1] - size
        log_broken, log_left = _break(size, later, alpha, rng)
        last = log_left[:, :-1].sum(axis=1)  # log nu_K
        alpha = rng.standard_gamma(prior.alpha_shape + n_classes - 1, n_chains) / (prior.alpha_rate - last)
        if sweep >= n_burnin:
            kept.append((unlisted.astype(np.float64), alpha))
    return GibbsDraws(
        unlisted=np.stack([one[0] for one in kept], axis=1), alpha=np.stack([one[1] for one in kept], axis=1)
    )


def _break(
    size: FloatArray, later: FloatArray, alpha: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw V ~ Beta(1 + people in k, alpha + people in later classes); return log V and log(1 - V), each (C, K).

    In logarithms, since with a small alpha 1 - V is too small to hold, and alpha is drawn given its logarithm.
    """
    shape = alpha[:, None] + later
    first = np.log(rng.standard_gamma(1.0 + size))
    second = np.log(rng.standard_gamma(shape + 1.0)) + np.log(rng.random(shape.shape)) / shape
    both = np.logaddexp(first, second)
    return np.asarray(first - both, dtype=np.float64), np.asarray(second - both, dtype=np.float64)


def _log_shares(log_broken: FloatArray, log_left: FloatArray) -> FloatArray:
    """Return log nu (C, K) of log V and log(1 - V) (C, K), the last V being taken as 1."""
    out = np.zeros(log_broken.shape)
    out[:, 1:] = log_left[:, :-1].cumsum(axis=1)
    out[:, :-1] += log_broken[:, :-1]
    return out
