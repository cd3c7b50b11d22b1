"""All decomposable (chordal) graphs of a few lists, as combinations of subsets of the lists.

An edge joins two lists that depend on each other given the rest. A graph is decomposable if every cycle of four or
more lists has a chord; the probability of a table then is a product over cliques divided by one over separators, so
that all a graph is to a computation is +1 for each clique and −1 for each separator. Subsets are coded as in
`hierarchy`: an integer with one binary digit a list, the first digit for the first list.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.hierarchy import add_over_supersets

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: With eight lists there would be 30,888,596 graphs: 8 GB of coefficients.
MOST_LISTS = 7


@lru_cache(maxsize=4)
def clique_coefficients(n_lists: int) -> NDArray[np.int8]:
    """List all decomposable graphs on J labelled lists: 2, 8, 61, 822, 18,154 and 617,675 for J = 2 … 7.

    Parameters
    ----------
    n_lists : int
        J, from 1 to 7.

    Returns
    -------
    ndarray of int8, shape (G, 2**J), read-only
        Per graph and subset of the lists: cliques less separators (with their multiplicity); 0 elsewhere, and 0 in
        the column of the empty set up to the separators of graphs in several parts. 79 MB for seven lists.

    Raises
    ------
    ValueError
        If `n_lists` is out of range.

    References
    ----------
    Lauritzen (1996), Graphical Models, section 2.1.2 (cliques and separators). Studený (2005), Probabilistic
    Conditional Independence Structures, section 7.2.2: cliques less separators are the Möbius inverse of "is complete".
    """
    complete = complete_subsets(n_lists)
    coefficients = complete.astype(np.int8)
    step = 1
    while step < coefficients.shape[1]:
        pairs = coefficients.reshape(-1, coefficients.shape[1] // (2 * step), 2, step)
        # Differences on the way may wrap around 256; what comes out lies between −6 and 1, so it is right.
        pairs[:, :, 0] -= pairs[:, :, 1]
        step *= 2
    coefficients.setflags(write=False)
    return coefficients


def complete_subsets(n_lists: int) -> BoolArray:
    """Return, for each decomposable graph, which subsets of the lists are complete (all joined to one another).

    Lists are added one by one. A new list with neighbours S keeps a graph decomposable exactly if, for every connected
    part K of the graph without S, the members of S next to K are complete: else a shortest way through K between two
    that are not joined closes a cycle without a chord.

    Parameters
    ----------
    n_lists : int
        J, from 1 to 7.

    Returns
    -------
    ndarray of bool, shape (G, 2**J)
        The empty set and single lists are complete in every graph.

    Raises
    ------
    ValueError
        If `n_lists` is out of range.
    """
    if not 1 <= n_lists <= MOST_LISTS:
        raise ValueError(f"decomposable graphs are listed for 1 to {MOST_LISTS} lists; found {n_lists}")
    complete = np.ones((1, 2), dtype=bool)
    for _ in range(n_lists - 1):
        complete = _with_one_more_list(complete)
    return complete


def _with_one_more_list(complete: BoolArray) -> BoolArray:
    """Add a list, as the first digit, with every set of neighbours that keeps a graph decomposable."""
    n_subsets = complete.shape[1]
    n_lists = n_subsets.bit_length() - 1
    beside = _beside(complete, n_lists)
    codes = np.arange(n_subsets)
    grown = []
    for neighbours in range(n_subsets):
        kept = complete[_stays_decomposable(complete, beside, neighbours, n_lists)]
        with_new = kept & ((codes & ~neighbours) == 0)
        grown.append(np.concatenate([kept, with_new], axis=1))
    return np.concatenate(grown)


def _beside(complete: BoolArray, n_lists: int) -> IntArray:
    """Return, for each graph and set of lists, the lists joined to a member of the set, as a code; shape (G, 2**J)."""
    beside = np.zeros(complete.shape, dtype=np.int64)
    for j in range(n_lists):
        joined = sum((complete[:, (1 << j) | (1 << k)].astype(np.int64) << k) for k in range(n_lists) if k != j)
        holds = (np.arange(complete.shape[1]) >> j & 1).astype(bool)
        beside[:, holds] |= np.asarray(joined, dtype=np.int64).reshape(-1, 1)
    return beside


def _stays_decomposable(complete: BoolArray, beside: IntArray, neighbours: int, n_lists: int) -> BoolArray:
    everyone = np.arange(len(complete))
    stays = np.ones(len(complete), dtype=bool)
    for start in range(n_lists):
        if neighbours >> start & 1:
            continue
        part = np.full(len(complete), 1 << start)
        for _ in range(n_lists - 1):
            part |= beside[everyone, part] & ~neighbours
        stays &= complete[everyone, beside[everyone, part] & neighbours]
    return stays


def graph_as_model(coefficients: NDArray[np.int8]) -> BoolArray:
    """Return the log-linear model of a graph: the subsets that are complete.

    Parameters
    ----------
    coefficients : ndarray of int8, shape (2**J,)
        One row of `clique_coefficients`.

    Returns
    -------
    ndarray of bool, shape (2**J,)
        Parameters of the graphical model, which `model_name` of `hierarchy` writes by its cliques.
    """
    covered = coefficients.astype(np.int64)
    add_over_supersets(covered)
    return np.asarray(covered > 0, dtype=bool)
