"""The rules of the verdict about the lists and the models, one function each, and the table of all thresholds.

Each rule takes plain facts and returns a check with one sentence; what they lead to together is decided in `verdict`.
Rules about the chosen estimate alone stand in `rules_chosen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uncounted.estimation.result import Check, CheckStatus, Estimate
from uncounted.estimation.sensitivity import TWO_LIST_BAND
from uncounted.estimation.swing import Footing, Overlap, Swing


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number that a verdict depends on, in one place.

    Attributes
    ----------
    overlap_warn, overlap_bound : int
        R3: fewer people on two or more lists than this: warning, lower bound only. Chapman's estimate is biased by
        -exp(-m) and varies by 1/sqrt(m): 38 % at 7 (Robson, Regier 1964), 20 % at 25.
        The same limits hold for the one cell that the chosen estimate divides by (the overlap of its two lists, say).
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
        R13: p of the best model, or of the chosen one, below the first: warning; largest p of all models, or p of the
        chosen one, below the second: bounds only.
    below_bound_warn : float
        R13: the chosen total lies below Chao's bound by more than this share of the bound.
    r_hat_warn, ess_warn : float, int
        R5: rank-normalised R-hat above, or effective draws below this: warning (Vehtari et al. 2021).
    r_hat_range, chain_ratio_range : float
        R5: after the full effort, R-hat above this, or chain medians further apart than this ratio: range only. The
        Dutch six-list table has R-hats of 1.46 to 1.67 with other programs (Binette, Steorts 2022).
    prior_width, prior_shift, reachable_share : float
        R7: width of the posterior of log(N/n) over that of its prior; move of the median under another prior; share of
        the total with a chance of at least .05 of being listed (Johndrow, Lum, Manrique-Vallier 2019). One of the three
        beyond its limit: warning; two: range only.
    strata_ratio_low, strata_ratio_high : float
        R9: total over the sum of its strata, outside which they contradict each other.
    linkage_warn, linkage_range, reviewed_range : float
        R10: share by which the total moves between a strict and a loose linkage; precision or recall found in review.
    dominant_share, deletion_warn : float
        R11: share of the documented people on one list; share by which the total moves without a list.
    window_over_stay, duplicates_warn : float
        R16: days of the window per day that a person can be recorded; share of records that are duplicates.
    held_low_warn, held_coverage_range, held_enough : float, float, int
        R14: median of log(estimate / known size) over held-out lists below the first: warning; fewer than this share
        of at least so many known sizes inside their intervals: range only (Binette, Steorts 2022).
    families_warn, families_range : float
        R17: larger over smaller total of two families of models, both describing the counts; disjoint intervals are
        further apart than any ratio. Range only if more than half of the other families are that far away.
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
    below_bound_warn: float = 0.02
    r_hat_warn: float = 1.01
    ess_warn: int = 400
    r_hat_range: float = 1.05
    chain_ratio_range: float = 1.25
    prior_width: float = 0.8
    prior_shift: float = 0.25
    reachable_share: float = 0.8
    strata_ratio_low: float = 0.8
    strata_ratio_high: float = 1.25
    linkage_warn: float = 0.10
    linkage_range: float = 0.50
    reviewed_range: float = 0.80
    dominant_share: float = 0.80
    deletion_warn: float = 0.50
    window_over_stay: float = 2.0
    duplicates_warn: float = 0.01
    held_low_warn: float = -0.5
    held_coverage_range: float = 0.5
    held_enough: int = 4
    families_warn: float = 1.25
    families_range: float = 2.0


THRESHOLDS = Thresholds()
_TIMES = {0.5: "half", 2.0: "twice"}


def rule_lists(
    overlaps: Sequence[Overlap], *, defended: bool, pair: tuple[str, ...] = (), shared: bool = False
) -> Check:
    """R1: one list says nothing of those it missed; two need an assumption that somebody must defend.

    `pair` names the two lists whose independence the chosen estimate rests on, however many lists there are. `shared`:
    the chosen estimate carries what ties the lists together from one stratum to the others, so that the lists of all
    strata count together, and thin strata are a warning.
    """
    name = "number of lists"
    if shared:
        return _lists_shared(overlaps, name)
    fewest = min(overlaps, key=lambda o: len(o.lists))
    n = len(fewest.lists)
    where = where_words(fewest.stratum, overlaps)
    evidence: tuple[tuple[str, str], ...] = (("lists with people on them", str(n)),)
    if n < 2:
        what = "One list alone says" if n == 1 else "No list holds anybody, which says"
        return Check(
            code="R1",
            name=name,
            status="refused",
            sentence=f"{what} nothing about the people it missed{where}.",
            evidence=evidence,
        )
    if n > 2 and not pair:
        many = f"In every stratum at least {n} lists" if len(overlaps) > 1 else f"{n} lists"
        return Check(code="R1", name=name, status="ok", sentence=f"{many} hold people.", evidence=evidence)
    first, second = fewest.lists if n == 2 else pair
    if n > 2:
        evidence = (*evidence, ("the chosen estimate rests on", f"{first}, {second}"))
    if defended:
        sentence = (
            f"Two lists{where}: the number rests on their independence, which the analyst states and no data can test."
            if n == 2
            else f"The chosen estimate rests on the independence of {first} and {second}, which the analyst states."
        )
        return Check(code="R1", name=name, status="warn", sentence=sentence, evidence=evidence)
    start = (
        f"Two lists{where} give a number only if they are independent, which nothing in them can show and nobody has "
        "defended"
        if n == 2
        else f"The chosen estimate rests on the independence of {first} and {second}, which nobody has defended"
    )
    return Check(
        code="R1",
        name=name,
        status="range only",
        sentence=f"{start}; the result is the range if {band_words(first, second)}.",
        evidence=evidence,
    )


def _lists_shared(overlaps: Sequence[Overlap], name: str) -> Check:
    every = sorted({x for o in overlaps for x in o.lists})
    thin = [o.stratum for o in overlaps if len(o.lists) < 3]
    evidence = (("lists over all strata", str(len(every))), ("strata with fewer than three", str(len(thin))))
    if len(every) < 3:
        return Check(
            code="R1",
            name=name,
            status="refused",
            sentence="Over all strata fewer than three lists hold people, too few to learn what ties them together.",
            evidence=evidence,
        )
    if thin:
        shown = ", ".join(f"'{x}'" for x in thin[:5]) + (" and more" if len(thin) > 5 else "")
        return Check(
            code="R1",
            name=name,
            status="warn",
            sentence=f"In stratum {shown} fewer than three lists hold people: what is missing there is taken over from "
            "the other strata.",
            evidence=evidence,
        )
    return Check(code="R1", name=name, status="ok", sentence="Every stratum has three lists.", evidence=evidence)


def band_words(first: str, second: str) -> str:
    """Return what must hold for the range of rule R1 to hold the truth."""
    low, high = TWO_LIST_BAND
    return (
        f"people on {first} are between {_TIMES.get(low, f'{low:g} times')} and {_TIMES.get(high, f'{high:g} times')} "
        f"as likely, as odds, to be on {second} as people not on {first}"
    )


def rule_built_from(built_from: Sequence[tuple[str, str]], overlaps: Sequence[Overlap], chosen: Estimate) -> Check:
    """R2: lists made from one another, or from a common third, are one list; their overlap says how they were copied.

    Asked in each stratum, of the lists that hold people there.
    """
    name = "lists made from one another"
    groups = _families(built_from)
    met = [(o, g, kin) for o in overlaps for g in groups if len(kin := [x for x in o.lists if x in g]) > 1]
    if not met:
        sentence = (
            "No list is declared to be made from another."
            if not built_from
            else "Lists declared to be made from one another hold no people in the same stratum."
        )
        return Check(code="R2", name=name, status="ok", sentence=sentence)
    families = [g for g in groups if any(g is other for _, other, _ in met)]
    edges = tuple((a, b) for g in families for a, b in built_from if a in g)
    evidence = tuple((a, f"built from {b}") for a, b in edges)

    def check(status: CheckStatus, sentence: str) -> Check:
        return Check(code="R2", name=name, status=status, sentence=sentence, evidence=evidence)

    for o, g, kin in met:
        if len(kin) == len(o.lists):
            return check(
                "refused",
                f"{_made_words(built_from, g)}: together they are one list{where_words(o.stratum, overlaps)}, and one "
                "list says nothing about the people it missed.",
            )
    used = set(chosen.assumption.lists)
    for _, g, kin in met:
        if len(used) > 1 and used <= set(kin):
            return check(
                "refused",
                f"The chosen estimate takes the overlap of {' and '.join(chosen.assumption.lists)} for chance, but "
                f"{_made_words(built_from, g)}.",
            )
    words = "; ".join(_made_words(built_from, g) for g in families)
    if chosen.assumption.id == "loglinear-independence":
        return check(
            "lower bound only",
            f"The chosen model takes all lists for independent, but {words}: the overlap is too large and the total "
            "too small.",
        )
    return check("warn", f"{words}: it adds no information and makes the overlap look larger; merge them.")


def _families(built_from: Sequence[tuple[str, str]]) -> list[frozenset[str]]:
    """Return the groups of lists that hang together by `built_from`, also through a list that is not in the table."""
    groups: list[frozenset[str]] = []
    for made, source in built_from:
        touched = [g for g in groups if made in g or source in g]
        groups = [g for g in groups if g not in touched] + [frozenset({made, source}).union(*touched)]
    return groups


def _made_words(built_from: Sequence[tuple[str, str]], family: frozenset[str]) -> str:
    return "; ".join(f"'{a}' was made from '{b}'" for a, b in built_from if a in family)


def rule_overlap(overlaps: Sequence[Overlap], footings: Sequence[Footing] = ()) -> Check:
    """R3: the people on two or more lists carry all the information about those on none.

    `footings` are the cells that the chosen estimate divides by, one a stratum: it stands on these people alone.
    """
    limits = THRESHOLDS
    name = "overlap"
    thinnest = min(overlaps, key=lambda o: o.on_two_or_more)
    m, where = thinnest.on_two_or_more, where_words(thinnest.stratum, overlaps)
    evidence: tuple[tuple[str, str], ...] = (("people on two or more lists", f"{m:,.0f}"),)
    narrow = min(footings, key=lambda f: f.count, default=None)
    if narrow is not None:
        evidence = (*evidence, (f"people {narrow.cell}", f"{narrow.count:,.0f}"))
    split = [o for o in overlaps if len(o.islands) > 1]
    if split:
        groups = " and ".join("{" + ", ".join(g) + "}" for g in split[0].islands)
        return Check(
            code="R3",
            name=name,
            status="lower bound only",
            sentence=f"The lists fall into groups that share nobody{where_words(split[0].stratum, overlaps)}: "
            f"{groups}; nothing ties their totals together, so estimate each group by itself.",
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
    if narrow is not None and narrow.count < limits.overlap_bound:
        return Check(
            code="R3",
            name=name,
            status="lower bound only",
            sentence=f"The chosen estimate stands on the people {narrow.cell}{where_words(narrow.stratum, overlaps)}: "
            f"{narrow.count:,.0f}; below {limits.overlap_bound} any total is guesswork.",
            evidence=evidence,
        )
    thin = [
        f"'{x}' holds {total:,.0f} and shares {shared:,.0f}"
        for o in overlaps
        for x, total, shared in zip(o.lists, o.list_totals, o.list_overlaps, strict=True)
        if total < limits.list_size_warn or shared < limits.list_overlap_warn
    ]
    empty = sorted({f"'{x}' holds nobody and is left out" for o in overlaps for x in o.empty})
    reasons = []
    if m < limits.overlap_warn:
        reasons.append(f"only {_people(m)} on two or more lists{where}")
    if narrow is not None and narrow.count < limits.overlap_warn:
        reasons.append(f"only {_people(narrow.count)} {narrow.cell}, on whom the chosen estimate stands")
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
    sentence = f"{m:,.0f} people are on two or more lists."
    if where:
        sentence = f"In the stratum {thinnest.stratum}, with the fewest, {sentence}"
    return Check(code="R3", name=name, status="ok", sentence=sentence, evidence=evidence)


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
    n, strata = f"{swing.n_models:,} model{'s' if swing.n_models != 1 else ''}", swing.n_strata > 1
    if swing.widened:
        who = f"{'Per stratum up to ' if strata else ''}{n}, the best of those searched and of the larger ones beyond,"
    else:
        who = f"In each stratum up to {n} fit about equally well;" if strata else f"{n} fit about equally well and"
    if strata:
        who += " added smallest with smallest and largest with largest, they"
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
        said = (
            f"No other model that fits comes within {THRESHOLDS.swing_within_bic:g} BIC of the best"
            f"{' in any stratum' if strata else ''}"
        )
    return Check(code="R6", name=name, status="ok", sentence=f"{said}.", evidence=evidence)


def rule_coverage(not_covered: Sequence[str], overlaps: Sequence[Overlap], *, shared: bool = False) -> Check:
    """R8: nobody can estimate people whom no list could have recorded.

    `shared`: see `rule_lists`; then one list in a stratum is enough, none is not.
    """
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
    if len(overlaps) > 1 and (blind or (single and not shared)):
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


def _people(n: float) -> str:
    return "1 person is" if n == 1 else f"{n:,.0f} people are"


def where_words(stratum: str, all_of_them: Sequence[object]) -> str:
    """Name the stratum if there are several."""
    return f" in stratum '{stratum}'" if len(all_of_them) > 1 else ""
