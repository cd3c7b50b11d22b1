"""What if the lists depend on each other, by as much as is known from elsewhere? Its odds ratio drawn from a prior."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.cells import canonical_order, reordered
from uncounted.estimation.estimator import Capabilities, Estimator
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.pooling import CEILING
from uncounted.estimation.result import Assumption, Estimate, Interval, SensitivityPoint, Verdict
from uncounted.estimation.sensitivity import ODDS_RATIOS, Curve
from uncounted.estimation.streams import named_stream

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencePrior:
    """What is known from elsewhere about the dependence of lists: a log-normal for their odds ratio.

    Attributes
    ----------
    median : float
        Above 1: lists overlap more than the assumption says, and more people are missing.
    spread : float
        Standard deviation of the logarithm; 0 fixes the odds ratio at the median.

    References
    ----------
    Lum, Ball (2015), Estimating undocumented homicides with two lists and list dependence, HRDAG.
    """

    median: float
    spread: float

    def __post_init__(self) -> None:
        good = self.median > 0 and math.isfinite(self.median) and self.spread >= 0 and math.isfinite(self.spread)
        if not good:
            raise ProjectError(
                "a prior of the dependence has a median above 0 and a spread of its logarithm of at least 0; found "
                f"{_plain(self.median)} and {_plain(self.spread)}.",
                do="Use DependencePrior.from_range(0.8, 2.5) for an odds ratio that lies between with 95 %.",
                code="E61",
            )

    @classmethod
    def from_range(cls, low: float, high: float, *, level: float = 0.95) -> DependencePrior:
        """Return the log-normal that lies between two odds ratios with probability `level`.

        Raises
        ------
        ProjectError
            If not 0 < low < high or the level is not in (0, 1).
        """
        from scipy.special import ndtri

        if not (0 < low < high < math.inf and 0 < level < 1):
            raise ProjectError(
                f"the range of an odds ratio is two numbers above 0, the smaller first; found {_plain(low)} to "
                f"{_plain(high)} with level {_plain(level)}.",
                code="E61",
            )
        z = float(ndtri(0.5 + level / 2))
        return cls(median=math.sqrt(low * high), spread=math.log(high / low) / (2 * z))

    def range(self, level: float = 0.95) -> tuple[float, float]:
        """Return the odds ratios between which the prior lies with probability `level`."""
        from scipy.special import ndtri

        factor = math.exp(float(ndtri(0.5 + level / 2)) * self.spread)
        return self.median / factor, self.median * factor

    def draws(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw odds ratios, shape (n,): one from each of n slices of equal probability, in random order."""
        from scipy.special import ndtri

        slices = (rng.permutation(n) + rng.random(n)) / n
        z = ndtri(np.clip(slices, 1e-12, 1 - 1e-12))
        return np.asarray(self.median * np.exp(self.spread * z), dtype=np.float64)


#: Fifteen held-out populations were underestimated by 16 to 25 % on average (Hook, Regal 2000): lists tend to overlap.
# `DependencePrior.from_range(*DEFAULT_BAND)`, written out so that importing this needs no scipy.
DEFAULT_PRIOR = DependencePrior(median=1.4142135623730951, spread=0.29067735228200037)


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainDependence:
    """Another estimator's number with the dependence of its lists drawn from a prior instead of taken for none.

    N = n + ω n0 with n0 from the law of `inner` and ω from the prior: one ω for all strata at once, since what makes
    lists depend in one stratum does so in the others. The data do not move the prior; they cannot.
    """

    inner: Estimator
    prior: DependencePrior = DEFAULT_PRIOR

    def __post_init__(self) -> None:
        if not self.inner.capabilities.has_odds_ratio:
            raise ProjectError(
                f"'{self.inner.id}' does not rest on the absence of an interaction, so its number does not scale with "
                "the dependence of the lists.",
                do="Choose an assumption, a log-linear model or Chapman's estimate inside.",
                code="E62",
            )

    @property
    def id(self) -> str:
        """Stable id, e.g. "dependence:chapman:A,B~1.5,0.3" (median and spread of the odds ratio)."""
        return f"dependence:{self.inner.id}~{_plain(self.prior.median)},{_plain(self.prior.spread)}"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return f"{self.inner.label}; dependence uncertain"

    @property
    def capabilities(self) -> Capabilities:
        """Those of the estimator inside."""
        return self.inner.capabilities

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return the prior in words, on top of the assumption inside."""
        inner = self.inner.assumption(lists)
        low, high = self.prior.range()
        words = (
            f"The lists depend on each other by an odds ratio of about {self.prior.median:.2g} (between {low:.2g} and "
            f"{high:.2g} with probability 95 %, from outside these data) more than this says: {inner.words}"
        )
        return Assumption(id=self.id, words=words, lists=inner.lists, odds_ratio=self.prior.median)

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:
        """Estimate the total as draws of n + ω n0.

        Raises
        ------
        NotEstimable
            Where the estimator inside has no number.
        """
        held = _without_empty_lists(table, self.inner)
        order = canonical_order(held.counts.sum(axis=(0, 1)), held.n_lists)
        inside = _reordered_estimator(self.inner, order).fit(
            _drawn_table(held, order), level=level, seed=seed, search=search
        )
        curve = inside.curve
        if curve is None:
            raise NotEstimable("the estimator inside gave no curve of totals over odds ratios.", code="E62")
        shape = curve.projected.shape[1:]
        omega = self.prior.draws(shape[0] * shape[1], _stream(seed, "dependence", curve)).reshape(shape)
        mixed = Curve(listed=curve.listed, projected=curve.projected * omega, shift=curve.shift)
        return self._estimate(table, _with_own_positions(inside, order), mixed, level=level)

    def _estimate(self, table: CaptureTable, inside: Estimate, curve: Curve, *, level: float) -> Estimate:
        tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
        method = "quantiles of draws, the dependence of lists drawn from its prior"
        draws = curve.totals(1.0)
        low, middle, high = (float(x) for x in np.quantile(draws, tails))
        low0, middle0, high0 = (float(x) for x in np.quantile(curve.unlisted(1.0), tails))
        most = CEILING * max(inside.n_listed, 1)
        bounded = high <= most
        points = []
        for ratio in ODDS_RATIOS:
            ends = np.quantile(draws if ratio == 1.0 else curve.totals(ratio), tails)
            top = float(ends[2]) if ends[2] <= most else math.inf
            points.append(SensitivityPoint(odds_ratio=ratio, n_total=float(ends[1]), low=float(ends[0]), high=top))
        draws.setflags(write=False)
        fit = replace(inside.fit, standard_error=float(draws.std())) if inside.fit else None
        return replace(
            inside,
            estimator=self.id,
            label=self.label,
            lists=tuple(x for x in table.lists if x in inside.lists),
            assumption=self.assumption(table.lists),
            n_unlisted=middle0,
            n_unlisted_interval=Interval(low=low0, high=high0 if bounded else math.inf, level=level, method=method),
            n_total=middle,
            n_total_interval=Interval(low=low, high=high if bounded else math.inf, level=level, method=method),
            draws=draws,
            fit=fit,
            verdict=Verdict(level="estimate")
            if bounded
            else Verdict(level="lower bound only", sentences=("There is no finite upper limit.",)),
            sensitivity=tuple(points),
            other_intervals=(),
            curve=curve,
        )


def dependence_argument(text: str) -> tuple[str, DependencePrior]:
    """Split what follows "dependence:" into the id of the estimator inside and the prior.

    Without "~median,spread" at its end the default prior is meant: 95 % between 0.8 and 2.5.

    Raises
    ------
    ProjectError
        If the numbers are out of range.
    """
    inner, tilde, rest = text.rpartition("~")
    numbers = rest.split(",")
    try:
        median, spread = (float(x) for x in numbers)
    except ValueError:
        return text.strip(), DEFAULT_PRIOR
    if not tilde:
        return text.strip(), DEFAULT_PRIOR
    return inner.strip(), DependencePrior(median=median, spread=spread)


def _plain(value: float) -> str:
    """Write a number so that reading it gives the same number back, without a needless ".0"."""
    return repr(float(value)).removesuffix(".0")


def _without_empty_lists(table: CaptureTable, inner: Estimator) -> CaptureTable:
    """Return the table without lists that hold nobody, unless the estimator names them (and will refuse).

    Every draw is made from a stream named by the table, which an empty list must not change.
    """
    if getattr(inner, "model", ""):
        return table
    named = {getattr(inner, "first", ""), getattr(inner, "second", ""), *getattr(inner, "subset", ())}
    totals = table.list_totals.max(axis=0)
    kept = [x for x, n in zip(table.lists, totals, strict=True) if n > 0 or x in named]
    return table.keep_lists(kept) if 2 <= len(kept) < table.n_lists else table


def _drawn_table(table: CaptureTable, order: tuple[int, ...]) -> CaptureTable:
    """Return the table with its lists in an order that its counts decide, and so that its estimate comes as draws.

    A single stratum and linkage draw would give a closed form, which keeps no draws; handed in twice, it does.
    """
    counts = reordered(table.counts, order)
    if table.n_draws == 1 and table.n_strata == 1:
        counts = np.repeat(counts, 2, axis=0)
    return replace(
        table, lists=tuple(table.lists[j] for j in order), counts=counts, coverage=table.coverage[:, list(order)]
    )


def _reordered_estimator(inner: Estimator, order: tuple[int, ...]) -> Estimator:
    """Return the estimator as it reads once the lists stand in `order`: models name lists by their position."""
    model = getattr(inner, "model", "")
    if not model:
        return inner
    there = "".join(str(order.index(int(c) - 1) + 1) if c.isdigit() else c for c in model)
    return replace(inner, model=there)  # type: ignore[type-var]


def _with_own_positions(estimate: Estimate, order: tuple[int, ...]) -> Estimate:
    """Return the estimate with models in its fit numbered by the lists as the user has them."""
    if estimate.fit is None:
        return estimate

    def renumbered(found: re.Match[str]) -> str:
        parts = (sorted(order[int(c) - 1] + 1 for c in part) for part in found[1].split(","))
        ordered = sorted(parts, key=lambda part: (-len(part), part))
        return "[" + ",".join("".join(str(j) for j in part) for part in ordered) + "]"

    model = re.sub(r"^\[([1-9]+(?:,[1-9]+)*)\]", renumbered, estimate.fit.model)
    return replace(estimate, fit=replace(estimate.fit, model=model))


def _stream(seed: int, name: str, curve: Curve) -> np.random.Generator:
    what = name.encode("ascii") + curve.listed.astype("<f8").tobytes() + repr(curve.projected.shape).encode("ascii")
    return named_stream(what, before=(seed,))
