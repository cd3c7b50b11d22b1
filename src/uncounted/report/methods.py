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
    "silverman-bootstrap": (
        "Silverman, B. W., Chan, L., Vincent, K. (2024). Bootstrapping multiple systems estimates to account for model "
        "selection. Statistics and Computing 34, 44."
    ),
    "madigan": (
        "Madigan, D., York, J. C. (1997). Bayesian methods for estimation of the size of a closed population. "
        "Biometrika 84, 19–31."
    ),
    "silverman": (
        "Silverman, B. W. (2020). Multiple-systems analysis for the quantification of modern slavery: classical and "
        "Bayesian approaches. Journal of the Royal Statistical Society A 183, 691–736."
    ),
    "manrique": (
        "Manrique-Vallier, D. (2016). Bayesian population size estimation using Dirichlet process mixtures. Biometrics "
        "72, 1246–1254."
    ),
    "chao-tsay": (
        "Chao, A., Tsay, P. K. (1998). A sample coverage approach to multiple-system estimation with application to "
        "census undercount. Journal of the American Statistical Association 93, 283–293."
    ),
    "zwane": (
        "Zwane, E. N., van der Pal-de Bruin, K., van der Heijden, P. G. M. (2004). The multiple-record systems "
        "estimator when registrations refer to different but overlapping populations. Statistics in Medicine 23, "
        "2267–2281."
    ),
    "hammond": "Hammond, Smith, van der Heijden (2025). arXiv 2505.01359.",
    "lum": "Lum, K., Ball, P. (2015). Estimating undocumented homicides with two lists and list dependence. HRDAG.",
    "vehtari": (
        "Vehtari, A., Gelman, A., Simpson, D., Carpenter, B., Bürkner, P.-C. (2021). Rank-normalization, folding, and "
        "localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667–718."
    ),
    "hook": (
        "Hook, E. B., Regal, R. R. (2000). Accuracy of alternative approaches to capture-recapture estimates of "
        "disease frequency: internal validity analysis of data from five sources. American Journal of Epidemiology "
        "152, 771–779."
    ),
    "binette": (
        "Binette, O., Steorts, R. C. (2022). On the reliability of multiple systems estimation for the quantification "
        "of modern slavery. Journal of the Royal Statistical Society A 185, 640–676. arXiv 2112.01594."
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
    steps = [
        *_linkage(content),
        *_estimators(content),
        *_families(content),
        *_samplers(content),
        *_held_out(content),
        *_sensitivity(content),
        *_draws(content),
        _verdict(),
    ]
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


# Start of an estimator's id → what was done, and what it rests on.
_FAMILY_STEPS: tuple[tuple[str, _Step], ...] = (
    (
        "loglinear-selected",
        (
            "Where one log-linear model was selected, the selection was repeated in bootstrap samples of the counts, "
            "so that its interval holds the choice (Silverman, Chan and Vincent 2024).",
            ("silverman-bootstrap",),
        ),
    ),
    (
        "loglinear-coverage",
        (
            "Lists that do not cover every stratum were fitted together with the others over all strata (Zwane and "
            "others 2004).",
            ("zwane",),
        ),
    ),
    (
        "decomposable",
        (
            "All decomposable graphs of dependence between lists were averaged exactly (Madigan and York 1997).",
            ("madigan",),
        ),
    ),
    (
        "shrinkage",
        (
            "A model with all interactions was fitted in which a prior draws interactions towards zero; the idea of "
            "such a prior is Silverman’s (2020).",
            ("silverman",),
        ),
    ),
    (
        "latent-class",
        (
            "Latent classes let people differ in hidden ways; how many classes there are is averaged over by a "
            "Dirichlet process (Manrique-Vallier 2016). The prior is stated as people in all for every person listed.",
            ("manrique",),
        ),
    ),
    (
        "sample-coverage",
        ("The sample-coverage estimator is that of Chao and Tsay (1998).", ("chao-tsay",)),
    ),
    (
        "hierarchical",
        (
            "Strata were also estimated together, with dependences that are alike and not equal over them (compare "
            "Hammond, Smith and van der Heijden 2025).",
            ("hammond",),
        ),
    ),
    (
        "odds:",
        (
            "Where the odds ratio of a pair of lists was given, it was held fixed in the model (Gerritse and others "
            "2015).",
            ("gerritse",),
        ),
    ),
    (
        "dependence:",
        (
            "Where a prior of the dependence between lists was given, the estimate is averaged over it (Lum and Ball "
            "2015).",
            ("lum",),
        ),
    ),
)


def _families(content: ReportContent) -> list[_Step]:
    ids = [e.estimator for e in content.answer.estimates]
    return [step for start, step in _FAMILY_STEPS if any(i.startswith(start) for i in ids)]


def _samplers(content: ReportContent) -> list[_Step]:
    if not any(e.fit and e.fit.sampling and e.fit.sampling.n_chains > 1 for e in content.answer.estimates):
        return []
    return [
        (
            "Chains of samplers started far apart; whether they agree is judged by the rank-normalised R-hat and the "
            "effective number of draws (Vehtari and others 2021).",
            ("vehtari",),
        )
    ]


def _held_out(content: ReportContent) -> list[_Step]:
    if content.answer.hold_out is None:
        return []
    return [
        (
            "Each list in turn was taken as a population of known size and estimated from the others (Hook and Regal "
            "2000; Binette and Steorts 2022).",
            ("hook", "binette"),
        )
    ]


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
