"""`uncounted hold-out`: each list as a population of known size, estimated from the other lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from uncounted.cli.options import Json, PassphraseFile
from uncounted.cli.talk import progress_bar, result, result_json
from uncounted.cli.target import counts_of, is_project, run_project

if TYPE_CHECKING:
    from uncounted.estimation.held import HeldOut, HoldOut


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("hold-out")
    def hold_out(
        target: Annotated[
            str, typer.Argument(help="published:NAME, a CSV of counts, or a project folder.", metavar="TARGET")
        ] = ".",
        estimators: Annotated[
            list[str] | None,
            typer.Option("--estimators", help="A family or an id to try; repeat for several."),
        ] = None,
        level: Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Level of the intervals.")] = 0.95,
        seed: Annotated[int, typer.Option("--seed", help="Seed of all random draws.")] = 1,
        passphrase_file: PassphraseFile = None,
        as_json: Json = False,
    ) -> None:
        """Estimate each list's known length from the other lists, and say how often that came out right."""
        from uncounted.estimation.hold_out import DEFAULT_HELD, hold_out_lists

        with progress_bar() as progress:
            if is_project(target):
                tabulation = run_project(target, passphrase_file, progress).tabulation
                assert tabulation is not None
                table = tabulation.table
            else:
                table = counts_of(target)
            held = hold_out_lists(
                table,
                tuple(estimators or DEFAULT_HELD),
                level=level,
                seed=seed,
                progress=lambda name, done, total: progress(
                    f"holding out: {name or 'done'} ({min(done + 1, total)} of {total})", done / max(total, 1)
                ),
            )
        if as_json:
            result_json(_as_json(held))
            return
        for line in held_lines(held):
            result(line)


def held_lines(held: HoldOut) -> list[str]:
    """Return the table of held lists, a sentence an estimator, and what was left out."""
    width = max(len(row.list_name) for row in held.rows)
    kind = max(len(row.estimator) for row in held.rows)
    lines = [f"{'list':<{width}}  {'known':>7}  {'seen':>7}  {'estimate':>8}  {'interval':<15} right  by"]
    lines += [_line(row, width, kind) for row in held.rows]
    lines += ["", "known: people on the list; seen: those of them on another list; right: the interval holds the known "
              "size (of a bound: is not above it)."]  # fmt: skip
    lines += [f"{s.estimator}: {s.sentence}" for s in held.summaries]
    lines += [f"Not held out: {name} ({why})." for name, why in held.left_out]
    return [*lines, *held.notes]


def _line(row: HeldOut, width: int, kind: int) -> str:
    start = f"{row.list_name:<{width}}  {row.n_known:>7,}  {row.n_seen:>7,}"
    if row.n_total is None or row.low is None or row.high is None:
        return f"{start}  {'–':>8}  {'–':<15} –      {row.estimator:<{kind}}  {row.reason}"
    high = f"{row.high:,.0f}" if math.isfinite(row.high) else "no upper limit"
    right = "yes" if row.covered else "no"
    return f"{start}  {row.n_total:>8,.0f}  {f'{row.low:,.0f}–{high}':<15} {right:<6} {row.estimator}"


def _as_json(held: HoldOut) -> dict[str, object]:
    """Return rows, summaries and what was left out, as plain values: JSON knows no NaN and no infinity."""
    return {
        "rows": [{k: _plain(v) for k, v in row.items()} for row in held.tidy()],
        "summaries": [
            {
                "estimator": s.estimator,
                "n_estimated": s.n_estimated,
                "n_refused": s.n_refused,
                "n_covered": s.n_covered,
                "median_log_ratio": _plain(s.median_log_ratio),
                "median_width": _plain(s.median_width),
                "sentence": s.sentence,
            }
            for s in held.summaries
        ],
        "left_out": [{"list": name, "reason": why} for name, why in held.left_out],
        "notes": list(held.notes),
    }


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
