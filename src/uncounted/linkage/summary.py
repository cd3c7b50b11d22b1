"""What linkage did, in numbers a reader can check: pairs, clusters, overlaps, rules, weights, warnings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.pairs import BlockingRule, Clusterings, LevelWeight, ScoredPairs

Ints = NDArray[np.int64]

BAND_EDGES: tuple[float, ...] = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)
SIZE_NAMES: tuple[str, ...] = ("1", "2", "3", "4", "5", "6-10", "11 or more")
_SIZE_STARTS = (1, 2, 3, 4, 5, 6, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Pairs with a match probability in [low, high); the last band holds 1 as well."""

    low: float
    high: float
    n_pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSize:
    """How many people of the best clustering have this many records."""

    records: str
    n_people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSummary:
    """One list: its records, the people in them (best clustering, range over draws), records without any name."""

    list: str
    n_records: int
    n_people: int
    n_people_low: int
    n_people_high: int
    records_per_person: float
    n_repeats: int
    n_unlinkable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """People on both of two lists: best clustering, and lowest and highest draw."""

    first: str
    second: str
    n_people: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageSummary:
    """Everything `uncounted link` shows. Counts only, no value of a record."""

    n_records: int
    n_people: int
    n_people_low: int
    n_people_high: int
    n_pairs: int
    n_expected_matches: float
    prior_match_prob: float
    bands: tuple[Band, ...]
    sizes: tuple[ClusterSize, ...]
    lists: tuple[ListSummary, ...]
    overlaps: tuple[Overlap, ...]
    n_unlinkable: int
    rules: tuple[BlockingRule, ...]
    weights: tuple[LevelWeight, ...]
    warnings: tuple[str, ...]


def describe_pairs(
    pairs: ScoredPairs,
    clusterings: Clusterings,
    *,
    lists: Ints,
    names: tuple[str, ...],
    unlinkable: NDArray[np.bool_] | None = None,
) -> LinkageSummary:
    """Summarise a linkage.

    Parameters
    ----------
    pairs : ScoredPairs
        What was scored.
    clusterings : Clusterings
        What was made of it.
    lists : ndarray of int64, shape (n_records,)
        List of each record, as a position in `names`.
    names : tuple of str
        Names of the lists.
    unlinkable : ndarray of bool, shape (n_records,), optional
        Records that hold too little to be linked, as `unlinkable_records` finds them. None: they are not counted.

    Returns
    -------
    LinkageSummary
    """
    n = pairs.n_records
    cannot = np.zeros(n, dtype=bool) if unlinkable is None else unlinkable
    prob = np.asarray(pairs.table["match_prob"].to_numpy(), dtype=np.float64)
    # One presence table for the best clustering, then one a draw: people x lists, by distinct (person, list).
    versions = [clusterings.point, *clusterings.draws]
    presence = [_people_by_list(labels, lists, len(names)) for labels in versions]
    n_people = [len(np.unique(labels)) for labels in versions]
    on_list = np.array([np.diag(shared) for shared in presence])
    n_records = np.bincount(lists, minlength=len(names)) if n else np.zeros(len(names), dtype=np.int64)
    return LinkageSummary(
        n_records=n,
        n_people=n_people[0],
        n_people_low=min(n_people),
        n_people_high=max(n_people),
        n_pairs=pairs.n_pairs,
        n_expected_matches=float(prob.sum()),
        prior_match_prob=pairs.prior_match_prob,
        bands=_bands(prob),
        sizes=_sizes(clusterings.point),
        lists=tuple(
            ListSummary(
                list=name,
                n_records=int(n_records[k]),
                n_people=int(on_list[0, k]),
                n_people_low=int(on_list[:, k].min()),
                n_people_high=int(on_list[:, k].max()),
                records_per_person=float(n_records[k] / on_list[0, k]) if on_list[0, k] else 0.0,
                n_repeats=int(n_records[k] - on_list[0, k]),
                n_unlinkable=int(cannot[lists == k].sum()) if n else 0,
            )
            for k, name in enumerate(names)
        ),
        overlaps=tuple(
            Overlap(
                first=names[j],
                second=names[k],
                n_people=int(presence[0][j, k]),
                low=min(int(shared[j, k]) for shared in presence),
                high=max(int(shared[j, k]) for shared in presence),
            )
            for j in range(len(names))
            for k in range(j + 1, len(names))
        ),
        n_unlinkable=int(cannot.sum()),
        rules=pairs.rules,
        weights=pairs.weights,
        warnings=(*pairs.warnings, *clusterings.warnings),
    )


def _people_by_list(labels: Ints, lists: Ints, n_lists: int) -> Ints:
    """People on both of two lists, shape (lists, lists); the diagonal holds the people of each list."""
    people, person = np.unique(labels, return_inverse=True)
    on = np.zeros((len(people), n_lists), dtype=np.int64)
    on[person, lists] = 1
    return np.asarray(on.T @ on, dtype=np.int64)


def _bands(prob: NDArray[np.float64]) -> tuple[Band, ...]:
    counts, _ = np.histogram(prob, bins=np.array(BAND_EDGES))
    return tuple(
        Band(low=low, high=high, n_pairs=int(k))
        for low, high, k in zip(BAND_EDGES[:-1], BAND_EDGES[1:], counts, strict=True)
    )


def _sizes(point: Ints) -> tuple[ClusterSize, ...]:
    _, counts = np.unique(point, return_counts=True)
    which = np.searchsorted(np.array(_SIZE_STARTS), counts, side="right") - 1
    found = np.bincount(which, minlength=len(SIZE_NAMES))
    return tuple(ClusterSize(records=name, n_people=int(k)) for name, k in zip(SIZE_NAMES, found, strict=True))
