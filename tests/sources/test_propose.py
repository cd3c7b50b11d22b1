"""`init --from`: what is proposed loads, what is unsure is said, no record is quoted."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from uncounted.errors import SourceError
from uncounted.project import load_project
from uncounted.sources import check_columns, read_source
from uncounted.sources.date_formats import find_date_formats
from uncounted.sources.header_words import fold_header, is_known_header, propose_mapping
from uncounted.sources.proposal import list_name_from, propose

DATA = Path(__file__).parent.parent / "data"

HEADERS = [
    (
        "Case No|Full name|Date of birth|Date of incident|Date reported|City|Sex|Notes",
        "id name birth event known place sex",
    ),
    ("id|First name|Last name|DOB|Charge", "id surname given birth kind"),
    ("Name|Surname|Middle name", "surname given patronymic"),
    ("№|ФИО|Дата рождения|Дата события|Дата обращения|Населённый пункт|Пол", "id name birth event known place sex"),
    ("Фамилия|Имя|Отчество|Год рождения|Статья УК", "surname given patronymic birth kind"),
    ("Прізвище|Ім'я|По батькові|Рік народження|Дата СЗЧ|Місто", "surname given patronymic birth event place"),
    ("№ справи|ПІБ|Дата народження|Стать", "id name birth sex"),
    ("Expediente|Nombres y apellidos|Fecha de nacimiento|Fecha del hecho|Municipio", "id name birth event place"),
    ("Nombre|Apellidos|Sexo|Tipo de violación", "surname given sex kind"),
    ("رقم القضية|الاسم الكامل|تاريخ الميلاد|تاريخ الاعتقال|المحافظة|الجنس", "id name birth event place sex"),
    ("الاسم|اللقب|اسم الأب", "surname given patronymic"),
    ("Nom|Prénom|Date de naissance|Lieu des faits|Sexe", "surname given birth place sex"),
    ("Nom|Date du décès", "name event"),
    ("Aktenzeichen|Name|Vorname|Geburtsdatum|Tatdatum|Ort|Geschlecht", "id surname given birth event place sex"),
    ("victim_name|birth_year|event_date", "name birth event"),
]


@pytest.mark.parametrize(("headers", "fields"), HEADERS)
def test_words_of_seven_languages(headers: str, fields: str) -> None:
    mapping = propose_mapping(headers.split("|"))
    assert " ".join(mapping) == fields
    assert len(set(mapping.values())) == len(mapping)
    assert set(mapping.values()) <= set(headers.split("|"))


def test_the_right_header_of_each_field() -> None:
    mapping = propose_mapping(["Date reported", "Date", "Name", "Surname", "Notes on place", "Place"])
    assert mapping == {
        "surname": "Surname",
        "given": "Name",
        "event": "Date",
        "known": "Date reported",
        "place": "Place",
    }


def test_folding_and_known_words() -> None:
    assert fold_header(" Date_of  BIRTH: ") == "date of birth"
    assert fold_header("Prénom(s)") == "prenom s"
    assert is_known_header("Ф.И.О.")
    assert not is_known_header("Ann Smith")


@pytest.mark.parametrize(
    ("values", "formats", "rivals"),
    [
        (["2022-02-24", "2022-03", "2022"], {"%Y-%m-%d", "%Y-%m", "%Y"}, 0),
        (["24.02.2022", "1.3.2022", "02.2022"], {"%d.%m.%Y", "%m.%Y"}, 0),
        (["03/04/2022", "05/06/2022"], set(), 1),
        (["03/04/2022", "25/06/2022"], {"%d/%m/%Y"}, 0),
        (["03/04/2022", "06/25/2022"], {"%m/%d/%Y"}, 0),
        (["", " ", "n/a"], set(), 0),
        (["12345678", "0042"], set(), 0),
        (["20220224"], {"%Y%m%d"}, 0),
    ],
)
def test_date_formats_by_what_fits(values: list[str], formats: set[str], rivals: int) -> None:
    found = find_date_formats(values)
    assert set(found.formats) == formats
    assert len(found.rivals) == rivals


def test_mixed_date_formats_are_told() -> None:
    found = find_date_formats(["25/06/2022", "06/25/2022"])
    assert found.mixed == (("%d/%m/%Y", "%m/%d/%Y"),)


def test_list_names() -> None:
    assert list_name_from(Path("Список судов (2023).csv"), set()) == "spisok_sudov_2023"
    assert list_name_from(Path("2023.csv"), set()) == "list_2023"
    assert list_name_from(Path("a.csv"), {"a", "a_2"}) == "a_3"
    assert list_name_from(Path("!!!.csv"), set()) == "list"


def test_samples_give_a_project_that_loads_and_fits(tmp_path: Path) -> None:
    files = sorted(f for f in DATA.iterdir() if f.suffix in {".csv", ".tsv", ".xlsx", ".parquet"})
    text = propose(files, tmp_path)
    (tmp_path / "uncounted.toml").write_text(text, encoding="utf-8")
    project = load_project(tmp_path)
    assert len(project.lists) == len(files)
    for spec in project.lists:
        check_columns(spec, read_source(spec))
    by_name = {spec.name: dict(spec.columns) for spec in project.lists}
    assert by_name["court"] == {
        "id": "№",
        "name": "ФИО",
        "birth": "Дата рождения",
        "event": "Дата события",
        "place": "Место",
    }
    assert "Щербань" not in text
    assert "Shcherban" not in text


def test_files_below_the_folder_are_written_relative(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("name\nAnn\n")
    assert tomllib.loads(propose([tmp_path / "in" / "a.csv"], tmp_path))["list"][0]["file"] == "in/a.csv"


def test_an_encoding_is_proposed_for_confirmation(tmp_path: Path) -> None:
    file = tmp_path / "court.csv"
    file.write_bytes("№ дела;ФИО\n1;Иванов Пётр\n2;Щербань Олена\n".replace("№", "Nr").encode("cp1251"))
    text = propose([file], tmp_path)
    data = tomllib.loads(text)["list"][0]
    assert data["encoding"] == "cp1251"
    assert data["columns"]["name"] == "ФИО"
    comments = [line for line in text.split("\n") if line.startswith("#")]
    assert any("CONFIRM" in c and "not UTF-8" in c for c in comments)
    assert sum("look like words" in c for c in comments) == 3
    assert any("the header reads: Nr дела | ФИО" in c for c in comments)
    assert "Иванов" not in text


def test_ambiguous_dates_are_left_to_a_person(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("name,date\nAnn,03/04/2022\nBob,05/06/2022\n")
    text = propose([file], tmp_path)
    assert "date_formats =" not in text.split("[[list]]")[1].split("# ----")[0].replace("to date_formats", "")
    assert 'CONFIRM: the dates fit "%d/%m/%Y" and "%m/%d/%Y"' in text


def test_a_file_without_a_header_is_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Ann Smith,12.03.1985\nBob Brown,13.04.1986\n")
    text = propose([file], tmp_path)
    assert "Smith" not in text
    assert "1985" not in text
    assert "No header row was recognised" in text


def test_headers_with_quotes_and_line_breaks(tmp_path: Path) -> None:
    file = tmp_path / 'a "b".csv'
    file.write_text('"Full ""name""","Date of\nbirth","x\\y"\nAnn,1985,1\n')
    (tmp_path / "uncounted.toml").write_text(propose([file], tmp_path))
    spec = load_project(tmp_path).lists[0]
    assert dict(spec.columns) == {"name": 'Full "name"', "birth": "Date of\nbirth"}
    check_columns(spec, read_source(spec))


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        propose([tmp_path / "nothing.csv"], tmp_path)
