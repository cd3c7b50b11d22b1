"""People's lists and covariates as they are handed in: checked, and put in an order of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uncounted.errors import ProjectError
from uncounted.estimation.cells import canonical_order

FloatArray = NDArray[np.float64]

FEWEST_IMPUTATIONS = 5


def people_arrays(
    membership: ArrayLike, covariates: ArrayLike, names: tuple[str, ...]
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Return membership and covariates as arrays, or say what is wrong with them."""
    member = np.asarray(membership)
    values = np.asarray(covariates, dtype=np.float64)
    if member.ndim != 2 or member.shape[1] != len(names) or len(names) < 2 or len(set(names)) < len(names):
        raise ProjectError(
            f"membership must have one column for each of two or more lists with different names; found shape "
            f"{member.shape} for {len(names)} names.",
            code="E65",
        )
    if values.ndim != 2 or values.shape[0] != len(member) or values.shape[1] == 0:
        raise ProjectError(
            f"covariates must have one row for each of the {len(member):,} people and one column or more; found shape "
            f"{values.shape}.",
            code="E65",
        )
    if not np.isin(member, (0, 1)).all():
        raise ProjectError("membership must hold 0 and 1 alone.", code="E65")
    member = member.astype(bool)
    nowhere = int((~member.any(axis=1)).sum())
    if nowhere:
        raise ProjectError(
            f"{nowhere:,} people are on no list.",
            why="Only people on a list are known; how many are on none is what is estimated.",
            do="Leave those rows out.",
            code="E65",
        )
    if np.isinf(values).any():
        raise ProjectError("covariates must be finite, or NaN where not known.", code="E65")
    empty = [str(j + 1) for j in range(values.shape[1]) if np.isnan(values[:, j]).all()]
    if empty and len(values):
        raise ProjectError(
            f"column {', '.join(empty)} of the covariates is missing for everybody.", do="Leave it out.", code="E65"
        )
    return member, values


def check_options(level: float, seed: int, n_folds: int, n_imputations: int, ridges: Sequence[float]) -> None:
    """Raise ProjectError (E65) if an option is out of its range."""
    good = 0 < level < 1 and seed >= 0 and 2 <= n_folds <= 20 and n_imputations >= FEWEST_IMPUTATIONS
    if not good or not len(ridges) or not all(r >= 0 and math.isfinite(r) for r in ridges):
        raise ProjectError(
            "an option is out of its range: level lies between 0 and 1, seed is 0 or above, n_folds 2 to 20, "
            f"n_imputations at least {FEWEST_IMPUTATIONS}, ridges are one or more numbers of at least 0.",
            code="E65",
        )


def in_canonical_order(
    member: NDArray[np.bool_], values: FloatArray, positions: list[int], counts: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], FloatArray, list[int]]:
    """Return people and lists in an order that depends on what they are, not on how they came."""
    order = canonical_order(counts, member.shape[1])
    member = member[:, order]
    keys = [*np.where(np.isnan(values), np.inf, values).T, *member.T.astype(np.float64)]
    rows = np.lexsort(keys)
    return member[rows], values[rows], sorted(order.index(j) for j in positions)
