"""Training the Fellegi-Sunter model: u from random pairs, m by EM over several sessions, and guards around both.

References
----------
Fellegi, Sunter (1969), A theory for record linkage, JASA 64:1183-1210: m, u and the weight log2(m/u).
Winkler (1988), Using the EM algorithm for weight computation in the Fellegi-Sunter model: EM for m with u fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from uncounted.linkage import sql
from uncounted.linkage.comparisons import COMPARISONS, FLOOR, Comparison, clamp
from uncounted.linkage.engine import Engine, Probabilities, Session
from uncounted.linkage.pairs import SessionReport
from uncounted.linkage.workbench import run, run_counts

# General knowledge counts as this many true pairs against what EM sees, so that a session with a handful of matches
# moves a probability only a little, and one with thousands moves it all the way.
PRIOR_PAIRS = 30.0
MIN_SESSION_PAIRS = 30
MAX_TRAINING_BLOCK = 200
# A session with more pairs takes a sample of its blocks.
MAX_TRAINING_PAIRS = 400_000
# Sessions whose estimates of the best level differ by more than this factor are reported.
DISAGREEMENT = 2.0
# A session that finds fewer matches among its pairs, or agreement rarer than this among matches, broke down.
MIN_MATCH_SHARE = 1e-3
MIN_BEST_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRule:
    """Pairs that agree on `columns` train the comparisons that do not use these columns."""

    name: str
    words: str
    columns: tuple[str, ...]

    @property
    def flag(self) -> str:
        """Column that marks the records taking part."""
        return f"trains_{self.name}"

    @property
    def key(self) -> str:
        """SQL of the value the records must share."""
        return " || '|' || ".join(f"({column})::VARCHAR" for column in self.columns)

    @property
    def condition(self) -> str:
        """The rule as a join condition."""
        agree = " AND ".join(f"l.{column} = r.{column}" for column in self.columns)
        return f"{agree} AND l.{self.flag} = r.{self.flag}"


TRAINING_RULES: tuple[TrainingRule, ...] = (
    TrainingRule(name="names", words="same surname and given name", columns=("surname_key", "given_key")),
    TrainingRule(name="birth", words="same birth date", columns=("birth_exact",)),
    TrainingRule(name="event", words="same event date", columns=("event_exact",)),
    TrainingRule(name="forenames", words="same given name and patronymic", columns=("given_key", "patronymic_key")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """m and u by comparison and level, best level first, and what has to be said about them."""

    m: Probabilities
    u: Probabilities
    warnings: tuple[str, ...]
    sessions: tuple[SessionReport, ...] = ()


def default_m() -> dict[str, tuple[float, ...]]:
    """Return m from general knowledge, scaled to sum to one in each comparison."""
    found = {}
    for comparison in COMPARISONS:
        total = sum(level.m_default for level in comparison.levels)
        found[comparison.name] = tuple(level.m_default / total for level in comparison.levels)
    return found


def without_matches(observed: Sequence[float | None], m: Sequence[float], match_rate: float) -> tuple[float, ...]:
    """Take the true pairs out of shares observed among random pairs.

    A random pair is a match with probability `match_rate`, so the observed share is rate * m + (1 - rate) * u. In small
    lists with many repeats the first part is larger than the second for a level as rare as "same birth date".
    The result never falls below a fifth of what was observed, since `match_rate` and `m` are estimates themselves.
    """
    cleaned = []
    for seen, m_level in zip(observed, m, strict=True):
        share = 0.0 if seen is None else seen
        u = max((share - match_rate * m_level) / (1.0 - match_rate), share / 5.0)
        cleaned.append(clamp(u))
    return tuple(cleaned)


def pooled_m(
    comparison: Comparison, default: Sequence[float], sessions: Sequence[tuple[TrainingRule, Session, float]]
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Bring the sessions' m of one comparison and general knowledge together, and say where they do not agree.

    Parameters
    ----------
    comparison : Comparison
        Which comparison.
    default : sequence of float
        m from general knowledge; it weighs as much as `PRIOR_PAIRS` true pairs.
    sessions : sequence of (TrainingRule, Session, float)
        Sessions that trained this comparison, each with the number of true pairs it saw.

    Returns
    -------
    tuple of (m, warnings)
        One probability a level, clamped, and the sentences for the reader.
    """
    notes: list[str] = []
    kept: list[tuple[TrainingRule, Session, float]] = []
    for rule, session, n_true in sessions:
        best = sum(session.m[comparison.name][:2])
        if best < MIN_BEST_M:
            notes.append(
                f"Training on pairs with the {rule.words} broke down for '{comparison.name}' "
                f"(agreement among matches {best:.3f}); that session is left out for this field."
            )
            continue
        kept.append((rule, session, n_true))
    tops = [session.m[comparison.name][0] for _, session, n_true in kept if n_true >= PRIOR_PAIRS]
    if len(tops) > 1 and max(tops) > DISAGREEMENT * max(min(tops), FLOOR):
        notes.append(
            f"Training sessions disagree on '{comparison.name}': agreement among matches from {min(tops):.2f} to "
            f"{max(tops):.2f}. The weights of this field are uncertain."
        )
    weight = PRIOR_PAIRS + sum(n_true for _, _, n_true in kept)
    if weight < 2 * PRIOR_PAIRS:
        notes.append(
            f"Too few true pairs to train '{comparison.name}': its agreement among matches rests on general knowledge."
        )
    pooled = tuple(
        clamp(
            (PRIOR_PAIRS * default[level] + sum(n * session.m[comparison.name][level] for _, session, n in kept))
            / weight
        )
        for level in range(len(default))
    )
    return pooled, tuple(notes)


def check_weights(
    comparison: Comparison, m: Sequence[float], u: Sequence[float], default: Sequence[float]
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Refuse trained probabilities under which agreement speaks against a match; keep general knowledge instead."""
    if m[0] > u[0] and m[-1] < u[-1]:
        return tuple(m), ()
    if u[0] >= default[0]:
        # The field is the same nearly everywhere, so that agreeing says nothing either way.
        return tuple(u), (
            f"'{comparison.name}' is the same in most records and does not help to tell people apart; it is not used.",
        )
    return tuple(default), (
        f"Training made agreement on '{comparison.name}' count against a match; general knowledge is used instead.",
    )


def training_columns(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """Return the columns of the prepared records that training reads, sorted by name."""
    compared = {column for comparison in comparisons for column in comparison.columns}
    return tuple(sorted(compared | {column for rule in TRAINING_RULES for column in rule.columns}))


def train(engine: Engine, connection: duckdb.DuckDBPyConnection, *, match_rate: float, seed: int) -> Model:
    """Train u on random pairs and m by EM on pairs that share names, a birth date, an event date, or forenames.

    Parameters
    ----------
    engine : Engine
        Splink on the workbench of training; its comparisons are trained.
    connection : duckdb.DuckDBPyConnection
        That workbench: one thread, and records numbered by what they hold, so that sums come out the same always.
    match_rate : float
        First estimate of the share of true pairs among all pairs of records.
    seed : int
        Seed of the sample of random pairs.

    Returns
    -------
    Model
        Probabilities inside (1e-4, 1 - 1e-4), sessions as they ran, and warnings in words.
    """
    comparisons = engine.comparisons
    start = default_m()
    # Shares are taken before the flags are added, since adding them makes the table anew.
    observed = engine.sample_u(m=start, seed=seed)
    u = {c.name: without_matches(observed[c.name], start[c.name], match_rate) for c in comparisons}
    notes: list[str] = []
    told: list[SessionReport] = []
    sessions: list[tuple[TrainingRule, Session, float]] = []
    for rule in TRAINING_RULES:
        (n_pairs,) = run_counts(connection, sql.training_blocks(rule.key, MAX_TRAINING_BLOCK))
        if n_pairs < MIN_SESSION_PAIRS:
            told.append(SessionReport(words=rule.words, n_pairs=n_pairs, n_matches=0.0, outcome="too few pairs"))
            continue
        one_in = -(-n_pairs // MAX_TRAINING_PAIRS)
        run(connection, sql.add_training_column(rule.flag, rule.key, MAX_TRAINING_BLOCK, one_in))
        session = engine.train_m(rule=rule.condition, m=start, u=u, prior=match_rate)
        if session is None or session.match_share < MIN_MATCH_SHARE:
            notes.append(f"Training found no matches among pairs with the {rule.words}; that session is left out.")
            told.append(SessionReport(words=rule.words, n_pairs=n_pairs, n_matches=0.0, outcome="broke down"))
            continue
        sessions.append((rule, session, n_pairs / one_in * session.match_share))
        told.append(
            SessionReport(words=rule.words, n_pairs=n_pairs, n_matches=n_pairs * session.match_share, outcome="used")
        )
    m: dict[str, tuple[float, ...]] = {}
    for comparison in comparisons:
        seen = [entry for entry in sessions if comparison.name in entry[1].m]
        pooled, said = pooled_m(comparison, start[comparison.name], seen)
        if not any(observed[comparison.name]):
            m[comparison.name] = start[comparison.name]
            notes.append(f"'{comparison.name}' is not known on both sides of any random pair; it says nothing here.")
            continue
        m[comparison.name], warned = check_weights(comparison, pooled, u[comparison.name], start[comparison.name])
        notes.extend(said + warned)
    return Model(m=m, u=u, warnings=tuple(notes), sessions=tuple(told))
