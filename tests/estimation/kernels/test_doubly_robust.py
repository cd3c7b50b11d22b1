"""Doubly robust estimate, multinomial logit and hot deck: closed forms, brute force over strata, general optimisers."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize

from uncounted.estimation.kernels.assumptions import no_interaction
from uncounted.estimation.kernels.doubly_robust import FLOOR, deal_folds, one_step, pattern_classes
from uncounted.estimation.kernels.hot_deck import hot_deck
from uncounted.estimation.kernels.multinomial_logit import (
    class_chances,
    covariate_basis,
    cross_fit,
    fit_multinomial,
)


def people(n=4000, seed=1, n_lists=3):
    """Return membership and a covariate of three kinds that decides how likely each list is."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, size=n)
    chance = np.asarray([[0.2, 0.3, 0.25, 0.3], [0.5, 0.45, 0.4, 0.5], [0.7, 0.6, 0.65, 0.5]])[kind, :n_lists]
    member = rng.random((n, n_lists)) < chance
    seen = member.any(axis=1)
    return member[seen], kind[seen].astype(float)


def counts_of(member):
    code = member.astype(np.int64) @ (1 << np.arange(member.shape[1] - 1, -1, -1))
    return np.bincount(code, minlength=2 ** member.shape[1])[1:]


SUBSETS = [s for k in (2, 3) for s in itertools.combinations(range(3), k)]


@pytest.mark.parametrize("subset", SUBSETS)
def test_discrete_covariates_are_strata(subset):
    # Without penalty and cross-fitting the chances are shares within kinds, and the sum of closed forms must come out.
    member, kind = people()
    groups = pattern_classes(member, subset)
    chances = np.zeros((len(member), groups.n_classes))
    n0 = variance = 0.0
    for x in range(3):
        mine = kind == x
        held = np.bincount(groups.classes[mine], minlength=groups.n_classes)
        chances[mine] = held / held.sum()
        closed = no_interaction(counts_of(member[mine]), 3, subset)
        n0 += closed.n_unlisted
        variance += closed.n_unlisted**2 * (1 / held[: len(groups.signs)]).sum()
    step = one_step(groups, chances)
    assert step.n_unlisted == pytest.approx(n0, rel=1e-10)
    assert step.plug_in == pytest.approx(n0, rel=1e-10)
    # Given n, kinds vary too: n Var r(X) comes on top of the variance within kinds, less what the n0 of each counted.
    odds = step.odds
    within = sum(
        (odds[kind == x][0] ** 2) * (kind == x).sum() * ((1 / chances[kind == x][0, : len(groups.signs)]).sum() - 1)
        for x in range(3)
    )
    theta = n0 / len(member)
    exact = within + len(member) * odds.var() + len(member) * theta * (1 + theta)
    assert step.standard_error == pytest.approx(math.sqrt(exact), rel=1e-10)
    # and the logit finds these chances
    design = covariate_basis(kind[:, None])
    fit = fit_multinomial(design, groups.classes, groups.n_classes, ridge=0.0)
    assert fit.converged
    np.testing.assert_allclose(class_chances(fit, design), chances, atol=1e-6)
    assert variance > 0


@pytest.mark.parametrize("subset", SUBSETS)
def test_constant_covariates_are_the_closed_form(subset):
    member, _ = people()
    groups = pattern_classes(member, subset)
    shares = np.bincount(groups.classes) / len(member)
    step = one_step(groups, np.tile(shares, (len(member), 1)))
    closed = no_interaction(counts_of(member), 3, subset)
    assert step.n_unlisted == pytest.approx(closed.n_unlisted, rel=1e-10)
    assert step.standard_error == pytest.approx(closed.standard_error, rel=1e-10)
    # With cross-fitting the shares are those of the others: equal to the order of 1/n.
    folds = deal_folds(groups.classes, 5, np.random.default_rng(1))
    crossed = cross_fit(np.zeros((len(member), 0)), groups.classes, groups.n_classes, folds, (0.1,))
    assert one_step(groups, crossed.chances).n_unlisted == pytest.approx(closed.n_unlisted, rel=1e-3)


def test_two_lists_are_the_formula_of_the_paper():
    # Das, Kennedy, Jewell (2023): gamma^-1 (Y1/q1 + Y2/q2 - Y1 Y2/q12) with q1, q2, q12 the margins.
    member, _ = people(n_lists=2)
    groups = pattern_classes(member, (0, 1))
    rng = np.random.default_rng(5)
    chances = rng.dirichlet([3, 3, 3], size=len(member))
    chances = np.maximum(chances, 0.05)
    chances /= chances.sum(axis=1, keepdims=True)
    q01, q10, q12 = chances.T
    q1, q2 = q10 + q12, q01 + q12
    y1, y2 = member.T.astype(float)
    inverse_psi = (q1 * q2 / q12 * (y1 / q1 + y2 / q2 - y1 * y2 / q12)).mean()
    step = one_step(groups, chances)
    assert len(member) + step.n_unlisted == pytest.approx(len(member) * inverse_psi, rel=1e-12)
    assert len(member) + step.plug_in == pytest.approx(len(member) * (q1 * q2 / q12).mean(), rel=1e-12)


def test_errors_of_the_chances_enter_only_through_products():
    # In a large population the estimate's error falls with the square of the chances' error, the plug-in's does not.
    n, rng = 400_000, np.random.default_rng(8)
    kind = rng.integers(0, 2, size=n)
    cells = np.asarray([[0.3, 0.5, 0.2], [0.45, 0.25, 0.3]])[kind]
    classes = (rng.random(n)[:, None] > cells.cumsum(axis=1)).sum(axis=1)
    member = np.asarray([[False, True], [True, False], [True, True]])[classes]
    groups = pattern_classes(member, (0, 1))
    truth = one_step(groups, cells)
    errors = []
    for size in (0.2, 0.1):
        wrong = cells * (1 + size * np.asarray([1.0, -0.6, 0.8]))
        wrong /= wrong.sum(axis=1, keepdims=True)
        step = one_step(groups, wrong)
        errors.append((abs(step.n_unlisted - truth.n_unlisted), abs(step.plug_in - truth.plug_in)))
    assert errors[0][0] / errors[1][0] == pytest.approx(4, rel=0.35)
    assert errors[0][1] / errors[1][1] == pytest.approx(2, rel=0.2)
    assert errors[1][0] < errors[1][1] / 4


def test_chances_that_are_divided_by_have_a_floor():
    member, _ = people(n_lists=2)
    groups = pattern_classes(member, (0, 1))
    chances = np.tile([0.5, 0.49995, 0.00005], (len(member), 1))
    step = one_step(groups, chances)
    assert step.odds.max() == pytest.approx(0.5 * 0.49995 / FLOOR)
    assert step.smallest.max() == pytest.approx(0.00005)


def test_classes_sort_people_on_other_lists_apart():
    member = np.asarray([[1, 0, 0], [0, 1, 0], [1, 1, 0], [1, 1, 1], [0, 0, 1]], dtype=bool)
    groups = pattern_classes(member, (0, 1))
    assert groups.classes.tolist() == [1, 0, 2, 3, 3]
    assert groups.counts.tolist() == [1, 1, 1]
    assert groups.signs.tolist() == [1, 1, -1]
    assert groups.n_classes == 4
    with pytest.raises(ValueError, match="on a list"):
        pattern_classes(np.zeros((2, 3), dtype=bool), (0, 1))


def test_folds_are_even_in_every_class():
    classes = np.repeat([0, 1, 2], [103, 22, 7])
    folds = deal_folds(classes, 5, np.random.default_rng(0))
    for c in range(3):
        held = np.bincount(folds[classes == c], minlength=5)
        assert held.max() - held.min() <= 1
    assert np.ptp(np.bincount(folds)) <= 1


# -- the model of the chances -------------------------------------------------------------------------------------


def logit_data(n=600, seed=3):
    rng = np.random.default_rng(seed)
    design = covariate_basis(rng.normal(size=(n, 2)))
    scores = np.column_stack([design[:, 0], -design[:, 1], np.zeros(n)])
    classes = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    return design, classes


@pytest.mark.parametrize("ridge", [0.01, 1.0])
def test_logit_against_a_plain_optimiser(ridge):
    design, classes = logit_data()
    n, q = design.shape

    def loss(flat):
        beta = flat.reshape(q + 1, 3)
        scores = beta[0] + design @ beta[1:]
        chance = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        value = -np.log(chance[np.arange(n), classes]).mean() + ridge / 2 * (beta[1:] ** 2).sum()
        residual = (chance - np.eye(3)[classes]) / n
        return value, np.vstack([residual.sum(axis=0), design.T @ residual + ridge * beta[1:]]).ravel()

    at = np.random.default_rng(0).normal(size=3 * (q + 1)) / 5
    assert check_grad(lambda x: loss(x)[0], lambda x: loss(x)[1], at) < 1e-5
    plain = minimize(loss, np.zeros(3 * (q + 1)), jac=True, method="BFGS", options={"gtol": 1e-9})
    fit = fit_multinomial(design, classes, 3, ridge=ridge)
    assert fit.converged
    beta = plain.x.reshape(q + 1, 3)
    np.testing.assert_allclose(fit.slopes, beta[1:], atol=2e-6)
    np.testing.assert_allclose(fit.intercepts, beta[0] - beta[0].mean(), atol=2e-6)


def test_order_of_classes_and_start_do_not_matter():
    design, classes = logit_data()
    fit = fit_multinomial(design, classes, 3, ridge=0.01)
    turned = fit_multinomial(design, 2 - classes, 3, ridge=0.01, start=fit)
    np.testing.assert_allclose(turned.slopes[:, ::-1], fit.slopes, atol=1e-7)


def test_cross_fitting_predicts_without_the_person():
    design, classes = logit_data(n=200)
    folds = deal_folds(classes, 4, np.random.default_rng(2))
    found = cross_fit(design, classes, 3, folds, (0.1,))
    for fold in range(4):
        alone = fit_multinomial(design[folds != fold], classes[folds != fold], 3, ridge=0.1)
        np.testing.assert_allclose(found.chances[folds == fold], class_chances(alone, design[folds == fold]), atol=1e-6)


def test_the_smallest_penalty_within_one_error_of_the_best_is_chosen():
    design, classes = logit_data()
    folds = deal_folds(classes, 5, np.random.default_rng(2))
    ridges = (10.0, 0.001, 0.01, 0.1)
    found = cross_fit(design, classes, 3, folds, ridges)
    best = ridges[int(np.argmin(found.losses))]
    assert found.ridge <= best
    assert found.losses[ridges.index(found.ridge)] < found.losses[0]
    noise = cross_fit(np.random.default_rng(1).normal(size=(600, 20)), classes, 3, folds, (1e-6, 1e3))
    assert noise.ridge == 1e3  # columns that say nothing: smaller is clearly worse


def test_basis_has_strata_splines_and_products():
    rng = np.random.default_rng(1)
    smooth, kinds, constant = rng.normal(size=500), rng.integers(0, 3, size=500), np.ones(500)
    basis = covariate_basis(np.column_stack([smooth, kinds, constant]))
    assert basis.shape == (500, 4 + 2 + 1)
    np.testing.assert_allclose(basis.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(basis.std(axis=0), 1)
    assert covariate_basis(constant[:, None]).shape == (500, 0)
    # One person far out moves nobody else's values by much, and is taken for the outermost hundredth.
    far = smooth.copy()
    far[0] = 1e9
    spline = covariate_basis(far[:, None])
    assert np.abs(spline).max() < 10
    # Beyond the outer knots the spline is a line: second differences vanish.
    x = np.linspace(-3, 3, 601)
    columns = covariate_basis(x[:, None])
    bend = np.diff(columns, n=2, axis=0)
    outside = (x[1:-1] < np.quantile(x, 0.045)) & (x[1:-1] > np.quantile(x, 0.015))
    np.testing.assert_allclose(bend[outside], 0, atol=1e-9)
    assert np.abs(bend[250:350]).max() > 1e-6


def test_empty_classes_and_wrong_penalties_are_refused():
    with pytest.raises(ValueError, match="held by somebody"):
        fit_multinomial(np.zeros((3, 1)), np.asarray([0, 0, 2]), 3, ridge=0.1)
    with pytest.raises(ValueError, match="penalty"):
        cross_fit(np.zeros((3, 1)), np.asarray([0, 1, 2]), 3, np.asarray([0, 0, 1]), ())


# -- filling in ---------------------------------------------------------------------------------------------------


def test_hot_deck_keeps_what_is_known_and_the_dependence_on_classes():
    rng = np.random.default_rng(4)
    classes = rng.integers(0, 2, size=3000)
    x = rng.normal(size=3000) + 2 * classes
    z = x + 0.1 * rng.normal(size=3000)
    values = np.column_stack([x, z])
    holes = values.copy()
    holes[rng.random(3000) < 0.3, 0] = np.nan
    holes[rng.random(3000) < 0.1] = np.nan  # nothing known at all
    filled = hot_deck(holes, classes, np.random.default_rng(1))
    known = ~np.isnan(holes)
    np.testing.assert_array_equal(filled[known], holes[known])
    assert np.isfinite(filled).all()
    for c in range(2):
        lost = (classes == c) & np.isnan(holes).all(axis=1)
        assert filled[lost, 0].mean() == pytest.approx(2 * c, abs=0.3)
        assert filled[lost, 0].std() == pytest.approx(1, abs=0.25)
        np.testing.assert_allclose(filled[lost, 0], filled[lost, 1], atol=0.6)  # one donor for both
    half = np.isnan(holes[:, 0]) & known[:, 1]
    assert np.abs(filled[half, 0] - x[half]).mean() < 0.2  # the nearest in what is known


def test_hot_deck_falls_back_on_other_classes_and_refuses_empty_columns():
    holes = np.asarray([[1.0], [2.0], [np.nan]])
    assert hot_deck(holes, np.asarray([0, 0, 1]), np.random.default_rng(1))[2, 0] in (1.0, 2.0)
    with pytest.raises(ValueError, match="everybody"):
        hot_deck(np.full((3, 1), np.nan), np.zeros(3, dtype=np.int64), np.random.default_rng(1))
