"""Stages kept in the store under the fingerprint of all they were made from, and what that fingerprint is of."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from uncounted import __version__
from uncounted.project import Project
from uncounted.records import Records
from uncounted.register.keeping import Histories
from uncounted.review import Agreement, DecidedPairs, decided_pairs, read_log, reviewer_agreement
from uncounted.review.carried import carry_log
from uncounted.sources import Source
from uncounted.store import Store, fingerprint, from_parts, to_parts

T = TypeVar("T")

# Engines whose version can change a result.
_ENGINES = ("numpy", "scipy", "duckdb", "splink", "pyarrow", "anyascii", "python-calamine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What reviewers decided about the records of this run, how far they agree, and what has to be said about it."""

    pairs: DecidedPairs
    agreement: Agreement
    notes: tuple[str, ...]


class Stages:
    """Runs stages against the store: takes what is there with the same fingerprint, else computes and keeps it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.reused: list[str] = []

    def do(self, stage: str, key: str, kind: type[T], compute: Callable[[], T]) -> T:
        """Return what is kept of a stage under this fingerprint, or compute and keep it."""
        kept = self.store.get_stage(stage, key)
        if kept is not None:
            self.reused.append(stage)
            return from_parts(kept, kind)
        value = compute()
        self.store.put_stage(stage, key, to_parts(value))
        return value

    def keep_source(self, source: Source) -> None:
        """Keep a list as delivered, once for each content and way of reading it."""
        key = fingerprint(source.sha256, source.encoding, source.sheet, source.columns)
        if self.store.get_stage(f"source:{source.name}", key) is None:
            self.store.put_source(source.name, key, to_parts(source), file=source.file, sha256=source.sha256, at=now())

    def decisions(self, records: Records, histories: Histories) -> Decided:
        """Return what reviewers decided, read with the record ids of today.

        Raises
        ------
        DecisionError
            D02 if the log does not verify, D09 if judgements contradict each other.
        """
        log = read_log(self.store)
        carried = carry_log(log, histories)
        pairs = decided_pairs(carried.log, records)
        earlier = sum(pair.holds for pair in carried.to_look_at)
        notes = (
            (
                len(pairs.missing),
                "Judgements that wait, for their records are not in the lists, or were not found when they were "
                "imported: {n} (uncounted changes).",
            ),
            (earlier, "Decisions that hold and were made on an earlier wording of a record: {n} (uncounted changes)."),
            (
                len(pairs.to_adjudicate),
                "Pairs that count as undecided, for reviewers do not agree: {n} (uncounted review --adjudicate).",
            ),
        )
        return Decided(
            pairs=pairs,
            agreement=reviewer_agreement(carried.log),
            notes=tuple(words.format(n=n) for n, words in notes if n),
        )


def versions() -> tuple[tuple[str, str], ...]:
    """Return the program's version, a digest of its code, and the versions of the engines that can move a number."""
    return (
        ("uncounted", __version__),
        ("code", _code_digest()),
        *((name, importlib.metadata.version(name)) for name in _ENGINES),
    )


def _code_digest() -> str:
    """Hash the program's own files, so that results of an edited copy are never mistaken for those of another."""
    import hashlib

    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml", ".json", ".txt", ".csv")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def manifest_of(
    project: Project, sources: tuple[Source, ...], run_id: str, made_with: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return names and values for the custody section of the report."""
    return (
        ("run", run_id),
        *((f"list {s.name}", s.sha256) for s in sources),
        ("project file", fingerprint(project.path.read_bytes()) if project.path.is_file() else "made in Python"),
        ("seed", str(project.seed)),
        ("store", project.store),
        *made_with,
    )


def now() -> str:
    """Return the time, for the custody log alone; no result depends on it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
