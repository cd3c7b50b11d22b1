"""What changed since the last run: lists delivered anew, people and decisions carried along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from uncounted.linkage import LinkageSummary
from uncounted.pipeline.lists import loaded_project, open_store, read_lists, store_path
from uncounted.pipeline.result import Run
from uncounted.pipeline.stages import now
from uncounted.project import Project
from uncounted.records import Records, standardise
from uncounted.records.row_history import CarriedPair
from uncounted.register.changes import Changes, compare_lists, compare_runs, run_before
from uncounted.register.keeping import (
    Histories,
    NamedPeople,
    RunSummary,
    load_histories,
    load_steps,
    load_summaries,
    note_deliveries,
    note_summary,
    salt_of,
    with_today,
)
from uncounted.store import Store


def changes(project: Project | Path | str, *, passphrase: str | None = None) -> Changes:
    """Say what changed since the last run: what the lists bring that was not linked yet, or what the last run brought.

    Reads the lists; links and estimates nothing, and writes nothing.

    Raises
    ------
    ProjectError, SourceError, StoreError
        As for `run`; T05 if the project was never run.
    """
    loaded = loaded_project(project)
    sources = read_lists(loaded)
    if not store_path(loaded).exists():
        return Changes(waiting=False, first=True)
    with open_store(loaded, passphrase) as store:
        summaries = load_summaries(store)
        if not summaries:
            return Changes(waiting=False, first=True)
        names = tuple(dict.fromkeys((*(spec.name for spec in loaded.lists), *_lists_of(summaries))))
        kept = load_histories(store, names)
        fresh = with_today(
            kept,
            sources,
            standardise(sources, loaded),
            loaded.lists,
            salt=salt_of(store),
            n_decisions=len(store.decision_rows()),
        )
        now = {**kept, **fresh}
        today = {source.name: len(now[source.name]) - 1 for source in sources}
        if today == dict(summaries[-1].deliveries):
            return _changes_of(store, summaries, kept)
        rows = compare_lists(dict(summaries[-1].deliveries), today, now)
        return Changes(waiting=True, first=False, lists=rows, decisions=_to_look_at(store, now, today))


def note_lists(store: Store, project: Project) -> Records:
    """Read the lists and note those delivered anew, so that a decision made now is read as made on these.

    To be called before decisions are appended outside a run. Returns the records, not linked.
    """
    sources = read_lists(project)
    records = standardise(sources, project)
    note_deliveries(store, sources, records, project.lists, at=now())
    return records


def _lists_of(summaries: Sequence[RunSummary]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for summary in summaries for name, _ in summary.deliveries))


def _changes_of(store: Store, summaries: Sequence[RunSummary], histories: Histories) -> Changes:
    """Compare the last run with the one before; `histories` are those of all lists of either."""
    last, before = summaries[-1], run_before(summaries)
    look = _to_look_at(store, histories, dict(last.deliveries))
    if before is None:
        return Changes(waiting=False, first=True, decisions=look)
    return replace(compare_runs(before, last, histories, load_steps(store)), decisions=look)


def _to_look_at(store: Store, histories: Histories, lists: Iterable[str]) -> tuple[CarriedPair, ...]:
    """Return the decisions in force that need a new look, with the lists as they are in `histories`."""
    from uncounted.review import read_log
    from uncounted.review.carried import carry_log

    return carry_log(read_log(store), {name: histories[name] for name in lists}).to_look_at


def compared(done: Run, store: Store, histories: Histories, people: NamedPeople, summary: RunSummary) -> Run:
    """Keep the summary of a run, and put beside the run who its people are and what changed since the one before."""
    note_summary(store, summary, at=now())
    summaries = load_summaries(store)
    missing = [name for name in _lists_of(summaries) if name not in histories]
    every = {**histories, **load_histories(store, missing)}
    return replace(done, person_ids=people.ids, changes=_changes_of(store, summaries, every))


def link_summary(key: str, histories: Histories, people: NamedPeople, linkage: LinkageSummary) -> RunSummary:
    """Return what is remembered of a run once its records are linked."""
    return RunSummary(
        link_key=key,
        deliveries=tuple((name, len(kept) - 1) for name, kept in histories.items()),
        n_steps=people.n_steps,
        last_person=people.last,
        n_people=linkage.n_people,
    )


def full_summary(summary: RunSummary, done: Run) -> RunSummary:
    """Add the table of the best clustering and the answer."""
    assert done.tabulation is not None
    assert done.answer is not None
    table, interval = done.tabulation.point, done.answer.n_total_interval
    return replace(
        summary,
        run_id=done.run_id,
        lists=table.lists,
        strata=table.strata,
        cells=tuple(tuple(int(n) for n in row) for row in table.counts[0]),
        n_total=done.answer.n_total,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        level=done.answer.level,
        verdict=done.answer.verdict.level,
        choice=done.answer.choice,
        outlook=done.trust.outlook if done.trust is not None else "",
    )
