"""Recorded counts: how many, where and when, by a stated definition; never mixed with an estimate."""

from uncounted.counts.count import Count, Series, Window
from uncounted.counts.months import count_by_month

__all__ = ["Count", "Series", "Window", "count_by_month"]
