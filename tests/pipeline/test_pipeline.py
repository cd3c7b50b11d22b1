"""The whole way: the right number, the same bytes, stages reused only when nothing changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from small_project import SmallProject, write_project_file, write_small_project

from uncounted import pipeline
from uncounted.errors import ProjectError
from uncounted.project import load_project


def test_the_number_and_its_company(small: SmallProject, small_run: pipeline.Run) -> None:
    answer = small_run.answer
    assert answer is not None
    assert abs(answer.n_listed - small.n_listed) <= 3
    interval = answer.n_total_interval
    assert interval is not None
    assert interval.low <= small.n_people <= interval.high
    text = str(small_run)
    for number in (f"{answer.n_listed:,}", "interval", "Report:"):
        assert number in text
    page = small_run.report
    assert page is not None
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    for source in small_run.sources:
        assert source.sha256 in html
    loaded = json.loads(small_run.to_json())
    assert loaded["run_id"] == small_run.run_id
    assert loaded["answer"]


def test_a_second_run_reuses_every_stage_and_gives_the_same_page(small: SmallProject, small_run: pipeline.Run) -> None:
    assert small_run.report is not None
    before = small_run.report.read_bytes()
    again = pipeline.run(small.folder)
    assert again.reused == ("records", "pairs", "calibration", "clusterings", "captures", "estimate", "trust")
    assert again.run_id == small_run.run_id
    assert again.report is not None
    assert again.report.read_bytes() == before


def test_a_fresh_run_elsewhere_gives_the_same_page(small_run: pipeline.Run, tmp_path: Path) -> None:
    other = pipeline.run(write_small_project(tmp_path / "elsewhere").folder)
    assert other.reused == ()
    assert other.report is not None
    assert small_run.report is not None
    assert other.report.read_bytes() == small_run.report.read_bytes()


def test_only_what_changed_is_done_again(tmp_path: Path) -> None:
    project = write_small_project(tmp_path / "p", n_people=250)
    first = pipeline.run(project.folder)
    write_project_file(project.folder, ["lista", "listb", "listc"], more="[estimate]\nlevel = 0.8\n")
    second = pipeline.run(project.folder)
    assert second.reused == ("records", "pairs", "calibration", "clusterings", "captures")
    assert first.answer is not None
    assert second.answer is not None
    assert second.answer.level == 0.8
    file = project.folder / "lista.csv"
    file.write_text(
        file.read_text(encoding="utf-8") + "Newman Ivan,1990-01-05,2023-03-03,Northport\n", encoding="utf-8"
    )
    third = pipeline.run(project.folder)
    assert third.reused == ()
    assert third.records.table.num_rows == first.records.table.num_rows + 1


def test_what_is_known_besides_the_lists_reaches_the_verdict(tmp_path: Path, small_run: pipeline.Run) -> None:
    def check(run: pipeline.Run, code: str) -> str:
        assert run.answer is not None
        return next(f"{c.status}: {c.sentence} {c.evidence}" for c in run.answer.checks if c.code == code)

    assert "365" in check(small_run, "R16")  # the period of the project is the window
    project = write_small_project(tmp_path / "p", n_people=250)
    names = ["lista", "listb", "listc"]
    first = pipeline.run(project.folder, until="estimate")
    assert check(first, "R16").startswith("ok")
    assert check(first, "R9").startswith("ok")
    more = "[background]\nstay_days = 30\nlink_precision = 0.5\ndocumented = { all = 9000 }\n"
    write_project_file(project.folder, names, more=more)
    second = pipeline.run(project.folder, until="estimate")
    assert second.reused == ("records", "pairs", "calibration", "clusterings", "captures")
    assert second.run_id != first.run_id
    assert check(second, "R16").startswith("warn")
    assert check(second, "R9").startswith("refused")
    assert check(second, "R10").startswith("range only")
    assert second.answer is not None
    assert second.answer.verdict.level == "refused"
    again = pipeline.run(project.folder, until="estimate")
    assert again.reused[-2:] == ("estimate", "trust")
    assert again.run_id == second.run_id


def test_people_documented_in_a_stratum_that_is_not_there(tmp_path: Path) -> None:
    project = write_small_project(tmp_path / "p", n_people=250)
    more = '[estimate]\nstrata = ["place"]\n[background.documented]\nNorthprot = 10\n'
    write_project_file(project.folder, ["lista", "listb", "listc"], more=more)
    with pytest.raises(ProjectError) as caught:
        pipeline.run(project.folder, until="estimate")
    assert caught.value.code == "E56"
    assert "Did you mean 'Northport'" in caught.value.what
    assert "[background] documented" in str(caught.value)


def test_progress_names_estimator_and_step(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    project = write_small_project(tmp_path / "p", n_people=120)
    pipeline.run(project.folder, until="estimate", progress=lambda stage, share: heard.append((stage, share)))
    steps = [(stage, share) for stage, share in heard if stage.startswith("estimating")]
    assert steps[0][0].startswith("estimating: chapman (1 of ")
    total = int(steps[0][0].rpartition(" of ")[2].rstrip(")"))
    assert len(steps) == total + 1
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    assert {"estimating: decomposable", "estimating: loglinear-average"} <= {s.partition(" (")[0] for s, _ in steps}


def test_decisions_are_obeyed_and_survive_a_rerun(tmp_path: Path) -> None:
    from uncounted.review import append_decision

    project = write_small_project(tmp_path / "p", n_people=250)
    first = pipeline.run(project.folder, until="link")
    labels = first.clusterings.point
    ids = first.records.table["record_id"].to_pylist()
    linked = int(np.flatnonzero(np.bincount(labels, minlength=len(labels)) == 2)[0])
    left, right = (ids[i] for i in np.flatnonzero(labels == linked))
    alone = [int(i) for i in np.flatnonzero(np.bincount(labels, minlength=len(labels)) == 1)[:2]]
    with pipeline.open_store(load_project(project.folder), None) as store:
        append_decision(store, left, right, "different", by="AK", at="2026-01-01T00:00:00+00:00")
        append_decision(store, ids[alone[0]], ids[alone[1]], "same", by="AK", at="2026-01-01T00:01:00+00:00")
    second = pipeline.run(project.folder, until="link")
    assert second.reused == ("records", "pairs")
    for labels in (second.clusterings.point, *second.clusterings.draws):
        number = {name: i for i, name in enumerate(ids)}
        assert labels[number[left]] != labels[number[right]]
        assert labels[alone[0]] == labels[alone[1]]


def test_check_writes_nothing(tmp_path: Path) -> None:
    project = write_small_project(tmp_path / "p", n_people=100)
    before = sorted(p.name for p in project.folder.iterdir())
    found = pipeline.check(project.folder)
    assert sorted(p.name for p in project.folder.iterdir()) == before
    assert [s.n_accepted for s in found.sources] == [s.n_rows for s in found.sources]
    assert found.records.n_rows == sum(s.n_rows for s in found.sources)


def test_no_repr_holds_a_cell(small: SmallProject, small_run: pipeline.Run) -> None:
    cells = set((small.folder / "lista.csv").read_text(encoding="utf-8").splitlines()[1].split(","))
    seen = [small_run, pipeline.check(small.folder), small_run.records, small_run.register, small_run.pairs]
    seen += [*small_run.sources, small_run.tabulation, small_run.linkage, small_run.counts]
    for value in seen:
        for text in (repr(value), str(value)):
            assert not any(cell in text for cell in cells), type(value)
    assert "Verdict" in repr(small_run)
    assert small_run._repr_html_().startswith("<")
    assert small_run.tidy()
