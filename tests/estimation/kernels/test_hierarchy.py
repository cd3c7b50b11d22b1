import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncounted.estimation.kernels.hierarchy import (
    add_over_subsets,
    add_over_supersets,
    hierarchical_models,
    model_name,
    model_words,
    n_lists_of,
    parse_model,
    subset_sizes,
)


@pytest.mark.parametrize(
    ("n_lists", "max_order", "expected"),
    [(2, None, 1), (3, None, 8), (4, None, 113), (5, None, 6893), (5, 2, 1024), (6, 2, 32768), (4, 1, 1), (7, 1, 1)],
)
def test_number_of_models_is_the_known_one(n_lists, max_order, expected):
    models = hierarchical_models(n_lists, max_order=max_order)
    assert models.shape == (expected, 2**n_lists)
    assert len(np.unique(models, axis=0)) == expected


def test_four_list_models_are_exactly_those_of_brute_force():
    sizes = subset_sizes(4)
    optional = [t for t in range(16) if 2 <= sizes[t] <= 3]
    expected = set()
    for size in range(len(optional) + 1):
        for chosen in itertools.combinations(optional, size):
            if all(s in chosen for t in chosen for s in optional if s & t == s):
                expected.add(frozenset(chosen))
    found = {frozenset(t for t in optional if row[t]) for row in hierarchical_models(4)}
    assert found == expected


def test_models_come_in_the_documented_order_and_cannot_be_changed():
    names = [model_name(m, 3) for m in hierarchical_models(3)]
    assert names == ["[1,2,3]", "[12,3]", "[13,2]", "[23,1]", "[12,13]", "[12,23]", "[13,23]", "[12,13,23]"]
    assert hierarchical_models(3) is hierarchical_models(3)
    with pytest.raises(ValueError, match="read-only"):
        hierarchical_models(3)[0, 0] = False


@pytest.mark.parametrize(("n_lists", "max_order"), [(1, None), (0, None), (3, 0), (6, None), (6, 3), (7, 2)])
def test_what_cannot_be_listed_is_refused(n_lists, max_order):
    with pytest.raises(ValueError, match=r"lists|max_order"):
        hierarchical_models(n_lists, max_order=max_order)


def test_first_digit_is_the_first_list():
    model = parse_model("[12,3]", 3)
    assert np.flatnonzero(model).tolist() == [0b000, 0b001, 0b010, 0b100, 0b110]
    assert model_words(model, ("court", "press", "help desk")) == "court*press + help desk"


def test_every_model_of_four_lists_survives_its_name():
    for model in hierarchical_models(4):
        assert (parse_model(model_name(model, 4), 4) == model).all()


def test_names_list_large_generators_first_whatever_the_spelling():
    model = parse_model(" [ 34, 14 ,321 ] ", 4)
    assert model_name(model, 4) == "[123,14,34]"
    assert model_words(model, ("EXH", "ABA", "OSCE", "HRW")) == "EXH*ABA*OSCE + EXH*HRW + OSCE*HRW"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("12,3", "square brackets"),
        ("[12,,3]", "list positions"),
        ("[12,a]", "list positions"),
        ("[]", "list positions"),
        ("[12,4]", "from 1 to 3"),
        ("[10,2,3]", "from 1 to 3"),
        ("[11,2,3]", "twice"),
        ("[12]", "leaves out list 3"),
        ("[²1,3]", "list positions"),
    ],
)
def test_a_bad_name_says_what_is_wrong(text, why):
    with pytest.raises(ValueError, match=why):
        parse_model(text, 3)


def test_names_end_at_nine_lists():
    with pytest.raises(ValueError, match="9"):
        model_name(hierarchical_models(10, max_order=1)[0], 10)
    with pytest.raises(ValueError, match="9"):
        parse_model("[1]", 10)
    with pytest.raises(ValueError, match="entries"):
        model_name(hierarchical_models(3)[0], 4)
    with pytest.raises(ValueError, match="entries"):
        model_words(hierarchical_models(3)[0], ("a", "b"))


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_sums_over_subsets_and_supersets_are_what_they_say(n_lists, seed):
    values = np.random.default_rng(seed).integers(-9, 10, size=(3, 2**n_lists))
    below, above, any_below = values.copy(), values.copy(), values > 5
    original = any_below.copy()
    add_over_subsets(below)
    add_over_supersets(above)
    add_over_subsets(any_below)
    for w in range(2**n_lists):
        subsets = [t for t in range(2**n_lists) if t & w == t]
        supersets = [t for t in range(2**n_lists) if t & w == w]
        assert (below[:, w] == values[:, subsets].sum(axis=1)).all()
        assert (above[:, w] == values[:, supersets].sum(axis=1)).all()
        assert (any_below[:, w] == original[:, subsets].any(axis=1)).all()


def test_sums_refuse_an_array_they_could_not_change():
    with pytest.raises(ValueError, match="contiguous"):
        add_over_subsets(np.zeros((4, 3)).T)
    with pytest.raises(ValueError, match="2\\*\\*J"):
        n_lists_of(12)
