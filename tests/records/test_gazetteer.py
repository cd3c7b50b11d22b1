"""Places by the user's gazetteer: every spelling one key, several places of a name, coverage; bad files refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.errors import CaptureError, SourceError
from uncounted.project.model import Covers, GazetteerSpec, ListSpec, Project, RecordsSpec
from uncounted.records import places_of, records_settings, standardise
from uncounted.records.gazetteer import Places
from uncounted.register.coverage import check_coverage, covered_places, refuse_uncovered
from uncounted.sources.source import Source

ROWS = """name,place,within,lat,lon
Харьков,Kharkiv,Kharkiv oblast,50.0,36.2
Kharkiv,Kharkiv,,49.9,36.3
خاركيف,Kharkiv,,,
Харьковская область,Kharkiv oblast,Ukraine,,
Одесская область,Odesa oblast,Ukraine,,
Ивановка,Ivanivka,Kharkiv oblast,,
Іванівка,Ivanivka,Kharkiv oblast,,
Ивановка,Ivanivka,Odesa oblast,,
Киев,Kyiv,Ukraine,,
Украина,Ukraine,,,
Новое,Nove,,,
"Washington, D.C.",Washington,,,
"""


def project(folder: Path, text: str | bytes = ROWS, covers: tuple[str, ...] = ()) -> Project:
    file = folder / "places.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    spec = ListSpec(
        name="a", title="a", file=folder / "a.csv", columns=(("name", "N"), ("event", "D"), ("place", "P")),
        covers=Covers(places=covers),
    )  # fmt: skip
    return Project(
        name="p", population="people", unit="person", lists=(spec,), path=folder / "uncounted.toml", folder=folder,
        start=date(2022, 1, 1), end=date(2023, 12, 31), gazetteer=GazetteerSpec(file=file),
    )  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_of(project(tmp_path))


def key(places: Places, text: str) -> str | None:
    return places.key(text).value


def test_every_spelling_of_a_place_has_one_key(places):
    spellings = ["Харьков", "KHARKIV", "г. Харьков", "خاركيف", "Kharkiv, Kharkiv oblast", "Украина, Харьков",
                 "Харьковская обл., г. Харьков, ул. Новая, 5", "Kharkiv (Харьков)"]  # fmt: skip
    assert len({key(places, text) for text in spellings}) == 1
    assert all(places.key(text).rules == ("place-gazetteer",) for text in spellings)


def test_a_city_is_not_its_region(places):
    assert key(places, "Харьковская обл.") == key(places, "Kharkiv oblast") == key(places, "Харківська область")
    assert key(places, "Харьковская обл.") != key(places, "Харьков")


def test_the_larger_place_tells_places_of_one_name_apart(places):
    north = [
        key(places, t)
        for t in ("Ивановка, Харьковская область", "Харьковская обл., с. Ивановка", "Іванівка (Kharkiv oblast)")
    ]
    south = [
        key(places, t)
        for t in ("Ivanivka, Odesa oblast", "Одесская область; Ивановка", "Украина, Одесская обл., Ивановка")
    ]
    assert len(set(north)) == len(set(south)) == 1
    assert north[0] != south[0]
    # A district that the gazetteer does not have says nothing against it.
    assert key(places, "Ивановка, Изюмский район, Харьковская область") == north[0]


def test_an_unclear_name_keeps_its_spelling_and_is_counted(places):
    unclear = places.key("с. Ивановка")
    assert unclear.rules[-1] == "place-ambiguous"
    assert unclear.value == Places().key("с. Ивановка").value
    assert unclear.value not in places.gazetteer.keys
    assert places.key("Ивановка, Украина").rules[-1] == "place-ambiguous"


@pytest.mark.parametrize(
    "text", ["Полтава", "Ивановка, Полтавская область", "Неизвестное село, Харьковская область", "Дальнее, Харьков"]
)
def test_what_the_gazetteer_does_not_have_is_not_guessed(places, text):
    found = places.key(text)
    assert found.rules[-1] == "place-unknown"
    assert found.value == Places().key(text).value


def test_another_region_than_that_of_the_gazetteer_is_believed(tmp_path):
    text = "name,place,within\nИвановка,Ivanivka,Харьковская область\nХарьков,Kharkiv,\n"
    places = places_of(project(tmp_path, text))
    found = places.key("Ивановка, Харьковская область").value
    assert found == places.key("Ивановка").value == "ivanivka"
    assert places.key("Ивановка, Изюмский район, Харьковская область").value == found
    assert places.key("Ивановка, Полтавская область").rules[-1] == "place-unknown"


def test_names_with_commas_and_empty_cells(places):
    assert key(places, "washington, d.c.") == key(places, "Washington")
    assert places.key("").value is None
    assert places.key("12").rules == ("place-no-key",)


def test_a_place_without_within_is_found_beside_a_region(places):
    assert key(places, "Новое, Одесская область") == key(places, "Nove")


def test_every_label_of_the_gazetteer_has_its_own_key_and_is_found_again(places):
    keys = places.gazetteer.keys
    assert len(set(keys)) == len(keys) == 9


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=40)
    | st.lists(st.sampled_from(["Ивановка", "Харьков", ",", " ", "область", "(", "ул."]), max_size=8).map("".join)
)
def test_any_text_has_a_key_or_none(tmp_path_factory, text):
    places = (
        _CACHED.setdefault("places", places_of(project(tmp_path_factory.mktemp("g"))))
        if not _CACHED
        else _CACHED["places"]
    )
    found = places.key(text)
    assert found.value is None or found.value.strip()
    assert found.value is not None or not {"place-gazetteer", "place-ambiguous", "place-unknown"} & set(found.rules)


_CACHED: dict[str, Places] = {}


# -- coverage and strata ------------------------------------------------------------------------------------------
def records_of(spec: Project, cells: list[str]):
    n = len(cells)
    table = pa.table(
        {"N": [f"Щербань Иван {i}" for i in range(n)], "D": ["2022-05-05"] * n, "P": cells,
         "__line": pa.array(range(2, n + 2), pa.int64())}
    )  # fmt: skip
    source = Source(name="a", file="a.csv", sha256="0", table=table, n_rows=n, columns=("N", "D", "P"))
    return standardise([source], spec)


def test_a_region_covers_what_lies_in_it(tmp_path):
    spec = project(tmp_path, covers=("Харківська область",))
    inside = ["Харьков", "Ивановка, Харьковская область", "Kharkiv oblast", "", "Ивановка", "Полтава"]
    refuse_uncovered(records_of(spec, inside), spec)  # unclear and unknown places are not outside for certain
    outside = check_coverage(records_of(spec, [*inside, "Ивановка, Одесская обл.", "Киев"]), spec)
    assert [(error.by, error.lines) for error in outside] == [("places", (8, 9))]
    places = places_of(spec)
    keys = tuple(places.key(t).value for t in ("Харьков", "Киев", "Ivanivka, Kharkiv oblast"))
    assert covered_places(spec.lists[0].covers, keys, places).tolist() == [True, False, True]


def test_without_a_gazetteer_coverage_goes_by_spelling(tmp_path):
    spec = replace(project(tmp_path, covers=("Харьков",)), gazetteer=GazetteerSpec())
    refuse_uncovered(records_of(spec, ["Kharkiv", "м. Харків"]), spec)
    with pytest.raises(CaptureError):
        refuse_uncovered(records_of(spec, ["Полтава"]), spec)


def test_an_unclear_covered_place_is_refused(tmp_path):
    spec = project(tmp_path, covers=("Ивановка",))
    with pytest.raises(SourceError) as error:
        check_coverage(records_of(spec, ["Киев"]), spec)
    assert error.value.code == "K06"


def test_places_are_counted(tmp_path):
    records = records_of(project(tmp_path), ["Харьков"] * 3 + ["Ивановка"] * 2 + ["Полтава"])
    counts = {change.rule: change.n for change in records.changes}
    assert (counts["place-gazetteer"], counts["place-ambiguous"], counts["place-unknown"]) == (3, 2, 1)


def test_the_settings_change_with_the_gazetteer_and_the_rules(tmp_path):
    spec = project(tmp_path)
    before = records_settings(spec)
    assert records_settings(spec) == before
    assert records_settings(replace(spec, records=RecordsSpec(off=("nickname",)))) != before
    (tmp_path / "places.csv").write_text(ROWS + "Львов,Lviv,,,\n")
    assert records_settings(spec) != before


# -- bad files ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "K03", "no column"),
        ("nmae,place\nA,B\n", "K03", "Did you mean 'nmae'?"),
        ("name,place,name\nA,B,C\n", "K03", "stands twice"),
        ("name,place\n", "K03", "no place under it"),
        ("name,place\nХарьков,B\n".encode("cp1251"), "K03", "UTF-8"),
        ('name,place\n"A,B\nC,D\n', "K03", "no CSV"),
        ("name,place\nA,\nB,C\n,D\n", "K04", "line 2: no place"),
        ("name,place\n...,B\n", "K04", "neither letters nor digits"),
        ("name,place,lat,lon\nA,B,1,\n", "K04", "only one of"),
        ("name,place,lat,lon\nA,B,\"50,1\",30\n", "K04", "a point, not a comma"),
        ("name,place,lat,lon\nA,B,136,50\n", "K04", "exchanged"),
        ("name,place,lat,lon\nA,B,nan,50\n", "K04", "exchanged"),
        ("name,place,lat,lon\nA,B,50,30\nC,B,10,30\n", "K04", "line 3: more than 100 km"),
        ("name,place,within\nA,B,C oblast\nD,B,E oblast\nF,B,\n", "K04", "say `within`"),
        ("name,place,within\nA,A,B\nB,B,C\nC,C,A\n", "K05", "within itself"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_words(tmp_path, text, code, words):
    with pytest.raises(SourceError) as error:
        places_of(project(tmp_path, text))
    assert error.value.code == code
    assert words in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    spec = project(tmp_path)
    (tmp_path / "places.csv").unlink()
    for use in (places_of, records_settings):
        with pytest.raises(SourceError) as error:
            use(spec)
        assert error.value.code == "K03"


def test_delimiters_orders_and_columns_of_no_use(tmp_path):
    for text in ("place;name;note\nB;Харьков;x\n", "\ufeffName\tPLACE\nХарьков\tB\n", "name,place\nХарьков,B\n\n,\n"):
        assert places_of(project(tmp_path, text)).key("харьков").value == "b"


def test_a_large_gazetteer_is_read_in_seconds(tmp_path):
    import time

    rows = "".join(
        f"Село{i % 7}{chr(1072 + i % 32)}{chr(1072 + i // 32 % 32)}{chr(1072 + i // 1024)},P{i},R{i % 9}\n"
        for i in range(5000)
    )
    start = time.process_time()
    assert len(places_of(project(tmp_path, "name,place,within\n" + rows)).gazetteer.keys) == 5000
    assert time.process_time() - start < 4
