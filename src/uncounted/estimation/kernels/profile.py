"""Profile-likelihood interval for the total, under one log-linear model.

Letters: n people on at least one list, n_0 = N − n on none, μ̂ the fit to the table completed with n_0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.existence import check_existence, remaining_cells
from uncounted.estimation.kernels.hierarchy import add_over_subsets
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.newton import newton

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: The profile counts as flat if this many times the estimate is still inside the interval.
FLAT_AT = 100.0
#: A limit closer to n than this is n.
SMALLEST_UNLISTED = 1e-3
MAX_ITER = 200
TOL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Profile-likelihood estimate of the total.

    Attributes
    ----------
    n_total : float
        Total with the highest profile likelihood, in people; NaN without an estimate.
    low, high : float
        Totals where the profile log-likelihood has dropped by half the chi-squared quantile. `low` is never below
        the number listed; `high` is inf where the profile is flat.
    status : str
        "ok"; "unbounded" if a hundred times the estimate is still inside; "no-estimate" if the model's estimate does
        not exist or is not identified; "not-converged" if a fit on the way did not converge (then all are NaN).
    """

    n_total: float
    low: float
    high: float
    status: str


class _NotConvergedError(ArithmeticError):
    """A fit at a trial total did not converge."""


def profile_interval(counts: IntArray, model: BoolArray, *, level: float) -> Profile:
    """Find the total of highest profile likelihood, and its interval, under a log-linear model.

    The multinomial likelihood of N is maximised over the model's parameters: the table is completed with N − n people
    on no list and fitted again. With dev its deviance,
    log L(N) = −dev/2 + log N! − log n_0! + n_0 log n_0 − N log N, factorials by the gamma function. The interval is
    conditional on the model: it knows nothing of how the model was chosen.

    Parameters
    ----------
    counts : ndarray of int64, shape (2**J − 1,)
        People per pattern, in CaptureTable order.
    model : ndarray of bool, shape (2**J,)
        Parameters of a hierarchical model.
    level : float
        Level in (0, 1), e.g. 0.95.

    Returns
    -------
    Profile
        The point, the limits and a status.

    Raises
    ------
    ValueError
        If shapes do not agree or `level` is not between 0 and 1.

    References
    ----------
    Cormack (1992), Biometrics 48:567. Baillargeon and Rivest (2007), Journal of Statistical Software 19(5): above
    100 people Rcapture replaces the factorials by Stirling's formula, n_0 − N − ½ log(n_0/N); the two agree to about
    1/(12 n_0), far below 0.1 % of a limit.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1; found {level}")
    counts, model = np.asarray(counts), np.asarray(model, dtype=bool)
    existence = check_existence(counts > 0, model[None])
    if existence.code[0] != 0:
        return Profile(n_total=math.nan, low=math.nan, high=math.nan, status="no-estimate")
    fit = fit_models(counts, model[None], existence=existence)
    if not fit.converged[0]:
        return Profile(n_total=math.nan, low=math.nan, high=math.nan, status="not-converged")
    n_listed = int(counts.sum())
    removed = existence.removed[0]
    profile = _profile_of(counts, model & ~removed, remaining_cells(removed[None])[0])
    floor = math.log(SMALLEST_UNLISTED)

    def slope(log_unlisted: float) -> float:
        return profile(log_unlisted)[1]

    try:
        guess = max(math.log(max(float(fit.n_unlisted[0]), SMALLEST_UNLISTED)), floor)
        top = _summit(slope, guess, floor)
        best = profile(top)[0]
        allowed = best - _half_chi_squared(level)

        def above(log_unlisted: float) -> float:
            return profile(log_unlisted)[0] - allowed

        low = 0.0 if above(floor) >= 0.0 else math.exp(_root(above, floor, top))
        point = 0.0 if top == floor else math.exp(top)
        high = _upper_limit(above, top, n_listed)
    except _NotConvergedError:
        return Profile(n_total=math.nan, low=math.nan, high=math.nan, status="not-converged")
    return Profile(
        n_total=n_listed + point,
        low=n_listed + low,
        high=n_listed + high,
        status="ok" if math.isfinite(high) else "unbounded",
    )


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function of log n_0 crosses zero between two points of different sign."""
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-10))


def _half_chi_squared(level: float) -> float:
    """Return half the quantile of chi-squared with one degree of freedom: half a squared normal quantile."""
    from scipy.special import ndtri

    return float(ndtri((1.0 + level) / 2.0)) ** 2 / 2.0


def _profile_of(counts: IntArray, free: BoolArray, cells: BoolArray) -> Callable[[float], tuple[float, float]]:
    """Return the function log n_0 ↦ (profile log-likelihood up to a constant, its derivative in N)."""
    from scipy.special import digamma, gammaln, xlogy

    table = np.zeros(len(free))
    table[1:] = counts
    n_listed = float(counts.sum())
    with_unlisted = cells.copy()
    with_unlisted[0] = True

    def evaluate(log_unlisted: float) -> tuple[float, float]:
        unlisted = math.exp(log_unlisted)
        n_total = n_listed + unlisted
        table[0] = unlisted
        fit = newton(table[None], free[None], with_unlisted[None], max_iter=MAX_ITER, tol=TOL)
        if not fit.converged[0]:
            raise _NotConvergedError
        eta = fit.coefficients[0].copy()
        add_over_subsets(eta)
        y, eta = table[with_unlisted], eta[with_unlisted]
        half_deviance = float((xlogy(y, y) - y * eta - y + np.exp(eta)).sum())
        factorials = gammaln(n_total + 1.0) - gammaln(unlisted + 1.0)
        correction = factorials + unlisted * log_unlisted - n_total * math.log(n_total)
        # At the maximum over the other parameters only the explicit dependence on N counts (envelope theorem).
        slope = digamma(n_total + 1.0) - digamma(unlisted + 1.0) + float(eta[0]) - math.log(n_total)
        return float(correction - half_deviance), float(slope)

    return evaluate


def _summit(slope: Callable[[float], float], guess: float, floor: float) -> float:
    """Return log n_0 at the highest point: the floor if the profile falls from there on."""
    low = high = guess
    while slope(low) < 0.0:
        if low <= floor:
            return floor
        low = max(low - math.log(2.0), floor)
    while slope(high) > 0.0:
        high += math.log(2.0)
    return low if low == high else _root(slope, low, high)


def _upper_limit(above: Callable[[float], float], top: float, n_listed: int) -> float:
    """Return n_0 at the upper limit; there is no cap but the one that makes a limit meaningless."""
    flat_at = math.log(FLAT_AT * (n_listed + math.exp(top)) - n_listed)
    inner = outer = top
    while above(outer) >= 0.0:
        if outer >= flat_at:
            return math.inf
        inner, outer = outer, min(outer + math.log(2.0), flat_at)
    return math.exp(_root(above, inner, outer))
