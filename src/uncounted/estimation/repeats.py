"""One log in which the same people appear again: how many there were, counting those who never appear in it.

Requests for help, arrests, visits: of those who appear at all it is known how often. What can be said about those who
never appear rests on how people who appear once resemble those who appear never, so the answer is a range, from a lower
bound to the model of very unequal people. Covariates are left out: a log by district or sex is split beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from uncounted.errors import CaptureError, NotEstimable, ProjectError, did_you_mean
from uncounted.estimation.kernels import repeats as kernel
from uncounted.estimation.kernels.repeats import RepeatsFit
from uncounted.estimation.kernels.twolist import lognormal_interval
from uncounted.estimation.result import Assumption, Check, Estimate, Fit, Interval, Verdict
from uncounted.estimation.rules_repeats import Ratio, ratios, repeats_checks, repeats_range, repeats_verdict

MOST_PER_LISTED = 50.0  # a total beyond this many times the people in the log is algebra, not a finding
_NOBODY = 1e-6  # people; fewer than this who never appear have no scale of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class _Method:
    """One estimator: how it is fitted, what must be true, and whether it uses those who appear once."""

    label: str
    words: str
    fit: Callable[[Mapping[int, int]], RepeatsFit]
    is_lower_bound: bool = False
    uses_ones: bool = True


_METHODS: dict[str, _Method] = {
    "repeats:chao": _Method(
        label="Chao, at least",
        words="Everybody's entries come at a steady rate of their own, however different the rates: then there are at "
        "least so many. People who for any reason appear once and cannot appear again push it too high.",
        fit=kernel.chao,
        is_lower_bound=True,
    ),
    "repeats:chao-without-ones": _Method(
        label="Chao without those seen once, at least",
        words="Everybody's entries come at a steady rate of their own, but people who appear once may have been kept "
        "from appearing again: those seen twice and three times alone are used.",
        fit=kernel.chao_without_ones,
        is_lower_bound=True,
        uses_ones=False,
    ),
    "repeats:zelterman": _Method(
        label="Zelterman",
        words="Those who never appear have the rate of those who appear once or twice.",
        fit=kernel.zelterman,
    ),
    "repeats:poisson": _Method(
        label="Poisson, equal people",
        words="Everybody appears at the same rate, those who never appear included.",
        fit=kernel.truncated_poisson,
    ),
    "repeats:geometric": _Method(
        label="geometric, very unequal people",
        words="Rates differ as in an exponential law: most people have a low one, few a high one.",
        fit=kernel.truncated_geometric,
    ),
    "repeats:poisson-once-found": _Method(
        label="Poisson, some stop once found",
        words="Everybody appears at the same rate, but some who are found do not appear again.",
        fit=lambda f: kernel.one_inflated(f, law="poisson", inflation="any"),
        uses_ones=False,
    ),
    "repeats:poisson-once-sure": _Method(
        label="Poisson, others appear once for sure",
        words="Everybody appears at the same rate, apart from people who appear exactly once and could not be missed.",
        fit=lambda f: kernel.one_inflated(f, law="poisson", inflation="listed"),
        uses_ones=False,
    ),
    "repeats:geometric-once-found": _Method(
        label="geometric, some stop once found",
        words="Rates differ as in an exponential law, but some who are found do not appear again.",
        fit=lambda f: kernel.one_inflated(f, law="geometric", inflation="any"),
        uses_ones=False,
    ),
    "repeats:geometric-once-sure": _Method(
        label="geometric, others appear once for sure",
        words="Rates differ as in an exponential law, apart from people who appear exactly once and could not be "
        "missed.",
        fit=lambda f: kernel.one_inflated(f, law="geometric", inflation="listed"),
        uses_ones=False,
    ),
    "repeats:negative-binomial": _Method(
        label="negative binomial",
        words="Rates differ as in a gamma law whose shape the frequencies themselves must tell.",
        fit=kernel.truncated_negative_binomial,
    ),
}
REPEATS_ESTIMATORS: tuple[str, ...] = tuple(_METHODS)
_GEOMETRIC_WITHOUT_ONES = "repeats:geometric-once-found"
DEFAULT_REPEATS: tuple[str, ...] = REPEATS_ESTIMATORS[:-1]  # the negative binomial law on request only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepeatsAnswer:
    """Estimates from one log side by side, what may be quoted, and why.

    Attributes
    ----------
    frequencies : tuple of (int, int)
        (x, people who appear exactly x times), x ascending, zeros left out.
    n_listed, n_entries : int
        People and entries in the log.
    estimates : tuple of Estimate
        In the order asked for, refusals included; each with its assumption in words.
    ratios : tuple of Ratio
        r_x = (x + 1) f_{x+1} / f_x, the data of the ratio plot: level if people are equal, rising if they differ, a low
        first one if people are kept from appearing again.
    checks, verdict
        Rules R3, R15 and R16.
    range : Interval or None
        What may be quoted with the verdict "range only".
    level : float
    name, unit : str
        Of the log, and of what is counted ("person").
    stops_after_first : bool
        As given to `estimate_repeats`.
    """

    frequencies: tuple[tuple[int, int], ...]
    n_listed: int
    n_entries: int
    estimates: tuple[Estimate, ...]
    ratios: tuple[Ratio, ...] = ()
    checks: tuple[Check, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict(level="range only"))
    range: Interval | None = None
    level: float = 0.95
    name: str = "log"
    unit: str = "person"
    stops_after_first: bool = False

    @property
    def lower_bound(self) -> Estimate | None:
        """The smallest lower bound that the data and `stops_after_first` leave, or None."""
        usable = [e for e in self.estimates if e.is_lower_bound and e.n_total is not None]
        if self.stops_after_first:
            usable = [e for e in usable if not _METHODS[e.estimator].uses_ones]
        return min(usable, key=lambda e: e.n_total or 0.0, default=None)

    def tidy(self) -> list[dict[str, object]]:
        """Return the rows of all estimates; see `Estimate.tidy`."""
        from uncounted.estimation.tables import estimate_rows

        return [row for estimate in self.estimates for row in estimate_rows(estimate)]

    def to_json(self) -> str:
        """Return everything as JSON, the same bytes for the same input; see `Estimate.to_json`."""
        from uncounted.estimation.tables import to_json

        return to_json(self)

    def __str__(self) -> str:
        from uncounted.estimation.render_repeats import repeats_text

        return repeats_text(self)


def estimate_repeats(
    frequencies: Mapping[int, int] | Sequence[int],
    *,
    level: float = 0.95,
    estimators: Sequence[str] = DEFAULT_REPEATS,
    stops_after_first: bool = False,
    name: str = "log",
    unit: str = "person",
) -> RepeatsAnswer:
    """Estimate how many there were from how often people appear in one log.

    Holds for a closed window in which everybody could have appeared, entries of one person were recognised as such,
    and an entry did not change whether the next one follows; `stops_after_first` gives up the last of these.

    Parameters
    ----------
    frequencies : mapping of int to int, or sequence of int
        People who appear exactly x times: {1: 1645, 2: 183, …}, or [1645, 183, …] from x = 1 on.
    level : float
        Interval level, in (0, 1).
    estimators : sequence of str
        Ids out of `REPEATS_ESTIMATORS`. The lower bounds and the geometric law are always among them, because the range
        rests on them. The negative binomial law comes on request only: it often has no estimate.
    stops_after_first : bool
        People who were helped, arrested or turned away may not appear again. Then only methods that do without the
        people seen once are used for the range.
    name, unit : str
        Of the log, and of what is counted, for sentences.

    Returns
    -------
    RepeatsAnswer
        One row an estimator, refusals included, and the verdict.

    Raises
    ------
    CaptureError
        E40 if frequencies are not whole numbers from 0 of x from 1; E41 if nobody is in the log.
    ProjectError
        E42 for a level outside (0, 1), E43 for an unknown estimator.
    """
    f = _frequencies(frequencies)
    if not 0 < level < 1:
        raise ProjectError(
            f"the level must lie strictly between 0 and 1; found {level!r}.", do="Use for example 0.95.", code="E42"
        )
    rows = tuple(
        _estimate(i, f, level=level, name=name) for i in _wanted(estimators, stops_after_first=stops_after_first)
    )
    usable = _usable(rows, stops_after_first=stops_after_first)
    checks = repeats_checks(f, usable, rows, stops_after_first=stops_after_first)
    verdict = repeats_verdict(checks)
    return RepeatsAnswer(
        frequencies=tuple(sorted(f.items())),
        n_listed=sum(f.values()),
        n_entries=sum(x * k for x, k in f.items()),
        estimates=rows,
        ratios=ratios(f, level=level),
        checks=checks,
        verdict=verdict,
        range=repeats_range(usable, level=level) if verdict.level == "range only" else None,
        level=level,
        name=name,
        unit=unit,
        stops_after_first=stops_after_first,
    )


def _frequencies(given: Mapping[int, int] | Sequence[int]) -> dict[int, int]:
    """Return people per number of entries, zeros left out."""
    pairs = list(given.items()) if isinstance(given, Mapping) else list(enumerate(given, start=1))
    found: dict[int, int] = {}
    for x, k in pairs:
        if not _whole(x) or x < 1:
            raise CaptureError(
                f"a number of entries must be a whole number from 1; found {x!r}.",
                why="Those who appear 0 times are what is to be estimated; they cannot be given.",
                do="Give {1: people seen once, 2: people seen twice, …}.",
                code="E40",
            )
        if not _whole(k) or k < 0:
            raise CaptureError(
                f"the number of people who appear {x} times must be a whole number from 0; found {k!r}.",
                do="Give counts of people, not shares or weights.",
                code="E40",
            )
        if k:
            found[int(x)] = int(k)
    if not found:
        raise CaptureError("nobody is in the log.", do="Check the filter and the window of the log.", code="E41")
    return found


def _whole(value: object) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return False
    if isinstance(value, (float, np.floating)):
        return math.isfinite(value) and float(value).is_integer()
    return isinstance(value, (int, np.integer))


def _wanted(estimators: Sequence[str], *, stops_after_first: bool) -> tuple[str, ...]:
    for i in estimators:
        if i not in _METHODS:
            raise ProjectError(
                f"unknown estimator '{i}'.{did_you_mean(i, _METHODS)}",
                do="Use ids out of " + ", ".join(REPEATS_ESTIMATORS) + ".",
                code="E43",
            )
    always = {"repeats:chao", "repeats:chao-without-ones", "repeats:geometric", *estimators}
    if stops_after_first:
        always.add(_GEOMETRIC_WITHOUT_ONES)
    return tuple(i for i in REPEATS_ESTIMATORS if i in always)


def _usable(rows: Sequence[Estimate], *, stops_after_first: bool) -> tuple[Estimate, ...]:
    """Return the estimates that the range may rest on.

    If people may stop after their first entry, those that do without the people seen once; and the geometric law all
    the same where the frequencies show no surplus of people seen once, because the two are one there.
    """
    if not stops_after_first:
        return tuple(rows)
    no_surplus = any(e.estimator == _GEOMETRIC_WITHOUT_ONES and e.code == "E46" for e in rows)
    return tuple(
        e for e in rows if not _METHODS[e.estimator].uses_ones or (no_surplus and e.estimator == "repeats:geometric")
    )


def _estimate(identity: str, f: Mapping[int, int], *, level: float, name: str) -> Estimate:
    method = _METHODS[identity]
    n = sum(f.values())
    assumption = Assumption(id=identity, words=method.words, lists=(name,))
    try:
        fit = _fitted(method, f)
    except NotEstimable as error:
        return Estimate(
            estimator=identity,
            label=method.label,
            lists=(name,),
            n_listed=n,
            n_listed_range=(n, n),
            assumption=assumption,
            is_lower_bound=method.is_lower_bound,
            verdict=Verdict(level="refused", sentences=(error.what,)),
            status="refused",
            reason=error.what,
            code=error.code,
        )
    low, high = _limits(fit, level)
    words = "log-normal" if fit.n_unlisted >= _NOBODY else "nobody or one"
    return Estimate(
        estimator=identity,
        label=method.label,
        lists=(name,),
        n_listed=n,
        n_listed_range=(n, n),
        assumption=assumption,
        n_unlisted=fit.n_unlisted,
        n_unlisted_interval=Interval(low=low, high=high, level=level, method=words),
        n_total=n + fit.n_unlisted,
        n_total_interval=Interval(low=n + low, high=n + high, level=level, method=words),
        is_lower_bound=method.is_lower_bound,
        fit=Fit(
            model=method.label,
            aic=2 * fit.n_parameters - 2 * fit.log_likelihood,
            bic=math.log(n) * fit.n_parameters - 2 * fit.log_likelihood,
            standard_error=fit.standard_error,
        ),
        verdict=Verdict(level="lower bound only" if method.is_lower_bound else "range only"),
    )


def _limits(fit: RepeatsFit, level: float) -> tuple[float, float]:
    """Return the limits of the people who never appear; nobody or one where the law leaves a millionth of one."""
    if fit.n_unlisted < _NOBODY:
        return 0.0, 1.0
    return lognormal_interval(fit.n_unlisted, fit.standard_error, level=level)


def _fitted(method: _Method, f: Mapping[int, int]) -> RepeatsFit:
    """Fit, or say why not.

    Raises
    ------
    NotEstimable
        E44 without repeats, E45 at a boundary, E46 without inflation, E47 for a total beyond all proportion.
    """
    fit = method.fit(f)
    if fit.status == "ok":
        if fit.n_unlisted > (MOST_PER_LISTED - 1) * sum(f.values()):
            raise NotEstimable(
                f"the total would be more than {MOST_PER_LISTED:g} times the people in the log: the algebra of next to "
                "no repeats, not a finding.",
                do="Use a longer log, or look for entries of one person that were not recognised as such.",
                code="E47",
            )
        return fit
    if fit.status == "boundary" and fit.edge == "log-series":
        raise NotEstimable(
            "the negative binomial law has no estimate here: its likelihood rises without end towards a log-series, "
            "for which the people who never appear are infinitely many. A program that prints a number here prints "
            "where it stopped.",
            do="Use the range from the lower bounds to the geometric law.",
            code="E45",
        )
    if fit.status == "boundary":
        raise NotEstimable(
            "the negative binomial law has no estimate of its own here: people differ no more than in a Poisson law.",
            do="Read the row of the Poisson law.",
            code="E45",
        )
    if fit.status == "no inflation":
        raise NotEstimable(
            "no more people appear once than the law expects from those who appear more often, so nobody is there by "
            "inflation.",
            do="Read the row of the same law without inflation.",
            code="E46",
        )
    reason = {
        "nobody twice": "nobody appears exactly twice, or nobody more than once",
        "nobody thrice": "nobody appears three times, or nobody more than twice",
        "no spread": "nobody appears exactly once",
    }[fit.status]
    raise NotEstimable(
        f"{reason}, and the method rests on them.",
        do="Use a longer log, or look for entries of one person that were not recognised as such.",
        code="E44",
    )
