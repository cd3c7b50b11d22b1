"""Dates as lists hold them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.records.dates import DateRange, NoDate, parse_date
from uncounted.records.rules import RULES

FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m", "%m.%Y", "%Y", "%d.%m.%y")


def read(text: str, formats: tuple[str, ...] = FORMATS) -> tuple[str, str] | str:
    found = parse_date(text, formats, latest_year=2024)
    return found.rule if isinstance(found, NoDate) else (found.start.isoformat(), found.end.isoformat())


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2022-03-05", "2022-03-05", "2022-03-05"),
        ("5.3.2022", "2022-03-05", "2022-03-05"),
        ("05.03.22", "2022-03-05", "2022-03-05"),
        ("05.03.25", "1925-03-05", "1925-03-05"),
        ("2022-03-05T00:00:00", "2022-03-05", "2022-03-05"),
        ("2022-03-05 14:30", "2022-03-05", "2022-03-05"),
        ("٢٠٢٢-٠٣-٠٥", "2022-03-05", "2022-03-05"),
        ("۰۵.۰۳.۲۰۲۲", "2022-03-05", "2022-03-05"),
        ("02.2024", "2024-02-01", "2024-02-29"),
        ("2022-12", "2022-12-01", "2022-12-31"),
        ("1985", "1985-01-01", "1985-12-31"),
        ("1985 г.р.", "1985-01-01", "1985-12-31"),
        ("00.00.1985", "1985-01-01", "1985-12-31"),
        ("??.03.1985", "1985-03-01", "1985-03-31"),
        ("1980s", "1980-01-01", "1989-12-31"),
        ("1980-е", "1980-01-01", "1989-12-31"),
        ("ок. 1985", "1984-01-01", "1986-12-31"),
        ("circa 1985", "1984-01-01", "1986-12-31"),
        ("~1985", "1984-01-01", "1986-12-31"),
        ("1985?", "1984-01-01", "1986-12-31"),
        ("hacia 1985", "1984-01-01", "1986-12-31"),
        ("ca. 01.2022", "2021-12-01", "2022-02-28"),
        ("1984-1986", "1984-01-01", "1986-12-31"),
        ("1984–86", "1984-01-01", "1986-12-31"),
        ("03-05.2022", "2022-03-01", "2022-05-31"),
        ("5-7.03.2022", "2022-03-05", "2022-03-07"),
        ("с 5 по 7 марта 2022", "2022-03-05", "2022-03-07"),
        ("between 1984 and 1986", "1984-01-01", "1986-12-31"),
        ("March-May 2022", "2022-03-01", "2022-05-31"),
        ("5 марта 2022 г.", "2022-03-05", "2022-03-05"),
        ("5 березня 2022 р.", "2022-03-05", "2022-03-05"),
        ("12 de enero de 1999", "1999-01-12", "1999-01-12"),
        ("Jan 5, 1999", "1999-01-05", "1999-01-05"),
        ("5th January 1999", "1999-01-05", "1999-01-05"),
        ("травень 2022", "2022-05-01", "2022-05-31"),
    ],
)
def test_dates_become_ranges(text, start, end):
    assert read(text) == (start, end)


@pytest.mark.parametrize(
    "text", ["31.02.1985", "99.99.9999", "hello", "05/03/2022", "44621.0", "~", "1986-1984", "0000-01-01"]
)
def test_what_is_no_date_is_said_to_be_none(text):
    assert read(text) == "date-unreadable"


def test_missing_and_unknown_are_not_unreadable():
    assert read("") == ""
    assert read("  ") == ""
    assert [read(t) for t in ("неизвестно", "н/д", "unknown", "-", "?")] == ["date-unknown"] * 5


def test_the_declared_order_decides():
    assert read("05/03/2022", ("%d/%m/%Y",)) == ("2022-03-05", "2022-03-05")
    assert read("05/03/2022", ("%m/%d/%Y",)) == ("2022-05-03", "2022-05-03")
    assert read("5 Mar 2022", ("%d %b %Y",)) == ("2022-03-05", "2022-03-05")
    assert read("05.03.22", ("%d.%m.%Y",)) == "date-unreadable"


@settings(max_examples=300, deadline=None)
@given(
    st.dates(date(1900, 1, 1), date(2024, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%m/%d/%Y"])
)
def test_a_written_date_is_read_back(day, declared):
    assert parse_date(day.strftime(declared), (declared,)) == DateRange(day, day)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_range_or_nothing(text):
    found = parse_date(text, FORMATS)
    if isinstance(found, DateRange):
        assert found.start <= found.end
        assert set(found.rules) <= set(RULES)
    else:
        assert found.rule in {"", "date-unknown", "date-unreadable", "date-other-calendar", "date-filler"}


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2024, 12, 31)))
def test_approximate_holds_the_day_and_about_a_month(day):
    found = parse_date("circa " + day.isoformat(), FORMATS)
    assert isinstance(found, DateRange)
    assert found.start < day < found.end
    assert timedelta(days=56) <= found.end - found.start <= timedelta(days=62)
