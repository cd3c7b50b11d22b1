from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from invented_records import invent, records_of

from uncounted.errors import LinkageError
from uncounted.linkage import scoring, workbench
from uncounted.linkage.compare import cells_of, decode
from uncounted.linkage.comparisons import COMPARISONS
from uncounted.linkage.explain import explanation, explanation_lines
from uncounted.linkage.pair_model import Weights, compare_models, shift_for
from uncounted.linkage.prior_model import feature_names, features, model_from_json, shift_to, shipped_model
from uncounted.linkage.scoring import score_pairs
from uncounted.linkage.settings import make_settings
from uncounted.project.model import LinkageSpec
from uncounted.records.records import Records

ROWS = [{"surname_key": f"name{i}", "given_key": "x", "list": "ab"[i % 2]} for i in range(40)]


def names(records: Records, spec: LinkageSpec | None = None) -> tuple[list[str], dict[str, str]]:
    settings = make_settings(records.table, records.lists, spec or LinkageSpec())
    return [c.name for c in settings.comparisons], {entry.comparison: entry.why for entry in settings.left_out}


def test_only_fields_that_the_lists_have_are_compared_and_the_rest_is_said() -> None:
    kept, left_out = names(records_of(ROWS))
    assert kept == ["surname", "given"]
    assert left_out["birth"] == "no list fills it"
    with_sex = [{**row, "sex": "f"} if k < 3 else row for k, row in enumerate(ROWS)]
    assert names(records_of(with_sex))[1]["sex"] == "only 3 of 40 records have it"
    assert "sex" in names(records_of([{**row, "sex": "f"} for row in ROWS]))[0]


def test_a_field_of_one_list_alone_is_kept_for_its_repeats_and_said() -> None:
    rows = [{**row, "place_key": "p"} if row["list"] == "a" else row for row in ROWS]
    settings = make_settings(records_of(rows).table, ("a", "b"), LinkageSpec())
    assert "place" in [c.name for c in settings.comparisons]
    assert settings.notes == (
        "Only list 'a' has the place: it helps to find repeats within that list, not people on two lists.",
    )


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (LinkageSpec(leave_out=("surnam",)), "L09"),
        (LinkageSpec(weights=(("plase", 1.0),)), "L09"),
        (LinkageSpec(leave_out_rules=("surnames",)), "L10"),
        (LinkageSpec(leave_out=("surname", "given")), "L11"),
        (LinkageSpec(weights=(("place", 2.5),)), "L12"),
    ],
)
def test_what_cannot_be_left_out_or_weighed_is_refused(spec: LinkageSpec, code: str) -> None:
    with pytest.raises(LinkageError) as caught:
        make_settings(records_of(ROWS).table, ("a", "b"), spec)
    assert caught.value.code == code


def test_codes_of_outcomes_are_read_back() -> None:
    rng = np.random.default_rng(3)
    weight, code, wanted = 1, np.zeros(200, dtype=np.int64), {}
    for c in COMPARISONS:
        level = rng.integers(-1, len(c.levels), 200)
        code, weight = code + (level + 1) * weight, weight * (len(c.levels) + 1)
        wanted[c.name] = level
        if c.frequency_of:
            code, weight = code + rng.integers(0, 41, 200) * weight, weight * 41
    assert weight < 2**62
    levels, rarity = decode(code)
    assert all((levels[name] == level).all() for name, level in wanted.items())
    assert all(((bits >= 0) & (bits <= 20)).all() for bits in rarity.values())


def by_id(records: Records) -> tuple[dict[tuple[str, str], tuple[object, ...]], object]:
    pairs = score_pairs(records, LinkageSpec(), seed=5)
    ids = records.table["record_id"].to_pylist()
    found = {}
    for row in pairs.table.to_pylist():
        key = tuple(sorted((ids[row.pop("left")], ids[row.pop("right")])))
        found[key] = tuple(row.items())
    return found, (pairs.weights, pairs.models, pairs.prior_match_prob)


def test_same_bits_for_any_order_of_rows_and_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    records = invent(130, seed=9).records
    order = np.random.default_rng(2).permutation(records.table.num_rows)
    turned = records.table.take(pa.array(order))
    turned = turned.set_column(0, "record", pa.array(np.arange(turned.num_rows)))
    first = by_id(records)
    assert len(first[0]) > 100
    monkeypatch.setattr(scoring, "open_workbench", lambda *, threads=4: workbench.open_workbench(threads=threads))
    assert by_id(Records(table=turned, lists=records.lists, changes=())) == first


def test_explaining_names_rules_fields_levels_training_and_what_was_left_out() -> None:
    records = invent(60, seed=4).records
    pairs = score_pairs(records, LinkageSpec(leave_out=("place",), leave_out_rules=("surname",)), seed=1)
    text = "\n".join(explanation_lines(pairs))
    for words in ("two names with the same consonants", "same day", "place: the project file leaves it out", "(EM)"):
        assert words in text
    found = explanation(pairs)
    assert "surname" not in [rule["name"] for rule in found["rules"]]
    assert {row["comparison"] for row in found["comparisons"]}.isdisjoint({"place", "second_surname"})
    assert (np.array(pairs.table["level_place"]) == -1).all()
    values = {v for v in records.table["surname_key"].to_pylist() if v}
    assert not [value for value in values if value in text]


# -- the model trained on invented lists --------------------------------------------------------------------------
def test_the_shipped_model_fits_the_comparisons_and_another_is_refused() -> None:
    model = shipped_model()
    assert model.names == feature_names()
    assert np.isfinite(model.coefficients).all()
    with pytest.raises(LinkageError) as caught:
        model_from_json('{"intercept": 0.0, "coefficients": {"height: same": 1.0}}')
    assert caught.value.code == "L13"


def test_features_are_named_and_a_missing_field_has_none() -> None:
    cells, _ = cells_of(np.zeros(1, dtype=np.int64))
    u = {c.name: tuple(1.0 / len(c.levels) for _ in c.levels) for c in COMPARISONS}
    found = features(cells, u)
    assert found.shape == (1, len(feature_names()))
    assert not found.any()


def test_the_intercept_moves_to_the_share_of_true_pairs() -> None:
    # Saerens et al. (2002): likelihood ratios that are right, and a share of true pairs that is not known.
    rng = np.random.default_rng(1)
    mu, n_true, n_other = 5.0, 2_000, 32_000
    x = np.concatenate([rng.normal(mu, 1, n_true), rng.normal(0, 1, n_other)])
    log_odds = mu * x - mu**2 / 2
    shift, expected = shift_to(log_odds, np.ones(len(x), dtype=np.int64))
    assert expected == pytest.approx(n_true, rel=0.02)
    assert shift == pytest.approx(np.log(n_true / n_other), abs=0.05)
    forced = shift_for(log_odds, np.ones(len(x), dtype=np.int64), 500.0)
    assert (1 / (1 + np.exp(-(log_odds + forced)))).sum() == pytest.approx(500.0, rel=1e-6)


def test_models_that_differ_are_said_and_those_that_agree_are_not() -> None:
    count = np.array([90, 10], dtype=np.int64)
    one, other = np.array([5.0, 5.0]), np.array([5.0, -5.0])
    assert compare_models(Weights(em=one, prior=one, match=one), count)[1] == ()
    assert compare_models(Weights(em=one, prior=other, match=one), count)[1] == ()  # a tenth: on the edge
    found, said = compare_models(Weights(em=one, prior=other, match=one), np.array([80, 20], dtype=np.int64))
    assert (found.n_likely, found.n_differ, found.differ_share) == (100, 20, 0.2)
    assert "differ on 20 of 100 likely pairs" in said[0]


# -- hostile input ------------------------------------------------------------------------------------------------
def test_a_list_given_twice_is_found_whole() -> None:
    rows = [
        {
            "surname_key": f"sur{i}name",
            "given_key": f"giv{i % 7}",
            "birth": dt.date(1970, 2, 2) + dt.timedelta(days=37 * i),
        }
        for i in range(150)
    ]
    twice = records_of([{**row, "list": name} for name in "ab" for row in rows])
    pairs = score_pairs(twice, LinkageSpec(), seed=1).table
    likely = pairs.filter(pa.array(pairs["match_prob"].to_numpy() > 0.5))
    found = set(zip(likely["left"].to_pylist(), likely["right"].to_pylist(), strict=True))
    assert {(i, i + 150) for i in range(150)} <= found
    assert len(found) < 160


@pytest.mark.parametrize("row", [{}, {"surname_key": "x"}, {"place_key": "p"}])
def test_records_without_anything_to_tell_them_apart_are_no_people_linked(row: dict[str, object]) -> None:
    records = records_of([{**row, "list": "ab"[i % 2]} for i in range(300)])
    if not row:
        with pytest.raises(LinkageError) as caught:
            score_pairs(records, LinkageSpec(), seed=1)
        assert caught.value.code == "L11"
        return
    pairs = score_pairs(records, LinkageSpec(), seed=1)
    assert pairs.n_pairs == 0 or (pairs.table["match_prob"].to_numpy() > 0.5).sum() == 0
