from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from invented_records import invent, records_of

from uncounted.linkage import blocking
from uncounted.linkage.clustering import cluster
from uncounted.linkage.pairs import Clusterings, ScoredPairs
from uncounted.linkage.scoring import score_pairs
from uncounted.project.model import LinkageSpec
from uncounted.records.records import Records

SPEC = LinkageSpec()
ONE = {
    "surname_key": "zorkamenko",
    "given_key": "tulian",
    "patronymic_key": "petrovich",
    "birth": dt.date(1980, 3, 7),
    "event": dt.date(2022, 5, 9),
    "place_key": "gorodok",
    "sex": "m",
}


def ordinary() -> list[dict[str, object]]:
    table = invent(120, seed=4).records.table.drop_columns(["record", "record_id", "line"])
    return [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]


def with_rows(extra: list[dict[str, object]]) -> tuple[Records, np.ndarray]:
    """Ordinary records, then `extra`; and the numbers of the extra records."""
    rows = ordinary()
    lists = tuple(f"list{j}" for j in range(4))
    return records_of([*rows, *extra], lists), np.arange(len(rows), len(rows) + len(extra))


def clustered(pairs: ScoredPairs, **decided: list[tuple[int, int]]) -> Clusterings:
    return cluster(pairs, SPEC, n_draws=10, seed=2, lists=np.zeros(pairs.n_records, np.int64), **decided)


@pytest.fixture(scope="module")
def seventy() -> tuple[ScoredPairs, np.ndarray]:
    """One row 70 times on a list, and the same person once on another list."""
    records, mine = with_rows([*({**ONE, "list": "list0"} for _ in range(70)), {**ONE, "list": "list1"}])
    return score_pairs(records, SPEC, seed=1), mine


def test_a_row_repeated_70_times_is_one_person_and_still_meets_the_other_list(
    seventy: tuple[ScoredPairs, np.ndarray],
) -> None:
    pairs, mine = seventy
    assert pairs.identical == tuple((int(r), int(mine[0])) for r in mine[1:70])
    told = [w for w in pairs.warnings if "identical" in w]
    assert len(told) == 1
    assert told[0].startswith("1 group of more than 15 identical records (70 records of list 'list0')")
    found = clustered(pairs)
    assert (found.point[mine] == mine[0]).all()
    # A draw may bring a missed record home to them; it cannot part them.
    assert (found.draws[:, mine[:70]] == found.draws[:, mine[:1]]).all()
    # The repeats are one item, so they do not outvote the one pair that was scored with the other list.
    assert (found.draws[:, mine[70]] == found.draws[:, mine[0]]).mean() > 0.8
    assert len(np.unique(found.point[: mine[0]])) > 80


def test_a_row_repeated_200_times_is_one_person_everywhere() -> None:
    records, mine = with_rows([{**ONE, "list": "list0"} for _ in range(200)])
    pairs = score_pairs(records, SPEC, seed=1)
    found = clustered(pairs)
    assert (found.point[mine] == mine[0]).all()
    # A draw may bring a missed record home to them; it cannot part them.
    assert (found.draws[:, mine] == found.draws[:, mine[:1]]).all()
    assert (found.point == mine[0]).sum() == 200


def test_a_list_of_nothing_but_one_row_is_one_person() -> None:
    pairs = score_pairs(records_of([dict(ONE) for _ in range(80)]), SPEC, seed=1)
    assert pairs.n_pairs == 0
    assert (clustered(pairs).draws == 0).all()


@pytest.mark.parametrize("change", [{"birth": None, "event": None}, {"given_key": None}])
def test_records_without_full_name_and_exact_date_are_not_put_together(change: dict[str, object]) -> None:
    kept = ("surname_key", "given_key") if "birth" in change else ("surname_key", "birth")
    records, mine = with_rows([{**{k: ONE[k] for k in kept}, "list": "list0"} for _ in range(100)])
    pairs = score_pairs(records, SPEC, seed=1)
    assert pairs.identical == ()
    assert not any("identical" in w for w in pairs.warnings)
    assert len(np.unique(clustered(pairs).point[mine])) == 100


def test_records_that_differ_in_one_key_or_in_the_list_are_not_identical() -> None:
    # 32 records, but no more than 15 agree on everything.
    variants = [{}, {"sex": "f"}, {"place_key": "selo"}, {"list": "list1"}]
    records, _ = with_rows([{**ONE, "list": "list0", **variants[i % 4]} for i in range(32)])
    assert score_pairs(records, SPEC, seed=1).identical == ()


def test_a_decision_that_two_of_them_are_different_people_holds(seventy: tuple[ScoredPairs, np.ndarray]) -> None:
    pairs, mine = seventy
    a, b, other = int(mine[3]), int(mine[9]), int(mine[70])
    for decided in ({"different": [(a, b)]}, {"different": [(b, other)], "same": [(a, other)]}):
        found = clustered(pairs, **decided)
        x, y = decided["different"][0]
        for labels in (found.point, *found.draws):
            assert labels[x] != labels[y]
        assert any("Large groups of identical records" in w for w in found.warnings)
    apart = clustered(pairs, different=[(a, other)])
    for labels in (apart.point, *apart.draws):
        assert len(np.unique(labels[mine[:70]])) == 1
        assert labels[other] != labels[mine[0]]


def test_groups_of_15_are_left_alone_and_nothing_changes_for_ordinary_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    records, mine = with_rows([{**ONE, "list": "list0"} for _ in range(15)])
    now = score_pairs(records, SPEC, seed=1)
    monkeypatch.setattr(blocking, "MOST_IDENTICAL", 10**9)
    without = score_pairs(records, SPEC, seed=1)
    assert now.identical == ()
    assert now.table.equals(without.table)
    assert now.weights == without.weights
    assert now.warnings == without.warnings
    found = clustered(now)
    assert np.array_equal(found.draws, clustered(without).draws)
    assert (found.point[mine] == mine[0]).all()
