"""What holds when several people decided, and what cannot all be true."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_room import AT, invented_names, records

from uncounted.errors import DecisionError
from uncounted.review import Decision, Judgements, decided_pairs, find_contradictions, refuse_contradictions, resolve


def said(*entries: tuple) -> tuple[Decision, ...]:
    """Return decisions (left, right, judgement, by, origin) that supersede nothing."""
    return tuple(
        Decision(number=n, left=min(e[:2]), right=max(e[:2]), judgement=e[2], by=e[3], at=AT,
                 origin=e[4] if len(e) > 4 else "queue")
        for n, e in enumerate(entries, start=1)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "judgement", "status"),
    [
        ([("same", "A")], "same", "single"),
        ([("unsure", "A")], "unsure", "single"),
        ([("same", "A"), ("same", "B")], "same", "agreed"),
        ([("unsure", "A"), ("unsure", "B")], "unsure", "agreed"),
        ([("same", "A"), ("different", "B")], "unsure", "disagreed"),
        ([("same", "A"), ("different", "B"), ("same", "C")], "unsure", "disagreed"),
        ([("same", "A"), ("different", "B"), ("unsure", "C")], "unsure", "disagreed"),
        ([("same", "A"), ("unsure", "B")], "unsure", "half-sure"),
        ([("unsure", "A"), ("different", "B")], "unsure", "half-sure"),
        ([("same", "A"), ("different", "B"), ("different", "C", "adjudication")], "different", "adjudicated"),
        ([("same", "A"), ("different", "B"), ("unsure", "C", "adjudication")], "unsure", "adjudicated"),
        ([("same", "C", "adjudication"), ("different", "D", "adjudication")], "unsure", "disagreed"),
        ([("same", "A"), ("same", "B"), ("different", "A", "adjudication")], "different", "adjudicated"),
    ],
)
def test_the_judgement_in_force(answers, judgement, status):
    for order in (answers, answers[::-1]):
        (found,) = resolve(said(*(("a", "b", *answer) for answer in order)))
        assert (found.judgement, found.status) == (judgement, status)


def test_contradictions_are_named_by_ids_and_numbers():
    log = said(
        ("a", "b", "same", "A"), ("x", "y", "same", "A"), ("b", "c", "same", "A"), ("c", "d", "same", "B"),
        ("a", "d", "different", "B"), ("x", "z", "different", "B"), ("b", "d", "same", "A"),
    )  # fmt: skip
    (found,) = find_contradictions(resolve(log))
    assert str(found) == "a = b = d by decisions 1, 7, but a ≠ d by decision 5"
    with pytest.raises(DecisionError) as caught:
        refuse_contradictions(resolve(log))
    assert caught.value.code == "D09"
    assert "a = b = d by decisions 1, 7" in caught.value.what
    refuse_contradictions(resolve(log[:4]))


def test_what_linkage_gets():
    found = records(invented_names(6))
    ids = found.table["record_id"].to_pylist()
    log = said(
        (ids[0], ids[1], "same", "A"),
        (ids[2], ids[3], "same", "A"),
        (ids[2], ids[3], "different", "B", "second"),
        (ids[5], ids[4], "different", "A"),
        (ids[0], "gone:1", "same", "A"),
        ("gone:1", ids[1], "different", "A"),
    )
    pairs = decided_pairs(log, found)
    assert (pairs.same, pairs.different) == (((0, 1),), ((4, 5),))
    assert [r.numbers for r in pairs.to_adjudicate] == [(2, 3)]
    assert [r.numbers for r in pairs.missing] == [(5,), (6,)]
    with pytest.raises(DecisionError) as caught:
        decided_pairs(said((ids[0], ids[1], "same", "A"), (ids[1], ids[2], "same", "A"),
                           (ids[0], ids[2], "different", "A")), found)  # fmt: skip
    assert caught.value.code == "D09"


# -- against brute force: a judgement follows if it holds in every partition that respects the decisions --------------
def partitions(items: list[str]):
    if not items:
        yield []
        return
    first, *rest = items
    for part in partitions(rest):
        yield [[first], *part]
        for k in range(len(part)):
            yield [*part[:k], [first, *part[k]], *part[k + 1 :]]


PEOPLE = list("abcde")
ALL = [{x: k for k, group in enumerate(part) for x in group} for part in partitions(PEOPLE)]
PAIRS = list(combinations(PEOPLE, 2))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PAIRS), st.sampled_from(["same", "different", "unsure", "withdrawn"]),
                  st.sampled_from(["A", "B"])), max_size=12,
    )
)  # fmt: skip
def test_implied_judgements_are_those_of_every_possible_partition(entries):
    log: list[Decision] = []
    grown = Judgements((), PEOPLE)
    for (left, right), judgement, by in entries:
        held = [d for d in resolve_last(log, (left, right)) if d.by == by]
        if judgement == "withdrawn" and not held:
            continue
        entry = Decision(number=len(log) + 1, left=left, right=right, judgement=judgement, by=by, at=AT,
                         origin="queue", supersedes=held[0].number if held else None)  # fmt: skip
        log.append(entry)
        grown.add(entry)
    resolved = resolve(log)
    assert sorted(map(repr, grown.all())) == sorted(map(repr, resolved))
    fits = [p for p in ALL if all((p[r.left] == p[r.right]) == (r.judgement == "same")
                                  for r in resolved if r.judgement != "unsure")]  # fmt: skip
    assert bool(fits) == (not find_contradictions(resolved)) == (not grown.contradictory)
    if not fits:
        return
    for pair in PAIRS:
        together = {p[pair[0]] == p[pair[1]] for p in fits}
        expected = ("same" if together == {True} else "different") if len(together) == 1 else None
        assert grown.implied(pair) == Judgements(log, PEOPLE).implied(pair) == expected


def resolve_last(log, pair):
    return [d for r in resolve(log) if r.pair == pair for d in r.decisions]


def test_records_that_are_gone_imply_nothing():
    log = said(("a", "gone", "same", "A"), ("b", "gone", "same", "A"))
    assert Judgements(log, ["a", "b"]).implied(("a", "b")) is None
    assert Judgements(log, ["a", "b", "gone"]).implied(("a", "b")) == "same"
