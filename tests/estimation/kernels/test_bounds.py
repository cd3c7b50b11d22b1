import math

import numpy as np
import pytest

from uncounted.estimation.kernels.bounds import BoundFit, chao_equal, chao_unequal, connected_groups, sum_of_bounds

KOSOVO_SINGLES = [1131, 845, 936, 306]


@pytest.mark.parametrize(("corrected", "total"), [(False, 8802.9), (True, 8796.5)])
def test_kosovo_equal_lists(corrected, total):
    fit = chao_equal(3218, 882, 4, bias_corrected=corrected)
    assert 4400 + fit.n_unlisted == pytest.approx(total, abs=0.05)
    assert fit.standard_error == pytest.approx(224.7, abs=0.05)


@pytest.mark.parametrize(("corrected", "total"), [(False, 8590.8), (True, 8586.1)])
def test_kosovo_unequal_lists(corrected, total):
    fit = chao_unequal(KOSOVO_SINGLES, 882, bias_corrected=corrected)
    assert 4400 + fit.n_unlisted == pytest.approx(total, abs=0.05)
    # Rcapture's constrained maximum likelihood gives 213.5; ours is the plain delta method at the raw bound.
    assert fit.standard_error == pytest.approx(213.5, rel=0.01)


def test_hiv_rome_unequal_lists():
    # Rcapture: 11,701 (constrained MLE) with SE 1,030.9; the closed form is close to it.
    fit = chao_unequal([403, 545, 621, 205], 33 + 20 + 6 + 35 + 10 + 11, bias_corrected=False)
    assert 1896 + fit.n_unlisted == pytest.approx(11_701, rel=0.01)
    assert fit.standard_error == pytest.approx(1030.9, rel=0.02)


def test_equal_singles_bring_the_equal_bound_and_error_back():
    equal = chao_equal(400, 60, 4, bias_corrected=False)
    unequal = chao_unequal([100] * 4, 60, bias_corrected=False)
    assert unequal.n_unlisted == pytest.approx(equal.n_unlisted, rel=1e-12)
    assert unequal.standard_error == pytest.approx(equal.standard_error, rel=1e-12)


@pytest.mark.parametrize(
    ("fit", "status"),
    [
        (chao_equal(50, 0, 3), "no repeats"),
        (chao_unequal([20, 30], 0), "no repeats"),
        (chao_equal(1, 10, 3), "nothing beyond"),
        (chao_unequal([20, 0, 0], 10), "nothing beyond"),
        (chao_equal(10, 10, 1), "too few lists"),
        (chao_unequal([10], 10), "too few lists"),
    ],
)
def test_no_bound_has_a_status(fit, status):
    assert fit.status == status
    assert fit.n_unlisted == 0 if status == "nothing beyond" else math.isnan(fit.n_unlisted)


def test_groups_of_lists_that_share_nobody():
    shared = np.zeros((5, 5), dtype=np.int64)
    for i, j in ((0, 3), (3, 4), (1, 1)):
        shared[i, j] = shared[j, i] = 2
    assert connected_groups(shared) == ((0, 3, 4), (1,), (2,))


def test_a_sum_of_bounds_adds_errors_as_squares_and_skips_what_has_none():
    two = [
        BoundFit(status="ok", n_unlisted=10.0, standard_error=3.0),
        BoundFit(status="no repeats"),
        BoundFit(status="ok", n_unlisted=20.0, standard_error=4.0),
    ]
    assert sum_of_bounds(two) == BoundFit(status="ok", n_unlisted=30.0, standard_error=5.0)
    assert sum_of_bounds(two[1:2]).status == "no repeats"
    assert sum_of_bounds([two[1], chao_equal(1, 10, 3)]).status == "nothing beyond"
