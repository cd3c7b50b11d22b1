"""Chao's lower bounds on the people that no list recorded.

Both hold if lists tend to overlap (people differ in how easily they are recorded). Where lists avoid each other, or
being on one keeps people off the next, the truth may lie below: never print them as a bare "at least".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundFit:
    """A lower bound on the dark figure.

    Attributes
    ----------
    status : {"ok", "no repeats", "nothing beyond", "too few lists"}
        "no repeats": nobody is on exactly two lists, so the bound has no finite size. "nothing beyond": too few people
        are on exactly one list, the bound is zero.
    n_unlisted : float
        The bias-corrected or the raw bound, as asked; NaN unless "ok" (0 for "nothing beyond").
    standard_error : float
        Of n + n0, by the delta method at the raw bound.
    """

    status: Literal["ok", "no repeats", "nothing beyond", "too few lists"]
    n_unlisted: float = math.nan
    standard_error: float = math.nan


def chao_equal(f1: int, f2: int, n_lists: int, *, bias_corrected: bool = True) -> BoundFit:
    """Bound the dark figure when all lists reach equally far and people differ (model Mh).

    Parameters
    ----------
    f1, f2 : int
        People on exactly one and on exactly two lists.
    n_lists : int
        Number of lists t.
    bias_corrected : bool
        Use f1 (f1 - 1) / (2 (f2 + 1)) for f1^2 / (2 f2).

    Returns
    -------
    BoundFit
        n0 >= (t-1)/t f1^2 / (2 f2) and its standard error.

    References
    ----------
    Chao (1987), Biometrics 43:783; variance f2 [k r^2 / 2 + k^2 r^3 + k^2 r^4 / 4] with k = (t-1)/t, r = f1/f2.
    """
    if n_lists < 2:
        return BoundFit(status="too few lists")
    if f1 < 2:
        return BoundFit(status="nothing beyond", n_unlisted=0.0)
    if f2 < 1:
        return BoundFit(status="no repeats")
    k = (n_lists - 1) / n_lists
    one, two = float(f1), float(f2)
    r = one / two
    n_unlisted = k * one * (one - 1) / (2 * (two + 1)) if bias_corrected else k * one * one / (2 * two)
    variance = two * (k * r**2 / 2 + k**2 * r**3 + k**2 * r**4 / 4)
    return BoundFit(status="ok", n_unlisted=n_unlisted, standard_error=math.sqrt(variance))


def chao_unequal(singles: ArrayLike, f2: int, *, bias_corrected: bool = True) -> BoundFit:
    """Bound the dark figure when lists differ in reach and people differ as well (model Mth).

    Parameters
    ----------
    singles : array_like of int, shape (t,)
        u_j, people on list j and on no other.
    f2 : int
        People on exactly two lists.
    bias_corrected : bool
        Divide by f2 + 1 instead of f2. With two lists this is Chapman's estimate.

    Returns
    -------
    BoundFit
        n0 >= (f1^2 - sum u_j^2) / (2 f2) with f1 = sum u_j.

    References
    ----------
    Chao (1987), Biometrics 43:783, section 3. Variance by the delta method for independent Poisson cells, plus n0 for
    the total: sum_j u_j ((f1 - u_j) / f2)^2 + n0^2 / f2 + n0 (for equal u_j the form of `chao_equal` comes back).
    """
    u = np.asarray(singles, dtype=np.float64)
    if u.ndim != 1:
        msg = "singles must hold one count per list"
        raise ValueError(msg)
    if u.size < 2:
        return BoundFit(status="too few lists")
    f1 = float(u.sum())
    pairs = float((f1 - u) @ u) / 2  # sum over pairs u_i u_j = (f1^2 - sum u^2) / 2, without cancellation
    if pairs == 0:
        return BoundFit(status="nothing beyond", n_unlisted=0.0)
    if f2 < 1:
        return BoundFit(status="no repeats")
    two = float(f2)
    raw = pairs / two
    variance = float(u @ ((f1 - u) / two) ** 2) + raw**2 / two + raw
    return BoundFit(
        status="ok",
        n_unlisted=pairs / (two + 1) if bias_corrected else raw,
        standard_error=math.sqrt(variance),
    )


def connected_groups(shared: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    """Return the groups into which lists fall when those that share anybody are joined.

    Parameters
    ----------
    shared : ndarray of int64, shape (J, J)
        People on both of two lists.

    Returns
    -------
    tuple of tuple of int
        Positions of lists, ascending within a group, groups by their first list.
    """
    left, groups = list(range(len(shared))), []
    while left:
        group, edge = set(), [left[0]]
        while edge:
            node = edge.pop()
            group.add(node)
            edge.extend(k for k in left if k not in group and shared[node, k] > 0)
        left = [k for k in left if k not in group]
        groups.append(tuple(sorted(group)))
    return tuple(groups)


def sum_of_bounds(fits: Sequence[BoundFit]) -> BoundFit:
    """Add the bounds of groups of lists that share nobody; a group without a bound adds nothing.

    Over the whole, people on single lists of different groups would multiply (f1^2) while no overlap between groups
    divides (f2), so that the formula exceeds the truth. Within a group it holds, and no two groups share anybody.

    Parameters
    ----------
    fits : sequence of BoundFit
        One per group.

    Returns
    -------
    BoundFit
        The sum, standard errors added as squares (disjoint cells); without any bound, the reason why.
    """
    good = [fit for fit in fits if fit.status == "ok"]
    if good:
        return BoundFit(
            status="ok",
            n_unlisted=math.fsum(fit.n_unlisted for fit in good),
            standard_error=math.sqrt(math.fsum(fit.standard_error**2 for fit in good)),
        )
    if any(fit.status == "nothing beyond" for fit in fits):
        return BoundFit(status="nothing beyond", n_unlisted=0.0)
    return BoundFit(status="no repeats" if fits else "too few lists")
