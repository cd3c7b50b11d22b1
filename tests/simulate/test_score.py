"""The scorer of linkage against brute force over all pairs."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.simulate import overlap_error, score_clustering

LABELS = st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 3)), max_size=25)


def _brute(true, linked):
    pairs = list(combinations(range(len(true)), 2))
    in_true = {p for p in pairs if true[p[0]] == true[p[1]]}
    in_linked = {p for p in pairs if linked[p[0]] == linked[p[1]]}
    return len(in_true), len(in_linked), len(in_true & in_linked)


@given(LABELS)
def test_pairs_agree_with_brute_force(rows):
    true, linked = [r[0] for r in rows], [r[1] for r in rows]
    score = score_clustering(true, linked)
    n_true, n_linked, n_both = _brute(true, linked)
    assert (score.n_pairs_true, score.n_pairs_linked, score.n_pairs_both) == (n_true, n_linked, n_both)
    assert score.precision == pytest.approx(n_both / n_linked if n_linked else 1.0)
    assert score.recall == pytest.approx(n_both / n_true if n_true else 1.0)
    if n_true + n_linked:
        assert score.f1 == pytest.approx(2 * n_both / (n_true + n_linked))


@given(LABELS.filter(bool))
def test_b_cubed_agrees_with_its_definition(rows):
    true, linked = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    both = [((true == t) & (linked == k)).sum() for t, k in rows]
    precision = np.mean([b / (linked == k).sum() for b, (_, k) in zip(both, rows, strict=True)])
    recall = np.mean([b / (true == t).sum() for b, (t, _) in zip(both, rows, strict=True)])
    score = score_clustering(true, linked)
    assert score.b3_precision == pytest.approx(precision)
    assert score.b3_recall == pytest.approx(recall)


def test_perfect_whatever_the_labels():
    score = score_clustering([1, 1, 2, 3, 3, 3], [90, 90, -4, 0, 0, 0])
    assert (score.precision, score.recall, score.f1, score.b3_f1) == (1.0, 1.0, 1.0, 1.0)
    assert score.n_people_true == score.n_people_linked == 3


def test_all_in_one_and_all_apart():
    true = [0, 0, 1, 1]
    one = score_clustering(true, [7, 7, 7, 7])
    assert one.recall == 1.0
    assert one.precision == pytest.approx(2 / 6)
    apart = score_clustering(true, [0, 1, 2, 3])
    assert (apart.recall, apart.precision, apart.f1) == (0.0, 1.0, 0.0)


def test_large_input_is_not_quadratic():
    labels = np.arange(300_000) // 2
    assert score_clustering(labels, labels).n_pairs_both == 150_000


def test_refuses_arrays_of_two_lengths():
    with pytest.raises(ValueError, match="one length"):
        score_clustering([1, 2], [1, 2, 3])


def test_overlap_error():
    assert overlap_error([10, 20, 70], [10, 20, 70]) == 0.0
    assert overlap_error([10, 20, 70], [15, 20, 60]) == pytest.approx(0.15)
    with pytest.raises(ValueError, match="one shape"):
        overlap_error([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="at least one person"):
        overlap_error([0, 0], [1, 2])
