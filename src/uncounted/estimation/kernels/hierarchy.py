"""The lattice of list subsets: hierarchical models, their names, and sums over subsets and supersets.

One code for everything. A subset of J lists is an integer 0 … 2**J − 1 written in binary with J digits, the first
digit for the first list. The same integer names a capture pattern (the lists a person is on) and a log-linear
parameter (the lists that interact); 0 is "on no list" and the intercept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]

#: More models than this are not listed: a million models of six lists take 64 MB before the first fit.
MAX_MODELS = 1_000_000
#: One digit a list in a model name.
MAX_NAMED_LISTS = 9


def n_lists_of(n_subsets: int) -> int:
    """Return J for an array over all 2**J subsets of the lists.

    Parameters
    ----------
    n_subsets : int
        Length of the axis; must be a power of two.

    Returns
    -------
    int
        J.

    Raises
    ------
    ValueError
        If `n_subsets` is not a power of two, at least 2.
    """
    n_lists = int(n_subsets).bit_length() - 1
    if n_subsets < 2 or n_subsets != 1 << n_lists:
        raise ValueError(f"an axis over subsets of J lists has length 2**J; found {n_subsets}")
    return n_lists


def subset_sizes(n_lists: int) -> NDArray[np.int64]:
    """Return the number of lists in each subset 0 … 2**J − 1.

    Parameters
    ----------
    n_lists : int
        J.

    Returns
    -------
    ndarray of int64, shape (2**J,)
        Number of lists per subset.
    """
    codes = np.arange(2**n_lists, dtype=np.int64)
    return np.asarray(((codes[:, None] >> np.arange(n_lists)) & 1).sum(axis=1), dtype=np.int64)


def add_over_subsets(values: NDArray[np.generic]) -> None:
    """Replace, in place, each entry by the sum over its subsets: out[ω] = Σ_{θ ⊆ ω} in[θ] (zeta transform).

    Parameters
    ----------
    values : ndarray, shape (..., 2**J), C-contiguous
        Booleans are combined by "or".
    """
    _sweep(values, source=0, target=1)


def add_over_supersets(values: NDArray[np.generic]) -> None:
    """Replace, in place, each entry by the sum over its supersets: out[θ] = Σ_{ω ⊇ θ} in[ω].

    Parameters
    ----------
    values : ndarray, shape (..., 2**J), C-contiguous
        Booleans are combined by "or".
    """
    _sweep(values, source=1, target=0)


def _sweep(values: NDArray[np.generic], *, source: int, target: int) -> None:
    if not values.flags.c_contiguous:
        raise ValueError("the array must be C-contiguous, or the sums would go to a copy")
    n_subsets = values.shape[-1]
    combine = np.logical_or if values.dtype == np.bool_ else np.add
    step = 1
    while step < n_subsets:
        pairs = values.reshape(-1, n_subsets // (2 * step), 2, step)
        combine(pairs[:, :, target], pairs[:, :, source], out=pairs[:, :, target])
        step *= 2


@lru_cache(maxsize=16)
def hierarchical_models(n_lists: int, *, max_order: int | None = None) -> BoolArray:
    """List all hierarchical log-linear models that hold the intercept and every main effect.

    The interaction of all J lists is never in: without the cell of the unlisted it cannot be estimated.

    Parameters
    ----------
    n_lists : int
        J, at least 2.
    max_order : int or None
        Most lists in one interaction; None means J − 1, that is all models.

    Returns
    -------
    ndarray of bool, shape (B, 2**J), read-only
        Row b marks the parameters of model b. Order of rows: fewest parameters first; among equals, the model whose
        interactions come first when listed by size and then as 12, 13, …, 23, …. B = 1, 8, 113, 6,893 for J = 2 … 5;
        with `max_order` 2, B = 2**(J(J − 1)/2).

    Raises
    ------
    ValueError
        If J < 2, `max_order` < 1, or there are more than a million models (J = 6 beyond order 2, J ≥ 7).
    """
    if n_lists < 2:
        raise ValueError(f"a model needs at least two lists; found {n_lists}")
    highest = n_lists - 1 if max_order is None else min(max_order, n_lists - 1)
    if highest < 1:
        raise ValueError(f"max_order must be at least 1; found {max_order}")
    if (n_lists == 6 and highest > 2) or (n_lists > 6 and highest > 1):
        raise ValueError(
            f"{n_lists} lists have more than {MAX_MODELS:,} hierarchical models of order {highest}; "
            "list the models you mean, or use max_order=2 with six lists"
        )
    sizes = subset_sizes(n_lists)
    order = _canonical_order(n_lists)
    models = np.zeros((1, 2**n_lists), dtype=bool)
    models[0, sizes <= 1] = True
    for theta in order:
        if 2 <= sizes[theta] <= highest:
            # An interaction may come in where all interactions just below it are in.
            below = [int(theta) & ~(1 << j) for j in range(n_lists) if int(theta) >> j & 1]
            grown = models[models[:, below].all(axis=1)].copy()
            grown[:, theta] = True
            models = np.concatenate([models, grown])
    keys = [~models[:, theta] for theta in order[::-1]]
    models = np.ascontiguousarray(models[np.lexsort([*keys, models.sum(axis=1)])])
    models.setflags(write=False)
    return models


def _canonical_order(n_lists: int) -> NDArray[np.int64]:
    """Return the subsets by size, then 12, 13, …, 23: a larger code has earlier digits."""
    codes = np.arange(2**n_lists, dtype=np.int64)
    return np.asarray(codes[np.lexsort([-codes, subset_sizes(n_lists)])], dtype=np.int64)


def generators(model: BoolArray) -> list[int]:
    """Return the largest interactions of a model: those in no other one.

    Parameters
    ----------
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.

    Returns
    -------
    list of int
        Codes, most lists first, then in the order 12, 13, …, 23.
    """
    codes = [int(theta) for theta in np.flatnonzero(model)]
    top = [t for t in codes if not any(t != u and t & u == t for u in codes)]
    return sorted(top, key=lambda t: (-t.bit_count(), -t))


def _positions(code: int, n_lists: int) -> list[int]:
    """Return the positions, from 0, of the lists in a subset."""
    return [j for j in range(n_lists) if code >> (n_lists - 1 - j) & 1]


def model_name(model: BoolArray, n_lists: int) -> str:
    """Write a model by its generators, e.g. "[123,14,34]": digits are list positions from 1.

    Parameters
    ----------
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.
    n_lists : int
        J, at most 9: one digit a list.

    Returns
    -------
    str
        The name; the largest generators first, then in the order of their digits. Rcapture writes models so.

    Raises
    ------
    ValueError
        If J > 9 or `model` is not over 2**J subsets.
    """
    _check_named(model, n_lists)
    parts = ("".join(str(j + 1) for j in _positions(g, n_lists)) for g in generators(model))
    return "[" + ",".join(parts) + "]"


def model_words(model: BoolArray, lists: Sequence[str]) -> str:
    """Write a model with the names of the lists, e.g. "EXH*ABA*OSCE + EXH*HRW + ABA".

    Parameters
    ----------
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.
    lists : sequence of str, length J
        Names of the lists, first digit first.

    Returns
    -------
    str
        Interactions joined by "*", generators by " + ".

    Raises
    ------
    ValueError
        If `model` is not over 2**J subsets.
    """
    if model.shape != (2 ** len(lists),):
        raise ValueError(f"a model of {len(lists)} lists has {2 ** len(lists)} entries; found shape {model.shape}")
    return " + ".join("*".join(lists[j] for j in _positions(g, len(lists))) for g in generators(model))


def parse_model(text: str, n_lists: int) -> BoolArray:
    """Read a model name such as "[12,3]"; all lower interactions and the intercept come with it.

    Parameters
    ----------
    text : str
        Generators: groups of list positions (digits from 1), parted by commas, in square brackets.
    n_lists : int
        J, from 2 to 9.

    Returns
    -------
    ndarray of bool, shape (2**J,)
        Parameters of the model.

    Raises
    ------
    ValueError
        If the text is not of that form, names a list that is not there, or leaves a list out.
    """
    if not 2 <= n_lists <= MAX_NAMED_LISTS:
        raise ValueError(f"model names are for 2 to {MAX_NAMED_LISTS} lists; found {n_lists}")
    body = text.strip()
    if not (body.startswith("[") and body.endswith("]")):
        raise ValueError(f"a model is written like '[12,3]', in square brackets; found {text!r}")
    model = np.zeros(2**n_lists, dtype=bool)
    for part in body[1:-1].split(","):
        digits = part.strip()
        if not digits or not digits.isascii() or not digits.isdigit():
            raise ValueError(f"between commas a model holds list positions such as 12; found {digits!r} in {text!r}")
        positions = [int(d) for d in digits]
        if min(positions) < 1 or max(positions) > n_lists:
            raise ValueError(f"list positions run from 1 to {n_lists}; found {digits!r} in {text!r}")
        if len(set(positions)) < len(positions):
            raise ValueError(f"{digits!r} in {text!r} names a list twice")
        model[sum(1 << (n_lists - p) for p in positions)] = True
    add_over_supersets(model)
    left_out = [str(j + 1) for j in range(n_lists) if not model[1 << (n_lists - 1 - j)]]
    if left_out:
        raise ValueError(
            f"every list needs at least its own term; {text!r} leaves out list {', '.join(left_out)}: "
            f"add it, as in '{body[:-1]},{left_out[0]}]'"
        )
    return model


def _check_named(model: BoolArray, n_lists: int) -> None:
    if n_lists > MAX_NAMED_LISTS:
        raise ValueError(f"model names have one digit a list, so at most {MAX_NAMED_LISTS} lists; found {n_lists}")
    if model.shape != (2**n_lists,):
        raise ValueError(f"a model of {n_lists} lists has {2**n_lists} entries; found shape {model.shape}")
