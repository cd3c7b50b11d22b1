"""One run at a time: a lock of the operating system on a small file beside the store.

It is taken before the passphrase is worked on, so a hundred starts at once cost one key derivation, and it is not
SQLite's own lock because that can only be asked for after the key is known. The system drops it when the process ends,
however it ends. The file holds the process number for the message and nothing else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from uncounted.errors import StoreError


class StoreLock:
    """An exclusive lock; `release` gives it back and removes the file."""

    def __init__(self, store: Path) -> None:
        self._path = store.with_name(store.name + ".lock")
        self._name = store.name
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises
        ------
        StoreError
            T02 if another run has it, T09 if the lock file cannot be made.
        """
        while self._descriptor is None:
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise StoreError(
                    f"the lock beside the store cannot be made ({error.strerror}).",
                    where=self._name,
                    do="Check that the folder can be written to.",
                    code="T09",
                ) from error
            try:
                locked = _try_lock(descriptor)
            except OSError as error:
                os.close(descriptor)
                raise StoreError(
                    f"this disk cannot lock files ({error.strerror}).",
                    where=self._name,
                    why="Without a lock two runs could write over each other's results.",
                    do="Put the project on a local disk.",
                    code="T09",
                ) from error
            if not locked:
                holder = _read_process(descriptor)
                os.close(descriptor)
                raise StoreError(
                    f"in use by another run{holder}.",
                    where=self._name,
                    why="Two runs on one store would write over each other's results.",
                    do="Wait until it has ended, then start again.",
                    code="T02",
                )
            if not self._is_still_there(descriptor):  # its holder removed it between our opening and our locking
                os.close(descriptor)
                continue
            self._descriptor = descriptor
            _write_process(descriptor)

    def release(self) -> None:
        """Give the lock back; does nothing if it is not held."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            pass  # what holds is the lock, not the file (Windows never removes one that is open)
        finally:
            os.close(descriptor)

    def _is_still_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False


# The process number stands from byte 1 on: on Windows byte 0 is what is locked, and locked bytes cannot be read.
def _write_process(descriptor: int) -> None:
    try:
        os.ftruncate(descriptor, 1)
        os.lseek(descriptor, 1, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode("ascii"))
    except OSError:
        return  # a full disk: the number is only for the message; the lock itself is held


def _read_process(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 1, os.SEEK_SET)
        digits = os.read(descriptor, 32).decode("ascii", errors="ignore")
    except OSError:
        return ""
    return f" (process {digits})" if digits.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
