"""The demo folder: its sizes, its truth against its files, its bytes."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import python_calamine

from uncounted.errors import ProjectError
from uncounted.project import load_project
from uncounted.simulate import DEMO_HABITS, DemoTruth, simulate_demo, write_demo
from uncounted.simulate.demo import YEARS
from uncounted.simulate.truth import listed_in_table

SEED = 20261122


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "project"
    return folder, write_demo(folder, seed=SEED)


@pytest.fixture(scope="module")
def project(demo):
    return load_project(demo[0])


@pytest.fixture(scope="module")
def rows(demo, project):
    """Cells of every good row by list and line, read without the code that wrote them: fields as in the project."""
    return {one.name: _read(one) for one in project.lists}


def _read(one):
    header, lines = (_read_sheet if one.file.suffix == ".xlsx" else _read_text)(one)
    fields = {column: field for field, column in one.columns}
    assert set(fields) <= set(header)
    return {
        line: {fields[h]: c for h, c in zip(header, cells, strict=True) if h in fields}
        for line, cells in lines.items()
        if len(cells) == len(header)
    }


def _read_text(one):
    """Read a CSV file with the lines counted by the csv module itself."""
    text = one.file.read_bytes().decode(one.encoding or "utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=one.delimiter or ",", strict=True)
    header, lines, before = next(reader), {}, reader.line_num
    for cells in reader:
        lines[before + 1] = cells
        before = reader.line_num
    return header, lines


def _read_sheet(one):
    sheet = python_calamine.CalamineWorkbook.from_path(one.file).get_sheet_by_name(one.sheet).to_python()
    header = sheet[one.header_row - 1]
    cells = [[str(int(c)) if isinstance(c, float) else c for c in row] for row in sheet]
    return header, dict(enumerate(cells[one.header_row :], start=one.header_row + 1))


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_project_file_is_valid(project):
    assert project.store == "plain"
    assert [one.name for one in project.lists] == ["courts", "hotline", "press", "lawyers"]
    assert project.estimate.strata == ("year",)
    assert project.assumption.choice == "loglinear-average"
    assert len(project.assumption.reason) > 100
    assert project.lists[3].covers.start == date(2023, 1, 1)
    assert project.start == date(2022, 1, 1)
    assert project.estimate.claims


def test_sizes(demo):
    _, truth = demo
    sizes = {name: len(lines) for name, lines in truth.persons.items()}
    assert 5_500 <= truth.n_records <= 6_500
    assert 0.30 <= sizes["courts"] / truth.n_people <= 0.40
    assert 0.12 <= sizes["press"] / truth.n_people <= 0.19
    assert 0.16 <= sizes["lawyers"] / truth.n_by_year[2023] <= 0.24
    table = truth.capture_table()
    on_two = table.counts[0][:, table.patterns.sum(axis=1) >= 2].sum()
    assert on_two > 1_000
    assert sum(truth.n_by_year.values()) == truth.n_people
    assert truth.n_by_year[2023] > 1.5 * truth.n_by_year[2022]


def test_lines_of_truth_are_lines_of_the_files(demo, rows):
    _, truth = demo
    for name, lines in truth.persons.items():
        assert set(rows[name]) == set(lines)
    assert max(Counter(truth.persons["hotline"].values()).values()) >= 2


def test_every_record_is_its_persons(demo, rows):
    """The year of birth written down is, but for slips, that of the person the truth names."""
    _, truth = demo
    people = simulate_demo(seed=SEED, n_people=truth.n_people).people
    for name, lines in truth.persons.items():
        off = []
        for line, person in lines.items():
            written = rows[name][line]["birth"]
            if written:
                year = int(written[:4]) if written[4:5] in ("", "-") else int(written[-4:])
                off.append(abs(year - people.birth[person].year))
        assert len(off) > 100
        assert np.mean(np.array(off) == 0) > 0.75
        assert max(off) <= 2


def test_truth_counts_are_those_of_the_records(demo):
    _, truth = demo
    by_year = np.array([truth.counts_by_year[year] for year in YEARS])
    np.testing.assert_array_equal(by_year.sum(axis=0), listed_in_table(truth.persons, truth.lists))
    assert truth.n_listed == len({p for lines in truth.persons.values() for p in lines.values()})


def test_nobody_is_with_the_lawyers_before_2023(demo, rows):
    _, truth = demo
    table = truth.capture_table()  # refuses people on a list that did not cover them
    assert not table.coverage[0, 3]
    assert table.coverage[1].all()
    assert all(row["event"][-4:] in ("2023", "") for row in rows["lawyers"].values())
    people = simulate_demo(seed=SEED, n_people=truth.n_people).people
    assert min(people.event[p] for p in truth.persons["lawyers"].values()) >= date(2023, 1, 1)


def test_years_written_are_the_true_years(demo, rows):
    _, truth = demo
    people = simulate_demo(seed=SEED, n_people=truth.n_people).people
    for name, lines in truth.persons.items():
        for line, person in lines.items():
            written = rows[name][line]["event"]
            if written:
                year = int(written[:4]) if name == "press" else int(written[-4:])
                assert year == people.event[person].year


def test_repeats_and_faults_are_there(demo, rows):
    _, truth = demo
    calls = Counter(truth.persons["hotline"].values())
    assert 0.18 <= np.mean([n > 1 for n in calls.values()]) <= 0.32
    assert len(truth.rejected["hotline"]) == 3
    assert len(truth.rejected["lawyers"]) == 2
    hotline = rows["hotline"].values()
    assert any(row["name"] in DEMO_HABITS["hotline"].nameless_words for row in hotline)
    latin = np.mean([row["name"].isascii() for row in hotline])
    assert 0.6 <= latin <= 0.85
    assert any(_scripts(row["name"]) == {"latin", "cyrillic"} for row in hotline)
    assert np.mean([row["birth"] == "" for row in rows["press"].values()]) > 0.3
    assert {len(row["event"]) for row in rows["press"].values()} == {4, 7, 10}
    lawyers = {letter for row in rows["lawyers"].values() for letter in row["given"] + row["surname"]}
    assert {"і", "є", "ы"} <= lawyers
    order = [line for line, person in truth.persons["hotline"].items() if calls[person] > 1]
    assert len({rows["hotline"][line]["name"] for line in order}) > 0.6 * len(order)


def _scripts(text):
    return {"cyrillic" if "Ѐ" <= c <= "ӿ" else "latin" for c in text if c.isalpha()}


def test_workbook_has_a_title_and_a_hidden_sheet(demo):
    book = python_calamine.CalamineWorkbook.from_path(demo[0] / "lists" / "press.xlsx")
    assert [(s.name, str(s.visible)) for s in book.sheets_metadata] == [
        ("Reports", "SheetVisibleEnum.Visible"),
        ("internal", "SheetVisibleEnum.Hidden"),
    ]
    born = {type(row[4]) for row in book.get_sheet_by_name("Reports").to_python()[3:]}
    assert born == {str, float}  # full dates and gaps are text, years are numbers


def test_same_seed_same_bytes_in_any_process(demo, tmp_path):
    script = "import sys, pathlib; from uncounted.simulate import write_demo; write_demo(pathlib.Path(sys.argv[1]))"
    other = tmp_path / "again"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", script, str(other)], check=True, env=environment)
    assert _hashes(other) == _hashes(demo[0])
    assert len(_hashes(other)) == 6


def test_other_seed_other_bytes(demo, tmp_path):
    write_demo(tmp_path / "other", seed=1)
    here, there = _hashes(demo[0]), _hashes(tmp_path / "other")
    assert here.keys() == there.keys()
    assert not set(here.values()) & set(there.values())


def test_written_over_an_earlier_demo_but_over_nothing_else(tmp_path):
    folder = tmp_path / "demo"
    write_demo(folder, seed=1, n_people=300)
    write_demo(folder, seed=2, n_people=300)
    assert DemoTruth.load(folder / "truth.json").seed == 2
    foreign = tmp_path / "mine"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        write_demo(foreign, n_people=300)
    assert caught.value.code == "P95"
    assert [p.name for p in foreign.iterdir()] == ["notes.txt"]
    with pytest.raises(ProjectError) as caught:
        write_demo(foreign / "notes.txt", n_people=300)
    assert caught.value.code == "P95"


def test_a_file_that_cannot_be_written_leaves_nothing_half_there(tmp_path, monkeypatch):
    whole = Path.write_bytes

    def full_disk(self, data):
        if "lawyers" in self.name:
            whole(self, data[:100])
            raise OSError(28, "No space left on device")
        return whole(self, data)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(ProjectError) as caught:
        write_demo(tmp_path / "demo", n_people=300)
    assert caught.value.code == "P96"
    left = {p.name for p in (tmp_path / "demo").rglob("*") if p.is_file()}
    assert not any("part" in name or "lawyers" in name or name == "truth.json" for name in left)


def test_truth_round_trip(demo, tmp_path):
    folder, truth = demo
    assert DemoTruth.load(folder / "truth.json") == truth
    truth.save(tmp_path / "copy.json")
    assert (tmp_path / "copy.json").read_bytes() == (folder / "truth.json").read_bytes()
    line, person = next(iter(truth.persons["press"].items()))
    assert truth.person_of(["press"], [line]).tolist() == [person]
    with pytest.raises(KeyError):
        truth.person_of(["press"], [1])


def test_fast_enough(tmp_path):
    started = time.process_time()
    write_demo(tmp_path / "demo", seed=5)
    assert time.process_time() - started < 3.0
