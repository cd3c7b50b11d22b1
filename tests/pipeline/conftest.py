"""One small project, run once for all tests that only look at the result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_project import SmallProject, write_small_project

from uncounted import pipeline


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    return write_small_project(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def small_run(small: SmallProject) -> pipeline.Run:
    return pipeline.run(small.folder)
