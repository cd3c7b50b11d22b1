"""Estimates with covariates: the published design, nobody left out, invariances, refusals in words, coverage."""

import functools

import numpy as np
import pytest
from scipy.special import expit

from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.covariates import CovariateEstimate, estimate_with_covariates
from uncounted.estimation.kernels.assumptions import no_interaction


def published_design(n_people, seed):
    """Return lists and covariates as in the README of drpop 0.0.3: three covariates, shown on another scale."""
    rng = np.random.default_rng(seed)
    x = rng.normal(2, 1, size=(n_people, 3))
    first = rng.random(n_people) < expit((-0.6 + 0.4 * x).sum(axis=1))
    second = rng.random(n_people) < expit((-0.6 + 0.3 * x).sum(axis=1))
    member = np.column_stack([first, second])
    seen = member.any(axis=1)
    return member[seen].astype(int), np.exp(x[seen] / 2)


def fit(member, values, **options):
    lists = [f"L{j + 1}" for j in range(np.shape(member)[1])]
    return estimate_with_covariates(member, values, **{"lists": lists, "seed": 1, **options})


@functools.cache
def one_estimate():
    return fit(*published_design(3000, 1))


def test_the_published_design():
    estimate = one_estimate()
    assert isinstance(estimate, CovariateEstimate)
    # drpop prints 2,999 (2,889 to 3,109) for its own draw of 3,000 people.
    assert estimate.n_total_interval.low < 3000 < estimate.n_total_interval.high
    assert 150 < estimate.n_total_interval.high - estimate.n_total_interval.low < 300
    found = estimate.diagnostics
    assert found.crude_total < estimate.n_total - 80  # what makes people easy to record is common to both lists
    assert found.plug_in_total == pytest.approx(estimate.n_total, rel=0.02)
    assert (found.n_incomplete, found.n_imputations, found.imputation_share) == (0, 1, 0)
    points = {p.odds_ratio: p.n_total for p in estimate.sensitivity}
    assert points[2.0] == pytest.approx(estimate.n_listed + 2 * estimate.n_unlisted)
    assert "Among people with the same covariates" in estimate.assumption.words
    assert estimate.checks[-1].status == "ok"
    assert "documented" in str(estimate)
    assert '"plug_in_total"' in estimate.to_json()


def test_the_same_seed_gives_the_same_bytes_and_levels_nest():
    member, values = published_design(1000, 1)
    estimate, narrow = fit(member, values), fit(member, values, level=0.5)
    assert fit(member, values, subset=("L2", "L1")).to_json() == estimate.to_json()
    wide = estimate.n_total_interval
    assert wide.low < narrow.n_total_interval.low < narrow.n_total_interval.high < wide.high


def test_the_mean_of_many_small_samples_is_near_the_truth():
    # The short version of the coverage study below.
    totals, held, crude = [], 0, []
    for seed in range(12):
        estimate = fit(*published_design(1500, 100 + seed))
        totals.append(estimate.n_total)
        crude.append(estimate.diagnostics.crude_total)
        held += estimate.n_total_interval.low <= 1500 <= estimate.n_total_interval.high
    error = np.std(totals) / np.sqrt(12)
    assert abs(np.mean(totals) - 1500) < 4 * error + 15
    assert np.mean(crude) < 1500 - 50
    assert held >= 9


@pytest.mark.validation
@pytest.mark.parametrize("n_people", [1000, 3000])
def test_coverage(n_people):
    held = 0
    for seed in range(100):
        estimate = fit(*published_design(n_people, 1000 + seed))
        held += estimate.n_total_interval.low <= n_people <= estimate.n_total_interval.high
    assert 0.88 <= held / 100 <= 0.99


@pytest.mark.validation
def test_coverage_with_values_missing():
    held = 0
    for seed in range(60):
        member, values = published_design(3000, 5000 + seed)
        values[np.random.default_rng(seed).random(values.shape) < 0.15] = np.nan
        estimate = fit(member, values)
        held += estimate.n_total_interval.low <= 3000 <= estimate.n_total_interval.high
    assert 0.85 <= held / 60 <= 1


def test_people_with_missing_covariates_are_counted():
    member, values = published_design(3000, 1)
    rng = np.random.default_rng(0)
    holes = values.copy()
    holes[rng.random(len(holes)) < 0.3, 0] = np.nan
    estimate = fit(member, holes)
    assert estimate.n_listed == len(member)
    assert estimate.n_total == pytest.approx(one_estimate().n_total, rel=0.03)
    assert estimate.diagnostics.n_incomplete == int(np.isnan(holes).any(axis=1).sum())
    assert estimate.diagnostics.n_imputations == 10
    assert 0 < estimate.diagnostics.imputation_share < 0.8
    assert "not known" in estimate.assumption.words
    # What leaving them out would have said: thirty in a hundred people fewer.
    complete = ~np.isnan(holes).any(axis=1)
    dropped = fit(member[complete], holes[complete])
    assert dropped.n_total == pytest.approx(0.7 * one_estimate().n_total, rel=0.05)
    assert dropped.n_total_interval.high < 0.85 * estimate.n_total


def test_values_missing_do_not_hide_what_the_covariates_explain():
    # An indicator alone leaves those with missing values a mixture, with a crude estimate for them.
    member, values = published_design(3000, 4)
    holes = values.copy()
    holes[np.random.default_rng(0).random(len(holes)) < 0.5] = np.nan
    whole, filled = fit(member, values), fit(member, holes, n_imputations=5)
    gain = whole.n_total - whole.diagnostics.crude_total
    assert filled.n_total - whole.diagnostics.crude_total > 0.7 * gain


def test_constant_covariates_are_the_closed_form():
    member, _ = published_design(3000, 1)
    estimate = fit(member, np.ones((len(member), 1)))
    counts = np.bincount(member @ [2, 1], minlength=4)[1:]
    closed = no_interaction(counts, 2, (0, 1))
    assert estimate.diagnostics.crude_total == pytest.approx(len(member) + closed.n_unlisted)
    assert estimate.n_unlisted == pytest.approx(closed.n_unlisted, rel=1e-3)
    assert estimate.fit.standard_error == pytest.approx(closed.standard_error, rel=5e-3)


def four_lists(n_people=4000, seed=3):
    """Return people of three kinds on four lists; the second covariate says nothing."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, size=n_people)
    chance = np.asarray([[0.3, 0.35, 0.3, 0.1], [0.5, 0.45, 0.4, 0.1], [0.6, 0.6, 0.55, 0.2]])[kind]
    member = rng.random((n_people, 4)) < chance
    seen = member.any(axis=1)
    return member[seen].astype(int), np.column_stack([kind, rng.normal(size=n_people)])[seen]


@pytest.mark.parametrize("subset", [("L1", "L2"), ("L1", "L2", "L3")])
def test_some_of_several_lists(subset):
    member, values = four_lists()
    estimate = fit(member, values, subset=subset)
    positions = [int(name[1]) - 1 for name in subset]
    strata = 0.0
    for kind in range(3):
        mine = member[values[:, 0] == kind]
        counts = np.bincount(mine @ [8, 4, 2, 1], minlength=16)[1:]
        strata += no_interaction(counts, 4, positions).n_unlisted
    # The noise column and the penalty move it a little from the sum over strata.
    assert estimate.n_unlisted == pytest.approx(strata, abs=0.75 * estimate.fit.standard_error)
    assert estimate.estimator == "doubly-robust:" + ",".join(subset)
    assert "on none of the other lists" in estimate.assumption.words
    assert estimate.n_total_interval.low < 4000 < estimate.n_total_interval.high


def test_order_of_people_lists_and_runs_do_not_matter():
    member, values = four_lists(1500)
    values[np.random.default_rng(1).random(len(values)) < 0.1, 1] = np.nan
    estimate = fit(member, values, subset=("L1", "L3"), n_imputations=5)
    rows, columns = np.random.default_rng(2).permutation(len(member)), [2, 0, 3, 1]
    turned = estimate_with_covariates(
        member[rows][:, columns],
        values[rows],
        lists=[f"L{j + 1}" for j in columns],
        subset=("L1", "L3"),
        seed=1,
        n_imputations=5,
    )
    assert turned.n_total == pytest.approx(estimate.n_total, rel=1e-9)
    assert turned.n_total_interval.high == pytest.approx(estimate.n_total_interval.high, rel=1e-9)
    other = fit(member, values, subset=("L1", "L3"), seed=2, n_imputations=5)
    assert other.n_total != estimate.n_total
    assert other.n_total == pytest.approx(estimate.n_total, rel=0.03)


def test_too_few_people_or_too_small_an_overlap():
    member, values = published_design(500, 1)
    with pytest.raises(NotEstimable, match="500 and 50 are the fewest") as refused:
        fit(member, values)
    assert refused.value.code == "E66"
    member = np.repeat([[1, 0], [0, 1], [1, 1]], [400, 400, 49], axis=0)
    values = np.random.default_rng(1).normal(size=(849, 1))
    with pytest.raises(NotEstimable) as refused:
        fit(member, values)
    assert refused.value.code == "E66"
    member = np.repeat([[1, 0], [0, 1], [1, 1]], [9, 400, 400], axis=0)
    with pytest.raises(NotEstimable, match="only 9 people"):
        fit(member, np.random.default_rng(1).normal(size=(809, 1)))


def test_kinds_of_people_without_overlap_are_refused():
    # One in eight is of a kind that is never on both lists: nothing says how many of that kind are on none.
    rng = np.random.default_rng(5)
    kind = np.repeat([0.0, 1.0], [3500, 500])
    code = np.where(kind == 0, rng.choice(3, size=4000, p=[0.3, 0.3, 0.4]), rng.integers(0, 2, size=4000))
    member = np.asarray([[1, 0], [0, 1], [1, 1]])[code]
    with pytest.raises(NotEstimable, match="12% of the people listed") as refused:
        fit(member, kind[:, None])
    assert refused.value.code == "E67"


@pytest.mark.parametrize(
    ("change", "piece"),
    [
        (lambda m, x: (m[:, :1], x), "one column for each"),
        (lambda m, x: (m * 2, x), "0 and 1"),
        (lambda m, x: (np.vstack([m[1:], [[0, 0]]]), x), "on no list"),
        (lambda m, x: (m, x[1:]), "one row for each"),
        (lambda m, x: (m, x[:, :0]), "one column or more"),
        (lambda m, x: (m, np.where(np.arange(3) == 0, np.nan, x)), "missing for everybody"),
        (lambda m, x: (m, np.where(np.arange(3) == 0, np.inf, x)), "finite"),
    ],
)
def test_arrays_that_cannot_be_used(change, piece):
    member, values = change(*published_design(800, 1))
    with pytest.raises(ProjectError, match=piece) as refused:
        estimate_with_covariates(member, values, lists=["A", "B"])
    assert refused.value.code == "E65"


@pytest.mark.parametrize(
    "options",
    [{"level": 1.0}, {"n_folds": 1}, {"n_imputations": 4}, {"ridges": ()}, {"ridges": (-1.0,)}, {"seed": -1}],
)
def test_options_out_of_range(options):
    with pytest.raises(ProjectError, match="out of its range"):
        fit(*published_design(800, 1), **options)


def test_names_of_lists_are_checked():
    member, values = four_lists(1000)
    with pytest.raises(ProjectError, match="E20"):
        fit(member, values, subset=("L1", "L9"))
    with pytest.raises(ProjectError, match="two or more"):
        fit(member, values, subset=("L1", "L1"))
