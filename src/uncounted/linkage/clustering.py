"""From scored pairs to clusterings: one best, and draws that carry the uncertainty of the links.

Records are cut into connected components of pairs that are not very unlikely; within each, partitions are drawn with
probability proportional to the product of the odds of the pairs placed together (`partitions.py`). What reviewers
decided is forced: "same" pairs become one item beforehand, "different" pairs can never meet. Large groups of identical
records become one item too, unless a decision parts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage.missed import estimate_missed, join_missed
from uncounted.linkage.pairs import Clusterings, ScoredPairs
from uncounted.linkage.partitions import EXACT_UP_TO, average_linkage, draw_chain, draw_exact
from uncounted.project.model import LinkageSpec

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# All below in log2 odds. Pairs under COMPONENT_WEIGHT (3 %) do not tie components together.
COMPONENT_WEIGHT = -5.0
# A pair that no rule brought up: little in common, but never looked at either.
UNSCORED_WEIGHT = -4.0
# Fields are not independent, as the model assumes them to be, so its surest weights are surer than they should be.
MOST_WEIGHT = 15.0
# In each draw all odds move up or down together: training, the prior odds and the model itself are uncertain, and
# this uncertainty is common to all pairs. One unit is a factor of two.
SHIFT_SD = 1.0
# Components above this size are cut at rising weights; what hangs together even at SURE_WEIGHT is one cluster.
MAX_COMPONENT = 120
SURE_WEIGHT = 15.0
CROWDED = 10
_FORBIDDEN = -1e6
_BIN_EDGES = (12, 20, 40, 80, MAX_COMPONENT)
_BATCH_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Items:
    """Records contracted by "same" decisions, and the pairs between the items: weights summed, pairs counted.

    `members` counts the records of an item that were compared: identical ones, of which one was, count once.
    """

    of_record: Ints
    members: Ints
    left: Ints
    right: Ints
    total: Floats
    best: Floats
    n_scored: Ints
    forbidden: frozenset[tuple[int, int]]


def cluster(
    pairs: ScoredPairs,
    spec: LinkageSpec,
    *,
    n_draws: int,
    seed: int,
    lists: Ints,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Clusterings:
    """Cluster records into people: a best clustering by average linkage, and draws.

    Parameters
    ----------
    pairs : ScoredPairs
        Pairs with their log2 odds.
    spec : LinkageSpec
        `threshold`: the best clustering joins groups whose mean log odds reach this probability.
    n_draws : int
        Draws of clusterings.
    seed : int
        Seed of the draws. The same pairs, decisions and seed give the same clusterings.
    lists : ndarray of int64, shape (n_records,)
        List of each record, for the warning about clusters with many records of one list.
    same, different : iterable of (int, int)
        Pairs of record numbers that reviewers decided on; they hold in the best clustering and in every draw.

    Returns
    -------
    Clusterings
        Labels are the smallest record of a cluster.

    Raises
    ------
    LinkageError
        L02 for settings out of range, L04 if decisions contradict each other, L05 if one names no record, L06 if
        `lists` has the wrong length.
    """
    n = pairs.n_records
    _check_arguments(spec, n_draws, lists, n)
    decided_same, decided_different = _checked(same, n), _checked(different, n)
    identical, parted = _identical(pairs, decided_same, decided_different)
    items = _contract(pairs, decided_same, decided_different, identical)
    n_items = len(items.members)
    component, notes = _components(items, n_items)
    notes.extend(parted)
    point = np.arange(n_items)
    draws = np.tile(np.arange(n_items), (n_draws, 1))
    order = np.argsort(component, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(component[order]) != 0]) if n_items else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, n_items])
    position = np.empty(n_items, dtype=np.int64)
    position[order] = np.arange(n_items) - np.repeat(starts, sizes)
    rank = np.empty(n_items, dtype=np.int64)
    rank[order] = np.repeat(np.arange(len(starts)), sizes)
    shifts = np.random.default_rng([seed, 1]).normal(0.0, SHIFT_SD, n_draws)
    threshold = float(np.log2(spec.threshold / (1.0 - spec.threshold)))
    largest = MAX_COMPONENT
    for at in np.flatnonzero(sizes > largest):
        whole = order[starts[at] : starts[at] + sizes[at]]
        point[whole] = draws[:, whole] = whole.min()
    for batch in _batches(sizes):
        totals, counts = _dense(items, batch, rank, position, sizes)
        inside = [order[starts[c] : starts[c] + sizes[c]] for c in batch]
        for where, matrix in zip(inside, totals, strict=True):
            k = len(where)
            point[where] = where[average_linkage(matrix[:k, :k], items.members[where], threshold)]
        rng = np.random.default_rng([seed, 2, int(batch[0])])
        labels = _draw(totals, counts, sizes[batch], shifts, rng)
        for c, where in enumerate(inside):
            draws[:, where] = where[labels[c, :, : len(where)]]
    point_labels = point[items.of_record]
    draw_labels = draws[:, items.of_record]
    draw_labels, missed = _with_missed(pairs, draw_labels, shifts, decided_different, seed)
    notes.extend(missed)
    result = np.vstack([_smallest(point_labels)[None, :], *[_smallest(row)[None, :] for row in draw_labels]])
    result.setflags(write=False)
    notes.extend(_crowded(result[0], lists))
    return Clusterings(point=result[0], draws=result[1:], warnings=tuple(notes))


def _with_missed(
    pairs: ScoredPairs, draws: Ints, shifts: Floats, different: list[tuple[int, int]], seed: int
) -> tuple[Ints, list[str]]:
    """Add the links that no draw shows, at random and right in number (see `missed.py`)."""
    if not pairs.n_pairs:
        return draws, []
    left, right, weight, n_rules = (
        np.asarray(pairs.table[name].to_numpy()) for name in ("left", "right", "match_weight", "n_rules")
    )
    # Sums over draws one at a time, so that memory does not grow with their number.
    prob = np.zeros(len(weight))
    together = np.zeros(len(weight))
    for labels, shift in zip(draws, shifts, strict=True):
        prob += 1.0 / (1.0 + np.exp2(-np.clip(weight + shift, -60.0, 60.0)))
        together += labels[left] == labels[right]
    missed = estimate_missed(prob=prob / len(draws), together=together / len(draws), n_rules=n_rules)
    apart = np.array(different, dtype=np.int64).reshape(-1, 2)
    joined = [
        join_missed(
            _smallest(labels),
            left=left,
            right=right,
            weight=weight,
            n_links=missed.total,
            apart=apart,
            rng=np.random.default_rng([seed, 3, d]),
        )
        for d, labels in enumerate(draws)
    ]
    if missed.total < 1.0:
        return np.stack(joined), []
    return np.stack(joined), [
        f"About {missed.total:.0f} more pairs of records are one person and linked by no draw "
        f"({missed.not_compared:.0f} of them brought up by no rule); each draw joins about as many at random, which "
        "brings the counts nearer to the truth; which records they are is not known."
    ]


def _check_arguments(spec: LinkageSpec, n_draws: int, lists: Ints, n: int) -> None:
    if not 0.0 < spec.threshold < 1.0:
        raise LinkageError("threshold must lie between 0 and 1.", where="[linkage]", code="L02")
    if n_draws < 1:
        raise LinkageError(f"draws must be at least 1; found {n_draws}.", where="[linkage]", code="L02")
    if np.shape(lists) != (n,):
        raise LinkageError(f"{n} records need {n} list numbers; found shape {np.shape(lists)}.", code="L06")


def _checked(decided: Iterable[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    found = sorted({(min(int(a), int(b)), max(int(a), int(b))) for a, b in decided})
    for a, b in found:
        if a == b or a < 0 or b >= n:
            raise LinkageError(
                f"a decision joins or parts records {a} and {b}, but records are numbered 0 to {n - 1}.",
                why="The lists may have changed since the decision was made.",
                do="Link again from the current lists, then check the decisions.",
                code="L05",
            )
    return found


def _identical(
    pairs: ScoredPairs, same: list[tuple[int, int]], different: list[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[str]]:
    """Return the pairs of identical records to join, without the groups that decisions part, and a sentence on these.

    A group is parted by a "different" decision between two of its records, also by way of "same" decisions.
    """
    if not pairs.identical:
        return [], []
    groups: dict[int, list[int]] = {}
    for record, representative in pairs.identical:
        groups.setdefault(representative, [representative]).append(record)
    parent = np.arange(pairs.n_records)
    _join(parent, same)
    kept: list[tuple[int, int]] = []
    n_parted = 0
    for representative, members in sorted(groups.items()):
        meeting = {_root(parent, member) for member in members}
        if any(_root(parent, a) in meeting and _root(parent, b) in meeting for a, b in different):
            n_parted += 1
            continue
        joined = [(representative, member) for member in members[1:]]
        _join(parent, joined)
        kept.extend(joined)
    if not n_parted:
        return kept, []
    return kept, [
        f"Large groups of identical records that decisions make different people of: {n_parted}. They are not put "
        "together, and each of their records counts as a person of its own unless something else links it."
    ]


def _contract(
    pairs: ScoredPairs,
    same: list[tuple[int, int]],
    different: list[tuple[int, int]],
    identical: list[tuple[int, int]],
) -> _Items:
    n = pairs.n_records
    parent = np.arange(n)
    _join(parent, [*same, *identical])
    roots = np.array([_root(parent, r) for r in range(n)], dtype=np.int64) if same or identical else parent
    contradictory = [(a, b) for a, b in different if roots[a] == roots[b]]
    if contradictory:
        named = "; ".join(f"{a} and {b}" for a, b in contradictory[:5])
        raise LinkageError(
            f"decisions contradict each other: records {named} were decided to be different people, but other "
            "decisions make them the same person.",
            why="No clustering can respect both.",
            do="Look at these records again and withdraw one of the decisions.",
            code="L04",
        )
    _, of_record = np.unique(roots, return_inverse=True)
    compared = np.ones(n, dtype=np.int64)
    compared[[record for _, record in identical]] = 0
    members = np.bincount(of_record[compared > 0])
    left = of_record[np.asarray(pairs.table["left"].to_numpy(), dtype=np.int64)]
    right = of_record[np.asarray(pairs.table["right"].to_numpy(), dtype=np.int64)]
    raw = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    apart = left != right
    low, high = np.minimum(left, right)[apart], np.maximum(left, right)[apart]
    n_items = len(members)
    code, group = np.unique(low * n_items + high, return_inverse=True)
    best = np.full(len(code), -np.inf)
    np.maximum.at(best, group, raw[apart])
    clipped = np.clip(raw[apart], -MOST_WEIGHT, MOST_WEIGHT)
    return _Items(
        of_record=of_record.astype(np.int64),
        members=members.astype(np.int64),
        left=(code // max(n_items, 1)).astype(np.int64),
        right=(code % max(n_items, 1)).astype(np.int64),
        total=np.bincount(group, weights=clipped, minlength=len(code)).astype(np.float64),
        best=best,
        n_scored=np.bincount(group, minlength=len(code)).astype(np.int64),
        forbidden=frozenset(
            (min(int(of_record[a]), int(of_record[b])), max(int(of_record[a]), int(of_record[b]))) for a, b in different
        ),
    )


def _join(parent: Ints, joined: list[tuple[int, int]]) -> None:
    for a, b in joined:
        root_a, root_b = _root(parent, a), _root(parent, b)
        parent[max(root_a, root_b)] = min(root_a, root_b)


def _root(parent: Ints, record: int) -> int:
    while parent[record] != record:
        parent[record] = parent[parent[record]]
        record = int(parent[record])
    return record


def _components(items: _Items, n_items: int) -> tuple[Ints, list[str]]:
    """Label connected components by their smallest item, cutting large ones at rising weights."""
    forbidden = np.array([a * n_items + b for a, b in sorted(items.forbidden)], dtype=np.int64)
    allowed = ~np.isin(items.left * n_items + items.right, forbidden)
    component = _connected(n_items, items.left, items.right, allowed & (items.best > COMPONENT_WEIGHT))
    notes: list[str] = []
    n_cut = 0
    cut_at = COMPONENT_WEIGHT
    while cut_at < SURE_WEIGHT:
        sizes = np.bincount(component, minlength=n_items)
        large = sizes[component] > MAX_COMPONENT
        if not large.any():
            break
        if n_cut == 0:
            n_cut = int((sizes > MAX_COMPONENT).sum())
        cut_at += 1.0
        within = allowed & (items.best > cut_at) & large[items.left] & large[items.right]
        finer = _connected(n_items, items.left, items.right, within)
        component = np.where(large, finer, component)
    if n_cut:
        notes.append(
            f"{n_cut} groups of more than {MAX_COMPONENT} records hang together through uncertain links; they were cut "
            f"at stronger links (up to {cut_at:.0f} in log2 odds), so the draws understate the uncertainty there."
        )
    whole = np.unique(component[np.bincount(component, minlength=n_items)[component] > MAX_COMPONENT])
    if len(whole):
        notes.append(
            f"{len(whole)} groups of more than {MAX_COMPONENT} records hang together even through near-certain links "
            "and count as one person each; look for filler values in names and dates."
        )
    return component, notes


def _connected(n: int, left: Ints, right: Ints, edge: NDArray[np.bool_]) -> Ints:
    """Smallest item of each connected component, by handing the smallest label on until nothing changes."""
    label = np.arange(n)
    a, b = left[edge], right[edge]
    while len(a):
        low = np.minimum(label[a], label[b])
        new = label.copy()
        np.minimum.at(new, a, low)
        np.minimum.at(new, b, low)
        np.minimum.at(new, label[a], low)
        np.minimum.at(new, label[b], low)
        new = new[new]
        if np.array_equal(new, label):
            break
        label = new
    return np.asarray(label, dtype=np.int64)


def _batches(sizes: Ints) -> list[Ints]:
    """Components of a like size, in order of size and smallest item: exact ones by size, larger ones in bins."""
    found: list[Ints] = []
    edges = [(k, k) for k in range(2, EXACT_UP_TO + 1)]
    low = EXACT_UP_TO + 1
    for high in _BIN_EDGES:
        edges.append((low, high))
        low = high + 1
    for low, high in edges:
        chosen = np.flatnonzero((sizes >= low) & (sizes <= high))
        step = max(1, _BATCH_CELLS // (high * high))
        found.extend(chosen[at : at + step] for at in range(0, len(chosen), step))
    return found


def _dense(items: _Items, batch: Ints, rank: Ints, position: Ints, sizes: Ints) -> tuple[Floats, Floats]:
    """Return summed log2 odds and numbers of scored pairs between the items of each component of a batch, padded."""
    n = int(sizes[batch].max())
    slot = np.full(len(sizes), -1, dtype=np.int64)
    slot[batch] = np.arange(len(batch))
    members = np.ones((len(batch), n))
    mine = np.flatnonzero(slot[rank] >= 0)
    members[slot[rank[mine]], position[mine]] = items.members[mine]
    totals = UNSCORED_WEIGHT * members[:, :, None] * members[:, None, :]
    counts = np.zeros_like(totals)
    chosen = (rank[items.left] == rank[items.right]) & (slot[rank[items.left]] >= 0)
    c = slot[rank[items.left[chosen]]]
    i, j = position[items.left[chosen]], position[items.right[chosen]]
    change = items.total[chosen] - UNSCORED_WEIGHT * items.n_scored[chosen]
    for x, y in ((i, j), (j, i)):
        totals[c, x, y] += change
        counts[c, x, y] = items.n_scored[chosen]
    for a, b in items.forbidden:
        if rank[a] == rank[b] and slot[rank[a]] >= 0:
            where = slot[rank[a]]
            totals[where, position[a], position[b]] = totals[where, position[b], position[a]] = _FORBIDDEN
    diagonal = np.arange(n)
    totals[:, diagonal, diagonal] = 0.0
    return totals, counts


def _draw(totals: Floats, counts: Floats, sizes: Ints, shifts: Floats, rng: np.random.Generator) -> Ints:
    """Labels by component, draw and item."""
    n_components, n, _ = totals.shape
    labels = np.empty((n_components, len(shifts), n), dtype=np.int64)
    if n <= EXACT_UP_TO:
        uniforms = rng.random((n_components, len(shifts)))
        for d, shift in enumerate(shifts):
            labels[:, d] = draw_exact(np.log(2.0) * (totals + shift * counts), uniforms[:, d])
        return labels
    step = max(1, _BATCH_CELLS // (len(shifts) * n * n))
    for at in range(0, n_components, step):
        part = slice(at, min(at + step, n_components))
        moved = totals[part, None] + shifts[None, :, None, None] * counts[part, None]
        k = moved.shape[0]
        drawn = draw_chain(
            np.log(2.0) * moved.reshape(k * len(shifts), n, n), np.repeat(sizes[part], len(shifts)), rng=rng
        )
        labels[part] = drawn.reshape(k, len(shifts), n)
    return labels


def _smallest(labels: Ints) -> Ints:
    """Rename labels by the smallest record of each cluster."""
    _, first, back = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(first[back], dtype=np.int64)


def _crowded(point: Ints, lists: Ints) -> list[str]:
    """Warn of clusters with many records of one list."""
    if not len(point):
        return []
    _, counts = np.unique(np.stack([point, np.asarray(lists, dtype=np.int64)], axis=1), axis=0, return_counts=True)
    n = int((counts > CROWDED).sum())
    if not n:
        return []
    return [
        f"{n} clusters hold more than {CROWDED} records of one list; a filler name or date may tie strangers together."
    ]
