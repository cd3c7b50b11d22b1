"""People of unknown stratum, drawn into strata."""

import numpy as np
import pytest

from uncounted.captures import CaptureTable
from uncounted.errors import CaptureError, ProjectError
from uncounted.estimation import parse
from uncounted.estimation.missing_labels import allocate_labels

LABELLED = np.asarray([[300, 400, 100], [200, 100, 60]])
UNKNOWN = np.asarray([50, 60, 20])
TABLE = CaptureTable(lists=("A", "B"), counts=LABELLED, strata=("2021", "2022"))


def allocate(table=TABLE, unlabelled=UNKNOWN, n_draws=20, seed=1):
    return allocate_labels(table, unlabelled, n_draws=n_draws, rng=np.random.default_rng(seed))


def test_every_draw_holds_everybody():
    table = allocate(n_draws=30)
    assert table.n_draws == 30
    assert (table.n_listed == LABELLED.sum() + UNKNOWN.sum()).all()
    assert (table.counts.sum(axis=1) == LABELLED.sum(axis=0) + UNKNOWN).all()
    assert (table.counts >= LABELLED).all()
    assert len(np.unique(table.counts, axis=0)) > 10  # the labels differ, so their doubt goes in


def test_people_go_where_labelled_people_with_their_lists_are():
    table = allocate(n_draws=2_000)
    given = (table.counts - LABELLED).mean(axis=0)
    np.testing.assert_allclose(given[0], UNKNOWN * LABELLED[0] / LABELLED.sum(axis=0), rtol=0.05)


def test_coverage_is_respected():
    counts = [[300, 400, 100], [0, 100, 0]]
    table = CaptureTable(lists=("A", "B"), counts=counts, strata=("x", "y"), coverage=[[1, 1], [1, 0]])
    drawn = allocate(table, n_draws=50)
    assert (drawn.coverage == table.coverage).all()
    assert (drawn.counts[:, 1, [0, 2]] == 0).all()
    assert (drawn.counts[:, 0, 0] == 350).all()
    assert drawn.counts[:, 1, 1].max() > 100


def test_nowhere_to_go_is_a_data_error_with_pattern_and_number():
    table = CaptureTable(lists=("A", "B"), counts=[[0, 400, 0], [30, 0, 0]], strata=("x", "y"), coverage=np.eye(2))
    with pytest.raises(CaptureError) as refused:
        allocate(table)
    assert refused.value.code == "E53"
    assert "'11'" in refused.value.where
    assert "20 people" in refused.value.what
    assert "any stratum" in refused.value.what
    assert allocate(table, [50, 60, 0]).n_listed[0] == 540


def test_people_known_to_be_in_some_strata_stay_in_them():
    table = CaptureTable(lists=("A", "B"), counts=[*LABELLED, [10, 10, 10]], strata=("2021", "2022", "2023"))
    drawn = allocate(table, {("2021", "2022"): UNKNOWN, (): [0, 0, 5]})
    assert (drawn.counts[:, 2, :2] == 10).all()
    assert (drawn.n_listed == table.n_listed[0] + 135).all()
    gaps = CaptureTable(lists=("A", "B"), counts=[[5, 5, 5], [0, 5, 0]], strata="xy", coverage=[[1, 1], [1, 0]])
    with pytest.raises(CaptureError, match="the strata y"):
        allocate(gaps, {("y",): [1, 0, 0]})


def test_each_linkage_draw_has_its_own_people_and_draws():
    table = CaptureTable(lists=("A", "B"), counts=np.stack([LABELLED, LABELLED + 10]), strata=("2021", "2022"))
    drawn = allocate(table, [UNKNOWN, UNKNOWN * 2], n_draws=3)
    assert drawn.n_draws == 6
    np.testing.assert_array_equal(drawn.n_listed, [1290] * 3 + [1160 + 60 + 260] * 3)


def test_the_same_generator_gives_the_same_table():
    assert allocate(seed=4) == allocate(seed=4)
    assert allocate(seed=4) != allocate(seed=5)


def test_estimators_pool_the_doubt():
    known = parse("chapman:A,B", TABLE.lists).fit(TABLE, level=0.95, seed=1)
    whole = parse("chapman:A,B", TABLE.lists).fit(allocate(n_draws=20), level=0.95, seed=1)
    share = (LABELLED.sum() + UNKNOWN.sum()) / LABELLED.sum()
    assert whole.n_total == pytest.approx(known.n_total * share, rel=0.05)
    assert whole.n_listed == LABELLED.sum() + UNKNOWN.sum()


@pytest.mark.parametrize(
    ("unlabelled", "words"),
    [
        ([1, 2], "shape"),
        ([1, 2, 2.5], "whole numbers"),
        ([1, 2, -1], "whole numbers"),
        ([1, 2, np.nan], "whole numbers"),
        (["1", "2", "3"], "whole numbers"),
        ({("2020",): UNKNOWN}, "no stratum '2020'"),
    ],
)
def test_counts_that_are_none_are_refused(unlabelled, words):
    with pytest.raises(ProjectError, match=words) as refused:
        allocate(TABLE, unlabelled)
    assert refused.value.code == "E54"


def test_no_draws_are_refused():
    with pytest.raises(ProjectError, match="n_draws"):
        allocate(n_draws=0)


def test_totals_by_stratum_hold_the_truth_as_often_as_they_say():
    # Labels are missing more often for people on A: at random given the pattern. Half of them are lost there.
    rng, n, hits, naive = np.random.default_rng(6), 60, 0, 0
    for _ in range(n):
        counts = np.stack([rng.multinomial(900, [0.35, 0.15, 0.15, 0.35])[:3] for _ in range(2)])
        lost = rng.binomial(counts, [0.1, 0.5, 0.5])
        table = CaptureTable(lists=("A", "B"), counts=counts - lost, strata=("x", "y"))
        filled = allocate_labels(table, lost.sum(axis=0), n_draws=20, rng=rng)
        first = filled.stratum("x")
        interval = parse("chapman:A,B", table.lists).fit(first, level=0.95, seed=1).n_total_interval
        hits += interval.low <= 900 <= interval.high
        alone = parse("chapman:A,B", table.lists).fit(table.stratum("x"), level=0.95, seed=1).n_total_interval
        naive += alone.low <= 900 <= alone.high
    assert hits / n > 0.95 - 3 * np.sqrt(0.95 * 0.05 / n)
    assert naive / n < 0.6  # leaving them out is the planted fault
