"""Seasons and parts of years, two-digit years, other calendars, day and month, fillers, rules switched off."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.records.calendars import CALENDARS, FIRST_YEAR, LAST_YEAR, days_of, is_leap
from uncounted.records.dates import DateRange, NoDate, Settings, parse_date
from uncounted.records.rules import RULES

FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m", "%m.%Y", "%Y", "%d.%m.%y")
PERIOD = (date(2022, 1, 1), date(2023, 12, 31))


def read(text: str, formats: tuple[str, ...] = FORMATS, **more: object) -> tuple[str, str] | str:
    found = parse_date(text, Settings(formats, **{"latest_year": 2024, "period": PERIOD} | more))  # type: ignore[arg-type]
    return found.rule if isinstance(found, NoDate) else (found.start.isoformat(), found.end.isoformat())


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("spring 2022", "2022-03-01", "2022-05-31"),
        ("весной 2022 года", "2022-03-01", "2022-05-31"),
        ("навесні 2022", "2022-03-01", "2022-05-31"),
        ("лето 2022", "2022-06-01", "2022-08-31"),
        ("осень 2022 г.", "2022-09-01", "2022-11-30"),
        ("2022, otoño", "2022-09-01", "2022-11-30"),
        ("winter 2022", "2021-12-01", "2023-02-28"),
        ("зима 2021/22", "2021-12-01", "2022-02-28"),
        ("зима 2023-2024", "2023-12-01", "2024-02-29"),
        ("early 2022", "2022-01-01", "2022-04-30"),
        ("в начале 2022 года", "2022-01-01", "2022-04-30"),
        ("mid-2022", "2022-05-01", "2022-08-31"),
        ("конец 2022", "2022-09-01", "2022-12-31"),
        ("late March 2022", "2022-03-21", "2022-03-31"),
        ("начало марта 2022", "2022-03-01", "2022-03-10"),
        ("early 1980s", "1980-01-01", "1983-12-31"),
        ("Q2 2022", "2022-04-01", "2022-06-30"),
        ("2 квартал 2022", "2022-04-01", "2022-06-30"),
        ("first half of 2022", "2022-01-01", "2022-06-30"),
        ("вторая половина 2022 г.", "2022-07-01", "2022-12-31"),
        ("март 2022", "2022-03-01", "2022-03-31"),
        ("آذار 2022", "2022-03-01", "2022-03-31"),
        ("كانون الثاني ٢٠٢٢", "2022-01-01", "2022-01-31"),
        ("تشرين الأول 2022", "2022-10-01", "2022-10-31"),
        ("حوالي 1985", "1984-01-01", "1986-12-31"),
        ("حوالی 1985", "1984-01-01", "1986-12-31"),
        ("~ март 2022", "2022-02-01", "2022-04-30"),
        ("1985 approx.", "1984-01-01", "1986-12-31"),
        ("5 مارس 2022", "2022-03-05", "2022-03-05"),
    ],
)
def test_parts_of_years(text, start, end):
    assert read(text) == (start, end)


@pytest.mark.parametrize("text", ["early 5.03.2022", "H1 March 2022", "spring", "early", "winter 2022-29", "зима 22"])
def test_parts_of_nothing_are_unreadable(text):
    assert read(text) == "date-unreadable"


def test_two_digit_years_follow_the_period():
    assert read("05.03.22") == ("2022-03-05", "2022-03-05")
    assert read("05.03.25") == ("1925-03-05", "1925-03-05")
    assert read("05.03.25", latest_year=2073) == ("2025-03-05", "2025-03-05")
    assert read("05.03.22", latest_year=None) == "date-no-century"
    assert read("05.03.2022", latest_year=None) == ("2022-03-05", "2022-03-05")


def test_formats_with_a_time_or_without_separators_are_understood():
    assert read("05.03.2022 14:30", ("%d.%m.%Y %H:%M",)) == ("2022-03-05", "2022-03-05")
    assert read("20220305", ("%Y%m%d",)) == ("2022-03-05", "2022-03-05")
    assert read("2022112", ("%Y%m%d",)) == "date-unreadable"
    assert read("064/2022", ("%j/%Y",)) == ("2022-03-05", "2022-03-05")
    assert read("366/2022", ("%j/%Y",)) == "date-unreadable"


# -- day and month ------------------------------------------------------------------------------------------------
BOTH = ("%d/%m/%Y", "%m/%d/%Y")


@pytest.mark.parametrize("formats", [BOTH, BOTH[::-1]])
def test_day_and_month_that_can_change_places_are_a_range(formats):
    assert read("03/04/2022", formats) == ("2022-03-04", "2022-04-03")
    assert read("13/04/2022", formats) == ("2022-04-13", "2022-04-13")
    assert read("04/13/2022", formats) == ("2022-04-13", "2022-04-13")
    assert read("04/04/2022", formats) == ("2022-04-04", "2022-04-04")
    found = parse_date("03/04/2022", formats)
    assert isinstance(found, DateRange)
    assert found.rules == ("date-day-or-month",)


def test_one_declared_order_or_the_rule_off_decides():
    assert read("03/04/2022", BOTH[:1]) == ("2022-04-03", "2022-04-03")
    assert read("03/04/2022", BOTH, off=frozenset({"date-day-or-month"})) == ("2022-04-03", "2022-04-03")


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2024, 12, 31)), st.sampled_from(BOTH))
def test_the_true_day_is_in_the_range_whichever_was_meant(day, written):
    found = parse_date(day.strftime(written), BOTH)
    assert isinstance(found, DateRange)
    assert found.start <= day <= found.end


# -- other calendars ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("year", "month", "day", "gregorian"),
    [  # New years and days of history, as almanacs have them
        (1399, 1, 1, date(2020, 3, 20)),
        (1400, 1, 1, date(2021, 3, 21)),
        (1401, 1, 1, date(2022, 3, 21)),
        (1403, 1, 1, date(2024, 3, 20)),
        (1404, 1, 1, date(2025, 3, 21)),
        (1357, 11, 22, date(1979, 2, 11)),
        (1403, 12, 30, date(2025, 3, 20)),
    ],
)
def test_persian_days(year, month, day, gregorian):
    assert days_of("persian", year, month, day) == (gregorian, gregorian)


@pytest.mark.parametrize(
    ("year", "month", "gregorian"),
    [
        (1443, 1, date(2021, 8, 9)),
        (1443, 9, date(2022, 4, 2)),
        (1400, 1, date(1979, 11, 20)),
        (1444, 10, date(2023, 4, 21)),
    ],
)
def test_islamic_months_as_seen_lie_in_the_range(year, month, gregorian):
    found = days_of("hijri", year, month, 1)
    assert found is not None
    assert found[0] <= gregorian <= found[1]
    assert (found[1] - found[0]).days == 4


@pytest.mark.parametrize("calendar", CALENDARS)
def test_every_day_of_a_calendar_follows_the_one_before(calendar):
    spare = timedelta(days=2 if calendar == "hijri" else 0)
    day = days_of(calendar, FIRST_YEAR, 1, 1)[0] + spare
    for year in range(FIRST_YEAR, LAST_YEAR):
        for month in range(1, 13):
            length = 0
            while days_of(calendar, year, month, length + 1) is not None:
                length += 1
                assert days_of(calendar, year, month, length) == (day - spare, day + spare)
                day += timedelta(days=1)
            assert length in {29, 30, 31}
        assert days_of(calendar, year, 12, 30) is None or is_leap(calendar, year)
    assert days_of(calendar, FIRST_YEAR - 1) is None
    assert days_of(calendar, 1400, 13) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1 فروردین 1401", "2022-03-21", "2022-03-21"),
        ("۱۴۰۱/۰۱/۰۱", "2022-03-21", "2022-03-21"),
        ("1401/01/01", "2022-03-21", "2022-03-21"),
        ("1401-01-01", "2022-03-21", "2022-03-21"),
        ("1365/04/12 ه.ش", "1986-07-03", "1986-07-03"),
        ("1 رمضان 1443 هـ", "2022-04-01", "2022-04-05"),
        ("رمضان 1443", "2022-04-01", "2022-05-04"),
        ("01.09.1443", "2022-04-01", "2022-04-05"),
        ("1443 هـ", "2021-08-08", "2022-07-31"),
        ("1443 AH", "2021-08-08", "2022-07-31"),
    ],
)
def test_dates_of_other_calendars(text, start, end):
    formats = (*FORMATS, "%Y/%m/%d")
    assert read(text, formats) == (start, end)


def test_a_year_of_an_unnamed_calendar_is_never_gregorian():
    assert read("1365") == "date-other-calendar"  # 1986 or 1946: neither lies in the period
    assert read("1401", period=(date(1900, 1, 1), PERIOD[1])) == "date-other-calendar"  # 2022 or 1980: both do
    assert read("1443") == ("2021-08-08", "2022-07-31")
    assert read("1365/04/12", ("persian:%Y/%m/%d",)) == ("1986-07-03", "1986-07-03")
    assert read("12.04.1365", ("hijri:%d.%m.%Y",)) == ("1946-03-14", "1946-03-18")
    assert read("1365/13/12", ("persian:%Y/%m/%d",)) == "date-unreadable"
    assert read("1 رمضان 1443", off=frozenset({"date-hijri"})) == "date-unreadable"


@settings(max_examples=300, deadline=None)
@given(st.integers(1100, 1799), st.integers(1, 12), st.integers(1, 31))
def test_no_old_year_is_read_as_gregorian(year, month, day):
    found = parse_date(f"{year:04}-{month:02}-{day:02}", Settings(FORMATS, 2024, PERIOD))
    if isinstance(found, DateRange):
        assert found.start.year > year
        assert {"date-persian", "date-hijri"} & set(found.rules)


# -- fillers, rules ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "30.12.1899", "1899-12-31", "31.12.9999", "1753-01-01"])
def test_fillers_that_can_be_nothing_else(text):
    assert read(text) == "date-filler"


def test_zeros_are_no_date():
    assert read("0000-00-00") == read("00.00.0000") == "date-unknown"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("date-partial", "2022"),
        ("date-season", "spring 2022"),
        ("date-approximate", "circa 2022"),
        ("date-range", "1984-1986"),
        ("date-undeclared", "5 марта 2022"),
        ("date-two-digit-year", "05.03.22"),
        ("date-persian", "1 فروردین 1401"),
    ],
)
def test_a_date_that_needs_a_rule_that_is_off_is_unreadable(rule, text):
    assert isinstance(found := parse_date(text, Settings(FORMATS, 2024, PERIOD)), DateRange)
    assert rule in found.rules
    assert read(text, off=frozenset({rule})) == "date-unreadable"


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60), st.sets(st.sampled_from(sorted(r for r in RULES if r.startswith("date-")))))
def test_any_text_is_a_range_or_a_reason(text, off):
    found = parse_date(text, Settings((*FORMATS, *BOTH, "persian:%Y/%m/%d"), 2024, PERIOD, frozenset(off)))
    if isinstance(found, DateRange):
        assert found.start <= found.end
        assert set(found.rules) <= set(RULES) - off
    else:
        assert found.rule == "" or found.rule in RULES


DATE_LIKE = st.lists(
    st.sampled_from(["12", "1401", "2022", "1443", ".", "/", "-", " ", "march", "весна", "circa", "?", "هـ", "رمضان",
                     "между", "и", "early", "Q1", "xx", "года", "~", "99", "0", "AH", "конец", "'s", "-е"]),
    max_size=9,
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(DATE_LIKE)
def test_heaps_of_date_words_do_no_harm(words):
    found = parse_date("".join(words), Settings((*FORMATS, *BOTH), 2024, PERIOD))
    assert isinstance(found, DateRange | NoDate)


@pytest.mark.parametrize("unit", ["-", "1", "с ", "(", "марта ", "~", "1-", "هـ", "é", "between ", "?)", "🙂"])
def test_no_text_takes_long(unit):
    how = Settings((*FORMATS, *BOTH), 2024, PERIOD)
    parse_date("x", how)
    start = time.process_time()
    for n in (50, 200, 10_000):
        parse_date(unit * n, how)
    assert time.process_time() - start < 0.05
