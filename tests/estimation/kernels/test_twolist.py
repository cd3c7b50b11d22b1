import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.estimation.kernels.bounds import chao_unequal
from uncounted.estimation.kernels.twolist import chapman, lognormal_interval


def test_textbook_example():
    fit = chapman(170, 120, 30)  # n1 = 200, n2 = 150, m = 30
    low, high = lognormal_interval(fit.n_unlisted, fit.standard_error, level=0.95)
    assert fit.n_total == pytest.approx(978.06, abs=0.005)
    assert fit.standard_error == pytest.approx(141.89, abs=0.005)
    assert [round(320 + low), round(320 + high)] == [753, 1319]


def test_arrest_related_deaths_have_a_tiny_error_and_were_wrong_by_a_factor():
    # BJS 1,939 and FBI 1,704 with 1,681 on both: 1,965.5 +- 2.0, while the published answer with coverage was 7,427.
    fit = chapman(1939 - 1681, 1704 - 1681, 1681)
    assert fit.n_total == pytest.approx(1965.5, abs=0.05)
    assert fit.standard_error == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("cells", "status"),
    [((5, 6, 0), "no overlap"), ((0, 6, 3), "contained"), ((5, 0, 3), "contained"), ((0, 0, 3), "contained")],
)
def test_boundaries_have_a_status_and_no_number(cells, status):
    fit = chapman(*cells)
    assert fit.status == status
    assert math.isnan(fit.n_total)


def test_an_empty_list_and_negative_counts():
    assert chapman(0, 7, 0).status == "empty"
    with pytest.raises(ValueError, match="negative"):
        chapman(-1, 2, 3)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**9))
def test_identity_with_the_printed_formula(a, b, m):
    fit = chapman(a, b, m)
    assert fit.n_total == pytest.approx((a + m + 1) * (b + m + 1) / (m + 1) - 1, rel=1e-9)
    assert fit.n_unlisted > 0
    assert chapman(b, a, m).n_total == pytest.approx(fit.n_total, rel=1e-12)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_two_lists_make_the_unequal_bound_chapman(a, b, m):
    assert chao_unequal([a, b], m).n_unlisted == pytest.approx(chapman(a, b, m).n_unlisted, rel=1e-12)


@given(st.floats(1e-3, 1e9), st.floats(1e-3, 1e9), st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_interval_is_positive_and_symmetric_on_the_log_scale(n0, se, level):
    low, high = lognormal_interval(n0, se, level=level)
    assert 0 < low < n0 < high
    assert math.log(n0 / low) == pytest.approx(math.log(high / n0), rel=1e-9)
