"""Fits on the face against limits of fits with ever smaller counts, closed forms, and the existence check."""

import math

import numpy as np
import pytest

from uncounted.estimation.kernels.existence import check_existence, remaining_cells
from uncounted.estimation.kernels.face import facial_set, fit_on_face
from uncounted.estimation.kernels.hierarchy import hierarchical_models, parse_model
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.newton import newton


def nearly(counts, model, epsilon):
    """Return the ordinary estimate of the unlisted, and its deviance, with epsilon people in each empty cell."""
    removed = check_existence(counts > 0, model[None]).removed
    cells = remaining_cells(removed)
    table = np.where(cells, np.maximum(np.concatenate([[0.0], counts])[None], epsilon), 0.0)
    found = newton(table, model[None] & ~removed, cells, max_iter=500, tol=1e-9)
    assert found.converged[0]
    return math.exp(found.coefficients[0, 0])


def test_cells_that_run_to_zero_leave_the_conditional_estimate():
    """Model [12,3] with nobody on 1 or 2 and on 3 but not on both: n0 comes from the cells that stay."""
    counts = np.array([20, 0, 0, 0, 0, 15, 9])  # 001 20, 110 15, 111 9; 010, 011, 100, 101 empty
    model = parse_model("[12,3]", 3)
    existence = check_existence(counts > 0, model[None])
    fit = fit_on_face(counts, model)
    assert existence.code[0] == 1
    assert existence.n0_estimable[0]
    assert fit.status == "ok"
    # Lists 12 jointly and 3 are independent: n0 = 001 · 110 / 111.
    assert fit.n_unlisted == pytest.approx(20 * 15 / 9, rel=1e-9)
    assert fit.log_n_unlisted_se == pytest.approx(math.sqrt(1 / 20 + 1 / 15 + 1 / 9), rel=1e-9)
    assert fit.standard_error == pytest.approx(
        math.sqrt(fit.n_unlisted + fit.n_unlisted**2 * (1 / 20 + 1 / 15 + 1 / 9)), rel=1e-9
    )
    assert (fit.n_emptied, fit.df) == (4, 0)


@pytest.mark.parametrize("name", ["[135,2,4]", "[234,1,5]", "[135,12,4]"])
def test_it_is_the_limit_of_fits_with_small_counts_added(published, name):
    counts, model = published("western"), parse_model(name, 5)
    assert check_existence(counts > 0, model[None]).code[0] == 1
    limit = fit_on_face(counts, model).n_unlisted
    errors = [abs(nearly(counts, model, epsilon) / limit - 1) for epsilon in (1e-2, 1e-4, 1e-6)]
    assert errors[0] > 10 * errors[1] > 100 * errors[2]
    assert errors[2] < 1e-5


def test_random_sparse_tables_agree_with_the_existence_check_and_with_limits():
    rng = np.random.default_rng(2)
    models = hierarchical_models(4)
    n_limits = n_open = 0
    for _ in range(14):
        counts = rng.poisson(rng.choice([0.3, 1.0, 3.0], size=15))
        existence = check_existence(counts > 0, models)
        for b in rng.permutation(np.flatnonzero(existence.code == 1))[:25]:
            fit = fit_on_face(counts, models[b])
            assert (fit.status == "ok") == existence.n0_estimable[b]
            n_open += fit.status == "n0 open"
            if fit.status == "ok" and n_limits < 40:
                n_limits += 1
                assert fit.n_emptied > 0
                assert nearly(counts, models[b], 1e-6) == pytest.approx(fit.n_unlisted, rel=1e-3)
    assert n_limits > 20
    assert n_open > 20


@pytest.mark.parametrize("name", ["kosovo", "uk5", "hiv"])
def test_where_the_estimate_exists_it_is_the_ordinary_one(published, name):
    counts = published(name)
    models = hierarchical_models(len(counts).bit_length())
    models = models[np.random.default_rng(1).choice(len(models), size=min(60, len(models)), replace=False)]
    fits = fit_models(counts, models)
    compared = 0
    for b in np.flatnonzero(fits.code == 0):
        fit = fit_on_face(counts, models[b])
        compared += 1
        assert fit.status == "ok"
        assert (fit.n_emptied, fit.df) == (0, fits.df[b])
        assert fit.n_unlisted == pytest.approx(fits.n_unlisted[b], rel=1e-7)
        assert fit.standard_error == pytest.approx(fits.standard_error[b], rel=1e-7)
        assert fit.deviance == pytest.approx(fits.deviance[b], rel=1e-7, abs=1e-7)
    assert compared > 20


def test_parameters_not_identified_leave_n0_open_but_not_the_deviance(published):
    counts, model = published("artificial"), parse_model("[12,13,23]", 3)
    assert check_existence(counts > 0, model[None]).code[0] == 2
    fit = fit_on_face(counts, model)
    assert fit.status == "n0 open"
    assert math.isnan(fit.n_unlisted)
    assert fit.deviance == pytest.approx(0, abs=1e-9)


def test_nobody_on_any_list():
    assert fit_on_face(np.zeros(7, dtype=np.int64), parse_model("[1,2,3]", 3)).status == "empty"


def test_the_face_holds_every_observed_cell(published):
    counts = published("western")
    for model in hierarchical_models(5)[::700]:
        face = facial_set(counts > 0, model)
        assert face.cells[1:][counts > 0].all()
        assert not face.cells[0]
        assert face.free[0]
        assert not (face.free & ~model).any()
