"""Time and memory of linking many records: keys, pairs, scores, clusters; CPU seconds and peak memory by stage.

python benchmarks/linkage/scale.py --records 100000
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import cases
import numpy as np
from cases import Case
from methods import link_splink_raw

from uncounted.linkage import cluster, score_pairs
from uncounted.project.model import LinkageSpec

# Records a person of these lists has, those on no list included.
_RECORDS_A_PERSON = 1.3
# Beyond this Splink's own blocking and comparisons are not run beside ours.
_MOST_FOR_SPLINK = 110_000
# What `score_pairs` says at the start of each step, by its first word, and what the step is.
_STEPS = {"Bringing": "pairs", "Training": "training", "Scoring": "scores"}


class Stopwatch:
    """CPU seconds by stage, wall time, and the peak memory of the process at the end of each stage (GB)."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peak: dict[str, float] = {}
        self.wall = 0.0
        self._stage = ""
        self._cpu = 0.0
        self._began = 0.0

    def stage(self, name: str) -> None:
        """End the stage that runs, and begin another; "" begins none."""
        cpu, now = time.process_time(), time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + cpu - self._cpu
            self.peak[self._stage] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            self.wall += now - self._began
        self._stage, self._cpu, self._began = name, cpu, now

    def during(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function`, timed as a stage."""

        def timed(*arguments: Any, **named: Any) -> Any:
            self.stage(name)
            try:
                return function(*arguments, **named)
            finally:
                self.stage("")

        return timed


def make(arguments: argparse.Namespace, watch: Stopwatch) -> Case:
    """Make the lists; only what brings them into the standard shape is timed."""
    plain = cases.standardise
    cases.standardise = watch.during("keys", plain)
    try:
        n_people = round(arguments.records / _RECORDS_A_PERSON)
        return cases.make_case(arguments.family, arguments.damage, arguments.seed, n_people=n_people)
    finally:
        cases.standardise = plain


def n_pairs_within(labels: np.ndarray) -> int:
    """Pairs of records with one label."""
    sizes = np.unique(labels, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


def f1(case: Case, point: np.ndarray) -> float:
    """Pairwise F1 of a clustering."""
    both = n_pairs_within(point.astype(np.int64) * (int(case.person.max()) + 1) + case.person)
    return 2 * both / max(n_pairs_within(point) + n_pairs_within(case.person), 1)


def main() -> None:
    """Make the lists, link them, print one row of a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="about so many")
    parser.add_argument("--family", default="cyrillic")
    parser.add_argument("--damage", default="hard")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    watch = Stopwatch()
    case = make(arguments, watch)
    spec = LinkageSpec()

    def say(words: str) -> None:
        watch.stage(_STEPS[words.split(maxsplit=1)[0]])
        print(f"  {words}", flush=True)

    watch.stage("pairs")
    pairs = score_pairs(case.records, spec, seed=1, progress=say)
    watch.stage("clusters and a draw")
    found = cluster(pairs, spec, n_draws=1, seed=1, lists=case.lists)
    watch.stage("")
    left, right = (pairs.table[name].to_numpy() for name in ("left", "right"))
    n_true, n = n_pairs_within(case.person), len(case.person)
    kept = float((case.person[left] == case.person[right]).sum()) / n_true
    compared = pairs.n_pairs + pairs.n_hopeless
    stages = ", ".join(f"{name} {seconds:.0f}" for name, seconds in watch.seconds.items())
    total = sum(watch.seconds.values())
    print("| records | pairs compared | a record | true pairs kept | F1 | CPU s by stage | CPU s | wall s | peak GB |")
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {n:,} | {compared:,} | {compared / n:.1f} | {kept:.3f} | {f1(case, found.point):.3f} | {stages} | "
        f"{total:.0f} | {watch.wall:.0f} | {max(watch.peak.values()):.1f} |"
    )
    print("peak GB after each stage: " + ", ".join(f"{name} {peak:.1f}" for name, peak in watch.peak.items()))
    if n <= _MOST_FOR_SPLINK:
        began = time.process_time()
        theirs = link_splink_raw(case, labels=0, seed=1)
        seconds = time.process_time() - began
        ours = total - watch.seconds["keys"]
        print(
            f"Splink's own comparisons on raw names, the same records: {seconds:.0f} CPU s, {len(theirs.left):,} "
            f"pairs, F1 {f1(case, theirs.point):.3f}; ours without keys {ours:.0f} CPU s, {ours / seconds:.1f} times."
        )


if __name__ == "__main__":
    main()
