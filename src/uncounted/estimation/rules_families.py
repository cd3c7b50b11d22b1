"""Rules that hold one estimate against others: lists held out (R14), and other families of models (R17)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from uncounted.estimation.held import HoldOut
from uncounted.estimation.result import UNDETERMINED, Check, CheckStatus, Estimate, Fit, Interval
from uncounted.estimation.rules import THRESHOLDS

# One estimate of each family: averages over a whole class of models of all lists.
FAMILIES = ("loglinear-average", "loglinear-stepwise", "shrinkage", "decomposable", "latent-class")


def rule_families(rows: Sequence[Estimate], choice: str, *, compared: bool = True) -> Check:
    """R17: the chosen estimate against the other families that describe the same counts.

    A family that did not converge, or that goodness of fit rejects, is no witness. `compared` tells whether log-linear
    models were held against each other (rule R6): if neither they nor another family were, nothing speaks for a number.
    """
    name = "agreement between families of models"
    chosen = next((e for e in rows if e.estimator == choice), None)
    if chosen is None or chosen.n_total is None or chosen.n_total_interval is None or chosen.is_lower_bound:
        return _check(name, "info", "There is no chosen estimate to hold against other families.")
    others = witnesses(rows, choice)
    if not others and not compared and chosen.estimator in FAMILIES:
        return _check(
            name,
            "range only",
            "Nothing could be held against the chosen estimate: there are too many lists for the models to be "
            "compared, and no other family was run.",
        )
    if not others:
        return _check(name, "info", "No other family of models has an estimate to compare with.")
    evidence = tuple((e.label, _words(e)) for e in (chosen, *others))
    apart = [e for e in others if _disjoint(chosen.n_total_interval, e.n_total_interval)]
    far = [e for e in others if _ratio(chosen, e) > THRESHOLDS.families_range]
    near = [e for e in others if _ratio(chosen, e) > THRESHOLDS.families_warn]
    against = [e for e in others if e in apart or e in far]
    # One family that stands apart may be the one that is wrong; when most of them do, the chosen one is.
    if 2 * len(against) > len(others):
        return _check(
            name,
            "range only",
            f"From the same counts, {_said(against, chosen)}: which of them holds depends on what no count shows.",
            evidence,
        )
    doubtful = [e for e in others if e in against or e in near]
    if doubtful:
        return _check(name, "warn", f"From the same counts, {_said(doubtful, chosen)}.", evidence)
    verb = "agree" if len(others) > 1 else "agrees"
    return _check(name, "ok", f"{_listed([e.label for e in others])} {verb} with the chosen estimate.", evidence)


def witnesses(rows: Sequence[Estimate], choice: str) -> list[Estimate]:
    """Return the estimates of other families that exist, converged and are not rejected by the counts."""
    return [
        e
        for e in rows
        if e.estimator in FAMILIES
        and e.estimator != choice
        and e.n_total is not None
        and e.n_total_interval is not None
        and not (e.fit is not None and (e.fit.p_value < THRESHOLDS.fits_above or _astray(e.fit)))
    ]


def _astray(fit: Fit) -> bool:
    """Tell whether a sampler's chains ended up in different places."""
    sampling = fit.sampling
    return fit.status == UNDETERMINED or (
        sampling is not None and not sampling.converged and sampling.r_hat > THRESHOLDS.r_hat_range
    )


def rule_held_out(held: HoldOut | None, estimator: str, *, stands_in: bool = False) -> Check:
    """R14: what an estimator does to lists whose size is known, it is likely to do to the people on none.

    `estimator` is the one that was tried; the sign of its errors is told, not corrected. If it only `stands_in` for
    the chosen one (which would take too long on every list), its failure is a warning: the chosen one may do better.
    """
    name = "lists held out"
    summary = None if held is None else next((s for s in held.summaries if s.estimator == estimator), None)
    if summary is None or not summary.n_estimated:
        return Check(
            code="R14",
            name=name,
            status="info",
            sentence="No list could be held out and estimated from the others.",
        )
    evidence = (
        ("held out", estimator),
        ("known size in the interval", f"{summary.n_covered} of {summary.n_estimated}"),
        ("median of log(estimate / known size)", f"{summary.median_log_ratio:+.2f}"),
        ("upper over lower limit, median", f"{summary.median_width:.2f}"),
    )
    status: CheckStatus = "warn" if summary.median_log_ratio < THRESHOLDS.held_low_warn else "ok"
    if summary.n_estimated < THRESHOLDS.held_enough:
        status = "info"  # one or two lists prove nothing either way
    elif summary.coverage < THRESHOLDS.held_coverage_range:
        status = "warn" if stands_in else "range only"
    assert held is not None
    if any(row.two_lists for row in held.rows):
        estimator += " (Chapman's estimate where only two lists are left)"
    tried = f" Tried with {estimator}, which stands in for the chosen estimate." if stands_in else ""
    return Check(code="R14", name=name, status=status, sentence=summary.sentence + tried, evidence=evidence)


def _disjoint(first: Interval | None, second: Interval | None) -> bool:
    assert first is not None
    assert second is not None
    return first.high < second.low or second.high < first.low


def _ratio(first: Estimate, second: Estimate) -> float:
    """Return the larger total over the smaller."""
    low, high = sorted((first.n_total or 0.0, second.n_total or 0.0))
    return high / low if low > 0 else math.inf


def _said(rows: Sequence[Estimate], chosen: Estimate) -> str:
    """Say who says more and who fewer than the chosen estimate, without numbers: what is withheld must stay so."""
    more = [e.label for e in rows if (e.n_total or 0.0) >= (chosen.n_total or 0.0)]
    fewer = [e.label for e in rows if e.label not in more]
    parts = [f"{_listed(who)} {'say' if len(who) > 1 else 'says'} {size}" for who, size in
             ((more, "many more"), (fewer, "far fewer")) if who]  # fmt: skip
    return " and ".join(parts) + " than the chosen estimate"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _words(e: Estimate) -> str:
    interval = e.n_total_interval
    assert interval is not None
    return f"{interval.low:,.0f} to {interval.high:,.0f}"


def _check(name: str, status: CheckStatus, sentence: str, evidence: Sequence[tuple[str, str]] = ()) -> Check:
    return Check(code="R17", name=name, status=status, sentence=sentence, evidence=tuple(evidence))
