"""A list delivered anew: decisions stay with their rows, people keep their ids, and what changed is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_project import deliver, rows_of, write_project_file, write_small_project

from uncounted import pipeline
from uncounted.cli.main import main_inner
from uncounted.project import load_project
from uncounted.review import append_decision

NAMES = ["lista", "listb", "listc"]


def person_of(run: pipeline.Run) -> dict[str, str]:
    return dict(zip(run.records.table["record_id"].to_pylist(), run.person_ids, strict=True))


def decide(folder: Path, left: str, right: str, judgement: str) -> None:
    with pipeline.open_store(load_project(folder), None) as store:
        append_decision(store, left, right, judgement, by="AK", at="2026-01-01T00:00:00+00:00")


def together(run: pipeline.Run, left: str, right: str) -> bool:
    number = {name: k for k, name in enumerate(run.records.table["record_id"].to_pylist())}
    point = run.clusterings.point
    return bool(point[number[left]] == point[number[right]])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_project(tmp_path / "p", n_people=120).folder


def two_alone(run: pipeline.Run, name: str = "lista") -> list[str]:
    """Ids of two records of a list that were linked to nothing."""
    labels = run.clusterings.point
    sizes = np.bincount(labels, minlength=len(labels))[labels]
    ids = run.records.table["record_id"].to_pylist()
    return [one for one, size in zip(ids, sizes, strict=True) if size == 1 and one.startswith(name)][-2:]


def test_rows_put_in_before_them_leave_decisions_and_people_as_they_were(folder: Path) -> None:
    first = pipeline.run(folder, until="link")
    assert len(set(first.person_ids)) == first.linkage.n_people
    assert first.changes is not None
    assert first.changes.first
    left, right = two_alone(first)
    decide(folder, left, right, "same")
    second = pipeline.run(folder, until="link")
    assert together(second, left, right)
    assert second.changes is not None
    assert second.changes.people is not None
    assert len(second.changes.people.merged) == 1
    before = person_of(second)

    rows = rows_of(folder, "lista")
    put_in = [
        ["Zzyzx Oleg", "1950-01-01", "2023-01-05", "Northport"],
        ["Qwert Ivan", "1951-01-01", "2023-02-05", "Eastfield"],
    ]
    deliver(folder, "lista", [rows[0], *put_in, *rows[1:]])
    third = pipeline.run(folder, until="link")
    moved = {one: f"lista:{int(one.partition(':')[2]) + 2}" for one in before if one.startswith("lista:")}
    after = person_of(third)
    assert together(third, moved[left], moved[right])
    assert all(after[moved.get(one, one)] == person for one, person in before.items())
    changes = third.changes
    assert changes is not None
    assert changes.people is not None
    last = max(int(person[2:]) for person in before.values())
    assert changes.people.new == (f"P-{last + 1:06d}", f"P-{last + 2:06d}")
    assert changes.people == replace(changes.people, gone=(), merged=(), split=(), moved=(), returned=())
    (lista,) = [entry for entry in changes.lists if entry.list == "lista"]
    assert (lista.n_added, lista.n_gone, lista.n_changed, lista.n_moved) == (2, 0, 0, len(rows) - 1)
    assert changes.decisions == ()
    with pipeline.open_store(load_project(folder), None) as store:
        from uncounted.review import read_log

        assert [(d.left, d.right) for d in read_log(store)] == [tuple(sorted((left, right)))]


def test_a_decision_on_a_row_that_is_gone_waits_and_touches_no_other(folder: Path) -> None:
    first = pipeline.run(folder, until="link")
    left, right = two_alone(first)
    decide(folder, left, right, "same")
    rows = rows_of(folder, "lista")
    line = int(left.partition(":")[2])
    deliver(folder, "lista", rows[: line - 1] + rows[line:])
    second = pipeline.run(folder, until="link")
    ids = second.records.table["record_id"].to_pylist()
    assert left in ids  # another row has that line now
    point = second.clusterings.point
    now_right = f"lista:{int(right.partition(':')[2]) - 1}"
    assert (point == point[ids.index(now_right)]).sum() == 1
    assert second.changes is not None
    (pair,) = second.changes.decisions
    assert not pair.holds
    assert (pair.left.state, pair.right.state) == ("gone", "same")
    assert pair.right.now == now_right
    deliver(folder, "lista", rows)  # the file comes back as it was
    third = pipeline.run(folder, until="link")
    assert together(third, left, right)
    assert person_of(third)[left] == person_of(third)[right]
    assert third.changes is not None
    assert third.changes.decisions == ()


def test_the_same_line_decided_again_is_another_row(folder: Path) -> None:
    first = pipeline.run(folder, until="link")
    left, right = two_alone(first)
    decide(folder, left, right, "same")
    rows = rows_of(folder, "lista")
    extra = ["Zzyzx Oleg", "1950-01-01", "2023-01-05", "Northport"]
    deliver(folder, "lista", [rows[0], extra, *rows[1:]])
    pipeline.run(folder, until="link")
    decide(folder, left, right, "different")  # the rows that have these lines now
    third = pipeline.run(folder, until="link")
    moved = [f"lista:{int(one.partition(':')[2]) + 1}" for one in (left, right)]
    assert together(third, *moved)
    assert not together(third, left, right)


def test_a_fresh_store_gives_the_same_ids_and_the_same_run_changes_nothing(folder: Path, tmp_path: Path) -> None:
    first = pipeline.run(folder, until="link")
    again = pipeline.run(folder, until="link")
    other = pipeline.run(write_small_project(tmp_path / "other", n_people=120).folder, until="link")
    assert first.person_ids == again.person_ids == other.person_ids
    with pipeline.open_store(load_project(folder), None) as store:
        assert len(store.history("people")) == 1
        assert len(store.history("delivery:lista")) == 1
        assert len(store.history("summary")) == 1


def test_rows_of_a_list_with_ids_may_come_in_any_order(folder: Path) -> None:
    toml = folder / "uncounted.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace('name = "Name"', 'id = "No"\nname = "Name"'), encoding="utf-8"
    )
    for name in NAMES:
        head, *rows = rows_of(folder, name)
        deliver(folder, name, [["No", *head], *([f"{name[-1]}{k}", *row] for k, row in enumerate(rows))])
    first = pipeline.run(folder, until="link")
    for name in NAMES:
        head, *rows = rows_of(folder, name)
        deliver(folder, name, [head, *reversed(rows)])
    second = pipeline.run(folder, until="link")
    assert person_of(second) == person_of(first)
    assert second.changes is not None
    assert second.changes.people is not None
    assert not second.changes.people.any


# -- the command -----------------------------------------------------------------------------------------------------
def test_changes_are_told_before_and_after_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_inner(["changes", str(folder)]) == 0
    assert "no earlier run" in capsys.readouterr().out
    assert main_inner(["run", str(folder)]) in (0, 1)
    capsys.readouterr()
    with pipeline.open_store(load_project(folder), None) as store:
        assert store.history("summary")[-1].key
    first = pipeline.run(folder, until="link")
    left, right = two_alone(first)
    assert main_inner(["decide", left, right, "same", "--by", "AK", "--project", str(folder)]) == 0
    rows = rows_of(folder, "lista")
    line = int(left.partition(":")[2])
    rows[line - 1][1] = "1999-09-09"  # the birth of a decided record corrected
    extra = [
        ["Zzyzx Oleg", "1950-01-01", "2023-01-05", "Northport"],
        ["Qwert Ivan", "1951-02-03", "2023-02-05", "Eastfield"],
    ]
    deliver(folder, "lista", [rows[0], *extra, *rows[1:]])
    before = (folder / "uncounted.store").read_bytes()
    capsys.readouterr()
    assert main_inner(["changes", str(folder)]) == 0
    out = capsys.readouterr().out
    assert (folder / "uncounted.store").read_bytes() == before
    assert "not linked yet" in out
    assert "2 added, 1 changed" in out
    first_id, second_id = (f"lista:{int(one.partition(':')[2]) + 2} (was {one})" for one in sorted((left, right)))
    assert f"1: {first_id} and {second_id} (holds)" in out
    assert "earlier wording" in out
    assert main_inner(["run", str(folder)]) in (0, 1)
    capsys.readouterr()
    assert main_inner(["changes", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "compared with the one before" in out
    assert "merged (1): " in out
    assert "new (2): P-" in out
    assert "Cells of the capture table that moved" in out
    assert "Number before:" in out
    assert "Zzyzx" not in out
    assert main_inner(["changes", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["any"]
    assert told["decisions"][0]["number"] == 1
    assert {entry["list"] for entry in told["lists"]} == set(NAMES)
    assert told["after"]["verdict"]
    assert (
        sum(cell["after"] - cell["before"] for cell in told["cells"])
        == told["people"]["n_after"] - told["people"]["n_before"]
    )


def test_a_list_more_or_a_list_less_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.run(folder, until="link")
    write_project_file(folder, ["lista", "listb"])
    second = pipeline.run(folder, until="link")
    assert second.changes is not None
    gone = [entry for entry in second.changes.lists if entry.list == "listc"]
    assert "no longer in the project" in gone[0].notes[0]
    capsys.readouterr()
    assert main_inner(["changes", str(folder)]) == 0
    assert "listc" in capsys.readouterr().out
