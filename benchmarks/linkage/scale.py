"""Time and memory of scoring many records: bringing pairs up, training, comparing; per stage in CPU seconds.

python benchmarks/linkage/scale.py --people 80000
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from cases import make_case

from uncounted.linkage.scoring import score_pairs
from uncounted.project.model import LinkageSpec


def main() -> None:
    """Make the lists, score them, say seconds, memory and the ceiling."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=80_000)
    parser.add_argument("--family", default="cyrillic")
    parser.add_argument("--damage", default="hard")
    arguments = parser.parse_args()
    began = time.process_time()
    case = make_case(arguments.family, arguments.damage, 1, n_people=arguments.people)
    print(f"lists and keys: {time.process_time() - began:.0f} CPU s, {len(case.person):,} records")
    before, wall = time.process_time(), time.perf_counter()

    def say(words: str) -> None:
        print(f"  {time.process_time() - before:7.1f} CPU s  {words}", flush=True)

    pairs = score_pairs(case.records, LinkageSpec(), seed=1, progress=say)
    say("done")
    left, right = (pairs.table[name].to_numpy() for name in ("left", "right"))
    sizes = np.bincount(case.person)
    n_true = int((sizes * (sizes - 1) // 2).sum())
    true = case.person[left] == case.person[right]
    likely = pairs.table["match_prob"].to_numpy() > 0.5
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{time.perf_counter() - wall:.0f} s wall; {pairs.n_pairs:,} pairs kept, {pairs.n_hopeless:,} without hope; "
        f"true pairs kept {true.sum() / n_true:.4f}; pairwise F1 before clustering "
        f"{2 * true[likely].sum() / (likely.sum() + n_true):.4f}; peak {peak:.1f} GB"
    )


if __name__ == "__main__":
    main()
