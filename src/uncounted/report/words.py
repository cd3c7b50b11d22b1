"""The sentences of the report: what was found, in words that hold the numbers together."""

from __future__ import annotations

import math
from dataclasses import dataclass

from uncounted.estimation.render import rounded, rounding_step
from uncounted.estimation.result import Answer, Check, Estimate, VerdictLevel
from uncounted.estimation.sensitivity import tipping_sentence
from uncounted.report import numbers
from uncounted.report.content import ReportContent

BADGES: dict[VerdictLevel, tuple[str, str]] = {
    "estimate": ("Estimate", "The checks let a number with its interval stand, under the assumption stated with it."),
    "range only": (
        "Range only",
        "Defensible ways of counting disagree too much for one number; only the range may be quoted.",
    ),
    "lower bound only": (
        "Lower bound only",
        "The lists can say how many there were at least, if they tend to overlap, but not how many more.",
    ),
    "refused": ("Refused", "No total can be given from these lists; the documented number stands."),
}

STATUS_WORDS = {
    "ok": "holds",
    "info": "note",
    "warn": "caution",
    "range only": "range only",
    "lower bound only": "lower bound only",
    "refused": "refused",
    "error": "could not be checked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What may be said of the answer at its verdict level; None where nothing may be said."""

    level: VerdictLevel
    total: float | None = None
    total_words: str = ""
    interval: tuple[float | None, float | None] = (None, None)
    interval_words: str = ""
    short: str = ""


def headline(answer: Answer) -> Headline:
    """Return the numbers that the verdict allows to be quoted.

    A refused choice has no number at any level: the headline is then that of the level, without numbers.
    """
    level, chosen = answer.verdict.level, answer.chosen
    if level == "range only":
        found = answer.range
        if found is None:
            return Headline(level=level)
        step = rounding_step(found)
        text = numbers.interval(found.low, found.high, step=step, floor=chosen.n_listed_range[0])
        return Headline(
            level=level, interval=(found.low, found.high), interval_words="Range of defensible totals", short=text
        )
    if level == "lower bound only":
        bound = lower_bound(answer)
        if bound is None or bound.n_total is None:
            return Headline(level=level)
        ends = _ends(bound)
        return Headline(
            level=level,
            total=ends[0],
            total_words="At least, if lists tend to overlap (lower end of the bound's interval)",
            interval=ends,
            interval_words=_interval_words(bound),
            short=f"at least {_least(bound)}",
        )
    if level == "estimate" and chosen.n_total is not None:
        return Headline(
            level=level,
            total=chosen.n_total,
            total_words="Estimated total",
            interval=_ends(chosen),
            interval_words=_interval_words(chosen),
            short=f"estimated {_total(chosen)}",
        )
    return Headline(level=level)


def lower_bound(answer: Answer) -> Estimate | None:
    """Return the lower bound to quote: the chosen estimate if it is one, else the smallest bound there is."""
    chosen = answer.chosen
    return chosen if chosen.is_lower_bound and chosen.n_total is not None else answer.lower_bound


def chosen_first(answer: Answer) -> tuple[Estimate, ...]:
    """Return the estimates in their order, the chosen one moved to the top."""
    return (answer.chosen, *(e for e in answer.estimates if e is not answer.chosen))


def truth_sentence(content: ReportContent) -> str:
    """Return the known truth of invented data, and on which side of what was quoted it lies; empty for real data."""
    if content.truth is None:
        return ""
    label, total = content.truth
    text = f"These data are invented ({label}), so the truth is known: {numbers.counted(total, content.unit)}."
    head = headline(content.answer)
    low, high = head.interval
    if head.level == "lower bound only" and head.total is not None:
        return text + (" The lower bound is below it." if head.total <= total else " The lower bound is above it.")
    if low is None or high is None:
        return text
    word = "range" if head.level == "range only" else "interval"
    return text + (f" The {word} holds it." if low <= total <= high else f" The {word} does not hold it.")


def claim_sentence(claim: float, omega: float, n_listed: int, *, fewest: int | None = None) -> str:
    """Return what a claimed total needs of the dependence between lists, and when the claim fails.

    Parameters
    ----------
    claim : float
        The claimed total C.
    omega : float
        The factor on the assumed dependence at which the chosen estimate equals C.
    n_listed : int
        People documented.
    fewest : int or None
        Fewest documented in any linkage draw; None: `n_listed`.
    """
    text = tipping_sentence(claim, omega, n_listed, fewest=fewest)
    if claim < n_listed or omega <= 0 or math.isinf(omega) or math.isnan(omega):
        return text
    return (
        f"{text} The claim that there were at least {numbers.whole(claim)} fails if the overlap is weaker than that, "
        "the claim that there were at most as many if it is stronger."
    )


def draws_words(n_draws: int) -> str:
    """Return how many linkage draws stand behind the numbers."""
    return "one linkage" if n_draws == 1 else f"{n_draws} draws of the linkage"


def status_word(check: Check) -> str:
    """Return the status of a check as a word a reader knows."""
    return STATUS_WORDS[check.status]


def total_words(estimate: Estimate) -> str:
    """Return an estimate's total for tables: in full, "at least" for a bound, "refused" where there is none."""
    if estimate.status == "refused" or estimate.n_total is None:
        return "refused"
    return ("at least " if estimate.is_lower_bound else "") + numbers.whole(estimate.n_total)


def interval_text(estimate: Estimate) -> str:
    """Return an estimate's interval in full, or a dash."""
    found = estimate.n_total_interval
    return numbers.MISSING if found is None else numbers.interval(found.low, found.high)


def _total(estimate: Estimate) -> str:
    assert estimate.n_total is not None
    step = rounding_step(estimate.n_total_interval)
    return rounded(estimate.n_total, step, at_least=estimate.n_listed_range[0])


def _least(bound: Estimate) -> str:
    """Return the lower end of a bound's interval, rounded down: what can be said to be at least there."""
    interval = bound.n_total_interval
    assert interval is not None
    step = rounding_step(interval)
    return f"{max(math.floor(interval.low / step) * step, bound.n_listed_range[0]):,}"


def _ends(estimate: Estimate) -> tuple[float | None, float | None]:
    found = estimate.n_total_interval
    return (None, None) if found is None else (found.low, found.high)


def _interval_words(estimate: Estimate) -> str:
    found = estimate.n_total_interval
    return "" if found is None else f"{numbers.percent(found.level)} interval"
