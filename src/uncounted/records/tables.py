"""The tables behind the cleaning rules: TOML files in `data/`, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def read_table(name: str) -> dict[str, Any]:
    """Return the table `name` of `data/` ("latin" for data/latin.toml). Treat it as read-only."""
    text = resources.files("uncounted.records").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
