"""The page: every section at every verdict, hostile text, determinism, nothing loaded, readable colours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
import report_samples as samples

from uncounted.captures.table import CaptureTable
from uncounted.counts.count import Count, Series
from uncounted.estimation.render import quotable_sentence
from uncounted.estimation.result import Answer, Verdict, VerdictLevel
from uncounted.report import words
from uncounted.report.content import ReportContent
from uncounted.report.html import render_html

LEVELS: tuple[VerdictLevel, ...] = ("estimate", "range only", "lower bound only", "refused")
VOID = {"meta", "br", "img", "link", "input", "hr", "line", "rect", "path"}


class Page(HTMLParser):
    """What a browser would make of the page: elements, their attributes, their text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open, f"</{tag}> closes nothing"
            assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())

    @property
    def balanced(self) -> bool:
        return not self._open


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: samples.page(name) for name in samples.ALL}


@pytest.mark.parametrize("name", list(samples.ALL))
def test_page_is_well_formed_and_self_contained(pages: dict[str, str], name: str) -> None:
    page = Page(pages[name])
    assert page.balanced
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "img", "link", "object", "embed", "a", "foreignobject", "use", "base"}
    for tag, attributes in page.elements:
        for key, value in attributes.items():
            assert not key.startswith("on"), f"{tag} has {key}"
            if key in {"src", "href", "xlink:href", "action", "data", "poster"}:
                pytest.fail(f"{tag} has {key}={value}")
    css = re.findall(r"<style>(.*?)</style>", pages[name], flags=re.S)
    assert len(css) == 1
    assert "url(" not in css[0]
    assert "@import" not in css[0]
    # the only addresses are the names of the SVG namespace
    assert set(re.findall(r'https?://[^"\s<]+', pages[name])) <= {"http://www.w3.org/2000/svg"}
    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert ("html", {"lang": "en"}) in page.elements
    assert any(a.get("name") == "viewport" for _, a in page.elements)


@pytest.mark.parametrize("name", list(samples.ALL))
def test_ids_are_unique_and_every_reference_has_its_target(pages: dict[str, str], name: str) -> None:
    ids = [a["id"] for _, a in Page(pages[name]).elements if "id" in a]
    assert len(ids) == len(set(ids))
    svg = "".join(re.findall(r"<svg.*?</svg>", pages[name], flags=re.S))
    used = re.findall(r'="url\(#([^)]*)\)"', svg)
    assert set(used) <= set(ids)


def test_hostile_text_is_text(pages: dict[str, str]) -> None:
    page = Page(pages["hostile"])
    assert samples.HOSTILE in page.words  # as words a reader sees
    assert "<script" not in pages["hostile"]
    assert "onload" not in {k for _, a in page.elements for k in a}
    labels = [a["aria-label"] for _, a in page.elements if "aria-label" in a]
    assert any("<svg onload=alert(2)>" in label for label in labels)  # quotes did not end the attribute


@pytest.mark.parametrize("name", ["full", "two-lists"])
def test_same_content_gives_the_same_bytes(pages: dict[str, str], name: str) -> None:
    assert render_html(samples.ALL[name]()) == pages[name]


def test_no_path_and_no_clock(pages: dict[str, str]) -> None:
    assert "nowhere" not in pages["full"]  # the project's folder
    assert not re.search(r"\b202[4-9]-\d\d-\d\d[T ]\d\d:\d\d", pages["full"])


@pytest.mark.parametrize("level", LEVELS)
def test_every_verdict_has_every_section(level: VerdictLevel) -> None:
    content = replace(samples.full(), answer=replace(samples.kosovo_answer(level), table=samples.full().table))
    html = render_html(content)
    page = Page(html)
    sections = [a["id"] for t, a in page.elements if t == "section"]
    assert sections == [
        "answer", "recorded", "lists", "assumptions", "agreement", "sensitivity",
        "held", "links", "cleaning", "checks", "method", "limits", "custody",
    ]  # fmt: skip
    assert quotable_sentence(content.answer) in page.words
    assert words.BADGES[level][0] in page.words
    for sentence in (*content.answer.verdict.sentences, *(c.sentence for c in content.answer.checks)):
        assert sentence in page.words
    assert "not for publication" in page.words
    assert "the truth is known: 10,120 people" in page.words


def test_only_an_estimate_may_show_a_middle() -> None:
    """At harder verdicts neither headline nor picture of the answer may name the point of the chosen estimate."""
    for level in LEVELS[1:]:
        head = words.headline(samples.kosovo_answer(level))
        assert head.total != samples.kosovo_answer(level).chosen.n_total
    assert words.headline(samples.kosovo_answer("estimate")).total == 10356.5
    assert words.headline(samples.kosovo_answer("lower bound only")).total == 8190  # the lower end of the smaller bound
    assert words.headline(samples.kosovo_answer("refused")).short == ""


def test_pictures_say_their_numbers(pages: dict[str, str]) -> None:
    figures = [a for t, a in Page(pages["full"]).elements if t == "figure"]
    assert len(figures) == 8
    assert all(a["role"] == "img" for a in figures)
    answer, months, overlap, forest, curve, links, reliability, weights = (a["aria-label"] for a in figures)
    assert "4,400" in answer or "4,4" in answer
    assert "10,120" in answer
    count = samples.full().counts
    assert count is not None
    for series in count.series:
        assert f"{sum(series.n):,}" in months
    assert "Court records of first instance, all garrison courts" in overlap
    assert "10,356" in forest
    assert "1 refused" in forest
    assert "28,226" in curve  # 4,400 + 4 × 5,956.5
    assert "With the doubt of the links: 10,357 (8,900–12,940); taken as certain: 10,610" in links
    assert "250 reviewed pairs" in reliability
    assert "birth, same day (+12.6)" in weights


def test_table_of_counts_alone_needs_no_project(pages: dict[str, str]) -> None:
    page = Page(pages["kosovo"])
    assert "There were no records here to clean or to link" in page.words
    assert "Killings in Kosovo" in page.words
    assert samples.KOSOVO_CITATION in page.words
    assert "Splink" not in page.words  # nothing was linked, so nothing of linking is cited


def test_overlap_table_holds_every_pattern(pages: dict[str, str]) -> None:
    cells = re.findall(r'<td class="n">([01]{4})</td><td class="n">([\d,]+)</td>', pages["kosovo"])
    assert {pattern: int(n.replace(",", "")) for pattern, n in cells} == samples.KOSOVO


def test_refusals_are_rows_with_their_reason(pages: dict[str, str]) -> None:
    page = Page(pages["refused"])
    assert page.words.count("No two lists share anybody, so nothing says how much the lists miss") >= 3
    assert "nothing can be" not in page.words
    for name in ("undefined", "None ", "nan", ">inf<"):
        assert name not in pages["refused"].replace("default-src 'none'", "")


def test_no_upper_limit_in_words(pages: dict[str, str]) -> None:
    assert "1,500 or more (no upper limit)" in Page(pages["unbounded"]).words
    assert not re.search(r"\binf\b|\bnan\b|Infinity|NaN", Page(pages["unbounded"]).words)


def test_undated_people_are_said(pages: dict[str, str]) -> None:
    assert (
        "212 people had no usable date and 88 people had a date known only to a range of several windows;"
        in Page(pages["full"]).words
    )


def test_notes_of_the_tabulation_are_shown(pages: dict[str, str]) -> None:
    assert "3 people have no date and are in no stratum." in Page(pages["full"]).words


def test_incomplete_window_and_list_start_are_marked(pages: dict[str, str]) -> None:
    words_of_page = Page(pages["full"]).words
    assert "Outlined bars: windows that are only partly in the period" in words_of_page
    assert "time the list could not have recorded" in words_of_page
    assert "Not every list covers the whole period: Press reports." in words_of_page


def test_page_stays_small(pages: dict[str, str]) -> None:
    assert all(len(p.encode()) < 400_000 for p in pages.values())


@pytest.mark.parametrize(
    ("estimators", "cited", "not_cited"),
    [
        (("chapman:EXH,ABA",), ("Chapman, D. G.", "Seber"), ("Chao", "Bishop", "Cormack", "Buckland")),
        (("chao",), ("Chao, A.",), ("Chapman, D. G.", "Rivest")),
        (("loglinear-best",), ("Bishop", "Rivest", "Cormack", "Chan, L."), ("Buckland", "Chao, A.")),
        (("loglinear-average",), ("Bishop", "Rivest", "Buckland"), ("Cormack", "Gerritse")),
    ],
)
def test_only_what_was_used_is_cited(
    estimators: tuple[str, ...], cited: tuple[str, ...], not_cited: tuple[str, ...]
) -> None:
    base = samples.simple()
    kept = tuple(e for e in base.answer.estimates if e.estimator in estimators)
    html = render_html(replace(base, answer=replace(base.answer, estimates=kept, choice=kept[0].estimator)))
    for name in cited:
        assert name in html
    for name in not_cited:
        assert name not in html


def test_claims_say_when_they_fail(pages: dict[str, str]) -> None:
    text = Page(pages["kosovo"]).words
    assert "at least 12,000 fails if the overlap is weaker than that" in text
    assert "A total of 4,000 is impossible: 4,400 people are documented." in text


@pytest.mark.parametrize(
    "table",
    [
        CaptureTable.from_patterns({"1": 40}, lists=("only",)),
        CaptureTable.from_patterns({}, lists=("A", "B")),
        CaptureTable.from_patterns({"10": 1}, lists=("A", "B")),
    ],
    ids=["one list", "nobody", "one person"],
)
def test_tables_with_next_to_nothing_have_a_page(table: CaptureTable) -> None:
    n = int(table.n_listed[0])
    answer = Answer(
        table=table,
        estimates=(samples.estimate("chao", "Chao", n, None, reason="There is too little to say."),),
        choice="chao",
        verdict=Verdict(level="refused", sentences=("There is too little to say.",)),
    )
    page = Page(render_html(ReportContent(table=table, answer=answer)))
    assert page.balanced
    assert "There is too little to say." in page.words
    assert ("1 person is documented" if n == 1 else f"{n} people are documented") in page.words


def test_single_window_and_empty_list() -> None:
    window = samples.months(date(2023, 5, 1), 1)
    count = Count(
        definition="People by month.", unit="person", windows=window,
        series=(Series(name="any list", n=(3,)), Series(name="court", n=(0,))), complete=(True,), n_outside=2,
    )  # fmt: skip
    text = Page(render_html(replace(samples.two_lists(), counts=count))).words
    assert "2 people had a date outside the period; they are in no window of the picture." in text
    assert "May 2023" in text


# -- what agrees, the samplers, lists held out ------------------------------------------------------------------------
def section(html: str, name: str) -> str:
    """Return the words of a section, those of neighbouring cells and lines apart."""
    inside = html.partition(f'<section id="{name}">')[2].partition("</section>")[0]
    return Page(re.sub(r"(</t[hd]>|<span class=\"words\">)", r" \1", inside)).words


def test_every_family_says_what_it_counts_for(pages: dict[str, str]) -> None:
    text = section(pages["families"], "agreement")
    assert "Range only. From the same counts, Shrunken interactions" in text
    rows = {
        e: text.partition(e)[2] for e in ("decomposable graphs", "interactions It", "Latent classes", "over models")
    }
    assert rows["decomposable graphs"].startswith(
        " Its total lies inside the chosen interval. 11,000 9,500–13,000 1.06×"
    )
    assert rows["interactions It"].startswith(" contradicts the chosen estimate: the intervals do not meet. 25,000")
    assert rows["Latent classes"].startswith(" No witness: its chains do not agree. 9,000 6,000–30,000 0.87×")
    assert rows["over models"].startswith(" No witness: it does not fit the counts (p 0.001).")
    assert "The others are held against it. 10,356 9,012–12,141 –" in text
    assert "Not run" not in text


def test_families_that_were_not_run_are_named(pages: dict[str, str]) -> None:
    text = section(pages["kosovo"], "agreement")
    assert "Not run: shrinkage (" in text
    assert "latent-class (" in text
    assert "--estimators" in text
    assert "How the samplers ran" not in text


def test_an_overlapping_family_and_a_refused_one_are_told_apart() -> None:
    base = samples.families()
    changed = {
        "shrinkage": {"n_total_interval": samples.interval(11000, 31000)},
        "decomposable": {"n_total": None, "n_total_interval": None, "status": "refused", "reason": "No pair overlaps."},
    }
    estimates = tuple(replace(e, **changed.get(e.estimator, {})) for e in base.answer.estimates)
    text = section(render_html(replace(base, answer=replace(base.answer, estimates=estimates))), "agreement")
    assert "Its total lies outside the chosen interval; the two overlap. 25,000" in text
    assert "No witness, because it was refused: No pair overlaps. refused – –" in text


def test_samplers_say_whether_they_agree_and_what_is_prior(pages: dict[str, str]) -> None:
    text = section(pages["families"], "agreement")
    assert "1 × 4,001 – 4,001 – – exact" in text
    assert "16 × 250 1.004 2,411 1× 1.05× yes" in text
    assert "8 × 500 2.310 14 8× 3.4× no" in text
    assert (
        "the chains stayed in 2 regions: 6,000–8,000 (62% of the chains, middle 7,000); 20,000–30,000 (38% of the "
        "chains, middle 24,000)." in text
    )
    assert (
        "Shrunken interactions: before the counts were looked at, for every person listed between 1.10 and 173 in all "
        "were taken as likely, with 2.21 in the middle. The counts narrowed that to 36% of its width (on the "
        "logarithm). Other priors that were tried move the total by at most 7%. 62% of the total are people with a "
        "chance of .05 or more of being on any list." in text
    )
    assert "decomposable graphs: other priors that were tried move the total by less than 1%." in text


def test_lists_held_out_are_shown_by_estimator(pages: dict[str, str]) -> None:
    text = section(pages["families"], "held")
    first, second = text.split("Chao's lower bound, equal lists. Intervals: 95%.")
    assert "EXH 1,910 779 1,503 1,264 or more (no upper limit) yes" in first
    assert "ABA (by Chapman, two lists left) 1,528 683 895 847–961 no; over the sensitivity band yes" in first
    assert "OSCE 1,786 850 refused – –" in first
    assert "inside the interval in 1 of 2 cases" in first
    assert "EXH 1,910 779 1,138 1,062–1,235 yes" in second
    assert "ABA 700 683 942 883–1,019 no" in second
    assert text.count("(by Chapman") == 1
    assert "OSCE could not be estimated: None of 8 models has a finite estimate." in text
    assert "HRW was not held out: 12 people, fewer than 30." in text
    assert "Of 20 linkage draws" in text


def test_without_lists_held_out_the_page_says_why(pages: dict[str, str]) -> None:
    assert "No list was held out: that needs lists of at least 30 people" in section(pages["kosovo"], "held")
    assert "Hook, E. B." not in pages["kosovo"]
    assert "Hook, E. B." in pages["families"]


def test_every_piece_of_evidence_is_on_the_page(pages: dict[str, str]) -> None:
    text = section(pages["families"], "checks")
    for check in samples.families().answer.checks:
        for name, value in check.evidence:
            assert f"{name}: {value}" in text


@pytest.mark.parametrize(
    ("estimator", "cited"),
    [
        ("decomposable", "Madigan, D."), ("shrinkage", "Silverman, B. W. (2020)"), ("latent-class", "Manrique-Vallier"),
        ("loglinear-selected", "Bootstrapping multiple systems"), ("loglinear-coverage", "Zwane"),
        ("sample-coverage", "Chao, A., Tsay"), ("hierarchical", "Hammond"), ("odds:A,B=2", "Gerritse"),
        ("dependence:chapman:A,B~1.4,0.3", "Lum, K., Ball"),
    ],
)  # fmt: skip
def test_every_family_is_cited_when_it_ran(estimator: str, cited: str) -> None:
    base = samples.simple()
    only = replace(base.answer.estimates[0], estimator=estimator)
    answer = replace(base.answer, estimates=(only,), choice=estimator)
    assert cited in section(render_html(replace(base, answer=answer)), "method")


def test_a_real_answer_with_several_families_has_its_page() -> None:
    from uncounted.captures import published
    from uncounted.estimation import estimate

    table = published("hiv-rome")
    answer = estimate(table, estimators=("loglinear", "decomposable", "sample-coverage"))
    html = render_html(ReportContent(table=table, answer=answer))
    text = section(html, "agreement")
    chosen, other = answer.chosen, next(e for e in answer.estimates if e.estimator == "decomposable")
    for e in (chosen, other):
        assert e.n_total is not None
        assert f"{round(e.n_total):,}" in text
    assert answer.hold_out is not None
    for row in answer.hold_out.rows:
        assert f"{row.list_name}" in section(html, "held")
        assert f"{row.n_known:,} {row.n_seen:,}" in section(html, "held")


def test_both_intervals_of_the_links_stand_side_by_side(pages: dict[str, str]) -> None:
    words = Page(pages["full"]).words
    assert "Taking the links as certain gives 10,610 people (9,700–11,560); with the doubt of the links it is" in words
    assert "10,357 (8,900–12,940), and that is what this report says." in words
    assert "Linking only sure pairs gives 12,044; linking doubtful ones as well gives 9,120." in words
    assert "300 pairs were decided by people: 171 one person, 118 two, 11 left open." in words
    assert "differ by 1.6 points in a hundred on average (0.7 to 3.1)" in words
    assert "98.4% of the links that the scores make are right (96.2% to 99.6%)" in words
    assert "court:17" in words


def test_without_review_the_page_says_so() -> None:
    full = samples.full()
    assert full.linkage is not None
    trust = replace(
        full.linkage.trust, n_same=0, n_different=0, n_unsure=0, calibration_error=None, precision=None, recall=None,
        reliability=(),
    )  # fmt: skip
    page = render_html(replace(full, linkage=replace(full.linkage, trust=trust)))
    assert "Nobody has reviewed pairs of records yet" in page
    assert "picture-reliability" not in page


def test_a_table_of_counts_has_no_section_on_links(pages: dict[str, str]) -> None:
    assert "How sure are the links" in pages["full"]
    assert "How sure are the links" not in pages["kosovo"]
