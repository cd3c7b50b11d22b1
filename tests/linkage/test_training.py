from __future__ import annotations

import numpy as np
import pytest

from uncounted.linkage.comparisons import CEILING, COMPARISONS, FLOOR
from uncounted.linkage.engine import Session
from uncounted.linkage.refine import DISAGREEMENT_SHARE, disagreement_discount, level_weights, refine_m
from uncounted.linkage.training import (
    PRIOR_PAIRS,
    TRAINING_RULES,
    check_weights,
    default_m,
    pooled_m,
    without_matches,
)

PLACE = next(c for c in COMPARISONS if c.name == "place")
DEFAULT = default_m()["place"]
RULE = TRAINING_RULES[0]


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


def simulated(n_match: int, n_other: int, m: dict[str, tuple[float, ...]], u: dict[str, tuple[float, ...]]):
    rng = np.random.default_rng(4)
    levels = {}
    for name, shares in m.items():
        k = len(shares)
        best_first = np.concatenate([rng.choice(k, n_match, p=shares), rng.choice(k, n_other, p=u[name])])
        level = (k - 1 - best_first).astype(np.int8)
        level[rng.random(len(level)) < 0.2] = -1
        levels[name] = level
    return levels


def test_refining_finds_the_m_that_made_the_pairs() -> None:
    m = {"a": (0.7, 0.2, 0.1), "b": (0.85, 0.15), "c": (0.6, 0.4), "d": (0.9, 0.1)}
    u = {"a": (0.02, 0.08, 0.9), "b": (0.05, 0.95), "c": (0.01, 0.99), "d": (0.1, 0.9)}
    levels = simulated(20_000, 60_000, m, u)
    start = {"a": (0.5, 0.3, 0.2), "b": (0.6, 0.4), "c": (0.9, 0.1), "d": (0.6, 0.4)}
    n = len(levels["a"])
    frequency = np.zeros(n)
    found = refine_m(
        level_weights(levels, start, u, n) + frequency,
        levels,
        m=start,
        u=u,
        prior={name: tuple(1.0 for _ in start[name]) for name in start},
        rate=0.5,
        n_all_pairs=float(n),
        bounds=(FLOOR, CEILING),
    )
    for name, truth in m.items():
        assert found.m[name] == pytest.approx(truth, abs=0.02)
    assert found.weights == pytest.approx(level_weights(levels, found.m, u, n))


def test_refining_keeps_what_value_frequencies_added() -> None:
    m, u = {"a": (0.8, 0.2)}, {"a": (0.1, 0.9)}
    levels = {"a": np.array([1, 0, -1, 1], dtype=np.int8)}
    frequency = np.array([2.5, 0.0, 0.0, -1.0])
    found = refine_m(
        level_weights(levels, m, u, 4) + frequency,
        levels,
        m=m,
        u=u,
        prior={"a": (8.0, 2.0)},
        rate=0.1,
        n_all_pairs=100.0,
        bounds=(FLOOR, CEILING),
    )
    assert found.weights - level_weights(levels, found.m, u, 4) == pytest.approx(frequency)


def test_only_disagreement_is_discounted() -> None:
    m, u = {"a": (0.8, 0.2), "b": (0.5, 0.5)}, {"a": (0.1, 0.9), "b": (0.25, 0.75)}
    levels = {"a": np.array([1, 0, 0, -1], dtype=np.int8), "b": np.array([1, 1, 0, -1], dtype=np.int8)}
    against_a, against_b = np.log2(0.2 / 0.9), np.log2(0.5 / 0.75)
    expected = (DISAGREEMENT_SHARE - 1) * np.array([0.0, against_a, against_a + against_b, 0.0])
    assert disagreement_discount(levels, m, u, 4) == pytest.approx(expected)
