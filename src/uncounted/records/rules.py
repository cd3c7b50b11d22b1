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
    "list-origin": "shows no origin by itself and was read as the list's other names are",
    "feminine": "a feminine Slavic surname ending was brought to the masculine form for the key",
    "sex-from-name": "sex was read from the patronymic, the given name or a Slavic surname ending",
    # dates
    "date-unknown": "says that the date is not known: missing",
    "date-unreadable": "fits none of the declared formats, or is no date: treated as missing",
    "date-partial": "only a year, a decade, a month, or a part of one is given: kept as a range",
    "date-season": "a season: kept as a range, read as north of the equator",
    "date-approximate": "is said to be approximate: kept as a range (a year: one year either side; finer: one month)",
    "date-range": "two dates or parts of dates: kept as a range",
    "date-undeclared": "not in a declared format but can be read in one way only (words for months, ISO)",
    "date-two-digit-year": "a year of two digits was read as the last one that the period allows",
    "date-no-century": "a year of two digits, and [project] has no `to` to tell the century by: treated as missing",
    "date-day-or-month": "day and month can change places, and the declared formats allow both: kept as a range",
    "date-persian": "a date of the Persian calendar was brought to the Gregorian one",
    "date-hijri": "a date of the Islamic calendar was brought to the Gregorian one: kept as a range of some days",
    "date-other-calendar": "a year of the Persian or Islamic calendar that does not say of which: treated as missing",
    "date-filler": "a date that stands for 'none', such as 1900-01-01 or 9999-12-31: treated as missing",
    "birth-1-january": "a birth on 1 January is read as 'only the year is known'",
    "birth-in-future": "born after the event, after the list learned of it, or after the period: treated as missing",
    "birth-too-old": "older than 120 at the event: treated as missing",
    "event-after-known": "the list learned of it before it happened: the event is kept, the other date is missing",
    "event-outside-period": "lies outside the project's period: kept",
    # places
    "place-word": "a word for the kind of place (city, oblast) was left out of the key",
    "place-adjective": "an ending that makes an adjective of a place was left out of the key",
    "place-same": "a city with names in several languages was brought to one key",
    "place-gazetteer": "found in the gazetteer",
    "place-ambiguous": "the gazetteer has several places of this name: kept by its spelling",
    "place-unknown": "not in the gazetteer: kept by its spelling",
    "place-no-key": "holds no name of a place: no key",
    # the rest
    "sex-normalised": "written in another way than f or m: brought to f or m",
    "sex-unreadable": "not known as a sex: treated as missing",
    "kind-case": "capitals and small letters were taken as the same",
    "id-missing": "the id column is empty: the line number is used",
    "id-no-code": "an id without a digit, or with a space in it, could be a name, and ids are printed: the line number "
    "is used",
    "id-repeated": "the same id on several rows: the line number is used",
}
