"""Person ids that stay: against a plain second implementation, and through every way people can come apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uncounted.register.identity import (
    Identities,
    IdentityStep,
    PersonChanges,
    apply_step,
    assign_person_ids,
    compare_people,
    person_id,
    replay,
    row_keys,
)
from uncounted.store import from_json, to_json

Linking = dict[str, int]  # record id → cluster


class Story:
    """Linkings one after the other; a record id is a row of its own."""

    def __init__(self) -> None:
        self.state = Identities()
        self.steps: list[IdentityStep] = []
        self.rows: dict[str, int] = {}
        self.seen: tuple[np.ndarray, np.ndarray] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self.last = 0

    def link(self, linking: Linking) -> tuple[dict[str, str], PersonChanges]:
        names = list(linking)
        rows = np.array([self.rows.setdefault(name, len(self.rows)) for name in names], dtype=np.int64)
        keys = row_keys(("a",), ("a",), np.zeros(len(names), np.int64), rows)
        labels = np.array([linking[name] for name in names], dtype=np.int64)
        numbers, step = assign_person_ids(self.state, ("a",), keys, labels, names)
        self.state = apply_step(self.state, step)
        self.steps.append(step)
        changes = compare_people(self.seen, (keys, numbers), last_before=self.last, record_ids=names)
        self.seen, self.last = (keys, numbers), self.state.last
        return {name: person_id(int(p)) for name, p in zip(names, numbers, strict=True)}, changes


def groups(*members: str) -> Linking:
    return {record: k for k, group in enumerate(members) for record in group}


def test_ids_stay_and_new_people_get_the_next_number() -> None:
    story = Story()
    first, changes = story.link(groups("ab", "c", "de"))
    assert first == {"a": "P-000001", "b": "P-000001", "c": "P-000002", "d": "P-000003", "e": "P-000003"}
    assert changes.new == ("P-000001", "P-000002", "P-000003")
    again, changes = story.link(groups("de", "ab", "c"))
    assert again == first
    assert not changes.any
    assert len(story.steps[-1].keys) == 0
    more, changes = story.link(groups("abx", "c", "de", "f"))
    assert more == {**first, "x": "P-000001", "f": "P-000004"}
    assert changes == PersonChanges(n_before=3, n_after=4, new=("P-000004",))


def test_merged_split_moved_and_gone_are_said() -> None:
    story = Story()
    story.link(groups("abc", "de", "fgh", "ij", "k"))
    ids, changes = story.link(groups("abcde", "fg", "hij"))
    assert ids["a"] == ids["e"] == "P-000001"
    assert ids["f"] == "P-000003"
    assert ids["h"] == ids["i"] == "P-000004"
    assert changes.merged == (("P-000002", "P-000001"),)
    assert [(m.record_id, m.before, m.after) for m in changes.moved] == [("h", "P-000003", "P-000004")]
    assert changes.gone == ("P-000005",)
    ids, changes = story.link(groups("abc", "de", "fg", "hij"))
    assert ids["d"] == "P-000002"  # exactly its records: the id comes back
    assert changes.returned == ("P-000002",)
    assert changes.split == (("P-000001", ("P-000001", "P-000002")),)
    ids, changes = story.link(groups("abc", "d", "e", "fg", "hij"))
    assert (ids["d"], ids["e"]) == ("P-000002", "P-000006")
    assert changes.split == (("P-000002", ("P-000002", "P-000006")),)


def test_a_person_whose_records_all_go_to_different_people_is_split_among_them() -> None:
    story = Story()
    story.link(groups("abx", "cdy", "ef"))
    ids, changes = story.link(groups("abxe", "cdyf"))
    assert {ids["e"], ids["f"]} == {"P-000001", "P-000002"}
    assert changes.split == (("P-000003", ("P-000001", "P-000002")),)
    assert changes.merged == ()


def test_a_part_of_a_lost_person_is_not_that_person() -> None:
    story = Story()
    story.link(groups("abcd", "efg"))
    story.link(groups("abcdefg"))
    ids, _ = story.link(groups("abcd", "ef", "g"))
    assert ids["e"] == "P-000003"
    assert ids["g"] == "P-000004"


def test_people_who_are_away_for_a_run_keep_their_id() -> None:
    story = Story()
    first, _ = story.link(groups("ab", "cd"))
    story.link(groups("cd", "e"))
    ids, changes = story.link(groups("ab", "cd", "e"))
    assert {k: ids[k] for k in first} == first
    assert changes.returned == ("P-000001",)
    assert changes.new == ()


def test_ties_go_to_the_lowest_id_and_the_first_record() -> None:
    story = Story()
    story.link(groups("ab", "cd"))
    assert story.link(groups("abcd"))[0]["c"] == "P-000001"
    story = Story()
    story.link(groups("abcd"))
    ids, _ = story.link({"d": 5, "c": 5, "b": 9, "a": 9})
    assert ids == {"a": "P-000001", "b": "P-000001", "c": "P-000002", "d": "P-000002"}


def test_lists_have_their_own_rows() -> None:
    keys = row_keys(("a", "b"), ("b", "a"), np.array([0, 1, 1]), np.array([4, 4, 5]))
    assert len(set(keys.tolist())) == 3
    assert keys[1] == 4
    with pytest.raises(ValueError, match="twice"):
        assign_person_ids(Identities(), ("a",), np.array([1, 1]), np.array([1, 2]), ["x", "y"])
    with pytest.raises(ValueError, match="one entry"):
        assign_person_ids(Identities(), ("a",), np.array([1, 2]), np.array([1, 2]), ["x"])
    assert assign_person_ids(Identities(), (), np.zeros(0, np.int64), np.zeros(0, np.int64), [])[0].shape == (0,)


def plain(story: list[Linking]) -> list[dict[str, str]]:
    """The stated rule with sets and loops, without arrays; a record remembers the last id it lost."""
    held: dict[str, int] = {}
    former: dict[str, int] = {}
    lost: dict[int, int] = {}
    last, out = 0, []
    for linking in story:
        clusters: dict[int, set[str]] = {}
        for record, label in linking.items():
            clusters.setdefault(label, set()).add(record)
        ordered = sorted(clusters.values(), key=min)
        given: dict[int, int] = {}
        offers = sorted(
            (-sum(held.get(r) == p for r in members), p, c)
            for c, members in enumerate(ordered)
            for p in {held[r] for r in members if r in held}
        )
        for _, p, c in offers:
            if c not in given and p not in given.values():
                given[c] = p
        for c, members in enumerate(ordered):
            were = {former.get(r, 0) for r in members}
            if c not in given and len(were) == 1 and lost.get(min(were)) == len(members):
                given[c] = min(were)
        for c in range(len(ordered)):
            if c not in given:
                last += 1
                given[c] = last
        then = dict(held)
        for c, members in enumerate(ordered):
            held |= dict.fromkeys(members, given[c])
        for r, p in then.items():
            if p not in held.values():
                former[r] = p
                lost[p] = sum(q == p for q in then.values())
        lost = {p: size for p, size in lost.items() if p not in held.values()}
        out.append({r: person_id(held[r]) for r in linking})
    return out


linkings = st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 4), max_size=8), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(linkings)
def test_the_rule_agrees_with_plain_loops(story: list[Linking]) -> None:
    told, expected = Story(), plain(story)
    for linking, ids in zip(story, expected, strict=True):
        assert told.link(linking)[0] == ids
    again = replay([from_json(to_json(step), IdentityStep) for step in told.steps])
    assert again.keys.tolist() == told.state.keys.tolist()
    assert again.person.tolist() == told.state.person.tolist()
    assert again.former.tolist() == told.state.former.tolist()
    assert (again.last, again.lost.tolist()) == (told.state.last, told.state.lost.tolist())


@settings(max_examples=120, deadline=None)
@given(linkings, st.randoms(use_true_random=False))
def test_clusters_are_people_ids_are_never_reused_and_order_plays_no_part(story: list[Linking], random: object) -> None:
    told, shuffled = Story(), Story()
    met: dict[str, set[str]] = {}
    before: set[str] = set()
    for linking in story:
        ids, changes = told.link(linking)
        order = list(linking)
        random.shuffle(order)  # type: ignore[attr-defined]
        assert shuffled.link({r: linking[r] for r in order})[0] == ids
        for record in linking:  # one id a cluster, one cluster an id
            for other in linking:
                assert (ids[record] == ids[other]) == (linking[record] == linking[other])
        now = {p: {r for r in ids if ids[r] == p} for p in ids.values()}
        for p in changes.new:
            assert p not in met
        for p, records in now.items():
            assert p not in met or records & met[p]  # whoever has an id again shares a record with who had it
            met[p] = met.get(p, set()) | records
        assert changes.n_after == len(now)
        ended = {*changes.gone, *(p for p, _ in changes.merged), *(p for p, parts in changes.split if p not in parts)}
        parts = {q for _, to in changes.split for q in to}
        assert set(now) == (before - ended) | {*changes.new, *changes.returned} | parts
        assert ended <= before
        assert not ended & set(now)
        before = set(now)
