"""`uncounted decide`: record a reviewer's decisions about pairs of records."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from uncounted.cli.options import Json, PassphraseFile
from uncounted.cli.talk import result, result_json, say
from uncounted.errors import ProjectError

if TYPE_CHECKING:
    from uncounted.project import Project
    from uncounted.records import Records
    from uncounted.review import Decision, Judgement
    from uncounted.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def decide(
        left: Annotated[
            str | None, typer.Argument(help="A record id, e.g. courts:17; `link --unsure 20` shows some.")
        ] = None,
        right: Annotated[str | None, typer.Argument(help="The other record id.")] = None,
        judgement: Annotated[
            Literal["same", "different", "unsure", "withdrawn"] | None,
            typer.Argument(help="Whether they are one person; 'withdrawn' takes back what --by decided."),
        ] = None,
        project: Annotated[Path, typer.Option("--project", help="Project folder or its uncounted.toml.")] = Path(),
        by: Annotated[str, typer.Option("--by", help="Who decides.")] = "",
        why: Annotated[str, typer.Option("--why", help="Why.")] = "",
        export: Annotated[Path | None, typer.Option("--export", help="Write all decisions to this CSV.")] = None,
        imported: Annotated[Path | None, typer.Option("--import", help="Add the decisions of this CSV.")] = None,
        passphrase_file: PassphraseFile = None,
        as_json: Json = False,
    ) -> None:
        """Record that two records are the same person, or are not; export and import decisions as CSV.

        The log is append-only and hash-chained. The next `link` or `run` obeys it. `uncounted review` shows the pairs
        that are least sure one after another.
        """
        from uncounted.cli.changes import waiting_words
        from uncounted.cli.passphrase import passphrase_for
        from uncounted.pipeline import export_log, import_log, note_lists, open_store
        from uncounted.project import load_project
        from uncounted.register.keeping import load_histories
        from uncounted.review import find_contradictions, read_log, resolve
        from uncounted.review.carried import carry_log
        from uncounted.review.decisions import check_words

        loaded = load_project(project)
        with open_store(loaded, passphrase_for(loaded, passphrase_file)) as store:
            done: dict[str, object] = {}
            if left is not None:
                if right is None or judgement is None:
                    raise ProjectError(
                        "two record ids and one of same, different, unsure, withdrawn are needed.",
                        do="For example: uncounted decide courts:17 press:4 same --by AK --why 'same birth date'",
                        code="P93",
                    )
                if not by.strip():
                    raise ProjectError("who decided is missing.", do="Give --by NAME.", code="P93")
                check_words(by, why)
                # Lists delivered anew are noted first, so that the decision is read as made on these rows.
                _check_ids(note_lists(store, loaded), left, right)
                done["number"] = _decide(store, loaded, (left, right), judgement, by=by, why=why).number
            if imported is not None:
                found = import_log(store, loaded, imported)
                done["imported"], done["waiting"] = found.n_new, len(found.waiting)
                for words in waiting_words(found.waiting):
                    say(words)
            log = read_log(store)
            if export is not None:
                done["exported"] = export_log(store, loaded, export)
            done["decisions"] = len(log)
            histories = load_histories(store, [spec.name for spec in loaded.lists])
            for contradiction in find_contradictions(resolve(carry_log(log, histories).log)):
                say(f"Contradiction: {contradiction}. `link` and `run` refuse until one of them is decided anew.")
        if as_json:
            result_json(done)
        else:
            result("; ".join(f"{name}: {value}" for name, value in done.items()))


def _decide(
    store: Store, project: Project, pair: tuple[str, str], judgement: Judgement, *, by: str, why: str
) -> Decision:
    """Append a decision; a withdrawal takes back what this reviewer decided about the records that have these ids."""
    from uncounted.register.keeping import load_histories
    from uncounted.review import DecisionLog
    from uncounted.review.carried import carry_log
    from uncounted.review.decisions import current_decisions, reviewer_key
    from uncounted.review.log import nothing_to_withdraw

    at = datetime.now(UTC).isoformat(timespec="seconds")
    log = DecisionLog(store)
    if judgement != "withdrawn":
        return log.append(*pair, judgement, by=by, at=at, why=why)
    histories = load_histories(store, [spec.name for spec in project.lists])
    today = current_decisions(carry_log(log.entries, histories).log)
    held = [d for d in today if d.pair == tuple(sorted(pair))]
    mine = [d for d in held if reviewer_key(d.by) == reviewer_key(by)]
    if not mine:
        raise nothing_to_withdraw(by, held)
    return log.withdraw(log.entries[mine[-1].number - 1], by=by, at=at, why=why)


def _check_ids(records: Records, *ids: str) -> None:
    """Refuse ids that no record of the lists has."""
    from uncounted.errors import DecisionError

    known = set(records.table["record_id"].to_pylist())
    for one in ids:
        if one not in known:
            raise DecisionError(
                f"no record has the id '{one}'.",
                do="`uncounted link --unsure 20` shows the pairs that are least sure, with their ids.",
                code="D90",
            )
