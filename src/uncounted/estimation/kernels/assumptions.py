"""Identifying assumptions: from the people on lists to the people on none, one formula each.

The counts say nothing about which assumption is right; they can only contradict one (a negative dark figure) or leave
it without an answer (an empty cell in a product). Nothing is ever added to an empty cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCell:
    """What an assumption says about the empty pattern.

    Attributes
    ----------
    status : {"ok", "zero denominator", "zero numerator", "contradicted"}
    n_unlisted : float
        The dark figure; negative if "contradicted", NaN where a product has an empty cell.
    standard_error : float
        Of the total, delta method.
    projected, shift : float
        The log-normal quantity and what is taken off it: n_unlisted = projected - shift. `shift` is 0 except for
        `marginal_independence`, where it counts people seen by other lists only.
    n_empty : int
        Empty cells in the products.
    """

    status: Literal["ok", "zero denominator", "zero numerator", "contradicted"]
    n_unlisted: float = math.nan
    standard_error: float = math.nan
    projected: float = math.nan
    shift: float = 0.0
    n_empty: int = 0


def subset_cells(n_lists: int, subset: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the cells of people on lists of a subset alone, and which of them are on an odd number of lists.

    Parameters
    ----------
    n_lists : int
        J.
    subset : sequence of int
        Positions of two or more lists.

    Returns
    -------
    tuple of (ndarray of int64, ndarray of bool), shapes (2**k - 1,)
        Columns in `CaptureTable` order; whether the column's pattern has an odd number of lists.

    Raises
    ------
    ValueError
        If `subset` holds fewer than two lists, or positions that are not there.
    """
    chosen = sorted({int(j) for j in subset})
    if len(chosen) < 2 or chosen[0] < 0 or chosen[-1] >= n_lists:
        msg = "counts must have 2**n_lists - 1 cells and subset two or more positions of lists"
        raise ValueError(msg)
    bits = np.asarray([1 << (n_lists - 1 - j) for j in chosen], dtype=np.int64)
    k = np.arange(1, 2 ** len(chosen), dtype=np.int64)[:, None]
    member = (k >> np.arange(len(chosen), dtype=np.int64)) & 1
    return member @ bits - 1, member.sum(axis=1) % 2 == 1


def no_interaction(counts: NDArray[np.int64], n_lists: int, subset: Sequence[int]) -> MissingCell:
    """Project the dark figure when the lists in `subset` have no highest-order interaction.

    Among people unseen by all lists outside `subset`. With two lists this is their independence there, with all lists
    the usual assumption of the saturated log-linear model.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**n_lists - 1,)
        People per pattern in `CaptureTable` order.
    n_lists : int
        Number of lists.
    subset : sequence of int
        Positions of two or more lists.

    Returns
    -------
    MissingCell
        n0 = product of the odd cells over product of the even cells; Var log n0 = sum of 1/n over these cells.

    Raises
    ------
    ValueError
        If the shapes disagree or `subset` holds fewer than two lists.

    References
    ----------
    Aleshin-Guendel, Sadinle, Wakefield (2021), arXiv:2101.09304, section 4; Dulce Rubio, Kennedy (2024),
    arXiv:2407.03539 for subsets. SE of the total: Rivest, Levesque (2001), Can. J. Statist. 29:555.
    """
    if counts.shape != (2**n_lists - 1,):
        msg = "counts must have 2**n_lists - 1 cells and subset two or more positions of lists"
        raise ValueError(msg)
    columns, odd = subset_cells(n_lists, subset)
    cells = counts[columns].astype(np.float64)
    n_empty = int((cells == 0).sum())
    if (cells[~odd] == 0).any():
        return MissingCell(status="zero denominator", n_empty=n_empty)
    if n_empty:
        return MissingCell(status="zero numerator", n_unlisted=0.0, n_empty=n_empty)
    logs = np.log(cells)
    # Products of thousands of cells leave the range of floats; the ceiling keeps them finite and absurdly large.
    n_unlisted = math.exp(min(float(logs[odd].sum() - logs[~odd].sum()), 300.0))
    variance = n_unlisted + n_unlisted**2 * float((1 / cells).sum())
    return MissingCell(
        status="ok", n_unlisted=n_unlisted, standard_error=math.sqrt(variance), projected=n_unlisted, shift=0.0
    )


def pair_margin(counts: NDArray[np.int64], n_lists: int, first: int, second: int) -> tuple[int, int, int, int]:
    """Return people on the first list and not the second, the second alone, both, and on other lists only."""
    if counts.shape != (2**n_lists - 1,) or first == second:
        msg = "counts must have 2**n_lists - 1 cells and the two lists must differ"
        raise ValueError(msg)
    k = np.arange(1, 2**n_lists, dtype=np.int64)
    a = ((k >> (n_lists - 1 - first)) & 1).astype(bool)
    b = ((k >> (n_lists - 1 - second)) & 1).astype(bool)
    return (
        int(counts[a & ~b].sum()),
        int(counts[~a & b].sum()),
        int(counts[a & b].sum()),
        int(counts[~a & ~b].sum()),
    )


def marginal_independence(counts: NDArray[np.int64], n_lists: int, first: int, second: int) -> MissingCell:
    """Project the dark figure when two lists are independent in the whole population.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**n_lists - 1,)
        People per pattern in `CaptureTable` order.
    n_lists : int
        Number of lists.
    first, second : int
        Positions of the two lists.

    Returns
    -------
    MissingCell
        n0 = m10 m01 / m11 - m00, where m00 are the people that only other lists recorded; "contradicted" if negative:
        more people are documented than the two lists, if independent, leave room for.

    References
    ----------
    Aleshin-Guendel, Sadinle, Wakefield (2021), arXiv:2101.09304, section 4 (marginal no highest-order interaction).
    """
    m10, m01, m11, m00 = pair_margin(counts, n_lists, first, second)
    if m11 == 0:
        return MissingCell(status="zero denominator", n_empty=1, shift=float(m00))
    if m10 == 0 or m01 == 0:
        return MissingCell(status="zero numerator", n_empty=1, n_unlisted=-float(m00), shift=float(m00))
    projected = float(m10) * m01 / m11
    variance = projected + projected**2 * (1 / m10 + 1 / m01 + 1 / m11)
    return MissingCell(
        status="ok" if projected >= m00 else "contradicted",
        n_unlisted=projected - m00,
        standard_error=math.sqrt(variance),
        projected=projected,
        shift=float(m00),
    )
