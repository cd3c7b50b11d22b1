from __future__ import annotations

import pytest
from invented_records import Invented, invent

from uncounted.linkage.pairs import ScoredPairs
from uncounted.linkage.scoring import score_pairs
from uncounted.project.model import LinkageSpec


@pytest.fixture(scope="session")
def medium() -> tuple[Invented, ScoredPairs]:
    """About 1,300 records of 800 people on four lists, scored once for all tests."""
    invented = invent(800, seed=11, repeats=0.15)
    return invented, score_pairs(invented.records, LinkageSpec(), seed=3)
