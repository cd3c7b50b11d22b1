"""Records in one standard shape."""

from uncounted.records.name_keys import NameKeys, name_keys
from uncounted.records.records import RECORD_SCHEMA, Change, Records
from uncounted.records.standardise import standardise
from uncounted.records.summary import ListSummary, RecordsSummary, describe_records

__all__ = [
    "RECORD_SCHEMA",
    "Change",
    "ListSummary",
    "NameKeys",
    "Records",
    "RecordsSummary",
    "describe_records",
    "name_keys",
    "standardise",
]
