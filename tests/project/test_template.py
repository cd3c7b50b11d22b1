"""Texts that go into a project file come out of it unchanged."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from uncounted.project.template import ListDraft, render_list, template, toml_comment, toml_string

HOSTILE = [
    'say "a"',
    "back\\slash",
    "two\nlines",
    "tab\tand\r\n",
    "\u202eabc",
    "'''",
    '"""',
    "@LISTS@ \\1 \\g<0>",
    "#",
    "\x7f\x85",
]


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_strings_round_trip(text: str) -> None:
    written = toml_string(text)
    assert tomllib.loads(f"k = {written}")["k"] == text
    assert len(written.splitlines()) <= 1


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_comments_stay_comments(text: str) -> None:
    written = toml_comment(text)
    assert tomllib.loads(written + "\nk = 1") == {"k": 1}
    assert len(written.splitlines()) == 1


@given(st.text(), st.text(min_size=1), st.text(), st.lists(st.text(), max_size=3))
def test_any_draft_round_trips(name: str, header: str, comment: str, formats: list[str]) -> None:
    draft = ListDraft(
        name=name,
        title="t",
        file="f.csv",
        columns=(("name", header),),
        settings=(("date_formats", tuple(formats)), ("header_row", 3)),
        comments=(("", comment), ("date_formats", comment), ("columns", comment)),
    )
    data = tomllib.loads(render_list(draft))["list"][0]
    assert (data["name"], data["columns"], data["date_formats"], data["header_row"]) == (
        name,
        {"name": header},
        formats,
        3,
    )
    whole = tomllib.loads(template(name=name, population=comment, lists=[draft, draft]))
    assert (whole["project"]["name"], whole["project"]["population"], len(whole["list"])) == (name, comment, 2)


def test_marks_inside_values_are_not_filled_in() -> None:
    data = tomllib.loads(template(name="@POPULATION@", population="@LISTS@"))
    assert (data["project"]["name"], data["project"]["population"]) == ("@POPULATION@", "@LISTS@")
