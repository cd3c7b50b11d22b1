"""Doubly robust estimate of those on no list, when lists are independent only among people with the same covariates.

Letters: S the lists of the assumption, y a pattern of S (on no list outside S), q_y(x) the chance of that pattern among
people listed who have covariates x, s_y = +1 for an odd number of lists and −1 for an even one,
r(x) = Π q_y(x)^{s_y} the odds of being on no list, θ the mean of r(x) over the people listed; n0 = n θ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Least chance by which anything is divided.
FLOOR = 0.002


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatternClasses:
    """Classes of people for an assumption about the lists in S.

    Attributes
    ----------
    classes : ndarray of int64, shape (n,)
        0 … 2**k − 2 for the patterns of S, in binary, among people on no list outside S; the last for everybody else.
    signs : ndarray of float64, shape (2**k − 1,)
        +1 for an odd number of lists, −1 for an even one.
    counts : ndarray of int64, shape (2**k − 1,)
        People a pattern.
    n_classes : int
        2**k − 1, and one more if anybody is on a list outside S.
    """

    classes: IntArray
    signs: FloatArray
    counts: IntArray
    n_classes: int


def pattern_classes(membership: NDArray[np.bool_], subset: Sequence[int]) -> PatternClasses:
    """Sort people by their pattern on the lists in `subset`, apart from those on other lists.

    Parameters
    ----------
    membership : ndarray of bool, shape (n, J)
        Who is on which list; everybody on one at least.
    subset : sequence of int
        Positions of two or more lists.

    Returns
    -------
    PatternClasses
        See there.

    Raises
    ------
    ValueError
        If somebody is on no list, or `subset` holds fewer than two lists.
    """
    inside = sorted({int(j) for j in subset})
    if len(inside) < 2 or membership.ndim != 2 or not membership.any(axis=1).all():
        raise ValueError("everybody must be on a list, and subset must hold two or more positions")
    k = len(inside)
    outside = [j for j in range(membership.shape[1]) if j not in inside]
    code = membership[:, inside].astype(np.int64) @ (1 << np.arange(k - 1, -1, -1, dtype=np.int64))
    elsewhere = membership[:, outside].any(axis=1)
    classes = np.where(elsewhere, 2**k - 1, code - 1)
    signs = np.asarray([1.0 if c.bit_count() % 2 else -1.0 for c in range(1, 2**k)])
    return PatternClasses(
        classes=classes,
        signs=signs,
        counts=np.bincount(classes, minlength=2**k)[: 2**k - 1].astype(np.int64),
        n_classes=2**k - 1 + int(elsewhere.any()),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OneStep:
    """The estimate from class chances.

    Attributes
    ----------
    n_unlisted : float
        n θ, corrected by the influence function; may be negative in tiny samples.
    plug_in : float
        n times the mean of r(x) without the correction.
    standard_error : float
        Of the total: √(n V + n θ (1 + θ)), V the variance of the influence function.
    terms : ndarray of float64, shape (n,)
        What each person adds to `n_unlisted`.
    odds : ndarray of float64, shape (n,)
        r(x) per person.
    smallest : ndarray of float64, shape (n,)
        Per person the smallest chance that r(x) divides by, before the floor.
    """

    n_unlisted: float
    plug_in: float
    standard_error: float
    terms: FloatArray
    odds: FloatArray
    smallest: FloatArray


def one_step(groups: PatternClasses, chances: FloatArray) -> OneStep:
    """Estimate the dark figure from the chances of the classes, corrected to first order for their errors.

    The efficient influence function of θ is r(X) Σ_y s_y 1(Y = y) / q_y(X) − θ: the derivative of r with respect to
    q_y is s_y r / q_y, and the Σ_y s_y that its centring leaves is 1, as there is one odd pattern more than even ones.
    Hence θ̂ is the mean of the first term, and the error of the chances enters only through products of their errors.

    The variance of the total has two parts: n V from the sample given n, and N (1 − ψ)/ψ² · ψ = n θ (1 + θ) because n
    itself is binomial with ψ = 1/(1 + θ). With constant covariates it is n0 + n0² Σ 1/n_y, as in the closed form.

    Chances that r divides by (even patterns) are held at `FLOOR` at least, so that one person predicted to be almost
    never on both lists, and found on both, cannot decide the number alone.

    Parameters
    ----------
    groups : PatternClasses
        Of the n people.
    chances : ndarray of float64, shape (n, K)
        q̂ per person and class, above 0.

    Returns
    -------
    OneStep
        See there.

    References
    ----------
    Das, Kennedy, Jewell (2023), JASA (arXiv:2104.14091), section 3, for two lists; Dulce Rubio, Kennedy (2024),
    arXiv:2407.03539 for the assumption over S of J lists. The influence function for S is derived above.
    """
    n = len(groups.classes)
    k = len(groups.signs)
    even = groups.signs < 0
    smallest = chances[:, :k][:, even].min(axis=1)
    chances = np.where(even, np.maximum(chances[:, :k], FLOOR), chances[:, :k])
    odds = np.exp(np.log(chances) @ groups.signs)
    terms = np.zeros(n)
    mine = np.flatnonzero(groups.classes < k)
    y = groups.classes[mine]
    terms[mine] = odds[mine] * groups.signs[y] / chances[mine, y]
    theta = float(terms.mean())
    variance = n * float(terms.var()) + n * max(theta, 0.0) * (1 + theta)
    return OneStep(
        n_unlisted=n * theta,
        plug_in=n * float(odds.mean()),
        standard_error=math.sqrt(variance),
        terms=terms,
        odds=odds,
        smallest=smallest,
    )


def deal_folds(classes: IntArray, n_folds: int, rng: np.random.Generator) -> IntArray:
    """Deal people into folds, each class evenly, so that no fold goes without the rare ones.

    Parameters
    ----------
    classes : ndarray of int64, shape (n,)
    n_folds : int
    rng : Generator

    Returns
    -------
    ndarray of int64, shape (n,)
        0 … n_folds − 1; sizes within a class, and over all, differ by one at most.
    """
    order = rng.permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    folds = np.empty(len(classes), dtype=np.int64)
    folds[order] = np.arange(len(classes)) % n_folds
    return folds
