"""Who comes onto which list: models of capture with a known truth, for people and for bare tables of counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import pattern_matrix

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


# -- truths for tables of counts --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class LatentClassTruth:
    """People of a few hidden classes; within a class the lists are independent.

    Attributes
    ----------
    shares : tuple of float, length K
        Share of each class in the population; they add up to 1.
    capture_probs : tuple of K tuples of float, length J
        Probability (lambda) that a member of the class is on each list.
    """

    shares: tuple[float, ...]
    capture_probs: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if len(self.shares) != len(self.capture_probs) or not self.shares:
            raise ValueError("one row of capture probabilities is needed for each class.")
        if abs(sum(self.shares) - 1.0) > 1e-9 or min(self.shares) < 0:
            raise ValueError("shares of the classes must be at least 0 and add up to 1.")
        lengths = {len(row) for row in self.capture_probs}
        if len(lengths) != 1 or any(not 0.0 <= p <= 1.0 for row in self.capture_probs for p in row):
            raise ValueError("capture probabilities must be in [0, 1], as many for each class as there are lists.")

    def cell_probabilities(self) -> FloatArray:
        """Return the probability of every pattern 0 … 2**J − 1, shape (2**J,), "on no list" first."""
        probs = np.asarray(self.capture_probs, dtype=np.float64)
        on = _all_patterns(probs.shape[1])[None, :, :]
        within = np.where(on, probs[:, None, :], 1.0 - probs[:, None, :]).prod(axis=2)
        return np.asarray(np.asarray(self.shares) @ within, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLinearTruth:
    """A log-linear model of the complete table, "on no list" included.

    Attributes
    ----------
    n_lists : int
        Number of lists, J.
    terms : mapping of tuple of int to float
        Log-linear parameter (0/1 contrasts) of each set of lists, positions from 0; (0,) is a main effect, (0, 2) the
        log odds ratio of the first and the third list. Sets left out are 0. If the set of all lists is left out, the
        assumption "no highest-order interaction" holds.
    """

    n_lists: int
    terms: Mapping[tuple[int, ...], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for term in self.terms:
            if not term or len(set(term)) != len(term) or not set(term) <= set(range(self.n_lists)):
                raise ValueError(f"term {term} must name different lists out of 0 … {self.n_lists - 1}.")

    def cell_probabilities(self) -> FloatArray:
        """Return the probability of every pattern 0 … 2**J − 1, shape (2**J,), "on no list" first."""
        on = _all_patterns(self.n_lists)
        log_mu = np.zeros(2**self.n_lists)
        for term, value in self.terms.items():
            log_mu += value * on[:, list(term)].all(axis=1)
        weight = np.exp(log_mu - log_mu.max())
        return np.asarray(weight / weight.sum(), dtype=np.float64)


CaptureTruth = LatentClassTruth | LogLinearTruth


def capture_counts(n_people: int, truth: CaptureTruth, *, rng: np.random.Generator) -> IntArray:
    """Draw the table of capture patterns of a closed population.

    Parameters
    ----------
    n_people : int
        Size of the population, those on no list included.
    truth : LatentClassTruth or LogLinearTruth
        How people come onto lists.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int64, shape (2**J − 1,)
        People per pattern in `CaptureTable` order; the people on no list are left out, as they would be in life.
    """
    return np.asarray(rng.multinomial(n_people, truth.cell_probabilities())[1:], dtype=np.int64)


# N = 2,000 each: Manrique-Vallier (2016), Biometrics 72:1246–1254, and the settings built on it since.
SIMULATION_SUITE: Mapping[str, LatentClassTruth] = {
    "sim1": LatentClassTruth(
        shares=(0.9, 0.1),
        capture_probs=((0.033, 0.033, 0.099, 0.132, 0.033), (0.66, 0.825, 0.759, 0.99, 0.693)),
    ),
    "sim2": LatentClassTruth(
        shares=(0.8, 0.2),
        capture_probs=((0.013, 0.013, 0.099, 0.132, 0.033), (0.56, 0.825, 0.759, 0.99, 0.593)),
    ),
    "sim3": LatentClassTruth(
        shares=(0.8, 0.2),
        capture_probs=((0.113, 0.113, 0.199, 0.232, 0.133), (0.86, 0.925, 0.859, 0.99, 0.793)),
    ),
    "sim4": LatentClassTruth(
        shares=(0.8, 0.1, 0.1),
        capture_probs=((0.1, 0.05, 0.15, 0.2, 0.1), (0.5, 0.4, 0.6, 0.4, 0.5), (0.8, 0.9, 0.6, 0.7, 0.7)),
    ),
    "sim5": LatentClassTruth(
        shares=(0.8, 0.2),
        capture_probs=((0.113, 0.113, 0.199, 0.832, 0.733), (0.86, 0.925, 0.859, 0.19, 0.193)),
    ),
}


# -- truths for single people -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A hidden kind of person or case: its share, and what it adds to the logit of each list."""

    share: float
    logits: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One list sends people to a later one: being on `source` adds `logit` to being on `target` (positions)."""

    source: int
    target: int
    logit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCapture:
    """How single people come onto lists: a base rate, their region, hidden traits, referral, and when a list began.

    A trait that works on two lists alone, and a referral between two lists, each make exactly one two-list
    interaction; so a hierarchical log-linear model can be right while independence is wrong.

    Attributes
    ----------
    lists : tuple of str, length J
        List names.
    base_logits : tuple of float, length J
        Logit of the capture probability with no trait, in a region without effect.
    region_logits : tuple of R tuples of float, length J
        What each region adds.
    traits : tuple of Trait
        Independent of each other and of the region.
    referrals : tuple of Referral
        Each goes from an earlier list to a later one.
    first_day : tuple of int, length J
        Day of the period (0 is its first) before which a list recorded nobody.
    """

    lists: tuple[str, ...]
    base_logits: tuple[float, ...]
    region_logits: tuple[tuple[float, ...], ...]
    traits: tuple[Trait, ...] = ()
    referrals: tuple[Referral, ...] = ()
    first_day: tuple[int, ...]

    def __post_init__(self) -> None:
        rows = [self.base_logits, self.first_day, *self.region_logits, *(t.logits for t in self.traits)]
        if any(len(row) != len(self.lists) for row in rows):
            raise ValueError("base_logits, region_logits, traits and first_day need one value for each list.")
        if any(not 0 <= r.source < r.target < len(self.lists) for r in self.referrals):
            raise ValueError("a referral goes from an earlier list to a later one.")


def draw_membership(
    capture: PersonCapture, *, region: IntArray, event_day: IntArray, rng: np.random.Generator
) -> BoolArray:
    """Draw who is on which list.

    Parameters
    ----------
    capture : PersonCapture
        The truth.
    region, event_day : ndarray of int64, shape (N,)
        Region (position in `capture.region_logits`) and day of the event, of each person.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (N, J)
    """
    n_people, n_lists = len(region), len(capture.lists)
    logits = np.asarray(capture.base_logits)[None, :] + np.asarray(capture.region_logits)[region]
    for trait in capture.traits:
        has = rng.random(n_people) < trait.share
        logits = logits + has[:, None] * np.asarray(trait.logits)[None, :]
    luck = rng.random((n_people, n_lists))
    on = np.zeros((n_people, n_lists), dtype=bool)
    for j in range(n_lists):
        logit = logits[:, j].copy()
        for referral in capture.referrals:
            if referral.target == j:
                logit += referral.logit * on[:, referral.source]
        on[:, j] = (luck[:, j] < 1.0 / (1.0 + np.exp(-logit))) & (event_day >= capture.first_day[j])
    return on


def count_patterns(membership: BoolArray, stratum: IntArray, n_strata: int) -> IntArray:
    """Count people per stratum and pattern, shape (S, 2**J − 1), in `CaptureTable` order; those on no list drop out."""
    n_lists = membership.shape[1]
    code = membership.astype(np.int64) @ (1 << np.arange(n_lists - 1, -1, -1, dtype=np.int64))
    flat = np.bincount(stratum * 2**n_lists + code, minlength=n_strata * 2**n_lists)
    return np.asarray(flat.reshape(n_strata, 2**n_lists)[:, 1:], dtype=np.int64)


def _all_patterns(n_lists: int) -> BoolArray:
    """Return membership of every pattern, the empty one first, shape (2**J, J)."""
    return np.vstack([np.zeros((1, n_lists), dtype=bool), pattern_matrix(n_lists)])
