"""Which pairs of records are compared at all: rules that bring pairs up, with a cap on the size of a block.

No pair is lost in silence: a block above the cap is split by what else is known (birth year, month of the event, place,
initials), and what stays above it is counted on the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.pairs import BlockingRule
from uncounted.linkage.workbench import run, run_counts
from uncounted.project.model import LinkageSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `keys` is SQL giving (record, block); records that share a block are compared.

    `copies` is in how many blocks a pair with the same names is: where one letter is left out, as many as there are.
    """

    name: str
    words: str
    keys: str
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The blocks of one rule: pairs in them (one in two blocks counts twice), blocks that stayed above the cap.

    `least_points` is how much a pair must share to be kept (see `least_points`); None: all are kept.
    """

    n_pairs: int
    n_skipped: int
    least_points: int | None


# Smaller groups of identical records are compared pair by pair as all others are.
MOST_IDENTICAL = 15
# A rule that brings up more pairs than this, and more than `MOST_KEPT` a record, is thinned: up to so many a record are
# kept, those that share most.
THINNED_FROM = 400_000
MOST_KEPT = 8.0
# What the pairs of a rule share is counted in a sample of its blocks that holds about so many pairs.
_COUNTED_PAIRS = 4_000_000
# Looking at what a pair shares costs a small part of comparing it, so that many more may be looked at.
LOOKED_AT = 50
# Pairs are made distinct, and compared, for so many records at a time: the memory this takes is bounded.
SLICE = 100_000

_YEAR = "birth_year"
_BIRTH = "strftime(birth_exact, '%Y%m%d')"
_EVENT = "strftime(event_exact, '%Y%m%d')"
_MONTH = "event_month"

_LETTERS = "letters"
_BEGINNING = "CASE WHEN length(surname_key) >= 5 THEN left(surname_key, 4) END"
_END = "CASE WHEN length(surname_key) >= 6 THEN right(surname_key, 5) END"
_SKELETON = "CASE WHEN length(surname_skeleton) >= 3 THEN surname_skeleton END"
_TWO_SURNAMES = (
    "CASE WHEN second_surname_key IS NOT NULL "
    "THEN least(surname_key, second_surname_key) || '|' || greatest(surname_key, second_surname_key) END"
)

# The oversized blocks of a rule are split by `sql.finer`; a rule says in words what its blocks have in common. "The
# same consonants" are those of the keys; "but for one" are all ways of leaving one of them out.
RULES: tuple[Rule, ...] = (
    Rule(name="two-names", words="two names with the same consonants, in any order", keys=sql.list_pairs("skeletons")),
    Rule(name="surname", words="the same surname", keys=sql.columns_and("surname_key")),
    Rule(name="consonants", words="a surname with the same consonants", keys=sql.columns_and(_SKELETON)),
    Rule(name="two-surnames", words="the same two surnames, in any order", keys=sql.columns_and(_TWO_SURNAMES)),
    Rule(
        name="name-birth",
        words="one name with the same consonants and the same birth date",
        keys=sql.list_and("skeletons", _BIRTH),
    ),
    Rule(
        name="name-event",
        words="one name with the same consonants and the same event date",
        keys=sql.list_and("skeletons", _EVENT),
    ),
    Rule(
        name="name-year",
        words="one name with the same consonants and the same birth year",
        keys=sql.list_and("skeletons", _YEAR),
    ),
    Rule(
        name="name-month",
        words="one name with the same consonants and the same month of the event",
        keys=sql.list_and("skeletons", _MONTH),
    ),
    Rule(
        name="but-one-initial",
        words="surnames with the same consonants but for one, and the same initial of the given name",
        keys=sql.list_and(sql.deletions("surname_skeleton"), "given_initial"),
        copies=3,
    ),
    Rule(
        name="but-one-year",
        words="one name with the same consonants but for one, and the same birth year",
        keys=sql.list_and(sql.all_deletions("skeletons"), _YEAR),
        copies=3,
    ),
    Rule(
        name="but-one-month",
        words="one name with the same consonants but for one, and the same month of the event",
        keys=sql.list_and(sql.all_deletions("skeletons"), _MONTH),
        copies=3,
    ),
    Rule(name="birth-place", words="the same birth date and place", keys=sql.columns_and(_BIRTH, "place_key")),
    Rule(name="birth-event", words="the same birth date and month of the event", keys=sql.columns_and(_BIRTH, _MONTH)),
    Rule(
        name="birth-letter",
        words="the same birth date and a name that begins with the same letter",
        keys=sql.list_and(_LETTERS, _BIRTH),
    ),
    Rule(name="event-year", words="the same event date and birth year", keys=sql.columns_and(_EVENT, _YEAR)),
    Rule(
        name="event-letter",
        words="the same event date and a name that begins with the same letter",
        keys=sql.list_and(_LETTERS, _EVENT),
    ),
    Rule(
        name="year-month-letter",
        words="the same birth year, month of the event and a name that begins with the same letter",
        keys=sql.list_and(_LETTERS, f"{_YEAR} || '|' || {_MONTH}"),
    ),
    Rule(
        name="beginning-initial",
        words="surnames that begin with the same four letters and the same initial of the given name",
        keys=sql.columns_and(_BEGINNING, "given_initial"),
    ),
    Rule(
        name="end-given",
        words="surnames that end with the same five letters and the same given name",
        keys=sql.columns_and(_END, "given_key"),
    ),
)


def contract_identical(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Leave one record of each large group of identical records on the workbench.

    A row repeated more often than the cap on blocks would fill blocks that are skipped, and each copy would count as a
    person of its own.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A workbench that holds the delivered and the prepared records.

    Returns
    -------
    tuple of (identical, warnings)
        (record, representative) of each record taken out, in order of record, and a sentence if there are any.
    """
    run(connection, sql.identical(MOST_IDENTICAL))
    rows = run(connection, sql.identical_records())
    if not rows:
        return (), ()
    run(connection, sql.keep_representatives())
    members = [(int(str(record)), int(str(representative))) for record, representative, _ in rows]
    n_groups = len({representative for _, representative in members})
    by_list = Counter(str(name) for _, _, name in rows)
    held = ", ".join(f"{n:,} records of list '{name}'" for name, n in sorted(by_list.items()))
    subject, verb = (
        ("1 group", "counts as one person") if n_groups == 1 else (f"{n_groups:,} groups", "count as one person each")
    )
    return tuple(pair for pair in members if pair[0] != pair[1]), (
        f"{subject} of more than {MOST_IDENTICAL} identical records ({held}) {verb}; look whether the file was "
        "exported more than once.",
    )


def least_points(connection: duckdb.DuckDBPyConnection, n_pairs: int, most: float) -> int:
    """Return how much the pairs of the current blocks must share to be kept (points of `sql.signs`).

    In large lists a loose rule brings up many strangers; what they share beyond the rule is looked at while the pairs
    are made, and those without prospect are not scored. Small lists are never thinned.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A workbench with the blocks of a rule.
    n_pairs : int
        Pairs in them.
    most : float
        How many may stay.

    Returns
    -------
    int
        The smallest number of points that leaves at most `most` pairs.
    """
    one_in = -(-n_pairs // _COUNTED_PAIRS)
    rows = [(int(str(points)), int(str(n))) for points, n in run(connection, sql.count_points(one_in))]
    n_kept = 0
    least = max((points for points, _ in rows), default=0)
    for points, n in sorted(rows, reverse=True):
        n_kept += n * one_in
        if n_kept > most:
            break
        least = points
    return least


def bring_up_pairs(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], spec: LinkageSpec
) -> tuple[BlockingRule, ...]:
    """Fill the table of pairs to compare from every rule; count each rule's pairs before they are made.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A workbench that holds the prepared records.
    rules : sequence of Rule
        The rules in use.
    spec : LinkageSpec
        `max_block` and `max_pairs_per_rule`.

    Returns
    -------
    tuple of BlockingRule
        Per rule how many distinct pairs it brought up, how many were left out since they share too little, and how
        many blocks stayed above the cap.

    Raises
    ------
    LinkageError
        L03 if a rule would bring up more pairs than `max_pairs_per_rule`.
    """
    run(connection, sql.create_pairs())
    (n_records,) = run_counts(connection, sql.highest_record())
    done: list[BlockingRule] = []
    for number, (rule, made) in enumerate(zip(rules, make_blocks(connection, rules, spec), strict=True)):
        run(connection, sql.find_pairs(made.least_points))
        n_pairs, n_times = run_counts(connection, sql.count_found_here())
        _check_limit(rule, n_pairs, spec.max_pairs_per_rule)
        run(connection, sql.add_pairs(number))
        done.append(told(rule, made, n_pairs, n_times))
    run(connection, sql.create_candidates())
    for start in range(0, n_records, SLICE):
        run(connection, sql.add_candidates(start, start + SLICE))
    for table in (sql.PAIRS, sql.FOUND):
        run(connection, f"DROP TABLE IF EXISTS {table}")
    return tuple(done)


def told(rule: Rule, made: Blocks, n_pairs: int, n_times: int) -> BlockingRule:
    """Say what a rule brought up.

    Parameters
    ----------
    rule : Rule
    made : Blocks
        Its blocks.
    n_pairs, n_times : int
        Pairs that share enough, distinct, and with one that is in two blocks counted twice.

    Returns
    -------
    BlockingRule
    """
    return BlockingRule(
        name=rule.name,
        words=rule.words,
        n_pairs=n_pairs,
        n_skipped_blocks=made.n_skipped,
        n_thinned=made.n_pairs - n_times,
    )


def make_blocks(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], spec: LinkageSpec) -> Iterator[Blocks]:
    """Fill the table of blocks for one rule after the other.

    Yields
    ------
    Blocks
        What the table holds.

    Raises
    ------
    LinkageError
        L03 if a rule would bring up more pairs than `max_pairs_per_rule`, or, where only those that share enough are
        kept, `LOOKED_AT` times as many to look at.
    """
    run(connection, sql.finer())
    signed = False
    (n_records,) = run_counts(connection, sql.highest_record())
    for rule in rules:
        for step in sql.blocks(rule.keys, spec.max_block):
            run(connection, step)
        n_pairs, n_skipped = run_counts(connection, sql.count_block_pairs())
        _check_limit(rule, n_pairs, spec.max_pairs_per_rule * (LOOKED_AT if n_pairs >= THINNED_FROM else 1))
        points = None
        if n_pairs >= THINNED_FROM and n_pairs > MOST_KEPT * n_records * rule.copies:
            if not signed:
                run(connection, sql.signs())
                signed = True
            points = least_points(connection, n_pairs, MOST_KEPT * n_records * rule.copies)
        yield Blocks(n_pairs=n_pairs, n_skipped=n_skipped, least_points=points)
    for step in sql.drop_blocks():
        run(connection, step)


def _check_limit(rule: Rule, n_pairs: int, limit: int) -> None:
    if n_pairs > limit:
        raise LinkageError(
            f"the rule '{rule.words}' would compare {n_pairs:,} pairs; the limit is {limit:,}.",
            why="So many pairs come up only if a column holds a filler value or nearly the same value everywhere.",
            do="Look for filler values in the columns the rule names, lower [linkage] max_block, or raise "
            "max_pairs_per_rule if time and memory allow.",
            code="L03",
        )
