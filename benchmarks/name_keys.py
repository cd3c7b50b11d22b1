"""Speed of name keys, as a ratio against a naive transliteration, and how often two spellings of a person meet.

    python benchmarks/name_keys.py                 # speed on generated names of six families
    python benchmarks/name_keys.py --agreement     # agreement per family too (about two CPU minutes)

CPU time is measured (`time.process_time`), and the naive version (anyascii, lower case, split) runs before and after in
the same process, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
from anyascii import anyascii

from uncounted.records import name_keys
from uncounted.records.column_work import Tally, names_of

sys.path.insert(0, str(Path(__file__).parent / "linkage"))
from cases import Case, make_case

FAMILIES = ("cyrillic", "arabic", "spanish", "english", "turkish", "persian")
COLUMNS = ("surname_key", "given_key", "surname_skeleton", "given_skeleton", "name_keys", "name_skeleton")


def mixed_names(n: int, seed: int) -> list[str]:
    """Return at most `n` distinct generated names of all families, in an order that mixes them."""
    names: set[str] = set()
    for family in FAMILIES:
        case = make_case(family, "easy", seed)
        names |= {name for name in case.records.table.column("name_raw").to_pylist() if name}
    ordered = sorted(names)
    np.random.default_rng(seed).shuffle(ordered)
    return ordered[:n]


def seconds(read: Callable[[str], object], names: Sequence[str]) -> float:
    """Return the CPU seconds that reading all names takes."""
    start = time.process_time()
    for name in names:
        read(name)
    return time.process_time() - start


def column_seconds(names: Sequence[str]) -> float:
    """Return the CPU seconds that a list's column of these names takes, Arrow columns included."""
    tally = Tally("a", np.arange(len(names), dtype=np.int64))
    start = time.process_time()
    names_of({"name": pa.chunked_array([pa.array(names, pa.string())])}, None, "name", tally)
    return time.process_time() - start


def print_speed(names: Sequence[str]) -> None:
    """Print names a second, cold (no word seen before) and warm, and the ratio to the naive version."""
    for name in ("Иван Петров", "محمد Ahmad", "José García"):
        name_keys(name)  # tables are read once
    before = seconds(lambda name: anyascii(name).lower().split(), names)
    last = len(names) - len(names) // 10
    cold_first = seconds(name_keys, names[:last])
    cold_last = seconds(name_keys, names[last:])
    warm = seconds(name_keys, names)
    column_seconds(names)  # a list's other names decide how some are read: words are read again that way
    naive = (before + seconds(lambda name: anyascii(name).lower().split(), names)) / 2
    print(f"{len(names):,} distinct names, CPU time")
    for label, took, n in (
        ("naive", naive, len(names)),
        ("cold", cold_first + cold_last, len(names)),
        ("cold, last tenth", cold_last, len(names) - last),
        ("warm", warm, len(names)),
        ("warm, as a column", column_seconds(names), len(names)),
    ):
        print(f"  {label:18s}{n / took:10,.0f} a second{took / n * len(names) / naive:8.1f} x naive")


def agreement(case: Case, n_different: int = 100_000) -> dict[str, tuple[float, float]]:
    """Return the share of pairs that agree, of one person and of two, by what is compared."""
    columns = {name: case.records.table.column(name).to_pylist() for name in COLUMNS}
    by_person: dict[int, list[int]] = defaultdict(list)
    for record, person in enumerate(case.person):
        by_person[int(person)].append(record)
    same = [(a, b) for records in by_person.values() for i, a in enumerate(records) for b in records[i + 1 :]]
    drawn = np.random.default_rng(0).integers(0, len(case.person), (n_different, 2))
    different = [(int(a), int(b)) for a, b in drawn if case.person[a] != case.person[b]]

    def equal(name: str) -> Callable[[int, int], bool]:
        return lambda a, b: columns[name][a] is not None and columns[name][a] == columns[name][b]

    def two_shared(a: int, b: int) -> bool:
        return len(set(columns["name_keys"][a] or ()) & set(columns["name_keys"][b] or ())) >= 2

    tests = {name: equal(name) for name in COLUMNS[:4]} | {"two keys": two_shared}
    return {
        label: (float(np.mean([t(a, b) for a, b in same])), float(np.mean([t(a, b) for a, b in different])))
        for label, t in tests.items()
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--agreement", action="store_true")
    given = parser.parse_args()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:  # this process must not know the words yet
        names = other.submit(mixed_names, given.names, given.seed).result()
    print_speed(names)
    if given.agreement:
        for family in FAMILIES:
            for damage in ("easy", "medium", "hard"):
                found = agreement(make_case(family, damage, given.seed, n_people=4_000))
                cells = "  ".join(f"{label} {same:.3f}/{other:.5f}" for label, (same, other) in found.items())
                print(f"{family:9s} {damage:7s} {cells}")


if __name__ == "__main__":
    main()
