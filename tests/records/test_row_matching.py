"""Rows of one delivery in the next: found where they can be known, never mistaken for another."""

from __future__ import annotations

import numpy as np
import pytest
from delivered_rows import Row, deliver, people
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.records.deliveries import Delivery
from uncounted.records.row_matching import DeliveryMatch, match_deliveries


def pairs(match: DeliveryMatch) -> dict[int, int]:
    return {i: int(j) for i, j in enumerate(match.new_of) if j >= 0}


def test_rows_put_in_are_added_and_the_others_keep_who_they_are() -> None:
    old = people(30)
    new = [*old[:10], *people(2, start=50), *old[10:]]
    match = match_deliveries(deliver(old), deliver(new))
    assert pairs(match) == {i: i if i < 10 else i + 2 for i in range(30)}
    assert (match.n_added, match.n_gone, match.n_changed, match.n_moved) == (2, 0, 0, 20)


def test_the_same_file_is_matched_by_line_whatever_is_read_from_it() -> None:
    rows = [("", "X", "", "")] * 5 + people(5)
    old = deliver(rows)
    new = deliver(rows, columns=(("surname", "Name"), ("birth", "Town")))
    match = match_deliveries(old, new)
    assert pairs(match) == {i: i for i in range(10)}
    assert match.n_changed == 0


def test_a_changed_mapping_over_a_changed_file_is_said_and_whole_rows_agree() -> None:
    old = people(20)
    new = [*people(1, start=40), *old[:7], *old[8:]]
    match = match_deliveries(deliver(old), deliver(new, columns=(("name", "Name"), ("event", "Born"))))
    assert pairs(match) == {i: i + 1 - (i > 7) for i in range(20) if i != 7}
    assert match.n_changed == 0
    assert "mapping of columns changed" in match.notes[0]
    assert "19 of 20" in match.notes[0]


def test_renamed_headers_with_the_mapping_that_goes_with_them_change_nothing() -> None:
    old, headers = people(12), ("No", "Full name", "Birth", "Place")
    match = match_deliveries(deliver(old), deliver(old[1:], headers=headers))
    assert pairs(match) == {i: i - 1 for i in range(1, 12)}
    assert match.n_changed == 0


def test_a_corrected_row_between_matched_neighbours_is_the_same_row_in_other_words() -> None:
    old = people(10)
    new = list(old)
    new[4] = (old[4][0], old[4][1], "1999-01-01", old[4][3])  # birth corrected
    new[7] = (old[7][0], "Corrected Name", old[7][2], old[7][3])
    match = match_deliveries(deliver(old), deliver([*people(1, start=90), *new]))
    assert pairs(match) == {i: i + 1 for i in range(10)}
    assert np.flatnonzero(match.changed).tolist() == [4, 7]
    assert match.n_added == 1


def test_a_row_replaced_by_another_person_is_not_taken_for_it() -> None:
    old = people(10)
    new = [*old[:4], ("n99", "Somebody Else", "1901-12-31", old[4][3]), *old[5:]]
    match = match_deliveries(deliver(old), deliver(new))
    assert 4 not in pairs(match)
    assert (match.n_gone, match.n_added) == (1, 1)
    assert match.proposed == ((4, 4),)
    # With nothing but a town in common, or a name that half the list has, a place in the file is no proof.
    same_name = [(k, "Unknown", b, p) for k, _, b, p in old]
    other = [*same_name[:4], ("n99", "Unknown", "1901-12-31", "Elsewhere"), *same_name[5:]]
    assert 4 not in pairs(match_deliveries(deliver(same_name), deliver(other)))


def test_a_namesake_in_another_place_is_not_taken_for_a_row_that_is_gone() -> None:
    old = people(12)
    namesake = ("n99", old[3][1], "1901-12-31", "Elsewhere")
    match = match_deliveries(deliver(old), deliver([*old[:3], *old[4:], namesake]))
    assert 3 not in pairs(match)
    assert (match.n_gone, match.n_added) == (1, 1)


def test_two_namesakes_in_one_gap_are_told_apart_by_nothing() -> None:
    old = people(8)
    old[3], old[4] = ("", "Same Name", "1950-01-01", "T"), ("", "Same Name", "1960-01-01", "T")
    new = [*old[:3], ("", "Same Name", "1970-01-01", "T"), *old[5:]]
    found = pairs(match_deliveries(deliver(old), deliver(new)))
    assert 3 not in found
    assert 4 not in found
    new.insert(4, old[4])  # one of them as it was: then the other is plain
    assert pairs(match_deliveries(deliver(old), deliver(new))) == {i: i for i in range(8)}


def test_an_own_id_holds_through_reordering_and_rewording() -> None:
    old = people(20)
    new = list(reversed(old))
    new[3] = (new[3][0], "Wholly Other", "1900-01-01", "Nowhere")
    match = match_deliveries(deliver(old, ids=True), deliver(new, ids=True))
    assert pairs(match) == {i: 19 - i for i in range(20)}
    assert np.flatnonzero(match.changed).tolist() == [16]
    assert match.n_moved == 0
    assert "1 rows kept their id and changed in content." in match.notes


def renumber(rows: list[Row]) -> list[Row]:
    return [(str(k + 1), *row[1:]) for k, row in enumerate(rows)]


def test_ids_given_anew_are_not_believed_and_it_is_said() -> None:
    old = people(30)
    new = [*people(1, start=70), *old]
    match = match_deliveries(deliver(renumber(old), ids=True), deliver(renumber(new), ids=True))
    assert pairs(match) == {i: i + 1 for i in range(30)}
    assert "given anew" in match.notes[0]


def test_ids_given_anew_in_the_last_part_only_carry_no_row_to_another() -> None:
    old = people(30)
    corrected = (old[26][0], old[26][1], "1999-01-01", old[26][3])
    kept = [*old[:25], corrected, *old[27:]]  # the row at 25 is out, the one at 26 corrected
    match = match_deliveries(deliver(renumber(old), ids=True), deliver(renumber(kept), ids=True))
    found = pairs(match)
    assert 25 not in found
    assert {i: j for i, j in found.items() if i != 26} == {i: i - (i > 25) for i in range(30) if i not in (25, 26)}
    assert found.get(26, 25) == 25
    assert any("under another id" in note for note in match.notes)


def test_every_date_rewritten_leaves_the_ids_in_force() -> None:
    old = people(15)
    new = [(k, n, b.replace("-", "/"), p) for k, n, b, p in reversed(old)]
    match = match_deliveries(deliver(old, ids=True), deliver(new, ids=True))
    assert pairs(match) == {i: 14 - i for i in range(15)}
    assert match.n_changed == 15


def test_rows_of_the_same_content_go_in_order_and_no_further() -> None:
    twin = ("", "Twin Same", "1970-01-01", "Town1")
    old = [twin, *people(3), twin, twin]
    new = [*people(3), twin, twin]
    match = match_deliveries(deliver(old), deliver(new))
    assert pairs(match) == {0: 3, 1: 0, 2: 1, 3: 2, 4: 4}
    assert match.n_gone == 1


def test_rows_without_content_are_no_match_for_others() -> None:
    empty = ("", "", "", "")
    match = match_deliveries(deliver([empty, *people(2)]), deliver([*people(2), ("", "Z", "", "")]))
    assert 0 not in pairs(match)


@pytest.mark.parametrize("n", [0, 1])
def test_lists_without_rows(n: int) -> None:
    for a, b in ((0, n), (n, 0)):
        match = match_deliveries(deliver(people(a)), deliver(people(b)))
        assert match.n_kept == 0
        assert (match.n_gone, match.n_added) == (a, b)


def test_two_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="two lists"):
        match_deliveries(deliver(people(1)), deliver(people(1), name="courts"))


def test_no_value_is_in_a_delivery_and_digests_depend_on_the_salt() -> None:
    from uncounted.store import to_json

    one, other = deliver(people(5)), deliver(people(5), salt=b"x" * 32)
    assert not np.isin(one.digests("whole"), other.digests("whole")).any()
    text = to_json(one)
    for row in people(5):
        for cell in row[1:]:
            assert cell.encode() not in text
    assert "Surname" not in repr(one)
    assert one.digests("name")[0] == deliver(people(1)).digests("name")[0]
    moved = deliver([("a", "bc", "", ""), ("ab", "c", "", "")], columns=(("given", "No"), ("surname", "Name")))
    assert moved.digests("name")[0] != moved.digests("name")[1]


def brute(old: Delivery, new: Delivery) -> dict[int, int]:
    """Unique content and duplicates in order, without ids and neighbours, by plain loops."""
    content = [list(zip(d.digests("name").tolist(), d.digests("rest").tolist(), strict=True)) for d in (old, new)]
    found: dict[int, int] = {}
    for i, key in enumerate(content[0]):
        free = [j for j, other in enumerate(content[1]) if other == key and j not in found.values()]
        if free:
            found[i] = free[0]
    return found


cells = st.sampled_from(["A", "B", "C", "D"])
tiny = st.lists(st.tuples(st.just(""), cells, cells, st.sampled_from(["", "T"])), max_size=9)


@settings(max_examples=120, deadline=None)
@given(tiny, tiny)
def test_content_agrees_with_plain_loops_and_no_row_is_matched_twice(old: list[Row], new: list[Row]) -> None:
    a, b = deliver(old), deliver(new)
    match = match_deliveries(a, b)
    found = pairs(match)
    assert len(set(found.values())) == len(found)
    if a.sha256 != b.sha256:
        by_content = {i: j for i, j in found.items() if not match.changed[i]}
        assert by_content == brute(a, b)
    assert match.n_kept + match.n_gone == len(old)
    assert match.n_kept + match.n_added == len(new)
    assert all(i not in found and j not in found.values() for i, j in match.proposed)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_edits_of_a_real_list_never_attach_a_row_to_another(data: st.DataObject) -> None:
    """Rows put in, taken out, corrected in one field, and put in another order: a match is right or is not made."""
    n = data.draw(st.integers(1, 25))
    ids = data.draw(st.booleans())
    old = people(n)
    kept = data.draw(st.lists(st.sampled_from(range(n)), unique=True))
    if not data.draw(st.booleans()):
        kept.sort()
    new: list[Row] = []
    truth: list[int] = []
    for i in kept:
        row = list(old[i])
        if data.draw(st.integers(0, 4)) == 0:
            row[data.draw(st.integers(1, 2))] += " corrected"
        new.append((row[0], row[1], row[2], row[3]))
        truth.append(i)
        if data.draw(st.integers(0, 4)) == 0:
            new += people(1, start=100 + i)
            truth.append(-1)
    a, b = deliver(old, ids=ids), deliver(new, ids=ids)
    found = pairs(match_deliveries(a, b))
    for i, j in found.items():
        assert truth[j] == i
    unchanged = {truth[j]: j for j in range(len(new)) if truth[j] >= 0 and new[j] == old[truth[j]]}
    assert unchanged.items() <= found.items()
    if ids:
        assert len(found) == len(kept) or "given anew" in str(match_deliveries(a, b).notes)
