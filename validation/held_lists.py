"""Every list of every published table held out, and estimated from the other lists.

    OMP_NUM_THREADS=1 python validation/held_lists.py --estimators loglinear-average chao no-highest-order

writes `validation/held_lists.md`. Any id or group that `uncounted.estimate` takes may be named.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import uncounted as uc
from uncounted.captures import published, published_tables
from uncounted.errors import NotEstimable
from uncounted.estimation.hold_out import HeldOut, HoldOut, hold_out_lists
from uncounted.estimation.sensitivity import DEFAULT_BAND

HERE = Path(__file__).resolve().parent
# The same people grouped into fewer lists, and a table that was made up: shown, and not counted in the summary.
NOT_COUNTED = ("uk5", "netherlands5", "new-orleans5", "artificial3")


def hold_out_all(estimators: Sequence[str], seed: int) -> dict[str, HoldOut | NotEstimable]:
    """Return what came of each table, by its name."""
    found: dict[str, HoldOut | NotEstimable] = {}
    for table in published_tables():
        try:
            found[table.name] = hold_out_lists(published(table.name), estimators, seed=seed)
        except NotEstimable as error:
            found[table.name] = error
    return found


def summary_rows(found: dict[str, HoldOut | NotEstimable], *, alone: bool) -> list[str]:
    """Return one Markdown row an estimator; with `alone`, of lists that at least three others share people with."""
    rows: dict[str, list[HeldOut]] = {}
    for name, result in found.items():
        if isinstance(result, HoldOut) and name not in NOT_COUNTED:
            for row in result.rows:
                if not (alone and row.n_lists < 3):
                    rows.setdefault("chapman (two others)" if row.two_lists else row.estimator, []).append(row)
    return [_summary(estimator, part) for estimator, part in rows.items()]


def _summary(estimator: str, rows: list[HeldOut]) -> str:
    done = [row for row in rows if row.n_total is not None]
    ratios = np.asarray([row.log_ratio for row in done])
    banded = [row for row in done if row.in_band is not None]
    miss_low = sum(row.high is not None and row.high < row.n_known for row in done)
    cells = [
        estimator + (" (bound)" if rows[0].is_lower_bound else ""),
        f"{len(done)} of {len(rows)}",
        _share(sum(bool(row.covered) for row in done), len(done)),
        str(miss_low),
        _share(sum(bool(row.in_band) for row in banded), len(banded)),
        _median([(row.low, row.high) for row in done]),
        _median([(row.band_low, row.band_high) for row in banded]),
        _signed(ratios.mean() if done else math.nan),
        _signed(np.median(ratios) if done else math.nan),
        _signed(np.sqrt((ratios**2).mean()) if done else math.nan).lstrip("+"),
    ]
    return "| " + " | ".join(cells) + " |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part} of {whole})" if whole else "–"


def _median(ends: list[tuple[float | None, float | None]]) -> str:
    ratios = [high / low for low, high in ends if low and high is not None]
    return f"{np.median(ratios):.1f}" if ratios else "–"


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}"


def table_rows(found: dict[str, HoldOut | NotEstimable]) -> list[str]:
    """Return one Markdown row a table, list and estimator."""
    lines = []
    for name, result in found.items():
        if isinstance(result, NotEstimable):
            lines.append(f"| {name} | – | – | | | {result.what} | |")
            continue
        for row in result.rows:
            answer = (
                f"{row.n_total:,.0f} [{row.low:,.0f}, {row.high:,.0f}]"
                if row.n_total is not None and row.low is not None and row.high is not None
                else f"{row.code}"
            )
            band = "" if row.band_low is None else f"[{row.band_low:,.0f}, {row.band_high:,.0f}]"
            inside = "" if row.covered is None else "yes" if row.covered else "no"
            lines.append(
                f"| {name} | {row.list_name} | {row.estimator} | {row.n_known:,} | {row.n_seen:,} | {answer} | {band} "
                f"| {inside} |"
            )
    return lines


def write(found: dict[str, HoldOut | NotEstimable], command: str) -> None:
    low, high = DEFAULT_BAND
    head = (
        "| estimator | lists with a number | known size in the 95 % interval | misses where the interval is too low | "
        f"in the interval over the {low:g}–{high:g} band | median upper/lower | of the band | mean log(estimate/known) "
        "| median | root mean square |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    lines = [
        "# Lists held out of the published tables",
        "",
        f"Made by `{command}`.",
        "",
        "Each list of at least 30 people is taken as a population of known size, and estimated from the people on it "
        "that other lists hold as well (Hook and Regal 2000; Binette and Steorts 2022). The band widens the interval "
        f"to what it would be if the lists were {low:g} to {high:g} times as dependent as assumed. A lower bound is "
        "held to be right if its lower limit is not above the known size. Strata are added up. A list's own people "
        "are easier to record than people on no list, so success here proves less than failure.",
        "",
        "## Lists that three or more others share people with",
        "",
        head,
        *summary_rows(found, alone=True),
        "",
        "## All lists; with two others, Chapman's estimate stands in",
        "",
        head,
        *summary_rows(found, alone=False),
        "",
        f"Counted are the tables but {', '.join(NOT_COUNTED)}: the same people in fewer lists, and a made-up table.",
        "",
        "## Each list",
        "",
        "| table | list | estimator | known | on other lists | estimate [95 %] or code of the refusal | over the band "
        "| held |\n|---|---|---|---|---|---|---|---|",
        *table_rows(found),
        "",
    ]
    (HERE / "held_lists.md").write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--estimators", nargs="+", default=["loglinear-average", "chao", "no-highest-order"])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = hold_out_all(options.estimators, options.seed)
    command = f"python validation/held_lists.py --estimators {' '.join(options.estimators)} --seed {options.seed}"
    write(found, command)
    print(f"uncounted {uc.__version__}: wrote {HERE / 'held_lists.md'}")


if __name__ == "__main__":
    main()
