"""Log-linear models whose interactions are shrunk towards zero: posterior of the odds of being on no list.

The probability of pattern ω is proportional to exp η_ω with η_ω = Σ_{∅ ≠ θ ⊆ ω} α_θ and η of no list = 0. Summing the
total N out under p(N) ∝ 1/N leaves the likelihood of the patterns given that a person is listed,

    L(α) = Π_ω (exp η_ω / Z)^n_ω,    Z = Σ_{ω ≠ 0} exp η_ω,

and the odds of being on no list are 1/Z, so that n_0 | α ~ NegBin(n, Z / (1 + Z)).

Prior. Main effects: α_j = m + s_L level + s_l list_j, all standard normal: how large lists are on the whole, and how
they differ. Interactions of k lists: α_θ = τ_k s_k z_θ, z_θ ~ N(0, 1), τ_k ~ half-normal(1), s_k = s 2^−(k−2): the
scale halves with each further list, so that what is left to high orders, on which hardly anybody's history bears, stays
bounded. With "horseshoe" each interaction has a scale of its own, λ_θ ~ half-Cauchy(1), and no effective standard
deviation exceeds the slab c_k: (c_k^−2 + (τ_k s_k λ_θ)^−2)^−1/2.

Coordinates of the sampler: J for the main effects, x_θ, log τ_k and, for the horseshoe, log λ_θ. With σ_θ the standard
deviation of α_θ and 0 ≤ c_θ ≤ 1 fixed beforehand, α_θ = σ_θ^c x_θ and x_θ ~ N(0, σ_θ^2(1−c)). c = 1 is the non-centred
form, which straightens the funnel of an interaction that the counts say little about; c = 0 the centred one, which
suits an interaction they say a lot about. `with_centring` sets c_θ by the share of its prior variance that the counts
leave (Papaspiliopoulos, Roberts, Sköld 2007, Statist. Sci. 22:59). On Kosovo, 4,000 draws are then worth 2,800; in the
non-centred form they are worth 50.

Letters: G tables, C chains, J lists, K = 2**J − 1 patterns, P parameters α, of which Q interactions; R orders.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.hierarchy import subset_sizes
from uncounted.estimation.kernels.whitening import Effort, Frame, Progress, Sampled, sample_until_converged, settle

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Shape = Literal["normal", "horseshoe"]

#: Cells of all chains and tables that are worked on at once: 0.5 MB of float64.
CHUNK_NUMBERS = 65_536
#: log of the largest odds of being unlisted that are told apart; beyond it draws would not be whole numbers any more.
LARGEST_LOG_ODDS = 30.0
#: Effective share of the draws below which reweighting them to another prior is not trusted.
LEAST_WEIGHT_SHARE = 0.1
#: Of .75, 1, 1.5 and 3 the one with the most effective draws on nine of twelve published and simulated tables.
CENTRING_POWER = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkagePrior:
    """Scales of the prior; all on the log scale of odds.

    Attributes
    ----------
    shape : {"normal", "horseshoe"}
        Of the interactions.
    level_mean, level_sd : float
        Of the common level of main effects; log J is taken off the mean, so that the prior of the expansion factor
        N/n is about the same for any number of lists (median 2.4 to 3.4, middle half 1.2 to 14).
    list_sd : float
        Of the difference of each main effect from that level.
    scale : float
        s, of the interactions of two lists.
    slab : float
        c_2 of the horseshoe, halved like s for each further list.
    """

    shape: Shape = "normal"
    level_mean: float = -1.5
    level_sd: float = 2.0
    list_sd: float = 1.5
    scale: float = 1.0
    slab: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """The parameters of a model of J lists with all interactions up to one order.

    Attributes
    ----------
    n_lists : int
    orders : tuple of int
        2, …, highest order; empty with main effects alone.
    codes : ndarray of int64, shape (P,)
        The set of lists of each parameter: main effects in the order of the lists, then interactions by order.
    order_at : ndarray of int64, shape (Q,)
        Position in `orders` of each interaction.
    design : ndarray of float64, shape (K, P)
        1 where a pattern holds all lists of a parameter.
    """

    n_lists: int
    orders: tuple[int, ...]
    codes: IntArray
    order_at: IntArray
    design: FloatArray


def terms(n_lists: int, highest: int) -> Terms:
    """Lay out main effects and all interactions of up to `highest` lists.

    Raises
    ------
    ValueError
        If `highest` is below 1, or reaches `n_lists` (that interaction cannot be told from the unlisted).
    """
    if not 1 <= highest < n_lists:
        raise ValueError(f"the highest order must lie between 1 and {n_lists - 1}; found {highest}")
    sizes = subset_sizes(n_lists)
    main = [1 << (n_lists - 1 - j) for j in range(n_lists)]
    more = [int(c) for k in range(2, highest + 1) for c in np.flatnonzero(sizes == k)[::-1]]
    codes = np.asarray(main + more, dtype=np.int64)
    patterns = np.arange(1, 2**n_lists, dtype=np.int64)
    return Terms(
        n_lists=n_lists,
        orders=tuple(range(2, highest + 1)),
        codes=codes,
        order_at=np.asarray(sizes[codes[n_lists:]] - 2, dtype=np.int64),
        design=((patterns[:, None] & codes[None, :]) == codes[None, :]).astype(np.float64),
    )


class ShrinkagePosterior:
    """Log posterior density and gradient of many tables at once, over unconstrained coordinates.

    Parameters
    ----------
    counts : ndarray of int64, shape (G, K)
        People per pattern, in CaptureTable order.
    model : Terms
    prior : ShrinkagePrior
    centring : ndarray of float64, shape (G, Q), or None
        c_θ of each interaction; None for 1, the non-centred form.

    Raises
    ------
    ValueError
        If the counts do not fit the model.
    """

    def __init__(
        self, counts: IntArray, model: Terms, prior: ShrinkagePrior, centring: FloatArray | None = None
    ) -> None:
        if counts.ndim != 2 or counts.shape[1] != 2**model.n_lists - 1:
            raise ValueError(f"counts must have the shape (G, {2**model.n_lists - 1}); found {counts.shape}")
        self.model, self.prior = model, prior
        self.counts = np.asarray(counts, dtype=np.int64)
        self._totals = self.counts.sum(axis=1).astype(np.float64)
        self._sufficient = self.counts.astype(np.float64) @ model.design
        j, q, r = model.n_lists, len(model.order_at), len(model.orders)
        self._main, self._z, self._tau = slice(0, j), slice(j, j + q), slice(j + q, j + q + r)
        self._lambda = slice(j + q + r, j + 2 * q + r)
        self.n_dims = j + q + r + (q if prior.shape == "horseshoe" else 0)
        self._log_scales = np.log(prior.scale) - math.log(2.0) * np.arange(r)
        self._slab_power = (prior.slab * 0.5**model.order_at) ** -2.0
        # s_l z + c Σ z has the covariance s_l² I + s_L² 11ᵀ, and treats all lists alike.
        self._common = (math.sqrt(prior.list_sd**2 + j * prior.level_sd**2) - prior.list_sd) / j
        self._centre = prior.level_mean - math.log(j)
        self.centring = np.ones((len(counts), q)) if centring is None else centring
        self.scale_of = np.concatenate(
            [np.full(j, -1), model.order_at, -2 - np.arange(r), np.full(self.n_dims - j - q - r, -1)]
        ).astype(np.int64)
        self._member = (model.order_at[:, None] == np.arange(r)).astype(np.float64)

    def take(self, groups: IntArray) -> ShrinkagePosterior:
        """Return the posterior of some of the tables."""
        return ShrinkagePosterior(self.counts[groups], self.model, self.prior, self.centring[groups])

    def with_centring(self, curvature: FloatArray) -> ShrinkagePosterior:
        """Return the same posterior in coordinates fit for its counts.

        Parameters
        ----------
        curvature : ndarray of float64, shape (G, n_dims, n_dims)
            Of the non-centred form at its mode, positive definite.

        Returns
        -------
        ShrinkagePosterior
            With c_θ the variance of z_θ that the counts leave, given the scales, to the power `CENTRING_POWER`.
        """
        n = self._tau.start
        left = np.linalg.inv(curvature[:, :n, :n])
        share = np.clip(np.diagonal(left, axis1=1, axis2=2)[:, self._z], 0.0, 1.0)
        return ShrinkagePosterior(self.counts, self.model, self.prior, share**CENTRING_POWER)

    def from_non_centred(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where non-centred positions (G, n_dims) lie in these coordinates, and the Jacobian (G, D, D)."""
        log_spread, share = self._log_spread(at)
        free = 1.0 - self.centring
        stretch = np.exp(free * log_spread)
        position = at.copy()
        position[:, self._z] *= stretch
        jacobian = np.zeros((*at.shape, at.shape[1]))
        jacobian[:, np.arange(at.shape[1]), np.arange(at.shape[1])] = 1.0
        rows = np.arange(self._z.start, self._z.stop)
        along = free * position[:, self._z] * share
        jacobian[:, rows, rows] = stretch
        jacobian[:, self._z, self._tau] = along[:, :, None] * self._member
        if self.prior.shape == "horseshoe":
            jacobian[:, rows, np.arange(self._lambda.start, self._lambda.stop)] = along
        return position, jacobian

    def coefficients(self, positions: FloatArray) -> FloatArray:
        """Return α, shape (G, C, P)."""
        return self._unfold(positions)[0]

    def log_odds_unlisted(self, positions: FloatArray) -> FloatArray:
        """Return −log Z, the log odds of being on no list, shape (G, C)."""
        eta = self.coefficients(positions) @ self.model.design.T
        top = eta.max(axis=-1)
        return np.asarray(-(top + np.log(np.exp(eta - top[..., None]).sum(axis=-1))), dtype=np.float64)

    def keep(self, positions: FloatArray) -> FloatArray:
        """Return what is kept of a draw: log N/n, log odds of being unlisted, log τ_k; shape (G, C, 2 + R)."""
        log_odds = self.log_odds_unlisted(positions)[..., None]
        return np.concatenate([np.logaddexp(0.0, log_odds), log_odds, positions[..., self._tau]], axis=-1)

    def __call__(self, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log density (G, C), up to a constant, and gradient (G, C, n_dims)."""
        alpha, log_spread, share = self._unfold(positions)
        eta = alpha @ self.model.design.T
        top = eta.max(axis=-1, keepdims=True)
        weight = np.exp(eta - top)
        total = weight.sum(axis=-1, keepdims=True)
        log_z = (top + np.log(total))[..., 0]
        n = self._totals[:, None]
        value = (alpha * self._sufficient[:, None, :]).sum(axis=-1) - n * log_z
        slope = self._sufficient[:, None, :] - n[..., None] * ((weight / total) @ self.model.design)
        gradient = np.empty_like(positions)
        z, main = positions[..., self._main], slope[..., self._main]
        value -= 0.5 * (z * z).sum(axis=-1)
        gradient[..., self._main] = self.prior.list_sd * main + self._common * main.sum(axis=-1, keepdims=True) - z
        x, slope = positions[..., self._z], slope[..., self.model.n_lists :]
        c = self.centring[:, None, :]
        precision = np.exp(-2.0 * (1.0 - c) * log_spread)
        squares = x * x * precision
        value -= (0.5 * squares + (1.0 - c) * log_spread).sum(axis=-1)
        gradient[..., self._z] = slope * np.exp(c * log_spread) - x * precision
        along = (slope * alpha[..., self.model.n_lists :] * c + (1.0 - c) * (squares - 1.0)) * share
        log_tau = positions[..., self._tau]
        squared = np.exp(2 * log_tau)
        value += (log_tau - 0.5 * squared).sum(axis=-1)  # half-normal(1), with the Jacobian of the logarithm
        gradient[..., self._tau] = along @ self._member + 1.0 - squared
        if self.prior.shape == "horseshoe":
            log_lambda = positions[..., self._lambda]
            value += (log_lambda - np.logaddexp(0.0, 2 * log_lambda)).sum(axis=-1)  # half-Cauchy(1)
            gradient[..., self._lambda] = along - np.tanh(log_lambda)
        return value, gradient

    def _unfold(self, positions: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray | float]:
        """Return α (G, C, P), log σ of the interactions (G, C, Q), and d log σ / d log τ."""
        alpha = np.empty((*positions.shape[:-1], len(self.model.codes)))
        z = positions[..., self._main]
        alpha[..., : self.model.n_lists] = (
            self._centre + self.prior.list_sd * z + self._common * z.sum(axis=-1, keepdims=True)
        )
        log_spread, share = self._log_spread(positions)
        alpha[..., self.model.n_lists :] = positions[..., self._z] * np.exp(self.centring[:, None, :] * log_spread)
        return alpha, log_spread, share

    def _log_spread(self, positions: FloatArray) -> tuple[FloatArray, FloatArray | float]:
        """Return log σ of the interactions, shape (…, Q), and d log σ / d log τ."""
        log_spread = (positions[..., self._tau] + self._log_scales)[..., self.model.order_at]
        if self.prior.shape == "normal":
            return log_spread, 1.0
        free = np.exp(-2.0 * (log_spread + positions[..., self._lambda]))
        return -0.5 * np.log(self._slab_power + free), free / (self._slab_power + free)


def sample_shrinkage(
    counts: IntArray,
    model: Terms,
    prior: ShrinkagePrior,
    *,
    rngs: Sequence[np.random.Generator],
    effort: Effort,
    progress: Progress | None = None,
) -> tuple[Sampled, ...]:
    """Sample the posterior of many tables.

    Parameters
    ----------
    counts : ndarray of int64, shape (G, K)
    model, prior
        See those classes.
    rngs : sequence of G numpy.random.Generator
        One for each table; what a table gets depends on no other.
    effort : Effort
        Chains, iterations, and how often they may be doubled.
    progress : callable or None
        Told (tables done, tables in all).

    Returns
    -------
    tuple of Sampled
        One a table; `kept` holds log N/n, the log odds of being unlisted, and log τ_k.
    """
    found: list[Sampled] = []
    size = max(1, CHUNK_NUMBERS // (effort.n_chains * counts.shape[1]))
    for first in range(0, len(counts), size):
        chunk = slice(first, first + size)
        plain = ShrinkagePosterior(counts[chunk], model, prior)
        mode = settle(plain, np.zeros((len(plain.counts), plain.n_dims)))
        posterior = plain.with_centring(mode.curvature)
        centre, jacobian = posterior.from_non_centred(mode.centre)
        frame = Frame(centre=centre, root=jacobian @ mode.root)
        found += sample_until_converged(posterior, frame, rngs=rngs[chunk], effort=effort)
        if progress is not None:
            progress(len(found), len(counts))
    return tuple(found)


def reweighted_median(values: FloatArray, squared_scales: FloatArray, ratio: float) -> float:
    """Return the median of draws if the half-normal priors of the scales were stretched by `ratio`.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Draws.
    squared_scales : ndarray of float64, shape (n,)
        Σ τ² over the scales, each in units of its prior: the prior has the density exp(−Σ τ²/2), the other one
        exp(−Σ τ²/2r²).
    ratio : float
        r.

    Returns
    -------
    float
        NaN if fewer than a tenth of the draws would carry the weight; then they must be drawn anew.
    """
    log_weight = 0.5 * squared_scales * (1 - ratio**-2.0)
    weight = np.exp(log_weight - log_weight.max())
    if weight.sum() ** 2 < LEAST_WEIGHT_SHARE * len(weight) * (weight * weight).sum():
        return float("nan")
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    return float(values[order][int(np.searchsorted(below, below[-1] / 2))])


def draw_prior_log_odds(model: Terms, prior: ShrinkagePrior, *, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Draw the log odds of being on no list from the prior, shape (n_draws,)."""
    nobody = ShrinkagePosterior(np.zeros((1, 2**model.n_lists - 1), dtype=np.int64), model, prior)
    positions = rng.standard_normal((1, n_draws, nobody.n_dims))
    first = model.n_lists + len(model.order_at)
    last = first + len(model.orders)
    positions[..., first:last] = np.log(np.abs(positions[..., first:last]))
    if prior.shape == "horseshoe":
        positions[..., last:] = np.log(np.abs(rng.standard_cauchy((1, n_draws, len(model.order_at)))))
    return np.asarray(nobody.log_odds_unlisted(positions)[0], dtype=np.float64)


def draw_unlisted(log_odds: FloatArray, n_listed: int, *, rng: np.random.Generator) -> FloatArray:
    """Draw the people on no list, n_0 ~ NegBin(n, 1 − π_0), one for each draw of the log odds π_0 / (1 − π_0)."""
    odds = np.exp(np.minimum(log_odds, LARGEST_LOG_ODDS))
    return np.asarray(rng.negative_binomial(n_listed, 1.0 / (1.0 + odds)), dtype=np.float64)
