"""`uncounted models`: every log-linear model of a table, the best first."""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated, Literal

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json
from uncounted.cli.target import counts_of

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def models(
        target: Annotated[str, typer.Argument(help="published:NAME or a CSV of counts.", metavar="TARGET")],
        criterion: Annotated[Literal["bic", "aic"], typer.Option("--criterion", help="What ranks the models.")] = "bic",
        level: Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Level of the intervals.")] = 0.95,
        everything: Annotated[bool, typer.Option("--all", help=f"Show all, not the first {SHOWN}.")] = False,
        as_json: Json = False,
    ) -> None:
        """List every log-linear model: whether its estimate exists, how it fits, what it says."""
        from uncounted.estimation import candidate_models

        rows = candidate_models(counts_of(target), criterion=criterion, level=level)
        if as_json:
            result_json([{k: _plain(v) for k, v in dataclasses.asdict(r).items()} for r in rows])
            return
        result(f"  {'in all':>9}  {'interval':<19} {criterion.upper():>8} {'p':>6} {'weight':>6}  model")
        for r in rows if everything else rows[:SHOWN]:
            if r.n_total is None or r.interval is None:
                result(f"  {'–':>9}  {'no estimate: ' + r.status:<43}  {r.words}  {r.model}")
                continue
            value = r.bic if criterion == "bic" else r.aic
            p = "–" if math.isnan(r.p_value) else f"{r.p_value:.3f}"
            interval = f"{r.interval.low:,.0f}–{r.interval.high:,.0f}"
            result(f"  {r.n_total:>9,.0f}  {interval:<19} {value:>8.2f} {p:>6} {r.weight:>6.3f}  {r.words}  {r.model}")
        without = sum(r.n_total is None for r in rows)
        result(f"{len(rows):,} models, {without:,} without an estimate on these counts.")
        if not everything and len(rows) > SHOWN:
            result(f"The first {SHOWN} are shown: --all for every one.")


def _plain(value: object) -> object:
    """JSON knows no NaN and no infinity: null."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
