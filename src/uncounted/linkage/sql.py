"""The SQL of linkage: pure functions that return text. Running it is the caller's job.

Everything that varies is a number of ours or a name from a fixed list; values of cells never enter the text.
"""

from __future__ import annotations

DELIVERED = "uncounted_delivered"
PREPARED = "uncounted_prepared"
PAIRS = "uncounted_pairs"
FINER = "uncounted_finer"
BLOCKS = "uncounted_blocks"
IDENTICAL = "uncounted_identical"

_MAX_TOKENS = 5


def _skeleton(column: str) -> str:
    return f"substr({column}, 1, 1) || regexp_replace(substr({column}, 2), '[aeiouy]', '', 'g')"


def prepare() -> str:
    """Columns that blocking and comparing need, one row a record, in order of `record`.

    A birth date on 1 January is read as "that year": many registers enter it when only the year is known.
    `other_surname` and `other_given` repeat the keys under a second name, so that a level for swapped names does not
    make Splink believe that the surname comparison also uses the given name.
    """
    tokens = f"list_slice(list_sort(list_distinct(coalesce(name_keys, []))), 1, {_MAX_TOKENS})"
    return f"""
    CREATE TABLE {PREPARED} AS
    WITH widened AS (
        SELECT *,
            coalesce(birth_from = birth_to AND month(birth_from) = 1 AND day(birth_from) = 1, false) AS new_year
        FROM {DELIVERED}
    ), dated AS (
        SELECT * EXCLUDE (birth_from, birth_to),
            birth_from,
            CASE WHEN new_year THEN make_date(year(birth_from), 12, 31) ELSE birth_to END AS birth_to
        FROM widened
    )
    SELECT
        record,
        surname_key,
        given_key,
        patronymic_key,
        given_initial,
        patronymic_initial,
        surname_key AS other_surname,
        given_key AS other_given,
        {_skeleton("surname_key")} AS surname_skeleton,
        {tokens} AS tokens,
        birth_from,
        birth_to,
        CASE WHEN birth_from = birth_to THEN birth_from END AS birth_exact,
        CASE WHEN birth_from = birth_to THEN strftime(birth_from, '%Y%m%d') END AS birth_text,
        CASE WHEN year(birth_from) = year(birth_to) THEN year(birth_from) END AS birth_year,
        event_from,
        event_to,
        CASE WHEN event_from = event_to THEN event_from END AS event_exact,
        CASE WHEN year(event_from) = year(event_to) AND month(event_from) = month(event_to)
            THEN year(event_from) * 12 + month(event_from) END AS event_month,
        place_key,
        sex
    FROM dated
    ORDER BY record
    """


def identical(more_than: int) -> str:
    """Find groups of more than `more_than` records of one list that agree on everything, and their smallest record.

    Only records with a full name and an exact date can be told to be one person by agreeing; nulls agree with nulls.
    """
    same = ", ".join(
        (
            "d.list",
            "d.name_keys",
            *(f"p.{name}_key" for name in ("surname", "given", "patronymic", "place")),
            *(f"p.{name}" for name in ("given_initial", "patronymic_initial", "sex")),
            *(f"d.{name}" for name in ("birth_from", "birth_to", "event_from", "event_to")),
        )
    )
    return f"""
    CREATE TABLE {IDENTICAL} AS
    SELECT record, representative, list FROM (
        SELECT p.record, d.list, min(p.record) OVER agreeing AS representative, count(*) OVER agreeing AS n
        FROM {PREPARED} p JOIN {DELIVERED} d ON p.record = d.record
        WHERE p.surname_key IS NOT NULL AND p.given_key IS NOT NULL
            AND (p.birth_exact IS NOT NULL OR p.event_exact IS NOT NULL)
        WINDOW agreeing AS (PARTITION BY {same})
    ) WHERE n > {more_than}
    """


def identical_records() -> str:
    """Read the groups of identical records: record, smallest record of its group, list."""
    return f"SELECT record, representative, list FROM {IDENTICAL} ORDER BY record"


def keep_representatives() -> str:
    """Leave only the smallest record of each group of identical ones among the prepared records."""
    return f"""
    CREATE OR REPLACE TABLE {PREPARED} AS
    SELECT p.* FROM {PREPARED} p
    WHERE p.record NOT IN (SELECT record FROM {IDENTICAL} WHERE record <> representative)
    ORDER BY p.record
    """


def finer() -> str:
    """Tell what an oversized block is split by: birth year, month of the event, place, initials."""
    parts = (
        "'b' || birth_year",
        "'e' || event_month",
        "'p' || place_key",
        "'i' || given_initial || coalesce(patronymic_initial, '')",
    )
    union = " UNION ALL ".join(f"SELECT record, {part} AS finer FROM {PREPARED}" for part in parts)
    return f"CREATE TABLE {FINER} AS SELECT record, finer FROM ({union}) WHERE finer IS NOT NULL"


def token_pairs() -> str:
    """(record, block) for every unordered pair of name keys of a record."""
    return f"""
    SELECT a.record, a.token || '|' || b.token AS block
    FROM (SELECT record, unnest(tokens) AS token FROM {PREPARED}) a
    JOIN (SELECT record, unnest(tokens) AS token FROM {PREPARED}) b ON a.record = b.record AND a.token < b.token
    """


def tokens_and(expression: str) -> str:
    """(record, block) for every name key of a record together with `expression`."""
    return f"SELECT record, unnest(tokens) || '|' || ({expression}) AS block FROM {PREPARED}"


def columns_and(*expressions: str) -> str:
    """(record, block) for the given expressions of a record taken together; null if one of them is missing."""
    joined = " || '|' || ".join(f"({expression})" for expression in expressions)
    return f"SELECT record, {joined} AS block FROM {PREPARED}"


def blocks(keys: str, max_block: int) -> str:
    """Blocks of one rule: those within the cap, and oversized ones split by what `finer` holds.

    The column `state` is 'used' where pairs are compared, and 'skipped' for a record of an oversized block that could
    not be placed in any smaller one.
    """
    return f"""
    CREATE OR REPLACE TABLE {BLOCKS} AS
    WITH keyed AS (
        SELECT DISTINCT record, block FROM ({keys}) WHERE block IS NOT NULL
    ), sized AS (
        SELECT record, block, count(*) OVER (PARTITION BY block) AS n FROM keyed
    ), split AS (
        SELECT s.record, s.block, s.block || '|' || f.finer AS finer_block,
            count(*) OVER (PARTITION BY s.block || '|' || f.finer) AS n
        FROM sized s LEFT JOIN {FINER} f ON s.record = f.record
        WHERE s.n > {max_block}
    )
    SELECT record, block, block AS parent, 'used' AS state FROM sized WHERE n BETWEEN 2 AND {max_block}
    UNION ALL
    SELECT record, finer_block, block, 'used' FROM split WHERE finer_block IS NOT NULL AND n BETWEEN 2 AND {max_block}
    UNION ALL
    SELECT record, block, block, 'skipped' FROM split
    GROUP BY record, block HAVING NOT bool_or(finer_block IS NOT NULL AND n <= {max_block})
    """


def count_block_pairs() -> str:
    """Count the pairs of the blocks in use (one in two blocks counts twice) and the blocks not covered."""
    return f"""
    SELECT
        coalesce((SELECT sum(n * (n - 1) // 2) FROM
            (SELECT block, count(*) AS n FROM {BLOCKS} WHERE state = 'used' GROUP BY block)), 0)::BIGINT,
        (SELECT count(DISTINCT parent) FROM {BLOCKS} WHERE state = 'skipped')
    """


def create_pairs() -> str:
    """Make the table that every rule adds its pairs to."""
    return f"CREATE TABLE {PAIRS} (left_record BIGINT, right_record BIGINT, rule INTEGER)"


def add_pairs(rule: int) -> str:
    """Add the distinct pairs of the current blocks, smaller record first."""
    return f"""
    INSERT INTO {PAIRS}
    SELECT DISTINCT a.record, b.record, {rule}
    FROM {BLOCKS} a JOIN {BLOCKS} b ON a.block = b.block AND a.record < b.record
    WHERE a.state = 'used' AND b.state = 'used'
    """


def pairs_by_rule() -> str:
    """How many distinct pairs each rule brought up."""
    return f"SELECT rule, count(*) FROM {PAIRS} GROUP BY rule ORDER BY rule"


def rules_per_pair() -> str:
    """By how many rules each pair was brought up, in the order of the scored pairs."""
    return f"""
    SELECT left_record AS "left", right_record AS "right", count(*)::TINYINT AS n_rules
    FROM {PAIRS} GROUP BY left_record, right_record ORDER BY left_record, right_record
    """


def splink_pairs(name: str) -> str:
    """Distinct pairs in the form Splink reads: match_key, join_key_l, join_key_r, in a stable order."""
    return f"""
    CREATE TABLE {name} AS
    SELECT min(rule)::VARCHAR AS match_key, left_record AS join_key_l, right_record AS join_key_r
    FROM {PAIRS} GROUP BY left_record, right_record ORDER BY left_record, right_record
    """


def add_training_column(name: str, expression: str, cap: int) -> str:
    """Mark the records whose block for training holds at most `cap` records: big blocks would drown the session."""
    return f"""
    CREATE OR REPLACE TABLE {PREPARED} AS
    SELECT p.*, CASE WHEN {expression} IS NOT NULL AND count(*) OVER (PARTITION BY {expression}) <= {cap}
        THEN true END AS {name}
    FROM {PREPARED} p ORDER BY record
    """


def count_training_pairs(name: str, expression: str) -> str:
    """How many pairs a training session would compare."""
    return f"""
    SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT
    FROM (SELECT count(*) AS n FROM {PREPARED} WHERE {name} GROUP BY {expression})
    """


def scored(table: str, comparisons: tuple[str, ...]) -> str:
    """Read back from Splink: the two records, the match weight, the level of every comparison."""
    levels = ", ".join(f'"gamma_{name}"::TINYINT AS "level_{name}"' for name in comparisons)
    return f"""
    SELECT least(record_l, record_r) AS "left", greatest(record_l, record_r) AS "right", match_weight, {levels}
    FROM {table} ORDER BY "left", "right"
    """


def count_sure_pairs() -> str:
    """How many pairs agree exactly on surname, given name and a birth or event date, and how many pairs there are."""
    return f"""
    WITH distinct_pairs AS (SELECT DISTINCT left_record, right_record FROM {PAIRS})
    SELECT
        count(*) FILTER (a.surname_key = b.surname_key AND a.given_key = b.given_key
            AND (a.birth_exact = b.birth_exact OR (a.event_exact = b.event_exact
                AND coalesce(a.birth_year = b.birth_year, true)))),
        count(*)
    FROM distinct_pairs p
    JOIN {PREPARED} a ON a.record = p.left_record
    JOIN {PREPARED} b ON b.record = p.right_record
    """


def companion_pairs(name: str, delivered: str) -> str:
    """Pairs found by a common match, in the form Splink reads."""
    return f"""
    CREATE TABLE {name} AS
    SELECT 'companion' AS match_key, left_record AS join_key_l, right_record AS join_key_r
    FROM {delivered} ORDER BY left_record, right_record
    """


def chunk(name: str, pairs: str, start: int, stop: int) -> str:
    """Take some rows of a table of pairs: Splink's wide result for all of them at once would not fit in memory."""
    return f"CREATE TABLE {name} AS SELECT * FROM {pairs} WHERE rowid >= {start} AND rowid < {stop} ORDER BY rowid"
