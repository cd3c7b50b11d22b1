"""Missing covariates filled in from people who are alike, so that nobody has to be left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Numbers in one stack of distances: 32 MB of float64.
STACK = 4_000_000


def hot_deck(covariates: FloatArray, classes: IntArray, rng: np.random.Generator, *, n_donors: int = 10) -> FloatArray:
    """Fill missing values once, from people of the same class who are alike in what is known of both.

    Donors are those of the class who have all that a person lacks; if they are fewer than `n_donors`, value by value
    those of the class who have it, else those of any class. They are first drawn with replacement (the approximate
    Bayesian bootstrap), so that repeated fillings differ by as much as the donors are uncertain; then one of the
    `n_donors` nearest is drawn. The distance is the mean square of standardised differences over the columns known of
    both; without any, all donors are alike. As the class (pattern of lists) takes part, what ties lists and covariates
    together is kept in what is filled in.

    Parameters
    ----------
    covariates : ndarray of float64, shape (n, p)
        NaN where missing; each column known of somebody.
    classes : ndarray of int64, shape (n,)
        Pattern of lists of each person.
    rng : Generator
        Source of the draws.
    n_donors : int
        Among how many of the nearest one is drawn.

    Returns
    -------
    ndarray of float64, shape (n, p)
        Without missing values; known values are untouched.

    Raises
    ------
    ValueError
        If a column is missing for everybody.

    References
    ----------
    Rubin, Schenker (1986), JASA 81:366 (approximate Bayesian bootstrap); Andridge, Little (2010), Int. Statist. Rev.
    78:40 (hot deck).
    """
    known = ~np.isnan(covariates)
    if not known.any(axis=0).all():
        raise ValueError("a column is missing for everybody")
    spread = np.nanstd(covariates, axis=0)
    scaled = np.where(known, (covariates - np.nanmean(covariates, axis=0)) / np.where(spread > 0, spread, 1.0), 0.0)
    filled = covariates.copy()
    shapes, place = np.unique(known, axis=0, return_inverse=True)
    for s, has in enumerate(shapes):
        if has.all():
            continue
        mine = place.ravel() == s
        for c in np.unique(classes[mine]):
            takers = np.flatnonzero(mine & (classes == c))
            for columns in _given_together(~has, known[classes == c], n_donors):
                able = known[:, columns].all(axis=1)
                alike = np.flatnonzero(able & (classes == c))
                donors = alike if len(alike) else np.flatnonzero(able)
                donors = donors[rng.integers(len(donors), size=len(donors))]
                chosen = donors[
                    _nearest((scaled[takers], known[takers]), (scaled[donors], known[donors]), n_donors, rng)
                ]
                filled[np.ix_(takers, columns)] = covariates[np.ix_(chosen, columns)]
    return filled


def _given_together(lacking: BoolArray, known: BoolArray, n_donors: int) -> list[IntArray]:
    """Return the columns that one donor gives: all that are lacking if enough of the class have them, else each."""
    columns = np.flatnonzero(lacking)
    if int(known[:, columns].all(axis=1).sum()) >= n_donors:
        return [columns]
    return [columns[i : i + 1] for i in range(len(columns))]


def _nearest(
    takers: tuple[FloatArray, BoolArray], donors: tuple[FloatArray, BoolArray], n_donors: int, rng: np.random.Generator
) -> IntArray:
    """Return, for each taker, the row of a donor drawn among the nearest. Values are 0 where unknown."""
    n_takers, n_all = len(takers[0]), len(donors[0])
    k = min(n_donors, n_all)
    picks = rng.integers(k, size=n_takers)
    anybody = rng.integers(n_all, size=n_takers)
    chosen = np.empty(n_takers, dtype=np.int64)
    step = max(1, STACK // n_all)
    for start in range(0, n_takers, step):
        rows = slice(start, start + step)
        mine = takers[1][rows]
        square, shared = np.zeros((len(mine), n_all)), np.zeros((len(mine), n_all))
        for j in range(mine.shape[1]):  # Σ (a − b)² over the columns known of both
            both = mine[:, j, None] & donors[1][:, j]
            square += both * (takers[0][rows, j, None] - donors[0][:, j]) ** 2
            shared += both
        distance = np.where(shared > 0, square / np.maximum(shared, 1.0), np.inf)
        near = np.argpartition(distance, k - 1, axis=1)[:, :k] if k < n_all else np.tile(np.arange(k), (len(mine), 1))
        nearest = near[np.arange(len(mine)), picks[rows]]
        chosen[rows] = np.where(shared.any(axis=1), nearest, anybody[rows])
    return chosen
