import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.counts import count_by_month
from uncounted.counts.codes import CODES
from uncounted.errors import CaptureError
from uncounted.register import build_register

sys.path.insert(0, str(Path(__file__).parents[1] / "register"))
from invented_people import make_clusterings, make_project, make_records


def counted(rows, labels=None, **project):
    records = make_records(*rows)
    spec = make_project(**project)
    clusterings = make_clusterings(labels or list(range(len(rows))))
    return count_by_month(build_register(records, clusterings, spec), records, spec)


def as_dict(count, name="any list"):
    series = next(s for s in count.series if s.name == name)
    return dict(zip((w.label for w in count.windows), series.n, strict=True))


def test_people_once_each_in_the_month_the_records_agree_on():
    rows = [
        {"list": "a", "event": "2022"},
        {"list": "b", "event": "2022-02"},
        {"list": "b", "event": "2022-02-10"},
        {"list": "c", "event": "2022-04-30"},
        {"list": "a", "event": "2022-04-01"},
    ]
    found = counted(rows, [0, 0, 0, 3, 4])
    assert as_dict(found) == {"2022-02": 1, "2022-03": 0, "2022-04": 2}
    assert as_dict(found, "a") == {"2022-02": 1, "2022-03": 0, "2022-04": 1}
    assert as_dict(found, "b") == {"2022-02": 1, "2022-03": 0, "2022-04": 0}
    assert found.complete == (True, True, True)
    assert "3 from 5 records" in found.definition
    assert found.unit == "person"


def test_undated_spread_and_outside_are_counted_apart():
    rows = [
        {"list": "a"},
        {"list": "a", "event": "2022"},
        {"list": "a", "event": "2022-02-28..2022-03-01"},
        {"list": "a", "event": "2022-03-15"},
        {"list": "a", "event": "2021-12-31"},
        {"list": "a", "event": "2023"},
    ]
    found = counted(rows, start=date(2022, 1, 1), end=date(2022, 12, 31))
    assert (found.n_undated, found.n_spread, found.n_outside) == (1, 2, 2)
    assert sum(as_dict(found).values()) == 1
    assert len(found.windows) == 12


def test_a_month_cut_by_the_period_is_not_complete():
    rows = [{"list": "a", "event": d} for d in ("2022-02-10", "2022-02", "2022-02-20", "2022-04-02", "2022-04-03")]
    found = counted(rows, start=date(2022, 2, 15), end=date(2022, 4, 2))
    assert found.complete == (False, True, False)
    assert [(w.start, w.end) for w in found.windows] == [
        (date(2022, 2, 15), date(2022, 3, 1)),
        (date(2022, 3, 1), date(2022, 4, 1)),
        (date(2022, 4, 1), date(2022, 4, 3)),
    ]
    # "2022-02" may lie before or after the 15th: it touches the window, so it is counted there.
    assert as_dict(found) == {"2022-02": 2, "2022-03": 0, "2022-04": 1}
    assert found.n_outside == 2


def test_nothing_dated_and_no_period():
    found = counted([{"list": "a"}, {"list": "b"}])
    assert found.windows == ()
    assert (found.n_undated, found.series[0].n) == (2, ())
    dated = counted([{"list": "a"}], start=date(2022, 1, 1))
    assert [w.label for w in dated.windows] == ["2022-01"]


def test_a_misread_year_is_refused_rather_than_drawn():
    rows = [{"list": "a", "event": "0202-03-04"}, {"list": "a", "event": "2022-03-04"}]
    with pytest.raises(CaptureError) as caught:
        counted(rows)
    assert caught.value.code == "C14"
    assert "202" not in str(caught.value).replace("1,820", "")
    assert sum(as_dict(counted(rows, start=date(2022, 1, 1))).values()) == 1
    assert sorted(CODES) == ["C14"]


DAY = st.dates(date(2021, 10, 1), date(2023, 3, 31))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.tuples(DAY, DAY), min_size=1, max_size=12), st.tuples(DAY, DAY))
def test_everybody_is_counted_once_or_set_apart(ranges, period):
    rows = [{"list": "a", "event": None if r is None else f"{min(r)}..{max(r)}"} for r in ranges]
    found = counted(rows, start=min(period), end=max(period))
    apart = found.n_undated + found.n_spread + found.n_outside
    assert sum(as_dict(found).values()) + apart == len(rows)
    # The windows follow one another and make up the period exactly.
    days = sum((w.end - w.start).days for w in found.windows)
    assert days == (max(period) - min(period)).days + 1
    assert all(a.end == b.start for a, b in zip(found.windows[:-1], found.windows[1:], strict=True))
    inside = [r for r in ranges if r and (min(r).year, min(r).month) == (max(r).year, max(r).month)]
    inside = [r for r in inside if max(r) >= min(period) and min(r) <= max(period)]
    assert sum(as_dict(found).values()) == len(inside)
