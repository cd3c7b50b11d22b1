"""What the store gives back: plain columns, which the rooms above give their meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInfo:
    """A stored stage: its name, what it was made from (fingerprint), a note, and its size."""

    stage: str
    fingerprint: str
    note: str
    n_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A delivered file at first contact: list, file name, SHA-256 of its bytes, when."""

    list: str
    file: str
    sha256: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One review decision as plain columns; `review` gives them their meaning. `number` counts from 1."""

    number: int
    left_id: str
    right_id: str
    judgement: str
    decided_by: str
    at: str
    why: str
    supersedes: int | None
    chain_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """What a room above noted: of which kind, under which key, when (ISO), and after how many decisions."""

    kind: str
    key: str
    at: str
    n_decisions: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run: its id (a hash of inputs, settings, versions and seed), when it was, and its manifest as JSON."""

    run_id: str
    at: str
    body: bytes
