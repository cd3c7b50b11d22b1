"""Covariates of people: lists that are independent only among people who are alike. Nobody is left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uncounted.captures.table import CaptureTable
from uncounted.errors import NotEstimable, ProjectError
from uncounted.estimation.covariate_people import check_options, in_canonical_order, people_arrays
from uncounted.estimation.estimator import Capabilities, check_names, fit_pooled
from uncounted.estimation.kernels.assumptions import no_interaction
from uncounted.estimation.kernels.doubly_robust import OneStep, PatternClasses, deal_folds, one_step, pattern_classes
from uncounted.estimation.kernels.hot_deck import hot_deck
from uncounted.estimation.kernels.multinomial_logit import covariate_basis, cross_fit
from uncounted.estimation.law import Law, lognormal_law
from uncounted.estimation.model_search import ModelSearch
from uncounted.estimation.result import Assumption, Check, Estimate, Fit
from uncounted.estimation.streams import named_seed

FloatArray = NDArray[np.float64]

#: Penalties tried (on the mean loss, with standardised columns).
RIDGES: tuple[float, ...] = (0.001, 0.01, 0.03, 0.1, 1.0)
FEWEST_PEOPLE = 500
FEWEST_OVERLAP = 50  # people in the smallest cell that the formula divides by
FEWEST_A_FOLD = 2  # people of every pattern of the assumption in each fold
THIN_CHANCE, MOST_THIN = 0.01, 0.05  # refused if more than this share of people has a smaller chance to be divided by
LARGEST_SHARE = 0.25  # warned if one person adds (or takes off) more than this share of the people unlisted
LEAST_MISSING = 0.01  # a column gets an indicator of being missing if that varies among this share of people at least


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateDiagnostics:
    """What stands behind an estimate with covariates.

    Attributes
    ----------
    plug_in_total : float
        The total without the correction by the influence function; far from the estimate, the model of the chances is
        poor or the sample small.
    crude_total : float
        The total under the same assumption without covariates (closed form).
    smallest_cell : int
        People in the smallest cell that the formula divides by.
    thin_share : float
        Share of people with a chance below .01 that the formula divides by (largest over imputations).
    largest_share : float
        What one person adds to the people unlisted, at most, as a share of them.
    ridge : float
        Penalty chosen (median over imputations).
    n_folds : int
    n_incomplete : int
        People with a covariate missing; all of them are counted.
    n_imputations : int
        Times that missing values were filled in; 1 if none is missing.
    imputation_share : float
        Share of the variance that comes from values missing.
    """

    plug_in_total: float
    crude_total: float
    smallest_cell: int
    thin_share: float
    largest_share: float
    ridge: float
    n_folds: int
    n_incomplete: int
    n_imputations: int
    imputation_share: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CovariateEstimate(Estimate):
    """An `Estimate` from people's covariates, with its diagnostics."""

    diagnostics: CovariateDiagnostics


@dataclass(frozen=True, slots=True, kw_only=True)
class _PooledRuns:
    n_unlisted: float
    standard_error: float
    between_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _DoublyRobust:
    """What the estimate is called and assumes, and its number; `subset` empty means all lists."""

    subset: tuple[str, ...]
    incomplete: bool
    found: _PooledRuns
    n_folds: int

    @property
    def id(self) -> str:
        return "doubly-robust" + (":" + ",".join(self.subset) if self.subset else "")

    @property
    def label(self) -> str:
        if not self.subset:
            return "Doubly robust, no interaction of all lists given the covariates"
        return f"Doubly robust, no joint interaction of {', '.join(self.subset)} given the covariates"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(min_lists=max(len(self.subset), 2))

    def assumption(self, lists: tuple[str, ...]) -> Assumption:
        names = self.subset or lists
        unseen = " who are on none of the other lists" if self.subset and len(self.subset) < len(lists) else ""
        words = (
            f"Among people with the same covariates{unseen}, being on {names[0]} makes nobody likelier or less likely "
            f"to be on {names[1]}."
            if len(names) == 2
            else f"Among people with the same covariates{unseen}, {', '.join(names)} have no joint interaction beyond "
            "that of smaller groups of them."
        )
        if self.incomplete:
            words += (
                " What is not known of a person is like what is known of people on the same lists who are alike "
                "otherwise."
            )
        return Assumption(id=self.id, words=words, lists=names)

    def fit(self, table: CaptureTable, *, level: float, seed: int, search: ModelSearch | None = None) -> Estimate:  # noqa: ARG002
        return fit_pooled(self, table, self._solve, level=level, seed=seed, lists=self.subset)

    def _solve(self, counts: NDArray[np.int64], lists: tuple[str, ...]) -> Law:  # noqa: ARG002 - found from people
        return lognormal_law(
            n_listed=int(counts.sum()),
            n_unlisted=self.found.n_unlisted,
            standard_error=self.found.standard_error,
            fit=Fit(
                model=f"ridge multinomial logit, {self.n_folds}-fold cross-fitting",
                standard_error=self.found.standard_error,
            ),
        )


def estimate_with_covariates(
    membership: ArrayLike,
    covariates: ArrayLike,
    *,
    lists: Sequence[str],
    subset: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 1,
    n_folds: int = 5,
    n_imputations: int = 10,
    ridges: Sequence[float] = RIDGES,
) -> CovariateEstimate:
    """Estimate the total when lists are independent (or do not all interact) only among people who are alike.

    The chances of the patterns given the covariates come from a ridge multinomial logit on splines, fitted without the
    people they are predicted for; the estimate corrects their errors to first order, so that the chances need only be
    learnt at half the usual speed. It is worth its assumption only where the covariates hold what makes some people
    easier to record on every list.

    People with missing covariates are counted like everybody: their values are filled in several times from people on
    the same lists who are alike in what is known, an indicator of being missing comes in beside, and the spread between
    the fillings goes into the interval. An indicator alone would leave the people with missing values a mixture of
    kinds among which the lists are not independent.

    Parameters
    ----------
    membership : array_like of 0 and 1, shape (n, J)
        Who is on which list; everybody on one at least.
    covariates : array_like of float, shape (n, p)
        NaN where not known. Categories as 0/1 columns, or as one column of up to six numbers.
    lists : sequence of str, length J
        Names of the lists.
    subset : sequence of str
        Lists that have no joint interaction, given the covariates, among people on none of the others; two names:
        their independence. Empty: all lists.
    level : float
        Level of the interval (log-normal on the people unlisted).
    seed : int
        Of folds and fillings.
    n_folds : int
        Parts into which people are dealt for cross-fitting, 2 to 20.
    n_imputations : int
        Times that missing values are filled in, at least 5; not used if none is missing.
    ridges : sequence of float
        Penalties to choose from.

    Returns
    -------
    CovariateEstimate
        Everybody in `membership` is in `n_listed`. `diagnostics` holds the plug-in and the crude estimate.

    Raises
    ------
    ProjectError
        E65 if the arrays or options cannot be used; E20 for an unknown list.
    NotEstimable
        E66 with too few people or too small an overlap, E67 if for more than 5 % of people the chance that is divided
        by is below .01, E68 if the fit did not converge or leaves nobody unlisted.

    References
    ----------
    Das, Kennedy, Jewell (2023), JASA (arXiv:2104.14091); Dulce Rubio, Kennedy (2024), arXiv:2407.03539.
    """
    names = tuple(str(x) for x in lists)
    member, values = people_arrays(membership, covariates, names)
    check_options(level, seed, n_folds, n_imputations, ridges)
    check_names(names, tuple(subset), "doubly-robust")
    chosen = tuple(x for x in names if x in subset)
    if subset and len(chosen) < 2:
        raise ProjectError("the assumption needs two or more different lists.", do="Give two names.", code="E65")
    table = CaptureTable.from_people(member.astype(np.int64), lists=list(names))
    positions = [names.index(x) for x in chosen or names]
    member, values, positions = in_canonical_order(member, values, positions, table.counts[0, 0])
    groups = pattern_classes(member, positions)
    _check_enough(groups, n_folds)
    runs = _run(
        groups, values, _whole_pattern(member), seed=seed, n_folds=n_folds, n_imputations=n_imputations, ridges=ridges
    )
    pooled = _pool(runs)

    estimator = _DoublyRobust(
        subset=chosen if len(chosen) < len(names) else (),
        incomplete=bool(np.isnan(values).any()),
        found=pooled,
        n_folds=n_folds,
    )
    estimate = estimator.fit(table, level=level, seed=seed)
    crude = no_interaction(table.counts[0, 0], len(names), [names.index(x) for x in chosen or names])
    n_listed = len(member)
    steps = [r.step for r in runs]
    diagnostics = CovariateDiagnostics(
        plug_in_total=n_listed + float(np.median([s.plug_in for s in steps])),
        crude_total=n_listed + crude.n_unlisted,
        smallest_cell=int(groups.counts[groups.signs < 0].min()),
        thin_share=max(_thin(s) for s in steps),
        largest_share=max(float(np.abs(s.terms).max()) for s in steps) / pooled.n_unlisted,
        ridge=float(np.median([r.ridge for r in runs])),
        n_folds=n_folds,
        n_incomplete=int(np.isnan(values).any(axis=1).sum()),
        n_imputations=len(runs),
        imputation_share=pooled.between_share,
    )
    whole = {f.name: getattr(estimate, f.name) for f in fields(Estimate)}
    whole["checks"] = (*estimate.checks, _overlap_check(diagnostics))
    return CovariateEstimate(**whole, diagnostics=diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """One filling: the estimate and the penalty chosen."""

    step: OneStep
    ridge: float


def _whole_pattern(member: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return each person's pattern on all lists: donors of missing values are on the same ones."""
    weights = 1 << np.arange(member.shape[1] - 1, -1, -1, dtype=np.int64)
    return np.asarray(member.astype(np.int64) @ weights, dtype=np.int64)


def _check_enough(groups: PatternClasses, n_folds: int) -> None:
    n = len(groups.classes)
    overlap = int(groups.counts[groups.signs < 0].min())
    if n < FEWEST_PEOPLE or overlap < FEWEST_OVERLAP:
        raise NotEstimable(
            f"{n:,} people are listed, and the smallest group of them that is on several of the lists (and on no "
            f"other) has {overlap:,}; {FEWEST_PEOPLE} and {FEWEST_OVERLAP} are the fewest for an estimate with "
            "covariates.",
            why="The chances of being on several lists are learnt from these people, separately for each kind.",
            do="Estimate without covariates, or in a few strata.",
            code="E66",
        )
    if int(groups.counts.min()) < FEWEST_A_FOLD * n_folds:
        raise NotEstimable(
            f"only {int(groups.counts.min()):,} people have one of the patterns that the assumption needs; "
            f"{FEWEST_A_FOLD * n_folds} are the fewest.",
            do="Choose an assumption over lists that hold more people alone, or fewer folds.",
            code="E66",
        )


def _run(
    groups: PatternClasses,
    values: FloatArray,
    pattern: NDArray[np.int64],
    *,
    seed: int,
    n_folds: int,
    n_imputations: int,
    ridges: Sequence[float],
) -> list[_Run]:
    """Fill in, fit and estimate, once for each filling; each has a stream of its own."""
    missing = np.isnan(values)
    n_runs = n_imputations if missing.any() else 1
    seeds = named_seed(b"doubly-robust" + groups.counts.astype("<i8").tobytes(), before=(seed,))
    runs = []
    for stream in seeds.spawn(n_runs):
        rng = np.random.Generator(np.random.PCG64(stream))
        filled = hot_deck(values, pattern, rng) if missing.any() else values
        design = np.column_stack([covariate_basis(filled), _indicators(missing)])
        folds = deal_folds(groups.classes, n_folds, rng)
        fitted = cross_fit(design, groups.classes, groups.n_classes, folds, ridges)
        if not fitted.converged:
            raise NotEstimable(
                "the model of the chances given the covariates did not converge.",
                do="Leave out covariates that nearly repeat others, or use larger penalties.",
                code="E68",
            )
        step = one_step(groups, fitted.chances)
        _check_run(step)
        runs.append(_Run(step=step, ridge=fitted.ridge))
    return runs


def _indicators(missing: NDArray[np.bool_]) -> FloatArray:
    """Return standardised columns of what is missing, each kind once, where it varies enough to be learnt from.

    They stand beside the basis, not in its products: a product would be learnt from the few people with a value
    missing, and one of them could then decide the number.
    """
    share = missing.mean(axis=0)
    varying = missing[:, (share >= LEAST_MISSING) & (share <= 1 - LEAST_MISSING)]
    if not varying.shape[1]:
        return np.zeros((len(missing), 0))
    kinds = np.unique(varying, axis=1).astype(np.float64)
    return np.asarray((kinds - kinds.mean(axis=0)) / kinds.std(axis=0), dtype=np.float64)


def _thin(step: OneStep) -> float:
    return float((step.smallest < THIN_CHANCE).mean())


def _check_run(step: OneStep) -> None:
    if _thin(step) > MOST_THIN:
        raise NotEstimable(
            f"for {_thin(step):.0%} of the people listed the chance of being on several of the lists is below "
            f"{THIN_CHANCE:.0%}, given their covariates.",
            why="Where hardly anybody like them is on several lists, nothing says how many like them are on none, and "
            "the formula divides by that chance.",
            do="Use fewer or coarser covariates, or take the groups without overlap out of the population.",
            code="E67",
        )


def _pool(runs: list[_Run]) -> _PooledRuns:
    """Pool the fillings (Rubin 1987) as people unlisted; those listed are the same in each.

    Not on the logarithm: the estimate is a mean of terms, and a filling in which it comes out small has the larger
    standard error, which the logarithm would turn into weight.
    """
    values = np.asarray([r.step.n_unlisted for r in runs])
    within = float(np.mean([r.step.standard_error**2 for r in runs]))
    between = (1 + 1 / len(runs)) * float(values.var(ddof=1)) if len(runs) > 1 else 0.0
    if not values.mean() > 0:
        raise NotEstimable(
            "the estimate with covariates leaves nobody unlisted.", do="Estimate without covariates.", code="E68"
        )
    return _PooledRuns(
        n_unlisted=float(values.mean()),
        standard_error=math.sqrt(within + between),
        between_share=between / (within + between),
    )


def _overlap_check(found: CovariateDiagnostics) -> Check:
    thin = found.thin_share > MOST_THIN / 5 or found.largest_share > LARGEST_SHARE
    sentence = (
        f"For {found.thin_share:.1%} of the people listed the chance of being on several of the lists is below "
        f"{THIN_CHANCE:.0%}, given their covariates; one person adds at most {found.largest_share:.1%} of those "
        "unlisted."
    )
    return Check(
        code="R3",
        name="overlap given covariates",
        status="warn" if thin else "ok",
        sentence=sentence,
        evidence=(
            ("smallest cell divided by", f"{found.smallest_cell:,}"),
            ("without covariates", f"{found.crude_total:,.0f}"),
            ("plug-in", f"{found.plug_in_total:,.0f}"),
        ),
    )
