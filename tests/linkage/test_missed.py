"""Links that no draw shows: their number by list pair, and joins that are right in number and obey reviewers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from uncounted.linkage.joining import Frame, bring_home, capped, join_scored, loss_by_list, smallest, take_out
from uncounted.linkage.missed import (
    LARGEST,
    RATIO,
    RATIO_SLOPE,
    Cells,
    cells_of,
    never_brought_up,
    together_by_lists,
)


def frame_of(lists: np.ndarray, edges: list[tuple[int, int]], apart: list[tuple[int, int]] | None = None) -> Frame:
    n = len(lists)
    left, right = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    return Frame(
        left=left,
        right=right,
        lists=lists,
        n_lists=int(lists.max()) + 1,
        compared=np.ones(n, dtype=bool),
        bound=np.zeros(n, dtype=bool),
        apart=np.array(apart or [], dtype=np.int64).reshape(-1, 2),
    )


def counted_by_hand(labels: np.ndarray, lists: np.ndarray, n_lists: int) -> np.ndarray:
    found = np.zeros((n_lists, n_lists))
    for a, b in itertools.combinations(range(len(labels)), 2):
        if labels[a] == labels[b]:
            found[min(lists[a], lists[b]), max(lists[a], lists[b])] += 1
    return found


def test_no_draw_gives_a_record_more_matches_on_a_list_than_one_or_than_the_mode() -> None:
    rng = np.random.default_rng(8)
    lists = np.repeat([0, 1, 2], 40)
    edges = [(a, b) for a in range(120) for b in range(a + 1, 120) if rng.random() < 0.3]
    frame = frame_of(lists, edges)
    mode, prob = rng.random(len(edges)) * 0.2, rng.random(len(edges))
    found = capped(prob, mode, frame)
    assert (found <= prob).all()
    for record, on in itertools.product(range(120), range(3)):
        mine = [
            k for k, (a, b) in enumerate(edges) if (a == record and lists[b] == on) or (b == record and lists[a] == on)
        ]
        assert found[mine].sum() <= max(1.0, mode[mine].sum()) + 1e-9
    assert np.array_equal(capped(mode, mode, frame), mode)


# -- how many ---------------------------------------------------------------------------------------------------------
def test_never_brought_up_is_in_proportion_to_those_brought_up_once() -> None:
    prob = np.ones(1000)
    n_rules = np.repeat([1, 4], [100, 900])
    cells = Cells(of_pair=np.ones(1000, dtype=np.int64), n_lists=2)
    found = never_brought_up(prob, n_rules, cells)
    assert found[0, 1] == pytest.approx((RATIO + RATIO_SLOPE * 0.1) * 100, rel=1e-6)
    assert found[1, 1] == 0.0


def test_unlikely_pairs_brought_up_once_count_for_what_they_are() -> None:
    n_rules = np.repeat([3, 1], [900, 20_000])
    prob = np.repeat([1.0, 1e-5], [900, 20_000])
    found = never_brought_up(prob, n_rules, Cells(of_pair=np.zeros(20_900, dtype=np.int64), n_lists=1))
    assert found.sum() < 0.2


def test_nothing_likely_means_nothing_missed() -> None:
    cells = Cells(of_pair=np.zeros(0, dtype=np.int64), n_lists=3)
    assert never_brought_up(np.zeros(0), np.zeros(0, dtype=np.int64), cells).sum() == 0.0


def test_pairs_together_are_counted_by_list_pair_as_by_hand() -> None:
    rng = np.random.default_rng(3)
    labels, lists = smallest(rng.integers(0, 40, 120)), rng.integers(0, 3, 120)
    found = together_by_lists(labels, lists, np.ones(120, dtype=bool), 3)
    assert np.array_equal(found, counted_by_hand(labels, lists, 3))
    huge = together_by_lists(np.zeros(LARGEST + 1, dtype=np.int64), np.zeros(LARGEST + 1, dtype=np.int64),
                             np.ones(LARGEST + 1, dtype=bool), 1)  # fmt: skip
    assert huge.sum() == 0.0


def test_losses_by_list_are_found_from_their_sums() -> None:
    loss = np.array([0.02, 0.1, 0.05])
    together = np.triu(np.full((3, 3), 400.0))
    missing = together * (loss[:, None] + loss[None, :])
    assert loss_by_list(missing, together) == pytest.approx(loss, rel=1e-6)


# -- joining ----------------------------------------------------------------------------------------------------------
def test_scored_pairs_are_joined_until_there_are_enough_the_likely_ones_more_often() -> None:
    n = 400
    edges = [(2 * k, 2 * k + 1) for k in range(n)]
    frame = frame_of(np.tile([0, 1], n), edges)
    prob = np.where(np.arange(n) < n // 2, 0.3, 0.03)
    together = np.zeros(n)
    for seed in range(40):
        new = join_scored(np.arange(2 * n), frame, prob=prob, n_pairs=30.0, rng=np.random.default_rng(seed))
        assert (new[frame.left] == new[frame.right]).sum() == 30
        together += new[frame.left] == new[frame.right]
    # Odds of .43 and .031: nearly fourteen to one, a little less where the likely ones grow scarce.
    assert together[: n // 2].sum() > 8 * together[n // 2 :].sum()


def test_joining_a_cluster_counts_every_pair_it_brings() -> None:
    # Record 6 is scored against three records of one cluster: joining it gains three pairs at once.
    labels = np.array([0, 0, 0, 3, 4, 5, 6])
    frame = frame_of(np.array([0, 1, 2, 0, 1, 2, 3]), [(0, 6), (1, 6), (2, 6), (3, 4)])
    prob = np.array([0.9, 0.9, 0.9, 1e-6])
    new = join_scored(labels, frame, prob=prob, n_pairs=2.0, rng=np.random.default_rng(1))
    assert new.tolist() == [0, 0, 0, 3, 4, 5, 0]


def test_decisions_are_obeyed_when_joining() -> None:
    labels = np.array([0, 0, 2, 3])
    frame = frame_of(np.array([0, 1, 0, 1]), [(1, 2), (2, 3)], apart=[(0, 2), (2, 3)])
    prob = np.array([0.99, 0.99])
    new = join_scored(labels, frame, prob=prob, n_pairs=9.0, rng=np.random.default_rng(1))
    assert new.tolist() == labels.tolist()
    wanted = np.array([[0.0, 9.0], [0.0, 9.0]])
    for seed in range(20):
        home = bring_home(labels, frame, wanted=wanted, rng=np.random.default_rng(seed))
        assert home[2] not in (home[0], home[3])


def test_records_least_tied_are_taken_out_first() -> None:
    n = 300
    edges = [(2 * k, 2 * k + 1) for k in range(n)]
    frame = frame_of(np.tile([0, 1], n), edges)
    labels = np.repeat(2 * np.arange(n), 2)
    prob = np.where(np.arange(n) < 150, 0.6, 0.999)
    new = take_out(labels, frame, prob=prob, n_pairs=20.0, rng=np.random.default_rng(2))
    parted = new[frame.left] != new[frame.right]
    assert parted.sum() == 20
    assert parted[:150].sum() >= 18
    assert np.array_equal(new, smallest(new))
    bound = Frame(left=frame.left, right=frame.right, lists=frame.lists, n_lists=2, compared=frame.compared,
                  bound=np.ones(2 * n, dtype=bool), apart=frame.apart)  # fmt: skip
    assert np.array_equal(take_out(labels, bound, prob=prob, n_pairs=20.0, rng=np.random.default_rng(2)), labels)


def lost_from(truth: np.ndarray, lists: np.ndarray, loss: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let records leave their person by chance, by list: what linkage sees of the truth."""
    labels = truth.copy()
    gone = rng.random(len(truth)) < loss[lists]
    labels[gone] = len(truth) + np.flatnonzero(gone)
    return smallest(labels)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bringing_home_restores_the_table_of_list_patterns(seed: int) -> None:
    """Records lost by list at different rates; told how many pairs are missing by list pair, patterns come back."""
    rng = np.random.default_rng(seed)
    n_people, n_lists = 6000, 4
    on = rng.random((n_people, n_lists)) < np.array([0.45, 0.35, 0.3, 0.25])
    person, lists = np.nonzero(on)
    truth = smallest(person)
    seen = lost_from(truth, lists, np.array([0.02, 0.12, 0.05, 0.15]), rng)
    frame = frame_of(lists, [(0, 1)])

    def patterns(labels: np.ndarray) -> np.ndarray:
        code = np.zeros(len(labels), dtype=np.int64)
        np.bitwise_or.at(code, labels, 1 << lists)
        return np.bincount(code[np.unique(labels)], minlength=2**n_lists).astype(float)

    everyone = np.ones(len(lists), dtype=bool)
    wanted = together_by_lists(truth, lists, everyone, n_lists) - together_by_lists(seen, lists, everyone, n_lists)
    home = bring_home(seen, frame, wanted=wanted, rng=rng)
    true, before, after = patterns(truth), patterns(seen), patterns(home)
    assert abs(after.sum() / true.sum() - 1) < 0.02 < 0.08 < before.sum() / true.sum() - 1
    assert np.abs(after - true).sum() < 0.4 * np.abs(before - true).sum()
    gained = together_by_lists(home, lists, everyone, n_lists) - together_by_lists(seen, lists, everyone, n_lists)
    assert gained.sum() == pytest.approx(wanted.sum(), rel=0.02)


def test_nothing_wanted_changes_nothing() -> None:
    labels, lists = np.array([0, 0, 2, 3]), np.array([0, 1, 0, 1])
    frame = frame_of(lists, [(1, 2)])
    assert np.array_equal(bring_home(labels, frame, wanted=-np.ones((2, 2)), rng=np.random.default_rng(1)), labels)
    prob = np.array([0.5])
    assert np.array_equal(join_scored(labels, frame, prob=prob, n_pairs=-3.0, rng=np.random.default_rng(1)), labels)
    assert np.array_equal(take_out(labels, frame, prob=prob, n_pairs=-3.0, rng=np.random.default_rng(1)), labels)
    alone = np.arange(4)
    assert np.array_equal(bring_home(alone, frame, wanted=np.ones((2, 2)), rng=np.random.default_rng(1)), alone)


def test_list_pairs_are_numbered_whatever_the_order() -> None:
    cells = cells_of(np.array([2, 0, 1]), np.array([0, 1]), np.array([1, 2]))
    assert cells.of_pair.tolist() == [2, 1]
    assert cells.summed(np.array([3.0, 4.0]))[0].tolist() == [0.0, 4.0, 3.0]
