"""The whole way on one screen: lists as delivered → records → links → people → counts → estimate → page.

Each stage is kept in the store under the fingerprint of all it was made from (bytes of the files, settings, versions,
seed, decisions). A stage is reused only if that fingerprint agrees, and the run says which were.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from uncounted import __version__
from uncounted.counts import Count, count_by_month
from uncounted.errors import ProjectError, did_you_mean
from uncounted.estimation import Answer, estimate, expand, parse
from uncounted.estimation.background import Background
from uncounted.linkage import (
    Clusterings,
    LinkageSummary,
    ScoredPairs,
    cluster,
    describe_pairs,
    score_pairs,
    unlinkable_records,
)
from uncounted.project import Project, load_project
from uncounted.records import Records, RecordsSummary, describe_records, standardise
from uncounted.register import Register, Tabulation, build_register, refuse_uncovered, tabulate
from uncounted.sources import Source, SourceSummary, check_columns, inspect_source, read_source
from uncounted.store import Store, fingerprint, from_parts, to_json, to_parts

if TYPE_CHECKING:
    from uncounted.report import LinkageNumbers, ReportContent

Until = Literal["link", "estimate", "report"]
Progress = Callable[[str, float], None]
T = TypeVar("T")

STORE_NAME = "uncounted.store"
REPORT_NAME = "report.html"
# Engines whose version can change a result.
_MANY_REJECTED, _MANY_UNREADABLE = 0.05, 0.5
_ENGINES = ("numpy", "scipy", "duckdb", "splink", "pyarrow", "anyascii", "python-calamine")


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
    """

    project: Project
    sources: tuple[Source, ...]
    records: Records
    pairs: ScoredPairs
    clusterings: Clusterings
    linkage: LinkageSummary
    register: Register | None = None
    tabulation: Tabulation | None = None
    answer: Answer | None = None
    counts: Count | None = None
    run_id: str = ""
    warnings: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    manifest: tuple[tuple[str, str], ...] = ()
    report: Path | None = None

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
        """Return the n scored pairs whose match probability is nearest to one half, by record id."""
        import numpy as np

        table = self.pairs.table
        prob = table["match_prob"].to_numpy()
        order = np.argsort(np.abs(prob - 0.5), kind="stable")[:n]
        ids = self.records.table["record_id"]
        left, right = table["left"].to_numpy(), table["right"].to_numpy()
        return tuple(
            UnsurePair(left=ids[int(left[k])].as_py(), right=ids[int(right[k])].as_py(), match_prob=float(prob[k]))
            for k in order
        )

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
    """What `check` found before anything slow runs."""

    project: Project
    sources: tuple[SourceSummary, ...]
    records: RecordsSummary
    warnings: tuple[str, ...] = ()


def store_path(project: Project) -> Path:
    """Return where a project's store lies: one file beside the project file."""
    return project.folder / STORE_NAME


def open_store(project: Project, passphrase: str | None) -> Store:
    """Open the project's store, or make it if there is none yet.

    Raises
    ------
    StoreError
        If it is in use, damaged, not a store, or the passphrase is wrong.
    """
    path = store_path(project)
    if path.exists():
        return Store.open(path, passphrase=passphrase)
    return Store.create(path, kind=project.store, passphrase=passphrase)


def check(project: Project | Path | str) -> Checked:
    """Read the project file and all lists, bring the records into shape, and say what was found. Writes nothing.

    Raises
    ------
    ProjectError
        With all mistakes of the project file.
    SourceError
        If a list cannot be read as declared.
    """
    loaded = _loaded(project)
    sources = _read(loaded)
    records = standardise(sources, loaded)
    refuse_uncovered(records, loaded)
    summary = describe_records(records, loaded)
    return Checked(
        project=loaded,
        sources=tuple(inspect_source(s, spec) for s, spec in zip(sources, loaded.lists, strict=True)),
        records=summary,
        warnings=_doubts(loaded, sources, summary),
    )


def read_records(project: Project) -> Records:
    """Return the records of all lists in the standard shape, without linking them."""
    return standardise(_read(project), project)


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
    ProjectError, SourceError, LinkageError, CaptureError, StoreError, ReportError
        Each says what was expected, where, and what to do. Finished stages stay in the store.
    """
    loaded = _loaded(project)
    say = progress or _silent
    say("reading the lists", 0.0)
    sources = _read(loaded)
    with open_store(loaded, passphrase) as store:
        return _run_stages(loaded, sources, _Stages(store), until=until, say=say, truth=truth)


def _run_stages(
    project: Project,
    sources: tuple[Source, ...],
    stages: _Stages,
    *,
    until: Until,
    say: Progress,
    truth: tuple[str, int] | None,
) -> Run:
    versions = _versions()
    for source in sources:
        stages.keep_source(source)
    key = fingerprint(versions, [s.sha256 for s in sources], [_reading(spec) for spec in project.lists], project.start,
                      project.end)  # fmt: skip
    records = stages.do("records", key, Records, lambda: standardise(sources, project, progress=say))

    refuse_uncovered(records, project)  # before anything slow
    key = fingerprint(key, project.linkage.max_block, project.linkage.max_pairs_per_rule, project.seed)
    pairs = stages.do(
        "pairs",
        key,
        ScoredPairs,
        lambda: score_pairs(
            records, project.linkage, seed=project.seed, progress=lambda words: say(words.rstrip("."), 0.0)
        ),
    )

    same, different, notes = stages.decisions(records)
    key = fingerprint(key, project.linkage, same, different)
    say("drawing clusterings", 0.0)
    clusterings = stages.do(
        "clusterings",
        key,
        Clusterings,
        lambda: cluster(
            pairs,
            project.linkage,
            n_draws=project.linkage.draws,
            seed=project.seed,
            lists=_list_index(records),
            same=same,
            different=different,
        ),
    )
    linkage = describe_pairs(
        pairs,
        clusterings,
        lists=_list_index(records),
        names=records.lists,
        unlinkable=unlinkable_records(records),
    )
    done = Run(
        project=project,
        sources=sources,
        records=records,
        pairs=pairs,
        clusterings=clusterings,
        linkage=linkage,
        warnings=_doubts(project, sources, describe_records(records, project)),
        run_id=key,
        reused=tuple(stages.reused),
    )
    if until == "link":
        return done

    say("counting people", 0.0)
    register = build_register(records, clusterings, project)
    key = fingerprint(key, project.estimate.strata, [spec.covers for spec in project.lists],
                      [spec.built_from for spec in project.lists], project.unit)  # fmt: skip
    tabulation = stages.do("captures", key, Tabulation, lambda: tabulate(register, records, project, seed=project.seed))
    counts = count_by_month(register, records, project)

    background = background_of(project, tabulation)
    key = fingerprint(key, project.estimate, project.assumption, project.nobody_covers, background)
    answer = stages.do("estimate", key, Answer, lambda: _estimate(project, tabulation, background, say))
    manifest = _manifest(project, sources, key, versions)
    stages.store.add_run(key, _now(), to_json(manifest))
    done = replace(
        done,
        register=register,
        tabulation=replace(tabulation, notes=(*tabulation.notes, *notes)),
        answer=answer,
        counts=counts,
        run_id=key,
        reused=tuple(stages.reused),
        manifest=manifest,
    )
    if until == "estimate":
        return done

    from uncounted.report import write_report

    say("writing the report", 0.0)
    page = project.folder / REPORT_NAME
    write_report(report_content(done, truth=truth), page)
    return replace(done, report=page)


def report_content(done: Run, *, truth: tuple[str, int] | None = None) -> ReportContent:
    """Return everything the page shows of a finished run."""
    from uncounted.report import ReportContent

    assert done.answer is not None
    assert done.tabulation is not None
    return ReportContent(
        table=done.tabulation.table,
        answer=done.answer,
        project=done.project,
        sources=done.sources,
        changes=done.records.changes,
        linkage=_linkage_numbers(done.linkage, done.clusterings),
        counts=done.counts,
        notes=(*done.warnings, *done.tabulation.notes),
        manifest=done.manifest,
        truth=truth,
    )


def _linkage_numbers(summary: LinkageSummary, clusterings: Clusterings) -> LinkageNumbers:
    """Return the linkage in the report's terms."""
    from uncounted.report import content

    return content.LinkageNumbers(
        n_records=summary.n_records,
        n_pairs=summary.n_pairs,
        n_people=summary.n_people,
        n_people_range=(summary.n_people_low, summary.n_people_high),
        n_draws=clusterings.n_draws,
        rules=summary.rules,
        cluster_sizes=_cluster_sizes(clusterings),
        overlaps=tuple(
            content.Overlap(first=o.first, second=o.second, n=o.n_people, low=o.low, high=o.high)
            for o in summary.overlaps
        ),
        lists=tuple(
            content.ListLinkage(list=x.list, n_records=x.n_records, n_people=x.n_people, n_duplicates=x.n_repeats)
            for x in summary.lists
        ),
        warnings=summary.warnings,
    )


def _cluster_sizes(clusterings: Clusterings) -> tuple[tuple[int, int], ...]:
    """Return (records of a person, how many people have that many), ascending."""
    import numpy as np

    _, sizes = np.unique(clusterings.point, return_counts=True)
    return tuple((int(k), int(n)) for k, n in zip(*np.unique(sizes, return_counts=True), strict=True))


def write_table_report(answer: Answer, path: Path) -> None:
    """Write the page of an answer that came from a table of counts, without lists of people."""
    from uncounted.report import ReportContent, write_report

    table = answer.table
    manifest = (
        ("table", fingerprint(table.lists, table.strata, table.counts, table.coverage)),
        ("uncounted", __version__),
        *((name, importlib.metadata.version(name)) for name in ("numpy", "scipy")),
    )
    write_report(ReportContent(table=table, answer=answer, manifest=manifest), path)


class _Stages:
    """Runs stages against the store: takes what is there with the same fingerprint, else computes and keeps it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.reused: list[str] = []

    def do(self, stage: str, key: str, kind: type[T], compute: Callable[[], T]) -> T:
        kept = self.store.get_stage(stage, key)
        if kept is not None:
            self.reused.append(stage)
            return from_parts(kept, kind)
        value = compute()
        self.store.put_stage(stage, key, to_parts(value))
        return value

    def keep_source(self, source: Source) -> None:
        key = fingerprint(source.sha256, source.encoding, source.sheet, source.columns)
        if self.store.get_stage(f"source:{source.name}", key) is None:
            self.store.put_source(source.name, key, to_parts(source), file=source.file, sha256=source.sha256, at=_now())

    def decisions(
        self, records: Records
    ) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...], tuple[str, ...]]:
        """Return pairs decided to be the same and different, and a note on decisions whose records are gone."""
        from uncounted.review import as_record_pairs, current_decisions, read_log

        same, different, missing = as_record_pairs(current_decisions(read_log(self.store)), records)
        waiting = f"{len(missing)} decisions speak of records that are no longer in the lists; they wait."
        return same, different, (waiting,) if missing else ()


def background_of(project: Project, tabulation: Tabulation) -> Background:
    """Return what the project file says besides the lists; the window is the project's period, if it has both ends.

    Raises
    ------
    ProjectError
        E56 for people documented in a stratum that the table of overlaps does not have.
    """
    spec, strata = project.background, tabulation.table.strata
    for label, _ in spec.documented:
        if label not in strata:
            raise ProjectError(
                f"there is no stratum '{label}'.{did_you_mean(label, strata)} Strata with people on a list: "
                f"{', '.join(strata)}.",
                where=f"{project.path.name}, [background] documented",
                do="Use these labels; without strata: documented = { all = 1500 }.",
                code="E56",
            )
    window = (project.end - project.start).days + 1.0 if project.start and project.end else None
    return Background(
        documented=dict(spec.documented),
        subtractive=spec.subtractive,
        link_precision=spec.link_precision,
        link_recall=spec.link_recall,
        window_days=window,
        stay_days=spec.stay_days,
        people_leave=spec.people_leave,
        duplicates_share=spec.duplicates_share,
    )


def estimating(name: str, done: int, total: int) -> tuple[str, float]:
    """Return how the progress of estimating is said: estimator and step in words, and the share done."""
    kind = name.partition(":")[0]
    return f"estimating: {kind} ({min(done + 1, total)} of {total})", done / max(total, 1)


def _estimate(project: Project, tabulation: Tabulation, background: Background, say: Progress) -> Answer:
    spec, assumed = project.estimate, project.assumption
    n_lists = tabulation.table.n_lists
    # With two lists there are no log-linear models to average: the default choice becomes the pair itself.
    choice = None if n_lists == 2 and assumed.choice == "loglinear-average" else assumed.choice
    return estimate(
        tabulation.table,
        estimators=spec.estimators,
        choice=choice,
        reason=assumed.reason,
        level=spec.level,
        criterion=spec.criterion,
        max_order=spec.max_order,
        independence_defended=assumed.independence_defended,
        claims=spec.claims,
        not_covered=project.nobody_covers,
        seed=project.seed,
        background=background,
        progress=lambda *step: say(*estimating(*step)),
    )


def _doubts(project: Project, sources: tuple[Source, ...], records: RecordsSummary) -> tuple[str, ...]:
    """Say what makes a list doubtful as a whole; nothing of it is an error, all of it can move the number."""
    found = []
    if "…" in project.population:
        found.append("[project] population still holds the template's “…”: say in one sentence who is counted.")
    for source in sources:
        if len(source.rejects) > _MANY_REJECTED * source.n_rows:
            lines = ", ".join(str(r.line) for r in source.rejects[:5])
            found.append(
                f"List '{source.name}': {len(source.rejects):,} of {source.n_rows:,} rows could not be read "
                f"(lines {lines}, …); the people in them are missing from every number."
            )
    for entry in records.lists:
        for column, n in entry.unreadable:
            if n > _MANY_UNREADABLE * entry.n_rows:
                found.append(
                    f"List '{entry.list}': {n:,} of {entry.n_rows:,} values of column '{column}' could not be read as "
                    "what it is mapped to; look at the mapping and at `date_formats`."
                )
        if entry.n_no_name > _MANY_UNREADABLE * entry.n_rows:
            found.append(
                f"List '{entry.list}': {entry.n_no_name:,} of {entry.n_rows:,} names are no names; look at the mapping."
            )
    return tuple(found)


def _check_choice(project: Project) -> None:
    """Refuse an unknown estimator before anything slow, with the place in the project file."""
    lists = tuple(spec.name for spec in project.lists)
    spec, assumed = project.estimate, project.assumption
    for key, wanted in (("[estimate] estimators", spec.estimators), ("[assumption] choice", (assumed.choice,))):
        try:
            if key.startswith("[estimate]"):
                expand(wanted, lists, criterion=spec.criterion)
            else:
                parse(wanted[0], lists, criterion=spec.criterion)
        except ProjectError as error:
            raise ProjectError(
                error.what, where=f"{project.path.name}, {key}", why=error.why, do=error.do, code=error.code
            ) from None


def _loaded(project: Project | Path | str) -> Project:
    loaded = project if isinstance(project, Project) else load_project(Path(project))
    _check_choice(loaded)
    return loaded


def _read(project: Project) -> tuple[Source, ...]:
    sources = tuple(read_source(spec) for spec in project.lists)
    for spec, source in zip(project.lists, sources, strict=True):
        check_columns(spec, source)
    return sources


def _reading(spec: Any) -> Any:
    """Return what of a list's declaration bears on its records (not the title, nor where the file lies)."""
    return (spec.name, spec.columns, spec.date_formats, spec.encoding, spec.delimiter, spec.sheet, spec.header_row)


def _list_index(records: Records) -> Any:
    import numpy as np

    position = {name: i for i, name in enumerate(records.lists)}
    return np.array([position[name] for name in records.table["list"].to_pylist()], dtype=np.int64)


def _versions() -> tuple[tuple[str, str], ...]:
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
    root = Path(__file__).parent
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml", ".json", ".txt", ".csv")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _manifest(
    project: Project, sources: tuple[Source, ...], run_id: str, versions: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    return (
        ("run", run_id),
        *((f"list {s.name}", s.sha256) for s in sources),
        ("project file", fingerprint(project.path.read_bytes()) if project.path.is_file() else "made in Python"),
        ("seed", str(project.seed)),
        ("store", project.store),
        *versions,
    )


def _now() -> str:
    """Return the time, for the custody log alone; no result depends on it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _silent(_stage: str, _share: float) -> None:
    """Say nothing."""
