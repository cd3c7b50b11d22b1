"""The strict shape of `uncounted.toml`. Pydantic stops here: `load` turns it into the dataclasses of `model`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from uncounted.project.cleaning import switched_off
from uncounted.project.model import (
    AssumptionSpec,
    BackgroundSpec,
    EstimateSpec,
    LinkageEngine,
    LinkageSpec,
    ListSpec,
    PublishSpec,
    RecordsSpec,
    StoreKind,
    StratumBy,
)
from uncounted.project.model import Project as ProjectValue
from uncounted.project.values import (
    date_bound,
    date_format,
    encoding_name,
    estimator_name,
    header_text,
    list_name,
    one_delimiter,
)

_RECORDS = RecordsSpec()
_LINKAGE = LinkageSpec()
_ESTIMATE = EstimateSpec()
_ASSUMPTION = AssumptionSpec()
_BACKGROUND = BackgroundSpec()
_PUBLISH = PublishSpec()
_DATE_JSON = WithJsonSchema(
    {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "pattern": r"^\d{4}(-\d{2})?$"}]}
)


def _default_of(value_type: type, field: str) -> Any:
    """Return the default that the dataclass declares, so that it is written down once in Python."""
    return value_type.__dataclass_fields__[field].default  # type: ignore[attr-defined]


def _first_day(value: object) -> date:
    return date_bound(value, end="first")


def _last_day(value: object) -> date:
    return date_bound(value, end="last")


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def _header(value: str) -> str:
    if not header_text(value):
        raise ValueError("the header of a column of the file, as it stands there")
    return header_text(value)


FirstDay = Annotated[date, BeforeValidator(_first_day), _DATE_JSON]
LastDay = Annotated[date, BeforeValidator(_last_day), _DATE_JSON]
Text = Annotated[str, AfterValidator(_not_blank)]
Header = Annotated[str, AfterValidator(_header)]
ListName = Annotated[str, AfterValidator(list_name)]
Encoding = Annotated[str, AfterValidator(encoding_name)]
Delimiter = Annotated[str, AfterValidator(one_delimiter)]
DateFormat = Annotated[str, AfterValidator(date_format)]
Claim = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Documented = Annotated[int, Field(ge=0)]
Factor = Annotated[float, Field(ge=0, le=2)]
Share = Annotated[float, Field(ge=0, le=1)]
SwitchedOff = Annotated[str, AfterValidator(switched_off)]
EstimatorName = Annotated[str, AfterValidator(estimator_name)]


class Part(BaseModel):
    """A table of the project file: unknown keys refused, no value bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ProjectPart(Part):
    """What is counted, and over which period."""

    name: Text = Field(title="Name", description="Short name of the project; stands on the report.")
    population: Text = Field(
        title="Population",
        description="One sentence: who is counted. People who fit it and are on no list are what is estimated.",
    )
    unit: Text = Field(
        default="person",
        title="Unit",
        description="What one counted thing is called, in the singular.",
    )
    start: FirstDay | None = Field(
        default=None,
        alias="from",
        title="From",
        description="First day of the period; a year or month means its first day. Left out: open.",
    )
    end: LastDay | None = Field(
        default=None,
        alias="to",
        title="To",
        description="Last day of the period; a year or month means its last day. Left out: open.",
    )
    store: StoreKind = Field(
        default=_default_of(ProjectValue, "store"),
        title="Store",
        description="How what the project remembers is kept. 'plain' is for invented or public data only.",
    )
    seed: int = Field(
        default=_default_of(ProjectValue, "seed"),
        ge=0,
        le=2**63 - 1,
        title="Seed",
        description="Start of all random draws. The same seed and input give the same output.",
    )
    nobody_covers: list[Text] = Field(
        default_factory=list,
        title="Nobody covers",
        description="Groups in the population that no list could have recorded, in words; they limit the verdict.",
    )


class ColumnsPart(Part):
    """Which column of the file holds what: field = "header in the file". A name or a surname is needed."""

    id: Header | None = Field(default=None, title="Id", description="The list's own number of the record.")
    name: Header | None = Field(default=None, title="Name", description="The whole name, in any order.")
    surname: Header | None = Field(default=None, title="Surname", description="Family name alone.")
    given: Header | None = Field(default=None, title="Given name", description="Given name alone.")
    patronymic: Header | None = Field(default=None, title="Patronymic", description="Patronymic or father's name.")
    birth: Header | None = Field(default=None, title="Birth", description="Date, month or year of birth.")
    event: Header | None = Field(default=None, title="Event", description="When it happened: what the period is about.")
    known: Header | None = Field(default=None, title="Known", description="When the list learned of it.")
    place: Header | None = Field(default=None, title="Place", description="Where it happened.")
    sex: Header | None = Field(default=None, title="Sex", description="Sex as the list records it.")
    kind: Header | None = Field(default=None, title="Kind", description="What kind of event or case it is.")


class CoversPart(Part):
    """Whom the list could have recorded. Left out: anybody in the population and period."""

    start: FirstDay | None = Field(
        default=None, alias="from", title="From", description="First event date the list could have recorded."
    )
    end: LastDay | None = Field(
        default=None, alias="to", title="To", description="Last event date the list could have recorded."
    )
    places: list[Text] = Field(
        default_factory=list,
        title="Places",
        description="Places the list could have recorded; none named: all of them.",
    )


class ListPart(Part):
    """One list of records, as delivered."""

    name: ListName = Field(title="Name", description="Short name, in record ids and results: letters, digits, _ and -.")
    title: Text | None = Field(
        default=None, title="Title", description="What the list is, for the report. Left out: its name."
    )
    file: Text = Field(title="File", description="The file, relative to the project file: CSV, TSV, Excel or Parquet.")
    encoding: Encoding | None = Field(
        default=_default_of(ListSpec, "encoding"),
        title="Encoding",
        description="Encoding of a text file. Left out: UTF-8, strictly; it is never guessed.",
    )
    delimiter: Delimiter | None = Field(
        default=_default_of(ListSpec, "delimiter"),
        title="Delimiter",
        description="Character between the cells of a text file. Left out: found among , ; tab and |.",
    )
    sheet: Text | None = Field(
        default=_default_of(ListSpec, "sheet"),
        title="Sheet",
        description="Sheet of an Excel file. Left out: the first visible one.",
    )
    header_row: int | None = Field(
        default=_default_of(ListSpec, "header_row"),
        ge=1,
        title="Header row",
        description="Line (or row of the sheet) that holds the headers, from 1. Left out: found by the mapped headers.",
    )
    date_formats: list[DateFormat] = Field(
        default=list(_default_of(ListSpec, "date_formats")),
        min_length=1,
        title="Date formats",
        description="How dates are written, tried in this order, such as %d.%m.%Y, %m.%Y or %Y. A date of another "
        "calendar says so: persian:%Y/%m/%d or hijri:%d/%m/%Y.",
    )
    columns: ColumnsPart = Field(title="Columns", description="Which column holds what.")
    covers: CoversPart = Field(
        default_factory=CoversPart, title="Covers", description="Whom the list could have recorded."
    )
    built_from: list[ListName] = Field(
        default_factory=list,
        title="Built from",
        description="Lists this one was made from; such lists depend on each other by design.",
    )


class RecordsPart(Part):
    """How records are cleaned before they are linked."""

    off: list[SwitchedOff] = Field(
        default=list(_RECORDS.off),
        title="Rules switched off",
        description="Cleaning rules that shall not act, by name; `uncounted check --rules` lists them all.",
    )


class GazetteerPart(Part):
    """Places and their names, so that every spelling of a place is the same place."""

    file: Text | None = Field(
        default=None,
        title="File",
        description="A CSV (UTF-8) with the columns name and place, and if wanted within, lat and lon; relative to the "
        "project file. Left out: places are compared by their spelling.",
    )


class LinkagePart(Part):
    """How records are linked."""

    engine: LinkageEngine = Field(
        default=_LINKAGE.engine,
        title="Engine",
        description="Where pairs of records are compared: duckdb, on this machine, or spark, on a cluster "
        "([how](spark.md)). The links are the same.",
    )
    draws: int = Field(
        default=_LINKAGE.draws,
        ge=1,
        le=1000,
        title="Draws",
        description="How many clusterings are drawn; they carry the uncertainty of the links into the estimate.",
    )
    threshold: float = Field(
        default=_LINKAGE.threshold,
        gt=0,
        lt=1,
        title="Threshold",
        description="Match probability above which the best single clustering links two records.",
    )
    strict: float = Field(
        default=_LINKAGE.strict,
        gt=0,
        lt=1,
        title="Strict threshold",
        description="Match probability of the stricter clustering shown beside the best one.",
    )
    loose: float = Field(
        default=_LINKAGE.loose,
        gt=0,
        lt=1,
        title="Loose threshold",
        description="Match probability of the looser clustering shown beside the best one.",
    )
    max_pairs_per_rule: int = Field(
        default=_LINKAGE.max_pairs_per_rule,
        ge=1,
        title="Most pairs per rule",
        description="A blocking rule that brings up more pairs stops the run, with its count.",
    )
    max_block: int = Field(
        default=_LINKAGE.max_block,
        ge=2,
        title="Largest block",
        description="Larger blocks of records with the same key are split by what else is known; what stays larger is "
        "skipped, and counted.",
    )
    leave_out: list[Text] = Field(
        default=list(_LINKAGE.leave_out),
        title="Fields to leave out",
        description="Fields that are not compared, e.g. place. `uncounted link --explain` names them all.",
    )
    leave_out_rules: list[Text] = Field(
        default=list(_LINKAGE.leave_out_rules),
        title="Rules to leave out",
        description="Blocking rules that bring up no pairs, by the names that `uncounted link --explain` gives.",
    )
    weights: dict[Text, Factor] = Field(
        default=dict(_LINKAGE.weights),
        title="Weights of fields",
        description="Field = factor from 0 to 2: how often its evidence counts. 1 is as trained, 0 not at all.",
    )


class EstimatePart(Part):
    """Which estimators run, and how."""

    estimators: list[EstimatorName] = Field(
        default=list(_ESTIMATE.estimators),
        min_length=1,
        title="Estimators",
        description="Families to run, or ids of single estimators such as loglinear:[12,3]. The families selected, "
        "shrinkage, latent-class and hierarchical are slow with many linkage draws (seconds to minutes a draw and "
        "stratum) and run only if named here.",
    )
    strata: list[StratumBy] = Field(
        default=list(_ESTIMATE.strata),
        title="Strata",
        description="What the table of overlaps is split by before estimating.",
    )
    criterion: Literal["bic", "aic"] = Field(
        default=_ESTIMATE.criterion, title="Criterion", description="How log-linear models are ranked."
    )
    max_order: int | None = Field(
        default=_ESTIMATE.max_order,
        ge=1,
        le=5,
        title="Highest order",
        description="Largest number of lists in one interaction term. Left out: all that can be fitted.",
    )
    level: float = Field(
        default=_ESTIMATE.level, ge=0.5, lt=1, title="Level", description="Level of the intervals, such as 0.95."
    )
    claims: list[Claim] = Field(
        default=list(_ESTIMATE.claims),
        title="Claims",
        description="Totals that somebody published; the report says how wrong the assumption must be for each.",
    )


class AssumptionPart(Part):
    """The analyst's choice. No data can test it, so it is stated and given a reason."""

    choice: Text = Field(
        default=_ASSUMPTION.choice, title="Choice", description="Id of the estimate that is put first, and quoted."
    )
    reason: str = Field(
        default=_ASSUMPTION.reason,
        title="Reason",
        description="Why this choice; stands in the report word for word.",
    )
    independence_defended: bool = Field(
        default=_ASSUMPTION.independence_defended,
        title="Independence defended",
        description="With two lists: you state that being on one says nothing about being on the other.",
    )


class BackgroundPart(Part):
    """What is known besides the lists. The verdict asks for it by rules R9, R10 and R16; all of it may be left out."""

    documented: dict[Text, Documented] = Field(
        default_factory=dict,
        title="Documented",
        description="Stratum = people documented there in any way, records left out of the lists included; without "
        "strata: all = number.",
    )
    subtractive: bool = Field(
        default=_BACKGROUND.subtractive,
        title="Subtractive",
        description="The number is to be taken from another one, or another one from it.",
    )
    link_precision: Share | None = Field(
        default=_BACKGROUND.link_precision,
        title="Precision of the links",
        description="Share of reviewed links that were right.",
    )
    link_recall: Share | None = Field(
        default=_BACKGROUND.link_recall,
        title="Recall of the links",
        description="Share of the true pairs in a reviewed sample that were linked.",
    )
    stay_days: float | None = Field(
        default=_BACKGROUND.stay_days,
        gt=0,
        title="Days of stay",
        description="Days for which a person can typically be recorded; inf for what can be recorded for ever, such as "
        "a death. Held against the period of [project].",
    )
    people_leave: bool | None = Field(
        default=_BACKGROUND.people_leave,
        title="People leave",
        description="Whether people could die or move away after one list was made and before another.",
    )
    duplicates_share: Share | None = Field(
        default=_BACKGROUND.duplicates_share,
        title="Duplicates",
        description="Share of a list's records that are of people it already holds, left after cleaning.",
    )


class PublishPart(Part):
    """What may be published."""

    minimum_cell: int = Field(
        default=_PUBLISH.minimum_cell,
        ge=1,
        title="Smallest cell",
        description="Smaller groups of people are not published.",
    )
    round_to: int = Field(
        default=_PUBLISH.round_to, ge=1, title="Round to", description="Published counts are rounded to this base."
    )


class ProjectFile(Part):
    """The whole of `uncounted.toml`."""

    project: ProjectPart = Field(title="Project", description="What is counted, and over which period.")
    lists: list[ListPart] = Field(
        alias="list", min_length=1, title="Lists", description="The lists, one [[list]] each."
    )
    records: RecordsPart = Field(
        default_factory=RecordsPart, title="Records", description="How records are cleaned before they are linked."
    )
    gazetteer: GazetteerPart = Field(
        default_factory=GazetteerPart, title="Gazetteer", description="Places and their names."
    )
    linkage: LinkagePart = Field(default_factory=LinkagePart, title="Linkage", description="How records are linked.")
    estimate: EstimatePart = Field(
        default_factory=EstimatePart, title="Estimate", description="Which estimators run, and how."
    )
    assumption: AssumptionPart = Field(
        default_factory=AssumptionPart, title="Assumption", description="The analyst's choice and reason."
    )
    background: BackgroundPart = Field(
        default_factory=BackgroundPart, title="Background", description="What is known besides the lists."
    )
    publish: PublishPart = Field(default_factory=PublishPart, title="Publish", description="What may be published.")
