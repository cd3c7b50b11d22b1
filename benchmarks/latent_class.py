"""Latent classes: Hamiltonian trajectories with jumps against plain Gibbs, many tables at once, and known truths.

    OMP_NUM_THREADS=1 python benchmarks/latent_class.py kosovo      # one table, and plain Gibbs: about a minute
    OMP_NUM_THREADS=1 python benchmarks/latent_class.py batch       # a part of 100 draws x 50 strata: about a minute
    OMP_NUM_THREADS=1 python benchmarks/latent_class.py suite       # five known truths, two priors: several minutes

Times are processor seconds of one core. Everything is drawn anew from the seed that is printed.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import time

import numpy as np
import scipy

from uncounted.captures.published import published
from uncounted.estimation.kernels.class_sampler import ClassEffort, fit_tables
from uncounted.estimation.kernels.convergence import diagnose
from uncounted.estimation.kernels.expansion_prior import calibrated_beta
from uncounted.estimation.kernels.gibbs import gibbs_classes
from uncounted.estimation.kernels.latent_class import ClassPrior
from uncounted.simulate import SIMULATION_SUITE, capture_counts

ALPHA = {"alpha_shape": 0.25, "alpha_rate": 0.25}


def prior_of(n_lists: int, expansion: tuple[float, float] | None, n_classes: int = 10) -> ClassPrior:
    if expansion is None:
        return ClassPrior(**ALPHA)
    found = calibrated_beta(n_lists=n_lists, expansion=expansion, n_classes=n_classes, **ALPHA)
    return ClassPrior(a=found.a, b=found.b, **ALPHA)


def kosovo(seed: int) -> None:
    table = published("kosovo").counts[0]
    for name, expansion in (("uniform", None), ("N/n in (1.1, 20)", (1.1, 20.0))):
        prior = prior_of(4, expansion)
        rate = 0.0
        for n_chains in (16, 64):
            start = time.process_time()
            found = fit_tables(table, n_lists=4, n_classes=10, prior=prior, rngs=[np.random.default_rng(seed)],
                               effort=ClassEffort(n_chains=n_chains))[0]  # fmt: skip
            seconds = time.process_time() - start
            low, middle, high = np.quantile(4400 + found.unlisted, [0.025, 0.5, 0.975])
            one = found.convergence
            rate = one.ess_bulk / seconds
            print(f"kosovo, {name}, {n_chains} chains: {seconds:.1f} s, R-hat {one.r_hat:.3f}, ESS {one.ess_bulk:.0f} "
                  f"(tail {one.ess_tail:.0f}), effort {found.effort}, {rate:.0f} effective draws a second, warm-up "
                  f"included; "
                  f"{middle:,.0f} [{low:,.0f}, {high:,.0f}]", flush=True)  # fmt: skip
        plain_gibbs(table[0], prior, rate, seed)


def plain_gibbs(counts: np.ndarray, prior: ClassPrior, rate: float, seed: int) -> None:
    start = time.process_time()
    plain = gibbs_classes(counts, n_lists=4, n_classes=10, prior=prior, n_chains=64, n_burnin=5_000, n_sweeps=15_000,
                          rng=np.random.default_rng(seed))  # fmt: skip
    seconds = time.process_time() - start
    two = diagnose(np.log(4400 + plain.unlisted[:, ::10]))
    print(f"  plain Gibbs, 64 chains of 20,000 sweeps: {seconds:.1f} s, R-hat {two.r_hat:.3f}, ESS "
          f"{two.ess_bulk:.0f} (tail {two.ess_tail:.0f}), {two.ess_bulk / seconds:.1f} a second with burn-in; ratio "
          f"{rate * seconds / two.ess_bulk:.0f}, or {0.75 * rate * seconds / two.ess_bulk:.0f} without Gibbs' burn-in; "
          f"median {np.median(4400 + plain.unlisted):,.0f}", flush=True)  # fmt: skip


def batch(seed: int) -> None:
    """Time linkage draws of strata like those of a real project: five lists, 100 to 1,500 people listed."""
    rng = np.random.default_rng(seed)
    counts = []
    for stratum in range(6):
        truth = SIMULATION_SUITE[f"sim{1 + stratum % 5}"]
        base = capture_counts(int(rng.integers(300, 2500)), truth, rng=rng)
        for _ in range(10):  # a linkage draw moves a few people between patterns
            counts.append(rng.multinomial(base.sum(), (base + 0.02) / (base + 0.02).sum()))
    tables = np.stack(counts)
    start = time.process_time()
    found = fit_tables(tables, n_lists=5, n_classes=10, prior=prior_of(5, (1.1, 20.0)), rngs=rng.spawn(len(tables)))
    seconds = (time.process_time() - start) / len(tables)
    efforts = np.asarray([one.effort for one in found])
    converged = np.asarray([one.converged for one in found])
    print(f"batch: {len(tables)} tables of five lists, {seconds:.2f} s a table; converged {converged.mean():.0%}, "
          f"effort 1: {(efforts == 1).mean():.0%}, 3: {(efforts == 3).mean():.0%}, 7: "
          f"{(efforts == 7).mean():.0%}")  # fmt: skip
    print(f"  100 draws x 50 strata: {5000 * seconds / 3600:.2f} h on one core, {2500 * seconds / 3600:.2f} h on two")


def suite(seed: int, n_tables: int) -> None:
    for name, truth in SIMULATION_SUITE.items():
        rng = np.random.default_rng([seed, *name.encode()])
        counts = np.stack([capture_counts(2000, truth, rng=rng) for _ in range(n_tables)])
        for label, expansion in (("uniform", None), ("(1.1, 10)", (1.1, 10.0)), ("(1.1, 20)", (1.1, 20.0))):
            start = time.process_time()
            found = fit_tables(counts, n_lists=5, n_classes=10, prior=prior_of(5, expansion), rngs=rng.spawn(n_tables))
            seconds = (time.process_time() - start) / n_tables
            totals = [n + one.unlisted for n, one in zip(counts.sum(axis=1), found, strict=True)]
            limits = np.asarray([np.quantile(t, [0.025, 0.5, 0.975]) for t in totals])
            error = np.log(limits[:, 1] / 2000)
            held = ((limits[:, 0] <= 2000) & (limits[:, 2] >= 2000)).mean()
            print(f"{name} {label:10s} coverage {held:.2f}, median log bias {np.median(error):+.3f}, RMSE(log N) "
                  f"{np.sqrt((error**2).mean()):.3f}, hi/lo {np.median(limits[:, 2] / limits[:, 0]):.2f}, converged "
                  f"{np.mean([one.converged for one in found]):.2f}, effort "
                  f"{np.mean([one.effort for one in found]):.1f}, {seconds:.2f} s a table", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kosovo", "batch", "suite"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tables", type=int, default=20, help="tables of each known truth")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, {platform.machine()}, "
        f"seed {options.seed}"
    )
    if options.what == "suite":
        suite(options.seed, options.tables)
    else:
        {"kosovo": kosovo, "batch": batch}[options.what](options.seed)
    unit = 1024 if sys.platform != "darwin" else 1024**2  # Linux counts in kibibytes, macOS in bytes
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:.0f} MB")


if __name__ == "__main__":
    main()
