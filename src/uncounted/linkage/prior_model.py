"""A pair model that has seen lists before: logistic, over the levels of the comparisons, trained on invented lists.

Fellegi and Sunter's model adds fields up as if faults came independently of each other; this one has seen which of them
come together. Its coefficients come from invented lists (`benchmarks/linkage/train_prior_model.py`), none of which
is the user's; two things are taken from the user's lists all the same: how often random pairs agree by chance (u, and
the rarity of the very value), which enters as a number of bits, and the share of true pairs, which moves the intercept.

References
----------
Saerens, Latinne, Decaestecker (2002), Adjusting the outputs of a classifier to new a priori probabilities, Neural
Computation 14:21-41, eqs. (4) and (9): EM on the prior odds with the class-conditional part fixed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage.compare import Cells
from uncounted.linkage.comparisons import COMPARISONS

Floats = NDArray[np.float64]
Shares = Mapping[str, tuple[float, ...]]

_MOST_BITS = 16.0
# Fields whose agreement and disagreement come together, and are looked at two by two.
_PAIRED = ("surname", "given", "patronymic", "birth", "event", "place")
# Groups of levels for the pairs of fields: agrees, nearly agrees, differs; best level first.
_GROUPS: dict[str, tuple[str, ...]] = {
    "surname": ("agrees", "near", "near", "near", "near", "near", "differs"),
    "given": ("agrees", "near", "near", "near", "near", "differs"),
    "patronymic": ("agrees", "near", "near", "near", "near", "differs"),
    "birth": ("agrees", "near", "near", "near", "differs", "differs", "differs"),
    "event": ("agrees", "near", "near", "near", "differs", "differs", "differs", "differs"),
    "place": ("agrees", "near", "near", "differs"),
}
_KINDS = ("agrees", "near", "differs")
_MOST_COUNTED = 4
_ROUNDS = 500
_TOLERANCE = 1e-9
_FIRST_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorModel:
    """Coefficients by feature name, in natural log odds; `intercept` makes likelihood ratios of them."""

    names: tuple[str, ...]
    coefficients: Floats
    intercept: float


def feature_names() -> tuple[str, ...]:
    """Return the names of the features, in the order of the columns of `features`."""
    names = [f"{c.name}: {level.name}" for c in COMPARISONS for level in c.levels]
    names += [f"{c.name}: bits" for c in COMPARISONS]
    names += [f"{k} fields differ" for k in range(1, _MOST_COUNTED + 1)]
    names += [f"{k} fields compared" for k in range(1, len(COMPARISONS))]
    names += [
        f"{one} {kind_one}, {two} {kind_two}"
        for one, two in combinations(_PAIRED, 2)
        for kind_one in _KINDS
        for kind_two in _KINDS
    ]
    return tuple(names)


def features(cells: Cells, u: Shares) -> NDArray[np.float32]:
    """Return the features of each cell, shape (C, F).

    Parameters
    ----------
    cells : Cells
        Distinct outcomes of comparing.
    u : mapping of str to tuple of float
        Chance agreement of the lists at hand, by comparison, best level first; a comparison without u is missing.

    Returns
    -------
    ndarray of float32, shape (C, F)
        In the order of `feature_names`. "bits" is log2 of one over the chance that two strangers are at this level
        (agree on this very value, where values have frequencies), at most 16, times ln 2.
    """
    n = cells.n
    columns: list[NDArray[np.generic]] = []
    bits: list[Floats] = []
    differs = np.zeros(n, dtype=np.int64)
    compared = np.zeros(n, dtype=np.int64)
    group: dict[str, NDArray[np.int64]] = {}
    for c in COMPARISONS:
        level = cells.levels[c.name].astype(np.int64) if c.name in u else np.full(n, -1)
        position = len(c.levels) - 1 - level  # best first; missing is one past the end
        columns.extend(position == k for k in range(len(c.levels)))
        known = level >= 0
        compared += known
        differs += level == 0
        chance = -np.log2(np.array((*u.get(c.name, (1.0,) * len(c.levels)), 1.0)))[np.minimum(position, len(c.levels))]
        if c.name in cells.rarity:
            chance = np.where(position == 0, cells.rarity[c.name], chance)
        bits.append(np.where(known, np.clip(chance, 0.0, _MOST_BITS), 0.0) * np.log(2.0))
        if c.name in _GROUPS:
            numbers = np.array([_KINDS.index(kind) for kind in _GROUPS[c.name]] + [-1])
            group[c.name] = numbers[np.minimum(position, len(c.levels))]
    columns.extend(bits)
    columns.extend(np.minimum(differs, _MOST_COUNTED) == k for k in range(1, _MOST_COUNTED + 1))
    columns.extend(compared == k for k in range(1, len(COMPARISONS)))
    for one, two in combinations(_PAIRED, 2):
        code = np.where((group[one] < 0) | (group[two] < 0), -1, group[one] * len(_KINDS) + group[two])
        columns.extend(code == k for k in range(len(_KINDS) ** 2))
    out = np.empty((n, len(columns)), dtype=np.float32)
    for k, column in enumerate(columns):
        out[:, k] = column
    return out


def score_cells(model: PriorModel, cells: Cells, u: Shares) -> Floats:
    """Return the natural log likelihood ratio of each cell, shape (C,): log odds without prior odds."""
    n_features = len(model.coefficients)
    total = np.empty(cells.n)
    step = 200_000
    for start in range(0, cells.n, step):
        piece = slice(start, start + step)
        part = Cells(
            levels={name: level[piece] for name, level in cells.levels.items()},
            rarity={name: bits[piece] for name, bits in cells.rarity.items()},
            count=cells.count[piece],
        )
        matrix = features(part, u)
        # Column by column: a matrix product sums in another order on another machine.
        sums = np.full(part.n, model.intercept)
        for k in range(n_features):
            sums += matrix[:, k] * model.coefficients[k]
        total[piece] = sums
    return total


def shift_to(log_ratio: Floats, count: NDArray[np.int64]) -> tuple[float, float]:
    """Find the prior log odds of true pairs in these lists by EM (Saerens et al., eqs. 4 and 9).

    Parameters
    ----------
    log_ratio : ndarray of float64, shape (C,)
        Natural log of the likelihood ratio of each cell: log odds without prior odds.
    count : ndarray of int64, shape (C,)
        Pairs of each cell.

    Returns
    -------
    tuple of (shift, expected)
        What is to be added to the log ratios, and the number of true pairs that then are expected.
    """
    n_pairs = float(count.sum())
    share = _FIRST_SHARE
    for _ in range(_ROUNDS):
        odds = np.clip(log_ratio + np.log(share / (1.0 - share)), -700.0, 700.0)
        new = float((count / (1.0 + np.exp(-odds))).sum()) / n_pairs
        new = min(max(new, 1e-9), 1.0 - 1e-9)
        done = abs(new - share) < _TOLERANCE * share
        share = new
        if done:
            break
    return float(np.log(share / (1.0 - share))), share * n_pairs


@cache
def shipped_model() -> PriorModel:
    """Read the model that comes with the program.

    Raises
    ------
    LinkageError
        L13 if the data file does not belong to this program's comparisons.
    """
    text = (resources.files("uncounted.linkage") / "data" / "prior_model.json").read_text(encoding="utf-8")
    return model_from_json(text)


def model_from_json(text: str) -> PriorModel:
    """Read a model from JSON; L13 if its features are not those of the comparisons."""
    content = json.loads(text)
    coefficients = content["coefficients"]
    names = feature_names()
    if tuple(coefficients) != names:
        raise LinkageError(
            "the pair model was made for other comparisons than the program has.",
            do="Make it again: python benchmarks/linkage/train_prior_model.py",
            code="L13",
        )
    return PriorModel(
        names=names,
        coefficients=np.array([float(coefficients[name]) for name in names]),
        intercept=float(content["intercept"]),
    )
