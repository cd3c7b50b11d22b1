"""Write docs/project-file.md from the schema of the project file: `python docs/make_project_file.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from uncounted.project import json_schema

PAGE = Path(__file__).with_name("project-file.md")

INTRO = """\
# The project file, `uncounted.toml`

<!-- Written by docs/make_project_file.py from the schema; a test compares the two. Do not edit by hand. -->

One file says what is counted, which lists there are, how they are linked and what is assumed. `uncounted init` writes a
commented one, `uncounted check` reads it strictly: unknown keys, wrong types and values out of range are all shown at
once, each with its line and the nearest name. `uncounted schema` prints the same as JSON Schema, for editors.

Paths are relative to the file. A key left out takes the default shown; "needed" has none, and "–" means that the key
may be left out and has no default.
Ids of estimators: [estimators.md](estimators.md).
"""

OUTRO = """\
## Notes

- `store = "plain"` is for invented or public data only; see [safety.md](safety.md).
- `covers` and `nobody_covers` change what can be said (rule R8), `built_from` does so by rule R2, and
  `independence_defended` by rule R1: see [verdicts.md](verdicts.md).
- `[publish]` is read and checked, and not applied yet: the audit of what may be published is not built. The report
  holds counts of any size; it is a working paper, not a publication.
"""

TABLES = (
    ("project", "[project]"),
    ("list", "[[list]]"),
    ("list.columns", "[list.columns]"),
    ("list.covers", "[list.covers]"),
    ("records", "[records]"),
    ("gazetteer", "[gazetteer]"),
    ("linkage", "[linkage]"),
    ("estimate", "[estimate]"),
    ("assumption", "[assumption]"),
    ("background", "[background]"),
    ("publish", "[publish]"),
)


def page() -> str:
    """Return the whole page."""
    schema = json_schema()
    return "\n".join([INTRO, *(_section(schema, path, title) for path, title in TABLES), OUTRO])


def part(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the schema of a table of the file, such as "list.columns"."""
    node = schema
    for key in path.split("."):
        node = _resolved(schema, node["properties"][key])
        node = _resolved(schema, node.get("items", node))
    return node


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def _section(schema: dict[str, Any], path: str, title: str) -> str:
    table = part(schema, path)
    needed = table.get("required", [])
    lines = [
        f"## `{title}`",
        "",
        table["description"],
        "",
        "| key | what it is | allowed | left out |",
        "|---|---|---|---|",
    ]
    for key, node in table["properties"].items():
        if _is_table(schema, node):
            continue
        cells = (f"`{key}`", node["description"], _allowed(node), "needed" if key in needed else _default(node))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _is_table(schema: dict[str, Any], node: dict[str, Any]) -> bool:
    return "properties" in _resolved(schema, node)


def _default(node: dict[str, Any]) -> str:
    if "default" not in node:
        return {"array": "`[]`", "object": "`{}`"}.get(node.get("type", ""), "–")
    value = node["default"]
    return "–" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _allowed(node: dict[str, Any]) -> str:
    choices = [option for option in node.get("anyOf", [node]) if option.get("type") != "null"]
    return " or ".join(dict.fromkeys(_one(option) for option in choices))


def _one(node: dict[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if node.get("format") == "date":
        return "a date"
    if "pattern" in node:
        return '"YYYY" or "YYYY-MM"'
    if node["type"] == "object":
        return "table of: " + _one(node["additionalProperties"])
    if node["type"] == "array":
        return "list of: " + _one(node["items"])
    kind = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}[
        node["type"]
    ]
    return kind + _bounds(node)


def _bounds(node: dict[str, Any]) -> str:
    words = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below"))
    return "".join(f" {word} {node[key]:,}" for key, word in words if key in node)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
