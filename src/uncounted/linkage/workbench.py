"""The workbench: one DuckDB in memory, locked down, closed when the work is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

# No extension is fetched, no Python variable is read by name, no file is opened or spilt to: what is known of people
# does not leave this process.
_LOCKS: tuple[tuple[str, str], ...] = (
    ("temp_directory", "''"),
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
    ("python_enable_replacements", "false"),
    ("enable_progress_bar", "false"),
    ("enable_external_access", "false"),
    ("lock_configuration", "true"),
)


@contextmanager
def open_workbench(*, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a private in-memory DuckDB that reads and writes nothing outside itself, and close it at the end.

    Parameters
    ----------
    threads : int, optional
        Threads; as many as there are cores by default. One where sums of fractions are made, so that they come out
        the same on every machine.

    Yields
    ------
    duckdb.DuckDBPyConnection
        The connection; its settings can no longer be changed.
    """
    connection = duckdb.connect(":memory:")
    try:
        if threads is not None:
            run(connection, f"SET threads = {int(threads)}")
        for name, value in _LOCKS:
            run(connection, f"SET {name} = {value}")
        yield connection
    finally:
        connection.close()


def run(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[object, ...]]:
    """Run one statement to its end and return its rows; a result left open would block the next statement."""
    return [tuple(row) for row in connection.execute(statement).fetchall()]


def run_counts(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[int, ...]:
    """Run a statement that returns one row of counts."""
    (row,) = run(connection, statement)
    return tuple(int(str(value)) for value in row)
