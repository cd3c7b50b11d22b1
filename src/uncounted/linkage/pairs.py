"""What linkage gives on: scored pairs, and several clusterings drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingRule:
    """A rule that brings pairs up for comparison, in words, with how many (and blocks skipped as too big)."""

    name: str
    words: str
    n_pairs: int
    n_skipped_blocks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelWeight:
    """One comparison level of the trained model: m and u probabilities and the match weight (log2 of m/u)."""

    comparison: str
    level: str
    m_prob: float
    u_prob: float
    match_weight: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredPairs:
    """Pairs of records with their odds of being one person.

    `table` has the columns left, right (int64, `record` of Records, left < right), match_weight (float64, log2 odds),
    match_prob (float64 in (0, 1)), n_rules (int8, blocking rules that brought the pair up; 0 for a pair found through a
    common match), and one int8 column "level_<comparison>" per comparison. Sorted by left, right.

    `identical` holds (record, representative) for records of large groups that agree on everything; only the
    representative, the smallest record of the group, was compared with others.
    """

    table: pa.Table
    n_records: int
    rules: tuple[BlockingRule, ...]
    weights: tuple[LevelWeight, ...]
    prior_match_prob: float
    warnings: tuple[str, ...] = ()
    identical: tuple[tuple[int, int], ...] = ()

    @property
    def n_pairs(self) -> int:
        """Number of scored pairs."""
        return int(self.table.num_rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusterings:
    """Cluster labels per record: a best single clustering and draws from the uncertainty of the links.

    `point` has shape (n_records,), `draws` (D, n_records), int64, read-only. A label is the smallest `record` in the
    cluster, so labels do not depend on any order of work.
    """

    point: NDArray[np.int64]
    draws: NDArray[np.int64]
    warnings: tuple[str, ...] = ()

    @property
    def n_draws(self) -> int:
        """Number of draws, D."""
        return int(self.draws.shape[0])
