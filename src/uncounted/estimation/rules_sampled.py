"""The rules of the verdict about estimates that come from a sampler: did it converge, and how much of it is prior."""

from __future__ import annotations

import math
from collections.abc import Sequence

from uncounted.estimation.result import Check, CheckStatus, Estimate, Sampling
from uncounted.estimation.rules import THRESHOLDS


def rule_sampler(rows: Sequence[Estimate], choice: str) -> Check:
    """R5: chains that started far apart must end up telling the same; if they do not, what they say is a range.

    Only the chosen estimate can make the verdict harder; another one that did not converge is a warning, because it is
    shown beside the choice.
    """
    name = "agreement of the chains"
    sampled = [(e, e.fit.sampling) for e in rows if e.fit is not None and e.fit.sampling is not None]
    if not sampled:
        return _check("R5", name, "info", "No estimate came from a sampler.")
    chosen = next((pair for pair in sampled if pair[0].estimator == choice), None)
    others = [pair for pair in sampled if pair[0].estimator != choice]
    if chosen is not None:
        status, sentence = _convergence(*chosen)
        if status != "ok":
            return _check("R5", name, status, sentence, _numbers(chosen[1]))
    for estimate, sampling in others:
        status, sentence = _convergence(estimate, sampling)
        if status != "ok":
            return _check("R5", name, "warn", f"{sentence} It is not the chosen estimate.", _numbers(sampling))
    worst = max((s for _, s in sampled), key=lambda s: s.r_hat)
    return _check("R5", name, "ok", "All chains of every sampler tell the same.", _numbers(worst))


def _convergence(estimate: Estimate, sampling: Sampling) -> tuple[CheckStatus, str]:
    """Return what the chains of one estimate say about it."""
    limits = THRESHOLDS
    label = estimate.label
    # Chains of few effective draws have medians far apart by chance: only chains that stayed apart count.
    apart = len(sampling.modes) > 1 and sampling.chain_ratio > limits.chain_ratio_range
    hopeless = sampling.r_hat > limits.r_hat_range or apart
    if not sampling.converged and hopeless:
        regions = ", ".join(f"{m.low:,.0f} to {m.high:,.0f} ({m.share:.0%} of the chains)" for m in sampling.modes)
        where = f" They stayed in {regions}." if len(sampling.modes) > 1 else ""
        return (
            "range only",
            f"{label}: the chains do not agree after {sampling.effort} times the planned effort (R-hat "
            f"{sampling.r_hat:.2f}), so the total is undetermined.{where}",
        )
    if sampling.r_hat > limits.r_hat_warn or sampling.ess < limits.ess_warn:
        return (
            "warn",
            f"{label}: R-hat is {sampling.r_hat:.3f} and there are {sampling.ess:,.0f} effective draws (wanted: at "
            f"most {limits.r_hat_warn:g}, at least {limits.ess_warn:,}); the limits of its interval are rough.",
        )
    return "ok", ""


def _numbers(sampling: Sampling) -> tuple[tuple[str, str], ...]:
    return (
        ("R-hat", f"{sampling.r_hat:.3f}"),
        ("effective draws", f"{sampling.ess:,.0f}"),
        ("chains", f"{sampling.n_chains:,}"),
        ("largest over smallest chain median", f"{sampling.chain_ratio:.2f}"),
    )


def rule_prior(chosen: Estimate) -> Check:
    """R7: where the data say little, a posterior repeats its prior; and nobody counts people whom no list reaches."""
    name = "how much is prior"
    sampling = chosen.fit.sampling if chosen.fit is not None else None
    if sampling is None:
        return _check("R7", name, "info", "The chosen estimate has no prior.")
    limits = THRESHOLDS
    found = []
    evidence = []
    if not math.isnan(sampling.prior_width):
        evidence.append(("width of the posterior over that of the prior", f"{sampling.prior_width:.2f}"))
        if sampling.prior_width > limits.prior_width:
            found.append(f"its interval is {sampling.prior_width:.0%} as wide as that of its prior alone")
    if not math.isnan(sampling.prior_shift):
        evidence.append(("largest move under another prior", f"{sampling.prior_shift:.0%}"))
        if sampling.prior_shift > limits.prior_shift:
            found.append(f"another prior as good moves it by {sampling.prior_shift:.0%}")
    if not math.isnan(sampling.reachable_share):
        evidence.append(("share of the total with a chance of .05 or more", f"{sampling.reachable_share:.2f}"))
        if sampling.reachable_share < limits.reachable_share:
            found.append(
                f"{1 - sampling.reachable_share:.0%} of its total are people with a chance below .05 of being on any "
                "list, whom the lists hardly tell of"
            )
    if not found:
        return _check("R7", name, "ok", "The chosen estimate rests on the data more than on its prior.", evidence)
    status: CheckStatus = "range only" if len(found) > 1 else "warn"
    return _check("R7", name, status, f"The chosen estimate leans on its prior: {'; '.join(found)}.", evidence)


def _check(code: str, name: str, status: CheckStatus, sentence: str, evidence: Sequence[tuple[str, str]] = ()) -> Check:
    return Check(code=code, name=name, status=status, sentence=sentence, evidence=tuple(evidence))
