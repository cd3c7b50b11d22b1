"""`uncounted link`: which records are one person, and how sure that is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uncounted.cli.options import Json, PassphraseFile, ProjectPath
from uncounted.cli.talk import progress_bar, result, result_json, say

if TYPE_CHECKING:
    from uncounted.linkage import LinkageSummary
    from uncounted.pipeline import Run


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def link(
        project: ProjectPath = Path(),
        unsure: Annotated[
            int, typer.Option("--unsure", min=0, help="Also list this many of the least sure pairs by record id.")
        ] = 0,
        unlinkable: Annotated[
            bool, typer.Option("--unlinkable", help="Also list the records that hold too little to be linked, by id.")
        ] = False,
        explain: Annotated[
            bool, typer.Option("--explain", help="Say which rules, fields, levels and weights were used, and why.")
        ] = False,
        passphrase_file: PassphraseFile = None,
        as_json: Json = False,
    ) -> None:
        """Link the records of all lists and show pairs, clusters and overlaps."""
        from uncounted import pipeline
        from uncounted.cli.passphrase import passphrase_for
        from uncounted.project import load_project

        loaded = load_project(project)
        passphrase = passphrase_for(loaded, passphrase_file)
        with progress_bar() as progress:
            done = pipeline.run(loaded, passphrase=passphrase, until="link", progress=progress)
        for stage in done.reused:
            say(f"Reused: {stage} (same input, settings and version as before).")
        from uncounted.cli.changes import waiting_words

        for words in waiting_words(tuple(p for p in done.changes.decisions if not p.holds) if done.changes else ()):
            say(words)
        if explain:
            from uncounted.linkage import explanation, explanation_lines

            if as_json:
                result_json(explanation(done.pairs))
                return
            for line in explanation_lines(done.pairs):
                result(line)
            _list_records(done, unsure=unsure, unlinkable=unlinkable)
            return
        summary = done.linkage
        assert summary is not None
        if as_json:
            from uncounted.store import to_json

            pairs = [{"left": p.left, "right": p.right, "match_prob": p.match_prob} for p in done.unsure(unsure)]
            poor = {"unlinkable": done.unlinkable()} if unlinkable else {}
            result_json({**json.loads(to_json(summary)), "unsure": pairs, **poor})
            return
        for line in summary_lines(summary):
            result(line)
        _list_records(done, unsure=unsure, unlinkable=unlinkable)


def _list_records(done: Run, *, unsure: int, unlinkable: bool) -> None:
    """List the least sure pairs, and the records too poor to be linked, by id."""
    if unsure:
        result("\nLeast sure pairs (look at them with: uncounted review):")
        for p in done.unsure(unsure):
            result(f"  {p.match_prob:.2f}  {p.left}  {p.right}")
    if unlinkable:
        result("\nRecords that hold too little to be linked; each counts as a person of its own:")
        for record in done.unlinkable():
            result(f"  {record}")


def summary_lines(summary: LinkageSummary) -> list[str]:
    """Return the linkage in lines for a screen: people, pairs, clusters, overlaps, rules, warnings."""
    people = _range(summary.n_people, summary.n_people_low, summary.n_people_high)
    lines = [
        f"{summary.n_records:,} records stand for {people} people.",
        f"{summary.n_pairs:,} pairs were compared; about {summary.n_expected_matches:,.0f} of them are one person.",
        "",
        "Pairs by match probability:",
    ]
    lines += [f"  {b.low:>5g} – {b.high:<5g} {b.n_pairs:>9,}" for b in summary.bands]
    lines += ["", "People by number of records:"]
    lines += [f"  {s.records:>10} {s.n_people:>9,}" for s in summary.sizes if s.n_people]
    lines += ["", "Lists:                records    people   repeats   too little to link"]
    for x in summary.lists:
        lines.append(f"  {x.list:<18} {x.n_records:>9,} {x.n_people:>9,} {x.n_repeats:>9,} {x.n_unlinkable:>9,}")
    lines += ["", "People on two lists (range over draws):"]
    for o in summary.overlaps:
        lines.append(f"  {o.first + ' and ' + o.second:<28} {_range(o.n_people, o.low, o.high)}")
    lines += ["", "What brought pairs up:"]
    for rule in summary.rules:
        skipped = f", {rule.n_skipped_blocks:,} blocks too big" if rule.n_skipped_blocks else ""
        lines.append(f"  {rule.n_pairs:>9,}  {rule.words}{skipped}")
    lines += [f"Warning: {warning}" for warning in summary.warnings]
    return lines


def _range(n: int, low: int, high: int) -> str:
    return f"{n:,}" if low == high else f"{n:,} ({low:,}–{high:,})"
