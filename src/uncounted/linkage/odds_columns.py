"""What the odds of a match are regressed on (`calibration.py`), and what is believed of it beforehand.

References
----------
Gelman, Jakulin, Pittau, Su (2008), Ann. Appl. Statist. 2:1360: weakly informative priors for logistic regression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.pairs import ScoredPairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Prior means and standard deviations, in natural log odds (slopes: per unit of natural log odds). Regressions on all
# pairs of 30 lists with known truth, of two generators that have nothing in common (`validation/linkage_doubt.py
# --prior`, `validation/foreign_lists.py --prior`), gave in this order the means .17, .85, 1.0, .0, .65, -.8 and
# standard deviations .7, .35, .2, .25, 1.1, 1.1, leaning on each other and the levels. The draws lack a few links even
# where the odds are right, so shift and slope above stand somewhat higher: of the sets tried these are the ones with
# which, without labels, the number was right on average and the interval covered, on both.
PRIORS: Mapping[str, tuple[float, float]] = {
    "shift": (0.3, 0.8),
    "slope above": (1.0, 0.25),
    "slope below": (0.95, 0.2),
    "trained": (0.3, 0.3),
    "lists": (0.7, 0.5),
    "within": (-0.5, 0.7),
}
# What the same regressions gave, drawn towards zero.
CORRELATIONS: Mapping[tuple[str, str], float] = {
    ("shift", "lists"): -0.5,
    ("shift", "within"): -0.35,
    ("lists", "within"): 0.75,
}
LEVEL_SD = 0.25
# Beyond these log2 odds a weight says no more: no record is surer than its fields are independent.
MOST_WEIGHT, LEAST_WEIGHT = 15.0, -25.0
_EM_STEPS = 50
# Matches of the average rate that each list pair is given beforehand.
_RATE_PAIRS = 5.0
_LN2 = float(np.log(2.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """The columns of the regression, made for some rows at a time."""

    pairs: ScoredPairs
    names: tuple[str, ...]
    lists: Ints
    offsets: Floats

    def of(self, rows: Ints) -> Iterator[Floats]:
        """Yield one column a coefficient, shape (len(rows),), in the order of `names`."""
        weight = np.clip(self._taken("match_weight", rows), LEAST_WEIGHT, MOST_WEIGHT) * _LN2
        level, last = np.zeros(0), ""
        for name in self.names:
            comparison, _, value = name.rpartition("=")
            if comparison != last:
                level, last = self._taken(f"level_{comparison}", rows), comparison
            yield (level == int(value)).astype(np.float64) if comparison else self._plain(name, weight, rows)

    def _plain(self, name: str, weight: Floats, rows: Ints) -> Floats:
        if name == "shift":
            return np.ones(len(rows))
        if name == "slope above":
            return np.maximum(weight, 0.0)
        if name == "slope below":
            return np.minimum(weight, 0.0)
        if name == "trained":
            apart = self._taken("em_weight", rows) - self._taken("prior_weight", rows)
            return np.asarray(np.clip(apart, -MOST_WEIGHT, MOST_WEIGHT) * _LN2, dtype=np.float64)
        left, right = (self.lists[np.asarray(self.pairs.table[side].to_numpy())[rows]] for side in ("left", "right"))
        found = self.offsets[left, right] if name == "lists" else left == right
        return np.asarray(found, dtype=np.float64)

    def _taken(self, column: str, rows: Ints) -> Floats:
        return np.asarray(self.pairs.table[column].to_numpy()[rows], dtype=np.float64)


def column_names(pairs: ScoredPairs, *, lists: bool) -> tuple[str, ...]:
    """Names of the coefficients: they depend on the table's columns and levels alone."""
    table = pairs.table
    names = ["shift", "slope above", "slope below"]
    if {"em_weight", "prior_weight"} <= set(table.column_names):
        names.append("trained")
    if lists:
        names.extend(["lists", "within"])
    for column in sorted(c for c in table.column_names if c.startswith("level_")):
        values = np.unique(np.asarray(table[column].to_numpy(), dtype=np.int64))
        if len(values) == 1:
            continue  # what all pairs share is the shift's
        names.extend(f"{column.removeprefix('level_')}={int(v)}" for v in values)
    return tuple(names)


def prior_of(names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return the prior means, shape (K,), and covariances, shape (K, K)."""
    both = np.array([PRIORS.get(name, (0.0, LEVEL_SD)) for name in names])
    correlation = np.eye(len(names))
    for (a, b), value in CORRELATIONS.items():
        if a in names and b in names:
            j, k = names.index(a), names.index(b)
            correlation[j, k] = correlation[k, j] = value
    return both[:, 0], correlation * np.outer(both[:, 1], both[:, 1])


def list_offsets(pairs: ScoredPairs, lists: Ints) -> Floats:
    """Estimate how much likelier, or less likely, a match is between two lists than on average.

    The model has one match rate for all pairs of records. Here each list pair has its own, found by EM with the weights
    held fixed: rate = expected matches / pairs of records, drawn a little towards the rate of all.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    lists : ndarray of int64, shape (n_records,) or (0,)
        List of each record; nothing is known without it.

    Returns
    -------
    ndarray of float64, shape (lists, lists)
        Natural log odds relative to all pairs, symmetric; the diagonal holds repeats within a list.
    """
    if not len(lists) or not pairs.n_pairs:
        return np.zeros((int(lists.max(initial=-1)) + 1,) * 2)
    n = int(lists.max()) + 1
    counts = np.bincount(lists, minlength=n).astype(np.float64)
    possible = np.outer(counts, counts)
    np.fill_diagonal(possible, counts * (counts - 1.0) / 2.0)
    upper = np.triu(np.ones((n, n), dtype=bool))
    left, right = (lists[np.asarray(pairs.table[side].to_numpy())] for side in ("left", "right"))
    cell = np.minimum(left, right) * n + np.maximum(left, right)
    log_odds = np.clip(np.asarray(pairs.table["match_weight"].to_numpy()), LEAST_WEIGHT, MOST_WEIGHT) * _LN2
    offset = np.zeros((n, n))
    for _ in range(_EM_STEPS):
        prob = 1.0 / (1.0 + np.exp(-(log_odds + offset.ravel()[cell])))
        expected = np.bincount(cell, weights=prob, minlength=n * n).reshape(n, n)
        overall = float(expected.sum() / possible[upper].sum())
        rate = (expected + _RATE_PAIRS) / (possible + _RATE_PAIRS / overall)
        new = np.where(upper, np.log(rate / overall), 0.0)
        done = bool(np.abs(new - offset).max() < 1e-6)
        offset = new
        if done:
            break
    return np.asarray(offset + np.triu(offset, 1).T, dtype=np.float64)
