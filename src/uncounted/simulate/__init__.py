"""Invented people on lists with a known truth: for the demo, for tests, and for validation."""

from uncounted.simulate.capture import (
    SIMULATION_SUITE,
    CaptureTruth,
    LatentClassTruth,
    LogLinearTruth,
    PersonCapture,
    Referral,
    Trait,
    capture_counts,
)
from uncounted.simulate.damage import LEVELS, Damage, DamageLevel
from uncounted.simulate.demo import DEMO_CAPTURE, DEMO_DAMAGE, simulate_demo, write_demo
from uncounted.simulate.habits import DEMO_HABITS, ListHabits
from uncounted.simulate.lists import People, SimulatedList, SimulatedLists, simulate_lists
from uncounted.simulate.score import LinkageScore, overlap_error, score_clustering
from uncounted.simulate.truth import DemoTruth

__all__ = [
    "DEMO_CAPTURE",
    "DEMO_DAMAGE",
    "DEMO_HABITS",
    "LEVELS",
    "SIMULATION_SUITE",
    "CaptureTruth",
    "Damage",
    "DamageLevel",
    "DemoTruth",
    "LatentClassTruth",
    "LinkageScore",
    "ListHabits",
    "LogLinearTruth",
    "People",
    "PersonCapture",
    "Referral",
    "SimulatedList",
    "SimulatedLists",
    "Trait",
    "capture_counts",
    "overlap_error",
    "score_clustering",
    "simulate_demo",
    "simulate_lists",
    "write_demo",
]
