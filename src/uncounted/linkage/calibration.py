"""Scores corrected by reviewed pairs, with what doubt is left: a Bayesian logistic regression on the model's weight.

The Fellegi-Sunter weight supposes that fields err independently; on real lists it is too sure, and shifted. A few
hundred reviewed pairs tell how. The log odds of a match are taken to be

    a + b_plus * max(w, 0) + b_minus * min(w, 0) + c * (em - prior) + d * o + e * [same list] + one small deviation
    per comparison level,

with w the match weight in natural log odds; where the table has both, the difference of the trained model's weight
and that of the shipped one; and o the log odds by which the two records' lists share more people, or fewer, than lists
do on average (`list_offsets`; repeats within a list are rarer than people on two lists). The priors say: the weights
are about right, the trained model deserves a little more than it was given, repeats are rarer than the offsets say
(`PRIORS`). Thirty labels
therefore move little, three hundred a good deal, and none leave the doubt of the priors. The coefficients are common
to all pairs, so a draw of them moves the odds of all pairs together.

Reviewers err too: with a small probability (`SLIP`) a label is the opposite of the truth, so that one slip on a pair
at odds of a million to one does not bend the slope.

References
----------
Gelman, Jakulin, Pittau, Su (2008), Ann. Appl. Statist. 2:1360: weakly informative priors for logistic regression.
Platt (1999), in Advances in Large Margin Classifiers: scores to probabilities by logistic regression.
Copas (1988), JRSS B 50:225: binary regression with mislabelled outcomes, eq. (2).
Tierney, Kadane (1986), JASA 81:82: the normal approximation at the mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage.pairs import ScoredPairs, probability
from uncounted.linkage.reliability import ReliabilityBin, band_weights, expected_error, reliability_bins

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)

# Prior means and standard deviations, in natural log odds (slopes: per unit of natural log odds), a little wider than
# what logistic regressions on all pairs gave over 18 lists with known truth (Cyrillic and Arabic, three levels of
# damage, two sets of hands; `validation/linkage_doubt.py --prior`): means .07, .93, 1.06, .68, .61, -.66 and standard
# deviations .48, .20, .12, .14, .71, .74 in this order (the last two lean on each other).
PRIORS: Mapping[str, tuple[float, float]] = {
    "shift": (0.0, 0.6),
    "slope above": (1.0, 0.2),
    "slope below": (1.0, 0.18),
    "trained": (0.35, 0.3),
    "lists": (0.8, 0.4),
    "within": (-0.4, 0.6),
}
LEVEL_SD = 0.25
# How often a reviewer's label is taken to be a slip.
SLIP = 0.004
# Beyond these log2 odds a weight says no more: no record is surer than its fields are independent.
MOST_WEIGHT, LEAST_WEIGHT = 15.0, -25.0
FOLDS = 5
# Fewer labels than this cannot say how well the scores hold.
FEWEST_LABELS = 20
_STEPS = 100
_EM_STEPS = 50
# Matches of the average rate that each list pair is given beforehand.
_RATE_PAIRS = 5.0
_LN2 = float(np.log(2.0))
_CHUNK = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """How the match weights are corrected, and how surely.

    Attributes
    ----------
    names : tuple of str, length K
        Coefficients: "shift", "slope above", "slope below", "trained", "lists", "within", then "<comparison>=<level>".
    lists : ndarray of int64, shape (n_records,)
        List of each record; shape (0,) if it was not given.
    offsets : ndarray of float64, shape (lists, lists)
        Natural log odds of a match by list pair, relative to all pairs; symmetric.
    point : ndarray of float64, shape (K,)
        Posterior mode.
    spread : ndarray of float64, shape (K, K)
        A matrix S with S S' the posterior covariance: point + S z is a draw for standard normal z.
    n_same, n_different : int
        Labels used: reviewed pairs that were scored.
    reliability : tuple of ReliabilityBin
        From held-out folds; empty with fewer than `FEWEST_LABELS` labels.
    calibration_error, calibration_error_before : float
        Expected calibration error over all scored pairs from held-out folds, after and before calibration; NaN if
        there were too few labels.
    calibration_error_unsure : float
        The same over the pairs with a probability between .01 and .99 alone.
    brier : float
        Mean squared difference of held-out probability and label, weighted to all scored pairs; NaN if too few.
    warnings : tuple of str
        Sentences for the report.
    """

    names: tuple[str, ...]
    lists: Ints = field(repr=False)
    offsets: Floats = field(repr=False)
    point: Floats = field(repr=False)
    spread: Floats = field(repr=False)
    n_same: int
    n_different: int
    reliability: tuple[ReliabilityBin, ...] = ()
    calibration_error: float = float("nan")
    calibration_error_before: float = float("nan")
    calibration_error_unsure: float = float("nan")
    brier: float = float("nan")
    warnings: tuple[str, ...] = ()

    @property
    def n_labels(self) -> int:
        """Reviewed pairs used."""
        return self.n_same + self.n_different


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    point: Floats
    spread: Floats


def calibrate(
    pairs: ScoredPairs,
    *,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
    seed: int,
    lists: Ints | None = None,
) -> Calibration:
    """Learn from reviewed pairs how the match weights should be corrected.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    same, different : iterable of (int, int)
        Record numbers of reviewed pairs. Pairs that were never scored are passed over. The labels need not be a random
        sample, but which pairs were reviewed must depend on their scores alone, as in `review_order`.
    seed : int
        Of the folds of the check.
    lists : ndarray of int64, shape (n_records,), optional
        List of each record, 0, 1, …: lists differ in how many people they share. Best given.

    Returns
    -------
    Calibration
        Without labels: the priors, so the weights as they are, with their doubt.

    Raises
    ------
    LinkageError
        L21 if a pair is given as same and as different.
    """
    where = np.zeros(0, dtype=np.int64) if lists is None else np.array(lists, dtype=np.int64)
    if lists is not None and where.shape != (pairs.n_records,):
        raise LinkageError(f"{pairs.n_records} records need as many list numbers; found {where.shape}.", code="L20")
    frame = _Columns(
        pairs=pairs, names=_names(pairs, lists=lists is not None), lists=where, offsets=list_offsets(pairs, where)
    )
    rows, label = labelled_rows(pairs, same, different)
    design = np.column_stack(list(frame.of(rows)))
    fit = _fit(design, label, frame.names)
    found = Calibration(
        names=frame.names,
        lists=_fixed(where),
        offsets=_fixed(frame.offsets),
        point=_fixed(fit.point),
        spread=_fixed(fit.spread),
        n_same=int(label.sum()),
        n_different=int(len(label) - label.sum()),
    )
    if len(label) < FEWEST_LABELS:
        return replace(found, warnings=_few(len(label)))
    weight = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    share = band_weights(weight, rows)
    held_out = _held_out(design, label, frame.names, seed)
    before = probability(weight[rows])
    unsure = (held_out > 0.01) & (held_out < 0.99)
    return replace(
        found,
        reliability=reliability_bins(held_out, label, share),
        calibration_error=expected_error(held_out, label, share),
        calibration_error_before=expected_error(before, label, share),
        calibration_error_unsure=expected_error(held_out[unsure], label[unsure], share[unsure]),
        brier=float(np.sum(share * (held_out - label) ** 2) / share.sum()),
        warnings=_odd_labels(fit, design, label),
    )


def list_offsets(pairs: ScoredPairs, lists: Ints) -> Floats:
    """Estimate how much likelier, or less likely, a match is between two lists than on average.

    The model has one match rate for all pairs of records. Here each list pair has its own, found by EM with the weights
    held fixed: rate = expected matches / pairs of records, drawn a little towards the rate of all.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    lists : ndarray of int64, shape (n_records,) or (0,)
        List of each record; nothing is known without it.

    Returns
    -------
    ndarray of float64, shape (lists, lists)
        Natural log odds relative to all pairs, symmetric; the diagonal holds repeats within a list.
    """
    if not len(lists) or not pairs.n_pairs:
        return np.zeros((int(lists.max(initial=-1)) + 1,) * 2)
    n = int(lists.max()) + 1
    counts = np.bincount(lists, minlength=n).astype(np.float64)
    possible = np.outer(counts, counts)
    np.fill_diagonal(possible, counts * (counts - 1.0) / 2.0)
    upper = np.triu(np.ones((n, n), dtype=bool))
    left, right = (lists[np.asarray(pairs.table[side].to_numpy())] for side in ("left", "right"))
    cell = np.minimum(left, right) * n + np.maximum(left, right)
    log_odds = np.clip(np.asarray(pairs.table["match_weight"].to_numpy()), LEAST_WEIGHT, MOST_WEIGHT) * _LN2
    offset = np.zeros((n, n))
    for _ in range(_EM_STEPS):
        prob = 1.0 / (1.0 + np.exp(-(log_odds + offset.ravel()[cell])))
        expected = np.bincount(cell, weights=prob, minlength=n * n).reshape(n, n)
        overall = float(expected.sum() / possible[upper].sum())
        rate = (expected + _RATE_PAIRS) / (possible + _RATE_PAIRS / overall)
        new = np.where(upper, np.log(rate / overall), 0.0)
        done = bool(np.abs(new - offset).max() < 1e-6)
        offset = new
        if done:
            break
    return np.asarray(offset + np.triu(offset, 1).T, dtype=np.float64)


def labelled_rows(
    pairs: ScoredPairs, same: Iterable[tuple[int, int]], different: Iterable[tuple[int, int]]
) -> tuple[Ints, Floats]:
    """Return the rows of `pairs.table` that were reviewed, ascending, and 1.0 for same, 0.0 for different.

    Raises
    ------
    LinkageError
        L21 if a pair is given as both.
    """
    n = max(pairs.n_records, 1)
    codes = [
        np.array(sorted({min(a, b) * n + max(a, b) for a, b in ((int(x), int(y)) for x, y in given)}), dtype=np.int64)
        for given in (same, different)
    ]
    both = np.intersect1d(codes[0], codes[1])
    if len(both):
        named = "; ".join(f"{c // n} and {c % n}" for c in both[:5].tolist())
        raise LinkageError(
            f"the records {named} were decided to be the same person and different people.",
            do="Withdraw one of the decisions.",
            code="L21",
        )
    left = np.asarray(pairs.table["left"].to_numpy(), dtype=np.int64)
    right = np.asarray(pairs.table["right"].to_numpy(), dtype=np.int64)
    known = left * n + right
    order = np.argsort(known, kind="stable")
    found, label = [], []
    for code, y in zip(codes, (1.0, 0.0), strict=True):
        at = np.searchsorted(known[order], code)
        inside = at < len(known)
        hit = inside & (known[order[np.minimum(at, max(len(known) - 1, 0))]] == code) if len(known) else inside
        found.append(order[at[hit]])
        label.append(np.full(int(hit.sum()), y))
    rows, labels = np.concatenate(found), np.concatenate(label)
    sort = np.argsort(rows, kind="stable")
    return rows[sort].astype(np.int64), labels[sort]


def calibrated_weights(pairs: ScoredPairs, calibration: Calibration, coefficients: Floats | None = None) -> Floats:
    """Return the corrected log2 odds of all scored pairs.

    Parameters
    ----------
    pairs : ScoredPairs
        The scored pairs.
    calibration : Calibration
        Made from these pairs, or from others with the same comparisons.
    coefficients : ndarray of float64, shape (K,), optional
        A draw of the coefficients (`draw_coefficients`); the posterior mode if not given.

    Returns
    -------
    ndarray of float64, shape (pairs,)
    """
    beta = calibration.point if coefficients is None else coefficients
    frame = _Columns(pairs=pairs, names=calibration.names, lists=calibration.lists, offsets=calibration.offsets)
    out = np.zeros(pairs.n_pairs)
    for at in range(0, pairs.n_pairs, _CHUNK):
        rows = np.arange(at, min(at + _CHUNK, pairs.n_pairs))
        for coefficient, column in zip(beta.tolist(), frame.of(rows), strict=True):
            out[rows] += coefficient * column
    return out / _LN2


def draw_coefficients(calibration: Calibration, *, n_draws: int, seed: int) -> Floats:
    """Draw coefficients from the posterior, spread evenly over it (a Latin hypercube), shape (n_draws, K).

    References
    ----------
    McKay, Beckman, Conover (1979), Technometrics 21:239: Latin hypercube sampling.
    """
    return np.asarray(
        calibration.point + even_normals(n_draws, len(calibration.point), seed=seed, label=11) @ calibration.spread.T,
        dtype=np.float64,
    )


def even_normals(n_draws: int, n: int, *, seed: int, label: int) -> Floats:
    """Return standard normal numbers, shape (n_draws, n), each column with one number in each of n_draws equal parts.

    With twenty draws plain random numbers would miss the tails, or hit them, by luck.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, label]))
    part = np.argsort(rng.random((n_draws, n)), axis=0, kind="stable")
    from scipy.special import ndtri

    return np.asarray(ndtri((part + rng.random((n_draws, n))) / n_draws), dtype=np.float64)


# -- the regression -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    """The columns of the regression, made for some rows at a time."""

    pairs: ScoredPairs
    names: tuple[str, ...]
    lists: Ints
    offsets: Floats

    def of(self, rows: Ints) -> Iterator[Floats]:
        """Yield one column a coefficient, shape (len(rows),), in the order of `names`."""
        weight = np.clip(self._taken("match_weight", rows), LEAST_WEIGHT, MOST_WEIGHT) * _LN2
        level, last = np.zeros(0), ""
        for name in self.names:
            comparison, _, value = name.rpartition("=")
            if comparison != last:
                level, last = self._taken(f"level_{comparison}", rows), comparison
            yield (level == int(value)).astype(np.float64) if comparison else self._plain(name, weight, rows)

    def _plain(self, name: str, weight: Floats, rows: Ints) -> Floats:
        if name == "shift":
            return np.ones(len(rows))
        if name == "slope above":
            return np.maximum(weight, 0.0)
        if name == "slope below":
            return np.minimum(weight, 0.0)
        if name == "trained":
            apart = self._taken("em_weight", rows) - self._taken("prior_weight", rows)
            return np.asarray(np.clip(apart, -MOST_WEIGHT, MOST_WEIGHT) * _LN2, dtype=np.float64)
        left, right = (self.lists[np.asarray(self.pairs.table[side].to_numpy())[rows]] for side in ("left", "right"))
        found = self.offsets[left, right] if name == "lists" else left == right
        return np.asarray(found, dtype=np.float64)

    def _taken(self, column: str, rows: Ints) -> Floats:
        return np.asarray(self.pairs.table[column].to_numpy()[rows], dtype=np.float64)


def _names(pairs: ScoredPairs, *, lists: bool) -> tuple[str, ...]:
    """Names of the coefficients: they depend on the table's columns and levels alone."""
    table = pairs.table
    names = ["shift", "slope above", "slope below"]
    if {"em_weight", "prior_weight"} <= set(table.column_names):
        names.append("trained")
    if lists:
        names.extend(["lists", "within"])
    for column in sorted(c for c in table.column_names if c.startswith("level_")):
        values = np.unique(np.asarray(table[column].to_numpy(), dtype=np.int64))
        names.extend(f"{column.removeprefix('level_')}={int(v)}" for v in values)
    return tuple(names)


def _prior(names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Prior means and standard deviations."""
    both = np.array([PRIORS.get(name, (0.0, LEVEL_SD)) for name in names])
    return both[:, 0], both[:, 1]


def _fit(design: Floats, label: Floats, names: tuple[str, ...]) -> _Fit:
    """Posterior mode by Fisher scoring with step halving, and the root of the covariance there."""
    mean, sd = _prior(names)
    precision = np.diag(1.0 / sd**2)
    beta = mean.copy()
    value = _log_posterior(beta, design, label, mean, sd)
    for _ in range(_STEPS):
        prob, slope = _chances(design @ beta)
        score = slope * (label - prob) / (prob * (1.0 - prob))
        gradient = design.T @ score - (beta - mean) / sd**2
        step = np.linalg.solve(_information(design, prob, slope) + precision, gradient)
        for _ in range(30):
            new = _log_posterior(beta + step, design, label, mean, sd)
            if new >= value:
                break
            step = step / 2.0
        else:
            break
        beta, gained, value = beta + step, new - value, new
        if gained < 1e-10 and np.abs(step).max() < 1e-8:
            break
    prob, slope = _chances(design @ beta)
    root = np.linalg.cholesky(_information(design, prob, slope) + precision)
    spread = np.linalg.solve(root.T, np.eye(len(beta)))
    return _Fit(point=beta, spread=spread)


def _chances(log_odds: Floats) -> tuple[Floats, Floats]:
    """Chance of the label "same" (slips included), and its derivative by the log odds."""
    match = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -700.0, 700.0)))
    return SLIP + (1.0 - 2.0 * SLIP) * match, (1.0 - 2.0 * SLIP) * match * (1.0 - match)


def _information(design: Floats, prob: Floats, slope: Floats) -> Floats:
    return np.asarray((design * (slope**2 / (prob * (1.0 - prob)))[:, None]).T @ design, dtype=np.float64)


def _log_posterior(beta: Floats, design: Floats, label: Floats, mean: Floats, sd: Floats) -> float:
    prob, _ = _chances(design @ beta)
    return float(np.sum(np.log(np.where(label > 0.5, prob, 1.0 - prob))) - 0.5 * np.sum(((beta - mean) / sd) ** 2))


# -- the check ----------------------------------------------------------------------------------------------------
def _held_out(design: Floats, label: Floats, names: tuple[str, ...], seed: int) -> Floats:
    """Probability of each labelled pair from a fit without its fold."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 12]))
    fold = np.empty(len(label), dtype=np.int64)
    fold[rng.permutation(len(label))] = np.arange(len(label)) % FOLDS
    prob = np.empty(len(label))
    for k in range(FOLDS):
        out = fold == k
        beta = _fit(design[~out], label[~out], names).point
        prob[out] = 1.0 / (1.0 + np.exp(-np.clip(design[out] @ beta, -700.0, 700.0)))
    return prob


def _few(n: int) -> tuple[str, ...]:
    if n == 0:
        return (
            "No pair was reviewed: the match probabilities are the model's own, with the doubt that such models have "
            "had on lists with known truth.",
        )
    return (
        f"Only {n} scored pairs were reviewed; at least {FEWEST_LABELS} are needed to say how well the scores hold.",
    )


def _odd_labels(fit: _Fit, design: Floats, label: Floats) -> tuple[str, ...]:
    """Say how many labels the calibrated odds make a thousand to one against."""
    log_odds = design @ fit.point
    against = np.where(label > 0.5, -log_odds, log_odds)
    n = int((against > np.log(1000.0)).sum())
    if not n:
        return ()
    return (f"{n} reviewed pairs were decided against odds of more than a thousand to one; look at them again.",)


def _fixed(array: NDArray[T]) -> NDArray[T]:
    array.setflags(write=False)
    return array
