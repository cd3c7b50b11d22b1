"""A named model whose estimate does not exist, but whose number on no list has a limit."""

import numpy as np
import pytest

from uncounted.captures import CaptureTable, published
from uncounted.errors import NotEstimable
from uncounted.estimation import parse


def test_the_limit_is_that_of_ever_smaller_additions_to_empty_cells():
    table = published("western")
    on_face = parse("loglinear:[135,2,4]", table.lists).fit(table, level=0.95, seed=1)
    assert on_face.fit.status == "limit, 4 more cells at zero"
    # 10,000 times the counts with one person added to every empty cell: an addition of 1/10,000 to the counts.
    counts = table.counts[0, 0]
    added = CaptureTable(lists=table.lists, counts=np.where(counts == 0, 1, counts * 10_000))
    near = parse("loglinear:[135,2,4]", table.lists).fit(added, level=0.95, seed=1)
    assert near.n_unlisted / 10_000 == pytest.approx(on_face.n_unlisted, rel=1e-3)


def test_without_a_limit_it_is_refused():
    table = published("artificial3")
    with pytest.raises(NotEstimable) as refused:
        parse("loglinear:[12,3]", table.lists).fit(table, level=0.95, seed=1)
    assert refused.value.code == "E08"
