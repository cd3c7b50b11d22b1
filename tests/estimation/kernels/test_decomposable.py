"""The exact average over decomposable graphs against a naive loop over graphs and integers, and against dga and papers.

"dga 2.0.2" below is `bma.cr(..., delta, Nmissing = 0:K)` of the R package dga, version 2.0.2, with its own lists of
graphs; K is stated. Kosovo and the others: see conftest.
"""

import itertools
import math

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

from uncounted.estimation.kernels import decomposable
from uncounted.estimation.kernels.chordal import clique_coefficients, complete_subsets, graph_as_model
from uncounted.estimation.kernels.decomposable import average_over_graphs, log_evidence
from uncounted.estimation.kernels.hierarchy import model_name
from uncounted.estimation.kernels.hyper_dirichlet import log_gamma_drop


def elimination_order(n_lists, joined):
    """Return (list, its neighbours then left) in a perfect elimination ordering, or None if there is none."""
    left, order = set(range(n_lists)), []
    while left:
        simplicial = (
            v for v in sorted(left) if all(b in joined[a] for a, b in itertools.combinations(joined[v] & left, 2))
        )
        v = next(simplicial, None)
        if v is None:
            return None
        order.append((v, joined[v] & left))
        left.remove(v)
    return order


def naive_graphs(n_lists):
    """Yield, for each decomposable graph, its edges and the sets of its factorisation: plus and minus."""
    pairs = list(itertools.combinations(range(n_lists), 2))
    for chosen in itertools.product((False, True), repeat=len(pairs)):
        joined = [set() for _ in range(n_lists)]
        for (a, b), there in zip(pairs, chosen, strict=True):
            if there:
                joined[a].add(b)
                joined[b].add(a)
        order = elimination_order(n_lists, joined)
        if order is not None:
            edges = frozenset(pair for pair, there in zip(pairs, chosen, strict=True) if there)
            # p(x) is the product over the ordering of p(v, later neighbours) / p(later neighbours).
            yield edges, [{v} | later for v, later in order], [later for _, later in order]


def naive_log_evidence(counts, n_lists, delta, n0):
    """Return edges and log P(table | graph, N) at whole numbers n0, straight from the hyper-Dirichlet formula."""
    n = int(counts.sum())
    known = {(): np.zeros(len(n0))}

    def marginal(lists):
        key = tuple(sorted(lists))
        if key not in known:
            cells = dict.fromkeys(itertools.product((0, 1), repeat=len(key)), 0)
            for pattern, count in enumerate(counts, start=1):
                cells[tuple(pattern >> (n_lists - 1 - j) & 1 for j in key)] += int(count)
            share = delta * 2 ** (n_lists - len(key))
            total = gammaln(2**n_lists * delta) - gammaln(n + n0 + 2**n_lists * delta)
            for cell, count in cells.items():
                total = total + gammaln(count + share + (0 if any(cell) else n0)) - gammaln(share)
            known[key] = total
        return known[key]

    orders = gammaln(n + n0 + 1) - gammaln(n0 + 1) - gammaln(counts + 1.0).sum()
    edges, rows = [], []
    for joined, plus, minus in naive_graphs(n_lists):
        edges.append(joined)
        rows.append(orders + sum(marginal(a) for a in plus) - sum(marginal(a) for a in minus))
    return edges, np.array(rows)


def edges_of(coefficients, n_lists):
    model = graph_as_model(coefficients)
    pairs = itertools.combinations(range(n_lists), 2)
    return frozenset((a, b) for a, b in pairs if model[(1 << (n_lists - 1 - a)) | (1 << (n_lists - 1 - b))])


def graph_order(edges, n_lists):
    """Return the rows of `clique_coefficients` in the order of the naive list of graphs."""
    rows = {edges_of(row, n_lists): g for g, row in enumerate(clique_coefficients(n_lists))}
    return np.array([rows[e] for e in edges])


# Madigan and York (1997) and dga for 3 to 5; Wormald (1985), Graphs and Combinatorics 1:159 (labelled chordal graphs).
@pytest.mark.parametrize(("n_lists", "how_many"), [(1, 1), (2, 2), (3, 8), (4, 61), (5, 822), (6, 18_154)])
def test_numbers_of_decomposable_graphs(n_lists, how_many):
    graphs = complete_subsets(n_lists)
    assert len(graphs) == how_many
    assert len(np.unique(graphs, axis=0)) == how_many


def test_seven_lists_have_617675_graphs():
    coefficients = clique_coefficients(7)
    assert coefficients.shape == (617_675, 128)
    assert (coefficients.min(), coefficients.max()) == (-6, 1)
    assert (coefficients.sum(axis=1, dtype=np.int64) == 1).all()


@pytest.mark.parametrize("n_lists", [2, 3, 4, 5])
def test_cliques_and_separators_are_those_of_a_perfect_elimination_ordering(n_lists):
    found = {edges_of(row, n_lists): row for row in clique_coefficients(n_lists)}
    seen = 0
    for edges, plus, minus in naive_graphs(n_lists):
        expected = np.zeros(2**n_lists, dtype=int)
        expected[0] = 1  # the last list has no neighbours left, and is no separator for it
        for sign, sets in ((1, plus), (-1, minus)):
            for lists in sets:
                expected[sum(1 << (n_lists - 1 - j) for j in lists)] += sign
        assert (found[edges] == expected).all()
        seen += 1
    assert seen == len(found)


@pytest.mark.parametrize("n_lists", [0, 8])
def test_other_numbers_of_lists_are_refused(n_lists):
    with pytest.raises(ValueError, match="1 to 7"):
        complete_subsets(n_lists)


@pytest.mark.parametrize("x", [1e-3, 3.25, 19.99, 20.0, 21.5, 1e4, 1e9, 1e15, 1e200])
@pytest.mark.parametrize("distance", [0, 1, 2, 19, 500, 40_000])
def test_log_gamma_differences_keep_their_digits(x, distance):
    # For whole distances the difference is a sum of logarithms, here added up without rounding.
    exact = -math.fsum(math.log(x + i) for i in range(distance))
    found = float(log_gamma_drop(np.array(x), np.array(float(distance))))
    assert found == pytest.approx(exact, rel=2e-14, abs=1e-14)


def test_log_gamma_differences_of_fractions_obey_the_recurrence():
    x, d = np.array([0.3, 5.5, 20.25, 1e3, 1e12]), 0.37
    step = log_gamma_drop(x, np.array(d)) - log_gamma_drop(x + 1.0, np.array(d))
    assert step == pytest.approx(np.log1p(d / x), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize(("name", "delta"), [("korea", 1 / 8), ("kosovo", 1 / 16), ("hiv", 0.7), ("my5", 0.5)])
def test_evidence_of_every_graph_agrees_with_the_naive_loop(published, name, delta):
    counts = published(name)
    n_lists = len(counts).bit_length()
    n0 = np.array([0.0, 1, 2, 7, 19, 20, 21, 500, 12_345])
    edges, expected = naive_log_evidence(counts, n_lists, delta, n0)
    found = log_evidence(counts, n0, delta=delta)[graph_order(edges, n_lists)]
    assert np.abs(found - expected).max() < 1e-9


@pytest.mark.parametrize(
    ("name", "delta", "last"),
    [("my3", 1 / 8, 30_000), ("korea", 1 / 8, 60_000), ("kosovo", 1 / 16, 60_000), ("western", 1 / 32, 8_000),
     ("my5", 0.5, 3_000)],
)  # fmt: skip
def test_distribution_agrees_with_every_whole_number_of_a_naive_grid(published, name, delta, last):
    counts = published(name)
    n_lists = len(counts).bit_length()
    n0 = np.arange(last + 1.0)
    _, logs = naive_log_evidence(counts, n_lists, delta, n0)
    posterior = logsumexp(logs, axis=0) - np.log(n0 + counts.sum())
    expected = np.cumsum(np.exp(posterior - posterior.max()))
    average = average_over_graphs(counts, delta=delta)
    # Above the naive grid there is mass too; compare what lies below the last whole number both have.
    whole = (average.low == average.high) & (average.low <= last)
    at = average.low[whole].astype(int)
    assert (at == np.arange(len(at))).all()
    assert len(at) > 2_000
    reached = np.cumsum(average.mass)[whole]
    assert np.abs(reached / reached[-1] - expected[at] / expected[at[-1]]).max() < 1e-10
    assert average.mass.sum() + average.tail == pytest.approx(1, abs=1e-14)
    assert average.tail < 1e-8


@pytest.mark.parametrize(
    ("name", "delta", "last"), [("my3", 1.0, 60_000), ("kosovo", 0.5, 60_000), ("my5", 0.5, 2_500)]
)
def test_probabilities_of_graphs_agree_with_the_naive_loop(published, name, delta, last):
    counts = published(name)
    n_lists = len(counts).bit_length()
    n0 = np.arange(last + 1.0)
    edges, logs = naive_log_evidence(counts, n_lists, delta, n0)
    posterior = logs - np.log(n0 + counts.sum())
    expected = np.exp(logsumexp(posterior, axis=1) - logsumexp(posterior))
    found = average_over_graphs(counts, delta=delta).graph_probability[graph_order(edges, n_lists)]
    assert np.abs(found - expected).max() < 1e-10
    assert found.sum() == pytest.approx(1, abs=1e-12)


# dga 2.0.2, δ = 2**-J, K = 30 n (Kosovo 5 n: the tail is short): 2.5, 50 and 97.5 % of N.
@pytest.mark.parametrize(
    ("name", "expected"),
    [("kosovo", (9827, 12595, 16544)), ("hiv", (9404, 11220, 14095)), ("neworl5", (529, 847, 1590)),
     ("uk5", (10387, 22990, 33510)), ("lesbian", (4635, 5131, 5749)), ("my3", (694, 731, 787)),
     ("my5", (590, 618, 656)), ("spina", (686, 725, 784))],
)  # fmt: skip
def test_quantiles_are_those_of_dga_where_its_grid_was_long_enough(published, name, expected):
    counts = published(name)
    average = average_over_graphs(counts, probabilities=False)
    assert tuple(average.quantile(np.array([0.025, 0.5, 0.975])) + counts.sum()) == expected


# dga 2.0.2, K = 30 n, δ = .5 and 1, the values of its documented examples: 2.5, 50 and 97.5 % of N (defect D4).
@pytest.mark.parametrize(
    ("name", "delta", "expected"),
    [("kosovo", 0.5, (4481, 11319, 14484)), ("kosovo", 1.0, (4407, 4616, 6844)), ("neworl5", 0.5, (186, 189, 223)),
     ("neworl5", 1.0, (186, 190, 211)), ("uk5", 0.5, (2744, 2786, 3276)), ("uk5", 1.0, (2746, 2806, 3092))],
)  # fmt: skip
def test_a_heavy_prior_pulls_the_total_down_as_it_does_in_dga(published, name, delta, expected):
    counts = published(name)
    average = average_over_graphs(counts, delta=delta, probabilities=False)
    assert tuple(average.quantile(np.array([0.025, 0.5, 0.975])) + counts.sum()) == expected


def shortened(average, last):
    """Return 2.5, 50 and 97.5 % of n0 given that it is at most `last`."""
    reached = np.interp(last, average.high, np.cumsum(average.mass))
    return average.quantile(np.array([0.025, 0.5, 0.975]) * reached)


def test_a_grid_set_by_hand_hides_the_upper_mode_of_the_dutch_table(published):
    """Defect D5: to K = 10 n, dga 2.0.2 gives 40,845, 47,903 and 55,456; a third of the mass lies far beyond."""
    counts = published("ned5")
    n = counts.sum()
    average = average_over_graphs(counts)
    assert np.abs(shortened(average, 10 * n) + n - [40845, 47903, 55456]).max() <= 1
    assert np.interp(10 * n, average.high, np.cumsum(average.mass)) == pytest.approx(0.654, abs=0.001)
    assert average.quantile(np.array([0.975]))[0] + n == pytest.approx(210_277, rel=1e-4)


def top_shares(counts, delta, n0):
    """Return the largest graph probabilities on a grid of whole numbers, in order."""
    logs = log_evidence(counts, n0, delta=delta) - np.log(n0 + counts.sum())
    return np.sort(np.exp(logsumexp(logs, axis=1) - logsumexp(logs)))[::-1]


# dga 2.0.2 as printed, 11 or 12 digits; δ = 2**-J.
@pytest.mark.parametrize(
    ("name", "times", "expected"),
    [("kosovo", 5, [0.98551315351, 0.010780388689, 0.0037054108133, 1.0052557455e-06]),
     ("hiv", 10, [0.53866989658, 0.21515234577, 0.049580721488, 0.048701031584]),
     ("my3", 10, [0.72247381839, 0.15809590029, 0.11681300767, 0.0026172717964]),
     ("neworl5", 30, [0.07173553058, 0.048836524772, 0.045805012433, 0.039237744895, 0.028392562866])],
)  # fmt: skip
def test_graph_probabilities_on_the_grid_of_dga_agree_to_1e_8(published, name, times, expected):
    counts = published(name)
    n0 = np.arange(times * counts.sum() + 1.0)
    shares = top_shares(counts, None, n0)
    assert shares[: len(expected)] == pytest.approx(expected, rel=1e-8)


def test_madigan_and_york_five_lists(published):
    """Madigan and York (1997), section 5.2, and dga 2.0.2: δ = .5, N from 538 to 837."""
    counts = published("my5")
    n0 = np.arange(1.0, 301.0)
    logs = log_evidence(counts, n0, delta=0.5) - np.log(n0 + 537)
    shares = np.exp(logsumexp(logs, axis=0) - logsumexp(logs))
    assert counts.sum() == 537
    assert n0[shares.argmax()] + 537 == 614
    assert (n0 + 537) @ shares == pytest.approx(617.82, abs=0.005)
    assert top_shares(counts, 0.5, n0)[:3] == pytest.approx([0.2171, 0.1603, 0.0823], abs=5e-5)
    reached = np.cumsum(shares)
    quantiles = [int(n0[np.searchsorted(reached, p)]) + 537 for p in (0.025, 0.5, 0.975)]
    assert quantiles == [588, 616, 655]
    average = average_over_graphs(counts, delta=0.5)
    assert tuple(average.quantile(np.array([0.025, 0.5, 0.975])) + 537) == (588, 616, 655)
    assert np.sort(average.graph_probability)[::-1][:3] == pytest.approx([0.2171, 0.1603, 0.0823], abs=5e-5)
    best = clique_coefficients(5)[average.graph_probability.argmax()]
    assert model_name(graph_as_model(best), 5).count(",") >= 1


def test_madigan_and_york_three_lists_with_their_prior(published):
    """Madigan and York (1997), spina bifida: δ = 1, N negative binomial of mean 13.14 × 55.17; n0 from 1 to 300."""
    counts, a, b = published("my3"), 13.14, 55.17
    n0 = np.arange(1.0, 301.0)
    total = n0 + counts.sum()
    prior = gammaln(total + a) - gammaln(total + 1) - gammaln(a) + total * np.log(b / (1 + b)) - a * np.log1p(b)
    logs = log_evidence(counts, n0, delta=1.0) + prior
    posterior = np.exp(logsumexp(logs, axis=0) - logsumexp(logs))
    assert total[posterior.argmax()] == 728
    shares = np.sort(np.exp(logsumexp(logs, axis=1) - logsumexp(logs)))[::-1]
    assert shares[:4] == pytest.approx([0.3738, 0.3099, 0.2818, 0.0345], abs=5e-5)
    # Relative squared loss: E[1/N] / E[1/N²].
    assert (posterior / total).sum() / (posterior / total**2).sum() == pytest.approx(731, abs=0.5)


def test_two_lists_are_independence_and_the_complete_graph():
    counts = np.array([50, 120, 30])
    average = average_over_graphs(counts)
    assert average.n_graphs == 2
    n0 = np.arange(200_001.0)
    _, logs = naive_log_evidence(counts, 2, 0.25, n0)
    expected = logsumexp(logs, axis=0) - np.log(n0 + 200)
    reached = np.cumsum(np.exp(expected - expected.max()))
    whole = (average.low == average.high) & (average.low <= 10_000)
    at = average.low[whole].astype(int)
    mine = np.cumsum(average.mass)[whole]
    assert np.abs(mine / mine[-1] - reached[at] / reached[at[-1]]).max() < 1e-10


def test_the_tail_of_the_complete_graph_is_followed_as_far_as_it_matters():
    """Nobody on both lists: a power law with exponent close to that of the complete graph."""
    average = average_over_graphs(np.array([5, 7, 0]), delta=1 / 16)
    reached = np.cumsum(average.mass)
    assert average.tail < 1e-8
    assert average.high[-1] > 1e12
    far = np.searchsorted(average.high, [1e10, 1e12])
    slope = np.log((1 - reached[far[1]]) / (1 - reached[far[0]])) / np.log(100)
    # The graph without edges falls as n0**(−4δ), the complete one as n0**(−3δ).
    assert -1 / 4 < slope < -3 / 16


def test_answers_do_not_depend_on_the_panels(published, monkeypatch):
    """Sixteen points a panel are enough: twenty-four, and a later start of the panels, change nothing."""
    counts = published("uk5")
    p = np.array([0.001, 0.025, 0.5, 0.975, 0.999])
    before = average_over_graphs(counts)
    monkeypatch.setattr(decomposable, "FIRST", 300)
    monkeypatch.setattr(decomposable, "TAIL", 1e-13)
    after = average_over_graphs(counts)
    assert after.n_points != before.n_points
    assert (after.quantile(p) == before.quantile(p)).all()
    assert np.abs(after.graph_probability - before.graph_probability).max() < 1e-9


def test_large_counts_stay_accurate():
    """Half a million people: the posterior is narrow, and its median near the estimate of independent lists."""
    share = np.array([0.2, 0.3, 0.4])
    patterns = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(1, 8)])
    counts = np.round(1e6 * np.prod(np.where(patterns == 1, share, 1 - share), axis=1)).astype(np.int64)
    average = average_over_graphs(counts)
    low, middle, high = average.quantile(np.array([0.025, 0.5, 0.975])) + counts.sum()
    assert middle == pytest.approx(1e6, rel=1e-3)
    assert 0.99e6 < low < high < 1.01e6
    assert average.graph_probability.max() > 0.99


@pytest.mark.parametrize(
    ("counts", "delta", "message"),
    [([1, 2], None, "shape"), ([1, 2, -1], None, "negative"), ([0, 0, 0], None, "somebody"), ([1, 2, 3], 0.0, "delta"),
     ([1, 2, 3], float("nan"), "delta")],
)  # fmt: skip
def test_wrong_arguments_are_refused(counts, delta, message):
    with pytest.raises(ValueError, match=message):
        average_over_graphs(np.array(counts), delta=delta)


def drawn_table(rng, graphs, n_total, n_lists, delta):
    """Draw a graph, cell probabilities from its hyper-Dirichlet law, and a table of `n_total` people."""
    _, plus, minus = graphs[rng.integers(len(graphs))]
    people = np.zeros((n_total, n_lists), dtype=np.int64)
    for lists, later in zip(plus[::-1], minus[::-1], strict=True):
        (new,) = lists - later
        share = delta * 2 ** (n_lists - len(lists))
        chance = rng.beta(share, share, size=2 ** len(later))
        cell = sum(people[:, j] << i for i, j in enumerate(sorted(later)))
        people[:, new] = rng.random(n_total) < chance[cell]
    return np.bincount(people @ (1 << np.arange(n_lists)[::-1]), minlength=2**n_lists)[1:]


def test_ranks_of_totals_drawn_from_the_prior_are_uniform_and_a_planted_fault_shows():
    """Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788): N from 1/N on 30 … 3,000, four lists."""
    rng = np.random.default_rng(12)
    graphs, delta, low, high = list(naive_graphs(4)), 0.4, 30, 3_000
    totals = np.arange(low, high + 1)
    ranks, planted = [], []
    while len(ranks) < 300:
        n_total = int(rng.choice(totals, p=(1 / totals) / (1 / totals).sum()))
        counts = drawn_table(rng, graphs, n_total, 4, delta)
        n = counts.sum()
        if n == 0:
            continue
        for found, tried in ((ranks, delta), (planted, 4 * delta)):
            average = average_over_graphs(counts, delta=tried, probabilities=False)
            reached = np.concatenate([[0.0], np.cumsum(average.mass)])
            ends = np.concatenate([[-1.0], average.high])

            # Probability of N up to some number, in one table; the prior was cut at `low` and `high`.
            def below(value, n=n, ends=ends, reached=reached):
                return np.interp(value - n, ends, reached)

            start, stop = below(low - 1), below(high)
            inside = below(n_total - 1) + rng.random() * (below(n_total) - below(n_total - 1))
            found.append((inside - start) / (stop - start))
    uniform = (np.arange(300) + 0.5) / 300
    bar = 1.63 / np.sqrt(300)  # Kolmogorov's 1 % point
    assert np.abs(np.sort(ranks) - uniform).max() < bar
    assert np.abs(np.sort(planted) - uniform).max() > bar
