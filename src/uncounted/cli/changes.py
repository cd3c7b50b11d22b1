"""`uncounted changes`: what the last delivery, or the last run, changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from uncounted.cli.options import Json, PassphraseFile, ProjectPath
from uncounted.cli.talk import result, result_json

if TYPE_CHECKING:
    from uncounted.records.row_history import CarriedId, CarriedPair
    from uncounted.register.changes import Changes, ListChanges, NumberThen
    from uncounted.register.identity import PersonChanges

_SHOWN = 10  # ids of a kind on the screen; --json has all


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def changes(project: ProjectPath = Path(), passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
        """Show what changed since the last run: rows, people by id, decisions to look at again, the number.

        If a list was delivered anew and not linked yet, its rows are compared with the last run. Writes nothing.
        """
        from uncounted import pipeline
        from uncounted.cli.passphrase import passphrase_for
        from uncounted.project import load_project

        loaded = load_project(project)
        found = pipeline.changes(loaded, passphrase=passphrase_for(loaded, passphrase_file))
        if as_json:
            result_json(as_dict(found))
            return
        for line in change_lines(found):
            result(line)


def as_dict(found: Changes) -> dict[str, Any]:
    """Return the changes as plain values; they hold ids and numbers alone."""
    from dataclasses import asdict

    return {**asdict(found), "any": found.any}


def change_lines(found: Changes) -> list[str]:
    """Return the changes in lines for a screen."""
    if found.first:
        return [
            "There is no earlier run to compare with; `uncounted changes` after the next one says what changed.",
            *_decision_lines(found.decisions),
        ]
    lines = []
    if found.waiting:
        lines.append("Lists were delivered anew and not linked yet; compared with the last run:")
    elif not found.any:
        lines.append("Nothing changed between the last run and the one before.")
    else:
        lines.append("The last run, compared with the one before:")
    lines += [line for entry in found.lists for line in _list_lines(entry)]
    if found.people is not None:
        lines += ["", *_people_lines(found.people)]
    lines += _decision_lines(found.decisions)
    lines += _cell_lines(found)
    lines += _number_lines(found)
    if found.waiting:
        lines += ["", "Next: uncounted run, then uncounted changes says what became of people and number."]
    return lines


def _list_lines(entry: ListChanges) -> list[str]:
    parts = [
        f"{n:,} {word}"
        for n, word in (
            (entry.n_added, "added"),
            (entry.n_gone, "gone"),
            (entry.n_changed, "changed"),
            (entry.n_moved, "under another id"),
        )
        if n
    ]
    rows = (
        f"{entry.n_before:,} → {entry.n_after:,} rows" if entry.n_before != entry.n_after else f"{entry.n_after:,} rows"
    )
    lines = [f"  {entry.list}: {rows}; {', '.join(parts) or 'as before'}"]
    return lines + [f"    {note}" for note in entry.notes]


def _people_lines(people: PersonChanges) -> list[str]:
    lines = [f"People: {people.n_before:,} → {people.n_after:,}"]
    for word, ids in (("new", people.new), ("gone", people.gone), ("back", people.returned)):
        if ids:
            lines.append(f"  {word} ({len(ids):,}): {_some(ids)}")
    if people.merged:
        lines.append(f"  merged ({len(people.merged):,}): {_some([f'{p} into {q}' for p, q in people.merged])}")
    if people.split:
        parts = [f"{p} into {' + '.join(to)}" for p, to in people.split]
        lines.append(f"  split ({len(people.split):,}): {_some(parts)}")
    if people.moved:
        moved = [f"{m.record_id} from {m.before} to {m.after}" for m in people.moved]
        lines.append(f"  records that went to another person ({len(moved):,}): {_some(moved)}")
    return lines if len(lines) > 1 else [f"People: {people.n_after:,}, the same as before"]


def _decision_lines(pairs: tuple[CarriedPair, ...]) -> list[str]:
    if not pairs:
        return []
    need = "Decision that needs" if len(pairs) == 1 else "Decisions that need"
    lines = ["", f"{need} a new look ({len(pairs):,}):"]
    for pair in pairs[:_SHOWN]:
        said = [words for one in (pair.left, pair.right) if (words := _state_words(one))]
        state = "holds" if pair.holds else "waits"
        lines.append(f"  {pair.number}: {_today(pair.left)} and {_today(pair.right)} ({state}): {'; '.join(said)}")
    if len(pairs) > _SHOWN:
        lines.append(f"  … and {len(pairs) - _SHOWN:,} more; see --json")
    return lines


def _today(one: CarriedId) -> str:
    """Return today's id of a record, with the one it was decided under if that is another; old ids alone are marked."""
    if one.now is None:
        return f"the former {one.then}"
    return one.now if one.now == one.then else f"{one.now} (was {one.then})"


def _state_words(one: CarriedId) -> str:
    """Return what became of a record, or "" if it is as it was."""
    if one.state == "reworded":
        return f"{one.now} was decided on in an earlier wording"
    if one.state == "gone":
        return f"the former {one.then} is gone" + (f" (in its place today: {one.perhaps})" if one.perhaps else "")
    words = {
        "unknown": "is in no delivery of its time",
        "unfound": "was imported, and no row of today reads as the one decided on",
        "unproven": "was imported from a file that does not say which row it means",
    }
    return f"the former {one.then} {words[one.state]}" if one.state in words else ""


def waiting_words(waiting: tuple[CarriedPair, ...]) -> list[str]:
    """Say how many decisions wait, and why; a decision of two reasons is counted under the first."""
    reasons = {
        "unproven": "the file does not say which rows were decided on, and the list has no ids of its own. Export the "
        "decisions anew, with this version, from the store they were made in",
        "unfound": "a record reads otherwise today than when it was decided on, or is in no list",
        "unknown": "no list has a record of that id",
        "gone": "a record is gone",
    }
    lines = []
    for state, words in reasons.items():
        here = [p for p in waiting if next(s for s in reasons if s in (p.left.state, p.right.state)) == state]
        if here:
            wait = "decision waits" if len(here) == 1 else "decisions wait"
            lines.append(f"{len(here):,} {wait}: {words}.")
    return [*lines, "They join and part nobody until their records are found; see uncounted changes."] if lines else []


def _cell_lines(found: Changes) -> list[str]:
    if not found.cells_comparable:
        return ["", "Capture table: other lists or strata than before, so its cells cannot be compared."]
    if not found.cells:
        return []
    lines = ["", f"Cells of the capture table that moved ({len(found.cells):,}):"]
    for cell in sorted(found.cells, key=lambda c: -abs(c.after - c.before))[:_SHOWN]:
        stratum = f" in {cell.stratum}" if cell.stratum != "all" else ""
        lines.append(f"  on {' + '.join(cell.lists)} alone{stratum}: {cell.before:,} → {cell.after:,}")
    if len(found.cells) > _SHOWN:
        lines.append(f"  … and {len(found.cells) - _SHOWN:,} more; see --json")
    return lines


def _number_lines(found: Changes) -> list[str]:
    if found.before is None and found.after is None:
        return []
    return ["", f"Number before: {_number(found.before)}", f"Number after:  {_number(found.after)}"]


def _number(then: NumberThen | None) -> str:
    if then is None:
        return "not estimated"
    interval = f"{then.low:,.0f} to {then.high:,.0f}" if then.low is not None and then.high is not None else ""
    if then.n_total is None:
        return f"verdict {then.verdict}" + (f", {interval}" if interval else "")
    return f"{then.n_total:,.0f} ({interval})" if interval else f"{then.n_total:,.0f}"


def _some(words: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(words[:_SHOWN])
    return shown + (f", … and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else "")
