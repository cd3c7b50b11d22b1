"""From a finished run to the page: every result in the terms of the report."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np

from uncounted import __version__
from uncounted.estimation import Answer
from uncounted.linkage import Clusterings, LinkageSummary
from uncounted.pipeline.result import Run
from uncounted.report import LinkageNumbers, LinkTrust, ListLinkage, Overlap, ReportContent, write_report
from uncounted.store import fingerprint


def report_content(done: Run, *, truth: tuple[str, int] | None = None) -> ReportContent:
    """Return everything the page shows of a finished run."""
    assert done.answer is not None
    assert done.tabulation is not None
    return ReportContent(
        table=done.tabulation.table,
        answer=done.answer,
        project=done.project,
        sources=done.sources,
        changes=done.records.changes,
        linkage=_linkage_numbers(done.linkage, done.clusterings, done.trust or LinkTrust()),
        counts=done.counts,
        notes=(*done.warnings, *done.tabulation.notes),
        manifest=done.manifest,
        truth=truth,
    )


def _linkage_numbers(summary: LinkageSummary, clusterings: Clusterings, trust: LinkTrust) -> LinkageNumbers:
    """Return the linkage in the report's terms."""
    return LinkageNumbers(
        n_records=summary.n_records,
        n_pairs=summary.n_pairs,
        n_people=summary.n_people,
        n_people_range=(summary.n_people_low, summary.n_people_high),
        n_draws=clusterings.n_draws,
        rules=summary.rules,
        cluster_sizes=_cluster_sizes(clusterings),
        overlaps=tuple(
            Overlap(first=o.first, second=o.second, n=o.n_people, low=o.low, high=o.high) for o in summary.overlaps
        ),
        lists=tuple(
            ListLinkage(list=x.list, n_records=x.n_records, n_people=x.n_people, n_duplicates=x.n_repeats)
            for x in summary.lists
        ),
        warnings=summary.warnings,
        trust=trust,
    )


def _cluster_sizes(clusterings: Clusterings) -> tuple[tuple[int, int], ...]:
    """Return (records of a person, how many people have that many), ascending."""
    _, sizes = np.unique(clusterings.point, return_counts=True)
    return tuple((int(k), int(n)) for k, n in zip(*np.unique(sizes, return_counts=True), strict=True))


def write_table_report(answer: Answer, path: Path) -> None:
    """Write the page of an answer that came from a table of counts, without lists of people."""
    table = answer.table
    manifest = (
        ("table", fingerprint(table.lists, table.strata, table.counts, table.coverage)),
        ("uncounted", __version__),
        *((name, importlib.metadata.version(name)) for name in ("numpy", "scipy")),
    )
    write_report(ReportContent(table=table, answer=answer, manifest=manifest), path)
