"""How sure the links of a run are, and how far its number moves with them."""

from __future__ import annotations

import math

import numpy as np

from uncounted.estimation import Answer, Estimate
from uncounted.estimation.other_linkages import OtherLinkage, by_draw, other_linkages
from uncounted.linkage import (
    LinkQuality,
    calibrated_weights,
    chart_rows,
    cluster,
    decisions_needed,
    doubt_parts,
    link_quality,
    pairs_that_matter,
)
from uncounted.linkage.calibration import labelled_rows
from uncounted.linkage.pairs import probability
from uncounted.linkage.worth import unsure_pairs
from uncounted.pipeline.result import Run
from uncounted.pipeline.stages import Decided
from uncounted.register import Tabulation
from uncounted.report import LinkTrust
from uncounted.report.content import FieldWeight, LinkedTotal, MatteringPair, MissedPairs, Reliability

# Fewer reviewed pairs than this say nothing of precision and recall.
FEWEST_REVIEWED = 50
_PAIRS_SHOWN = 10


def quality_of(done: Run, decided: Decided) -> LinkQuality | None:
    """Return precision and recall of the links that the scores make, judged by reviewed pairs; None if these are few.

    Decisions are not forced in the clustering that is judged: where they are, every reviewed link is right.
    """
    if done.calibration.n_labels < FEWEST_REVIEWED:
        return None
    seed = done.project.seed
    by_score = cluster(
        done.pairs,
        done.project.linkage,
        n_draws=1,
        seed=seed,
        lists=done.records.list_index(),
        calibration=done.calibration,
    )
    found = link_quality(
        done.pairs,
        by_score,
        done.calibration,
        same=decided.pairs.drawn_same,
        different=decided.pairs.drawn_different,
        seed=seed,
        doubt=done.clusterings.doubt,
    )
    return None if math.isnan(found.precision) or math.isnan(found.recall) else found


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
        pairs=_pairs_that_matter(done),
        weights=tuple(
            FieldWeight(field=row.words, level=row.level, m=row.m, u=row.u, weight=row.weight)
            for row in chart_rows(done.pairs.weights)
            if row.share > 0.0  # what no pair shows has a weight by general knowledge alone
        ),
        agreement=decided.agreement.words if decided.agreement.n_pairs else "",
        outlook=_outlook(done, decided, tabulation, answer),
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
    held = _together(done.clusterings.point, lists, len(names))
    drawn = np.array([_together(labels, lists, len(names)) for labels in done.clusterings.draws])
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


def _together(labels: np.ndarray, lists: np.ndarray, n_lists: int) -> np.ndarray:
    """Count the pairs of records of one person by list pair, shape (lists, lists), upper triangle."""
    _, person = np.unique(labels, return_inverse=True)
    counts = np.zeros((int(person.max(initial=-1)) + 1, n_lists), dtype=np.int64)
    np.add.at(counts, (person, lists), 1)
    both = (counts.T @ counts).astype(np.float64)
    within = (counts * (counts - 1) // 2).sum(axis=0)
    both[np.diag_indices(n_lists)] = within
    return np.triu(both)


def _pairs_that_matter(done: Run) -> tuple[MatteringPair, ...]:
    rows = pairs_that_matter(
        done.pairs,
        done.clusterings,
        lists=done.records.list_index(),
        calibration=done.calibration,
        n=_PAIRS_SHOWN,
    )
    if not len(rows):
        return ()
    chances = probability(calibrated_weights(done.pairs, done.calibration)[rows])
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


def _outlook(done: Run, decided: Decided, tabulation: Tabulation, answer: Answer) -> str:
    """Say what more decisions would bring; nothing where the number cannot be made from each draw."""
    found = by_draw(answer, tabulation.table, criterion=done.project.estimate.criterion)
    if found is None:
        return ""
    calibration = done.calibration
    rows, _ = labelled_rows(done.pairs, decided.pairs.same, decided.pairs.different)
    parts = doubt_parts(
        found.totals,
        found.variances,
        done.clusterings,
        n_labels=calibration.n_labels,
        n_unsure=unsure_pairs(done.pairs, calibration, reviewed=rows.tolist()),
    )
    return decisions_needed(parts).words
