"""Two lists at a time: Chapman's estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.estimator import Capabilities, check_names, check_not_built, fit_pooled, position
from uncounted.estimation.kernels.assumptions import pair_margin
from uncounted.estimation.kernels.twolist import chapman
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import Assumption, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapman:
    """Chapman's estimate from lists `first` and `second` alone, as if there were no other list.

    The total is Chapman's. With more than two lists, people that only the others recorded are documented, so they are
    taken off those whom the two lists leave out; if they are more, the data contradict the assumption.
    """

    first: str
    second: str

    @property
    def id(self) -> str:
        """Stable id, e.g. "chapman:A,B"."""
        return f"chapman:{self.first},{self.second}"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return f"Chapman, {self.first} and {self.second}"

    @property
    def capabilities(self) -> Capabilities:
        """Any number of lists, two of which are used."""
        return Capabilities()

    def assumption(self, lists: tuple[str, ...]) -> Assumption:  # noqa: ARG002 - the two lists are its options
        """Return independence of the two lists in the whole population."""
        return Assumption(
            id=self.id,
            words=f"Being on {self.first} makes nobody likelier or less likely to be on {self.second}.",
            lists=(self.first, self.second),
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total from the two lists.

        Raises
        ------
        NotEstimable
            If nobody is on both, one list holds the other, one was made from the other, or more people are documented
            than the two lists leave room for.
        """
        check_names(table.lists, (self.first, self.second), self.id)
        check_not_built(table, self.first, self.second)
        return fit_pooled(self, table, self._solve, level=level, seed=seed, lists=(self.first, self.second))

    def _solve(self, counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
        i, j = position(lists, self.first), position(lists, self.second)
        first_only, second_only, both, elsewhere = pair_margin(counts, len(lists), i, j)
        fit = chapman(first_only, second_only, both)
        if fit.status == "no overlap":
            raise NotEstimable(
                f"nobody is on both {self.first} and {self.second}, so the total could be anything: not estimable.",
                do="Look for missed links between the two lists.",
                code="E01",
            )
        if fit.status == "contained":
            small, large = (self.first, self.second) if first_only == 0 else (self.second, self.first)
            raise NotEstimable(
                f"everybody on {small} is on {large} as well: the formula gives nobody missing and no error, "
                "which is not knowledge.",
                do="Check whether one list was made from the other.",
                code="E02",
            )
        if fit.n_unlisted < elsewhere:
            raise NotEstimable(
                f"the data contradict the assumption: it leaves room for {fit.n_unlisted:,.0f} people outside the two "
                f"lists, and {elsewhere:,.0f} are documented there.",
                do="Choose another assumption.",
                code="E04",
            )
        return lognormal_law(
            n_listed=first_only + second_only + both + elsewhere,
            n_unlisted=fit.n_unlisted,
            standard_error=fit.standard_error,
            shift=float(elsewhere),
        )
