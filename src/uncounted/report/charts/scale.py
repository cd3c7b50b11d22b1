"""Where axes begin and end: layout only, shared by the pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LOG_FROM_RATIO = 6.0  # beyond this spread a linear axis would squeeze the small numbers together
CLIP_AT = 6.0  # an interval is drawn at most this many times beyond the largest point; the table has it in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The domain of an axis in people, linear from 0 or logarithmic."""

    low: float
    high: float
    log: bool

    def clip(self, x: float) -> float:
        """Return `x` brought into the domain."""
        return min(max(x, self.low), self.high)

    def ticks(self, most: int) -> list[float]:
        """Return at most about `most` round tick values."""
        if not self.log:
            step = _nice_step(self.high / max(most, 1))
            return [k * step for k in range(int(self.high / step + 1e-9) + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
            values = [s * 10.0**d for d in decades for s in steps]
            values = [v for v in values if self.low * 0.999 <= v <= self.high * 1.001]
            if len(values) <= most:
                return values
        return values[:: math.ceil(len(values) / most)]

    def scale(self) -> dict[str, Any]:
        """Return the Vega-Lite scale."""
        kind = "log" if self.log else "linear"
        return {"type": kind, "domain": [self.low, self.high], "nice": False, "zero": False}


def people_span(points: Iterable[float], ends: Iterable[float]) -> Span:
    """Return a domain that holds all points, and the interval ends as far as they stay within reach of the points.

    Parameters
    ----------
    points : iterable of float
        Numbers that must be visible: the documented number, estimates, a known truth.
    ends : iterable of float
        Ends of intervals; infinite and far ones are clipped (and drawn as arrows by the caller).
    """
    inner = [p for p in points if math.isfinite(p) and p > 0] or [1.0]
    reach = max(inner) * CLIP_AT
    outer = inner + [e for e in ends if math.isfinite(e) and 0 < e <= reach]
    beyond = any(e > reach for e in ends)
    low, high = min(outer), reach if beyond else max(outer)
    if max(outer) / low > LOG_FROM_RATIO:
        return Span(low=low * 0.85, high=high * 1.15, log=True)
    return Span(low=0.0, high=high * 1.06, log=False)


def _nice_step(rough: float) -> float:
    if rough <= 1:
        return 1.0
    place = 10.0 ** math.floor(math.log10(rough))
    return next((s * place for s in (1, 2, 2.5, 5) if s * place >= rough and s * place == int(s * place)), 10 * place)
