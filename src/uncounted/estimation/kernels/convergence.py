"""Whether the chains of a sampler agree: rank-normalised R-hat, effective draws, and the modes they stayed in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """Diagnostics of one quantity.

    Attributes
    ----------
    r_hat : float
        The larger of the split R-hats of ranks and of folded ranks; inf if chains do not move but differ.
    ess_bulk, ess_tail : float
        Effective draws for the middle, and for the worse of the 5 % and 95 % quantiles.
    chain_ratio : float
        exp(largest less smallest chain median): the ratio of medians if the quantity is a logarithm.
    """

    r_hat: float
    ess_bulk: float
    ess_tail: float
    chain_ratio: float

    @property
    def ess(self) -> float:
        """The smaller of the two effective sample sizes."""
        return min(self.ess_bulk, self.ess_tail)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainMode:
    """A region in which chains stayed: members, shape (C,), and quantiles of their draws together."""

    members: BoolArray
    low: float
    median: float
    high: float


def diagnose(chains: FloatArray) -> Convergence:
    """Diagnose draws of one quantity, on whatever scale its comparisons should be made (log totals).

    Parameters
    ----------
    chains : ndarray of float64, shape (C, T)
        Draws of C chains, T of each, at least 4.

    Returns
    -------
    Convergence

    Raises
    ------
    ValueError
        If there are fewer than 4 draws a chain, or a draw is not finite.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16:667, eq. (1)–(5), (10)–(14).
    """
    chains = np.asarray(chains, dtype=np.float64)
    if chains.ndim != 2 or chains.shape[1] < 4:
        raise ValueError(f"chains must have the shape (C, T) with T at least 4; found {chains.shape}")
    if not np.isfinite(chains).all():
        raise ValueError("draws must be finite")
    half = _split(chains)
    folded = np.abs(half - np.median(half))
    ranks = rank_normalised(half)
    medians = np.median(chains, axis=1)
    tails = [_effective((half <= np.quantile(half, p)).astype(np.float64)) for p in (0.05, 0.95)]
    return Convergence(
        r_hat=max(_r_hat(ranks), _r_hat(rank_normalised(folded))),
        ess_bulk=_effective(ranks),
        ess_tail=min(tails),
        chain_ratio=float(np.exp(medians.max() - medians.min())),
    )


def modes(chains: FloatArray, *, level: float) -> tuple[ChainMode, ...]:
    """Group chains into the regions they stayed in.

    Chains are sorted by their medians; neighbours belong together if the median of either lies within the middle 80 %
    of the other. Chains that agree are one mode.

    Parameters
    ----------
    chains : ndarray of float64, shape (C, T)
        Draws.
    level : float
        Of the limits of each mode.

    Returns
    -------
    tuple of ChainMode
        Ascending.
    """
    low, middle, high = np.quantile(chains, [0.1, 0.5, 0.9], axis=1)
    order = np.argsort(middle, kind="stable")
    groups: list[list[int]] = [[int(order[0])]]
    for left, right in pairwise(order):
        together = high[left] >= middle[right] or low[right] <= middle[left]
        if together:
            groups[-1].append(int(right))
        else:
            groups.append([int(right)])
    tail = (1 - level) / 2
    found = []
    for group in groups:
        members = np.zeros(len(chains), dtype=bool)
        members[group] = True
        limits = np.quantile(chains[members], [tail, 0.5, 1 - tail])
        found.append(ChainMode(members=members, low=float(limits[0]), median=float(limits[1]), high=float(limits[2])))
    return tuple(found)


def rank_normalised(values: FloatArray) -> FloatArray:
    """Return normal scores of the ranks (ties share their mean rank), same shape."""
    from scipy.special import ndtri

    flat = values.ravel()
    _, place, n_same = np.unique(flat, return_inverse=True, return_counts=True)
    last = np.cumsum(n_same)
    ranks = (last - (n_same - 1) / 2)[place]
    return np.asarray(ndtri((ranks - 0.375) / (len(flat) + 0.25)).reshape(values.shape), dtype=np.float64)


def _split(chains: FloatArray) -> FloatArray:
    """Return both halves of each chain as chains; the middle draw of an odd number is left out."""
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, chains.shape[1] - half :]])


def _r_hat(chains: FloatArray) -> float:
    n = chains.shape[1]
    within = float(chains.var(axis=1, ddof=1).mean())
    between = float(chains.mean(axis=1).var(ddof=1)) if len(chains) > 1 else 0.0
    if within == 0:
        return 1.0 if between == 0 else float("inf")
    return float(np.sqrt((n - 1) / n + between / within))


def _effective(chains: FloatArray) -> float:
    """Return the effective number of draws by Geyer's initial monotone sequence over all chains."""
    n_chains, n = chains.shape
    cov = _autocovariance(chains)
    within = float((cov[:, 0] * n / (n - 1)).mean())
    between = float(chains.mean(axis=1).var(ddof=1)) if n_chains > 1 else 0.0
    total = within * (n - 1) / n + between
    if total == 0:
        return float(n_chains * n)  # every draw the same: nothing left to estimate
    rho = 1 - (within - cov.mean(axis=0) * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0)
    stop = int(negative[0]) if len(negative) else len(pairs)
    pairs = np.minimum.accumulate(pairs[: max(stop, 1)])
    tau = max(-1 + 2 * float(pairs.sum()), 1 / np.log10(n_chains * n))
    return float(n_chains * n / tau)


def _autocovariance(chains: FloatArray) -> FloatArray:
    """Return autocovariances per chain by the fast Fourier transform, biased (divided by n), shape (C, n)."""
    n = chains.shape[1]
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, n=size, axis=1)) ** 2
    return np.asarray(np.fft.irfft(power, n=size, axis=1)[:, :n] / n, dtype=np.float64)
