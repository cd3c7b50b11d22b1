"""From records to scored pairs: bring pairs up, train, score, and put the prior odds on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.blocking import bring_up_pairs, contract_identical
from uncounted.linkage.comparisons import CEILING, COMPARISON_NAMES, COMPARISONS, FLOOR
from uncounted.linkage.engine import Engine
from uncounted.linkage.pairs import BlockingRule, LevelWeight, ScoredPairs
from uncounted.linkage.refine import disagreement_discount, level_weights, refine_m
from uncounted.linkage.training import PRIOR_PAIRS, Model, check_weights, default_m, train
from uncounted.linkage.workbench import open_workbench, run, run_counts
from uncounted.project.model import LinkageSpec
from uncounted.records.records import RECORD_SCHEMA, Records

Progress = Callable[[str], None]

# The share of true pairs that agree exactly on surname, given name and a date: only a starting value, since the match
# rate is estimated again from all scored pairs.
_DETERMINISTIC_RECALL = 0.4
# A match rate is believed if the true pairs it implies lie within these bounds.
_MOST_MATCHES_PER_RECORD = 10.0
_MOST_MATCHES_PER_SURE_PAIR = 20.0
_PROBABILITY_EDGE = 1e-12
# Records that both match a third one are compared although no rule brought them up.
_COMPANION_WEIGHT = 0.0


def score_pairs(records: Records, spec: LinkageSpec, *, seed: int, progress: Progress | None = None) -> ScoredPairs:
    """Score every pair of records that a blocking rule brings up, within and across lists.

    One Fellegi-Sunter model is trained for all lists together; the list of a record is not compared, so repeats within
    a list are found as matches across lists are. A missing value is no evidence in either direction. Disagreement
    counts at four fifths of its trained weight (`refine.DISAGREEMENT_SHARE`), since faults come together in a record.
    Of more than `blocking.MOST_IDENTICAL` identical records of a list only the first is compared (`identical`).

    Parameters
    ----------
    records : Records
        All lists in the standard shape.
    spec : LinkageSpec
        Caps on blocks and pairs.
    seed : int
        Seed of the sample of random pairs that training uses.
    progress : callable, optional
        Called with a sentence at the start of each step.

    Returns
    -------
    ScoredPairs
        Pairs with their log2 odds, sorted; rules, weights and warnings. No pairs if nothing could be compared, with a
        warning that says so.

    Raises
    ------
    LinkageError
        L01 for missing columns, L02 for settings out of range, L03 if a rule brings up too many pairs, L08 if Splink
        stops.
    """
    say = progress if progress is not None else _silent
    _check_spec(spec)
    table = _checked_table(records)
    n = int(table.num_rows)
    if n < 2:
        return _no_pairs(n, (), ("There are fewer than two records, so there is nothing to link.",))
    notes = list(_unlinkable_notes(records))
    with open_workbench() as connection:
        connection.register(sql.DELIVERED, table)
        run(connection, sql.prepare())
        identical, said = contract_identical(connection)
        connection.unregister(sql.DELIVERED)
        notes.extend(said)
        n_compared = n - len(identical)
        say("Bringing up pairs of records to compare.")
        rules = bring_up_pairs(connection, spec)
        notes.extend(_skipped_notes(rules, spec))
        sure, candidates = _count_pairs(connection)
        if candidates == 0:
            which = "every other record" if identical else "every record"
            notes.append(f"No pair of records was compared, so {which} counts as a person of its own.")
            return _no_pairs(n, rules, tuple(notes), identical)
        total = n_compared * (n_compared - 1) / 2
        engine = Engine(connection)
        say(f"Training the model on {n_compared:,} records.")
        first_rate = min(max(sure / _DETERMINISTIC_RECALL, 1.0) / total, 0.5)
        model = train(engine, connection, match_rate=first_rate, seed=seed)
        say(f"Scoring {candidates:,} pairs.")
        run(connection, sql.splink_pairs("uncounted_candidates"))
        scored = engine.score(pairs="uncounted_candidates", m=model.m, u=model.u)
        model, scored = _refined(scored, model, first_rate, total)
        scored = _discounted(scored, model)
        rate, said = match_rate(_weights(scored), n_records=n_compared, n_sure=sure, start=first_rate)
        notes.extend((*model.warnings, *said))
        prior_weight = float(np.log2(rate / (1.0 - rate)))
        scored = _with_rule_counts(scored, connection)
        companions = _companions(scored, prior_weight, n)
        if companions.num_rows:
            say(f"Scoring {companions.num_rows:,} pairs that share a match.")
            connection.register("companions_delivered", companions)
            run(connection, sql.companion_pairs("uncounted_companions", "companions_delivered"))
            connection.unregister("companions_delivered")
            more = _discounted(engine.score(pairs="uncounted_companions", m=model.m, u=model.u), model)
            more = more.append_column("n_rules", pa.array(np.zeros(more.num_rows, dtype=np.int8)))
            scored = pa.concat_tables([scored, more]).sort_by([("left", "ascending"), ("right", "ascending")])
    return ScoredPairs(
        table=_finished(scored, prior_weight),
        n_records=n,
        rules=rules,
        weights=_level_weights(model),
        prior_match_prob=rate,
        warnings=tuple(dict.fromkeys(notes)),
        identical=identical,
    )


def _refined(scored: pa.Table, model: Model, rate: float, n_all_pairs: float) -> tuple[Model, pa.Table]:
    """Estimate m again from all scored pairs, for the fields that training could use."""
    levels = _levels(scored, [name for name in COMPARISON_NAMES if model.m[name] != model.u[name]])
    general = default_m()
    result = refine_m(
        _weights(scored),
        levels,
        m=model.m,
        u=model.u,
        prior={name: tuple(PRIOR_PAIRS * share for share in general[name]) for name in levels},
        rate=rate,
        n_all_pairs=n_all_pairs,
        bounds=(FLOOR, CEILING),
    )
    notes = list(model.warnings)
    m = dict(model.m)
    for comparison in COMPARISONS:
        if comparison.name in levels:
            name = comparison.name
            m[name], said = check_weights(comparison, result.m[name], model.u[name], general[name])
            notes.extend(said)
    # A guard may have put other probabilities in the place of what was found.
    changed = level_weights(levels, m, model.u, scored.num_rows) - level_weights(
        levels, result.m, model.u, scored.num_rows
    )
    column = scored.column_names.index("match_weight")
    table = scored.set_column(column, "match_weight", pa.array(result.weights + changed))
    return Model(m=m, u=model.u, warnings=tuple(notes)), table


def _discounted(scored: pa.Table, model: Model) -> pa.Table:
    levels = _levels(scored, COMPARISON_NAMES)
    weights = _weights(scored) + disagreement_discount(levels, model.m, model.u, scored.num_rows)
    return scored.set_column(scored.column_names.index("match_weight"), "match_weight", pa.array(weights))


def _levels(scored: pa.Table, names: Sequence[str]) -> dict[str, NDArray[np.int8]]:
    return {name: np.asarray(scored[f"level_{name}"].to_numpy(), dtype=np.int8) for name in names}


def match_rate(
    weights: NDArray[np.float64], *, n_records: int, n_sure: int, start: float
) -> tuple[float, tuple[str, ...]]:
    """Estimate the share of true pairs among all pairs of records by EM with m and u fixed.

    Pairs that no rule brought up are taken as no matches, so the rate belongs to the pairs that could be linked.

    Parameters
    ----------
    weights : ndarray of float64
        log2(m/u) summed over the comparisons of each scored pair, without prior odds.
    n_records : int
        Records; all their pairs are the denominator.
    n_sure : int
        Pairs that agree exactly on surname, given name and a date: a check on the result.
    start : float
        Where the iteration begins, and what is used if it leaves the plausible bounds.

    Returns
    -------
    tuple of (rate, warnings)
        The rate in (0, 1), and a sentence if the estimate was not believed.
    """
    total = n_records * (n_records - 1) / 2
    natural = weights * np.log(2.0)
    rate = start
    for _ in range(200):
        log_odds = natural + np.log(rate / (1.0 - rate))
        expected = float(_logistic(log_odds).sum())
        new = min(max(expected / total, 1e-12), 0.9)
        done = abs(new - rate) <= 1e-6 * rate
        rate = new
        if done:
            break
    most = max(_MOST_MATCHES_PER_SURE_PAIR * n_sure, _MOST_MATCHES_PER_RECORD * n_records)
    if 0.5 * n_sure <= rate * total <= most:
        return rate, ()
    return start, (
        f"Training suggested {rate * total:,.0f} true pairs where {n_sure:,} agree exactly on surname, given name and "
        "a date; that is not plausible, and the number of exact agreements sets the prior odds instead.",
    )


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(x, -700.0, 700.0)
    return np.asarray(1.0 / (1.0 + np.exp(-bounded)), dtype=np.float64)


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


def unlinkable_records(records: Records) -> NDArray[np.bool_]:
    """Mark the records that hold too little to be linked.

    A record needs a full name and one other thing (a second name, an initial, a date or a place), or two dates and a
    place; without them no match could ever be believed, and it counts as a person of its own.

    Parameters
    ----------
    records : Records
        Records in the standard shape.

    Returns
    -------
    ndarray of bool, shape (n_records,)
    """
    table = records.table

    def known(column: str) -> NDArray[np.bool_]:
        return np.asarray(table[column].is_valid().to_numpy(), dtype=bool)

    n_names = np.array([len(keys) if keys else 0 for keys in table["name_keys"].to_pylist()], dtype=np.int64)
    dated = known("birth_from").astype(np.int64) + known("event_from")
    other = (n_names > 1) | known("given_initial") | known("patronymic_initial") | (dated > 0) | known("place_key")
    enough = ((n_names >= 1) & other) | ((dated == 2) & known("place_key"))
    return np.asarray(~enough, dtype=bool)


def _unlinkable_notes(records: Records) -> list[str]:
    """Sentences for lists without records or names, and one for records with too little in them."""
    table = records.table
    nameless = np.array([not keys for keys in table["name_keys"].to_pylist()], dtype=bool)
    which = np.array(table["list"].to_pylist(), dtype=object)
    found = []
    n_poor = int(unlinkable_records(records).sum())
    if n_poor:
        found.append(
            f"{n_poor:,} records hold too little to be linked to anything; each counts as a person of its own, which "
            "raises the number of people."
        )
    for name in records.lists:
        mine = nameless[which == name]
        if not len(mine):
            found.append(f"List '{name}' has no records.")
        elif mine.all():
            found.append(
                f"List '{name}' holds no names: its records can be linked by dates and places alone, if at all."
            )
    return found


def _skipped_notes(rules: Sequence[BlockingRule], spec: LinkageSpec) -> list[str]:
    skipped = [rule for rule in rules if rule.n_skipped_blocks]
    if not skipped:
        return []
    groups = "; ".join(f"{rule.words} ({rule.n_skipped_blocks:,})" for rule in skipped)
    return [
        f"Some groups of records that agree on a rule stay larger than {spec.max_block} even after splitting; within "
        f"them pairs were compared only where another rule brought them up. Groups by rule: {groups}."
    ]


def _count_pairs(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    sure, candidates = run_counts(connection, sql.count_sure_pairs())
    return sure, candidates


def _weights(table: pa.Table) -> NDArray[np.float64]:
    return np.asarray(table["match_weight"].to_numpy(zero_copy_only=False), dtype=np.float64)


def _companions(scored: pa.Table, prior_weight: float, n_records: int) -> pa.Table:
    """Pairs not scored yet whose records both match a third record."""
    likely = _weights(scored) + prior_weight > _COMPANION_WEIGHT
    left = scored["left"].to_numpy()
    right = scored["right"].to_numpy()
    known = left * n_records + right
    a = np.concatenate([left[likely], right[likely]])
    b = np.concatenate([right[likely], left[likely]])
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    starts = np.flatnonzero(np.r_[True, a[1:] != a[:-1]]) if len(a) else np.empty(0, np.int64)
    found = []
    for group in np.split(b, starts[1:]) if len(a) else []:
        if len(group) > 1:
            i, j = np.triu_indices(len(group), 1)
            found.append(group[i] * n_records + group[j])
    new = np.setdiff1d(np.concatenate(found), known) if found else np.empty(0, np.int64)
    return pa.table({"left_record": new // n_records, "right_record": new % n_records})


def _with_rule_counts(scored: pa.Table, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Add by how many blocking rules each pair was brought up: what the missed pairs are estimated from."""
    counts = connection.sql(sql.rules_per_pair()).to_arrow_table()
    if not (counts["left"].equals(scored["left"]) and counts["right"].equals(scored["right"])):
        raise AssertionError("the scored pairs are not those that were brought up")
    return scored.append_column("n_rules", counts["n_rules"])


def _finished(scored: pa.Table, prior_weight: float) -> pa.Table:
    weight = _weights(scored) + prior_weight
    prob = np.clip(_logistic(weight * np.log(2.0)), _PROBABILITY_EDGE, 1.0 - _PROBABILITY_EDGE)
    columns = {"left": scored["left"], "right": scored["right"], "match_weight": weight, "match_prob": prob}
    columns["n_rules"] = scored["n_rules"]
    for name in COMPARISON_NAMES:
        columns[f"level_{name}"] = scored[f"level_{name}"]
    return pa.table(columns).cast(_pair_schema())


def _pair_schema() -> pa.Schema:
    return pa.schema(
        [
            ("left", pa.int64()),
            ("right", pa.int64()),
            ("match_weight", pa.float64()),
            ("match_prob", pa.float64()),
            ("n_rules", pa.int8()),
            *((f"level_{name}", pa.int8()) for name in COMPARISON_NAMES),
        ]
    )


def _no_pairs(
    n: int, rules: tuple[BlockingRule, ...], notes: tuple[str, ...], identical: tuple[tuple[int, int], ...] = ()
) -> ScoredPairs:
    return ScoredPairs(
        table=_pair_schema().empty_table(),
        n_records=n,
        rules=rules,
        weights=(),
        prior_match_prob=0.0,
        warnings=notes,
        identical=identical,
    )


def _level_weights(model: Model) -> tuple[LevelWeight, ...]:
    return tuple(
        LevelWeight(
            comparison=comparison.name,
            level=level.name,
            m_prob=m,
            u_prob=u,
            match_weight=float(np.log2(m / u)),
        )
        for comparison in COMPARISONS
        for level, m, u in zip(comparison.levels, model.m[comparison.name], model.u[comparison.name], strict=True)
    )
