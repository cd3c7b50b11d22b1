"""What the report is made from: the results of every stage, frozen, with nothing left to compute but the layout."""

from __future__ import annotations

from dataclasses import dataclass

from uncounted.captures.table import CaptureTable
from uncounted.counts.count import Count
from uncounted.estimation.result import Answer
from uncounted.linkage.pairs import BlockingRule
from uncounted.project.model import Project
from uncounted.records.records import Change
from uncounted.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """People found on both of two lists: the best single clustering (or median), and the range over draws."""

    first: str
    second: str
    n: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLinkage:
    """One list after linking: its records, the people they stand for, and the records that repeat a person."""

    list: str
    n_records: int
    n_people: int
    n_duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageNumbers:
    """Linking in numbers.

    Attributes
    ----------
    n_records : int
        Records given to linking, over all lists.
    n_pairs : int
        Pairs of records that were compared and scored.
    n_people : int
        People in the best single clustering.
    n_people_range : (int, int)
        Smallest and largest number of people over the draws.
    n_draws : int
        Number of draws of clusterings.
    rules : tuple of BlockingRule
        The rules that brought pairs up, each with its number of pairs.
    cluster_sizes : tuple of (int, int)
        (records per person, how many people have that many), ascending.
    overlaps : tuple of Overlap
        One for each pair of lists.
    lists : tuple of ListLinkage
        One for each list.
    warnings : tuple of str
        What the linkage stage warned of, in its words (no cell values).
    """

    n_records: int
    n_pairs: int
    n_people: int
    n_people_range: tuple[int, int]
    n_draws: int = 1
    rules: tuple[BlockingRule, ...] = ()
    cluster_sizes: tuple[tuple[int, int], ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    lists: tuple[ListLinkage, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportContent:
    """Everything the page shows. Only `table` and `answer` are needed: a table of counts has no project and no links.

    Attributes
    ----------
    table : CaptureTable
        Counts per capture pattern, with draws.
    answer : Answer
        All estimates, the choice, the checks and the verdict.
    project : Project or None
        Titles of the lists, the population sentence, coverage, period.
    sources : tuple of Source
        Used for name, file, sha256, n_rows, number of rejects and notes; the rows are never read here.
    changes : tuple of Change
        What cleaning changed, how often.
    linkage : LinkageNumbers or None
    counts : Count or None
        Recorded counts over time.
    notes : tuple of str
        What counting people into the table had to settle, in sentences (dates outside the period, coverage).
    notes : tuple of str
        What laying the lists over each other brought up, in words without any cell value (people whom a list could not
        have held, people without a stratum); shown with the overlap picture.
    manifest : tuple of (str, str)
        Names and values for the custody section: versions, hashes, seed, settings digest.
    truth : (str, int) or None
        For invented data only: how the known total is called, and the total.
    """

    table: CaptureTable
    answer: Answer
    project: Project | None = None
    sources: tuple[Source, ...] = ()
    changes: tuple[Change, ...] = ()
    linkage: LinkageNumbers | None = None
    counts: Count | None = None
    notes: tuple[str, ...] = ()
    manifest: tuple[tuple[str, str], ...] = ()
    truth: tuple[str, int] | None = None

    @property
    def title(self) -> str:
        """The project's name, or the table's."""
        return (self.project.name if self.project else self.table.name) or "How many were there?"

    @property
    def unit(self) -> str:
        """What is counted, e.g. "person"."""
        return self.project.unit if self.project else self.table.unit

    def list_title(self, name: str) -> str:
        """Return the title of a list as declared in the project, or its name."""
        if self.project:
            for spec in self.project.lists:
                if spec.name == name:
                    return spec.title or name
        return "Any list, once each" if name == "any list" else name
