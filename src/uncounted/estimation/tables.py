"""Results as rows and as JSON, without any table library."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np

from uncounted.captures.table import CaptureTable
from uncounted.estimation.cells import middle_listed
from uncounted.estimation.result import Answer, Estimate, Interval

COLUMNS = ("stratum", "quantity", "estimate", "low", "high", "level", "estimator", "status")
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


def estimate_rows(estimate: Estimate) -> list[dict[str, object]]:
    """Return the rows of one estimate: people listed, unlisted, in all; columns as in `COLUMNS`.

    The interval of `n_listed` is its range over linkage draws, without a level.
    """
    low, high = estimate.n_listed_range

    def row(
        quantity: str, value: float | None, ends: tuple[float | None, float | None, float | None]
    ) -> dict[str, object]:
        cells = ("all", quantity, value, *ends, estimate.estimator, estimate.status)
        return dict(zip(COLUMNS, cells, strict=True))

    return [
        row("n_listed", float(estimate.n_listed), (float(low), float(high), None)),
        row("n_unlisted", estimate.n_unlisted, _ends(estimate.n_unlisted_interval)),
        row("n_total", estimate.n_total, _ends(estimate.n_total_interval)),
    ]


def answer_rows(answer: Answer) -> list[dict[str, object]]:
    """Return the rows of all estimates, in their order."""
    return [row for estimate in answer.estimates for row in estimate_rows(estimate)]


def _ends(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if interval is None else (interval.low, interval.high, interval.level)


def to_json(value: object) -> str:
    """Return a result as JSON with keys in a fixed order.

    NaN is null; an infinite number is null with a sibling "<key>_is_infinite": true. Draws are summarised by their
    quantiles, and the capture table by its lists, strata and totals: pattern counts can identify people and stay in
    the table.
    """
    return json.dumps(_plain(value), ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, CaptureTable):
        return _table(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _mapping(
            {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.metadata.get("json", True)}
        )
    if isinstance(value, np.ndarray):
        return {"n_draws": int(value.size), "quantiles": {f"{q:g}": float(np.quantile(value, q)) for q in QUANTILES}}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, (np.integer, np.floating)):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _mapping(fields: dict[str, object]) -> dict[str, object]:
    out: dict[str, object] = {}
    for key, item in fields.items():
        out[key] = _plain(item)
        if isinstance(item, float) and math.isinf(item):
            out[f"{key}_is_infinite"] = True
    return out


def _table(table: CaptureTable) -> dict[str, object]:
    listed = table.n_listed
    return {
        "name": table.name,
        "citation": table.citation,
        "unit": table.unit,
        "lists": list(table.lists),
        "list_totals": [float(x) for x in np.median(table.list_totals, axis=0)],
        "strata": list(table.strata),
        "coverage": table.coverage.astype(int).tolist(),
        "built_from": [list(pair) for pair in table.built_from],
        "n_linkage_draws": table.n_draws,
        "n_listed": middle_listed(listed),
        "n_listed_range": [int(listed.min()), int(listed.max())],
    }
