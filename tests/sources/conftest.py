"""Making list declarations and small files for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uncounted.project.model import ListSpec


@pytest.fixture
def declare(tmp_path: Path) -> Callable[..., ListSpec]:
    """Return a function that writes bytes to a file and declares it as a list."""

    def make(content: bytes | str, file: str = "list.csv", **settings: Any) -> ListSpec:
        path = tmp_path / file
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return ListSpec(name="court", title="Court", file=path, **({"columns": (), "line": 12} | settings))

    return make
