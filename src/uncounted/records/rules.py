"""The cleaning rules in words. Each has a name; `Change.rule` is one of these."""

from __future__ import annotations

RULES: dict[str, str] = {
    # text
    "cut": "longer than 300 characters: only the beginning was read, the raw value is kept",
    "composed": "letters stored in parts were joined (Unicode NFC)",
    "invisible": "invisible, control and writing-direction signs were taken out",
    "marks": "stray accents and vowel signs that are no part of the letter were taken out",
    "compatible": "full-width and other compatibility forms were read as plain letters",
    "lookalikes": "words mixing Cyrillic with Latin look-alikes, or letters with digits, were brought to one script",
    # names
    "no-name": "says that the name is not known, or holds no name: no keys",
    "pseudonym": "says that the name was changed: no keys",
    "title": "a title or rank was left out of the keys",
    "nickname": "a short form was resolved to the given name it stands for",
    "swapped": "given name and surname stood in each other's column and were exchanged for the keys",
    "second-name": "a second name (in brackets, in quotes, after 'alias') went into the keys only",
    "feminine": "a feminine Slavic surname ending was brought to the masculine form for the key",
    "sex-from-name": "sex was read from the patronymic, the given name or a Slavic surname ending",
    # dates
    "date-unknown": "says that the date is not known: missing",
    "date-unreadable": "fits none of the declared formats, or is no date: treated as missing",
    "date-partial": "only a year, a decade or a month is given: kept as a range",
    "date-approximate": "is said to be approximate: kept as a range (a year: one year either side; finer: one month)",
    "date-range": "two dates or parts of dates: kept as a range",
    "date-undeclared": "not in a declared format but can be read in one way only (words for months, ISO)",
    "birth-1-january": "a birth on 1 January is read as 'only the year is known'",
    "birth-in-future": "born after the event, or after the period: treated as missing",
    "birth-too-old": "older than 120 at the event: treated as missing",
    "event-outside-period": "lies outside the project's period: kept",
    # the rest
    "sex-normalised": "written in another way than f or m: brought to f or m",
    "sex-unreadable": "not known as a sex: treated as missing",
    "place-no-key": "holds no name of a place: no key",
    "id-missing": "the id column is empty: the line number is used",
    "id-repeated": "the same id on several rows: the line number is used",
}
