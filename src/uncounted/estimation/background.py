"""What the verdict should know and no table of counts can show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from uncounted.captures.table import CaptureTable
from uncounted.errors import ProjectError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """What is known of the lists besides the counts; every field may be left out.

    Attributes
    ----------
    documented : mapping of str to int
        Stratum -> people documented there in any way, records left out of the lists included (rule R9).
    subtractive : bool
        The number is to be taken from another, or another from it (rule R9).
    strict, loose : CaptureTable or None
        The same lists, only sure pairs linked, and doubtful pairs linked as well (rule R10).
    link_precision, link_recall : float or None
        Share of reviewed links that were right, and of true pairs that were linked; in [0, 1] (rule R10).
    window_days, stay_days : float or None
        Days from the first to the last record; days for which a person can be recorded, inf for deaths (rule R16).
    people_leave : bool or None
        Whether people could leave after one list was made and before another (rule R16).
    duplicates_share : float or None
        Share of a list's records that are of a person it already holds, left after cleaning; in [0, 1] (rule R16).
    """

    documented: Mapping[str, int] = field(default_factory=dict)
    subtractive: bool = False
    strict: CaptureTable | None = None
    loose: CaptureTable | None = None
    link_precision: float | None = None
    link_recall: float | None = None
    window_days: float | None = None
    stay_days: float | None = None
    people_leave: bool | None = None
    duplicates_share: float | None = None

    def __post_init__(self) -> None:
        for name in ("link_precision", "link_recall", "duplicates_share"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ProjectError(
                    f"{name} is a share between 0 and 1; found {value:g}.", do="Write 12 % as 0.12.", code="E22"
                )
        for name in ("window_days", "stay_days"):
            value = getattr(self, name)
            if value is not None and (math.isnan(value) or value <= 0):
                raise ProjectError(f"{name} is a number of days above 0; found {value:g}.", code="E22")
        if (self.strict is None) != (self.loose is None):
            raise ProjectError("strict and loose linkage are compared with each other: give both tables.", code="E22")


NOTHING_KNOWN = Background()
