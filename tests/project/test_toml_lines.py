"""The locator finds the line of every key, whatever way of writing it TOML allows."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.project.template import toml_string
from uncounted.project.toml_lines import TomlLines

TEXT = (
    r'''# comment with [brackets] and "quotes"
title = "a # no comment"   # a comment
"quoted key" = 1
'literal "key"' = 2
a.b . "c d" = 3
multi = """
line [list]
x = 1 \"""
"""
after_multi = 1
literal = '''
    + """'''
[[not.a.table]]
'''"""
    + r"""
array = [
  1, # one
  [2, "],"],

  { inner = 3, deep.er = 4 },
]
inline = { x = 1, "y z" = { q = [5,
  6] } }
date = 2022-02-24T10:00:00Z

[table]
key = true
[table.sub]
key = false
[[list]]
name = "one"
[list.columns]
name = "N"
  [[list]]   # the second
  name = 'two'
  covers.from = 2022-01-01
  [list.columns]
  name = "M"
[[list.deep]]
x = 1
[[list.deep]]
x = 2
"""
)

WHERE: list[tuple[tuple[str | int, ...], str]] = [
    (("title",), "title ="),
    (("quoted key",), '"quoted key"'),
    (('literal "key"',), "'literal"),
    (("a", "b", "c d"), "a.b"),
    (("a",), "a.b"),
    (("multi",), "multi ="),
    (("after_multi",), "after_multi"),
    (("literal",), "literal = "),
    (("array",), "array ="),
    (("array", 0), "  1, # one"),
    (("array", 1), '  [2, "],"]'),
    (("array", 1, 1), '  [2, "],"]'),
    (("array", 2, "inner"), "  { inner"),
    (("array", 2, "deep", "er"), "  { inner"),
    (("inline", "y z", "q", 0), "inline ="),
    (("inline", "y z", "q", 1), "  6] }"),
    (("date",), "date ="),
    (("table", "key"), "key = true"),
    (("table", "sub", "key"), "key = false"),
    (("list",), "[[list]]"),
    (("list", 0), "[[list]]"),
    (("list", 0, "columns", "name"), 'name = "N"'),
    (("list", 1), "  [[list]]   # the second"),
    (("list", 1, "name"), "  name = 'two'"),
    (("list", 1, "covers", "from"), "  covers.from"),
    (("list", 1, "columns", "name"), '  name = "M"'),
    (("list", 1, "deep", 1, "x"), "x = 2"),
]


@pytest.mark.parametrize(("path", "start"), WHERE)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_of_every_way_of_writing(path: tuple[str | int, ...], start: str, line_end: str) -> None:
    tomllib.loads(TEXT)
    lines = TEXT.split("\n")
    expected = next(i for i, line in enumerate(lines, start=1) if line.startswith(start))
    assert TomlLines(TEXT.replace("\n", line_end)).line(path) == expected


def test_unknown_path_falls_back_to_what_is_around_it() -> None:
    found = TomlLines(TEXT)
    assert found.line(("list", 1, "covers", "places")) == found.line(("list", 1, "covers"))
    assert found.line(("nothing",)) == 0
    assert ("nothing",) not in found


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in inside for p in _paths(item, (*path, key)))]


def test_every_path_of_the_text_is_known() -> None:
    found = TomlLines(TEXT)
    missing = [p for p in _paths(tomllib.loads(TEXT)) if p and p not in found]
    assert missing == []


_SCALARS = st.one_of(st.booleans().map(lambda b: str(b).lower()), st.integers().map(str), st.text().map(toml_string))
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda xs: "[\n" + ",\n".join(xs) + "]"),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{toml_string(k)} = {v}" for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=4), _VALUES, max_size=5))
def test_any_toml_is_walked_without_loss(pairs: dict[str, str]) -> None:
    text = "\n".join(f"{toml_string(k)} = {v}" for k, v in pairs.items())
    data = tomllib.loads(text)
    found = TomlLines(text)
    assert all(p in found for p in _paths(data) if p)
    order = [found.line((k,)) for k in pairs]
    assert order == sorted(order)
