"""Numbers that rows keep through deliveries, and record ids of then as they are called now."""

from __future__ import annotations

from delivered_rows import Row, deliver, people
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.records.deliveries import Delivery
from uncounted.records.row_history import NumberedDelivery, carry_ids, delivery_at, number_rows
from uncounted.store import from_json, to_json


def numbered(*deliveries: tuple[Delivery, int]) -> list[NumberedDelivery]:
    history: list[NumberedDelivery] = []
    for delivery, n_decisions in deliveries:
        rows, _ = number_rows(history, delivery)
        history.append(NumberedDelivery(delivery=delivery, rows=rows, n_decisions=n_decisions))
    return history


def test_a_decision_follows_its_row_and_not_its_line() -> None:
    old = people(6)
    new = [*people(2, start=50), *old[:3], *old[4:]]
    history = numbered((deliver(old), 0), (deliver(new), 3))
    found = carry_ids([(1, "press:2"), (3, "press:5"), (4, "press:2"), (4, "press:99")], {"press": history})
    assert [(c.now, c.state) for c in found] == [
        ("press:4", "same"),
        (None, "gone"),
        ("press:2", "same"),
        (None, "unknown"),
    ]
    assert found[0].row == 0
    assert found[2].row == 6


def test_words_that_changed_are_said_and_a_row_in_the_place_of_another_is_proposed() -> None:
    old = people(6)
    new = list(old)
    new[1] = (old[1][0], old[1][1], "1999-09-09", old[1][3])
    new[3] = ("n80", "Another Person", "1900-01-01", "Far")
    history = numbered((deliver(old), 0), (deliver(new), 5))
    one, other = carry_ids([(2, "press:3"), (2, "press:5")], {"press": history})
    assert (one.now, one.state) == ("press:3", "reworded")
    assert (other.now, other.state, other.perhaps) == (None, "gone", "press:5")


def test_a_file_that_comes_back_has_the_rows_it_had() -> None:
    first, second = people(8), [*people(1, start=60), *people(8)[:5]]
    history = numbered((deliver(first), 0), (deliver(second), 2), (deliver(first), 4))
    assert history[2].rows.tolist() == history[0].rows.tolist() == list(range(8))
    found = carry_ids([(1, "press:9"), (3, "press:3"), (3, "press:2"), (5, "press:9")], {"press": history})
    assert [(c.now, c.state) for c in found] == [
        ("press:9", "same"),
        ("press:2", "same"),
        (None, "gone"),
        ("press:9", "same"),
    ]


def test_a_row_that_was_left_out_once_has_its_number_again() -> None:
    rows = people(8)
    history = numbered((deliver(rows), 0), (deliver(rows[1:]), 0), (deliver([*people(1, start=30), *rows]), 1))
    assert history[2].rows.tolist() == [8, *range(8)]
    assert carry_ids([(1, "press:2")], {"press": history})[0].now is not None


def test_lists_are_kept_apart_and_a_list_left_out_is_unknown() -> None:
    both = {
        "press": numbered((deliver(people(3)), 0), (deliver(people(3)[1:]), 1)),
        "court": numbered((deliver(people(4), name="court"), 0), (deliver(people(4)[2:], name="court"), 1)),
    }
    found = carry_ids([(1, "press:3"), (1, "court:4"), (1, "tv:1")], both)
    assert [c.now for c in found] == ["press:2", "court:2", None]
    assert found[2].state == "unknown"


def test_which_delivery_a_decision_was_made_on() -> None:
    one = deliver(people(2))
    history = [NumberedDelivery(delivery=one, rows=number_rows([], one)[0], n_decisions=k) for k in (2, 5, 5)]
    assert [delivery_at(history, n) for n in (1, 2, 3, 5, 6, 9)] == [0, 0, 0, 0, 2, 2]


def test_a_history_is_kept_in_the_store_as_it_is() -> None:
    (kept,) = numbered((deliver(people(5), ids=True), 3))
    again = from_json(to_json(kept), NumberedDelivery)
    assert again.delivery.table.equals(kept.delivery.table)
    assert again.delivery.mark == kept.delivery.mark
    assert again.rows.tolist() == kept.rows.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 14), unique=True), min_size=1, max_size=6), st.booleans())
def test_numbers_are_the_same_person_in_every_delivery(deliveries: list[list[int]], ids: bool) -> None:  # noqa: FBT001
    rows: list[Row] = people(15)
    history = numbered(*((deliver([rows[i] for i in chosen], ids=ids), k) for k, chosen in enumerate(deliveries)))
    number_of: dict[int, int] = {}
    for chosen, kept in zip(deliveries, history, strict=True):
        assert len(set(kept.rows.tolist())) == len(chosen)
        for i, number in zip(chosen, kept.rows.tolist(), strict=True):
            assert number_of.setdefault(i, number) == number
    assert len(set(number_of.values())) == len(number_of)
    asked = [
        (k + 1, kept.delivery.table["record_id"][p].as_py(), i)
        for k, (chosen, kept) in enumerate(zip(deliveries, history, strict=True))
        for p, i in enumerate(chosen)
    ]
    today = {i: history[-1].delivery.table["record_id"][p].as_py() for p, i in enumerate(deliveries[-1])}
    found = carry_ids([(number, one) for number, one, _ in asked], {"press": history})
    assert [c.now for c in found] == [today.get(i) for _, _, i in asked]
