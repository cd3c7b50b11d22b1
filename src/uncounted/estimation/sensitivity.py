"""How far the number moves when the assumption does: N(omega) = n + omega * n0, and tipping points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Odds ratios by which lists may depend on each other beyond what the assumption says.
ODDS_RATIOS: tuple[float, ...] = (0.25, 0.5, 2 / 3, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 4.0)

MOST_ODDS = 1e9  # a claim that needs more than this is beyond the curve

# Lists of people overlap more often than chance has it (Hook, Regal 2000, Am. J. Epidemiol. 152:771: 15 populations
# held out, underestimated by 16-25 % on average), so the band shown by default reaches further up than down.
DEFAULT_BAND: tuple[float, float] = (0.8, 2.5)

# With two lists and nobody to defend their independence, this band is the result (rule R1).
TWO_LIST_BAND: tuple[float, float] = (0.5, 2.0)


def total_at(n_listed: float, n_unlisted: float, odds_ratio: float) -> float:
    """Return the total when the dependence is `odds_ratio` times what the assumption says.

    Parameters
    ----------
    n_listed, n_unlisted : float
        People documented, and the dark figure under the assumption.
    odds_ratio : float
        Omega; 2 means the lists overlap twice as much as assumed, and twice as many are missing.

    Returns
    -------
    float
        n + omega n0.

    References
    ----------
    Aleshin-Guendel, Sadinle, Wakefield (2021), arXiv:2101.09304 (omega is one over their xi); Gerritse, van der
    Heijden, Bakker (2015), J. Off. Stat. 31:357.
    """
    return n_listed + odds_ratio * n_unlisted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """The total as a function of omega: the median of listed + max(omega * projected - shift, 0), added over strata.

    Attributes
    ----------
    listed : ndarray of float64, shape (D,)
        People documented in each linkage draw.
    projected : ndarray of float64, shape (S, D, K)
        Draws of the people projected; a closed form is the single number (1, 1, 1).
    shift : ndarray of float64, shape (S, D)
        People projected who are documented on other lists.
    """

    listed: FloatArray
    projected: FloatArray
    shift: FloatArray

    def unlisted(self, odds_ratio: float) -> FloatArray:
        """Return draws of the dark figure, shape (D, K)."""
        left = np.maximum(odds_ratio * self.projected - self.shift[:, :, None], 0.0)
        return np.asarray(left.sum(axis=0), dtype=np.float64)

    def totals(self, odds_ratio: float) -> FloatArray:
        """Return draws of the total, shape (D * K,)."""
        return (self.unlisted(odds_ratio) + self.listed[:, None]).ravel()

    def total(self, odds_ratio: float) -> float:
        """Return the total that is printed for this odds ratio."""
        return float(np.median(self.totals(odds_ratio)))

    def tipping_point(self, claim: float) -> float:
        """Return the omega at which the curve reaches a claimed total.

        Where the curve is flat (everything projected is documented elsewhere) it is the largest such omega. Below the
        curve's lower end it is negative, the distance in units of the dark figure; infinite if never reached.
        """
        floor = self.total(0.0)
        if claim < floor:
            missing = self.total(1.0) - floor
            return (claim - floor) / missing if missing > 0 else -math.inf
        if self.projected.size == 1:  # one closed form: solved, not searched
            projected = float(self.projected[0, 0, 0])
            excess = claim - float(self.listed[0]) + float(self.shift[0, 0])
            return excess / projected if projected > 0 else (0.0 if excess == 0 else math.inf)
        return self._search(claim)

    def _search(self, claim: float) -> float:
        """Bisect the largest omega whose total is no more than the claim; totals never fall with omega."""
        low, high = 0.0, 1.0
        while self.total(high) <= claim:
            low, high = high, 2.0 * high
            if high > MOST_ODDS:
                return math.inf if self.total(low) < claim else low
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.total(middle) <= claim else (low, middle)
            if high - low <= 1e-9 * high:
                break
        return low


def tipping_points(
    n_listed: float, n_unlisted: float, claims: Sequence[float], *, curve: Curve | None = None
) -> tuple[tuple[float, float], ...]:
    """Return, for each claimed total C, the omega at which the estimate would equal it.

    Negative: fewer than are documented are claimed, so that no dependence makes the claim true. Infinite: no one is
    estimated to be missing, and more than the documented are claimed.

    Parameters
    ----------
    n_listed, n_unlisted : float
        People documented, and the dark figure under the assumption.
    claims : sequence of float
        Totals that somebody claimed.
    curve : Curve or None
        The curve to solve. Without it N(omega) = n + omega n0 is solved: (C - n) / n0.
    """
    if curve is None:
        curve = Curve(
            listed=np.asarray([n_listed], dtype=np.float64),
            projected=np.full((1, 1, 1), n_unlisted, dtype=np.float64),
            shift=np.zeros((1, 1)),
        )
    return tuple((float(claim), curve.tipping_point(float(claim))) for claim in claims)


def tipping_sentence(claim: float, odds_ratio: float, n_listed: int, *, fewest: int | None = None) -> str:
    """Say in words what it would take for a claimed total to be true.

    Parameters
    ----------
    claim, odds_ratio : float
        The claimed total and its tipping point.
    n_listed : int
        People documented (in the middle linkage draw).
    fewest : int or None
        Fewest people documented in any linkage draw: only below that is a claim impossible. None: `n_listed`.
    """
    fewest = n_listed if fewest is None else fewest
    if claim < fewest:
        in_any = "" if fewest == n_listed else " at least, however the records are linked"
        return f"A total of {claim:,.0f} is impossible: {fewest:,} people are documented{in_any}."
    if claim < n_listed:
        return (
            f"A total of {claim:,.0f} is below the {n_listed:,} people documented in the middle linkage draw; it is "
            f"possible only if more of the records are the same people (the fewest in any draw are {fewest:,})."
        )
    if odds_ratio == 0:
        return f"A total of {claim:,.0f} would mean that nobody at all is missing from the lists."
    if odds_ratio == float("inf"):
        return f"A total of {claim:,.0f} cannot be reached from this estimate, which has nobody missing."
    if odds_ratio >= 1:
        return (
            f"A total of {claim:,.0f} would need lists that overlap {_times(odds_ratio)} times as strongly "
            "(as an odds ratio) as assumed."
        )
    return (
        f"A total of {claim:,.0f} would need lists that overlap {_times(1 / odds_ratio)} times less "
        "(as an odds ratio) than assumed."
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2g}" if ratio < 99.5 else f"{ratio:,.0f}"
