"""Every cleaning rule has words, is counted, and does not act when it is switched off; any text can be cleaned."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from uncounted.project.cleaning import FIXED, SWITCHABLE
from uncounted.project.model import FIELDS, ListSpec, Project, RecordsSpec
from uncounted.records import Records, cleaning_rules, describe_records, name_keys, standardise
from uncounted.records.repair import repair_text
from uncounted.records.rules import RULES
from uncounted.records.values import normalise_kind, normalise_sex, place_key
from uncounted.sources.source import Source

FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m", "%Y", "%d.%m.%y")


def project(columns: tuple[tuple[str, str], ...], off: tuple[str, ...] = ()) -> Project:
    spec = ListSpec(name="a", title="a", file=Path("a"), columns=columns, date_formats=FORMATS)
    return Project(
        name="p", population="people", unit="person", lists=(spec,), path=Path("/p"), folder=Path("/"),
        start=date(2022, 1, 1), end=date(2023, 12, 31), records=RecordsSpec(off=off),
    )  # fmt: skip


def records_of(off: tuple[str, ...] = (), **columns: list[str]) -> Records:
    n = len(next(iter(columns.values())))
    table = pa.table(
        {field: pa.array(cells, pa.string()) for field, cells in columns.items()}
        | {"__line": pa.array(range(2, n + 2), pa.int64())}
    )
    source = Source(name="a", file="a", sha256="0", table=table, n_rows=n, columns=tuple(columns))
    return standardise([source], project(tuple((field, field) for field in columns), off))


def test_every_rule_is_switchable_or_says_why_not():
    assert set(SWITCHABLE) | set(FIXED) == set(RULES)
    assert not set(SWITCHABLE) & set(FIXED)
    states = cleaning_rules(project((), off=("nickname",)))
    assert [state.rule for state in states] == list(RULES)
    assert [state.rule for state in states if not state.is_on] == ["nickname"]
    assert all(str(state).startswith(state.rule) and RULES[state.rule] in str(state) for state in states)


ACTS = {  # rule: a row on which it acts, and the column of the records that shows it
    "pseudonym": ({"name": "Мария (имя изменено)"}, "name_keys"),
    "nickname": ({"name": "Петров Саша Иванович"}, "given_key"),
    "feminine": ({"name": "Петрова Анна Ивановна"}, "surname_key"),
    "sex-from-name": ({"name": "Петрова Анна Ивановна"}, "sex"),
    "date-partial": ({"event": "2022"}, "event_from"),
    "date-season": ({"event": "весна 2022"}, "event_from"),
    "date-approximate": ({"event": "около 5.03.2022"}, "event_from"),
    "date-range": ({"event": "5.03.2022 - 7.03.2022"}, "event_from"),
    "date-undeclared": ({"event": "5 марта 2022"}, "event_from"),
    "date-two-digit-year": ({"event": "05.03.22"}, "event_from"),
    "date-day-or-month": ({"event": "03/04/2022"}, "event_from"),
    "date-persian": ({"event": "1 فروردین 1401"}, "event_from"),
    "date-hijri": ({"event": "1 رمضان 1443"}, "event_from"),
    "date-filler": ({"event": "1970-01-01"}, "event_from"),
    "birth-1-january": ({"birth": "1985-01-01"}, "birth_to"),
    "birth-in-future": ({"birth": "2024-05-01"}, "birth_from"),
    "birth-too-old": ({"birth": "1885-05-01"}, "birth_from"),
    "event-after-known": ({"event": "2022-05-05", "known": "2022-05-01"}, "known_from"),
    "place-word": ({"place": "город Полтава"}, "place_key"),
    "place-adjective": ({"place": "Омская обл."}, "place_key"),
    "place-same": ({"place": "Киев"}, "place_key"),
    "kind-case": ({"kind": "Arrest"}, "kind"),
    "sex-normalised": ({"sex": "ж"}, "sex"),
}


def test_every_switchable_rule_is_tried():
    assert set(ACTS) == set(SWITCHABLE)


@pytest.mark.parametrize("rule", ACTS)
def test_a_rule_that_is_off_does_not_act(rule):
    row, column = ACTS[rule]
    on = records_of(**{field: [cell] for field, cell in row.items()})
    off = records_of((rule,), **{field: [cell] for field, cell in row.items()})
    assert {change.rule: change.n for change in on.changes}[rule] == 1
    assert rule not in {change.rule for change in off.changes}
    assert on.table[column].to_pylist() != off.table[column].to_pylist()
    for raw in ("name_raw", "place_raw"):
        assert on.table[raw].to_pylist() == off.table[raw].to_pylist()


def test_names_read_without_rules():
    assert name_keys("Петрова Анна", off=frozenset({"feminine"})).surname_key == "petrova"
    assert "petrova" in name_keys("Петрова Анна", off=frozenset({"feminine"})).name_keys
    off = name_keys("Петров Саша Иванович", off=frozenset({"nickname"}))
    assert off.given_key == "sasha"
    assert off.patronymic_key == name_keys("Петров Саша Иванович").patronymic_key
    assert name_keys("Мария (имя изменено)", off=frozenset({"pseudonym"})).given_key is not None


def test_the_summary_says_what_is_off():
    spec = project((("name", "N"),), off=("nickname", "feminine"))
    said = describe_records(Records(table=records_of(name=["x"]).table, lists=("a",), changes=()), spec)
    assert said.off == ("feminine", "nickname")
    assert "feminine, nickname" in str(said)


# -- any text ------------------------------------------------------------------------------------------------------
HOSTILE = [
    *["", " ", "a\x1fb\x1e", "А", "г-н", "ООО «Рога и копыта»", "12345", "🙂🙂", "\u202eванИ\u202c", "x" * 10_000],
    *["\x00\x01", "é" * 400, "No Name", "Dr.", "=cmd()", "a\u0301" * 300, "ﷺ", "２０２２", "Ⅷ", "2022-99-99"],
    *["((((", "ال" * 500, "-" * 500],
]
TEXT = st.text(max_size=30) | st.sampled_from(HOSTILE)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(*(TEXT for _ in FIELDS)), min_size=1, max_size=3), st.sets(st.sampled_from(SWITCHABLE)))
@example([tuple(cell for _ in FIELDS) for cell in HOSTILE], set())
def test_any_text_is_cleaned_and_its_raw_value_kept(rows, off):
    columns = {field: [row[k] for row in rows] for k, field in enumerate(FIELDS)}
    made = records_of(tuple(sorted(off)), **columns)
    table = made.table
    assert table.num_rows == len(rows)
    assert len(set(table["record_id"].to_pylist())) == len(rows)
    assert table["place_raw"].to_pylist() == [cell or None for cell in columns["place"]]
    for cells, raw in zip(rows, table["name_raw"].to_pylist(), strict=True):
        by_field = dict(zip(FIELDS, cells, strict=True))
        parts = [by_field[f] for f in ("surname", "given", "patronymic", "name") if by_field[f]]
        assert (raw or "") == " ".join(parts)
    assert {change.rule for change in made.changes} <= set(RULES) - off
    again = records_of(tuple(sorted(off)), **columns)
    assert again.table.equals(table)
    assert again.changes == made.changes


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_cleaning_twice_is_cleaning_once(text):
    once = repair_text(text)[0]
    assert repair_text(once)[0] == once
    for clean in (normalise_sex, normalise_kind):
        value = clean(text).value
        assert value is None or clean(value).value == value


@pytest.mark.parametrize(
    "place", ["г. Харьков", "Омская обл.", "Kyiv", "село Ивановка", "حلب", "Нижний Новгород", "Bogotá D.C."]
)
def test_the_key_of_a_key_is_the_key(place):
    key = place_key(place).value
    assert key is not None
    assert place_key(key).value == key


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_takes_long(text):
    for clean in (place_key, normalise_kind, normalise_sex, name_keys):
        clean("x")
        start = time.process_time()
        clean(text)
        assert time.process_time() - start < 0.02
