"""Drawn stratum labels against their posterior distribution, added up over every way to divide the people."""

import itertools
from math import comb, exp, lgamma

import numpy as np
import pytest

from uncounted.captures.table import pattern_matrix
from uncounted.estimation.kernels.missing_labels import PRIOR_PEOPLE, draw_labels, label_shares, prior_counts

# One pattern, three strata; 4 people in the first two, 3 in the last two, 2 of whom nothing is known.
LABELLED = np.asarray([[2], [1], [3]])
PARTLY = np.asarray([[4], [3], [2]])
GROUPS = np.asarray([[1, 1, 0], [0, 1, 1], [1, 1, 1]], dtype=bool)[:, :, None]
PRIOR = np.asarray([[0.4], [0.3], [0.3]])


def posterior():
    """Return the probability of each table of counts: sum over all ways to divide the three groups."""
    found = {}
    for a, b, e, f in itertools.product(range(5), range(4), range(3), range(3)):
        if e + f > 2:
            continue
        counts = LABELLED[:, 0] + [a + e, 4 - a + b + f, 3 - b + 2 - e - f]
        ways = comb(4, a) * comb(3, b) * comb(2, e) * comb(2 - e, f)
        weight = ways * exp(sum(lgamma(p + n) for p, n in zip(PRIOR[:, 0], counts, strict=True)))
        found[tuple(int(x) for x in counts)] = found.get(tuple(int(x) for x in counts), 0.0) + weight
    total = sum(found.values())
    return {k: v / total for k, v in found.items()}


def chi_square(draws, expected):
    """Return Pearson's statistic over cells with at least five expected, less its mean, in standard deviations."""
    n = len(draws)
    kept = {k: p for k, p in expected.items() if n * p >= 5}
    seen = dict.fromkeys(kept, 0)
    for row in draws:
        key = tuple(int(x) for x in row)
        assert key in expected
        if key in seen:
            seen[key] += 1
    value = sum((seen[k] - n * p) ** 2 / (n * p) for k, p in kept.items())
    return (value - len(kept)) / np.sqrt(2 * len(kept))


@pytest.fixture(scope="module")
def draws():
    rng = np.random.default_rng(2)
    return draw_labels(LABELLED, PARTLY, GROUPS, PRIOR, n_draws=20_000, rng=rng, sweeps=40)


def test_draws_are_from_the_posterior(draws):
    expected = posterior()
    assert len(expected) == 39
    assert abs(chi_square(draws[:, :, 0], expected)) < 4


def test_that_check_notices_draws_that_leave_the_doubt_of_the_shares_out():
    # Dividing people by the EM shares alone is the planted fault: the right means and too little spread.
    rng = np.random.default_rng(2)
    shares = label_shares(LABELLED, PARTLY, GROUPS, PRIOR).shares[:, 0]
    rows = []
    for _ in range(20_000):
        row = LABELLED[:, 0].copy()
        for people, group in zip(PARTLY[:, 0], GROUPS[:, :, 0], strict=True):
            row = row + rng.multinomial(people, group * shares / (group * shares).sum())
        rows.append(row)
    assert chi_square(rows, posterior()) > 20


def test_everybody_stays_and_nobody_with_a_label_moves(draws):
    assert (draws.sum(axis=1) == LABELLED.sum() + PARTLY.sum()).all()
    assert (draws >= LABELLED).all()


def test_one_chain_step_is_too_few_and_many_are_enough():
    starts = draw_labels(LABELLED, PARTLY, GROUPS, PRIOR, n_draws=20_000, rng=np.random.default_rng(5), sweeps=0)
    assert chi_square(starts[:, :, 0], posterior()) > 4


def test_people_without_any_label_follow_a_dirichlet_multinomial():
    labelled, people = np.asarray([[3], [1]]), np.asarray([[6]])
    prior = np.asarray([[0.5], [0.5]])
    drawn = draw_labels(
        labelled, people, np.ones((1, 2, 1), dtype=bool), prior, n_draws=20_000, rng=np.random.default_rng(1)
    )
    a, b = 3.5, 1.5
    exact = {
        (3 + k, 7 - k): comb(6, k)
        * exp(lgamma(a + k) + lgamma(b + 6 - k) - lgamma(a + b + 6) - lgamma(a) - lgamma(b) + lgamma(a + b))
        for k in range(7)
    }
    assert sum(exact.values()) == pytest.approx(1.0)
    assert abs(chi_square(drawn[:, :, 0], exact)) < 4


def test_tiny_priors_neither_underflow_nor_rule_a_group_out():
    prior = np.asarray([[1.0], [1e-9], [1e-9]])
    groups = np.asarray([[0, 1, 1]], dtype=bool)[:, :, None]
    drawn = draw_labels(
        np.asarray([[50], [0], [0]]), np.asarray([[4]]), groups, prior, n_draws=4_000, rng=np.random.default_rng(3)
    )
    assert (drawn[:, 0, 0] == 50).all()
    whole = (drawn[:, 1, 0] == 4).mean()  # with so weak a prior all four are in one of the two strata
    assert whole == pytest.approx(0.5, abs=0.04)
    assert ((drawn[:, 1, 0] == 0) | (drawn[:, 1, 0] == 4)).all()


def test_em_shares_are_the_maximum_of_the_likelihood():
    found = label_shares(LABELLED, PARTLY, GROUPS, np.zeros_like(PRIOR))
    assert found.converged

    def loglik(p):
        groups = [(4, p[0] + p[1]), (3, p[1] + p[2])]
        return float(LABELLED[:, 0] @ np.log(p)) + sum(n * np.log(q) for n, q in groups)

    best = found.shares[:, 0]
    assert best.sum() == pytest.approx(1.0)
    for step in ([1, -1, 0], [0, 1, -1], [1, 0, -1]):
        for size in (1e-3, -1e-3):
            assert loglik(best + size * np.asarray(step)) < loglik(best)


def test_labels_of_unknown_people_add_nothing_to_the_shares():
    with_them = label_shares(LABELLED, PARTLY, GROUPS, PRIOR * 0)
    without = label_shares(LABELLED, PARTLY[:2], GROUPS[:2], PRIOR * 0)
    np.testing.assert_allclose(with_them.shares, without.shares, atol=1e-8)


def test_em_that_runs_out_of_steps_says_so():
    assert not label_shares(LABELLED, PARTLY, GROUPS, PRIOR, max_iter=2).converged


def test_the_prior_weighs_one_person_and_follows_the_lists():
    member = pattern_matrix(2)  # 01, 10, 11
    labelled = np.asarray([[10, 200, 5], [200, 10, 5]])  # the first list mostly in the first stratum
    allowed = np.asarray([[True, True, True], [True, False, False]])
    prior = prior_counts(labelled * allowed, allowed, member)
    np.testing.assert_allclose(prior.sum(axis=0), PRIOR_PEOPLE)
    assert (prior[~allowed] == 0).all()
    assert (prior[allowed] > 0).all()
    open_to_all = prior_counts(labelled, np.ones_like(allowed), member)
    assert open_to_all[0, 1] > 0.8
    assert open_to_all[1, 0] > 0.8


def test_a_stratum_without_labelled_people_still_may_get_some():
    member = pattern_matrix(2)
    labelled = np.asarray([[10, 20, 5], [0, 0, 0]])
    prior = prior_counts(labelled, np.ones((2, 3), dtype=bool), member)
    drawn = draw_labels(
        labelled,
        np.asarray([[30, 30, 30]]),
        np.ones((1, 2, 3), dtype=bool),
        prior,
        n_draws=500,
        rng=np.random.default_rng(1),
    )
    assert drawn[:, 1].sum() > 0
