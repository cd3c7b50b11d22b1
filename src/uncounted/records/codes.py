"""Explanations of the error codes of this room, for `uncounted explain`."""

from __future__ import annotations

CODES: dict[str, str] = {
    "K01": (
        "The files read and the lists declared in the project do not go together: a file was read for a list that the "
        "project does not declare, or two files were read under one list's name. Every record must belong to exactly "
        "one declared list, since the estimate counts people by the lists they are on. Declare each list once in "
        "uncounted.toml and run again."
    ),
    "K02": (
        "A column named in the project file is not in the delivered file, so a field of every record of that list "
        "would be missing without a word. Compare the mapping under [list.columns] with the header of the file; the "
        "message names the header that comes nearest."
    ),
    "K03": (
        "The gazetteer named in the project file cannot be read. It is a CSV in UTF-8 with a header: `name` is one "
        "spelling of a place, `place` the place it belongs to, and if wanted `within` the larger place in which that "
        "lies, `lat` and `lon` its position in degrees. Nothing was linked, since places would have got other keys."
    ),
    "K04": (
        "Rows of the gazetteer are wrong: a name or a place is missing, a position is no position, rows of one place "
        "lie far apart, or a label stands for several places and the row does not say which. The lines are given; all "
        "other rows are in order. Nothing is read past such rows, because one place would then have two keys."
    ),
    "K05": (
        "The column `within` of the gazetteer makes a circle: a place lies in another that lies in it. `within` names "
        "the next larger place, such as the region of a village; the largest places have none."
    ),
    "K06": (
        "A place under `covers` of a list is the name of several places of the gazetteer, so it is not said which the "
        'list covers. Write it with the larger place, as in "village, region", spelt as in the gazetteer.'
    ),
}
