"""What people decide about pairs of records: an append-only log, hash-chained, exported to CSV."""

from uncounted.review.decisions import (
    Decision,
    Judgement,
    append_decision,
    as_record_pairs,
    current_decisions,
    read_log,
    verify_chain,
)
from uncounted.review.exchange import export_decisions, import_decisions

__all__ = [
    "Decision",
    "Judgement",
    "append_decision",
    "as_record_pairs",
    "current_decisions",
    "export_decisions",
    "import_decisions",
    "read_log",
    "verify_chain",
]
