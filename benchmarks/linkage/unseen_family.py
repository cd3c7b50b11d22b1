"""How the shipped pair model does on names it never saw: F1 of pairs beside the model trained on the lists alone.

python benchmarks/linkage/train_prior_model.py --leave-out arabic --out without_arabic.json
python benchmarks/linkage/unseen_family.py arabic=without_arabic.json
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np
from cases import Case, make_case
from numpy.typing import NDArray

from uncounted.linkage import score_pairs, scoring
from uncounted.linkage.prior_model import model_from_json, shipped_model
from uncounted.project.model import LinkageSpec

SEED, PEOPLE = 601, 3000  # seeds of training begin at 9001


def f1(case: Case, weight: NDArray[np.float64], left: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    """Return F1 of the pairs with even odds or better, against all pairs of records of one person."""
    linked = weight > 0.0
    found = int((linked & (case.person[left] == case.person[right])).sum())
    sizes = np.bincount(case.person)
    return 2.0 * found / (int(linked.sum()) + int((sizes * (sizes - 1) // 2).sum()))


def main() -> None:
    """Print one row a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="FAMILY=FILE, a model trained without the family")
    models = dict(entry.split("=", 1) for entry in parser.parse_args().models)
    print("| lists | hands | these lists alone | shipped | both | shipped, family unseen | both, family unseen |")
    print("|---|---|---|---|---|---|---|")
    for (family, file), damage, hands in product(models.items(), ("medium", "hard"), ("first", "other")):
        case = make_case(family, damage, SEED, n_people=PEOPLE, hands=hands)
        cells = []
        for model in (shipped_model(), model_from_json(Path(file).read_text(encoding="utf-8"))):
            with patch.object(scoring, "shipped_model", return_value=model):
                pairs = score_pairs(case.records, LinkageSpec(), seed=1)
            left, right = (pairs.table[side].to_numpy() for side in ("left", "right"))
            odds = [pairs.table[name].to_numpy() for name in ("em_weight", "prior_weight", "match_weight")]
            cells.append([f"{f1(case, weight, left, right):.3f}" for weight in odds])
        print(f"| {family} {damage} | {hands} | {' | '.join([*cells[0], *cells[1][1:]])} |", flush=True)


if __name__ == "__main__":
    main()
