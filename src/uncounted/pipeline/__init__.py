"""The whole way, stage by stage; read `whole_way.py` first."""

from uncounted.pipeline.estimating import estimating
from uncounted.pipeline.history import Imported, changes, export_log, import_log, note_lists
from uncounted.pipeline.lists import check, open_store, read_records, store_path
from uncounted.pipeline.page import report_content, write_table_report
from uncounted.pipeline.result import Checked, Run, UnsurePair
from uncounted.pipeline.whole_way import run

__all__ = [
    "Checked",
    "Imported",
    "Run",
    "UnsurePair",
    "changes",
    "check",
    "estimating",
    "export_log",
    "import_log",
    "note_lists",
    "open_store",
    "read_records",
    "report_content",
    "run",
    "store_path",
    "write_table_report",
]
