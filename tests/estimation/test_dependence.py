import numpy as np
import pytest

from uncounted.captures import CaptureTable, published
from uncounted.estimation import ODDS_RATIOS, estimate, expand, parse, tipping_points, tipping_sentence, total_at


@pytest.mark.parametrize(("xi", "total"), [(0.5, 29_484), (2 / 3, 23_213), (1, 16_942), (1.5, 12_761), (2, 10_671)])
def test_kosovo_curve(xi, total):
    table = published("kosovo")
    estimate = parse("no-highest-order", table.lists).fit(table, level=0.95, seed=1)
    assert total_at(estimate.n_listed, estimate.n_unlisted, 1 / xi) == pytest.approx(total, abs=0.5)
    points = {p.odds_ratio: p for p in estimate.sensitivity}
    near = [p for omega, p in points.items() if omega == pytest.approx(1 / xi)]
    assert near
    assert near[0].n_total == pytest.approx(total, abs=0.5)
    assert near[0].low < near[0].n_total < near[0].high


def test_curve_is_on_the_grid_ascending_and_passes_through_the_estimate():
    table = published("korea")
    estimate = parse("loglinear-average", table.lists).fit(table, level=0.95, seed=1)
    assert tuple(p.odds_ratio for p in estimate.sensitivity) == ODDS_RATIOS
    totals = [p.n_total for p in estimate.sensitivity]
    assert totals == sorted(totals)
    assert totals[ODDS_RATIOS.index(1.0)] == pytest.approx(estimate.n_total)


def test_marginal_independence_scales_what_it_projects_not_what_is_left():
    # 1,131 ... people seen by neither list of the pair are partly documented elsewhere; omega moves them all.
    table = published("kosovo")
    estimate = parse("marginal:OSCE,HRW", table.lists).fit(table, level=0.95, seed=1)
    points = {p.odds_ratio: p.n_total for p in estimate.sensitivity}
    pair = table.keep_lists(["OSCE", "HRW"])
    seen = int(pair.n_listed[0])
    projected = estimate.n_total - seen
    assert points[2.0] == pytest.approx(seen + 2 * projected)
    assert points[0.25] == estimate.n_listed  # never below the documented


def test_tipping_points():
    assert tipping_points(100, 50, [125, 200, 80]) == ((125.0, 0.5), (200.0, 2.0), (80.0, -0.4))
    assert tipping_points(100, 0, [100, 150, 50]) == ((100.0, 0.0), (150.0, float("inf")), (50.0, float("-inf")))


@pytest.mark.parametrize(
    ("claim", "omega", "piece"),
    [
        (80, -0.4, "impossible"),
        (100, 0, "nobody at all"),
        (200, 2.0, "2 times as strongly"),
        (125, 0.5, "2 times less"),
        (150, float("inf"), "cannot be reached"),
    ],
)
def test_tipping_sentences(claim, omega, piece):
    assert piece in tipping_sentence(claim, omega, 100)


def test_only_below_the_fewest_documented_is_a_claim_impossible():
    assert "impossible: 215 people" in tipping_sentence(200, -0.4, 320, fewest=215)
    between = tipping_sentence(300, -0.1, 320, fewest=215)
    assert "impossible" not in between
    assert "320 people documented in the middle" in between
    assert "as strongly" in tipping_sentence(400, 1.5, 320, fewest=215)


def several_draws():
    counts = np.random.default_rng(6).poisson(published("kosovo").counts[0, 0], size=(3, 2, 15))
    return CaptureTable(lists=published("kosovo").lists, counts=counts, strata=("early", "late"))


EVERY = [e.id for e in expand(("chapman", "loglinear", "assumptions"), published("kosovo").lists)]


@pytest.mark.parametrize("table", [published("kosovo"), several_draws()], ids=["closed form", "draws"])
@pytest.mark.parametrize("name", EVERY)
def test_tipping_points_lie_on_the_printed_curve(name, table):
    fitted = parse(name, table.lists).fit(table, level=0.95, seed=1)
    points = [p for p in fitted.sensitivity if p.n_total > fitted.n_listed_range[1]]
    assert len(points) >= 4
    found = tipping_points(fitted.n_listed, fitted.n_unlisted, [p.n_total for p in points], curve=fitted.curve)
    for point, (claim, omega) in zip(points, found, strict=True):
        assert claim == point.n_total
        assert omega == pytest.approx(point.odds_ratio, rel=1e-6)


def test_tipping_points_of_an_answer_where_the_assumption_has_a_shift():
    answer = estimate(published("kosovo"), estimators=("chao",), choice="marginal:EXH,ABA", claims=[10_401, 5000, 4000])
    (high, low, impossible) = answer.tipping
    projected = answer.chosen.n_total - 4400 + (4400 - published("kosovo").keep_lists(["EXH", "ABA"]).n_listed[0])
    assert high[1] == pytest.approx(1 + (10_401 - answer.chosen.n_total) / projected)
    assert high[1] == pytest.approx(1.75, abs=0.005)
    assert 1 / low[1] == pytest.approx(2.1, abs=0.05)
    assert impossible[1] < 0
    assert all(row.curve is None for row in answer.estimates)
    assert "curve" not in answer.to_json()
