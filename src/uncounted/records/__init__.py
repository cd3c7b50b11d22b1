"""Records in one standard shape."""

from uncounted.records.gazetteer import places_of, records_settings
from uncounted.records.name_keys import NameKeys, name_keys
from uncounted.records.records import RECORD_SCHEMA, Change, Doubt, Records
from uncounted.records.standardise import standardise
from uncounted.records.summary import ListSummary, RecordsSummary, RuleState, cleaning_rules, describe_records

__all__ = [
    "RECORD_SCHEMA",
    "Change",
    "Doubt",
    "ListSummary",
    "NameKeys",
    "Records",
    "RecordsSummary",
    "RuleState",
    "cleaning_rules",
    "describe_records",
    "name_keys",
    "places_of",
    "records_settings",
    "standardise",
]
