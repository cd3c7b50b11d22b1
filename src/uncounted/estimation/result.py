"""The values every estimator returns: a number that never travels without its assumption, checks and verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.estimation.held import HoldOut
from uncounted.estimation.sensitivity import Curve

VerdictLevel = Literal["estimate", "range only", "lower bound only", "refused"]
CheckStatus = Literal["ok", "info", "warn", "range only", "lower bound only", "refused", "error"]

# From the mildest to the hardest; the verdict is the hardest that any check asks for.
VERDICT_ORDER: tuple[VerdictLevel, ...] = ("estimate", "range only", "lower bound only", "refused")


UNDETERMINED = "undetermined"  # status of a fit whose sampler found no single answer
NOTHING_BEYOND = "E15"  # a lower bound that says nothing beyond the people documented


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval in people. `high` may be inf; `method` says what it is an interval of."""

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What no data can test: the step from the people on lists to the people on none.

    Attributes
    ----------
    id : str
        Stable name, e.g. "no-highest-order", "independent:A,B", "loglinear:[123,14,34]", "lower-bound:unequal-lists".
    words : str
        One plain sentence a reader without statistics understands.
    lists : tuple of str
        The lists it speaks of.
    odds_ratio : float
        The dependence it fixes, 1 for independence (omega of the sensitivity curve).
    """

    id: str
    words: str
    lists: tuple[str, ...] = ()
    odds_ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: code (R1 … R16), what it found, one sentence, the numbers behind it."""

    code: str
    name: str
    status: CheckStatus
    sentence: str
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the number may be used, with one sentence for each rule that fired."""

    level: VerdictLevel
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A region of totals in which chains of a sampler stayed: its range in people, and the share of chains in it."""

    low: float
    median: float
    high: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Whether the draws of a sampler can be trusted (rule R5), and how much of them is prior (rule R7).

    Attributes
    ----------
    converged : bool
        Rank-normalised R-hat of the total at most 1.01 and effective sample size at least 400.
    r_hat, ess : float
        Of the total: split, rank-normalised and folded R-hat; bulk or tail effective draws, whichever is smaller.
    n_chains, n_draws : int
        Chains, and draws kept of each.
    effort : int
        Times the planned effort that was spent; it doubles until the draws have converged or the limit is reached.
    chain_ratio : float
        Largest over smallest median total of a chain.
    modes : tuple of Mode
        Regions of totals in which chains stayed; one when all agree.
    prior_low, prior_median, prior_high : float
        Median and limits (at the level of the interval) of the prior of N/n, the expansion factor.
    prior_width : float
        Width of the posterior of log(N/n) over that of its prior (same level); 1 says that the data added nothing.
    prior_shift : float
        Largest relative move of the median total over other priors that were tried; NaN if none were.
    reachable_share : float
        Median share of the total made up by people whose chance of being on any list is at least .05; NaN if the model
        has no people of different chances.
    """

    converged: bool
    r_hat: float
    ess: float
    n_chains: int
    n_draws: int
    effort: int = 1
    chain_ratio: float = 1.0
    modes: tuple[Mode, ...] = ()
    prior_low: float = float("nan")
    prior_median: float = float("nan")
    prior_high: float = float("nan")
    prior_width: float = float("nan")
    prior_shift: float = float("nan")
    reachable_share: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a model fitted. NaN where a measure does not apply; `sampling` is None where nothing was sampled."""

    model: str
    n_models: int = 1
    n_admissible: int = 1
    deviance: float = float("nan")
    df: int = 0
    pearson: float = float("nan")
    p_value: float = float("nan")
    aic: float = float("nan")
    bic: float = float("nan")
    standard_error: float = float("nan")
    status: str = "converged"
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityPoint:
    """N when the dependence is `odds_ratio` times what the assumption says: N = n + omega * n0."""

    odds_ratio: float
    n_total: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """One number under one identifying assumption.

    Attributes
    ----------
    estimator : str
        Stable id, e.g. "chapman:A,B", "chao", "chao-unequal", "loglinear-best", "loglinear-average",
        "no-highest-order", "independent:A,B".
    label : str
        Short name for tables and pictures.
    n_listed : int
        People on at least one list (median over linkage draws).
    n_listed_range : (int, int)
        Smallest and largest over linkage draws.
    n_unlisted, n_total : float or None
        Dark figure and total; None if refused.
    n_unlisted_interval, n_total_interval : Interval or None
        Never below 0 and `n_listed`; `high` may be inf.
    is_lower_bound : bool
        True for Chao's bounds: the number says "at least, if lists tend to overlap".
    draws : ndarray of float64, shape (K,), read-only, or None
        Draws of N, pooled over linkage draws, strata and (for an average) models; None where a closed form was used.
    assumption, fit, checks, verdict
        See those classes. `status` is "estimated" or "refused"; `reason` says why in one sentence.
    sensitivity : tuple of SensitivityPoint
        N over dependence odds ratios, ascending; empty where the algebra does not apply.
    code : str
        Code of the refusal, e.g. "E03", for `uncounted explain`; empty if estimated.
    other_intervals : tuple of Interval
        Intervals of the total found in another way (profile likelihood of a single log-linear model).
    by_linkage : (float, float) or None
        2.5 % and 97.5 % points of the totals of single linkage draws; None without draws.
    curve : Curve or None
        What `sensitivity` is points of, to solve for tipping points; `estimate` drops it once that is done.
    """

    estimator: str
    label: str
    lists: tuple[str, ...]
    n_listed: int
    n_listed_range: tuple[int, int]
    assumption: Assumption
    n_unlisted: float | None = None
    n_unlisted_interval: Interval | None = None
    n_total: float | None = None
    n_total_interval: Interval | None = None
    is_lower_bound: bool = False
    draws: NDArray[np.float64] | None = None
    fit: Fit | None = None
    checks: tuple[Check, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict(level="estimate"))
    sensitivity: tuple[SensitivityPoint, ...] = ()
    status: Literal["estimated", "refused"] = "estimated"
    reason: str = ""
    code: str = ""
    other_intervals: tuple[Interval, ...] = ()
    by_linkage: tuple[float, float] | None = None
    curve: Curve | None = field(default=None, repr=False, metadata={"json": False})

    def tidy(self) -> list[dict[str, object]]:
        """Return rows with the columns stratum, quantity, estimate, low, high, level, estimator, status.

        Plain rows, so that no table library is needed: `pyarrow.Table.from_pylist(rows)`, `polars.DataFrame(rows)`
        and `pandas.DataFrame(rows)` all take them. Missing is None, an unbounded upper limit is inf.
        """
        from uncounted.estimation.tables import estimate_rows

        return estimate_rows(self)

    def to_json(self) -> str:
        """Return everything as JSON; an unbounded limit is null beside a flag, draws are summarised by quantiles."""
        from uncounted.estimation.tables import to_json

        return to_json(self)

    def __str__(self) -> str:
        from uncounted.estimation.render import estimate_text

        return estimate_text(self)

    def _repr_html_(self) -> str:
        from uncounted.estimation.render import estimate_html

        return estimate_html(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """All estimates of one table side by side, the chosen one marked, and one verdict.

    Attributes
    ----------
    table : CaptureTable
        What was estimated from.
    estimates : tuple of Estimate
        One a row, refusals included, in a fixed order.
    choice : str
        `estimator` id of the analyst's choice (or the default).
    reason : str
        The analyst's written reason; empty if none was given.
    checks : tuple of Check
        Checks of the table and of the estimates together (R1 to R17, one or more of each).
    verdict : Verdict
        The hardest level any check asks for, with its sentences.
    tipping : tuple of (float, float)
        (claimed total C, omega at which the chosen estimate would equal C).
    level : float
    range : Interval or None
        What may be quoted when the verdict is "range only": see `method`. None otherwise.
    not_covered : tuple of str
        Groups of the population that no list could have recorded, as the user declared them (rule R8).
    criterion, seed
        As given to `estimate`.
    hold_out : HoldOut or None
        Each list estimated from the others, where that can be done.
    """

    table: CaptureTable
    estimates: tuple[Estimate, ...]
    choice: str
    reason: str = ""
    checks: tuple[Check, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict(level="estimate"))
    tipping: tuple[tuple[float, float], ...] = ()
    level: float = 0.95
    range: Interval | None = None
    not_covered: tuple[str, ...] = ()
    criterion: str = "bic"
    seed: int = 1
    hold_out: HoldOut | None = None

    @property
    def chosen(self) -> Estimate:
        """The estimate the analyst chose."""
        return next(e for e in self.estimates if e.estimator == self.choice)

    @property
    def n_listed(self) -> int:
        """People documented on at least one list (median over linkage draws)."""
        return self.chosen.n_listed

    @property
    def n_total(self) -> float | None:
        """The chosen total if the verdict is "estimate", else None: a number the verdict withholds is not handed on.

        What each estimator said stays in `chosen` and `estimates`; `range` and `lower_bound` hold what is left.
        """
        return self.chosen.n_total if self.verdict.level == "estimate" else None

    @property
    def n_total_interval(self) -> Interval | None:
        """The interval of `n_total`; with the verdict "range only" the range; else None."""
        if self.verdict.level == "estimate":
            return self.chosen.n_total_interval
        return self.range if self.verdict.level == "range only" else None

    @property
    def lower_bound(self) -> Estimate | None:
        """The smallest of the lower bounds, or None if one of them adds nobody: then only the documented remain."""
        if any(e.is_lower_bound and e.code == NOTHING_BEYOND for e in self.estimates):
            return None
        bounds = [e for e in self.estimates if e.is_lower_bound and e.n_total is not None]
        return min(bounds, key=lambda e: (e.n_total or 0.0, e.estimator)) if bounds else None

    def tidy(self) -> list[dict[str, object]]:
        """Return the rows of all estimates; see `Estimate.tidy`."""
        from uncounted.estimation.tables import answer_rows

        return answer_rows(self)

    def to_json(self) -> str:
        """Return everything as JSON, the same bytes for the same input; see `Estimate.to_json`."""
        from uncounted.estimation.tables import to_json

        return to_json(self)

    def __str__(self) -> str:
        from uncounted.estimation.render import answer_text

        return answer_text(self)

    def _repr_html_(self) -> str:
        from uncounted.estimation.render import answer_html

        return answer_html(self)
