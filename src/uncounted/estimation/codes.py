"""What the codes of this room mean, for `uncounted explain CODE`."""

from __future__ import annotations

CODES: dict[str, str] = {
    "E00": (
        "No number can be given under this assumption. The reason is the result: it stands in the table of "
        "estimates beside the numbers that could be given, and in the report."
    ),
    "E01": (
        "Nobody is on both lists. The overlap is what ties two lists together; without it the total could be "
        "anything. Look for missed links first (spellings, dates), then for another list."
    ),
    "E02": (
        "The counts sit on a boundary: one list holds the whole of another, or a cell that the formula "
        "multiplies by is empty. The formula gives zero people missing and no error, which is not knowledge. "
        "Use a lower bound."
    ),
    "E03": (
        "A cell that the formula divides by is empty, so the assumption gives no finite number. Nothing is "
        "added to empty cells: that would be a guess with the look of data. Choose an assumption over fewer "
        "or better overlapping lists, or merge lists of the same kind."
    ),
    "E04": (
        "The data contradict this assumption: if it were true, fewer people would exist than are documented. "
        "It stays in the table as refused, because a reader may have thought of it."
    ),
    "E05": (
        "Too few lists with anybody on them for this estimator. One list alone says nothing about those it missed."
    ),
    "E06": (
        "Too many lists to try every model. Up to five lists are searched to any order, six up to pairs. "
        "Merge lists of the same kind, for example with `table.merge_lists({'courts': ['court_a', "
        "'court_b']})`."
    ),
    "E07": (
        "No model has a finite estimate on this table: for each one, cells that it needs are empty (the "
        "maximum likelihood estimate does not exist) or the counts do not fix its parameters."
    ),
    "E08": (
        "This model has no estimate on this table: cells that it needs are empty, or its parameters are not "
        "fixed by the counts. The check is made before fitting; a program that skips it returns an arbitrary "
        "large number."
    ),
    "E09": (
        "No model describes the counts: all are rejected by their goodness of fit. A model that does not "
        "describe those who were seen is no guide to those who were not. Lower bounds remain."
    ),
    "E10": (
        "The estimate exceeds a thousand times the people documented. That is the algebra of a nearly empty "
        "overlap, not a finding."
    ),
    "E11": (
        "A stratum has fewer than two lists that could have recorded its people, so there nothing can be "
        "estimated, and a sum that leaves it out would not be the total. Add a list, or take the stratum out "
        "of the population."
    ),
    "E12": ("A stratum, or the whole table, holds nobody. Take the stratum out, or join it to a neighbour."),
    "E13": (
        "One of the two lists was made from the other (`built_from`). Their overlap says how the one was "
        "copied, not how many people there are; pairwise estimates on this pair are refused. Merge the two."
    ),
    "E14": ("A list that the assumption names covers nobody, or holds nobody, in a stratum (or anywhere)."),
    "E15": (
        "The lower bound is zero: too few people are on exactly one list, or all of them are on the same one. "
        "The bound says nothing beyond the people documented."
    ),
    "E20": (
        "An unknown estimator was asked for. Use a group (chapman, chao, loglinear, assumptions) or one id "
        "such as loglinear-average, chapman:A,B, no-highest-order:A,B,C, independent:A,B, marginal:A,B or "
        "loglinear:[12,3]."
    ),
    "E21": (
        "The chosen assumption (`choice`) is not the id of an estimator. Any id that `estimators` accepts "
        "will do; it is added to the table if it is not there."
    ),
    "E22": (
        "An option of `estimate` is out of its range: the level lies strictly between 0 and 1, criterion is "
        "bic or aic, the seed is a whole number from 0, claims are positive numbers, orders are at least 1."
    ),
    "E23": (
        "The model is not written as its generators. Number the lists from 1 and write each highest "
        "interaction once, e.g. [12,3] for lists 1 and 2 interacting and list 3 apart."
    ),
    "R1": (
        "Rule R1, number of lists. One list alone: refused. Two lists need the assumption that they are "
        "independent, which nothing in the data supports; unless the analyst defends it in writing, the "
        "result is the range from half to twice the dark figure. The same holds for a chosen estimate that "
        "rests on one pair (chapman:, marginal:), however many lists there are."
    ),
    "R2": (
        "Rule R2, lists made from one another. A list fed by another, or two fed by a common third, add no "
        "information. If all lists of a stratum, or those of the chosen estimate, hang together in this way: "
        "refused. The model of independent lists then gives a lower bound only; otherwise a warning."
    ),
    "R3": (
        "Rule R3, overlap. Fewer than 25 people on two or more lists: warning. Fewer than 7: lower bound "
        "only. The same limits hold for the people that the chosen estimate stands on: the overlap of its "
        "pair, or the smallest cell that its formula divides by. Lists that fall into groups sharing nobody "
        "(islands): lower bound only, estimate each group by itself."
    ),
    "R4": (
        "Rule R4, existence. Before a model is fitted it is checked whether its estimate exists and is "
        "unique. Models without one are left out and counted; if the chosen estimate has none, the answer is "
        "refused. If models alone are at a loss (none fits, E09, or too many to try, E06) and the lists give "
        "a lower bound, that is left."
    ),
    "R6": (
        "Rule R6, swing. All models that fit the counts about equally well (difference in BIC at most 6, "
        "goodness of fit p above .01) are laid side by side. If the largest total is more than 1.5 times the "
        "smallest: warning; more than twice: only the range is given, because the data do not choose between "
        "them."
    ),
    "R8": (
        "Rule R8, non-coverage. No method sees people whom no list could have recorded. If such a group "
        "belongs to the population of the headline, the headline is refused; change the population's sentence "
        "or add a list."
    ),
    "R12": (
        "Rule R12, width. Upper limit more than five times the lower: warning. No finite upper limit: lower bound only."
    ),
    "R13": (
        "Rule R13, goodness of fit. The best model, or the chosen one, is rejected at p below .01: warning. "
        "All models, or the chosen one, are rejected at p below .001: model-based numbers are refused and "
        "lower bounds are kept. Also: a chosen total more than 2 % below the lower bound for unequal lists is "
        "a warning, an interval wholly below the bound's leaves the bound only."
    ),
}
