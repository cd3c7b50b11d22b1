"""Links that no draw shows: about how many there are, and draws that hold as many.

A missed link makes one person two and raises every estimate of the unlisted, so leaving it out is not caution but a
bias with a known sign. Two kinds are counted here. Pairs that were scored, but that the partitions hold together less
often than their probabilities add up to (records that disagree with one member of a group are kept out by all of them).
And pairs that no blocking rule brought up: the number of rules that bring a match up is a repeated count, so Chao's
lower bound speaks of the matches that none brought up, as it does of people whom no list recorded. Only likely matches
are counted for that: most pairs that one loose rule brings up are strangers, and thousands of small chances that they
are not would add up to matches that are not there.

Which records they are cannot be known. Each draw therefore joins that many groups chosen at random among pairs that
look somewhat alike: right in number, not in person. The best clustering is left alone; nothing about a single person
may be read from a draw.

References
----------
Chao (1987), Biometrics 43:783, eq. (11), bias-corrected form: f0 >= (t - 1) / t f1 (f1 - 1) / (2 (f2 + 1)) for t rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The estimate is a bound from a bound: its own doubt is a gamma distribution with this coefficient of variation.
DOUBT = 0.5
# Never more than this share of the expected matches is added.
MOST_SHARE = 0.1
# Only pairs likelier than this tell how many rules bring a match up.
LIKELY = 0.5
# Pairs in this band of log2 odds look somewhat alike without being linked.
BAND = (-12.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Pairs of one person that the draws lack on average: `kept_apart` of those scored, `not_compared` by any rule."""

    kept_apart: float
    not_compared: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.kept_apart + self.not_compared


def estimate_missed(*, prob: Floats, together: Floats, n_rules: Ints) -> Missed:
    """Estimate how many pairs of one person the draws lack.

    Parameters
    ----------
    prob : ndarray of float64, shape (pairs,)
        Match probability of each scored pair (mean over the draws' common shifts).
    together : ndarray of float64, shape (pairs,)
        Share of draws in which the two records are together.
    n_rules : ndarray of int64, shape (pairs,)
        Blocking rules that brought the pair up; 0 for a pair found through a common match. The largest is taken for
        the number of rules.

    Returns
    -------
    Missed
        Both parts at least 0, together at most `MOST_SHARE` of the expected matches.
    """
    expected = float(prob.sum())
    kept_apart = max(expected - float(together.sum()), 0.0)
    likely = prob > LIKELY
    once, twice = (float(prob[likely & (n_rules == k)].sum()) for k in (1, 2))
    rules = int(n_rules.max(initial=1))
    not_compared = max((rules - 1) / rules * once * (once - 1.0) / (2.0 * (twice + 1.0)), 0.0)
    scale = min(1.0, MOST_SHARE * expected / max(kept_apart + not_compared, 1e-12))
    return Missed(kept_apart=scale * kept_apart, not_compared=scale * not_compared)


def join_missed(
    labels: Ints,
    *,
    left: Ints,
    right: Ints,
    weight: Floats,
    n_links: float,
    apart: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Return a draw with missed links added: groups joined at random among pairs that look somewhat alike.

    Parameters
    ----------
    labels : ndarray of int64, shape (n_records,)
        Cluster of each record in this draw.
    left, right : ndarray of int64, shape (pairs,)
        Scored pairs.
    weight : ndarray of float64, shape (pairs,)
        Their log2 odds.
    n_links : float
        Pairs of records expected to be missing.
    apart : ndarray of int64, shape (k, 2)
        Records that a reviewer decided to be different people; they stay apart.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of int64, shape (n_records,)
        New labels; a copy. Each group is joined at most once.
    """
    new = labels.copy()
    sizes = np.bincount(labels, minlength=len(labels))
    n_pairs = float((sizes * (sizes - 1) // 2).sum())
    n_merges = float((sizes[sizes > 1] - 1).sum())
    if n_links <= 0.0 or n_merges == 0.0:
        return new
    # A record missed from a group of three lacks two pairs: turn pairs into records brought home.
    mean = n_links * n_merges / n_pairs
    wanted = int(rng.poisson(rng.gamma(1.0 / DOUBT**2, mean * DOUBT**2)))
    likely = np.flatnonzero((weight >= BAND[0]) & (weight < BAND[1]) & (labels[left] != labels[right]))
    # One of the two stands alone: a damaged record misses its group, groups of several rarely miss each other.
    likely = likely[np.minimum(sizes[labels[left[likely]]], sizes[labels[right[likely]]]) == 1]
    barred = {tuple(sorted((int(labels[a]), int(labels[b])))) for a, b in apart}
    # Exponential race: an ordering in which pairs come first with chances proportional to the root of their odds.
    pace = rng.exponential(size=len(likely)) / np.exp2(weight[likely] / 2.0)
    touched: set[int] = set()
    for k in likely[np.argsort(pace, kind="stable")]:
        if wanted == 0:
            break
        a, b = sorted((int(labels[left[k]]), int(labels[right[k]])))
        if a in touched or b in touched or (a, b) in barred:
            continue
        new[labels == b] = a
        touched.update((a, b))
        wanted -= 1
    return new
