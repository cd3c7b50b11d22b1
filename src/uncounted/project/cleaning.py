"""Which cleaning rules of `records` a project may switch off, and why the others may not be.

This room may not import `records`; a test compares these names with `records.rules.RULES`.
"""

from __future__ import annotations

from uncounted.errors import nearest

SWITCHABLE: tuple[str, ...] = (
    "pseudonym",
    "nickname",
    "feminine",
    "sex-from-name",
    "date-partial",
    "date-season",
    "date-approximate",
    "date-range",
    "date-undeclared",
    "date-two-digit-year",
    "date-day-or-month",
    "date-persian",
    "date-hijri",
    "date-filler",
    "birth-1-january",
    "birth-in-future",
    "birth-too-old",
    "event-after-known",
    "place-word",
    "place-adjective",
    "place-same",
    "kind-case",
    "sex-normalised",
)

_READS = "it says how the cell is taken apart, and no key can be made otherwise"
_COUNTS = "it changes nothing, it only counts"
_RESULT = "it is what is left when nothing can be read"

FIXED: dict[str, str] = {
    "cut": "reading a cell of any length could take for ever",
    "composed": "it makes no choice: both ways of storing the letter are the same letter",
    "invisible": "such signs cannot be seen, and names that look the same would differ",
    "marks": "names that are the same but for a reading aid would differ",
    "compatible": "it makes no choice: both forms are the same letter",
    "lookalikes": "a name typed with letters of two alphabets would be found by nobody",
    "no-name": "everybody whose name is 'unknown' would be one person",
    "title": _READS,
    "swapped": _READS,
    "second-name": _READS,
    "list-origin": "one spelling would be read in two ways within one list",
    "date-unknown": _RESULT,
    "date-unreadable": _RESULT,
    "date-no-century": _RESULT,
    "date-other-calendar": _RESULT,
    "event-outside-period": _COUNTS,
    "sex-unreadable": _RESULT,
    "place-no-key": _RESULT,
    "place-gazetteer": "leave out [gazetteer] file instead",
    "place-unknown": _COUNTS,
    "place-ambiguous": _COUNTS,
    "id-missing": "every record needs an id",
    "id-no-code": "ids stand in reports and logs, where no name may stand",
    "id-repeated": "every record needs an id of its own",
}


def switched_off(value: str) -> str:
    """Return `value` if it names a cleaning rule that may be switched off.

    Raises
    ------
    ValueError
        If it names none, or one that must act; its arguments are what is allowed and the nearest name.
    """
    if value in SWITCHABLE:
        return value
    if value in FIXED:
        raise ValueError(f"another rule: '{value}' cannot be switched off, for {FIXED[value]}")
    raise ValueError(
        "a rule that `uncounted check --rules` lists as one that can be switched off",
        nearest(value, (*SWITCHABLE, *FIXED)),
    )
