"""Sample coverage as an estimator: the published outbreak, refusals, and what does not matter."""

import numpy as np
import pytest

from uncounted.captures import CaptureTable, published
from uncounted.errors import NotEstimable
from uncounted.estimation.sample_coverage import SampleCoverage

# Chao, Tsay, Lin, Shau, Chao (2001), Statist. Med. 20:3123; table as in CARE1 1.1.0.
HEPATITIS = CaptureTable(lists=("P", "Q", "E"), counts=[63, 55, 18, 69, 17, 21, 28])


def fit(table, *, full=False, **options):
    return SampleCoverage(full=full).fit(table, **{"level": 0.95, "seed": 1, **options})


def test_hepatitis_a():
    estimate = fit(HEPATITIS)
    assert estimate.n_total == pytest.approx(508, abs=0.5)
    # 20,000 tables drawn apart from this code gave 48.2.
    assert estimate.fit.standard_error == pytest.approx(48.2, rel=0.05)
    assert estimate.n_total_interval.low > 271
    assert estimate.sensitivity == ()


def test_too_little_coverage_is_refused_in_words():
    with pytest.raises(NotEstimable, match="47%, below 50%") as refused:
        fit(published("kosovo"))
    assert refused.value.code == "E63"
    with pytest.raises(NotEstimable, match="51%, below 55%"):
        fit(HEPATITIS, full=True)


def test_the_full_estimate_where_the_coverage_allows_it():
    estimate = fit(published("madigan-york"), full=True)
    assert estimate.n_total == pytest.approx(659, abs=0.5)
    assert estimate.estimator == "sample-coverage-full"


def test_two_lists_and_nobody_missing_are_refused():
    with pytest.raises(NotEstimable) as refused:
        fit(CaptureTable(lists=("A", "B"), counts=[170, 120, 30]))
    assert refused.value.code == "E05"
    # A list that holds the two others whole, which avoid each other.
    with pytest.raises(NotEstimable) as refused:
        fit(CaptureTable(lists=("A", "B", "C"), counts=[5, 0, 200, 0, 200, 0, 0]))
    assert refused.value.code == "E64"


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1)])
def test_order_of_lists_and_runs_do_not_matter(order):
    people = np.repeat(HEPATITIS.patterns, HEPATITIS.counts[0, 0], axis=0)[:, list(order)]
    turned = CaptureTable.from_people(people.astype(int), lists=["x", "y", "z"])
    assert fit(turned).n_total == pytest.approx(fit(HEPATITIS).n_total, rel=1e-12)
    assert fit(turned).n_total_interval == fit(HEPATITIS).n_total_interval
    assert fit(HEPATITIS).to_json() == fit(HEPATITIS).to_json()


def test_linkage_draws_are_pooled():
    table = published("madigan-york")
    counts = np.random.default_rng(2).poisson(table.counts[0, 0] * 4, size=(6, 1, 31))
    estimate = fit(CaptureTable(lists=table.lists, counts=counts))
    assert estimate.n_total == pytest.approx(4 * fit(table).n_total, rel=0.05)
    assert estimate.draws is not None


def test_the_interval_holds_the_truth_for_independent_lists():
    rng = np.random.default_rng(7)
    chance = np.asarray([0.5, 0.4, 0.6])
    held = 0
    for _ in range(100):
        member = rng.random((800, 3)) < chance
        estimate = fit(CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=["A", "B", "C"]))
        held += estimate.n_total_interval.low <= 800 <= estimate.n_total_interval.high
    assert 88 <= held <= 99
