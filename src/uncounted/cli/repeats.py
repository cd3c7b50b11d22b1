"""`uncounted repeats`: how many there were, from how often people appear in one log."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uncounted.cli.estimate import exit_code, show_checks
from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json

if TYPE_CHECKING:
    from uncounted.estimation.repeats import RepeatsAnswer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def repeats(
        file: Annotated[Path, typer.Argument(help="CSV with the columns times and people.", metavar="FILE")],
        stops_after_first: Annotated[
            bool,
            typer.Option("--stops-after-first", help="An entry may keep a person from appearing again."),
        ] = False,
        estimators: Annotated[
            list[str] | None, typer.Option("--estimators", help="An id, e.g. repeats:zelterman; repeat for several.")
        ] = None,
        level: Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Level of the intervals.")] = 0.95,
        name: Annotated[str, typer.Option("--name", help="What the log is called, in sentences.")] = "log",
        unit: Annotated[str, typer.Option("--unit", help="What is counted, in the singular.")] = "person",
        why: Annotated[bool, typer.Option("--why", help="Print every check with its evidence.")] = False,
        as_json: Json = False,
    ) -> None:
        """Estimate from one log in which people appear again, and say what of it can be used."""
        from uncounted.cli.frequencies import read_frequencies
        from uncounted.estimation.repeats import DEFAULT_REPEATS, estimate_repeats

        answer = estimate_repeats(
            read_frequencies(file),
            level=level,
            estimators=tuple(estimators or DEFAULT_REPEATS),
            stops_after_first=stops_after_first,
            name=name,
            unit=unit,
        )
        if as_json:
            result_json(answer.to_json())
        else:
            result(str(answer))
            result("")
            for line in repeats_lines(answer):
                result(line)
            if why:
                show_checks(answer.checks)
        raise typer.Exit(exit_code(answer.verdict.level))


def repeats_lines(answer: RepeatsAnswer) -> list[str]:
    """Return the table of estimates, and the ratios that show whether people are alike."""
    width = max(len(e.label) for e in answer.estimates)
    lines = [f"  {'if':<{width}}   in all  interval ({answer.level * 100:g} %)"]
    for e in answer.estimates:
        if e.n_total is None or e.n_total_interval is None:
            lines.append(f"  {e.label:<{width}}        –  {e.reason}")
            continue
        high = e.n_total_interval.high
        limit = f"{high:,.0f}" if math.isfinite(high) else "no upper limit"
        lines.append(f"  {e.label:<{width}} {e.n_total:>8,.0f}  {e.n_total_interval.low:,.0f}–{limit}")
    if answer.ratios:
        lines.append("Ratios of neighbouring frequencies (level: people are alike; rising: they differ):")
        lines += [f"  {r.x} to {r.x + 1}: {r.ratio:.2f} ({r.low:.2f}–{r.high:.2f})" for r in answer.ratios]
    return lines
