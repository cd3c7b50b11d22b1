"""Records contracted to items by what is decided, cut into components, and laid out for work on many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from uncounted.errors import LinkageError
from uncounted.linkage.pairs import ScoredPairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# All below in log2 odds. Pairs under COMPONENT_WEIGHT (3 %) do not tie components together.
COMPONENT_WEIGHT = -5.0
# A pair that no rule brought up: little in common, but never looked at either.
UNSCORED_WEIGHT = -4.0
# Fields are not independent, as the model assumes them to be, so its surest weights are surer than they should be.
MOST_WEIGHT = 15.0
# A component in which every pair was scored and is at least this sure is one person in every draw: the chance that it
# is not is a few in ten thousand, and of those it is nearly always a whole record that leaves, which is cheaper.
CERTAIN_WEIGHT = 12.0
# Components above this size are cut at rising weights; what hangs together even at SURE_WEIGHT is one cluster.
MAX_COMPONENT = 120
SURE_WEIGHT = 15.0
_FORBIDDEN = -1e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """Records contracted by "same" decisions, and the scored pairs between the items.

    Attributes
    ----------
    of_record : ndarray of int64, shape (n_records,)
        Item of each record.
    members : ndarray of int64, shape (items,)
        Records of each item that were compared: identical ones, of which one was, count once.
    left, right : ndarray of int64, shape (E,)
        Item pairs between which at least one pair of records was scored; left < right.
    group : ndarray of int64, shape (pairs,)
        Item pair of each scored pair of records; -1 within an item.
    n_scored : ndarray of int64, shape (E,)
        Scored pairs of records between the two.
    forbidden : ndarray of int64, shape (F, 2)
        Items that must stay apart, left < right.
    """

    of_record: Ints
    members: Ints
    left: Ints
    right: Ints
    group: Ints
    n_scored: Ints
    forbidden: Ints

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.members)

    def summed(self, weights: Floats) -> Floats:
        """Sum log2 odds over the scored pairs of each item pair, none counting above `MOST_WEIGHT`."""
        inside = self.group >= 0
        clipped = np.clip(weights[inside], -2.0 * MOST_WEIGHT, MOST_WEIGHT)
        return np.bincount(self.group[inside], weights=clipped, minlength=len(self.left)).astype(np.float64)

    def best(self, weights: Floats) -> Floats:
        """Return the highest log2 odds of each item pair."""
        found = np.full(len(self.left), -np.inf)
        inside = self.group >= 0
        np.maximum.at(found, self.group[inside], weights[inside])
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Components of a like size side by side: component c holds `sizes[c]` items in the first slots of row c.

    Attributes
    ----------
    items : ndarray of int64, shape (B, n)
        Item of each slot; -1 where a component has fewer.
    base : ndarray of float64, shape (B, n, n)
        Summed log2 odds of pairs that were never scored, and of those that must stay apart.
    members : ndarray of int64, shape (B, n)
        Records of each item; 1 in empty slots.
    edges, at, i, j : ndarray of int64, shape (e,)
        Item pair of `Items`, and its row and slots.
    sizes : ndarray of int64, shape (B,)
    """

    items: Ints
    base: Floats
    members: Ints
    edges: Ints
    at: Ints
    i: Ints
    j: Ints
    sizes: Ints

    def matrices(self, summed: Floats) -> Floats:
        """Return the log2 odds between the items of each component, shape (B, n, n), zero on the diagonal."""
        full = self.base.copy()
        full[self.at, self.i, self.j] += summed[self.edges]
        full[self.at, self.j, self.i] += summed[self.edges]
        return full


def contract(
    pairs: ScoredPairs,
    same: Sequence[tuple[int, int]],
    different: Sequence[tuple[int, int]],
    identical: Sequence[tuple[int, int]],
) -> Items:
    """Make one item of the records that decisions, or being identical, make one person.

    Raises
    ------
    LinkageError
        L04 if records that are so made one were also decided to be different.
    """
    n = pairs.n_records
    of_record = groups_of(n, [*same, *identical])
    contradictory = [(a, b) for a, b in different if of_record[a] == of_record[b]]
    if contradictory:
        named = "; ".join(f"{a} and {b}" for a, b in contradictory[:5])
        raise LinkageError(
            f"decisions contradict each other: records {named} were decided to be different people, but other "
            "decisions make them the same person.",
            why="No clustering can respect both.",
            do="Look at these records again and withdraw one of the decisions.",
            code="L04",
        )
    compared = np.ones(n, dtype=bool)
    compared[np.array([record for _, record in identical], dtype=np.int64)] = False
    members = np.bincount(of_record[compared]).astype(np.int64)
    left = of_record[np.asarray(pairs.table["left"].to_numpy(), dtype=np.int64)]
    right = of_record[np.asarray(pairs.table["right"].to_numpy(), dtype=np.int64)]
    low, high = np.minimum(left, right), np.maximum(left, right)
    n_items = max(len(members), 1)
    apart = low != high
    code, back, counts = np.unique(low[apart] * n_items + high[apart], return_inverse=True, return_counts=True)
    group = np.full(len(low), -1, dtype=np.int64)
    group[apart] = back
    barred = {(min(a, b), max(a, b)) for a, b in of_record[np.array(different, dtype=np.int64).reshape(-1, 2)].tolist()}
    return Items(
        of_record=of_record,
        members=members,
        left=code // n_items,
        right=code % n_items,
        group=group,
        n_scored=counts.astype(np.int64),
        forbidden=np.array(sorted(barred), dtype=np.int64).reshape(-1, 2),
    )


def groups_of(n: int, joined: Sequence[tuple[int, int]]) -> Ints:
    """Return the number of the group that pairs join each member to, in the order of smallest members; shape (n,)."""
    edges = np.array(joined, dtype=np.int64).reshape(-1, 2)
    return connected(n, edges[:, 0], edges[:, 1])


def connected(n: int, left: Ints, right: Ints) -> Ints:
    """Return the number of each member's connected component, in the order of smallest members; shape (n,)."""
    if not len(left):
        return np.arange(n, dtype=np.int64)
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    _, first, back = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[back], dtype=np.int64)


def components(items: Items, best: Floats, raw: Floats) -> tuple[Ints, list[str]]:
    """Return the connected component of each item, large ones cut at rising weights.

    Parameters
    ----------
    items : Items
        The items.
    best : ndarray of float64, shape (E,)
        Highest log2 odds of each item pair.
    raw : ndarray of float64, shape (E,)
        The same before calibration, which levels the surest weights: what large components are cut by.

    Returns
    -------
    tuple of (component, notes)
        Component of each item, shape (items,), and sentences about components that were cut or are too large.
    """
    n = items.n
    forbidden = items.forbidden[:, 0] * n + items.forbidden[:, 1]
    allowed = ~np.isin(items.left * n + items.right, forbidden)

    def joined(chosen: NDArray[np.bool_]) -> Ints:
        return connected(n, items.left[chosen], items.right[chosen])

    keep = allowed & (best > COMPONENT_WEIGHT)
    component = joined(keep)
    notes: list[str] = []
    n_cut = 0
    cut_at = COMPONENT_WEIGHT
    while cut_at < SURE_WEIGHT:
        sizes = np.bincount(component, minlength=n)
        large = sizes[component] > MAX_COMPONENT
        if not large.any():
            break
        if n_cut == 0:
            n_cut = int((sizes > MAX_COMPONENT).sum())
        cut_at += 1.0
        keep &= ~(large[items.left] & (raw <= cut_at))
        component = joined(keep)
    if n_cut:
        notes.append(
            f"{n_cut} groups of more than {MAX_COMPONENT} records hang together through uncertain links; they were cut "
            f"at stronger links (up to {cut_at:.0f} in log2 odds), so the draws understate the uncertainty there."
        )
    n_whole = int((np.bincount(component, minlength=n) > MAX_COMPONENT).sum())
    if n_whole:
        notes.append(
            f"{n_whole} groups of more than {MAX_COMPONENT} records hang together even through near-certain links "
            "and count as one person each; look for filler values in names and dates."
        )
    return component, notes


def certain(items: Items, component: Ints, summed: Floats) -> NDArray[np.bool_]:
    """Mark the components that are one person beyond doubt: every pair scored and at least `CERTAIN_WEIGHT`."""
    n = int(component.max(initial=-1)) + 1
    sizes = np.bincount(component, minlength=n)
    inside = component[items.left] == component[items.right]
    complete = items.n_scored == items.members[items.left] * items.members[items.right]
    sure = inside & complete & (summed >= CERTAIN_WEIGHT * items.n_scored)
    n_sure = np.bincount(component[items.left[sure]], minlength=n)
    return np.asarray((n_sure == sizes * (sizes - 1) // 2) & (sizes > 1), dtype=bool)


def lay_out(items: Items, component: Ints, chosen: Ints) -> Layout:
    """Lay some components out side by side; none may be empty.

    Parameters
    ----------
    items : Items
        The items.
    component : ndarray of int64, shape (items,)
        Component of each item.
    chosen : ndarray of int64, shape (B,)
        Components to lay out.

    Returns
    -------
    Layout
    """
    row = np.full(int(component.max()) + 1, -1, dtype=np.int64)
    row[chosen] = np.arange(len(chosen))
    mine = np.flatnonzero(row[component] >= 0)
    mine = mine[np.argsort(row[component[mine]], kind="stable")]
    at = row[component[mine]]
    sizes = np.bincount(at, minlength=len(chosen)).astype(np.int64)
    slot = np.arange(len(mine)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    n = int(sizes.max())
    laid = np.full((len(chosen), n), -1, dtype=np.int64)
    laid[at, slot] = mine
    members = np.ones((len(chosen), n), dtype=np.int64)
    members[at, slot] = items.members[mine]
    place = np.full(items.n, -1, dtype=np.int64)
    place[mine] = slot
    edges = np.flatnonzero((component[items.left] == component[items.right]) & (row[component[items.left]] >= 0))
    where, i, j = row[component[items.left[edges]]], place[items.left[edges]], place[items.right[edges]]
    base = UNSCORED_WEIGHT * (members[:, :, None] * members[:, None, :]).astype(np.float64)
    for a, b in ((i, j), (j, i)):
        base[where, a, b] -= UNSCORED_WEIGHT * items.n_scored[edges]
    one, other = items.forbidden[:, 0], items.forbidden[:, 1]
    here = (component[one] == component[other]) & (row[component[one]] >= 0)
    one, other = one[here], other[here]
    for x, y in ((one, other), (other, one)):
        base[row[component[x]], place[x], place[y]] = _FORBIDDEN
    diagonal = np.arange(n)
    base[:, diagonal, diagonal] = 0.0
    return Layout(items=laid, base=base, members=members, edges=edges, at=where, i=i, j=j, sizes=sizes)
