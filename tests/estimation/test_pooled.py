import numpy as np
import pytest

from uncounted.captures import CaptureTable, published
from uncounted.errors import NotEstimable
from uncounted.estimation import estimate, parse
from uncounted.estimation.law import lognormal_law, mixture_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.pooling import POOLED_DRAWS
from uncounted.estimation.swing import model_facts

TWO = np.asarray([60, 90, 40])  # patterns 01, 10, 11


def two_lists(rows, **kwargs):
    return CaptureTable(lists=("A", "B"), counts=np.asarray(rows, dtype=np.int64), **kwargs)


def fit(name, table, seed=1):
    return parse(name, table.lists).fit(table, level=0.95, seed=seed)


@pytest.fixture(scope="module")
def kosovo_draws():
    rng = np.random.default_rng(3)
    counts = rng.poisson(published("kosovo").counts[0, 0], size=(8, 1, 15))
    return CaptureTable(lists=published("kosovo").lists, counts=counts)


def test_documented_people_vary_with_the_linkage():
    # Two linkages with the same dark figure and 100 people more or less: the interval must show that difference,
    # which adding a mean number of documented people afterwards would lose.
    rows = [[[6000, 9000, 40_000]], [[6000, 9000, 60_000]]] * 10
    table = two_lists(rows)
    estimate_ = fit("chapman:A,B", table)
    assert estimate_.n_listed_range == (55_000, 75_000)
    assert estimate_.n_total_interval.low < 57_000
    assert estimate_.n_total_interval.high > 75_000
    assert estimate_.n_unlisted_interval.high < 2_000


def test_pooled_draws_are_the_equal_mixture_of_the_linkages():
    table = two_lists([[TWO], [TWO * 3]] * 10)
    pooled = fit("chapman:A,B", table)
    alone = [fit("chapman:A,B", table.draw(d)) for d in range(2)]
    assert pooled.draws.shape == (40_000,)
    assert not pooled.draws.flags.writeable
    assert pooled.n_total_interval.low == pytest.approx(np.quantile(pooled.draws, 0.025))
    halfway = (alone[0].n_total_interval.high + alone[1].n_total_interval.low) / 2
    assert (pooled.draws < halfway).mean() == pytest.approx(0.5, abs=0.01)
    assert pooled.n_listed_range == (190, 570)


def test_few_linkages_make_the_interval_wider_and_say_so():
    rows = [[TWO], [TWO + 10]]
    few, many = fit("chapman:A,B", two_lists(rows)), fit("chapman:A,B", two_lists(rows * 10))
    assert few.n_total == pytest.approx(many.n_total, rel=0.01)
    assert few.n_total_interval.low < many.n_total_interval.low
    assert few.n_total_interval.high > many.n_total_interval.high
    assert few.n_unlisted_interval.high > many.n_unlisted_interval.high
    assert any("20 or more" in c.sentence and c.status == "info" for c in few.checks)
    assert not any("20 or more" in c.sentence for c in many.checks)


def test_strata_are_added_and_named_when_refused():
    good = two_lists([[TWO, TWO * 2]], strata=("2021", "2022"))
    parts = [fit("chapman:A,B", good.stratum(s)).n_total for s in good.strata]
    assert fit("chapman:A,B", good).n_total == pytest.approx(sum(parts), rel=0.02)
    bad = two_lists([[TWO, [60, 90, 0]]], strata=("2021", "2022"))
    with pytest.raises(NotEstimable) as refused:
        fit("chapman:A,B", bad)
    assert "2022" in str(refused.value)
    assert refused.value.code == "E01"


def test_a_bound_counts_a_stratum_without_one_by_its_listed_people():
    table = two_lists([[TWO, [60, 90, 0]]], strata=("2021", "2022"))
    bound = fit("chao-unequal", table)
    alone = fit("chao-unequal", table.stratum("2021"))
    assert bound.n_total == pytest.approx(alone.n_total + 150, rel=0.01)
    assert any("2022" in c.sentence for c in bound.checks)


def test_strata_that_one_list_covers_are_refused_for_estimates_and_kept_for_bounds():
    coverage = np.asarray([[True, True], [True, False]])
    table = two_lists([[TWO, [0, 90, 0]]], strata=("late", "early"), coverage=coverage)
    with pytest.raises(NotEstimable, match="early") as refused:
        fit("chapman:A,B", table)
    assert refused.value.code == "E11"
    assert fit("chao-unequal", table).n_total > 190 + 90


def test_a_single_refused_linkage_refuses_the_whole():
    table = two_lists([[TWO], [[60, 90, 0]]])
    with pytest.raises(NotEstimable):
        fit("chapman:A,B", table)


def test_order_of_strata_does_not_matter_and_the_seed_does():
    table = two_lists([[TWO, TWO * 2]], strata=("a", "b"))
    turned = two_lists([[TWO * 2, TWO]], strata=("b", "a"))
    assert np.array_equal(fit("chapman:A,B", table).draws, fit("chapman:A,B", turned).draws)
    assert not np.array_equal(fit("chapman:A,B", table).draws, fit("chapman:A,B", table, seed=2).draws)


def test_strata_have_streams_of_their_own():
    # Were the two strata drawn with one stream, their errors would add instead of cancel: sd 2 instead of sqrt 2.
    table = two_lists([[TWO, TWO]], strata=("a", "b"))
    single = fit("chapman:A,B", two_lists([[TWO], [TWO]])).draws.std()
    assert fit("chapman:A,B", table).draws.std() == pytest.approx(np.sqrt(2) * single, rel=0.05)


def sparse_strata(rng, n_strata, n_people=200, p=0.3):
    """Return strata of a known number of people, each person on either of two lists with chance p."""
    both = rng.binomial(n_people, p * p, n_strata)
    first = rng.binomial(n_people - both, p * (1 - p) / (1 - p * p))
    second = rng.binomial(n_people - both - first, p * (1 - p) / (1 - p * p - p * (1 - p)))
    assert min(both.min(), first.min(), second.min()) > 0
    labels = tuple(f"s{i:02d}" for i in range(n_strata))
    return two_lists([np.stack([second, first, both], axis=1)], strata=labels)


def test_many_sparse_strata_add_up_to_the_known_total(monkeypatch):
    monkeypatch.setattr("uncounted.estimation.pooling.POOLED_DRAWS", 4000)  # as good here, and ten times as fast
    # Drawn around medians instead of means, each stratum would add some 2.5 %: 200 of 8,000 people.
    rng = np.random.default_rng(2)
    totals = np.asarray([fit("chapman:A,B", sparse_strata(rng, 40)).n_total for _ in range(40)])
    error = totals.std(ddof=1) / np.sqrt(len(totals))
    assert error < 50
    assert abs(totals.mean() - 40 * 200) < 3 * error
    # Without the chance of the counts: what each stratum says, added up.
    table = sparse_strata(rng, 40)
    parts = sum(fit("chapman:A,B", table.stratum(s)).n_total for s in table.strata)
    assert fit("chapman:A,B", table).n_total == pytest.approx(parts, rel=0.004)


def test_one_stratum_keeps_its_estimate_as_the_median_however_many_linkages():
    table = two_lists([[[60, 90, 10]]] * 20)
    assert fit("chapman:A,B", table).n_total == pytest.approx(160 + 60 * 90 / 11, rel=1e-3)


def test_centring_makes_the_mean_of_each_model_its_estimate():
    law = mixture_law(
        n_listed=0,
        weights=np.asarray([0.5, 0.5]),
        n_unlisted=np.asarray([100.0, 1000.0]),
        standard_errors=np.asarray([80.0, 900.0]),
    )
    rng = np.random.default_rng(4)
    assert law.centred_on_mean().sample(400_000, rng).mean() == pytest.approx(550, rel=0.005)
    assert law.sample(400_000, rng).mean() > 600


@pytest.mark.parametrize("name", ["chapman:A,B", "chao", "loglinear-average", "marginal:A,C"])
def test_order_of_draws_and_names_of_strata_change_nothing(name):
    rng = np.random.default_rng(8)
    counts = rng.poisson([40, 50, 12, 60, 14, 15, 9], size=(6, 3, 7))
    counts[4] = counts[1]  # equal draws, and equal strata within one
    counts[2, 1] = counts[2, 0]
    counts[3, 2] = counts[2, 0]
    lists = ("A", "B", "C")
    plain = fit(name, CaptureTable(lists=lists, counts=counts, strata=("a", "b", "c")))
    turned = fit(name, CaptureTable(lists=lists, counts=counts[[5, 2, 4, 0, 3, 1]], strata=("z", "y", "x")))
    assert np.array_equal(plain.draws, turned.draws)
    assert plain.n_total_interval == turned.n_total_interval
    assert plain.sensitivity == turned.sensitivity


def test_equal_draws_are_not_copies_of_each_other():
    draws = fit("chapman:A,B", two_lists([[TWO], [TWO], [TWO * 2]])).draws.reshape(3, -1)
    assert draws.shape[1] == POOLED_DRAWS // 3
    assert all(len(np.intersect1d(draws[i], draws[j])) == 0 for i, j in ((0, 1), (0, 2), (1, 2)))


def test_chapman_on_two_of_three_lists_is_contradicted_in_a_single_draw():
    fine, poor = [5, 60, 10, 90, 10, 40, 10], [500, 60, 10, 90, 10, 40, 10]
    lists = ("A", "B", "C")
    with pytest.raises(NotEstimable) as refused:
        fit("chapman:A,B", CaptureTable(lists=lists, counts=np.asarray([[fine], [poor]])))
    assert refused.value.code == "E04"
    assert fit("chapman:A,B", CaptureTable(lists=lists, counts=np.asarray([[fine]]))).n_listed == sum(fine)


def test_many_draws_use_models_fitted_in_batches(kosovo_draws):
    together = fit("loglinear-best", kosovo_draws)
    middle = sorted(fit("loglinear-best", kosovo_draws.draw(d)).n_total for d in range(8))
    assert middle[0] < together.n_total < middle[-1]
    assert together.n_total_interval.low >= together.n_listed_range[0]


def test_same_input_same_bytes(kosovo_draws):
    first = estimate(kosovo_draws, estimators=("loglinear",)).to_json()
    assert first == estimate(kosovo_draws, estimators=("loglinear",)).to_json()


def test_closed_form_without_draws():
    only = fit("chapman:A,B", two_lists([[TWO]]))
    assert only.draws is None
    assert only.n_total == pytest.approx(190 + 60 * 90 / 41)


def test_mixture_quantiles_against_its_own_draws():
    law = mixture_law(
        n_listed=0,
        weights=np.asarray([0.7, 0.3]),
        n_unlisted=np.asarray([100.0, 1000.0]),
        standard_errors=np.asarray([20.0, 100.0]),
    )
    draws = law.sample(200_000, np.random.default_rng(1))
    for p in (0.025, 0.3, 0.5, 0.71, 0.975):
        assert (draws <= law.quantile(p)).mean() == pytest.approx(p, abs=0.002)


def test_a_mixture_of_equals_is_the_single_law():
    single = lognormal_law(n_listed=5, n_unlisted=100.0, standard_error=30.0)
    double = mixture_law(
        n_listed=5,
        weights=np.asarray([0.5, 0.5]),
        n_unlisted=np.asarray([100.0, 100.0]),
        standard_errors=np.asarray([30.0, 30.0]),
    )
    assert double.quantile(0.975) == pytest.approx(single.quantile(0.975))
    assert double.median == pytest.approx(100.0)


def test_models_searched_are_added_over_strata_of_the_middle_draw():
    # Three lists in the second stratum: 8 models there and 113 with four lists, as rule R4 counts them.
    whole = published("kosovo").counts[0, 0]
    three = np.where(np.arange(1, 16) % 2 == 0, whole, 0)
    draws = np.stack([np.stack([whole + d, three + d * (three > 0)]) for d in (0, 1, 2)])
    table = CaptureTable(lists=published("kosovo").lists, strata=("four", "three"), counts=draws)
    found = fit("loglinear-best", table).fit
    facts = model_facts(table, ModelSearch(criterion="bic", max_order=None), level=0.95, within_bic=6.0, p_above=0.01)
    assert (found.n_models, found.n_admissible) == (113 + 8, sum(f.n_admissible for f in facts))
    assert found.n_models == sum(f.n_models for f in facts)
    named = fit("loglinear-independence", table).fit
    assert (named.n_models, named.n_admissible) == (1, 1)
