"""Pictures of principles: made-up people, so that the truth is known."""

from __future__ import annotations

import math

import numpy as np

from pictures.drawing import BLUE, GRID, INK, ORANGE, PALE, QUIET, SAND, Picture, Scale


def chapman() -> Picture:
    """Areas of two independent lists, and what the estimate says if they are not."""
    p = Picture(
        760,
        310,
        "Two lists: a fifth of B's people are on A, so A holds a fifth of everybody",
        "A square of people cut by list A and list B; beside it the estimate against the odds ratio.",
    )
    x, y, side, a, b = 40.0, 60.0, 200.0, 0.2, 0.15
    p.box(x, y, side, side, fill="#ffffff", edge=QUIET)
    p.box(x, y, side * a, side, fill=PALE)
    p.box(x, y, side, side * b, fill=SAND)
    p.box(x, y, side * a, side * b, fill="#93b7da", edge=BLUE)
    p.text(x + 4, y - 8, "A: 200", colour=BLUE)
    p.text(x + side + 6, y + 20, "B: 150", colour=ORANGE)
    p.text(x + 20, y + 20, "30", anchor="middle", bold=True)
    p.text(x + 20, y + 120, "170", anchor="middle")
    p.text(x + 120, y + 20, "120", anchor="middle")
    p.text(x + 120, y + 105, "680", anchor="middle", bold=True)
    p.text(x + 120, y + 124, "on neither", anchor="middle", colour=QUIET)
    across = Scale(low=0.25, high=4, start=400, stop=730, log=True)
    up = Scale(low=300, high=2200, start=252, stop=60)
    p.axis(across, 252, [0.25, 0.5, 1, 2, 4], top=60, words="true odds ratio of the two lists")
    p.line((400, up(1000)), (730, up(1000)), colour=INK, dash=True)
    p.text(404, up(1000) + 16, "truth: 1,000", size=12)
    ratios = [0.25 * 16 ** (k / 60) for k in range(61)]
    p.curve([(across(r), up(total)) for r in ratios if (total := _two_list_total(r)) <= 2200])
    p.text(470, 76, "too high: lists avoid each other", size=12, colour=BLUE)
    p.text(726, up(1000) - 8, "too low: the same people", size=12, colour=BLUE, anchor="end")
    return p


def _two_list_total(odds_ratio: float, *, n: float = 1000, a: float = 200, b: float = 150) -> float:
    """Return what Lincoln and Petersen's formula says of lists of 200 and 150 out of 1,000 at an odds ratio."""
    low, high = 0.0, min(a, b)
    for _ in range(80):  # the overlap at which the table has this odds ratio
        m = (low + high) / 2
        too_small = m * (n - a - b + m) < odds_ratio * (a - m) * (b - m)
        low, high = (m, high) if too_small else (low, m)
    return a * b / m


def coverage() -> Picture:
    """Strata by lists with a gap, and what fills it."""
    p = Picture(
        760,
        270,
        "A list that began late: other years lend what they show (schematic)",
        "Three years and three lists; list C was not at work in 2021.",
    )
    for j, name in enumerate("ABC"):
        p.text(210 + 130 * j, 62, f"list {name}", anchor="middle", bold=True)
    for s, year in enumerate(("2021", "2022", "2023")):
        y = 76 + 56 * s
        p.text(60, y + 28, year)
        for j in range(3):
            gap = s == 0 and j == 2
            p.box(155 + 130 * j, y, 110, 42, fill="#ffffff" if gap else PALE, edge=ORANGE if gap else BLUE, dash=gap)
            p.text(
                210 + 130 * j,
                y + 26,
                "not at work" if gap else "people",
                size=12,
                anchor="middle",
                colour=ORANGE if gap else QUIET,
            )
    for y, words in ((148, "how often C reaches people"), (204, "how C hangs together with A and B")):
        p.arrow((535, y + 4), (545, 106 if y == 148 else 122), colour=ORANGE)
        p.text(552, y + 8, words, size=12, colour=ORANGE)
    p.text(
        60,
        256,
        "If the gap has a reason, such as a bad year, what the other years lend is wrong.",
        size=12,
        colour=QUIET,
    )
    return p


def shrinkage() -> Picture:
    """Draw a threshold at two standard errors against a normal prior."""
    p = Picture(
        760,
        320,
        "Keep or drop, against shrinking by how little the counts say (schematic)",
        "Interaction used against interaction estimated, for a threshold and for two amounts of data.",
    )
    across = Scale(low=0, high=4, start=80, stop=420)
    up = Scale(low=0, high=4, start=270, stop=50)
    p.axis(across, 270, [0, 1, 2, 3, 4], top=50, words="interaction as estimated by itself, in standard errors")
    p.line((across(0), up(0)), (across(4), up(4)), colour=GRID, width=1.5, dash=True)
    p.curve([(across(0), up(0)), (across(2), up(0))], colour=ORANGE)
    p.curve([(across(2), up(2)), (across(4), up(4))], colour=ORANGE)
    p.line((across(2), up(0)), (across(2), up(2)), colour=ORANGE, dash=True)
    for share in (0.85, 0.4):
        p.curve([(across(0), up(0)), (across(4), up(4 * share))])
    p.text(across(4) + 8, up(3.4) + 4, "shrunk, much data", size=12, colour=BLUE)
    p.text(across(4) + 8, up(1.6) + 4, "shrunk, little data", size=12, colour=BLUE)
    p.text(across(4) + 8, up(4) + 4, "threshold", size=12, colour=ORANGE)
    p.text(560, 210, "At 1.9 a threshold uses nothing,", size=12, colour=ORANGE)
    p.text(560, 228, "at 2.1 all of it, and its interval", size=12, colour=ORANGE)
    p.text(560, 246, "forgets how close that was.", size=12, colour=ORANGE)
    return p


def decomposable() -> Picture:
    """Which graphs are averaged."""
    p = Picture(
        760,
        240,
        "Lists as points, dependence as lines: all graphs but those with an open ring (schematic)",
        "A chain, a triangle with a tail, the complete graph, and the ring of four, which is left out.",
    )
    corner = {"A": (0.0, 0.0), "B": (90.0, 0.0), "C": (90.0, 90.0), "D": (0.0, 90.0)}
    for k, (words, edges) in enumerate(
        (
            ("A feeds B, B feeds C", "AB BC"),
            ("A, B, C together; D by C", "AB BC AC CD"),
            ("all together: no count tells n0", "AB BC AC CD AD BD"),
            ("open ring: left out", "AB BC CD AD"),
        )
    ):
        x, y, colour = 60 + 180 * k, 64.0, ORANGE if k == 3 else BLUE
        for edge in edges.split():
            a, b = (corner[end] for end in edge)
            p.line((x + a[0], y + a[1]), (x + b[0], y + b[1]), colour=colour, width=2.5)
        for name, (dx, dy) in corner.items():
            p.dot(x + dx, y + dy, radius=13, fill="#ffffff", edge=colour)
            p.text(x + dx, y + dy + 5, name, anchor="middle", bold=True)
        p.text(x + 45, y + 128, words, size=12, anchor="middle", colour=colour)
        if k == 3:
            p.line((x - 14, y - 14), (x + 104, y + 104), colour=ORANGE, width=1.5)
    p.text(
        20,
        228,
        "61 of the 64 graphs of four lists are averaged, each by how well it explains the counts.",
        size=12,
        colour=QUIET,
    )
    return p


def latent_class() -> Picture:
    """Two kinds of people on four lists, by the number of lists; the second kind is mostly on none."""
    kinds = (
        ("350 easy to record", 350, (0.55, 0.5, 0.45, 0.4), PALE, BLUE),
        ("650 hard to record", 650, (0.15, 0.12, 0.1, 0.08), SAND, ORANGE),
    )
    spread = [np.asarray(_on_lists(chances)) * n for _, n, chances, _, _ in kinds]
    p = Picture(
        760,
        320,
        "1,000 invented people of two kinds: who is on no list",
        f"On no list: {spread[0][0]:.0f} of the easy, {spread[1][0]:.0f} of the hard kind.",
    )
    up = Scale(low=0, high=500, start=260, stop=60)
    for k in range(5):
        x, base = 70 + 105 * k, 0.0
        for share, (_, _, _, fill, edge) in zip(spread, kinds, strict=True):
            p.box(x, up(base + share[k]), 70, up(base) - up(base + share[k]), fill=fill, edge=edge, dash=k == 0)
            base += share[k]
        p.text(x + 35, up(base) - 8, f"{base:.0f}" + (" unseen" if k == 0 else ""), anchor="middle", bold=k == 0)
        p.text(x + 35, 280, ("no list", "one", "two", "three", "four")[k], anchor="middle", colour=QUIET)
    p.line((55, 260), (590, 260), colour=INK)
    for k, (words, _, _, fill, edge) in enumerate(kinds):
        p.box(400, 66 + 26 * k, 16, 16, fill=fill, edge=edge)
        p.text(424, 79 + 26 * k, words)
    p.text(
        20,
        308,
        "A third kind with a chance near 0 would add only to “no list”: the counts would look the same.",
        size=12,
        colour=ORANGE,
    )
    return p


def _on_lists(chances: tuple[float, ...]) -> list[float]:
    """Return the chances of being on 0, 1, … lists if lists are independent."""
    found = [1.0]
    for c in chances:
        found = [a * (1 - c) + b * c for a, b in zip([*found, 0.0], [0.0, *found], strict=True)]
    return found


def dependence() -> Picture:
    """N(omega), and what a prior of omega makes of it."""
    n, n0, low, high = 320, 658, 0.8, 2.5
    p = Picture(
        760,
        330,
        "Twice the odds ratio, twice as many missing: N = n + ω · n0",
        "The total is a straight line in the odds ratio; a prior on it becomes an interval of the total.",
    )
    across = Scale(low=0.4, high=3.4, start=90, stop=600)
    up = Scale(low=320, high=2600, start=270, stop=56)
    p.axis(across, 270, [0.5, 1, 1.5, 2, 2.5, 3], top=56, words="ω, how much more the lists overlap than assumed")
    middle, spread = math.sqrt(low * high), math.log(high / low) / (2 * 1.959964)
    grid = [0.4 + 3.0 * k / 120 for k in range(121)]
    bell = [math.exp(-0.5 * (math.log(w / middle) / spread) ** 2) / w for w in grid]
    hill = [(across(w), 270 - 70 * b / max(bell)) for w, b in zip(grid, bell, strict=True)]
    p.curve([(across(0.4), 270.0), *hill, (across(3.4), 270.0)], colour=ORANGE, width=1, fill=SAND)
    p.text(across(2.62), 232, "what is known of ω", size=12, colour=ORANGE)
    p.curve([(across(0.4), up(n + 0.4 * n0)), (across(3.4), up(n + 3.4 * n0))])
    for w in (low, 1.0, high):
        p.line((across(w), 270), (across(w), up(n + w * n0)), colour=ORANGE if w != 1 else INK, dash=True)
        p.line((across(w), up(n + w * n0)), (610, up(n + w * n0)), colour=ORANGE if w != 1 else INK, dash=True)
        p.text(616, up(n + w * n0) + 4, f"{n + w * n0:,.0f}" + (" if independent" if w == 1 else ""), size=12)
    p.text(82, up(320) + 4, "320", size=12, anchor="end", colour=QUIET)
    p.text(20, 48, "people in all", size=12, colour=QUIET)
    return p


def hierarchical() -> Picture:
    """Six strata, by themselves and pooled, as normal means with a common law."""
    strata = ((2000, 1.9), (900, 2.6), (500, 1.5), (150, 3.4), (80, 1.2), (40, 4.6))
    common, between = 2.0, 0.18
    p = Picture(
        760,
        320,
        "Small strata move towards the others, large ones hardly (schematic)",
        "Six strata: people for each one listed, by itself and pooled; the smaller, the stronger the pull.",
    )
    across = Scale(low=1, high=7, start=200, stop=730, log=True)
    p.axis(across, 266, [1, 1.5, 2, 3, 4, 6], top=56, words="people in all for each one listed")
    p.line((across(common), 56), (across(common), 266), colour=INK, dash=True)
    for k, (n, ratio) in enumerate(strata):
        y = 74.0 + 32 * k
        error = 6 / math.sqrt(n)
        keep = between**2 / (between**2 + (error / 3) ** 2)
        pooled = math.exp(math.log(common) + keep * math.log(ratio / common))
        for at, value, wide, colour in (
            (y - 5, ratio, error / 3, QUIET),
            (y + 6, pooled, math.sqrt(keep) * error / 3, BLUE),
        ):
            ends = [min(max(value * math.exp(s * 1.5 * wide), 1.01), 7.0) for s in (-1, 1)]
            p.interval(at, across(ends[0]), across(value), across(ends[1]), colour=colour)
        p.text(20, y + 5, f"{n:,} listed")
    p.text(726, 48, "grey: by itself; blue: pooled", size=12, anchor="end", colour=QUIET)
    return p


def covariates() -> Picture:
    """Two kinds of people, each with independent lists, and their sum."""
    kinds = (("town", 1500.0, 0.7), ("country", 1500.0, 0.3))
    p = Picture(
        760,
        300,
        "Independent in town and in country, yet not in the sum",
        "Each part gives its 1,500; added up first, the two lists give fewer than 3,000.",
    )
    for k, (words, n, c) in enumerate((*kinds, ("both together", 3000.0, 0.5))):
        x, y, side = 40 + 250 * k, 64.0, 150.0
        both = sum(m * d * d for _, m, d in kinds) if k == 2 else n * c * c
        estimate = (n * c) ** 2 / both
        p.box(x, y, side, side, fill="#ffffff", edge=QUIET)
        p.box(x, y, side * c, side, fill=PALE)
        p.box(x, y, side, side * c, fill=SAND)
        p.box(x, y, side * c, side * c, fill="#93b7da", edge=BLUE)
        p.text(x + side * c / 2, y + side * c / 2 + 5, f"{both:,.0f}", anchor="middle")
        p.text(x + side / 2, y - 8, words, anchor="middle", bold=True)
        p.text(x, y + side + 22, f"A {n * c:,.0f}, B {n * c:,.0f}, both {both:,.0f}", size=12, colour=QUIET)
        p.text(
            x,
            y + side + 42,
            f"says {estimate:,.0f} in all; truth {n:,.0f}",
            size=12,
            colour=ORANGE if k == 2 else BLUE,
            bold=k == 2,
        )
    p.text(220, 146, "+", size=24)
    p.text(470, 146, "≠", size=24)
    p.text(20, 288, "A covariate that was recorded splits the table; one that was not, cannot.", size=12, colour=QUIET)
    return p


def missing_labels() -> Picture:
    """One unlabelled group drawn into two strata, several times."""
    p = Picture(
        760,
        260,
        "People without a year: drawn into years many times, nobody lost (schematic)",
        "40 people without a label join 90 of 2021 and 60 of 2022 in four draws that all hold 190.",
    )
    wide = 1.9
    draws = ((None, 0), ("draw 1", 24), ("draw 2", 27), ("draw 3", 21), ("draw 20", 25))
    for k, (words, first) in enumerate(draws):
        y = 52 + 38 * k
        p.text(20, y + 19, words or "as recorded", bold=words is None)
        p.box(120, y, 90 * wide, 26, fill=PALE, edge=BLUE)
        p.text(130, y + 18, "90 of 2021", size=12)
        x = 120 + 90 * wide
        if words is None:
            p.box(x, y, 40 * wide, 26, fill="#ffffff", edge=ORANGE, dash=True)
            p.text(x + 20 * wide, y + 18, "40 ?", size=12, anchor="middle", colour=ORANGE)
        else:
            p.box(x, y, first * wide, 26, fill=PALE, edge=ORANGE)
            p.box(x + first * wide, y, (40 - first) * wide, 26, fill=SAND, edge=ORANGE)
            p.text(x + first * wide / 2, y + 18, f"{first}", size=12, anchor="middle", colour=ORANGE)
            p.text(x + (40 + first) * wide / 2, y + 18, f"{40 - first}", size=12, anchor="middle", colour=ORANGE)
        p.box(x + 40 * wide, y, 60 * wide, 26, fill=SAND, edge=QUIET)
        p.text(x + 40 * wide + 10, y + 18, "60 of 2022", size=12)
        p.text(
            x + 100 * wide + 14,
            y + 18,
            "190" if words is None else f"{90 + first} + {100 - first} = 190",
            size=12,
            colour=QUIET,
        )
    p.text(20, 252, "Each draw is estimated; the spread between draws goes into the interval.", size=12, colour=QUIET)
    return p
