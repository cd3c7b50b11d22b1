"""Recognising, unlocking and checking the file of a store, before anything in it is believed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from sqlcipher3 import dbapi2

from uncounted.errors import StoreError
from uncounted.store import key as keys
from uncounted.store import sql
from uncounted.store.faults import FAULTS, damaged, translate

Kind = Literal["encrypted", "plain"]
_PLAIN_MAGIC = b"SQLite format 3\x00"


def connect(path: Path, raw_key: str | None) -> Any:
    """Return an open, unlocked, exclusively locked connection that writes no temporary files."""
    database = dbapi2.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=0.0
    )
    try:
        if raw_key is not None:
            database.execute("PRAGMA cipher_log_level = NONE")
            database.execute("PRAGMA cipher_memory_security = ON")
            database.execute(f"PRAGMA key = \"x'{raw_key}'\"")
        for setting in (
            "locking_mode = EXCLUSIVE",
            "temp_store = MEMORY",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "synchronous = EXTRA",
        ):
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = DELETE")
    except FAULTS as error:
        database.close()
        raise translate(error, path.name, unlocking=raw_key is not None) from error
    return database


def make_empty(path: Path, raw_key: str | None) -> None:
    """Write a store without contents, mode 0600, where no file is."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    database = connect(path, raw_key)
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute(f"PRAGMA application_id = {sql.APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {sql.SCHEMA_VERSION}")
        for statement in sql.create_statements():
            database.execute(statement)
        for table in sql.TABLES:
            database.execute(sql.SET_SEAL, (table.name, *digest_of(database, table)))
        database.execute("COMMIT")
    finally:
        database.close()


def check_whole(database: Any, path: Path, kind: Kind) -> None:
    """Refuse a file that is not ours, was written by a later version, or is not what was written."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if application != sql.APPLICATION_ID:
        raise _not_a_store(path)
    if version > sql.SCHEMA_VERSION:
        raise StoreError(
            f"this store has version {version}; this program knows {sql.SCHEMA_VERSION}.",
            where=path.name,
            do="Install the version of uncounted that wrote it.",
            code="T08",
        )
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (page_size,) = database.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size != int(pages) * int(page_size):  # SQLCipher answers in text
        raise damaged(path.name, "the file is longer or shorter than it was written")
    check = "PRAGMA cipher_integrity_check" if kind == "encrypted" else "PRAGMA integrity_check(1)"
    if database.execute(check).fetchall() not in ([], [("ok",)]):
        raise damaged(path.name, "the file's own checks do not hold")
    if sorted(row[0] for row in database.execute(sql.SCHEMA)) != sorted(sql.create_statements(int(version))):
        raise damaged(path.name, "its tables are not those that were made")
    seals = {name: (n, digest) for name, n, digest in database.execute(sql.SELECT_SEAL)}
    for table in sql.tables_of(int(version)):
        if seals.get(table.name) != digest_of(database, table):
            raise damaged(path.name, f"rows of '{table.name}' are missing or changed")
        if kind == "plain":  # in an encrypted file every page was just compared with its keyed hash
            for row_id, digest, *cells in database.execute(table.select()):
                if sql.row_hash(table, row_id, cells) != digest:
                    raise damaged(path.name, f"row {row_id} of '{table.name}' is not what was written")


def bring_up_to_date(database: Any) -> None:
    """Add the tables that a store of an earlier version lacks; what it holds is not touched. All or nothing.

    Called on a store that was found whole. A program that knows only the earlier version refuses the store from then
    on (T08), so that it never writes decisions without noting what they were made on.
    """
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if int(version) == sql.SCHEMA_VERSION:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        for table in sql.TABLES:
            if table.since > int(version):
                for statement in table.create:
                    database.execute(statement)
                database.execute(sql.SET_SEAL, (table.name, *digest_of(database, table)))
        database.execute(f"PRAGMA user_version = {sql.SCHEMA_VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def digest_of(database: Any, table: sql.Table) -> tuple[int, bytes]:
    """Return the number of rows of a table and a hash over their hashes."""
    digest, n = hashlib.sha256(), 0
    for (row,) in database.execute(table.hashes):
        digest.update(row if isinstance(row, bytes) else b"")
        n += 1
    return n, digest.digest()


def recognise(path: Path) -> tuple[Kind, keys.KeyHeader | None]:
    """Return what the first bytes of a file say: its kind, and how its key is made."""
    try:
        with path.open("rb") as stream:
            first = stream.read(keys.HEADER_SIZE)
    except OSError as error:
        raise translate(error, path.name) from error
    if first == _PLAIN_MAGIC:
        return "plain", None
    if not first.startswith(keys.MAGIC):
        raise _not_a_store(path)
    header = keys.read_header(first)
    if header is None:
        raise damaged(path.name, "its first bytes are not what was written")
    return "encrypted", header


def _not_a_store(path: Path) -> StoreError:
    """Return the error for a file that is something else, or whose very first bytes are damaged."""
    return StoreError(
        "this file is not a store of this program, or its first bytes are damaged.",
        where=path.name,
        do="Check the path in the project file; nothing was changed.",
        code="T03",
    )


def check_passphrase(kind: Kind, passphrase: str | None, path: Path) -> None:
    """Refuse an encrypted store without passphrase, and a plain one with."""
    if kind == "encrypted" and passphrase is None:
        raise StoreError(
            "an encrypted store needs its passphrase.",
            where=path.name,
            do="Type it when asked, or give a file descriptor or a file with it.",
            code="T10",
        )
    if kind == "plain" and passphrase is not None:
        raise StoreError(
            "this store is plain: nothing in it is encrypted, and it takes no passphrase.",
            where=path.name,
            why="Whoever gives a passphrase believes the contents protected.",
            do='Leave the passphrase out, or make an encrypted store (store = "encrypted").',
            code="T10",
        )


def remove(path: Path) -> None:
    """Remove an unfinished store and its journal, if there are any."""
    for leftover in (path, path.with_name(path.name + "-journal")):
        leftover.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder last; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cipher_version() -> str:
    """Return the version of SQLCipher that is built in, or an empty string if there is none."""
    database = dbapi2.connect(":memory:")
    try:
        row = database.execute("PRAGMA cipher_version").fetchone()
    finally:
        database.close()
    return str(row[0]) if row else ""
