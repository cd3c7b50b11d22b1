"""Links that no draw shows: how many there are, by list pair, with what doubt.

A missed link makes one person two and raises every estimate of the unlisted, so leaving it out is not caution but a
bias with a known sign. Two kinds are counted here.

Pairs that were scored, but that the partitions hold together less often than their probabilities add up to: a record
that disagrees with one member of a group is kept out by all of them.

Pairs that no blocking rule brought up. The number of rules that bring a match up is a repeated count of it, as the
number of lists is of a person, so that the matches brought up by one rule alone speak of those brought up by none.
The rules lean on the same few fields and are far from independent: Chao's bound stays well below the truth. What
holds over lists with known truth (several families of names, hands and levels of damage, see `validation/`) is the
simplest relation, a fixed ratio to the matches that only one rule brought up, with the doubt it had there. Pairs found
through a common match that no rule brought up belong to them and are taken off.

References
----------
Chao (1987), Biometrics 43:783: the unseen from those seen once and twice, a lower bound.
Böhning, van der Heijden (eds., 2018), Capture-Recapture Methods for the Social and Medical Sciences, part III:
zero-truncated counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Matches that no rule brought up, for each that exactly one did: RATIO + RATIO_SLOPE * s, with s the share of the
# matches that only one rule brought up, as far as MOST_ONCE; and the standard deviation of its logarithm over lists.
# From 64 invented lists, two sets of rules among them (`validation/linkage_doubt.py --missed`).
RATIO = 0.48
RATIO_SLOPE = 5.5
MOST_ONCE = 0.4
RATIO_SD = 0.35
# The share of a list pair is drawn towards that of all by so many matches.
SHRINKAGE = 10.0
# Larger clusters are not looked at here: they come from filler values.
LARGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Scored pairs by list pair.

    `of_pair` has shape (pairs,): j * n_lists + k with j <= k, for the lists j and k of the two records.
    """

    of_pair: Ints
    n_lists: int

    def summed(self, values: Floats) -> Floats:
        """Sum over the scored pairs of each list pair, shape (n_lists, n_lists), upper triangle."""
        total = np.bincount(self.of_pair, weights=values, minlength=self.n_lists**2)
        return np.asarray(total.reshape(self.n_lists, self.n_lists), dtype=np.float64)


def cells_of(lists: Ints, left: Ints, right: Ints) -> Cells:
    """Return the list pair of each scored pair."""
    n_lists = int(lists.max(initial=0)) + 1
    a, b = lists[left], lists[right]
    return Cells(of_pair=np.minimum(a, b) * n_lists + np.maximum(a, b), n_lists=n_lists)


def never_brought_up(prob: Floats, n_rules: Ints, cells: Cells) -> Floats:
    """Estimate how many matches no blocking rule brought up, by list pair.

    Parameters
    ----------
    prob : ndarray of float64, shape (pairs,)
        Match probability of each scored pair.
    n_rules : ndarray of int64, shape (pairs,)
        Blocking rules that brought it up; 0 for a pair found through a common match.
    cells : Cells
        Their list pairs.

    Returns
    -------
    ndarray of float64, shape (lists, lists)
        Upper triangle. Those found through a common match are among them.
    """
    matches = cells.summed(np.where(n_rules > 0, prob, 0.0))
    once = cells.summed(np.where(n_rules == 1, prob, 0.0))
    if matches.sum() <= 0.0:
        return np.zeros_like(matches)
    overall = float(once.sum() / matches.sum())
    share = (once + SHRINKAGE * overall) / (matches + SHRINKAGE)
    ratio = RATIO + RATIO_SLOPE * min(overall, MOST_ONCE)
    return np.asarray(ratio * share * matches, dtype=np.float64)


def together_by_lists(labels: Ints, lists: Ints, compared: NDArray[np.bool_], n_lists: int) -> Floats:
    """Count the pairs of compared records in a cluster, by list pair, shape (lists, lists), upper triangle.

    Clusters of more than `LARGEST` records count as nothing.
    """
    sizes = np.bincount(labels[compared], minlength=len(labels))
    inside = compared & (sizes[labels] <= LARGEST) & (sizes[labels] > 1)
    return pairs_by_lists(labels[inside], lists[inside], n_lists)


def pairs_by_lists(labels: Ints, lists: Ints, n_lists: int) -> Floats:
    """Count the pairs of records in one cluster, by list pair, shape (lists, lists), upper triangle."""
    cluster, at = np.unique(labels, return_inverse=True)
    counts = np.bincount(at * n_lists + lists, minlength=len(cluster) * n_lists).reshape(-1, n_lists)
    counts = counts.astype(np.float64)
    both = counts.T @ counts
    found = np.triu(both, 1)
    np.fill_diagonal(found, (np.diag(both) - counts.sum(axis=0)) / 2.0)
    return np.asarray(found, dtype=np.float64)
