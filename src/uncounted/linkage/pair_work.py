"""Where pairs are made and compared: on the workbench of this process, or on Spark. What comes of it is the same.

All arithmetic on weights is done on the distinct outcomes of comparing (`compare.Cells`), which are few; only the pairs
worth keeping are asked for one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from uncounted.linkage import sql
from uncounted.linkage.blocking import SLICE, Rule, bring_up_pairs
from uncounted.linkage.compare import Codes, Compared, compare, concat
from uncounted.linkage.comparisons import Comparison
from uncounted.linkage.engine import Engine
from uncounted.linkage.pairs import BlockingRule
from uncounted.linkage.training import Model, train, training_columns
from uncounted.linkage.workbench import open_workbench, run, run_counts
from uncounted.project.model import LinkageSpec

Outcomes = tuple[Codes, NDArray[np.int64]]

_MOST_COMPANIONS = 50  # likely partners of one record; a record with more is no guide to who belongs together


class PairWork(Protocol):
    """Pairs of the prepared records on one workbench, from blocking to the outcome of every comparison."""

    notes: tuple[str, ...]

    def bring_up(self, rules: Sequence[Rule], spec: LinkageSpec) -> tuple[BlockingRule, ...]:
        """Bring pairs up by every rule."""
        ...

    def count_sure(self) -> tuple[int, int]:
        """Count the pairs that agree exactly on surname, given name and a date, and all pairs."""
        ...

    def train(self, *, match_rate: float, seed: int) -> Model:
        """Train m and u."""
        ...

    def outcomes(self) -> Outcomes:
        """Compare all pairs; return the distinct codes in their order, and how many pairs have each."""
        ...

    def pairs(self, codes: Codes) -> Compared:
        """Return the pairs with these outcomes, sorted."""
        ...

    def companions(self, likely: Compared) -> Compared:
        """Compare pairs that no rule brought up, but whose records both match a third record."""
        ...


class LocalPairs:
    """Pairs on the workbench itself."""

    notes: tuple[str, ...] = ()

    def __init__(self, connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]) -> None:
        self._connection = connection
        self._comparisons = tuple(comparisons)
        self._compared: list[Coded] = []

    def bring_up(self, rules: Sequence[Rule], spec: LinkageSpec) -> tuple[BlockingRule, ...]:
        """Bring pairs up by every rule."""
        return bring_up_pairs(self._connection, rules, spec)

    def count_sure(self) -> tuple[int, int]:
        """Count the pairs that agree exactly on surname, given name and a date, and all pairs."""
        sure, candidates = run_counts(self._connection, sql.count_sure_pairs())
        return sure, candidates

    def train(self, *, match_rate: float, seed: int) -> Model:
        """Train m and u."""
        return train_apart(self._connection, self._comparisons, match_rate=match_rate, seed=seed)

    def outcomes(self) -> Outcomes:
        """Compare all pairs; return the distinct codes in their order, and how many pairs have each."""
        (n_records,) = run_counts(self._connection, sql.highest_record())
        self._compared = [coded(part) for part in compared_slices(self._connection, self._comparisons, n_records)]
        codes = np.unique(np.concatenate([part.codes for part in self._compared]))
        count = np.zeros(len(codes), dtype=np.int64)
        for part in self._compared:
            count[np.searchsorted(codes, part.codes)] += np.bincount(part.which, minlength=len(part.codes))
        return codes, count

    def pairs(self, codes: Codes) -> Compared:
        """Return the pairs with these outcomes, sorted."""
        found = []
        for part in self._compared:
            kept = np.flatnonzero(np.isin(part.codes, codes)[part.which])
            found.append(
                Compared(
                    left=part.left[kept],
                    right=part.right[kept],
                    n_rules=part.n_rules[kept],
                    code=part.codes[part.which[kept]],
                )
            )
        return concat(found)

    def companions(self, likely: Compared) -> Compared:
        """Compare pairs that no rule brought up, but whose records both match a third record."""
        put_likely(self._connection, likely)
        return compare(self._connection, sql.companions(), self._comparisons)


@contextmanager
def open_pairs(
    spec: LinkageSpec,
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    say: Callable[[str], None],
) -> Iterator[PairWork]:
    """Open the place where the pairs of a workbench are made and compared, as `[linkage] engine` names it.

    Yields
    ------
    PairWork

    Raises
    ------
    LinkageError
        L30-L34 if Spark is asked for and cannot be had.
    """
    if spec.engine == "duckdb":
        yield LocalPairs(connection, comparisons)
        return
    from uncounted.linkage.spark.pairs import SparkPairs
    from uncounted.linkage.spark.session import open_spark

    say("Starting Spark.")
    with open_spark() as started:
        work = SparkPairs(started, connection, comparisons)
        try:
            yield work
        finally:
            work.close()


def put_likely(connection: duckdb.DuckDBPyConnection, likely: Compared) -> None:
    """Put likely pairs on the workbench in both directions, without records that have too many."""
    both_ways = pa.table(
        {
            "record": np.concatenate([likely.left, likely.right]),
            "other": np.concatenate([likely.right, likely.left]),
        }
    )
    connection.register("likely_delivered", both_ways)
    run(connection, sql.crowded_left_out("likely_delivered", _MOST_COMPANIONS))
    connection.unregister("likely_delivered")


def train_apart(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    *,
    match_rate: float,
    seed: int,
) -> Model:
    """Train on a workbench of one thread, on the records numbered by what they hold."""
    records = connection.sql(sql.training_records(training_columns(comparisons))).to_arrow_table()
    with open_workbench(threads=1) as apart:
        apart.register(sql.DELIVERED, records)
        run(apart, sql.take_over())
        apart.unregister(sql.DELIVERED)
        return train(Engine(apart, comparisons), apart, match_rate=match_rate, seed=seed)


def compare_candidates(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], n_records: int
) -> Compared:
    """Compare all pairs that were brought up."""
    return concat(list(compared_slices(connection, comparisons, n_records)))


def compared_slices(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], n_records: int
) -> Iterator[Compared]:
    """Compare the pairs that were brought up, slice by slice of the smaller record."""
    for start in range(0, n_records, SLICE):
        yield compare(connection, sql.candidates_between(start, start + SLICE), comparisons)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """A slice of compared pairs, each with the position of its outcome among those of the slice: half the memory.

    Attributes
    ----------
    left, right, which : ndarray of int32, shape (P,)
    n_rules : ndarray of int8, shape (P,)
    codes : ndarray of int64, shape (C,)
        Distinct outcomes, sorted.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    n_rules: NDArray[np.int8]
    which: NDArray[np.int32]
    codes: Codes


def coded(part: Compared) -> Coded:
    """Give the outcomes of a slice of pairs numbers."""
    codes, which = np.unique(part.code, return_inverse=True)
    return Coded(left=part.left, right=part.right, n_rules=part.n_rules, which=which.astype(np.int32), codes=codes)
