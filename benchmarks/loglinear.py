"""All 6,893 log-linear models of five lists: listed, checked, fitted and ranked, against one model at a time.

    OMP_NUM_THREADS=1 python benchmarks/loglinear.py            # the whole comparison, about a minute
    OMP_NUM_THREADS=1 python benchmarks/loglinear.py --every 10 # the slow side on every tenth model only

The slow side is what a textbook says, in NumPy and SciPy: for each model the linear programme of Chan, Silverman and
Vincent (2021) and the rank of the design, then iteratively reweighted least squares on the explicit design matrix.
Both sides must give the same codes and the same totals, or the run stops. Times are processor seconds of one core.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import time

import numpy as np
import scipy
from scipy.optimize import linprog

from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.hierarchy import hierarchical_models, model_name
from uncounted.estimation.kernels.loglinear import fit_models

# Silverman, Chan and Vincent (2024), Statistics and Computing 34:44 (UK, five lists; Western site); Madigan and York
# (1997), Biometrika 84:19. "dense" is invented: no empty cell, so nothing can be left out.
TABLES = {
    "uk5": "10000 54 01000 463 00100 995 00010 695 00001 316 11000 15 10100 19 10010 3 01100 62 01010 19 01001 1 "
    "00110 76 00101 11 00011 8 11100 1 11010 1 01110 4 11110 1",
    "western": "10000 52 01000 90 00100 114 00010 45 00001 21 10100 4 10010 2 10001 5 01100 6 01010 1 00011 3 "
    "10101 1 01110 1",
    "madigan-york": "10000 27 01000 37 11000 19 00100 4 10100 4 01100 1 11100 1 00010 97 10010 22 01010 37 11010 25 "
    "00110 2 10110 1 01110 3 11110 5 00001 83 10001 36 01001 34 11001 18 00101 3 10101 5 11101 2 00011 30 10011 5 "
    "01011 23 11011 8 10111 3 11111 2",
    "dense": " ".join(f"{k:05b} {5 + k + 3000 // 6 ** k.bit_count()}" for k in range(1, 32)),
}


def read_counts(text: str) -> np.ndarray:
    counts = np.zeros(31, dtype=np.int64)
    words = text.split()
    for pattern, count in zip(words[::2], words[1::2], strict=True):
        counts[int(pattern, 2) - 1] = int(count)
    return counts


def together(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """List, check, fit and rank all models; return codes, numbers on no list and the best model by BIC."""
    hierarchical_models.cache_clear()
    models = hierarchical_models(5)
    fits = fit_models(counts, models, existence=check_existence(counts > 0, models))
    order = np.argsort(fits.bic)
    return fits.code, fits.n_unlisted, model_name(models[order[0]], 5)


def one_by_one(counts: np.ndarray, models: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Check and fit one model after the other; return codes and numbers on no list."""
    patterns = np.arange(1, 32)
    codes, unlisted = np.zeros(len(models), dtype=int), np.full(len(models), np.nan)
    for i, model in enumerate(models):
        params = np.flatnonzero(model)
        design = ((patterns[:, None] & params) == params).astype(float)
        empty = counts @ design == 0
        cells = ~(design[:, empty] > 0).any(axis=1)
        design, y = design[cells][:, ~empty], counts[cells].astype(float)
        codes[i] = paper_code(design, y)
        if codes[i] == 0:
            unlisted[i] = np.exp(least_squares(design, y)[0])
    return codes, unlisted


def paper_code(design: np.ndarray, y: np.ndarray) -> int:
    n_cells, n_params = design.shape
    found = linprog(
        np.r_[np.zeros(n_cells), -1.0],
        A_eq=np.c_[design.T, np.zeros(n_params)],
        b_eq=design.T @ y,
        A_ub=np.c_[-np.eye(n_cells), np.ones(n_cells)],
        b_ub=np.zeros(n_cells),
        bounds=[(None, None)] * (n_cells + 1),
    )
    return int(-found.fun <= 1e-7) + 2 * int(np.linalg.matrix_rank(design) < n_params)


def least_squares(design: np.ndarray, y: np.ndarray) -> np.ndarray:
    mu = y + 0.1
    eta = np.log(mu)
    for _ in range(100):
        weighted = design * mu[:, None]
        beta = np.linalg.solve(design.T @ weighted, weighted.T @ (eta + (y - mu) / mu))
        moved = np.abs(design @ beta - eta).max()
        eta = design @ beta
        mu = np.exp(eta)
        if moved < 1e-9:
            break
    return beta


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="give the slow side every n-th model only, and scale up")
    parser.add_argument("--tables", nargs="+", default=["uk5"], choices=list(TABLES), help="tables for the slow side")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, {platform.machine()}"
    )
    together(read_counts(TABLES["uk5"]))  # load what is imported late
    quick = {}
    for name, text in TABLES.items():
        runs = []
        for _ in range(5):
            start = time.process_time()
            result = together(read_counts(text))
            runs.append(time.process_time() - start)
        quick[name] = (float(np.median(runs)), result)
        print(f"{name:13s} all 6,893 models: {np.median(runs):.3f} s, {int((result[0] == 0).sum())} admissible, "
              f"best by BIC {result[2]}")  # fmt: skip
    # Linux counts in kibibytes, macOS in bytes.
    unit = 1024 if sys.platform != "darwin" else 1024**2
    print(f"peak memory of the process so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:.0f} MB")
    for name in options.tables:
        models = hierarchical_models(5)[:: options.every]
        start = time.process_time()
        codes, unlisted = one_by_one(read_counts(TABLES[name]), models)
        slow = (time.process_time() - start) * len(hierarchical_models(5)) / len(models)
        seconds, (all_codes, all_unlisted, _) = quick[name]
        if (codes != all_codes[:: options.every]).any():
            raise SystemExit(f"{name}: the two sides disagree on what exists")
        if not np.allclose(unlisted, all_unlisted[:: options.every], rtol=1e-6, equal_nan=True):
            raise SystemExit(f"{name}: the two sides disagree on the numbers")
        print(f"{name:13s} one at a time: {slow:.1f} s ({len(models)} models run); ratio {slow / seconds:.0f}")


if __name__ == "__main__":
    main()
