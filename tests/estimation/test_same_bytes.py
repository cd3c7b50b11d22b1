"""The same input gives the same bytes, whatever the hash seed and the order of estimators, strata, linkage draws."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from every_estimator import every_estimator

from uncounted.captures import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation import estimate

HERE = Path(__file__).parent
QUICK = ["chapman", "chao", "loglinear", "assumptions"]  # no sampler: they are held fixed one by one
CELLS = {"100": 90, "010": 80, "001": 70, "110": 25, "101": 22, "011": 20, "111": 9}


def stratified(n_draws=3, seed=4):
    """Return a table of three strata of people of one kind, resampled for each linkage draw."""
    counts = np.asarray([CELLS[format(k, "03b")] for k in range(1, 8)])
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(counts, size=(n_draws, 3, 7)) + 1
    return CaptureTable(lists=("A", "B", "C"), counts=drawn, strata=("north", "south", "west"))


def everything_said():
    """Return, as JSON texts, the answers and the estimates of every estimator that the tests below hold fixed."""
    one = CaptureTable.from_patterns(CELLS, lists=["A", "B", "C"])
    many = stratified()
    said = [
        estimate(
            one, estimators=[*QUICK, "selected", "decomposable"], choice="loglinear-average", claims=[1e3]
        ).to_json(),
        estimate(many, estimators=QUICK, choice="loglinear-average", not_covered=["émigrés"]).to_json(),
    ]
    for table in (one, many):
        for name, estimator in every_estimator(table.lists, most=1).items():
            try:
                said.append(estimator.fit(table, level=0.9, seed=3).to_json())
            except NotEstimable as error:
                said.append(f"{name} {error}")
    return said


PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from test_same_bytes import everything_said
for text in everything_said():
    print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_bytes_do_not_depend_on_the_hash_seed():
    """Three interpreters: Python's order of sets and of hashed strings differs between them."""
    runs = []
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-W", "error", "-c", PROGRAM, str(HERE)]
        runs.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(runs[0].split()) > 30
    assert runs[0] == runs[1] == runs[2]


def test_the_hash_seed_does_reach_the_interpreter():
    """The planted fault: what is said in the order of a set differs between the same three interpreters."""
    program = "print(','.join({'north', 'south', 'west', 'east', 'centre', 'coast'}))"
    orders = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(orders) > 1


def rows_of(answer):
    return {row.estimator: row.to_json() for row in answer.estimates}


@pytest.mark.parametrize(
    "order",
    [
        ["loglinear", "chao", "assumptions", "chapman"],
        ["assumptions", "chapman", "chao", "loglinear"],
        ["no-highest-order", "loglinear-average", "chapman", "loglinear", "chao", "assumptions", "loglinear-best"],
    ],
)
@pytest.mark.parametrize("table", [CaptureTable.from_patterns(CELLS, lists=["A", "B", "C"]), stratified()])
def test_the_order_in_which_estimators_are_asked_for(order, table):
    plain = estimate(table, estimators=QUICK, choice="loglinear-average", claims=[1000.0])
    other = estimate(table, estimators=order, choice="loglinear-average", claims=[1000.0])
    assert rows_of(other) == rows_of(plain)
    said, other_said = json.loads(plain.to_json()), json.loads(other.to_json())
    for key in said.keys() - {"estimates", "checks"}:
        assert other_said[key] == said[key], key
    assert [c.status for c in other.checks] == [c.status for c in plain.checks]


def moved(table, draws, strata):
    return CaptureTable(
        lists=table.lists,
        counts=table.counts[draws][:, strata],
        strata=tuple(table.strata[s] for s in strata),
        coverage=table.coverage[strata],
    )


@pytest.mark.parametrize("name", every_estimator(("A", "B", "C"), most=1))
@pytest.mark.parametrize(
    ("draws", "strata"), [([2, 0, 1], [0, 1, 2]), ([0, 1, 2], [2, 0, 1]), ([1, 0, 2], [1, 0, 2])], ids=str
)
def test_the_order_of_strata_and_of_linkage_draws(name, draws, strata):
    table = stratified()
    one = every_estimator(table.lists, most=1)[name]
    if name not in plain_bytes:
        plain_bytes[name] = said_by(one, table)
    assert said_by(one, moved(table, draws, strata)) == plain_bytes[name]


plain_bytes: dict[str, str] = {}


def said_by(one, table):
    try:
        return one.fit(table, level=0.95, seed=1).to_json()
    except NotEstimable as error:
        return error.code


def test_another_seed_gives_other_bytes():
    """What is drawn does depend on the seed: the tests above would pass if it were ignored."""
    one = every_estimator(("A", "B", "C"))["loglinear-average"]
    table = stratified()
    assert one.fit(table, level=0.95, seed=1).to_json() != one.fit(table, level=0.95, seed=2).to_json()
