"""What pydantic says about a project file, in our words: path, what was found, what is allowed, nearest name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from uncounted.errors import nearest
from uncounted.project.mistakes import Mistake
from uncounted.project.schema import ProjectFile
from uncounted.project.toml_lines import Path, TomlLines

_TYPE_WORDS = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false, without quotes",
    "list_type": 'a list in square brackets, such as [] or ["a", "b"]',
    "model_type": "a table of its own",
    "dict_type": 'a table of strata and numbers, such as { "2022" = 1500 }',
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
}
_COMPARISONS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def structural_mistakes(error: ValidationError, lines: TomlLines) -> list[Mistake]:
    """Translate every error of a validation.

    Parameters
    ----------
    error : ValidationError
        From validating `ProjectFile`.
    lines : TomlLines
        Where the keys stand.
    """
    return [_mistake(dict(e), lines) for e in error.errors(include_url=False)]


def dotted(path: Path) -> str:
    """Return a path as people write it; lists are numbered from 1."""
    out = ""
    for part in path:
        out += f"[{part + 1}]" if isinstance(part, int) else (f".{part}" if out else part)
    return out


def allowed_keys(path: Path) -> tuple[str, ...]:
    """Return the keys a table of the project file may hold, in their order; empty if `path` is no table."""
    model: type[BaseModel] | None = ProjectFile
    for part in path:
        if model is None:
            return ()
        if isinstance(part, str):
            model = _model_in(_fields(model).get(part))
    return tuple(_fields(model)) if model else ()


def section_of(key: str) -> str | None:
    """Return the section a key belongs to if it belongs to exactly one, e.g. ``threshold`` to ``[linkage]``."""
    homes = [words for words, path in _sections() if key in allowed_keys(path)]
    return homes[0] if len(homes) == 1 else None


def _sections() -> Iterator[tuple[str, Path]]:
    for name in allowed_keys(()):
        yield (f"[[{name}]]" if name == "list" else f"[{name}]"), (name,)
    for part in ("columns", "covers"):
        yield f"[list.{part}]", ("list", part)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _model_in(info: FieldInfo | None) -> type[BaseModel] | None:
    """Return the table type of a field, also where it stands in a list of tables."""
    if info is None:
        return None
    inside = [info.annotation, *getattr(info.annotation, "__args__", ())]
    return next((x for x in inside if isinstance(x, type) and issubclass(x, BaseModel)), None)


def _mistake(error: Mapping[str, Any], lines: TomlLines) -> Mistake:
    path: Path = tuple(error["loc"])
    kind: str = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, lines)
    if kind == "missing":
        return _missing_key(path, lines)
    found, allowed, near = _wrong_value(kind, error)
    return Mistake(line=lines.line(path), path=dotted(path), what=found, allowed=allowed, near=near)


def _unknown_key(path: Path, lines: TomlLines) -> Mistake:
    key = str(path[-1])
    allowed = allowed_keys(path[:-1])
    home = section_of(key)
    what = f"unknown key '{key}'." + (f" It belongs under {home}." if home else "")
    return Mistake(
        line=lines.line(path),
        path=dotted(path),
        what=what,
        allowed=", ".join(allowed),
        near=None if home else nearest(key, allowed),
    )


def _missing_key(path: Path, lines: TomlLines) -> Mistake:
    what = "there is no [[list]]." if path == ("list",) else f"'{path[-1]}' is missing."
    return Mistake(line=lines.line(path), path=dotted(path), what=what)


def _wrong_value(kind: str, error: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return what was found, what is allowed, and the nearest allowed name."""
    context = error.get("ctx", {})
    value = error["input"]
    found = f"found {_shown(value)}."
    if kind in _COMPARISONS:
        words, key = _COMPARISONS[kind]
        return found, f"a number {words} {context[key]:,g}", None
    if kind == "literal_error":
        choices = [c.strip().strip("'") for c in str(context["expected"]).replace(" or ", ", ").split(",")]
        return found, ", ".join(choices), nearest(value, choices) if isinstance(value, str) else None
    if kind == "value_error":
        allowed, *near = context["error"].args
        return found, str(allowed), near[0] if near else None
    if kind == "too_short":
        return "the list is empty.", "at least one", None
    return found, _TYPE_WORDS.get(kind, str(error["msg"])), None


def _shown(value: object) -> str:
    """Return a value of the project file (never of a data file) short enough for a message."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
    return str(value)
