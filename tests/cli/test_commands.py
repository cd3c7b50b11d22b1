"""Commands as a user types them: results on stdout, talk on stderr, one exit code for each kind of end."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from uncounted.cli.main import main_inner

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))

from small_project import write_list, write_project_file, write_small_project

Capture = pytest.CaptureFixture[str]


def uncounted(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from uncounted.cli.main import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_published_and_estimate(capsys: Capture) -> None:
    assert main_inner(["published"]) == 0
    assert "kosovo" in capsys.readouterr().out
    assert main_inner(["estimate", "published:kosovo", "--estimators", "loglinear"]) == 0
    out = capsys.readouterr()
    assert "10,357" in out.out
    assert "4,400 people are documented" in out.out
    assert main_inner(["estimate", "published:kosovo", "--estimators", "loglinear", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    best = next(e for e in answer["estimates"] if e["estimator"] == "loglinear-best")
    assert round(best["n_total"], 1) == 10356.5


def test_uk_is_refused_a_point_and_says_why(capsys: Capture) -> None:
    assert main_inner(["estimate", "published:uk", "--estimators", "loglinear", "--why"]) == 1
    out = capsys.readouterr().out
    assert "Verdict: range only" in out
    assert "do not choose between them" in out
    assert "R6" in out


def test_counts_from_a_file(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "counts.csv"
    file.write_text("a,b,count\n1,0,170\n0,1,120\n1,1,30\n", encoding="utf-8")
    assert main_inner(["estimate", str(file), "--independent", "--report", str(tmp_path / "page.html")]) == 0
    assert "978" in capsys.readouterr().out
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert main_inner(["estimate", str(file)]) == 1
    assert "range only" in capsys.readouterr().out
    file.write_text("a,b,count\n1,0,170\n0,1,120\n1,1,0\n", encoding="utf-8")
    assert main_inner(["estimate", str(file), "--independent"]) in (1, 4)
    assert "Verdict: estimate" not in capsys.readouterr().out
    file.write_text("a,count\n1,170\n", encoding="utf-8")
    assert main_inner(["estimate", str(file)]) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["estimate", "published:kosova"], 2, "Did you mean 'kosovo'"),
        (["estimate", "nothing.csv"], 3, "no file 'nothing.csv'"),
        (["estmate"], 2, "Did you mean 'estimate'"),
        (["estimate", "published:kosovo", "--choice", "loglinear-averag"], 2, "loglinear-average"),
        (["run", "."], 2, "uncounted.toml"),
        (["explain", "S0"], 2, "Did you mean"),
        (["init", "--from", "missing.csv"], 2, "missing.csv"),
    ],
)
def test_mistakes_on_the_command_line(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main_inner(arguments) == code
    out = capsys.readouterr()
    assert words in out.err
    assert out.out == ""
    assert "Traceback" not in out.err


def test_init_check_run_on_own_lists(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_small_project(tmp_path / "p", n_people=250)
    (project.folder / "uncounted.toml").unlink()
    monkeypatch.chdir(project.folder)
    assert main_inner(["init", "--from", "lista.csv", "listb.csv", "listc.csv"]) == 0
    text = Path("uncounted.toml").read_text(encoding="utf-8")
    assert 'event = "Left"' in text or "Left" in text
    assert main_inner(["init"]) == 2
    Path("uncounted.toml").write_text(text.replace('store = "encrypted"', 'store = "plain"'), encoding="utf-8")
    capsys.readouterr()
    assert main_inner(["check"]) == 0
    out = capsys.readouterr().out
    assert "rows" in out
    assert "rejected" in out
    assert main_inner(["run"]) in (0, 1)
    assert Path("report.html").exists()
    assert main_inner(["link", "--json"]) == 0
    captured = capsys.readouterr()
    assert "Reused: pairs" in captured.err
    assert main_inner(["decide", "lista:2", "listb:2", "different", "--by", "AK", "--export", "decisions.csv"]) == 0
    assert "decisions: 1" in capsys.readouterr().out
    assert main_inner(["decide", "lista:2", "listb:99999", "same", "--by", "AK"]) == 5
    assert "listb:99999" in capsys.readouterr().err
    assert main_inner(["link", "--unsure", "3"]) == 0
    assert "Least sure pairs" in capsys.readouterr().out
    assert main_inner(["estimate", ".", "--level", "0.8"]) == 2
    assert "--level" in capsys.readouterr().err


def test_encrypted_store_and_wrong_passphrase(tmp_path: Path, capsys: Capture) -> None:
    project = write_small_project(tmp_path / "p", n_people=120, store="encrypted")
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    assert main_inner(["passphrase"]) == 0
    right.write_text(capsys.readouterr().out, encoding="utf-8")
    wrong.write_text("not these words\n", encoding="utf-8")
    assert main_inner(["link", str(project.folder)]) == 2  # no terminal to ask at
    assert "P91" in capsys.readouterr().err
    assert main_inner(["link", str(project.folder), "--passphrase-file", str(right)]) == 0
    capsys.readouterr()
    data = (project.folder / "uncounted.store").read_bytes()
    assert b"SQLite format 3" not in data
    assert b"Northport" not in data
    assert main_inner(["link", str(project.folder), "--passphrase-file", str(wrong)]) == 2
    err = capsys.readouterr().err
    assert "wrong passphrase" in err
    assert "Traceback" not in err
    assert (project.folder / "uncounted.store").read_bytes() == data


def test_bad_lists_each_have_their_words(tmp_path: Path, capsys: Capture) -> None:
    def fresh(name: str) -> Path:
        return write_small_project(tmp_path / name, n_people=80).folder

    folder = fresh("gone")
    (folder / "lista.csv").unlink()
    assert main_inner(["check", str(folder)]) in (2, 3)
    assert "lista.csv" in capsys.readouterr().err

    folder = fresh("encoding")
    (folder / "lista.csv").write_bytes(
        "Name,Born,Left,Town\nСоколов Антон,1990-01-05,2023-03-03,Север\n".encode("cp1251")
    )
    assert main_inner(["check", str(folder)]) == 3
    err = capsys.readouterr().err
    assert "cp1251" in err
    assert "Соколов" not in err

    folder = fresh("ragged")
    with (folder / "lista.csv").open("a", encoding="utf-8") as out:
        out.write("Hiddenname Anton,1990-01-05\n")
    assert main_inner(["check", str(folder)]) == 0
    out_text = capsys.readouterr().out
    assert "1 rejected" in out_text
    assert "Hiddenname" not in out_text

    folder = fresh("column")
    text = (folder / "uncounted.toml").read_text(encoding="utf-8")
    (folder / "uncounted.toml").write_text(text.replace('event = "Left"', 'event = "Lefd"'), encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 3
    assert "Left" in capsys.readouterr().err

    folder = fresh("empty")
    (folder / "lista.csv").write_text("Name,Born,Left,Town\n", encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 3
    assert "lista" in capsys.readouterr().err

    folder = fresh("key")
    (folder / "uncounted.toml").write_text(text.replace("seed = 7", "sead = 7"), encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 2
    err = capsys.readouterr().err
    assert "sead" in err
    assert "seed" in err


def test_one_list_two_lists_no_overlap_and_copies(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "one", n_people=150, chances=(0.6,)).folder
    assert main_inner(["run", str(folder)]) == 4
    assert "refused" in capsys.readouterr().out

    folder = write_small_project(tmp_path / "apart", n_people=300, chances=(1.0, 0.0)).folder
    lines = (folder / "lista.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "lista.csv").write_text("".join(lines[:150]), encoding="utf-8")
    (folder / "listb.csv").write_text("".join([lines[0], *lines[150:]]), encoding="utf-8")
    assert main_inner(["run", str(folder)]) in (1, 4)
    assert "Verdict: estimate" not in capsys.readouterr().out

    folder = tmp_path / "copies"
    folder.mkdir()
    from datetime import date

    row = ("Doruman Anton", date(1990, 1, 5), date(2023, 3, 3), "Northport")
    for name in ("lista", "listb"):
        write_list(folder / f"{name}.csv", [row] * 40)
    write_project_file(folder, ["lista", "listb"])
    assert main_inner(["run", str(folder)]) in (1, 3, 4)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert "Verdict: estimate" not in captured.out


def test_dates_outside_the_period_are_counted(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "p", n_people=150).folder
    text = (folder / "uncounted.toml").read_text(encoding="utf-8")
    (folder / "uncounted.toml").write_text(text.replace("to = 2023-12-31", "to = 2023-06-30"), encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 0
    assert "outside" in capsys.readouterr().out
    assert main_inner(["estimate", str(folder)]) in (0, 1)


def test_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A file system of 300 kB where we may mount one, else a limit on file sizes: the store cannot be written."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)], capture_output=True, check=False
    )
    try:
        folder = write_small_project(small / "p", n_people=150).folder

        def limit() -> None:
            if mounted.returncode:
                resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        done = uncounted("run", str(folder), preexec_fn=limit, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert "disk" in done.stderr
        assert mounted.returncode or "disk is full" in done.stderr
        assert not (folder / "report.html").exists()
        shutil.copytree(folder, tmp_path / "roomy")
        again = uncounted("run", str(tmp_path / "roomy"))
        assert again.returncode in (0, 1), again.stderr
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", str(small)], check=True)


def test_a_bug_of_ours_shows_no_data(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    from uncounted import captures

    def broken() -> None:
        raise RuntimeError("Secretname Anton")

    monkeypatch.setattr(captures, "published_tables", broken)
    assert main_inner(["published"]) == 70
    err = capsys.readouterr().err
    assert "Secretname" not in err
    assert "RuntimeError at test_commands.py" in err


def test_explain_doctor_schema(capsys: Capture) -> None:
    assert main_inner(["explain", "R6"]) == 0
    assert "R6" in capsys.readouterr().out
    assert main_inner(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["list"]
    assert main_inner(["doctor", "--json"]) in (0, 1)
    names = {f["what"] for f in json.loads(capsys.readouterr().out)}
    assert {"splink", "encrypted store", "free disk here"} <= names
    assert main_inner(["--version"]) == 0


def test_ctrl_c_ends_with_130_and_a_rerun_goes_on(tmp_path: Path) -> None:
    folder = write_small_project(tmp_path / "p", n_people=400).folder
    for stage in ("Training", "Scoring"):
        command = [sys.executable, "-u", "-c", "from uncounted.cli.main import main; main()", "run", str(folder)]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert running.stderr is not None
        said = ""
        for line in running.stderr:
            said += line
            if stage in line:
                running.send_signal(signal.SIGINT)
                break
        _, rest = running.communicate(timeout=60)
        assert running.returncode == 130, said + rest
        assert "Stopped" in rest
        assert "fault of uncounted" not in rest
    assert uncounted("run", str(folder)).returncode in (0, 1)


def test_init_takes_a_mistyped_file_for_a_file(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_small_project(tmp_path / "p", n_people=50).folder
    (folder / "uncounted.toml").unlink()
    monkeypatch.chdir(folder)
    assert main_inner(["init", "--from", "lista.csv", "listbb.csv", "listc.csv"]) == 2
    assert "Did you mean 'listb.csv'" in capsys.readouterr().err
    assert not (folder / "listbb.csv").exists()
    assert main_inner(["init", "lista.csv"]) == 2
    assert "--from lista.csv" in capsys.readouterr().err


def test_check_finds_what_a_run_would_stumble_over(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "p", n_people=120).folder
    toml = folder / "uncounted.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text + '[assumption]\nchoice = "loglinear-avrage"\n', encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 2
    err = capsys.readouterr().err
    assert "[assumption] choice" in err
    assert "loglinear-average" in err
    toml.write_text(text.replace("[linkage]", "[list.covers]\nfrom = 2023-06-01\n[linkage]"), encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 3
    assert "line" in capsys.readouterr().err
    toml.write_text(text.replace('birth = "Born"', 'birth = "Town"', 1), encoding="utf-8")
    assert main_inner(["check", str(folder)]) == 0
    assert "Warning: List 'lista'" in capsys.readouterr().out


def test_models_are_listed_with_those_that_have_no_estimate(capsys: Capture) -> None:
    assert main_inner(["models", "published:artificial3"]) == 0
    shown = capsys.readouterr().out
    assert "A*C + B*C  [13,23]" in shown
    assert "no estimate: not unique" in shown
    assert "8 models, 4 without" in shown
    assert main_inner(["models", "published:artificial3", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8
    assert main_inner(["models", "published:kosovo"]) == 0
    assert "The first 20 are shown" in capsys.readouterr().out


def test_estimators_can_be_asked_for_and_drawn(tmp_path: Path, capsys: Capture) -> None:
    picture = tmp_path / "all.svg"
    arguments = ["estimate", "published:kosovo", "--estimators", "decomposable", "--estimators", "chapman:EXH,ABA"]
    assert main_inner([*arguments, "--picture", str(picture), "--why"]) == 0
    out = capsys.readouterr()
    assert "Average of the decomposable graphs" in out.out
    assert "12,595" in out.out
    assert "and 1 of pairs and subsets of lists: --all" in out.out
    assert "R17 agreement between families of models: ok" in out.out
    assert "    Average of the decomposable graphs: 9,827 to 16,544" in out.out  # evidence of R17
    assert "R14 lists held out: ok" in out.out
    assert "… estimating: decomposable\n" in out.err
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert "12,595" in picture.read_text(encoding="utf-8")
    assert main_inner([*arguments, "--picture", str(tmp_path / "no" / "all.svg")]) == 2
    err = capsys.readouterr().err
    assert "the picture could not be written" in err
    assert "R01" in err
    assert main_inner(["estimate", "published:kosovo", "--estimators", "decomposible"]) == 2
    assert "Did you mean 'decomposable'" in capsys.readouterr().err


def test_options_of_tables_are_refused_for_a_project(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "p", n_people=50).folder
    assert main_inner(["estimate", str(folder), "--estimators", "chao"]) == 2
    assert "--estimators" in capsys.readouterr().err


def test_lists_are_held_out(tmp_path: Path, capsys: Capture) -> None:
    assert main_inner(["hold-out", "published:kosovo"]) == 0
    out = capsys.readouterr()
    assert "inside the interval in 3 of 4 cases" in out.out
    assert "… holding out: ABA" in out.err
    rows = [line.split() for line in out.out.splitlines() if line.startswith("ABA")]
    assert rows[0][:3] == ["ABA", "1,528", "683"]
    assert rows[0][-2:] == ["no", "loglinear-average"]
    assert main_inner(["hold-out", "published:kosovo", "--estimators", "chao", "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert {row["list"] for row in held["rows"]} == {"EXH", "ABA", "OSCE", "HRW"}
    assert {row["estimator"] for row in held["rows"]} == {"chao", "chao-unequal"}
    assert held["summaries"][0]["n_covered"] == 4
    file = tmp_path / "two.csv"
    file.write_text("a,b,count\n1,0,170\n0,1,120\n1,1,30\n", encoding="utf-8")
    assert main_inner(["hold-out", str(file)]) == 4
    err = capsys.readouterr().err
    assert "E37" in err
    assert "Traceback" not in err


def test_a_project_holds_out_its_own_lists(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "p", n_people=250).folder
    assert main_inner(["hold-out", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].startswith("lista")
    assert "Of 4 linkage draws the one with the middle number of people was used." in out


LOG = "times,people\n1,1645\n2,183\n3,37\n4,13\n5,1\n6,1\n"


def test_one_log_with_repeats(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "log.csv"
    file.write_text(LOG, encoding="utf-8")
    assert main_inner(["repeats", str(file), "--why"]) == 1  # a range is all that one log gives
    out = capsys.readouterr().out
    assert "1,880 people appear in the log" in out
    assert "Verdict: range only." in out
    assert "7,080" in out  # the truncated Poisson total
    assert "1 to 2: 0.22" in out
    assert "people seen again: 235" in out
    file.write_text("\ufeffpeople;times\n183;2\n\n1645;1\n37;3\n13;4\n1;5\n1;6\n0;7\n", encoding="utf-8")
    assert main_inner(["repeats", str(file), "--json", "--stops-after-first", "--name", "register"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["n_listed"] == 1880
    assert answer["stops_after_first"] is True
    assert [x for x, _ in answer["frequencies"]] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("times,persons\n1,5\n", "C25", "two columns, 'times' and 'people'"),
        ("times,people\n", "C23", "no line under the header"),
        ("", "C23", "no line under the header"),
        ("times,people\n0,5\n", "C26", "line 2"),
        ("times,people\n1,5\n\n2,4.5\n", "C26", "line 4"),
        ("times,people\n1,Secretname\n", "C26", "a whole number of people"),
        ("times,people\n1,5,3\n", "C26", "line 2"),
        ("times,people\n1,5\n1,4\n", "C26", "an earlier line"),
        ('times,people\n1,"5\n', "C22", "not a readable CSV"),
        ("times,people\n1,0\n", "E41", "nobody is in the log"),
    ],
)
def test_a_bad_log_is_told_in_words(tmp_path: Path, capsys: Capture, text: str, code: str, words: str) -> None:
    file = tmp_path / "log.csv"
    file.write_text(text, encoding="utf-8")
    assert main_inner(["repeats", str(file)]) == 3
    err = capsys.readouterr().err
    assert code in err
    assert words in err
    assert "Secretname" not in err
    assert "Traceback" not in err


def test_a_log_that_is_not_there_or_not_text(tmp_path: Path, capsys: Capture) -> None:
    assert main_inner(["repeats", str(tmp_path / "none.csv")]) == 3
    assert "there is no such file" in capsys.readouterr().err
    (tmp_path / "log.csv").write_bytes("times,people\n1,5é\n".encode("latin-1"))
    assert main_inner(["repeats", str(tmp_path / "log.csv")]) == 3
    assert "not UTF-8" in capsys.readouterr().err
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    assert main_inner(["repeats", str(tmp_path / "log.csv"), "--estimators", "repeats:zeltermann"]) == 2
    assert "Did you mean 'repeats:zelterman'" in capsys.readouterr().err


def test_without_a_terminal_each_step_is_one_line(capsys: Capture) -> None:
    from uncounted.cli.talk import progress_bar

    with progress_bar() as progress:
        for k, name in enumerate(("chapman", "chapman", "chao")):
            progress(f"estimating: {name} ({k + 1} of 3)", k / 3)
    assert capsys.readouterr().err == "… estimating: chapman\n… estimating: chao\n"


def test_on_a_terminal_one_bar_shows_the_latest_step(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from uncounted.cli.talk import progress_bar

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar() as progress:
        progress("reading the lists", 0.0)
        progress("estimating: chapman (1 of 2)", 0.0)
        progress("estimating: chao (2 of 2)", 0.5)
    drawn = screen.getvalue()
    assert "estimating: chao (2 of 2)" in drawn
    last = drawn[drawn.rindex("reading the lists") :]
    assert last.count("estimating") == 1  # the step is named in place, not below
    assert "50 %" in last


def test_check_shows_everything_before_it_says_what_would_stop_a_run(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "p", n_people=60).folder
    file = folder / "uncounted.toml"
    text = file.read_text(encoding="utf-8")
    first = text.index("[[list]]")
    second = text.index("[[list]]", first + 1)
    covers = '[list.covers]\nfrom = "2023-01-01"\nto = "2023-01-02"\n'
    file.write_text(text[:second] + covers + text[second:], encoding="utf-8")
    assert main_inner(["check", str(folder)]) != 0
    out = capsys.readouterr()
    assert "rows" in out.out
    assert "C11" in out.err
    assert "Next:" not in out.out


def test_records_with_too_little_in_them_are_listed_by_id(tmp_path: Path, capsys: Capture) -> None:
    folder = write_small_project(tmp_path / "p", n_people=60).folder
    file = folder / "lista.csv"
    file.write_text(file.read_text(encoding="utf-8") + "Newman,,,\n", encoding="utf-8")
    n_lines = len(file.read_text(encoding="utf-8").splitlines())
    assert main_inner(["link", str(folder), "--unlinkable", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unlinkable"] == [f"lista:{n_lines}"]
    assert main_inner(["link", str(folder), "--unlinkable"]) == 0
    assert capsys.readouterr().out.endswith(f"  lista:{n_lines}\n")
