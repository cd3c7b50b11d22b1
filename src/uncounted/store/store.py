"""One file for everything a project remembers: encrypted by SQLCipher, or plain for invented and public data.

Promises. A call that returned is on the disk, whatever happens next; one that raised changed nothing. A changed byte is
found when the file is opened. One run at a time. Nothing but this file (and, while open, its lock and SQLite's journal,
which is encrypted like the file) is written.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from uncounted.errors import StoreError
from uncounted.store import key as keys
from uncounted.store import sql
from uncounted.store.faults import FAULTS, damaged, translate
from uncounted.store.lock import StoreLock
from uncounted.store.opening import (
    Kind,
    bring_up_to_date,
    check_passphrase,
    check_whole,
    connect,
    digest_of,
    make_empty,
    recognise,
    remove,
    sync_folder,
)
from uncounted.store.rows import DecisionRow, HistoryRow, RunRow, SourceRow, StageInfo

KEEP_FINGERPRINTS = 3  # of each stage: going back to earlier settings costs nothing
_CHUNK = 64 * 2**20  # SQLite holds at most 10**9 bytes in a cell


class Store:
    """An open store. Use `Store.create` or `Store.open` in a `with` statement.

    Attributes
    ----------
    path : Path
        The file.
    kind : "encrypted" or "plain"
        Printed in every summary.
    """

    def __init__(self, path: Path, kind: Kind, database: Any, lock: StoreLock) -> None:
        self.path = path
        self.kind: Kind = kind
        self._database = database
        self._lock = lock
        self._threads = threading.RLock()  # the review page answers from several threads

    # -- opening and closing ------------------------------------------------------------------------------------
    @classmethod
    def create(
        cls, path: Path, *, kind: Kind, passphrase: str | None = None, _memory_exponent: int = keys.MEMORY_EXPONENT
    ) -> Self:
        """Make a new store and open it.

        It is made under another name and renamed when complete, so a half-made store never stands at `path`.

        Parameters
        ----------
        path : Path
            Where it shall be; nothing may stand there.
        kind : "encrypted" or "plain"
            "plain" is for invented and public data alone.
        passphrase : str, optional
            Needed for an encrypted store (see `generate_passphrase`), refused for a plain one.

        Returns
        -------
        Store
            Open, mode 0600.

        Raises
        ------
        StoreError
            T02 in use, T04 a file is there already, T06 disk full, T09 not writable, T10 passphrase.
        """
        check_passphrase(kind, passphrase, path)
        lock = StoreLock(path)
        lock.acquire()
        unfinished = path.with_name(path.name + ".new")
        try:
            if path.exists():
                raise StoreError(
                    "there is a file already.",
                    where=path.name,
                    why="It may hold decisions that exist nowhere else.",
                    do="Open it, or choose another path for the new store.",
                    code="T04",
                )
            header = keys.new_header(_memory_exponent) if kind == "encrypted" else None
            raw_key = keys.derive_key(passphrase or "", header).hex() + header.salt.hex() if header else None
            try:
                remove(unfinished)
                make_empty(unfinished, raw_key)
                unfinished.rename(path)
                sync_folder(path.parent)
            except (OSError, *FAULTS) as error:
                raise translate(error, path.name) from error
            return cls._attach(path, kind, raw_key, lock)
        except BaseException:
            with suppress(OSError):  # the first error is the one to tell; the next `create` removes what is left
                remove(unfinished)
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, *, passphrase: str | None = None) -> Self:
        """Open a store and check that no byte of it changed.

        Parameters
        ----------
        path : Path
            The file.
        passphrase : str, optional
            Needed if it is encrypted, refused if it is plain.

        Returns
        -------
        Store
            Locked against other runs until closed.

        Raises
        ------
        StoreError
            T01 wrong passphrase or damaged, T02 in use, T03 not a store, T05 no file, T07 damaged, T08 too new,
            T09 not readable, T10 passphrase missing or not wanted.
        """
        if not path.is_file():
            raise StoreError("there is no store here.", where=path.name, do="Check the path, or create it.", code="T05")
        lock = StoreLock(path)
        lock.acquire()
        try:
            kind, header = recognise(path)
            check_passphrase(kind, passphrase, path)
            raw_key = keys.derive_key(passphrase or "", header).hex() + header.salt.hex() if header else None
            return cls._attach(path, kind, raw_key, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _attach(cls, path: Path, kind: Kind, raw_key: str | None, lock: StoreLock) -> Self:
        database = None
        try:
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            database = connect(path, raw_key)
            check_whole(database, path, kind)
            bring_up_to_date(database)
        except BaseException as error:
            if database is not None:
                database.close()
            if isinstance(error, (OSError, *FAULTS)):
                raise translate(error, path.name) from error
            raise
        return cls(path, kind, database, lock)

    def close(self) -> None:
        """Close the file and give the lock back; may be called twice."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self.path.name}: {self.summary}>"

    @property
    def summary(self) -> str:
        """One phrase for the summaries: encrypted, or PLAIN."""
        if self.kind == "encrypted":
            return "encrypted store"
        return "PLAIN store (not encrypted: for invented or public data only)"

    # -- stages -------------------------------------------------------------------------------------------------
    def put_stage(self, stage: str, fingerprint: str, payload: Mapping[str, bytes], note: str = "") -> None:
        """Keep the result of a stage; the last three fingerprints of each stage are kept.

        Parameters
        ----------
        stage : str
            For example "records" or "linkage".
        fingerprint : str
            Of everything the result depends on: inputs, settings, version (see `fingerprint`).
        payload : mapping of str to bytes
            Parts by name, as made by `codec`: Arrow, npy, JSON.
        note : str
            A sentence for `uncounted status`; no values of cells.
        """
        with self._transaction():
            self._put_stage(stage, fingerprint, payload, note)

    def get_stage(self, stage: str, fingerprint: str) -> dict[str, bytes] | None:
        """Return the parts kept for a stage under this fingerprint, or None.

        Raises
        ------
        StoreError
            T07 if a part is not what was written.
        """
        with self._reading():
            found = self._rows(sql.STAGE, sql.STAGE_BY_KEY, (stage, fingerprint))
            if not found:
                return None
            chunks: dict[str, list[bytes]] = {}
            for _, _, name, chunk, data in self._rows(sql.PART, sql.PART_BY_STAGE, (found[-1][0],)):
                held = chunks.setdefault(name, [])
                if chunk != len(held):
                    raise damaged(self.path.name, "a part of a stage is incomplete")
                held.append(data)
            return {name: held[0] if len(held) == 1 else b"".join(held) for name, held in chunks.items()}

    def stages(self) -> tuple[StageInfo, ...]:
        """Return what is kept, oldest first."""
        with self._reading():
            sizes = dict(self._database.execute(sql.PART_SIZES).fetchall())
            return tuple(
                StageInfo(stage=stage, fingerprint=fingerprint, note=note, n_bytes=int(sizes.get(row_id, 0)))
                for row_id, stage, fingerprint, note in self._rows(sql.STAGE)
            )

    # -- sources ------------------------------------------------------------------------------------------------
    def put_source(
        self, list_name: str, fingerprint: str, payload: Mapping[str, bytes], *, file: str, sha256: str, at: str
    ) -> None:
        """Keep a list as delivered, and note the hash of its file if this is the first contact with it.

        Parameters
        ----------
        list_name : str
            The list.
        fingerprint : str
            Of the file's hash and how it was read; the payload is got back by
            ``get_stage("source:" + list_name, fingerprint)``.
        payload : mapping of str to bytes
            The table (Arrow) and what else was noticed.
        file, sha256 : str
            File name without folders, and the hash of its bytes.
        at : str
            When, in ISO form.
        """
        with self._transaction():
            (known,) = self._database.execute(sql.SOURCE_KNOWN, (list_name, sha256)).fetchone()
            if not known:
                self._insert(sql.SOURCE, (list_name, file, sha256, at))
                self._seal(sql.SOURCE)
            self._put_stage(f"source:{list_name}", fingerprint, payload, note=f"list {list_name} as delivered")

    def sources(self) -> tuple[SourceRow, ...]:
        """Return every delivered file ever seen, in order of first contact."""
        with self._reading():
            return tuple(
                SourceRow(list=name, file=file, sha256=sha256, at=at)
                for _, name, file, sha256, at in self._rows(sql.SOURCE)
            )

    # -- decisions ----------------------------------------------------------------------------------------------
    def append_decision_rows(self, rows: Sequence[DecisionRow]) -> None:
        """Append to the log of decisions, all or none; rows can never be changed or removed.

        Parameters
        ----------
        rows : sequence of DecisionRow
            Their numbers must follow those in the store.

        Raises
        ------
        StoreError
            T13 if the numbers do not follow.
        """
        with self._transaction():
            for row in rows:
                (number,) = self._database.execute(sql.DECISION.next_id).fetchone()
                if row.number != number:
                    raise StoreError(
                        f"the next decision must have the number {number}; found {row.number}.",
                        where=self.path.name,
                        do="Read the log again, then append.",
                        code="T13",
                    )
                self._insert(
                    sql.DECISION,
                    (
                        row.left_id,
                        row.right_id,
                        row.judgement,
                        row.decided_by,
                        row.at,
                        row.why,
                        row.supersedes,
                        row.chain_hash,
                    ),
                )
            self._seal(sql.DECISION)

    def decision_rows(self) -> tuple[DecisionRow, ...]:
        """Return the log of decisions in order."""
        with self._reading():
            names = ("number", *sql.DECISION.names)
            return tuple(DecisionRow(**dict(zip(names, row, strict=True))) for row in self._rows(sql.DECISION))

    # -- runs ---------------------------------------------------------------------------------------------------
    def add_run(self, run_id: str, at: str, body: bytes) -> None:
        """Add a run to the manifest: id (hash of what it was made from), when (ISO), manifest (JSON)."""
        with self._transaction():
            self._insert(sql.RUN, (run_id, at, body))
            self._seal(sql.RUN)

    def runs(self) -> tuple[RunRow, ...]:
        """Return the manifest, oldest first."""
        with self._reading():
            return tuple(RunRow(run_id=run_id, at=at, body=body) for _, run_id, at, body in self._rows(sql.RUN))

    # -- history ------------------------------------------------------------------------------------------------
    def add_history(self, kind: str, key: str, at: str, payload: bytes) -> int:
        """Append a note that later runs need and that can never be changed or removed.

        Parameters
        ----------
        kind, key : str
            What it is, for example "delivery:court", and what it belongs to.
        at : str
            When, in ISO form; for the reader alone.
        payload : bytes
            As made by `codec`.

        Returns
        -------
        int
            How many decisions were in the log before it; noted with it.
        """
        with self._transaction():
            (n_decisions,) = self._database.execute(sql.COUNT_DECISIONS).fetchone()
            self._insert(sql.HISTORY, (kind, key, at, n_decisions, payload))
            self._seal(sql.HISTORY)
            return int(n_decisions)

    def history(self, kind: str) -> tuple[HistoryRow, ...]:
        """Return all notes of a kind, oldest first."""
        with self._reading():
            names = sql.HISTORY.names
            return tuple(
                HistoryRow(**dict(zip(names, row[1:], strict=True)))
                for row in self._rows(sql.HISTORY, sql.HISTORY_BY_KIND, (kind,))
            )

    def verify(self) -> None:
        """Read everything and compare every row with its hash.

        Raises
        ------
        StoreError
            T07 if anything is not what was written.
        """
        with self._reading():
            for table in sql.TABLES:
                for _ in self._checked(table, "", ()):
                    pass

    # -- small things -------------------------------------------------------------------------------------------
    def _put_stage(self, stage: str, fingerprint: str, payload: Mapping[str, bytes], note: str) -> None:
        held = self._rows(sql.STAGE, sql.STAGE_BY_NAME, (stage,))
        same = [row_id for row_id, _, found, _ in held if found == fingerprint]
        others = [row_id for row_id, _, found, _ in held if found != fingerprint]
        for row_id in (*same, *others[: max(0, len(others) - KEEP_FINGERPRINTS + 1)]):
            self._database.execute(sql.DELETE_PARTS, (row_id,))
            self._database.execute(sql.DELETE_STAGE, (row_id,))
        row_id = self._insert(sql.STAGE, (stage, fingerprint, note))
        for name, data in payload.items():
            for chunk, start in enumerate(range(0, max(len(data), 1), _CHUNK)):
                self._insert(sql.PART, (row_id, name, chunk, bytes(data[start : start + _CHUNK])))
        self._seal(sql.STAGE)
        self._seal(sql.PART)

    def _insert(self, table: sql.Table, values: tuple[sql.Cell, ...]) -> int:
        (row_id,) = self._database.execute(table.next_id).fetchone()
        self._database.execute(table.insert, (row_id, sql.row_hash(table, row_id, values), *values))
        return int(row_id)

    def _seal(self, table: sql.Table) -> None:
        n, digest = digest_of(self._database, table)
        self._database.execute(sql.SET_SEAL, (table.name, n, digest))

    def _rows(self, table: sql.Table, where: str = "", values: tuple[sql.Cell, ...] = ()) -> list[tuple[Any, ...]]:
        return list(self._checked(table, where, values))

    def _checked(self, table: sql.Table, where: str, values: tuple[sql.Cell, ...]) -> Iterator[tuple[Any, ...]]:
        """Yield (id, columns…), each compared with its hash first."""
        for row_id, digest, *cells in self._database.execute(table.select(where), values):
            if sql.row_hash(table, row_id, cells) != digest:
                raise damaged(self.path.name, f"row {row_id} of '{table.name}' is not what was written")
            yield (row_id, *cells)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._threads:
            try:
                yield
            except FAULTS as error:
                raise translate(error, self.path.name) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Everything inside is kept, or nothing of it."""
        with self._threads:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield
                self._database.execute("COMMIT")
            except BaseException as error:
                self._roll_back()
                if isinstance(error, FAULTS):
                    raise translate(error, self.path.name) from error
                raise

    def _roll_back(self) -> None:
        if not self._database.in_transaction:  # SQLite takes some failures back by itself
            return
        try:
            self._database.execute("ROLLBACK")
        except FAULTS:
            # What is in memory can no longer be trusted; the journal on the disk takes the change back at the next
            # opening. Calls on a closed store raise.
            self.close()
