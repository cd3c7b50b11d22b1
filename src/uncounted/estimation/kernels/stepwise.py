"""Stepwise choice of the pairs of lists that depend on each other, for tables with too many lists to try all models.

Letters: i, j lists; n*_ij people on both; m*_ij the same as the current model fits it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.hierarchy import add_over_supersets, n_lists_of, subset_sizes
from uncounted.estimation.kernels.loglinear import LogLinearFits, fit_models

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

THRESHOLD = 0.02
SMALLEST = 1e-300  # keeps logarithms of zero out of branches that are not taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One pair that was considered: its code, the tail probability of its overlap, and what became of it.

    Attributes
    ----------
    pair : int
        Code of the two lists.
    p_value : float
        Smaller of the two Poisson tails of the overlap under the model before it.
    outcome : str
        "added", or "no estimate" if the model with this pair has none (the next best pair is then tried).
    """

    pair: int
    p_value: float
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stepwise:
    """The model a stepwise search ends with.

    Attributes
    ----------
    status : str
        "ok"; "no estimate" if already the model of independent lists has none; "not converged" if a fit was not
        reached numerically (the search stops there).
    model : ndarray of bool, shape (2**J,), read-only
        Parameters of the last model.
    fits : LogLinearFits
        Its fit (one entry).
    steps : tuple of Step
        Pairs in the order in which they were tried.
    """

    status: str
    model: BoolArray
    fits: LogLinearFits
    steps: tuple[Step, ...]


def stepwise_search(counts: IntArray, *, threshold: float = THRESHOLD) -> Stepwise:
    """Add pairs of lists to the model of independent lists, the one whose overlap fits worst first.

    It stops when no pair outside the model that can be added has a tail probability below the threshold. Pairs whose
    addition leaves the model without an (extended) estimate are passed over.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    threshold : float
        In [0, 1); .02 had the smallest mean error over the simulations of Chan, Silverman and Vincent. 0 gives
        independence.

    Returns
    -------
    Stepwise
        Ties between pairs go to the smaller code.

    Raises
    ------
    ValueError
        If the shape of `counts` or the threshold is wrong.

    References
    ----------
    Chan, Silverman and Vincent (2021), JASA 116:1297, section 5 (forward search, one-sided Poisson tails, threshold).
    """
    counts = np.asarray(counts)
    n_lists = n_lists_of(len(counts) + 1)
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold must lie in [0, 1); found {threshold}")
    sizes = subset_sizes(n_lists)
    pairs = np.flatnonzero(sizes == 2)
    observed = _overlaps(counts, pairs)
    model = sizes <= 1
    fits = fit_models(counts, model[None])
    if fits.code[0] != 0:
        return _end("no estimate", model, fits, [])
    steps: list[Step] = []
    while True:
        if not fits.converged[0]:
            return _end("not converged", model, fits, steps)
        log_tails = log_poisson_tail(observed, _overlaps(fits.fitted[0], pairs))
        following = None
        for at in np.argsort(log_tails, kind="stable"):
            p_value = float(np.exp(log_tails[at]))
            if p_value >= threshold:
                break
            if model[pairs[at]]:
                continue
            grown = model.copy()
            grown[pairs[at]] = True
            existence = check_existence(counts > 0, grown[None])
            exists = existence.code[0] == 0
            step = Step(pair=int(pairs[at]), p_value=p_value, outcome="added" if exists else "no estimate")
            if exists:
                following = grown, fit_models(counts, grown[None], existence=existence)
                steps.append(step)
                break
            if not any(s.pair == step.pair and s.outcome == step.outcome for s in steps):
                steps.append(step)
        if following is None:
            return _end("ok", model, fits, steps)
        model, fits = following


def _end(status: str, model: BoolArray, fits: LogLinearFits, steps: list[Step]) -> Stepwise:
    model.setflags(write=False)
    return Stepwise(status=status, model=model, fits=fits, steps=tuple(steps))


def _overlaps(cells: NDArray[np.generic], pairs: IntArray) -> FloatArray:
    """Return people on both lists of each pair, whatever other lists they are on."""
    sums = np.concatenate([[0.0], np.asarray(cells, dtype=np.float64)])
    add_over_supersets(sums)
    return np.asarray(sums[pairs], dtype=np.float64)


def log_poisson_tail(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return log min{P(X ≤ k), P(X ≥ k)} for Poisson X.

    Parameters
    ----------
    observed : ndarray of float64
        k, whole numbers.
    expected : ndarray of float64
        Means, at least 0.

    Returns
    -------
    ndarray of float64
        Below the smallest number of double precision by Chernoff's bound, −(k log(k/m) − k + m), so that pairs of
        large tables can still be told apart.
    """
    from scipy.special import gammainc, gammaincc, xlogy

    k, m = np.broadcast_arrays(np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64))
    below = gammaincc(k + 1.0, m)
    above = np.where(k > 0, gammainc(np.maximum(k, 1.0), m), 1.0)
    tail = np.minimum(below, above)
    bound = -(xlogy(k, k) - xlogy(k, np.maximum(m, SMALLEST)) - k + m)
    return np.asarray(np.where(tail > SMALLEST, np.log(np.maximum(tail, SMALLEST)), bound), dtype=np.float64)
