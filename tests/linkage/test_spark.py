"""Linking on Spark. What needs Java, and half a minute to start, is marked slow: `pytest -m slow -k spark`."""

from __future__ import annotations

import datetime as dt
import logging
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from invented_records import invent

from uncounted.errors import LinkageError
from uncounted.linkage import blocking, sql
from uncounted.linkage.clustering import cluster
from uncounted.linkage.codes import CODES
from uncounted.linkage.comparisons import COMPARISONS, Comparison, level_sql
from uncounted.linkage.scoring import score_pairs
from uncounted.linkage.spark import session as session_module
from uncounted.linkage.spark.dialect import LIKENESS, for_spark, likeness, to_spark
from uncounted.project.model import LinkageSpec

pytest.importorskip("pyspark")

SPARK = LinkageSpec(engine="spark")
WORDS: tuple[str | None, ...] = (
    None, "", " ", "a", "b", "ab", "ba", "abc", "acb", "kovalenko", "kovalenco", "kovalenka", "okvalenko", "olena",
    "martha", "marhta", "é", "e", "жук", "жуk", "😀", "😀a", "\u202eabc", "ß", "x" * 200, "x" * 199 + "y",
    "19800307", "19800703", "19800308", "kvlnk", "null", "NULL", "O'Brien", '"', "\\", "\t", "İ", "ab|cd",
)  # fmt: skip
DATES: tuple[dt.date | None, ...] = (
    None, dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1582, 10, 10), dt.date(1980, 3, 7), dt.date(1980, 7, 3),
    dt.date(1980, 12, 31), dt.date(1980, 1, 1), dt.date(1981, 1, 1), dt.date(2022, 3, 27), dt.date(2022, 2, 24),
    dt.date(1900, 2, 28), dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(2062, 1, 1),
)  # fmt: skip


def hostile_pairs(n: int) -> pa.Table:
    """Pairs of values for all columns that are compared, drawn from what breaks engines."""
    rng = np.random.default_rng(5)
    columns: dict[str, pa.Array] = {}
    for name in sorted({column for comparison in COMPARISONS for column in comparison.columns}):
        for side in ("l", "r"):
            if name.endswith(("_from", "_to", "_exact")):
                column = pa.array([DATES[k] for k in rng.integers(0, len(DATES), n)], pa.date32())
            elif name.endswith(("_year", "_month")):
                column = pa.array([(None, 1980, 1981, -1)[k] for k in rng.integers(0, 4, n)], pa.int64())
            elif name in {"tokens", "skeletons"}:
                lists = [[w for w in (WORDS[k] for k in rng.integers(0, 40, 3) % len(WORDS)) if w] for _ in range(n)]
                column = pa.array(lists, pa.list_(pa.string()))
            else:
                column = pa.array([WORDS[k] for k in rng.integers(0, len(WORDS), n)], pa.string())
            columns[f"{name}_{side}"] = column
    return pa.table({"row": range(n), **columns})


def levels_sql(comparisons: tuple[Comparison, ...]) -> str:
    return "SELECT " + ", ".join(f"{level_sql(c)} AS {c.name}" for c in comparisons) + " FROM pairs ORDER BY row"


def levels_here(pairs: pa.Table) -> pa.Table:
    with duckdb.connect(":memory:") as connection:
        connection.register("pairs", pairs)
        return connection.sql(levels_sql(COMPARISONS)).to_arrow_table()


# -- without Java -------------------------------------------------------------------------------------------------
def test_every_condition_is_translated_and_means_the_same_when_translated_back() -> None:
    import sqlglot

    pairs = hostile_pairs(3_000)
    spoken = levels_sql(tuple(for_spark(c) for c in COMPARISONS))
    assert "jaro_winkler_similarity" not in spoken.lower()
    back = sqlglot.transpile(spoken, read="spark", write="duckdb")[0]
    for here, there, _ in LIKENESS:
        assert there.upper() in back
        back = back.replace(there.upper(), here)
    with duckdb.connect(":memory:") as connection:
        connection.register("pairs", pairs)
        found = connection.sql(back).to_arrow_table()
    expected = levels_here(pairs)
    for comparison in COMPARISONS:
        levels = expected[comparison.name].to_pylist()
        assert found[comparison.name].to_pylist() == levels
        assert len(set(levels)) >= 3, f"the rows do not try {comparison.name}"


@pytest.mark.parametrize("text", ["soundex(a_l) = 'x'", "regexp_matches(a_l, 'x')", "a_l ILIKE 'x'", "hash(a_l) > 3"])
def test_what_is_not_known_to_be_the_same_is_refused(text: str) -> None:
    with pytest.raises(AssertionError, match="not known to be the same"):
        to_spark(text)


def test_queries_over_pairs_are_translated() -> None:
    assert "FILTER(WHERE" in to_spark(sql.count_sure_pairs())
    assert "NOT EXISTS" in to_spark(sql.companions())
    assert "points" in to_spark(sql.pairs_of_blocks(thinned=True))


@pytest.mark.parametrize("function", [here for here, _, _ in LIKENESS])
def test_likeness_is_that_of_duckdb_and_needs_nothing_of_ours_on_the_worker(function: str) -> None:
    from pyspark import cloudpickle

    rng = np.random.default_rng(1)
    a = pa.array([WORDS[k] for k in rng.integers(0, len(WORDS), 500)], pa.string())
    b = pa.array([WORDS[k] for k in rng.integers(0, len(WORDS), 500)], pa.string())
    with duckdb.connect(":memory:") as connection:
        connection.register("pairs", pa.table({"row": range(500), "a": a, "b": b}))
        expected = connection.sql(f"SELECT {function}(a, b) AS x FROM pairs ORDER BY row").to_arrow_table()["x"]
    assert likeness(function)(a, b).to_pylist() == expected.to_pylist()
    assert None in expected.to_pylist()
    sent = cloudpickle.dumps(likeness(function))
    program = (
        "import sys, pickle, pyarrow as pa\nsys.modules['uncounted'] = None\n"
        "f = pickle.loads(sys.stdin.buffer.read())\n"
        "found = f(pa.array(['martha', None]), pa.array(['marhta', 'x'])).to_pylist()\n"
        "print(found[1], 'uncounted.errors' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=True)
    assert done.stdout.split() == [b"None", b"False"]


def test_blocks_travel_as_signed_numbers_that_stay_distinct() -> None:
    values = [0, 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1]
    with duckdb.connect(":memory:") as connection:
        given = pa.table({"record": range(6), "block": pa.array(values, pa.uint64()), "used": [True] * 6})
        connection.register(sql.BLOCKS, given)
        found = connection.sql(sql.blocks_in_use(3, None)).to_arrow_table()
    assert found["block"].type == pa.int64()
    assert len(set(found["block"].to_pylist())) == 6
    assert found["rule"].to_pylist() == [3] * 6


def fails(code: str) -> LinkageError:
    with pytest.raises(LinkageError) as caught:
        score_pairs(invent(5, seed=1).records, SPARK, seed=1)
    assert caught.value.code == code
    assert code in CODES
    assert caught.value.do
    assert caught.value.__cause__ is None
    return caught.value


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module.importlib.util, "find_spec", lambda _: None)
    assert "uncounted[spark]" in str(fails("L30"))


def test_an_old_pyspark_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyspark

    monkeypatch.setattr(pyspark, "__version__", "3.5.1")
    assert "3.5.1" in str(fails("L30"))


@pytest.mark.parametrize("home", ["", "/nowhere"])
def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("JAVA_HOME", home)
    assert "Java 17" in str(fails("L31"))


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("exit 1", "none that runs"),
        ("echo 'version \"1.8.0_402\"' >&2", "version 8"),
        ("echo 'version \"11.0.2\"' >&2", "version 11"),
    ],
)
def test_a_java_that_does_not_run_or_is_old_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, wanted: str
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o700)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert wanted in str(fails("L31"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("All masters are unresponsive! Giving up.", "L33"),
        ("Cannot call methods on a stopped SparkContext.", "L33"),
        ("java.net.UnknownHostException: cluster", "L33"),
        ("Exception: Java gateway process exited", "L32"),
    ],
)
def test_a_silent_cluster_is_told_from_a_session_that_does_not_start(text: str, code: str) -> None:
    error = session_module._not_started(RuntimeError(text), {"spark.master": "spark://cluster:7077"})
    assert error.code == code
    assert text not in str(error)


def test_what_spark_complains_of_is_not_repeated() -> None:
    from pyspark.errors import PySparkException

    for message, wanted in (("cell 'Kovalenko' is odd", "PySparkException"), ("No module named 'duckdb'", "duckdb")):
        with pytest.raises(LinkageError) as caught, session_module.spark_errors():
            raise PySparkException(message)
        assert caught.value.code == "L34"
        assert wanted in str(caught.value)
        assert "Kovalenko" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_what_the_operator_set_stays_and_what_is_open_is_closed(tmp_path: Path) -> None:
    from pyspark import SparkConf

    here = SparkConf(loadDefaults=False).set("spark.master", "local[4]").set("spark.app.name", "mine")
    session_module._complete(here, str(tmp_path))
    assert here.get("spark.app.name") == "mine"
    assert here.get("spark.local.dir") == str(tmp_path)
    assert here.get("spark.io.encryption.enabled") == "true"
    assert here.get("spark.driver.bindAddress") == "127.0.0.1"
    cluster_conf = SparkConf(loadDefaults=False).set("spark.master", "spark://cluster:7077")
    session_module._complete(cluster_conf, str(tmp_path))
    assert cluster_conf.get("spark.io.encryption.enabled") == "true"
    assert not cluster_conf.contains("spark.local.dir")
    assert "unencrypted" in session_module._notes(cluster_conf)[0]
    cluster_conf.set("spark.network.crypto.enabled", "true")
    assert session_module._notes(cluster_conf) == ()
    assert session_module.ALWAYS["spark.eventLog.enabled"] == session_module.ALWAYS["spark.ui.enabled"] == "false"


def test_variables_of_the_environment_are_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNCOUNTED_SET", "old")
    monkeypatch.delenv("UNCOUNTED_OPEN", raising=False)
    import os

    with session_module._environment({"UNCOUNTED_SET": "new", "UNCOUNTED_OPEN": "new"}):
        assert (os.environ["UNCOUNTED_SET"], os.environ["UNCOUNTED_OPEN"]) == ("old", "new")
    assert "UNCOUNTED_OPEN" not in os.environ


# -- on local Spark -----------------------------------------------------------------------------------------------
def spark_folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("uncounted-spark-*"))


@pytest.mark.slow
def test_spark_gives_the_pairs_weights_and_people_of_duckdb(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master local[2] pyspark-shell")
    before = spark_folders()
    invented = invent(1_220, seed=4)
    records = invented.records
    assert 1_900 <= records.table.num_rows <= 2_100
    with caplog.at_level(logging.DEBUG, logger="splink"):
        there = score_pairs(records, SPARK, seed=2)
    here = score_pairs(records, LinkageSpec(), seed=2)
    assert here.n_pairs > 1_000
    for name in here.table.column_names:
        ours, theirs = here.table[name].to_numpy(), there.table[name].to_numpy()
        if ours.dtype == np.float64:
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-6)  # equal to the last bit when this was written
        else:
            np.testing.assert_array_equal(theirs, ours)
    assert there.rules == here.rules
    assert there.sessions == here.sessions
    assert there.weights == here.weights
    assert there.n_hopeless == here.n_hopeless
    assert (here.table["n_rules"].to_numpy() == 0).any(), "no pair tries what is found through a common match"
    points = [
        cluster(pairs, LinkageSpec(), n_draws=1, seed=1, lists=invented.list_index).point for pairs in (here, there)
    ]
    np.testing.assert_array_equal(points[0], points[1])
    said = " ".join([*there.warnings, caplog.text, *capfd.readouterr()])
    assert not [name for name in set(records.table["surname_key"].to_pylist()) if name and name in said]
    assert spark_folders() == before


@pytest.mark.slow
def test_levels_are_the_same_on_hostile_values_and_a_session_of_the_caller_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pyspark.sql import SparkSession

    pairs = hostile_pairs(4_000)
    expected = levels_here(pairs)
    with session_module.open_spark({"spark.master": "local[2]"}) as started:
        (folder,) = [path for path in spark_folders() if path.stat().st_uid == Path.home().stat().st_uid][-1:]
        assert folder.stat().st_mode & 0o077 == 0
        assert "this machine alone" in started.notes[0]
        with session_module.spark_errors():
            started.session.createDataFrame(pairs).createOrReplaceTempView("pairs")
            found = started.session.sql(levels_sql(tuple(for_spark(c) for c in COMPARISONS))).toArrow()
        for comparison in COMPARISONS:
            assert found[comparison.name].to_pylist() == expected[comparison.name].to_pylist()
        started.session.conf.set("spark.sql.session.timeZone", "Europe/Kyiv")
        everything = score_pairs(invent(150, seed=3).records, LinkageSpec(), seed=1)
        monkeypatch.setattr(blocking, "THINNED_FROM", 100)
        monkeypatch.setattr(blocking, "MOST_KEPT", 1.0)
        there, here = (score_pairs(invent(150, seed=3).records, spec, seed=1) for spec in (SPARK, LinkageSpec()))
        assert there.table.equals(here.table)
        assert there.rules == here.rules
        assert sum(r.n_pairs for r in here.rules) < sum(r.n_pairs for r in everything.rules)
        assert SparkSession.getActiveSession() is not None
        assert started.session.conf.get("spark.sql.session.timeZone") == "Europe/Kyiv"
        assert not [t.name for t in started.session.catalog.listTables() if t.name.startswith("uncounted")]
    assert not folder.exists()


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_said() -> None:
    with (
        pytest.raises(LinkageError) as caught,
        session_module.open_spark({"spark.master": "spark://127.0.0.1:1"}),
    ):
        pass
    assert caught.value.code == "L33"


def test_the_pickle_of_a_likeness_is_small() -> None:
    from pyspark import cloudpickle

    assert len(cloudpickle.dumps(likeness("jaro_winkler_similarity"))) < 5_000
    assert pickle.loads(cloudpickle.dumps(likeness("damerau_levenshtein"))) is not None
