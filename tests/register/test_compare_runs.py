"""Which run is the one before, and what is said of two runs: by hand-made summaries, without lists or links."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from uncounted.records.deliveries import DELIVERY_SCHEMA, Delivery
from uncounted.records.row_history import NumberedDelivery, number_rows
from uncounted.register.changes import CellChange, NumberThen, compare_lists, compare_runs, run_before
from uncounted.register.identity import Identities, IdentityStep, apply_step, assign_person_ids
from uncounted.register.keeping import RunSummary, keys_of, load_summaries, note_summary
from uncounted.store import Store

ONE = RunSummary(link_key="L1", run_id="R1")


def test_the_run_before() -> None:
    link2, two = RunSummary(link_key="L2"), RunSummary(link_key="L2", run_id="R2")
    three = RunSummary(link_key="L2", run_id="R3")
    assert run_before([]) is None
    assert run_before([ONE]) is None
    assert run_before([ONE, link2]) == ONE
    assert run_before([ONE, link2, two]) == ONE
    assert run_before([ONE, two, three]) == two
    assert run_before([ONE, two, link2, two]) == ONE
    assert run_before([RunSummary(link_key="L1"), two]) == RunSummary(link_key="L1")


def test_a_summary_is_kept_once(tmp_path) -> None:
    with Store.create(tmp_path / "s", kind="plain") as store:
        link = RunSummary(link_key="L1")
        for summary in (link, link, ONE, link, ONE, replace(ONE, n_total=5.0)):
            note_summary(store, summary, at="2026-01-01")
        assert load_summaries(store) == [link, ONE, replace(ONE, n_total=5.0)]


def delivery(name: str, rows: list[int], reworded: tuple[int, ...] = ()) -> Delivery:
    table = {
        "record_id": [f"{name}:{line}" for line in range(2, len(rows) + 2)],
        "line": list(range(2, len(rows) + 2)),
        "own": [False] * len(rows),
        "name": [100 + k for k in rows],
        "rest": [200 + k + (5000 if k in reworded else 0) for k in rows],
        "whole": [300 + k + (5000 if k in reworded else 0) for k in rows],
    }
    made = pa.table(table, schema=DELIVERY_SCHEMA)
    return Delivery(
        list=name, sha256=f"{rows}{reworded}", sheet="", columns=(("name", "N"), ("birth", "B")), table=made
    )


def history(*deliveries: Delivery) -> list[NumberedDelivery]:
    kept: list[NumberedDelivery] = []
    for one in deliveries:
        rows, match = number_rows(kept, one)
        kept.append(NumberedDelivery(delivery=one, rows=rows, notes=match.notes if match else ()))
    return kept


def test_rows_people_cells_and_number_of_two_runs() -> None:
    histories = {
        "a": history(delivery("a", [0, 1, 2]), delivery("a", [7, 0, 2], reworded=(2,))),
        "b": history(delivery("b", [0, 5])),
    }
    state, steps, sides = Identities(), list[IdentityStep](), []
    for at, labels in (({"a": 0, "b": 0}, [0, 1, 2, 0, 4]), ({"a": 1, "b": 0}, [0, 1, 1, 3, 1])):
        lists, keys = keys_of(state, ("a", "b"), histories, at)
        ids = [f"{k}" for k in range(5)]
        _, step = assign_person_ids(state, lists, keys, np.array(labels), ids)
        state = apply_step(state, step)
        steps.append(step)
        sides.append((at, state.last))
    before = RunSummary(
        link_key="L1", run_id="R1", deliveries=tuple(sides[0][0].items()), n_steps=1, last_person=sides[0][1],
        lists=("a", "b"), strata=("all",), cells=((1, 2, 1),), n_total=9.0, low=5.0, high=20.0, level=0.95,
        verdict="estimate", choice="x",
    )  # fmt: skip
    after = replace(
        before, link_key="L2", run_id="R2", deliveries=tuple(sides[1][0].items()), n_steps=2, last_person=sides[1][1],
        cells=((1, 2, 0),), n_total=None, verdict="refused",
    )  # fmt: skip
    found = compare_runs(before, after, histories, steps)
    a, b = found.lists
    assert (a.n_added, a.n_gone, a.n_changed, a.n_moved) == (1, 1, 1, 1)
    assert not b.any
    assert found.people is not None
    assert (found.people.n_before, found.people.n_after) == (4, 3)
    assert found.people.gone == ("P-000002",)
    assert [p for p, _ in found.people.split] + [p for p, _ in found.people.merged]
    assert found.cells == (CellChange(stratum="all", lists=("a", "b"), before=1, after=0),)
    assert found.before == NumberThen(n_total=9.0, low=5.0, high=20.0, level=0.95, verdict="estimate", choice="x")
    assert found.after is not None
    assert found.after.n_total is None
    assert found.any
    same = compare_runs(before, before, histories, steps)
    assert not same.any
    others = compare_runs(before, replace(before, strata=("x",)), histories, steps)
    assert not others.cells_comparable
    assert others.cells == ()


@pytest.mark.parametrize(("then", "now", "word"), [({"a": 0}, {}, "no longer"), ({}, {"a": 0}, "is new")])
def test_a_list_that_comes_or_goes(then: dict[str, int], now: dict[str, int], word: str) -> None:
    (entry,) = compare_lists(then, now, {"a": history(delivery("a", [0, 1]))})
    assert word in entry.notes[0]
    assert entry.n_added + entry.n_gone == 2
