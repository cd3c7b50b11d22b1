"""From the table of overlaps to the answer, with what the project file says besides."""

from __future__ import annotations

from collections.abc import Callable

from uncounted.errors import ProjectError, did_you_mean
from uncounted.estimation import Answer, estimate
from uncounted.estimation.background import Background
from uncounted.linkage import LinkQuality
from uncounted.project import Project
from uncounted.register import Tabulation

Progress = Callable[[str, float], None]


def background_of(project: Project, tabulation: Tabulation, quality: LinkQuality | None = None) -> Background:
    """Return what the project file says besides the lists, and what linkage says of itself.

    The window is the project's period, if it has both ends. What the project file says of the links goes before what
    the reviewed pairs say.

    Parameters
    ----------
    project : Project
    tabulation : Tabulation
        With the tables under a strict and a loose rule.
    quality : LinkQuality, optional
        Precision and recall of the links judged by reviewed pairs; None if too few were.

    Raises
    ------
    ProjectError
        E56 for people documented in a stratum that the table of overlaps does not have.
    """
    spec, strata = project.background, tabulation.table.strata
    for label, _ in spec.documented:
        if label not in strata:
            raise ProjectError(
                f"there is no stratum '{label}'.{did_you_mean(label, strata)} Strata with people on a list: "
                f"{', '.join(strata)}.",
                where=f"{project.path.name}, [background] documented",
                do="Use these labels; without strata: documented = { all = 1500 }.",
                code="E56",
            )
    precision, recall = spec.link_precision, spec.link_recall
    if quality is not None:
        precision = quality.precision if precision is None else precision
        recall = quality.recall if recall is None else recall
    window = (project.end - project.start).days + 1.0 if project.start and project.end else None
    return Background(
        documented=dict(spec.documented),
        subtractive=spec.subtractive,
        strict=tabulation.strict,
        loose=tabulation.loose,
        link_precision=precision,
        link_recall=recall,
        window_days=window,
        stay_days=spec.stay_days,
        people_leave=spec.people_leave,
        duplicates_share=spec.duplicates_share,
    )


def estimating(name: str, done: int, total: int) -> tuple[str, float]:
    """Return how the progress of estimating is said: estimator and step in words, and the share done."""
    kind = name.partition(":")[0]
    return f"estimating: {kind} ({min(done + 1, total)} of {total})", done / max(total, 1)


def estimate_project(project: Project, tabulation: Tabulation, background: Background, say: Progress) -> Answer:
    """Estimate as the project file asks for it."""
    spec, assumed = project.estimate, project.assumption
    n_lists = tabulation.table.n_lists
    # With two lists there are no log-linear models to average: the default choice becomes the pair itself.
    choice = None if n_lists == 2 and assumed.choice == "loglinear-average" else assumed.choice
    return estimate(
        tabulation.table,
        estimators=spec.estimators,
        choice=choice,
        reason=assumed.reason,
        level=spec.level,
        criterion=spec.criterion,
        max_order=spec.max_order,
        independence_defended=assumed.independence_defended,
        claims=spec.claims,
        not_covered=project.nobody_covers,
        seed=project.seed,
        background=background,
        progress=lambda *step: say(*estimating(*step)),
    )
