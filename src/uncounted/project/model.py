"""The project as the rest of the program sees it: frozen values, every path absolute, every default filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

StoreKind = Literal["encrypted", "plain"]
# Where pairs are made and compared: in this process, or on Spark.
LinkageEngine = Literal["duckdb", "spark"]
StratumBy = Literal["year", "half", "quarter", "place", "sex", "kind"]
# What a list column can mean. `name` is a whole name in any order; `known` is when the list learned of the event.
FIELDS: tuple[str, ...] = (
    "id",
    "name",
    "surname",
    "given",
    "patronymic",
    "birth",
    "event",
    "known",
    "place",
    "sex",
    "kind",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covers:
    """Whom a list could have recorded: event dates within [start, end] (inclusive; None: open), places (empty: all)."""

    start: date | None = None
    end: date | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """One list as declared in the project file.

    `columns` maps a field of `FIELDS` to the header of the file. `encoding` None means strict UTF-8 (with or without
    BOM). `header_row` is the 1-based row of the header; None means found by looking. `built_from` names lists this one
    was made from (dependence by design). `line` is the line of the `[[list]]` in the project file, 0 if made in Python.
    """

    name: str
    title: str
    file: Path
    columns: tuple[tuple[str, str], ...]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m", "%m.%Y", "%Y")
    covers: Covers = Covers()
    built_from: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsSpec:
    """How records are cleaned. `off` names the rules (`cleaning.SWITCHABLE`) that shall not act."""

    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GazetteerSpec:
    """Places and their names, from a CSV of the user: columns name, place, within, lat, lon. `file` None: none."""

    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageSpec:
    """How records are linked. `threshold` is the match probability above which the point clustering links.

    `strict` and `loose` are the thresholds of the two clusterings shown beside it.
    `leave_out` names fields that are not compared, `leave_out_rules` blocking rules that bring up nothing; `weights`
    are (field, factor) pairs: the evidence of a field counts that many times.
    """

    engine: LinkageEngine = "duckdb"
    draws: int = 20
    threshold: float = 0.5
    strict: float = 0.9
    loose: float = 0.1
    max_pairs_per_rule: int = 20_000_000
    max_block: int = 60
    leave_out: tuple[str, ...] = ()
    leave_out_rules: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateSpec:
    """Which estimators run and how. `strata` is what the capture table is split by before estimating."""

    estimators: tuple[str, ...] = ("chapman", "chao", "loglinear", "decomposable", "sample-coverage", "assumptions")
    strata: tuple[StratumBy, ...] = ()
    criterion: Literal["bic", "aic"] = "bic"
    max_order: int | None = None
    level: float = 0.95
    claims: tuple[float, ...] = ()  # totals somebody published: tipping points are given for them


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionSpec:
    """The analyst's choice, in writing. `choice` is an estimator id; `reason` goes into the report word for word."""

    choice: str = "loglinear-average"
    reason: str = ""
    independence_defended: bool = False  # with two lists: the user states that they are independent (rule R1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundSpec:
    """What is known besides the lists (rules R9, R10, R16).

    Attributes
    ----------
    documented : tuple of (str, int)
        (stratum, people documented there in any way, records left out of the lists included); "all" without strata.
    subtractive : bool
        The number is to be taken from another, or another from it.
    link_precision, link_recall : float or None
        Share of reviewed links that were right, and of true pairs that were linked; in [0, 1].
    stay_days : float or None
        Days for which a person can be recorded; inf for what can be recorded for ever, such as a death.
    people_leave : bool or None
        Whether people could die or move away after one list was made and before another.
    duplicates_share : float or None
        Share of a list's records of people whom it already holds, left after cleaning; in [0, 1].
    """

    documented: tuple[tuple[str, int], ...] = ()
    subtractive: bool = False
    link_precision: float | None = None
    link_recall: float | None = None
    stay_days: float | None = None
    people_leave: bool | None = None
    duplicates_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSpec:
    """Publication rules: smallest publishable cell and rounding base."""

    minimum_cell: int = 10
    round_to: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything `uncounted.toml` says, validated. `path` is the file, `folder` where it lies."""

    name: str
    population: str
    unit: str
    lists: tuple[ListSpec, ...]
    path: Path
    folder: Path
    start: date | None = None
    end: date | None = None
    store: StoreKind = "encrypted"
    seed: int = 1
    records: RecordsSpec = RecordsSpec()
    gazetteer: GazetteerSpec = GazetteerSpec()
    linkage: LinkageSpec = LinkageSpec()
    estimate: EstimateSpec = EstimateSpec()
    assumption: AssumptionSpec = AssumptionSpec()
    background: BackgroundSpec = BackgroundSpec()
    publish: PublishSpec = PublishSpec()
    nobody_covers: tuple[str, ...] = ()  # groups in the population that no list could see (rule R8)
