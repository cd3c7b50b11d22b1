"""Train the pair model that comes with the program, on invented lists of all families, and write its data file.

    python benchmarks/linkage/train_prior_model.py --out src/uncounted/linkage/data/prior_model.json
    python benchmarks/linkage/train_prior_model.py --leave-out arabic --out without_arabic.json

Seeds of training begin at 9001; tests and benchmarks use others. The same command gives the same file.
"""

from __future__ import annotations

import argparse
import json
import pickle
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from cases import Case, make_case
from numpy.typing import NDArray
from scipy.optimize import minimize

from uncounted.linkage import sql
from uncounted.linkage.blocking import bring_up_pairs
from uncounted.linkage.compare import Cells, Compared, cells_of, decode
from uncounted.linkage.pair_model import refined
from uncounted.linkage.prior_model import feature_names, features
from uncounted.linkage.scoring import DETERMINISTIC_RECALL, compare_candidates, prepare, train_apart
from uncounted.linkage.settings import make_settings
from uncounted.linkage.training import Model
from uncounted.linkage.workbench import open_workbench, run_counts
from uncounted.project.model import LinkageSpec

FAMILIES = ("cyrillic", "arabic", "spanish", "english", "turkish", "persian")
DAMAGES = ("easy", "medium", "hard")
HANDS = ("first", "other")
SEEDS = (9001, 9002)
PEOPLE = {9001: 1500, 9002: 3000}
RIDGE = 2.0
# Of cells without any true pair and with little hope, one in so many is kept, and counts that many times.
THINNED = 5
HOPELESS = -8.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """Cells of one case with the truth: outcomes, true and other pairs of each, chance agreement."""

    family: str
    code: NDArray[np.int64]
    n_true: NDArray[np.int64]
    n_other: NDArray[np.int64]
    u: dict[str, tuple[float, ...]]


def compared_case(case: Case, *, seed: int = 1) -> tuple[Compared, Cells, NDArray[np.int64], Model, int, int]:
    """Bring up, train and compare as `score_pairs` does; returns pairs, cells, cell of each pair, model, sure, n."""
    spec = LinkageSpec()
    table = case.records.table
    settings = make_settings(table, case.records.lists, spec)
    n = table.num_rows
    with open_workbench() as connection:
        identical, _ = prepare(connection, table)
        n_compared = n - len(identical)
        bring_up_pairs(connection, settings.rules, spec)
        sure, _ = run_counts(connection, sql.count_sure_pairs())
        total = n_compared * (n_compared - 1) / 2
        rate = min(max(sure / DETERMINISTIC_RECALL, 1.0) / total, 0.5)
        model = train_apart(connection, settings.comparisons, match_rate=rate, seed=seed)
        compared = compare_candidates(connection, settings.comparisons, n)
    cells, of_pair = cells_of(compared.code)
    return compared, cells, of_pair, refined(cells, model, settings.comparisons, rate, total), sure, n_compared


def example(family: str, damage: str, hands: str, seed: int) -> Example:
    """Make one case and count true and other pairs by outcome."""
    case = make_case(family, damage, seed, n_people=PEOPLE[seed], hands=hands)
    compared, cells, of_pair, model, _, _ = compared_case(case)
    true = case.person[compared.left] == case.person[compared.right]
    n_true = np.bincount(of_pair, weights=true, minlength=cells.n).astype(np.int64)
    values = np.unique(compared.code)
    return Example(family=family, code=values, n_true=n_true, n_other=cells.count - n_true, u=dict(model.u))


def design(
    examples: list[Example],
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Features, true and other pairs, and the number of the case of each row, with hopeless rows thinned."""
    rng = np.random.default_rng(20)
    parts, true, other, which = [], [], [], []
    for k, one in enumerate(examples):
        levels, rarity = decode(one.code)
        differs = sum((level == 0).astype(np.int64) for level in levels.values())
        thin = (one.n_true == 0) & (differs >= 2) & (rng.random(len(one.code)) >= 1.0 / THINNED)
        weight = np.where((one.n_true == 0) & (differs >= 2), float(THINNED), 1.0)[~thin]
        cells = Cells(
            levels={name: level[~thin] for name, level in levels.items()},
            rarity={name: bits[~thin] for name, bits in rarity.items()},
            count=(one.n_true + one.n_other)[~thin],
        )
        parts.append(features(cells, one.u))
        # Every case counts alike, whatever its size.
        scale = 3000.0 / max(one.n_true.sum(), 1)
        true.append(one.n_true[~thin] * scale)
        other.append(one.n_other[~thin] * weight * scale)
        which.append(np.full(cells.n, k))
    return np.concatenate(parts), np.concatenate(true), np.concatenate(other), np.concatenate(which)


def fit(examples: list[Example]) -> tuple[NDArray[np.float64], float]:
    """Fit the logistic model with one intercept a case; returns coefficients and intercept of log likelihood ratios."""
    x, true, other, which = design(examples)
    n_features, n_cases = x.shape[1], len(examples)
    total = true + other

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        beta, own = theta[:n_features], theta[n_features:]
        z = (x @ beta.astype(np.float32)).astype(np.float64) + own[which]
        value = float((total * np.logaddexp(0.0, z) - true * z).sum())
        slope = total / (1.0 + np.exp(-np.clip(z, -700, 700))) - true
        gradient = np.concatenate(
            [x.T @ slope.astype(np.float32), np.bincount(which, weights=slope, minlength=n_cases)]
        )
        value += 0.5 * RIDGE * float(beta @ beta)
        gradient[:n_features] += RIDGE * beta
        return value / total.sum() * 1e3, gradient / total.sum() * 1e3

    start = np.zeros(n_features + n_cases)
    start[n_features:] = -6.0
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 250, "maxfun": 300})
    # What is left of an intercept without the log odds of true pairs in its case belongs to the likelihood ratio.
    prior = np.log(np.bincount(which, weights=true) / np.bincount(which, weights=other))
    return found.x[:n_features], float((found.x[n_features:] - prior).mean())


def main() -> None:
    """Make the cases, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--leave-out", default="", help="a family not to train on")
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--cache", type=Path, help="folder for the compared cases")
    arguments = parser.parse_args()
    families = [name for name in arguments.families.split(",") if name != arguments.leave_out]
    examples = []
    for family, damage, hands, seed in product(families, DAMAGES, HANDS, SEEDS):
        kept = arguments.cache / f"{family}-{damage}-{hands}-{seed}.pkl" if arguments.cache else None
        if kept and kept.exists():
            examples.append(pickle.loads(kept.read_bytes()))
            continue
        examples.append(example(family, damage, hands, seed))
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(examples[-1]))
    began = time.process_time()
    coefficients, intercept = fit(examples)
    print(f"{len(examples)} cases, fitted in {time.process_time() - began:.0f} CPU s")
    content = {
        "made_by": f"benchmarks/linkage/train_prior_model.py, families {', '.join(families)}, seeds {SEEDS}",
        "intercept": round(intercept, 5),
        "coefficients": dict(zip(feature_names(), np.round(coefficients, 5).tolist(), strict=True)),
    }
    arguments.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
