"""Contents for the report's tests, made by hand: every verdict, few and many lists, hostile names."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from uncounted.captures.table import CaptureTable
from uncounted.counts.count import Count, Series, Window
from uncounted.estimation.held import HeldOut, HeldSummary, HoldOut
from uncounted.estimation.result import (
    UNDETERMINED,
    Answer,
    Assumption,
    Check,
    Estimate,
    Fit,
    Interval,
    Mode,
    Sampling,
    SensitivityPoint,
    Verdict,
    VerdictLevel,
)
from uncounted.linkage.pairs import BlockingRule
from uncounted.project.model import Covers, ListSpec, Project
from uncounted.records.records import Change
from uncounted.report.content import (
    FieldWeight,
    LinkageNumbers,
    LinkedTotal,
    LinkTrust,
    ListLinkage,
    MatteringPair,
    MissedPairs,
    Overlap,
    Reliability,
    ReportContent,
)
from uncounted.report.html import render_html
from uncounted.sources.source import RejectedRow, Source

HOSTILE = "<script>alert('x')</script> \"quoted\" & <img src=x onerror=alert(1)>"

KOSOVO = {
    "1000": 1131, "0100": 845, "0010": 936, "0001": 306, "1100": 177, "1010": 228, "1001": 106, "0110": 217,
    "0101": 31, "0011": 123, "1110": 181, "1101": 18, "1011": 42, "0111": 32, "1111": 27,
}  # fmt: skip
EVERYBODY = Covers()
KOSOVO_CITATION = "Ball, P., Betts, W., Scheuren, F., Dudukovic, J., Asher, J. (2002), as printed there."


def kosovo() -> CaptureTable:
    return CaptureTable.from_patterns(
        KOSOVO, lists=("EXH", "ABA", "OSCE", "HRW"), name="Killings in Kosovo, March to June 1999",
        citation=KOSOVO_CITATION,
    )  # fmt: skip


def with_draws(table: CaptureTable, n_draws: int = 20) -> CaptureTable:
    rng = np.random.default_rng(7)
    return replace(table, counts=rng.poisson(np.repeat(table.counts, n_draws, axis=0)))


def interval(low: float, high: float, method: str = "log-normal") -> Interval:
    return Interval(low=low, high=high, level=0.95, method=method)


def estimate(
    identifier: str, label: str, n_listed: int, total: float | None, low: float = 0.0, high: float = 0.0, *,
    words: str = "", bound: bool = False, reason: str = "", level: VerdictLevel = "estimate",
    method: str = "log-normal",
) -> Estimate:  # fmt: skip
    return Estimate(
        estimator=identifier,
        label=label,
        lists=("EXH", "ABA", "OSCE", "HRW"),
        n_listed=n_listed,
        n_listed_range=(n_listed, n_listed),
        assumption=Assumption(id=identifier, words=words or f"What {label} says of people on no list."),
        n_unlisted=None if total is None else total - n_listed,
        n_total=total,
        n_total_interval=None if total is None else interval(low, high, method),
        is_lower_bound=bound,
        status="refused" if total is None else "estimated",
        reason=reason,
        verdict=Verdict(level="refused" if total is None else level),
    )


def kosovo_estimates() -> tuple[Estimate, ...]:
    n = 4400
    fit = Fit(
        model="[EXH·ABA·OSCE, EXH·HRW, OSCE·HRW]", n_models=113, n_admissible=113, deviance=6.1, df=5, pearson=6.0,
        p_value=0.297, aic=140.2, bic=203.03, standard_error=785.9,
    )  # fmt: skip
    curve = tuple(
        SensitivityPoint(odds_ratio=w, n_total=n + w * 5956.5, low=n + w * 4500, high=n + w * 7900)
        for w in (0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0)
    )
    best = replace(
        estimate(
            "loglinear-best", "Log-linear, best model", n, 10356.5, 9012.3, 12140.8, method="profile likelihood",
            words="Once the dependences in the model are counted in, being on no list follows from the other patterns.",
        ),
        fit=fit,
        sensitivity=curve,
    )  # fmt: skip
    return (
        estimate(
            "chao", "Chao's lower bound, equal lists", n, 8796.5, 8372, 9255, bound=True, level="lower bound only",
            words="If lists tend to overlap, there were at least this many.",
        ),
        estimate("chao-unequal", "Chao's lower bound, unequal lists", n, 8586.1, 8190, 9020, bound=True),
        best,
        replace(
            estimate("loglinear-average", "Log-linear, average over models", n, 11204.0, 8990, 17020.0),
            fit=replace(fit, model="average of 113 models", deviance=math.nan, p_value=math.nan, bic=math.nan),
        ),
        estimate("no-highest-order", "No four-way dependence", n, 16941.9, 9114.5, 35335.7),
        estimate("independent:ABA,HRW", "ABA and HRW independent, unseen by the others", n, 12741, 10010, 16800),
        estimate("independent:OSCE,HRW", "OSCE and HRW independent, unseen by the others", n, 6729, 6250, 7280),
        estimate("chapman:EXH,ABA", "Chapman: EXH and ABA", n, 6230, 5893, 6600),
        estimate(
            "marginal:EXH,OSCE", "EXH and OSCE independent in all", n, None,
            reason="The data contradict it: more people were seen by other lists alone than it leaves for all.",
        ),
    )  # fmt: skip


CHECKS = (
    Check(code="R1", name="Number of lists", status="ok", sentence="4 lists can be used."),
    Check(
        code="R3", name="Overlap", status="ok", sentence="1,182 people are on two lists or more.",
        evidence=(("on two or more", "1,182"), ("smallest list", "OSCE, 685")),
    ),
    Check(code="R6", name="Swing", status="warn", sentence="Models that fit differ by a factor of 1.78."),
    Check(code="R8", name="Coverage", status="info", sentence="Whoever no list could have recorded is not counted."),
)  # fmt: skip


def kosovo_answer(level: VerdictLevel = "estimate") -> Answer:
    sentences = {
        "estimate": (),
        "range only": ("R6: models that fit about equally well differ by a factor of 3.19.",),
        "lower bound only": ("R12: the interval of the chosen estimate has no upper limit.",),
        "refused": ("R4: no admissible model is left for these lists.",),
    }[level]
    return Answer(
        table=kosovo(),
        estimates=kosovo_estimates(),
        choice="loglinear-best",
        reason="The lists were made by organisations that worked apart but interviewed in the same camps.",
        checks=CHECKS,
        verdict=Verdict(level=level, sentences=sentences),
        tipping=((10000.0, 0.94), (12000.0, 1.276), (4000.0, -0.07)),
        range=interval(8586, 16942, "smallest to largest") if level == "range only" else None,
    )


def simple(level: VerdictLevel = "estimate") -> ReportContent:
    """A table of counts alone."""
    return ReportContent(table=kosovo(), answer=kosovo_answer(level))


def months(start: date, n: int) -> tuple[Window, ...]:
    out = []
    for k in range(n):
        year, month = divmod(start.month - 1 + k, 12)
        after_year, after_month = divmod(start.month + k, 12)
        first = date(start.year + year, month + 1, 1)
        out.append(
            Window(label=first.strftime("%b %Y"), start=first, end=date(start.year + after_year, after_month + 1, 1))
        )
    return tuple(out)


def project() -> Project:
    def spec(name: str, title: str, covers: Covers = EVERYBODY) -> ListSpec:
        return ListSpec(name=name, title=title, file=Path("/nowhere") / f"{name}.csv", columns=(), covers=covers)

    return Project(
        name="People who left their units",
        population="People who left a military unit without leave between January 2022 and December 2023.",
        unit="person",
        lists=(
            spec("court", "Court records of first instance, all garrison courts"),
            spec("hotline", "Requests to the hotline"),
            spec("press", "Press reports", Covers(start=date(2022, 9, 1))),
            spec("lawyers", "Lawyers' register"),
        ),
        path=Path("/nowhere/uncounted.toml"),
        folder=Path("/nowhere"),
        start=date(2022, 1, 1),
        end=date(2023, 12, 15),
        store="plain",
    )


def trust(record: str) -> LinkTrust:
    """Links that 300 pairs were reviewed for; `record` is an id in the table of pairs."""
    return LinkTrust(
        totals=(
            LinkedTotal(role="with doubt", words="with the doubt of the links", n_listed=4400, n_total=10_357.0,
                        low=8_900.0, high=12_940.0),
            LinkedTotal(role="as certain", words="taken as certain", n_listed=4412, n_total=10_610.0, low=9_700.0,
                        high=11_560.0),
            LinkedTotal(role="strict", words="only pairs likelier than 90 %", n_listed=4610, n_total=12_044.0,
                        low=10_960.0, high=13_300.0),
            LinkedTotal(role="loose", words="all pairs likelier than 10 %", n_listed=4230, n_total=9_120.0,
                        low=8_480.0, high=9_870.0),
        ),
        n_same=171, n_different=118, n_unsure=11, calibration_error=(0.016, 0.007, 0.031),
        precision=(0.984, 0.962, 0.996), recall=(0.931, 0.884, 0.963),
        reliability=tuple(
            Reliability(low=k / 5, high=(k + 1) / 5, n=40 + 5 * k, stated=0.1 + 0.2 * k, seen=min(0.08 + 0.21 * k, 1.0),
                        seen_low=max(0.02 + 0.18 * k, 0.0), seen_high=min(0.2 + 0.21 * k, 1.0))
            for k in range(5)
        ),
        missed=(
            MissedPairs(first="court", second="court", linked=98.0, missed=4.0, low=1.0, high=9.0),
            MissedPairs(first="court", second="press", linked=402.0, missed=31.0, low=17.0, high=55.0),
        ),
        pairs=(MatteringPair(left=record, right="press:4", probability=0.48),),
        weights=(
            FieldWeight(field="surname", level="same", m=0.81, u=0.0011, weight=9.5),
            FieldWeight(field="surname", level="different", m=0.04, u=0.98, weight=-4.6),
            FieldWeight(field="birth", level="same day", m=0.62, u=0.0001, weight=12.6),
            FieldWeight(field="birth", level="different", m=0.05, u=0.93, weight=-4.2),
        ),
        agreement="Two people judged 45 pairs blind and agreed on 43 (96%).",
        outlook="About 120 more decisions make the interval 10 % narrower.",
    )  # fmt: skip


def full() -> ReportContent:
    """A whole project: records, linkage with draws, counts, manifest and a known truth."""
    names = ("court", "hotline", "press", "lawyers")
    table = with_draws(replace(kosovo(), lists=names, name="", citation=""))
    windows = months(date(2022, 1, 1), 24)
    rng = np.random.default_rng(3)
    series = [
        Series(name=n, n=tuple(int(x) for x in rng.poisson(30 + 8 * k + 2 * np.arange(24))))
        for k, n in enumerate(names)
    ]
    series[2] = replace(series[2], n=(0,) * 8 + series[2].n[8:])
    series.append(Series(name="any list", n=tuple(int(x * 0.7) for x in np.sum([s.n for s in series], axis=0))))
    empty = pa.table({"__line": pa.array([], pa.int64())})
    return ReportContent(
        project=project(),
        sources=tuple(
            Source(
                name=n, file=f"{n}.csv", sha256=f"{k:x}" * 64, table=empty, n_rows=1500 + k,
                rejects=(RejectedRow(line=7, reason="12 cells where 9 were expected"),) * k,
                notes=("a title line above the header was skipped",) if k else (),
            )
            for k, n in enumerate(names)
        ),
        changes=tuple(
            Change(list=n, column=c, rule=r, n=120 * (k + 1), words=w)
            for k, n in enumerate(names)
            for c, r, w in (
                ("name", "look-alikes", "Latin letters inside Cyrillic words were made Cyrillic"),
                ("birth", "year-only", "1 January was read as the year alone"),
            )
        ),
        linkage=LinkageNumbers(
            n_records=6021, n_pairs=48210, n_people=4400, n_people_range=(4371, 4452), n_draws=20,
            rules=(
                BlockingRule(name="keys", words="two name keys agree", n_pairs=21034),
                BlockingRule(name="key-year", words="one name key and the year of birth agree", n_pairs=33120,
                             n_skipped_blocks=2),
            ),
            cluster_sizes=((1, 3218), (2, 800), (3, 300), (4, 82)),
            overlaps=tuple(
                Overlap(first=a, second=b, n=400, low=390, high=421)
                for i, a in enumerate(names) for b in names[i + 1:]
            ),
            lists=tuple(ListLinkage(list=n, n_records=1500, n_people=1400, n_duplicates=100) for n in names),
            warnings=("The rule 'two name keys agree' left out 2 blocks with more than 60 records.",),
            trust=trust("court:17"),
        ),
        table=table,
        answer=replace(kosovo_answer(), table=table, estimates=tuple(
            replace(e, n_listed_range=(4371, 4452)) for e in kosovo_estimates()
        )),
        counts=Count(
            definition="People by the month in which they left, once each per list.", unit="person", windows=windows,
            series=tuple(series), complete=(True,) * 23 + (False,), n_undated=212, n_spread=88,
        ),
        notes=("3 people have no date and are in no stratum.",),
        manifest=(
            ("uncounted", "0.1.0"), ("splink", "5.0.1"), ("duckdb", "2.0.0"), ("seed", "1"),
            ("settings digest (SHA-256)", "9f" * 32),
        ),
        truth=("uncounted demo, seed 1", 10120),
    )  # fmt: skip


def two_lists() -> ReportContent:
    table = CaptureTable.from_patterns(
        {"10": 170, "01": 120, "11": 30}, lists=("Registry of the ministry", "Survey of households"), unit="household"
    )
    chapman = estimate("chapman:A,B", "Chapman: two lists independent", 320, 978.06, 753, 1319)
    bound = estimate("chao", "Chao's lower bound", 320, 640.0, 520, 800, bound=True)
    answer = Answer(
        table=table, estimates=(bound, chapman), choice="chapman:A,B", checks=CHECKS[:1],
        verdict=Verdict(level="range only", sentences=("R1: nobody has stated that the two lists are independent.",)),
        range=interval(649, 1636, "omega from 1/2 to 2"),
    )  # fmt: skip
    return ReportContent(table=table, answer=answer)


def unbounded() -> ReportContent:
    """No upper limit, a bound as the answer, and one estimate far out."""
    estimates = (
        estimate("chao", "Chao's lower bound", 900, 1410, 1302, 1544, bound=True),
        estimate("loglinear-best", "Log-linear, best model", 900, 2500, 1500, math.inf, method="profile likelihood"),
        estimate("no-highest-order", "No three-way dependence", 900, 4.1e6, 2000, 9.9e9),
    )
    table = CaptureTable.from_patterns(
        {"100": 400, "010": 300, "001": 180, "110": 20}, lists=("A", "B", "C"), name="Sparse"
    )
    answer = Answer(
        table=table, estimates=estimates, choice="loglinear-best", checks=CHECKS,
        verdict=Verdict(level="lower bound only", sentences=("R12: the interval has no upper limit.",)),
    )  # fmt: skip
    return ReportContent(table=table, answer=answer)


def refused() -> ReportContent:
    """Everything refused."""
    reason = "No two lists share anybody, so nothing says how much the lists miss, and no model of them is determined."
    table = CaptureTable.from_patterns({"100": 40, "010": 30, "001": 20}, lists=("A", "B", "C"))
    answer = Answer(
        table=table,
        estimates=tuple(
            estimate(i, i.replace("-", " "), 90, None, reason=reason)
            for i in ("chao", "loglinear-best", "no-highest-order")
        ),
        choice="loglinear-best",
        checks=(Check(code="R3", name="Overlap", status="refused", sentence="No two lists share anybody."),),
        verdict=Verdict(level="refused", sentences=("R3: no two lists share anybody.",)),
    )  # fmt: skip
    return ReportContent(table=table, answer=answer)


def many() -> ReportContent:
    """Six lists with long titles and 40 rows of estimates."""
    rng = np.random.default_rng(11)
    names = tuple(
        f"Organisation number {k} with a long official title, department of {w}"
        for k, w in enumerate(("archives", "hospitals", "courts", "prisons", "border control", "cemeteries"), start=1)
    )
    table = CaptureTable(lists=names, counts=rng.poisson(400 / np.arange(1, 64)), name="Six lists")
    n = int(table.n_listed[0])
    estimates = tuple(
        estimate(
            f"independent:{k}", f"Independence of lists {k} and {k + 1}, unseen by all the others", n,
            n * (1.1 + 0.06 * k), n * (1.02 + 0.04 * k), n * (1.3 + 0.1 * k),
        )
        if k % 9
        else estimate(f"independent:{k}", f"Lists {k} and {k + 1}", n, None, reason="A cell it needs is empty.")
        for k in range(40)
    )  # fmt: skip
    answer = Answer(table=table, estimates=estimates, choice="independent:7", checks=CHECKS)
    return ReportContent(table=table, answer=answer)


def sampled(identifier: str, label: str, total: float, low: float, high: float, sampling: Sampling, *,
            p_value: float = 0.4, status: str = "converged") -> Estimate:  # fmt: skip
    fit = Fit(model=label, p_value=p_value, deviance=3.0, df=2, status=status, sampling=sampling)
    return replace(estimate(identifier, label, 4400, total, low, high, method="quantiles"), fit=fit)


def held_out() -> HoldOut:
    """Four lists; one with two others left, one refused, one that only the sensitivity band holds."""
    average, chao = "loglinear-average", "chao"
    return HoldOut(
        rows=(
            HeldOut(list_name="EXH", estimator=average, n_known=1910, n_seen=779, n_lists=3, n_total=1503.0,
                    low=1264.0, high=math.inf, band_low=1000.0, band_high=3000.0),
            HeldOut(list_name="EXH", estimator=chao, n_known=1910, n_seen=779, n_lists=3, is_lower_bound=True,
                    n_total=1138.0, low=1062.0, high=1235.0),
            HeldOut(list_name="ABA", estimator="chapman:EXH,OSCE", n_known=1528, n_seen=683, n_lists=2, two_lists=True,
                    n_total=895.0, low=847.0, high=961.0, band_low=800.0, band_high=1600.0),
            HeldOut(list_name="ABA", estimator=chao, n_known=700, n_seen=683, n_lists=3, is_lower_bound=True,
                    n_total=942.0, low=883.0, high=1019.0),
            HeldOut(list_name="OSCE", estimator=average, n_known=1786, n_seen=850, n_lists=3, status="refused",
                    reason="None of 8 models has a finite estimate.", code="E07"),
        ),
        summaries=(
            HeldSummary(estimator=average, n_estimated=2, n_refused=1, n_covered=1, n_banded=2, n_in_band=2,
                        median_log_ratio=-0.17, mean_log_ratio=-0.2, median_width=1.5, is_lower_bound=False),
            HeldSummary(estimator=chao, n_estimated=2, n_refused=0, n_covered=1, n_banded=0, n_in_band=0,
                        median_log_ratio=-0.4, mean_log_ratio=-0.4, median_width=1.2, is_lower_bound=True),
        ),
        left_out=(("HRW", "12 people, fewer than 30"),),
        notes=("Of 20 linkage draws the one with the middle number of people was used.",),
        level=0.95,
    )  # fmt: skip


def families() -> ReportContent:
    """Four families: one agrees, one contradicts, one has chains that stayed apart, one is rejected by its fit."""
    exact = Sampling(converged=True, r_hat=1.0, ess=4001.0, n_chains=1, n_draws=4001, prior_shift=0.004)
    fine = Sampling(
        converged=True, r_hat=1.004, ess=2411.0, n_chains=16, n_draws=250, chain_ratio=1.05, prior_low=1.1,
        prior_median=2.21, prior_high=173.2, prior_width=0.36, prior_shift=0.07, reachable_share=0.62,
    )  # fmt: skip
    stuck = Sampling(
        converged=False, r_hat=2.31, ess=14.0, n_chains=8, n_draws=500, effort=8, chain_ratio=3.4,
        modes=(Mode(low=6000.0, median=7000.0, high=8000.0, share=0.625),
               Mode(low=20000.0, median=24000.0, high=30000.0, share=0.375)),
    )  # fmt: skip
    base = kosovo_answer()
    found = (
        *base.estimates,
        sampled("decomposable", "Average of the decomposable graphs", 11000.0, 9500.0, 13000.0, exact),
        sampled("shrinkage", "Shrunken interactions", 25000.0, 21000.0, 31000.0, fine),
        sampled("latent-class", "Latent classes", 9000.0, 6000.0, 30000.0, stuck, status=UNDETERMINED),
    )
    found = tuple(
        replace(e, fit=replace(e.fit, p_value=0.001)) if e.estimator == "loglinear-average" and e.fit else e
        for e in found
    )
    check = Check(
        code="R17", name="agreement between families of models", status="range only",
        sentence="From the same counts, Shrunken interactions says many more than the chosen estimate.",
        evidence=(("Shrunken interactions", "25,000 (21,000 to 31,000)"),),
    )  # fmt: skip
    answer = replace(base, estimates=found, checks=(*CHECKS, check), hold_out=held_out())
    return ReportContent(table=kosovo(), answer=answer)


def hostile() -> ReportContent:
    """Every free text is an attack."""
    names = (
        HOSTILE,
        "b'\"><svg onload=alert(2)>",
        "</svg></style></title><script>alert(3)</script>",
        "url(#clip0) ]]>",
    )
    base = full()
    assert base.project is not None
    assert base.linkage is not None
    told = trust(HOSTILE)
    told = replace(
        told,
        totals=tuple(replace(t, words=HOSTILE) for t in told.totals),
        weights=tuple(replace(w, field=HOSTILE, level=HOSTILE) for w in told.weights),
        agreement=HOSTILE,
        outlook=HOSTILE,
    )
    specs = tuple(replace(s, name=n, title=n) for s, n in zip(base.project.lists, names, strict=True))
    table = replace(base.table, lists=names)
    estimates = tuple(
        replace(e, label=HOSTILE, reason=HOSTILE, assumption=replace(e.assumption, words=HOSTILE))
        for e in (*base.answer.estimates, *families().answer.estimates[-3:])
    )
    checks = tuple(
        replace(c, name=HOSTILE, sentence=HOSTILE, evidence=((HOSTILE, HOSTILE),)) for c in families().answer.checks
    )
    return replace(
        base,
        project=replace(base.project, name=HOSTILE, population=HOSTILE, unit="<b>person</b>", lists=specs),
        table=table,
        sources=tuple(
            replace(s, name=n, file=HOSTILE, notes=(HOSTILE,)) for s, n in zip(base.sources, names, strict=True)
        ),
        changes=tuple(replace(c, list=HOSTILE, column=HOSTILE, words=HOSTILE) for c in base.changes),
        answer=replace(
            base.answer, table=table, estimates=estimates, reason=HOSTILE, checks=checks, hold_out=hostile_held()
        ),
        linkage=replace(base.linkage, trust=told),
        notes=(HOSTILE,),
        manifest=((HOSTILE, HOSTILE),),
        truth=(HOSTILE, 10120),
    )


def hostile_held() -> HoldOut:
    held = held_out()
    return replace(
        held,
        rows=tuple(replace(r, list_name=HOSTILE, reason=HOSTILE) for r in held.rows),
        left_out=((HOSTILE, HOSTILE),),
        notes=(HOSTILE,),
    )


def menu() -> ReportContent:
    """A hundred estimates, as six lists give them: families share rows of the picture."""
    base = simple()
    n = 4400
    members = tuple(
        estimate(f"{family}:{k},{j}", f"{family} of {k} and {j}", n, n * (1.2 + 0.1 * k + 0.3 * j), n * 1.1, n * 4.0)
        for family in ("chapman", "independent", "marginal")
        for k in range(6)
        for j in range(k)
    )
    refusals = tuple(
        estimate(f"no-highest-order:{k}", f"No interaction {k}", n, None, reason="A cell is empty.") for k in range(40)
    )
    return replace(base, answer=replace(base.answer, estimates=(*base.answer.estimates, *members, *refusals)))


ALL = {
    "menu": menu,
    "kosovo": simple,
    "full": full,
    "two-lists": two_lists,
    "unbounded": unbounded,
    "refused": refused,
    "many": many,
    "hostile": hostile,
    "families": families,
}


@cache
def page(name: str) -> str:
    """The page of a sample, rendered once for all tests."""
    return render_html(ALL[name]())
