"""The table of the linkage benchmark: medians over seeds, one line a case, method and number of labels."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from statistics import median

_HEADER = (
    "| lists | hands | people | method | labels | seeds | F1 | precision | recall | B-cubed F1 | ceiling | table error "
    "| N by linkage, best clustering | N by linkage, all draws | N, all draws | interval covers | calibration error "
    "| of unsure pairs | CPU s | MB |"
)
_CELL = ("family", "damage", "hands", "n_people", "method", "labels")


def write_table(rows: Path, page: Path) -> None:
    """Write the medians of the rows as a Markdown table.

    Parameters
    ----------
    rows : Path
        Rows of `run.py`.
    page : Path
        Where the table is written.
    """
    with rows.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in read:
        groups[tuple(row[k] for k in _CELL)].append(row)
    lines = [
        "# Linkage benchmark",
        "",
        "Made by `python benchmarks/linkage/run.py --table` from the rows of results.csv: medians over the seeds, of "
        'absolute errors for N. "N by linkage" is the error against the same estimate from the true clusters, "N" '
        "that against the true number; the interval is that of all draws together.",
        "",
        _HEADER,
        "|" + "---|" * (_HEADER.count("|") - 1),
    ]
    lines += [_line(cell, group) for cell, group in groups.items()]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(cell: tuple[str, ...], group: list[dict[str, str]]) -> str:
    family, damage, hands, n_people, method, labels = cell
    failed = sum(bool(row["failure"]) for row in group)

    def middle(name: str, form: str, *, absolute: bool = False) -> str:
        values = [float(row[name]) for row in group if row[name]]
        return format(median(abs(v) if absolute else v for v in values), form) if values else "–"

    covered = [float(row["covered"]) for row in group if row["covered"]]
    seeds = f"{len(group)}, {failed} failed" if failed else str(len(group))
    cells = (
        f"{family} {damage}",
        hands,
        f"{int(n_people):,}" if int(n_people) else "all",
        method,
        labels,
        seeds,
        middle("f1", ".3f"),
        middle("precision", ".3f"),
        middle("recall", ".3f"),
        middle("b3_f1", ".3f"),
        middle("ceiling", ".4f"),
        middle("table_error", ".3f"),
        middle("error_point_to_truth", ".1%", absolute=True),
        middle("error_draws_to_truth", ".1%", absolute=True),
        middle("error_draws", ".1%", absolute=True),
        f"{sum(covered):.0f} of {len(covered)}" if covered else "–",
        middle("ece", ".4f"),
        middle("ece_unsure", ".4f"),
        middle("cpu_seconds", ".0f"),
        middle("peak_mb", ".0f"),
    )
    return "| " + " | ".join(cells) + " |"
