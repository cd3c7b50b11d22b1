"""Schema, dataclasses and defaults.toml say the same, and every key is described."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib import resources
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from uncounted.project import json_schema
from uncounted.project.codes import CODES
from uncounted.project.model import (
    FIELDS,
    AssumptionSpec,
    BackgroundSpec,
    Covers,
    EstimateSpec,
    GazetteerSpec,
    LinkageSpec,
    ListSpec,
    Project,
    PublishSpec,
    RecordsSpec,
)
from uncounted.project.schema import (
    AssumptionPart,
    BackgroundPart,
    ColumnsPart,
    CoversPart,
    EstimatePart,
    GazetteerPart,
    LinkagePart,
    ListPart,
    ProjectPart,
    PublishPart,
    RecordsPart,
)

TEXT = resources.files("uncounted.project").joinpath("defaults.toml").read_text(encoding="utf-8")
DEFAULTS = tomllib.loads(TEXT)
PARTS: dict[tuple[str, ...], tuple[type[BaseModel], type]] = {
    ("project",): (ProjectPart, Project),
    ("list",): (ListPart, ListSpec),
    ("list", "covers"): (CoversPart, Covers),
    ("records",): (RecordsPart, RecordsSpec),
    ("gazetteer",): (GazetteerPart, GazetteerSpec),
    ("linkage",): (LinkagePart, LinkageSpec),
    ("estimate",): (EstimatePart, EstimateSpec),
    ("assumption",): (AssumptionPart, AssumptionSpec),
    ("background",): (BackgroundPart, BackgroundSpec),
    ("publish",): (PublishPart, PublishSpec),
}
_NESTED = {"columns", "covers"}


def section(path: tuple[str, ...]) -> dict[str, Any]:
    table = DEFAULTS
    for part in path:
        table = table[part]
    return table


def schema_defaults(model: type[BaseModel]) -> Iterator[tuple[str, str, Any]]:
    """Yield (name in Python, key in the file, default) of every key that may be left out."""
    for name, info in model.model_fields.items():
        default = info.get_default(call_default_factory=True)
        if default is not PydanticUndefined and name not in _NESTED:
            yield name, info.alias or name, default


@pytest.mark.parametrize("path", PARTS)
def test_schema_and_defaults_file_agree(path: tuple[str, ...]) -> None:
    model, _ = PARTS[path]
    written = {k: v for k, v in section(path).items() if k not in _NESTED}
    assert written == {key: d for _, key, d in schema_defaults(model) if d is not None}


@pytest.mark.parametrize("path", PARTS)
def test_keys_without_a_default_stand_in_comments(path: tuple[str, ...]) -> None:
    model, _ = PARTS[path]
    block = TEXT.split(f"[{'.'.join(path)}]", 1)[1].split("\n[", 1)[0]
    commented = set(re.findall(r"^# (\w+) = ", block, re.MULTILINE))
    assert commented == {key for _, key, default in schema_defaults(model) if default is None}


@pytest.mark.parametrize("path", PARTS)
def test_schema_and_dataclass_agree(path: tuple[str, ...]) -> None:
    model, value_type = PARTS[path]
    dataclass_defaults = {f.name: f.default for f in fields(value_type)}
    for name, _, default in schema_defaults(model):
        if name in {"unit", "title"}:  # filled in from the schema; the dataclass has no default of its own
            continue
        expected = {list: tuple, dict: lambda d: tuple(d.items())}.get(type(default), lambda d: d)(default)
        assert dataclass_defaults[name] == expected, name
    given_elsewhere = {"path", "folder", "lists", "line", "linkage", "estimate", "assumption"}
    given_elsewhere |= {"background", "publish", "records", "gazetteer"}
    assert set(dataclass_defaults) - given_elsewhere == set(model.model_fields)


def test_columns_are_the_fields() -> None:
    assert tuple(ColumnsPart.model_fields) == FIELDS
    block = TEXT.split("[list.columns]", 1)[1].split("\n[", 1)[0]
    assert tuple(re.findall(r"^# (\w+) = ", block, re.MULTILINE)) == FIELDS


def test_json_schema_describes_every_key() -> None:
    schema = json_schema()
    tables = [schema, *schema["$defs"].values()]
    keys = [(name, key) for table in tables for name, key in table["properties"].items()]
    assert len(keys) > 50

    def described(key: dict[str, Any]) -> bool:
        # A key whose words are those of the table it refers to is described there.
        inside = schema["$defs"][key["$ref"].rsplit("/", 1)[1]] if "$ref" in key else {}
        return bool(key.get("title") and (key.get("description") or inside.get("description")))

    bare = [name for name, key in keys if not described(key)]
    assert bare == []
    assert all(table["additionalProperties"] is False for table in tables)
    assert "from" in schema["$defs"]["CoversPart"]["properties"]
    assert "list" in schema["properties"]


def test_codes_are_explained() -> None:
    for code, words in CODES.items():
        assert re.fullmatch(r"P\d\d", code)
        assert len(words) > 80
