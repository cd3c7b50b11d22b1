"""The weight of a pair: what training on these lists says, what the model trained on invented lists says, and both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.compare import Cells
from uncounted.linkage.comparisons import CEILING, FLOOR, Comparison
from uncounted.linkage.pairs import ModelsCompared, probability
from uncounted.linkage.prior_model import PriorModel, score_cells, shift_to
from uncounted.linkage.refine import cell_weights, field_weights, refine_m
from uncounted.linkage.training import PRIOR_PAIRS, Model, check_weights, default_m

Floats = NDArray[np.float64]

# A match rate is believed if the true pairs it implies lie within these bounds.
_MOST_MATCHES_PER_RECORD = 10.0
_MOST_MATCHES_PER_SURE_PAIR = 20.0
# Share of the model trained on invented lists in the log odds of a pair.
PRIOR_SHARE = 0.5
# Above this share of likely pairs on which the two models differ it is said.
DIFFER_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """log2 odds of each cell by the two models and by both together, each shape (C,)."""

    em: Floats
    prior: Floats
    match: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairModel:
    """Both models, fitted to the lists at hand.

    Attributes
    ----------
    em : Model
        m and u.
    rate : float
        Share of true pairs among all pairs of records, by EM.
    prior : PriorModel
    shift : float
        Added to the natural log odds of `prior`.
    factors : tuple of (str, float)
        Fields whose evidence counts more or less than once, as the project file wants it.
    """

    em: Model
    rate: float
    prior: PriorModel
    shift: float
    factors: tuple[tuple[str, float], ...] = ()

    def lowered(self, *, em: float, prior: float) -> PairModel:
        """Return the models with all log2 odds of each moved by so many bits (see `claims.shift_to_lists`)."""
        odds = np.exp2(em) * self.rate / (1.0 - self.rate)
        return replace(self, rate=float(odds / (1.0 + odds)), shift=self.shift + prior * float(np.log(2.0)))

    def weights(self, cells: Cells) -> Weights:
        """Return the weights of cells."""
        em = cell_weights(cells, self.em.m, self.em.u, discounted=True) + np.log2(self.rate / (1.0 - self.rate))
        prior = (score_cells(self.prior, cells, self.em.u) + self.shift) / np.log(2.0)
        for name, factor in self.factors:
            if name in self.em.m:
                extra = (factor - 1.0) * field_weights(cells, name, self.em.m, self.em.u)
                em, prior = em + extra, prior + extra
        return Weights(em=em, prior=prior, match=PRIOR_SHARE * prior + (1.0 - PRIOR_SHARE) * em)


def refined(cells: Cells, model: Model, comparisons: Sequence[Comparison], rate: float, n_all_pairs: float) -> Model:
    """Estimate m again from all scored pairs, for the fields that training could use; the guards stay in force."""
    general = default_m()
    usable = [c.name for c in comparisons if model.m[c.name] != model.u[c.name]]
    result = refine_m(
        cells,
        m=model.m,
        u=model.u,
        prior={name: tuple(PRIOR_PAIRS * share for share in general[name]) for name in usable},
        rate=rate,
        n_all_pairs=n_all_pairs,
        bounds=(FLOOR, CEILING),
    )
    notes = list(model.warnings)
    m: dict[str, tuple[float, ...]] = dict(model.m)
    for comparison in comparisons:
        name = comparison.name
        if name in usable:
            m[name], said = check_weights(comparison, result.m[name], model.u[name], general[name])
            notes.extend(said)
    return Model(m=m, u=model.u, warnings=tuple(notes), sessions=model.sessions)


def fit_both(
    cells: Cells,
    model: Model,
    prior: PriorModel,
    *,
    n_records: int,
    n_sure: int,
    first_rate: float,
    factors: Mapping[str, float],
) -> tuple[PairModel, tuple[str, ...]]:
    """Find the share of true pairs under each model.

    Parameters
    ----------
    cells : Cells
        All pairs that were brought up.
    model : Model
        Trained on these lists.
    prior : PriorModel
        Trained on invented lists.
    n_records, n_sure, first_rate
        See `match_rate`.
    factors : mapping of str to float
        See `PairModel`.

    Returns
    -------
    tuple of (PairModel, warnings)
    """
    em = cell_weights(cells, model.m, model.u, discounted=True)
    rate, said = match_rate(em, cells.count, n_records=n_records, n_sure=n_sure, start=first_rate)
    log_odds = score_cells(prior, cells, model.u)
    shift, expected = shift_to(log_odds, cells.count)
    low, high = _plausible(n_records, n_sure)
    notes = list(said)
    if not low <= expected <= high:
        wanted = min(max(first_rate * n_records * (n_records - 1) / 2, low), high)
        shift = shift_for(log_odds, cells.count, wanted)
        notes.append(
            f"The model trained on invented lists suggested {expected:,.0f} true pairs where {n_sure:,} agree exactly "
            "on surname, given name and a date; that is not plausible, and the number of exact agreements "
            "sets its odds."
        )
    both = PairModel(em=model, rate=rate, prior=prior, shift=shift, factors=tuple(sorted(factors.items())))
    return both, tuple(notes)


def shift_for(log_odds: Floats, count: NDArray[np.int64], expected: float) -> float:
    """Return the shift of natural log odds under which so many true pairs are expected, by bisection."""
    low, high = -60.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2.0
        found = float((count / (1.0 + np.exp(-np.clip(log_odds + middle, -700.0, 700.0)))).sum())
        low, high = (middle, high) if found < expected else (low, middle)
    return (low + high) / 2.0


def compare_models(weights: Weights, count: NDArray[np.int64]) -> tuple[ModelsCompared, tuple[str, ...]]:
    """Say how far the two models agree on who is likely one person."""
    em, prior = weights.em > 0.0, weights.prior > 0.0
    found = ModelsCompared(
        n_likely=int(count[em | prior].sum()),
        n_differ=int(count[em ^ prior].sum()),
        em_matches=float((count * probability(weights.em)).sum()),
        prior_matches=float((count * probability(weights.prior)).sum()),
    )
    if found.differ_share <= DIFFER_SHARE:
        return found, ()
    return found, (
        f"The model trained on these lists and the one trained on invented lists differ on {found.n_differ:,} of "
        f"{found.n_likely:,} likely pairs ({found.differ_share:.0%}; true pairs by the first {found.em_matches:,.0f}, "
        f"by the second {found.prior_matches:,.0f}). Review some pairs before trusting either.",
    )


def _plausible(n_records: int, n_sure: int) -> tuple[float, float]:
    """Bounds of the number of true pairs, from pairs that agree exactly."""
    return 0.5 * n_sure, max(_MOST_MATCHES_PER_SURE_PAIR * n_sure, _MOST_MATCHES_PER_RECORD * n_records)


def match_rate(
    weights: Floats, count: NDArray[np.int64], *, n_records: int, n_sure: int, start: float
) -> tuple[float, tuple[str, ...]]:
    """Estimate the share of true pairs among all pairs of records by EM with m and u fixed.

    Pairs that no rule brought up are taken as no matches, so the rate belongs to the pairs that could be linked.

    Parameters
    ----------
    weights : ndarray of float64, shape (C,)
        log2(m/u) summed over the comparisons of each cell, without prior odds.
    count : ndarray of int64, shape (C,)
        Pairs of each cell.
    n_records : int
        Records; all their pairs are the denominator.
    n_sure : int
        Pairs that agree exactly on surname, given name and a date: a check on the result.
    start : float
        Where the iteration begins, and what is used if it leaves the plausible bounds.

    Returns
    -------
    tuple of (rate, warnings)
        The rate in (0, 1), and a sentence if the estimate was not believed.
    """
    total = n_records * (n_records - 1) / 2
    natural = weights * np.log(2.0)
    rate = start
    for _ in range(200):
        log_odds = natural + np.log(rate / (1.0 - rate))
        expected = float((count / (1.0 + np.exp(-np.clip(log_odds, -700.0, 700.0)))).sum())
        new = min(max(expected / total, 1e-12), 0.9)
        done = abs(new - rate) <= 1e-6 * rate
        rate = new
        if done:
            break
    low, high = _plausible(n_records, n_sure)
    if low <= rate * total <= high:
        return rate, ()
    return start, (
        f"Training suggested {rate * total:,.0f} true pairs where {n_sure:,} agree exactly on surname, given name and "
        "a date; that is not plausible, and the number of exact agreements sets the prior odds instead.",
    )
