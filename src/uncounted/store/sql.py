"""The tables of the store and the statements on them. Identifiers come from here alone; values are parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

APPLICATION_ID = 0x756E6331  # "unc1"
SCHEMA_VERSION = 2

Cell = int | str | bytes | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: every row has an id, the hash of the row, then these columns (name and SQL type)."""

    name: str
    columns: tuple[tuple[str, str], ...]
    append_only: bool = False
    since: int = 1  # the first schema version that has it

    @property
    def names(self) -> tuple[str, ...]:
        """Column names without id and hash."""
        return tuple(name for name, _ in self.columns)

    @property
    def create(self) -> tuple[str, ...]:
        """The statements that make the table; an append-only one refuses changes by triggers."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        # The hash comes first: a long payload behind it need not be read to know it.
        made = [f"CREATE TABLE {self.name} (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, {columns})"]
        if self.append_only:
            made += [
                f"CREATE TRIGGER {self.name}_no_{verb.lower()} BEFORE {verb} ON {self.name} "
                f"BEGIN SELECT RAISE(ABORT, 'append only'); END"
                for verb in ("UPDATE", "DELETE")
            ]
        return tuple(made)

    @property
    def insert(self) -> str:
        """Insert a row: id, hash, then the columns."""
        marks = ", ".join("?" * (len(self.columns) + 2))
        return f"INSERT INTO {self.name} VALUES ({marks})"

    def select(self, where: str = "") -> str:
        """Select id, hash and the columns, in order of id."""
        condition = f" WHERE {where}" if where else ""
        return f"SELECT id, hash, {', '.join(self.names)} FROM {self.name}{condition} ORDER BY id"

    @property
    def hashes(self) -> str:
        """Select the hashes in order of id."""
        return f"SELECT hash FROM {self.name} ORDER BY id"

    @property
    def next_id(self) -> str:
        """Select the next free id."""
        return f"SELECT coalesce(max(id), 0) + 1 FROM {self.name}"


STAGE = Table("stage", (("stage", "TEXT NOT NULL"), ("fingerprint", "TEXT NOT NULL"), ("note", "TEXT NOT NULL")))
PART = Table(
    "part",
    (
        ("stage_id", "INTEGER NOT NULL"),
        ("name", "TEXT NOT NULL"),
        ("chunk", "INTEGER NOT NULL"),
        ("payload", "BLOB NOT NULL"),
    ),
)
SOURCE = Table(
    "source",
    (("list", "TEXT NOT NULL"), ("file", "TEXT NOT NULL"), ("sha256", "TEXT NOT NULL"), ("at", "TEXT NOT NULL")),
    append_only=True,
)
DECISION = Table(
    "decision",
    (
        ("left_id", "TEXT NOT NULL"),
        ("right_id", "TEXT NOT NULL"),
        ("judgement", "TEXT NOT NULL"),
        ("decided_by", "TEXT NOT NULL"),
        ("at", "TEXT NOT NULL"),
        ("why", "TEXT NOT NULL"),
        ("supersedes", "INTEGER"),
        ("chain_hash", "TEXT NOT NULL"),
    ),
    append_only=True,
)
RUN = Table("run", (("run_id", "TEXT NOT NULL"), ("at", "TEXT NOT NULL"), ("body", "BLOB NOT NULL")), append_only=True)
HISTORY = Table(
    "history",
    (
        ("kind", "TEXT NOT NULL"),
        ("key", "TEXT NOT NULL"),
        ("at", "TEXT NOT NULL"),
        ("n_decisions", "INTEGER NOT NULL"),
        ("payload", "BLOB NOT NULL"),
    ),
    append_only=True,
    since=2,
)
TABLES = (STAGE, PART, SOURCE, DECISION, RUN, HISTORY)

# One row a table: how many rows it has, and a hash over their hashes. A row that vanished shows here.
CREATE_SEAL = "CREATE TABLE seal (name TEXT PRIMARY KEY, n INTEGER NOT NULL, digest BLOB NOT NULL)"
SET_SEAL = "INSERT OR REPLACE INTO seal VALUES (?, ?, ?)"
SELECT_SEAL = "SELECT name, n, digest FROM seal ORDER BY name"

CREATE_INDEX = "CREATE INDEX part_by_stage ON part (stage_id, name, chunk)"

STAGE_BY_KEY = "stage = ? AND fingerprint = ?"
STAGE_BY_NAME = "stage = ?"
PART_BY_STAGE = "stage_id = ?"
HISTORY_BY_KIND = "kind = ?"
COUNT_DECISIONS = "SELECT count(*) FROM decision"
DELETE_STAGE = "DELETE FROM stage WHERE id = ?"
DELETE_PARTS = "DELETE FROM part WHERE stage_id = ?"
PART_SIZES = "SELECT stage_id, sum(length(payload)) FROM part GROUP BY stage_id"
SOURCE_KNOWN = "SELECT count(*) FROM source WHERE list = ? AND sha256 = ?"
SCHEMA = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"


def tables_of(version: int) -> tuple[Table, ...]:
    """Return the tables of a store of this schema version."""
    return tuple(table for table in TABLES if table.since <= version)


def create_statements(version: int = SCHEMA_VERSION) -> tuple[str, ...]:
    """Return every statement that makes an empty store of this schema version, in order."""
    made = [statement for table in tables_of(version) for statement in table.create]
    return (*made, CREATE_SEAL, CREATE_INDEX)


def row_hash(table: Table, row_id: int, values: Sequence[Cell]) -> bytes:
    """Return SHA-256 over table name, id and values, each with its type and length so that none runs into the next."""
    digest = hashlib.sha256()
    for value in (table.name, row_id, *values):
        kind, data = _as_bytes(value)
        digest.update(kind + len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


def _as_bytes(value: object) -> tuple[bytes, bytes]:
    if value is None:
        return b"n", b""
    if isinstance(value, int):
        return b"i", str(value).encode("ascii")
    if isinstance(value, str):
        return b"s", value.encode("utf-8")
    if isinstance(value, bytes):
        return b"b", value
    return b"?", b""  # only a damaged file holds other types; this never equals the hash of what was written
