"""The estimators there are, one line each; groups of them; and how an id becomes an estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from uncounted.errors import ProjectError, did_you_mean
from uncounted.estimation.assumptions import MarginalIndependence, NoInteraction
from uncounted.estimation.chao import Chao
from uncounted.estimation.chapman import Chapman
from uncounted.estimation.decomposable import Decomposable
from uncounted.estimation.dependence import UncertainDependence, dependence_argument
from uncounted.estimation.estimator import Estimator, check_names
from uncounted.estimation.fixed_odds import FixedOdds, odds_argument
from uncounted.estimation.hierarchical import Hierarchical
from uncounted.estimation.latent_class import LatentClasses
from uncounted.estimation.loglinear import BestModel, ModelAverage, NamedModel
from uncounted.estimation.model_search import Criterion
from uncounted.estimation.partial_coverage import PartialCoverage
from uncounted.estimation.sample_coverage import SampleCoverage
from uncounted.estimation.selection import SelectedModel
from uncounted.estimation.shrinkage import Shrinkage
from uncounted.estimation.stepwise import StepwiseModel

Lists = tuple[str, ...]
STEPWISE_FROM = 6  # below it all models are tried
GRAPH_LISTS = 6  # seven take 20 s: by name
SHRINKAGE_LISTS = 8
MENU_LISTS = 6  # the menu names every triple (and larger subset) up to this many lists, beyond it pairs alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One kind of estimator.

    Attributes
    ----------
    id : str
        The id, or its part before ":".
    takes : str
        What comes after ":": "" nothing, "pair", "subset", "model" or "estimator" (the id of another one).
    group : str
        The group that runs it; "" if it runs only by name.
    words : str
        One line for the help.
    make : callable
        (what comes after ":" as names or model text, criterion) -> Estimator.
    members : callable
        Lists -> what comes after ":" for each member that the group runs; [()] for one without arguments.
    """

    id: str
    takes: str
    group: str
    words: str
    make: Callable[[tuple[str, ...], Criterion], Estimator]
    members: Callable[[Lists], Iterable[tuple[str, ...]]]


def _alone(lists: Lists) -> list[tuple[str, ...]]:  # noqa: ARG001 - the same for any lists
    return [()]


def _nothing(lists: Lists) -> list[tuple[str, ...]]:  # noqa: ARG001 - runs by name only
    return []


def _for_many_lists(lists: Lists) -> list[tuple[str, ...]]:
    return [()] if len(lists) >= STEPWISE_FROM else []


def _for_few_lists(lists: Lists) -> list[tuple[str, ...]]:
    return [()] if 3 <= len(lists) <= GRAPH_LISTS else []


def _for_three_lists(lists: Lists) -> list[tuple[str, ...]]:
    return [()] if len(lists) >= 3 else []


def _for_three_lists_to(most: int) -> Callable[[Lists], list[tuple[str, ...]]]:
    return lambda lists: [()] if 3 <= len(lists) <= most else []


def _pairs(lists: Lists) -> Iterator[tuple[str, ...]]:
    return combinations(lists, 2)


def _pairs_of_more(lists: Lists) -> Iterator[tuple[str, ...]]:
    # With two lists these are the same assumption as "no-highest-order".
    return combinations(lists, 2) if len(lists) > 2 else iter(())


def _larger_subsets(lists: Lists) -> Iterator[tuple[str, ...]]:
    sizes = range(3, len(lists)) if len(lists) <= MENU_LISTS else range(0)
    return (subset for size in sizes for subset in combinations(lists, size))


def _by_parse(arguments: tuple[str, ...], criterion: Criterion) -> Estimator:
    """Stand in for what `parse` makes itself, because it needs more than names of lists."""
    raise NotImplementedError(f"made by parse: {arguments}, {criterion}")


ODDS = Entry(
    id="odds",
    takes="pair",
    group="",
    words="a log-linear model with the odds ratio of one pair given, e.g. odds:A,B=2",
    make=_by_parse,
    members=_nothing,
)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        id="chapman",
        takes="pair",
        group="chapman",
        words="two lists alone, independent (Chapman)",
        make=lambda a, _: Chapman(first=a[0], second=a[1]),
        members=_pairs,
    ),
    Entry(
        id="chao",
        takes="",
        group="chao",
        words="lower bound, lists of equal reach (Chao)",
        make=lambda _a, _c: Chao(),
        members=_alone,
    ),
    Entry(
        id="chao-unequal",
        takes="",
        group="chao",
        words="lower bound, lists of unequal reach (Chao)",
        make=lambda _a, _c: Chao(unequal_lists=True),
        members=_alone,
    ),
    Entry(
        id="loglinear-independence",
        takes="",
        group="loglinear",
        words="all lists independent",
        make=lambda _a, _c: NamedModel(),
        members=_alone,
    ),
    Entry(
        id="loglinear-best",
        takes="",
        group="loglinear",
        words="the log-linear model with the smallest BIC or AIC",
        make=lambda _a, c: BestModel(criterion=c),
        members=_alone,
    ),
    Entry(
        id="loglinear-average",
        takes="",
        group="loglinear",
        words="average over all log-linear models that exist and fit",
        make=lambda _a, c: ModelAverage(criterion=c),
        members=_alone,
    ),
    Entry(
        id="loglinear-selected",
        takes="",
        group="selected",
        words="the log-linear model with the smallest BIC, its choice in the interval (bootstrap)",
        make=lambda _a, _c: SelectedModel(),
        members=_alone,
    ),
    Entry(
        id="loglinear",
        takes="model",
        group="",
        words="one log-linear model by its generators, e.g. loglinear:[12,3]",
        make=lambda a, _: NamedModel(model=a[0]),
        members=_nothing,
    ),
    Entry(
        id="loglinear-stepwise",
        takes="",
        group="loglinear",
        words="a log-linear model chosen step by step; run for six lists and more",
        make=lambda _a, _c: StepwiseModel(),
        members=_for_many_lists,
    ),
    Entry(
        id="decomposable",
        takes="",
        group="decomposable",
        words="exact average over all decomposable graphs of up to seven lists",
        make=lambda _a, _c: Decomposable(),
        members=_for_few_lists,
    ),
    Entry(
        id="loglinear-coverage",
        takes="",
        group="coverage",
        words="all strata together, for lists that do not cover every stratum",
        make=lambda _a, c: PartialCoverage(criterion=c),
        members=_alone,
    ),
    Entry(
        id="no-highest-order",
        takes="",
        group="assumptions",
        words="no interaction of all lists at once",
        make=lambda _a, _c: NoInteraction(),
        members=_alone,
    ),
    Entry(
        id="no-highest-order",
        takes="subset",
        group="assumptions",
        words="no joint interaction of some lists among people unseen by the others",
        make=lambda a, _: NoInteraction(subset=a),
        members=_larger_subsets,
    ),
    Entry(
        id="independent",
        takes="pair",
        group="assumptions",
        words="two lists independent among people unseen by the others",
        make=lambda a, _: NoInteraction(subset=a),
        members=_pairs_of_more,
    ),
    Entry(
        id="marginal",
        takes="pair",
        group="assumptions",
        words="two lists independent in the whole population",
        make=lambda a, _: MarginalIndependence(first=a[0], second=a[1]),
        members=_pairs_of_more,
    ),
    ODDS,
    Entry(
        id="dependence",
        takes="estimator",
        group="",
        words="another estimate with its dependence drawn from a prior, e.g. dependence:chapman:A,B~1.4,0.3",
        make=_by_parse,
        members=_nothing,
    ),
    Entry(
        id="sample-coverage",
        takes="",
        group="sample-coverage",
        words="sample coverage, one step (Chao, Tsay)",
        make=lambda _a, _c: SampleCoverage(),
        members=_for_three_lists,
    ),
    Entry(
        id="sample-coverage-full",
        takes="",
        group="",
        words="sample coverage, full; needs a coverage of .55",
        make=lambda _a, _c: SampleCoverage(full=True),
        members=_nothing,
    ),
    Entry(
        id="shrinkage",
        takes="",
        group="shrinkage",
        words="all interactions, shrunk towards zero as far as the counts allow",
        make=lambda _a, _c: Shrinkage(),
        members=_for_three_lists_to(SHRINKAGE_LISTS),
    ),
    Entry(
        id="shrinkage-horseshoe",
        takes="",
        group="",
        words="the same, a few large interactions left alone (slow)",
        make=lambda _a, _c: Shrinkage(prior="horseshoe"),
        members=_nothing,
    ),
    Entry(
        id="latent-class",
        takes="",
        group="latent-class",
        words="people of a few hidden kinds, lists independent within each",
        make=lambda _a, _c: LatentClasses(),
        members=_for_three_lists,
    ),
    Entry(
        id="latent-class-uniform",
        takes="",
        group="",
        words="latent classes with uniform chances, as other programs have them",
        make=lambda _a, _c: LatentClasses(expansion=None),
        members=_nothing,
    ),
    Entry(
        id="hierarchical",
        takes="",
        group="hierarchical",
        words="all strata together, what ties the lists partly pooled over them",
        make=lambda _a, _c: Hierarchical(),
        members=_alone,
    ),
)

GROUPS: tuple[str, ...] = tuple(dict.fromkeys(e.group for e in ENTRIES if e.group))


def expand(names: Sequence[str], lists: Lists, *, criterion: Criterion = "bic") -> tuple[Estimator, ...]:
    """Return the estimators that groups and ids stand for, each once, in the order asked.

    Raises
    ------
    ProjectError
        E20 for a name that is neither, with the nearest one; also for a list that is not there.
    """
    found: dict[str, Estimator] = {}
    for name in names:
        members = (
            [e.make(a, criterion) for e in ENTRIES if e.group == name for a in e.members(lists)]
            if name in GROUPS
            else [parse(name, lists, criterion=criterion)]
        )
        for estimator in members:
            found.setdefault(estimator.id, estimator)
    return tuple(found.values())


def parse(name: str, lists: Lists, *, criterion: Criterion = "bic") -> Estimator:
    """Return the estimator of one id such as "marginal:A,B"; names of lists are put in the order of the table.

    Raises
    ------
    ProjectError
        If the id, its number of lists or a list's name is unknown.
    """
    kind, colon, rest = name.partition(":")
    if kind == "loglinear" and colon:
        return NamedModel(model=rest.strip())
    if kind == "odds" and colon:
        pair, ratio, model = odds_argument(rest)
        first, second = _arguments(ODDS, name, pair, lists)
        return FixedOdds(first=first, second=second, odds_ratio=ratio, model=model, criterion=criterion)
    if kind == "dependence" and colon:
        inner, prior = dependence_argument(rest)
        return UncertainDependence(inner=parse(inner, lists, criterion=criterion), prior=prior)
    for entry in ENTRIES:
        if entry.id == kind and bool(entry.takes) == bool(colon):
            return entry.make(_arguments(entry, name, rest, lists), criterion)
    known = [e.id for e in ENTRIES] + list(GROUPS)
    raise ProjectError(
        f"there is no estimator '{name}'.{did_you_mean(kind, known)}",
        do=f"Use a group ({', '.join(GROUPS)}) or an id ({', '.join(dict.fromkeys(e.id for e in ENTRIES))}; "
        "those of lists as kind:A,B).",
        code="E20",
    )


def _arguments(entry: Entry, name: str, rest: str, lists: Lists) -> tuple[str, ...]:
    """Return the list names after the colon, checked, in the order of the table."""
    if not entry.takes:
        return ()
    asked = _split(rest, lists)
    check_names(lists, asked, name)
    chosen = tuple(x for x in lists if x in asked)
    if (entry.takes == "pair" and len(chosen) != 2) or len(chosen) < 2:
        need = "two different lists" if entry.takes == "pair" else "two or more different lists"
        raise ProjectError(
            f"'{name}' needs {need} after the colon.", do=f"E.g. {entry.id}:{','.join(lists[:2])}.", code="E20"
        )
    return chosen


def _split(rest: str, lists: Lists) -> tuple[str, ...]:
    """Split at commas; names of lists may hold commas themselves, so the longest known name wins."""
    asked = []
    text = rest.strip()
    while text:
        known = [x for x in lists if text == x or text.startswith(x + ",")]
        part = max(known, key=len) if known else text.partition(",")[0]
        asked.append(part.strip())
        text = text[len(part) :].removeprefix(",").strip()
    return tuple(asked)
