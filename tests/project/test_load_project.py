"""The project file: what loads, and how each mistake is told."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from uncounted.errors import ProjectError
from uncounted.project import ProjectFileErrors, load_project, template
from uncounted.project.model import Project

GOOD = """\
[project]
name = "Unit leavers"
population = "People who left their units in 2022."
from = "2022"
to = 2022-12-31
store = "plain"
seed = 7
nobody_covers = ["those abroad"]

[[list]]
name = "court"
file = "court.csv"
encoding = "windows-1251"
delimiter = "tab"
date_formats = ["%d.%m.%Y", "%Y"]
[list.columns]
name = " ФИО "
birth = "Дата рождения"
sex = "Пол"
[list.covers]
from = "2022-03"
to = "2022-04"
places = ["North", "South"]

[[list]]
name = "press"
title = "Press reports"
file = "sub/press.xlsx"
sheet = "Log"
header_row = 3
built_from = ["court"]
[list.columns]
surname = "Surname"

[estimate]
strata = ["sex"]
claims = [1000, 2500.5]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("court.csv", "sub/press.xlsx"):
        (tmp_path / name).write_text("x")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    file = folder / "uncounted.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(folder: Path, text: str) -> dict[str, tuple[int, str]]:
    """Return path → (line, message) of all mistakes."""
    with pytest.raises(ProjectFileErrors) as caught:
        load_project(write(folder, text))
    assert caught.value.exit_code == 2
    return {m.path: (m.line, str(m)) for m in caught.value.mistakes}


def line_of(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.split("\n"), start=1) if line.startswith(start))


def test_everything_is_filled_in(folder: Path) -> None:
    project = load_project(write(folder, GOOD))
    assert (project.start, project.end) == (date(2022, 1, 1), date(2022, 12, 31))
    assert (project.store, project.seed, project.nobody_covers) == ("plain", 7, ("those abroad",))
    assert project.estimate.claims == (1000.0, 2500.5)
    court, press = project.lists
    assert court.columns == (("name", "ФИО"), ("birth", "Дата рождения"), ("sex", "Пол"))
    assert (court.encoding, court.delimiter, court.title) == ("cp1251", "\t", "court")
    assert (court.covers.start, court.covers.end) == (date(2022, 3, 1), date(2022, 4, 30))
    assert court.covers.places == ("North", "South")
    assert (press.sheet, press.header_row, press.built_from, press.title) == ("Log", 3, ("court",), "Press reports")
    assert press.file == (folder / "sub" / "press.xlsx").resolve()
    assert court.line == line_of(GOOD, "[[list]]")
    assert project.folder == folder.resolve()


def test_single_estimators_can_be_named(folder: Path) -> None:
    ids = ("chao", "chao-unequal", "marginal:court,press", "loglinear:[12,3]")
    text = GOOD.replace("[estimate]", f"[estimate]\nestimators = {list(ids)}")
    assert load_project(write(folder, text)).estimate.estimators == ids


def test_every_family_can_be_named_and_no_other(folder: Path) -> None:
    from uncounted.estimation import GROUPS
    from uncounted.project.values import ESTIMATOR_FAMILIES

    assert set(ESTIMATOR_FAMILIES) == set(GROUPS)
    text = GOOD.replace("[estimate]", f"[estimate]\nestimators = {list(GROUPS)}")
    assert load_project(write(folder, text)).estimate.estimators == GROUPS
    found = mistakes(folder, GOOD.replace("[estimate]", '[estimate]\nestimators = ["shrinkag"]'))
    assert "Did you mean 'shrinkage'" in found["estimate.estimators[1]"][1]


def test_what_is_known_besides_the_lists(folder: Path) -> None:
    assert load_project(write(folder, GOOD)).background.documented == ()
    text = (
        GOOD + "[background]\nsubtractive = true\nlink_precision = 0.97\nlink_recall = 1\nstay_days = inf\n"
        'people_leave = false\nduplicates_share = 0.0\n[background.documented]\n"m" = 1500\nf = 0\n'
    )
    known = load_project(write(folder, text)).background
    assert known.documented == (("m", 1500), ("f", 0))
    assert (known.subtractive, known.link_precision, known.link_recall) == (True, 0.97, 1.0)
    assert (known.stay_days, known.people_leave, known.duplicates_share) == (float("inf"), False, 0.0)


@pytest.mark.parametrize(
    ("section", "path", "words"),
    [
        ("stay_days = 0", "background.stay_days", "a number above 0"),
        ("stay_days = nan", "background.stay_days", "a number above 0"),
        ("link_recall = 90", "background.link_recall", "a number at most 1"),
        ("duplicates_share = -0.1", "background.duplicates_share", "a number at least 0"),
        ('people_leave = "no"', "background.people_leave", "true or false, without quotes"),
        ("documented = 1500", "background.documented", "a table of strata and numbers"),
        ('documented = { m = "many" }', "background.documented.m", "a whole number"),
        ("documented = { m = -1 }", "background.documented.m", "a number at least 0"),
        ("link_precison = 0.9", "background.link_precison", "Did you mean 'link_precision'"),
        ("window_days = 90", "background.window_days", "unknown key 'window_days'"),
    ],
)
def test_mistakes_in_what_is_known_besides(folder: Path, section: str, path: str, words: str) -> None:
    text = GOOD + "[background]\n" + section + "\n"
    line, told = mistakes(folder, text)[path]
    assert line == line_of(text, section.partition(" =")[0])
    assert words in told


def test_documented_people_need_strata_or_all(folder: Path) -> None:
    without = GOOD.replace('strata = ["sex"]', "strata = []")
    found = mistakes(folder, without + '[background]\ndocumented = { "2022" = 5 }\n')
    assert "there is no stratum '2022', because [estimate] strata is empty" in found["background.documented.2022"][1]
    fine = load_project(write(folder, without + "[background]\ndocumented = { all = 5 }\n"))
    assert fine.background.documented == (("all", 5),)


def test_folder_stands_for_its_project_file(folder: Path) -> None:
    write(folder, GOOD)
    assert load_project(folder) == load_project(folder / "uncounted.toml")


def test_same_whether_with_byte_order_mark_and_windows_line_ends(folder: Path) -> None:
    plain = load_project(write(folder, GOOD))
    (folder / "uncounted.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_project(folder) == plain


def test_template_loads_once_its_files_exist(tmp_path: Path) -> None:
    write(tmp_path, template())
    with pytest.raises(ProjectFileErrors) as caught:
        load_project(tmp_path)
    assert [m.path for m in caught.value.mistakes] == ["list[1].file", "list[2].file"]
    for name in ("list_a.csv", "list_b.csv"):
        (tmp_path / name).write_text("x")
    project = load_project(tmp_path)
    # What the template writes out are the defaults, so that deleting a line changes nothing.
    bare = Project(
        name=project.name,
        population=project.population,
        unit="person",
        lists=project.lists,
        path=project.path,
        folder=project.folder,
    )
    assert project == bare


ONE_MISTAKE = [
    ('name = "Unit leavers"', "name = 3", "project.name", "a text in quotes"),
    ("seed = 7", "seed = -1", "project.seed", "at least 0"),
    ("seed = 7", "seed = true", "project.seed", "a whole number"),
    ("seed = 7", "seed = 1.5", "project.seed", "a whole number"),
    ("seed = 7", "sed = 7", "project.sed", "Did you mean 'seed'?"),
    ("seed = 7", "threshold = 0.7", "project.threshold", "belongs under [linkage]"),
    ('store = "plain"', 'store = "plane"', "project.store", "Did you mean 'plain'?"),
    ('from = "2022"', 'from = "2023-01"', "project.from", "ends before"),
    ('from = "2022"', 'from = "24.02.2022"', "project.from", "2022-02-24"),
    ('from = "2022"', "from = 2022-01-01T10:00:00", "project.from", "without a time"),
    ("to = 2022-12-31", 'to = "2022-02-30"', "project.to", "28 days"),
    ("to = 2022-12-31", 'to = "0000"', "project.to", "2022-02-24"),
    ('name = "court"', 'name = "co:urt"', "list[1].name", "a letter, then letters"),
    ('name = "press"', 'name = "COURT"', "list[2].name", "also that of [[list]] 1"),
    ('file = "court.csv"', 'file = "cuort.csv"', "list[1].file", "Did you mean 'court.csv'?"),
    ('file = "sub/press.xlsx"', 'file = "sub/pres.xlsx"', "list[2].file", "Did you mean 'sub/press.xlsx'?"),
    ('file = "court.csv"', 'file = "sub"', "list[1].file", "a folder or device"),
    ('encoding = "windows-1251"', 'encoding = "windows-12251"', "list[1].encoding", "an encoding such as"),
    ('encoding = "windows-1251"', 'encoding = "rot13"', "list[1].encoding", "an encoding such as"),
    ('encoding = "windows-1251"', 'encoding = "ANSI"', "list[1].encoding", "cp1252 on a western one"),
    ('delimiter = "tab"', 'delimiter = ";;"', "list[1].delimiter", "one character"),
    ('delimiter = "tab"', 'sheet = "x"', "list[1].sheet", "no sheets"),
    ('sheet = "Log"', 'encoding = "utf-8"', "list[2].encoding", "has no encoding"),
    ('date_formats = ["%d.%m.%Y", "%Y"]', 'date_formats = ["%d.%m"]', "list[1].date_formats[1]", "with a year"),
    ('date_formats = ["%d.%m.%Y", "%Y"]', 'date_formats = ["%Q %Y"]', "list[1].date_formats[1]", "%Q"),
    ('date_formats = ["%d.%m.%Y", "%Y"]', "date_formats = []", "list[1].date_formats", "at least one"),
    ('date_formats = ["%d.%m.%Y", "%Y"]', 'date_formats = "%Y"', "list[1].date_formats", "square brackets"),
    ('name = " ФИО "', 'nme = "ФИО"', "list[1].columns.nme", "Did you mean 'name'?"),
    ('surname = "Surname"', 'given = "Given"', "list[2].columns", "no column holds a name"),
    ('from = "2022-03"', 'from = "2022-05"', "list[1].covers.from", "ends before"),
    ('to = "2022-04"', 'too = "2022-04"', "list[1].covers.too", "Did you mean 'to'?"),
    ('from = "2022-03"\nto = "2022-04"', 'from = "2023"', "list[1].covers.from", "can hold nobody"),
    ('from = "2022-03"\nto = "2022-04"', 'to = "2021"', "list[1].covers.to", "can hold nobody"),
    ('places = ["North", "South"]', 'places = ["North", ""]', "list[1].covers.places[2]", "not empty"),
    ("header_row = 3", "header_row = 0", "list[2].header_row", "at least 1"),
    ('built_from = ["court"]', 'built_from = ["cuort"]', "list[2].built_from[1]", "Did you mean 'court'?"),
    ('built_from = ["court"]', 'built_from = ["press"]', "list[2].built_from[1]", "itself"),
    ('strata = ["sex"]', 'strata = ["sxe"]', "estimate.strata[1]", "Did you mean 'sex'?"),
    ('strata = ["sex"]', 'strata = ["kind"]', "estimate.strata[1]", "no list maps one"),
    ('strata = ["sex"]', 'strata = ["sex", "sex"]', "estimate.strata[2]", "stands twice"),
    ('strata = ["sex"]', 'estimators = ["chapmann"]', "estimate.estimators[1]", "Did you mean 'chapman'?"),
    ('strata = ["sex"]', "max_order = 2", "estimate.max_order", "below the number of lists"),
    ('strata = ["sex"]', "level = 95", "estimate.level", "below 1"),
    ("claims = [1000, 2500.5]", "claims = [0]", "estimate.claims[1]", "above 0"),
    ("claims = [1000, 2500.5]", "claims = [inf]", "estimate.claims[1]", "finite"),
    ("[estimate]", "[estimates]", "estimates", "Did you mean 'estimate'?"),
    (
        "[estimate]",
        '[records]\noff = ["nickname", "femnine"]\n[estimate]',
        "records.off[2]",
        "Did you mean 'feminine'?",
    ),
    ("[estimate]", '[records]\noff = ["no-name"]\n[estimate]', "records.off[1]", "would be one person"),
    ("[estimate]", '[gazetteer]\nfile = "court.cvs"\n[estimate]', "gazetteer.file", "Did you mean 'court.csv'?"),
    ("[estimate]", '[gazetteer]\nfiel = "court.csv"\n[estimate]', "gazetteer.fiel", "Did you mean 'file'?"),
]


@pytest.mark.parametrize(("old", "new", "path", "words"), ONE_MISTAKE)
def test_each_mistake_with_its_line(folder: Path, old: str, new: str, path: str, words: str) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    found = mistakes(folder, text)
    assert path in found
    line, message = found[path]
    assert words in message
    is_header_mistake = path == "list[2].columns"
    expected = text[: text.index("[list.columns]\ngiven")].count("\n") + 1 if is_header_mistake else None
    changed = text[: text.index(new)].count("\n") + 1
    # The mistake stands on the changed lines; a missing name is told at its table.
    assert line == expected if is_header_mistake else changed <= line <= changed + new.count("\n")


def test_all_mistakes_at_once_in_order_of_lines(folder: Path) -> None:
    text = GOOD
    for old, new in (
        ("seed = 7", "sed = 7"),
        ('store = "plain"', 'store = "x"'),
        ('name = "press"', 'name = "court"'),
        ('built_from = ["court"]', 'built_from = ["nobody"]'),
        ("header_row = 3", 'header_row = "3"'),
        ("[estimate]", '[publish]\nround_to = 0\n[linkage]\ndraws = 0\nthreshold = "x"\n[estimate]'),
    ):
        text = text.replace(old, new)
    with pytest.raises(ProjectFileErrors) as caught:
        load_project(write(folder, text))
    assert len(caught.value.mistakes) == 8
    lines = [m.line for m in caught.value.mistakes]
    assert lines == sorted(lines)
    assert str(caught.value).count("\n  line ") == 8


@pytest.mark.parametrize("section", ["list = 3", 'list = ["x"]', "list = []", "[list]\nname = 'x'", ""])
def test_no_lists_or_wrong_shape(folder: Path, section: str) -> None:
    head = "list = []\n" if section == "list = []" else ""
    tail = "" if head else section
    if tail and not tail.startswith("["):
        head, tail = tail + "\n", ""
    found = mistakes(folder, f'{head}[project]\nname = "a"\npopulation = "b"\n{tail}')
    assert any(path.startswith("list") for path in found)


def test_required_keys_are_named(folder: Path) -> None:
    found = mistakes(folder, '[project]\nunit = "person"\n[[list]]\nname = "a"\n')
    assert {"project.name", "project.population", "list[1].file", "list[1].columns"} <= set(found)
    assert found["list[1].file"][0] == 3


SYNTAX = [
    ('[project]\nname = "a\n', 2, "a quotation mark is not closed."),
    ('[project]\nname = "a', 2, "a quotation mark is not closed."),
    ("[project]\nname = a\n", 2, ""),
    ('[project]\nname = "c:\\Users"\n', 2, "write /"),
    ('[project]\nname = "a"\nname = "b"\n', 3, "a key stands twice."),
    ("[project\n", 1, ""),
    ('[project]\nnobody_covers = ["a",\n', 3, ""),
]


@pytest.mark.parametrize(("text", "line", "hint"), SYNTAX)
def test_no_toml(tmp_path: Path, text: str, line: int, hint: str) -> None:
    with pytest.raises(ProjectFileErrors) as caught:
        load_project(write(tmp_path, text))
    assert caught.value.code == "P02"
    assert caught.value.mistakes[0].line == line
    assert hint in str(caught.value)


def test_project_file_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "uncounted.toml").write_bytes('[project]\nname = "Имя"\n'.encode("cp1251"))
    with pytest.raises(ProjectFileErrors) as caught:
        load_project(tmp_path)
    assert (caught.value.code, caught.value.mistakes[0].line) == ("P02", 2)


def test_no_project_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path)
    assert caught.value.code == "P01"
    (tmp_path / "uncounted.toml").write_text("")
    with pytest.raises(ProjectError, match=r"Did you mean 'uncounted.toml'\?"):
        load_project(tmp_path / "uncoutned.toml")
    with pytest.raises(ProjectError):
        load_project(tmp_path / "no folder" / "uncounted.toml")


def test_files_need_not_exist_on_request(folder: Path) -> None:
    file = write(folder, GOOD)
    (folder / "court.csv").unlink()
    assert load_project(file, files_must_exist=False).lists[0].name == "court"


def test_importing_the_room_does_not_import_pydantic() -> None:
    code = "import sys, uncounted.project; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
