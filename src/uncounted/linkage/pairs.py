"""What linkage gives on: scored pairs, and several clusterings drawn from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def probability(log2_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of log2 odds (0 bits: one half); beyond 900 bits it is 0 or 1 all the same."""
    return np.asarray(1.0 / (1.0 + np.exp2(-np.clip(log2_odds, -900.0, 900.0))), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingRule:
    """A rule that brings pairs up for comparison, in words, with how many.

    `n_skipped_blocks` are groups too big to compare; `n_thinned` are pairs of loose rules in large lists that share too
    little beyond the rule to be compared (one found in two groups counts twice).
    """

    name: str
    words: str
    n_pairs: int
    n_skipped_blocks: int = 0
    n_thinned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelWeight:
    """One comparison level of the trained model: m and u probabilities and the match weight (log2 of m/u).

    `share` is the share of the scored pairs (with the field known on both sides) that are at this level.
    """

    comparison: str
    level: str
    m_prob: float
    u_prob: float
    match_weight: float
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """One session of training: on which pairs, how many true pairs among them it found, and what became of it."""

    words: str
    n_pairs: int
    n_matches: float
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A field that is not compared, and why."""

    comparison: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsCompared:
    """How far the model trained on these lists (EM) and the one trained on invented lists beforehand agree.

    Attributes
    ----------
    n_likely : int
        Pairs that at least one of the two holds for likelier than not.
    n_differ : int
        Of these, pairs on which the two differ.
    em_matches, prior_matches : float
        True pairs among those compared, as each of the two has it.
    """

    n_likely: int
    n_differ: int
    em_matches: float
    prior_matches: float

    @property
    def differ_share(self) -> float:
        """Share of the likely pairs on which the two differ; 0 if there are none."""
        return self.n_differ / self.n_likely if self.n_likely else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredPairs:
    """Pairs of records with their odds of being one person.

    `table` has the columns left, right (int64, `record` of Records, left < right), match_weight (float64, log2 odds),
    match_prob (float64 in (0, 1)), em_weight and prior_weight (float64, log2 odds by the model trained on these lists
    and by the one trained on invented lists; `match_weight` is made of the two), n_rules (int8, blocking rules that
    brought the pair up; 0 for a pair found through a common match), and one int8 column "level_<comparison>" per
    comparison (-1: missing or not compared). Sorted by left, right. Pairs without hope in both models are counted
    (`n_hopeless`) and left out.

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
    left_out: tuple[LeftOut, ...] = ()
    sessions: tuple[SessionReport, ...] = ()
    models: ModelsCompared | None = None
    n_hopeless: int = 0

    @property
    def n_pairs(self) -> int:
        """Number of scored pairs."""
        return int(self.table.num_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawDoubt:
    """What one draw took for true: pairs of records that are one person, of several kinds.

    Attributes
    ----------
    n_scored : float
        Among the scored pairs: the sum of the match probabilities under the odds of this draw.
    n_unlinked : float
        Of these, those that the best clustering keeps apart.
    n_not_compared : float
        Brought up by no blocking rule, those found through a common match left out.
    n_apart : float
        Of these, those that the clusters of this draw do not hold together already by way of other records.
    """

    n_scored: float
    n_unlinked: float
    n_not_compared: float
    n_apart: float

    @property
    def missed_share(self) -> float:
        """Share of all pairs of one person that the best clustering does not hold together."""
        whole = self.n_scored + self.n_not_compared
        return (self.n_unlinked + self.n_apart) / whole if whole > 0.0 else 0.0


def _nothing() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


def _no_cells() -> NDArray[np.float64]:
    return np.zeros((0, 0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusterings:
    """Cluster labels per record: a best single clustering and draws from the uncertainty of the links.

    A label is the smallest `record` in the cluster, so labels do not depend on any order of work. Arrays are read-only.

    Attributes
    ----------
    point : ndarray of int64, shape (n_records,)
        Best clustering, at `LinkageSpec.threshold`.
    draws : ndarray of int64, shape (D, n_records)
        Draws, with the links that the lists are likely to hold beside those that can be seen.
    strict, loose : ndarray of int64, shape (n_records,)
        Clusterings at `LinkageSpec.strict` and `LinkageSpec.loose`, to show how far the number hangs on the threshold;
        shape (0,) if they were not made.
    doubt : tuple of DrawDoubt, length D
        What each draw took the pairs to be.
    added : ndarray of float64, shape (lists, lists)
        Pairs of records that the draws hold together beyond what the pair odds alone make of them, mean over draws, by
        list pair (upper triangle; the diagonal holds repeats within a list).
    warnings : tuple of str
        Sentences for the report.
    """

    point: NDArray[np.int64]
    draws: NDArray[np.int64]
    strict: NDArray[np.int64] = field(default_factory=_nothing)
    loose: NDArray[np.int64] = field(default_factory=_nothing)
    doubt: tuple[DrawDoubt, ...] = ()
    added: NDArray[np.float64] = field(default_factory=_no_cells)
    warnings: tuple[str, ...] = ()

    @property
    def n_draws(self) -> int:
        """Number of draws, D."""
        return int(self.draws.shape[0])
