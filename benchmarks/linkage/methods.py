"""Ways of linking a case: this program, and what others would have to be better than."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from cases import Case
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Threshold of the clusters in Splink's own tutorials.
_SPLINK_THRESHOLD = 0.95
N_DRAWS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """What a method made of a case.

    Attributes
    ----------
    point : ndarray of int64, shape (n_records,)
        A label for each record's person.
    draws : ndarray of int64, shape (D, n_records)
        Clusterings that carry the doubt; D = 0 if the method has none.
    left, right : ndarray of int64, shape (P,)
        Pairs that were compared, empty if the method compares none.
    prob : ndarray of float64, shape (P,)
        Their probabilities of being one person.
    reviewed : ndarray of bool, shape (P,)
        Pairs whose truth the method was told.
    identical : tuple of (int, int)
        Records that stand for another (`ScoredPairs.identical`).
    """

    point: IntArray
    draws: IntArray
    left: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    right: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    prob: FloatArray = field(default_factory=lambda: np.zeros(0))
    reviewed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    identical: tuple[tuple[int, int], ...] = ()


# -- this program -----------------------------------------------------------------------------------------------
def link_ours(case: Case, *, labels: int, seed: int) -> Linked:
    """Link as `uncounted link` does, with the truth as the answer to the first `labels` pairs of the review order.

    Parameters
    ----------
    case : Case
    labels : int
        Pairs that are reviewed.
    seed : int

    Returns
    -------
    Linked
    """
    from uncounted.linkage import cluster, score_pairs
    from uncounted.linkage.calibration import calibrate, calibrated_weights
    from uncounted.linkage.review_order import review_order

    spec = case.project.linkage
    pairs = score_pairs(case.records, spec, seed=seed)
    left = np.asarray(pairs.table["left"].to_numpy(), dtype=np.int64)
    right = np.asarray(pairs.table["right"].to_numpy(), dtype=np.int64)
    reviewed = np.zeros(pairs.n_pairs, dtype=bool)
    if labels:
        reviewed[review_order(pairs, ids=case.records.table["record_id"].to_pylist(), seed=seed, n=labels)[:labels]] = (
            True
        )
    is_same = case.person[left] == case.person[right]
    same, different = (
        [(int(a), int(b)) for a, b in zip(left[which], right[which], strict=True)]
        for which in (reviewed & is_same, reviewed & ~is_same)
    )
    calibration = calibrate(pairs, same=same, different=different, seed=seed)
    weights = np.clip(calibrated_weights(pairs, calibration), -1000.0, 1000.0)
    found = cluster(
        pairs,
        spec,
        n_draws=N_DRAWS,
        seed=seed,
        lists=case.lists,
        same=same,
        different=different,
        calibration=calibration,
    )
    return Linked(
        point=found.point,
        draws=found.draws,
        left=left,
        right=right,
        prob=1.0 / (1.0 + np.exp2(-weights)),
        reviewed=reviewed,
        identical=pairs.identical,
    )


# -- what others do ---------------------------------------------------------------------------------------------
def link_exact(case: Case, *, labels: int, seed: int) -> Linked:  # noqa: ARG001
    """Take records for one person if raw name and date of birth are the same to the letter."""
    table = case.records.table
    keys = zip(
        (name or "" for name in table["name_raw"].to_pylist()),
        table["birth_from"].to_pylist(),
        table["birth_to"].to_pylist(),
        strict=True,
    )
    first: dict[object, int] = {}
    point = [first.setdefault(key, k) if key[0] and key[1] else k for k, key in enumerate(keys)]
    return Linked(point=np.array(point, dtype=np.int64), draws=_no_draws(case))


def link_splink_raw(case: Case, *, labels: int, seed: int) -> Linked:  # noqa: ARG001
    """Link with Splink's own name and date comparisons on the names as they were delivered."""
    return _splink(case, [_as_is, _as_is], seed)


def link_splink_ascii(case: Case, *, labels: int, seed: int) -> Linked:  # noqa: ARG001
    """Link with Splink's own comparisons on names brought into ASCII letter by letter (anyascii)."""
    from anyascii import anyascii

    return _splink(case, [lambda word: str(anyascii(word)), lambda word: str(anyascii(word))], seed)


def _as_is(word: str) -> str:
    return word


def _splink(case: Case, spellings: list[Callable[[str], str]], seed: int) -> Linked:
    """Run Splink as its documentation shows it, with rules and comparisons of its library."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL + 1)
    frame = _plain_table(case, spellings)
    connection = duckdb.connect()
    try:
        connection.execute("SET threads = 1")
        connection.register("delivered", frame)
        connection.execute("CREATE TABLE people AS SELECT * FROM delivered ORDER BY unique_id")
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=[
                cl.NameComparison("given"),
                cl.NameComparison("surname"),
                cl.DateOfBirthComparison("birth", input_is_string=True, datetime_format="%Y-%m-%d"),
                cl.DateOfBirthComparison("event", input_is_string=True, datetime_format="%Y-%m-%d"),
                cl.LevenshteinAtThresholds("place", 2),
            ],
            blocking_rules_to_generate_predictions=[
                block_on("surname"),
                block_on("birth"),
                block_on("given", "event"),
                block_on("event", "place"),
            ],
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            database = DuckDBAPI(connection=connection)
            linker = Linker(database.register("people", table_name="people_in_splink"), settings, log_level=None)
            linker.training.estimate_probability_two_random_records_match(
                [block_on("given", "surname", "birth"), block_on("surname", "event", "place")], recall=0.5
            )
            linker.training.estimate_u_using_random_sampling(max_pairs=1e6 + 1, seed=seed)
            for rule in (block_on("birth"), block_on("surname", "given")):
                linker.training.estimate_parameters_using_expectation_maximisation(rule)
            predicted = linker.inference.predict()
            clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
                predicted, threshold_match_probability=_SPLINK_THRESHOLD
            )
            scored = predicted.as_duckdbpyrelation().to_arrow_table()
            labelled = clusters.as_duckdbpyrelation().to_arrow_table()
    finally:
        connection.close()
    point = np.arange(len(case.person), dtype=np.int64)
    _, label = np.unique(labelled["cluster_id"].to_numpy(), return_inverse=True)
    point[labelled["unique_id"].to_numpy()] = label
    ends = np.stack([scored["unique_id_l"].to_numpy(), scored["unique_id_r"].to_numpy()])
    return Linked(
        point=point,
        draws=_no_draws(case),
        left=ends.min(axis=0).astype(np.int64),
        right=ends.max(axis=0).astype(np.int64),
        prob=np.asarray(scored["match_probability"].to_numpy(), dtype=np.float64),
        reviewed=np.zeros(scored.num_rows, dtype=bool),
    )


def _plain_table(case: Case, spellings: list[Callable[[str], str]]) -> pa.Table:
    """Return what a user without this program would hand to Splink: names, dates as text, place."""
    table = case.records.table
    of_name, of_place = spellings

    def words(column: pa.ChunkedArray, spelling: Callable[[str], str]) -> pa.Array:
        return pa.array([spelling(word).strip().lower() or None if word else None for word in column.to_pylist()])

    def days(column: str) -> pa.Array:
        return pa.array([day.isoformat() if day is not None else None for day in table[column].to_pylist()])

    return pa.table(
        {
            "unique_id": table["record"],
            "given": words(case.raw_names["given"], of_name).cast(pa.string()),
            "surname": words(case.raw_names["surname"], of_name).cast(pa.string()),
            "birth": days("birth_from").cast(pa.string()),
            "event": days("event_from").cast(pa.string()),
            "place": words(table["place_raw"], of_place).cast(pa.string()),
        }
    )


def _no_draws(case: Case) -> IntArray:
    return np.zeros((0, len(case.person)), dtype=np.int64)


Method = Callable[..., Linked]
METHODS: Mapping[str, Method] = {
    "uncounted": link_ours,
    "exact": link_exact,
    "splink raw": link_splink_raw,
    "splink ascii": link_splink_ascii,
}
# Only these have a use for labels.
LEARNING = ("uncounted",)
