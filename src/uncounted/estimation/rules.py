"""The rules of the verdict, one function each, and the table of their thresholds.

Each rule takes plain facts and returns a check with one sentence; what they lead to together is decided in `verdict`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from uncounted.estimation.result import Check, Estimate, Interval
from uncounted.estimation.sensitivity import TWO_LIST_BAND
from uncounted.estimation.swing import ModelFacts, Overlap, Swing


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number that a verdict depends on, in one place.

    Attributes
    ----------
    overlap_warn, overlap_bound : int
        R3: fewer people on two or more lists than this: warning, lower bound only. Chapman's estimate is biased by
        -exp(-m) and varies by 1/sqrt(m): 38 % at 7 (Robson, Regier 1964), 20 % at 25.
    list_overlap_warn, list_size_warn : int
        R3: a list that shares fewer people with the others, or holds fewer, than this.
    swing_warn, swing_range : float
        R6: largest over smallest total among models that fit. On public tables: New Orleans 1.70, Korea 1.71, Kosovo
        1.78, Western 1.85; the two disputed national estimates 3.19 (UK) and 6.59 (Netherlands).
    swing_within_bic, fits_above : float
        R6: which models are compared: difference in BIC at most, goodness of fit p above.
    width_warn : float
        R12: upper over lower limit of the total.
    best_fit_warn, all_rejected : float
        R13: p of the best model below this: warning; largest p of all models below this: bounds only.
    """

    overlap_warn: int = 25
    overlap_bound: int = 7
    list_overlap_warn: int = 7
    list_size_warn: int = 10
    swing_warn: float = 1.5
    swing_range: float = 2.0
    swing_within_bic: float = 6.0
    fits_above: float = 0.01
    width_warn: float = 5.0
    best_fit_warn: float = 0.01
    all_rejected: float = 0.001


THRESHOLDS = Thresholds()


def rule_lists(overlaps: Sequence[Overlap], *, defended: bool) -> Check:
    """R1: one list says nothing of those it missed; two need an assumption that somebody must defend."""
    fewest = min(overlaps, key=lambda o: len(o.lists))
    n = len(fewest.lists)
    where = _where(fewest.stratum, overlaps)
    evidence = (("lists with people on them", str(n)),)
    if n < 2:
        what = "One list alone says" if n == 1 else "No list holds anybody, which says"
        return Check(
            code="R1",
            name="number of lists",
            status="refused",
            sentence=f"{what} nothing about the people it missed{where}.",
            evidence=evidence,
        )
    if n == 2 and not defended:
        low, high = TWO_LIST_BAND
        return Check(
            code="R1",
            name="number of lists",
            status="range only",
            sentence=f"Two lists{where} give a number only if they are independent, which nothing in them can show and "
            f"nobody has defended; the result is the range if people on one list are {1 / low:g} times less to "
            f"{high:g} times more likely (odds) to be on the other.",
            evidence=evidence,
        )
    if n == 2:
        return Check(
            code="R1",
            name="number of lists",
            status="warn",
            sentence=f"Two lists{where}: the number rests on their independence, which the analyst states and no data "
            "can test.",
            evidence=evidence,
        )
    return Check(
        code="R1", name="number of lists", status="ok", sentence=f"At least {n} lists hold people.", evidence=evidence
    )


def rule_built_from(built_from: Sequence[tuple[str, str]], overlaps: Sequence[Overlap], chosen: Estimate) -> Check:
    """R2: a list made from another adds no information; pairs of such lists give no estimate."""
    held = {name for o in overlaps for name in o.lists}
    pairs = [(a, b) for a, b in built_from if a in held and b in held]
    if not pairs:
        return Check(
            code="R2",
            name="lists made from one another",
            status="ok",
            sentence="No list is declared to be made from another.",
        )
    words = "; ".join(f"'{a}' was made from '{b}'" for a, b in pairs)
    evidence = tuple((a, f"built from {b}") for a, b in pairs)
    if len(held) == 2:
        return Check(
            code="R2",
            name="lists made from one another",
            status="refused",
            sentence=f"{words}: together they are one list, and one list says nothing about the people it missed.",
            evidence=evidence,
        )
    used = set(chosen.assumption.lists)
    if len(used) == 2 and any({a, b} == used for a, b in pairs):
        return Check(
            code="R2",
            name="lists made from one another",
            status="refused",
            sentence=f"The chosen estimate takes the overlap of two lists for chance, but {words}.",
            evidence=evidence,
        )
    return Check(
        code="R2",
        name="lists made from one another",
        status="warn",
        sentence=f"{words}: it adds no information and makes the overlap look larger; merge them.",
        evidence=evidence,
    )


def rule_overlap(overlaps: Sequence[Overlap]) -> Check:
    """R3: the people on two or more lists carry all the information about those on none."""
    limits = THRESHOLDS
    name = "overlap"
    thinnest = min(overlaps, key=lambda o: o.on_two_or_more)
    m, where = thinnest.on_two_or_more, _where(thinnest.stratum, overlaps)
    evidence = (("people on two or more lists", f"{m:,.0f}"),)
    split = [o for o in overlaps if len(o.islands) > 1]
    if split:
        groups = " and ".join("{" + ", ".join(g) + "}" for g in split[0].islands)
        return Check(
            code="R3",
            name=name,
            status="lower bound only",
            sentence=f"The lists fall into groups that share nobody{_where(split[0].stratum, overlaps)}: {groups}; "
            "nothing ties their totals together, so estimate each group by itself.",
            evidence=(*evidence, ("groups", groups)),
        )
    if m < limits.overlap_bound:
        return Check(
            code="R3",
            name=name,
            status="lower bound only",
            sentence=f"Only {_people(m)} on two or more lists{where}; below {limits.overlap_bound} any total is "
            "guesswork.",
            evidence=evidence,
        )
    thin = [
        f"'{name}' holds {total:,.0f} and shares {shared:,.0f}"
        for o in overlaps
        for name, total, shared in zip(o.lists, o.list_totals, o.list_overlaps, strict=True)
        if total < limits.list_size_warn or shared < limits.list_overlap_warn
    ]
    empty = sorted({f"'{x}' holds nobody and is left out" for o in overlaps for x in o.empty})
    reasons = []
    if m < limits.overlap_warn:
        reasons.append(f"only {_people(m)} on two or more lists{where}")
    if thin or empty:
        shown = [*thin, *empty]
        more = f" and {len(shown) - 2} more such cases" if len(shown) > 2 else ""
        reasons.append(f"list {', '.join(shown[:2])}{more}")
    if reasons:
        text = "; ".join(reasons)
        return Check(
            code="R3",
            name=name,
            status="warn",
            sentence=f"{text[0].upper()}{text[1:]}: a thin base for a total.",
            evidence=evidence,
        )
    return Check(
        code="R3", name=name, status="ok", sentence=f"{m:,.0f} people are on two or more lists.", evidence=evidence
    )


def rule_existence(facts: Sequence[ModelFacts], chosen: Estimate) -> Check:
    """R4: no number without an estimate that exists and is unique."""
    name = "existence of the estimate"
    n_models = sum(f.n_models for f in facts)
    n_admissible = sum(f.n_admissible for f in facts)
    evidence = (("models", f"{n_models:,}"), ("with an estimate", f"{n_admissible:,}")) if facts else ()
    if chosen.status == "refused":
        return Check(
            code="R4",
            name=name,
            status="refused",
            sentence=f"The chosen estimate ({chosen.estimator}) has no value: {chosen.reason}",
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


def rule_swing(swing: Swing | None) -> Check:
    """R6: models that fit equally well should not disagree by much about those on no list."""
    name = "swing between models"
    if swing is None:
        return Check(
            code="R6",
            name=name,
            status="info",
            sentence="Models could not be compared with each other: too few or too many lists, or none fits.",
        )
    words = f"{swing.low:,.0f} to {swing.high:,.0f}"
    evidence = (
        ("models that fit about equally well", f"{swing.n_models:,}"),
        ("totals", words),
        ("largest over smallest", f"{swing.ratio:.2f}"),
    )
    who = (
        f"{swing.n_models:,} models, the best of those searched and of the larger ones beyond,"
        if swing.widened
        else f"{swing.n_models:,} models fit about equally well and"
    )
    said = f"{who} say {words} in all, a factor of {swing.ratio:.2f}"
    if swing.ratio > THRESHOLDS.swing_range:
        return Check(
            code="R6",
            name=name,
            status="range only",
            sentence=f"{said}: the data do not choose between them.",
            evidence=evidence,
        )
    if swing.ratio > THRESHOLDS.swing_warn:
        return Check(code="R6", name=name, status="warn", sentence=f"{said}.", evidence=evidence)
    if swing.n_models == 1 and not swing.widened:
        said = "One model alone fits well"
    return Check(code="R6", name=name, status="ok", sentence=f"{said}.", evidence=evidence)


def rule_coverage(not_covered: Sequence[str], overlaps: Sequence[Overlap]) -> Check:
    """R8: nobody can estimate people whom no list could have recorded."""
    name = "whom the lists could see"
    if not_covered:
        groups = ", ".join(not_covered)
        return Check(
            code="R8",
            name=name,
            status="refused",
            sentence=f"No list could have recorded {groups}, who belong to the population: take them out of its "
            "sentence or add a list.",
            evidence=tuple(("not covered", g) for g in not_covered),
        )
    blind = [o.stratum for o in overlaps if len(o.lists) + len(o.empty) == 0]
    single = [o.stratum for o in overlaps if len(o.lists) + len(o.empty) == 1]
    if len(overlaps) > 1 and (blind or single):
        shown = ", ".join(f"'{x}'" for x in (blind or single)[:5])
        many = "no list" if blind else "only one list"
        return Check(
            code="R8",
            name=name,
            status="refused",
            sentence=f"In stratum {shown} {many} could have recorded anybody, so nothing can be estimated there.",
            evidence=tuple(("stratum", x) for x in blind + single),
        )
    return Check(
        code="R8",
        name=name,
        status="ok",
        sentence="The number speaks only of people whom the lists could have recorded.",
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


def rule_fit(facts: Sequence[ModelFacts], *, model_based: bool) -> Check:
    """R13: models that do not describe those who were seen are no guide to those who were not."""
    name = "goodness of fit"
    known = [f for f in facts if f.n_admissible > 0]
    if not known:
        return Check(code="R13", name=name, status="info", sentence="No model could be tested against the counts.")
    worst = min(known, key=lambda f: f.largest_p_value)
    if worst.largest_p_value < THRESHOLDS.all_rejected:
        return Check(
            code="R13",
            name=name,
            status="lower bound only" if model_based else "warn",
            sentence=f"No model describes the counts{_where(worst.stratum, facts)} (all p below "
            f"{THRESHOLDS.all_rejected:g}): only lower bounds are left of what models can say.",
            evidence=(("largest p", f"{worst.largest_p_value:.2g}"),),
        )
    tested = [f for f in known if not math.isnan(f.best_p_value)]
    poorest = min(tested, key=lambda f: f.best_p_value, default=None)
    if poorest is not None and poorest.best_p_value < THRESHOLDS.best_fit_warn:
        return Check(
            code="R13",
            name=name,
            status="warn",
            sentence=f"The best model describes the counts badly{_where(poorest.stratum, facts)} "
            f"(p = {poorest.best_p_value:.2g}).",
            evidence=(("p of the best model", f"{poorest.best_p_value:.2g}"),),
        )
    return Check(
        code="R13",
        name=name,
        status="ok",
        sentence="The best model describes the counts.",
        evidence=(("p of the best model", f"{poorest.best_p_value:.2g}"),) if poorest is not None else (),
    )


def _people(n: float) -> str:
    return "1 person is" if n == 1 else f"{n:,.0f} people are"


def _where(stratum: str, all_of_them: Sequence[object]) -> str:
    return f" in stratum '{stratum}'" if len(all_of_them) > 1 else ""
