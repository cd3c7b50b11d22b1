"""The register: one row a person, in which lists, when and where."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from uncounted.linkage.pairs import Clusterings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Register:
    """People as the best single clustering has them, with the draws of other clusterings beside it.

    `people` has the columns person (int64, smallest record number), n_records (int64), one int8 column "on_<list>" per
    list, event_from, event_to, birth_from, birth_to (date32, narrowest range the records agree on), place_key, sex,
    kind (most frequent; null if none). `person_of` is the clustering per record, `clusterings` holds the draws.
    """

    people: pa.Table = field(repr=False)  # rows of people: never in a repr
    lists: tuple[str, ...]
    clusterings: Clusterings

    @property
    def n_people(self) -> int:
        """Number of people in the best single clustering."""
        return int(self.people.num_rows)
