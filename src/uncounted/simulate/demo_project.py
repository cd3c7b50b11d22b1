"""The project file of the demo, and how its four lists are delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from uncounted.simulate.habits import ListHabits


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoList:
    """How one list of the demo is delivered: its file, and the header of each field."""

    title: str
    file: str
    columns: Mapping[str, str]
    about: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    sheet: str = ""
    title_line: str = ""
    hidden_sheet: str = ""
    declared: Mapping[str, str] = field(default_factory=dict)
    covers_from: str = ""


HEADERS: Mapping[str, DemoList] = {
    "courts": DemoList(
        title="Court records",
        file="lists/courts.csv",
        columns={
            "id": "№ дела",
            "name": "ФИО",
            "birth": "Дата рождения",
            "sex": "Пол",
            "event": "Дата оставления части",
            "known": "Дата поступления",
            "place": "Регион суда",
            "kind": "Обвинение",
        },
        about=("Full names in Cyrillic, in one column; exact dates.",),
    ),
    "hotline": DemoList(
        title="Requests to the hotline",
        file="lists/hotline.csv",
        columns={
            "id": "Request",
            "known": "Call date",
            "name": "Name",
            "birth": "Birth year",
            "sex": "Sex",
            "place": "Region",
            "event": "Left the unit",
            "note": "Note",
        },
        about=(
            "Names as callers spelt them, nicknames included; many call twice.",
            "A column that is not mapped, here the note, is left alone.",
        ),
        encoding="utf-8-sig",
    ),
    "press": DemoList(
        title="Press reports",
        file="lists/press.xlsx",
        columns={
            "id": "Ref",
            "known": "Published",
            "surname": "Surname",
            "given": "Given name",
            "birth": "Born",
            "event": "Left the unit",
            "place": "Region",
        },
        about=("A workbook with a title above the table, so the row of the header is given.",),
        sheet="Reports",
        title_line="Press reports on people who left their units, 2022–2023",
        hidden_sheet="internal",
        declared={"sheet": '"Reports"', "header_row": "3"},
    ),
    "lawyers": DemoList(
        title="The lawyers' register",
        file="lists/lawyers.csv",
        columns={
            "id": "Номер",
            "surname": "Прізвище",
            "given": "Ім’я",
            "patronymic": "По батькові",
            "birth": "Дата народження",
            "event": "Дата залишення частини",
            "place": "Регіон",
        },
        about=("Russian and Ukrainian forms of names; an older Windows encoding, so it is declared.",),
        encoding="cp1251",
        delimiter=";",
        newline="\r\n",
        declared={"encoding": '"cp1251"', "delimiter": '";"'},
        covers_from="2023-01-01",
    ),
}

_HEAD = """\
# The demo of uncounted. All people are invented; truth.json beside this file holds the right answers,
# and no stage reads it. Change something and run `uncounted run` again in this folder.
# `uncounted check` says at once if a line here is wrong; `uncounted schema` lists every key.

[project]
name = "People who left their units (invented)"
# One sentence that says exactly who is counted. It stands in the report.
population = "People who left their military unit without leave between January 2022 and December 2023"
unit = "person"
# Whose event lies outside the period is not counted.
from = 2022-01-01
to = 2023-12-31
# "plain" keeps the project's memory unencrypted: for invented or public data only. Leave the line out for real people.
store = "plain"
seed = {seed}

# One [[list]] for each list. [list.columns] says which column of the file holds what:
# id, name (a whole name) or surname, given, patronymic, birth, event, known (when the list learned of it), place,
# sex, kind. date_formats are tried in this order; a month or a year alone is kept as a range of days.
"""

_TAIL = """
[linkage]
# Linkage is uncertain: the number is worked out for this many ways of linking, and their spread goes into the interval.
draws = 20
# Above this probability two records count as one person in the single best clustering.
threshold = 0.5

[estimate]
estimators = ["chapman", "chao", "loglinear", "decomposable", "assumptions"]
# Estimate year by year and add up: the lawyers cover one year only.
strata = ["year"]
# How models are weighed against each other.
criterion = "bic"
level = 0.95
# Totals that somebody has published. The report says how dependent the lists would have to be for each to hold.
claims = [5000]

# What no data can decide, decided by a person in writing. The reason goes into the report word for word.
[assumption]
choice = "loglinear-average"
reason = \"\"\"\\
Two ties between the lists are known: newspapers follow trials, so courts and press share people, and the hotline \\
sends callers to the lawyers. Models with dependences between pairs of lists can hold both. We know of no three \\
lists that are tied together beyond that, so we average over the log-linear models by how well they fit.\\
\"\"\"

[publish]
# No published cell below this number of people; published counts are rounded to this base.
minimum_cell = 10
round_to = 5
"""


def project_file(habits: Mapping[str, ListHabits], *, seed: int) -> str:
    """Return the text of the demo's ``uncounted.toml``, commented for somebody who sees one for the first time.

    Parameters
    ----------
    habits : mapping of str to ListHabits
        The lists, in order; their date formats go into the file.
    seed : int
        The project's seed, the same as that of the simulation.

    Returns
    -------
    str
    """
    parts = [_HEAD.format(seed=seed)]
    parts += [_list_table(name, HEADERS[name], one) for name, one in habits.items()]
    return "\n".join(parts) + _TAIL


def _list_table(name: str, shape: DemoList, habits: ListHabits) -> str:
    formats = ", ".join(f'"{f}"' for f in habits.date_formats)
    lines = [f"# {sentence}" for sentence in shape.about]
    lines += ["[[list]]", f'name = "{name}"', f'title = "{shape.title}"', f'file = "{shape.file}"']
    lines += [f"{key} = {value}" for key, value in shape.declared.items()]
    lines += [f"date_formats = [{formats}]", "", "[list.columns]"]
    lines += [f'{column} = "{shape.columns[column]}"' for column in habits.columns if column != "note"]
    if shape.covers_from:
        lines += [
            "",
            "# This list began a year late: whoever left before that day could not be on it.",
            "[list.covers]",
            f"from = {shape.covers_from}",
        ]
    return "\n".join(lines) + "\n"
