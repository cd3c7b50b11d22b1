"""Comparing pairs: the level of every field, read from the workbench in slices; and the distinct outcomes as cells.

Two pairs with the same levels and equally rare values are equal to every model here. All arithmetic of training and
scoring therefore runs over cells, sorted and counted, so that no result depends on the order of records or of work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from uncounted.linkage import sql
from uncounted.linkage.comparisons import COMPARISONS, Comparison, level_sql

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Small = NDArray[np.int8]

_RARITIES = 41  # half bits 0 … 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Pairs, smaller record first, sorted; `code` holds levels and rarities of a pair in one number (see `cells_of`).

    Attributes
    ----------
    left, right : ndarray of int32, shape (P,)
    n_rules : ndarray of int8, shape (P,)
        Blocking rules that brought the pair up.
    code : ndarray of int64, shape (P,)
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    n_rules: Small
    code: Codes

    def only(self, kept: NDArray[np.bool_]) -> Compared:
        """Return some of the pairs, in their order."""
        return Compared(left=self.left[kept], right=self.right[kept], n_rules=self.n_rules[kept], code=self.code[kept])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Distinct outcomes of comparing, in a fixed order.

    Attributes
    ----------
    levels : dict of str to ndarray of int8, shape (C,)
        Level by comparison: 0 for everything else, highest for the best, -1 missing or not compared.
    rarity : dict of str to ndarray of float64, shape (C,)
        Bits, log2 of one over the share of the value, where a field with frequencies agrees; else 0.
    count : ndarray of int64, shape (C,)
        Pairs of each outcome.
    """

    levels: dict[str, Small]
    rarity: dict[str, Floats]
    count: Codes

    @property
    def n(self) -> int:
        """Number of cells, C."""
        return len(self.count)


def compare(connection: duckdb.DuckDBPyConnection, pairs: str, comparisons: Sequence[Comparison]) -> Compared:
    """Compare the pairs that `pairs` (SQL giving left_record, right_record, n_rules) brings.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A workbench with the prepared records and their rarities.
    pairs : str
        SQL.
    comparisons : sequence of Comparison
        Fields that are compared; all others are missing.

    Returns
    -------
    Compared
        Sorted by left, right.
    """
    columns = [*(column for c in comparisons for column in c.columns), *rarity_columns(comparisons)]
    code = code_sql({c.name: level_sql(c) for c in comparisons})
    found = connection.sql(sql.compared(pairs, columns, code)).fetchnumpy()
    return Compared(
        left=np.asarray(found["left"], dtype=np.int32),
        right=np.asarray(found["right"], dtype=np.int32),
        n_rules=np.asarray(found["n_rules"], dtype=np.int8),
        code=np.asarray(found["code"], dtype=np.int64),
    )


def rarity_columns(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """Return the columns that the rarity of values is read from."""
    return tuple(
        name for c in comparisons if c.frequency_of for name in (c.frequency_of, sql.rarity_name(c.frequency_of))
    )


def code_sql(wanted: Mapping[str, str]) -> str:
    """Return the code of a pair as SQL, from SQL of the level of each comparison that is made (see `cells_of`)."""
    terms = ["0::BIGINT"]
    weight = 1
    for c in COMPARISONS:
        if c.name in wanted:
            terms.append(f"({wanted[c.name]} + 1)::BIGINT * {weight}")
        weight *= len(c.levels) + 1
        if c.frequency_of:
            if c.name in wanted:
                key, rarity = c.frequency_of, sql.rarity_name(c.frequency_of)
                terms.append(f"CASE WHEN {key}_l = {key}_r THEN {rarity}_l ELSE 0 END::BIGINT * {weight}")
            weight *= _RARITIES
    return " + ".join(terms)


def concat(parts: Sequence[Compared]) -> Compared:
    """Put slices of pairs one behind the other."""
    return Compared(
        left=np.concatenate([p.left for p in parts]),
        right=np.concatenate([p.right for p in parts]),
        n_rules=np.concatenate([p.n_rules for p in parts]),
        code=np.concatenate([p.code for p in parts]),
    )


def cells_of(code: Codes) -> tuple[Cells, NDArray[np.int64]]:
    """Return the distinct outcomes among pairs, and the cell of each pair.

    Parameters
    ----------
    code : ndarray of int64, shape (P,)
        As in `Compared`: mixed radix, comparison by comparison the level plus one, then the rarity in half bits.

    Returns
    -------
    tuple of (Cells, ndarray of int64 of shape (P,))
    """
    values, of_pair, count = np.unique(code, return_inverse=True, return_counts=True)
    return cells_from(values, count.astype(np.int64)), of_pair.astype(np.int64)


def cells_from(code: Codes, count: NDArray[np.int64]) -> Cells:
    """Return cells of distinct codes, in their order."""
    levels, rarity = decode(code)
    return Cells(levels=levels, rarity=rarity, count=count)


def decode(code: Codes) -> tuple[dict[str, Small], dict[str, Floats]]:
    """Return levels and rarities (bits) of codes."""
    levels: dict[str, Small] = {}
    rarity: dict[str, Floats] = {}
    rest = code
    for c in COMPARISONS:
        rest, level = np.divmod(rest, len(c.levels) + 1)
        levels[c.name] = (level - 1).astype(np.int8)
        if c.frequency_of:
            rest, half_bits = np.divmod(rest, _RARITIES)
            rarity[c.name] = half_bits / 2.0
    return levels, rarity


def level_of(code: Codes, name: str) -> Small:
    """Return the level of one comparison for each code."""
    weight = 1
    for c in COMPARISONS:
        if c.name == name:
            return ((code // weight) % (len(c.levels) + 1) - 1).astype(np.int8)
        weight *= (len(c.levels) + 1) * (_RARITIES if c.frequency_of else 1)
    raise KeyError(name)
