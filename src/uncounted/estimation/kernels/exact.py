"""Linear algebra without rounding: ranks, null spaces and strictly positive solutions over the rationals.

Whether an estimate exists is a yes-or-no question about small integer matrices, so floating point has no place in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def exact_ranks(matrices: IntArray) -> tuple[IntArray, IntArray]:
    """Return the ranks, over the rationals, of a stack of integer matrices, with and without the last column.

    Ranks are taken modulo primes just below 2**31. A rank modulo a prime is never too high; it is too low only if the
    prime divides every minor of the true rank's size. Hadamard's inequality bounds those minors, so once the product
    of the primes tried exceeds the bound, one of them must have shown the true rank.

    Parameters
    ----------
    matrices : ndarray of int64, shape (B, R, C)
        Entries smaller than 2**31 in size; C at least 1.

    Returns
    -------
    ranks : ndarray of int64, shape (B,)
        Ranks of the whole matrices.
    ranks_without_last : ndarray of int64, shape (B,)
        Ranks of the first C − 1 columns.
    """
    n_matrices, n_rows, n_columns = matrices.shape
    ranks = np.zeros((2, n_matrices), dtype=np.int64)
    if n_rows == 0:
        return ranks[0], ranks[1]
    norms = np.sqrt(np.einsum("brc,brc->bc", matrices, matrices, dtype=np.float64))
    # log of the largest possible minor: the product of the column norms above 1.
    bound = np.log(np.maximum(norms, 1.0)).sum(axis=1) + 1e-6
    full = min(n_rows, n_columns)
    settled = 0.0
    open_ = np.arange(n_matrices)
    for prime in _primes():
        if open_.size == 0:
            break
        ranks[:, open_] = np.maximum(ranks[:, open_], _ranks_modulo(matrices[open_] % prime, prime))
        settled += math.log(prime)
        complete = (ranks[0, open_] == full) & (ranks[1, open_] == min(n_rows, n_columns - 1))
        open_ = open_[~complete & (bound[open_] >= settled)]
    return ranks[0], ranks[1]


def _ranks_modulo(matrices: IntArray, prime: int) -> IntArray:
    """Eliminate a stack of matrices modulo a prime, all at once; `matrices` is overwritten. Shape (2, B)."""
    n_matrices, n_rows, n_columns = matrices.shape
    everyone = np.arange(n_matrices)
    unused = np.ones((n_matrices, n_rows), dtype=bool)
    ranks = np.zeros(n_matrices, dtype=np.int64)
    for column in range(n_columns):
        candidates = unused & (matrices[:, :, column] != 0)
        if column == n_columns - 1:
            return np.stack([ranks + candidates.any(axis=1), ranks])
        pivot = candidates.argmax(axis=1)
        found = candidates[everyone, pivot]
        unused[everyone[found], pivot[found]] = False
        ranks += found
        # Each row times the pivot less its entry times the pivot row: no division, and no overflow below 2**63.
        heads = np.where(found, matrices[everyone, pivot, column], 1)
        factors = np.where(unused & found[:, None], matrices[:, :, column], 0)
        rest = matrices[:, :, column + 1 :]
        pivot_rows = rest[everyone, pivot]
        rest *= heads[:, None, None]
        rest -= factors[:, :, None] * pivot_rows[:, None, :]
        rest %= prime
    raise ValueError("a matrix without columns has no last one")


def _primes() -> Iterator[int]:
    """Yield primes downwards from 2**31 − 1."""
    candidate = 2**31 - 1
    while candidate > 2**30:
        if _is_prime(candidate):
            yield candidate
        candidate -= 2


@lru_cache(maxsize=1024)
def _is_prime(number: int) -> bool:
    return all(number % d for d in range(3, math.isqrt(number) + 1, 2))


def null_space(matrix: IntArray) -> list[list[int]]:
    """Return an integer basis of the vectors a matrix sends to zero.

    Gauss–Jordan elimination without fractions (Bareiss): every division is exact.

    Parameters
    ----------
    matrix : ndarray of int64, shape (R, C)
        Any integer matrix.

    Returns
    -------
    list of list of int
        Basis vectors of length C, whole numbers without a common factor.
    """
    n_columns = matrix.shape[1]
    rows: list[list[int]] = [row for row in matrix.tolist() if any(row)]
    pivots: list[int] = []
    scale = 1
    for column in range(n_columns):
        rank = len(pivots)
        found = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[rank], rows[found] = rows[found], rows[rank]
        _clear_column(rows, rank, column, scale)
        scale = rows[rank][column]
        pivots.append(column)
    basis = []
    for column in (c for c in range(n_columns) if c not in pivots):
        vector = [0] * n_columns
        vector[column] = scale
        for row, pivot in zip(rows, pivots, strict=False):
            vector[pivot] = -row[column]
        basis.append(_primitive(vector))
    return basis


def _clear_column(rows: list[list[int]], pivot_row: int, column: int, scale: int) -> None:
    """Clear a column in all rows but one; `scale` is the previous pivot, by which every result divides exactly."""
    head = rows[pivot_row]
    pivot = head[column]
    for i, row in enumerate(rows):
        if i == pivot_row:
            continue
        factor = row[column]
        if factor:
            rows[i] = [(v * pivot - factor * w) // scale for v, w in zip(row, head, strict=True)]
        elif pivot != scale:
            rows[i] = [v * pivot // scale for v in row]


def _primitive(vector: list[int]) -> list[int]:
    """Divide a vector by the greatest common factor of its entries."""
    common = math.gcd(*vector) or 1
    return [v // common for v in vector]


def one_sided_combination(vectors: list[list[int]]) -> list[int] | None:
    """Find whole-number weights u with Σ u_i vectors_i ≥ 0 and not all zero, or show that there are none.

    By Stiemke's lemma exactly one holds: such weights exist, or some y > 0 is orthogonal to every vector. The search
    for y ends with one or the other: first phase of the simplex method with whole-number pivots and Bland's rule.

    Parameters
    ----------
    vectors : list of list of int
        k vectors of one length m.

    Returns
    -------
    list of int or None
        Weights, length k; None if a strictly positive orthogonal y exists.
    """
    k = len(vectors)
    m = len(vectors[0]) if k else 0
    if m == 0:
        return None
    # Look for s ≥ 0 with V s = −V·1, so that y = 1 + s; rows are turned so that the right side is not negative.
    signs = [1 if sum(v) <= 0 else -1 for v in vectors]
    table = [
        [sign * v for v in row] + [int(i == j) for j in range(k)] + [-sign * sum(row)]
        for i, (row, sign) in enumerate(zip(vectors, signs, strict=True))
    ]
    costs = [-sum(column) for column in zip(*table, strict=True)]
    costs[m : m + k] = [0] * k
    table.append(costs)
    basis = [m + i for i in range(k)]
    scale = 1
    while table[k][-1]:
        entering = next((j for j in range(m) if table[k][j] < 0), None)
        if entering is None:
            # The cost of artificial column i is (1 − u_i)·scale, u the multipliers of the turned rows.
            return _primitive([(table[k][m + i] - scale) * signs[i] for i in range(k)])
        leaving = _leaving_row(table[:k], basis, entering)
        _clear_column(table, leaving, entering, scale)
        scale = table[leaving][entering]
        basis[leaving] = entering
    return None


def _leaving_row(table: list[list[int]], basis: list[int], entering: int) -> int:
    """Return the row of the smallest ratio; ties go to the smallest basic column (Bland), so the search ends."""
    best = -1
    for i, row in enumerate(table):
        if row[entering] <= 0:
            continue
        if best < 0:
            best = i
            continue
        ours, theirs = row[-1] * table[best][entering], table[best][-1] * row[entering]
        if ours < theirs or (ours == theirs and basis[i] < basis[best]):
            best = i
    return best
