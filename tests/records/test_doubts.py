"""Lists that are doubtful as a whole: wrong mappings, one name, no names, fillers; each said, on both sides."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from uncounted.project.model import ListSpec, Project
from uncounted.records import Records, describe_records, standardise
from uncounted.records.doubts import content_of
from uncounted.sources.source import Source

SURNAMES = ["Щербань", "Петренко", "Гнатенко", "Коваль", "Ткачук", "Бондар", "Лысенко", "Марченко", "Руденко", "Савчук"]
GIVEN = ["Иван", "Мария", "Пётр", "Олена", "Сергей", "Анна"]
N = 60
NAMES = [f"{SURNAMES[i % 10]} {GIVEN[i % 6]} {SURNAMES[(i // 6) % 10][:4]}ович" for i in range(N)]
EVENTS = [(date(2022, 1, 3) + timedelta(days=11 * i)).isoformat() for i in range(N)]
BIRTHS = [(date(1950, 2, 3) + timedelta(days=211 * i)).isoformat() for i in range(N)]
KNOWN = [(date(2022, 1, 20) + timedelta(days=11 * i)).isoformat() for i in range(N)]
PLACES = [("Харьков", "Киев", "Полтава")[i % 3] for i in range(N)]
KINDS = ["arrest", "search"] * (N // 2)
SEXES = ["м", "ж"] * (N // 2)
IDS = [f"{1000 + i}" for i in range(N)]
GOOD = {
    "id": IDS,
    "name": NAMES,
    "birth": BIRTHS,
    "event": EVENTS,
    "known": KNOWN,
    "place": PLACES,
    "sex": SEXES,
    "kind": KINDS,
}


def records_of(
    headers: dict[str, str] | None = None, formats: tuple[str, ...] | None = None, **columns: list[str]
) -> Records:
    """Standardise one list whose columns have the names of their fields, unless `headers` maps them otherwise."""
    table = pa.table({**columns, "__line": pa.array(range(2, len(next(iter(columns.values()))) + 2), pa.int64())})
    n = table.num_rows
    source = Source(name="a", file="a.csv", sha256="0", table=table, n_rows=n, columns=tuple(columns))
    mapped = headers or {field: field for field in columns}
    more = {"date_formats": formats} if formats else {}
    spec = ListSpec(name="a", title="a", file=Path("a"), columns=tuple(mapped.items()), **more)
    project = Project(
        name="p", population="people", unit="person", lists=(spec,), path=Path("/p"), folder=Path("/"),
        start=date(2022, 1, 1), end=date(2023, 12, 31),
    )  # fmt: skip
    made = standardise([source], project)
    assert describe_records(made, project).doubts == made.doubts
    return made


def doubts(**more: object) -> set[tuple[str, str]]:
    found = records_of(**more)  # type: ignore[arg-type]
    cells = {cell for column in more.values() if isinstance(column, list) for cell in column if len(cell) > 4}
    for doubt in found.doubts:
        assert "'a'" in doubt.words
        assert not [cell for cell in cells if cell in doubt.words]
    return {(doubt.column, doubt.name) for doubt in found.doubts}


def test_a_good_list_is_not_doubted():
    assert doubts(**GOOD) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"name": BIRTHS}, ("name", "wrong-content")),
        ({"name": IDS}, ("name", "wrong-content")),
        ({"name": [f"KX-{i:04}" for i in range(N)]}, ("name", "wrong-content")),
        ({"name": ["неизвестно"] * 20 + NAMES[20:]}, ("name", "no-names")),
        ({"event": NAMES}, ("event", "wrong-content")),
        ({"event": [f"{i}/{i}" for i in range(N)]}, ("event", "dates-unreadable")),
        ({"birth": KNOWN}, ("birth", "births-in-future")),
        ({"event": BIRTHS}, ("event", "events-outside-period")),
        ({"birth": EVENTS}, ("birth", "births-in-period")),
        ({"event": KNOWN, "known": EVENTS}, ("known", "known-before-event")),
        ({"place": [f"A-{i}" for i in range(N)]}, ("place", "ids-as-places")),
        ({"place": IDS}, ("place", "ids-as-places")),
        ({"place": EVENTS}, ("place", "wrong-content")),
        ({"id": SEXES}, ("id", "ids-repeat")),
        ({"sex": PLACES}, ("sex", "sex-unreadable")),
        ({"kind": [f"{name} и другое" for name in NAMES[:55]] + ["x"] * 5}, ("kind", "kinds-differ")),
        ({"name": ["Иванов Иван Иванович"] * 25 + NAMES[25:]}, ("name", "one-name")),
        ({"name": [("Харьковская обл.", "Киев", "Полтава", "Одесса")[k % 4] for k in range(N)]}, ("name", "few-names")),
        ({"birth": ["1988-08-08"] * 12 + BIRTHS[12:]}, ("birth", "one-date")),
        ({"birth": ["1970-01-01"] * 12 + BIRTHS[12:]}, ("birth", "filler-dates")),
        ({"event": ["1970-01-01", *EVENTS[1:]]}, ("event", "filler-dates")),
        ({"event": ["2022-05-05"] * 25 + EVENTS[25:]}, ("event", "one-date")),
    ],
)
def test_a_wrong_column_is_said(changed, expected):
    assert expected in doubts(**GOOD | changed)


def test_a_little_of_it_is_not():
    few = GOOD | {
        "name": [*BIRTHS[:3], *NAMES[3:]],
        "birth": ["1970-01-01"] * 3 + ["1988-08-08"] * 5 + KNOWN[8:12] + BIRTHS[12:],
        "event": ["2022-05-05"] * 10 + BIRTHS[10:13] + EVENTS[13:],
        "place": [*IDS[:10], *PLACES[10:]],
    }
    assert doubts(**few) == set()


def test_births_known_to_the_year_are_no_filler():
    first = [f"{1950 + i % 40}-01-01" for i in range(N)]
    first[:6] = ["1970-01-01"] * 6
    made = records_of(**GOOD | {"birth": first})
    assert "filler-dates" not in {doubt.name for doubt in made.doubts}
    assert made.table["birth_from"].null_count == 0


def test_fillers_are_missing_and_counted():
    made = records_of(**GOOD | {"birth": ["1970-01-01"] * 12 + BIRTHS[12:]})
    assert made.table["birth_from"].null_count == 12
    counts = {(c.column, c.rule): c.n for c in made.changes}
    assert counts["birth", "date-filler"] == 12
    assert counts.get(("birth", "birth-1-january"), 0) == sum(day.endswith("-01-01") for day in BIRTHS[12:])


def test_a_header_mapped_twice_is_said():
    made = records_of(headers={"name": "name", "event": "event", "known": "event"}, **GOOD)
    assert [(d.column, d.name) for d in made.doubts] == [("event", "mapped-twice")]


def test_day_and_month_of_two_declared_formats_are_said():
    written = [date.fromisoformat(day).strftime("%d/%m/%Y") for day in EVENTS]
    found = doubts(formats=("%d/%m/%Y", "%m/%d/%Y"), name=NAMES, event=written)
    assert ("event", "day-or-month") in found
    assert doubts(formats=("%d/%m/%Y",), name=NAMES, event=written) == set()


def test_given_names_and_surnames_in_each_others_column():
    surnames, given = [n.split()[0] for n in NAMES], [n.split()[1] for n in NAMES]
    columns = {"surname": surnames, "given": given}
    assert doubts(**columns) == set()
    assert ("given + surname", "names-exchanged") in doubts(surname=given, given=surnames) or (
        "surname + given", "names-exchanged") in doubts(surname=given, given=surnames)  # fmt: skip


def test_a_list_of_codes_works_and_is_said():
    made = records_of(birth=BIRTHS, event=EVENTS, place=PLACES, id=IDS)
    assert [(d.column, d.name) for d in made.doubts] == [("", "no-names")]
    assert made.table["name_keys"].null_count == N
    assert made.table["name_raw"].null_count == N


def test_fifty_thousand_records_of_one_name():
    n = 50_000
    days = [(date(2022, 1, 1) + timedelta(days=i % 700)).isoformat() for i in range(n)]
    made = records_of(name=["Иванов Иван Иванович"] * n, event=days)
    assert [(d.column, d.name) for d in made.doubts] == [("name", "one-name")]
    assert made.table.num_rows == n


def test_knowledge_before_the_event_is_missing_and_counted():
    made = records_of(
        name=NAMES[:3], event=["2022-05-05", "2022-05", "2022-05-05"], known=["2022-05-04", "2022-05-04", "2022"]
    )
    assert made.table["known_from"].to_pylist() == [None, date(2022, 5, 4), date(2022, 1, 1)]
    assert made.table["event_from"].null_count == 0
    assert made.unreadable == (("a", 2, "known"),)


def test_a_birth_after_the_list_knew_is_missing():
    made = records_of(name=NAMES[:2], birth=["2022-06-01", "2000-01-05"], known=["2022-05-04"] * 2)
    assert made.table["birth_from"].to_pylist() == [None, date(2000, 1, 5)]


@pytest.mark.parametrize(
    ("text", "content"),
    [("", "empty"), (" ", "empty"), ("12", "number"), ("12.5", "number"), ("2022-03-05", "date"), ("5.3.22 г.", "date"),
     ("A-12", "code"), ("Иванов", "words"), ("Иванов 2", "words"), ("Jean-Paul II", "words"),
     ("05/03/2022 14:30", "date")],
)  # fmt: skip
def test_what_cells_look_like(text, content):
    assert content_of(text) == content


def test_what_could_be_a_name_is_no_id() -> None:
    ids = ["Mykola Hrytsenko", "Мороз", "Zaitsev 1990", *IDS[3:]]
    made = records_of(**GOOD | {"id": ids})
    assert made.table["record_id"].to_pylist()[:4] == ["a:2", "a:3", "a:4", f"a:{IDS[3]}"]
    assert [(c.column, c.n) for c in made.changes if c.rule == "id-no-code"] == [("id", 3)]
