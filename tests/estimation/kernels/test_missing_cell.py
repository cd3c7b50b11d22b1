import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.captures import published
from uncounted.estimation.kernels.assumptions import marginal_independence, no_interaction, pair_margin

KOSOVO = published("kosovo").counts[0, 0]


@pytest.mark.parametrize(
    ("subset", "total", "se"),
    [
        ((0, 1), 9799, 480),
        ((0, 2), 9043, 376),
        ((0, 3), 7665, 385),
        ((1, 2), 8045, 308),
        ((1, 3), 12741, 1601),
        ((2, 3), 6729, 264),
        ((0, 1, 2), 22889, 2826),
        ((0, 1, 3), 13450, None),
        ((0, 2, 3), 8977, None),
        ((1, 2, 3), 13760, None),
        ((0, 1, 2, 3), 16942, 5938),
    ],
)
def test_kosovo_menu(subset, total, se):
    cell = no_interaction(KOSOVO, 4, subset)
    assert cell.status == "ok"
    assert 4400 + cell.n_unlisted == pytest.approx(total, abs=0.51)
    if se is not None:
        assert cell.standard_error == pytest.approx(se, abs=0.5)


def test_kosovo_marginal_pairs():
    totals = [4400 + marginal_independence(KOSOVO, 4, i, j).n_unlisted for i, j in itertools.combinations(range(4), 2)]
    # Without Chapman's + 1; with it (the "chapman" rows) the range is the 5,447 to 9,622 of the literature.
    assert [round(min(totals)), round(max(totals))] == [5462, 9691]


def brute(counts, n_lists, subset):
    odd = even = 1.0
    for k in range(1, 2**n_lists):
        on = [j for j in range(n_lists) if k >> (n_lists - 1 - j) & 1]
        if set(on) <= set(subset):
            if len(on) % 2:
                odd *= counts[k - 1]
            else:
                even *= counts[k - 1]
    return odd / even


@given(st.lists(st.integers(1, 500), min_size=15, max_size=15), st.sets(st.integers(0, 3), min_size=2))
def test_products_against_the_definition(counts, subset):
    cell = no_interaction(np.asarray(counts, dtype=np.int64), 4, sorted(subset))
    assert cell.n_unlisted == pytest.approx(brute(counts, 4, subset), rel=1e-9)


@given(st.lists(st.integers(1, 500), min_size=7, max_size=7))
def test_margins_add_up(counts):
    cells = np.asarray(counts, dtype=np.int64)
    assert sum(pair_margin(cells, 3, 0, 2)) == cells.sum()


def test_empty_cells_are_reported_and_nothing_is_added():
    def two(a, b, m):
        return no_interaction(np.asarray([b, a, m], dtype=np.int64), 2, (0, 1)).status

    assert two(5, 6, 0) == "zero denominator"
    assert two(0, 6, 3) == "zero numerator"
    assert two(5, 6, 3) == "ok"


def test_an_assumption_that_the_data_contradict():
    counts = np.zeros(7, dtype=np.int64)
    counts[[0b100 - 1, 0b010 - 1, 0b110 - 1, 0b001 - 1]] = [10, 10, 50, 400]
    cell = marginal_independence(counts, 3, 0, 1)
    assert cell.status == "contradicted"
    assert cell.n_unlisted == pytest.approx(10 * 10 / 50 - 400)


def test_wrong_shapes():
    with pytest.raises(ValueError, match="cells"):
        no_interaction(KOSOVO, 3, (0, 1))
    with pytest.raises(ValueError, match="differ"):
        pair_margin(KOSOVO, 4, 1, 1)
