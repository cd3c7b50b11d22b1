from datetime import date

import numpy as np
import pytest
from invented_people import make_clusterings, make_project, make_records

from uncounted.errors import CaptureError
from uncounted.project.model import Covers
from uncounted.register import build_register, check_coverage


def test_one_row_a_person():
    records = make_records(
        {"list": "a", "event": "2022", "birth": "1985", "place": "Kyiv", "kind": "x"},
        {"list": "a", "event": "2022-03", "place": "Lviv", "sex": "f"},
        {"list": "b", "event": "2022-03-04", "birth": "1985-06-07", "place": "Lviv"},
        {"list": "c"},
    )
    clusterings = make_clusterings([0, 0, 0, 3])
    register = build_register(records, clusterings, make_project())
    assert register.n_people == 2
    assert register.lists == ("a", "b", "c")
    assert register.clusterings is clusterings
    assert register.people.to_pylist() == [
        {
            "person": 0,
            "n_records": 3,
            "on_a": 1,
            "on_b": 1,
            "on_c": 0,
            "event_from": date(2022, 3, 4),
            "event_to": date(2022, 3, 4),
            "birth_from": date(1985, 6, 7),
            "birth_to": date(1985, 6, 7),
            "place_key": "lviv",
            "sex": "f",
            "kind": "x",
        },
        {
            "person": 3,
            "n_records": 1,
            "on_a": 0,
            "on_b": 0,
            "on_c": 1,
            "event_from": None,
            "event_to": None,
            "birth_from": None,
            "birth_to": None,
            "place_key": None,
            "sex": None,
            "kind": None,
        },
    ]


def test_no_records_no_people():
    records = make_records()
    register = build_register(records, make_clusterings([], point=[]), make_project())
    assert register.n_people == 0


def test_clusterings_of_other_records_are_refused():
    with pytest.raises(ValueError, match="one label a record"):
        build_register(make_records({"list": "a"}), make_clusterings([0, 0]), make_project())


def test_an_undeclared_list_is_refused():
    records = make_records({"list": "courts"}, lists=("courts",))
    with pytest.raises(CaptureError, match="Did you mean 'court'") as caught:
        build_register(records, make_clusterings([0]), make_project(lists=("court",)))
    assert caught.value.code == "C12"


def test_records_outside_their_lists_coverage_are_named_by_line():
    covers = {
        "a": Covers(start=date(2023, 1, 1), end=date(2023, 12, 31)),
        "b": Covers(places=("KYIV", "Одеса")),
    }
    records = make_records(
        {"list": "a", "event": "2022-12-31"},  # line 2: before
        {"list": "a", "event": "2022..2023-01-01"},  # touches: not certain
        {"list": "a"},  # undated: not certain
        {"list": "a", "event": "2024"},  # line 5: after
        {"list": "b", "place": "Kyiv"},
        {"list": "b", "place": "Lviv", "event": "1990"},  # line 3
        {"list": "b"},
        {"list": "c", "place": "Lviv", "event": "1990"},
    )
    found = check_coverage(records, make_project(covers=covers))
    assert [(f.list, f.by, f.n, f.lines) for f in found] == [("a", "dates", 2, (2, 5)), ("b", "places", 1, (3,))]
    assert check_coverage(records, make_project()) == ()


def test_a_covered_place_may_be_written_in_another_script():
    rows = [{"list": "b", "place": "Київ"}, {"list": "b", "place": "Одесса"}, {"list": "b", "place": "Lviv"}]
    found = check_coverage(make_records(*rows), make_project(covers={"b": Covers(places=("kyiv", "Odesa "))}))
    assert [f.lines for f in found] == [(4,)]


def test_a_covered_place_needs_a_name():
    with pytest.raises(CaptureError) as caught:
        check_coverage(make_records({"list": "b"}), make_project(covers={"b": Covers(places=("Kyiv", "14"))}))
    assert caught.value.code == "C15"
    assert "place 2 of 2" in str(caught.value)


def test_many_lines_are_cut_to_twenty():
    records = make_records(*({"list": "a", "event": "2020"} for _ in range(50)))
    (found,) = check_coverage(records, make_project(covers={"a": Covers(start=date(2021, 1, 1))}))
    assert (found.n, len(found.lines)) == (50, 20)
    assert "and 30 more" in str(found)


def test_labels_do_not_depend_on_numpy_types():
    records = make_records({"list": "b"}, {"list": "a"})
    clusterings = make_clusterings([0, 0])
    assert clusterings.point.dtype == np.int64
    assert build_register(records, clusterings, make_project()).people["on_a"].to_pylist() == [1]
