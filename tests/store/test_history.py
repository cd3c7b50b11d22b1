"""Notes that are only ever added, and stores of the earlier version, which get a table for them."""

import sqlite3

import pytest
from sqlcipher3 import dbapi2
from test_store import KINDS, contents, decision, fill, make, reopen

from uncounted.errors import StoreError
from uncounted.store import sql


@pytest.mark.parametrize("kind", KINDS)
def test_notes_come_back_in_order_with_the_number_of_decisions_before_them(tmp_path, kind):
    with make(tmp_path / "s", kind) as store:
        assert store.history("delivery:a") == ()
        assert store.add_history("delivery:a", "one", "2026-01-01", b"1") == 0
        store.append_decision_rows([decision(1), decision(2)])
        assert store.add_history("delivery:a", "two", "2026-01-02", b"2") == 2
        store.add_history("delivery:ab", "other", "2026-01-02", b"3")
    with reopen(tmp_path / "s", kind) as store:
        found = store.history("delivery:a")
        assert [(row.key, row.n_decisions, row.payload) for row in found] == [("one", 0, b"1"), ("two", 2, b"2")]
        store.verify()


def test_notes_cannot_be_changed_or_taken_out(tmp_path):
    for statement in ("UPDATE history SET payload = x'00'", "DELETE FROM history"):
        path = tmp_path / statement[:6]
        with make(path, "plain") as store:
            store.add_history("a", "b", "2026-01-01", b"1")
            with pytest.raises(dbapi2.DatabaseError):
                store._database.execute(statement)
            for trigger in ("history_no_update", "history_no_delete"):
                store._database.execute(f"DROP TRIGGER {trigger}")
            store._database.execute(statement)
        with pytest.raises(StoreError) as caught:
            reopen(path, "plain")
        assert caught.value.code == "T07"


def make_earlier(path, kind):
    """A filled store as version 1 wrote it."""
    with make(path, kind) as store:
        fill(store)
        kept = contents(store)[:-1]
        for trigger in ("history_no_update", "history_no_delete"):
            store._database.execute(f"DROP TRIGGER {trigger}")
        store._database.execute("DROP TABLE history")
        store._database.execute("DELETE FROM seal WHERE name = 'history'")
        store._database.execute("PRAGMA user_version = 1")
        return (*kept, ())


@pytest.mark.parametrize("kind", KINDS)
def test_an_earlier_store_is_brought_up_to_date_once_and_keeps_everything(tmp_path, kind):
    path = tmp_path / "s"
    before = make_earlier(path, kind)
    with reopen(path, kind) as store:
        assert contents(store) == before
        store.add_history("a", "b", "2026-01-01", b"1")
    after = path.read_bytes()
    with reopen(path, kind) as store:
        assert contents(store) == before
        assert len(store.history("a")) == 1
        store.verify()
    assert path.read_bytes() == after


def test_a_damaged_earlier_store_is_not_brought_up_to_date(tmp_path):
    path = tmp_path / "s"
    make_earlier(path, "plain")
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM stage WHERE stage = 'records'")
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        reopen(path, "plain")
    assert caught.value.code == "T07"
    assert path.read_bytes() == before


def test_a_disk_that_fails_on_the_way_leaves_the_earlier_store(tmp_path, monkeypatch):
    path = tmp_path / "s"
    before = make_earlier(path, "plain")
    monkeypatch.setattr(sql, "SET_SEAL", "INSERT INTO no_such_table VALUES (?, ?, ?)")
    with pytest.raises(StoreError):
        reopen(path, "plain")
    monkeypatch.undo()
    with reopen(path, "plain") as store:
        assert contents(store) == before
        assert store.history("a") == ()
