import pytest

from uncounted.captures import published
from uncounted.estimation import ODDS_RATIOS, parse, tipping_points, tipping_sentence, total_at


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
