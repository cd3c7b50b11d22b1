"""`uncounted review` as a user starts and stops it."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from review_room import Visitor

from uncounted.cli.main import main_inner
from uncounted.project import load_project
from uncounted.review import DecisionLog, NewDecision, read_log
from uncounted.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))

from small_project import write_small_project

AT = "2026-01-02T03:04:05+00:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_project(tmp_path_factory.mktemp("review") / "p", n_people=120).folder


def log_of(folder: Path):
    with Store.open(folder / "uncounted.store") as store:
        return read_log(store)


@pytest.mark.parametrize(
    "options",
    [["--second", "--adjudicate", "--by", "A"], ["--terminal"], ["--sheet", "x.csv"],
     ["--terminal", "--sheet", "x.csv", "--by", "A"], ["-n", "0"]],
)  # fmt: skip
def test_options_that_do_not_fit(folder: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main_inner(["review", str(folder), *options]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_by_sheet_second_look_and_adjudication(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sheet(by: str, judgement: str, *mode: str) -> dict:
        path = tmp_path / f"{by}.csv"
        assert main_inner(["review", str(folder), "--by", by, "--sheet", str(path), "-n", "60", *mode]) == 0
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(row | {"judgement": judgement} for row in rows)
        capsys.readouterr()
        assert main_inner(["review", str(folder), "--by", by, "--from-sheet", str(path), "--json", "-n", "60",
                           *mode]) == 0  # fmt: skip
        return json.loads(capsys.readouterr().out)

    first = sheet("AK", "unsure")
    assert (first["decided"], first["unsure"], first["waiting"]) == (60, 60, 0)
    second = sheet("LM", "different", "--second")
    assert 1 <= second["decided"] < 30
    assert second["to_adjudicate"] == second["judged_twice"] == second["decided"]
    assert second["kappa"] == 0.0
    ruling = sheet("ED", "different", "--adjudicate")
    assert (ruling["decided"], ruling["to_adjudicate"]) == (second["decided"], 0)
    assert {d.origin for d in log_of(folder)} == {"queue", "second", "adjudication"}
    assert main_inner(["link", str(folder)]) == 0


def test_contradictions_are_settled_before_anything_is_linked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ("lista:2", "listb:2", "listc:2")
    with Store.open(folder / "uncounted.store") as store:
        log = DecisionLog(store)
        log.append_all(
            [NewDecision(left=a, right=b, judgement=j, by="AK", at=AT)
             for a, b, j in ((ids[0], ids[1], "same"), (ids[1], ids[2], "same"), (ids[0], ids[2], "different"))]
        )  # fmt: skip
    assert main_inner(["link", str(folder)]) == 5
    said = capsys.readouterr().err
    assert "D09" in said
    assert all(one in said for one in ids)
    assert main_inner(["review", str(folder), "--by", "AK", "--terminal"]) == 5
    monkeypatch.setattr("uncounted.review.terminal.single_keys", _keys("s", "d", "d", "q"))
    assert main_inner(["review", str(folder), "--by", "ED", "--adjudicate", "--terminal"]) == 0
    assert "These pairs come first" in capsys.readouterr().err
    assert main_inner(["link", str(folder)]) == 0
    capsys.readouterr()
    assert main_inner(["decide", ids[0], ids[1], "withdrawn", "--by", "LM", "--project", str(folder)]) == 5
    assert "D04" in capsys.readouterr().err
    assert main_inner(["decide", ids[0], ids[1], "withdrawn", "--by", "ak", "--project", str(folder)]) == 0


def _keys(*keys: str):
    from contextlib import contextmanager

    @contextmanager
    def given(_tell):
        waiting = iter(keys)
        yield lambda: next(waiting, "")

    return given


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as on Unix")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_page_ends_in_order_and_loses_nothing(folder: Path, end: signal.Signals) -> None:
    before = len(log_of(folder))
    command = [sys.executable, "-m", "uncounted.cli", "review", str(folder), "--by", "QQ", "--no-open"]
    if not (Path(sys.modules["uncounted.cli"].__file__).parent / "__main__.py").exists():
        command[1:3] = ["-c", "from uncounted.cli.main import main; main()"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        link = ""
        while not link:
            line = process.stderr.readline()
            assert line, "it ended before it printed the link"
            link = (re.search(r"http://127\.0\.0\.1:\d+/\S+", line) or [""])[0]
        server = type("Server", (), {"port": int(re.search(r":(\d+)/", link)[1]), "link": link})
        visit = Visitor(server)
        visit.enter(link)
        number = re.search(r'name="pair" value="(\d+)"', visit.get().body)[1]
        assert visit.post("/decide", pair=number, judgement="same").status == 303
        process.send_signal(end)
        out, said = process.communicate(timeout=20)
    assert "Traceback" not in said
    log = log_of(folder)
    assert (len(log), log[-1].by, log[-1].judgement) == (before + 1, "QQ", "same")
    if end != signal.SIGKILL:
        assert process.returncode == 0
        assert out.startswith("1 pair decided (1 same, 0 different, 0 unsure)")
    assert load_project(folder).lists  # the project is as it was
