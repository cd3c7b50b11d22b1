"""How far two reviewers who judged the same pairs, blind, agree: a table, a share, and Cohen's kappa with interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from uncounted.linkage.reliability import wilson
from uncounted.review.decisions import Decision, reviewer_key

CATEGORIES = ("same", "different", "unsure")
FEW_PAIRS = 30  # below, the interval's large-sample formula is a rough guide, and the words say so


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement of a first and a second look at the same pairs.

    Attributes
    ----------
    table : tuple of tuples of int, shape (3, 3)
        Pairs by judgement of the first (rows) and the second reviewer (columns), in order of `CATEGORIES`.
    n_pairs : int
        Pairs judged twice.
    share : float or None
        Of pairs on which both said the same thing; None without pairs.
    share_interval : (float, float) or None
        Wilson's interval of that share.
    kappa, kappa_interval : float, (float, float), or None
        Agreement beyond what the two would reach if each judged as often same, different and unsure, but at random.
        None if that is not defined (`words` says why).
    level : float
        Of the intervals.
    words : str
        The result in a sentence or two.
    """

    table: tuple[tuple[int, ...], ...]
    n_pairs: int
    share: float | None
    share_interval: tuple[float, float] | None
    kappa: float | None
    kappa_interval: tuple[float, float] | None
    level: float
    words: str


def blind_judgements(log: Iterable[Decision]) -> tuple[tuple[str, str], ...]:
    """Return (first, second) judgements of pairs that two people judged blind.

    A pair counts if one reviewer judged it in the review order and another in a second look. Of each the last such
    decision counts: a slip taken back and decided again is no disagreement, but a mind changed after the answers were
    compared (origin "chosen" or "adjudication") does not mend one. Of several second looks the earliest counts.
    """
    said: dict[tuple[str, str], dict[str, dict[str, Decision]]] = {}
    for d in log:
        if d.origin in ("queue", "second"):
            looks = said.setdefault(d.pair, {"queue": {}, "second": {}})[d.origin]
            looks.pop(reviewer_key(d.by), None)
            if d.judgement != "withdrawn":
                looks[reviewer_key(d.by)] = d
    out = []
    for both in said.values():
        for by, first in both["queue"].items():
            seconds = [d for other, d in both["second"].items() if other != by]
            if seconds:
                out.append((str(first.judgement), str(min(seconds, key=lambda d: d.number).judgement)))
                break
    return tuple(out)


def reviewer_agreement(log: Iterable[Decision], *, level: float = 0.95) -> Agreement:
    """Return the agreement of the blind second looks with the first ones in a log of decisions."""
    counts = np.zeros((len(CATEGORIES), len(CATEGORIES)), dtype=np.int64)
    for first, second in blind_judgements(log):
        counts[CATEGORIES.index(first), CATEGORIES.index(second)] += 1
    return agreement_of(counts, level=level)


def agreement_of(counts: NDArray[np.int64] | Sequence[Sequence[int]], *, level: float = 0.95) -> Agreement:
    """Return share of agreement and Cohen's kappa of a square table of counts.

    Parameters
    ----------
    counts : array of int, shape (k, k)
        Pairs by judgement of the first (rows) and the second reviewer (columns).
    level : float
        Level of the intervals, in (0, 1).

    Returns
    -------
    Agreement
        kappa = (p_o - p_e) / (1 - p_e), with p_o the share on the diagonal and p_e the sum of products of the margins.
        Its interval is kappa ± z s.e. with the large-sample standard error of Fleiss, Cohen and Everitt (1969), eq. 13,
        cut at -1 and 1. Where all agree that formula gives 0, which is no statement; the lower end then comes from the
        exact lower end of p_o, (1 - level)/2 to the power 1/n, at the same p_e.

    Raises
    ------
    ValueError
        If the table is not square or a count is negative.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20:37.
    Fleiss, Cohen, Everitt (1969), Psychological Bulletin 72:323, eq. (13).
    Wilson (1927), Journal of the American Statistical Association 22:209 (interval of a share).
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any():
        raise ValueError("a square table of counts is needed")
    n = int(table.sum())
    agreed = int(np.trace(table))
    kappa, interval = _kappa(table, level) if n else (None, None)
    return Agreement(
        table=tuple(tuple(int(x) for x in row) for row in table),
        n_pairs=n,
        share=agreed / n if n else None,
        share_interval=wilson(agreed / n, n, level) if n else None,
        kappa=kappa,
        kappa_interval=interval,
        level=level,
        words=_words(n, agreed, kappa, interval, level),
    )


def _kappa(table: NDArray[np.int64], level: float) -> tuple[float | None, tuple[float, float] | None]:
    n = int(table.sum())
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if np.count_nonzero(table.sum(axis=1)) == 1 and np.array_equal(table.sum(axis=1), table.sum(axis=0)):
        return None, None  # everybody said the same about every pair: expected agreement is 1, kappa is 0/0
    kappa = (observed - expected) / (1.0 - expected)
    if int(np.trace(table)) == n:
        lowest = ((1.0 - level) / 2.0) ** (1.0 / n)
        return 1.0, (max(-1.0, (lowest - expected) / (1.0 - expected)), 1.0)
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    se = _standard_error(p, n)
    return kappa, (max(-1.0, kappa - z * se), min(1.0, kappa + z * se))


def _standard_error(p: NDArray[np.float64], n: int) -> float:
    """Return eq. (13) of Fleiss, Cohen and Everitt (1969) for shares `p` of n pairs; rows are p_i., columns p_.j."""
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    # The weight of a cell (i, j) off the diagonal is p_.i + p_j.: its row's share for the second and its column's share
    # for the first reviewer.
    margins = columns[:, None] + rows[None, :]
    on = np.diag(p) * ((1.0 - expected) - np.diag(margins) * (1.0 - observed)) ** 2
    off = p * margins**2
    np.fill_diagonal(off, 0.0)
    spread = on.sum() + (1.0 - observed) ** 2 * off.sum() - (observed * expected - 2.0 * expected + observed) ** 2
    return math.sqrt(max(0.0, float(spread)) / n) / (1.0 - expected) ** 2


def _words(n: int, agreed: int, kappa: float | None, interval: tuple[float, float] | None, level: float) -> str:
    if not n:
        return "No pair was judged by two people yet, so nothing can be said about their agreement."
    said = f"Two people judged {n:,} {'pair' if n == 1 else 'pairs'} blind and agreed on {agreed:,} ({agreed / n:.0%})."
    if kappa is None or interval is None:
        return (
            f"{said} Cohen's kappa is not defined: both gave every pair the same judgement, so nothing shows what they "
            "would say of others."
        )
    said += f" Cohen's kappa is {kappa:.2f} ({level:.0%} interval {interval[0]:.2f} to {interval[1]:.2f})."
    if n < FEW_PAIRS:
        said += f" With fewer than {FEW_PAIRS} pairs the interval is a rough guide."
    return said
