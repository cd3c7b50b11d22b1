from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from invented_records import Invented, pairwise

from uncounted.errors import LinkageError
from uncounted.linkage import clustering
from uncounted.linkage.calibration import Calibration, calibrate
from uncounted.linkage.clustering import cluster
from uncounted.linkage.codes import CODES
from uncounted.linkage.items import UNSCORED_WEIGHT
from uncounted.linkage.odds_columns import PRIORS, prior_of
from uncounted.linkage.pairs import Clusterings, ScoredPairs
from uncounted.linkage.summary import describe_pairs
from uncounted.linkage.unlinkable import unlinkable_records
from uncounted.project.model import LinkageSpec
from uncounted.store.codec import from_parts, to_parts

SPEC = LinkageSpec()


def pairs_of(n: int, edges: list[tuple[int, int, float]]) -> ScoredPairs:
    edges = sorted(edges)
    weight = np.array([w for _, _, w in edges], dtype=float)
    table = pa.table(
        {
            "left": pa.array([a for a, _, _ in edges], pa.int64()),
            "right": pa.array([b for _, b, _ in edges], pa.int64()),
            "match_weight": weight,
            "match_prob": 1 / (1 + 2.0**-weight),
            "n_rules": np.full(len(weight), 3, dtype=np.int8),
        }
    )
    return ScoredPairs(table=table, n_records=n, rules=(), weights=(), prior_match_prob=0.01)


def run(pairs: ScoredPairs, *, n_draws: int = 20, seed: int = 1, **decided: Any) -> Clusterings:
    return cluster(pairs, SPEC, n_draws=n_draws, seed=seed, lists=np.zeros(pairs.n_records, np.int64), **decided)


def test_labels_are_the_smallest_record_and_arrays_are_read_only() -> None:
    found = run(pairs_of(5, [(1, 3, 14.0), (3, 4, 14.0), (1, 4, 14.0)]))
    assert found.point.tolist() == [0, 1, 2, 1, 1]
    assert found.draws.shape == (20, 5)
    assert (found.draws <= np.arange(5)).all()
    assert (np.take_along_axis(found.draws, found.draws, axis=1) == found.draws).all()
    for array in (found.point, found.draws):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 1


def exact(pairs: ScoredPairs) -> Calibration:
    """A calibration without any doubt, nor lists: every draw has the odds as they are."""
    made = calibrate(pairs, seed=1)
    as_they_are = np.array([float(name.startswith("slope")) for name in made.names])
    return replace(made, point=as_they_are, spread=np.zeros_like(made.spread))


def partitions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what marginal probabilities say beyond the partitions: test_missed.py looks at that."""
    monkeypatch.setattr(clustering, "join_scored", lambda labels, *_, **__: labels)
    monkeypatch.setattr(clustering, "take_out", lambda labels, *_, **__: labels)
    monkeypatch.setattr(clustering, "bring_home", lambda labels, *_, **__: labels)


def test_draws_of_a_pair_have_its_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    # The shift is common to all pairs of a draw, so many independent pairs show one probability a draw.
    partitions_alone(monkeypatch)
    n = 4_000
    found = run(pairs_of(2 * n, [(2 * i, 2 * i + 1, 0.0) for i in range(n)]), n_draws=200)
    together = (found.draws[:, 0::2] == found.draws[:, 1::2]).mean(axis=1)
    shift = np.log(together / (1 - together))
    # All records are of one list here.
    names = ["shift", "within"]
    mean, sd = sum(PRIORS[name][0] for name in names), np.sqrt(prior_of(tuple(names))[1].sum())
    assert shift.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(200))
    assert shift.std() == pytest.approx(sd, rel=0.2)


def test_draws_of_three_records_match_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    partitions_alone(monkeypatch)
    weights = {(0, 1): 2.0, (1, 2): 1.0}  # the pair (0, 2) was never scored
    n = 3_000
    edges = [(3 * k + a, 3 * k + b, w) for k in range(n) for (a, b), w in weights.items()]
    pairs = pairs_of(3 * n, edges)
    draws = run(pairs, n_draws=5, calibration=exact(pairs)).draws.reshape(5 * n, 3)
    draws = draws - draws.min(axis=1, keepdims=True)
    odds = {}
    for labels in itertools.product(range(3), repeat=3):
        key = tuple(labels.index(x) for x in labels)
        full = {**weights, (0, 2): UNSCORED_WEIGHT}
        odds[key] = 2.0 ** sum(w for (a, b), w in full.items() if labels[a] == labels[b])
    for key, value in odds.items():
        share = (draws == np.array(key)).all(axis=1).mean()
        assert share == pytest.approx(value / sum(odds.values()), abs=0.012)


def test_decisions_hold_in_the_best_clustering_and_in_every_draw() -> None:
    edges = [(0, 1, 12.0), (2, 3, -12.0), (4, 5, 0.0), (5, 6, 0.0), (4, 6, 0.0)]
    found = run(pairs_of(9, edges), n_draws=100, same=[(3, 2), (7, 8)], different=[(1, 0), (4, 6)])
    for labels in (found.point, *found.draws):
        assert labels[0] != labels[1]
        assert labels[2] == labels[3]
        assert labels[7] == labels[8]  # joined although never scored
        assert labels[4] != labels[6]
    assert len({int(row[4] == row[5]) for row in found.draws}) == 2


def test_same_decisions_join_through_others_and_pull_their_links_along() -> None:
    # 1 and 2 are one; the mean of 14 and an unscored pair brings 0 to them, the mean of 3 and an unscored pair not 3.
    found = run(pairs_of(4, [(0, 1, 14.0), (2, 3, 3.0)]), same=[(1, 2)])
    assert found.point.tolist() == [0, 0, 0, 3]
    assert all(row[1] == row[2] for row in found.draws)


def test_decisions_hold_in_large_components() -> None:
    n = 30
    edges = [(a, b, 3.0) for a, b in itertools.combinations(range(n), 2)]
    found = run(pairs_of(n, edges), same=[(0, 1)], different=[(2, 3), (5, 20)])
    for labels in (found.point, *found.draws):
        assert labels[0] == labels[1]
        assert labels[2] != labels[3]
        assert labels[5] != labels[20]


def test_contradicting_decisions_name_the_records() -> None:
    with pytest.raises(LinkageError, match="1 and 3") as caught:
        run(pairs_of(4, []), same=[(1, 2), (2, 3)], different=[(3, 1)])
    assert (caught.value.code, caught.value.exit_code) == ("L04", 3)


@pytest.mark.parametrize("pair", [(0, 0), (0, 9), (-1, 2)])
def test_a_decision_about_no_record_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(LinkageError) as caught:
        run(pairs_of(4, []), same=[pair])
    assert caught.value.code == "L05"


def test_wrong_arguments_are_refused() -> None:
    pairs = pairs_of(3, [])
    for arguments, code in (
        ({"spec": LinkageSpec(threshold=0.0), "n_draws": 1, "lists": np.zeros(3, np.int64)}, "L02"),
        ({"spec": SPEC, "n_draws": 0, "lists": np.zeros(3, np.int64)}, "L02"),
        ({"spec": SPEC, "n_draws": 1, "lists": np.zeros(2, np.int64)}, "L06"),
    ):
        with pytest.raises(LinkageError) as caught:
            cluster(pairs, seed=1, **arguments)
        assert caught.value.code == code
        assert code in CODES


def test_no_pairs_and_no_records_leave_everybody_alone() -> None:
    assert run(pairs_of(3, [])).draws.tolist() == [[0, 1, 2]] * 20
    empty = run(pairs_of(0, []))
    assert empty.point.shape == (0,)
    assert empty.draws.shape == (20, 0)


def test_the_threshold_moves_the_best_clustering() -> None:
    pairs = pairs_of(2, [(0, 1, 2.0)])  # probability .8
    for threshold, people in ((0.5, 1), (0.79, 1), (0.81, 2)):
        found = cluster(pairs, LinkageSpec(threshold=threshold), n_draws=1, seed=1, lists=np.arange(2),
                        calibration=exact(pairs))  # fmt: skip
        assert len(np.unique(found.point)) == people
        # The two beside it never lie on the wrong side of it.
        assert len(np.unique(found.loose)) == 1
        assert len(np.unique(found.strict)) == 2


def test_a_component_too_large_is_cut_in_time_and_said_so() -> None:
    # A long chain of weak links between firm pairs: 1,600 records in one component.
    n = 800
    firm = [(2 * i, 2 * i + 1, 14.0) for i in range(n)]
    weak = [(2 * i + 1, 2 * i + 2, -4.5 + (i % 97) * 0.02) for i in range(n - 1)]
    found = run(pairs_of(2 * n, firm + weak))
    assert len(np.unique(found.point)) == n
    assert any("were cut at stronger links" in w for w in found.warnings)


def test_records_that_are_all_alike_become_one_person_with_a_warning() -> None:
    n = 400
    found = run(pairs_of(n, [(a, b, 30.0) for a, b in itertools.combinations(range(n), 2)]))
    assert len(np.unique(found.point)) == 1
    assert (found.draws == 0).all()
    assert any("count as one person each" in w for w in found.warnings)
    assert any("more than 10 records of one list" in w for w in found.warnings)


def test_a_component_in_the_chain_mixes() -> None:
    # Ten records of two people with an uncertain one between them: the draws must place it on either side.
    edges = [(a, b, 10.0) for block in (range(5), range(5, 10)) for a, b in itertools.combinations(block, 2)]
    edges += [(a, b, -10.0) for a in range(5) for b in range(5, 10)]
    edges += [(a, 10, 0.3) for a in range(10)]
    found = run(pairs_of(11, edges), n_draws=400)
    with_first = (found.draws[:, 10] == found.draws[:, 0]).mean()
    with_second = (found.draws[:, 10] == found.draws[:, 5]).mean()
    assert (found.draws[:, 0] != found.draws[:, 5]).mean() > 0.99
    assert min(with_first, with_second) > 0.2
    assert abs(with_first - with_second) < 0.12


def test_people_are_found_and_draws_are_deterministic(medium: tuple[Invented, ScoredPairs]) -> None:
    invented, pairs = medium
    first, second = (cluster(pairs, SPEC, n_draws=20, seed=9, lists=invented.list_index) for _ in range(2))
    other = cluster(pairs, SPEC, n_draws=20, seed=10, lists=invented.list_index)
    assert np.array_equal(first.draws, second.draws)
    assert not np.array_equal(first.draws, other.draws)
    assert np.array_equal(first.point, other.point)
    assert pairwise(first.point, invented.person)[2] > 0.95
    assert np.median([pairwise(labels, invented.person)[2] for labels in first.draws]) > 0.94

    summary = describe_pairs(
        pairs,
        first,
        lists=invented.list_index,
        names=invented.records.lists,
        unlinkable=unlinkable_records(invented.records),
    )
    assert summary.n_people == len(np.unique(first.point))
    assert summary.n_people_low <= summary.n_people <= summary.n_people_high + 20
    assert sum(band.n_pairs for band in summary.bands) == pairs.n_pairs
    assert sum(size.n_people for size in summary.sizes) == summary.n_people
    assert sum(one.n_records for one in summary.lists) == pairs.n_records
    for one in summary.overlaps:
        on_first = set(first.point[invented.list_index == invented.records.lists.index(one.first)])
        on_second = set(first.point[invented.list_index == invented.records.lists.index(one.second)])
        assert one.n_people == len(on_first & on_second)
        assert one.low <= one.n_people <= one.high
        truth = len(
            set(invented.person[invented.list_index == invented.records.lists.index(one.first)])
            & set(invented.person[invented.list_index == invented.records.lists.index(one.second)])
        )
        assert one.n_people == pytest.approx(truth, rel=0.1)


def test_clusterings_survive_the_store_and_tell_what_they_took_for_true() -> None:
    edges = [(3 * k + a, 3 * k + b, 3.0 * b - 2.0) for k in range(60) for a, b in ((0, 1), (1, 2))]
    pairs = pairs_of(180, edges)
    found = cluster(pairs, SPEC, n_draws=6, seed=1, lists=np.tile([0, 1, 2], 60))
    back = from_parts(to_parts(found), Clusterings)
    for name in ("point", "draws", "strict", "loose", "added"):
        assert np.array_equal(getattr(back, name), getattr(found, name))
    assert back.doubt == found.doubt
    assert len(found.doubt) == 6
    assert all(0.0 <= one.missed_share <= 1.0 for one in found.doubt)
    assert found.added.shape == (3, 3)
    people = [len(np.unique(labels)) for labels in (found.strict, found.point, found.loose)]
    assert people == sorted(people, reverse=True)
    assert people[0] > people[2]


def test_decisions_in_any_order_give_the_same_clusterings() -> None:
    """Decisions in any order and direction give the same clusterings."""
    rng = np.random.default_rng(2)
    edges = [(2 * k, 2 * k + 1, float(w)) for k, w in enumerate(rng.normal(0, 4, 80))]
    pairs = pairs_of(160, edges)
    same, different = [(0, 1), (8, 9), (2, 3)], [(4, 5), (6, 7)]
    first = run(pairs, same=same, different=different)
    again = run(pairs, same=[(b, a) for a, b in reversed(same)], different=different[::-1])
    assert np.array_equal(first.draws, again.draws)
    assert np.array_equal(first.point, again.point)
