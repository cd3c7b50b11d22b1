"""Splink, called quietly: our comparisons in, plain numbers out. No Splink type leaves this file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.comparisons import Comparison, as_splink

Probabilities = Mapping[str, tuple[float, ...]]  # comparison -> one probability a level, best level first

_U_SAMPLE_PAIRS = 2_000_001  # not one of Splink's defaults, about which it warns
_U_MIN_COUNT = 400
_UNDERFLOW = "is below the minimum allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one EM session found: m of the comparisons it could see, and the share of matches among its pairs."""

    m: Probabilities
    match_share: float


@contextmanager
def quiet() -> Iterator[None]:
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


def make_linker(
    frame: Any,
    comparisons: Sequence[Comparison],
    *,
    m: Probabilities,
    u: Probabilities | None,
    prior: float,
    keep: Sequence[str] = (),
) -> Any:
    """Return Splink's linker over a table registered with it.

    With `keep`, what is predicted of a pair holds its levels, the columns compared and those in `keep`.
    """
    from splink import Linker, SettingsCreator

    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record",
        comparisons=[as_splink(c, m=m[c.name], u=None if u is None else u[c.name]) for c in comparisons],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=prior,
        retain_matching_columns=bool(keep),
        additional_columns_to_retain=list(keep),
        retain_intermediate_calculation_columns=False,
        linker_uid="uncounted",
        max_iterations=25,
        em_convergence=1e-4,
    )
    # Our own table and conditions: nothing for Splink to validate, which takes it longer than a small linkage.
    return Linker(frame, settings, log_level=None, validate_settings=False)


class Engine:
    """Splink on the workbench of training. It holds a connection for the length of one linkage and nothing else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]) -> None:
        self._connection = connection
        self.comparisons = tuple(comparisons)

    def _linker(self, *, m: Probabilities, u: Probabilities | None, prior: float) -> Any:
        from splink import DuckDBAPI

        frame = DuckDBAPI(connection=self._connection).register(sql.PREPARED, table_name="prepared")
        return make_linker(frame, self.comparisons, m=m, u=u, prior=prior)

    def _clean(self, linker: Any) -> None:
        linker.table_management.delete_tables_created_by_splink_from_db()

    def sample_u(self, *, m: Probabilities, seed: int) -> dict[str, tuple[float | None, ...]]:
        """Share of random pairs at each level, by comparison; None where a level was not seen."""
        with quiet():
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
        with quiet():
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
