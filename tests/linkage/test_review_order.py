"""The review order: a sample of known chances, stable under renumbering, in every band of the score."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from uncounted.errors import LinkageError
from uncounted.linkage.pairs import ScoredPairs
from uncounted.linkage.review_order import (
    BAND_SHARES,
    inclusion_probs,
    likely_inclusion,
    pair_numbers,
    review_order,
    review_rates,
    score_band,
)


def invented(n_pairs: int = 3000, seed: int = 1) -> tuple[ScoredPairs, list[str]]:
    rng = np.random.default_rng(seed)
    n = 2 * n_pairs
    weight = np.where(rng.random(n_pairs) < 0.25, rng.normal(9, 4, n_pairs), rng.normal(-11, 5, n_pairs))
    table = pa.table(
        {
            "left": np.arange(n_pairs, dtype=np.int64),
            "right": np.arange(n_pairs, n, dtype=np.int64),
            "match_weight": weight,
            "match_prob": 1.0 / (1.0 + np.exp2(-weight)),
            "n_rules": np.ones(n_pairs, dtype=np.int8),
        }
    )
    pairs = ScoredPairs(table=table, n_records=n, rules=(), weights=(), prior_match_prob=1e-3)
    return pairs, [f"a:{i}" for i in range(n)]


def test_the_order_is_a_permutation_and_its_beginnings_are_nested() -> None:
    pairs, ids = invented()
    order = review_order(pairs, ids=ids, seed=5)
    assert sorted(order.tolist()) == list(range(pairs.n_pairs))
    assert np.array_equal(review_order(pairs, ids=ids, seed=5, n=300), order[:300])
    assert np.array_equal(review_order(pairs, ids=ids, seed=5, n=10**9), order)
    assert not np.array_equal(review_order(pairs, ids=ids, seed=6), order)


def test_every_band_is_reviewed_and_the_unsure_ones_most() -> None:
    pairs, ids = invented()
    weight = pairs.table["match_weight"].to_numpy()
    first = review_order(pairs, ids=ids, seed=5, n=200)
    counts = np.bincount(score_band(weight[first]), minlength=len(BAND_SHARES))
    assert counts.min() >= 5
    unsure = np.abs(weight) < 4.0
    assert np.mean(unsure[first]) > 0.5 > 4 * np.mean(unsure)


def test_random_numbers_belong_to_the_ids_whatever_the_numbering() -> None:
    pairs, ids = invented(500)
    n = pairs.n_records
    new_number = np.random.default_rng(3).permutation(n)
    left, right = (new_number[pairs.table[c].to_numpy()] for c in ("left", "right"))
    rows = np.lexsort((np.maximum(left, right), np.minimum(left, right)))
    table = pairs.table.set_column(0, "left", pa.array(np.minimum(left, right)))
    table = table.set_column(1, "right", pa.array(np.maximum(left, right))).take(rows)
    renumbered = ScoredPairs(table=table, n_records=n, rules=(), weights=(), prior_match_prob=1e-3)
    new_ids = [""] * n
    for old, new in enumerate(new_number):
        new_ids[new] = ids[old]
    assert np.array_equal(pair_numbers(renumbered, new_ids, 7), pair_numbers(pairs, ids, 7)[rows])
    assert np.array_equal(rows[review_order(renumbered, ids=new_ids, seed=7)], review_order(pairs, ids=ids, seed=7))


def test_the_random_numbers_are_uniform() -> None:
    pairs, ids = invented(20_000)
    u = pair_numbers(pairs, ids, 11).astype(np.float64) / 2.0**64
    counts, _ = np.histogram(u, bins=50, range=(0, 1))
    # Chi-squared with 49 degrees of freedom: above 95 once in 10,000 seeds.
    assert ((counts - 400.0) ** 2 / 400.0).sum() < 95.0
    assert len(np.unique(u)) == 20_000


def test_sums_weighted_by_the_chances_are_unbiased() -> None:
    """Horvitz-Thompson sums over many seeds meet the total, also of something that has nothing to do with the score."""
    pairs, ids = invented(400)
    weight = pairs.table["match_weight"].to_numpy()
    y = np.stack([(weight > 0).astype(float), (np.arange(400) % 3 == 0).astype(float)])
    found = []
    for seed in range(400):
        first = review_order(pairs, ids=ids, seed=seed, n=60)
        prob = inclusion_probs(pairs, ids=ids, seed=seed, n=60)
        found.append((y[:, first] / prob[first]).sum(axis=1))
    mean, se = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert np.all(np.abs(mean - y.sum(axis=1)) < 4 * se)
    # A planted fault it must catch: equal weights are far off.
    unweighted = np.mean(
        [400 / 60 * y[:, review_order(pairs, ids=ids, seed=s, n=60)].sum(axis=1) for s in range(40)], 0
    )
    assert np.any(np.abs(unweighted - y.sum(axis=1)) > 8 * se)


def test_the_ends() -> None:
    pairs, ids = invented(50)
    assert np.all(inclusion_probs(pairs, ids=ids, seed=1, n=50) == 1.0)
    assert np.all(inclusion_probs(pairs, ids=ids, seed=1, n=0) == 0.0)
    assert np.all(review_rates(pairs) > 0)
    with pytest.raises(LinkageError) as error:
        review_order(pairs, ids=ids[:-1], seed=1)
    assert error.value.code == "L20"
    with pytest.raises(LinkageError):
        review_order(pairs, ids=ids, seed=1, n=-1)
    empty = ScoredPairs(table=pairs.table.slice(0, 0), n_records=0, rules=(), weights=(), prior_match_prob=0.0)
    assert review_order(empty, ids=[], seed=1).shape == (0,)


def test_likely_inclusion_adds_up_and_is_near_the_chances_of_the_order() -> None:
    pairs, ids = invented()
    for n in (1, 300, 2000, pairs.n_pairs - 1):
        found = likely_inclusion(pairs, n)
        assert found.sum() == pytest.approx(n)
        assert ((found > 0.0) & (found <= 1.0)).all()
    exact = inclusion_probs(pairs, ids=ids, seed=5, n=300)
    assert likely_inclusion(pairs, 300) == pytest.approx(exact, rel=0.15)
    assert (likely_inclusion(pairs, 0) == 0.0).all()
    assert (likely_inclusion(pairs, 10**9) == 1.0).all()
    with pytest.raises(LinkageError):
        likely_inclusion(pairs, -1)
