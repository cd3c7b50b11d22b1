"""What agrees and what does not: the families of models beside one another, and how the samplers among them ran."""

from __future__ import annotations

import math
from dataclasses import dataclass

from uncounted.estimation.registry import ENTRIES, STEPWISE_FROM
from uncounted.estimation.result import UNDETERMINED, Answer, Estimate, Mode, Sampling
from uncounted.estimation.rules_families import FAMILIES, witnesses
from uncounted.report import numbers, words
from uncounted.report.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of models in the table; `standing` says whether it speaks for or against the chosen estimate."""

    label: str
    chosen: bool
    total: str
    interval: str
    against: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The section: the finding of rule R17, the families with their totals, those that were not run, the samplers."""

    finding: str
    status: str
    status_words: str
    families: tuple[Family, ...]
    not_run: str
    samplers: Table | None
    sampler_notes: tuple[str, ...]


def agreement(answer: Answer) -> Agreement:
    """Return the families of models of an answer, held against its chosen estimate."""
    check = next((c for c in answer.checks if c.code == "R17"), None)
    return Agreement(
        finding=check.sentence if check else "",
        status=check.status.replace(" ", "-") if check else "",
        status_words=words.status_word(check).capitalize() if check else "",
        families=_families(answer),
        not_run=_not_run(answer),
        samplers=_samplers(answer),
        sampler_notes=tuple(note for e in answer.estimates for note in _notes(e)),
    )


def _families(answer: Answer) -> tuple[Family, ...]:
    shown = [e for e in words.chosen_first(answer) if e.estimator in FAMILIES or e.estimator == answer.choice]
    trusted = {e.estimator for e in witnesses(answer.estimates, answer.choice)}
    found = tuple(
        Family(
            label=e.label,
            chosen=e.estimator == answer.choice,
            total=words.total_words(e),
            interval=words.interval_text(e),
            against=_against(e, answer.chosen),
            standing=_standing(e, answer, trusted=e.estimator in trusted),
        )
        for e in shown
    )
    return found if len(found) > 1 else ()


def _against(estimate: Estimate, chosen: Estimate) -> str:
    if estimate is chosen or not estimate.n_total or not chosen.n_total:
        return numbers.MISSING
    return numbers.times(estimate.n_total / chosen.n_total)


def _standing(estimate: Estimate, answer: Answer, *, trusted: bool) -> str:
    """Say whether a family is a witness for or against the chosen estimate, and why not if it is none."""
    chosen = answer.chosen
    if estimate is chosen:
        return "The others are held against it."
    if estimate.n_total is None or estimate.n_total_interval is None:
        return f"No witness, because it was refused: {estimate.reason}"
    if estimate.fit is not None and estimate.fit.status == UNDETERMINED:
        return "No witness: its chains do not agree."
    if not trusted:
        p = numbers.probability(estimate.fit.p_value if estimate.fit is not None else math.nan)
        return f"No witness: it does not fit the counts (p {p})."
    if chosen.n_total_interval is None:
        return "It stands alone: the chosen estimate has no number."
    first, second = chosen.n_total_interval, estimate.n_total_interval
    if first.high < second.low or second.high < first.low:
        return "It contradicts the chosen estimate: the intervals do not meet."
    inside = first.low <= estimate.n_total <= first.high
    return (
        "Its total lies inside the chosen interval."
        if inside
        else "Its total lies outside the chosen interval; the two overlap."
    )


def _not_run(answer: Answer) -> str:
    ran = {e.estimator for e in answer.estimates}
    said = {e.id: e.words for e in ENTRIES}
    few = answer.table.n_lists < STEPWISE_FROM  # then all models are averaged, and one found by steps adds nothing
    wanted = [x for x in FAMILIES if not (few and x == "loglinear-stepwise")]
    missing = [f"{family} ({said[family]})" for family in wanted if family not in ran]
    if not missing:
        return ""
    return (
        f"Not run: {'; '.join(missing)}. Estimators are named under [estimate] in the project file or by --estimators."
    )


def _samplers(answer: Answer) -> Table | None:
    sampled = [(e, e.fit.sampling) for e in answer.estimates if e.fit is not None and e.fit.sampling is not None]
    if not sampled:
        return None
    return Table(
        caption="Of several strata and linkage draws, the worst of each.",
        head=("Estimate", "Chains × draws", "R-hat", "Effective draws", "Effort", "Spread", "Agree"),
        rows=tuple((e.label, *_run(s)) for e, s in sampled),
        numeric=(False, True, True, True, True, True, False),
    )


def _run(s: Sampling) -> tuple[str, ...]:
    if s.n_chains == 1:  # draws from an exact distribution have no chains that could disagree
        none = numbers.MISSING
        return (
            f"1 × {numbers.whole(s.n_draws)}",
            none,
            numbers.whole(s.ess),
            none,
            none,
            "exact" if s.converged else "no",
        )
    return (
        f"{numbers.whole(s.n_chains)} × {numbers.whole(s.n_draws)}",
        f"{s.r_hat:.3f}" if math.isfinite(s.r_hat) else numbers.measure(s.r_hat),
        numbers.whole(s.ess),
        numbers.times(s.effort),
        numbers.times(s.chain_ratio),
        "yes" if s.converged else "no",
    )


def _notes(estimate: Estimate) -> list[str]:
    """Say in words where the chains stayed and how much of an estimate is its prior."""
    sampling = estimate.fit.sampling if estimate.fit is not None else None
    if sampling is None:
        return []
    said = [*_modes(sampling.modes), *_prior(sampling)]
    return [f"{estimate.label}: {' '.join(said)}"] if said else []


def _modes(modes: tuple[Mode, ...]) -> list[str]:
    if len(modes) < 2:
        return []
    regions = "; ".join(
        f"{numbers.span(m.low, m.high)} ({numbers.percent(round(m.share, 2))} of the chains, middle "
        f"{numbers.whole(m.median)})"
        for m in modes
    )
    return [f"the chains stayed in {len(modes)} regions: {regions}."]


def _prior(s: Sampling) -> list[str]:
    said = []
    if not math.isnan(s.prior_median):
        said.append(
            f"before the counts were looked at, for every person listed between {_ratio(s.prior_low)} and "
            f"{_ratio(s.prior_high)} in all were taken as likely, with {_ratio(s.prior_median)} in the middle."
        )
    if not math.isnan(s.prior_width):
        said.append(
            f"The counts narrowed that to {numbers.percent(round(s.prior_width, 2))} of its width (on the logarithm)."
        )
    if not math.isnan(s.prior_shift):
        move = f"at most {numbers.percent(round(s.prior_shift, 2))}" if s.prior_shift >= 0.005 else "less than 1%"
        said.append(f"Other priors that were tried move the total by {move}.")
    if not math.isnan(s.reachable_share):
        said.append(
            f"{numbers.percent(round(s.reachable_share, 2))} of the total are people with a chance of .05 or more of "
            "being on any list."
        )
    if said:
        said[0] = said[0][0].lower() + said[0][1:]
    return said


def _ratio(x: float) -> str:
    return numbers.whole(x) if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"
