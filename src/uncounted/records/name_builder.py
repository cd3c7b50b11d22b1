"""Putting the words of a name together: what the small ones among them do to their neighbours."""

from __future__ import annotations

from functools import lru_cache

from uncounted.records.compounds import join_religion, join_servant
from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.name_tokens import NameToken, read_once, token_of
from uncounted.records.small_words import (
    AFTER_NAMES,
    BEFORE_NAMES,
    DIN,
    families_too,
    second_halves,
    small_words,
    sun_articles,
)
from uncounted.records.words import Word, arabic_word, made_word

MOST_TOKENS = 12


class Builder:
    """Takes words one by one and lets the small ones among them do what they do."""

    __slots__ = ("arabic", "article", "father", "full", "pending", "pending_word", "rules")

    def __init__(self) -> None:
        self.full: list[NameToken] = []
        self.rules: list[str] = []
        self.arabic = False
        self.pending = ""  # "servant" or "father": joins the next word
        self.pending_word: Word | None = None
        self.father: Word | None = None  # "father of" before "servant of"
        self.article = False  # the article was the last word

    def finished(self) -> tuple[NameToken, ...]:
        """Return the tokens; words that waited for another in vain stand for themselves."""
        if self.father is not None:
            self.full.append(token_of((self.father,), "", False))
        if self.pending and self.pending_word is not None:
            self.full.append(token_of((self.pending_word,), "", False))
        return tuple(self.full[:MOST_TOKENS])

    def add_word(self, read: Word, role: str, *, dotted: bool = False) -> None:
        """Add one word with its role among the small words ("" for none)."""
        full = self.full
        if read.repaired:
            self.rules.append("lookalikes")
        article, self.article = self.article, False
        if self.pending == "father" and role == "servant":
            self.father, self.pending, self.pending_word = self.pending_word, role, read
        elif self.pending:
            if role != "article" and not (self.pending == "servant" and read.plain in sun_articles()):
                self._join(read)
        elif role == "title" and (dotted or not read.given) and not self._may_be_surname(read, dotted=dotted):
            self.rules.append("title")
        elif role in {"particle", "article"} or (role == "son_of" and full):
            self.arabic = self.arabic or role != "particle"
            self.article = role == "article"
        elif role in {"servant", "father"}:
            self.pending, self.pending_word, self.arabic = role, read, True
        elif role in {"after_m", "after_f"} and full:
            full[-1] = token_of(full[-1].words, role[-1], False)
        elif read.plain in DIN and full and (joined := join_religion(full[-1].words[-1].plain)):
            full[-1] = token_of((_made(joined, read.script, False),), "", False)
            self.arabic = True
        elif full and read.plain in second_halves():
            full[-1] = token_of((read_once(full[-1].words[-1].plain + read.plain),), "", full[-1].article)
        elif read.key:
            full.append(token_of((read,), "", article))

    def _may_be_surname(self, read: Word, *, dotted: bool) -> bool:
        """Whether a title's word is a surname here: it stands alone beside one other word ("John Major")."""
        if self.full and not dotted and read.plain in families_too():
            return True
        second = len(self.full) == 1 and not dotted
        return second and read.script == "latin" and read.plain not in AFTER_NAMES

    def _join(self, read: Word) -> None:
        first = self.pending_word
        if self.pending == "servant":
            key = join_servant(read.plain)
            first = self.father
        else:
            key = arabic_word(read).surname_key
        if first is not None:
            key = ("um" if first.key.startswith(("um", "am", "im")) else "abu") + key
        self.full.append(token_of((_made(key, read.script, first is not None),), "", False))
        self.pending, self.pending_word, self.father = "", None, None

    def add_hyphened(self, reads: tuple[Word, ...]) -> None:
        """Add a hyphened token: an Arabic compound is joined, an article dropped, a double name kept as one token."""
        small, sun = small_words(), sun_articles()
        roles = [small.get(read.plain, "") for read in reads]
        if small.get("-".join(read.plain for read in reads)) == "title":
            self.rules.append("title")
            return
        joins = self.pending or any(role in BEFORE_NAMES or role.startswith("after") for role in roles)
        if joins or (len(reads) > 1 and reads[0].plain in sun) or any(read.plain in DIN for read in reads[1:]):
            for read, role in zip(reads, roles, strict=True):
                if read.plain not in sun or read is reads[-1]:
                    self.add_word(read, role)
            self.arabic = True
            return
        if any(read.repaired for read in reads):
            self.rules.append("lookalikes")
        words = tuple(read for read in reads if read.key)
        if words:
            self.full.append(token_of(words, "", False))


@lru_cache(maxsize=KNOWN_WORDS)
def _made(key: str, script: str, kunya: bool) -> Word:  # noqa: FBT001
    return made_word(key, script, key, kunya=kunya)
