"""The average over decomposable graphs as an estimator: what it says, its neighbours, its warnings and refusals."""

import math

import numpy as np
import pytest

from uncounted.captures import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.decomposable import Decomposable

# Ball et al. (2002), AAAS: deaths in Kosovo; Silverman, Chan, Vincent (2024): New Orleans, five lists.
KOSOVO = (
    "1000 1131 0100 845 0010 936 0001 306 1100 177 1010 228 1001 106 0110 217 0101 31 0011 123 1110 181 1101 18 "
    "1011 42 0111 32 1111 27"
)
NEW_ORLEANS = (
    "10000 25 01000 24 00100 70 00010 33 00001 21 11000 1 10100 1 10010 2 01100 2 01010 2 01001 1 00110 2 11100 1 "
    "11010 1"
)


def people(text):
    words = text.split()
    patterns = [[int(x) for x in p] for p in words[::2]]
    return np.repeat(patterns, [int(c) for c in words[1::2]], axis=0)


def table(text, lists="ABCDE", order=None):
    rows = people(text)
    names = list(lists[: rows.shape[1]])
    order = order or range(len(names))
    return CaptureTable.from_people(rows[:, list(order)], lists=[names[j] for j in order])


def fit(data, *, level=0.95, **options):
    return Decomposable(**options).fit(data, level=level, seed=1)


def test_kosovo_with_both_neighbours_in_sight():
    estimate = fit(table(KOSOVO))
    # dga 2.0.2 at δ = 1/16; the neighbours by the naive grid of the kernel's tests.
    assert (estimate.n_total, estimate.n_total_interval.low, estimate.n_total_interval.high) == pytest.approx(
        (12595, 9827, 16544), abs=1e-6
    )
    quarter, four = estimate.other_intervals
    assert (quarter.method, four.method) == ("decomposable graphs, δ = 1/64", "decomposable graphs, δ = 1/4")
    assert (quarter.low, quarter.high) == pytest.approx((8303, 16689), abs=1e-6)
    assert (four.low, four.high) == pytest.approx((9519, 15596), abs=1e-6)
    assert quarter.level == four.level == 0.95
    assert estimate.n_total_interval.method == "quantiles of the exact posterior"
    sampling = estimate.fit.sampling
    assert (sampling.converged, sampling.r_hat, sampling.ess) == (True, 1.0, 4001.0)
    assert sampling.prior_shift == pytest.approx((12595 - 12071) / 12595)
    assert math.isnan(sampling.prior_median)  # 1/N says nothing of N/n
    assert (estimate.fit.n_models, estimate.fit.n_admissible) == (61, 61)


def test_the_most_probable_graphs_are_named_by_the_users_lists():
    check = next(c for c in fit(table(KOSOVO)).checks if c.code == "E32")
    assert check.evidence[:2] == (("A*B*C + A*C*D", "0.986"), ("A*B*C + C*D", "0.011"))
    turned = next(c for c in fit(table(KOSOVO, order=(3, 1, 0, 2))).checks if c.code == "E32")
    assert turned.evidence[0] == ("D*A*C + B*A*C", "0.986")


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2)])
def test_no_digit_depends_on_the_order_of_the_lists(order):
    first, turned = fit(table(KOSOVO)), fit(table(KOSOVO, order=order))
    assert turned.n_total == first.n_total
    assert turned.n_total_interval.high == first.n_total_interval.high
    assert [i.high for i in turned.other_intervals] == [i.high for i in first.other_intervals]


def test_levels_nest_and_the_same_call_gives_the_same_digits():
    data = table(NEW_ORLEANS)
    wide, narrow = fit(data), fit(data, level=0.5)
    assert wide.n_total_interval.low < narrow.n_total_interval.low < narrow.n_total_interval.high
    assert narrow.n_total_interval.high < wide.n_total_interval.high
    assert fit(data).n_total == wide.n_total
    assert (wide.n_total, wide.n_total_interval.low, wide.n_total_interval.high) == pytest.approx(
        (847, 529, 1590), abs=1e-6
    )


@pytest.mark.parametrize(("delta", "warned"), [(1 / 16, False), (0.25, False), (0.26, True), (0.5, True), (1.0, True)])
def test_a_prior_of_more_than_four_imagined_people_is_warned_of(delta, warned):
    estimate = fit(table(KOSOVO), delta=delta)
    found = [c for c in estimate.checks if c.code == "E30"]
    assert [c.status for c in found] == (["warn"] if warned else [])


@pytest.mark.parametrize("text", [KOSOVO, NEW_ORLEANS])
@pytest.mark.parametrize("delta", [0.5, 1.0])
def test_defect_d4_the_examples_of_dga_are_shown_to_hang_on_their_prior(text, delta):
    """Kosovo 11,319 and 4,616, New Orleans 189 and 190 of 186 documented: each warned of, each beside others."""
    estimate = fit(table(text), delta=delta)
    assert any(c.code == "E30" for c in estimate.checks)
    assert estimate.fit.sampling.prior_shift > 0.25


def test_the_complete_graph_is_warned_of_because_it_learns_nothing_of_the_unlisted():
    """Many counts of people of two kinds: no decomposable graph fits but the complete one, and its tail is long."""
    rng = np.random.default_rng(7)
    easy = rng.random(200_000) < 0.4
    member = rng.random((200_000, 4)) < np.where(easy[:, None], [0.5, 0.6, 0.45, 0.5], [0.3, 0.25, 0.3, 0.2])
    codes = member @ np.array([8, 4, 2, 1])
    counts = np.bincount(codes, minlength=16)[1:]
    estimate = fit(CaptureTable(lists=tuple("ABCD"), counts=counts[None, None]))
    check = next(c for c in estimate.checks if c.code == "E34")
    assert check.status == "warn"
    assert float(check.evidence[0][1]) > 0.9
    assert estimate.n_total_interval.high > 2 * estimate.n_total_interval.low
    assert not any(c.code == "E34" for c in fit(table(KOSOVO)).checks)
    assert any(c.code == "E34" for c in fit(table(KOSOVO), delta=1.0).checks)  # .976: how defect D4 comes about


def test_strata_add_up_and_neighbours_are_those_of_the_sum():
    whole = table(KOSOVO)
    north = whole.counts // 3
    counts = np.concatenate([north, whole.counts - north], axis=1)
    data = CaptureTable(lists=whole.lists, strata=("north", "south"), counts=counts)
    estimate = fit(data)
    parts = [fit(data.stratum(name)) for name in data.strata]
    assert estimate.n_total == pytest.approx(sum(p.n_total for p in parts), rel=0.05)
    assert [i.method for i in estimate.other_intervals] == [
        "decomposable graphs, δ = 1/64",
        "decomposable graphs, δ = 1/4",
    ]
    assert not any(c.code == "E32" for c in estimate.checks)
    assert estimate.fit.sampling.prior_shift > 0


def test_a_neighbour_that_leaves_the_total_open_is_an_interval_without_limit():
    few = CaptureTable.from_people(np.repeat([[1, 0], [0, 1], [1, 1]], [40, 30, 1], axis=0), lists=["A", "B"])
    estimate = fit(few)
    quarter = estimate.other_intervals[0]
    assert quarter.high == math.inf
    assert estimate.n_total_interval.low >= estimate.n_listed == 71


def test_eight_lists_are_refused_with_a_way_out():
    rng = np.random.default_rng(3)
    member = rng.random((300, 8)) < 0.4
    data = CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=list("ABCDEFGH"))
    with pytest.raises(NotEstimable, match="loglinear-stepwise") as caught:
        fit(data)
    assert caught.value.code == "E31"


@pytest.mark.parametrize("delta", [0.0, -1.0, math.inf, math.nan])
def test_delta_must_be_a_number_above_zero(delta):
    with pytest.raises(ProjectError) as caught:
        Decomposable(delta=delta)
    assert caught.value.code == "E22"
