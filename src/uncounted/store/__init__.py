"""One file for everything a project remembers, locked, checked and encrypted; and the bytes that go into it."""

from uncounted.store.codec import (
    array_to_bytes,
    bytes_to_array,
    bytes_to_table,
    fingerprint,
    from_json,
    from_parts,
    run_id,
    table_to_bytes,
    to_json,
    to_parts,
)
from uncounted.store.opening import cipher_version
from uncounted.store.passphrase import generate_passphrase
from uncounted.store.rows import DecisionRow, HistoryRow, RunRow, SourceRow, StageInfo
from uncounted.store.store import Store

__all__ = [
    "DecisionRow",
    "HistoryRow",
    "RunRow",
    "SourceRow",
    "StageInfo",
    "Store",
    "array_to_bytes",
    "bytes_to_array",
    "bytes_to_table",
    "cipher_version",
    "fingerprint",
    "from_json",
    "from_parts",
    "generate_passphrase",
    "run_id",
    "table_to_bytes",
    "to_json",
    "to_parts",
]
