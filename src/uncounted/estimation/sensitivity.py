"""How far the number moves when the assumption does: N(omega) = n + omega * n0, and tipping points."""

from __future__ import annotations

from collections.abc import Sequence

# Odds ratios by which lists may depend on each other beyond what the assumption says.
ODDS_RATIOS: tuple[float, ...] = (0.25, 0.5, 2 / 3, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 4.0)

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


def tipping_points(n_listed: float, n_unlisted: float, claims: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return, for each claimed total C, the omega at which the estimate would equal it: (C - n) / n0.

    Negative: fewer than are documented are claimed, so that no dependence makes the claim true. Infinite: no one is
    estimated to be missing, and more than the documented are claimed.
    """
    points = []
    for claim in claims:
        excess = float(claim) - n_listed
        if n_unlisted > 0:
            omega = excess / n_unlisted
        else:
            omega = 0.0 if excess == 0 else float("inf") if excess > 0 else float("-inf")
        points.append((float(claim), omega))
    return tuple(points)


def tipping_sentence(claim: float, odds_ratio: float, n_listed: int) -> str:
    """Say in words what it would take for a claimed total to be true."""
    if claim < n_listed:
        return f"A total of {claim:,.0f} is impossible: {n_listed:,} people are documented."
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
