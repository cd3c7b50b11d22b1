"""Splink, called quietly: our comparisons in, plain numbers and Arrow tables out. No Splink type leaves this file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.comparisons import COMPARISON_NAMES, COMPARISONS, as_splink
from uncounted.linkage.workbench import run, run_counts

Probabilities = Mapping[str, tuple[float, ...]]  # comparison -> one probability a level, best level first

_U_SAMPLE_PAIRS = 2_000_001  # not one of Splink's defaults, about which it warns
_U_MIN_COUNT = 400
_CHUNK_PAIRS = 250_000
_UNDERFLOW = "is below the minimum allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one EM session found: m of the comparisons it could see, and the share of matches among its pairs."""

    m: Probabilities
    match_share: float


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Splink's log and its own deprecations, and put its errors into our words without any cell value."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except (duckdb.Error, ValueError) as error:
        # The original message may quote a cell, so only its kind is passed on.
        raise LinkageError(
            f"the linkage engine stopped with an internal {type(error).__name__}.",
            why="Pairs of records could not be scored, so nothing can be counted from these lists.",
            do="Run `uncounted doctor`; if the versions of splink and duckdb are supported, report it with the code.",
            code="L08",
        ) from None
    finally:
        logger.setLevel(before)


class Engine:
    """Splink on one workbench. It holds a connection for the length of one linkage and nothing else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def _linker(self, *, m: Probabilities, u: Probabilities | None, prior: float) -> Any:
        from splink import DuckDBAPI, Linker, SettingsCreator

        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="record",
            comparisons=[as_splink(c, m=m[c.name], u=None if u is None else u[c.name]) for c in COMPARISONS],
            blocking_rules_to_generate_predictions=[],
            probability_two_random_records_match=prior,
            retain_matching_columns=True,  # the level of each comparison comes back only with these
            retain_intermediate_calculation_columns=False,
            linker_uid="uncounted",
            max_iterations=25,
            em_convergence=1e-4,
        )
        database = DuckDBAPI(connection=self._connection)
        frame = database.register(sql.PREPARED, table_name="prepared")
        # Our own table and conditions: nothing for Splink to validate, which takes it longer than a small linkage.
        return Linker(frame, settings, log_level=None, validate_settings=False)

    def _clean(self, linker: Any) -> None:
        linker.table_management.delete_tables_created_by_splink_from_db()

    def sample_u(self, *, m: Probabilities, seed: int) -> dict[str, tuple[float | None, ...]]:
        """Share of random pairs at each level, by comparison; None where a level was not seen."""
        with _quiet():
            linker = self._linker(m=m, u=None, prior=1e-4)
            linker.training.estimate_u_using_random_sampling(
                max_pairs=_U_SAMPLE_PAIRS, seed=seed, min_count_per_level=_U_MIN_COUNT, num_chunks=3
            )
            model = linker.misc.save_model_to_json()
            self._clean(linker)
        found: dict[str, tuple[float | None, ...]] = {}
        for comparison in model["comparisons"]:
            levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
            found[comparison["output_column_name"]] = tuple(level.get("u_probability") for level in levels)
        return found

    def train_m(self, *, rule: str, m: Probabilities, u: Probabilities, prior: float) -> Session | None:
        """Run one EM session with u fixed on the pairs of `rule`; None if EM drove a probability to zero."""
        with _quiet():
            linker = self._linker(m=m, u=u, prior=prior)
            try:
                session = linker.training.estimate_parameters_using_expectation_maximisation(
                    rule, estimate_without_term_frequencies=True, fix_u_probabilities=True
                )
            except ValueError as error:
                # Splink says so by refusing the value; any other complaint goes the way of all its errors.
                if _UNDERFLOW not in str(error):
                    raise
                self._clean(linker)
                return None
            settings = session.core_model_settings
            result = Session(
                m={
                    comparison.output_column_name: tuple(
                        float(level.m_probability) for level in comparison.comparison_levels if not level.is_null_level
                    )
                    for comparison in settings.comparisons
                },
                match_share=float(settings.probability_two_random_records_match),
            )
            self._clean(linker)
        return result

    def score(self, *, pairs: str, m: Probabilities, u: Probabilities) -> pa.Table:
        """Score the pairs in table `pairs`; the match weights carry even prior odds, that is none."""
        with _quiet():
            linker = self._linker(m=m, u=u, prior=0.5)
            (n_pairs,) = run_counts(self._connection, f"FROM {pairs} SELECT count(*)")
            parts = []
            for start in range(0, n_pairs, _CHUNK_PAIRS):
                name = f"{pairs}_{start}"
                run(self._connection, sql.chunk(name, pairs, start, start + _CHUNK_PAIRS))
                frame = linker._db_api.register(name, table_name=name)
                linker.table_management.register_blocked_pairs_for_predict(frame)
                predicted = linker.inference.predict(warning_mode="never")
                parts.append(
                    self._connection.sql(sql.scored(predicted.physical_name, COMPARISON_NAMES)).to_arrow_table()
                )
                predicted.drop_table_from_database_and_remove_from_cache()
                run(self._connection, f"DROP TABLE {name}")
            self._clean(linker)
        return pa.concat_tables(parts)
