"""Places and their names, from a CSV of the user: every spelling of a place gets one key."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from uncounted.errors import SourceError
from uncounted.project.model import Project
from uncounted.records.gazetteer_file import GazetteerRow, read_gazetteer_rows
from uncounted.records.repair import repair_text
from uncounted.records.values import Value, is_area, is_finer, place_key

_PARTS = re.compile(r"\s*[,;/|()\[\]\n]\s*|\s+[-–—]\s+")
_NONE: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gazetteer:
    """Places by their names.

    Attributes
    ----------
    keys, known : tuple of str, frozenset of str
        Key of each place, unique; and the same as a set.
    inside : tuple of frozenset of int
        The places (positions in `keys`) in which each lies, at any height.
    outer_words : tuple of frozenset of str
        Spelling keys of what a place is said to lie in and that is itself no place of the gazetteer.
    by_text, by_spelling : dict
        Names as written, in lower case, and spelling keys → places. Spelling keys are told apart by whether the name
        has a word such as "oblast".
    """

    keys: tuple[str, ...]
    inside: tuple[frozenset[int], ...]
    outer_words: tuple[frozenset[str], ...]
    known: frozenset[str] = field(repr=False)
    by_text: dict[str, tuple[int, ...]] = field(repr=False)
    by_spelling: dict[tuple[str, bool], tuple[int, ...]] = field(repr=False)

    def named(self, text: str) -> tuple[int, ...]:
        """Return the places of this name: as written, else by spelling and kind, else by spelling alone."""
        exact = self.by_text.get(_as_written(text))
        if exact:
            return exact
        spelling = place_key(text).value
        if spelling is None:
            return _NONE
        area = is_area(text)
        found = self.by_spelling.get((spelling, area))
        return found or self.by_spelling.get((spelling, not area), _NONE)

    def find(self, text: str) -> tuple[int, ...]:
        """Return the places a cell can mean: one, none or several.

        A cell of several parts ("village, district, region", in any order) means the place of one part that lies in
        what the others name.
        """
        whole = self.named(text)
        parts = [part for part in _PARTS.split(text) if any(map(str.isalpha, part)) and not is_finer(part)]
        if len(whole) == 1 or not parts:
            return whole
        named = [self.named(part) for part in parts]
        meant = {
            place
            for i, places in enumerate(named)
            for place in places
            if self._agrees(place, [self._says(place, parts, named, i, j) for j in range(len(parts)) if j != i])
        }
        return tuple(sorted(meant))

    def _agrees(self, place: int, said: list[bool | None]) -> bool:
        """Whether no other part speaks against a place and, if it is known where it lies, one speaks for it."""
        known = bool(self.inside[place] or self.outer_words[place])
        return False not in said and (True in said or not known or not said)

    def _says(self, place: int, parts: list[str], named: list[tuple[int, ...]], own: int, other: int) -> bool | None:
        """Return whether another part of the cell names something the place lies in; None if that says nothing."""
        if any(outer == place or outer in self.inside[place] for outer in named[other]):
            return True
        if place_key(parts[other]).value in self.outer_words[place]:
            return True
        # A district between village and region that the gazetteer does not have, or a place that lies nowhere there.
        nothing_known = not named[other] or not (self.inside[place] or self.outer_words[place])
        return None if nothing_known and is_area(parts[other]) and not is_area(parts[own]) else False


@dataclass(frozen=True, slots=True)
class Places:
    """How places are read in a project: by its gazetteer if it has one, else by spelling."""

    gazetteer: Gazetteer | None = None
    off: frozenset[str] = frozenset()

    def key(self, text: str) -> Value:
        """Return the key of a place and the rules that were needed; None if the text names none."""
        spelled = place_key(text, off=self.off)
        if self.gazetteer is None or not text.strip():
            return spelled
        found = self.gazetteer.find(text)
        if len(found) == 1:
            return Value(self.gazetteer.keys[found[0]], ("place-gazetteer",))
        if spelled.value is None:
            return spelled
        return Value(spelled.value, (*spelled.rules, "place-ambiguous" if found else "place-unknown"))

    def covered(self, names: Iterable[str]) -> tuple[frozenset[str], tuple[int, ...]]:
        """Return the keys of the named places and of all that lie in them, and which names (from 0) name none.

        Raises
        ------
        SourceError
            K06 if the gazetteer has several places of a name.
        """
        keys: set[str] = set()
        nameless = []
        for i, name in enumerate(names):
            found = self.gazetteer.find(name) if self.gazetteer is not None else _NONE
            if len(found) > 1:
                raise SourceError(
                    f"place {i + 1} of those it covers is the name of {len(found)} places of the gazetteer.",
                    where="covers, places",
                    why="The list would cover places it does not, or miss some that it does.",
                    do='Say in which one it lies, as in "village, region".',
                    code="K06",
                )
            spelled = place_key(name, off=self.off).value
            if found and self.gazetteer is not None:
                keys.add(self.gazetteer.keys[found[0]])
                keys |= {k for k, outer in zip(self.gazetteer.keys, self.gazetteer.inside, strict=True)
                         if found[0] in outer}  # fmt: skip
            elif spelled is None:
                nameless.append(i)
            else:
                keys.add(spelled)
        return frozenset(keys), tuple(nameless)

    def may_lie_in(self, key: str, covered: frozenset[str]) -> bool:
        """Whether a place on record may be one of the covered ones.

        With a gazetteer, a place that is not in it, or not with certainty, may be anywhere.
        """
        return key in covered or (self.gazetteer is not None and key not in self.gazetteer.known)


def places_of(project: Project) -> Places:
    """Return how the project's places are read.

    Raises
    ------
    SourceError
        K03 if the gazetteer cannot be read, K04 if rows of it are wrong, K05 if places lie in each other in a circle.
    """
    off = frozenset(project.records.off)
    if project.gazetteer.file is None:
        return Places(off=off)
    return Places(_gazetteer(read_gazetteer_rows(project.gazetteer.file)), off)


def records_settings(project: Project) -> tuple[object, ...]:
    """Return what, beside lists and period, bears on the records: the rules switched off, and the gazetteer's hash.

    Raises
    ------
    SourceError
        K03 if the gazetteer cannot be read.
    """
    file = project.gazetteer.file
    if file is None:
        return tuple(sorted(project.records.off)), ""
    try:
        return tuple(sorted(project.records.off)), hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        read_gazetteer_rows(file)  # says what is wrong with the file
        raise


@lru_cache(maxsize=1)  # the same rows are asked for by records and register; the value depends on nothing else
def _gazetteer(rows: tuple[GazetteerRow, ...]) -> Gazetteer:
    places: dict[tuple[str, str], int] = {}
    for row in rows:
        places.setdefault((_as_written(row.place), _as_written(row.within)), len(places))
    by_text: defaultdict[str, set[int]] = defaultdict(set)
    by_spelling: defaultdict[tuple[str, bool], set[int]] = defaultdict(set)
    for row in rows:
        place = places[_as_written(row.place), _as_written(row.within)]
        for name in dict.fromkeys((row.name, row.place)):
            by_text[_as_written(name)].add(place)
            spelling = place_key(name).value
            if spelling is not None:
                by_spelling[spelling, is_area(name)].add(place)
    bare = Gazetteer(
        keys=(),
        known=frozenset(),
        inside=(),
        outer_words=(),
        by_text={name: tuple(sorted(found)) for name, found in by_text.items()},
        by_spelling={name: tuple(sorted(found)) for name, found in by_spelling.items()},
    )
    parents, words = _parents(bare, tuple(places))
    keys = _keys(bare, tuple(places))
    return Gazetteer(
        keys=keys,
        known=frozenset(keys),
        inside=_closed(parents),
        outer_words=words,
        by_text=bare.by_text,
        by_spelling=bare.by_spelling,
    )


@lru_cache(maxsize=100_000)
def _as_written(text: str) -> str:
    return repair_text(text)[0].casefold()


def _keys(names: Gazetteer, places: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return a key for each place: its spelling key if no other place has a name spelt so, else all that is said."""
    keys = []
    for i, (label, within) in enumerate(places):
        spelling = place_key(label).value
        others = [names.by_spelling.get((spelling or "", area), _NONE) for area in (False, True)]
        if spelling is not None and all(set(found) <= {i} for found in others):
            keys.append(spelling)
        else:
            keys.append(f"{label} ({within})" if within else f"{label} (place)")
    return tuple(keys)


def _parents(
    names: Gazetteer, places: tuple[tuple[str, str], ...]
) -> tuple[list[frozenset[int]], tuple[frozenset[str], ...]]:
    """Return, per place, the places its `within` names, and the spellings of what is no place of the gazetteer."""
    parents: list[frozenset[int]] = []
    words: list[frozenset[str]] = []
    for i, (_, within) in enumerate(places):
        known: set[int] = set()
        unknown: set[str] = set()
        for part in [within] if len(names.named(within)) == 1 else _PARTS.split(within):
            found = [place for place in names.named(part) if place != i] if part else []
            spelling = place_key(part).value
            if len(found) == 1:
                known.update(found)
            elif spelling is not None:
                unknown.add(spelling)
        parents.append(frozenset(known))
        words.append(frozenset(unknown))
    return parents, tuple(words)


def _closed(parents: list[frozenset[int]]) -> tuple[frozenset[int], ...]:
    """Return all places in which each place lies, through others too; a place that lies in itself is refused."""
    inside = []
    for i in range(len(parents)):
        seen: set[int] = set()
        waiting = list(parents[i])
        while waiting:
            outer = waiting.pop()
            if outer not in seen:
                seen.add(outer)
                waiting.extend(parents[outer])
        if i in seen:
            raise SourceError(
                f"place {i + 1} of the gazetteer, in order of first rows, lies within itself through `within`.",
                where="[gazetteer] file",
                why="Then everything in the circle is everywhere, and coverage by place means nothing.",
                do="Correct the column `within`: it names the larger place, such as the region of a village.",
                code="K05",
            )
        inside.append(frozenset(seen))
    return tuple(inside)
