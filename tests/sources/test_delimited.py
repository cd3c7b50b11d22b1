"""CSV and TSV: every row is read exactly or rejected with its line; nothing is swallowed."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.errors import SourceError
from uncounted.project.model import ListSpec
from uncounted.sources import Source, read_source
from uncounted.sources.delimited import parse_delimited
from uncounted.sources.encoding import candidates, decode
from uncounted.sources.header import LINE_COLUMN

Declare = Callable[..., ListSpec]
DATA = Path(__file__).parent.parent / "data"


def rows_of(source: Source) -> list[list[str]]:
    columns = [source.table.column(c).to_pylist() for c in source.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def lines_of(source: Source) -> list[int]:
    return list(source.table.column(LINE_COLUMN).to_pylist())


def refusal(spec: ListSpec) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_source(spec)
    assert caught.value.exit_code == 3
    return caught.value


def test_a_plain_list(declare: Declare) -> None:
    text = "id,name,place\n1,Ann,North\n2,Bob,\n"
    source = read_source(declare(text))
    assert source.columns == ("id", "name", "place")
    assert rows_of(source) == [["1", "Ann", "North"], ["2", "Bob", ""]]
    assert lines_of(source) == [2, 3]
    assert (source.n_rows, source.rejects, source.notes) == (2, (), ())
    assert source.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (source.name, source.file, source.encoding) == ("court", "list.csv", "utf-8")
    assert source.table.schema.field(LINE_COLUMN).type == "int64"


@pytest.mark.parametrize("file", ["court.csv", "hotline.tsv"])
def test_samples(file: str) -> None:
    spec = ListSpec(name="s", title="s", file=DATA / file, columns=(("name", "ФИО"),))
    source = read_source(spec)
    assert (source.n_rows, source.table.num_rows) == (5, 5)
    assert "ФИО" in source.columns


# -- lines, ragged and blank rows -------------------------------------------------------------------------------
def test_lines_are_those_where_rows_begin(declare: Declare) -> None:
    text = 'id,note\r\n1,"a\r\nb\n\nc"\r\n\r\n2,x\r\n3,"y\rz"\r\n4,w\r\n'
    source = read_source(declare(text))
    assert lines_of(source) == [2, 7, 8, 10]
    assert rows_of(source)[0] == ["1", "a\r\nb\n\nc"]
    assert any("line breaks inside quotes in 2 rows" in n and "4 lines, from line 2" in n for n in source.notes)
    assert any("1 blank rows" in n and "line 6" in n for n in source.notes)


def test_ragged_rows_are_rejected_with_their_line(declare: Declare) -> None:
    source = read_source(declare("id,name,place\n1,Ann,North\n2,Bob\n3,Eve,South,x\n4,Zoe,West,,\n"))
    assert [(r.line, r.reason) for r in source.rejects] == [
        (3, "2 cells where the header has 3"),
        (4, "4 cells where the header has 3"),
    ]
    assert rows_of(source) == [["1", "Ann", "North"], ["4", "Zoe", "West"]]
    assert source.n_rows == source.table.num_rows + len(source.rejects) == 4
    assert any("empty cells after the last column were left out in 1 rows" in n for n in source.notes)


def test_rows_without_any_value_are_blank_however_they_are_written(declare: Declare) -> None:
    source = read_source(declare("id,name\n1,Ann\n\n,\n2,Bob\n,,,\n"))
    assert (source.n_rows, lines_of(source)) == (2, [2, 5])
    assert any("3 blank rows" in n and "lines 3, 4, 6" in n for n in source.notes)


def test_all_rows_rejected_is_an_error(declare: Declare) -> None:
    error = refusal(declare("id,name\n1\n2\n", columns=(("name", "name"),)))
    assert error.code == "S13"
    assert "lines 2, 3" in str(error)


@pytest.mark.parametrize("text", ["id,name\n", "id,name", "id,name\n\n,\n"])
def test_a_header_alone_is_an_empty_list(declare: Declare, text: str) -> None:
    assert refusal(declare(text)).code == "S12"


@pytest.mark.parametrize("text", ["", "\n\n\n", "\ufeff"])
def test_an_empty_file_has_no_header(declare: Declare, text: str) -> None:
    assert refusal(declare(text)).code == "S10"


def test_many_chunks_keep_lines_and_order(declare: Declare) -> None:
    n = 20_000
    body = "".join(f'{i},"a\nb"\n' if i % 1000 == 7 else f"{i},x\n" for i in range(n))
    source = read_source(declare("id,note\n" + body))
    assert source.table.column("id").to_pylist() == [str(i) for i in range(n)]
    assert lines_of(source)[-1] == 1 + n + n // 1000
    assert lines_of(source)[8] == 11


# -- quotes, huge cells, many columns ---------------------------------------------------------------------------
def test_unclosed_quote_names_the_line_where_it_opened(declare: Declare) -> None:
    text = 'id,name\n1,Ann\n2,"Bob\n3,Eve\n' + "4,Zoe\n" * 500
    error = refusal(declare(text))
    assert error.code == "S06"
    assert "list.csv, line 3" in str(error)


def test_unclosed_quote_in_a_row_that_began_lines_above(declare: Declare) -> None:
    error = refusal(declare('id,a,b\n1,x,y\n2,"p\nq\nr","open\n3,x,y\n'))
    assert "line 5" in str(error)
    assert "never closed" in str(error)


def test_unclosed_quote_closed_by_the_next_one(declare: Declare) -> None:
    error = refusal(declare('id,name\n1,Ann\n2,"Bob\n3,"Eve"\n'))
    assert (error.code, "line 3" in str(error)) == ("S06", True)
    assert "Eve" not in str(error)
    assert "Bob" not in str(error)


def test_unclosed_quote_before_more_than_a_cell_can_hold(declare: Declare) -> None:
    error = refusal(declare('id,name\n1,"Ann\n' + "2,Bob\n" * 40_000))
    assert (error.code, "line 2" in str(error)) == ("S07", True)


def test_quotes_inside_unquoted_and_doubled_are_text(declare: Declare) -> None:
    source = read_source(declare('id,name\n1,O"Brien\n2,"say ""a"""\n'))
    assert rows_of(source) == [["1", 'O"Brien'], ["2", 'say "a"']]


def test_a_cell_of_a_megabyte_is_refused_fast(declare: Declare) -> None:
    start = time.process_time()
    error = refusal(declare("id,name\n1," + "x" * 1_000_000 + "\n2,Bob\n"))
    assert (error.code, "line 2" in str(error)) == ("S07", True)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("n_rows", [1, 3])
def test_a_million_columns_are_refused_fast(declare: Declare, n_rows: int) -> None:
    spec = declare((",".join(["c"] * 1_000_000) + "\n") * n_rows + "x\n")
    start = time.process_time()
    assert refusal(spec).code == "S08"
    assert time.process_time() - start < 2


# -- delimiter and header ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_by_the_header(declare: Declare, delimiter: str) -> None:
    rows = [["id", "name", "note"], ["1", "Ann", "a, b; c|d\te"], ["2", "Bob", "one; two"], ["3", "Eve", ""]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    source = read_source(declare(out.getvalue()))
    assert [list(source.columns), *rows_of(source)] == rows


def test_a_comma_in_every_cell_does_not_mislead(declare: Declare) -> None:
    source = read_source(declare("name;place\nAnn, A;North, 1\nBob, B;South, 2\n"))
    assert source.columns == ("name", "place")


def test_two_delimiters_that_fit_are_refused_until_declared_or_mapped(declare: Declare) -> None:
    even = "a;b,c\n1;2,3\n"
    assert refusal(declare(even)).code == "S09"
    assert read_source(declare(even, delimiter=",")).columns == ("a;b", "c")
    assert read_source(declare(even, columns=(("name", "b,c"),))).columns == ("a", "b,c")


def test_one_column_needs_no_delimiter(declare: Declare) -> None:
    assert rows_of(read_source(declare("name\nAnn\nBob\n"))) == [["Ann"], ["Bob"]]


def test_title_lines_are_passed_over_and_noted(declare: Declare) -> None:
    text = "Register of cases\nfor 2022, final\n\nid,name,birth,sex,place\n1,Ann,1980,f,\n2,Bob,1981,m,\n"
    source = read_source(declare(text))
    assert (source.columns[:2], lines_of(source)) == (("id", "name"), [5, 6])
    assert "passed over above the header: lines 1, 2" in source.notes


def test_mapped_headers_find_the_header_where_looks_mislead(declare: Declare) -> None:
    text = "Cases,2022,final\nname,,\nAnn,x,1\nBob,y,2\n"
    assert read_source(declare(text)).columns == ("Cases", "2022", "final")
    source = read_source(declare(text, columns=(("name", "name"),)))
    assert source.columns == ("name", "(column 2)", "(column 3)")
    assert lines_of(source) == [3, 4]


def test_a_header_narrower_than_its_rows_stays_the_header(declare: Declare) -> None:
    error = refusal(declare("id,name,birth\n1,Ann,1980,x\n2,Bob,1981,y\n"))
    assert error.code == "S13"


def test_declared_header_row(declare: Declare) -> None:
    text = "id,name\nNr,Name\n1,Ann\n"
    assert read_source(declare(text, header_row=2)).columns == ("Nr", "Name")
    assert refusal(declare(text, header_row=9)).code == "S10"
    assert refusal(declare("a,b\n\n1,2\n", header_row=2)).code == "S10"


def test_headers_become_distinct_and_say_so(declare: Declare) -> None:
    source = read_source(declare(" id ,Date,,Date,__line,Date (1)\n1,2,3,4,5,6\n"))
    assert source.columns == ("id", "Date (1)'", "(column 3)", "Date (2)", "__line (column 5)", "Date (1)")
    assert rows_of(source) == [["1", "2", "3", "4", "5", "6"]]
    assert len(source.notes) == 3


# -- encodings --------------------------------------------------------------------------------------------------
CYRILLIC = "№;ФИО;Место\n1;Иванов Пётр Алексеевич;Город\n2;Щербань Олена;Село\n3;КОВАЛЬЧУК Ирина;Посёлок\n".replace(
    "№", "Nr"
)
ARABIC = "رقم;الاسم\n1;محمد أحمد\n2;فاطمة الزهراء\n"
WESTERN = "no;nombre\n1;Muñoz José\n2;Peña Núñez\n"
CENTRAL = "no;jméno\n1;Dvořák Jiří\n2;Ščerbová Žofie\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CYRILLIC, "cp1251"),
        (CYRILLIC, "koi8-r"),
        (CYRILLIC, "cp866"),
        (CYRILLIC, "iso8859-5"),
        (CYRILLIC, "utf-16"),
        (ARABIC, "cp1256"),
        (WESTERN, "cp1252"),
        (CENTRAL, "cp1250"),
    ],
)
def test_other_encodings_are_refused_until_declared_and_then_read_exactly(
    declare: Declare, text: str, encoding: str
) -> None:
    error = refusal(declare(text.encode(encoding)))
    assert error.code == "S03"
    told = "koi8-u" if encoding == "koi8-r" else encoding
    assert told in str(error)
    assert "line 12 of the project file" in error.do
    words = {w for line in text.split("\n") for cell in line.split(";") for w in cell.split() if len(w) > 2}
    assert not [w for w in words if w in str(error)]
    source = read_source(declare(text.encode(encoding), encoding=encoding))
    expected = [line.split(";") for line in text.strip().split("\n")]
    assert [list(source.columns), *rows_of(source)] == expected
    assert source.encoding == encoding


def test_the_first_line_that_is_not_utf8_is_named(declare: Declare) -> None:
    error = refusal(declare(b"id,name\n1,Ann\n2,\xcf\xe5\xf2\xf0\n"))
    assert "list.csv, line 3" in str(error)


def test_utf8_declared_as_something_else_is_refused(declare: Declare) -> None:
    assert refusal(declare(CYRILLIC, encoding="cp1251")).code == "S04"
    assert read_source(declare("id,name\n1,Ann\n", encoding="cp1251")).n_rows == 1


def test_wrong_declared_encoding_is_refused_or_doubted(declare: Declare) -> None:
    assert refusal(declare(CYRILLIC.encode("cp1251"), encoding="ascii")).code == "S03"
    source = read_source(declare(CYRILLIC.encode("cp1251"), encoding="koi8-r"))
    assert any("doubtful" in n and "cp1251" in n for n in source.notes)
    assert not any("doubtful" in n for n in read_source(declare(CYRILLIC.encode("cp1251"), encoding="cp1251")).notes)


def test_byte_order_mark_is_left_out_and_noted(declare: Declare) -> None:
    source = read_source(declare(b"\xef\xbb\xbfid,name\n1,Ann\n"))
    assert source.columns == ("id", "name")
    assert "begins with a byte-order mark, which was left out" in source.notes


def test_nul_is_refused_with_its_line(declare: Declare) -> None:
    error = refusal(declare("id,name\n1,A\0nn\n"))
    assert (error.code, "line 2" in str(error)) == ("S05", True)
    assert refusal(declare(CYRILLIC.encode("utf-16-le")[:-1] + b"\n")).code in {"S03", "S05"}


def test_letters_lost_before_delivery_are_noted(declare: Declare) -> None:
    assert any("2 replacement characters" in n for n in read_source(declare("id,name\n1,A\ufffd\ufffd\n")).notes)


# -- properties -------------------------------------------------------------------------------------------------
_CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    return draw(st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=1, max_size=12))


def _spec(delimiter: str, n_columns: int) -> ListSpec:
    columns = tuple(("name", f"h{i}") for i in range(n_columns))
    return ListSpec(name="a", title="a", file=Path("a.csv"), columns=columns, delimiter=delimiter)


@settings(max_examples=300, deadline=None)
@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    delimiter_is=st.sampled_from(["declared", "found"]),
)
def test_any_table_is_read_as_it_was_written(
    rows: list[list[str]], delimiter: str, line_end: str, delimiter_is: str
) -> None:
    header = [f"h{i}" for i in range(len(rows[0]))]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    spec = _spec(delimiter, len(header))
    if delimiter_is == "found":
        spec = ListSpec(name="a", title="a", file=Path("a.csv"), columns=spec.columns)
    decoded = decode(out.getvalue().encode(), spec)
    parsed = parse_delimited(decoded.text, spec)
    got = [list(row) for row in zip(*(parsed.table.column(c).to_pylist() for c in header), strict=True)]
    assert got == [row for row in rows if any(row)]
    assert parsed.rejects == ()
    starts, line = [], 1
    for row in [header, *rows]:
        starts.append(line)
        line += 1 + sum(len(re.findall("\r\n|\r|\n", cell)) for cell in row)
    assert parsed.table.column(LINE_COLUMN).to_pylist() == [
        s for s, row in zip(starts[1:], rows, strict=True) if any(row)
    ]


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(_CELL, max_size=5), max_size=12))
def test_accepted_rejected_and_blank_rows_add_up(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["h0", "h1", "h2"], *rows])
    parsed = parse_delimited(out.getvalue(), _spec(",", 3))
    filled = [row for row in rows if any(row)]
    assert parsed.table.num_rows + len(parsed.rejects) == len(filled)
    fitting = [row for row in filled if len(row) == 3 or (len(row) > 3 and not any(row[3:]))]
    assert parsed.table.num_rows == len(fitting)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('ab",;\n\r\t |1é'), max_size=60))
def test_any_text_is_read_or_refused_never_crashes(text: str) -> None:
    try:
        parsed = parse_delimited(text, ListSpec(name="a", title="a", file=Path("a.csv"), columns=()))
    except SourceError as error:
        refused = error.code
    else:
        refused = ""
    assert refused in {"", "S06", "S09", "S10"}
    if refused:
        return
    assert len(set(parsed.columns)) == len(parsed.columns)
    assert all(parsed.columns)


@pytest.mark.parametrize("encoding", [None, "cp1252"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04\x14\0\xff\xfe xl/workbook.xml", "an Excel workbook"),
        (b"PK\x03\x04\x14\0\xff\xfe list.csv", "a zip archive"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "an old Excel workbook"),
    ],
)
def test_what_is_no_text_is_called_what_it_is(declare: Declare, data: bytes, said: str, encoding: str | None) -> None:
    error = refusal(declare(data, encoding=encoding))
    assert error.code == "S18"
    assert said in error.what
    assert "ncoding" not in str(error)


@pytest.mark.parametrize("filler", [b"\0", b"\x01\x02\x03"])
def test_control_bytes_are_no_matter_of_encoding(declare: Declare, filler: bytes) -> None:
    error = refusal(declare(b"id,name\n1,\xff\xd0" + filler + b"\n"))
    assert error.code == "S05"
    assert "would read the whole file" not in str(error)


def test_encodings_that_make_no_words_are_not_offered(declare: Declare) -> None:
    data = CYRILLIC.encode("cp1251")
    assert data.decode("cp1252")  # it can be read so, and makes no words
    found = candidates(data)
    assert found[0].encoding == "cp1251"
    assert "cp1252" not in {c.encoding for c in found}
    assert min(c.word_share for c in found) >= 0.4
    assert "cp1252" not in str(refusal(declare(data)))
