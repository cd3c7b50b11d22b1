import os
import random
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from uncounted.errors import StoreError
from uncounted.store import DecisionRow, Store
from uncounted.store import key as keys

PHRASE = "one two three four five six"
KINDS = ("encrypted", "plain")


def make(path: Path, kind: str) -> Store:
    phrase = PHRASE if kind == "encrypted" else None
    return Store.create(path, kind=kind, passphrase=phrase, _memory_exponent=6)


def reopen(path: Path, kind: str) -> Store:
    return Store.open(path, passphrase=PHRASE if kind == "encrypted" else None)


def decision(number: int) -> DecisionRow:
    return DecisionRow(
        number=number,
        left_id="a:1",
        right_id="b:2",
        judgement="same",
        decided_by="R",
        at="2026-01-02T03:04:05",
        why="",
        supersedes=None,
        chain_hash=f"{number:064d}",
    )


def contents(store: Store) -> tuple:
    stages = tuple((i, store.get_stage(i.stage, i.fingerprint)) for i in store.stages())
    return stages, store.sources(), store.decision_rows(), store.runs(), store.history("delivery:court")


def fill(store: Store) -> None:
    store.put_stage("records", "f1", {"table": random.Random(1).randbytes(30_000), "notes": b"{}"}, note="a note")
    store.put_stage("linkage", "f2", {"point": b"", "draws": random.Random(2).randbytes(9_000)})
    store.put_source("court", "f3", {"table": b"abc" * 1000}, file="court.csv", sha256="00", at="2026-01-02")
    store.append_decision_rows([decision(1), decision(2)])
    store.add_run("run-1", "2026-01-02", b'{"seed":1}')
    store.add_history("delivery:court", "00", "2026-01-02", random.Random(3).randbytes(6_000))


# -- keeping ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_everything_comes_back_after_closing(tmp_path, kind):
    path = tmp_path / "p.store"
    with make(path, kind) as store:
        fill(store)
        before = contents(store)
    with reopen(path, kind) as store:
        assert store.kind == kind
        assert contents(store) == before
        store.verify()
        assert store.get_stage("records", "f1")["notes"] == b"{}"
        assert store.get_stage("linkage", "f2")["point"] == b""
        assert store.get_stage("source:court", "f3") == {"table": b"abc" * 1000}
        assert store.get_stage("records", "other") is None
        assert [r.number for r in store.decision_rows()] == [1, 2]
    assert [p.name for p in tmp_path.iterdir()] == ["p.store"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_last_three_fingerprints_of_a_stage_stay(tmp_path):
    with make(tmp_path / "p", "plain") as store:
        for i in range(5):
            store.put_stage("s", f"f{i}", {"x": bytes([i])})
        store.put_stage("other", "f0", {"x": b"o"})
        assert [store.get_stage("s", f"f{i}") for i in range(5)] == [
            None,
            None,
            {"x": b"\2"},
            {"x": b"\3"},
            {"x": b"\4"},
        ]
        store.put_stage("s", "f3", {"x": b"new"})  # the same fingerprint again replaces, and pushes none out
        assert store.get_stage("s", "f3") == {"x": b"new"}
        assert store.get_stage("s", "f2") == {"x": b"\2"}
        assert store.get_stage("other", "f0") == {"x": b"o"}
        assert [(i.stage, i.n_bytes) for i in store.stages()] == [("s", 1), ("s", 1), ("other", 1), ("s", 3)]


def test_long_parts_are_cut_and_joined(tmp_path, monkeypatch):
    monkeypatch.setattr("uncounted.store.store._CHUNK", 1000)
    data = random.Random(3).randbytes(10_500)
    with make(tmp_path / "p", "plain") as store:
        store.put_stage("s", "f", {"x": data, "y": data[:1000]})
        assert store.get_stage("s", "f") == {"x": data, "y": data[:1000]}


def test_a_source_is_noted_at_first_contact_only(tmp_path):
    with make(tmp_path / "p", "plain") as store:
        for at, sha in (("2026-01-01", "aa"), ("2026-01-02", "aa"), ("2026-01-03", "bb")):
            store.put_source("court", f"fp-{sha}", {}, file="c.csv", sha256=sha, at=at)
        assert [(s.sha256, s.at) for s in store.sources()] == [("aa", "2026-01-01"), ("bb", "2026-01-03")]


def test_decisions_only_grow(tmp_path):
    with make(tmp_path / "p", "plain") as store:
        store.append_decision_rows([decision(1)])
        with pytest.raises(StoreError) as caught:
            store.append_decision_rows([decision(2), decision(4)])
        assert caught.value.code == "T13"
        assert len(store.decision_rows()) == 1  # all or none
        for statement in ("DELETE FROM decision", "UPDATE decision SET judgement = 'different'"):
            with pytest.raises(Exception, match="append only"):
                store._database.execute(statement)


def test_summary_says_when_nothing_is_encrypted(tmp_path):
    with make(tmp_path / "p", "plain") as store:
        assert "PLAIN" in store.summary
    with make(tmp_path / "e", "encrypted") as store:
        assert store.summary == "encrypted store"


def test_nothing_readable_stands_in_an_encrypted_file(tmp_path):
    needle = b"Ivan Example 1985-03-04"
    path = tmp_path / "e"
    with make(path, "encrypted") as store:
        store.put_stage("records", "f", {"x": needle * 100}, note=needle.decode())
    assert needle not in path.read_bytes()
    with make(tmp_path / "p", "plain") as store:
        store.put_stage("records", "f", {"x": needle * 100})
    assert needle in (tmp_path / "p").read_bytes()  # the search would have found it


# -- opening ----------------------------------------------------------------------------------------------------------
def test_wrong_passphrase(tmp_path, capfd):
    path = tmp_path / "e"
    make(path, "encrypted").close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(path, passphrase=PHRASE + "x")
    assert caught.value.code == "T01"
    assert "wrong passphrase or damaged file" in str(caught.value)
    assert PHRASE not in str(caught.value)
    assert path.read_bytes() == before
    assert capfd.readouterr() == ("", "")  # SQLCipher has a log of its own
    Store.open(path, passphrase="  one two  three four five six\n").close()  # blanks are not part of it


@pytest.mark.parametrize(("kind", "phrase"), [("encrypted", None), ("encrypted", "  "), ("plain", PHRASE)])
def test_passphrase_missing_or_not_wanted(tmp_path, kind, phrase):
    make(tmp_path / "s", kind).close()
    for call in (
        lambda: Store.open(tmp_path / "s", passphrase=phrase),
        lambda: Store.create(tmp_path / "new", kind=kind, passphrase=phrase),
    ):
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "T10"
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_files_that_are_no_stores(tmp_path):
    import sqlite3

    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / "none")
    assert caught.value.code == "T05"
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("name,date\n" * 1000)
    database = sqlite3.connect(tmp_path / "foreign")
    database.execute("CREATE TABLE t (a)")
    database.close()
    for name in ("empty", "text", "foreign"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(StoreError) as caught:
            Store.open(tmp_path / name)
        assert caught.value.code == "T03", name
        assert (tmp_path / name).read_bytes() == before


def test_create_never_writes_over_a_file(tmp_path):
    (tmp_path / "s").write_text("mine")
    with pytest.raises(StoreError) as caught:
        make(tmp_path / "s", "plain")
    assert caught.value.code == "T04"
    assert (tmp_path / "s").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_newer_store_is_refused(tmp_path):
    with make(tmp_path / "s", "plain") as store:
        store._database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / "s")
    assert caught.value.code == "T08"


def test_wide_permissions_are_narrowed(tmp_path):
    make(tmp_path / "s", "plain").close()
    (tmp_path / "s").chmod(0o644)
    Store.open(tmp_path / "s").close()
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_header_says_how_the_key_is_made():
    header = keys.new_header()
    assert keys.read_header(header.salt + b"rest") == header
    assert (2**header.memory_exponent, header.passes, header.lanes) == (256 * 1024, 3, 4)
    assert keys.new_header().salt != header.salt
    found = sum(
        keys.read_header(bytes(b ^ (x if i == at else 0) for i, b in enumerate(header.salt))) is not None
        for at in range(4, 16)
        for x in (1, 16, 128)
    )
    assert found <= 3  # the check byte lets one in 256 through; the derived key then differs


def test_real_cost_of_the_key(tmp_path):
    start = time.perf_counter()
    with Store.create(tmp_path / "s", kind="encrypted", passphrase=PHRASE) as store:
        took = time.perf_counter() - start
        store.put_stage("a", "f", {"x": b"1"})
    assert took > 0.1  # 256 MiB, three passes: nobody has a machine that does it in no time
    with Store.open(tmp_path / "s", passphrase=PHRASE) as store:
        assert store.get_stage("a", "f") == {"x": b"1"}


# -- one run at a time ------------------------------------------------------------------------------------------------
def test_second_opening_is_refused(tmp_path):
    with make(tmp_path / "s", "encrypted") as store:
        with pytest.raises(StoreError) as caught:
            reopen(tmp_path / "s", "encrypted")
        assert caught.value.code == "T02"
        assert f"process {os.getpid()}" in str(caught.value)
        store.put_stage("a", "f", {"x": b"1"})  # the refused one took nothing away
    with reopen(tmp_path / "s", "encrypted") as store:
        assert store.get_stage("a", "f") == {"x": b"1"}


CROWD = """
    import os, sys
    from pathlib import Path
    from uncounted.errors import StoreError
    from uncounted.store.store import Store
    path, n = Path(sys.argv[1]), 100
    (gate, start), (answers, answer), (hold, end) = os.pipe(), os.pipe(), os.pipe()
    children = []
    for _ in range(n):
        child = os.fork()
        if child == 0:
            os.close(start); os.close(end)
            os.read(gate, 1)  # ends for all of them at once
            try:
                with Store.open(path):
                    os.write(answer, b"runs\\n")
                    os.read(hold, 1)
            except StoreError as error:
                os.write(answer, error.code.encode() + b"\\n")
            os._exit(0)
        children.append(child)
    os.close(start); os.close(answer)
    with os.fdopen(answers) as stream:
        found = [stream.readline().strip() for _ in range(n)]
    os.close(end)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    print(found.count("runs"), found.count("T02"), statuses.count(0))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_of_a_hundred_simultaneous_starts_one_runs(tmp_path):
    make(tmp_path / "s", "plain").close()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CROWD), str(tmp_path / "s")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["1", "99", "100"]


def test_a_lock_left_behind_does_not_hold(tmp_path):
    make(tmp_path / "s", "plain").close()
    (tmp_path / "s.lock").write_text("x4711")
    Store.open(tmp_path / "s").close()
    assert not (tmp_path / "s.lock").exists()
