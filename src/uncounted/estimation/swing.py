"""How far models that fit equally well disagree, and how the lists overlap: the facts that the verdict rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.errors import NotEstimable
from uncounted.estimation.cells import Cells, cells_by_stratum, drop_empty_lists, median_draw
from uncounted.estimation.goodness import goodness_of_fit
from uncounted.estimation.kernels.bounds import connected_groups
from uncounted.estimation.kernels.twolist import lognormal_interval
from uncounted.estimation.model_search import ModelSearch, ModelTable
from uncounted.estimation.result import Estimate

PAIR_KINDS = ("chapman", "marginal")  # assumptions that take two lists for independent in the whole population
CELL_KINDS = ("independent", "no-highest-order")  # assumptions whose formula is a ratio of products of cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """Smallest and largest total over models that fit, added over strata (the same direction in each).

    `low`, `high` are estimates; `low_limit`, `high_limit` the outermost limits of their intervals. `widened` tells that
    the search was limited, and models beyond it were held against it. `n_models` is that of the stratum with most.
    """

    n_models: int
    low: float
    high: float
    low_limit: float
    high_limit: float
    widened: bool = False
    n_strata: int = 1

    @property
    def ratio(self) -> float:
        """Largest total over the smallest."""
        return self.high / self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What all models of a stratum say of it, on the middle linkage draw."""

    stratum: str
    n_models: int
    n_admissible: int
    best_p_value: float
    largest_p_value: float
    swing: Swing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How the lists of a stratum overlap; medians over linkage draws.

    Attributes
    ----------
    stratum : str
    lists : tuple of str
        The lists that cover the stratum and hold somebody.
    empty : tuple of str
        Those that cover it and hold nobody.
    on_two_or_more : float
        People on two or more lists.
    list_totals, list_overlaps : tuple of float
        Per list: people on it, and those of them who are on another one as well.
    islands : tuple of tuple of str
        Groups of lists that share nobody with one another; one group if all hang together.
    """

    stratum: str
    lists: tuple[str, ...]
    empty: tuple[str, ...]
    on_two_or_more: float
    list_totals: tuple[float, ...]
    list_overlaps: tuple[float, ...]
    islands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """The cell that an estimate divides by in one stratum: in words ("on both A and B"), and the people in it."""

    stratum: str
    cell: str
    count: float


def independent_pair(chosen: Estimate) -> tuple[str, ...]:
    """Return the two lists if an estimate rests on the independence of one pair in the whole population, else ()."""
    pair = chosen.assumption.lists
    return pair if chosen.assumption.id.partition(":")[0] in PAIR_KINDS and len(pair) == 2 else ()


def footings(table: CaptureTable, chosen: Estimate) -> tuple[Footing, ...]:
    """Return what the chosen estimate divides by, where that is less than all people on two or more lists.

    The overlap of the pair for "chapman:" and "marginal:"; for "independent:" and "no-highest-order" the smallest cell
    with an even number of its lists and no other list, the denominators of the formula. None for other estimates, and
    in strata of two lists, where it is the whole overlap.
    """
    kind = chosen.assumption.id.partition(":")[0]
    if kind not in (*PAIR_KINDS, *CELL_KINDS):
        return ()
    found = (_footing(cells, chosen.assumption.lists, cell=kind in CELL_KINDS) for cells in cells_by_stratum(table))
    return tuple(f for f in found if f is not None)


def _footing(cells: Cells, names: tuple[str, ...], *, cell: bool) -> Footing | None:
    if not cells.lists:
        return None
    member = pattern_matrix(len(cells.lists))
    counts = np.median(cells.counts, axis=0)
    held = [j for j in range(len(cells.lists)) if counts @ member[:, j] > 0]
    used = [j for j in held if cells.lists[j] in names]
    if len(held) <= 2 or len(used) < 2:
        return None
    if not cell:
        both = member[:, used].all(axis=1)
        words = " and ".join(cells.lists[j] for j in used)
        people = float(np.median(cells.counts[:, both].sum(axis=1)))
        return Footing(stratum=cells.stratum, cell=f"on both {words}", count=people)
    within = member[:, used].sum(axis=1)
    even = np.flatnonzero((within == member.sum(axis=1)) & (within % 2 == 0))
    least = even[np.argmin(counts[even])]
    words = " and ".join(cells.lists[j] for j in used if member[least, j])
    return Footing(stratum=cells.stratum, cell=f"on {words} and no other list", count=float(counts[least]))


def overlap_facts(table: CaptureTable) -> tuple[Overlap, ...]:
    """Return how the lists overlap in each stratum."""
    return tuple(_overlap(cells) for cells in cells_by_stratum(table))


def _overlap(cells: Cells) -> Overlap:
    n_lists = len(cells.lists)
    if n_lists == 0:
        return Overlap(
            stratum=cells.stratum, lists=(), empty=(), on_two_or_more=0.0, list_totals=(), list_overlaps=(), islands=()
        )
    member = pattern_matrix(n_lists)
    several = member.sum(axis=1) >= 2
    counts = cells.counts.astype(np.float64)
    totals = np.median(counts @ member, axis=0)
    overlaps = np.median(counts[:, several] @ member[several], axis=0)
    shared = np.median([member.T @ (row[:, None] * member) for row in counts], axis=0)
    held = [j for j in range(n_lists) if totals[j] > 0]
    # Over draws the middle may be half a person: any overlap at all ties two lists together.
    groups = connected_groups(np.ceil(shared[np.ix_(held, held)]).astype(np.int64))
    return Overlap(
        stratum=cells.stratum,
        lists=tuple(cells.lists[j] for j in held),
        empty=tuple(cells.lists[j] for j in range(n_lists) if totals[j] == 0),
        on_two_or_more=float(np.median(counts[:, several].sum(axis=1))),
        list_totals=tuple(float(totals[j]) for j in held),
        list_overlaps=tuple(float(overlaps[j]) for j in held),
        islands=tuple(tuple(cells.lists[held[k]] for k in group) for group in groups),
    )


def model_facts(
    table: CaptureTable, search: ModelSearch, *, level: float, within_bic: float, p_above: float
) -> tuple[ModelFacts, ...]:
    """Return what all models say in each stratum; empty if a stratum has too few or too many lists to search."""
    middle = median_draw(table)
    facts = []
    for cells in cells_by_stratum(table):
        counts, lists = drop_empty_lists(cells.counts[middle], cells.lists)
        try:
            found, wider = search.table(counts, lists), search.wider(counts, lists)
        except NotEstimable:
            return ()
        tables = (found,) if wider is None else (found, wider)
        swing = swing_of(tables, level=level, within_bic=within_bic, p_above=p_above)
        facts.append(_facts(cells.stratum, counts, tables, search, swing))
    return tuple(facts)


def _facts(
    stratum: str, counts: NDArray[np.int64], tables: tuple[ModelTable, ...], search: ModelSearch, swing: Swing | None
) -> ModelFacts:
    """Return the facts of the searched models, `tables[0]`; whether any model fits is asked of those beyond as well."""
    found = tables[0]
    values = found.criterion(search.criterion)
    best = int(np.argmin(values))
    any_admissible = bool(found.admissible.any())
    return ModelFacts(
        stratum=stratum,
        n_models=len(found.models),
        n_admissible=int(found.admissible.sum()),
        best_p_value=goodness_of_fit(counts, found.models[best]) if any_admissible else float("nan"),
        largest_p_value=max(_largest_p(counts, t) for t in tables) if any_admissible else float("nan"),
        swing=swing,
    )


def _largest_p(counts: NDArray[np.int64], found: ModelTable) -> float:
    """Return the largest p over all models, 1 if one leaves nothing to test; tested anew where it is the largest."""
    p_values = np.where(found.admissible, np.where(np.isnan(found.p_value), 1.0, found.p_value), -1.0)
    if not found.admissible.any():
        return -1.0
    foremost = int(np.argmax(p_values))
    if np.isnan(found.p_value[foremost]):
        return 1.0
    return goodness_of_fit(counts, found.models[foremost])


def swing_of(tables: Sequence[ModelTable], *, level: float, within_bic: float, p_above: float) -> Swing | None:
    """Return how far apart the totals of models lie that fit about equally well, or None if none fits.

    Parameters
    ----------
    tables : sequence of ModelTable
        The searched models; and, where the search was limited, those beyond it. In each, the admissible models that
        are not rejected and whose BIC is near the best of these count: so an estimate from a limited search is held
        against what the better models outside it say.
    level : float
        Of the intervals whose outermost limits are kept.
    within_bic, p_above : float
        Largest difference in BIC, and the p-value that a model must exceed.
    """
    totals: dict[bytes, tuple[float, float, float]] = {}
    for found in tables:
        fitting = found.fitting(p_above)
        if not fitting.any():
            continue
        bic = np.where(fitting, found.bic, np.inf)
        for m in np.flatnonzero(bic <= bic.min() + within_bic):
            n_unlisted = float(found.n_unlisted[m])
            low, high = lognormal_interval(n_unlisted, float(found.standard_error[m]), level=level)
            n = found.n_listed
            totals[found.models[m].tobytes()] = (n + n_unlisted, n + low, n + high)
    if not totals:
        return None
    values = list(totals.values())
    return Swing(
        n_models=len(values),
        low=min(v[0] for v in values),
        high=max(v[0] for v in values),
        low_limit=min(v[1] for v in values),
        high_limit=max(v[2] for v in values),
        widened=len(tables) > 1,
    )


def total_swing(facts: tuple[ModelFacts, ...]) -> Swing | None:
    """Add the swings of all strata, smallest with smallest and largest with largest; None if one has none."""
    swings = [f.swing for f in facts if f.swing is not None]
    if not swings or len(swings) < len(facts):
        return None
    return Swing(
        n_models=max(s.n_models for s in swings),
        low=sum(s.low for s in swings),
        high=sum(s.high for s in swings),
        low_limit=sum(s.low_limit for s in swings),
        high_limit=sum(s.high_limit for s in swings),
        widened=any(s.widened for s in swings),
        n_strata=len(swings),
    )
