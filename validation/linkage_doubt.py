"""Does the interval that carries linkage doubt cover the truth? Invented lists, a reviewer who knows, many seeds.

    python validation/linkage_doubt.py --families cyrillic arabic --damages easy medium hard --seeds 20 --rows rows.csv
    python validation/linkage_doubt.py --prior ...     # what a regression on all pairs gives: the priors of calibration
    python validation/linkage_doubt.py --missed ...    # matches no rule brought up against those that one rule did

The estimate is the main-effects log-linear one (Darroch's), which is right for these lists: they are independent. Its
error is given against the same estimate from the true clusters; coverage is of the true N.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks" / "linkage"))

from cases import Case, make_case

from uncounted.linkage import ScoredPairs, calibrate, cluster, score_pairs
from uncounted.linkage.missed import cells_of, together_by_lists
from uncounted.linkage.odds_columns import PRIORS, Columns, prior_of
from uncounted.linkage.regression import fit
from uncounted.linkage.review_order import review_order
from uncounted.project.model import LinkageSpec


def estimate(labels: np.ndarray, lists: np.ndarray) -> tuple[float, float]:
    """Return N of the main-effects model and its standard error (Darroch 1958, Biometrika 45:343)."""
    n_lists = int(lists.max()) + 1
    seen = np.unique(labels.astype(np.int64) * n_lists + lists)
    n, by_list = len(np.unique(seen // n_lists)), np.bincount(seen % n_lists, minlength=n_lists)
    total = brentq(lambda x: 1 - n / x - np.prod(1 - by_list / x), n * (1 + 1e-9), n * 1e4)
    p = by_list / total
    return total, float(np.sqrt(total / (1 / np.prod(1 - p) - 1 - np.sum(p / (1 - p)))))


def decisions(case: Case, pairs: ScoredPairs, n: int, seed: int) -> dict[str, list[tuple[int, int]]]:
    """Return the truth about the first n pairs of the review order."""
    left, right = (pairs.table[side].to_numpy() for side in ("left", "right"))
    rows = review_order(pairs, ids=case.records.table["record_id"].to_pylist(), seed=seed, n=n)
    found: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
    for row in rows:
        kind = "same" if case.person[left[row]] == case.person[right[row]] else "different"
        found[kind].append((int(left[row]), int(right[row])))
    return found


def coverage_row(case: Case, pairs: ScoredPairs, n_labels: int, seed: int) -> dict[str, object]:
    """One line of the study."""
    started = time.process_time()
    made = cluster(pairs, LinkageSpec(), n_draws=20, seed=seed, lists=case.lists,
                   **decisions(case, pairs, n_labels, seed))  # fmt: skip
    used = time.process_time() - started
    rng = np.random.default_rng([seed, n_labels])
    drawn = [estimate(labels, case.lists) for labels in made.draws]
    pooled = np.concatenate([n + se * rng.standard_normal(500) for n, se in drawn])
    low, middle, high = np.quantile(pooled, (0.025, 0.5, 0.975))
    true = estimate(case.person, case.lists)[0]
    return {
        "case": case.label, "labels": n_labels, "N": case.n_people, "from_truth": round(true),
        "point_error": round(estimate(made.point, case.lists)[0] / true - 1, 4), "error": round(middle / true - 1, 4),
        "low": round(low), "high": round(high), "covered": int(low <= case.n_people <= high), "seconds": round(used, 1),
    }  # fmt: skip


def prior_row(case: Case, pairs: ScoredPairs) -> dict[str, object]:
    """Coefficients of the regression on every pair, with flat priors on all but the levels."""
    left, right = (pairs.table[side].to_numpy() for side in ("left", "right"))
    label = (case.person[left] == case.person[right]).astype(float)
    made = calibrate(pairs, seed=1, lists=case.lists)
    frame = Columns(pairs=pairs, names=made.names, lists=made.lists, offsets=made.offsets)
    design = np.column_stack(list(frame.of(np.arange(pairs.n_pairs))))
    mean, covariance = prior_of(made.names)
    flat = np.array([name in PRIORS for name in made.names])
    covariance = np.diag(np.where(flat, 25.0, np.diag(covariance)))
    found = fit(design, label, mean, covariance, slip=1e-6)
    return {
        "case": case.label,
        **{n: round(float(b), 3) for n, b in zip(made.names, found.point, strict=True) if n in PRIORS},
    }


def missed_row(case: Case, pairs: ScoredPairs) -> dict[str, object]:
    """Count true pairs by how many rules brought them up; never: those found through a common match as well."""
    left, right, n_rules = (pairs.table[name].to_numpy() for name in ("left", "right", "n_rules"))
    found = (case.person[left] == case.person[right]) & (n_rules > 0)
    n_lists = cells_of(case.lists, left, right).n_lists
    people = np.unique(case.person, return_inverse=True)[1]
    total = together_by_lists(people, case.lists, np.ones(len(people), dtype=bool), n_lists).sum()
    counts = np.bincount(n_rules[found], minlength=4)
    once = counts[1] / max(counts.sum(), 1)
    return {"case": case.label, "never": int(total - found.sum()), "once": int(counts[1]), "twice": int(counts[2]),
            "once_share": round(once, 4), "ratio": round((total - found.sum()) / max(counts[1], 1), 3)}  # fmt: skip


def main() -> None:
    """Run the study and write one row a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--families", nargs="+", default=["cyrillic", "arabic"])
    parser.add_argument("--damages", nargs="+", default=["easy", "medium", "hard"])
    parser.add_argument("--hands", nargs="+", default=["first", "other"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--n-people", type=int, default=3000)
    parser.add_argument("--labels", nargs="+", type=int, default=[0, 300])
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--prior", action="store_true")
    parser.add_argument("--missed", action="store_true")
    given = parser.parse_args()
    with given.rows.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for family in given.families:
            for damage in given.damages:
                for hands in given.hands:
                    for seed in range(given.first, given.first + given.seeds):
                        case = make_case(family, damage, seed, n_people=given.n_people, hands=hands)
                        pairs = score_pairs(case.records, LinkageSpec(), seed=1)
                        if given.prior:
                            rows = [prior_row(case, pairs)]
                        elif given.missed:
                            rows = [missed_row(case, pairs)]
                        else:
                            rows = [coverage_row(case, pairs, n, seed) for n in given.labels]
                        for row in rows:
                            if writer is None:
                                writer = csv.DictWriter(file, fieldnames=list(row))
                                writer.writeheader()
                            writer.writerow(row)
                            file.flush()


if __name__ == "__main__":
    main()
