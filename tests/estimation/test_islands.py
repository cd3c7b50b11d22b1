"""Lists in groups that share nobody: bounds are added group by group, and stay below the truth."""

import numpy as np
import pytest

from uncounted.captures import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation import parse

ISLANDS = {"1000": 105, "0100": 105, "1100": 45, "0010": 105, "0001": 105, "0011": 45}
TRUTH = 1000  # two populations of 500, each list of a population reaches 30 % of it


def fit(name, table):
    return parse(name, table.lists).fit(table, level=0.95, seed=1)


def table(patterns, lists="ABCD"):
    return CaptureTable.from_patterns(patterns, lists=list(lists))


@pytest.mark.parametrize("name", ["chao", "chao-unequal"])
def test_the_bound_is_the_sum_over_groups_and_below_the_truth(name):
    whole = fit(name, table(ISLANDS))
    group = fit(name, table({"10": 105, "01": 105, "11": 45}, "AB"))
    assert whole.n_unlisted == pytest.approx(2 * group.n_unlisted)
    assert whole.fit.standard_error == pytest.approx(np.sqrt(2) * group.fit.standard_error)
    assert whole.n_total <= TRUTH
    assert "group" in whole.assumption.words
    assert "group" not in group.assumption.words


@pytest.mark.parametrize("name", ["chao", "chao-unequal"])
def test_a_list_by_itself_counts_its_listed_alone(name):
    alone = fit(name, table({"100": 105, "010": 105, "110": 45, "001": 70}, "ABC"))
    group = fit(name, table({"10": 105, "01": 105, "11": 45}, "AB"))
    assert alone.n_unlisted == pytest.approx(group.n_unlisted)
    assert alone.n_listed == group.n_listed + 70


def test_lists_that_all_share_nobody_have_no_bound():
    with pytest.raises(NotEstimable) as refused:
        fit("chao", table({"100": 10, "010": 20, "001": 30}, "ABC"))
    assert refused.value.code == "E01"


def test_one_person_on_two_islands_joins_them():
    joined = fit("chao-unequal", table({**ISLANDS, "1010": 1}))
    assert "group" not in joined.assumption.words


def test_an_empty_list_is_no_island():
    held = fit("chao", table({"100": 105, "010": 105, "110": 45}, "ABC"))
    assert "group" not in held.assumption.words
