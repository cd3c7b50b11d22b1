"""Models of lists that stood in another order when they were fitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


def model_in_table_order(model: BoolArray, order: tuple[int, ...]) -> BoolArray:
    """Return a model over the lists as the table has them, from one over the lists in `order`.

    Parameters
    ----------
    model : ndarray of bool, shape (2**J,)
        Parameters, coded with the lists in `order`.
    order : tuple of int, length J
        Positions in the table: list `order[0]` had the first digit.

    Returns
    -------
    ndarray of bool, shape (2**J,)
        The same parameters, coded with the lists as they stand in the table.
    """
    n_lists = len(order)
    codes = np.arange(2**n_lists)
    as_fitted = np.zeros(2**n_lists, dtype=np.int64)
    for i, j in enumerate(order):
        as_fitted |= (codes >> (n_lists - 1 - j) & 1) << (n_lists - 1 - i)
    return np.asarray(model[as_fitted], dtype=bool)
