"""How sure the links are: the number with and without their doubt, what reviewers saw, what was missed."""

from __future__ import annotations

from dataclasses import dataclass

from uncounted.report import numbers
from uncounted.report.content import LinkedTotal, LinkTrust, ReportContent
from uncounted.report.table import Table

NO_REVIEW = (
    "Nobody has reviewed pairs of records yet, so the probabilities are the model's own. “uncounted review” shows the "
    "pairs worth looking at."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSection:
    """The section: sentences, and tables in the order of the page; `pairs` holds record ids for those at work."""

    sentences: tuple[str, ...]
    totals: Table | None
    missed: Table | None
    pairs: Table | None


def link_section(content: ReportContent) -> LinkSection | None:
    """Return the section, or None where the answer was not made from linked records."""
    if content.linkage is None or not content.linkage.trust.totals:
        return None
    trust = content.linkage.trust
    return LinkSection(
        sentences=(*_doubt(trust, content.unit), *_reviewed(trust), *filter(None, (trust.agreement, trust.outlook))),
        totals=_totals(trust),
        missed=_missed(trust, content),
        pairs=_pairs(trust),
    )


def _total(trust: LinkTrust, role: str) -> LinkedTotal | None:
    return next((t for t in trust.totals if t.role == role and t.n_total is not None), None)


def _doubt(trust: LinkTrust, unit: str) -> list[str]:
    """Say the two intervals side by side, and what a strict and a loose rule give."""
    certain, doubtful = _total(trust, "as certain"), _total(trust, "with doubt")
    said = []
    if certain is not None and doubtful is not None:
        said.append(
            f"Taking the links as certain gives {numbers.whole(certain.n_total)} {numbers.plural(unit)} "
            f"({_interval(certain)}); with the doubt of the links it is {numbers.whole(doubtful.n_total)} "
            f"({_interval(doubtful)}), and that is what this report says."
        )
    strict, loose = _total(trust, "strict"), _total(trust, "loose")
    if strict is not None and loose is not None:
        said.append(
            f"Linking only sure pairs gives {numbers.whole(strict.n_total)}; linking doubtful ones as well gives "
            f"{numbers.whole(loose.n_total)}."
        )
    return said


def _interval(total: LinkedTotal) -> str:
    if total.low is None or total.high is None:
        return "no interval"
    return numbers.interval(total.low, total.high)


def _reviewed(trust: LinkTrust) -> list[str]:
    n = trust.n_same + trust.n_different + trust.n_unsure
    if not n:
        return [NO_REVIEW]
    said = [
        f"{numbers.counted(n, 'pair')} {'was' if n == 1 else 'were'} decided by people: {numbers.whole(trust.n_same)} "
        f"one person, {numbers.whole(trust.n_different)} two, {numbers.whole(trust.n_unsure)} left open."
    ]
    if trust.calibration_error is not None:
        error, low, high = (100 * x for x in trust.calibration_error)
        said.append(
            f"On reviewed pairs that were held out, stated probabilities and what people saw differ by {error:.1f} "
            f"points in a hundred on average ({low:.1f} to {high:.1f})."
        )
    shares = (
        (trust.precision, "of the links that the scores make are right"),
        (trust.recall, "of the true links are made by them"),
    )
    for share, words in shares:
        if share is not None:
            value, least, most = (_percent(x) for x in share)
            said.append(f"Judged by the reviewed pairs, before what was decided, {value} {words} ({least} to {most}).")
    return said


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _totals(trust: LinkTrust) -> Table | None:
    if not trust.totals:
        return None
    return Table(
        caption="The chosen estimate, by how the links are taken",
        head=("Links", "Documented", "Total", "Interval"),
        rows=tuple((t.words, numbers.whole(t.n_listed), numbers.whole(t.n_total), _interval(t)) for t in trust.totals),
        numeric=(False, True, True, True),
    )


def _missed(trust: LinkTrust, content: ReportContent) -> Table | None:
    if not trust.missed:
        return None
    title = content.list_title
    return Table(
        caption="Pairs of records taken for one person, and how many more (−: fewer) the draws hold",
        head=("List", "Other list", "Pairs linked", "More in the draws", "Range over draws"),
        rows=tuple(
            (
                title(m.first),
                "itself" if m.first == m.second else title(m.second),
                numbers.whole(m.linked),
                numbers.whole(m.missed),
                numbers.interval(m.low, m.high),
            )
            for m in trust.missed
        ),
        numeric=(False, False, True, True, True),
    )


def _pairs(trust: LinkTrust) -> Table | None:
    if not trust.pairs:
        return None
    return Table(
        caption="The pairs that matter most, by record id: decide these first",
        head=("Record", "Other record", "Match probability"),
        rows=tuple((p.left, p.right, f"{p.probability:.2f}") for p in trust.pairs),
        numeric=(False, False, True),
    )
