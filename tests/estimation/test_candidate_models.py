"""The table of all models: ranks, existence and words."""

import math

import pytest

from uncounted.captures import CaptureTable, published
from uncounted.errors import ProjectError
from uncounted.estimation.models import candidate_models


def test_kosovo_has_113_models_and_the_best_is_the_published_one():
    rows = candidate_models(published("kosovo"))
    assert len(rows) == 113
    assert rows[0].model == "[123,14,34]"
    assert rows[0].words == "EXH*ABA*OSCE + EXH*HRW + OSCE*HRW"
    assert rows[0].n_total == pytest.approx(10356.5, abs=0.05)
    assert rows[0].bic == pytest.approx(203.03, abs=0.005)
    assert [r.bic for r in rows] == sorted(r.bic for r in rows)
    assert sum(r.weight for r in rows) == pytest.approx(1)
    assert candidate_models(published("kosovo"), criterion="aic")[0].model == "[123,134]"


def test_models_without_an_estimate_are_listed_with_the_reason():
    rows = {r.model: r for r in candidate_models(published("artificial3"))}
    assert len(rows) == 8
    wanted = {
        "[1,2,3]": "estimated", "[12,3]": "does not exist", "[13,2]": "estimated", "[23,1]": "estimated",
        "[12,13]": "does not exist", "[12,23]": "does not exist", "[13,23]": "estimated", "[12,13,23]": "not unique",
    }  # fmt: skip
    assert {k: r.status for k, r in rows.items()} == wanted
    assert all((r.n_total is None) == (r.status != "estimated") for r in rows.values())
    assert rows["[12,3]"].weight == 0
    assert math.isnan(rows["[12,3]"].deviance)
    assert list(rows.values())[-1].status != "estimated"


def test_korea_has_six_models_with_an_estimate_in_the_published_order():
    rows = [r for r in candidate_models(published("korea")) if r.status == "estimated"]
    totals = [(round(r.n_total, 3), round(r.bic, 3)) for r in rows]
    assert totals == [
        (157.167, 57.141), (268.778, 58.969), (123.463, 91.897), (126.194, 138.064), (126.939, 155.160),
        (141.993, 184.144),
    ]  # fmt: skip


def test_strata_are_refused_with_a_way_out():
    table = CaptureTable(lists=("A", "B"), counts=[[[3, 4, 5], [3, 4, 6]]], strata=("x", "y"))
    with pytest.raises(ProjectError, match="one stratum"):
        candidate_models(table)
