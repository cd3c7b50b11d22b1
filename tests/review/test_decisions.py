import csv
import hashlib
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.errors import DecisionError
from uncounted.records.records import RECORD_SCHEMA, Records
from uncounted.review import (
    DecisionLog,
    NewDecision,
    append_decision,
    current_decisions,
    decided_pairs,
    export_decisions,
    import_decisions,
    read_log,
    verify_chain,
)
from uncounted.review.codes import CODES
from uncounted.review.decisions import CHAIN_START, JUDGEMENTS, ORIGINS, Decision, from_row, link, to_row
from uncounted.review.exchange import (
    HEADER,
    HEADER_WITHOUT_ROWS,
    OLD_HEADER,
    csv_to_decisions,
    decisions_to_csv,
    neutralise,
    restore,
)
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
    append_decision(store, "a:1", "b:2", "different", by="r ", at=AT, why="=cmd()|' /C calc'!A0")
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
        {"origin": "queue"},
        {"origin": ""},
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
        [{"origin": "queue"}, {"origin": "queue", "by": "Q", "supersedes": 1}],  # another reviewer's
        [{"origin": "queue"}, {"origin": "adjudication", "supersedes": 1}],  # one made in another role
        [{"judgement": "withdrawn"}],  # nothing to withdraw
        [{}, {"judgement": "withdrawn", "supersedes": 1}, {"supersedes": 2}],  # a withdrawal
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
        {"origin": "guess"},
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
    found = decided_pairs(current, records("y", "b:2", "a:1", "c:3", "x"))
    assert found.same == ((0, 4),)
    assert found.different == ((1, 2),)
    assert found.missing == ()
    # Delivered anew, without record x: its decision stays in the log and is reported.
    found = decided_pairs(current, records("y", "b:2", "a:1"))
    assert (found.same, found.different) == ((), ((1, 2),))
    assert [r.numbers for r in found.missing] == [(2,), (4,)]


def test_two_people_who_contradict_each_other_leave_the_pair_open():
    log = chain({}, {"judgement": "different", "by": "Q"})
    verify_chain(log)
    found = decided_pairs(log, records("a:1", "b:1"))
    assert (found.same, found.different, found.missing) == ((), (), ())


# -- CSV --------------------------------------------------------------------------------------------------------------
def test_export_and_import_give_the_same_log(store, tmp_path):
    log = four(store)
    export_decisions(log, tmp_path / "d.csv")
    with Store.create(tmp_path / "other", kind="plain") as other:
        assert import_decisions(other, tmp_path / "d.csv", bind=None) == 4
        assert read_log(other) == log
        assert import_decisions(other, tmp_path / "d.csv", bind=None) == 0
        append_decision(other, "new", "pair", "same", by="R", at=AT)
        export_decisions(read_log(other), tmp_path / "d.csv")
    assert import_decisions(store, tmp_path / "d.csv", bind=None) == 1
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("d.csv", "other") and "d" in p.stem] == []


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
                import_decisions(other, path, bind=None)
            assert read_log(other) == ()
        assert caught.value.code == "D02"
        assert caught.value.where == f"d.csv, row {row}"


def test_logs_that_went_apart_are_not_mixed(store, tmp_path):
    export_decisions(four(store), tmp_path / "d.csv")
    with Store.create(tmp_path / "other", kind="plain") as other:
        append_decision(other, "a:1", "b:2", "different", by="R", at=AT)
        with pytest.raises(DecisionError) as caught:
            import_decisions(other, tmp_path / "d.csv", bind=None)
        assert caught.value.code == "D05"
        assert len(read_log(other)) == 1
    append_decision(store, "p", "q", "same", by="R", at=AT)  # the store is ahead of the file
    with pytest.raises(DecisionError) as caught:
        import_decisions(store, tmp_path / "d.csv", bind=None)
    assert caught.value.code == "D05"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "D03"),
        (b"name,date\nx,y\n", "D03"),
        (b"\xff\xfe\x00", "D03"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n1,a\n", "D03"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n1,a,b,same,R,2026-01-01,,,x\n", "D03"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\none,a,b,same,R,2026-01-01,,,,x\n", "D03"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b'\n1,a,b,"same,R,2026-01-01,,,,x\n', "D03"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n1,a,b,perhaps,R,2026-01-01,,,,x\n", "D01"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n1,a,b,same,R,2026-01-01,,guess,,x\n", "D01"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n1,a,b,same queue,R,2026-01-01,,,,x\n", "D03"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n1,a,b,same,R,2026-01-01,,queue,,x\n", "D02"),
        (",".join(OLD_HEADER).encode() + b"\n1,a,b,same,R,2026-01-01,,,x\n", "D02"),
        (",".join(HEADER_WITHOUT_ROWS).encode() + b"\n\n", "D03"),
    ],
)
def test_other_files_are_refused(data, code):
    with pytest.raises(DecisionError) as caught:
        csv_to_decisions(data, "d.csv")
    assert caught.value.code == code
    assert "d.csv" in caught.value.where


def test_files_that_cannot_be_read_or_written(store, tmp_path):
    with pytest.raises(DecisionError) as caught:
        import_decisions(store, tmp_path / "none.csv", bind=None)
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
            st.sampled_from(JUDGEMENTS[:3]),
            st.sampled_from(ORIGINS),
        ),
        max_size=5,
    )
)
def test_any_text_survives_the_csv(entries):
    log = chain(
        *(
            {"why": why, "by": by, "judgement": j, "right": f"b:{i}", "origin": o}
            for i, (why, by, j, o) in enumerate(entries)
        )
    )
    assert csv_to_decisions(decisions_to_csv(log), "d.csv").log == log


def test_codes_are_explained_and_used():
    source = "".join(p.read_text() for p in (Path(__file__).parents[2] / "src/uncounted/review").rglob("*.py"))
    assert all(code.startswith("D") for code in CODES)
    for code in CODES:
        assert f'code="{code}"' in source


# -- entries of before `origin` was recorded --------------------------------------------------------------------------
OLD_CSV = (
    b'"number","left","right","judgement","by","at","why","supersedes","chain_hash"\n'
    b'1,"a:1","b:1","same","R","2026-01-02T03:04:05","","",'
    b'"@1"\n2,"a:1","b:1","different","Q","2026-01-02T03:04:05","","1","@2"\n'
)


def old_log() -> tuple[Decision, ...]:
    """Return a log as it was written before: nine fields in the hash, and any reviewer may supersede any other."""
    log, before = [], CHAIN_START
    for number, judgement, by, old in ((1, "same", "R", None), (2, "different", "Q", 1)):
        fields = (before, number, "a:1", "b:1", judgement, by, AT, "", old)
        text = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
        before = hashlib.sha256(text.encode("ascii")).hexdigest()
        log.append(
            Decision(
                number=number, left="a:1", right="b:1", judgement=judgement, by=by, at=AT, supersedes=old,
                chain_hash=before,
            )
        )  # fmt: skip
    return tuple(log)


def test_a_file_without_origins_is_read_and_goes_on(store, tmp_path):
    log = old_log()
    data = OLD_CSV.replace(b"@1", log[0].chain_hash.encode()).replace(b"@2", log[1].chain_hash.encode())
    assert csv_to_decisions(data, "d.csv").log == log
    (tmp_path / "d.csv").write_bytes(data)
    assert import_decisions(store, tmp_path / "d.csv", bind=None) == 2
    assert current_decisions(read_log(store)) == log[1:]
    entry = append_decision(store, "a:1", "b:1", "unsure", by="Q", at=AT)
    assert (entry.supersedes, entry.origin) == (2, "chosen")
    export_decisions(read_log(store), tmp_path / "new.csv")
    assert csv_to_decisions((tmp_path / "new.csv").read_bytes(), "new.csv").log == (*log, entry)


def test_the_hash_of_an_entry_is_what_it_was():
    # Written down once: whoever changes the form of the hash makes every log of before unreadable.
    assert old_log()[1].chain_hash == chain({}, {"judgement": "different", "by": "Q", "supersedes": 1})[1].chain_hash


def test_judgement_and_origin_share_a_column_of_the_store():
    for origin in ORIGINS:
        (entry,) = chain({"origin": origin})
        assert from_row(to_row(entry)) == entry
    for word in ("same ", "same guess", "queue", "same  queue", "", "same queue queue"):
        with pytest.raises(DecisionError) as caught:
            from_row(replace(to_row(chain({})[0]), judgement=word))
        assert caught.value.code == "D01"


# -- the open log -----------------------------------------------------------------------------------------------------
def test_each_reviewer_supersedes_only_their_own(store):
    log = DecisionLog(store)
    log.append("a", "b", "same", by="AK", at=AT, origin="queue")
    log.append("b", "a", "different", by="LM", at=AT, origin="second")
    again = log.append("a", "b", "unsure", by=" ak", at=AT, origin="chosen")
    ruling = log.append("a", "b", "same", by="AK", at=AT, origin="adjudication")
    assert (again.supersedes, again.by, ruling.supersedes) == (1, "ak", None)
    assert [d.number for d in current_decisions(log.entries)] == [2, 3, 4]
    assert read_log(store) == log.entries


def test_a_withdrawal_takes_back_and_nothing_is_removed(store):
    log = DecisionLog(store)
    first = log.append("a", "b", "same", by="AK", at=AT, origin="queue")
    back = log.withdraw(first, by="AK", at=AT)
    assert (back.judgement, back.supersedes, back.origin) == ("withdrawn", 1, "queue")
    assert current_decisions(log.entries) == ()
    with pytest.raises(DecisionError) as caught:
        log.withdraw(first, by="AK", at=AT)
    assert caught.value.code == "D04"
    with pytest.raises(DecisionError) as caught:
        log.append("a", "b", "withdrawn", by="AK", at=AT)
    assert caught.value.code == "D04"
    anew = log.append("a", "b", "different", by="AK", at=AT, origin="queue")
    assert anew.supersedes is None
    verify_chain(log.entries)
    assert len(read_log(store)) == 3
    with pytest.raises(DecisionError) as caught:
        log.append("a", "b", "withdrawn", by="LM", at=AT)
    assert caught.value.code == "D04"
    assert len(read_log(store)) == 3


def test_several_are_written_all_or_none(store):
    log = DecisionLog(store)
    good = NewDecision(left="a", right="b", judgement="same", by="AK", at=AT)
    with pytest.raises(DecisionError):
        log.append_all([good, replace(good, right="a")])
    assert log.entries == read_log(store) == ()
    made = log.append_all([good, replace(good, right="c"), replace(good, judgement="unsure")])
    assert [d.supersedes for d in made] == [None, None, 1]
    verify_chain(read_log(store))


def test_what_another_hand_wrote_in_between_is_read_first(store):
    log = DecisionLog(store)
    log.append("a", "b", "same", by="AK", at=AT)
    append_decision(store, "a", "c", "same", by="LM", at=AT)
    assert log.append("a", "c", "different", by="LM", at=AT).supersedes == 2
    assert len(read_log(store)) == 3


def test_a_file_put_in_the_stores_place_is_noticed(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as store:
        log = DecisionLog(store)
        log.append("a", "b", "same", by="AK", at=AT)
        copy = (tmp_path / "s").read_bytes()
        (tmp_path / "s").rename(tmp_path / "away")
        for data in (None, copy):
            if data is not None:
                (tmp_path / "s").write_bytes(data)
            with pytest.raises(DecisionError) as caught:
                log.append("a", "c", "same", by="AK", at=AT)
            assert caught.value.code == "D08"
        assert len(log) == 1


def test_a_long_log_is_no_slower_than_a_reviewer(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as store:
        log = DecisionLog(store)
        log.append_all(
            [NewDecision(left=f"a:{k}", right=f"b:{k}", judgement="same", by="AK", at=AT) for k in range(10_000)]
        )
        began = time.process_time()
        for k in range(10):
            log.append(f"c:{k}", f"d:{k}", "same", by="AK", at=AT)
        assert (time.process_time() - began) / 10 < 0.1
