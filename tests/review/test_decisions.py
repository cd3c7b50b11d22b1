import csv
import io
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.errors import DecisionError
from uncounted.records.records import RECORD_SCHEMA, Records
from uncounted.review import (
    append_decision,
    as_record_pairs,
    current_decisions,
    export_decisions,
    import_decisions,
    read_log,
    verify_chain,
)
from uncounted.review.codes import CODES
from uncounted.review.decisions import CHAIN_START, JUDGEMENTS, Decision, link
from uncounted.review.exchange import HEADER, csv_to_decisions, decisions_to_csv, neutralise, restore
from uncounted.store import Store

AT = "2026-01-02T03:04:05"


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as opened:
        yield opened


def chain(*entries: dict) -> tuple[Decision, ...]:
    """Return a log in which every hash holds, whatever the entries say."""
    log, before = [], CHAIN_START
    for number, entry in enumerate(entries, start=1):
        values = {"number": number, "left": "a:1", "right": "b:1", "judgement": "same", "by": "R", "at": AT, **entry}
        log.append(link(Decision(**values), before))
        before = log[-1].chain_hash
    return tuple(log)


def four(store: Store) -> tuple[Decision, ...]:
    append_decision(store, "b:2", "a:1", "same", by="R", at=AT, why="same birthday")
    append_decision(store, "a:1", "c:3", "unsure", by="R", at=AT)
    append_decision(store, "a:1", "b:2", "different", by="Q", at=AT, why="=cmd()|' /C calc'!A0")
    append_decision(store, "x", "y", "same", by="Q", at=AT, why='two\nlines, and a "quote"\r\n')
    return read_log(store)


# -- the log ----------------------------------------------------------------------------------------------------------
def test_a_log_grows_and_verifies(store):
    log = four(store)
    assert [(d.number, d.left, d.right, d.judgement, d.supersedes) for d in log] == [
        (1, "a:1", "b:2", "same", None),
        (2, "a:1", "c:3", "unsure", None),
        (3, "a:1", "b:2", "different", 1),
        (4, "x", "y", "same", None),
    ]
    verify_chain(log)
    assert len({d.chain_hash for d in log}) == 4
    assert [d.number for d in current_decisions(log)] == [2, 3, 4]


def test_a_log_survives_closing(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as store:
        log = four(store)
    with Store.open(tmp_path / "s") as store:
        assert read_log(store) == log
        append_decision(store, "a:1", "c:3", "same", by="R", at=AT)
        assert read_log(store)[-1].supersedes == 2


@pytest.mark.parametrize("number", [1, 3, 4])
@pytest.mark.parametrize(
    "change",
    [
        {"judgement": "unsure"},
        {"left": "a:0"},
        {"right": "z"},
        {"by": "Z"},
        {"at": "2026-01-03T00:00:00"},
        {"why": "?"},
        {"supersedes": 2},
        {"chain_hash": "0" * 64},
        {"number": 9},
    ],
)
def test_any_change_is_found_at_its_entry(store, number, change):
    log = list(four(store))
    log[number - 1] = replace(log[number - 1], **change)
    with pytest.raises(DecisionError) as caught:
        verify_chain(log)
    assert caught.value.code == "D02"
    assert caught.value.where == f"decision {number}"


def test_missing_doubled_and_exchanged_entries_are_found(store):
    log = four(store)
    for wrong in (log[1:], log[:1] + log[2:], (log[0], *log), (log[1], log[0], *log[2:])):
        with pytest.raises(DecisionError) as caught:
            verify_chain(wrong)
        assert caught.value.code == "D02"
    verify_chain(log[:2])  # the beginning of a log is a log
    verify_chain(())


def test_an_entry_cannot_be_moved_between_logs():
    one, other = chain({}, {"right": "b:2"}), chain({"judgement": "different"}, {"right": "b:2"})
    with pytest.raises(DecisionError):
        verify_chain((one[0], other[1]))


@pytest.mark.parametrize(
    "entries",
    [
        [{"supersedes": 1}],  # itself
        [{}, {"supersedes": 3}, {}],  # a later one
        [{}, {"right": "c:1", "supersedes": 1}],  # another pair
        [{}, {"supersedes": 1}, {"supersedes": 1}],  # one that is superseded
        [{"supersedes": 0}],
    ],
)
def test_superseding_must_make_sense(entries):
    with pytest.raises(DecisionError) as caught:
        verify_chain(chain(*entries))
    assert caught.value.code == "D04"


@pytest.mark.parametrize(
    "wrong",
    [
        {"left": "b:1"},
        {"left": ""},
        {"left": "c:1"},
        {"judgement": "maybe"},
        {"by": " "},
        {"at": "yesterday"},
    ],
)
def test_malformed_entries_are_refused(wrong):
    with pytest.raises(DecisionError) as caught:
        verify_chain(chain(wrong))
    assert caught.value.code == "D01"


def test_a_malformed_decision_is_not_written(store):
    for left, by, at in (("a", "R", AT), ("b", "", AT), ("b", "R", "now")):
        with pytest.raises(DecisionError):
            append_decision(store, "a", left, "same", by=by, at=at)
    assert read_log(store) == ()


# -- for linkage ------------------------------------------------------------------------------------------------------
def records(*ids: str) -> Records:
    table = pa.Table.from_pylist([{"record": i, "record_id": x} for i, x in enumerate(ids)], schema=RECORD_SCHEMA)
    return Records(table=table, lists=("a",), changes=())


def test_decisions_become_pairs_of_record_numbers(store):
    current = current_decisions(four(store))
    same, different, missing = as_record_pairs(current, records("y", "b:2", "a:1", "c:3", "x"))
    assert same == ((0, 4),)
    assert different == ((1, 2),)
    assert missing == ()
    # Delivered anew, without record x: its decision stays in the log and is reported.
    same, different, missing = as_record_pairs(current, records("y", "b:2", "a:1"))
    assert (same, different) == ((), ((1, 2),))
    assert [d.number for d in missing] == [2, 4]


def test_contradicting_decisions_are_refused():
    log = chain({}, {"judgement": "different"})
    verify_chain(log)
    with pytest.raises(DecisionError) as caught:
        as_record_pairs(current_decisions(log), records("a:1", "b:1"))
    assert caught.value.code == "D07"


# -- CSV --------------------------------------------------------------------------------------------------------------
def test_export_and_import_give_the_same_log(store, tmp_path):
    log = four(store)
    export_decisions(log, tmp_path / "d.csv")
    with Store.create(tmp_path / "other", kind="plain") as other:
        assert import_decisions(other, tmp_path / "d.csv") == 4
        assert read_log(other) == log
        assert import_decisions(other, tmp_path / "d.csv") == 0
        append_decision(other, "new", "pair", "same", by="R", at=AT)
        export_decisions(read_log(other), tmp_path / "d.csv")
    assert import_decisions(store, tmp_path / "d.csv") == 1
    assert not (tmp_path / "d.csv.new").exists()


def test_a_new_decision_is_a_new_line_at_the_end(store):
    before = decisions_to_csv(four(store))
    append_decision(store, "p", "q", "same", by="R", at=AT)
    after = decisions_to_csv(read_log(store))
    assert after.startswith(before)
    assert after[len(before) :].count(b"\n") == 1


def test_a_tampered_row_is_named(store, tmp_path):
    path = tmp_path / "d.csv"
    export_decisions(four(store), path)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    assert tuple(rows[0]) == HEADER
    for row in (2, 3, 5):
        changed = [list(r) for r in rows]
        changed[row - 1][3] = "same" if changed[row - 1][3] != "same" else "different"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(changed)
        with Store.create(tmp_path / f"s{row}", kind="plain") as other:
            with pytest.raises(DecisionError) as caught:
                import_decisions(other, path)
            assert read_log(other) == ()
        assert caught.value.code == "D02"
        assert caught.value.where == f"d.csv, row {row}"


def test_logs_that_went_apart_are_not_mixed(store, tmp_path):
    export_decisions(four(store), tmp_path / "d.csv")
    with Store.create(tmp_path / "other", kind="plain") as other:
        append_decision(other, "a:1", "b:2", "different", by="R", at=AT)
        with pytest.raises(DecisionError) as caught:
            import_decisions(other, tmp_path / "d.csv")
        assert caught.value.code == "D05"
        assert len(read_log(other)) == 1
    append_decision(store, "p", "q", "same", by="R", at=AT)  # the store is ahead of the file
    with pytest.raises(DecisionError) as caught:
        import_decisions(store, tmp_path / "d.csv")
    assert caught.value.code == "D05"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "D03"),
        (b"name,date\nx,y\n", "D03"),
        (b"\xff\xfe\x00", "D03"),
        (",".join(HEADER).encode() + b"\n1,a\n", "D03"),
        (",".join(HEADER).encode() + b"\none,a,b,same,R,2026-01-01,,,x\n", "D03"),
        (",".join(HEADER).encode() + b'\n1,a,b,"same,R,2026-01-01,,,x\n', "D03"),
        (",".join(HEADER).encode() + b"\n1,a,b,perhaps,R,2026-01-01,,,x\n", "D01"),
        (",".join(HEADER).encode() + b"\n1,a,b,same,R,2026-01-01,,,x\n", "D02"),
        (",".join(HEADER).encode() + b"\n\n", "D03"),
    ],
)
def test_other_files_are_refused(data, code):
    with pytest.raises(DecisionError) as caught:
        csv_to_decisions(data, "d.csv")
    assert caught.value.code == code
    assert "d.csv" in caught.value.where


def test_files_that_cannot_be_read_or_written(store, tmp_path):
    with pytest.raises(DecisionError) as caught:
        import_decisions(store, tmp_path / "none.csv")
    assert caught.value.code == "D06"
    with pytest.raises(DecisionError) as caught:
        export_decisions(four(store), tmp_path / "no" / "d.csv")
    assert caught.value.code == "D06"
    broken = [*four(store)[:3], replace(four(store)[3], why="changed")]
    with pytest.raises(DecisionError) as caught:
        export_decisions(tuple(broken), tmp_path / "d.csv")
    assert caught.value.code == "D02"
    assert not (tmp_path / "d.csv").exists()


PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "''",
    "'",
    "plain",
    "",
]


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_cell_runs_in_a_spreadsheet(text):
    (log,) = (chain({"why": text, "by": text or "R", "left": text or "'"} | {"right": "～"}),)
    cells = next(r for r in list(csv.reader(io.StringIO(decisions_to_csv(log).decode(), newline="")))[1:])
    for cell in cells:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert restore(neutralise(text)) == text


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=("Cs",))),
            st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(lambda t: t.strip()),
            st.sampled_from(JUDGEMENTS),
        ),
        max_size=5,
    )
)
def test_any_text_survives_the_csv(entries):
    log = chain(*({"why": why, "by": by, "judgement": j, "right": f"b:{i}"} for i, (why, by, j) in enumerate(entries)))
    assert csv_to_decisions(decisions_to_csv(log), "d.csv") == log


def test_codes_are_explained_and_used():
    source = "".join(p.read_text() for p in (Path(__file__).parents[2] / "src/uncounted/review").glob("*.py"))
    assert sorted(CODES)[:7] == [f"D{n:02d}" for n in range(1, 8)]
    for code in CODES:
        assert f'code="{code}"' in source
