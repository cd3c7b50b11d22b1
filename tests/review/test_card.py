"""Two records side by side: what is marked, what is shown, what is made visible."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_room import list_specs, records, scored, sources_of

from uncounted.linkage import Clusterings
from uncounted.records.records import RECORD_SCHEMA, Records
from uncounted.review import Cards, opinion_of
from uncounted.review.card import _compare_dates, _date_words
from uncounted.review.visible import LONGEST, pieces, plain_text


def marks(left: dict, right: dict) -> dict[str, str]:
    rows = [{"record": n, "list": x, "record_id": f"{x}:{n}", "line": n + 2, **given}
            for n, (x, given) in enumerate((("courts", left), ("press", right)))]  # fmt: skip
    found = Records(table=pa.Table.from_pylist(rows, schema=RECORD_SCHEMA), lists=("courts", "press"), changes=())
    return {row.label: row.mark for row in Cards(found, list_specs()).card("courts:0", "press:1").rows}


@pytest.mark.parametrize(
    ("left", "right", "label", "mark"),
    [
        ({"surname_key": "orlov"}, {"surname_key": "orlov"}, "Surname", "agree"),
        ({"surname_key": "orlov"}, {"surname_key": "orlova"}, "Surname", "partly"),
        ({"surname_key": "orlov"}, {"surname_key": "marsh"}, "Surname", "differ"),
        ({"surname_key": "orlov"}, {}, "Surname", "missing"),
        ({"given_key": "anna", "given_initial": "a"}, {"given_initial": "a"}, "Given name", "partly"),
        ({"given_key": "anna", "given_initial": "a"}, {"given_initial": "b"}, "Given name", "differ"),
        ({"name_keys": ["a", "b"]}, {"name_keys": ["b", "a"]}, "Name", "agree"),
        ({"name_keys": ["a", "b"]}, {"name_keys": ["b", "c"]}, "Name", "partly"),
        ({"name_keys": ["a"]}, {"name_keys": ["c"]}, "Name", "differ"),
        ({"place_key": "verhneozer"}, {"place_key": "verhnuzer"}, "Place", "partly"),
        ({"sex": "f"}, {"sex": "m"}, "Sex", "differ"),
        ({"known_from": date(2020, 1, 1), "known_to": date(2020, 1, 1)},
         {"known_from": date(2021, 1, 1), "known_to": date(2021, 1, 1)}, "List learned", "aside"),
    ],
)  # fmt: skip
def test_marks(left, right, label, mark):
    assert marks(left, right)[label] == marks(right, left)[label] == mark


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(1975, 3, 12), date(1975, 3, 12), "1975-03-12"),
        (date(1975, 2, 1), date(1975, 2, 28), "1975-02"),
        (date(1976, 2, 1), date(1976, 2, 28), "1976-02-01 to 1976-02-28"),
        (date(1975, 1, 1), date(1975, 12, 31), "1975"),
        (date(1975, 1, 1), date(1979, 12, 31), "1975–1979"),
        (date(1, 1, 1), date.max, "0001–9999"),
        (date(975, 1, 1), date(975, 1, 31), "0975-01"),
        (None, None, ""),
    ],
)
def test_ranges_of_days_in_words(start, end, words):
    assert _date_words(start, end) == words


days = st.dates(date(2000, 1, 1), date(2000, 1, 9))


@given(days, days, days, days)
def test_dates_differ_only_without_a_common_day(a, b, c, d):
    a, b, c, d = (*sorted((a, b)), *sorted((c, d)))
    one = {a.toordinal() + k for k in range((b - a).days + 1)}
    two = {c.toordinal() + k for k in range((d - c).days + 1)}
    mark = _compare_dates(a, b, c, d)
    assert (mark == "differ") == (not one & two)
    assert (mark == "agree") == (one == two and len(one) == 1)


def test_other_records_do_not_tell_whose_they_are():
    found = records([f"Name{n}" for n in range(6)])
    apart = Clusterings(point=np.array([0, 1, 0, 1, 4, 4]), draws=np.zeros((1, 6), np.int64))
    together = Clusterings(point=np.array([0, 0, 0, 0, 4, 4]), draws=np.zeros((1, 6), np.int64))
    shown = [Cards(found, list_specs(), sources_of(found), c).card("courts:0", "press:1").others
             for c in (apart, together)]  # fmt: skip
    assert shown[0] == shown[1]
    assert [o.record_id for o in shown[0]] == ["courts:2", "press:3"]


def test_levels_are_named_from_the_best_down():
    pairs = scored(6, [(0, 1), (2, 3), (4, 5)])
    said = [opinion_of(pairs, k).levels for k in range(3)]
    assert said == [(("surname", "missing", None),), (("surname", "different", -4.5),), (("surname", "same", 7.25),)]


# -- text of strangers ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anna", "Anna"),
        ("José Núñez", "José Núñez"),
        ("e\u0301", "e\u0301"),
        ("فاطمة", "فاطمة"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that Persian needs
        ("An\u200cna", "An⟨U+200C⟩na"),
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("a\tb\n", "a⟨U+0009⟩b⟨U+000A⟩"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("\ud800", "⟨U+D800⟩"),
        ("😀", "😀"),
        ("", ""),
    ],
)
def test_hidden_characters_are_shown(text, shown):
    assert plain_text(text) == shown


@given(st.text())
def test_nothing_is_lost_and_nothing_hides(text):
    shown = pieces(text, longest=10_000)
    back = "".join(chr(int(p.text[2:], 16)) if p.code else p.text for p in shown)
    assert back == text
    assert not any(ord(c) < 0x20 or c in "\u202e\u200b\u2066\ufeff" for p in shown if not p.code for c in p.text)


def test_long_texts_are_cut_and_say_so():
    shown = pieces("a" * 10_000)
    assert len(shown[0].text) == LONGEST
    assert shown[1].text == "… 9,700 more"
    assert sum(p.code for p in pieces("z" + "\u0301" * 20)) == 16
