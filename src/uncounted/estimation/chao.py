"""Lower bounds: how many there are at least, if lists tend to overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.errors import NotEstimable
from uncounted.estimation.cells import cells_by_stratum, drop_empty_lists
from uncounted.estimation.estimator import Capabilities, fit_pooled
from uncounted.estimation.kernels.bounds import BoundFit, chao_equal, chao_unequal, connected_groups, sum_of_bounds
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import NOTHING_BEYOND, Assumption, Estimate

CAVEAT = "at least, if lists tend to overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chao:
    """Chao's lower bound, for lists that reach equally far or (`unequal_lists`) each as far as it does.

    A stratum without a bound of its own counts the people listed there alone; the sum is then still a lower bound.
    Groups of lists that share nobody are bounded one by one and added, as if each had its own stratum.
    """

    unequal_lists: bool = False
    bias_corrected: bool = True

    @property
    def id(self) -> str:
        """Stable id: "chao" or "chao-unequal"."""
        return "chao-unequal" if self.unequal_lists else "chao"

    @property
    def label(self) -> str:
        """Short name for tables, with the caveat that always belongs to it."""
        kind = "unequal lists" if self.unequal_lists else "equal lists"
        return f"Chao's lower bound, {kind} ({CAVEAT})"

    @property
    def capabilities(self) -> Capabilities:
        """Two lists or more; a bound."""
        return Capabilities(is_lower_bound=True, has_odds_ratio=False)

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return the caveat: positive dependence, and equal reach for the first kind."""
        reach = "the lists may differ in reach" if self.unequal_lists else "all lists reach equally far"
        return Assumption(
            id="lower-bound:" + ("unequal-lists" if self.unequal_lists else "equal-lists"),
            words=f"Lists tend to overlap, because people differ in how easily they are recorded; they never avoid "
            f"each other, and {reach}.",
            lists=lists,
        )

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        """Bound the total from below.

        Raises
        ------
        NotEstimable
            If no stratum has a bound: nobody on two lists, or nobody (or one person) on one list only.
        """
        estimate = fit_pooled(self, table, self._solve, level=level, seed=seed)
        return _say_groups(estimate) if _any_islands(table) else estimate

    def _solve(self, counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:
        n_lists = len(lists)
        fit = self._bound(counts, n_lists)
        if fit.status == "too few lists":
            raise NotEstimable(
                f"{n_lists} list{'' if n_lists == 1 else 's'} with people on "
                f"{'it' if n_lists == 1 else 'them'}; a bound needs two.",
                code="E05",
            )
        if fit.status == "no repeats":
            raise NotEstimable(
                "nobody is on exactly two lists, so the bound has no finite size: not estimable.",
                do="Look for missed links between the lists.",
                code="E01",
            )
        if fit.status == "nothing beyond":
            raise NotEstimable("the bound says nothing beyond the people documented.", code=NOTHING_BEYOND)
        return lognormal_law(n_listed=int(counts.sum()), n_unlisted=fit.n_unlisted, standard_error=fit.standard_error)

    def _bound(self, counts: NDArray[np.int64], n_lists: int) -> BoundFit:
        if n_lists < 2:
            return BoundFit(status="too few lists")
        member = pattern_matrix(n_lists).astype(np.int64)
        on = member.sum(axis=1)
        groups = _groups(counts, n_lists)
        fits = []
        for group in groups:
            if len(group) == 1 < len(groups):
                continue  # nothing is known about those whom a list by itself missed
            mine = member[:, list(group)].any(axis=1)
            f2 = int(counts[mine & (on == 2)].sum())
            singles = counts[mine & (on == 1)]
            fits.append(
                chao_unequal(singles, f2, bias_corrected=self.bias_corrected)
                if self.unequal_lists
                else chao_equal(int(singles.sum()), f2, len(group), bias_corrected=self.bias_corrected)
            )
        return sum_of_bounds(fits) if fits else BoundFit(status="no repeats")


def _groups(counts: NDArray[np.int64], n_lists: int) -> tuple[tuple[int, ...], ...]:
    member = pattern_matrix(n_lists).astype(np.int64)
    return connected_groups(np.asarray(member.T @ (counts[:, None] * member), dtype=np.int64))


def _any_islands(table: CaptureTable) -> bool:
    """Tell whether lists that hold anybody fall apart in some stratum and draw."""
    for cells in cells_by_stratum(table):
        for row in np.unique(cells.counts, axis=0):
            counts, lists = drop_empty_lists(row, cells.lists)
            if len(lists) > 1 and len(_groups(counts, len(lists))) > 1:
                return True
    return False


def _say_groups(estimate: Estimate) -> Estimate:
    """Add to the assumption that groups of lists were bounded one by one."""
    words = estimate.assumption.words + (
        " Where lists fall into groups that share nobody, each group is bounded by itself and the bounds are added; a "
        "list that shares nobody with any other counts the people on it alone."
    )
    return replace(estimate, assumption=replace(estimate.assumption, words=words))
