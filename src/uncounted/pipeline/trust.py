"""How sure the links of a run are, and how far its number moves with them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from uncounted.estimation import Answer, Estimate
from uncounted.estimation.other_linkages import OtherLinkage, by_draw, other_linkages
from uncounted.linkage import (
    LinkQuality,
    chart_rows,
    cluster,
    decisions_needed,
    doubt_parts,
    link_quality,
    pairs_that_matter,
)
from uncounted.linkage.calibration import labelled_rows
from uncounted.linkage.missed import pairs_by_lists
from uncounted.linkage.pairs import probability
from uncounted.linkage.worth import open_weights, unsure_pairs
from uncounted.pipeline.result import Run
from uncounted.pipeline.stages import Decided, Stages
from uncounted.register import Tabulation
from uncounted.report import LinkTrust
from uncounted.report.content import FieldWeight, LinkedTotal, MatteringPair, MissedPairs, Reliability

# Fewer reviewed pairs than this say nothing of precision and recall.
FEWEST_REVIEWED = 50
_PAIRS_SHOWN = 10


def quality_of(done: Run, decided: Decided, stages: Stages, key: str) -> LinkQuality | None:
    """Return precision and recall of the links that the scores make, by reviewed pairs; None if these are few."""
    if done.calibration.n_labels < FEWEST_REVIEWED:
        return None
    found = stages.do("quality", key, LinkQuality, lambda: _judged(done, decided))
    return None if math.isnan(found.precision) or math.isnan(found.recall) else found


def _judged(done: Run, decided: Decided) -> LinkQuality:
    """Judge the links of a clustering without decisions: where they are forced, every reviewed link is right."""
    seed = done.project.seed
    by_score = cluster(
        done.pairs,
        done.project.linkage,
        n_draws=1,
        seed=seed,
        lists=done.records.list_index(),
        calibration=done.calibration,
    )
    return link_quality(
        done.pairs,
        by_score,
        done.calibration,
        same=decided.pairs.drawn_same,
        different=decided.pairs.drawn_different,
        seed=seed,
        doubt=done.clusterings.doubt,
    )


def link_trust(
    done: Run, decided: Decided, tabulation: Tabulation, answer: Answer, quality: LinkQuality | None
) -> LinkTrust:
    """Return what the section "How sure are the links" shows.

    Parameters
    ----------
    done : Run
        Linked.
    decided : Decided
        What reviewers decided.
    tabulation : Tabulation
        Tables of the draws, of the best clustering, and under a strict and a loose rule.
    answer : Answer
        Made from the draws.
    quality : LinkQuality or None
        See `quality_of`.
    """
    pairs = decided.pairs
    calibration = done.calibration
    rows, _ = labelled_rows(done.pairs, pairs.same, pairs.different)
    weight = open_weights(done.pairs, calibration, reviewed=rows.tolist())
    return LinkTrust(
        totals=_totals(done, tabulation, answer),
        n_same=len(pairs.same),
        n_different=len(pairs.different),
        n_unsure=pairs.n_unsure,
        calibration_error=None
        if math.isnan(calibration.calibration_error)
        else (
            calibration.calibration_error,
            calibration.calibration_error_low,
            calibration.calibration_error_high,
        ),
        precision=None if quality is None else (quality.precision, quality.precision_low, quality.precision_high),
        recall=None if quality is None else (quality.recall, quality.recall_low, quality.recall_high),
        reliability=tuple(
            Reliability(
                low=b.low,
                high=b.high,
                n=b.n_reviewed,
                stated=b.mean_prob,
                seen=b.share_same,
                seen_low=b.same_low,
                seen_high=b.same_high,
            )
            for b in calibration.reliability
            if b.n_reviewed
        ),
        missed=_missed(done),
        pairs=_pairs_that_matter(done, weight),
        weights=tuple(
            FieldWeight(field=row.words, level=row.level, m=row.m, u=row.u, weight=row.weight)
            for row in chart_rows(done.pairs.weights)
            if row.share > 0.0  # what no pair shows has a weight by general knowledge alone
        ),
        agreement=decided.agreement.words if decided.agreement.n_pairs else "",
        outlook=_outlook(done, tabulation, answer, n_unsure=unsure_pairs(weight)),
    )


def _totals(done: Run, tabulation: Tabulation, answer: Answer) -> tuple[LinkedTotal, ...]:
    linkage = done.project.linkage
    tables = {"as certain": tabulation.point}
    if tabulation.strict is not None and tabulation.loose is not None:
        tables |= {"strict": tabulation.strict, "loose": tabulation.loose}
    words = {
        "as certain": "taken as certain (the best single linkage)",
        "strict": f"strict: pairs likelier than {linkage.strict:.0%}",
        "loose": f"loose: pairs likelier than {linkage.loose:.0%}",
    }
    spec = done.project.estimate
    again = other_linkages(answer, tables, criterion=spec.criterion, max_order=spec.max_order)
    return (_with_doubt(answer.chosen), *(_linked_total(one, words[one.linkage]) for one in again))


def _with_doubt(chosen: Estimate) -> LinkedTotal:
    interval = chosen.n_total_interval
    return LinkedTotal(
        role="with doubt",
        words="with the doubt of the links",
        n_listed=chosen.n_listed,
        n_total=chosen.n_total,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )


def _linked_total(one: OtherLinkage, words: str) -> LinkedTotal:
    return LinkedTotal(
        role=one.linkage, words=words, n_listed=one.n_listed, n_total=one.n_total, low=one.low, high=one.high
    )


def _missed(done: Run) -> tuple[MissedPairs, ...]:
    """Return by list pair the pairs that the best clustering holds together and those that the draws hold beyond it."""
    lists, names = done.records.list_index(), done.records.lists
    held = pairs_by_lists(done.clusterings.point, lists, len(names))
    drawn = np.array([pairs_by_lists(labels, lists, len(names)) for labels in done.clusterings.draws])
    beyond = drawn - held
    low, middle, high = np.quantile(beyond, (0.025, 0.5, 0.975), axis=0)
    return tuple(
        MissedPairs(
            first=names[j],
            second=names[k],
            linked=float(held[j, k]),
            missed=float(middle[j, k]),
            low=float(low[j, k]),
            high=float(high[j, k]),
        )
        for j in range(len(names))
        for k in range(j, len(names))
        if held[j, k] or high[j, k]
    )


def _pairs_that_matter(done: Run, weight: NDArray[np.float64]) -> tuple[MatteringPair, ...]:
    rows = pairs_that_matter(
        done.pairs, done.clusterings, lists=done.records.list_index(), weight=weight, n=_PAIRS_SHOWN
    )
    chances = probability(weight[rows])
    ids = done.records.table["record_id"]
    table = done.pairs.table
    return tuple(
        MatteringPair(
            left=ids[table["left"][int(row)].as_py()].as_py(),
            right=ids[table["right"][int(row)].as_py()].as_py(),
            probability=float(w),
        )
        for row, w in zip(rows, chances, strict=True)
    )


def _outlook(done: Run, tabulation: Tabulation, answer: Answer, *, n_unsure: int) -> str:
    """Say what more decisions would bring; nothing where the number cannot be made from each draw."""
    found = by_draw(answer, tabulation.table, criterion=done.project.estimate.criterion)
    if found is None:
        return ""
    parts = doubt_parts(
        found.totals, found.variances, done.clusterings, n_labels=done.calibration.n_labels, n_unsure=n_unsure
    )
    return decisions_needed(parts).words
