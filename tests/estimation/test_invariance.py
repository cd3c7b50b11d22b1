"""What must not matter: the order and names of lists, how rows are written, how strata are cut, a list nobody is on.

Each property runs on a few tables and, marked `validation`, on a thousand.
"""

import itertools
import math

import numpy as np
import pytest
from every_estimator import CLOSED, every_estimator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uncounted.captures import CaptureTable, capture_table
from uncounted.captures.table import pattern_labels, pattern_matrix
from uncounted.errors import NotEstimable
from uncounted.estimation import estimate

NAMES = ("A", "B", "C", "D", "E")
OTHER_NAMES = ("zoo", "press, 2", "Ω", "a b", "list [1]")
# Each costs a second or so; they are held to the same by fewer tables.
COSTLY = ("loglinear-selected", "decomposable", "sample-coverage", "sample-coverage-full")


def cases(few):
    """Return the numbers of examples: a few always, a thousand in a validation run."""
    return pytest.mark.parametrize("n_cases", [few, pytest.param(1000, marks=pytest.mark.validation)])


def check(n_cases, **strategies):
    """Run a property on that many examples; the few are the same ones in every run."""
    calm = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return lambda holds: settings(
        max_examples=n_cases, deadline=None, derandomize=n_cases < 1000, database=None, suppress_health_check=calm
    )(given(**strategies)(holds))()


@st.composite
def tables(draw, n_lists=(2, 3, 3, 4), n_draws=1, n_strata=1):
    """Tables of counts that are zero, small or large; somebody is in every stratum and linkage draw if there are more.

    (A linkage draw in which nobody is on any list is a hostile table, see test_adversarial.)
    """
    many = draw(st.sampled_from(n_lists))
    size = pattern_matrix(many).sum(axis=1)
    counts = np.zeros((n_draws, n_strata, len(size)), dtype=np.int64)
    for d, s in itertools.product(range(n_draws), range(n_strata)):
        for k, on in enumerate(size):
            largest = 400 if on == 1 else 60
            counts[d, s, k] = draw(st.one_of(st.integers(0, 3), st.integers(0, largest)))
        counts[d, s, -1] += n_draws * n_strata > 1
    strata = tuple(f"stratum {s}" for s in range(n_strata)) if n_strata > 1 else ("all",)
    return CaptureTable(lists=NAMES[:many], counts=counts, strata=strata)


def turned(table, order):
    """Return the table with its lists in another order."""
    bits = np.asarray([1 << (table.n_lists - 1 - order.index(j)) for j in range(table.n_lists)])
    there = table.patterns.astype(np.int64) @ bits - 1
    counts = np.zeros_like(table.counts)
    counts[..., there] = table.counts
    lists = tuple(table.lists[j] for j in order)
    return CaptureTable(lists=lists, counts=counts, strata=table.strata, coverage=table.coverage[:, list(order)])


def result(one, table, seed=1):
    """Return an estimate, or the code of its refusal."""
    try:
        return one.fit(table, level=0.95, seed=seed)
    except NotEstimable as error:
        return error.code


def numbers(row):
    """Return all numbers of an estimate."""
    if isinstance(row, str):
        return row
    limits = [x for i in (row.n_total_interval, row.n_unlisted_interval, *row.other_intervals) for x in (i.low, i.high)]
    points = [x for p in row.sensitivity for x in (p.odds_ratio, p.n_total, p.low, p.high)]
    return [row.n_listed, row.n_total, row.n_unlisted, *limits, *points]


def same(first, second, rel=1e-9):
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
        return
    assert second.n_listed == first.n_listed
    # A dark figure is compared on the scale of the total, of which rounding leaves it a difference.
    slack = rel * first.n_total
    assert second.n_total == pytest.approx(first.n_total, rel=rel)
    limits = [(r.n_total_interval.low, r.n_total_interval.high) for r in (first, second)]
    for one, other in zip(*limits, strict=True):
        assert one == other or other == pytest.approx(one, rel=100 * rel, abs=slack)


def matching(table, other, rename=None):
    """Yield the closed estimators of a table, each with its counterpart in the other one, lists named as `rename`."""
    there = every_estimator(other.lists, most=99)
    for name, one in every_estimator(table.lists, most=2).items():
        kind, colon, rest = name.partition(":")
        if kind not in CLOSED:
            continue
        if colon:
            wanted = {(rename or {}).get(x, x) for x in rest.split(",")}
            key = kind + ":" + ",".join(x for x in other.lists if x in wanted)
        else:
            key = kind
        yield one, there[key]


@cases(20)
def test_order_of_lists(n_cases):
    @check(n_cases, table=tables(), data=st.data())
    def holds(table, data):
        order = data.draw(st.permutations(range(table.n_lists)))
        other = turned(table, order)
        for one, again in matching(table, other):
            same(result(one, table), result(again, other))


@cases(15)
def test_names_of_lists(n_cases):
    @check(n_cases, table=tables(), shift=st.integers(0, 4))
    def holds(table, shift):
        names = (OTHER_NAMES[shift:] + OTHER_NAMES[:shift])[: table.n_lists]
        other = CaptureTable(lists=names, counts=table.counts)
        there = every_estimator(names, most=2)
        for one, again in zip(every_estimator(table.lists, most=2).values(), there.values(), strict=True):
            if one.id.partition(":")[0] in CLOSED:
                assert numbers(result(one, table)) == numbers(result(again, other))


@cases(15)
def test_a_list_that_holds_nobody(n_cases):
    @check(n_cases, table=tables(n_lists=(2, 3)), place=st.integers(0, 3))
    def holds(table, place):
        counts = np.zeros((1, 1, 2 ** (table.n_lists + 1) - 1), dtype=np.int64)
        counts[..., 1::2] = table.counts  # the last digit is the new list: patterns end in 0
        wide = CaptureTable(lists=(*table.lists, "nobody"), counts=counts)
        order = list(range(table.n_lists))
        order.insert(min(place, table.n_lists), table.n_lists)
        wide = turned(wide, order)
        for one, again in matching(table, wide):
            same(result(one, table), result(again, wide), rel=1e-10)


@cases(15)
def test_a_list_that_covers_no_stratum(n_cases):
    @check(n_cases, table=tables(n_lists=(2, 3)))
    def holds(table):
        counts = np.zeros((1, 1, 2 ** (table.n_lists + 1) - 1), dtype=np.int64)
        counts[..., 1::2] = table.counts
        covered = np.asarray([[True] * table.n_lists + [False]])
        wide = CaptureTable(lists=(*table.lists, "elsewhere"), counts=counts, coverage=covered)
        for one, again in matching(table, wide):
            same(result(one, table), result(again, wide), rel=1e-10)


@cases(100)
def test_how_rows_are_written(n_cases):
    @check(n_cases, table=tables(), data=st.data())
    def holds(table, data):
        labels = pattern_labels(table.n_lists)
        rows = []
        for label, count in zip(labels, table.counts[0, 0].tolist(), strict=True):
            part = data.draw(st.integers(0, count))
            rows += [(label, part), (label, count - part)]
        rows = data.draw(st.permutations(rows))
        columns = {name: [int(label[j]) for label, _ in rows] for j, name in enumerate(table.lists)}
        written = capture_table({**columns, "count": [count for _, count in rows]})
        assert written == table
        people = [[int(x) for x in label] for label, count in rows for _ in range(count)]
        if people:
            assert CaptureTable.from_people(people, lists=table.lists) == table


@cases(100)
def test_strata_cut_and_added_up_again(n_cases):
    @check(n_cases, table=tables(), data=st.data())
    def holds(table, data):
        whole = table.counts[0, 0]
        part = np.asarray([data.draw(st.integers(0, int(k))) for k in whole])
        cut = CaptureTable(lists=table.lists, counts=np.stack([part, whole - part])[None], strata=("x", "y"))
        assert cut.total() == table
        swapped = CaptureTable(lists=table.lists, counts=cut.counts[:, ::-1], strata=("x", "y"))
        assert swapped.total() == table


@cases(10)
def test_order_and_names_of_strata_and_order_of_linkage_draws(n_cases):
    """To the last digit. Where several parts are refused, which of them is named may depend on the order."""

    @check(n_cases, table=tables(n_lists=(2, 3), n_draws=2, n_strata=2))
    def holds(table):
        other = CaptureTable(lists=table.lists, counts=table.counts[::-1, ::-1], strata=("b", "a"))
        third = CaptureTable(lists=table.lists, counts=table.counts[::-1], strata=table.strata)
        for one in every_estimator(table.lists, most=1).values():
            if one.id.partition(":")[0] in CLOSED:
                plain = numbers(result(one, table))
                for turned_around in (numbers(result(one, other)), numbers(result(one, third))):
                    refused = isinstance(plain, str) and isinstance(turned_around, str)
                    assert refused or turned_around == plain, one.id


@cases(12)
def test_two_like_strata_are_twice_one(n_cases):
    """A sum of equal strata: twice the estimate, and an interval narrower, relative to it, by the root of two."""

    @check(n_cases, table=tables(n_lists=(2, 3)))
    def holds(table):
        twice = CaptureTable(lists=table.lists, counts=np.repeat(table.counts, 2, axis=1), strata=("x", "y"))
        for name in ("chapman:A,B", "chao", "no-highest-order", "loglinear-average"):
            one = every_estimator(table.lists)[name]
            alone, pooled = result(one, table), result(one, twice)
            if isinstance(alone, str):
                assert pooled == alone
            elif alone.fit is None or alone.fit.n_admissible == 1:
                spread = math.log(alone.n_unlisted_interval.high / alone.n_unlisted_interval.low)
                wide = 2 * alone.n_unlisted_interval.high - 2 * alone.n_unlisted_interval.low
                if spread < 1.5:  # nearly symmetric, so that widths add as squares
                    assert pooled.n_listed == 2 * alone.n_listed
                    assert pooled.n_unlisted == pytest.approx(2 * alone.n_unlisted, abs=0.12 * wide)
                    half = pooled.n_unlisted_interval.high - pooled.n_unlisted_interval.low
                    assert half == pytest.approx(wide / math.sqrt(2), rel=0.1)


@cases(12)
def test_linkage_draws_that_agree_change_nothing_but_rounding(n_cases):
    @check(n_cases, table=tables(n_lists=(2, 3)))
    def holds(table):
        many = CaptureTable(lists=table.lists, counts=np.repeat(table.counts, 20, axis=0))
        for one in every_estimator(table.lists, most=1).values():
            if one.id.partition(":")[0] not in CLOSED:
                continue
            once, again = result(one, table), result(one, many)
            if isinstance(once, str):
                assert again == once
            elif math.isfinite(once.n_total_interval.high):
                width = once.n_total_interval.high - once.n_total_interval.low
                assert again.n_total == pytest.approx(once.n_total, abs=0.02 * width + 1e-9 * once.n_total)
                assert again.by_linkage[1] - again.by_linkage[0] < 0.1 * width + 1e-9 * once.n_total


def sampled_tables():
    return tables(n_lists=(3,))


@cases(2)
@pytest.mark.parametrize("name", ["shrinkage", "latent-class", *COSTLY])
def test_samplers_give_the_same_whatever_the_order_and_names_of_lists(n_cases, name):
    @check(n_cases, table=sampled_tables(), order=st.permutations(range(3)))
    def holds(table, order):
        other = turned(table, order)
        other = CaptureTable(lists=OTHER_NAMES[:3], counts=other.counts)
        one = result(every_estimator(table.lists)[name], table)
        again = result(every_estimator(other.lists)[name], other)
        same(one, again)
        if not isinstance(one, str) and one.draws is not None:
            assert np.array_equal(one.draws, again.draws)


@cases(6)
def test_the_whole_answer_whatever_the_order_and_names_of_lists(n_cases):
    @check(n_cases, table=tables(n_lists=(3,)), order=st.permutations(range(3)))
    def holds(table, order):
        there = turned(table, order)
        other = CaptureTable(lists=OTHER_NAMES[:3], counts=there.counts)
        one = estimate(table, estimators=["chao", "loglinear"], choice="loglinear-average", hold_out=False)
        again = estimate(other, estimators=["chao", "loglinear"], choice="loglinear-average", hold_out=False)
        assert again.verdict.level == one.verdict.level
        assert [c.status for c in again.checks] == [c.status for c in one.checks]
        for row, other_row in zip(one.estimates, again.estimates, strict=True):
            if row.status == "refused":
                assert other_row.code == row.code
            else:
                same(row, other_row)
