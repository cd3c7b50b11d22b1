"""The dependence of a pair held fixed: closed forms, an independent optimiser, and existence."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.fixed_odds import fit_with_fixed_odds
from uncounted.estimation.kernels.hierarchy import hierarchical_models, parse_model
from uncounted.estimation.kernels.loglinear import fit_models

RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0)
PAIRS = [1 << i | 1 << j for i, j in itertools.combinations(range(4), 2)]


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(RATIOS))
def test_two_lists_are_omega_times_the_product(a, b, both, ratio):
    fit = fit_with_fixed_odds(np.asarray([b, a, both]), parse_model("[1,2]", 2), 3, ratio)
    n0 = ratio * a * b / both
    assert fit.converged
    assert fit.n_unlisted == pytest.approx(n0, rel=1e-9)
    assert fit.standard_error == pytest.approx(math.sqrt(n0 + n0**2 * (1 / a + 1 / b + 1 / both)), rel=1e-7)
    assert fit.deviance == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("ratio", RATIOS)
def test_two_lists_independent_given_a_third_are_omega_times_those_it_did_not_see(ratio):
    counts = np.asarray([63, 55, 18, 69, 17, 21, 28])
    fit = fit_with_fixed_odds(counts, parse_model("[13,23]", 3), 0b110, ratio)
    assert fit.n_unlisted == pytest.approx(ratio * 69 * 55 / 21, rel=1e-9)


@pytest.mark.parametrize("name", ["[123,14,34]", "[12,13,14,23,24,34]", "[123,124,134,234]"])
def test_at_its_own_estimate_nothing_changes(published, name):
    counts = published("kosovo")
    model = parse_model(name, 4)
    free = fit_models(counts, model[None])
    for pair in PAIRS:
        fit = fit_with_fixed_odds(counts, model, pair, math.exp(free.coefficients[0, pair]))
        assert fit.n_unlisted == pytest.approx(free.n_unlisted[0], rel=1e-8)
        assert fit.deviance == pytest.approx(free.deviance[0], abs=1e-6)
        assert fit.replaces == bool(model[pair])
        assert fit.df == free.df[0] + int(model[pair])
        # One thing less to estimate: never less certain.
        assert fit.standard_error <= free.standard_error[0] * (1 + 1e-9)


def reference(counts, model, pair, ratio):
    """Maximise the likelihood with a general optimiser, over a design written out cell by cell."""
    params = [t for t in range(len(model)) if model[t] and t != pair]
    x = np.asarray([[float(t & w == t) for t in params] for w in range(1, len(model))])
    offset = np.asarray([math.log(ratio) if w & pair == pair else 0.0 for w in range(1, len(model))])

    def loss(a):
        eta = x @ a + offset
        return float((np.exp(eta) - counts * eta).sum()), x.T @ (np.exp(eta) - counts)

    start = np.linalg.lstsq(x, np.log(counts + 0.5) - offset, rcond=None)[0]
    return math.exp(minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000}).x[0])


@pytest.mark.parametrize(("name", "ratio"), [("[123,14,34]", 0.5), ("[12,34]", 4.0), ("[123,124,134,234]", 2.0)])
def test_against_a_general_optimiser(published, name, ratio):
    counts, model = published("kosovo"), parse_model(name, 4)
    for pair in PAIRS:
        fit = fit_with_fixed_odds(counts, model, pair, ratio)
        assert fit.n_unlisted == pytest.approx(reference(counts, model, pair, ratio), rel=1e-6)


def test_a_ratio_of_one_is_the_model_without_the_pair(published):
    counts = published("kosovo")
    for name, smaller in (("[12,34]", "[1,2,34]"), ("[12,13,24]", "[13,24]")):
        without = fit_models(counts, parse_model(smaller, 4)[None])
        fit = fit_with_fixed_odds(counts, parse_model(name, 4), 0b1100, 1.0)
        assert fit.n_unlisted == pytest.approx(without.n_unlisted[0], rel=1e-9)
        assert fit.standard_error == pytest.approx(without.standard_error[0], rel=1e-7)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 1, 3, 20]), min_size=7, max_size=7), st.sampled_from([0.25, 1.0, 4.0]))
def test_existence_does_not_depend_on_the_ratio_and_holds_what_it_promises(cells, ratio):
    counts = np.asarray(cells, dtype=np.int64)
    for model in hierarchical_models(3):
        if not counts.any():
            continue
        fit = fit_with_fixed_odds(counts, model, 0b110, ratio)
        without = model.copy()
        without[0b110] = False
        assert fit.code == check_existence(counts > 0, without[None]).code[0]
        if fit.code == 0:
            assert fit.converged
            assert fit.n_unlisted > 0


def test_a_fixed_pair_makes_three_pairs_of_three_lists_identified():
    counts = np.asarray([20, 30, 0, 40, 0, 6, 0])  # all three pairs cannot be told apart here
    model = parse_model("[12,13,23]", 3)
    assert fit_models(counts, model[None]).code[0] == 2
    assert (
        fit_with_fixed_odds(counts, model, 0b101, 1.0).code
        == check_existence(counts > 0, parse_model("[12,23]", 3)[None]).code[0]
    )


def test_large_interactions_above_the_pair_ask_the_whole_model(published):
    counts = published("kosovo").copy()
    model = parse_model("[123,14,34]", 4)
    counts[[0b1110 - 1, 0b1111 - 1]] = 0  # nobody on the first three: the triple runs to minus infinity
    fit = fit_with_fixed_odds(counts, model, 0b1100, 2.0)
    assert fit.code == 0
    assert fit.converged
    assert fit.n_unlisted == pytest.approx(fit_without_cells(counts, model), rel=1e-6)


def fit_without_cells(counts, model):
    params = [t for t in range(16) if model[t] and t not in (0b1100, 0b1110)]
    cells = [w for w in range(1, 16) if w & 0b1110 != 0b1110]
    x = np.asarray([[float(t & w == t) for t in params] for w in cells])
    y = counts[np.asarray(cells) - 1]
    offset = np.asarray([math.log(2.0) if w & 0b1100 == 0b1100 else 0.0 for w in cells])

    def loss(a):
        eta = x @ a + offset
        return float((np.exp(eta) - y * eta).sum()), x.T @ (np.exp(eta) - y)

    start = np.linalg.lstsq(x, np.log(y + 0.5) - offset, rcond=None)[0]
    return math.exp(minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000}).x[0])


def test_huge_counts_converge():
    counts = np.asarray([63, 55, 18, 69, 17, 21, 28]) * 10**7
    small = fit_with_fixed_odds(counts // 10**7, parse_model("[12,13,23]", 3), 0b110, 2.0)
    large = fit_with_fixed_odds(counts, parse_model("[12,13,23]", 3), 0b110, 2.0)
    assert large.converged
    assert large.n_unlisted == pytest.approx(small.n_unlisted * 1e7, rel=1e-8)


@pytest.mark.parametrize(("pair", "ratio"), [(1, 2.0), (0b111, 2.0), (0b110, 0.0), (0b110, math.inf), (0b110, -1.0)])
def test_wrong_arguments(pair, ratio):
    with pytest.raises(ValueError, match=r"pair|odds ratio"):
        fit_with_fixed_odds(np.ones(7, dtype=np.int64), parse_model("[12,3]", 3), pair, ratio)
