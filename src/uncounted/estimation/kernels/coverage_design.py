"""The cells and the design of log-linear models over strata with lists that do not cover all of them.

See `partial_coverage` for the model. Letters: C cells that can be observed, I what is observed of them (non-empty
ψ ⊆ O_s), U cells of the unlisted (ω ∩ O_s = ∅), P columns, K what is borrowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STRATUM, SUBSET, REACH = 0, 1, 2  # kinds of columns: u_s; β_j and γ_θ; b_{sj}


def list_bits(n_lists: int) -> IntArray:
    """Return the code of each list alone, first digit first, shape (J,)."""
    return 1 << np.arange(n_lists - 1, -1, -1, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoverageDesign:
    """The cells of all strata, observable ones first and sorted by what is observed of them, and their design.

    Attributes
    ----------
    design : ndarray of float64, shape (C + U, P)
        Every column that a model can use.
    kind, subset : ndarray of int64, shape (P,)
        STRATUM, SUBSET or REACH; θ of a column of kind SUBSET, otherwise 0.
    cell_stratum, cell_code : ndarray of int64, shape (C + U,)
        Stratum and pattern ω of each cell.
    starts : ndarray of int64, shape (I,)
        First cell of each observed pattern.
    observed : ndarray of float64, shape (I,)
        People with each observed pattern, n.
    unlisted_from : int
        C.
    nobody_in : ndarray of bool, shape (S, J)
        The list works beside another and holds nobody: its reach there goes to −∞ where it may vary.
    reach_list : ndarray of int64
        List j of each column of kind REACH.
    n_reach : int
        Parameters of a varying reach, with those at −∞.
    borrowed : ndarray of float64, shape (C + U, K)
        Columns of the b_{sj} that are set to zero because they cannot be seen.
    borrowed_list : ndarray of int64, shape (K,)
        List j of each.
    shared : ndarray of int64, shape (2**J,)
        People on all lists of θ.
    joint : ndarray of bool, shape (2**J,)
        Whether some stratum is covered by all lists of θ.
    """

    design: FloatArray
    kind: IntArray
    subset: IntArray
    cell_stratum: IntArray
    cell_code: IntArray
    starts: IntArray
    observed: FloatArray
    unlisted_from: int
    nobody_in: BoolArray
    reach_list: IntArray
    n_reach: int
    borrowed: FloatArray
    borrowed_list: IntArray
    shared: IntArray
    joint: BoolArray

    @property
    def sizes(self) -> IntArray:
        """Cells of each observed pattern, shape (I,)."""
        return np.diff(np.concatenate([self.starts, [self.unlisted_from]])).astype(np.int64)


def coverage_design(counts: IntArray, coverage: BoolArray) -> CoverageDesign:
    """Lay out the cells of all strata.

    Parameters
    ----------
    counts : ndarray of int64, shape (S, 2**J − 1)
        People per stratum and pattern, in CaptureTable order.
    coverage : ndarray of bool, shape (S, J)
        Whether list j could have recorded anybody in stratum s; at least one list in each.

    Returns
    -------
    CoverageDesign
        Cells, columns and counts.
    """
    n_strata, n_lists = coverage.shape
    codes = np.arange(2**n_lists, dtype=np.int64)
    covering = coverage @ list_bits(n_lists)
    stratum = np.repeat(np.arange(n_strata, dtype=np.int64), len(codes))
    omega = np.tile(codes, n_strata)
    seen = omega & covering[stratum]
    order = np.lexsort((omega, seen, stratum, seen == 0))
    stratum, omega, seen = stratum[order], omega[order], seen[order]
    n_observable = int((seen > 0).sum())
    key = stratum[:n_observable] * len(codes) + seen[:n_observable]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])).astype(np.int64)
    observed = counts[stratum[starts], seen[starts] - 1].astype(np.float64)
    beside = coverage & (coverage.sum(axis=1) > 1)[:, None]
    member = ((codes[1:, None] & list_bits(n_lists)) > 0).astype(np.int64)
    held = counts @ member > 0
    on_list = (omega[:, None] & list_bits(n_lists)) > 0
    reach, reach_list = _reach_columns(stratum, on_list, beside & held)
    unseen = np.argwhere(~beside)
    borrowed = (stratum[:, None] == unseen[:, 0]) & on_list[:, unseen[:, 1]]
    theta = codes[1:]
    design = np.concatenate(
        [
            (stratum[:, None] == np.arange(n_strata)).astype(np.float64),
            ((omega[:, None] & theta) == theta).astype(np.float64),
            reach,
        ],
        axis=1,
    )
    widths = (n_strata, len(theta), reach.shape[1])
    shared = np.asarray([counts[:, (codes[1:] & t) == t].sum() for t in codes], dtype=np.int64)
    return CoverageDesign(
        design=design,
        kind=np.repeat([STRATUM, SUBSET, REACH], widths),
        subset=np.concatenate([np.zeros(n_strata, dtype=np.int64), theta, np.zeros(widths[2], dtype=np.int64)]),
        cell_stratum=stratum,
        cell_code=omega,
        starts=starts,
        observed=observed,
        unlisted_from=n_observable,
        nobody_in=beside & ~held,
        reach_list=reach_list,
        borrowed=borrowed.astype(np.float64),
        borrowed_list=unseen[:, 1],
        n_reach=int(np.maximum(beside.sum(axis=0) - 1, 0).sum()),
        shared=shared,
        joint=((covering[:, None] & codes) == codes).any(axis=0),
    )


def _reach_columns(stratum: IntArray, on_list: BoolArray, free: BoolArray) -> tuple[FloatArray, IntArray]:
    """Return the columns of b_{sj}, which add up to zero over the strata marked in `free` (S, J), and their lists."""
    columns, lists = [], []
    for j in range(free.shape[1]):
        strata = np.flatnonzero(free[:, j])
        for s in strata[:-1]:
            step = (stratum == s).astype(np.float64) - (stratum == strata[-1])
            columns.append(step * on_list[:, j])
            lists.append(j)
    stacked = np.stack(columns, axis=1) if columns else np.zeros((len(stratum), 0))
    return stacked, np.asarray(lists, dtype=np.int64)
