"""Decisions that leave the store and come back, to lists that were delivered anew: each to its own rows, or to none."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_project import deliver, rows_of, write_project_file, write_small_project

from uncounted import pipeline
from uncounted.cli.main import main_inner
from uncounted.project import load_project
from uncounted.register.keeping import load_histories, note_bindings
from uncounted.review import append_decision, current_decisions, read_log
from uncounted.review.carried import carry_log

EXTRA = [
    ["Zzyzx Oleg", "1950-01-01", "2023-01-05", "Northport"],
    ["Yrsa Inga", "1951-02-02", "2023-02-06", "Eastfield"],
]
LISTS = ["lista", "listb", "listc"]


def put_in(folder: Path, name: str = "lista") -> None:
    """Deliver a list with two rows more at its top: every id of the list is two lines further down."""
    rows = rows_of(folder, name)
    deliver(folder, name, [rows[0], *EXTRA, *rows[1:]])


def say(folder: Path, *words: str, code: int = 0) -> None:
    assert main_inner(["decide", *words, "--project", str(folder)]) == code


def fresh(folder: Path, to: Path) -> Path:
    """The same lists and project file with no store."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("uncounted.store*", "*.export.csv"))
    return to


def held(folder: Path) -> list[tuple[str, str, str]]:
    """What is in force today."""
    with pipeline.open_store(load_project(folder), None) as store:
        log = carry_log(read_log(store), load_histories(store, LISTS)).log
    return [(d.left, d.right, d.judgement) for d in current_decisions(log)]


def answer(capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    said = capsys.readouterr()
    return json.loads(said.out), said.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_project(tmp_path / "p", n_people=80).folder


@pytest.fixture
def exported(folder: Path) -> Path:
    path = folder / "d.export.csv"
    say(folder, "lista:5", "listb:7", "same", "--by", "AK")
    say(folder, "lista:9", "listb:11", "different", "--by", "AK", "--export", str(path))
    return path


# -- export and import ------------------------------------------------------------------------------------------------
def test_an_import_into_a_fresh_store_finds_the_rows_under_their_ids_of_today(
    folder: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = fresh(folder, tmp_path / "other")
    put_in(other)
    capsys.readouterr()
    say(other, "--import", str(exported), "--json")
    found, said = answer(capsys)
    assert (found["imported"], found["waiting"]) == (2, 0)
    assert "wait" not in said
    assert held(other) == [("lista:7", "listb:7", "same"), ("lista:11", "listb:11", "different")]
    run = pipeline.run(other, until="link")
    ids, labels = run.records.table["record_id"].to_pylist(), run.clusterings.draws
    same = labels[:, ids.index("lista:7")] == labels[:, ids.index("listb:7")]
    assert same.all()
    put_in(other)  # and on from there with every further delivery
    pipeline.run(other, until="link")
    assert held(other)[0] == ("lista:9", "listb:7", "same")


def test_a_row_that_is_not_there_waits_and_is_found_when_the_file_is_imported_again(
    folder: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = fresh(folder, tmp_path / "other")
    whole = rows_of(other, "lista")
    deliver(other, "lista", [*whole[:4], *whole[5:]])  # lista:5 is another row now
    capsys.readouterr()
    say(other, "--import", str(exported), "--json")
    found, said = answer(capsys)
    assert (found["imported"], found["waiting"]) == (2, 1)
    assert "1 decision waits: a record reads otherwise today" in said
    assert ("lista:8", "listb:11", "different") in held(other)
    assert not any("lista:5" in pair[:2] or "lista:4" in pair[:2] for pair in held(other))
    assert main_inner(["changes", str(other), "--json"]) == 0
    (waits,) = json.loads(capsys.readouterr().out)["decisions"]
    assert (waits["left"]["state"], waits["right"]["state"]) == ("unfound", "same")
    assert main_inner(["changes", str(other)]) == 0
    assert "1: the former lista:5 and listb:7 (waits)" in capsys.readouterr().out
    assert main_inner(["link", str(other)]) == 0
    assert "1 decision waits" in capsys.readouterr().err
    deliver(other, "lista", [whole[0], *EXTRA, *whole[1:]])
    say(other, "--import", str(exported), "--json")
    found, _ = answer(capsys)
    assert (found["imported"], found["waiting"]) == (0, 0)
    assert held(other) == [("lista:7", "listb:7", "same"), ("lista:11", "listb:11", "different")]


def test_an_export_says_the_rows_as_they_were_when_they_were_decided_on(
    folder: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = exported.read_bytes()
    other = fresh(folder, tmp_path / "other")
    put_in(folder)
    say(folder, "lista:5", "listb:7", "unsure", "--by", "BM", "--export", str(exported))
    assert exported.read_bytes().startswith(before)
    capsys.readouterr()
    say(other, "--import", str(exported), "--export", str(tmp_path / "back.csv"), "--json")
    assert answer(capsys)[0]["waiting"] == 0
    assert (tmp_path / "back.csv").read_bytes() == exported.read_bytes()
    assert held(other) == [
        ("lista:5", "listb:7", "same"), ("lista:9", "listb:11", "different"),
        ("lista:3", "listb:7", "unsure")]  # fmt: skip


def test_fingerprints_give_no_cell_away_and_differ_from_store_to_store(
    folder: Path, exported: Path, tmp_path: Path
) -> None:
    text = exported.read_text(encoding="utf-8")
    for row in (rows_of(folder, "lista")[4], rows_of(folder, "listb")[6]):
        assert not any(cell in text for cell in row)
    other = fresh(folder, tmp_path / "other")
    say(other, "lista:5", "listb:7", "same", "--by", "AK", "--export", str(tmp_path / "o.csv"))
    marks = [re.findall(r"r[0-9a-f]{10}-1of1", path.read_text()) for path in (exported, tmp_path / "o.csv")]
    assert [len(one) for one in marks] == [4, 2]
    assert not set(marks[0]) & set(marks[1])


def test_rows_that_read_alike_are_told_by_their_order_while_their_number_stays(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(folder, "lista")
    rows[10] = rows[4]  # lines 5 and 11 read alike
    deliver(folder, "lista", rows)
    path = tmp_path / "d.csv"
    say(folder, "lista:11", "listb:7", "same", "--by", "AK", "--export", str(path))
    other, third = fresh(folder, tmp_path / "other"), fresh(folder, tmp_path / "third")
    put_in(other)
    say(other, "--import", str(path))
    assert held(other) == [("lista:13", "listb:7", "same")]
    deliver(third, "lista", [*rows[:4], *rows[5:]])
    capsys.readouterr()
    say(third, "--import", str(path), "--json")
    assert answer(capsys)[0]["waiting"] == 1  # which of the two has gone, nobody knows


@pytest.mark.parametrize("n_columns", [9, 10])
def test_files_without_fingerprints_are_believed_for_ids_of_the_lists_own_alone(
    folder: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], n_columns: int
) -> None:
    for name in LISTS[:2]:
        rows = rows_of(folder, name)
        deliver(folder, name, [["No", *rows[0]], *([f"N{k}", *row] for k, row in enumerate(rows[1:]))])
    write_project_file(folder, LISTS)
    toml = (folder / "uncounted.toml").read_text(encoding="utf-8")
    head, _, last = toml.rpartition("[[list]]")
    head = head.replace("[list.columns]\n", '[list.columns]\nid = "No"\n')
    (folder / "uncounted.toml").write_text(f"{head}[[list]]{last}", encoding="utf-8")
    other = fresh(folder, tmp_path / "other")
    (folder / "uncounted.store").unlink()
    say(folder, "lista:N5", "listb:N7", "same", "--by", "AK")
    say(folder, "lista:N6", "listc:7", "same", "--by", "AK", "--export", str(exported))
    kept = [row[:10] for row in csv.reader(exported.read_text(encoding="utf-8").splitlines())]
    if n_columns == 9:  # a log of before origins were recorded has hashes without them
        kept = without_origins(folder, kept[0])
    with exported.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(kept)
    capsys.readouterr()
    say(other, "--import", str(exported), "--export", str(tmp_path / "on.csv"), "--json")
    found, said = answer(capsys)
    assert (found["imported"], found["waiting"]) == (2, 1)
    assert "1 decision waits: the file does not say which rows were decided on" in said
    assert ("lista:N5", "listb:N7", "same") in held(other)
    assert "(unproven)" in str(held(other))
    assert (tmp_path / "on.csv").read_text().count("-1of1") == 3  # three rows are known now, the fourth is not


def without_origins(folder: Path, header: list[str]) -> list[list[str]]:
    from dataclasses import replace

    from uncounted.review.decisions import CHAIN_START, link

    before, found = CHAIN_START, [[name for name in header if name != "origin"]]
    with pipeline.open_store(load_project(folder), None) as store:
        for d in read_log(store):
            old = link(replace(d, origin=""), before)
            before = old.chain_hash
            found.append([str(d.number), d.left, d.right, d.judgement, d.by, d.at, d.why, "", before])
    return found


def test_an_import_says_how_many_records_are_unknown(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pipeline.open_store(load_project(folder), None) as store:
        append_decision(store, "lista:5", "nolist:7", "same", by="AK", at="2026-01-01T00:00:00+00:00")
    path = tmp_path / "d.csv"
    say(folder, "lista:5", "listb:7", "same", "--by", "AK", "--export", str(path))
    other = fresh(folder, tmp_path / "other")
    capsys.readouterr()
    say(other, "--import", str(path), "--json")
    found, said = answer(capsys)
    assert (found["imported"], found["waiting"]) == (2, 1)
    assert "1 decision waits" in said


def test_what_a_cut_off_import_noted_is_not_held_against_other_decisions(folder: Path) -> None:
    from uncounted.records.row_history import Binding

    project = load_project(folder)
    with pipeline.open_store(project, None) as store:
        pipeline.note_lists(store, project)
        history = load_histories(store, ["lista"])["lista"]
        note_bindings(store, "lista", history, [Binding(number=1, record_id="lista:5", row=20)], last_hash="x", at="")
    say(folder, "lista:5", "listb:7", "same", "--by", "AK")
    assert held(folder) == [("lista:5", "listb:7", "same")]


@pytest.mark.parametrize("cell", ["r12", "R0000000000-1of1", "r0000000000-0of1", "name of somebody"])
def test_a_fingerprint_of_another_form_is_refused(
    folder: Path, exported: Path, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = list(csv.reader(exported.read_text(encoding="utf-8").splitlines()))
    rows[1][10] = cell
    with exported.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    capsys.readouterr()
    say(folder, "--import", str(exported), code=5)
    said = capsys.readouterr().err
    assert "D03" in said
    assert "row 2" in said
    assert cell not in said


# -- taking back, and what `changes` says -----------------------------------------------------------------------------
def test_taking_back_goes_by_the_ids_of_today(folder: Path, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_in(folder)
    say(folder, "lista:5", "listb:7", "withdrawn", "--by", "AK", code=5)  # another row today
    said = capsys.readouterr().err
    assert "AK has decided nothing about this pair; nobody has" in said
    assert "let the program append" not in said.casefold()
    say(folder, "lista:7", "listb:7", "withdrawn", "--by", "XX", code=5)
    assert "XX has decided nothing about this pair; it was decided by AK" in capsys.readouterr().err
    say(folder, "lista:7", "listb:7", "withdrawn", "--by", "ak")
    assert held(folder) == [("lista:11", "listb:11", "different")]


def test_changes_names_records_as_they_are_called_today(
    folder: Path, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_inner(["link", str(folder)]) == 0
    put_in(folder, "listb")
    rows = rows_of(folder, "lista")
    deliver(folder, "lista", [*rows[:4], *rows[5:]])
    capsys.readouterr()
    assert main_inner(["changes", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "Decision that needs a new look (1):" in said
    assert "  1: the former lista:5 and listb:9 (was listb:7) (waits): the former lista:5 is gone" in said


@pytest.mark.parametrize(
    ("by", "why"), [("A\x1b[31mX\nB", ""), ("A\u202eB", ""), ("A\u2066", ""), ("AK", "x\x1by"), ("AK", "x\x00")]
)
def test_names_and_reasons_that_command_a_screen_are_refused(
    folder: Path, by: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say(folder, "lista:5", "listb:7", "same", "--by", by, "--why", why, code=5)
    said = capsys.readouterr().err
    assert "D01" in said
    assert "U+" in said
    assert "\x1b[31mX" not in said
    assert held(folder) == []
    say(folder, "lista:5", "listb:7", "same", "--by", "\u0623\u062d\u0645\u062f", "--why", "a\nb\tc")
    assert len(held(folder)) == 1


# -- the sheet --------------------------------------------------------------------------------------------------------
def fill(path: Path, judgement: str, *, drop: tuple[str, ...] = ()) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [{k: v for k, v in row.items() if k not in drop} for row in csv.DictReader(stream)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"judgement": judgement} for row in rows)
    return rows


def test_a_sheet_that_comes_back_after_a_new_delivery(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.csv"
    assert main_inner(["review", str(folder), "--by", "AK", "--sheet", str(path), "-n", "12"]) == 0
    rows = fill(path, "unsure")
    first = next(row for row in rows if "lista" in row["left"])
    old = rows_of(folder, "lista")
    line = int(first["left"].partition(":")[2])
    old[line - 1][1] = "1949-09-09"  # the record of one pair is another now
    deliver(folder, "lista", [old[0], *EXTRA, *old[1:]])
    capsys.readouterr()
    assert main_inner(["review", str(folder), "--by", "AK", "--from-sheet", str(path), "-n", "12", "--json"]) == 0
    found, said = answer(capsys)
    gone = [row for row in rows if first["left"] in (row["left"], row["right"])]
    assert found["decided"] == len(rows) - len(gone)
    assert found["delivered_anew"] == len(gone)
    assert "the list was delivered anew" in said

    def today(one: str) -> str:
        name, _, number = one.partition(":")
        return f"lista:{int(number) + 2}" if name == "lista" else one

    expected = {tuple(sorted((today(r["left"]), today(r["right"])))) for r in rows if r not in gone}
    assert {(left, right) for left, right, _ in held(folder)} == expected
    assert main_inner(["review", str(folder), "--by", "AK", "--from-sheet", str(path), "-n", "12", "--json"]) == 0
    assert answer(capsys)[0]["decided"] == 0


def test_a_sheet_of_before_fingerprints_is_not_believed_once_a_list_was_delivered_anew(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.csv"
    assert main_inner(["review", str(folder), "--by", "AK", "--sheet", str(path), "-n", "6"]) == 0
    rows = fill(path, "unsure", drop=("row left", "row right"))
    for name in LISTS:
        put_in(folder, name)
    capsys.readouterr()
    assert main_inner(["review", str(folder), "--by", "AK", "--from-sheet", str(path), "--json"]) == 0
    found, _ = answer(capsys)
    assert (found["decided"], found["delivered_anew"]) == (0, len(rows))


def test_undo_after_a_new_delivery_takes_back_the_same_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def type_in(keys: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(keys))
        assert main_inner(["review", str(folder), "--by", "AK", "--terminal", "-n", "6"]) == 0

    type_in("uu\nq\n")
    before = held(folder)
    assert len(before) == 2
    put_in(folder)
    put_in(folder, "listb")
    type_in("zq\n")
    after = held(folder)
    assert len(after) == 1
    with pipeline.open_store(load_project(folder), None) as store:
        assert read_log(store)[-1].supersedes == 2
