"""The review page: served to this machine's own browser alone, by forms, with little script."""

from uncounted.review.page.server import PageServer, ReviewSummary

__all__ = ["PageServer", "ReviewSummary"]
