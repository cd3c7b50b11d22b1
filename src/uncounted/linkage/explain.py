"""What the linkage did and why, in words: fields and levels, rules, training, the two models, what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from uncounted.linkage.comparisons import COMPARISONS
from uncounted.linkage.pairs import LevelWeight, ScoredPairs


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """One bar of the chart of weights: a level of a comparison, best level first within each.

    `share` is the share of the scored pairs with the field known on both sides that are at this level; `weight` is
    log2(m/u): how many times the level doubles (or halves) the odds of one person.
    """

    comparison: str
    words: str
    level: str
    m: float
    u: float
    weight: float
    share: float


def chart_rows(weights: tuple[LevelWeight, ...]) -> tuple[ChartRow, ...]:
    """Return the rows of a chart of m and u, in the order in which fields are compared.

    Parameters
    ----------
    weights : tuple of LevelWeight
        As `ScoredPairs.weights` holds them.

    Returns
    -------
    tuple of ChartRow
    """
    words = {comparison.name: comparison.words for comparison in COMPARISONS}
    return tuple(
        ChartRow(
            comparison=row.comparison,
            words=words[row.comparison],
            level=row.level,
            m=row.m_prob,
            u=row.u_prob,
            weight=row.match_weight,
            share=row.share,
        )
        for row in weights
    )


def explanation(pairs: ScoredPairs) -> dict[str, Any]:
    """Return all of it as values for JSON."""
    return {
        "rules": [asdict(rule) for rule in pairs.rules],
        "comparisons": [asdict(row) for row in chart_rows(pairs.weights)],
        "left_out": [asdict(entry) for entry in pairs.left_out],
        "training": [asdict(session) for session in pairs.sessions],
        "models": asdict(pairs.models) | {"differ_share": pairs.models.differ_share} if pairs.models else None,
        "prior_match_prob": pairs.prior_match_prob,
        "n_pairs": pairs.n_pairs,
        "n_hopeless": pairs.n_hopeless,
        "n_identical": len(pairs.identical),
        "warnings": list(pairs.warnings),
    }


def explanation_lines(pairs: ScoredPairs) -> list[str]:
    """Return all of it in lines for a screen."""
    lines = [
        "Which records are compared",
        "Comparing every record with every other would take too long. These rules bring pairs up (name: pairs):",
    ]
    for rule in pairs.rules:
        skipped = f"; {rule.n_skipped_blocks:,} groups too big" if rule.n_skipped_blocks else ""
        thinned = f"; {rule.n_thinned:,} more share too little else" if rule.n_thinned else ""
        lines.append(f"  {rule.name:<20} {rule.n_pairs:>11,}  {rule.words}{skipped}{thinned}")
    lines += [f"{pairs.n_pairs:,} pairs were kept; {pairs.n_hopeless:,} more were compared and have no prospect.", ""]
    lines += [
        "What is compared",
        "m: how often records of one person agree like this. u: how often those of two people do. Weight: log2(m/u),",
        "how many times the odds of one person double. Pairs: share of the pairs with the field known on both sides.",
    ]
    for comparison in COMPARISONS:
        mine = [row for row in chart_rows(pairs.weights) if row.comparison == comparison.name]
        if not mine:
            continue
        rare = "; a rare value weighs more than a common one" if comparison.frequency_of else ""
        lines.append(f"  {comparison.name} ({comparison.words}{rare})")
        lines += [
            f"    {row.level:<58} m {row.m:<7.4f} u {row.u:<7.4f} weight {row.weight:>+6.1f}  pairs "
            + (f"{row.share:.1%}" if row.share > 0.0 else "none: by general knowledge alone")
            for row in mine
        ]
    if pairs.left_out:
        lines += ["", "What is not compared"]
        lines += [f"  {entry.comparison}: {entry.why}" for entry in pairs.left_out]
    lines += ["", "Training on these lists (EM)"]
    for session in pairs.sessions:
        found = f", {session.n_matches:,.0f} of one person" if session.outcome == "used" else ""
        lines.append(f"  pairs with the {session.words}: {session.n_pairs:,}{found}; {session.outcome}")
    if pairs.models is not None:
        both = pairs.models
        lines += [
            "",
            "Two models",
            f"  trained on these lists: {both.em_matches:,.0f} true pairs; trained on invented lists beforehand: "
            f"{both.prior_matches:,.0f}.",
            f"  They differ on {both.n_differ:,} of {both.n_likely:,} likely pairs ({both.differ_share:.1%}). "
            "The weight of a pair is made of both.",
        ]
    lines += ["", "Warnings and guards that acted" if pairs.warnings else "No guard acted."]
    lines += [f"  {warning}" for warning in pairs.warnings]
    return lines
