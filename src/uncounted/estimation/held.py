"""What came of holding out each list as a population of known size: values, and what they say in a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """One list estimated from the others by one estimator.

    Attributes
    ----------
    list_name : str
        The held list.
    estimator : str
        Id of the estimator that was run; Chapman's where only two other lists are left.
    n_known : int
        People on the held list: the truth.
    n_seen : int
        Those of them on any other list.
    n_lists : int
        Other lists with any of them.
    two_lists : bool
        Only two other lists hold any of them, so that Chapman's estimate was run instead of the one asked for.
    is_lower_bound : bool
        The number is a lower bound.
    n_total, low, high : float or None
        Estimate and interval; None if refused.
    band_low, band_high : float or None
        The interval over the sensitivity band of `DEFAULT_BAND`; None where the odds-ratio algebra does not apply.
    status : str
        "estimated" or "refused"; `reason` says why in one sentence, `code` is its code.
    """

    list_name: str
    estimator: str
    n_known: int
    n_seen: int
    n_lists: int
    two_lists: bool = False
    is_lower_bound: bool = False
    n_total: float | None = None
    low: float | None = None
    high: float | None = None
    band_low: float | None = None
    band_high: float | None = None
    status: str = "estimated"
    reason: str = ""
    code: str = ""

    @property
    def log_ratio(self) -> float:
        """log(estimate / known size); NaN if refused."""
        return math.nan if self.n_total is None else math.log(self.n_total / self.n_known)

    @property
    def covered(self) -> bool | None:
        """Whether the interval holds the known size; of a bound, its lower limit is not above it. None if refused."""
        return self._held(self.low, self.high)

    @property
    def in_band(self) -> bool | None:
        """The same for the interval over the sensitivity band; None where there is none."""
        return self._held(self.band_low, self.band_high)

    def _held(self, low: float | None, high: float | None) -> bool | None:
        if low is None or high is None:
            return None
        return low <= self.n_known and (self.is_lower_bound or self.n_known <= high)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSummary:
    """What came of all held lists under one estimator (Chapman's stand-ins for it among them).

    Attributes
    ----------
    estimator : str
        As asked for.
    n_estimated, n_refused : int
        Held lists with and without a number.
    n_covered : int
        Whose interval holds the known size.
    n_banded, n_in_band : int
        With an interval over the sensitivity band, and those that hold the known size.
    median_log_ratio, mean_log_ratio : float
        Of log(estimate / known size); NaN without any. Rule R14 warns below -.5.
    median_width : float
        Median of upper over lower limit.
    is_lower_bound : bool
    """

    estimator: str
    n_estimated: int
    n_refused: int
    n_covered: int
    n_banded: int
    n_in_band: int
    median_log_ratio: float
    mean_log_ratio: float
    median_width: float
    is_lower_bound: bool

    @property
    def coverage(self) -> float:
        """Share of intervals that hold the known size; NaN without any."""
        return self.n_covered / self.n_estimated if self.n_estimated else math.nan

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        if not self.n_estimated:
            return f"Held out one by one, none of {_lists(self.n_refused)} could be estimated from the others."
        refused = f"; {_lists(self.n_refused)} could not be estimated" if self.n_refused else ""
        cases = f"{self.n_covered} of {self.n_estimated} case{'s' if self.n_estimated > 1 else ''}"
        if self.is_lower_bound:
            return (
                f"Held out one by one, the lists' known sizes were not below the lower bound (its lower limit) in "
                f"{cases}; bounds were typically {_off(self.median_log_ratio)}{refused}."
            )
        return (
            f"Held out one by one, the lists' known sizes were inside the interval in {cases}; estimates were "
            f"typically {_off(self.median_log_ratio)}{refused}."
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HoldOut:
    """All lists held out one by one.

    Attributes
    ----------
    rows : tuple of HeldOut
        Lists in the order of the table, estimators in the order asked.
    summaries : tuple of HeldSummary
        One for each estimator asked.
    left_out : tuple of (str, str)
        Lists that were not held, each with the reason.
    notes : tuple of str
        What was done to the table first: strata added up, one linkage draw taken.
    level : float
        Of the intervals.
    """

    rows: tuple[HeldOut, ...]
    summaries: tuple[HeldSummary, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    level: float

    def summary(self, estimator: str) -> HeldSummary:
        """Return the summary of one estimator, by the id that was asked for.

        Raises
        ------
        KeyError
            If it was not asked for.
        """
        for found in self.summaries:
            if found.estimator == estimator:
                return found
        raise KeyError(estimator)

    def tidy(self) -> list[dict[str, object]]:
        """Return one row a list and estimator; the columns of `Estimate.tidy` come first. Missing is None."""
        return [
            {
                "stratum": "all",
                "quantity": "held list",
                "estimate": row.n_total,
                "low": row.low,
                "high": row.high,
                "level": self.level if row.n_total is not None else None,
                "estimator": row.estimator,
                "status": row.status,
                "list": row.list_name,
                "n_known": row.n_known,
                "n_seen": row.n_seen,
                "log_ratio": None if row.n_total is None else row.log_ratio,
                "covered": row.covered,
                "band_low": row.band_low,
                "band_high": row.band_high,
                "in_band": row.in_band,
                "reason": row.reason,
            }
            for row in self.rows
        ]

    def __str__(self) -> str:
        lines = [f"{s.estimator}: {s.sentence}" for s in self.summaries]
        lines += [f"Not held out: {name} ({why})." for name, why in self.left_out]
        return "\n".join([*lines, *self.notes])


def _lists(n: int) -> str:
    return f"{n} list{'' if n == 1 else 's'}"


def _off(log_ratio: float) -> str:
    """Say how far off estimates were, by the median."""
    percent = 100 * math.expm1(log_ratio)
    if abs(percent) < 0.5:
        return "right to within half a percent"
    return f"{abs(percent):,.0f} % too {'low' if percent < 0 else 'high'}"
