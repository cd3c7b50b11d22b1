"""On which line of a TOML text each key stands; the standard parser does not say.

The text must already have been read by `tomllib`: this scanner trusts that it is valid TOML 1.0 and only walks over it.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_VALUE = re.compile(r"[^,\]}#\r\n]+")
# A basic string ends at an unescaped quote; of a run of quotes closing a multi-line string the last three close it.
_STRINGS = (
    ('"""', re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)),
    ("'''", re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}", re.DOTALL)),
    ('"', re.compile(r'"(?:[^"\\\n]|\\.)*"')),
    ("'", re.compile(r"'[^'\n]*'")),
)


class TomlLines:
    """The line of every table, key and array item of a TOML text.

    Parameters
    ----------
    text : str
        A TOML text that `tomllib` accepts.

    Notes
    -----
    A path is a tuple of keys and 0-based positions: ``("list", 0, "columns", "name")``.
    """

    def __init__(self, text: str) -> None:
        self._lines = _Scanner(text).run()

    def line(self, path: Path) -> int:
        """Return the 1-based line of `path`, or of the nearest part of the file around it; 0 for the whole file."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return 0

    def __contains__(self, path: Path) -> bool:
        return path in self._lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_no = 1
        self.counted_to = 0
        self.lines: dict[Path, int] = {}
        self.table_arrays: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        prefix: Path = ()
        self.skip_blank()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                prefix = self.table_header()
            else:
                self.pair(prefix)
            self.skip_blank()
        return self.lines

    # -- statements ---------------------------------------------------------------------------------------------
    def table_header(self) -> Path:
        line = self.here()
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        parts = self.key()
        self.at += 2 if double else 1
        path = (*self.resolve(parts[:-1]), parts[-1])
        if double:
            position = self.table_arrays.get(path, 0)
            self.table_arrays[path] = position + 1
            self.lines.setdefault(path, line)
            path = (*path, position)
        self.note(path, line)
        return path

    def resolve(self, parts: tuple[str, ...]) -> Path:
        """Insert the position of the latest table wherever a part names an array of tables."""
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in self.table_arrays:
                path = (*path, self.table_arrays[path] - 1)
        return path

    def pair(self, prefix: Path) -> None:
        line = self.here()
        path = (*prefix, *self.key())
        self.skip_blank()
        self.at += 1  # the equals sign
        self.skip_blank()
        self.note(path, line)
        self.value(path)

    def note(self, path: Path, line: int) -> None:
        """Remember the first line of `path` and of the tables it opens on its way."""
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], line)

    # -- keys and values ----------------------------------------------------------------------------------------
    def key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self.skip_spaces()
            quoted = self.string_end()
            if quoted is not None:
                parts.append(str(tomllib.loads(f"k = {self.text[self.at : quoted]}")["k"]))
                self.at = quoted
            else:
                bare = _BARE_KEY.match(self.text, self.at)
                assert bare is not None, "the text was accepted by tomllib"
                parts.append(bare.group())
                self.at = bare.end()
            self.skip_spaces()
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def value(self, path: Path) -> None:
        quoted = self.string_end()
        if quoted is not None:
            self.at = quoted
        elif self.text.startswith("[", self.at):
            self.array(path)
        elif self.text.startswith("{", self.at):
            self.inline_table(path)
        else:
            plain = _PLAIN_VALUE.match(self.text, self.at)
            assert plain is not None, "the text was accepted by tomllib"
            self.at = plain.end()

    def array(self, path: Path) -> None:
        self.at += 1
        position = 0
        self.skip_blank()
        while not self.text.startswith("]", self.at):
            self.note((*path, position), self.here())
            self.value((*path, position))
            position += 1
            self.skip_separator()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.skip_blank()
        while not self.text.startswith("}", self.at):
            self.pair(path)
            self.skip_separator()
        self.at += 1

    def string_end(self) -> int | None:
        """Return where the string that starts here ends, or None if none starts here."""
        for opening, pattern in _STRINGS:
            if self.text.startswith(opening, self.at):
                found = pattern.match(self.text, self.at)
                assert found is not None, "the text was accepted by tomllib"
                return found.end()
        return None

    # -- places -------------------------------------------------------------------------------------------------
    def here(self) -> int:
        self.line_no += self.text.count("\n", self.counted_to, self.at)
        self.counted_to = self.at
        return self.line_no

    def skip_spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def skip_separator(self) -> None:
        self.skip_blank()
        if self.text.startswith(",", self.at):
            self.at += 1
        self.skip_blank()

    def skip_blank(self) -> None:
        """Skip white space, line ends and comments."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t\r\n":
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return
