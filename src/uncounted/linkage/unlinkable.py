"""Records that hold too little to be linked, and lists that hold none that could be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.records.records import Records


def unlinkable_records(records: Records) -> NDArray[np.bool_]:
    """Mark the records that hold too little to be linked.

    A record needs a full name and one other thing (a second name, an initial, a date or a place), or two dates and a
    place; without them no match could ever be believed, and it counts as a person of its own.

    Parameters
    ----------
    records : Records
        Records in the standard shape.

    Returns
    -------
    ndarray of bool, shape (n_records,)
    """
    table = records.table

    def known(column: str) -> NDArray[np.bool_]:
        return np.asarray(table[column].is_valid().to_numpy(), dtype=bool)

    n_names = _numbers_of_names(table)
    dated = known("birth_from").astype(np.int64) + known("event_from")
    other = (n_names > 1) | known("given_initial") | known("patronymic_initial") | (dated > 0) | known("place_key")
    enough = ((n_names >= 1) & other) | ((dated == 2) & known("place_key"))
    return np.asarray(~enough, dtype=bool)


def unlinkable_notes(records: Records) -> list[str]:
    """Sentences for lists without records or names, and one for records with too little in them."""
    table = records.table
    found = []
    n_poor = int(unlinkable_records(records).sum())
    if n_poor:
        found.append(
            f"{n_poor:,} records hold too little to be linked to anything; each counts as a person of its own, which "
            "raises the number of people."
        )
    n_records = _by_list(table["list"])
    n_named = _by_list(pc.filter(table["list"], pa.array(_numbers_of_names(table) > 0)))
    for name in records.lists:
        if not n_records.get(name, 0):
            found.append(f"List '{name}' has no records.")
        elif not n_named.get(name, 0):
            found.append(
                f"List '{name}' holds no names: its records can be linked by dates and places alone, if at all."
            )
    return found


def _numbers_of_names(table: pa.Table) -> NDArray[np.int64]:
    lengths = pc.fill_null(pc.list_value_length(table["name_keys"]), 0)
    return np.asarray(lengths.to_numpy(), dtype=np.int64)


def _by_list(column: pa.ChunkedArray) -> dict[str, int]:
    return {str(row["values"]): int(row["counts"]) for row in pc.value_counts(column).to_pylist()}
