"""What changed since the last run: lists delivered anew, people and decisions carried along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from uncounted.linkage import LinkageSummary
from uncounted.pipeline.lists import loaded_project, open_store, read_lists, store_path
from uncounted.pipeline.result import Run
from uncounted.pipeline.stages import now
from uncounted.project import Project
from uncounted.records import Records, standardise
from uncounted.records.deliveries import take_delivery
from uncounted.records.row_history import Binding, CarriedPair
from uncounted.records.row_prints import PrintsThen, RowPrints, list_of
from uncounted.register.changes import Changes, compare_lists, compare_runs, run_before
from uncounted.register.keeping import (
    Histories,
    NamedPeople,
    RunSummary,
    load_histories,
    load_steps,
    load_summaries,
    note_bindings,
    note_deliveries,
    note_summary,
    salt_of,
    with_today,
)
from uncounted.sources.source import Source
from uncounted.store import Store

if TYPE_CHECKING:
    from uncounted.review.exchange import DecisionsFile, Row


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
        if not summaries:
            return Changes(waiting=False, first=True, decisions=_to_look_at(store, now, today))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: how many decisions were new, and those in force (of all) that wait for their records."""

    n_new: int
    waiting: tuple[CarriedPair, ...]


def import_log(store: Store, project: Project, path: Path) -> Imported:
    """Add the decisions of an export to the store, each about the rows it was made on, or about none.

    A row is known by its fingerprint, whatever id it has in today's lists. A decision whose rows are not found waits;
    it is looked for again when the file is imported again. Without fingerprints (files of before) an id is believed
    if it is the list's own.

    Raises
    ------
    DecisionError
        As for `review.import_decisions`.
    ProjectError, SourceError
        If the lists cannot be read.
    """
    from uncounted.review import import_decisions

    sources = read_lists(project)
    records = standardise(sources, project)
    histories = note_deliveries(store, sources, records, project.lists, at=now())

    def bind(found: DecisionsFile, n_held: int) -> None:
        places = _Places(project, sources, records)
        then = PrintsThen(histories)
        by_list: dict[str, list[Binding]] = {}
        for entry in found.log:
            held = [then.imported(entry.number, one) for one in entry.pair]
            if entry.number <= n_held and all(one is None or one.row >= 0 for one in held):
                continue
            rows = [found.rows.get((entry.number, one)) for one in entry.pair]
            found_before = [one is not None and one.row >= 0 for one in held]
            at = [places.of(one, row) for one, row in zip(entry.pair, rows, strict=True)]
            if at[0] == at[1] and list_of(entry.left) == list_of(entry.right):
                at = [-1, -1]  # both would be one row: then neither is known
            for one, row, place, before in zip(entry.pair, rows, at, found_before, strict=True):
                if before:
                    continue
                kept = histories.get(list_of(one))
                number = int(kept[-1].rows[place]) if kept and place >= 0 else -1
                binding = Binding(number=entry.number, record_id=one, row=number, mark=row.mark if row else "",
                                  key=row.key if row else "")  # fmt: skip
                by_list.setdefault(list_of(one), []).append(binding)
        for name, bindings in by_list.items():
            last_hash = found.log[bindings[-1].number - 1].chain_hash
            note_bindings(store, name, histories.get(name, ()), bindings, last_hash=last_hash, at=now())

    n_new = import_decisions(store, path, bind=bind)
    every = load_histories(store, [spec.name for spec in project.lists])
    look = _to_look_at(store, every, every)
    return Imported(n_new=n_new, waiting=tuple(pair for pair in look if not pair.holds))


class _Places:
    """Where in today's lists rows stand that are known by id and fingerprint."""

    def __init__(self, project: Project, sources: Sequence[Source], records: Records) -> None:
        self._project, self._sources = project, sources
        lists, ids = records.table["list"].to_pylist(), records.table["record_id"].to_pylist()
        self._ids: dict[str, list[str]] = {source.name: [] for source in sources}
        for name, one in zip(lists, ids, strict=True):
            self._ids[name].append(one)
        self._known: dict[str, RowPrints] = {}

    def of(self, record_id: str, row: Row | None) -> int:
        """Return the place of a row in its list, or -1."""
        if row is None:
            return self._under("").place_by_own_id(record_id)
        return self._under(row.key).place(record_id, row.mark)

    def _under(self, key: str) -> RowPrints:
        """Return today's rows with fingerprints under the key of the file, which need not be that of the store."""
        if key not in self._known:
            salt = bytes.fromhex(key or "00" * 32)
            specs = {spec.name: spec for spec in self._project.lists}
            self._known[key] = RowPrints(
                take_delivery(source, specs[source.name], self._ids[source.name], salt=salt) for source in self._sources
            )
        return self._known[key]


def export_log(store: Store, project: Project, path: Path) -> int:
    """Write all decisions with the fingerprints of the rows they were made on; return how many.

    Raises
    ------
    DecisionError
        As for `review.export_decisions`.
    """
    from uncounted.review import export_decisions, read_log
    from uncounted.review.exchange import Row

    log = read_log(store)
    lists = dict.fromkeys((*(spec.name for spec in project.lists), *(list_of(one) for d in log for one in d.pair)))
    then = PrintsThen(load_histories(store, tuple(lists)))
    key = salt_of(store).hex()

    def row_of(number: int, record_id: str) -> Row:
        bound = then.imported(number, record_id)
        if bound is not None and bound.mark:  # what came with it goes on with it, found here or not
            return Row(mark=bound.mark, key=bound.key)
        mark = then.of(number, record_id)
        return Row(mark=mark, key=key if mark else "")

    export_decisions(log, path, row_of)
    return len(log)


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
