"""A Spark session for one linkage: the caller's own if there is one, else started, kept quiet, and taken down."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uncounted.errors import LinkageError
from uncounted.linkage.spark.dialect import LIKENESS, likeness

LEAST_VERSION = (4, 1)
LEAST_JAVA = 17
_DRIVER_MEMORY = "4g"

# Whatever the operator has set: no page, no history and no log of what is run.
ALWAYS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.eventLog.enabled": "false",
    "spark.log.level": "OFF",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
}
# Unless the operator has set them.
USUALLY: Mapping[str, str] = {
    "spark.app.name": "uncounted",
    "spark.io.encryption.enabled": "true",
    "spark.io.encryption.keySizeBits": "256",
    "spark.driver.maxResultSize": "0",
}
# On one machine nothing listens to the network, and what is spilt lies encrypted in a folder of our own.
ON_ONE_MACHINE: Mapping[str, str] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
_SECONDS_TO_END = 30
_NO_ANSWER = (
    "All masters are unresponsive",
    "stopped SparkContext",
    "Connection refused",
    "UnknownHost",
    "Failed to connect",
)
NETWORK_ENCRYPTION = ("spark.network.crypto.enabled", "spark.ssl.rpc.enabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A session, and what the reader has to be told about where it runs. `session` is a Spark session."""

    session: Any
    notes: tuple[str, ...]


@contextmanager
def open_spark(settings: Mapping[str, str] | None = None) -> Iterator[Started]:
    """Open a Spark session, check that its workers can do the work, and take down at the end what was started here.

    An active session of this process (a notebook of a cluster, a program run by spark-submit) is used and left open.
    Otherwise one is started with the operator's own Spark settings (`spark-defaults.conf`, `PYSPARK_SUBMIT_ARGS`); if
    they name no master, Spark runs on this machine alone.

    Parameters
    ----------
    settings : mapping of str to str, optional
        Settings of a new session that come before those of the operator, such as ``spark.master``.

    Yields
    ------
    Started

    Raises
    ------
    LinkageError
        L30 without a supported pyspark, L31 without Java, L32 if no session starts, L33 if the cluster does not answer,
        L34 if the workers lack what they need.
    """
    _require_pyspark()
    from pyspark.sql import SparkSession

    with ExitStack() as stack:
        active = SparkSession.getActiveSession()
        if active is None:
            session, notes = stack.enter_context(_new_session(dict(settings or {})))
        else:
            # Views, functions and settings of our own, on the caller's workers.
            session, notes = active.newSession(), ()
            session.conf.set("spark.sql.session.timeZone", "UTC")
        with spark_errors():
            _prepare_workers(session)
        yield Started(session=session, notes=notes)


@contextmanager
def spark_errors() -> Iterator[None]:
    """Put what Spark complains of into our words; its own message may quote a cell and is withheld.

    Python's complaint that pyspark leaves its sockets for it to close is left out: nobody here can mend that.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            yield
    except (Py4JError, PySparkException, ConnectionError, EOFError) as error:
        lacking = [name for name in ("duckdb", "pyarrow") if f"No module named '{name}'" in str(error)]
        if lacking:
            raise LinkageError(
                f"the Python beside the Spark workers lacks {' and '.join(lacking)}.",
                why="Names are compared there, with the same code as here.",
                do="Install duckdb and pyarrow for the workers, or send an environment with spark.archives "
                "(docs/spark.md).",
                code="L34",
            ) from None
        raise LinkageError(
            f"Spark stopped in the middle of the work ({type(error).__name__}).",
            why="Pairs of records could not be scored, so nothing can be counted from these lists.",
            do="Look whether the workers run, have memory, and use the Python version of this machine; or set "
            '[linkage] engine = "duckdb".',
            code="L34",
        ) from None


def _require_pyspark() -> None:
    least = ".".join(str(part) for part in LEAST_VERSION)
    if importlib.util.find_spec("pyspark") is None:
        raise LinkageError(
            'the project asks for [linkage] engine = "spark", and pyspark is not installed.',
            do="Install it with `pip install 'uncounted[spark]'`, or set engine = \"duckdb\".",
            code="L30",
        )
    from pyspark import __version__ as version

    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_VERSION:
        raise LinkageError(
            f"pyspark {version} is too old; {least} or later is needed.",
            do="Install it with `pip install 'uncounted[spark]'`.",
            code="L30",
        )


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME", "")
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=_SECONDS_TO_END, check=True)
    except (OSError, subprocess.SubprocessError):
        found = "none that runs was found" + (" in the folder that JAVA_HOME names" if home else "")
    else:
        # version "17.0.15", or "1.8.0_402" in the old way of counting
        version = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
        if version is None or int(version[1]) >= LEAST_JAVA:
            return
        found = f"version {version[1]} was found"
    raise LinkageError(
        f"Spark needs Java {LEAST_JAVA} or later, and {found}.",
        do=f'Install Java {LEAST_JAVA} (a JRE is enough) or set JAVA_HOME to it; or set [linkage] engine = "duckdb".',
        code="L31",
    )


@contextmanager
def _new_session(settings: Mapping[str, str]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Start Java and a session, and take both down: names must not stay in a process left behind."""
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    fixed = [*settings.items(), *ALWAYS.items()]
    with tempfile.TemporaryDirectory(prefix="uncounted-spark-") as folder, _kept_signal(), ExitStack() as stack:
        try:
            stack.enter_context(_java(dict(fixed)))
            conf = SparkConf(_jvm=SparkContext._jvm).setAll(fixed)
            _complete(conf, folder)
            stack.enter_context(_environment(_python_of_workers(conf)))
            session = SparkSession(SparkContext(conf=conf))
        except (Py4JError, PySparkException, OSError) as error:
            raise _not_started(error, settings) from None
        stack.callback(session.stop)
        yield session, _notes(conf)


@contextmanager
def _java(settings: Mapping[str, str]) -> Iterator[None]:
    """Start Java for the length of a session, without a word from it, unless there is one already."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    if "PYSPARK_GATEWAY_PORT" in os.environ or SparkContext._gateway is not None:
        SparkContext._ensure_initialized()
        yield
        return
    _require_java()
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with _environment({"SPARK_DRIVER_MEMORY": _DRIVER_MEMORY}):
        gateway = launch_gateway(SparkConf(loadDefaults=False).setAll(list(settings.items())), silent)
    process = gateway.proc
    try:
        SparkContext._ensure_initialized(gateway=gateway)
        yield
    finally:
        SparkContext._gateway = SparkContext._jvm = None
        gateway.shutdown()
        process.stdin.close()  # which tells Java to end
        try:
            process.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _complete(conf: Any, folder: str) -> None:
    """Put what the operator left open into `conf`; `folder` is private and removed at the end."""
    usual = dict(USUALLY)
    if _is_local(conf):
        usual.update(ON_ONE_MACHINE)
        usual["spark.local.dir"] = folder
        usual["spark.sql.warehouse.dir"] = str(Path(folder) / "warehouse")
    for name, value in usual.items():
        conf.setIfMissing(name, value)


def _is_local(conf: Any) -> bool:
    return str(conf.get("spark.master", "local")).startswith("local")


def _python_of_workers(conf: Any) -> dict[str, str]:
    """Name the Python of the workers: as the operator says, else this one if they run here, else Spark's choice."""
    if conf.contains("spark.pyspark.python"):
        return {"PYSPARK_PYTHON": str(conf.get("spark.pyspark.python"))}
    return {"PYSPARK_PYTHON": sys.executable} if _is_local(conf) else {}


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment that are not set, and take them away again."""
    added = [name for name in wanted if name not in os.environ]
    os.environ.update({name: wanted[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextmanager
def _kept_signal() -> Iterator[None]:
    """Give back what Ctrl-C did before: Spark puts its own handler in place and leaves it there."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread() and before is not None:
            signal.signal(signal.SIGINT, before)


def _notes(conf: Any) -> tuple[str, ...]:
    if _is_local(conf):
        return ("Spark ran on this machine alone: its settings name no cluster.",)
    if not any(str(conf.get(name, "false")).lower() == "true" for name in NETWORK_ENCRYPTION):
        return (
            "Names and dates travelled to the Spark workers unencrypted: neither spark.network.crypto.enabled nor "
            "spark.ssl.rpc.enabled is set (docs/spark.md).",
        )
    return ()


def _not_started(error: Exception, settings: Mapping[str, str]) -> LinkageError:
    """Tell a cluster that does not answer from a Java that does not start."""
    text = str(error)
    if any(sign in text for sign in _NO_ANSWER):
        return LinkageError(
            "the Spark cluster does not answer.",
            where=settings.get("spark.master", ""),
            do="Look whether the address of spark.master is right and can be reached from here, and whether the "
            "cluster runs the same version of Spark as the pyspark installed here.",
            code="L33",
        )
    return LinkageError(
        f"no Spark session could be started ({type(error).__name__}).",
        why="Records cannot be linked on Spark without it.",
        do="Try `spark-submit --version` and look at Java (17 or later), at spark-defaults.conf and at free memory; or "
        'set [linkage] engine = "duckdb".',
        code="L32",
    )


def _prepare_workers(session: Any) -> None:
    """Register the functions of the workers and run each once, so that a worker without Python is found out now."""
    from pyspark.sql.functions import arrow_udf

    for function, name, kind in LIKENESS:
        session.udf.register(name, arrow_udf(likeness(function), kind))
    text = session.range(2).selectExpr("CAST(id AS STRING) AS text")
    text.selectExpr(*(f"{name}(text, text)" for _, name, _ in LIKENESS)).collect()
