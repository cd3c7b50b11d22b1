"""Streams of random numbers that belong to what is sampled: the same whatever is sampled beside it, in any order."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def named_seed(name: bytes, *, before: tuple[int, ...] = (), after: tuple[int, ...] = ()) -> np.random.SeedSequence:
    """Return the seed that belongs to a name; `before` and `after` are whole numbers such as seed and occurrence.

    The name is hashed (SHA-256, the first 16 bytes), so it may be of any length, and is the same on every machine.
    """
    digest = hashlib.sha256(name).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    return np.random.SeedSequence([*before, *words, *after])


def named_stream(name: bytes, *, before: tuple[int, ...] = (), after: tuple[int, ...] = ()) -> np.random.Generator:
    """Return the generator that belongs to a name; see `named_seed`."""
    return np.random.Generator(np.random.PCG64(named_seed(name, before=before, after=after)))


def table_stream(seed: int, label: str, name: bytes) -> np.random.Generator:
    """Return the generator of one table under one estimator."""
    return named_stream(label.encode("ascii") + b"\0" + name, before=(seed,))


def table_name(ordered: NDArray[np.int64], n_lists: int) -> bytes:
    """Return what names a table whatever the order of its lists; `ordered` are its counts in canonical order."""
    return bytes([n_lists]) + bytes(ordered.astype("<i8").tobytes())
