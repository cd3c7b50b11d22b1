"""The method paragraph: what was done, in words, with the literature of what was used and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from uncounted.report import numbers, words
from uncounted.report.content import ReportContent

REFERENCES: dict[str, str] = {
    "chapman": (
        "Chapman, D. G. (1951). Some properties of the hypergeometric distribution with applications to zoological "
        "sample censuses. University of California Publications in Statistics 1, 131–160."
    ),
    "seber": "Seber, G. A. F. (1970). The effects of trap response on tag recapture estimates. Biometrics 26, 13–22.",
    "chao": (
        "Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability. "
        "Biometrics 43, 783–791."
    ),
    "bishop": (
        "Bishop, Y. M. M., Fienberg, S. E., Holland, P. W. (1975). Discrete Multivariate Analysis: Theory and "
        "Practice. MIT Press."
    ),
    "rivest": (
        "Rivest, L.-P., Lévesque, T. (2001). Improved log-linear model estimators of abundance in capture-recapture "
        "experiments. Canadian Journal of Statistics 29, 555–572."
    ),
    "cormack": (
        "Cormack, R. M. (1992). Interval estimation for mark-recapture studies of closed populations. Biometrics 48, "
        "567–576."
    ),
    "chan": (
        "Chan, L., Silverman, B. W., Vincent, K. (2021). Multiple systems estimation for sparse capture data: "
        "inferential challenges when there are nonoverlapping lists. Journal of the American Statistical Association "
        "116, 1297–1306. doi 10.1080/01621459.2019.1708748."
    ),
    "buckland": (
        "Buckland, S. T., Burnham, K. P., Augustin, N. H. (1997). Model selection: an integral part of inference. "
        "Biometrics 53, 603–618."
    ),
    "aleshin": (
        "Aleshin-Guendel, S., Sadinle, M., Wakefield, J. (2024). The central role of the identifying assumption in "
        "population size estimation. Biometrics 80. arXiv 2101.09304."
    ),
    "gerritse": (
        "Gerritse, S. C., van der Heijden, P. G. M., Bakker, B. F. M. (2015). Sensitivity of population size "
        "estimation for violating parametric assumptions in log-linear models. Journal of Official Statistics 31, "
        "357–379. doi 10.1515/jos-2015-0022."
    ),
    "fellegi": (
        "Fellegi, I. P., Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical "
        "Association 64, 1183–1210."
    ),
    "splink": (
        "Linacre, R., Lindsay, S., Manassis, T., Slade, Z., Hepworth, T. (2022). Splink: free software for "
        "probabilistic record linkage at scale. International Journal of Population Data Science 7(3)."
    ),
    "sadinle": (
        "Sadinle, M. (2018). Bayesian propagation of record linkage uncertainty into population size estimation of "
        "human rights violations. Annals of Applied Statistics 12, 1013–1038."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Paragraphs of the method section and the references they rest on, in the order of first use."""

    paragraphs: tuple[str, ...]
    references: tuple[str, ...]


def method_text(content: ReportContent) -> Method:
    """Return what was done with this content: linking, estimators of the table, intervals, pooling, verdict."""
    steps = [*_linkage(content), *_estimators(content), *_sensitivity(content), *_draws(content), _verdict()]
    keys = list(dict.fromkeys(key for _, used in steps for key in used))
    return Method(
        paragraphs=tuple(text for text, _ in steps),
        references=tuple(REFERENCES[key] for key in keys),
    )


_Step = tuple[str, tuple[str, ...]]


def _linkage(content: ReportContent) -> list[_Step]:
    numbers_of = content.linkage
    if numbers_of is None:
        return []
    return [
        (
            "Records were brought to one shape, and pairs that share a key were compared field by field. The odds that "
            "two records are of one person were estimated by the model of Fellegi and Sunter (1969) with the program "
            f"Splink (Linacre and others 2022). Within and across lists, {numbers.whole(numbers_of.n_records)} records "
            f"and {numbers.whole(numbers_of.n_pairs)} scored pairs gave "
            f"{numbers.counted(numbers_of.n_people, content.unit)}.",
            ("fellegi", "splink"),
        )
    ]


def _estimators(content: ReportContent) -> list[_Step]:
    ids = [e.estimator for e in content.answer.estimates]

    def used(*prefixes: str) -> bool:
        return any(i.startswith(prefixes) for i in ids)

    steps: list[_Step] = []
    if used("chapman"):
        steps.append(
            (
                "Pairs of lists were compared by Chapman's (1951) estimator, which takes two lists as independent, "
                "with the variance of Seber (1970).",
                ("chapman", "seber"),
            )
        )
    if used("chao"):
        steps.append(
            (
                "Lower bounds are those of Chao (1987). They are bounds if people differ in how easily they are "
                "recorded, or if lists tend to overlap; where lists avoid each other they are not.",
                ("chao",),
            )
        )
    if used("loglinear"):
        steps.append(_loglinear(content))
        if used("loglinear-average"):
            steps.append(
                (
                    "The average over models weighs each model by how well it is supported and carries the "
                    "disagreement of models into its interval (Buckland and others 1997).",
                    ("buckland",),
                )
            )
    if used("no-highest-order", "independent", "no-", "marginal"):
        steps.append(
            (
                "The step from people on lists to people on none rests on an assumption that no data can test; the "
                "table sets the totals under several of them side by side (Aleshin-Guendel and others 2024).",
                ("aleshin",),
            )
        )
    return steps


def _loglinear(content: ReportContent) -> _Step:
    models = [e for e in content.answer.estimates if e.estimator.startswith("loglinear")]
    fits = [e.fit for e in models if e.fit is not None]
    intervals = [i for e in models for i in (e.n_total_interval, *e.other_intervals) if i is not None]
    methods = " ".join(i.method.casefold() for i in intervals)
    text = (
        "Hierarchical log-linear models (Bishop, Fienberg and Holland 1975) describe which lists depend on which, with "
        "standard errors after Rivest and Lévesque (2001)"
    )
    keys = ["bishop", "rivest"]
    if "profile" in methods:
        text += " and profile-likelihood intervals after Cormack (1992)"
        keys.append("cormack")
    text += (
        ". Before any model is used, it is checked whether its estimates exist and are determined by the data (Chan, "
        "Silverman and Vincent 2021)"
    )
    widest = max(fits, key=lambda f: (f.n_models, f.n_admissible), default=None)
    if widest is not None and widest.n_models > 1:
        text += f"; {numbers.whole(widest.n_admissible)} of {numbers.whole(widest.n_models)} models passed"
    return text + ".", (*keys, "chan")


def _sensitivity(content: ReportContent) -> list[_Step]:
    if not content.answer.chosen.sensitivity:
        return []
    return [
        (
            "If the dependence between lists is ω times what the chosen assumption says, the people on no list are ω "
            "times as many; the sensitivity curve shows the total over ω (after Gerritse and others 2015).",
            ("gerritse",),
        )
    ]


def _draws(content: ReportContent) -> list[_Step]:
    if content.table.n_draws == 1:
        return []
    return [
        (
            f"Links are uncertain. {words.draws_words(content.table.n_draws)} were sampled; every estimate was made on "
            "each of them and pooled, so that intervals hold the doubt about links too (Sadinle 2018).",
            ("sadinle",),
        )
    ]


def _verdict() -> _Step:
    return (
        "Fixed rules decide whether the number may be used as an estimate, as a range, as a lower bound or not at all; "
        "each rule that was asked stands in the section on checks with its finding.",
        (),
    )
