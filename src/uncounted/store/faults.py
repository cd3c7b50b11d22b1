"""From SQLite's and the system's error codes to ours; never SQLite's text, which may quote a statement."""

from __future__ import annotations

import errno

from sqlcipher3 import dbapi2

from uncounted.errors import StoreError

# Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
_BUSY = {5, 6}
_FULL = {13}
_DAMAGED = {1, 11, 24, 25, 26}  # ERROR (a table is not there), CORRUPT, FORMAT, RANGE, NOTADB
_NO_ACCESS = {3, 8, 10, 14, 22, 23}  # PERM, READONLY, IOERR, CANTOPEN, NOLFS, AUTH
# What a call on the database can raise; the second where a damaged schema stands in the text of SQLite's message.
FAULTS = (dbapi2.Error, UnicodeDecodeError)
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def translate(error: Exception, name: str, *, unlocking: bool = False) -> StoreError:
    """Return our error for one of SQLite or of the system.

    Parameters
    ----------
    error : Exception
        What was raised.
    name : str
        The store's file name.
    unlocking : bool
        Whether the first page was being read, where a wrong key and a damaged page look the same.

    Returns
    -------
    StoreError
        To be raised from `error`.
    """
    if isinstance(error, OSError):
        return _disk_full(name) if error.errno in _NO_SPACE else _no_access(name, error.strerror or "no access")
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _FULL:
        return _disk_full(name)
    if primary in _BUSY:
        return StoreError("in use by another program.", where=name, do="Close it there, then start again.", code="T02")
    if primary in _NO_ACCESS:
        return _no_access(name, getattr(error, "sqlite_errorname", "disk error"))
    if unlocking and primary in _DAMAGED:
        return StoreError(
            "wrong passphrase or damaged file.",
            where=name,
            do="Try the passphrase again; if it is right, bring back a copy of the file. Nothing was changed.",
            code="T01",
        )
    if isinstance(error, dbapi2.ProgrammingError):
        return StoreError(
            "the store is closed.",
            where=name,
            why="A change could not be taken back in memory; the next opening takes it back on the disk.",
            do="Start the command again.",
            code="T09",
        )
    return damaged(name, "it cannot be read")


def damaged(name: str, what: str) -> StoreError:
    """Return the error for a store whose bytes are not what was written."""
    return StoreError(
        f"the store is damaged: {what}.",
        where=name,
        why="A changed byte can be a changed date or a changed decision, so nothing of it is used.",
        do="Bring back a copy of the file from your backup.",
        code="T07",
    )


def _disk_full(name: str) -> StoreError:
    return StoreError(
        "the disk is full; the store is as it was before.",
        where=name,
        do="Make room and start again; finished stages are reused.",
        code="T06",
    )


def _no_access(name: str, what: str) -> StoreError:
    return StoreError(
        f"the store cannot be read or written ({what}); it is as it was before.",
        where=name,
        do="Check permissions and the disk, then start again.",
        code="T09",
    )
