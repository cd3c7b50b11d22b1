"""Which declared formats fit the dates of a column; where two fit equally, neither is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

# Formats that are tried, the more exact before the less exact.
CANDIDATES = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m",
    "%m.%Y",
    "%m/%Y",
    "%Y",
)
# Day and month can change places: of such a pair only the data can say which is meant, and only if a day is above 12.
RIVALS = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"), ("%d/%m/%y", "%m/%d/%y"))
MOST_VALUES = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatsFound:
    """What fits the dates of a list.

    Attributes
    ----------
    formats : tuple of str
        Formats that fit, the most frequent first.
    rivals : tuple of (str, str)
        Pairs that fit equally well; neither is among `formats`.
    mixed : tuple of (str, str)
        Pairs of which some dates fit only the one and some only the other; both are among `formats`.
    n_values, n_unread : int
        Distinct values looked at, and those that no format fits.
    """

    formats: tuple[str, ...]
    rivals: tuple[tuple[str, str], ...]
    mixed: tuple[tuple[str, str], ...]
    n_values: int
    n_unread: int


def find_date_formats(values: Sequence[str]) -> FormatsFound:
    """Find the formats that fit distinct date texts.

    Parameters
    ----------
    values : sequence of str
        Cells of date columns; empty ones are passed over, and at most `MOST_VALUES` distinct ones are looked at.
    """
    distinct = sorted({v.strip() for v in values if v.strip()})
    step = max(1, -(-len(distinct) // MOST_VALUES))
    sample = distinct[::step]
    fits = {f: {v for v in sample if _fits(v, f)} for f in CANDIDATES}
    rivals = tuple(pair for pair in RIVALS if fits[pair[0]] and fits[pair[0]] == fits[pair[1]])
    undecided = {f for pair in rivals for f in pair}
    remaining, chosen = set(sample), []
    for date_format in sorted(set(CANDIDATES) - undecided, key=lambda f: (-len(fits[f]), CANDIDATES.index(f))):
        if fits[date_format] & remaining:
            chosen.append(date_format)
            remaining -= fits[date_format]
    for date_format in undecided:
        remaining -= fits[date_format]
    return FormatsFound(
        formats=tuple(chosen),
        rivals=rivals,
        mixed=tuple(pair for pair in RIVALS if set(pair) <= set(chosen)),
        n_values=len(sample),
        n_unread=len(remaining),
    )


def _fits(value: str, date_format: str) -> bool:
    """Tell whether a text is a date in this format, with as many digits in its year as the format says."""
    if date_format == "%Y%m%d" and not (len(value) == 8 and value.isdigit()):
        return False
    try:
        read = datetime.strptime(value, date_format)  # noqa: DTZ007 - dates of lists have no time zone
    except ValueError:
        return False
    # strptime takes any four digits for a year: an account number is no date.
    return 1880 <= read.year <= 2100
