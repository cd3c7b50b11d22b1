"""What every estimator promises, in one loop over the registry: a new entry is tested as soon as it is there."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from uncounted.captures import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation import ENTRIES, parse
from uncounted.estimation.kernels.class_sampler import ClassEffort
from uncounted.estimation.latent_class import LatentClasses

LISTS = ("A", "B", "C", "D")
ARGUMENTS = {"": [""], "pair": [":A,B", ":B,D"], "subset": [":A,B,C"], "model": [":[12,3,4]", ":[123,14]"]}
# These speak of several strata at once and refuse a table with one; their own tests hold the same promises.
NEED_STRATA = ("loglinear-coverage", "hierarchical")
# These hold ids of other estimators or numbers, which the tests below cannot write; they are tested by themselves.
COMPOSED = ("odds", "dependence")
# Minutes for each table: kept to its own tests.
SLOW = ("shrinkage-horseshoe", "latent-class-uniform")
IDS = [e.id + tail for e in ENTRIES if e.id not in NEED_STRATA + COMPOSED + SLOW for tail in ARGUMENTS[e.takes]]


# Where a bias-corrected bootstrap has its middle, in widths of the interval.
MIDDLE_WITHIN = {"loglinear-selected": 0.1}
LITTLE = ClassEffort(n_chains=8, n_warmup=40, n_draws=60, n_stages=5, n_steps=30, most=1)


def dependent_table(lists=LISTS, seed=7):
    """Return 3,000 people of two kinds, one easier to record, on four lists; every cell is filled."""
    rng = np.random.default_rng(seed)
    easy = rng.random(3000) < 0.4
    chance = np.where(easy[:, None], [0.5, 0.6, 0.45, 0.5], [0.3, 0.25, 0.3, 0.2])
    member = rng.random((3000, 4)) < chance
    return CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=list(lists))


TABLE = dependent_table()


def fit(name, table, **options):
    estimator = parse(name, table.lists)
    if isinstance(estimator, LatentClasses):  # what is promised does not hang on the effort
        estimator = replace(estimator, effort=LITTLE, compare_priors=False)
    return estimator.fit(table, **{"level": 0.95, "seed": 1, **options})


def permuted(table, order):
    """Return the same table with its lists in another order."""
    people = np.repeat(table.patterns, table.counts[0, 0], axis=0)[:, order]
    return CaptureTable.from_people(people.astype(int), lists=[table.lists[j] for j in order])


def renamed_model(name, order):
    """Return "loglinear:[12,3,4]" as it is written when the lists stand in another order."""
    kind, _, model = name.partition(":")
    if kind != "loglinear":
        return name
    return kind + ":" + "".join(str(order.index(int(c) - 1) + 1) if c.isdigit() else c for c in model)


def test_the_table_has_no_empty_cell():
    assert TABLE.counts.min() > 0


@pytest.mark.parametrize("name", IDS)
def test_totals_exceed_the_documented_and_intervals_hold_the_estimate(name):
    estimate = fit(name, TABLE)
    assert estimate.n_total >= estimate.n_listed > 0
    assert estimate.n_total == pytest.approx(estimate.n_listed + estimate.n_unlisted)
    assert estimate.n_listed <= estimate.n_total_interval.low <= estimate.n_total <= estimate.n_total_interval.high
    assert 0 <= estimate.n_unlisted_interval.low <= estimate.n_unlisted <= estimate.n_unlisted_interval.high
    assert estimate.assumption.words.endswith(".")
    narrow = fit(name, TABLE, level=0.5).n_total_interval
    assert narrow.high - narrow.low < estimate.n_total_interval.high - estimate.n_total_interval.low


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("order", [(1, 0, 3, 2), (3, 2, 1, 0), (2, 3, 0, 1)])
def test_order_of_lists_does_not_matter(name, order):
    turned = fit(renamed_model(name, order), permuted(TABLE, list(order)))
    estimate = fit(name, TABLE)
    assert turned.n_total == pytest.approx(estimate.n_total, rel=1e-9)
    assert turned.n_total_interval.high == pytest.approx(estimate.n_total_interval.high, rel=1e-7)


@pytest.mark.parametrize("name", IDS)
def test_names_of_lists_do_not_matter(name):
    new = dict(zip("ABCD", ("courts", "press, 2", "Ω", "hotline"), strict=True))
    kind, colon, rest = name.partition(":")
    tail = rest if rest.startswith("[") else ",".join(new[x] for x in rest.split(",")) if rest else ""
    estimate = fit(kind + colon + tail, dependent_table(tuple(new.values())))
    assert estimate.n_total == pytest.approx(fit(name, TABLE).n_total, rel=1e-12)


@pytest.mark.parametrize("name", IDS)
def test_an_empty_list_changes_nothing_or_is_refused(name):
    counts = np.zeros(31, dtype=np.int64)
    counts[1::2] = TABLE.counts[0, 0]  # a fifth list, on which nobody is: patterns end in 0
    wider = CaptureTable(lists=(*LISTS, "E"), counts=counts)
    if ":[" in name:  # a model of five lists cannot speak of four
        with pytest.raises(NotEstimable) as refused:
            fit(name[:-1] + ",5]", wider)
        assert refused.value.code == "E14"
    else:
        assert fit(name, wider).n_total == pytest.approx(fit(name, TABLE).n_total, rel=1e-12)


@pytest.mark.parametrize("name", IDS)
def test_too_few_lists_are_refused(name):
    empty = np.zeros(15, dtype=np.int64)
    with pytest.raises(NotEstimable):
        fit(name, CaptureTable(lists=LISTS, counts=empty))
    empty[7] = 50  # everybody on list A alone
    with pytest.raises(NotEstimable):
        fit(name, CaptureTable(lists=LISTS, counts=empty))


@pytest.mark.parametrize("name", IDS)
def test_draws_of_one_and_the_same_table_give_its_estimate(name):
    once = fit(name, TABLE)
    many = fit(name, CaptureTable(lists=LISTS, counts=np.repeat(TABLE.counts, 5, axis=0)))
    # The pooled draws are stratified; an independent sample of 20,000 would have an error of 1 % of the half width.
    width = once.n_total_interval.high - once.n_total_interval.low
    # A bias-corrected bootstrap has its middle elsewhere than its estimate, and the pooled number is the middle.
    assert many.n_total == pytest.approx(once.n_total, abs=MIDDLE_WITHIN.get(name, 0.01) * width)
    assert many.n_total_interval.low == pytest.approx(once.n_total_interval.low, abs=0.02 * width)
    assert many.n_total_interval.high == pytest.approx(once.n_total_interval.high, abs=0.02 * width)
    for one, pooled in itertools.zip_longest(once.sensitivity, many.sensitivity):
        within = max(0.05, one.odds_ratio * MIDDLE_WITHIN.get(name, 0.0))
        assert pooled.n_total == pytest.approx(one.n_total, abs=within * width)


CHOOSING = (
    "loglinear-best", "loglinear-average", "loglinear-selected", "loglinear-stepwise", "decomposable", "shrinkage",
    "latent-class",
)  # fmt: skip


# With more data the estimators that choose among models choose others, and the estimate itself moves.
@pytest.mark.parametrize("name", [i for i in IDS if i not in CHOOSING])
def test_a_hundred_times_the_counts_narrow_the_interval_to_a_tenth(name):
    once = fit(name, TABLE).n_total_interval
    more = fit(name, CaptureTable(lists=LISTS, counts=TABLE.counts * 100)).n_total_interval
    ratio = ((more.high - more.low) / more.low) / ((once.high - once.low) / once.low)
    assert ratio == pytest.approx(0.1, rel=0.15)
