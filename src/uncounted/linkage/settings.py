"""Which fields are compared and which rules bring pairs up: made from the columns the lists really have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from uncounted.errors import LinkageError, did_you_mean
from uncounted.linkage.blocking import RULES, Rule
from uncounted.linkage.comparisons import COMPARISON_NAMES, COMPARISONS, Comparison
from uncounted.linkage.pairs import LeftOut
from uncounted.project.model import LinkageSpec

# A field known in fewer records than this cannot be trained, and says nothing about nearly all pairs.
LEAST_KNOWN = 0.002
LEAST_KNOWN_RECORDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one linkage compares, by which rules, what was left out and why, and what has to be said about it."""

    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def make_settings(table: pa.Table, lists: Sequence[str], spec: LinkageSpec) -> Settings:
    """Choose comparisons and rules for these records.

    A field that one list alone fills is kept: it still tells the repeats of that list from namesakes.

    Parameters
    ----------
    table : pyarrow.Table
        Records in the standard shape.
    lists : sequence of str
        Names of the lists.
    spec : LinkageSpec
        `leave_out` and `weights` name fields, `leave_out_rules` names rules.

    Returns
    -------
    Settings

    Raises
    ------
    LinkageError
        L09 for a field, L10 for a rule that does not exist, L11 if nothing is left to compare.
    """
    _check_names(spec)
    known = _known_by_list(table, lists)
    kept: list[Comparison] = []
    left_out: list[LeftOut] = []
    notes: list[str] = []
    for comparison in COMPARISONS:
        by_list = known[comparison.name]
        filled = [name for name in lists if by_list.get(name, 0) > 0]
        n_known = sum(by_list.values())
        if comparison.name in spec.leave_out:
            left_out.append(LeftOut(comparison=comparison.name, why="the project file leaves it out"))
        elif n_known == 0:
            left_out.append(LeftOut(comparison=comparison.name, why="no list fills it"))
        elif n_known < max(LEAST_KNOWN * table.num_rows, min(LEAST_KNOWN_RECORDS, table.num_rows / 2)):
            left_out.append(
                LeftOut(comparison=comparison.name, why=f"only {n_known:,} of {table.num_rows:,} records have it")
            )
        else:
            kept.append(comparison)
            if len(lists) > 1 and len(filled) == 1:
                notes.append(
                    f"Only list '{filled[0]}' has the {comparison.words}: it helps to find repeats within that list, "
                    "not people on two lists."
                )
    if table.num_rows and not kept:
        reasons = "; ".join(f"{entry.comparison}: {entry.why}" for entry in left_out)
        raise LinkageError(
            "no field is left to compare.",
            why=reasons,
            where="[linkage] leave_out",
            do="Map at least a name and a date of each list in the project file, or leave fewer fields out.",
            code="L11",
        )
    rules = tuple(rule for rule in RULES if rule.name not in spec.leave_out_rules)
    return Settings(comparisons=tuple(kept), rules=rules, left_out=tuple(left_out), notes=tuple(notes))


def _known_by_list(table: pa.Table, lists: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count, by comparison and list, the records that have the field."""
    found: dict[str, dict[str, int]] = {}
    for comparison in COMPARISONS:
        with_it = pc.filter(table["list"], pc.is_valid(table[comparison.needs]))
        counts = {str(row["values"]): int(row["counts"]) for row in pc.value_counts(with_it).to_pylist()}
        found[comparison.name] = {name: counts.get(name, 0) for name in lists}
    return found


def _check_names(spec: LinkageSpec) -> None:
    for key, names in (("leave_out", spec.leave_out), ("weights", tuple(name for name, _ in spec.weights))):
        for name in names:
            if name not in COMPARISON_NAMES:
                raise LinkageError(
                    f"there is no field '{name}' to compare.{did_you_mean(name, COMPARISON_NAMES)}",
                    where=f"[linkage] {key}",
                    do=f"Use one of: {', '.join(COMPARISON_NAMES)}.",
                    code="L09",
                )
    rules = tuple(rule.name for rule in RULES)
    for name in spec.leave_out_rules:
        if name not in rules:
            raise LinkageError(
                f"there is no blocking rule '{name}'.{did_you_mean(name, rules)}",
                where="[linkage] leave_out_rules",
                do=f"Use one of: {', '.join(rules)}.",
                code="L10",
            )
    wrong = [name for name, factor in spec.weights if not 0.0 <= factor <= 2.0]
    if wrong:
        raise LinkageError(
            f"the factor of '{wrong[0]}' must lie between 0 and 2.",
            where="[linkage.weights]",
            do="0 takes the evidence of a field away, 1 leaves it, 2 doubles it.",
            code="L12",
        )
