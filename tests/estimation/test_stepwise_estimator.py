"""The stepwise model as an estimator: eight lists, goodness of fit, order of lists, refusals."""

import numpy as np
import pytest

from uncounted.captures import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.stepwise import StepwiseModel

# Bales, Murphy and Silverman (2020), J. Human Trafficking 6:375 (New Orleans, eight lists); Western site and five lists
# of the United Kingdom: Silverman, Chan and Vincent (2024).
NEW_ORLEANS = (
    "01000000 5 00010000 33 10000000 25 00000010 6 00000100 6 00000001 21 00001000 6 00100000 70 00110000 2 10001000 1 "
    "10100000 1 00101000 1 10010000 2 00001001 1 00011000 2 01000100 1 00100010 1 10011000 1 10100010 1"
)
WESTERN = (
    "10000 52 01000 90 00100 114 00010 45 00001 21 10100 4 10010 2 10001 5 01100 6 01010 1 00011 3 10101 1 01110 1"
)


def table(text, order=None):
    words = text.split()
    rows = np.repeat([[int(x) for x in p] for p in words[::2]], [int(c) for c in words[1::2]], axis=0)
    names = "ABCDEFGH"[: rows.shape[1]]
    order = list(order or range(len(names)))
    return CaptureTable.from_people(rows[:, order], lists=[names[j] for j in order])


def fit(data, **options):
    return StepwiseModel(**options).fit(data, level=0.95, seed=1)


def test_defect_d6_eight_lists_of_new_orleans_neither_freeze_nor_break():
    estimate = fit(table(NEW_ORLEANS))
    assert estimate.n_total == pytest.approx(1110.488, abs=0.001)
    assert estimate.fit.model == "[45,1,2,3,6,7,8]"
    assert estimate.n_total_interval.low < 800 < 1_700 < estimate.n_total_interval.high < 2_000
    assert estimate.other_intervals[0].method == "profile likelihood"
    # 245 degrees of freedom and hardly a cell above 5: chi-squared would call the fit perfect.
    assert 0.02 < estimate.fit.p_value < 0.5


def test_sparse_tables_are_tested_by_bootstrap_with_a_seed():
    first, again = fit(table(WESTERN)), fit(table(WESTERN))
    assert first.n_total == pytest.approx(2483.384, abs=0.001)
    assert first.fit.p_value == again.fit.p_value
    assert 0.002 < first.fit.p_value < 0.05  # chi-squared: .32
    other = StepwiseModel().fit(table(WESTERN), level=0.95, seed=2)
    assert other.fit.p_value == pytest.approx(first.fit.p_value, abs=0.03)


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (1, 4, 0, 3, 2)])
def test_no_digit_depends_on_the_order_of_the_lists(order):
    first, turned = fit(table(WESTERN)), fit(table(WESTERN, order))
    assert turned.n_total == first.n_total
    assert turned.n_total_interval.high == first.n_total_interval.high
    assert turned.fit.p_value == first.fit.p_value
    a, e = (str(order.index(j) + 1) for j in (0, 4))
    assert "".join(sorted(a + e)) in turned.fit.model


def test_twelve_lists_are_named_in_words():
    rng = np.random.default_rng(6)
    member = rng.random((4_000, 12)) < 0.1
    member[:, 1] |= member[:, 0] & (rng.random(4_000) < 0.6)
    names = [f"list {j}" for j in range(12)]
    estimate = fit(CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=names), threshold=1e-6)
    assert estimate.fit.model.startswith("list 0*list 1 + list 2")
    assert estimate.n_total == pytest.approx(4_000, rel=0.05)
    assert np.isnan(estimate.fit.p_value)


def test_lists_without_overlap_are_refused():
    rows = np.repeat(np.eye(6, dtype=int), 20, axis=0)
    with pytest.raises(NotEstimable, match="independent lists") as caught:
        fit(CaptureTable.from_people(rows, lists=list("ABCDEF")))
    assert caught.value.code == "E08"


@pytest.mark.parametrize("threshold", [-0.1, 1.0])
def test_threshold_must_be_a_probability(threshold):
    with pytest.raises(ProjectError) as caught:
        StepwiseModel(threshold=threshold)
    assert caught.value.code == "E22"
