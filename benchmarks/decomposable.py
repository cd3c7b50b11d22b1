"""The exact average over all decomposable graphs of 3 to 7 lists, against a loop over graphs on a grid set by hand.

    OMP_NUM_THREADS=1 python benchmarks/decomposable.py

The slow side is what the formula says, in NumPy and SciPy: every number on no list from 0 to ten times the people
listed, and for each graph the sum over its cliques less that over its separators; each marginal table is computed
once. From six lists on it gets every hundredth or five-thousandth graph, and its time is scaled up. Both sides must
give the same log probability of each graph that both computed, or the run stops. Times are processor seconds of one
core; memory is the peak of a process that does nothing else.
"""

from __future__ import annotations

import multiprocessing
import platform
import resource
import sys
import time

import numpy as np
import scipy
from scipy.special import gammaln

from uncounted.estimation.kernels.chordal import clique_coefficients
from uncounted.estimation.kernels.decomposable import average_over_graphs, log_evidence

EVERY = {3: 1, 4: 1, 5: 1, 6: 100, 7: 5_000}


def invented(n_lists: int) -> np.ndarray:
    """Return a table of 3,000 people of unequal visibility on lists of unequal reach."""
    rng = np.random.default_rng(20)
    reach = np.linspace(0.06, 0.3, n_lists)
    visible = rng.lognormal(0.0, 0.4, 3_000)
    member = rng.random((3_000, n_lists)) < np.minimum(reach * visible[:, None], 0.95)
    codes = member @ (1 << np.arange(n_lists)[::-1])
    return np.bincount(codes, minlength=2**n_lists)[1:]


def one_by_one(counts: np.ndarray, n_lists: int, n0: np.ndarray, graphs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log probabilities at n0 = 100 and the posterior's log sum, graph after graph."""
    n, delta, known = int(counts.sum()), 2.0**-n_lists, {}
    patterns = np.arange(1, 2**n_lists)

    def marginal(subset: int) -> np.ndarray:
        if subset not in known:
            cells = np.bincount(patterns & subset, weights=counts, minlength=2**n_lists)
            codes = [c for c in range(1, 2**n_lists) if c & subset == c]
            share = delta * 2 ** (n_lists - subset.bit_count())
            known[subset] = (
                gammaln(cells[0] + n0 + share) + gammaln(cells[codes] + share).sum()
                - 2 ** subset.bit_count() * gammaln(share) + gammaln(1.0) - gammaln(n + n0 + 1.0)
            )  # fmt: skip
        return known[subset]

    orders = gammaln(n + n0 + 1) - gammaln(n0 + 1) - gammaln(counts + 1.0).sum()
    total = np.full(len(n0), -np.inf)
    at = np.zeros(len(graphs))
    for g, row in enumerate(graphs):
        logs = orders.copy()
        for subset in np.flatnonzero(row):
            if subset:
                logs += row[subset] * marginal(int(subset))
        at[g] = logs[100]
        total = np.logaddexp(total, logs - np.log(n + n0))
    return at, total


def peak_megabytes() -> float:
    # Linux counts in kibibytes, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def quick(n_lists: int) -> tuple[float, float, float]:
    """Return seconds to list the graphs, seconds to average over them, and peak memory."""
    counts = invented(n_lists)
    gammaln(1.0)
    start = time.process_time()
    clique_coefficients(n_lists)
    listed = time.process_time() - start
    start = time.process_time()
    average_over_graphs(counts, probabilities=False)
    return listed, time.process_time() - start, peak_megabytes()


def slow(n_lists: int) -> tuple[float, float]:
    """Return scaled seconds of the loop, and its peak memory."""
    counts = invented(n_lists)
    graphs = clique_coefficients(n_lists)[:: EVERY[n_lists]].astype(np.int64)
    n0 = np.arange(10 * int(counts.sum()) + 1.0)
    start = time.process_time()
    at, _ = one_by_one(counts, n_lists, n0, graphs)
    seconds = (time.process_time() - start) * EVERY[n_lists]
    expected = log_evidence(counts, np.array([100.0]))[:: EVERY[n_lists], 0]
    if not np.allclose(at, expected, rtol=0, atol=1e-7):
        raise SystemExit(f"{n_lists} lists: the two sides disagree")
    return seconds, peak_megabytes()


def main() -> None:
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, {platform.machine()}"
    )
    print("| lists | graphs | listing them | average, exact tail | memory | loop to 10 n | ratio |")
    print("|---|---|---|---|---|---|---|")
    for n_lists in EVERY:
        # A fresh process each, so that memory is its own.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            listed, seconds, memory = pool.apply(quick, (n_lists,))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            naive, _ = pool.apply(slow, (n_lists,))
        print(
            f"| {n_lists} | {len(clique_coefficients(n_lists)):,} | {listed:.3f} s | {seconds:.3f} s | {memory:.0f} MB "
            f"| {naive:,.1f} s | {naive / (seconds + listed):,.0f} |"
        )


if __name__ == "__main__":
    main()
