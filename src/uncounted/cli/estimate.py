"""`uncounted estimate`: the number, under each assumption, from a table of counts or a project."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from uncounted.cli.options import Json, PassphraseFile
from uncounted.cli.talk import progress_bar, result, result_json
from uncounted.errors import ProjectError

if TYPE_CHECKING:
    from uncounted.estimation import Answer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def estimate(
        target: Annotated[
            str, typer.Argument(help="published:NAME, a CSV of counts, or a project folder.", metavar="TARGET")
        ] = ".",
        choice: Annotated[
            str | None, typer.Option("--choice", help="The estimator to headline, e.g. loglinear-average.")
        ] = None,
        reason: Annotated[
            str, typer.Option("--reason", help="Why its assumption is the right one, in your words.")
        ] = "",
        independent: Annotated[
            bool, typer.Option("--independent", help="With two lists: you state that they are independent.")
        ] = False,
        level: Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Level of the intervals.")] = 0.95,
        criterion: Annotated[
            Literal["bic", "aic"], typer.Option("--criterion", help="What ranks log-linear models.")
        ] = "bic",
        claim: Annotated[
            list[float] | None, typer.Option("--claim", help="A total somebody published; repeat for several.")
        ] = None,
        report: Annotated[Path | None, typer.Option("--report", help="Also write the report page here.")] = None,
        seed: Annotated[int, typer.Option("--seed", help="Seed of all random draws.")] = 1,
        everything: Annotated[
            bool, typer.Option("--all", help="Show every estimate, also those of pairs and subsets of lists.")
        ] = False,
        why: Annotated[bool, typer.Option("--why", help="Print every check with its evidence.")] = False,
        passphrase_file: PassphraseFile = None,
        as_json: Json = False,
    ) -> None:
        """Estimate how many there were in all, and say whether the number can be used."""
        path = Path(target)
        if path.is_dir() or path.suffix == ".toml":
            given = {
                "--choice": choice, "--reason": reason, "--independent": independent, "--claim": claim,
                "--level": level != 0.95, "--criterion": criterion != "bic", "--seed": seed != 1,
            }  # fmt: skip
            _refuse_options([name for name, value in given.items() if value])
            from uncounted import pipeline
            from uncounted.cli.passphrase import passphrase_for
            from uncounted.project import load_project

            project = load_project(path)
            with progress_bar() as progress:
                run = pipeline.run(
                    project, passphrase=passphrase_for(project, passphrase_file), until="estimate", progress=progress
                )
            answer = run.answer
            assert answer is not None
        else:
            from uncounted.captures import published, read_counts
            from uncounted.estimation import estimate as estimate_table

            named = target.removeprefix("published:")
            table = published(named) if named != target else read_counts(path)
            with progress_bar() as progress:
                answer = estimate_table(
                    table,
                    choice=choice,
                    reason=reason,
                    level=level,
                    criterion=criterion,
                    independence_defended=independent,
                    claims=tuple(claim or ()),
                    seed=seed,
                    progress=lambda _name, done, total: progress("estimating", done / max(total, 1)),
                )
        if report is not None:
            from uncounted.pipeline import write_table_report

            write_table_report(answer, report)
        if as_json:
            result_json(answer.to_json())
        else:
            result(str(answer))
            result("")
            for line in estimate_lines(answer, everything=everything):
                result(line)
            if why:
                for check in answer.checks:
                    result(f"{check.code} {check.name}: {check.status}. {check.sentence}")
                    for name, value in check.evidence:
                        result(f"    {name}: {value}")
        raise typer.Exit(exit_code(answer.verdict.level))


def _refuse_options(given: list[str]) -> None:
    """Refuse options that a project file decides, so that none is ignored in silence."""
    if given:
        raise ProjectError(
            f"{', '.join(given)} cannot be given for a project: its uncounted.toml decides that.",
            do="Change [assumption], [estimate] or seed in the project file, so that the report says so too.",
            code="P94",
        )


def estimate_lines(answer: Answer, *, everything: bool) -> list[str]:
    """Return the table of estimates; without `everything` only those that speak of all lists, and the chosen one."""
    shown = [e for e in answer.estimates if everything or ":" not in e.estimator or e.estimator == answer.choice]
    width = max(len(e.label) for e in shown)
    lines = [f"  {'estimator':<{width}}   in all  interval ({answer.level * 100:g} %)"]
    for e in shown:
        mark = "►" if e.estimator == answer.choice else " "
        if e.n_total is None or e.n_total_interval is None:
            lines.append(f"{mark} {e.label:<{width}}        –  {e.reason}")
            continue
        interval = e.n_total_interval
        high = f"{interval.high:,.0f}" if math.isfinite(interval.high) else "no upper limit"
        lines.append(f"{mark} {e.label:<{width}} {e.n_total:>8,.0f}  {interval.low:,.0f}–{high}")
    hidden = len(answer.estimates) - len(shown)
    if hidden:
        lines.append(f"  and {hidden} of pairs and subsets of lists: --all")
    return lines


def exit_code(level: str) -> int:
    """Return the exit code of a verdict: 0 estimate, 4 refused, 1 for range or lower bound only."""
    return {"estimate": 0, "refused": 4}.get(level, 1)
