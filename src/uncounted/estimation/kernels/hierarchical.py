"""Log-linear models of pairs for several strata at once, with effects that are alike but not equal.

In stratum s the probability of pattern ω is proportional to exp η_sω,

    η_sω = Σ_j ω_j (β_j + b_sj) + Σ_{j<k} ω_j ω_k (γ_jk + g_sjk),    b_sj ~ N(0, σ_j²),   g_sjk ~ N(0, τ²),

with σ_j, τ ~ half-normal(.5), β_j with the weak prior of the shrunken models (`shrinkage.ShrinkagePrior`) and γ_jk ~
N(0, 1). The total of each stratum is summed out under p(N_s) ∝ 1/N_s, which leaves the conditional multinomial
likelihood of its listed people, and the odds of being on no list are 1 / Σ_ω exp η_sω. Patterns with a list that does
not cover the stratum are impossible there and left out of the sum; effects of such a list have no coordinates.

The coordinates are partially centred as in `shrinkage`: b = σ^c x with x ~ N(0, σ^2(1−c)).

Letters: S strata, J lists, K = 2**J − 1 patterns, P effects of a stratum (J lists, then the pairs), E effects of all
strata that have coordinates, R = J + 1 scales; C chains.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation.kernels.shrinkage import ShrinkagePrior, Terms
from uncounted.estimation.kernels.whitening import Effort, Frame, Sampled, sample_until_converged, settle

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

SCALE = 0.5  # of the half-normal of σ_j and τ
CENTRING_POWER = 0.75


class HierarchicalPosterior:
    """Log posterior density and gradient of the strata of one table; arrays of positions have the shape (1, C, D).

    Coordinates: J + Q standard normals of the pooled effects, E deviations, J + 1 logarithms of scales.

    Parameters
    ----------
    counts : ndarray of int64, shape (S, K)
        People per stratum and pattern; no stratum empty.
    covered : ndarray of bool, shape (S, J)
        Which lists cover which stratum.
    model : Terms
        Lists and pairs.
    scale : float
        Of the half-normal of the standard deviations between strata.
    centring : ndarray of float64, shape (E,), or None
        c of each deviation; None for 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the model has interactions of more than two lists.
    """

    def __init__(
        self,
        counts: IntArray,
        covered: BoolArray,
        model: Terms,
        *,
        scale: float = SCALE,
        centring: FloatArray | None = None,
    ) -> None:
        if counts.shape != (len(covered), 2**model.n_lists - 1) or covered.shape[1] != model.n_lists:
            raise ValueError(f"counts {counts.shape} and covered {covered.shape} do not fit {model.n_lists} lists")
        if model.orders not in ((), (2,)):
            raise ValueError("strata are pooled over lists and pairs of lists alone")
        self.counts, self.covered, self.model, self.scale = counts, covered, model, scale
        self._prior = ShrinkagePrior()
        lists, n_lists = np.arange(model.n_lists), model.n_lists
        needs = (model.codes[:, None] >> (n_lists - 1 - lists) & 1).astype(bool)  # (P, J)
        outside = ~covered.astype(bool)
        self._active = ~(needs[None] & outside[:, None, :]).any(axis=2)  # (S, P)
        patterns = np.arange(1, 2**n_lists, dtype=np.int64)
        uses = (patterns[:, None] >> (n_lists - 1 - lists) & 1).astype(bool)
        impossible = (uses[None] & outside[:, None, :]).any(axis=2)
        self._barred = np.where(impossible, -np.inf, 0.0)  # (S, K)
        self._sufficient = counts.astype(np.float64) @ model.design
        self._totals = counts.sum(axis=1).astype(np.float64)
        p = len(model.codes)
        self.n_effects = int(self._active.sum())
        self._pooled, self._x = slice(0, p), slice(p, p + self.n_effects)
        self._log_scale = slice(self._x.stop, self._x.stop + n_lists + 1)
        self.n_dims = self._log_scale.stop
        kind = np.minimum(np.arange(p), n_lists)  # each list has a scale, all pairs share the last
        self._kind = np.broadcast_to(kind, self._active.shape)[self._active]
        self._member = (self._kind[:, None] == np.arange(n_lists + 1)).astype(np.float64)
        self.scale_of = np.concatenate([np.full(p, -1), self._kind, -2 - np.arange(n_lists + 1)]).astype(np.int64)
        self.centring = np.ones(self.n_effects) if centring is None else centring
        spread, level = self._prior.list_sd, self._prior.level_sd
        self._common = (math.sqrt(spread**2 + n_lists * level**2) - spread) / n_lists
        self._centre = self._prior.level_mean - math.log(n_lists)

    def take(self, groups: IntArray) -> HierarchicalPosterior:  # noqa: ARG002 - there is one group
        """Return the posterior itself: there is one group."""
        return self

    def pooled(self, positions: FloatArray) -> FloatArray:
        """Return β and γ, shape (1, C, P)."""
        j = self.model.n_lists
        effects = positions[..., self._pooled].copy()
        z = positions[..., :j]
        effects[..., :j] = self._centre + self._prior.list_sd * z + self._common * z.sum(axis=-1, keepdims=True)
        return effects

    def scales(self, positions: FloatArray) -> FloatArray:
        """Return σ_j and τ, shape (1, C, J + 1)."""
        return np.asarray(self.scale * np.exp(positions[..., self._log_scale]), dtype=np.float64)

    def log_odds_unlisted(self, positions: FloatArray) -> FloatArray:
        """Return the log odds of being on no list of each stratum, shape (1, C, S)."""
        return -self._normaliser(self._effects(positions)[0])[0]

    def keep(self, positions: FloatArray) -> FloatArray:
        """Return log N/n of all strata together, log odds (S), pooled effects (P), log σ_j and log τ (J + 1)."""
        log_odds = self.log_odds_unlisted(positions)
        share = self._totals / self._totals.sum()
        total = np.logaddexp.reduce(np.logaddexp(0.0, log_odds) + np.log(share), axis=-1)
        log_scales = np.log(self.scales(positions))
        return np.concatenate([total[..., None], log_odds, self.pooled(positions), log_scales], axis=-1)

    def __call__(self, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log density (1, C), up to a constant, and gradient (1, C, n_dims)."""
        alpha, log_spread, deviation = self._effects(positions)
        log_z, share = self._normaliser(alpha)
        value = (alpha * self._sufficient).sum(axis=(-2, -1)) - log_z @ self._totals
        slope = self._sufficient - self._totals[:, None] * (share @ self.model.design)  # (1, C, S, P)
        gradient = np.empty_like(positions)
        j = self.model.n_lists
        pooled = np.where(self._active, slope, 0.0).sum(axis=-2)
        main = pooled[..., :j]
        z = positions[..., self._pooled]
        gradient[..., self._pooled] = pooled - z
        gradient[..., :j] = self._prior.list_sd * main + self._common * main.sum(axis=-1, keepdims=True) - z[..., :j]
        value -= 0.5 * (z * z).sum(axis=-1)
        x, own, c = positions[..., self._x], slope[..., self._active], self.centring
        precision = np.exp(-2.0 * (1.0 - c) * log_spread)
        squares = x * x * precision
        value -= (0.5 * squares + (1.0 - c) * log_spread).sum(axis=-1)
        gradient[..., self._x] = own * np.exp(c * log_spread) - x * precision
        log_t = positions[..., self._log_scale]
        squared = np.exp(2 * log_t)
        value += (log_t - 0.5 * squared).sum(axis=-1)
        along = own * deviation * c + (1.0 - c) * (squares - 1.0)
        gradient[..., self._log_scale] = along @ self._member + 1.0 - squared
        return value, gradient

    def with_centring(self, curvature: FloatArray) -> HierarchicalPosterior:
        """Return the same posterior in coordinates fit for its counts; see `ShrinkagePosterior.with_centring`."""
        n = self._log_scale.start
        left = np.diagonal(np.linalg.inv(curvature[0, :n, :n]))[self._x]
        share = np.clip(left, 0.0, 1.0) ** CENTRING_POWER
        return HierarchicalPosterior(self.counts, self.covered, self.model, scale=self.scale, centring=share)

    def from_non_centred(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where non-centred positions (1, n_dims) lie in these coordinates, and the Jacobian (1, D, D)."""
        free = 1.0 - self.centring
        stretch = np.exp(free * self._log_spread(at)[0])
        position = at.copy()
        position[0, self._x] *= stretch
        jacobian = np.eye(self.n_dims)[None].copy()
        rows = np.arange(self._x.start, self._x.stop)
        jacobian[0, rows, rows] = stretch
        jacobian[0, self._x, self._log_scale] = (free * position[0, self._x])[:, None] * self._member
        return position, jacobian

    def _log_spread(self, positions: FloatArray) -> FloatArray:
        return np.asarray((positions[..., self._log_scale] + math.log(self.scale))[..., self._kind], dtype=np.float64)

    def _effects(self, positions: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return α (1, C, S, P), 0 where there is none; log standard deviations (1, C, E); deviations (1, C, E)."""
        log_spread = self._log_spread(positions)
        deviation = positions[..., self._x] * np.exp(self.centring * log_spread)
        alpha = np.where(self._active, self.pooled(positions)[..., None, :], 0.0)
        alpha[..., self._active] += deviation
        return alpha, log_spread, deviation

    def _normaliser(self, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log Z (1, C, S) and the probabilities of the patterns given that a person is listed (1, C, S, K)."""
        eta = alpha @ self.model.design.T + self._barred
        top = eta.max(axis=-1, keepdims=True)
        weight = np.exp(eta - top)
        total = weight.sum(axis=-1, keepdims=True)
        return (top + np.log(total))[..., 0], weight / total


def sample_hierarchical(
    counts: IntArray,
    covered: BoolArray,
    model: Terms,
    *,
    scale: float = SCALE,
    rng: np.random.Generator,
    effort: Effort,
) -> Sampled:
    """Sample the joint posterior of all strata.

    Parameters
    ----------
    counts : ndarray of int64, shape (S, K)
        People per stratum and pattern.
    covered : ndarray of bool, shape (S, J)
        Which lists cover which stratum.
    model : Terms
        Lists and pairs.
    scale : float
        Of the half-normal of the standard deviations between strata.
    rng : numpy.random.Generator
        Source of randomness.
    effort : Effort
        Chains and iterations.

    Returns
    -------
    Sampled
        `kept` holds log N/n of all strata together, the log odds of being unlisted (S), β and γ (P), log σ_j and
        log τ (J + 1).

    References
    ----------
    Hammond, Smith, van der Heijden (2025), arXiv 2505.01359 (mixed effects by stratum); here sampled, not approximated.
    """
    plain = HierarchicalPosterior(counts, covered, model, scale=scale)
    mode = settle(plain, np.zeros((1, plain.n_dims)))
    posterior = plain.with_centring(mode.curvature)
    centre, jacobian = posterior.from_non_centred(mode.centre)
    frame = Frame(centre=centre, root=jacobian @ mode.root)
    return sample_until_converged(posterior, frame, rngs=[rng], effort=effort)[0]


def draw_new_stratum(
    kept: FloatArray, covered: BoolArray, model: Terms, n_strata: int, *, rng: np.random.Generator
) -> FloatArray:
    """Draw the log odds of being unlisted of a stratum whose own counts say nothing: pooled effects plus a deviation.

    Parameters
    ----------
    kept : ndarray of float64, shape (n, 1 + S + P + J + 1)
        Draws of `sample_hierarchical`, or of `draw_prior`.
    covered : ndarray of bool, shape (J,)
        Which lists cover the stratum, at least one.
    model : Terms
        Lists and pairs.
    n_strata : int
        S, strata that were sampled.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float64, shape (n,)
        One for each draw.
    """
    j, p = model.n_lists, len(model.codes)
    effects, log_scales = kept[:, 1 + n_strata : 1 + n_strata + p], kept[:, 1 + n_strata + p :]
    kind = np.minimum(np.arange(p), j)
    alpha = effects + np.exp(log_scales[:, kind]) * rng.standard_normal(effects.shape)
    only = sum(1 << (j - 1 - int(i)) for i in np.flatnonzero(covered))
    possible = np.asarray([k for k in range(1, 2**j) if k & ~only == 0]) - 1
    return np.asarray(-np.logaddexp.reduce(alpha @ model.design[possible].T, axis=1), dtype=np.float64)


def draw_prior(model: Terms, *, n_draws: int, scale: float = SCALE, rng: np.random.Generator) -> FloatArray:
    """Draw pooled effects and log scales from their prior in the layout of `draw_new_stratum` with no strata."""
    nobody = HierarchicalPosterior(
        np.zeros((0, 2**model.n_lists - 1), dtype=np.int64),
        np.zeros((0, model.n_lists), dtype=bool),
        model,
        scale=scale,
    )
    positions = rng.standard_normal((1, n_draws, nobody.n_dims))
    last = slice(nobody.n_dims - model.n_lists - 1, None)
    positions[..., last] = np.log(np.abs(positions[..., last]))
    parts = [np.zeros((n_draws, 1)), nobody.pooled(positions)[0], np.log(nobody.scales(positions)[0])]
    return np.concatenate(parts, axis=1)
