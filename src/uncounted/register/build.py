"""From records and their clustering to the register."""

from __future__ import annotations

import pyarrow as pa

from uncounted.linkage.pairs import Clusterings
from uncounted.project.model import Project
from uncounted.records.records import Records
from uncounted.register.arrays import codes_to_words, days_to_dates, record_arrays
from uncounted.register.consensus import agree_ranges, agree_words, capture_patterns, group_people
from uncounted.register.coverage import check_lists
from uncounted.register.register import Register


def build_register(records: Records, clusterings: Clusterings, project: Project) -> Register:
    """Return one row a person, as the best single clustering has people, with the draws beside it.

    Nothing is left out here: people outside the project's period stay in the register; `tabulate` and the counts
    leave them out and say how many.

    Parameters
    ----------
    records : Records
        All records.
    clusterings : Clusterings
        Labels per record.
    project : Project
        Its lists must be those of the records.

    Returns
    -------
    Register
        See `consensus.agree_ranges` and `consensus.agree_words` for how the records of a person are brought together.

    Raises
    ------
    CaptureError
        C12 if the records hold a list the project does not declare.
    ValueError
        If the clusterings are of other records.
    """
    check_lists(records, project)
    if clusterings.point.shape != (records.table.num_rows,):
        raise ValueError("the clusterings must have one label a record")
    arrays = record_arrays(records)
    people = group_people(clusterings.point)
    pattern = capture_patterns(people, arrays.list_code, len(arrays.lists))
    event, _ = agree_ranges(people, arrays.event)
    birth, _ = agree_ranges(people, arrays.birth)
    columns: dict[str, pa.Array] = {
        "person": pa.array(people.first, pa.int64()),
        "n_records": pa.array(people.sizes, pa.int64()),
    }
    for j, name in enumerate(arrays.lists):
        columns[f"on_{name}"] = pa.array((pattern >> (len(arrays.lists) - 1 - j)) & 1, pa.int8())
    columns["event_from"] = days_to_dates(event.start)
    columns["event_to"] = days_to_dates(event.end)
    columns["birth_from"] = days_to_dates(birth.start)
    columns["birth_to"] = days_to_dates(birth.end)
    columns["place_key"] = codes_to_words(agree_words(people, arrays.place))
    columns["sex"] = codes_to_words(agree_words(people, arrays.sex))
    columns["kind"] = codes_to_words(agree_words(people, arrays.kind))
    return Register(people=pa.table(columns), lists=arrays.lists, clusterings=clusterings)
