"""What a run gives, stage by stage."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from uncounted.counts import Count
from uncounted.errors import CaptureError
from uncounted.estimation import Answer
from uncounted.linkage import (
    Calibration,
    Clusterings,
    LinkageSummary,
    ScoredPairs,
    calibrated_weights,
    unlinkable_records,
)
from uncounted.linkage.pairs import probability
from uncounted.project import Project
from uncounted.records import Records, RecordsSummary
from uncounted.register import Register, Tabulation
from uncounted.register.changes import Changes
from uncounted.report import LinkTrust
from uncounted.sources import Source, SourceSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsurePair:
    """Two records, by id, that may or may not be one person."""

    left: str
    right: str
    match_prob: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What a run gave, stage by stage; a stage that was not asked for is None.

    Attributes
    ----------
    run_id : str
        Hash of the files, settings, versions and seed: equal ids mean equal results.
    warnings : tuple of str
        What makes the lists themselves doubtful: many rejected rows, unreadable columns, names that are no names.
    reused : tuple of str
        Stages taken from the store.
    report : Path or None
        Where the page was written.
    person_ids : tuple of str
        The lasting id of each record's person, in order of `record`.
    changes : Changes or None
        What changed since the run before.
    """

    project: Project
    sources: tuple[Source, ...]
    records: Records
    pairs: ScoredPairs
    calibration: Calibration
    clusterings: Clusterings
    linkage: LinkageSummary
    register: Register | None = None
    tabulation: Tabulation | None = None
    answer: Answer | None = None
    trust: LinkTrust | None = None
    counts: Count | None = None
    run_id: str = ""
    warnings: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    manifest: tuple[tuple[str, str], ...] = ()
    report: Path | None = None
    person_ids: tuple[str, ...] = field(default=(), repr=False)
    changes: Changes | None = None

    def __str__(self) -> str:
        if self.answer is None:
            return f"{self.linkage.n_records:,} records linked: {self.linkage.n_people:,} people."
        lines = [str(self.answer)]
        if self.tabulation is not None:
            lines += [f"Note: {note}" for note in (*self.warnings, *self.linkage.warnings, *self.tabulation.notes)]
        if self.report is not None:
            lines.append(f"Report: {self.report}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.answer._repr_html_() if self.answer is not None else f"<p>{self}</p>"

    def tidy(self) -> list[dict[str, object]]:
        """Return the estimates as rows (see `Answer.tidy`); empty if the run stopped before estimating."""
        return self.answer.tidy() if self.answer is not None else []

    def unsure(self, n: int) -> tuple[UnsurePair, ...]:
        """Return the n scored pairs whose match probability, corrected by review, is nearest to one half."""
        table = self.pairs.table
        prob = probability(calibrated_weights(self.pairs, self.calibration))
        order = np.argsort(np.abs(prob - 0.5), kind="stable")[:n]
        ids = self.records.table["record_id"]
        left, right = table["left"].to_numpy(), table["right"].to_numpy()
        return tuple(
            UnsurePair(left=ids[int(left[k])].as_py(), right=ids[int(right[k])].as_py(), match_prob=float(prob[k]))
            for k in order
        )

    def unlinkable(self) -> tuple[str, ...]:
        """Return the ids of the records that hold too little to be linked; each counts as a person of its own."""
        ids = self.records.table["record_id"]
        return tuple(ids[int(k)].as_py() for k in np.flatnonzero(unlinkable_records(self.records)))

    def to_dict(self) -> dict[str, Any]:
        """Return the run as plain values (no records of people)."""
        import json

        out: dict[str, Any] = {
            "warnings": list(self.warnings),
            "run_id": self.run_id,
            "reused": list(self.reused),
            "manifest": dict(self.manifest),
            "linkage": asdict(self.linkage),
            "report": str(self.report) if self.report else None,
        }
        if self.answer is not None:
            out["answer"] = json.loads(self.answer.to_json())
        if self.tabulation is not None:
            out["notes"] = list(self.tabulation.notes)
        return out

    def to_json(self) -> str:
        """Return the run as JSON (no records of people)."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `check` found before anything slow runs; `refusal` is why a run would stop, if anything would."""

    project: Project
    sources: tuple[SourceSummary, ...]
    records: RecordsSummary
    warnings: tuple[str, ...] = ()
    refusal: CaptureError | None = None
