"""Writing a project file: the commented one of `init`, and the one proposed from the headers of lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from uncounted.project.model import FIELDS

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
# Control signs, and signs that turn the direction of text or break lines in an editor: written as \uXXXX.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDraft:
    """One list of a project file that is being written.

    Attributes
    ----------
    name, title, file : str
        As in the project file; `file` relative to it.
    columns : tuple of (field, header)
        Mapped columns.
    settings : tuple of (key, value)
        Further keys of ``[[list]]``: texts, whole numbers or tuples of texts.
    comments : tuple of (key, line)
        Comment lines, each above the key it is about: ``""`` for the list as a whole, a key of `settings`, or
        ``"columns"`` for the end of the columns.
    """

    name: str
    title: str
    file: str
    columns: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str | int | tuple[str, ...]], ...] = ()
    comments: tuple[tuple[str, str], ...] = ()


EXAMPLE_LISTS = (
    ListDraft(
        name="list_a",
        title="What this list is, for the report",
        file="list_a.csv",
        columns=(("id", "id"), ("name", "name"), ("birth", "birth"), ("event", "date"), ("place", "place")),
        comments=(
            ("", "CSV, TSV, Excel or Parquet, relative to this file. Text is read as UTF-8 unless you say here:"),
            ("", 'encoding = "cp1251", delimiter = ";", header_row = 3; for Excel: sheet = "Sheet1".'),
            ("", 'Dates are tried in the order of date_formats = ["%d.%m.%Y", "%Y"].'),
            ("columns", f"Fields: {', '.join(FIELDS)}. On the right the header as it stands in the file."),
        ),
    ),
    ListDraft(
        name="list_b",
        title="What this list is, for the report",
        file="list_b.csv",
        columns=(("surname", "surname"), ("given", "given name"), ("birth", "birth"), ("event", "date")),
    ),
)


def toml_string(text: str) -> str:
    """Return `text` as a TOML string in double quotes; signs that cannot be seen are escaped."""
    escaped = "".join(_ESCAPES.get(c, c) for c in text)
    return f'"{_INVISIBLE.sub(_escape, escaped)}"'


def toml_comment(text: str) -> str:
    """Return `text` as one comment line; line breaks and signs that cannot be seen are escaped."""
    return "# " + _INVISIBLE.sub(_escape, text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", " "))


def template(
    *,
    name: str = "my-count",
    population: str = "People who … between … and … in ….",
    lists: Sequence[ListDraft] = EXAMPLE_LISTS,
) -> str:
    """Return a commented project file.

    It loads as it stands once the files of its lists are there.

    Parameters
    ----------
    name : str
        Name of the project.
    population : str
        Who is counted, in one sentence.
    lists : sequence of ListDraft
        The lists; two invented ones by default.

    Returns
    -------
    str
        The text of ``uncounted.toml``.
    """
    frame = resources.files("uncounted.project").joinpath("template.toml").read_text(encoding="utf-8")
    values = {
        "@NAME@": toml_string(name),
        "@POPULATION@": toml_string(population),
        "@LISTS@": "\n".join(render_list(draft) for draft in lists),
    }
    # One pass, so that a value that looks like a mark is not taken for one.
    return re.sub("|".join(values), lambda found: values[found.group()], frame)


def render_list(draft: ListDraft) -> str:
    """Return one ``[[list]]`` with its columns, and its coverage as comments to fill in."""
    lines = _comments(draft, "")
    lines += [
        "[[list]]",
        *(_pair(k, v) for k, v in (("name", draft.name), ("title", draft.title), ("file", draft.file))),
    ]
    for key, value in draft.settings:
        lines += [*_comments(draft, key), _pair(key, value)]
    lines += ["", "[list.columns]", *_comments(draft, "columns")]
    lines += [_pair(field, header) for field, header in draft.columns]
    lines += [
        "",
        "[list.covers]  # whom the list could have recorded; left empty: anybody in the population and period",
        "# from = 2022-01-01",
        "# to = 2022-12-31",
        '# places = ["…"]',
        "",
    ]
    return "\n".join(lines)


def _comments(draft: ListDraft, key: str) -> list[str]:
    return [toml_comment(text) for about, text in draft.comments if about == key]


def _pair(key: str, value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"{key} = [{', '.join(toml_string(x) for x in value)}]"
    return f"{key} = {value if isinstance(value, int) else toml_string(value)}"


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04X}"
