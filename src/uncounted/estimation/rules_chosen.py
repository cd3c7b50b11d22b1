"""The rules of the verdict about the chosen estimate: does it exist, is it bounded, does it describe what was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from uncounted.estimation.result import Check, CheckStatus, Estimate, Interval
from uncounted.estimation.rules import THRESHOLDS, where_words
from uncounted.estimation.swing import ModelFacts

# Refusals of a model-based choice that leave the lower bound standing, which needs no model.
BOUND_REMAINS = {
    "E06": "There are too many models for this program to try them all, a limit of the program and not of the "
    "lists: merge lists of the same kind. Until then the lower bound is left, which needs no model.",
    "E09": "No model that was tried describes the counts, so that models give no number; the lower bound is left, "
    "which needs none.",
}


def rule_existence(facts: Sequence[ModelFacts], chosen: Estimate, *, bounded: bool = False) -> Check:
    """R4: no number without an estimate that exists and is unique.

    Where models alone are at a loss (none fits, or there are too many to try) and the lists give a lower bound
    (`bounded`), that bound is left.
    """
    name = "existence of the estimate"
    n_models = sum(f.n_models for f in facts)
    n_admissible = sum(f.n_admissible for f in facts)
    evidence = (("models", f"{n_models:,}"), ("with an estimate", f"{n_admissible:,}")) if facts else ()
    if chosen.status == "refused" and bounded and chosen.code in BOUND_REMAINS:
        return Check(
            code="R4", name=name, status="lower bound only", sentence=BOUND_REMAINS[chosen.code], evidence=evidence
        )
    if chosen.status == "refused":
        return Check(
            code="R4",
            name=name,
            status="refused",
            sentence=f"The chosen estimate ({chosen.estimator}) has no value: {chosen.reason}",
            evidence=evidence,
        )
    empty = next((f for f in facts if f.n_admissible == 0), None)
    if empty is not None and not chosen.is_lower_bound:
        # What has a number all the same has it from its prior or from an average over boundaries.
        return Check(
            code="R4",
            name=name,
            status="lower bound only" if bounded else "refused",
            sentence=f"None of {empty.n_models:,} log-linear models has an estimate"
            f"{where_words(empty.stratum, facts)}, because cells that all of them need are empty (one list holds "
            "another, or hardly any overlap): a number from another family would be that of its prior.",
            evidence=evidence,
        )
    if not facts:
        return Check(
            code="R4", name=name, status="info", sentence="The models were not searched (needs two to six lists)."
        )
    if n_admissible < n_models:
        return Check(
            code="R4",
            name=name,
            status="warn",
            sentence=f"{n_models - n_admissible:,} of {n_models:,} models have no estimate on these counts and were "
            "left out.",
            evidence=evidence,
        )
    return Check(
        code="R4", name=name, status="ok", sentence=f"All {n_models:,} models have an estimate.", evidence=evidence
    )


def rule_width(interval: Interval | None) -> Check:
    """R12: an interval without an upper limit is a lower bound, a very wide one deserves a warning."""
    name = "width of the interval"
    if interval is None:
        return Check(code="R12", name=name, status="info", sentence="There is no interval: no estimate was given.")
    if math.isinf(interval.high):
        return Check(
            code="R12",
            name=name,
            status="lower bound only",
            sentence="The interval has no upper limit: the counts do not rule out any large number.",
            evidence=(("lower limit", f"{interval.low:,.0f}"),),
        )
    ratio = interval.high / interval.low if interval.low > 0 else math.inf
    evidence = (("upper over lower limit", f"{ratio:.2f}"),)
    if ratio > THRESHOLDS.width_warn:
        return Check(
            code="R12",
            name=name,
            status="warn",
            sentence=f"The upper limit is {ratio:.1f} times the lower: quote the interval, not the middle.",
            evidence=evidence,
        )
    return Check(
        code="R12",
        name=name,
        status="ok",
        sentence=f"The upper limit is {ratio:.1f} times the lower.",
        evidence=evidence,
    )


def rule_fit(facts: Sequence[ModelFacts], *, model_based: bool, chosen_p: float = math.nan) -> Check:
    """R13: models that do not describe those who were seen are no guide to those who were not.

    `chosen_p` is the goodness of fit of the chosen model (in its worst stratum); NaN if it leaves nothing to test.
    """
    known = [f for f in facts if f.n_admissible > 0]
    tested = [f for f in known if not math.isnan(f.best_p_value)]
    poorest = min(tested, key=lambda f: f.best_p_value, default=None)
    worst = min(known, key=lambda f: f.largest_p_value, default=None)
    own = chosen_p if model_based else math.nan
    evidence: tuple[tuple[str, str], ...] = ()
    if poorest is not None:
        evidence = (("p of the best model", _p(poorest.best_p_value)),)
    if not math.isnan(own):
        evidence = (*evidence, ("p of the chosen model", _p(own)))

    def check(status: CheckStatus, sentence: str) -> Check:
        return Check(code="R13", name="goodness of fit", status=status, sentence=sentence, evidence=evidence)

    if worst is not None and worst.largest_p_value < THRESHOLDS.all_rejected:
        evidence = (("largest p", _p(worst.largest_p_value)), *evidence)
        return check(
            "lower bound only" if model_based else "warn",
            f"No log-linear model describes the counts{where_words(worst.stratum, facts)} (all p below "
            f"{THRESHOLDS.all_rejected:g}): "
            + (
                "only lower bounds are left of what they can say."
                if model_based
                else "the chosen estimate, of another kind, was not tested against them."
            ),
        )
    if own < THRESHOLDS.all_rejected:
        return check(
            "lower bound only",
            f"The chosen model does not describe the counts (p = {_p(own)}): it is no guide to the people on no list.",
        )
    if own < THRESHOLDS.best_fit_warn:
        return check("warn", f"The chosen model describes the counts badly (p = {_p(own)}).")
    if poorest is not None and poorest.best_p_value < THRESHOLDS.best_fit_warn:
        return check(
            "warn",
            f"The best model describes the counts badly{where_words(poorest.stratum, facts)} "
            f"(p = {_p(poorest.best_p_value)}).",
        )
    if not math.isnan(own):
        return check("ok", "The chosen model or models describe the counts.")
    if poorest is not None:
        return check("ok", "The best model describes the counts.")
    if known:
        return check("info", "The best model has a parameter for every cell, which leaves nothing to test.")
    return check("info", "No model could be tested against the counts.")


def rule_bound(chosen: Estimate, bound: Estimate | None) -> Check:
    """R13: an estimate below the lower bound leaves out what makes lists overlap."""

    def check(status: CheckStatus, sentence: str, *evidence: tuple[str, str]) -> Check:
        return Check(
            code="R13", name="the estimate against the bound", status=status, sentence=sentence, evidence=evidence
        )

    if chosen.is_lower_bound:
        return check("info", "The choice is a lower bound itself.")
    mine, its = chosen.n_total_interval, bound.n_total_interval if bound is not None else None
    if chosen.n_total is None or mine is None or bound is None or bound.n_total is None or its is None:
        return check("info", "There is no estimate, or no bound to hold it against.")
    evidence = (
        ("chosen interval", f"{mine.low:,.0f} to {mine.high:,.0f}"),
        ("lower bound, unequal lists", f"{bound.n_total:,.0f} ({its.low:,.0f} to {its.high:,.0f})"),
    )
    if mine.high < its.low:
        return check(
            "lower bound only",
            f"The chosen estimate with its whole interval (up to {mine.high:,.0f}) lies below that of the lower bound "
            f"(from {its.low:,.0f}): it leaves out what makes these lists overlap.",
            *evidence,
        )
    if chosen.n_total < (1 - THRESHOLDS.below_bound_warn) * bound.n_total:
        return check(
            "warn",
            f"The chosen total lies below the lower bound, {bound.n_total:,.0f}: it may leave "
            "out what makes these lists overlap.",
            *evidence,
        )
    return check("ok", "The chosen total does not lie below the lower bound.", *evidence)


def _p(value: float) -> str:
    return f"{value:.2g}" if value > 0 else "less than 1e-300"
