"""Try the estimators and the verdict on known truths: coverage, bias, width, silent failures, false refusals.

    OMP_NUM_THREADS=1 python validation/study.py run --tables 30 --out study.csv
    python validation/study.py summarise study.csv

`run` draws tables of every setting of `truths.py`, estimates, and writes one row an estimator and table; rows of a
table that is already there are kept, so that it can be stopped and taken up again. `summarise` writes `study.md`.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.progress import track
from truths import truths

from uncounted.captures import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation import Answer, Estimate, estimate, parse
from uncounted.estimation.latent_class import LatentClasses

ENGINES = ("loglinear", "no-highest-order", "decomposable", "shrinkage", "latent-class")
COLUMNS = (
    "truth", "family", "number", "n_people", "n_listed", "on_two_or_more", "estimator", "n_total", "low", "high",
    "band_low", "band_high", "p_value", "r_hat", "ess", "effort", "prior_width", "prior_shift", "reachable", "reason",
    "verdict", "fired",
)  # fmt: skip
WORDS = {"truth": "setting", "family": "family of truths"}
TRUTHS = {t.name: t for t in truths()}
ORIGINAL = LatentClasses._sample_all
BATCH = 6


def rows_of(task: tuple[str, tuple[int, ...], int, tuple[str, ...], bool]) -> list[dict[str, object]]:
    """Return the rows of some tables of one setting.

    Latent classes are sampled for all these tables at once, as `estimate` does for strata and linkage draws: a table
    gets the same draws alone or beside others, at a third of the time. Other priors (rule R7) are not tried.
    """
    name, numbers, seed, engines, verdict = task
    tables = [TRUTHS[name].draw(seed, number) for number in numbers]
    together = CaptureTable(
        lists=tables[0].lists,
        counts=np.stack([t.counts[0, 0] for t in tables])[None],
        strata=tuple(str(number) for number in numbers),
    )
    if not verdict:
        return [row for t, number in zip(tables, numbers, strict=True) for row in _plain_rows(name, number, t, engines)]
    if "latent-class" in engines:
        sampler = LatentClasses(compare_priors=False)
        known = sampler._sample_all(together, level=0.95, seed=1, progress=None)
        LatentClasses._sample_all = lambda *_, **__: known  # type: ignore[method-assign]
    found = [row for table, number in zip(tables, numbers, strict=True) for row in _rows(name, number, table, engines)]
    LatentClasses._sample_all = ORIGINAL  # type: ignore[method-assign]
    return found


def _rows(name: str, number: int, table: CaptureTable, engines: tuple[str, ...]) -> list[dict[str, object]]:
    """Return the rows of one table: one an estimator, and one with the verdict (estimator "verdict")."""
    truth = TRUTHS[name]
    answer = estimate(table, estimators=engines)
    shared = {
        "truth": name, "family": truth.family, "number": number, "n_people": truth.n_people,
        "n_listed": int(table.n_listed[0]), "on_two_or_more": _shared(table),
    }  # fmt: skip
    return [shared | _row(e) for e in answer.estimates] + [shared | _verdict_row(answer)]


def _plain_rows(name: str, number: int, table: CaptureTable, engines: tuple[str, ...]) -> list[dict[str, object]]:
    """Return the rows of one table without a verdict: estimators by id, refusals left empty."""
    truth = TRUTHS[name]
    shared = {
        "truth": name, "family": truth.family, "number": number, "n_people": truth.n_people,
        "n_listed": int(table.n_listed[0]), "on_two_or_more": _shared(table),
    }  # fmt: skip
    rows = []
    for engine in engines:
        try:
            rows.append(shared | _row(parse(engine, table.lists).fit(table, level=0.95, seed=1)))
        except NotEstimable as error:
            rows.append(shared | {"estimator": engine, "reason": error.code})
    return rows


def _shared(table: CaptureTable) -> int:
    return int(table.counts[0, 0][table.patterns.sum(axis=1) >= 2].sum())


def _row(e: Estimate) -> dict[str, object]:
    interval, sampling = e.n_total_interval, e.fit.sampling if e.fit else None
    band = {p.odds_ratio: p for p in e.sensitivity}
    row: dict[str, object] = {"estimator": e.estimator, "n_total": e.n_total, "reason": e.code}
    if interval is not None:
        row |= {"low": interval.low, "high": interval.high}
    if 0.8 in band:
        row |= {"band_low": band[0.8].low, "band_high": band[2.5].high}
    if e.fit is not None:
        row["p_value"] = e.fit.p_value
    if sampling is not None:
        row |= {
            "r_hat": sampling.r_hat, "ess": sampling.ess, "effort": sampling.effort,
            "prior_width": sampling.prior_width, "prior_shift": sampling.prior_shift,
            "reachable": sampling.reachable_share,
        }  # fmt: skip
    return row


def _verdict_row(answer: Answer) -> dict[str, object]:
    interval = answer.n_total_interval
    row: dict[str, object] = {
        "estimator": "verdict", "verdict": answer.verdict.level, "n_total": answer.n_total,
        "fired": " ".join(f"{c.code}:{c.status}" for c in answer.checks if c.status not in ("ok", "info")),
    }  # fmt: skip
    if interval is not None:
        row |= {"low": interval.low, "high": interval.high}
    elif answer.verdict.level == "lower bound only" and answer.lower_bound is not None:
        bound = answer.lower_bound.n_total_interval
        row |= {"low": bound.low if bound else None, "high": math.inf}
    return row


def run(args: argparse.Namespace) -> None:
    """Estimate all tables that are not in the file yet."""
    path = Path(args.out)
    done = set()
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            done = {(r["truth"], int(r["number"])) for r in csv.DictReader(file) if r["estimator"] == "verdict"}
    names = [n for n in TRUTHS if not args.settings or any(n.startswith(s) for s in args.settings)]
    left = {n: [k for k in range(args.first, args.first + args.tables) if (n, k) not in done] for n in names}
    tasks = [
        (name, tuple(left[name][at : at + BATCH]), args.seed, tuple(args.engines), not args.no_verdict)
        for at in range(0, args.tables, BATCH)
        for name in names
        if left[name][at : at + BATCH]
    ]
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if not done:
            writer.writeheader()
        with get_context("spawn").Pool(args.workers) as pool:
            for rows in track(pool.imap_unordered(rows_of, tasks), total=len(tasks), description="tables"):
                writer.writerows(rows)
                file.flush()


# -- summary --------------------------------------------------------------------------------------------------------
HEAD = """# Known truths: coverage, width, verdicts

Made by

    OMP_NUM_THREADS=1 python validation/study.py run --tables {n} --out study.csv
    python validation/study.py summarise study.csv

{settings} settings ([truths.py](truths.py)), {n} tables each, {tables:,} in all. Default choice (latent classes) and
rules, except that other priors are not tried (rule R7); latent classes are sampled for several tables at once. With {n}
tables a share within one setting has a standard error of up to {error:.0%}; read the families first.

- *latent class*: the population consists of hidden kinds of people. Latent classes are right, log-linear models not.
- *log-linear*: a model fitted to a public table is the truth. In "no pair" all families are right; in the others
  log-linear models are, and latent classes are not. "all pairs" holds ties too weak for anybody to see.
- *dependence beyond the models*: as before, with twice as many people on no list. No count shows it; a 95 % interval
  must fail, and only the band of rule "0.8 to 2.5 times as dependent as assumed" can hold the truth.

"""


def summarise(args: argparse.Namespace) -> None:
    """Write coverage, bias and verdicts of every setting to `study.md`."""
    with Path(args.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = [r for r in rows if not r["estimator"].startswith(("chapman", "marginal", "independent"))]
    if args.coverage:
        print("\n".join(_coverage_table(rows, by="truth")))
        return
    settings = {r["truth"] for r in rows}
    n_tables = len({(r["truth"], r["number"]) for r in rows})
    each = n_tables // len(settings)
    text = HEAD.format(n=each, settings=len(settings), tables=n_tables, error=0.5 / math.sqrt(each))
    parts = [
        "## By family of truths",
        "",
        *_coverage_table(rows, by="family"),
        "",
        "## Verdicts by family",
        "",
        *_verdict_table(rows, by="family"),
        "",
        "## Verdicts by setting",
        "",
        *_verdict_table(rows, by="truth"),
        "",
        "## Estimators by setting",
        "",
        *_coverage_table(rows, by="truth"),
        "",
    ]
    (Path(__file__).parent / "study.md").write_text(text + "\n".join(parts), encoding="utf-8")


def _coverage_table(rows: list[dict[str, str]], *, by: str) -> list[str]:
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for r in rows:
        if r["estimator"] != "verdict" and not r["estimator"].startswith("chao"):
            groups[r[by], r["estimator"]].append(r)
    lines = [
        f"| {WORDS[by]} | estimator | tables | estimated | truth in interval | truth in 0.8–2.5 band | "
        "median log(N̂/N) | RMSE log | median high/low |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (truth, estimator), group in sorted(groups.items()):
        had = [r for r in group if r["n_total"]]
        if not had:
            lines.append(f"| {truth} | {estimator} | {len(group)} | 0 | – | – | – | – | – |")
            continue
        logs = sorted(math.log(float(r["n_total"]) / float(r["n_people"])) for r in had)
        ratio = sorted(float(r["high"]) / float(r["low"]) for r in had)
        ends = [(float(r["low"]), float(r["high"]), float(r["n_listed"]), float(r["n_people"])) for r in had]
        plain = sum(low <= truth <= high for low, high, _, truth in ends)
        # N(omega) = n + omega n0 holds for each of these estimators, so the band follows from the interval.
        banded = sum(n + 0.8 * (low - n) <= truth <= n + 2.5 * (high - n) for low, high, n, truth in ends)
        lines.append(
            f"| {truth} | {estimator} | {len(group)} | {len(had)} | {plain / len(had):.3f} | "
            f"{banded / len(had):.3f} | {logs[len(logs) // 2]:+.3f} | "
            f"{math.sqrt(sum(x * x for x in logs) / len(logs)):.3f} | {ratio[len(ratio) // 2]:.2f} |"
        )
    return lines


def _verdict_table(rows: list[dict[str, str]], *, by: str) -> list[str]:
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for r in rows:
        if r["estimator"] == "verdict":
            groups[r[by]].append(r)
    lines = [
        f"| {WORDS[by]} | family | on two or more (median) | estimate | range only | lower bound only | refused | "
        "estimate and truth outside | range and truth outside |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for truth, group in sorted(groups.items(), key=lambda item: (item[1][0]["family"], item[0])):
        shared = sorted(int(r["on_two_or_more"]) for r in group)[len(group) // 2]
        by = {v: [r for r in group if r["verdict"] == v] for v in ("estimate", "range only")}
        n = {v: sum(r["verdict"] == v for r in group) for v in ("lower bound only", "refused")}
        lines.append(
            f"| {truth} | {group[0]['family']} | {shared} | {len(by['estimate'])} | {len(by['range only'])} | "
            f"{n['lower bound only']} | {n['refused']} | {_missed(by['estimate'])} | {_missed(by['range only'])} |"
        )
    return lines


def _missed(rows: list[dict[str, str]]) -> int:
    return sum(not float(r["low"]) <= float(r["n_people"]) <= float(r["high"]) for r in rows)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("--tables", type=int, default=30)
    running.add_argument("--first", type=int, default=0)
    running.add_argument("--seed", type=int, default=1)
    running.add_argument("--workers", type=int, default=2)
    running.add_argument("--engines", nargs="+", default=list(ENGINES))
    running.add_argument("--settings", nargs="*", default=[])
    running.add_argument("--no-verdict", action="store_true", help="estimators by id alone")
    running.add_argument("--out", default="study.csv")
    running.set_defaults(call=run)
    telling = commands.add_parser("summarise")
    telling.add_argument("file")
    telling.add_argument("--coverage", action="store_true", help="print coverage by setting alone")
    telling.set_defaults(call=summarise)
    args = parser.parse_args()
    args.call(args)


if __name__ == "__main__":
    main()
