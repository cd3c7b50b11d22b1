"""What is shown next, to whom; a break loses nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from review_room import AT, invented_names, records, scored

from uncounted.errors import DecisionError
from uncounted.linkage.review_order import review_order
from uncounted.review import DecisionLog, NewDecision, ReviewQueue, plan_review, reviewer_agreement, wants_second_look
from uncounted.store import Store


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as opened:
        yield opened


def queue(store, n, edges, *, by="AK", mode="first", order=None, share=0.15, probs=None):
    pairs = scored(n, edges, probs)
    ids = records(invented_names(n)).table["record_id"].to_pylist()
    plan = range(pairs.n_pairs) if order is None else order
    return ReviewQueue(DecisionLog(store), ids=ids, pairs=pairs, order=plan, by=by, mode=mode, share=share)


PAIRS = [(2 * k, 2 * k + 1) for k in range(20)]


def test_a_break_loses_nothing(store):
    first = queue(store, 40, PAIRS)
    shown = []
    for judgement in ("same", "different", "unsure"):
        shown.append(first.next().pair)
        first.decide(first.next(), judgement, at=AT)
    after = queue(store, 40, PAIRS)
    assert after.next() == first.next()
    assert after.next().pair not in shown
    assert (after.progress().n_done, after.progress().n_all) == (3, 20)
    assert after.undo(at=AT).supersedes == 3  # also what was decided before the break
    assert after.next().pair == shown[-1]
    assert queue(store, 40, PAIRS).next().pair == shown[-1]


def test_decided_pairs_imply_others(store):
    # A triangle: two answers settle the third.
    found = queue(store, 4, [(0, 1), (0, 2), (1, 2), (2, 3)])
    found.decide(found.next(), "same", at=AT)
    found.decide(found.next(), "different", at=AT)
    assert [t.pair for t in found.open_tasks()] == [("courts:2", "press:3")]
    assert (found.progress().n_done, found.progress().n_settled) == (3, 1)
    found.undo(at=AT)
    assert [t.pair for t in found.open_tasks()] == [("courts:0", "courts:2"), ("courts:2", "press:1"),
                                                    ("courts:2", "press:3")]  # fmt: skip


def test_undo_shows_the_pair_again_and_several_in_turn(store):
    found = queue(store, 40, PAIRS)
    shown = [found.next().pair]
    found.decide(found.next(), "same", at=AT)
    shown.append(found.next().pair)
    found.decide(found.next(), "same", at=AT)
    found.undo(at=AT)
    assert found.next().pair == shown[1]
    found.undo(at=AT)
    assert found.next().pair == shown[0]
    assert found.undo(at=AT) is None
    found.decide(found.next(), "different", at=AT)
    assert found.next().pair == shown[1]


def test_a_pair_is_decided_once(store):
    found = queue(store, 40, PAIRS)
    task = found.next()
    found.decide(task, "same", at=AT)
    with pytest.raises(DecisionError) as caught:
        found.decide(task, "different", at=AT)
    assert caught.value.code == "D11"
    assert len(found.log) == 1
    with pytest.raises(DecisionError) as caught:
        queue(store, 40, PAIRS, by=" ")
    assert caught.value.code == "D10"


def test_second_looks_are_blind_stable_and_by_somebody_else(store):
    n = 600
    edges = [(2 * k, 2 * k + 1) for k in range(n // 2)]
    ids = records(invented_names(n)).table["record_id"].to_pylist()
    DecisionLog(store).append_all(
        [NewDecision(left=ids[a], right=ids[b], judgement="same", by="AK", at=AT, origin="queue") for a, b in edges]
    )
    found = queue(store, n, edges)
    assert found.next() is None
    waiting = [t.pair for t in queue(store, n, edges, by="LM", mode="second").open_tasks()]
    assert found.progress().n_second == len(waiting)
    assert 0.10 < len(waiting) / (n // 2) < 0.21
    assert waiting == [t.pair for t in queue(store, n, edges, by="QQ", mode="second").open_tasks()]
    assert all(wants_second_look(b, a) for a, b in waiting)
    assert queue(store, n, edges, by="ak ", mode="second").next() is None  # the first reviewer under another spelling
    second = queue(store, n, edges, by="LM", mode="second")
    assert second.next().position is not None
    for judgement in ("same", "different", "unsure"):
        second.decide(second.next(), judgement, at=AT)
    assert second.progress().n_done == 3
    again = queue(store, n, edges, by="LM", mode="second")
    assert [t.pair for t in again.open_tasks()] == waiting[3:]
    assert queue(store, n, edges, by="QQ", mode="second").progress().n_all == len(waiting) - 3
    assert reviewer_agreement(second.log.entries).n_pairs == 3

    judge = queue(store, n, edges, by="ED", mode="adjudicate")
    assert [t.pair for t in judge.open_tasks()] == waiting[1:3]  # the disagreement before the half-sure
    judge.decide(judge.next(), "different", at=AT)
    judge.decide(judge.next(), "unsure", at=AT)
    assert judge.next() is None
    assert (judge.progress().n_done, judge.progress().n_all) == (2, 2)
    judge.undo(at=AT)
    assert [t.pair for t in judge.open_tasks()] == waiting[2:3]
    assert reviewer_agreement(judge.log.entries).table == ((1, 1, 1), (0, 0, 0), (0, 0, 0))


def test_contradictions_come_to_the_adjudicator_until_they_are_gone(store):
    log = DecisionLog(store)
    for left, right, judgement in (("courts:0", "press:1", "same"), ("press:1", "courts:2", "same"),
                                   ("courts:0", "courts:2", "different")):  # fmt: skip
        log.append(left, right, judgement, by="AK", at=AT)
    ids = records(invented_names(4)).table["record_id"].to_pylist()
    judge = ReviewQueue(DecisionLog(store), ids=ids, pairs=None, by="ED", mode="adjudicate")
    assert len(judge.open_tasks()) == 3
    assert judge.next().position is None
    seen = [judge.next().pair]
    judge.decide(judge.next(), "same", at=AT)  # resolves nothing: another of the three comes
    assert judge.next().pair not in seen
    seen.append(judge.next().pair)
    judge.decide(judge.next(), "same", at=AT)
    assert judge.next().pair not in seen
    judge.decide(judge.next(), "same", at=AT)
    assert judge.next() is None


def test_the_plan_keeps_whole_batches_of_the_order():
    rng = np.random.default_rng(5)
    edges = sorted({(min(e), max(e)) for e in rng.integers(0, 60, (300, 2)).tolist() if e[0] != e[1]})
    pairs = scored(60, edges, rng.uniform(0.01, 0.99, len(edges)))
    ids = [f"r{n}" for n in range(60)]
    order = review_order(pairs, ids=ids, seed=1, n=120)
    plan = plan_review(pairs, order, batch=25)
    for start in range(0, 120, 25):
        assert set(plan[:start]) == set(order[:start])
    assert sorted(plan) == sorted(order)
    left, right = pairs.table["left"].to_numpy(), pairs.table["right"].to_numpy()
    batch = [int(k) for k in plan[:25]]
    # Within a batch a component that is left does not come back.
    groups = []
    for k in batch:
        reach = {left[k], right[k]}
        for _ in batch:
            reach |= {x for j in batch if {left[j], right[j]} & reach for x in (left[j], right[j])}
        groups.append(min(reach))
    assert len([1 for a, b in pairwise(groups) if a != b]) == len(set(groups)) - 1
