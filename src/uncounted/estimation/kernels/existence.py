"""Whether a log-linear model has a (extended) maximum likelihood estimate, decided exactly from which cells are empty.

Letters: ω is a capture pattern, θ a parameter (both subsets of the lists), n_ω the count, n*_θ = Σ_{ω ⊇ θ} n_ω.
Parameters with n*_θ = 0 go to −∞ and take every cell ω ⊇ θ with them; Θ† are those left, A the 0/1 design of the
remaining cells on Θ†. The estimate fails to exist exactly if some direction c leaves the observed cells alone and
pushes empty ones down: (A c)_ω = 0 where n_ω > 0, (A c)_ω ≥ 0 elsewhere, not all zero (Farkas' lemma on the linear
programme of Chan, Silverman and Vincent). The counts themselves do not matter, only which are zero.

The work is done in another basis. Let h_ω = Σ_{θ ⊆ ω} c_θ. As Θ† holds all subsets of its members, c and h on Θ† are
one to one with whole-number matrices, and h_∅ is the intercept. So for members of Θ† "h is zero on observed cells" is
simply a coordinate set to zero, and the unknowns left are h_∅ and h at the empty cells in Θ†.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.exact import exact_ranks, null_space, one_sided_combination
from uncounted.estimation.kernels.hierarchy import add_over_subsets, add_over_supersets, n_lists_of, subset_sizes

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: Numbers in one stack of reduced matrices: 2 MB of int64.
CHUNK_NUMBERS = 262_144


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Existence:
    """What can be estimated, per model.

    Attributes
    ----------
    code : ndarray of int8, shape (B,), read-only
        0 the (extended) estimate exists and is unique; 1 it does not exist; 2 it exists but the parameters, the
        intercept among them, are not identified; 3 both.
    removed : ndarray of bool, shape (B, 2**J), read-only
        Parameters of the model fixed at −∞, because nobody is on all their lists.
    n0_estimable : ndarray of bool, shape (B,), read-only
        Whether the intercept, hence the number on no list, has one finite limit along every sequence that maximises
        the likelihood. True for code 0; False for codes 2 and 3; either for code 1.
    """

    code: NDArray[np.int8]
    removed: BoolArray
    n0_estimable: BoolArray


def check_existence(present: BoolArray, models: BoolArray) -> Existence:
    """Decide existence and identifiability of the estimates of many models of one table, exactly.

    Parameters
    ----------
    present : ndarray of bool, shape (2**J − 1,)
        Which patterns were seen at all (count > 0), in CaptureTable order.
    models : ndarray of bool, shape (B, 2**J)
        Parameters of hierarchical models, see `hierarchical_models`.

    Returns
    -------
    Existence
        Codes, removed parameters, and whether the unlisted can be estimated. With no person at all every code is 3.

    Raises
    ------
    ValueError
        If the shapes do not belong to one number of lists, or a model is not hierarchical or lacks the intercept.

    References
    ----------
    Chan, Silverman and Vincent (2021), JASA 116:1297, section 4 (extended estimate, linear programme, codes).
    Fienberg and Rinaldo (2012), Annals of Statistics 40:996 (facial sets).
    """
    present, models = np.asarray(present, dtype=bool), np.asarray(models, dtype=bool)
    _check_shapes(present, models)
    seen = np.concatenate([[False], present])
    reached = seen.copy()
    add_over_supersets(reached)
    removed = models & ~reached
    if not seen.any():
        return _freeze(np.full(len(models), 3, dtype=np.int8), removed, np.zeros(len(models), dtype=bool))
    free = models & reached
    cells = remaining_cells(removed)
    # Models that differ only in what was removed are one problem.
    first, back = distinct_rows(free, cells)
    code, estimable = _decide(seen, free[first], cells[first])
    return _freeze(code[back], removed, estimable[back])


def remaining_cells(removed: BoolArray) -> BoolArray:
    """Return the patterns left once parameters at −∞ have emptied the cells above them.

    Parameters
    ----------
    removed : ndarray of bool, shape (B, 2**J)
        Parameters fixed at −∞.

    Returns
    -------
    ndarray of bool, shape (B, 2**J)
        Patterns left; the first column, "on no list", is False since it is never observed.
    """
    gone = np.ascontiguousarray(removed).copy()
    add_over_subsets(gone)
    cells = ~gone
    cells[:, 0] = False
    return cells


def _check_shapes(present: BoolArray, models: BoolArray) -> None:
    if models.ndim != 2:
        raise ValueError(f"models must have the shape (B, 2**J); found {models.shape}")
    n_lists = n_lists_of(models.shape[1])
    if present.shape != (2**n_lists - 1,):
        raise ValueError(f"for {n_lists} lists there are {2**n_lists - 1} patterns; found shape {present.shape}")
    closed = models.copy()
    add_over_supersets(closed)
    if not models[:, 0].all() or (closed != models).any():
        raise ValueError("every model must hold the intercept and all interactions below its own (be hierarchical)")


def _freeze(code: NDArray[np.int8], removed: BoolArray, estimable: BoolArray) -> Existence:
    for array in (code, removed, estimable):
        array.setflags(write=False)
    return Existence(code=code, removed=removed, n0_estimable=estimable)


def distinct_rows(*masks: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the first row of each distinct combination of masks, and each row's place among them."""
    packed = np.ascontiguousarray(np.packbits(np.concatenate(masks, axis=1), axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, back = np.unique(keys, return_index=True, return_inverse=True)
    return first, back.ravel()


def _decide(seen: BoolArray, free: BoolArray, cells: BoolArray) -> tuple[NDArray[np.int8], BoolArray]:
    unidentified = _unidentified(free, cells)
    # Full column rank on the observed cells: there is no direction at all, so the estimate exists and is unique.
    open_ = np.flatnonzero(~_full_rank(seen, free))
    fails = np.zeros(len(free), dtype=bool)
    estimable = ~unidentified
    if open_.size:
        kept = cells[open_] & ~seen
        fails[open_] = _search(seen, free[open_], kept, enough=lambda rows: np.ones(len(rows), dtype=bool))
        doubtful = np.flatnonzero(fails[open_] & ~unidentified[open_])
        estimable[open_[doubtful]] = _intercept_estimable(seen, free[open_[doubtful]], kept[doubtful])
    return (fails + 2 * unidentified).astype(np.int8), estimable


def _alternating(free: BoolArray) -> IntArray:
    """Return (−1)^|θ| on Θ†, 0 elsewhere: the direction that moves the intercept and no cell of Θ†."""
    signs = 1 - 2 * (subset_sizes(n_lists_of(free.shape[-1])) & 1)
    return np.asarray(np.where(free, signs, 0), dtype=np.int64)


def _unidentified(free: BoolArray, cells: BoolArray) -> BoolArray:
    """Return whether the design on all remaining cells has deficient column rank.

    All of Θ† but ∅ are remaining cells, so a null direction has h = 0 on them and is a multiple of the alternating
    one. It is null exactly if it also leaves every other remaining cell alone.
    """
    moved = _alternating(free)
    add_over_subsets(moved)
    return np.asarray(~((moved != 0) & cells).any(axis=1))


def _response(free: BoolArray, psi: IntArray, cells: BoolArray) -> IntArray:
    """Return, for each model and coordinate ψ, what one unit of h_ψ does to the marked cells; shape (B, q, cells).

    Cell ω answers with Σ (−1)^(|θ| − |ψ|) over θ in Θ† with ψ ⊆ θ ⊆ ω.
    """
    n_subsets = free.shape[1]
    above = (np.arange(n_subsets) & psi[:, :, None]) == psi[:, :, None]
    signs = 1 - 2 * (subset_sizes(n_lists_of(n_subsets))[psi] & 1)
    response = np.where(above, _alternating(free)[:, None, :], 0) * signs[:, :, None]
    add_over_subsets(response)
    return np.asarray(response[:, :, cells])


def _full_rank(seen: BoolArray, free: BoolArray) -> BoolArray:
    """Return whether the observed cells alone determine every parameter."""
    unknowns = (free & ~seen).sum(axis=1)  # h_∅ and h at the empty cells of Θ†
    equations = (seen & ~free).sum(axis=1)
    result = np.zeros(len(free), dtype=bool)
    possible = np.flatnonzero(equations >= unknowns)
    result[possible] = (
        _ranks(free[possible], np.broadcast_to(seen, (len(possible), len(seen))))[0] == unknowns[possible]
    )
    return result


def _ranks(free: BoolArray, face: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the rank of what the cells of a face demand of the h that the face leaves open.

    Cells of the face in Θ† set their own h to zero; the others give the rows, h_∅ and h at the cells of Θ† off the
    face the columns. The second rank is without the column of h_∅.
    """
    ranks = np.zeros((2, len(free)), dtype=np.int64)
    coordinates, rows = free & ~face, face & ~free
    unknowns = coordinates.sum(axis=1)
    by_size = np.argsort(unknowns, kind="stable")
    size = max(1, CHUNK_NUMBERS // (int(unknowns.max(initial=1)) * free.shape[1]))
    for start in range(0, len(by_size), size):
        part = by_size[start : start + size]
        used = np.asarray(rows[part].any(axis=0), dtype=bool)
        psi = _padded_coordinates(coordinates[part], int(unknowns[part].max()))
        response = _response(free[part], psi, used) * rows[part][:, None, used]
        ranks[:, part] = exact_ranks(response.transpose(0, 2, 1))
    return ranks[0], ranks[1]


def _padded_coordinates(coordinates: BoolArray, width: int) -> IntArray:
    """Return the codes marked in each row, −1 where a row has fewer than `width`, the intercept last."""
    codes = np.where(coordinates, np.arange(coordinates.shape[1]), -1)
    codes.sort(axis=1)
    codes = codes[:, ::-1][:, :width]
    # The intercept is the smallest code, so it is the last one marked; move it behind the filling.
    codes = np.where(codes == 0, -1, codes)
    codes[:, -1] = 0
    return codes


def _intercept_estimable(seen: BoolArray, free: BoolArray, kept: BoolArray) -> BoolArray:
    """Return whether the intercept is determined on the facial set, for models whose estimate does not exist.

    The facial set lies between the observed cells and those not yet emptied. If the smaller set fixes the intercept
    so does the facial set; if the larger does not, neither does the facial set. The rest is searched to the end.
    """
    estimable = _intercept_fixed(free, np.broadcast_to(seen, free.shape))
    unsure = np.flatnonzero(~estimable)
    unsure = unsure[_intercept_fixed(free[unsure], seen | kept[unsure])]
    if unsure.size:
        some, rest = free[unsure], kept[unsure]
        _search(seen, some, rest, enough=lambda rows: ~_intercept_fixed(some[rows], seen | rest[rows]))
        estimable[unsure] = _intercept_fixed(some, seen | rest)
    return estimable


def _intercept_fixed(free: BoolArray, face: BoolArray) -> BoolArray:
    """Return whether the cells of a face determine the intercept: no direction that leaves them alone moves it."""
    ranks, without_intercept = _ranks(free, face)
    return ranks > without_intercept


def _search(seen: BoolArray, free: BoolArray, kept: BoolArray, *, enough: Callable[[IntArray], BoolArray]) -> BoolArray:
    """Find directions and drop the cells they empty from `kept` (in place), until there is none left or enough.

    A direction found for one model is tried on all others; a proof that there is none holds for every model within
    this one that has the same cells. So few problems are solved one by one.

    Parameters
    ----------
    seen : ndarray of bool, shape (2**J,)
        Observed cells.
    free : ndarray of bool, shape (D, 2**J)
        Parameters Θ†.
    kept : ndarray of bool, shape (D, 2**J)
        Empty cells not yet emptied by a direction; changed in place.
    enough : callable
        Says of rows just changed whether their search may stop.

    Returns
    -------
    ndarray of bool, shape (D,)
        Whether any direction was found.
    """
    found = np.zeros(len(free), dtype=bool)
    unsettled = np.asarray(kept.any(axis=1), dtype=bool)
    sizes = free.sum(axis=1)
    largest = False
    while unsettled.any():
        candidates = np.flatnonzero(unsettled)
        order = sizes[candidates]
        pick = candidates[order.argmax() if largest else order.argmin()]
        largest = not largest
        direction = _direction(seen, free[pick], kept[pick])
        if direction is None:
            within = ~(free[candidates] & ~free[pick]).any(axis=1)
            same = (kept[candidates] == kept[pick]).all(axis=1)
            unsettled[candidates[within & same]] = False
            continue
        changed = _apply_direction(direction, free, kept, candidates)
        found[changed] = True
        unsettled[changed] = kept[changed].any(axis=1) & ~enough(changed)
    return found


def _apply_direction(direction: list[int], free: BoolArray, kept: BoolArray, candidates: IntArray) -> IntArray:
    """Drop the cells a direction empties, in every candidate model that holds it; return the models changed."""
    moved = np.array(direction, dtype=object)
    support = np.array([bool(v) for v in direction])
    add_over_subsets(moved)
    sign = np.array([(v > 0) - (v < 0) for v in moved], dtype=np.int64)
    inside = ~(support & ~free[candidates]).any(axis=1)
    one_sided = ~(kept[candidates] & (sign < 0)).any(axis=1)
    empties = (kept[candidates] & (sign > 0)).any(axis=1)
    changed = candidates[inside & one_sided & empties]
    kept[changed] &= sign <= 0
    return changed


def _direction(seen: BoolArray, free: BoolArray, kept: BoolArray) -> list[int] | None:
    """Return a direction c over the parameters that is 0 on observed cells, ≥ 0 and not all 0 on `kept`, or None."""
    psi = np.flatnonzero(free & ~seen)
    response = _response(free[None], psi[None], np.ones(len(free), dtype=bool))[0]
    basis = null_space(response[:, seen & ~free].T)
    moved = (np.array(basis, dtype=object) @ response[:, kept].astype(object)).tolist()
    weights = one_sided_combination(moved)
    if weights is None:
        return None
    h = [sum(u * v[i] for u, v in zip(weights, basis, strict=True)) for i in range(len(psi))]
    sizes = subset_sizes(n_lists_of(len(free)))
    return [
        sum(
            value * (-1) ** int(sizes[theta] - sizes[p])
            for value, p in zip(h, psi, strict=True)
            if value and theta & p == p
        )
        if free[theta]
        else 0
        for theta in range(len(free))
    ]
