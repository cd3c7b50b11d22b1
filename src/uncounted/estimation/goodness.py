"""Goodness of fit of one model to one table: chi-squared where the cells are large enough, else by bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.cells import canonical_order, reordered
from uncounted.estimation.kernels.goodness import bootstrap_p_value, cells_are_large
from uncounted.estimation.kernels.list_order import model_in_table_order
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.streams import named_stream

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

N_REPLICATES = 1_000  # rule R13 asks for p below .001


def goodness_of_fit(counts: IntArray, model: BoolArray, *, n_replicates: int = N_REPLICATES) -> float:
    """Return the p-value of the deviance of a log-linear model; NaN if it leaves nothing to test or has no estimate.

    On sparse tables chi-squared hardly ever rejects (at the true model in .25 % of tables at a nominal 5 %), so there
    the deviance is compared with those of tables drawn from the model. The draws depend on counts and model alone.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J - 1,)
        People per pattern.
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.
    n_replicates : int
        Tables drawn.
    """
    from scipy.special import chdtrc

    n_lists = (len(counts) + 1).bit_length() - 1
    order = canonical_order(counts, n_lists)
    ordered, same = reordered(counts, order), model_in_table_order(model, _inverse(order))
    fits = fit_models(ordered, same[None])
    if fits.code[0] != 0 or not fits.converged[0] or fits.df[0] <= 0:
        return float("nan")
    if cells_are_large(fits)[0]:
        return float(chdtrc(fits.df[0], max(fits.deviance[0], 0.0)))
    name = b"goodness of fit" + ordered.astype("<i8").tobytes() + same.tobytes()
    rng = named_stream(name)
    return float(bootstrap_p_value(ordered, same[None], fits, n_replicates=n_replicates, rng=rng).p_value[0])


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    """Return the order that leads back: the table is the ordered one with its lists in this order."""
    return tuple(int(j) for j in np.argsort(order))
