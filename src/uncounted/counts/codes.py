"""What the codes of this room mean, for `uncounted explain CODE`."""

CODES: dict[str, str] = {
    "C14": "Without a declared period, months are counted from the first to the last date on record, and here that is "
    "more than a hundred years. One misread year is enough for that. Declare the period, or correct the dates.",
}
