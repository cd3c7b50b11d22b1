"""Arithmetic of the estimators: functions of arrays and scalars that know no table, file or screen.

Everything about log-linear models shares one code: a subset of J lists is an integer 0 … 2**J − 1 whose binary digits
are the lists, first list first. `hierarchy` lists and names models, `existence` says exactly which of them have an
estimate (with `exact`), `loglinear` fits them all at once (with `newton`), `profile` gives the profile interval of one.
"""
