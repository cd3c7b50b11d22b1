"""Calibration: priors without labels, truth with many, the check on held-out folds, and what labels cannot break."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from uncounted.errors import LinkageError
from uncounted.linkage.calibration import (
    Calibration,
    calibrate,
    calibrated_weights,
    draw_coefficients,
    even_normals,
    labelled_rows,
)
from uncounted.linkage.odds_columns import LEVEL_SD, PRIORS, list_offsets
from uncounted.linkage.pairs import ScoredPairs
from uncounted.linkage.reliability import RELIABILITY_EDGES, wilson
from uncounted.linkage.review_order import review_order
from uncounted.store.codec import from_parts, to_parts


def invented(
    n_pairs: int = 4000, *, shift: float = 0.0, slope: float = 1.0, seed: int = 1
) -> tuple[ScoredPairs, np.ndarray, np.ndarray]:
    """Pairs whose true log2 odds are shift + slope * weight, with the truth of each, and lists of the records."""
    rng = np.random.default_rng(seed)
    n = 2 * n_pairs
    weight = np.where(rng.random(n_pairs) < 0.3, rng.normal(8, 5, n_pairs), rng.normal(-9, 5, n_pairs))
    truth = rng.random(n_pairs) < 1.0 / (1.0 + np.exp2(-(shift + slope * weight)))
    table = pa.table(
        {
            "left": np.arange(n_pairs, dtype=np.int64),
            "right": np.arange(n_pairs, n, dtype=np.int64),
            "match_weight": weight,
            "match_prob": 1.0 / (1.0 + np.exp2(-weight)),
            "n_rules": np.ones(n_pairs, dtype=np.int8),
            "level_surname": rng.integers(-1, 3, n_pairs).astype(np.int8),
        }
    )
    pairs = ScoredPairs(table=table, n_records=n, rules=(), weights=(), prior_match_prob=1e-3)
    return pairs, truth, rng.integers(0, 3, n)


def labels_of(pairs: ScoredPairs, truth: np.ndarray, rows: np.ndarray) -> dict[str, list[tuple[int, int]]]:
    left, right = pairs.table["left"].to_numpy(), pairs.table["right"].to_numpy()
    return {
        name: [(int(right[r]), int(left[r])) for r in rows if truth[r] == wanted]
        for name, wanted in (("same", True), ("different", False))
    }


def reviewed(pairs: ScoredPairs, truth: np.ndarray, n: int, seed: int = 3) -> dict[str, list[tuple[int, int]]]:
    ids = [f"r{i}" for i in range(pairs.n_records)]
    return labels_of(pairs, truth, review_order(pairs, ids=ids, seed=seed, n=n))


def prob_of(pairs: ScoredPairs, calibration: Calibration) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp2(-calibrated_weights(pairs, calibration))))


def true_error(prob: np.ndarray, truth: np.ndarray) -> float:
    """The expected calibration error when the truth of every pair is known."""
    bins = np.clip(np.searchsorted(RELIABILITY_EDGES, prob, side="right") - 1, 0, len(RELIABILITY_EDGES) - 2)
    return float(np.abs(np.bincount(bins, weights=prob - truth)).sum() / len(truth))


def test_without_labels_the_weights_and_the_doubt_is_the_priors() -> None:
    pairs, _, lists = invented()
    plain = calibrate(pairs, seed=1)
    weight = pairs.table["match_weight"].to_numpy()
    # Nearly: the means of the priors, without those of the lists.
    shift, above, below = (PRIORS[name][0] for name in ("shift", "slope above", "slope below"))
    kept = np.clip(weight, -25, 15)
    expected = shift / np.log(2) + above * np.maximum(kept, 0) + below * np.minimum(kept, 0)
    assert calibrated_weights(pairs, plain) == pytest.approx(expected)
    found = calibrate(pairs, seed=1, lists=lists)
    assert found.names == ("shift", "slope above", "slope below", "lists", "within", "surname=-1", "surname=0",
                           "surname=1", "surname=2")  # fmt: skip
    assert np.sqrt(np.diag(found.spread @ found.spread.T)) == pytest.approx(
        [*(PRIORS[name][1] for name in found.names[:5]), *[LEVEL_SD] * 4]
    )
    assert np.isnan(found.calibration_error)
    assert "No pair was reviewed" in found.warnings[0]


def test_labels_find_a_wrong_shift_and_slope() -> None:
    pairs, truth, _ = invented(shift=-2.0, slope=0.7)
    prob_before = 1.0 / (1.0 + np.exp2(-pairs.table["match_weight"].to_numpy()))
    found = calibrate(pairs, **reviewed(pairs, truth, 300), seed=1)
    assert found.n_labels == 300
    assert true_error(prob_of(pairs, found), truth) < 0.02 < 0.04 < true_error(prob_before, truth)
    assert abs(prob_of(pairs, found).sum() - truth.sum()) < 0.5 * abs(prob_before.sum() - truth.sum())


def test_thirty_labels_do_no_harm_where_the_weights_are_right() -> None:
    worse = []
    for seed in range(6):
        pairs, truth, _ = invented(seed=seed)
        before = 1.0 / (1.0 + np.exp2(-pairs.table["match_weight"].to_numpy()))
        after = prob_of(pairs, calibrate(pairs, **reviewed(pairs, truth, 30), seed=1))
        worse.append(np.mean((after - truth) ** 2) - np.mean((before - truth) ** 2))
    assert np.mean(worse) < 0.003


def test_the_posterior_covers_the_number_of_matches() -> None:
    """The number of matches lies within the draws' 95 % nearly always, and the prior doubt is the wider."""
    inside = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        pairs, truth, _ = invented(2000, shift=rng.normal(0, 1.0), slope=1 + rng.normal(0, 0.2), seed=seed)
        found = calibrate(pairs, **reviewed(pairs, truth, 200), seed=1)
        sums = [
            (1.0 / (1.0 + np.exp2(-calibrated_weights(pairs, found, beta)))).sum()
            for beta in draw_coefficients(found, n_draws=40, seed=seed)
        ]
        chance = np.sqrt((prob_of(pairs, found) * (1 - prob_of(pairs, found))).sum())
        low, high = np.quantile(sums, (0.025, 0.975))
        inside += low - 2 * chance < truth.sum() < high + 2 * chance
    assert inside >= 17


def test_the_held_out_check_sees_what_the_truth_says() -> None:
    pairs, truth, _ = invented(shift=-2.0, slope=0.7)
    found = calibrate(pairs, **reviewed(pairs, truth, 400), seed=1)
    assert found.calibration_error < 0.03 < found.calibration_error_before
    assert 0.0 < found.brier < 0.1
    assert sum(b.n_reviewed for b in found.reliability) == 400
    for b in found.reliability:
        assert b.same_low <= b.share_same <= b.same_high
        assert b.low <= b.mean_prob <= b.high


def test_one_slip_of_a_reviewer_does_not_bend_the_slope() -> None:
    pairs, truth, _ = invented()
    rows = np.argsort(-pairs.table["match_weight"].to_numpy())[:3]
    wrong = truth.copy()
    wrong[rows] = False
    given = reviewed(pairs, truth, 200)
    slip = labels_of(pairs, wrong, rows[:1])["different"]
    same = [p for p in given["same"] if p not in slip]
    clean = calibrate(pairs, same=same, different=given["different"], seed=1)
    bent = calibrate(pairs, same=same, different=[*given["different"], *slip], seed=1)
    assert bent.point[1] > 0.85 * clean.point[1]
    assert any("odds of more than a thousand" in w for w in bent.warnings)


def test_lists_that_share_more_people_have_higher_odds() -> None:
    rng = np.random.default_rng(4)
    n = 1200
    lists = np.repeat([0, 1, 2], n)
    edges = [(a, n + a) for a in range(600)] + [(a, 2 * n + a) for a in range(600, 660)]
    edges += [(a, a + 1) for a in range(700, 1100, 2)]
    weight = np.r_[np.full(600, 6.0), np.full(60, 6.0), np.full(200, -6.0)] + rng.normal(0, 1, 860)
    left, right = np.array(edges).T
    order = np.lexsort((right, left))
    table = pa.table({"left": left[order], "right": right[order], "match_weight": weight[order]})
    pairs = ScoredPairs(table=table, n_records=3 * n, rules=(), weights=(), prior_match_prob=1e-4)
    offset = list_offsets(pairs, lists)
    assert np.array_equal(offset, offset.T)
    assert offset[0, 1] > 1.0 > 0.0 > offset[0, 2] > offset[0, 0]
    # Ten times the people, ten times the odds, but for the few pairs of the average rate that each is given.
    assert np.exp(offset[0, 1] - offset[0, 2]) == pytest.approx(605 / 65, rel=0.1)
    assert list_offsets(pairs, np.zeros(0, dtype=np.int64)).shape == (0, 0)


def test_labels_are_found_in_either_order_and_unscored_ones_passed_over() -> None:
    pairs, _, _ = invented(50)
    rows, label = labelled_rows(pairs, [(57, 7), (3, 4)], [(9, 59)])
    assert rows.tolist() == [7, 9]
    assert label.tolist() == [1.0, 0.0]
    with pytest.raises(LinkageError) as error:
        labelled_rows(pairs, [(1, 51)], [(51, 1)])
    assert error.value.code == "L21"
    with pytest.raises(LinkageError):
        calibrate(pairs, seed=1, lists=np.zeros(3, dtype=np.int64))


def test_no_pairs_at_all() -> None:
    pairs, _, _ = invented(10)
    empty = ScoredPairs(table=pairs.table.slice(0, 0), n_records=5, rules=(), weights=(), prior_match_prob=0.0)
    found = calibrate(empty, same=[(0, 1)], seed=1, lists=np.zeros(5, dtype=np.int64))
    assert found.n_labels == 0
    assert calibrated_weights(empty, found).shape == (0,)


def test_the_trained_and_the_shipped_weight_are_compared_where_both_are_there() -> None:
    pairs, truth, _ = invented()
    weight = pairs.table["match_weight"].to_numpy()
    rng = np.random.default_rng(5)
    better = weight + 3.0 * (truth - 0.5) + rng.normal(0, 0.5, len(weight))
    table = pairs.table.append_column("em_weight", pa.array(better)).append_column("prior_weight", pa.array(weight))
    both = ScoredPairs(table=table, n_records=pairs.n_records, rules=(), weights=(), prior_match_prob=1e-3)
    found = calibrate(both, **reviewed(both, truth, 300), seed=1)
    assert found.point[found.names.index("trained")] > 0.2


def test_draws_are_spread_evenly_and_the_same_for_a_seed() -> None:
    z = even_normals(20, 3, seed=1, label=2)
    from scipy.stats import norm

    for column in z.T:
        assert sorted(np.floor(norm.cdf(column) * 20).astype(int).tolist()) == list(range(20))
    assert np.array_equal(z, even_normals(20, 3, seed=1, label=2))
    assert not np.array_equal(z, even_normals(20, 3, seed=2, label=2))


def test_the_reported_error_is_about_the_true_one_and_its_interval_covers() -> None:
    ratio, inside = [], 0
    for seed in range(15):
        pairs, truth, _ = invented(shift=-1.0, slope=0.85, seed=seed)
        found = calibrate(pairs, **reviewed(pairs, truth, 300, seed=seed), seed=1)
        true = true_error(prob_of(pairs, found), truth)
        inside += found.calibration_error_low <= true <= found.calibration_error_high
        assert found.calibration_error_low <= found.calibration_error <= found.calibration_error_high
        ratio.append(found.calibration_error / true)
    assert inside >= 13
    assert 0.4 < np.median(ratio) < 1.6


def test_careless_reviewers_are_noticed_and_careful_ones_not() -> None:
    rng = np.random.default_rng(6)
    pairs, truth, _ = invented()
    careful = calibrate(pairs, **reviewed(pairs, truth, 300), seed=1)
    assert careful.slip <= 0.01
    assert not any("second reviewer" in w for w in careful.warnings)
    wrong = truth ^ (rng.random(len(truth)) < 0.1)
    careless = calibrate(pairs, **reviewed(pairs, wrong, 300), seed=1)
    assert 0.03 <= careless.slip <= 0.1
    assert any("second reviewer" in w for w in careless.warnings)
    assert abs(prob_of(pairs, careless).sum() / truth.sum() - 1) < 0.15


@pytest.mark.parametrize("kind", ["same", "different"])
def test_many_labels_of_one_kind_teach_nothing_and_say_so(kind: str) -> None:
    pairs, truth, lists = invented()
    some = {kind: reviewed(pairs, truth, 400)[kind][:60]}
    found, plain = calibrate(pairs, **some, seed=1, lists=lists), calibrate(pairs, seed=1, lists=lists)
    assert found.n_labels == 60
    assert np.array_equal(found.point, plain.point)
    assert np.array_equal(found.spread, plain.spread)
    assert "nothing was learnt" in found.warnings[0]
    assert np.isnan(found.calibration_error)


def test_wilson_is_the_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 15 of 148, score method without continuity correction.
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0.0, 20)[0] == pytest.approx(0.0, abs=1e-15)


def test_a_calibration_survives_the_store() -> None:
    pairs, truth, lists = invented(500)
    found = calibrate(pairs, **reviewed(pairs, truth, 100), seed=1, lists=lists)
    back = from_parts(to_parts(found), Calibration)
    assert back.names == found.names
    assert back.reliability == found.reliability
    for name in ("point", "spread", "lists", "offsets"):
        assert np.array_equal(getattr(back, name), getattr(found, name))
