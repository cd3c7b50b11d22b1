"""The menu of assumptions on probabilities: the same algebra as on counts, and log-linear models and classes in it."""

import itertools

import numpy as np
import pytest

from uncounted.estimation.kernels.assumptions import marginal_independence, no_interaction
from uncounted.estimation.kernels.hierarchy import hierarchical_models
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.missing_odds import (
    IndependentInAll,
    IndependentWithinClasses,
    NoJointInteraction,
    missing_odds,
)

SUBSETS = [s for k in (2, 3, 4) for s in itertools.combinations(range(4), k)]


@pytest.mark.parametrize("subset", SUBSETS)
def test_people_times_odds_is_what_counts_give(published, subset):
    counts = published("kosovo")
    found = missing_odds(counts / counts.sum(), NoJointInteraction(subset=subset))
    assert 4400 * found.odds == pytest.approx(no_interaction(counts, 4, subset).n_unlisted, rel=1e-12)
    doubled = missing_odds(counts / counts.sum(), NoJointInteraction(subset=subset), odds_ratio=2.0)
    assert doubled.odds == pytest.approx(2 * found.odds)


@pytest.mark.parametrize("pair", list(itertools.combinations(range(4), 2)))
def test_marginal_pairs(published, pair):
    counts = published("kosovo")
    found = missing_odds(counts / counts.sum(), IndependentInAll(first=pair[0], second=pair[1]))
    assert 4400 * found.odds == pytest.approx(marginal_independence(counts, 4, *pair).n_unlisted, rel=1e-12)
    assert not found.contradicted


def test_every_log_linear_model_has_no_interaction_of_all_lists(published):
    counts = published("kosovo")
    fits = fit_models(counts, hierarchical_models(4))
    fitted = fits.fitted / fits.fitted.sum(axis=1, keepdims=True)
    found = missing_odds(fitted, NoJointInteraction())
    np.testing.assert_allclose(found.odds * fits.fitted.sum(axis=1), fits.n_unlisted, rtol=1e-7)


def classes_table(shares, chances):
    n_lists = chances.shape[0]
    k = np.arange(2**n_lists)
    on = ((k[:, None] >> np.arange(n_lists - 1, -1, -1)) & 1).astype(bool)
    return np.asarray([(shares * np.prod(np.where(row[:, None], chances, 1 - chances), axis=0)).sum() for row in on])


def test_classes_give_back_the_cell_that_was_hidden():
    shares, chances = np.asarray([0.9, 0.1]), np.asarray([[0.033, 0.66], [0.033, 0.825], [0.099, 0.759]])
    whole = classes_table(shares, chances)
    seen = whole[1:] / whole[1:].sum()
    found = missing_odds(seen, IndependentWithinClasses(shares=shares, chances=chances))
    assert found.odds == pytest.approx(whole[0] / (1 - whole[0]), rel=1e-12)
    # One class: the lists are independent, and every assumption of the menu says the same.
    one = classes_table(np.ones(1), chances[:, 1:])
    seen = one[1:] / one[1:].sum()
    for assumption in (NoJointInteraction(), NoJointInteraction(subset=(0, 2)), IndependentInAll(first=0, second=1)):
        assert missing_odds(seen, assumption).odds == pytest.approx(one[0] / (1 - one[0]), rel=1e-9)


def test_contradictions_and_empty_cells_are_told_apart_row_by_row():
    counts = np.zeros((3, 7))
    for row, cells in enumerate(({6: 10, 2: 50, 4: 10, 1: 400}, {6: 50, 2: 10, 4: 10, 1: 1}, {2: 10, 4: 10, 1: 1})):
        for pattern, n in cells.items():
            counts[row, pattern - 1] = n
    counts[0, 6 - 1], counts[0, 2 - 1] = 50, 10
    found = missing_odds(counts / counts.sum(axis=1, keepdims=True), IndependentInAll(first=0, second=1))
    assert found.contradicted.tolist() == [True, False, False]
    assert found.undefined.tolist() == [False, False, True]
    assert np.isnan(found.odds).tolist() == [False, False, True]
    assert found.odds[0] * counts[0].sum() == pytest.approx(10 * 10 / 50 - 400)


def test_wrong_probabilities():
    for bad in (np.ones(7), np.full(6, 1 / 6), np.asarray([-0.5, 1.0, 0.5])):
        with pytest.raises(ValueError, match="add up"):
            missing_odds(bad, NoJointInteraction())
    with pytest.raises(ValueError, match="differ"):
        missing_odds(np.full(7, 1 / 7), IndependentInAll(first=1, second=1))
    with pytest.raises(ValueError, match="positions"):
        missing_odds(np.full(7, 1 / 7), NoJointInteraction(subset=(0, 5)))
