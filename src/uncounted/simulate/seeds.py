"""Random generators that depend on a seed and a label alone, never on the order of work."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, label: str) -> np.random.Generator:
    """Return the generator of one task, keyed by the seed and a stable hash of the task's label.

    Parameters
    ----------
    seed : int
        Not negative.
    label : str
        Name of the task, e.g. "list:courts".

    Returns
    -------
    numpy.random.Generator
        The same for the same seed and label, whatever else ran before.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(label.encode("utf-8"))]))
