"""Cohen's kappa against values worked out by hand, a second computation, and the cases in which it is not defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_resolve import said

from uncounted.review import agreement_of, reviewer_agreement
from uncounted.review.agreement import blind_judgements


def test_by_hand():
    # 50 pairs, 20 + 15 agreed. p_o = 35/50 = .7; p_e = (25/50)(30/50) + (25/50)(20/50) = .3 + .2 = .5; kappa = .4.
    found = agreement_of([[20, 5], [10, 15]])
    assert found.share == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    # Eq. 13: cells (1,1): .4 [.5 - 1.1(.3)]^2 = .4 (.17)^2 = .01156; (2,2): .3 [.5 - .9(.3)]^2 = .3 (.23)^2 = .01587;
    # off: .09 [.1 (.6 + .5)^2 + .2 (.4 + .5)^2]: (1,2) has p_.1 + p_2. = .6 + .5, (2,1) has p_.2 + p_1. = .4 + .5:
    # .09 (.121 + .162) = .02547; last: (.35 - 1 + .7)^2 = .0025. Sum .0504; variance .0504 / (50 x .0625) = .016128.
    half = 1.959964 * math.sqrt(0.016128)
    assert found.kappa_interval == pytest.approx((0.4 - half, 0.4 + half), abs=1e-6)
    assert found.n_pairs == 50


def test_the_table_of_the_paper_on_the_standard_error():
    # Fleiss, Cohen and Everitt (1969): 200 subjects, three categories, kappa .429.
    found = agreement_of([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    assert found.kappa == pytest.approx(0.429, abs=5e-4)
    # With a delta method of its own: derivatives of kappa by each cell, multinomial variance.
    assert found.kappa_interval == pytest.approx(_by_delta([[106, 10, 4], [22, 28, 10], [2, 12, 6]]), abs=1e-6)


def _kappa(p):
    expected = p.sum(axis=1) @ p.sum(axis=0)
    return (np.trace(p) - expected) / (1 - expected)


def _by_delta(table):
    n, p = np.sum(table), np.array(table, float) / np.sum(table)
    slope = np.zeros_like(p)
    for cell in np.ndindex(p.shape):
        step = np.zeros_like(p)
        step[cell] = 1e-6
        slope[cell] = (_kappa(p + step) - _kappa(p - step)) / 2e-6
    variance = ((slope**2 * p).sum() - (slope * p).sum() ** 2) / n
    half = 1.959963985 * math.sqrt(max(variance, 0.0))
    return (max(-1, _kappa(p) - half), min(1, _kappa(p) + half))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=3, max_size=3))
def test_against_the_delta_method(table):
    found = agreement_of(table)
    assert found.kappa == pytest.approx(_kappa(np.array(table) / np.sum(table)))
    assert found.kappa_interval == pytest.approx(_by_delta(table), abs=1e-5)
    turned = agreement_of(np.array(table).T)
    assert turned.kappa == pytest.approx(found.kappa)
    assert turned.kappa_interval == pytest.approx(found.kappa_interval)


def test_agreement_without_variety_has_no_kappa():
    found = agreement_of([[20, 0], [0, 0]])
    assert (found.kappa, found.kappa_interval, found.share) == (None, None, 1.0)
    assert "not defined" in found.words
    assert found.share_interval[0] < 0.9
    empty = agreement_of(np.zeros((3, 3), int))
    assert (empty.kappa, empty.share, empty.n_pairs) == (None, None, 0)
    assert "No pair" in empty.words


def test_one_category_against_another_is_kappa_nought():
    found = agreement_of([[0, 20], [0, 0]])
    assert found.kappa == pytest.approx(0.0)


def test_perfect_agreement_is_not_certainty():
    found = agreement_of([[6, 0], [0, 4]])
    expected = 0.52
    low = 0.025 ** (1 / 10)
    assert found.kappa == 1.0
    assert found.kappa_interval == pytest.approx(((low - expected) / (1 - expected), 1.0))
    assert "rough guide" in found.words
    more = agreement_of([[600, 0], [0, 400]])
    assert more.kappa_interval[0] > 0.98


@pytest.mark.parametrize("wrong", [[[1, 2]], [[1, -1], [0, 1]], [1, 2]])
def test_other_tables_are_refused(wrong):
    with pytest.raises(ValueError, match="square"):
        agreement_of(wrong)


def test_only_blind_looks_count():
    log = said(
        ("a", "b", "same", "A"), ("a", "b", "different", "B", "second"),
        ("a", "c", "same", "A"), ("a", "c", "same", "B", "second"), ("a", "c", "unsure", "C", "second"),
        ("a", "d", "same", "A"), ("a", "d", "different", "B", "chosen"),
        ("a", "e", "same", "A"), ("a", "e", "same", "a ", "second"),  # the same person twice
        ("a", "f", "same", "A"), ("a", "f", "withdrawn", "A"), ("a", "f", "unsure", "A"),
        ("a", "f", "unsure", "B", "second"),
        ("a", "g", "same", "A"), ("a", "g", "different", "B", "second"), ("a", "g", "withdrawn", "B", "second"),
        ("a", "b", "same", "B", "chosen"), ("a", "b", "same", "C", "adjudication"),  # minds changed later
    )  # fmt: skip
    assert sorted(blind_judgements(log)) == [("same", "different"), ("same", "same"), ("unsure", "unsure")]
    found = reviewer_agreement(log)
    assert found.table == ((1, 1, 0), (0, 0, 0), (0, 0, 1))
    assert "agreed on 2 (67%)" in found.words
