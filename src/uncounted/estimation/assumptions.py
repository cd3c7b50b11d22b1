"""The menu of identifying assumptions: the same table, one number for each thing one may believe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable
from uncounted.estimation.estimator import Capabilities, check_names, check_not_built, fit_pooled, position
from uncounted.estimation.kernels.assumptions import MissingCell, marginal_independence, no_interaction
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import Assumption, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInteraction:
    """The lists in `subset` (empty: all) have no highest-order interaction among people unseen by the other lists."""

    subset: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Stable id: "no-highest-order", "no-highest-order:A,B,C", or "independent:A,B" for a pair."""
        if not self.subset:
            return "no-highest-order"
        return ("independent:" if len(self.subset) == 2 else "no-highest-order:") + ",".join(self.subset)

    @property
    def label(self) -> str:
        """Short name for tables."""
        if not self.subset:
            return "No interaction of all lists together"
        if len(self.subset) == 2:
            return f"{self.subset[0]} and {self.subset[1]} independent among people unseen by the others"
        return f"No joint interaction of {', '.join(self.subset)} among people unseen by the others"

    @property
    def capabilities(self) -> Capabilities:
        """As many lists as it names."""
        return Capabilities(min_lists=max(len(self.subset), 2))

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return the assumption in words."""
        if not self.subset:
            words = (
                "However the lists depend on each other, the dependence among some of them does not change with "
                "whether a person is on the remaining one (no interaction of all lists at once)."
            )
        elif len(self.subset) == 2:
            words = (
                f"Among people unseen by the other lists, being on {self.subset[0]} makes nobody likelier or less "
                f"likely to be on {self.subset[1]}."
            )
        else:
            words = (
                f"Among people unseen by the other lists, {', '.join(self.subset)} have no joint interaction beyond "
                "that of smaller groups of them."
            )
        return Assumption(id=self.id, words=words, lists=self.subset or lists)

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total under the assumption.

        Raises
        ------
        NotEstimable
            If a cell of the products is empty (nothing is added to it), or a pair was made one from the other.
        """
        check_names(table.lists, self.subset, self.id)
        if len(self.subset) == 2:
            check_not_built(table, *self.subset)
        return fit_pooled(self, table, self._solve, level=level, seed=seed, lists=self.subset)

    def _solve(self, counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
        positions = [position(lists, name) for name in self.subset] or list(range(len(lists)))
        if len(positions) < 2:
            raise NotEstimable("fewer than two lists hold anybody.", code="E05")
        return _law(no_interaction(counts, len(lists), positions), counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalIndependence:
    """Lists `first` and `second` are independent in the whole population, whatever the other lists hold."""

    first: str
    second: str

    @property
    def id(self) -> str:
        """Stable id, e.g. "marginal:A,B"."""
        return f"marginal:{self.first},{self.second}"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return f"{self.first} and {self.second} independent in the whole population"

    @property
    def capabilities(self) -> Capabilities:
        """Any number of lists."""
        return Capabilities()

    def assumption(self, lists: tuple[str, ...]) -> Assumption:  # noqa: ARG002 - the two lists are its options
        """Return the assumption in words."""
        return Assumption(
            id=self.id,
            words=f"In the whole population, being on {self.first} makes nobody likelier or less likely to be on "
            f"{self.second}.",
            lists=(self.first, self.second),
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Estimate the total under the assumption.

        Raises
        ------
        NotEstimable
            If nobody is on both, one list holds the other, one was made from the other, or the data contradict it.
        """
        check_names(table.lists, (self.first, self.second), self.id)
        check_not_built(table, self.first, self.second)
        return fit_pooled(self, table, self._solve, level=level, seed=seed, lists=(self.first, self.second))

    def _solve(self, counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
        i, j = position(lists, self.first), position(lists, self.second)
        return _law(marginal_independence(counts, len(lists), i, j), counts)


def _law(cell: MissingCell, counts: NDArray[np.int64]) -> Law:
    """Turn what an assumption says into a law, or refuse in words."""
    if cell.status == "zero denominator":
        raise NotEstimable(
            f"{cell.n_empty} of the cells the assumption needs {'is' if cell.n_empty == 1 else 'are'} empty, in "
            "the denominator too: not estimable.",
            do="Choose an assumption over lists that overlap, or merge lists of the same kind.",
            code="E03",
        )
    if cell.status == "zero numerator":
        raise NotEstimable(
            f"{cell.n_empty} of the cells the assumption multiplies {'is' if cell.n_empty == 1 else 'are'} empty: the "
            "formula gives nobody missing and no error, which is not knowledge.",
            do="Choose another assumption, or merge lists of the same kind.",
            code="E02",
        )
    if cell.status == "contradicted":
        raise NotEstimable(
            f"the data contradict the assumption: it leaves room for {cell.projected:,.0f} people outside the two "
            f"lists, and {cell.shift:,.0f} are documented there.",
            do="Choose another assumption.",
            code="E04",
        )
    return lognormal_law(
        n_listed=int(counts.sum()),
        n_unlisted=cell.projected,
        standard_error=cell.standard_error,
        shift=cell.shift,
    )
