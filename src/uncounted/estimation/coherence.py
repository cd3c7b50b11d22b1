"""Rules of the verdict about coherence: do the total, its parts, the linkage, the window and each list fit together.

Facts are gathered apart from the rules that judge them, as in `rules`: rule R9 (total, strata and documented people),
R10 (linkage), R11 (one list that carries everything) and R16 (a population that stays the same while it is counted).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.errors import ProjectError, did_you_mean
from uncounted.estimation.cells import median_draw
from uncounted.estimation.result import Check, CheckStatus, Estimate
from uncounted.estimation.rules import THRESHOLDS

TOTAL_OVER_STRATA_LOW = THRESHOLDS.strata_ratio_low
TOTAL_OVER_STRATA_HIGH = THRESHOLDS.strata_ratio_high
LINKAGE_WARN = THRESHOLDS.linkage_warn
LINKAGE_RANGE = THRESHOLDS.linkage_range
REVIEWED_LINKAGE_RANGE = THRESHOLDS.reviewed_range
DOMINANT_SHARE_WARN = THRESHOLDS.dominant_share
DELETION_WARN = THRESHOLDS.deletion_warn
WINDOW_OVER_STAY_WARN = THRESHOLDS.window_over_stay
DUPLICATES_WARN = THRESHOLDS.duplicates_warn

Refit = Callable[[CaptureTable], Estimate | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stratum, or the whole: people documented there (with records left out of the lists) and estimated there."""

    name: str
    documented: int
    estimated: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coherence:
    """What rule R9 looks at.

    Attributes
    ----------
    total : Part
        The whole population.
    strata : tuple of Part
        In the order of the table.
    ratio : float
        Total over the sum of the strata; NaN unless all of them have an estimate.
    """

    total: Part
    strata: tuple[Part, ...]
    ratio: float


def coherence_facts(
    table: CaptureTable,
    estimate_of_total: float | None,
    estimates_by_stratum: Mapping[str, float | None],
    documented: Mapping[str, int] | None = None,
) -> Coherence:
    """Gather totals, their parts and the people documented.

    Parameters
    ----------
    table : CaptureTable
        Strata, and the people listed (in the middle linkage draw).
    estimate_of_total : float or None
        Estimate made from the whole, without strata; None if there is none.
    estimates_by_stratum : mapping of str to float or None
        Estimate of each stratum; those left out or None have none.
    documented : mapping of str to int, or None
        People documented in a stratum in any way, records left out of the lists included. Where it says less than the
        table lists, or nothing, the table counts.

    Returns
    -------
    Coherence
        The documented total is the sum of the strata's.

    Raises
    ------
    ProjectError
        E56 for a stratum that the table does not have, or a number that is not finite or below 0.
    """
    known = documented if documented is not None else {}
    for label in (*estimates_by_stratum, *known):
        if label not in table.strata:
            raise ProjectError(
                f"no stratum '{label}'.{did_you_mean(label, table.strata)} Strata: {', '.join(table.strata)}.",
                code="E56",
            )
    numbers = [estimate_of_total, *estimates_by_stratum.values(), *known.values()]
    if any(x is not None and not (math.isfinite(x) and x >= 0) for x in numbers):
        raise ProjectError("estimates and documented people must be finite numbers from 0.", code="E56")
    listed = table.counts[median_draw(table)].sum(axis=1)
    strata = tuple(
        Part(
            name=label,
            documented=max(int(n), int(known.get(label, 0))),
            estimated=estimates_by_stratum.get(label),
        )
        for label, n in zip(table.strata, listed, strict=True)
    )
    parts = [p.estimated for p in strata]
    added = math.fsum(p for p in parts if p is not None) if None not in parts else math.nan
    ratio = estimate_of_total / added if estimate_of_total is not None and added > 0 else math.nan
    whole = Part(name="", documented=sum(p.documented for p in strata), estimated=estimate_of_total)
    return Coherence(total=whole, strata=strata, ratio=ratio)


def rule_coherence(facts: Coherence, *, subtractive: bool = False) -> Check:
    """R9: a total agrees with the sum of its parts, and no estimate is below what is documented.

    `subtractive` says that the number was had by taking one estimate from another, as that of a group no list names.
    """
    name = "total and parts"
    evidence = _coherence_evidence(facts)

    def check(status: CheckStatus, sentence: str) -> Check:
        return Check(code="R9", name=name, status=status, sentence=sentence, evidence=evidence)

    below = [p for p in (facts.total, *facts.strata) if p.estimated is not None and p.estimated < p.documented]
    if below:
        worst = min(below, key=lambda p: ((p.estimated or 0.0) / p.documented, p.name))
        where = f"of stratum '{worst.name}'" if worst.name else "of the total"
        more = f" (and in {len(below) - 1} more)" if len(below) > 1 else ""
        return check(
            "refused",
            f"The estimate {where}, {worst.estimated:,.0f}, is below the {worst.documented:,} people documented "
            f"there{more}, which is impossible.",
        )
    if subtractive:
        return check(
            "warn",
            "The number is the difference of two estimates: their errors add up while the number shrinks, and what "
            "biases one of them goes into it whole.",
        )
    if not math.isnan(facts.ratio) and not TOTAL_OVER_STRATA_LOW <= facts.ratio <= TOTAL_OVER_STRATA_HIGH:
        size = "below" if facts.ratio < 1 else "above"
        return check(
            "warn",
            f"The total estimated from all strata together lies {size} the sum of the strata by a factor of "
            f"{max(facts.ratio, 1 / facts.ratio):.2f}: people differ between strata in how they are recorded, and the "
            "sum is to be preferred.",
        )
    if math.isnan(facts.ratio):
        return check("info", "There is no estimate of every stratum and of the total to hold against each other.")
    if len(facts.strata) == 1:
        return check("ok", "The estimate is not below the people documented.")
    return check("ok", f"The total is {facts.ratio:.2f} times the sum of the strata, and none is below the documented.")


def _coherence_evidence(facts: Coherence) -> tuple[tuple[str, str], ...]:
    rows = [] if math.isnan(facts.ratio) else [("total over sum of strata", f"{facts.ratio:.2f}")]
    for part in (facts.total, *facts.strata):
        label = f"stratum '{part.name}'" if part.name else "total"
        said = "no estimate" if part.estimated is None else f"{part.estimated:,.0f} estimated"
        rows.append((label, f"{said}, {part.documented:,} documented"))
    return tuple(rows)


def rule_linkage(
    *,
    strict: float | None = None,
    loose: float | None = None,
    precision: float | None = None,
    recall: float | None = None,
    over_draws: bool = False,
) -> Check:
    """R10: how far the total hangs on which records were taken for one person.

    Parameters
    ----------
    strict, loose : float or None
        Totals when only surer, or also doubtful, pairs are linked (or the smallest and largest over linkage draws).
    precision, recall : float or None
        Share of the links that review found right, and of the true pairs that are linked; in [0, 1].
    over_draws : bool
        The two totals are the outermost of single linkage draws (2.5 % and 97.5 % of them), for want of a strict and a
        loose linkage.
    """
    name = "linkage"
    between = "the smallest and the largest of the linkage draws" if over_draws else "a strict and a loose linkage"
    ends = ("largest of the linkage draws", "smallest") if over_draws else ("strict linkage", "loose linkage")
    shift = abs(math.log(strict / loose)) if strict and loose else math.nan
    change = math.expm1(shift)
    shares = [(label, x) for label, x in (("right links", precision), ("pairs found", recall)) if x is not None]
    evidence: list[tuple[str, str]] = []
    if strict and loose:
        evidence += [
            (f"total, {ends[0]}", f"{strict:,.0f}"),
            (f"total, {ends[1]}", f"{loose:,.0f}"),
            ("change", f"{change:.0%}"),
        ]
    evidence += [(f"share of {label}", f"{x:.2f}") for label, x in shares]

    def check(status: CheckStatus, sentence: str) -> Check:
        return Check(code="R10", name=name, status=status, sentence=sentence, evidence=tuple(evidence))

    poor = [(label, x) for label, x in shares if x < REVIEWED_LINKAGE_RANGE]
    if poor:
        said = " and ".join(
            f"{x:.0%} of the links were right" if label == "right links" else f"{x:.0%} of the true pairs were linked"
            for label, x in poor
        )
        return check("range only", f"In review only {said}: every missed or false link moves the overlap.")
    if change > LINKAGE_RANGE:
        return check(
            "range only",
            f"Between {between} the total changes by {change:.0%}: only the range of both can be given.",
        )
    if change > LINKAGE_WARN:
        return check("warn", f"Between {between} the total changes by {change:.0%}.")
    if math.isnan(change) and not shares:
        return check("info", "The total was not compared between linkages, and no links were reviewed.")
    if math.isnan(change):
        return check("ok", "Reviewed links were mostly right; the total was not compared between linkages.")
    return check("ok", f"Between {between} the total changes by {change:.0%}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One list: its share of the documented people, and the total without it (None: not estimable, NaN: not tried)."""

    name: str
    share: float
    total_without: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dominance:
    """What rule R11 looks at: the chosen total, and each list's share and deletion."""

    total: float | None
    lists: tuple[Deletion, ...]


def dominance_facts(table: CaptureTable, chosen: Estimate, refit: Refit) -> Dominance:
    """Estimate again without each list in turn.

    Parameters
    ----------
    table : CaptureTable
        What was estimated from. People on the list alone drop out with it.
    chosen : Estimate
        The analyst's estimate.
    refit : callable
        CaptureTable -> Estimate of the same kind, or None if there is none.

    Returns
    -------
    Dominance
        Lists in the order of the table; shares from the middle linkage draw. With fewer than three lists holding
        anybody nothing is left to estimate from, and deletions are NaN.
    """
    counts = table.counts[median_draw(table)].sum(axis=0)
    n = int(counts.sum())
    on_list = counts @ table.patterns.astype(np.int64)
    held = [name for name, x in zip(table.lists, on_list, strict=True) if x > 0]
    found = []
    for name, on in zip(table.lists, on_list, strict=True):
        if name not in held:
            continue
        without: float | None = math.nan
        if len(held) > 2 and chosen.n_total is not None:
            again = refit(table.keep_lists([x for x in held if x != name]))
            without = again.n_total if again is not None else None
        found.append(Deletion(name=name, share=float(on) / n, total_without=without))
    return Dominance(total=chosen.n_total, lists=tuple(found))


def rule_dominance(facts: Dominance, *, models_disagree: bool = False) -> Check:
    """R11: a number that one list carries is that list's, not the overlap's.

    `models_disagree` says that models that fit swing too far (rule R6 fired): then only a range is left.
    """
    name = "one list that carries the number"
    evidence = tuple(_deletion_evidence(d, facts.total) for d in facts.lists)
    reasons = []
    largest = max(facts.lists, key=lambda d: d.share, default=None)
    if largest is not None and largest.share >= DOMINANT_SHARE_WARN:
        reasons.append(f"list '{largest.name}' alone holds {largest.share:.0%} of the people documented")
    moved = [(abs(d.total_without / facts.total - 1), d) for d in facts.lists if d.total_without and facts.total]
    moved = [(x, d) for x, d in moved if x > DELETION_WARN]
    if moved and facts.total:
        _, d = max(moved, key=lambda pair: pair[0])
        change = (d.total_without or 0.0) / facts.total - 1
        # In relative terms: where only a range is left, no total may be read back.
        reasons.append(f"without list '{d.name}' the total changes by {change:+.0%}")
    if reasons:
        text = "; ".join(reasons)
        status: CheckStatus = "range only" if models_disagree else "warn"
        rest = ", and models that fit disagree as well: only the range is left" if models_disagree else ""
        return Check(
            code="R11", name=name, status=status, sentence=f"{text[0].upper()}{text[1:]}{rest}.", evidence=evidence
        )
    if not any(d.total_without is None or not math.isnan(d.total_without) for d in facts.lists):
        return Check(
            code="R11",
            name=name,
            status="info",
            sentence="No list can be left out and the total estimated again: there are too few, or no estimate.",
            evidence=evidence,
        )
    lost = [d.name for d in facts.lists if d.total_without is None]
    if lost:
        names = ", ".join(f"'{x}'" for x in lost)
        return Check(
            code="R11",
            name=name,
            status="warn",
            sentence=f"Without list {names} there is no estimate at all: the number stands on it.",
            evidence=evidence,
        )
    return Check(
        code="R11",
        name=name,
        status="ok",
        sentence="No single list carries the number: left out one by one, none moves the total by more than "
        f"{DELETION_WARN:.0%}.",
        evidence=evidence,
    )


def _deletion_evidence(deletion: Deletion, total: float | None) -> tuple[str, str]:
    without = deletion.total_without
    if without is None:
        said = "no estimate"
    elif math.isnan(without) or not total:
        said = "not tried"
    else:
        said = f"{without / total - 1:+.0%}"
    return (f"'{deletion.name}'", f"{deletion.share:.0%} of the documented; without it the total changes: {said}")


def rule_closure(
    *,
    window_days: float | None = None,
    stay_days: float | None = None,
    deaths_between: bool | None = None,
    duplicates_share: float | None = None,
) -> Check:
    """R16: the people must be the same ones while all lists are made.

    Parameters
    ----------
    window_days : float or None
        Days from the first to the last record of any list.
    stay_days : float or None
        Days for which a person can typically be recorded (a stay in the place, the time that a case is open); inf for
        events that can be recorded for ever, such as a death.
    deaths_between : bool or None
        Whether people could leave (die, move away) after one list was made and before another.
    duplicates_share : float or None
        Share of the records of one list that are of the same person, left after cleaning; in [0, 1].
    """
    name = "a closed population"
    given = {
        "window, days": None if window_days is None else f"{window_days:,.0f}",
        "time to be recorded, days": None if stay_days is None else f"{stay_days:,.0f}",
        "people leave between lists": None if deaths_between is None else ("yes" if deaths_between else "no"),
        "duplicates": None if duplicates_share is None else f"{duplicates_share:.1%}",
    }
    evidence = tuple((k, v) for k, v in given.items() if v is not None)
    reasons = []
    if window_days is not None and stay_days is not None and window_days > WINDOW_OVER_STAY_WARN * stay_days:
        reasons.append(
            f"the lists span {window_days:,.0f} days and a person can be recorded for {stay_days:,.0f}, so that many "
            "could not meet on two lists (the total comes out too large)"
        )
    if deaths_between:
        reasons.append("people could leave between one list and the next (the total comes out too large)")
    if duplicates_share is not None and duplicates_share > DUPLICATES_WARN:
        reasons.append(
            f"{duplicates_share:.1%} of the records in a list are of people it already holds (each counts as one more)"
        )
    if reasons:
        text = "; ".join(reasons)
        return Check(code="R16", name=name, status="warn", sentence=f"{text[0].upper()}{text[1:]}.", evidence=evidence)
    if not evidence:
        return Check(
            code="R16",
            name=name,
            status="info",
            sentence="Nothing was said of how long people could be recorded, who left, or duplicates.",
        )
    return Check(
        code="R16",
        name=name,
        status="ok",
        sentence="Nothing that was said of the window, of people leaving or of duplicates speaks against counting the "
        "same people on all lists.",
        evidence=evidence,
    )
