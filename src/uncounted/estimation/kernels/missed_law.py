"""The law of being missed by all lists, when each list's chance to record somebody is Beta(a, b).

Letters: J lists; lambda ~ Beta(a, b) on its own for each; S = -log of the product of the J chances 1 - lambda, so that
exp(-S) is the chance to be on no list.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_CONTOUR_NODES = 24
_SMOOTH = 4.0  # J a from which S is concentrated enough for the plain inversion
_FAR = 1e4  # beyond this |z| the ratio of gamma functions is better taken from its expansion
# p below e^-30 is nobody missing, p above 1 - 1e-9 is everybody missing; nothing in between is lost.
S_GRID = np.geomspace(1e-9, 30.0, 500)
S_GRID.setflags(write=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissedLaw:
    """The law of S on a grid: log s ascending, P(S <= s) ascending; shapes (G,)."""

    log_s: FloatArray
    below: FloatArray

    def log_s_at(self, u: FloatArray) -> FloatArray:
        """Return log of the quantiles of S."""
        return np.interp(u, self.below, self.log_s)

    def below_at(self, s: FloatArray) -> FloatArray:
        """Return P(S <= s); s > 0, or inf."""
        return np.interp(np.log(s), self.log_s, self.below)


def law_of_missed(a: float, b: float, n_lists: int) -> MissedLaw:
    """Tabulate the law of S, the sum of J terms -log(1 - lambda), from its Laplace transform.

    L(z) = E exp(-z S) = [Gamma(b+z) Gamma(a+b) / (Gamma(b) Gamma(a+b+z))]^J; P(S <= s) is the inverse of L(z)/z.
    """
    if n_lists * a < _SMOOTH:
        s = S_GRID
        below = _invert_by_contour(s, a, b, n_lists)
    else:
        s = _grid_around(a, b, n_lists)
        below = _invert_by_line(s, a, b, n_lists)
    return MissedLaw(log_s=np.log(s), below=np.maximum.accumulate(np.clip(below, 0.0, 1.0)))


def _invert_by_contour(s: FloatArray, a: float, b: float, n_lists: int) -> FloatArray:
    """Return P(S <= s) where S spreads over orders of magnitude (its density may be infinite at 0).

    L has its poles on the negative axis only; there the quadrature of Trefethen, Weideman and Schmelzer (2006), BIT
    46:653, converges geometrically.
    """
    theta = np.pi * np.arange(1, _CONTOUR_NODES, 2) / _CONTOUR_NODES
    cot, sin = 1 / np.tan(0.6407 * theta), np.sin(0.6407 * theta)
    z = np.asarray(_CONTOUR_NODES * (0.5017 * theta * cot - 0.6122 + 0.2645j * theta), dtype=np.complex128)
    slope = _CONTOUR_NODES * (0.5017 * cot - 0.5017 * 0.6407 * theta / sin**2 + 0.2645j)
    terms = np.exp(z + _log_transform(z / s[:, None], a, b, n_lists)) * slope / z
    return np.asarray(2 / _CONTOUR_NODES * terms.imag.sum(axis=1), dtype=np.float64)


def _invert_by_line(s: FloatArray, a: float, b: float, n_lists: int) -> FloatArray:
    """Return P(S <= s) where S is concentrated: the trapezoidal rule along Re z = c.

    |L| falls like |z|^(-J a) there. With step h the rule adds the tail beyond s + 2 pi / h, damped by exp(-2 pi c / h):
    Abate and Whitt (1992), Queueing Systems 10:5.
    """
    step = math.pi / s[-1]
    c = 32.0 * step / (2 * math.pi)
    reach = step
    while float(_log_transform(np.array([c + 1j * reach], dtype=np.complex128), a, b, n_lists).real[0]) > -26.0:
        reach *= 1.2
    z = c + 1j * step * (np.arange(math.ceil(reach / step)) + 0.5)
    terms = np.exp(_log_transform(z, a, b, n_lists)) / z
    phase = np.exp(1j * np.outer(s, z.imag))
    return np.asarray(np.exp(c * s) * step / math.pi * (phase * terms).sum(axis=1).real, dtype=np.float64)


def _grid_around(a: float, b: float, n_lists: int) -> FloatArray:
    """Return a grid holding all but a billionth of a concentrated S, by a gamma law of its mean and variance."""
    from scipy.special import gammainccinv, gammaincinv, polygamma, psi

    mean = n_lists * float(psi(a + b) - psi(b))
    variance = n_lists * float(polygamma(1, b) - polygamma(1, a + b))
    shape, rate = mean * mean / variance, mean / variance
    low = 0.5 * float(gammaincinv(shape, 1e-9)) / rate
    high = 1.5 * float(gammainccinv(shape, 1e-9)) / rate
    return np.geomspace(min(max(low, S_GRID[0]), 1.0), min(high, S_GRID[-1]), S_GRID.size)


def _log_transform(z: NDArray[np.complex128], a: float, b: float, n_lists: int) -> NDArray[np.complex128]:
    """Return log L(z); far out by the expansion of the gamma ratio about its midpoint, without cancellation."""
    from scipy.special import gammaln, loggamma

    middle = z + b + (a - 1) / 2
    far = np.abs(z) > _FAR * (1 + a + b)
    ratio = -a * np.log(middle) + a * (a * a - 1) / (24 * middle * middle)
    near = z[~far]
    ratio[~far] = loggamma(near + b) - loggamma(near + a + b)
    return np.asarray(n_lists * (ratio + float(gammaln(a + b) - gammaln(b))), dtype=np.complex128)
