"""Every candidate log-linear model in one table: does it exist, does it fit, how many does it say there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.errors import ProjectError
from uncounted.estimation.cells import drop_empty_lists, median_draw
from uncounted.estimation.kernels.hierarchy import model_name, model_words
from uncounted.estimation.kernels.twolist import lognormal_interval
from uncounted.estimation.model_search import Criterion, ModelSearch, weights_from
from uncounted.estimation.result import Interval

Existence = Literal["estimated", "does not exist", "not unique", "neither exists nor is unique", "not reached"]
_CODES: dict[int, Existence] = {1: "does not exist", 2: "not unique", 3: "neither exists nor is unique"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateModel:
    """One model of a table.

    Attributes
    ----------
    model, words : str
        By list positions, "[12,3]", and with the names of the lists, "A*B + C".
    status : str
        "estimated", or why there is no estimate.
    n_total : float or None
        People in all; None without an estimate.
    interval : Interval or None
        Log-normal, the model taken as given.
    deviance, df, p_value, bic, aic
        Of the fit; NaN without one. `p_value` is NaN where nothing is left to test.
    weight : float
        exp(-criterion / 2) over all models with an estimate, adding up to 1; 0 without one.
    """

    model: str
    words: str
    status: Existence
    n_total: float | None
    interval: Interval | None
    deviance: float
    df: int
    p_value: float
    bic: float
    aic: float
    weight: float


def candidate_models(
    table: CaptureTable, *, criterion: Criterion = "bic", max_order: int | None = None, level: float = 0.95
) -> tuple[CandidateModel, ...]:
    """Return every hierarchical model of a table with one stratum, the best first, those without an estimate last.

    Parameters
    ----------
    table : CaptureTable
        One stratum; with linkage draws, the middle one is looked at.
    criterion : {"bic", "aic"}
        What ranks and weighs.
    max_order : int or None
        Most lists in one interaction; None: all for up to five lists, two for six.
    level : float
        Of the intervals.

    Raises
    ------
    ProjectError
        E22 if the table has several strata.
    NotEstimable
        With fewer than two lists that hold anybody, or more than six.

    References
    ----------
    Chan, Silverman, Vincent (2021), JASA 116:1297 (existence); Rivest, Lévesque (2001), Can. J. Stat. 29:555.
    """
    if table.n_strata > 1:
        raise ProjectError(
            f"models are listed for one stratum at a time; the table has {table.n_strata}.",
            do="Take one, table.stratum('…'), or all together, table.total().",
            code="E22",
        )
    counts, lists = drop_empty_lists(table.counts[median_draw(table), 0], table.lists)
    found = ModelSearch(criterion=criterion, max_order=max_order).table(counts, lists)
    values = found.criterion(criterion)
    weights = np.zeros(len(values))
    if found.admissible.any():
        weights[found.admissible] = weights_from(values[found.admissible])
    names = [model_name(m, len(lists)) for m in found.models]
    order = sorted(range(len(values)), key=lambda m: (values[m], found.code[m], names[m]))
    rows = []
    for m in order:
        estimated = bool(found.admissible[m])
        interval, total = None, None
        if estimated:
            n0 = float(found.n_unlisted[m])
            low, high = lognormal_interval(n0, float(found.standard_error[m]), level=level)
            n, total = found.n_listed, found.n_listed + n0
            interval = Interval(low=n + low, high=n + high, level=level, method="log-normal, this model taken as given")
        rows.append(
            CandidateModel(
                model=names[m],
                words=model_words(found.models[m], lists),
                status="estimated" if estimated else _CODES.get(int(found.code[m]), "not reached"),
                n_total=total,
                interval=interval,
                deviance=float(found.deviance[m]),
                df=int(found.df[m]),
                p_value=float(found.p_value[m]),
                bic=float(found.bic[m]),
                aic=float(found.aic[m]),
                weight=float(weights[m]),
            )
        )
    return tuple(rows)
