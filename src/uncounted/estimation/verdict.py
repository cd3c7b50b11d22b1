"""Whether a number may be used: every rule is asked, and the hardest level wins.

With linkage draws, overlaps (R3) are medians over draws; models (R4, R6, R13) are those of the middle draw, an actual
clustering; refusals (R4) and the width (R12) come from the pooled estimate, which a single bad draw can refuse. With
strata, each rule looks at its worst stratum, because a sum is no better than its worst part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.background import NOTHING_KNOWN, Background
from uncounted.estimation.chao import Chao
from uncounted.estimation.held import HoldOut
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import NOTHING_BEYOND, VERDICT_ORDER, Check, Estimate, Interval, Verdict, VerdictLevel
from uncounted.estimation.rules import (
    THRESHOLDS,
    rule_built_from,
    rule_coverage,
    rule_lists,
    rule_overlap,
    rule_swing,
)
from uncounted.estimation.rules_chosen import rule_bound, rule_existence, rule_fit, rule_width
from uncounted.estimation.rules_families import rule_families, rule_held_out, witnesses
from uncounted.estimation.rules_sampled import rule_prior, rule_sampler
from uncounted.estimation.second_looks import Refit, second_looks
from uncounted.estimation.sensitivity import TWO_LIST_BAND
from uncounted.estimation.swing import (
    Swing,
    footings,
    independent_pair,
    model_facts,
    overlap_facts,
    total_swing,
)

# What ties the lists together is learnt from all strata at once, so that a stratum may have fewer than two lists.
SHARED_BETWEEN_STRATA = ("loglinear-coverage", "hierarchical")
EQUAL, UNEQUAL = Chao(), Chao(unequal_lists=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Checks, the verdict they lead to, and the range that may be quoted if it is "range only"."""

    checks: tuple[Check, ...]
    verdict: Verdict
    range: Interval | None


def judge(
    table: CaptureTable,
    chosen: Estimate,
    search: ModelSearch,
    *,
    level: float,
    independence_defended: bool,
    not_covered: Sequence[str],
    seed: int = 1,
    rows: Sequence[Estimate] = (),
    background: Background = NOTHING_KNOWN,
    hold_out: HoldOut | None = None,
    held_by: str = "",
    refit: Refit | None = None,
) -> Judgement:
    """Apply every rule to a table and its chosen estimate.

    Parameters
    ----------
    table : CaptureTable
        What was estimated from.
    chosen : Estimate
        The analyst's choice, refused or not.
    search : ModelSearch
        Fits of all models.
    level : float
        Interval level, for the range.
    independence_defended : bool
        Whether the analyst states that two lists are independent (R1): the only two, or those of the chosen estimate.
    not_covered : sequence of str
        Groups of the population that no list could have recorded (R8).
    seed : int
        Of the pooled draws of the lower bounds, as given to `estimate` (R4, R13).
    rows : sequence of Estimate
        All estimates of the table, for the rules that compare them (R5, R17).
    background : Background
        What no table of counts can show (R9, R10, R16).
    hold_out, held_by : HoldOut or None, str
        Lists held out, and the estimator that stands for the chosen one there (R14).
    refit : callable or None
        Makes the chosen kind of estimate from another table (R9, R10, R11); without it these rules are not asked.

    Returns
    -------
    Judgement
        One check per rule (two for R13), in the order of their numbers.
    """
    overlaps = overlap_facts(table)
    facts = model_facts(
        table, search, level=level, within_bic=THRESHOLDS.swing_within_bic, p_above=THRESHOLDS.fits_above
    )
    swing = total_swing(facts)
    bounds = _bounds(table, level=level, seed=seed)
    by_swing = rule_swing(swing)
    shared = chosen.estimator in SHARED_BETWEEN_STRATA
    looks = (
        second_looks(table, chosen, background, refit, models_disagree=by_swing.status == "range only")
        if refit is not None
        else None
    )
    checks = (
        rule_lists(overlaps, defended=independence_defended, pair=independent_pair(chosen), shared=shared),
        rule_built_from(table.built_from, overlaps, chosen),
        rule_overlap(overlap_facts(table.total()) if shared else overlaps, footings(table, chosen)),
        rule_existence(facts, chosen, bounded=bool(bounds)),
        rule_sampler(rows, chosen.estimator),
        by_swing,
        rule_prior(chosen),
        rule_coverage(not_covered, overlaps, shared=shared),
        *((looks.coherence, looks.linkage, looks.dominance) if looks is not None else ()),
        rule_width(chosen.n_total_interval),
        rule_fit(
            facts,
            model_based=chosen.estimator.startswith("loglinear"),
            chosen_p=_own_p(chosen),
        ),
        rule_bound(chosen, next((b for b in bounds if b.estimator == UNEQUAL.id), None)),
        rule_held_out(hold_out, held_by, stands_in=held_by != chosen.estimator),
        *((looks.closure,) if looks is not None else ()),
        rule_families(rows, chosen.estimator, compared=bool(facts)),
    )
    verdict = verdict_of(checks, chosen)
    linked = looks.linkage_span if looks is not None else None
    span = _range(chosen, rows, swing, checks, level, linked=linked) if verdict.level == "range only" else None
    return Judgement(checks=checks, verdict=verdict, range=span)


def _own_p(chosen: Estimate) -> float:
    """Return the goodness of fit of the chosen model; what the search chose is tested among the facts already."""
    searched = ("loglinear-best", "loglinear-average", "loglinear-selected")
    return math.nan if chosen.fit is None or chosen.estimator in searched else chosen.fit.p_value


def verdict_of(checks: Sequence[Check], chosen: Estimate) -> Verdict:
    """Return the hardest level that a check or the chosen estimate itself asks for, with the sentences that did it.

    What a refused estimate leads to is for rule R4 to say: a lower bound may be left.
    """
    asked: list[VerdictLevel] = [c.status for c in checks if c.status in VERDICT_ORDER]
    if chosen.status == "estimated":
        asked.append(chosen.verdict.level)
    hardest = max((VERDICT_ORDER.index(x) for x in asked), default=0)
    fired = [c for c in checks if c.status in VERDICT_ORDER or c.status in ("warn", "error")]
    fired.sort(key=lambda c: -VERDICT_ORDER.index(c.status) if c.status in VERDICT_ORDER else 0)
    level: VerdictLevel = VERDICT_ORDER[hardest]
    own = () if chosen.verdict.level == "refused" else chosen.verdict.sentences
    return Verdict(level=level, sentences=tuple(dict.fromkeys([c.sentence for c in fired] + list(own))))


def _bounds(table: CaptureTable, *, level: float, seed: int) -> tuple[Estimate, ...]:
    """Return the lower bounds that exist; none if one of them adds nobody to the documented (see `Answer`)."""
    found = []
    for estimator in (EQUAL, UNEQUAL):
        try:
            found.append(estimator.fit(table, level=level, seed=seed))
        except NotEstimable as error:
            if error.code == NOTHING_BEYOND:
                return ()
    return tuple(found)


def _range(
    chosen: Estimate,
    rows: Sequence[Estimate],
    swing: Swing | None,
    checks: Sequence[Check],
    level: float,
    *,
    linked: tuple[float, float] | None = None,
) -> Interval | None:
    """Return what may be quoted instead of a number: the union of everything the rules that fired leave open."""
    if chosen.n_total_interval is None:
        return None
    lows, highs = [chosen.n_total_interval.low], [chosen.n_total_interval.high]
    ways = [f"{level:.0%} interval of the chosen estimate"]
    fired = {c.code for c in checks if c.status == "range only"}
    if "R1" in fired:
        ends = {p.odds_ratio: p for p in chosen.sensitivity}
        lows.append(ends[TWO_LIST_BAND[0]].low)
        highs.append(ends[TWO_LIST_BAND[1]].high)
        ways = [f"{level:.0%} intervals for dependence odds ratios from {TWO_LIST_BAND[0]:g} to {TWO_LIST_BAND[1]:g}"]
    if "R6" in fired and swing is not None:
        lows.append(swing.low_limit)
        highs.append(swing.high_limit)
        ways.append(f"{level:.0%} intervals of the {swing.n_models:,} models compared (rule R6)")
    if "R10" in fired and linked is not None:
        lows.append(linked[0])
        highs.append(linked[1])
        ways.append(f"{level:.0%} intervals of a strict and a loose linkage (rule R10)")
    if "R17" in fired:
        others = [e.n_total_interval for e in witnesses(rows, chosen.estimator) if e.n_total_interval is not None]
        lows += [i.low for i in others]
        highs += [i.high for i in others]
        ways.append(f"{level:.0%} intervals of the other families of models (rule R17)")
    return Interval(low=min(lows), high=max(highs), level=level, method="union of the " + " and the ".join(ways))
