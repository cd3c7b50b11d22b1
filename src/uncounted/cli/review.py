"""`uncounted review`: decide about pairs of records in the browser, the terminal or a spreadsheet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uncounted.cli.options import Json, PassphraseFile, ProjectPath
from uncounted.cli.talk import progress_bar, result, result_json, say
from uncounted.errors import DecisionError, ProjectError

if TYPE_CHECKING:
    from uncounted.project import Project
    from uncounted.review import Cards, Decision, DecisionLog, Opinion, ReviewQueue
    from uncounted.review.queue import Mode
    from uncounted.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def review(
        project: ProjectPath = Path(),
        by: Annotated[str, typer.Option("--by", help="Who reviews; the page asks if it is not given.")] = "",
        second: Annotated[
            bool, typer.Option("--second", help="A second look, blind, at a share of what others decided.")
        ] = False,
        adjudicate: Annotated[bool, typer.Option("--adjudicate", help="Settle what reviewers disagree about.")] = False,
        terminal: Annotated[bool, typer.Option("--terminal", help="In the terminal, without a browser.")] = False,
        sheet: Annotated[Path | None, typer.Option("--sheet", help="Write the pairs to this CSV instead.")] = None,
        from_sheet: Annotated[Path | None, typer.Option("--from-sheet", help="Read a filled sheet back.")] = None,
        no_open: Annotated[bool, typer.Option("--no-open", help="Print the link; open no browser.")] = False,
        number: Annotated[int, typer.Option("-n", min=1, help="How many pairs of the review order.")] = 300,
        passphrase_file: PassphraseFile = None,
        as_json: Json = False,
    ) -> None:
        """Show pairs of records side by side, least sure first, and record whether they are one person.

        Opens a page in this machine's browser alone. Each decision is on the disk before the next pair comes; stop with
        the page's button or Ctrl-C, and the same command goes on where you stopped.
        """
        from uncounted.cli.passphrase import passphrase_for
        from uncounted.pipeline import open_store
        from uncounted.project import load_project

        _check_options(by, second, adjudicate, [terminal, sheet is not None, from_sheet is not None])
        loaded = load_project(project)
        passphrase = passphrase_for(loaded, passphrase_file)
        mode: Mode = "second" if second else "adjudicate" if adjudicate else "first"
        material = _material(loaded, passphrase, mode)
        with open_store(loaded, passphrase) as store:
            desk = _Work(store, loaded, material, mode, number)
            if sheet is not None:
                desk.to_sheet(by, sheet, as_json=as_json)
            elif from_sheet is not None:
                desk.from_sheet(by, from_sheet, as_json=as_json)
            elif terminal:
                desk.in_terminal(by, as_json=as_json)
            else:
                desk.in_browser(by, open_browser=not no_open, as_json=as_json)


def _check_options(by: str, second: bool, adjudicate: bool, ways: list[bool]) -> None:
    if second and adjudicate:
        raise ProjectError("--second and --adjudicate are two reviews.", do="Give one of them.", code="P93")
    if sum(ways) > 1:
        raise ProjectError("--terminal, --sheet and --from-sheet exclude each other.", do="Give one.", code="P93")
    if any(ways) and not by.strip():
        raise ProjectError("who reviews is missing.", do="Give --by NAME.", code="P93")
    from uncounted.review.decisions import check_words

    check_words(by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """What there is to review: records with cards, and the scored pairs (None if decisions contradict each other)."""

    ids: list[str]
    cards: Cards
    pairs: Any


def _material(project: Project, passphrase: str | None, mode: Mode) -> _Material:
    """Link the lists as far as pairs; if decisions contradict each other, an adjudicator gets those pairs alone."""
    from uncounted import pipeline
    from uncounted.review import Cards

    try:
        with progress_bar() as progress:
            done = pipeline.run(project, passphrase=passphrase, until="link", progress=progress)
    except DecisionError as error:
        if error.code != "D09" or mode != "adjudicate":
            raise
        say(f"{error.what}\nThese pairs come first; start again when they are settled.")
        records = pipeline.read_records(project)
        return _Material(ids=records.table["record_id"].to_pylist(), cards=Cards(records, project.lists), pairs=None)
    return _Material(
        ids=done.records.table["record_id"].to_pylist(),
        cards=Cards(done.records, project.lists, done.sources, done.clusterings),
        pairs=done.pairs,
    )


class _Work:
    """One review session over an open store."""

    def __init__(self, store: Store, project: Project, material: _Material, mode: Mode, number: int) -> None:
        from uncounted.register.keeping import load_histories, load_summaries
        from uncounted.review import DecisionLog

        # What the last whole run said that more decisions would bring.
        self._outlook = next((s.outlook for s in reversed(load_summaries(store)) if s.outlook), "")
        self._log: DecisionLog = DecisionLog(store)
        self._histories = load_histories(store, [spec.name for spec in project.lists])
        self._material, self._mode = material, mode
        self._order = self._planned(project.seed, number)

    def _planned(self, seed: int, number: int) -> Any:
        from uncounted.linkage.review_order import review_order
        from uncounted.review import plan_review

        pairs = self._material.pairs
        if pairs is None or self._mode != "first":
            return ()
        return plan_review(pairs, review_order(pairs, ids=self._material.ids, seed=seed, n=number))

    def queue(self, by: str) -> ReviewQueue:
        from uncounted.review import ReviewQueue

        return ReviewQueue(
            self._log,
            ids=self._material.ids,
            pairs=self._material.pairs,
            order=self._order,
            by=by,
            mode=self._mode,
            read_as=self._today,
        )

    def _today(self, log: tuple[Decision, ...]) -> tuple[Decision, ...]:
        """Return the log under the record ids of today's deliveries."""
        from uncounted.review.carried import carry_log

        return carry_log(log, self._histories).log

    def opinion(self, position: int) -> Opinion:
        from uncounted.review import opinion_of

        return opinion_of(self._material.pairs, position)

    def in_browser(self, by: str, *, open_browser: bool, as_json: bool) -> None:
        import webbrowser

        from uncounted.review.page import PageServer
        from uncounted.review.page.app import Desk

        desk = Desk(
            open_queue=self.queue,
            cards=self._material.cards,
            opinion=self.opinion,
            now=_now,
            clock=time.monotonic,
            outlook=self._outlook,
        )
        if by.strip():
            desk.start(by)

        def opened(link: str) -> None:
            say(f"Review at (good for one visit, on this machine alone):\n\n    {link}\n\nCtrl-C ends it.")
            if open_browser and not webbrowser.open(link):
                say("No browser could be opened; copy the link into one.")

        summary = PageServer(desk).serve(opened=opened)
        self._tell(summary.made, summary.n_waiting, as_json=as_json)

    def in_terminal(self, by: str, *, as_json: bool) -> None:
        from rich.console import Console

        from uncounted.review.terminal import review_in_terminal, single_keys

        queue = self.queue(by)
        before = len(self._log)
        try:
            with single_keys(say) as read_key:
                review_in_terminal(
                    queue,
                    self._material.cards,
                    self.opinion,
                    console=Console(stderr=True, highlight=False),
                    read_key=read_key,
                    read_line=input,
                    now=_now,
                )
        finally:
            self._tell(self._log.entries[before:], len(queue.open_tasks()), as_json=as_json)

    def to_sheet(self, by: str, path: Path, *, as_json: bool) -> None:
        from uncounted.records.row_prints import prints_today
        from uncounted.review.sheet import write_sheet

        n = write_sheet(self.queue(by), self._material.cards, path, prints_today(self._histories))
        if as_json:
            result_json({"pairs": n, "sheet": path.name})
            return
        option = {"first": "", "second": " --second", "adjudicate": " --adjudicate"}[self._mode]
        result(
            f"{n:,} {'pair' if n == 1 else 'pairs'} written to {path.name}. Fill the column judgement with same, "
            f"different or unsure, save as CSV UTF-8, then: uncounted review{option} --by {by.strip()} "
            f"--from-sheet {path.name}"
        )
        say("The sheet holds names of people in plain text: keep it where the lists are kept, and delete it after.")

    def from_sheet(self, by: str, path: Path, *, as_json: bool) -> None:
        from uncounted.records.row_prints import prints_today
        from uncounted.review.sheet import read_sheet

        queue = self.queue(by)
        found = read_sheet(queue, path, at=_now(), rows=prints_today(self._histories))
        if found.n_empty or found.n_known:
            rows = "row is" if found.n_empty == 1 else "rows are"
            were = "was" if found.n_known == 1 else "were"
            say(f"{found.n_empty:,} {rows} not decided; {found.n_known:,} {were} recorded before.")
        if found.anew:
            n, numbers = len(found.anew), ", ".join(str(number) for number in found.anew[:20])
            rows, their = ("row was", "its") if n == 1 else ("rows were", "their")
            more = f" and {n - 20:,} more" if n > 20 else ""
            say(
                f"{n:,} {rows} not taken (in the sheet: {numbers}{more}): the list was delivered anew since the sheet "
                f"was written, and {their} records are not there as they were shown, or the sheet is of another store."
                " Write a new sheet for these pairs."
            )
        self._tell(found.made, len(queue.open_tasks()), as_json=as_json, n_anew=len(found.anew))

    def _tell(self, made: tuple[Decision, ...], n_waiting: int | None, *, as_json: bool, n_anew: int = 0) -> None:
        """Say what was decided, what waits, and how far reviewers agree."""
        from uncounted.review import find_contradictions, resolve, reviewer_agreement
        from uncounted.review.resolve import OPEN

        taken_back = {d.supersedes for d in made if d.judgement == "withdrawn"}
        kept = [d for d in made if d.judgement != "withdrawn" and d.number not in taken_back]
        n_of = {word: sum(d.judgement == word for d in kept) for word in ("same", "different", "unsure")}
        today = self._today(self._log.entries)
        resolved = resolve(today)
        contradictions = find_contradictions(resolved)
        to_settle = sum(r.status in OPEN for r in resolved)
        agreement = reviewer_agreement(today)
        if as_json:
            result_json({"decided": len(kept), **n_of, "taken_back": len(taken_back), "waiting": n_waiting,
                         "to_adjudicate": to_settle, "contradictions": len(contradictions),
                         "judged_twice": agreement.n_pairs, "kappa": agreement.kappa,
                         "kappa_interval": agreement.kappa_interval, "delivered_anew": n_anew})  # fmt: skip
            return
        back = f", {len(taken_back)} taken back" if taken_back else ""
        waiting = "" if n_waiting is None else f" {n_waiting:,} {'pair waits' if n_waiting == 1 else 'pairs wait'}."
        words = ", ".join(f"{n} {word}" for word, n in n_of.items())
        pairs = "pair" if len(kept) == 1 else "pairs"
        result(f"{len(kept)} {pairs} decided ({words}{back}).{waiting}")
        if agreement.n_pairs:
            result(agreement.words)
        if to_settle:
            wait = "pair waits" if to_settle == 1 else "pairs wait"
            result(f"{to_settle:,} {wait} for an adjudicator: uncounted review --adjudicate --by NAME")
        for contradiction in contradictions:
            result(f"Contradiction: {contradiction}.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
