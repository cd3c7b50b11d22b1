"""What the codes of this room mean, for `uncounted explain CODE`."""

CODES: dict[str, str] = {
    "C10": "The table shall be split by something that no record has: without a date there is no year, without a place "
    "no place. Map the column in the project file, or take the stratum out of `strata`.",
    "C11": "A list holds records that, by its `covers`, it could not have recorded: dated wholly outside the time it "
    "covers, or in a place it does not cover. Either the records are wrong or `covers` is. Both change the estimate: "
    "absence from a list means something only where the list could have recorded somebody.",
    "C12": "The records hold a list that the project file does not declare, so it is not known whom it could have "
    "recorded.",
    "C13": "The strata asked for, crossed with each other, give more cells than any number of people could fill. Split "
    "by fewer things, or by coarser ones.",
    "C15": "Places are compared by their names, brought to one spelling over scripts and languages. A place in "
    '`covers` that has no name (a number, or only a word such as "city") would match nothing, and the list would seem '
    "to cover nothing there.",
}
