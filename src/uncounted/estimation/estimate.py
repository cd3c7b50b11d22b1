"""`estimate`: all estimates of one table side by side, the chosen one marked, one verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.background import NOTHING_KNOWN, Background
from uncounted.estimation.estimator import Estimator, refused_estimate
from uncounted.estimation.held import HoldOut
from uncounted.estimation.hold_out import hold_out_lists
from uncounted.estimation.model_search import Criterion, ModelSearch
from uncounted.estimation.registry import expand, parse
from uncounted.estimation.result import Answer, Estimate
from uncounted.estimation.second_looks import STAND_IN
from uncounted.estimation.sensitivity import tipping_points
from uncounted.estimation.verdict import judge

# What takes a fraction of a second, and what takes some seconds because it samples.
QUICK_ESTIMATORS: tuple[str, ...] = ("chapman", "chao", "loglinear", "assumptions")
DEFAULT_ESTIMATORS: tuple[str, ...] = (*QUICK_ESTIMATORS, "decomposable", "shrinkage", "latent-class")
# Estimators that are tried on held-out lists themselves; for any other, the average stands in.
HELD_AS_THEMSELVES = ("loglinear-average", "loglinear-best", "loglinear-independence", "no-highest-order")
Progress = Callable[[str, int, int], None]


def estimate(
    table: CaptureTable,
    *,
    estimators: Sequence[str] = DEFAULT_ESTIMATORS,
    choice: str | None = None,
    reason: str = "",
    level: float = 0.95,
    criterion: Criterion = "bic",
    max_order: int | None = None,
    independence_defended: bool = False,
    claims: Sequence[float] = (),
    not_covered: Sequence[str] = (),
    background: Background = NOTHING_KNOWN,
    hold_out: bool = True,
    seed: int = 1,
    progress: Progress | None = None,
) -> Answer:
    """Estimate how many there were, counting those on no list, under each of several assumptions.

    Parameters
    ----------
    table : CaptureTable
        Counts per capture pattern, stratum and linkage draw.
    estimators : sequence of str
        Groups (see `GROUPS`) and ids ("marginal:A,B", "loglinear:[12,3]"). The lower bounds and the choice are always
        among them, because the verdict may rest on them; so is "coverage" where lists do not cover all strata.
    choice : str or None
        Id of the estimate that the analyst stands by. Default: latent classes with three lists or more, if they are
        among the estimators, else the average of the log-linear models; Chapman's estimate with two lists.
    reason : str
        Why, in the analyst's words; printed word for word.
    level : float
        Interval level, in (0, 1).
    criterion : {"bic", "aic"}
        What ranks and weighs log-linear models.
    max_order : int or None
        Most lists in one interaction; None: all for up to five lists, two for six.
    independence_defended : bool
        With two lists: the analyst states that they are independent. Otherwise only a range is given (rule R1).
    claims : sequence of float
        Totals that somebody published; for each, how dependent the lists would have to be for it to be true.
    not_covered : sequence of str
        Groups that belong to the population and that no list could have recorded (rule R8).
    background : Background
        What is known besides the counts: people documented otherwise, strict and loose linkage, how long people could
        be recorded (rules R9, R10, R16).
    hold_out : bool
        Also estimate each list from the others (rule R14), where that can be done.
    seed : int
        Seed of the draws used for several strata or linkages. The same input and seed give the same answer.
    progress : callable or None
        Called with (estimator id, number done, number in all).

    Returns
    -------
    Answer
        One row an estimator, refusals included, and the verdict.

    Raises
    ------
    ProjectError
        If an option is out of range, or an estimator or the choice is unknown (with the nearest name).
    """
    _check_options(table, level=level, criterion=criterion, max_order=max_order, seed=seed, claims=claims)
    more = ["chao"] if table.coverage.all() else ["chao", "coverage"]
    wanted = list(expand([*estimators, *more], table.lists, criterion=criterion))
    chosen = _choice(choice, table, criterion, {e.id for e in wanted})
    if chosen.id not in {e.id for e in wanted}:
        wanted.append(chosen)
    search = ModelSearch(criterion=criterion, max_order=max_order)
    rows: list[Estimate] = []
    for done, estimator in enumerate(wanted):
        if progress is not None:
            progress(estimator.id, done, len(wanted))
        row = _row(estimator, table, level=level, seed=seed, search=search)
        rows.append(row if row.estimator == chosen.id else replace(row, curve=None))
    if progress is not None:
        progress("verdict", len(wanted), len(wanted))
    headline = next(row for row in rows if row.estimator == chosen.id)
    held_by = chosen.id if chosen.id in HELD_AS_THEMSELVES else STAND_IN
    held = _held(table, held_by, level=level, seed=seed) if hold_out else None

    def refit(name: str, other: CaptureTable) -> Estimate | None:
        try:
            again = parse(name, other.lists, criterion=criterion)
            return again.fit(other, level=level, seed=seed, search=search)
        except (NotEstimable, ProjectError):  # no estimate, or it names a list that is not there
            return None

    judgement = judge(
        table,
        headline,
        search,
        level=level,
        independence_defended=independence_defended,
        not_covered=tuple(not_covered),
        seed=seed,
        rows=rows,
        background=background,
        hold_out=held,
        held_by=held_by,
        refit=refit,
    )
    tipping = (
        tipping_points(headline.n_listed, headline.n_unlisted, claims, curve=headline.curve)
        if headline.n_unlisted is not None and headline.sensitivity
        else ()
    )
    return Answer(
        table=table,
        estimates=tuple(replace(row, curve=None) for row in rows),
        choice=chosen.id,
        reason=reason,
        checks=judgement.checks,
        verdict=judgement.verdict,
        tipping=tipping,
        level=level,
        range=judgement.range,
        not_covered=tuple(not_covered),
        criterion=criterion,
        seed=seed,
        hold_out=held,
    )


def _held(table: CaptureTable, estimator: str, *, level: float, seed: int) -> HoldOut | None:
    """Hold out each list; None where no list can be."""
    try:
        return hold_out_lists(table, (estimator, "chao"), level=level, seed=seed)
    except NotEstimable:
        return None


def _row(estimator: Estimator, table: CaptureTable, *, level: float, seed: int, search: ModelSearch) -> Estimate:
    """Return one estimate; a refusal is a row with its reason."""
    try:
        return estimator.fit(table, level=level, seed=seed, search=search)
    except NotEstimable as error:
        return refused_estimate(estimator, table, error)


def _choice(choice: str | None, table: CaptureTable, criterion: Criterion, wanted: set[str]) -> Estimator:
    if choice is None:
        totals = table.list_totals.max(axis=0)
        held = [name for name, total in zip(table.lists, totals, strict=True) if total > 0]
        # It misses the truth least often where people differ, and about as often as the others elsewhere, at the price
        # of a wider interval (see the validation study).
        several = "latent-class" if "latent-class" in wanted else "loglinear-average"
        choice = f"chapman:{held[0]},{held[1]}" if len(held) == 2 else several
    try:
        return parse(choice, table.lists, criterion=criterion)
    except ProjectError as error:
        raise ProjectError(f"choice: {error.what}", do=error.do, code="E21") from error


def _check_options(
    table: object, *, level: float, criterion: str, max_order: int | None, seed: int, claims: Sequence[float]
) -> None:
    """Refuse options out of range, all in one place."""
    if not isinstance(table, CaptureTable):
        raise ProjectError(
            f"estimate needs a CaptureTable; found {type(table).__name__}.",
            do="Make one, e.g. CaptureTable.from_patterns({'10': 30, '01': 20, '11': 5}, lists=['A', 'B']).",
            code="E22",
        )
    if not 0 < level < 1:
        raise ProjectError(f"level must lie between 0 and 1; found {level:g}.", do="E.g. level=0.95.", code="E22")
    if criterion not in ("bic", "aic"):
        raise ProjectError(f"criterion must be 'bic' or 'aic'; found '{criterion}'.", code="E22")
    if max_order is not None and max_order < 1:
        raise ProjectError(f"max_order must be at least 1; found {max_order}.", code="E22")
    if seed < 0:
        raise ProjectError(f"seed must be a whole number from 0; found {seed}.", code="E22")
    if any(not math.isfinite(c) or c <= 0 for c in claims):
        raise ProjectError("claims must be positive numbers of people.", code="E22")
