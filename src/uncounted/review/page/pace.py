"""Decisions a minute, without the breaks."""

from __future__ import annotations

from itertools import pairwise

_BREAK = 120.0  # seconds without a decision that count as a break
_LATEST = 20  # decisions that the pace is taken over


class Pace:
    """Notes when decisions were made, and says how many a minute there are."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def decided(self, now: float) -> None:
        """Note a decision at a time in seconds."""
        self._times = [*self._times[-_LATEST:], now]

    def per_minute(self, now: float) -> float | None:
        """Return decisions a minute over the latest ones, breaks left out; None before the third decision."""
        times = self._times
        if len(times) < 3 or now - times[-1] > _BREAK:
            return None
        gaps = [b - a for a, b in pairwise(times) if b - a <= _BREAK]
        return 60.0 * len(gaps) / sum(gaps) if gaps and sum(gaps) > 0 else None
