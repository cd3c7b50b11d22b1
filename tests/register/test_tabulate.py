from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from invented_people import make_clusterings, make_project, make_records

from uncounted.captures.table import CaptureTable
from uncounted.errors import CaptureError
from uncounted.project.model import Covers
from uncounted.register import build_register, tabulate
from uncounted.register.codes import CODES
from uncounted.register.strata import time_windows


def tab(rows, project, *draws, seed=1):
    records = make_records(*rows)
    draws = draws or (list(range(len(rows))),)
    clusterings = make_clusterings(*draws)
    return tabulate(build_register(records, clusterings, project), records, project, seed=seed)


def cells(table: CaptureTable, draw: int = 0) -> dict[str, dict[str, int]]:
    return {
        stratum: {p: int(n) for p, n in zip(table.pattern_labels, table.counts[draw, s], strict=True) if n}
        for s, stratum in enumerate(table.strata)
    }


def test_patterns_over_draws_without_strata():
    rows = [{"list": "a"}, {"list": "a"}, {"list": "b"}, {"list": "c"}]
    found = tab(rows, make_project(built_from={"b": ("a",)}), [0, 1, 1, 3], [0, 0, 0, 0], [0, 1, 2, 3])
    assert found.table.n_draws == 3
    assert cells(found.table, 0) == {"all": {"100": 1, "110": 1, "001": 1}}
    assert cells(found.table, 1) == {"all": {"111": 1}}
    assert cells(found.table, 2) == {"all": {"100": 2, "010": 1, "001": 1}}
    assert cells(found.point) == cells(found.table, 0)
    assert found.table.built_from == (("b", "a"),)
    assert (found.tally.people, [t.people for t in found.draw_tallies]) == (3, [3, 1, 4])


def test_strata_by_year_place_and_sex():
    rows = [
        {"list": "a", "event": "2022-05-01", "place": "Kyiv", "sex": "f"},
        {"list": "b", "event": "2022", "place": "Kyiv", "sex": "f"},
        {"list": "b", "event": "2023-02", "place": "Lviv", "sex": "m"},
    ]
    found = tab(rows, make_project(strata=("year", "place", "sex")), [0, 0, 2])
    assert cells(found.table) == {"2022, Kyiv, f": {"110": 1}, "2023, Lviv, m": {"010": 1}}
    assert found.tally.filled == 0


def test_a_place_is_printed_as_it_is_most_often_written():
    rows = [{"list": "a", "place": p} for p in ("Київ", "Kyiv", "Київ", "Lviv", "LVIV")]
    assert set(tab(rows, make_project(strata=("place",))).table.strata) == {"Київ", "LVIV"}


def test_people_outside_the_period_are_left_out_and_counted():
    project = make_project(start=date(2022, 1, 1), end=date(2022, 12, 31), strata=("half",))
    rows = [
        {"list": "a", "event": "2021-12-31"},
        {"list": "a", "event": "2022-01-01"},
        {"list": "b", "event": "2022-12-31"},
        {"list": "b", "event": "2023-01-01"},
        {"list": "c", "event": "2022-12-20..2023-01-10"},
        {"list": "a", "event": "1990"},
        {"list": "b", "event": "2022-02-02"},
    ]
    found = tab(rows, project, [0, 1, 2, 3, 4, 5, 6])
    assert (found.tally.outside_period, found.tally.across_period) == (3, 1)
    assert cells(found.table) == {"2022-H1": {"100": 1, "010": 1}, "2022-H2": {"010": 1, "001": 1}}
    assert any("outside the period" in note and note.startswith("3 of 7 people") for note in found.notes)


def test_time_windows_are_cut_off_at_the_period():
    assert time_windows("quarter", date(2021, 11, 15), date(2022, 4, 1)) == (
        ("2021-Q4", date(2021, 11, 15), date(2021, 12, 31)),
        ("2022-Q1", date(2022, 1, 1), date(2022, 3, 31)),
        ("2022-Q2", date(2022, 4, 1), date(2022, 4, 1)),
    )
    assert [w[0] for w in time_windows("half", date(2021, 7, 1), date(2022, 12, 31))] == [
        "2021-H2",
        "2022-H1",
        "2022-H2",
    ]
    assert time_windows("year", date(9999, 1, 1), date(9999, 12, 31))[-1][2] == date(9999, 12, 31)


def test_of_several_times_the_finest_decides():
    found = tab([{"list": "a", "event": "2022-05-01"}], make_project(strata=("year", "quarter")))
    assert found.table.strata == ("2022-Q2",)


# -- coverage ---------------------------------------------------------------------------------------------------------
LATE = {"c": Covers(start=date(2023, 1, 1))}


def test_coverage_by_year():
    rows = [{"list": "a", "event": "2022"}, {"list": "c", "event": "2023"}]
    found = tab(rows, make_project(strata=("year",), covers=LATE))
    assert found.table.coverage.tolist() == [[True, True, False], [True, True, True]]
    assert found.notes == ()


def test_coverage_by_place():
    covers = {"b": Covers(places=("Kyiv",))}
    rows = [{"list": "a", "place": "Lviv"}, {"list": "b", "place": "Kyiv"}]
    found = tab(rows, make_project(strata=("place",), covers=covers))
    assert dict(zip(found.table.strata, found.table.coverage.tolist(), strict=True)) == {
        "Kyiv": [True, True, True],
        "Lviv": [True, False, True],
    }


def test_a_window_covered_in_part_is_noted():
    covers = {"c": Covers(start=date(2022, 5, 1))}
    rows = [{"list": "a", "event": "2022-02"}, {"list": "c", "event": "2022-06"}]
    found = tab(rows, make_project(strata=("year",), covers=covers))
    assert found.table.coverage.all()
    assert any("'c' covers 2022 only in part" in note and '"half"' in note for note in found.notes)
    assert any(
        "'c' covers 2022-Q2 only in part" in n
        for n in tab(rows, make_project(strata=("quarter",), covers=covers)).notes
    )
    # A period that begins with the coverage leaves nothing in part.
    inside = make_project(strata=("year",), covers=covers, start=date(2022, 5, 1), end=date(2022, 12, 31))
    assert not any("in part" in note for note in tab(rows, inside).notes)


def test_limits_the_table_cannot_express_are_noted():
    covers = {"b": Covers(places=("Kyiv",)), **LATE}
    rows = [{"list": "a", "event": "2022"}, {"list": "c", "event": "2023"}]
    notes = tab(rows, make_project(covers=covers)).notes
    assert any("'c' could not have recorded everybody" in n and '"year"' in n for n in notes)
    assert any("'b' could not have recorded everybody" in n and '"place"' in n for n in notes)


def test_records_outside_coverage_stop_the_table():
    rows = [{"list": "c", "event": "2022-03-04"}, {"list": "c", "event": "2023"}]
    with pytest.raises(CaptureError) as caught:
        tab(rows, make_project(strata=("year",), covers=LATE))
    assert caught.value.code == "C11"
    assert "lines 2" in str(caught.value)
    assert "2022" not in str(caught.value)


def test_a_stratum_that_all_lists_cover_is_preferred():
    """The records agree on 2022 (two against one), which list c does not cover; the record of c says 2023."""
    rows = [
        {"list": "a", "event": "2022-12-30"},
        {"list": "b", "event": "2022-12-30"},
        {"list": "c", "event": "2023-01-02"},
    ]
    found = tab(rows, make_project(strata=("year",), covers=LATE), [0, 0, 0])
    assert cells(found.table) == {"2023": {"111": 1}}
    assert (found.tally.moved, found.tally.cut, found.tally.disputed_dates) == (1, 0, 1)
    assert any("another of their records" in note for note in found.notes)


def test_lists_with_no_stratum_in_common():
    covers = {"a": Covers(end=date(2022, 12, 31)), **LATE}
    rows = [
        {"list": "a", "event": "2022-06-01"},
        {"list": "b", "event": "2023-06-01"},
        {"list": "c", "event": "2023-06-01"},
    ]
    found = tab(rows, make_project(strata=("year",), covers=covers), [0, 0, 0])
    # b and c cover 2023, only a and b cover 2022: counted where more of the records are, without list a.
    assert cells(found.table) == {"2023": {"011": 1}}
    assert (found.tally.moved, found.tally.cut) == (0, 1)
    assert any("taken for one" in note for note in found.notes)


def test_a_person_on_lists_that_cover_nothing_of_the_period():
    covers = {"c": Covers(end=date(2021, 12, 31))}
    project = make_project(strata=("year",), covers=covers, start=date(2022, 1, 1), end=date(2022, 12, 31))
    rows = [{"list": "c"}, {"list": "a", "event": "2022"}]
    found = tab(rows, project)
    assert cells(found.table) == {"2022": {"100": 1}}
    assert found.tally.nowhere == 1


# -- missing labels ---------------------------------------------------------------------------------------------------
def test_a_missing_stratum_is_drawn_like_people_on_the_same_lists():
    rows = []
    for year, n_a, n_b in (("2022", 300, 10), ("2023", 100, 290)):
        rows += [{"list": "a", "event": year}] * n_a + [{"list": "b", "event": year}] * n_b
    rows += [{"list": "a"}] * 400
    labels = list(range(len(rows)))
    found = tab(rows, make_project(strata=("year",)), *[labels] * 50)
    drawn = found.table.counts[:, 0, 3] - 300  # stratum 2022, pattern 100
    assert found.tally.filled == 400
    assert (found.table.counts[:, :, 3].sum(axis=1) == 800).all()
    # 400 draws with probability 3/4: mean 300, SD 8.66; the mean of 50 such within 4 standard errors.
    assert abs(drawn.mean() - 300) < 4 * 8.66 / np.sqrt(50)
    assert drawn.std() > 4
    assert (found.table.counts[:, 0, 1] == 10).all()


def test_a_missing_stratum_is_one_that_all_lists_cover():
    rows = [{"list": "a", "event": "2022"}] * 50 + [{"list": "a", "event": "2023"}] + [{"list": "c"}] * 20
    found = tab(rows, make_project(strata=("year",), covers=LATE))
    assert cells(found.table) == {"2022": {"100": 50}, "2023": {"100": 1, "001": 20}}


def test_a_range_over_several_strata_stays_within_them():
    rows = [{"list": "a", "event": f"2022-{m:02d}"} for m in range(1, 13) for _ in range(5)]
    rows += [{"list": "a", "event": "2022-05..2022-08"}] * 90
    found = tab(rows, make_project(strata=("quarter",)), *[list(range(len(rows)))] * 5)
    added = found.table.counts[:, :, 3] - 15
    assert (added[:, [0, 3]] == 0).all()
    assert (added[:, [1, 2]] > 20).all()
    assert (added.sum(axis=1) == 90).all()


def test_without_anybody_to_follow_strata_are_drawn_evenly():
    rows = [{"list": "a", "event": "2022..2023"}] * 200
    found = tab(rows, make_project(strata=("year",)))
    assert 60 < found.table.counts[0, 0, 3] < 140


def test_only_what_is_missing_is_drawn():
    rows = [{"list": "a", "event": "2022", "sex": s} for s in "fm"] + [{"list": "a", "event": "2023", "sex": "f"}]
    rows += [{"list": "a", "event": "2022"}] * 40
    found = tab(rows, make_project(strata=("year", "sex")))
    assert found.table.strata == ("2022, f", "2022, m", "2023, f")
    assert found.table.counts[0, :2, 3].sum() == 42
    assert found.table.counts[0, 2, 3] == 1


def test_the_same_seed_gives_the_same_table_and_draws_differ():
    rows = [{"list": "a", "event": y} for y in ("2022", "2023") for _ in range(20)] + [{"list": "a"}] * 50
    labels = list(range(len(rows)))
    project = make_project(strata=("year",))
    first, again = tab(rows, project, labels, labels), tab(rows, project, labels, labels)
    assert first.table == again.table
    assert (first.table.counts[0] != first.table.counts[1]).any()
    assert tab(rows, project, labels, labels, seed=2).table != first.table
    # A draw does not depend on how many there are.
    assert (tab(rows, project, labels).table.counts[0] == first.table.counts[0]).all()


def test_order_of_records_does_not_matter_without_drawing():
    rng = np.random.default_rng(5)
    rows = [{"list": str(rng.choice(["a", "b", "c"])), "event": f"202{rng.integers(2, 5)}"} for _ in range(60)]
    who = rng.integers(0, 25, 60)
    project = make_project(strata=("year",))

    def run(order):
        ids = who[order]
        labels = [int(np.flatnonzero(ids == x)[0]) for x in ids]
        return tab([rows[i] for i in order], project, labels).table

    forward = run(np.arange(60))
    # Contradictory years fall back on the smallest record number only in ties of equal ranges, which are equal anyway.
    assert run(rng.permutation(60)) == forward
    assert forward.n_listed[0] == len(set(who.tolist()))


# -- what cannot be tabulated -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("stratum", ["year", "place", "sex", "kind"])
def test_strata_that_no_record_has(stratum):
    with pytest.raises(CaptureError) as caught:
        tab([{"list": "a"}], make_project(strata=(stratum,)))
    assert caught.value.code == "C10"


def test_too_many_strata():
    rows = [{"list": "a", "event": "0001", "place": "x"}, {"list": "a", "event": "2022", "place": "y"}]
    rows += [{"list": "b", "place": f"p{chr(97 + i)}"} for i in range(30)]
    with pytest.raises(CaptureError) as caught:
        tab(rows, make_project(strata=("quarter", "place")))
    assert caught.value.code == "C13"


def test_everybody_outside_the_period_gives_an_empty_table():
    project = make_project(start=date(2022, 1, 1), end=date(2022, 12, 31), strata=("year",))
    found = tab([{"list": "a", "event": "1990"}], project)
    assert found.table.n_listed.tolist() == [0]
    assert found.tally.outside_period == 1


def test_a_table_always_adds_up():
    """Everybody is in a cell or in one of the numbers of those left out."""
    rng = np.random.default_rng(9)
    dates = [None, "2021", "2022", "2022-06", "2023-01-05", "2022-11..2023-02", "2024"]
    covers = {"c": Covers(start=date(2022, 6, 1)), "b": Covers(places=("Kyiv", "Odesa"))}
    project = make_project(strata=("quarter", "place"), covers=covers, start=date(2022, 1, 1), end=date(2023, 6, 30))
    rows = []
    while len(rows) < 150:
        name, day = str(rng.choice(["a", "b", "c"])), dates[rng.integers(len(dates))]
        if name == "c" and day == "2021":
            continue
        place = [None, "Kyiv", "Odesa", "Lviv"][rng.integers(3 if name == "b" else 4)]
        rows.append({"list": name, "event": day, "place": place})
    draws = []
    for _ in range(6):
        who = rng.integers(0, 90, len(rows))
        draws.append([int(np.flatnonzero(who == x)[0]) for x in who])
    found = tab(rows, project, *draws)
    for tally, n in zip(found.draw_tallies, found.table.n_listed, strict=True):
        assert tally.people == n + tally.outside_period + tally.nowhere
    assert max(t.moved for t in found.draw_tallies) > 0
    assert max(t.cut for t in found.draw_tallies) > 0


def test_codes_are_explained():
    assert sorted(CODES) == ["C10", "C11", "C12", "C13", "C15"]


def test_a_project_without_draws_uses_the_best_clustering():
    records = make_records({"list": "a"}, {"list": "b"})
    clusterings = replace(make_clusterings([0, 0]), draws=np.zeros((0, 2), dtype=np.int64))
    project = make_project()
    found = tabulate(build_register(records, clusterings, project), records, project, seed=1)
    assert cells(found.table) == {"all": {"110": 1}}
