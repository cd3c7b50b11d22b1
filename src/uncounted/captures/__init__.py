"""Capture tables: counts per pattern, stratum and linkage draw. Needs numpy alone."""

from uncounted.captures.published import PublishedTable, published, published_tables
from uncounted.captures.reading import capture_table, read_counts
from uncounted.captures.table import CaptureTable, pattern_labels, pattern_matrix

__all__ = [
    "CaptureTable",
    "PublishedTable",
    "capture_table",
    "pattern_labels",
    "pattern_matrix",
    "published",
    "published_tables",
    "read_counts",
]
