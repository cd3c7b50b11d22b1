"""What more review is worth, which pairs matter, and how often links are right: on invented pairs with known truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from test_calibration import invented, reviewed

from uncounted.linkage.calibration import calibrate, calibrated_weights
from uncounted.linkage.clustering import cluster
from uncounted.linkage.pairs import Clusterings, DrawDoubt, ScoredPairs
from uncounted.linkage.recall import link_quality
from uncounted.linkage.worth import (
    PRIOR_LABELS,
    DoubtParts,
    decisions_needed,
    doubt_parts,
    open_weights,
    pairs_that_matter,
    unsure_pairs,
    width_after,
)
from uncounted.project.model import LinkageSpec


def parts(**given: float) -> DoubtParts:
    full = {"sampling": 0.0, "calibration": 0.0, "partition": 0.0, "missed": 0.0, "n_labels": 0, "n_unsure": 0, **given}
    return DoubtParts(**full)  # type: ignore[arg-type]


def test_with_calibration_alone_the_width_falls_with_the_root_of_the_labels() -> None:
    doubt = parts(calibration=100.0, n_labels=70)
    assert width_after(doubt, 0) == 1.0
    assert width_after(doubt, 300) == pytest.approx(np.sqrt(100 / 400))
    found = decisions_needed(doubt)
    # 100 / (100 + m) <= .81
    assert found.n == 24
    assert PRIOR_LABELS == 30
    assert "24 more decisions" in found.words


def test_where_sampling_dominates_the_answer_is_never() -> None:
    found = decisions_needed(parts(sampling=900.0, calibration=50.0, n_labels=100))
    assert found.n is None
    assert "sampling" in found.words
    missed = decisions_needed(parts(sampling=10.0, missed=900.0, calibration=50.0))
    assert missed.n is None
    assert "no rule brought up" in missed.words


def test_the_number_found_is_the_smallest_that_is_enough() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        a, b, c, d = rng.exponential(1.0, 4)
        doubt = parts(sampling=a, calibration=b, partition=c, missed=d, n_labels=int(rng.integers(0, 400)),
                      n_unsure=int(rng.integers(0, 300)))  # fmt: skip
        widths = [width_after(doubt, m) for m in range(0, 600, 7)]
        assert all(x >= y - 1e-12 for x, y in itertools.pairwise(widths))
        found = decisions_needed(doubt, narrower=0.15)
        if found.n is not None:
            assert width_after(doubt, found.n) <= 0.85
            assert found.n == 0 or width_after(doubt, found.n - 1) > 0.85
        assert found.next_50 == pytest.approx(1 - width_after(doubt, 50))


def test_no_variance_is_no_reason_to_review() -> None:
    assert width_after(parts(), 10) == 1.0
    assert decisions_needed(parts()).n is None
    with pytest.raises(ValueError, match="narrower"):
        decisions_needed(parts(), narrower=1.5)


def drawn(scored: np.ndarray, missed: np.ndarray) -> Clusterings:
    doubt = tuple(
        DrawDoubt(n_scored=float(a), n_unlinked=1.0, n_not_compared=float(b), n_apart=float(b))
        for a, b in zip(scored, missed, strict=True)
    )
    labels = np.zeros(1, dtype=np.int64)
    return Clusterings(point=labels, draws=np.zeros((len(doubt), 1), dtype=np.int64), doubt=doubt)


def test_the_variance_is_split_by_what_the_draws_took_for_true() -> None:
    rng = np.random.default_rng(2)
    scored, missed, rest = rng.normal(1000, 20, 400), rng.normal(50, 10, 400), rng.normal(0, 15, 400)
    estimates = 5000 - 2.0 * scored - 3.0 * missed + rest
    found = doubt_parts(estimates, 100.0, drawn(scored, missed), n_labels=30, n_unsure=5)
    assert found.sampling == 100.0
    assert found.calibration == pytest.approx(1600, rel=0.2)
    assert found.missed == pytest.approx(900, rel=0.2)
    assert found.partition == pytest.approx(225, rel=0.2)
    assert found.total == pytest.approx(100 + estimates.var(ddof=1), rel=0.02)
    few = doubt_parts([1.0, 3.0], [4.0, 4.0], drawn(scored[:2], missed[:2]), n_labels=0, n_unsure=0)
    assert (few.partition, few.calibration) == (2.0, 0.0)
    with pytest.raises(ValueError, match="draws"):
        doubt_parts([1.0], 4.0, drawn(scored[:2], missed[:2]), n_labels=0, n_unsure=0)


def test_pairs_that_matter_are_unsure_and_join_different_lists() -> None:
    pairs, truth, _ = invented(400)
    lists = np.zeros(pairs.n_records, dtype=np.int64)
    # Only the odd pairs join records of different lists.
    lists[400 + np.arange(1, 400, 2)] = 1
    made = cluster(pairs, LinkageSpec(), n_draws=3, seed=1, lists=lists)
    found = pairs_that_matter(pairs, made, lists=lists, n=10)
    assert len(found) == len(set(found.tolist())) == 10
    weight = pairs.table["match_weight"].to_numpy()
    assert np.abs(weight[found]).max() < 3.0
    assert np.mean(found % 2 == 1) >= 0.7
    worth = [2.0 ** -abs(w) for w in weight[found[found % 2 == 1]]]
    assert worth == sorted(worth, reverse=True)
    assert pairs_that_matter(pairs, made, lists=lists, n=0).shape == (0,)
    assert truth.shape == (400,)


def test_unsure_pairs_leave_out_the_reviewed() -> None:
    pairs, _, _ = invented(400)
    made = calibrate(pairs, seed=1)
    weight = calibrated_weights(pairs, made)
    expected = np.flatnonzero(np.abs(weight) < np.log2(19))
    assert unsure_pairs(open_weights(pairs, made)) == len(expected)
    reviewed = expected[:3].tolist()
    left = open_weights(pairs, made, reviewed=reviewed)
    assert unsure_pairs(left) == len(expected) - 3
    # What somebody decided is not offered for a decision again.
    lists = np.arange(pairs.n_records) % 2
    points = cluster(pairs, LinkageSpec(), n_draws=3, seed=1, lists=lists)
    assert set(reviewed) <= set(pairs_that_matter(pairs, points, lists=lists, weight=weight, n=400).tolist()[:200])
    assert not set(reviewed) & set(pairs_that_matter(pairs, points, lists=lists, weight=left, n=100).tolist())


def test_what_moves_with_the_scored_matches_is_doubt_of_the_calibration() -> None:
    rng = np.random.default_rng(3)
    scored = rng.normal(1000, 20, 400)
    missed = 0.5 * (scored - 1000) + 50
    found = doubt_parts(5000 - 2.0 * scored - 3.0 * missed, 1.0, drawn(scored, missed), n_labels=0, n_unsure=0)
    assert found.calibration == pytest.approx((3.5 * 20) ** 2, rel=0.2)
    assert found.missed == pytest.approx(0.0, abs=1e-6)


def linked_and_true(pairs: ScoredPairs, point: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    left, right = pairs.table["left"].to_numpy(), pairs.table["right"].to_numpy()
    linked = point[left] == point[right]
    return float(truth[linked].mean()), float(linked[truth].mean())


def test_precision_and_recall_cover_the_truth() -> None:
    inside = np.zeros(2, dtype=int)
    for seed in range(12):
        pairs, truth, lists = invented(1500, shift=-1.0, slope=0.8, seed=seed)
        given = reviewed(pairs, truth, 300, seed=seed)
        made = calibrate(pairs, **given, seed=1)
        clustered = cluster(pairs, LinkageSpec(), n_draws=3, seed=1, lists=lists, calibration=made)
        precision, recall = linked_and_true(pairs, clustered.point, truth)
        found = link_quality(pairs, clustered, made, **given, seed=1)
        inside += found.precision_low <= precision <= found.precision_high, abs(found.recall_compared - recall) < 0.04
        assert found.n_linked_reviewed + found.n_unlinked_reviewed == 300
        assert found.recall <= found.recall_compared
    assert inside[0] >= 9
    assert inside[1] >= 10


def test_forced_decisions_say_nothing_of_the_links_that_nobody_reviewed() -> None:
    """The way of the pipeline: decisions are forced in the people, and left out of the links that are judged."""
    inside = flattered = 0
    for seed in range(8):
        pairs, truth, lists = invented(1500, shift=-3.0, slope=0.7, seed=seed)
        given = reviewed(pairs, truth, 300, seed=seed)
        made = calibrate(pairs, **given, seed=1)
        forced = cluster(pairs, LinkageSpec(), n_draws=3, seed=1, lists=lists, **given, calibration=made)
        by_score = cluster(pairs, LinkageSpec(), n_draws=1, seed=1, lists=lists, calibration=made)
        precision, _ = linked_and_true(pairs, by_score.point, truth)
        found = link_quality(pairs, by_score, made, **given, seed=1, doubt=forced.doubt)
        circular = link_quality(pairs, forced, made, **given, seed=1)
        inside += found.precision_low <= precision <= found.precision_high
        flattered += circular.precision > found.precision
    assert inside >= 6
    assert flattered >= 7


def test_labels_of_one_kind_say_nothing_of_precision() -> None:
    pairs, truth, lists = invented(600)
    same = reviewed(pairs, truth, 300)["same"][:80]
    made = calibrate(pairs, same=same, seed=1)
    clustered = cluster(pairs, LinkageSpec(), n_draws=1, seed=1, lists=lists, calibration=made)
    found = link_quality(pairs, clustered, made, same=same, seed=1)
    assert np.isnan(found.precision)
    assert np.isnan(found.recall)
