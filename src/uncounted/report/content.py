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
class LinkedTotal:
    """The chosen estimate under one way of taking the links; None where it was refused.

    `role` is "with doubt" (what the report gives), "as certain" (the best single clustering), "strict" or "loose".
    """

    role: str
    words: str
    n_listed: int
    n_total: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Reviewed pairs with a stated match probability in [low, high): how many, the mean stated, the share found same.

    `seen_low` and `seen_high` are the 95 % interval of the share.
    """

    low: float
    high: float
    n: int
    stated: float
    seen: float
    seen_low: float
    seen_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedPairs:
    """Pairs of records of one person, by list pair: in the best clustering, and how many more the draws hold.

    `missed` is the middle over the draws, `low` and `high` hold 95 % of them; below 0 where draws hold fewer.
    """

    first: str
    second: str
    linked: float
    missed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatteringPair:
    """A pair, by record id, whose being one person or two moves the table of overlaps most."""

    left: str
    right: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWeight:
    """One level of a compared field: share among pairs of one person (m) and of two (u), and log2 of their ratio."""

    field: str
    level: str
    m: float
    u: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTrust:
    """What the section "How sure are the links" shows.

    Attributes
    ----------
    totals : tuple of LinkedTotal
        The chosen estimate with the doubt of the links and without, under a strict and a loose rule.
    n_same, n_different, n_unsure : int
        Reviewed pairs by judgement.
    calibration_error : (float, float, float) or None
        Expected calibration error on reviewed pairs held out, with its 95 % interval; None with too few of them.
    precision, recall : (float, float, float) or None
        Of the links that the scores make before any decision: share that are right, and share of the true pairs that
        are among them; value and 95 % interval.
    reliability, missed, pairs, weights
        Rows of the pictures and tables.
    agreement : str
        How far reviewers agree, in words; empty if no pair was judged by two.
    outlook : str
        What more decisions would bring, in words; empty if that cannot be said.
    """

    totals: tuple[LinkedTotal, ...] = ()
    n_same: int = 0
    n_different: int = 0
    n_unsure: int = 0
    calibration_error: tuple[float, float, float] | None = None
    precision: tuple[float, float, float] | None = None
    recall: tuple[float, float, float] | None = None
    reliability: tuple[Reliability, ...] = ()
    missed: tuple[MissedPairs, ...] = ()
    pairs: tuple[MatteringPair, ...] = ()
    weights: tuple[FieldWeight, ...] = ()
    agreement: str = ""
    outlook: str = ""


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
    trust : LinkTrust
        How sure the links are.
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
    trust: LinkTrust = LinkTrust()


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
