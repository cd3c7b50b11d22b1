"""One log in which the same people appear again: how many appeared in it not at all.

Letters: f_x, people who appear exactly x times, x = 1, 2, …; n, people in the log; S, entries; p_0, p_1 the chance to
appear never, once; lambda, the mean of a Poisson law; q, the chance of one more entry in a geometric law
P(x) = (1 - q) q^x; n_0, people who never appeared.

Variances of models are by the law of total variance (van der Heijden et al. 2003, Statistical Modelling 3:305): of the
number listed given the parameters, n (1 - p) / p^2 with p the chance to be in the log, and of the parameters by the
delta method.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

RepeatsStatus = Literal["ok", "nobody twice", "nobody thrice", "no spread", "no inflation", "boundary"]

_SMALLEST_SIZE = (
    0.05  # of a negative binomial; below it the law is that of log-series, whose p_0 is nothing but a limit
)
_LARGEST_SIZE = 1e3  # above it the law is Poisson


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatsFit:
    """People who never appeared, by one estimator.

    Attributes
    ----------
    status : str
        "ok"; "nobody twice" and "nobody thrice": a frequency that the formula divides by is 0; "no spread": nobody
        appears more often than the least that the law needs to fix its parameter; "no inflation": fewer people appear
        once than the law expects, so none are there by inflation; "boundary": the likelihood rises up to the edge of
        the family, where there is no estimate (`edge` says which).
    n_unlisted, standard_error : float
        In people, of the total as well; NaN unless "ok".
    parameter : float
        lambda, q, or the mean of the negative binomial law.
    log_likelihood : float
        Of the frequencies, without the multinomial coefficient; NaN for lower bounds.
    n_parameters : int
        0 for lower bounds.
    inflated_share : float
        Share of the people in the log whose one entry is not of the law; NaN where the model has none.
    edge : {"", "log-series", "Poisson"}
    """

    status: RepeatsStatus
    n_unlisted: float = math.nan
    standard_error: float = math.nan
    parameter: float = math.nan
    log_likelihood: float = math.nan
    n_parameters: int = 0
    inflated_share: float = math.nan
    edge: Literal["", "log-series", "Poisson"] = ""


def chao(f: Mapping[int, int]) -> RepeatsFit:
    """Bound n_0 from below by f_1^2 / (2 f_2).

    Chao (1987), Biometrics 43:783.
    """
    one, two = float(f.get(1, 0)), float(f.get(2, 0))
    if two == 0:
        return RepeatsFit(status="nobody twice")
    if one == 0:
        return RepeatsFit(status="no spread")
    r = one / two
    return RepeatsFit(
        status="ok",
        n_unlisted=one * r / 2,
        standard_error=math.sqrt(two * (r**2 / 2 + r**3 + r**4 / 4)),
    )


def chao_without_ones(f: Mapping[int, int]) -> RepeatsFit:
    """Bound n_0 from below by 2 f_2^3 / (9 f_3^2): those who appear once are not used.

    Böhning, Kaskasamkul, van der Heijden (2019), Metrika 82:361. Variance by the delta method for independent
    Poisson frequencies, n_0^2 (9/f_2 + 4/f_3), plus n_0 for the total.
    """
    two, three = float(f.get(2, 0)), float(f.get(3, 0))
    if two == 0:
        return RepeatsFit(status="nobody twice")
    if three == 0:
        return RepeatsFit(status="nobody thrice")
    n_0 = 2 * two**3 / (9 * three**2)
    return RepeatsFit(status="ok", n_unlisted=n_0, standard_error=math.sqrt(n_0**2 * (9 / two + 4 / three) + n_0))


def zelterman(f: Mapping[int, int]) -> RepeatsFit:
    """Take lambda = 2 f_2 / f_1 from those who appear once or twice, and a Poisson law from it.

    Zelterman (1988), J. Statist. Plann. Inference 18:225; variance of Böhning (2008), Statist. Methodology 5:410:
    n g (1 + n g lambda^2 (1/f_1 + 1/f_2)), g = exp(-lambda) / (1 - exp(-lambda))^2.
    """
    one, two = float(f.get(1, 0)), float(f.get(2, 0))
    if two == 0:
        return RepeatsFit(status="nobody twice")
    if one == 0:
        return RepeatsFit(status="no spread")
    n, rate = float(sum(f.values())), 2 * two / one
    g = math.exp(-rate) / math.expm1(-rate) ** 2
    return RepeatsFit(
        status="ok",
        n_unlisted=n * math.exp(-rate) / -math.expm1(-rate),
        standard_error=math.sqrt(n * g * (1 + n * g * rate**2 * (1 / one + 1 / two))),
        parameter=rate,
    )


def truncated_poisson(f: Mapping[int, int]) -> RepeatsFit:
    """Fit a Poisson law to those seen: lambda / (1 - exp(-lambda)) = S/n, n_0 = n / (exp(lambda) - 1)."""
    n, entries = _sums(f)
    if entries == n:
        return RepeatsFit(status="nobody twice")
    rate = _solve_increasing(lambda t: t / -math.expm1(-t), entries / n, high=entries / n)
    seen = -math.expm1(-rate)
    information = entries / rate**2 - n * math.exp(-rate) / seen**2
    slope = n * math.exp(-rate) / seen**2
    return RepeatsFit(
        status="ok",
        n_unlisted=n * math.exp(-rate) / seen,
        standard_error=math.sqrt(slope**2 / information + n * (1 - seen) / seen**2),
        parameter=rate,
        log_likelihood=entries * math.log(rate) - n * (rate + math.log(seen)) - _log_factorials(f, 1),
        n_parameters=1,
    )


def truncated_geometric(f: Mapping[int, int]) -> RepeatsFit:
    """Fit a geometric law to those seen: 1 - q = n/S, n_0 = n (1 - q) / q."""
    n, entries = _sums(f)
    if entries == n:
        return RepeatsFit(status="nobody twice")
    more = entries - n
    q = more / entries
    variance = q * (1 - q) ** 2 / n
    return RepeatsFit(
        status="ok",
        n_unlisted=n * (1 - q) / q,
        standard_error=math.sqrt(n**2 / q**4 * variance + n * (1 - q) / q**2),
        parameter=q,
        log_likelihood=more * math.log(q) + n * math.log1p(-q),
        n_parameters=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _FromTwo:
    """A law fitted to those who appear twice or more: its p_0, p_1 and their slopes, and the parameter's variance."""

    parameter: float
    variance: float
    p_0: float
    p_1: float
    slope_0: float
    slope_1: float
    log_likelihood: float


def one_inflated(
    f: Mapping[int, int], *, law: Literal["poisson", "geometric"], inflation: Literal["any", "listed"]
) -> RepeatsFit:
    """Fit a law to those who appear twice or more; of those who appear once, some are there by inflation.

    The likelihood is one and the same for two stories (Böhning and van der Heijden 2019, Annals of Applied Statistics
    13:1198): inflation "listed" holds people of the log alone, who had they not been inflated would not be unseen
    either, n_0 = n_{2+} p_0 / (1 - p_0 - p_1); with "any" every person in the log is counted with the law's own chance
    to be missed, n_0 = n p_0 / (1 - p_0), as if people became one-timers after they were found. The total of "any"
    is the larger.
    """
    n = float(sum(f.values()))
    n_two = n - f.get(1, 0)
    if n_two == 0:
        return RepeatsFit(status="nobody twice")
    found = _poisson_from_two(f, n_two) if law == "poisson" else _geometric_from_two(f, n_two)
    if found is None:
        return RepeatsFit(status="nobody thrice")
    p_0, p_1, beyond = found.p_0, found.p_1, 1 - found.p_0 - found.p_1
    own = n_two * (1 - p_0) / beyond  # people of the log who follow the law
    if own >= n:
        return RepeatsFit(status="no inflation")
    if inflation == "any":
        n_0, seen = n * p_0 / (1 - p_0), 1 - p_0
        variance = (n * found.slope_0 / seen**2) ** 2 * found.variance
    else:
        n_0 = n_two * p_0 / beyond
        seen = n / (n + n_0)
        slope = (found.slope_0 * (1 - p_1) + p_0 * found.slope_1) / beyond**2
        share = n_two / n
        variance = (n_two * slope) ** 2 * found.variance + (p_0 / beyond) ** 2 * n * share * (1 - share)
    return RepeatsFit(
        status="ok",
        n_unlisted=n_0,
        standard_error=math.sqrt(variance + n * (1 - seen) / seen**2),
        parameter=found.parameter,
        log_likelihood=_log_split(n - n_two, n_two) + found.log_likelihood,
        n_parameters=2,
        inflated_share=1 - own / n,
    )


def _poisson_from_two(f: Mapping[int, int], n_two: float) -> _FromTwo | None:
    entries = float(sum(x * k for x, k in f.items() if x >= 2))
    if entries == 2 * n_two:
        return None
    rate = _solve_increasing(lambda t: t * -math.expm1(-t) / _share_above_one(t), entries / n_two, high=entries / n_two)
    seen_twice = _share_above_one(rate)
    ratio = -math.expm1(-rate) / seen_twice
    curvature = 1 / seen_twice - ratio**2
    p_0 = math.exp(-rate)
    return _FromTwo(
        parameter=rate,
        variance=1 / (entries / rate**2 + n_two * curvature),
        p_0=p_0,
        p_1=rate * p_0,
        slope_0=-p_0,
        slope_1=(1 - rate) * p_0,
        log_likelihood=entries * math.log(rate) - n_two * (rate + math.log(seen_twice)) - _log_factorials(f, 2),
    )


def _geometric_from_two(f: Mapping[int, int], n_two: float) -> _FromTwo | None:
    more = float(sum((x - 2) * k for x, k in f.items() if x >= 2))
    if more == 0:
        return None
    q = more / (more + n_two)
    return _FromTwo(
        parameter=q,
        variance=q * (1 - q) ** 2 / n_two,
        p_0=1 - q,
        p_1=(1 - q) * q,
        slope_0=-1.0,
        slope_1=1 - 2 * q,
        log_likelihood=more * math.log(q) + n_two * math.log1p(-q),
    )


def truncated_negative_binomial(f: Mapping[int, int]) -> RepeatsFit:
    """Fit a negative binomial law to those seen, and refuse its edges.

    The likelihood often rises without end as the size r goes to 0: the law becomes a log-series, which says nothing of
    p_0, and n_0 grows beyond all bounds. Such a "fit" is not an estimate. P(x) = Gamma(x+r)/(Gamma(r) x!) (1-q)^r q^x.
    """
    from scipy.optimize import minimize_scalar

    n, entries = _sums(f)
    if entries == n:
        return RepeatsFit(status="nobody twice")
    sizes = [math.log(1e-6) + i * math.log(1e12) / 120 for i in range(121)]
    values = [_nb_profile(f, math.exp(s))[0] for s in sizes]
    best = max(range(len(values)), key=values.__getitem__)
    around = (sizes[max(best - 1, 0)], sizes[min(best + 1, len(sizes) - 1)])
    log_size = float(minimize_scalar(lambda s: -_nb_profile(f, math.exp(s))[0], bounds=around, method="bounded").x)
    size = math.exp(log_size)
    if size < _SMALLEST_SIZE:
        return RepeatsFit(status="boundary", edge="log-series")
    if size > _LARGEST_SIZE:
        return RepeatsFit(status="boundary", edge="Poisson")
    value, q = _nb_profile(f, size)
    p_0 = (1 - q) ** size
    variance = _nb_delta(f, log_size, math.log(q / (1 - q)), n)
    if variance is None:
        return RepeatsFit(status="boundary", edge="log-series")
    return RepeatsFit(
        status="ok",
        n_unlisted=n * p_0 / (1 - p_0),
        standard_error=math.sqrt(variance + n * p_0 / (1 - p_0) ** 2),
        parameter=size * q / (1 - q),
        log_likelihood=value,
        n_parameters=2,
    )


def _nb_profile(f: Mapping[int, int], size: float) -> tuple[float, float]:
    """Return the largest log likelihood at a size, and the q that reaches it (the truncated mean is S/n there)."""
    n, entries = _sums(f)

    def mean(logit: float) -> float:
        log_left = -_softplus(logit)  # log(1 - q)
        return size * math.exp(logit) / -math.expm1(size * log_left)

    logit = _solve_increasing(mean, entries / n, low=-60.0, high=60.0)
    return _nb_log_likelihood(f, math.log(size), logit), 1 / (1 + math.exp(-logit))


def _nb_log_likelihood(f: Mapping[int, int], log_size: float, logit: float) -> float:
    size = math.exp(log_size)
    log_left, log_q = -_softplus(logit), -_softplus(-logit)
    terms = [k * (math.lgamma(x + size) - math.lgamma(size) - math.lgamma(x + 1) + x * log_q) for x, k in f.items()]
    n = sum(f.values())
    return math.fsum(terms) + n * (size * log_left - math.log(-math.expm1(size * log_left)))


def _nb_delta(f: Mapping[int, int], log_size: float, logit: float, n: float) -> float | None:
    """Return the delta-method variance of n_0 over (log r, logit q), by central differences; None if not curved."""

    def log_odds(s: float, t: float) -> float:
        log_p_0 = -math.exp(s) * _softplus(t)
        return log_p_0 - math.log(-math.expm1(log_p_0))

    h = 1e-4
    at = (log_size, logit)

    def second(i: int, j: int) -> float:
        total = 0.0
        for a in (1, -1):
            for b in (1, -1):
                step = [0.0, 0.0]
                step[i] += a * h
                step[j] += b * h
                total += a * b * _nb_log_likelihood(f, at[0] + step[0], at[1] + step[1])
        return total / (4 * h * h)

    ss, st, tt = -second(0, 0), -second(0, 1), -second(1, 1)
    determinant = ss * tt - st * st
    if not (ss > 0 and determinant > 0):
        return None
    g_s = (log_odds(at[0] + h, at[1]) - log_odds(at[0] - h, at[1])) / (2 * h)
    g_t = (log_odds(at[0], at[1] + h) - log_odds(at[0], at[1] - h)) / (2 * h)
    of_log = (g_s * g_s * tt - 2 * g_s * g_t * st + g_t * g_t * ss) / determinant
    return (n * math.exp(log_odds(*at))) ** 2 * of_log


def _sums(f: Mapping[int, int]) -> tuple[float, float]:
    """Return people and entries."""
    return float(sum(f.values())), float(sum(x * k for x, k in f.items()))


def _log_factorials(f: Mapping[int, int], from_x: int) -> float:
    return math.fsum(k * math.lgamma(x + 1) for x, k in f.items() if x >= from_x)


def _log_split(one: float, more: float) -> float:
    n = one + more
    return sum(k * math.log(k / n) for k in (one, more) if k > 0)


def _share_above_one(t: float) -> float:
    """Return the chance of two or more under a Poisson law of mean t, exact near 0 and where exp(t) is too large."""
    if t > 0.05:
        return -math.expm1(-t) - t * math.exp(-t)
    return math.exp(-t) * t * t / 2 * (1 + t / 3 * (1 + t / 4 * (1 + t / 5 * (1 + t / 6 * (1 + t / 7)))))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _solve_increasing(function: Callable[[float], float], value: float, *, low: float = 1e-12, high: float) -> float:
    """Return where an increasing function takes a value."""
    from scipy.optimize import brentq

    return float(brentq(lambda t: function(t) - value, low, high, xtol=1e-14, rtol=1e-14))
