"""Latent classes: people differ in hidden ways, and how many are missing is averaged over what those may be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.cells import canonical_order, cells_by_stratum, drop_empty_lists, median_draw, reordered
from uncounted.estimation.estimator import POSTERIOR, Capabilities, fit_pooled, without_overlap
from uncounted.estimation.kernels.class_sampler import ClassDraws, ClassEffort, Progress, fit_tables
from uncounted.estimation.kernels.convergence import ChainMode, modes
from uncounted.estimation.kernels.expansion_prior import ExpansionPrior, calibrated_beta, prior_quantiles
from uncounted.estimation.kernels.latent_class import ClassPrior
from uncounted.estimation.law import Drawn, Law, drawn_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import Assumption, Estimate, Fit, Mode, Sampling
from uncounted.estimation.streams import table_name, table_stream

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALPHA_SHAPE = ALPHA_RATE = 0.25  # Manrique-Vallier (2016), section 3
OTHER_EXPANSIONS = ((1.1, 3.0), (1.1, 20.0))  # priors that are tried beside the chosen one (rule R7)
SECOND_LOOK = ClassEffort(n_warmup=60, n_draws=100, most=1)  # from draws of the first: enough for a median
MIDDLE = (0.45, 0.55)  # shares between which the law of chains that disagree goes from its lowest to its highest mode


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentClasses:
    """People of a few hidden classes, in each of which the lists are independent; a mixture over how many there are.

    The prior is said as a range of N/n, the number of people there are for each one listed, and calibrated so that the
    mixture has that range. Capture probabilities that are uniform a priori look harmless and say with 5 lists that N/n
    is below 1.2, with 10 that it is below 1.01 (97.5 %), which is why they are not the default.

    There is no upper limit to N. Chains that disagree are said to: the interval then spans all regions in which they
    stayed, and the status of the fit is "undetermined".

    Attributes
    ----------
    n_classes : int
        Most classes; never more than there are patterns, 2**J - 1.
    expansion : tuple of (float, float) or None
        Range of N/n that holds 95 % of the prior; None for uniform capture probabilities, as LCMCR has them.
    compare_priors : bool
        Whether the median is also found under other ranges of N/n, for rule R7; in the middle linkage draw alone.
    effort : ClassEffort
        Chains and iterations.

    References
    ----------
    Manrique-Vallier (2016), Biometrics 72:1246. Johndrow, Lum, Manrique-Vallier (2019), Biometrika 106:73 (people whom
    lists hardly reach).
    """

    n_classes: int = 10
    expansion: tuple[float, float] | None = (1.1, 10.0)
    compare_priors: bool = True
    effort: ClassEffort = field(default_factory=ClassEffort)

    def __post_init__(self) -> None:
        if self.n_classes < 1:
            raise ProjectError(f"n_classes must be at least 1; found {self.n_classes}.", code="E22")
        if self.expansion is not None and not 1.0 < self.expansion[0] < self.expansion[1] < float("inf"):
            raise ProjectError(
                f"expansion must be a range of N/n above 1; found {self.expansion}.",
                do="E.g. (1.1, 10): for ten people listed, between one and 90 are missing.",
                code="E22",
            )

    @property
    def id(self) -> str:
        """Stable id: "latent-class", or "latent-class-uniform" with uniform capture probabilities."""
        return "latent-class" if self.expansion is not None else "latent-class-uniform"

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "Latent classes" + ("" if self.expansion is not None else " (uniform prior)")

    @property
    def capabilities(self) -> Capabilities:
        """Three to sixteen lists."""
        return Capabilities()

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        """Return what hidden classes take for granted."""
        return Assumption(
            id=self.id,
            words="People fall into a few hidden kinds; among people of one kind, being on one list makes nobody "
            "likelier or less likely to be on another; and there is no kind that the lists hardly ever record.",
            lists=lists,
        )

    def fit(
        self,
        table: CaptureTable,
        *,
        level: float,
        seed: int,
        search: ModelSearch | None = None,  # noqa: ARG002 - no models are searched
        progress: Progress | None = None,
    ) -> Estimate:
        """Sample the total of each stratum and linkage draw.

        Parameters
        ----------
        table : CaptureTable
            Any number of strata and linkage draws; all tables of as many lists are sampled together.
        level, seed
            Interval level; seed of the draws.
        search : ModelSearch or None
            Not used.
        progress : callable or None
            Told (tables done, tables in all) of each number of lists.

        Returns
        -------
        Estimate
            `fit.sampling` says whether the draws converged, and how much of the total is prior.

        Raises
        ------
        NotEstimable
            E24 with two lists in a stratum, E25 if nobody is on two lists of it, E05 with fewer than two lists.
        ProjectError
            E22 if no prior can have the range of N/n asked for.
        """
        laws = self._sample_all(table, level=level, seed=seed, progress=progress)

        def solve(counts: IntArray, lists: tuple[str, ...]) -> Law:
            refusal = _refusal(counts, len(lists))
            if refusal is not None:
                raise refusal
            return laws[table_name(_canonical(counts, len(lists)), len(lists))]

        return fit_pooled(self, table, solve, level=level, seed=seed, method=POSTERIOR)

    def _sample_all(
        self, table: CaptureTable, *, level: float, seed: int, progress: Progress | None
    ) -> dict[bytes, Drawn]:
        """Sample every different count vector that can be sampled, those of as many lists together."""
        waiting: dict[int, dict[bytes, IntArray]] = {}
        middle: set[bytes] = set()
        at_middle = median_draw(table)
        for cells in cells_by_stratum(table):
            for d, row in enumerate(cells.counts):
                counts, lists = drop_empty_lists(row, cells.lists)
                if _refusal(counts, len(lists)) is None:
                    ordered = _canonical(counts, len(lists))
                    name = table_name(ordered, len(lists))
                    waiting.setdefault(len(lists), {})[name] = ordered
                    if d == at_middle:
                        middle.add(name)
        laws: dict[bytes, Drawn] = {}
        for n_lists, tables in sorted(waiting.items()):
            laws.update(self._laws(tables, middle, n_lists, level=level, seed=seed, progress=progress))
        return laws

    def _laws(
        self,
        tables: dict[bytes, IntArray],
        middle: set[bytes],
        n_lists: int,
        *,
        level: float,
        seed: int,
        progress: Progress | None,
    ) -> dict[bytes, Drawn]:
        """Sample tables of as many lists, by name; those in `middle` are also sampled under other priors."""
        names = sorted(tables)
        before, prior = self._prior(n_lists, self.expansion, level)
        n_classes = self._classes(n_lists)
        drawn = fit_tables(
            np.stack([tables[name] for name in names]),
            n_lists=n_lists,
            n_classes=n_classes,
            prior=prior,
            rngs=[table_stream(seed, self.id, name) for name in names],
            effort=self.effort,
            progress=progress,
        )
        found = dict(zip(names, drawn, strict=True))
        shifts = self._prior_shifts(
            {name: (tables[name], found[name]) for name in names if name in middle}, n_lists, level=level, seed=seed
        )
        return {
            name: _law(
                int(tables[name].sum()),
                found[name],
                before,
                n_classes=n_classes,
                shift=shifts.get(name, float("nan")),
                level=level,
            )
            for name in names
        }

    def _classes(self, n_lists: int) -> int:
        return int(min(self.n_classes, 2**n_lists - 1))

    def _prior(
        self, n_lists: int, expansion: tuple[float, float] | None, level: float
    ) -> tuple[ExpansionPrior, ClassPrior]:
        """Return what the prior says of N/n, with limits at `level`, and the prior itself."""
        n_classes = self._classes(n_lists)
        a = b = 1.0
        if expansion is not None:
            try:
                found = calibrated_beta(
                    n_lists=n_lists,
                    expansion=expansion,
                    n_classes=n_classes,
                    alpha_shape=ALPHA_SHAPE,
                    alpha_rate=ALPHA_RATE,
                )
            except ValueError as error:
                raise ProjectError(
                    f"no prior of {n_classes} classes and {n_lists} lists has N/n between {expansion[0]:g} and "
                    f"{expansion[1]:g} with probability 95 %.",
                    do="Choose another range, e.g. (1.1, 10).",
                    code="E22",
                ) from error
            a, b = found.a, found.b
        said = prior_quantiles(
            a=a,
            b=b,
            n_lists=n_lists,
            n_classes=n_classes,
            alpha_shape=ALPHA_SHAPE,
            alpha_rate=ALPHA_RATE,
            level=level,
        )
        return said, ClassPrior(a=a, b=b, alpha_shape=ALPHA_SHAPE, alpha_rate=ALPHA_RATE)

    def _prior_shifts(
        self, sampled: dict[bytes, tuple[IntArray, ClassDraws]], n_lists: int, *, level: float, seed: int
    ) -> dict[bytes, float]:
        """Return the largest relative move of each median total under the other ranges of N/n."""
        if not self.compare_priors or not sampled:
            return {}
        names = sorted(sampled)
        counts = np.stack([sampled[name][0] for name in names])
        listed = counts.sum(axis=1)
        medians = np.asarray([float(np.median(sampled[name][1].unlisted)) for name in names]) + listed
        moves = np.zeros(len(names))
        for expansion in OTHER_EXPANSIONS:
            if expansion == self.expansion:
                continue
            again = fit_tables(
                counts,
                n_lists=n_lists,
                n_classes=self._classes(n_lists),
                prior=self._prior(n_lists, expansion, level)[1],
                rngs=[table_stream(seed, f"{self.id} {expansion}", name) for name in names],
                effort=_as_many_chains(SECOND_LOOK, self.effort),
                start=[sampled[name][1].last for name in names],
            )
            other = np.asarray([float(np.median(one.unlisted)) for one in again]) + listed
            moves = np.maximum(moves, np.abs(other / medians - 1))
        return dict(zip(names, moves.tolist(), strict=True))


def _as_many_chains(look: ClassEffort, first: ClassEffort) -> ClassEffort:
    return ClassEffort(
        n_chains=first.n_chains, n_warmup=look.n_warmup, n_draws=look.n_draws, n_steps=first.n_steps, most=look.most
    )


def _law(
    n_listed: int, one: ClassDraws, before: ExpansionPrior, *, n_classes: int, shift: float, level: float
) -> Drawn:
    """Return the law of the people unlisted, with how its draws came about."""
    found = modes(n_listed + one.unlisted, level=level)
    unlisted = one.unlisted.ravel() if one.converged else spanning(one.unlisted, found)
    tail = (1 - level) / 2
    after = np.quantile(1 + unlisted / n_listed, [tail, 1 - tail])
    fit = Fit(
        model=f"latent classes, K = {n_classes}",
        standard_error=float(unlisted.std()),
        status="converged" if one.converged else "undetermined",
        sampling=Sampling(
            converged=one.converged,
            r_hat=one.convergence.r_hat,
            ess=one.convergence.ess,
            n_chains=one.unlisted.shape[0],
            n_draws=one.unlisted.shape[1],
            effort=one.effort,
            chain_ratio=one.convergence.chain_ratio,
            modes=tuple(Mode(low=m.low, median=m.median, high=m.high, share=float(m.members.mean())) for m in found),
            prior_low=before.low,
            prior_median=before.median,
            prior_high=before.high,
            prior_width=float(np.log(after[1] / after[0]) / np.log(before.high / before.low)),
            prior_shift=shift,
            reachable_share=float(np.median(one.reachable)),
        ),
    )
    return drawn_law(n_listed=n_listed, draws=unlisted, fit=fit)


def spanning(chains: FloatArray, found: tuple[ChainMode, ...]) -> FloatArray:
    """Return draws whose limits are the outermost limits of the modes, at every level.

    How often chains end in a mode says more about where they started than about how likely it is. So the lower
    quantiles are those of the lowest mode and the upper ones those of the highest, each as if it were all there is.

    Parameters
    ----------
    chains : ndarray of float64, shape (C, T)
        Draws.
    found : tuple of ChainMode
        Which chains stayed where.

    Returns
    -------
    ndarray of float64, shape (C * T,)
        Ascending.
    """
    shares = (np.arange(chains.size) + 0.5) / chains.size
    of_modes = np.stack([np.quantile(chains[m.members], shares) for m in found])
    middle = np.quantile(chains, shares)
    low, high = of_modes.min(axis=0), of_modes.max(axis=0)
    return np.asarray(np.where(shares < MIDDLE[0], low, np.where(shares > MIDDLE[1], high, middle)), dtype=np.float64)


def _refusal(counts: IntArray, n_lists: int) -> NotEstimable | None:
    """Return why a count vector cannot be sampled, or None."""
    if n_lists < 2:
        return NotEstimable("a model needs two lists with people on them.", code="E05")
    if n_lists == 2:
        return NotEstimable(
            "two lists cannot tell hidden kinds of people apart: three numbers fit any two classes, and the prior "
            "alone would say how many are missing.",
            do="Add a third list, or assume that the two are independent (chapman) and look at the sensitivity.",
            code="E24",
        )
    return without_overlap(counts, n_lists)


def _canonical(counts: IntArray, n_lists: int) -> IntArray:
    return reordered(counts, canonical_order(counts, n_lists))
