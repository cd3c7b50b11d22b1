"""Which pairs of records are compared at all: rules that bring pairs up, with a cap on the size of a block.

No pair is lost in silence: a block above the cap is split by what else is known (birth year, month of the event, place,
initials), and what stays above it is counted on the rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import duckdb

from uncounted.errors import LinkageError
from uncounted.linkage import sql
from uncounted.linkage.pairs import BlockingRule
from uncounted.linkage.workbench import run, run_counts
from uncounted.project.model import LinkageSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `keys` is SQL giving (record, block); records that share a block are compared."""

    name: str
    words: str
    keys: str


# Smaller groups of identical records are compared pair by pair as all others are.
MOST_IDENTICAL = 15

_YEAR = "birth_year"
_BIRTH = "strftime(birth_exact, '%Y%m%d')"
_EVENT = "strftime(event_exact, '%Y%m%d')"
_MONTH = "event_month"
_BOTH_INITIALS = "given_initial || patronymic_initial"

_BEGINNING = "CASE WHEN length(surname_key) >= 5 THEN left(surname_key, 4) END"
_END = "CASE WHEN length(surname_key) >= 6 THEN right(surname_key, 5) END"

RULES: tuple[Rule, ...] = (
    Rule(name="two-names", words="two names in common, in any order", keys=sql.token_pairs()),
    Rule(name="surname", words="the same surname", keys=sql.columns_and("surname_key")),
    Rule(
        name="consonants",
        words="surnames with the same consonants",
        keys=sql.columns_and("CASE WHEN length(surname_skeleton) >= 3 THEN surname_skeleton END"),
    ),
    Rule(name="name-birth", words="one name in common and the same birth date", keys=sql.tokens_and(_BIRTH)),
    Rule(name="name-event", words="one name in common and the same event date", keys=sql.tokens_and(_EVENT)),
    Rule(
        name="consonants-birth",
        words="surnames with the same consonants and the same birth date",
        keys=sql.columns_and("surname_skeleton", _BIRTH),
    ),
    Rule(
        name="consonants-year-initial",
        words="surnames with the same consonants, the same birth year and initial of the given name",
        keys=sql.columns_and("surname_skeleton", _YEAR, "given_initial"),
    ),
    Rule(
        name="consonants-month-initial",
        words="surnames with the same consonants, the same month of the event and initial of the given name",
        keys=sql.columns_and("surname_skeleton", _MONTH, "given_initial"),
    ),
    Rule(
        name="name-place-month",
        words="one name in common, the same place and month of the event",
        keys=sql.tokens_and(f"place_key || '|' || {_MONTH}"),
    ),
    Rule(
        name="birth-place",
        words="the same birth date and place",
        keys=sql.columns_and(_BIRTH, "place_key"),
    ),
    Rule(
        name="birth-initial",
        words="the same birth date and initial of the given name",
        keys=sql.columns_and(_BIRTH, "given_initial"),
    ),
    Rule(
        name="event-place-initial",
        words="the same event date, place and initial of the given name",
        keys=sql.columns_and(_EVENT, "place_key", "given_initial"),
    ),
    Rule(
        name="beginning-initial",
        words="surnames that begin with the same four letters and the same initial of the given name",
        keys=sql.columns_and(_BEGINNING, "given_initial"),
    ),
    Rule(
        name="end-initials",
        words="surnames that end with the same five letters and the same initials",
        keys=sql.columns_and(_END, _BOTH_INITIALS),
    ),
    Rule(
        name="end-given",
        words="surnames that end with the same five letters and the same given name",
        keys=sql.columns_and(_END, "given_key"),
    ),
    Rule(
        name="name-year",
        words="one name in common and the same birth year",
        keys=sql.tokens_and(_YEAR),
    ),
    Rule(
        name="given-patronymic-year",
        words="the same given name, patronymic and birth year",
        keys=sql.columns_and("given_key", "patronymic_key", _YEAR),
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


def bring_up_pairs(connection: duckdb.DuckDBPyConnection, spec: LinkageSpec) -> tuple[BlockingRule, ...]:
    """Fill the table of pairs to compare from every rule; count each rule's pairs before they are made.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A workbench that holds the prepared records.
    spec : LinkageSpec
        `max_block` and `max_pairs_per_rule`.

    Returns
    -------
    tuple of BlockingRule
        Per rule how many distinct pairs it brought up and how many blocks stayed above the cap.

    Raises
    ------
    LinkageError
        L03 if a rule would bring up more pairs than `max_pairs_per_rule`.
    """
    run(connection, sql.finer())
    run(connection, sql.create_pairs())
    skipped: list[int] = []
    for number, rule in enumerate(RULES):
        run(connection, sql.blocks(rule.keys, spec.max_block))
        n_pairs, n_skipped = run_counts(connection, sql.count_block_pairs())
        if n_pairs > spec.max_pairs_per_rule:
            raise LinkageError(
                f"the rule '{rule.words}' would compare {n_pairs:,} pairs; the limit is {spec.max_pairs_per_rule:,}.",
                why="So many pairs come up only if a column holds a filler value or nearly the same value everywhere.",
                do="Look for filler values in the columns the rule names, lower [linkage] max_block, or raise "
                "max_pairs_per_rule if time and memory allow.",
                code="L03",
            )
        run(connection, sql.add_pairs(number))
        skipped.append(n_skipped)
    run(connection, f"DROP TABLE {sql.BLOCKS}")
    found = {int(str(rule)): int(str(n)) for rule, n in run(connection, sql.pairs_by_rule())}
    return tuple(
        BlockingRule(name=rule.name, words=rule.words, n_pairs=found.get(number, 0), n_skipped_blocks=skipped[number])
        for number, rule in enumerate(RULES)
    )
