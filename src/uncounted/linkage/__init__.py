"""Linking records: the only room that knows Splink."""

from __future__ import annotations

from uncounted.linkage.calibration import Calibration, calibrate, calibrated_weights
from uncounted.linkage.clustering import cluster
from uncounted.linkage.explain import ChartRow, chart_rows, explanation, explanation_lines
from uncounted.linkage.pairs import BlockingRule, Clusterings, DrawDoubt, LevelWeight, ScoredPairs
from uncounted.linkage.recall import LinkQuality, link_quality
from uncounted.linkage.reliability import ReliabilityBin
from uncounted.linkage.review_order import inclusion_probs, review_order
from uncounted.linkage.scoring import score_pairs
from uncounted.linkage.summary import LinkageSummary, describe_pairs
from uncounted.linkage.unlinkable import unlinkable_records
from uncounted.linkage.worth import DecisionsNeeded, DoubtParts, decisions_needed, doubt_parts, pairs_that_matter

__all__ = [
    "BlockingRule",
    "Calibration",
    "ChartRow",
    "Clusterings",
    "DecisionsNeeded",
    "DoubtParts",
    "DrawDoubt",
    "LevelWeight",
    "LinkQuality",
    "LinkageSummary",
    "ReliabilityBin",
    "ScoredPairs",
    "calibrate",
    "calibrated_weights",
    "chart_rows",
    "cluster",
    "decisions_needed",
    "describe_pairs",
    "doubt_parts",
    "explanation",
    "explanation_lines",
    "inclusion_probs",
    "link_quality",
    "pairs_that_matter",
    "review_order",
    "score_pairs",
    "unlinkable_records",
]
