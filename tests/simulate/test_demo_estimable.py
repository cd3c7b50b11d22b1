"""The truth of the demo suits the demo: two-list dependences are enough, independence is not.

Fitted here by a few lines of Newton's method, so that nothing of `estimation` is needed or trusted; the long check with
the estimators themselves is marked `validation`.
"""

from datetime import date

import numpy as np
import pytest

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.simulate import DEMO_CAPTURE
from uncounted.simulate.capture import count_patterns, draw_membership
from uncounted.simulate.cyrillic import CyrillicFamily
from uncounted.simulate.demo import END, START
from uncounted.simulate.lists import draw_people
from uncounted.simulate.seeds import stream

N_PEOPLE, N_SEEDS = 6_300, 50
COURTS, HOTLINE, PRESS, LAWYERS = range(4)


class _Nameless(CyrillicFamily):
    """The regions of the family without the names, which do not matter here."""

    def draw(self, female, rng):
        return []


def _table(seed):
    people = draw_people(
        N_PEOPLE, _Nameless(), start=START, end=END, female_share=0.0, growth=4.0, rng=stream(seed, "people")
    )
    on = draw_membership(DEMO_CAPTURE, region=people.region, event_day=people.event_day, rng=stream(seed, "membership"))
    year = (people.event_day >= (date(2023, 1, 1) - START).days).astype(np.int64)
    return CaptureTable(
        lists=DEMO_CAPTURE.lists,
        counts=count_patterns(on, year, 2),
        strata=("2022", "2023"),
        coverage=np.array([[1, 1, 1, 0], [1, 1, 1, 1]], dtype=bool),
    )


def _n_unlisted(counts, n_lists, pairs):
    """Fit one log-linear model by Newton's method; exp(intercept) are the people on no list."""
    on = pattern_matrix(n_lists)
    terms = [np.ones(len(on)), *on.T, *(on[:, a] & on[:, b] for a, b in pairs)]
    x = np.column_stack(terms).astype(float)
    beta = np.linalg.lstsq(x, np.log(counts + 0.5), rcond=None)[0]
    for _ in range(50):
        mu = np.exp(x @ beta)
        step = np.linalg.solve(x.T @ (mu[:, None] * x), x.T @ (counts - mu))
        beta += step
        if np.abs(step).max() < 1e-10:
            return float(np.exp(beta[0]))
    raise AssertionError("Newton's method did not converge")


def _total(table, *, dependent):
    total = 0.0
    for year, pairs in (("2022", [(COURTS, PRESS)]), ("2023", [(COURTS, PRESS), (HOTLINE, LAWYERS)])):
        one = table.stratum(year)
        counts = one.counts[0, 0]
        total += counts.sum() + _n_unlisted(counts, one.n_lists, pairs if dependent else [])
    return total


def test_pairwise_dependence_is_enough_and_independence_is_not():
    tables = [_table(seed) for seed in range(N_SEEDS)]
    right = np.array([_total(t, dependent=True) for t in tables]) / N_PEOPLE - 1.0
    wrong = np.array([_total(t, dependent=False) for t in tables]) / N_PEOPLE - 1.0
    error = right.std(ddof=1) / np.sqrt(N_SEEDS)
    assert abs(right.mean()) < 0.02
    assert abs(right.mean()) < 0.01 + 3.0 * error
    assert wrong.mean() < -0.08


def test_overlap_is_rich_and_no_margin_is_empty():
    table = _table(0)
    assert all(table.stratum("2023").overlap(a, b).min() > 40 for a in table.lists for b in table.lists if a < b)
    assert table.counts[0][:, table.patterns.sum(axis=1) >= 2].sum() > 1_000


@pytest.mark.validation
def test_averaged_estimate_covers_the_truth():
    from uncounted.estimation import estimate

    errors, covered = [], []
    for seed in range(N_SEEDS):
        chosen = estimate(_table(seed), estimators=("loglinear",), choice="loglinear-average").chosen
        errors.append(chosen.n_total / N_PEOPLE - 1.0)
        covered.append(chosen.n_total_interval.low <= N_PEOPLE <= chosen.n_total_interval.high)
    assert abs(np.mean(errors)) < 0.02
    assert np.mean(covered) >= 0.9
