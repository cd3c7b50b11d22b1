from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import uncounted as uc
from uncounted.estimation.other_linkages import other_linkages


def test_the_same_table_gives_the_chosen_estimate_again() -> None:
    kosovo = uc.published("kosovo")
    answer = uc.estimate(kosovo, estimators=["loglinear"], choice="loglinear-average", hold_out=False)
    (same,) = other_linkages(answer, {"same": kosovo})
    interval = answer.chosen.n_total_interval
    assert interval is not None
    assert (same.linkage, same.n_listed) == ("same", 4400)
    assert same.n_total == answer.chosen.n_total
    assert (same.low, same.high) == (interval.low, interval.high)


def test_fewer_overlaps_give_more_and_a_refusal_has_its_reason() -> None:
    two = uc.CaptureTable.from_patterns({"10": 170, "01": 120, "11": 30}, lists=["A", "B"])
    answer = uc.estimate(two, estimators=["chapman"], hold_out=False)
    missed = replace(two, counts=np.array([[[126, 176, 24]]]))
    empty = replace(two, counts=np.array([[[0, 200, 0]]]))
    more, refused = other_linkages(answer, {"missed": missed, "one list": empty})
    assert answer.chosen.n_total == pytest.approx(978, abs=1)
    assert more.n_total == pytest.approx(1213, abs=1)
    assert refused.n_total is None
    assert refused.reason
