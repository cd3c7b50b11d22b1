"""Each list in turn as a population of known size: what the other lists say of it, against the truth.

The people on a held list are all known. Those of them on other lists are "documented", the rest "on no list", and the
estimate of their number can be compared with the truth. Where estimates of this kind fail on one's own data, trust in
the estimate of those on no list at all should fall with them. Success proves less: people on a list are easier to
record than people on none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.cells import median_draw
from uncounted.estimation.estimator import Estimator, refused_estimate
from uncounted.estimation.held import HeldOut, HeldSummary, HoldOut
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.registry import expand, parse
from uncounted.estimation.result import Estimate
from uncounted.estimation.sensitivity import DEFAULT_BAND

Progress = Callable[[str, int, int], None]

DEFAULT_HELD: tuple[str, ...] = ("loglinear-average", "chao")
FEWEST_PEOPLE = 30  # on a shorter list chance decides
ENOUGH_LISTS = 3  # with two others only Chapman's estimate is left


def hold_out_lists(
    table: CaptureTable,
    estimators: Sequence[str] = DEFAULT_HELD,
    *,
    level: float = 0.95,
    seed: int = 1,
    progress: Progress | None = None,
) -> HoldOut:
    """Estimate each list's known length from the other lists.

    Lists of at least 30 people are held, if two or more other lists hold any of them; with exactly two, Chapman's
    estimate is run instead of what was asked for, and marked. Strata are added up, and of several linkage draws the
    one in the middle is taken: the check is of the lists, and few lists are long enough in every stratum.

    Parameters
    ----------
    table : CaptureTable
        At least three lists.
    estimators : sequence of str
        Groups and ids as in `estimate`. An id that names a list is skipped where that list is held.
    level : float
        Of the intervals, in (0, 1).
    seed : int
        Of estimators that draw.
    progress : callable or None
        Called with (list, number done, number in all).

    Returns
    -------
    HoldOut
        One row a list and estimator, refusals included, and a summary of each estimator.

    Raises
    ------
    NotEstimable
        E37 if no list can be held.
    ProjectError
        E38 for a level outside (0, 1) or no estimators, E20 for an unknown estimator.

    References
    ----------
    Hook and Regal (2000), American Journal of Epidemiology 152:771. Binette and Steorts (2022), arXiv:2112.01594.
    """
    if not 0 < level < 1 or not estimators:
        raise ProjectError(
            f"level must lie strictly between 0 and 1 and one estimator at least is needed; found level={level}, "
            f"estimators={list(estimators)}.",
            code="E38",
        )
    asked = expand(estimators, table.lists)
    one = table.draw(median_draw(table)).total()
    held, left_out = _choose(one)
    if not held:
        raise NotEstimable(
            f"no list can be held out: {'; '.join(f'{name} ({why})' for name, why in left_out)}.",
            do="Lists of at least 30 people with two other lists that share people with them are needed.",
            code="E37",
        )
    rows: list[HeldOut] = []
    by_estimator: dict[str, list[HeldOut]] = {e.id: [] for e in asked}
    for done, name in enumerate(held):
        if progress is not None:
            progress(name, done, len(held))
        for asked_id, row in _hold(one, name, asked, level=level, seed=seed):
            by_estimator[asked_id].append(row)
            if row not in rows:
                rows.append(row)
    if progress is not None:
        progress("", len(held), len(held))
    bounds = {e.id: e.capabilities.is_lower_bound for e in asked}
    return HoldOut(
        rows=tuple(rows),
        summaries=tuple(_summary(k, found, is_lower_bound=bounds[k]) for k, found in by_estimator.items()),
        left_out=tuple(left_out),
        notes=_notes(table),
        level=level,
    )


def restricted(table: CaptureTable, name: str) -> CaptureTable:
    """Return the people on one list as a table of the other lists; those on no other list drop out.

    Parameters
    ----------
    table : CaptureTable
        Any number of strata and draws.
    name : str
        The held list.

    Returns
    -------
    CaptureTable
        J - 1 lists.
    """
    j = table.lists.index(name)
    kept = [k for k in range(table.n_lists) if k != j]
    bits = np.asarray([1 << (table.n_lists - 1 - k) for k in kept], dtype=np.int64)
    codes = pattern_matrix(len(kept)).astype(np.int64) @ bits + (1 << (table.n_lists - 1 - j))
    names = tuple(table.lists[k] for k in kept)
    return replace(
        table,
        lists=names,
        counts=table.counts[:, :, codes - 1],
        coverage=table.coverage[:, kept],
        built_from=tuple(p for p in table.built_from if name not in p),
        name=f"{table.name}, people on {name}" if table.name else f"people on {name}",
    )


def _choose(one: CaptureTable) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the lists to hold, and the others with the reason."""
    held: list[str] = []
    left_out: list[tuple[str, str]] = []
    for name, size in zip(one.lists, one.list_totals[0], strict=True):
        others = sum(1 for n in one.lists if n != name and one.overlap(name, n)[0] > 0)
        if size < FEWEST_PEOPLE:
            left_out.append((name, f"{size} people, fewer than {FEWEST_PEOPLE}"))
        elif others < 2:
            left_out.append((name, f"shares people with {others} other list{'' if others == 1 else 's'} only"))
        else:
            held.append(name)
    return held, left_out


def _hold(
    one: CaptureTable, name: str, asked: Sequence[Estimator], *, level: float, seed: int
) -> list[tuple[str, HeldOut]]:
    """Estimate one list's length by each estimator; (id asked for, row)."""
    known = int(one.list_totals[0, one.lists.index(name)])
    part = restricted(one, name)
    others = tuple(n for n, t in zip(part.lists, part.list_totals[0], strict=True) if t > 0)
    two = len(others) < ENOUGH_LISTS
    search = ModelSearch()
    out: list[tuple[str, HeldOut]] = []
    for estimator in asked:
        # On two lists the other estimators are the same assumption, or say nothing; a bound stays what it is.
        instead = two and not estimator.capabilities.is_lower_bound
        run = parse(f"chapman:{others[0]},{others[1]}", part.lists) if instead else estimator
        if not instead and _names(estimator, name, one.lists):
            continue
        try:
            estimate = run.fit(part, level=level, seed=seed, search=search)
        except NotEstimable as error:
            estimate = refused_estimate(run, part, error)
        out.append((estimator.id, _row(estimate, name, known, n_lists=len(others), two_lists=instead)))
    return out


def _names(estimator: Estimator, name: str, lists: tuple[str, ...]) -> bool:
    """Tell whether an estimator is about some lists only, the held one among them, or is a model of all lists."""
    if estimator.id.startswith("loglinear:"):
        return True  # generators number the lists, and one is gone
    about = estimator.assumption(lists).lists
    return name in about and about != lists


def _row(estimate: Estimate, name: str, known: int, *, n_lists: int, two_lists: bool) -> HeldOut:
    interval = estimate.n_total_interval
    points = {p.odds_ratio: p for p in estimate.sensitivity}
    least, most = (points.get(omega) for omega in DEFAULT_BAND)
    return HeldOut(
        list_name=name,
        estimator=estimate.estimator,
        n_known=known,
        n_seen=estimate.n_listed,
        n_lists=n_lists,
        two_lists=two_lists,
        is_lower_bound=estimate.is_lower_bound,
        n_total=estimate.n_total,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        band_low=None if least is None else least.low,
        band_high=None if most is None else most.high,
        status=estimate.status,
        reason=estimate.reason,
        code=estimate.code,
    )


def _summary(estimator: str, rows: list[HeldOut], *, is_lower_bound: bool) -> HeldSummary:
    done = [row for row in rows if row.n_total is not None]
    ratios = np.asarray([row.log_ratio for row in done])
    widths = np.asarray([row.high / row.low for row in done if row.high is not None and row.low])
    banded = [row for row in done if row.in_band is not None]
    return HeldSummary(
        estimator=estimator,
        n_estimated=len(done),
        n_refused=len(rows) - len(done),
        n_covered=sum(bool(row.covered) for row in done),
        n_banded=len(banded),
        n_in_band=sum(bool(row.in_band) for row in banded),
        median_log_ratio=float(np.median(ratios)) if done else math.nan,
        mean_log_ratio=float(ratios.mean()) if done else math.nan,
        median_width=float(np.median(widths)) if len(widths) else math.nan,
        is_lower_bound=is_lower_bound,
    )


def _notes(table: CaptureTable) -> tuple[str, ...]:
    notes = []
    if table.n_strata > 1:
        notes.append(f"The {table.n_strata} strata were added up before lists were held out.")
    if table.n_draws > 1:
        notes.append(f"Of {table.n_draws} linkage draws the one with the middle number of people was used.")
    return tuple(notes)
