"""Scores corrected by reviewed pairs, with what doubt is left: a Bayesian logistic regression on the model's weight.

The Fellegi-Sunter weight supposes that fields err independently; on real lists it is too sure, and shifted. A few
hundred reviewed pairs tell how. The log odds of a match are taken to be

    a + b_plus * max(w, 0) + b_minus * min(w, 0) + c * (em - prior) + d * o + e * [same list] + one small deviation
    per comparison level,

with w the match weight in natural log odds; where the table has both, the difference of the trained model's weight
and that of the shipped one; and o the log odds by which the two records' lists share more people, or fewer, than lists
do on average (`list_offsets`; repeats within a list are rarer than people on two lists). The priors say: the weights
are about right, the trained model deserves a little more than it was given, repeats are rarer than the offsets say
(`odds_columns.py`). Thirty labels therefore move little, three hundred a good deal, and none leave the doubt of the
priors. The coefficients are common to all pairs, so a draw of them moves the odds of all pairs together.

Reviewers err too: with a small probability, estimated with the rest (`regression.py`), a label is the opposite of the
truth, so that a slip on a pair at odds of a million to one does not bend the slope. Labels that are all of one kind
cannot say where the odds turn, and are left out of the regression.

References
----------
Platt (1999), in Advances in Large Margin Classifiers: scores to probabilities by logistic regression.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import LinkageError
from uncounted.linkage.odds_columns import Columns, column_names, list_offsets, prior_of
from uncounted.linkage.pairs import ScoredPairs, probability
from uncounted.linkage.regression import USUAL_SLIP, fit, fit_with_slips
from uncounted.linkage.reliability import ReliabilityBin, expected_error, reliability_bins
from uncounted.linkage.review_order import likely_inclusion

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)

FOLDS = 5
# Fewer labels than this cannot say how well the scores hold.
FEWEST_LABELS = 20
# So many labels of one kind, and none of the other, are no sample of the review order.
MOST_OF_ONE_KIND = 50
# Above this rate of slips a second reviewer is asked for.
MANY_SLIPS = 0.025
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
    slip : float
        How often a label is taken to be the opposite of the truth.
    reliability : tuple of ReliabilityBin
        From held-out folds; empty with fewer than `FEWEST_LABELS` labels.
    calibration_error, calibration_error_before : float
        Expected calibration error over all scored pairs from held-out folds, after and before calibration; NaN if
        there were too few labels.
    calibration_error_low, calibration_error_high : float
        95 % interval of `calibration_error`.
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
    slip: float = USUAL_SLIP
    reliability: tuple[ReliabilityBin, ...] = ()
    calibration_error: float = float("nan")
    calibration_error_low: float = float("nan")
    calibration_error_high: float = float("nan")
    calibration_error_before: float = float("nan")
    calibration_error_unsure: float = float("nan")
    brier: float = float("nan")
    warnings: tuple[str, ...] = ()

    @property
    def n_labels(self) -> int:
        """Reviewed pairs used."""
        return self.n_same + self.n_different


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
        Without labels: the priors, so nearly the weights as they are, with their doubt.

    Raises
    ------
    LinkageError
        L21 if a pair is given as same and as different.
    """
    where = np.zeros(0, dtype=np.int64) if lists is None else np.array(lists, dtype=np.int64)
    if lists is not None and where.shape != (pairs.n_records,):
        raise LinkageError(f"{pairs.n_records} records need as many list numbers; found {where.shape}.", code="L20")
    names, offsets = column_names(pairs, lists=lists is not None), list_offsets(pairs, where)
    rows, label = labelled_rows(pairs, same, different)
    design = np.column_stack(list(Columns(pairs=pairs, names=names, lists=where, offsets=offsets).of(rows)))
    mean, covariance = prior_of(names)
    one_kind = _of_one_kind(label)
    made = (
        fit(design[:0], label[:0], mean, covariance, slip=USUAL_SLIP)
        if one_kind
        else fit_with_slips(design, label, mean, covariance)
    )
    found = Calibration(
        names=names,
        lists=_fixed(where),
        offsets=_fixed(offsets),
        point=_fixed(made.point),
        spread=_fixed(made.spread),
        slip=made.slip,
        n_same=int(label.sum()),
        n_different=int(len(label) - label.sum()),
    )
    if one_kind:
        return replace(found, warnings=_only_one_kind(label))
    if len(label) < FEWEST_LABELS:
        return replace(found, warnings=_few(len(label)))
    return _checked(found, pairs, (design, rows, label), seed=seed)


def _checked(
    found: Calibration, pairs: ScoredPairs, reviewed: tuple[Floats, Ints, Floats], *, seed: int
) -> Calibration:
    """Add what held-out folds say of how well the probabilities hold; `reviewed`: design, rows, labels."""
    design, rows, label = reviewed
    weight = np.asarray(pairs.table["match_weight"].to_numpy(), dtype=np.float64)
    share = 1.0 / likely_inclusion(pairs, len(rows))[rows]
    held_out = _held_out(design, label, found, seed)
    every = probability(calibrated_weights(pairs, found))
    after = expected_error(held_out, label, share, every=every, seed=seed)
    before = expected_error(probability(weight[rows]), label, share, every=probability(weight), seed=seed)
    unsure = expected_error(held_out, label, share, every=every, within=(0.01, 0.99), seed=seed)
    return replace(
        found,
        reliability=reliability_bins(held_out, label, share),
        calibration_error=after[1],
        calibration_error_low=after[0],
        calibration_error_high=after[2],
        calibration_error_before=before[1],
        calibration_error_unsure=unsure[1],
        brier=float(np.sum(share * (held_out - label) ** 2) / share.sum()),
        warnings=(*_careless(found.slip), *_odd_labels(found.point, design, label)),
    )


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
    frame = Columns(pairs=pairs, names=calibration.names, lists=calibration.lists, offsets=calibration.offsets)
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


# -- the check ----------------------------------------------------------------------------------------------------
def _held_out(design: Floats, label: Floats, found: Calibration, seed: int) -> Floats:
    """Probability of each labelled pair from a fit without its fold."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 12]))
    fold = np.empty(len(label), dtype=np.int64)
    fold[rng.permutation(len(label))] = np.arange(len(label)) % FOLDS
    prob, (mean, covariance) = np.empty(len(label)), prior_of(found.names)
    for k in range(FOLDS):
        out = fold == k
        beta = fit(design[~out], label[~out], mean, covariance, slip=found.slip).point
        prob[out] = 1.0 / (1.0 + np.exp(-np.clip(design[out] @ beta, -700.0, 700.0)))
    return prob


def _of_one_kind(label: Floats) -> bool:
    """Say whether there are many labels, and all the same."""
    return len(label) >= MOST_OF_ONE_KIND and bool(np.all(label == label[0]))


def _only_one_kind(label: Floats) -> tuple[str, ...]:
    kind, other = ("same", "different") if label[0] > 0.5 else ("different", "same")
    return (
        f'All {len(label)} reviewed pairs were decided "{kind}" and none "{other}". A review in the order proposed '
        "holds both kinds, so something is wrong: one kind may not have been entered, or only the likeliest or "
        "unlikeliest pairs were looked at. The decisions hold for their pairs, but nothing was learnt from them for "
        "any other; the match probabilities are the model's own. Review pairs in the order proposed before using the "
        "number.",
    )


def _careless(slip: float) -> tuple[str, ...]:
    if slip < MANY_SLIPS:
        return ()
    return (
        f"About {100 * slip:.0f} in 100 decisions look like the opposite of the truth: they go against what the other "
        "decisions say of pairs like theirs. Every decision holds in every draw, so slips go straight into the number. "
        "Let a second reviewer decide the same pairs, and settle where the two differ.",
    )


def _few(n: int) -> tuple[str, ...]:
    if n == 0:
        return (
            "No pair was reviewed: the match probabilities are the model's own, with the doubt that such models have "
            "had on lists with known truth.",
        )
    return (
        f"Only {n} scored pairs were reviewed; at least {FEWEST_LABELS} are needed to say how well the scores hold.",
    )


def _odd_labels(point: Floats, design: Floats, label: Floats) -> tuple[str, ...]:
    """Say how many labels the calibrated odds make a thousand to one against."""
    log_odds = design @ point
    against = np.where(label > 0.5, -log_odds, log_odds)
    n = int((against > np.log(1000.0)).sum())
    if not n:
        return ()
    return (f"{n} reviewed pairs were decided against odds of more than a thousand to one; look at them again.",)


def _fixed(array: NDArray[T]) -> NDArray[T]:
    array.setflags(write=False)
    return array
