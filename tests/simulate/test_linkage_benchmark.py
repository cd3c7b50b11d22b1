"""The linkage benchmark: cases whose truth fits their records, measures against brute force, one run end to end."""

import hashlib
import importlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from uncounted.simulate.damage import Damage
from uncounted.simulate.hands import FAMILY_NAMES, hands_for

FOLDER = Path(__file__).parents[2] / "benchmarks" / "linkage"
MODULES = ("cases", "methods", "measures", "febrl", "table", "run")


@pytest.fixture(scope="module")
def bench():
    """Return the modules of the benchmark, which are scripts and not part of the package."""
    sys.path.insert(0, str(FOLDER))
    try:
        found = SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
        yield found
    finally:
        sys.path.remove(str(FOLDER))
        for name in MODULES:
            sys.modules.pop(name, None)


def _bytes(case):
    digest = hashlib.sha256()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, case.records.table.schema) as writer:
        writer.write_table(case.records.table)
    digest.update(sink.getvalue())
    for array in (case.person, case.lists, case.true_counts):
        digest.update(array.tobytes())
    return digest.hexdigest()


# -- cases ------------------------------------------------------------------------------------------------------
def test_same_seed_same_bytes(bench):
    """Also in another process with another hash seed."""
    here = _bytes(bench.cases.make_case("arabic", "hard", 3, n_people=150))
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; from cases import make_case; "
        "from test_linkage_benchmark import _bytes; print(_bytes(make_case('arabic', 'hard', 3, n_people=150)))"
    )
    there = subprocess.run(
        [sys.executable, "-c", code, str(FOLDER), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "17"},
    )
    assert there.stdout.strip() == here
    assert here != _bytes(bench.cases.make_case("arabic", "hard", 4, n_people=150))


@pytest.mark.parametrize("hands", ["first", "other"])
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_truth_fits_records(bench, family, hands):
    case = bench.cases.make_case(family, "medium", 1, n_people=300, hands=hands)
    table = case.records.table
    assert len(case.person) == len(case.lists) == table.num_rows
    assert [case.names[j] for j in case.lists] == table["list"].to_pylist()
    np.testing.assert_array_equal(bench.cases.pattern_counts(case.person, case.lists, 4), case.true_counts)
    assert case.person.max() < case.n_people == 300
    named = sum(bool(keys) for keys in table["name_keys"].to_pylist())
    assert named > 0.98 * table.num_rows
    dated = table["event_from"].null_count
    assert dated < 0.15 * table.num_rows


def test_a_persons_records_are_that_persons(bench):
    """Without damage, all records with exact dates of a person agree; were truth and lines shifted, none would."""
    habits = tuple(replace(h, event=(("day", 1.0),), birth=(("day", 1.0),)) for h in hands_for("english").habits)
    case = bench.cases.make_case(
        "english", Damage(), 2, n_people=400, hands=replace(hands_for("english"), habits=habits)
    )
    table = case.records.table
    days = list(zip(table["birth_from"].to_pylist(), table["event_from"].to_pylist(), strict=True))
    by_person = {}
    for person, pair in zip(case.person.tolist(), days, strict=True):
        by_person.setdefault(person, set()).add(pair)
    assert all(len(pairs) == 1 for pairs in by_person.values())
    assert len({pairs.pop() for pairs in by_person.values()}) > 0.99 * len(by_person)


def test_shares_repeats_and_independence(bench):
    case = bench.cases.make_case("english", "easy", 5, n_people=2500)
    on = np.zeros((2500, 4), dtype=bool)
    on[case.person, case.lists] = True
    shares = np.array(hands_for("english").shares)
    assert np.all(np.abs(on.mean(axis=0) - shares) < 4 * np.sqrt(shares * (1 - shares) / 2500))
    for a, b in itertools.combinations(range(4), 2):
        both = shares[a] * shares[b]
        assert abs((on[:, a] & on[:, b]).mean() - both) < 4 * (both * (1 - both) / 2500) ** 0.5
    for j in range(4):
        assert 1.03 < (case.lists == j).sum() / on[:, j].sum() < 1.13


def test_more_lists_than_hands_have(bench):
    case = bench.cases.make_case("turkish", "easy", 1, n_people=200, n_lists=6)
    assert len(case.names) == 6
    assert case.true_counts.shape == (63,)
    assert case.true_counts.sum() == len(np.unique(case.person))


def test_raw_names_are_cut_by_the_order_of_the_list(bench):
    records = SimpleNamespace(
        table=pa.table({"name_raw": ["Волков Иван", "Ivan Volkov", "García López Ana", None, "Solo", "Smith, John"]})
    )
    lists = np.array([0, 1, 2, 0, 1, 0])
    raw = bench.cases.split_names(records, ["sgp", "gsp", "spgf"], lists)
    assert raw["given"].to_pylist() == ["Иван", "Ivan", "Ana", "", "Solo", "John"]
    assert raw["surname"].to_pylist() == ["Волков", "Volkov", "García", "", "", "Smith"]


# -- measures ---------------------------------------------------------------------------------------------------
def test_true_pairs_and_ceiling_by_brute_force(bench):
    rng = np.random.default_rng(1)
    person = rng.integers(0, 40, 120)
    pairs = {(i, j) for i, j in itertools.combinations(range(120), 2) if person[i] == person[j]}
    left, right = bench.measures.true_pairs(person)
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == sorted(pairs)
    ends = np.array([(i, j) for i, j in itertools.combinations(range(120), 2) if rng.random() < 0.3])
    linked = bench.methods.Linked(
        point=person, draws=np.zeros((0, 120), dtype=np.int64), left=ends[:, 0], right=ends[:, 1]
    )
    compared = {tuple(pair) for pair in ends.tolist()}
    expected = len(pairs & compared) / len(pairs)
    assert bench.measures.ceiling(SimpleNamespace(person=person), linked) == pytest.approx(expected)


def test_ceiling_counts_records_that_stand_for_others(bench):
    person = np.array([0, 0, 0, 1])
    linked = bench.methods.Linked(
        point=person,
        draws=np.zeros((0, 4), dtype=np.int64),
        left=np.array([0]),
        right=np.array([2]),
        identical=((1, 0),),
    )
    assert bench.measures.ceiling(SimpleNamespace(person=person), linked) == 1.0


def test_calibration_error(bench):
    rng = np.random.default_rng(2)
    prob = rng.random(50_000)
    truth = rng.random(50_000) < prob
    assert bench.measures.expected_calibration_error(prob, truth) < 0.012
    shifted = np.clip(prob + 0.1, 0, 1)
    assert bench.measures.expected_calibration_error(shifted, truth) == pytest.approx(0.095, abs=0.012)
    by_hand = np.mean([abs(prob[part].mean() - truth[part].mean()) for part in np.array_split(np.argsort(prob), 10)])
    assert bench.measures.expected_calibration_error(prob, truth) == pytest.approx(by_hand)


def test_perfect_and_planted_links(bench):
    case = bench.cases.make_case("english", "easy", 1, n_people=1200)
    draws = np.tile(case.person, (3, 1))
    perfect = bench.measures.measure(case, bench.methods.Linked(point=case.person, draws=draws), seed=1)
    assert perfect["f1"] == perfect["b3_f1"] == 1.0
    assert perfect["table_error"] == perfect["error_point_to_truth"] == 0.0
    assert abs(perfect["error_point"]) < 0.12
    assert perfect["covered"] == 1.0
    apart = np.arange(len(case.person))
    nothing = bench.measures.measure(case, bench.methods.Linked(point=apart, draws=draws[:0]), seed=1)
    assert nothing["recall"] == 0.0
    assert np.isnan(nothing["covered"])


# -- one run ----------------------------------------------------------------------------------------------------
def test_a_run_from_command_to_table(bench, tmp_path, monkeypatch, capsys):
    rows, page = tmp_path / "rows.csv", tmp_path / "results.md"
    command = ["run.py", "--families", "english", "--damages", "easy", "--n-people", "250", "--seeds", "1"]
    monkeypatch.setattr(sys, "argv", [*command, "--methods", "exact", "--rows", str(rows)])
    bench.run.main()
    assert capsys.readouterr().out.count("F1") == 1
    bench.run.main()
    assert capsys.readouterr().out == ""
    bench.table.write_table(rows, page)
    lines = page.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("| english easy | first | 250 | exact | 0 | 1 |") for line in lines) == 1


def test_a_method_that_fails_is_a_row(bench, tmp_path, monkeypatch, capsys):
    rows = tmp_path / "rows.csv"
    command = ["run.py", "--families", "febrl", "--febrl", str(tmp_path), "--febrl-sets", "1", "--methods", "exact"]
    monkeypatch.setattr(sys, "argv", [*command, "--rows", str(rows)])
    bench.run.main()
    assert "FileNotFoundError" in rows.read_text(encoding="utf-8")
    bench.table.write_table(rows, tmp_path / "results.md")
    assert "1, 1 failed" in (tmp_path / "results.md").read_text(encoding="utf-8")


def test_this_program_links_a_small_case(bench):
    key = dict(zip(bench.run.KEYS, ("english", "easy", "first", "1", "120", "uncounted", "30"), strict=True))
    row = bench.run.run_one(key)
    assert float(row["f1"]) > 0.8
    assert float(row["ceiling"]) > 0.9
    assert float(row["n_low"]) < float(row["n_high"])
    assert set(row) == set(bench.run.VALUES)


@pytest.mark.slow
def test_splink_alone_links_a_small_case(bench):
    key = dict(zip(bench.run.KEYS, ("english", "easy", "first", "1", "300", "splink ascii", "0"), strict=True))
    row = bench.run.run_one(key)
    assert 0.3 < float(row["f1"]) < 1.0
    assert row["covered"] == ""


# -- FEBRL ------------------------------------------------------------------------------------------------------
def test_febrl_files_are_read_with_their_truth(bench, tmp_path):
    header = (
        "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, "
        "soc_sec_id\n"
    )
    (tmp_path / "dataset4a.csv").write_text(
        header
        + "rec-1-org, anna, smith, 1, a st, , perth, 6000, wa, 19500101, 1\n"
        + "rec-0-org, ben, miller, 2, b st, , hobart, 7000, tas, 19600203, 2\n",
        encoding="utf-8",
    )
    (tmp_path / "dataset4b.csv").write_text(
        header + "rec-0-dup-0, ben, millr, 2, b st, , hobart, 7000, tas, 19600203, 2\n", encoding="utf-8"
    )
    case = bench.febrl.febrl_case("4", tmp_path)
    assert case.person.tolist() == [1, 0, 0]
    assert case.lists.tolist() == [0, 0, 1]
    assert case.n_people == 2
    assert case.records.table["birth_from"].null_count == 0
    with pytest.raises(FileNotFoundError, match="dataset1"):
        bench.febrl.febrl_case("1", tmp_path)
