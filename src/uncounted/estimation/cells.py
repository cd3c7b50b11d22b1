"""Count vectors per stratum and linkage draw, over the lists that could have recorded somebody there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable, pattern_matrix

IntArray = NDArray[np.int64]

MOST_ORDERS = 720


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The counts of one stratum.

    Attributes
    ----------
    stratum : str
    lists : tuple of str, length J
        The lists that cover the stratum; may be empty.
    counts : ndarray of int64, shape (D, 2**J - 1)
        People per linkage draw and pattern.
    """

    stratum: str
    lists: tuple[str, ...]
    counts: IntArray


def cells_by_stratum(table: CaptureTable) -> tuple[Cells, ...]:
    """Return each stratum's counts over its covered lists, sorted by label: the order of strata is irrelevant."""
    found = []
    for label in sorted(table.strata):
        s = table.strata.index(label)
        covered = table.coverage[s]
        if covered.all():
            found.append(Cells(stratum=label, lists=table.lists, counts=table.counts[:, s, :]))
        elif not covered.any():
            nobody = np.zeros((table.n_draws, 0), dtype=np.int64)
            found.append(Cells(stratum=label, lists=(), counts=nobody))
        else:
            part = table.stratum(label)
            found.append(Cells(stratum=label, lists=part.lists, counts=part.counts[:, 0, :]))
    return tuple(found)


def middle_listed(listed: IntArray) -> int:
    """Return the number of people listed in the middle draw (the lower of two): a number that some draw really has."""
    return int(np.sort(listed)[(len(listed) - 1) // 2])


def median_draw(table: CaptureTable) -> int:
    """Return the position of the linkage draw whose number of people is in the middle (the lower of two).

    Rules that need one coherent table (swing, goodness of fit) look at this draw: an actual clustering, not a mixture
    of several that no linkage produced. Ties are broken by the counts themselves, so draws may come in any order.
    """
    totals = table.n_listed
    order = sorted(range(table.n_draws), key=lambda d: (int(totals[d]), table.counts[d].tobytes()))
    return order[(len(order) - 1) // 2]


def list_totals(counts: IntArray, n_lists: int) -> IntArray:
    """Return people per list for one count vector, shape (J,)."""
    return np.asarray(counts @ pattern_matrix(n_lists).astype(np.int64), dtype=np.int64)


def drop_empty_lists(counts: IntArray, lists: tuple[str, ...]) -> tuple[IntArray, tuple[str, ...]]:
    """Return counts and names without the lists that hold nobody; the people stay the same.

    An empty list says nothing about anybody: keeping it would only fill the table with empty cells.
    """
    n_lists = len(lists)
    if n_lists == 0:
        return counts, lists
    held = list_totals(counts, n_lists) > 0
    if held.all():
        return counts, lists
    kept = [j for j in range(n_lists) if held[j]]
    if not kept:
        return np.zeros(0, dtype=np.int64), ()
    bits = np.asarray([1 << (n_lists - 1 - j) for j in kept], dtype=np.int64)
    codes = pattern_matrix(len(kept)).astype(np.int64) @ bits
    return counts[codes - 1], tuple(lists[j] for j in kept)


def canonical_order(counts: IntArray, n_lists: int) -> tuple[int, ...]:
    """Return an order of the lists that depends on the counts alone, not on how the lists stand in the table.

    Samplers and searches that break ties work on the table in this order, so that no digit of a result depends on the
    order of the lists. Lists that a sort by what they hold and share cannot tell apart are tried in all orders, and
    the one with the smallest counts is taken.
    """
    member = pattern_matrix(n_lists)
    size = member.sum(axis=1)
    profile = [
        tuple(int(counts[(size == k) & member[:, j]].sum()) for k in range(1, n_lists + 1)) for j in range(n_lists)
    ]
    ties: list[list[int]] = []
    for j in sorted(range(n_lists), key=profile.__getitem__):
        if ties and profile[ties[-1][0]] == profile[j]:
            ties[-1].append(j)
        else:
            ties.append([j])
    if prod(factorial(len(t)) for t in ties) > MOST_ORDERS:
        return tuple(j for group in ties for j in group)  # lists that are all alike in this many ways: any order
    candidates = [tuple(j for part in parts for j in part) for parts in product(*(permutations(t) for t in ties))]
    return min(candidates, key=lambda order: reordered(counts, order).tolist())


def reordered(counts: IntArray, order: tuple[int, ...]) -> IntArray:
    """Return a count vector (or rows of them) as it is when the lists stand in `order`."""
    n_lists = len(order)
    bits = np.asarray([1 << (n_lists - 1 - j) for j in order], dtype=np.int64)
    return np.asarray(counts[..., pattern_matrix(n_lists).astype(np.int64) @ bits - 1], dtype=np.int64)
