"""The answer from one log in words: the quotable sentence, then what stands behind it, in at most twelve lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from uncounted.estimation.render import MOST_LINES, rounded, rounding_step, units
from uncounted.estimation.result import Estimate, Interval

if TYPE_CHECKING:
    from uncounted.estimation.repeats import RepeatsAnswer


def repeats_sentence(answer: RepeatsAnswer) -> str:
    """Return the one sentence to quote: documented and range together, or what the verdict leaves."""
    n = answer.n_listed
    noun, verb = (answer.unit, "appears") if n == 1 else (units(answer.unit), "appear")
    known = f"{n:,} {noun} {verb} in the {answer.name}"
    if answer.verdict.level == "range only" and answer.range is not None:
        return (
            f"{known}; in all there were {_span(answer.range, n)}, depending on how those who never appear resemble "
            "those who do; the data do not say where in this range."
        )
    bound = answer.lower_bound
    if answer.verdict.level == "lower bound only" and bound is not None and bound.n_total_interval is not None:
        step = rounding_step(bound.n_total_interval)
        low = max(math.floor(bound.n_total_interval.low / step) * step, n)
        return f"{known}; in all there were at least {low:,} ({answer.level * 100:g} % limit of {bound.label})."
    return f"{known}; how many there are in all cannot be said from it. {answer.verdict.sentences[0]}"


def repeats_text(answer: RepeatsAnswer) -> str:
    """Return at most twelve lines: the sentence, the verdict, what fired, and every number."""
    lines = [repeats_sentence(answer), f"Verdict: {answer.verdict.level}."]
    lines += [f"{c.code} ({c.status}): {c.sentence}" for c in answer.checks if c.status != "ok"][:5]
    groups = (
        ("At least", [e for e in answer.estimates if e.is_lower_bound]),
        ("If", [e for e in answer.estimates if not e.is_lower_bound]),
    )
    for word, members in groups:
        given = [_row(e) for e in members if e.n_total is not None]
        if given:
            lines.append(f"{word}: " + "; ".join(given) + ".")
    refused = [e.label for e in answer.estimates if e.status == "refused"]
    if refused:
        lines.append("Refused: " + "; ".join(refused) + ".")
    return "\n".join(lines[:MOST_LINES])


def _row(estimate: Estimate) -> str:
    interval = estimate.n_total_interval
    assert interval is not None
    assert estimate.n_total is not None
    point = rounded(estimate.n_total, rounding_step(interval), at_least=estimate.n_listed)
    return f"{estimate.label} {point} ({_span(interval, estimate.n_listed)})"


def _span(interval: Interval, n_listed: int) -> str:
    """Return both limits rounded outwards; a wide range does not cost the lower one its second digit."""
    step = min(rounding_step(interval), 10 ** max(math.floor(math.log10(interval.low)) - 1, 0))
    low = max(math.floor(interval.low / step) * step, n_listed)
    return f"{low:,}–{math.ceil(interval.high / step) * step:,}"
