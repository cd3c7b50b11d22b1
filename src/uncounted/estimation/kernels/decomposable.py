"""Exact average over all decomposable graphs of three to seven lists (two work too), on a grid that extends itself.

Letters: n people on at least one list, n0 on none, N = n + n0; A a subset of the J lists, D_A the table of those lists
alone, D_A(0) the people on none of them; δ the prior's imagined people per cell of the full table, δ_A = δ 2**(J−|A|)
per cell of D_A, 2**J δ in all; C and S cliques and separators of a graph G.

A graph's probability of the table is Π_C m(D_C) / Π_S m(D_S), so its logarithm is a whole-number combination of one
number for each subset: all graphs at all n0 are a single matrix product. Only D_A(0) depends on n0.

The logarithm F of the posterior of n0, summed over graphs, is analytic in log n0. Small n0 are computed one by one; the
rest is cut into panels, on each of which F is a polynomial through 16 computed points. A panel whose polynomial is not
accurate is halved. From the polynomials come the probabilities of every n0 (or, in panels of more than 16,384 whole
numbers, of so many slices), so that no fixed grid has to be chosen, and a long tail costs little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.chordal import clique_coefficients
from uncounted.estimation.kernels.hyper_dirichlet import SubsetTerms

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FIRST = 32  # n0 below this are computed one by one, as are panels with so few whole numbers
DEGREE = 15  # of the polynomials
PIECES = 16_384  # whole numbers or slices in a panel
ACCURACY = 1e-11  # of F on panels that matter, relative to a term of size one
ROUNDING = 1e-15  # what double precision can give of the terms that F is the difference of
NEGLIGIBLE = 50.0  # panels everywhere this much below the top of F hold less than 1e-20 of the mass
TAIL = 1e-9  # mass beyond the grid
FARTHEST = 690.0  # log n0 beyond which a number is not a number any more
CHUNK_NUMBERS = 1_048_576  # graphs times points in one stack: 8 MB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GraphAverage:
    """Posterior of the people on no list, averaged over all decomposable graphs.

    Attributes
    ----------
    n_listed : int
        People on at least one list.
    delta : float
        Imagined people per cell of the full table.
    n_graphs : int
        Graphs averaged over.
    low, high : ndarray of float64, shape (K,), read-only, ascending
        Pieces of the support in people: one whole number (low = high) or a slice of many.
    mass : ndarray of float64, shape (K,), read-only
        Probability of each piece; they add up to 1 − `tail`.
    tail : float
        Probability beyond the last piece.
    n_points : int
        Values of n0 at which all graphs were computed.
    graph_probability : ndarray of float64, shape (G,), read-only, or None
        Posterior probability of each graph, in the order of `clique_coefficients`; None if not asked for.
    """

    n_listed: int
    delta: float
    n_graphs: int
    low: FloatArray
    high: FloatArray
    mass: FloatArray
    tail: float
    n_points: int
    graph_probability: FloatArray | None

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return quantiles of n0: the smallest number with probability p at or below it; within slices, linear.

        Parameters
        ----------
        p : ndarray of float64, shape (M,)
            Each in (0, 1 − tail); beyond it the upper end of the grid is returned.
        """
        reached = np.cumsum(self.mass)
        p = np.asarray(p, dtype=np.float64)
        at = np.minimum(np.searchsorted(reached, p, side="left"), len(reached) - 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            inside = np.clip(1.0 - (reached[at] - p) / self.mass[at], 0.0, 1.0)
        return np.asarray(self.low[at] + np.nan_to_num(inside) * (self.high[at] - self.low[at]), dtype=np.float64)


def average_over_graphs(counts: IntArray, *, delta: float | None = None, probabilities: bool = True) -> GraphAverage:
    """Return the posterior of the people on no list under the hyper-Dirichlet prior, all decomposable graphs alike.

    Prior of N proportional to 1/N. The posterior is proper for every table with anybody on it, but its tail falls only
    as n0**(−(1 + (2**J − 1) δ)): that of the complete graph, which no data rule out.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order; J from 2 to 7.
    delta : float or None
        Imagined people per cell of the full table, above 0; None is 2**−J, one person in all.
    probabilities : bool
        Whether to compute the posterior probability of each graph too, in a second pass.

    Returns
    -------
    GraphAverage
        Deterministic: nothing is random.

    Raises
    ------
    ValueError
        If the shape, the counts or `delta` are not of that kind, or nobody is on any list.

    References
    ----------
    Madigan and York (1997), Biometrika 84:19, eqs. (2) to (5). Dawid and Lauritzen (1993), Annals of Statistics
    21:1272, section 3 (hyper-Dirichlet law). Trefethen (2013), Approximation Theory and Approximation Practice,
    chapters 3 and 8 (interpolation in Chebyshev points).
    """
    terms = SubsetTerms.of(np.asarray(counts), delta)
    coefficients = clique_coefficients(terms.n_lists)
    grid = _build(coefficients, terms)
    return _summarise(coefficients, terms, grid, probabilities=probabilities)


def log_evidence(counts: IntArray, n0: FloatArray, *, delta: float | None = None) -> FloatArray:
    """Return log P(table | graph, N) of every decomposable graph, shape (G, K), with the multinomial coefficient.

    For other priors of N, and for inspection: G times K numbers are kept at once (seven lists: 617,675 each).

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    n0 : ndarray of float64, shape (K,)
        Numbers on no list.
    delta : float or None
        Imagined people per cell; None is 2**−J.
    """
    terms = SubsetTerms.of(np.asarray(counts), delta)
    n0 = np.asarray(n0, dtype=np.float64)
    prior = -np.log(n0 + terms.n_listed)
    return np.asarray(
        clique_coefficients(terms.n_lists).astype(np.float64) @ terms.at(n0) + terms.common(n0) - prior,
        dtype=np.float64,
    )


def _stacks(n_graphs: int, n_points: int) -> list[slice]:
    size = max(256, CHUNK_NUMBERS // max(n_points, 1))
    return [slice(start, start + size) for start in range(0, n_graphs, size)]


def _log_sum(coefficients: NDArray[np.int8], terms: SubsetTerms, n0: FloatArray) -> FloatArray:
    """Return F: log of the sum over all graphs of P(table | graph, N) P(N), up to a constant; shape (K,)."""
    values = terms.at(n0)
    top = np.full(len(n0), -np.inf)
    total = np.zeros(len(n0))
    for rows in _stacks(len(coefficients), len(n0)):
        each = coefficients[rows].astype(np.float64) @ values
        new_top = np.maximum(top, each.max(axis=0))
        each -= new_top
        total = total * np.exp(top - new_top) + np.exp(each, out=each).sum(axis=0)
        top = new_top
    return np.asarray(top + np.log(total) + terms.common(n0), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Panel:
    """Whole numbers from `start` up to but not with `stop`; the points computed there, and F at them."""

    start: float
    stop: float
    points: FloatArray
    values: FloatArray

    @property
    def whole(self) -> bool:
        """Whether the points are all its whole numbers, so that nothing is interpolated."""
        return self.stop - self.start <= FIRST


_ANGLES = (np.arange(DEGREE + 1) + 0.5) * np.pi / (DEGREE + 1)
_NODES = np.cos(_ANGLES)
# Values at the nodes to coefficients of the Chebyshev polynomials.
_TO_CHEBYSHEV = 2.0 / (DEGREE + 1) * np.cos(np.outer(np.arange(DEGREE + 1), _ANGLES))
_TO_CHEBYSHEV[0] /= 2.0
# Integrals of the polynomials over [-1, 1] are 2 / (1 - k²) for even k, 0 for odd.
_FEJER = np.array([0.0 if k % 2 else 2.0 / (1.0 - k * k) for k in range(DEGREE + 1)]) @ _TO_CHEBYSHEV


def _points(start: float, stop: float) -> FloatArray:
    if stop - start <= FIRST:
        return np.arange(start, stop)
    centre, half = _frame(start, stop)
    return np.exp(centre + half * _NODES)


def _frame(start: float, stop: float) -> tuple[float, float]:
    """Return the middle and half the width of a panel in log n0."""
    low, high = math.log(start), math.log(stop)
    return (low + high) / 2, (high - low) / 2


def _build(coefficients: NDArray[np.int8], terms: SubsetTerms) -> list[_Panel]:
    """Compute F on panels, halving those not accurate, adding more until nothing is left beyond the last."""
    end = float(math.ceil(2.0 * max(terms.n_listed, 2 * FIRST)))
    waiting = [(0.0, float(FIRST)), *_slabs(float(FIRST), end, width=1.0)]
    done: list[_Panel] = []
    top = -np.inf
    while True:
        while waiting:
            fresh = _compute(coefficients, terms, waiting)
            # Mass is judged by F + log n0, the density of log n0.
            top = max(top, *(float((p.values + np.log(np.maximum(p.points, 1.0))).max()) for p in fresh))
            waiting = []
            for panel in fresh:
                if _accurate(panel, terms, top):
                    done.append(panel)
                else:
                    middle = float(round(math.sqrt(panel.start * panel.stop)))
                    waiting += [(panel.start, middle), (middle, panel.stop)]
        done.sort(key=lambda p: p.start)
        if _beyond(done, terms) <= TAIL or math.log(end) >= FARTHEST:
            return done
        width = 1.0 if end < 1e3 * terms.n_listed else 3.0
        waiting = _slabs(end, min(end * math.exp(4 * width), math.exp(FARTHEST)), width=width)
        end = waiting[-1][1]


def _slabs(start: float, stop: float, *, width: float) -> list[tuple[float, float]]:
    n_slabs = max(1, math.ceil((math.log(stop) - math.log(start)) / width))
    cuts = np.round(np.exp(np.linspace(math.log(start), math.log(stop), n_slabs + 1)))
    return [(float(a), float(b)) for a, b in pairwise(cuts)]


def _compute(coefficients: NDArray[np.int8], terms: SubsetTerms, waiting: list[tuple[float, float]]) -> list[_Panel]:
    points = [_points(start, stop) for start, stop in waiting]
    values = _log_sum(coefficients, terms, np.concatenate(points))
    cuts = np.cumsum([len(p) for p in points])[:-1]
    return [
        _Panel(start=start, stop=stop, points=p, values=v)
        for (start, stop), p, v in zip(waiting, points, np.split(values, cuts), strict=True)
    ]


def _accurate(panel: _Panel, terms: SubsetTerms, top: float) -> bool:
    """Return whether a panel's polynomial has converged, or does not matter."""
    if panel.whole:
        return True
    rest = float(np.abs((_TO_CHEBYSHEV @ panel.values)[-3:]).max())
    scale = terms.n_listed * math.log(panel.stop + terms.n_listed)
    if rest <= max(ACCURACY, ROUNDING * scale):
        return True
    highest = float((panel.values + np.log(panel.points)).max())
    return highest + 4.0 * rest < top - NEGLIGIBLE


def _beyond(done: list[_Panel], terms: SubsetTerms) -> float:
    """Return the share of the mass beyond the last panel, taking the slowest fall that a graph can have there."""
    last = done[-1]
    if last.stop < 8.0 * (terms.n_listed + 2.0**terms.n_lists * terms.delta):
        return 1.0
    top = max(float(p.values.max()) for p in done)
    inside = sum(_rough_mass(p, top) for p in done)
    return _tail_mass(last, terms, top) / inside


def _rough_mass(panel: _Panel, top: float) -> float:
    """Return the mass of a panel times exp(−top), by Fejér's quadrature: right where F varies little."""
    if panel.whole:
        return float(np.exp(panel.values - top).sum())
    half = _frame(panel.start, panel.stop)[1]
    return half * float(_FEJER @ np.exp(panel.values - top + np.log(panel.points)))


def _tail_mass(last: _Panel, terms: SubsetTerms, top: float) -> float:
    falls = (2.0**terms.n_lists - 1.0) * terms.delta
    logs = float(_interpolate(last, np.asarray([1.0]))[0]) - top + math.log(last.stop) - math.log(falls)
    return math.exp(min(logs, 700.0))


def _interpolate(panel: _Panel, x: FloatArray) -> FloatArray:
    """Return F at places x in [−1, 1] of a panel by Clenshaw's recurrence."""
    coefficients = _TO_CHEBYSHEV @ panel.values
    b1, b2 = np.zeros_like(x), np.zeros_like(x)
    for c in coefficients[:0:-1]:
        b1, b2 = c + 2.0 * x * b1 - b2, b1
    return np.asarray(coefficients[0] + x * b1 - b2, dtype=np.float64)


def _pieces(panel: _Panel, top: float, *, coarse: bool = False) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the pieces of a panel: lower and upper ends in people, and mass times exp(−top).

    A sum over whole numbers a ≤ k < b is the integral from a − ½ to b − ½ up to f'/24 at the ends; slices are used in
    panels of more than 16,384 whole numbers, within which F is a polynomial, so that this is below 1e-8 of a number.
    """
    if panel.whole:
        return panel.points, panel.points, np.exp(panel.values - top)
    centre, half = _frame(panel.start, panel.stop)
    n_pieces = 64 if coarse else PIECES
    if panel.stop - panel.start <= n_pieces:
        n0 = np.arange(panel.start, panel.stop)
        return n0, n0, np.exp(_interpolate(panel, (np.log(n0) - centre) / half) - top)
    ends = np.linspace(math.log(panel.start - 0.5), math.log(panel.stop - 0.5), n_pieces + 1)
    middle, reach = (ends[1:] + ends[:-1]) / 2, (ends[1] - ends[0]) / 2
    mass = np.zeros(n_pieces)
    for node, weight in ((-math.sqrt(0.6), 5 / 9), (0.0, 8 / 9), (math.sqrt(0.6), 5 / 9)):
        t = middle + reach * node
        mass += weight * reach * np.exp(_interpolate(panel, (t - centre) / half) - top + t)
    people = np.exp(ends)
    return people[:-1], people[1:], mass


def _summarise(
    coefficients: NDArray[np.int8], terms: SubsetTerms, panels: list[_Panel], *, probabilities: bool
) -> GraphAverage:
    top = max(float((p.values + np.log(np.maximum(p.points, 1.0))).max()) for p in panels)
    matters = [bool((p.values + np.log(np.maximum(p.points, 1.0))).max() > top - NEGLIGIBLE) for p in panels]
    pieces = [_pieces(p, top, coarse=not m) for p, m in zip(panels, matters, strict=True)]
    beyond = _tail_mass(panels[-1], terms, top)
    mass = np.concatenate([m for _, _, m in pieces])
    total = float(mass.sum()) + beyond
    low, high = (np.concatenate([part[i] for part in pieces]) for i in range(2))
    mass = mass / total
    shares = None
    if probabilities:
        weights = np.concatenate([_point_weights(p, part) for p, part in zip(panels, pieces, strict=True)]) / total
        shares = _graph_shares(coefficients, terms, panels, weights)
        shares.setflags(write=False)
    for array in (low, high, mass):
        array.setflags(write=False)
    return GraphAverage(
        n_listed=terms.n_listed,
        delta=terms.delta,
        n_graphs=len(coefficients),
        low=low,
        high=high,
        mass=mass,
        tail=beyond / total,
        n_points=sum(len(p.points) for p in panels),
        graph_probability=shares,
    )


def _point_weights(panel: _Panel, pieces: tuple[FloatArray, FloatArray, FloatArray]) -> FloatArray:
    """Return weights of the computed points with which a smooth function of n0 is averaged over a panel's mass."""
    low, high, mass = pieces
    if panel.whole:
        return mass
    centre, half = _frame(panel.start, panel.stop)
    x = ((np.log(low) + np.log(high)) / 2 - centre) / half
    moments = np.zeros(DEGREE + 1)
    before, now = np.ones_like(x), x
    for k in range(DEGREE + 1):
        moments[k] = float(mass @ before)
        before, now = now, 2.0 * x * now - before
    return np.asarray(moments @ _TO_CHEBYSHEV, dtype=np.float64)


def _graph_shares(
    coefficients: NDArray[np.int8], terms: SubsetTerms, panels: list[_Panel], weights: FloatArray
) -> FloatArray:
    """Average the probability of each graph given n0, a smooth function, over the posterior of n0."""
    n0 = np.concatenate([p.points for p in panels])
    logs = np.concatenate([p.values for p in panels]) - terms.common(n0)
    used = np.flatnonzero(np.abs(weights) > 1e-18)
    values = terms.at(n0[used])
    shares = np.zeros(len(coefficients))
    for rows in _stacks(len(coefficients), len(used)):
        each = coefficients[rows].astype(np.float64) @ values - logs[used]
        shares[rows] = np.exp(each, out=each) @ weights[used]
    return np.asarray(np.maximum(shares, 0.0) / shares.sum(), dtype=np.float64)
