"""Pictures made from published counts: every number in them is computed here."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

import uncounted as uc
from pictures.drawing import BLUE, INK, ORANGE, PALE, QUIET, SAND, Picture, Scale
from uncounted.captures.table import pattern_matrix
from uncounted.estimation import candidate_models, parse
from uncounted.estimation.hold_out import hold_out_lists
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.estimation.kernels.stepwise import stepwise_search
from uncounted.estimation.repeats import estimate_repeats

LATER_COUNT = 10_401  # Kosovo Memory Book


def chao() -> Picture:
    """Kosovo: people on one, two, three and four lists, and the bound for those on none."""
    counts = uc.published("kosovo").counts[0, 0]
    on = pattern_matrix(4).sum(axis=1)
    f = [int(counts[on == k].sum()) for k in range(1, 5)]
    bound = parse("chao-unequal", uc.published("kosovo").lists).fit(uc.published("kosovo"), level=0.95, seed=1)
    unlisted = bound.n_unlisted or 0.0
    p = Picture(
        760,
        300,
        "Kosovo: the fall from two lists to one says how many are on none, at least",
        f"Bars: {f} people on one to four lists, and at least {unlisted:,.0f} on none.",
    )
    up = Scale(low=0, high=5000, start=250, stop=50)
    for k, value in enumerate([unlisted, *f]):
        x = 80 + 130 * k
        if k == 0:
            p.box(x, up(value), 80, 250 - up(value), fill="#ffffff", edge=ORANGE, dash=True)
            p.text(x + 40, up(value) - 8, f"at least {value:,.0f}", anchor="middle", colour=ORANGE, bold=True)
            p.arrow((x + 40, up(value) + 60), (x + 40, up(value) + 12), colour=ORANGE)
        else:
            p.box(x, up(value), 80, 250 - up(value), fill=PALE, edge=BLUE)
            p.text(x + 40, up(value) - 8, f"{value:,}", anchor="middle")
        p.text(x + 40, 272, ["on no list", "on one", "on two", "on three", "on four"][k], anchor="middle", colour=QUIET)
    p.line((60, 250), (720, 250), colour=INK)
    return p


def loglinear() -> Picture:
    """Kosovo: all models, their totals and how much worse than the best they describe the counts."""
    models = [m for m in candidate_models(uc.published("kosovo")) if m.n_total is not None]
    best = min(m.bic for m in models)
    p = Picture(
        760,
        340,
        f"Kosovo: {len(models)} models of four lists, each with its own total",
        "Dots: total against distance in BIC from the best model; three models that fit are marked.",
    )
    across = Scale(low=6500, high=25000, start=90, stop=730, log=True)
    up = Scale(low=0, high=60, start=280, stop=60)
    p.axis(across, 286, [7000, 10000, 14000, 20000], top=60, words="people in all")
    for tick in (0, 20, 40, 60):
        p.text(80, up(tick) + 4, "≥ 60" if tick == 60 else f"{tick}", size=12, anchor="end", colour=QUIET)
    p.text(20, 48, "BIC above the best", size=12, colour=QUIET)
    p.box(90, up(6), 640, up(0) - up(6), fill=SAND)
    p.line((across(LATER_COUNT), 56), (across(LATER_COUNT), 286), colour=INK, dash=True)
    p.text(across(LATER_COUNT) + 6, 130, "later count 10,401", size=12)
    for m in models:
        fits = m.bic - best <= 6 and (math.isnan(m.p_value) or m.p_value > 0.01)
        x = across(min(max(m.n_total or 0.0, 6500), 25000))
        y = up(min(m.bic - best, 60))
        p.dot(x, y, radius=6 if fits else 3, fill=ORANGE if fits else BLUE)
        if fits:
            p.text(x, y - 10, f"{m.n_total:,.0f}", size=12, anchor="middle", colour=ORANGE, bold=True)
    p.text(96, up(6) + 14, "within 6: the counts do not choose", size=12, colour=ORANGE)
    return p


def selected() -> Picture:
    """Kosovo: the interval of the best model with the choice taken as given, and with it made anew."""
    table = uc.published("kosovo")
    given = parse("loglinear-best", table.lists).fit(table, level=0.95, seed=1)
    anew = parse("loglinear-selected", table.lists).fit(table, level=0.95, seed=1)
    p = Picture(
        760,
        230,
        "Kosovo: one best model, two intervals",
        "The interval with the model taken as given is a third as wide as with the choice made anew.",
    )
    across = Scale(low=6000, high=20000, start=250, stop=730, log=True)
    p.axis(across, 170, [6000, 8000, 10000, 14000, 20000], top=56, words="people in all")
    p.line((across(LATER_COUNT), 50), (across(LATER_COUNT), 170), colour=INK, dash=True)
    p.text(across(LATER_COUNT), 46, "later count 10,401", size=12, anchor="middle")
    for y, words, more, e, colour in (
        (85.0, "model taken as given", "held 23 of 100 *", given, QUIET),
        (135.0, "chosen anew, 1,000 times", "held 96 of 100 *", anew, BLUE),
    ):
        i = e.n_total_interval
        assert i is not None
        p.interval(y, across(i.low), across(e.n_total or 0.0), across(i.high), colour=colour)
        p.text(20, y, words, bold=True, colour=colour)
        p.text(20, y + 17, more, size=12, colour=QUIET)
    p.text(20, 220, "* nominal 95 % intervals, 200 tables drawn near these counts", size=11, colour=QUIET)
    return p


def stepwise() -> Picture:
    """United Kingdom: the total after each step of the search, with the total of the smallest BIC over pairs."""
    table = uc.published("uk5")
    counts = table.counts[0, 0]
    found = stepwise_search(counts)
    model = np.zeros(32, dtype=np.bool_)
    model[[0, 1, 2, 4, 8, 16]] = True
    path = [("independent", _total(counts, model))]
    for step in found.steps:
        if step.outcome == "added":
            model[step.pair] = True
            names = [name for j, name in enumerate(table.lists) if step.pair >> (4 - j) & 1]
            path.append(("–".join(names), _total(counts, model)))
    p = Picture(
        760,
        310,
        "United Kingdom, five lists: one path, and where it ends",
        "Totals after each pair added by the search; another search ends at 22,991.",
    )
    up = Scale(low=8000, high=24000, start=250, stop=60)
    for tick in (8000, 12000, 16000, 20000, 24000):
        p.line((80, up(tick)), (730, up(tick)))
        p.text(72, up(tick) + 4, f"{tick:,}", size=12, anchor="end", colour=QUIET)
    p.line((80, up(22991)), (730, up(22991)), colour=ORANGE, width=1.5, dash=True)
    p.text(726, up(22991) + 16, "smallest BIC over all sets of pairs: 22,991", size=12, anchor="end", colour=ORANGE)
    places = [(120 + 560 * k / (len(path) - 1), up(total)) for k, (_, total) in enumerate(path)]
    p.curve(places)
    for (x, y), (words, total) in zip(places, path, strict=True):
        p.dot(x, y)
        p.text(x, y - 10, f"{total:,.0f}", size=12, anchor="middle", colour=BLUE)
        p.text(x, 270, words if words == "independent" else f"+ {words}", size=12, anchor="middle", colour=QUIET)
    return p


def _total(counts: NDArray[np.int64], model: NDArray[np.bool_]) -> float:
    return float(counts.sum() + fit_models(counts, model[None]).n_unlisted[0])


def hold_out() -> Picture:
    """Kosovo: each list's known size, and its estimate from the other three."""
    rows = hold_out_lists(uc.published("kosovo"), ("loglinear-average",)).rows
    p = Picture(
        760,
        290,
        "Kosovo: what three lists say of the fourth, whose size is known",
        "Intervals of four held-out lists; three hold the known size, one lies wholly below it.",
    )
    across = Scale(low=500, high=2300, start=150, stop=730, log=True)
    p.axis(across, 230, [500, 700, 1000, 1500, 2000], top=60, words="people on the list")
    for k, row in enumerate(rows):
        y = 85.0 + 40 * k
        assert row.low is not None
        assert row.high is not None
        colour = BLUE if row.covered else ORANGE
        p.text(20, y + 4, f"{row.list_name}: {row.n_known:,}", bold=True)
        p.interval(y, across(row.low), across(row.n_total or 0.0), across(row.high), colour=colour)
        p.line((across(row.n_known), y - 12), (across(row.n_known), y + 12), colour=INK, width=3)
    p.text(726, 52, "upright bar: known size; point and line: estimate", size=12, anchor="end", colour=QUIET)
    return p


def sample_coverage() -> Picture:
    """Korea: how much of each list is on another one."""
    table = uc.published("korea")
    counts, member = table.counts[0, 0], table.patterns
    alone = [int(counts[member[:, j] & (member.sum(axis=1) == 1)].sum()) for j in range(3)]
    totals = [int(counts[member[:, j]].sum()) for j in range(3)]
    mean = 1 - sum(u / n for u, n in zip(alone, totals, strict=True)) / 3
    p = Picture(
        760,
        240,
        f"Three lists: the mean share also seen elsewhere, {mean:.0%}, is the coverage",
        "Bars: each list split into people also on another list and people on it alone.",
    )
    for k, (name, u, n) in enumerate(zip(table.lists, alone, totals, strict=True)):
        y, wide = 60 + 50 * k, 4.2
        p.text(60, y + 22, f"list {name}", anchor="end", bold=True)
        p.box(80, y, (n - u) * wide, 32, fill=PALE, edge=BLUE)
        p.box(80 + (n - u) * wide, y, u * wide, 32, fill=SAND, edge=ORANGE)
        p.text(90, y + 21, f"{n - u}")
        p.text(
            88 + n * wide,
            y + 21,
            f"{n - u} also on another list, {u} on {name} alone: {(n - u) / n:.0%}",
            size=12,
            colour=QUIET,
        )
    p.text(
        20,
        226,
        "If two lists overlap by nature, the share is too large and the total too small: pairs correct it.",
        size=12,
        colour=QUIET,
    )
    return p


def repeats() -> Picture:
    """Dutch immigrants: the ratio plot."""
    answer = estimate_repeats([1645, 183, 37, 13, 1, 1], name="police log")
    p = Picture(
        760,
        310,
        "The ratio plot: how often come again those seen x times?",
        "Ratios rise from x = 1 to x = 3: people differ, or some are kept from appearing twice.",
    )
    up = Scale(low=0.05, high=40, start=250, stop=60, log=True)
    for tick in (0.1, 1, 10):
        p.line((90, up(tick)), (500, up(tick)))
        p.text(82, up(tick) + 4, f"{tick:g}", size=12, anchor="end", colour=QUIET)
    p.text(20, 50, "(x + 1) f(x+1) / f(x)", size=12, colour=QUIET)
    places = []
    for point in answer.ratios:
        x = 50 + 90 * point.x
        p.interval(x, up(max(point.low, 0.05)), up(point.ratio), up(min(point.high, 40)), upright=True)
        p.text(x, 270, f"{point.x}", anchor="middle", colour=QUIET)
        places.append((float(x), up(point.ratio)))
    p.curve(places, width=1)
    p.text(295, 292, "x, times in the log", size=12, anchor="middle", colour=QUIET)
    for k, (words, meaning) in enumerate(
        (
            ("level", "people are alike: Poisson"),
            ("rising", "people differ: Poisson counts too few"),
            ("low first point", "some cannot come back: Chao too high"),
        )
    ):
        p.text(520, 100 + 50 * k, words, bold=True)
        p.text(520, 118 + 50 * k, meaning, size=12, colour=QUIET)
    return p


def identifying_assumptions() -> Picture:
    """Kosovo with HRW split off: the same odds ratio on and off a list gives the missing cell."""
    table = uc.published("kosovo").keep_lists(["EXH", "ABA", "HRW"])
    n = dict(zip(table.pattern_labels, table.counts[0, 0].tolist(), strict=True))
    odds = n["111"] * n["001"] / (n["101"] * n["011"])
    missing = odds * n["100"] * n["010"] / n["110"]
    p = Picture(
        760,
        290,
        "“No interaction of all lists”: the two odds ratios are the same",
        f"Two tables of EXH by ABA, on and off HRW; the missing cell comes out as {missing:,.0f}.",
    )
    for x, off, words in ((60.0, "1", "people on HRW"), (430.0, "0", "people not on HRW")):
        p.text(x + 150, 58, words, anchor="middle", bold=True)
        for r, first in enumerate("10"):
            p.text(x - 6, 112 + 60 * r, ("EXH", "not EXH")[r], size=12, anchor="end", colour=QUIET)
            for c, second in enumerate("10"):
                hole = first + second + off == "000"
                p.box(
                    x + 10 + 140 * c,
                    80 + 60 * r,
                    130,
                    52,
                    fill="#ffffff" if hole else PALE,
                    edge=ORANGE if hole else BLUE,
                    dash=hole,
                )
                value = "?" if hole else f"{n[first + second + off]:,}"
                p.text(
                    x + 75 + 140 * c,
                    112 + 60 * r,
                    value,
                    size=16 if hole else 14,
                    anchor="middle",
                    bold=hole,
                    colour=ORANGE if hole else INK,
                )
        p.text(x + 75, 76, "ABA", size=12, anchor="middle", colour=QUIET)
        p.text(x + 215, 76, "not ABA", size=12, anchor="middle", colour=QUIET)
    p.text(
        210, 224, f"odds ratio {n['111']:,}·{n['001']:,} / ({n['101']:,}·{n['011']:,}) = {odds:.2f}", anchor="middle"
    )
    p.text(580, 224, f"assumed: {odds:.2f} too, so ? = {missing:,.0f}", anchor="middle", colour=ORANGE)
    p.text(
        20,
        268,
        f"“Independent among people unseen by HRW” says 1 instead: ? = {missing / odds:,.0f}. The counts cannot tell.",
        size=13,
        colour=QUIET,
    )
    return p
