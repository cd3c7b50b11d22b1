"""What `uncounted explain` says about the codes of this room."""

from __future__ import annotations

CODES: dict[str, str] = {
    "L01": "The records do not have the columns that linking compares. Records made by `uncounted` always have them; "
    "a table put together by hand needs every column of the standard shape, with nulls where nothing is known. "
    "Record numbers must run from 0 to n-1.",
    "L02": "A setting of the linkage is out of range: the threshold must lie between 0 and 1, the number of draws, the "
    "block size and the limit of pairs must be positive. Change it under [linkage] in the project file.",
    "L03": "One blocking rule would compare more pairs than `[linkage] max_pairs_per_rule` allows. Nearly always a "
    "column holds a filler value (the same date or name everywhere) that makes strangers share a block. Mend the "
    "filler value, lower `max_block`, or raise the limit if time and memory allow.",
    "L04": "Review decisions contradict each other: records that were decided to be one person, directly or through "
    "others, were also decided to be two. No clustering can respect both. Look at the named records and withdraw one "
    "of the decisions.",
    "L05": "A decision names a record that is not among the records linked now, or a record against itself. The lists "
    "may have changed since the decision was made.",
    "L06": "The list numbers handed to the linkage do not fit its records: there must be one per record.",
    "L08": "The linkage engine (Splink on DuckDB) stopped with an error of its own. The original message is withheld "
    "because it may quote a cell. `uncounted doctor` shows whether the installed versions are supported.",
}
