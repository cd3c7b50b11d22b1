"""Estimates made again on other tables, for the rules that compare: the whole, without a list, other linkages.

A second look need not be as exact as the first, but it must be of the same kind: where the chosen estimate comes from a
sampler, the average of the log-linear models is looked at twice in its place. Of several linkage draws the middle one
is taken, on both sides of each comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.estimation.background import Background
from uncounted.estimation.cells import median_draw
from uncounted.estimation.coherence import (
    coherence_facts,
    dominance_facts,
    rule_closure,
    rule_coherence,
    rule_dominance,
    rule_linkage,
)
from uncounted.estimation.result import Check, Estimate

#: (estimator id, table) -> its estimate, or None where it has none or names a list that is gone.
Refit = Callable[[str, CaptureTable], Estimate | None]
STAND_IN = "loglinear-average"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLooks:
    """Checks R9, R10, R11 and R16; outermost limits over a strict and a loose linkage, where both are given."""

    coherence: Check
    linkage: Check
    dominance: Check
    closure: Check
    linkage_span: tuple[float, float] | None = None


def second_looks(
    table: CaptureTable, chosen: Estimate, background: Background, refit: Refit, *, models_disagree: bool
) -> SecondLooks:
    """Estimate again where a rule compares, and apply the rules.

    Parameters
    ----------
    table, chosen
        What was estimated from, and the analyst's choice.
    background : Background
        What no table can show.
    refit : callable
        Makes an estimate of the same kind from another table.
    models_disagree : bool
        Whether rule R6 fired, which makes R11 harder.
    """
    one = table.draw(median_draw(table)) if table.n_draws > 1 else table
    kind = STAND_IN if chosen.fit is not None and chosen.fit.sampling is not None else chosen.estimator

    def again(other: CaptureTable) -> Estimate | None:
        return refit(kind, other)

    first = chosen if kind == chosen.estimator and one is table else again(one)
    itself = kind == chosen.estimator
    linkage, span = _linkage(chosen, background, again)
    return SecondLooks(
        coherence=_said(_coherence(one, chosen, first, background, again, itself=itself), itself=itself),
        linkage=_said(linkage, itself=itself or background.strict is None),
        dominance=_said(_dominance(one, first, again, models_disagree=models_disagree), itself=itself),
        closure=rule_closure(
            window_days=background.window_days,
            stay_days=background.stay_days,
            deaths_between=background.people_leave,
            duplicates_share=background.duplicates_share,
        ),
        linkage_span=span,
    )


def _said(check: Check, *, itself: bool) -> Check:
    """Say so where another estimator stood in for the chosen one."""
    if itself or check.status in ("info", "refused"):
        return check
    return replace(check, sentence=f"{check.sentence} Tried with {STAND_IN}, which stands in for the chosen estimate.")


def _coherence(
    one: CaptureTable,
    chosen: Estimate,
    first: Estimate | None,
    background: Background,
    again: Callable[[CaptureTable], Estimate | None],
    *,
    itself: bool,
) -> Check:
    """R9: with several strata, the whole without strata against their sum; and nothing below its documented people.

    What is documented is held against the chosen estimate itself; a stand-in only tells total over strata.
    """
    subtractive = background.subtractive
    known = coherence_facts(one, chosen.n_total, {}, background.documented)
    below = chosen.n_total is not None and chosen.n_total < known.total.documented
    if below or first is None or first.n_total is None:
        return rule_coherence(known, subtractive=subtractive)
    parts: dict[str, float | None]
    if one.n_strata == 1:
        parts, whole = {one.strata[0]: chosen.n_total}, chosen.n_total
    else:
        parts = {label: _total(again(one.stratum(label))) for label in one.strata}
        whole = _total(again(one.total()))
    documented = background.documented if itself or one.n_strata == 1 else None
    return rule_coherence(coherence_facts(one, whole, parts, documented), subtractive=subtractive)


def _linkage(
    chosen: Estimate, background: Background, again: Callable[[CaptureTable], Estimate | None]
) -> tuple[Check, tuple[float, float] | None]:
    """R10: strict against loose linkage where both are given, otherwise the spread over linkage draws."""
    strict = loose = None
    span = None
    if background.strict is not None and background.loose is not None:
        both = (again(background.strict), again(background.loose))
        strict, loose = _total(both[0]), _total(both[1])
        limits = [e.n_total_interval for e in both if e is not None and e.n_total_interval is not None]
        span = (min(i.low for i in limits), max(i.high for i in limits)) if limits else None
    elif chosen.by_linkage is not None:
        strict, loose = chosen.by_linkage[1], chosen.by_linkage[0]
    check = rule_linkage(
        strict=strict,
        loose=loose,
        precision=background.link_precision,
        recall=background.link_recall,
        over_draws=background.strict is None,
    )
    return check, span


def _dominance(
    one: CaptureTable,
    first: Estimate | None,
    again: Callable[[CaptureTable], Estimate | None],
    *,
    models_disagree: bool,
) -> Check:
    """R11: each list left out in turn."""
    if first is None:
        counts = one.counts[0].sum(axis=0)
        shares = counts @ one.patterns.astype(np.int64) / max(int(counts.sum()), 1)
        return Check(
            code="R11",
            name="one list that carries the number",
            status="info",
            sentence="There is no estimate to make again without each list.",
            evidence=tuple((f"'{x}'", f"{s:.0%} of the documented") for x, s in zip(one.lists, shares, strict=True)),
        )
    return rule_dominance(dominance_facts(one, first, again), models_disagree=models_disagree)


def _total(estimate: Estimate | None) -> float | None:
    return estimate.n_total if estimate is not None else None
