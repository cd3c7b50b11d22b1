"""Flipped bytes, kills, full disks: nothing acknowledged is lost, nothing changed is used."""

import random
import resource
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from test_store import KINDS, contents, fill, make, reopen

from uncounted.errors import StoreError
from uncounted.store import Store


@pytest.mark.parametrize(
    ("kind", "n"), [("encrypted", 60), ("plain", 60), *(pytest.param(k, 1000, marks=pytest.mark.slow) for k in KINDS)]
)
def test_flipped_bytes_are_never_used(tmp_path, kind, n):
    path = tmp_path / "s"
    with make(path, kind) as store:
        fill(store)
        truth = contents(store)
    whole = path.read_bytes()
    rng = random.Random(f"flips {kind}")
    places = [*range(0, 100, 9), *(rng.randrange(len(whole)) for _ in range(n - 12))]  # the header, then all over
    codes = []
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            with reopen(path, kind) as store:
                found = contents(store)
        except StoreError as error:
            codes.append(error.code)
        else:
            assert kind == "plain", f"byte {place} of an encrypted store changed unseen"
            assert found == truth, f"byte {place}"  # unused space and bookkeeping of SQLite
    assert set(codes) <= {"T01", "T03", "T07", "T08"}
    if kind == "encrypted":
        assert len(codes) == len(places) == n
    else:
        assert len(codes) > n / 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [1, 100, 4096, 20_000])
def test_a_cut_or_lengthened_file_is_detected(tmp_path, kind, cut):
    path = tmp_path / "s"
    with make(path, kind) as store:
        fill(store)
    whole = path.read_bytes()
    for changed in (whole[:-cut], whole + bytes(cut)):
        path.write_bytes(changed)
        with pytest.raises(StoreError) as caught:
            reopen(path, kind)
        assert caught.value.code in {"T01", "T07"}


def test_a_changed_row_of_a_plain_store_is_detected(tmp_path):
    """What a database tool could do without breaking the file: each change is found at the next opening."""
    changes = {
        "a value": "UPDATE stage SET note = 'other' WHERE stage = 'records'",
        "a payload": "UPDATE part SET payload = x'00' WHERE name = 'draws'",
        "a row taken out": "DELETE FROM stage WHERE stage = 'records'",
        "rows exchanged": "UPDATE part SET stage_id = 3 - stage_id WHERE stage_id IN (1, 2)",
        "a seal": "DELETE FROM seal WHERE name = 'run'",
        "a table": "CREATE TABLE more (a)",
        "a trigger": "DROP TRIGGER decision_no_delete",
        "a text for a number": "UPDATE part SET chunk = 'zero' WHERE name = 'draws'",
    }
    for what, statement in changes.items():
        path = tmp_path / what.replace(" ", "-")
        with make(path, "plain") as store:
            fill(store)
            store._database.execute(statement)
        with pytest.raises(StoreError) as caught:
            Store.open(path)
        assert caught.value.code == "T07", what


WRITER = """
    import sys
    from pathlib import Path
    from uncounted.store.store import Store
    path, phrase, first = Path(sys.argv[1]), sys.argv[2] or None, int(sys.argv[3])
    with Store.open(path, passphrase=phrase) as store:
        for i in range(first, first + 100_000):
            payload = {"x": bytes([i % 251]) * (40_000 + 10_000 * (i % 7)), "n": str(i).encode()}
            store.put_stage(f"s{i % 5}", str(i), payload, note=str(i))
            store.add_run(str(i), "", b"")
            print(i, flush=True)
"""


@pytest.mark.parametrize("n", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_kills_lose_nothing_acknowledged(tmp_path, n):
    """kill -9 at random moments of a loop of writes, many times on the same store."""
    path = tmp_path / "s"
    make(path, "encrypted").close()
    rng = random.Random(11)
    phrase = "one two three four five six"
    done = -1
    for _ in range(n):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(path), phrase, str(done + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        first = child.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.12))
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
        acknowledged = int((first + rest).split("\n")[-2])
        assert acknowledged > done
        with Store.open(path, passphrase=phrase) as store:
            store.verify()
            runs = [int(run.run_id) for run in store.runs()]
            newest = {info.stage: store.get_stage(info.stage, info.fingerprint) for info in store.stages()}
        # The write after the last acknowledged one may have reached the disk, but never half of it.
        assert runs in (list(range(acknowledged + 1)), list(range(acknowledged + 2)))
        done = runs[-1]
        for stage in range(min(5, done + 1)):
            held = newest[f"s{stage}"]
            last = int(held["n"])
            assert last == done - (done - stage) % 5 or last == done + 1  # its run was not noted yet
            assert held["x"] == bytes([last % 251]) * (40_000 + 10_000 * (last % 7))


def test_wrong_passphrase_after_a_kill_changes_nothing(tmp_path):
    """A journal left by a kill is rolled back by the next opening; a wrong key there must not spoil it."""
    path = tmp_path / "s"
    with make(path, "encrypted") as store:
        store.put_stage("a", "f", {"x": b"old" * 50_000})
    code = """
        import os, signal, sys
        from pathlib import Path
        from uncounted.store.store import Store
        store = Store.open(Path(sys.argv[1]), passphrase=sys.argv[2])
        store._database.execute("PRAGMA cache_size = 5")
        store._database.execute("PRAGMA cache_spill = 1")
        store._database.execute("BEGIN IMMEDIATE")
        store._put_stage("a", "f", {"x": b"new" * 300_000}, "")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    phrase = "one two three four five six"
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path), phrase], check=False, timeout=60)
    assert (tmp_path / "s-journal").stat().st_size > 0  # the change was on its way to the disk
    with pytest.raises(StoreError):
        Store.open(path, passphrase="another")
    with Store.open(path, passphrase=phrase) as store:
        assert store.get_stage("a", "f") == {"x": b"old" * 50_000}
        store.verify()


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_takes_the_change_back(tmp_path, kind):
    path = tmp_path / "s"
    with make(path, kind) as store:
        fill(store)
        before = contents(store)
        (pages,) = store._database.execute("PRAGMA page_count").fetchone()
        store._database.execute(f"PRAGMA max_page_count = {int(pages) + 3}")
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                store.put_stage("records", "f9", {"x": bytes(100_000)})
            assert caught.value.code == "T06"
            assert contents(store) == before
        store.put_stage("small", "f", {"x": b"1"})  # what fits still goes in
        before = contents(store)
    with reopen(path, kind) as store:
        assert contents(store) == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_write_may_fail(tmp_path, kind):
    """A limit on the size of files stops the writes at many different points; the old state is always there."""
    path = tmp_path / "s"
    with make(path, kind) as store:
        fill(store)
        before = contents(store)
        size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    codes = []
    try:
        for limit in (1, 513, 4_096, 9_000, 20_000, size - 1, size + 1, size + 4_097, size + 30_000, size + 65_000):
            store = reopen(path, kind)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            try:
                store.put_stage("records", "f9", {"x": random.Random(5).randbytes(80_000)})
            except StoreError as error:
                codes.append(error.code)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                store.close()
            with reopen(path, kind) as store:
                store.verify()
                assert contents(store) == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_handler)
    assert len(codes) == 10
    assert set(codes) <= {"T06", "T09"}


def test_creating_on_a_full_disk_leaves_nothing(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        with pytest.raises(StoreError) as caught:
            make(tmp_path / "s", "plain")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_handler)
    assert caught.value.code in {"T06", "T09"}
    assert list(tmp_path.iterdir()) == []
    make(tmp_path / "s", "plain").close()


def test_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(StoreError) as caught:
        make(tmp_path / "no" / "such" / "s", "plain")
    assert caught.value.code == "T09"


def test_ctrl_c_inside_a_write_takes_it_back(tmp_path):
    class Interrupted(dict):
        def items(self):
            yield "x", b"1" * 10_000
            raise KeyboardInterrupt

    with make(tmp_path / "s", "plain") as store:
        fill(store)
        before = contents(store)
        with pytest.raises(KeyboardInterrupt):
            store.put_stage("records", "f9", Interrupted())
        assert contents(store) == before
