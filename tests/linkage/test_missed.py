"""Links that no draw shows: their number is Chao's bound on known cases, and joining them adds that many."""

from __future__ import annotations

import numpy as np
import pytest

from uncounted.linkage.missed import MOST_SHARE, estimate_missed, join_missed


def test_not_compared_is_chaos_bound_on_the_rules() -> None:
    n_rules = np.repeat([1, 2, 3, 4], [20, 40, 200, 400])
    sure = np.ones(len(n_rules))
    missed = estimate_missed(prob=sure, together=sure, n_rules=n_rules)
    assert missed.not_compared == pytest.approx(3 / 4 * 20 * 19 / (2 * 41))
    assert missed.kept_apart == 0.0


def test_many_unlikely_candidates_are_no_missed_links() -> None:
    """900 sure matches by three rules each, and 20,000 pairs of strangers that one loose rule brings up."""
    n_rules = np.repeat([3, 1], [900, 20_000])
    prob = np.repeat([1.0, 0.002], [900, 20_000])
    missed = estimate_missed(prob=prob, together=prob, n_rules=n_rules)
    assert missed.not_compared == 0.0
    assert missed.total == pytest.approx(0.0, abs=1e-6)


def test_one_rule_says_nothing_of_what_it_missed() -> None:
    n_rules = np.ones(200, dtype=np.int64)
    assert estimate_missed(prob=np.ones(200), together=np.ones(200), n_rules=n_rules).not_compared == 0.0


def test_kept_apart_is_what_probabilities_say_beyond_the_draws() -> None:
    n_rules = np.full(1000, 5)
    missed = estimate_missed(prob=np.full(1000, 0.9), together=np.full(1000, 0.88), n_rules=n_rules)
    assert missed.kept_apart == pytest.approx(20.0)
    assert missed.not_compared == 0.0
    more = estimate_missed(prob=np.full(1000, 0.9), together=np.full(1000, 0.95), n_rules=n_rules)
    assert more.kept_apart == 0.0


def test_never_more_than_a_tenth_of_the_matches() -> None:
    n_rules = np.repeat([1, 2], [500, 5])
    missed = estimate_missed(prob=np.ones(505), together=np.ones(505), n_rules=n_rules)
    assert missed.total == pytest.approx(MOST_SHARE * 505)


def test_a_bound_recovers_part_of_what_rules_missed() -> None:
    """Matches that each of six rules brings up with a chance of their own: the bound is below the truth, not far."""
    rng = np.random.default_rng(5)
    chance = rng.beta(3, 3, size=5000)
    n_rules = rng.binomial(6, chance)
    seen = n_rules > 0
    missed = estimate_missed(prob=np.ones(seen.sum()), together=np.ones(seen.sum()), n_rules=n_rules[seen])
    truth = int((~seen).sum())
    assert 0.4 * truth < missed.not_compared < 1.1 * truth


def _pairs(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    left = np.arange(0, n - 1, 2)
    return left, left + 1, np.full(len(left), -3.0)


def test_joining_adds_the_number_on_average() -> None:
    n = 2000
    labels = np.arange(n)
    labels[1001] = 1000  # one pair is linked already: one merge a pair
    left, right, weight = _pairs(n)
    apart = np.zeros((0, 2), dtype=np.int64)
    joined = [
        n - len(np.unique(join_missed(labels, left=left, right=right, weight=weight, n_links=30.0, apart=apart,
                                      rng=np.random.default_rng(seed)))) - 1
        for seed in range(300)
    ]  # fmt: skip
    # Gamma-Poisson with mean 30 and coefficient of variation .5: standard error of the mean of 300 is .93.
    assert abs(np.mean(joined) - 30.0) < 4 * 0.93
    assert np.std(joined) > 10.0


def test_reviewers_are_obeyed_and_strangers_are_not_joined() -> None:
    labels = np.array([0, 0, 2, 3, 4, 5])
    left, right = np.array([2, 4]), np.array([3, 5])
    kwargs = {"left": left, "right": right, "n_links": 500.0, "rng": np.random.default_rng(1)}
    weight = np.array([-3.0, -40.0])
    free = join_missed(labels, weight=weight, apart=np.zeros((0, 2), dtype=np.int64), **kwargs)
    assert free.tolist() == [0, 0, 2, 2, 4, 5]
    held = join_missed(labels, weight=weight, apart=np.array([[3, 2]]), **kwargs)
    assert held.tolist() == labels.tolist()
    assert labels.tolist() == [0, 0, 2, 3, 4, 5]
