"""Does the interval that carries linkage doubt cover on lists that its author did not make? 20 invented cases, quickly.

    python validation/foreign_lists.py
    python validation/foreign_lists.py --wrong 0.1     # one decision in ten is the opposite of the truth
    python validation/foreign_lists.py --prior         # what a regression on all pairs gives: the priors of calibration

The generator was written by a critic of the method, not by its author, and has nothing in common with that of the
benchmark: keys are built directly, a hasty record is wrong in several fields at once, dates are heaped, brothers and
sisters share a surname, a patronymic and often a date. Everybody in it is invented. Four levels of damage, five shapes
of lists, 800 people. What is estimated, and what its error is measured against, is said in `linkage_doubt.py`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "linkage"))

from invented_records import records_of
from linkage_doubt import decisions, estimate, prior_row

from uncounted.linkage import ScoredPairs, calibrate, calibrated_weights, cluster, link_quality, score_pairs
from uncounted.linkage.items import groups_of
from uncounted.linkage.pairs import probability
from uncounted.linkage.reliability import RELIABILITY_EDGES
from uncounted.project.model import LinkageSpec
from uncounted.records import Records

N_PEOPLE = 800
CONSONANTS, VOWELS = list("bcdfghjklmnpqrstvwz"), list("aeiouy")
SHAPES: tuple[dict[str, float | bool], ...] = (
    {},
    {"patronymic": False},
    {"birth": 0.3, "event": 0.6},
    {"repeats": 0.25, "siblings": 0.3},
    {"patronymic": False, "birth": 0.3, "siblings": 0.2},
)
DAMAGES = (0.08, 0.2, 0.35, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Records, who and on which list each is: what `linkage_doubt.Case` has of use here."""

    label: str
    records: Records
    person: np.ndarray
    lists: np.ndarray
    n_people: int = N_PEOPLE


def word(rng: np.random.Generator, syllables: int) -> str:
    """Return an invented word."""
    made = "".join(str(rng.choice(CONSONANTS)) + str(rng.choice(VOWELS)) for _ in range(syllables))
    return made + str(rng.choice(CONSONANTS))


def words(rng: np.random.Generator, n: int, syllables: int) -> list[str]:
    """Return n different invented words."""
    found: dict[str, None] = {}
    while len(found) < n:
        found[word(rng, syllables)] = None
    return list(found)


def common(rng: np.random.Generator, names: list[str], power: float) -> str:
    """Draw a name, the first ones more often (Zipf)."""
    weight = 1.0 / np.arange(1, len(names) + 1) ** power
    return names[int(rng.choice(len(names), p=weight / weight.sum()))]


def typo(name: str, rng: np.random.Generator) -> str:
    """Replace, drop, insert or swap one letter."""
    at, kind = int(rng.integers(len(name))), int(rng.integers(4))
    letter = str(rng.choice(CONSONANTS + VOWELS))
    if kind == 0:
        return name[:at] + letter + name[at + 1 :]
    if kind == 1 and len(name) > 3:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[:at] + letter + name[at:]
    at = min(at, len(name) - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one case."""

    surnames: list[str]
    given: list[str]
    fathers: list[str]
    places: list[str]


def person(rng: np.random.Generator, names: Names, before: list[dict[str, object]], siblings: float) -> dict:
    """Invent a person, or a brother or sister of one before."""
    if before and rng.random() < siblings:
        kin = dict(before[int(rng.integers(len(before)))])
        kin["given"] = common(rng, names.given, 0.8)
        kin["birth"] = kin["birth"] + dt.timedelta(days=int(rng.integers(400, 3000)))
        if rng.random() < 0.5:
            kin["event"] = dt.date(2021, 1, 1) + dt.timedelta(days=int(rng.integers(700)))
        return kin
    days = int(rng.integers(700)) if rng.random() < 0.7 else 7 * int(rng.integers(20))
    return {
        "surname": common(rng, names.surnames, 0.5), "given": common(rng, names.given, 0.8),
        "father": common(rng, names.fathers, 0.8), "place": common(rng, names.places, 0.9),
        "birth": dt.date(1955, 1, 1) + dt.timedelta(days=int(rng.integers(18_000))),
        "event": dt.date(2021, 1, 1) + dt.timedelta(days=days), "sex": "m" if rng.random() < 0.85 else "f",
    }  # fmt: skip


def record(rng: np.random.Generator, of: dict, names: Names, damage: float, shape: dict) -> dict[str, object]:
    """Write a person down; one record in four is hasty, and wrong in several fields."""
    haste = damage * (3.0 if rng.random() < 0.25 else 0.5)
    surname = typo(of["surname"], rng) if rng.random() < haste else of["surname"]
    if rng.random() < haste * 0.2:
        surname = names.surnames[int(rng.integers(len(names.surnames)))]
    row: dict[str, object] = {"sex": of["sex"], "surname_key": surname}
    if rng.random() > haste * 0.4:
        row["given_key"] = typo(of["given"], rng) if rng.random() < haste * 0.7 else of["given"]
    elif rng.random() < 0.5:
        row["given_initial"] = of["given"][0]
    if shape.get("patronymic", True) and rng.random() > 0.2 + haste:
        row["patronymic_key"] = typo(of["father"], rng) if rng.random() < haste * 0.5 else of["father"]
    if rng.random() < shape.get("birth", 0.7):
        birth = of["birth"]
        if rng.random() < haste * 0.6:
            birth += dt.timedelta(days=int(rng.choice([365, -365, 730, 30, -31, 1])))
        exact = rng.random() >= haste
        row["birth_from"] = birth if exact else dt.date(birth.year, 1, 1)
        row["birth_to"] = birth if exact else dt.date(birth.year, 12, 31)
    if rng.random() < shape.get("event", 0.85):
        late = int(rng.integers(-15, 16)) if rng.random() < haste else 0
        row["event_from"] = row["event_to"] = of["event"] + dt.timedelta(days=late)
    if rng.random() > haste * 0.5:
        strange = rng.random() <= haste * 0.3
        row["place_key"] = names.places[int(rng.integers(len(names.places)))] if strange else of["place"]
    return row


def make_foreign(number: int) -> Foreign:
    """Return one of the cases, 0 to 19; from 20 on the same shapes and damages with other chance."""
    damage, shape = DAMAGES[number // len(SHAPES) % len(DAMAGES)], SHAPES[number % len(SHAPES)]
    shares = (0.45, 0.4, 0.3, 0.25) if number % 2 else (0.5, 0.35, 0.3)
    rng = np.random.default_rng([77, number])
    names = Names(
        surnames=words(rng, 400, 3), given=words(rng, 60, 2), fathers=words(rng, 60, 2), places=words(rng, 25, 3)
    )
    people: list[dict[str, object]] = []
    for _ in range(N_PEOPLE):
        people.append(person(rng, names, people, float(shape.get("siblings", 0.1))))
    lists = tuple(f"l{j}" for j in range(len(shares)))
    rows, who, where = [], [], []
    for j, share in enumerate(shares):
        for p in np.flatnonzero(rng.random(N_PEOPLE) < share):
            for _ in range(1 + int(rng.random() < shape.get("repeats", 0.05))):
                rows.append({"list": lists[j], **record(rng, people[p], names, damage, shape)})
                who.append(int(p))
                where.append(j)
    label = f"damage {damage}, shape {number % len(SHAPES)}"
    return Foreign(label=label, records=records_of(rows, lists), person=np.array(who), lists=np.array(where))


def true_error(prob: np.ndarray, true: np.ndarray) -> float:
    """Return the expected calibration error when the truth of every pair is known."""
    bins = np.clip(np.searchsorted(RELIABILITY_EDGES, prob, side="right") - 1, 0, len(RELIABILITY_EDGES) - 2)
    return float(np.abs(np.bincount(bins, weights=prob - true)).sum() / len(true))


def reviewed(case: Foreign, pairs: ScoredPairs, n: int, wrong: float) -> dict[str, list[tuple[int, int]]]:
    """Return decisions on the first n pairs, some of them the opposite of the truth."""
    given = decisions(case, pairs, n, 1)
    rng = np.random.default_rng(1)
    found: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
    for kind, other in (("same", "different"), ("different", "same")):
        for pair in given[kind]:
            found[other if rng.random() < wrong else kind].append(pair)
    return found


def study_row(case: Foreign, pairs: ScoredPairs, n_labels: int, wrong: float) -> dict[str, float]:
    """Return what came out for one case, as numbers that can be averaged."""
    given = reviewed(case, pairs, n_labels, wrong)
    calibration = calibrate(pairs, **given, seed=1, lists=case.lists)
    group = groups_of(len(case.lists), given["same"])
    forced = {"same": given["same"], "different": [p for p in given["different"] if group[p[0]] != group[p[1]]]}
    made = cluster(pairs, LinkageSpec(), n_draws=20, seed=1, lists=case.lists, **forced, calibration=calibration)
    rng = np.random.default_rng(n_labels)
    pooled = np.concatenate(
        [n + se * rng.standard_normal(300) for n, se in (estimate(x, case.lists) for x in made.draws)]
    )
    low, middle, high = np.quantile(pooled, (0.025, 0.5, 0.975))
    truth = estimate(case.person, case.lists)[0]
    listed = len(np.unique(case.person))
    row = {
        "N covered": float(low <= N_PEOPLE <= high), "|error|": abs(middle / truth - 1), "low/truth": low / truth,
        "high/truth": high / truth, "fewest people/listed": min(len(np.unique(x)) for x in made.draws) / listed,
    }  # fmt: skip
    if n_labels < 50:
        return row
    by_score = cluster(pairs, LinkageSpec(), n_draws=1, seed=1, lists=case.lists, calibration=calibration)
    found = link_quality(pairs, by_score, calibration, **given, seed=1, doubt=made.doubt)
    left, right = (pairs.table[side].to_numpy() for side in ("left", "right"))
    true, linked = case.person[left] == case.person[right], by_score.point[left] == by_score.point[right]
    sizes = np.bincount(case.person)
    recall, error = (
        (true & linked).sum() / (sizes * (sizes - 1) // 2).sum(),
        true_error(probability(calibrated_weights(pairs, calibration)), true),
    )
    return row | {
        "precision covered": float(found.precision_low <= true[linked].mean() <= found.precision_high),
        "recall covered": float(found.recall_low <= recall <= found.recall_high),
        "ECE true": error, "ECE reported": calibration.calibration_error,
        "ECE covered": float(calibration.calibration_error_low <= error <= calibration.calibration_error_high),
    }  # fmt: skip


def main() -> None:
    """Run the study and print the averages (of |error| the median, of limits the worst as well)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--labels", nargs="+", type=int, default=[0, 300])
    parser.add_argument("--wrong", type=float, default=0.0)
    parser.add_argument("--prior", action="store_true")
    given = parser.parse_args()
    rows: dict[int, list[dict[str, float]]] = {n: [] for n in given.labels}
    for number in range(given.first, given.first + given.cases):
        case = make_foreign(number)
        pairs = score_pairs(case.records, LinkageSpec(), seed=1)
        if given.prior:
            print(prior_row(case, pairs), flush=True)
            continue
        for n in given.labels:
            rows[n].append(study_row(case, pairs, n, given.wrong))
    for n, found in rows.items():
        for name in found[0] if found else ():
            values = np.array([row[name] for row in found])
            average = np.median(values) if name == "|error|" else values.mean()
            print(f"{n} labels, {name}: {average:.4f} (from {values.min():.4f} to {values.max():.4f})")


if __name__ == "__main__":
    main()
