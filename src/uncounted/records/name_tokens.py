"""Cutting a name into tokens: words, initials, titles, Arabic compounds, bracketed second names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from uncounted.records.arabic import SURE_COST, closest
from uncounted.records.fold import KNOWN_WORDS
from uncounted.records.repair import script_of
from uncounted.records.tables import read_table
from uncounted.records.words import (
    Word,
    arabic_word,
    join_religion,
    join_servant,
    known_arabic_word,
    made_word,
    read_word,
    spanish_word,
    turkish_word,
)

MOST_TOKENS = 12

_SIGNS = "'’ʼ‘`´ʹʺʻʿʾ′"
_TOKEN = re.compile(rf"[^\W\d_](?:[^\W_]|[{_SIGNS}\u0900-\u0eff])*(?:[-‐‑‒–][^\W\d_](?:[^\W_]|[{_SIGNS}])*)*\.?|,")
_ASIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|[«„“\"]([^«»„“”\"]*)[»“”\"]")
_OPENING = re.compile('[(\\[«„“"]')
_SLASHES = re.compile(r"[/\\|;]")
_HYPHENS = re.compile("[-‐‑‒–]")
# "И.О." and "Yu.V.": initials written together with full stops.
_DOTTED = re.compile(r"\b([^\W\d_]{1,2})\.[ -]?(?=[^\W\d_]{1,2}\.)")


@dataclass(frozen=True, slots=True, eq=False)  # by identity, as words
class NameToken:
    """One part of a name: a word, or several joined by hyphens."""

    words: tuple[Word, ...]
    forced_patronymic: str = ""  # sex, if a word such as "ogly" or "kyzy" followed
    article: bool = False  # the Arabic article stood before it, or is written together with it

    @property
    def is_given(self) -> bool:
        """Whether the (first) word can be a given name."""
        return bool(self.words[0].given)

    @property
    def looks_surname(self) -> bool:
        """Whether the word ends like a surname and is not a given name."""
        return self.words[0].looks_surname and not self.is_given

    @property
    def shows_surname(self) -> bool:
        """Whether the word has an ending that only surnames have."""
        return self.looks_surname and self.words[0].surname_sex is not None


@dataclass(slots=True)
class Tokens:
    """The tokens of a name in order; `comma` is the number of tokens before the first comma (-1: none)."""

    full: tuple[NameToken, ...] = ()  # words
    initials: tuple[str, ...] = ()
    initials_at: int = -1  # words before the first initial (-1: no initial)
    comma: int = -1
    rest: tuple[NameToken, ...] = ()  # of a second name
    arabic: bool = False
    origin: str = ""
    rules: tuple[str, ...] = ()

    @property
    def initials_first(self) -> bool:
        """Whether an initial stands before every word."""
        return self.initials_at == 0


@lru_cache(maxsize=KNOWN_WORDS)
def _read(raw: str) -> Word:
    return read_word(raw)


def folded(word: str) -> str:
    """Return the key of one word; a word is read once for this and for the tokens."""
    return _read(word).key


@lru_cache(maxsize=1)
def _small_words() -> dict[str, str]:
    """Return what small words do: title, particle, article, son_of, servant, father, after_m, after_f, also."""
    table = read_table("name_words")
    roles = (
        ("titles", "title"),
        ("particles", "particle"),
        ("article", "article"),
        ("son_of", "son_of"),
        ("servant", "servant"),
        ("father", "father"),
        ("after_father_m", "after_m"),
        ("after_father_f", "after_f"),
    )
    return {word: role for key, role in roles for word in table[key]}


@lru_cache(maxsize=1)
def _also_known() -> tuple[re.Pattern[str], frozenset[str]]:
    """Return the pattern of "alias" and the like, and the first words of its alternatives (a quick look first)."""
    words = sorted((re.escape(w).replace(r"\ ", r"[\s.]+") for w in read_table("name_words")["also"]), key=len)
    firsts = frozenset(re.split(r"[ .]", w)[0] for w in read_table("name_words")["also"])
    return re.compile(rf"(?:\s|^)(?:{'|'.join(reversed(words))})\.?:?(?=\s)|\s?[/\\|;]\s?", re.IGNORECASE), firsts


@lru_cache(maxsize=1)
def _sun_articles() -> frozenset[str]:
    return frozenset(read_table("name_words")["sun_article"])


@lru_cache(maxsize=1)
def _not_plain() -> frozenset[str]:
    return _sun_articles() | _second_halves()


@lru_cache(maxsize=1)
def _second_halves() -> frozenset[str]:
    return frozenset(read_table("name_words")["second_half"])


@lru_cache(maxsize=KNOWN_WORDS)
def _plain_token(raw: str) -> NameToken | None:
    """Return the token of a word that does nothing but be a name, None if it might do something else."""
    read = _read(raw)
    if len(raw) < 3 or not read.key or read.repaired or read.plain in _DIN:
        return None
    if read.plain in _small_words() or read.plain in _also_known()[1] or read.plain in _not_plain():
        return None
    return NameToken((read,))


def tokenise(text: str, usual: str = "") -> Tokens:
    """Cut a repaired name into tokens, read as where the name comes from asks.

    `usual` is where the names of its list mostly come from, for a name that does not show it ("mixed": nowhere).
    """
    tokens = _cut(text)
    return _in_origin(tokens, _origin_of(tokens.full, structure=tokens.arabic, usual=usual))


def tokenise_columns(cells: Sequence[str], usual: str = "") -> list[Tokens]:
    """Cut the repaired columns of one name into tokens; what one of them shows of its origin holds for all."""
    cut = [_cut(cell) for cell in cells]
    full = tuple(token for tokens in cut for token in tokens.full)
    origin = _origin_of(full, structure=any(tokens.arabic for tokens in cut), usual=usual)
    return [_in_origin(tokens, origin) for tokens in cut]


def _cut(text: str) -> Tokens:
    words = text.split()
    if len(words) <= MOST_TOKENS and all(map(str.isalpha, words)):
        # The usual case, told apart for speed: the way below gives the same tokens.
        plain = tuple(map(_plain_token, words))
        if None not in plain:
            return Tokens(full=plain)  # type: ignore[arg-type]
    return cut_with_care(text)


def _in_origin(tokens: Tokens, origin: str) -> Tokens:
    if origin not in _READERS:
        tokens.origin = origin
        return tokens
    return Tokens(
        full=tuple([_read_again(token, origin) for token in tokens.full]),
        initials=tokens.initials,
        initials_at=tokens.initials_at,
        comma=tokens.comma,
        rest=tuple([_read_again(token, origin) for token in tokens.rest]),
        arabic=origin == "arabic",
        origin=origin,
        rules=tokens.rules,
    )


_READERS: dict[str, Callable[[Word], Word]] = {
    "arabic": arabic_word,
    "spanish": spanish_word,
    "turkish": turkish_word,
    "weak": known_arabic_word,
}


def _origin_of(full: tuple[NameToken, ...], *, structure: bool, usual: str) -> str:
    """Return what a name shows of its origin: arabic, weak (one Arabic given name), spanish, turkish, other or ""."""
    if structure:
        return "arabic"
    arabic = spanish = romanised = 0
    turkish = other = False
    for token in full:
        word = token.words[0]
        if word.arabic:
            arabic += 2 if word.script == "arabic" else 1
        if word.origin == "spanish":
            spanish += 1 if word.given else 2
        turkish = turkish or word.origin == "turkish"
        other = other or word.origin == "other"
    if turkish and not other:
        return "turkish"
    if spanish and not arabic and (spanish > 1 or usual not in {"mixed", "arabic", "turkish"}):
        return "spanish"
    if arabic:
        return "arabic" if arabic > 1 or usual in {"", "arabic"} else "weak"
    if other or not full or full[0].words[0].script != "latin":
        return "other" if other else ""
    if usual in {"", "mixed"}:
        romanised = sum(_romanises_arabic(token.words[0]) for token in full)
        return "arabic" if romanised > 1 else ""
    return usual


@lru_cache(maxsize=KNOWN_WORDS)
def _romanises_arabic(word: Word) -> bool:
    if word.script != "latin" or len(word.plain) < 4 or word.patronymic is not None or word.given:
        return False
    found, cost = closest(word.plain)
    return found is not None and cost <= SURE_COST


@lru_cache(maxsize=KNOWN_WORDS)
def _read_again(token: NameToken, origin: str) -> NameToken:
    if token.forced_patronymic:
        return token
    words = tuple(map(_READERS[origin], token.words))
    return NameToken(words, article=token.article or words[0].article)


def cut_with_care(text: str) -> Tokens:
    """Cut a name that may hold initials, titles, particles, brackets or anything else."""
    rules: list[str] = []
    text, asides = _split_asides(text)
    main = _tokens_of(text, rules)
    rest: list[NameToken] = []
    for aside in asides:
        rest += _tokens_of(aside, rules).full
    if not main.full and rest:
        return Tokens(full=tuple(rest), initials=main.initials, rules=tuple(rules))
    if rest:
        rules.append("second-name")
    return Tokens(
        full=main.full,
        initials=main.initials,
        initials_at=main.initials_at,
        comma=main.comma,
        rest=tuple(rest),
        arabic=main.arabic,
        rules=tuple(rules),
    )


def _split_asides(text: str) -> tuple[str, list[str]]:
    """Take out what stands in brackets or quotes, and what follows "alias" or a slash."""
    asides: list[str] = []
    if _OPENING.search(text):
        asides += [next((g for g in m.groups() if g is not None), "") for m in _ASIDE.finditer(text)]
        text = _ASIDE.sub(" ", text)
    pattern, firsts = _also_known()
    words = text.casefold().replace(".", " ").replace(":", " ").split()
    if firsts.isdisjoint(words) and not _SLASHES.search(text):
        return text, asides
    found = pattern.search(text)
    if found and found.start() > 0:
        asides.append(text[found.end() :])
        text = text[: found.start()]
    return text, asides


def _tokens_of(text: str, rules: list[str]) -> Tokens:
    """Cut a text without asides; rules that changed something are added to `rules`."""
    if "." in text:
        text = _DOTTED.sub(r"\1. ", text)
    raw = _TOKEN.findall(text)[: 3 * MOST_TOKENS]
    shouted = text.upper() == text
    small = _small_words()
    abbreviations: dict[str, str] = read_table("name_words")["abbreviations"]
    build = _Builder(rules)
    initials: list[str] = []
    comma = -1
    initials_at = -1
    has_words = any(len(t) > 3 or (len(t) == 3 and t[2] != ".") for t in raw)
    for token in raw:
        if token == ",":
            comma = len(build.full) if comma < 0 and build.full else comma
            continue
        dotted = token.endswith(".")
        word = token[:-1] if dotted else token
        if _HYPHENS.search(word):
            build.add_hyphened([_read(part) for part in _HYPHENS.split(word) if part])
            continue
        if dotted and word.casefold() in abbreviations:
            build.add_word(_read(abbreviations[word.casefold()]), "")
            continue
        read = _read(word)
        role = small.get(read.plain, "")
        if (
            len(word) <= 2
            and (has_words or len(word) == 1)
            and not build.pending
            and (dotted or role not in _BEFORE_NAMES)
        ):
            letters = _initials(word, dotted=dotted, shouted=shouted, role=role)
            if letters:
                initials_at = len(build.full) if initials_at < 0 else initials_at
                initials += letters
                continue
        build.add_word(read, role, dotted=dotted)
    return Tokens(
        full=build.finished(),
        initials=tuple(initials[:3]),
        initials_at=initials_at,
        comma=comma,
        arabic=build.arabic,
    )


_BEFORE_NAMES = frozenset({"article", "servant", "father", "son_of"})


def _initials(word: str, *, dotted: bool, shouted: bool, role: str) -> list[str]:
    """Return the folded letters if a token of one or two letters is an initial, or two together; [] if a word."""
    if len(word) == 1:
        return [_first_letter(word)] if role != "particle" or dotted or word.isupper() else []
    if dotted and role != "title" and word[0].isupper() and script_of(word) != "arabic":
        return [_first_letter(c) for c in word] if word.isupper() and not shouted else [_first_letter(word)]
    if word.isupper() and not shouted and not role:
        return [_first_letter(c) for c in word]
    return []


def _first_letter(text: str) -> str:
    return _read(text).key[:1] or ("a" if script_of(text) == "arabic" else "")


class _Builder:
    """Takes words one by one and lets the small ones among them do what they do."""

    __slots__ = ("arabic", "article", "father", "full", "pending", "pending_word", "rules")

    def __init__(self, rules: list[str]) -> None:
        self.full: list[NameToken] = []
        self.rules = rules
        self.arabic = False
        self.pending = ""  # "servant" or "father": joins the next word
        self.pending_word: Word | None = None
        self.father: Word | None = None  # "father of" before "servant of"
        self.article = False  # the article was the last word

    def finished(self) -> tuple[NameToken, ...]:
        """Return the tokens; words that waited for another in vain stand for themselves."""
        if self.father is not None:
            self.full.append(NameToken((self.father,)))
        if self.pending and self.pending_word is not None:
            self.full.append(NameToken((self.pending_word,)))
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
            if role != "article" and not (self.pending == "servant" and read.plain in _sun_articles()):
                self._join(read)
        elif role == "title" and (dotted or not read.given) and not self._may_be_surname(read, dotted=dotted):
            self.rules.append("title")
        elif role in {"particle", "article"} or (role == "son_of" and full):
            self.arabic = self.arabic or role != "particle"
            self.article = role == "article"
        elif role in {"servant", "father"}:
            self.pending, self.pending_word, self.arabic = role, read, True
        elif role in {"after_m", "after_f"} and full:
            full[-1] = NameToken(full[-1].words, forced_patronymic=role[-1])
        elif read.plain in _DIN and full and (joined := join_religion(full[-1].words[-1].plain)):
            full[-1] = NameToken((made_word(joined, read.script, joined),))
            self.arabic = True
        elif full and read.plain in _second_halves():
            full[-1] = NameToken((_read(full[-1].words[-1].plain + read.plain),), article=full[-1].article)
        elif read.key:
            full.append(NameToken((read,), article=article))

    def _may_be_surname(self, read: Word, *, dotted: bool) -> bool:
        """Whether a title's word is a surname here: it stands alone beside one other word ("John Major")."""
        if self.full and not dotted and read.plain in read_table("name_words")["families_too"]:
            return True
        second = len(self.full) == 1 and not dotted
        return second and read.script == "latin" and read.plain not in _AFTER_NAMES

    def _join(self, read: Word) -> None:
        first = self.pending_word
        if self.pending == "servant":
            key = join_servant(read.plain)
            first = self.father
        else:
            key = arabic_word(read).surname_key
        if first is not None:
            key = ("um" if first.key.startswith(("um", "am", "im")) else "abu") + key
        self.full.append(NameToken((made_word(key, read.script, key, kunya=first is not None),)))
        self.pending, self.pending_word, self.father = "", None, None

    def add_hyphened(self, reads: list[Word]) -> None:
        """Add a hyphened token: an Arabic compound is joined, an article dropped, a double name kept as one token."""
        small, sun = _small_words(), _sun_articles()
        roles = [small.get(read.plain, "") for read in reads]
        if small.get("-".join(read.plain for read in reads)) == "title":
            self.rules.append("title")
            return
        joins = self.pending or any(role in _BEFORE_NAMES or role.startswith("after") for role in roles)
        if joins or (len(reads) > 1 and reads[0].plain in sun) or any(read.plain in _DIN for read in reads[1:]):
            for read, role in zip(reads, roles, strict=True):
                if read.plain not in sun or read is reads[-1]:
                    self.add_word(read, role)
            self.arabic = True
            return
        if any(read.repaired for read in reads):
            self.rules.append("lookalikes")
        words = tuple(read for read in reads if read.key)
        if words:
            self.full.append(NameToken(words))


_AFTER_NAMES = frozenset({"jr", "junior", "sr", "ii", "iii", "phd", "md", "esq"})
_DIN = frozenset({"din", "deen", "dine", "eddine", "eddin", "الدين", "дин", "ддин"})
