"""Results in words: the quotable sentence, at most twelve lines on a screen, a small table in a notebook."""

from __future__ import annotations

import math
from html import escape

from uncounted.estimation.cells import middle_listed
from uncounted.estimation.law import CLOSED_FORM
from uncounted.estimation.picture import forest_svg
from uncounted.estimation.result import Answer, Check, Estimate, Interval
from uncounted.estimation.rules import band_words
from uncounted.estimation.sensitivity import DEFAULT_BAND, TWO_LIST_BAND, tipping_sentence

MOST_LINES = 12
FAILED = ("warn", "range only", "lower bound only", "refused", "error")
_IRREGULAR = {"person": "people", "child": "children", "man": "men", "woman": "women"}


# -- numbers --------------------------------------------------------------------------------------------------------
def rounding_step(interval: Interval | None) -> int:
    """Return the step to which an estimate is rounded in a sentence: the interval's width keeps two digits.

    A width of 3,100 rounds to hundreds, one of 45 to ones, so no printed digit pretends to be known. Without an upper
    limit the step comes from the lower one.
    """
    if interval is None:
        return 1
    width = interval.high - interval.low if math.isfinite(interval.high) else interval.low
    return 10 ** max(math.floor(math.log10(width)) - 1, 0) if width >= 1 else 1


def rounded(value: float, step: int, *, at_least: float = 0.0) -> str:
    """Return a number of people rounded to `step`, never below what is documented, "no upper limit" if infinite."""
    if math.isinf(value):
        return "no upper limit"
    return f"{max(round(value / step) * step, math.ceil(at_least)):,}"


def _ends(interval: Interval, step: int, n_listed: float) -> tuple[str, str]:
    """Return both limits rounded outwards, so that no printed interval is narrower than the computed one."""
    low = max(math.floor(interval.low / step) * step, math.ceil(n_listed))
    high = "" if math.isinf(interval.high) else f"{math.ceil(interval.high / step) * step:,}"
    return f"{low:,}", high


def _span(interval: Interval, step: int, n_listed: float) -> str:
    low, high = _ends(interval, step, n_listed)
    return f"{low}–{high}" if high else f"{low} or more, with no upper limit"


def _percent(level: float) -> str:
    return f"{level * 100:g} %"


def units(unit: str) -> str:
    """Return the plural of what is counted: people, cases, families."""
    if unit in _IRREGULAR:
        return _IRREGULAR[unit]
    if unit.endswith("y") and unit[-2:-1] not in "aeiou":
        return unit[:-1] + "ies"
    return unit if unit.endswith("s") else unit + "s"


# -- sentences ------------------------------------------------------------------------------------------------------
def quotable_sentence(answer: Answer) -> str:
    """Return the one sentence to quote: documented, estimate and interval together, or what the verdict leaves.

    Numbers are rounded as `rounding_step` says. By verdict: an estimate with its interval and assumption; a range
    without a middle; a lower bound with its caveat; or that no number can be given, and why.
    """
    documented = _documented(answer)
    level = answer.verdict.level
    chosen = answer.chosen
    n = chosen.n_listed_range[0]
    if level == "estimate" and chosen.n_total is not None and chosen.n_total_interval is not None:
        return f"{documented}; {_estimate_clause(chosen)}."
    if level == "range only" and answer.range is not None:
        return (
            f"{documented}; in all there were {_range_words(answer.range, n)}, if {_range_condition(answer)}; "
            "the data do not say where in this range."
        )
    if level == "lower bound only":
        return f"{documented}; {_bound_clause(answer)}."
    why = answer.verdict.sentences[0] if answer.verdict.sentences else "no estimate could be made."
    return f"{documented}; how many there are in all cannot be said from these lists. {why}"


def _documented(answer: Answer) -> str:
    table = answer.table
    middle = middle_listed(table.n_listed)
    low, high = int(table.n_listed.min()), int(table.n_listed.max())
    doubt = f" ({low:,}–{high:,} depending on how records are linked)" if high > low else ""
    verb = "is" if middle == 1 else "are"
    noun = table.unit if middle == 1 else units(table.unit)
    lists = f"at least one of {table.n_lists} lists" if table.n_lists > 1 else "the one list there is"
    return f"{middle:,} {noun}{doubt} {verb} documented on {lists}"


def _estimate_clause(chosen: Estimate) -> str:
    interval, total = chosen.n_total_interval, chosen.n_total
    assert interval is not None
    assert total is not None
    step = rounding_step(interval)
    n = chosen.n_listed_range[0]
    return (
        f"an estimated {rounded(total, step, at_least=n)} in all ({_percent(interval.level)} interval "
        f"{_span(interval, step, n)}), if {_clause(chosen.assumption.words)}"
    )


def _bound_clause(answer: Answer) -> str:
    bound = answer.lower_bound
    if bound is None or bound.n_total is None or bound.n_total_interval is None:
        return "that is all that can be said: the lists give no bound beyond the documented, and no estimate"
    interval = bound.n_total_interval
    step = rounding_step(interval)
    n = bound.n_listed_range[0]
    low, _ = _ends(interval, step, n)
    held = int((answer.table.list_totals.max(axis=0) > 0).sum())
    point = rounded(bound.n_total, step, at_least=n)
    whose = (
        f"{point} is the estimate if the two lists are independent, which is all the bound there is"
        if held == 2
        else f"the bound's point is {point}"
    )
    return (
        f"there were at least {low}, if lists tend to overlap (lower end of the {_percent(interval.level)} interval; "
        f"{whose}), and no estimate can be given"
    )


def _range_condition(answer: Answer) -> str:
    """Return what must hold for the range to hold the truth: for rule R1 its band, never independence itself."""
    chosen = answer.chosen
    fired = {c.code for c in answer.checks if c.status == "range only"}
    pair = chosen.assumption.lists
    if "R1" not in fired:
        words = _clause(chosen.assumption.words)
    elif len(pair) == 2:
        words = band_words(pair[0], pair[1])
    else:
        low, high = TWO_LIST_BAND
        words = (
            f"lists depend on each other between {low:g} and {high:g} times as strongly, as odds, as under this "
            f"assumption: {_clause(chosen.assumption.words)}"
        )
    if "R6" in fired and not chosen.estimator.startswith("loglinear"):
        words += ", or if one of the models that fit holds for the people on no list"
    if "R17" in fired:
        words += ", or if what another of the families of models assumes holds instead"
    return words


def _range_words(interval: Interval, n_listed: float) -> str:
    low, high = _ends(interval, rounding_step(interval), n_listed)
    return f"between {low} and {high}" if high else f"{low} or more, with no upper limit"


def _clause(sentence: str) -> str:
    """Turn an assumption's sentence into what follows "if": small first letter, no full stop."""
    text = sentence.rstrip(".")
    return text[:1].lower() + text[1:]


# -- on a screen ----------------------------------------------------------------------------------------------------
def answer_text(answer: Answer) -> str:
    """Return an answer in at most twelve lines: sentence, numbers, checks that did not pass, verdict."""
    lines = [quotable_sentence(answer), *_numbers(answer)]
    verdict = f"Verdict: {answer.verdict.level}."
    # What the sentence has said already is not said again.
    failed = [c for c in answer.checks if c.status in FAILED and c.sentence not in lines[0]]
    failed.sort(key=lambda c: -FAILED.index(c.status))
    room = MOST_LINES - len(lines) - 1
    lines += [_check_line(c) for c in failed[: room if len(failed) <= room else room - 1]]
    if len(failed) > room:
        lines.append(f"  and {len(failed) - room + 1} more checks did not pass; see .checks")
    return "\n".join([*lines, verdict])


def _check_line(check: Check) -> str:
    return f"  {check.code} {check.status}: {check.sentence}"


def _numbers(answer: Answer) -> list[str]:
    lines = []
    chosen = answer.chosen
    if answer.verdict.level == "estimate" and chosen.n_total is not None:
        lines.append(f"Chosen: {_number_line(chosen)}")
    if answer.reason:
        lines.append(f"Reason given: {' '.join(answer.reason.split())}")
    bound = answer.lower_bound
    if bound is not None:
        lines.append(f"Bound:  {_number_line(bound)}")
    others = [e.n_total for e in answer.estimates if e.n_total is not None and not e.is_lower_bound]
    refused = sum(e.status == "refused" for e in answer.estimates)
    if len(others) > 1 and answer.table.n_lists > 2:  # two lists have but one assumption, under several names
        lines.append(
            f"Under {len(others)} different assumptions: {min(others):,.0f} to {max(others):,.0f}"
            + (f"; {refused} more {'has' if refused == 1 else 'have'} no answer" if refused else "")
        )
    if answer.verdict.level == "estimate":  # otherwise no number is singled out, and none can be read back
        band = sensitivity_line(chosen)
        lines += [band] if band else []
        fewest = chosen.n_listed_range[0]
        lines += [tipping_sentence(c, omega, chosen.n_listed, fewest=fewest) for c, omega in answer.tipping[:2]]
    return lines


def sensitivity_line(estimate: Estimate) -> str:
    """Say how far the number moves if lists depend on each other more or less than assumed; "" if it cannot be said."""
    points = {p.odds_ratio: p.n_total for p in estimate.sensitivity}
    low, high = DEFAULT_BAND
    if low not in points or high not in points:
        return ""
    return (
        f"If lists depend on each other {low:g} to {high:g} times as strongly as assumed: "
        f"{points[low]:,.0f} to {points[high]:,.0f}"
    )


def _number_line(estimate: Estimate) -> str:
    if estimate.n_total is None or estimate.n_total_interval is None or estimate.n_unlisted is None:
        return f"{estimate.label}: {estimate.reason}"
    interval = estimate.n_total_interval
    high = "no upper limit" if math.isinf(interval.high) else f"{interval.high:,.0f}"
    return (
        f"{estimate.label}: {estimate.n_total:,.0f} in all ({_percent(interval.level)} interval "
        f"{interval.low:,.0f}–{high}), {estimate.n_unlisted:,.0f} on no list"
    )


def estimate_text(estimate: Estimate) -> str:
    """Return one estimate in at most twelve lines."""
    if estimate.status == "refused":
        return f"{estimate.n_listed:,} documented; {estimate.label}: no estimate. {estimate.reason}\nVerdict: refused."
    lines = [
        f"{estimate.n_listed:,} documented; {_estimate_clause(estimate)}."
        if not estimate.is_lower_bound
        else f"{estimate.n_listed:,} documented; {_number_line(estimate)}.",
    ]
    if not estimate.is_lower_bound:
        lines.append(_number_line(estimate))
    fit = estimate.fit
    if fit is not None and fit.status != CLOSED_FORM:
        p = "" if math.isnan(fit.p_value) else f", goodness of fit p = {fit.p_value:.2g}"
        lines.append(f"Model {fit.model} ({fit.n_admissible:,} of {fit.n_models:,} models have an estimate){p}")
    for other in estimate.other_intervals:
        high = "no upper limit" if math.isinf(other.high) else f"{other.high:,.0f}"
        lines.append(f"{_percent(other.level)} interval by {other.method}: {other.low:,.0f}–{high}")
    band = sensitivity_line(estimate)
    lines += [band] if band else []
    lines += [_check_line(c) for c in estimate.checks if c.status in FAILED][: MOST_LINES - len(lines) - 1]
    return "\n".join([*lines, f"Verdict: {estimate.verdict.level}."])


# -- in a notebook --------------------------------------------------------------------------------------------------
def estimate_html(estimate: Estimate) -> str:
    """Return one estimate as a small table, escaped."""
    return _html(estimate_text(estimate).splitlines()[0], (estimate,), "")


def answer_html(answer: Answer) -> str:
    """Return all estimates as a picture and a small table, escaped, the chosen one in bold."""
    table = _html(quotable_sentence(answer), answer.estimates, answer.choice, f"Verdict: {answer.verdict.level}.")
    return forest_svg(answer) + table


def _html(caption: str, estimates: tuple[Estimate, ...], choice: str, verdict: str = "") -> str:
    withheld = bool(verdict) and "estimate." not in verdict
    rows = "".join(_html_row(e, chosen=e.estimator == choice, withheld=withheld) for e in estimates)
    return (
        f"<table><caption>{escape(caption)} {escape(verdict)}</caption><thead><tr><th>Assumption</th><th>In all</th>"
        f"<th>Interval</th><th>On no list</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _html_row(estimate: Estimate, *, chosen: bool, withheld: bool) -> str:
    label = escape(estimate.label)
    label = f"<strong>{label}</strong>" if chosen else label
    if estimate.n_total is None or estimate.n_total_interval is None or estimate.n_unlisted is None:
        return f'<tr><td>{label}</td><td colspan="3">{escape(estimate.reason)}</td></tr>'
    interval = estimate.n_total_interval
    high = "no upper limit" if math.isinf(interval.high) else f"{interval.high:,.0f}"
    # The verdict withholds the middle of the chosen estimate, so it does not stand here either.
    hidden = chosen and withheld
    total, unlisted = ("–", "–") if hidden else (f"{estimate.n_total:,.0f}", f"{estimate.n_unlisted:,.0f}")
    return f"<tr><td>{label}</td><td>{total}</td><td>{interval.low:,.0f}–{high}</td><td>{unlisted}</td></tr>"
