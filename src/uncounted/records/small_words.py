"""Small words inside names: titles, particles, articles, "son of", "servant of", and what each of them does."""

from __future__ import annotations

import re
from functools import lru_cache

from uncounted.records.tables import read_table

BEFORE_NAMES = frozenset({"article", "servant", "father", "son_of"})
AFTER_NAMES = frozenset({"jr", "junior", "sr", "ii", "iii", "phd", "md", "esq"})
DIN = frozenset({"din", "deen", "dine", "eddine", "eddin", "الدين", "дин", "ддин"})


@lru_cache(maxsize=1)
def small_words() -> dict[str, str]:
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
def also_known() -> tuple[re.Pattern[str], frozenset[str]]:
    """Return the pattern of "alias" and the like, and the first words of its alternatives (a quick look first)."""
    words = sorted((re.escape(w).replace(r"\ ", r"[\s.]+") for w in read_table("name_words")["also"]), key=len)
    firsts = frozenset(re.split(r"[ .]", w)[0] for w in read_table("name_words")["also"])
    return re.compile(rf"(?:\s|^)(?:{'|'.join(reversed(words))})\.?:?(?=\s)|\s?[/\\|;]\s?", re.IGNORECASE), firsts


@lru_cache(maxsize=1)
def sun_articles() -> frozenset[str]:
    """Return the forms of the article before a sun letter."""
    return frozenset(read_table("name_words")["sun_article"])


@lru_cache(maxsize=1)
def not_plain() -> frozenset[str]:
    """Return what is no small word, and yet not always a word of its own."""
    return sun_articles() | second_halves()


@lru_cache(maxsize=1)
def second_halves() -> frozenset[str]:
    """Return second halves of Persian surnames, which are joined to the word before."""
    return frozenset(read_table("name_words")["second_half"])


@lru_cache(maxsize=1)
def families_too() -> frozenset[str]:
    """Return the titles that are families' names where they follow other names."""
    return frozenset(read_table("name_words")["families_too"])
