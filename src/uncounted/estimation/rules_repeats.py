"""Rules for one log with repeats (R3, R15, R16), its ratio plot, and the range that may be quoted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from uncounted.estimation.result import VERDICT_ORDER, Check, CheckStatus, Estimate, Interval, Verdict

FEW_REPEATERS, SCARCE_REPEATERS = 25, 7
SWING_BETWEEN_MODELS = 3.0
ONCE_PER_TWICE = (0.5, 1.5)  # van Hest et al. (2007), Epidemiol. Infect. 136:14: where truncated models are of use
TREND = 2.0  # standard errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One point of the ratio plot: r_x = (x + 1) f_{x+1} / f_x, with a log-normal interval."""

    x: int
    ratio: float
    low: float
    high: float
    level: float


def ratios(f: Mapping[int, int], *, level: float) -> tuple[Ratio, ...]:
    """Return the ratio plot as data; only where both frequencies are above zero.

    Under a Poisson law every r_x is lambda. Variance of log r_x: 1/f_x + 1/f_{x+1} (Rocchetti, Bunge and Böhning 2011,
    Annals of Applied Statistics 5:1512).
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2))
    found = []
    for x in sorted(f):
        if x + 1 in f:
            ratio, error = (x + 1) * f[x + 1] / f[x], math.sqrt(1 / f[x] + 1 / f[x + 1])
            found.append(
                Ratio(
                    x=x,
                    ratio=ratio,
                    low=ratio * math.exp(-z * error),
                    high=ratio * math.exp(z * error),
                    level=level,
                )
            )
    return tuple(found)


def repeats_checks(
    f: Mapping[int, int], usable: Sequence[Estimate], rows: Sequence[Estimate], *, stops_after_first: bool
) -> tuple[Check, ...]:
    """Apply every rule: R3 (people seen again), R15 (models of one log), R16 (what no check can see).

    Parameters
    ----------
    f : mapping of int to int
        People per number of entries.
    usable, rows : sequence of Estimate
        Those the range may rest on; all.
    stops_after_first : bool
        Whether an entry may keep people from appearing again.
    """
    return (
        _repeaters(f),
        _models(usable),
        *_boundary(rows),
        _once_per_twice(f),
        _trend(f),
        _closure(stops_after_first=stops_after_first),
    )


def repeats_verdict(checks: Sequence[Check]) -> Verdict:
    """Return the hardest level asked for; never milder than "range only", which R15 asks for itself."""
    level = max((c.status for c in checks if c.status in VERDICT_ORDER), key=VERDICT_ORDER.index)
    fired = [c for c in checks if c.status in VERDICT_ORDER or c.status == "warn"]
    fired.sort(key=lambda c: -VERDICT_ORDER.index(c.status) if c.status in VERDICT_ORDER else 0)
    return Verdict(level=level, sentences=tuple(c.sentence for c in fired))


def repeats_range(usable: Sequence[Estimate], *, level: float) -> Interval | None:
    """Return the range from the smallest lower bound to the largest of bounds and geometric law, intervals included."""
    ends = [e for e in usable if _spans(e)]
    if not ends:
        return None
    limits = [e.n_total_interval for e in ends if e.n_total_interval is not None]
    return Interval(
        low=min(i.low for i in limits),
        high=max(i.high for i in limits),
        level=level,
        method=f"union of the {level:.0%} intervals of the lower bounds and of the geometric law",
    )


def _spans(estimate: Estimate) -> bool:
    """Return whether the range rests on an estimate."""
    wanted = estimate.is_lower_bound or estimate.estimator.startswith("repeats:geometric")
    return wanted and estimate.n_total is not None


def _repeaters(f: Mapping[int, int]) -> Check:
    n = sum(k for x, k in f.items() if x >= 2)
    status: CheckStatus = "ok"
    words = "enough to say something about how often people appear."
    if n < SCARCE_REPEATERS:
        status, words = "lower bound only", f"with fewer than {SCARCE_REPEATERS} nothing but a lower bound can be said."
    elif n < FEW_REPEATERS:
        status, words = "warn", f"with fewer than {FEW_REPEATERS} every number here is shaky."
    verb = "person appears" if n == 1 else "people appear"
    return Check(
        code="R3",
        name="people seen again",
        status=status,
        sentence=f"{n:,} {verb} more than once: {words}",
        evidence=(("people seen again", str(n)),),
    )


def _models(usable: Sequence[Estimate]) -> Check:
    totals = sorted((e.n_total, e.label) for e in usable if e.n_total is not None)
    bounds = [e for e in usable if e.is_lower_bound and e.n_total is not None]
    # Without the people seen once, the plain geometric law is not among the usable.
    unequal = [e for e in usable if e.estimator == "repeats:geometric"] or [
        e for e in usable if e.estimator == "repeats:geometric-once-found"
    ]
    if not bounds:
        return Check(
            code="R15",
            name="models of one log",
            status="refused",
            sentence="The log gives not even a lower bound: too few people appear twice (or, without those seen once, "
            "three times).",
        )
    if all(e.n_total is None for e in unequal):
        return Check(
            code="R15",
            name="models of one log",
            status="lower bound only",
            sentence="No model of very unequal people can be fitted, so the log has no upper end: a lower bound is "
            "left.",
        )
    low, high = totals[0], totals[-1]
    factor = high[0] / low[0]
    loud = "They disagree by a factor of" if factor > SWING_BETWEEN_MODELS else "They differ by a factor of"
    return Check(
        code="R15",
        name="models of one log",
        status="range only",
        sentence=f"One log cannot tell how many never appear; its models put the total between {low[0]:,.0f} "
        f"({low[1]}) and {high[0]:,.0f} ({high[1]}). {loud} {factor:.1f}, so only the range is given.",
        evidence=(("smallest", f"{low[0]:.1f}"), ("largest", f"{high[0]:.1f}"), ("factor", f"{factor:.2f}")),
    )


def _boundary(rows: Sequence[Estimate]) -> tuple[Check, ...]:
    return tuple(
        Check(code="R15", name="boundary", status="warn", sentence=f"{e.label.capitalize()}: {e.reason}")
        for e in rows
        if e.code == "E45"
    )


def _once_per_twice(f: Mapping[int, int]) -> Check:
    one, two = f.get(1, 0), f.get(2, 0)
    low, high = ONCE_PER_TWICE
    ratio = one / two if two else math.inf
    inside = low <= ratio <= high
    says = f"{ratio:.1f} people appear once for each who appears twice" if two else "Nobody appears exactly twice"
    return Check(
        code="R15",
        name="once for each twice",
        status="ok" if inside else "warn",
        sentence=f"{says}; models of one log have been of use where that number lies between {low:g} and {high:g}"
        + ("." if inside else ", and here it does not."),
        evidence=(("once per twice", f"{ratio:.2f}"),),
    )


def _trend(f: Mapping[int, int]) -> Check:
    points = [(x, math.log((x + 1) * f[x + 1] / f[x]), 1 / (1 / f[x] + 1 / f[x + 1])) for x in sorted(f) if x + 1 in f]
    name = "ratio plot"
    if len(points) < 2:
        return Check(code="R15", name=name, status="info", sentence="Too few frequencies to see whether people differ.")
    weight = sum(w for _, _, w in points)
    middle = sum(w * x for x, _, w in points) / weight
    spread = sum(w * (x - middle) ** 2 for x, _, w in points)
    z = sum(w * (x - middle) * y for x, y, w in points) / math.sqrt(spread)
    if z > TREND:
        words = (
            "The more often people have appeared, the likelier they appear again: people differ, or some are kept from "
            "appearing a second time. A model of equal people counts too few."
        )
    elif z < -TREND:
        words = (
            "The more often people have appeared, the less likely they appear again: entries are not independent, and "
            "even the lower bounds may be too high."
        )
    else:
        words = "How often people have appeared says little about whether they appear again: no sign that they differ."
    return Check(
        code="R15",
        name=name,
        status="warn" if abs(z) > TREND else "ok",
        sentence=words,
        evidence=(("trend in standard errors", f"{z:.1f}"),),
    )


def _closure(*, stops_after_first: bool) -> Check:
    after = (
        "Methods that use the people seen once are left out of the range, because an entry may end further ones"
        if stops_after_first
        else "An entry must not change whether another follows"
    )
    return Check(
        code="R16",
        name="a closed log",
        status="info",
        sentence="The frequencies cannot show it: everybody must have been there for the whole window, and every "
        f"person's entries must have been recognised as theirs. {after}.",
    )
