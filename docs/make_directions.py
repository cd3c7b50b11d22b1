"""Print the table "Which way they err" of estimators.md: run `python docs/make_directions.py`.

Four invented populations of 4,000 people on four lists. The counts are those expected, rounded, so that what is seen is
the error of the assumption and not the play of chance. The samplers take about a minute.
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
from numpy.typing import NDArray

import uncounted as uc
from uncounted.captures.table import pattern_matrix
from uncounted.errors import NotEstimable
from uncounted.estimation import parse

FloatArray = NDArray[np.float64]

LISTS = ("A", "B", "C", "D")
PEOPLE = 4_000
CLOSED = (
    "chao-unequal",
    "loglinear-independence",
    "loglinear-average",
    "loglinear-stepwise",
    "no-highest-order",
    "decomposable",
    "sample-coverage",
)
SAMPLED = ("shrinkage", "latent-class")


def independent(*chances: float) -> FloatArray:
    """Return the chances of the 15 patterns of lists that are independent, shape (15,)."""
    member = pattern_matrix(4)
    return np.asarray(np.prod(np.where(member, chances, 1 - np.asarray(chances)), axis=1), dtype=np.float64)


def passed_on(*chances: float, share: float) -> FloatArray:
    """Return the same where list C hands this share of its people to D."""
    found = np.zeros(16)
    for on in product((0, 1), repeat=4):
        chance = float(np.prod([c if x else 1 - c for c, x in zip(chances, on, strict=True)]))
        code = int("".join(map(str, on)), 2)
        handed = share if on[2] else 0.0
        found[code] += chance * (1 - handed)
        found[code | 1] += chance * handed
    return found[1:]


def weak_ties(*mains: float, tie: float) -> FloatArray:
    """Return the chances of patterns where every pair of lists has the same odds ratio exp(tie)."""
    member = pattern_matrix(4).astype(np.float64)
    on = member.sum(axis=1)
    weights = np.exp(member @ np.asarray(mains) + tie * on * (on - 1) / 2)
    return np.asarray(weights / (1 + weights.sum()), dtype=np.float64)


POPULATIONS = {
    "one list hands half its people to another": passed_on(0.3, 0.25, 0.2, 0.15, share=0.5),
    "two kinds of people, 35 and 65 %": 0.35 * independent(0.55, 0.5, 0.45, 0.4)
    + 0.65 * independent(0.15, 0.12, 0.1, 0.08),
    "three kinds, 80, 10 and 10 %": 0.8 * independent(0.1, 0.05, 0.15, 0.2)
    + 0.1 * independent(0.5, 0.4, 0.6, 0.4)
    + 0.1 * independent(0.8, 0.9, 0.6, 0.7),
    "weak ties between all pairs": weak_ties(-1.6, -1.8, -2.0, -2.2, tie=0.35),
}


def said(estimator: str) -> list[str]:
    """Return what an estimator says of each population: interval and total to three digits, or that it refuses."""
    cells = []
    for chances in POPULATIONS.values():
        table = uc.CaptureTable(lists=LISTS, counts=np.rint(PEOPLE * chances).astype(np.int64))
        try:
            found = parse(estimator, LISTS).fit(table, level=0.95, seed=1)
        except NotEstimable as error:
            cells.append(f"refused ({error.code})")
            continue
        limits = found.n_total_interval
        assert limits is not None
        mark = "" if limits.low <= PEOPLE <= limits.high or (found.is_lower_bound and limits.low <= PEOPLE) else " ✗"
        cells.append(f"{_three(found.n_total)} ({_three(limits.low)}–{_three(limits.high)}){mark}")
    return cells


def _three(value: float | None) -> str:
    """Round to three digits."""
    return f"{float(f'{value:.3g}'):,.0f}"


if __name__ == "__main__":
    lines = ["| truth: 4,000 people | " + " | ".join(POPULATIONS) + " |", "|---" * (1 + len(POPULATIONS)) + "|"]
    lines += [f"| `{name}` | " + " | ".join(said(name)) + " |" for name in (*CLOSED, *SAMPLED)]
    sys.stdout.write("\n".join(lines) + "\n")
