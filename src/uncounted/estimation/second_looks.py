"""Estimates made again on other tables, for the rules that compare: the whole, without a list, other linkages.

A second look need not be as exact as the first, but it must be of the same kind: where the chosen estimate comes from a
sampler, the average of the log-linear models is looked at twice in its place. Of several linkage draws the middle one
is taken, on both sides of each comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    """Checks R9, R10, R11 and R16."""

    coherence: Check
    linkage: Check
    dominance: Check
    closure: Check


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
    return SecondLooks(
        coherence=_coherence(one, first, background, again),
        linkage=_linkage(chosen, background, again),
        dominance=_dominance(one, first, again, models_disagree=models_disagree),
        closure=rule_closure(
            window_days=background.window_days,
            stay_days=background.stay_days,
            deaths_between=background.people_leave,
            duplicates_share=background.duplicates_share,
        ),
    )


def _coherence(
    one: CaptureTable,
    first: Estimate | None,
    background: Background,
    again: Callable[[CaptureTable], Estimate | None],
) -> Check:
    """R9: with several strata, the whole without strata against their sum, each against its documented people."""
    if first is None or first.n_total is None:
        parts: dict[str, float | None] = {}
        return rule_coherence(
            coherence_facts(one, None, parts, background.documented), subtractive=background.subtractive
        )
    if one.n_strata == 1:
        parts = {one.strata[0]: first.n_total}
        whole: float | None = first.n_total
    else:
        parts = {label: _total(again(one.stratum(label))) for label in one.strata}
        whole = _total(again(one.total()))
    return rule_coherence(coherence_facts(one, whole, parts, background.documented), subtractive=background.subtractive)


def _linkage(chosen: Estimate, background: Background, again: Callable[[CaptureTable], Estimate | None]) -> Check:
    """R10: strict against loose linkage where both are given, otherwise the spread over linkage draws."""
    strict = loose = None
    if background.strict is not None and background.loose is not None:
        strict, loose = _total(again(background.strict)), _total(again(background.loose))
    elif chosen.by_linkage is not None:
        strict, loose = chosen.by_linkage[1], chosen.by_linkage[0]
    return rule_linkage(
        strict=strict,
        loose=loose,
        precision=background.link_precision,
        recall=background.link_recall,
        over_draws=background.strict is None,
    )


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
