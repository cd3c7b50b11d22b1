"""Reading files as delivered."""

from uncounted.sources.check import ColumnSummary, SourceSummary, check_columns, inspect_source
from uncounted.sources.frame import source_from_frame
from uncounted.sources.proposal import propose
from uncounted.sources.read import read_source
from uncounted.sources.source import RejectedRow, Source

__all__ = [
    "ColumnSummary",
    "RejectedRow",
    "Source",
    "SourceSummary",
    "check_columns",
    "inspect_source",
    "propose",
    "read_source",
    "source_from_frame",
]
