"""What the codes of this room mean, for `uncounted explain CODE`."""

CODES: dict[str, str] = {
    "C01": "A capture table has 2**J − 1 cells for J lists, so more than 16 lists cannot be held, and could not be "
    "estimated from. Merge lists of the same kind before counting overlaps.",
    "C02": "The array of counts has the wrong shape. There is one count for each pattern 1 … 2**J − 1: pattern k is k "
    "written in binary with one digit a list, the first digit for the first list.",
    "C03": "A list or stratum was asked for that the table does not have.",
    "C04": "A capture pattern is one digit a list, 1 for on the list and 0 for not. The pattern of zeros alone has no "
    "count: people on no list are what is to be estimated.",
    "C05": "A table of people needs one row a person and one column a list holding 0 or 1.",
    "C06": "A row stands for somebody who is on no list at all. Such people are what is estimated; they "
    "cannot be in the data.",
    "C07": "Lists and strata need names, and the names must differ, since results are reported by them.",
    "C08": "Counts are people: whole numbers, not negative. Shares, weights and altered (rounded, suppressed) counts "
    "would move the estimate; one published estimate went from 12,349 to 27,080 when cells below 5 were dropped.",
    "C09": "By its `covers`, a list could not have recorded people of this stratum, and yet some are on it. Either the "
    "dates or places are wrong, or the coverage is. Both change the estimate, so it must be settled first.",
    "C20": "The name is not among the published tables. `uncounted published` lists them.",
    "C21": "The file of counts does not exist or cannot be read.",
    "C22": "The file of counts is not UTF-8 text in CSV form.",
    "C23": "The file of counts has no header, no rows, two columns of one name, or rows of unequal width.",
    "C24": "The data given in Python are no data frame, mapping or file name.",
    "C25": "A column is missing, or there is one whose meaning is unknown. Columns are lists (0/1), `count`, `pattern` "
    "and `stratum`; nothing is ignored in silence.",
    "C26": "A cell holds something else than its column may. The rows are named, the values are not.",
}
