"""Goodness of fit by parametric bootstrap: against chi-squared where that holds, against a plain loop, calibrated."""

import numpy as np
import pytest

from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.face import fit_on_face
from uncounted.estimation.kernels.goodness import bootstrap_p_value, cells_are_large, replicate_deviances
from uncounted.estimation.kernels.hierarchy import parse_model
from uncounted.estimation.kernels.loglinear import fit_models


def chi_squared_tail(df, deviance):
    special = pytest.importorskip("scipy.special")
    return special.chdtrc(df, deviance)


def test_rule_of_eighty_percent(published):
    dense, sparse = published("kosovo"), published("western")
    assert cells_are_large(fit_models(dense, parse_model("[123,14,34]", 4)[None]))[0]
    assert not cells_are_large(fit_models(sparse, parse_model("[15,2,3,4]", 5)[None]))[0]
    nowhere = fit_models(published("artificial"), parse_model("[12,13,23]", 3)[None])
    assert nowhere.code[0] == 2
    assert not cells_are_large(nowhere)[0]


def test_exactly_eighty_percent_is_enough():
    # Independence of two lists is saturated: the three fitted cells are the counts.
    model = parse_model("[1,2]", 2)[None]
    assert cells_are_large(fit_models(np.array([5, 5, 5]), model))[0]
    assert not cells_are_large(fit_models(np.array([5, 5, 4]), model))[0]  # two of three


@pytest.mark.parametrize("name", ["[12,13,14,23,24,34]", "[123,14,34]", "[123,134]"])
def test_large_cells_give_the_chi_squared_p(published, name):
    counts = published("kosovo")
    model = parse_model(name, 4)[None]
    fits = fit_models(counts, model)
    found = bootstrap_p_value(counts, model, fits, n_replicates=2_000, rng=np.random.default_rng(1))
    expected = chi_squared_tail(fits.df[0], fits.deviance[0])
    assert found.n_replicates[0] == 2_000
    assert found.p_value[0] == pytest.approx(expected, abs=4 * np.sqrt(max(expected, 1e-3) / 2_000) + 0.01)


def test_chi_squared_misleads_where_cells_are_small(published):
    counts = published("western")
    model = parse_model("[15,2,3,4]", 5)[None]
    fits = fit_models(counts, model)
    found = bootstrap_p_value(counts, model, fits, n_replicates=1_000, rng=np.random.default_rng(1))
    assert chi_squared_tail(fits.df[0], fits.deviance[0]) > 0.3
    assert found.p_value[0] < 0.05


def test_deviances_are_those_of_fits_one_by_one(published):
    counts, model = published("neworl5"), parse_model("[12,3,4,5]", 5)
    fits = fit_models(counts, model[None])
    tables = np.random.default_rng(5).multinomial(186, fits.fitted[0] / fits.fitted[0].sum(), size=60)
    tables[7] = tables[3]
    found = replicate_deviances(tables, model)
    codes = set()
    for table, deviance in zip(tables, found, strict=True):
        existence = check_existence(table > 0, model[None])
        codes.add(int(existence.code[0]))
        alone = (
            fit_models(table, model[None]).deviance[0] if existence.code[0] == 0 else fit_on_face(table, model).deviance
        )
        assert deviance == pytest.approx(alone, rel=1e-7, abs=1e-7)
    assert found[7] == found[3]
    assert 0 in codes


def test_replicates_without_an_estimate_still_have_a_deviance():
    """Deviance is continuous in the counts: without an estimate it is the limit of tables that have one."""
    model = parse_model("[12,3]", 3)
    table = np.array([20, 0, 0, 0, 0, 15, 9])
    assert check_existence(table > 0, model[None]).code[0] == 1
    scaled = np.maximum(table * 10**6, 1)
    near = fit_models(scaled, model[None]).deviance[0] / 10**6
    assert replicate_deviances(table[None], model)[0] == pytest.approx(near, abs=1e-3)


def test_p_values_are_uniform_when_the_model_is_true_and_chi_squared_ones_are_not(published):
    base, model = published("hiv"), parse_model("[12,3,4]", 4)[None]
    fitted = fit_models(base, model).fitted[0]
    rng = np.random.default_rng(3)
    p_values, chi_squared = [], []
    while len(p_values) < 100:
        counts = rng.multinomial(150, fitted / fitted.sum())
        fits = fit_models(counts, model)
        if fits.code[0] == 0 and fits.converged[0] and fits.df[0] > 0:
            p_values.append(bootstrap_p_value(counts, model, fits, n_replicates=99, rng=rng).p_value[0])
            chi_squared.append(chi_squared_tail(fits.df[0], fits.deviance[0]))
    for share in (0.1, 0.3, 0.5):
        error = 3.5 * np.sqrt(share * (1 - share) / len(p_values))
        assert np.mean(np.array(p_values) <= share) == pytest.approx(share, abs=error)
    # The planted fault: had the chi-squared p been returned, the same bar would have caught it.
    assert np.mean(np.array(chi_squared) <= 0.5) < 0.5 - 3.5 * np.sqrt(0.25 / len(p_values))


def test_models_have_streams_of_their_own(published):
    counts = published("neworl5")
    models = np.array([parse_model(name, 5) for name in ("[1,2,3,4,5]", "[12,3,4,5]", "[12,13,23,4,5]")])
    fits = fit_models(counts, models)
    all_three = bootstrap_p_value(counts, models, fits, n_replicates=50, rng=np.random.default_rng(1))
    again = bootstrap_p_value(counts, models, fits, n_replicates=50, rng=np.random.default_rng(1))
    first = bootstrap_p_value(
        counts, models[:1], fit_models(counts, models[:1]), n_replicates=50, rng=np.random.default_rng(1)
    )
    assert np.array_equal(all_three.p_value, again.p_value, equal_nan=True)
    assert all_three.p_value[0] == first.p_value[0]
    assert not all_three.p_value.flags.writeable


def test_models_without_an_estimate_or_without_freedom_are_not_tested(published):
    counts = published("artificial")
    models = np.array([parse_model("[12,13,23]", 3), parse_model("[13,23]", 3)])
    fits = fit_models(counts, models)
    assert fits.df[1] == 0
    found = bootstrap_p_value(counts, models, fits, n_replicates=20, rng=np.random.default_rng(1))
    assert np.isnan(found.p_value).all()
    assert (found.n_replicates == 0).all()


def test_wrong_arguments_are_refused(published):
    counts, model = published("korea"), parse_model("[12,3]", 3)[None]
    fits = fit_models(counts, model)
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="do not agree"):
        bootstrap_p_value(counts, np.repeat(model, 2, axis=0), fits, n_replicates=5, rng=rng)
    with pytest.raises(ValueError, match="at least 1"):
        bootstrap_p_value(counts, model, fits, n_replicates=0, rng=rng)
