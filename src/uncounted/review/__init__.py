"""What people decide about pairs of records: the queue they work through, the log they write, and how far they agree.

The log is append-only and hash-chained. The page, the terminal and the sheet are three ways into the same queue.
"""

from uncounted.review.agreement import Agreement, agreement_of, reviewer_agreement
from uncounted.review.card import Card, Cards, Opinion, opinion_of
from uncounted.review.decisions import (
    Decision,
    Judgement,
    Origin,
    current_decisions,
    read_log,
    verify_chain,
)
from uncounted.review.exchange import export_decisions, import_decisions
from uncounted.review.implied import Judgements
from uncounted.review.log import DecisionLog, NewDecision, append_decision
from uncounted.review.queue import QueueProgress, ReviewQueue, Task, plan_review, wants_second_look
from uncounted.review.resolve import (
    Contradiction,
    DecidedPairs,
    Resolved,
    decided_pairs,
    find_contradictions,
    refuse_contradictions,
    resolve,
)

__all__ = [
    "Agreement",
    "Card",
    "Cards",
    "Contradiction",
    "DecidedPairs",
    "Decision",
    "DecisionLog",
    "Judgement",
    "Judgements",
    "NewDecision",
    "Opinion",
    "Origin",
    "QueueProgress",
    "Resolved",
    "ReviewQueue",
    "Task",
    "agreement_of",
    "append_decision",
    "current_decisions",
    "decided_pairs",
    "export_decisions",
    "find_contradictions",
    "import_decisions",
    "opinion_of",
    "plan_review",
    "read_log",
    "refuse_contradictions",
    "resolve",
    "reviewer_agreement",
    "verify_chain",
    "wants_second_look",
]
