"""Linking records: the only room that knows Splink."""

from __future__ import annotations

from uncounted.linkage.clustering import cluster
from uncounted.linkage.pairs import BlockingRule, Clusterings, LevelWeight, ScoredPairs
from uncounted.linkage.scoring import score_pairs, unlinkable_records
from uncounted.linkage.summary import LinkageSummary, describe_pairs

__all__ = [
    "BlockingRule",
    "Clusterings",
    "LevelWeight",
    "LinkageSummary",
    "ScoredPairs",
    "cluster",
    "describe_pairs",
    "score_pairs",
    "unlinkable_records",
]
