from __future__ import annotations

import datetime as dt
import itertools
import logging
import re
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from invented_records import Invented, invent, records_of

from uncounted.errors import LinkageError
from uncounted.linkage import blocking, pair_work, sql
from uncounted.linkage import engine as engine_module
from uncounted.linkage.blocking import RULES, bring_up_pairs
from uncounted.linkage.comparisons import CEILING, COMPARISONS, FLOOR, Comparison, Level, level_sql
from uncounted.linkage.pair_model import match_rate
from uncounted.linkage.pairs import BlockingRule, ScoredPairs
from uncounted.linkage.scoring import prepare, score_pairs
from uncounted.linkage.unlinkable import unlinkable_records
from uncounted.linkage.workbench import open_workbench, run
from uncounted.project.model import LinkageSpec
from uncounted.records.records import Records

SPEC = LinkageSpec()


def columns(pairs: ScoredPairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(pairs.table[name].to_numpy() for name in ("left", "right", "match_prob"))  # type: ignore[return-value]


def test_pairs_are_sorted_distinct_and_smaller_record_first(medium: tuple[Invented, ScoredPairs]) -> None:
    left, right, prob = columns(medium[1])
    assert (left < right).all()
    code = left * medium[1].n_records + right
    assert (np.diff(code) > 0).all()
    assert ((prob > 0) & (prob < 1)).all()
    weight = medium[1].table["match_weight"].to_numpy()
    inside = np.abs(weight) < 30
    assert np.allclose(np.log2(prob / (1 - prob))[inside], weight[inside])


def test_the_pairs_above_one_half_are_nearly_the_true_pairs(medium: tuple[Invented, ScoredPairs]) -> None:
    invented, pairs = medium
    left, right, prob = columns(pairs)
    true = invented.person[left] == invented.person[right]
    _, sizes = np.unique(invented.person, return_counts=True)
    all_true = (sizes * (sizes - 1) // 2).sum()
    assert true[prob > 0.5].mean() > 0.97
    assert true[prob > 0.5].sum() / all_true > 0.92
    assert true.sum() / all_true > 0.97  # the ceiling of blocking


def test_probabilities_mean_what_they_say(medium: tuple[Invented, ScoredPairs]) -> None:
    invented, pairs = medium
    left, right, prob = columns(pairs)
    true = invented.person[left] == invented.person[right]
    assert prob.sum() == pytest.approx(true.sum(), rel=0.06)
    for low, high in ((0.0, 0.05), (0.2, 0.8), (0.95, 1.0)):
        band = (prob >= low) & (prob < high)
        assert abs(true[band].mean() - prob[band].mean()) < 0.25 * (high - low) + 0.02


def test_repeats_within_a_list_are_found_too(medium: tuple[Invented, ScoredPairs]) -> None:
    invented, pairs = medium
    left, right, prob = columns(pairs)
    within = invented.list_index[left] == invented.list_index[right]
    true = (invented.person[left] == invented.person[right]) & within
    _, sizes = np.unique(np.stack([invented.person, invented.list_index], axis=1), axis=0, return_counts=True)
    assert (sizes > 1).sum() > 100
    assert true[prob > 0.5].sum() > 0.9 * (sizes * (sizes - 1) // 2).sum()


def test_same_input_gives_the_same_bits_in_silence_whatever_the_size_of_the_pieces(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    invented = invent(150, seed=8)
    said: list[str] = []
    first = score_pairs(invented.records, SPEC, seed=5, progress=said.append)
    for module in (blocking, pair_work):
        monkeypatch.setattr(module, "SLICE", 17)
    with caplog.at_level(logging.DEBUG):
        second = score_pairs(invented.records, SPEC, seed=5)
    assert first.table.equals(second.table)
    assert first.weights == second.weights
    assert first.n_pairs > 150
    assert [s.split()[0] for s in said[:3]] == ["Bringing", "Training", "Scoring"]
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    told = " ".join([*first.warnings, *said, caplog.text])
    assert not [name for name in set(invented.records.table["surname_key"].to_pylist()) if name in told]


def test_m_and_u_stay_inside_their_bounds_and_sum_to_one(medium: tuple[Invented, ScoredPairs]) -> None:
    weights = medium[1].weights
    assert all(FLOOR <= w.m_prob <= CEILING and FLOOR <= w.u_prob <= CEILING for w in weights)
    for comparison in COMPARISONS:
        mine = [w for w in weights if w.comparison == comparison.name]
        if comparison.name == "second_surname":
            assert mine == []  # no list has any
            continue
        assert len(mine) == len(comparison.levels)
        assert sum(w.share for w in mine) == pytest.approx(1.0)
        assert sum(w.m_prob for w in mine) == pytest.approx(1.0, abs=2e-3)
        assert mine[0].match_weight > 0 > mine[-1].match_weight


def test_missing_fields_are_no_evidence(medium: tuple[Invented, ScoredPairs]) -> None:
    invented, pairs = medium
    table = invented.records.table
    for name, column in (("birth", "birth_from"), ("place", "place_key"), ("event", "event_from")):
        known = table[column].is_valid().to_numpy()
        left, right, _ = columns(pairs)
        level = pairs.table[f"level_{name}"].to_numpy()
        assert ((level == -1) == ~(known[left] & known[right])).all()


@pytest.fixture(scope="module")
def crafted() -> tuple[list[dict[str, object]], ScoredPairs]:
    """Invented records, then pairs made for one question each, then a list without names."""
    rows = [
        {k: v for k, v in row.items() if v is not None and k != "record"}
        for row in invent(150, seed=2).records.table.to_pylist()
    ]
    for surname, n in (("rarename", 2), ("oftenname", 40)):
        rows.extend({"surname_key": surname, "given_key": f"x{surname}", "list": "list0"} for _ in range(n))
    swap = {"surname_key": "zorkamenko", "given_key": "tulian", "birth": dt.date(1980, 3, 7), "list": "list0"}
    rows.append({**swap, "place_key": "swapped"})
    rows.append(
        {"surname_key": "tulian", "given_key": "zorkamenko", "birth": dt.date(1980, 7, 3), "place_key": "swapped"}
    )
    new_year = {"surname_key": "kovalgora", "given_key": "petrik", "place_key": "newyear", "list": "list0"}
    rows.append({**new_year, "birth": dt.date(1971, 1, 1)})
    rows.append({**new_year, "birth": dt.date(1971, 9, 14)})
    rows.extend({"list": "nameless", "event": dt.date(2022, 5, 1 + i)} for i in range(20))
    lists = ("list0", "list1", "list2", "list3", "nameless", "empty")
    records = records_of([{"list": "list0", **row} for row in rows], lists)
    return records.table.to_pylist(), score_pairs(records, SPEC, seed=1)


def only_pair(crafted: tuple[list[dict[str, object]], ScoredPairs], place: str) -> dict[str, object]:
    """The scored pair of the two records at a place nobody else is at."""
    left, right = (row["record"] for row in crafted[0] if row["place_key"] == place)
    (found,) = [row for row in crafted[1].table.to_pylist() if (row["left"], row["right"]) == (left, right)]
    return found


def level_name(pair: dict[str, object], comparison: str) -> str:
    levels = next(c for c in COMPARISONS if c.name == comparison).levels
    return levels[len(levels) - 1 - pair[f"level_{comparison}"]].name


def test_a_rare_surname_weighs_more_than_a_common_one(crafted: tuple[list[dict[str, object]], ScoredPairs]) -> None:
    rows, pairs = crafted
    name = np.array([row["surname_key"] for row in rows], dtype=object)
    left, right, _ = columns(pairs)
    weight = pairs.table["match_weight"].to_numpy()
    rare = weight[(name[left] == "rarename") & (name[right] == "rarename")]
    often = weight[(name[left] == "oftenname") & (name[right] == "oftenname")]
    assert len(rare) == 1
    assert rare[0] > often.max() + 3


def test_swapped_names_and_swapped_day_and_month_are_their_own_levels(
    crafted: tuple[list[dict[str, object]], ScoredPairs],
) -> None:
    pair = only_pair(crafted, "swapped")
    assert level_name(pair, "surname") == "swapped with the given name"
    assert pair["level_given"] == -1
    assert level_name(pair, "birth").startswith("day and month swapped")


def test_new_year_means_the_year_only(crafted: tuple[list[dict[str, object]], ScoredPairs]) -> None:
    assert level_name(only_pair(crafted, "newyear"), "birth") == "same year as far as known"


def test_a_list_without_names_or_records_is_named_in_a_warning(
    crafted: tuple[list[dict[str, object]], ScoredPairs],
) -> None:
    warnings = crafted[1].warnings
    assert any("'nameless' holds no names" in w for w in warnings)
    assert any("'empty' has no records" in w for w in warnings)
    assert any("hold too little to be linked" in w for w in warnings)


@pytest.mark.parametrize("rows", [[], [{"surname_key": "alone"}]])
def test_fewer_than_two_records_are_no_error(rows: list[dict[str, object]]) -> None:
    pairs = score_pairs(records_of(rows), SPEC, seed=1)
    assert (pairs.n_pairs, pairs.n_records) == (0, len(rows))
    assert "nothing to link" in pairs.warnings[0]
    assert "level_surname" in pairs.table.column_names


def test_nothing_in_common_gives_no_pairs_and_says_so() -> None:
    rows = [{"surname_key": f"{chr(97 + i)}zq{i}x", "given_key": f"{chr(97 + i)}w{i}"} for i in range(20)]
    pairs = score_pairs(records_of(rows), SPEC, seed=1)
    assert pairs.n_pairs == 0
    assert any("No pair of records was compared" in w for w in pairs.warnings)


def test_a_record_needs_a_name_and_something_else_to_be_linkable() -> None:
    rows = [
        {"surname_key": "alone"},
        {"surname_key": "with", "place_key": "place"},
        {"given_initial": "x", "event": dt.date(2022, 1, 1)},
        {"birth": dt.date(1980, 2, 2), "event": dt.date(2022, 1, 1), "place_key": "place"},
        {},
    ]
    assert unlinkable_records(records_of(rows)).tolist() == [True, False, True, False, True]


def test_a_handful_of_records_rests_on_general_knowledge_and_says_so() -> None:
    invented = invent(30, seed=1)
    pairs = score_pairs(invented.records, SPEC, seed=1)
    left, right, prob = columns(pairs)
    assert any("rests on general knowledge" in w for w in pairs.warnings)
    true = invented.person[left] == invented.person[right]
    assert true[prob > 0.5].all()
    assert true[prob > 0.5].sum() >= 0.8 * true.sum() > 5


def test_no_true_matches_are_not_talked_into_being() -> None:
    invented = invent(400, seed=2, shares=(0.9,), repeats=0.0)
    pairs = score_pairs(invented.records, SPEC, seed=1)
    assert pairs.n_pairs + pairs.n_hopeless > 30
    assert pairs.table["match_prob"].to_numpy().sum() < 0.02 * pairs.n_records


def test_one_name_for_everybody_is_skipped_with_a_report_not_a_crash() -> None:
    # The month alone is known: with an exact date the records would be identical ones and count as one person.
    months = [
        {"event_from": dt.date(2020, m, 1), "event_to": dt.date(2020, m + 1, 1) - dt.timedelta(days=1)} for m in (1, 2)
    ]
    rows = [{"surname_key": "same", "given_key": "name", **months[i % 2]} for i in range(20_000)]
    pairs = score_pairs(records_of(rows), SPEC, seed=1)
    assert any("two names with the same consonants, in any order (1)" in w for w in pairs.warnings)
    assert next(r for r in pairs.rules if r.name == "two-names").n_skipped_blocks == 1


def test_an_oversized_block_is_split_by_what_else_is_known() -> None:
    birth = [dt.date(1950 + i // 2, 6, 1 + i % 2) for i in range(80)]
    rows: list[dict[str, object]] = [{"surname_key": "same", "given_key": "name", "birth": day} for day in birth]
    for last, skipped in (({}, 1), ({"birth": dt.date(1949, 1, 2)}, 0)):
        records = records_of([*rows, {"surname_key": "same", "given_key": "name", **last}])
        with open_workbench() as connection:
            connection.register(sql.DELIVERED, records.table)
            run(connection, sql.prepare())
            rules = bring_up_pairs(connection, RULES, LinkageSpec(max_block=10))
        # Forty years with two records each; a record without any year cannot be placed in a smaller block.
        rule = next(r for r in rules if r.name == "two-names")
        assert (rule.n_pairs, rule.n_skipped_blocks) == (40, skipped)


def thinned(records: Records, monkeypatch: pytest.MonkeyPatch) -> tuple[set[tuple[int, int]], tuple[BlockingRule, ...]]:
    """Pairs and rules of lists that count as large."""
    monkeypatch.setattr(blocking, "THINNED_FROM", 50)
    monkeypatch.setattr(blocking, "MOST_KEPT", 0.5)
    monkeypatch.setattr(blocking, "_COUNTED_PAIRS", 400)
    return brought_up(records)


def brought_up(records: Records) -> tuple[set[tuple[int, int]], tuple[BlockingRule, ...]]:
    with open_workbench() as connection:
        prepare(connection, records.table)
        rules = bring_up_pairs(connection, RULES, SPEC)
        pairs = run(connection, f"SELECT left_record, right_record FROM {sql.CANDIDATES}")
    return {(int(str(a)), int(str(b))) for a, b in pairs}, rules


def test_pairs_of_loose_rules_left_out_in_large_lists_are_counted_and_seldom_true(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invented = invent(400, seed=6)
    every, rules = brought_up(invented.records)
    some, fewer = thinned(invented.records, monkeypatch)
    assert some < every
    assert not any(rule.n_thinned for rule in rules)
    assert sum(rule.n_thinned > 0 for rule in fewer) > 5
    for whole, part in zip(rules, fewer, strict=True):
        # A pair in two blocks of a rule counts twice among those left out.
        assert part.n_pairs + part.n_thinned >= whole.n_pairs
        if whole.name == "consonants":
            assert part.n_pairs + part.n_thinned == whole.n_pairs
    true = {pair for pair in every if invented.person[pair[0]] == invented.person[pair[1]]}
    assert len(some) < 0.5 * len(every)
    assert len(some & true) > 0.95 * len(true)


def test_thinning_where_most_columns_are_empty_and_all_pairs_share_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [dt.date(1980, 3, 1) + dt.timedelta(days=i % 40) for i in range(400)]
    rows: list[dict[str, object]] = [{"surname_key": "same", "given_key": "name", "birth": day} for day in days]
    every, _ = brought_up(records_of(rows))
    some, _ = thinned(records_of(rows), monkeypatch)
    # Nothing tells these pairs apart, so that none is left out; other rules and the cap on blocks bound them.
    assert len(every) == 40 * 45
    assert some == every


def test_which_pairs_are_left_out_hangs_on_no_order_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    records = invent(200, seed=9).records
    order = np.random.default_rng(1).permutation(records.table.num_rows)
    mixed = records.table.take(order).set_column(0, "record", pa.array(np.arange(len(order))))
    first, _ = thinned(records, monkeypatch)
    second, _ = thinned(replace(records, table=mixed), monkeypatch)
    assert len(first) > 100
    back = {tuple(sorted((int(order[a]), int(order[b])))) for a, b in second}
    assert back == first


def test_looking_at_the_cheaper_distance_first_changes_no_level() -> None:
    rng = np.random.default_rng(2)
    words = ["", "a", "ab", "ba", "жук", "жкук", *("".join(rng.choice(list("abc"), 5)) for _ in range(150))]
    pairs = pa.table({"x_l": [a for a in words for _ in words], "x_r": words * len(words)})
    plain = "damerau_levenshtein(x_l, x_r) <= 1"
    comparison = Comparison(
        name="x",
        words="x",
        needs="x",
        columns=("x",),
        missing="x_l IS NULL",
        levels=(
            Level(name="near", condition=plain, m_default=0.5),
            Level(name="else", condition="ELSE", m_default=0.5),
        ),
    )
    assert "levenshtein(x_l, x_r) <= 2 AND" in level_sql(comparison)
    with open_workbench() as connection:
        connection.register("pairs", pairs)
        rows = run(connection, f"SELECT ({plain})::INT, {level_sql(comparison)} FROM pairs")
    assert all(a == b for a, b in rows)
    assert 100 < sum(int(str(a)) for a, _ in rows) < len(rows)


def test_too_many_pairs_name_the_rule_and_the_count() -> None:
    words = r"'two names with the same consonants, in any order' would compare \d+ pairs"
    with pytest.raises(LinkageError, match=words) as caught:
        score_pairs(invent(300, seed=1).records, LinkageSpec(max_pairs_per_rule=50), seed=1)
    assert caught.value.code == "L03"


@pytest.mark.parametrize(
    "spec", [LinkageSpec(threshold=1.0), LinkageSpec(max_block=1), LinkageSpec(max_pairs_per_rule=0)]
)
def test_settings_out_of_range_are_refused(spec: LinkageSpec) -> None:
    with pytest.raises(LinkageError) as caught:
        score_pairs(records_of([]), spec, seed=1)
    assert caught.value.code == "L02"


def test_a_failure_of_the_engine_hides_the_original_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise duckdb.ConversionException("Could not convert 'Taras Shevchenko'")

    monkeypatch.setattr(engine_module.Engine, "_linker", fail)
    with pytest.raises(LinkageError) as caught:
        score_pairs(invent(100, seed=1).records, SPEC, seed=1)
    assert caught.value.code == "L08"
    assert "Shevchenko" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_match_rate_is_found_again_from_weights_with_a_known_mixture() -> None:
    # Weights of matches and others as log density ratios of two normals, so that EM has the right model.
    rng = np.random.default_rng(1)
    n_records, n_true, n_other = 2_000, 3_000, 60_000
    mu = 4.0
    x = np.concatenate([rng.normal(mu, 1, n_true), rng.normal(0, 1, n_other)])
    weights = (mu * x - mu**2 / 2) / np.log(2)
    total = n_records * (n_records - 1) / 2
    # Pairs never brought up carry no weight, so the others are thinner by n_other / total.
    rate, said = match_rate(
        weights + np.log2(total / (n_true + n_other)),
        np.ones(len(weights), dtype=np.int64),
        n_records=n_records,
        n_sure=1_500,
        start=1e-4,
    )
    assert rate * total == pytest.approx(n_true, rel=0.03)
    assert said == ()


def test_an_implausible_match_rate_is_refused() -> None:
    rate, said = match_rate(np.full(1, 60.0), np.array([100_000]), n_records=500, n_sure=10, start=1e-3)
    assert rate == 1e-3
    assert "not plausible" in said[0]


def test_the_workbench_is_locked_and_closed() -> None:
    with open_workbench() as connection:
        with pytest.raises(duckdb.Error):
            run(connection, "SET threads = 2")
        with pytest.raises(duckdb.Error):
            run(connection, "COPY (SELECT 1) TO '/tmp/uncounted_should_not_exist.csv'")
        hidden = np.arange(3)
        assert len(hidden) == 3
        with pytest.raises(duckdb.Error):
            run(connection, "SELECT * FROM hidden")
    with open_workbench(threads=1) as connection:
        assert run(connection, "SELECT current_setting('threads')") == [(1,)]
    with pytest.raises(duckdb.Error):
        run(connection, "SELECT 1")


def test_columns_that_are_missing_are_listed() -> None:
    records = records_of([{"surname_key": "a"}, {"surname_key": "b"}])
    cut = type(records)(table=records.table.drop_columns(["sex"]), lists=records.lists, changes=())
    with pytest.raises(LinkageError, match="sex") as caught:
        score_pairs(cut, SPEC, seed=1)
    assert caught.value.code == "L01"


def test_every_condition_of_a_level_is_used_once() -> None:
    for comparison in COMPARISONS:
        conditions = [level.condition for level in comparison.levels]
        assert conditions[-1] == "ELSE"
        assert all(a != b for a, b in itertools.combinations(conditions, 2))


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (("ivan", "i"), ("ivan", "i"), "same"),
        (("ivan", "i"), (None, "i"), "an initial that agrees"),
        (("ivan", "i"), (None, "p"), "different"),
        ((None, "i"), (None, "p"), "different"),
    ],
)
def test_a_name_beside_a_bare_initial_is_judged_by_the_initial(
    left: tuple[str | None, str], right: tuple[str | None, str], level: str
) -> None:
    given = next(c for c in COMPARISONS if c.name == "given")
    asked = re.findall(r"\b\w+_[lr]\b", level_sql(given))
    row = dict.fromkeys(asked) | {
        "given_key_l": left[0], "given_initial_l": left[1], "given_key_r": right[0], "given_initial_r": right[1],
    }  # fmt: skip
    columns = ", ".join(f"{'NULL' if value is None else repr(value)}::VARCHAR AS {name}" for name, value in row.items())
    columns = re.sub(r"NULL::VARCHAR AS (skeletons_[lr])", r"NULL::VARCHAR[] AS \1", columns)
    with open_workbench() as connection:
        (found,) = run(connection, f"SELECT {level_sql(given)} FROM (SELECT {columns})")
    assert found[0] == given.level_value([entry.name for entry in given.levels].index(level))
