"""What the number does not say: the limits section, made from what this report holds."""

from __future__ import annotations

from uncounted.report import numbers, words
from uncounted.report.content import ReportContent


def limits(content: ReportContent) -> tuple[str, ...]:
    """Return the limits of this answer, one sentence or two each, the weightiest first."""
    many = numbers.plural(content.unit)
    found: list[str] = []
    unseen = content.answer.not_covered or (content.project.nobody_covers if content.project else ())
    if unseen:
        groups = ", ".join(unseen)
        found.append(f"No list could have recorded: {groups}. They are not in the number, whatever the method.")
    else:
        found.append(
            f"The number speaks of {many} whom at least one list could have recorded. Whoever no list could have "
            "recorded is not in it, whatever the method."
        )
    if content.answer.verdict.level in ("estimate", "range only"):
        found.append(
            "The step from people on lists to people on none rests on an assumption about how lists depend on each "
            "other. No data can test it; the table of assumptions and the sensitivity curve show what hangs on it."
        )
    found += _linkage(content)
    found += _time(content)
    found.append(
        "Intervals say how far chance may have moved the number if the assumption holds. They do not hold the error of "
        "a wrong assumption, of lists that recorded wrongly, or of people who came and went during the period."
    )
    return tuple(found)


def _linkage(content: ReportContent) -> list[str]:
    if content.linkage is None and content.project is None:
        return [
            "The counts were taken as given. A person who was missed when the lists were compared counts twice and "
            "raises the total; how the lists were compared is not known to this report."
        ]
    if content.table.n_draws > 1:
        return [
            f"The numbers rest on {words.draws_words(content.table.n_draws)}. They carry the doubt about pairs that "
            "were compared, and join at random about as many more as are estimated to be missed. That estimate is "
            "a lower bound; links missed beyond it raise the total."
        ]
    return [
        "The numbers rest on a single linkage, so intervals do not hold the doubt about links; a missed link counts a "
        "person twice and raises the total."
    ]


def _time(content: ReportContent) -> list[str]:
    found = []
    partial = (
        [spec.title or spec.name for spec in content.project.lists if spec.covers.start or spec.covers.end]
        if content.project
        else []
    )
    if partial:
        found.append(f"Not every list covers the whole period: {', '.join(partial)}.")
    count = content.counts
    if count is not None and not all(count.complete):
        found.append("The first or last window of the recorded counts is incomplete and must not be read as a fall.")
    return found
