"""Make the pictures of the pages on estimators and on linking: run `python docs/make_estimator_pictures.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pictures import of_counts, of_linking, of_principles
from pictures.drawing import Picture

import uncounted as uc

IMAGES = Path(__file__).parent / "images"
FOLDER = IMAGES / "estimators"
LINKING = IMAGES / "linking"
PICTURES: dict[str, Callable[[], Picture]] = {
    "chapman": of_principles.chapman,
    "chao": of_counts.chao,
    "loglinear": of_counts.loglinear,
    "loglinear-selected": of_counts.selected,
    "loglinear-stepwise": of_counts.stepwise,
    "loglinear-coverage": of_principles.coverage,
    "shrinkage": of_principles.shrinkage,
    "decomposable": of_principles.decomposable,
    "latent-class": of_principles.latent_class,
    "identifying-assumptions": of_counts.identifying_assumptions,
    "dependence": of_principles.dependence,
    "sample-coverage": of_counts.sample_coverage,
    "hierarchical": of_principles.hierarchical,
    "repeats": of_counts.repeats,
    "covariates": of_principles.covariates,
    "hold-out": of_counts.hold_out,
    "missing-labels": of_principles.missing_labels,
}
ON_LINKING: dict[str, Callable[[], Picture]] = {
    "one-missed": of_linking.one_missed,
    "how-far": of_linking.how_far,
}


def kosovo() -> str:
    """Return the picture of the tutorial as the program draws it (no samplers), on a white ground."""
    answer = uc.estimate(uc.published("kosovo"), estimators=["chao", "loglinear", "no-highest-order"], hold_out=False)
    start, end, rest = uc.forest_svg(answer).partition(">")
    return f'{start}{end}<rect width="100%" height="100%" fill="#ffffff"/>{rest}\n'


if __name__ == "__main__":
    for folder, made in ((FOLDER, PICTURES), (LINKING, ON_LINKING)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in made.items():
            (folder / f"{name}.svg").write_text(make().svg(), encoding="utf-8")
    (IMAGES / "kosovo.svg").write_text(kosovo(), encoding="utf-8")
