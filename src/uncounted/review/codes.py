"""What the codes of this room mean, for `uncounted explain CODE`."""

CODES: dict[str, str] = {
    "D01": "A decision names two different records and says same, different, unsure or withdrawn, who decided, when, "
    "and how the pair came up. One of these is missing or malformed, or a name or reason holds control characters, "
    "which could change what a screen shows of the log.",
    "D02": "The log of decisions does not verify: an entry is not the one that was written, or one is missing or "
    "out of order. Each entry carries a hash over itself and the one before it, so a change shows at the entry named. "
    "Compare the file with its copy in version control.",
    "D03": "The file of decisions is not one this program exported: not UTF-8, other columns, or fingerprints of rows "
    "that are none.",
    "D04": "A decision may supersede or withdraw only the same reviewer's earlier decision about the same two records "
    "that is still in force. When somebody decides again, the new entry names the old one; nothing is ever removed. "
    "What another reviewer decided stands beside it until an adjudicator settles the pair; to take it back, --by names "
    "that reviewer.",
    "D05": "The file of decisions and the log in the store went apart: from the entry named on they differ. Only a log "
    "that begins with everything already in the store can be imported. Export the store's log, add the other decisions "
    "at its end, and import that.",
    "D06": "A file of decisions or a review sheet cannot be read or written.",
    "D08": "While a review was open, the store's file was moved away or replaced by another one. Decisions would go "
    "into a file that nobody can find again, so the review stops; everything decided before is in the old file.",
    "D09": "Decisions contradict each other: a chain of pairs decided to be the same person ends in two records that "
    "were decided to be different people. The message names the records and the numbers of the decisions. One of them "
    "is wrong; decide it again or let an adjudicator settle it. Until then nothing is linked, since no clustering can "
    "respect them all.",
    "D10": "Every decision carries the name of whoever made it, so a review needs a reviewer's name: two letters will "
    "do, if they are always the same. Names are compared without capitals and blanks.",
    "D11": "A decision was sent about a pair that does not wait for this reviewer: it was decided already, perhaps in "
    "another window, or other decisions settle it. Nothing was written.",
    "D12": "A review sheet that comes back does not fit: a column is missing, a judgement is another word than same, "
    "different or unsure, or a row names records that are no pair of this review. All faults are listed with their "
    "rows, and nothing of the sheet is recorded until it is mended.",
    "D13": "The review page could not be opened on this machine: no port of its own is free, or the system does not "
    "let the program listen on 127.0.0.1. `uncounted review --terminal` shows the same pairs without a browser.",
}
