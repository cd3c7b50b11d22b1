"""Two lists: Chapman's estimate of those on neither, and the log-normal interval every estimator shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoListFit:
    """Chapman's estimate from two lists.

    Attributes
    ----------
    status : {"ok", "no overlap", "contained", "empty"}
        "no overlap": nobody is on both, so nothing ties the lists together. "contained": one list holds the whole
        other, the estimate is 0 on its boundary and has no error. "empty": a list holds nobody.
    n_unlisted, n_total, standard_error : float
        In people; NaN unless `status` is "ok".
    """

    status: Literal["ok", "no overlap", "contained", "empty"]
    n_unlisted: float = math.nan
    n_total: float = math.nan
    standard_error: float = math.nan


def chapman(first_only: int, second_only: int, both: int) -> TwoListFit:
    """Estimate how many people are on neither of two lists.

    Holds when the lists are independent in a closed population; nearly unbiased once some seven people are on both.

    Parameters
    ----------
    first_only, second_only, both : int
        People on the first list alone, on the second alone, on both.

    Returns
    -------
    TwoListFit
        With `status`; the standard error is Seber's, of the total.

    Raises
    ------
    ValueError
        If a count is negative.

    References
    ----------
    Chapman (1951), Univ. California Publ. Statist. 1:131; Seber (1970), Biometrics 26:313: n1, n2 are the list totals,
    m the overlap; N = (n1+1)(n2+1)/(m+1) - 1, Var N = (n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)^2 (m+2)).
    """
    if min(first_only, second_only, both) < 0:
        msg = "counts must not be negative"
        raise ValueError(msg)
    m, a, b = int(both), int(first_only), int(second_only)
    n1, n2 = a + m, b + m
    if n1 == 0 or n2 == 0:
        return TwoListFit(status="empty")
    if m == 0:
        return TwoListFit(status="no overlap")
    if a == 0 or b == 0:
        return TwoListFit(status="contained")
    # The algebra of (n1+1)(n2+1)/(m+1) - 1 - n, without the cancellation of large totals.
    n_unlisted = float(a) * b / (m + 1)
    variance = (n1 + 1.0) * (n2 + 1.0) * a * b / ((m + 1.0) ** 2 * (m + 2.0))
    return TwoListFit(
        status="ok",
        n_unlisted=n_unlisted,
        n_total=a + b + m + n_unlisted,
        standard_error=math.sqrt(variance),
    )


def lognormal_sd(n_unlisted: float, standard_error: float) -> float:
    """Return the standard deviation of log n0 whose log-normal has the given relative standard error."""
    return math.sqrt(math.log1p((standard_error / n_unlisted) ** 2))


def lognormal_interval(n_unlisted: float, standard_error: float, *, level: float) -> tuple[float, float]:
    """Return the limits of the dark figure on the log scale, so that the lower one stays above zero.

    Parameters
    ----------
    n_unlisted, standard_error : float
        In people; `n_unlisted` > 0.
    level : float
        In (0, 1).

    Returns
    -------
    tuple of (float, float)
        n0 / C and n0 * C with C = exp(z sqrt(log(1 + SE^2 / n0^2))).

    References
    ----------
    Chao (1987), Biometrics 43:783, section 4.
    """
    from scipy.special import ndtri

    factor = math.exp(float(ndtri(0.5 + level / 2)) * lognormal_sd(n_unlisted, standard_error))
    return n_unlisted / factor, n_unlisted * factor
