"""What the codes of this room mean, for `uncounted explain CODE`."""

CODES: dict[str, str] = {
    "D01": "A decision names two different records and says same, different or unsure, who decided, and when. One of "
    "these is missing or malformed.",
    "D02": "The log of decisions does not verify: an entry is not the one that was written, or one is missing or "
    "out of order. Each entry carries a hash over itself and the one before it, so a change shows at the entry named. "
    "Compare the file with its copy in version control.",
    "D03": "The file of decisions is not one this program exported: not UTF-8, or other columns.",
    "D04": "A decision may supersede only an earlier decision about the same two records that is not superseded yet. "
    "When somebody decides again, the new entry names the old one; nothing is ever removed.",
    "D05": "The file of decisions and the log in the store went apart: from the entry named on they differ. Only a log "
    "that begins with everything already in the store can be imported. Export the store's log, add the other decisions "
    "at its end, and import that.",
    "D06": "The file of decisions cannot be read or written.",
    "D07": "Two decisions in force about the same two records contradict each other. Decide again, superseding one of "
    "them.",
}
