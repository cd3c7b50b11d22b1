"""Models of capture: cell probabilities by hand, the order of patterns, and the draws."""

import numpy as np
import pytest

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.simulate import (
    SIMULATION_SUITE,
    LatentClassTruth,
    LogLinearTruth,
    PersonCapture,
    Referral,
    Trait,
    capture_counts,
)
from uncounted.simulate.capture import count_patterns, draw_membership


def test_one_class_is_independence():
    cells = LatentClassTruth(shares=(1.0,), capture_probs=((0.5, 0.2, 0.1),)).cell_probabilities()
    assert cells[0] == pytest.approx(0.5 * 0.8 * 0.9)
    assert cells[0b100] == pytest.approx(0.5 * 0.8 * 0.9)
    assert cells[0b101] == pytest.approx(0.5 * 0.8 * 0.1)
    assert cells.sum() == pytest.approx(1.0)


def test_classes_mix_by_their_shares():
    mixed = LatentClassTruth(shares=(0.3, 0.7), capture_probs=((0.9, 0.9), (0.1, 0.2)))
    assert mixed.cell_probabilities()[3] == pytest.approx(0.3 * 0.81 + 0.7 * 0.02)


def test_loglinear_terms_are_log_odds_ratios():
    truth = LogLinearTruth(n_lists=3, terms={(0,): -1.0, (1,): -0.5, (2,): 0.2, (0, 2): 0.7})
    p = truth.cell_probabilities()
    assert np.log(p[0b101] * p[0b000] / (p[0b100] * p[0b001])) == pytest.approx(0.7)
    assert np.log(p[0b111] * p[0b010] / (p[0b110] * p[0b011])) == pytest.approx(0.7)
    assert np.log(p[0b110] * p[0b000] / (p[0b100] * p[0b010])) == pytest.approx(0.0)


@pytest.mark.parametrize("name", sorted(SIMULATION_SUITE))
def test_suite_draws_have_their_means(name):
    truth, rng = SIMULATION_SUITE[name], np.random.default_rng(5)
    draws = np.array([capture_counts(2000, truth, rng=rng) for _ in range(400)])
    assert draws.shape == (400, 31)
    p = truth.cell_probabilities()[1:]
    z = (draws.mean(axis=0) - 2000 * p) / np.sqrt(2000 * p * (1 - p) / 400)
    # 31 cells at |z| < 4.5 fail by chance less than once in 4,000 runs; the seed is fixed.
    assert np.abs(z).max() < 4.5
    CaptureTable(lists=tuple("abcde"), counts=draws[0])


def test_count_patterns_agrees_with_capture_table():
    on = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [1, 0, 1], [0, 1, 0]], dtype=bool)
    counts = count_patterns(on, np.array([0, 0, 1, 1, 1]), 2)
    listed = on.any(axis=1)
    table = CaptureTable.from_people(on[listed].astype(int), lists=("a", "b", "c"))
    np.testing.assert_array_equal(counts.sum(axis=0), table.counts[0, 0])
    assert counts[0].sum() == 1
    assert counts[0, 0b101 - 1] == 1


def test_referral_trait_and_first_day_do_what_they_say():
    n = 200_000
    capture = PersonCapture(
        lists=("a", "b", "c"),
        base_logits=(-1.0, -1.0, -1.0),
        region_logits=((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        traits=(Trait(share=0.5, logits=(0.0, 0.0, 0.0)),),
        referrals=(Referral(source=0, target=1, logit=1.5),),
        first_day=(0, 0, 100),
    )
    rng = np.random.default_rng(3)
    region, day = rng.integers(0, 2, n), rng.integers(0, 200, n)
    on = draw_membership(capture, region=region, event_day=day, rng=rng)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    assert not on[day < 100, 2].any()
    # Shares of about n/4 people: Monte-Carlo error below 0.0025, so 0.01 is four times it.
    assert on[day >= 100, 2].mean() == pytest.approx(sigmoid(-1.0), abs=0.01)
    assert on[region == 1, 0].mean() == pytest.approx(0.5, abs=0.01)
    assert on[on[:, 0], 1].mean() == pytest.approx(sigmoid(0.5), abs=0.01)
    assert on[~on[:, 0], 1].mean() == pytest.approx(sigmoid(-1.0), abs=0.01)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LatentClassTruth(shares=(0.5, 0.6), capture_probs=((0.1,), (0.1,))),
        lambda: LatentClassTruth(shares=(1.0,), capture_probs=((1.2, 0.1),)),
        lambda: LatentClassTruth(shares=(0.5, 0.5), capture_probs=((0.1,),)),
        lambda: LogLinearTruth(n_lists=2, terms={(0, 2): 1.0}),
        lambda: PersonCapture(lists=("a",), base_logits=(0.0, 0.0), region_logits=((0.0,),), first_day=(0,)),
        lambda: PersonCapture(
            lists=("a", "b"),
            base_logits=(0.0, 0.0),
            region_logits=((0.0, 0.0),),
            referrals=(Referral(source=1, target=0, logit=1.0),),
            first_day=(0, 0),
        ),
    ],
)
def test_contradictions_are_refused(make):
    with pytest.raises(ValueError, match=r"\w"):
        make()


def test_pattern_order_is_that_of_the_table():
    assert pattern_matrix(3)[0b101 - 1].tolist() == [True, False, True]
