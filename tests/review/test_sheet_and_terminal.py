"""The same queue in a spreadsheet and in a terminal."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hostile_names import NAMES
from review_room import AT, invented_names, list_specs, records, scored, sources_of
from rich.console import Console

from uncounted.errors import DecisionError
from uncounted.linkage import Clusterings
from uncounted.review import Cards, DecisionLog, ReviewQueue, opinion_of, read_log
from uncounted.review.sheet import read_sheet, sheet_bytes, sheet_header, write_sheet
from uncounted.review.terminal import LineKeys, review_in_terminal
from uncounted.store import Store

PAIRS = [(0, 1), (0, 2), (1, 2), (4, 5), (6, 7)]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as opened:
        yield opened


def room(store, names, edges, *, by="AK", mode="first"):
    found, pairs = records(names), scored(len(names), edges)
    queue = ReviewQueue(DecisionLog(store), ids=found.table["record_id"].to_pylist(), pairs=pairs,
                        order=range(len(edges)), by=by, mode=mode)  # fmt: skip
    labels = np.zeros(len(names), dtype=np.int64)
    cards = Cards(found, list_specs(), sources_of(found), Clusterings(point=labels, draws=labels[None, :]))
    return queue, cards, pairs


def filled(path, answers, *, delimiter=",", encoding="utf-8-sig"):
    """Fill a sheet as a spreadsheet would: {row: (judgement, note)}, rows from 2."""
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    place = {name: rows[0].index(name) for name in ("judgement", "note")}
    for row, (judgement, note) in answers.items():
        rows[row - 1][place["judgement"]], rows[row - 1][place["note"]] = judgement, note
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(sink.getvalue().encode(encoding))


# -- the sheet --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_a_sheet_there_and_back(store, tmp_path, delimiter, encoding):
    queue, cards, _ = room(store, invented_names(8), PAIRS)
    path = tmp_path / "sheet.csv"
    assert write_sheet(queue, cards, path) == 5
    assert path.stat().st_mode & 0o077 == 0
    filled(path, {2: ("Same", "'=note"), 5: ("d", ""), 6: (" UNSURE ", "x\ny")}, delimiter=delimiter, encoding=encoding)
    done = read_sheet(queue, path, at=AT)
    assert (len(done.made), done.n_empty, done.n_known) == (3, 2, 0)
    assert [(d.left, d.right, d.judgement, d.why, d.by, d.origin) for d in read_log(store)] == [
        ("courts:0", "press:1", "same", "=note", "AK", "queue"),
        ("courts:4", "press:5", "different", "", "AK", "queue"),
        ("courts:6", "press:7", "unsure", "x\ny", "AK", "queue"),
    ]
    assert [t.pair for t in queue.open_tasks()] == [("courts:0", "courts:2"), ("courts:2", "press:1")]
    again = read_sheet(queue, path, at=AT)
    assert (again.made, again.n_known) == ((), 3)


def test_a_sheet_shows_nothing_of_the_model(store):
    queue, cards, _ = room(store, invented_names(8), PAIRS)
    text = sheet_bytes(queue.open_tasks(), cards).decode("utf-8-sig")
    assert text.startswith('"left","right","judgement","note"')
    assert not any(word in text for word in ("match", "prob", "weight", "0.2"))
    assert "01.01.60 [1960-01-01]" in text
    assert len(next(csv.reader(io.StringIO(text)))) == len(sheet_header())


def test_no_cell_of_a_sheet_runs_or_hides(store):
    names = [*NAMES, "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1", "plain"]
    queue, cards, _ = room(store, names, [(k, k + 1) for k in range(0, len(names) - 1, 2)])
    text = sheet_bytes(queue.open_tasks(), cards).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == len(names) // 2 + 1
    for row in rows:
        assert len(row) == len(sheet_header())
        for cell in row:
            assert not cell.startswith(DANGEROUS)
            assert "\u202e" not in cell
            assert "\x00" not in cell


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ({2: ("maybe", "")}, "D12", "row 2: the judgement must be"),
        ({2: ("same", ""), 3: ("perhaps", ""), 6: ("?", "")}, "D12", "row 6"),
        ({2: ("same", ""), 3: ("same", ""), 4: ("different", "")}, "D09", "courts:0 = courts:2 = press:1"),
    ],
)
def test_a_wrong_sheet_records_nothing(store, tmp_path, answers, code, words):
    queue, cards, _ = room(store, invented_names(8), PAIRS)
    write_sheet(queue, cards, tmp_path / "sheet.csv")
    filled(tmp_path / "sheet.csv", answers)
    with pytest.raises(DecisionError) as caught:
        read_sheet(queue, tmp_path / "sheet.csv", at=AT)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert caught.value.where == "sheet.csv"
    assert not any(name.split()[0] in str(caught.value) for name in invented_names(8))
    assert read_log(store) == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "columns is needed"),
        (b"left,right,judgement\r\na,b,same\r\n", "columns is needed"),
        (b"left,right,judgement,note,note\r\n", "columns is needed"),
        ("left,right,judgement,note\r\na,b,same,é\r\n".encode("cp1252"), "UTF-8"),
        (b'left,right,judgement,note\r\n"a,b,same,\r\n', "CSV"),
        (b"left,right,judgement,note\r\ncourts:0,press:1,same,\r\npress:1,courts:0,same,\r\n", "same two records"),
        (b"left,right,judgement,note\r\ncourts:0,press:99,same,\r\n", "no pair that waits"),
        (b"left,right,judgement,note\r\ncourts:0,courts:0,same,\r\n", "no pair that waits"),
    ],
)
def test_other_files_are_no_sheets(store, tmp_path, data, words):
    queue, _, _ = room(store, invented_names(8), PAIRS)
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(DecisionError) as caught:
        read_sheet(queue, tmp_path / "x.csv", at=AT)
    assert caught.value.code == "D12"
    assert words in str(caught.value)
    assert read_log(store) == ()


def test_a_sheet_that_is_not_there(store, tmp_path):
    queue, cards, _ = room(store, invented_names(8), PAIRS)
    for act in (lambda: read_sheet(queue, tmp_path / "no.csv", at=AT),
                lambda: write_sheet(queue, cards, tmp_path / "no" / "x.csv")):  # fmt: skip
        with pytest.raises(DecisionError) as caught:
            act()
        assert caught.value.code == "D06"


def test_rows_left_short_sorted_and_removed(store, tmp_path):
    queue, _, _ = room(store, invented_names(8), PAIRS)
    (tmp_path / "x.csv").write_bytes(
        b"note,judgement,right,left\r\n,same,courts:6,press:7\r\n,,\r\n\r\nwhy,d,press:5,courts:4\r\n"
    )
    assert [d.pair for d in read_sheet(queue, tmp_path / "x.csv", at=AT).made] == [
        ("courts:6", "press:7"), ("courts:4", "press:5")]  # fmt: skip


# -- the terminal -----------------------------------------------------------------------------------------------------
def at_terminal(store, keys, *, names=None, edges=PAIRS, mode="first", by="AK", note="my note"):
    queue, cards, pairs = room(store, names or invented_names(8), edges, mode=mode, by=by)
    screen = io.StringIO()
    typed = iter(keys)
    made = review_in_terminal(
        queue, cards, lambda k: opinion_of(pairs, k),
        console=Console(file=screen, width=100, force_terminal=True, color_system=None),
        read_key=lambda: next(typed, ""), read_line=lambda _prompt: note, now=lambda: AT,
    )  # fmt: skip
    return made, screen.getvalue()


def test_keys_at_the_terminal(store):
    made, screen = at_terminal(store, "?ns" + "u" + "z" + "d" + "q")
    assert [(d.judgement, d.why) for d in made] == [("same", "my note"), ("unsure", ""), ("withdrawn", ""),
                                                    ("different", "")]  # fmt: skip
    assert read_log(store) == made
    assert "The list of courts, line 2" in screen
    before, after = screen.split("You said same.", 1)
    assert "The model" not in before
    assert "The model: 20 % one person" in after
    made, screen = at_terminal(store, "jskyЫ")  # goes on after the break; a Russian keyboard too
    assert [d.judgement for d in made] == ["same", "same"]
    made, screen = at_terminal(store, "sss")
    assert "All done" in screen
    assert at_terminal(store, "zzzzzzzzq")[1].count("no decision of yours") >= 1


def test_the_terminal_shows_no_control_characters(store):
    _, screen = at_terminal(store, "s" * 100, names=NAMES, edges=[(k, k + 1) for k in range(0, len(NAMES) - 1, 2)])
    assert "All done" in screen
    plain = screen.replace("\x1b[0m", "").replace("\n", "")
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in plain)
    assert not any(c in plain for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff")
    assert "U+202E" in plain


def test_the_adjudicator_at_the_terminal_sees_answers_without_names(store):
    log = DecisionLog(store)
    for by, judgement, origin in (("Firstling", "same", "queue"), ("Otherone", "different", "second")):
        log.append("courts:0", "press:1", judgement, by=by, at=AT, why=f"{judgement} because", origin=origin)
    made, screen = at_terminal(store, "s", mode="adjudicate", by="ED")
    assert "A reviewer said different: different because" in screen
    assert "Firstling" not in screen
    assert [d.origin for d in made] == ["adjudication"]


def test_the_terminal_shows_the_ids_of_both_records(store):
    _, screen = at_terminal(store, "q")
    head = screen.partition("The list of courts")[0]
    assert "courts:0" in head
    assert "press:1" in head


def keys_of(text: str) -> tuple[str, list[str]]:
    lines, told = io.StringIO(text), []
    read = LineKeys(lines.readline, told.append)
    return "".join(iter(read, "")), told


def test_piped_keys_are_all_taken_or_the_line_is_refused_aloud():
    assert keys_of("sdu\ns d\nq\n") == ("sdusdq", [])
    assert keys_of("ывг") == ("ывг", [])  # S, D, U on a Russian keyboard
    for line in ("same", "different", "nx", "ns", "sd!"):
        taken, told = keys_of(f"{line}\ns\n")
        assert (taken, len(told)) == ("s", 1)
    assert keys_of("?\n\nS\n") == ("?\ns", [])


def test_a_note_follows_on_the_next_line(store):
    queue, cards, pairs = room(store, invented_names(8), PAIRS)
    lines = io.StringIO("n\nseen the file\nsd\nq\n")
    made = review_in_terminal(
        queue, cards, lambda k: opinion_of(pairs, k), console=Console(file=io.StringIO(), width=100),
        read_key=LineKeys(lines.readline, print), read_line=lambda _: lines.readline(), now=lambda: AT,
    )  # fmt: skip
    assert [(d.judgement, d.why) for d in made] == [("same", "seen the file"), ("different", "")]


def test_names_and_notes_that_command_a_screen_are_refused(store, tmp_path):
    queue, cards, _ = room(store, invented_names(8), PAIRS)
    write_sheet(queue, cards, tmp_path / "sheet.csv")
    filled(tmp_path / "sheet.csv", {2: ("s", ""), 3: ("d", "a\x1b[2Jb")})
    for act in (
        lambda: read_sheet(queue, tmp_path / "sheet.csv", at=AT),
        lambda: queue.decide(queue.open_tasks()[0], "same", at=AT, why="a\x07b"),
        lambda: room(store, invented_names(8), PAIRS, by="A\u202eK"),
    ):
        with pytest.raises(DecisionError) as caught:
            act()
        assert caught.value.code == "D01"
        assert "\x1b" not in str(caught.value)
    assert len(queue.log) == 0
    entry = queue.decide(queue.open_tasks()[0], "same", at=AT, why="two\r\nlines\t\u202bکتاب")
    assert entry.why == "two\r\nlines\t\u202bکتاب"
