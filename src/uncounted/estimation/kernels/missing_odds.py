"""From the chances of the patterns seen to the odds of being missed: the identifying assumptions on probabilities.

The counterpart of `assumptions` (which works on counts, with standard errors) for draws of cell probabilities: a
posterior of what the data determine, times any assumption about what they do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.assumptions import subset_cells

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoJointInteraction:
    """The lists in `subset` (empty: all) have no highest-order interaction among people unseen by the others."""

    subset: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentInAll:
    """Two lists are independent in the whole population."""

    first: int
    second: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndependentWithinClasses:
    """Lists are independent within each of K classes of people.

    Attributes
    ----------
    shares : ndarray of float64, shape (..., K)
        Of the population; they add up to 1.
    chances : ndarray of float64, shape (..., J, K)
        Of being on each list.
    """

    shares: FloatArray
    chances: FloatArray


MissingAssumption = NoJointInteraction | IndependentInAll | IndependentWithinClasses


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissingOdds:
    """The odds π_0 / (1 − π_0) of being on no list; the dark figure is the people listed times these.

    Attributes
    ----------
    odds : ndarray of float64, shape (...)
        Negative where the probabilities contradict the assumption, NaN where a cell it divides by is empty, 0 where
        one it multiplies is.
    contradicted : ndarray of bool, shape (...)
        Whether more is seen on other lists than the assumption leaves room for.
    undefined : ndarray of bool, shape (...)
        Whether a cell it divides by has probability 0.
    """

    odds: FloatArray
    contradicted: NDArray[np.bool_]
    undefined: NDArray[np.bool_]


def missing_odds(probabilities: FloatArray, assumption: MissingAssumption, *, odds_ratio: float = 1.0) -> MissingOdds:
    """Return the odds of being on no list that an assumption implies.

    A hierarchical log-linear model without the interaction of all lists is the first assumption over all lists, applied
    to the probabilities that the model fits.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (..., 2**J − 1)
        Of the patterns among people on a list, in CaptureTable order; they add up to 1. Latent classes imply theirs,
        and only the shape is used.
    assumption : NoJointInteraction, IndependentInAll or IndependentWithinClasses
    odds_ratio : float
        ω, by which the dependence differs from what the assumption says: the people projected times ω.

    Returns
    -------
    MissingOdds
        See there.

    Raises
    ------
    ValueError
        If probabilities are negative or do not add up to 1, or lists are not there.

    References
    ----------
    Aleshin-Guendel, Sadinle, Wakefield (2021), arXiv:2101.09304, section 4; Dulce Rubio, Kennedy (2024),
    arXiv:2407.03539 (subsets); Manrique-Vallier (2016), Biometrics 72:1246 (classes).
    """
    p = np.asarray(probabilities, dtype=np.float64)
    n_lists = int(p.shape[-1] + 1).bit_length() - 1
    if p.shape[-1] != 2**n_lists - 1 or (p < 0).any() or not np.allclose(p.sum(axis=-1), 1.0, atol=1e-9):
        raise ValueError("probabilities must have 2**J − 1 columns, none below 0, and add up to 1")
    if isinstance(assumption, IndependentWithinClasses):
        missed = (assumption.shares * np.prod(1.0 - assumption.chances, axis=-2)).sum(axis=-1)
        return _found(odds_ratio * missed / (1.0 - missed), np.zeros(np.shape(missed), dtype=bool))
    if isinstance(assumption, NoJointInteraction):
        return _no_joint(p, n_lists, assumption.subset or tuple(range(n_lists)), odds_ratio)
    return _independent(p, n_lists, assumption, odds_ratio)


def _no_joint(p: FloatArray, n_lists: int, subset: Sequence[int], odds_ratio: float) -> MissingOdds:
    columns, odd = subset_cells(n_lists, subset)
    undefined = (p[..., columns[~odd]] == 0).any(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(p[..., columns])
        odds = odds_ratio * np.exp(logs[..., odd].sum(axis=-1) - logs[..., ~odd].sum(axis=-1))
    return _found(odds, undefined)


def _independent(p: FloatArray, n_lists: int, assumption: IndependentInAll, odds_ratio: float) -> MissingOdds:
    i, j = assumption.first, assumption.second
    if i == j or not 0 <= min(i, j) <= max(i, j) < n_lists:
        raise ValueError("the two lists must differ and be there")
    k = np.arange(1, 2**n_lists)
    on_i = ((k >> (n_lists - 1 - i)) & 1).astype(bool)
    on_j = ((k >> (n_lists - 1 - j)) & 1).astype(bool)
    both = p[..., on_i & on_j].sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        projected = p[..., on_i & ~on_j].sum(axis=-1) * p[..., ~on_i & on_j].sum(axis=-1) / both
    return _found(odds_ratio * projected - p[..., ~on_i & ~on_j].sum(axis=-1), both == 0)


def _found(odds: FloatArray, undefined: NDArray[np.bool_]) -> MissingOdds:
    values = np.where(undefined, np.nan, odds)
    return MissingOdds(odds=values, contradicted=np.asarray(values < 0), undefined=np.asarray(undefined))
