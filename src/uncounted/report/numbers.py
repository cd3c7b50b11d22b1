"""How numbers are printed: the one place that turns a number into words for the report."""

from __future__ import annotations

import math

from uncounted.estimation.render import units

NO_LIMIT = "no upper limit"
MISSING = "–"

plural = units  # one plural for the sentence on the screen and on the page


def whole(x: float | None) -> str:
    """Return a number of people in full with thousands separators; infinity and NaN in words."""
    if x is None or math.isnan(x):
        return MISSING
    if math.isinf(x):
        return NO_LIMIT if x > 0 else MISSING
    return f"{round(x):,}".replace("-", "−")


def interval(low: float, high: float, *, step: int = 1, floor: float = 0.0) -> str:
    """Return "low–high"; with an infinite upper end "low or more (no upper limit)".

    Parameters
    ----------
    low, high : float
        Ends, in people; `high` may be inf.
    step : int
        Rounded outwards to this step in sentences, so that no printed interval is narrower; 1 rounds to whole people.
    floor : float
        What the printed lower end must not fall below through rounding (the documented number).
    """
    if step > 1:
        low = max(math.floor(low / step) * step, floor)
        high = math.ceil(high / step) * step if math.isfinite(high) else high
    if math.isinf(high):
        return f"{whole(low)} or more ({NO_LIMIT})"
    return span(round(low), round(high))


def span(low: float, high: float) -> str:
    """Return a range over draws: one number where both ends agree, otherwise "low–high"."""
    return whole(low) if low == high else f"{whole(low)}–{whole(high)}"


def percent(share: float) -> str:
    """Return a share in percent, e.g. 0.95 → "95%", 0.975 → "97.5%"."""
    return f"{share * 100:.4g}%"


def times(factor: float) -> str:
    """Return a factor with its sign, e.g. "1.43×"; small ones keep two significant digits."""
    if math.isnan(factor):
        return MISSING
    if math.isinf(factor):
        return "∞×" if factor > 0 else MISSING
    if factor != 0 and abs(factor) < 0.1:
        return f"{factor:.2g}×".replace("-", "−")
    return f"{factor:.2f}".rstrip("0").rstrip(".").replace("-", "−") + "×"


def measure(x: float, digits: int = 4) -> str:
    """Return a statistic (deviance, AIC, p-value) to `digits` significant digits; "–" where it does not apply."""
    if math.isnan(x):
        return MISSING
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if abs(x) >= 10**digits:
        return f"{x:,.1f}".replace("-", "−")
    return f"{x:.{digits}g}".replace("-", "−")


def probability(p: float) -> str:
    """Return a p-value: three decimals, never "0.000"."""
    if math.isnan(p):
        return MISSING
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def counted(n: float, unit: str) -> str:
    """Return a count with its unit, e.g. "1 person", "4,400 people"."""
    return f"{whole(n)} {unit if n == 1 else plural(unit)}"
