from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.linkage.claims import MOST_EXCESS, excess_share, shift_to_lists

LISTS = np.array([0, 0, 1, 1, 2])


def test_one_sure_match_on_each_list_is_no_excess() -> None:
    left, right, odds = np.array([0, 0, 2]), np.array([2, 4, 4]), np.array([40.0, 40.0, 40.0])
    assert excess_share(odds, left, right, LISTS) == pytest.approx(0.0)
    assert shift_to_lists(odds, left, right, LISTS) == 0.0


def test_two_sure_matches_on_one_list_are_one_too_many() -> None:
    left, right, odds = np.array([0, 0]), np.array([2, 3]), np.array([40.0, 40.0])
    # Record 0 claims two records of list 1; each of these claims one of list 0: one of four claims is too many.
    assert excess_share(odds, left, right, LISTS) == pytest.approx(0.25)


def test_repeats_within_a_list_claim_nothing() -> None:
    left, right, odds = np.array([0, 2]), np.array([1, 3]), np.array([40.0, 40.0])
    assert excess_share(odds, left, right, LISTS) == 0.0


def test_many_namesakes_bring_the_odds_down_as_far_as_needed_and_no_further() -> None:
    n = 200  # records 0 … 199 on list 0, each with twenty namesakes on list 1 at even odds
    left = np.repeat(np.arange(n), 20)
    right = n + (left + np.tile(np.arange(20), n)) % n
    lists = np.repeat([0, 1], n)
    odds = np.zeros(len(left))
    down = shift_to_lists(odds, left, right, lists)
    assert down < -2.0
    assert excess_share(odds + down, left, right, lists) <= MOST_EXCESS
    assert excess_share(odds + down + 0.02, left, right, lists) > MOST_EXCESS


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-30, 30)), max_size=12))
def test_lower_odds_never_claim_a_larger_excess_than_is_allowed(pairs: list[tuple[int, int, float]]) -> None:
    left = np.array([a for a, _, _ in pairs], dtype=np.int64)
    right = np.array([b for _, b, _ in pairs], dtype=np.int64)
    odds = np.array([w for _, _, w in pairs])
    down = shift_to_lists(odds, left, right, LISTS)
    assert down <= 0.0
    assert excess_share(odds + down, left, right, LISTS) <= MOST_EXCESS
