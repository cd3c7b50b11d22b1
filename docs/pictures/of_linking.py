"""Pictures of the page on missed links: made-up people, so that the truth is known."""

from __future__ import annotations

from itertools import product

import numpy as np
from pictures.drawing import BLUE, INK, ORANGE, PALE, QUIET, SAND, Picture, Scale

import uncounted as uc
from uncounted.estimation import parse

CHANCES = (0.3, 0.25, 0.2, 0.15)
PEOPLE = 10_000.0


def one_missed() -> Picture:
    """Seven people on two lists, all links found and one missed."""
    p = Picture(
        760,
        330,
        "Nobody has changed. One link is missed, and one person becomes two.",
        "Two lists of five records. With all three links there are seven people and an overlap of three; with one link "
        "missed there are eight people and an overlap of two.",
    )
    for left, title, linked, sums in (
        (40.0, "all links found", (0, 1, 2), ("7 people on lists", "3 on both", "5 × 5 / 3 ≈ 8 in all")),
        (410.0, "one link missed", (0, 1), ("8 “people” on lists", "2 on both", "5 × 5 / 2 ≈ 13 in all")),
    ):
        colour = BLUE if len(linked) == 3 else ORANGE
        p.text(left, 62, title, bold=True, colour=colour)
        p.text(left + 20, 86, "list A", size=12, anchor="middle", colour=QUIET)
        p.text(left + 160, 86, "list B", size=12, anchor="middle", colour=QUIET)
        for k in range(5):
            y = 108.0 + 32 * k
            if k in linked:
                p.line((left + 20, y), (left + 160, y), colour=BLUE, width=3)
            elif k == 2:
                p.line((left + 20, y), (left + 160, y), colour=ORANGE, width=2, dash=True)
            for x in (left + 20, left + 160):
                lost = k == 2 and len(linked) == 2
                p.dot(x, y, radius=9, fill=SAND if lost else PALE, edge=ORANGE if lost else BLUE)
        for k, words in enumerate(sums):
            p.text(left + 190, 128 + 26 * k, words, bold=k == 2, colour=colour if k == 2 else INK)
    p.text(40, 300, "A line is a link: these two records are one person. The last two records of each list have no", size=12)
    p.text(40, 316, "partner on the other. The sum is the oldest estimate there is: size of A × size of B / overlap.", size=12)
    return p


def broken(share: float) -> np.ndarray:
    """Return expected counts of four independent lists where each record loses its person with this chance."""
    found = np.zeros(16)
    for on in product((0, 1), repeat=4):
        n = PEOPLE * float(np.prod([c if x else 1 - c for c, x in zip(CHANCES, on, strict=True)]))
        lists = [j for j in range(4) if on[j]]
        for lost in product((0, 1), repeat=len(lists)):
            chance = float(np.prod([share if x else 1 - share for x in lost]))
            kept = [j for j, x in zip(lists, lost, strict=True) if not x]
            found[sum(8 >> j for j in kept)] += n * chance
            for j, x in zip(lists, lost, strict=True):
                found[8 >> j] += n * chance * x
    return found[1:]


def joined(share: float) -> np.ndarray:
    """Return expected counts where this share of the people on one list only is taken for somebody on another."""
    counts = broken(0.0)
    single = np.array([8, 4, 2, 1])
    for a in single:
        lost = share * counts[a - 1]
        counts[a - 1] -= lost
        for b in single[single != a]:
            counts[b - 1] -= lost / 3
            counts[(a | b) - 1] += lost / 3
    return counts


def total(counts: np.ndarray) -> float:
    """Return what the log-linear model of independent lists makes of the counts."""
    table = uc.CaptureTable(lists=("A", "B", "C", "D"), counts=np.rint(counts).astype(np.int64))
    found = parse("loglinear-independence", table.lists).fit(table, level=0.95, seed=1)
    assert found.n_total is not None
    return found.n_total


def how_far() -> Picture:
    """The estimate against the share of links missed, and of false ones."""
    p = Picture(
        760,
        340,
        "Ten records in a hundred lose their link: the number is a quarter too high",
        "The estimated total of 10,000 people on four lists against the share of records that lose their links, and "
        "against the share of people wrongly joined.",
    )
    across = Scale(low=0, high=30, start=80, stop=560)
    up = Scale(low=6000, high=20000, start=280, stop=50)
    p.axis(across, 280, [0, 5, 10, 15, 20, 25, 30], top=50, words="records in a hundred whose link is missed, or false")
    for tick in (6000, 8000, 10000, 12000, 14000, 16000, 18000, 20000):
        p.text(72, up(tick) + 4, f"{tick:,}", size=12, anchor="end", colour=QUIET)
    p.line((80, up(10000)), (560, up(10000)), colour=INK, dash=True)
    p.text(568, up(10000) + 4, "the truth: 10,000", size=12)
    shares = [k / 100 for k in range(0, 31)]
    missed = [total(broken(s)) for s in shares]
    false = [total(joined(s)) for s in shares]
    p.curve([(across(100 * s), up(t)) for s, t in zip(shares, missed, strict=True) if t <= 20000], colour=ORANGE)
    p.curve([(across(100 * s), up(t)) for s, t in zip(shares, false, strict=True)], colour=BLUE)
    p.text(568, up(min(missed[-1], 19600)) + 4, "links missed", size=13, colour=ORANGE, bold=True)
    p.text(568, up(false[-1]) + 4, "false links", size=13, colour=BLUE, bold=True)
    for s in (5, 10, 20):
        t = missed[s]
        p.dot(across(s), up(t), fill=ORANGE)
        p.text(across(s) - 8, up(t) - 8, f"{t:,.0f}", size=12, anchor="end", colour=ORANGE)
    return p
