"""Stratum labels that are missing: draws of how the people without one divide over the strata.

Labels are missing at random given the pattern: among people with the same lists, whether the label was noted does not
depend on what it is. Then, for each pattern ω on its own, with shares θ_{sω} of the strata,

    labelled counts ~ Multinomial(θ_ω),   people known to be in one of the strata G ~ Multinomial(Σ_{s ∈ G} θ_{sω}),

and those without any label say nothing about θ. The prior is Dirichlet with the weight of one person for each pattern,
nine tenths of it spread as the lists one by one suggest (as if they were independent within each stratum), one tenth
evenly, so that nothing possible is ruled out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PRIOR_PEOPLE = 1.0  # the prior weighs as much as this many people with a label, per pattern
EVENLY = 0.1  # share of the prior that is spread evenly over the possible strata
SWEEPS = 200  # of the Gibbs sampler before a draw is taken; each draw has a chain of its own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelShares:
    """Shares of the strata per pattern.

    Attributes
    ----------
    shares : ndarray of float64, shape (S, P)
        Adds up to 1 over the strata of each pattern; 0 where a stratum is not possible.
    n_iter : int
        Steps of the EM algorithm.
    converged : bool
        Whether no share moved by more than `tol`.
    """

    shares: FloatArray
    n_iter: int
    converged: bool


def prior_counts(labelled: IntArray, allowed: BoolArray, membership: BoolArray) -> FloatArray:
    """Return the Dirichlet parameters of each pattern, which add up to `PRIOR_PEOPLE` over the possible strata.

    Parameters
    ----------
    labelled : ndarray of int64, shape (S, P)
        People with a label, per stratum and pattern.
    allowed : ndarray of bool, shape (S, P)
        Whether people with the pattern can be in the stratum.
    membership : ndarray of bool, shape (P, J)
        Lists of each pattern.

    Returns
    -------
    ndarray of float64, shape (S, P)
        But for `EVENLY`, proportional to
        (n_s + 1) Π_j r_{sj}^{ω_j} (1 − r_{sj})^{1 − ω_j}, r_{sj} = (n_{sj} + ½) / (n_s + 1). A list that
        cannot be in a stratum is left out there.
    """
    n = labelled.sum(axis=1).astype(np.float64)
    rate = (labelled @ membership.astype(np.float64) + 0.5) / (n + 1.0)[:, None]
    possible = (allowed[:, :, None] & membership).any(axis=1)
    yes = np.where(possible, np.log(rate), 0.0)
    no = np.where(possible, np.log1p(-rate), 0.0)
    logs = np.log(n + 1.0)[:, None] + yes @ membership.T + no @ ~membership.T
    logs = np.where(allowed, logs, -np.inf)
    top = logs.max(axis=0, initial=-np.inf)
    weights = np.exp(logs - np.where(np.isfinite(top), top, 0.0))
    total, n_possible = weights.sum(axis=0), allowed.sum(axis=0)
    guess = (1.0 - EVENLY) * weights / np.where(total > 0, total, 1.0) + EVENLY * allowed / np.maximum(n_possible, 1)
    return np.asarray(PRIOR_PEOPLE * guess, dtype=np.float64)


def label_shares(
    labelled: IntArray,
    partly: IntArray,
    groups: BoolArray,
    prior: FloatArray,
    *,
    max_iter: int = 10_000,
    tol: float = 1e-10,
) -> LabelShares:
    """Return the shares of the strata given the pattern by the EM algorithm.

    The E-step divides the people of each group over its strata by the present shares; the M-step counts.

    Parameters
    ----------
    labelled : ndarray of int64, shape (S, P)
        People with a label.
    partly : ndarray of int64, shape (G, P)
        People known to be in one of the strata of group g.
    groups : ndarray of bool, shape (G, S, P)
        Strata possible for group g with that pattern; at least one wherever `partly` is above 0.
    prior : ndarray of float64, shape (S, P)
        People that the prior is worth; 0 exactly where the stratum is not possible. Zero everywhere else too gives the
        maximum likelihood estimate.
    max_iter, tol
        Most steps; largest move of a share that ends them.

    Returns
    -------
    LabelShares
        NaN for patterns without anybody and without a prior.

    References
    ----------
    Dempster, Laird, Rubin (1977), JRSS B 39:1, section 4.1 (grouped multinomials). The R package cenzus
    keeps the same shares as an imputation matrix per partial profile.
    """
    known = labelled + prior
    spread = (groups * partly[:, None, :]).sum(axis=0)
    shares = known + spread * (known + spread > 0)
    with np.errstate(invalid="ignore"):
        shares = shares / shares.sum(axis=0)
    for step in range(1, max_iter + 1):
        inside = groups * shares
        within = inside.sum(axis=1, keepdims=True)
        expected = known + (inside / np.where(within > 0, within, 1.0) * partly[:, None, :]).sum(axis=0)
        with np.errstate(invalid="ignore"):
            moved = expected / expected.sum(axis=0)
        gap = float(np.nanmax(np.abs(moved - shares), initial=0.0))
        shares = moved
        if gap <= tol:
            return LabelShares(shares=shares, n_iter=step, converged=True)
    return LabelShares(shares=shares, n_iter=max_iter, converged=False)


def draw_labels(
    labelled: IntArray,
    partly: IntArray,
    groups: BoolArray,
    prior: FloatArray,
    *,
    n_draws: int,
    rng: np.random.Generator,
    sweeps: int = SWEEPS,
) -> IntArray:
    """Draw counts with every label filled in from their posterior distribution.

    A group that may be in every possible stratum of its pattern says nothing about the shares, so that shares are drawn
    from their Dirichlet distribution and the people from the shares: exact. Where a group is narrower, shares and
    labels are drawn in turn (Gibbs), each draw by a chain of its own that starts at the EM estimate.

    Parameters
    ----------
    labelled, partly, groups, prior
        As for `label_shares`; the prior is above 0 in every possible stratum.
    n_draws : int
        Draws, K.
    rng : Generator
        Source of randomness.
    sweeps : int
        Turns of each chain.

    Returns
    -------
    ndarray of int64, shape (K, S, P)
        Labelled people and those given a label. For each pattern the sum over strata is the same in every draw.

    References
    ----------
    Manrique-Vallier, Ball, Sulmont (2019), arXiv 1906.04763 (labels drawn, not fixed). Tanner, Wong (1987), JASA
    82:528.
    """
    people = partly > 0
    narrow = people & (groups.sum(axis=1) < (prior > 0).sum(axis=0))
    informative = np.where(narrow, partly, 0)
    busy = np.flatnonzero(narrow.any(axis=0))
    given = np.zeros((n_draws, *labelled.shape), dtype=np.int64)
    if len(busy):
        part = groups[:, :, busy]
        start = label_shares(labelled[:, busy], informative[:, busy], part, prior[:, busy])
        with np.errstate(divide="ignore"):
            logs = np.broadcast_to(np.log(start.shares), (n_draws, *start.shares.shape))
        for _ in range(sweeps):
            labels = _given(informative[:, busy], part, logs, rng)
            logs = _log_shares(labelled[:, busy] + labels, prior[:, busy], rng)
        given[:, :, busy] = _given(informative[:, busy], part, logs, rng)
    logs = _log_shares(labelled + given, prior, rng)
    given += _given(partly - informative, groups, logs, rng)
    return np.asarray(labelled + given, dtype=np.int64)


def _log_shares(counts: IntArray, prior: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw logarithms of shares from Dirichlet(prior + counts) per draw and pattern, (K, S, P), up to a constant.

    A gamma variable with a small parameter a is one with a + 1 times U^(1/a), which underflows unless it is kept as a
    logarithm.
    """
    parameter = counts + prior
    safe = np.where(parameter > 0, parameter, 1.0)
    logs = np.log(rng.standard_gamma(safe + 1.0)) + np.log1p(-rng.random(safe.shape)) / safe
    return np.asarray(np.where(parameter > 0, logs, -np.inf), dtype=np.float64)


def _given(partly: IntArray, groups: BoolArray, log_shares: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw the strata of the people of each group, added up over groups, shape (K, S, P)."""
    out = np.zeros(log_shares.shape, dtype=np.int64)
    n_strata = groups.shape[1]
    for g in range(len(partly)):
        columns = np.flatnonzero(partly[g] > 0)
        logs = np.where(groups[g][:, columns], log_shares[:, :, columns], -np.inf)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        from_here = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
        left = np.broadcast_to(partly[g, columns], (len(weights), len(columns))).copy()
        for s in range(n_strata):
            # One binomial after the other; the last stratum that is possible takes all who are left.
            share = weights[:, s] / np.where(from_here[:, s] > 0, from_here[:, s], 1.0)
            last = (weights[:, s] > 0) & ((from_here[:, s + 1] if s + 1 < n_strata else 0.0) == 0)
            taken = rng.binomial(left, np.where(last, 1.0, np.minimum(share, 1.0)))
            out[:, s, columns] += taken
            left -= taken
        assert not left.any(), "people were left without a stratum"
    return out
