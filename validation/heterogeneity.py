"""How often the answer holds the truth when people differ in how easily they are recorded, and no list says so.

    OMP_NUM_THREADS=1 python validation/heterogeneity.py --tables 300

draws tables from two latent classes, estimates each with the defaults, and writes `validation/heterogeneity.md`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import uncounted as uc
from uncounted.estimation.sensitivity import DEFAULT_BAND

HERE = Path(__file__).resolve().parent
N_PEOPLE = 1000
LISTS = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Two classes of people: the share of the first, and how likely each list records somebody of each class."""

    name: str
    share: float
    easy: tuple[float, ...]
    hard: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one table; totals are NaN and the truth is held by nothing where the choice was refused."""

    verdict: str
    n_total: float
    in_interval: bool
    in_band: bool
    bound_below: bool


MIXTURES = (
    Mixture(name="strong", share=0.35, easy=(0.55, 0.5, 0.45, 0.4), hard=(0.15, 0.12, 0.1, 0.08)),
    Mixture(name="mild", share=0.35, easy=(0.4, 0.35, 0.3, 0.3), hard=(0.2, 0.15, 0.12, 0.1)),
)


def draw_table(mixture: Mixture, rng: np.random.Generator) -> uc.CaptureTable:
    """Record N_PEOPLE people, each list on its own given the class."""
    easy = rng.random(N_PEOPLE) < mixture.share
    probability = np.where(easy[:, None], mixture.easy, mixture.hard)
    member = rng.random(probability.shape) < probability
    return uc.CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=list(LISTS))


def outcome(table: uc.CaptureTable) -> Outcome:
    """Estimate one table with the defaults and hold the answer against the truth."""
    answer = uc.estimate(table, estimators=("chao",))
    chosen, bound = answer.chosen, answer.lower_bound
    interval = chosen.n_total_interval
    at = {p.odds_ratio: p.n_total for p in chosen.sensitivity}
    return Outcome(
        verdict=answer.verdict.level,
        n_total=chosen.n_total if chosen.n_total is not None else float("nan"),
        in_interval=interval is not None and interval.low <= N_PEOPLE <= interval.high,
        in_band=bool(at) and at[DEFAULT_BAND[0]] <= N_PEOPLE <= at[DEFAULT_BAND[1]],
        bound_below=bound is not None and bound.n_total_interval is not None and bound.n_total_interval.low <= N_PEOPLE,
    )


def run(mixture: Mixture, n_tables: int, seed: int) -> list[Outcome]:
    """Return the outcomes of `n_tables` tables; table i of a mixture is the same however many are asked for."""
    label = int.from_bytes(mixture.name.encode(), "big")
    return [
        outcome(draw_table(mixture, np.random.default_rng(np.random.SeedSequence([seed, label, i]))))
        for i in range(n_tables)
    ]


def markdown(found: dict[str, list[Outcome]], n_tables: int, seed: int) -> str:
    """Return the table for reading."""
    low, high = DEFAULT_BAND
    lines = [
        "# People who differ, and no list says so",
        "",
        f"Made by `python validation/heterogeneity.py --tables {n_tables} --seed {seed}`. {N_PEOPLE:,} people of two "
        "kinds, four lists,",
        "each list on its own within a kind. Choice: the default, the average of the log-linear models that fit.",
        "",
        *[
            f"- {m.name}: {m.share:.0%} are on the lists with probability {_slashed(m.easy)}, the others with "
            f"{_slashed(m.hard)}."
            for m in MIXTURES
        ],
        "",
        f"| mixture | tables | truth in the 95 % interval | truth in the {low:g}–{high:g} band | lower end of the "
        "bound's interval not above the truth | median total | verdicts |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, rows in found.items():
        verdicts = Counter(r.verdict for r in rows)
        lines.append(
            f"| {name} | {len(rows)} | {sum(r.in_interval for r in rows)} | {sum(r.in_band for r in rows)} "
            f"| {sum(r.bound_below for r in rows)} | {np.nanmedian([r.n_total for r in rows]):,.0f} "
            f"| {', '.join(f'{k} {v}' for k, v in verdicts.most_common())} |"
        )
    return "\n".join(lines) + "\n"


def _slashed(values: Sequence[float]) -> str:
    return "/".join(f"{v:g}" for v in values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description="Estimate tables of people who differ, and compare with the truth.")
    parser.add_argument("--tables", type=int, default=300, help="tables a mixture (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the tables (default 1)")
    parser.add_argument("--out", type=Path, default=HERE / "heterogeneity.md", help="the table to write")
    options = parser.parse_args(arguments)
    text = markdown({m.name: run(m, options.tables, options.seed) for m in MIXTURES}, options.tables, options.seed)
    options.out.write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
