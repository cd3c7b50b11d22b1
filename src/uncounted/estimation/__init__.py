"""Estimates of those whom no list recorded: many assumptions, one table, one verdict. Needs numpy and scipy alone."""

from uncounted.estimation.codes import CODES
from uncounted.estimation.estimate import DEFAULT_ESTIMATORS, QUICK_ESTIMATORS, estimate
from uncounted.estimation.models import CandidateModel, candidate_models
from uncounted.estimation.picture import forest_svg
from uncounted.estimation.registry import ENTRIES, GROUPS, expand, parse
from uncounted.estimation.render import quotable_sentence, rounding_step
from uncounted.estimation.result import (
    Answer,
    Assumption,
    Check,
    Estimate,
    Fit,
    Interval,
    SensitivityPoint,
    Verdict,
)
from uncounted.estimation.rules import THRESHOLDS, Thresholds
from uncounted.estimation.sensitivity import DEFAULT_BAND, ODDS_RATIOS, tipping_points, tipping_sentence, total_at

__all__ = [
    "CODES",
    "DEFAULT_BAND",
    "DEFAULT_ESTIMATORS",
    "ENTRIES",
    "GROUPS",
    "ODDS_RATIOS",
    "QUICK_ESTIMATORS",
    "THRESHOLDS",
    "Answer",
    "Assumption",
    "CandidateModel",
    "Check",
    "Estimate",
    "Fit",
    "Interval",
    "SensitivityPoint",
    "Thresholds",
    "Verdict",
    "candidate_models",
    "estimate",
    "expand",
    "forest_svg",
    "parse",
    "quotable_sentence",
    "rounding_step",
    "tipping_points",
    "tipping_sentence",
    "total_at",
]
