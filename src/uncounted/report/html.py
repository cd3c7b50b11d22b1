"""From content to one self-contained page: view values for the template, and the template itself."""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.resources import files
from typing import Any

from uncounted.estimation.render import quotable_sentence, sensitivity_line
from uncounted.estimation.result import Answer, Check, Estimate
from uncounted.report import numbers, words
from uncounted.report.agreement import agreement
from uncounted.report.charts.answer import answer_picture
from uncounted.report.charts.forest import forest_picture
from uncounted.report.charts.links import reliability_picture, totals_picture, weights_picture
from uncounted.report.charts.months import months_picture
from uncounted.report.charts.sensitivity import sensitivity_picture
from uncounted.report.charts.theme import Picture
from uncounted.report.charts.upset import upset_picture
from uncounted.report.content import ReportContent
from uncounted.report.held_out import held_section
from uncounted.report.limits import limits
from uncounted.report.links import link_section
from uncounted.report.methods import method_text
from uncounted.report.table import Table


def render_html(content: ReportContent) -> str:
    """Return the private working report as one HTML page without script or anything loaded from elsewhere.

    Parameters
    ----------
    content : ReportContent
        Results of every stage. The same content gives the same bytes.

    Returns
    -------
    str
        HTML; CSS and pictures are inside.

    Raises
    ------
    ReportError
        R03 if a picture cannot be drawn.
    """
    answer = content.answer
    badge, badge_words = words.BADGES[answer.verdict.level]
    return str(
        _environment()
        .get_template("report.html.j2")
        .render(
            content=content,
            answer=answer,
            level=answer.verdict.level.replace(" ", "-"),
            badge=badge,
            badge_words=badge_words,
            quotable=quotable_sentence(answer),
            truth=words.truth_sentence(content),
            pictures=_pictures(content),
            undated=_undated(content),
            two_counts=_two_counts(content),
            estimates=[
                _estimate_row(e, answer) for e in words.chosen_first(answer) if _has_number(e) or e is answer.chosen
            ],
            refusals=[e for e in answer.estimates if not _has_number(e)],
            interval_of=_common_interval(answer),
            documented=_documented(answer),
            fits=_fit_table(answer),
            agreement=agreement(answer),
            held=held_section(content),
            tipping=[
                words.claim_sentence(c, w, answer.chosen.n_listed, fewest=answer.chosen.n_listed_range[0])
                for c, w in answer.tipping
            ],
            sensitivity=sensitivity_line(answer.chosen),
            sources=_source_table(content),
            changes=_change_table(content),
            linking=_linkage_tables(content),
            link_sentence=_link_sentence(content),
            links=link_section(content),
            checks=[_check_row(c) for c in answer.checks],
            method=method_text(content),
            limits=limits(content),
            hashes=_hash_table(content),
        )
    )


@cache
def _environment() -> Any:
    import jinja2

    folder = files("uncounted.report") / "templates"
    names = ("report.html.j2", "macros.html.j2", "report.css")
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({name: (folder / name).read_text(encoding="utf-8") for name in names}),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["unbroken"] = _unbroken
    return environment


def _unbroken(text: str) -> Any:
    """Escape text and keep each "low–high" on one line."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"[\d,.]+–[\d,.]*\d", r'<span class="nb">\g<0></span>', str(escape(text))))


def _pictures(content: ReportContent) -> dict[str, Picture | None]:
    count = content.counts
    return {
        "answer": answer_picture(content),
        "months": months_picture(content, count) if count is not None and count.windows and count.series else None,
        "overlap": upset_picture(content),
        "estimates": forest_picture(content),
        "sensitivity": sensitivity_picture(content),
        "links": totals_picture(content),
        "reliability": reliability_picture(content),
        "weights": weights_picture(content),
    }


def _two_counts(content: ReportContent) -> str:
    """Say why the best clustering's number of people is not the number documented over the draws."""
    link, listed = content.linkage, content.answer.n_listed
    if link is None or link.n_draws < 2 or link.n_people == listed:
        return ""
    return (
        f"The best single way of linking the records gives the {numbers.whole(link.n_people)} people counted here; "
        f"over {words.draws_words(link.n_draws)}, which carry uncertain and missed links, the middle is "
        f"{numbers.whole(listed)}, the number used above."
    )


def _undated(content: ReportContent) -> str:
    count = content.counts
    if count is None:
        return ""
    reasons = (
        (count.n_undated, "had no usable date"),
        (count.n_spread, "had a date known only to a range of several windows"),
        (count.n_outside, "had a date outside the period"),
    )
    parts = [f"{numbers.counted(n, count.unit)} {why}" for n, why in reasons if n]
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    return f"{listed}; they are in no window of the picture."


def _has_number(estimate: Estimate) -> bool:
    return estimate.status != "refused" and estimate.n_total is not None


def _interval_of(estimate: Estimate) -> str:
    interval = estimate.n_total_interval
    return f"{numbers.percent(interval.level)}, {interval.method}" if interval else ""


def _common_interval(answer: Answer) -> str:
    """Return what all intervals are intervals of, if it is the same for all: said once, not in each row."""
    kinds = {_interval_of(e) for e in answer.estimates if _has_number(e)}
    return kinds.pop() if len(kinds) == 1 else ""


def _estimate_row(estimate: Estimate, answer: Answer) -> dict[str, Any]:
    refused = not _has_number(estimate)
    return {
        "chosen": estimate.estimator == answer.choice,
        "refused": refused,
        "label": estimate.label,
        "id": estimate.estimator,
        "words": estimate.assumption.words,
        "total": words.total_words(estimate),
        "interval": words.interval_text(estimate),
        "interval_of": "" if _common_interval(answer) else _interval_of(estimate),
        "unlisted": numbers.whole(estimate.n_unlisted),
        "reason": estimate.reason,
    }


def _documented(answer: Answer) -> str:
    chosen = answer.chosen
    low, high = chosen.n_listed_range
    return numbers.whole(chosen.n_listed) + (f" ({numbers.span(low, high)} over linkage draws)" if low != high else "")


def _fit_table(answer: Answer) -> Table:
    rows = tuple(
        (
            e.label,
            e.fit.model,
            numbers.MISSING if math.isnan(e.fit.deviance) else f"{numbers.measure(e.fit.deviance)} on {e.fit.df}",
            numbers.probability(e.fit.p_value),
            numbers.measure(e.fit.aic),
            numbers.measure(e.fit.bic),
            numbers.whole(e.fit.standard_error),
        )
        for e in answer.estimates
        if e.fit is not None and not math.isnan(e.fit.p_value)
    )
    return Table(
        caption="Fit of the models to the people on lists; it says nothing of the people on none",
        head=("Estimate", "Model", "Deviance (df)", "p", "AIC", "BIC", "Standard error"),
        rows=rows,
        numeric=(False, False, True, True, True, True, True),
    )


def _check_row(check: Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "name": check.name,
        "status": words.status_word(check),
        "tone": check.status.replace(" ", "-"),
        "sentence": check.sentence,
        "evidence": check.evidence,
    }


def _source_table(content: ReportContent) -> Table | None:
    if not content.sources:
        return None
    rows = tuple(
        (
            content.list_title(s.name),
            s.file,
            numbers.whole(s.n_rows),
            numbers.whole(len(s.rejects)),
            "; ".join(s.notes) or numbers.MISSING,
        )
        for s in content.sources
    )
    return Table(
        caption="Files as delivered",
        head=("List", "File", "Rows", "Not readable", "Noticed"),
        rows=rows,
        numeric=(False, False, True, True, False),
    )


def _change_table(content: ReportContent) -> Table | None:
    if not content.changes:
        return None
    rows = tuple((content.list_title(c.list), c.column, c.words, numbers.whole(c.n)) for c in content.changes)
    return Table(
        caption="What cleaning changed; the values as delivered are kept beside the cleaned ones",
        head=("List", "Column", "What was done", "Times"),
        rows=rows,
        numeric=(False, False, False, True),
    )


def _link_sentence(content: ReportContent) -> str:
    link = content.linkage
    if link is None:
        return ""
    low, high = link.n_people_range
    doubt = f" ({numbers.span(low, high)} over {words.draws_words(link.n_draws)})" if low != high else ""
    return (
        f"{numbers.whole(link.n_records)} records and {numbers.whole(link.n_pairs)} scored pairs gave "
        f"{numbers.counted(link.n_people, content.unit)}{doubt}."
    )


def _linkage_tables(content: ReportContent) -> list[Table]:
    link = content.linkage
    if link is None:
        return []
    title = content.list_title
    tables = [
        Table(
            caption="Each list after linking",
            head=("List", "Records", "People", "Records that repeat a person"),
            rows=tuple(
                (title(x.list), numbers.whole(x.n_records), numbers.whole(x.n_people), numbers.whole(x.n_duplicates))
                for x in link.lists
            ),
            numeric=(False, True, True, True),
        ),
        Table(
            caption="People found on both of two lists",
            head=("List", "Other list", "People on both", "Range over linkage draws"),
            rows=tuple(
                (title(o.first), title(o.second), numbers.whole(o.n), numbers.span(o.low, o.high))
                for o in link.overlaps
            ),
            numeric=(False, False, True, True),
        ),
        Table(
            caption="Records per person",
            head=("Records of one person", "People"),
            rows=tuple((numbers.whole(size), numbers.whole(n)) for size, n in link.cluster_sizes),
            numeric=(True, True),
        ),
        Table(
            caption="Rules that brought pairs of records up for comparison",
            head=("Rule", "Pairs", "Blocks skipped as too large"),
            rows=tuple((r.words, numbers.whole(r.n_pairs), numbers.whole(r.n_skipped_blocks)) for r in link.rules),
            numeric=(False, True, True),
        ),
    ]
    return [t for t in tables if t.rows]


def _hash_table(content: ReportContent) -> Table | None:
    if not content.sources:
        return None
    return Table(
        caption="SHA-256 of each file at first contact",
        head=("File", "SHA-256"),
        rows=tuple((s.file, s.sha256) for s in content.sources),
        numeric=(False, False),
    )
