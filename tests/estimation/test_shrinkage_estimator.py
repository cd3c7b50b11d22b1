"""The shrinkage estimator end to end: published tables, invariances, refusals, what it says of itself."""

from dataclasses import replace

import numpy as np
import pytest

from uncounted.captures.published import published
from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.kernels.shrinkage import ShrinkagePosterior, ShrinkagePrior, sample_shrinkage, terms
from uncounted.estimation.kernels.whitening import Effort, settle
from uncounted.estimation.shrinkage import Shrinkage

SHORT = Effort(n_chains=8, n_warmup=100, n_draws=100, most=1)


def fit(table, **options):
    return Shrinkage(**options).fit(table, level=0.95, seed=3)


def _turned(table, order):
    """The same people with the lists in another order."""
    patterns = {
        "".join(label[j] for j in order): int(n)
        for label, n in zip(table.pattern_labels, table.counts[0, 0], strict=True)
    }
    return CaptureTable.from_patterns(patterns, lists=[table.lists[j] for j in order])


@pytest.fixture(scope="module")
def kosovo():
    return fit(published("kosovo"))


def test_kosovo_lies_between_the_thresholded_answers_and_holds_them(kosovo):
    # MultipleSystemsEstimation 1.2.0: pairs and threshold 2, 13,971; triples and 2.5, 10,314; default 11,800.
    for thresholded in (13_971, 10_314, 11_800):
        assert kosovo.n_total_interval.low < thresholded < kosovo.n_total_interval.high
    # The log-linear model of smallest BIC, [123,14,34], has 10,356.5 (Ball and others 2002; Rcapture 1.4-4).
    assert kosovo.n_total == pytest.approx(10_240, rel=0.03)
    assert kosovo.n_total_interval.low == pytest.approx(8_170, rel=0.04)
    assert kosovo.n_total_interval.high == pytest.approx(15_100, rel=0.08)


def test_it_says_how_it_was_sampled_and_how_much_is_prior(kosovo):
    sampling = kosovo.fit.sampling
    assert sampling.converged
    assert sampling.r_hat <= 1.01
    assert sampling.ess >= 400
    assert len(sampling.modes) == 1
    assert 1.0 < sampling.prior_low < 1.01 < 2 < sampling.prior_median < 4 < 100 < sampling.prior_high
    expected = np.log(kosovo.n_total_interval.high / kosovo.n_total_interval.low)
    expected /= np.log(sampling.prior_high / sampling.prior_low)
    assert sampling.prior_width == pytest.approx(expected, rel=1e-6)
    assert 0 < sampling.prior_shift < 0.05


def test_five_lists_of_the_united_kingdom_with_pairs_that_share_nobody():
    table = published("uk5")
    found = fit(table)
    assert found.fit.sampling.converged
    assert 8_000 < found.n_total_interval.low < 12_163 < found.n_total < 16_000 < found.n_total_interval.high < 30_000
    # Interactions of pairs that share nobody stay where the prior holds them.
    counts = table.counts[0]
    posterior = ShrinkagePosterior(counts, terms(5, 4), ShrinkagePrior())
    alpha = posterior.coefficients(settle(posterior, np.zeros((1, posterior.n_dims))).centre[:, None])[0, 0]
    empty = [i for i, code in enumerate(posterior.model.codes) if code.bit_count() == 2 and not counts[0, code - 1]]
    assert empty
    assert (alpha[empty] > -4).all()
    assert (alpha[empty] < 0).all()


def test_the_move_under_other_priors_is_that_of_sampling_under_them(kosovo):
    counts = published("korea").counts[0]
    found = fit(published("korea"))
    medians = [
        np.median(
            sample_shrinkage(
                counts,
                terms(3, 2),
                ShrinkagePrior(scale=scale),
                rngs=[np.random.default_rng(11)],
                effort=Effort(n_draws=400),
            )[0].kept[:, :, 0]
        )
        for scale in (0.5, 1.0, 2.0)
    ]
    moves = np.abs(np.expm1(np.asarray(medians) - medians[1]))
    assert found.fit.sampling.prior_shift == pytest.approx(moves.max(), abs=0.03)
    assert found.fit.sampling.prior_shift > 2 * kosovo.fit.sampling.prior_shift


def test_neither_order_of_lists_nor_company_nor_names_change_a_digit():
    table = published("hiv-rome")
    one = fit(table, effort=SHORT)
    turned = _turned(table, (2, 0, 3, 1))
    assert not np.array_equal(turned.counts, table.counts)
    other = fit(turned, effort=SHORT)
    assert other.n_total == pytest.approx(one.n_total, rel=1e-12)
    assert other.n_total_interval.high == pytest.approx(one.n_total_interval.high, rel=1e-12)
    # beside another linkage draw, each keeps its own numbers
    changed = table.counts.copy()
    changed[0, 0, 2] += 40
    both = CaptureTable(
        lists=table.lists, counts=np.concatenate([table.counts, changed]), strata=("all",), coverage=table.coverage
    )
    laws = Shrinkage(effort=SHORT)._sample_all(both, level=0.95, seed=3, progress=None)
    alone = Shrinkage(effort=SHORT)._sample_all(table, level=0.95, seed=3, progress=None)
    assert len(laws) == 2
    for key, law in alone.items():
        assert law.draws.tobytes() == laws[key].draws.tobytes()


def test_progress_is_told_and_the_seed_matters():
    table = published("korea")
    told = []
    estimator = Shrinkage(effort=SHORT)
    one = estimator.fit(table, level=0.9, seed=1, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 1)]
    assert one.n_total == estimator.fit(table, level=0.9, seed=1).n_total
    assert one.n_total_interval != estimator.fit(table, level=0.9, seed=2).n_total_interval


def test_lists_that_share_nobody_are_refused_and_so_is_one_list():
    alone = CaptureTable.from_patterns({"100": 40, "010": 30, "001": 20}, lists=("a", "b", "c"))
    with pytest.raises(NotEstimable) as caught:
        fit(alone)
    assert caught.value.code == "E25"
    single = CaptureTable.from_patterns({"10": 40}, lists=("a", "b"))
    with pytest.raises(NotEstimable) as caught:
        fit(single)
    assert caught.value.code == "E05"


def test_two_lists_have_no_interaction_to_shrink():
    table = CaptureTable.from_patterns({"10": 300, "01": 200, "11": 100}, lists=("a", "b"))
    found = fit(table)
    assert found.n_total == pytest.approx(1200, rel=0.02)  # 400 * 300 / 100
    assert found.fit.model == "independence"
    assert np.isnan(found.fit.sampling.prior_shift)


def test_the_horseshoe_is_another_estimator_and_gives_its_own_number():
    table = published("spina-bifida").total()
    horseshoe, normal = fit(table, prior="horseshoe", effort=Effort(most=2)), fit(table)
    assert (horseshoe.estimator, normal.estimator) == ("shrinkage-horseshoe", "shrinkage")
    assert horseshoe.fit.sampling.converged
    # UIP and SBH priors over all models average 725 and 728, intervals from 673 to 788 (conting 1.7)
    assert horseshoe.n_total_interval.low < 725 < horseshoe.n_total_interval.high
    assert horseshoe.n_total < normal.n_total  # small interactions are shrunk more


def test_options_are_checked():
    with pytest.raises(ProjectError):
        Shrinkage(prior="laplace")
    with pytest.raises(ProjectError):
        Shrinkage(max_order=0)
    assert fit(published("kosovo"), max_order=2, effort=SHORT).fit.model == "interactions of up to 2 lists, shrunk"


def test_draws_that_disagree_are_said_to():
    found = fit(published("kosovo"), effort=replace(SHORT, n_warmup=10, n_draws=8))
    assert not found.fit.sampling.converged
    assert found.fit.status == "not converged"
