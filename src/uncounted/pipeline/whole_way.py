"""The whole way on one screen: lists as delivered → records → links → people → counts → estimate → page.

Each stage is kept in the store under the fingerprint of all it was made from (bytes of the files, settings, versions,
seed, decisions). A stage is reused only if that fingerprint agrees, and the run says which were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from uncounted.counts import count_by_month
from uncounted.estimation import Answer
from uncounted.linkage import (
    Calibration,
    Clusterings,
    ScoredPairs,
    calibrate,
    cluster,
    describe_pairs,
    score_pairs,
    unlinkable_records,
)
from uncounted.pipeline.estimating import background_of, estimate_project
from uncounted.pipeline.history import compared, full_summary, link_summary
from uncounted.pipeline.lists import doubts_of, loaded_project, open_store, read_lists, reading_of
from uncounted.pipeline.page import report_content
from uncounted.pipeline.result import Run
from uncounted.pipeline.stages import Stages, manifest_of, now, versions
from uncounted.pipeline.trust import link_trust, quality_of
from uncounted.project import Project
from uncounted.records import Records, describe_records, records_settings, standardise
from uncounted.register import Tabulation, build_register, refuse_uncovered, tabulate
from uncounted.register.keeping import note_deliveries, note_people
from uncounted.report import LinkTrust, write_report
from uncounted.sources import Source
from uncounted.store import fingerprint, to_json

Until = Literal["link", "estimate", "report"]
Progress = Callable[[str, float], None]

REPORT_NAME = "report.html"


def run(
    project: Project | Path | str,
    *,
    passphrase: str | None = None,
    until: Until = "report",
    progress: Progress | None = None,
    truth: tuple[str, int] | None = None,
) -> Run:
    """Run a project from its lists to its report.

    Parameters
    ----------
    project : Project or path
        A loaded project, its folder, or its ``uncounted.toml``.
    passphrase : str, optional
        Of the encrypted store; none for ``store = "plain"``.
    until : "link", "estimate" or "report"
        Where to stop.
    progress : callable, optional
        Called with (stage in words, share done). Words after a colon name the step, those in brackets count it.
    truth : (str, int), optional
        For invented data: how the known total is called, and the total; shown beside the answer in the report.

    Returns
    -------
    Run

    Raises
    ------
    ProjectError, SourceError, LinkageError, DecisionError, CaptureError, StoreError, ReportError
        Each says what was expected, where, and what to do. Finished stages stay in the store.
    """
    loaded = loaded_project(project)
    say = progress or _silent
    say("reading the lists", 0.0)
    sources = read_lists(loaded)
    with open_store(loaded, passphrase) as store:
        return _run_stages(loaded, sources, Stages(store), until=until, say=say, truth=truth)


def _run_stages(
    project: Project,
    sources: tuple[Source, ...],
    stages: Stages,
    *,
    until: Until,
    say: Progress,
    truth: tuple[str, int] | None,
) -> Run:
    made_with = versions()
    seed = project.seed
    for source in sources:
        stages.keep_source(source)
    key = fingerprint(made_with, [s.sha256 for s in sources], [reading_of(spec) for spec in project.lists],
                      project.start, project.end, records_settings(project))  # fmt: skip
    records = stages.do("records", key, Records, lambda: standardise(sources, project, progress=say))

    refuse_uncovered(records, project)  # before anything slow
    linkage = project.linkage
    key = fingerprint(key, linkage.engine, linkage.max_block, linkage.max_pairs_per_rule, linkage.leave_out,
                      linkage.leave_out_rules, linkage.weights, seed)  # fmt: skip
    pairs = stages.do(
        "pairs",
        key,
        ScoredPairs,
        lambda: score_pairs(records, linkage, seed=seed, progress=lambda words: say(words.rstrip("."), 0.0)),
    )

    histories = note_deliveries(stages.store, sources, records, project.lists, at=now())
    decided = stages.decisions(records, histories)
    lists = records.list_index()
    key = fingerprint(key, linkage, decided.pairs.same, decided.pairs.different, decided.pairs.drawn_same,
                      decided.pairs.drawn_different)  # fmt: skip
    say("drawing clusterings", 0.0)
    calibration = stages.do(
        "calibration",
        key,
        Calibration,
        lambda: calibrate(
            pairs, same=decided.pairs.drawn_same, different=decided.pairs.drawn_different, seed=seed, lists=lists
        ),
    )
    clusterings = stages.do(
        "clusterings",
        key,
        Clusterings,
        lambda: cluster(
            pairs,
            linkage,
            n_draws=linkage.draws,
            seed=seed,
            lists=lists,
            same=decided.pairs.same,
            different=decided.pairs.different,
            calibration=calibration,
        ),
    )
    described = describe_pairs(
        pairs, clusterings, lists=lists, names=records.lists, unlinkable=unlinkable_records(records)
    )
    done = Run(
        project=project,
        sources=sources,
        records=records,
        pairs=pairs,
        calibration=calibration,
        clusterings=clusterings,
        linkage=replace(described, warnings=(*described.warnings, *calibration.warnings)),
        warnings=(*doubts_of(project, sources, describe_records(records, project)), *decided.notes),
        run_id=key,
        reused=tuple(stages.reused),
    )
    people = note_people(stages.store, histories, records, clusterings.point, key=key, at=now())
    summary = link_summary(key, histories, people, described)
    if until == "link":
        return compared(done, stages.store, histories, people, summary)

    say("counting people", 0.0)
    register = build_register(records, clusterings, project)
    key = fingerprint(key, project.estimate.strata, [spec.covers for spec in project.lists],
                      [spec.built_from for spec in project.lists], project.unit)  # fmt: skip
    tabulation = stages.do("captures", key, Tabulation, lambda: tabulate(register, records, project, seed=seed))
    counts = count_by_month(register, records, project)

    quality = quality_of(done, decided, stages, key)
    background = background_of(project, tabulation, quality)
    key = fingerprint(key, project.estimate, project.assumption, project.nobody_covers, background)
    answer = stages.do("estimate", key, Answer, lambda: estimate_project(project, tabulation, background, say))
    say("asking how sure the links are", 0.0)
    trust = stages.do("trust", key, LinkTrust, lambda: link_trust(done, decided, tabulation, answer, quality))
    manifest = manifest_of(project, sources, key, made_with)
    stages.store.add_run(key, now(), to_json(manifest))
    done = replace(
        done,
        register=register,
        tabulation=tabulation,
        answer=answer,
        trust=trust,
        counts=counts,
        run_id=key,
        reused=tuple(stages.reused),
        manifest=manifest,
    )
    done = compared(done, stages.store, histories, people, full_summary(summary, done))
    if until == "estimate":
        return done

    say("writing the report", 0.0)
    page = project.folder / REPORT_NAME
    write_report(report_content(done, truth=truth), page)
    return replace(done, report=page)


def _silent(_stage: str, _share: float) -> None:
    """Say nothing."""
