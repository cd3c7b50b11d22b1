"""One way to pool over strata and linkage draws: draws of N, never means of parts.

For each linkage draw the dark figure of each stratum is drawn from its own law and added to the people listed *in that
draw*; the draws of all linkages together are the answer (an equal number from each). So the number of documented
people varies with the linkage, as it does in truth. A table with one stratum and one draw keeps its closed form.

Where several strata are added up, each is drawn so that its mean is its estimate (`Law.centred_on_mean`), because the
sum of many draws comes to lie at the sum of their means. A single stratum keeps its estimate as its median.

Each linkage draw has a stream of random numbers of its own, named by its counts: neither the order of draws or strata
nor what they are called can change anything, not even the last digit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.cells import Cells, cells_by_stratum, drop_empty_lists, median_draw, middle_listed
from uncounted.estimation.kernels.pooling_rules import ENOUGH_REPLICATES, few_replicates_factor
from uncounted.estimation.law import Law
from uncounted.estimation.result import UNDETERMINED, Fit, Interval, SensitivityPoint
from uncounted.estimation.sampled import worst_sampling
from uncounted.estimation.sensitivity import ODDS_RATIOS, Curve
from uncounted.estimation.streams import named_stream

FloatArray = NDArray[np.float64]
Solve = Callable[[NDArray[np.int64], tuple[str, ...]], Law]

# Draws of N in all. Over 25 seeds of 20 draws of Kosovo's counts (once, and as two strata) the median then moves by
# 0.01 to 0.6 % of the standard error, the limits of the interval by 0.1 to 2 %.
POOLED_DRAWS = 40_000
FEWEST_PER_LINKAGE = 50
CEILING = 1_000.0  # an estimate above this many times the people listed is the algebra of an empty cell


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """Dark figure and total over all strata and linkage draws, with the sensitivity curve."""

    n_listed: int
    n_listed_range: tuple[int, int]
    n_unlisted: float
    n_unlisted_interval: Interval
    n_total: float
    n_total_interval: Interval
    draws: FloatArray | None
    sensitivity: tuple[SensitivityPoint, ...]
    fit: Fit | None
    other_intervals: tuple[Interval, ...] = ()
    as_listed: tuple[str, ...] = ()
    by_linkage: tuple[float, float] | None = None
    curve: Curve


def pool(
    table: CaptureTable, solve: Solve, *, level: float, seed: int, method: str, lower_bound: bool = False
) -> Pooled:
    """Fit every stratum and linkage draw and bring the results together.

    Parameters
    ----------
    table : CaptureTable
        Any number of strata and draws.
    solve : callable
        (counts of one stratum and draw, names of its lists that hold anybody) -> Law; raises NotEstimable.
    level : float
        Interval level.
    seed : int
        Streams are keyed by (seed, counts of the linkage draw); order and names do not matter.
    method : str
        What the interval is called when it is a closed form.
    lower_bound : bool
        A stratum without an estimate then counts its listed people alone, which is still a bound; otherwise it makes
        the whole refused.

    Returns
    -------
    Pooled
        The point is the closed form for a single stratum and draw, otherwise the median of the pooled draws.

    Raises
    ------
    NotEstimable
        If a stratum or linkage draw has no estimate (named in the message), if no stratum has one, or if the estimate
        exceeds `CEILING` times the people listed.

    References
    ----------
    Sadinle (2018), Ann. Appl. Statist. 12:1013 (linkage averaging).
    """
    strata = cells_by_stratum(table)
    laws: list[list[Law | None]] = []
    refusals: list[tuple[str, NotEstimable]] = []
    for cells in strata:
        found, refused = _solve_stratum(cells, solve, table.n_draws, lower_bound=lower_bound)
        laws.append(found)
        if refused is not None:
            refusals.append((cells.stratum, refused))
    if refusals and (not lower_bound or all(law is None for row in laws for law in row)):
        raise _in_stratum(*refusals[0], n_strata=len(strata))
    listed = _listed(strata, laws)
    as_listed = tuple(label for label, _ in refusals)
    single = laws[0][0] if len(strata) == 1 and table.n_draws == 1 else None
    pooled = (
        _closed_form(single, level=level, method=method)
        if single is not None
        else _from_draws(table, strata, laws, listed, level=level, seed=seed, as_listed=as_listed)
    )
    if pooled.n_total > CEILING * max(pooled.n_listed, 1):
        raise NotEstimable(
            f"the estimate is more than {CEILING:,.0f} times the {pooled.n_listed:,} people documented: not estimable.",
            why="A nearly empty overlap gives numbers of any size.",
            do="Look for missed links between the lists, or use a lower bound.",
            code="E10",
        )
    return pooled


def _solve_stratum(
    cells: Cells, solve: Solve, n_draws: int, *, lower_bound: bool
) -> tuple[list[Law | None], NotEstimable | None]:
    """Fit each distinct count vector of a stratum once; None where it has no estimate."""
    known: dict[bytes, Law | None] = {}
    out: list[Law | None] = []
    refused: NotEstimable | None = None
    for d in range(n_draws):
        key = cells.counts[d].tobytes()
        if key not in known:
            try:
                known[key] = solve(*drop_empty_lists(cells.counts[d], cells.lists))
            except NotEstimable as error:
                known[key] = None
                refused = refused or error
                if not lower_bound:
                    return [], refused
        out.append(known[key])
    return out, refused


def _in_stratum(stratum: str, error: NotEstimable, *, n_strata: int) -> NotEstimable:
    """Name the stratum of a refusal; with a single stratum there is nothing to name."""
    if n_strata == 1 or error.where:
        return error
    return NotEstimable(
        error.what,
        where=f"stratum '{stratum}'",
        why=error.why or "A sum that leaves a stratum out would not be the total.",
        do=error.do,
        code=error.code,
    )


def _listed(strata: tuple[Cells, ...], laws: list[list[Law | None]]) -> NDArray[np.int64]:
    """Return people listed per linkage draw, as each law counts them, shape (D,)."""
    per_stratum = [
        [int(cells.counts[d].sum()) if law is None else law.n_listed for d, law in enumerate(row)]
        for cells, row in zip(strata, laws, strict=True)
    ]
    return np.asarray(np.asarray(per_stratum, dtype=np.int64).sum(axis=0), dtype=np.int64)


def _interval(low: float, high: float, level: float, method: str, *, n_listed: float, ceiling: float) -> Interval:
    """Return an interval whose limits keep to what is possible; a limit beyond the ceiling is no limit."""
    top = high if high <= ceiling else float("inf")
    return Interval(low=max(low, n_listed), high=max(top, n_listed), level=level, method=method)


def _closed_form(law: Law, *, level: float, method: str) -> Pooled:
    tail = (1 - level) / 2
    n, point = law.n_listed, law.median
    low, high = law.quantile(tail), law.quantile(1 - tail)
    most = CEILING * max(n, 1)
    points = []
    for omega in ODDS_RATIOS:
        at = law.scaled(omega)
        points.append(
            SensitivityPoint(
                odds_ratio=omega,
                n_total=n + at.median,
                low=n + at.quantile(tail),
                high=_unbounded_above(n + at.quantile(1 - tail), most),
            )
        )
    return Pooled(
        n_listed=n,
        n_listed_range=(n, n),
        n_unlisted=point,
        n_unlisted_interval=_interval(low, high, level, method, n_listed=0.0, ceiling=most),
        n_total=n + point,
        n_total_interval=_interval(n + low, n + high, level, method, n_listed=float(n), ceiling=most),
        draws=None,
        sensitivity=tuple(points),
        fit=law.fit,
        other_intervals=law.other_intervals,
        curve=Curve(
            listed=np.asarray([n], dtype=np.float64),
            projected=np.full((1, 1, 1), law.projected),
            shift=np.full((1, 1), law.shift),
        ),
    )


def _unbounded_above(value: float, most: float) -> float:
    return value if value <= most else float("inf")


def _from_draws(
    table: CaptureTable,
    strata: tuple[Cells, ...],
    laws: list[list[Law | None]],
    listed: NDArray[np.int64],
    *,
    level: float,
    seed: int,
    as_listed: tuple[str, ...],
) -> Pooled:
    curve = _draw_all(table, strata, laws, listed, seed=seed)
    tail = (1 - level) / 2
    n = middle_listed(listed)
    least, most = float(listed.min()), CEILING * max(n, 1)
    method = _method(table)
    n0, draws = curve.unlisted(1.0).ravel(), curve.totals(1.0)
    n0_low, n0_high = np.quantile(n0, [tail, 1 - tail])
    points = []
    for omega in ODDS_RATIOS:
        at = draws if omega == 1.0 else curve.totals(omega)
        low, middle, high = np.quantile(at, [tail, 0.5, 1 - tail])
        points.append(
            SensitivityPoint(
                odds_ratio=omega,
                n_total=float(middle),
                low=float(low),
                high=_unbounded_above(float(high), most),
            )
        )
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail])
    if 1 < table.n_draws < ENOUGH_REPLICATES:
        # A draw may list nobody at all.
        logs, ends = np.log(np.maximum(draws, 1.0)), np.log(np.maximum([low, middle, high], 1.0))
        low, high = np.exp(_few_draws(logs, ends, table.n_draws, level))
        # Nobody may be unlisted in some draw, so one person is added before the logarithm is taken.
        limits = np.log1p([n0_low, np.median(n0), n0_high])
        n0_low, n0_high = np.expm1(_few_draws(np.log1p(n0), limits, table.n_draws, level))
    by_linkage = np.quantile(np.median(draws.reshape(table.n_draws, -1), axis=1), [0.025, 0.975])
    draws.setflags(write=False)
    return Pooled(
        n_listed=n,
        n_listed_range=(int(listed.min()), int(listed.max())),
        n_unlisted=float(np.median(n0)),
        n_unlisted_interval=_interval(float(n0_low), float(n0_high), level, method, n_listed=0.0, ceiling=most),
        n_total=float(middle),
        n_total_interval=_interval(float(low), float(high), level, method, n_listed=least, ceiling=most),
        draws=draws,
        sensitivity=tuple(points),
        fit=_common_fit(laws, median_draw(table), float(draws.std())),
        as_listed=as_listed,
        by_linkage=(float(by_linkage[0]), float(by_linkage[1])) if table.n_draws > 1 else None,
        curve=curve,
    )


def _few_draws(logs: FloatArray, limits: FloatArray, n_draws: int, level: float) -> tuple[float, float]:
    """Move limits (low, median, high) away from the median where linkage draws are too few to show their spread."""
    low, middle, high = limits
    each = logs.reshape(n_draws, -1)
    factor = few_replicates_factor(np.median(each, axis=1), each.var(axis=1), level=level)
    return float(middle + factor * (low - middle)), float(middle + factor * (high - middle))


def _draw_all(
    table: CaptureTable,
    strata: tuple[Cells, ...],
    laws: list[list[Law | None]],
    listed: NDArray[np.int64],
    *,
    seed: int,
) -> Curve:
    """Draw the projected people of every stratum and linkage draw, both in the order of their counts."""
    n_each = max(POOLED_DRAWS // table.n_draws, FEWEST_PER_LINKAGE)
    projected = np.zeros((len(strata), table.n_draws, n_each))
    shift = np.zeros(projected.shape[:2])
    several = sum(any(law is not None for law in row) for row in laws) > 1
    keys = [[_key(table, cells, d) for cells in strata] for d in range(table.n_draws)]
    # Equal strata of one draw have equal laws, and equal draws equal sets of strata: their order is of no matter.
    inside = [sorted(range(len(strata)), key=row.__getitem__) for row in keys]
    names = [b"".join(hashlib.sha256(row[s]).digest() for s in order) for row, order in zip(keys, inside, strict=True)]
    order = sorted(range(table.n_draws), key=names.__getitem__)
    seen: dict[bytes, int] = {}
    for at, d in enumerate(order):
        rng = named_stream(names[d], before=(seed,), after=(seen.setdefault(names[d], 0),))
        seen[names[d]] += 1
        for row, s in enumerate(inside[d]):
            law = laws[s][d]
            if law is not None:
                projected[row, at] = (law.centred_on_mean() if several else law).sample(n_each, rng)
                shift[row, at] = law.shift
    if not shift.any():  # then omega times a sum is the sum of omegas, and one stratum's room holds all
        projected, shift = projected.sum(axis=0, keepdims=True), shift[:1]
    return Curve(listed=listed[order].astype(np.float64), projected=projected, shift=shift)


def _key(table: CaptureTable, cells: Cells, draw: int) -> bytes:
    """Return what a stratum is in one draw: which lists cover it, and its counts."""
    covering = [table.lists.index(name) for name in cells.lists]
    return repr(covering).encode("ascii") + bytes(cells.counts[draw].astype("<i8").tobytes())


def _method(table: CaptureTable) -> str:
    parts = []
    if table.n_draws > 1:
        parts.append(f"{table.n_draws} linkage draws")
    if table.n_strata > 1:
        parts.append(f"{table.n_strata} strata")
    return f"quantiles of draws pooled over {' and '.join(parts)}"


def _common_fit(laws: list[list[Law | None]], middle: int, standard_error: float) -> Fit | None:
    """Summarise many fits.

    The model if all agree, the models searched and admissible in the middle draw, added over strata as rule R4 adds
    them, and the median p over linkage draws of the worst stratum.
    """
    rows = [[law.fit for law in row if law is not None and law.fit is not None] for row in laws]
    fits = [f for row in rows for f in row]
    if not fits:
        return None
    names = {f.model for f in fits}
    at_middle = [law.fit for row in laws if (law := row[middle]) is not None and law.fit is not None]
    searched = at_middle if any(f.n_models > 1 for f in at_middle) else []  # else a model was named, none searched
    medians = [float(np.median(p)) for row in rows if (p := [f.p_value for f in row if f.p_value == f.p_value])]
    return Fit(
        model=names.pop() if len(names) == 1 else "differs between strata or linkage draws",
        n_models=sum(f.n_models for f in searched) or 1,
        n_admissible=sum(f.n_admissible for f in searched) if searched else 1,
        p_value=min(medians) if medians else float("nan"),
        standard_error=standard_error,
        status=_worst_status(fits),
        sampling=worst_sampling([f.sampling for f in fits if f.sampling is not None]),
    )


def _worst_status(fits: list[Fit]) -> str:
    return next((f.status for f in fits if f.status == UNDETERMINED), fits[0].status)
