"""Strata with lists that have gaps, against EM and a general optimiser written out cell by cell, and ordinary fits."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from uncounted.estimation.kernels.hierarchy import hierarchical_models, parse_model
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.partial_coverage import fit_coverage

GAPS = np.asarray([[1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)


class Naive:
    """One model with loops and dictionaries: log mu, what is observed of it, likelihood, EM."""

    def __init__(self, counts, coverage, pairs, varying):
        self.counts, self.coverage, self.pairs = counts, coverage, pairs
        self.n_strata, self.n_lists = coverage.shape
        beside = [s for s in range(self.n_strata) if coverage[s].sum() > 1]
        self.free = {j: [s for s in beside if coverage[s, j]] if varying else [] for j in range(self.n_lists)}
        self.names = [("u", s) for s in range(self.n_strata)]
        self.names += [("beta", j) for j in range(self.n_lists)] + [("gamma", p) for p in pairs]
        self.names += [("b", s, j) for j in range(self.n_lists) for s in self.free[j][:-1]]
        self.cells = [(s, w) for s in range(self.n_strata) for w in itertools.product((0, 1), repeat=self.n_lists)]

    def seen(self, s, w):
        return tuple(x * int(self.coverage[s, j]) for j, x in enumerate(w))

    def mu(self, x):
        value = dict(zip(self.names, x, strict=True))
        out = {}
        for s, w in self.cells:
            eta = value["u", s]
            for j in range(self.n_lists):
                if not w[j]:
                    continue
                eta = eta + value["beta", j]
                if s in self.free[j]:
                    last = self.free[j][-1]
                    eta = eta + (
                        value["b", s, j] if s != last else -sum(value["b", t, j] for t in self.free[j] if t != last)
                    )
            eta = eta + sum(value["gamma", p] for p in self.pairs if all(w[j] for j in p))
            out[s, w] = np.exp(eta)
        return out

    def split(self, mu):
        fitted, unlisted = {}, np.zeros(self.n_strata)
        for (s, w), m in mu.items():
            o = self.seen(s, w)
            if any(o):
                fitted[s, o] = fitted.get((s, o), 0) + m
            else:
                unlisted[s] += m.real
        return fitted, unlisted

    def count(self, s, o):
        return int(self.counts[s, int("".join(map(str, o)), 2) - 1])

    def minus_loglik(self, x):
        fitted, _ = self.split(self.mu(x))
        return sum(m - self.count(s, o) * np.log(m) for (s, o), m in fitted.items())

    def gradient(self, x):
        """Complex-step derivative: exact to rounding, and no formula of ours."""
        step = 1e-30
        rows = np.asarray(x, dtype=complex) + 1j * step * np.eye(len(x))
        return np.asarray([self.minus_loglik(row).imag / step for row in rows])

    def start(self):
        return np.asarray([5.0 if n[0] == "u" else -1.0 if n[0] == "beta" else 0.0 for n in self.names])

    def maximise(self):
        found = minimize(self.minus_loglik, self.start(), jac=self.gradient, method="BFGS", options={"gtol": 1e-8})
        return found.x

    def em(self, steps):
        """Complete each count over the lists that were not at work, then fit all cells of complete strata by Newton."""
        x = self.start()
        design = self.design()
        observable = [any(self.seen(s, w)) for s, w in self.cells]
        for _ in range(steps):
            mu = self.mu(x)
            fitted, _ = self.split(mu)
            full = [
                self.count(s, self.seen(s, w)) * mu[s, w] / fitted[s, self.seen(s, w)] if keep else 0.0
                for (s, w), keep in zip(self.cells, observable, strict=True)
            ]
            for _ in range(5):
                m = np.where(observable, np.exp(design @ x), 0.0)
                x = x + np.linalg.solve(design.T @ (design * m[:, None]), design.T @ (np.asarray(full) - m))
        return x

    def design(self):
        zero = np.zeros(len(self.names))
        columns = [
            [np.log(self.mu(zero + e)[c]) for c in self.cells] for e in np.eye(len(self.names))
        ]  # log mu is linear
        return np.asarray(columns).T


def simulated(rng, coverage, people, dependence=0.8):
    n_strata, n_lists = coverage.shape
    patterns = np.asarray(list(itertools.product((0, 1), repeat=n_lists)))
    counts = np.zeros((n_strata, 2**n_lists - 1), dtype=np.int64)
    bits = 1 << np.arange(n_lists - 1, -1, -1)
    for s in range(n_strata):
        eta = patterns @ rng.normal(-0.7, 0.3, n_lists) + dependence * patterns[:, 0] * patterns[:, 1]
        drawn = rng.multinomial(people, np.exp(eta) / np.exp(eta).sum())
        for code, n in zip((patterns * coverage[s]) @ bits, drawn, strict=True):
            if code:
                counts[s, code - 1] += n
    return counts


COUNTS = simulated(np.random.default_rng(1), GAPS, 800)


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize(("name", "pairs"), [("[1,2,3]", []), ("[12,3]", [(0, 1)]), ("[12,23]", [(0, 1), (1, 2)])])
def test_the_maximum_is_that_of_a_general_optimiser(name, pairs, varying):
    fits = fit_coverage(COUNTS, GAPS, parse_model(name, 3)[None], np.asarray([varying]))
    naive = Naive(COUNTS, GAPS, pairs, varying)
    best = naive.maximise()
    np.testing.assert_allclose(fits.stratum_unlisted[0], naive.split(naive.mu(best))[1], rtol=1e-6)
    assert fits.n_unlisted[0] == pytest.approx(fits.stratum_unlisted[0].sum())
    at_best = -naive.minus_loglik(best) - sum(float(np.log(np.arange(1, n + 1)).sum()) for n in COUNTS.ravel().tolist())
    assert fits.loglik[0] == pytest.approx(at_best, abs=1e-6)
    assert fits.n_params[0] == len(naive.names)
    assert fits.df[0] == (7 + 3 + 3 + 1) - len(naive.names)
    assert fits.bic[0] == pytest.approx(len(naive.names) * np.log(COUNTS.sum()) - 2 * at_best)


@pytest.mark.parametrize("varying", [False, True])
def test_the_maximum_is_that_of_the_em_algorithm(varying):
    fits = fit_coverage(COUNTS, GAPS, parse_model("[12,3]", 3)[None], np.asarray([varying]))
    naive = Naive(COUNTS, GAPS, [(0, 1)], varying)
    found = naive.split(naive.mu(naive.em(400)))[1]
    np.testing.assert_allclose(fits.stratum_unlisted[0], found, rtol=1e-8)


def test_the_standard_error_is_that_of_the_numerical_hessian():
    fits = fit_coverage(COUNTS, GAPS, parse_model("[12,3]", 3)[None], np.asarray([False]))
    naive = Naive(COUNTS, GAPS, [(0, 1)], varying=False)
    x = naive.em(200)
    steps = 1e-5 * np.eye(len(x))
    hessian = np.asarray([(naive.gradient(x + e) - naive.gradient(x - e)) / 2e-5 for e in steps])

    def unlisted(y):
        return naive.split(naive.mu(y))[1]

    slopes = np.asarray([(unlisted(x + e) - unlisted(x - e)) / 2e-5 for e in steps]).T
    covariance = slopes @ np.linalg.inv(hessian) @ slopes.T
    n0 = unlisted(x)
    np.testing.assert_allclose(fits.stratum_error[0], np.sqrt(n0 + np.diag(covariance)), rtol=1e-5)
    assert fits.standard_error[0] == pytest.approx(np.sqrt(n0.sum() + covariance.sum()), rel=1e-5)


def test_a_borrowed_reach_adds_what_an_offset_would_do():
    # The reach of list 1 in the last stratum is set to its mean. Setting it a little higher by hand, as a column that
    # is fixed, and fitting again shows how far the unlisted follow: this must be the slope that goes into the error.
    names = parse_model("[12,3]", 3)[None]
    plain = fit_coverage(COUNTS, GAPS, names, np.asarray([True]))
    naive = Naive(COUNTS, GAPS, [(0, 1)], varying=True)
    x = naive.maximise()
    reach = [[0, 1], [0, 1, 2], [0, 2]]  # strata in which each list works beside another
    value = dict(zip(naive.names, x, strict=True))
    variance = {}
    for j, strata in enumerate(reach):
        b = [value["b", s, j] for s in strata[:-1]]
        b.append(-sum(b))
        variance[j] = (1 + 1 / len(b)) * np.square(b).sum() / (len(b) - 1)

    class Shifted(Naive):
        where, by = (0, 0), 0.0

        def mu(self, y):
            shift = {(s, w): np.exp(self.by * (s == self.where[0] and w[self.where[1]])) for s, w in self.cells}
            return {c: m * shift[c] for c, m in super().mu(y).items()}

    extra = np.zeros((4, 4))
    for s, j in [(1, 2), (2, 0), (3, 0), (3, 1), (3, 2)]:
        ends = []
        for by in (0.01, -0.01):
            moved = Shifted(COUNTS, GAPS, [(0, 1)], varying=True)
            moved.where, moved.by = (s, j), by
            ends.append(moved.split(moved.mu(moved.maximise()))[1])
        slope = (ends[0] - ends[1]) / 0.02
        extra += variance[j] * np.outer(slope, slope)
    hessian = np.asarray([(naive.gradient(x + e) - naive.gradient(x - e)) / 2e-5 for e in 1e-5 * np.eye(len(x))])

    def unlisted(y):
        return naive.split(naive.mu(y))[1]

    slopes = np.asarray([(unlisted(x + e) - unlisted(x - e)) / 2e-5 for e in 1e-5 * np.eye(len(x))]).T
    covariance = slopes @ np.linalg.inv(hessian) @ slopes.T + extra
    assert extra.sum() > 0.1 * covariance.sum()
    np.testing.assert_allclose(plain.stratum_error[0], np.sqrt(unlisted(x) + np.diag(covariance)), rtol=1e-3)


@pytest.mark.parametrize("table", ["kosovo", "hiv", "korea", "artificial", "western"])
def test_full_coverage_of_one_stratum_is_the_ordinary_fit(table, published):
    counts = published(table)
    n_lists = (len(counts) + 1).bit_length() - 1
    models = hierarchical_models(n_lists, max_order=2)
    mine = fit_coverage(counts[None], np.ones((1, n_lists), dtype=bool), models, np.zeros(len(models), dtype=bool))
    theirs = fit_models(counts, models)
    assert (mine.admissible == ((theirs.code == 0) & theirs.converged)).all()
    for name in ("n_unlisted", "standard_error", "deviance", "pearson", "aic", "bic"):
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), rtol=1e-7, atol=1e-7, err_msg=name)
    ok = mine.admissible
    assert (mine.df[ok] == theirs.df[ok]).all()
    assert (mine.n_params == theirs.n_params).all()


def test_estimates_that_do_not_exist_are_found_as_the_exact_check_finds_them():
    rng = np.random.default_rng(3)
    n_compared = n_refused = 0
    for _ in range(60):
        n_lists = int(rng.integers(2, 5))
        counts = rng.poisson(rng.choice([0.2, 0.5, 1.0, 2.0], size=2**n_lists - 1))
        if not counts.any():
            continue
        models = hierarchical_models(n_lists, max_order=2)
        everywhere = np.ones((1, n_lists), dtype=bool)
        mine = fit_coverage(counts[None], everywhere, models, np.zeros(len(models), dtype=bool))
        theirs = fit_models(counts, models)
        assert (mine.admissible == (theirs.code == 0)).all(), counts
        n_compared += len(models)
        n_refused += int((theirs.code != 0).sum())
    assert n_refused > 100
    assert n_compared - n_refused > 100


def test_lists_never_at_work_together_leave_their_dependence_unknown():
    coverage = np.asarray([[1, 1, 0], [0, 1, 1], [1, 1, 0]], dtype=bool)
    counts = simulated(np.random.default_rng(4), coverage, 500, dependence=0.0)
    models = hierarchical_models(3, max_order=2)
    fits = fit_coverage(counts, coverage, models, np.zeros(len(models), dtype=bool))
    together = models[:, 0b101]
    assert not fits.admissible[together].any()
    assert fits.admissible[~together].any()


def test_a_hundred_times_the_people_have_a_tenth_of_the_relative_error():
    model, common = parse_model("[12,3]", 3)[None], np.asarray([False])
    once, more = (fit_coverage(COUNTS * times, GAPS, model, common) for times in (1, 100))
    assert more.n_unlisted[0] == pytest.approx(100 * once.n_unlisted[0])
    assert more.standard_error[0] == pytest.approx(10 * once.standard_error[0])


def test_the_order_of_strata_and_models_is_of_no_matter():
    models = hierarchical_models(3, max_order=2)
    varying = np.arange(len(models)) % 2 == 0
    once = fit_coverage(COUNTS, GAPS, models, varying)
    turned = fit_coverage(COUNTS[::-1], GAPS[::-1], models[::-1], varying[::-1])
    np.testing.assert_allclose(turned.n_unlisted[::-1], once.n_unlisted, rtol=1e-9)
    np.testing.assert_allclose(turned.standard_error[::-1], once.standard_error, rtol=1e-7)
    np.testing.assert_allclose(turned.stratum_unlisted[::-1, ::-1], once.stratum_unlisted, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c, g, m, v: (c[:, :-1], g, m, v), "do not belong"),
        (lambda c, g, m, v: (c[0], g, m, v), "two axes"),
        (lambda c, g, m, v: (-c, g, m, v), "negative"),
        (lambda c, g, m, v: (c, g, m, v[:-1]), "varying"),
        (lambda c, g, m, v: (c * 0, g, m, v), "somebody on it"),
        (lambda c, g, m, v: (c + 1, g, m, v), "does not cover"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, words):
    models = hierarchical_models(3, max_order=2)
    with pytest.raises(ValueError, match=words):
        fit_coverage(*change(COUNTS, GAPS, models, np.zeros(len(models), dtype=bool)))
