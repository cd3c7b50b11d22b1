"""Sampling of strata together and alone: what `hierarchical` makes an estimate of.

Lists and strata are put in an order that depends on the counts alone before anything is drawn, and streams of random
numbers are named by the counts, so that neither order nor names can change a digit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.errors import NotEstimable
from uncounted.estimation.cells import canonical_order, list_totals, reordered
from uncounted.estimation.kernels.convergence import modes
from uncounted.estimation.kernels.hierarchical import SCALE, draw_new_stratum, draw_prior, sample_hierarchical
from uncounted.estimation.kernels.shrinkage import (
    ShrinkagePrior,
    Terms,
    draw_unlisted,
    reweighted_median,
    sample_shrinkage,
    terms,
)
from uncounted.estimation.kernels.whitening import Effort, Sampled
from uncounted.estimation.result import Mode, Sampling
from uncounted.estimation.streams import named_stream

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FEWEST_LISTED = 30  # people of a stratum that has deviations of its own
FEWEST_STRATA = 3
FEWEST_LISTS = 3
MOST_LISTS = 6
OTHER_SCALES = (0.5, 2.0)  # of the differences between strata, tried to see how much of the total is prior
PRIOR_DRAWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkageDraw:
    """One linkage draw, sampled: people unlisted per stratum (S, n) in the order of the table, and from what.

    `counts` and `coverage` are those of the strata that took part, lists and strata in the order of the sampler.
    """

    unlisted: FloatArray
    own: BoolArray
    sampled: Sampled
    counts: IntArray
    coverage: BoolArray
    model: Terms
    name: bytes


def sample_each(table: CaptureTable, chosen: IntArray, effort: Effort, *, seed: int) -> list[LinkageDraw]:
    """Sample each linkage draw, equal ones once."""
    known: dict[bytes, LinkageDraw] = {}
    found = []
    for d in chosen:
        key = table.counts[d].tobytes()
        if key not in known:
            known[key] = _sample_one(table.counts[d], table.coverage, effort, seed=seed)
        found.append(known[key])
    return found


def _sample_one(counts: IntArray, coverage: BoolArray, effort: Effort, *, seed: int) -> LinkageDraw:
    """Sample one linkage draw, with lists and strata in an order that depends on the counts alone."""
    n_lists = coverage.shape[1]
    held = np.flatnonzero(list_totals(counts.sum(axis=0), n_lists) > 0)
    counts, coverage = _without_empty(counts, held, n_lists), coverage[:, held].astype(bool)
    n_lists = len(held)
    _check_lists(n_lists)
    order = canonical_order(counts.sum(axis=0), n_lists)
    counts, coverage = reordered(counts, order), coverage[:, list(order)]
    n_listed = counts.sum(axis=1)
    if (~coverage.any(axis=1)).any():
        raise NotEstimable(
            "no list could have recorded the people of a stratum.",
            do="Take it out of the population, or add a list that covers it.",
            code="E27",
        )
    several = pattern_matrix(n_lists).sum(axis=1) > 1
    own = (n_listed >= FEWEST_LISTED) & counts[:, several].any(axis=1)
    if int(own.sum()) < FEWEST_STRATA:
        raise NotEstimable(
            f"{int(own.sum())} strata have {FEWEST_LISTED} people listed and anybody on two lists; "
            f"{FEWEST_STRATA} are needed to say how alike strata are.",
            do="Use larger strata, or estimators that take each stratum by itself.",
            code="E26",
        )
    names = [coverage[s].tobytes() + counts[s].astype("<i8").tobytes() for s in range(len(counts))]
    inside = sorted(np.flatnonzero(own), key=lambda s: names[s])
    model = terms(n_lists, 2)
    everything = b"".join(sorted(names))
    digest = hashlib.sha256(everything).digest()
    rng = named_stream(everything, before=(seed,), after=(0,))
    sampled = sample_hierarchical(counts[inside], coverage[inside], model, rng=rng, effort=effort)
    kept = sampled.kept.reshape(-1, sampled.kept.shape[2])
    unlisted = np.zeros((len(counts), len(kept)))
    for at, s in enumerate(inside):
        unlisted[s] = draw_unlisted(kept[:, 1 + at], int(n_listed[s]), rng=rng)
    seen: dict[bytes, int] = {}
    for s in sorted(np.flatnonzero(~own), key=lambda s: names[s]):
        if n_listed[s] == 0:
            continue  # 1 / N as a prior of the total gives an empty stratum nobody
        seen[names[s]] = seen.get(names[s], 0) + 1
        again = named_stream(digest + names[s], before=(seed,), after=(seen[names[s]],))
        log_odds = draw_new_stratum(kept, coverage[s], model, len(inside), rng=again)
        unlisted[s] = draw_unlisted(log_odds, int(n_listed[s]), rng=again)
    return LinkageDraw(
        unlisted=unlisted,
        own=own,
        sampled=sampled,
        counts=counts[inside],
        coverage=coverage[inside],
        model=model,
        name=digest,
    )


def _check_lists(n_lists: int) -> None:
    if n_lists < FEWEST_LISTS:
        raise NotEstimable(
            f"{n_lists} lists hold anybody; pooling needs {FEWEST_LISTS}.",
            why="With two lists no tie between them can be told from the people missing, in any stratum.",
            do="Add a list, or estimate each stratum by itself.",
            code="E05",
        )
    if n_lists > MOST_LISTS:
        raise NotEstimable(
            f"{n_lists} lists are more than the {MOST_LISTS} that pooling takes.",
            do="Merge lists of the same kind.",
            code="E06",
        )


def _without_empty(counts: IntArray, held: IntArray, n_lists: int) -> IntArray:
    bits = np.asarray([1 << (n_lists - 1 - int(j)) for j in held], dtype=np.int64)
    return np.asarray(counts[:, pattern_matrix(len(held)).astype(np.int64) @ bits - 1], dtype=np.int64)


def describe_sampling(one: LinkageDraw, effort: Effort, *, level: float, seed: int) -> Sampling:
    """Say whether the draws converged, and how much of the total is prior."""
    sampled, counts, coverage, model = one.sampled, one.counts, one.coverage, one.model
    rng = named_stream(b"prior" + one.name, before=(seed,), after=(0,))
    n_listed, n_strata = counts.sum(axis=1), len(counts)
    tail = (1 - level) / 2
    log_ratio = sampled.kept[:, :, 0]
    before = draw_prior(model, n_draws=PRIOR_DRAWS, rng=rng)
    total = np.zeros(PRIOR_DRAWS)
    for s in range(n_strata):
        total += n_listed[s] * (1 + np.exp(draw_new_stratum(before, coverage[s], model, 0, rng=rng)))
    low, middle, high = np.quantile(total / n_listed.sum(), [tail, 0.5, 1 - tail])
    after = np.quantile(log_ratio, [tail, 1 - tail])
    return Sampling(
        converged=sampled.converged,
        r_hat=sampled.convergence.r_hat,
        ess=sampled.convergence.ess,
        n_chains=sampled.kept.shape[0],
        n_draws=sampled.kept.shape[1],
        effort=sampled.effort,
        chain_ratio=sampled.convergence.chain_ratio,
        modes=tuple(
            Mode(low=m.low, median=m.median, high=m.high, share=float(m.members.mean()))
            for m in modes(n_listed.sum() * np.exp(log_ratio), level=level)
        ),
        prior_low=float(low),
        prior_median=float(middle),
        prior_high=float(high),
        prior_width=float((after[1] - after[0]) / np.log(high / low)),
        prior_shift=_prior_shift(one, effort, rng=rng),
    )


def _prior_shift(one: LinkageDraw, effort: Effort, *, rng: np.random.Generator) -> float:
    """Return the largest relative move of the median when strata may differ half or twice as much."""
    sampled, model = one.sampled, one.model
    scales = sampled.kept[:, :, -(model.n_lists + 1) :]
    squared = np.exp(2 * (scales - np.log(SCALE))).sum(axis=2).ravel()
    values = sampled.kept[:, :, 0].ravel()
    middle, largest = float(np.median(values)), 0.0
    for ratio in OTHER_SCALES:
        other = reweighted_median(values, squared, ratio)
        if np.isnan(other):
            again = sample_hierarchical(
                one.counts, one.coverage, model, scale=SCALE * ratio, rng=rng, effort=replace(effort, most=1)
            )
            other = float(np.median(again.kept[:, :, 0]))
        largest = max(largest, abs(float(np.expm1(other - middle))))
    return largest


def least_converged(found: list[LinkageDraw]) -> LinkageDraw:
    """Return the linkage draw whose chains agree least."""
    return max(
        found, key=lambda d: (not d.sampled.converged, d.sampled.convergence.r_hat, -d.sampled.convergence.ess, d.name)
    )


def strata_alone(table: CaptureTable, draw: int, effort: Effort, *, level: float, seed: int) -> FloatArray:
    """Return limits and median of each stratum's total by the same model without the others, shape (S, 3).

    NaN where nobody is on two lists. Strata with as many lists are sampled side by side, each from its own stream.
    """
    out = np.full((table.n_strata, 3), np.nan)
    waiting: dict[int, list[tuple[int, IntArray]]] = {}
    for s in range(table.n_strata):
        held = np.flatnonzero(list_totals(table.counts[draw, s], table.n_lists) > 0)
        if len(held) < 2:
            continue
        counts = _without_empty(table.counts[draw, s][None], held, table.n_lists)[0]
        if counts[pattern_matrix(len(held)).sum(axis=1) > 1].any():
            ordered = reordered(counts, canonical_order(counts, len(held)))
            waiting.setdefault(len(held), []).append((s, ordered))
    tail = (1 - level) / 2
    for n_lists, rows in waiting.items():
        rngs = [named_stream(b"alone" + c.astype("<i8").tobytes(), before=(seed,), after=(0,)) for _, c in rows]
        model = terms(n_lists, min(2, n_lists - 1))
        found = sample_shrinkage(np.stack([c for _, c in rows]), model, ShrinkagePrior(), rngs=rngs, effort=effort)
        for (s, counts), one, rng in zip(rows, found, rngs, strict=True):
            n = int(counts.sum())
            totals = n + draw_unlisted(one.kept[:, :, 1], n, rng=rng)
            out[s] = np.quantile(totals, [tail, 0.5, 1 - tail])
    return out
