"""Small invented records for the tests of the register and the counts."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from uncounted.linkage.pairs import Clusterings
from uncounted.project.model import Covers, EstimateSpec, ListSpec, Project
from uncounted.records.records import RECORD_SCHEMA, Records
from uncounted.records.values import place_key

LISTS = ("a", "b", "c")


def days(text: str | None) -> tuple[date | None, date | None]:
    """Return the range that "2022", "2022-03", "2022-03-04" or "2022-03-04..2022-05-06" stands for."""
    if text is None:
        return None, None
    first, _, last = text.partition("..")
    return _first(first), _last(last or first)


def _first(text: str) -> date:
    year, month, day = [*map(int, text.split("-")), 1, 1][:3]
    return date(year, month, day)


def _last(text: str) -> date:
    parts = [int(x) for x in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    number = parts[0] * 12 + (parts[1] if len(parts) == 2 else 12)
    return date.fromordinal(date(number // 12, number % 12 + 1, 1).toordinal() - 1)


def make_records(*rows: dict, lists: tuple[str, ...] = LISTS) -> Records:
    """Return records of rows such as {"list": "a", "event": "2022", "place": "Kyiv"}, line 2 onwards per list."""
    lines = dict.fromkeys(lists, 1)
    table = []
    for i, row in enumerate(rows):
        lines[row["list"]] += 1
        event, birth = days(row.get("event")), days(row.get("birth"))
        place = row.get("place")
        table.append(
            {
                "record": i,
                "list": row["list"],
                "record_id": f"{row['list']}:{lines[row['list']]}",
                "line": lines[row["list"]],
                "event_from": event[0],
                "event_to": event[1],
                "birth_from": birth[0],
                "birth_to": birth[1],
                "place_raw": place,
                "place_key": place_key(place).value if place else None,
                "sex": row.get("sex"),
                "kind": row.get("kind"),
            }
        )
    return Records(table=pa.Table.from_pylist(table, schema=RECORD_SCHEMA), lists=lists, changes=())


def make_project(
    *,
    lists: tuple[str, ...] = LISTS,
    covers: dict[str, Covers] | None = None,
    strata: tuple[str, ...] = (),
    start: date | None = None,
    end: date | None = None,
    built_from: dict[str, tuple[str, ...]] | None = None,
) -> Project:
    """Return a project over these lists."""
    specs = tuple(
        ListSpec(
            name=name,
            title=name.upper(),
            file=Path(f"{name}.csv"),
            columns=(),
            covers=(covers or {}).get(name, Covers()),
            built_from=(built_from or {}).get(name, ()),
        )
        for name in lists
    )
    return Project(
        name="p",
        population="everybody",
        unit="person",
        lists=specs,
        path=Path("uncounted.toml"),
        folder=Path(),
        start=start,
        end=end,
        estimate=EstimateSpec(strata=strata),
    )


def make_clusterings(*draws: list[int], point: list[int] | None = None) -> Clusterings:
    """Return clusterings from lists of labels (the smallest record of each cluster)."""
    rows = np.array(draws, dtype=np.int64)
    return Clusterings(point=np.array(draws[0] if point is None else point, dtype=np.int64), draws=rows)
