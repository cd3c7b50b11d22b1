"""The one standard shape of a record, whatever list, script or date format it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# One row a record. Keys are folded Latin, lower case, comparable across scripts; raw values stay beside them.
RECORD_SCHEMA = pa.schema(
    [
        ("record", pa.int64()),  # 0 … n-1 over all lists, in order of list, then line
        ("list", pa.string()),
        ("record_id", pa.string()),  # "<list>:<line>" or the list's own id column, unique over all lists
        ("line", pa.int64()),
        ("name_raw", pa.string()),  # the whole name as delivered (parts joined by a space)
        ("surname_key", pa.string()),  # "" never: missing is null, here and below
        ("surname_skeleton", pa.string()),  # consonants of the key (`fold.skeleton`), here and below
        ("second_surname_key", pa.string()),  # second of a Spanish or hyphenated double surname
        ("given_key", pa.string()),  # canonical given name (nickname resolved), folded
        ("given_skeleton", pa.string()),
        ("patronymic_key", pa.string()),
        ("patronymic_skeleton", pa.string()),
        ("given_initial", pa.string()),  # one folded letter, also when the given name is known
        ("patronymic_initial", pa.string()),
        ("name_keys", pa.list_(pa.string())),  # all full (non-initial) tokens, folded, sorted, distinct
        ("name_skeleton", pa.string()),  # consonant skeletons of the tokens, sorted, joined by a space
        ("script", pa.string()),  # dominant script of name_raw: latin, cyrillic, arabic, other
        ("birth_from", pa.date32()),  # both ends equal: exact; a year only: 1 January … 31 December
        ("birth_to", pa.date32()),
        ("event_from", pa.date32()),
        ("event_to", pa.date32()),
        ("known_from", pa.date32()),  # when the list learned of it
        ("known_to", pa.date32()),
        ("place_raw", pa.string()),
        ("place_key", pa.string()),
        ("sex", pa.string()),  # "f", "m" or null
        ("kind", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How often one cleaning rule changed, or could not read, a column of a list."""

    list: str
    column: str
    rule: str
    n: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What makes a list, or a column of it ("" for none), doubtful as a whole: `words` for the user, never a value."""

    list: str
    column: str
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """All records of all lists in the standard shape (`RECORD_SCHEMA`), and what was changed on the way.

    `unreadable` lists (list, line, column) of values that are there but could not be read as what they should be.
    `doubts` say what may be wrong with a list as a whole: a column mapped to the wrong field, a copy of another list.
    """

    table: pa.Table = field(repr=False)  # rows of people: never in a repr
    lists: tuple[str, ...]
    changes: tuple[Change, ...]
    unreadable: tuple[tuple[str, int, str], ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def list_index(self) -> NDArray[np.int64]:
        """Return the list of each record as its place among `lists`, shape (n_records,)."""
        which = self.table["list"].combine_chunks().dictionary_encode()
        place = np.array([self.lists.index(name) for name in which.dictionary.to_pylist()], dtype=np.int64)
        return place[np.asarray(which.indices, dtype=np.int64)] if len(which) else np.zeros(0, dtype=np.int64)
