from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.estimation.kernels import exact
from uncounted.estimation.kernels.exact import exact_ranks, null_space, one_sided_combination


def rational_rank(matrix):
    rows = [[Fraction(int(v)) for v in row] for row in matrix]
    rank = 0
    for column in range(len(rows[0]) if rows else 0):
        found = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[rank], rows[found] = rows[found], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(1, 6), st.sampled_from([1, 3, 1000]))
@settings(max_examples=60, deadline=None)
def test_ranks_are_those_of_rational_elimination(seed, n_rows, n_columns, size):
    rng = np.random.default_rng(seed)
    stack = rng.integers(-size, size + 1, size=(5, n_rows, n_columns)) * (rng.random((5, n_rows, n_columns)) < 0.6)
    ranks, without_last = exact_ranks(stack)
    assert ranks.tolist() == [rational_rank(m) for m in stack]
    assert without_last.tolist() == [rational_rank(m[:, :-1]) for m in stack]


def test_a_rank_that_is_lower_modulo_the_first_prime_is_found_with_the_next():
    first_prime = 2**31 - 1
    matrix = np.array([[[first_prime, 0], [0, 1]]])
    assert exact._ranks_modulo(matrix % first_prime, first_prime)[0].tolist() == [1]
    assert exact_ranks(matrix)[0].tolist() == [2]


def test_a_stack_without_columns_is_refused():
    with pytest.raises(ValueError, match="without columns"):
        exact_ranks(np.zeros((1, 2, 0), dtype=np.int64))


@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_null_space_is_null_and_complete(seed, n_rows, n_columns):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-3, 4, size=(n_rows, n_columns)) * (rng.random((n_rows, n_columns)) < 0.5)
    basis = null_space(matrix)
    assert len(basis) == n_columns - rational_rank(matrix)
    if basis:
        vectors = np.array(basis, dtype=object)
        assert not (matrix.astype(object) @ vectors.T).any()
        assert rational_rank(vectors) == len(basis)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 8))
@settings(max_examples=80, deadline=None)
def test_either_a_one_sided_combination_or_a_positive_orthogonal_vector(seed, k, m):
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    vectors = (rng.integers(-2, 3, size=(k, m)) * (rng.random((k, m)) < 0.7)).tolist()
    weights = one_sided_combination(vectors)
    # Independent: is there y ≥ 1 orthogonal to all vectors?
    positive = linprog(np.zeros(m), A_eq=np.array(vectors), b_eq=np.zeros(k), bounds=[(1, None)] * m).status == 0
    assert (weights is None) == positive
    if weights is not None:
        combined = [sum(u * v[j] for u, v in zip(weights, vectors, strict=True)) for j in range(m)]
        assert min(combined) >= 0
        assert max(combined) > 0


def test_nothing_to_combine():
    assert one_sided_combination([]) is None
    assert one_sided_combination([[]]) is None
