"""Lists built from one another are told from independent lists of the same people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from uncounted.project.model import ListSpec
from uncounted.records.copies import copied_lists
from uncounted.sources.source import Source

SYLLABLES = ["ба", "во", "гу", "де", "жи", "ка", "ло", "му", "не", "пи", "ро", "су", "та", "фе", "хи", "ца"]
HEADERS = {"name": "N", "birth": "B", "event": "E", "place": "P", "known": "K", "kind": "T"}
Row = dict[str, str]


def people(n: int, seed: int = 1) -> list[Row]:
    """Invent people whose records are clean: what every careful hand would write."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        name = ["".join(rng.choice(SYLLABLES, size=3)).capitalize() for _ in range(3)]
        birth = date(1950, 1, 1) + timedelta(days=int(rng.integers(18_000)))
        event = date(2022, 1, 1) + timedelta(days=int(rng.integers(700)))
        rows.append({"N": " ".join(name), "B": birth.isoformat(), "E": event.isoformat(),
                     "P": str(rng.choice(["Север", "Юг", "Город"])), "K": "", "T": "арест"})  # fmt: skip
    return rows


def recorded(rows: list[Row], seed: int, *, share: float = 0.6, shuffle: bool = True) -> list[Row]:
    """Let an independent hand record a share of the people, each some days later."""
    rng = np.random.default_rng(seed)
    chosen = [dict(row) for row in rows if rng.random() < share]
    for row in chosen:
        row["K"] = (date.fromisoformat(row["E"]) + timedelta(days=int(rng.integers(1, 90)))).isoformat()
    return [chosen[i] for i in rng.permutation(len(chosen))] if shuffle else chosen


def say(one: list[Row], other: list[Row], *, fields: tuple[str, ...] = tuple(HEADERS), built: tuple[str, ...] = ()):
    sources, specs = [], []
    for name, rows in (("a", one), ("b", other)):
        headers = sorted({h for row in rows for h in row})
        table = pa.table({h: [row[h] for row in rows] for h in headers} | {"__line": list(range(2, len(rows) + 2))})
        sources.append(Source(name=name, file=name, sha256="0", table=table, n_rows=len(rows), columns=tuple(headers)))
        columns = tuple((f, HEADERS[f]) for f in fields)
        specs.append(ListSpec(name=name, title=name, file=Path(name), columns=columns))
    specs[1] = replace(specs[1], built_from=built)
    found = copied_lists(sources, specs)
    assert all(row["N"] not in doubt.words for doubt in found for row in one)
    return found


PEOPLE = people(400)


@pytest.mark.parametrize("share", [0.4, 0.6, 0.9, 1.0])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_independent_clean_lists_are_not_doubted(share, shuffle, seed):
    one, other = (recorded(PEOPLE, 10 * seed + k, share=share, shuffle=shuffle) for k in (1, 2))
    assert say(one, other) == ()
    assert say(one, other, fields=("name", "birth", "event", "place")) == ()


@pytest.mark.parametrize("order", ["N", "E"])
def test_independent_lists_in_the_same_sorted_order_are_not_doubted(order):
    one, other = (sorted(recorded(PEOPLE, k, share=0.95), key=lambda row: row[order]) for k in (1, 2))
    assert say(one, other, fields=("name", "birth", "event", "place")) == ()


def test_lists_that_learned_on_the_day_of_the_event_are_not_doubted():
    one, other = (recorded(PEOPLE, k) for k in (1, 2))
    same_day = [[row | {"K": row["E"]} for row in rows] for rows in (one, other)]
    assert say(*same_day) == ()


def test_kinds_of_few_words_are_not_doubted():
    one, other = (recorded(PEOPLE, k) for k in (1, 2))
    assert (
        say(*([row | {"T": "арест по статье 205.2 уголовного кодекса"} for row in rows] for rows in (one, other))) == ()
    )


def copied(rows: list[Row], own: list[Row], *, share: float = 0.6) -> list[Row]:
    rng = np.random.default_rng(7)
    chosen = [dict(row) for row in rows if rng.random() < share]
    mixed = [*chosen, *own]
    return [mixed[i] for i in rng.permutation(len(mixed))]


COURT = recorded(PEOPLE, 1)
OWN = recorded(people(80, seed=99), 5)


def test_rows_with_the_same_day_of_learning_are_a_copy():
    (found,) = say(COURT, copied(COURT, OWN))
    assert found.name == "copied"
    assert "same days" in found.words
    assert "built_from" in found.words
    assert say(COURT, copied(COURT, OWN), built=("a",)) == ()


def test_a_small_share_of_copies_is_not_said():
    few = copied(COURT, recorded(people(400, seed=98), 6), share=0.15)
    assert say(COURT, few) == ()


BARE = ("name", "birth", "event", "place")


def test_a_pasted_block_is_a_copy():
    (found,) = say(COURT, [*OWN, *COURT[40:140]], fields=BARE)
    assert "same order" in found.words


def test_equal_notes_are_a_copy():
    court = [row | {"note": f"сведения переданы родственниками, дело номер {i}"} for i, row in enumerate(COURT)]
    other = [row | {"note": f"со слов соседей, запись от волонтёров {i}"} for i, row in enumerate(OWN)]
    (found,) = say(court, copied(court, other), fields=BARE)
    assert "'note'" in found.words
    apart = [row | {"note": f"из газеты, выпуск и страница {i}"} for i, row in enumerate(recorded(PEOPLE, 2))]
    assert say(court, apart, fields=BARE) == ()


def test_equal_slips_are_a_copy_and_slips_of_ones_own_are_not():
    def slip(rows: list[Row], seed: int) -> list[Row]:
        rng = np.random.default_rng(seed)
        return [row | {"N": row["N"].replace(" ", "  ", 1)} if rng.random() < 0.1 else row for row in rows]

    court = slip(COURT, 3)
    (found,) = say(court, copied(court, OWN), fields=BARE)
    assert "oddly" in found.words
    assert say(slip(COURT, 3), slip(recorded(PEOPLE, 2), 4), fields=BARE) == ()


def test_equal_gaps_are_a_copy_and_gaps_of_ones_own_are_not():
    def gaps(rows: list[Row], seed: int) -> list[Row]:
        rng = np.random.default_rng(seed)
        return [row | {"B": row["B"][:4]} if rng.random() < 0.2 else row for row in rows]

    court = gaps(COURT, 3)
    (found,) = say(court, copied(court, OWN), fields=BARE)
    assert "gaps" in found.words
    assert say(gaps(COURT, 3), gaps(recorded(PEOPLE, 2), 4), fields=BARE) == ()


def test_the_order_of_the_lists_changes_only_who_is_named():
    other = copied(COURT, OWN)
    (one,), (two,) = say(COURT, other), say(other, COURT)
    assert one.name == two.name == "copied"
    assert one.words.replace("'a'", "?").count("days") == two.words.replace("'b'", "?").count("days")


def test_lists_without_names_or_rows_are_passed_over():
    assert say(COURT, COURT, fields=("birth", "event", "place")) == ()
    assert say(COURT[:10], COURT[:10]) == ()
    nameless = [row | {"N": ""} for row in COURT]
    assert say(nameless, nameless) == ()
