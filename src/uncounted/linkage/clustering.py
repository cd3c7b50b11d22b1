"""From scored pairs to clusterings: one best, and draws that carry the uncertainty of the links.

A draw begins with a draw of the calibrated odds (`calibration.py`): what is uncertain about all pairs together moves
together. Records are cut into connected components of pairs that are not very unlikely; within each, a partition is
drawn with probability proportional to the product of the odds of the pairs placed together (`partitions.py`). Then
links are added, or taken away, until there are as many as the odds of this draw add up to, with those that no rule
brought up (`missed.py`, `joining.py`).

What reviewers decided is forced: "same" pairs become one item beforehand, "different" pairs can never meet. Large
groups of identical records become one item too, unless a decision parts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage.calibration import (
    Calibration,
    calibrate,
    calibrated_weights,
    draw_coefficients,
    even_normals,
    labelled_rows,
)
from uncounted.linkage.items import MAX_COMPONENT, Items, Layout, certain, components, contract, groups_of, lay_out
from uncounted.linkage.joining import Frame, bring_home, capped, join_scored, smallest, take_out
from uncounted.linkage.missed import (
    LARGEST,
    RATIO_SD,
    Cells,
    cells_of,
    never_brought_up,
    together_by_lists,
)
from uncounted.linkage.pairs import Clusterings, DrawDoubt, ScoredPairs, probability
from uncounted.linkage.partitions import EXACT_UP_TO, average_linkage, draw_chain, draw_exact
from uncounted.project.model import LinkageSpec

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CROWDED = 10
# Draws made side by side: bounds the memory, and is the same whatever the machine.
_AT_ONCE = 20
_BIN_EDGES = (12, 20, 40, 80, MAX_COMPONENT)
_BATCH_CELLS = 2_000_000
_EDGE = 1e-9
_LN2 = float(np.log(2.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """The columns of the scored pairs that are needed here, and the labels of those that were reviewed."""

    left: Ints
    right: Ints
    n_rules: Ints
    reviewed: Ints
    label: Floats
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Begun:
    """A draw of the odds (log2), the partition drawn from them, and the factor on pairs that no rule brought up."""

    labels: Ints
    weights: Floats
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draw:
    """One draw: its labels, what it took for true, and the pairs it added."""

    labels: Ints
    doubt: DrawDoubt
    added: Floats


def cluster(
    pairs: ScoredPairs,
    spec: LinkageSpec,
    *,
    n_draws: int,
    seed: int,
    lists: Ints,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
    calibration: Calibration | None = None,
) -> Clusterings:
    """Cluster records into people: a best clustering by average linkage, and draws.

    Parameters
    ----------
    pairs : ScoredPairs
        Pairs with their log2 odds.
    spec : LinkageSpec
        `threshold`: the best clustering joins groups whose mean log odds reach this probability; `strict`, `loose`:
        the same for the two beside it.
    n_draws : int
        Draws of clusterings.
    seed : int
        Seed of the draws. The same pairs, decisions and seed give the same clusterings.
    lists : ndarray of int64, shape (n_records,)
        List of each record, 0, 1, …: what is missed is estimated by list pair.
    same, different : iterable of (int, int)
        Pairs of record numbers that reviewers decided on; they hold in every clustering.
    calibration : Calibration, optional
        How the weights are corrected; made from the decisions if not given.

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
    identical, notes = _identical(pairs, decided_same, decided_different)
    items = contract(pairs, decided_same, decided_different, identical)
    if calibration is None:
        calibration = calibrate(pairs, same=decided_same, different=decided_different, seed=seed, lists=lists)
    weights = calibrated_weights(pairs, calibration)
    raw = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    component, said = components(items, items.best(weights), items.best(raw))
    notes.extend(said)
    layouts, settled = _layouts(items, component, items.summed(weights))
    # A user who moves the threshold alone may move it past the others; these then stay with it.
    strictest, loosest = max(spec.strict, spec.threshold), min(spec.loose, spec.threshold)
    levels = np.array([_log2_odds(p) for p in (spec.threshold, strictest, loosest)])
    point, strict, loose = (
        smallest(row[items.of_record]) for row in _best(layouts, settled, items.summed(weights), levels)
    )
    table = _table_of(pairs, decided_same, decided_different, lists)
    tied = [*decided_same, *identical]
    mode = np.clip(probability(weights), _EDGE, 1.0 - _EDGE)
    mode[table.reviewed] = np.where(table.label > 0.5, 1.0 - _EDGE, _EDGE)
    frame = _frame(table, lists, tied=tied, different=decided_different, identical=identical)
    ratios = np.exp(RATIO_SD * even_normals(n_draws, 1, seed=seed, label=13)[:, 0])
    found = []
    coefficients = draw_coefficients(calibration, n_draws=n_draws, seed=seed)
    for first in range(0, n_draws, _AT_ONCE):
        drawn = [calibrated_weights(pairs, calibration, beta) for beta in coefficients[first : first + _AT_ONCE]]
        rng = np.random.default_rng([seed, 1, first])
        partitions = _draw_partitions(layouts, settled, [items.summed(weight) for weight in drawn], rng)
        for d, (weight, labels) in enumerate(zip(drawn, partitions, strict=True), start=first):
            begun = _Begun(labels=smallest(labels[items.of_record]), weights=weight, ratio=float(ratios[d]))
            found.append(_completed(begun, mode, point, table, frame, rng=np.random.default_rng([seed, 2, d])))
    draws = np.stack([one.labels for one in found])
    doubt = tuple(one.doubt for one in found)
    for array in (point, strict, loose, draws):
        array.setflags(write=False)
    notes.extend(_missed_notes(doubt))
    notes.extend(_crowded(point, lists))
    added = np.mean([one.added for one in found], axis=0)
    added.setflags(write=False)
    return Clusterings(
        point=point, draws=draws, strict=strict, loose=loose, doubt=doubt, added=added, warnings=tuple(notes)
    )


# -- within components ------------------------------------------------------------------------------------------------
def _layouts(items: Items, component: Ints, summed: Floats) -> tuple[list[Layout], Ints]:
    """Return the components in which something is to be decided, and the labels of all items as they begin.

    The labels already hold what is beyond doubt: components of one item, those that are certain, those too large.
    """
    sizes = np.bincount(component, minlength=1)
    whole = certain(items, component, summed) | (sizes > MAX_COMPONENT)
    _, first = np.unique(component, return_index=True) if items.n else (component, component)
    labels = np.arange(items.n)
    inside = whole[component] if items.n else np.zeros(0, dtype=bool)
    labels[inside] = first[component[inside]]
    open_sizes = np.where(whole, 0, sizes)
    return [lay_out(items, component, chosen) for chosen in _batches(open_sizes)], labels


def _batches(sizes: Ints) -> list[Ints]:
    """Components of a like size, in order of size and number: exact ones by size, larger ones in bins."""
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


def _best(layouts: list[Layout], settled: Ints, summed: Floats, levels: Floats) -> Ints:
    """Labels of items by average linkage at several levels of log2 odds, shape (levels, items)."""
    labels = np.tile(settled, (len(levels), 1))
    for layout in layouts:
        found = average_linkage(layout.matrices(summed), layout.members, levels)
        for row, slots in zip(labels, found, strict=True):
            _put(row, layout, slots)
    return labels


def _draw_partitions(layouts: list[Layout], settled: Ints, summed: list[Floats], rng: np.random.Generator) -> Ints:
    """Labels of items for several draws of the odds, one partition drawn in each component, shape (draws, items)."""
    labels = np.tile(settled, (len(summed), 1))
    for layout in layouts:
        n = layout.items.shape[1]
        if n <= EXACT_UP_TO:
            for row, one in zip(labels, summed, strict=True):
                log_odds = _LN2 * layout.matrices(one)
                _put(row, layout, draw_exact(log_odds, rng.random(len(log_odds))))
            continue
        # The chain takes as long for one draw as for many side by side.
        step = max(1, _BATCH_CELLS // layout.base.size)
        for at in range(0, len(summed), step):
            part = summed[at : at + step]
            log_odds = _LN2 * np.concatenate([layout.matrices(one) for one in part])
            slots = draw_chain(log_odds, np.tile(layout.sizes, len(part)), rng=rng)
            for row, mine in zip(labels[at : at + step], np.split(slots, len(part)), strict=True):
                _put(row, layout, mine)
    return labels


def _put(labels: Ints, layout: Layout, slots: Ints) -> None:
    """Write the labels of a layout's slots to its items."""
    real = layout.items >= 0
    labels[layout.items[real]] = np.take_along_axis(layout.items, slots, axis=1)[real]


# -- beyond components ------------------------------------------------------------------------------------------------
def _completed(
    begun: _Begun, mode: Floats, point: Ints, table: _Table, frame: Frame, *, rng: np.random.Generator
) -> _Draw:
    """Bring a draw to the number of links that its odds, and the rules that brought pairs up, speak of.

    `mode` has shape (pairs,): match probabilities at the posterior mode.
    """
    labels, weights = begun.labels, begun.weights
    prob = np.clip(probability(weights), _EDGE, 1.0 - _EDGE)
    prob[table.reviewed] = np.where(table.label > 0.5, 1.0 - _EDGE, _EDGE)
    prob = np.clip(capped(prob, mode, frame), _EDGE, 1.0 - _EDGE)
    together = labels[table.left] == labels[table.right]
    # Very large clusters come from filler values: what their many pairs add up to says nothing about the others.
    ordinary = ~together | (np.bincount(labels, minlength=len(labels))[labels[table.left]] <= LARGEST)
    counted = prob[ordinary]
    chance = float(np.sqrt(np.sum(counted * (1.0 - counted))))
    lacking = float(counted.sum()) + chance * float(rng.standard_normal()) - float(together[ordinary].sum())
    more = join_scored(labels, frame, prob=prob, n_pairs=lacking, rng=rng)
    more = take_out(more, frame, prob=prob, n_pairs=-lacking, rng=rng)
    # From the mode: were it from this draw, what is uncertain of the odds would count twice.
    unseen = begun.ratio * never_brought_up(mode, table.n_rules, table.cells)
    companions = table.cells.summed(np.where(table.n_rules == 0, prob, 0.0))
    # Pairs of one cluster that were not scored are held together already; so are those found through a common match.
    held = together_by_lists(more, frame.lists, frame.compared, frame.n_lists) - table.cells.summed(
        (more[table.left] == more[table.right]).astype(np.float64)
    )
    scale = float(rng.poisson(unseen.sum())) / max(float(unseen.sum()), _EDGE)
    never = scale * unseen - companions
    wanted = never - np.maximum(held, 0.0)
    # What one list pair has too many of is no reason to leave out what another lacks, but the sum is to be right.
    total = max(float(wanted.sum()), 0.0)
    positive = np.maximum(wanted, 0.0)
    home = bring_home(more, frame, wanted=positive * (total / max(float(positive.sum()), _EDGE)), rng=rng)
    before, after = (together_by_lists(x, frame.lists, frame.compared, frame.n_lists) for x in (labels, home))
    apart = point[table.left] != point[table.right]
    return _Draw(
        labels=home,
        doubt=DrawDoubt(
            n_scored=float(prob.sum()),
            n_unlinked=float(prob[apart].sum()),
            n_not_compared=max(float(never.sum()), 0.0),
            n_apart=total,
        ),
        added=after - before,
    )


def _table_of(pairs: ScoredPairs, same: list[tuple[int, int]], different: list[tuple[int, int]], lists: Ints) -> _Table:
    left, right, n_rules = (
        np.asarray(pairs.table[name].to_numpy(), dtype=np.int64) for name in ("left", "right", "n_rules")
    )
    reviewed, label = labelled_rows(pairs, same, different)
    cells = cells_of(np.asarray(lists, dtype=np.int64), left, right)
    return _Table(left=left, right=right, n_rules=n_rules, reviewed=reviewed, label=label, cells=cells)


def _frame(
    table: _Table,
    lists: Ints,
    *,
    tied: list[tuple[int, int]],
    different: list[tuple[int, int]],
    identical: list[tuple[int, int]],
) -> Frame:
    n = len(lists)
    compared, bound = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    compared[np.array([record for _, record in identical], dtype=np.int64)] = False
    bound[np.array(tied, dtype=np.int64).reshape(-1)] = True
    return Frame(
        left=table.left,
        right=table.right,
        lists=np.asarray(lists, dtype=np.int64),
        n_lists=table.cells.n_lists,
        compared=compared,
        bound=bound,
        apart=np.array(different, dtype=np.int64).reshape(-1, 2),
    )


def _missed_notes(doubt: tuple[DrawDoubt, ...]) -> list[str]:
    """Say how many links the best clustering is likely to lack."""
    lacking = np.array([one.n_unlinked + one.n_apart for one in doubt])
    if not len(lacking) or np.median(lacking) < 1.0:
        return []
    low, middle, high = np.quantile(lacking, (0.025, 0.5, 0.975))
    never = float(np.median([one.n_apart for one in doubt]))
    share = float(np.median([one.missed_share for one in doubt]))
    return [
        f"About {middle:,.0f} pairs of records (between {low:,.0f} and {high:,.0f}; {100 * share:.1f} % of all) are "
        f"one person and kept apart by the best clustering, {never:,.0f} of them brought up by no rule. Each draw "
        "joins as many as it takes to be true, chosen at random among records that look like it, which brings the "
        "counts nearer to the truth; which records they are is not known."
    ]


# -- arguments --------------------------------------------------------------------------------------------------------
def _log2_odds(prob: float) -> float:
    return float(np.log2(prob / (1.0 - prob)))


def _check_arguments(spec: LinkageSpec, n_draws: int, lists: Ints, n: int) -> None:
    for name, value in (("threshold", spec.threshold), ("strict", spec.strict), ("loose", spec.loose)):
        if not 0.0 < value < 1.0:
            raise LinkageError(f"{name} must lie between 0 and 1; found {value}.", where="[linkage]", code="L02")
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
    """Return (representative, record) of identical records to join, without groups that decisions part, and notes.

    A group is parted by a "different" decision between two of its records, also by way of "same" decisions.
    """
    kept: list[tuple[int, int]] = []
    groups: dict[int, list[int]] = {}
    for record, representative in pairs.identical:
        groups.setdefault(representative, []).append(record)
    n_parted = 0
    for representative, members in sorted(groups.items()):
        joined = [(representative, member) for member in members]
        if different:
            before = groups_of(pairs.n_records, [*same, *kept])
            mine = set(before[[representative, *members]].tolist())
            if any(before[a] in mine and before[b] in mine for a, b in different):
                n_parted += 1
                continue
        kept.extend(joined)
    if not n_parted:
        return kept, []
    return kept, [
        f"Large groups of identical records that decisions make different people of: {n_parted}. They are not put "
        "together, and each of their records counts as a person of its own unless something else links it."
    ]


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
