"""What odds of pairs claim of each record: about one match on another list at most, as a person seldom has two there.

In large lists namesakes born in the same year are many, and a model that learned on small ones gives all of them a
chance. Together these chances claim that a record has several matches on one list. Some such claims are true, where
lists repeat people; but where one model claims far more of them than another does of the same pairs, its odds are too
high, and that shows without any reviewed pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.pairs import probability

Ints = NDArray[np.int64]
Whole = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]

# Share of all claims that may go beyond one match of a record on another list, and how many times that of the other
# model; repeats within lists make some, and both models see these.
MOST_EXCESS = 0.1
MOST_TIMES = 1.5
# Pairs below these log2 odds claim next to nothing, and odds only go down.
_LEAST_ODDS = -8.0
_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claims:
    """Matches that pairs claim of records on lists, by cell: record times the number of lists, plus the list.

    `one` and `other` are the cells of the two sides of each pair, shape (P,); `total` is the sum of the probabilities
    in each cell, shape (n_records * n_lists,).
    """

    one: Ints
    other: Ints
    total: Floats


def claims(prob: Floats, left: Whole, right: Whole, lists: Ints, n_lists: int) -> Claims:
    """Sum match probabilities over each record and list of its partners.

    Parameters
    ----------
    prob : ndarray of float64, shape (P,)
        Match probability of each pair.
    left, right : ndarray of int, shape (P,)
        Records of each pair.
    lists : ndarray of int64, shape (n_records,)
        List of each record, 0, 1, …
    n_lists : int
        Number of lists.

    Returns
    -------
    Claims
    """
    one, other = left.astype(np.int64) * n_lists + lists[right], right.astype(np.int64) * n_lists + lists[left]
    size = len(lists) * n_lists
    total = np.bincount(one, weights=prob, minlength=size) + np.bincount(other, weights=prob, minlength=size)
    return Claims(one=one, other=other, total=np.asarray(total, dtype=np.float64))


def excess_share(odds: Floats, left: Whole, right: Whole, lists: Ints) -> float:
    """Return the share of expected matches between lists beyond one for each record and other list.

    Parameters
    ----------
    odds : ndarray of float64, shape (P,)
        log2 odds of the pairs.
    left, right : ndarray of int, shape (P,)
        Records of each pair.
    lists : ndarray of int64, shape (n_records,)
        List of each record, 0, 1, …

    Returns
    -------
    float
        In [0, 1); 0 without pairs between lists.
    """
    across = np.flatnonzero((lists[left] != lists[right]) & (odds > _LEAST_ODDS))
    if not len(across):
        return 0.0
    claimed = claims(probability(odds[across]), left[across], right[across], lists, int(lists.max()) + 1).total
    return float(np.maximum(claimed - 1.0, 0.0).sum() / claimed.sum())


def shift_to_lists(odds: Floats, left: Whole, right: Whole, lists: Ints, *, most: float = MOST_EXCESS) -> float:
    """Return by how many bits all odds must fall so that claims beyond one match stay within `most`.

    Parameters
    ----------
    odds, left, right, lists
        See `excess_share`.
    most : float
        Largest share allowed, in (0, 1).

    Returns
    -------
    float
        0 or below; found by bisection to a hundredth of a bit.
    """
    if excess_share(odds, left, right, lists) <= most:
        return 0.0
    hopeful = np.flatnonzero(odds > _LEAST_ODDS)
    odds, left, right = odds[hopeful], left[hopeful], right[hopeful]
    low, high = -40.0, 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if excess_share(odds + middle, left, right, lists) <= most:
            low = middle
        else:
            high = middle
        if high - low < 0.01:
            break
    return low
