"""Lower bounds: how many there are at least, if lists tend to overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable, pattern_matrix
from uncounted.errors import NotEstimable
from uncounted.estimation.estimator import Capabilities, fit_pooled
from uncounted.estimation.kernels.bounds import BoundFit, chao_equal, chao_unequal
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import NOTHING_BEYOND, Assumption, Estimate

CAVEAT = "at least, if lists tend to overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chao:
    """Chao's lower bound, for lists that reach equally far or (`unequal_lists`) each as far as it does.

    A stratum without a bound of its own counts the people listed there alone; the sum is then still a lower bound.
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
        return fit_pooled(self, table, self._solve, level=level, seed=seed)

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
        member = pattern_matrix(n_lists)
        on = member.sum(axis=1)
        f2 = int(counts[on == 2].sum())
        if self.unequal_lists:
            return chao_unequal(counts[on == 1], f2, bias_corrected=self.bias_corrected)
        return chao_equal(int(counts[on == 1].sum()), f2, n_lists, bias_corrected=self.bias_corrected)
