"""Our SQL on Spark: conditions are written once, for DuckDB, and translated; what has no exact equal is refused.

Two functions are measures of likeness on which engines differ in detail (Splink's own jar for Spark gives another
Jaro-Winkler similarity for one pair of damaged names in seven). On Spark they are therefore computed by DuckDB too, in
the Python beside each worker: `likeness_functions` registers them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa

from uncounted.linkage.comparisons import Comparison

# What DuckDB calls the function, what it is called on Spark, and the type it gives there.
LIKENESS: tuple[tuple[str, str, str], ...] = (
    ("jaro_winkler_similarity", "uncounted_jaro_winkler", "double"),
    ("damerau_levenshtein", "uncounted_damerau_levenshtein", "long"),
)
# Functions that a test found to give the same on both engines, null and empty values included.
_SAME = frozenset(
    (
        *("And", "Or", "Not", "Is", "Paren", "Case", "If", "Coalesce", "Cast", "DataType"),
        *("Column", "Identifier", "Literal", "Null", "Boolean", "Var", "Alias", "Star"),
        *(
            "EQ",
            "NEQ",
            "GT",
            "GTE",
            "LT",
            "LTE",
            "Between",
            "In",
            "Add",
            "Sub",
            "Mul",
            "Neg",
            "Abs",
            "Least",
            "Greatest",
        ),
        *("Length", "ArrayContains", "Year", "Month", "Day", "DateDiff"),
        *("Select", "From", "Where", "Join", "Table", "TableAlias", "Subquery", "With", "CTE", "Exists", "Distinct"),
        *("Count", "Sum", "Filter", "Group", "Order", "Ordered"),
    )
)


def to_spark(text: str) -> str:
    """Translate a condition or a query of ours from DuckDB's SQL to Spark's.

    Parameters
    ----------
    text : str
        SQL as in `comparisons` and `sql`.

    Returns
    -------
    str
        The same for Spark 4.

    Raises
    ------
    AssertionError
        If the text uses something that was not found to be the same on both engines: our mistake, not the user's.
    """
    from sqlglot import exp, parse_one

    renamed = {duck: spark for duck, spark, _ in LIKENESS}

    def translate(node: Any) -> Any:
        if isinstance(node, exp.JarowinklerSimilarity):
            return exp.Anonymous(this=renamed["jaro_winkler_similarity"], expressions=[node.this, node.expression])
        if isinstance(node, exp.Anonymous):
            name = str(node.this).lower()
            if name not in renamed:
                raise AssertionError(f"the function {name} is not known to be the same on Spark")
            return exp.Anonymous(this=renamed[name], expressions=node.expressions)
        if type(node).__name__ not in _SAME:
            raise AssertionError(f"{type(node).__name__} is not known to be the same on Spark")
        return node

    if text.strip().upper() == "ELSE":
        return text
    return str(parse_one(text, read="duckdb").transform(translate).sql(dialect="spark"))


def for_spark(comparison: Comparison) -> Comparison:
    """Return the comparison with its conditions in Spark's SQL."""
    return replace(
        comparison,
        missing=to_spark(comparison.missing),
        levels=tuple(replace(level, condition=to_spark(level.condition)) for level in comparison.levels),
    )


def likeness(function: str) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return a function on two columns of text that DuckDB computes; it is sent to the workers as it stands.

    It refers to nothing of this package, so that a worker needs Python with duckdb and pyarrow, and not `uncounted`.
    """
    query = f"SELECT {function}(a, b) AS likeness FROM pairs ORDER BY row"  # noqa: S608 - a name from `LIKENESS`

    def measure(a: pa.Array, b: pa.Array) -> pa.Array:
        import duckdb
        import pyarrow

        table = pyarrow.table({"row": pyarrow.array(range(len(a)), pyarrow.int64()), "a": a, "b": b})
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET threads = 1")
            connection.execute("SET temp_directory = ''")
            connection.execute("SET enable_external_access = false")
            connection.register("pairs", table)
            found = connection.sql(query).to_arrow_table()["likeness"].combine_chunks()
        return found if isinstance(found, pyarrow.Array) else pyarrow.concat_arrays(found.chunks)

    return measure
