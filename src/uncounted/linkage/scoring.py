"""From records to scored pairs: prepare, bring pairs up, train, compare, and weigh by both models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.blocking import contract_identical
from uncounted.linkage.claims import MOST_EXCESS, MOST_TIMES, excess_share, shift_to_lists
from uncounted.linkage.compare import Cells, Compared, cells_from, cells_of, level_of
from uncounted.linkage.comparisons import COMPARISON_NAMES, Comparison
from uncounted.linkage.pair_model import PairModel, Weights, compare_models, fit_both, refined
from uncounted.linkage.pair_work import compare_candidates, open_pairs, train_apart
from uncounted.linkage.pairs import BlockingRule, LevelWeight, ScoredPairs, probability
from uncounted.linkage.prior_model import shipped_model
from uncounted.linkage.settings import Settings, make_settings
from uncounted.linkage.training import Model
from uncounted.linkage.unlinkable import unlinkable_notes
from uncounted.linkage.workbench import open_workbench, run
from uncounted.project.model import LinkageSpec
from uncounted.records.records import RECORD_SCHEMA, Records

__all__ = ["DETERMINISTIC_RECALL", "compare_candidates", "prepare", "score_pairs", "train_apart"]

Progress = Callable[[str], None]

# The share of true pairs that agree exactly on surname, given name and a date: only a starting value, since the match
# rate is estimated again from all scored pairs.
DETERMINISTIC_RECALL = 0.4
_PROBABILITY_EDGE = 1e-12
# Records that both match a third one are compared although no rule brought them up.
_COMPANION_WEIGHT = 0.0
# Pairs whose log2 odds lie below this in both models are counted, not kept: one true pair in a million of them.
_HOPELESS_WEIGHT = -20.0
# Of very many pairs those with the lowest odds by both models together go too, none of which could be linked: the bound
# rises within these limits until so many a record are left.
_MANY_PAIRS = 2_000_000
_HOPELESS_IN_MANY = tuple(float(k) for k in range(-12, -3))
_MOST_KEPT = 15


def score_pairs(records: Records, spec: LinkageSpec, *, seed: int, progress: Progress | None = None) -> ScoredPairs:
    """Score every pair of records that a blocking rule brings up, within and across lists.

    Two models score each pair. One is trained on these lists by EM (Fellegi and Sunter), for all lists together; the
    list of a record is not compared, so repeats within a list are found as matches across lists are. The other was
    trained on invented lists (`prior_model`) and only learns here how common values and true pairs are. `match_weight`
    is their mean in log odds. A missing value is no evidence in either direction. Of more than
    `blocking.MOST_IDENTICAL` identical records of a list only the first is compared (`identical`).

    Parameters
    ----------
    records : Records
        All lists in the standard shape.
    spec : LinkageSpec
        Fields and rules to leave out, weights of fields, caps on blocks and pairs.
    seed : int
        Seed of the sample of random pairs that training uses.
    progress : callable, optional
        Called with a sentence at the start of each step.

    Returns
    -------
    ScoredPairs
        Pairs with their log2 odds, sorted; rules, weights and warnings. No pairs if nothing could be compared, with a
        warning that says so. The same for any number of threads and any order of the rows of a list.

    Raises
    ------
    LinkageError
        L01 for missing columns, L02 for settings out of range, L03 if a rule brings up too many pairs, L08 if Splink
        stops, L09-L12 for fields, rules and weights that cannot be used, L30-L34 if Spark is wanted and not to be had.
    """
    say = progress if progress is not None else _silent
    _check_spec(spec)
    table = _checked_table(records)
    n = int(table.num_rows)
    settings = make_settings(table, records.lists, spec)
    if n < 2:
        return _no_pairs(n, (), ("There are fewer than two records, so there is nothing to link.",), settings)
    notes = [*unlinkable_notes(records), *settings.notes]
    with open_workbench() as connection, open_pairs(spec, connection, settings.comparisons, say) as work:
        identical, said = prepare(connection, table)
        notes.extend((*said, *work.notes))
        n_compared = n - len(identical)
        say("Bringing up pairs of records to compare.")
        rules = work.bring_up(settings.rules, spec)
        notes.extend((*_skipped_notes(rules, spec), *_thinned_notes(rules)))
        sure, candidates = work.count_sure()
        if candidates == 0:
            which = "every other record" if identical else "every record"
            notes.append(f"No pair of records was compared, so {which} counts as a person of its own.")
            return _no_pairs(n, rules, tuple(notes), settings, identical)
        total = n_compared * (n_compared - 1) / 2
        say(f"Training the model on {n_compared:,} records.")
        first_rate = min(max(sure / DETERMINISTIC_RECALL, 1.0) / total, 0.5)
        model = work.train(match_rate=first_rate, seed=seed)
        say(f"Scoring {candidates:,} pairs.")
        codes, count = work.outcomes()
        cells = cells_from(codes, count)
        model = refined(cells, model, settings.comparisons, first_rate, total)
        both, said = fit_both(
            cells,
            model,
            shipped_model(),
            n_records=n_compared,
            n_sure=sure,
            first_rate=first_rate,
            factors=dict(spec.weights),
        )
        weights = both.weights(cells)
        least = _least_weight(weights, cells, n_compared)
        compared = work.pairs(codes[_with_hope(weights, least)])
        of_pair = np.searchsorted(codes, compared.code)
        both, doubted = _held_to_lists(both, weights, compared, of_pair, records.list_index())
        notes.extend(doubted)
        weights = both.weights(cells)
        more = work.companions(compared.only((weights.match > _COMPANION_WEIGHT)[of_pair]))
        if len(more.left):
            say(f"Scoring {len(more.left):,} pairs that share a match.")
    models, differ = compare_models(weights, cells.count)
    notes.extend((*model.warnings, *said, *differ))
    scored = _table(compared, weights, of_pair, least)
    if len(more.left):
        more_cells, of_more = cells_of(more.code)
        scored = pa.concat_tables([scored, _table(more, both.weights(more_cells), of_more, least)])
        scored = scored.sort_by([("left", "ascending"), ("right", "ascending")])
    return ScoredPairs(
        table=scored,
        n_records=n,
        rules=rules,
        weights=_level_weights(model, cells, settings.comparisons),
        prior_match_prob=both.rate,
        warnings=tuple(dict.fromkeys(notes)),
        identical=identical,
        left_out=settings.left_out,
        sessions=model.sessions,
        models=models,
        n_hopeless=candidates + len(more.left) - scored.num_rows,
    )


def prepare(
    connection: duckdb.DuckDBPyConnection, table: pa.Table
) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Put the records on the workbench with all columns that blocking and comparing need; see `contract_identical`."""
    connection.register(sql.DELIVERED, table)
    run(connection, sql.prepare())
    identical, said = contract_identical(connection)
    connection.unregister(sql.DELIVERED)
    run(connection, sql.add_rarities())
    return identical, said


def _table(compared: Compared, weights: Weights, of_pair: NDArray[np.int64], least: float) -> pa.Table:
    """Pairs with any hope as a table, in the order of `compared`."""
    kept = np.flatnonzero(_with_hope(weights, least)[of_pair])
    cell, code = of_pair[kept], compared.code[kept]
    prob = np.clip(probability(weights.match), _PROBABILITY_EDGE, 1 - _PROBABILITY_EDGE)
    columns = {
        "left": compared.left[kept].astype(np.int64),
        "right": compared.right[kept].astype(np.int64),
        "match_weight": weights.match[cell],
        "match_prob": prob[cell],
        "em_weight": weights.em[cell],
        "prior_weight": weights.prior[cell],
        "n_rules": compared.n_rules[kept],
        **{f"level_{name}": level_of(code, name) for name in COMPARISON_NAMES},
    }
    return pa.table(columns, schema=_pair_schema())


def _held_to_lists(
    both: PairModel, weights: Weights, compared: Compared, of_pair: NDArray[np.int64], lists: NDArray[np.int64]
) -> tuple[PairModel, tuple[str, ...]]:
    """Lower the odds of a model that gives records far more matches on one list than the other model does."""
    left, right = compared.left, compared.right
    odds = {"lists themselves": weights.em[of_pair], "invented lists": weights.prior[of_pair]}
    excess = {name: excess_share(values, left, right, lists) for name, values in odds.items()}
    down = {
        name: shift_to_lists(values, left, right, lists, most=max(MOST_EXCESS, MOST_TIMES * min(excess.values())))
        for name, values in odds.items()
    }
    said = tuple(
        f"The model trained on the {name} gave records several matches on one list far more often than the other "
        f"model did; all its odds were lowered by a factor of {2.0**-bits:,.0f}."
        for name, bits in down.items()
        if bits < -1.0
    )
    return both.lowered(em=down["lists themselves"], prior=down["invented lists"]), said


def _with_hope(weights: Weights, least: float) -> NDArray[np.bool_]:
    """Mark what is kept: what either model gives hope, or, where there are very many pairs, both together do."""
    odds = np.maximum(weights.em, weights.prior) if least <= _HOPELESS_WEIGHT else weights.match
    return np.asarray(odds >= least, dtype=bool)


def _least_weight(weights: Weights, cells: Cells, n_records: int) -> float:
    """Return the log2 odds that a pair must reach to be kept; see `_with_hope`."""
    most = max(_MANY_PAIRS, _MOST_KEPT * n_records)
    if int(cells.count[_with_hope(weights, _HOPELESS_WEIGHT)].sum()) <= _MANY_PAIRS:
        return _HOPELESS_WEIGHT
    for least in _HOPELESS_IN_MANY:
        if int(cells.count[_with_hope(weights, least)].sum()) <= most:
            return least
    return _HOPELESS_IN_MANY[-1]


def _pair_schema() -> pa.Schema:
    return pa.schema(
        [
            ("left", pa.int64()),
            ("right", pa.int64()),
            *((name, pa.float64()) for name in ("match_weight", "match_prob", "em_weight", "prior_weight")),
            ("n_rules", pa.int8()),
            *((f"level_{name}", pa.int8()) for name in COMPARISON_NAMES),
        ]
    )


def _no_pairs(
    n: int,
    rules: tuple[BlockingRule, ...],
    notes: tuple[str, ...],
    settings: Settings,
    identical: tuple[tuple[int, int], ...] = (),
) -> ScoredPairs:
    return ScoredPairs(
        table=_pair_schema().empty_table(),
        n_records=n,
        rules=rules,
        weights=(),
        prior_match_prob=0.0,
        warnings=notes,
        identical=identical,
        left_out=settings.left_out,
    )


def _level_weights(model: Model, cells: Cells, comparisons: Sequence[Comparison]) -> tuple[LevelWeight, ...]:
    found = []
    for comparison in comparisons:
        level = cells.levels[comparison.name]
        n_known = max(int(cells.count[level >= 0].sum()), 1)
        for position, (one, m, u) in enumerate(
            zip(comparison.levels, model.m[comparison.name], model.u[comparison.name], strict=True)
        ):
            n_here = int(cells.count[level == comparison.level_value(position)].sum())
            found.append(
                LevelWeight(
                    comparison=comparison.name,
                    level=one.name,
                    m_prob=m,
                    u_prob=u,
                    match_weight=float(np.log2(m / u)),
                    share=n_here / n_known,
                )
            )
    return tuple(found)


def _silent(_: str) -> None:
    return None


def _check_spec(spec: LinkageSpec) -> None:
    wrong = [
        text
        for ok, text in (
            (0.0 < spec.threshold < 1.0, "threshold must lie between 0 and 1"),
            (spec.max_block >= 2, "max_block must be at least 2"),
            (spec.max_pairs_per_rule >= 1, "max_pairs_per_rule must be at least 1"),
        )
        if not ok
    ]
    if wrong:
        raise LinkageError("; ".join(wrong) + ".", where="[linkage]", do="Change it in the project file.", code="L02")


def _checked_table(records: Records) -> pa.Table:
    table = records.table
    missing = [name for name in RECORD_SCHEMA.names if name not in table.column_names]
    if missing:
        raise LinkageError(
            f"the records lack the columns {', '.join(missing)}.",
            do="Make records with standardise(), or add the columns with nulls.",
            code="L01",
        )
    numbers = table["record"].to_numpy(zero_copy_only=False)
    if not np.array_equal(numbers, np.arange(table.num_rows)):
        raise LinkageError("record numbers do not run from 0 to n-1 in order.", code="L01")
    return table.select(RECORD_SCHEMA.names).cast(RECORD_SCHEMA)


def _skipped_notes(rules: Sequence[BlockingRule], spec: LinkageSpec) -> list[str]:
    skipped = [rule for rule in rules if rule.n_skipped_blocks]
    if not skipped:
        return []
    groups = "; ".join(f"{rule.words} ({rule.n_skipped_blocks:,})" for rule in skipped)
    return [
        f"Some groups of records that agree on a rule stay larger than {spec.max_block} even after splitting; within "
        f"them pairs were compared only where another rule brought them up. Groups by rule: {groups}."
    ]


def _thinned_notes(rules: Sequence[BlockingRule]) -> list[str]:
    thinned = [rule for rule in rules if rule.n_thinned]
    if not thinned:
        return []
    groups = "; ".join(f"{rule.words} ({rule.n_thinned:,})" for rule in thinned)
    return [
        "In lists of this size the looser rules bring up more pairs than can be compared; those that share too little "
        f"beyond the rule were left out. Pairs left out by rule: {groups}."
    ]
