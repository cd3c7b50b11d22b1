"""Pairs on Spark: brought up, compared through Splink and counted there; what is worth keeping comes back.

Whatever is said of one record (keys, blocks, frequencies) is made on the workbench of this process, by the same SQL as
always. Only what is said of two records runs on Spark. A block travels as a number, without the key it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.blocking import Blocks, Rule, make_blocks, told
from uncounted.linkage.compare import Codes, Compared, code_sql, rarity_columns
from uncounted.linkage.comparisons import Comparison
from uncounted.linkage.engine import make_linker, quiet
from uncounted.linkage.pair_work import Outcomes, put_likely, train_apart
from uncounted.linkage.pairs import BlockingRule
from uncounted.linkage.spark.dialect import for_spark, to_spark
from uncounted.linkage.spark.session import Started, spark_errors
from uncounted.linkage.training import Model, default_m
from uncounted.project.model import LinkageSpec

_FOUND = "uncounted_found"
_OUTCOMES = "uncounted_outcomes"
_WANTED = "uncounted_wanted"
# What counting sure pairs reads.
_SURE_COLUMNS = ("surname_key", "given_key", "birth_exact", "event_exact", "birth_year")


class SparkPairs:
    """Pairs of the prepared records of a workbench, made and compared on Spark."""

    def __init__(
        self, started: Started, connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]
    ) -> None:
        self.notes = started.notes
        self._session = started.session
        self._connection = connection
        self._comparisons = tuple(comparisons)
        self._kept: list[Any] = []

    def bring_up(self, rules: Sequence[Rule], spec: LinkageSpec) -> tuple[BlockingRule, ...]:
        """Bring pairs up by every rule: blocks here, pairs on Spark."""
        blocks: list[pa.Table] = []
        signs: pa.Table | None = None
        made: list[Blocks] = []
        for number, found in enumerate(make_blocks(self._connection, rules, spec)):
            made.append(found)
            blocks.append(self._read(sql.blocks_in_use(number, found.least_points)))
            if found.least_points is not None and signs is None:
                signs = self._read(sql.read_signs())
        compared = (column for comparison in self._comparisons for column in comparison.columns)
        columns = dict.fromkeys((*compared, *rarity_columns(self._comparisons), *_SURE_COLUMNS))
        records = self._read(sql.prepared_columns(tuple(columns)))
        with spark_errors():
            self._send(records, sql.PREPARED)
            self._send(pa.concat_tables(blocks), sql.BLOCKS)
            if signs is not None:
                self._send(signs, sql.SIGNS)
            pairs = self._keep(to_spark(sql.pairs_of_blocks(thinned=signs is not None)), _FOUND)
            by_rule = {int(row[0]): (int(row[1]), int(row[2])) for row in self._rows(sql.count_found(_FOUND))}
            self._keep(sql.candidates_of(_FOUND), sql.CANDIDATES)
            self._session.table(sql.CANDIDATES).count()
            pairs.unpersist()
        return tuple(told(rule, made[k], *by_rule.get(k, (0, 0))) for k, rule in enumerate(rules))

    def count_sure(self) -> tuple[int, int]:
        """Count the pairs that agree exactly on surname, given name and a date, and all pairs."""
        with spark_errors():
            ((sure, candidates),) = self._rows(sql.count_sure_pairs())
        return int(sure), int(candidates)

    def train(self, *, match_rate: float, seed: int) -> Model:
        """Train m and u on the workbench: the sample does not grow with the lists, so that nothing is won elsewhere."""
        return train_apart(self._connection, self._comparisons, match_rate=match_rate, seed=seed)

    def outcomes(self) -> Outcomes:
        """Compare all pairs through Splink; return the distinct codes in their order, and how many pairs have each."""
        with spark_errors():
            self._keep(self._compared_sql(sql.CANDIDATES), _OUTCOMES)
            counted = self._arrow(sql.count_outcomes(_OUTCOMES)).sort_by("code")
        return counted["code"].to_numpy(), counted["n"].to_numpy()

    def pairs(self, codes: Codes) -> Compared:
        """Bring back the pairs with these outcomes, sorted."""
        with spark_errors():
            self._send(pa.table({"code": codes}), _WANTED)
            found = self._arrow(sql.with_outcome(_OUTCOMES, _WANTED))
        return _sorted(found)

    def companions(self, likely: Compared) -> Compared:
        """Compare pairs that no rule brought up, but whose records both match a third record."""
        put_likely(self._connection, likely)
        partners = self._read(sql.likely_partners())
        with spark_errors():
            self._send(partners, sql.LIKELY)
            self._keep(to_spark(sql.companions()), "uncounted_companions")
            return _sorted(self._arrow(self._compared_sql("uncounted_companions")))

    def close(self) -> None:
        """Take what was kept out of the memory of the workers, as far as there still are any."""
        with suppress(LinkageError), spark_errors():
            for frame in self._kept:
                frame.unpersist()

    def _compared_sql(self, pairs: str) -> str:
        """Compare pairs through Splink; return SQL of (left, right, n_rules, code)."""
        comparisons = [for_spark(c) for c in self._comparisons]
        from splink.backends.spark import SparkAPI

        m = default_m()  # Splink wants some; weights are made from the outcomes, not here
        with quiet():
            # `persist`: what Splink keeps stays in the memory of the workers or in their encrypted spill files; its
            # default writes names as plain Parquet. Its jar of likeness functions is not used (see `dialect`).
            database = SparkAPI(
                spark_session=self._session, break_lineage_method="persist", register_udfs_automatically=False
            )
            linker = make_linker(
                database.register(self._session.table(sql.PREPARED), table_name=f"{pairs}_records"),
                comparisons,
                m=m,
                u=m,
                prior=0.5,
                keep=rarity_columns(self._comparisons),
            )
            given = database.register(self._session.sql(sql.splink_pairs(pairs)), table_name=f"{pairs}_for_splink")
            linker.table_management.register_blocked_pairs_for_predict(given)
            predicted = linker.inference.predict(warning_mode="never")
        self._kept.append(predicted.as_spark_dataframe())
        code = to_spark(code_sql({c.name: f"gamma_{c.name}" for c in comparisons}))
        return sql.outcomes_of(predicted.physical_name, code)

    def _read(self, query: str) -> pa.Table:
        return self._connection.sql(query).to_arrow_table()

    def _send(self, table: pa.Table, name: str) -> None:
        self._session.createDataFrame(table).createOrReplaceTempView(name)

    def _keep(self, query: str, name: str) -> Any:
        frame = self._session.sql(query).persist()
        self._kept.append(frame)
        frame.createOrReplaceTempView(name)
        return frame

    def _rows(self, query: str) -> list[Any]:
        return list(self._session.sql(to_spark(query)).collect())

    def _arrow(self, query: str) -> pa.Table:
        return self._session.sql(query).toArrow()


def _sorted(found: pa.Table) -> Compared:
    ordered = found.sort_by([("left", "ascending"), ("right", "ascending")])
    return Compared(
        left=ordered["left"].to_numpy().astype(np.int32),
        right=ordered["right"].to_numpy().astype(np.int32),
        n_rules=ordered["n_rules"].to_numpy().astype(np.int8),
        code=ordered["code"].to_numpy().astype(np.int64),
    )
