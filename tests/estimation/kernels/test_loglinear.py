"""Fits against published values, against closed forms and against a dense fit of one model at a time."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from uncounted.estimation.kernels import newton as newton_module
from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.hierarchy import hierarchical_models, model_name, parse_model, subset_sizes
from uncounted.estimation.kernels.loglinear import fit_models


def naive_fit(counts, model, removed, n_lists):
    """Iteratively reweighted least squares on an explicit design matrix, as a textbook has it."""
    patterns = np.arange(1, 2**n_lists)
    gone = np.zeros(len(patterns), dtype=bool)
    for theta in np.flatnonzero(removed):
        gone |= (patterns & theta) == theta
    params = np.flatnonzero(model & ~removed)
    design = ((patterns[~gone, None] & params) == params).astype(float)
    y = counts[~gone].astype(float)
    mu = y + 0.1
    eta = np.log(mu)
    for _ in range(200):
        root = np.sqrt(mu)
        beta = np.linalg.lstsq(design * root[:, None], (eta + (y - mu) / mu) * root, rcond=None)[0]
        new = design @ beta
        moved = np.abs(new - eta).max()
        eta, mu = new, np.exp(new)
        if moved < 1e-11:
            break
    information = design.T @ (mu[:, None] * design)
    variance = np.linalg.inv(information)[0, 0]
    n0 = math.exp(beta[0])
    loglik = (y * eta - mu - gammaln(y + 1)).sum()
    p = int(model.sum())
    return {
        "n_unlisted": n0,
        "log_n_unlisted_se": math.sqrt(variance),
        "standard_error": math.sqrt(n0 + n0**2 * variance),
        "deviance": 2 * (np.where(y > 0, y * (np.log(np.maximum(y, 1)) - eta), 0) - y + mu).sum(),
        "pearson": ((y - mu) ** 2 / mu).sum(),
        "df": len(y) - len(params),
        "loglik": loglik,
        "aic": 2 * p - 2 * loglik,
        "bic": p * math.log(counts.sum()) - 2 * loglik,
        "n_params": p,
    }


def one(counts, text, n_lists):
    fit = fit_models(counts, parse_model(text, n_lists)[None])
    assert fit.converged[0]
    return fit


@pytest.mark.parametrize(
    ("name", "n_lists", "how_many"), [("kosovo", 4, 113), ("hiv", 4, 60), ("uk5", 5, 60), ("western", 5, 40)]
)
def test_all_statistics_agree_with_a_dense_fit_of_one_model_at_a_time(published, name, n_lists, how_many):
    counts, models = published(name), hierarchical_models(n_lists)
    existence = check_existence(counts > 0, models)
    fits = fit_models(counts, models, existence=existence)
    admissible = np.flatnonzero(fits.code == 0)
    picks = np.random.default_rng(1).choice(admissible, size=min(how_many, admissible.size), replace=False)
    assert fits.converged[admissible].all()
    for i in picks:
        for key, value in naive_fit(counts, models[i], existence.removed[i], n_lists).items():
            assert getattr(fits, key)[i] == pytest.approx(value, rel=1e-8, abs=1e-8), (
                model_name(models[i], n_lists),
                key,
            )


# Rcapture 1.4-4 and MultipleSystemsEstimation 1.2.0 on the same tables; 1e-4 unless printed with fewer digits.
@pytest.mark.parametrize(
    ("name", "n_lists", "model", "expected"),
    [
        ("kosovo", 4, "[12,13,14,23,24,34]", {"n_total": 14402.5, "deviance": 39.8, "df": 4}),
        ("kosovo", 4, "[123,124,134,234]", {"n_total": 16941.9, "standard_error": 5937.6, "df": 0}),
        ("kosovo", 4, "[123,14,34]", {"n_total": 10356.51896, "standard_error": 785.90222, "bic": 203.02963, "df": 4}),
        ("kosovo", 4, "[123,134]", {"n_total": 12740.96774, "standard_error": 1600.71322, "aic": 126.44106}),
        (
            "kosovo",
            4,
            "[1,2,3,4]",
            {"n_total": 7394.58666, "standard_error": 129.62539, "deviance": 245.93874, "df": 10},
        ),
        (
            "hiv",
            4,
            "[12,3,4]",
            {
                "n_total": 12318.46768,
                "standard_error": 1188.72152,
                "deviance": 7.61376,
                "df": 9,
                "aic": 86.64962,
                "bic": 119.93463,
            },
        ),
        ("hiv", 4, "[12,13,14,23,24,34]", {"n_total": 23443.5}),
        ("hiv", 4, "[1,2,3,4]", {"n_total": 11124.57847, "standard_error": 904.75198, "bic": 117.79950}),
        ("lesbian", 4, "[12,14,23,24,34]", {"n_total": 6349.02422, "standard_error": 533.46712, "bic": 181.22080}),
        ("lesbian", 4, "[124,134,23]", {"n_total": 9908.61175, "standard_error": 1780.50772, "aic": 118.69803}),
        ("korea", 3, "[12,23]", {"n_total": 157.16667, "standard_error": 22.15110, "bic": 57.14081}),
        ("spina", 3, "[23,1]", {"n_total": 724.12453, "bic": 76.41288, "deviance": 4.32674, "df": 2}),
        ("my3", 3, "[12,3]", {"n_total": 730.92857, "standard_error": 16.98023, "bic": 76.02781}),
        ("uk5", 5, "[12,13,23,25,34]", {"n_total": 22991.33131, "bic": 196.53976}),
        ("uk5", 5, "[123,25,34]", {"n_total": 25311.29061, "bic": 195.87911, "deviance": 13.62579, "df": 19}),
        ("neworl5", 5, "[12,14,24,35]", {"n_total": 1388.99692, "aic": 73.95920, "deviance": 7.09956}),
        ("artificial", 3, "[1,2,3]", {"n_total": 539.09393, "standard_error": 201.4454, "deviance": 8.87254, "df": 3}),
    ],
)
def test_published_fits(published, name, n_lists, model, expected):
    counts = published(name)
    fit = one(counts, model, n_lists)
    found = {"n_total": counts.sum() + fit.n_unlisted[0]}
    for key, value in expected.items():
        actual = found.get(key, getattr(fit, key, [None])[0])
        # 39.8 is printed with one decimal; all others with at least five digits.
        assert actual == pytest.approx(value, rel=1e-4, abs=0.05 if value == 39.8 else 0), key


@pytest.mark.parametrize(
    ("name", "n_lists", "max_order", "model", "bic", "n_total", "smallest", "largest"),
    [  # best by BIC of all admissible models; smallest and largest total among them
        ("korea", 3, None, "[12,23]", 57.1408098754, 157.1666666667, 123.462962963, 268.7777777778),
        ("kosovo", 4, None, "[123,14,34]", 203.0296327522, 10356.5189572518, 6728.5853658537, 22888.6793391353),
        ("kosovo", 4, 2, "[12,13,14,23,34]", 225.211246472, 14341.663800427, None, None),
        ("hiv", 4, None, "[1,2,3,4]", 117.7995038562, 11124.578469185, 8499.5351329461, 55959.2922077926),
        ("lesbian", 4, None, "[12,14,23,24,34]", 181.2207950188, 6349.0242161192, 3041.7272727273, 10333.1805957714),
        ("uk5", 5, None, "[123,25,34]", 195.8791056442, 25311.2906125325, 4074.2018597607, 89994.066094333),
        ("uk5", 5, 2, "[12,13,23,25,34]", 196.5397555516, 22991.3313141601, None, None),
        ("ned5", 5, None, "[135,12,24,34]", 219.1707294684, 148788.758990558, 14774.4447284974, 1922851.9952872),
        ("ned5", 5, 2, "[12,15,23,24,25,35,45]", 222.0539102601, 48012.7262915415, None, None),
        ("neworl5", 5, None, "[1,2,3,4,5]", 96.2702618451, 981.4313669926, 512.8018096908, 30700.5687626903),
        ("western", 5, None, "[15,2,3,4]", 118.7443146609, 2483.3839202301, 634.2764323591, 91085.9599713908),
        ("my5", 5, None, "[12,13,45]", 200.1285451899, 620.4703622345, 543.4915317285, 874.6969310332),
    ],
)
def test_best_model_and_range_over_all_models(
    published, name, n_lists, max_order, model, bic, n_total, smallest, largest
):
    counts, models = published(name), hierarchical_models(n_lists, max_order=max_order)
    fits = fit_models(counts, models)
    best = int(np.nanargmin(fits.bic))
    assert model_name(models[best], n_lists) == model
    assert fits.bic[best] == pytest.approx(bic, rel=1e-7)
    totals = counts.sum() + fits.n_unlisted
    assert totals[best] == pytest.approx(n_total, rel=1e-7)
    if smallest is not None:
        assert np.nanmin(totals) == pytest.approx(smallest, rel=1e-7)
        assert np.nanmax(totals) == pytest.approx(largest, rel=1e-6)


def test_korea_models_in_order_of_bic(published):
    counts = published("korea")
    fits = fit_models(counts, hierarchical_models(3))
    order = [i for i in np.argsort(fits.bic) if fits.code[i] == 0]
    # Silverman, Chan and Vincent (2024); the two smallest are printed with six digits.
    assert (counts.sum() + fits.n_unlisted[order]) == pytest.approx(
        [157.17, 268.778, 123.463, 126.194, 126.939, 141.993], abs=6e-3
    )
    assert fits.bic[order] == pytest.approx([57.14081, 58.9686, 91.897, 138.064, 155.160, 184.144], abs=6e-4)


@pytest.mark.parametrize("n_lists", [2, 3, 4, 5, 6])
def test_without_the_highest_interaction_the_unlisted_are_odd_over_even_products(n_lists):
    counts = np.random.default_rng(n_lists).integers(1, 60, size=2**n_lists - 1)
    model = np.arange(2**n_lists) < 2**n_lists - 1
    fit = fit_models(counts, model[None])
    odd = subset_sizes(n_lists)[1:] % 2 == 1
    expected = np.log(counts[odd]).sum() - np.log(counts[~odd]).sum()
    assert math.log(fit.n_unlisted[0]) == pytest.approx(expected, abs=1e-8)
    assert fit.log_n_unlisted_se[0] == pytest.approx(math.sqrt((1 / counts).sum()), rel=1e-8)
    assert fit.deviance[0] == pytest.approx(0, abs=1e-8)
    assert fit.fitted[0] == pytest.approx(counts, rel=1e-8)


def test_two_lists_are_lincoln_and_petersen():
    fit = fit_models(np.array([120, 170, 30]), hierarchical_models(2))
    assert 320 + fit.n_unlisted[0] == pytest.approx(200 * 150 / 30, rel=1e-10)


def relabelled(values, permutation, n_lists):
    """Carry an axis over subsets to the lists in a new order: new list k is old list permutation[k]."""
    codes = np.arange(2**n_lists)
    old = sum(((codes >> (n_lists - 1 - k)) & 1) << (n_lists - 1 - permutation[k]) for k in range(n_lists))
    return values[..., old]


@given(st.integers(0, 2**32 - 1), st.integers(3, 4))
@settings(max_examples=12, deadline=None)
def test_renaming_the_lists_renames_the_result_and_nothing_else(seed, n_lists):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([0.7, 3, 40]), size=2**n_lists - 1)
    assume(counts.sum() > 0)
    models = hierarchical_models(n_lists)
    permutation = rng.permutation(n_lists)
    fits = fit_models(counts, models)
    moved_counts = relabelled(np.r_[0, counts], permutation, n_lists)[1:]
    moved = fit_models(moved_counts, np.ascontiguousarray(relabelled(models, permutation, n_lists)))
    assert (moved.code == fits.code).all()
    assert moved.n_unlisted == pytest.approx(fits.n_unlisted, rel=1e-7, nan_ok=True)
    assert moved.bic == pytest.approx(fits.bic, rel=1e-9, abs=1e-7, nan_ok=True)
    expected = relabelled(fits.coefficients, permutation, n_lists)
    assert moved.coefficients == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 7, 1000]))
@settings(max_examples=12, deadline=None)
def test_multiplying_all_counts_multiplies_the_unlisted(seed, factor):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([0.7, 3, 40]), size=15)
    assume(counts.sum() > 0)
    models = hierarchical_models(4)
    fits, scaled = fit_models(counts, models), fit_models(factor * counts, models)
    assert (scaled.code == fits.code).all()
    assert scaled.n_unlisted == pytest.approx(factor * fits.n_unlisted, rel=1e-7, nan_ok=True)
    assert scaled.deviance == pytest.approx(factor * fits.deviance, rel=1e-6, abs=1e-6, nan_ok=True)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_fitted_margins_are_the_observed_ones(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([1, 5, 200]), size=15)
    assume(counts.sum() > 0)
    models = hierarchical_models(4)
    fits = fit_models(counts, models)
    patterns, thetas = np.arange(1, 16), np.arange(16)
    inside = ((patterns[:, None] & thetas) == thetas).astype(float)
    ours, theirs = fits.fitted @ inside, counts @ inside
    relevant = models & (fits.code == 0)[:, None]
    assert relevant.any()
    assert np.abs(ours - theirs)[relevant].max() < 1e-7 * counts.sum()


def test_models_without_an_estimate_get_no_number(published):
    fits = fit_models(published("artificial"), hierarchical_models(3))
    refused = fits.code != 0
    assert refused.sum() == 4
    for values in (fits.n_unlisted, fits.standard_error, fits.bic, fits.deviance, fits.loglik):
        assert np.isnan(values[refused]).all()
        assert np.isfinite(values[~refused]).all()
    assert not fits.converged[refused].any()
    assert (fits.n_iter[refused] == 0).all()
    assert np.isnan(fits.coefficients[refused]).all()


def test_parameters_at_minus_infinity_count_for_bic_and_empty_their_cells(published):
    counts = published("artificial")
    fit = one(counts, "[13,23]", 3)
    assert np.flatnonzero(fit.coefficients[0] == -np.inf).tolist() == [0b011, 0b101]
    assert fit.n_params[0] == 6
    # Left: 001, 010, 100, 110 with four parameters that are not at −∞.
    assert fit.df[0] == 0
    assert fit.fitted[0] == pytest.approx(counts, abs=1e-7)
    assert fit.bic[0] == pytest.approx(6 * math.log(96) - 2 * fit.loglik[0])
    assert 96 + fit.n_unlisted[0] == pytest.approx(296)


def test_a_fit_cut_short_says_so(published):
    counts, models = published("kosovo"), hierarchical_models(4)
    short = fit_models(counts, models, max_iter=2)
    assert not short.converged.any()
    assert (short.n_iter == 2).all()
    assert fit_models(counts, models).converged.all()


def test_counts_from_one_to_a_thousand_million_converge():
    models = hierarchical_models(5)[::20]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        counts = rng.integers(1, 10**9, size=31)
        counts[rng.random(31) < 0.3] = 1
        fits = fit_models(counts, models)
        assert (fits.code == 0).all()
        assert fits.converged.all()
        margin = (fits.fitted.sum(axis=1) - counts.sum()) / counts.sum()
        assert np.abs(margin).max() < 1e-9


def test_the_answer_does_not_depend_on_how_the_work_is_cut(published, monkeypatch):
    counts, models = published("western"), hierarchical_models(5)[:1500]
    whole = fit_models(counts, models)
    monkeypatch.setattr(newton_module, "CHUNK_NUMBERS", 700)
    parts = fit_models(counts, models)
    assert parts.n_unlisted == pytest.approx(whole.n_unlisted, rel=1e-10, nan_ok=True)


def test_a_singular_system_gives_up_that_fit_and_no_other():
    # Two unknowns, the intercept and one list: information [[S_0, S_1], [S_1, S_1]].
    sums = np.array([[5.0, 2.0], [2.0, 2.0], [3.0, 0.0]])
    unions = np.array([[[0, 1], [1, 1]]] * 3)
    right = np.array([[1.0, 1.0]] * 3)
    step, variance = newton_module._solve(sums, unions, right)
    assert step[0] == pytest.approx(np.linalg.solve([[5.0, 2.0], [2.0, 2.0]], [1.0, 1.0]))
    assert variance[0] == pytest.approx(1 / 3)
    assert np.isnan(step[1:]).all()
    assert np.isnan(variance[1:]).all()


def test_one_table_for_each_model_gives_the_same_as_one_after_the_other(published):
    models = hierarchical_models(4)[:5]
    tables = np.random.default_rng(3).poisson(published("kosovo"), size=(5, 15))
    each = [fit_models(table, model[None]) for table, model in zip(tables, models, strict=True)]
    together = fit_models(tables, models, existence=check_existence(np.ones(15, dtype=bool), models))
    assert together.n_unlisted == pytest.approx([f.n_unlisted[0] for f in each], rel=1e-10)
    assert together.bic == pytest.approx([f.bic[0] for f in each], rel=1e-10)
    assert together.deviance == pytest.approx([f.deviance[0] for f in each], rel=1e-8)


@pytest.mark.parametrize("n_lists", [6, 7, 8])
def test_many_lists_for_a_few_given_models(n_lists):
    rng = np.random.default_rng(n_lists)
    sizes = subset_sizes(n_lists)
    models = np.stack([sizes <= 1, sizes <= 2])
    chance = rng.uniform(0.1, 0.4, size=n_lists)
    lists = rng.random((4000, n_lists)) < chance
    codes = lists @ (1 << np.arange(n_lists - 1, -1, -1))
    counts = np.bincount(codes, minlength=2**n_lists)[1:]
    existence = check_existence(counts > 0, models)
    fits = fit_models(counts, models, existence=existence)
    for i in range(2):
        assert fits.code[i] == 0
        reference = naive_fit(counts, models[i], existence.removed[i], n_lists)
        assert fits.n_unlisted[i] == pytest.approx(reference["n_unlisted"], rel=1e-8)
        # Independence is true here, so 4,000 must be within five standard errors.
        assert abs(counts.sum() + fits.n_unlisted[i] - 4000) < 5 * fits.standard_error[i]


def test_results_cannot_be_changed(published):
    fits = fit_models(published("korea"), hierarchical_models(3))
    for name in fits.__dataclass_fields__:
        assert not getattr(fits, name).flags.writeable, name


@pytest.mark.parametrize(
    ("counts", "models", "why"),
    [
        (np.ones(6, dtype=int), hierarchical_models(3), "counts must have the shape"),
        (np.ones((2, 7), dtype=int), hierarchical_models(3), "counts must have the shape"),
        (np.ones((8, 7), dtype=int), hierarchical_models(3), "existence"),
        (-np.ones(7, dtype=int), hierarchical_models(3), "negative"),
        (np.ones(7, dtype=int), hierarchical_models(3)[0], "models must have the shape"),
    ],
)
def test_wrong_input_is_refused(counts, models, why):
    with pytest.raises(ValueError, match=why):
        fit_models(counts, models)


def test_existence_of_other_models_is_refused():
    existence = check_existence(np.ones(7, dtype=bool), hierarchical_models(3)[:2])
    with pytest.raises(ValueError, match="existence is for models"):
        fit_models(np.ones(7, dtype=int), hierarchical_models(3), existence=existence)


def test_every_table_of_three_lists_with_counts_up_to_two_is_answered_or_refused():
    models = hierarchical_models(3)
    for counts in itertools.product((0, 1, 2), repeat=7):
        if sum(counts) in (3, 10) and counts[0] >= counts[1]:  # some of the 2,187, small and middling
            fits = fit_models(np.array(counts), models)
            assert fits.converged[fits.code == 0].all()
            assert np.isfinite(fits.standard_error[fits.code == 0]).all()
