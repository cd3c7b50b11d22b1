"""A bootstrap that chooses the log-linear model anew in each replicate, against one replicate and model at a time.

    OMP_NUM_THREADS=1 python benchmarks/bootstrap.py            # about two minutes
    OMP_NUM_THREADS=1 python benchmarks/bootstrap.py --slow 2   # the slow side on two replicates only

The slow side fits each candidate to each replicate as `benchmarks/loglinear.py` does: the linear programme of Chan,
Silverman and Vincent (2021) and the rank of the design, then iteratively reweighted least squares. Both sides must
choose the same models and give the same totals, or the run stops. Times are processor seconds of one core.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import time

import numpy as np
import scipy
from loglinear import least_squares, paper_code
from scipy.special import gammaln

from uncounted.captures import published
from uncounted.estimation.kernels.bootstrap import acceleration, best_first, bootstrap_selection, select_models
from uncounted.estimation.kernels.hierarchy import hierarchical_models
from uncounted.estimation.kernels.loglinear import fit_models

# Table, orders searched, models that replicates choose among: as Silverman, Chan and Vincent (2024) have them.
CASES = {
    "kosovo": (3, 20),
    "uk5": (3, 100),
    "western": (3, 100),
    "madigan-york": (3, 100),
    "netherlands5": (3, 100),
    "uk": (2, 100),
}
REPLICATES = 1000


def ranked(counts: np.ndarray, max_order: int, top: int) -> np.ndarray:
    models = hierarchical_models((len(counts) + 1).bit_length() - 1, max_order=max_order)
    return models[best_first(fit_models(counts, models))[:top]]


def slow_choice(counts: np.ndarray, models: np.ndarray) -> tuple[int, float]:
    """Return the winner and its people on no list; -1 and inf if no model has an estimate."""
    patterns = np.arange(1, models.shape[1])
    best, winner, unlisted = np.inf, -1, np.inf
    for m, model in enumerate(models):
        params = np.flatnonzero(model)
        design = ((patterns[:, None] & params) == params).astype(float)
        empty = counts @ design == 0
        cells = ~(design[:, empty] > 0).any(axis=1)
        design, y = design[cells][:, ~empty], counts[cells].astype(float)
        if paper_code(design, y):
            continue
        beta = least_squares(design, y)
        eta = design @ beta
        bic = len(params) * np.log(counts.sum()) - 2 * (y * eta - np.exp(eta) - gammaln(y + 1)).sum()
        if bic < best:
            best, winner, unlisted = bic, m, float(np.exp(beta[0]))
    return winner, unlisted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slow", type=int, default=10, help="replicates of the slow side, scaled up")
    parser.add_argument("--tables", nargs="+", default=list(CASES), choices=list(CASES))
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, {platform.machine()}"
    )
    fit_models(np.arange(1, 8), hierarchical_models(3))  # load what is imported late
    print("| table | models | ranked | 1,000 replicates | fits made | one at a time | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name in options.tables:
        counts = published(name).counts[0, 0]
        hierarchical_models.cache_clear()
        start = time.process_time()
        models = ranked(counts, *CASES[name])
        rank_time = time.process_time() - start
        start = time.process_time()
        boot = bootstrap_selection(
            counts, models, n_replicates=REPLICATES, method="multinomial", rng=np.random.default_rng(1)
        )
        quick = time.process_time() - start
        tables = np.random.default_rng(2).multinomial(counts.sum(), counts / counts.sum(), size=options.slow)
        start = time.process_time()
        found = [slow_choice(table, models) for table in tables]
        slow = (time.process_time() - start) * REPLICATES / options.slow
        chosen = select_models(tables, models)
        if [w for w, _ in found] != chosen.winner.tolist():
            raise SystemExit(f"{name}: the two sides choose different models")
        if not np.allclose([u for _, u in found], chosen.n_unlisted, rtol=1e-6):
            raise SystemExit(f"{name}: the two sides disagree on the numbers")
        print(
            f"| {name} | {len(models)} | {rank_time:.2f} s | {quick:.2f} s | "
            f"{boot.n_fits / (REPLICATES * len(models)):.0%} | {slow:,.0f} s | {slow / quick:,.0f} |",
            flush=True,
        )
        start = time.process_time()
        acceleration(counts, models)
        print(f"{name}: {time.process_time() - start:.2f} s of it the jackknife", file=sys.stderr)
    # Linux counts in kibibytes, macOS in bytes.
    unit = 1024 if sys.platform != "darwin" else 1024**2
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:.0f} MB")


if __name__ == "__main__":
    main()
