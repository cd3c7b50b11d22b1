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
    "E24": (
        "Two lists cannot tell hidden kinds of people apart: any number on no list would be the prior's. Use Chapman's "
        "estimate and defend the independence of the two lists, or add a third."
    ),
    "E25": (
        "Nobody is on two lists of this stratum or table. The counts then say nothing about how many are on none, and "
        "any number would be the prior's alone. Look for missed links first."
    ),
    "E26": (
        "Fewer than three strata have 30 people listed and somebody on two lists. How alike strata are cannot be told "
        "from fewer. Use larger strata, or estimators that take each stratum by itself."
    ),
    "E27": (
        "No list could have recorded the people of a stratum. Nothing can be said of it, and a sum without it is not "
        "the total. Add a list or take the stratum out."
    ),
    "E30": (
        "A prior that imagines more than four people in all (2**J times delta). It expects as many people on no list "
        "as in any other cell and can make the total several times too small. Leave delta out, or look at its "
        "neighbours."
    ),
    "E31": (
        "More than seven lists have too many decomposable graphs (30,888,596 at eight). Merge lists of the same kind, "
        "or use loglinear-stepwise."
    ),
    "E32": "The most probable graphs: which lists depend on which. They say what carries the average.",
    "E33": (
        "A fit in the stepwise search was not reached numerically, so no model can be named. Name a model, or merge "
        "lists."
    ),
    "E34": (
        "The complete graph, which assumes nothing about the lists, has a probability above .1: under it the total is "
        "what the prior says. Prefer a range."
    ),
    "E35": (
        "At least 30 % of the bootstrap replicates leave no model with an estimate: the number hangs on a person or "
        "two. Below that share such replicates count as infinite and are reported. Look for missed links between the "
        "lists, or use a lower bound."
    ),
    "E36": (
        "An option of loglinear-selected is out of its range: at least 100 replicates; resampling is multinomial, "
        "population or parametric; the number of models kept and the highest order are at least 1."
    ),
    "E37": (
        "No list can be held out as a population of known size. A list needs 30 people, and two other lists that hold "
        "some of them."
    ),
    "E38": "Holding out lists needs a level strictly between 0 and 1, and at least one estimator.",
    "E40": (
        "A frequency is not one: the number of entries is a whole number from 1, the number of people a whole number "
        "from 0. People seen 0 times are what is to be estimated."
    ),
    "E41": "Nobody is in the log. Check its filter and its window.",
    "E42": "The level of an interval lies strictly between 0 and 1, e.g. 0.95.",
    "E43": "There is no such estimator for one log with repeats; the nearest name is given.",
    "E44": (
        "A frequency that the method divides by is empty: nobody twice, three times, or once. Use a longer log, or "
        "look for missed links between its entries."
    ),
    "E45": (
        "The negative binomial has no estimate here: its likelihood rises to a log-series, with infinitely many people "
        "unseen, or to the Poisson. A number printed there is where a program stopped, not a finding."
    ),
    "E46": "There is no surplus of people seen once, so the inflated law is the plain one: read that row.",
    "E47": "The total exceeds 50 times the people in the log: the algebra of an empty cell, not a finding.",
    "E50": (
        "Every list with people on it covers every stratum. There is no gap to fill, and sharing dependence between "
        "strata would only add an assumption. Use loglinear-average."
    ),
    "E51": (
        "No list, or only lists that hold nobody, could have recorded the people of a stratum. Nothing is known of "
        "them, not even from other strata. Take the stratum out of the population or add a list."
    ),
    "E53": (
        "People without a stratum are on lists which, by the coverage table, rule out every stratum they could be in. "
        "The pattern and the number are named. Correct the records, the links or which strata the lists cover."
    ),
    "E54": (
        "The counts of people without a label do not fit: they have another shape than the table, are not whole "
        "numbers, name a stratum that is not there, or no draws were asked for. Give one count per pattern for each "
        "linkage draw."
    ),
    "E56": "Rule R9 was given a stratum that the table does not have, or a number that is negative or not finite.",
    "E60": (
        "A fixed dependence is an odds ratio above 0 of two different lists. It is written odds:A,B=2, as a fraction, "
        "or with @[12,3] for a named model."
    ),
    "E61": (
        "A prior of the dependence needs a median above 0 and a spread of at least 0, or a range with the smaller "
        "number first. 0.8 to 2.5 is the default."
    ),
    "E62": (
        "The estimator inside does not rest on 'no interaction' (a lower bound, for instance). Its number does not "
        "scale with the dependence of the lists, so no prior can be put on it."
    ),
    "E63": (
        "The sample coverage is below one half (.55 for the full estimate). The correction for dependence divides by "
        "it and has no bound as it falls. Use a lower bound, or look for missed links."
    ),
    "E64": (
        "Sample coverage leaves nobody unlisted, has no finite size, or has none in over 1 % of bootstrap tables. "
        "Lists that avoid or nearly hold each other do this. Choose another assumption."
    ),
    "E65": (
        "Membership, covariates or options cannot be used: wrong shape, not 0 or 1, people on no list, infinite "
        "values, a column missing for everybody, or an option out of range. The message says which."
    ),
    "E66": (
        "Fewer than 500 people, fewer than 50 in a cell that is divided by, or a pattern too rare for the folds. The "
        "chances are learnt from these people. Estimate without covariates, or in a few strata."
    ),
    "E67": (
        "For more than 5 % of people the chance that is divided by is under .01 given their covariates. Where nobody "
        "like them overlaps, nothing says how many are missing. Use coarser covariates, or take the group out."
    ),
    "E68": (
        "The model of the chances did not converge, or leaves nobody unlisted. Leave out covariates that repeat "
        "others, or estimate without covariates."
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
    "R5": (
        "Rule R5, chains. A sampler starts many chains far apart; they must end up telling the same. Rank-normalised "
        "R-hat above 1.01 or fewer than 400 effective draws: warning. After the full effort R-hat above 1.05, or "
        "chains that stayed in different regions with medians apart by more than 1.25: the total is undetermined, and "
        "only the range over all regions is given."
    ),
    "R7": (
        "Rule R7, prior. Three signs that a posterior repeats its prior or counts people whom no list reaches: its "
        "interval of log(N/n) is more than .8 as wide as the prior's, another prior as good moves its median by more "
        "than 25 %, or less than .8 of the total have a chance of at least .05 of being on any list. One sign: "
        "warning; two: range only."
    ),
    "R9": (
        "Rule R9, total and parts. The whole estimated without strata should be between .8 and 1.25 times the sum of "
        "the strata: warning otherwise. An estimate below the people documented (records left out of the lists "
        "included) is impossible and refused. A number had by subtraction is a warning."
    ),
    "R10": (
        "Rule R10, linkage. If the total changes by more than 10 % between a strict and a loose linkage (or between "
        "linkage draws): warning; by more than 50 %, or if review found fewer than .8 of the links right or of the "
        "true pairs linked: range only."
    ),
    "R11": (
        "Rule R11, one list. A list that holds at least 80 % of the documented, or without which the total moves by "
        "more than 50 % or cannot be had: warning; if models that fit disagree as well (R6): range only."
    ),
    "R14": (
        "Rule R14, lists held out. Each list is taken as a population of known size and estimated from the others. A "
        "median of log(estimate / known size) below -.5: warning. Fewer than half of at least four known sizes inside "
        "their intervals: range only; a warning if another estimator stood in for the chosen one."
    ),
    "R15": (
        "Rule R15, one log. Models of one log disagree more than models of several lists, so its result is a range. A "
        "boundary of a model (dispersion without end, N/n above 50) refuses that model; a ratio of people seen once to "
        "twice outside 0.5 to 1.5, a first point off the ratio plot, or a factor above 3 between models are said."
    ),
    "R16": (
        "Rule R16, a closed population. A window more than twice as long as a person can be recorded, people who leave "
        "between lists, or more than 1 % duplicates in a list: warning, because people who could not meet on two lists "
        "make the total too large."
    ),
    "R17": (
        "Rule R17, families of models. The averages of log-linear models, of decomposable graphs, of latent classes "
        "and of shrunken interactions rest on different assumptions about the same counts. Held against the chosen "
        "one are those that converged and fit. If one says more than 1.25 times as many or as few: warning. If more "
        "than half of them say more than twice as many or as few, or have an interval apart from the chosen one's: "
        "only the range of all is given."
    ),
}
