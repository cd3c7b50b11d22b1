import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.register.arrays import OPEN_END, OPEN_START, Codes, DayRange
from uncounted.register.consensus import agree_ranges, agree_words, capture_patterns, group_people

MISSING = (OPEN_START, OPEN_END)


def ranges(*pairs):
    return DayRange(start=np.array([p[0] for p in pairs]), end=np.array([p[1] for p in pairs]))


def agreed(labels, *pairs):
    found, disputed = agree_ranges(group_people(np.array(labels)), ranges(*pairs))
    return list(zip(found.start.tolist(), found.end.tolist(), strict=True)), disputed.tolist()


def test_people_are_in_order_of_their_smallest_record():
    people = group_people(np.array([0, 1, 0, 3, 1, 0]))
    assert people.first.tolist() == [0, 1, 3]
    assert people.sizes.tolist() == [3, 2, 1]
    assert people.of_record.tolist() == [0, 1, 0, 2, 1, 0]


def test_patterns_have_the_first_list_in_front():
    people = group_people(np.array([0, 0, 0, 3]))
    patterns = capture_patterns(people, np.array([0, 2, 2, 1]), 3)
    assert [format(p, "03b") for p in patterns] == ["101", "010"]


def test_the_narrowest_common_range():
    assert agreed([0, 0, 0], (0, 100), (50, 200), (60, 80)) == ([(60, 80)], [False])
    assert agreed([0, 0], MISSING, (5, 5)) == ([(5, 5)], [False])
    assert agreed([0, 0], MISSING, MISSING) == ([MISSING], [False])


def test_without_common_days_the_majority_then_the_most_exact():
    # Two say 10, one says a far day.
    assert agreed([0, 0, 0], (900, 900), (10, 10), (10, 10)) == ([(10, 10)], [True])
    # One vague range supports each of two exact ones equally: the exact ones win over the vague, the earlier over both.
    assert agreed([0, 0, 0], (50, 50), (20, 20), (0, 365)) == ([(0, 365)], [True])
    assert agreed([0, 0], (50, 50), (20, 20)) == ([(20, 20)], [True])
    assert agreed([0, 0, 0], (50, 55), (20, 20), MISSING) == ([(20, 20)], [True])


def test_people_do_not_influence_each_other():
    alone = agreed([0, 0, 0], (900, 900), (10, 10), (10, 12))[0]
    together = agreed([0, 1, 0, 1, 0], (900, 900), (5, 5), (10, 10), (900, 900), (10, 12))[0]
    assert together == [alone[0], (5, 5)]


def slow_majority(pairs):
    """The rule as it is written down, for one person."""
    known = [p for p in pairs if p != MISSING]
    low, high = max(p[0] for p in pairs), min(p[1] for p in pairs)
    if low <= high:
        return (low, high), False

    def rank(p):
        support = sum(q[0] <= p[1] and q[1] >= p[0] for q in known)
        return (-support, p[1] - p[0], p[0])

    return min(known, key=rank), True


RANGE = st.one_of(
    st.just(MISSING), st.tuples(st.integers(-40, 40), st.integers(0, 30)).map(lambda x: (x[0], x[0] + x[1]))
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(RANGE, min_size=1, max_size=7), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_ranges_agree_with_the_rule_written_out(groups, random):
    rows = [(g, pair) for g, pairs in enumerate(groups) for pair in pairs]
    random.shuffle(rows)
    first = {}
    for i, (g, _) in enumerate(rows):
        first.setdefault(g, i)
    found, disputed = agreed([first[g] for g, _ in rows], *(pair for _, pair in rows))
    by_first = sorted(range(len(groups)), key=lambda g: first[g])
    expected = [slow_majority(groups[g]) for g in by_first]
    assert found == [e[0] for e in expected]
    assert disputed == [e[1] for e in expected]


def test_the_most_frequent_word_then_the_first():
    people = group_people(np.array([0, 0, 0, 3, 3, 5, 5]))
    words = agree_words(people, Codes(code=np.array([2, 1, 1, 1, 0, -1, -1]), labels=("x", "y", "z"), shown=()))
    assert words.code.tolist() == [1, 1, -1]
    nothing = agree_words(people, Codes(code=np.full(7, -1), labels=(), shown=()))
    assert nothing.code.tolist() == [-1, -1, -1]
