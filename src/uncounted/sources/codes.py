"""What `uncounted explain` says about the codes of this room."""

from __future__ import annotations

CODES: dict[str, str] = {
    "S01": (
        "A list's file was not found, is a folder or device, or may not be read. Paths in the project file start from "
        "the folder of the project file. Nothing was read and nothing was changed."
    ),
    "S02": (
        "The end of the file's name says how it is read: .csv, .tsv or .txt as text, .xlsx, .xlsm or .xls "
        "as a workbook, .parquet as Parquet. Another kind must be saved as one of these first."
    ),
    "S03": (
        "The text is not valid UTF-8, or not valid in the encoding declared for it. An encoding is never guessed: a "
        "wrong guess turns names into other names, silently, and people are then not found on other lists. Write the "
        'right one as encoding = "…" under the [[list]]; `uncounted init --from FILE` shows what each would give.'
    ),
    "S04": (
        "The project file declares a one-byte encoding, and yet the file is valid UTF-8 with letters beyond ASCII, "
        "which practically never happens by chance. Read as declared, its names would be garbled. Remove `encoding` "
        "from the [[list]], or set it to utf-8."
    ),
    "S05": (
        "The text holds NUL or many control characters, which no delivered list in good order has: the file is "
        'damaged, is not text, or is UTF-16 (then declare encoding = "utf-16").'
    ),
    "S06": (
        "A double quote is out of place: it was opened and never closed, or something other than a delimiter follows a "
        "closing one. Read on, such a quote swallows the rows that follow it, so reading stops. Mend that line (inside "
        "quotes a quote is written twice), or have the list exported again."
    ),
    "S07": (
        "One cell is longer than 131,072 characters. Lists of people have no such cells; mostly a quote was opened and "
        "never closed, so that many rows look like one cell."
    ),
    "S08": (
        "The file has more columns, cells or bytes than a list of people can have. It was refused before it could fill "
        "the memory. Save only the sheet and columns that are needed, or use Parquet for very large lists."
    ),
    "S09": (
        "Two delimiters fit the file equally well, so the columns cannot be told with certainty. Declare the right one "
        'as delimiter = ";" under the [[list]].'
    ),
    "S10": (
        "No header row was found where it should be. The header is looked for among the first 50 rows, by the mapped "
        "headers; header_row = N under the [[list]] says where it stands."
    ),
    "S11": (
        "A column that the project file maps is not in the file. Headers are compared exactly, but for white space "
        "around them. A header that stands several times is numbered, 'Date (1)', 'Date (2)', and one must be chosen."
    ),
    "S12": (
        "The list has a header and no records under it. An empty list says nothing about how many there were, and "
        "mostly means that the wrong file or sheet was given."
    ),
    "S13": (
        "Every row of the file was rejected, mostly because the rows have another number of cells than the header: "
        "another delimiter, or a header row that is not the real one."
    ),
    "S14": (
        "The workbook or Parquet file cannot be opened: it is damaged, locked with a password, or is of another kind "
        "than its name says."
    ),
    "S15": "The sheet named in the project file is not in the workbook. Sheet names are compared exactly.",
    "S16": (
        "Unpacked, this file would be far larger than any list of people, or it says one size and holds another. Such "
        "files are made to fill the memory of whoever opens them, so it was not opened. If it is honest, save the "
        "sheet that is needed as CSV."
    ),
    "S17": (
        "What was given is no table that can be read: neither Arrow nor a data frame that narwhals knows, or it has "
        "columns that hold no plain values."
    ),
    "S18": (
        "The file is named as text (.csv, .tsv or .txt) and is something else: an Excel workbook, a zip archive or a "
        "PDF, as its first bytes show. Its encoding is not the matter. Give the file the name of its kind, or export "
        "the table as CSV (UTF-8)."
    ),
}
