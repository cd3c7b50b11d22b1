from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from invented_records import invent, records_of

from uncounted.linkage import sql
from uncounted.linkage.compare import Cells
from uncounted.linkage.comparisons import CEILING, COMPARISONS, FLOOR
from uncounted.linkage.engine import Session
from uncounted.linkage.refine import DISAGREEMENT_SHARE, cell_weights, refine_m
from uncounted.linkage.training import (
    PRIOR_PAIRS,
    TRAINING_RULES,
    check_weights,
    pooled_m,
    train,
    training_columns,
    without_matches,
)
from uncounted.linkage.workbench import open_workbench, run

SEX = next(c for c in COMPARISONS if c.name == "sex")
PLACE = replace(SEX, name="place", levels=(SEX.levels[0], SEX.levels[0], SEX.levels[1]))
DEFAULT = (0.75, 0.06, 0.19)
RULE = TRAINING_RULES[0]
DAY = dt.date(1980, 3, 7)


def session(*m: float) -> Session:
    return Session(m={"place": m}, match_share=0.5)


def test_matches_are_taken_out_of_what_random_pairs_show() -> None:
    u, m, rate = (0.0005, 0.0995, 0.9), (0.6, 0.3, 0.1), 0.0003
    observed = tuple(rate * b + (1 - rate) * a for a, b in zip(u, m, strict=True))
    assert without_matches(observed, m, rate) == pytest.approx(u, rel=1e-9)
    # A rate that is too high cannot take everything away, and a level never seen stays possible.
    assert without_matches((0.001, None, 0.999), m, 0.5)[:2] == pytest.approx((0.0002, FLOOR))


def test_sessions_weigh_by_the_true_pairs_they_saw() -> None:
    found, said = pooled_m(
        PLACE, DEFAULT, [(RULE, session(0.9, 0.05, 0.05), 3000.0), (RULE, session(0.6, 0.1, 0.3), 1000.0)]
    )
    expected = (PRIOR_PAIRS * DEFAULT[0] + 3000 * 0.9 + 1000 * 0.6) / (PRIOR_PAIRS + 4000)
    assert found[0] == pytest.approx(expected)
    assert said == ()


def test_a_session_whose_m_went_to_zero_is_left_out_and_named() -> None:
    found, said = pooled_m(PLACE, DEFAULT, [(RULE, session(1e-6, 1e-6, 1.0), 3000.0)])
    assert found == pytest.approx(DEFAULT)
    assert "broke down for 'place'" in said[0]
    assert "rests on general knowledge" in said[1]


def test_sessions_that_disagree_are_reported() -> None:
    _, said = pooled_m(PLACE, DEFAULT, [(RULE, session(0.9, 0.05, 0.05), 500.0), (RULE, session(0.3, 0.3, 0.4), 500.0)])
    assert "disagree on 'place': agreement among matches from 0.30 to 0.90" in said[0]


def test_pooled_probabilities_stay_inside_their_bounds() -> None:
    found, _ = pooled_m(PLACE, DEFAULT, [(RULE, session(1.0, 0.0, 0.0), 1e9)])
    assert found[0] == CEILING
    assert found[1] == found[2] == FLOOR


def test_agreement_that_speaks_against_a_match_is_refused() -> None:
    m, said = check_weights(PLACE, (0.1, 0.1, 0.8), (0.3, 0.1, 0.6), DEFAULT)
    assert m == DEFAULT
    assert "general knowledge is used instead" in said[0]


def test_a_field_that_is_the_same_everywhere_is_not_used() -> None:
    u = (0.99, 0.005, 0.005)
    m, said = check_weights(PLACE, (0.98, 0.01, 0.01), u, DEFAULT)
    assert m == u
    assert "not used" in said[0]


def test_sound_probabilities_pass() -> None:
    assert check_weights(PLACE, (0.8, 0.1, 0.1), (0.1, 0.1, 0.8), DEFAULT) == ((0.8, 0.1, 0.1), ())


def cells(levels: dict[str, list[int]], count: list[int], rarity: dict[str, list[float]] | None = None) -> Cells:
    return Cells(
        levels={name: np.array(level, dtype=np.int8) for name, level in levels.items()},
        rarity={name: np.array(bits) for name, bits in (rarity or {}).items()},
        count=np.array(count, dtype=np.int64),
    )


def simulated(n_match: int, n_other: int, m: dict[str, tuple[float, ...]], u: dict[str, tuple[float, ...]]) -> Cells:
    rng = np.random.default_rng(4)
    levels = {}
    for name, shares in m.items():
        k = len(shares)
        best_first = np.concatenate([rng.choice(k, n_match, p=shares), rng.choice(k, n_other, p=u[name])])
        level = (k - 1 - best_first).astype(np.int8)
        level[rng.random(len(level)) < 0.2] = -1
        levels[name] = level
    rows, count = np.unique(np.stack(list(levels.values()), axis=1), axis=0, return_counts=True)
    return cells({name: rows[:, k].tolist() for k, name in enumerate(levels)}, count.tolist())


def test_refining_finds_the_m_that_made_the_pairs() -> None:
    m = {"a": (0.7, 0.2, 0.1), "b": (0.85, 0.15), "c": (0.6, 0.4), "d": (0.9, 0.1)}
    u = {"a": (0.02, 0.08, 0.9), "b": (0.05, 0.95), "c": (0.01, 0.99), "d": (0.1, 0.9)}
    start = {"a": (0.5, 0.3, 0.2), "b": (0.6, 0.4), "c": (0.9, 0.1), "d": (0.6, 0.4)}
    found = refine_m(
        simulated(20_000, 60_000, m, u),
        m=start,
        u=u,
        prior={name: tuple(1.0 for _ in start[name]) for name in start},
        rate=0.5,
        n_all_pairs=80_000.0,
        bounds=(FLOOR, CEILING),
    )
    for name, truth in m.items():
        assert found.m[name] == pytest.approx(truth, abs=0.02)
    assert found.rate == pytest.approx(0.25, abs=0.01)


def test_a_rare_value_weighs_by_its_own_frequency_and_only_where_it_agrees() -> None:
    m, u = {"a": (0.8, 0.2)}, {"a": (0.1, 0.9)}
    some = cells({"a": [1, 1, 0, -1]}, [1, 1, 1, 1], {"a": [3.0, 9.5, 0.0, 0.0]})
    # log2(m / share of the value): the average u has no say where the value is known.
    expected = [np.log2(0.8) + 3.0, np.log2(0.8) + 9.5, np.log2(0.2 / 0.9), 0.0]
    assert cell_weights(some, m, u) == pytest.approx(expected)


def test_only_disagreement_is_discounted() -> None:
    m, u = {"a": (0.8, 0.2), "b": (0.5, 0.5)}, {"a": (0.1, 0.9), "b": (0.25, 0.75)}
    some = cells({"a": [1, 0, 0, -1], "b": [1, 1, 0, -1]}, [1, 1, 1, 1])
    against_a, against_b = np.log2(0.2 / 0.9), np.log2(0.5 / 0.75)
    expected = (DISAGREEMENT_SHARE - 1) * np.array([0.0, against_a, against_a + against_b, 0.0])
    assert cell_weights(some, m, u, discounted=True) - cell_weights(some, m, u) == pytest.approx(expected)


# -- the whole of training, with guards on both sides -----------------------------------------------------------
class FakeEngine:
    """Answers like the engine: chance agreement, and sessions given in advance."""

    def __init__(self, sessions: list[Session | None]) -> None:
        self.comparisons = (SEX,)
        self._sessions = sessions

    def sample_u(self, *, m: object, seed: int) -> dict[str, tuple[float | None, ...]]:
        return {"sex": (0.6, 0.4)}

    def train_m(self, **_: object) -> Session | None:
        return self._sessions.pop(0)


def trained(*sessions: Session | None):
    rows = [
        {"surname_key": "x", "given_key": "y", "patronymic_key": "z", "birth": DAY, "event": DAY} for _ in range(12)
    ]
    with open_workbench(threads=1) as connection:
        connection.register(sql.DELIVERED, records_of(rows).table)
        run(connection, sql.prepare())
        return train(FakeEngine(list(sessions)), connection, match_rate=1e-3, seed=1)


def sex(m: float, share: float = 0.5) -> Session:
    return Session(m={"sex": (m, 1.0 - m)}, match_share=share)


def test_sessions_that_agree_are_used_in_silence() -> None:
    model = trained(*(sex(0.97) for _ in TRAINING_RULES))
    assert model.warnings == ()
    assert [s.outcome for s in model.sessions] == ["used"] * 4
    assert {s.n_pairs for s in model.sessions} == {66}
    assert model.m["sex"][0] == pytest.approx(0.973, abs=0.005)


def test_em_that_drives_a_probability_to_zero_or_finds_no_match_is_said_and_left_out() -> None:
    model = trained(None, sex(0.97), sex(0.5, share=1e-5), sex(0.97))
    assert [s.outcome for s in model.sessions] == ["broke down", "used", "broke down", "used"]
    assert sum("found no matches" in w for w in model.warnings) == 2
    assert model.m["sex"][0] == pytest.approx(0.975, abs=0.01)


def test_training_does_not_depend_on_the_order_of_the_rows() -> None:
    table = invent(120, seed=3).records.table
    order = np.random.default_rng(1).permutation(table.num_rows)
    turned = table.take(pa.array(order)).set_column(0, "record", pa.array(np.arange(table.num_rows)))
    columns = training_columns(COMPARISONS)
    found = []
    for one in (table, turned):
        with open_workbench() as connection:
            connection.register(sql.DELIVERED, one)
            run(connection, sql.prepare())
            found.append(connection.sql(sql.training_records(columns)).to_arrow_table())
    assert found[0].equals(found[1])
    assert found[0].num_rows == table.num_rows
