"""Sources into records: one row a row, in order, every change counted, nothing lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec, Project
from uncounted.records import RECORD_SCHEMA, Records, describe_records, standardise
from uncounted.records.codes import CODES
from uncounted.records.rules import RULES
from uncounted.records.values import normalise_kind, normalise_sex, place_key
from uncounted.sources.source import Source


def source(list_name: str, **columns: list[str]) -> Source:
    n = len(next(iter(columns.values())))
    arrays = {name: pa.array(values, type=pa.string()) for name, values in columns.items()}
    table = pa.table({**arrays, "__line": pa.array(range(2, n + 2), type=pa.int64())})
    return Source(
        name=list_name, file=f"{list_name}.csv", sha256="0" * 64, table=table, n_rows=n, columns=tuple(columns)
    )


def spec(list_name: str, **columns: str) -> ListSpec:
    return ListSpec(name=list_name, title=list_name, file=Path(list_name), columns=tuple(columns.items()))


def project(*specs: ListSpec, start: date | None = date(2022, 1, 1), end: date | None = date(2023, 12, 31)) -> Project:
    return Project(
        name="p",
        population="people",
        unit="person",
        lists=specs,
        path=Path("/p"),
        folder=Path("/"),
        start=start,
        end=end,
    )


COURT = source(
    "court",
    Nr=["17", "17", "", "3"],
    Name=["Щербань Михаил Иванович", "неизвестно", "Петрова Анна", "Саша Маркова"],
    Born=["01.01.1985", "1890", "2030-01-01", "ок. 1990"],
    Day=["05.03.2022", "2021", "03.2022", "31.02.2022"],
    Place=["г. Харьков", "", "Омская обл.", "12"],
    Sex=["М", "?", "ж", "zz"],
    Kind=["  Desertion ", "", "AWOL", "awol"],
)
PRESS = source("press", S=["Shcherban", "Ivan", ""], G=["Mykhailo", "Petrov", ""], Known=["2022", "x", ""])
PROJECT = project(
    spec("court", id="Nr", name="Name", birth="Born", event="Day", place="Place", sex="Sex", kind="Kind"),
    spec("press", surname="S", given="G", known="Known"),
)


def standard() -> Records:
    return standardise([PRESS, COURT], PROJECT)


def counted(records: Records) -> dict[tuple[str, str, str], int]:
    return {(c.list, c.column, c.rule): c.n for c in records.changes}


def test_the_shape_and_the_order_are_fixed():
    records = standard()
    assert records.table.schema == RECORD_SCHEMA
    assert records.lists == ("court", "press")
    assert records.table["record"].to_pylist() == list(range(7))
    assert records.table["list"].to_pylist() == ["court"] * 4 + ["press"] * 3
    assert records.table["line"].to_pylist() == [2, 3, 4, 5, 2, 3, 4]


def test_ids_are_unique_and_the_lists_own_where_they_can_be():
    table = standard().table
    assert table["record_id"].to_pylist()[:4] == ["court:2", "court:line 3", "court:4", "court:3"]
    assert len(set(table["record_id"].to_pylist())) == table.num_rows


def test_raw_values_stay_and_missing_is_null():
    table = standard().table
    assert table["name_raw"].to_pylist() == [
        *COURT.table["Name"].to_pylist(),
        "Shcherban Mykhailo",
        "Ivan Petrov",
        None,
    ]
    assert table["place_raw"].to_pylist()[:4] == ["г. Харьков", None, "Омская обл.", "12"]
    for name in RECORD_SCHEMA.names:
        assert "" not in table[name].to_pylist()
    assert table["name_keys"].to_pylist()[1] is None


def test_lists_meet():
    rows = standard().table.to_pylist()
    assert [rows[i]["surname_key"] for i in (0, 4)] == ["sherban"] * 2
    assert [rows[i]["given_key"] for i in (0, 4)] == ["mihail"] * 2
    assert (rows[5]["surname_key"], rows[5]["given_key"]) == ("petrov", "ivan")
    assert rows[3]["given_key"] == "aleksandra"


def test_dates_follow_the_rules():
    rows = standard().table.to_pylist()
    assert (rows[0]["birth_from"], rows[0]["birth_to"]) == (date(1985, 1, 1), date(1985, 12, 31))
    assert (rows[0]["event_from"], rows[0]["event_to"]) == (date(2022, 3, 5), date(2022, 3, 5))
    assert rows[1]["birth_from"] is None
    assert rows[2]["birth_to"] is None
    assert rows[1]["event_from"] == date(2021, 1, 1)
    assert rows[3]["event_from"] is None
    assert (rows[3]["birth_from"], rows[3]["birth_to"]) == (date(1989, 1, 1), date(1991, 12, 31))


def test_an_event_on_the_first_of_january_keeps_its_day():
    made = standardise([source("a", D=["01.01.2022"])], project(spec("a", event="D"))).table.to_pylist()[0]
    assert made["event_from"] == made["event_to"] == date(2022, 1, 1)


def test_every_change_is_counted():
    counts = counted(standard())
    expected = {
        ("court", "Nr", "id-missing"): 1,
        ("court", "Nr", "id-repeated"): 2,
        ("court", "Name", "no-name"): 1,
        ("court", "Name", "nickname"): 1,
        ("court", "Name", "feminine"): 2,
        ("court", "Born", "birth-1-january"): 2,
        ("court", "Born", "birth-in-future"): 1,
        ("court", "Born", "birth-too-old"): 1,
        ("court", "Born", "date-approximate"): 1,
        ("court", "Day", "date-unreadable"): 1,
        ("court", "Day", "event-outside-period"): 1,
        ("court", "Sex", "sex-unreadable"): 1,
        ("court", "Place", "place-no-key"): 1,
        ("press", "S + G", "swapped"): 1,
        ("press", "S + G", "sex-from-name"): 2,
        ("press", "Known", "date-unreadable"): 1,
    }
    assert expected.items() <= counts.items()


def test_unreadable_values_are_listed_by_place_and_never_shown():
    records = standard()
    assert records.unreadable == (
        ("court", 3, "Born"),
        ("court", 4, "Born"),
        ("court", 5, "Day"),
        ("court", 5, "Sex"),
        ("press", 3, "Known"),
    )
    said = str(describe_records(records, PROJECT)) + "".join(c.words for c in records.changes)
    for table in (COURT.table, PRESS.table):
        for column in table.drop(["__line"]).columns:
            assert not [v for v in column.to_pylist() if len(v) > 4 and v in said]


def test_repeated_values_are_counted_by_row():
    records = standardise([source("a", N=["неизвестно"] * 5 + ["Саша П"] * 3)], project(spec("a", name="N")))
    assert counted(records)["a", "N", "no-name"] == 5
    assert counted(records)["a", "N", "nickname"] == 3


def test_sex_comes_from_the_name_only_without_a_column():
    rows = standard().table.to_pylist()
    assert [row["sex"] for row in rows] == ["m", None, "f", None, "m", "m", None]


def test_rows_and_lists_in_another_order_give_the_same_records():
    shuffled = Source(
        name="court",
        file="court.csv",
        sha256="0",
        table=COURT.table.take([3, 0, 2, 1]),
        n_rows=4,
        columns=COURT.columns,
    )
    again = standardise([shuffled, PRESS], PROJECT)
    assert again.table.equals(standard().table)
    assert again.changes == standard().changes


def test_an_empty_list_and_no_list():
    empty = source("court", **{name: [] for name in COURT.columns})
    assert standardise([empty], PROJECT).table.num_rows == 0
    assert standardise([], PROJECT).table.schema == RECORD_SCHEMA
    assert describe_records(standardise([empty], PROJECT), PROJECT).lists[0].n_rows == 0


def test_progress_is_reported_to_the_end():
    seen: list[tuple[str, float]] = []
    standardise([COURT, PRESS], PROJECT, progress=lambda name, share: seen.append((name, share)))
    assert [entry for entry in seen if entry[1] == 1.0] == [("court", 1.0), ("press", 1.0)]


def test_a_missing_column_and_a_list_too_many_are_refused():
    with pytest.raises(SourceError) as missing:
        standardise([source("a", Nmae=["x"])], project(spec("a", name="Name")))
    assert missing.value.code == "K02"
    assert "Nmae" in str(missing.value)
    with pytest.raises(SourceError) as unknown:
        standardise([source("b", N=["x"])], project(spec("a", name="N")))
    assert unknown.value.code == "K01"
    assert {"K01", "K02"} <= set(CODES)


def test_the_summary_counts_what_is_there():
    summary = describe_records(standard(), PROJECT)
    court = summary.lists[0]
    assert summary.n_rows == 7
    assert dict(court.missing)["birth"] == 2
    assert dict(court.exact)["event"] == 1
    assert court.scripts == (("cyrillic", 4),)
    assert court.event_range == (date(2021, 1, 1), date(2022, 3, 31))
    assert (court.n_outside_period, court.n_no_name) == (1, 1)
    assert court.unreadable == (("Born", 2), ("Day", 1), ("Sex", 1))
    assert all(change.words == RULES[change.rule] for change in court.changes)


@pytest.mark.parametrize(
    "group",
    [
        ("г. Харьков", "Kharkiv", "Харьковская область", "Kharkiv oblast", "м. Харків"),
        ("Киев", "Kyiv", "Kiev", "м. Київ"),
        ("Новосибирская обл.", "Novosibirsk", "Novosibirsk region"),
        ("Донецкая область", "Donetsk", "Донецьк"),
        ("Кривой Рог", "Кривий Ріг"),
        ("حلب", "Aleppo", "مدينة حلب"),
    ],
)
def test_places_meet(group):
    assert len({place_key(place).value for place in group}) == 1


def test_different_places_stay_apart():
    places = [
        "Kharkiv",
        "Kyiv",
        "Lviv",
        "Donetsk",
        "Luhansk",
        "Омск",
        "Томск",
        "Минск",
        "Пинск",
        "Брянск",
        "حلب",
        "Sumy",
    ]
    assert len({place_key(place).value for place in places}) == len(places)


def test_sexes_and_kinds():
    assert [normalise_sex(t).value for t in ("Ж", "муж.", "Female", "чоловіча", "أنثى", "mujer")] == list("fmfmff")
    assert normalise_sex("f").rules == ()
    assert normalise_sex("").rules == normalise_sex("?").rules == ()
    assert normalise_kind("  Two   Words ").value == "two words"
    assert normalise_kind("").value is None
