"""`estimate` with the estimators that take no time: for tests of words, rules and calls, which any estimators show."""

from functools import partial

from uncounted.estimation import QUICK_ESTIMATORS
from uncounted.estimation import estimate as estimate_with_all

estimate = partial(estimate_with_all, estimators=QUICK_ESTIMATORS)
