"""Say how many there were, counting those whom no list recorded.

import uncounted as uc

uc.estimate(uc.published("kosovo"))          # a table of counts: numpy and scipy are enough
uc.run("my-project/uncounted.toml")          # lists of people: the whole way to the report
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Public name → where it lives. Loaded at first use, so that a table of counts needs no engine and `--help` is quick.
_PUBLIC = {
    "Answer": "uncounted.estimation",
    "Background": "uncounted.estimation.background",
    "CaptureTable": "uncounted.captures",
    "Estimate": "uncounted.estimation",
    "HoldOut": "uncounted.estimation.held",
    "Project": "uncounted.project",
    "RepeatsAnswer": "uncounted.estimation.repeats",
    "Run": "uncounted.pipeline",
    "UncountedError": "uncounted.errors",
    "allocate_labels": "uncounted.estimation.missing_labels",
    "candidate_models": "uncounted.estimation.models",
    "capture_table": "uncounted.captures",
    "check": "uncounted.pipeline",
    "estimate": "uncounted.estimation",
    "estimate_repeats": "uncounted.estimation.repeats",
    "estimate_with_covariates": "uncounted.estimation.covariates",
    "forest_svg": "uncounted.estimation.picture",
    "hold_out_lists": "uncounted.estimation.hold_out",
    "load_project": "uncounted.project",
    "published": "uncounted.captures",
    "published_tables": "uncounted.captures",
    "read_counts": "uncounted.captures",
    "run": "uncounted.pipeline",
}

__all__ = [
    "Answer",
    "Background",
    "CaptureTable",
    "Estimate",
    "HoldOut",
    "Project",
    "RepeatsAnswer",
    "Run",
    "UncountedError",
    "__version__",
    "allocate_labels",
    "candidate_models",
    "capture_table",
    "check",
    "estimate",
    "estimate_repeats",
    "estimate_with_covariates",
    "forest_svg",
    "hold_out_lists",
    "load_project",
    "published",
    "published_tables",
    "read_counts",
    "run",
]

if TYPE_CHECKING:
    from uncounted.captures import CaptureTable, capture_table, published, published_tables, read_counts
    from uncounted.errors import UncountedError
    from uncounted.estimation import Answer, Estimate, candidate_models, estimate, forest_svg
    from uncounted.estimation.background import Background
    from uncounted.estimation.covariates import estimate_with_covariates
    from uncounted.estimation.held import HoldOut
    from uncounted.estimation.hold_out import hold_out_lists
    from uncounted.estimation.missing_labels import allocate_labels
    from uncounted.estimation.repeats import RepeatsAnswer, estimate_repeats
    from uncounted.pipeline import Run, check, run
    from uncounted.project import Project, load_project


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'uncounted' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
