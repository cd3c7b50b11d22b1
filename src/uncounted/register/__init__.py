"""One row a person: which records are his, on which lists, when and where; and the table counted from it."""

from uncounted.register.build import build_register
from uncounted.register.coverage import CoverageError, check_coverage, refuse_uncovered
from uncounted.register.register import Register
from uncounted.register.tabulate import Tabulation, Tally, tabulate

__all__ = [
    "CoverageError",
    "Register",
    "Tabulation",
    "Tally",
    "build_register",
    "check_coverage",
    "refuse_uncovered",
    "tabulate",
]
