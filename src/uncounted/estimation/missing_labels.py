"""People whose stratum is unknown: a table with their labels drawn, so that every estimator counts them with the doubt.

Leaving them out would make the total too small; giving each the likeliest stratum would hide that it is a guess. The
table that comes back has several draws for each linkage draw. In each of them everybody is in one stratum, and the
number of people is the same; estimators pool over draws as they do over linkages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import CaptureError, ProjectError, did_you_mean
from uncounted.estimation.kernels.missing_labels import draw_labels, prior_counts

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
Unlabelled = ArrayLike | Mapping[Sequence[str], ArrayLike]


def allocate_labels(
    table: CaptureTable, unlabelled: Unlabelled, *, n_draws: int, rng: np.random.Generator
) -> CaptureTable:
    """Return the table with people of unknown stratum drawn into strata.

    Holds if labels are missing at random given the pattern: among people on the same lists, whether the stratum was
    noted does not depend on which it is. A list that notes the year only in quiet times breaks this.

    Parameters
    ----------
    table : CaptureTable
        People whose stratum is known; D draws, S strata.
    unlabelled : array_like of int, shape (D, 2**J − 1) or (2**J − 1,) if D is 1; or mapping
        People without a label per pattern, in the order of `table.pattern_labels`. A mapping gives such counts for
        people who are known to be in one of several strata, e.g. ``{("2021", "2022"): counts}``; the key ``()`` stands
        for all strata.
    n_draws : int
        Draws of the labels for each linkage draw; 20 or more for a number that is published.
    rng : Generator
        Source of randomness.

    Returns
    -------
    CaptureTable
        D × n_draws draws, those of the first linkage draw first. Each holds everybody, labelled or not.

    Raises
    ------
    CaptureError
        E53 if by the coverage no possible stratum could have people with that pattern (named, with their number).
    ProjectError
        E54 if the counts have another shape, are not whole numbers from 0, or a stratum is unknown; also if
        `n_draws` is less than 1.

    References
    ----------
    Manrique-Vallier, Ball, Sulmont (2019), arXiv 1906.04763 (Peru: missing labels drawn together with the model; the R
    package cenzus divides partial profiles by EM). Here labels are drawn first, given the pattern alone.
    """
    if n_draws < 1:
        raise ProjectError(f"n_draws must be at least 1; found {n_draws}.", do="E.g. n_draws=20.", code="E54")
    given = unlabelled if isinstance(unlabelled, Mapping) else {(): unlabelled}
    people = np.stack([_people(table, counts) for counts in given.values()], axis=1)
    strata = np.stack([_possible(table, names) for names in given])
    allowed = np.asarray((table.coverage[:, None, :] | ~table.patterns).all(axis=2), dtype=bool)
    groups = strata[:, :, None] & allowed
    _check_somewhere(table, people, strata, groups)
    counts = [
        draw_labels(
            table.counts[d],
            people[d],
            groups,
            prior_counts(table.counts[d], allowed, table.patterns),
            n_draws=n_draws,
            rng=rng,
        )
        for d in range(table.n_draws)
    ]
    return replace(table, counts=np.concatenate(counts))


def _people(table: CaptureTable, counts: ArrayLike) -> IntArray:
    """Return counts of people without a label as int64, shape (D, P)."""
    raw = np.asarray(counts)
    shape = (table.n_draws, len(table.patterns))
    if raw.ndim == 1 and table.n_draws == 1:
        raw = raw[None]
    if raw.shape != shape:
        raise ProjectError(
            f"unlabelled must have the shape (draws, patterns) = {shape}; found {raw.shape}.",
            why="Another linkage makes other people of the records, those without a label too.",
            do="Count the people without a label in every linkage draw, in the order of table.pattern_labels.",
            code="E54",
        )
    numeric = raw.dtype.kind in "iuf"
    if not numeric or not np.isfinite(raw).all() or (raw != np.floor(raw)).any() or (raw < 0).any():
        raise ProjectError(
            "unlabelled must hold whole numbers of people from 0; found fractions, negative or missing ones.",
            do="Give people, not shares; write 0 where nobody was counted.",
            code="E54",
        )
    return raw.astype(np.int64)


def _possible(table: CaptureTable, names: Sequence[str]) -> BoolArray:
    """Return which strata the people of a group can be in, shape (S,)."""
    listed = (names,) if isinstance(names, str) else tuple(names)
    for name in listed:
        if name not in table.strata:
            raise ProjectError(
                f"no stratum '{name}'.{did_you_mean(name, table.strata)} Strata: {', '.join(table.strata)}.", code="E54"
            )
    return np.asarray([not listed or label in listed for label in table.strata])


def _check_somewhere(table: CaptureTable, people: IntArray, strata: BoolArray, groups: BoolArray) -> None:
    """Refuse people for whom the coverage leaves no stratum."""
    nowhere = (people.max(axis=0) > 0) & ~groups.any(axis=1)
    for g, k in np.argwhere(nowhere):
        lists = ", ".join(f"'{x}'" for x, on in zip(table.lists, table.patterns[k], strict=True) if on)
        among = [x for x, s in zip(table.strata, strata[g], strict=True) if s]
        where = "any stratum" if len(among) == table.n_strata else f"the strata {', '.join(among)}"
        raise CaptureError(
            f"{int(people[:, g, k].max()):,} people without a stratum are on {lists}, and by the coverage of these "
            f"lists they cannot have been in {where}.",
            where=f"pattern '{table.pattern_labels[k]}'",
            do="Correct these records or their links, or the `covers` of the lists in the project file.",
            code="E53",
        )
