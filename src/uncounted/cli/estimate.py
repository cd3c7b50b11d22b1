"""`uncounted estimate`: the number, under each assumption, from a table of counts or a project."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from uncounted.cli.options import Json, PassphraseFile
from uncounted.cli.talk import progress_bar, result, result_json
from uncounted.cli.target import counts_of, is_project, run_project
from uncounted.errors import ProjectError

if TYPE_CHECKING:
    from uncounted.estimation import Answer, Check


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
        estimators: Annotated[
            list[str] | None,
            typer.Option("--estimators", help="A family or an id, e.g. decomposable; repeat for several."),
        ] = None,
        claim: Annotated[
            list[float] | None, typer.Option("--claim", help="A total somebody published; repeat for several.")
        ] = None,
        report: Annotated[Path | None, typer.Option("--report", help="Also write the report page here.")] = None,
        picture: Annotated[
            Path | None, typer.Option("--picture", help="Also write a picture of the estimates here (SVG).")
        ] = None,
        seed: Annotated[int, typer.Option("--seed", help="Seed of all random draws.")] = 1,
        everything: Annotated[
            bool, typer.Option("--all", help="Show every estimate, also those of pairs and subsets of lists.")
        ] = False,
        why: Annotated[bool, typer.Option("--why", help="Print every check with its evidence.")] = False,
        passphrase_file: PassphraseFile = None,
        as_json: Json = False,
    ) -> None:
        """Estimate how many there were in all, and say whether the number can be used."""
        if is_project(target):
            given = {
                "--choice": choice, "--reason": reason, "--independent": independent, "--claim": claim,
                "--level": level != 0.95, "--criterion": criterion != "bic", "--seed": seed != 1,
                "--estimators": estimators,
            }  # fmt: skip
            _refuse_options([name for name, value in given.items() if value])
            with progress_bar() as progress:
                found = run_project(target, passphrase_file, progress).answer
            assert found is not None
            answer = found
        else:
            from uncounted.estimation import estimate as estimate_table
            from uncounted.estimation.estimate import DEFAULT_ESTIMATORS
            from uncounted.pipeline import estimating

            table = counts_of(target)
            with progress_bar() as progress:
                answer = estimate_table(
                    table,
                    estimators=tuple(estimators or DEFAULT_ESTIMATORS),
                    choice=choice,
                    reason=reason,
                    level=level,
                    criterion=criterion,
                    independence_defended=independent,
                    claims=tuple(claim or ()),
                    seed=seed,
                    progress=lambda *step: progress(*estimating(*step)),
                )
        if report is not None:
            from uncounted.pipeline import write_table_report

            write_table_report(answer, report)
        if picture is not None:
            from uncounted.report import write_picture

            write_picture(answer, picture)
        if as_json:
            result_json(answer.to_json())
        else:
            result(str(answer))
            result("")
            for line in estimate_lines(answer, everything=everything):
                result(line)
            if why:
                show_checks(answer.checks)
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
        # The middle of the chosen estimate is shown only where the verdict lets it stand.
        withheld = e.estimator == answer.choice and answer.verdict.level != "estimate"
        total = "–" if withheld else f"{e.n_total:,.0f}"
        lines.append(f"{mark} {e.label:<{width}} {total:>8}  {interval.low:,.0f}–{high}")
    hidden = len(answer.estimates) - len(shown)
    if hidden:
        lines.append(f"  and {hidden} of pairs and subsets of lists: --all")
    return lines


def show_checks(checks: Sequence[Check]) -> None:
    """Print every check with its evidence."""
    for check in checks:
        result(f"{check.code} {check.name}: {check.status}. {check.sentence}")
        for name, value in check.evidence:
            result(f"    {name}: {value}")


def exit_code(level: str) -> int:
    """Return the exit code of a verdict: 0 estimate, 4 refused, 1 for range or lower bound only."""
    return {"estimate": 0, "refused": 4}.get(level, 1)
