"""Existence codes against published ones and against the linear programme of the paper, written out as it stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from uncounted.estimation.kernels.existence import check_existence
from uncounted.estimation.kernels.hierarchy import hierarchical_models, model_name, parse_model


def design_of(model, n_lists):
    """Rows: patterns 1 … 2**J − 1; columns: parameters of the model."""
    params = np.flatnonzero(model)
    patterns = np.arange(1, 2**n_lists)
    return ((patterns[:, None] & params) == params).astype(float)


def extended_problem(counts, model, n_lists):
    """Step 1 of the algorithm: drop parameters nobody supports and the cells above them."""
    design = design_of(model, n_lists)
    margins = counts @ design
    cells = ~(design[:, margins == 0] > 0).any(axis=1)
    return design[cells][:, margins > 0], counts[cells]


def literal_code(counts, model, n_lists):
    """Chan, Silverman and Vincent (2021): max s with Aᵀx = t, x ≥ s; rank of A."""
    design, y = extended_problem(counts, model, n_lists)
    n_cells, n_params = design.shape
    found = linprog(
        np.r_[np.zeros(n_cells), -1.0],
        A_eq=np.c_[design.T, np.zeros(n_params)],
        b_eq=design.T @ y,
        A_ub=np.c_[-np.eye(n_cells), np.ones(n_cells)],
        b_ub=np.zeros(n_cells),
        bounds=[(None, None)] * (n_cells + 1),
    )
    assert found.status == 0
    exists = -found.fun > 1e-7
    identified = np.linalg.matrix_rank(design) == n_params
    return int(not exists) + 2 * int(not identified)


def literal_intercept_estimable(counts, model, n_lists):
    """Empty every cell that some direction can empty (one programme a cell); is e_∅ in the row space of the rest?"""
    design, y = extended_problem(counts, model, n_lists)
    observed = y > 0
    face = observed.copy()
    for cell in np.flatnonzero(~observed):
        found = linprog(
            np.zeros(design.shape[1]),
            A_eq=design[observed],
            b_eq=np.zeros(observed.sum()),
            A_ub=-design[~observed],
            b_ub=-(np.flatnonzero(~observed) == cell).astype(float),
            bounds=[(None, None)] * design.shape[1],
        )
        face[cell] = found.status != 0
    unit = np.zeros(design.shape[1])
    unit[0] = 1.0
    kept = design[face]
    return np.linalg.matrix_rank(np.vstack([kept, unit])) == np.linalg.matrix_rank(kept)


def test_artificial_codes_are_the_published_ones(published):
    models = hierarchical_models(3)
    codes = check_existence(published("artificial") > 0, models).code
    assert {model_name(m, 3): int(c) for m, c in zip(models, codes, strict=True)} == {
        "[1,2,3]": 0,
        "[12,3]": 1,
        "[13,2]": 0,
        "[23,1]": 0,
        "[12,13]": 1,
        "[12,23]": 1,
        "[13,23]": 0,
        "[12,13,23]": 2,
    }


@pytest.mark.parametrize(
    ("name", "n_lists", "by_code"),
    [  # MultipleSystemsEstimation 1.2.0, check_extended_MLE over all hierarchical models
        ("korea", 3, [6, 2, 0, 0]),
        ("my3", 3, [8, 0, 0, 0]),
        ("spina", 3, [8, 0, 0, 0]),
        ("kosovo", 4, [113, 0, 0, 0]),
        ("hiv", 4, [111, 1, 1, 0]),
        ("lesbian", 4, [113, 0, 0, 0]),
        ("uk5", 5, [6519, 338, 0, 36]),
        ("ned5", 5, [6568, 253, 72, 0]),
        ("neworl5", 5, [6327, 340, 226, 0]),
        ("western", 5, [3375, 3374, 0, 144]),
        ("my5", 5, [6575, 318, 0, 0]),
    ],
)
def test_numbers_of_models_per_code_are_those_of_the_r_package(published, name, n_lists, by_code):
    codes = check_existence(published(name) > 0, hierarchical_models(n_lists)).code
    assert np.bincount(codes, minlength=4).tolist() == by_code


def test_the_two_models_of_the_hiv_table_that_fail(published):
    models = hierarchical_models(4)
    code = check_existence(published("hiv") > 0, models).code
    assert {model_name(models[i], 4) for i in np.flatnonzero(code)} == {"[123,124,134,234]", "[123,124,234]"}


def test_every_zero_pattern_of_three_lists_agrees_with_the_literal_programme():
    models = hierarchical_models(3)
    rng = np.random.default_rng(11)
    for number in range(1, 128):
        present = (number >> np.arange(7) & 1).astype(bool)
        codes = check_existence(present, models).code
        picks = rng.choice(8, size=2, replace=False)  # two of eight models, to keep the test short
        counts = present * rng.integers(1, 5, size=7)
        assert [literal_code(counts, models[i], 3) for i in picks] == codes[picks].tolist()


def compare_each_code(present, models, codes, n_lists, rng):
    """Compare a few models of every code that occurs, so that rare ones are tried too; return the codes."""
    counts = present * rng.integers(1, 5, size=present.size)
    for code in np.unique(codes):
        for i in rng.choice(np.flatnonzero(codes == code), size=3):
            assert literal_code(counts, models[i], n_lists) == code
    return set(codes.tolist())


@pytest.mark.parametrize(("n_lists", "occurring"), [(4, {0, 1, 3}), (5, {0, 1, 3})])
def test_random_sparse_tables_agree_with_the_literal_programme(n_lists, occurring):
    rng = np.random.default_rng(n_lists)
    models = hierarchical_models(n_lists)
    models = models[np.sort(rng.choice(len(models), size=113, replace=False))]
    seen = set()
    for _ in range(12):
        present = rng.random(2**n_lists - 1) < rng.choice([0.3, 0.5, 0.7])
        present[-1] |= rng.random() < 0.5
        seen |= compare_each_code(present, models, check_existence(present, models).code, n_lists, rng)
    assert seen >= occurring


@pytest.mark.parametrize("name", ["uk5", "ned5", "neworl5", "western"])
def test_published_five_list_tables_agree_with_the_literal_programme(published, name):
    models, present = hierarchical_models(5), published(name) > 0
    codes = compare_each_code(present, models, check_existence(present, models).code, 5, np.random.default_rng(0))
    assert 0 in codes


@pytest.mark.parametrize(("n_lists", "tables"), [(3, 30), (4, 12), (5, 6)])
def test_whether_the_unlisted_can_be_estimated_agrees_with_the_facial_set(n_lists, tables):
    rng = np.random.default_rng(100 + n_lists)
    models = hierarchical_models(n_lists)
    models = models[np.sort(rng.choice(len(models), size=min(len(models), 200), replace=False))]
    answers = set()
    for _ in range(tables):
        present = rng.random(2**n_lists - 1) < 0.55
        present[-1] = True
        existence = check_existence(present, models)
        assert existence.n0_estimable[existence.code == 0].all()
        assert not existence.n0_estimable[existence.code >= 2].any()
        for answer in (True, False):
            fitting = np.flatnonzero((existence.code == 1) & (existence.n0_estimable == answer))
            if fitting.size:
                i = rng.choice(fitting)
                assert literal_intercept_estimable(present.astype(float), models[i], n_lists) == answer
                answers.add(answer)
    assert answers == {True, False}


def test_only_single_lists_leave_no_admissible_model():
    for n_lists in (3, 4, 5):
        present = np.zeros(2**n_lists - 1, dtype=bool)
        present[[2**j - 1 for j in range(n_lists)]] = True
        codes = check_existence(present, hierarchical_models(n_lists)).code
        assert (codes != 0).all()


def test_nobody_at_all_is_not_estimable():
    existence = check_existence(np.zeros(7, dtype=bool), hierarchical_models(3))
    assert (existence.code == 3).all()
    assert not existence.n0_estimable.any()
    assert (existence.removed == hierarchical_models(3)).all()


def test_parameters_nobody_supports_are_removed(published):
    model = parse_model("[12,13,23]", 3)
    existence = check_existence(published("korea") > 0, model[None])
    assert not existence.removed.any()
    # In Artificial_3 nobody is on lists 1 and 3, or 2 and 3.
    removed = check_existence(published("artificial") > 0, model[None]).removed[0]
    assert np.flatnonzero(removed).tolist() == [0b011, 0b101]
    with pytest.raises(ValueError, match="read-only"):
        existence.code[0] = 0


@given(st.integers(0, 2**32 - 1), st.integers(3, 4))
@settings(max_examples=40, deadline=None)
def test_the_answer_does_not_depend_on_the_company_or_order_of_models(seed, n_lists):
    rng = np.random.default_rng(seed)
    present = rng.random(2**n_lists - 1) < 0.6
    models = hierarchical_models(n_lists)
    together = check_existence(present, models)
    order = rng.permutation(len(models))
    shuffled = check_existence(present, models[order])
    assert (shuffled.code == together.code[order]).all()
    assert (shuffled.n0_estimable == together.n0_estimable[order]).all()
    alone = check_existence(present, models[order[:1]])
    assert alone.code[0] == together.code[order[0]]
    assert alone.n0_estimable[0] == together.n0_estimable[order[0]]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_submodel_with_the_same_empty_overlaps_cannot_fail_where_the_larger_one_is_fine(seed):
    rng = np.random.default_rng(seed)
    present = rng.random(15) < 0.7
    models = hierarchical_models(4)
    existence = check_existence(present, models)
    large = rng.choice(len(models))
    if existence.code[large] == 0:
        within = ~(models & ~models[large]).any(axis=1)
        same = (existence.removed == existence.removed[large]).all(axis=1)
        assert (existence.code[within & same] == 0).all()


@pytest.mark.parametrize(
    ("present", "models", "why"),
    [
        (np.ones(6, dtype=bool), np.ones((1, 8), dtype=bool), "7 patterns"),
        (np.ones(7, dtype=bool), np.ones(8, dtype=bool), "shape"),
        (np.ones(7, dtype=bool), np.ones((1, 9), dtype=bool), "2\\*\\*J"),
        (np.ones(7, dtype=bool), np.arange(8)[None] != 1, "hierarchical"),
        (np.ones(7, dtype=bool), np.arange(8)[None] > 0, "hierarchical"),
    ],
)
def test_wrong_shapes_are_refused(present, models, why):
    with pytest.raises(ValueError, match=why):
        check_existence(present, models)
