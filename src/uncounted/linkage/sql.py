"""The SQL of linkage: pure functions that return text. Running it is the caller's job.

Everything that varies is a number of ours or a name from a fixed list; values of cells never enter the text.
"""

from __future__ import annotations

from collections.abc import Iterable

DELIVERED = "uncounted_delivered"
PREPARED = "uncounted_prepared"
PAIRS = "uncounted_pairs"
CANDIDATES = "uncounted_candidates"
FINER = "uncounted_finer"
KEYED = "uncounted_keyed"
SIZES = "uncounted_sizes"
SPLIT = "uncounted_split"
BLOCKS = "uncounted_blocks"
FOUND = "uncounted_found"
IDENTICAL = "uncounted_identical"
LIKELY = "uncounted_likely"
SIGNS = "uncounted_signs"

_MAX_TOKENS = 5
_MOST_RARITY = 40

# Columns whose value frequencies sharpen a weight: agreeing on a rare value says more than on a common one.
FREQUENCY_COLUMNS: tuple[str, ...] = ("surname_key", "second_surname_key", "given_key", "patronymic_key", "place_key")


def prepare() -> str:
    """Columns that blocking and comparing need, one row a record, in order of `record`.

    A birth date on 1 January is read as "that year": many registers enter it when only the year is known.
    `other_surname` and `other_given` repeat the keys under a second name, so that a level for swapped names does not
    make Splink believe that the surname comparison also uses the given name.
    """
    tokens = f"list_slice(list_sort(list_distinct(coalesce(name_keys, []))), 1, {_MAX_TOKENS})"
    skeletons = (
        "list_slice(list_sort(list_distinct(list_filter(string_split(coalesce(name_skeleton, ''), ' '), "
        f"lambda s: length(s) >= 2))), 1, {_MAX_TOKENS})"
    )
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
        record::INTEGER AS record,
        surname_key,
        surname_skeleton,
        second_surname_key,
        given_key,
        given_skeleton,
        patronymic_key,
        patronymic_skeleton,
        given_initial,
        patronymic_initial,
        surname_key AS other_surname,
        given_key AS other_given,
        {tokens} AS tokens,
        {skeletons} AS skeletons,
        list_distinct(list_filter(list_append(list_transform({skeletons}, lambda s: left(s, 1)), given_initial),
            lambda s: s IS NOT NULL)) AS letters,
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


def rarity_name(column: str) -> str:
    """Name of the column that holds the rarity of a value: half bits, round(2 log2(known values / this value))."""
    return f"{column}_rarity"


def add_rarities() -> str:
    """Add to every prepared record how rare its values are among all records that have one."""
    ctes, joins, columns = [], [], []
    for k, column in enumerate(FREQUENCY_COLUMNS):
        ctes.append(
            f"f{k} AS (SELECT {column} AS value, "
            f"least(round(2 * log2(sum(count(*)) OVER () / count(*))), {_MOST_RARITY})::TINYINT AS rarity "
            f"FROM {PREPARED} WHERE {column} IS NOT NULL GROUP BY {column})"
        )
        joins.append(f"LEFT JOIN f{k} ON f{k}.value = p.{column}")
        columns.append(f"coalesce(f{k}.rarity, 0)::TINYINT AS {rarity_name(column)}")
    return f"""
    CREATE OR REPLACE TABLE {PREPARED} AS
    WITH {", ".join(ctes)}
    SELECT p.*, {", ".join(columns)} FROM {PREPARED} p {" ".join(joins)} ORDER BY p.record
    """


def identical(more_than: int) -> str:
    """Find groups of more than `more_than` records of one list that agree on everything, and their smallest record.

    Only records with a full name and an exact date can be told to be one person by agreeing; nulls agree with nulls.
    """
    same = ", ".join(
        (
            "d.list",
            "d.name_keys",
            *(f"p.{name}_key" for name in ("surname", "second_surname", "given", "patronymic", "place")),
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


# -- bringing pairs up --------------------------------------------------------------------------------------------
def finer() -> str:
    """Tell what an oversized block is split by: birth year, month of the event, place, initials."""
    parts = (
        "'b' || birth_year",
        "'e' || event_month",
        "'p' || place_key",
        "'i' || given_initial || coalesce(patronymic_initial, '')",
    )
    union = " UNION ALL ".join(f"SELECT record, {part} AS finer FROM {PREPARED}" for part in parts)
    return f"CREATE TABLE {FINER} AS SELECT record, hash(finer) AS finer FROM ({union}) WHERE finer IS NOT NULL"


# What two records share, in points, which are bits: log2 of one over the share of records with that very value, times a
# share and at most so many; and what is taken off where both are known and differ. Of two entries on the same thing
# the larger counts. Integers alone, so that hundreds of millions of pairs can be looked at while they are made.
# Not the weight of a pair, only a guide to which pairs of a loose rule deserve one.
_POINTS: tuple[tuple[tuple[str, str, float, int, int], ...], ...] = (
    (("surname", "hash(surname_skeleton)", 1.0, 12, 0), ("beginning", "hash(left(surname_key, 3))", 0.8, 12, 0)),
    (("given", "hash(given_skeleton)", 1.0, 12, 1), ("initial", "ascii(given_initial)", 1.0, 12, 2)),
    (("patronymic", "hash(patronymic_skeleton)", 1.0, 12, 1), ("second", "ascii(patronymic_initial)", 1.0, 12, 2)),
    (
        ("birth_day", "datediff('day', DATE '0001-01-01', birth_exact)", 1.0, 13, 0),
        ("birth_year", "birth_year", 1.0, 12, 1),
    ),
    (
        ("event_day", "datediff('day', DATE '0001-01-01', event_exact)", 1.0, 9, 0),
        ("event_month", "event_month", 1.0, 9, 1),
    ),
    (("place", "hash(place_key)", 1.0, 12, 1),),
    (("sex", "hash(sex)", 1.0, 2, 3),),
)
_POINTS_OFF_YEARS = 4


def signs() -> str:
    """Keep what the points of a pair are counted from; a missing value is a negative number no other record has."""
    entries = [entry for part in _POINTS for entry in part]
    numbers = ", ".join(f"(({expression}) % 2147483647)::INTEGER AS {name}" for name, expression, *_ in entries)
    columns = ", ".join(
        f"coalesce({name}, -record - 1) AS {name}, coalesce(least(round({share} * "
        f"log2(nullif(count({name}) OVER (), 0) / count(*) OVER (PARTITION BY {name}))), {most}), 0)::TINYINT "
        f"AS {name}_points"
        for name, _, share, most, _ in entries
    )
    return f"""
    CREATE TABLE {SIGNS} AS
    SELECT record, {columns}, year_from, year_to
    FROM (
        SELECT record, {numbers}, coalesce(year(birth_from), 0)::SMALLINT AS year_from,
            coalesce(year(birth_to), 9999)::SMALLINT AS year_to
        FROM {PREPARED}
    )
    """


def _points() -> str:
    agree, differ = [], []
    for part in _POINTS:
        shared = [f"(a.{name} = b.{name})::TINYINT * a.{name}_points" for name, *_ in part]
        agree.append(shared[0] if len(shared) == 1 else f"greatest({', '.join(shared)})")
        differ += [
            f"{off} * (a.{name} <> b.{name} AND least(a.{name}, b.{name}) >= 0)::TINYINT"
            for name, *_, off in part
            if off
        ]
    years = "(a.year_from > b.year_to + 1 OR b.year_from > a.year_to + 1)::TINYINT"
    return f"{' + '.join(agree)} - {' - '.join(differ)} - {_POINTS_OFF_YEARS} * {years}"


def list_pairs(column: str) -> str:
    """(record, block) for every unordered pair of elements of a list of a record."""
    return f"""
    SELECT a.record, a.token || '|' || b.token AS block
    FROM (SELECT record, unnest({column}) AS token FROM {PREPARED}) a
    JOIN (SELECT record, unnest({column}) AS token FROM {PREPARED}) b ON a.record = b.record AND a.token < b.token
    """


def list_and(column: str, expression: str) -> str:
    """(record, block) for every element of a list of a record together with `expression`."""
    return f"SELECT record, unnest({column}) || '|' || ({expression}) AS block FROM {PREPARED}"


def deletions(column: str) -> str:
    """List a word and all that is left of it when one letter is taken out, for words of four letters and more."""
    return (
        f"CASE WHEN length({column}) >= 4 THEN list_distinct(list_prepend({column}, "
        f"list_transform(range(1, length({column}) + 1), "
        f"lambda i: substr({column}, 1, i - 1) || substr({column}, i + 1)))) END"
    )


def all_deletions(column: str) -> str:
    """Do the same for every word of a list of words, all together."""
    inner = (
        "list_prepend(w, list_transform(range(1, length(w) + 1), lambda i: substr(w, 1, i - 1) || substr(w, i + 1)))"
    )
    return f"list_distinct(flatten(list_transform(list_filter({column}, lambda w: length(w) >= 4), lambda w: {inner})))"


def columns_and(*expressions: str) -> str:
    """(record, block) for the given expressions of a record taken together; null if one of them is missing."""
    joined = " || '|' || ".join(f"({expression})" for expression in expressions)
    return f"SELECT record, {joined} AS block FROM {PREPARED}"


def blocks(keys: str, max_block: int) -> tuple[str, ...]:
    """Blocks of one rule, as steps: those within the cap, and oversized ones split by what `finer` holds.

    A block is the 64-bit hash of its key: two keys with one hash would only bring up pairs too many. The column
    `parent` is the block a smaller one was split from; `used` is false for a record of an oversized block that could
    not be placed in any smaller one.
    """
    return (
        f"""
        CREATE OR REPLACE TABLE {KEYED} AS
        SELECT record, hash(block) AS block FROM ({keys}) WHERE block IS NOT NULL
        """,
        f"""
        CREATE OR REPLACE TABLE {SIZES} AS
        SELECT block, count(*) AS n FROM {KEYED} GROUP BY block HAVING count(*) > 1
        """,
        f"""
        CREATE OR REPLACE TABLE {SPLIT} AS
        SELECT k.record, k.block AS parent, hash(k.block, f.finer) AS block
        FROM {KEYED} k JOIN {SIZES} s ON k.block = s.block LEFT JOIN {FINER} f ON k.record = f.record
        WHERE s.n > {max_block}
        """,
        f"""
        CREATE OR REPLACE TABLE {BLOCKS} AS
        WITH small AS (SELECT block, count(*) AS n FROM {SPLIT} GROUP BY block HAVING count(*) <= {max_block})
        SELECT k.record, k.block, k.block AS parent, true AS used
        FROM {KEYED} k JOIN {SIZES} s ON k.block = s.block WHERE s.n <= {max_block}
        UNION ALL
        SELECT p.record, p.block, p.parent, true FROM {SPLIT} p JOIN small s ON p.block = s.block WHERE s.n > 1
        UNION ALL
        SELECT p.record, p.parent, p.parent, false
        FROM {SPLIT} p LEFT JOIN small s ON p.block = s.block
        GROUP BY p.record, p.parent HAVING count(s.block) = 0
        """,
        *(f"DROP TABLE {name}" for name in (KEYED, SIZES, SPLIT)),
    )


def count_block_pairs() -> str:
    """Count the pairs of the blocks in use (one in two blocks counts twice) and the blocks not covered."""
    return f"""
    SELECT
        coalesce((SELECT sum(n * (n - 1) // 2) FROM
            (SELECT block, count(*) AS n FROM {BLOCKS} WHERE used GROUP BY block)), 0)::BIGINT,
        (SELECT count(DISTINCT parent) FROM {BLOCKS} WHERE NOT used)
    """


def create_pairs() -> str:
    """Make the table that every rule adds its pairs to."""
    return f"CREATE TABLE {PAIRS} (left_record INTEGER, right_record INTEGER, rule TINYINT)"


def find_pairs(least_points: int | None = None) -> str:
    """Find the distinct pairs of the current blocks, smaller record first, and in how many blocks each is.

    Only those that share enough, if asked.
    """
    if least_points is None:
        return f"""
        CREATE OR REPLACE TABLE {FOUND} AS
        SELECT a.record AS left_record, b.record AS right_record, count(*)::INTEGER AS times
        FROM {BLOCKS} a JOIN {BLOCKS} b ON a.block = b.block AND a.record < b.record
        WHERE a.used AND b.used GROUP BY a.record, b.record
        """
    return f"""
    CREATE OR REPLACE TABLE {FOUND} AS
    WITH signed AS (SELECT k.block, s.* FROM {BLOCKS} k JOIN {SIGNS} s ON k.record = s.record WHERE k.used)
    SELECT a.record AS left_record, b.record AS right_record, count(*)::INTEGER AS times
    FROM signed a JOIN signed b ON a.block = b.block AND a.record < b.record
    WHERE {_points()} >= {least_points} GROUP BY a.record, b.record
    """


def count_points(one_in: int) -> str:
    """How many pairs of one block in `one_in` of the current ones share so many points; blocks are taken by hash."""
    return f"""
    WITH signed AS (
        SELECT k.block, s.* FROM {BLOCKS} k JOIN {SIGNS} s ON k.record = s.record
        WHERE k.used AND (k.block >> 20) % {one_in} = 0
    )
    SELECT {_points()} AS points, count(*) FROM signed a JOIN signed b ON a.block = b.block AND a.record < b.record
    GROUP BY points
    """


def count_found_here() -> str:
    """How many distinct pairs the current rule found, and how many if one in two blocks counts twice."""
    return f"SELECT count(*), coalesce(sum(times), 0)::BIGINT FROM {FOUND}"


def add_pairs(rule: int) -> str:
    """Add the pairs that the current rule found."""
    return f"INSERT INTO {PAIRS} SELECT left_record, right_record, {rule} FROM {FOUND}"


def blocks_in_use(rule: int, least_points: int | None) -> str:
    """Read the blocks of a rule that pairs are made from, each as a signed number, which Spark needs."""
    top = f"{2**63}::UBIGINT"
    block = f"CASE WHEN block >= {top} THEN (block - {top})::BIGINT - {2**63 - 1} - 1 ELSE block::BIGINT END"
    points = "NULL" if least_points is None else str(least_points)
    return f"""
    SELECT record, {block} AS block, {rule}::TINYINT AS rule, {points}::TINYINT AS points
    FROM {BLOCKS} WHERE used ORDER BY 2, 1
    """


def read_signs() -> str:
    """Read what the points of a pair are counted from."""
    return f"SELECT * FROM {SIGNS} ORDER BY record"


def pairs_of_blocks(*, thinned: bool) -> str:
    """Pairs of the blocks of all rules at once, smaller record first, distinct by rule; see `find_pairs`."""
    if not thinned:
        return f"""
        SELECT a.record AS left_record, b.record AS right_record, a.rule AS rule, count(*) AS times
        FROM {BLOCKS} a JOIN {BLOCKS} b ON a.rule = b.rule AND a.block = b.block AND a.record < b.record
        GROUP BY a.record, b.record, a.rule
        """
    return f"""
    WITH signed AS (SELECT k.block, k.rule, k.points, s.* FROM {BLOCKS} k JOIN {SIGNS} s ON k.record = s.record)
    SELECT a.record AS left_record, b.record AS right_record, a.rule AS rule, count(*) AS times
    FROM signed a JOIN signed b ON a.rule = b.rule AND a.block = b.block AND a.record < b.record
    WHERE a.points IS NULL OR {_points()} >= a.points GROUP BY a.record, b.record, a.rule
    """


def count_found(pairs: str) -> str:
    """How many distinct pairs each rule brought up, and how many if one in two blocks counts twice."""
    return f"SELECT rule, count(*) AS n, sum(times) AS n_times FROM {pairs} GROUP BY rule"


def candidates_of(pairs: str) -> str:
    """Distinct pairs, with how many rules found them."""
    return f"SELECT left_record, right_record, count(*) AS n_rules FROM {pairs} GROUP BY left_record, right_record"


def prepared_columns(columns: Iterable[str]) -> str:
    """Read some columns of the prepared records, in order of `record`."""
    return f"SELECT record, {', '.join(columns)} FROM {PREPARED} ORDER BY record"


def splink_pairs(pairs: str) -> str:
    """Pairs in the form that Splink reads on Spark; how many rules found a pair goes with it as its match key."""
    return f"""
    SELECT CAST(n_rules AS STRING) AS match_key, left_record AS join_key_l, right_record AS join_key_r FROM {pairs}
    """


def outcomes_of(pairs: str, code: str) -> str:
    """Pairs as Splink predicted them on Spark, each with its code."""
    return f"""
    SELECT record_l AS `left`, record_r AS `right`, CAST(match_key AS TINYINT) AS n_rules, {code} AS code FROM {pairs}
    """


def count_outcomes(outcomes: str) -> str:
    """How many pairs have each code."""
    return f"SELECT code, count(*) AS n FROM {outcomes} GROUP BY code"


def with_outcome(outcomes: str, wanted: str) -> str:
    """Pairs whose code is in the table `wanted`, on Spark."""
    return f"SELECT o.* FROM {outcomes} o LEFT SEMI JOIN {wanted} w ON o.code = w.code"


def likely_partners() -> str:
    """Read the likely partners of records."""
    return f"SELECT record, other FROM {LIKELY} ORDER BY record, other"


def drop_blocks() -> tuple[str, ...]:
    """Give the memory of blocking back, as steps."""
    return tuple(f"DROP TABLE IF EXISTS {name}" for name in (BLOCKS, FINER, SIGNS))


def highest_record() -> str:
    """Count up to the highest record number."""
    return f"SELECT coalesce(max(record), -1) + 1 FROM {PREPARED}"


def take_over() -> str:
    """Make prepared records of those delivered by another workbench."""
    return f"CREATE TABLE {PREPARED} AS SELECT * FROM {DELIVERED} ORDER BY record"


def create_candidates() -> str:
    """Make the table of distinct pairs."""
    return f"CREATE TABLE {CANDIDATES} (left_record INTEGER, right_record INTEGER, n_rules TINYINT)"


def add_candidates(start: int, stop: int) -> str:
    """Add the distinct pairs whose smaller record lies in [start, stop), sorted, with how many rules found them."""
    return f"""
    INSERT INTO {CANDIDATES}
    SELECT left_record, right_record, count(*)::TINYINT FROM {PAIRS}
    WHERE left_record >= {start} AND left_record < {stop}
    GROUP BY left_record, right_record ORDER BY left_record, right_record
    """


def crowded_left_out(delivered: str, most: int) -> str:
    """Keep the likely partners of records that have at most `most` of them."""
    return f"""
    CREATE OR REPLACE TABLE {LIKELY} AS
    SELECT record, other FROM (SELECT *, count(*) OVER (PARTITION BY record) AS n FROM {delivered}) WHERE n <= {most}
    """


def companions() -> str:
    """Pairs not brought up whose records both match a third record; `LIKELY` holds likely pairs in both directions."""
    return f"""
    SELECT DISTINCT a.other AS left_record, b.other AS right_record, 0::TINYINT AS n_rules
    FROM {LIKELY} a JOIN {LIKELY} b ON a.record = b.record AND a.other < b.other
    WHERE NOT EXISTS (
        SELECT 1 FROM {CANDIDATES} c WHERE c.left_record = a.other AND c.right_record = b.other)
    ORDER BY left_record, right_record
    """


# -- comparing ----------------------------------------------------------------------------------------------------
def compared(pairs: str, columns: Iterable[str], code: str) -> str:
    """Compare pairs: `pairs` is SQL giving (left_record, right_record, n_rules), `code` an expression over both."""
    names = tuple(dict.fromkeys(columns))
    sides = "".join(f", {side}.{name} AS {name}_{side}" for name in names for side in ("l", "r"))
    return f"""
    SELECT left_record AS "left", right_record AS "right", n_rules, {code} AS code
    FROM (
        SELECT c.left_record, c.right_record, c.n_rules{sides}
        FROM ({pairs}) c
        JOIN {PREPARED} l ON l.record = c.left_record
        JOIN {PREPARED} r ON r.record = c.right_record
    )
    ORDER BY "left", "right"
    """


def candidates_between(start: int, stop: int) -> str:
    """Candidates whose smaller record lies in [start, stop)."""
    return f"SELECT * FROM {CANDIDATES} WHERE left_record >= {start} AND left_record < {stop}"


def count_sure_pairs() -> str:
    """How many pairs agree exactly on surname, given name and a birth or event date, and how many pairs there are."""
    return f"""
    SELECT
        count(*) FILTER (a.surname_key = b.surname_key AND a.given_key = b.given_key
            AND (a.birth_exact = b.birth_exact OR (a.event_exact = b.event_exact
                AND coalesce(a.birth_year = b.birth_year, true)))),
        count(*)
    FROM {CANDIDATES} p
    JOIN {PREPARED} a ON a.record = p.left_record
    JOIN {PREPARED} b ON b.record = p.right_record
    """


# -- training -----------------------------------------------------------------------------------------------------
def training_records(columns: Iterable[str]) -> str:
    """Return the prepared records numbered by what they hold, so that the order of the rows has no say in training."""
    names = tuple(columns)
    listed = ", ".join(names)
    order = ", ".join(f"{name} NULLS FIRST" for name in names)
    return f"SELECT (row_number() OVER (ORDER BY {order}) - 1)::BIGINT AS record, {listed} FROM {PREPARED} ORDER BY 1"


def training_blocks(expression: str, cap: int) -> str:
    """How many pairs the blocks of at most `cap` records hold."""
    return f"""
    SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM (
        SELECT count(*) AS n FROM {PREPARED} WHERE {expression} IS NOT NULL GROUP BY {expression}
    ) WHERE n <= {cap}
    """


def add_training_column(name: str, expression: str, cap: int, one_in: int) -> str:
    """Mark the records whose block for training is small enough, and of these one block in `one_in`.

    Big blocks would drown a session; the blocks taken are chosen by the hash of their key.
    """
    chosen = f"hash({expression}) % {one_in} = 0"
    return f"""
    CREATE OR REPLACE TABLE {PREPARED} AS
    SELECT p.*, CASE WHEN {expression} IS NOT NULL AND {chosen}
        AND count(*) OVER (PARTITION BY {expression}) <= {cap} THEN true END AS {name}
    FROM {PREPARED} p ORDER BY record
    """
