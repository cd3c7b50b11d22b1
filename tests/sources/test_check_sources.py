"""Missing files and columns are told with the nearest name, and never with a cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources import check_columns, inspect_source, read_source
from uncounted.sources.codes import CODES

Declare = Callable[..., ListSpec]
TEXT = "id,name,birth,note\n1,Ann Secret,1980,x\n2, ,,\n3,Bob Secret,1981,y\n4,Eve\n"


def missing(spec: ListSpec) -> str:
    source = read_source(spec)
    with pytest.raises(SourceError) as caught:
        check_columns(spec, source)
    assert caught.value.code == "S11"
    return str(caught.value)


def test_summary_counts_by_mapped_column(declare: Declare) -> None:
    spec = declare(TEXT, columns=(("name", "name"), ("birth", "birth")))
    summary = inspect_source(read_source(spec), spec)
    assert (summary.n_rows, summary.n_accepted, summary.n_rejected) == (4, 3, 1)
    assert [(c.field, c.header, c.n_missing) for c in summary.columns] == [("name", "name", 1), ("birth", "birth", 1)]
    assert summary.columns[0].missing_share == pytest.approx(1 / 3)
    assert summary.unmapped == ("id", "note")
    assert summary.rejects[0].line == 5
    assert "Secret" not in repr(summary)


def test_all_missing_columns_with_nearest_names_and_line(declare: Declare) -> None:
    told = missing(declare(TEXT, columns=(("id", "id"), ("name", "nmae"), ("birth", "Birht"))))
    assert "name = 'nmae'. Did you mean 'name'?" in told
    assert "birth = 'Birht'. Did you mean 'birth'?" in told
    assert "'id', 'name', 'birth', 'note'" in told
    assert "line 12 of the project file" in told


def test_a_repeated_header_must_be_chosen(declare: Declare) -> None:
    told = missing(declare("id,Date,Date\n1,2,3\n", columns=(("id", "id"), ("event", "Date"))))
    assert "choose 'Date (1)' or 'Date (2)'" in told


def test_a_row_that_may_be_a_record_is_not_shown(declare: Declare) -> None:
    told = missing(declare("Ann Secret,North\nBob Secret,South\n", columns=(("name", "full name"),)))
    assert "Secret" not in told
    assert "North" not in told
    assert "may be a record" in told


def test_missing_file_with_the_nearest_name(declare: Declare) -> None:
    spec = declare(TEXT, "court_2022.csv")
    gone = ListSpec(name="a", title="a", file=spec.file.with_name("cuort_2022.csv"), columns=())
    with pytest.raises(SourceError, match=r"Did you mean 'court_2022.csv'\?") as caught:
        read_source(gone)
    assert caught.value.code == "S01"
    nowhere = ListSpec(name="a", title="a", file=Path("/no such folder/list.csv"), columns=())
    with pytest.raises(SourceError, match="no such file"):
        read_source(nowhere)


def test_folders_and_unknown_kinds(tmp_path: Path, declare: Declare) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SourceError) as caught:
        read_source(ListSpec(name="a", title="a", file=tmp_path / "folder.csv", columns=()))
    assert caught.value.code == "S01"
    for file in ("list.pdf", "list", "list.xlsb", "list.ods"):
        with pytest.raises(SourceError, match=r"\.csv, \.tsv") as caught:
            read_source(declare(TEXT, file))
        assert caught.value.code == "S02"


def test_messages_name_the_file_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(ListSpec(name="a", title="a", file=tmp_path / "person name" / "list.csv", columns=()))
    assert "person name" not in str(caught.value)


def test_every_code_used_is_explained() -> None:
    folder = Path(read_source.__code__.co_filename).parent
    used = {c for f in folder.glob("*.py") for c in re.findall(r'code="(S\d\d)"', f.read_text(encoding="utf-8"))}
    assert used == set(CODES)
