from __future__ import annotations

import itertools

import numpy as np
import pytest

from uncounted.linkage.partitions import (
    EXACT_UP_TO,
    all_partitions,
    average_linkage,
    draw_chain,
    draw_exact,
)


def brute_force(weights: np.ndarray) -> dict[tuple[int, ...], float]:
    """Probability of every partition, found by trying all labellings: no shared code with the kernel."""
    n = len(weights)
    found: dict[tuple[int, ...], float] = {}
    for labels in itertools.product(range(n), repeat=n):
        key = tuple(labels.index(x) for x in labels)
        if key not in found:
            found[key] = float(
                np.exp(sum(weights[i, j] for i, j in itertools.combinations(range(n), 2) if labels[i] == labels[j]))
            )
    total = sum(found.values())
    return {key: value / total for key, value in found.items()}


def random_weights(n: int, seed: int, scale: float = 1.5) -> np.ndarray:
    upper = np.triu(np.random.default_rng(seed).normal(0.2, scale, (n, n)), 1)
    return upper + upper.T


def distance(draws: np.ndarray, truth: dict[tuple[int, ...], float]) -> float:
    """Total variation between the frequencies of the draws and the truth."""
    seen, counts = np.unique(draws, axis=0, return_counts=True)
    frequency = {tuple(int(x) for x in row): k / len(draws) for row, k in zip(seen, counts, strict=True)}
    assert set(frequency) <= set(truth)
    return 0.5 * sum(abs(frequency.get(key, 0.0) - p) for key, p in truth.items())


@pytest.mark.parametrize(("n", "bell"), [(1, 1), (2, 2), (3, 5), (4, 15), (5, 52), (6, 203), (8, 4140)])
def test_all_partitions_are_listed_once(n: int, bell: int) -> None:
    partitions = all_partitions(n)
    assert partitions.shape == (bell, n)
    assert len(np.unique(partitions, axis=0)) == bell
    # A label is the first record of its group.
    assert all(row[row[i]] == row[i] <= i for row in partitions for i in range(n))


@pytest.mark.parametrize(("n", "seed"), [(2, 1), (3, 2), (6, 3)])
def test_exact_draws_have_the_probabilities_of_brute_force(n: int, seed: int) -> None:
    weights = random_weights(n, seed)
    truth = brute_force(weights)
    n_draws = 40_000
    draws = draw_exact(np.repeat(weights[None], n_draws, axis=0), np.random.default_rng(seed).random(n_draws))
    # The expected distance of k equally likely outcomes is about sqrt(k / (2 pi n)): .03 for 203.
    assert distance(draws, truth) < 0.035


def test_exact_draws_follow_the_uniform_numbers_at_the_ends() -> None:
    weights = np.repeat(random_weights(3, 5)[None], 2, axis=0)
    low, high = draw_exact(weights, np.array([0.0, np.nextafter(1.0, 0.0)]))
    assert np.array_equal(low, all_partitions(3)[0])
    assert np.array_equal(high, all_partitions(3)[-1])


def test_too_many_records_are_not_enumerated() -> None:
    n = EXACT_UP_TO + 1
    with pytest.raises(ValueError, match="enumerate"):
        draw_exact(np.zeros((1, n, n)), np.zeros(1))


@pytest.mark.parametrize(("n", "seed"), [(5, 7), (6, 8)])
def test_the_chain_reaches_the_probabilities_of_brute_force(n: int, seed: int) -> None:
    weights = random_weights(n, seed)
    truth = brute_force(weights)
    n_draws = 10_000
    draws = draw_chain(
        np.repeat(weights[None], n_draws, axis=0), np.full(n_draws, n), rng=np.random.default_rng(seed), sweeps=30
    )
    assert distance(draws, truth) < 0.06


def test_the_chain_crosses_between_far_apart_partitions() -> None:
    # Two firm pairs that may or may not belong together: no move of a single record leads from one state to the other.
    weights = np.full((4, 4), 0.0)
    for i, j in ((0, 1), (2, 3)):
        weights[i, j] = weights[j, i] = 9.0
    for i, j in ((0, 2), (1, 3)):
        weights[i, j] = weights[j, i] = 4.0
    for i, j in ((0, 3), (1, 2)):
        weights[i, j] = weights[j, i] = -4.0
    n_draws = 8_000
    draws = draw_chain(
        np.repeat(weights[None], n_draws, axis=0), np.full(n_draws, 4), rng=np.random.default_rng(1), sweeps=40
    )
    together = (draws == 0).all(axis=1).mean()
    assert together == pytest.approx(brute_force(weights)[0, 0, 0, 0], abs=0.02)


def test_problems_of_different_size_run_side_by_side() -> None:
    small = random_weights(3, 11)
    padded = np.full((5, 5), 50.0)  # padding would tie everything together if it were looked at
    padded[:3, :3] = small
    n_draws = 8_000
    draws = draw_chain(
        np.repeat(padded[None], n_draws, axis=0), np.full(n_draws, 3), rng=np.random.default_rng(2), sweeps=25
    )
    assert (draws[:, 3:] == np.array([3, 4])).all()
    assert distance(draws[:, :3], brute_force(small)) < 0.025


def one_by_one(totals: np.ndarray, members: np.ndarray, threshold: float) -> np.ndarray:
    """Average linkage of one problem, written plainly: the reference for the version that works on many at once."""
    n = len(totals)
    groups = [[i] for i in range(n)]

    def mean(a: list[int], b: list[int]) -> float:
        return float(totals[np.ix_(a, b)].sum() / (members[a].sum() * members[b].sum()))

    while len(groups) > 1:
        value, _, _, x, y = max(
            (mean(a, b), -a[0], -b[0], x, y) for (x, a), (y, b) in itertools.combinations(enumerate(groups), 2)
        )
        if value < threshold:
            break
        groups[x] = sorted(groups[x] + groups.pop(y))
    labels = np.empty(n, dtype=np.int64)
    for group in groups:
        labels[group] = group[0]
    return labels


def linked(totals: np.ndarray, members: list[int], threshold: float) -> list[int]:
    found = average_linkage(totals[None], np.array([members]), np.array([threshold]))
    return [int(x) for x in found[0, 0]]


def test_average_linkage_needs_the_mean_not_one_strong_link() -> None:
    chain = np.array([[0, 10, -30], [10, 0, 9], [-30, 9, 0]], dtype=float)
    assert linked(chain, [1, 1, 1], 0.0) == [0, 0, 2]
    firm = np.array([[0, 10, -3], [10, 0, 9], [-3, 9, 0]], dtype=float)
    assert linked(firm, [1, 1, 1], 0.0) == [0, 0, 0]
    assert linked(firm, [1, 1, 1], 4.0) == [0, 0, 2]


def test_average_linkage_weighs_joined_items_by_their_records() -> None:
    # Item 0 holds two records: a summed weight of 6 is a mean of 3 a pair of records.
    totals = np.array([[0.0, 6.0], [6.0, 0.0]])
    assert linked(totals, [2, 1], 3.0) == [0, 0]
    assert linked(totals, [2, 1], 3.1) == [0, 1]


@pytest.mark.parametrize("n", [2, 3, 6, 9])
def test_many_problems_and_thresholds_at_once_are_as_one_by_one(n: int) -> None:
    rng = np.random.default_rng(n)
    members = rng.integers(1, 4, (40, n))
    weights = np.stack([random_weights(n, 100 * n + k, 4.0) for k in range(40)])
    totals = weights * members[:, :, None] * members[:, None, :]
    thresholds = np.array([0.0, 2.0, -2.0])
    found = average_linkage(totals, members, thresholds)
    for t, threshold in enumerate(thresholds):
        for k in range(40):
            assert np.array_equal(found[t, k], one_by_one(totals[k], members[k], threshold))
    assert len(np.unique(found[0], axis=0)) > 1
