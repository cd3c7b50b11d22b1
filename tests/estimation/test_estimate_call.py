import json
import math
import subprocess
import sys

import numpy as np
import pytest
from quick import estimate

from uncounted.captures import CaptureTable, published
from uncounted.errors import ProjectError
from uncounted.estimation import CODES, expand, parse

ABC = "ABCDEFGHIJKLMNOP"


def table(n_lists, patterns, **kwargs):
    return CaptureTable.from_patterns(patterns, lists=list(ABC[:n_lists]), **kwargs)


def random_table(n_lists, seed=1, n=2000, p=0.15):
    member = np.random.default_rng(seed).random((n, n_lists)) < p
    return CaptureTable.from_people(member[member.any(axis=1)].astype(int), lists=list(ABC[:n_lists]))


ADVERSARIAL = {
    "no overlap": table(3, {"100": 50, "010": 60, "001": 70}),
    "no overlap of two": table(2, {"10": 50, "01": 60}),
    "one pair empty": table(3, {"100": 50, "010": 60, "001": 70, "110": 12, "101": 14}),
    "one list contains all": table(3, {"100": 300, "110": 60, "101": 50, "111": 20}),
    "one of two contains all": table(2, {"10": 300, "11": 60}),
    "identical": table(3, {"111": 100}),
    "two identical": table(2, {"11": 100}),
    "one list": table(1, {"1": 100}),
    "all empty": table(3, {}),
    "an empty list": table(3, {"100": 200, "010": 100, "110": 50}),
    "one person": table(3, {"110": 1}),
    "a billion": table(3, {"100": 10**9, "010": 10**9, "001": 50, "110": 1, "101": 1, "011": 1, "111": 1}),
    "a billion on two": table(2, {"10": 10**9, "01": 10**9, "11": 1}),
    "a billion and few": table(4, {"1000": 10**9, "0100": 3, "0010": 1, "0001": 5, "1111": 1}),
    "ten lists": random_table(10),
    "twelve lists": random_table(12),
    "fifteen lists": random_table(15, n=400, p=0.1),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_tables_are_refused_by_name_or_bounded(name):
    hostile = ADVERSARIAL[name]
    answer = estimate(hostile, claims=[5000.0])
    n = max(int(hostile.n_listed[0]), 1)
    assert len(str(answer).splitlines()) <= 12
    json.loads(answer.to_json())
    for row in answer.estimates:
        if row.status == "refused":
            assert row.code in CODES
            assert row.reason
            assert row.n_total is None
        else:
            assert row.n_listed <= row.n_total <= 1000 * n
            assert row.n_total_interval.low >= row.n_listed
            assert row.n_unlisted_interval.low >= 0
            assert math.isinf(row.n_total_interval.high) or row.n_total_interval.high <= 1000 * n


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("no overlap", "refused"),
        ("one list", "refused"),
        ("all empty", "refused"),
        ("identical", "refused"),
        ("a billion on two", "refused"),
        ("a billion and few", "lower bound only"),
        ("an empty list", "range only"),
        ("twelve lists", "lower bound only"),
    ],
)
def test_adversarial_verdicts(name, level):
    answer = estimate(ADVERSARIAL[name])
    assert answer.verdict.level == level
    assert (answer.range is not None) == (level == "range only")


def test_many_lists_advise_to_merge():
    answer = estimate(ADVERSARIAL["ten lists"], estimators=("loglinear",))
    assert answer.chosen.code == "E06"
    assert "merge" in answer.chosen.reason.lower()
    independence = next(e for e in answer.estimates if e.estimator == "loglinear-independence")
    assert independence.status == "estimated"


def test_six_lists_are_not_searched_beyond_pairs_in_silence():
    answer = estimate(random_table(6, n=300), estimators=("chao",), max_order=3)
    assert answer.chosen.code == "E06"
    assert "max_order" in answer.chosen.reason


def test_unknown_names_come_with_the_nearest():
    kosovo = published("kosovo")
    with pytest.raises(ProjectError, match="chapman") as wrong:
        estimate(kosovo, estimators=("chapmann",))
    assert wrong.value.code == "E20"
    with pytest.raises(ProjectError, match="loglinear-average") as wrong:
        estimate(kosovo, choice="loglinear-averge")
    assert wrong.value.code == "E21"
    with pytest.raises(ProjectError, match="OSCE"):
        estimate(kosovo, estimators=("marginal:OSCEE,HRW",))
    with pytest.raises(ProjectError) as wrong:
        estimate(kosovo, estimators=("loglinear:[12,9]",))
    assert wrong.value.code == "E23"


@pytest.mark.parametrize(
    "options",
    [{"level": 1.0}, {"level": 0.0}, {"criterion": "dic"}, {"max_order": 0}, {"seed": -1}, {"claims": [float("nan")]}],
)
def test_options_out_of_range(options):
    with pytest.raises(ProjectError) as wrong:
        estimate(published("korea"), **options)
    assert wrong.value.code == "E22"


def test_something_else_than_a_table():
    with pytest.raises(ProjectError, match="CaptureTable"):
        estimate({"10": 5})


def test_choice_is_added_to_the_rows_and_bounds_always_run():
    answer = estimate(
        published("kosovo"), estimators=("marginal:EXH,ABA",), choice="loglinear:[123,14,34]", reason="Why."
    )
    assert [e.estimator for e in answer.estimates] == [
        "marginal:EXH,ABA",
        "chao",
        "chao-unequal",
        "loglinear:[123,14,34]",
    ]
    assert answer.chosen.n_total == pytest.approx(10_356.5, abs=0.05)
    assert answer.reason == "Why."


def test_pairs_may_be_named_in_any_order_and_lists_may_hold_commas():
    assert parse("chapman:B,A", ("A", "B", "C")).id == "chapman:A,B"
    odd = ("A, part 1", "A", "C")
    assert parse("independent:C,A, part 1", odd).id == "independent:A, part 1,C"
    assert parse("no-highest-order:C,A", ("A", "B", "C")).id == "independent:A,C"


def test_menu_of_four_lists():
    ids = [e.id for e in expand(("chapman", "chao", "loglinear", "assumptions"), tuple("ABCD"))]
    assert len(ids) == len(set(ids)) == 6 + 2 + 3 + 1 + 4 + 6 + 6


def test_claims_become_tipping_points():
    answer = estimate(published("kosovo"), estimators=("chao",), choice="no-highest-order", claims=[29_484, 4000])
    (far, near) = answer.tipping
    assert far[1] == pytest.approx(2.0, abs=1e-3)
    assert near[1] < 0


def test_built_from_refuses_the_pair():
    kosovo = published("kosovo")
    fed = CaptureTable(lists=kosovo.lists, counts=kosovo.counts, built_from=(("HRW", "OSCE"),))
    rows = {e.estimator: e for e in estimate(fed).estimates}
    for name in ("chapman:OSCE,HRW", "independent:OSCE,HRW", "marginal:OSCE,HRW"):
        assert rows[name].code == "E13"
    assert rows["chapman:EXH,HRW"].status == "estimated"


def test_contradicted_pairs_say_so():
    answer = estimate(published("korea"))
    rows = {e.estimator: e for e in answer.estimates}
    assert rows["marginal:b,c"].code == "E04"
    assert rows["chapman:b,c"].code == "E04"
    assert rows["no-highest-order"].code == "E03"


def test_progress_counts_up():
    seen = []
    estimate(published("korea"), estimators=("chao",), progress=lambda name, done, of: seen.append((name, done, of)))
    assert [s[1] for s in seen] == list(range(len(seen)))
    assert seen[-1] == ("verdict", 3, 3)


def test_importing_is_light():
    code = (
        "import sys; import uncounted.estimation; "
        "heavy = {'scipy', 'pyarrow', 'duckdb', 'splink', 'pandas', 'altair', 'pydantic', 'typer'}; "
        "sys.stdout.write(','.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
