"""Small tables, all of them: every estimator with a closed form against a second one, written out as in the textbook.

Whole numbers and fractions where they can be had (no rounding), naive loops elsewhere.
"""

import functools
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import brentq, linprog

from uncounted.captures import CaptureTable
from uncounted.captures.table import pattern_labels
from uncounted.errors import NotEstimable
from uncounted.estimation import parse
from uncounted.estimation.kernels.assumptions import marginal_independence, no_interaction
from uncounted.estimation.kernels.bounds import chao_equal, chao_unequal
from uncounted.estimation.kernels.chordal import clique_coefficients, graph_as_model
from uncounted.estimation.kernels.decomposable import average_over_graphs, log_evidence
from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.hierarchy import hierarchical_models, model_name
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.twolist import chapman

LARGEST_N = 30


@functools.cache
def all_tables(n_cells, most):
    """Return every vector of `n_cells` counts that add up to 1 … `most`."""
    found = []

    def grow(start, left):
        if len(start) == n_cells:
            found.append(start)
            return
        for k in range(left + 1):
            grow((*start, k), left - k)

    grow((), most)
    return [cells for cells in found if any(cells)]


# -- two lists ------------------------------------------------------------------------------------------------------
def test_chapman_is_unbiased_wherever_the_lists_are_long_enough():
    """E of (n1+1)(n2+1)/(m+1) - 1 is N whenever n1 + n2 >= N; without that it is below N (Chapman 1951).

    Where the estimator refuses (no overlap, one list in the other) its formula stands in; the refusals are exactly
    the boundaries, and leaving them out would bias what is left.
    """
    for size in range(1, LARGEST_N + 1):
        for first, second in itertools.product(range(1, size + 1), repeat=2):
            ways = math.comb(size, second)
            mean = Fraction(0)
            for m in range(max(0, first + second - size), min(first, second) + 1):
                chance = Fraction(math.comb(first, m) * math.comb(size - first, second - m), ways)
                formula = Fraction((first + 1) * (second + 1), m + 1) - 1
                fit = chapman(first - m, second - m, m)
                boundary = m == 0 or m == min(first, second)
                assert (fit.status != "ok") == boundary
                assert boundary or fit.n_total == pytest.approx(float(formula), rel=1e-14)
                mean += chance * formula
            assert mean == size if first + second >= size else mean < size


def test_every_table_of_two_lists_up_to_thirty_people():
    """Chapman, Lincoln-Petersen as a closed form and as a fitted model, and their variances, in fractions."""
    everything = all_tables(3, LARGEST_N)
    inside = [cells for cells in everything if all(cells)]
    independence = np.repeat(hierarchical_models(2), len(inside), axis=0)
    exists = check_existence(np.ones(3, dtype=bool), independence)  # no cell is empty in any of them
    fits = fit_models(np.asarray(inside), independence, existence=exists)
    fitted = dict(zip(inside, zip(fits.n_unlisted.tolist(), fits.standard_error.tolist(), strict=True), strict=True))
    for second, first, both in everything:
        counts = np.asarray([second, first, both])  # patterns 01, 10, 11
        formula = no_interaction(counts, 2, [0, 1])
        same = marginal_independence(counts, 2, 0, 1)
        pair = chapman(first, second, both)
        if not (first and second and both):
            assert "ok" not in (formula.status, same.status, pair.status)
            continue
        petersen = Fraction(first * second, both)
        variance = Fraction((first + both) * (second + both) * first * second, both**3)
        for found, error in (
            (formula.n_unlisted, formula.standard_error),
            (same.n_unlisted, same.standard_error),
            fitted[second, first, both],
        ):
            assert abs(found / petersen - 1) < 1e-8
            assert abs(error**2 / variance - 1) < 1e-8
        assert abs(pair.n_unlisted / Fraction(first * second, both + 1) - 1) < 1e-13
        n1, n2 = first + both, second + both
        seber = Fraction((n1 + 1) * (n2 + 1) * first * second, (both + 1) ** 2 * (both + 2))
        assert abs(pair.standard_error**2 / seber - 1) < 1e-12


# -- Chao -----------------------------------------------------------------------------------------------------------
def islands(cells, labels):
    """Return the sets of lists that hang together by people, by merging until nothing changes."""
    groups = [{j} for j in range(len(labels[0]))]
    for count, label in zip(cells, labels, strict=True):
        if count:
            joined = [g for g in groups if any(label[j] == "1" for j in g)]
            groups = [g for g in groups if g not in joined] + [set().union(*joined)]
    return groups


def naive_bounds(cells, labels):
    """Return n0 of Chao's two bounds as fractions, island by island; None where there is none."""
    equal, unequal = [], []
    groups = [g for g in islands(cells, labels) if any(c for c, x in zip(cells, labels, strict=True) if meets(x, g))]
    for group in groups:
        if len(group) == 1 and len(groups) > 1:
            continue
        inside = {x: c for c, x in zip(cells, labels, strict=True) if meets(x, group)}
        singles = [sum(c for x, c in inside.items() if x.count("1") == 1 and x[j] == "1") for j in sorted(group)]
        one, two = sum(singles), sum(c for x, c in inside.items() if x.count("1") == 2)
        t = len(group)
        pairs = sum(a * b for a, b in itertools.combinations(singles, 2))
        if t > 1 and one > 1 and two:
            equal.append(Fraction(t - 1, t) * Fraction(one * (one - 1), 2 * (two + 1)))
        if t > 1 and pairs and two:
            unequal.append(Fraction(pairs, two + 1))
    return sum(equal) if equal else None, sum(unequal) if unequal else None


def meets(label, group):
    return any(label[j] == "1" for j in group)


def test_every_small_table_of_three_lists_has_chaos_bounds_in_fractions():
    labels = pattern_labels(3)
    equal, unequal = parse("chao", ("A", "B", "C")), parse("chao-unequal", ("A", "B", "C"))
    n_numbers = 0
    for cells in all_tables(7, 5):
        table = CaptureTable(lists=("A", "B", "C"), counts=np.asarray(cells))
        if min(table.list_totals[0]) == 0:
            continue  # a table of two lists
        for one, wanted in zip((equal, unequal), naive_bounds(cells, labels), strict=True):
            try:
                found = one.fit(table, level=0.95, seed=1).n_unlisted
            except NotEstimable:
                found = None
            assert (found is None) == (wanted is None), (cells, one.id)
            if wanted is not None:
                n_numbers += 1
                assert found == pytest.approx(float(wanted), rel=1e-12)
    assert n_numbers > 100


def test_chaos_bounds_are_bounds_for_every_small_population_of_unequal_people():
    """In expectation, uncorrected: (t-1)/t E[f1]^2 / (2 E[f2]) <= E[f0] whatever people's chances are.

    All populations of up to four people whose chances (the same on all lists) are quarters, on three lists: by the
    Cauchy-Schwarz inequality. A factor (t-1)/t left out breaks it.
    """
    t = 3
    broken = 0
    for people in itertools.combinations_with_replacement([Fraction(k, 4) for k in (1, 2, 3)], 4):
        f0, f1, f2 = (sum(math.comb(t, k) * p**k * (1 - p) ** (t - k) for p in people) for k in range(3))
        bound = Fraction(t - 1, t) * f1**2 / (2 * f2)
        assert bound <= f0
        broken += f1**2 / (2 * f2) > f0
        large = 10**9
        fit = chao_equal(round(f1 * large), round(f2 * large), t, bias_corrected=False)
        assert fit.n_unlisted == pytest.approx(float(bound) * large, rel=1e-7)
    assert broken > 0


def test_the_unequal_bound_of_equal_singles_is_the_equal_one_without_its_small_sample_term():
    for u, two, t in itertools.product(range(1, 8), range(1, 8), range(2, 6)):
        equal = chao_equal(u * t, two, t, bias_corrected=False)
        unequal = chao_unequal([u] * t, two, bias_corrected=False)
        assert unequal.n_unlisted == pytest.approx(equal.n_unlisted, rel=1e-13)


# -- three lists: every model has a closed form -----------------------------------------------------------------------
def closed_form(cells, model):
    """Return n0 of one of the eight models of three lists from its textbook formula; None if it has none here."""
    n = dict(zip(pattern_labels(3), cells, strict=True))
    pairs = sorted(g for g in model.strip("[]").split(",") if len(g) > 1)
    listed = sum(cells)
    totals = [sum(c for x, c in n.items() if x[j] == "1") for j in range(3)]
    if not pairs:  # independence: the root of (1 - n/N) = product of (1 - n_j/N)
        if listed <= max(totals) or sum(totals) <= listed:
            return None
        excess = lambda size: math.log1p(-listed / size) - sum(math.log1p(-x / size) for x in totals)  # noqa: E731
        return brentq(excess, listed * (1 + 1e-9), 1e7, xtol=1e-10, rtol=1e-15) - listed
    if len(pairs) == 3:
        top = n["100"] * n["010"] * n["001"] * n["111"]
        return Fraction(top, below) if (below := n["110"] * n["101"] * n["011"]) else None
    if len(pairs) == 2:  # the list that both pairs share explains the other two: look at people not on it
        shared = int((set(pairs[0]) & set(pairs[1])).pop()) - 1
        x, y = (j for j in range(3) if j != shared)
        one, other = ("".join("01"[j == k] for j in range(3)) for k in (x, y))
        both = "".join("01"[j != shared] for j in range(3))
        return Fraction(n[one] * n[other], n[both]) if n[both] else None
    a, b = (int(d) - 1 for d in pairs[0])  # one pair, taken as one list with three values; the third apart
    third = next(j for j in range(3) if j not in (a, b))
    alone = n["".join("01"[j == third] for j in range(3))]
    pair_only = sum(c for x, c in n.items() if x[third] == "0")
    overlap = totals[third] - alone
    return Fraction(alone * pair_only, overlap) if overlap else None


def test_every_small_table_of_three_lists_has_the_textbook_estimate_of_every_model():
    models = hierarchical_models(3)
    names = [model_name(m, 3) for m in models]
    compared = dict.fromkeys(names, 0)
    filled = [tuple(c + 1 for c in cells) for cells in all_tables(7, 3)]
    for cells in all_tables(7, 4) + filled:
        counts = np.asarray(cells)
        fits = fit_models(counts, models)
        supported = check_existence(counts > 0, models)
        for k, name in enumerate(names):
            # The formulas hold where no interaction was sent to minus infinity.
            if fits.code[k] != 0 or supported.removed[k].any():
                continue
            wanted = closed_form(cells, name)
            assert wanted is not None, (cells, name)
            assert fits.converged[k]
            assert fits.n_unlisted[k] == pytest.approx(float(wanted), rel=1e-7, abs=1e-7), (cells, name)
            compared[name] += 1
    assert min(compared.values()) >= len(filled), compared


def test_no_highest_order_is_the_saturated_model_on_every_small_table_without_empty_cells():
    saturated = hierarchical_models(3)[-1:]
    for extra in all_tables(7, 4):
        counts = np.asarray(extra) + 1
        formula = no_interaction(counts, 3, [0, 1, 2])
        fitted = fit_models(counts, saturated)
        wanted = closed_form(counts.tolist(), "[12,13,23]")
        assert formula.n_unlisted == pytest.approx(float(wanted), rel=1e-12)
        assert fitted.n_unlisted[0] == pytest.approx(float(wanted), rel=1e-8)
        variance = wanted + wanted**2 * sum(Fraction(1, int(k)) for k in counts)
        assert formula.standard_error**2 == pytest.approx(float(variance), rel=1e-10)
        assert fitted.standard_error[0] ** 2 == pytest.approx(float(variance), rel=1e-7)


def test_no_highest_order_refuses_exactly_the_tables_with_an_empty_cell():
    for cells in all_tables(7, 5):
        n = dict(zip(pattern_labels(3), cells, strict=True))
        found = no_interaction(np.asarray(cells), 3, [0, 1, 2])
        wanted = "zero denominator" if not n["110"] * n["101"] * n["011"] else "ok" if all(cells) else "zero numerator"
        assert found.status == wanted


# -- existence: whether an estimate exists depends on which cells are empty alone -----------------------------------
def dual_code(present, model, n_lists):
    """Return the code by the dual programme: is there a direction that only pushes empty cells down?

    maximise sum of s over empty cells, A c = s, 0 <= s <= 1 there and A c = 0 on the others; the estimate fails to
    exist exactly if the maximum is above 0 (Farkas). Parameters that nobody supports are taken out beforehand.
    """
    params, patterns = np.flatnonzero(model), np.arange(1, 2**n_lists)
    design = ((patterns[:, None] & params) == params).astype(float)
    dead = design[present].sum(axis=0) == 0
    cells = ~(design[:, dead] > 0).any(axis=1)
    kept, seen = design[cells][:, ~dead], present[cells]
    found = linprog(
        -kept[~seen].sum(axis=0),
        A_eq=kept[seen],
        b_eq=np.zeros(int(seen.sum())),
        A_ub=np.vstack([kept[~seen], -kept[~seen]]),
        b_ub=np.r_[np.ones(int((~seen).sum())), np.zeros(int((~seen).sum()))],
        bounds=[(None, None)] * kept.shape[1],
    )
    assert found.status == 0
    return int(-found.fun > 1e-6) + 2 * int(np.linalg.matrix_rank(kept) < kept.shape[1])


def test_existence_of_every_model_on_every_table_of_two_and_three_lists():
    for n_lists in (2, 3):
        models = hierarchical_models(n_lists)
        for present in itertools.product([False, True], repeat=2**n_lists - 1):
            seen = np.asarray(present)
            if seen.any():
                wanted = [dual_code(seen, m, n_lists) for m in models]
                assert check_existence(seen, models).code.tolist() == wanted, present


def test_existence_on_tables_of_four_lists_taken_at_random():
    rng = np.random.default_rng(20240501)
    models = hierarchical_models(4)
    for _ in range(12):
        seen = rng.random(15) < rng.uniform(0.3, 0.8)
        if seen.any():
            picked = models[rng.choice(len(models), 12, replace=False)]
            wanted = [dual_code(seen, m, 4) for m in picked]
            assert check_existence(seen, picked).code.tolist() == wanted, seen


# -- decomposable graphs: the evidence by drawing people from an urn ------------------------------------------------
def urn_evidence(cells, n_lists, edges, delta, n0):
    """Return P(table | graph, N), person by person: each list given its neighbours before it is drawn from an urn.

    For a graph whose lists, in their order, each have earlier neighbours that are joined among themselves: on list j
    or not, given the lists of its earlier neighbours, has a beta prior of delta times the number of its cells.
    """
    people = [tuple(int(x) for x in label) for c, label in zip(cells, pattern_labels(n_lists), strict=True)
              for _ in range(c)] + [(0,) * n_lists] * n0  # fmt: skip
    chance = Fraction(math.factorial(len(people)), math.factorial(n0))
    for c in cells:
        chance /= math.factorial(c)
    for j in range(n_lists):
        before = [i for i in range(j) if (i, j) in edges]
        balls = {}
        share = delta * 2 ** (n_lists - len(before) - 1)
        for person in people:
            where = tuple(person[i] for i in before)
            urn = balls.setdefault(where, [share, share])
            chance *= urn[person[j]] / (urn[0] + urn[1])
            urn[person[j]] += 1
    return chance


def edges_of(coefficients, n_lists):
    model = graph_as_model(coefficients)
    pairs = itertools.combinations(range(n_lists), 2)
    return frozenset((a, b) for a, b in pairs if model[(1 << (n_lists - 1 - a)) | (1 << (n_lists - 1 - b))])


@pytest.mark.parametrize(("n_lists", "most"), [(2, 6), (3, 2)])
def test_evidence_of_every_graph_on_every_small_table(n_lists, most):
    """Three lists have eight graphs, all decomposable and all with the order 1, 2, 3 but that of the chain 13, 23."""
    delta = Fraction(1, 2**n_lists)
    graphs = [edges_of(row, n_lists) for row in clique_coefficients(n_lists)]
    in_order = [g for g, edges in enumerate(graphs) if edges != {(0, 2), (1, 2)}]
    for cells in all_tables(2**n_lists - 1, most):
        found = log_evidence(np.asarray(cells), np.asarray([0.0, 1.0, 4.0]), delta=float(delta))
        for g in in_order:
            for k, n0 in enumerate((0, 1, 4)):
                wanted = urn_evidence(cells, n_lists, graphs[g], delta, n0)
                assert math.exp(found[g, k]) == pytest.approx(float(wanted), rel=1e-8), (cells, graphs[g], n0)


def test_the_average_over_graphs_is_the_sum_over_whole_numbers():
    """Two lists, heavy prior so that the tail is short: distribution of n0 from urns, weight 1/N, all n0 up to 400."""
    cells, delta = (3, 2, 4), Fraction(4)
    graphs = [edges_of(row, 2) for row in clique_coefficients(2)]
    weights = [
        float(sum(urn_evidence(cells, 2, edges, delta, n0) for edges in graphs) / (sum(cells) + n0))
        for n0 in range(120)
    ]
    law = np.cumsum(weights) / sum(weights)
    found = average_over_graphs(np.asarray(cells), delta=float(delta))
    # Quantiles are whole numbers of a distribution on the line: the first at which the sum reaches p.
    for p in (0.05, 0.25, 0.5, 0.75, 0.95):
        wanted = int(np.searchsorted(law, p))
        assert abs(float(found.quantile(np.asarray([p]))[0]) - wanted) <= 1, p
