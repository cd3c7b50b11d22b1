"""The log under the ids of today: what it says of which rows, and which decisions are in force."""

from __future__ import annotations

import pyarrow as pa

from uncounted.records.deliveries import DELIVERY_SCHEMA, Delivery
from uncounted.records.row_history import NumberedDelivery, number_rows
from uncounted.review.carried import carry_log
from uncounted.review.decisions import Decision, current_decisions
from uncounted.review.resolve import resolve


def delivery(rows: list[int], reworded: tuple[int, ...] = ()) -> Delivery:
    """A list "a" without ids whose rows are these people, one a line."""
    table = {
        "record_id": [f"a:{line}" for line in range(2, len(rows) + 2)],
        "line": list(range(2, len(rows) + 2)),
        "own": [False] * len(rows),
        "name": [100 + k for k in rows],
        "rest": [200 + k + (5000 if k in reworded else 0) for k in rows],
        "whole": [300 + k + (5000 if k in reworded else 0) for k in rows],
    }
    columns = (("name", "N"), ("birth", "B"))
    sha256 = f"{rows}{reworded}"
    return Delivery(list="a", sha256=sha256, sheet="", columns=columns, table=pa.table(table, schema=DELIVERY_SCHEMA))


def history(*deliveries: tuple[Delivery, int]) -> dict[str, list[NumberedDelivery]]:
    kept: list[NumberedDelivery] = []
    for one, n_decisions in deliveries:
        kept.append(NumberedDelivery(delivery=one, rows=number_rows(kept, one)[0], n_decisions=n_decisions))
    return {"a": kept}


def decision(
    number: int, left: int, right: int, judgement: str = "same", by: str = "AK", over: int | None = None, **more: str
) -> Decision:
    ids = sorted((f"a:{left}", f"a:{right}"))
    return Decision(
        number=number, left=ids[0], right=ids[1], judgement=judgement, by=by, at="2026-01-01", supersedes=over, **more
    )  # type: ignore[arg-type]


PUT_IN = history((delivery([0, 1, 2, 3]), 0), (delivery([9, 0, 1, 2, 3]), 2))


def test_nothing_changes_while_the_lists_do_not() -> None:
    log = (decision(1, 2, 3), decision(2, 2, 4, "different"), decision(3, 2, 3, "different", over=1))
    carried = carry_log(log, history((delivery([0, 1, 2, 3]), 0)))
    assert carried.log == log
    assert carried.to_look_at == ()


def test_the_same_ids_on_other_rows_supersede_nothing() -> None:
    # Number 3 says a:2 and a:3 of the second delivery; in the log its words equal those of number 1.
    log = (decision(1, 2, 3), decision(2, 4, 5), decision(3, 2, 3, "different", over=1))
    carried = carry_log(log, PUT_IN)
    assert [(d.left, d.right) for d in carried.log] == [("a:3", "a:4"), ("a:5", "a:6"), ("a:2", "a:3")]
    assert len(current_decisions(carried.log)) == 3
    assert [(r.pair, r.judgement) for r in resolve(carried.log)] == [
        (("a:3", "a:4"), "same"),
        (("a:5", "a:6"), "same"),
        (("a:2", "a:3"), "different"),
    ]


def test_the_same_rows_under_other_ids_are_decided_anew() -> None:
    log = (decision(1, 2, 3), decision(2, 4, 5), decision(3, 3, 4, "different"))
    carried = carry_log(log, PUT_IN)
    assert carried.log[2].supersedes == 1
    assert [(r.pair, r.judgement) for r in resolve(carried.log)] == [
        (("a:5", "a:6"), "same"),
        (("a:3", "a:4"), "different"),
    ]


def test_another_reviewer_does_not_supersede_and_an_adjudicator_settles() -> None:
    log = (decision(1, 2, 3), decision(2, 4, 5), decision(3, 3, 4, "different", by="MB"))
    (_, both) = sorted(resolve(carry_log(log, PUT_IN).log), key=lambda r: len(r.decisions))
    assert both.status == "disagreed"
    settled = (*log, decision(4, 3, 4, "different", by="CD", origin="adjudication"))
    assert {r.status for r in resolve(carry_log(settled, PUT_IN).log)} == {"single", "adjudicated"}


def test_a_withdrawal_is_of_the_decision_it_names_whatever_its_ids_mean_by_then() -> None:
    log = (decision(1, 2, 3), decision(2, 4, 5), decision(3, 2, 3, "withdrawn", over=1))
    carried = carry_log(log, PUT_IN)
    assert carried.log[2].pair == carried.log[0].pair == ("a:3", "a:4")
    assert [d.number for d in current_decisions(carried.log) if d.judgement != "withdrawn"] == [2]
    assert [r.pair for r in resolve(carried.log)] == [("a:5", "a:6")]


def test_rows_that_are_gone_are_nobody_and_reworded_ones_are_listed() -> None:
    now = history((delivery([0, 1, 2, 3]), 0), (delivery([1, 2, 3], reworded=(2,)), 3))
    log = (decision(1, 2, 3), decision(2, 4, 5), decision(3, 3, 5))
    carried = carry_log(log, now)
    assert [(d.left, d.right) for d in carried.log] == [("a:2", "a:2 (gone, row 0)"), ("a:3", "a:4"), ("a:2", "a:4")]
    assert [(pair.number, pair.holds, pair.left.state, pair.right.state) for pair in carried.to_look_at] == [
        (1, False, "gone", "same"),
        (2, True, "reworded", "same"),
    ]
    over = (*log, decision(4, 3, 4))  # decided again, today
    assert [pair.number for pair in carry_log(over, now).to_look_at] == [1]


def test_old_logs_in_which_one_reviewer_superseded_another_are_read_as_they_were() -> None:
    log = (decision(1, 2, 3), decision(2, 2, 3, "different", by="MB", over=1), decision(3, 4, 5))
    carried = carry_log(log, history((delivery([0, 1, 2, 3]), 0), (delivery([9, 0, 1, 2, 3]), 3)))
    assert [(r.pair, r.judgement) for r in resolve(carried.log)] == [
        (("a:3", "a:4"), "different"),
        (("a:5", "a:6"), "same"),
    ]
