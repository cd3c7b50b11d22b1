"""The stepwise search against MultipleSystemsEstimation, against a dense search, and on hard tables."""

import math
import time

import numpy as np
import pytest

from uncounted.estimation.kernels.hierarchy import model_name
from uncounted.estimation.kernels.list_order import model_in_table_order
from uncounted.estimation.kernels.stepwise import log_poisson_tail, stepwise_search

# Six lists of the United Kingdom and of the Netherlands, eight of New Orleans: Silverman (2014), Home Office; van Dijk
# et al. (2017), UNODC; Bales, Murphy and Silverman (2020), J. Human Trafficking 6:375.
LARGER = {
    "uk6": "100000 54 000100 695 010000 463 001000 907 000010 316 000001 57 000110 8 110000 15 101000 19 100100 3 "
    "011000 56 010100 19 010010 1 010001 3 000011 1 001010 10 001001 31 000101 6 001100 69 111000 1 110100 1 011001 3 "
    "001101 1 011100 4 111100 1",
    "ned6": "010000 1299 000010 650 100000 352 000100 4466 000001 632 001000 403 001100 59 000110 82 001001 57 "
    "011000 1 100010 3 000011 2 100100 18 100001 16 000101 125 010100 44 001010 2 010001 4 101000 1 001101 7 101100 4 "
    "000111 1 100101 4 001110 2",
    "neworl8": "01000000 5 00010000 33 10000000 25 00000010 6 00000100 6 00000001 21 00001000 6 00100000 70 00110000 2 "
    "10001000 1 10100000 1 00101000 1 10010000 2 00001001 1 00011000 2 01000100 1 00100010 1 10011000 1 10100010 1",
}


@pytest.fixture(scope="module")
def tables(published):
    def read(name):
        if name not in LARGER:
            return published(name)
        words = LARGER[name].split()
        counts = np.zeros(2 ** len(words[0]) - 1, dtype=np.int64)
        for pattern, count in zip(words[::2], words[1::2], strict=True):
            counts[int(pattern, 2) - 1] = int(count)
        return counts

    return read


# MultipleSystemsEstimation 1.2.0, estimate_population(method = "stepwise", pthresh = 0.02), as printed.
GOLDEN = {
    "artificial": (539.0939294286, "[1,2,3]"),
    "hiv": (11124.578469185, "[1,2,3,4]"),
    "korea": (268.7777777778, "[12,3]"),
    "kosovo": (14341.663800427, "[12,13,14,23,34]"),
    "my3": (730.9285714286, "[12,3]"),
    "my5": (609.8939390143, "[13,45,2]"),
    "ned6": (111139.371230395, "[12,16,23,25,34,36,45,46]"),
    "ned5": (121521.613712277, "[12,13,15,24,34,35]"),
    "neworl8": (1110.4880810703, "[45,1,2,3,6,7,8]"),
    "neworl5": (981.4313669926, "[1,2,3,4,5]"),
    "uk6": (11417.9910915046, "[12,13,24,25,35,36,45]"),
    "uk5": (11312.9902894352, "[12,13,24,25,35,45]"),
    "western": (2483.3839202301, "[15,2,3,4]"),
    "lesbian": (5350.5127577535, "[14,23,24,34]"),
    "spina": (724.1245283019, "[23,1]"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_model_and_total_are_those_of_the_r_package(tables, name):
    counts = tables(name)
    found = stepwise_search(counts)
    total, model = GOLDEN[name]
    assert found.status == "ok"
    assert model_name(found.model, len(counts).bit_length()) == model
    assert found.fits.n_unlisted[0] + counts.sum() == pytest.approx(total, rel=1e-8)


# MultipleSystemsEstimation 1.2.0, pthresh = 0.
@pytest.mark.parametrize(("name", "total"), [("neworl8", 949.4706917194), ("western", 2007.1417571859)])
def test_threshold_zero_is_independence(tables, name, total):
    counts = tables(name)
    found = stepwise_search(counts, threshold=0.0)
    assert found.steps == ()
    assert found.fits.n_unlisted[0] + counts.sum() == pytest.approx(total, rel=1e-8)


def dense_search(counts, n_lists, threshold):
    """Return pairs in the order added: dense least squares and sums of the Poisson distribution, all cells full."""
    patterns = np.arange(1, 2**n_lists)
    params = [0, *(1 << j for j in range(n_lists))]
    pairs = [(1 << a) | (1 << b) for a in range(n_lists) for b in range(a)]
    added = []
    while True:
        design = np.array([[(w & p) == p for p in params] for w in patterns], dtype=float)
        eta = np.log(counts + 0.5)
        for _ in range(60):
            mu = np.exp(eta)
            root = np.sqrt(mu)
            eta = design @ np.linalg.lstsq(design * root[:, None], (eta + (counts - mu) / mu) * root, rcond=None)[0]
        mu = np.exp(eta)
        tails = {}
        for pair in set(pairs) - set(added):
            both = (patterns & pair) == pair
            k, m = int(counts[both].sum()), mu[both].sum()
            terms = [math.exp(i * math.log(m) - m - math.lgamma(i + 1)) for i in range(max(4 * k, int(4 * m)) + 200)]
            tails[pair] = min(math.fsum(terms[: k + 1]), math.fsum(terms[k:]))
        best = min(tails, key=tails.get, default=None)
        if best is None or tails[best] >= threshold:
            return added
        added.append(best)
        params.append(best)


@pytest.mark.parametrize(
    ("name", "threshold"), [("kosovo", 0.02), ("kosovo", 1e-8), ("lesbian", 0.02), ("lesbian", 0.2)]
)
def test_steps_are_those_of_a_dense_search(tables, name, threshold):
    counts = tables(name)
    steps = stepwise_search(counts, threshold=threshold).steps
    assert [s.pair for s in steps] == dense_search(counts, 4, threshold)
    assert all(s.outcome == "added" and s.p_value < threshold for s in steps)


@pytest.mark.parametrize(("k", "m"), [(0, 3.0), (5, 0.7), (12, 30.0), (40, 40.0), (3, 0.0), (0, 0.0)])
def test_tails_are_sums_of_the_poisson_distribution(k, m):
    terms = [math.exp(i * math.log(m) - m - math.lgamma(i + 1)) if m else float(i == 0) for i in range(400)]
    tail = min(math.fsum(terms[: k + 1]), math.fsum(terms[k:]))
    assert math.exp(log_poisson_tail(np.array(float(k)), np.array(m))) == pytest.approx(tail, rel=1e-9, abs=1e-290)


def test_tails_beyond_double_precision_are_still_in_order():
    logs = log_poisson_tail(np.array([5_000.0, 6_000, 7_000, 0, 10]), np.array([1_000.0, 1_000, 1_000, 900, 1_500]))
    assert (np.diff(logs[:3]) < 0).all()
    assert logs[:3].max() < -700
    assert logs[3] == pytest.approx(-900)
    assert logs[4] < -1_300


def test_a_pair_that_leaves_no_estimate_is_passed_over():
    # Two of eight lists share three people, no others anybody: that pair stands out, but is all that ties lists.
    counts = np.zeros(255, dtype=np.int64)
    counts[[(1 << j) - 1 for j in range(8)]] = np.arange(10, 18)
    counts[2] = 3
    found = stepwise_search(counts)
    assert found.status == "ok"
    assert [s.outcome for s in found.steps] == ["no estimate"]
    assert found.model.sum() == 9


def test_without_any_overlap_there_is_no_estimate():
    counts = np.zeros(63, dtype=np.int64)
    counts[[(1 << j) - 1 for j in range(6)]] = 20
    found = stepwise_search(counts)
    assert found.status == "no estimate"
    assert np.isnan(found.fits.n_unlisted[0])


@pytest.mark.parametrize("n_lists", [10, 13, 16])
def test_sixteen_lists_take_seconds_and_find_the_planted_pair(n_lists):
    rng = np.random.default_rng(4)
    member = rng.random((6_000, n_lists)) < 0.05
    copied = rng.random(6_000) < 0.5
    member[:, 1] = np.where(copied, member[:, 0], member[:, 1])
    counts = np.bincount(member @ (1 << np.arange(n_lists)[::-1]), minlength=2**n_lists)[1:]
    start = time.process_time()
    found = stepwise_search(counts, threshold=1e-6)
    assert time.process_time() - start < 5
    assert [s.pair for s in found.steps] == [3 << (n_lists - 2)]
    assert found.fits.n_unlisted[0] + counts.sum() == pytest.approx(6_000, rel=0.1)


@pytest.mark.parametrize("order", [(2, 0, 3, 1), (3, 2, 1, 0)])
def test_models_are_put_back_into_the_order_of_the_table(tables, order):
    counts = tables("kosovo")
    codes = np.zeros(16, dtype=np.int64)
    for pattern in range(16):
        codes[pattern] = sum((pattern >> (3 - i) & 1) << (3 - j) for i, j in enumerate(order))
    turned = stepwise_search(np.concatenate([[0], counts])[codes][1:])
    assert (model_in_table_order(turned.model, order) == stepwise_search(counts).model).all()


@pytest.mark.parametrize(("size", "threshold"), [(6, 0.02), (7, 1.0), (7, -0.1)])
def test_wrong_arguments_are_refused(size, threshold):
    with pytest.raises(ValueError, match=r"length|threshold"):
        stepwise_search(np.ones(size, dtype=np.int64), threshold=threshold)
