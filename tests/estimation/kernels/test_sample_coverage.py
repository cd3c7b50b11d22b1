"""Sample coverage on the published hepatitis A outbreak, against a list-by-list version, and on people of two kinds."""

import numpy as np
import pytest

from uncounted.estimation.kernels.sample_coverage import sample_coverage

# Chao, Tsay, Lin, Shau, Chao (2001), Statist. Med. 20:3123: lists P, Q, E of 135, 122 and 126 cases, 271 in all; the
# table comes with CARE1 1.1.0 for R.
HEPATITIS = np.asarray([63, 55, 18, 69, 17, 21, 28])


def test_hepatitis_a():
    fit = sample_coverage(HEPATITIS[None], 3)
    assert fit.coverage[0] == pytest.approx(0.513, abs=0.0005)
    assert fit.independent[0] == pytest.approx(407, abs=0.5)
    assert fit.full[0] == pytest.approx(971, abs=0.5)
    assert fit.one_step[0] == pytest.approx(508, abs=0.5)


def by_hand(counts, n_lists):
    """Compute the four numbers from sets of people, pattern by pattern."""
    people = {format(k, f"0{n_lists}b"): int(n) for k, n in enumerate(counts, start=1)}

    def total(test):
        return sum(n for pattern, n in people.items() if test(pattern))

    t = range(n_lists)
    n = [total(lambda p, j=j: p[j] == "1") for j in t]
    alone = [total(lambda p, j=j: p[j] == "1" and p.count("1") == 1) for j in t]
    coverage = 1 - sum(a / b for a, b in zip(alone, n, strict=True)) / n_lists
    # D: the mean, over lists, of the people that the other lists hold.
    d = np.mean([total(lambda p, j=j: "1" in p[:j] + p[j + 1 :]) for j in t])

    def correction(size):
        out = 0.0
        for i in t:
            for j in range(i):
                two = total(lambda p, i=i, j=j: p[i] == p[j] == "1" and p.count("1") == 2)
                both = total(lambda p, i=i, j=j: p[i] == p[j] == "1")
                out += (alone[i] + alone[j] + 2 * two) * (size * both / (n[i] * n[j]) - 1)
        return out / (n_lists * coverage)

    first = d / coverage
    # The correction is a straight line in the total: where it meets N - N0.
    slope = correction(1.0) - correction(0.0)
    full = (first + correction(0.0)) / (1 - slope)
    return coverage, first, full, first + correction(first + correction(first))


@pytest.mark.parametrize("n_lists", [3, 4, 5])
def test_against_people_counted_one_by_one(n_lists):
    rng = np.random.default_rng(n_lists)
    counts = rng.integers(5, 200, size=(4, 2**n_lists - 1))
    fit = sample_coverage(counts, n_lists)
    for row, table in enumerate(counts):
        coverage, first, full, one_step = by_hand(table, n_lists)
        assert fit.coverage[row] == pytest.approx(coverage)
        assert fit.independent[row] == pytest.approx(first)
        assert fit.one_step[row] == pytest.approx(one_step)
        if np.isfinite(fit.full[row]) and fit.full[row] > 0:
            assert fit.full[row] == pytest.approx(full, rel=1e-6)


def patterns(classes, n_lists):
    k = np.arange(2**n_lists)
    on = ((k[:, None] >> np.arange(n_lists - 1, -1, -1)) & 1).astype(bool)
    return sum(w * np.prod(np.where(on, p, 1 - np.asarray(p)), axis=1) for w, p in classes)


def test_independent_lists_give_the_truth_and_people_of_two_kinds_are_between():
    independent = patterns([(1.0, [0.4, 0.3, 0.3, 0.4])], 4)
    fit = sample_coverage(np.rint(independent[1:] * 1e7).astype(np.int64)[None], 4)
    for total in (fit.independent[0], fit.full[0], fit.one_step[0]):
        assert total == pytest.approx(1e7, rel=1e-4)
    kinds = patterns([(0.6, [0.3, 0.25, 0.3, 0.2]), (0.4, [0.5, 0.6, 0.45, 0.5])], 4)
    fit = sample_coverage(np.rint(kinds[1:] * 1e7).astype(np.int64)[None], 4)
    assert fit.independent[0] < fit.one_step[0] < fit.full[0]
    assert fit.full[0] == pytest.approx(1e7, rel=0.02)


def test_wrong_shapes():
    with pytest.raises(ValueError, match="three or more"):
        sample_coverage(np.ones((1, 3), dtype=np.int64), 2)
    with pytest.raises(ValueError, match="three or more"):
        sample_coverage(np.ones(7, dtype=np.int64), 3)
