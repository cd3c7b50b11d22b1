"""What one estimator says about the dark figure in one stratum and linkage draw, as a distribution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.twolist import lognormal_sd
from uncounted.estimation.result import Fit, Interval

FloatArray = NDArray[np.float64]
CLOSED_FORM = "closed form"  # status of a fit that solves an equation instead of fitting a model


class Law(Protocol):
    """What `pool` asks of a distribution of the people on no list: a mixture of log-normals, or draws of a sampler.

    `projected` people less `shift` (documented on other lists, see `LogNormals`), never below zero, are unlisted.
    """

    @property
    def n_listed(self) -> int:
        """People documented in this stratum and draw."""
        ...

    @property
    def shift(self) -> float:
        """People projected who are in fact documented."""
        ...

    @property
    def fit(self) -> Fit | None:
        """How the model or models fitted."""
        ...

    @property
    def other_intervals(self) -> tuple[Interval, ...]:
        """Intervals of the total found in another way."""
        ...

    @property
    def median(self) -> float:
        """Median dark figure."""
        ...

    @property
    def projected(self) -> float:
        """Median of the people projected, before `shift` is taken off."""
        ...

    def quantile(self, p: float) -> float:
        """Return the dark figure below which a share `p` of the distribution lies."""
        ...

    def scaled(self, odds_ratio: float) -> Law:
        """Return the law when lists are `odds_ratio` times as dependent as assumed."""
        ...

    def centred_on_mean(self) -> Law:
        """Return the law as it is added over strata."""
        ...

    def sample(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw projected people (before `shift` is taken off), shape (n_draws,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogNormals:
    """A mixture of log-normals for the people on no list, moved down by `shift` and never below zero.

    Attributes
    ----------
    n_listed : int
        People documented in this stratum and draw, to which the dark figure is added.
    weights, centres, log_sds : ndarray of float64, shape (M,), read-only
        Per model: weight (they add up to 1), median in people, standard deviation of the logarithm; sorted by centre,
        so that the order of models or lists cannot matter.
    shift : float
        People the assumption projects who are in fact documented on other lists (independence of two of several lists
        in the whole population).
    fit : Fit or None
        How the model or models fitted.
    other_intervals : tuple of Interval
        Intervals of the total found in another way, such as the profile likelihood.
    """

    n_listed: int
    weights: FloatArray
    centres: FloatArray
    log_sds: FloatArray
    shift: float = 0.0
    fit: Fit | None = None
    other_intervals: tuple[Interval, ...] = ()

    def quantile(self, p: float) -> float:
        """Return the dark figure below which a share `p` of the distribution lies."""
        from scipy.special import ndtri

        parts = np.log(self.centres) + float(ndtri(p)) * self.log_sds
        if len(parts) == 1 or parts.min() == parts.max():
            return max(float(np.exp(parts[0])) - self.shift, 0.0)
        return max(float(np.exp(self._log_quantile(p, float(parts.min()), float(parts.max())))) - self.shift, 0.0)

    def _log_quantile(self, p: float, low: float, high: float) -> float:
        """Bisect the mixture's distribution function between the smallest and largest quantile of its parts."""
        from scipy.special import ndtr

        logs = np.log(self.centres)
        for _ in range(100):
            middle = (low + high) / 2
            if middle in (low, high):
                break
            below = float(self.weights @ ndtr((middle - logs) / self.log_sds))
            low, high = (middle, high) if below < p else (low, middle)
        return (low + high) / 2

    @property
    def median(self) -> float:
        """Median dark figure; for a single model its own estimate."""
        return self.quantile(0.5) if len(self.centres) > 1 else max(float(self.centres[0]) - self.shift, 0.0)

    def scaled(self, odds_ratio: float) -> LogNormals:
        """Return the law when lists are `odds_ratio` times as dependent as assumed: the projection times that."""
        return replace(self, centres=self.centres * odds_ratio)

    @property
    def projected(self) -> float:
        """Median of the people projected, before `shift` is taken off."""
        return self.median if self.shift == 0.0 else replace(self, shift=0.0).median

    def centred_on_mean(self) -> LogNormals:
        """Return the law moved down so that the mean of each model, not its median, is the model's estimate.

        A log-normal with median c has mean c exp(s^2 / 2). In one stratum the median is what is reported, and it stays
        the estimate. A sum of many independent strata comes to lie at the sum of their means, whatever their medians:
        drawn around medians, fifty sparse strata would add up to visibly more than their estimates do.
        """
        return replace(self, centres=self.centres * np.exp(-(self.log_sds**2) / 2))

    def sample(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw projected people (before `shift` is taken off), shape (n_draws,), with stratified uniforms.

        Each model gets its share of draws to within one, and each draw its own slice of the normal, in random order:
        the same distribution as independent draws, with a fraction of their Monte Carlo error.
        """
        from scipy.special import ndtri

        picks = (np.arange(n_draws) + rng.random()) / n_draws
        edges = np.cumsum(self.weights)
        model = np.minimum(np.searchsorted(edges, picks * edges[-1], side="right"), len(edges) - 1)
        slices = (rng.permutation(n_draws) + rng.random(n_draws)) / n_draws
        z = ndtri(np.clip(slices, 1e-12, 1 - 1e-12))
        drawn = np.exp(np.log(self.centres[model]) + self.log_sds[model] * z)
        return np.asarray(drawn[rng.permutation(n_draws)], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """Draws of the people on no list, as a sampler or an exact posterior on a grid gives them.

    Attributes
    ----------
    n_listed : int
        People documented in this stratum and draw.
    draws : ndarray of float64, shape (K,), read-only, ascending
        Draws of the dark figure, equally likely.
    fit : Fit or None
        How the model fitted, with what is known of its sampler.
    other_intervals : tuple of Interval
        Intervals of the total found in another way.
    shift : float
        Always 0: nothing projected is documented.
    """

    n_listed: int
    draws: FloatArray
    fit: Fit | None = None
    other_intervals: tuple[Interval, ...] = ()
    shift: float = 0.0

    def quantile(self, p: float) -> float:
        """Return the dark figure below which a share `p` of the draws lies (linear between draws)."""
        return float(np.quantile(self.draws, p))

    @property
    def median(self) -> float:
        """Median dark figure."""
        return self.quantile(0.5)

    @property
    def projected(self) -> float:
        """The median: nothing projected is documented."""
        return self.median

    def scaled(self, odds_ratio: float) -> Drawn:
        """Return the law when lists are `odds_ratio` times as dependent as assumed: every draw times that."""
        return replace(self, draws=self.draws * odds_ratio)

    def centred_on_mean(self) -> Drawn:
        """Return the law itself: draws of a posterior add up over strata as they are."""
        return self

    def sample(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw from the draws, shape (n_draws,): each slice of the sorted draws gets its share, in random order."""
        picks = (np.arange(n_draws) + rng.random(n_draws)) / n_draws
        drawn = np.quantile(self.draws, picks)
        return np.asarray(drawn[rng.permutation(n_draws)], dtype=np.float64)


def drawn_law(
    *, n_listed: int, draws: FloatArray, fit: Fit | None = None, other_intervals: tuple[Interval, ...] = ()
) -> Drawn:
    """Return the law of draws of the dark figure (at least one, finite, none below zero), sorted.

    Raises
    ------
    ValueError
        If there are no draws, or one is negative or not finite.
    """
    ordered = np.sort(np.asarray(draws, dtype=np.float64).ravel())
    if not len(ordered) or not np.isfinite(ordered).all() or ordered[0] < 0:
        raise ValueError("draws of the dark figure must be finite, at least 0, and at least one")
    ordered.setflags(write=False)
    return Drawn(n_listed=n_listed, draws=ordered, fit=fit, other_intervals=other_intervals)


def lognormal_law(
    *,
    n_listed: int,
    n_unlisted: float,
    standard_error: float,
    shift: float = 0.0,
    fit: Fit | None = None,
    other_intervals: tuple[Interval, ...] = (),
) -> LogNormals:
    """Return the law of a single estimate with its standard error (projected, before `shift`)."""
    if fit is None:
        fit = Fit(model="", standard_error=standard_error, status=CLOSED_FORM)
    return mixture_law(
        n_listed=n_listed,
        weights=np.ones(1),
        n_unlisted=np.asarray([n_unlisted]),
        standard_errors=np.asarray([standard_error]),
        shift=shift,
        fit=fit,
        other_intervals=other_intervals,
    )


def mixture_law(
    *,
    n_listed: int,
    weights: FloatArray,
    n_unlisted: FloatArray,
    standard_errors: FloatArray,
    shift: float = 0.0,
    fit: Fit | None = None,
    other_intervals: tuple[Interval, ...] = (),
) -> LogNormals:
    """Return the law of several estimates with weights, sorted by size."""
    order = np.lexsort((standard_errors, n_unlisted))
    centres = np.asarray(n_unlisted, dtype=np.float64)[order]
    sds = np.asarray([lognormal_sd(float(x), float(s)) for x, s in zip(centres, standard_errors[order], strict=True)])
    share = np.asarray(weights, dtype=np.float64)[order]
    share = share / share.sum()
    for array in (share, centres, sds):
        array.setflags(write=False)
    return LogNormals(
        n_listed=n_listed,
        weights=share,
        centres=centres,
        log_sds=sds,
        shift=shift,
        fit=fit,
        other_intervals=other_intervals,
    )
